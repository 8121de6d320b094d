"""The growth model written out once more by hand: its priors, its process and the joint normal of its figures.

Nothing here calls the filter or PyMC, so that both can be held against it. A region begins with its first figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import multivariate_normal, truncnorm
from scipy.stats import t as student

from regional_econ.bayes.growth_model import FACTOR_DF, VOLATILITY_PERSISTENCE, GrowthData, GrowthPrior, Structure

Floats = NDArray[np.float64]

FIRST_VARIANCE = 400.0
FIRST_STEP, LATE, BRIDGED, UNBRIDGED, GAP = 1, 5, 14, 19, (8, 9)


@dataclass(frozen=True)
class Parameters:
    """One point of the parameter space; N regions, S steps.

    Parameters
    ----------
    log_sd_mean, log_sd_sd : of the regions' log standard deviations.
    log_sd, drift, loading : (N,).
    common_drift : μ.
    drift_sd, loading_sd : spreads of drifts and loadings.
    parts : (3,) noise, innovation and shock of growth, as parts of the variance.
    persistence : ρ of the own growth.
    factor_sd, factor_persistence : σ and φ of the national growth.
    break_mean, break_sd : (2,).
    volatility : (S,) yearly log factor of the variances.
    volatility_sd : of its yearly shocks.
    driver_effect : γ.
    """

    log_sd_mean: float
    log_sd_sd: float
    log_sd: Floats
    drift: Floats
    loading: Floats
    common_drift: float
    drift_sd: float
    loading_sd: float
    parts: Floats
    persistence: float
    factor_sd: float
    factor_persistence: float
    break_mean: Floats
    break_sd: Floats
    volatility: Floats
    volatility_sd: float
    driver_effect: float

    @property
    def variance(self) -> Floats:
        """(N,) of a region's year, above its floor."""
        return np.asarray(0.05**2 + np.exp(2.0 * self.log_sd))


def layout(n_regions: int, n_steps: int, prior: GrowthPrior | None = None) -> GrowthData:
    """Return the frame of a panel without figures: a blank first step, gaps, a late start, two breaks.

    The first break is bridged by a second step, the other one is not. The national growth is known in every year but
    the first with figures and that of the unbridged break.
    """
    weight = np.ones((n_regions, n_steps))
    weight[:, :FIRST_STEP] = 0.0
    weight[: max(n_regions // 4, 1), GAP[0] : GAP[1] + 1] = 0.0
    weight[1, :LATE] = 0.0
    steps = np.ones(n_steps)
    steps[BRIDGED] = 0.0
    breaks = np.zeros((2, n_steps))
    breaks[0, BRIDGED] = breaks[1, UNBRIDGED] = 1.0
    known = steps * (breaks.sum(axis=0) == 0)
    known[: FIRST_STEP + 1] = 0.0
    known_before = np.zeros(n_steps)
    years = np.flatnonzero(steps)
    known_before[years[1:]] = known[years[1:]] * known[years[:-1]]
    zeros = np.zeros(n_steps)
    return GrowthData(
        np.zeros(weight.shape), weight, steps, zeros, known, zeros, known_before, breaks, np.zeros(n_regions), zeros,
        prior or GrowthPrior(),
    )  # fmt: skip


def drawn_parameters(rng: np.random.Generator, data: GrowthData, structure: Structure) -> Parameters:
    """Draw from the priors; what a structure leaves out is 0."""
    n, n_steps = data.shape

    def above(floor: float, mean: float, size: int | None = None) -> Floats:
        return np.asarray(floor + rng.gamma(2.0, mean / 2.0, size))

    low, high = -0.5, 0.98
    at, sd = data.prior.persistence, data.prior.persistence_sd
    log_sd_mean, log_sd_sd = rng.normal(-0.5, 1.0), float(above(0.15, 0.4))
    drift_sd = float(above(0.03, 0.1)) if structure.drift else 0.0
    loading_sd = float(above(0.1, 0.2)) if structure.factor else 0.0
    parts = np.zeros(3)
    shares = [2.0, 2.0, 1.0] if structure.growth else [2.0, 2.0]
    parts[: len(shares)] = rng.dirichlet(shares)
    volatility_sd = float(above(0.02, 0.3)) if structure.volatility else 0.0
    path = np.zeros(n_steps)
    for s in range(n_steps):
        shock = volatility_sd * rng.standard_normal()
        path[s] = shock if s == 0 else _next_volatility(path[s - 1], shock)
    seen = data.weight.any(axis=0)
    return Parameters(
        log_sd_mean, log_sd_sd, rng.normal(log_sd_mean, log_sd_sd, n), rng.normal(0.0, drift_sd, n),
        rng.normal(float(structure.factor), loading_sd, n), rng.normal(0.0, data.prior.common_sd), drift_sd, loading_sd,
        parts, 0.98 * rng.beta(2.0, 2.0) if structure.growth else 0.0,
        float(above(0.05, 0.4)) if structure.factor else 0.0,
        float(truncnorm.rvs((low - at) / sd, (high - at) / sd, at, sd, random_state=rng)) if structure.factor else 0.0,
        rng.normal(0.0, 2.0, 2), above(0.1, 0.5, 2), path - path[seen].mean(), volatility_sd,
        rng.normal(0.0, 0.5) if structure.driver else 0.0,
    )  # fmt: skip


def _next_volatility(before: float, shock: float) -> float:
    return float(VOLATILITY_PERSISTENCE * before + np.sqrt(1.0 - VOLATILITY_PERSISTENCE**2) * shock)


def with_national(rng: np.random.Generator, given: Parameters, data: GrowthData) -> GrowthData:
    """Draw the national growth from its own process and give it to a panel as known."""
    national, before = np.zeros(len(data.steps)), np.zeros(len(data.steps))
    last = 0.0
    for s in np.flatnonzero(data.steps):
        if data.known_before[s]:
            before[s] = last
        if data.known[s]:
            centre = given.factor_persistence * (before[s] - given.common_drift) * data.known_before[s]
            last = given.common_drift + centre + given.factor_sd * rng.standard_t(FACTOR_DF)
            national[s] = last
    return replace(data, national=national, before=before)


def first_steps(data: GrowthData) -> NDArray[np.intp]:
    """Return the step (N,) of each region's first figure; 0 for a region without one."""
    return np.asarray((data.weight > 0).argmax(axis=1))


def with_figures(rng: np.random.Generator, given: Parameters, data: GrowthData) -> tuple[GrowthData, Floats, Floats]:
    """Draw the figures of a panel year after year, from each region's first one on.

    Returns
    -------
    the panel with its figures; levels and own growths (N, S) behind them.
    """
    n, n_steps = data.shape
    wide, first = np.exp(given.volatility), first_steps(data)
    level = np.sqrt(FIRST_VARIANCE) * rng.standard_normal(n)
    usual = given.parts[2] * given.variance * wide[first] / (1.0 - given.persistence**2)
    growth = np.sqrt(usual) * rng.standard_normal(n)
    observed, levels, growths = np.zeros((3, n, n_steps))
    for s in range(n_steps):
        noise, innovation, shock = (
            np.sqrt(part * given.variance * wide[s]) * rng.standard_normal(n) for part in given.parts
        )
        begun, change = s >= first, np.zeros(n)
        if data.steps[s]:
            growth = np.where(begun, given.persistence * growth + shock, growth)
            swing = (data.national[s] - given.common_drift) * data.known[s]
            change = given.common_drift + given.drift + given.loading * swing + growth + innovation
            change = change + given.driver_effect * data.exposure * data.driver[s]
        for k in range(len(data.breaks)):
            if data.breaks[k, s]:
                change = change + rng.normal(given.break_mean[k], given.break_sd[k], n)
        level = np.where(begun, level + change, level)
        observed[:, s], levels[:, s], growths[:, s] = level + noise, level, growth
    return replace(data, observed=observed * data.weight), levels, growths


def parameters_of(values: Mapping[str, Floats], n_regions: int, n_steps: int) -> Parameters:
    """Read one point from values by the names of the model's variables; what it leaves out is 0."""
    parts = np.zeros(3)
    parts[: len(values["parts"])] = values["parts"]

    def number(name: str) -> float:
        return float(values.get(name, np.zeros(())))

    return Parameters(
        number("log_sd_mean"), number("log_sd_sd"), values["log_sd"], values.get("drift", np.zeros(n_regions)),
        values.get("loading", np.zeros(n_regions)), number("common_drift"), number("drift_sd"), number("loading_sd"),
        parts, number("persistence"), number("factor_sd"), number("factor_persistence"), values["break_mean"],
        values["break_sd"], values.get("volatility", np.zeros(n_steps)), number("volatility_sd"),
        number("driver_effect"),
    )  # fmt: skip


def filter_arguments(given: Parameters, data: GrowthData) -> tuple[Floats, ...]:
    """Return what the filter takes, in its order: every region moves by all that can move it."""
    n = data.shape[0]
    swing = (data.national - given.common_drift) * data.known
    loadings = np.stack([given.common_drift + given.drift, given.loading, np.ones(n), data.exposure])
    factors = np.stack(
        [data.steps, swing, given.break_mean @ data.breaks, given.driver_effect * data.driver * data.steps]
    )
    noise, innovation, shock = (part * given.variance for part in given.parts)
    first, persistence = np.full((2, n), [[FIRST_VARIANCE], [given.persistence]])
    return (
        data.weight.T.copy(), data.observed.T.copy(), data.steps, first, loadings, factors, noise, innovation, shock,
        np.exp(given.volatility), given.break_sd**2 @ data.breaks, persistence,
    )  # fmt: skip


def figures_density(given: Parameters, data: GrowthData) -> float:
    """Return the log density of all figures, region by region."""
    total = 0.0
    for i in range(data.shape[0]):
        seen = np.flatnonzero(data.weight[i])
        mean, covariance, noise = joint_normal(given, data, i)
        covariance = covariance + np.diag(noise)
        normal = multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)])
        total += float(normal.logpdf(data.observed[i, seen])) if len(seen) else 0.0
    return total


def national_density(given: Parameters, data: GrowthData) -> float:
    """Return the log density of the national growth, year by year."""
    own = (data.before - given.common_drift) * data.known_before
    centre = given.common_drift + given.factor_persistence * own
    return float(student.logpdf(data.national, FACTOR_DF, centre, given.factor_sd) @ data.known)


def joint_normal(given: Parameters, data: GrowthData, region: int) -> tuple[Floats, Floats, Floats]:
    """Return mean (S,) and covariance (S, S) of a region's levels, and the variance (S,) of the noise on them.

    Every level is written as its mean and the sum of all shocks since the region's first figure, each with its own
    weight. ``data.national``, where it is not known, counts as μ.
    """
    n_steps, first = len(data.steps), int(first_steps(data)[region])
    places = np.arange(n_steps)
    variance = given.variance[region] * np.exp(given.volatility)
    mean, covariance = np.zeros(n_steps), np.full((n_steps, n_steps), FIRST_VARIANCE)
    for s in range(first, n_steps):
        for r in range(first, s + 1):
            swing = (data.national[r] - given.common_drift) * data.known[r]
            pushed = given.driver_effect * data.exposure[region] * data.driver[r]
            mean[s] += data.steps[r] * (given.common_drift + given.drift[region] + pushed)
            mean[s] += given.loading[region] * swing + given.break_mean @ data.breaks[:, r]
    for j in range(first, n_steps):
        reached = (places >= j).astype(float)
        single = data.steps[j] * given.parts[1] * variance[j] + given.break_sd**2 @ data.breaks[:, j]
        covariance += single * np.outer(reached, reached)
    own = np.where(places >= first, data.steps, 0.0)
    year = np.cumsum(own)
    before = _weights(given.persistence, own, year)
    usual = given.parts[2] * variance[first] / (1.0 - given.persistence**2)
    covariance += usual * np.outer(before, before)
    for j in np.flatnonzero(own):
        weights = _weights(given.persistence, np.where(places >= j, own, 0.0), year - year[j])
        covariance += given.parts[2] * variance[j] * np.outer(weights, weights)
    return mean, covariance, given.parts[0] * variance


def _weights(rho: float, steps: Floats, years: Floats) -> Floats:
    """Return the weight (S,) that a growth of some years ago has in each level: the sum of ρ^years over its steps."""
    return np.asarray(np.cumsum(np.where(steps > 0, rho ** np.maximum(years, 0.0), 0.0)))
