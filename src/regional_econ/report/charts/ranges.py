"""Ranges: a few values with their intervals on one axis, beside a band around zero or other marked values."""

from __future__ import annotations

from itertools import accumulate, pairwise

import altair as alt
import numpy as np
import pandas as pd

from regional_econ._base.text import format_number
from regional_econ.report.charts.canvas import (
    Box,
    Label,
    Point,
    Row,
    Sheet,
    Stroke,
    boxes,
    heading,
    heading_height,
    inline,
    labels,
    layered,
    points,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.scales import Scale, number_axis, ticks_within
from regional_econ.report.charts.style import ACCENT, HUE, INK, MUTED, SMALL, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_LINE, _BELOW, _HALF = 15.0, 22.0, 8.0


def ranges(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a row a value: its name and figures, and under them the interval; a highlighted one stands out.

    Parameters
    ----------
    frame : columns label (text id), value, low, high (either end missing: none), highlight. A row without a value is
        an interval alone.
    options : names (prefix of the text ids of rows), variables (two: whose effect on which it is), measure (text id of
        what the axis measures), band (both ends of a shaded band), band_name (its text id), marks (values marked in all
        rows), mark_name (their text id), digits (of the figures; four significant ones by default).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    total = WIDTHS[size]
    title = _title(options, words)
    said = [_said(value, (low, high), options, words) for value, low, high in _rows(frame)]
    names = [
        wrapped(words.name(str(label), prefix=options.text("names")), total - text_width(text, SMALL) - 16)
        for label, text in zip(frame["label"], said, strict=True)
    ]
    edges = [0.0, *accumulate(_LINE * len(name) + _BELOW for name in names)]
    key = Key.of(_entries(options, words), total)
    top = heading_height(title, total) + key.height + (4 if title else 0)
    sheet = Sheet.of(size, edges[-1] + 4, left=8, right=8, top=top, bottom=24)
    x = _scale(frame, options, sheet.width)
    written, below = heading(title, sheet, top=-sheet.top) if title else ([], -sheet.top)
    zero = (0.0,) if x.low <= 0 <= x.high else ()
    fills: list[Box] = []
    pens: list[Stroke] = []
    spots: list[Point] = []
    rows = zip(_rows(frame), frame["highlight"], names, said, pairwise(edges), strict=True)
    for (value, low, high), highlight, name, text, (above, under) in rows:
        colour, middle = (ACCENT if highlight else HUE), under - 11
        written += [Label(0, above + (at + 0.5) * _LINE, line) for at, line in enumerate(name)]
        written.append(Label(x.end, above + 0.5 * _LINE, text, INK, SMALL, align="right"))
        fills += _band(options, x, middle)
        pens += [Stroke(x(at), middle - _HALF, x(at), middle + _HALF, MUTED, 1.2) for at in zero]
        pens += [
            Stroke(x(mark), middle - _HALF, x(mark), middle + _HALF, INK, 1.2) for mark in options.numbers("marks")
        ]
        left, right = (x.start if np.isnan(low) else x(low)), (x.end if np.isnan(high) else x(high))
        pens.append(Stroke(left, middle, max(right, left + 2), middle, colour, 4.0, (), 0.75))
        spots += [Point(left, middle, colour, "triangle-left", 60)] if np.isnan(low) else []
        spots += [Point(right, middle, colour, "triangle-right", 60)] if np.isnan(high) else []
        spots += [] if np.isnan(value) else [Point(x(value), middle, colour, "circle", 55)]
    row: Row = {"x": x.low}
    axis = number_axis(ticks_within(x, 6 if size == "wide" else 4, words, beyond=8), words, grid=False)
    axes = alt.Chart(inline([row])).mark_point(opacity=0).encode(alt.X("x:Q", scale=x.altair(), axis=axis))
    layers = [
        axes, *boxes(fills), *strokes(pens), *points(spots), *labels(written),
        *key.layers(-sheet.left, below + (4 if title else 0)),
    ]  # fmt: skip
    return styled(layered(sheet, layers), words.lang)


def _title(options: Options, words: Words) -> str:
    measure = options.text("measure")
    named = " → ".join(words.name(variable) for variable in options.texts("variables"))
    return ", ".join(part for part in (named, words.text(measure) if measure else "") if part)


def _rows(frame: pd.DataFrame) -> list[list[float]]:
    rows: list[list[float]] = frame[["value", "low", "high"]].astype(float).to_numpy().tolist()
    return rows


def _entries(options: Options, words: Words) -> list[Entry]:
    band, mark = options.text("band_name"), options.text("mark_name")
    found = [Entry(words.text(band), "band", INK, opacity=0.12)] if band else []
    return found + ([Entry(words.text(mark), "tick", INK, 1.2)] if mark else [])


def _scale(frame: pd.DataFrame, options: Options, width: float) -> Scale:
    """Return the axis over everything that has an end, with room for what has none."""
    values = [
        *frame[["value", "low", "high"]].astype(float).to_numpy().ravel(),
        *options.numbers("band"), *options.numbers("marks"),
    ]  # fmt: skip
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    air = 0.08 * ((high - low) or abs(high) or 1.0)
    return Scale(low - air, high + air, 0, width)


def _band(options: Options, x: Scale, middle: float) -> list[Box]:
    band = options.numbers("band")
    return [Box(x(band[0]), middle - _HALF, x(band[1]) - x(band[0]), 2 * _HALF, INK, 0.12)] if band else []


def _said(value: float, ends: tuple[float, float], options: Options, words: Words) -> str:
    """Return the value with its interval in brackets; an end that is missing is left open."""

    def say(number: float) -> str:
        if np.isnan(number):
            return ""
        digits = options.number("digits")
        if digits is not None:
            return format_number(number, int(digits), words.lang)
        return words.tick(float(f"{number:.4g}"))

    low, high = ends
    if np.isnan(low) != np.isnan(high):
        return f"<{say(high)}" if np.isnan(low) else f">{say(low)}"
    interval = f"{say(low)} … {say(high)}"
    return interval if np.isnan(value) else f"{say(value)} ({interval})"
