"""Marginal effects of linear estimates: numerical derivatives, statsmodels, recentred regressions, cases by hand.

Those of the fractional logit are in `test_fractional.py`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

import regional_econ
from regional_econ._base.errors import EstimationError, OptionError, RegionalEconError, UnknownNameError
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.panel.fit import fit
from regional_econ.panel.margins import marginal_effects
from regional_econ.panel.methods import Effects
from regional_econ.panel.model import Fitted
from regional_econ.panel.tables import reference_formula

REACH = {"formula": lambda lhs: lhs, "ln": np.exp, "logit": lambda lhs: 100 / (1 + np.exp(-lhs))}


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    """30 regions, 8 years with gaps; y in per cent, whose region effects follow the means of x."""
    rng = np.random.default_rng(17)
    index = pd.MultiIndex.from_product([[f"r{i:02}" for i in range(30)], range(2000, 2008)], names=["region", "year"])
    frame = pd.DataFrame({"x": rng.normal(1, 1, 240), "z": rng.uniform(1, 3, 240)}, index=index)
    frame["kind"] = np.where(rng.uniform(size=240) < 0.4, "a", np.where(frame["x"] > 1, "b", "c"))
    frame["w"] = rng.uniform(0.5, 2, 240)
    means = frame[["x", "z"]].groupby(level=0).transform("mean")
    lhs = -1 + 0.5 * frame["x"] * frame["z"] - 0.4 * frame["z"] + means["x"] + rng.normal(0, 0.5, 240)
    frame["y"] = 100 / (1 + np.exp(-lhs))
    short = np.isin(index.get_level_values("region"), [f"r{i:02}" for i in range(0, 30, 3)])
    return frame[~(short & np.isin(index.get_level_values("year"), [2000, 2003]))]


def native(estimate: Estimate) -> Fitted:
    assert isinstance(estimate.native, Fitted)
    return estimate.native


def by_name(estimate: Estimate, **options: Any) -> pd.DataFrame:
    return marginal_effects(estimate, **options).set_index("term")


def moved(estimate: Estimate, frame: pd.DataFrame, **changes: Any) -> pd.Series:
    """Fitted values of the sample's rows after a change of the data."""
    return estimate.predict(frame.assign(**changes)).loc[native(estimate).sample.index]


@pytest.mark.parametrize(
    "rhs",
    [
        "x + z",
        "x*z + x:x + C(kind)",
        "ln(z) + logit(z)*x",
        "x + lag(x)*z + ln(lag(z)) + lead(ln(z))",
        "C(kind):x + z*C(kind)",
        "ln(ln(lag(w, 0))) + x:ln(z) + z",
    ],
)
@pytest.mark.parametrize("effects", ["none", "region", "region+year"])
@pytest.mark.parametrize("lhs", ["y", "ln(y)", "logit(y)"])
def test_effects_by_a_variable_are_numerical_derivatives(
    made: pd.DataFrame, lhs: str, rhs: str, effects: Effects
) -> None:
    """A small shift of the variable in every year, through predict; in units of y at the observed left side."""
    frame = made.assign(w=made["w"] + 2)
    estimate = fit(f"{lhs} ~ {rhs}", frame, effects=effects)
    variables, h = [name for name in ("x", "z", "w") if name in rhs], 1e-5  # error of order h², rounding 1e-15/h
    for outcome in ("formula", "level"):
        table = by_name(estimate, with_respect_to="variable", outcome=outcome)
        assert [name for name in table.index if "C(" not in name] == sorted(variables, key=list(table.index).index)
        for name in variables:
            up, down = (moved(estimate, frame, **{name: frame[name] + step}) for step in (h, -h))
            slope = (up - down) / (2 * h)
            if outcome == "level":
                y = frame.loc[slope.index, "y"]
                slope *= {"y": 1.0, "ln(y)": y, "logit(y)": y * (100 - y) / 100}[lhs]
            assert table.loc[name, "estimate"] == pytest.approx(slope.mean(), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("lhs", ["y", "ln(y)", "logit(y)"])
@pytest.mark.parametrize("effects", ["none", "region+year"])
def test_effects_of_dummies_are_changes_from_the_base(made: pd.DataFrame, lhs: str, effects: Effects) -> None:
    """In units of y each row keeps its residual."""
    estimate = fit(f"{lhs} ~ C(kind)*z + x", made, effects=effects)
    for_all = {kind: moved(estimate, made, kind=kind) for kind in "abc"}
    rows = for_all["a"].index
    observed = native(estimate).cases.y.loc[rows]
    back = REACH.get(lhs.split("(")[0], REACH["formula"])
    levels = {kind: back(observed + fitted - estimate.predict().loc[rows]) for kind, fitted in for_all.items()}
    table, in_levels = by_name(estimate), by_name(estimate, outcome="level")
    assert list(table.index) == list(in_levels.index) == ["z", "x", "C(kind)[b]", "C(kind)[c]"]
    for kind in "bc":
        name = f"C(kind)[{kind}]"
        assert table.loc[name, "estimate"] == pytest.approx((for_all[kind] - for_all["a"]).mean(), rel=1e-9)
        assert in_levels.loc[name, "estimate"] == pytest.approx((levels[kind] - levels["a"]).mean(), rel=1e-9)


@pytest.mark.parametrize("lhs", ["ln(y)", "logit(y)"])
def test_errors_are_the_delta_method(made: pd.DataFrame, lhs: str) -> None:
    """Against numerical derivatives by the coefficients, the observed left side held; t(29) at 0.975 from a table."""
    estimate = fit(f"{lhs} ~ C(kind)*z + ln(z):x + x", made)
    found, h = native(estimate), 1e-6
    for with_respect_to in ("term", "variable"):
        table = marginal_effects(estimate, with_respect_to=with_respect_to, outcome="level")  # type: ignore[arg-type]
        columns = []
        for step in np.eye(len(found.data.names)) * h:
            up, down = (
                marginal_effects(
                    replace(estimate, native=replace(found, solution=replace(found.solution, beta=beta))),
                    with_respect_to=with_respect_to,  # type: ignore[arg-type]
                    outcome="level",
                )["estimate"]
                for beta in (found.solution.beta + step, found.solution.beta - step)
            )
            columns.append((up - down) / (2 * h))
        jacobian = np.column_stack(columns)
        errors = np.sqrt(np.diag(jacobian @ estimate.covariance.to_numpy() @ jacobian.T))
        np.testing.assert_allclose(table["std_error"], errors, rtol=1e-6)  # of the numerical derivatives
        reach = table["conf_high"] - table["estimate"]
        np.testing.assert_allclose(reach, 2.0452296421 * table["std_error"], rtol=1e-9)


@pytest.mark.parametrize("inference", ["iid", "hc1", "cluster:region"])
def test_statsmodels_tests_the_same_contrasts(made: pd.DataFrame, inference: str) -> None:
    """Its t_test of the derivative written out; for terms without interactions also its own get_margeff."""
    ours = fit("ln(y) ~ x*z + x:x + C(kind)*z", made, effects="none", inference=inference)
    options: dict[str, Any] = {"iid": {}, "hc1": {"cov_type": "HC1", "use_t": True}}.get(
        inference, {"cov_type": "cluster", "cov_kwds": {"groups": made.index.codes[0]}, "use_t": True}
    )
    theirs = smf.ols("np.log(y) ~ x*z + I(x**2) + C(kind)*z", made.reset_index()).fit(**options)
    x, z, is_b, is_c = made["x"].mean(), made["z"].mean(), (made["kind"] == "b").mean(), (made["kind"] == "c").mean()
    names = list(theirs.params.index)
    for name, contrast in {
        "x": {"x": 1.0, "x:z": z, "I(x ** 2)": 2 * x},
        "z": {"z": 1.0, "x:z": x, "C(kind)[T.b]:z": is_b, "C(kind)[T.c]:z": is_c},
        "C(kind)[c]": {"C(kind)[T.c]": 1.0, "C(kind)[T.c]:z": z},
    }.items():
        row = by_name(ours).loc[name]
        test = theirs.t_test([[contrast.get(term, 0.0) for term in names]])
        np.testing.assert_allclose(row["estimate"], test.effect.item(), rtol=1e-8)  # the project's contract
        np.testing.assert_allclose(row["std_error"], test.sd.item(), rtol=1e-7)
        np.testing.assert_allclose(row[["conf_low", "conf_high"]].astype(float), test.conf_int()[0], rtol=1e-7)
    plain = fit("ln(y) ~ x + z", made, effects="none", inference="cluster:region")
    glm = sm.GLM(np.log(made["y"]), sm.add_constant(made[["x", "z"]])).fit(
        cov_type="cluster", cov_kwds={"groups": made.index.codes[0]}
    )
    margins = glm.get_margeff().summary_frame()
    np.testing.assert_allclose(marginal_effects(plain)["estimate"], margins["dy/dx"], rtol=1e-8)
    np.testing.assert_allclose(marginal_effects(plain)["std_error"], margins["Std. Err."], rtol=1e-7)


ESTIMATORS = ("pooled", "between", "fe", "re", "mundlak", "fd", "fd:2", "fama-macbeth", "hausman-taylor:x+z+x:z")
LEAST_SQUARES = tuple(name for name in ESTIMATORS if not name.startswith(("fama", "hausman")))
CENTRED = [
    *product(ESTIMATORS, ("iid", "hc1", "cluster:region")),
    *product(LEAST_SQUARES, ("cluster:region:CR2", "cluster:region:CR3")),  # what these errors are for
]


def averaged(estimate: Estimate, frame: pd.DataFrame, name: str) -> float:
    """The mean of a variable over the rows that an estimator's effects are averaged over."""
    if estimate.spec.estimator == "between":
        return float(frame[name].groupby(level=0).mean().mean())
    return float(frame.loc[native(estimate).sample.index, name].mean())


@pytest.mark.parametrize(("estimator", "inference"), CENTRED)
def test_an_effect_is_the_coefficient_once_the_other_variable_is_centred(
    made: pd.DataFrame, estimator: str, inference: str
) -> None:
    """y ~ x*(z − z̄) is the same regression, in which x's coefficient is the average effect: its error, its degrees of
    freedom and its interval are those of the effect."""
    estimate = fit("y ~ x*z + ln(w)", made, estimator=estimator, inference=inference)
    centred = made.assign(z=made["z"] - averaged(estimate, made, "z"))
    again = fit("y ~ x*z + ln(w)", centred, estimator=estimator, inference=inference)
    row, expected = by_name(estimate).loc["x"], again.tidy().set_index("term").loc["x"]
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        assert row[column] == pytest.approx(expected[column], rel=1e-7), column  # other columns, so other rounding
    z = by_name(estimate).loc["z", "estimate"]
    by_hand = estimate.params["z"] + estimate.params["x:z"] * averaged(estimate, made, "x")
    assert z == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    "inference", ["hc2", "hc3", "cluster:year:CR1", "cluster:region+year", "cluster:kind:CR2", "dk:2", "wild:region"]
)
def test_any_errors_go_along(made: pd.DataFrame, inference: str) -> None:
    """By hand for x in x*z: V(x) + 2 z̄ V(x, x:z) + z̄² V(x:z)."""
    made = made.assign(kind=made.index.codes[0] // 3)
    estimate = fit("y ~ x*z", made, effects="region").vcov(inference)
    V, z = estimate.covariance, averaged(estimate, made, "z")
    variance = V.loc["x", "x"] + 2 * z * V.loc["x", "x:z"] + z**2 * V.loc["x:z", "x:z"]
    row = by_name(estimate, level=0.8).loc["x"]
    assert row["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-9)
    plain = estimate.vcov("cluster:region") if inference.startswith("wild") else estimate
    pd.testing.assert_frame_equal(by_name(estimate, level=0.8), by_name(plain, level=0.8))
    df = plain.test(f"x + {z!r}*x:z = 0").df[0]
    assert row["conf_high"] - row["estimate"] == pytest.approx(stats.t.ppf(0.9, df) * row["std_error"], rel=1e-9)


def test_levels_by_hand(made: pd.DataFrame) -> None:
    log, logit = (fit(f"{lhs} ~ ln(z) + x", made, effects="region") for lhs in ("ln(y)", "logit(y)"))
    y, z = (made.loc[native(log).sample.index, name] for name in ("y", "z"))
    by_variable = by_name(log, with_respect_to="variable", outcome="level")
    assert by_variable.loc["z", "estimate"] == pytest.approx((y / z).mean() * log.params["ln(z)"], rel=1e-12)
    assert by_variable.loc["z", "std_error"] == pytest.approx((y / z).mean() * log.std_errors["ln(z)"], rel=1e-12)
    by_term = by_name(logit, outcome="level")
    assert by_term.loc["ln(z)", "estimate"] == pytest.approx(
        (y * (100 - y) / 100).mean() * logit.params["ln(z)"], rel=1e-12
    )
    assert by_term.loc["x", "estimate"] == pytest.approx((y * (100 - y) / 100).mean() * logit.params["x"], rel=1e-12)


def test_a_large_step_of_a_dummy_in_units_of_y(made: pd.DataFrame) -> None:
    """y doubles exactly with the flag: the mean of y without it is the effect, which y·ln 2 would miss."""
    flag = (made["kind"] == "a").astype(int)
    frame = made.assign(flag=flag, y=np.exp(made["x"]) * 2.0**flag, noise=made["w"])
    estimate = fit("ln(y) ~ C(flag) + x + noise", frame, effects="none", inference="iid")
    effect = by_name(estimate, outcome="level").loc["C(flag)[1]", "estimate"]
    assert effect == pytest.approx(np.exp(made["x"]).mean(), rel=1e-9)


def test_changes_are_variables_of_their_own(made: pd.DataFrame) -> None:
    estimate = fit("y ~ x + d(x) + lag(d(x)) + diff_log(z) + ln(z)", made, effects="region")
    table = by_name(estimate, with_respect_to="variable")
    assert list(table.index) == ["x", "d(x)", "diff_log(z)", "z"]
    assert table.loc["x", "estimate"] == pytest.approx(estimate.params["x"], rel=1e-12)
    both = estimate.params["d(x)"] + estimate.params["lag(d(x), 1)"]
    assert table.loc["d(x)", "estimate"] == pytest.approx(both, rel=1e-12)


def test_lags_add_up_to_the_effect_of_a_lasting_shift(made: pd.DataFrame) -> None:
    estimate = fit("y ~ x + lag(x, 1:2)", made, effects="region", inference="cluster:region:CR2")
    assert list(by_name(estimate).index) == ["x", "lag(x, 1)", "lag(x, 2)"]
    row = by_name(estimate, with_respect_to="variable").loc["x"]
    test = estimate.test("x + lag(x, 1) + lag(x, 2) = 0")
    assert row["estimate"] == pytest.approx(test.details["estimate"], rel=1e-12)
    assert row["std_error"] == pytest.approx(test.details["std_error"], rel=1e-12)


def test_weights_weight_the_average(made: pd.DataFrame) -> None:
    estimate = fit("y ~ x*z", made, effects="region", weights="w")
    z = np.average(made.loc[native(estimate).sample.index, "z"], weights=native(estimate).sample.weights)
    expected = estimate.params["x"] + z * estimate.params["x:z"]
    assert by_name(estimate).loc["x", "estimate"] == pytest.approx(expected, rel=1e-12)


def test_rows_alone_in_their_region_do_not_count(made: pd.DataFrame) -> None:
    lone = made.iloc[[0]].rename(index={"r00": "lone"}, level=0).assign(z=1e6)
    frame = pd.concat([lone, made])
    estimate = fit("y ~ x*z", frame, effects="region")
    assert estimate.diagnostics["n_singletons"] == 1
    pd.testing.assert_frame_equal(
        marginal_effects(estimate), marginal_effects(fit("y ~ x*z", made, effects="region")), rtol=1e-9
    )


def test_an_effect_that_is_zero_whatever_the_coefficients() -> None:
    """The mean of 2x is zero, so x:x alone has no average effect and no error."""
    index = pd.MultiIndex.from_product([range(12), range(2000, 2003)], names=["region", "year"])
    x = np.tile([-1.0, 0.0, 1.0], 12) * np.repeat(np.arange(1.0, 13), 3)
    y = x**2 + np.random.default_rng(3).normal(size=36)
    estimate = fit("y ~ x:x", pd.DataFrame({"x": x, "y": y}, index), inference="cluster:region:CR2")
    np.testing.assert_allclose(marginal_effects(estimate).iloc[0, 1:].astype(float), 0, atol=1e-12)  # a sum's rounding


def test_the_order_of_rows_and_units_of_measurement_change_nothing(made: pd.DataFrame) -> None:
    formula = "ln(y) ~ x*z + ln(z) + C(kind)"
    base = marginal_effects(fit(formula, made), outcome="level", with_respect_to="variable")
    mixed = made.sample(frac=1, random_state=5).assign(y=made["y"] * 1000, x=made["x"] / 10)
    other = marginal_effects(fit(formula, mixed), outcome="level", with_respect_to="variable")
    scale = np.array([1e4, 1e3, 1e3, 1e3])
    assert other["term"].tolist() == base["term"].tolist() == ["x", "z", "C(kind)[b]", "C(kind)[c]"]
    for column in ("estimate", "std_error", "conf_low", "conf_high"):
        np.testing.assert_allclose(other[column], base[column] * scale, rtol=1e-8)  # sums in another order


def test_the_reference_specification_and_the_public_name(panel: Panel, study: Study) -> None:
    estimate = fit(reference_formula(panel, study), panel, years=(study.first_year, study.last_year))
    table, tidy = regional_econ.marginal_effects(estimate), estimate.tidy()
    assert table["term"].tolist() == tidy["term"].tolist()
    for column in ("estimate", "std_error", "conf_low", "conf_high"):  # without interactions, the coefficients
        np.testing.assert_allclose(table[column], tidy[column], rtol=1e-12)
    in_levels = marginal_effects(estimate, outcome="level")
    y = panel.frame.loc[native(estimate).sample.index, study.outcome]
    np.testing.assert_allclose(in_levels["estimate"], y.mean() * table["estimate"], rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"names": ["ln(zz)"]}, UnknownNameError, r"unknown effect 'ln\(zz\)'.*ln\(z\)"),
        ({"names": "x", "with_respect_to": "variable"}, UnknownNameError, "unknown effect 'x'.*Known are: z"),
        ({"with_respect_to": "level"}, OptionError, "with_respect_to.*term, variable"),
        ({"outcome": "share"}, OptionError, "outcome.*formula, level"),
        ({"level": 95}, OptionError, "level cannot be 95"),
    ],
)
def test_refusals_name_what_is_wrong(
    made: pd.DataFrame, options: dict[str, Any], error: type[RegionalEconError], message: str
) -> None:
    with pytest.raises(error, match=message):
        marginal_effects(fit("y ~ ln(z)", made), **options)


def test_refusals_of_estimates(made: pd.DataFrame) -> None:
    for lhs in ("diff_log(y)", "d(ln(y))", "ln(ln(y))"):
        estimate = fit(f"{lhs} ~ z", made.assign(y=made["y"] + 2))
        assert len(marginal_effects(estimate)) == 1
        with pytest.raises(OptionError, match=r'no level is known for .*only for y, ln\(y\).*outcome="formula"'):
            marginal_effects(estimate, outcome="level")
    numbers = Estimate(pd.Series({"a": 1.0}), pd.DataFrame({"a": {"a": 1.0}}), Spec("y ~ a", "fe", "none", "iid"), "")
    with pytest.raises(EstimationError, match=r"keeps too little for marginal effects.*Fit it again"):
        marginal_effects(numbers)
    frame = made.copy()
    estimate = fit("y ~ x + lag(z)", frame)
    frame.loc[("r01", 2003), "z"] += 1
    with pytest.raises(EstimationError, match=r"lag\(z, 1\) was changed in the data after the fit. Fit again"):
        marginal_effects(estimate)


def test_a_negative_variance_of_a_sum_is_refused(made: pd.DataFrame) -> None:
    estimate = fit("y ~ x*z", made, effects="region")
    found = native(estimate)
    matrix = found.covariance.matrix.copy()
    matrix[0, 2] = matrix[2, 0] = -2 * np.sqrt(matrix[0, 0] * matrix[2, 2])
    bent = replace(estimate, native=replace(found, covariance=replace(found.covariance, matrix=matrix)))
    with pytest.raises(EstimationError, match="two-way clustering gives the effect of x a negative variance"):
        marginal_effects(bent)


def test_one_name_selects_one_row(made: pd.DataFrame) -> None:
    estimate = fit("y ~ x*z", made)
    assert marginal_effects(estimate, names="z")["term"].tolist() == ["z"]
    assert marginal_effects(estimate, names=["z", "x"])["term"].tolist() == ["z", "x"]
    assert marginal_effects(estimate, names=[]).empty


def test_predictors_under_lags_of_the_left_side(made: pd.DataFrame) -> None:
    """lead(ln(y)) on the left: the level is that of y a year later."""
    estimate = fit("lead(ln(y)) ~ x", made, effects="region")
    later = np.exp(native(estimate).sample.y)
    effect = by_name(estimate, outcome="level").loc["x", "estimate"]
    assert effect == pytest.approx(later.mean() * estimate.params["x"], rel=1e-12)
