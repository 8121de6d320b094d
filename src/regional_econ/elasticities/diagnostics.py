"""Are the draws what they claim to be? Split R-hat and effective sample size of labelled chains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Convergence:
    """Worst split R-hat and smallest effective sample size over columns."""

    rhat_max: float
    ess_min: float


def convergence(draws: FloatArray) -> Convergence:
    """Return the worst diagnostics over columns.

    Parameters
    ----------
    draws : (chains, n, columns).
    """
    columns = [draws[:, :, k] for k in range(draws.shape[2])]
    return Convergence(max(split_rhat(column) for column in columns), min(effective_size(column) for column in columns))


def split_rhat(draws: FloatArray) -> float:
    """Return R-hat of chains cut in halves.

    Parameters
    ----------
    draws : (chains, n).

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed., section 11.4.
    """
    halves = _halves(draws)
    n = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean()
    between = n * halves.mean(axis=1).var(ddof=1)
    return float(np.sqrt(((n - 1) / n * within + between / n) / within))


def effective_size(draws: FloatArray) -> float:
    """Return the effective sample size of chains (Geyer's initial positive and monotone sequence, split chains).

    Parameters
    ----------
    draws : (chains, n).

    Source: Vehtari et al. (2021), Rank-normalization, folding, and localization, section 3 (without ranks).
    """
    halves = _halves(draws)
    chains, n = halves.shape
    centred = halves - halves.mean(axis=1, keepdims=True)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    autocovariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :n] / n
    within = (autocovariance[:, 0] * n / (n - 1)).mean()
    total = (n - 1) / n * within + halves.mean(axis=1).var(ddof=1)
    rho = 1 - (within - autocovariance.mean(axis=0) * n / (n - 1)) / total
    rho[0] = 1.0
    pairs = rho[: n - n % 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs < 0)
    pairs = np.minimum.accumulate(pairs[: negative[0] if negative.size else len(pairs)])
    tau = max(-1 + 2 * float(pairs.sum()), 1 / np.log10(chains * n))
    return float(chains * n / tau)


def _halves(draws: FloatArray) -> FloatArray:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])
