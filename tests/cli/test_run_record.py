"""What a run from nothing leaves for the record holds what the report's statement shows, in the units it names."""

from __future__ import annotations

import resource
from pathlib import Path

from regional_econ.cli.pipeline import measured
from regional_econ.core.section import Bilingual, TableBlock
from regional_econ.core.workspace import Workspace
from regional_econ.report.paper import reproducibility


def test_the_statement_shows_what_was_measured(root: Path) -> None:
    workspace = Workspace(root / "analyses" / "study.toml", "full")
    run = measured(2, 90.0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    assert abs(float(run["memory_gb"]) - peak) < 0.1
    assert run["minutes"] == 1.5
    tables = [block for block in reproducibility(workspace, run).blocks if isinstance(block, TableBlock)]
    shown = [cell for row in tables[-1].rows for cell in row]
    assert len(tables[-1].rows) == len(run)
    assert Bilingual("2", "2") in shown
