"""The folder of a report: its files, and the list of them by which the next build knows what was there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path, PurePath
from typing import Literal

from regional_econ._base.errors import StoreError
from regional_econ._base.files import holds, read_json, sha256_bytes, write_bytes, write_json

MANIFEST = "files.json"
Part = Literal["all", "pdf", "site"]
PARTS: tuple[Part, ...] = ("all", "pdf", "site")


def replace_files(out: Path, files: Mapping[str, bytes], *, only: Part = "all") -> list[Path]:
    """Make a folder hold these files of a report and none of an earlier one; files that are not a report's stay.

    The list of the report's files with their hashes stands beside them. It is complete at every moment, so that a
    run that was stopped leaves nothing behind that the next one would not find.

    Parameters
    ----------
    out : the folder.
    files : content by path inside the folder.
    only : the part that `files` replaces; the other one stays as it is, and so do PDFs in other languages.

    Returns
    -------
    The files, in the order of their paths.

    Raises
    ------
    StoreError : a folder stands where a file should, or the other way round; nothing has been written then.
    """
    _check_places(out, files)
    earlier = read_manifest(out)
    kept = {path: sha for path, sha in earlier.items() if only == "pdf" or (only == "site" and path.endswith(".pdf"))}
    wanted = {path: sha256_bytes(content) for path, content in files.items()}
    listed, final = {**earlier, **wanted}, {**kept, **wanted}
    if listed != earlier or not (out / MANIFEST).is_file():
        write_json(out / MANIFEST, listed)
    for path in sorted(files):
        if not (out / path).is_file() or (out / path).read_bytes() != files[path]:
            write_bytes(out / path, files[path])
    for path in sorted(set(earlier) - set(kept) - set(wanted)):
        (out / path).unlink(missing_ok=True)
        _remove_empty(out, (out / path).parent)
    if final != listed:
        write_json(out / MANIFEST, final)
    return [out / path for path in sorted(files)]


def read_report(folder: Path) -> dict[str, bytes]:
    """Return the files of a built report by their path inside its folder.

    Raises
    ------
    StoreError : there is no report, or one of its files is missing.
    """
    found = read_manifest(folder)
    if not found:
        raise StoreError("there is no report", where=str(folder), advice="Run: regional-econ report build")
    lost = next((path for path in found if not (folder / path).is_file()), None)
    if lost:
        raise StoreError("a file of the report is missing", where=str(folder / lost), advice="Build the report again")
    return {path: (folder / path).read_bytes() for path in found}


def mark_damaged_files(folder: Path) -> list[Path]:
    """Take back the hash of each file that is not as the build wrote it, so that the report is built anew.

    Returns
    -------
    The files that are missing, truncated or changed; the list itself, which goes, where it is.
    """
    try:
        listed = read_manifest(folder)
    except StoreError:
        (folder / MANIFEST).unlink()
        return [folder / MANIFEST]
    gone = [path for path, sha in listed.items() if sha and not holds(folder / path, sha)]
    if gone:
        write_json(folder / MANIFEST, {**listed, **dict.fromkeys(gone, "")})
    return [folder / path for path in gone]


def read_manifest(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the report's files by path; empty where there is no report.

    Raises
    ------
    StoreError : no list, or a path that leads out of the folder or to another folder.
    """
    if not (folder / MANIFEST).is_file():
        return {}
    listed = read_json(folder / MANIFEST)
    if not isinstance(listed, dict):
        raise StoreError("the list of files is damaged", where=str(folder / MANIFEST), advice="Delete it")
    found = {str(path): str(sha) for path, sha in listed.items()}
    for path in found:
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise StoreError("the list of files leads out of its folder", where=path, advice=f"Delete {MANIFEST}")
        if (folder / path).is_dir():
            raise StoreError("the list of files names a folder", where=path, advice=f"Delete {MANIFEST}")
    return found


def _check_places(out: Path, files: Iterable[str]) -> None:
    @cache
    def in_the_way(folder: Path) -> bool:
        return folder.exists() and not folder.is_dir()

    for path in sorted(files):
        above = [out / folder for folder in PurePath(path).parents]
        blocked = next((place for place in above if in_the_way(place)), None)
        if blocked is None and (out / path).is_dir():
            blocked = out / path
        if blocked:
            raise StoreError("the report cannot be written there", where=str(blocked), advice="Move that away")


def _remove_empty(out: Path, folder: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
