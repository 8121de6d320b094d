"""Which choices does a specification make, and which of their combinations are admissible?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
    ``measures`` (the first is the driver itself) and ``covariates`` map terms to the reasons given.
    """

    id: str
    claimed_sign: int
    claims: tuple[str, ...]
    measures: Mapping[str, str]
    covariates: Mapping[str, str]


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
    reason: str

    def admits(self, choices: Mapping[str, str]) -> bool:
        """Whether choices (option by axis, axes not chosen yet left out) keep to the limit."""
        if choices.get(self.axis) != self.option:
            return True
        return all(choices[axis] in options for axis, options in self.only.items() if axis in choices)


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
