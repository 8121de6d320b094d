"""How probable is an effect of interest, averaged over the admissible specifications? Exact: mixtures of t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

from regional_econ.causal.scales import FloatArray, coefficient_for, effect_pp

POWER = 0.80
SIZE = 0.05


@dataclass(frozen=True)
class Probabilities:
    """Probabilities of an effect in percentage points, s being the claimed sign and δ the smallest effect of interest.

    ``beyond`` P(sβ > δ), ``right_sign`` P(sβ > 0), ``negligible`` P(|β| < δ), ``wrong_sign`` P(sβ < 0),
    ``wrong_beyond`` P(sβ < −δ).
    """

    beyond: float
    right_sign: float
    negligible: float
    wrong_sign: float
    wrong_beyond: float


@dataclass(frozen=True)
class ConfidenceDistribution:
    """A mixture of t distributions of a coefficient, read in percentage points of the focal region.

    All arrays (m,): ``location``, ``scale_`` (standard errors), ``df``, ``weight`` (sum to one), ``logs`` (whether the
    outcome is in logarithms, else a logit), ``change`` (the contrast of the row's measure).
    """

    location: FloatArray
    scale_: FloatArray
    df: FloatArray
    weight: FloatArray
    logs: NDArray[np.bool_]
    change: FloatArray
    level_pct: float
    claimed_sign: int

    def cdf(self, pp: float) -> float:
        """Return P(effect ≤ pp)."""
        ln, logit = (coefficient_for(pp, 1.0, self.level_pct, scale) for scale in ("ln", "logit"))
        cuts = np.where(self.logs, ln, logit) / self.change
        return float(self.weight @ stdtr(self.df, (cuts - self.location) / self.scale_))

    def quantile(self, probability: float) -> float:
        """Return the effect in percentage points below which ``probability`` lies."""
        low, high = -self.level_pct * (1 - 1e-9), 99.9 - self.level_pct
        return float(brentq(lambda pp: self.cdf(pp) - probability, low, high, xtol=1e-10))

    def probabilities(self, delta_pp: float) -> Probabilities:
        """Return the probabilities that a verdict reads."""
        below, zero, above = (self.cdf(cut) for cut in (-delta_pp, 0.0, delta_pp))
        up, down = (1 - above, below) if self.claimed_sign > 0 else (below, 1 - above)
        right = 1 - zero if self.claimed_sign > 0 else zero
        return Probabilities(up, right, above - below, 1 - right, down)

    def sign_share(self) -> float:
        """Return the weight of the specifications whose estimate has the claimed sign."""
        return float(self.weight @ (np.sign(self.location) == self.claimed_sign))

    def p_value(self) -> float:
        """Return the two-sided confidence against zero, 2 · min(P(β > 0), P(β < 0))."""
        zero = self.cdf(0.0)
        return 2 * min(zero, 1 - zero)

    def minimal_detectable_pp(self) -> float:
        """Return the size of the effect in the claimed direction that is found with 80 % power at the 5 % level.

        It is the weighted median over specifications; a fall from a low level is smaller than the mirrored rise.
        """
        reach = self.claimed_sign * minimal_detectable(self.scale_, self.df)
        ln, logit = (np.abs(effect_pp(reach, self.change, self.level_pct, scale)) for scale in ("ln", "logit"))
        effects = np.where(self.logs, ln, logit)
        order = np.argsort(effects, kind="stable")
        position = np.searchsorted(np.cumsum(self.weight[order]), 0.5)
        return float(effects[order][min(int(position), len(effects) - 1)])


def confidence_distribution(
    rows: pd.DataFrame, *, change: float | FloatArray, level_pct: float, claimed_sign: int
) -> ConfidenceDistribution:
    """Return the specification-averaged confidence distribution of one driver.

    Parameters
    ----------
    rows : estimate, std_error, df, weight and scale of its specifications; the weights are made to sum to one.
    change : the driver's contrast, or (m,) that of each row's measure.
    level_pct : newest official level of the focal region.
    claimed_sign : +1 or −1.

    Source: Schweder, Hjort (2016), Confidence, Likelihood, Probability, ch. 3; the average is a linear pool.

    >>> one = pd.DataFrame({"estimate": [0.2], "std_error": [0.1], "df": [84], "weight": [1.0], "scale": ["ln"]})
    >>> round(confidence_distribution(one, change=0.7, level_pct=7.0, claimed_sign=1).cdf(0.0), 4)
    0.0244
    """
    weight = rows["weight"].to_numpy(dtype=float)
    return ConfidenceDistribution(
        rows["estimate"].to_numpy(dtype=float),
        rows["std_error"].to_numpy(dtype=float),
        rows["df"].to_numpy(dtype=float),
        weight / weight.sum(),
        (rows["scale"] == "ln").to_numpy(),
        np.broadcast_to(np.asarray(change, dtype=float), len(rows)),
        level_pct,
        claimed_sign,
    )


def minimal_detectable(std_error: FloatArray, df: FloatArray) -> FloatArray:
    """Return the coefficient that a two-sided 5 % test finds with 80 % power.

    >>> float(minimal_detectable(np.array(0.065), np.array(84)).round(3))
    0.184
    """
    return np.asarray((stdtrit(df, 1 - SIZE / 2) + stdtrit(df, POWER)) * std_error)


def benjamini_hochberg(p_values: FloatArray) -> FloatArray:
    """Return q-values over a family of p-values.

    Source: Benjamini, Hochberg (1995).

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    raised = p[order] * (len(p) / np.arange(1, len(p) + 1))  # the largest is raised by exactly one
    q = np.empty_like(p)
    q[order] = np.minimum(1.0, np.minimum.accumulate(raised[::-1])[::-1])
    return q
