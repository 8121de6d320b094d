"""The filter's likelihood is the multivariate normal density, and its gradient is that of central differences."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from regional_econ.bayes.kalman import level_growth, one_step_errors

N, T, K = 35, 7, 2  # more units than are filtered side by side
FREE = ("loadings", "factors", "noise", "innovation", "shock", "yearly", "extra", "persistence")
VARIANCES = ("noise", "innovation", "shock", "first_variance", "extra")
Given = dict[str, np.ndarray]

compiled = numba.njit(error_model="numpy")(level_growth)


@pytest.fixture
def given() -> Given:
    rng = np.random.default_rng(20221231)
    weight = (rng.random((T, N)) < 0.7).astype(float)
    weight[:2, 1] = 0.0  # a late start
    weight[:, 2] = 0.0  # no figure at all
    steps = np.ones(T)
    steps[4] = 0.0  # the second measurement of a year
    return {
        "weight": weight, "observed": rng.normal(size=(T, N)).cumsum(axis=0), "steps": steps,
        "first_variance": rng.uniform(1.0, 9.0, N), "loadings": rng.normal(size=(K, N)),
        "factors": rng.normal(size=(K, T)), **{name: 0.3 + rng.random(N) for name in ("noise", "innovation", "shock")},
        "yearly": 0.5 + rng.random(T), "extra": np.where(np.arange(T) % 4 == 0, 0.3, 0.0),
        "persistence": rng.uniform(-0.5, 0.9, N),
    }  # fmt: skip


def tables(given: Given) -> Given:
    """Figures, moves and variances of every unit and step (N, T)."""
    own = {name: given[name][:, None] * given["yearly"] for name in ("noise", "innovation", "shock")}
    own["innovation"] = own["innovation"] * given["steps"] + given["extra"]
    across = {name: given[name].T for name in ("weight", "observed")}
    return {**across, "move": given["loadings"].T @ given["factors"], **own}


def joint(given: Given, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean (T,) and covariance (T, T) of a unit's figures, from the recursions written as one linear map of shocks."""
    whole = tables(given)
    rho, z = given["persistence"][i], whole["shock"][i]
    first = int(whole["weight"][i].argmax())
    # sources: first level, first growth, T shocks of growth, T innovations of the level
    begin = [given["first_variance"][i], z[first] / (1 - rho**2)]
    sources = np.concatenate([begin, z, whole["innovation"][i]])
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
            mean += whole["move"][i, t]
        rows.append(level)
        means.append(mean)
    loadings = np.array(rows)
    return np.array(means), loadings @ np.diag(sources) @ loadings.T + np.diag(whole["noise"][i])


def test_the_likelihood_is_the_multivariate_normal_one(given: Given) -> None:
    expected = 0.0
    for i in range(N):
        mean, covariance = joint(given, i)
        seen = given["weight"][:, i] > 0
        if seen.any():
            law = multivariate_normal(mean[seen], covariance[np.ix_(seen, seen)])
            expected += law.logpdf(given["observed"][seen, i])
    for filtered in (level_growth, compiled):
        assert float(filtered(*given.values())[0]) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("power", [30, -30])
def test_figures_of_wild_scale_keep_their_likelihood(given: Given, power: int) -> None:
    """The product of variances leaves the numbers' range, unless its log is taken on the way."""
    powers = {"observed": power, "loadings": power} | dict.fromkeys(VARIANCES, 2 * power)
    wild = {name: 10.0 ** powers.get(name, 0) * values for name, values in given.items()}
    expected = float(compiled(*given.values())[0]) - given["weight"].sum() * power * np.log(10.0)
    assert float(compiled(*wild.values())[0]) == pytest.approx(expected, rel=1e-12)


def test_the_last_state_is_the_conditional_normal_one(given: Given) -> None:
    given["steps"][-1] = 1.0
    last = level_growth(**given)[1]
    for i in range(N):
        mean, covariance = joint(given, i)
        seen = given["weight"][:, i] > 0
        level = covariance - np.diag(tables(given)["noise"][i])
        gain = level[-1, seen] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
        assert last[0, i] == pytest.approx(mean[-1] + gain @ (given["observed"][seen, i] - mean[seen]), abs=1e-10)
        assert last[2, i] == pytest.approx(level[-1, -1] - gain @ level[seen, -1], abs=1e-10)


def test_the_one_step_errors_are_those_of_the_conditional_normal(given: Given) -> None:
    given["first_variance"] = np.full(N, 4.0)
    errors = one_step_errors(
        **tables(given), steps=given["steps"], persistence=given["persistence"], first_variance=4.0
    )
    for i in range(N):
        mean, covariance = joint(given, i)
        seen = np.flatnonzero(given["weight"][:, i] > 0)
        root = np.linalg.cholesky(covariance[np.ix_(seen, seen)])
        expected = np.linalg.solve(root, given["observed"][seen, i] - mean[seen])
        assert errors[i, seen] == pytest.approx(expected, abs=1e-10)
        assert np.isnan(errors[i, given["weight"][:, i] == 0]).all()


@pytest.mark.parametrize("name", FREE)
def test_the_gradient_is_that_of_central_differences(given: Given, name: str) -> None:
    found = compiled(*given.values())[2 + FREE.index(name)]
    for place in np.ndindex(found.shape):
        ends = []
        for sign in (1.0, -1.0):
            moved = given[name].copy()
            moved[place] += sign * 1e-5
            ends.append(float(compiled(*{**given, name: moved}.values())[0]))
        assert found[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-7), place


OLDER = """
import sys
import numba, numpy as np
from regional_econ.bayes.kalman import level_growth
given = np.load(sys.argv[1])
found = numba.njit(error_model="numpy")(level_growth)(*(given[name] for name in given.files))
np.savez(sys.argv[2], *found)
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the setting names an x86 processor")
def test_instructions_of_an_older_processor_give_the_same_bytes(given: Given, tmp_path: Path) -> None:
    np.savez(tmp_path / "given.npz", **given)
    command = [sys.executable, "-c", OLDER, str(tmp_path / "given.npz"), str(tmp_path / "found.npz")]
    subprocess.run(command, check=True, env={**os.environ, "NUMBA_CPU_NAME": "core2"})
    older = np.load(tmp_path / "found.npz")
    for one, two in zip(compiled(*given.values()), (older[name] for name in older.files), strict=True):
        assert np.asarray(one).tobytes() == two.tobytes()
