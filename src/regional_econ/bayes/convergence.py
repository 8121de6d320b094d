"""Have the chains met, and how many independent draws are they worth? Many parameters at once.

ArviZ answers one parameter at a time, which took a quarter of a backtest; here sorting and Fourier transforms run over
all of them together. Its numbers are the reference of the tests.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtri

from regional_econ.bayes.trace import Array

TAILS = (0.05, 0.95)


def convergence(draws: Array) -> tuple[Array, Array, Array]:
    """Return rank-normalised split R-hat, bulk and tail effective sizes, each (P,).

    Parameters
    ----------
    draws : (chains, draws, P). Of a constant parameter R-hat is NaN and the effective sizes are all its draws.

    Source: Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021, Bayesian Analysis 16), "Rank-normalization, folding, and
    localization: an improved R-hat for assessing convergence of MCMC"; Geyer (1992) for where the sum of
    autocorrelations ends. Held against ArviZ.
    """
    whole = np.moveaxis(np.asarray(draws, dtype=np.float64), 2, 0)
    half = whole.shape[2] // 2
    split = np.concatenate([whole[:, :, :half], whole[:, :, -half:]], axis=1)
    ranked, ordered = _normal_scores(split)
    n = ordered.shape[1]
    middle = 0.5 * (ordered[:, (n - 1) // 2] + ordered[:, n // 2])
    folded, _ = _normal_scores(np.abs(split - middle[:, None, None]))
    rhat = np.maximum(_rhat(ranked), _rhat(folded))
    # numpy picks from numbers in order in a fraction of the time
    limits = np.quantile(np.sort(whole.reshape(len(whole), -1), axis=1), TAILS, axis=1)[..., None, None]
    low, high = (_effective_size((split <= limit).astype(np.float64)) for limit in limits)
    return rhat, _effective_size(ranked), np.minimum(low, high)


def _normal_scores(values: Array) -> tuple[Array, Array]:
    """Replace values (P, C, D) by the normal quantiles of their ranks, by Blom's rule; also in order, (P, C D)."""
    flat = values.reshape(len(values), -1)
    n = flat.shape[1]
    order = flat.argsort(axis=1)
    ordered = np.take_along_axis(flat, order, axis=1)
    # equal values share the mean of their ranks, half the sum of the first and the last
    places = np.arange(n)
    begins, ends = (np.ones(flat.shape, dtype=bool) for _ in range(2))
    begins[:, 1:] = ends[:, :-1] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, places, n)[:, ::-1], axis=1)[:, ::-1]
    by_sum = ndtri((0.5 * np.arange(2 * n - 1) + 1.0 - 0.375) / (n + 0.25))
    scores = np.empty_like(flat)
    np.put_along_axis(scores, order, by_sum[first + last], axis=1)
    scores[np.isnan(ordered[:, -1])] = np.nan  # a draw that is no number stands last, and spoils them all
    return scores.reshape(values.shape), ordered


def _rhat(values: Array) -> Array:
    n = values.shape[2]
    between = n * values.mean(axis=2).var(axis=1, ddof=1)
    within = values.var(axis=2, ddof=1).mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt((between / within + n - 1.0) / n))


def _effective_size(values: Array) -> Array:
    """Return the effective size of the mean of (P, C, D)."""
    p, chains, n = values.shape
    means = values.mean(axis=2)
    size = next_fast_len(2 * n, real=True)
    power = np.square(np.abs(rfft(values - means[..., None], size, axis=2))).mean(axis=1)
    covariance = irfft(power, size, axis=1)[:, :n] / n
    within = covariance[:, 0] * n / (n - 1.0)
    total = covariance[:, 0] + (means.var(axis=1, ddof=1) if chains > 1 else 0.0)
    constant = np.ptp(values, axis=(1, 2)) < np.finfo(float).resolution
    rho = 1.0 - (within[:, None] - covariance) / np.where(constant, 1.0, total)[:, None]
    rho[:, 0] = 1.0
    pairs = rho[:, : n - n % 2].reshape(p, -1, 2)[:, : (n - 2) // 2]
    sums = pairs.sum(axis=2)
    ended = sums <= 0.0
    ended[:, 0], ended[:, -1] = False, True
    end = ended.argmax(axis=1)
    kept = np.where(np.arange(sums.shape[1]) < end[:, None], np.minimum.accumulate(sums, axis=1), 0.0)
    tau = -1.0 + 2.0 * kept.sum(axis=1) + np.maximum(pairs[np.arange(p), end, 0], 0.0)
    return np.asarray(np.where(constant, chains * n, chains * n / np.maximum(tau, 1.0 / np.log10(chains * n))))
