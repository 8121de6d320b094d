"""The tutorial is followed to the letter: each block runs in its order, and prints what stands under it."""

from __future__ import annotations

from pathlib import Path

import pytest
from followed import copy_project, follow


@pytest.mark.calibrate
def test_every_block_runs_and_prints_what_stands_under_it(root: Path, tmp_path: Path) -> None:
    project = copy_project(root, tmp_path)
    assert follow(project / "analyses" / "tutorial" / "README.md", project) >= 10
    assert (project / "novosibirsk.svg").read_text(encoding="utf-8").count("<path") > 10
