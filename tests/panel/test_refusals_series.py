"""Hostile input of the heterogeneous estimators, factors and tests of series: refused, and told why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, EstimationError, OptionError, RegionalEconError
from regional_econ._base.options import check_whole, check_years
from regional_econ.panel.diagnostics.breaks import break_test
from regional_econ.panel.diagnostics.cointegration import westerlund_test
from regional_econ.panel.diagnostics.granger import granger_test
from regional_econ.panel.diagnostics.homogeneity import slope_homogeneity
from regional_econ.panel.fit import fit
from regional_econ.panel.heterogeneous.factor_number import factor_number
from regional_econ.panel.unit_roots.cips import cips_power, cips_test
from regional_econ.panel.unit_roots.first_generation import unit_root_test

REGIONS, YEARS = 12, 20


def panel() -> pd.DataFrame:
    """Independent noise x, z and y = x − z + noise, and random walks w and v."""
    rng = np.random.default_rng(1)
    names = [[f"r{number}" for number in range(REGIONS)], range(2000, 2000 + YEARS)]
    index = pd.MultiIndex.from_product(names, names=["region", "year"])
    frame = pd.DataFrame({"x": rng.normal(size=240), "z": rng.normal(size=240)}, index=index)
    frame["y"] = frame["x"] - frame["z"] + rng.normal(size=240)
    frame["w"], frame["v"] = frame["y"].groupby(level=0).cumsum(), frame["x"].groupby(level=0).cumsum()
    return frame


FRAME = panel()
LINE = np.tile(np.arange(float(YEARS)), REGIONS)
COMMON = FRAME.assign(w=FRAME["w"].groupby(level=1).transform("mean"))
LINES = FRAME.assign(w=LINE + np.repeat(np.arange(float(REGIONS)), YEARS))
ROOTS = ("IPS", "LLC", "Maddala-Wu", "Pm", "inverse normal", "logit")


def without(year: int) -> pd.DataFrame:
    return FRAME[FRAME.index.get_level_values(1) != year]


def refused(attempt: Callable[[], Any], kind: type[RegionalEconError], words: str) -> None:
    with pytest.raises(kind, match=words):
        attempt()


@pytest.mark.parametrize("estimator", ["mean-group", "swamy", "interactive:1", "interactive"])
def test_an_outcome_that_never_moves_is_refused(estimator: str) -> None:
    refused(
        lambda: fit("y ~ x + z", FRAME.assign(y=5.0), estimator=estimator), EstimationError, "outcome does not vary"
    )


@pytest.mark.parametrize("estimator", ["interactive:1", "interactive:0", "interactive", "interactive:2:corrected"])
def test_factors_of_an_outcome_that_the_terms_determine_are_refused(estimator: str) -> None:
    frame = FRAME.assign(y=FRAME["x"])
    refused(lambda: fit("y ~ x + z", frame, estimator=estimator), EstimationError, "fit the outcome exactly")


@pytest.mark.parametrize("number", [11, 18, 25])
def test_more_factors_than_regions_or_years_allow_are_refused(number: int) -> None:
    refused(lambda: fit("y ~ x", FRAME, estimator=f"interactive:{number}"), EstimationError, "12 regions and 20 years")


def test_factors_of_one_region_are_refused() -> None:
    refused(lambda: fit("y ~ x", FRAME.loc[["r0"]], estimator="interactive:1"), EstimationError, "here are 1 and 20")


def test_a_number_of_factors_is_one_number_however_it_is_written() -> None:
    assert fit("y ~ x", FRAME, estimator="interactive:02").spec.estimator == "interactive:2"


@pytest.mark.parametrize(
    "values", [np.zeros((9, 9)), np.full((9, 9), np.nan), np.ones(9), np.where(np.eye(9), np.inf, 1.0)]
)
def test_factors_of_what_is_no_matrix_of_numbers_are_refused(values: np.ndarray) -> None:
    refused(lambda: factor_number(values), EstimationError, "numbers that are not all zero")


@pytest.mark.parametrize("test", ROOTS)
def test_a_straight_line_leaves_nothing_to_test(test: Any) -> None:
    for trend in ("intercept", "trend"):
        refused(lambda t=trend: unit_root_test(LINES, "w", test, trend=t), EstimationError, r"straight line.*\(r0\)")  # type: ignore[misc]


def test_a_straight_line_is_no_stationary_series_about_a_trend() -> None:
    refused(
        lambda: unit_root_test(LINES, "w", "Hadri", trend="trend", lags=0), EstimationError, r"straight line.*\(r0\)"
    )
    assert unit_root_test(LINES, "w", "Hadri", lags=0).p_value < 0.01, "about a level it is not stationary"


@pytest.mark.parametrize("test", ROOTS)
def test_what_only_moves_with_the_yearly_means_is_refused(test: Any) -> None:
    refused(lambda: unit_root_test(COMMON, "w", test, demeaned=True), EstimationError, "apart from the yearly means")


def test_cips_refuses_regions_that_are_the_average() -> None:
    refused(lambda: cips_test(COMMON, "w", draws=99), EstimationError, r"follows the yearly average exactly.*\(r0\)")
    slope = np.repeat(np.arange(1.0, REGIONS + 1), YEARS)
    refused(
        lambda: cips_test(COMMON.assign(w=slope * COMMON["w"]), "w", draws=99), EstimationError, "follows the yearly"
    )
    refused(lambda: cips_test(LINES, "w", draws=99), EstimationError, "straight line")


@pytest.mark.parametrize(
    "frame", [without(2010), FRAME.assign(w=FRAME["w"].where(FRAME.index.get_level_values(1) != 2010))]
)
def test_missing_years_are_named_as_the_reason(frame: pd.DataFrame) -> None:
    words = "in 12 others years are missing between"
    for attempt in (
        lambda: unit_root_test(frame, "w"),
        lambda: cips_test(frame, "w", draws=99),
        lambda: westerlund_test("w ~ v", frame, draws=99),
        lambda: granger_test("w ~ v", frame),
    ):
        refused(attempt, EstimationError, words)


def test_a_region_with_a_gap_is_left_out_by_name() -> None:
    frame = FRAME.drop(("r1", 2010))
    for found in (unit_root_test(frame, "w"), cips_test(frame, "w", draws=99), granger_test("w ~ v", frame)):
        assert found.details["left_out"] == "r1"
        assert found.details["n_regions"] == REGIONS - 1


def test_infinite_values_are_named() -> None:
    frame = FRAME.copy()
    frame.loc[("r1", 2005), "w"] = np.inf
    for attempt in (lambda: unit_root_test(frame, "w"), lambda: granger_test("w ~ v", frame)):
        refused(attempt, DataError, r"w is infinite \(r1, 2005\)")


@pytest.mark.parametrize("years", [(2010, 2005), ("a", "b"), (2000,), "2000", (2000.5, 2010)])
def test_years_that_are_no_span_are_refused(years: Any) -> None:
    for attempt in (
        lambda: unit_root_test(FRAME, "w", years=years),
        lambda: cips_test(FRAME, "w", draws=99, years=years),
        lambda: westerlund_test("w ~ v", FRAME, draws=99, years=years),
        lambda: granger_test("w ~ v", FRAME, years=years),
    ):
        refused(attempt, OptionError, "years cannot be")


@pytest.mark.parametrize("given", ["a", 1.5, None, -1, True])
def test_counts_that_are_no_whole_numbers_are_refused(given: Any) -> None:
    effects = fit("y ~ x", FRAME)
    attempts: dict[str, list[Callable[[], Any]]] = {
        "lags": [lambda: unit_root_test(FRAME, "w", lags=given), lambda: cips_test(FRAME, "w", lags=given),
                 lambda: westerlund_test("w ~ v", FRAME, lags=given)],
        "they": [lambda: unit_root_test(FRAME, "w", "Hadri", lags=given)],
        "most": [lambda: unit_root_test(FRAME, "w", most=given)],
        "leads": [lambda: westerlund_test("w ~ v", FRAME, leads=given)],
        "order": [lambda: granger_test("w ~ v", FRAME, order=given)],
        "draws": [lambda: cips_test(FRAME, "w", draws=given), lambda: westerlund_test("w ~ v", FRAME, draws=given),
                  lambda: granger_test("w ~ v", FRAME, draws=given), lambda: break_test(effects, draws=given)],
    }  # fmt: skip
    if given is not None:
        attempts["bandwidth"] = [
            lambda: slope_homogeneity(effects, "HAC", bandwidth=given),
            lambda: westerlund_test("w ~ v", FRAME, bandwidth=given, draws=99),
        ]
        attempts["most"].append(lambda: factor_number(FRAME["x"].unstack().to_numpy(), most=given))
    for name, own in attempts.items():
        for attempt in own:
            refused(attempt, OptionError, f"{name} cannot be {given!r}")


def test_whole_numbers_of_numpy_are_taken() -> None:
    plain, other = (unit_root_test(FRAME, "w", lags=lags) for lags in (1, np.int64(1)))  # type: ignore[arg-type]
    assert plain.statistic == other.statistic
    check_whole("lags", np.int64(0))
    check_years([2000, 2001])


def test_a_bandwidth_beyond_the_years_is_refused() -> None:
    refused(lambda: westerlund_test("w ~ v", FRAME, bandwidth=99, draws=99), OptionError, "beyond 19 changes")


@pytest.mark.parametrize("draws", [0, 99])
def test_granger_refuses_a_past_that_is_the_same_or_determines_all(draws: int) -> None:
    words = r"the lags of the two move together \(r0\)"
    refused(lambda: granger_test("w ~ w", FRAME, draws=draws), EstimationError, words)
    refused(lambda: granger_test("w ~ u", FRAME.assign(u=2 * FRAME["w"]), draws=draws), EstimationError, words)
    told = FRAME.assign(u=FRAME["w"].groupby(level=0).shift(-1))
    refused(lambda: granger_test("w ~ u", told, draws=draws), EstimationError, "determine the outcome without error")


@pytest.mark.parametrize("trim", [0.6, 0, "a", None])
def test_a_break_needs_a_trim_that_is_a_share(trim: Any) -> None:
    refused(lambda: break_test(fit("y ~ x", FRAME), trim=trim), OptionError, "trim cannot be")


def test_one_term_of_a_break_may_be_named_by_itself() -> None:
    effects = fit("y ~ x + z", FRAME)
    assert break_test(effects, "x", draws=99).statistic == break_test(effects, ("x",), draws=99).statistic
    refused(lambda: break_test(effects, "ln(x)", draws=99), OptionError, r"'ln\(x\)' is no term")


def test_power_is_that_of_a_cips_test() -> None:
    test = cips_test(FRAME, "w", draws=99)
    refused(lambda: cips_power(unit_root_test(FRAME, "w"), 0.5), OptionError, "no power of Im")
    refused(lambda: cips_power(test, 1.0), OptionError, "coefficient of 1.0")
    refused(lambda: cips_power(test, 0.5, draws=9), OptionError, "draws cannot be 9")
