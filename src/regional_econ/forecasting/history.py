"""What does a benchmark get, and what does it give back? One indicator's past changes; a predictive distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from regional_econ.bayes.trace import Array
from regional_econ.forecasting.data import IndicatorData

LEAST_YEARS = 4


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

    def aligned(self) -> Array:
        """Return (usable regions, years) changes by calendar year, that of the last year last; NaN where unknown.

        >>> short, long = np.array([1.0, 2.0, 3.0]), np.array([4.0, np.nan, 5.0, 6.0])
        >>> History((short, long), np.zeros(2)).aligned().tolist()
        [[nan, 1.0, 2.0, 3.0], [4.0, nan, 5.0, 6.0]]
        """
        kept = [self.changes[row] for row in np.flatnonzero(self.usable)]
        table = np.full((len(kept), max((len(c) for c in kept), default=0)), np.nan)
        for row, changes in enumerate(kept):
            table[row, table.shape[1] - len(changes) :] = changes
        return table

    def spread(self, values: Array) -> Array:
        """Return (…, usable regions, horizons) as (…, regions, horizons), NaN for the other regions."""
        whole = np.full((*values.shape[:-2], len(self.last), values.shape[-1]), np.nan)
        whole[..., self.usable, :] = values
        return whole


class Predictive(Protocol):
    """A predictive distribution of every region at every horizon, on the indicator's scale."""

    def quantile_draws(self, n: int) -> Array:
        """Return (n, regions, horizons): the quantiles at (k − ½)/n, as even draws; NaN where there is no forecast."""


@dataclass(frozen=True)
class NormalForecast:
    """Mean and sd (regions, horizons) on the scale; NaN for regions with too short a history."""

    mean: Array
    sd: Array

    def quantile_draws(self, n: int) -> Array:
        """Return (n, regions, horizons): the quantiles at (k − ½)/n, as even draws."""
        z = norm.ppf(even_levels(n)).reshape(-1, 1, 1)
        return np.asarray(self.mean + z * self.sd)


@dataclass(frozen=True)
class EmpiricalForecast:
    """Quantiles (K, regions, horizons) at (k − ½)/K, ascending; NaN for regions with too short a history."""

    quantiles: Array

    def quantile_draws(self, n: int) -> Array:
        """Return (n, regions, horizons): the quantiles at (k − ½)/n, drawn straight between the known ones."""
        return empirical_quantiles(self.quantiles, n)


def even_levels(n: int) -> Array:
    """Return (k − ½)/n for k = 1 … n.

    >>> even_levels(2).tolist()
    [0.25, 0.75]
    """
    return (np.arange(1, n + 1) - 0.5) / n


def empirical_quantiles(draws: Array, n: int) -> Array:
    """Return (n, …), the quantiles at (k − ½)/n of draws (S, …), whose k-th smallest is that at (k − ½)/S.

    Source: Hazen's rule, definition 5 of Hyndman and Fan (1996), "Sample quantiles in statistical packages".

    >>> empirical_quantiles(np.array([3.0, 1.0]), 2).tolist()
    [1.0, 3.0]
    """
    return np.asarray(np.quantile(draws, even_levels(n), axis=0, method="hazen"))


def history_of(data: IndicatorData) -> History:
    """Return what the benchmarks know of an indicator: the figures that the model sees.

    A series is joined across a break year published under both methods by the growth under the older one; across any
    other break the change is unknown, and NaN.
    """
    visible, steps = data.visible, data.model.steps
    broken = (data.model.breaks.sum(axis=0) > 0) & (steps > 0)
    changes = []
    for row in visible:
        gaps = np.flatnonzero(~np.isfinite(row))
        start = int(gaps[-1]) + 1 if gaps.size else 0
        change = np.diff(row[start:], prepend=np.nan)
        change[broken[start:]] = np.nan
        changes.append(change[1:][steps[start + 1 :] > 0])
    return History(tuple(changes), data.last_level)
