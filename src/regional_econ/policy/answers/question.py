"""A question put to the simulator: which levers may act, what a standard push of each is, and how far each may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.elasticity import Grade
from regional_econ.core.lever import Lever
from regional_econ.policy.answers.contract import Programme
from regional_econ.policy.answers.mixes import Bounds
from regional_econ.policy.answers.ranking import Chain
from regional_econ.policy.answers.target import edge_in_pushes
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
DECLARED: tuple[Grade, ...] = ("A", "B")
ALL: tuple[Grade, ...] = ("A", "B", "C")
PUSH_UNIT = "historical push"
STEP = 0.25
LimitKind = Literal["range", "capacity", "domain"]


@dataclass(frozen=True)
class Limit:
    """How far one lever can go, in standard pushes, and what stops it first.

    ``range`` is the declared range, ``capacity`` the physical limit (None: no rule), ``domain`` where its driver, moved
    by this lever alone and without additionality, leaves what any region has seen.
    """

    lever: str
    range: float | None
    capacity: float | None
    domain: float

    @property
    def binds(self) -> LimitKind:
        """The limit that comes first; among equals range before capacity before domain."""
        return min(self._sizes, key=self._sizes.__getitem__)

    @property
    def size(self) -> float:
        """The smallest of the limits."""
        return min(self._sizes.values())

    @property
    def _sizes(self) -> dict[LimitKind, float]:
        given: dict[LimitKind, float | None] = {
            "range": self.range, "capacity": self.capacity, "domain": self.domain,
        }  # fmt: skip
        return {kind: size for kind, size in given.items() if size is not None}


@dataclass(frozen=True)
class Question:
    """A simulator with what the answers need beside it: the programme's years and standard pushes, and each chain."""

    model: Simulator
    programme: Programme
    chains: tuple[Chain, ...]

    @classmethod
    def of(cls, inputs: Inputs, *, grades: Sequence[Grade], end: int, first: int, last: int, seed: int) -> Question:
        """Build the simulator from the first forecast year on.

        Parameters
        ----------
        grades : of the levers that may act; C is acted on as an assumption.
        end : last year of the simulation.
        first, last : years over which measures build up; they are held from then on.
        seed : of the declared priors and delivery lags.

        Raises
        ------
        UnknownNameError : a year beyond the forecast or, of the programme, beyond the simulation.
        OptionError : the last year before the first.
        """
        ahead = inputs.baseline.draws(inputs.outcome, inputs.region)["year"].to_numpy()
        ahead = ahead[ahead > inputs.baseline.origin]
        if end not in ahead:
            raise UnknownNameError.of("forecast year", str(end), [str(year) for year in ahead])
        model = Simulator.of(inputs, start=inputs.baseline.origin + 1, end=end, seed=seed, grades=grades)
        shares = {part.driver: part.elasticity.prior_share for part in model.model.drivers}
        chains = tuple(
            Chain(
                link.lever.id,
                link.driver,
                link.grade,
                shares.get(link.driver),
                link.grade not in DECLARED,
                link.lever.unit,
            )
            for link in model.model.levers
        )
        standard = np.array([standard_push(link.lever) for link in model.model.levers])
        return cls(model, Programme.of(model.years, first=first, last=last, standard=standard), chains)

    @property
    def drivers(self) -> tuple[str, ...]:
        """What each lever moves (levers,)."""
        return tuple(chain.driver for chain in self.chains)

    @property
    def held(self) -> tuple[str, ...]:
        """Drivers that stay at their newest official level, because what they consist of is not forecast."""
        return tuple(part.driver for part in self.model.model.drivers if part.held)

    def one_push_each(self) -> Floats:
        """Return the sizes (levers,) that move every driver by one standard push, shared equally among its levers."""
        return np.array([1.0 / self.drivers.count(driver) for driver in self.drivers])

    @property
    def _edges(self) -> dict[str, float]:
        return {part.driver: edge_in_pushes(part.elasticity, part.base, part.push) for part in self.model.model.drivers}

    def limits(self) -> tuple[Limit, ...]:
        """Return how far each lever can go, in standard pushes, and what stops it."""
        edges = self._edges
        return tuple(
            Limit(
                link.lever.id,
                None if link.lever.max is None else link.lever.max / standard,
                None if link.lever.capacity is None else link.lever.capacity / standard,
                edges[link.driver],
            )
            for link, standard in zip(self.model.model.levers, self.programme.standard, strict=True)
        )

    def bounds(self, *, step: float = STEP, weights: Floats | None = None) -> Bounds:
        """Return how far a mix may go: each lever in its range, and all levers of a driver to what was ever seen of it.

        Parameters
        ----------
        step : of the search, in standard pushes.
        weights : what a standard push takes of the allowance (levers,); one each by default.
        """
        limits = np.array([limit.size for limit in self.limits()])
        caps = [
            (tuple(j for j, driver in enumerate(self.drivers) if driver == part.driver), self._edges[part.driver])
            for part in self.model.model.drivers
        ]
        ones = np.ones(len(limits))
        return Bounds(limits, ones if weights is None else weights, step, tuple(caps))


def standard_push(lever: Lever) -> float:
    """Return one standard push in the lever's unit: a historical push or, of a lever in another unit, its range."""
    if lever.unit == PUSH_UNIT or not lever.max:
        return 1.0
    return float(lever.max)
