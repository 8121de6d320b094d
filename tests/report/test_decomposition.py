"""The decomposition: panels on one scale, slopes at their lines, words that hide little, a sample made of two maps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import report_sample as sample
from test_charts import layers_of, words_in

from regional_econ._base.errors import OptionError
from regional_econ._base.text import LANGS, Lang, Text
from regional_econ.core.section import FigureBlock, OptionValue, Section
from regional_econ.report.charts.draw import chart, chart_svg
from regional_econ.report.charts.notes import Crowd, Note, placed
from regional_econ.report.charts.style import ACCENT, INK, WIDTHS, Size
from regional_econ.report.document import Picture, document
from regional_econ.report.showcase import showcase

FRAME, OPTIONS = sample.FIGURES["decomposition"]


def draw(lang: Lang = "en", size: Size = "wide", frame: pd.DataFrame = FRAME, **options: OptionValue) -> Any:
    return chart("decomposition", frame, sample.words(lang), {**OPTIONS, **options}, size)


def lines_of(drawn: Any) -> list[dict[str, Any]]:
    """The layers of the fitted lines, one a panel, each with its scales."""
    return [layer for layer in layers_of(drawn) if "domain" in str(layer["encoding"].get("x"))]


def spans_of(drawn: Any) -> list[tuple[float, float]]:
    domains = [[line["encoding"][axis]["scale"]["domain"] for axis in "xy"] for line in lines_of(drawn)]
    return [(x[1] - x[0], y[1] - y[0]) for x, y in domains]


@pytest.mark.parametrize("size", WIDTHS)
def test_a_unit_is_as_long_in_every_panel_unless_told_otherwise(size: Size) -> None:
    one, other = spans_of(draw(size=size))
    assert one == pytest.approx(other, rel=1e-9)  # limits are written with twelve digits
    ticks = [np.diff(line["encoding"][axis]["axis"]["values"]) for line in lines_of(draw(size=size)) for axis in "xy"]
    for first, second in (ticks[::2], ticks[1::2]):
        assert np.unique(np.round([*first, *second], 9)).size == 1
    one, other = spans_of(draw(size=size, common_scale=False))
    assert one[0] > 3 * other[0]


@pytest.mark.parametrize("size", WIDTHS)
def test_no_point_is_left_out_and_lines_reach_as_far_as_the_points(size: Size) -> None:
    shown = [row for layer in layers_of(draw(size=size)) if layer["mark"]["type"] == "point" for row in layer["rows"]]
    assert len(shown) == len(FRAME)
    for line, (panel, part), slope in zip(
        lines_of(draw(size=size)), FRAME.groupby("panel", sort=False), (0.8, -0.1), strict=True
    ):
        row = line["rows"][0]
        assert (row["x"], row["x2"]) == (part["x"].min(), part["x"].max()), panel
        assert (row["y2"] - row["y"]) / (row["x2"] - row["x"]) == pytest.approx(slope, rel=1e-9)
    with_gap = FRAME.assign(x=FRAME["x"].where(FRAME.index != 0))
    assert sum(len(one["rows"]) for one in layers_of(draw(frame=with_gap)) if one["mark"]["type"] == "point") == 439


@pytest.mark.parametrize(
    ("lang", "options", "wanted"),
    [
        ("en", {}, {"slope 0.80", "slope \N{MINUS SIGN}0.10"}),
        ("ru", {}, {"наклон 0,80", "наклон \N{MINUS SIGN}0,10"}),
        ("ru", {"digits": 3, "slopes": (0.2104, 0.0)}, {"наклон 0,210", "наклон 0,000"}),
        ("en", {"slopes": (0.0014, 0.0)}, {"slope 0.0014", "slope 0.00"}),
        ("en", {"slopes": (123.4, -0.996)}, {"slope 123", "slope \N{MINUS SIGN}1.00"}),
    ],
)
def test_slopes_are_written_as_the_reader_writes_numbers(
    lang: Lang, options: dict[str, OptionValue], wanted: set[str]
) -> None:
    assert wanted <= set(words_in(chart_svg(draw(lang, **options))))


@pytest.mark.parametrize("size", WIDTHS)
def test_panels_say_what_they_are_and_name_the_focal_region_once(size: Size) -> None:
    regions = {**sample.REGIONS, "RU-XSS": Text("Кузбасс", "Kuzbass")}
    words = replace(sample.words("en"), regions=regions)
    written = words_in(chart_svg(chart("decomposition", FRAME, words, OPTIONS, size)))
    assert {"Between regions", "Within regions", "a point is a region", "Deviation from the mean"} <= set(written)
    assert any(text.startswith("Level of innovation activity") for text in written)
    assert sum(text.startswith("Internal R&D expenditure") for text in written) == 2
    assert written.count("Kuzbass") == 4  # in both panels, each with the halo under it
    without = chart("decomposition", FRAME.assign(highlight=False), words, OPTIONS, size)
    assert "Kuzbass" not in words_in(chart_svg(without))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("slopes", (0.8,)), ("intercepts", ()), ("subtitles", ("a", "b", "c")), ("x", ("wear_pct",) * 3),
        ("y", ("wear_pct",) * 3),
    ],
)  # fmt: skip
def test_options_have_a_value_for_each_panel(name: str, values: tuple[Any, ...]) -> None:
    with pytest.raises(OptionError, match=rf"{name}.* {len(values)} values for 2 panels"):
        draw(**{name: values})


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("panels", [1, 3, 4])
def test_other_numbers_of_panels_stay_on_the_page(panels: int, size: Size) -> None:
    parts = [FRAME[FRAME["panel"] == "between"].assign(panel=f"P{number}") for number in range(panels)]
    options = {"slopes": (0.8,) * panels, "intercepts": (2.0,) * panels}
    drawn = chart("decomposition", pd.concat(parts), sample.words("en"), options, size)
    spec = drawn.to_dict()
    assert [len(spec["concat"]), spec["columns"]] == [panels, {1: 1, 3: 3, 4: 2}[panels] if size == "wide" else 1]
    svg = chart_svg(drawn)
    assert float(ElementTree.fromstring(svg).attrib["width"]) == WIDTHS[size]
    assert sum("slope" in text for text in words_in(svg)) == 2 * panels  # each with the halo under it


@pytest.mark.parametrize("lang", LANGS)
def test_fifteen_hundred_points_stay_a_light_file(lang: Lang) -> None:
    rng = np.random.default_rng(1)
    rows = {"panel": np.where(np.arange(1500) < 85, "between", "within"), "x": rng.normal(size=1500)}
    frame = pd.DataFrame(
        {**rows, "y": rng.normal(size=1500), "label": "RU-KEM", "highlight": np.arange(1500) % 85 == 0}
    )
    assert len(chart_svg(draw(lang, frame=frame)).encode()) < 250_000


def test_a_pointer_is_told_the_region_where_it_is_known() -> None:
    told = [
        [tip["title"] for tip in layer["encoding"]["tooltip"]]
        for layer in layers_of(draw())
        if layer["mark"]["type"] == "point"
    ]
    assert [titles[0] == "region" for titles in told] == [False, True, False, True]
    assert all(titles[-1] in ("Level of innovation activity, %", "Deviation from the mean") for titles in told)


def overlap(one: Note, other: Note) -> bool:
    (a, b, c, d), (e, f, g, h) = one.ends, other.ends
    return a < g and e < c and b < h and f < d


def test_words_keep_out_of_the_crowd_inside_the_plot_and_off_each_other() -> None:
    rng = np.random.default_rng(4)
    crowd = Crowd(rng.uniform((150, 0), (300, 200), (400, 2)), np.ones(400), 300, 200)
    notes: list[Note] = []
    for name in ("Кемеровская область", "Kuzbass", "slope 0.21"):
        notes.append(placed([name], [(152.0, 100.0)], crowd, away=(8, 30, 60), colour=ACCENT, others=notes))
    for note in notes:
        left, top, right, bottom = note.ends
        assert 0 <= left < right <= 300
        assert 0 <= top < bottom <= 200
        assert crowd.hidden(note.ends) < 8
        assert not any(overlap(note, other) for other in notes if other is not note)
    assert notes[0].leader() == ()
    far = placed(["Kuzbass"], [(190.0, 100.0)], crowd, away=(8, 60), colour=INK)
    assert far.ends[2] < 150
    assert len(far.leader()) == 1


@pytest.mark.parametrize("lang", LANGS)
def test_two_maps_of_a_report_make_the_sample_of_the_design_page(lang: Lang) -> None:
    words = sample.words(lang)
    frame, options = sample.FIGURES["tile_map"]
    other = frame.assign(value=frame["value"] * 2 + frame["row"] ** 2)
    maps = tuple(
        FigureBlock(f"map-{name}", "tile_map", data, "sample.figure", "sample.alt", {**options, "variable": name})
        for name, data in (("innovation_activity_pct", frame), ("rd_grp_pct", other))
    )

    def shown(blocks: tuple[FigureBlock, ...]) -> Picture | None:
        read = document([Section("data", "sample.data", blocks)], words, front="sample")
        return showcase(read, sample.ledger(), words).pictures["decomposition"]

    assert shown(maps[:1]) is None
    assert shown(maps) is None  # two districts make no line
    three = frame["district"].where(frame["column"] % 3 != 0, "FD-2")
    picture = shown(tuple(replace(one, data=one.data.assign(district=three)) for one in maps))
    assert picture is not None
    within = picture.frame[picture.frame["panel"] == "within"]
    assert len(within) == frame["value"].notna().sum()
    districts = within["label"].map(dict(zip(frame["region"], three, strict=True)))
    sums = within[["x", "y"]].groupby(districts).sum()
    assert len(sums) == 3
    np.testing.assert_allclose(sums, 0, atol=1e-9)  # deviations below 200, two dozen of them
    assert set(picture.frame.loc[picture.frame["highlight"], "panel"]) == {"between", "within"}
    drawn = chart("decomposition", picture.frame, words, picture.options)
    title = {"ru": "Между округами", "en": "Between districts"}[lang]
    assert title in words_in(chart_svg(drawn))
