"""Which code made a result, and does it still stand? Hashes over source files that do not mind comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from regional_econ._base.location import package_dir
from regional_econ.core.syntax import syntax_of

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
