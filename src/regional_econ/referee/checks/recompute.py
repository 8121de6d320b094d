"""Does a printed number stand in the official statistics? With one element allowed to differ, and the chance of that.

A number is held against the newest official figure of its year. If it fails, one element at a time may differ: another
vintage, another year within the window, another definition, another unit. How often a false number would pass such a
search is computed beside it: the share of a band around the official figure that the accepted intervals cover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from regional_econ.core.claim import Check
from regional_econ.referee.ledger import Printed
from regional_econ.referee.rules import NumberRules

Element = Literal["vintage", "year", "definition", "unit"]
_SLACK = 1e-9
_CODE = "regional_econ.referee.checks.recompute"


@dataclass(frozen=True)
class Figure:
    """One official figure in the variable's unit, and where it stands.

    ``reported`` marks a figure that notes quote while its official file is not here.
    """

    value: float
    vintage: str
    source: str
    sha256: str
    reported: bool = False


@dataclass(frozen=True)
class Series:
    """Official figures of one variable and region: the newest by year, and the older vintages by year."""

    variable: str
    newest: Mapping[int, Figure]
    older: Mapping[int, tuple[Figure, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A candidate with one element changed that agrees with the printed number; ``place`` says where it stands."""

    element: Element
    changed_to: str
    value: float
    place: str
    reported: bool = False


@dataclass(frozen=True)
class PairMatch:
    """Another definition in another year that agrees: two elements differ, which confirms nothing."""

    definition: str
    year: int
    value: float
    place: str


@dataclass(frozen=True)
class NumberFinding:
    """What a search found.

    Parameters
    ----------
    year : the year that was held against, or None without any official figure.
    official : the newest official figure of that year, or None.
    agrees : whether the printed number agrees with it.
    matches : candidates with one changed element that agree, by element in the order tried.
    pairs : where no single element does, another definition in another year that agrees.
    revision_range : lowest and highest vintage of that year.
    inside_range : whether the rounding interval meets that range.
    chance_rate : share of false numbers that the search would pass; None for inequalities.
    nearest : official figures of the years nearest to a year without one.
    """

    year: int | None
    official: Figure | None
    agrees: bool
    matches: tuple[Match, ...]
    revision_range: tuple[float, float] | None
    inside_range: bool
    chance_rate: float | None
    nearest: Mapping[int, float]
    pairs: tuple[PairMatch, ...] = ()


def recompute(number: Printed, series: Series, alternatives: Mapping[str, Series], rules: NumberRules) -> NumberFinding:
    """Hold a printed number against the official figures.

    Parameters
    ----------
    number : as printed.
    series : official figures of its variable and region.
    alternatives : figures of the other definitions by variable, already in the claimed variable's unit.
    rules : which elements may differ, and how far.
    """
    year = number.year if number.year is not None else max(series.newest, default=None)
    official = None if year is None else series.newest.get(year)
    if year is None or official is None:
        return NumberFinding(year, None, False, (), None, False, None, _nearest(series, year))
    candidates = _candidates(series, alternatives, year, official, rules)
    matches = tuple(found for found in candidates if _agrees(number, found.value))
    vintages = [official.value, *(figure.value for figure in series.older.get(year, ()))]
    low, high = min(vintages), max(vintages)
    inside = low - number.halfwidth <= number.value <= high + number.halfwidth
    rate = None
    if number.relation == "equals":
        values = [official.value, *(found.value for found in candidates)]
        rate = chance_match_rate(official.value, values, number.halfwidth, rules.chance_band)
    agrees = _agrees(number, official.value)
    pairs = () if agrees or matches else _pairs(number, alternatives, year, rules)
    return NumberFinding(year, official, agrees, matches, (low, high), inside, rate, {}, pairs)


def chance_match_rate(official: float, accepted: list[float], halfwidth: float, band: float) -> float:
    """Return the share of the band official·(1 ± band) that lies within half a digit of an accepted figure.

    >>> chance_match_rate(100.0, [100.0, 100.4, 500.0], 0.5, 0.25)
    0.028
    """
    low, high = official * (1.0 - band), official * (1.0 + band)
    spans = sorted((max(value - halfwidth, low), min(value + halfwidth, high)) for value in accepted)
    covered, reached = 0.0, low
    for start, end in spans:
        if end > max(start, reached):
            covered += end - max(start, reached)
            reached = end
    return float(np.clip(round(covered / (high - low), 12), 0.0, 1.0))


def checks_of(number: Printed, finding: NumberFinding) -> tuple[Check, ...]:
    """Return the finding as checks of the claim schema; values are in the printed unit."""
    reported: dict[str, object] = {
        "string": number.printed,
        "value": number.value / number.scale,
        "halfwidth": number.halfwidth / number.scale,
    }
    if finding.official is None or finding.revision_range is None:
        nearest = {str(year): value / number.scale for year, value in finding.nearest.items()}
        missing = {
            "variable": number.variable, "region": number.region, "year": finding.year, "relation": number.relation,
            "nearest_years": nearest,
        }  # fmt: skip
        return (Check("series_available", "series_available", "fail", reported, stats=missing),)
    figure = finding.official
    provenance = {"source": figure.source, "vintage": figure.vintage, "sha256": figure.sha256, "code_ref": _CODE}
    stats = {
        "variable": number.variable,
        "region": number.region,
        "year": finding.year,
        "relation": number.relation,
        "chance_match_rate": finding.chance_rate,
        "matches": [
            {
                "element": found.element,
                "changed_to": found.changed_to,
                "value": found.value / number.scale,
                "place": found.place,
                "status": "reported" if found.reported else "published",
            }
            for found in finding.matches
        ],
        "two_elements": [
            {"definition": pair.definition, "year": pair.year, "value": pair.value / number.scale, "place": pair.place}
            for pair in finding.pairs
        ],
    }
    low, high = (value / number.scale for value in finding.revision_range)
    computed = figure.value / number.scale
    agrees: Literal["pass", "fail"] = "pass" if finding.agrees else "fail"
    inside: Literal["pass", "fail"] = "pass" if finding.inside_range else "fail"
    return (
        Check("recompute", "recompute", agrees, reported, computed, stats=stats, provenance=provenance),
        Check("revision_range", "revision_range", inside, reported, computed, (low, high), provenance=provenance),
    )


def _agrees(number: Printed, value: float) -> bool:
    if number.relation == "less":
        return value < number.value
    if number.relation == "reached":
        return value >= number.value
    return abs(value - number.value) <= number.halfwidth * (1.0 + _SLACK) + _SLACK * abs(value)


def _candidates(
    series: Series, alternatives: Mapping[str, Series], year: int, official: Figure, rules: NumberRules
) -> list[Match]:
    by_element: dict[str, list[Match]] = {
        "vintage": [
            _match("vintage", figure.vintage, figure)
            for figure in sorted(series.older.get(year, ()), key=lambda figure: figure.reported)
        ],
        "year": [
            _match("year", str(other), series.newest[other])
            for step in range(1, rules.year_window + 1)
            for other in (year - step, year + step)
            if other in series.newest
        ],
        "definition": [
            _match("definition", name, other.newest[year])
            for name, other in alternatives.items()
            if year in other.newest
        ],
        "unit": [
            _match("unit", f"{factor:g}", replace(official, value=official.value * factor))
            for factor in rules.unit_factors
        ],
    }
    return [match for element in rules.elements for match in by_element[element]]


def _match(element: Element, changed_to: str, figure: Figure) -> Match:
    return Match(element, changed_to, figure.value, f"{figure.vintage}, {figure.source}", figure.reported)


def _pairs(number: Printed, alternatives: Mapping[str, Series], year: int, rules: NumberRules) -> tuple[PairMatch, ...]:
    years = [other for step in range(1, rules.year_window + 1) for other in (year - step, year + step)]
    figures = [
        (name, other, series.newest[other])
        for name, series in alternatives.items()
        for other in years
        if other in series.newest
    ]
    return tuple(
        PairMatch(name, other, figure.value, f"{figure.vintage}, {figure.source}")
        for name, other, figure in figures
        if _agrees(number, figure.value)
    )


def _nearest(series: Series, year: int | None) -> dict[int, float]:
    if year is None:
        return {}
    chosen = sorted(series.newest, key=lambda other: (abs(other - year), other))[:3]
    return {other: series.newest[other].value for other in sorted(chosen)}
