"""By which software, of whom, were the verdicts made? What the project's citation file and its code say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.errors import SchemaError, StoreError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir, package_dir
from regional_econ._base.yaml_lines import read_yaml_lines
from regional_econ.core.code import code_of
from regional_econ.core.workspace import Workspace, source_files

JUDGING = ("regional_econ.referee.docket",)
CITATION, LOCK = "CITATION.cff", "requirements.lock"


@dataclass(frozen=True)
class Made:
    """The software: its title, version, authors, licence and date of release, and the hashes of its code.

    ``code_sha256`` is of the code that judges, with study and lock file, ``lock_sha256`` of the lock file, None where
    there is none.
    """

    title: str
    version: str
    released: str
    licence: str
    authors: tuple[str, ...]
    code_sha256: str
    lock_sha256: str | None

    @classmethod
    def of(cls, workspace: Workspace) -> Made:
        """Read the citation file and hash the code of a project.

        Raises
        ------
        StoreError : there is no citation file.
        SchemaError : it lacks a key.
        """
        lock = workspace.root / LOCK
        return cls._cited(
            workspace.root / CITATION,
            workspace.code_version(judging_code(workspace)).sha256,
            sha256_file(lock) if lock.is_file() else None,
        )

    @classmethod
    def without_study(cls) -> Made:
        """Read the citation file beside the compiled figures, or of the clone, and hash the code alone.

        Raises
        ------
        StoreError, SchemaError : as for `of`.
        """
        own, folder = data_dir() / CITATION, package_dir().parent
        files = {path for module in JUDGING for path in source_files(module)}
        code = code_of({path.relative_to(folder).as_posix(): path for path in files})
        return cls._cited(own if own.is_file() else data_dir().parent / CITATION, code.sha256, None)

    @classmethod
    def _cited(cls, path: Path, code_sha256: str, lock_sha256: str | None) -> Made:
        if not path.is_file():
            raise StoreError("no citation file", where=str(path), advice="Restore it from version control")
        cited = read_yaml_lines(path, SchemaError)
        return cls(
            title=cited["title"].text(),
            version=cited["version"].text(),
            released=str(cited["date-released"].value),
            licence=cited["license"].text(),
            authors=tuple(author["name"].text() for author in cited["authors"].items()),
            code_sha256=code_sha256,
            lock_sha256=lock_sha256,
        )


def judging_code(workspace: Workspace) -> list[Path]:
    """Return the files of the code that a verdict depends on."""
    return workspace.code(*JUDGING)
