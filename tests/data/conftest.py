"""What the tests of the data share."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ.core.panel import Panel
from regional_econ.data.catalogue import load_sources
from regional_econ.data.load import load_panel


@pytest.fixture(scope="session")
def panel() -> Panel:
    """The compiled figures."""
    return load_panel()


@pytest.fixture
def copy(sources: Path, tmp_path: Path) -> Path:
    """A folder that shows the official files; each can be replaced without touching the original."""
    folder = tmp_path / "sources"
    for source in load_sources().values():
        target = folder / source.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(sources / source.file)
    return folder
