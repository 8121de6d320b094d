"""What if measures of different directions helped each other? Claim C55, as an assumption of a size that one states.

No design identifies a synergy. It is drawn from N(0, σ) on the scale of the model's synergy, the part by which joint
effects of two directions exceed their sum; at zero the model is unchanged. Beside it stands the synergy, alike in all
draws, that the target would need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.seeds import rng_for
from regional_econ.core.results import Value
from regional_econ.policy.answers.contract import Programme, Simulated, year_index
from regional_econ.policy.answers.figures import Spread, share_value

Floats = NDArray[np.float64]
SYNERGY = "synergy"
LARGEST = 10.0
_HALVINGS = 40


class Replaceable(Simulated, Protocol):
    """A model some of whose parameters can be replaced."""

    def with_parameters(self, changes: Mapping[str, Floats]) -> Self:
        """Return the same model with parameters (draws,) replaced."""


@dataclass(frozen=True)
class Synergy:
    """A programme's gain and its chance of the target when the synergy is drawn with a spread ``sigma``."""

    sigma: float
    gain: Spread
    reached: Value


@dataclass(frozen=True)
class Complementarity:
    """Results by spread, zero first; ``needed`` is the smallest synergy with which the target would be reached with
    the probability asked for, None where none up to ten would do."""

    rows: tuple[Synergy, ...]
    needed: float | None
    best: float


def complementarity(
    model: Replaceable, programme: Programme, sizes: Floats, *, sigmas: Sequence[float], target: float, year: int,
    probability: float, seed: int,
) -> Complementarity:  # fmt: skip
    """Return a programme's results under spreads of the synergy across directions.

    Parameters
    ----------
    sizes : the programme (levers,), in standard pushes.
    sigmas : standard deviations of the synergy; zero leaves the model as it is.
    target, year, probability : what is to be reached, when and how surely.

    Raises
    ------
    UnknownNameError : a year outside the simulation.
    """
    before = model.baseline[:, year_index(model, year)]
    amounts = programme.amounts(sizes[None, :])
    z = rng_for(seed, "policy", SYNERGY).standard_normal(len(before))

    def outcome(synergy: Floats) -> Floats:
        return np.asarray(model.with_parameters({SYNERGY: synergy}).at(amounts, year)[0], dtype=np.float64)

    rows = []
    for sigma in sorted({0.0, *sigmas}):
        after = outcome(sigma * z)
        rows.append(Synergy(sigma, Spread.of(after - before), share_value(after >= target)))
    needed, best = _needed(lambda size: float((outcome(np.full(len(z), size)) >= target).mean()), probability)
    return Complementarity(tuple(rows), needed, best)


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
