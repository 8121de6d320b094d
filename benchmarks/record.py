"""Records of long studies and of comparisons with peers, with the hashes of the code and the lock file behind them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from regional_econ._base.files import sha256_bytes, sha256_file, write_json
from regional_econ.core.code import installation
from regional_econ.core.results import Result, Value

ROOT = Path(__file__).resolve().parents[1]


def code_hash() -> str:
    """Return one SHA-256 over all source files of the package."""
    files = sorted((ROOT / "src").rglob("*.py"))
    lines = "".join(f"{path.relative_to(ROOT).as_posix()} {sha256_file(path)}\n" for path in files)
    return sha256_bytes(lines.encode())


def installation_here() -> dict[str, str]:
    """Return what results may depend on, these scripts included; a cluster's workers are asked for the same."""
    return {**installation(), "benchmarks": _scripts()}


@cache
def _scripts() -> str:
    files = sorted(Path(__file__).parent.glob("*.py"))
    return sha256_bytes("".join(f"{path.name} {sha256_file(path)}\n" for path in files).encode())


def write_record(name: str, values: Mapping[str, Value]) -> Path:
    """Write ``reports/record/<name>.json`` and return its path."""
    inputs = {"code": code_hash(), "requirements.lock": sha256_file(ROOT / "requirements.lock")}
    path = ROOT / "reports" / "record" / f"{name}.json"
    write_json(path, Result(name, values, inputs).to_dict())
    return path
