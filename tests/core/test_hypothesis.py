"""Linear hypotheses: what their text says, and what a test of them says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from regional_econ._base.errors import EstimationError, FormulaError, OptionError
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.hypothesis import Hypothesis, parse_hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest, tail

TERMS = ["a", "ln(b)", "lag(ln(b), 1)", "c"]
PARAMS = np.array([1.0, 2.0, 0.5, -1.0])
COVARIANCE = np.array([[0.04, 0.01, 0.0, 0.0], [0.01, 0.09, 0.0, 0.0], [0.0, 0.0, 0.25, 0.1], [0.0, 0.0, 0.1, 0.16]])


@pytest.mark.parametrize(
    ("text", "matrix", "values"),
    [
        ("a", [[1, 0, 0, 0]], [0]),
        ("a = 0", [[1, 0, 0, 0]], [0]),
        (" a=ln(b) ", [[1, -1, 0, 0]], [0]),
        ("ln(b) = 0.5, lag(ln(b), 1) = c", [[0, 1, 0, 0], [0, 0, 1, -1]], [0.5, 0]),
        ("-a + 2*ln(b) - 3e-1 * c = 1 - 0.25", [[-1, 2, 0, -0.3]], [0.75]),
        ("2 = a + a", [[-2, 0, 0, 0]], [-2]),
        ("+a - .5 = 1.", [[1, 0, 0, 0]], [1.5]),
        ("a + 1 = ln(b) + 2", [[1, -1, 0, 0]], [1]),
    ],
)
def test_an_equation_is_a_row_and_a_value(text: str, matrix: list[list[float]], values: list[float]) -> None:
    found = parse_hypothesis(text, TERMS)
    np.testing.assert_allclose(found.matrix, matrix, rtol=1e-15)
    np.testing.assert_allclose(found.values, values, rtol=1e-15)
    assert found.text == text.strip()


LISTED = "The coefficients are: a, ln(b), lag(ln(b), 1), c."
SORTED = "The coefficients are: lag(ln(b), 1), ln(b), a, c."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1 = c", "'a = 1 = c' has more than one '='. Join equations by commas."),
        ("1 = 1", f"'1 = 1' says nothing about a coefficient. {LISTED}"),
        ("c, a = a", f"'a = a' says nothing about a coefficient. {LISTED}"),
        ("a = 1, 2*a = 2", "the equations of 'a = 1, 2*a = 2' repeat or contradict each other. Leave one out."),
        ("b = 0", f"cannot read 'b' in the hypothesis 'b = 0'. {SORTED}"),
        ("a c = 0", f"cannot read 'c' in the hypothesis 'a c = 0'. {SORTED}"),
        ("2 * x = 0", f"cannot read 'x' in the hypothesis '2 * x = 0'. {SORTED}"),
        ("2 * = 0", f"cannot read '' in the hypothesis '2 * = 0'. {SORTED}"),
        ("a - ", f"cannot read '' in the hypothesis 'a - '. {SORTED}"),
    ],
)
def test_what_cannot_be_read_is_shown_beside_the_coefficients(text: str, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_hypothesis(text, TERMS)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["", "a = ", "= 1", "a,, c", "a ="])
def test_an_empty_side_is_refused(text: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_hypothesis(text, TERMS)
    assert str(caught.value).startswith(f"a side of {text!r} is empty. The coefficients are: ")
    for term in TERMS:
        assert term in str(caught.value)


@pytest.mark.parametrize("df", [12.0, np.inf])
def test_one_equation_is_a_t_test(df: float) -> None:
    found = wald(parse_hypothesis("a = ln(b) - 2", TERMS), PARAMS, COVARIANCE, df)
    error = np.sqrt(0.04 + 0.09 - 2 * 0.01)
    assert found.statistic == pytest.approx((1.0 - 2.0 + 2.0) / error, rel=1e-12)
    assert (found.distribution, found.df) == (("t", (12.0,)) if np.isfinite(df) else ("normal", ()))
    reference = stats.t(df) if np.isfinite(df) else stats.norm
    assert found.p_value == pytest.approx(2 * reference.sf(found.statistic), rel=1e-12)
    assert found.details == {"estimate": pytest.approx(-1.0), "std_error": pytest.approx(error)}
    assert (found.method, found.null, found.source) == ("Wald", "a = ln(b) - 2", "Wald (1943)")


@pytest.mark.parametrize("df", [12.0, np.inf])
def test_two_equations_are_an_f_test(df: float) -> None:
    found = wald(parse_hypothesis("a = 0, c = 0", TERMS), PARAMS, COVARIANCE, df)
    # the two coefficients are not correlated
    quadratic = 1.0 / 0.04 + 1.0 / 0.16
    assert found.statistic == pytest.approx(quadratic / (2 if np.isfinite(df) else 1), rel=1e-12)
    assert (found.distribution, found.df) == (("F", (2.0, 12.0)) if np.isfinite(df) else ("chi2", (2.0,)))
    reference = stats.f(2, 12) if np.isfinite(df) else stats.chi2(2)
    assert found.p_value == pytest.approx(reference.sf(found.statistic), rel=1e-12)
    assert found.details == {}


@pytest.mark.parametrize("covariance", [np.zeros((2, 2)), np.ones((2, 2)), np.diag([1.0, 0.0])])
def test_a_direction_without_variance_cannot_be_tested(covariance: np.ndarray) -> None:
    with pytest.raises(EstimationError) as caught:
        wald(Hypothesis(np.eye(2), np.zeros(2), "a, b"), np.ones(2), covariance, 9.0)
    advice = "Test fewer equations at once, or use errors with more clusters."
    assert str(caught.value) == f"the covariance cannot test 'a, b': it has no variance in some direction. {advice}"


@pytest.mark.parametrize(
    ("distribution", "df", "value"),
    [("normal", (), -1.3), ("t", (7.0,), -1.3), ("chi2", (3.0,), 4.2), ("F", (2.0, 9.0), 3.3)],
)
def test_tails_are_those_of_scipy(distribution: str, df: tuple[float, ...], value: float) -> None:
    law = {"normal": stats.norm, "t": stats.t, "chi2": stats.chi2, "F": stats.f}[distribution](*df)
    two_sided = distribution in ("normal", "t")
    wanted = 2 * law.sf(abs(value)) if two_sided else law.sf(value)
    assert tail(value, distribution, df) == pytest.approx(wanted, rel=1e-12)  # type: ignore[arg-type]


def test_draws_have_no_tail_of_their_own() -> None:
    with pytest.raises(ValueError, match="a resampled p-value comes from its draws"):
        tail(1.0, "resampled")


@pytest.mark.parametrize(
    ("distribution", "df", "p_value", "note", "text"),
    [
        ("normal", (), 0.05, "", "CD: 2.5000, N(0, 1), p 0.0500. Null: none."),
        ("resampled", (), 0.05, "99 draws.", "CD: 2.5000, resampled, p 0.0500. Null: none. 99 draws."),
        ("F", (2.0, 84.0), 0.05, "", "CD: 2.5000, F(2, 84), p 0.0500. Null: none."),
        ("chi2", (3.0,), float("nan"), "Too short.", "CD: 2.5000, chi2(3), p none. Null: none. Too short."),
    ],
)
def test_a_test_reads_as_a_line_and_a_row(
    distribution: str, df: tuple[float, ...], p_value: float, note: str, text: str
) -> None:
    found = HypothesisTest("CD", "none", 2.5, distribution, df, p_value, "S", note, {"lags": 2})  # type: ignore[arg-type]
    assert str(found) == text
    row = found.to_frame().iloc[0].to_dict()
    wanted = {"method": "CD", "null": "none", "statistic": 2.5, "distribution": distribution, "note": note, "lags": 2}
    assert {key: row[key] for key in wanted} == wanted
    assert list(row) == [
        "method", "null", "statistic", "distribution", "df", "df_denominator", "p_value", "note", "lags",
    ]  # fmt: skip
    np.testing.assert_equal([row["df"], row["df_denominator"]], [*df, np.nan, np.nan][:2])
    np.testing.assert_equal(row["p_value"], p_value)


@pytest.fixture
def estimate() -> Estimate:
    spec = Spec("y ~ a + b", "fe", "region", "cluster:region", "all years")
    covariance = pd.DataFrame(np.diag([0.04, 0.0]), index=["a", "b"], columns=["a", "b"])
    return Estimate(pd.Series([1.0, 0.0], index=["a", "b"]), covariance, spec, "0" * 64, {"n_obs": 9, "r2": 0.25}, 8.0)


def test_an_estimate_of_numbers_alone_is_tested_but_not_refitted(estimate: Estimate) -> None:
    assert estimate.test("a = 1").statistic == 0.0
    assert estimate.test("a = 0.5").p_value == pytest.approx(2 * stats.t.sf(2.5, 8))
    for ask, wanted in ((lambda: estimate.vcov("dk"), "other errors"), (lambda: estimate.predict(), "predictions")):
        with pytest.raises(EstimationError) as caught:
            ask()
        assert str(caught.value) == f"this fe estimate keeps too little for {wanted}. Fit it again with that."


def test_an_estimate_shows_its_intervals_and_its_numbers(estimate: Estimate) -> None:
    table = estimate.to_frame()
    assert list(table["term"]) == ["a", "b"]
    assert table["statistic"].tolist()[0] == pytest.approx(5.0)
    assert np.isnan(table["statistic"][1]), "no error, no statistic"
    drawn = estimate.plot_data()
    for level in (80, 95):
        reach = stats.t.ppf(0.5 + level / 200, 8) * 0.2
        assert drawn[f"conf_low{level}"][0] == pytest.approx(1.0 - reach)
        assert drawn[f"conf_high{level}"][0] == pytest.approx(1.0 + reach)
    assert set(drawn["model"]) == {"fe"}
    assert estimate.glance() == {"n_obs": 9, "r2": 0.25, "df": 8.0}
    endless = Estimate(estimate.params, estimate.covariance, estimate.spec, "0" * 64)
    assert endless.glance() == {"df": "inf"}
    assert str(endless).startswith("2 coefficients from ? observations: ")
    assert str(estimate).startswith("2 coefficients from 9 observations: ")
    summary = estimate.summary().splitlines()
    assert summary[0] == str(estimate.spec)
    assert summary[1:3] == ["n_obs: 9 · r2: 0.25 · df: 8", ""]


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.1])
def test_a_level_lies_between_zero_and_one(estimate: Estimate, level: float) -> None:
    with pytest.raises(OptionError) as caught:
        estimate.tidy(level)
    assert str(caught.value) == f"level cannot be {level}. Give a number between 0 and 1, such as 0.95."


def test_resampled_intervals_exist_at_their_own_levels_only(estimate: Estimate) -> None:
    drawn = pd.DataFrame({"p_value": [0.01, 0.5], "conf_low95": [0.1, -1.0], "conf_high95": [2.0, 1.0]}, ["a", "b"])
    found = Estimate(estimate.params, estimate.covariance, estimate.spec, "0" * 64, resampled=drawn)
    assert found.tidy(0.95)[["p_value", "conf_low", "conf_high"]].to_numpy().tolist() == [[0.01, 0.1, 2], [0.5, -1, 1]]
    with pytest.raises(OptionError) as caught:
        found.tidy(0.9)
    assert str(caught.value) == "no intervals of 90 % were resampled. Use 0.95 or 0.80."
