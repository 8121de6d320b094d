"""What would a simple forecaster have said? Five benchmarks region by region; the pooled ones are called from here too.

All get what the model gets, on the same scale, and speak of the method in force at the origin. A change that a break
hides counts as no change in the joined series that the engines read, and not at all in drift and variance.
Forecasts are normal on the scale and carried to the published unit by their quantiles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast, get_args, overload

import numpy as np
from scipy.stats import norm

from regional_econ._base.options import check_option, check_whole
from regional_econ.bayes.trace import Array
from regional_econ.forecasting.history import EmpiricalForecast, History, NormalForecast
from regional_econ.forecasting.pooled_benchmarks import PooledBenchmark, pooled_forecast

Benchmark = Literal["naive", "drift", "ets", "auto_arima", "theta"]
BENCHMARKS: tuple[Benchmark, ...] = get_args(Benchmark)
_ENGINE_LEAST, _ETS_TREND_LEAST = 7, 10
_THETA_START = 3  # the engine counts no residual of the years from which it starts
_Pair = tuple[Array, Array]


@overload
def forecast(history: History, benchmark: Benchmark, *, horizon: int) -> NormalForecast: ...
@overload
def forecast(history: History, benchmark: PooledBenchmark, *, horizon: int) -> NormalForecast | EmpiricalForecast: ...
def forecast(
    history: History, benchmark: Benchmark | PooledBenchmark, *, horizon: int
) -> NormalForecast | EmpiricalForecast:
    """Forecast all regions by one benchmark.

    Parameters
    ----------
    history : one indicator.
    benchmark : one of `BENCHMARKS`, region by region, or of `POOLED_BENCHMARKS`, all regions together.
    horizon : years ahead of the indicator's last year.

    Returns
    -------
    a normal forecast; of "climatology" an empirical one; NaN for regions with too short a history.

    Raises
    ------
    OptionError : no such benchmark, or a horizon that is no whole number above zero.
    EstimationError : a pooled benchmark finds too little to estimate it from.

    >>> history = History((np.array([1.0, 2.0, 3.0]), np.array([1.0])), np.array([5.0, 6.0]))
    >>> forecast(history, "drift", horizon=2).mean.tolist()
    [[7.0, 9.0], [nan, nan]]
    """
    check_option("benchmark", benchmark, Literal[Benchmark, PooledBenchmark])
    check_whole("horizon", horizon, least=1)
    if benchmark not in _SIMPLE:
        return pooled_forecast(history, cast(PooledBenchmark, benchmark), horizon=horizon)
    one = _SIMPLE[cast(Benchmark, benchmark)]
    mean = np.full((len(history.last), horizon), np.nan)
    sd = mean.copy()
    for row in np.flatnonzero(history.usable):
        mean[row], sd[row] = one(history.changes[row], float(history.last[row]), horizon=horizon)
    return NormalForecast(mean, sd)


def naive_forecast(changes: Array, last: float, *, horizon: int) -> _Pair:
    """Random walk without drift: mean = y, variance = h times the mean square of the known changes.

    Parameters
    ----------
    changes : (n − 1,) yearly changes, NaN where a break hides one.
    last : the value in the last year.
    horizon : years ahead.

    Returns
    -------
    mean, sd : (horizon,).

    Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, section 5.5. Held against statsforecast's
    Naive.

    >>> mean, sd = naive_forecast(np.array([1.0, 3.0]), 10.0, horizon=2)
    >>> mean.tolist(), (sd**2).round(9).tolist()
    ([10.0, 10.0], [5.0, 10.0])
    """
    known = changes[np.isfinite(changes)]
    return np.full(horizon, last), np.sqrt(np.mean(known**2) * _years_ahead(horizon))


def drift_forecast(changes: Array, last: float, *, horizon: int) -> _Pair:
    """Random walk with drift, with the drift's own uncertainty.

    mean = y + h d̄, variance = s² (h + h²/n), from the n known changes with mean d̄ and variance s².

    Parameters
    ----------
    changes : (n − 1,) yearly changes, NaN where a break hides one.
    last : the value in the last year.
    horizon : years ahead.

    Returns
    -------
    mean, sd : (horizon,).

    Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, section 5.5. Held against statsforecast's
    RandomWalkWithDrift and simulated walks.

    >>> mean, sd = drift_forecast(np.array([1.0, 3.0]), 10.0, horizon=2)
    >>> mean.tolist(), (sd**2).round(9).tolist()
    ([12.0, 14.0], [3.0, 8.0])
    """
    known = changes[np.isfinite(changes)]
    h = _years_ahead(horizon)
    variance = known.var(ddof=1) * (h + h**2 / len(known))
    return last + h * known.mean(), np.sqrt(variance)


def ets_forecast(changes: Array, last: float, *, horizon: int) -> _Pair:
    """Exponential smoothing with additive errors, trend and damping chosen by AICc.

    Under 10 years only the form without a trend is fitted; under 7, which the engine refuses, it is taken with
    α = 1, the random walk, its variance from the known changes.

    Parameters
    ----------
    changes : (n − 1,) yearly changes, NaN where a break hides one.
    last : the value in the last year.
    horizon : years ahead.

    Returns
    -------
    mean, sd : (horizon,).

    Source: Hyndman, Koehler, Snyder and Grose (2002), "A state space framework for automatic forecasting". Held
    against statsforecast's AutoETS and statsmodels' ETSModel.
    """
    joined = _joined(changes, last)
    if len(joined) < _ENGINE_LEAST:
        return naive_forecast(changes, last, horizon=horizon)
    from statsforecast.models import AutoETS

    form = "AZN" if len(joined) >= _ETS_TREND_LEAST else "ANN"
    return _mean_and_sd(AutoETS(season_length=1, model=form).forecast(y=joined, h=horizon, level=[95]))


def auto_arima_forecast(changes: Array, last: float, *, horizon: int) -> _Pair:
    """ARIMA(p, d, q) with or without a constant: d by KPSS tests, the rest by a stepwise search on AICc.

    The engine's own search in full: narrower orders choose the same models and save no time, its approximation
    chooses others. Under 7 years the random walk stands in.

    Parameters
    ----------
    changes : (n − 1,) yearly changes, NaN where a break hides one.
    last : the value in the last year.
    horizon : years ahead.

    Returns
    -------
    mean, sd : (horizon,).

    Source: Hyndman and Khandakar (2008), "Automatic time series forecasting". Held against statsforecast's AutoARIMA.
    """
    joined = _joined(changes, last)
    if len(joined) < _ENGINE_LEAST:
        return naive_forecast(changes, last, horizon=horizon)
    from statsforecast.models import AutoARIMA

    return _mean_and_sd(AutoARIMA(season_length=1).forecast(y=joined, h=horizon, level=[95]))


def theta_forecast(changes: Array, last: float, *, horizon: int) -> _Pair:
    """The Theta method: exponential smoothing with half the linear trend's slope as drift.

    mean, α and the one-year sd σ are the engine's; variance = σ² (1 + (h − 1) α²), as simple exponential smoothing with
    drift has it. The engine's own band is no use: the quantiles of 200 draws of one fixed seed, which make every
    region's one-year sd 8 % too small alike. Under 7 years the random walk stands in.

    Parameters
    ----------
    changes : (n − 1,) yearly changes, NaN where a break hides one.
    last : the value in the last year.
    horizon : years ahead.

    Returns
    -------
    mean, sd : (horizon,).

    Source: Hyndman and Billah (2003), "Unmasking the Theta method". Held against statsforecast's Theta, its band with
    many draws, statsmodels' ARIMA(0, 1, 1) of the same α, and simulated smoothing.
    """
    joined = _joined(changes, last)
    if len(joined) < _ENGINE_LEAST:
        return naive_forecast(changes, last, horizon=horizon)
    from statsforecast.models import Theta

    fitted = Theta(season_length=1).fit(joined)
    mean = np.asarray(fitted.predict(horizon)["mean"], dtype=np.float64)
    found = fitted.model_
    sigma = np.std(found["residuals"][_THETA_START:], ddof=1)
    return mean, sigma * np.sqrt(1.0 + (_years_ahead(horizon) - 1.0) * found["par"]["alpha"] ** 2)


_SIMPLE: Mapping[Benchmark, Callable[..., _Pair]] = {
    "naive": naive_forecast, "drift": drift_forecast, "ets": ets_forecast, "auto_arima": auto_arima_forecast,
    "theta": theta_forecast,
}  # fmt: skip


def _years_ahead(horizon: int) -> Array:
    return np.arange(1, horizon + 1, dtype=np.float64)


def _joined(changes: Array, last: float) -> Array:
    """Return the series (n,) that ends at the last value, without the jumps of its breaks."""
    return last - np.concatenate([np.cumsum(np.nan_to_num(changes)[::-1])[::-1], [0.0]])


def _mean_and_sd(fitted: Mapping[str, Any]) -> _Pair:
    """Read an engine's forecast with its 95 % band."""
    half = (np.asarray(fitted["hi-95"]) - np.asarray(fitted["lo-95"])) / 2.0
    return np.asarray(fitted["mean"], dtype=np.float64), np.asarray(half / norm.ppf(0.975), dtype=np.float64)
