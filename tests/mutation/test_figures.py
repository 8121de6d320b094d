"""The figures of the mutants are whole, of the size that the command draws, and above its goal."""

from __future__ import annotations

import json
from pathlib import Path

import mutate
import pytest
import yaml

FIGURES = json.loads((Path(__file__).parent / "figures.json").read_text(encoding="utf-8"))
COUNTED = ("killed", "survived", "untested", "overdue")


def test_every_part_has_figures() -> None:
    assert set(FIGURES) == set(mutate.PARTS)


@pytest.mark.parametrize("part", FIGURES)
def test_the_figures_of_a_part_add_up_and_reach_the_goal(part: str) -> None:
    found = FIGURES[part]
    assert found["drawn"] == min(mutate.SIZE, found["mutants"]) == sum(found[name] for name in COUNTED)
    assert 0 <= found["equivalent"] <= found["survived"]
    assert 100 * found["killed"] >= mutate.GOAL * (found["drawn"] - found["equivalent"])


def test_each_equivalent_mutant_has_its_reason_and_stands_once() -> None:
    known = yaml.safe_load((Path(__file__).parent / "equivalent.yml").read_text(encoding="utf-8"))
    assert all(set(one) == {"function", "change", "why"} and one["why"].strip() for one in known)
    changes = [(one["function"], one["change"]) for one in known]
    assert len(set(changes)) == len(changes)
