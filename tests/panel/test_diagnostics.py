"""Diagnostics against R (tests/oracles/panel_plm_diagnostics.R and .json, plm 2.6-2) and against `panel.json`.

R's numbers are stored with 15 digits; 1e-8 leaves room for its own rounding.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from regional_econ._base.errors import DataError, EstimationError, OptionError, RegionalEconError, UnknownNameError
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.panel.diagnostics.born_breitung import born_breitung
from regional_econ.panel.diagnostics.cross_section import Method, cross_section_test
from regional_econ.panel.diagnostics.durbin_watson import durbin_watson
from regional_econ.panel.diagnostics.heteroskedasticity import groupwise_heteroskedasticity
from regional_econ.panel.diagnostics.influence import leave_one_out
from regional_econ.panel.diagnostics.poolability import era_stability, poolability
from regional_econ.panel.diagnostics.power import minimum_detectable_effects, power_at, smallest_effects
from regional_econ.panel.diagnostics.serial import breusch_godfrey, wooldridge_first_difference, wooldridge_within
from regional_econ.panel.fit import fit
from regional_econ.panel.methods import Effects

FORMULA = "inv ~ value + capital"
OUTPUT = "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"
ORACLES = Path(__file__).resolve().parents[1] / "oracles"
METHODS: dict[str, Method] = {"cd": "CD", "lm": "LM", "sclm": "scaled LM", "bcsclm": "bias-corrected LM"}
TOLERANCE = 1e-8
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
Stored = dict[str, Any]


@pytest.fixture(scope="module")
def stored() -> Stored:
    path = ORACLES / "panel_plm_diagnostics.json"
    result: Stored = json.loads(path.read_text(encoding="utf-8"))
    return result


@pytest.fixture(scope="module")
def sets(grunfeld: pd.DataFrame) -> dict[str, pd.DataFrame]:
    firm, year = grunfeld.index.get_level_values(0), grunfeld.index.get_level_values(1)
    start = 1935 + 3 * ((firm - 1) % 5)
    return {
        "complete": grunfeld,
        "ragged": grunfeld[(year >= 1935 + firm * 3 % 7) & (year <= 1954 - firm * 5 % 6)],
        "holes": grunfeld[(7 * firm + 3 * (year - 1935) + firm * (year - 1935)) % 11 > 2],
        "sparse": grunfeld[(year >= start) & (year < start + 7)],
    }


def meets(test: HypothesisTest, stored: Stored) -> None:
    parameter = stored["parameter"]
    df = () if parameter is None else tuple(parameter) if isinstance(parameter, list) else (parameter,)
    assert test.df == df
    assert test.statistic == pytest.approx(stored["statistic"], rel=TOLERANCE)
    # the tail multiplies the error of a large statistic
    assert test.p_value == pytest.approx(stored["p"], rel=1e-6, abs=1e-300)


def test_grunfeld_cross_section(grunfeld: pd.DataFrame) -> None:
    """The entry "grunfeld_cd" of the published results: plm's pcdtest; panelbox's CD agrees to its four digits."""
    entries = json.loads((ORACLES / "panel.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in entries if entry["id"] == "grunfeld_cd")
    estimate = fit(FORMULA, grunfeld, effects="region")
    found = {
        "pcd": cross_section_test(estimate, residuals="by region"),
        "pcd_fe": cross_section_test(estimate),
        "pcd_lm_fe": cross_section_test(estimate, "LM"),
        "pcd_sclm_fe": cross_section_test(estimate, "scaled LM"),
        "pcd_bcsclm_fe": cross_section_test(estimate, "bias-corrected LM"),
    }
    for name, test in found.items():
        known = entry["reproduced_values"][f"grunfeld_{name}"]
        assert test.statistic == pytest.approx(known["stat"], abs=entry["tolerance"])
        assert test.p_value == pytest.approx(known["p"], rel=1e-6)
    assert found["pcd_lm_fe"].df == (entry["reproduced_values"]["grunfeld_pcd_lm_fe"]["param"],)
    assert round(found["pcd"].statistic, 4) == entry["published_values"]["CD (heterogeneous)"]


@pytest.mark.parametrize("name", ["complete", "ragged", "holes", "sparse"])
@pytest.mark.parametrize(("kind", "effects"), [("within", "region"), ("twoways", "region+year"), ("by_firm", "region")])
def test_cross_section(stored: Stored, sets: dict[str, pd.DataFrame], name: str, kind: str, effects: Effects) -> None:
    known = stored["cd"][name][kind]
    estimate = fit(FORMULA, sets[name], effects=effects, inference="iid")
    for short, method in METHODS.items():
        if short in known:
            test = cross_section_test(estimate, method, residuals="by region" if kind == "by_firm" else "fitted")
            meets(test, known[short])
    assert test.details["mean_correlation"] == pytest.approx(known["rho"]["statistic"], rel=TOLERANCE)
    assert test.details["mean_abs_correlation"] == pytest.approx(known["absrho"]["statistic"], rel=TOLERANCE)


def test_random_effects_by_any_components(grunfeld: pd.DataFrame) -> None:
    for components in ("re", "re:amemiya"):
        estimate = fit(FORMULA, grunfeld, estimator=components)
        assert cross_section_test(estimate).details["n_pairs"] == 45
        assert breusch_godfrey(estimate).df == (1,)


def test_pairs_with_few_common_years_are_counted(sets: dict[str, pd.DataFrame]) -> None:
    estimate = fit(FORMULA, sets["sparse"], effects="region")
    # 5 windows of 7 years, 3 apart, two firms each: 5 pairs share seven years, 16 four, 12 one and 12 none
    details = cross_section_test(estimate).details
    assert (details["n_pairs"], details["pairs_few_years"]) == (21, 24)
    assert cross_section_test(estimate, min_common=5).details["n_pairs"] == 5
    with pytest.raises(EstimationError, match="no two regions have 8 common years"):
        cross_section_test(estimate, min_common=8)


def test_regions_too_short_for_a_regression_are_named(sets: dict[str, pd.DataFrame]) -> None:
    short = sets["complete"].drop(index=[(3, year) for year in range(1938, 1955)])
    details = cross_section_test(fit(FORMULA, short, effects="region"), residuals="by region").details
    assert (details["regions_left_out"], details["left_out"], details["n_regions"]) == (1, "3", 9)


def test_the_shortest_regions_that_are_kept(sets: dict[str, pd.DataFrame]) -> None:
    four = sets["complete"].drop(index=[(3, year) for year in range(1939, 1955)])
    details = cross_section_test(fit(FORMULA, four, effects="region"), residuals="by region").details
    assert (details["regions_left_out"], details["n_regions"]) == (0, 10)
    three = sets["complete"].drop(index=[(3, year) for year in range(1938, 1955)])
    details = groupwise_heteroskedasticity(fit(FORMULA, three, effects="region"), "Levene").details
    assert (details["regions_left_out"], details["n_regions"]) == (0, 10)


def test_the_bias_of_year_effects_is_said(sets: dict[str, pd.DataFrame]) -> None:
    assert "-3.2 without any dependence" in cross_section_test(fit(FORMULA, sets["complete"])).note
    assert cross_section_test(fit(FORMULA, sets["complete"], effects="region")).note == ""


@pytest.mark.parametrize("null", ["fd", "fe"])
def test_wooldridge_first_differences(
    stored: Stored, sets: dict[str, pd.DataFrame], produc: pd.DataFrame, null: str
) -> None:
    for name, known in stored["differences"]["grunfeld"].items():
        fixed = fit(FORMULA, sets[name], effects="region")
        meets(wooldridge_first_difference(fixed, null, small_sample="CR0"), known[null])  # type: ignore[arg-type]
        differences = fit(FORMULA, sets[name], estimator="fd")
        meets(wooldridge_first_difference(differences, null, small_sample="CR0"), known[null])  # type: ignore[arg-type]
    test = wooldridge_first_difference(fit(OUTPUT, produc, estimator="fd"), null, small_sample="CR0")  # type: ignore[arg-type]
    meets(test, stored["differences"]["produc"][null])


def test_year_effects_stay_in_the_differences(sets: dict[str, pd.DataFrame]) -> None:
    fixed, differences = fit(FORMULA, sets["holes"]), fit(FORMULA, sets["holes"], estimator="fd", effects="year")
    found = wooldridge_first_difference(fixed).statistic
    # fd drops no row that two-way effects fit perfectly, and here there is none
    assert found == pytest.approx(wooldridge_first_difference(differences).statistic, rel=TOLERANCE)
    assert found != pytest.approx(wooldridge_first_difference(fit(FORMULA, sets["holes"], effects="region")).statistic)


def test_wooldridge_within(stored: Stored, sets: dict[str, pd.DataFrame]) -> None:
    for name, known in stored["within_lag"].items():
        test = wooldridge_within(fit(FORMULA, sets[name], effects="region"), small_sample="CR0")
        assert test.details["slope"] == pytest.approx(known["slope"], rel=TOLERANCE)
        assert test.details["std_error"] == pytest.approx(known["std_error"], rel=TOLERANCE)
        if name == "complete":
            meets(test, known["test"])
        else:
            # plm takes −1/(T−1) with all 20 years of the panel
            plm = ((known["slope"] + 1 / 19) / known["std_error"]) ** 2
            assert plm == pytest.approx(known["test"]["statistic"], rel=TOLERANCE)
            assert test.details["expected_slope"] < -1 / 19


def test_the_small_sample_factor_of_wooldridge(sets: dict[str, pd.DataFrame]) -> None:
    estimate = fit(FORMULA, sets["complete"], effects="region")
    bare, ours = wooldridge_within(estimate, small_sample="CR0"), wooldridge_within(estimate)
    assert ours.statistic == pytest.approx(bare.statistic / (10 / 9 * 189 / 188))
    assert (bare.df, ours.df) == ((1, 188), (1, 9))


@pytest.mark.parametrize("name", ["complete", "ragged", "holes"])
def test_breusch_godfrey_stacked(stored: Stored, sets: dict[str, pd.DataFrame], name: str) -> None:
    kinds: dict[str, tuple[str, Effects]] = {
        "within": ("fe", "region"),
        "twoways": ("fe", "region+year"),
        "pooling": ("pooled", "none"),
        "random": ("re", "region"),
    }
    for kind, known in stored["godfrey"][name].items():
        estimator, effects = kinds[kind]
        estimate = fit(FORMULA, sets[name], estimator=estimator, effects=effects)
        meets(breusch_godfrey(estimate, lags="stacked"), known["one"])
        meets(breusch_godfrey(estimate, 2, lags="stacked"), known["two"])


def test_breusch_godfrey_within_regions(sets: dict[str, pd.DataFrame]) -> None:
    data = sets["holes"]
    estimate = fit(FORMULA, data, effects="region")
    residuals = pd.Series(estimate.native.solution.residuals, index=estimate.native.sample.index)  # type: ignore[attr-defined]
    before = [residuals.get((firm, year - 1), 0.0) for firm, year in residuals.index]
    X = np.column_stack([estimate.native.data.X, before])  # type: ignore[attr-defined]
    fitted = X @ np.linalg.lstsq(X, residuals.to_numpy(), rcond=None)[0]
    by_hand = len(data) * (fitted @ fitted) / (residuals @ residuals)
    assert breusch_godfrey(estimate).statistic == pytest.approx(by_hand, rel=TOLERANCE)
    assert "-0.8 standard errors" in breusch_godfrey(estimate).note


WATSON: list[tuple[str, str, Effects]] = [
    (name, kind, effects)
    for name in ("complete", "ragged", "holes")
    for kind, effects in (("within", "region"), ("twoways", "region+year"), ("pooling", "none"))
    # there plm keeps the rows of years with one firm, whose residuals are zero; fit leaves them out
    if (name, kind) != ("ragged", "twoways")
]


@pytest.mark.parametrize(("name", "kind", "effects"), WATSON)
def test_durbin_watson(stored: Stored, sets: dict[str, pd.DataFrame], name: str, kind: str, effects: Effects) -> None:
    estimate, known = fit(FORMULA, sets[name], effects=effects, inference="iid"), stored["watson"][name][kind]
    details = durbin_watson(estimate).details
    assert details["raw"] == pytest.approx(known["bnf"], rel=TOLERANCE)
    assert details["stacked"] == pytest.approx(known["stacked"], rel=TOLERANCE)
    assert durbin_watson(estimate, "LBI").details["raw"] == pytest.approx(known["lbi"], rel=TOLERANCE)


def test_durbin_watson_of_one_series(stored: Stored, grunfeld: pd.DataFrame) -> None:
    index = pd.MultiIndex.from_product([["one"], range(1800, 2000)], names=["firm", "year"])
    series = grunfeld.set_axis(index, axis=0)
    test, known = durbin_watson(fit(FORMULA, series, estimator="pooled", inference="iid")), stored["one_series"]
    assert test.details["raw"] == pytest.approx(known["statistic"], rel=TOLERANCE)
    assert test.p_value == pytest.approx(known["p"], rel=1e-7)  # 12 standard deviations out


@pytest.mark.parametrize("variant", ["BNF", "LBI"])
def test_moments_of_durbin_watson(sets: dict[str, pd.DataFrame], variant: str) -> None:
    """Mean and variance under normal errors against matrices written out, on a panel with gaps and year effects."""
    data = sets["holes"]
    details = durbin_watson(fit(FORMULA, data), variant).details  # type: ignore[arg-type]
    order = data.sort_index()
    dummies = [pd.get_dummies(order.index.get_level_values(level), dtype=float).to_numpy() for level in (0, 1)]
    full = np.column_stack([*dummies, order[["value", "capital"]].to_numpy() / 1000])
    M = np.eye(len(order)) - full @ np.linalg.pinv(full)
    A = np.zeros((len(order), len(order)))
    rows = list(order.index)
    for place, (firm, year) in enumerate(rows):
        step = np.zeros(len(order))
        step[place] = 1
        if (firm, year - 1) in rows:
            step[rows.index((firm, year - 1))] = -1
            A += np.outer(step, step)
        elif place > 0 and rows[place - 1][0] == firm:
            A += np.outer(step, step)
    if variant == "LBI":
        A = np.triu(A, 1) + np.triu(A, 1).T + 2 * np.eye(len(order))
    df, MA = np.trace(M), M @ A
    mean = np.trace(MA) / df
    variance = 2 * (df * np.trace(MA @ MA) - np.trace(MA) ** 2) / (df**2 * (df + 2))
    assert details["expected"] == pytest.approx(mean, rel=TOLERANCE)
    assert details["std_dev"] == pytest.approx(np.sqrt(variance), rel=TOLERANCE)


@pytest.mark.parametrize("name", ["complete", "ragged", "holes"])
@pytest.mark.parametrize(
    ("kind", "effects", "by"),
    [
        ("within", "region", "region"),
        ("pooling", "none", "region"),
        ("within_time", "year", "year"),
        ("pooling_time", "none", "year"),
    ],
)
def test_poolability(
    stored: Stored, sets: dict[str, pd.DataFrame], name: str, kind: str, effects: Effects, by: str
) -> None:
    test, known = poolability(fit(FORMULA, sets[name], effects=effects), by), stored["pool"][name][kind]
    if known is not None:
        meets(test, known)
        assert test.details["groups_left_out"] == 0
    else:
        # plm refuses; the first and last years have too few firms for slopes of their own
        assert "1936, 1953" in str(test.details["left_out"])
        kept = sets[name].drop(index=str(test.details["left_out"]).split(", "), level=1, errors="ignore")
        kept = kept[~kept.index.get_level_values(1).isin([1935, 1936, 1953, 1954])]
        assert poolability(fit(FORMULA, kept, effects=effects), by).statistic == pytest.approx(test.statistic)


@pytest.mark.parametrize("name", ["complete", "holes"])
def test_eras(stored: Stored, sets: dict[str, pd.DataFrame], name: str) -> None:
    estimate, known = fit(FORMULA, sets[name]), stored["eras"][name]
    chow = poolability(estimate, (1942,))
    meets(chow, {"statistic": known["chow"], "parameter": [known["chow_df1"], known["chow_df2"]], "p": known["chow_p"]})
    wald = era_stability(estimate, (1942,))
    n, years = known["n"], estimate.diagnostics["n_years"]
    # CR1S over CR1: (N − 1)/(N − K), K four slopes, one for the nested region effects, and the years less one
    ratio = (n - 1) / (n - (4 + 1 + int(years) - 1))
    assert wald.statistic == pytest.approx(known["statistic"] / ratio, rel=TOLERANCE)
    assert wald.df == (known["df1"], known["df2"])


def test_eras_are_interactions_in_a_formula(sets: dict[str, pd.DataFrame]) -> None:
    data = sets["holes"]
    late = (data.index.get_level_values(1) >= 1942).astype(float)
    data = data.assign(late=late, late_value=late * data["value"], late_capital=late * data["capital"])
    for effects, tested in (("region+year", 2), ("region", 3), ("none", 3)):
        own = fit(f"{FORMULA} + late_value + late_capital{' + late' if tested == 3 else ''}", data, effects=effects)  # type: ignore[arg-type]
        names = ["late_value", "late_capital", "late"][:tested]
        gap, spread = own.params[names].to_numpy(), own.covariance.loc[names, names].to_numpy()
        test = era_stability(fit(FORMULA, data, effects=effects), (1942,))  # type: ignore[arg-type]
        assert test.statistic == pytest.approx(gap @ np.linalg.solve(spread, gap) / tested, rel=1e-7)
        assert test.df == (tested, 8)
        assert test.null.startswith("slopes" if tested == 2 else "intercepts and slopes")


@pytest.mark.parametrize("name", ["complete", "holes"])
def test_variances(stored: Stored, sets: dict[str, pd.DataFrame], name: str) -> None:
    estimate, known = fit(FORMULA, sets[name], effects="region"), stored["variances"][name]
    meets(groupwise_heteroskedasticity(estimate, "Koenker"), known["koenker"])
    meets(groupwise_heteroskedasticity(estimate, "Levene"), known["levene"])
    meets(groupwise_heteroskedasticity(estimate), known["paired"])
    wald, ratio = (groupwise_heteroskedasticity(estimate, one) for one in ("modified Wald", "likelihood ratio"))  # type: ignore[arg-type]
    n_firms = estimate.diagnostics["n_regions"]
    assert wald.statistic == pytest.approx(known["wald"], rel=TOLERANCE)
    assert ratio.statistic == pytest.approx(known["ratio"], rel=TOLERANCE)
    assert (wald.df, ratio.df) == ((n_firms,), (int(n_firms) - 1,))


def test_regions_that_cannot_be_compared_are_named(sets: dict[str, pd.DataFrame]) -> None:
    short = sets["complete"].drop(index=[(3, year) for year in range(1937, 1955)])
    estimate = fit(FORMULA, short, effects="region")
    for method in ("modified Wald", "Levene", "Koenker", "likelihood ratio"):
        details = groupwise_heteroskedasticity(estimate, method).details  # type: ignore[arg-type]
        assert (details["regions_left_out"], details["left_out"], details["n_regions"]) == (1, "3", 9)
    apart = sets["complete"].drop(index=[(3, year) for year in range(1936, 1955, 2)])
    details = groupwise_heteroskedasticity(fit(FORMULA, apart, effects="region")).details
    assert (details["regions_left_out"], details["left_out"]) == (1, "3")


def test_power(stored: Stored) -> None:
    for known in stored["power"]:
        index = pd.MultiIndex.from_product([["a"], range(known["n"])], names=["region", "year"])
        rng = np.random.default_rng(known["n"])
        estimate = fit(
            "y ~ x",
            pd.DataFrame(rng.normal(size=(known["n"], 2)), index, ["x", "y"]),
            estimator="pooled",
            inference="iid",
        )
        error = estimate.std_errors["x"]
        one = Estimate(estimate.params, estimate.covariance, estimate.spec, "", {}, known["n"] - 1)
        found = power_at(one, {"x": -np.sqrt(known["n"]) * known["delta"] * error})
        assert found["power"].item() == pytest.approx(known["power"], rel=TOLERANCE)
        mde = minimum_detectable_effects(one).set_index("term").loc["x"]
        assert mde["mde_exact"] == pytest.approx(np.sqrt(known["n"]) * known["detectable"] * error, rel=TOLERANCE)


def test_smallest_effects(sets: dict[str, pd.DataFrame]) -> None:
    estimate = fit(FORMULA, sets["complete"], effects="region", inference="iid")
    row = estimate.tidy().set_index("term").loc["value"]
    table = smallest_effects(estimate, {"value": row["estimate"] / 2, "capital": 1e6}).set_index("term")
    assert list(table["reading"]) == ["larger", "smaller"]
    assert list(table["detectable"]) == [True, True]
    imprecise = smallest_effects(estimate, {"value": row["estimate"]}).iloc[0]
    assert (imprecise["reading"], imprecise["p_equivalence"]) == ("open", pytest.approx(0.5))
    beside = smallest_effects(estimate, {"value": row["estimate"] - row["std_error"]}).iloc[0]
    assert beside["reading"] == "open"  # above zero, but its interval reaches below the smallest effect
    # power at the minimum detectable effect is the power asked for, by definition
    at = power_at(estimate, {"value": imprecise["mde"]})["power"].item()
    assert at == pytest.approx(0.8, abs=1e-10)


def test_effects_by_degrees_of_freedom_of_each_term(sets: dict[str, pd.DataFrame]) -> None:
    estimate = fit(FORMULA, sets["complete"], effects="region", inference="cluster:region:CR2")
    table = minimum_detectable_effects(estimate, power=0.9, level=0.1)
    assert isinstance(estimate.df, pd.Series)
    for row in table.to_dict("records"):
        df = estimate.df[row["term"]]
        assert row["multiple"] == pytest.approx(stats.t.ppf(0.95, df) + stats.t.ppf(0.9, df))
        assert row["mde"] == pytest.approx(row["multiple"] * estimate.std_errors[row["term"]])
    normal = Estimate(estimate.params, estimate.covariance, estimate.spec, "")
    multiple = minimum_detectable_effects(normal)["multiple"]
    assert multiple.tolist() == pytest.approx([2.8016, 2.8016], abs=1e-4)  # Bloom (1995): 2.8 standard errors


EVERY: list[Callable[[Estimate], object]] = [
    cross_section_test,
    wooldridge_first_difference,
    wooldridge_within,
    breusch_godfrey,
    born_breitung,
    durbin_watson,
    groupwise_heteroskedasticity,
    poolability,
]


@pytest.mark.parametrize("test", EVERY)
def test_weights_and_other_estimators_are_refused(grunfeld: pd.DataFrame, test: Callable[[Estimate], object]) -> None:
    with pytest.raises(OptionError, match="not defined for weighted estimates"):
        test(fit(FORMULA, grunfeld, effects="region", weights="value"))
    with pytest.raises(OptionError, match="not defined for estimator 'between'"):
        test(fit(FORMULA, grunfeld, estimator="between", inference="iid"))
    with pytest.raises(OptionError, match="not defined for estimator 'fd:3'"):
        test(fit(FORMULA, grunfeld, estimator="fd:3"))
    kept = fit(FORMULA, grunfeld, effects="region")
    with pytest.raises(OptionError, match="needs the rows behind the estimate"):
        test(Estimate(kept.params, kept.covariance, kept.spec, ""))


@pytest.mark.parametrize("test", EVERY[:-1])
def test_a_perfect_fit_is_refused(grunfeld: pd.DataFrame, test: Callable[[Estimate], object]) -> None:
    exact = grunfeld.assign(inv=2 * grunfeld["value"] - grunfeld["capital"])
    with pytest.raises(EstimationError, match="fits perfectly"):
        test(fit(FORMULA, exact, effects="region", inference="iid"))


@pytest.mark.parametrize("test", EVERY)
def test_order_labels_and_units_change_nothing(
    grunfeld: pd.DataFrame, test: Callable[[Estimate], HypothesisTest]
) -> None:
    data = grunfeld.drop(index=[(firm, 1935 + (7 * firm) % 20) for firm in range(1, 11)])
    mixed = data.sample(frac=1, random_state=3).rename(index=lambda firm: f"f{97 - firm * 7 % 97}", level=0)
    mixed = mixed.rename_axis(["place", "date"]).assign(value=mixed["value"] * 1000, inv=mixed["inv"] * 1e-6)
    base, other = (test(fit(FORMULA, one, effects="region")) for one in (data, mixed))
    assert other.statistic == pytest.approx(base.statistic, rel=1e-7)
    assert other.df == base.df


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda e: cross_section_test(e, "cd"), OptionError, "CD, CDw"),
        (lambda e: cross_section_test(e, min_common=1), OptionError, "2 common years or more"),
        (lambda e: cross_section_test(e, residuals="own"), OptionError, "fitted, by region"),
        (lambda e: cross_section_test(e, "bias-corrected LM", residuals="by region"), OptionError, "region effects"),
        (lambda e: wooldridge_first_difference(e, "no"), OptionError, "fd, fe"),
        (lambda e: wooldridge_within(e, small_sample="CR1"), OptionError, "CR1S, CR0"),
        (lambda e: breusch_godfrey(e, 0), OptionError, "order cannot be 0"),
        (lambda e: breusch_godfrey(e, 20), EstimationError, "no region has two rows 20 years apart"),
        (lambda e: breusch_godfrey(e, 300, lags="stacked"), EstimationError, "Use a smaller order"),
        (lambda e: born_breitung(e, "LM"), OptionError, r"LM\*, HR"),
        (lambda e: born_breitung(e, "HR", lag=2), OptionError, "HR is defined for lag 1"),
        (lambda e: born_breitung(e, lag=0), OptionError, "1 or more"),
        (lambda e: born_breitung(e, lag=40), EstimationError, "0 regions have enough years"),
        (lambda e: durbin_watson(e, "DW"), OptionError, "BNF, LBI"),
        (lambda e: groupwise_heteroskedasticity(e, "White"), OptionError, "paired Levene, modified Wald"),
        (lambda e: poolability(e, "firm"), OptionError, "the column itself as a series"),
        (lambda e: poolability(e, (1990,)), OptionError, "no row lies in the era 1990–1990; the sample is 1935–1954"),
        (lambda e: poolability(e, (1945, 1940)), OptionError, "ascending"),
        (lambda e: poolability(e, ()), OptionError, "one year or more"),
        (lambda e: poolability(e, 1945), OptionError, "first years of eras"),
        (lambda e: poolability(e, ("1945",)), OptionError, "first years of eras"),
        (lambda e: poolability(e, {1: "a", 2: "b"}), DataError, r"a row has no group \(3, 1935\)"),
        (lambda e: poolability(e, dict.fromkeys(range(1, 11), "a")), DataError, "all rows are of one group, a"),
        (lambda e: era_stability(e, "region"), EstimationError, "18 restrictions cannot be tested with 10 clusters"),
        (lambda e: leave_one_out(e, level=1.0), OptionError, "between 0 and 1"),
        (lambda e: leave_one_out(e.vcov("wild:region")), OptionError, "does not bootstrap"),
        (lambda e: minimum_detectable_effects(e, power=0.01), OptionError, "between the level 0.05 and 1"),
        (lambda e: minimum_detectable_effects(e, level=0.0), OptionError, "level cannot be 0"),
        (lambda e: power_at(e, {"valeu": 1.0}), UnknownNameError, "Did you mean value"),
        (lambda e: power_at(e, float("nan")), OptionError, "cannot be nan"),
        (lambda e: smallest_effects(e, {"value": -1.0}), OptionError, "above zero"),
    ],
)
def test_refusals(
    grunfeld: pd.DataFrame, call: Callable[[Estimate], object], error: type[RegionalEconError], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(fit(FORMULA, grunfeld, effects="region"))


def test_region_effects_are_asked_for(grunfeld: pd.DataFrame) -> None:
    estimate = fit(FORMULA, grunfeld, effects="year")
    for test in (wooldridge_within, born_breitung):
        with pytest.raises(OptionError, match="is for region effects"):
            test(estimate)
    for other in (estimate, fit(FORMULA, grunfeld, estimator="re")):
        with pytest.raises(OptionError, match="region effects taken out"):
            cross_section_test(other, "bias-corrected LM")


@pytest.mark.parametrize(
    ("keep", "test", "message"),
    [
        ([1935, 1937, 1939], wooldridge_within, "0 regions have residuals of two consecutive years"),
        ([1935, 1936], wooldridge_first_difference, "0 regions have residuals of two consecutive years"),
        ([1935, 1937, 1939], born_breitung, "0 regions have enough years"),
        ([1935, 1936], born_breitung, "enough years"),
        ([1935, 1937, 1939], groupwise_heteroskedasticity, "0 regions with 0 pairs of years"),
        ([1935, 1936], lambda e: groupwise_heteroskedasticity(e, "modified Wald"), "0 regions have 3 years"),
        ([1935, 1936], groupwise_heteroskedasticity, "10 pairs of years cannot be compared"),
        ([1935, 1936], poolability, "0 of 10 groups have enough rows"),
        ([1935, 1936, 1937], poolability, "leave no degrees of freedom|fits perfectly"),
        ([1935, 1936, 1937], lambda e: cross_section_test(e, residuals="by region"), "4 years are needed"),
    ],
)
def test_too_few_years(
    grunfeld: pd.DataFrame, keep: list[int], test: Callable[[Estimate], object], message: str
) -> None:
    short = grunfeld[grunfeld.index.get_level_values(1).isin(keep)]
    with pytest.raises(EstimationError, match=message):
        test(fit(FORMULA, short, effects="region"))


def test_one_region_is_no_panel(grunfeld: pd.DataFrame) -> None:
    one = fit(FORMULA, grunfeld.loc[[4]], estimator="pooled", inference="iid")
    for test, message in (
        (cross_section_test, "no two regions"),
        (groupwise_heteroskedasticity, "1 regions with 10 pairs"),
        (poolability, "1 of 1 groups"),
    ):
        with pytest.raises(EstimationError, match=message):
            test(one)
