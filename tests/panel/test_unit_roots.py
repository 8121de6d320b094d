"""First-generation panel unit root tests against plm's purtest, and their rejections in simulated panels."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, FormulaError, OptionError, UnknownNameError
from regional_econ.panel.unit_roots.first_generation import Test as Kind
from regional_econ.panel.unit_roots.first_generation import unit_root_test
from regional_econ.panel.unit_roots.tables import ips_moments

NAMES = {"ips": "IPS", "levinlin": "LLC", "madwu": "Maddala-Wu", "Pm": "Pm", "invnormal": "inverse normal",
    "logit": "logit", "hadri": "Hadri"}  # fmt: skip
FISHER = ("Maddala-Wu", "Pm", "inverse normal", "logit")
TURN = {"intercept": 2.74, "trend": 0.70}  # above which plm's polynomial for p falls again


def as_frame(values: NDArray[np.float64]) -> pd.DataFrame:
    n, t = values.shape
    index = pd.MultiIndex.from_product([range(n), range(1990, 1990 + t)], names=["region", "year"])
    return pd.DataFrame({"y": values.ravel()}, index=index)


@pytest.mark.parametrize("test", NAMES)
@pytest.mark.parametrize("data", ["balanced", "ragged"])
def test_plm(
    test: str, data: str, grunfeld: pd.DataFrame, ragged_grunfeld: pd.DataFrame, plm_heterogeneous: list[dict[str, Any]]
) -> None:
    entries = [
        one
        for one in plm_heterogeneous
        if one["kind"] == "purtest" and one["data"] == data and one["options"]["test"] == test
        and one["options"].get("Hcons", True)
    ]  # fmt: skip
    assert bool(entries) == (data == "balanced" or test not in ("levinlin", "hadri"))
    for entry in entries:
        options = entry["options"]
        found = unit_root_test(
            grunfeld if data == "balanced" else ragged_grunfeld,
            options["variable"],
            NAMES[test],
            trend=options["exo"],
            lags=options.get("lags", 0),
            denominator="n-k" if options.get("dfcor") else "n",
        )
        if NAMES[test] in FISHER and entry["largest"] > TURN[options["exo"]]:
            assert found.statistic != pytest.approx(entry["stat"], rel=1e-9)
            continue
        assert found.statistic == pytest.approx(entry["stat"], abs=1e-9), options
        assert found.p_value == pytest.approx(entry["p"], abs=1e-9), options
        if entry["param"] is not None:
            assert found.df == (entry["param"],)


def test_the_oracle(oracle: dict[str, dict[str, Any]], grunfeld: pd.DataFrame) -> None:
    entry = oracle["grunfeld_unitroot"]
    for name, stored in entry["reproduced_values"].items():
        if name in NAMES:
            # Hadri's value is that with an intercept; plm divides all variances by the rows
            lags, trend = (0, "intercept") if name == "hadri" else (2, "trend")
            found = unit_root_test(grunfeld, "inv", NAMES[name], trend=trend, lags=lags, denominator="n")
            assert found.statistic == pytest.approx(stored["stat"], abs=entry["tolerance"])
            assert found.p_value == pytest.approx(stored["p"], abs=entry["tolerance"])


@pytest.mark.parametrize("trend", ["intercept", "trend"])
@pytest.mark.parametrize("test", get_args(Kind))
def test_rejections_of_true_and_false_nulls(test: Kind, trend: str) -> None:
    """40 × 60, 200 samples at nominal 5 %: about 5 % under the null, nearly all where roots are 0.7."""
    rng = np.random.default_rng(13)
    true, false = 0, 0
    for _ in range(200):
        shocks = rng.normal(size=(40, 90))
        walk, returning = np.cumsum(shocks, axis=1), np.zeros((40, 90))
        for t in range(1, 90):
            returning[:, t] = 0.7 * returning[:, t - 1] + shocks[:, t]
        null, alternative = (shocks, walk) if test == "Hadri" else (walk, returning)
        options = {"test": test, "trend": trend, "lags": 0 if test == "Hadri" else 1}
        true += unit_root_test(as_frame(null[:, 30:]), "y", **options).p_value < 0.05
        false += unit_root_test(as_frame(alternative[:, 30:]), "y", **options).p_value < 0.05
    # tables and long-sample p-values hold to a few points at 60 years; the sampling error of 10 is 3
    if test == "LLC":
        assert 30 <= true <= 150, true  # as its notes say
    else:
        assert 1 <= true <= 26, true
    assert false >= 190, false


@pytest.mark.parametrize(("trend", "least"), [("intercept", 12), ("trend", 20)])
def test_the_long_run_variance_of_driftless_changes_gives_llc_its_size(trend: str, least: int) -> None:
    """20 × 30 walks, 100 samples at nominal 5 %: plm's detrended changes reject in far more."""
    rng = np.random.default_rng(5)
    rejected = {"detrended": 0, "driftless": 0}
    for _ in range(100):
        frame = as_frame(np.cumsum(rng.normal(size=(20, 30)), axis=1))
        for long_run in rejected:
            found = unit_root_test(frame, "y", "LLC", trend=trend, lags=1, long_run=long_run)
            rejected[long_run] += found.p_value < 0.05
    assert rejected["driftless"] <= 12
    assert rejected["detrended"] >= least


def test_the_denominator_matters_for_size() -> None:
    """IPS tabulated t with rows less coefficients; with rows |t| is larger and the null rejected too often."""
    rng = np.random.default_rng(3)
    rejected = {"n-k": 0, "n": 0}
    for _ in range(200):
        frame = as_frame(np.cumsum(rng.normal(size=(40, 18)), axis=1))
        for denominator in rejected:
            found = unit_root_test(frame, "y", lags=1, denominator=denominator)
            rejected[denominator] += found.p_value < 0.05
    assert rejected["n-k"] <= 22
    assert rejected["n"] >= 40


def test_a_common_factor_is_taken_out_with_the_year_means() -> None:
    rng = np.random.default_rng(4)
    values = np.cumsum(rng.normal(size=(20, 30)), axis=1)
    shifted = values + np.cumsum(5 * rng.normal(size=30))
    found = [unit_root_test(as_frame(one), "y", lags=1, demeaned=True).statistic for one in (values, shifted)]
    assert found[0] == pytest.approx(found[1], abs=1e-9)
    assert found[0] != pytest.approx(unit_root_test(as_frame(shifted), "y", lags=1).statistic, abs=1e-3)


def test_terms_order_and_regions_left_out(grunfeld: pd.DataFrame) -> None:
    logs = grunfeld.assign(logged=np.log(grunfeld.inv))
    found = unit_root_test(grunfeld.sample(frac=1, random_state=1), "ln(inv)", lags=1)
    assert found.statistic == pytest.approx(unit_root_test(logs, "logged", lags=1).statistic, abs=1e-12)
    holed = unit_root_test(grunfeld.drop(index=[(3, 1940)]), "inv", lags=1)
    assert holed.details["left_out"] == "3"
    assert holed.statistic == pytest.approx(unit_root_test(grunfeld.drop(index=3), "inv", lags=1).statistic, abs=1e-12)
    span = unit_root_test(grunfeld, "inv", lags=0, years=(1936, 1950))
    assert span.details["n_years"] == 15


@pytest.mark.parametrize(("test", "lags"), [("LLC", 1), ("Hadri", 0)])
def test_regions_without_every_year_are_left_out(
    grunfeld: pd.DataFrame, ragged_grunfeld: pd.DataFrame, test: Kind, lags: int
) -> None:
    found = unit_root_test(ragged_grunfeld, "inv", test, lags=lags)
    expected = unit_root_test(grunfeld.drop(index=[2, 5, 7], level=0), "inv", test, lags=lags)
    assert (found.details["left_out"], found.details["n_regions"]) == ("2, 5, 7", 7)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)


def test_ips_needs_ten_years_after_lagging(grunfeld: pd.DataFrame) -> None:
    late = grunfeld.drop(index=[(4, year) for year in range(1935, 1943)])
    found = unit_root_test(late, "inv", lags=2)
    assert (found.details["left_out"], unit_root_test(late, "inv", "Pm", lags=2).details["regions_left_out"]) == (
        "4",
        0,
    )


def test_refusals(grunfeld: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match="without an intercept"):
        unit_root_test(grunfeld, "inv", "IPS", trend="none")
    with pytest.raises(OptionError, match="lags cannot be"):
        unit_root_test(grunfeld, "inv", lags=-1)
    with pytest.raises(OptionError, match="chooses no lags"):
        unit_root_test(grunfeld, "inv", "Hadri")
    with pytest.raises(OptionError, match="test cannot be"):
        unit_root_test(grunfeld, "inv", "ADF")
    with pytest.raises(EstimationError, match="consecutive years of inv"):
        unit_root_test(grunfeld, "inv", lags=8)
    with pytest.raises(EstimationError, match="12 consecutive years"):
        unit_root_test(grunfeld, "inv", lags=1, years=(1940, 1950))
    with pytest.raises(EstimationError, match="up to 8 lags"):
        ips_moments(40, 9, "intercept")
    with pytest.raises(EstimationError, match="not tabulated"):
        ips_moments(12, 6, "trend")
    with pytest.raises(EstimationError, match="does not move"):
        unit_root_test(grunfeld.assign(inv=np.where(grunfeld.index.get_level_values(0) == 4, 7.0, grunfeld.inv)), "inv")
    with pytest.raises(UnknownNameError, match="inw"):
        unit_root_test(grunfeld, "inw")
    with pytest.raises(FormulaError):
        unit_root_test(grunfeld, "inv +")
