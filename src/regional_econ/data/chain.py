"""Figures of regions one year apart: the year before, and the level of a chained index."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError

BASE_YEAR = 2022


class Years:
    """The places of an index by region and year, found when a function first asks for them."""

    def __init__(self, index: pd.Index, name: str, base_year: int | None = None) -> None:
        self._index, self._name, self._base_year = index, name, base_year

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray, tuple[int, int], int]:
        """Row (region) and column (year) of each figure, the shape of the table, and its first year."""
        if not {"region", "year"} <= set(self._index.names):
            raise DataError(
                f"the formula of {self._name} reads other years, and the figures name no region and year",
                advice="Give a frame with the index levels region and year",
            )
        rows = pd.factorize(self._index.get_level_values("region"))[0]
        years = self._index.get_level_values("year").to_numpy(dtype="int64")
        first = min(int(years.min(initial=BASE_YEAR)), BASE_YEAR)
        last = max(int(years.max(initial=BASE_YEAR)), BASE_YEAR)
        return rows, years - first, (int(rows.max(initial=-1)) + 1, last - first + 1), first

    def _spread(self, values: np.ndarray) -> np.ndarray:
        rows, columns, shape, _ = self._places
        table = np.full(shape, np.nan)
        table[rows, columns] = values
        return table

    def before(self, values: np.ndarray) -> np.ndarray:
        rows, columns, _, _ = self._places
        table = np.pad(self._spread(values), ((0, 0), (1, 0)), constant_values=np.nan)
        return np.asarray(table[rows, columns])

    def base(self, values: np.ndarray) -> int:
        """The base year of a chain: the newest up to 2022 for which at least half of the regions have the index."""
        if self._base_year is not None:
            return self._base_year
        first = self._places[-1]
        known = np.isfinite(self._spread(values)[:, : BASE_YEAR - first + 1]).mean(axis=0)
        enough = np.flatnonzero(known >= 0.5)
        return int(enough[-1]) + first if len(enough) else BASE_YEAR

    def level(self, values: np.ndarray) -> np.ndarray:
        rows, columns, _, first = self._places
        growth, base = self._spread(values) / 100.0, self.base(values) - first
        level = np.full(growth.shape, 100.0)
        level[:, base + 1 :] = 100.0 * np.cumprod(growth[:, base + 1 :], axis=1)
        level[:, :base] = 100.0 / np.cumprod(growth[:, base:0:-1], axis=1)[:, ::-1]
        return np.asarray(level[rows, columns])
