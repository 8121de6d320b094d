"""How much of what was not known of an effect before the designs do they leave unknown?

Bayes linear adjustment: of the prior variance of an effect the designs resolve a part, and the rest stands on priors. A
wider bias or a noisier panel can only enlarge the rest, and neither the estimates nor their signs enter. Where nothing
was known beforehand every estimate resolves all of it: the measure is relative to the declared prior.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_RANK = 1e-12  # of the largest eigenvalue; a bootstrap of few resamples has a covariance of low rank


def variance_shares(
    prior_mean: FloatArray, prior_covariance: FloatArray, H: FloatArray, G: FloatArray, doubt: float,
    S: FloatArray, B: FloatArray,
) -> FloatArray:  # fmt: skip
    """Return (k, 3): the shares of each effect's prior variance that designs resolve, biases keep and sampling keeps.

    Estimates are (H − (u − 1) G) effects + bias + error, so that doubt about u acts as a further bias with the
    covariance doubt · G (Λ + μμ') G'. What is kept by sampling would not be resolved by these regions even if the
    biases were known; what is kept by biases would then be. The last two are the prior share; the three sum to one.

    Parameters
    ----------
    prior_mean, prior_covariance : μ (k,) and Λ (k, k) of the effects before the designs.
    H, G : (n, k) at the declared reliabilities, and the part of an effect that the designs miss there.
    doubt : variance of u.
    S, B : (n, n) covariance of sampling and of biases.

    Source: Goldstein, Wooff (2007), Bayes Linear Statistics, sections 3.1 and 3.3: adjusted variance and resolution.

    >>> one = np.ones((1, 1))
    >>> variance_shares(np.zeros(1), 4 * one, one, 0 * one, 0.0, one, 3 * one).round(2).tolist()
    [[0.5, 0.3, 0.2]]
    """
    second = prior_covariance + np.outer(prior_mean, prior_mean)
    sampling = _kept(prior_covariance, H, S)
    kept = np.maximum(_kept(prior_covariance, H, S + B + doubt * G @ second @ G.T), sampling)
    return np.stack([1 - kept, kept - sampling, sampling], axis=1)


def _kept(prior: FloatArray, H: FloatArray, noise: FloatArray) -> FloatArray:
    """Adjusted over prior variance of each effect."""
    cross = prior @ H.T
    inverse = np.linalg.pinv(H @ cross + noise, rcond=_RANK, hermitian=True)
    resolved = np.einsum("ki,ij,kj->k", cross, inverse, cross) / np.diag(prior)
    return np.asarray(np.clip(1 - resolved, 0.0, 1.0))
