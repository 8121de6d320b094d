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
from regional_econ.policy.model.assumed import without_path
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.levers import standard_push
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
DECLARED: tuple[Grade, ...] = ("A", "B")
ALL: tuple[Grade, ...] = ("A", "B", "C")
STEP = 0.25
LimitKind = Literal["range", "capacity", "domain"]


@dataclass(frozen=True)
class Limit:
    """How far one lever can go, in standard pushes, and what stops it first.

    ``range`` is the declared range, ``capacity`` the physical limit (None: no rule), ``domain`` where its driver, moved
    by this lever alone and without additionality, leaves what any region has seen (None: no driver with an elasticity).
    """

    lever: str
    range: float | None
    capacity: float | None
    domain: float | None

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
    """A simulator with what the answers need beside it: the programme's years and standard pushes, each chain, and the
    levers that nothing known connects to the outcome."""

    model: Simulator
    programme: Programme
    chains: tuple[Chain, ...]
    without_path: tuple[Lever, ...]

    @classmethod
    def of(cls, inputs: Inputs, *, grades: Sequence[Grade], end: int, first: int, last: int, seed: int) -> Question:
        """Build the simulator from the first forecast year on.

        Parameters
        ----------
        grades : of the levers that may act; C is acted on as an assumption, also by levers without an elasticity, whose
            effect is assumed outright.
        end : last year that is asked about.
        first, last : years over which measures build up, also beyond ``end``; they are held from then on.
        seed : of the declared priors and delivery lags.

        Raises
        ------
        UnknownNameError : a year outside the forecast.
        OptionError : the last year before the first.
        """
        ahead = inputs.baseline.draws(inputs.outcome, inputs.region)["year"].to_numpy()
        ahead = ahead[ahead > inputs.baseline.origin]
        for year in (end, first, last):
            if year not in ahead:
                raise UnknownNameError.of("forecast year", str(year), [str(year) for year in ahead])
        start, stop = inputs.baseline.origin + 1, max(end, last)
        model = Simulator.of(inputs, start=start, end=stop, seed=seed, grades=grades, assumed=True)
        shares = {part.driver: part.elasticity.prior_share for part in model.model.drivers}
        chains = tuple(
            Chain(
                link.lever.id,
                link.driver,
                link.grade,
                shares.get(link.driver, 1.0),
                link.grade not in DECLARED,
                link.lever.unit,
            )
            for link in model.model.links
        )
        standard = np.array([standard_push(link.lever) for link in model.model.links])
        programme = Programme.of(model.years, first=first, last=last, standard=standard)
        return cls(model, programme, chains, without_path(inputs))

    @property
    def drivers(self) -> tuple[str, ...]:
        """What each lever moves (levers,)."""
        return tuple(chain.driver for chain in self.chains)

    @property
    def held(self) -> tuple[str, ...]:
        """Drivers that stay at their newest official level, because what they consist of is not forecast."""
        return tuple(part.driver for part in self.model.model.drivers if part.held)

    @property
    def directions(self) -> tuple[int, ...]:
        """The paper's direction of each lever (levers,)."""
        return tuple(link.lever.direction for link in self.model.model.links)

    def one_push_each(self, *, outright: bool = False) -> Floats:
        """Return the sizes (levers,) that move every driver by one standard push, shared equally among its levers.

        Parameters
        ----------
        outright : pull the levers whose effect is assumed outright as well, each group of them by one standard push.
        """
        links, known = self.model.model.links, len(self.model.model.levers)
        groups = [link.lever.overlap.get("group", link.driver) for link in links]
        return np.array([1.0 / groups.count(group) if outright or j < known else 0.0 for j, group in enumerate(groups)])

    def pulled(self, sizes: Floats) -> tuple[Chain, ...]:
        """Return the chains of the levers that a mix of sizes (levers,) pulls."""
        return tuple(chain for chain, size in zip(self.chains, sizes, strict=True) if size > 0.0)

    @property
    def _edges(self) -> dict[str, float]:
        return {part.driver: part.pushes(part.edge) for part in self.model.model.drivers}

    def limits(self) -> tuple[Limit, ...]:
        """Return how far each lever can go, in standard pushes, and what stops it."""
        edges = self._edges
        return tuple(
            Limit(
                link.lever.id,
                None if link.lever.max is None else link.lever.max / standard,
                None if link.lever.capacity is None else link.lever.capacity / standard,
                edges.get(link.driver),
            )
            for link, standard in zip(self.model.model.links, self.programme.standard, strict=True)
        )

    def bounds(self, *, step: float = STEP, weights: Floats | None = None) -> Bounds:
        """Return how far a mix may go: each lever in its range, all levers of a driver to what was ever seen of it, and
        all that act on the same thing without an elasticity within its physical limit: no firm is turned twice.

        Parameters
        ----------
        step : of the search, in standard pushes.
        weights : what a standard push takes of the allowance (levers,); one each by default.
        """
        limits, edges, caps = self.limits(), self._edges, []
        for driver in self.model.drivers:
            members = tuple(j for j, moved in enumerate(self.drivers) if moved == driver)
            known = [limits[j].capacity for j in members if limits[j].domain is None]
            cap = edges.get(driver, min((size for size in known if size is not None), default=np.inf))
            caps.append((members, float(cap)))
        sizes = np.array([limit.size for limit in limits])
        return Bounds(sizes, np.ones(len(sizes)) if weights is None else weights, step, tuple(caps))
