"""Run times and memory are what was written down, or said not to be recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from regional_econ._base.errors import StoreError
from regional_econ.replication import runs
from regional_econ.replication.runs import RunRecord, keep_machine, read_run


def test_nothing_is_invented(tmp_path: Path) -> None:
    assert read_run(tmp_path) == RunRecord({}, None)


def test_the_largest_peak_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_peak_mib", lambda: 700)
    keep_machine(tmp_path, 2)
    first = read_run(tmp_path).machine
    assert first is not None
    assert (first.jobs, first.peak_mib) == (2, 700)
    assert first.memory_mib is None or first.memory_mib > 100
    for peak, kept in ((300, 700), (None, 700), (900, 900)):
        monkeypatch.setattr(runs, "_peak_mib", lambda peak=peak: peak)
        keep_machine(tmp_path, 1)
        assert read_run(tmp_path).machine == replace(first, jobs=1, peak_mib=kept)


def test_the_own_peak_is_in_mebibytes() -> None:
    peak = runs._peak_mib()
    assert peak is None or 20 < peak < 100_000


def test_times_are_read_by_step(tmp_path: Path) -> None:
    path = tmp_path / ".pytask" / "runtimes.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"task": [{"id": "task_a.py::task_a", "date": 1.0, "duration": 2.5}]}))
    assert read_run(tmp_path).seconds == {"task_a": 2.5}
    path.write_text(json.dumps({"task": [{"id": "task_a.py::task_a"}]}))
    with pytest.raises(StoreError, match="damaged record of run times"):
        read_run(tmp_path)
    path.unlink()
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(StoreError, match="damaged record of runs"):
        read_run(tmp_path)
