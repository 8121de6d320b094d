"""What would a forecaster have said who sees all regions of one indicator together?

Years hit all regions at once, so years, not regions, are what a common coefficient is learned from: its errors are
clustered by year. A change that a break hides enters nothing. Variances are regional, shrunk to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.bayes.trace import Array
from regional_econ.forecasting.growth_autoregressions import fe_panel_ar, mean_group, pooled_ar
from regional_econ.forecasting.history import (
    EmpiricalForecast,
    History,
    NormalForecast,
    Predictive,
    empirical_quantiles,
)
from regional_econ.forecasting.shrinkage import shrink_means, shrink_variances

PooledBenchmark = Literal["pooled_drift", "pooled_ar", "fe_panel_ar", "mean_group", "climatology"]
POOLED_BENCHMARKS: tuple[PooledBenchmark, ...] = get_args(PooledBenchmark)
_EVEN_QUANTILES = 999


def pooled_forecast(
    history: History, benchmark: PooledBenchmark, *, horizon: int
) -> NormalForecast | EmpiricalForecast:
    """Forecast all regions by one pooled benchmark.

    Parameters
    ----------
    history : one indicator.
    benchmark : one of `POOLED_BENCHMARKS`.
    horizon : years ahead of the indicator's last year.

    Raises
    ------
    OptionError : no such benchmark.
    EstimationError : one region only, figures that do not vary, or no two consecutive known changes.
    """
    check_option("benchmark", benchmark, PooledBenchmark)
    changes, last = history.aligned(), history.last[history.usable]
    if len(changes) == 0:
        nothing = np.full((len(history.last), horizon), np.nan)
        return NormalForecast(nothing, nothing)
    if len(changes) == 1:
        raise EstimationError(
            f"{benchmark} needs two regions with enough years, there is one", advice="Take a benchmark of one region"
        )
    if benchmark == "climatology":
        return EmpiricalForecast(history.spread(climatology(changes, horizon=horizon) + last[:, None]))
    rules = {
        "pooled_drift": pooled_drift, "pooled_ar": pooled_ar, "fe_panel_ar": fe_panel_ar, "mean_group": mean_group
    }  # fmt: skip
    mean, sd = rules[benchmark](changes, horizon=horizon)
    return NormalForecast(history.spread(last[:, None] + mean), history.spread(sd))


def pooled_drift(changes: Array, *, horizon: int) -> tuple[Array, Array]:
    """Random walks whose drifts are shrunk to the common one.

    A change is c_it = f_t + a_i + e_it. The common drift is the mean of the T yearly means f_t, with error var(f)/T; a
    region's deviation a_i is its mean of c_it − f_t, with error var(e_i)/n_i, shrunk to those of all regions. Variance
    = h s² + h² (both errors), with s² the variance of the region's own changes. var(e_i) and s² are shrunk as well.

    Source: Efron and Morris (1975), "Data analysis using Stein's estimator"; the two shrinkages as in `shrinkage`. Held
    against its own formula by sums over years and regions, and against outcomes of simulated panels.

    Parameters
    ----------
    changes : (N, T), NaN where unknown.

    Returns
    -------
    mean, sd : (N, horizon) of the change from the last year on.
    """
    changes = changes[:, np.isfinite(changes).any(axis=0)]
    n = np.isfinite(changes).sum(axis=1)
    common = np.nanmean(changes, axis=0)
    apart = changes - common
    own = shrink_means(np.nanmean(apart, axis=1), shrink_variances(np.nanvar(apart, axis=1, ddof=1), n - 1.0) / n)
    drift_variance = common.var(ddof=1) / len(common) + own.variance
    s2 = shrink_variances(np.nanvar(changes, axis=1, ddof=1), n - 1.0)
    h = np.arange(1, horizon + 1, dtype=np.float64)
    return (common.mean() + own.mean)[:, None] * h, np.sqrt(np.outer(s2, h) + np.outer(drift_variance, h**2))


def climatology(changes: Array, *, horizon: int) -> Array:
    """What h years have brought so far, anywhere: the h-year changes of all regions from all years, as one sample.

    Where no region has h known changes in a row, the changes over the longest span k that there is are carried on like
    those of a random walk: their mean times h/k, their deviations from it times √(h/k).

    Source: the climatological forecast of Murphy (1992), "Climatology, persistence, and their linear combination", for
    changes. Held against sums by hand.

    Parameters
    ----------
    changes : (N, T), NaN where unknown.

    Returns
    -------
    (999, N, horizon) even quantiles of the change from the last year on, alike for all regions.

    >>> climatology(np.array([[1.0, 2.0, 4.0]]), horizon=2)[[0, -1], 0].tolist()
    [[1.0, 3.0], [4.0, 6.0]]
    """
    level = np.concatenate([np.zeros((len(changes), 1)), np.cumsum(np.nan_to_num(changes), axis=1)], axis=1)
    hidden = np.concatenate([np.zeros((len(changes), 1)), np.cumsum(np.isnan(changes), axis=1)], axis=1)
    columns, span, sample = [], 0, np.zeros(0)
    for h in range(1, horizon + 1):
        found = (level[:, h:] - level[:, :-h])[hidden[:, h:] == hidden[:, :-h]]
        if found.size:
            span, sample = h, found
        centre, stretch = sample.mean(), h / span
        columns.append(empirical_quantiles(centre * stretch + (sample - centre) * np.sqrt(stretch), _EVEN_QUANTILES))
    one = np.stack(columns, axis=1)
    return np.repeat(one[:, None, :], len(changes), axis=1)


def combination(members: Sequence[Predictive], *, n: int = _EVEN_QUANTILES) -> EmpiricalForecast:
    """The equal-weight linear pool: the forecast whose distribution function is the mean of the members'.

    Source: Wang, Hyndman, Li and Kang (2023), "Forecast combinations: an over 50-year review", section 3.2 (linear
    pooling). Held against mean distribution functions of normals, inverted.

    Parameters
    ----------
    members : forecasts of the same regions and horizons.
    n : even quantiles taken of each member, and kept of the pool.

    Returns
    -------
    NaN for a region that a member does not forecast.

    Raises
    ------
    EstimationError : no members, or members of different shapes.

    >>> one, two = (NormalForecast(np.array([[m]]), np.array([[1.0]])) for m in (0.0, 10.0))
    >>> combination([one, two], n=100).quantile_draws(2).round(1).ravel().tolist()
    [0.0, 10.0]
    """
    draws = [member.quantile_draws(n) for member in members]
    if len({part.shape for part in draws}) != 1:
        raise EstimationError(
            "the members of a combination must forecast the same regions and horizons",
            where=", ".join(str(part.shape[1:]) for part in draws) or "no member",
            advice="Give at least one forecast, and all of the same history and horizon",
        )
    return EmpiricalForecast(empirical_quantiles(np.concatenate(draws), n))
