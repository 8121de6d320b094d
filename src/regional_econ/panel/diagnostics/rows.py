"""Which rows stand behind an estimate? Its arrays, its residuals by region and year, and groups of its rows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, EstimationError, OptionError
from regional_econ.core.estimate import Estimate
from regional_econ.panel.demean import Codes, Floats, within
from regional_econ.panel.estimators import Sample
from regional_econ.panel.least_squares import Solution, Transformed
from regional_econ.panel.model import Fitted

PERFECT = 1e-10
Grouping = str | Sequence[int] | Mapping[Hashable, Hashable] | pd.Series


@dataclass(frozen=True, slots=True)
class Residuals:
    """Residuals of a panel, rows sorted by region and year.

    Attributes
    ----------
    values : (n,).
    regions : (n,) codes 0 … of the regions.
    years : (n,) calendar years.
    labels : names of the regions, in the order of their codes.
    """

    values: Floats
    regions: Codes
    years: NDArray[np.int64]
    labels: tuple[str, ...]

    def wide(self) -> Floats:
        """(regions, calendar years from the first to the last), NaN where there is no row."""
        return self.spread(self.values)

    def spread(self, values: Floats) -> Floats:
        """Other values (n,) of the same rows, in the shape of :meth:`wide`."""
        first = int(self.years.min())
        grid = np.full((len(self.labels), int(self.years.max()) - first + 1), np.nan)
        grid[self.regions, self.years - first] = values
        return grid

    def pairs(self, lag: int = 1) -> tuple[Codes, Codes]:
        """Positions of the rows that have a row `lag` years earlier, and of those earlier rows."""
        place = self.spread(np.arange(len(self.values), dtype=np.float64))
        reach = min(lag, place.shape[1])
        later, earlier = place[:, reach:], place[:, : place.shape[1] - reach]
        both = ~np.isnan(later) & ~np.isnan(earlier)
        return later[both].astype(np.intp), earlier[both].astype(np.intp)

    def named(self, codes: NDArray[np.intp]) -> str:
        """Names of some regions, joined by commas."""
        return ", ".join(self.labels[code] for code in codes)


def fitted(estimate: Estimate, test: str, estimators: Sequence[str], *, weighted: bool = False) -> Fitted:
    """Return the arrays behind an estimate if a test is defined for it.

    Parameters
    ----------
    estimate : from `panel.fit`.
    test : its name, for the messages.
    estimators : those the test takes.
    weighted : whether it takes weighted estimates.

    Raises
    ------
    OptionError : the estimate holds no rows, is of another estimator, or is weighted.
    """
    native = estimate.native
    if not isinstance(native, Fitted):
        raise OptionError(f"{test} needs the rows behind the estimate", advice="Give what panel.fit returned")
    own = "re" if estimate.spec.estimator.startswith("re:") else estimate.spec.estimator
    if own not in estimators:
        raise OptionError(
            f"{test} is not defined for estimator {estimate.spec.estimator!r}",
            advice=f"Use one of: {', '.join(estimators)}",
        )
    if estimate.spec.weights is not None and not weighted:
        raise OptionError(f"{test} is not defined for weighted estimates", advice="Refit without weights")
    return native


def residuals_of(sample: Sample, data: Transformed, solution: Solution) -> Residuals:
    """Residuals of a transformed regression.

    Raises
    ------
    EstimationError : the regression fits perfectly.
    """
    refuse_perfect(solution.residuals, data.y)
    return Residuals(solution.residuals, data.units, data.years, labels_of(sample))


def refuse_perfect(residuals: Floats, y: Floats) -> None:
    """Raise where nothing but rounding is left of y.

    Raises
    ------
    EstimationError : naming that.
    """
    if np.linalg.norm(residuals) <= PERFECT * np.linalg.norm(y):
        raise EstimationError("the regression fits perfectly: it has no residuals", advice="Use fewer terms or effects")


def labels_of(sample: Sample) -> tuple[str, ...]:
    """Names of the regions in the order of their codes."""
    first = np.unique(sample.units, return_index=True)[1]
    return tuple(str(label) for label in sample.index.get_level_values(0)[first])


def need_region_effects(estimate: Estimate, test: str) -> None:
    """Raise unless region effects are taken out.

    Raises
    ------
    OptionError : naming the test.
    """
    if "region" not in estimate.spec.effects:
        raise OptionError(f"{test} is for region effects", advice="Refit with effects region or region+year")


def effect_basis(absorbed: tuple[Codes, ...], n: int) -> Floats:
    """Orthonormal columns (n, rank) that span the dummies of the effects."""
    if not absorbed:
        return np.zeros((n, 0))
    first, *rest = sorted(absorbed, key=lambda codes: -int(codes.max()))
    own = np.eye(int(first.max()) + 1)[first] / np.sqrt(np.bincount(first))[first][:, None]
    if not rest:
        return own
    other = within(np.eye(int(rest[0].max()) + 1)[rest[0]], (first,), np.ones(n))
    vectors, values, _ = np.linalg.svd(other, full_matrices=False)
    return np.column_stack([own, vectors[:, values > PERFECT * values.max()]])


def grouped(sample: Sample, by: Grouping) -> tuple[Codes, tuple[str, ...]]:
    """Groups of the rows of a sample.

    Parameters
    ----------
    by : "region" or "year"; the first years of new eras, such as (2009, 2015); a mapping or series from regions to
        groups; or a series indexed as the data, one group a row.

    Returns
    -------
    (n,) codes and the groups' names in their order

    Raises
    ------
    OptionError : another text, or an era without rows.
    DataError : a region or row has no group, or all have the same one.
    """
    if isinstance(by, str):
        if by == "region":
            return sample.units, labels_of(sample)
        if by == "year":
            return sample.year_codes, tuple(str(year) for year in np.unique(sample.years))
        raise OptionError(
            f"groups cannot be {by!r}",
            advice="Give region, year, first years of eras, or the column itself as a series",
        )
    if not isinstance(by, Mapping | pd.Series):
        return _eras(sample, by)
    known = by[~by.index.duplicated()] if isinstance(by, pd.Series) else pd.Series(dict(by))
    keys = sample.index if known.index.nlevels == 2 else sample.index.get_level_values(0)
    found = known.reindex(keys)
    absent = found.isna().to_numpy()
    if absent.any():
        unit, year = sample.index[int(absent.argmax())]
        raise DataError("a row has no group", where=f"{unit}, {year}", advice="Give each region of the sample one")
    codes, names = pd.factorize(found, sort=True)
    if len(names) < 2:
        raise DataError(f"all rows are of one group, {names[0]}", advice="Give two groups or more")
    return np.asarray(codes, dtype=np.intp), tuple(map(str, names))


def _eras(sample: Sample, starts: Sequence[int]) -> tuple[Codes, tuple[str, ...]]:
    if not isinstance(starts, Sequence) or not all(isinstance(year, int | np.integer) for year in starts):
        raise OptionError(f"groups cannot be {starts!r}", advice="Give first years of eras, such as (2009, 2015)")
    if not starts or list(starts) != sorted(set(starts)):
        raise OptionError(f"eras cannot begin in {tuple(starts)}", advice="Give one year or more, in ascending order")
    codes = np.searchsorted(np.array(starts), sample.years, side="right")
    first, last = int(sample.years.min()), int(sample.years.max())
    edges = (min(first, starts[0]), *starts, max(last, starts[-1]) + 1)
    names = tuple(f"{start}–{end - 1}" for start, end in pairwise(edges))
    empty = np.setdiff1d(np.arange(len(names)), codes)
    if len(empty):
        raise OptionError(
            f"no row lies in the era {names[empty[0]]}; the sample is {first}–{last}",
            advice="Move the eras' first years",
        )
    return codes.astype(np.intp), names
