"""Honest bounds against linear programmes, closed forms, Monte Carlo coverage, and moderndid on the county example."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.causal.honest import honest, relative_set, smooth_set
from regional_econ.causal.trend_intervals import (
    moments,
    reach,
    relative_interval,
    second_differences,
    smooth_interval,
    steps_before,
    vertices,
)

WEIGHTS = {"first": [1.0, 0, 0, 0], "mean": [0.25] * 4}


@pytest.fixture(scope="module")
def peer(root: Path) -> dict[str, Any]:
    entries = json.loads((root / "tests" / "oracles" / "causal_events.json").read_text(encoding="utf-8"))
    entry: dict[str, Any] = next(entry for entry in entries if entry["id"] == "mpdta_honest")
    return entry


def covariance(n: int, seed: int) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(n, n + 3))
    return root @ root.T / n


def cases(prefix: str) -> list[tuple[str, float]]:
    grid = (0.0, 0.01, 0.02, 0.05) if prefix == "sd" else (0.0, 0.5, 1.0, 2.0)
    return [(which, m) for which in WEIGHTS for m in grid]


def peer_case(peer: dict[str, Any], prefix: str, which: str, m: float) -> dict[str, Any]:
    cells = peer["reproduced_values"]["moderndid 0.4.1"]
    found: dict[str, Any] = cells[f"{prefix}.{which}.{m if prefix == 'rm' or m else 0}"]
    return found


@pytest.mark.parametrize(("which", "m"), cases("sd"))
def test_smoothness_as_moderndid_has_it(peer: dict[str, Any], which: str, m: float) -> None:
    beta, sigma = np.array(peer["estimates"]), np.array(peer["covariance"])
    interval = smooth_interval(beta, sigma, 3, np.array(WEIGHTS[which]), m, 0.05, 0)
    case = peer_case(peer, "sd", which, m)
    # Two searches for the shortest interval: cvxpy's conic solver there, quadratic programmes here.
    assert interval == pytest.approx(case["interval"], abs=1e-6)
    theirs = [np.nan if end is None else end for end in case["identified_set"]]
    assert smooth_set(beta, 3, np.array(WEIGHTS[which]), m) == pytest.approx(theirs, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize(("which", "m"), cases("rm"))
def test_relative_magnitudes_as_moderndid_has_them(peer: dict[str, Any], which: str, m: float) -> None:
    beta, sigma = np.array(peer["estimates"]), np.array(peer["covariance"])
    interval = relative_interval(beta, sigma, 3, np.array(WEIGHTS[which]), m, 0.05, 0)
    case = peer_case(peer, "rm", which, m)
    # Its first stage has 1,000 draws: over eight seeds its ends spread over .0013; its grid has steps of .0004.
    assert interval == pytest.approx(case["interval"], abs=0.0016)
    assert relative_set(beta, 3, np.array(WEIGHTS[which]), m) == pytest.approx(case["identified_set"], abs=1e-12)


@pytest.mark.parametrize("n_pre", [1, 3])
@pytest.mark.parametrize("weights", [[1.0], [0.0, 1.0], [0.2, -0.5, 0.9]])
def test_relative_set_is_the_linear_programme(n_pre: int, weights: list[float]) -> None:
    beta = np.random.default_rng(n_pre).normal(size=n_pre + len(weights))
    q, limit = len(weights), 1.4 * np.abs(np.diff(np.r_[beta[:n_pre], 0])).max()
    step = np.eye(q) - np.eye(q, k=-1)
    most, least = (
        sign * optimize.linprog(
            -sign * np.array(weights), np.vstack([step, -step]), np.full(2 * q, limit), bounds=[(None, None)] * q
        ).fun
        for sign in (-1.0, 1.0)
    )  # fmt: skip
    centre = float(weights @ beta[n_pre:])
    assert relative_set(beta, n_pre, np.array(weights), 1.4) == pytest.approx((centre + least, centre - most * -1))


def test_smooth_set_by_all_corners() -> None:
    beta, m = np.array([0.3, 0.1, 1.0, 2.0]), 0.2
    ends = []
    for first in (-m, m):
        for second in (-m, m):
            one = -beta[1] + first
            ends.append(0.5 * (1.0 - one) + 0.5 * (2.0 - (2 * one + second)))
    assert smooth_set(beta, 2, np.array([0.5, 0.5]), m) == pytest.approx((min(ends), max(ends)), abs=1e-9)
    assert np.isnan(smooth_set(beta, 2, np.array([0.5, 0.5]), 0.05)).all()


@pytest.mark.parametrize("n_pre", [1, 2, 5])
def test_without_curvature_the_interval_is_gls_with_a_trend(n_pre: int) -> None:
    n, n_post = n_pre + 3, 3
    sigma, beta = covariance(n, n_pre), np.random.default_rng(1).normal(size=n)
    times = np.r_[-n_pre:0, 1 : n_post + 1].astype(float)
    X = np.column_stack([times, np.vstack([np.zeros((n_pre, n_post)), np.eye(n_post)])])
    inverse = np.linalg.inv(sigma)
    variance = np.linalg.inv(X.T @ inverse @ X)
    weights = np.array([0.5, 0.3, 0.2])
    centre = weights @ (variance @ X.T @ inverse @ beta)[1:]
    half = stats.norm.ppf(0.975) * np.sqrt(weights @ variance[1:, 1:] @ weights)
    assert smooth_interval(beta, sigma, n_pre, weights, 0.0, 0.05, 0) == pytest.approx(
        (centre - half, centre + half), rel=1e-8
    )


def test_one_period_either_side_has_a_closed_form() -> None:
    beta, sigma, m = np.array([0.2, 1.0]), covariance(2, 3), 0.7
    sd = np.sqrt(sigma.sum())
    half = stats.foldnorm.ppf(0.95, m / sd) * sd
    assert smooth_interval(beta, sigma, 1, np.ones(1), m, 0.05, 0) == pytest.approx((1.2 - half, 1.2 + half), rel=1e-9)


def test_no_other_affine_estimator_is_shorter() -> None:
    n_pre, n_post, m = 4, 2, 0.3
    sigma, beta, weights = covariance(6, 8), np.zeros(6), np.array([0.5, 0.5])
    low, high = smooth_interval(beta, sigma, n_pre, weights, m, 0.05, 0)
    best = (high - low) / 2
    D = second_differences(n_pre, n_post)
    start = np.linalg.lstsq(D[:, n_pre:].T, weights, rcond=None)[0]
    free = np.linalg.svd(D[:, n_pre:].T)[2][n_post:]

    def half(z: np.ndarray) -> float:
        c = start + free.T @ z
        sd = np.sqrt(c @ D @ sigma @ D.T @ c)
        return float(stats.foldnorm.ppf(0.95, m * np.abs(c).sum() / sd) * sd)

    tries = [optimize.minimize(half, z, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-9, "fatol": 1e-12})
             for z in np.random.default_rng(2).normal(size=(6, len(free)))]  # fmt: skip
    assert best == pytest.approx(min(one.fun for one in tries), rel=1e-5)


@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.5], [0.2, -0.5, 0.9], [0.0, 0, 0, 1.0]])
def test_vertices_solve_the_dual_programme(weights: list[float]) -> None:
    rng = np.random.default_rng(len(weights))
    w, q = np.array(weights), len(weights)
    A = moments(steps_before(2)[0], q, 0.8)
    sigma = covariance(2 + q, q)
    sd = np.sqrt(np.diag(A @ sigma @ A.T))
    V = vertices(A, w, sd)
    free = np.linalg.svd(w[None, :])[2][1:]
    equal = np.vstack([sd, (A[:, 2:] @ free.T).T])
    for _ in range(20):
        y = A @ rng.normal(size=2 + q)
        dual = optimize.linprog(-y, A_eq=equal, b_eq=np.r_[1.0, np.zeros(q - 1)], bounds=(0, None))
        assert (V @ y).max() == pytest.approx(-dual.fun, abs=1e-9)


def test_known_trends_before_treatment_have_a_closed_form() -> None:
    sigma = np.diag([1e-10, 0.04])
    low, high = relative_interval(np.array([-3.0, 1.0]), sigma, 1, np.ones(1), 1.0, 0.05, 0)
    # The set is 30 standard errors wide, so each end is a one-sided test: the hybrid's normal, cut off at the first
    # stage's two-sided value. 20,000 draws leave an error of .03 in that value, of .001 in the end.
    size = 0.045 / 0.995
    critical = stats.norm.ppf((1 - size) * stats.norm.cdf(stats.norm.ppf(1 - 0.0025)))
    assert low == pytest.approx(-2.0 - 0.2 * critical, abs=1e-3)
    assert high == pytest.approx(4.0 + 0.2 * critical, abs=1e-3)


@pytest.mark.parametrize("steps", [(0.1, 0.5), (0.3, 0.3)])
def test_the_hybrid_covers_the_worst_trend(steps: tuple[float, float]) -> None:
    rng = np.random.default_rng(11)
    sigma = 0.01 * (np.eye(3) + 0.5)
    trend = np.array([-sum(steps), -steps[1], max(steps)])  # the step after treatment is the largest allowed
    root = np.linalg.cholesky(sigma)
    hits, naive = 0, 0
    for _ in range(150):
        beta = trend + root @ rng.normal(size=3)  # no effect
        low, high = relative_interval(beta, sigma, 2, np.ones(1), 1.0, 0.05, 0)
        hits += low <= 0 <= high
        naive += abs(beta[2]) <= 1.96 * np.sqrt(sigma[2, 2])
    # Nominal .95, binomial sd .018; the interval that takes parallel trends for granted hardly ever covers.
    assert hits / 150 >= 0.90
    assert naive / 150 < 0.5


@pytest.mark.parametrize(("restriction", "step"), [("relative", 0.02), ("smoothness", 0.02)])
def test_the_breakdown_value_is_where_the_interval_meets_zero(restriction: Any, step: float) -> None:
    beta, sigma = np.array([0.1, -0.1, 1.0, 1.2]), 0.01 * np.eye(4)
    found = honest(beta, sigma, 2, weights=[0.5, 0.5], restriction=restriction, grid=[0.0])
    value = found.breakdown
    assert 0 < value < np.inf
    near = honest(
        beta, sigma, 2, weights=[0.5, 0.5], restriction=restriction, grid=[value * (1 - step), value * (1 + step)]
    )
    assert near.bounds[0].conf_low > 0 >= near.bounds[1].conf_low
    assert near.to_frame()["m"].tolist() == [value * (1 - step), value * (1 + step)]


def test_breakdown_at_the_ends() -> None:
    nothing = honest(np.array([0.1, 0.0]), np.eye(2), 1, weights=[1.0], restriction="relative", grid=[0.0])
    assert nothing.breakdown == 0
    flat = honest(np.array([0.0, 9.0]), 1e-12 * np.eye(2), 1, weights=[1.0], restriction="relative", grid=[0.0])
    assert flat.breakdown == np.inf


def test_reach_counts_every_later_weight() -> None:
    assert reach(np.array([0.25] * 4)) == pytest.approx(1 + 0.75 + 0.5 + 0.25)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_pre": 0}, "do not fit"),
        ({"n_pre": 3}, "do not fit"),
        ({"weights": [1.0, 2.0]}, "do not fit"),
        ({"covariance": -np.eye(3)}, "not positive definite"),
        ({"weights": [0.0]}, "all zero"),
        ({"grid": [-0.1]}, "negative"),
        ({"grid": []}, "missing"),
    ],
)
def test_what_is_refused(change: dict[str, Any], words: str) -> None:
    given = {"estimates": np.ones(3), "covariance": np.eye(3), "n_pre": 2, "weights": [1.0], "grid": [1.0]}
    with pytest.raises(EstimationError, match=words):
        honest(**{**given, **change}, restriction="relative")


def test_an_unknown_restriction_is_refused() -> None:
    with pytest.raises(OptionError, match="restriction"):
        honest(np.ones(2), np.eye(2), 1, weights=[1.0], restriction="both", grid=[1.0])  # type: ignore[arg-type]
