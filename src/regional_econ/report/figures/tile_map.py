"""The tile map: one figure of one year for every region, each as large as the next, so that small ones are seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from regional_econ._base.text import format_number
from regional_econ.report.figures.style import (
    ACCENT,
    CONFIDENTIAL_HATCH,
    INK,
    MISSING_HATCH,
    MUTED,
    PAPER,
    WIDTHS,
    Box,
    Size,
    colour_on_shade,
    hatch_boxes,
    new_figure,
    shade_boxes,
    text_width,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

CLASSES = 6
_GAP = 0.05
_LINE = 0.14


def draw_tile_map(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw a square a region, shaded by class, with district borders and the focal region outlined.

    Regions without a figure are hatched, those that are confidential are crossed.

    Parameters
    ----------
    frame : columns region, code (two to four letters), district, row, column (0 at the upper left), value, status
        (published, absent, missing, confidential or before).
    options : variable and year (head of the key), breaks (inner class limits; quantiles by default).
    words : the texts of the reader's language; its focal region is outlined.
    size : "wide" or "narrow".
    """
    columns = int(frame["column"].max()) + 1
    rows = int(frame["row"].max()) + 1
    tile = (WIDTHS[size] - 0.14) / columns
    head = _head(options, words, WIDTHS[size] - 0.14)
    key_height = (0.48 if size == "wide" else 0.78) + _LINE * len(head)
    fig = new_figure(size, rows * tile + key_height + 0.1)
    key, ax = fig.subplots(2, 1, height_ratios=(key_height, rows * tile))
    values = frame["value"].to_numpy(float)
    breaks = options.numbers("breaks") or class_breaks(values)
    _draw_tiles(ax, frame, breaks, words, tile)
    _draw_district_borders(ax, frame)
    focal = frame[frame["region"] == words.focal]
    for row, column in zip(focal["row"], focal["column"], strict=True):
        ax.add_patch(Rectangle((column, row), 1, 1, facecolor="none", edgecolor=ACCENT, lw=2.0, zorder=6))
    ax.set(xlim=(-0.06, columns + 0.06), ylim=(rows + 0.06, -0.06), aspect="equal")
    ax.set_axis_off()
    key.set(xlim=(0, WIDTHS[size] - 0.14), ylim=(key_height, 0))
    key.set_axis_off()
    for number, line in enumerate(head):
        key.text(0, 0.08 + number * _LINE, line, fontsize=8, color=MUTED, va="center")
    _draw_key(key, 0.06 + _LINE * len(head), frame, breaks, words, size)
    for text in (*key.texts, *ax.texts):
        text.set_in_layout(False)
    return fig


def class_breaks(values: np.ndarray, classes: int = CLASSES) -> tuple[float, ...]:
    """Return inner limits of classes of about equal size, rounded to two digits for the reader.

    Parameters
    ----------
    values : figures; missing ones are NaN.
    classes : how many are wanted; fewer where rounded limits coincide. Where most figures are the same, the classes
        are about equal in distinct figures instead.

    Examples
    --------
    >>> class_breaks(np.arange(100.0), 5)
    (20.0, 40.0, 59.0, 79.0)
    """
    known = values[~np.isnan(values)]
    for pool in (known, np.unique(known)):
        limits = _filled_limits(pool, known, classes)
        if 2 * len(limits) >= classes - 1:
            break
    return limits


def _filled_limits(pool: np.ndarray, known: np.ndarray, classes: int) -> tuple[float, ...]:
    """Return rounded quantiles of a pool that leave no class of the known figures empty."""
    if not pool.size:
        return ()
    kept: list[float] = []
    floor = known.min()
    for limit in sorted({float(f"{limit:.2g}") for limit in np.quantile(pool, np.arange(1, classes) / classes)}):
        if ((known >= floor) & (known < limit)).any() and (known >= limit).any():
            kept.append(limit)
            floor = limit
    return tuple(kept)


def _draw_tiles(ax: Axes, frame: pd.DataFrame, breaks: Sequence[float], words: Words, tile: float) -> None:
    values = frame["value"].to_numpy(float)
    place = np.searchsorted(breaks, values, side="right")
    levels = place / max(len(breaks), 1)
    boxes: list[Box] = [
        (column + _GAP / 2, row + _GAP / 2, 1 - _GAP, 1 - _GAP)
        for row, column in zip(frame["row"], frame["column"], strict=True)
    ]
    known = ~np.isnan(values)
    for level in np.unique(levels[known]):
        chosen = known & (levels == level)
        shade_boxes(ax, [box for box, here in zip(boxes, chosen, strict=True) if here], float(level))
    hidden = (frame["status"] == "confidential").to_numpy() & ~known
    for chosen, hatch in ((~known & ~hidden, MISSING_HATCH), (hidden, CONFIDENTIAL_HATCH)):
        if chosen.any():
            hatch_boxes(ax, [box for box, here in zip(boxes, chosen, strict=True) if here], hatch)
    _write_codes(ax, frame, levels, words, tile)


def _write_codes(ax: Axes, frame: pd.DataFrame, levels: np.ndarray, words: Words, tile: float) -> None:
    roomy = tile > 0.27
    letters = min(7.5, 25 * tile)
    widest = max(text_width(str(code), letters) for code in frame["code"])
    letters *= min(1.0, 0.86 * tile / widest)
    digits = _digits(frame["value"].to_numpy(float))
    for (code, row, column, value), level in zip(
        frame[["code", "row", "column", "value"]].itertuples(index=False), levels, strict=True
    ):
        known = not np.isnan(value)
        colour = colour_on_shade(float(level)) if known else INK
        middle = row + (0.36 if roomy and known else 0.52)
        backing = None if known else {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}
        lines = [(middle, str(code), letters)]
        if roomy and known:
            lines.append((row + 0.72, format_number(value, digits, words.lang), 0.78 * letters))
        for y, line, points in lines:
            written = ax.text(column + 0.5, y, line, ha="center", va="center", fontsize=points, color=colour, zorder=5)
            written.set_bbox(backing)


def _digits(values: np.ndarray) -> int:
    top = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 0.0
    return 0 if top >= 1000 else 1 if top >= 10 else 2


def _draw_district_borders(ax: Axes, frame: pd.DataFrame) -> None:
    """Draw a line wherever two neighbouring tiles belong to different districts."""
    places = zip(frame["row"], frame["column"], frame["district"], strict=True)
    district = {(int(row), int(column)): name for row, column, name in places}
    x: list[float] = []
    y: list[float] = []
    for (row, column), name in district.items():
        if district.get((row, column + 1), name) != name:
            x += [column + 1, column + 1, np.nan]
            y += [row, row + 1, np.nan]
        if district.get((row + 1, column), name) != name:
            x += [column, column + 1, np.nan]
            y += [row + 1, row + 1, np.nan]
    ax.plot(x, y, color=INK, lw=1.0, solid_capstyle="round", zorder=4)


def _head(options: Options, words: Words, inches: float) -> list[str]:
    """Return the name of the variable with its unit and year, in lines that fit a width."""
    variable, year = options.text("variable"), options.number("year")
    if variable is None:
        return []
    lines: list[str] = []
    for word in (words.axis(variable) + ("" if year is None else f", {round(year)}")).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        lines[-1:] = [longer] if text_width(longer, 8) <= inches else [*lines[-1:], word]
    return lines


def _draw_key(ax: Axes, top: float, frame: pd.DataFrame, breaks: Sequence[float], words: Words, size: Size) -> None:
    """Draw the classes side by side with their limits at the joints, and what hatches and outlines mean."""
    inches = WIDTHS[size] - 0.14
    count, width = len(breaks) + 1, 0.42
    for index in range(count):
        box = (index * width, top, width - 0.015, 0.14)
        shade_boxes(ax, [box], index / max(count - 1, 1))
    digits = max((len(f"{limit:g}".partition(".")[2]) for limit in breaks), default=0)
    for index, limit in enumerate(breaks, start=1):
        shown = format_number(limit, digits, words.lang)
        ax.text(index * width, top + 0.23, shown, ha="center", va="center", fontsize=6.5, color=MUTED)
    notes = [("focal", words.name(words.focal))] if words.focal in set(frame["region"]) else []
    empty = frame[frame["value"].isna()]
    if (empty["status"] != "confidential").any():
        notes.append((MISSING_HATCH, words.text("report.figure.status.missing")))
    if (empty["status"] == "confidential").any():
        notes.append((CONFIDENTIAL_HATCH, words.text("report.figure.status.confidential")))
    left, top = (count * width + 0.2, top) if size == "wide" else (0.0, top + 0.38)
    for kind, note in notes:
        wide = 0.28 + text_width(note, 7) + 0.14
        if left > 0 and left + wide > inches + 0.14:
            left, top = (count * width + 0.2 if size == "wide" else 0.0), top + 0.19
        box = (left, top, 0.2, 0.14)
        if kind == "focal":
            ax.add_patch(Rectangle(box[:2], 0.2, 0.14, facecolor="none", edgecolor=ACCENT, lw=1.6))
        else:
            hatch_boxes(ax, [box], kind)
        ax.text(left + 0.26, top + 0.075, note, fontsize=7, color=INK, va="center")
        left += wide
