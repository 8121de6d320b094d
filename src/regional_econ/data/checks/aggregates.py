"""Do the regions add up to what is published for whole oblasts, districts and the country?

Only amounts are summed (roubles, persons, counts), never ratios. A difference has one of several causes that must not
be mixed up: rounding, a part that is missing or withheld, a district in other borders, an amount that belongs to no
region, or a figure that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.unit import Unit
from regional_econ.data.catalogue import load_units
from regional_econ.data.regions import parts_of

Outcome = Literal["equal", "rounding", "incomplete", "borders", "remainder", "differs"]
OUTCOMES: tuple[Outcome, ...] = ("equal", "rounding", "incomplete", "borders", "remainder", "differs")
Precision = Literal["counted", "printed", "mixed"]
TODAY = "today"
# of the published figure: files mix figures of full precision with rounded and truncated ones in one year
NEGLIGIBLE = 1e-4
COLUMNS = (
    "variable", "unit", "year", "sum", "published", "difference", "difference_pct", "parts", "regions_missing",
    "missing", "composition", "outcome",
)  # fmt: skip

# dimensions whose amounts add up over regions; a price, a rate or a duration does not
_HEADS = frozenset({"persons"})
_COUNTED = _HEADS | {"count"}
_AMOUNTS = _COUNTED | {"rub", "usd", "m2", "kwh"}
_AVERAGES = frozenset({"population_avg"})  # persons, and yet not counted: the mean of two ends of a year, rounded
_PRICE = "rub"  # what a region earns or spends comes in millions; single roubles are the unit of prices
_CRIMEA = frozenset({"RU-CR", "RU-SEV"})
_EAST = frozenset({"RU-BU", "RU-ZAB"})
_CAUCASUS = "FD-NC"
_FAR_EAST, _SIBERIA, _SOUTH, _COUNTRY = "FD-FE", "FD-SIB", "FD-S", "RU"


@dataclass(frozen=True)
class Composition:
    """One set of parts that an aggregate may be published for: in today's or in former borders."""

    name: str
    parts: tuple[str, ...]


def sums_of_parts(panel: Panel, variables: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the sums of the parts beside what is published for each whole oblast, district and the country.

    Parameters
    ----------
    panel : with aggregates.
    variables : ids of amounts; every imported amount by default.

    Returns
    -------
    Frame with the columns variable, unit (id of the aggregate), year, sum, published, difference (published − sum),
    difference_pct (of the published figure), parts (their number), regions_missing (how many of them have no
    figure: missing or withheld), missing (their ids), composition (borders in which the sum was taken: ``today`` or
    former ones that fit better) and outcome: ``equal``; ``rounding`` (within what rounding of the parts explains, or
    0.01 % of an amount of money, area or energy; things and heads that are counted one by one have none);
    ``borders`` (former ones fit); ``incomplete`` (parts are missing: the difference is what they make up);
    ``remainder`` (the country holds more than its regions, every district adds up); ``differs`` (nothing explains it:
    one of the figures is wrong).

    Raises
    ------
    UnknownNameError : a variable that the panel lacks or that is no amount.

    Examples
    --------
    >>> from regional_econ.data.load import load_panel
    >>> sums = sums_of_parts(load_panel(), ["population_avg"])
    >>> set(sums.outcome) <= {"equal", "rounding"}
    True
    """
    units = load_units()
    amounts = [name for name in panel.variables if _is_amount(panel, name, units)]
    chosen = amounts if variables is None else list(variables)
    if unknown := [name for name in chosen if name not in amounts]:
        raise UnknownNameError.of("amount", unknown[0], amounts)
    figures = pd.concat([panel.frame[chosen], panel.aggregates[chosen]])
    rows = [
        row
        for name in chosen
        for row in _of_variable(name, figures[name].unstack("region"), panel, _precision(panel, name, units))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summary_of_sums(sums: pd.DataFrame) -> pd.DataFrame:
    """Return how many sums have each outcome, by variable, with the largest unexplained difference.

    Parameters
    ----------
    sums : as :func:`sums_of_parts` returns it.

    Returns
    -------
    Frame indexed by variable with the columns cells, equal, rounding, incomplete, borders, remainder, differs and
    largest_pct (largest unexplained difference in % of the published figure, NaN where there is none).
    """
    counts = pd.crosstab(sums["variable"], sums["outcome"]).reindex(columns=list(OUTCOMES), fill_value=0)
    counts.insert(0, "cells", counts.sum(axis=1))
    unexplained = sums[sums["outcome"] == "differs"]
    counts["largest_pct"] = unexplained["difference_pct"].abs().groupby(unexplained["variable"]).max()
    counts.columns.name = None
    return counts


def compositions(unit: str, regions: Mapping[str, Region]) -> tuple[Composition, ...]:
    """Return the sets of parts that an aggregate may be published for, today's first.

    >>> from regional_econ.data.regions import load_regions
    >>> [one.name for one in compositions("FD-SIB", load_regions())]
    ['today', 'before November 2018: with Buryatia and Zabaykalsky Krai']
    """
    today = parts_of(unit, regions)
    former: list[Composition] = []
    if unit == _SIBERIA:
        former = [Composition("before November 2018: with Buryatia and Zabaykalsky Krai", _with(today, _EAST))]
    elif unit == _FAR_EAST:
        former = [Composition("before November 2018: without Buryatia and Zabaykalsky Krai", _without(today, _EAST))]
    elif unit == _SOUTH:
        caucasus = frozenset(parts_of(_CAUCASUS, regions))
        former = [
            Composition("before July 2016: without Crimea and Sevastopol", _without(today, _CRIMEA)),
            Composition("before 2010: with the North Caucasus", _without(_with(today, caucasus), _CRIMEA)),
        ]
    elif unit == _COUNTRY:
        former = [Composition("without Crimea and Sevastopol", _without(today, _CRIMEA))]
    return (Composition(TODAY, today), *former)


def _with(parts: tuple[str, ...], others: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted({*parts, *others}))


def _without(parts: tuple[str, ...], others: frozenset[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if part not in others)


def _is_amount(panel: Panel, name: str, units: Mapping[str, Unit]) -> bool:
    variable = panel.variables[name]
    unit = units.get(variable.unit)
    if variable.formula is not None or unit is None or unit.id == _PRICE:
        return False
    return [exponent for _, exponent in unit.measure.dimensions] == [1] and set(unit.dimensions) <= _AMOUNTS


def _precision(panel: Panel, name: str, units: Mapping[str, Unit]) -> Precision:
    """How exact the sums are: a count to the last unit, thousands of heads as they are printed, money within 0.01 %."""
    unit = units[panel.variables[name].unit]
    if name in _AVERAGES:
        return "mixed"
    if unit.scale == 1.0 and set(unit.dimensions) <= _COUNTED:
        return "counted"
    return "printed" if set(unit.dimensions) <= _HEADS else "mixed"


@dataclass(frozen=True)
class _Cells:
    """Figures of one variable: ``values`` and ``exists`` (years × units; a region exists from its first year on)."""

    years: tuple[int, ...]
    place: Mapping[str, int]
    values: np.ndarray
    exists: np.ndarray

    @classmethod
    def of(cls, wide: pd.DataFrame, regions: Mapping[str, Region]) -> _Cells:
        years = tuple(int(str(year)) for year in wide.index)
        names = [str(name) for name in wide.columns]
        first = np.array([regions[name].first_year for name in names])
        exists = np.array(years)[:, None] >= first
        return cls(years, {name: i for i, name in enumerate(names)}, wide.to_numpy(dtype="float64"), exists)

    def of_parts(self, parts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Figures of some regions, and which of them exist, both (years × parts)."""
        columns = [self.place[part] for part in parts]
        return self.values[:, columns], self.exists[:, columns]


@dataclass(frozen=True)
class _Sums:
    """Sums over one composition by year: ``total`` and ``number`` of parts (years,), ``missing`` (years × parts)."""

    composition: Composition
    total: np.ndarray
    number: np.ndarray
    missing: np.ndarray

    @classmethod
    def of(cls, composition: Composition, cells: _Cells) -> _Sums:
        known = Composition(composition.name, tuple(part for part in composition.parts if part in cells.place))
        values, exists = cells.of_parts(known.parts)
        total = np.nansum(np.where(exists, values, 0.0), axis=1)
        return cls(known, total, exists.sum(axis=1), exists & np.isnan(values))


def _of_variable(name: str, wide: pd.DataFrame, panel: Panel, precision: Precision) -> list[tuple[object, ...]]:
    """All sums of one variable; ``wide`` is years × units. The country comes last: it may hold a remainder."""
    cells = _Cells.of(wide, panel.regions)
    steps = _steps(cells.of_parts([one for one in panel.region_ids if one in cells.place])[0])
    low = panel.variables[name].bounds[0]
    rows: list[tuple[object, ...]] = []
    whole = np.ones(len(cells.years), dtype=bool)  # every district adds up
    aggregates = [one for one in panel.regions.values() if one.kind in _ORDER and one.id in cells.place]
    own = _steps(cells.of_parts([one.id for one in aggregates])[0])
    for unit in sorted(aggregates, key=lambda one: (_ORDER[one.kind], one.id)):
        published = cells.values[:, cells.place[unit.id]]
        found = [_Sums.of(one, cells) for one in compositions(unit.id, panel.regions)]
        tolerance = np.zeros(len(published))
        if precision != "counted":
            tolerance = _rounding(steps, own, found[0].number)
        if precision == "mixed":
            tolerance = np.maximum(tolerance, NEGLIGIBLE * np.abs(published))
        for at in np.flatnonzero(~np.isnan(published)).tolist():
            best, outcome = _judged(published[at], found, at, tolerance[at], signed=low is None or low < 0)
            if unit.kind == "country" and outcome == "differs" and whole[at] and published[at] > best.total[at]:
                outcome = "remainder"
            whole[at] &= unit.kind != "district" or outcome in ("equal", "rounding", "borders")
            rows.append(_row(name, unit.id, cells.years[at], published[at], best, at, outcome))
    return rows


def _judged(
    published: float, found: Sequence[_Sums], at: int, tolerance: float, *, signed: bool
) -> tuple[_Sums, Outcome]:
    today, *former = found
    noise = 1e-9 * max(1.0, abs(published))
    gap = abs(published - today.total[at])
    close = gap <= tolerance + noise
    too_small = published < today.total[at] and not signed  # parts that are missing can only add to the sum
    explained = today.missing[at].any() and not too_small
    if gap <= noise:
        return today, "equal"
    if close and not explained:
        return today, "rounding"
    for other in former:
        if not other.missing[at].any() and abs(published - other.total[at]) <= tolerance + noise:
            return other, "borders"
    return today, "incomplete" if explained else "differs"


def _row(
    name: str, unit: str, year: int, published: float, found: _Sums, at: int, outcome: Outcome
) -> tuple[object, ...]:
    difference = published - found.total[at]
    percent = 100 * difference / published if published else np.nan
    missing = [part for part, is_missing in zip(found.composition.parts, found.missing[at], strict=True) if is_missing]
    return (
        name, unit, year, found.total[at], published, difference, percent, int(found.number[at]), len(missing),
        " ".join(missing), found.composition.name, outcome,
    )  # fmt: skip


def _steps(values: np.ndarray) -> np.ndarray:
    """The place of the last digit by year (rows), as a fifth of the units or more have it or a coarser one.

    One unit in ten ends in a zero by chance: 0.1 for figures such as 12.5, 3.0 and 7.9; 100 for 2,700 and 300. A zero
    itself has no last digit: it says nothing.
    """
    last = np.full(values.shape, 1e-6)
    for digits in range(6, -5, -1):
        rounded = np.isclose(np.round(values, digits), values, rtol=0, atol=min(10.0 ** -(digits + 3), 1e-4))
        last[rounded] = 10.0**-digits
    last[np.isnan(values) | (values == 0)] = np.nan
    steps = np.full(len(values), 1e-6)
    for digits in range(6, -5, -1):
        step = 10.0**-digits
        known = np.maximum((~np.isnan(last)).sum(axis=1), 1)
        steps[(last >= step * 0.999).sum(axis=1) >= 0.2 * known] = step
    return steps


def _rounding(step: np.ndarray, own_step: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """What rounding explains: half a digit of the published figure and five standard deviations of the parts' sum."""
    explained: np.ndarray = 0.5 * own_step + 5 * step * np.sqrt(np.maximum(parts, 1) / 12)
    return explained


_ORDER = {"oblast": 0, "district": 1, "country": 2}
