"""A study that passes through every floor in a few seconds, in a project of its own, and what a run of it leaves.

Its steps (``small/``) call the rooms that the full study calls, on less. It samples no posterior: the compiler of the
model needs twice the time of all its steps together, and writes no file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

STEPS = Path(__file__).with_name("small")
PROJECT = Path(__file__).resolve().parents[2]
INDICATORS = (
    "innovation_activity_pct", "rd_mln_rub", "researchers", "employed_thousand", "grp_real_index",
    "investment_real_index", "wear_pct",
)  # fmt: skip
REPLICATIONS = 9
STATE = {"pytask.lock", "syntax.json", "run.json"}  # times and memories of the run itself
NO_UNICODE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}  # files and terminal are in ASCII
ELSEWHERE = {**NO_UNICODE, "TZ": "Asia/Novokuznetsk", "PYTHONHASHSEED": "7"}
Files = dict[str, bytes]


@dataclass(frozen=True)
class Undisturbed:
    """A project that ran to its end, its files as they were then, and how long the run took."""

    project: Path
    files: Files
    seconds: float


def make_project(folder: Path) -> Path:
    """Write the small study's project: its steps, and a study file that differs from the shipped one in sizes alone."""
    shutil.copytree(STEPS, folder / "analyses", ignore=shutil.ignore_patterns("__pycache__"))
    text = (PROJECT / "analyses" / "study.toml").read_text(encoding="utf-8")
    for old, new in (
        (r'name = "kuzbass"', 'name = "small"'),
        (r"indicators = \[[^\]]*\]", f"indicators = {list(INDICATORS)}"),
        (r"(?s)(\[quick\].*bootstrap_replications) = \d+", rf"\1 = {REPLICATIONS}"),
    ):
        text, found = re.subn(old, new, text)
        assert found == 1, old
    (folder / "analyses" / "study.toml").write_text(text, encoding="utf-8")
    return folder


def command(*, jobs: int = 1) -> list[str]:
    """The command line that runs the study in the present folder."""
    return [sys.executable, "-m", "regional_econ", "reproduce", "--profile", "quick", "--json", "--jobs", str(jobs)]


def environment(**extra: str) -> dict[str, str]:
    """The environment of a run on this project's code."""
    return {**os.environ, "PYTHONPATH": str(PROJECT / "src"), **extra}


def run(project: Path, *, jobs: int = 1, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the study to its end."""
    return subprocess.run(
        command(jobs=jobs), cwd=project, env=environment(**extra), capture_output=True, text=True, check=False
    )


def results_of(project: Path) -> Files:
    """All files that a run leaves for readers: results, sections, intermediates and the report, by their path."""
    found: Files = {}
    for part in ("bld", "reports/out"):
        for path in sorted((project / part).rglob("*")):
            if path.is_file() and path.name not in STATE and ".pytask" not in path.parts:
                found[path.relative_to(project).as_posix()] = path.read_bytes()
    return found


def differing(one: Files, other: Files) -> list[str]:
    """Names of files that stand in one only, or with other bytes."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
