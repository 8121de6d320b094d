"""Histograms: how outcomes spread over equal bins, a small plot a group, beside an even spread."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import Row, Stroke, inline, labels, strokes
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.panels import Board, head_labels, head_lines
from regional_econ.report.charts.scales import Scale, axis_room, named_axis, short, ticks
from regional_econ.report.charts.style import ACCENT, HUE, INK, LINE, TARGET_DASH, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_GAP, _HEIGHT = 22.0, 92.0
_PANELS: Mapping[Size, int] = {"wide": 4, "narrow": 2}
_BAR = 0.88


def histograms(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw the share of each bin as a bar, all on one scale, with a dashed line where all bins would be alike.

    Parameters
    ----------
    frame : columns panel, low, high (edges of bins), share (between 0 and 1); conf_low, conf_high where known.
    options : names (prefix of the text ids of panels).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    prefix = options.text("names")
    panels = list(dict.fromkeys(frame["panel"]))
    whiskers = "conf_low" in frame.columns and bool(frame["conf_low"].notna().any())
    entries = [Entry(words.text("report.chart.outcomes"), "band", HUE)]
    if whiskers:
        entries.append(Entry(f"{words.text('report.figure.interval')} {words.percent(0.95)}", "tick", INK, 1.2))
    entries.append(Entry(words.text("report.chart.even"), "line", ACCENT, 1.6, TARGET_DASH))
    key = Key.of(entries, WIDTHS[size])
    top = float(frame[["share", "conf_high"] if whiskers else ["share"]].max().max())
    high = 1.05 * max(top, float((frame["high"] - frame["low"]).max()))
    marks = ticks(0.0, high, 3)
    room = axis_room(words.percent(tick) for tick in marks)
    columns = min(len(panels), _PANELS[size])
    width = (WIDTHS[size] - room - 8 - _GAP * (columns - 1)) // columns
    heads = [head_lines(words.name(str(panel), prefix=prefix), width) for panel in panels]
    board = Board.of(
        size, len(panels), columns=columns, height=_HEIGHT, gap=_GAP, left=room, top=key.height,
        head=max(map(len, heads)) * LINE + 8, foot=28,
    )  # fmt: skip
    x = Scale(float(frame["low"].min()), float(frame["high"].max()), 0, board.width)
    y = Scale(0.0, high, board.height, 0)
    found: list[list[alt.Chart]] = []
    for number, (panel, head) in enumerate(zip(panels, heads, strict=True)):
        first = number % columns == 0
        layers = _panel(frame[frame["panel"] == panel], x, y, marks, words, first=first, whiskers=whiskers)
        if number == 0:
            layers += key.layers(-board.left, -board.top - board.head)
        found.append([*layers, *labels(head_labels(head))])
    return styled(board.concat(found), words.lang)


def _panel(
    part: pd.DataFrame, x: Scale, y: Scale, marks: tuple[float, ...], words: Words, *, first: bool, whiskers: bool
) -> list[alt.Chart]:
    ends = (x.low, (x.low + x.high) / 2, x.high)
    across = named_axis(ends, [words.tick(end) for end in ends], grid=False)
    up = named_axis(marks, [words.percent(mark) for mark in marks], labels=first)
    nothing = alt.Chart(inline([{"x": x.low, "y": 0.0}])).mark_point(opacity=0)
    axes = nothing.encode(alt.X("x:Q", scale=x.altair(), axis=across), alt.Y("y:Q", scale=y.altair(), axis=up))
    rows: list[Row] = []
    pens: list[Stroke] = []
    for line in part.to_dict("records"):
        low, high, share = (float(line[name]) for name in ("low", "high", "share"))
        middle, half = x((low + high) / 2), _BAR * (x(high) - x(low)) / 2
        row: Row = {
            "x": round(middle - half, 2), "x2": round(middle + half, 2), "y": round(y(share), 2), "y2": y.start,
            "b": f"{words.tick(short(low))} … {words.tick(short(high))}", "s": words.percent(share),
        }  # fmt: skip
        rows.append(row)
        if whiskers and pd.notna(line["conf_low"]):
            pens.append(Stroke(middle, y(float(line["conf_low"])), middle, y(float(line["conf_high"])), INK, 1.2))
    even = y(float((part["high"] - part["low"]).mean()) / (x.high - x.low))
    tips = [alt.Tooltip("b:N", title=words.text("report.chart.bin")),
            alt.Tooltip("s:N", title=words.text("report.chart.outcomes"))]  # fmt: skip
    bars = (
        alt.Chart(inline(rows))
        .mark_rect(color=HUE)
        .encode(
            alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None), x2=alt.X2("x2"),
            y2=alt.Y2("y2"), tooltip=tips,
        )
    )  # fmt: skip
    flat = Stroke(0, even, x.end, even, ACCENT, 1.6, TARGET_DASH)
    return [axes, bars, *strokes(pens), *strokes([flat])]
