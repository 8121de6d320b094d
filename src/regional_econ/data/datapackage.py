"""What are the stored tables to a program that knows nothing of ours? A Frictionless Data Package describes them.

Version 1 of the specification, profile tabular-data-package. Regions, variables, editions and sources, which are
declared in YAML, stand in the descriptor as tables of their own, so that every id can be looked up in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from regional_econ._base.errors import DataError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ.data.catalogue import load_sources, load_variables
from regional_econ.data.editions import load_editions
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import TABLES, ColumnType, Table

DATAPACKAGE = "datapackage.json"
Descriptor = dict[str, object]


def describe_package(contents: Mapping[str, bytes]) -> Descriptor:
    """Return the data package of stored tables, given by file name, as the build holds them before writing.

    Raises
    ------
    DataError : a table is missing.
    """
    _check_complete(contents)
    sources = load_sources()
    licences = dict.fromkeys(one.origin.licence for one in sources.values())
    return {
        "profile": "tabular-data-package",
        "name": "regional-econ-data",
        "title": "Official figures of the regions of Russia, with the place of each in its source",
        "description": (
            "Long tables of official figures by region and year, in the newest and in older editions, with the status "
            "of each and the file and cell it was read from. README.md describes sources, rights and known issues."
        ),
        "licenses": [{"title": title, "path": "README.md"} for title in licences],
        "sources": [{"title": one.origin.citation, "path": one.file} for one in sources.values()],
        "resources": [
            *(_stored(table, contents[table.file]) for table in TABLES.values()),
            _regions(),
            _variables(),
            _editions(),
            _sources(),
        ],
    }


def stored_contents(folder: Path | None = None) -> dict[str, bytes]:
    """Return the bytes of every stored table by file name.

    Raises
    ------
    DataError : a table is missing.
    """
    folder = folder or data_dir()
    contents = {name: (folder / name).read_bytes() for name in TABLES if (folder / name).is_file()}
    _check_complete(contents, folder)
    return contents


def _check_complete(contents: Mapping[str, bytes], folder: Path | None = None) -> None:
    for name in TABLES:
        if name not in contents:
            raise DataError(
                f"the table {name} is missing",
                where=str(folder or "tables of the build"),
                advice="Run `regional-econ data build --sources DIR`",
            )


def _stored(table: Table, content: bytes) -> Descriptor:
    resource: Descriptor = {
        "profile": "tabular-data-resource",
        "name": resource_name(table.file),
        "path": table.file,
        "title": table.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "bytes": len(content),
        "hash": f"sha256:{sha256_bytes(content)}",
        "schema": {
            "fields": [
                {"name": one.name, "type": _TYPES[one.type], "description": one.description} for one in table.columns
            ],
            "missingValues": [""],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {"fields": one.name, "reference": {"resource": _REFERENCES[one.name], "fields": "id"}}
                for one in table.columns
                if one.name in _REFERENCES
            ],
        },
    }
    return resource | ({"compression": "gz"} if table.file.endswith(".gz") else {})


def resource_name(file: str) -> str:
    """Return the name of a stored table in the package.

    >>> resource_name("values.csv.gz")
    'values'
    """
    return file.split(".", 1)[0]


def _regions() -> Descriptor:
    fields = {"id": "Region id", "name_ru": "Name in Russian", "name_en": "Name in English",
              "kind": "region (disjoint), oblast (with its okrugs), district or country",
              "district": "Federal district", "first_year": "First year with official figures"}  # fmt: skip
    rows = [
        {"id": one.id, "name_ru": one.name.ru, "name_en": one.name.en, "kind": one.kind, "district": one.district or "",
         "first_year": one.first_year}
        for one in load_regions().values()
    ]  # fmt: skip
    return _inline("regions", "Regions, districts and the country", fields, rows)


def _variables() -> Descriptor:
    fields = {"id": "Variable id", "label_ru": "Label in Russian", "label_en": "Label in English",
              "unit": "Unit", "formula": "How it is derived; blank when imported"}  # fmt: skip
    rows = [
        {"id": one.id, "label_ru": one.label.ru, "label_en": one.label.en, "unit": one.unit_label.en,
         "formula": one.formula or ""}
        for one in load_variables().values()
    ]  # fmt: skip
    return _inline("variables", "Variables", fields, rows)


def _editions() -> Descriptor:
    fields = {"id": "Edition id", "published": "Year and month of publication",
              "about": "yes where only the year or a bound is known", "label_ru": "Label in Russian",
              "label_en": "Label in English"}  # fmt: skip
    rows = [
        {"id": one.id, "published": f"{one.published[0]}-{one.published[1]:02d}", "about": "yes" if one.about else "no",
         "label_ru": one.label.ru, "label_en": one.label.en}
        for one in load_editions().values()
    ]  # fmt: skip
    return _inline("editions", "Editions", fields, rows)


def _sources() -> Descriptor:
    fields = {"id": "Source id", "file": "File below the folder of sources", "producer": "Who made it",
              "edition": "Edition", "accessed": "When it was obtained", "licence": "Terms",
              "sha256": "SHA-256 of the file"}  # fmt: skip
    rows = [
        {"id": one.origin.id, "file": one.file, "producer": one.origin.producer, "edition": one.origin.edition,
         "accessed": one.origin.accessed, "licence": one.origin.licence, "sha256": one.origin.sha256}
        for one in load_sources().values()
    ]  # fmt: skip
    return _inline("sources", "Source files", fields, rows)


def _inline(name: str, title: str, fields: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> Descriptor:
    types = {"first_year": "integer"}
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "title": title,
        "data": [dict(row) for row in rows],
        "schema": {
            "fields": [
                {"name": field, "type": types.get(field, "string"), "description": text}
                for field, text in fields.items()
            ],
            "missingValues": [""],
            "primaryKey": ["id"],
        },
    }


_TYPES: Mapping[ColumnType, str] = {"string": "string", "word": "string", "integer": "integer", "number": "number"}
_REFERENCES = {
    "region": "regions",
    "neighbour": "regions",
    "origin": "regions",
    "destination": "regions",
    "variable": "variables",
    "vintage": "editions",
    "source": "sources",
}
