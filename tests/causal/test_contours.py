"""Adjusted estimates against pysensemakr on the Darfur survey, and against regressions that hold the confounder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.causal.contours import (
    Target,
    adjusted,
    benchmark_frame,
    contour_frame,
    extreme_frame,
    level_frame,
    target_of,
)
from regional_econ.causal.kernel import GramBlocks
from regional_econ.causal.sensitivity import partial_r2, robustness_value

COVARIATES = ("age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur", "female")
TOLERANCE = 1e-6  # the oracle's own


@pytest.fixture(scope="module")
def oracle(root: Path) -> dict[str, Any]:
    entries = json.loads((root / "tests" / "oracles" / "causal.json").read_text(encoding="utf-8"))
    values: dict[str, Any] = next(entry for entry in entries if entry["id"] == "darfur_contours")
    return dict(values["reproduced_values"]["pysensemakr 0.0.8"])


def test_published_points(oracle: dict[str, Any]) -> None:
    target = Target(oracle["estimate"], oracle["se"], oracle["se"], oracle["dof"], oracle["dof"] - 1)
    points = pd.DataFrame(oracle["points"])
    found = adjusted(target, points["r2_treatment"].to_numpy(), points["r2_outcome"].to_numpy())
    np.testing.assert_allclose(found.estimate, points["adjusted_estimate"], atol=TOLERANCE)
    np.testing.assert_allclose(found.std_error, points["adjusted_se"], atol=TOLERANCE)
    np.testing.assert_allclose(found.t, points["adjusted_t"], rtol=TOLERANCE)


@pytest.mark.parametrize("q", [0.5, 1.5])
def test_robustness_values_of_a_share_of_the_estimate(oracle: dict[str, Any], q: float) -> None:
    t, df = oracle["estimate"] / oracle["se"], oracle["dof"]
    assert robustness_value(t, df, q=q) == pytest.approx(oracle[f"rv_q{q}"], abs=TOLERANCE)
    assert robustness_value(t, df, q=q, alpha=0.05) == pytest.approx(oracle[f"rv_q{q}a"], abs=TOLERANCE)


def test_benchmarks_of_the_survey(oracle: dict[str, Any], darfur: GramBlocks) -> None:
    frame = benchmark_frame(darfur, 0, {name: k + 1 for k, name in enumerate(COVARIATES)})
    female = frame[frame["covariate"] == "female"].sort_values("times")
    expected = pd.DataFrame(oracle["points"])[:3]
    for column, name in (
        ("r2_treatment", "r2_treatment"), ("r2_outcome", "r2_outcome"), ("estimate", "adjusted_estimate"),
    ):  # fmt: skip
        np.testing.assert_allclose(female[column], expected[name], atol=TOLERANCE)
    assert (female["conf_low"] < female["estimate"]).all()
    # villages as clusters: the adjusted clustered error is the clustered one, widened as the classical one is
    target = target_of(darfur, 0, range(1, 7))
    widened = expected["adjusted_se"].to_numpy() / oracle["se"]
    np.testing.assert_allclose(female["std_error"], target.std_error * widened, rtol=TOLERANCE)


def test_a_confounder_with_these_partial_r2_moves_the_estimate_there() -> None:
    """The long regression, with the confounder in it, against the short one and the two partial R²."""
    rng = np.random.default_rng(4)
    d, x, y = rng.normal(size=(3, 300))
    z = 0.4 * d + 0.5 * x + rng.normal(size=300)
    y = y + 0.5 * d + 0.3 * z + x
    short, long = np.column_stack([d, x]), np.column_stack([d, x, z])

    def ols(X: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        bread = np.linalg.inv(X.T @ X)
        b = bread @ X.T @ target
        df = len(target) - X.shape[1]
        return b, np.sqrt(np.diag(bread) * ((target - X @ b) ** 2).sum() / df), df

    b, se, df = ols(short, y)
    full, full_se, full_df = ols(long, y)
    zd, zd_se, zd_df = ols(np.column_stack([z, x]), d)
    found = adjusted(
        Target(b[0], se[0], se[0], df, df),
        np.array([partial_r2(zd[0] / zd_se[0], zd_df)]),
        np.array([partial_r2(full[2] / full_se[2], full_df)]),
    )
    # an identity of least squares: rounding only
    assert found.estimate[0] == pytest.approx(full[0], rel=1e-9)
    assert found.std_error[0] == pytest.approx(full_se[0], rel=1e-9)


def test_contours_meet_zero_at_the_robustness_value_and_extremes_at_their_breakdown() -> None:
    target = Target(-0.3, 0.15, 0.1, 200, 40)
    value = robustness_value(-3.0, 200)
    frame = contour_frame(target, largest=(2 * value, 2 * value), points=3)
    centre = frame[(frame["r2_treatment"] == value) & (frame["r2_outcome"] == value)]
    assert float(centre["estimate"].iloc[0]) == pytest.approx(0, abs=1e-12)
    assert len(frame) == 9
    assert float(frame["t"].iloc[0]) == pytest.approx(-2 * np.sqrt(199 / 200))  # no confounder, one parameter more
    extremes = extreme_frame(target, largest=0.2)
    for share, group in extremes.groupby("r2_outcome"):
        at = adjusted(target, group["breakdown"].to_numpy()[:1], np.array([share]))
        assert at.estimate[0] == pytest.approx(0, abs=1e-12)
    # a confounder that explains all of the outcome needs the partial R² of the driver itself
    assert extremes.loc[extremes["r2_outcome"] == 1, "breakdown"].iloc[0] == pytest.approx(partial_r2(3.0, 200))


def test_impossible_strengths() -> None:
    target = Target(0.3, 0.1, 0.1, 200, 40)
    with pytest.raises(EstimationError, match="partial R²"):
        adjusted(target, np.array([1.0]), np.array([0.1]))


def test_a_line_of_equal_estimates_is_one() -> None:
    target = Target(-0.08, 0.09, 0.03, 1000, 84)
    found = level_frame(target, kept=(0.5, 0.0, -1.0), within=(1e-3, 0.2), points=7)
    reached = adjusted(target, found["r2_treatment"].to_numpy(), found["r2_outcome"].to_numpy())
    np.testing.assert_allclose(reached.estimate, found["estimate"], atol=1e-12)  # algebra: rounding only
    np.testing.assert_allclose(found["estimate"].unique(), [-0.04, 0.0, 0.08], atol=1e-15)
    assert found.groupby("kept")["r2_outcome"].agg(["min", "max"]).eq([1e-3, 0.2]).all(axis=None)
