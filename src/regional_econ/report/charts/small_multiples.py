"""Small multiples: the same little picture for many regions, indicators or horizons."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import Stroke, inline, labels, strokes
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.panels import Board, head_labels, head_lines
from regional_econ.report.charts.scales import (
    Scale,
    axis_room,
    number_axis,
    short,
    ticks,
    year_axis,
    year_ticks,
)
from regional_econ.report.charts.style import ACCENT, HUE, INK, LINE, MUTED, SERIES, TARGET_DASH, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_COLOURS = (HUE, INK, *SERIES[1:])
_ABOVE = 14  # pixels from a panel to the middle of its head: the label of a top tick lies between
_BANDS = (("95", 0.13), ("80", 0.2))


def small_multiples(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw one small plot a panel, all with the same horizontal axis.

    Parameters
    ----------
    frame : columns panel, year, value and, where there are several lines, series; lo80 and hi80 (and lo95,
        hi95) where a line carries a band.
    options : names (prefix of the text ids of panels and series), origin_year, share_y (1: one vertical axis), lower,
        ticks (the only values of the horizontal axis: points are marked, lines cut at `lower`), x_title (text id of
        what it counts, for tooltips: the year), level (a value with a dashed line through all panels).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    names = options.text("names")
    panels = list(dict.fromkeys(frame["panel"]))
    lines = list(dict.fromkeys(frame["series"])) if "series" in frame.columns else []
    columns = min(len(panels), 3 if size == "wide" else 2)
    scales = [_vertical(frame if options.number("share_y") else frame[frame["panel"] == p], options) for p in panels]
    room = max(axis_room(words.tick(tick) for tick in ticks(low, high, 4)) for low, high in scales)
    entries = [
        Entry(words.name(str(line), prefix=names), "line", _COLOURS[number % len(_COLOURS)], 2.2)
        for number, line in enumerate(lines)
    ]
    key = Key.of(entries if len(lines) > 1 else [], WIDTHS[size])
    gap = room + 14
    width = (WIDTHS[size] - room - 8 - gap * (columns - 1)) // columns
    heads = [head_lines(words.name(str(panel), prefix=names), width + room) for panel in panels]
    board = Board.of(
        size, len(panels), columns=columns, height=110, gap=gap, left=room, top=key.height,
        head=max(map(len, heads)) * LINE + _ABOVE - 2, foot=30,
    )  # fmt: skip
    x = Scale(float(frame["year"].min()) - 0.3, float(frame["year"].max()) + 0.3, 0, board.width)
    found: list[list[alt.Chart]] = []
    for number, (panel, head, limits) in enumerate(zip(panels, heads, scales, strict=True)):
        part = frame[frame["panel"] == panel]
        layers = _panel(part, lines, limits, x, words, options, board.height)
        if number == 0:
            layers += key.layers(-board.left, -board.top - board.head)
        found.append([*layers, *labels(head_labels(head, left=room, above=_ABOVE))])
    return styled(board.concat(found), words.lang)


def _vertical(frame: pd.DataFrame, options: Options) -> tuple[float, float]:
    values = frame[[name for name in ("value", "lo80", "hi80", "lo95", "hi95") if name in frame.columns]]
    low, high = float(values.min().min()), float(values.max().max())
    air = 0.06 * ((high - low) or 1.0)
    lower = options.number("lower")
    return (low - air if lower is None else lower), high + air


def _panel(
    part: pd.DataFrame, lines: Sequence[object], limits: tuple[float, float], x: Scale, words: Words, options: Options,
    height: float,
) -> list[alt.Chart]:  # fmt: skip
    low, high = limits
    origin, given = options.number("origin_year"), options.numbers("ticks")
    level, y = options.number("level"), Scale(low, high, height, 0)
    named = tuple(int(tick) for tick in given) or year_ticks(x.low, x.high, x.end)
    x_of = alt.X("x:Q", scale=x.altair(), axis=year_axis(named))
    y_of = alt.Y("y:Q", scale=y.altair(), axis=number_axis(ticks(low, high, 4), words))
    layers = strokes([Stroke(x(origin), 0, x(origin), height, MUTED, 1.0)]) if origin is not None else []
    layers += strokes([Stroke(0, y(level), x.end, y(level), ACCENT, 1.6, TARGET_DASH)]) if level is not None else []
    for number, line in enumerate(lines or [None]):
        colour = _COLOURS[number % len(_COLOURS)]
        rows = (part if line is None else part[part["series"] == line]).sort_values("year")
        for share, opacity in _BANDS:
            if f"lo{share}" in rows.columns:
                band = rows[["year", f"lo{share}", f"hi{share}"]].dropna()
                data = [{"x": int(a), "y": short(b), "y2": short(c)} for a, b, c in band.itertuples(index=False)]
                layers.append(
                    alt.Chart(inline(data)).mark_area(color=colour, opacity=opacity).encode(x_of, y_of, y2=alt.Y2("y2"))
                )
        known = rows[["year", "value"]].dropna()
        data = [{"x": int(year), "y": short(value)} for year, value in known.itertuples(index=False)]
        chart = alt.Chart(inline(data))
        layers.append(chart.mark_line(color=colour, strokeWidth=1.8, clip=bool(given)).encode(x_of, y_of))
        if given:
            layers.append(chart.mark_circle(color=colour, size=26, opacity=1, clip=True).encode(x_of, y_of))
        tips = [alt.Tooltip("x:Q", format="d", title=words.text(options.text("x_title") or "report.chart.year")),
                alt.Tooltip("y:Q", format=",.4~r", title=words.text("report.chart.value"))]  # fmt: skip
        layers.append(
            chart.mark_point(size=60, opacity=0, strokeWidth=6, clip=bool(given)).encode(x_of, y_of, tooltip=tips)
        )
    return layers
