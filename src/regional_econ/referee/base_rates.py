"""How often did the results of other papers hold? Published shares, shown beside ours and not compared with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from regional_econ._base.errors import SchemaError, StoreError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.core.results import Result, Value
from regional_econ.core.section import Bilingual, Block, Cell, Column, NumberRef, Paragraph, Stack, TableBlock, Verbatim

RESULT_ID = "referee.base_rates"
Given = Literal["equals", "about", "above"]
_FILE = "base_rates.yml"
_VERSION = "1"
_SHOWN: Mapping[Given, str] = {"equals": "{}", "about": "≈{}", "above": ">{}"}


@dataclass(frozen=True)
class Rate:
    """One published share in per cent, and of what."""

    id: str
    pct: float
    relation: Given
    what: Text


@dataclass(frozen=True)
class Study:
    """A published study of many papers; ``where_seen`` says how its figures came here."""

    id: str
    name: Text
    citation: str
    where_seen: str
    rates: tuple[Rate, ...]


def load_base_rates(path: Path | None = None) -> tuple[Study, ...]:
    """Read ``data/base_rates.yml``.

    Raises
    ------
    StoreError : no such file.
    SchemaError : not YAML, a missing key, a share outside 0 to 100, or an id that stands twice, with its line.
    UnknownNameError, OptionError : an unknown key or relation, with its line.
    """
    path = path or data_dir() / _FILE
    if not path.is_file():
        raise StoreError("no such file of base rates", where=str(path), advice=f"See data/{_FILE}")
    document = read_yaml_lines(path, SchemaError).mapping(("schema_version", "studies"))
    if document["schema_version"].value != _VERSION:
        message = f"the base rates have the form {document['schema_version'].value}, not {_VERSION}"
        raise document["schema_version"].refuse(message, f"See data/{_FILE}")
    studies = tuple(_study(place) for place in document["studies"].items())
    seen: set[str] = set()
    for place, study in zip(document["studies"].items(), studies, strict=True):
        for name in (study.id, *(f"{study.id}.{rate.id}" for rate in study.rates)):
            if name in seen:
                raise place.refuse(f"{name} stands twice in the base rates", "Rename one of them")
            seen.add(name)
    return studies


def result(studies: tuple[Study, ...], path: Path | None = None) -> Result:
    """Return ``referee.base_rates`` with ``<study>.<rate>`` in per cent."""
    values = {f"{study.id}.{rate.id}": Value(rate.pct, "%", 0) for study in studies for rate in study.rates}
    return Result(RESULT_ID, values, {"base_rates": sha256_file(path or data_dir() / _FILE)})


def blocks(studies: tuple[Study, ...]) -> tuple[Block, ...]:
    """Return the table of published shares with their sources, and why they are another thing than ours."""
    columns = (
        Column("study", "referee.column.study", width=2.6),
        Column("what", "referee.column.share_of", width=2.4),
        Column("share", "referee.column.share", "right", 0.8),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _study_cell(study, first=rate is study.rates[0]),
            Bilingual(rate.what.ru, rate.what.en),
            NumberRef(f"{RESULT_ID}.{study.id}.{rate.id}", _SHOWN[rate.relation]),
        )
        for study in studies
        for rate in study.rates
    )
    table = TableBlock("referee.base_rates", "referee.base_rates.caption", columns, rows)
    return Paragraph("referee.base_rates.text"), table


def _study_cell(study: Study, *, first: bool) -> Cell:
    """The name of a study, in its first row with the publication."""
    name = Bilingual(study.name.ru, study.name.en)
    return Stack((name, Verbatim(study.citation))) if first else name


def _study(place: Place) -> Study:
    parts = place.mapping(("id", "name", "citation", "where_seen", "rates"))
    rates = tuple(_rate(part) for part in parts["rates"].items())
    return Study(
        parts["id"].text(), parts["name"].both(), parts["citation"].text(), parts["where_seen"].text(), rates
    )  # fmt: skip


def _rate(place: Place) -> Rate:
    parts = place.mapping(("id", "pct", "relation", "what"))
    pct = parts["pct"].number()
    if not 0.0 <= pct <= 100.0:
        raise parts["pct"].refuse(f"a share of {pct:g} per cent", "Write a number from 0 to 100")
    relation = cast(Given, parts["relation"].option(Given))
    return Rate(parts["id"].text(), pct, relation, parts["what"].both())
