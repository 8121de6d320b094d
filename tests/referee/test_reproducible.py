"""Verdicts on effects depend on data and rules alone: neither a seed nor the number of workers moves them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from regional_econ.causal.declaration import NEWEST, Multiverse, load_multiverse
from regional_econ.causal.evidence import CausalEvidence, causal_evidence
from regional_econ.core.claim import Estimand, Verdict
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study, load_study
from regional_econ.data.load import load_panel
from regional_econ.referee.checks.estimate import finding_of
from regional_econ.referee.judge import judge_effect
from regional_econ.referee.rules import Rules


@pytest.fixture(scope="module")
def few(root: Path) -> Multiverse:
    """The method shown alone at two lags in three weights; enough that workers have something to share."""
    whole = load_multiverse(root / "analyses" / "multiverse.yml")
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


def verdicts(evidence: dict[str, CausalEvidence], rules: Rules) -> dict[str, Verdict]:
    claims = {
        driver: Estimand(driver, one.outcome, "", "", "", "", "+" if one.claimed_sign > 0 else "-")
        for driver, one in evidence.items()
    }
    return {
        driver: judge_effect(finding_of(one, claims[driver], rules.causal), rules) for driver, one in evidence.items()
    }


def test_verdicts_are_the_same_over_twenty_seeds(few: Multiverse, study: Study, panel: Panel, rules: Rules) -> None:
    first = verdicts(causal_evidence(panel, study, few), rules)
    for seed in range(20):
        np.random.seed(seed)
        again = verdicts(causal_evidence(panel, replace(study, seed=seed), few), rules)
        assert again == first


@pytest.mark.parametrize("jobs", [2, 3])
def test_verdicts_are_the_same_for_any_number_of_workers(
    jobs: int, few: Multiverse, study: Study, panel: Panel, rules: Rules
) -> None:
    alone = verdicts(causal_evidence(panel, study, few), rules)
    assert verdicts(causal_evidence(panel, study, few, jobs=jobs), rules) == alone
