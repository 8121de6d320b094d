"""What all tests share: the project folder and, where they exist, the official files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# the same examples in every run: a failure today is a failure tomorrow
settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")

ROOT = Path(__file__).resolve().parents[1]


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The module that takes longest starts first, so that two workers end together (--no-loadscope-reorder)."""
    items.sort(key=lambda item: "test_pipeline.py" not in item.nodeid)
