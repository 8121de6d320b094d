"""Fractional logit: against R, statsmodels and a published table; partial effects against numerical derivatives.

`tests/oracles/panel_fractional.R` made `panel_fractional.json`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from regional_econ._base.errors import (
    DataError,
    EstimationError,
    FormulaError,
    OptionError,
    RegionalEconError,
    UnknownNameError,
)
from regional_econ.core.estimate import Estimate, Model
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.panel.fit import fit
from regional_econ.panel.fractional import Fractional, Unbalanced, fractional_logit
from regional_econ.panel.margins import marginal_effects
from regional_econ.panel.methods import Effects
from regional_econ.panel.tables import reference_formula

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
FORMULA = "unemp ~ ln(pcap) + ln(gsp) + ln(emp)"
YEARS = (2006, 2022)
EFFECTS: tuple[Effects, ...] = ("none", "year", "region", "region+year")
INFERENCES = ("iid", "hc0", "hc1", "cluster:region:CR0", "cluster:region:CR1", "cluster:region:CR1S", "dk:2")


@pytest.fixture(scope="module")
def r() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((ORACLES / "panel_fractional.json").read_text(encoding="utf-8"))
    return stored


@pytest.fixture(scope="module")
def states() -> pd.DataFrame:
    """Munnell's states as the R script leaves them: unbalanced, with gaps, some shares 0 and 1."""
    frame = pd.read_csv(ORACLES / "data" / "produc.csv")
    row = np.arange(len(frame))
    frame.loc[row % 97 == 5, "unemp"] = 0
    frame.loc[row % 211 == 7, "unemp"] = 100
    return frame[(row * row) % 13 != 4].drop(columns="region").set_index(["state", "year"])


@pytest.fixture(scope="module")
def driven(panel: Panel, study: Study) -> str:
    """The share itself on the drivers of the reference specification."""
    return f"{study.outcome} ~ {reference_formula(panel, study).split(' ~ ')[1]}"


@pytest.fixture(scope="module")
def made() -> pd.DataFrame:
    """30 regions, 8 years with gaps; region effects follow the means of x and z and the number of years."""
    rng = np.random.default_rng(11)
    index = pd.MultiIndex.from_product([[f"r{i:02}" for i in range(30)], range(2000, 2008)], names=["region", "year"])
    frame = pd.DataFrame({"x": rng.normal(size=240), "z": rng.uniform(1, 3, 240)}, index=index)
    short = np.isin(index.get_level_values("region"), [f"r{i:02}" for i in range(0, 30, 3)])
    frame = frame[~(short & np.isin(index.get_level_values("year"), [2000, 2003]))]
    frame["kind"] = np.where(rng.uniform(size=len(frame)) < 0.4, "a", np.where(frame["x"] > 0, "b", "c"))
    return frame


def share(index: pd.Series | np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.asarray(index))))


def native(estimate: Estimate) -> Fractional:
    assert isinstance(estimate.native, Fractional)
    return estimate.native


def close(ours: pd.Series, theirs: dict[str, float], tolerance: float) -> None:
    np.testing.assert_allclose(ours.to_numpy(), [theirs[str(name)] for name in ours.index], rtol=tolerance)


def test_the_published_leaf_blotch(r: dict[str, Any]) -> None:
    """McCullagh & Nelder (1989, 9.2.4), Wedderburn's (1974) data: deviance 6.13, σ² 0.089 on 72 df, and the slopes."""
    blotch = pd.read_csv(ORACLES / "data" / "leaf_blotch.csv").set_index(["variety", "site"])
    estimate = fractional_logit("blotch_pct ~ C(variety) + C(site)", blotch, scale=100, effects="none", inference="iid")
    last = ["Intercept", "C(site)[9]", "C(variety)[2]", "C(variety)[10]"]
    np.testing.assert_allclose(estimate.params[last], [-8.0546, 6.7946, 0.1501, 4.2530], atol=5e-5)  # 4 printed digits
    np.testing.assert_allclose(estimate.std_errors[last], [1.4219, 1.3407, 0.7237, 0.6042], atol=1e-4)
    y, mu = native(estimate).sample.y, native(estimate).fitted
    parts = np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0) + (1 - y) * np.log((1 - y) / (1 - mu))
    assert 2 * parts.sum() == pytest.approx(6.13, abs=0.005)
    assert (estimate.diagnostics["df_resid"], estimate.diagnostics["n_zeros"]) == (72, 4)
    assert estimate.diagnostics["dispersion"] == pytest.approx(r["leaf_blotch"]["dispersion"], rel=1e-8)
    renamed = {
        name: name.replace("C(", "factor(").replace("[", "").replace("]", "").replace("Intercept", "(Intercept)")
        for name in map(str, estimate.params.index)
    }
    close(estimate.params.rename(renamed), r["leaf_blotch"]["coef"], 1e-8)
    close(estimate.std_errors.rename(renamed), r["leaf_blotch"]["se"], 1e-7)


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("inference", INFERENCES)
def test_r_on_an_unbalanced_panel(r: dict[str, Any], states: pd.DataFrame, effects: Effects, inference: str) -> None:
    """1e-8 is the project's contract; R stops Fisher scoring at a relative deviance of 1e-15, errors to 1e-7."""
    theirs = r[effects]
    ours = fractional_logit(FORMULA, states, scale=100, effects=effects, inference=inference)
    close(ours.params, theirs["coef"], 1e-8)
    close(ours.std_errors, theirs["se"][inference], 1e-7)
    assert ours.diagnostics["dispersion"] == pytest.approx(theirs["dispersion"], rel=1e-8)
    assert (ours.diagnostics["n_obs"], ours.diagnostics["n_coefficients"]) == (theirs["n"], theirs["k"])
    assert ours.df == {"c": 47, "d": 16}.get(inference[0], theirs["n"] - theirs["k"])


def test_r_two_way_clusters(r: dict[str, Any], states: pd.DataFrame) -> None:
    ours = fractional_logit(
        "unemp ~ ln(pcap) + ln(gsp)", states, scale=100, effects="none", inference="cluster:region+year:CR1"
    )
    np.testing.assert_allclose(ours.params, list(r["two_way"]["coef"].values()), rtol=1e-8)
    np.testing.assert_allclose(ours.std_errors, list(r["two_way"]["se"].values()), rtol=1e-7)


def peer(estimate: Estimate) -> Any:
    """The same columns through statsmodels' logit, clustered by region: G/(G−1)·(N−1)/(N−K), our CR1S."""
    found = native(estimate)
    columns = pd.DataFrame(found.data.X, columns=list(found.data.names))
    options = {"maxiter": 100, "tol": 1e-14, "cov_type": "cluster", "cov_kwds": {"groups": found.sample.units}}
    return sm.GLM(found.sample.y, columns, family=sm.families.Binomial()).fit(**options)


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("unbalanced", ["means", "counts"])
def test_statsmodels_on_the_panel(panel: Panel, driven: str, effects: Effects, unbalanced: Unbalanced) -> None:
    ours = fractional_logit(driven, panel, scale=100, effects=effects, unbalanced=unbalanced, years=YEARS)
    theirs = peer(ours)
    close(ours.params, theirs.params, 1e-8)
    close(ours.std_errors, theirs.bse, 1e-7)
    effects_table = marginal_effects(ours)
    found = theirs.get_margeff().summary_frame().loc[effects_table["term"]] * 100
    np.testing.assert_allclose(effects_table["estimate"], found["dy/dx"], rtol=1e-8)
    np.testing.assert_allclose(effects_table["std_error"], found["Std. Err."], rtol=1e-7)


def test_the_panel_gives_sensible_results(panel: Panel, driven: str) -> None:
    estimate = fractional_logit(driven, panel, scale=100, years=YEARS)
    shown = estimate.diagnostics
    assert (shown["n_obs"], shown["n_regions"], shown["n_zeros"], shown["n_ones"]) == (1389, 85, 21, 0)
    assert (estimate.df, estimate.spec.effects, estimate.spec.estimator) == (84, "region+year", "fractional-logit:100")
    assert fit(driven, panel, estimator="fractional-logit:100", years=YEARS).glance() == estimate.glance()
    rd = marginal_effects(estimate).set_index("term").loc["ln(rd_grp_pct)"]
    assert -1 < rd["conf_low"] < 0 < rd["estimate"] < rd["conf_high"] < 3  # percentage points a unit of ln
    # dummies for regions have little incidental-parameters bias at 17 years, so they are near
    dummies = fractional_logit(f"{driven} + C(region)", panel, scale=100, effects="year", years=YEARS)
    gap = (estimate.params - dummies.params)[list(native(estimate).sample.names)]
    assert (gap.abs() < 0.2 * estimate.std_errors[gap.index]).all()


def outcome(frame: pd.DataFrame) -> pd.Series:
    means = frame[["x", "z"]].groupby(level=0).transform("mean")
    noise = np.random.default_rng(2).normal(size=len(frame))
    return pd.Series(100 * share(-1 + 0.5 * frame["x"] + 0.3 * frame["z"] + means["x"] + 0.3 * noise), frame.index)


@pytest.mark.parametrize(
    "rhs",
    [
        "x + z",
        "x + x:x + ln(z)",
        "x*z + C(kind)",
        "C(kind):x + ln(z) + z",
        "x + logit(z)",
        "lag(ln(z), 1)*x",
        "lead(z) + x",
        "x + lag(x, 1:2)*z + ln(lag(z))",
    ],
)
@pytest.mark.parametrize("effects", ["none", "region+year"])
def test_effects_by_a_variable_are_numerical_derivatives(made: pd.DataFrame, rhs: str, effects: Effects) -> None:
    frame = made.assign(y=outcome(made))
    estimate = fractional_logit(f"y ~ {rhs}", frame, scale=100, effects=effects)
    table = marginal_effects(estimate, with_respect_to="variable").set_index("term")
    h = 1e-5  # central differences: error of order h², rounding of order 1e-15/h
    for name in ("x", "z"):
        up, down = (estimate.predict(frame.assign(**{name: frame[name] + step})) for step in (h, -h))
        numerical = ((up - down) / (2 * h)).loc[native(estimate).sample.index].mean()
        assert table.loc[name, "estimate"] == pytest.approx(numerical, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("with_respect_to", ["term", "variable"])
def test_errors_of_effects_are_the_delta_method(made: pd.DataFrame, with_respect_to: Any) -> None:
    frame = made.assign(y=outcome(made))
    estimate = fractional_logit("y ~ x*z + x:x + ln(z) + C(kind)*x", frame, scale=100)
    table = marginal_effects(estimate, with_respect_to=with_respect_to)
    found, h = native(estimate), 1e-6
    columns = []
    for place in range(len(found.data.names)):
        step = np.eye(len(found.data.names))[place] * h
        up, down = (
            marginal_effects(
                replace(
                    estimate, native=replace(found, solution=replace(found.solution, beta=found.solution.beta + move))
                ),
                with_respect_to=with_respect_to,
            )["estimate"]
            for move in (step, -step)
        )
        columns.append((up - down) / (2 * h))
    jacobian = np.column_stack(columns)
    errors = np.sqrt(np.diag(jacobian @ found.covariance.matrix @ jacobian.T))
    np.testing.assert_allclose(table["std_error"], errors, rtol=1e-6)  # of the numerical derivatives
    reach = table["conf_high"] - table["estimate"]
    np.testing.assert_allclose(reach, 2.0452296421 * table["std_error"], rtol=1e-9)  # t(29) at 0.975, tabled


def test_effects_of_dummies_are_changes(made: pd.DataFrame) -> None:
    frame = made.assign(y=outcome(made))
    estimate = fractional_logit("y ~ x + C(kind)*z", frame, scale=100)
    table = marginal_effects(estimate).set_index("term")["estimate"]
    means = {kind: estimate.predict(frame.assign(kind=kind)).mean() for kind in "abc"}
    assert table["C(kind)[b]"] == pytest.approx(means["b"] - means["a"], rel=1e-10)  # the same sums in another order
    assert table["C(kind)[c]"] == pytest.approx(means["c"] - means["a"], rel=1e-10)
    assert list(table.index) == ["x", "z", "C(kind)[b]", "C(kind)[c]"]


def test_a_logarithm_and_its_variable(panel: Panel, driven: str) -> None:
    estimate = fractional_logit(driven, panel, scale=100, years=YEARS)
    by_term = marginal_effects(estimate, names=["ln(rd_grp_pct)", "wear_pct"])
    by_variable = marginal_effects(estimate, with_respect_to="variable", names=["rd_grp_pct", "wear_pct"], level=0.8)
    assert by_term.loc[1, "estimate"] == by_variable.loc[1, "estimate"]
    found = native(estimate)
    slope = 100 * found.fitted * (1 - found.fitted) * estimate.params["ln(rd_grp_pct)"]
    rd = panel.frame.loc[found.sample.index, "rd_grp_pct"]
    assert by_term.loc[0, "estimate"] == pytest.approx(slope.mean(), rel=1e-12)
    assert by_variable.loc[0, "estimate"] == pytest.approx((slope / rd).mean(), rel=1e-12)


def test_exact_shares_give_exact_coefficients(made: pd.DataFrame) -> None:
    means = made[["x", "z"]].groupby(level=0).transform("mean")
    number = made["x"].groupby(level=0).transform("count")
    plain = -1 + 0.5 * made["x"] - 0.2 * made["z"] + 2 * means["x"]
    by_number = plain + np.where(number == 8, 0, 0.4 - means["x"])
    # the scores are below 1e-10, whatever the coefficients
    first = fractional_logit("y ~ x + z", made.assign(y=share(plain)), effects="region", inference="hc1")
    np.testing.assert_allclose(first.params, [-1, 0.5, -0.2, 2, 0], atol=1e-8)
    free = fractional_logit(
        "y ~ x + z", made.assign(y=share(by_number)), effects="region", unbalanced="counts", inference="hc1"
    )
    np.testing.assert_allclose(free.params, [-1, 0.5, -0.2, 2, 0], atol=1e-8)
    other = fractional_logit("y ~ x + z", made.assign(y=share(by_number)), effects="region", inference="hc1")
    assert abs(other.params["mean(x)"] - 2) > 0.1


@pytest.mark.parametrize("unbalanced", ["means", "counts"])
def test_effects_are_columns(made: pd.DataFrame, unbalanced: Unbalanced) -> None:
    """The same columns by hand give the same slopes; on a balanced panel both devices are Mundlak's."""
    frame = made.assign(y=outcome(made) / 100)
    number = frame["x"].groupby(level=0).transform("count")
    means = frame[["x", "z"]].groupby(level=0).transform("mean").add_prefix("m")
    short = (number < 8).astype(float)
    flat = frame.join(means).assign(number=number, sx=short * means["mx"], sz=short * means["mz"])
    # in this panel the years missing and the number of years say the same
    extra = " + C(number)" + (" + sx + sz" if unbalanced == "counts" else "")
    by_hand = fractional_logit(f"y ~ x + z + mx + mz + C(year){extra}", flat, effects="none")
    device = fractional_logit("y ~ x + z", frame, unbalanced=unbalanced)
    dated = fractional_logit("y ~ x + z + C(year)", frame, effects="region", unbalanced=unbalanced)
    for other in (by_hand, dated):
        np.testing.assert_allclose(other.params[["x", "z"]], device.params[["x", "z"]], rtol=1e-9)  # other columns
    np.testing.assert_allclose(by_hand.std_errors[["x", "z"]], device.std_errors[["x", "z"]], rtol=1e-8)
    whole = frame[number == 8]
    balanced = fractional_logit("y ~ x + z", whole, unbalanced=unbalanced)
    assert balanced.diagnostics["device"] == f"2 region means, 0 further columns ({unbalanced})"
    assert balanced.diagnostics["n_coefficients"] == 1 + 2 + 2 + 7


def test_the_columns_give_the_two_way_within_estimator_in_a_linear_model(states: pd.DataFrame) -> None:
    found = native(fractional_logit(FORMULA, states, scale=100))
    slopes = np.linalg.lstsq(found.data.X, found.sample.y, rcond=None)[0]
    within = fit(FORMULA, states, effects="region+year").params
    np.testing.assert_allclose(100 * slopes[1:4], within, rtol=1e-8)  # 35 columns, some nearly collinear


def test_order_labels_and_units_change_nothing(states: pd.DataFrame) -> None:
    base = fractional_logit(FORMULA, states, scale=100)
    mixed = states.sample(frac=1, random_state=3).rename(index=lambda name: name[::-1], level=0)
    mixed = mixed.assign(unemp=mixed["unemp"] / 100, pcap=1e6 * mixed["pcap"])
    other = fractional_logit(FORMULA, mixed)
    slopes = [name for name in base.params.index if name != "Intercept"]
    # 1e-8: the sums run in another order, and ln(1e6 pcap) is nearer to a constant than ln(pcap)
    np.testing.assert_allclose(other.params[slopes], base.params[slopes], rtol=1e-8)
    np.testing.assert_allclose(other.std_errors[slopes], base.std_errors[slopes], rtol=1e-8)
    effects, percent = marginal_effects(other), marginal_effects(base)
    np.testing.assert_allclose(effects["estimate"] * 100, percent["estimate"], rtol=1e-8)
    np.testing.assert_allclose(effects["std_error"] * 100, percent["std_error"], rtol=1e-8)


def test_a_share_and_its_complement(states: pd.DataFrame) -> None:
    base = fractional_logit(FORMULA, states, scale=100)
    other = fractional_logit(FORMULA, states.assign(unemp=100 - states["unemp"]), scale=100)
    np.testing.assert_allclose(other.params, -base.params, rtol=1e-9)
    np.testing.assert_allclose(other.std_errors, base.std_errors, rtol=1e-9)


def test_other_errors_predictions_and_tests_of_an_estimate(states: pd.DataFrame) -> None:
    estimate = fractional_logit(FORMULA, states, scale=100, inference="hc1")
    assert isinstance(estimate.native, Model)
    clustered = fractional_logit(FORMULA, states, scale=100)
    again = estimate.vcov("cluster:region")
    pd.testing.assert_frame_equal(again.covariance, clustered.covariance)
    assert again.glance() == clustered.glance()
    assert again.spec == clustered.spec
    pd.testing.assert_frame_equal(marginal_effects(again), marginal_effects(clustered))
    fitted = estimate.predict()
    np.testing.assert_allclose(estimate.predict(states).loc[fitted.index], fitted, rtol=1e-12)  # the same columns
    some = states.loc[["TEXAS"]].drop(columns="unemp")
    np.testing.assert_allclose(estimate.predict(some), fitted.loc[["TEXAS"]], rtol=1e-12)
    found = native(estimate)
    index = found.data.X @ found.solution.beta
    np.testing.assert_allclose(found.data.y - index, found.solution.residuals, atol=1e-8)  # the working problem
    y, mu = found.sample.y, found.fitted
    reached, alone = ((y * np.log(p) + (1 - y) * np.log(1 - p)).sum() for p in (mu, np.full(len(y), y.mean())))
    assert estimate.diagnostics["log_quasi_likelihood"] == pytest.approx(reached, rel=1e-12)
    assert estimate.diagnostics["pseudo_r2_mcfadden"] == pytest.approx(1 - reached / alone, rel=1e-9)
    assert estimate.diagnostics["r2"] == pytest.approx(1 - ((y - mu) ** 2).mean() / y.var(), rel=1e-12)
    # with an intercept and year dummies the mean residual of every year is zero
    residuals = states["unemp"] - fitted
    np.testing.assert_allclose(residuals.groupby(level=1).mean(), 0, atol=1e-9)
    both = clustered.test("ln(pcap) = 0, ln(gsp) = 0")
    gap = clustered.params[["ln(pcap)", "ln(gsp)"]].to_numpy()
    block = clustered.covariance.loc[["ln(pcap)", "ln(gsp)"], ["ln(pcap)", "ln(gsp)"]].to_numpy()
    assert both.statistic == pytest.approx(gap @ np.linalg.solve(block, gap) / 2, rel=1e-10)
    for pair in (("GUAM", 1970), ("TEXAS", 1999)):
        strange = states.iloc[[0]].set_axis(pd.MultiIndex.from_tuples([pair], names=states.index.names))
        with pytest.raises(EstimationError, match=f"no effect of this region or year.*{pair[0]}, {pair[1]}"):
            estimate.predict(strange)
    pooled = fractional_logit(FORMULA, states, scale=100, effects="none")
    assert 0 < pooled.predict(strange).item() < 100


def with_value(frame: pd.DataFrame, value: float) -> pd.DataFrame:
    changed = frame.copy()
    changed.loc[("UTAH", 1975), "unemp"] = value
    return changed


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"scale": 1.0}, EstimationError, r"unemp is 4.7, outside \[0, 1\].*\(ALABAMA, 1970\).*scale=100"),
        ({"data": -5.0}, EstimationError, r"unemp is -5, outside \[0, 100\], in 1 rows.*\(UTAH, 1975\)"),
        ({"data": np.inf}, DataError, r"unemp is infinite \(UTAH, 1975\)"),
        ({"scale": 0.0}, OptionError, "scale cannot be 0"),
        ({"scale": float("nan")}, OptionError, "scale cannot be nan"),
        ({"formula": "ln(unemp) ~ ln(gsp)"}, FormulaError, r"is a share, not ln\(unemp\).*Write unemp ~"),
        ({"effects": "state"}, OptionError, r"none, region, year, region\+year"),
        ({"unbalanced": "dummies"}, OptionError, "means, counts"),
        ({"inference": "wild:region"}, OptionError, "does not apply to a fractional logit"),
        ({"inference": "cluster:region:CR2"}, OptionError, "does not apply to a fractional logit"),
        ({"inference": "cluster:sector"}, UnknownNameError, "unknown cluster 'sector'"),
        ({"inference": "cluster:hole"}, EstimationError, r"cluster 'hole' is missing \(ALABAMA, 1970\)"),
        ({"formula": "unemp ~ ln(gsp) + twice"}, EstimationError, r"twice is a linear combination of.* ln\(gsp\)"),
        ({"formula": "unemp ~ one"}, EstimationError, "one is a linear combination of Intercept"),
        ({"formula": "unemp ~ nil"}, EstimationError, "nil does not vary"),
        ({"formula": "unemp ~ C(year)"}, EstimationError, r"C\(year\)\[1971\] is a linear combination"),
        ({"formula": "unemp ~ gpd"}, UnknownNameError, "Did you mean gsp"),
        ({"formula": "unemp ~ flag", "data": 0.0}, EstimationError, r"by flag.*: 1 outcomes of 0 or 1.*\(UTAH, 1975\)"),
        ({"formula": "nil ~ ln(gsp)"}, EstimationError, "nil is 0 in every row"),
        ({"formula": "full ~ ln(gsp)"}, EstimationError, "full is 100 in every row"),
        ({"data": [1, 2]}, DataError, "not list"),
        ({"years": (1970, 1970), "formula": "unemp ~ C(state)"}, EstimationError, "cannot give"),
        ({"years": (1950, 1960)}, DataError, "no row has all of"),
    ],
)
def test_refusals_name_what_is_wrong(
    states: pd.DataFrame, changes: dict[str, Any], error: type[RegionalEconError], message: str
) -> None:
    frame = states.assign(twice=2 * np.log(states["gsp"]) + 5, one=1.0, nil=0.0, full=100.0, hole=np.nan)
    frame["flag"] = [float(pair == ("UTAH", 1975)) for pair in frame.index]
    options = {"formula": FORMULA, "data": frame, "scale": 100, **changes}
    if isinstance(changes.get("data"), float):
        options["data"] = with_value(frame, changes["data"])
    with pytest.raises(error, match=message):
        fractional_logit(**options)


def test_a_year_of_zeros_and_a_line_between_zeros_and_ones(states: pd.DataFrame) -> None:
    dry = states.copy()
    dry.loc[(slice(None), 1975), "unemp"] = 0.0
    with pytest.raises(EstimationError, match=r"^separation by C\(year\)\[1975\]: 41 outcomes.*"):
        fractional_logit(FORMULA, dry, scale=100, effects="year")
    whole = states.assign(unemp=(states["gsp"] > states["gsp"].median()).astype(float))
    with pytest.raises(EstimationError, match=r"separation by Intercept, gsp: 69. outcomes"):
        fractional_logit("unemp ~ gsp", whole, effects="none")
    # one row on the wrong side of the line is enough for a maximum
    mixed = whole.copy()
    mixed.loc[(states["gsp"] - 1.05 * states["gsp"].median()).abs().idxmin(), "unemp"] = 0.0
    estimate = fractional_logit("unemp ~ gsp", mixed, effects="none")
    sizes = np.abs(native(estimate).solution.scores).sum(axis=0)
    assert (np.abs(native(estimate).solution.scores.sum(axis=0)) < 1e-9 * sizes).all()


def test_steps_that_would_run_away_are_halved() -> None:
    """Twelve rows on which Newton's full steps never settle; found by search, rounded."""
    x = [1.26, 0.3, 23.2, -0.7, -270.8, -25.9, -44.6, 42.5, 167.4, 2.0, 8.2, -65.7]
    y = [0, 0, 0.01, 0, 0.5, 0.01, 0.01, 0, 0.01, 0, 0.01, 0]
    index = pd.MultiIndex.from_product([list("abcd"), range(2000, 2003)], names=["region", "year"])
    estimate = fractional_logit("y ~ x", pd.DataFrame({"x": x, "y": y}, index), effects="none", inference="hc1")
    found = native(estimate)
    np.testing.assert_allclose(found.data.X.T @ (found.sample.y - found.fitted), 0, atol=1e-9)  # of sums up to 135


def test_extreme_regressors_converge(states: pd.DataFrame) -> None:
    far = states.assign(pcap=states["pcap"] * 1e12, gsp=states["gsp"] * 1e-9)
    far.loc[("TEXAS", 1971), "pcap"] *= 1e3
    estimate = fractional_logit("unemp ~ pcap + gsp", far, scale=100)
    found = native(estimate)
    sizes = np.abs(found.solution.scores).sum(axis=0)
    assert (np.abs(found.solution.scores.sum(axis=0)) < 1e-9 * sizes).all()


def test_effects_of_unknown_names_are_refused(states: pd.DataFrame) -> None:
    estimate = fractional_logit(FORMULA, states, scale=100)
    with pytest.raises(UnknownNameError, match=r"unknown effect 'gsp'.*ln\(gsp\)"):
        marginal_effects(estimate, names=["gsp"])
    with pytest.raises(OptionError, match="term, variable"):
        marginal_effects(estimate, with_respect_to="level")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="level cannot be 95"):
        marginal_effects(estimate, level=95)
