"""Where may the regions go from here? Paths drawn forward from the state at the origin, one for each posterior draw.

What moves an indicator in a year is a national shock and, in each region, a shock to its level and one to its own
growth. The shocks come in as standard normal numbers, so that those of several indicators can be drawn together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

from regional_econ.bayes.growth_model import FACTOR_DF, VOLATILITY_PERSISTENCE, GrowthData, Structure
from regional_econ.bayes.trace import Array, Trace


@dataclass(frozen=True)
class Start:
    """Draws of everything that moves one indicator's future; D draws, N regions.

    Parameters
    ----------
    state : (D, 5, N) level, own growth, variance of the level, covariance, variance of the growth, at the origin.
    drift : (D, N), the common drift included.
    loading, variance : (D, N).
    parts : (D, 3) noise, innovation, own growth, as parts of the variance.
    persistence : (D,) of own growth.
    common_drift, factor_sd, factor_persistence, last_growth : (D,) of the national growth.
    first_spread : (D,) what multiplies the sd of the first national shock: 1, or, where the last growth is unknown and
        stands at its mean, what makes the first growth's variance the stationary one.
    volatility_sd, last_volatility : (D,) of the yearly log factor of the variances.
    exposure : (N,); driver_effect : (D,).
    """

    state: Array
    drift: Array
    loading: Array
    variance: Array
    parts: Array
    persistence: Array
    common_drift: Array
    factor_sd: Array
    factor_persistence: Array
    last_growth: Array
    first_spread: Array
    volatility_sd: Array
    last_volatility: Array
    driver_effect: Array
    exposure: Array

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.persistence)

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return int(self.drift.shape[1])

    def pick(self, rows: NDArray[np.int64]) -> Start:
        """Return the draws of some rows, repeated where a row is named twice."""
        return Start(**{name: value if name == "exposure" else value[rows] for name, value in vars(self).items()})


@dataclass(frozen=True)
class Shocks:
    """Standard normal shocks; D draws, H years, N regions.

    Parameters
    ----------
    national : (D, H) of the national growth.
    level, growth, noise : (D, H, N).
    state : (D, 2, N) of level and own growth at the origin.
    volatility : (D, H).
    driver : (D, H), the driver's change itself, not a standard number.
    """

    national: Array
    level: Array
    growth: Array
    noise: Array
    state: Array
    volatility: Array
    driver: Array

    @classmethod
    def independent(
        cls, n_draws: int, horizon: int, n_regions: int, rng: np.random.Generator, change: Callable[[Array], Array]
    ) -> Shocks:
        """Draw shocks that are independent of each other; ``change`` makes the driver's of standard normal ones."""
        shape = (n_draws, horizon, n_regions)
        return cls(
            rng.standard_normal(shape[:2]), rng.standard_normal(shape), rng.standard_normal(shape),
            rng.standard_normal(shape), rng.standard_normal((n_draws, 2, n_regions)),
            rng.standard_normal(shape[:2]), change(rng.standard_normal(shape[:2])),
        )  # fmt: skip

    def after(self, years: int) -> Shocks:
        """Return the shocks after the first years."""
        return Shocks(**{name: value if name == "state" else value[:, years:] for name, value in vars(self).items()})


def start_of(trace: Trace, structure: Structure, data: GrowthData) -> Start:
    """Read the start from a posterior sample of a model of that structure."""
    n, regions = trace.n_draws, data.shape[0]
    zeros = np.zeros(n)
    parts = np.zeros((n, 3))
    parts[:, : trace.draws("parts").shape[1]] = trace.draws("parts")

    def of(name: str, present: bool, shape: tuple[int, ...] = (), otherwise: float = 0.0) -> Array:
        return trace.draws(name) if present else np.full((n, *shape), otherwise)

    last_step = int(np.flatnonzero(data.steps)[-1])
    known = structure.factor and data.known[last_step] > 0
    last = np.full(n, data.national[last_step]) if known else trace.draws("common_drift")
    factor_persistence = of("factor_persistence", structure.factor)
    return Start(
        state=trace.draws("state"),
        drift=of("drift", structure.drift, (regions,)) + trace.draws("common_drift")[:, None],
        loading=of("loading", structure.factor, (regions,), 1.0), variance=trace.draws("variance"), parts=parts,
        persistence=of("persistence", structure.growth), common_drift=trace.draws("common_drift"),
        factor_sd=of("factor_sd", structure.factor), factor_persistence=factor_persistence,
        last_growth=last, first_spread=np.ones(n) if known else 1.0 / np.sqrt(1.0 - factor_persistence**2),
        volatility_sd=of("volatility_sd", structure.volatility),
        last_volatility=trace.draws("volatility")[:, -1] if structure.volatility else zeros,
        driver_effect=of("driver_effect", structure.driver), exposure=data.exposure,
    )  # fmt: skip


def simulate(start: Start, shocks: Shocks, *, with_noise: bool = True) -> Array:
    """Draw one path a posterior draw.

    Parameters
    ----------
    start : draws at the last year with figures.
    shocks : of every year after it.
    with_noise : add the noise of a published figure.

    Returns
    -------
    (D, N, H) on the model's scale, counted from its base.
    """
    own_growth, level = _state(start, shocks.state)
    horizon = shocks.national.shape[1]
    paths = np.empty((start.n_draws, start.n_regions, horizon))
    rho = start.persistence[:, None]
    innovation_sd = np.sqrt(start.parts[:, 1:2] * start.variance)
    growth_sd = np.sqrt(start.parts[:, 2:3] * start.variance)
    noise_sd = np.sqrt(start.parts[:, 0:1] * start.variance)
    swing = start.last_growth - start.common_drift
    log_factor = start.last_volatility
    for h in range(horizon):
        common_shock = stdtrit(FACTOR_DF, ndtr(shocks.national[:, h]))
        spread = start.first_spread if h == 0 else 1.0
        swing = start.factor_persistence * swing + spread * start.factor_sd * common_shock
        log_factor = VOLATILITY_PERSISTENCE * log_factor + np.sqrt(1.0 - VOLATILITY_PERSISTENCE**2) * (
            start.volatility_sd * shocks.volatility[:, h]
        )
        wider = np.exp(0.5 * log_factor)[:, None]
        own_growth = rho * own_growth + wider * growth_sd * shocks.growth[:, h]
        moved = start.drift + start.loading * swing[:, None] + own_growth
        moved += (start.driver_effect * shocks.driver[:, h])[:, None] * start.exposure
        level = level + moved + wider * innovation_sd * shocks.level[:, h]
        paths[:, :, h] = level + wider * noise_sd * shocks.noise[:, h] if with_noise else level
    return paths


def _state(start: Start, z: Array) -> tuple[Array, Array]:
    """Draw own growth and level (D, N) from the filter's normal at the origin."""
    level, growth, v_level, cov, v_growth = (start.state[:, k] for k in range(5))
    slope = np.divide(cov, v_level, out=np.zeros_like(cov), where=v_level > 0)
    rest = np.sqrt(np.maximum(v_growth - slope * cov, 0.0))
    return growth + slope * np.sqrt(v_level) * z[:, 0] + rest * z[:, 1], level + np.sqrt(v_level) * z[:, 0]
