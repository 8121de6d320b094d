"""The wheel carries the compiled figures and works outside the clone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECK = """
import regional_econ, pathlib, sys
from regional_econ import load_panel
here = pathlib.Path(sys.argv[1]).resolve()
assert pathlib.Path(regional_econ.__file__).resolve().is_relative_to(here), regional_econ.__file__
panel = load_panel()
print(len(panel.region_ids), panel.value("RU-KEM", "researchers", 2022))
"""


def test_an_installed_wheel_gives_the_panel(root: Path, tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", str(tmp_path), str(root)]
    subprocess.run(build, check=True, capture_output=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(place), str(wheel)], check=True, cwd=tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(place)}
    command = [sys.executable, "-c", CHECK, str(place)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "85 897.0\n", done.stderr
