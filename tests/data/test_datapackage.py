"""The data package and the README of the stored tables: valid, complete, and true to the bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import frictionless
import pytest

from regional_econ._base.errors import DataError
from regional_econ._base.location import data_dir
from regional_econ.data.catalogue import load_sources, load_variables
from regional_econ.data.datapackage import DATAPACKAGE, describe_package, stored_contents
from regional_econ.data.editions import load_editions
from regional_econ.data.readme import README, readme_text
from regional_econ.data.snapshot import (
    FLOWS,
    INDUSTRIES,
    NATIONAL,
    NEIGHBOURS,
    SHEETS,
    TABLES,
    VALUES,
    VINTAGES,
    Content,
    pack_table,
)

ROWS: dict[str, list[tuple[Content, ...]]] = {
    VALUES: [
        ("wear_pct", "RU-KEM", 2022, "yearbook-2023", 47.5, "published", "yearbook_2023_09", "9.6.!C5"),
        ("wear_pct", "RU-KEM", 2023, "yearbook-2024", None, "missing", "tochno", "row 7"),
    ],
    VINTAGES: [("wear_pct", "RU-KEM", 2020, "yearbook-2021", 52.2, "published", "yearbook_2021", "line 9")],
    INDUSTRIES: [
        (
            "RU-KEM",
            2020,
            "gva_share",
            "okved2",
            "B",
            "all",
            28.6,
            "pct",
            "published",
            "value_added_structure",
            "2020!C5",
        )
    ],
    FLOWS: [("RU-KEM", "RU-MOW", 12.5, "1!B7"), ("RU-MOW", "RU-KEM", 1e-7, "1!C6")],
    NATIONAL: [("usd_rub", 2001, 29.17, "rub_per_usd", "macro_external", 2)],
    NEIGHBOURS: [("RU-KEM", "RU-TOM"), ("RU-TOM", "RU-KEM")],
    SHEETS: [("1.xlsx", "1.1.", "Население, всего", "", 2005, 2022, 12, 85, 1020, "imported", "", "wear_pct")],
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with small tables and their descriptor."""
    for name, rows in ROWS.items():
        (tmp_path / name).write_bytes(pack_table(name, rows))
    _describe(tmp_path)
    return tmp_path


def _describe(folder: Path) -> None:
    (folder / DATAPACKAGE).write_text(
        json.dumps(describe_package(stored_contents(folder)), ensure_ascii=False), encoding="utf-8"
    )


def _errors(folder: Path) -> list[tuple[str, str]]:
    report = frictionless.validate(str(folder / DATAPACKAGE))
    assert not report.errors, report.errors
    found = [(task.name, error.type) for task in report.tasks for error in task.errors]
    assert report.valid == (not found)
    return found


def test_small_tables_are_valid(package: Path) -> None:
    assert _errors(package) == []
    described = frictionless.Package(str(package / DATAPACKAGE))
    assert described.get_resource("values").read_rows()[1]["value"] is None
    assert {one.path for one in described.resources if one.path} == set(TABLES)


@pytest.mark.parametrize(
    ("table", "change", "described_again", "expected"),
    [
        (VALUES, lambda text: text.replace(b"47.5", b"47.6"), False, ("values", "hash-count")),
        (NEIGHBOURS, lambda text: text + b"RU-KEM,RU-NVS\n", False, ("neighbours", "byte-count")),
        (VALUES, lambda text: text.replace(b"47.5", b"47,5"), True, ("values", "extra-cell")),
        (VALUES, lambda text: text.replace(b"47.5", b"many"), True, ("values", "type-error")),
        (VINTAGES, lambda text: text.replace(b"2020", b"20.2"), True, ("vintages", "type-error")),
        (VALUES, lambda text: text.replace(b"RU-KEM", b"RU-KME"), True, ("values", "foreign-key")),
        (VALUES, lambda text: text.replace(b"yearbook-2023", b"yearbook-2032"), True, ("values", "foreign-key")),
        (VINTAGES, lambda text: text.replace(b"wear_pct", b"waer_pct"), True, ("vintages", "foreign-key")),
        (NATIONAL, lambda text: text.replace(b"macro_external", b"macro"), True, ("national", "foreign-key")),
        (FLOWS, lambda text: text.replace(b"RU-MOW", b"RU-MSK"), True, ("flows", "foreign-key")),
        (NEIGHBOURS, lambda text: text + b"RU-KEM,RU-TOM\n", True, ("neighbours", "primary-key")),
        (SHEETS, lambda text: text.replace(b"workbook,", b"book,"), True, ("sheets", "incorrect-label")),
    ],
)
def test_a_corrupted_table_is_invalid(
    package: Path, table: str, change: Callable[[bytes], bytes], described_again: bool, expected: tuple[str, str]
) -> None:
    content = (package / table).read_bytes()
    text = gzip.decompress(content) if table.endswith(".gz") else content
    changed = change(text)
    assert changed != text
    (package / table).write_bytes(gzip.compress(changed, mtime=0) if table.endswith(".gz") else changed)
    if described_again:
        _describe(package)
    assert expected in _errors(package)


def test_a_missing_table_is_named(package: Path) -> None:
    (package / FLOWS).unlink()
    with pytest.raises(DataError, match=r"the table flows\.csv\.gz is missing"):
        describe_package(stored_contents(package))


def test_the_compiled_tables_are_valid_and_described() -> None:
    descriptor = json.loads((data_dir() / DATAPACKAGE).read_text(encoding="utf-8"))
    assert descriptor == describe_package(stored_contents())
    assert _errors(data_dir()) == []


def test_the_readme_is_the_one_of_the_compiled_tables() -> None:
    assert (data_dir() / README).read_text(encoding="utf-8") == readme_text(stored_contents())


def test_the_readme_tells_what_the_template_asks_for(package: Path) -> None:
    text = readme_text(stored_contents(package))
    for one in load_sources().values():
        for fact in (one.file, one.origin.title, one.origin.citation, one.origin.licence, one.origin.sha256):
            assert fact in text, one.file
    for heading in ("Statement about rights", "Dataset list", "Editions", "Statuses", "Known issues", "References"):
        assert f"# {heading}\n" in text
    for name, variable in load_variables().items():
        assert f"| `{name}` | {variable.label.en.replace('|', '/')} |" in text
        assert all(step.note.en in text for step in variable.breaks)
    assert all(f"| `{name}` |" in text for name in load_editions())
    assert "| `flows.csv.gz` | Goods sold between regions in 2016 | 2 |" in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text


def test_descriptor_and_readme_depend_on_the_tables_alone(package: Path) -> None:
    contents = stored_contents(package)
    assert describe_package(dict(reversed(contents.items()))) == describe_package(stored_contents(package))
    assert readme_text(dict(reversed(contents.items()))) == readme_text(contents)
