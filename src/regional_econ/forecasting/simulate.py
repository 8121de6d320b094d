"""Where may the regions go from here? Paths drawn forward from the state at the origin, one for each posterior draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.bayes.state_space import FACTOR_DF, INDICATORS
from regional_econ.bayes.trace import Array, Trace


@dataclass(frozen=True)
class Start:
    """Draws of everything that moves the future; S draws, two indicators, N regions.

    Parameters
    ----------
    mean : (S, 2, N), filtered level at the origin, with the common path.
    covariance : (S, 3, N), variance of the share, covariance, variance of the volume.
    noise_sd, innovation_sd, drift, loading : (S, 2, N); the drift holds the national one.
    correlation : (S,), between the two innovations of a region.
    national_drift, persistence, factor_sd, last_growth : (S, 2) of the common path; ``last_growth`` is that of the
        indicator's last year with figures.
    """

    mean: Array
    covariance: Array
    noise_sd: Array
    innovation_sd: Array
    drift: Array
    loading: Array
    correlation: Array
    national_drift: Array
    persistence: Array
    factor_sd: Array
    last_growth: Array

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.correlation)

    def pick(self, rows: NDArray[np.int64]) -> Start:
        """Return the draws of some rows, repeated where a row is named twice."""
        return Start(**{name: values[rows] for name, values in vars(self).items()})


def start_of(trace: Trace, last_growth: tuple[int, int]) -> Start:
    """Read the start from a posterior sample.

    Parameters
    ----------
    trace : of the state-space model.
    last_growth : position among the years' growths of each indicator's last year with figures.
    """
    split = _both(trace, "split")[:, :, None]
    variance = _both(trace, "variance")
    persistence = np.zeros((trace.n_draws, 2))
    persistence[:, 1] = trace.draws("persistence_volume")
    growth = [trace.draws(f"growth_{name}")[:, last_growth[k]] for k, name in enumerate(INDICATORS)]
    return Start(
        mean=trace.draws("state_mean"),
        covariance=trace.draws("state_covariance"),
        noise_sd=np.sqrt((1.0 - split) * variance),
        innovation_sd=np.sqrt(split * variance),
        drift=_both(trace, "national_drift")[:, :, None] + _both(trace, "drift"),
        loading=_both(trace, "loading"),
        correlation=trace.draws("correlation"),
        national_drift=_both(trace, "national_drift"),
        persistence=persistence,
        factor_sd=_both(trace, "factor_sd"),
        last_growth=np.stack(growth, axis=1),
    )


def simulate(
    start: Start, *, horizon: int, lag: tuple[int, int], rng: np.random.Generator, with_noise: bool = True
) -> Array:
    """Draw one path a posterior draw.

    Parameters
    ----------
    start : draws at the origin.
    horizon : years after the origin.
    lag : by indicator, how many years before the origin its figures end (0 or 1); with 1 the origin's own common shock
        is still to be drawn.
    rng : random stream.
    with_noise : add the measurement noise of a published figure.

    Returns
    -------
    (S, 2, N, horizon + 1) on the model's scale, first the origin's year itself.
    """
    shape = start.mean.shape
    level = start.mean + _pair(start.covariance, rng.standard_normal(shape))
    cross = start.correlation[:, None] * start.innovation_sd[:, 0] * start.innovation_sd[:, 1]
    variance = np.stack([start.innovation_sd[:, 0] ** 2, cross, start.innovation_sd[:, 1] ** 2], axis=1)
    growth = start.last_growth
    paths = np.empty((*shape, horizon + 1))
    for step in range(horizon + 1):
        moves = np.array([step > 0 or lag[0] > 0, step > 0 or lag[1] > 0])
        shock = start.factor_sd * rng.standard_t(FACTOR_DF, size=growth.shape)
        moved = start.national_drift + start.persistence * (growth - start.national_drift) + shock
        growth = np.where(moves, moved, growth)
        level = level + start.loading * (moves * (growth - start.national_drift))[:, :, None]
        if step:
            level = level + start.drift + _pair(variance, rng.standard_normal(shape))
        noise = start.noise_sd * rng.standard_normal(shape)
        paths[..., step] = level + noise if with_noise else level
    return paths


def _both(trace: Trace, name: str) -> Array:
    return np.stack([trace.draws(f"{name}_{indicator}") for indicator in INDICATORS], axis=1)


def _pair(covariance: Array, z: Array) -> Array:
    """Give independent standard normals (S, 2, N) the covariance (S, 3, N) of a pair."""
    sd = np.sqrt(covariance[:, 0])
    slope = covariance[:, 1] / sd
    rest = np.sqrt(np.maximum(covariance[:, 2] - slope**2, 0.0))
    return np.stack([sd * z[:, 0], slope * z[:, 0] + rest * z[:, 1]], axis=1)
