"""Shares of data, biases and literature: monotone, at their limits, by hand, and by simulated regression."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from regional_econ.elasticities.grades import grade
from regional_econ.elasticities.prior_share import doubt_from_priors, posterior_shares

Floats = NDArray[np.float64]
K, N = 3, 6
ROUNDING = 1e-8  # of two inverses; spreads of the settings lie up to four powers of ten apart


def setting(seed: int) -> tuple[Floats, Floats, Floats, Floats, float, Floats, Floats]:
    """Mean and covariance of the effects, H, G, doubt, S, B of two designs of three effects."""
    rng = np.random.default_rng(seed)

    def spread(size: int) -> Floats:
        root = rng.normal(size=(size, size)) * 10.0 ** rng.uniform(-1, 1)
        return np.asarray(root @ root.T + 0.01 * np.eye(size))

    reliability = np.repeat(rng.uniform(0.3, 1.0, 2), K)[:, None]
    both = np.vstack([np.eye(K), np.eye(K)])
    H, G = reliability * both, (1 - reliability) * both
    return rng.normal(size=K), spread(K), H, G, float(rng.uniform(0, 0.5)), spread(N), spread(N)


def literature(*arguments: Floats | float) -> Floats:
    return np.asarray(posterior_shares(*arguments)[:, 2])  # type: ignore[arg-type]


def prior_share(*arguments: Floats | float) -> Floats:
    return np.asarray(posterior_shares(*arguments)[:, 1:].sum(axis=1))  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000), rank=st.integers(1, N))
def test_worse_data_and_wider_biases_never_lower_the_prior_share(seed: int, rank: int) -> None:
    """Any noise may be added to the estimates, in any direction, as sampling or as bias; sampling alone decides how
    much of the rest is the literature's."""
    mean, prior, H, G, doubt, S, B = setting(seed)
    root = np.random.default_rng(seed + 1).normal(size=(N, rank))
    more = root @ root.T
    base = posterior_shares(mean, prior, H, G, doubt, S, B)
    assert ((base >= 0) & (base <= 1)).all()
    np.testing.assert_allclose(base.sum(axis=1), 1.0, rtol=1e-12)
    share, published = prior_share(mean, prior, H, G, doubt, S, B), literature(mean, prior, H, G, doubt, S, B)
    for noisier in (S + more, 4 * S, 1e4 * S):
        assert (prior_share(mean, prior, H, G, doubt, noisier, B) >= share - ROUNDING).all()
        assert (literature(mean, prior, H, G, doubt, noisier, B) >= published - ROUNDING).all()
    assert (prior_share(mean, prior, H, G, doubt, 0.1 * S, B) <= share + ROUNDING).all()
    for worse in (
        (mean, prior, H, G, doubt, S, B + more),
        (mean, prior, H, G, doubt, S, 4 * B),
        (mean, prior, H, G, doubt, S, 1e4 * B),
        (mean, prior, H, G, doubt + 0.3, S, B),
    ):
        assert (prior_share(*worse) >= share - ROUNDING).all()
        np.testing.assert_array_equal(literature(*worse), published)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.permutations(range(2)))
def test_the_order_of_the_designs_changes_nothing(seed: int, order: list[int]) -> None:
    mean, prior, H, G, doubt, S, B = setting(seed)
    place = [K * design + effect for design in order for effect in range(K)]
    moved = posterior_shares(mean, prior, H[place], G[place], doubt, S[np.ix_(place, place)], B[np.ix_(place, place)])
    np.testing.assert_allclose(moved, posterior_shares(mean, prior, H, G, doubt, S, B), atol=ROUNDING)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_wider_bias_and_no_noisier_panel_raises_the_grade(seed: int) -> None:
    """Grades are letters, A the highest; the limits of both are crossed on the way from a tenth to ten thousand."""
    mean, prior, H, G, doubt, S, B = setting(seed)
    for noise in ("sampling", "bias"):
        given = [
            posterior_shares(
                mean, prior, H, G, doubt, s * S if noise == "sampling" else S, s * B if noise == "bias" else B
            )
            for s in np.geomspace(0.1, 1e4, 12)
        ]  # fmt: skip
        for effect in range(K):
            letters = [
                grade(
                    "experiment", prior_share=float(shares[effect, 1:].sum()), falsification_passed=True,
                    series_exists=True,
                )
                for shares in given
            ]  # fmt: skip
            assert letters == sorted(letters)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_their_limits(seed: int) -> None:
    mean, prior, H, G, doubt, S, B = setting(seed)
    np.testing.assert_allclose(literature(mean, prior, H, G, doubt, 1e12 * S, B), 1, atol=1e-6)
    np.testing.assert_allclose(prior_share(mean, prior, H, G, doubt, S, 1e12 * B), 1, atol=1e-6)
    np.testing.assert_allclose(prior_share(mean, prior, H, G, 0.0, 1e-9 * S, 1e-9 * B), 0, atol=1e-3)
    # Without biases the literature alone is prior.
    without = (mean, prior, H, G, 0.0, S, 1e-12 * B)
    np.testing.assert_allclose(prior_share(*without), literature(*without), atol=1e-6)
    # A perfect panel leaves its biases: they are all of the prior share, which is lower than with a noisy panel.
    perfect = (mean, prior, H, G, doubt, 1e-9 * S, B)
    np.testing.assert_allclose(literature(*perfect), 0, atol=1e-3)
    assert (prior_share(*perfect) <= prior_share(mean, prior, H, G, doubt, S, B) + ROUNDING).all()
    assert (prior_share(*perfect) > 0).all()


@pytest.mark.parametrize(("reliability", "doubt", "mean"), [(1.0, 0.0, 0.0), (0.6, 0.0, 2.0), (0.6, 1 / 3, 2.0)])
@pytest.mark.parametrize("bias", [0.0, 2.0, 50.0])
def test_one_design_of_one_effect(reliability: float, doubt: float, mean: float, bias: float) -> None:
    """Prior variance 4, sampling variance 1: the weight of the estimate, with its biases and as if it had none."""
    r, g = np.array([[reliability]]), np.array([[1 - reliability]])
    one = np.ones((1, 1))
    ((data, biases, published),) = posterior_shares(np.array([mean]), 4 * one, r, g, doubt, one, bias * one)
    noise = 1 + bias + doubt * (1 - reliability) ** 2 * (4 + mean**2)
    signal = 4 * reliability**2
    assert data == pytest.approx(signal / (noise + signal))
    assert published == pytest.approx(1 / (1 + signal))
    assert biases == pytest.approx(signal / (1 + signal) - signal / (noise + signal), abs=1e-12)


def test_the_prior_share_falls_as_the_panel_gets_better() -> None:
    """Prior variance 4 and bias variance 2: it falls to what the bias leaves, 2 of 6."""
    one = np.ones((1, 1))
    rows = [posterior_shares(np.zeros(1), 4 * one, one, 0 * one, 0.0, s * one, 2 * one)[0] for s in (100.0, 3.5, 1e-9)]
    worst, middle, best = (1 - row[0] for row in rows)
    assert worst > middle > best
    assert best == pytest.approx(1 / 3)
    assert rows[0][2] > rows[1][2] > rows[2][2]


def test_without_noise_all_is_data() -> None:
    one = np.ones((1, 1))
    assert posterior_shares(np.zeros(1), one, one, 0 * one, 0.0, 0 * one, 0 * one).tolist() == [[1.0, 0.0, 0.0]]


def test_they_are_what_a_regression_on_the_estimates_leaves() -> None:
    """Effects, biases, errors and the factor u are drawn; least squares of the effects on the estimates has the rest.

    What it leaves is the prior share; what it leaves of estimates without biases and doubt is the literature's.
    """
    mean, prior, H, G, _, S, B = setting(8)
    rng = np.random.default_rng(2)
    n = 200_000
    u = rng.uniform(0, 2, n)[:, None]
    effects = rng.multivariate_normal(mean, prior, n)
    errors, biases = (rng.multivariate_normal(np.zeros(N), part, n) for part in (S, B))

    def left(estimates: Floats) -> Floats:
        X = np.column_stack([np.ones(n), estimates])
        fitted = X @ np.linalg.lstsq(X, effects, rcond=None)[0]
        return np.asarray((effects - fitted).var(axis=0) / np.diag(prior))

    # Five Monte Carlo errors of a ratio of variances.
    bound = 5 * np.sqrt(2 * 2 / n)
    whole = left(effects @ H.T + errors + biases - (u - 1) * (effects @ G.T))
    np.testing.assert_allclose(prior_share(mean, prior, H, G, 1 / 3, S, B), whole, rtol=bound)
    np.testing.assert_allclose(literature(mean, prior, H, G, 1 / 3, S, B), left(effects @ H.T + errors), rtol=bound)


def test_a_bootstrap_of_few_resamples_is_no_obstacle() -> None:
    """Its covariance has a low rank; shares stay within their bounds."""
    mean, prior, H, G, doubt, _, B = setting(3)
    root = np.random.default_rng(1).normal(size=(N, 2))
    shares = posterior_shares(mean, prior, H, G, doubt, root @ root.T, B)
    assert np.isfinite(shares).all()
    assert ((shares >= 0) & (shares <= 1)).all()


def test_the_doubt_that_is_left_splits_by_its_sources() -> None:
    """Repeated samples of the estimates around fixed effects and biases spread by the part that is sampling; the whole
    is the adjusted variance. Nothing but priors is left of a perfect panel, and nothing else without one."""
    mean, prior, H, G, _, S, B = setting(7)
    noise = S + B
    K_ = prior @ H.T @ np.linalg.inv(H @ prior @ H.T + noise)
    adjusted = np.linalg.inv(np.linalg.inv(prior) + H.T @ np.linalg.inv(noise) @ H)
    errors = np.random.default_rng(1).multivariate_normal(np.zeros(N), S, size=200_000)
    sampled = (errors @ K_.T).var(axis=0)  # relative standard error 0.3 %
    found = doubt_from_priors(mean, prior, H, G, 0.0, S, B)
    np.testing.assert_allclose(1 - found, sampled / np.diag(adjusted), rtol=0.02)
    assert (found > 0).all()
    assert (found < 1).all()
    np.testing.assert_allclose(doubt_from_priors(mean, prior, H, G, 0.5, 0 * S, B), 1.0)
    np.testing.assert_allclose(doubt_from_priors(mean, prior, 0 * H, G, 0.0, S, B), 1.0)
