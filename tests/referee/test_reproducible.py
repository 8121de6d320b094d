"""Verdicts depend on data and rules alone: neither seeds, workers nor the order of hashes move them."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from regional_econ._base.files import canonical_json
from regional_econ.causal.declaration import NEWEST, Multiverse, load_multiverse
from regional_econ.causal.evidence import CausalEvidence, causal_evidence, in_one_family, write_evidence
from regional_econ.causal.question_sample import with_mining_price
from regional_econ.core.claim import Estimand, Verdict
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study, load_study
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.tables import load_industries, load_national
from regional_econ.referee.checks.estimate import finding_of
from regional_econ.referee.judge import judge_effect
from regional_econ.referee.ledger import Entry
from regional_econ.referee.rules import Rules
from regional_econ.referee.run import run


@pytest.fixture(scope="module")
def few(root: Path) -> tuple[Multiverse, Multiverse]:
    """Of both declarations the method shown alone at two lags in three weights; enough for workers to share."""
    first, second = (_few(load_multiverse(root / "analyses" / f"multiverse{name}.yml")) for name in ("", "_structure"))
    return first, second


def _few(whole: Multiverse) -> Multiverse:
    drivers = {name: replace(own, measures={name: own.measures[name]}) for name, own in whole.drivers.items()}
    return replace(
        whole, drivers=drivers, eras=(replace(whole.era(whole.alone.era), lags=(1, 2)),), scales=("logit",),
        effects=whole.effects[:1], samples=whole.samples[:1], vintages=(NEWEST,),
    )  # fmt: skip


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    return load_study(root / "analyses" / "study.toml")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load_panel()


def estimated(
    panel: Panel, study: Study, few: tuple[Multiverse, Multiverse], jobs: int = 1
) -> dict[str, CausalEvidence]:
    """The evidence on all judged drivers, as the pipeline joins it."""
    priced = with_mining_price(panel, load_national(), load_industries())
    figures = zip((panel, priced), few, strict=True)
    return in_one_family(*(causal_evidence(own, study, declared, jobs=jobs) for own, declared in figures))


def verdicts(evidence: dict[str, CausalEvidence], rules: Rules) -> dict[str, Verdict]:
    claims = {
        driver: Estimand(driver, one.outcome, "", "", "", "", "+" if one.claimed_sign > 0 else "-")
        for driver, one in evidence.items()
    }
    return {
        driver: judge_effect(finding_of(one, claims[driver], rules.causal), rules) for driver, one in evidence.items()
    }


def test_verdicts_are_the_same_over_twenty_seeds(
    few: tuple[Multiverse, Multiverse], study: Study, panel: Panel, rules: Rules
) -> None:
    first = verdicts(estimated(panel, study, few), rules)
    for seed in range(20):
        np.random.seed(seed)
        again = verdicts(estimated(panel, replace(study, seed=seed), few), rules)
        assert again == first


@pytest.mark.parametrize("jobs", [2, 4])
def test_verdicts_are_the_same_for_any_number_of_workers(
    jobs: int, few: tuple[Multiverse, Multiverse], study: Study, panel: Panel, rules: Rules
) -> None:
    alone = verdicts(estimated(panel, study, few), rules)
    assert verdicts(estimated(panel, study, few, jobs=jobs), rules) == alone


def documents(
    entries: tuple[Entry, ...], evidence: dict[str, CausalEvidence], panel: Panel, rules: Rules, vintages: object
) -> str:
    """All claims with their checks and verdicts, to the last digit."""
    claims = run(entries, evidence, rules, panel=panel, vintages=vintages, hashes={})  # type: ignore[arg-type]
    return canonical_json([claim.to_dict() for claim in claims])


def test_every_claim_is_judged_alike_over_twenty_seeds_and_in_any_order(
    few: tuple[Multiverse, Multiverse], study: Study, panel: Panel, rules: Rules, entries: tuple[Entry, ...]
) -> None:
    """Nothing is drawn for a verdict: chance-match rates, specificities and shrinkage are exact too."""
    evidence, vintages = estimated(panel, study, few), cache(load_vintages)
    first = documents(entries, evidence, panel, rules, vintages)
    for kind in ("recompute", "internal", "citation", "benchmark", "trend", "rank", "premise", "estimate", "placebo"):
        assert f'"kind": "{kind}' in first, kind
    for seed in range(20):
        np.random.seed(seed)
        random.seed(seed)
        assert documents(entries, evidence, panel, rules, vintages) == first
    shuffled = {entry.id: entry for entry in np.random.default_rng(1).permutation(np.array(entries, dtype=object))}
    again = run(tuple(shuffled.values()), evidence, rules, panel=panel, vintages=vintages, hashes={})
    by_id = {claim.id: claim for claim in again}
    assert canonical_json([by_id[entry.id].to_dict() for entry in entries]) == first


def test_the_order_of_hashes_moves_no_verdict(
    few: tuple[Multiverse, Multiverse], study: Study, panel: Panel, tmp_path: Path
) -> None:
    write_evidence(tmp_path / "evidence.json", estimated(panel, study, few))
    code = """
from functools import cache
from pathlib import Path
from regional_econ._base.files import canonical_json
from regional_econ.causal.evidence import read_evidence
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.referee.ledger import load_claims
from regional_econ.referee.rules import load_rules
from regional_econ.referee.run import run
evidence, vintages = read_evidence(Path("evidence.json")), cache(load_vintages)
claims = run(load_claims(), evidence, load_rules(), panel=load_panel(), vintages=vintages, hashes={})
print(hash("claim"), canonical_json([claim.to_dict() for claim in claims]))
"""
    said = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout.partition(" ")
        for seed in ("0", "1")
    ]  # fmt: skip
    assert said[0][0] != said[1][0]
    assert said[0][2] == said[1][2]
    assert "does_not_follow" in said[0][2]
