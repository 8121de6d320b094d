"""What if measures of different directions helped each other? Claim C55, as an assumption of a size that one states.

C55 speaks of the paper's directions, so the synergy is theirs: with u_d what direction d alone shifts the outcome's
logit, the programme shifts it by κ Σ_{d<e} u_d u_e / Σ|u_d| more. No design identifies κ. It is drawn from N(0, σ); at
zero the model is unchanged. Beside it stands the synergy, alike in all draws, that the target would need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from regional_econ._base.seeds import rng_for
from regional_econ.core.results import Value
from regional_econ.policy.answers.contract import Programme, Simulated, year_index
from regional_econ.policy.answers.figures import Spread, share_value
from regional_econ.policy.model.response import shift_percent

Floats = NDArray[np.float64]
SYNERGY = "synergy"
LARGEST = 10.0
_HALVINGS = 40
_INSIDE = 1e-12


@dataclass(frozen=True)
class Synergy:
    """A programme's gain and its chance of the target when the synergy is drawn with a spread ``sigma``."""

    sigma: float
    gain: Spread
    reached: Value


@dataclass(frozen=True)
class Complementarity:
    """Results by spread, zero first; ``needed`` is the smallest synergy with which the target would be reached with
    the probability asked for, None where none up to ten would do; ``directions`` are those that the programme has."""

    directions: tuple[int, ...]
    rows: tuple[Synergy, ...]
    needed: float | None
    best: float


def complementarity(
    model: Simulated, programme: Programme, sizes: Floats, *, directions: Sequence[int], sigmas: Sequence[float],
    target: float, year: int, probability: float, seed: int,
) -> Complementarity:  # fmt: skip
    """Return a programme's results under spreads of the synergy across directions.

    Parameters
    ----------
    sizes : the programme (levers,), in standard pushes.
    directions : the paper's direction of each lever (levers,).
    sigmas : standard deviations of the synergy; zero leaves the model as it is.
    target, year, probability : what is to be reached, when and how surely.

    Raises
    ------
    UnknownNameError : a year outside the simulation.
    """
    before = model.baseline[:, year_index(model, year)]
    on = tuple(sorted({direction for direction, size in zip(directions, sizes, strict=True) if size != 0.0}))
    alone = [np.where(np.equal(directions, direction), sizes, 0.0) for direction in on]
    after = model.at(programme.amounts(np.array([sizes, *alone])), year)
    whole, *own = (_logit(level) - _logit(before) for level in after)
    size = np.abs(own).sum(axis=0)
    crossed = (np.sum(own, axis=0) ** 2 - np.square(own).sum(axis=0)) / 2.0
    ratio = np.divide(crossed, size, out=np.zeros_like(crossed), where=size > 0.0)
    z = rng_for(seed, "policy", SYNERGY).standard_normal(len(before))

    def outcome(synergy: Floats) -> Floats:
        return shift_percent(before, whole + synergy * ratio)

    rows = []
    for sigma in sorted({0.0, *sigmas}):
        level = outcome(sigma * z)
        rows.append(Synergy(sigma, Spread.of(level - before), share_value(level >= target)))
    needed, best = _needed(lambda size: float((outcome(np.full(len(z), size)) >= target).mean()), probability)
    return Complementarity(on, tuple(rows), needed, best)


def _logit(percent: Floats) -> Floats:
    """Return the logit of a percentage; none and all are held just inside."""
    return np.asarray(logit(np.clip(percent / 100.0, _INSIDE, 1.0 - _INSIDE)), dtype=np.float64)


def _needed(chance: Callable[[float], float], probability: float) -> tuple[float | None, float]:
    """Return the smallest synergy that suffices, and the largest chance seen up to the largest synergy looked at."""
    grid = np.linspace(0.0, LARGEST, 41)
    shares = np.array([chance(float(size)) for size in grid])
    hits = np.flatnonzero(shares >= probability)
    if not len(hits):
        return None, float(shares.max())
    low, high = float(grid[max(hits[0] - 1, 0)]), float(grid[hits[0]])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if chance(middle) >= probability else (middle, high)
    return high, float(shares.max())
