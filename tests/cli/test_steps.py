"""A study is looked at before it is run: where no input has changed, nothing runs and nothing is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytask import Session

from regional_econ._base.errors import OptionError
from regional_econ.cli import steps
from regional_econ.core.workspace import Workspace

TASK = """
from pathlib import Path
from typing import Annotated
from pytask import Product
from regional_econ._base.errors import OptionError
HERE = Path(__file__).parent

def task_one(source: Path = HERE / "source.txt", made: Annotated[Path, Product] = HERE / "made.txt") -> None:
    if source.read_text() == "bad":
        raise OptionError("the source is bad", advice="Mend it")
    made.write_text(source.read_text())

def task_two(source: Path = HERE / "made.txt", made: Annotated[Path, Product] = HERE / "last.txt") -> None:
    made.write_text(source.read_text())
"""


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> Workspace:
    """A project of two steps, one after the other."""
    folder = tmp_path / "analyses"
    folder.mkdir()
    shutil.copy(root / "analyses" / "study.toml", folder)
    (folder / "task_both.py").write_text(TASK, encoding="utf-8")
    (folder / "source.txt").write_text("a", encoding="utf-8")
    return Workspace(folder / "study.toml", "quick", 1)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each call of pytask was a look."""
    made: list[bool] = []
    build = steps._build

    def counted(*arguments: object, look_only: bool, **options: object) -> Session:
        made.append(look_only)
        return build(*arguments, look_only=look_only, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "_build", counted)
    return made


def outcomes(session: Session) -> list[str]:
    return [report.outcome.name for report in session.execution_reports]


def test_a_run_follows_a_look_only_where_an_input_has_changed(
    workspace: Workspace, looks: list[bool], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace.root / "analyses"
    assert outcomes(steps.run_steps(workspace)) == ["SUCCESS", "SUCCESS"]
    assert looks == [True, False]
    capsys.readouterr()
    assert outcomes(steps.run_steps(workspace)) == ["SKIP_UNCHANGED", "SKIP_UNCHANGED"]
    assert looks == [True, False, True]
    assert capsys.readouterr() == ("", "")
    (folder / "source.txt").write_text("b", encoding="utf-8")
    assert outcomes(steps.run_steps(workspace, explain=True)) == ["WOULD_BE_EXECUTED", "WOULD_BE_EXECUTED"]
    assert (folder / "last.txt").read_text(encoding="utf-8") == "a"
    assert outcomes(steps.run_steps(workspace)) == ["SUCCESS", "SUCCESS"]
    assert (folder / "last.txt").read_text(encoding="utf-8") == "b"
    (folder / "last.txt").unlink()
    assert outcomes(steps.run_steps(workspace)) == ["SKIP_UNCHANGED", "SUCCESS"]
    assert looks[3:] == [True, True, False, True, False]


def test_what_a_step_raises_is_raised_and_the_step_runs_again(workspace: Workspace) -> None:
    source = workspace.root / "analyses" / "source.txt"
    source.write_text("bad", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(OptionError, match="the source is bad"):
            steps.run_steps(workspace)
    source.write_text("good", encoding="utf-8")
    assert outcomes(steps.run_steps(workspace)) == ["SUCCESS", "SUCCESS"]


def test_a_step_that_cannot_be_read_is_raised_and_shown(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.root / "analyses" / "task_both.py").write_text("def task_one(:", encoding="utf-8")
    with pytest.raises(SyntaxError):
        steps.run_steps(workspace)
    assert "task_both.py" in capsys.readouterr().err


def test_steps_that_cannot_be_put_in_order_are_shown(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    turned = TASK.replace("source.txt", "last.txt")
    (workspace.root / "analyses" / "task_both.py").write_text(turned, encoding="utf-8")
    with pytest.raises(RuntimeError, match="DAG_FAILED"):
        steps.run_steps(workspace)
    assert "cycle" in capsys.readouterr().err


def test_a_study_without_steps_is_no_success(workspace: Workspace) -> None:
    (workspace.root / "analyses" / "task_both.py").unlink()
    assert steps.run_steps(workspace).execution_reports == []
