"""The filter's likelihood is the multivariate normal density, and its gradient is that of central differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from regional_econ.bayes.kalman import level_growth, one_step_errors

N, T = 3, 7
FREE = ("observed", "move", "noise", "innovation", "shock", "persistence")
Given = dict[str, np.ndarray]


@pytest.fixture
def given() -> Given:
    rng = np.random.default_rng(20221231)
    weight = (rng.random((N, T)) < 0.7).astype(float)
    weight[1, :2] = 0.0
    steps = np.ones(T)
    steps[4] = 0.0  # the second measurement of a year
    positive = {name: 0.3 + rng.random((N, T)) for name in ("noise", "innovation", "shock")}
    return {
        "weight": weight, "steps": steps, "first_variance": np.array([1.0, 4.0, 9.0]),
        "observed": rng.normal(size=(N, T)).cumsum(axis=1), "move": rng.normal(size=(N, T)), **positive,
        "persistence": np.array([-0.4, 0.0, 0.8]),
    }  # fmt: skip


def joint(given: Given, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean (T,) and covariance (T, T) of a unit's figures, from the recursions written as one linear map of shocks."""
    rho, z = given["persistence"][i], given["shock"][i]
    first = int(given["weight"][i].argmax())
    # sources: first level, first growth, T shocks of growth, T innovations of the level
    begin = [given["first_variance"][i], z[first] / (1 - rho**2)]
    sources = np.concatenate([begin, z, given["innovation"][i]])
    growth, level, mean = np.zeros(2 + 2 * T), np.zeros(2 + 2 * T), 0.0
    level[0], growth[1] = 1.0, 1.0
    rows, means = [], []
    for t in range(T):
        if t >= first:
            if given["steps"][t] > 0:
                growth = rho * growth
                growth[2 + t] += 1.0
                level = level + growth
            level = level.copy()
            level[2 + T + t] += 1.0
            mean += given["move"][i, t]
        rows.append(level)
        means.append(mean)
    loadings = np.array(rows)
    return np.array(means), loadings @ np.diag(sources) @ loadings.T + np.diag(given["noise"][i])


def test_the_likelihood_is_the_multivariate_normal_one(given: Given) -> None:
    expected = 0.0
    for i in range(N):
        mean, covariance = joint(given, i)
        seen = given["weight"][i] > 0
        expected += multivariate_normal.logpdf(given["observed"][i, seen], mean[seen], covariance[np.ix_(seen, seen)])
    assert float(level_growth(**given)[0]) == pytest.approx(expected, abs=1e-10)


def test_the_last_state_is_the_conditional_normal_one(given: Given) -> None:
    given["steps"][-1] = 1.0
    last = level_growth(**given)[1]
    for i in range(N):
        mean, covariance = joint(given, i)
        seen = given["weight"][i] > 0
        level = covariance - np.diag(given["noise"][i])
        gain = level[-1, seen] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
        assert last[0, i] == pytest.approx(mean[-1] + gain @ (given["observed"][i, seen] - mean[seen]), abs=1e-10)
        assert last[2, i] == pytest.approx(level[-1, -1] - gain @ level[seen, -1], abs=1e-10)


def test_the_one_step_errors_are_those_of_the_conditional_normal(given: Given) -> None:
    given["first_variance"] = np.full(N, 4.0)
    free = {name: given[name] for name in ("weight", "steps", *FREE)}
    errors = one_step_errors(**free, first_variance=4.0)
    for i in range(N):
        mean, covariance = joint(given, i)
        seen = np.flatnonzero(given["weight"][i] > 0)
        root = np.linalg.cholesky(covariance[np.ix_(seen, seen)])
        expected = np.linalg.solve(root, given["observed"][i, seen] - mean[seen])
        assert errors[i, seen] == pytest.approx(expected, abs=1e-10)
        assert np.isnan(errors[i, given["weight"][i] == 0]).all()


@pytest.mark.parametrize("name", FREE)
def test_the_gradient_is_that_of_central_differences(given: Given, name: str) -> None:
    found = level_growth(**given)[2 + FREE.index(name)]
    for place in np.ndindex(found.shape):
        ends = []
        for sign in (1.0, -1.0):
            moved = given[name].copy()
            moved[place] += sign * 1e-5
            ends.append(float(level_growth(**{**given, name: moved})[0]))
        assert found[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-7), place
