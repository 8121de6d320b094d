"""What would a simple forecaster have said? Random walk with drift, and ETS, region by region.

Both get what the model gets, on the same scales, and speak of the method in force at the origin. A series is joined
across a bridged break by the growth that the older method shows in the break year; across an unbridged break the
change is unknown, so it counts as no change in the joined series and not at all in drift and variance.
Forecasts are normal on the scale and carried to the published unit by their quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from regional_econ.bayes.state_space import SHARE_AFTER, SHARE_BEFORE, VOLUME
from regional_econ.bayes.trace import Array
from regional_econ.forecasting.data import LEVEL, SHARE, ForecastData

Benchmark = Literal["drift", "ets"]
BENCHMARKS: tuple[Benchmark, ...] = ("drift", "ets")
LEAST_YEARS = 4
_ETS_LEAST, _ETS_TREND_LEAST = 7, 10


@dataclass(frozen=True)
class History:
    """One indicator's unbroken last years.

    Parameters
    ----------
    changes : by region, (n − 1,) yearly changes on the scale, NaN where a break hides one.
    last : by region, the value in the last year; NaN for a region without one.
    """

    changes: tuple[Array, ...]
    last: Array

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(regions,) bool: enough years to fit a benchmark."""
        known = np.array([np.isfinite(c).sum() for c in self.changes])
        return np.isfinite(self.last) & (known >= LEAST_YEARS - 1)


@dataclass(frozen=True)
class NormalForecast:
    """Mean and sd (regions, horizons) on the scale; NaN for regions with too short a history."""

    mean: Array
    sd: Array

    def quantile_draws(self, n: int) -> Array:
        """Return (n, regions, horizons): the quantiles at (k − ½)/n, as even draws."""
        z = norm.ppf((np.arange(1, n + 1) - 0.5) / n).reshape(-1, 1, 1)
        return np.asarray(self.mean + z * self.sd)


def histories(data: ForecastData) -> Mapping[str, History]:
    """Return what the benchmarks know, by variable."""
    before, after, volume = (data.visible(slot) for slot in (SHARE_BEFORE, SHARE_AFTER, VOLUME))
    bridged, unbridged = data.model.bridged > 0, data.model.unbridged > 0
    old, new = np.diff(before, axis=1), np.diff(after, axis=1)
    change = np.where(np.isfinite(old), old, new)
    hidden = unbridged[1:] & np.isfinite(new)
    joined = np.where(np.isfinite(after), after, before)
    at = {name: data.years.index(year) for name, year in data.last_year.items()}
    if bridged.any():
        change[:, np.flatnonzero(bridged[1:])] = old[:, np.flatnonzero(bridged[1:])]
    return {
        SHARE: _history(change, hidden, joined, at[SHARE]),
        LEVEL: _history(np.diff(volume, axis=1), np.zeros_like(hidden), volume, at[LEVEL]),
    }


def forecast(history: History, benchmark: Benchmark, *, horizon: int) -> NormalForecast:
    """Forecast all regions by one benchmark.

    Parameters
    ----------
    history : one indicator.
    benchmark : "drift" (random walk with drift) or "ets" (automatic choice by AICc).
    horizon : years ahead of the indicator's last year.
    """
    one = drift_forecast if benchmark == "drift" else ets_forecast
    mean = np.full((len(history.last), horizon), np.nan)
    sd = mean.copy()
    for row in np.flatnonzero(history.usable):
        mean[row], sd[row] = one(history.changes[row], float(history.last[row]), horizon=horizon)
    return NormalForecast(mean, sd)


def drift_forecast(changes: Array, last: float, *, horizon: int) -> tuple[Array, Array]:
    """Random walk with drift, with the drift's own uncertainty.

    mean = y + h d̄, variance = s² (h + h²/n), from the n known changes with mean d̄ and variance s².
    Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice, section 5.5.

    >>> mean, sd = drift_forecast(np.array([1.0, 3.0]), 10.0, horizon=2)
    >>> mean.tolist(), (sd**2).round(9).tolist()
    ([12.0, 14.0], [3.0, 8.0])
    """
    known = changes[np.isfinite(changes)]
    h = np.arange(1, horizon + 1, dtype=np.float64)
    variance = known.var(ddof=1) * (h + h**2 / len(known))
    return last + h * known.mean(), np.sqrt(variance)


def ets_forecast(changes: Array, last: float, *, horizon: int) -> tuple[Array, Array]:
    """Exponential smoothing with additive errors, trend and damping chosen by AICc.

    Under 10 years only the form without a trend is fitted; under 7, which the engine refuses, it is taken with
    α = 1, the random walk, its variance from the known changes.
    """
    joined = last - np.concatenate([np.cumsum(np.nan_to_num(changes)[::-1])[::-1], [0.0]])
    if len(joined) < _ETS_LEAST:
        known = changes[np.isfinite(changes)]
        h = np.arange(1, horizon + 1, dtype=np.float64)
        return np.full(horizon, last), np.sqrt(np.mean(known**2) * h)
    from statsforecast.models import AutoETS

    form = "AZN" if len(joined) >= _ETS_TREND_LEAST else "ANN"
    fitted = AutoETS(season_length=1, model=form).forecast(y=joined, h=horizon, level=[95])
    mean = np.asarray(fitted["mean"], dtype=np.float64)
    half = (np.asarray(fitted["hi-95"]) - np.asarray(fitted["lo-95"])) / 2.0
    return mean, half / norm.ppf(0.975)


def _history(change: Array, hidden: NDArray[np.bool_], values: Array, at: int) -> History:
    """Keep each region's last run of years in which every change is known or hidden by a break."""
    rows = []
    for row in range(len(values)):
        good = (np.isfinite(change[row, :at])) | hidden[row, :at]
        gaps = np.flatnonzero(~good)
        start = int(gaps[-1]) + 1 if gaps.size else 0
        kept = np.where(hidden[row, start:at], np.nan, change[row, start:at])
        rows.append(kept)
    return History(tuple(rows), values[:, at])
