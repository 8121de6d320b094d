"""The outcome of many scenarios in one year: what the compiled arithmetic is handed, and no more than it reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.model import kernel

Floats = NDArray[np.float64]
_YEARLY, _OF_LEVERS, _BY_DRAW = ("base", "flow"), ("driver", "group", "rule", "reach"), ("lag", "gain")


def last_shifts(funded: Floats, lever: kernel.LeverArrays, world: kernel.DriverArrays, synergy: Floats) -> Floats:
    """Return the shift of the outcome's logit in the last year funded (scenarios, draws).

    Parameters
    ----------
    funded : amounts of the levers that move drivers (scenarios, levers, years).
    synergy : κ across drivers (draws,).
    """
    draws, drivers, _ = world.base.shape
    shifts = np.zeros((len(funded), draws))
    if not drivers:
        return shifts
    used, years = np.flatnonzero(np.any(funded != 0.0, axis=(0, 2))), funded.shape[2]
    short = world._replace(**{name: np.ascontiguousarray(getattr(world, name)[:, :, :years]) for name in _YEARLY})
    few = lever._replace(
        **{name: getattr(lever, name)[used] for name in _OF_LEVERS},
        **{name: np.ascontiguousarray(getattr(lever, name)[:, used]) for name in _BY_DRAW},
    )
    kernel.shifts(np.ascontiguousarray(funded[:, used]), few, short, synergy, shifts)
    return shifts


def themselves(world: kernel.DriverArrays) -> tuple[kernel.LeverArrays, kernel.DriverArrays]:
    """Return the drivers as levers of their own, and drivers that move by the push itself, at once and to the full.

    A lever's money becomes researchers or newer assets only in part and in time. Here what is pushed is their number
    and the wear: posts need no hiring, and what is renewed replaces as much (r = 1) year after year (κ = 1). R&D that
    acts as a stock stays one: what is pushed, and was seen to move, is its flow.
    """
    draws, drivers, years = world.base.shape
    own, none = np.arange(drivers), np.zeros(drivers, np.int64)
    levers = kernel.LeverArrays(
        own, own, none, np.ones(drivers), np.zeros((draws, drivers), np.int64), np.ones((draws, drivers)),
        np.ones((draws, years)),
    )  # fmt: skip
    kind, rate = np.where(world.kind == kernel.POSTS, kernel.FLOW, world.kind), world.rate.copy()
    rate[:, world.kind == kernel.ASSETS, 2:4] = 1.0
    return levers, world._replace(kind=kind, rate=rate)
