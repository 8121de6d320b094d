"""The same data, code and seed give the same bytes under any circumstances: results, sections, draws and report."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from small_study import Undisturbed, differing, results_of, run

NO_UNICODE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}  # files and terminal are in ASCII
ELSEWHERE = {**NO_UNICODE, "TZ": "Asia/Novokuznetsk", "PYTHONHASHSEED": "7"}
CIRCUMSTANCES: dict[str, tuple[int, dict[str, str]]] = {
    "again": (1, {}),
    "two workers": (2, {}),
    "four workers": (4, {}),
    "another locale": (1, NO_UNICODE),
    "another time zone": (1, {"TZ": "Pacific/Kiritimati"}),
    "another order of hashes": (1, {"PYTHONHASHSEED": "1"}),
}
EVERYTHING = pytest.param(2, ELSEWHERE, id="two workers, locale, time zone and order of hashes at once")
EACH = [
    pytest.param(jobs, extra, id=name, marks=pytest.mark.calibrate) for name, (jobs, extra) in CIRCUMSTANCES.items()
]


@pytest.mark.parametrize(("jobs", "extra"), [EVERYTHING, *EACH])
def test_the_small_study_gives_the_same_bytes(
    undisturbed: Undisturbed, tmp_path: Path, jobs: int, extra: dict[str, str]
) -> None:
    """In another folder each time."""
    shutil.copytree(undisturbed.project / "analyses", tmp_path / "analyses")
    done = run(tmp_path, jobs=jobs, **extra)
    assert done.returncode == 0, done.stderr
    assert differing(results_of(tmp_path), undisturbed.files) == []
