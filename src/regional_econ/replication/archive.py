"""One ZIP whose bytes depend on its files alone, with the SHA-256 of each inside."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from regional_econ._base.errors import StoreError
from regional_econ._base.files import atomic_path, sha256_bytes

HASHES = "SHA256SUMS"
_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can hold
_UNIX, _MODE = 3, 0o100644
_PACKED_ALREADY = (".gz", ".woff2")
_LEVEL = 6
_QUIET_SECONDS = 2.0


def write_archive(path: Path, top: str, files: Mapping[str, Path | bytes]) -> dict[str, str]:
    """Write files below one folder of a ZIP: sorted, without times, all of one mode, the list of hashes last.

    Parameters
    ----------
    path : the archive; it appears whole or not at all.
    top : the folder that all files lie in.
    files : file or content by path inside that folder.

    Returns
    -------
    SHA-256 by path; the same list stands in the archive as ``SHA256SUMS``, for ``sha256sum -c``.

    Raises
    ------
    StoreError : a file that cannot be read, a path that leads out of the folder, or no place for the archive.
    """
    for name in files:
        if name == HASHES or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise StoreError("a file cannot have that place in an archive", where=name, advice="Rename it")
    hashes: dict[str, str] = {}
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in tqdm(sorted(files), desc="packing", delay=_QUIET_SECONDS, file=sys.stderr, leave=False):
            content = _content(files[name])
            hashes[name] = sha256_bytes(content)
            _add(archive, f"{top}/{name}", content)
        listed = "".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items())
        _add(archive, f"{top}/{HASHES}", listed.encode("utf-8"))
    return hashes


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_TIME)
    entry.create_system, entry.external_attr = _UNIX, _MODE << 16
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED_ALREADY) else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=_LEVEL)


def _content(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read: {error.strerror}", where=str(source), advice="Run it again") from error
