"""An archive has the same bytes whenever and wherever its files are the same, and appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from regional_econ._base.errors import StoreError
from regional_econ.replication.archive import HASHES, write_archive


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path | bytes]:
    """Three files, one of them given as bytes, in no order."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "b.csv.gz").write_bytes(bytes(range(256)))
    (tmp_path / "a.py").write_text("print(1)\n", encoding="utf-8")
    return {"data/b.csv.gz": tmp_path / "data" / "b.csv.gz", "README.md": b"# \xd1\x8f\n", "a.py": tmp_path / "a.py"}


def test_bytes_depend_on_the_files_alone(files: dict[str, Path | bytes], tmp_path: Path) -> None:
    first, again = tmp_path / "first.zip", tmp_path / "again.zip"
    hashes = write_archive(first, "top", files)
    for path in (tmp_path / "a.py", tmp_path / "data" / "b.csv.gz"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert write_archive(again, "top", dict(reversed(files.items()))) == hashes
    assert first.read_bytes() == again.read_bytes()
    (tmp_path / "a.py").write_text("print(2)\n", encoding="utf-8")
    assert write_archive(again, "top", files)["a.py"] != hashes["a.py"]
    assert first.read_bytes() != again.read_bytes()


def test_each_file_lies_below_one_folder_and_has_its_hash(files: dict[str, Path | bytes], tmp_path: Path) -> None:
    write_archive(tmp_path / "a.zip", "top", files)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        entries = archive.infolist()
        listed = dict(line.split("  ")[::-1] for line in archive.read(f"top/{HASHES}").decode().splitlines())
        found = {name: hashlib.sha256(archive.read(f"top/{name}")).hexdigest() for name in sorted(files)}
    assert listed == found
    assert [entry.filename for entry in entries] == [f"top/{name}" for name in (*sorted(files), HASHES)]
    assert {(entry.date_time, entry.external_attr >> 16) for entry in entries} == {((1980, 1, 1, 0, 0, 0), 0o100644)}


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", HASHES])
def test_no_file_leaves_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot have that place"):
        write_archive(tmp_path / "a.zip", "top", {name: b""})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_vanishes_leaves_the_former_archive(files: dict[str, Path | bytes], tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"former")
    (tmp_path / "data" / "b.csv.gz").unlink()
    with pytest.raises(StoreError, match="cannot read"):
        write_archive(tmp_path / "a.zip", "top", files)
    assert (tmp_path / "a.zip").read_bytes() == b"former"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "a.zip", "data"]
