"""What is there and what is not: variables by year over all regions, and one variable region by region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from regional_econ.report.figures.style import (
    ACCENT,
    CONFIDENTIAL_HATCH,
    INK,
    MISSING_HATCH,
    MUTED,
    PAPER,
    RULE,
    WIDTHS,
    Box,
    Size,
    fitted,
    hatch_boxes,
    hatch_patch,
    legend_above,
    new_figure,
    shade_boxes,
    shade_patch,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

SHARES = ("some", "most", "nearly", "all")
STATUSES = ("published", "absent", "missing", "confidential", "before")
_SHARE_LEVELS = (0.05, 0.3, 0.55, 0.8)
_STATUS_LEVELS = {"published": 0.45, "absent": 0.0}
_HATCHES = {"missing": MISSING_HATCH, "confidential": CONFIDENTIAL_HATCH}
_LETTERS = 6.0


def draw_availability(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
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
    lines = list(_lines(frame, "group"))
    grid = _Grid.of(size, len(years), row=0.1 if size == "wide" else 0.2, names=0.52)
    fig = new_figure(size, len(lines) * grid.row + 0.75)
    ax = fig.add_subplot()
    boxes: dict[int, list[Box]] = {index: [] for index in range(len(SHARES))}
    breaks: list[tuple[float, float]] = []
    empty: list[tuple[float, float]] = []
    for number, (kind, name) in enumerate(lines):
        if kind == "group":
            grid.head(ax, number, words.name(name, prefix=options.text("names")))
            continue
        part = frame[frame["variable"] == name]
        grid.name(ax, number, words.name(name))
        for first, last, level in _runs(part["year"].to_numpy(int), _share_class(part["share"].to_numpy(float))):
            box = grid.box(number, first - years[0], last - first + 1)
            if level >= 0:
                boxes[level].append(box)
            else:
                empty += [(box[0], box[1] + box[3] / 2), (box[0] + box[2], box[1] + box[3] / 2), (np.nan, np.nan)]
        here = part.loc[part["break"].astype(bool), "year"]
        breaks += [(int(year) - years[0], number) for year in here]
    for level, cells in boxes.items():
        if cells:
            shade_boxes(ax, cells, _SHARE_LEVELS[level])
    ax.plot([x for x, _ in empty], [y for _, y in empty], color=RULE, lw=0.6, solid_capstyle="butt")
    grid.finish(ax, years, len(lines))
    _draw_breaks(ax, breaks, grid)
    handles: list[Artist] = [shade_patch(level) for level in _SHARE_LEVELS]
    labels = [words.text(f"report.figure.share.{name}") for name in SHARES]
    handles.append(Line2D([], [], color=ACCENT, marker="|", ms=7, mew=1.8, lw=0))
    labels.append(words.text("report.figure.method_break"))
    legend_above(fig, handles, labels, columns=5 if size == "wide" else 2)
    return fig


def draw_statuses(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw a strip a region: what the source says of each year.

    Parameters
    ----------
    frame : columns region, district, year, status (published, absent, missing, confidential or before); regions are
        drawn in the order of their first rows, grouped by district.
    options : break_years.
    words : the texts of the reader's language; its focal region is coloured.
    size : "wide" (two columns of regions) or "narrow" (one).
    """
    years = np.arange(int(frame["year"].min()), int(frame["year"].max()) + 1)
    lines = list(_lines(frame.rename(columns={"region": "variable"}), "district"))
    halves = _halves(lines) if size == "wide" else [lines]
    rows = max(map(len, halves))
    grid = _Grid.of(size, len(years), row=0.112 if size == "wide" else 0.118, names=0.52, columns=len(halves))
    fig = new_figure(size, rows * grid.row + 0.75)
    present = set(frame["status"])
    for ax, half in zip(fig.subplots(1, len(halves), squeeze=False).flat, halves, strict=True):
        _draw_half(ax, half, frame, years, grid, words)
        grid.finish(ax, years, rows)
        marks = [(year - years[0], row) for year in options.numbers("break_years") for row in range(len(half))]
        _draw_breaks(ax, [(x, row) for x, row in marks if half[int(row)][0] == "row"], grid)
    shown = [status for status in STATUSES if status in present and status != "before"]
    handles = [_status_patch(status) for status in shown]
    labels = [words.text(f"report.figure.status.{status}") for status in shown]
    if "before" in present:
        handles.append(Line2D([], [], lw=0))
        labels.append(words.text("report.figure.status.before"))
    if options.numbers("break_years"):
        handles.append(Line2D([], [], color=ACCENT, marker="|", ms=7, mew=1.8, lw=0))
        labels.append(words.text("report.figure.method_break"))
    legend_above(fig, handles, labels, columns=5 if size == "wide" else 2)
    return fig


@dataclass(frozen=True)
class _Grid:
    """Where strips stand on a plot whose unit is one year wide and one line high.

    ``row`` is the height of a line in inches, ``names`` the width of the names in years and ``inches`` in inches,
    ``cell`` that of a year in inches; names stand above the strips where ``above``.
    """

    row: float
    names: float
    inches: float
    cell: float
    above: bool

    @classmethod
    def of(cls, size: Size, years: int, *, row: float, names: float, columns: int = 1) -> _Grid:
        """Lay out a plot; ``names`` is the share of its width that names take."""
        width = WIDTHS[size] / columns - 0.16
        above = size == "narrow" and row > 0.15
        label = 0.0 if above else names * width
        cell = (width - label) / years
        return cls(row, label / cell, label, cell, above)

    def box(self, line: int, first: int, count: int) -> Box:
        """Return the box of some years in a line."""
        top, height = (0.42, 0.4) if self.above else (0.1, 0.8)
        return first, line + top, count, height

    def head(self, ax: Axes, line: int, text: str) -> None:
        """Write the head of a group."""
        size = _LETTERS + 0.3
        written = ax.text(-self.names, line + 0.58, text, fontsize=size, weight="bold", color=INK, va="center")
        written.set_in_layout(False)

    def name(self, ax: Axes, line: int, text: str, *, colour: str = MUTED) -> None:
        """Write the name of a strip, cut where it is too long."""
        width = WIDTHS["narrow"] - 0.2 if self.above else self.inches - 0.06
        middle = line + (0.2 if self.above else 0.52)
        shown = fitted(text, width, _LETTERS)
        written = ax.text(-self.names, middle, shown, fontsize=_LETTERS, color=colour, va="center")
        written.set_in_layout(False)

    def finish(self, ax: Axes, years: np.ndarray, lines: int) -> None:
        """Part the years by hairlines of paper and name every fifth one above and below."""
        inner = np.arange(1, len(years))
        gaps = np.column_stack([inner, inner, np.full(inner.size, np.nan)]).ravel()
        ends = np.column_stack([np.zeros(inner.size), np.full(inner.size, lines), np.full(inner.size, np.nan)]).ravel()
        ax.plot(gaps, ends, color=PAPER, lw=0.7, zorder=2)
        for place, year in enumerate(years):
            to_fifth = min(year % 5, 5 - year % 5)
            apart = 0.26 if place == 0 else 0.22
            if to_fifth == 0 or (place in (0, len(years) - 1) and to_fifth * self.cell > apart):
                for y, va in ((-0.1, "bottom"), (lines + 0.15, "top")):
                    ax.text(place + 0.5, y, str(year), fontsize=_LETTERS, color=MUTED, ha="center", va=va)
        ax.set(xlim=(-self.names, len(years)), ylim=(lines + 1.2, -1.1))
        ax.set_axis_off()


def _lines(frame: pd.DataFrame, group: str) -> Iterator[tuple[str, str]]:
    """Yield ("group", its name or id) and ("row", id) in drawing order."""
    rows = frame.drop_duplicates("variable")
    for name in dict.fromkeys(rows[group]):
        yield "group", str(name)
        for variable in rows.loc[rows[group] == name, "variable"]:
            yield "row", str(variable)


def _halves(lines: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Cut at the head of a group, as near to the middle as it can be."""
    heads = [place for place, (kind, _name) in enumerate(lines) if kind == "group" and place > 0]
    cut = min(heads, key=lambda place: abs(2 * place - len(lines)), default=len(lines))
    return [list(part) for part in (lines[:cut], lines[cut:]) if part]


def _draw_half(
    ax: Axes, lines: Sequence[tuple[str, str]], frame: pd.DataFrame, years: np.ndarray, grid: _Grid, words: Words
) -> None:
    boxes: dict[str, list[Box]] = {}
    codes = {status: code for code, status in enumerate(STATUSES)}
    for number, (kind, name) in enumerate(lines):
        if kind == "group":
            grid.head(ax, number, fitted(words.name(name), grid.inches + 1.0, _LETTERS + 0.9))
            continue
        grid.name(ax, number, words.name(name), colour=ACCENT if name == words.focal else MUTED)
        part = frame[frame["region"] == name]
        kinds = part["status"].map(codes).to_numpy(int)
        for first, last, code in _runs(part["year"].to_numpy(int), kinds):
            boxes.setdefault(STATUSES[code], []).append(grid.box(number, first - years[0], last - first + 1))
    for status, cells in boxes.items():
        if status in _STATUS_LEVELS:
            shade_boxes(ax, cells, _STATUS_LEVELS[status])
        elif status in _HATCHES:
            hatch_boxes(ax, cells, _HATCHES[status])


def _share_class(share: np.ndarray) -> np.ndarray:
    """Return -1 for none, then the index of the class in `SHARES`."""
    classes = np.digitize(share, (0.5, 0.9, 1.0 - 1e-12))
    return np.where(np.nan_to_num(share) > 0, classes, -1)


def _runs(years: np.ndarray, kinds: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Yield (first year, last year, kind) of runs of adjacent years of one kind."""
    order = np.argsort(years)
    years, kinds = years[order], kinds[order]
    if not years.size:
        return
    cuts = np.flatnonzero((np.diff(kinds) != 0) | (np.diff(years) != 1)) + 1
    for part in np.split(np.arange(years.size), cuts):
        yield int(years[part[0]]), int(years[part[-1]]), int(kinds[part[0]])


def _draw_breaks(ax: Axes, places: Sequence[tuple[float, float]], grid: _Grid) -> None:
    x: list[float] = []
    y: list[float] = []
    for year, line in places:
        _left, top, _width, height = grid.box(int(line), 0, 1)
        x += [year, year, np.nan]
        y += [top - 0.04, top + height + 0.04, np.nan]
    ax.plot(x, y, color=ACCENT, lw=1.6, solid_capstyle="butt", zorder=3)


def _status_patch(status: str) -> Artist:
    return shade_patch(_STATUS_LEVELS[status]) if status in _STATUS_LEVELS else hatch_patch(_HATCHES[status])
