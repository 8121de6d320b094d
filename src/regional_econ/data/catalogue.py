"""Which variables and which source files are there, as declared in ``variables.yml`` and ``sources.yml``?"""

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
from regional_econ.core.variable import Break, Transform, Variable
from regional_econ.data.declared import read_yaml

Reader = Literal["table", "tochno", "shares", "population", "innovation", "extract", "quote"]
Role = Literal["main", "fill", "check", "vintage"]


@dataclass(frozen=True)
class SourceFile:
    """One official file: its place under the sources folder, its origin and its edition names.

    ``editions`` maps what the file itself calls its sources to vintage names, where it mixes editions.
    """

    file: str
    origin: Origin
    editions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """Where figures of a variable stand in one source file.

    ``role`` says what they are for: ``main`` (the newest), ``fill`` (used where the series before have none),
    ``check`` (compared cell by cell, never stored) or ``vintage`` (an older edition, kept beside).
    ``scale`` and ``digits`` bring them to the variable's unit; ``years`` limits them.
    """

    reader: Reader
    source: str
    role: Role
    vintage: str
    title: str = ""
    unit_line: str = ""
    code: str = ""
    column: str = ""
    pick: Mapping[int, str] = field(default_factory=dict)
    skip_codes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    scale: float = 1.0
    digits: int | None = None
    years: tuple[int, int] | None = None


@dataclass(frozen=True)
class Entry:
    """A variable together with the series it is imported from (none when it is derived)."""

    variable: Variable
    series: tuple[Series, ...]


def load_catalogue(folder: Path | None = None) -> dict[str, Entry]:
    """Return every declared variable with its series, by id.

    Parameters
    ----------
    folder : where ``variables.yml`` lies; the compiled data by default.

    Raises
    ------
    DataError : an entry that lacks a field or knows none such.
    """
    folder = folder or data_dir()
    document = read_yaml(folder / "variables.yml")
    return {name: _entry(name, entry) for name, entry in document.items()}


def load_variables(folder: Path | None = None) -> dict[str, Variable]:
    """Return every declared variable by id.

    >>> load_variables()["wear_pct"].label.en
    'Degree of wear of fixed assets, end of year'
    """
    return {name: entry.variable for name, entry in load_catalogue(folder).items()}


def load_sources(folder: Path | None = None) -> dict[str, SourceFile]:
    """Return every declared source file by id."""
    folder = folder or data_dir()
    document = read_yaml(folder / "sources.yml")
    return {name: _source(name, entry) for name, entry in document.items()}


def variable_of(name: str, folder: Path | None = None) -> Variable:
    """Return one variable.

    Raises
    ------
    UnknownNameError : no such variable; the nearest are named.
    """
    variables = load_variables(folder)
    if name not in variables:
        raise UnknownNameError.of("variable", name, variables)
    return variables[name]


def _entry(name: str, entry: Mapping[str, Any]) -> Entry:
    try:
        series = tuple(_series(one) for one in entry.get("series", ()))
        return Entry(_variable(name, entry, series), series)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"variable {name} is not declared well: {error!r}", where="variables.yml", advice="Complete the entry"
        ) from error


def _variable(name: str, entry: Mapping[str, Any], series: tuple[Series, ...]) -> Variable:
    low, high = entry.get("bounds", (None, None))
    transform: Transform = entry.get("transform", "identity")
    check_option("transform", transform, Transform)
    return Variable(
        id=name,
        unit=entry["unit"],
        label=_text(entry["label"]),
        unit_label=_text(entry["unit_label"]),
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
    for key in ("skip_codes", "regions", "years"):
        if key in fields:
            fields[key] = tuple(fields[key])
    return Series(**fields)


def _source(name: str, entry: Mapping[str, Any]) -> SourceFile:
    try:
        facts = {key: str(entry[key]) for key in _FACTS}
        return SourceFile(entry["file"], Origin(id=name, **facts), entry.get("editions", {}))
    except KeyError as error:
        raise DataError(f"source {name} lacks {error}", where="sources.yml", advice="Complete the entry") from error


def _text(entry: Mapping[str, str]) -> Text:
    return Text(entry["ru"], entry["en"])


_FACTS = ("producer", "title", "edition", "citation", "accessed", "licence", "sha256")
