"""The code behind a result: what counts as a change, what a workspace remembers, what it notices later."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ.core import code, workspace
from regional_econ.core.results import Result, Value
from regional_econ.core.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two files in a project of its own."""
    folder = tmp_path / "src" / "regional_econ"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text('__version__ = "1.2"\n')
    for module in (code, workspace):
        monkeypatch.setattr(module, "package_dir", lambda: folder)
    return folder


def workspace_in(folder: Path) -> Workspace:
    study = folder / "analyses" / "study.toml"
    study.parent.mkdir()
    study.write_bytes((ROOT / "analyses" / "study.toml").read_bytes())
    return Workspace(study, "quick")


def test_the_code_has_a_new_version_when_it_means_something_else(package: Path, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"

    def version(text: str) -> str:
        (package / "a.py").write_text(text)
        return code.whole_code(lock).sha256

    first = version("def f():\n    return 1\n")
    assert code.whole_code(lock).version == "1.2"
    assert version('"""What."""\n# why\ndef f( ):\n    """How."""\n    return  1\n') == first
    assert version("def f():\n    return 2\n") != first
    lock.write_text("numpy==2\n")
    assert version("def f():\n    return 1\n") != first


def test_a_result_remembers_its_code_and_notices_another(package: Path, tmp_path: Path) -> None:
    work = workspace_in(tmp_path)
    (tmp_path / "requirements.lock").write_text("numpy==2\n")
    (package / "a.py").write_text("x = 1\n")
    files = [package / "__init__.py", package / "a.py", work.study_path, tmp_path / "requirements.lock"]
    work.write_results("room", [Result("one", {"x": Value(1.0)}, {"panel": "0"})], files)
    index = work.index_path("room").read_bytes()
    made = work.made()["one"]
    assert (made.code.version, made.current) == ("1.2", True)
    assert str(tmp_path).encode() not in index, "the index is the same on every machine"

    (package / "a.py").write_text("# why\nx = 1\n")
    work.write_results("room", [Result("one", {"x": Value(1.0)}, {"panel": "0"})], files)
    assert work.index_path("room").read_bytes() == index
    for path, changed in ((package / "a.py", "x = 2\n"), (tmp_path / "requirements.lock", "numpy==3\n")):
        before = path.read_text()
        path.write_text(changed)
        assert work.made()["one"].code == made.code
        assert not work.made()["one"].current
        path.write_text(before)
    (package / "a.py").unlink()
    assert not work.made()["one"].current


def test_a_room_forgets_what_it_no_longer_makes(package: Path, tmp_path: Path) -> None:
    work = workspace_in(tmp_path)
    for names in (("one", "two"), ("two",)):
        work.write_results("room", [Result(name, {"x": Value(1.0)}) for name in names], [work.study_path])
    assert work.results.ids() == tuple(work.made()) == ("two",)
