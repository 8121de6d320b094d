"""Why do two files show different figures in one cell?

The first of these rules that the figures satisfy is the reason; what satisfies none is unexplained.

=============  =====================================================================================================
rounding       equal after rounding to the digits of the coarser file in that year; where the other file shows more
               digits, also less than one unit of the coarser one's last digit apart (a figure rounded twice);
               a district printed as the sum of its rounded parts
unit           the ratio is a power of ten, to at least three significant digits
coverage       one file counts the autonomous okrugs (or Crimea and Sevastopol) in, the other does not, or one keeps a
               district's former borders: the difference is the sum of the figures of those regions
vintage_seam   within the usual range, the collection took the cell from elsewhere than most of the series, and no two
               editions stand beside each other: the cell names no edition, or the other file is a collection as well
revision       within the usual range, the cells are of editions of different dates, and the older edition's own file,
               where it is at hand, has the older figure; where a row names no edition, the figures of that year must
               differ in many regions, as they do after a revision
=============  =====================================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd

from regional_econ.data.corrections import same

Reason = Literal["rounding", "unit", "coverage", "vintage_seam", "revision", "unexplained"]
REASONS: tuple[Reason, ...] = get_args(Reason)

USUAL_REVISION = 0.5
"""Largest change, relative to the smaller figure, that counts as a revision or a seam: the largest one documented
between two editions is 45 % (investment of Sevastopol in 2022); whatever is larger is listed singly."""

UNNAMED = frozenset({"tochno-2026"})
LONE_SHARE = 0.05
"""Share of the cells of a year that must differ before a row without a named edition counts as revised: one region in
twenty. A lone figure that differs is rather a mistake."""

MIXED_SHARE = 0.9
"""Share of a file's figures of one year that must be printed with at most d digits for d to be the file's digits:
single cells typed with more digits do not make a table more exact."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "RU-ARK": ("RU-NEN",),
    "RU-TYU": ("RU-KHM", "RU-YAN"),
    "RU": ("RU-CR", "RU-SEV"),
    "FD-S": ("RU-CR", "RU-SEV"),
    "FD-SIB": ("RU-BU", "RU-ZAB"),
    "FD-FE": ("RU-BU", "RU-ZAB"),
}
"""Units that some files count in and others do not: parts of oblasts, and regions that came or changed districts."""

COLLECTIONS = ("tochno", "innovation_assembled")
"""Sources whose series are assembled from several editions; each row names its own."""

OWN_FILES: Mapping[str, str] = {"yearbook-2023": "yearbook_2023", "yearbook-2021": "yearbook_2021"}
"""The file of an edition itself, by edition, where it is at hand."""


class Cell(NamedTuple):
    """One cell that two files show differently, each figure with its edition."""

    region: str
    year: int
    one: float
    other: float
    vintage_one: str
    vintage_other: str


@dataclass(frozen=True)
class Grounds:
    """What the rules must know of one variable beside the two cells: all its figures, by file."""

    values: Mapping[str, Mapping[tuple[str, int], float]]
    digits: Mapping[tuple[str, int], int]
    main_edition: Mapping[str, str]
    published: Mapping[str, tuple[int, int]]
    districts: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(
        cls, rows: pd.DataFrame, published: Mapping[str, tuple[int, int]], districts: Mapping[str, tuple[str, ...]]
    ) -> Grounds:
        """Gather them from the rows of one variable, with the dates of editions and the regions of districts."""
        values: dict[str, dict[tuple[str, int], float]] = {}
        columns = (rows[name].tolist() for name in ("file", "region", "year", "value"))
        for file, region, year, value in zip(*columns, strict=True):
            values.setdefault(file, {}).setdefault((region, year), value)
        digits = {
            (str(file), int(str(year))): printed_digits(own["value"].to_numpy(dtype="float64"))
            for (file, year), own in rows.groupby(["file", "year"])
        }
        collected = rows[rows["file"].isin(COLLECTIONS)]
        main = {str(file): str(own["vintage"].mode().iloc[0]) for file, own in collected.groupby("file")}
        return cls(values, digits, main, published, districts)

    def reason(self, cell: Cell, one: str, other: str, differing: float) -> tuple[Reason, str]:
        """Return why a cell differs, and the evidence in words.

        Parameters
        ----------
        cell : both figures.
        one, other : the two files.
        differing : share of the cells of that year in which the two files differ.
        """
        coarse, fine = sorted((self.digits[one, cell.year], self.digits[other, cell.year]))
        gap = abs(cell.one - cell.other)
        if gap <= _half(coarse):
            return "rounding", f"equal at {coarse} digits"
        if coarse < fine and gap <= 2 * _half(coarse):
            return "rounding", f"less than a unit of digit {coarse} apart: rounded twice"
        if number := self._sum_of(cell, one, other, gap, coarse):
            return "rounding", f"printed as the sum of {number} rounded parts"
        if power := _power_of_ten(cell.one, cell.other):
            return "unit", f"one is 10^{power} of the other"
        if parts := self._parts(cell, one, other, gap, coarse):
            return "coverage", f"the difference is {' + '.join(parts)}"
        return self._editions(cell, one, other, coarse, differing)

    def _parts(self, cell: Cell, one: str, other: str, gap: float, digits: int) -> tuple[str, ...]:
        parts = PARTS.get(cell.region, ())
        for file in (one, other) if parts else ():
            known = [self.values[file][part, cell.year] for part in parts if (part, cell.year) in self.values[file]]
            if len(known) == len(parts) and abs(gap - sum(known)) <= (1 + len(parts)) * _half(digits):
                return parts
        return ()

    def _sum_of(self, cell: Cell, one: str, other: str, gap: float, digits: int) -> int:
        """How many parts a district's figure is the printed sum of, where their rounding explains the gap."""
        parts = self.districts.get(cell.region, ())
        for file, figure in ((one, cell.one), (other, cell.other)) if parts else ():
            known = [self.values[file][part, cell.year] for part in parts if (part, cell.year) in self.values[file]]
            if abs(sum(known) - figure) <= _half(digits) and gap <= (1 + len(known)) * _half(digits):
                return len(known)
        return 0

    def _editions(self, cell: Cell, one: str, other: str, coarse: int, differing: float) -> tuple[Reason, str]:
        editions = cell.vintage_one, cell.vintage_other
        usual = max(USUAL_REVISION * min(abs(cell.one), abs(cell.other)), 2 * _half(coarse))
        if abs(cell.one - cell.other) > usual:
            return "unexplained", f"{editions[0]} and {editions[1]} differ by more than editions usually do"
        stretch = ""
        for file, edition, against in ((one, editions[0], other), (other, editions[1], one)):
            main = self.main_edition.get(file, edition)
            if edition != main:
                stretch = f"{file} took this cell from {edition}, most of the series from {main}"
                if edition in UNNAMED or against in COLLECTIONS:
                    return "vintage_seam", stretch
        dates = [self.published[edition] for edition in editions]
        if dates[0] == dates[1]:
            return "unexplained", f"both are of {editions[0]}"
        older, old = (editions[0], cell.one) if dates[0] < dates[1] else (editions[1], cell.other)
        own = self.values.get(OWN_FILES.get(older, ""), {}).get((cell.region, cell.year))
        if own is not None and not same(own, old):
            return "unexplained", f"the file of {older} itself has {own:g}"
        if UNNAMED & set(editions) and differing < LONE_SHARE:
            return "unexplained", f"a lone difference to {older}, and no edition is named"
        return "revision", "; ".join(filter(None, (f"revised since {older}", stretch)))


def printed_digits(values: np.ndarray) -> int:
    """Return the digits behind the point with which nearly all figures of a table are printed.

    Parameters
    ----------
    values : of one table, any shape, NaN allowed.

    Returns
    -------
    From -3 (rounded to thousands) to 10 (as many as a float holds); 0 where no figure but zero is there.

    >>> printed_digits(np.array([12.5, 3.0, 0.1])), printed_digits(np.array([1200.0, 300.0]))
    (1, -2)
    """
    shown = values[np.isfinite(values) & (values != 0)]
    if shown.size == 0:
        return 0
    for digits in range(-3, 10):
        scaled = shown * 10.0**digits
        if np.mean(np.abs(scaled - np.round(scaled)) < 1e-4) >= MIXED_SHARE:
            return digits
    return 10


def _half(digits: int) -> float:
    return 0.5 * 10.0**-digits * (1 + 1e-6) + 1e-9


def _power_of_ten(one: float, other: float) -> int:
    if one == 0 or other == 0 or (one > 0) != (other > 0):
        return 0
    power = round(float(np.log10(other / one)))
    significant = max(len(f"{abs(x):.10e}".partition("e")[0].replace(".", "").rstrip("0")) for x in (one, other))
    return power if significant >= 3 and abs(other / one / 10.0**power - 1) < 5e-4 else 0
