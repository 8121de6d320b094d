"""Have simulated paths the moments of the model written out by hand, at every horizon and across regions?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from growth_world import (
    Parameters,
    drawn_parameters,
    filter_arguments,
    joint_normal,
    layout,
    with_figures,
    with_national,
)

from regional_econ.bayes.growth_model import FACTOR_DF, VOLATILITY_PERSISTENCE, GrowthData, Structure
from regional_econ.bayes.kalman import level_growth
from regional_econ.bayes.trace import Trace
from regional_econ.forecasting.choice import load_choice
from regional_econ.forecasting.simulate import Shocks, Start, simulate, start_of

STRUCTURES = {
    "chosen": load_choice().structure,
    "everything": Structure(drift=True, growth=True, factor=True, volatility=True, driver=True),
    "nothing": Structure(drift=False, growth=False, factor=False, volatility=False, driver=False),
}
D, H, N, S = 40_000, 5, 2, 22
DRIVER_SD = 0.3


def change(z: np.ndarray) -> np.ndarray:
    """A driver whose yearly change is normal."""
    return DRIVER_SD * z


def world(structure: Structure, *, last_known: bool = True) -> tuple[Parameters, GrowthData]:
    """A small panel with figures, its parameters such that every part of the model weighs."""
    rng = np.random.default_rng(21)
    data = replace(layout(N, S), exposure=np.array([0.1, 0.6]), driver=rng.normal(0.0, DRIVER_SD, S))
    if not last_known:
        data = replace(data, known=np.where(np.arange(S) < S - 1, data.known, 0.0))
    given = drawn_parameters(rng, data, structure)
    given = replace(
        given, log_sd=np.array([-0.3, 0.4]), common_drift=0.3, parts=np.array([0.2, 0.5, 0.3]) if structure.growth
        else np.array([0.3, 0.7, 0.0]), persistence=0.6 * structure.growth, factor_sd=0.5 * structure.factor,
        factor_persistence=0.7 * structure.factor, volatility_sd=0.4 * structure.volatility,
        driver_effect=0.9 * structure.driver,
    )  # fmt: skip
    data = with_national(rng, given, data)
    return given, with_figures(rng, given, data)[0]


def started(given: Parameters, data: GrowthData, structure: Structure, n_draws: int = D) -> Start:
    """Read the start from a trace that has these parameters in every draw."""
    state = level_growth(*filter_arguments(given, data))[1]
    kept = {
        "state": state, "variance": given.variance, "parts": given.parts[: 3 if structure.growth else 2],
        "common_drift": given.common_drift,
    }  # fmt: skip
    if structure.drift:
        kept |= {"drift": given.drift}
    if structure.growth:
        kept |= {"persistence": given.persistence}
    if structure.factor:
        kept |= {"loading": given.loading, "factor_sd": given.factor_sd}
        kept |= {"factor_persistence": given.factor_persistence}
    if structure.volatility:
        kept |= {"volatility": given.volatility, "volatility_sd": given.volatility_sd}
    if structure.driver:
        kept |= {"driver_effect": given.driver_effect}
    posterior = {name: np.broadcast_to(value, (1, n_draws, *np.shape(value))) for name, value in kept.items()}
    flat = np.zeros((1, n_draws))
    return start_of(Trace(posterior, flat > 0, flat, flat, 0), structure, data)


def written_out(given: Parameters, data: GrowthData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (N · H) and covariance of future levels, and variance of their noise, by conditioning one joint normal.

    Past and future figures of a region are jointly normal; the national growth, its shocks common to all regions, and
    the driver are added as sums over their own shocks.
    """
    ahead = np.arange(1, H + 1)
    keep = np.sqrt(1.0 - VOLATILITY_PERSISTENCE**2) * given.volatility_sd
    spread = np.array([np.sum(keep**2 * VOLATILITY_PERSISTENCE ** (2.0 * np.arange(h))) for h in ahead])
    # E exp(x) of a normal x, as a log
    future = VOLATILITY_PERSISTENCE**ahead * given.volatility[-1] + spread / 2.0

    def longer(values: np.ndarray, fill: float = 0.0) -> np.ndarray:
        return np.concatenate([values, np.full((*values.shape[:-1], H), fill)], axis=-1)

    extended = replace(
        data, observed=longer(data.observed), weight=longer(data.weight), steps=longer(data.steps, 1.0),
        national=longer(data.national), known=longer(data.known), breaks=longer(data.breaks),
        driver=longer(data.driver),
    )  # fmt: skip
    point = replace(given, volatility=np.concatenate([given.volatility, future]))
    mean, covariance, noise = np.zeros((N, H)), np.zeros((N, H, N, H)), np.zeros((N, H))
    for i in range(N):
        m, C, r = joint_normal(point, extended, i)
        seen, later = np.flatnonzero(extended.weight[i]), np.arange(S, S + H)
        gain = np.linalg.solve((C + np.diag(r))[np.ix_(seen, seen)], C[np.ix_(seen, later)]).T
        mean[i] = m[later] + gain @ (data.observed[i, seen] - m[seen])
        covariance[i, :, i] = C[np.ix_(later, later)] - gain @ C[np.ix_(seen, later)]
        noise[i] = r[later]
    swing = (data.national[-1] - given.common_drift) * data.known[-1]
    phi = given.factor_persistence
    mean += given.loading[:, None] * np.cumsum(phi**ahead) * swing
    # the level h years ahead has met shock j for h − j + 1 years
    met = np.array([[np.sum(phi ** np.arange(h - j + 1)) if j <= h else 0.0 for j in ahead] for h in ahead])
    # an unknown last growth leaves the first swing its stationary variance
    first = np.where((ahead == 1) & (data.known[-1] == 0), 1.0 / (1.0 - phi**2), 1.0)
    common = given.factor_sd**2 * FACTOR_DF / (FACTOR_DF - 2.0) * (met * first) @ met.T
    pushed = (given.driver_effect * DRIVER_SD) ** 2 * np.minimum.outer(ahead, ahead)
    for i in range(N):
        for j in range(N):
            covariance[i, :, j] += given.loading[i] * given.loading[j] * common
            covariance[i, :, j] += data.exposure[i] * data.exposure[j] * pushed
    return mean.ravel(), covariance.reshape(N * H, N * H), noise.ravel()


@pytest.mark.parametrize(("name", "last_known"), [*((name, True) for name in STRUCTURES), ("chosen", False)])
def test_moments_equal_the_joint_normal_of_past_and_future(name: str, last_known: bool) -> None:
    structure = STRUCTURES[name]
    given, data = world(structure, last_known=last_known)
    mean, covariance, noise = written_out(given, data)
    shocks = Shocks.independent(D, H, N, np.random.default_rng(7), change)
    paths = simulate(started(given, data, structure), shocks).reshape(D, -1)
    # five Monte Carlo errors of every mean, and of every covariance by the spread of its own products
    found = paths.mean(axis=0)
    np.testing.assert_array_less(np.abs(found - mean), 5.0 * np.sqrt((np.diag(covariance) + noise) / D))
    centred = paths - mean
    wanted = covariance + np.diag(noise)
    for a in range(N * H):
        products = centred[:, [a]] * centred
        np.testing.assert_array_less(np.abs(products.mean(axis=0) - wanted[a]), 5.0 * products.std(axis=0) / np.sqrt(D))


@pytest.mark.parametrize("name", ["chosen", "everything"])
def test_an_unknown_last_growth_starts_from_the_mean(name: str) -> None:
    """A break that no year bridges hides the national growth of its year: its mean stands in."""
    given, data = world(STRUCTURES[name], last_known=False)
    start = started(given, data, STRUCTURES[name], 3)
    assert start.last_growth.tolist() == [given.common_drift] * 3
    mean = written_out(given, data)[0].reshape(N, H)
    still = Shocks(*(np.zeros((3, *shape)) for shape in ((H,), (H, N), (H, N), (H, N), (2, N), (H,), (H,))))
    # without shocks every path is the mean
    np.testing.assert_allclose(simulate(start, still)[0], mean, rtol=1e-8, atol=1e-8)


def test_noise_is_added_to_the_levels_and_to_nothing_else() -> None:
    structure = STRUCTURES["chosen"]
    given, data = world(structure)
    start = started(given, data, structure, 50)
    shocks = Shocks.independent(50, H, N, np.random.default_rng(8), change)
    added = simulate(start, shocks) - simulate(start, shocks, with_noise=False)
    expected = np.sqrt(given.parts[0] * given.variance) * shocks.noise
    np.testing.assert_allclose(added, np.moveaxis(expected, 1, 2), atol=1e-12)


def test_shocks_after_some_years_are_those_of_the_years_left() -> None:
    structure = STRUCTURES["everything"]
    given, data = world(structure)
    start = started(given, data, structure, 50)
    shocks = Shocks.independent(50, H, N, np.random.default_rng(9), change)
    later = shocks.after(2)
    assert simulate(start, later).shape == (50, N, H - 2)
    for name in ("national", "level", "growth", "noise", "volatility", "driver"):
        np.testing.assert_array_equal(getattr(later, name), getattr(shocks, name)[:, 2:])
    np.testing.assert_array_equal(later.state, shocks.state)
    # a shorter horizon is the beginning of a longer one
    first = replace(shocks, **{name: value[:, :2] for name, value in vars(shocks).items() if name != "state"})
    np.testing.assert_array_equal(simulate(start, first), simulate(start, shocks)[:, :, :2])


def test_draws_are_picked_by_row() -> None:
    structure = STRUCTURES["everything"]
    start = started(*world(structure), structure, 4)
    numbered = replace(start, persistence=np.array([0.1, 0.2, 0.3, 0.4]))
    picked = numbered.pick(np.array([3, 0, 0]))
    assert picked.persistence.tolist() == [0.4, 0.1, 0.1]
    assert (picked.n_draws, picked.n_regions) == (3, N)
    np.testing.assert_array_equal(picked.exposure, start.exposure)
