"""Full disks, locked folders, damaged files, clocks set anew, two runs at once: one message and no harm."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_study import PROJECT, Undisturbed, command, differing, environment, results_of, run

from regional_econ._base.errors import DataError
from regional_econ._base.files import run_lock
from regional_econ._base.location import data_dir
from regional_econ.data.snapshot import MANIFEST, TABLES, VALUES, read_table_file

BLD = Path("bld") / "small" / "quick"
SEED = 20221231
MOST_BYTES = 200_000  # less than each file of draws takes
PAST, FUTURE = 315_532_800, 4_070_908_800  # 1980 and 2099
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1


@pytest.fixture
def project(undisturbed: Undisturbed, tmp_path: Path) -> Path:
    """A copy of the finished project, elsewhere."""
    return Path(shutil.copytree(undisturbed.project, tmp_path / "project"))


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one message of a run that refuses."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    messages = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(messages) == 1, done.stderr
    return messages[0]


def run_under(project: Path, rule: Callable[[], None], **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the study in a process that obeys a rule from its start."""
    return subprocess.run(
        command(), cwd=project, env=environment(**extra), capture_output=True, text=True, check=False,
        preexec_fn=rule,
    )  # fmt: skip


def check_whole(project: Path, undisturbed: Undisturbed) -> None:
    """The next run repairs everything."""
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert differing(results_of(project), undisturbed.files) == []
    assert list(project.rglob("*.tmp")) == []


def test_a_disk_that_is_full_is_named_and_the_next_run_goes_on(project: Path, undisturbed: Undisturbed) -> None:
    """The system lets no file grow beyond a size, which any user may ask of it; the draws are to be made anew."""
    for name in ("forecast.nc", "elasticities_draws.parquet", "elasticities_draws.nc"):
        (project / BLD / "artifacts" / name).unlink()
    said = refused(run_under(project, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))))
    assert "cannot write" in said
    assert "Free some space" in said
    assert list(project.rglob("*.tmp")) == []
    check_whole(project, undisturbed)


@pytest.mark.calibrate
def test_a_file_system_without_space_is_named_and_the_next_run_goes_on(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root, to mount a file system of 6 MB")
    try:
        shutil.copytree(undisturbed.project / "analyses", tmp_path / "analyses")
        assert "No space left on device" in refused(run(tmp_path))
        subprocess.run(["mount", "-o", "remount,size=200m", str(tmp_path)], check=True)
        check_whole(tmp_path, undisturbed)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def as_any_user() -> None:
    """Take from the superuser the right to write where nobody may; others have none to lose."""
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="rights are taken from the superuser by Linux only")
@pytest.mark.parametrize("folder", ["bld", str(BLD), "reports"])
def test_a_folder_that_cannot_be_written_is_named(project: Path, undisturbed: Undisturbed, folder: str) -> None:
    if folder != str(BLD):
        shutil.rmtree(project / folder)
        (project / folder).mkdir()
    (project / folder).chmod(0o555)
    said = refused(run_under(project, as_any_user))
    assert "Permission denied" in said
    assert str(project / folder) in said
    (project / folder).chmod(0o755)
    if folder != "bld":
        check_whole(project, undisturbed)


def truncate(path: Path) -> None:
    """Keep the first half of a file."""
    os.truncate(path, path.stat().st_size // 2)


DAMAGES = {
    "an intermediate": ("artifacts/forecast.nc",),
    "draws": ("artifacts/elasticities_draws.parquet",),
    "a result": ("results/panel.reference.json",),
    "the list of results": ("artifacts/results.policy.json",),
    "a section": ("sections/referee.json",),
    "the list of pages": ("report/files.json",),
    "a page": ("report/en/panel.html", "report/numbers/ru/panel.js"),
    "the state": ("pytask.lock",),
    "what was read of the code": ("syntax.json",),
}


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(tuple(path for one, own in DAMAGES.items() for path in own if one != "the state"), id="most"),
        *(pytest.param(paths, id=one, marks=pytest.mark.calibrate) for one, paths in DAMAGES.items()),
    ],
)
def test_what_was_cut_off_is_made_anew(project: Path, undisturbed: Undisturbed, paths: tuple[str, ...]) -> None:
    """Cut in two under its old time, so that only its content can tell."""
    for path in paths:
        file = project / BLD / path
        before = file.stat()
        truncate(file)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    check_whole(project, undisturbed)


def test_a_clock_set_back_or_ahead_makes_no_step_run(project: Path, undisturbed: Undisturbed) -> None:
    rng = np.random.default_rng(SEED)
    for path in sorted(project.rglob("*")):
        if path.is_file():
            os.utime(path, (PAST, int(rng.integers(PAST, FUTURE))))
    done = run(project)
    assert set(json.loads(done.stdout)["data"]["steps"].values()) == {"skip_unchanged"}
    assert differing(results_of(project), undisturbed.files) == []


@pytest.mark.calibrate
def test_an_input_changed_under_its_old_time_is_noticed(project: Path, undisturbed: Undisturbed) -> None:
    study = project / "analyses" / "study.toml"
    before, text = study.stat(), study.read_text(encoding="utf-8")
    study.write_text(text.replace("target_value = 12.5", "target_value = 12.6"), encoding="utf-8")
    os.utime(study, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "success" in json.loads(run(project).stdout)["data"]["steps"].values()
    study.write_text(text, encoding="utf-8")
    os.utime(study, ns=(before.st_atime_ns, before.st_mtime_ns))
    check_whole(project, undisturbed)


def test_a_second_run_in_the_folder_says_so_and_changes_nothing(project: Path, undisturbed: Undisturbed) -> None:
    with run_lock(project / BLD):
        assert "another run works in this folder" in refused(run(project))
    assert differing(results_of(project), undisturbed.files) == []


@pytest.mark.calibrate
def test_of_two_runs_at_once_one_does_the_work(undisturbed: Undisturbed, tmp_path: Path) -> None:
    shutil.copytree(undisturbed.project / "analyses", tmp_path / "analyses")
    both = [subprocess.Popen(command(), cwd=tmp_path, env=environment(), stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate()[1].decode() for one in both]
    assert sorted(one.returncode for one in both) == [0, 2], said
    assert sum("another run works in this folder" in text for text in said) == 1
    assert differing(results_of(tmp_path), undisturbed.files) == []


@pytest.mark.parametrize("file", sorted(TABLES))
def test_a_flipped_bit_of_the_snapshot_is_told_by_its_hash(tmp_path: Path, file: str) -> None:
    content = bytearray((data_dir() / file).read_bytes())
    rng = np.random.default_rng(SEED)
    shutil.copy(data_dir() / MANIFEST, tmp_path)
    for place in rng.integers(len(content), size=5):
        content[place] ^= 1 << int(rng.integers(8))
        (tmp_path / file).write_bytes(content)
        with pytest.raises(DataError, match=rf"changed or damaged .*{file}"):
            read_table_file(file, tmp_path)


@pytest.mark.calibrate
def test_a_damaged_snapshot_stops_a_run_with_one_message_and_no_result(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    for part in ("src", "data"):
        shutil.copytree(PROJECT / part, tmp_path / part)  # with what Python and numba compiled of it
    for part in ("analyses", "reports"):
        (tmp_path / part).symlink_to(PROJECT / part)
    project = tmp_path / "small"
    shutil.copytree(undisturbed.project / "analyses", project / "analyses")
    values = tmp_path / "data" / VALUES
    content = bytearray(values.read_bytes())
    content[len(content) // 2] ^= 1
    values.write_bytes(content)
    said = refused(run(project, PYTHONPATH=str(tmp_path / "src")))
    assert str(values) in said
    assert not any((project / BLD / "results").glob("*.json"))
