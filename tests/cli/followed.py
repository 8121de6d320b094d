"""Pages that are followed to the letter: files are written, lines put in, all else is run and held against the text."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from regional_econ.replication.contents import FOLDERS, ROOT_FILES

NEEDED = ("src", "analyses", "data", "reports/fonts", "reports/record")
LEFT_OUT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_COMMAND = (sys.executable, "-m", "regional_econ")


def copy_project(root: Path, place: Path) -> Path:
    """A copy of the project, as a newcomer has it."""
    for part in NEEDED:
        assert part in FOLDERS
        shutil.copytree(root / part, place / part)
    for name in ROOT_FILES:
        shutil.copy(root / name, place)
    return place


def follow(page: Path, project: Path, *, command: tuple[str, ...] = _COMMAND) -> int:
    """Do in a project what each block of a page says; return how many were done.

    Parameters
    ----------
    command : what stands for ``regional-econ``.
    """
    said, done = "", 0
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.M | re.S):
        file = re.match(r"# (\S+/\S+)\n", block)
        if language == "text":
            wanted = block.replace("…", "...")
            assert doctest.OutputChecker().check_output(wanted, said, LEFT_OUT), f"expected\n{block}\nbut\n{said}"
            continue
        done += 1
        if file is not None:
            (project / file[1]).write_text(block, encoding="utf-8")
        elif language == "diff":
            put_in(project, block)
        else:
            said = run(project, language, block, command).replace("\N{NO-BREAK SPACE}", " ")
    return done


def put_in(project: Path, block: str) -> None:
    """Put the lines with a plus where the others stand, which must be in one place of the file."""
    head, *lines = block.splitlines(keepends=True)
    path = project / head.removeprefix("+++ ").strip()
    before, after = ("".join(line[1:] for line in lines if line[0] != sign) for sign in "+-")
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path}: not one place\n{before}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def run(project: Path, language: str, block: str, command: tuple[str, ...] = _COMMAND) -> str:
    """Run a block and return what it printed."""
    assert language in ("python", "sh"), block
    if language == "python":
        commands = [[sys.executable, "-c", block]]
    else:
        lines = [shlex.split(line) for line in block.splitlines()]
        assert all(line[0] == "regional-econ" for line in lines), block
        commands = [[*command, *line[1:]] for line in lines]
    environment = {**os.environ, "PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    said = ""
    for one in commands:
        done = subprocess.run(one, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        said += done.stdout
    return said
