"""How long did a run take, and on what machine? What was written down while it ran; nothing is estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.errors import StoreError
from regional_econ._base.files import read_json
from regional_econ.core.workspace import Workspace

_SECONDS = Path(".pytask") / "runtimes.json"


@dataclass(frozen=True)
class Machine:
    """A run from nothing: its minutes, the peaks of memory (GB) of the main process and of the largest worker."""

    minutes: float
    memory_gb: float
    worker_gb: float
    jobs: int
    cores: int
    system: str
    python: str


@dataclass(frozen=True)
class RunRecord:
    """Seconds by step, each as it last ran, and the last run from nothing; empty and None where none was recorded."""

    seconds: Mapping[str, float]
    machine: Machine | None


def read_run(workspace: Workspace) -> RunRecord:
    """Return what was written down about the runs of a study and profile; the committed record is of full runs.

    Raises
    ------
    StoreError : the records are damaged.
    """
    machine = _read_machine(workspace.run_record) if workspace.profile == "full" else None
    return RunRecord(_read_seconds(workspace.bld / _SECONDS), machine)


def _read_machine(path: Path) -> Machine | None:
    if not path.is_file():
        return None
    try:
        return Machine(**read_json(path))
    except TypeError as error:
        raise StoreError("damaged record of runs", where=str(path), advice="Restore it from version control") from error


def _read_seconds(path: Path) -> dict[str, float]:
    """Read what pytask keeps, ``{"task": [{"id": "<file>::<step>", "duration": seconds}, …]}``."""
    if not path.is_file():
        return {}
    try:
        return {str(one["id"]).split("::")[-1]: float(one["duration"]) for one in read_json(path)["task"]}
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError("damaged record of run times", where=str(path), advice="Delete it") from error
