"""What to buy with a budget? Portfolios that reach a target most surely, and those one would regret least."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ.core.results import Value
from regional_econ.policy.answers.contract import Programme, Simulated, year_index
from regional_econ.policy.answers.figures import SEARCHED, UNSEEN, Spread, change_value, share_value
from regional_econ.policy.answers.mixes import Bounds, Mix, Scored, best_mix

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Portfolio:
    """A mix under a budget: what it costs within the budget's years, what it brings, and its regret by regime.

    It is searched on every second draw, and all but ``mix`` read on the others. ``change`` is that of the probability,
    draw beside draw; ``regrets`` are percentage points of mean gain that the best mix for that regime alone would bring
    more, each with its Monte Carlo error.
    """

    mix: Mix
    reached: Value
    change: Value
    gain: Spread
    regrets: Mapping[str, Value]

    @property
    def regret(self) -> Value:
        """The largest regret."""
        return max(self.regrets.values(), key=lambda regret: float(regret.value or 0.0))


@dataclass(frozen=True)
class Portfolios:
    """The mix with the largest probability of the target (chance constraint) and the one whose largest regret over
    regimes is smallest."""

    surest: Portfolio
    least_regret: Portfolio
    before: Value
    budget: float


def portfolios(
    model: Simulated, programme: Programme, bounds: Bounds, regimes: Mapping[str, Mask], *, budget: float,
    target: float, year: int,
) -> Portfolios:  # fmt: skip
    """Return robust portfolios under a budget.

    Parameters
    ----------
    bounds : limits, and as weights what one standard push of each lever costs within the budget's years.
    regimes : which draws belong to each regime of parameters or prices (draws,).
    budget : in the unit of the weights.
    target, year : level of the outcome, %, and when.

    Raises
    ------
    OptionError : a budget that is not positive, or a regime without draws.
    UnknownNameError : a year outside the simulation.

    Source: Charnes and Cooper 1959, Management Science 6(1), for the chance constraint; Savage 1951, JASA 46(253), for
    minimax regret.
    """
    if not budget > 0.0:
        raise OptionError(f"the budget is {budget:g}", advice="Give a positive amount, such as --budget 5e9")
    empty = [name for name, own in regimes.items() if not (own[SEARCHED].any() and own[UNSEEN].any())]
    if empty or not regimes:
        raise OptionError(f"no draws in regime {empty[0] if empty else '–'}", advice="Choose regimes that occur")
    before = model.baseline[:, year_index(model, year)]
    searched, unseen = (
        np.array([own[half] / own[half].sum() for own in regimes.values()]) for half in (SEARCHED, UNSEEN)
    )
    known: dict[tuple[float, ...], tuple[float, Floats]] = {}

    def read(mixes: Floats) -> list[tuple[float, Floats]]:
        keys = [tuple(np.round(mix, 9).tolist()) for mix in mixes]
        for key in dict.fromkeys(key for key in keys if key not in known):
            after = model.at(programme.amounts(np.array(key)[None, :]), year)[0]
            gain = np.asarray(searched @ (after - before)[SEARCHED], dtype=np.float64)
            known[key] = float((after[SEARCHED] >= target).mean()), gain
        return [known[key] for key in keys]

    def of_regime(at: int) -> Scored:
        return Scored(lambda mixes: np.array([gain[at] for _, gain in read(mixes)]))

    surest = best_mix(Scored(lambda mixes: np.array([chance for chance, _ in read(mixes)])), bounds, budget)
    ideals = [best_mix(of_regime(at), bounds, budget) for at in range(len(searched))]
    ideal = np.array([mix.score for mix in ideals])
    regret = Scored(lambda mixes: np.array([-(ideal - gain).max() for _, gain in read(mixes)]))
    calm = best_mix(regret, bounds, budget, start=surest.sizes)

    def portfolio(mix: Mix) -> Portfolio:
        after = model.at(programme.amounts(mix.sizes[None, :]), year)[0, UNSEEN]
        lost = [_mean(more[own > 0.0]) for more, own in zip(best - after, unseen, strict=True)]
        named = dict(zip(regimes, lost, strict=True))
        hits = (without >= target, after >= target)
        return Portfolio(mix, share_value(hits[1]), change_value(*hits), Spread.of(after - without), named)

    without = before[UNSEEN]
    best = model.at(programme.amounts(np.array([mix.sizes for mix in ideals])), year)[:, UNSEEN]
    return Portfolios(portfolio(surest), portfolio(calm), share_value(without >= target), budget)


def _mean(more: Floats) -> Value:
    """Return how much more another mix brings on average, none where it brings less."""
    return Value(max(float(more.mean()), 0.0), "pp", 2, float(more.std() / np.sqrt(len(more))))


def halves(parameters: Mapping[str, Floats]) -> dict[str, Mask]:
    """Return two regimes for each parameter, its draws below and above the median.

    >>> sorted(halves({"effect": np.array([1.0, 2.0, 3.0, 4.0])}))
    ['effect.high', 'effect.low']
    """
    found: dict[str, Mask] = {}
    for name, draws in parameters.items():
        high = np.asarray(draws > np.median(draws), dtype=np.bool_)
        found |= {f"{name}.low": ~high, f"{name}.high": high}
    return found
