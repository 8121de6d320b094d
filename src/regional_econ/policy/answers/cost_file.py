"""A user's costs of levers: each with its unit, price year and source; a mistake is named with its line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.errors import SchemaError, StoreError
from regional_econ._base.yaml_lines import Place, read_yaml_lines

UNIT = "rub a standard push a year"
MOST_ROUBLES = 1e18  # thousands of times what the country spends; sums of such costs are still exact enough to compare
FIRST_PRICE_YEAR, LAST_PRICE_YEAR = 1998, 2050
_FIELDS = ("lever", "cost", "cost_low", "unit", "price_year", "source")
_EXAMPLE = '- {lever: L10, cost: 1.2e9, unit: rub a standard push a year, price_year: 2022, source: "…"}'


@dataclass(frozen=True)
class LeverCost:
    """What one standard push of a lever costs a year, in roubles of the price year, and who says so.

    ``low`` is the lower end where the source gives a range, and ``cost`` then its upper end; otherwise they are equal.
    """

    lever: str
    low: float
    cost: float
    price_year: int
    source: str


@dataclass(frozen=True)
class CostTable:
    """Costs by lever, all in roubles of one price year."""

    costs: Mapping[str, LeverCost]
    price_year: int

    @property
    def levers(self) -> tuple[str, ...]:
        """Ids of the levers that have a cost."""
        return tuple(self.costs)


def read_costs(path: Path, *, levers: Collection[str]) -> CostTable:
    """Read a costs file: ``costs:`` and a list of entries with lever, cost, unit, price_year and source.

    Where the source gives a range, ``cost`` is its upper end and ``cost_low`` its lower one.

    Parameters
    ----------
    levers : ids that may be named.

    Raises
    ------
    StoreError : the file cannot be read.
    SchemaError : not YAML, no costs, a missing key, a wrong value, a lever twice, or two price years; the message names
        the line.
    UnknownNameError : an unknown key or lever.
    """
    if not path.is_file():
        raise StoreError("cannot read the costs", where=str(path), advice=f"Write: {_EXAMPLE}")
    entries = read_yaml_lines(path, SchemaError).mapping(("costs",))["costs"].items()
    if not entries:
        raise SchemaError("no cost stands under 'costs'", where=path.name, advice=f"Write: {_EXAMPLE}")
    found: dict[str, LeverCost] = {}
    for entry in entries:
        cost = _cost(entry, levers)
        if cost.lever in found:
            raise entry.refuse(f"lever {cost.lever} stands twice", "Keep one of them")
        other = next((one for one in found.values() if one.price_year != cost.price_year), None)
        if other is not None:
            raise entry.refuse(
                f"{cost.lever} is in prices of {cost.price_year}, {other.lever} in those of {other.price_year}",
                "Convert all costs to one price year",
            )
        found[cost.lever] = cost
    return CostTable(found, next(iter(found.values())).price_year)


def _cost(entry: Place, levers: Collection[str]) -> LeverCost:
    fields = entry.mapping(_FIELDS, optional=("source", "cost_low"))
    lever = fields["lever"].text()
    if lever not in levers:
        raise fields["lever"].unknown("lever", lever, levers)
    source = fields.get("source")
    if source is None or not str(source.value or "").strip():
        raise (source or entry).refuse(f"the cost of {lever} has no source", "A cost without a source is not used")
    if fields["unit"].text() != UNIT:
        raise fields["unit"].refuse(f"unit {fields['unit'].text()!r} is not known", f"Write: {UNIT}")
    amount, year = _amount(fields["cost"]), fields["price_year"].whole()
    if not FIRST_PRICE_YEAR <= year <= LAST_PRICE_YEAR:
        raise fields["price_year"].refuse(f"price year {year}", "Give the year in whose prices the cost stands")
    given = fields.get("cost_low")
    low = amount if given is None else _amount(given)
    if given is not None and low > amount:
        raise given.refuse(f"the lower end {low:g} of a cost of {amount:g}", "Give the upper end as cost")
    return LeverCost(lever, low, amount, year, source.text())


def _amount(place: Place) -> float:
    """Return a cost; YAML reads 1.2e9 as a text and 1.2e+9 as a number, and both are meant."""
    try:
        if isinstance(place.value, bool):
            raise TypeError("a truth value")
        amount = float(place.value)
    except OverflowError as error:
        raise place.refuse("the cost is beyond any number", "Give roubles, such as 1.2e9") from error
    except (TypeError, ValueError) as error:
        raise place.refuse(f"the cost {place.value!r} is not a number", "Give roubles, such as 1.2e9") from error
    if not 0.0 < amount <= MOST_ROUBLES:
        raise place.refuse(f"a cost of {amount:g}", f"Give roubles, above zero and up to {MOST_ROUBLES:g}")
    return amount
