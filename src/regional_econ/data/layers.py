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

    ``table`` and ``in_time`` (cells × variables): the figures, and whether each was published by then. ``editions`` by
    variable: the newest one published by then and, where some figures are later, the one that most of those are from.
    """

    table: np.ndarray
    in_time: np.ndarray
    editions: tuple[tuple[str, ...], ...]


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

    def known(
        self, year: int, published: Mapping[str, tuple[int, int]], lags: np.ndarray, disjoint: np.ndarray
    ) -> Known:
        """Return what was known at the end of a year, which is never less than a year before.

        A cell takes the newest edition published by then that has the variable and year for at least half of the
        disjoint regions that the variable covers. Where there is none, a cell old enough for the publication lag takes
        the newest other figure published by then, else the oldest one published later.

        Parameters
        ----------
        year : the last year whose publications count.
        published : (year, month) by edition.
        lags : (variables,) publication lag of each variable, in years.
        disjoint : (regions,) whether each region of the grid counts for the half.
        """
        ordered = sorted(self.editions, key=lambda one: (published[one], one))
        age = np.array([ordered.index(one) for one in self.editions], dtype=int)[self.edition]
        by_then = np.array([published[one][0] <= year for one in self.editions], dtype=bool)[self.edition]
        due = self.grid.years[self.place] <= year - lags[self.column]
        whole = by_then & self._whole(disjoint)
        newest, later = self.rank - 2 * age, 2 * age + self.rank
        after = 2 * len(ordered) + 2  # a step between the three kinds: every whole block goes before every other figure
        order = np.where(whole, newest, np.where(by_then, after + newest, 2 * after + later))
        chosen = np.flatnonzero(whole | due)
        chosen = chosen[np.argsort(order[chosen], kind="stable")]
        cell = self.place[chosen] * len(self.variables) + self.column[chosen]
        chosen = chosen[np.unique(cell, return_index=True)[1]]
        table = np.full((len(self.grid.codes), len(self.variables)), np.nan)
        in_time = np.zeros(table.shape, dtype=bool)
        table[self.place[chosen], self.column[chosen]] = self.value[chosen]
        in_time[self.place[chosen], self.column[chosen]] = by_then[chosen]
        uses = np.zeros((2, len(self.variables), len(ordered)), dtype=int)
        np.add.at(uses, (by_then[chosen].astype(int), self.column[chosen], age[chosen]), 1)
        return Known(table, in_time, tuple(_named(ordered, *pair) for pair in zip(uses[1], uses[0], strict=True)))

    def _whole(self, disjoint: np.ndarray) -> np.ndarray:
        """Whether each row's edition has the variable and year for half of the disjoint regions it ever covers."""
        region, span = self.grid.codes[self.place], self.grid.last + 1
        counts = np.flatnonzero(disjoint[region])
        covered = np.zeros((len(self.variables), len(self.grid.regions)), dtype=bool)
        covered[self.column[counts], region[counts]] = True
        block = (self.column * len(self.editions) + self.edition) * span + self.grid.years[self.place]
        once = np.unique(block[counts] * len(self.grid.regions) + region[counts]) // len(self.grid.regions)
        blocks, regions = np.unique(once, return_counts=True)
        at = np.minimum(np.searchsorted(blocks, block), max(len(blocks) - 1, 0))
        found = np.where(blocks[at] == block, regions[at], 0) if len(blocks) else np.zeros(len(block))
        whole: np.ndarray = (found > 0) & (2 * found >= covered.sum(axis=1)[self.column])
        return whole

    def _filled(self, chosen: np.ndarray, priority: np.ndarray) -> np.ndarray:
        """Write the chosen rows in rising priority: the last one written stays; of equal ones it is the first row."""
        rows = np.flatnonzero(chosen)[::-1]
        rows = rows[np.argsort(priority[rows], kind="stable")]
        table = np.full((len(self.grid.codes), len(self.variables)), np.nan)
        table[self.place[rows], self.column[rows]] = self.value[rows]
        return table


def _named(editions: Sequence[str], in_time: np.ndarray, late: np.ndarray) -> tuple[str, ...]:
    """The newest edition published in time that supplies a figure, and the later one that supplies the most."""
    newest = [editions[np.flatnonzero(in_time)[-1]]] if in_time.any() else []
    return tuple(newest + ([editions[int(late.argmax())]] if late.any() else []))


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
