"""Published shares stand beside ours with their source, each in a data file."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ._base.errors import OptionError, RegionalEconError, SchemaError, StoreError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ.core.section import NumberRef, TableBlock, Verbatim
from regional_econ.referee import base_rates


def test_the_shares_are_those_of_the_declared_studies() -> None:
    studies = base_rates.load_base_rates()
    found = {key: value.value for key, value in base_rates.result(studies).values.items()}
    # as the project's method notes quote them: SCIENCE, section 8
    assert found == {
        "multi100.same_result": 34, "multi100.same_conclusion": 74, "i4r.reproducible": 85, "i4r.coding_errors": 25,
        "i4r.robust": 70,
    }  # fmt: skip
    assert all(study.citation and study.where_seen for study in studies)


def test_each_share_stands_beside_its_study_and_each_study_with_its_publication() -> None:
    studies = base_rates.load_base_rates()
    (table,) = (block for block in base_rates.blocks(studies) if isinstance(block, TableBlock))
    shown = [row[-1] for row in table.rows]
    keys = base_rates.result(studies).values
    assert [cell.id for cell in shown if isinstance(cell, NumberRef)] == [f"referee.base_rates.{key}" for key in keys]
    assert {cell.template for cell in shown if isinstance(cell, NumberRef)} == {"{}", ">{}", "≈{}"}
    cited = [part for row in table.rows for part in getattr(row[0], "cells", ()) if isinstance(part, Verbatim)]
    assert [part.text for part in cited] == [study.citation for study in studies]


@pytest.mark.parametrize(
    ("words", "others", "error", "message"),
    [
        ("pct: 34", "pct: 134", SchemaError, "a share of 134 per cent"),
        ("relation: above", "relation: over", OptionError, "relation cannot be 'over'"),
        ("where_seen:", "seen:", UnknownNameError, "unknown key 'seen'"),
        ("id: i4r", "id: multi100", SchemaError, "multi100 stands twice"),
        ('schema_version: "1"', 'schema_version: "2"', SchemaError, "the base rates have the form 2"),
    ],
)
def test_mistakes_in_the_file_are_named(
    words: str, others: str, error: type[RegionalEconError], message: str, tmp_path: Path
) -> None:
    content = (data_dir() / "base_rates.yml").read_text(encoding="utf-8")
    assert words in content
    path = tmp_path / "base_rates.yml"
    path.write_text(content.replace(words, others, 1), encoding="utf-8")
    with pytest.raises(error, match=message) as raised:
        base_rates.load_base_rates(path)
    assert "base_rates.yml, line" in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such file of base rates"):
        base_rates.load_base_rates(tmp_path / "absent.yml")
