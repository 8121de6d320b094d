"""The README's example runs and its commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regional_econ.cli.main import app


def test_the_five_line_example_runs(root: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), flags=re.S)
    assert len(blocks) == 1
    done = subprocess.run([sys.executable, "-c", blocks[0]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "ln(rd_grp_pct)" in done.stdout


def test_every_command_in_the_readme_exists(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^regional-econ (.+)$", text, flags=re.M)
    assert len(lines) >= 10
    for line in lines:
        group, _, rest = line.partition(" ")
        names = re.findall(r"(?:^|\| )([a-z]+)", rest) if group not in ("reproduce", "verify") else []
        for words in [[group, name] for name in names] or [[group]]:
            done = CliRunner().invoke(app, [*words, "--help"])
            assert done.exit_code == 0, (words, done.output)


@pytest.mark.parametrize("name", ["fan.svg"])
def test_the_picture_of_the_readme_is_there(root: Path, name: str) -> None:
    picture = root / "reports" / "record" / name
    assert picture.read_text(encoding="utf-8").count("<path") > 10
