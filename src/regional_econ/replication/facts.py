"""All that the README of a package says, gathered before a word of it is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from regional_econ.core.workspace import Workspace
from regional_econ.data.catalogue import SourceFile
from regional_econ.referee.exports.made import Made
from regional_econ.replication.exhibits import Exhibit
from regional_econ.replication.programs import Program
from regional_econ.replication.runs import RunRecord
from regional_econ.replication.software import Software
from regional_econ.report.document import Document

_SEED = re.compile(r"^\s*seed\s*[=:]", re.MULTILINE)
_DEFAULT_STUDY = "analyses/study.toml"


@dataclass(frozen=True)
class Facts:
    """What ran, by whom, on what, and what came out.

    Parameters
    ----------
    workspace : the study and profile.
    made : title, version, licence and authors of the software, with the hash of its judging code.
    document : the report in English.
    exhibits : its numbered tables and figures.
    programs : the steps.
    software : what the lock file pins.
    run : recorded times and the machine; empty where nothing was recorded.
    sources : the official files by id.
    tables : title of each stored table by file name.
    recorded : how many values of the record the results meet.
    sizes : bytes of each file of the package by its place.
    intermediates : whether they are packed.
    """

    workspace: Workspace
    made: Made
    document: Document
    exhibits: Sequence[Exhibit]
    programs: Sequence[Program]
    software: Software
    run: RunRecord
    sources: Mapping[str, SourceFile]
    tables: Mapping[str, str]
    recorded: int
    sizes: Mapping[str, int]
    intermediates: bool

    @property
    def options(self) -> str:
        """The options that every command of this study and profile needs, with a space before them."""
        study = self.workspace.study_path.relative_to(self.workspace.root).as_posix()
        named = "" if study == _DEFAULT_STUDY else f" --study {study}"
        return named + ("" if self.workspace.profile == "full" else f" --profile {self.workspace.profile}")

    @property
    def bld(self) -> str:
        """The folder of intermediates inside the project."""
        return self.workspace.bld.relative_to(self.workspace.root).as_posix()

    def rooms(self) -> dict[str, str]:
        """Return what each subpackage says of itself, by its name."""
        folder = self.workspace.root / "src" / "regional_econ"
        found = {path.parent.name: ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*/__init__.py")}
        return {name: ast.get_docstring(found[name]) or "" for name in sorted(found)}

    def declarations(self) -> dict[str, str]:
        """Return the first sentence of each declarative file of the data, by its name."""
        return {path.name: _first_sentence(path) for path in sorted((self.workspace.root / "data").glob("*.yml"))}

    def seeds(self) -> dict[str, int]:
        """Return the line that sets the seed, by file: the study's, and those of the scenario files."""
        root = self.workspace.root
        files = [self.workspace.study_path, *sorted((root / "analyses" / "scenarios").glob("*.yml"))]
        return {path.relative_to(root).as_posix(): line for path in files if (line := _seed_line(path))}


def _seed_line(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    found = _SEED.search(text)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def _first_sentence(path: Path) -> str:
    comment: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# ").strip())
    sentence, stop, _ = " ".join(comment).partition(". ")
    return sentence + stop.strip()
