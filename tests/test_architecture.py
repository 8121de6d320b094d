"""ARCHITECTURE.md, the tree, the import contracts and the public names tell the same story."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import regional_econ
from regional_econ.core.workspace import source_files

FOLDERS_AT_THE_TOP = {"src", "data", "analyses", "reports", "tests", "benchmarks", ".ci"}


def floors(root: Path) -> list[tuple[int, str]]:
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return [(int(floor), name) for floor, name in re.findall(r"^\| (\d) \| `(\w+)` \|", text, flags=re.M)]


def test_the_table_of_floors_names_each_subpackage_once(root: Path) -> None:
    named = [name for _, name in floors(root)]
    tree = {path.parent.name for path in (root / "src" / "regional_econ").glob("*/__init__.py")}
    assert sorted(named) == sorted(tree)


def test_each_subpackage_uses_what_the_table_says(root: Path) -> None:
    text = (root / "ARCHITECTURE.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| \d \| `(\w+)` \|.*\| ([^|]+) \|$", text, flags=re.M))
    for name in (name for _, name in floors(root)):
        folder = root / "src" / "regional_econ" / name
        code = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
        used = set(re.findall(r"(?:from|import) regional_econ\.(\w+)", code)) - {name}
        if said[name] != "everything":
            assert used == {part.strip() for part in said[name].split(",")} - {"–"}, name


def test_the_import_contract_has_the_order_of_the_table(root: Path) -> None:
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = [[part.split(".")[1] for part in layer.split(" | ")] for layer in contracts["contracts"][0]["layers"]]
    height = {name: len(layers) - position for position, names in enumerate(layers) for name in names}
    table = floors(root)
    assert set(height) == {name for _, name in table}
    for floor_a, a in table:
        for floor_b, b in table:
            if floor_a > floor_b:
                assert height[a] > height[b], (a, b)


def test_nothing_else_stands_at_the_top(root: Path) -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a clone: the list of files is unknown")
    folders = {line.split("/")[0] for line in listed.stdout.splitlines() if "/" in line}
    assert folders <= FOLDERS_AT_THE_TOP


def test_public_names_are_few_and_load_lazily() -> None:
    assert all(hasattr(regional_econ, name) for name in regional_econ.__all__)
    with pytest.raises(AttributeError):
        regional_econ.nothing  # noqa: B018
    code = "import sys, regional_econ; print(sorted({'pandas', 'pymc', 'matplotlib', 'numba'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_long_files_are_split(root: Path) -> None:
    lengths = {
        path.relative_to(root): len(path.read_text(encoding="utf-8").splitlines())
        for path in (root / "src").rglob("*.py")
    }
    assert {path: n for path, n in lengths.items() if n > 350} == {}
    tasks = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (root / "analyses").glob("*.py")}
    assert {name: n for name, n in tasks.items() if n > 80} == {}


@pytest.mark.parametrize(
    "task", sorted((Path(__file__).parents[1] / "analyses").glob("task_*.py")), ids=lambda p: p.stem
)
def test_a_step_names_all_the_code_that_it_runs(root: Path, task: Path) -> None:
    """What a step imports and does not name would not make it run again after an edit."""
    nodes = list(ast.walk(ast.parse(task.read_text(encoding="utf-8"))))
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "code"]
    named = {argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)}
    known = {file for module in named for file in source_files(str(module))}
    inside = [node for function in nodes if isinstance(function, ast.FunctionDef) for node in ast.walk(function)]
    for node in inside:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("regional_econ"):
            for name in node.names:
                module = f"{node.module}.{name.name}"
                is_module = (root / "src" / Path(*module.split("."))).with_suffix(".py").is_file()
                assert source_files(module if is_module else str(node.module)) <= known, module
