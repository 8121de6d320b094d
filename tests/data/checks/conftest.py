"""What the checks find in the compiled figures, computed once for all tests."""

from __future__ import annotations

import pytest

from regional_econ.data.checks.crosscheck import CrossCheck, crosscheck


@pytest.fixture(scope="session")
def stored() -> CrossCheck:
    """The stored figures through different files."""
    return crosscheck()
