"""What one does with an estimate: predict, and test equations about its coefficients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from regional_econ._base.errors import DataError, EstimationError, FormulaError, UnknownNameError
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.panel.fit import fit

FORMULA = "inv ~ value + lag(capital, 1) + C(era)"


@pytest.fixture(scope="module")
def eras(holes: pd.DataFrame) -> pd.DataFrame:
    years = holes.index.get_level_values("year")
    return holes.assign(era=np.select([years < 1940, years < 1947], ["before", "war"], "after"))


@pytest.fixture(scope="module")
def plain(eras: pd.DataFrame) -> pd.DataFrame:
    """The same rows for statsmodels, which knows no lags by year."""
    earlier = eras["capital"].rename(index=lambda year: year + 1, level="year")
    return eras.assign(before=earlier.reindex(eras.index)).dropna().reset_index()


@pytest.mark.parametrize(
    ("effects", "dummies"), [("none", ""), ("region", "+ C(firm)"), ("year", "+ C(year)"), ("region+year", "")]
)
def test_fitted_values(eras: pd.DataFrame, plain: pd.DataFrame, effects: str, dummies: str) -> None:
    formula, written = FORMULA, f"inv ~ value + before + C(era) {dummies}"
    if "year" in effects:
        formula, written = "inv ~ value + lag(capital, 1)", "inv ~ value + before + C(year)" + dummies[:0]
        written += " + C(firm)" if effects == "region+year" else ""
    estimate = fit(formula, eras, effects=effects)  # type: ignore[arg-type]
    used = plain.set_index(["firm", "year"]).loc[estimate.predict().index]
    reference = smf.ols(written, used.reset_index()).fit()
    assert estimate.diagnostics["n_singletons"] == 0
    np.testing.assert_allclose(estimate.predict(), reference.fittedvalues, rtol=1e-9)
    whole = estimate.predict(eras.drop(columns="inv"))
    np.testing.assert_allclose(whole.loc[used.index], reference.fittedvalues, rtol=1e-8)


def test_new_rows_take_their_effects_and_the_dummies_of_the_sample(eras: pd.DataFrame) -> None:
    estimate = fit(FORMULA, eras, effects="region")
    new = pd.DataFrame(
        {"value": [100.0, 200.0, 300.0], "capital": [10.0, 20.0, 30.0], "era": ["war", "war", "war"]},
        index=pd.MultiIndex.from_tuples([(1, 1960), (1, 1961), (2, 1961)], names=["firm", "year"]),
    )
    found = estimate.predict(new)
    assert found.index.tolist() == [(1, 1961)], "the lag of the other rows is not there"
    fitted, rows = estimate.predict(), fit(FORMULA, eras, effects="region").native.sample  # type: ignore[attr-defined]
    effect = (fitted - rows.X @ estimate.params.to_numpy()).xs(1, level="firm").iloc[0]
    expected = effect + estimate.params["value"] * 200 + estimate.params["lag(capital, 1)"] * 10
    assert found.iloc[0] == pytest.approx(expected + estimate.params["C(era)[war]"])


def test_predictions_that_do_not_exist_are_refused(eras: pd.DataFrame) -> None:
    def moved(firm: int, year: int, era: str = "war") -> pd.DataFrame:
        index = pd.MultiIndex.from_tuples([(firm, year)], names=["firm", "year"])
        return pd.DataFrame({"value": [1.0], "capital": [1.0], "era": [era]}, index=index)

    formula = "inv ~ value + capital + C(era)"
    with pytest.raises(EstimationError, match=r"no effect of this firm was estimated \(77, 1950\)"):
        fit(formula, eras, effects="region").predict(moved(77, 1950))
    with pytest.raises(EstimationError, match=r"no effect of this year was estimated \(1, 1990\)"):
        fit("inv ~ value", eras).predict(moved(1, 1990))
    with pytest.raises(DataError, match=r"C\(era\) has the level 'tomorrow'.*after, before, war"):
        fit(formula, eras, effects="region").predict(moved(1, 1950, "tomorrow"))
    with pytest.raises(UnknownNameError, match="value"):
        fit(formula, eras, effects="region").predict(moved(1, 1950).drop(columns="value"))
    with pytest.raises(DataError, match="no row has all of value"):
        fit(formula, eras, effects="region").predict(moved(1, 1950).assign(value=np.nan))
    with pytest.raises(EstimationError, match="for the sample only"):
        fit("inv ~ value", eras, estimator="fd").predict(moved(1, 1950))


def test_changes_are_what_first_differences_fit(grunfeld: pd.DataFrame) -> None:
    estimate = fit("inv ~ value", grunfeld, estimator="fd", effects="none")
    change = grunfeld["value"].groupby("firm").diff().dropna()
    np.testing.assert_allclose(estimate.predict(), estimate.params["value"] * change)


@pytest.mark.parametrize(
    ("hypothesis", "theirs"),
    [
        ("value = 0", "value = 0"),
        ("value = before", "value = before"),
        ("value - 2*before = 0.05", "value - 2*before = 0.05"),
        ("value = 0, before = 0", "value = 0, before = 0"),
        ("C(era)[before] = C(era)[war], value = 0.1", "C(era)[T.before] = C(era)[T.war], value = 0.1"),
    ],
)
def test_equations(eras: pd.DataFrame, plain: pd.DataFrame, hypothesis: str, theirs: str) -> None:
    reference = smf.ols("inv ~ value + before + C(era)", plain).fit()
    found = fit(FORMULA, eras, effects="none", inference="iid").test(
        hypothesis.replace("before", "lag(capital, 1)").replace("[lag(capital, 1)]", "[before]")
    )
    expected = reference.f_test(theirs)
    statistic = found.statistic**2 if found.distribution == "t" else found.statistic
    assert statistic == pytest.approx(float(expected.fvalue), rel=1e-8)
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-7)
    assert hypothesis.split("=")[0].strip()[:5] in str(found)


def test_bias_reduced_errors_test_a_combination_with_its_own_freedom(grunfeld: pd.DataFrame) -> None:
    """A sum of two coefficients is the coefficient of one of them after a change of variables."""
    estimate = fit("inv ~ value + capital", grunfeld, inference="cluster:region:CR2")
    turned = grunfeld.assign(capital=grunfeld["capital"] - grunfeld["value"])
    again = fit("inv ~ value + capital", turned, inference="cluster:region:CR2")
    found = estimate.test("value + capital = 0")
    row = again.tidy().set_index("term").loc["value"]
    assert isinstance(again.df, pd.Series)
    assert found.df == (pytest.approx(again.df["value"]),)
    assert found.p_value == pytest.approx(row["p_value"])


def test_too_few_clusters_for_so_many_equations(grunfeld: pd.DataFrame) -> None:
    frame = grunfeld.assign(half=grunfeld.index.get_level_values("firm") % 2)
    estimate = fit("inv ~ value + capital", frame, inference="cluster:half")
    with pytest.raises(EstimationError, match="no variance in some direction"):
        estimate.test("value = 0, capital = 0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("valeu = 0", "cannot read 'valeu'.*capital, value"),
        ("value == 0", "more than one '='"),
        ("value = 0, value = 1", "repeat or contradict"),
        ("1 = 1", "says nothing about a coefficient"),
        ("", "is empty"),
        ("value capital", "cannot read 'capital'"),
        ("value * 2 = 0", "cannot read"),
        ("__import__('os') = 0", "cannot read"),
    ],
)
def test_equations_that_cannot_be_read(grunfeld: pd.DataFrame, text: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        fit("inv ~ value + capital", grunfeld).test(text)


def test_an_estimate_of_numbers_alone_tests_and_says_what_it_cannot() -> None:
    params = pd.Series([1.0, 2.0], index=["a", "b"])
    covariance = pd.DataFrame([[1.0, 0.0], [0.0, 4.0]], index=["a", "b"], columns=["a", "b"])
    estimate = Estimate(params, covariance, Spec("y ~ a + b", "fe", "region", "iid"), "none")
    found = estimate.test("a = b")
    assert (found.distribution, found.statistic) == ("normal", pytest.approx(-1 / np.sqrt(5)))
    assert estimate.test("a = 0, b = 0").statistic == pytest.approx(2.0)
    for use in (estimate.predict, lambda: estimate.vcov("dk")):
        with pytest.raises(EstimationError, match="keeps too little"):
            use()  # type: ignore[operator]
