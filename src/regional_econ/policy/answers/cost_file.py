"""A user's costs of levers: each with its unit, price year and source; a mistake is named with its line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from regional_econ._base.errors import SchemaError, StoreError, UnknownNameError

UNIT = "rub a standard push a year"
FIRST_PRICE_YEAR, LAST_PRICE_YEAR = 1998, 2050
_FIELDS = ("lever", "cost", "unit", "price_year", "source")
_EXAMPLE = '- {lever: L10, cost: 1.2e9, unit: rub a standard push a year, price_year: 2022, source: "…"}'


@dataclass(frozen=True)
class LeverCost:
    """What one standard push of a lever costs a year, in roubles of the price year, and who says so."""

    lever: str
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

    Parameters
    ----------
    levers : ids that may be named.

    Raises
    ------
    StoreError : the file cannot be read.
    SchemaError : not YAML, no costs, an unknown or missing key, a wrong value, a lever twice, or two price years; the
        message names the line.
    UnknownNameError : a lever that cannot be pulled.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError("cannot read the costs", where=str(path), advice=f"Write: {_EXAMPLE}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        raise SchemaError("not valid YAML", where=f"{path.name}{line}", advice="Mend that line") from error
    found: dict[str, LeverCost] = {}
    for entry in _entries(root, path):
        where = _place(path, entry)
        cost = _cost(entry, path)
        if cost.lever not in levers:
            raise UnknownNameError.of("lever", cost.lever, levers, where=where)
        if cost.lever in found:
            raise SchemaError(f"lever {cost.lever} stands twice", where=where, advice="Keep one of them")
        other = next((one for one in found.values() if one.price_year != cost.price_year), None)
        if other is not None:
            raise SchemaError(
                f"{cost.lever} is in prices of {cost.price_year}, {other.lever} in those of {other.price_year}",
                where=where,
                advice="Convert all costs to one price year",
            )
        found[cost.lever] = cost
    return CostTable(found, next(iter(found.values())).price_year)


def _entries(root: yaml.Node | None, path: Path) -> list[yaml.Node]:
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == "costs" and isinstance(value, yaml.SequenceNode) and value.value:
                return list(value.value)
    raise SchemaError("no list under 'costs'", where=path.name, advice=f"Write 'costs:' and below it: {_EXAMPLE}")


def _cost(entry: yaml.Node, path: Path) -> LeverCost:
    where = _place(path, entry)
    if not isinstance(entry, yaml.MappingNode):
        raise SchemaError("a cost is not a mapping", where=where, advice=f"Write: {_EXAMPLE}")
    fields = {str(key.value): (key, value) for key, value in entry.value}
    for name, (key, _) in fields.items():
        if name not in _FIELDS:
            raise SchemaError(f"unknown key {name!r}", where=_place(path, key), advice=f"Known are: {_known()}")
    values = {name: str(value.value).strip() for name, (_, value) in fields.items()}
    for name in _FIELDS:
        if not values.get(name):
            lever = values.get("lever", "?")
            what = f"the cost of {lever} has no {name}"
            advice = "A cost without a source is not used" if name == "source" else f"Give {_known()}"
            raise SchemaError(what, where=where, advice=advice)
    if values["unit"] != UNIT:
        place = _place(path, fields["unit"][1])
        raise SchemaError(f"unit {values['unit']!r} is not known", where=place, advice=f"Write: {UNIT}")
    amount, year = (_number(values[name], name, _place(path, fields[name][1])) for name in ("cost", "price_year"))
    if not amount > 0.0:
        raise SchemaError(f"a cost of {amount:g}", where=_place(path, fields["cost"][1]), advice="Give roubles above 0")
    if year != int(year) or not FIRST_PRICE_YEAR <= year <= LAST_PRICE_YEAR:
        place = _place(path, fields["price_year"][1])
        raise SchemaError(f"price year {year:g}", where=place, advice="Give the year in whose prices the cost stands")
    return LeverCost(values["lever"], amount, int(year), values["source"])


def _number(text: str, name: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SchemaError(f"{name} {text!r} is not a number", where=where, advice="Such as 1.2e9") from error


def _place(path: Path, node: yaml.Node) -> str:
    return f"{path.name}, line {node.start_mark.line + 1}"


def _known() -> str:
    return ", ".join(_FIELDS)
