"""Does it help to know the drivers? Forecasts shifted by what the drivers really did, against those that did not know.

The unconditional forecast is the one that the backtest kept: 21 quantiles by region, origin and year. The conditional
one is shifted on the logit scale by Σ ε_d·a_d, where a_d is what of the driver's move away from its expected path has
arrived, and is widened by the spread of ε. The effects ε were estimated from years up to the origin; of later figures
only the realised drivers enter, which is the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import DataError
from regional_econ._base.options import QUANTILES_21
from regional_econ._base.seeds import rng_for
from regional_econ.policy.record.moves import Effects, from_logit, to_logit
from regional_econ.policy.record.overlap import Layout, critical_values, overlap_mean
from regional_econ.policy.record.paired import Cells, less_mean
from regional_econ.policy.record.scoring import BlockMean, block_mean, influence, quantile_score, widest

Floats = NDArray[np.float64]
PLACEBOS = 499
_MIDDLE = len(QUANTILES_21) // 2
_Z = float(stats.norm.ppf(QUANTILES_21[-1]))


@dataclass(frozen=True)
class Placebo:
    """Gains (n,) when each region is given another region's drivers of the same years; what all share stays."""

    gains: Floats

    @property
    def interval(self) -> tuple[float, float]:
        """The central 95 % of them."""
        low, high = np.quantile(self.gains, [0.025, 0.975])
        return float(low), float(high)

    def share_as_good(self, gain: float) -> float:
        """Return the share of placebos at least as good as a gain, the gain itself counted among them."""
        return float((1 + (self.gains >= gain).sum()) / (1 + len(self.gains)))


@dataclass(frozen=True)
class Comparison:
    """Conditional against unconditional forecasts; scores in percentage points, a positive gain is an improvement.

    ``gain``: unconditional less conditional score, with the wider of the intervals by shared years and by region.
    ``promised``: the gain that would come if the conditional forecasts, their width included, were the law of what
    happens. ``slope``: of what happened, less
    the unconditional median, on the shift of the median, in percentage points and less the mean of each origin and
    year: one if the effects are right, zero if the drivers say nothing, None if no median moves.
    """

    unconditional: float
    conditional: float
    gain: BlockMean
    promised: float
    slope: BlockMean | None
    shift_sd: float
    n_regions: int


def compare(cells: Cells, effects: Mapping[int, Effects], *, seed: int = 0) -> Comparison:
    """Score conditional and unconditional forecasts on the same cells.

    Parameters
    ----------
    effects : by origin, known at that origin or before.
    seed : root seed of the simulated critical values.

    Raises
    ------
    DataError : an origin without effects, or with effects that were known only later.
    """
    shift, variance = _shift(cells, effects)
    moved = conditional_quantiles(cells.quantiles, shift, variance)
    before, after = (quantile_score(one, cells.observed) for one in (cells.quantiles, moved))
    middle, codes = cells.quantiles[_MIDDLE], cells.codes
    x, y = (less_mean(one - middle, codes) for one in (moved[_MIDDLE], cells.observed))
    return Comparison(
        float(before.mean()),
        float(after.mean()),
        _mean(before - after, cells.layout, moved[_MIDDLE] - middle, seed),
        _promised(cells.quantiles, moved),
        _slope(x, y, cells.layout, seed) if x.any() else None,
        float(shift.std()),
        len(np.unique(cells.region)),
    )


def gain(cells: Cells, effects: Mapping[int, Effects], *, seed: int = 0) -> BlockMean:
    """Return the gain of the conditional forecasts alone, as :func:`compare` does; a single region is enough.

    Raises
    ------
    DataError : an origin without effects, or with effects that were known only later.
    """
    gained, moved = _gains(cells, effects)
    return _mean(gained, cells.layout, moved[_MIDDLE] - cells.quantiles[_MIDDLE], seed)


def mean_gain(cells: Cells, effects: Mapping[int, Effects]) -> float:
    """Return the gain of the conditional forecasts without its error.

    Raises
    ------
    DataError : an origin without effects, or with effects that were known only later.
    """
    return float(_gains(cells, effects)[0].mean())


def _gains(cells: Cells, effects: Mapping[int, Effects]) -> tuple[Floats, Floats]:
    """Return each cell's gain and the conditional quantiles."""
    moved = conditional_quantiles(cells.quantiles, *_shift(cells, effects))
    return quantile_score(cells.quantiles, cells.observed) - quantile_score(moved, cells.observed), moved


def _mean(scores: Floats, layout: Layout, loadings: Floats, seed: int) -> BlockMean:
    """Return the mean of cells with the wider of its intervals by shared years and, of several regions, by region."""
    by_year = overlap_mean(scores, layout, critical_values(layout, loadings, seed=seed))
    return widest([by_year, *([block_mean(scores, layout.region)] if layout.region.max() else [])])


def _slope(x: Floats, y: Floats, layout: Layout, seed: int) -> BlockMean:
    slope, scores = influence(x, y)
    return replace(_mean(scores, layout, x, seed), value=slope)


def conditional_quantiles(quantiles: Floats, shift: Floats, variance: Floats) -> Floats:
    """Return quantiles (21, n) in % shifted on the logit scale and widened by the spread of the shift.

    Parameters
    ----------
    quantiles : (21, n), %.
    shift, variance : (n,), of the logit.

    >>> q = np.linspace(5.0, 15.0, 21)[:, None]
    >>> bool(np.allclose(conditional_quantiles(q, np.zeros(1), np.zeros(1)), q))
    True
    """
    scaled = to_logit(quantiles)
    middle = scaled[_MIDDLE]
    return from_logit(middle + shift + (scaled - middle) * np.sqrt(1.0 + variance / _spread(scaled) ** 2))


def placebo(cells: Cells, effects: Mapping[int, Effects], *, seed: int, n: int = PLACEBOS) -> Placebo:
    """Return the gains of forecasts that were given the drivers of other regions in the same years.

    Parameters
    ----------
    seed : root seed of the permutations.
    n : how many.
    """
    rng = rng_for(seed, "policy", "history", "placebo")
    before = float(quantile_score(cells.quantiles, cells.observed).mean())
    names, at = np.unique(cells.region, return_inverse=True)
    groups = [np.flatnonzero(cells.codes == code) for code in np.unique(cells.codes)]
    gains = np.empty(n)
    for number in range(n):
        order = rng.random(len(names))
        donor = np.empty(len(at), dtype=np.int64)
        for group in groups:
            donor[group] = group[np.argsort(order[at[group]])]
        shift, variance = _shift(replace(cells, arrived=cells.arrived[donor]), effects)
        moved = conditional_quantiles(cells.quantiles, shift, variance)
        gains[number] = before - float(quantile_score(moved, cells.observed).mean())
    return Placebo(gains)


def _shift(cells: Cells, effects: Mapping[int, Effects]) -> tuple[Floats, Floats]:
    """Return the shift of each cell's logit and its variance."""
    shift, variance = np.empty(len(cells.origin)), np.empty(len(cells.origin))
    for origin in cells.origins:
        known = effects.get(origin)
        if known is None or known.origin > origin:
            when = "none" if known is None else f"those of {known.origin}"
            raise DataError(f"effects known in {origin} are needed, given {when}", advice="Estimate them at the origin")
        rows = cells.origin == origin
        a = cells.arrived[rows]
        shift[rows] = a @ known.mean
        variance[rows] = np.einsum("nk,kl,nl->n", a, known.covariance, a)
    return shift, variance


def _promised(quantiles: Floats, moved: Floats) -> float:
    """Mean gain if each conditional quantile in turn came true."""
    return float(np.mean([quantile_score(quantiles, y) - quantile_score(moved, y) for y in moved]))


def _spread(scaled: Floats) -> Floats:
    """Standard deviation of a normal law with the outer quantiles of (21, n)."""
    return np.asarray(np.maximum((scaled[-1] - scaled[0]) / (2.0 * _Z), 1e-9), dtype=np.float64)
