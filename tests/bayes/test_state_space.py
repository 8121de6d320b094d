"""Is the filter's likelihood the normal density it stands for, and does the model find a break that was put in?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.stats import multivariate_normal

from regional_econ.bayes.sampling import sample
from regional_econ.bayes.state_space import SHARE_AFTER, SHARE_BEFORE, VOLUME, StateSpaceData, build_model, kalman
from regional_econ.bayes.trace import SamplerSettings

N, T = 16, 24
BRIDGED, UNBRIDGED, FIRST_SHARE = 15, 17, 6
SHIFTS = (0.6, -0.3)


def years(*ones: int) -> np.ndarray:
    flags = np.zeros(T)
    flags[list(ones)] = 1.0
    return flags


def world(seed: int, n: int = N) -> StateSpaceData:
    """Simulate a panel with a bridged and an unbridged break; some cells are missing."""
    rng = np.random.default_rng(seed)
    path = np.cumsum(rng.normal([[0.0], [0.4]], [[0.08], [0.5]], (2, T)), axis=1)
    state = np.cumsum(rng.normal(0.0, [[[0.2]], [[0.6]]], (2, n, T)), axis=2) + np.array([-2.5, 0.0])[:, None, None]
    share, volume = state + path[:, None, :]
    shift = rng.normal(np.array(SHIFTS)[:, None], 0.15, (2, n))
    observed = np.zeros((3, n, T))
    observed[SHARE_BEFORE] = share
    observed[SHARE_AFTER] = share + shift[0][:, None] + shift[1][:, None] * (np.arange(T) >= UNBRIDGED)
    observed[:2] += rng.normal(0.0, 0.1, (2, n, T))
    observed[VOLUME] = volume + rng.normal(0.0, 0.05, (n, T))
    weight = np.ones_like(observed)
    weight[SHARE_BEFORE, :, :FIRST_SHARE] = weight[SHARE_BEFORE, :, BRIDGED + 1 :] = 0
    weight[SHARE_AFTER, :, :BRIDGED] = 0
    weight[:, 0, 9:11] = 0
    return StateSpaceData(observed * weight, weight, years(BRIDGED), years(UNBRIDGED), years(T - 1))


def dense_density(data: StateSpaceData, i: int, given: dict[str, np.ndarray], path: np.ndarray) -> float:
    """Density of region i's figures from the mean and covariance of its whole state history."""
    moves = np.arange(T)
    mean = np.stack([-2.5 + moves * given["drift"][0, i], moves * given["drift"][1, i]])
    q = given["innovation"][:, i]
    cross = given["correlation"] * np.sqrt(q[0] * q[1])
    shared = np.minimum.outer(moves, moves)
    cells = [(s, t) for s in range(3) for t in range(T) if data.weight[s, i, t]]

    def shift_part(s: int, t: int) -> np.ndarray:
        return np.array([s == SHARE_AFTER, s != VOLUME and t >= UNBRIDGED], dtype=float)

    m, C = np.zeros(len(cells)), np.zeros((len(cells), len(cells)))
    for a, (s, t) in enumerate(cells):
        k = 1 if s == VOLUME else 0
        m[a] = mean[k, t] + given["loading"][k, i] * path[k, t] + shift_part(s, t) @ given["shift_mean"]
        for b, (s2, t2) in enumerate(cells):
            k2 = 1 if s2 == VOLUME else 0
            start = (4.0, 100.0)[k] if k == k2 else 0.0
            C[a, b] = start + shared[t, t2] * (q[k] if k == k2 else cross)
            C[a, b] += (shift_part(s, t) * given["shift_variance"]) @ shift_part(s2, t2)
            C[a, b] += given["noise"][k, i] * (a == b)
    y = np.array([data.observed[s, i, t] for s, t in cells])
    return float(multivariate_normal(m, C).logpdf(y))


def parameters(n: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rng = np.random.default_rng(4)
    given = {
        "noise": rng.uniform(0.01, 0.1, (2, n)), "innovation": rng.uniform(0.02, 0.5, (2, n)),
        "drift": rng.normal(0, 0.1, (2, n)), "loading": rng.normal(1, 0.3, (2, n)), "correlation": np.array(0.4),
        "shift_mean": np.array(SHIFTS), "shift_variance": np.array([0.04, 0.09]),
    }  # fmt: skip
    return given, np.cumsum(rng.normal(size=(2, T)), axis=1)


def filtered(data: StateSpaceData, given: dict[str, np.ndarray], path: np.ndarray) -> tuple[np.ndarray, ...]:
    """Pointwise log likelihood, mean and covariance of the filter at given parameters."""

    def pair(values: np.ndarray) -> list:
        return [pt.as_tensor(values[k]) for k in (0, 1)]

    m, v = given["shift_mean"], given["shift_variance"]
    outcome = kalman(
        {name: pt.as_tensor(values) for name, values in data.arrays().items()},
        noise=pair(given["noise"]), innovation=pair(given["innovation"]), drift=pair(given["drift"]),
        loading=pair(given["loading"]), path=pair(path),
        shifts=[pt.as_tensor(x) for x in (m[0], v[0], m[1], v[1])], correlation=pt.as_tensor(given["correlation"]),
    )  # fmt: skip
    wanted = [outcome.parts, outcome.mean, outcome.covariance]
    return tuple(pytensor.function([], wanted, mode="FAST_COMPILE")())


def test_kalman_likelihood_is_the_multivariate_normal_density() -> None:
    data, n = world(3, n=3), 3
    given, path = parameters(n)
    pointwise, _, covariance = filtered(data, given, path)
    assert pointwise.shape == (T, 3, n)
    assert np.all(pointwise[data.weight.transpose(2, 0, 1) == 0] == 0)
    expected = [dense_density(data, i, given, path) for i in range(n)]
    # two orders of summation of about 60 terms in double precision
    np.testing.assert_allclose(pointwise.sum(axis=(0, 1)), expected, rtol=0, atol=1e-8)
    assert np.all(covariance[0] * covariance[2] > covariance[1] ** 2)


@pytest.mark.parametrize("origin", [10, 18])
def test_figures_after_the_origin_move_nothing(origin: int) -> None:
    data = world(6, n=2)
    given, path = parameters(2)
    weight, found = data.weight.copy(), []
    weight[:, :, origin + 1 :] = 0
    for planted in (0.0, 50.0):
        observed = data.observed.copy()
        observed[:, :, origin + 1 :] = planted
        found.append(filtered(replace(data, observed=observed, weight=weight, origin=years(origin)), given, path))
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_log_likelihood_is_kept_on_demand() -> None:
    kept = {variable.name for variable in build_model(2, T, store_log_lik=True).deterministics}
    assert "log_lik" in kept
    assert "log_lik" not in {variable.name for variable in build_model(2, T).deterministics}


def test_injected_breaks_are_recovered() -> None:
    trace = sample(world(11), seed=5, settings=SamplerSettings(draws=250, tune=350))
    assert not trace.divergent.any()
    for name, truth in zip(("shift_bridged", "shift_unbridged"), SHIFTS, strict=True):
        low, high = np.quantile(trace.draws(name), (0.025, 0.975))
        assert low < truth < high, name
        # the bridged shift is tied by the overlap, the other one is not: with 16 regions their sds are about
        # 0.15/√16 and the sd of a common shock
        assert trace.draws(name).std() < (0.12 if name == "shift_bridged" else 0.4)
    hidden = trace.draws("state_mean")
    assert hidden.shape == (1000, 2, N)
