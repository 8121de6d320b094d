"""What all tests share: the project folder and, where they exist, the official files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# the same examples in every run: a failure today is a failure tomorrow
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")

ROOT = Path(__file__).resolve().parents[1]
collect_ignore = ["oracles"]  # scripts that made the numbers, by programs that are not here
# rooms of tests in the order of their length, so that the workers end together; the pipeline, the longest, waits until
# the kernels that its steps use are compiled
SHARED = {"tests/bayes": "tests/forecasting"}  # panels of one size, so one compiled model
LONGEST = (
    "tests/data", "tests/causal", "tests/panel", "test_pipeline.py", "tests/report/browser", "tests/report",
    "tests/forecasting", "tests/data/checks",
)  # fmt: skip


@pytest.fixture(scope="session")
def root() -> Path:
    """The project folder."""
    return ROOT


@pytest.fixture(scope="session")
def sources() -> Path:
    """The folder of the official files; tests that need it skip where it is absent."""
    folder = os.environ.get("REGIONAL_ECON_SOURCES")
    if folder is None:
        pytest.skip("REGIONAL_ECON_SOURCES is not set: the official files are not here")
    return Path(folder)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A room's tests go to one worker, which makes what they share once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByRoom(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _room(ROOT / nodeid.partition("::")[0])

    return ByRoom(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest rooms start first."""
    rooms = [_room(item.path) for item in items]
    order = {room: place for place, room in enumerate((*LONGEST, *dict.fromkeys(r for r in rooms if r not in LONGEST)))}
    items.sort(key=lambda item: order[_room(item.path)])


def _room(path: Path) -> str:
    """The pipeline's own module, or the folder below tests (with a folder of its own within) or src/regional_econ."""
    parts = path.relative_to(ROOT).parts
    room = "/".join(parts[:-1])
    return parts[-1] if parts[-1] == "test_pipeline.py" else SHARED.get(room, room)
