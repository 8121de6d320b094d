"""How far from what happened? Errors against simple rivals, Theil's parts of the squared error, means with intervals.

Policy cannot see the forecasts' own scores (floors), so the quantile score stands here once more; a test holds the two
against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import DataError, OptionError
from regional_econ._base.options import QUANTILES_21

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Theil:
    """Parts of a mean squared error: ``bias`` + ``variance`` + ``covariance`` = 1; NaN where there is no error."""

    mse: float
    bias: float
    variance: float
    covariance: float


@dataclass(frozen=True)
class Critical:
    """What makes intervals of standard errors: quantiles .90 and .975 of a mean over its error where the truth is zero.

    ``power``: the true mean, in standard errors, whose 95 % interval leaves out zero in four cases of five.
    ``mc_error`` is that of ``t975`` where they were simulated.
    """

    t90: float
    t975: float
    power: float
    mc_error: float = 0.0

    @classmethod
    def student(cls, df: int) -> Critical:
        """Return those of Student's t.

        Source: Bloom (1995), Evaluation Review 19, for the power.

        >>> round(Critical.student(10_000_000).power, 2)
        2.8
        """
        t80, t90, t975 = (float(stats.t.ppf(level, df)) for level in (0.80, 0.90, 0.975))
        return cls(t90, t975, t975 + t80)


@dataclass(frozen=True)
class BlockMean:
    """A mean of ``n`` cells, some of which go together, with its standard error and what its 95 % interval rests on."""

    value: float
    std_error: float
    n: int
    critical: Critical

    @property
    def half(self) -> float:
        """Half of the 95 % interval."""
        return self.critical.t975 * self.std_error

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.value - self.half

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.value + self.half

    @property
    def interval80(self) -> tuple[float, float]:
        """Ends of the 80 % interval."""
        reach = self.critical.t90 * self.std_error
        return self.value - reach, self.value + reach

    @property
    def detectable(self) -> float:
        """The true mean whose 95 % interval leaves out zero in four cases of five."""
        return self.critical.power * self.std_error


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
    """Return twice the mean quantile loss: the weighted interval score, which comes near the CRPS; lower is better.

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
    return BlockMean(mean, error, len(values), Critical.student(g - 1))


def widest(found: Sequence[BlockMean]) -> BlockMean:
    """Return that of some intervals of one mean which is the widest; detectable is what all of them would find."""
    own = max(found, key=lambda one: one.half)
    if own.std_error == 0.0:
        return own
    power = max(one.detectable for one in found) / own.std_error
    return replace(own, critical=replace(own.critical, power=power))


def block_skill(error: Floats, rival: Floats, blocks: NDArray[np.int64]) -> BlockMean:
    """Return 1 − mean error / mean of the rival's error, with the error that blocks of cells give this ratio.

    Both means are estimated: the ratio's influence is (rival − error − skill · rival) / mean rival.

    Parameters
    ----------
    error, rival : (n,), of the same cells.
    blocks : (n,) code of each cell's block.

    Raises
    ------
    DataError : the rival has no error, or fewer than two blocks.

    Source: Cochran (1977), Sampling Techniques, section 6.4.

    >>> found = block_skill(np.array([0.8, 1.6, 4.0]), np.array([1.0, 2.0, 5.0]), np.arange(3))
    >>> round(found.value, 9), round(found.std_error, 9)
    (0.2, 0.0)
    """
    base = float(rival.mean())
    if base == 0.0:
        raise DataError("the rival has no error", advice="Give a rival that errs")
    value = skill(float(error.mean()), base)
    return replace(block_mean((rival - error - value * rival) / base, blocks), value=value)


def influence(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Return the slope of y on x through the origin and what each cell (n,) brings to its error.

    Parameters
    ----------
    x, y : (n,) less their means in each cell, if such means are to be left out.

    Raises
    ------
    DataError : x does not vary.
    """
    square = float(x @ x)
    if square == 0.0:
        raise DataError("the slope's variable is zero throughout", advice="Give changes that differ")
    slope = float(x @ y) / square
    return slope, np.asarray(len(x) * x * (y - slope * x) / square, dtype=np.float64)
