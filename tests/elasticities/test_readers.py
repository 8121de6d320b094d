"""Others can read the elasticities: a page of plain Python and one of R, run on an export."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from regional_econ.core.elasticity import ElasticitySet


@pytest.fixture(scope="module")
def exported(built: ElasticitySet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built.write(tmp_path_factory.mktemp("readers"))


def expected(built: ElasticitySet) -> list[str]:
    lines = []
    moved = 0.0
    for one in built.parameters:
        low, middle, high = built.draws[one.id].quantile([0.05, 0.5, 0.95])
        lines.append(
            f"{one.id}: {middle:.6f} [{low:.6f}; {high:.6f}] {one.unit_to} per {one.unit_from}, grade {one.grade}"
        )
        moved = moved + 0.1 * one.domain.max_abs_change * built.draws[one.id]
    return [*lines, f"together: {moved.median():.6f}, sd {moved.std():.6f}"]  # type: ignore[union-attr]


def test_plain_python_reads_them(root: Path, built: ElasticitySet, exported: Path, tmp_path: Path) -> None:
    script = root / "reports" / "readers" / "read_elasticities.py"
    code = script.read_text(encoding="utf-8")
    assert "import regional_econ" not in code
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    # A package of that name that cannot be imported stands first on the path.
    (tmp_path / "regional_econ.py").write_text("raise ImportError('the reader must not need the package')\n")
    done = subprocess.run(
        [sys.executable, str(script), str(exported)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected(built)
    draws = exported.parent / "elasticities_draws.parquet"
    spoilt = shutil.copytree(exported.parent, tmp_path / "spoilt")
    (spoilt / draws.name).write_bytes(draws.read_bytes() + b" ")
    command = [sys.executable, str(script), str(spoilt / exported.name)]
    assert "not the draws" in subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_r_reads_them(root: Path, built: ElasticitySet, exported: Path, tmp_path: Path) -> None:
    script = root / "reports" / "readers" / "read_elasticities.R"
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    there = "cat(all(c('digest', 'jsonlite', 'ncdf4') %in% rownames(installed.packages())))"
    if subprocess.run(["Rscript", "-e", there], capture_output=True, text=True, check=False).stdout != "TRUE":
        pytest.skip("R lacks digest, jsonlite or ncdf4")
    done = subprocess.run(["Rscript", str(script), str(exported)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected(built)
    document = json.loads(exported.read_text(encoding="utf-8"))
    del document["draws"]["netcdf"]
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps(document), encoding="utf-8")
    said = subprocess.run(["Rscript", str(script), str(bare)], capture_output=True, text=True, check=False).stderr
    assert "no netCDF copy" in said
    copy = exported.parent / "elasticities_draws.nc"
    spoilt = shutil.copytree(exported.parent, tmp_path / "spoilt")
    (spoilt / copy.name).write_bytes(copy.read_bytes() + b" ")
    command = ["Rscript", str(script), str(spoilt / exported.name)]
    assert "not the draws" in subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_both_readers_hold_the_draws_against_their_hash(root: Path) -> None:
    """R is seldom there to run its reader, so its text is held too."""
    python, r = (
        (root / "reports" / "readers" / f"read_elasticities.{end}").read_text(encoding="utf-8") for end in ("py", "R")
    )
    assert 'document["draws"]["sha256"]' in python
    assert "document$draws$netcdf$sha256" in r
    assert r.index("sha256") < r.index("nc_open")
    assert r.index("is.null(document$draws$netcdf)") < r.index("document$draws$netcdf$file"), "a copy is optional"
