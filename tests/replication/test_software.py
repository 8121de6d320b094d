"""What the lock file pins is read as pip reads it, and held against what is installed."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from regional_econ._base.errors import StoreError
from regional_econ.replication.software import Package, read_software

PROJECT = '[project]\nrequires-python = ">=3.12"\ndependencies = ["Nump_y>=1", "typer", "joblib[extra]>=1; os_name"]\n'
LOCK = "nump-y==1.5 \\\n    --hash=sha256:aa\njoblib[extra]==0.1 ; os_name\n    # via x==9\ntyper=={typer}\nother==2\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that asks for three packages and pins four."""
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "requirements.lock").write_text(LOCK.format(typer=version("typer")), encoding="utf-8")
    return tmp_path


def test_pinned_and_installed_versions_stand_side_by_side(project: Path) -> None:
    found = read_software(project)
    typer, joblib = version("typer"), version("joblib")
    expected = (Package("nump-y", "1.5", None), Package("typer", typer, typer), Package("joblib", "0.1", joblib))
    assert (found.python, found.packages, found.pinned) == (">=3.12", expected, 4)
    assert found.differing == (expected[0], expected[2])


def test_the_projects_own_lock_file_pins_all_that_it_asks_for(root: Path) -> None:
    found = read_software(root)
    assert found.pinned == len(re.findall("^[a-z].*==", (root / "requirements.lock").read_text(), flags=re.M)) > 100
    assert {"numpy", "pymc", "typst"} < {one.name for one in found.packages}


def test_a_package_that_is_not_pinned_is_named(project: Path) -> None:
    lock = project / "requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8").replace("typer==", "tiper=="), encoding="utf-8")
    with pytest.raises(StoreError, match="the lock file lacks typer"):
        read_software(project)
    lock.unlink()
    with pytest.raises(StoreError, match="is missing"):
        read_software(project)
