"""What was read once is remembered by content and by Python, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ._base.files import read_json, write_json
from regional_econ.core import syntax


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "_remembered", {})
    monkeypatch.setattr(syntax, "_used", {})


def test_words_and_layout_have_no_meaning() -> None:
    plain = syntax.syntax_of(b"def f(x):\n    return x + 1\n")
    dressed = syntax.syntax_of(
        b'"""Module."""\n\n\ndef f(x):  # adds\n    """Add."""\n    return (x +\n            1)\n'
    )
    other = syntax.syntax_of(b"def f(x):\n    return x + 2\n")
    assert plain.meaning == dressed.meaning != other.meaning


def test_imports_are_found_at_any_depth() -> None:
    source = b"import numpy\ndef f():\n    if True:\n        from regional_econ.core.panel import Panel\n"
    assert syntax.syntax_of(source).imports == ("regional_econ.core.panel", "regional_econ.core.panel.Panel")


def test_a_later_run_reads_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory, sources = tmp_path / "syntax.json", (b"x = 1", b"import regional_econ._base.seeds")
    first = [syntax.syntax_of(source) for source in sources]
    syntax.keep(memory)
    syntax._used.clear()
    syntax.remember(memory)
    monkeypatch.setattr(syntax, "_read", lambda source: pytest.fail("read again"))
    assert [syntax.syntax_of(source) for source in sources] == first
    before = memory.stat().st_mtime_ns
    syntax.keep(memory)
    assert memory.stat().st_mtime_ns == before, "nothing new, nothing written"


def test_another_python_remembers_nothing(tmp_path: Path) -> None:
    memory = tmp_path / "syntax.json"
    syntax.syntax_of(b"x = 1")
    syntax.keep(memory)
    write_json(memory, {**read_json(memory), "python": "3.11.0"})
    syntax.remember(memory)
    assert syntax._remembered == {}
