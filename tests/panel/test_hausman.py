"""Hausman's test in its forms: plm's numbers, the identity between the forms, invariances, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.core.design import design
from regional_econ.core.formula import parse_formula
from regional_econ.panel.covariance import covariance
from regional_econ.panel.demean import within
from regional_econ.panel.estimators import Sample, fixed_effects
from regional_econ.panel.fit import fit
from regional_econ.panel.hausman import Effects, auxiliary_test, hausman, mundlak_test
from regional_econ.panel.inference import Classical
from regional_econ.panel.least_squares import solve
from regional_econ.panel.random_effects import random_effects

pytestmark = pytest.mark.filterwarnings("error")

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
PLM = json.loads((ORACLES / "panel_plm_random.json").read_text(encoding="utf-8"))
FORMULAS = {"grunfeld": "inv ~ value + capital", "produc": "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"}
EFFECTS: dict[str, Effects] = {"individual": "region", "time": "year", "twoways": "region+year"}
FORMULA = FORMULAS["grunfeld"]


def case_id(entry: dict[str, Any]) -> str:
    return "-".join([entry["data"], "full" if entry["balanced"] else "holes", entry["effect"]])


def frame_of(entry: dict[str, Any], request: pytest.FixtureRequest) -> pd.DataFrame:
    frame: pd.DataFrame = request.getfixturevalue(entry["data"])
    return frame if entry["balanced"] else frame.drop(index=frame.index[PLM["dropped"][entry["data"]]])


def sample_of(formula: str, frame: pd.DataFrame) -> Sample:
    return Sample.of(design(parse_formula(formula), frame))


@pytest.mark.parametrize("entry", [e for e in PLM["tests"] if e["effect"] != "twoways"], ids=case_id)
def test_classic_against_plm(entry: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """plm prints |statistic| and a p-value even where V(FE) − V(RE) is indefinite; ours keeps the sign, has none."""
    frame, effects = frame_of(entry, request), EFFECTS[entry["effect"]]
    fixed, random = (
        fit(FORMULAS[entry["data"]], frame, estimator=estimator, effects=effects, inference="iid")
        for estimator in ("fe", "re")
    )
    row = hausman(fixed, random).tidy().iloc[0]
    stored = entry["chisq"]
    assert row["statistic"] == pytest.approx(stored["signed"], rel=1e-7)  # a difference of covariances is inverted
    assert row["df"] == stored["df"]
    if row["definite"]:
        assert row["p_value"] == pytest.approx(stored["p"], rel=1e-7)
    else:
        assert np.isnan(row["p_value"])


@pytest.mark.parametrize("entry", [e for e in PLM["tests"] if e["effect"] == "twoways"], ids=case_id)
def test_classic_two_way_components_against_plm(entry: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """The quadratic form from the arrays that `fit` would pass to `hausman`."""
    sample, both = sample_of(FORMULAS[entry["data"]], frame_of(entry, request)), ("region", "year")
    spreads, slopes = [], []
    for data in (fixed_effects(sample, both), random_effects(sample, both)[0]):
        solution = solve(data)
        terms = [data.names.index(name) for name in sample.names]
        spreads.append(covariance(data, solution, Classical(), {}).matrix[np.ix_(terms, terms)])
        slopes.append(solution.beta[terms])
    gap = slopes[0] - slopes[1]
    found = gap @ np.linalg.solve(spreads[0] - spreads[1], gap)
    assert found == pytest.approx(entry["chisq"]["signed"], rel=1e-7)  # a difference of covariances is inverted


@pytest.mark.parametrize("entry", [e for e in PLM["tests"] if e["balanced"]], ids=case_id)
def test_auxiliary_against_plm(entry: dict[str, Any], request: pytest.FixtureRequest) -> None:
    frame = frame_of(entry, request)
    test = auxiliary_test(FORMULAS[entry["data"]], frame, effects=EFFECTS[entry["effect"]])
    assert test.statistic == pytest.approx(entry["aux"]["statistic"], rel=1e-8)  # the contract of the project
    assert test.df == (entry["aux"]["df"],)
    assert test.p_value == pytest.approx(entry["aux"]["p"], rel=1e-7)  # of the far tail


@pytest.mark.parametrize("entry", [e for e in PLM["tests"] if not e["balanced"]], ids=case_id)
def test_auxiliary_on_unbalanced_panels_is_plm_s_but_for_the_constant(
    entry: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    frame, formula = frame_of(entry, request), FORMULAS[entry["data"]]
    sample, effects = sample_of(formula, frame), EFFECTS[entry["effect"]]
    regression, _ = random_effects(sample, (effects,))
    codes = sample.units if effects == "region" else sample.year_codes
    inside = within(sample.X, (codes,), np.ones(len(sample.y)))
    found = {}
    for name, constant in (("plm", np.ones(len(sample.y))), ("ours", regression.X[:, 0])):
        X = np.column_stack([constant, regression.X[:, 1:], inside])
        beta, ssr, *_ = np.linalg.lstsq(X, regression.y, rcond=None)
        added = slice(-inside.shape[1], None)
        spread = np.linalg.inv(X.T @ X)[added, added] * ssr[0] / (len(X) - X.shape[1])
        found[name] = beta[added] @ np.linalg.solve(spread, beta[added])
    assert found["plm"] == pytest.approx(entry["aux"]["statistic"], rel=1e-6)  # normal equations of logs
    assert auxiliary_test(formula, frame, effects=effects).statistic == pytest.approx(found["ours"], rel=1e-6)


def test_both_forms_are_one_with_a_common_variance(holes: pd.DataFrame) -> None:
    """Hausman & Taylor (1981): the forms differ only in the estimate of σ², on unbalanced panels too."""
    sample = sample_of(FORMULA, holes)
    inside, outside = solve(fixed_effects(sample, ("region",))), solve(random_effects(sample, ("region",))[0])
    test = auxiliary_test(FORMULA, holes)
    gap = inside.beta - outside.beta[1:]
    form = float(gap @ np.linalg.solve(inside.bread - outside.bread[1:, 1:], gap))
    df = float(test.details["f_df_denominator"])
    ssr = float(outside.residuals @ outside.residuals)
    assert test.statistic == pytest.approx(form / ((ssr - form) / df), rel=1e-9)  # rounding of inversions
    assert test.details["f_statistic"] == pytest.approx(test.statistic / 2, rel=1e-12)


@pytest.mark.parametrize("effects", ["region", "year", "region+year"])
@pytest.mark.parametrize("inference", ["iid", "cluster:region"])
def test_units_order_and_a_constant_change_nothing(holes: pd.DataFrame, effects: Effects, inference: str) -> None:
    base = auxiliary_test(FORMULA, holes, effects=effects, inference=inference)
    mixed = holes.sample(frac=1, random_state=7).assign(value=1000 * holes["value"], inv=holes["inv"] / 100 + 50)
    other = auxiliary_test(FORMULA, mixed, effects=effects, inference=inference)
    assert other.statistic == pytest.approx(base.statistic, rel=1e-8)  # sums in another order
    assert mundlak_test(FORMULA, mixed).statistic == pytest.approx(mundlak_test(FORMULA, holes).statistic, rel=1e-8)


def test_what_the_auxiliary_test_says(holes: pd.DataFrame, produc: pd.DataFrame) -> None:
    plain = auxiliary_test(FORMULA, holes)
    assert (plain.distribution, plain.details["terms"]) == ("chi2", "value, capital")
    robust = auxiliary_test(FORMULA, holes, inference="cluster:region")
    assert (robust.distribution, robust.df) == ("F", (2, 9.0))
    assert "10 clusters of region" in robust.note
    assert auxiliary_test(FORMULA, holes, method="nerlove").statistic != plain.statistic
    dated = auxiliary_test("ln(gsp) ~ ln(emp) + C(year)", produc.sample(600, random_state=1))
    assert dated.details["terms"] == "ln(emp)"
    early = auxiliary_test(FORMULA, holes, years=(1935, 1945))
    assert early.details["f_df_denominator"] < plain.details["f_df_denominator"]


def test_the_auxiliary_test_finds_planted_correlation_and_keeps_its_size() -> None:
    """100 panels with groups of different size: rejections at 5 % lie within three binomial errors (0.066)."""
    index = pd.MultiIndex.from_product([range(40), range(2000, 2006)], names=["region", "year"])
    rejections = {0.0: 0, 1.0: 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        effect, own = np.repeat(rng.normal(size=(2, 40)), 6, axis=1)
        noise, shock = rng.normal(size=(2, 240))
        keep = rng.uniform(size=240) < 0.7
        for link in rejections:
            x = own + link * effect + shock
            frame = pd.DataFrame({"x": x, "y": 20 + 0.5 * x + effect + noise}, index=index)[keep]
            rejections[link] += auxiliary_test("y ~ x", frame).p_value < 0.05
    assert abs(rejections[0.0] / 100 - 0.05) < 0.066
    assert rejections[1.0] / 100 > 0.9


def test_refusals_name_the_reason(holes: pd.DataFrame, grunfeld: pd.DataFrame) -> None:
    for inference in ("cluster:region:CR2", "wild:region", "cluster:sector"):
        with pytest.raises(OptionError, match="does not go with the auxiliary regression"):
            auxiliary_test(FORMULA, holes, inference=inference)
    with pytest.raises(OptionError, match="region, year"):
        auxiliary_test(FORMULA, holes, effects="firm")  # type: ignore[arg-type]
    fixed = holes.assign(size=holes["value"].groupby(level="firm").transform("mean"))
    for test in (auxiliary_test, mundlak_test):
        with pytest.raises(EstimationError, match="no regressor varies both within and between"):
            test("inv ~ size", fixed)
    moved = grunfeld.assign(value=grunfeld["value"] - grunfeld["value"].groupby(level="firm").transform("mean"))
    with pytest.raises(EstimationError, match="no regressor varies both within and between"):
        mundlak_test("inv ~ value", moved)
    pair = [fit("inv ~ value", moved, estimator=e, effects="region", inference="iid") for e in ("fe", "re")]
    with pytest.raises(EstimationError, match=r"V\(FE\) − V\(RE\) of value is singular"):
        hausman(*pair)


def test_few_groups_test_few_terms(grunfeld: pd.DataFrame, produc: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="too few groups to test 2 terms together"):
        auxiliary_test(FORMULA, grunfeld, inference="cluster:year", years=(1935, 1936))
    two = produc.loc[["ALABAMA", "ARIZONA"]]  # two regions differ in one direction only
    assert auxiliary_test("ln(gsp) ~ ln(pcap) + ln(pc)", two, method="nerlove").details["terms"] == "ln(pcap)"
