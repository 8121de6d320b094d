"""How long does unusual growth last? First-order autoregressions of yearly changes, estimated over all regions.

g_it = α_i + ρ g_i,t−1 + e_it. The level after h years is the last one plus the growths of those years, so an error of
year k stays in it with the weight 1 + ρ + … + ρ^(h−k). The variance holds these errors, with each region's own
variance shrunk to the others', and the errors of α and ρ by the delta method. A region whose last changes are hidden
starts from its last known one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.bayes.trace import Array
from regional_econ.forecasting.shrinkage import shrink_variances

_LEAST_PAIRS = 4
_LARGEST_PERSISTENCE = 0.99
_NO_VARIATION = 1e-12


@dataclass(frozen=True)
class Autoregression:
    """AR(1) of N regions' growth.

    Parameters
    ----------
    constant : (N,) α.
    persistence : ρ.
    covariance : (N, 2, 2) of the estimates of α and ρ.
    variance : (N,) of e.
    """

    constant: Array
    persistence: float
    covariance: Array
    variance: Array


@dataclass(frozen=True)
class _Pairs:
    """Changes (n,) whose predecessors are known too, region by region, year after year."""

    growth: Array
    before: Array
    region: NDArray[np.int64]
    year: NDArray[np.int64]
    n_regions: int

    @property
    def counts(self) -> NDArray[np.int64]:
        """(N,) pairs of each region."""
        return np.bincount(self.region, minlength=self.n_regions)

    def part(self, rows: NDArray[np.bool_]) -> _Pairs:
        """Keep some pairs."""
        return _Pairs(self.growth[rows], self.before[rows], self.region[rows], self.year[rows], self.n_regions)

    def means(self, values: Array) -> Array:
        """(N,) regional means of values (n,); 0 for a region without any."""
        return np.bincount(self.region, values, self.n_regions) / np.maximum(self.counts, 1)

    def within(self) -> tuple[Array, Array]:
        """Return growth and its predecessor less their regional means."""
        return (
            self.growth - self.means(self.growth)[self.region], self.before - self.means(self.before)[self.region]
        )  # fmt: skip


def pooled_ar(changes: Array, *, horizon: int) -> tuple[Array, Array]:
    """One α and one ρ for all regions, by least squares.

    Source: Baltagi (2008), "Forecasting with panel data". Held against statsmodels' OLS with errors clustered by year,
    and simulated paths.

    Parameters
    ----------
    changes : (N, T) yearly changes, NaN where unknown.

    Returns
    -------
    mean, sd : (N, horizon) of the change from the last year on.

    Raises
    ------
    EstimationError : changes known in pairs of fewer than two years, or that do not vary.
    """
    return predict(fit_pooled(changes), changes, horizon=horizon)


def fe_panel_ar(changes: Array, *, horizon: int) -> tuple[Array, Array]:
    """A region's own α, one ρ by the half-panel jackknife.

    The within estimate of ρ is too low by about (1 + ρ)/T (Nickell 1981); twice the whole less the mean of its halves
    is free of that, and is cut to ±0.99. It asks for a ρ that is the same in both halves. Regions with fewer than four
    pairs of years do not enter ρ; where fewer than two regions have four, the pooled AR stands in.

    Source: Dhaene and Jochmans (2015), "Split-panel jackknife estimation of fixed-effect models". Held against the
    panel room's half-panel jackknife, dummy regressions and simulated paths.

    Parameters
    ----------
    changes : (N, T) yearly changes, NaN where unknown.

    Returns
    -------
    mean, sd : (N, horizon) of the change from the last year on; NaN for a region without two known changes in a row.

    Raises
    ------
    EstimationError : changes known in pairs of fewer than two years, or that do not vary.
    """
    return predict(fit_fixed_effects(changes), changes, horizon=horizon)


def mean_group(changes: Array, *, horizon: int) -> tuple[Array, Array]:
    """The mean α and ρ of the regions' own regressions.

    Each ρ is too low in short series, so their mean is. Regions with fewer than four pairs of years, or whose changes
    do not vary, do not enter; where fewer than two remain, the pooled AR stands in. The errors of α and ρ come from
    the spread of the regions' estimates and take regions as independent, which common shocks deny.

    Source: Pesaran and Smith (1995), "Estimating long-run relationships from dynamic heterogeneous panels". Held
    against statsmodels' OLS region by region, and simulated paths.

    Parameters
    ----------
    changes : (N, T) yearly changes, NaN where unknown.

    Returns
    -------
    mean, sd : (N, horizon) of the change from the last year on.

    Raises
    ------
    EstimationError : changes known in pairs of fewer than two years, or that do not vary.
    """
    return predict(fit_mean_group(changes), changes, horizon=horizon)


def fit_pooled(changes: Array) -> Autoregression:
    """Fit :func:`pooled_ar`."""
    pairs = _pairs(changes)
    X = np.column_stack([np.ones(len(pairs.growth)), pairs.before])
    bread = np.linalg.inv(X.T @ X)
    beta = bread @ X.T @ pairs.growth
    influence = (pairs.growth - X @ beta)[:, None] * X @ bread
    return _alike(pairs, beta, _clustered(influence, pairs.year))


def fit_mean_group(changes: Array) -> Autoregression:
    """Fit :func:`mean_group`."""
    pairs = _pairs(changes)
    growth, before = pairs.within()
    spread = np.bincount(pairs.region, before**2, pairs.n_regions)
    own = (pairs.counts >= _LEAST_PAIRS) & (spread > _NO_VARIATION * spread.max())
    if own.sum() < 2:
        return fit_pooled(changes)
    rho = np.bincount(pairs.region, before * growth, pairs.n_regions)[own] / spread[own]
    alpha = pairs.means(pairs.growth)[own] - rho * pairs.means(pairs.before)[own]
    each = np.stack([alpha, rho])
    return _alike(pairs, each.mean(axis=1), np.cov(each) / own.sum())


def fit_fixed_effects(changes: Array) -> Autoregression:
    """Fit :func:`fe_panel_ar`."""
    pairs = _pairs(changes)
    long = pairs.counts >= _LEAST_PAIRS
    if long.sum() < 2:
        return fit_pooled(changes)
    jackknifed, variance = _half_panel_jackknife(pairs.part(long[pairs.region]))
    rho = float(np.clip(jackknifed, -_LARGEST_PERSISTENCE, _LARGEST_PERSISTENCE))
    before = pairs.means(pairs.before)
    alpha = pairs.means(pairs.growth) - rho * before
    n = np.where(pairs.counts > 0, pairs.counts, np.nan)
    residuals = pairs.growth - alpha[pairs.region] - rho * pairs.before
    squares = np.bincount(pairs.region, residuals**2, pairs.n_regions)
    s2 = _shrunk(squares, pairs.counts - 1)
    covariance = variance * np.moveaxis(np.array([[before**2, -before], [-before, np.ones(len(before))]]), 2, 0)
    covariance[:, 0, 0] += s2 / n
    return Autoregression(np.where(pairs.counts > 0, alpha, np.nan), rho, covariance, s2)


def predict(model: Autoregression, changes: Array, *, horizon: int) -> tuple[Array, Array]:
    """Add up the growths that an autoregression expects.

    Parameters
    ----------
    model : of the N regions.
    changes : (N, T) yearly changes, NaN where unknown; each region has a known one.

    Returns
    -------
    mean, sd : (N, horizon) of the change from the last year on.
    """
    rows, rho = np.arange(len(changes)), model.persistence
    hidden = np.argmax(np.isfinite(changes[:, ::-1]), axis=1)
    growth = changes[rows, changes.shape[1] - 1 - hidden]
    # derivatives of growth by α and ρ; its variance and that of the level, in units of that of e; their covariance
    by = np.zeros((len(rows), 2))
    own = level = both = np.zeros(len(rows))
    for k in range(int(hidden.max(initial=0))):
        moves = hidden > k
        by = np.where(moves[:, None], _derivatives(by, growth, rho), by)
        own = np.where(moves, rho**2 * own + 1.0, own)
        growth = np.where(moves, model.constant + rho * growth, growth)
    total, total_by = np.zeros(len(rows)), np.zeros((len(rows), 2))
    mean, variance = np.empty((2, len(rows), horizon))
    for h in range(horizon):
        by = _derivatives(by, growth, rho)
        growth = model.constant + rho * growth
        own, both = rho**2 * own + 1.0, rho * both
        level = level + own + 2.0 * both
        both = both + own
        total, total_by = total + growth, total_by + by
        mean[:, h] = total
        variance[:, h] = level * model.variance + np.einsum("ni,nij,nj->n", total_by, model.covariance, total_by)
    return mean, np.sqrt(variance)


def _derivatives(by: Array, growth: Array, rho: float) -> Array:
    """Carry the derivatives (N, 2) of growth by α and ρ a year on."""
    return np.asarray(np.stack([np.ones(len(growth)), growth], axis=1) + rho * by)


def _pairs(changes: Array) -> _Pairs:
    both = np.isfinite(changes[:, 1:]) & np.isfinite(changes[:, :-1])
    region, year = np.nonzero(both)
    pairs = _Pairs(changes[:, 1:][both], changes[:, :-1][both], region, year, len(changes))
    if len(np.unique(year)) < 2 or not np.ptp(pairs.before) > 0.0:
        raise EstimationError(
            "growth and its predecessor are known in fewer than two years, or do not vary",
            advice="Take a benchmark without autoregression, or a longer history",
        )
    return pairs


def _alike(pairs: _Pairs, beta: Array, covariance: Array) -> Autoregression:
    """The same α and ρ in all regions; variances about them."""
    n = pairs.n_regions
    residuals = pairs.growth - beta[0] - beta[1] * pairs.before
    s2 = _shrunk(np.bincount(pairs.region, residuals**2, n), pairs.counts)
    return Autoregression(np.full(n, beta[0]), float(beta[1]), np.repeat(covariance[None], n, axis=0), s2)


def _shrunk(squares: Array, dof: NDArray[np.int64]) -> Array:
    d = np.maximum(dof, 0).astype(np.float64)
    return shrink_variances(squares / np.maximum(d, 1.0), d)


def _clustered(influence: Array, year: NDArray[np.int64]) -> Array:
    """Return the covariance of estimates from each row's influence (n, k), years as clusters."""
    sums = np.stack([influence[year == one].sum(axis=0) for one in np.unique(year)])
    (n, k), g = influence.shape, len(sums)
    return np.asarray(g / (g - 1) * (n - 1) / (n - k) * sums.T @ sums)


def _half_panel_jackknife(pairs: _Pairs) -> tuple[float, float]:
    """Return ρ and its variance, clustered by year; the halves are each region's own."""
    place = np.arange(len(pairs.region)) - np.searchsorted(pairs.region, pairs.region)
    shorter, longer = pairs.counts // 2, (pairs.counts + 1) // 2
    rho, influence = _within_slope(pairs)
    estimate, pull = 2.0 * rho, 2.0 * influence
    for cut in (shorter, longer):
        first = place < cut[pairs.region]
        for half in (first, ~first):
            slope, own = _within_slope(pairs.part(half))
            weight = half.mean() / 2.0
            estimate -= weight * slope
            pull[half] -= weight * own
    return float(estimate), float(_clustered(pull[:, None], pairs.year)[0, 0])


def _within_slope(pairs: _Pairs) -> tuple[float, Array]:
    """Return the within estimate of ρ and each row's influence (n,) on it."""
    growth, before = pairs.within()
    squares = float(before @ before)
    if squares <= 0.0:
        raise EstimationError("growth does not vary in a half of the years", advice="Take the pooled AR")
    rho = float(before @ growth) / squares
    return rho, before * (growth - rho * before) / squares
