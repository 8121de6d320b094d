"""Which line of which program writes a section? Read off the steps' products and their source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.errors import StoreError

_WRITER = "write_section"


@dataclass(frozen=True)
class Step:
    """A step of the pipeline: the name of its function, the file that holds it, and the files that it makes."""

    name: str
    path: Path
    products: tuple[Path, ...]


@dataclass(frozen=True)
class Program:
    """A step as a reader looks it up: its file inside the project, what it is for, lines by section."""

    name: str
    file: str
    about: str
    lines: Mapping[str, int]


def programs(steps: Iterable[Step], root: Path, sections: Path) -> tuple[Program, ...]:
    """Return the programs of a pipeline, sorted by file, with the line that writes each of their sections.

    Parameters
    ----------
    steps : all of them.
    root : the project folder.
    sections : the folder of the written sections; a product in it is a section, named by its file.

    Raises
    ------
    StoreError : two steps make one section, or the lines of a step do not tell which section each writes.
    """
    found = tuple(sorted((_program(step, root, sections) for step in steps), key=lambda one: one.file))
    made = [section for program in found for section in program.lines]
    twice = next((section for section in made if made.count(section) > 1), None)
    if twice is not None:
        raise StoreError("two steps make one section", where=twice, advice="Let one of them name another product")
    return found


def _program(step: Step, root: Path, sections: Path) -> Program:
    module = ast.parse(step.path.read_text(encoding="utf-8"))
    about = " ".join((ast.get_docstring(module) or "").partition("\n\n")[0].split())
    made = [path.stem for path in step.products if path.parent == sections]
    file = step.path.relative_to(root).as_posix()
    return Program(step.name, file, about, _lines(module, step, made) if made else {})


def _lines(module: ast.Module, step: Step, sections: Sequence[str]) -> dict[str, int]:
    """Give each section its line: sections are written in the order in which the products name them."""
    function = next(
        (node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == step.name), None
    )  # fmt: skip
    lines = [line for statement in function.body for line in _written(statement)] if function else []
    if len(lines) != len(sections):
        raise StoreError(
            f"{step.name} names {len(sections)} sections as products and writes {len(lines)}",
            where=str(step.path),
            advice="Write each section by a call of write_section, in the order of the products",
        )
    return dict(zip(sections, lines, strict=True))


def _written(node: ast.AST) -> list[int]:
    """Return the lines below a node that give a section: of each call, or of each element of a loop over calls."""
    if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List):
        calls = [call for statement in node.body for call in _written(statement)]
        return [element.lineno for element in node.iter.elts] if calls else []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == _WRITER:
        return [node.lineno]
    return [line for child in ast.iter_child_nodes(node) for line in _written(child)]
