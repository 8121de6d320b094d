"""Kiviet's and Bruno's correction of the within estimator, against simulated biases and panels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Floats
from regional_econ.panel.dynamic.kiviet import Grid, approximate_bias, bias_terms
from regional_econ.panel.fit import fit

FORMULA = "y ~ x + lag(y, 1)"
Planted = Callable[..., pd.DataFrame]


def simulated(gamma: float, variance: float, missing: tuple[tuple[int, int], ...]) -> tuple[Floats, Floats, Floats]:
    """The within estimator's bias over draws with everything else fixed, its standard error, and the three terms.

    The expectation of the regressors is known here, so the terms are exactly those of the expansion.
    """
    N, T, draws = 8, 7, 60_000
    rng = np.random.default_rng(11)
    x, effects, first = rng.normal(size=(N, T)).cumsum(axis=1), rng.normal(size=N), rng.normal(size=N)
    there = np.ones((N, T))
    there[tuple(np.array(missing, dtype=int).reshape(-1, 2).T)] = 0.0
    M = there[:, :, None] * np.eye(T) - there[:, :, None] * there[:, None, :] / there.sum(axis=1)[:, None, None]

    def before(errors: Floats) -> Floats:
        y = np.empty((len(errors), N, T + 1))
        y[..., 0] = first
        for t in range(T):
            y[..., t + 1] = gamma * y[..., t] + x[:, t] + effects + errors[..., t]
        return y[..., :-1]

    units, steps = np.nonzero(there)
    expected = np.stack([before(np.zeros((1, N, T)))[0], x], axis=-1)
    within = np.einsum("nst,ntk->nsk", M, expected)
    Pi = M @ np.eye(T, k=-1) @ np.linalg.inv(np.eye(T) - gamma * np.eye(T, k=-1))
    curve = np.einsum("nsk,nsl->kl", within, within)
    curve[0, 0] += variance * (Pi**2).sum()
    terms = bias_terms(Grid.of(units, 2000 + steps), within[units, steps], np.linalg.inv(curve), gamma, variance)
    errors = np.sqrt(variance) * rng.normal(size=(draws, N, T))
    own = np.zeros((2 * draws, 2))
    for half, sign in ((slice(0, draws), 1), (slice(draws, None), -1)):
        lagged = np.einsum("nst,rnt->rns", M, before(sign * errors))
        a, c = (lagged**2).sum(axis=(1, 2)), (within[..., 1] ** 2).sum()
        b = (lagged * within[..., 1]).sum(axis=(1, 2))
        u, v = (sign * lagged * errors).sum(axis=(1, 2)), (sign * errors * within[..., 1]).sum(axis=(1, 2))
        own[half] = np.stack([c * u - b * v, a * v - b * u], axis=-1) / (a * c - b * b)[:, None]
    pairs = (own[:draws] + own[draws:]) / 2
    return pairs.mean(axis=0), pairs.std(axis=0) / np.sqrt(draws), terms


@pytest.mark.parametrize("missing", [(), ((0, 3), (5, 2), (5, 3))])
def test_each_term_brings_the_bias_nearer(missing: tuple[tuple[int, int], ...]) -> None:
    """What three terms leave is of order 1/(NT³), here a sixteenth of what one term leaves."""
    bias, noise, terms = simulated(0.6, 0.3, missing)
    left = np.abs(terms.cumsum(axis=0) - bias)
    assert (left[1] < 0.7 * left[0]).all()
    assert (left[2] < 0.6 * left[1]).all()
    assert (left[2] < 0.01 * np.abs(bias) + 3 * noise).all()


def test_the_bias_of_long_panels_without_regressors_is_nickell_s() -> None:
    """−(1 + γ)/T to first order (Nickell 1981)."""
    N, T, gamma = 50, 200, 0.5
    rng = np.random.default_rng(2)
    y = np.zeros((N, T + 50))
    for t in range(1, T + 50):
        y[:, t] = gamma * y[:, t - 1] + rng.normal(size=N)
    units, years = np.repeat(np.arange(N), T), np.tile(np.arange(T), N)
    lagged = y[:, 49:-1] - y[:, 49:-1].mean(axis=1, keepdims=True)
    bias = approximate_bias(Grid.of(units, years), lagged.reshape(-1, 1), gamma, 1.0, 3)
    assert bias[0] == pytest.approx(-(1 + gamma) / T, rel=0.05)  # 1/T² and the spread of one panel


@pytest.mark.parametrize("estimator", ["lsdvc", "lsdvc:bb", "lsdvc:ah,order=1"])
def test_planted_panels(planted: Planted, estimator: str) -> None:
    """What is left of the bias of within is less than a third of it, at ten years (ah: weak, with a wide spread)."""
    found, before = [], []
    for seed in range(8):
        estimate = fit(FORMULA, planted(seed, 60, 10, 0.6), estimator=estimator, inference="bootstrap:50")
        found.append(estimate.params["lag(y, 1)"])
        before.append(estimate.diagnostics["within_lag"])
        assert list(estimate.params.index) == ["x", "lag(y, 1)"]
        assert estimate.diagnostics["bias"] == pytest.approx(before[-1] - found[-1])
    assert np.mean(before) - 0.6 < -0.055
    assert abs(np.mean(found) - 0.6) < abs(np.mean(before) - 0.6) / 3


def test_within_is_what_fe_gives(planted: Planted) -> None:
    frame = planted(1, 30, 9, 0.5).drop(index=[(3, 2004), (7, 2000), (7, 2001)])
    estimate = fit(FORMULA, frame, estimator="lsdvc", inference="bootstrap:50")
    within = fit(FORMULA, frame)
    assert estimate.diagnostics["within_lag"] == pytest.approx(within.params["lag(y, 1)"], rel=1e-10)
    assert estimate.diagnostics["n_obs"] == within.diagnostics["n_obs"]
    assert estimate.diagnostics["n_gaps"] == 1


def test_the_first_estimate_is_gmm_in_one_step(planted: Planted) -> None:
    frame = planted(2, 40, 9, 0.5)
    for initial, estimator in (("ab", "gmm-diff:steps=1"), ("ah", "gmm-diff:lags=2-2,collapse,steps=1")):
        own = fit(FORMULA, frame, estimator=f"lsdvc:{initial}", inference="bootstrap:50").diagnostics["initial_lag"]
        assert own == pytest.approx(fit(FORMULA, frame, estimator=estimator).params["lag(y, 1)"], rel=1e-8)


@pytest.mark.parametrize("errors", ["wild", "normal"])
def test_bootstrapped_errors_are_the_spread_over_panels(planted: Planted, errors: str) -> None:
    """Twenty panels give the spread to a sixth of it (1/√40)."""
    estimates, found = [], []
    for seed in range(20):
        estimate = fit(
            FORMULA, planted(100 + seed, 40, 7, 0.4), estimator="lsdvc:ab,order=1", inference=f"bootstrap:50:{errors}"
        )
        estimates.append(estimate.params.to_numpy())
        found.append(estimate.std_errors.to_numpy())
    np.testing.assert_allclose(np.mean(found, axis=0) / np.std(estimates, axis=0), 1, atol=0.3)


def test_wild_errors_know_of_regions_that_differ(planted: Planted) -> None:
    """Noise in a few regions whose x varies more: independent draws of one variance miss what the clusters see."""
    frame = planted(6, 60, 12, 0.4)
    rng = np.random.default_rng(1)
    loud = np.where(np.arange(60) < 10, 4.0, 0.5).repeat(12)
    x = loud * rng.normal(size=720)
    steps, y = (x + loud * rng.normal(size=720)).reshape(60, 12), np.zeros((60, 12))
    for t in range(1, 12):
        y[:, t] = 0.4 * y[:, t - 1] + steps[:, t]
    frame = frame.assign(x=x, y=y.ravel())
    wild = fit(FORMULA, frame, estimator="lsdvc", inference="bootstrap:100:wild").std_errors
    normal = fit(FORMULA, frame, estimator="lsdvc", inference="bootstrap:100:normal").std_errors
    clustered = fit(FORMULA, frame).std_errors
    assert wild["x"] == pytest.approx(clustered["x"], rel=0.35)
    assert wild["x"] > 1.2 * normal["x"]


def test_draws_are_seeded(planted: Planted) -> None:
    frame = planted(4, 30, 8, 0.5)
    first, again = (fit(FORMULA, frame, estimator="lsdvc", inference="bootstrap:50") for _ in range(2))
    np.testing.assert_array_equal(first.std_errors, again.std_errors)
    other = first.vcov("bootstrap:60")
    assert other.params.equals(first.params)
    assert not np.allclose(other.std_errors, first.std_errors, rtol=1e-6)
    test = first.test("lag(y, 1) = 0.5")
    assert test.statistic == pytest.approx((first.params["lag(y, 1)"] - 0.5) / first.std_errors["lag(y, 1)"])
    residuals = frame["y"].loc[first.predict().index] - first.predict()
    assert np.abs(residuals.groupby("region").mean()).max() < 1e-10


def test_an_explosive_first_estimate_is_refused() -> None:
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([range(30), range(2000, 2010)], names=["region", "year"])
    start = rng.normal(size=(30, 1))
    y = start * 1.2 ** np.arange(10) + 0.01 * rng.normal(size=(30, 10))
    frame = pd.DataFrame({"y": y.ravel(), "x": rng.normal(size=300)}, index=index)
    with pytest.raises(EstimationError, match=r"first estimate \(ab\) of lag\(y, 1\) is 1\.\d+: no bias is known"):
        fit(FORMULA, frame, estimator="lsdvc")
