"""What the answers ask of a model: amounts of levers in, draws of the outcome out; and how a programme builds up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.policy.model.build_up import build_up

Floats = NDArray[np.float64]


class Simulated(Protocol):
    """A policy model as the answers see it; :class:`regional_econ.policy.model.simulator.Simulator` is one."""

    @property
    def years(self) -> tuple[int, ...]:
        """The years simulated."""

    @property
    def levers(self) -> tuple[str, ...]:
        """Ids of the levers, in the order of the rows of amounts."""

    @property
    def baseline(self) -> Floats:
        """Outcome without measures (draws, years), %."""

    @property
    def parameters(self) -> Mapping[str, Floats]:
        """Every uncertain input by name (draws,)."""

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Names of parameters by group."""

    def at(self, amounts: Floats, year: int) -> Floats:
        """Return the outcome of many scenarios (scenarios, levers, years) in one year: (scenarios, draws), %."""

    def contributions(self, amounts: Floats) -> Floats:
        """Return what each lever of one scenario brings (levers, draws, years), percentage points."""


@dataclass(frozen=True)
class Programme:
    """How measures build up: in equal steps from the first year to the last, then held.

    ``standard`` (levers,) is one standard push of each lever in its own unit; sizes are multiples of it.
    """

    years: tuple[int, ...]
    first: int
    last: int
    standard: Floats

    @classmethod
    def of(cls, years: Sequence[int], *, first: int, last: int, standard: Floats) -> Programme:
        """Check the years.

        Raises
        ------
        UnknownNameError : a year outside the simulation.
        OptionError : the last year before the first.
        """
        for year in (first, last):
            if year not in years:
                raise UnknownNameError.of("programme year", str(year), map(str, years))
        if last < first:
            raise OptionError(f"the programme ends in {last}, before it starts in {first}", advice="Exchange the years")
        return cls(tuple(years), first, last, standard)

    @property
    def profile(self) -> Floats:
        """The share of a size that is in force, by year (years,).

        >>> Programme.of(range(2023, 2028), first=2024, last=2025, standard=np.ones(1)).profile.tolist()
        [0.0, 0.5, 1.0, 1.0, 1.0]
        """
        return build_up(self.years, first=self.first, last=self.last)

    def amounts(self, sizes: Floats) -> Floats:
        """Return amounts (…, levers, years) of sizes (…, levers) in standard pushes."""
        return np.asarray((sizes * self.standard)[..., None] * self.profile, dtype=np.float64)


def year_index(model: Simulated, year: int) -> int:
    """Return the place of a year.

    Raises
    ------
    UnknownNameError : a year outside the simulation.
    """
    if year not in model.years:
        raise UnknownNameError.of("target year", str(year), map(str, model.years))
    return model.years.index(year)


def gains(model: Simulated, programme: Programme, sizes: Floats, year: int) -> Floats:
    """Return what programmes of sizes (programmes, levers) bring in a year (programmes, draws), percentage points."""
    before = model.baseline[:, year_index(model, year)]
    return model.at(programme.amounts(sizes), year) - before


def acting_names(model: Simulated, sizes: Floats, year: int, *, drivers: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of the uncertain inputs that a programme meets, by group.

    Of what belongs to single levers only that of the levers pulled, of baselines only the year asked for, and nothing
    that is the same in all draws. A group of which nothing is left is not named.

    Parameters
    ----------
    sizes : (levers,), zero where a lever is off.
    drivers : what each lever moves (levers,).
    """
    off = {lever for lever, size in zip(model.levers, sizes, strict=True) if size == 0.0}
    moved = {driver for driver, size in zip(drivers, sizes, strict=True) if size != 0.0}
    found = {}
    for group, names in model.groups.items():
        kind, _, driver = group.partition(".")
        if kind == "elasticity" and driver not in moved:
            continue
        kept = [name for name in names if name.split(".")[0] not in off and _acts(name, year)]
        varying = [name for name in kept if np.ptp(model.parameters[name]) > 0.0]
        if varying:
            found[group] = varying
    return found


def acting(model: Simulated, sizes: Floats, year: int, *, drivers: Sequence[str]) -> dict[str, Floats]:
    """Return the draws (draws, parameters) of each group of :func:`acting_names`."""
    names = acting_names(model, sizes, year, drivers=drivers)
    return {group: np.column_stack([model.parameters[name] for name in own]) for group, own in names.items()}


def _acts(name: str, year: int) -> bool:
    return not name.startswith("baseline.") or name.endswith(f".{year}")
