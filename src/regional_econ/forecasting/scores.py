"""How good was a forecast? Proper scores and coverage; lower scores are better.

Source: Gneiting and Raftery (2007), "Strictly proper scoring rules, prediction, and estimation".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm

from regional_econ._base.errors import DataError, EstimationError, OptionError
from regional_econ._base.options import QUANTILES_21
from regional_econ.bayes.trace import Array

_ROWS = 512


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


def log_score_sample(draws: Array, observed: Array, *, bandwidth: Array | None = None) -> Array:
    """Return minus the log density that a Gaussian kernel estimate of the draws gives to what happened.

    The density is that of the draws' unit. A kernel spreads mass over a bound, so give draws of a bounded variable on
    its model scale (log, logit), the same for all models; a score there differs by a term that no model changes. Far
    outside the draws the score rests on the nearest draws and the bandwidth: there the CRPS is the safer judge.
    The kernel widens the law, by h² in variance: compare methods by the same number of draws.

    Parameters
    ----------
    draws : (S, ...).
    observed : (...), in the draws' unit.
    bandwidth : (...), kernel sd; without it 1.06 min(sd, IQR / 1.34) S^(−1/5), the sd alone where the IQR is 0.

    Returns
    -------
    (...), lower is better.

    Raises
    ------
    OptionError : a bandwidth is not positive.
    EstimationError : all draws of a forecast are equal, so that they have no density.

    Source: Krüger, Lerch, Thorarinsdottir & Gneiting (2021, International Statistical Review 89), "Predictive
    inference based on Markov chain Monte Carlo output"; bandwidth: Scott (1992), "Multivariate density estimation".
    Held against scoringrules and the closed forms of the oracle.

    >>> draws = norm.ppf((np.arange(4000) + 0.5) / 4000)
    >>> float(log_score_sample(draws, np.array(0.3)).round(2)), float((-norm.logpdf(0.3)).round(2))
    (0.98, 0.96)
    """
    width = _bandwidth(draws) if bandwidth is None else np.asarray(bandwidth, dtype=np.float64)
    if not np.all(width > 0):
        raise OptionError("a bandwidth is not positive", advice="Give the kernel's standard deviation, above 0")
    exponent = -0.5 * ((observed - draws) / width) ** 2
    return np.asarray(np.log(len(draws) * width * np.sqrt(2.0 * np.pi)) - logsumexp(exponent, axis=0))


def energy_score(draws: Array, observed: Array, *, scale: Array | None = None) -> float:
    """Return the energy score of joint draws: E‖X − y‖ − ½ E‖X − X′‖ over all S² pairs of draws.

    Parameters
    ----------
    draws : (S, d), joint draws of d quantities.
    observed : (d,), what happened.
    scale : (d,), positive; margins are divided by it, so that no quantity counts for its unit alone. Take it from what
        all models share (such as the sd of past changes); with the draws' own spread the score would not be proper.

    Returns
    -------
    one number, lower is better; with d = 1 it is the CRPS of the draws.

    Raises
    ------
    DataError : draws, observed and scale differ in d.
    OptionError : a scale is not positive.

    Source: Gneiting & Raftery (2007, J. American Statistical Association 102), equation (22). Pairs are taken in
    blocks of rows (memory 512 × S) by inner products of centred draws. Held against scoringrules and the CRPS.

    >>> energy_score(np.array([[0.0, 0.0], [6.0, 8.0]]), np.array([0.0, 0.0]))
    2.5
    """
    x, y = np.asarray(draws, dtype=np.float64), np.asarray(observed, dtype=np.float64)
    unit = np.ones(y.shape) if scale is None else np.asarray(scale, dtype=np.float64)
    if x.ndim != 2 or y.shape != x.shape[1:] or unit.shape != y.shape:
        shapes = f"draws {x.shape}, observed {y.shape}, scale {unit.shape}"
        raise DataError("draws, observed and scale differ in size", where=shapes, advice="Give (S, d), (d,) and (d,)")
    if not np.all(unit > 0):
        raise OptionError("a scale is not positive", advice="Give each margin's unit, above 0")
    centre = x.mean(axis=0)
    x, y = (x - centre) / unit, (y - centre) / unit
    return float(np.linalg.norm(x - y, axis=1).mean() - _sum_of_distances(x) / len(x) ** 2)


def weighted_interval_score(quantiles: Array, observed: Array, *, levels: Sequence[float] = QUANTILES_21) -> Array:
    """Return the weighted interval score of a median and K central intervals given by their quantiles.

    It is twice the mean quantile loss, and comes near the CRPS the more and the more evenly the levels lie.

    Parameters
    ----------
    quantiles : (2K + 1, ...), ascending by level.
    observed : (...), in the quantiles' unit.
    levels : the 2K + 1 levels, ascending, symmetric about ½.

    Returns
    -------
    (...), lower is better.

    Raises
    ------
    OptionError : levels are not symmetric about a median, or not as many as quantiles.

    Source: Bracher, Ray, Gneiting & Reich (2021, PLOS Computational Biology 17), equations (1) and (2), weights α/2 and
    ½. Held against scoringrules.

    >>> float(weighted_interval_score(np.array([0.0, 1.0, 2.0]), np.array(3.0), levels=(0.1, 0.5, 0.9)).round(9))
    1.466666667
    """
    tau = np.asarray(levels, dtype=np.float64)
    symmetric = len(tau) % 2 == 1 and np.all(np.diff(tau) > 0) and np.allclose(tau + tau[::-1], 1.0, rtol=0, atol=1e-9)
    if not (symmetric and tau[0] > 0.0 and len(tau) == len(quantiles)):
        raise OptionError(
            f"levels cannot be {tuple(levels)} for {len(quantiles)} quantiles",
            advice="Give ascending levels between 0 and 1, symmetric about 0.5, one a quantile",
        )
    weight = tau.reshape(-1, *[1] * (np.ndim(quantiles) - 1))
    above = observed - quantiles
    return np.asarray(2.0 * np.maximum(weight * above, (weight - 1.0) * above).mean(axis=0))


def pit_sample(draws: Array, observed: Array, rng: np.random.Generator) -> Array:
    """Return where among the draws the outcome fell, as a number in [0, 1) that is uniform for a calibrated forecast.

    (below + v (ties + 1)) / (S + 1) with v uniform: exactly uniform when the outcome is exchangeable with the draws,
    also for counts and for draws piled up at a bound.

    Parameters
    ----------
    draws : (S, ...).
    observed : (...), in the draws' unit.
    rng : breaks ties and fills the steps of 1 / (S + 1).

    Returns
    -------
    (...).

    Source: Czado, Gneiting & Held (2009, Biometrics 65), randomised to the rank's exact law; held against the uniform
    law of the ranks of exchangeable draws.

    >>> float(pit_sample(np.arange(999.0), np.array(499.5), np.random.default_rng(0)).round(2))
    0.5
    """
    below, ties = (draws < observed).sum(axis=0), (draws == observed).sum(axis=0)
    return np.asarray((below + rng.random(np.shape(below)) * (ties + 1)) / (len(draws) + 1))


def _bandwidth(draws: Array) -> Array:
    constant = np.ravel(np.ptp(draws, axis=0) == 0)
    if constant.any():
        where = f"forecast {int(np.flatnonzero(constant)[0])} in flat order"
        raise EstimationError("equal draws have no density", where=where, advice="Judge this forecast by its CRPS")
    sd = draws.std(axis=0, ddof=1)
    quartiles = np.quantile(draws, (0.25, 0.75), axis=0)
    robust = (quartiles[1] - quartiles[0]) / 1.34
    return np.asarray(1.06 * np.where(robust > 0, np.minimum(sd, robust), sd) * len(draws) ** -0.2)


def _sum_of_distances(x: Array) -> float:
    """Sum ‖x_i − x_j‖ over pairs i < j; inner products lose digits only between draws that all but coincide."""
    square = np.einsum("sd,sd->s", x, x)
    total = 0.0
    for start in range(0, len(x), _ROWS):
        stop = min(start + _ROWS, len(x))
        squares = square[start:stop, None] + square[None, start:] - 2.0 * (x[start:stop] @ x[start:].T)
        distances = np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)
        total += float(np.triu(distances[:, : stop - start], 1).sum() + distances[:, stop - start :].sum())
    return total
