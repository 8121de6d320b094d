"""The same data, code and seed give the same bytes under any circumstances: results, sections, draws and report."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import pytest
from small_study import ELSEWHERE, NO_UNICODE, Undisturbed, differing, results_of, run

from regional_econ.core.record import compare
from regional_econ.core.results import ResultStore

CIRCUMSTANCES: dict[str, tuple[int, dict[str, str]]] = {
    "again": (1, {}),
    "two workers": (2, {}),
    "four workers": (4, {}),
    "another locale": (1, NO_UNICODE),
    "another time zone": (1, {"TZ": "Pacific/Kiritimati"}),
    "another order of hashes": (1, {"PYTHONHASHSEED": "1"}),
    "everything at once": (2, ELSEWHERE),
}


@pytest.mark.calibrate
@pytest.mark.parametrize(("jobs", "extra"), CIRCUMSTANCES.values(), ids=CIRCUMSTANCES)
def test_the_small_study_gives_the_same_bytes(
    undisturbed: Undisturbed, tmp_path: Path, jobs: int, extra: dict[str, str]
) -> None:
    """In another folder each time. `test_kills` has all circumstances at once."""
    shutil.copytree(undisturbed.project / "analyses", tmp_path / "analyses")
    done = run(tmp_path, jobs=jobs, **extra)
    assert done.returncode == 0, done.stderr
    assert differing(results_of(tmp_path), undisturbed.files) == []


def older_processor() -> dict[str, str]:
    """Settings under which NumPy, OpenBLAS and numba use the instructions of an x86 processor of 2006 only."""
    from numpy._core import _multiarray_umath as numpy_core

    newer = [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__[name]]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(newer), "OPENBLAS_CORETYPE": "Prescott", "NUMBA_CPU_NAME": "core2"}


@pytest.mark.calibrate
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the settings name x86 processors")
def test_another_processor_gives_the_same_numbers_within_the_bounds_of_verify(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Sums run in another order, so that last digits differ; `verify` allows 1e-8, or five Monte Carlo errors."""
    shutil.copytree(undisturbed.project / "analyses", tmp_path / "analyses")
    done = run(tmp_path, **older_processor())
    assert done.returncode == 0, done.stderr
    then, now = (ResultStore(project / "bld/small/quick/results") for project in (undisturbed.project, tmp_path))
    agreement = compare({name: then.read(name) for name in then.ids()}, now)
    assert agreement.differences == ()
    assert agreement.total > 100
    assert differing(results_of(tmp_path), undisturbed.files), "the other instructions were really used"
