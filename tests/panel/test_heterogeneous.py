"""Mean group, demeaned and CCE mean group, Swamy and dynamic CCE, against plm and regressions written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.panel.diagnostics.cross_section import cross_section_test
from regional_econ.panel.fit import fit

OUTPUT = "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"
Oracle = dict[str, dict[str, Any]]
FORMS = {"mg": ("mean-group", "region"), "dmg": ("mean-group", "region+year"), "cmg": ("cce-mean-group", "region"),
    "random": ("swamy", "region")}  # fmt: skip
OF_REGIONS = ("mean-group", "cce-mean-group", "swamy")


def same(found: pd.Series, published: dict[str, float], tolerance: float) -> None:
    """Terms of R written as ours; the tolerance is relative."""
    for name, value in published.items():
        own = name.replace("(Intercept)", "Intercept").replace("log(", "ln(")
        assert found[own] == pytest.approx(value, rel=tolerance, abs=0), name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", ["balanced", "ragged"])
def test_plm(
    form: str, data: str, produc: pd.DataFrame, ragged_produc: pd.DataFrame, plm_heterogeneous: list[dict[str, Any]]
) -> None:
    (entry,) = (
        one
        for one in plm_heterogeneous
        if one["kind"] in ("pmg", "pvcm") and one["data"] == data and one["options"]["model"] == form
    )
    estimator, effects = FORMS[form]
    estimate = fit(OUTPUT, produc if data == "balanced" else ragged_produc, estimator=estimator, effects=effects)
    # stored with 14 digits; two ways to least squares differ in the last ones
    same(estimate.params, dict(zip(entry["terms"], entry["coef"], strict=True)), 1e-9)
    same(estimate.std_errors, dict(zip(entry["terms"], entry["se"], strict=True)), 1e-9)


@pytest.mark.parametrize(
    ("stored", "form"),
    [("produc_mg", "mg"), ("produc_dmg", "dmg"), ("produc_ccemg", "cmg"), ("produc_pvcm_mean", "random")],
)
def test_munnell(oracle: Oracle, produc: pd.DataFrame, stored: str, form: str) -> None:
    entry = oracle["munnell_cce"]
    estimator, effects = FORMS[form]
    estimate = fit(OUTPUT, produc, estimator=estimator, effects=effects)
    same(estimate.params, entry["reproduced_values"][stored]["coef"], entry["tolerance"])
    same(estimate.std_errors, entry["reproduced_values"][stored]["se"], entry["tolerance"])
    assert estimate.df == 47


@pytest.mark.parametrize("form", ["mg", "dmg", "cmg"])
@pytest.mark.parametrize("data", ["balanced", "ragged"])
def test_cross_section_dependence_of_own_residuals(
    form: str, data: str, produc: pd.DataFrame, ragged_produc: pd.DataFrame, plm_heterogeneous: list[dict[str, Any]]
) -> None:
    (entry,) = (
        one
        for one in plm_heterogeneous
        if one["kind"] == "cd" and one["data"] == data and one["options"]["model"] == form
    )
    estimator, effects = FORMS[form]
    rows = produc if data == "balanced" else ragged_produc
    found = cross_section_test(fit(OUTPUT, rows, estimator=estimator, effects=effects))
    assert found.statistic == pytest.approx(entry["stat"], rel=1e-9)


@pytest.mark.parametrize("estimator", OF_REGIONS)
def test_rows_regions_and_units_do_not_matter(produc: pd.DataFrame, estimator: str) -> None:
    found = fit(OUTPUT, produc, estimator=estimator)
    scaled = produc.assign(unemp=produc.unemp * 1e6).sample(frac=1, random_state=3)
    scaled.index = scaled.index.set_levels([f"z{name}" for name in scaled.index.levels[0]], level=0)
    again = fit(OUTPUT, scaled, estimator=estimator)
    np.testing.assert_allclose(again.params["unemp"] * 1e6, found.params["unemp"], rtol=1e-8)
    np.testing.assert_allclose(again.std_errors["ln(emp)"], found.std_errors["ln(emp)"], rtol=1e-8)


def test_clusters_of_regions(produc: pd.DataFrame) -> None:
    """Clusters coarser than regions add up the regions' influences b_i − b̄."""
    own = {
        state: np.linalg.lstsq(
            np.column_stack([np.ones(len(rows)), np.log(rows.emp)]), np.log(rows.gsp.to_numpy()), rcond=None
        )[0]
        for state, rows in produc.groupby(level=0)
    }
    slopes = pd.DataFrame(own, index=["Intercept", "ln(emp)"]).T
    parts = ((slopes - slopes.mean()) / 48).groupby(produc.region.groupby(level=0).first()).sum()
    expected = parts.T @ parts * len(parts) / (len(parts) - 1)
    estimate = fit("ln(gsp) ~ ln(emp)", produc, estimator="mean-group").vcov("cluster:region:CR1")
    by_region = produc.rename(columns={"region": "census"})
    found = fit("ln(gsp) ~ ln(emp)", by_region, estimator="mean-group", inference="cluster:census:CR1")
    np.testing.assert_allclose(found.covariance, expected, rtol=1e-8)
    np.testing.assert_allclose(estimate.covariance, slopes.cov() / 48, rtol=1e-8)


def test_swamy_falls_back_on_the_spread_and_can_be_clustered(produc: pd.DataFrame) -> None:
    estimate = fit(OUTPUT, produc, estimator="swamy")
    assert estimate.diagnostics["delta"] == "spread"
    assert estimate.spec.inference == "own"
    # a factor of the bread is the same in the scores: the sandwich keeps the size of the model's own errors
    ratio = estimate.vcov("cluster:region:CR1").std_errors / estimate.std_errors
    assert ((ratio > 0.3) & (ratio < 3)).all()


def test_short_regions_are_left_out_and_counted(produc: pd.DataFrame) -> None:
    first = produc.index.levels[0][0]
    rows = produc.drop(index=[(first, year) for year in range(1974, 1987)])
    found = fit(OUTPUT, rows, estimator="cce-mean-group")
    expected = fit(OUTPUT, produc.drop(index=first), estimator="cce-mean-group")
    assert found.diagnostics["n_short"] == 4
    pd.testing.assert_series_equal(found.params, expected.params, rtol=1e-10)


def test_a_term_that_stands_still_in_a_region_is_named(produc: pd.DataFrame) -> None:
    still = produc.copy()
    still.loc["OHIO", "unemp"] = 5.0
    for estimator in OF_REGIONS:
        with pytest.raises(EstimationError, match=r"unemp does not vary.*OHIO"):
            fit("ln(gsp) ~ ln(emp) + unemp", still, estimator=estimator)


@pytest.mark.parametrize("estimator", [*OF_REGIONS, "dynamic-cce", "pmg"])
@pytest.mark.parametrize(
    "inference", ["hc1", "dk", "cluster:year", "cluster:region:CR1S", "wild:region", "heterogeneous"]
)
def test_errors_that_own_slopes_do_not_have(produc: pd.DataFrame, estimator: str, inference: str) -> None:
    with pytest.raises(OptionError, match=estimator):
        fit("ln(gsp) ~ lag(ln(gsp), 1) + unemp", produc, estimator=estimator, inference=inference)


def written_out(rows: pd.DataFrame, lags: int) -> pd.DataFrame:
    """Slopes of each state in a regression with the averages and their lags as columns."""
    table = pd.DataFrame({"y": np.log(rows.gsp), "x": np.log(rows.emp)})
    table["past"] = table.y.groupby(level=0).shift(1)
    complete = table.dropna()
    averages = complete[["y", "x"]].groupby(level=1).mean()
    beside = pd.concat([averages.shift(lag) for lag in range(lags + 1)], axis=1).dropna()
    slopes = {}
    for state, own in complete.groupby(level=0):
        own = own.droplevel(0).loc[beside.index]
        X = np.column_stack([own.past, own.x, np.ones(len(own)), beside])
        slopes[state] = np.linalg.lstsq(X, own.y.to_numpy(), rcond=None)[0][:2]
    return pd.DataFrame(slopes, index=["lag(ln(gsp), 1)", "ln(emp)"]).T


@pytest.mark.parametrize("lags", [0, 1, 2])
def test_dynamic_cce_written_out(produc: pd.DataFrame, lags: int) -> None:
    slopes = written_out(produc, lags)
    found = fit("ln(gsp) ~ lag(ln(gsp), 1) + ln(emp)", produc, estimator=f"dynamic-cce:{lags}")
    np.testing.assert_allclose(found.params, slopes.mean(), rtol=1e-7)
    np.testing.assert_allclose(found.covariance, slopes.cov() / 48, rtol=1e-7)
    assert found.diagnostics["n_early"] == 48 * lags
    if lags == 2:
        default = fit("ln(gsp) ~ lag(ln(gsp), 1) + ln(emp)", produc, estimator="dynamic-cce")
        assert default.diagnostics["average_lags"] == 2  # 16 years: the cube root is 2.5
        pd.testing.assert_series_equal(default.params, found.params)


def test_the_jackknife_takes_bias_out() -> None:
    """y follows its past by 0.5 in all regions on average, with a factor: 40 regions, 60 years, 40 samples."""
    rng = np.random.default_rng(5)
    index = pd.MultiIndex.from_product([range(40), range(1, 61)], names=["region", "year"])
    gaps = {"dynamic-cce": [], "dynamic-cce:jackknife": []}
    for _ in range(40):
        slope = 0.5 + rng.uniform(-0.1, 0.1, size=40)
        factor = rng.normal(size=110)
        y, x = np.zeros((40, 110)), rng.normal(size=(40, 110)) + rng.normal(size=(40, 1)) * factor
        loads = rng.normal(1, 0.5, size=40)
        for t in range(1, 110):
            y[:, t] = slope * y[:, t - 1] + x[:, t] + loads * factor[t] + rng.normal(size=40)
        frame = pd.DataFrame({"y": y[:, 50:].ravel(), "x": x[:, 50:].ravel()}, index=index)
        for estimator, found in gaps.items():
            found.append(fit("y ~ lag(y, 1) + x", frame, estimator=estimator).params["lag(y, 1)"] - slope.mean())
    plain, corrected = (float(np.mean(gaps[name])) for name in gaps)
    assert plain < -0.01  # a bias of order 1/T towards zero
    assert abs(corrected) < 0.5 * abs(plain)


def test_dynamic_cce_refuses(produc: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="lagged outcome"):
        fit("ln(gsp) ~ ln(emp)", produc, estimator="dynamic-cce")
    with pytest.raises(EstimationError, match="jackknife"):
        fit("ln(gsp) ~ lag(ln(gsp), 1) + ln(emp)", produc, estimator="dynamic-cce:1:jackknife")
    for text in ("dynamic-cce:x", "dynamic-cce:1:", "dynamic-cce:jackknife:1", "mean-group:2"):
        with pytest.raises(OptionError, match="dynamic-cce:2:jackknife"):
            fit("ln(gsp) ~ ln(emp)", produc, estimator=text)
