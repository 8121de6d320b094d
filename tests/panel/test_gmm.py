"""Difference and system GMM against published tables, plm and pyxtabond2, and what they refuse."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ.core.estimate import Estimate
from regional_econ.panel.dynamic.instrument_counts import instrument_counts
from regional_econ.panel.dynamic.specification import arellano_bond, difference_in_hansen, hansen, sargan
from regional_econ.panel.fit import fit
from regional_econ.panel.methods import parse_estimator

Oracle = dict[str, dict[str, Any]]
RICH = "ln(emp) ~ lag(ln(emp), 1:2) + lag(ln(wage), 0:1) + lag(ln(capital), 0:2) + lag(ln(output), 0:2)"
LEAN = "ln(emp) ~ lag(ln(emp), 1:2) + lag(ln(wage), 0:1) + ln(capital) + lag(ln(output), 0:1)"
SMALL = "ln(emp) ~ lag(ln(emp), 1) + lag(ln(wage), 0:1) + lag(ln(capital), 0:1)"
MORE = "gmm(ln(wage))=2-,gmm(ln(capital))=2-"
FEW = "lags=2-3,gmm(ln(wage))=2-3,gmm(ln(capital))=2-3,collapse"
# plm has standard instruments apart for each equation of a system, hence "separate"
PLM = {
    "diff_one": (RICH, "gmm-diff:steps=1", None),
    "diff_two": (RICH, "gmm-diff", None),
    "diff_two_lean": (LEAN, "gmm-diff", None),
    "diff_two_collapsed": (LEAN, "gmm-diff:collapse", None),
    "diff_one_collapsed": (LEAN, "gmm-diff:collapse,steps=1", None),
    "diff_two_limited": (LEAN, "gmm-diff:lags=2-4", None),
    "diff_two_region": (LEAN, "gmm-diff", "region"),
    "diff_two_more": (SMALL, f"gmm-diff:{MORE}", None),
    "system_one": (SMALL, f"gmm-system:{MORE},separate,steps=1", None),
    "system_two": (SMALL, f"gmm-system:{MORE},separate", None),
    "system_one_standard": (SMALL, "gmm-system:separate,steps=1", None),
    "system_two_standard": (SMALL, "gmm-system:separate", None),
    "system_two_collapsed": (SMALL, f"gmm-system:{MORE},separate,collapse", None),
}
XTABOND2 = {
    "diff_one": (LEAN, "gmm-diff:steps=1"),
    "diff_two": (LEAN, "gmm-diff"),
    "system_one": (SMALL, "gmm-system:steps=1"),
    "system_two": (SMALL, "gmm-system"),
    "system_more": (SMALL, f"gmm-system:{MORE}"),
    "system_few": (SMALL, f"gmm-system:{FEW}"),
}
INVERSES = 1e-7  # both sides invert moments whose condition numbers reach 1e8, in another order


@pytest.fixture(scope="module")
def plm(root: Any) -> dict[str, Any]:
    return dict(json.loads((root / "tests/oracles/panel_plm_dynamic.json").read_text(encoding="utf-8"))["cases"])


@pytest.fixture(scope="module")
def xtabond2(root: Any) -> dict[str, Any]:
    return dict(json.loads((root / "tests/oracles/panel_xtabond2.json").read_text(encoding="utf-8"))["cases"])


@pytest.fixture(scope="module")
def a1(firms: pd.DataFrame) -> Estimate:
    return fit(RICH, firms, estimator="gmm-diff:steps=1")


def test_arellano_bond_table_4_a1(oracle: Oracle, a1: Estimate) -> None:
    entry = oracle["ab1991_t4_a1"]
    published = entry["published_values"]
    figures = np.array([pair for pair in published.values() if isinstance(pair, list)])
    np.testing.assert_allclose(a1.params, figures[:, 0], atol=5.1e-4)  # printed with three digits
    np.testing.assert_allclose(a1.std_errors, figures[:, 1], atol=5.1e-4)
    stored = entry["reproduced_values"]["plm"]
    np.testing.assert_allclose(a1.params, list(stored["coef"].values()), atol=entry["tolerance"])
    np.testing.assert_allclose(a1.std_errors, list(stored["se"].values()), atol=entry["tolerance"])
    for order in (1, 2):
        found = arellano_bond(a1, order)
        assert found.statistic == pytest.approx(stored[f"m{order}"]["stat"], abs=entry["tolerance"])
        assert found.p_value == pytest.approx(stored[f"m{order}"]["p"], abs=entry["tolerance"])


@pytest.mark.parametrize(
    ("convention", "statistic"), [("arellano-bond", 65.81805333), ("xtabond2", 67.588), ("plm", 48.74983327)]
)
def test_three_conventions_of_sargan(a1: Estimate, convention: str, statistic: float) -> None:
    """65.8 is Arellano & Bond's; xtabond2's 67.59 is printed with two digits and 611/595 times it."""
    found = sargan(a1, convention)  # type: ignore[arg-type]
    assert found.statistic == pytest.approx(statistic, abs=3e-3 if convention == "xtabond2" else 1e-5)
    assert (found.df, found.details["convention"]) == ((25,), convention)


def test_hansen_of_one_step_is_that_of_two(oracle: Oracle, a1: Estimate, firms: pd.DataFrame) -> None:
    stored = oracle["ab1991_t4_a1"]["reproduced_values"]["statspai 1.40.2"]
    assert hansen(a1).statistic == pytest.approx(stored["hansen"], abs=1e-5)
    assert hansen(fit(RICH, firms, estimator="gmm-diff")).statistic == pytest.approx(31.381416, abs=1e-5)


@pytest.mark.parametrize(("inference", "stored"), [("efficient", "plm classic"), ("windmeijer", "plm Windmeijer")])
def test_arellano_bond_table_4_b_and_windmeijer(
    oracle: Oracle, firms: pd.DataFrame, inference: str, stored: str
) -> None:
    entry = oracle["ab1991_t4_b_windmeijer"]
    estimate = fit(LEAN, firms, estimator="gmm-diff", inference=inference)
    values = entry["reproduced_values"][stored]
    np.testing.assert_allclose(estimate.params, list(values["coef"].values()), atol=entry["tolerance"])
    np.testing.assert_allclose(estimate.std_errors, list(values["se"].values()), atol=entry["tolerance"])
    test = hansen(estimate)
    assert (test.statistic, test.p_value) == pytest.approx(
        (values["sargan"]["stat"], values["sargan"]["p"]), abs=entry["tolerance"]
    )
    for order in (1, 2):
        assert arellano_bond(estimate, order).statistic == pytest.approx(values[f"m{order}"]["stat"], abs=1e-5)
    printed = entry["published_values"]["Windmeijer_se"]
    if inference == "windmeijer":
        np.testing.assert_allclose(estimate.std_errors, list(printed.values()), atol=5.1e-4)


@pytest.mark.parametrize("case", PLM)
def test_plm(plm: dict[str, Any], firms: pd.DataFrame, case: str) -> None:
    formula, estimator, effects = PLM[case]
    estimate = fit(formula, firms, estimator=estimator, effects=effects)  # type: ignore[arg-type]
    stored = plm[case]
    terms = [name for name in estimate.params.index if name != "Intercept"]
    ours = [estimate.params[terms], estimate.std_errors[terms]]
    for mine, kind in zip(ours, ("coef", "se"), strict=True):
        np.testing.assert_allclose(mine, list(stored["robust"][kind].values())[: len(terms)], atol=INVERSES)
    assert instrument_counts(estimate).set_index("set")["instruments"]["all"] == stored["instruments"]
    test = sargan(estimate, "plm")
    assert test.statistic == pytest.approx(stored["sargan"]["stat"], rel=INVERSES)
    assert test.df == (stored["sargan"]["df"],)
    if "steps=1" not in estimator:
        plain = estimate.vcov("efficient")
        np.testing.assert_allclose(
            plain.std_errors[terms], list(stored["plain"]["se"].values())[: len(terms)], atol=INVERSES
        )
        assert hansen(estimate).statistic == pytest.approx(stored["sargan"]["stat"], rel=INVERSES)
    if case.startswith("diff"):
        for order in (1, 2):
            mine = arellano_bond(estimate, order).statistic
            assert mine == pytest.approx(stored["robust"][f"m{order}"][0][0], abs=INVERSES)


@pytest.mark.parametrize("case", XTABOND2)
def test_xtabond2(xtabond2: dict[str, Any], firms: pd.DataFrame, case: str) -> None:
    formula, estimator = XTABOND2[case]
    estimate, stored = fit(formula, firms, estimator=estimator), xtabond2[case]
    order = sorted(estimate.params.index, key=lambda name: name == "Intercept")  # theirs stands last
    np.testing.assert_allclose(estimate.params[order], list(stored["coef"].values()), atol=INVERSES)
    np.testing.assert_allclose(estimate.std_errors[order], list(stored["se"].values()), atol=INVERSES)
    tests = stored["diag"]
    assert estimate.diagnostics["n_instruments"] == stored["n_instruments"]
    rows = estimate.native.fit.rows  # type: ignore[attr-defined]
    # pyxtabond2 divides by the differences also where there are levels, which xtabond2 does not
    counted = len(rows.levels) / len(rows.later) if rows.system else 1.0
    assert sargan(estimate, "xtabond2").statistic == pytest.approx(tests["sargan"][0] * counted, rel=INVERSES)
    if tests["hansen"][0] is not None:
        assert hansen(estimate).statistic == pytest.approx(tests["hansen"][0], rel=INVERSES)
    for order in (1, 2):
        assert arellano_bond(estimate, order).statistic == pytest.approx(tests["ar"][str(order)][0], abs=INVERSES)
    for group in tests["diff_sargan"]:
        if group["name"] == "GMM instruments for levels":
            subset = "levels"
        elif estimate.spec.estimator.startswith("gmm-diff"):
            subset = "standard"
        else:
            continue  # theirs leaves the constant in
        found = difference_in_hansen(estimate, subset)
        assert found.statistic == pytest.approx(group["diff_stat"], rel=INVERSES)
        assert found.df == (group["diff_df"],)
        assert found.p_value == pytest.approx(group["diff_p"], abs=INVERSES)
        assert found.details["hansen_without"] == pytest.approx(group["stat_rest"], rel=INVERSES)


def test_the_sargan_of_a_system_is_that_of_roodman(firms: pd.DataFrame) -> None:
    """Roodman (2009, Stata Journal 9), the example of a system: Sargan χ²(100) = 186.90, as recalled."""
    options = "gmm-system:gmm(ln(wage))=2-,gmm(ln(capital))=2-,separate,steps=1"
    found = sargan(fit(SMALL, firms, estimator=options), "xtabond2")
    assert found.df == (100,)
    assert found.statistic == pytest.approx(186.90, abs=0.005)


def test_one_variance_differs_from_xtabond2_by_its_divisor(xtabond2: dict[str, Any], firms: pd.DataFrame) -> None:
    """σ² is divided by rows less coefficients here, by rows there."""
    estimate, stored = fit(LEAN, firms, estimator="gmm-diff:steps=1", inference="iid"), xtabond2["diff_iid"]
    factor = np.sqrt(611 / 598)
    np.testing.assert_allclose(estimate.std_errors / factor, list(stored["se"].values()), atol=INVERSES)
    for order in (1, 2):
        mine = arellano_bond(estimate, order).statistic * factor
        assert mine == pytest.approx(stored["diag"]["ar"][str(order)][0], abs=INVERSES)


def test_two_steps_take_a_tenth_of_a_second(firms: pd.DataFrame) -> None:
    def seconds() -> float:
        start = time.process_time()
        fit(LEAN, firms, estimator="gmm-diff")
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.1


@pytest.mark.parametrize("estimator", ["gmm-diff", "gmm-system", "lsdvc", "hpj"])
def test_units_and_the_order_of_rows_do_not_matter(firms: pd.DataFrame, estimator: str) -> None:
    formula, shown, units = "emp ~ lag(emp, 1) + wage", ["lag(emp, 1)", "wage"], np.array([1, 700.0])
    plain = fit(formula, firms, estimator=estimator)
    mixed = firms.sample(frac=1, random_state=3)
    turned = fit(formula, mixed.assign(emp=mixed["emp"] * 100, wage=mixed["wage"] / 7), estimator=estimator)
    np.testing.assert_allclose(turned.params[shown], plain.params[shown] * units, rtol=1e-6)
    np.testing.assert_allclose(turned.std_errors[shown], plain.std_errors[shown] * units, rtol=1e-5)


def test_the_unit_of_a_logarithm_matters_where_values_are_missing(firms: pd.DataFrame) -> None:
    """A missing instrument is zero, so a constant added to the others tells them apart; not on a balanced panel."""
    formula, years = "ln(emp) ~ lag(ln(emp), 1) + ln(wage)", firms.index.get_level_values("year")
    inside = firms[(years >= 1977) & (years <= 1982)]
    inside = inside[inside.groupby("firm")["emp"].transform("size") == 6]
    for frame, same in ((inside, True), (firms, False)):
        plain = fit(formula, frame, estimator="gmm-diff").params
        scaled = fit(formula, frame.assign(emp=frame["emp"] * 1000), estimator="gmm-diff").params
        assert np.allclose(plain, scaled, rtol=1e-6) == same


def test_instruments_outside_the_formula_and_by_name(firms: pd.DataFrame) -> None:
    """A term named in iv() and in no formula is one column more; one in gmm() no longer instruments itself."""
    base = fit(SMALL, firms, estimator="gmm-diff:collapse")
    more = fit(SMALL, firms, estimator="gmm-diff:collapse,iv(ln(output))")
    assert more.diagnostics["n_instruments"] == int(base.diagnostics["n_instruments"]) + 1
    assert list(more.params.index) == list(base.params.index)
    sets = instrument_counts(fit(SMALL, firms, estimator="gmm-diff:collapse,gmm(ln(wage))=2-3"))
    counted = dict(zip(sets["set"], sets["instruments"], strict=True))
    assert counted["gmm(ln(wage)), differences"] == 2
    assert counted["standard"] == 2 + 7  # capital and its lag, seven years


def test_a_text_survives_its_reading() -> None:
    for text in (
        "gmm-diff", "gmm-diff:steps=1", "gmm-system:lags=2-4,gmm(ln(x))=1-,iv(lag(z, 1)),collapse,separate",
        "lsdvc", "lsdvc:ah,order=2", "lsdvc:bb", "hpj",
    ):  # fmt: skip
        assert str(parse_estimator(text)) == text


def test_more_instruments_than_regions_have_no_hansen_p(firms: pd.DataFrame) -> None:
    few = firms[firms.index.get_level_values("firm") <= 30]
    estimate = fit(SMALL, few, estimator=f"gmm-diff:{MORE}")
    test = hansen(estimate)
    assert np.isnan(test.p_value)
    assert "65 instruments exceed 30 regions" in test.note
    assert "hansen_p" not in estimate.diagnostics
    assert "exceed 30 regions" in str(estimate.diagnostics["hansen_refused"])
    assert np.isnan(difference_in_hansen(estimate, "gmm(ln(wage))").p_value)
    exact = fit(SMALL, firms, estimator="gmm-diff:lags=2-2,collapse")
    assert "as many instruments as coefficients" in hansen(exact).note
    assert "hansen" not in exact.diagnostics


@pytest.mark.parametrize("estimator", ["gmm-diff", "gmm-system", "lsdvc", "hpj"])
def test_few_years_have_no_dynamic_model(firms: pd.DataFrame, estimator: str) -> None:
    with pytest.raises(EstimationError, match=r"4 years are too few for a dynamic model.*1980–1983"):
        fit("ln(emp) ~ lag(ln(emp), 1) + ln(wage)", firms, estimator=estimator, years=(1980, 1983))


def test_gaps_are_counted_and_years_without_neighbours_refused(firms: pd.DataFrame) -> None:
    years = firms.index.get_level_values("year")
    holed = firms.copy()
    holed.loc[(firms.index.get_level_values("firm") == 1) & (years == 1980), "wage"] = np.nan
    whole = fit("ln(emp) ~ lag(ln(emp), 1) + ln(wage)", firms, estimator="gmm-diff")
    gap = fit("ln(emp) ~ lag(ln(emp), 1) + ln(wage)", holed, estimator="gmm-diff")
    assert (whole.diagnostics["n_gaps"], gap.diagnostics["n_gaps"]) == (0, 1)
    assert gap.diagnostics["n_obs"] == int(whole.diagnostics["n_obs"]) - 2
    index = pd.MultiIndex.from_product([range(30), range(2000, 2020)], names=["region", "year"])
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(600, 2)), index=index, columns=["y", "x"])
    even = frame.assign(x=frame["x"].where(frame.index.get_level_values("year") % 2 == 0))
    for estimator in ("gmm-diff", "gmm-system"):
        with pytest.raises(EstimationError, match="no region has two consecutive years"):
            fit("y ~ lag(y, 1) + x", even, estimator=estimator)


def test_no_difference_into_a_new_method(firms: pd.DataFrame) -> None:
    formula = "ln(emp) ~ lag(ln(emp), 1) + ln(wage)"
    years = firms.index.get_level_values("year")
    shifted = firms.assign(emp=firms["emp"] * np.where(years >= 1981, 3.0, 1.0))
    cut = fit(formula, firms, estimator="gmm-diff", breaks=(1981,))
    rows = fit(formula, firms, estimator="gmm-diff").native.fit.rows  # type: ignore[attr-defined]
    left = cut.native.fit.rows.years  # type: ignore[attr-defined]
    assert set(rows.years) - set(left) == {1981, 1982}
    moved = fit(formula, shifted, estimator="gmm-diff:lags=2-2", breaks=(1981,))
    still = fit(formula, firms, estimator="gmm-diff:lags=2-2", breaks=(1981,))
    assert moved.params.to_numpy() == pytest.approx(still.params.to_numpy(), abs=0.2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"formula": "ln(emp) ~ ln(wage)"}, EstimationError, r"no term is the past of ln\(emp\)"),
        ({"estimator": "gmm-diff:lags=1-3"}, OptionError, "lags cannot be '1-3'"),
        ({"estimator": "gmm-diff:lags=4-3"}, OptionError, "lags cannot be '4-3'"),
        ({"estimator": "gmm-diff:lagz=2"}, OptionError, "has no option 'lagz=2'"),
        ({"estimator": "gmm-diff:gmm(1+2)=2"}, OptionError, "is no variable"),
        ({"estimator": "gmm-diff:separate"}, OptionError, "nothing to separate"),
        ({"estimator": "gmm-diff:gmm(ln(wags))=2-"}, UnknownNameError, "wags"),
        ({"estimator": "gmm-diff:lags=9-"}, EstimationError, "no value of ln.emp. lies 9 years"),
        ({"inference": "cluster:region"}, OptionError, "Use windmeijer or efficient"),
        ({"estimator": "gmm-diff:steps=1", "inference": "windmeijer"}, OptionError, "cluster:region:CR0 or iid"),
        ({"estimator": "gmm-system:steps=1", "inference": "iid"}, OptionError, "Use cluster:region:CR0"),
        ({"estimator": "gmm-diff:steps=1", "inference": "cluster:sector:CR0"}, OptionError, "not by 'sector'"),
        ({"estimator": "fe", "inference": "windmeijer"}, OptionError, "is for gmm-diff and gmm-system"),
        ({"effects": "none"}, OptionError, "do not go with"),
        ({"breaks": (1980,), "estimator": "gmm-system"}, OptionError, "breaks do not go with"),
        ({"formula": "ln(emp) ~ lag(ln(emp), 1) + sector"}, EstimationError, "sector does not vary in differences"),
        ({"estimator": "lsdvc", "formula": LEAN}, EstimationError, "one lag of the outcome"),
        ({"estimator": "lsdvc:order=4"}, OptionError, "has no option 'order=4'"),
        ({"estimator": "lsdvc", "inference": "cluster:region"}, OptionError, "Use bootstrap"),
        ({"estimator": "hpj", "inference": "iid"}, OptionError, "Use cluster:region"),
    ],
)
def test_refusals(firms: pd.DataFrame, options: dict[str, Any], error: type[Exception], message: str) -> None:
    given = {"formula": "ln(emp) ~ lag(ln(emp), 1) + ln(wage)", "estimator": "gmm-diff", **options}
    with pytest.raises(error, match=message):
        fit(given.pop("formula"), firms, **given)


def test_tests_are_for_gmm(firms: pd.DataFrame, a1: Estimate) -> None:
    with pytest.raises(EstimationError, match="the test is for GMM, not for fe"):
        hansen(fit("ln(emp) ~ lag(ln(emp), 1)", firms))
    with pytest.raises(EstimationError, match="no instruments are called 'levels'"):
        difference_in_hansen(a1, "levels")
    with pytest.raises(EstimationError, match="instruments are left for"):
        difference_in_hansen(a1, "gmm")
    assert "no two differences lie 7 years apart" in arellano_bond(a1, 7).note
    with pytest.raises(EstimationError, match="order cannot be 0"):
        arellano_bond(a1, 0)


def test_equations_and_fitted_values(firms: pd.DataFrame, a1: Estimate) -> None:
    test = a1.test("lag(ln(emp), 1) + lag(ln(emp), 2) = 1")
    row = np.zeros(10)
    row[:2] = 1
    expected = (row @ a1.params - 1) / np.sqrt(row @ a1.covariance.to_numpy() @ row)
    assert abs(test.statistic) == pytest.approx(abs(expected))
    assert len(a1.predict()) == 611
    system = fit(SMALL, firms, estimator="gmm-system")
    assert len(system.predict()) == system.diagnostics["n_obs"] == 891
    with pytest.raises(EstimationError, match="for the sample only"):
        system.predict(firms)
