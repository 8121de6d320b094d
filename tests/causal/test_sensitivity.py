"""Robustness values against sensemakr's published example, and the kernel's against a direct calculation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from regional_econ.causal.kernel import GramBlocks
from regional_econ.causal.sensitivity import benchmark, partial_r2, robustness_value, sensitivity

COVARIATES = ("age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur", "female")


@pytest.fixture(scope="module")
def oracle(root: Path) -> dict[str, float]:
    entries = json.loads((root / "tests" / "oracles" / "causal.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in entries if entry["id"] == "darfur_sensemakr")
    values: dict[str, float] = entry["reproduced_values"]["pysensemakr 0.0.8"]
    return values


def test_published_robustness_values(oracle: dict[str, float]) -> None:
    t, df = oracle["t"], oracle["dof"]
    # The oracle's own tolerance.
    assert robustness_value(t, df) == pytest.approx(oracle["rv_q"], abs=1e-6)
    assert robustness_value(t, df, alpha=0.05) == pytest.approx(oracle["rv_qa"], abs=1e-6)
    assert partial_r2(t, df) == pytest.approx(oracle["r2yd_x"], abs=1e-6)


def test_the_kernel_on_the_same_survey(darfur: GramBlocks, oracle: dict[str, float]) -> None:
    found = sensitivity(darfur, 0, {name: (k + 1,) for k, name in enumerate(COVARIATES)})
    assert found.robustness_value == pytest.approx(oracle["rv_q"], abs=1e-6)
    assert found.partial_r2 == pytest.approx(oracle["r2yd_x"], abs=1e-6)
    female = next(bound for bound in found.bounds if bound.covariate == "female")
    # sensemakr's README prints the bounds of "1x female" as .009 and .125: three digits.
    assert round(female.r2_treatment, 3) == 0.009
    assert round(female.r2_outcome, 3) == 0.125
    assert found.strongest == max(found.bounds, key=lambda bound: bound.strength)


def test_the_robustness_value_is_where_the_bias_equals_the_estimate() -> None:
    t, df = 3.1, 250
    value = robustness_value(t, df)
    bias_over_error = np.sqrt(df * value * value / (1 - value))  # eq. 12: |bias| = se √df √(R²R²/(1−R²))
    assert bias_over_error == pytest.approx(t, rel=1e-9)


@pytest.mark.parametrize(("error_ratio", "smaller"), [(1.0, False), (1.5, True), (3.0, True)])
def test_wider_clustered_intervals_leave_less(error_ratio: float, smaller: bool) -> None:
    plain = robustness_value(4.2, 783, alpha=0.05)
    clustered = robustness_value(4.2, 783, alpha=0.05, error_ratio=error_ratio)
    assert (clustered < plain) is smaller


def test_bounds_grow_with_the_multiple() -> None:
    once, twice = (benchmark("x", 0.05, 0.08, times=times) for times in (1.0, 2.0))
    assert once.strength < twice.strength <= 1
    assert benchmark("x", 0.7, 0.1).strength == 1.0
