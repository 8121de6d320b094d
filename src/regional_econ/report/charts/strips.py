"""Strips: a row of years for each name, in which runs of years of one kind are one box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import Label, Stroke
from regional_econ.report.charts.letters import fitted, text_width
from regional_econ.report.charts.style import INK, MUTED, SMALL

Line = tuple[str, str]
_GROUP_AIR, _HEAD, _BELOW = 6.0, 17.0, 6.0


@dataclass(frozen=True)
class Strips:
    """Where strips stand: the years, the lines, the width of a year and the heights of lines, in pixels.

    A line is ("group", name) or ("row", id). Names stand left of the strips, or above them where `above`.
    """

    years: np.ndarray
    lines: tuple[Line, ...]
    cell: float
    row: float
    strip: float
    names: float
    above: bool

    @property
    def tops(self) -> list[float]:
        """Upper edge of each line."""
        found, y = [], 0.0
        for number, (kind, _name) in enumerate(self.lines):
            if kind == "group" and number:
                y += _GROUP_AIR
            found.append(y)
            y += _HEAD if kind == "group" else self.row
        return found

    @property
    def height(self) -> float:
        """Height of all lines."""
        return self.tops[-1] + self.row

    def place(self, number: int) -> tuple[float, float]:
        """Return upper edge and height of the strip of a line."""
        top = self.tops[number]
        above = self.row - self.strip - _BELOW if self.above else (self.row - self.strip) / 2
        return top + above, self.strip

    def head(self, number: int, text: str, *, left: float = 0.0) -> Label:
        """Return the head of a group."""
        shown = fitted(text, self.names + self.cell * len(self.years), bold=True)
        return Label(-self.names + left, self.tops[number] + 9, shown, INK, 12, True)

    def name(self, number: int, text: str, *, left: float = 0.0, bold: bool = False) -> Label:
        """Return the name of a strip, cut where it is too long."""
        if self.above:
            shown = fitted(text, self.cell * len(self.years), SMALL, bold=bold)
            return Label(left, self.tops[number] + (self.row - self.strip - _BELOW) / 2, shown, INK, SMALL, bold)
        shown = fitted(text, self.names - 10, SMALL, bold=bold)
        return Label(-self.names + left, self.tops[number] + self.row / 2, shown, INK, SMALL, bold)

    def year_labels(self, *, left: float = 0.0) -> list[Label]:
        """Name the first, the last and every fifth year above and below."""
        named: list[int] = []
        wide = text_width("2000", SMALL) + 6
        for year in sorted(map(int, self.years), key=lambda y: (y % 5 != 0, y not in (self.years[0], self.years[-1]))):
            regular = year % 5 == 0 or year in (int(self.years[0]), int(self.years[-1]))
            if regular and all(abs(year - other) * self.cell >= wide for other in named):
                named.append(year)
        ends = left - self.names + wide / 2, left + self.cell * len(self.years) + 6 - wide / 2
        places = {year: left + (year - int(self.years[0]) + 0.5) * self.cell for year in named}
        return [
            Label(min(max(place, ends[0]), ends[1]), y, str(year), MUTED, SMALL, align="center")
            for year, place in places.items()
            for y in (-9.0, self.height + 11)
        ]

    def gaps(self, colour: str, *, left: float = 0.0) -> list[Stroke]:
        """Return hairlines of paper that part the years."""
        return [
            Stroke(left + number * self.cell, 0, left + number * self.cell, self.height, colour, 0.8)
            for number in range(1, len(self.years))
        ]

    def breaks(self, number: int, years: Sequence[float], colour: str, *, left: float = 0.0) -> list[Stroke]:
        """Return strokes at the left of the years in which a strip breaks."""
        top, height = self.place(number)
        at = [left + (year - self.years[0]) * self.cell for year in years]
        return [Stroke(x, top - 1.5, x, top + height + 1.5, colour, 2.4) for x in at]


def lines_of(frame: pd.DataFrame, column: str, group: str) -> tuple[Line, ...]:
    """Return groups and rows in drawing order: that of their first rows in the frame; a nameless group has no head."""
    rows = frame.drop_duplicates(column)
    found: list[Line] = []
    for name in dict.fromkeys(rows[group]):
        found += [("group", str(name))] if name else []
        found += [("row", str(one)) for one in rows.loc[rows[group] == name, column]]
    return tuple(found)


def halves(lines: Sequence[Line]) -> list[tuple[Line, ...]]:
    """Cut lines at the head of a group, as near to the middle as it can be."""
    heads = [place for place, (kind, _name) in enumerate(lines) if kind == "group" and place > 0]
    cut = min(heads, key=lambda place: abs(2 * place - len(lines)), default=len(lines))
    return [tuple(part) for part in (lines[:cut], lines[cut:]) if part]


def runs(years: Sequence[int], kinds: Sequence[object]) -> Iterator[tuple[int, int, object]]:
    """Yield (first year, last year, kind) of runs of adjacent years of one kind.

    >>> list(runs([2000, 2001, 2003], ["a", "a", "a"]))
    [(2000, 2001, 'a'), (2003, 2003, 'a')]
    """
    pairs = sorted(zip(years, kinds, strict=True), key=lambda pair: pair[0])
    start = 0
    for number in range(1, len(pairs) + 1):
        ended = number == len(pairs) or pairs[number][1] != pairs[start][1]
        if ended or pairs[number][0] != pairs[number - 1][0] + 1:
            yield int(pairs[start][0]), int(pairs[number - 1][0]), pairs[start][1]
            start = number
