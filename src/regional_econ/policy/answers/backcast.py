"""What would reach the target? The smallest mix of levers that does so with a probability, or that none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.core.results import Value
from regional_econ.policy.answers.contract import Programme, Simulated, year_index
from regional_econ.policy.answers.figures import Spread, share_value
from regional_econ.policy.answers.mixes import Bounds, Mix, Score, Scored, frontier

Floats = NDArray[np.float64]
_HALVINGS = 20
_SCENARIOS_AT_ONCE = 32
_ALLOWANCES = 24


@dataclass(frozen=True)
class Backcast:
    """The answer to: which mix reaches a value by a year with a probability?

    ``mix`` is the smallest that does, None where none within the bounds does; ``frontier`` the best mix for each
    allowance; ``best`` the one with the largest probability of all; ``before`` the probability without measures.
    ``reached`` and ``gain`` are those of ``mix``, or of ``best`` where there is none.
    """

    target: float
    year: int
    probability: float
    mix: Mix | None
    frontier: tuple[Mix, ...]
    allowances: tuple[float, ...]
    before: Value
    reached: Value
    gain: Spread

    @property
    def best(self) -> Mix:
        """The mix with the largest probability; among equals the smallest."""
        return max(self.frontier, key=lambda mix: mix.score)

    @property
    def shown(self) -> Mix:
        """The mix that reaches the target, or the best there is."""
        return self.best if self.mix is None else self.mix


def backcast(
    model: Simulated,
    programme: Programme,
    bounds: Bounds,
    *,
    target: float,
    year: int,
    probability: float,
) -> Backcast:
    """Find the smallest mix whose probability of reaching the target is large enough.

    The search goes through rising allowances on the grid of the bounds; the first mix that suffices is then made
    smaller in proportion until it barely does.

    Parameters
    ----------
    target : level of the outcome, %.
    probability : that is asked for.

    Raises
    ------
    OptionError : a target or probability out of range.
    UnknownNameError : a year outside the simulation.
    """
    if not 0.0 < target < 100.0 or not 0.0 < probability < 1.0:
        raise OptionError(
            "the target needs a value between 0 and 100 and a probability between 0 and 1",
            advice="For example: --value 12.5 --probability 0.5",
        )
    before = model.baseline[:, year_index(model, year)]
    score = Scored(chances(model, programme, target=target, year=year))
    found = frontier(score, bounds, allowances_of(bounds))
    enough = next((mix for mix in found if mix.score >= probability), None)
    mix = None if enough is None else _least(score, bounds, enough, probability)
    shown = max(found, key=lambda one: one.score) if mix is None else mix
    after = model.at(programme.amounts(shown.sizes[None, :]), year)[0]
    return Backcast(
        target, year, probability, mix, found, tuple(allowances_of(bounds)), share_value(before >= target),
        share_value(after >= target), Spread.of(after - before),
    )  # fmt: skip


def chances(model: Simulated, programme: Programme, *, target: float, year: int) -> Score:
    """Return the function from mixes (mixes, levers) to the share of draws that reach the target."""

    def chance(mixes: Floats) -> Floats:
        blocks = np.array_split(mixes, range(_SCENARIOS_AT_ONCE, len(mixes), _SCENARIOS_AT_ONCE))
        return np.concatenate([(model.at(programme.amounts(block), year) >= target).mean(axis=1) for block in blocks])

    return chance


def allowances_of(bounds: Bounds) -> Sequence[float]:
    """Return allowances from nothing to all there is, a step of the cheapest lever apart but no more than two dozen."""
    steps = bounds.step * bounds.weights[(bounds.weights > 0.0) & (bounds.limits > 0.0)]
    if not len(steps):
        return (0.0,)
    count = min(int(np.ceil(bounds.largest / steps.min() - 1e-9)), _ALLOWANCES)
    return tuple(float(value) for value in np.linspace(0.0, bounds.largest, count + 1))


def _least(score: Scored, bounds: Bounds, mix: Mix, probability: float) -> Mix:
    """Shrink a mix in proportion until it barely suffices."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        enough = score((middle * mix.sizes)[None, :])[0] >= probability
        low, high = (low, middle) if enough else (middle, high)
    sizes = high * mix.sizes
    return Mix(sizes, float(sizes @ bounds.weights), float(score(sizes[None, :])[0]))
