"""Every kind of chart draws from a small frame, in both languages and sizes, with the same bytes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pandas as pd
import pytest
import report_sample as sample
import xarray
from altair.utils.schemapi import debug_mode

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.forecast import Forecast
from regional_econ.core.section import OptionValue
from regional_econ.report.charts.draw import CHART_KINDS, chart, chart_svg, chart_vega, frame_csv
from regional_econ.report.charts.fan_data import fan_frame
from regional_econ.report.charts.letters import fitted, known_letters, text_width, wrapped
from regional_econ.report.charts.style import (
    ACCENT,
    BELOW,
    DARK,
    FACES,
    HUE,
    INK,
    MUTED,
    PAPER,
    SHADES,
    WIDTHS,
    Size,
    colour_on,
    fonts_dir,
    web_fonts,
)
from regional_econ.report.charts.tile_map import class_breaks
from regional_econ.report.document import Picture
from regional_econ.report.drawings import Drawn
from regional_econ.report.plot import plot, plot_frame
from regional_econ.report.runs import plain_line

MARKS = {
    "course": {"line": 2, "point": 8, "rect": 3, "rule": 9, "text": 4},
    "ranges": {"point": 3, "rect": 3, "rule": 3, "text": 4},
    "fan": {"area": 6, "line": 7, "point": 5, "rect": 3, "rule": 5, "text": 10},
    "coefficients": {"point": 4, "rect": 4, "rule": 11, "text": 6},
    "scenario": {"area": 2, "line": 2, "point": 6, "rect": 3, "rule": 9, "text": 5},
    "calibration": {"point": 4, "rect": 4, "rule": 8, "text": 5},
    "small_multiples": {"line": 12, "point": 12, "rect": 1, "rule": 4, "text": 4},
    "specification_curve": {"point": 2, "rect": 3, "rule": 5, "text": 7},
    "density": {"area": 2, "line": 2, "rect": 2, "rule": 7, "text": 8},
    "waterfall": {"rect": 3, "rule": 2, "text": 8},
    "tile_map": {"rect": 3, "rule": 5, "text": 7},
    "availability": {"rect": 4, "rule": 4, "text": 4},
    "statuses": {"point": 4, "rect": 7, "rule": 6, "text": 7},
    "revisions": {"point": 4, "rect": 1, "rule": 9, "text": 7},
    "decomposition": {"point": 4, "rect": 3, "rule": 3, "text": 10},
    "bars": {"rect": 3, "rule": 2, "text": 5},
    "intervals": {"point": 5, "rect": 1, "rule": 13, "text": 9},
    "histograms": {"point": 2, "rect": 4, "rule": 5, "text": 3},
    "dag": {"point": 2, "rect": 3, "rule": 11, "text": 3},
    "earlier_fans": {"area": 6, "line": 2, "point": 8, "rect": 6, "rule": 3, "text": 4},
    "tornado": {"point": 1, "rect": 2, "rule": 2, "text": 5},
    "contour": {"area": 1, "line": 2, "point": 3, "rect": 3, "rule": 2, "text": 10},
}


@pytest.fixture(autouse=True)
def parts_unchecked() -> Iterator[None]:
    """The whole chart is held against the schema when it is written; a build does not check each part as well."""
    with debug_mode(False):
        yield


def draw(kind: str, lang: Lang = "en", size: Size = "wide") -> alt.TopLevelMixin:
    frame, options = sample.FIGURES[kind]
    return chart(kind, frame, sample.words(lang), options, size)  # type: ignore[arg-type]


def svg_of(kind: str, lang: Lang = "en", size: Size = "wide") -> str:
    return chart_svg(draw(kind, lang, size))


def words_in(svg: str) -> list[str]:
    return [str(node.text) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("}text")]


def layers_of(drawn: alt.TopLevelMixin) -> list[dict[str, Any]]:
    """Return the layers of a chart, each with its rows."""
    spec = drawn.to_dict()
    panels = spec.get("concat") or spec.get("hconcat") or [spec]
    layers = [layer for panel in panels for layer in panel["layer"]]
    return [layer | {"rows": spec["datasets"][layer["data"]["name"]]} for layer in layers]


def marks_of(spec: dict[str, Any]) -> Counter[str]:
    parts = [part for name in ("layer", "concat", "hconcat", "vconcat") for part in spec.get(name, ())]
    own = Counter([spec["mark"]["type"]] if "mark" in spec else [])
    return sum((marks_of(part) for part in parts), own)


def test_clipping_paths_are_numbered_within_a_chart() -> None:
    frame = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    line = alt.Chart(frame).mark_line(clip=True).encode(x="x:Q", y="y:Q")
    first, second = chart_svg(line | line), chart_svg(line | line)
    assert first == second
    assert set(re.findall(r"clip\d+", first)) == {"clip1", "clip2"}


@pytest.mark.parametrize("kind", CHART_KINDS)
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", WIDTHS)
def test_each_kind_draws_and_repeats_itself(kind: str, lang: Lang, size: Size) -> None:
    before = sample.FIGURES[kind][0].copy()
    drawn = draw(kind, lang, size)
    svg = chart_svg(drawn)
    assert json.dumps(drawn.to_dict()) == json.dumps(draw(kind, lang, size).to_dict(validate=False))
    assert svg == chart_svg(drawn)
    assert float(ElementTree.fromstring(svg).attrib["width"]) == WIDTHS[size]
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= set(DARK)
    assert not {"None", "nan", "undefined", "null"} & set(words_in(svg))
    pd.testing.assert_frame_equal(sample.FIGURES[kind][0], before)


@pytest.mark.parametrize("kind", CHART_KINDS)
def test_the_marks_of_a_kind_stay_as_they_are(kind: str) -> None:
    assert dict(sorted(marks_of(draw(kind).to_dict()).items())) == MARKS[kind]


@pytest.mark.parametrize("kind", CHART_KINDS)
def test_a_frame_that_lacks_a_column_is_refused(kind: str) -> None:
    frame, options = sample.FIGURES[kind]
    column = "estimate" if kind == "density" else str(frame.columns[0])
    with pytest.raises(OptionError, match=column):
        chart(kind, frame.drop(columns=column), sample.words("en"), options)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="empty"):
        chart(kind, frame.iloc[:0], sample.words("en"), options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind",
    [
        "statuses",
        "small_multiples",
        "decomposition",
        "dag",
        "contour",
        "bars",
        "intervals",
        "histograms",
        "tornado",
        "course",
        "ranges",
    ],
)
def test_a_hostile_name_is_never_markup(kind: str) -> None:
    svg = svg_of(kind)
    assert "<script" not in svg
    assert any("<script>alert(1)" in text for text in words_in(svg))


def test_numbers_are_the_readers() -> None:
    assert {"цель 12,5", "80\N{NO-BREAK SPACE}%"} <= set(words_in(svg_of("fan", "ru")))
    assert {"target 12.5", "80%"} <= set(words_in(svg_of("fan", "en")))
    assert "0,05" in words_in(svg_of("coefficients", "ru"))
    number = chart_vega(draw("small_multiples", "ru"))["config"]["locale"]["number"]
    assert (number["decimal"], number["thousands"]) == (",", "\N{NARROW NO-BREAK SPACE}")
    tips = json.dumps(chart_vega(draw("fan", "ru")), ensure_ascii=False)
    assert "медиана" in tips
    assert re.search(r'"m": "\d,\d+"', tips)


def test_small_multiples_of_few_values_mark_points_and_cut_lines() -> None:
    """A line of one point is seen, and what lies below the frame is cut rather than drawn over the next panel."""
    frame = pd.DataFrame({"panel": "RU-KEM", "year": [4, 11, 24], "value": [-5.0, 0.5, 0.6]})
    options: dict[str, Any] = {"ticks": (4.0, 11.0, 24.0), "lower": 0.0, "x_title": "report.chart.value"}
    drawn = chart("small_multiples", frame, sample.words("en"), options)
    assert marks_of(drawn.to_dict())["circle"] == 1
    marks = [layer["mark"] for panel in drawn.to_dict()["concat"] for layer in panel["layer"]]
    assert all(mark["clip"] for mark in marks if mark["type"] in ("line", "circle", "point"))
    assert {"4", "11", "24"} <= set(words_in(chart_svg(drawn)))


def test_the_head_of_a_small_chart_keeps_clear_of_its_top_label() -> None:
    frame = pd.DataFrame({"panel": "RU-KEM", "year": [2000, 2010], "value": [0.0, 95.0]})
    drawn = chart("small_multiples", frame, sample.words("en"), {"lower": 0.0})
    root = ElementTree.fromstring(chart_svg(drawn))
    above = {child: parent for parent in root.iter() for child in parent}
    middle = {}
    for node in (one for one in root.iter() if one.tag.endswith("}text")):
        height, outer = 0.0, node
        while outer is not root:
            moved = re.match(r"translate\([^,]+,([^)]+)\)", outer.get("transform", ""))
            height, outer = height + (float(moved[1]) if moved else 0.0), above[outer]
        middle[str(node.text)] = height
    head, top = middle[sample.words("en").name("RU-KEM")], middle["100"]
    assert top - head >= 13  # pixels between the lines' feet: a label of 8, what hangs below the head, and air


def test_the_fan_breaks_the_series_and_names_its_parts() -> None:
    layers = layers_of(draw("fan"))
    lines = [layer["rows"] for layer in layers if layer["mark"]["type"] == "line"]
    spans = {(rows[0]["x"], rows[-1]["x"]) for rows in lines}
    assert {(2006, 2016), (2017, 2018), (2019, 2022)} <= spans
    bands = [layer["mark"]["opacity"] for layer in layers if layer["mark"]["type"] == "area"]
    assert all(far < near for near, far in zip(bands[::2], bands[1::2], strict=True))
    hollow = [layer for layer in layers if layer["mark"].get("size") == 46]
    assert [(layer["mark"]["fill"], layer["rows"][0]["x"]) for layer in hollow] == [(PAPER, 2023)]
    written = words_in(chart_svg(draw("fan")))
    assert {"95%", "80%", "50%", "median", "target 12.5", "forecast →", "extrapolation", "Oslo 3 method"} <= set(
        written
    )


def fan_under_scenarios(size: Size) -> alt.TopLevelMixin:
    """The sample's fan with two scenarios, named in another order than that of the alphabet."""
    frame, options = sample.FIGURES["fan"]
    future = frame[frame["series"].isin(["p50", "lo80", "hi80"])]
    parts = [
        future.assign(series=f"scenario:{name}:" + future["series"], value=factor * future["value"])
        for name, factor in (("push", 1.2), ("baseline", 0.9))
    ]
    named = {
        "scenarios": ("push", "baseline"),
        "scenarios_en": ("Push <b>", "Calm"),
        "scenarios_ru": ("Рывок", "Штиль"),
    }
    return chart("fan", pd.concat([frame, *parts]), sample.words("en"), {**options, **named}, size)


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_scenarios_stand_below_their_fan_beside_the_baseline(size: Size) -> None:
    drawn = fan_under_scenarios(size)
    svg = chart_svg(drawn)
    written = words_in(svg)
    assert written.index("Push <b>") < written.index("Calm")
    assert {"without the condition: median, 80%", "with the condition: median"} <= set(written)
    assert float(ElementTree.fromstring(svg).attrib["width"]) == WIDTHS[size]
    layers = layers_of(drawn)
    lines = [layer for layer in layers if layer["mark"]["type"] == "line" and len(layer["rows"]) == 9]
    thick = [layer["rows"] for layer in lines if layer["mark"]["strokeWidth"] == 2.2]
    below = [layer["rows"] for layer in lines if layer["mark"]["strokeWidth"] == 1.6]
    assert len(thick) == len(below) == 2
    for push, rows, sign in zip(thick, below, (-1, 1), strict=True):
        assert push[0] == rows[0], "both open at the last figure"
        assert (push[-1]["y"] - rows[-1]["y"]) * sign > 0, "a higher value stands higher"
    fan_y = next(layer["encoding"]["y"]["scale"]["domain"] for layer in layers if layer["mark"]["type"] == "area")
    plain = next(
        layer["encoding"]["y"] for layer in layers_of(draw("fan", size=size)) if layer["mark"]["type"] == "area"
    )
    assert fan_y == plain["scale"]["domain"], "scenarios do not stretch the axis of the fan"


def test_a_scenario_without_a_name_is_refused() -> None:
    frame, options = sample.FIGURES["fan"]
    part = frame[frame["series"].isin(["p50", "lo80", "hi80"])]
    more = part.assign(series="scenario:push:" + part["series"])
    with pytest.raises(OptionError, match="fan figure"):
        chart("fan", pd.concat([frame, more]), sample.words("en"), {**options, "scenarios": ("push",)})


def test_parts_of_a_series_without_names_are_called_once() -> None:
    frame, options = sample.FIGURES["fan"]
    numbers = {"actual_oslo3": "actual_1", "actual_oslo4_narrow": "actual_2", "actual_oslo4_wide": "actual_3",
               "actual_later_oslo4_wide": "actual_later_3"}  # fmt: skip
    numbered = frame.assign(series=frame["series"].replace(numbers))
    for size in WIDTHS:
        drawn = chart("fan", numbered, sample.words("en"), options, size)
        assert words_in(chart_svg(drawn)).count("observed") == 1
        points = [layer["mark"]["shape"] for layer in layers_of(drawn) if layer["mark"].get("size") == 26]
        assert points == ["circle"] * 3


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_strip_of_earlier_fans_counts_and_tells_hits_from_misses(size: Size) -> None:
    drawn = draw("earlier_fans", size=size)
    written = words_in(chart_svg(drawn))
    assert {"2012", "2015", "outcome inside 80%: 4", "outcome outside 80%: 2"} <= set(written)
    points = [layer for layer in layers_of(drawn) if layer["mark"].get("size") == 22]
    fills = {(layer["mark"]["fill"], row["x"]) for layer in points for row in layer["rows"]}
    assert fills == {
        (INK, 2012), (PAPER, 2013), (PAPER, 2014), (ACCENT, 2015), (INK, 2015), (PAPER, 2016), (PAPER, 2017),
        (ACCENT, 2018),
    }  # fmt: skip
    domains = {tuple(layer["encoding"]["y"]["scale"]["domain"]) for layer in points}
    assert len(domains) == 1, "all origins share one axis"
    assert next(iter(domains))[0] == 0


def test_an_interval_chart_marks_what_it_is_held_against() -> None:
    frame, _ = sample.FIGURES["coefficients"]
    marked = frame.assign(mark=frame["conf_high95"] + 0.3)
    drawn = chart("coefficients", marked, sample.words("en"), {"names": sample.NAMES, "mark_name": "sample.deviation"})
    diamonds = [layer for layer in layers_of(drawn) if layer["mark"].get("shape") == "diamond"]
    assert sum(len(layer["rows"]) for layer in diamonds) == len(frame) + 1  # and one in the key
    panel = max(row["q"] for layer in layers_of(drawn) for row in layer["rows"] if "q" in row)
    assert all(row["x"] <= panel for layer in diamonds for row in layer["rows"])


def test_a_course_breaks_with_its_method_and_shows_what_is_claimed() -> None:
    frame, _ = sample.FIGURES["course"]
    drawn = draw("course")
    layers = layers_of(drawn)
    lines = [layer["rows"] for layer in layers if layer["mark"]["type"] == "line"]
    assert [(rows[0]["x"], rows[-1]["x"]) for rows in lines] == [(2010, 2016), (2017, 2019)]
    assert {"8.4", "8.6", "it holds", "it fails"} <= set(words_in(chart_svg(drawn)))
    box = next(
        row for layer in layers if layer["mark"].get("opacity") == 0.3 for row in layer["rows"] if row["x"] > 100
    )
    assert box["y2"] - box["y"] >= 5, "however narrow the rounding, the box is seen"
    hits = [row for layer in layers for row in layer["rows"] if "w" in row]
    assert len(hits) == (frame["part"].isin(["series", "older", "match"])).sum()


def test_a_course_of_places_has_the_first_at_the_top() -> None:
    frame = pd.DataFrame(
        [("series", 2020, np.nan, 3.0, 2.0, 5.0, "true"), ("series", 2021, np.nan, 40.0, 40.0, 40.0, "false"),
         ("claimed", 2020, 2021.0, np.nan, 1.0, 20.0, "")],
        columns=["part", "year", "last", "value", "low", "high", "name"],
    )  # fmt: skip
    options: dict[str, OptionValue] = {
        "names": "referee.pictures.rank", "variable": "wear_pct", "limits": (86.0, 0.0),
    }  # fmt: skip
    texts = Catalogue.load([data_dir() / "texts" / "referee_pictures.yml"]).texts
    words = sample.words("en")
    catalogue = replace(words.catalogue, texts={**words.catalogue.texts, **texts})
    drawn = chart("course", frame, replace(words, catalogue=catalogue), options)
    points = {
        row["x"]: (layer["mark"]["shape"], row["y"])
        for layer in layers_of(drawn) for row in layer["rows"]
        if layer["mark"]["type"] == "point" and "c" in row and row["y"] > 0
    }  # fmt: skip
    (first, high), (second, low) = (points[place] for place in sorted(points))
    assert (first, second) == ("circle", "triangle-down")
    assert high < low
    whisker = [
        row for layer in layers_of(drawn) for row in layer["rows"] if row.get("x") == row.get("x2") == min(points)
    ]
    assert len(whisker) == 1, "one year has other places in other editions"
    assert {"1", "25", "place as in the paper", "another place"} <= set(words_in(chart_svg(drawn)))


def test_a_range_without_an_end_is_an_arrow() -> None:
    drawn = draw("ranges")
    shapes = Counter(layer["mark"]["shape"] for layer in layers_of(drawn) if layer["mark"].get("size") in (55, 60))
    assert shapes == {"triangle-left": 1, "circle": 1}
    assert {"0.1 (−0.4 … 0.6)", "<0.3", "−0.2 … 0.2"} <= set(words_in(chart_svg(drawn)))


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_cells_of_a_statement_are_told_apart_without_colour(size: Size) -> None:
    rows = [
        (name, "", year, status)
        for name in ("rd_grp_pct", "wear_pct")
        for year, status in ((2020, "holds"), (2021, "fails"), (2022, "incomparable"))
    ]
    frame = pd.DataFrame(rows, columns=["region", "district", "year", "status"])
    drawn = chart("statuses", frame, sample.words("en"), {"variable": "innovation_activity_pct", "row": 22}, size)
    written = words_in(chart_svg(drawn))
    assert {"Level of innovation activity, %", "the statement holds", "it fails"} <= set(written)
    crossed = [layer for layer in layers_of(drawn) if layer["mark"].get("stroke") == ACCENT]
    struck = [layer for layer in layers_of(drawn) if layer["mark"].get("stroke") == MUTED]
    assert [len(layer["rows"]) for layer in (*crossed, *struck)] == [2, 2]
    assert crossed[0]["mark"]["shape"] != struck[0]["mark"]["shape"]


def test_the_axis_of_a_bounded_fan_starts_at_its_bound() -> None:
    y = next(layer["encoding"]["y"] for layer in layers_of(draw("fan")) if layer["mark"]["type"] == "area")
    assert y["scale"]["domain"][0] == 0
    assert y["axis"]["values"][0] == 0


def test_every_interval_of_a_coefficient_is_on_the_page() -> None:
    frame, _ = sample.FIGURES["coefficients"]
    rows = [row for layer in layers_of(draw("coefficients", "ru")) for row in layer["rows"] if "d" in row]
    shown = {(row["a"], row["b"], row["d"], row["e"]) for row in rows}
    columns = ["conf_low95", "conf_high95", "conf_low80", "conf_high80"]
    wanted = {tuple(float(f"{value:.6g}") for value in line) for line in frame[columns].itertuples(index=False)}
    assert shown == wanted


def big_curve(count: int = 1_100) -> pd.DataFrame:
    estimate = np.linspace(-1, 1, count)
    frame = pd.DataFrame({"rank": np.arange(1, count + 1), "estimate": estimate})
    frame["conf_low"], frame["conf_high"] = estimate - 0.5, estimate + 0.5
    frame["scale"] = np.where(np.arange(count) < count / 2, "ln", "logit")
    frame["controls"] = np.where(np.arange(count) % 2 == 0, "wear_pct", "none")
    return frame


def test_the_specification_curve_thins_intervals_but_never_estimates() -> None:
    drawn = chart("specification_curve", big_curve(), sample.words("en"), {"names": sample.NAMES})
    layers = layers_of(drawn)
    line = next(layer for layer in layers if layer["mark"]["type"] == "line")
    assert len(line["rows"]) == 1_100
    intervals = [row for layer in layers for row in layer["rows"] if "i" in row and "x1" in row]
    assert len({row["x"] for row in intervals}) == 160
    blue = {row["x"] for row in intervals if row["c"] != "#5f6d7a"}
    assert blue == {row["x"] for row in intervals if row["y"] > 0 or row["y2"] < 0} != set()
    assert "Wear of fixed assets, %" in words_in(chart_svg(drawn))


def steps() -> pd.DataFrame:
    """A curve in ten steps: ln goes from all to none of them, wear from none to all."""
    estimate = np.linspace(-1, 1, 10)
    frame = pd.DataFrame({"rank": np.arange(1, 11), "estimate": estimate})
    frame["conf_low"], frame["conf_high"] = estimate - 0.5, estimate + 0.5
    frame["scale.ln"] = np.linspace(1, 0, 10)
    frame["scale.logit"] = 1 - frame["scale.ln"]
    frame["controls.wear_pct"], frame["controls.rd_grp_pct"] = np.linspace(0, 1, 10), 0.5
    return frame


def test_steps_of_a_million_specifications_are_shaded_by_their_shares() -> None:
    drawn = chart("specification_curve", steps(), sample.words("en"), {"names": sample.NAMES})
    layers = layers_of(drawn)
    strips = [row for layer in layers if layer["mark"]["type"] == "rect" for row in layer["rows"] if "c" in row]
    by_row: dict[float, list[str]] = {}
    for row in sorted((row for row in strips if row["y2"] - row["y"] == 11), key=lambda row: row["x"]):
        by_row.setdefault(row["y"], []).append(row["c"])
    falling, rising, wear, constant = (by_row[y] for y in sorted(by_row))
    assert falling == rising[::-1] == [SHADES[level] for level in (5, 4, 3, 2, 1)]
    assert constant == [SHADES[3]]
    assert wear == [SHADES[level] for level in (1, 2, 3, 4, 5)]
    told = next(row for layer in layers for row in layer["rows"] if row.get("x") == 2 and "g0" in row)
    assert told["r"] == "15%"
    assert told["g0"].endswith("89%")
    assert {"0%", "25%", "50%", "75%", "100%"} <= set(words_in(chart_svg(drawn)))


def test_a_map_of_estimates_has_two_sides_and_hatches_what_is_not_sure() -> None:
    frame, _ = sample.FIGURES["tile_map"]
    known = frame["value"].notna()
    values = np.linspace(-0.04, 0.04, int(known.sum()))
    estimates = frame.assign(holds_zero=known & (np.arange(len(frame)) % 2 == 0))
    estimates.loc[known, "value"] = values
    options = {"variable": "innovation_activity_pct", "breaks": (-0.02, -0.002, 0.002, 0.02), "diverging": True}
    drawn = chart("tile_map", estimates, sample.words("en"), options)
    rows = [row for layer in layers_of(drawn) for row in layer["rows"]]
    tiles = [row["c"] for row in rows if "c" in row and row.get("y2", 0) - row.get("y", 0) > 11]
    sides = [(values < -0.02), (values < -0.002) & (values >= -0.02), (values >= 0.02)]
    for colour, part in zip((BELOW[1], BELOW[0], SHADES[4]), sides, strict=True):
        assert tiles.count(colour) == part.sum()
    written = words_in(chart_svg(drawn))
    assert {"interval includes zero", "−0.020", "0.040"} <= set(written)
    plain = chart("tile_map", estimates.drop(columns="holds_zero"), sample.words("en"), options)
    fewer = [row for layer in layers_of(plain) for row in layer["rows"]]
    assert "interval includes zero" not in words_in(chart_svg(plain))
    assert len(rows) - len(fewer) >= 3 * int(estimates["holds_zero"].sum())


def test_bars_share_one_scale_and_carry_their_values() -> None:
    frame, options = sample.FIGURES["bars"]
    drawn = chart("bars", frame, sample.words("en"), options)
    fills = [
        row for layer in layers_of(drawn) if layer["mark"]["type"] == "rect" for row in layer["rows"] if "c" in row
    ]
    widths = sorted(row["x2"] - row["x"] for row in fills if row["c"] == HUE)
    assert [width / widths[-1] for width in widths] == pytest.approx([0, 0.003 / 0.24, 0.25, 0.5, 1], abs=1e-3)
    written = words_in(chart_svg(drawn))
    assert {"24%", "<1%", "0%", "12%", "6%"} <= set(written)
    plain = chart("bars", frame.assign(value=frame["value"] * 1e4), sample.words("en"), {"names": sample.NAMES})
    assert {"2400", "30", "1200"} <= set(words_in(chart_svg(plain)))


def test_bars_bear_whiskers_where_their_error_is_known() -> None:
    frame, options = sample.FIGURES["bars"]
    doubtful = frame.assign(low=frame["value"] - 0.02, high=frame["value"] + 0.08)
    layers = layers_of(chart("bars", doubtful, sample.words("en"), options))
    rules = [row for layer in layers if layer["mark"]["type"] == "rule" for row in layer["rows"]]
    level = [row for row in rules if row.get("y") is not None and row["y"] == row.get("y2")]
    assert len(level) == int(frame["value"].notna().sum())
    fills = [row for layer in layers if layer["mark"]["type"] == "rect" for row in layer["rows"] if row.get("c") == HUE]
    unit = max(row["x2"] - row["x"] for row in fills) / frame["value"].max()
    assert [row["x2"] - row["x"] for row in level] == pytest.approx([0.1 * unit] * len(level), rel=1e-2)


def test_intervals_stand_at_their_place_and_name_the_highlighted_one() -> None:
    frame, options = sample.FIGURES["intervals"]
    layers = layers_of(chart("intervals", frame, sample.words("en"), options))
    bars = [row for layer in layers if layer["mark"]["type"] == "rule" for row in layer["rows"] if "a" in row]
    left = [row for row in bars if row["n"]][:6]
    steps = np.diff([row["x"] for row in left])
    assert steps == pytest.approx(np.full(5, steps[0]), abs=0.2)  # places are rounded to tenths of a pixel
    assert [row["a"] - row["b"] for row in left] == pytest.approx([left[0]["a"] - left[0]["b"]] * 6, abs=0.3)
    assert [row["c"] == ACCENT for row in left] == [False, False, True, False, False, False]
    dashed = [layer for layer in layers if layer["mark"].get("strokeDash") and layer["rows"][0]["x"] == 0]
    assert len(dashed) == 1, "a row without x is a level"
    ranked = chart("intervals", frame, sample.words("en"), {"names": sample.NAMES, "ranks": 1})
    assert "4" not in words_in(chart_svg(ranked))
    assert "4" in words_in(svg_of("intervals"))


def test_a_histogram_has_a_bar_a_bin_and_the_line_of_an_even_spread() -> None:
    frame, options = sample.FIGURES["histograms"]
    layers = layers_of(chart("histograms", frame, sample.words("en"), options))
    bars = [row for layer in layers if layer["mark"]["type"] == "rect" for row in layer["rows"] if "s" in row]
    heights = [row["y2"] - row["y"] for row in bars]
    assert [height / heights[0] for height in heights[:4]] == pytest.approx([1, 1.5, 1.4, 1.1], abs=0.01)
    assert heights[4] / heights[0] == pytest.approx(2, abs=0.01), "one scale for all panels"
    even = [layer["rows"][0]["y"] for layer in layers if layer["mark"].get("strokeDash") == [6, 3]][-1]
    assert (bars[0]["y2"] - even) / heights[0] == pytest.approx(0.25 / 0.2, abs=0.01)
    whiskers = [row for layer in layers if layer["mark"].get("strokeWidth") == 1.2 for row in layer["rows"]]
    assert len([row for row in whiskers if row["y"] > 0]) == 4, "only where an interval is known"
    plain = chart("histograms", frame.drop(columns=["conf_low", "conf_high"]), sample.words("en"), options)
    assert "interval 95%" not in words_in(chart_svg(plain))


def test_a_level_is_drawn_through_all_small_multiples() -> None:
    frame, _ = sample.FIGURES["small_multiples"]
    layers = layers_of(chart("small_multiples", frame, sample.words("en"), {"level": 50.0}))
    dashed = [layer for layer in layers if layer["mark"].get("strokeDash") == [6, 3]]
    assert len(dashed) == len(set(frame["panel"]))


@pytest.mark.parametrize("lang", LANGS)
def test_large_frames_stay_small_files(lang: Lang) -> None:
    years, names = range(1998, 2024), [f"Показатель {number}" for number in range(90)]
    rows = [(name, "science", year, (year % 4) / 3, year == 2017) for name in names for year in years]
    frame = pd.DataFrame(rows, columns=["variable", "group", "year", "share", "break"])
    for kind, data in (("availability", frame), ("specification_curve", big_curve())):
        drawn = chart(kind, data, sample.words(lang), {"names": sample.NAMES})  # type: ignore[arg-type]
        assert len(json.dumps(chart_vega(drawn), ensure_ascii=False).encode()) < (
            600_000 if kind[0] == "a" else 250_000
        )


def refusal(kind: str, frame: pd.DataFrame) -> str:
    """Return why a frame cannot be drawn; an empty text where it can."""
    try:
        chart_svg(chart(kind, frame, sample.words("en"), sample.FIGURES[kind][1]))  # type: ignore[arg-type]
    except OptionError as error:
        return str(error)
    return ""


@pytest.mark.filterwarnings("ignore:All-NaN")
@pytest.mark.parametrize("kind", CHART_KINDS)
def test_a_frame_without_figures_is_drawn_or_refused_by_its_kind(kind: str) -> None:
    frame = sample.FIGURES[kind][0]
    numbers = list(frame.select_dtypes("float"))
    for poor in (frame.assign(**dict.fromkeys(numbers, np.nan)), frame.iloc[:1]):
        assert kind in (refusal(kind, poor) or kind)
    assert not numbers or "infinite" in refusal(kind, frame.assign(**{numbers[0]: -np.inf}))


@pytest.mark.filterwarnings("ignore:All-NaN")
def test_a_figure_that_cannot_be_drawn_is_named() -> None:
    frame, options = sample.FIGURES["fan"]
    text = plain_line("x")
    bad = Picture("own.fan", "Figure 1", text, "x", "fan", frame.assign(value=np.nan), options)
    with pytest.raises(OptionError, match=r"fan figure.*\(own\.fan\)"):
        Drawn(bad, sample.words("en")).wide  # noqa: B018


def test_the_codes_of_a_wide_map_can_be_read_on_a_phone() -> None:
    frame, options = sample.FIGURES["tile_map"]
    wide = pd.concat([frame, frame.iloc[:1].assign(region="RU-MOW", code="MOW", column=17)], ignore_index=True)
    svg = chart_svg(chart("tile_map", wide, sample.words("en"), options, "narrow"))
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)) >= 9


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_map_outlines_the_focal_tile_and_tells_what_is_hidden(size: Size) -> None:
    frame, _ = sample.FIGURES["tile_map"]
    written = words_in(svg_of("tile_map", size=size))
    assert "Level of innovation activity, %, 2022" in written
    assert {"no figure", "confidential", "Kemerovo oblast – Kuzbass"} <= set(written)
    assert set(frame["code"]) <= set(written)
    outline = [layer for layer in layers_of(draw("tile_map", size=size)) if layer["mark"].get("strokeWidth") == 3]
    xs = sorted({round(row["x"]) for row in outline[0]["rows"]})
    tile = (WIDTHS[size] - 4) / 6
    assert xs == [round(2 * tile), round(3 * tile)]


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


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_statuses_are_told_apart_and_named(size: Size) -> None:
    written = set(words_in(svg_of("statuses", size=size)))
    assert written >= {
        "published", "dash: absent, zero", "no figure", "confidential", "blank: before the region's first year",
        "method break", "Siberian Federal District", "Central Federal District",
    }  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_arrows_of_a_graph_point_down_and_pass_between_boxes(lang: Lang, size: Size) -> None:
    drawn = draw("dag", lang, size)
    key = {"driver", "outcome", "held fixed", "not measured", "way of the effect", "no data can test it"}
    assert lang == "ru" or key <= set(words_in(chart_svg(drawn)))
    layers = layers_of(drawn)
    boxes = [row for layer in layers if layer["mark"]["type"] == "rect" for row in layer["rows"] if row["y"] >= 0]
    assert len(boxes) == 5
    lines = [row for layer in layers if layer["mark"]["type"] == "rule" for row in layer["rows"] if row["y"] >= 0]
    arrows = [row for row in lines if row["y2"] > row["y"]]
    tips = [row for layer in layers if layer["mark"].get("shape") == "triangle-down" for row in layer["rows"]]
    assert len(tips) == 5
    for tip in tips:
        assert any(box["x"] < tip["x"] < box["x2"] and abs(box["y"] - tip["y"]) < 6 for box in boxes)
    for line in arrows:
        for box in boxes:
            inside = max(line["y"], box["y"]), min(line["y2"], box["y2"])
            if inside[1] - inside[0] > 1:  # a line beside a box is upright
                assert line["x"] == line["x2"]
                assert not box["x"] < line["x"] < box["x2"]


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_point_beyond_the_line_of_zero_stands_in_the_tint_and_looks_otherwise(size: Size) -> None:
    layers = layers_of(draw("contour", size=size))
    area = next(layer["rows"] for layer in layers if layer["mark"]["type"] == "area")
    border = [[row[axis] for row in area] for axis in ("x", "y")]
    marks = {layer["mark"]["shape"]: layer["rows"] for layer in layers if "n" in layer["rows"][0]}
    assert {shape: [row["v"] for row in rows] for shape, rows in marks.items()} == {
        "circle": [0.094],
        "diamond": [-0.1],
    }
    for shape, rows in marks.items():
        for row in rows:
            inside = row["x"] > border[0][0] and row["y"] < np.interp(row["x"], *border)
            assert inside == (shape == "diamond")
    assert {"0", "0.05", "10%", "0.1%", "Wear of fixed assets, %"} <= set(words_in(svg_of("contour", size=size)))


def test_a_contour_without_a_line_of_zero_is_refused() -> None:
    frame, _ = sample.FIGURES["contour"]
    assert "no line of zero" in refusal("contour", frame[frame["value"] != 0])
    assert "contour" in refusal("contour", frame.assign(x=frame["x"].where(frame["part"] == "line", 0.0)))


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_availability_names_every_variable_and_marks_breaks(size: Size) -> None:
    written = words_in(svg_of("availability", "ru", size))
    assert {"Степень износа основных фондов, %", "Основные фонды", "Наука", "2000", "2023"} <= set(written)
    breaks = [layer for layer in layers_of(draw("availability", "ru", size)) if layer["mark"].get("strokeWidth") == 2.4]
    assert [len(layer["rows"]) for layer in breaks] == [1, 1]


def test_revisions_name_the_farthest_region_and_leave_out_years_without_a_change() -> None:
    written = words_in(svg_of("revisions"))
    assert {"2021", "Region 60 +45.0"} <= set(written)
    assert "2020" not in written
    x = next(
        layer["encoding"]["x"] for layer in layers_of(draw("revisions")) if "domain" in str(layer["encoding"]["x"])
    )
    assert x["scale"]["domain"][1] < 45


def test_a_waterfall_adds_up() -> None:
    written = words_in(svg_of("waterfall"))
    frame, _ = sample.FIGURES["waterfall"]
    first, rise, fall = frame["value"].dropna()
    assert {f"{first:.3g}", f"+{rise:.3g}", f"\N{MINUS SIGN}{abs(fall):.3g}", f"{first + rise + fall:.3g}"} <= set(
        written
    )


def test_a_density_holds_all_weight_and_marks_the_weighted_median() -> None:
    frame = pd.DataFrame({"estimate": [-1.0, 0.0, 2.0], "weight": [0.6, 0.2, 0.2]})
    drawn = chart("density", frame, sample.words("en"), {"thresholds": (1.0,)})
    assert {"median \N{MINUS SIGN}1", "below zero: 60%", "1"} <= set(words_in(chart_svg(drawn)))


@pytest.mark.parametrize("levels", [(0.8, 0.95), (0.5, 0.6, 0.7, 0.8, 0.9)])
def test_calibration_takes_few_levels_and_many(levels: tuple[float, ...]) -> None:
    rows = [("model", level, level - 0.05) for level in levels]
    frame = pd.DataFrame(rows, columns=["model", "nominal", "coverage"])
    spec = chart("calibration", frame, sample.words("en"), {"names": sample.NAMES}).to_dict()
    assert ("concat" in spec) == (len(levels) == 2)


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.stem)
def test_the_fonts_write_every_letter_in_use(face: Any) -> None:
    letters = set("".join(map(chr, [*range(0x20, 0x7F), *range(0xC0, 0x100), *range(0x410, 0x450), 0x401, 0x451])))
    letters |= set("–—−…«»„“”‘’№₽±×≤≥≈→←°²β\u00a0\u2009\u202f")
    for path in (*(data_dir() / "texts").glob("*.yml"), data_dir() / "variables.yml", data_dir() / "regions.yml"):
        letters |= set(path.read_text(encoding="utf-8"))
    assert sorted(letters - known_letters(face.stem) - {"\n"}) == []
    content = web_fonts()[f"{face.stem}.woff2"]
    assert content[:4] == b"wOF2"
    assert "Source Sans".encode("utf-16-be") not in (fonts_dir() / f"{face.stem}.ttf").read_bytes()[-4000:]


def test_letters_are_measured_cut_and_broken() -> None:
    name = "Level of innovation activity of organisations, third edition of the Oslo Manual"
    short = fitted(name, 200, 11)
    assert short.endswith("…")
    assert name.startswith(short[:-1])
    assert text_width(short, 11) <= 200 < text_width(name, 11)
    lines = wrapped(name, 200, 11)
    assert " ".join(lines) == name
    assert all(text_width(line, 11) <= 200 for line in lines)


@pytest.mark.parametrize("shade", [*BELOW, *SHADES])
@pytest.mark.parametrize("dark", [False, True])
def test_letters_on_a_shade_have_contrast(shade: str, dark: bool) -> None:
    def light(colour: str) -> float:
        parts = [int((DARK[colour] if dark else colour)[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(shade), light(colour_on(shade))))
    assert (high + 0.05) / (low + 0.05) >= 4.5, f"{shade} under {colour_on(shade)}"


def test_every_colour_has_one_dark_twin() -> None:
    assert len(set(DARK.values())) == len(DARK)
    assert DARK[INK] != INK


def test_csv_is_exact_and_has_unix_line_ends() -> None:
    text = frame_csv(pd.DataFrame({"a": [0.1 + 0.2, 1.0], "b": ["x", "ё"]}))
    assert text == "a,b\n0.30000000000000004,x\n1.0,ё\n"


def test_fan_frame_is_long() -> None:
    fan = pd.DataFrame({"year": [2023], "p50": [1.0], "lo80": [0.5], "hi80": [2.0]})
    long = fan_frame(fan, {"oslo4_wide": pd.Series([0.9, np.nan], index=[2021, 2022])})
    assert set(long["series"]) == {"p50", "lo80", "hi80", "actual_oslo4_wide"}
    assert len(long) == 4


def test_plot_takes_an_estimate_and_saves_it(tmp_path: Path) -> None:
    terms = ["ln(x)", "wear_pct"]
    params = pd.Series([1.0, 2.0], index=terms)
    covariance = pd.DataFrame(np.eye(2) * 0.25, index=terms, columns=terms)
    one = Estimate(params, covariance, Spec("y ~ x", "fe", "region", "cluster:region"), "", {"n_obs": 1368})
    path = tmp_path / "estimate.svg"
    plot(one, labels=sample.LABELS).save(str(path))
    assert {"Wear of fixed assets, %", "ln(x)"} <= set(words_in(path.read_text(encoding="utf-8")))


def test_plot_draws_the_fan_of_one_region() -> None:
    draws = np.random.default_rng(1).normal(50, 2, (200, 1, 4)).astype("float32")
    coords = {"draw": np.arange(200), "region": ["RU-KEM"], "year": [2023, 2024, 2025, 2026]}
    array = xarray.DataArray(draws, dims=("draw", "region", "year"), coords=coords)
    forecast = Forecast({"wear_pct": array}, 2022, "baseline", 1, "")
    drawn = plot(forecast, region="RU-KEM", variable="wear_pct", labels=sample.LABELS)
    assert "Wear of fixed assets, %" in words_in(chart_svg(drawn))
    known = pd.Series([51.0, 52.0], index=[2021, 2022])
    drawn = plot(forecast, region="RU-KEM", variable="wear_pct", history=known, scenarios={"cheap_coal": forecast})
    assert {"observed", "cheap_coal"} <= set(words_in(chart_svg(drawn)))
    with pytest.raises(OptionError, match="region and variable"):
        plot(forecast)


@pytest.mark.parametrize(
    ("variable", "region", "centre", "domain"),
    [
        ("wear_pct", "RU-KEM", 99.0, (None, 100.0)), ("grp_real_index", "RU-KEM", 100.0, (None, None)),
        ("patent_applications", "RU-KEM", 3.0, (0.0, None)), ("coal_australian_usd_t", "RU", 120.0, (None, None)),
    ],
)  # fmt: skip
def test_plot_draws_any_variable_within_its_bounds(
    variable: str, region: str, centre: float, domain: tuple[float | None, float | None]
) -> None:
    draws = centre + np.minimum(0.01 * centre, 3.0) * np.random.default_rng(1).standard_normal((200, 1, 8)).clip(
        -2, 0.9
    )
    draws = draws if centre > 5 else np.abs(draws * np.random.default_rng(2).uniform(0.1, 2.0, (200, 1, 8)))
    coords = {"region": [region], "year": range(2024, 2032)}
    array = xarray.DataArray(draws.astype("float32"), dims=("draw", "region", "year"), coords=coords)
    drawn = plot(Forecast({variable: array}, 2023, "baseline", 1, ""), region=region, variable=variable)
    areas = [layer for layer in layers_of(drawn) if layer["mark"]["type"] == "area"]
    assert len(areas) == 6, "bands fade after the fifth year"
    low, high = areas[0]["encoding"]["y"]["scale"]["domain"]
    assert domain[0] is None or low == domain[0]
    assert domain[1] is None or high == domain[1]
    assert low >= 0
    with pytest.raises(UnknownNameError, match=region):
        plot(Forecast({variable: array}, 2023, "baseline", 1, ""), region="RU-XXX", variable=variable)


def test_a_frame_is_drawn_without_a_report() -> None:
    frame, options = sample.FIGURES["tile_map"]
    drawn = plot_frame("tile_map", frame, options=options, labels=sample.LABELS, regions=sample.REGIONS, focal="RU-KEM")
    assert "Kemerovo oblast – Kuzbass" in words_in(chart_svg(drawn))


def test_a_tornado_is_drawn_around_its_centre_with_both_ends_written() -> None:
    layers = layers_of(draw("tornado"))
    fills = [row for layer in layers if layer["mark"]["type"] == "rect" for row in layer["rows"] if "c" in row]
    centre = next(row for layer in layers if layer["mark"]["type"] == "rule" for row in layer["rows"] if row["y2"] > 60)
    # from −0.4 to 0.9 and from −0.1 to 0.2 around 0.1, and a bar of nothing, which is a pixel wide
    assert [row["x2"] - row["x"] for row in fills] == pytest.approx(
        [fills[0]["x2"] - fills[0]["x"], (fills[0]["x2"] - fills[0]["x"]) * 0.3 / 1.3, 1.0], abs=0.2
    )
    assert (centre["x"] - fills[0]["x"]) / (fills[0]["x2"] - fills[0]["x"]) == pytest.approx(0.5 / 1.3, abs=1e-3)
    assert {"\N{MINUS SIGN}0.4", "0.9", "\N{MINUS SIGN}0.1", "0.2", "0.1"} <= set(words_in(svg_of("tornado")))
