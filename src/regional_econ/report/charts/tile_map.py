"""The tile map: one figure of one year for every region, each as large as the next, so that small ones are seen."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.text import format_number
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
from regional_econ.report.charts.key import Entry, Key, corner, framed
from regional_econ.report.charts.letters import text_width
from regional_econ.report.charts.style import (
    ACCENT,
    BELOW,
    INK,
    MUTED,
    PAPER,
    SHADES,
    SMALL,
    TEXT,
    WIDTHS,
    Size,
    colour_on,
    shade,
    styled,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

CLASSES = 6
TWO_SIDES = (BELOW[1], BELOW[0], SHADES[0], SHADES[2], SHADES[4])
_GAP = 1.5
_LEGIBLE = 9.0


def tile_map(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a square a region, shaded by class, with district borders and the focal region outlined.

    Regions without a figure are struck through, those that are confidential are crossed. With a column holds_zero,
    figures whose interval does so have a hatched corner.

    Parameters
    ----------
    frame : columns region, code (two to four letters), district, row, column (0 at the upper left), value, status
        (published, absent, missing, confidential or before), and holds_zero where figures are estimates.
    options : variable and year (head of the key), breaks (inner class limits; quantiles by default), diverging (the
        classes run from brown below zero to blue above it; breaks are then two on each side).
    words : the texts of the reader's language; its focal region is outlined.
    size : "wide" or "narrow".
    """
    total = WIDTHS[size]
    frame = frame.reset_index(drop=True)
    limits = options.numbers("breaks") or class_breaks(frame["value"].to_numpy(float))
    two_sides = bool(options.number("diverging"))
    palette = TWO_SIDES if two_sides else _sequential(limits)
    digits = _digits_of(limits) if two_sides else _digits(frame["value"].to_numpy(float))
    title = _title(options, words)
    key = Key.of(_entries(frame, words), total)
    scale_height = 40.0 if limits else 0.0
    tile = (total - 4) / (int(frame["column"].max()) + 1)
    top = heading_height(title, total) + scale_height + key.height + 8
    sheet = Sheet.of(size, tile * (int(frame["row"].max()) + 1), left=2, right=2, top=top, bottom=3)
    written, below = heading(title, sheet, top=-sheet.top) if title else ([], -sheet.top)
    fills, names = _classes(limits, palette, words, total, below + 4)
    colours = _colours(frame, limits, palette)
    fills += [
        Box(column * tile + _GAP, row * tile + _GAP, tile - 2 * _GAP, tile - 2 * _GAP, colour)
        for row, column, colour in zip(frame["row"], frame["column"], colours, strict=True)
        if colour
    ]
    layers = [
        *boxes(fills), *strokes([*_empty(frame, tile), *_hatched(frame, tile), *_borders(frame, tile),
                                   *_focal(frame, words, tile)]),
        *labels([*written, *names, *_codes(frame, colours, digits, words, tile)]),
        *key.layers(-sheet.left, below + 4 + scale_height), _hits(frame, digits, words, tile),
    ]  # fmt: skip
    return styled(layered(sheet, layers), words.lang)


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


def _title(options: Options, words: Words) -> str | None:
    variable, year = options.text("variable"), options.number("year")
    if variable is None:
        return None
    return words.axis(variable) + ("" if year is None else f", {round(year)}")


def _sequential(limits: Sequence[float]) -> list[str]:
    return [shade(level / max(len(limits), 1)) for level in range(len(limits) + 1)]


def _colours(frame: pd.DataFrame, limits: Sequence[float], palette: Sequence[str]) -> list[str]:
    """Return the shade of each region; an empty text where it has no figure."""
    values = frame["value"].to_numpy(float)
    classes = np.searchsorted(np.asarray(limits, float), values, side="right")
    return ["" if np.isnan(value) else palette[level] for value, level in zip(values, classes, strict=True)]


def _entries(frame: pd.DataFrame, words: Words) -> list[Entry]:
    empty = frame[frame["value"].isna()]
    found = [Entry(words.name(words.focal), "frame", ACCENT, 2.2)] if words.focal in set(frame["region"]) else []
    if (empty["status"] != "confidential").any():
        found.append(Entry(words.text("report.figure.status.missing"), "slash", MUTED, 1.0))
    if (empty["status"] == "confidential").any():
        found.append(Entry(words.text("report.figure.status.confidential"), "cross", MUTED, 1.0))
    if _unsure(frame).any():
        found.append(Entry(words.text("report.chart.unclear"), "corner", INK, 1.0))
    return found


def _unsure(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which figures have an interval that holds zero."""
    if "holds_zero" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray(frame["holds_zero"].astype(bool) & frame["value"].notna())


def _hatched(frame: pd.DataFrame, tile: float) -> list[Stroke]:
    places = frame.loc[_unsure(frame), ["row", "column"]].itertuples(index=False)
    side = tile / 4
    return [
        stroke for row, column in places for stroke in corner((column + 1) * tile - _GAP, row * tile + _GAP, side, INK)
    ]


def _classes(
    limits: Sequence[float], palette: Sequence[str], words: Words, total: float, top: float
) -> tuple[list[Box], list[Label]]:
    """Draw the classes side by side with their limits at the joints."""
    if not limits:
        return [], []
    width = min(58.0, total / (len(limits) + 1))
    digits = _digits_of(limits)
    fills = [Box(index * width - 2, top, width - 1.5, 11, colour) for index, colour in enumerate(palette)]
    names = [
        Label(index * width - 2.75, top + 21, format_number(limit, digits, words.lang), MUTED, TEXT, align="center")
        for index, limit in enumerate(limits, start=1)
    ]
    return fills, names


def _empty(frame: pd.DataFrame, tile: float) -> list[Stroke]:
    found: list[Stroke] = []
    for row, column, status in frame.loc[frame["value"].isna(), ["row", "column", "status"]].itertuples(index=False):
        kind = "cross" if status == "confidential" else "slash"
        found += framed(column * tile + 2, row * tile + 2, tile - 4, tile - 4, kind, MUTED, 0.8)
    return found


def _borders(frame: pd.DataFrame, tile: float) -> list[Stroke]:
    """Draw a line wherever two neighbouring tiles belong to different districts."""
    places = zip(frame["row"], frame["column"], frame["district"], strict=True)
    district = {(int(row), int(column)): name for row, column, name in places}
    found: list[Stroke] = []
    for (row, column), name in district.items():
        right, below = (column + 1) * tile, (row + 1) * tile
        if district.get((row, column + 1), name) != name:
            found.append(Stroke(right, row * tile, right, below, INK, 1.6))
        if district.get((row + 1, column), name) != name:
            found.append(Stroke(column * tile, below, right, below, INK, 1.6))
    return found


def _focal(frame: pd.DataFrame, words: Words, tile: float) -> list[Stroke]:
    here = frame[frame["region"] == words.focal]
    return [
        stroke
        for row, column in zip(here["row"], here["column"], strict=True)
        for stroke in framed(column * tile, row * tile, tile, tile, "frame", ACCENT, 3.0)
    ]


def _codes(frame: pd.DataFrame, colours: Sequence[str], digits: int, words: Words, tile: float) -> list[Label]:
    """Write the code of every region and, where there is room, its figure."""
    roomy = tile > 30
    widest = max(text_width(str(code), 10.0, bold=roomy) for code in frame["code"]) / 10.0
    letters = round(max(min(TEXT if roomy else SMALL, (tile - 4) / widest), min(_LEGIBLE, tile / widest)), 1)
    found: list[Label] = []
    columns = ["code", "row", "column", "value", "region"]
    for (code, row, column, value, region), colour in zip(frame[columns].itertuples(index=False), colours, strict=True):
        x, y = (column + 0.5) * tile, (row + 0.5) * tile
        ink = colour_on(colour) if colour else INK
        bold = roomy or region == words.focal
        both = roomy and bool(colour)
        found.append(Label(x, y - (6 if both else 0), str(code), ink, letters, bold, "center", not colour))
        if both:
            found.append(Label(x, y + 8, format_number(value, digits, words.lang), ink, SMALL - 0.5, align="center"))
    return found


def _digits_of(limits: Sequence[float]) -> int:
    return max(len(np.format_float_positional(limit, trim="-").partition(".")[2]) for limit in limits)


def _digits(values: np.ndarray) -> int:
    top = np.nanmax(np.abs(values)) if np.isfinite(values).any() else 0.0
    return 0 if top >= 1000 else 1 if top >= 10 else 2


def _hits(frame: pd.DataFrame, digits: int, words: Words, tile: float) -> alt.Chart:
    columns = ["region", "row", "column", "value", "status"]
    rows: list[Row] = [
        {
            "x": round(column * tile, 1), "x2": round((column + 1) * tile, 1),
            "y": round(row * tile, 1), "y2": round((row + 1) * tile, 1), "n": words.name(str(region)),
            "v": words.text(f"report.figure.status.{status}") if np.isnan(value)
            else format_number(value, digits, words.lang),
        }
        for region, row, column, value, status in frame[columns].itertuples(index=False)
    ]  # fmt: skip
    tips = [alt.Tooltip("n:N", title=words.text("report.chart.region")),
            alt.Tooltip("v:N", title=words.text("report.chart.value"))]  # fmt: skip
    mark = alt.Chart(inline(rows)).mark_rect(opacity=0, fill=PAPER)
    hits: alt.Chart = mark.encode(PIXEL_X, PIXEL_Y, x2=alt.X2("x2"), y2=alt.Y2("y2"), tooltip=tips)
    return hits
