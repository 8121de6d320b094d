"""Measures by money: what a percentage point costs, and what to buy with a budget. Only costs with a source count."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from regional_econ.policy.answers.cost_file import CostTable, LeverCost
from regional_econ.policy.answers.portfolio import Portfolios, halves, portfolios
from regional_econ.policy.answers.question import Question
from regional_econ.policy.answers.ranking import Ranked, Ranking
from regional_econ.policy.model.assumed import effect_name
from regional_econ.policy.model.parameters import baseline_name


@dataclass(frozen=True)
class Priced:
    """A lever at one standard push with its cost, in roubles of the price year.

    ``build_up`` is what the years of the build-up cost, ``yearly`` a year of the whole push after them, ``whole`` all
    years to the one in which the gain is read. ``per_point`` is ``whole`` over the average gain, None where the gain is
    zero or less: then no money buys a point. All are at the upper end of the cost; ``…_low`` at its lower end.
    """

    ranked: Ranked
    cost: LeverCost
    build_up: float
    yearly: float
    whole: float

    @property
    def per_point(self) -> float | None:
        """Roubles for one percentage point of average gain."""
        gain = self.ranked.breakeven
        return self.whole / gain if gain > 0.0 else None

    def error_of(self, per_point: float | None) -> float | None:
        """Return the Monte Carlo error of roubles a point, that of the average gain carried through the quotient."""
        error = float(self.ranked.gain.mean.mc_error or 0.0)
        return None if per_point is None else per_point * error / self.ranked.breakeven

    @property
    def whole_low(self) -> float:
        """``whole`` at the lower end of the cost."""
        return self.whole * self.cost.low / self.cost.cost

    @property
    def per_point_low(self) -> float | None:
        """``per_point`` at the lower end of the cost."""
        return None if self.per_point is None else self.per_point * self.cost.low / self.cost.cost

    def to_dict(self) -> dict[str, object]:
        """Return a row for JSON."""
        return {
            "lever": self.ranked.chain.lever,
            "grade": self.ranked.chain.grade,
            "prior_share": self.ranked.chain.prior_share,
            "assumption": self.ranked.chain.assumption,
            "gain_pp": self.ranked.gain.to_dict(),
            "rub_build_up": self.build_up,
            "rub_a_year_after": self.yearly,
            "rub_to_the_year": self.whole,
            "rub_to_the_year_low": self.whole_low,
            "rub_per_point": self.per_point,
            "rub_per_point_mc_error": self.error_of(self.per_point),
            "rub_per_point_low": self.per_point_low,
            "rub_per_point_low_mc_error": self.error_of(self.per_point_low),
            "price_year": self.cost.price_year,
            "source": self.cost.source,
        }


def by_money(question: Question, ranking: Ranking, table: CostTable) -> tuple[Priced, ...]:
    """Return the levers that have a cost, the cheapest percentage point first; those that bring none come last."""
    profile, years = question.programme.profile, np.asarray(question.programme.years)
    whole = float(profile[years <= ranking.year].sum())
    built = float(profile[years <= question.programme.last].sum())
    priced = [
        Priced(row, cost, cost.cost * built, cost.cost, cost.cost * whole)
        for row in ranking.rows
        if (cost := table.costs.get(row.chain.lever)) is not None
    ]
    return tuple(sorted(priced, key=lambda one: np.inf if one.per_point is None else one.per_point))


def buy(question: Question, table: CostTable, *, budget: float, target: float, year: int) -> Portfolios:
    """Return robust portfolios of the levers that have a cost; the budget pays for the years of the build-up.

    Regimes are the lower and the upper half of each driver's effect and of the baseline in the target year.

    Parameters
    ----------
    budget : roubles of the table's price year.
    target, year : level of the outcome, %, and when.

    Raises
    ------
    OptionError : a budget that is not positive.
    UnknownNameError : a year outside the simulation.
    """
    built = float(question.programme.profile[np.asarray(question.programme.years) <= question.programme.last].sum())
    levers = question.model.levers
    weights = np.array([table.costs[lever].cost * built if lever in table.costs else 0.0 for lever in levers])
    known = np.array([lever in table.costs for lever in levers])
    bounds = question.bounds(weights=weights)
    bounds = replace(bounds, limits=np.where(known, bounds.limits, 0.0))
    moved = {driver for driver, has in zip(question.drivers, known, strict=True) if has}
    effects = [part.elasticity.id for part in question.model.model.drivers if part.driver in moved]
    outright = [effect_name(part) for part in question.model.model.assumed if part.lever.id in table.costs]
    names = [*effects, *outright, baseline_name(question.model.model.outcome, year)]
    regimes = halves({name: question.model.parameters[name] for name in names})
    return portfolios(question.model, question.programme, bounds, regimes, budget=budget, target=target, year=year)
