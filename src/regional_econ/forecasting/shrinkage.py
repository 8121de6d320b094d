"""How much of a region's own mean or variance is worth keeping? Empirical-Bayes shrinkage towards all regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from regional_econ._base.errors import EstimationError
from regional_econ.bayes.trace import Array

_NO_VARIATION = 1e-12


@dataclass(frozen=True)
class ShrunkMeans:
    """Means pulled to their common centre.

    Parameters
    ----------
    mean, variance : (N,), the shrunk means and their variances, that of the centre included.
    between : variance of the true means about the centre.
    """

    mean: Array
    variance: Array
    between: float


def shrink_variances(variances: Array, dof: Array) -> Array:
    """Shrink variances: s̃² = (d₀ s₀² + d s²) / (d₀ + d), with d₀ and s₀² from the spread of the logs of all s².

    Where the s² differ no more than chance would have it, d₀ is infinite and all take the mean of s², weighted by d.
    A variance of zero keeps out of the estimate of d₀ and s₀².

    Source: Smyth (2004), "Linear models and empirical Bayes methods", section 6.2. Held against limma's squeezeVar
    (tests/forecasting/test_shrinkage.py).

    Parameters
    ----------
    variances : (N,) s².
    dof : (N,) their degrees of freedom d; one of 0 says that a variance is unknown.

    Returns
    -------
    (N,) s̃².

    Raises
    ------
    EstimationError : no variance is above zero.

    >>> shrink_variances(np.array([1.0, 1.0, 4.0, 4.0]), np.full(4, 60.0)).round(1).tolist()
    [1.0, 1.0, 3.8, 3.8]
    """
    known = dof > 0
    known[known] = variances[known] > _NO_VARIATION * variances[known].max()
    if not known.any():
        raise EstimationError("no region's figures vary", advice="Leave the indicator out: it has nothing to forecast")
    s2, d = variances[known], dof[known]
    logs = np.log(s2) - digamma(d / 2.0) + np.log(d / 2.0)
    excess = float(logs.var(ddof=1) - polygamma(1, d / 2.0).mean()) if len(s2) > 1 else 0.0
    if excess <= 0.0:
        return np.full(len(variances), float(np.average(variances[dof > 0], weights=dof[dof > 0])))
    prior = 2.0 * _inverse_trigamma(excess)
    centre = float(np.exp(logs.mean() + digamma(prior / 2.0) - np.log(prior / 2.0)))
    return np.asarray((prior * centre + dof * np.where(dof > 0, variances, 0.0)) / (prior + dof))


def shrink_means(means: Array, variances: Array) -> ShrunkMeans:
    """Shrink means with known sampling variances to their centre.

    y ~ N(θ, v), θ ~ N(μ, τ²): θ̃ = μ̂ + B (y − μ̂) with B = τ² / (τ² + v), of variance B v + (1 − B)² / Σ 1/(τ² + v); μ̂ is
    the weighted mean; τ² makes the weighted squares about it what they should be, N − 1, and is 0 where they are less.

    Source: Paule and Mandel (1982), "Consensus values and weighting factors"; Raudenbush and Bryk (1985), "Empirical
    Bayes meta-analysis". Held against metafor's blup (tests/forecasting/test_shrinkage.py).

    Parameters
    ----------
    means, variances : (N,) y and v, N ≥ 2, v > 0.

    >>> shrink_means(np.array([-2.0, 2.0]), np.array([1.0, 1.0])).mean.round(9).tolist()
    [-1.75, 1.75]
    """

    def excess(between: float) -> float:
        weight = 1.0 / (variances + between)
        return float(weight @ (means - np.average(means, weights=weight)) ** 2) - (len(means) - 1)

    most = float(np.sum((means - means.mean()) ** 2))
    between = float(brentq(excess, 0.0, most, xtol=1e-14 * most)) if excess(0.0) > 0.0 else 0.0
    weight = 1.0 / (variances + between)
    centre, kept = float(np.average(means, weights=weight)), between * weight
    variance = kept * variances + (1.0 - kept) ** 2 / weight.sum()
    return ShrunkMeans(centre + kept * (means - centre), variance, between)


def _inverse_trigamma(value: float) -> float:
    """Return the x at which the trigamma function has a positive value."""
    return float(np.exp(brentq(lambda log_x: float(polygamma(1, np.exp(log_x))) - value, -40.0, 40.0, xtol=1e-13)))
