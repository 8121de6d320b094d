"""Where the compiled figures lie: inside the wheel, or in ``data/`` of a clone."""

from __future__ import annotations

from pathlib import Path

from regional_econ._base.errors import StoreError

_PACKAGE = Path(__file__).resolve().parents[1]


def data_dir() -> Path:
    """Return the folder of the compiled figures.

    Raises
    ------
    StoreError : neither an installed wheel nor a clone holds it.
    """
    for candidate in (_PACKAGE / "_data", _PACKAGE.parents[1] / "data"):
        if candidate.is_dir():
            return candidate
    raise StoreError("the compiled figures are missing", where=str(_PACKAGE), advice="Install the package again")


def package_dir() -> Path:
    """Return the folder of the package's source files."""
    return _PACKAGE
