"""What the tests under stress share: one run of the small study that nothing disturbed."""

from __future__ import annotations

import time

import pytest
from small_study import Undisturbed, make_project, results_of, run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """One run from nothing; tests that change its project put everything back."""
    project = make_project(tmp_path_factory.mktemp("small") / "undisturbed")
    began = time.monotonic()
    done = run(project)
    assert done.returncode == 0, done.stderr
    return Undisturbed(project, results_of(project), time.monotonic() - began)
