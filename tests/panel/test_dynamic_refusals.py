"""Hostile input to estimators with the outcome's past: refused by name, or answered as if it were written well."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.core.panel import Panel
from regional_econ.panel.fit import fit

FORMULA = "y ~ lag(y, 1) + x"
DYNAMIC = ("gmm-diff", "gmm-diff:lags=2-4,collapse", "gmm-system:lags=2-4,collapse", "lsdvc", "hpj")
Planted = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def frame(planted: Planted) -> pd.DataFrame:
    return planted(1, 20, 12, 0.6)


def years_of(frame: pd.DataFrame) -> pd.Index:
    return frame.index.get_level_values("year")


@pytest.mark.parametrize("estimator", DYNAMIC)
def test_the_newest_method_alone_is_too_short(panel: Panel, estimator: str) -> None:
    formula = "ln(innovation_activity_pct) ~ lag(ln(innovation_activity_pct), 1) + ln(rd_grp_pct)"
    with pytest.raises(EstimationError, match="years are too few for a dynamic model"):
        fit(formula, panel, estimator=estimator, years=(2019, 2022))


def test_more_instruments_than_regions_are_counted_and_hansen_is_refused(frame: pd.DataFrame) -> None:
    found = fit(FORMULA, frame, estimator="gmm-diff").diagnostics
    assert int(found["n_instruments"]) > 20
    assert "hansen_p" not in found
    assert "instruments" in str(found["hansen_refused"])


@pytest.mark.parametrize("by_region", [False, True])
@pytest.mark.parametrize("estimator", DYNAMIC)
def test_an_outcome_that_never_changes_has_nothing_to_explain(
    frame: pd.DataFrame, estimator: str, by_region: bool
) -> None:
    level = frame["y"].groupby("region").transform("mean") if by_region else 1.0
    with pytest.raises(EstimationError, match=r"outcome does not vary|lag\(y, 1\) (does not vary|is the same)"):
        fit(FORMULA, frame.assign(y=level), estimator=estimator)


@pytest.mark.parametrize("estimator", DYNAMIC)
def test_an_outcome_that_all_regions_share_is_refused(frame: pd.DataFrame, estimator: str) -> None:
    shared = frame["y"].groupby("year").transform("mean")
    with pytest.raises(EstimationError, match=r"lag\(y, 1\) (does not vary|is the same in all regions of a year)"):
        fit(FORMULA, frame.assign(y=shared), estimator=estimator)


@pytest.mark.parametrize("estimator", DYNAMIC)
def test_a_trend_beside_year_effects_is_refused_by_name(frame: pd.DataFrame, estimator: str) -> None:
    with pytest.raises(EstimationError, match=r"z (does not vary|is the same in all regions of a year)"):
        fit(f"{FORMULA} + z", frame.assign(z=years_of(frame).astype(float)), estimator=estimator)


def test_a_trend_without_year_effects_is_a_term(frame: pd.DataFrame) -> None:
    with_trend = frame.assign(z=years_of(frame).astype(float))
    assert "z" in fit(f"{FORMULA} + z", with_trend, estimator="gmm-diff:collapse", effects="region").params


@pytest.mark.parametrize("estimator", DYNAMIC)
def test_a_lag_written_twice_counts_once(frame: pd.DataFrame, estimator: str) -> None:
    once, twice = (fit(text, frame, estimator=estimator) for text in (FORMULA, f"y ~ lag(y, 1) + {FORMULA[4:]}"))
    pd.testing.assert_series_equal(once.params, twice.params)


@pytest.mark.parametrize("estimator", DYNAMIC)
def test_a_lag_in_another_coat_is_refused_by_name(frame: pd.DataFrame, estimator: str) -> None:
    with pytest.raises(EstimationError, match=r"lag\(lag\(y, 1\), 0\)"):
        fit(f"{FORMULA} + lag(lag(y, 1), 0)", frame, estimator=estimator)


@pytest.mark.parametrize("estimator", DYNAMIC)
def test_a_collinear_term_is_refused_by_name(frame: pd.DataFrame, estimator: str) -> None:
    with pytest.raises(EstimationError, match="z"):
        fit(f"{FORMULA} + z", frame.assign(z=2 * frame["x"] + 1), estimator=estimator)


@pytest.mark.parametrize("estimator", [*DYNAMIC, "dynamic-cce", "interactive:1"])
def test_weights_are_refused(frame: pd.DataFrame, estimator: str) -> None:
    with pytest.raises(OptionError, match="weights do not go with"):
        fit(FORMULA, frame.assign(w=1.0), estimator=estimator, weights="w")


@pytest.mark.parametrize("estimator", DYNAMIC)
def test_one_region_is_no_panel(frame: pd.DataFrame, estimator: str) -> None:
    one = frame[frame.index.get_level_values("region") == 0]
    with pytest.raises(EstimationError, match="one region has complete rows"):
        fit(FORMULA, one, estimator=estimator)


@pytest.mark.parametrize("as_rows", [True, False])
def test_years_missing_in_the_middle(frame: pd.DataFrame, as_rows: bool) -> None:
    """Absent rows and rows without an outcome are the same; what needs a whole run of years says so."""
    middle = years_of(frame).isin([2005, 2006])
    holed = frame[~middle] if as_rows else frame.assign(y=frame["y"].mask(middle))
    other = frame.assign(y=frame["y"].mask(middle)) if as_rows else frame[~middle]
    for estimator in ("gmm-diff:lags=2-4,collapse", "gmm-system:lags=2-4,collapse", "lsdvc:bb"):
        ours, theirs = (fit(FORMULA, one, estimator=estimator) for one in (holed, other))
        np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-9)
        assert ours.diagnostics["n_gaps"] == 20
    with pytest.raises(EstimationError, match=r"nothing to start from.*lsdvc:bb"):
        fit(FORMULA, holed, estimator="lsdvc")
    with pytest.raises(EstimationError, match="gaps do not let them"):
        fit(FORMULA, holed, estimator="hpj")
    with pytest.raises(EstimationError, match="every region in every year"):
        fit(FORMULA, frame[~(middle & (frame.index.get_level_values("region") == 3))], estimator="interactive:1")


def test_gaps_at_random_leave_an_answer(planted: Planted) -> None:
    frame = planted(3, 60, 14, 0.6)
    gone = np.random.default_rng(0).random(len(frame)) < 0.1
    for estimator in ("gmm-diff:lags=2-4,collapse", "lsdvc", "gmm-system:lags=2-4,collapse"):
        found = fit(FORMULA, frame.assign(y=frame["y"].mask(gone)), estimator=estimator)
        assert abs(found.params["lag(y, 1)"] - 0.6) < 0.15, estimator
        assert int(found.diagnostics["n_gaps"]) > 0


def test_a_region_of_one_row_among_long_ones_changes_little(frame: pd.DataFrame) -> None:
    alone = (frame.index.get_level_values("region") == 5) & (years_of(frame) != 2003)
    without = frame[frame.index.get_level_values("region") != 5]
    for estimator in ("hpj", "lsdvc"):
        ours, theirs = (fit(FORMULA, one, estimator=estimator) for one in (frame[~alone], without))
        np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-9)


def test_one_long_region_among_stumps_is_no_panel(frame: pd.DataFrame) -> None:
    stumps = (frame.index.get_level_values("region") > 0) & (years_of(frame) > 2001)
    for estimator in DYNAMIC:
        with pytest.raises(EstimationError, match=r"one region|does not vary|is the same|no variation within"):
            fit(FORMULA, frame[~stumps], estimator=estimator)


def test_averages_of_years_before_the_sample_are_refused_in_words(frame: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="has no averages of 1 earlier years"):
        fit("y ~ lag(y, 1) + lag(x, 11)", frame, estimator="dynamic-cce:1")
