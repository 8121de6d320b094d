"""How far from what happened? Errors against simple rivals, Theil's parts of the squared error, means with intervals.

Policy cannot see the forecasts' own scores (floors), so the quantile score stands here once more; a test holds the two
against each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import DataError, OptionError
from regional_econ._base.options import QUANTILES_21

Floats = NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True)
class Theil:
    """Parts of a mean squared error: ``bias`` + ``variance`` + ``covariance`` = 1; NaN where there is no error."""

    mse: float
    bias: float
    variance: float
    covariance: float


@dataclass(frozen=True)
class BlockMean:
    """A mean with its standard error and 95 % interval; cells of one of ``n_blocks`` blocks may go together."""

    value: float
    std_error: float
    low: float
    high: float
    n: int
    n_blocks: int

    def interval(self, level: float) -> tuple[float, float]:
        """Return the ends of the interval at another level."""
        reach = float(stats.t.ppf((1.0 + level) / 2.0, self.n_blocks - 1)) * self.std_error
        return self.value - reach, self.value + reach


def theil(predicted: Floats, observed: Floats) -> Theil:
    """Return Theil's parts of the mean squared error.

    With means P̄, Ā, population standard deviations s_P, s_A and correlation r of n pairs,
    MSE = (P̄ − Ā)² + (s_P − s_A)² + 2(1 − r)s_P s_A; each part over the whole is U^M, U^S, U^C.

    Parameters
    ----------
    predicted, observed : (n,) changes since the start, in one unit.

    Raises
    ------
    DataError : not as many of one as of the other, or none.

    Source: Theil (1966), Applied Economic Forecasting, section 2.4.

    >>> parts = theil(np.array([1.0, 3.0]), np.array([0.0, 4.0]))
    >>> parts.mse, parts.bias, parts.variance, round(parts.covariance, 9)
    (1.0, 0.0, 1.0, 0.0)
    """
    p, a = np.asarray(predicted, dtype=np.float64), np.asarray(observed, dtype=np.float64)
    if p.shape != a.shape or p.size == 0:
        raise DataError("predicted and observed differ in size", where=f"{p.shape}, {a.shape}", advice="Give pairs")
    mse = float(np.mean((p - a) ** 2))
    if mse == 0.0:
        return Theil(0.0, *(float("nan"),) * 3)
    bias, variance = float((p.mean() - a.mean()) ** 2), float((p.std() - a.std()) ** 2)
    covariance = 2.0 * (float(p.std() * a.std()) - float(np.mean((p - p.mean()) * (a - a.mean()))))
    return Theil(mse, bias / mse, variance / mse, covariance / mse)


def skill(error: float, rival: float) -> float:
    """Return 1 − error/rival: one without error, zero no better than the rival, NaN where the rival has no error.

    >>> skill(1.5, 2.0)
    0.25
    """
    return float("nan") if rival == 0.0 else 1.0 - error / rival


def quantile_score(quantiles: Floats, observed: Floats, levels: tuple[float, ...] = QUANTILES_21) -> Floats:
    """Return twice the mean quantile loss, which comes near the CRPS; lower is better.

    Parameters
    ----------
    quantiles : (levels, …), ascending.
    observed : (…), in the quantiles' unit.

    Raises
    ------
    OptionError : not as many quantiles as levels.

    Source: Bracher et al. (2021, PLOS Computational Biology 17), equation (1).

    >>> float(quantile_score(np.array([0.0, 1.0, 2.0]), np.array(3.0), (0.1, 0.5, 0.9)).round(9))
    1.466666667
    """
    if len(quantiles) != len(levels):
        raise OptionError(f"{len(quantiles)} quantiles for {len(levels)} levels", advice="Give one quantile a level")
    tau = np.asarray(levels).reshape(-1, *[1] * (np.ndim(quantiles) - 1))
    above = observed - quantiles
    return np.asarray(2.0 * np.maximum(tau * above, (tau - 1.0) * above).mean(axis=0))


def block_mean(values: Floats, blocks: NDArray[np.int64]) -> BlockMean:
    """Return the mean of cells, with the error that blocks of cells give it (t with one less than blocks as df).

    Parameters
    ----------
    values : (n,).
    blocks : (n,) code of each cell's block; whole blocks are taken as independent.

    Raises
    ------
    DataError : fewer than two blocks.

    Source: Liang and Zeger (1986), with the factor G/(G − 1).

    >>> found = block_mean(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]))
    >>> found.value, round(found.std_error, 9)
    (2.0, 1.0)
    """
    codes = np.unique(blocks, return_inverse=True)[1]
    g = int(codes.max()) + 1 if len(codes) else 0
    if g < 2:
        raise DataError("a standard error by blocks needs two of them", where=f"{g}", advice="Give more years")
    mean = float(values.mean())
    sums = np.bincount(codes, weights=values - mean, minlength=g)
    error = float(np.sqrt(g / (g - 1) * np.sum(sums**2)) / len(values))
    reach = float(stats.t.ppf((1.0 + LEVEL) / 2.0, g - 1)) * error
    return BlockMean(mean, error, mean - reach, mean + reach, len(values), g)


def widest(found: Iterable[BlockMean]) -> BlockMean:
    """Return that of some means whose interval is the widest."""
    return max(found, key=lambda one: one.high - one.low)


def block_slope(x: Floats, y: Floats, blocks: NDArray[np.int64]) -> BlockMean:
    """Return the slope of y on x through the origin, with the error that blocks of cells give it.

    Parameters
    ----------
    x, y : (n,) less their means in each cell, if such means are to be left out.
    blocks : (n,) code of each cell's block.

    Raises
    ------
    DataError : x does not vary, or fewer than two blocks.
    """
    square = float(x @ x)
    if square == 0.0:
        raise DataError("the slope's variable is zero throughout", advice="Give changes that differ")
    slope = float(x @ y) / square
    scaled = block_mean(len(x) * x * (y - slope * x) / square, blocks)
    half = scaled.high - scaled.value
    return BlockMean(slope, scaled.std_error, slope - half, slope + half, len(x), scaled.n_blocks)
