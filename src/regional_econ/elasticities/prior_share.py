"""How much of an effect's posterior comes from the data, from declared biases and from the literature?

Bayes linear adjustment: the literature keeps the part of the prior variance that the designs do not resolve, so that a
wider bias or a noisier panel can only enlarge it. What the designs resolve is told apart by the noise of the
combination of estimates that resolves it. Neither the estimates nor their signs enter.
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
    covariance doubt · G (Λ + μμ') G'. The designs' part d is one minus adjusted over prior variance, and the literature
    has 1 − d. With K the weights of the adjusted expectation and N the noise of the estimates, s = K S K' / K N K' of
    the noise is sampling: data have d·s and biases d·(1 − s), because with one estimate a design they are not learned.
    The last two are the prior share; the three sum to one. Where there is no noise at all s is one.

    Parameters
    ----------
    prior_mean, prior_covariance : μ (k,) and Λ (k, k) of the effects before the designs.
    H, G : (n, k) at the declared reliabilities, and the part of an effect that the designs miss there.
    doubt : variance of u.
    S, B : (n, n) covariance of sampling and of biases.

    Source: Goldstein, Wooff (2007), Bayes Linear Statistics, sections 3.1 and 3.3: adjusted variance and resolution.

    >>> one = np.ones((1, 1))
    >>> posterior_shares(np.zeros(1), 4 * one, one, 0 * one, 0.0, one, 3 * one).round(3).tolist()
    [[0.125, 0.375, 0.5]]
    """
    second = prior_covariance + np.outer(prior_mean, prior_mean)
    noise = S + B + doubt * G @ second @ G.T
    cross = prior_covariance @ H.T
    K = cross @ np.linalg.pinv(H @ cross + noise, rcond=_RANK, hermitian=True)
    designs = np.clip(np.einsum("ki,ki->k", K, cross) / np.diag(prior_covariance), 0.0, 1.0)
    whole, sampled = (np.einsum("ki,ij,kj->k", K, part, K) for part in (noise, S))
    noisy = whole > 0
    sampling = np.clip(np.where(noisy, sampled, 1.0) / np.where(noisy, whole, 1.0), 0.0, 1.0)
    return np.stack([designs * sampling, designs * (1 - sampling), 1 - designs], axis=1)
