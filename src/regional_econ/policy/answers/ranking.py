"""Which measure moves the outcome most? All levers, each alone and at one standard push, by what they bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.elasticity import Grade
from regional_econ.core.results import Value
from regional_econ.policy.answers.contract import Programme, Simulated, acting, gains, year_index
from regional_econ.policy.answers.figures import Spread, share_value
from regional_econ.policy.answers.learning import Learning, value_of_learning

Floats = NDArray[np.float64]
NOTHING = "nothing"


@dataclass(frozen=True)
class Chain:
    """From lever to outcome: the driver, the chain's grade, the prior share of the effect (1: assumed outright, without
    an elasticity), whether acting at all is an assumption, and the lever's unit."""

    lever: str
    driver: str
    grade: Grade
    prior_share: float
    assumption: bool
    unit: str


def weakest(chains: Sequence[Chain]) -> dict[str, float | str | None]:
    """Return the lowest grade and the largest prior share of some chains, under these names; None where there are none.

    >>> weakest([Chain("L1", "d", "B", 0.2, False, ""), Chain("L2", "e", "C", 0.1, True, "")])
    {'grade': 'C', 'prior_share': 0.2}
    """
    return {
        "grade": max((chain.grade for chain in chains), default=None),
        "prior_share": max((chain.prior_share for chain in chains), default=None),
    }


@dataclass(frozen=True)
class Ranked:
    """One lever at one standard push: its gain in the year asked for, and how often the target is then reached.

    ``breakeven`` is the largest cost that pays, in units of what one percentage point in that year is worth to the
    user: the average gain. Where it is zero or less, no cost pays.
    """

    chain: Chain
    size: float
    gain: Spread
    reached: Value

    @property
    def breakeven(self) -> float:
        """The average gain, pp; multiplied by the worth of a percentage point it is the largest cost that pays."""
        return max(float(self.gain.mean.value or 0.0), 0.0)

    def to_dict(self) -> dict[str, object]:
        """Return a row for a table or JSON."""
        return {
            **vars(self.chain),
            "size": self.size,
            "gain_pp": self.gain.to_dict(),
            "reached": self.reached.value,
            "reached_mc_error": self.reached.mc_error,
            "breakeven_per_worth_of_a_point": self.breakeven,
            "breakeven_per_worth_of_a_point_mc_error": self.gain.mean.mc_error,
        }


@dataclass(frozen=True)
class Ranking:
    """Levers of grades A and B, then those that act by assumption, each by falling median gain; the worth of learning
    before one is chosen, and the chance without any."""

    rows: tuple[Ranked, ...]
    learning: Learning
    before: Value
    year: int
    target: float


def rank(model: Simulated, programme: Programme, chains: Sequence[Chain], *, year: int, target: float) -> Ranking:
    """Rank levers by what one standard push of each brings.

    Parameters
    ----------
    chains : of the model's levers, in their order.
    year : when the gain is read.
    target : level of the outcome, %.

    Raises
    ------
    UnknownNameError : a year outside the simulation.
    OptionError : the model can pull no lever.
    """
    sizes = np.eye(len(model.levers))
    brought = gains(model, programme, sizes, year)
    before = model.baseline[:, year_index(model, year)]
    rows = [
        Ranked(chain, float(size), Spread.of(gain), share_value(before + gain >= target))
        for chain, size, gain in zip(chains, programme.standard, brought, strict=True)
    ]
    benefits = {NOTHING: np.zeros(len(before)), **dict(zip(model.levers, brought, strict=True))}
    inputs = acting(model, np.ones(len(model.levers)), year, drivers=[chain.driver for chain in chains])
    order = sorted(rows, key=lambda row: (row.chain.assumption, -float(row.gain.p50.value or 0.0)))
    return Ranking(tuple(order), value_of_learning(benefits, inputs), share_value(before >= target), year, target)
