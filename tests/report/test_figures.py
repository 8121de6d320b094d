"""Every kind of figure draws from a small frame, in both languages and sizes, with the same bytes."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import report_sample as sample
import xarray
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from regional_econ._base.errors import OptionError
from regional_econ._base.text import LANGS, Lang
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.forecast import Forecast
from regional_econ.core.section import FIGURE_KINDS, FigureKind
from regional_econ.report.figures.draw import draw_figure, figure_svg, frame_csv
from regional_econ.report.figures.fan import fan_frame
from regional_econ.report.figures.style import Size, fitted, text_width
from regional_econ.report.figures.tile_map import class_breaks
from regional_econ.report.plot import etable, plot
from regional_econ.report.svg import inline_svg


def texts_of(figure: Figure) -> str:
    artists = figure.findobj(lambda artist: hasattr(artist, "get_text"))
    return " | ".join(str(artist.get_text()) for artist in artists)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", FIGURE_KINDS)
@pytest.mark.parametrize("lang", LANGS)
def test_each_kind_draws_and_repeats_itself(kind: FigureKind, lang: Lang) -> None:
    frame, options = sample.FIGURES[kind]
    before = frame.copy()
    sizes: tuple[Size, ...] = ("wide", "narrow", "wide")
    words = sample.words(lang)
    wide, narrow, again = (figure_svg(draw_figure(kind, frame, words, options=options, size=size)) for size in sizes)
    assert wide == again != narrow
    assert wide.count("<path") > 5
    assert "<dc:date>" not in wide
    assert "<text" not in wide
    pd.testing.assert_frame_equal(frame, before)


def test_the_users_settings_stay_as_they_were() -> None:
    with mpl.rc_context({"font.size": 21.0, "svg.fonttype": "none"}):
        frame, options = sample.FIGURES["fan"]
        figure_svg(draw_figure("fan", frame, sample.words("en"), options=options))
        assert (mpl.rcParams["font.size"], mpl.rcParams["svg.fonttype"]) == (21.0, "none")


def test_the_fan_breaks_the_series_and_keys_its_bands() -> None:
    frame, options = sample.FIGURES["fan"]
    figure = draw_figure("fan", frame, sample.words("en"), options=options)
    ax = figure.axes[0]
    lines = [line for line in ax.get_lines() if len(line.get_xdata()) > 1]
    spans = [(min(line.get_xdata()), max(line.get_xdata())) for line in lines]
    assert {(2006, 2016), (2017, 2018), (2019, 2022)} <= set(spans)
    assert not any(low <= 2016 and high >= 2017 for low, high in spans if high - low > 1 and low >= 2006)
    later = [line for line in ax.get_lines() if list(line.get_xdata()) == [2023]]
    assert later[0].get_markerfacecolor() == "#ffffff"
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [label for label in legend if label in ("50%", "80%", "95%")] != []
    assert {"50%", "80%", "95%"} <= set(legend)
    assert ax.get_ylim()[0] == 0
    assert {"forecast →", "extrapolation"} <= {text.get_text() for text in ax.texts}


def test_bands_fade_after_the_validated_horizon() -> None:
    frame, options = sample.FIGURES["fan"]
    figure = draw_figure("fan", frame, sample.words("en"), options=options)
    alphas = [collection.get_alpha() for collection in figure.axes[0].collections]
    assert len(alphas) == 6
    assert all(far < near for near, far in zip(alphas[::2], alphas[1::2], strict=True))


def test_every_interval_of_a_coefficient_is_on_the_page() -> None:
    frame, options = sample.FIGURES["coefficients"]
    figure = draw_figure("coefficients", frame, sample.words("ru"), options=options)
    drawn = [c for ax in figure.axes for c in ax.collections]
    assert len(drawn) == 2 * len(frame)
    assert "Сквозная" in texts_of(figure)
    assert figure.axes[0].xaxis.get_major_formatter()(0.05) == "0,05"


def test_the_specification_curve_thins_intervals_but_never_estimates() -> None:
    n = 1_000
    estimate = np.linspace(-1, 1, n)
    frame = pd.DataFrame({"rank": np.arange(1, n + 1), "estimate": estimate})
    frame["conf_low"], frame["conf_high"] = estimate - 1, estimate + 1
    ax = draw_figure("specification_curve", frame, sample.words("en")).axes[0]
    points = [line for line in ax.get_lines() if isinstance(line, Line2D) and len(line.get_xdata()) == n]
    assert len(points) == 1
    strokes = [np.isnan(np.asarray(line.get_ydata(), float)).sum() for line in ax.get_lines()]
    assert max(strokes) == 160


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_map_outlines_the_focal_tile_and_tells_what_is_hidden(size: Size) -> None:
    frame, options = sample.FIGURES["tile_map"]
    figure = draw_figure("tile_map", frame, sample.words("en"), options=options, size=size)
    board = figure.axes[1]
    outlines = [patch for patch in board.patches if isinstance(patch, Rectangle)]
    assert [outline.get_xy() for outline in outlines] == [(2, 1)]
    hatches = [patch.get_hatch() for patch in board.patches if patch.get_hatch()]
    assert len(hatches) == len(set(hatches)) == 2
    written = texts_of(figure)
    assert "Level of innovation activity, %, 2022" in written
    assert {"no figure", "confidential", "Kemerovo oblast – Kuzbass"} <= set(written.split(" | "))
    assert {text.get_text() for text in board.texts} >= set(frame["code"])
    borders = np.asarray(board.get_lines()[0].get_xdata(), float)
    assert set(borders[~np.isnan(borders)]) == {3.0}


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        (np.arange(1, 101.0), (18.0, 34.0, 50.0, 67.0, 84.0)),
        (np.array([1.0, 1.0, 1.0, np.nan]), ()),
        (np.array([np.nan, np.nan]), ()),
        (np.array([0.0] * 50 + [1.0, 2.0]), (0.33, 1.3)),
    ],
)
def test_classes_have_round_limits_and_none_is_empty(values: np.ndarray, limits: tuple[float, ...]) -> None:
    found = class_breaks(values)
    assert found == limits
    if found:
        counts = np.bincount(np.searchsorted(found, values, side="right"), minlength=len(found) + 1)
        assert counts.min() > 0


@pytest.mark.parametrize(("size", "plots"), [("wide", 2), ("narrow", 1)])
def test_statuses_are_told_apart_and_named(size: Size, plots: int) -> None:
    frame, options = sample.FIGURES["statuses"]
    figure = draw_figure("statuses", frame, sample.words("en"), options=options, size=size)
    assert len(figure.axes) == plots
    legend = [text.get_text().replace("\n", " ") for text in figure.legends[0].get_texts()]
    assert sorted(legend) == sorted([
        "published", "dash: absent, zero", "no figure", "confidential", "blank: before the region's first year",
        "method break",
    ])  # fmt: skip
    assert {"Siberian Federal District", "Central Federal District"} <= set(texts_of(figure).split(" | "))


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_availability_names_every_variable_and_marks_breaks(size: Size) -> None:
    frame, options = sample.FIGURES["availability"]
    figure = draw_figure("availability", frame, sample.words("ru"), options=options, size=size)
    written = texts_of(figure)
    assert "Степень износа основных фондов" in written
    assert {"Основные фонды", "Наука", "2000", "2023"} <= set(written.split(" | "))
    marks = [line for line in figure.axes[0].get_lines() if line.get_color() == "#c8590a"]
    places = np.asarray(marks[0].get_xdata(), float)
    assert set(places[~np.isnan(places)]) == {17.0}


def test_revisions_name_the_farthest_region_and_leave_out_years_without_a_change() -> None:
    frame, options = sample.FIGURES["revisions"]
    figure = draw_figure("revisions", frame, sample.words("en"), options=options)
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["2021"]
    assert "Region 60 +45.0" in texts_of(figure)
    assert ax.get_xlim()[1] < 45
    focal = [line for line in ax.get_lines() if line.get_marker() == "D"]
    assert [list(line.get_xdata()) for line in focal] == [[-2.0]]


def test_a_long_name_is_cut_to_its_place() -> None:
    name = "Level of innovation activity of organisations, third edition of the Oslo Manual"
    short = fitted(name, 2.0, 6.0)
    assert short.endswith("…")
    assert name.startswith(short[:-1])
    assert text_width(short, 6.0) <= 2.0 < text_width(name, 6.0)


@pytest.mark.parametrize("kind", FIGURE_KINDS)
def test_a_frame_that_lacks_a_column_is_refused(kind: FigureKind) -> None:
    frame, options = sample.FIGURES[kind]
    with pytest.raises(OptionError, match=str(frame.columns[0])):
        draw_figure(kind, frame.drop(columns=frame.columns[0]), sample.words("en"), options=options)
    with pytest.raises(OptionError, match="empty"):
        draw_figure(kind, frame.iloc[:0], sample.words("en"), options=options)


def test_an_inline_figure_follows_the_theme_and_keeps_its_ids_apart() -> None:
    frame, options = sample.FIGURES["fan"]
    svg = figure_svg(draw_figure("fan", frame, sample.words("en"), options=options))
    inline = inline_svg(svg, "fan-wide")
    assert "#22303c" in svg
    assert "#22303c" not in inline
    assert "var(--ink)" in inline
    assert 'id="fan-wide-' in inline
    assert "xlink:href" not in inline
    assert not inline.startswith("<?xml")


def test_csv_is_exact_and_has_unix_line_ends() -> None:
    text = frame_csv(pd.DataFrame({"a": [0.1 + 0.2, 1.0], "b": ["x", "ё"]}))
    assert text == "a,b\n0.30000000000000004,x\n1.0,ё\n"


def test_fan_frame_is_long() -> None:
    fan = pd.DataFrame({"year": [2023], "p50": [1.0], "lo80": [0.5], "hi80": [2.0]})
    long = fan_frame(fan, {"oslo4_wide": pd.Series([0.9, np.nan], index=[2021, 2022])})
    assert set(long["series"]) == {"p50", "lo80", "hi80", "actual_oslo4_wide"}
    assert len(long) == 4


def estimate_of(terms: list[str], effects: str) -> Estimate:
    params = pd.Series(np.arange(1.0, len(terms) + 1), index=terms)
    covariance = pd.DataFrame(np.eye(len(terms)) * 0.25, index=terms, columns=terms)
    return Estimate(params, covariance, Spec("y ~ x", "fe", effects, "cluster:region"), "", {"n_obs": 1368})


def test_plot_and_etable_take_an_estimate() -> None:
    one, two = estimate_of(["ln(x)", "wear_pct"], "region"), estimate_of(["wear_pct"], "region+year")
    figure = plot(one, labels=sample.LABELS)
    assert "Wear of fixed assets, %" in texts_of(figure)
    assert "ln(x)" in texts_of(figure)
    table = etable([one, two], names=["A", "B"])
    assert table.loc[("wear_pct", "estimate"), "A"] == "2.000"
    assert table.loc[("wear_pct", "std_error"), "B"] == "(0.500)"
    assert table.loc[("ln(x)", "estimate"), "B"] == ""
    assert table.loc[("Observations", ""), "A"] == "1368"


def test_plot_draws_the_fan_of_one_region() -> None:
    draws = np.random.default_rng(1).normal(50, 2, (200, 1, 4)).astype("float32")
    coords = {"draw": np.arange(200), "region": ["RU-KEM"], "year": [2023, 2024, 2025, 2026]}
    array = xarray.DataArray(draws, dims=("draw", "region", "year"), coords=coords)
    forecast = Forecast({"wear_pct": array}, 2022, "baseline", 1, "")
    figure = plot(forecast, region="RU-KEM", variable="wear_pct", labels=sample.LABELS)
    assert "Wear of fixed assets, %" in texts_of(figure)
    with pytest.raises(OptionError, match="region and variable"):
        plot(forecast)
