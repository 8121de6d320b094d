"""How far may trends have differed before an event study says nothing? Robust intervals and the breakdown value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.trend_intervals import (
    reach,
    relative_interval,
    second_differences,
    smooth_interval,
    steps_before,
)

Restriction = Literal["relative", "smoothness"]

_METHODS = {
    "relative": "conditional test with least-favourable first stage (C-LF hybrid, κ = α/10), union over the pre-trends",
    "smoothness": "fixed-length interval around the best affine estimator (FLCI)",
}
_LIMIT_DOUBLINGS = 12


@dataclass(frozen=True)
class HonestBound:
    """Bounds on one effect when trends differ by at most ``m``.

    ``set_low`` and ``set_high`` are the identified set with the estimates taken as the truth (NaN where the estimated
    trends before treatment themselves break the restriction); ``conf_low`` and ``conf_high`` the robust interval.
    """

    m: float
    set_low: float
    set_high: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True)
class HonestSensitivity:
    """Robust intervals over a grid of ``m`` for one weighted effect.

    ``breakdown`` is the largest m whose interval leaves out zero: 0 where none does, infinite where all tried do.
    """

    restriction: Restriction
    estimate: float
    std_error: float
    bounds: tuple[HonestBound, ...]
    breakdown: float
    level: float
    method: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row a bound: restriction, m, set_low, set_high, conf_low, conf_high."""
        rows = pd.DataFrame([vars(bound) for bound in self.bounds])
        rows.insert(0, "restriction", self.restriction)
        return rows

    def __str__(self) -> str:
        return f"{self.estimate:+.4g} ({self.std_error:.4g}) breaks down at {self.restriction} {self.breakdown:.3g}."


def honest(
    estimates: FloatArray,
    covariance: FloatArray,
    n_pre: int,
    *,
    weights: Sequence[float],
    restriction: Restriction,
    grid: Sequence[float],
    level: float = 0.95,
    seed: int = 0,
) -> HonestSensitivity:
    """Bound a weighted effect of an event study when parallel trends may fail.

    Parameters
    ----------
    estimates : (P + Q,) in order of time without the reference period, which lies between the P = ``n_pre`` before
        and the Q from treatment on.
    covariance : (P + Q, P + Q).
    n_pre : P, at least one.
    weights : (Q,) of the effects from treatment on, such as equal ones.
    restriction : "relative": from one period to the next, trends differ after treatment by at most m times the largest
        difference before it (Δ^RM); "smoothness": the slope of the difference changes by at most m a period (Δ^SD).
    grid : values of m.
    level : of the intervals.
    seed : of the draws behind the least-favourable critical value.

    Returns
    -------
    identified sets, intervals and the breakdown value.

    Raises
    ------
    OptionError : unknown restriction.
    EstimationError : sizes that do not fit, a covariance that is not positive definite, no or all-zero weights, m < 0.

    Source: Rambachan, Roth (2023), A more credible approach to parallel trends, REStud 90(5), sections 2-4; Andrews,
    Roth, Pakes (2023), REStud 90(6); Armstrong, Kolesár (2018), Econometrica 86(2). Held against: linear programmes,
    closed forms, coverage in Monte Carlo, and moderndid 0.4.1 on the minimum-wage example.

    >>> found = honest(np.array([0.1, 2.0]), np.eye(2) / 100, 1, weights=[1], restriction="smoothness", grid=[0.0])
    >>> round(found.estimate, 6), round(found.bounds[0].conf_low, 3), round(found.bounds[0].conf_high, 3)
    (2.0, 1.823, 2.377)
    """
    check_option("restriction", restriction, Restriction)
    beta, sigma, w = np.asarray(estimates, float), np.asarray(covariance, float), np.asarray(weights, float)
    _check(beta, sigma, n_pre, w, grid)
    alpha = 1 - level
    relative = restriction == "relative"
    bounds, intervals = (relative_set, relative_interval) if relative else (smooth_set, smooth_interval)

    def interval(m: float) -> tuple[float, float]:
        return intervals(beta, sigma, n_pre, w, m, alpha, seed)

    found = tuple(HonestBound(float(m), *bounds(beta, n_pre, w, m), *interval(float(m))) for m in grid)
    error = float(np.sqrt(w @ sigma[n_pre:, n_pre:] @ w))
    start = 1.0 if relative else error
    return HonestSensitivity(
        restriction, float(w @ beta[n_pre:]), error, found, _breakdown(interval, start), level, _METHODS[restriction]
    )


def relative_set(beta: FloatArray, n_pre: int, weights: FloatArray, m: float) -> tuple[float, float]:
    """Return the identified set under relative magnitudes, the estimates (P + Q,) taken as the truth.

    Step t of the trend's difference moves the effect by the sum of the weights from t on; each is at most m times
    the largest step before treatment.

    >>> relative_set(np.array([0.5, 2.0, 3.0]), 1, np.array([0.5, 0.5]), 1.0)
    (1.75, 3.25)
    """
    centre = float(weights @ beta[n_pre:])
    half = m * reach(weights) * float(np.abs(steps_before(n_pre) @ beta[:n_pre]).max())
    return centre - half, centre + half


def smooth_set(beta: FloatArray, n_pre: int, weights: FloatArray, m: float) -> tuple[float, float]:
    """Return the identified set under smoothness by two linear programmes; NaN where the estimates break it."""
    n = len(beta)
    D = second_differences(n_pre, n - n_pre)
    cost = np.r_[np.zeros(n_pre), weights]
    limits = [(b, b) for b in beta[:n_pre]] + [(None, None)] * (n - n_pre)
    ends = []
    for sign in (1.0, -1.0):
        found = optimize.linprog(sign * cost, np.vstack([D, -D]), np.full(2 * len(D), m), bounds=limits, method="highs")
        if found.status == 2:
            return float("nan"), float("nan")
        ends.append(float(cost @ found.x))
    centre = float(weights @ beta[n_pre:])
    return centre - ends[1], centre - ends[0]


def _check(beta: FloatArray, sigma: FloatArray, n_pre: int, weights: FloatArray, grid: Sequence[float]) -> None:
    n = len(beta)
    if not 1 <= n_pre < n or len(weights) != n - n_pre or sigma.shape != (n, n):
        raise EstimationError(
            "estimates, covariance, n_pre and weights do not fit", where=f"{n}, {sigma.shape}, {n_pre}, {len(weights)}"
        )
    if not np.isfinite(sigma).all() or np.linalg.eigvalsh((sigma + sigma.T) / 2).min() <= 0:
        raise EstimationError("the covariance is not positive definite", advice="Give one of an event study")
    if not np.any(weights) or min(grid, default=-1.0) < 0:
        raise EstimationError("weights are all zero, or m is negative or missing", advice="Give weights and m ≥ 0")


def _breakdown(interval: Callable[[float], tuple[float, float]], start: float) -> float:
    def excludes(m: float) -> bool:
        low, high = interval(m)
        return low > 0 or high < 0

    if not excludes(0.0):
        return 0.0
    low, high = 0.0, start
    for _ in range(_LIMIT_DOUBLINGS):
        if not excludes(high):
            break
        low, high = high, 2 * high
    else:
        return float("inf")
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return low
