"""The tutorial is followed to the letter: each block runs in its order, and prints what stands under it."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from regional_econ.replication.contents import FOLDERS, ROOT_FILES

TUTORIAL = Path("analyses") / "tutorial" / "README.md"
NEEDED = ("src", "analyses", "data", "reports/fonts", "reports/record")
LEFT_OUT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    """A copy of the project, as a newcomer has it."""
    for part in NEEDED:
        assert part in FOLDERS
        shutil.copytree(root / part, tmp_path / part)
    for name in ROOT_FILES:
        shutil.copy(root / name, tmp_path)
    return tmp_path


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of each fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.M | re.S)


def run(project: Path, language: str, block: str) -> str:
    if language == "python":
        commands = [[sys.executable, "-c", block]]
    else:
        lines = [shlex.split(line) for line in block.splitlines()]
        assert all(line[0] == "regional-econ" for line in lines), block
        commands = [[sys.executable, "-m", "regional_econ", *line[1:]] for line in lines]
    environment = {**os.environ, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    said = ""
    for command in commands:
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        said += done.stdout
    return said


@pytest.mark.calibrate
def test_every_block_runs_and_prints_what_stands_under_it(project: Path) -> None:
    found = blocks((project / TUTORIAL).read_text(encoding="utf-8"))
    assert {language for language, _ in found} == {"sh", "python", "text"}
    said, ran = "", 0
    for language, block in found:
        if language == "text":
            wanted = block.replace("…", "...")
            assert doctest.OutputChecker().check_output(wanted, said, LEFT_OUT), f"expected\n{block}\nbut\n{said}"
        else:
            said, ran = run(project, language, block).replace("\N{NO-BREAK SPACE}", " "), ran + 1
    assert ran >= 10
    assert (project / "novosibirsk.svg").read_text(encoding="utf-8").count("<path") > 10
