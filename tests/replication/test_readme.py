"""The README says what is known and where, and of what was not recorded that it was not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from regional_econ.core.workspace import Workspace
from regional_econ.data.catalogue import load_sources
from regional_econ.data.snapshot import TABLES
from regional_econ.referee.exports.made import Made
from regional_econ.replication.exhibits import Exhibit
from regional_econ.replication.facts import Facts
from regional_econ.replication.programs import Program
from regional_econ.replication.readme import readme_text
from regional_econ.replication.runs import Machine, RunRecord
from regional_econ.replication.software import read_software
from regional_econ.report.document import Document


@pytest.fixture(scope="module")
def facts(root: Path) -> Facts:
    """The project's own facts around a run of one step with one table."""
    workspace = Workspace(root / "analyses" / "study.toml", "full", 1)
    return Facts(
        workspace=workspace,
        made=Made.of(workspace),
        document=Document("en", "A title", "", (), (), (), {}),
        exhibits=(Exhibit("Table 1", "Shares | by region", "1", "analyses/task_data.py", 31, "data/t_en.csv"),),
        programs=(Program("task_data", "analyses/task_data.py", "What is there?", {"data": 31}),),
        software=read_software(root),
        run=RunRecord({}, None),
        sources=load_sources(),
        tables={name: table.title for name, table in TABLES.items()},
        recorded=7,
        sizes={f"project/data/{path.name}": path.stat().st_size for path in (root / "data").glob("*.*")},
        intermediates=False,
    )


def test_what_was_not_recorded_is_said_not_guessed(facts: Facts) -> None:
    text = readme_text(facts)
    assert "Run time, memory and machine of a run from nothing: not recorded." in text
    assert "Run times of the steps: not recorded." in text
    assert re.search(r"\d (s|min|minutes|h|GB)\b", text) is None


def test_recorded_times_and_memory_are_told(facts: Facts) -> None:
    machine = Machine(17.5, 3.11, 1.01, 2, 4, "Linux x86_64", "3.12.1")
    text = readme_text(replace(facts, run=RunRecord({"task_data": 1100.0}, machine)))
    assert "| `task_data` | 18 min |" in text
    assert "took 17.5 minutes on 4 cores (Linux x86_64, Python 3.12.1) with 2 worker processes" in text
    assert "3.11 GB in the main process, 1.01 GB in a worker" in text
    assert text.count("about 18 minutes") == 2
    assert "not recorded |" in readme_text(replace(facts, run=RunRecord({"task_other": 5.0}, None)))


def test_every_source_stands_with_its_licence_and_every_seed_with_its_line(facts: Facts, root: Path) -> None:
    text = readme_text(facts)
    for name, source in facts.sources.items():
        (line,) = re.findall(rf"^\| `{name}` \|.*$", text, flags=re.M)
        assert source.origin.licence.replace("|", "/") in line
    seeds = re.findall(r"set at line (\d+) of `project/(.+)`", text)
    assert len(seeds) == 1 + len(list((root / "analyses" / "scenarios").glob("*.yml")))
    for line, file in seeds:
        assert "seed" in (root / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_every_file_of_the_data_is_in_the_list(facts: Facts, root: Path) -> None:
    told = set(re.findall(r"^\| `([\w.]+)` \| .+ \| \d+ \|$", readme_text(facts), flags=re.M))
    described_elsewhere = {"README.md", "datapackage.json", "manifest.json"}
    assert told == {path.name for path in (root / "data").glob("*.*")} - described_elsewhere


def test_a_table_of_the_readme_keeps_its_columns(facts: Facts) -> None:
    line = "| Table 1 | Shares / by region | 1 | `analyses/task_data.py` | 31 | `data/t_en.csv` |"
    assert line in readme_text(facts).splitlines()


def test_commands_carry_the_study_and_the_profile(facts: Facts, root: Path) -> None:
    assert "verify` holds" in readme_text(facts)
    other = replace(facts, workspace=Workspace(root / "analyses" / "other.toml", "quick", 1))
    quick = replace(facts, workspace=Workspace(root / "analyses" / "study.toml", "quick", 1))
    assert other.options == " --study analyses/other.toml --profile quick"
    assert "verify --profile quick` holds" in readme_text(quick)


def test_intermediates_change_what_would_run(facts: Facts) -> None:
    assert "all 1 steps, since the intermediates are not packed" in readme_text(facts)
    assert "no step, since results" in readme_text(replace(facts, intermediates=True))
