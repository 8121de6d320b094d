"""Which choices does a specification make, and which of their combinations are admissible?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from regional_econ._base.text import Text

Scale = Literal["ln", "logit"]
Weighting = Literal["none", "precision", "employment"]
Units = Literal["region", "region_method"]
Effects = Literal["region+year", "region+district_year", "region_trend+year", "cce"]
TermTransform = Literal["identity", "ln"]

# An option weighs as much as its siblings given the choices before it, in this order; eras weigh by information.
AXES = ("era", "scale", "weights", "lag", "effects", "measure", "sample", "vintage", "covariates")


@dataclass(frozen=True)
class Term:
    """A regressor: a variable, its transform, an optional multiplier, divisors, and its breaks.

    Each year in ``cut`` starts a regime with unit effects of its own: no comparison crosses it.
    """

    id: str
    variable: str
    transform: TermTransform
    times: str | None = None
    per: tuple[str, ...] = ()
    cut: tuple[int, ...] = ()


@dataclass(frozen=True)
class Driver:
    """A cause under test: its claimed sign (+1 or -1), the claims it bears on, its measures and admitted covariates.

    ``claims`` are those whose estimand has this driver and the outcome; the referee refuses any other claim.
    ``direction`` says which changes of the driver give the size that effects are expressed for: +1 rises, -1 falls.
    ``measures`` (the first is the driver itself) and ``covariates`` map terms to the reasons given.
    """

    id: str
    claimed_sign: int
    claims: tuple[str, ...]
    direction: int
    measures: Mapping[str, Text]
    covariates: Mapping[str, Text]


@dataclass(frozen=True)
class Era:
    """A span of years with its admissible lags and its unit effects."""

    id: str
    years: tuple[int, int]
    lags: tuple[int, ...]
    units: Units


@dataclass(frozen=True)
class Restriction:
    """What a sample leaves out: some regions, the share of regions with the least employment, or one year."""

    id: str
    regions: tuple[str, ...] = ()
    smallest: float = 0.0
    year: int | None = None


@dataclass(frozen=True)
class Limit:
    """Where one option of an axis is admissible.

    ``only`` maps another axis to its options that go with this one; ``max_covariates`` limits the subsets.
    """

    axis: str
    option: str
    only: Mapping[str, tuple[str, ...]]
    max_covariates: int | None
    reason: Text

    def admits(self, choices: Mapping[str, str]) -> bool:
        """Whether choices (option by axis, axes not chosen yet left out) keep to the limit."""
        if choices.get(self.axis) != self.option:
            return True
        return all(choices[axis] in options for axis, options in self.only.items() if axis in choices)


@dataclass(frozen=True)
class Exclusion:
    """What no specification does, and why."""

    what: Text
    reason: Text


@dataclass(frozen=True)
class Choices:
    """What one swept sample stands for: every choice but the covariates.

    ``measure`` is the id of the driver's measure, or ``""`` where all terms stand in their first measure.
    """

    era: str
    scale: Scale
    weights: Weighting
    lag: int
    effects: Effects
    measure: str
    sample: str
    vintage: str


@dataclass(frozen=True)
class Specification:
    """One regression of one driver: the choices of its cell, and its covariates.

    ``row`` numbers a driver's specifications from 1 in the order of the declaration; it does not depend on the data.
    """

    driver: str
    row: int
    choices: Choices
    covariates: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """The driver in its measure, then the covariates."""
        return (self.choices.measure or self.driver, *self.covariates)

    def options(self) -> dict[str, str]:
        """Return the option chosen on each axis, as a table of specifications writes it.

        >>> cell = Choices("oslo3", "ln", "none", 1, "cce", "", "all", "newest")
        >>> Specification("wear_pct", 7, cell, ("rd_grp_pct", "unemployment_pct")).options()["covariates"]
        'rd_grp_pct+unemployment_pct'
        """
        chosen = {**vars(self.choices), "measure": self.terms[0], "covariates": "+".join(self.covariates) or "none"}
        return {axis: str(chosen[axis]) for axis in AXES}
