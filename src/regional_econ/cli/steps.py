"""Runs the pipeline, or one of its steps with everything that leads to it, in the study's own folder."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytask import Session

    from regional_econ.core.workspace import Workspace


def run_steps(workspace: Workspace, *, last: str | None = None, explain: bool = False) -> Session:
    """Run every step whose inputs changed, one run at a time.

    Parameters
    ----------
    workspace : the study and the profile.
    last : the step to end with, such as ``task_elasticities``; by default all steps run.
    explain : run nothing; the reports hold the reasons.

    Raises
    ------
    BusyError : another run works on the same study and profile.
    RegionalEconError : whatever the first failing step raised.
    """
    from regional_econ._base.files import run_lock

    with run_lock(workspace.bld):
        session = _run_pytask(workspace, last=last, explain=explain)
    _raise_first_error(session)
    return session


def look_at_steps(workspace: Workspace) -> Session:
    """Ask every step whether an input has changed; run nothing. The caller holds the lock of the folder.

    Raises
    ------
    RegionalEconError : whatever reading the steps raised.
    """
    with _ready(workspace) as config:
        session = _look(config, workspace)
    _raise_first_error(session)
    return session


def has_work(session: Session) -> bool:
    """Whether a look at the steps found any whose inputs are not as they were.

    A look is quicker than a run, which writes down every file of every step even where nothing changed.
    """
    return any(report.outcome.name != "SKIP_UNCHANGED" for report in session.execution_reports)


def _run_pytask(workspace: Workspace, *, last: str | None, explain: bool) -> Session:
    with _ready(workspace) as config:
        if explain:
            with contextlib.redirect_stdout(sys.stderr):
                return _build(config, workspace, last=last, explain=True, look_only=True)
        session = _look(config, workspace, last=last)
        if session.exit_code == 0 and has_work(session):
            with contextlib.redirect_stdout(sys.stderr):
                session = _build(config, workspace, last=last, explain=False, look_only=False)
    return session


def _look(config: Path, workspace: Workspace, *, last: str | None = None) -> Session:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        session = _build(config, workspace, last=last, explain=False, look_only=True)
    if session.exit_code != 0:
        sys.stderr.write(said.getvalue())
    return session


@contextlib.contextmanager
def _ready(workspace: Workspace) -> Iterator[Path]:
    """Yield pytask's own settings file, in the project's folder and under the study's environment."""
    from regional_econ.core import syntax

    _trust_content_alone(workspace)
    memory = workspace.bld / "syntax.json"
    syntax.remember(memory)
    config = workspace.bld / "pyproject.toml"
    if not config.is_file():
        from regional_econ._base.files import write_text

        write_text(config, "[tool.pytask.ini_options]\n")
    with _environment(workspace), contextlib.chdir(workspace.root):
        yield config
    syntax.keep(memory)


def _trust_content_alone(workspace: Workspace) -> None:
    """Let every step run anew whose results or report are not as it wrote them, or whose state cannot be read.

    pytask looks at the products that a step declares; results and pages stand behind the list of them. It keeps hashes
    by the times of files, which a copy or a clock may set, so they go.
    """
    import tomllib

    from regional_econ.report.folder import mark_damaged_files

    damaged = [*workspace.mark_damaged_results(), *mark_damaged_files(workspace.bld / "report")]
    state = workspace.bld / "pytask.lock"
    try:
        tomllib.loads(state.read_text(encoding="utf-8") if state.is_file() else "")
    except ValueError:
        state.unlink()
        damaged.append(state)
    (workspace.bld / ".pytask" / "file_hashes.json").unlink(missing_ok=True)
    if damaged:
        others = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
        print(f"Not as it was written: {damaged[0]}{others}; what made it runs anew.", file=sys.stderr)


def _build(config: Path, workspace: Workspace, *, last: str | None, explain: bool, look_only: bool) -> Session:
    import pytask

    return pytask.build(
        config=config,
        paths=[workspace.root / "analyses"],
        capture="no",
        show_traceback=False,
        dry_run=look_only,
        explain=explain,
        expression=last or "",
        database_url="sqlite://",  # in memory: the lock file of states is what later runs read
        verbose=0 if look_only else 1,
        stop_after_first_failure=True,
    )


@contextlib.contextmanager
def _environment(workspace: Workspace) -> Iterator[None]:
    from regional_econ.core.workspace import JOBS_VARIABLE, PROFILE_VARIABLE, STUDY_VARIABLE

    wanted = {
        STUDY_VARIABLE: str(workspace.study_path),
        PROFILE_VARIABLE: workspace.profile,
        JOBS_VARIABLE: str(workspace.jobs),
    }
    before = {key: os.environ.get(key) for key in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def _raise_first_error(session: Session) -> None:
    from pytask import ExitCode

    outcomes = [(report.outcome.name, report.exc_info) for report in session.collection_reports]
    outcomes += [(report.outcome.name, report.exc_info) for report in session.execution_reports]
    for outcome, exc_info in outcomes:
        if outcome == "FAIL" and exc_info is not None and exc_info[1] is not None:
            raise exc_info[1].with_traceback(exc_info[2])
    if session.exit_code != ExitCode.OK:
        raise RuntimeError(f"the pipeline ended with {session.exit_code!r}")
