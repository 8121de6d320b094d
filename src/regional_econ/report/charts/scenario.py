"""Scenarios on one axis: the median path of each, the doubt around them, and where each ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import (
    SPAN_Y,
    SPAN_Y2,
    Label,
    Point,
    Row,
    Sheet,
    Stroke,
    heading,
    heading_height,
    inline,
    labels,
    points,
    strokes,
)
from regional_econ.report.charts.compound import Beside, Layers
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.scales import Scale, axis_room, number_axis, short, ticks, year_axis, year_ticks
from regional_econ.report.charts.style import (
    ACCENT,
    DASHES,
    HUE,
    MARKERS,
    MUTED,
    PAPER,
    RULE,
    SERIES,
    TARGET_DASH,
    TEXT,
    WIDTHS,
    Size,
    styled,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_COLOURS = tuple(colour for colour in SERIES if colour != ACCENT)
_GAP = 14.0


def scenario(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.HConcatChart:
    """Draw several scenarios against a target, with the intervals of the last year beside the plot.

    From three scenarios on only the first, the reference, carries its band: bands that lie on each other hide
    what they show. The intervals of all stand at the right.

    Parameters
    ----------
    frame : columns year, scenario, p50, lo80, hi80, lo95, hi95.
    options : variable (label of the axis), names (prefix of the scenarios' text ids), target, origin_year,
        lower, upper.
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    lines = _lines(frame, words, options.text("names"))
    target = options.number("target")
    key = _key(lines, words, WIDTHS[size])
    low, high = _limits(frame, options)
    marks = ticks(low, high, 5)
    left = round(axis_room(words.tick(tick) for tick in marks))
    ending = 28.0 * len(lines) if size == "wide" else 18.0 * len(lines)
    variable = options.text("variable")
    title = words.axis(variable) if variable else None
    top = heading_height(title, WIDTHS[size]) + key.height + 22
    sheet = Sheet.of(size, 300, left=left, right=ending + _GAP + 3, top=top, bottom=24)
    x = Scale(float(frame["year"].min()) - 0.3, float(frame["year"].max()) + 0.3, 0, sheet.width)
    y = Scale(low, high, sheet.height, 0)
    x_of = alt.X("x:Q", scale=x.altair(), axis=year_axis(year_ticks(x.low, x.high, sheet.width)))
    y_of = alt.Y("y:Q", scale=y.altair(), axis=number_axis(marks, words))
    written, below = heading(title, sheet, top=-sheet.top) if title else ([], -sheet.top)
    main = [sheet.under(), *key.layers(-sheet.left, below + (4 if title else 0)), *labels(written)]
    origin = options.number("origin_year")
    if origin is not None and origin >= x.low:
        main += strokes([Stroke(x(origin), 0, x(origin), sheet.height, MUTED, 1.0)])
    main += [layer for line in lines for layer in _path(line, lines, x_of, y_of)]
    end = _end(lines, y, marks, ending, str(int(frame["year"].max())))
    if target is not None:
        named = Label(3, y(target) - 9, f"{words.text('report.figure.target')} {words.tick(target)}", ACCENT, TEXT,
                      True, "left", True)  # fmt: skip
        main += [*strokes([Stroke(0, y(target), sheet.width, y(target), ACCENT, 1.4, TARGET_DASH)]), *labels([named])]
        end += strokes([Stroke(0, y(target), ending, y(target), ACCENT, 1.4, TARGET_DASH)])
    main += _hits(lines, x_of, x, words, sheet)
    plots = [
        Layers(layer=main, width=sheet.width, height=sheet.height),
        Layers(layer=end, width=ending, height=sheet.height),
    ]
    return styled(Beside(hconcat=plots, bounds="flush", spacing=_GAP), words.lang)


@dataclass(frozen=True)
class _Line:
    """One scenario: its rows by year, its name, and how it is drawn."""

    rows: pd.DataFrame
    name: str
    colour: str
    dash: tuple[int, ...]
    marker: str


def _lines(frame: pd.DataFrame, words: Words, names: str | None) -> list[_Line]:
    return [
        _Line(
            frame[frame["scenario"] == name].sort_values("year"), words.name(str(name), prefix=names),
            _COLOURS[index % len(_COLOURS)], DASHES[index % len(DASHES)], MARKERS[index % len(MARKERS)],
        )
        for index, name in enumerate(dict.fromkeys(frame["scenario"]))
    ]  # fmt: skip


def _key(lines: Sequence[_Line], words: Words, total: float) -> Key:
    entries = [Entry(line.name, "line", line.colour, 2.2, line.dash, marker=line.marker) for line in lines]
    interval = words.text("report.figure.interval")
    entries.append(Entry(f"{interval} {words.percent(0.8)}", "band", HUE, opacity=0.3))
    entries.append(Entry(f"{interval} {words.percent(0.95)}", "line", MUTED, 1.2))
    return Key.of(entries, total)


def _limits(frame: pd.DataFrame, options: Options) -> tuple[float, float]:
    low, high = float(frame["lo95"].min()), float(frame["hi95"].max())
    if (target := options.number("target")) is not None:
        low, high = min(low, target), max(high, target)
    span = (high - low) or 1.0
    floor, ceiling = options.number("lower"), options.number("upper")
    top = high + 0.05 * span
    return low - 0.05 * span if floor is None else floor, top if ceiling is None else min(top, ceiling)


def _path(line: _Line, lines: Sequence[_Line], x_of: alt.X, y_of: alt.Y) -> list[alt.Chart]:
    layers: list[alt.Chart] = []
    if line is lines[0] or len(lines) == 2:
        rows = [
            {"x": int(year), "y": short(low), "y2": short(high)}
            for year, low, high in line.rows[["year", "lo80", "hi80"]].itertuples(index=False)
        ]
        layers.append(
            alt.Chart(inline(rows)).mark_area(color=line.colour, opacity=0.17).encode(x_of, y_of, y2=alt.Y2("y2"))
        )
    rows = [
        {"x": int(year), "y": short(value)} for year, value in zip(line.rows["year"], line.rows["p50"], strict=True)
    ]
    dash = list(line.dash) or alt.Undefined
    path = alt.Chart(inline(rows)).mark_line(color=line.colour, strokeWidth=2.4, strokeDash=dash)
    return [*layers, path.encode(x_of, y_of)]


def _end(lines: Sequence[_Line], y: Scale, marks: Sequence[float], width: float, year: str) -> list[alt.Chart]:
    """Draw the intervals of the last year side by side."""
    pens = [Stroke(0, y(mark) + 0.5, width, y(mark) + 0.5, RULE, 0.8) for mark in marks]
    tips: list[Point] = []
    step = width / len(lines)
    for number, line in enumerate(lines):
        last, at = line.rows.iloc[-1], step * (number + 0.5)
        for level, pen in (("95", 1.4), ("80", 5.0)):
            low, high = y(float(last[f"lo{level}"])), y(float(last[f"hi{level}"]))
            pens.append(Stroke(at, low, at, high, line.colour, pen))
        tips.append(Point(at, y(float(last["p50"])), PAPER, line.marker, 120))
        tips.append(Point(at, y(float(last["p50"])), line.colour, line.marker, 64))
    return [*strokes(pens), *points(tips), *labels([Label(width / 2, -12, year, MUTED, TEXT, align="center")])]


def _hits(lines: Sequence[_Line], x_of: alt.X, x: Scale, words: Words, sheet: Sheet) -> list[alt.Chart]:
    """Lay an invisible column over each year that tells the median and 80 % interval of every scenario."""
    rows: list[Row] = []
    for year in sorted({int(year) for line in lines for year in line.rows["year"]}):
        row: Row = {
            "x": max(x.low, year - 0.5), "x2": min(x.high, year + 0.5), "year": str(year), "p": 0, "q": sheet.height,
        }  # fmt: skip
        for number, line in enumerate(lines):
            here = line.rows[line.rows["year"] == year]
            if len(here):
                p50, low, high = (_say(here[name].iloc[0], words) for name in ("p50", "lo80", "hi80"))
                row[f"s{number}"] = f"{p50} ({low} … {high})"
        rows.append(row)
    tips = [alt.Tooltip("year:N", title=words.text("report.chart.year"))]
    tips += [alt.Tooltip(f"s{number}:N", title=line.name) for number, line in enumerate(lines)]
    mark = alt.Chart(inline(rows)).mark_rect(opacity=0)
    return [mark.encode(x_of, x2=alt.X2("x2"), y=SPAN_Y, y2=SPAN_Y2, tooltip=tips)]


def _say(value: float, words: Words) -> str:
    return words.tick(float(f"{float(value):.3g}"))
