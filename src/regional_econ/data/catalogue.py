"""Which variables, units and source files are declared in ``variables.yml``, ``units.yml`` and ``sources.yml``?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ._base.text import Text
from regional_econ.core.provenance import Origin
from regional_econ.core.unit import Unit
from regional_econ.core.variable import Break, Transform, Variable
from regional_econ.data.declared import read_yaml
from regional_econ.data.derive import check_units

Reader = Literal["table", "tochno", "shares", "population", "innovation", "extract", "records", "quote"]
Role = Literal["main", "fill", "check", "vintage"]
Dash = Literal["zero", "missing"]


@dataclass(frozen=True)
class SourceFile:
    """One official file: its place under the sources folder, its origin and its edition names.

    ``editions`` maps what the file itself calls its sources to vintage names, where it mixes editions; ``refused``
    names indicators of the file that must not be read, each with its reason.
    """

    file: str
    origin: Origin
    editions: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """Where figures of a variable stand in one source file.

    ``role`` says what they are for: ``main`` (the newest), ``fill`` (used where the series before have none),
    ``check`` (compared cell by cell, never stored) or ``vintage`` (an older edition, kept beside).
    ``scale`` and ``digits`` bring them to the variable's unit, ``country_scale`` does so for the country where it
    stands in a larger unit than its regions; ``years`` limits them and, for a main series,
    promises every one of them, ``within`` only limits. ``unit`` chooses among rows whose units differ,
    ``where`` among the lines of a long table. ``units`` names rows whose spelling stands for another unit here than
    elsewhere (region id as resolved: region id that is meant). ``dash`` says what a dash means: nothing of the kind,
    which is zero, or, for what cannot be zero (a life expectancy), no figure.
    """

    reader: Reader
    source: str
    role: Role
    vintage: str
    title: str = ""
    unit_line: str = ""
    unit: str = ""
    code: str = ""
    column: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    pick: Mapping[int, str] = field(default_factory=dict)
    skip_codes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    scale: float = 1.0
    country_scale: float = 1.0
    digits: int | None = None
    dash: Dash = "zero"
    years: tuple[int, int] | None = None
    within: tuple[int, int] | None = None


@dataclass(frozen=True)
class Entry:
    """A variable together with the series it is imported from (none when it is derived)."""

    variable: Variable
    series: tuple[Series, ...]


def load_catalogue(folder: Path | None = None) -> dict[str, Entry]:
    """Return every declared variable with its series, by id.

    Parameters
    ----------
    folder : where ``variables.yml`` and ``units.yml`` lie; the compiled data by default.

    Raises
    ------
    DataError : an entry that lacks a field or knows none such, or a formula whose unit is not the declared one.
    UnknownNameError : a unit that ``units.yml`` does not declare.
    """
    folder = folder or data_dir()
    document, units = read_yaml(folder / "variables.yml"), load_units(folder)
    entries = {name: _entry(name, entry, units) for name, entry in document.items()}
    check_units({name: entry.variable for name, entry in entries.items()}, units)
    return entries


def load_variables(folder: Path | None = None) -> dict[str, Variable]:
    """Return every declared variable by id.

    >>> load_variables()["wear_pct"].label.en
    'Degree of wear of fixed assets, end of year'
    """
    return {name: entry.variable for name, entry in load_catalogue(folder).items()}


def load_units(folder: Path | None = None) -> dict[str, Unit]:
    """Return every declared unit by id.

    Parameters
    ----------
    folder : where ``units.yml`` lies; the compiled data by default.

    Raises
    ------
    DataError : an entry that lacks a field.

    Examples
    --------
    >>> unit = load_units()["mln_rub"]
    >>> unit.scale, unit.dimensions
    (1000000.0, {'rub': 1})
    """
    document = read_yaml((folder or data_dir()) / "units.yml")
    return {name: _unit(name, entry) for name, entry in document.items()}


def load_sources(folder: Path | None = None) -> dict[str, SourceFile]:
    """Return every declared source file by id."""
    folder = folder or data_dir()
    document = read_yaml(folder / "sources.yml")
    return {name: _source(name, entry) for name, entry in document.items()}


def _unit(name: str, entry: Mapping[str, Any]) -> Unit:
    try:
        dimensions = {str(key): int(exponent) for key, exponent in entry.get("dimensions", {}).items()}
        return Unit(name, float(entry["scale"]), dimensions, _text(entry["label"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"unit {name} is not declared well: {error!r}", where="units.yml", advice="Complete the entry"
        ) from error


def _entry(name: str, entry: Mapping[str, Any], units: Mapping[str, Unit]) -> Entry:
    try:
        series = tuple(_series(one) for one in entry.get("series", ()))
        return Entry(_variable(name, entry, series, units), series)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"variable {name} is not declared well: {error!r}", where="variables.yml", advice="Complete the entry"
        ) from error


def _variable(name: str, entry: Mapping[str, Any], series: tuple[Series, ...], units: Mapping[str, Unit]) -> Variable:
    if unknown := sorted(set(entry) - _FIELDS):
        raise UnknownNameError.of("field", unknown[0], _FIELDS, where=f"variables.yml, {name}")
    if entry["unit"] not in units:
        raise UnknownNameError.of("unit", str(entry["unit"]), units, where=f"variables.yml, {name}")
    low, high = entry.get("bounds", (None, None))
    transform: Transform = entry.get("transform", "identity")
    check_option("transform", transform, Transform)
    return Variable(
        id=name,
        unit=entry["unit"],
        label=_text(entry["label"]),
        unit_label=units[entry["unit"]].label,
        price_basis=entry.get("price_basis"),
        bounds=(low, high),
        transform=transform,
        digits=int(entry.get("digits", 1)),
        breaks=tuple(Break(int(one["year"]), one["kind"], _text(one["note"])) for one in entry.get("breaks", ())),
        warnings=tuple(_text(one) for one in entry.get("warnings", ())),
        origins=tuple(dict.fromkeys(one.source for one in series)),
        formula=entry.get("formula"),
    )


def _series(entry: Mapping[str, Any]) -> Series:
    known = set(Series.__dataclass_fields__)
    if unknown := sorted(set(entry) - known):
        raise UnknownNameError.of("series field", unknown[0], known, where="variables.yml")
    fields = dict(entry)
    check_option("reader", fields["reader"], Reader)
    check_option("role", fields["role"], Role)
    check_option("dash", fields.get("dash", "zero"), Dash)
    for key in ("skip_codes", "regions", "years", "within"):
        if key in fields:
            fields[key] = tuple(fields[key])
    return Series(**fields)


def _source(name: str, entry: Mapping[str, Any]) -> SourceFile:
    try:
        facts = {key: str(entry[key]) for key in _FACTS}
        return SourceFile(entry["file"], Origin(id=name, **facts), entry.get("editions", {}), entry.get("refused", {}))
    except KeyError as error:
        raise DataError(f"source {name} lacks {error}", where="sources.yml", advice="Complete the entry") from error


def _text(entry: Mapping[str, str]) -> Text:
    return Text(entry["ru"], entry["en"])


_FIELDS = frozenset(
    ["label", "unit", "price_basis", "bounds", "transform", "digits", "breaks", "warnings", "series", "formula"]
)
_FACTS = ("producer", "title", "edition", "citation", "accessed", "licence", "sha256")
