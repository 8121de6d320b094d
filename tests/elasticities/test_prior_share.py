"""The prior share: never smaller for worse data or wider biases, at its limits, and as a simulated regression."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from regional_econ.elasticities.prior_share import variance_shares

Floats = NDArray[np.float64]
K, N = 3, 6


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


def prior_share(*arguments: Floats | float) -> Floats:
    return np.asarray(variance_shares(*arguments)[:, 1:].sum(axis=1))  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000), rank=st.integers(1, N))
def test_worse_data_and_wider_biases_never_lower_it(seed: int, rank: int) -> None:
    """Any noise may be added to the estimates, in any direction, as sampling or as bias."""
    mean, prior, H, G, doubt, S, B = setting(seed)
    root = np.random.default_rng(seed + 1).normal(size=(N, rank))
    more = root @ root.T
    base = variance_shares(mean, prior, H, G, doubt, S, B)
    assert (base >= 0).all()
    np.testing.assert_allclose(base.sum(axis=1), 1.0, rtol=1e-12)
    share = prior_share(mean, prior, H, G, doubt, S, B)
    for worse in (
        (mean, prior, H, G, doubt, S + more, B),
        (mean, prior, H, G, doubt, 4 * S, B),
        (mean, prior, H, G, doubt, S, B + more),
        (mean, prior, H, G, doubt, S, 4 * B),
        (mean, prior, H, G, doubt + 0.3, S, B),
    ):
        assert (prior_share(*worse) >= share - 1e-9).all()  # rounding of two inverses
    # A better panel with the same biases leaves less, down to what the biases keep.
    assert (prior_share(mean, prior, H, G, doubt, 0.1 * S, B) <= share + 1e-9).all()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_its_limits(seed: int) -> None:
    mean, prior, H, G, doubt, S, B = setting(seed)
    np.testing.assert_allclose(prior_share(mean, prior, H, G, doubt, 1e12 * S, B), 1, atol=1e-6)
    np.testing.assert_allclose(prior_share(mean, prior, H, G, doubt, S, 1e12 * B), 1, atol=1e-6)
    np.testing.assert_allclose(prior_share(mean, prior, H, G, 0.0, 1e-9 * S, 1e-9 * B), 0, atol=1e-3)
    # Data may be perfect: what the biases keep remains.
    perfect = variance_shares(mean, prior, H, G, 0.0, 1e-9 * S, B)
    assert (perfect[:, 1] > 0).all()
    np.testing.assert_allclose(perfect[:, 2], 0, atol=1e-3)


@pytest.mark.parametrize(("reliability", "doubt", "mean"), [(1.0, 0.0, 0.0), (0.6, 0.0, 2.0), (0.6, 1 / 3, 2.0)])
def test_one_design_of_one_effect(reliability: float, doubt: float, mean: float) -> None:
    """Prior variance 4, sampling variance 1, bias variance 2."""
    r, g = np.array([[reliability]]), np.array([[1 - reliability]])
    one = np.ones((1, 1))
    ((designs, bias, sampling),) = variance_shares(np.array([mean]), 4 * one, r, g, doubt, one, 2 * one)
    noise = 3 + doubt * (1 - reliability) ** 2 * (4 + mean**2)
    assert sampling == pytest.approx(1 / (1 + 4 * reliability**2))
    assert bias + sampling == pytest.approx(noise / (noise + 4 * reliability**2))
    assert designs == pytest.approx(4 * reliability**2 / (noise + 4 * reliability**2))


def test_it_is_what_a_regression_on_the_estimates_leaves() -> None:
    """Effects, biases, errors and the factor u are drawn; least squares of the effects on the estimates leaves it."""
    mean, prior, H, G, _, S, B = setting(8)
    rng = np.random.default_rng(2)
    n = 200_000
    u = rng.uniform(0, 2, n)[:, None]
    effects = rng.multivariate_normal(mean, prior, n)
    noise = rng.multivariate_normal(np.zeros(N), S + B, n)
    estimates = effects @ H.T - (u - 1) * (effects @ G.T) + noise
    X = np.column_stack([np.ones(n), estimates])
    left = effects - X @ np.linalg.lstsq(X, effects, rcond=None)[0]
    expected = left.var(axis=0) / np.diag(prior)
    # Five Monte Carlo errors of a ratio of variances.
    np.testing.assert_allclose(prior_share(mean, prior, H, G, 1 / 3, S, B), expected, rtol=5 * np.sqrt(2 * 2 / n))


def test_a_bootstrap_of_few_resamples_is_no_obstacle() -> None:
    """Its covariance has a low rank; shares stay within their bounds."""
    mean, prior, H, G, doubt, _, B = setting(3)
    root = np.random.default_rng(1).normal(size=(N, 2))
    shares = variance_shares(mean, prior, H, G, doubt, root @ root.T, B)
    assert np.isfinite(shares).all()
    assert ((shares >= 0) & (shares <= 1)).all()
