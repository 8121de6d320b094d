"""Grades follow the rule of the science notes, line by line."""

from __future__ import annotations

from itertools import product

import pytest

from regional_econ._base.errors import OptionError
from regional_econ.elasticities.grades import grade


@pytest.mark.parametrize(
    ("identification", "share", "passed", "series", "expected"),
    [
        ("quasi_experiment", 0.50, True, True, "A"),
        ("quasi_experiment", 0.51, True, True, "B"),  # short of A: prior share
        ("quasi_experiment", 0.50, False, True, "B"),  # short of A: falsification
        ("quasi_experiment", 0.91, True, True, "C"),
        ("experiment", 0.20, True, True, "A"),
        ("panel_fe", 0.10, True, True, "B"),  # never A, however good
        ("panel_fe", 0.90, False, True, "B"),
        ("panel_fe", 0.91, True, True, "C"),
        ("panel_fe_iv", 0.50, False, True, "B"),
        ("literature", 0.90, False, True, "B"),
        ("literature", 1.00, False, True, "C"),
        ("structural", 0.10, True, True, "C"),
        ("expert", 0.10, True, True, "C"),
        ("none", 0.10, True, True, "C"),
    ],
)
def test_truth_table(identification: str, share: float, passed: bool, series: bool, expected: str) -> None:
    found = grade(
        identification,  # type: ignore[arg-type]
        prior_share=share,
        falsification_passed=passed,
        series_exists=series,
    )
    assert found == expected


@pytest.mark.parametrize(
    ("identification", "passed"), list(product(["quasi_experiment", "panel_fe", "literature"], [True, False]))
)
def test_without_a_series_nothing_is_above_c(identification: str, passed: bool) -> None:
    found = grade(
        identification,  # type: ignore[arg-type]
        prior_share=0.1,
        falsification_passed=passed,
        series_exists=False,
    )
    assert found == "C"


def test_an_unknown_design_is_refused() -> None:
    with pytest.raises(OptionError, match="quasi_experiment"):
        grade("rct", prior_share=0.1, falsification_passed=True, series_exists=True)  # type: ignore[arg-type]
