"""How far did the drivers go from where they were expected, and how much of that has reached the outcome by a year?

The policy model's own delays: an R&D flow acts through its stock by perpetual inventory, the other drivers through lag
weights, here at their means. A year in which a driver's method changes brings no move of it: what it had moved before
is carried on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from regional_econ._base.errors import DataError
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions, DriverPrior
from regional_econ.elasticities.posterior import posterior
from regional_econ.policy.model import stocks
from regional_econ.policy.model.response import Kernel, effect

Floats = NDArray[np.float64]
QUARTER_POINT = 0.25


@dataclass(frozen=True)
class Effects:
    """What was known of the drivers' effects on the outcome's logit at the end of ``origin``.

    ``mean`` (k,) and ``covariance`` (k, k) belong to ``drivers``; a single region's own spread is in the covariance.
    ``prior_share`` (k,) is how much of each effect comes from publications and declared biases.
    """

    origin: int
    drivers: tuple[str, ...]
    mean: Floats
    covariance: Floats
    prior_share: Floats

    def only(self, driver: str) -> Effects:
        """Return the effects with all but one driver switched off."""
        own = np.array([name == driver for name in self.drivers], dtype=np.float64)
        return replace(self, mean=self.mean * own, covariance=self.covariance * np.outer(own, own))

    def certain(self) -> Effects:
        """Return the effects without their spread."""
        return replace(self, covariance=np.zeros_like(self.covariance))


def effects_known_at(
    origin: int,
    estimates: pd.DataFrame,
    covariance: pd.DataFrame,
    assumptions: Assumptions,
    *,
    drivers: tuple[str, ...],
    level_pct: float,
) -> Effects:
    """Return the effects' posterior from designs that saw figures up to an origin.

    Priors are those declared today, so published effects that appeared after the origin are in them. Unlike the
    synthesis of today this one knows no spread over specifications: the specifications were run on figures of all
    years, and that spread would bring later figures in.

    Parameters
    ----------
    estimates, covariance : of the designs at the origin.
    assumptions : biases, literature, transport.
    level_pct : level of the outcome at the origin, %.
    """
    found = posterior(estimates, covariance, assumptions, drivers=drivers, level_pct=level_pct)
    own = np.diag([assumptions.drivers[driver].transport_sd ** 2 for driver in drivers])
    mean, share = (part.to_numpy(dtype=np.float64) for part in (found.mean, found.prior_share))
    return Effects(origin, drivers, mean, found.covariance.to_numpy() + own, share)


def to_logit(percent: Floats) -> Floats:
    """Carry percentages to the logit, with a quarter of a point added on both sides so that zero has a place.

    >>> float(from_logit(to_logit(np.array(7.0))).round(9))
    7.0
    """
    return np.asarray(np.log((percent + QUARTER_POINT) / (100.0 - percent + QUARTER_POINT)))


def from_logit(scaled: Floats) -> Floats:
    """Carry logits back to percentages, cut to 0 … 100."""
    return np.clip((100.0 + 2.0 * QUARTER_POINT) * expit(scaled) - QUARTER_POINT, 0.0, 100.0)


def driver_levels(panel: Panel, prior: DriverPrior) -> pd.DataFrame:
    """Return a driver on the scale of its elasticity, regions × years: logs (NaN for none) or its own unit."""
    wide = panel.matrix(prior.driver)
    if prior.form != "logit_per_log":
        return wide
    positive = wide.where(wide > 0.0)
    return pd.DataFrame(np.log(positive.to_numpy(dtype=np.float64)), index=wide.index, columns=wide.columns)


def within_method(levels: Floats, expected: Floats, years: tuple[int, ...], breaks: tuple[int, ...]) -> Floats:
    """Return moves (R, H): level less expectation, and from a change of method on the last move before it.

    Parameters
    ----------
    levels, expected : (R, H), on the elasticity's scale.
    years : (H,), those after the origin.
    breaks : first years of new methods.

    >>> within_method(np.array([[2.0, 9.0]]), np.array([[1.5, 1.5]]), (2016, 2017), (2017,)).tolist()
    [[0.5, 0.5]]
    """
    moves = np.asarray(levels - expected, dtype=np.float64)
    for h, year in enumerate(years):
        if any(years[0] <= at <= year for at in breaks):
            moves[:, h] = moves[:, h - 1] if h else 0.0
    return moves


def chained(levels: Floats, years: tuple[int, ...], breaks: tuple[int, ...]) -> Floats:
    """Return moves (R, H) from the first year: sums of yearly changes, where a method's first year brings none.

    >>> chained(np.array([[1.0, 1.5, 9.0, 9.2]]), (2015, 2016, 2017, 2018), (2017,)).round(9).tolist()
    [[0.0, 0.5, 0.5, 0.7]]
    """
    steps = np.diff(levels, axis=1)
    steps[:, [year in breaks for year in years[1:]]] = 0.0
    return np.concatenate([np.zeros((len(levels), 1)), np.cumsum(steps, axis=1)], axis=1)


def arrived(moves: Floats, prior: DriverPrior, *, history: Floats, depreciation: float) -> Floats:
    """Return what of the moves has reached the outcome by each year (R, H), on the elasticity's scale.

    Parameters
    ----------
    moves : (R, H) by year after the origin, against the expected path.
    prior : which delay the driver has: a stock, or lag weights.
    history : (R, K) levels on the elasticity's scale up to the origin, NaN before the first; only a stock reads them.
    depreciation : of the stock, a year.

    Raises
    ------
    DataError : a stock whose history has gaps.
    """
    if prior.lag_kernel == "pim":
        return _through_stock(moves, history, depreciation)
    weights = np.array([prior.lag_concentration]) / sum(prior.lag_concentration)
    ones = np.ones(len(moves))
    return effect(ones, moves, kernel=Kernel(weights), persistence=np.zeros(len(moves)))


def without_gaps(history: Floats) -> NDArray[np.bool_]:
    """Return whether each region's figures (R, K) run to the last year without a gap once they begin.

    >>> without_gaps(np.array([[np.nan, 1.0, 2.0], [1.0, np.nan, 2.0], [np.nan, np.nan, np.nan]])).tolist()
    [True, False, False]
    """
    known = np.isfinite(history)
    return np.asarray(known[:, -1] & (np.diff(known.astype(int), axis=1) >= 0).all(axis=1))


def _published(row: Floats) -> Floats:
    return row[np.isfinite(row)]


def _through_stock(moves: Floats, history: Floats, depreciation: float) -> Floats:
    """Perpetual inventory of the flow as it went, beside the flow held at its last level."""
    if not without_gaps(history).all():
        raise DataError("a stock needs a history of its flow without gaps", advice="Leave out regions with gaps")
    delta = np.full(len(moves), depreciation)
    start = np.array([stocks.rd_initial_stock(np.exp(row), delta[:1])[0] for row in map(_published, history)])
    held = np.exp(history[:, [-1]]) * np.ones_like(moves)
    return np.log(stocks.rd_stock(start, held * np.exp(moves), delta) / stocks.rd_stock(start, held, delta))
