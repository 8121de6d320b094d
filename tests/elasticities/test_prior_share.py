"""Shares of data, biases and literature: monotone where they are, at limits, by hand, and by simulated regression."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from regional_econ.elasticities.prior_share import posterior_shares

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


def literature(*arguments: Floats | float) -> Floats:
    return np.asarray(posterior_shares(*arguments)[:, 2])  # type: ignore[arg-type]


def prior_share(*arguments: Floats | float) -> Floats:
    return np.asarray(posterior_shares(*arguments)[:, 1:].sum(axis=1))  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10_000), rank=st.integers(1, N))
def test_worse_data_and_wider_biases_never_lower_the_literature(seed: int, rank: int) -> None:
    """Any noise may be added to the estimates, in any direction, as sampling or as bias."""
    mean, prior, H, G, doubt, S, B = setting(seed)
    root = np.random.default_rng(seed + 1).normal(size=(N, rank))
    more = root @ root.T
    base = posterior_shares(mean, prior, H, G, doubt, S, B)
    assert ((base >= 0) & (base <= 1)).all()
    np.testing.assert_allclose(base.sum(axis=1), 1.0, rtol=1e-12)
    share = literature(mean, prior, H, G, doubt, S, B)
    assert (prior_share(mean, prior, H, G, doubt, S, B) >= share).all()
    for worse in (
        (mean, prior, H, G, doubt, S + more, B),
        (mean, prior, H, G, doubt, 4 * S, B),
        (mean, prior, H, G, doubt, S, B + more),
        (mean, prior, H, G, doubt, S, 4 * B),
        (mean, prior, H, G, doubt + 0.3, S, B),
    ):
        assert (literature(*worse) >= share - 1e-9).all()  # rounding of two inverses
    assert (literature(mean, prior, H, G, doubt, 0.1 * S, B) <= share + 1e-9).all()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_their_limits(seed: int) -> None:
    mean, prior, H, G, doubt, S, B = setting(seed)
    np.testing.assert_allclose(literature(mean, prior, H, G, doubt, 1e12 * S, B), 1, atol=1e-6)
    np.testing.assert_allclose(literature(mean, prior, H, G, doubt, S, 1e12 * B), 1, atol=1e-6)
    np.testing.assert_allclose(literature(mean, prior, H, G, 0.0, 1e-9 * S, 1e-9 * B), 0, atol=1e-3)
    # Wide biases leave nothing to the data; without biases the literature alone is prior.
    np.testing.assert_allclose(prior_share(mean, prior, H, G, doubt, S, 1e12 * B), 1, atol=1e-6)
    without = (mean, prior, H, G, 0.0, S, 1e-12 * B)
    np.testing.assert_allclose(prior_share(*without), literature(*without), atol=1e-6)
    # A perfect panel leaves biases: the literature loses its weight, and the prior share goes to one.
    perfect = (mean, prior, H, G, doubt, 1e-12 * S, B)
    np.testing.assert_allclose(prior_share(*perfect), 1, atol=1e-6)
    assert (literature(*perfect) <= literature(mean, prior, H, G, doubt, S, B) + 1e-9).all()
    assert (literature(*perfect) < 1).all()


@pytest.mark.parametrize(("reliability", "doubt", "mean"), [(1.0, 0.0, 0.0), (0.6, 0.0, 2.0), (0.6, 1 / 3, 2.0)])
@pytest.mark.parametrize("bias", [0.0, 2.0, 50.0])
def test_one_design_of_one_effect(reliability: float, doubt: float, mean: float, bias: float) -> None:
    """Prior variance 4, sampling variance 1: the weight of the estimate, and what its noise is made of."""
    r, g = np.array([[reliability]]), np.array([[1 - reliability]])
    one = np.ones((1, 1))
    ((data, biases, published),) = posterior_shares(np.array([mean]), 4 * one, r, g, doubt, one, bias * one)
    noise = 1 + bias + doubt * (1 - reliability) ** 2 * (4 + mean**2)
    weight = 4 * reliability**2 / (noise + 4 * reliability**2)
    assert published == pytest.approx(1 - weight)
    assert data == pytest.approx(weight / noise)
    assert biases == pytest.approx(weight * (noise - 1) / noise, abs=1e-12)


def test_the_prior_share_may_rise_as_the_panel_gets_better() -> None:
    """Prior variance 4 and bias variance 2: it falls and rises again, while the literature only falls."""
    one = np.ones((1, 1))
    rows = [posterior_shares(np.zeros(1), 4 * one, one, 0 * one, 0.0, s * one, 2 * one)[0] for s in (100.0, 3.5, 0.1)]
    worst, middle, best = (1 - row[0] for row in rows)
    assert middle < worst
    assert middle < best
    assert rows[0][2] > rows[1][2] > rows[2][2]


def test_without_noise_all_is_data() -> None:
    one = np.ones((1, 1))
    assert posterior_shares(np.zeros(1), one, one, 0 * one, 0.0, 0 * one, 0 * one).tolist() == [[1.0, 0.0, 0.0]]


def test_they_are_what_a_regression_on_the_estimates_leaves_and_uses() -> None:
    """Effects, biases, errors and the factor u are drawn; least squares of the effects on the estimates has the rest.

    What it leaves is the literature's; of the noise that its coefficients let through a part is sampling.
    """
    mean, prior, H, G, _, S, B = setting(8)
    rng = np.random.default_rng(2)
    n = 200_000
    u = rng.uniform(0, 2, n)[:, None]
    effects = rng.multivariate_normal(mean, prior, n)
    errors, biases = (rng.multivariate_normal(np.zeros(N), part, n) for part in (S, B))
    noise = errors + biases - (u - 1) * (effects @ G.T)
    estimates = effects @ H.T + noise
    X = np.column_stack([np.ones(n), estimates])
    coefficients = np.linalg.lstsq(X, effects, rcond=None)[0]
    left = (effects - X @ coefficients).var(axis=0) / np.diag(prior)
    sampled, whole = (np.mean((part @ coefficients[1:]) ** 2, axis=0) for part in (errors, noise))
    # Five Monte Carlo errors of a ratio of variances.
    bound = 5 * np.sqrt(2 * 2 / n)
    np.testing.assert_allclose(literature(mean, prior, H, G, 1 / 3, S, B), left, rtol=bound)
    data = posterior_shares(mean, prior, H, G, 1 / 3, S, B)[:, 0]
    np.testing.assert_allclose(data, (1 - left) * sampled / whole, rtol=2 * bound)


def test_a_bootstrap_of_few_resamples_is_no_obstacle() -> None:
    """Its covariance has a low rank; shares stay within their bounds."""
    mean, prior, H, G, doubt, _, B = setting(3)
    root = np.random.default_rng(1).normal(size=(N, 2))
    shares = posterior_shares(mean, prior, H, G, doubt, root @ root.T, B)
    assert np.isfinite(shares).all()
    assert ((shares >= 0) & (shares <= 1)).all()
