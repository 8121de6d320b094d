"""How good was a forecast? Proper scores and coverage; lower scores are better.

Source: Gneiting and Raftery (2007), "Strictly proper scoring rules, prediction, and estimation".
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from regional_econ._base.errors import OptionError
from regional_econ.bayes.trace import Array


def crps_sample(draws: Array, observed: Array) -> Array:
    """Return the continuous ranked probability score of the draws' empirical distribution.

    Parameters
    ----------
    draws : (S, ...).
    observed : (...), in the draws' unit.

    >>> float(crps_sample(np.array([[1.0], [3.0]]), np.array([1.0]))[0])
    0.5
    """
    ordered = np.sort(draws, axis=0)
    n = len(ordered)
    weight = (2.0 * np.arange(1, n + 1) - n - 1.0).reshape(-1, *[1] * (ordered.ndim - 1))
    spread = (weight * ordered).sum(axis=0) / n**2
    return np.abs(ordered - observed).mean(axis=0) - spread


def crps_normal(mean: Array, sd: Array, observed: Array) -> Array:
    """Return the continuous ranked probability score of normal distributions.

    >>> float(np.round(crps_normal(np.array(0.0), np.array(1.0), np.array(0.0)), 10))
    0.2336949773
    """
    z = (observed - mean) / sd
    return np.asarray(sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi)))


def interval_score(low: Array, high: Array, observed: Array, *, level: float) -> Array:
    """Return the width of an equal-tailed interval plus the penalty for missing it.

    Parameters
    ----------
    low, high, observed : (...).
    level : nominal coverage between 0 and 1.

    >>> float(interval_score(np.array(0.0), np.array(2.0), np.array(3.0), level=0.8).round(9))
    12.0
    """
    if not 0.0 < level < 1.0:
        raise OptionError(f"level cannot be {level}", advice="Give a share between 0 and 1, such as 0.8")
    below, above = np.maximum(low - observed, 0.0), np.maximum(observed - high, 0.0)
    return np.asarray(high - low + 2.0 / (1.0 - level) * (below + above))


def covered(low: Array, high: Array, observed: Array) -> Array:
    """Return 1 where an interval, ends included, holds what happened, else 0."""
    return ((low <= observed) & (observed <= high)).astype(np.float64)
