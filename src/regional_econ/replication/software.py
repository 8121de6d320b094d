"""Which software does a run need? What the lock file pins, and whether it is what is installed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from regional_econ._base.errors import StoreError

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Package:
    """A package that the program asks for: its pinned version and the installed one, None where it is absent."""

    name: str
    locked: str
    installed: str | None


@dataclass(frozen=True)
class Software:
    """The Python version, the packages asked for by name, and how many the lock file pins in all."""

    python: str
    packages: tuple[Package, ...]
    pinned: int

    @property
    def differing(self) -> tuple[Package, ...]:
        """The packages whose installed version is not the pinned one."""
        return tuple(package for package in self.packages if package.installed != package.locked)


def read_software(root: Path) -> Software:
    """Read the lock file and the project file of a project.

    Raises
    ------
    StoreError : one of them is missing, or the lock file lacks a package that the project asks for.
    """
    lock, project = root / "requirements.lock", root / "pyproject.toml"
    for path in (lock, project):
        if not path.is_file():
            raise StoreError("a file of the project is missing", where=str(path), advice="Restore it")
    pinned = {_plain(name): number for name, number in _PINNED.findall(lock.read_text(encoding="utf-8"))}
    declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    packages = []
    for text in declared["dependencies"]:
        found = _NAME.match(text)
        name = _plain(found[0]) if found else text
        if name not in pinned:
            raise StoreError(f"the lock file lacks {name}", where=str(lock), advice="Run: make lock")
        packages.append(Package(name, pinned[name], _installed(name)))
    return Software(declared["requires-python"], tuple(packages), len(pinned))


def _plain(name: str) -> str:
    """Return a package's name as indexes spell it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
