"""What tests can tell with as many regions and instruments as there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from regional_econ._base.errors import EstimationError
from regional_econ.panel.dynamic.instrument_counts import hansen_reach, instrument_counts, what_tests_tell
from regional_econ.panel.dynamic.specification import arellano_bond, hansen
from regional_econ.panel.fit import fit

FORMULA = "y ~ lag(y, 1) + x"
Planted = Callable[..., pd.DataFrame]


def rejections(df: int, n_regions: int, mean: float) -> float:
    """How often N ḡ'S⁻¹ḡ of normal moments passes the χ² bound."""
    rng = np.random.default_rng(df)
    bound, found = stats.chi2.isf(0.05, df), 0
    for _ in range(1500):
        moments = rng.normal(size=(n_regions, df))
        moments[:, 0] += mean
        total = moments.sum(axis=0)
        found += total @ np.linalg.solve(moments.T @ moments, total) > bound
    return found / 1500


@pytest.mark.parametrize("df", [3, 20, 40])
def test_size_and_reach_are_those_of_simulated_moments(df: int) -> None:
    reach = hansen_reach(df, 85)
    noise = 3 * np.sqrt(0.05 / 1500)
    assert rejections(df, 85, 0.0) == pytest.approx(reach.size, abs=noise)
    assert rejections(df, 85, reach.detectable) == pytest.approx(0.8, abs=0.04)


def test_many_instruments_leave_hansen_nothing_to_say() -> None:
    """At 85 regions the statistic cannot exceed 85, and the bound of χ²(66) lies above."""
    sizes = [hansen_reach(df, 85).size for df in (1, 10, 30, 60)]
    assert sizes == sorted(sizes, reverse=True)
    assert hansen_reach(1, 85).size == pytest.approx(0.05, abs=0.002)
    assert np.isnan(hansen_reach(66, 85).detectable)
    for df in (0, 85):
        with pytest.raises(EstimationError, match="have no distribution"):
            hansen_reach(df, 85)


def test_hansen_of_planted_panels_rejects_as_often_as_said(planted: Planted) -> None:
    """28 restrictions at 40 regions: J averages df but hardly spreads, and passes everything."""
    found = [hansen(fit(FORMULA, planted(seed, 40, 9, 0.5), estimator="gmm-diff")) for seed in range(40)]
    values = np.array([test.statistic for test in found])
    df = found[0].df[0]
    assert values.mean() == pytest.approx(df, rel=0.1)
    beta = stats.beta(df / 2, (40 - df) / 2)
    assert values.std() < 0.7 * np.sqrt(2 * df)
    assert values.std() == pytest.approx(40 * beta.std(), rel=0.35)


def test_the_table_of_an_estimate(planted: Planted) -> None:
    estimate = fit(FORMULA, planted(1, 85, 12, 0.5), estimator="gmm-system:collapse")
    counted = instrument_counts(estimate)
    assert counted["set"].tolist() == ["gmm(y), differences", "gmm(y), levels", "standard", "all"]
    assert counted["instruments"].iloc[:-1].sum() == counted["instruments"].iloc[-1] == 10 + 1 + 12
    table = what_tests_tell(estimate).set_index("test")
    assert table.loc["Hansen J, two-step", "size"] == pytest.approx(0.039, abs=0.003)
    assert "in a system it tells nothing" in table.loc["Sargan", "says"]
    assert "for granted" in table.loc["Difference-in-Hansen: gmm(y), levels", "says"]
    crowded = fit(FORMULA, planted(1, 30, 12, 0.5), estimator="gmm-diff")
    says = what_tests_tell(crowded).set_index("test").loc["Hansen J, two-step", "says"]
    assert says.startswith("Nothing: 66 instruments, 30 regions.")
    with pytest.raises(EstimationError, match="is for GMM"):
        what_tests_tell(fit(FORMULA, planted(1, 30, 8, 0.5)))


def test_errors_that_move_on_are_found_at_two_years(planted: Planted) -> None:
    """Moving-average errors are seen, independent ones are not, and the table names what is within reach."""
    rng = np.random.default_rng(8)
    frame = planted(1, 85, 14, 0.5)
    shocks = rng.normal(size=(85, 15))
    moving = frame.assign(
        y=rng.normal(size=(85, 1)).repeat(14, axis=1).ravel() + (shocks[:, 1:] + shocks[:, :-1]).ravel()
    )
    found = fit("y ~ lag(y, 1)", moving, estimator="gmm-diff:lags=3-5,collapse")
    row = what_tests_tell(found).set_index("test").loc["Arellano–Bond m2"]
    assert row["p_value"] < 0.001
    assert abs(float(arellano_bond(found).details["correlation"])) > row["detectable"]
    assert arellano_bond(fit(FORMULA, frame, estimator="gmm-diff:collapse")).p_value > 0.05
