"""Errors planted in made-up papers are found, and what is true there is not accused."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from regional_econ.core.claim import Claim, Label
from regional_econ.data.catalogue import load_variables
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.regions import load_regions
from regional_econ.referee.ledger import check_quotes, load_claims
from regional_econ.referee.rules import Rules
from regional_econ.referee.run import run

PAPERS = Path(__file__).parent / "seeded"
FOUND: frozenset[Label] = frozenset({"contradicted", "confirmed_with_error"})
CAUGHT, ALARMS = 0.95, 0.05


@pytest.fixture(scope="module")
def planted() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((PAPERS / "planted.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def judged(rules: Rules) -> dict[str, list[Claim]]:
    """The claims of every paper with their verdicts, by folder and number."""
    variables, regions, panel, vintages = load_variables(), load_regions(), load_panel(), cache(load_vintages)
    found = {}
    for path in sorted(PAPERS.glob("*/*.yml")):
        entries = load_claims(path, variables=variables, regions=regions)
        check_quotes(entries, path.with_suffix(".txt").read_bytes())
        judgement = run(entries, {}, rules, panel=panel, vintages=vintages, hashes={})
        found[f"{path.parent.name}/{path.stem}"] = judgement
    return found


@pytest.mark.parametrize("half", ["open", "sealed"])
def test_planted_errors_are_found(
    half: str, judged: dict[str, list[Claim]], planted: dict[str, dict[str, Any]]
) -> None:
    names = [name for name in judged if name.startswith(f"{half}/")]
    missed = [name for name in names if _planted(name, judged, planted).verdict.label not in FOUND]
    assert len(names) == 20
    assert len(missed) <= (1 - CAUGHT) * len(names), missed


@pytest.mark.parametrize("half", ["open", "sealed"])
def test_the_wrong_element_of_a_number_is_named(
    half: str, judged: dict[str, list[Claim]], planted: dict[str, dict[str, Any]]
) -> None:
    """All but a neighbouring definition, of which the rules declare two: the others are found, but not named."""
    wrong = [
        (planted[name[-2:]]["kind"], _planted(name, judged, planted))
        for name in judged
        if name.startswith(f"{half}/") and planted[name[-2:]]["kind"] in ("vintage", "year", "unit")
    ]
    named = [
        {row.criterion: row.met for row in claim.verdict.rule_trace}.get(f"element_{kind}")
        for kind, claim in wrong
        if claim.checks[0].kind == "recompute"
    ]
    assert len(named) >= 7
    assert all(met is True for met in named)


@pytest.mark.parametrize("folder", ["open", "sealed", "clean"])
def test_what_is_true_is_not_accused(
    folder: str, judged: dict[str, list[Claim]], planted: dict[str, dict[str, Any]]
) -> None:
    true = [
        (name, claim)
        for name, claims in judged.items()
        for claim in claims
        if name.startswith(f"{folder}/") and claim.id != planted.get(name[-2:], {}).get("claim")
    ]
    alarms = [(name, claim.id) for name, claim in true if claim.verdict.label in FOUND]
    assert len(true) >= 50
    assert len(alarms) <= ALARMS * len(true), alarms


def _planted(name: str, judged: dict[str, list[Claim]], planted: dict[str, dict[str, Any]]) -> Claim:
    return next(claim for claim in judged[name] if claim.id == planted[name[-2:]]["claim"])
