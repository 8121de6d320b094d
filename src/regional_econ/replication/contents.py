"""Which files go into a replication package? The project as it ran, what it found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from regional_econ._base.errors import StoreError
from regional_econ.core.workspace import Workspace
from regional_econ.referee.exports.names import EVIDENCE, EXPORTS
from regional_econ.report.downloads import DOWNLOADS
from regional_econ.report.folder import MANIFEST, read_manifest

PROJECT, VERDICTS, REPORT = "project", "verdicts", "reports/out"
FOLDERS = (
    "analyses", "benchmarks", "data", "reports/fonts", "reports/pdf", "reports/readers", "reports/record",
    "reports/site", "src", "tests",
)  # fmt: skip
ROOT_FILES = (
    ".python-version", "ARCHITECTURE.md", "CHANGES.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile",
    "README.md", "pyproject.toml", "requirements.lock",
)  # fmt: skip
_RESULTS = ("results", "sections", "explorers")
_COMPILED = "__pycache__"


def packed_files(workspace: Workspace, *, intermediates: bool, without: Path) -> dict[str, Path]:
    """Return the files of a package by their place in it: the project, its results, its report, its verdicts.

    Parameters
    ----------
    workspace : the study and profile that ran.
    intermediates : pack draws, scores and the pipeline's state too, so that no step would run again.
    without : the archive itself, should it lie among them.

    Raises
    ------
    StoreError : a part of the project, a result, the report or a verdict is missing.
    """
    _check_study(workspace)
    root = workspace.root
    parts = [root / name for name in ROOT_FILES] + [path for name in FOLDERS for path in _files(root / name)]
    parts.append(workspace.study_path)
    parts += _files(workspace.bld) if intermediates else _results(workspace)
    found = {f"{PROJECT}/{path.relative_to(root).as_posix()}": path for path in parts if path != without}
    report = workspace.bld / "report"
    names = [*_listed(report), MANIFEST]
    found |= {f"{PROJECT}/{REPORT}/{name}": report / name for name in names}
    found |= {f"{VERDICTS}/{name}": workspace.artifact(name) for name in (*EXPORTS, EVIDENCE)}
    lost = next((path for path in found.values() if not path.is_file()), None)
    if lost is not None:
        advice = f"Restore it, or run: regional-econ reproduce --profile {workspace.profile}"
        raise StoreError("a file of the package is missing", where=str(lost), advice=advice)
    return dict(sorted(found.items()))


def _check_study(workspace: Workspace) -> None:
    if not workspace.study_path.is_relative_to(workspace.root):
        raise StoreError(
            "the study file lies outside the project", where=str(workspace.study_path), advice="Copy it to analyses/"
        )


def _results(workspace: Workspace) -> Iterator[Path]:
    """What a reader needs of the intermediates: results with the code that made them, sections, downloads."""
    for name in _RESULTS:
        yield from _files(workspace.bld / name)
    yield from sorted(workspace.artifact("").glob("results.*.json"))
    yield from (path for names in DOWNLOADS.values() for path in map(workspace.artifact, names) if path.is_file())


def _listed(report: Path) -> list[str]:
    names = list(read_manifest(report))
    if not names:
        raise StoreError("there is no report", where=str(report), advice="Run: regional-econ reproduce")
    return names


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder at any depth; hidden ones and compiled code stay out."""
    if not folder.is_dir():
        raise StoreError("a part of the project is missing", where=str(folder), advice="Restore it, or run again")
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if _wanted(path.relative_to(folder).parts))


def _wanted(parts: tuple[str, ...]) -> bool:
    return _COMPILED not in parts and not any(part.startswith(".") for part in parts)
