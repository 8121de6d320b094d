"""A strip of earlier fans: what would have been said from past years, and what came; one small plot an origin."""

from __future__ import annotations

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import (
    SPAN_Y,
    SPAN_Y2,
    Label,
    Row,
    Stroke,
    heading_height,
    inline,
    labels,
    strokes,
)
from regional_econ.report.charts.fan_data import BANDS
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import wrapped
from regional_econ.report.charts.panels import Board
from regional_econ.report.charts.scales import Scale, axis_room, bounded, number_axis, short, ticks, year_axis
from regional_econ.report.charts.style import (
    ACCENT,
    HEAD,
    HUE,
    INK,
    LINE,
    MUTED,
    PAPER,
    RULE,
    SMALL,
    WIDTHS,
    Size,
    styled,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_GAP, _HEIGHT, _LEAST = 8.0, 84.0, 52.0


def earlier_fans(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw each origin's bands with what came: hollow inside the 80 % band, filled outside; the key counts both.

    Parameters
    ----------
    frame : columns origin, year, p50, lo50, hi50, lo80, hi80, lo95, hi95, observed, held80 (1, 0; NaN at the origin).
    options : variable (label of the axis), lower, upper (bounds that the axis never passes).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    total, variable = WIDTHS[size], options.text("variable")
    origins = sorted(int(origin) for origin in frame["origin"].unique())
    values = frame.drop(columns=["origin", "year", "held80"])
    low, high = bounded(
        float(values.min().min()), float(values.max().max()), options.number("lower"), options.number("upper")
    )
    marks = ticks(low, high, 3)
    room = round(axis_room(words.tick(tick) for tick in marks))
    columns = int((total - room - 8 + _GAP) // (_LEAST + _GAP))
    columns = -(-len(origins) // -(-len(origins) // columns))
    title = words.axis(variable) if variable else None
    key = _key(frame, words, total)
    board = Board.of(
        size, len(origins), columns=max(columns, 4), height=_HEIGHT, gap=_GAP, left=room,
        top=heading_height(title, total) + key.height, head=LINE + 4, foot=8,
    )  # fmt: skip
    ahead = int((frame["year"] - frame["origin"]).max())
    found: list[list[alt.Chart]] = []
    for number, origin in enumerate(origins):
        part = frame[frame["origin"] == origin].sort_values("year")
        x = Scale(origin - 0.4, origin + ahead + 0.4, 0, board.width)
        y = Scale(low, high, board.height, 0)
        axis = number_axis(marks, words, labels=number % board.columns == 0)
        layers = _panel(part, x, y, axis, words, board.height)
        written = [Label(0, -9, str(origin), MUTED, SMALL)]
        if number == 0:
            top = -board.top - board.head
            if title:
                written += [
                    Label(-room, top + (at + 0.5) * LINE, line, MUTED, HEAD)
                    for at, line in enumerate(wrapped(title, total, HEAD))
                ]
            layers += key.layers(-board.left, top + heading_height(title, total))
        found.append([*layers, *labels(written)])
    return styled(board.concat(found), words.lang)


def _key(frame: pd.DataFrame, words: Words, total: float) -> Key:
    scored = frame["held80"].dropna()
    inside = int(scored.sum())
    band = words.percent(0.8)
    entries = [
        *(Entry(words.percent(level / 100), "band", HUE, opacity=_shown(level)) for level in sorted(BANDS)),
        Entry(words.text("report.figure.median"), "line", HUE, 2.0),
        Entry(f"{words.text('report.chart.inside')} {band}: {inside}", "point", INK, hollow=True),
        Entry(f"{words.text('report.chart.outside')} {band}: {len(scored) - inside}", "point", ACCENT),
    ]
    return Key.of(entries, total)


def _shown(level: int) -> float:
    """Return how dense a band looks where wider ones lie under it."""
    clear = 1.0
    for wider, opacity in BANDS.items():
        clear *= 1.0 - opacity if wider >= level else 1.0
    return round(1.0 - clear, 3)


def _panel(part: pd.DataFrame, x: Scale, y: Scale, axis: alt.Axis, words: Words, height: float) -> list[alt.Chart]:
    origin = int(part["origin"].iloc[0])
    x_of = alt.X("x:Q", scale=x.altair(), axis=year_axis(()))
    y_of = alt.Y("y:Q", scale=y.altair(), axis=axis)
    layers: list[alt.Chart] = [*strokes([Stroke(x(origin), 0, x(origin), height, RULE, 1.0)])]
    for level, opacity in BANDS.items():
        data = [
            {"x": int(year), "y": short(low), "y2": short(high)}
            for year, low, high in part[["year", f"lo{level}", f"hi{level}"]].to_numpy(float).tolist()
        ]
        band = alt.Chart(inline(data)).mark_area(color=HUE, opacity=opacity)
        layers.append(band.encode(x_of, y_of, y2=alt.Y2("y2")))
    median = [{"x": int(year), "y": short(value)} for year, value in zip(part["year"], part["p50"], strict=True)]
    layers.append(alt.Chart(inline(median)).mark_line(color=HUE, strokeWidth=1.8).encode(x_of, y_of))
    for held, fill, stroke in ((1.0, PAPER, INK), (0.0, ACCENT, ACCENT), (None, INK, INK)):
        chosen = part[part["held80"].isna() if held is None else part["held80"] == held]
        if len(chosen):
            data = [{"x": int(a), "y": short(b)} for a, b in zip(chosen["year"], chosen["observed"], strict=True)]
            mark = alt.Chart(inline(data)).mark_point(
                shape="circle", size=22, fill=fill, stroke=stroke, strokeWidth=1.3, opacity=1
            )
            layers.append(mark.encode(x_of, y_of))
    return [*layers, _hits(part, x, words, height)]


def _hits(part: pd.DataFrame, x: Scale, words: Words, height: float) -> alt.Chart:
    rows: list[Row] = []
    columns = ["year", "p50", "lo80", "hi80", "observed"]
    for year, median, low80, high80, observed in part[columns].to_numpy(float).tolist():
        rows.append(
            {
                "x": max(year - 0.5, x.low), "x2": min(year + 0.5, x.high), "p": 0, "q": height, "year": str(int(year)),
                "m": _say(median, words), "b": f"{_say(low80, words)} … {_say(high80, words)}",
                "o": _say(observed, words),
            }
        )  # fmt: skip
    tips = [
        alt.Tooltip("year:N", title=words.text("report.chart.year")),
        alt.Tooltip("m:N", title=words.text("report.figure.median")),
        alt.Tooltip("b:N", title=words.percent(0.8)),
        alt.Tooltip("o:N", title=words.text("report.figure.actual")),
    ]
    mark: alt.Chart = alt.Chart(inline(rows)).mark_rect(opacity=0)
    x_of = alt.X("x:Q", scale=x.altair(), axis=year_axis(()))
    return mark.encode(x_of, x2=alt.X2("x2"), y=SPAN_Y, y2=SPAN_Y2, tooltip=tips)


def _say(value: float, words: Words) -> str:
    return words.tick(float(f"{float(value):.3g}"))
