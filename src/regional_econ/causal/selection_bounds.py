"""What could the missing cells have said? Bounds that hold whatever they hide.

A coefficient is linear in the outcome, β = Σ a_i y_i with a_i = w_i r_i / Σ w r² and r the driver's residual on its
covariates and the effects. So where only outcomes are missing the bounds are exact: each missing outcome goes to the
end of its range that its a_i points to. A coefficient is not linear in the driver: a missing driver gives scenarios
(all missing cells low, or all high), which are not bounds and are not called so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import gram_blocks, solve_one, sweep
from regional_econ.causal.sample import BoolArray, Sample, alone_columns, alone_sample
from regional_econ.causal.scales import FloatArray
from regional_econ.core.panel import Panel

OUTCOME_QUANTILES = (0.0, 1.0)
DRIVER_QUANTILES = (0.05, 0.95)


@dataclass(frozen=True)
class Bounds:
    """Ends of a range, and how many cells are missing."""

    low: float
    high: float
    n_missing: int


@dataclass(frozen=True)
class CoefficientBounds:
    """Range of one coefficient.

    ``complete`` is the estimate on complete cases; ``outcome`` the exact bounds over all values of the missing outcomes
    within ``outcome_range``; ``driver_low`` and ``driver_high`` the estimates with all missing cells of the driver at
    the ends of ``driver_range`` (scenarios, on the driver's scale; NaN where none is missing).
    """

    driver: str
    complete: float
    std_error: float
    outcome: Bounds
    outcome_range: tuple[float, float]
    driver_low: float
    driver_high: float
    driver_range: tuple[float, float]
    n_driver_missing: int

    def __str__(self) -> str:
        return f"{self.driver}: {self.complete:+.3f}, within [{self.outcome.low:+.3f}; {self.outcome.high:+.3f}]."


def outcome_bounds(
    sample: Sample, driver: int, covariates: Sequence[int], missing: BoolArray, low: FloatArray, high: FloatArray
) -> Bounds:
    """Return the exact range of a coefficient over all values of the missing outcomes.

    Parameters
    ----------
    sample : rows with all regressors; ``y`` is not read where missing.
    driver, covariates : columns.
    missing : (n,) where the outcome is missing.
    low, high : (n,) ends of its range, on the outcome's scale.

    Returns
    -------
    exact bounds, attained where each missing outcome lies at one end.

    Raises
    ------
    EstimationError : a range upside down.

    Source: Horowitz, Manski (2000), JASA 95(449), for a linear functional. Held against enumeration of all extremes.
    """
    if (low[missing] > high[missing]).any():
        raise EstimationError("a range is upside down", advice="Give low ≤ high")
    Z = sweep(sample.X[:, [driver, *covariates]], sample)
    residual = Z[:, 0] - Z[:, 1:] @ np.linalg.lstsq(Z[:, 1:], Z[:, 0], rcond=None)[0]
    loads = residual * np.sqrt(sample.weights) / (residual @ residual)
    fixed = float(loads[~missing] @ sample.y[~missing])
    own = loads[missing]
    ends = np.stack([own * low[missing], own * high[missing]])
    return Bounds(fixed + float(ends.min(axis=0).sum()), fixed + float(ends.max(axis=0).sum()), int(missing.sum()))


def coefficient_bounds(
    panel: Panel,
    multiverse: Multiverse,
    driver: str,
    *,
    outcome_quantiles: tuple[float, float] = OUTCOME_QUANTILES,
    driver_quantiles: tuple[float, float] = DRIVER_QUANTILES,
) -> CoefficientBounds:
    """Return what missing cells could do to a driver's coefficient in the specification shown alone.

    A missing outcome lies between the least and the largest observed one anywhere. The rows' weights are those of the
    region's observed years; a region without any takes the mean of all. Where the range leaves out what the region's
    other years suggest, the bounds need not hold the estimate on complete cases.

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared specifications.
    driver : its id.
    outcome_quantiles, driver_quantiles : of the observed values, which a missing one is taken to lie between.

    Returns
    -------
    exact bounds for outcomes, scenarios for the driver.
    """
    alone, era, term = multiverse.alone, multiverse.era(multiverse.alone.era), multiverse.terms[driver]
    years = era.years
    outcome = _range(panel, multiverse.outcome, years, outcome_quantiles)
    middle, low, high = (
        alone_sample(_filled(panel, multiverse.outcome, years, value), multiverse) for value in (None, *outcome)
    )
    plain = alone_sample(panel, multiverse)
    columns = alone_columns(plain, multiverse, driver)
    complete = solve_one(gram_blocks(plain), columns)
    spread = outcome_bounds(middle, columns[0], columns[1:], low.y != high.y, low.y, high.y)
    first, last = years[0] - alone.lag, years[1] - alone.lag
    ends = _range(panel, term.variable, (first, last), driver_quantiles)
    scenarios, extra = [], 0
    for value in ends:
        sample = alone_sample(_filled(panel, term.variable, (first, last), value), multiverse)
        extra = len(sample.y) - len(plain.y)
        scenarios.append(float(solve_one(gram_blocks(sample), columns).coef[0]) if extra else np.nan)
    return CoefficientBounds(
        driver, float(complete.coef[0]), float(complete.std_error[0]), spread, outcome, scenarios[0],
        scenarios[1], ends, extra,
    )  # fmt: skip


def _range(panel: Panel, variable: str, years: tuple[int, int], quantiles: tuple[float, float]) -> tuple[float, float]:
    values = panel.matrix(variable, years=range(years[0], years[1] + 1)).to_numpy(dtype=float)
    low, high = (float(np.nanquantile(values, one)) for one in quantiles)
    return low, high


def _filled(panel: Panel, variable: str, years: tuple[int, int], value: float | None) -> Panel:
    """The panel with missing cells of a variable filled, by the region's own mean (or that of all) where None."""
    wide = panel.matrix(variable, years=range(years[0], years[1] + 1))
    means = wide.mean(axis=1)
    means = means.fillna(float(means.mean()))
    full = wide.T.fillna(means).T if value is None else wide.fillna(value)
    column = panel.column(variable).copy()
    stacked = full.stack()
    inside = column.index.intersection(stacked.index)
    column.loc[inside] = stacked.loc[inside]
    return replace(panel, frame=panel.frame.assign(**{variable: column}))
