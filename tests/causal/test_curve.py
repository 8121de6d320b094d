"""The pictures of a multiverse hold all of its weight, and each step names a specification that reruns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ.causal.axes import AXES
from regional_econ.causal.curve import QUANTILES, STEPS, curve_frame, density_frame, explained_frame
from regional_econ.causal.multiverse import MultiverseResult

CLOSE = 1e-9  # sums of up to 1e5 weights


@pytest.fixture(scope="module", params=["rd_grp_pct", "investment_grp_pct"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def frame(driver: str, estimated: MultiverseResult) -> pd.DataFrame:
    return curve_frame(driver, estimated)


def test_shares_of_a_choice_sum_to_one_in_each_step_and_to_its_weight(
    driver: str, frame: pd.DataFrame, estimated: MultiverseResult
) -> None:
    rows = estimated.driver(driver)
    for axis in AXES[:-1]:
        own = [column for column in frame if column.partition(".")[0] == {"weights": "weight"}.get(axis, axis)]
        assert len(own) == rows[axis].nunique()
        np.testing.assert_allclose(frame[own].sum(axis=1), 1, rtol=CLOSE)
        for column in own:
            weight = rows.loc[rows[axis].astype(str) == column.partition(".")[2], "weight"].sum()
            # Steps hold equal weight but for the specification that lies across their edge.
            assert frame[column].mean() == pytest.approx(weight, abs=2 * STEPS * rows["weight"].max())


def test_a_step_stands_on_the_specification_in_its_middle(
    driver: str, frame: pd.DataFrame, estimated: MultiverseResult
) -> None:
    rows = estimated.driver(driver).set_index("row")
    assert len(frame) == STEPS
    assert frame["estimate"].is_monotonic_increasing
    np.testing.assert_array_equal(rows.loc[frame["row"], "pp"], frame["estimate"])
    assert (frame["conf_low"] < frame["conf_high"]).all()
    median = estimated.summary(driver).loc[0, "median_pp"]
    assert frame["estimate"].iloc[STEPS // 2] == pytest.approx(median, abs=1e-3)


def test_the_ends_of_a_step_are_weighted_medians(driver: str, frame: pd.DataFrame, estimated: MultiverseResult) -> None:
    curve = estimated.curve(driver)
    step = np.minimum((curve["weight"].cumsum() - curve["weight"] / 2) * STEPS, STEPS - 1).astype(int)
    for number in (0, 40, STEPS - 1):
        part = curve[step == number].sort_values("pp_low")
        below = part["weight"].cumsum()
        expected = part["pp_low"][below >= below.iloc[-1] / 2 * (1 - CLOSE)].iloc[0]
        assert frame["conf_low"].iloc[number] == pytest.approx(expected, abs=1e-6)


def test_a_density_has_the_weighted_quantiles(driver: str, estimated: MultiverseResult) -> None:
    found = density_frame([driver], estimated)
    assert (len(found), set(found["series"])) == (QUANTILES, {driver})
    curve = estimated.curve(driver)
    for quantile in (0.1, 0.5, 0.9):
        weight = curve.loc[curve["pp"] <= found["estimate"].iloc[int(quantile * QUANTILES)], "weight"].sum()
        assert weight == pytest.approx(quantile, abs=1.5 / QUANTILES)


def test_explained_shares_are_those_of_the_result(driver: str, estimated: MultiverseResult) -> None:
    found = explained_frame([driver], estimated)
    assert list(found["label"]) == list(AXES)
    np.testing.assert_array_equal(found["value"], estimated.explained(driver))


def test_few_and_uneven_specifications_fill_every_step(driver: str, estimated: MultiverseResult) -> None:
    """Weights .6, .1, .1, .1, .1: no step is narrower than the heaviest, so that none is empty."""
    rows = estimated.driver(driver).head(5).assign(weight=[0.6, 0.1, 0.1, 0.1, 0.1])
    few = curve_frame(driver, replace(estimated, table=rows))
    assert len(few) == 1
    even = curve_frame(driver, replace(estimated, table=rows.assign(weight=0.2)))
    assert len(even) == 5
    assert even["estimate"].is_monotonic_increasing
    assert not even.isna().any().any()
    assert not few.isna().any().any()
