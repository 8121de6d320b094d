"""What does a source file mean, and what does it import? Its syntax tree answers, read once for each content."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from regional_econ._base.errors import StoreError
from regional_econ._base.files import read_json, write_json

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_PYTHON = "{}.{}.{}".format(*sys.version_info[:3])


@dataclass(frozen=True)
class Syntax:
    """SHA-256 over the tree without docstrings, comments and layout, and the package's modules that may be imported."""

    meaning: str
    imports: tuple[str, ...]


_remembered: dict[str, Syntax] = {}
_used: dict[str, Syntax] = {}


def syntax_of(source: bytes) -> Syntax:
    """Read a source file's content.

    >>> one, two = syntax_of(b"x = 1  # one"), syntax_of(b"'''Words.'''\\nx = 1")
    >>> one.meaning == two.meaning, syntax_of(b"from regional_econ.core import panel").imports
    (True, ('regional_econ.core', 'regional_econ.core.panel'))
    """
    key = sha256(source).hexdigest()
    found = _used.get(key) or _remembered.get(key) or _read(source)
    _used[key] = found
    return found


def remember(path: Path) -> None:
    """Take what an earlier run read, if it was by the same Python; a damaged file is as good as none."""
    with suppress(StoreError, KeyError, TypeError, ValueError):
        stored = read_json(path)
        if stored["python"] == _PYTHON:
            for key, (meaning, *names) in stored["read"].items():
                _remembered[key] = Syntax(meaning, tuple(names))


def keep(path: Path) -> None:
    """Leave to later runs what this one read, if it read anything new."""
    if not _used.keys() <= _remembered.keys():
        read = {key: [one.meaning, *one.imports] for key, one in sorted(_used.items())}
        write_json(path, {"python": _PYTHON, "read": read})


def _read(source: bytes) -> Syntax:
    tree, names = ast.parse(source), list[str]()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    own = tuple(dict.fromkeys(name for name in names if name.startswith("regional_econ.")))
    return Syntax(sha256(ast.dump(tree).encode()).hexdigest(), own)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """A module and all its statements at any depth, without looking into expressions."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            todo.extend(getattr(node, part, ()))
