"""How likely is the placebo test of price paths to find an effect of a given size?"""

from __future__ import annotations

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.causal.price_paths import ExposureDesign, Statistic
from regional_econ.causal.scales import FloatArray

_ROUNDING = 1e-9


def placebo_power(
    design: ExposureDesign, paths: FloatArray, effect: float, *, statistic: Statistic = "t", level: float = 0.05
) -> float:
    """Return the probability that the placebo test finds an effect, had the price drawn another path.

    Each path in turn is the price's own and moves the outcome, once up and once down; the rest are its placebos. The
    outcome as observed stands for what prices do not move.

    Parameters
    ----------
    design : the regression.
    paths : (R, T) placebo log prices.
    effect : of one log point of the price at an exposure of one.
    statistic : as in :func:`regional_econ.causal.price_paths.placebo_p`.
    level : of the test.

    Raises
    ------
    EstimationError : so few paths that the test can never reject.

    Source: Cohen (1988), Statistical Power Analysis, for the quantity; the test is that of
    :func:`regional_econ.causal.price_paths.placebo_p`. Held against a loop that plants the effect and tests it.
    """
    count = len(paths)
    if level * count < 1:
        raise EstimationError(f"a test of {count} paths cannot reject at {level:g}", advice="Draw more paths")
    check_option("statistic", statistic, Statistic)
    moments, cross = paths @ design.right.T, paths @ design.gram @ paths.T
    own = np.diagonal(cross, axis1=1, axis2=2)
    total = own.sum(axis=0)
    # Path k moves the outcome by b: path j then shows the estimate base_j + b · slope_jk, scores left_j + b · drift_jk.
    base, slope = (moments.sum(axis=1) / total)[:, None], cross.sum(axis=0) / total[:, None]
    left, drift = (moments.T - base[:, 0] * own)[:, :, None], cross - own[:, :, None] * slope
    found = []
    for b in (effect, -effect):
        spread = np.sqrt(((left + b * drift) ** 2).sum(axis=0)) if statistic == "t" else np.sqrt(total)[:, None]
        size = np.abs(base + b * slope) * total[:, None] / spread
        at_least = (size >= np.diagonal(size) * (1 - _ROUNDING)).sum(axis=0)
        found.append((at_least <= level * count * (1 + _ROUNDING)).mean())
    return float(np.mean(found))
