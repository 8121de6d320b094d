"""The paper's own chapters: every source that the code names is in the list, and the list names no other."""

from __future__ import annotations

import ast
import csv
import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
import report_sample as sample

from regional_econ._base.location import data_dir, package_dir
from regional_econ.core.section import PARTS, SECTION_ORDER, Bilingual, TableBlock, TextRef, Verbatim
from regional_econ.core.workspace import Workspace
from regional_econ.report import paper
from regional_econ.report.build import load_catalogue

SOURCE = re.compile(r"Source: (.*?)(?=\n\n|Held against|\Z)", re.DOTALL)
YEAR = re.compile(r"([^\W\d_][\w'’-]*(?: (?:et al\.?|Vega|Olea))?)\W* \(?((?:18|19|20)\d\d)\b")


def workspace() -> Workspace:
    return Workspace(sample.ROOT / "analyses" / "study.toml", "full")


def rows() -> list[dict[str, str]]:
    with (data_dir() / paper.REFERENCES).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cited() -> dict[tuple[str, str], str]:
    """The last author and the year of every publication in a ``Source:`` of a docstring, with a place that names it."""
    found = {}
    for path in sorted(package_dir().rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                for text in SOURCE.findall(ast.get_docstring(node) or ""):
                    for name, year in YEAR.findall(" ".join(text.split())):
                        found[name.removesuffix(".").removesuffix(" et al"), year] = path.name
    return found


def test_every_source_in_the_code_is_in_the_list() -> None:
    listed = {year: " ".join(row["authors"] for row in rows() if row["year"] == year) for _, year in cited()}
    missing = {key: place for key, place in cited().items() if key[0] not in listed[key[1]]}
    assert missing == {}


def test_the_list_names_only_what_the_code_cites_and_each_once() -> None:
    years = {year for _, year in cited()}
    assert [row for row in rows() if row["year"] not in years or not row["published"]] == []
    keys = [(row["authors"], row["year"], row["published"]) for row in rows()]
    assert len(set(keys)) == len(keys) > 200
    assert keys == sorted(keys, key=lambda key: (key[0].lower(), key[1]))
    rooms = {room for row in rows() for room in row["rooms"].split()}
    assert rooms <= {path.name for path in package_dir().iterdir() if path.is_dir()}
    assert {f"references.room.{room}" for room in rooms} <= set(load_catalogue().texts)


def test_the_chapters_stand_in_their_parts_and_every_part_is_named() -> None:
    sections = [paper.methods(), paper.references(), paper.reproducibility(workspace(), None)]
    assert {section.id for section in sections} <= set(SECTION_ORDER)
    assert len(set(SECTION_ORDER)) == len(SECTION_ORDER)
    texts = load_catalogue().texts
    assert [part for part in PARTS if f"report.part.{part}" not in texts or f"report.summary.{part}" not in texts] == []


def test_the_statement_shows_the_seed_the_hashes_and_the_record_of_a_run() -> None:
    work = workspace()
    run = {
        "minutes": 17.5, "memory_gb": 3.11, "worker_gb": 1.0, "jobs": 2, "cores": 2, "system": "Linux",
        "python": "3.12",
    }  # fmt: skip
    tables = {block.id: block for block in paper.reproducibility(work, run).blocks if isinstance(block, TableBlock)}
    cells = {name: [cell for row in table.rows for cell in row] for name, table in tables.items()}
    assert Verbatim(str(work.study.seed)) in cells["reproducibility.random"]
    hashes = [cell.text for cell in cells["reproducibility.hashes"] if isinstance(cell, Verbatim)]
    assert len(set(hashes)) == len(paper.FILES) + 2
    assert Bilingual("3,1", "3.1") in cells["reproducibility.run"]
    without = paper.reproducibility(work, None)
    assert "reproducibility.run" not in {block.id for block in without.blocks if isinstance(block, TableBlock)}


@pytest.mark.parametrize("profile", ["quick", "full"])
def test_the_sizes_are_those_of_the_profile(profile: str) -> None:
    work = Workspace(sample.ROOT / "analyses" / "study.toml", "quick" if profile == "quick" else "full")
    values = paper.result(work).values
    settings = work.settings
    assert values["resamples"].value == settings.bootstrap_replications
    assert {field.name for field in fields(settings)} >= {"forecast_draws", "ess_min"}
    assert values["forecast_draws"].value == settings.forecast_draws
    assert values["publications"].value == len(rows())


def test_the_record_of_the_full_run_holds_what_the_statement_shows() -> None:
    record = json.loads(Path(workspace().run_record).read_text(encoding="utf-8"))
    blocks = paper.reproducibility(workspace(), record).blocks
    (table,) = (one for one in blocks if isinstance(one, TableBlock) and one.id == "reproducibility.run")
    assert {row[0] for row in table.rows} == {TextRef(f"reproducibility.run.{name}") for name in record}
