"""A run that is not finished, not current or not the recorded one does not leave the house; nothing is half-written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import RegionalEconError, StoreError
from regional_econ._base.files import run_lock
from regional_econ.cli.main import app
from regional_econ.cli.steps import run_steps
from regional_econ.core.record import record_of, record_path
from regional_econ.core.results import Result, Value
from regional_econ.core.workspace import Workspace
from regional_econ.replication.contents import packed_files

TASK = """
from pathlib import Path
from typing import Annotated
from pytask import Product
HERE = Path(__file__).parent

def task_one(source: Path = HERE / "source.txt", made: Annotated[Path, Product] = HERE / "made.txt") -> None:
    made.write_text(source.read_text())
"""


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> Workspace:
    """A project of one step that has not run."""
    folder = tmp_path / "analyses"
    folder.mkdir()
    shutil.copy(root / "analyses" / "study.toml", folder)
    (folder / "task_one.py").write_text(TASK, encoding="utf-8")
    (folder / "source.txt").write_text("a", encoding="utf-8")
    return Workspace(folder / "study.toml", "quick", 1)


def refusal(workspace: Workspace, out: Path) -> StoreError:
    """What the command says when it refuses; no archive and no part of one is left."""
    before = sorted(workspace.root.rglob("*.zip*"))
    options = ["--study", str(workspace.study_path), "--profile", "quick"]
    done = CliRunner().invoke(app, ["package", "--out", str(out), *options])
    assert isinstance(done.exception, RegionalEconError), done.output
    assert sorted(workspace.root.rglob("*.zip*")) == before
    assert list(workspace.root.rglob(".*.tmp")) == []
    assert isinstance(done.exception, StoreError)
    return done.exception


def test_each_thing_that_is_missing_has_its_message_and_its_next_step(workspace: Workspace) -> None:
    out = workspace.root / "a.zip"
    assert "there are no results yet" in str(refusal(workspace, out))
    workspace.results.write(Result("demo", {"x": Value(1.0)}))

    assert "1 of 1 steps have not run on the present code and data: task_one" in str(refusal(workspace, out))
    run_steps(workspace)
    assert "there is no record" in str(refusal(workspace, out))

    path = record_path(workspace.root, workspace.study.name, "quick")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(record_of(workspace.results)), encoding="utf-8")
    assert "not the project's own code" in str(refusal(workspace, out))

    workspace.results.write(Result("demo", {"x": Value(1.1)}))
    assert "demo.x: recorded 1.0, now 1.1" in str(refusal(workspace, out))

    (workspace.root / "analyses" / "source.txt").write_text("b", encoding="utf-8")
    said = str(refusal(workspace, out))
    assert "regional-econ reproduce --profile quick" in said


def test_a_folder_in_the_way_is_named_before_anything_is_done(workspace: Workspace) -> None:
    workspace.results.write(Result("demo", {"x": Value(1.0)}))
    assert "it is a folder" in str(refusal(workspace, workspace.root))


def test_a_run_at_work_is_waited_for(workspace: Workspace) -> None:
    workspace.results.write(Result("demo", {"x": Value(1.0)}))
    with run_lock(workspace.bld):
        done = CliRunner().invoke(
            app, ["package", "--out", "a.zip", "--study", str(workspace.study_path), "--profile", "quick"]
        )
    assert "another run works in this folder" in str(done.exception)


def test_a_part_of_the_project_that_is_missing_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a part of the project is missing"):
        packed_files(workspace, intermediates=False, without=tmp_path / "a.zip")


def test_a_study_from_elsewhere_is_not_packed(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(root / "analyses" / "study.toml", tmp_path)
    monkeypatch.chdir(root)
    away = Workspace(tmp_path / "study.toml", "quick", 1)
    with pytest.raises(StoreError, match="the study file lies outside the project"):
        packed_files(away, intermediates=False, without=tmp_path / "a.zip")
