"""The figures of the mutants are whole, of the size that the command draws, and above its goal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import mutate
import pytest

FIGURES = json.loads((Path(__file__).parent / "figures.json").read_text(encoding="utf-8"))
COUNTED = ("killed", "survived", "untested", "overdue")


def test_every_part_has_figures() -> None:
    assert set(FIGURES) == set(mutate.PARTS)


@pytest.mark.parametrize("part", FIGURES)
def test_the_figures_of_a_part_add_up_and_reach_the_goal(part: str) -> None:
    found = FIGURES[part]
    assert found["drawn"] == min(mutate.SIZE, found["mutants"]) == sum(found[name] for name in COUNTED)
    assert 0 <= found["equivalent"] <= found["survived"]
    assert (found["unexplained"], found["seed"]) == (0, mutate.SEED)
    assert 100 * found["killed"] >= mutate.GOAL * (found["drawn"] - found["equivalent"])


def test_every_kind_of_survivor_is_told() -> None:
    told = re.findall(r"^\* \*(\w+)\.\*", mutate.KNOWN.with_name("README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert tuple(told) == mutate.KINDS
    assert set(mutate.explained(mutate.KNOWN).values()) <= set(told)


def test_what_is_explained_stands_in_the_code() -> None:
    for function, change in mutate.explained(mutate.KNOWN):
        path = mutate.ROOT / "src" / f"{function.rpartition('.x')[0].replace('.', '/')}.py"
        lines = {line.strip() for line in path.read_text(encoding="utf-8").splitlines()}
        assert all(line in lines for line in re.findall(r"^- (.*)$", change, re.MULTILINE)), (function, change)


ENTRY = """\
- function: a.x_f
  change: |
    -    return 1
    +    return 2
"""
LETTERS = "  kind: letters\n  why: a word\n"


def test_a_survivor_is_known_by_function_and_change(tmp_path: Path) -> None:
    path = tmp_path / "survivors.yml"
    path.write_text(ENTRY + LETTERS, encoding="utf-8")
    known = mutate.explained(path)
    assert mutate.kind_of(known, "a.x_f", "-  return 1\n+  return 2", mutate.SURVIVED) == "letters"
    assert mutate.kind_of(known, "a.x_g", "-  return 1\n+  return 2", mutate.SURVIVED) == ""
    assert mutate.kind_of(known, "a.x_f", "-  return 1\n+  return 3", mutate.SURVIVED) == ""


@pytest.mark.parametrize(("kind", "status"), [("equivalent", mutate.SURVIVED), ("overdue", mutate.OVERDUE)])
def test_a_kind_explains_the_status_that_it_can_have(kind: str, status: str) -> None:
    for tried in (mutate.SURVIVED, mutate.UNTESTED, mutate.OVERDUE):
        assert mutate.kind_of({("f", "- a\n+ b"): kind}, "f", "-a\n+b", tried) == (kind if tried == status else "")


@pytest.mark.parametrize(
    ("rest", "mistake"),
    [
        ("  kind:\n  why:\n", "no kind or reason"),
        ("  kind: letters\n  why:\n", "no kind or reason"),
        ("  kind: leters\n  why: a word\n", "no kind or reason"),
        (LETTERS + ENTRY + LETTERS, "named twice"),
    ],
)
def test_an_entry_that_explains_nothing_ends_the_run(rest: str, mistake: str, tmp_path: Path) -> None:
    (tmp_path / "survivors.yml").write_text(ENTRY + rest, encoding="utf-8")
    with pytest.raises(SystemExit, match=mistake):
        mutate.explained(tmp_path / "survivors.yml")
