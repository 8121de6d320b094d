"""From deviations of drivers to innovation activity: lags and persistence.

On the logit scale, per draw: logit y = baseline + Σ_d u_d with u_t = φu_{t−1} + (1−φ)·ε·Δx_t. A lag kernel that
sums to one replaces the persistence (φ = 0); the two are never used together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from regional_econ._base.errors import OptionError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kernel:
    """When an effect arrives: weights of the lags 0, 1, … (draws or 1, lags), which sum to one.

    ``persistent`` says that φ spreads the effect, because nothing else does: neither lag weights nor a stock.
    """

    weights: Floats
    persistent: bool = False

    def __post_init__(self) -> None:
        total = self.weights.sum(axis=1)
        worst = total[np.abs(total - 1.0).argmax()]
        if abs(worst - 1.0) > 1e-6:
            raise OptionError(
                f"lag weights sum to {worst:.8g}, not to one", advice="Normalise the kernel before the export"
            )


def point_kernel(years: int) -> Kernel:
    """Return the kernel of an effect that arrives whole after some years; φ spreads it where there are none.

    >>> point_kernel(2).weights.tolist()
    [[0.0, 0.0, 1.0]]
    """
    return Kernel(np.eye(years + 1)[[years]], persistent=years == 0)


def stock_kernel() -> Kernel:
    """Return the kernel of an effect whose delay lies in the driver's stock: at once, without φ."""
    return Kernel(np.ones((1, 1)))


def effect(elasticity: Floats, change: Floats, *, kernel: Kernel, persistence: Floats) -> Floats:
    """Return u (draws, years), the shift of the outcome's logit that one driver brings inside its domain.

    Parameters
    ----------
    elasticity : ε on the logit scale (draws,).
    change : Δx (draws, years).
    kernel : when the effect arrives.
    persistence : φ (draws,), used only when the kernel is persistent.
    """
    response = elasticity[:, None] * change
    if not kernel.persistent:
        return _distribute(response, kernel.weights)
    shift = np.empty_like(response)
    level = np.zeros(response.shape[0])
    for t in range(response.shape[1]):
        level = persistence * level + (1.0 - persistence) * response[:, t]
        shift[:, t] = level
    return shift


def shift_percent(baseline: Floats, shift: Floats) -> Floats:
    """Move a percentage on the logit scale; where the shift is zero the baseline returns unchanged.

    >>> shift_percent(np.array([8.4]), np.array([0.44])).round(2).tolist()
    [12.46]
    """
    return np.where(shift == 0.0, baseline, 100.0 * expit(logit(baseline / 100.0) + shift))


def share_percent(baseline: Floats, total: Floats, part: Floats) -> Floats:
    """Return the percentage points that one driver brings.

    Along the straight path from no shift to the total one, every driver meets the same slope, so that the points
    are shared as the logit shifts are (Aumann–Shapley); the parts sum to the whole.
    """
    moved = shift_percent(baseline, total) - baseline
    slope = baseline * (1.0 - baseline / 100.0)
    small = np.abs(total) < 1e-9
    ratio = np.divide(part, total, out=np.zeros_like(part), where=~small)
    return np.where(small, slope * part, moved * ratio)


def _distribute(response: Floats, weights: Floats) -> Floats:
    shift = np.zeros_like(response)
    for k in range(weights.shape[1]):
        span = response.shape[1] - k
        if span > 0:
            shift[:, k:] += weights[:, [k]] * response[:, :span]
    return shift
