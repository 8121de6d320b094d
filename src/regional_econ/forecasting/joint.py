"""How do indicators move together? Correlated shocks for the paths of all of them.

Each indicator has its own posterior; what ties them is estimated from their surprises up to the origin: the national
shocks of the same year, together with those of the world prices, and the one-step errors of the same region and year.
A one-step error is the sum of a region's shocks to level and growth, of noise and of what is not known of its state, so
all four go together across indicators as the errors do.
Both correlation matrices are shrunk towards none, the more the fewer years there are, and drive the paths through a
Gaussian copula, so each indicator's own forecast stays as it is.

Source: Schäfer and Strimmer (2005), "A shrinkage approach to large-scale covariance matrix estimation", for the weight
of the shrinkage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from regional_econ.bayes.growth_model import FACTOR_DF, Structure
from regional_econ.bayes.kalman import one_step_errors
from regional_econ.bayes.trace import Array, Trace
from regional_econ.forecasting.data import IndicatorData
from regional_econ.forecasting.drivers import Driver
from regional_econ.forecasting.simulate import Shocks


@dataclass(frozen=True)
class Surprises:
    """What an indicator's model did not expect, as standard normal numbers by year.

    Parameters
    ----------
    years : (T,).
    national : (T,) of the common shock, NaN where none is known.
    regional : (T, N) one-step errors, NaN where there is no figure.
    """

    years: tuple[int, ...]
    national: Array
    regional: Array


@dataclass(frozen=True)
class Correlations:
    """Correlations between indicators (K) and world prices (P).

    Parameters
    ----------
    national : (K + P, K + P) of the shocks of a year.
    regional : (K, K) of the errors of a region in a year.
    national_weight, regional_weight : how far each was shrunk towards none, 0 to 1.
    """

    national: Array
    regional: Array
    national_weight: float
    regional_weight: float


def surprises(data: IndicatorData, trace: Trace, structure: Structure) -> Surprises:
    """Compute an indicator's surprises at the posterior means."""
    mean = {name: trace.draws(name).mean(axis=0) for name in trace.posterior}
    model = data.model
    n, steps = model.shape
    swing = (model.national - mean["common_drift"]) * model.known
    national = np.full(steps, np.nan)
    move = (mean["common_drift"] + mean.get("drift", np.zeros(n)))[:, None] * model.steps + mean[
        "break_mean"
    ] @ model.breaks
    if structure.factor:
        expected = mean["factor_persistence"] * (model.before - mean["common_drift"]) * model.known_before
        shock = (swing - expected) / mean["factor_sd"]
        national = np.where(model.known > 0, ndtri(stdtr(FACTOR_DF, shock)), np.nan)
        move = move + mean["loading"][:, None] * swing
    rho = float(mean["persistence"]) if structure.growth else 0.0
    parts = np.concatenate([mean["parts"], np.zeros(3 - len(mean["parts"]))])
    if structure.driver:
        move = move + mean["driver_effect"] * model.exposure[:, None] * model.driver * model.steps
    yearly = np.exp(mean["volatility"]) if structure.volatility else np.ones(steps)
    variance = mean["variance"][:, None] * yearly
    innovation = parts[1] * variance * model.steps + mean["break_sd"] ** 2 @ model.breaks
    errors = one_step_errors(
        model.weight, model.steps, model.observed, move, parts[0] * variance, innovation,
        parts[2] * variance, np.full(n, rho),
    )  # fmt: skip
    first = model.weight.argmax(axis=1)
    errors[np.arange(n), first] = np.nan
    own = model.steps > 0
    years = tuple(year for year, one in zip(data.step_years, own, strict=True) if one)
    return Surprises(years, national[own], errors[:, own].T)


def correlations(found: Sequence[Surprises], drivers: Sequence[Driver]) -> Correlations:
    """Estimate how indicators and world prices move together."""
    years = sorted({year for one in found for year in one.years})
    national = np.full((len(years), len(found) + len(drivers)), np.nan)
    n_regions = found[0].regional.shape[1]
    regional = np.full((len(years), n_regions, len(found)), np.nan)
    for k, one in enumerate(found):
        rows = [years.index(year) for year in one.years]
        national[rows, k] = one.national
        regional[rows, :, k] = one.regional
    for p, driver in enumerate(drivers):
        national[:, len(found) + p] = [driver.surprise(year) for year in years]
    between, weight = shrunk_correlation(national)
    if n_regions > 1:
        count = np.maximum(np.isfinite(regional).sum(axis=1, keepdims=True), 1)
        regional -= np.nansum(regional, axis=1, keepdims=True) / count
    within, weight_within = shrunk_correlation(regional.reshape(-1, len(found)))
    return Correlations(between, within, weight, weight_within)


def shrunk_correlation(values: Array) -> tuple[Array, float]:
    """Return a positive definite correlation matrix of columns with gaps, and its weight of shrinkage.

    Parameters
    ----------
    values : (n, K), NaN where missing; pairs use the rows they share.

    >>> rng = np.random.default_rng(1)
    >>> one = rng.standard_normal(4000)
    >>> matrix, weight = shrunk_correlation(np.stack([one, one + rng.standard_normal(4000)], axis=1))
    >>> bool(abs(matrix[0, 1] - 0.5**0.5) < 0.03), weight < 0.01
    (True, True)
    """
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values - np.where(known, values, 0.0).sum(axis=0) / count, 0.0)
    scale = np.sqrt((centred**2).sum(axis=0) / np.maximum(count - 1, 1))
    z = centred / np.where(scale > 0, scale, 1.0)
    shared = known.astype(np.float64).T @ known.astype(np.float64)
    products = z.T @ z
    r = products / np.maximum(shared - 1.0, 1.0)
    mean = products / np.maximum(shared, 1.0)
    spread = (z**2).T @ (z**2) - shared * mean**2
    variance = shared / np.maximum(shared - 1.0, 1.0) ** 3 * spread
    off = ~np.eye(len(r), dtype=bool)
    below = float((r[off] ** 2).sum())
    weight = 1.0 if below == 0.0 else float(np.clip(variance[off].sum() / below, 0.0, 1.0))
    matrix = np.where(off, (1.0 - weight) * r, 1.0)
    values_, vectors = np.linalg.eigh(matrix)
    if values_[0] < 1e-6:
        matrix = (vectors * np.maximum(values_, 1e-6)) @ vectors.T
        size = np.sqrt(np.diag(matrix))
        matrix = matrix / np.outer(size, size)
    return matrix, weight


def joint_shocks(
    found: Correlations,
    names: Sequence[str],
    drivers: Sequence[Driver],
    *,
    first_year: int,
    n_draws: int,
    horizon: int,
    n_regions: int,
    rng: np.random.Generator,
) -> tuple[Mapping[str, Shocks], Mapping[str, Array]]:
    """Draw the shocks of all indicators together.

    Parameters
    ----------
    found : the correlations, in the order of ``names`` and ``drivers``.
    names : ids of the indicators.
    drivers : the world prices; the first is that of the regions' exposure.
    first_year : year of the first shocks; a price's change that is known already is used as it is.
    n_draws, horizon, n_regions : D, H, N.
    rng : random stream.

    Returns
    -------
    shocks by indicator, and the standard normal shocks (D, H) by price.
    """
    size = len(names)
    root = np.linalg.cholesky(found.national)
    national = rng.standard_normal((n_draws, horizon, len(root))) @ root.T
    prices = {driver.id: national[:, :, size + p] for p, driver in enumerate(drivers)}
    change = drivers[0].change(prices[drivers[0].id])
    for h in range(horizon):
        change[:, h] = drivers[0].changes.get(first_year + h, change[:, h])
    within = np.linalg.cholesky(found.regional)
    level, growth, noise, state = (
        _together(within, n_draws, steps, n_regions, rng) for steps in (horizon, horizon, horizon, 2)
    )
    volatility = rng.standard_normal((size, n_draws, horizon))
    shocks = {
        name: Shocks(
            national[:, :, k], _double(level[k]), _double(growth[k]), _double(noise[k]), _double(state[k]),
            volatility[k], change,
        )
        for k, name in enumerate(names)
    }  # fmt: skip
    return shocks, prices


def _together(root: Array, n_draws: int, steps: int, n_regions: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw (indicators, draws, steps, regions) standard normal numbers, correlated across indicators."""
    found = np.empty((len(root), n_draws, steps, n_regions), dtype=np.float32)
    for step in range(steps):
        found[:, :, step] = np.moveaxis(rng.standard_normal((n_draws, n_regions, len(root))) @ root.T, 2, 0)
    return found


def _double(values: NDArray[np.float32]) -> Array:
    return values.astype(np.float64)
