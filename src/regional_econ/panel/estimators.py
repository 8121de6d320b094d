"""Which transformation is which estimator? Pooled, between, within, differences, Mundlak, Fama–MacBeth, as arrays.

Each function turns the complete cases of a formula into a `Transformed` regression; `least_squares.solve` and
`covariance.covariance` do the rest alike for all. Random effects live in `random_effects`, Hausman–Taylor in
`hausman_taylor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.core.columns import ascends
from regional_econ.core.design import Design
from regional_econ.panel.demean import Codes, Floats, group_means, singletons, within
from regional_econ.panel.least_squares import COLLINEAR, Solution, Transformed, solve

INTERCEPT = "Intercept"
_SPAN = 100  # numbers a row, up to which those present are counted instead of sorted


@dataclass(frozen=True)
class Sample:
    """Complete cases as arrays, sorted by unit and year.

    Attributes
    ----------
    y : (n,), X : (n, k), names : k terms, index : n pairs (unit, year), weights : (n,).
    """

    y: Floats
    X: Floats
    names: tuple[str, ...]
    index: pd.MultiIndex
    weights: Floats

    @classmethod
    def of(cls, design: Design, weights: pd.Series | None = None) -> Sample:
        """Arrays of a design, rows sorted by unit and year."""
        y, X = design.values[:, 0], design.values[:, 1:]
        weight = np.ones(len(y)) if weights is None else weights.to_numpy(dtype=np.float64)
        found = cls(y, X, design.names, design.index, weight)
        units, years = design.index.codes[0], found.years
        if ascends(units, years):
            return found
        order = np.lexsort((years, units))
        return cls(y[order], X[order], design.names, design.index[order], weight[order])

    @cached_property
    def units(self) -> Codes:
        """Codes 0 … of the units present."""
        return _dense(self.index.codes[0])

    @cached_property
    def year_codes(self) -> Codes:
        """Codes 0 … of the years present."""
        return _dense(self.years)

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """Calendar years."""
        return self.index.levels[1].to_numpy(dtype=np.int64)[self.index.codes[1]]

    def rows(self, keep: NDArray[np.bool_]) -> Sample:
        """The rows kept."""
        return Sample(self.y[keep], self.X[keep], self.names, self.index[keep], self.weights[keep])


def is_dummy(term: str) -> bool:
    """Whether a term is a dummy C(…) or a product of dummies, without a number in it.

    >>> is_dummy("C(year)[2010]"), is_dummy("x:C(year)[2010]")
    (True, False)
    """
    return all(part.startswith("C(") for part in term.split(":"))


def with_intercept(sample: Sample) -> Sample:
    """The same sample with a column of ones in front."""
    X = np.column_stack([np.ones(len(sample.y)), sample.X])
    return Sample(sample.y, X, (INTERCEPT, *sample.names), sample.index, sample.weights)


def pooled(sample: Sample) -> Transformed:
    """Pooled least squares with an intercept.

    Source: Wooldridge (2010, Econometric Analysis, 7.8). Held against R's lm on Petersen's data and linearmodels 7.1's
    PooledOLS (tests/panel/test_published.py, test_peers.py).
    """
    full = with_intercept(sample)
    return _transformed(full, full.y, full.X, (), _norms(full))


def fixed_effects(sample: Sample, effects: tuple[str, ...]) -> Transformed:
    """Within estimator: region, year or both effects taken out exactly, from a sample without singletons.

    Source: Baltagi (2021, Econometric Analysis of Panel Data, 2.2 and 3.2); Wansbeek & Kapteyn (1989, J. Econometrics
    41). Held against plm, linearmodels 7.1 and pyfixest 0.60 (tests/panel/test_published.py, test_peers.py).
    """
    absorbed = effect_codes(sample, effects)
    columns = within(_by_column(sample.y, sample.X), absorbed, sample.weights, overwrite=True)
    return _transformed(sample, columns[:, 0], columns[:, 1:], absorbed, _norms(sample))


def first_differences(
    sample: Sample, effects: tuple[str, ...], breaks: tuple[int, ...] = (), *, step: int = 1
) -> tuple[Sample, Transformed]:
    """Differences from `step` years before, by calendar year and without an intercept; long ones for step > 1.

    A row is used where its region also has the year `step` before, never the `step`-th row before, and where no break
    year lies after the earlier and up to the later date. Long differences overlap, so their errors are correlated over
    time within a region even where those in levels are not: use errors that allow it (cluster:region).

    Source: Wooldridge (2010, Econometric Analysis, 10.6); Griliches & Hausman (1986, J. Econometrics 31). Held against
    linearmodels 7.1's FirstDifferenceOLS and differences by hand (tests/panel/test_peers.py, test_estimators.py).

    Parameters
    ----------
    sample : complete cases.
    effects : ("year",) to take year effects out of the differences, or ().
    breaks : first years of new methods.
    step : years between the two dates.

    Returns
    -------
    the differenced sample (rows dated by the later year) and its regression

    Raises
    ------
    EstimationError : no two years `step` apart, or a step below 1.
    """
    if step < 1:
        raise EstimationError(f"a difference cannot reach {step} years back", advice="Give a step of one year or more")
    later, earlier = consecutive(sample, step)
    crossed = np.zeros(len(later), dtype=bool)
    for year in breaks:
        crossed |= (sample.years[earlier] < year) & (year <= sample.years[later])
    later, earlier = later[~crossed], earlier[~crossed]
    if not len(later):
        apart = "two consecutive years" if step == 1 else f"two years {step} apart"
        raise EstimationError(f"no region has {apart} of one method", advice="Use fixed effects")
    changes = Sample(
        sample.y[later] - sample.y[earlier],
        sample.X[later] - sample.X[earlier],
        sample.names,
        sample.index[later],
        np.ones(len(later)),
    )
    absorbed = effect_codes(changes, effects)
    columns = within(np.column_stack([changes.y, changes.X]), absorbed, changes.weights)
    return changes, _transformed(changes, columns[:, 0], columns[:, 1:], absorbed, _norms(sample))


def consecutive(sample: Sample, step: int = 1) -> tuple[Codes, Codes]:
    """Rows whose unit has a row `step` years before, and those rows."""
    since = sample.years - sample.years.min()
    keys = sample.units * (int(since.max()) + step + 1) + since
    before = np.searchsorted(keys, keys - step)
    later = np.flatnonzero(keys[before] == keys - step)
    return later, before[later]


def between(sample: Sample) -> tuple[Sample, Transformed]:
    """Least squares on the units' means over their years, each unit counting once, with an intercept.

    Source: Baltagi (2021, Econometric Analysis of Panel Data, 2.3). Held against linearmodels 7.1's BetweenOLS
    (tests/panel/test_peers.py).

    Returns
    -------
    the sample of means (rows dated by the unit's last year) and its regression
    """
    units = sample.units
    columns = group_means(np.column_stack([sample.y, sample.X]), units, np.ones(len(units)))
    last = np.append(np.diff(units) != 0, True)
    means = Sample(columns[:, 0], columns[:, 1:], sample.names, sample.index[last], np.ones(len(columns)))
    full = with_intercept(means)
    return means, _transformed(full, full.y, full.X, (), _norms(with_intercept(sample)))


def with_region_means(sample: Sample) -> tuple[Sample, tuple[str, ...]]:
    """The sample with each regressor's mean over its region's rows added: Mundlak's correlated random effects.

    Pooled or random-effects least squares on it gives the varying regressors their within coefficients, on unbalanced
    panels too, because the means are those of the rows used, and still estimates what does not vary within. A mean that
    is a combination of the other columns, such as that of a year's dummy on a balanced panel, is left out.

    Source: Mundlak (1978, Econometrica 46); Wooldridge (2019, J. Econometrics 211). Held against linearmodels 7.1's
    RandomEffects on the same columns and the within coefficients (tests/panel/test_peers.py, test_estimators.py).

    Parameters
    ----------
    sample : complete cases, k regressors.

    Returns
    -------
    the sample with m more columns named mean(…), and the m regressors whose means they are
    """
    units, ones = sample.units, np.ones(len(sample.y))
    means = group_means(sample.X, units, ones)[units]
    visible = COLLINEAR * np.linalg.norm(sample.X, axis=0)
    moving = (np.linalg.norm(sample.X - means, axis=0) > visible) & (np.linalg.norm(means, axis=0) > visible)
    candidates = np.flatnonzero(moving)
    added = candidates[independent(with_intercept(sample).X, means[:, candidates])]
    own = tuple(sample.names[column] for column in added)
    names = (*sample.names, *map(mean_of, own))
    X = np.column_stack([sample.X, means[:, added]])
    return Sample(sample.y, X, names, sample.index, sample.weights), own


def mean_of(name: str) -> str:
    """The name of a regressor's region mean.

    >>> mean_of("ln(x)")
    'mean(ln(x))'
    """
    return f"mean({name})"


def independent(basis: Floats, candidates: Floats) -> list[int]:
    """The candidate columns that are no combination of the basis and of the candidates before them.

    >>> independent(np.ones((3, 1)), np.array([[2.0, 0.0], [2.0, 1.0], [2.0, 5.0]]))
    [1]
    """
    norms = np.linalg.norm(basis, axis=0)
    columns = basis[:, norms > 0] / norms[norms > 0]
    kept: list[int] = []
    for number, column in enumerate(candidates.T):
        rest = column - columns @ np.linalg.lstsq(columns, column, rcond=None)[0]
        size = np.linalg.norm(column)
        if np.linalg.norm(rest) > COLLINEAR * size:
            columns = np.column_stack([columns, column / size])
            kept.append(number)
    return kept


@dataclass(frozen=True, slots=True)
class CrossSections:
    """One regression a year: (T,) calendar years and (T, k) coefficients, the intercept first."""

    years: NDArray[np.int64]
    beta: Floats


def fama_macbeth(sample: Sample) -> tuple[Transformed, Solution, CrossSections]:
    """Fama & MacBeth: a cross-section with an intercept each year, and the mean of the T coefficients.

    The scores of the solution are the mean's influence, so `covariance` gives all errors that sum scores (iid, HC0,
    HC1, CR0, CR1, CR1S, Driscoll–Kraay), not those that refit least squares without a row or cluster (HC2, HC3, CR2,
    CR3, wild). Their own, the covariance Σ(b_t − b̄)(b_t − b̄)'/(T(T−1)) of a mean of T independent figures with T−1
    degrees of freedom, is `Clustered("year", "CR1")`; Driscoll–Kraay gives the Newey–West form for years that are
    correlated. It allows for shocks common to a year, not for a region's lasting error: there it is far too small
    (Petersen 2009).

    Source: Fama & MacBeth (1973, J. Political Economy 81). Held against Petersen's page and linearmodels 7.1's
    FamaMacBeth, on unbalanced panels too (tests/panel/test_estimators.py).

    Parameters
    ----------
    sample : complete cases, k − 1 regressors.

    Returns
    -------
    the regression in levels, the mean coefficients with residuals from them, and the yearly coefficients

    Raises
    ------
    EstimationError : one year only, or a year without enough rows or with a combination of columns, named.
    """
    data = pooled(sample)
    codes = sample.year_codes
    years = np.unique(sample.years)
    if len(years) < 2:
        raise EstimationError("one cross-section has no spread between years", advice="Use more years, or pooled")
    fits = [_cross_section(sample.rows(codes == number), int(year)) for number, year in enumerate(years)]
    beta = np.array([fit.beta for fit in fits])
    mean = beta.mean(axis=0)
    breads = np.array([fit.bread for fit in fits]) / len(years)
    bread = breads.mean(axis=0)
    residuals = data.y - data.X @ mean
    norms = np.sqrt(np.diag(bread))
    pull = np.linalg.solve(bread / np.outer(norms, norms), breads / norms[:, None]) / norms[:, None]
    scores = np.einsum("nij,nj->ni", pull[codes], data.X) * (data.weights * residuals)[:, None]
    return data, Solution(mean, residuals, bread, scores), CrossSections(years, beta)


def effect_codes(sample: Sample, effects: tuple[str, ...]) -> tuple[Codes, ...]:
    """Codes of the effects asked for, "region" and "year"."""
    codes = {"region": sample.units, "year": sample.year_codes}
    return tuple(codes[effect] for effect in effects)


def without_singletons(sample: Sample, effects: tuple[str, ...]) -> tuple[Sample, int]:
    """The sample without rows that an effect fits perfectly, and their number (pyfixest's default).

    Raises
    ------
    EstimationError : nothing is left.
    """
    alone = singletons(effect_codes(sample, effects))
    if alone.all():
        raise EstimationError(
            f"every row is alone in its {' or '.join(effects)}: there is no variation within",
            advice="Use more years, or the pooled estimator",
        )
    return (sample.rows(~alone), int(alone.sum())) if alone.any() else (sample, 0)


def _cross_section(rows: Sample, year: int) -> Solution:
    try:
        return solve(pooled(rows))
    except EstimationError as error:
        raise EstimationError(
            error.message, where=f"the cross-section of {year}", advice="Leave the year out, or use fewer terms"
        ) from error


def _norms(sample: Sample) -> Floats:
    return np.sqrt([column @ (column * sample.weights) for column in sample.X.T])


def _by_column(y: Floats, X: Floats) -> Floats:
    """The columns y and X side by side, each contiguous."""
    columns = np.empty((len(y), X.shape[1] + 1), order="F")
    columns[:, 0], columns[:, 1:] = y, X
    return columns


def _dense(values: NDArray[np.integer]) -> Codes:
    """Codes 0 … of the whole numbers present, in their order."""
    if not len(values):
        return np.empty(0, dtype=np.intp)
    shifted = np.asarray(values - values.min(), dtype=np.intp)
    if shifted.max() > _SPAN * len(shifted):
        return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.intp)
    present = np.bincount(shifted) > 0
    return shifted if present.all() else np.asarray((np.cumsum(present) - 1)[shifted], dtype=np.intp)


def _transformed(sample: Sample, y: Floats, X: Floats, absorbed: tuple[Codes, ...], scale: Floats) -> Transformed:
    return Transformed(y, X, sample.names, sample.units, sample.years, sample.weights, absorbed, scale)
