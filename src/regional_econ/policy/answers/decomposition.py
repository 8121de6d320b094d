"""What does each lever of a programme bring? Percentage points that sum to the programme's gain, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.answers.contract import Programme, Simulated, year_index
from regional_econ.policy.answers.figures import Spread

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One lever of a programme: its size in standard pushes and what it brings, percentage points."""

    lever: str
    size: float
    gain: Spread


@dataclass(frozen=True)
class Decomposition:
    """The levers that are on, by falling mean, and the whole gain. The means of the parts sum to that of the whole;
    medians need not."""

    parts: tuple[Part, ...]
    whole: Spread


def decompose(model: Simulated, programme: Programme, sizes: Floats, *, year: int) -> Decomposition:
    """Return each lever's contribution to a programme's gain in a year.

    Parameters
    ----------
    sizes : (levers,), in standard pushes.

    Raises
    ------
    UnknownNameError : a year outside the simulation.

    Source: Billera and Heath 1982, Mathematics of Operations Research 7(1) (Aumann–Shapley prices).
    """
    at = year_index(model, year)
    brought = model.contributions(programme.amounts(sizes))[:, :, at]
    parts = [
        Part(lever, float(size), Spread.of(points))
        for lever, size, points in zip(model.levers, sizes, brought, strict=True)
        if size != 0.0
    ]
    order = sorted(parts, key=lambda part: -float(part.gain.mean.value or 0.0))
    return Decomposition(tuple(order), Spread.of(brought.sum(axis=0)))
