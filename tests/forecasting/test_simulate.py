"""Do simulated paths have the mean and variance of the written-out recursion at every horizon?"""

from __future__ import annotations

import numpy as np
import pytest

from regional_econ.bayes.state_space import FACTOR_DF
from regional_econ.forecasting.simulate import Start, simulate

S, H = 60_000, 6
MEAN, COVARIANCE = np.array([-2.4, 3.0]), np.array([0.05, 0.02, 0.3])
NOISE, INNOVATION = np.array([0.2, 0.1]), np.array([0.25, 0.7])
DRIFT, LOADING = np.array([0.02, -0.1]), np.array([1.3, 0.6])
NATIONAL, PERSISTENCE = np.array([-0.01, 0.4]), np.array([0.0, 0.6])
SHOCK, LAST = np.array([0.07, 0.5]), np.array([0.1, 1.5])
CORRELATION = -0.35


def start() -> Start:
    def each(values: np.ndarray) -> np.ndarray:
        return np.broadcast_to(values, (S, len(values))).copy()

    def region(values: np.ndarray) -> np.ndarray:
        return each(values)[:, :, None]

    return Start(
        region(MEAN), region(COVARIANCE), region(NOISE), region(INNOVATION), region(DRIFT), region(LOADING),
        np.full(S, CORRELATION), each(NATIONAL), each(PERSISTENCE), each(SHOCK), each(LAST),
    )  # fmt: skip


def written_out(k: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance at horizons 0 … H as sums over all shocks, each with its own weight."""
    means, variances = [], []
    shock_variance = SHOCK[k] ** 2 * FACTOR_DF / (FACTOR_DF - 2)
    for h in range(H + 1):
        steps = h + lag
        swings = [PERSISTENCE[k] ** j * (LAST[k] - NATIONAL[k]) for j in range(1, steps + 1)]
        means.append(MEAN[k] + h * DRIFT[k] + LOADING[k] * sum(swings))
        weights = [sum(PERSISTENCE[k] ** (j - i) for j in range(i, steps + 1)) for i in range(1, steps + 1)]
        common = LOADING[k] ** 2 * shock_variance * sum(w**2 for w in weights)
        variances.append(COVARIANCE[2 * k] + h * INNOVATION[k] ** 2 + common + NOISE[k] ** 2)
    return np.array(means), np.array(variances)


@pytest.mark.parametrize("lag", [(0, 0), (1, 0), (0, 1)])
def test_moments_equal_the_written_out_recursion(lag: tuple[int, int]) -> None:
    paths = simulate(start(), horizon=H, lag=lag, rng=np.random.default_rng(7))[:, :, 0]
    for k in (0, 1):
        mean, variance = written_out(k, lag[k])
        error = np.sqrt(variance / S)
        # five Monte Carlo errors
        assert np.all(np.abs(paths[:, k].mean(axis=0) - mean) < 5 * error)
        # the variance of a variance is 2/S, more for the t₅ part: kurtosis 9 gives at most 8/S
        np.testing.assert_allclose(paths[:, k].var(axis=0), variance, rtol=5 * np.sqrt(8 / S))


def test_indicators_move_together_as_they_should() -> None:
    paths = simulate(start(), horizon=H, lag=(0, 0), rng=np.random.default_rng(8))[:, :, 0]
    for h in (0, H):
        expected = COVARIANCE[1] + h * CORRELATION * INNOVATION[0] * INNOVATION[1]
        sds = [np.sqrt(written_out(k, 0)[1][h]) for k in (0, 1)]
        # the covariance of S pairs has a standard error of at most √2 · product of sds / √S
        error = 1.5 * np.prod(sds) / np.sqrt(S)
        assert np.cov(paths[:, 0, h], paths[:, 1, h])[0, 1] == pytest.approx(expected, abs=5 * error)


def test_without_noise_the_level_is_left() -> None:
    quiet = simulate(start(), horizon=H, lag=(0, 0), rng=np.random.default_rng(9), with_noise=False)[:, :, 0]
    for k in (0, 1):
        variance = written_out(k, 0)[1] - NOISE[k] ** 2
        np.testing.assert_allclose(quiet[:, k].var(axis=0), variance, rtol=5 * np.sqrt(8 / S))
