"""Run times and memory are what was written down, or said not to be recorded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from regional_econ._base.errors import StoreError
from regional_econ.core.workspace import Workspace
from regional_econ.replication.runs import Machine, RunRecord, read_run

MACHINE = Machine(17.5, 3.1, 1.0, 2, 2, "Linux x86_64", "3.12.1")


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> Workspace:
    """A study that has not run."""
    (tmp_path / "analyses").mkdir()
    shutil.copy(root / "analyses" / "study.toml", tmp_path / "analyses")
    return Workspace(tmp_path / "analyses" / "study.toml", "full", 1)


def test_nothing_is_invented(workspace: Workspace) -> None:
    assert read_run(workspace) == RunRecord({}, None)


def test_the_committed_record_is_of_full_runs(workspace: Workspace) -> None:
    workspace.run_record.parent.mkdir(parents=True)
    workspace.run_record.write_text(json.dumps(vars(MACHINE)))
    assert read_run(workspace).machine == MACHINE
    assert read_run(Workspace(workspace.study_path, "quick", 1)).machine is None
    workspace.run_record.write_text("{}")
    with pytest.raises(StoreError, match="damaged record of runs"):
        read_run(workspace)


def test_the_projects_own_record_is_read(root: Path) -> None:
    workspace = Workspace(root / "analyses" / "study.toml", "full", 1)
    machine = read_run(workspace).machine
    assert machine is not None
    assert vars(machine) == json.loads(workspace.run_record.read_text(encoding="utf-8"))


def test_times_are_read_by_step(workspace: Workspace) -> None:
    path = workspace.bld / ".pytask" / "runtimes.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"task": [{"id": "task_a.py::task_a", "date": 1.0, "duration": 2.5}]}))
    assert read_run(workspace).seconds == {"task_a": 2.5}
    path.write_text(json.dumps({"task": [{"id": "task_a.py::task_a"}]}))
    with pytest.raises(StoreError, match="damaged record of run times"):
        read_run(workspace)
