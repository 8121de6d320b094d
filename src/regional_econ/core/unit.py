"""What does a number count, and what do numbers count once they are added, multiplied and divided?

A number times the scale of its unit is a quantity: 5 with ``mln_rub`` are 5,000,000 roubles. Current roubles (``rub``),
roubles of 2022 (``rub_2022``) and persons are different dimensions. In a formula a constant beside ``*`` or ``/`` only
changes the scale (100 in ``100 * a / b``), one beside ``+`` or ``-`` is a bare number in the unit of its neighbour.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from regional_econ._base.text import Text


@dataclass(frozen=True)
class Unit:
    """A unit of measurement: ``scale`` basic units of the product of ``dimensions`` (exponents by name)."""

    id: str
    scale: float
    dimensions: Mapping[str, int]
    label: Text

    @property
    def measure(self) -> Measure:
        """What a number with this unit counts."""
        return Measure(self.scale, _sorted(self.dimensions))

    def __str__(self) -> str:
        return f"{self.id}: {self.label.en}"


@dataclass(frozen=True)
class Measure:
    """What a number counts: a number times ``scale`` is a quantity in the product of ``dimensions``.

    ``bare`` is the value of a number that stands in a formula without a unit, None for any other.

    Examples
    --------
    >>> persons, roubles = Measure(1.0, (("persons", 1),)), Measure(1e6, (("rub", 1),))
    >>> str(roubles.over(persons))
    '1000000 rub/persons'
    >>> str(Measure.of_number(100).times(roubles).over(roubles))
    '0.01'
    """

    scale: float
    dimensions: tuple[tuple[str, int], ...] = ()
    bare: float | None = None

    @classmethod
    def of_number(cls, number: float) -> Measure:
        """Return the measure of a constant: it makes a number larger and its unit smaller, not the quantity."""
        return cls(1.0 / abs(number) if number else math.inf, (), number)

    def times(self, other: Measure) -> Measure:
        """Return what a product counts."""
        return self._joined(other, 1)

    def over(self, other: Measure) -> Measure:
        """Return what a quotient counts."""
        return self._joined(other, -1)

    def plus(self, other: Measure, sign: int = 1) -> Measure | None:
        """Return what a sum (or with ``sign`` -1 a difference) counts, or None: the two cannot be added."""
        if self.bare is not None and other.bare is not None:
            return Measure.of_number(self.bare + sign * other.bare)
        if self.bare is not None or other.bare is not None:
            named = other if self.bare is not None else self
            return named if not named.dimensions else None
        return self if self.fits(other) else None

    def negative(self) -> Measure:
        """Return what the number with the other sign counts: the same."""
        return self if self.bare is None else Measure.of_number(-self.bare)

    def renamed(self, names: Mapping[str, Mapping[str, int]]) -> Measure:
        """Return the measure with dimensions replaced by products of others, scale unchanged."""
        exponents: dict[str, int] = {}
        for name, exponent in self.dimensions:
            for part, power in names.get(name, {name: 1}).items():
                exponents[part] = exponents.get(part, 0) + exponent * power
        return Measure(self.scale, _sorted(exponents))

    def fits(self, other: Measure) -> bool:
        """Return whether numbers of both kinds can be compared: the same dimensions and the same scale."""
        return self.dimensions == other.dimensions and math.isclose(self.scale, other.scale, rel_tol=1e-12)

    def __str__(self) -> str:
        above = "·".join(_power(name, exponent) for name, exponent in self.dimensions if exponent > 0)
        below = "·".join(_power(name, -exponent) for name, exponent in self.dimensions if exponent < 0)
        what = f"{above or 1}/{below}" if below else above
        return f"{self.scale:.15g} {what}".strip()

    def _joined(self, other: Measure, sign: int) -> Measure:
        exponents = dict(self.dimensions)
        for name, exponent in other.dimensions:
            exponents[name] = exponents.get(name, 0) + sign * exponent
        scale = self.scale * other.scale if sign > 0 else self.scale / other.scale
        bare = None
        if self.bare is not None and other.bare is not None and (sign > 0 or other.bare):
            bare = self.bare * other.bare if sign > 0 else self.bare / other.bare
        return Measure(scale, _sorted(exponents), bare)


def _sorted(exponents: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, exponent) for name, exponent in exponents.items() if exponent))


def _power(name: str, exponent: int) -> str:
    return name if exponent == 1 else f"{name}^{exponent}"
