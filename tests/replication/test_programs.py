"""Each section of the report is traced to the line that writes it."""

from __future__ import annotations

import importlib.util
import inspect
import linecache
from pathlib import Path

import pytest

from regional_econ._base.errors import StoreError
from regional_econ.core.section import SECTION_ORDER
from regional_econ.replication.programs import Step, programs

# Of steps that write more than one section: what stands in the line that makes each.
WRITES = {
    "data": "parts.section(",
    "provenance": "parts.provenance_section(",
    "panel": "models.section(",
    "panel_robustness": "page.section(",
    "panel_errors": "errors.section(",
    "panel_diagnostics": "diagnostics.section(",
    "panel_power": "power.section(",
    "methods": "paper.methods()",
    "references": "paper.references()",
    "reproducibility": "paper.reproducibility(",
    "speed": "speed.section(",
    "referee": "write_section(shown)",
    "referee_letter": "letter.section(",
}


def real_steps(root: Path) -> list[Step]:
    """Every step of the project by what its function names as products."""
    found = []
    for path in sorted((root / "analyses").glob("task_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("task_"):
                found.append(Step(name, path, tuple(products(function))))
    return found


def products(function: object) -> list[Path]:
    made: list[Path] = []
    for parameter in inspect.signature(function, eval_str=True).parameters.values():  # type: ignore[arg-type]
        if getattr(parameter.annotation, "__metadata__", ()):
            made += parameter.default if isinstance(parameter.default, list) else [parameter.default]
    return made


def test_every_section_of_the_report_has_one_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    found = programs(real_steps(root), root, root / "bld" / "kuzbass" / "full" / "sections")
    lines = {section: (one.file, line) for one in found for section, line in one.lines.items()}
    assert sorted(lines) == sorted(SECTION_ORDER)
    for section, (file, line) in lines.items():
        text = linecache.getline(str(root / file), line)
        assert WRITES.get(section, ".write_section(") in text, (section, file, line, text)
    several = {section for one in found if len(one.lines) > 1 for section in one.lines}
    assert several == set(WRITES)
    assert all(one.about for one in found)


TASK = '''"""What is written?"""
def task_it(work):
    work.write_section(first())
    for section in (second(), third()):
        work.write_section(section)
    for one in numbers():
        work.write_results(one)
'''


def step(folder: Path, *sections: str, text: str = TASK, name: str = "task_it") -> Step:
    path = folder / f"{name}.py"
    path.write_text(text.replace("task_it", name), encoding="utf-8")
    return Step(name, path, tuple(folder / "sections" / f"{section}.json" for section in sections))


def test_calls_and_elements_of_loops_count_in_their_order(tmp_path: Path) -> None:
    made = step(tmp_path, "c", "a", "b", text=TASK.replace("second(), ", "second(),\n        "))
    other = Step("task_none", made.path, (tmp_path / "artifacts" / "x.json",))
    found = programs([made, other], tmp_path, tmp_path / "sections")
    assert [(one.name, one.file, one.about, dict(one.lines)) for one in found] == [
        ("task_it", "task_it.py", "What is written?", {"c": 3, "a": 4, "b": 5}),
        ("task_none", "task_it.py", "What is written?", {}),
    ]


@pytest.mark.parametrize("sections", [("a",), ("a", "b"), ("a", "b", "c", "d")])
def test_lines_that_do_not_tell_are_refused(tmp_path: Path, sections: tuple[str, ...]) -> None:
    with pytest.raises(StoreError, match=f"names {len(sections)} sections as products and writes 3"):
        programs([step(tmp_path, *sections)], tmp_path, tmp_path / "sections")


def test_a_section_of_two_steps_is_refused(tmp_path: Path) -> None:
    both = [step(tmp_path, "a", "b", last, name=f"task_{last}") for last in ("c", "a")]
    both[1] = step(tmp_path, "a", "d", "e", name="task_a")
    with pytest.raises(StoreError, match="two steps make one section"):
        programs(both, tmp_path, tmp_path / "sections")
