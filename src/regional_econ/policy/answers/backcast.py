"""What would reach the target? The smallest mix of levers that does so with a probability, or that none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.core.results import Value
from regional_econ.policy.answers.contract import Programme, Simulated, year_index
from regional_econ.policy.answers.figures import SEARCHED, UNSEEN, Spread, change_value, share_error, share_value
from regional_econ.policy.answers.mixes import Bounds, Mix, Score, Scored, frontier, smallest_mix

Floats = NDArray[np.float64]
_SCENARIOS_AT_ONCE = 32
_ALLOWANCES = 24


@dataclass(frozen=True)
class Backcast:
    """The answer to: which mix reaches a value by a year with a probability?

    ``mix`` is the smallest found that does, None where none was found; ``frontier`` the best mix for each allowance;
    ``best`` the one with the largest probability of all. All are searched on every second draw, and so are their
    scores. What follows is read on the other draws, since a choice flatters itself on those it was made on: ``before``,
    the probability without measures; ``reached``, its paired ``change`` and ``gain`` of ``mix`` or, where there is
    none, of ``best``; and ``frontier_reached``.
    """

    target: float
    year: int
    probability: float
    mix: Mix | None
    frontier: tuple[Mix, ...]
    allowances: tuple[float, ...]
    before: Value
    reached: Value
    change: Value
    gain: Spread
    frontier_reached: tuple[Value, ...]

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
    """Find the smallest mix whose probability of reaching the target is large enough on the draws searched.

    The search goes through rising allowances and, between the last that does not suffice and the first that does,
    halves the allowance; where it climbs, the mix is the smallest found.

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
    before = model.baseline[UNSEEN, year_index(model, year)]
    score = Scored(chances(model, programme, target=target, year=year, draws=SEARCHED))
    allowances = allowances_of(bounds)
    found = frontier(score, bounds, allowances)
    mix = smallest_mix(score, bounds, found, allowances, probability)
    shown = max(found, key=lambda one: one.score) if mix is None else mix
    after = model.at(programme.amounts(shown.sizes[None, :]), year)[0, UNSEEN]
    unseen = chances(model, programme, target=target, year=year, draws=UNSEEN)(np.array([one.sizes for one in found]))
    return Backcast(
        target, year, probability, mix, found, tuple(allowances), share_value(before >= target),
        share_value(after >= target), change_value(before >= target, after >= target), Spread.of(after - before),
        tuple(Value(float(chance), "share", 3, share_error(float(chance), len(before))) for chance in unseen),
    )  # fmt: skip


def chances(model: Simulated, programme: Programme, *, target: float, year: int, draws: slice = slice(None)) -> Score:
    """Return the function from mixes (mixes, levers) to the share of draws that reach the target."""

    def chance(mixes: Floats) -> Floats:
        blocks = np.array_split(mixes, range(_SCENARIOS_AT_ONCE, len(mixes), _SCENARIOS_AT_ONCE))
        after = (model.at(programme.amounts(block), year)[:, draws] for block in blocks)
        return np.concatenate([(outcome >= target).mean(axis=1) for outcome in after])

    return chance


def allowances_of(bounds: Bounds) -> Sequence[float]:
    """Return allowances from nothing to all there is, a step of the cheapest lever apart but no more than two dozen."""
    steps = bounds.step * bounds.weights[(bounds.weights > 0.0) & (bounds.limits > 0.0)]
    if not len(steps):
        return (0.0,)
    count = min(int(np.ceil(bounds.largest / steps.min() - 1e-9)), _ALLOWANCES)
    return tuple(float(value) for value in np.linspace(0.0, bounds.largest, count + 1))
