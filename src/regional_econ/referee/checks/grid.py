"""On how many cells of a grid is a statement true, and of how many regions is the same statement true?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.core.claim import Check
from regional_econ.core.panel import Panel

Truth = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
OPEN = 0.5


@dataclass(frozen=True)
class Tally:
    """How a statement on one region fares on the admissible cells of its grid.

    Parameters
    ----------
    true, false, open : cells of the claimed region; open where editions of the figures disagree.
    holds_for : regions of which the same statement is true on at least the declared share of their own cells.
    regions : regions with an admissible cell.
    """

    true: int
    false: int
    open: int
    holds_for: frozenset[str]
    regions: frozenset[str]

    @property
    def cells(self) -> int:
        """Admissible cells of the claimed region."""
        return self.true + self.false + self.open

    @property
    def true_share(self) -> float | None:
        """Share of cells in which the statement is true; None without a cell."""
        return self.true / self.cells if self.cells else None

    @property
    def false_share(self) -> float | None:
        """Share of cells in which it is false; open cells count as neither."""
        return self.false / self.cells if self.cells else None

    @property
    def common_share(self) -> float | None:
        """Of which share of the regions is the same statement true?"""
        return len(self.holds_for) / len(self.regions) if self.regions else None


def figures(panel: Panel, variable: str, region: str, years: tuple[int, int]) -> pd.DataFrame:
    """Return one variable as regions × declared years; years outside the data are NaN.

    Raises
    ------
    UnknownNameError : a variable or region that the panel does not have.
    OptionError : years in the wrong order.
    """
    panel.variable(variable)
    if region not in panel.region_ids:
        raise UnknownNameError.of("region", region, panel.region_ids)
    if years[0] > years[1]:
        raise OptionError(f"the years {years[0]}–{years[1]} run backwards", advice="Write the earlier one first")
    return panel.matrix(variable, years=range(years[0], years[1] + 1))


def years_of(values: pd.DataFrame) -> list[int]:
    """Return the years of a table of regions × years."""
    return [int(str(year)) for year in values.columns]


def tally(truth: Truth, regions: tuple[str, ...], region: str, share: float) -> Tally:
    """Count the cells of one region, and the regions for which the statement holds.

    Parameters
    ----------
    truth : regions × cells: 1 true, 0 false, 0.5 open, NaN not admissible.
    regions : their ids, in the order of the rows.
    region : the one that the statement is about.
    share : share of a region's cells from which on the statement holds for it.

    >>> cells = np.array([[1.0, 1.0, 0.0, np.nan], [0.0, 0.0, 0.0, 1.0]])
    >>> found = tally(cells, ("a", "b"), "a", 0.6)
    >>> found.true, found.false, found.common_share
    (2, 1, 0.5)
    """
    known = np.isfinite(truth).sum(axis=1)
    holds = (truth == 1.0).sum(axis=1) >= share * known - 1e-9
    own = truth[regions.index(region)]
    return Tally(
        true=int((own == 1.0).sum()),
        false=int((own == 0.0).sum()),
        open=int((own == OPEN).sum()),
        holds_for=frozenset(name for name, met, cells in zip(regions, holds, known, strict=True) if met and cells),
        regions=frozenset(name for name, cells in zip(regions, known, strict=True) if cells),
    )


def signed(difference: Truth, sign: int) -> Truth:
    """Return 1 where a difference has the sign, 0 where it has not or is zero, NaN where it is not known."""
    return np.where(np.isnan(difference), np.nan, (sign * difference > 0).astype(float))


def specificity(found: Tally, common_share: float) -> Check:
    """Return how many regions bear the same statement, as a check of the claim schema."""
    share = found.common_share
    result = "not_run" if share is None else "warn" if share > common_share else "pass"
    stats = {"true_of": sorted(found.holds_for), "regions": len(found.regions)}
    return Check("specificity", "specificity", result, None, share, stats=stats)  # type: ignore[arg-type]


def missing_series(variable: str, region: str, years: tuple[int, int], missing: tuple[int, ...]) -> Check:
    """Return that no cell was admissible, with the years that have no figure."""
    stats = {
        "variable": variable, "region": region, "first_year": years[0], "last_year": years[1],
        "missing_years": list(missing),
    }  # fmt: skip
    return Check("series_available", "series_available", "fail", stats=stats)
