"""kill −9 of all processes of a run at any moment: the next run ends as if nothing had happened."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from small_study import ELSEWHERE, Undisturbed, command, differing, environment, results_of, run

SEED, MOMENTS, OFTEN_ENOUGH = 20221231, 100, 0.8
WRITES = "REGIONAL_ECON_TEST_WRITES"
# Kills the whole group at the n-th time that a file takes its place, before or after it does.
KILL_AT_WRITE = f"""
import os, signal
count, replace = int(os.environ["{WRITES}"]), os.replace
def killing(source, target, **options):
    global count
    count -= 1
    if count == 0:
        os.killpg(0, signal.SIGKILL)
    replace(source, target, **options)
    if count == 1 and os.environ["{WRITES}"][0] == "0":
        os.killpg(0, signal.SIGKILL)
os.replace = killing
"""


def start(project: Path, jobs: int = 1, **extra: str) -> subprocess.Popen[bytes]:
    """Start a run as the head of a process group of its own."""
    return subprocess.Popen(
        command(jobs=jobs), cwd=project, env=environment(**extra), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def killed_after(project: Path, seconds: float, jobs: int = 1) -> bool:
    """Kill a run after some seconds; return whether it was still at work."""
    started = start(project, jobs)
    try:
        started.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
    return started.wait() == -signal.SIGKILL


def killed_at_write(project: Path, hook: Path, count: int, *, after: bool, **extra: str) -> bool:
    """Kill a run when its n-th file takes its place; return whether it got that far."""
    (hook / "sitecustomize.py").write_text(KILL_AT_WRITE, encoding="utf-8")
    known = environment()["PYTHONPATH"]
    wanted = f"0{count + 1}" if after else str(count)
    extra |= {"PYTHONPATH": f"{hook}{os.pathsep}{known}", WRITES: wanted}
    return start(project, **extra).wait() == -signal.SIGKILL


def check_rerun(project: Path, undisturbed: Undisturbed, *, jobs: int = 1, **extra: str) -> None:
    """The next run ends, leaves the same bytes, and nothing of the killed one."""
    done = run(project, jobs=jobs, **extra)
    assert done.returncode == 0, done.stderr
    assert differing(results_of(project), undisturbed.files) == []
    assert list(project.rglob("*.tmp")) == []


@pytest.fixture
def project(undisturbed: Undisturbed, tmp_path: Path) -> Path:
    """The small study before its first run."""
    shutil.copytree(undisturbed.project / "analyses", tmp_path / "project" / "analyses")
    return tmp_path / "project"


def test_a_run_killed_three_times_ends_as_if_nothing_had_happened(
    project: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Early, in the middle, and while the report takes its place; each next run goes on where the last was killed.

    And it does so in another locale and time zone, with another order of hashes, and at last with two workers.
    """
    for count, after in ((9, False), (20, True), (100, False)):
        assert killed_at_write(project, tmp_path, count, after=after, **ELSEWHERE)
    assert any(project.rglob(".*.tmp")), "it was killed in the middle of a write"
    check_rerun(project, undisturbed, jobs=2, **ELSEWHERE)


@pytest.mark.calibrate
@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_run_killed_at_a_random_moment_ends_as_if_nothing_had_happened(
    project: Path, undisturbed: Undisturbed, tmp_path: Path, moment: int, interrupted: list[bool]
) -> None:
    """Half of the moments are spread over the time of a run, half over its files, which fall close together."""
    rng = np.random.default_rng([SEED, moment])
    if moment % 2:
        interrupted.append(killed_after(project, rng.uniform(0.0, undisturbed.seconds), jobs=1 + moment // 2 % 2))
    else:
        count = int(rng.integers(1, len(undisturbed.files)))
        interrupted.append(killed_at_write(project, tmp_path, count, after=bool(rng.integers(2))))
    check_rerun(project, undisturbed)


@pytest.fixture(scope="module")
def interrupted() -> list[bool]:
    """Whether each run so far was at work when it was to be killed."""
    return []


@pytest.mark.calibrate
def test_most_of_those_runs_were_at_work_when_killed(interrupted: list[bool]) -> None:
    if len(interrupted) < MOMENTS:
        pytest.skip("it counts over all moments, and some were left out")
    assert sum(interrupted) >= OFTEN_ENOUGH * MOMENTS
