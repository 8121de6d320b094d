"""Charts made without Altair's copies are the charts that Altair makes, and a user can go on to build with them."""

from __future__ import annotations

import json
from collections.abc import Callable

import altair as alt
import pytest

from regional_econ.report.charts.canvas import Box, Label, Stroke, boxes, inline, labels, strokes
from regional_econ.report.charts.compound import Beside, Grid, Layers

Made = Callable[[], list[alt.Chart]]


def parts() -> list[alt.Chart]:
    return [*boxes([Box(0, 0, 5, 5, "#22303c")]), *strokes([Stroke(0, 0, 9, 9)]), *labels([Label(1, 2, "a")])]


def shared() -> list[alt.Chart]:
    base = alt.Chart(inline([{"x": 1, "y": 2}, {"x": 2, "y": 3}]))
    return [base.mark_line().encode(x="x:Q", y="y:Q"), base.mark_point().encode(x="x:Q", y="y:Q")]


def selecting() -> list[alt.Chart]:
    first, *rest = shared()
    return [first.add_params(alt.selection_point(name="pick")), *rest]


def named() -> list[alt.Chart]:
    return [layer.properties(name=f"layer{place}") for place, layer in enumerate(shared())]


def sized() -> list[alt.Chart]:
    return [layer.properties(width=70) for layer in shared()]


LAYERS = (parts, shared, selecting, named)


def text(chart: alt.TopLevelMixin) -> str:
    return json.dumps(chart.configure(padding=0).to_dict())


@pytest.mark.parametrize("made", [*LAYERS, sized])
def test_layers_are_what_altair_makes(made: Made) -> None:
    assert text(Layers(layer=made())) == text(alt.LayerChart(layer=made()))


@pytest.mark.filterwarnings("ignore:Automatically deduplicated")
@pytest.mark.parametrize("ours", [Grid, Beside])
@pytest.mark.parametrize("first", LAYERS)
@pytest.mark.parametrize("second", LAYERS)
def test_charts_side_by_side_are_what_altair_makes(ours: type[Grid] | type[Beside], first: Made, second: Made) -> None:
    theirs, name = {Grid: (alt.ConcatChart, "concat"), Beside: (alt.HConcatChart, "hconcat")}[ours]
    plots = [Layers(layer=made(), width=50, height=40) for made in (first, second)]
    plain = [alt.LayerChart(layer=made(), width=50, height=40) for made in (first, second)]
    assert text(ours(**{name: plots}, spacing=3)) == text(theirs(**{name: plain}, spacing=3))


def test_plots_of_one_layer_share_their_data() -> None:
    base = alt.Chart(inline([{"x": 1}])).mark_point().encode(x="x:Q")
    ours = Grid(concat=[Layers(layer=[base]), Layers(layer=[base])], columns=1)
    theirs = alt.ConcatChart(concat=[alt.LayerChart(layer=[base]), alt.LayerChart(layer=[base])], columns=1)
    assert text(ours) == text(theirs)
    assert "data" in ours.to_dict()


@pytest.mark.parametrize(
    "change",
    [
        lambda chart: chart + shared()[0],
        lambda chart: chart.add_params(alt.selection_interval(name="brush", bind="scales")),
        lambda chart: chart.properties(title="t").copy(),
        lambda chart: chart | chart,
        lambda chart: alt.vconcat(chart, chart.add_params(alt.param(name="p", value=1))),
    ],
)
def test_a_user_can_build_on(change: Callable[[alt.LayerChart], alt.TopLevelMixin]) -> None:
    assert text(change(Layers(layer=shared()))) == text(change(alt.LayerChart(layer=shared())))
    assert text(change(Layers(layer=parts()))) == text(change(alt.LayerChart(layer=parts())))


def test_a_chart_holds_the_layers_it_was_given() -> None:
    """A copy of each is what took half the time of the report."""
    given = parts()
    made = Layers(layer=given)
    assert [ours is theirs for ours, theirs in zip(made.layer, given, strict=True)] == [True] * len(given)
    grid = Grid(concat=[made, Layers(layer=parts())]).configure(padding=0)
    assert grid.concat[0] is made
