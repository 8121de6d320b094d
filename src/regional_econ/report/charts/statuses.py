"""A strip a row, such as one variable region by region: what is said of each year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

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
    heading,
    heading_height,
    inline,
    labels,
    layered,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.strips import Strips, halves, lines_of, runs
from regional_econ.report.charts.style import ACCENT, INK, MUTED, PAPER, SHADES, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

STATUSES = ("published", "absent", "holds", "fails", "missing", "incomparable", "confidential", "before")
_FILLS = {"published": SHADES[2], "absent": SHADES[0], "holds": SHADES[2]}
_FRAMES: Mapping[str, tuple[Literal["slash", "cross"], str]] = {
    "missing": ("slash", MUTED), "incomparable": ("slash", MUTED), "confidential": ("cross", INK),
    "fails": ("cross", ACCENT),
}  # fmt: skip
_GAP = 24.0


def statuses(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a strip a region, or another row: what the source says of each year, or whether a statement holds in it.

    Parameters
    ----------
    frame : columns region, district, year, status (one of STATUSES); regions are drawn in the order of their first
        rows, grouped by district, which may be empty. Other rows have ids of texts.
    options : variable (what is compared, for a heading), break_years, row (height of a row in pixels; 14 by default),
        row_name and status_name (text ids of what a row and its status are, for the pointer: a region, what its source
        says).
    words : the texts of the reader's language; its focal region is written in bold.
    size : "wide" (two columns of regions) or "narrow" (one).
    """
    years = np.arange(int(frame["year"].min()), int(frame["year"].max()) + 1)
    parts = halves(lines_of(frame, "region", "district")) if size == "wide" else [lines_of(frame, "region", "district")]
    variable = options.text("variable")
    title = words.name(variable) if variable else ""
    key = Key.of(_entries(frame, options, words), WIDTHS[size])
    headed = heading_height(title, WIDTHS[size])
    column = (WIDTHS[size] - _GAP * (len(parts) - 1) - 4) / len(parts)
    names, row = round(0.5 * column), options.number("row") or 14.0
    grids = [Strips(years, part, (column - names) / len(years), row, row - 4.0, float(names), False) for part in parts]
    top = headed + key.height + 24
    sheet = Sheet.of(size, max(grid.height for grid in grids), left=names, right=4, top=top, bottom=24)
    layers: list[alt.Chart] = key.layers(-sheet.left, headed - sheet.top)
    layers += labels(heading(title, sheet, top=-sheet.top)[0]) if title else []
    for number, grid in enumerate(grids):
        layers += _column(frame, grid, number * (column + _GAP), options, words)
    return styled(layered(sheet, layers), words.lang)


def _entries(frame: pd.DataFrame, options: Options, words: Words) -> list[Entry]:
    present = set(frame["status"])
    found: list[Entry] = []
    for status in STATUSES:
        text = words.text(f"report.figure.status.{status}")
        if status not in present:
            continue
        if status in _FILLS:
            found.append(Entry(text, "band", _FILLS[status]))
        elif status in _FRAMES:
            kind, colour = _FRAMES[status]
            found.append(Entry(text, kind, colour, 1.0))
        else:
            found.append(Entry(text, "band", PAPER, opacity=0.0))
    if options.numbers("break_years"):
        found.append(Entry(words.text("report.figure.method_break"), "tick", ACCENT, 2.4))
    return found


def _column(frame: pd.DataFrame, grid: Strips, left: float, options: Options, words: Words) -> list[alt.Chart]:
    """Draw one column of regions whose strips start at a place."""
    written: list[Label] = grid.year_labels(left=left)
    cells: list[Box] = []
    pens: list[Stroke] = []
    framed: dict[str, list[tuple[float, float]]] = {}
    hits: list[Row] = []
    for number, (kind, name) in enumerate(grid.lines):
        if kind == "group":
            written.append(grid.head(number, words.name(name), left=left))
            continue
        shown = words.name(name)
        written.append(grid.name(number, shown, left=left, bold=name == words.focal))
        part = frame[frame["region"] == name]
        for start, end, status in runs(part["year"].astype(int).tolist(), part["status"].tolist()):
            box = _box(grid, number, start, end, left)
            if status in _FILLS:
                cells.append(Box(*box, _FILLS[str(status)]))
            elif status in _FRAMES:
                x, y, _width, height = box
                centres = [(x + (place + 0.5) * grid.cell, y + height / 2) for place in range(end - start + 1)]
                framed.setdefault(str(status), []).extend(centres)
            hits.append(_hit(box, shown, start, end, words.text(f"report.figure.status.{status}")))
        pens += grid.breaks(number, options.numbers("break_years"), ACCENT, left=left)
    tips = [
        alt.Tooltip("n:N", title=words.text(options.text("row_name") or "report.chart.region")),
        alt.Tooltip("w:N", title=words.text("report.chart.year")),
        alt.Tooltip("s:N", title=words.text(options.text("status_name") or "report.chart.status")),
    ]
    last = (
        alt.Chart(inline(hits))
        .mark_rect(opacity=0)
        .encode(PIXEL_X, PIXEL_Y, x2=alt.X2("x2"), y2=alt.Y2("y2"), tooltip=tips)
    )
    parts = [*boxes(cells), *strokes(grid.gaps(PAPER, left=left)), *_symbols(framed, grid), *strokes(pens)]
    return [*parts, *labels(written), last]


def _box(grid: Strips, number: int, start: int, end: int, left: float) -> tuple[float, float, float, float]:
    top, height = grid.place(number)
    x = left + (start - int(grid.years[0])) * grid.cell
    return x, top, (end - start + 1) * grid.cell, height


def _symbols(places: Mapping[str, Sequence[tuple[float, float]]], grid: Strips) -> list[alt.Chart]:
    """Draw the cells without a figure: one outlined symbol each, so that the file stays small."""
    width, height = grid.cell - 1.8, grid.strip - 0.8
    half = f"{height / width:.3f}"
    outline = f"M-1,-{half}L1,-{half}L1,{half}L-1,{half}Z"
    strokes_of = {"slash": f"M-1,{half}L1,-{half}", "cross": f"M-1,{half}L1,-{half}M-1,-{half}L1,{half}"}
    layers: list[alt.Chart] = []
    for status, centres in places.items():
        kind, colour = _FRAMES[status]
        rows = [{"x": round(x, 1), "y": round(y, 1)} for x, y in centres]
        mark = alt.Chart(inline(rows)).mark_point(
            shape=outline + strokes_of[kind], size=width**2, stroke=colour, strokeWidth=0.8, opacity=1, filled=False
        )
        layers.append(mark.encode(PIXEL_X, PIXEL_Y))
    return layers


def _hit(box: tuple[float, float, float, float], shown: str, start: int, end: int, status: str) -> Row:
    x, y, width, height = box
    return {
        "x": round(x, 1), "x2": round(x + width, 1), "y": y, "y2": y + height, "n": shown, "s": status,
        "w": str(start) if start == end else f"{start}–{end}",
    }  # fmt: skip
