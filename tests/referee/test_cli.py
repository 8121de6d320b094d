"""The commands of the referee answer in words and JSON, and name what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import RegionalEconError, SchemaError, UnknownNameError
from regional_econ.causal.evidence import CausalEvidence, write_evidence
from regional_econ.cli.referee import app
from regional_econ.core.schemas import validate
from regional_econ.core.workspace import Workspace
from regional_econ.referee.ledger import load_claims


@pytest.fixture
def workspace(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_evidence: Callable[[str], CausalEvidence],
) -> Workspace:
    (tmp_path / "analyses").mkdir()
    (tmp_path / "analyses" / "study.toml").write_bytes((root / "analyses" / "study.toml").read_bytes())
    monkeypatch.chdir(tmp_path)
    here = Workspace.current()
    drivers = ("rd_grp_pct", "researchers_per_10k_employed", "mining_share_pct")
    write_evidence(here.artifact("causal_evidence.json"), {driver: make_evidence(driver) for driver in drivers})
    return here


def test_table_show_and_run(workspace: Workspace) -> None:
    answer = json.loads(CliRunner().invoke(app, ["table", "--json"], catch_exceptions=False).stdout)
    assert [row["id"] for row in answer["data"]] == [entry.id for entry in load_claims()]
    assert {"id", "label"} <= answer["data"][0].keys()
    shown = json.loads(CliRunner().invoke(app, ["show", "Q11", "--json"], catch_exceptions=False).stdout)
    validate(shown["data"], "claim", where="Q11")
    words = CliRunner().invoke(app, ["show", "Q11"], catch_exceptions=False).stdout
    assert "yearbook-2024, source_notes: line 32" in words
    assert "quoted in notes only, no official file here (threshold from an official file), not met" in words
    assert "Another edition agrees: 2188.8 (threshold 2188.8), met" in words
    assert "Needed: 2,188.75 to 2,188.85, 18.67 from what is printed | The verdict then: Confirmed" in words
    effect = CliRunner().invoke(app, ["show", "C12"], catch_exceptions=False).stdout
    assert "Minimal detectable effect, pp | Now: 0.900 | Needed: at most 0.500, over by 0.400" in effect
    assert "The effect in words: By how many percentage points" in effect
    assert "not_testable_by_design: 34" in CliRunner().invoke(app, ["run"], catch_exceptions=False).stdout


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["show", "Q99"], UnknownNameError, "unknown claim 'Q99'"),
        (["table", "--type", "numbers"], RegionalEconError, "--type cannot be 'numbers'"),
        (["run", "--claims", "absent.yml"], RegionalEconError, "no such claims file"),
        (["run", "--document", "absent.txt"], RegionalEconError, "no such document"),
    ],
)
def test_mistakes_are_named(workspace: Workspace, arguments: list[str], error: type[Exception], message: str) -> None:
    raised = CliRunner().invoke(app, arguments).exception
    assert isinstance(raised, error)
    assert message in str(raised)


def test_another_document_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("другой текст", encoding="utf-8")
    raised = CliRunner().invoke(app, ["run", "--document", str(other)]).exception
    assert isinstance(raised, SchemaError)
    assert "another document" in str(raised)


def test_missing_evidence_says_what_makes_it(workspace: Workspace) -> None:
    workspace.artifact("causal_evidence.json").unlink()
    raised = CliRunner().invoke(app, ["run"]).exception
    assert isinstance(raised, RegionalEconError)
    assert "causal_evidence.json" in str(raised)


def test_evidence_of_another_version_is_refused(workspace: Workspace) -> None:
    path = workspace.artifact("causal_evidence.json")
    path.write_text(path.read_text(encoding="utf-8").replace('"lagged_pp"', '"lagged_points"'), encoding="utf-8")
    raised = CliRunner().invoke(app, ["run"]).exception
    assert isinstance(raised, RegionalEconError)
    assert "evidence of another version" in str(raised)
