"""What is there and what is not: variables by year over all regions."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import (
    PIXEL_X,
    PIXEL_Y,
    Box,
    Label,
    Row,
    Sheet,
    Stroke,
    boxes,
    inline,
    labels,
    layered,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.strips import Strips, lines_of, runs
from regional_econ.report.charts.style import ACCENT, PAPER, RULE, SHADES, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

SHARES = ("some", "most", "nearly", "all")
_COLOURS = (SHADES[0], SHADES[1], SHADES[3], SHADES[4])
_LIMITS = (0.5, 0.9, 1.0 - 1e-12)


def availability(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a strip a variable: each year's shade is the share of the regions that have a figure.

    A stroke at the left of a year marks a declared break: years on its two sides are not comparable.

    Parameters
    ----------
    frame : columns variable, group, year, share (0 to 1), break (true in a break year); variables are drawn in the
        order of their first rows, groups too.
    options : names (prefix of the text ids of groups).
    words : the texts of the reader's language.
    size : "wide" (names left of the strips) or "narrow" (names above them).
    """
    years = np.arange(int(frame["year"].min()), int(frame["year"].max()) + 1)
    wide, total = size == "wide", WIDTHS[size]
    names = round(0.48 * total) if wide else 0
    lines = lines_of(frame, "variable", "group")
    strips = Strips(years, lines, (total - names - 6) / len(years), *((14.0, 10.0) if wide else (29.0, 9.0)),
                    float(names), not wide)  # fmt: skip
    entries = [
        Entry(words.text(f"report.figure.share.{name}"), "band", colour)
        for name, colour in zip(SHARES, _COLOURS, strict=True)
    ]
    if frame["break"].astype(bool).any():
        entries.append(Entry(words.text("report.figure.method_break"), "tick", ACCENT, 2.4))
    key = Key.of(entries, total)
    sheet = Sheet.of(size, strips.height, left=names, right=6, top=key.height + 24, bottom=24)
    written: list[Label] = strips.year_labels()
    cells: list[Box] = []
    pens: list[Stroke] = []
    hits: list[Row] = []
    for number, (kind, name) in enumerate(lines):
        if kind == "group":
            written.append(strips.head(number, words.name(name, prefix=options.text("names"))))
            continue
        shown = words.name(name)
        written.append(strips.name(number, shown))
        part = frame[frame["variable"] == name]
        cells += _boxes(part, number, strips)
        pens += strips.breaks(number, part.loc[part["break"].astype(bool), "year"].astype(float).tolist(), ACCENT)
        hits += _hits(part, shown, number, strips, words)
    empty = [
        Stroke(1, top + height / 2, sheet.width - 1, top + height / 2, RULE, 0.8)
        for top, height in (strips.place(number) for number, (kind, _name) in enumerate(lines) if kind == "row")
    ]
    layers = [
        *strokes(empty), *boxes(cells), *strokes(strips.gaps(PAPER)), *strokes(pens), *labels(written),
        *key.layers(-sheet.left, -sheet.top), _hit_layer(hits, words),
    ]  # fmt: skip
    return styled(layered(sheet, layers), words.lang)


def _classes(share: pd.Series) -> list[int]:
    """Return -1 for none, then the index of the class in `SHARES`."""
    values = share.fillna(0.0).to_numpy(float)
    return [int(index) for index in np.where(values > 0, np.digitize(values, _LIMITS), -1)]


def _boxes(part: pd.DataFrame, number: int, strips: Strips) -> list[Box]:
    top, height = strips.place(number)
    first = int(strips.years[0])
    return [
        Box((start - first) * strips.cell, top, (end - start + 1) * strips.cell, height, _COLOURS[int(str(kind))])
        for start, end, kind in runs(part["year"].astype(int).tolist(), _classes(part["share"]))
        if kind != -1
    ]


def _hits(part: pd.DataFrame, shown: str, number: int, strips: Strips, words: Words) -> list[Row]:
    """Return an invisible box for each run of years with the same share."""
    top, height = strips.place(number)
    shares = [words.percent(float(value)) for value in part["share"].fillna(0.0)]
    first = int(strips.years[0])
    return [
        {
            "x": round((start - first) * strips.cell, 1), "x2": round((end - first + 1) * strips.cell, 1),
            "y": top, "y2": top + height, "n": shown, "s": str(share),
            "w": str(start) if start == end else f"{start}–{end}",
        }
        for start, end, share in runs(part["year"].astype(int).tolist(), shares)
    ]  # fmt: skip


def _hit_layer(rows: list[Row], words: Words) -> alt.Chart:
    tips = [
        alt.Tooltip("n:N", title=words.text("report.chart.variable")),
        alt.Tooltip("w:N", title=words.text("report.chart.year")),
        alt.Tooltip("s:N", title=words.text("report.chart.coverage_share")),
    ]
    mark = alt.Chart(inline(rows)).mark_rect(opacity=0)
    hits: alt.Chart = mark.encode(PIXEL_X, PIXEL_Y, x2=alt.X2("x2"), y2=alt.Y2("y2"), tooltip=tips)
    return hits
