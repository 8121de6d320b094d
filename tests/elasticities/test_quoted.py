"""Figures that the reasons of data/biases.yml quote are those of the panel and of the formulas they come from."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from regional_econ.causal.declaration import load_multiverse
from regional_econ.causal.sample import Regressor, Units, build_sample
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions
from regional_econ.panel.dynamic.long_run import nickell_bias

# What a reason calls a driver, in the order it names them.
QUOTED = {"rd_grp_pct": 0, "researchers_per_10k_employed": 0, "wear_pct": 1, "investment_grp_pct": 2}


@pytest.mark.parametrize(
    ("design", "era", "units"), [("within", "pooled", "region_method"), ("within_newest", "oslo4_wide", "region")]
)
def test_what_effects_leave_of_the_drivers_is_what_the_reason_says(
    official: Panel, assumptions: Assumptions, root: Path, design: str, era: str, units: Units
) -> None:
    declared = load_multiverse(root / "analyses" / "multiverse.yml")
    terms = [Regressor(declared.terms[driver], 1) for driver in declared.drivers]
    sample = build_sample(
        official, declared, scale="logit", weights="precision", years=declared.era(era).years, units=units,
        effects="region+year",
        regressors=[*terms, *(Regressor(declared.terms[name], 1) for name in ("grp_per_head", "unemployment_pct"))],
    )  # fmt: skip
    X = sample.X[:, : len(terms)]
    dummies = np.column_stack([labels[:, None] == np.unique(labels) for labels in (sample.unit, sample.cell)])
    left = X - dummies @ np.linalg.lstsq(dummies.astype(float), X, rcond=None)[0]
    shares = dict(zip(declared.drivers, left.var(axis=0) / X.var(axis=0), strict=True))
    said = [int(number) for number in re.findall(r"(\d+) %", assumptions.designs[design].reason)]
    assert len(said) == 3
    for driver, at in QUOTED.items():
        assert 100 * shares[driver] == pytest.approx(said[at], abs=0.55), driver  # rounded to whole per cent


def test_the_bias_of_the_lagged_outcome_is_nickells(assumptions: Assumptions) -> None:
    reason = assumptions.designs["dynamic"].reason
    (said,) = re.findall(r"by about (\.\d+) at eleven", reason)
    assert -nickell_bias(0.3, 11) == pytest.approx(float(said), abs=0.005)
