"""Which code made a result, and does it still stand? Hashes over source files that do not mind comments."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir, package_dir
from regional_econ.core.syntax import syntax_of

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_BENEATH = ("distributed", "llvmlite", "pytensor")  # which the packages that are asked for stand on, or run on
_VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Code:
    """Some code: version of the package, SHA-256 over its files."""

    version: str
    sha256: str


@dataclass(frozen=True)
class Made:
    """How a result was made: the code of its step at that time, and whether it is what stands now."""

    code: Code
    current: bool = True


def code_of(files: Mapping[str, Path]) -> Code:
    """Return the version of the package and the SHA-256 over files; comments, docstrings and layout do not count.

    Parameters
    ----------
    files : path by name; the names count too.
    """
    named = _VERSION.search((package_dir() / "__init__.py").read_text(encoding="utf-8"))
    digest = sha256()
    for name in sorted(files):
        content = files[name].read_bytes()
        meaning = syntax_of(content).meaning if name.endswith(".py") else sha256(content).hexdigest()
        digest.update(f"{name}\0{meaning}\0".encode())
    return Code(named[1] if named else "", digest.hexdigest())


def whole_code(lock: Path) -> Code:
    """Return the code of the whole package and the lock file, which may be missing in an installed wheel."""
    folder = package_dir()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    return code_of(files | ({lock.name: lock} if lock.is_file() else {}))


def installation(study: Path | None = None) -> dict[str, str]:
    """Return what the results of cases may depend on, by part: code, data, Python, packages and the study's file.

    It is read once a process, when the code is new to it, since later edits of files do not change what was imported.

    Parameters
    ----------
    study : a study file whose folder the cases read or write.
    """
    return {**_installed(), **({} if study is None else {f"the file {study}": _content(study)})}


@cache
def _installed() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for part, folder, kinds in (
        ("code", package_dir(), (".py",)),
        ("data", data_dir(), (".csv", ".gz", ".json", ".yml")),
    ):
        files = sorted(path for path in folder.rglob("*") if path.suffix in kinds)
        lines = "".join(f"{path.relative_to(folder).as_posix()} {sha256_file(path)}\n" for path in files)
        found[part] = sha256(lines.encode()).hexdigest()
    names = {_NAME.match(one)[0] for one in requires("regional-econ") or () if "extra ==" not in one}  # type: ignore[index]
    return found | {name: _version(name) for name in sorted({*names, *_BENEATH})}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


@cache
def _content(path: Path) -> str:
    return sha256_file(path) if path.is_file() else "none"
