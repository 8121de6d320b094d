"""Files that appear together or not at all, and a target that is known to be writable before the work begins."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from regional_econ._base.errors import StoreError


@contextlib.contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """A passing folder inside the target, made before the long reading: whether one may write there shows at once."""
    is_new = not folder.exists()
    with _write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".build-", dir=folder))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def put_in_place(contents: Mapping[str, bytes], staging: Path, folder: Path) -> None:
    """Write all files beside the target first, then move them there, the manifest last."""
    with _write_errors(folder):
        for name, content in contents.items():
            with (staging / name).open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
        for name in contents:
            os.replace(staging / name, folder / name)


@contextlib.contextmanager
def _write_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write: {error.strerror or error}",
            where=str(folder),
            advice="Free some space or choose a folder that can be written, then build again; no figure was changed",
        ) from error
