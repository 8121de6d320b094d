"""How much of an effect's posterior comes from the data, from declared biases and from the literature?

Bayes linear adjustment: what the designs resolve of the prior variance is theirs, the rest is the prior's. Sampling,
biases and doubt are all noise of the designs, so a noisier panel or a wider bias can only raise the prior share. Of
that share the biases have what the designs would resolve beyond it with sampling alone. Neither the estimates nor their
signs enter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_RANK = 1e-12  # of the largest eigenvalue; a bootstrap of few resamples has a covariance of low rank


def posterior_shares(
    prior_mean: FloatArray, prior_covariance: FloatArray, H: FloatArray, G: FloatArray, doubt: float,
    S: FloatArray, B: FloatArray,
) -> FloatArray:  # fmt: skip
    """Return (k, 3): the shares of each effect's posterior from data, from bias priors and from the literature.

    Estimates are (H − (u − 1) G) effects + bias + error, so that doubt about u acts as a further bias with the
    covariance doubt · G (Λ + μμ') G'. With d(N) one minus adjusted over prior variance under noise N, data have
    d(S + B + doubt), biases d(S) − d(S + B + doubt) and the literature 1 − d(S). The last two are the prior share, the
    weight that what was believed before the designs keeps. The three sum to one and are never below zero, because d
    falls as noise is added in any direction.

    Parameters
    ----------
    prior_mean, prior_covariance : μ (k,) and Λ (k, k) of the effects before the designs.
    H, G : (n, k) at the declared reliabilities, and the part of an effect that the designs miss there.
    doubt : variance of u.
    S, B : (n, n) covariance of sampling and of biases.

    Source: Goldstein, Wooff (2007), Bayes Linear Statistics, sections 3.1 and 3.3: adjusted variance and resolution.

    >>> one = np.ones((1, 1))
    >>> posterior_shares(np.zeros(1), 4 * one, one, 0 * one, 0.0, one, 3 * one).round(3).tolist()
    [[0.5, 0.3, 0.2]]
    """
    second = prior_covariance + np.outer(prior_mean, prior_mean)
    data = _resolved(prior_covariance, H, S + B + doubt * G @ second @ G.T)
    unbiased = np.maximum(_resolved(prior_covariance, H, S), data)  # equal but for rounding where nothing is in doubt
    return np.stack([data, unbiased - data, 1 - unbiased], axis=1)


def doubt_from_priors(
    prior_mean: FloatArray, prior_covariance: FloatArray, H: FloatArray, G: FloatArray, doubt: float,
    S: FloatArray, B: FloatArray,
) -> FloatArray:  # fmt: skip
    """Return (k,): which share of each effect's posterior variance is not sampling but declared biases and literature.

    The adjusted variance is A Λ A' + K B' K' + K S K' with weights K of the estimates, A = I − K H and B' the biases
    with the doubt about u; the share is one minus the last term over the whole. Unlike the prior share it rises as
    sampling errors fall: with a perfect panel nothing but what was declared is left to doubt. Parameters and source as
    in :func:`posterior_shares`.

    >>> one = np.ones((1, 1))
    >>> doubt_from_priors(np.zeros(1), 4 * one, one, 0 * one, 0.0, one, 3 * one).round(3).tolist()
    [0.875]
    """
    second = prior_covariance + np.outer(prior_mean, prior_mean)
    cross = prior_covariance @ H.T
    noise = S + B + doubt * G @ second @ G.T
    K = cross @ np.linalg.pinv(H @ cross + noise, rcond=_RANK, hermitian=True)
    adjusted = np.diag(prior_covariance - K @ cross.T)
    return np.asarray(np.clip(1 - np.einsum("ki,ij,kj->k", K, S, K) / adjusted, 0.0, 1.0))


def _resolved(prior_covariance: FloatArray, H: FloatArray, noise: FloatArray) -> FloatArray:
    """Which share (k,) of each effect's prior variance do estimates with this noise take away?"""
    cross = prior_covariance @ H.T
    adjusting = cross @ np.linalg.pinv(H @ cross + noise, rcond=_RANK, hermitian=True)
    return np.asarray(np.clip(np.einsum("ki,ki->k", adjusting, cross) / np.diag(prior_covariance), 0.0, 1.0))
