"""How do rows of several editions become one table of (region, year) × variable, and which figure wins a cell?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from regional_econ.core.region import Region


@dataclass(frozen=True)
class Grid:
    """The cells of a panel: each region from its first year on to the last year, in sorted order.

    ``first`` and ``starts`` (int64 arrays, one entry a region) are the first year of each region and the place of it.
    """

    regions: tuple[str, ...]
    first: np.ndarray
    starts: np.ndarray
    last: int

    @classmethod
    def of(cls, regions: Mapping[str, Region], years: tuple[int, int]) -> Grid:
        """Return the cells of some regions over a span of years, both ends included."""
        ids = sorted(regions)
        first = np.array([max(years[0], regions[one].first_year) for one in ids])
        lengths = np.maximum(years[1] - first + 1, 0)
        return cls(tuple(ids), first, np.concatenate([[0], np.cumsum(lengths)[:-1]]), years[1])

    @cached_property
    def codes(self) -> np.ndarray:
        """Which of ``regions`` each cell belongs to, (cells,)."""
        codes: np.ndarray = np.repeat(np.arange(len(self.regions)), np.maximum(self.last - self.first + 1, 0))
        return codes

    @cached_property
    def years(self) -> np.ndarray:
        """The year of each cell, (cells,)."""
        years: np.ndarray = np.arange(len(self.codes)) - self.starts[self.codes] + self.first[self.codes]
        return years

    @cached_property
    def index(self) -> pd.MultiIndex:
        """The cells as a (region, year) index."""
        return pd.MultiIndex.from_arrays([pd.Index(self.regions)[self.codes], self.years], names=["region", "year"])

    def places(self, regions: pd.Series, years: pd.Series) -> np.ndarray:
        """Return the place of each (region, year) in the index, -1 outside; ``regions`` is categorical."""
        at = pd.Index(self.regions).get_indexer(pd.Index(regions.cat.categories.astype(str)))
        codes, numbers = at[regions.cat.codes.to_numpy()], years.to_numpy()
        inside = (codes >= 0) & (numbers >= self.first[codes]) & (numbers <= self.last)
        return np.where(inside, self.starts[codes] + numbers - self.first[codes], -1)


@dataclass(frozen=True)
class Known:
    """What was known at the end of a year.

    ``table`` (cells × variables), ``real_time`` (variables,) True where every figure was published by then, and the
    ``editions``: the newest one that counts or, where none was published yet, the oldest there is ("" for none).
    """

    table: np.ndarray
    real_time: np.ndarray
    editions: tuple[str, ...]


@dataclass(frozen=True)
class Layers:
    """Stored rows with a figure, as arrays of one length.

    ``place`` and ``column`` say which cell of the grid and which variable a row fills, ``edition`` which of
    ``editions`` it is from, ``rank`` which table it stands in: of two rows of one edition the lower rank wins.
    """

    grid: Grid
    variables: tuple[str, ...]
    editions: tuple[str, ...]
    place: np.ndarray
    column: np.ndarray
    edition: np.ndarray
    rank: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, tables: Sequence[pd.DataFrame], grid: Grid, variables: Sequence[str]) -> Layers:
        """Return the rows of some stored tables, the one that wins first; rows outside the grid are left out."""
        editions = sorted({str(one) for table in tables for one in table["vintage"].cat.categories})
        parts = [_arrays(table, grid, variables, editions, rank) for rank, table in enumerate(tables)]
        place, column, edition, rank, value = (np.concatenate(one) for one in zip(*parts, strict=True))
        keep = (place >= 0) & (column >= 0) & ~np.isnan(value)
        arrays = (one[keep] for one in (place, column, edition, rank, value))
        return cls(grid, tuple(variables), tuple(editions), *arrays)

    def newest(self) -> np.ndarray:
        """Return (cells × variables) from the first table, NaN where it has no figure."""
        return self._filled(self.rank == 0, -self.rank)

    def over(self, edition: str, below: np.ndarray, published: Mapping[str, tuple[int, int]]) -> np.ndarray:
        """Return an edition over other figures, without what it could not know yet.

        Parameters
        ----------
        edition : one of ``editions``; variables that it has no figure of stay as they are below.
        below : (cells × variables) figures where the edition has none.
        published : (year, month) by edition; a variable ends with the last year of any edition up to this one.
        """
        chosen = self.edition == self.editions.index(edition)
        own = self._filled(chosen, -self.rank)
        by_then = np.array([published[one] <= published[edition] for one in self.editions])[self.edition]
        last = np.zeros(len(self.variables), dtype=int)
        np.maximum.at(last, self.column[by_then], self.grid.years[self.place[by_then]])
        last[~np.isin(np.arange(len(last)), self.column[chosen])] = self.grid.last
        return np.where(self.grid.years[:, None] <= last, np.where(np.isnan(own), below, own), np.nan)

    def known(self, year: int, published: Mapping[str, tuple[int, int]], lags: np.ndarray) -> Known:
        """Return what was known at the end of a year.

        A variable with an edition published by then takes, cell by cell, the newest of those editions and nothing
        else; a variable without takes the oldest edition of each cell, cut off by its publication lag.

        Parameters
        ----------
        year : the last year whose publications count.
        published : (year, month) by edition.
        lags : (variables,) publication lag of each variable, in years.
        """
        ordered = sorted(self.editions, key=lambda one: (published[one], one))
        age = np.array([ordered.index(one) for one in self.editions], dtype=int)[self.edition]
        in_time = np.array([published[one][0] <= year for one in self.editions], dtype=bool)[self.edition]
        real_time = np.zeros(len(self.variables), dtype=bool)
        real_time[self.column[in_time]] = True
        late = ~real_time[self.column] & (self.grid.years[self.place] <= year - lags[self.column])
        table = np.where(
            real_time, self._filled(in_time, 2 * age - self.rank), self._filled(late, -2 * age - self.rank)
        )
        newest, oldest = np.full(len(real_time), -1), np.full(len(real_time), len(ordered))
        np.maximum.at(newest, self.column[in_time], age[in_time])
        np.minimum.at(oldest, self.column, age)
        names = [ordered[place] if place < len(ordered) else "" for place in np.where(real_time, newest, oldest)]
        return Known(table, real_time, tuple(names))

    def _filled(self, chosen: np.ndarray, priority: np.ndarray) -> np.ndarray:
        """Write the chosen rows in rising priority: the last one written stays; of equal ones it is the first row."""
        rows = np.flatnonzero(chosen)[::-1]
        rows = rows[np.argsort(priority[rows], kind="stable")]
        table = np.full((len(self.grid.codes), len(self.variables)), np.nan)
        table[self.place[rows], self.column[rows]] = self.value[rows]
        return table


def _arrays(
    table: pd.DataFrame, grid: Grid, variables: Sequence[str], editions: Sequence[str], rank: int
) -> tuple[np.ndarray, ...]:
    def codes(column: str, names: Sequence[str]) -> np.ndarray:
        categories = pd.Index(table[column].cat.categories.astype(str))
        at: np.ndarray = pd.Index(names).get_indexer(categories)[table[column].cat.codes.to_numpy()]
        return at

    value = table["value"].to_numpy(dtype="float64")
    places = grid.places(table["region"], table["year"])
    return places, codes("variable", variables), codes("vintage", editions), np.full(len(table), rank), value
