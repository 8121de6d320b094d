"""How long did the steps take, and on what machine? What the pipeline wrote down while it ran; nothing is estimated."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from regional_econ._base.errors import StoreError
from regional_econ._base.files import read_json, write_json

_MACHINE = "run.json"
_SECONDS = Path(".pytask") / "runtimes.json"
_MIB = 1 << 20


@dataclass(frozen=True)
class Machine:
    """Where the steps ran: system, cores, worker processes, memory, and the largest peak of the main process (MiB).

    What the system does not tell is None; worker processes have memory of their own, which nobody counts.
    """

    system: str
    python: str
    cores: int
    jobs: int
    memory_mib: int | None
    peak_mib: int | None


@dataclass(frozen=True)
class RunRecord:
    """Seconds by step, each as it last ran, and the machine; empty and None where nothing was written down."""

    seconds: Mapping[str, float]
    machine: Machine | None


def keep_machine(bld: Path, jobs: int) -> None:
    """Write down on what machine steps ran, beside their results; the largest peak of all runs stays."""
    earlier = _read_machine(bld)
    peaks = [peak for peak in (earlier.peak_mib if earlier else None, _peak_mib()) if peak is not None]
    system = f"{platform.system()} {platform.machine()}"
    python = platform.python_version()
    machine = Machine(system, python, os.cpu_count() or 1, jobs, _memory_mib(), max(peaks, default=None))
    write_json(bld / _MACHINE, asdict(machine))


def read_run(bld: Path) -> RunRecord:
    """Return what was written down about the runs in a folder.

    Raises
    ------
    StoreError : the records are damaged.
    """
    return RunRecord(_read_seconds(bld / _SECONDS), _read_machine(bld))


def _read_machine(bld: Path) -> Machine | None:
    path = bld / _MACHINE
    if not path.is_file():
        return None
    try:
        return Machine(**read_json(path))
    except TypeError as error:
        raise StoreError("damaged record of runs", where=str(path), advice="Delete it") from error


def _read_seconds(path: Path) -> dict[str, float]:
    """Read what pytask keeps, ``{"task": [{"id": "<file>::<step>", "duration": seconds}, …]}``."""
    if not path.is_file():
        return {}
    try:
        return {str(one["id"]).split("::")[-1]: float(one["duration"]) for one in read_json(path)["task"]}
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError("damaged record of run times", where=str(path), advice="Delete it") from error


def _peak_mib() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / _MIB) if sys.platform == "darwin" else round(peak / 1024)


def _memory_mib() -> int | None:
    if sys.platform == "win32":
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _MIB)
