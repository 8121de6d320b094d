"""Each row of the table of rules is what its label says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from regional_econ.policy.answers.contract import gains
from regional_econ.policy.answers.question import ALL, Question
from regional_econ.policy.answers.rules import under_rules
from regional_econ.policy.scenarios.run import Inputs


def test_each_row_of_the_rules_is_what_its_label_says(world: Inputs) -> None:
    few = tuple(lever for lever in world.levers if lever.id in ("L06", "L09", "L10", "L11", "L12", "L36"))
    question = Question.of(replace(world, levers=few), grades=ALL, end=2035, first=2027, last=2031, seed=1)
    model, sizes = question.model, question.one_push_each()
    expected = {
        "declared": (model, sizes),
        "overlap_additive": (model.with_overlap("additive"), sizes),
        "overlap_random": (model.with_overlap("random"), sizes),
        "overlap_nested": (model.with_overlap("nested"), sizes),
        "returns_half": (model.with_decreasing_returns(0.5), sizes),
        "returns_full": (model.with_decreasing_returns(1.0), sizes),
        "outright": (model, question.one_push_each(outright=True)),
    }
    found = {rule.name: float(rule.gain.mean.value or 0.0) for rule in under_rules(question, year=2035)}
    mean = {
        name: float(gains(one, question.programme, pulled[None, :], 2035)[0].mean())
        for name, (one, pulled) in expected.items()
    }
    assert found == mean
    assert len(np.unique([mean[name] for name in mean if name != "overlap_additive"])) == len(mean) - 1
