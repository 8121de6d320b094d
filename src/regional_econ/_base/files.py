"""Files appear whole or not at all, JSON has one canonical form, and one run at a time works in a folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from regional_econ._base.errors import BusyError, StoreError

TEMPORARY = ".tmp"


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside the target that replaces it on success and vanishes on failure.

    Raises
    ------
    StoreError : the folder cannot be written or the disk is full; the old file stays as it was.
    """
    path = Path(path)
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=TEMPORARY, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("r+b") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise StoreError(
            f"cannot write: {error.strerror or error}",
            where=str(path),
            advice="Free some space or choose a folder that can be written, then run again; nothing was changed",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raise unless a file can be written there; nothing is left behind but its folder.

    Raises
    ------
    StoreError : it is a folder, or its folder cannot be written.
    """
    if path.is_dir():
        raise StoreError("cannot write: it is a folder", where=str(path), advice="Name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=TEMPORARY, dir=path.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        advice = "Choose a folder that can be written"
        raise StoreError(f"cannot write: {reason}", where=str(path), advice=advice) from error
    os.close(handle)
    Path(name).unlink()


def write_bytes(path: Path, content: bytes) -> None:
    """Write bytes atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write UTF-8 text with LF line ends atomically."""
    write_bytes(path, content.encode("utf-8"))


def canonical_json(obj: object) -> str:
    """Return the one JSON text of an object: sorted keys, shortest floats, LF, no NaN.

    >>> canonical_json({"b": 1.5, "a": None})
    '{\\n "a": null,\\n "b": 1.5\\n}\\n'
    """
    return json.dumps(obj, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def write_json(path: Path, obj: object) -> None:
    """Write canonical JSON atomically.

    Raises
    ------
    StoreError : a value that JSON cannot hold, such as NaN.
    """
    try:
        text = canonical_json(obj)
    except (ValueError, TypeError) as error:
        raise StoreError(f"not representable as JSON: {error}", where=str(path), advice="Report this") from error
    write_text(path, text)


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises
    ------
    StoreError : the file is missing or damaged.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        advice = "Run: regional-econ reproduce, or the command that makes it"
        raise StoreError(f"cannot read: {error.strerror}", where=str(path), advice=advice) from error
    except ValueError as error:
        raise StoreError(f"damaged JSON: {error}", where=str(path), advice="Delete it and run again") from error
    except RecursionError as error:
        raise StoreError("JSON nested too deeply", where=str(path), advice="Delete it and run again") from error


def sha256_bytes(content: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(content).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def holds(path: Path, sha256: str) -> bool:
    """Whether there is a file and its content has this hash."""
    return path.is_file() and sha256_file(path) == sha256


@contextlib.contextmanager
def run_lock(folder: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold a folder for one run and sweep what a killed one left; the lock goes with the process, however it ends.

    Raises
    ------
    BusyError : another run holds the folder longer than ``wait_seconds``.
    StoreError : the folder cannot be made or written.
    """
    lock = folder / ".lock"
    check_writable(lock)
    with lock.open("a+b") as handle:
        deadline = time.monotonic() + wait_seconds
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise BusyError("another run works in this folder", where=str(folder), advice="Wait until it has ended")
            time.sleep(0.2)
        for left_over in folder.rglob(f".*{TEMPORARY}"):
            left_over.unlink(missing_ok=True)
        yield


def _try_lock(handle: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
