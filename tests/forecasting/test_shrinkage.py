"""Is shrinkage what limma and metafor make of the same numbers?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.forecasting.shrinkage import shrink_means, shrink_variances


@pytest.fixture(scope="module")
def oracle(root: Path) -> dict[str, Any]:
    return json.loads((root / "tests" / "oracles" / "forecasting_shrinkage.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ["unequal", "alike", "one_unknown"])
def test_variances_are_those_of_limma(oracle: dict[str, Any], case: str) -> None:
    given = oracle["variances"][case]
    found = shrink_variances(np.array(given["variances"]), np.array(given["dof"], dtype=float))
    # limma inverts the trigamma function by Newton steps that end at a relative 1e-8
    np.testing.assert_allclose(found, given["posterior"], rtol=1e-7)


@pytest.mark.parametrize("case", ["apart", "alike"])
def test_means_are_those_of_metafor(oracle: dict[str, Any], case: str) -> None:
    given = oracle["means"][case]
    found = shrink_means(np.array(given["effects"]), np.array(given["variances"]))
    assert found.between == pytest.approx(given["between"], rel=1e-9)
    np.testing.assert_allclose(found.mean, given["mean"], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(found.variance), given["se"], rtol=1e-9)


def test_a_variance_of_zero_does_not_speak_of_the_others() -> None:
    s2, dof = np.array([1.0, 2.0, 9.0, 30.0, 0.0]), np.full(5, 6.0)
    others = shrink_variances(s2[:4], dof[:4])
    found = shrink_variances(s2, dof)
    np.testing.assert_array_equal(found[:4], others)
    assert 0.0 < found[4] < others.min()


def test_equal_means_are_no_mistake() -> None:
    found = shrink_means(np.array([3.0, 3.0, 3.0]), np.array([1.0, 2.0, 4.0]))
    assert found.between == 0.0
    assert found.mean.tolist() == [3.0, 3.0, 3.0]


def test_figures_that_do_not_vary_are_refused() -> None:
    with pytest.raises(EstimationError, match="no region's figures vary"):
        shrink_variances(np.zeros(3), np.full(3, 5.0))
