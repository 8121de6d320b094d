"""Published results, each at the tolerance of its entry in `tests/oracles/panel.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ.core.estimate import Estimate
from regional_econ.panel.fit import fit
from regional_econ.panel.hausman import hausman
from regional_econ.panel.inference import WildBootstrap

INVESTMENT = "inv ~ value + capital"
INSURANCE = "hasinsurance ~ selfemployed + post + post_self"
OUTPUT = "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"
Oracle = dict[str, dict[str, Any]]


def same(found: pd.Series, published: dict[str, float], tolerance: float) -> None:
    """Terms of R written as ours: (Intercept) is Intercept, log is ln."""
    names = {name: name.replace("(Intercept)", "Intercept").replace("log(", "ln(") for name in published}
    names |= {"const": "Intercept"} if "const" in published else {}
    for name, value in published.items():
        # the stored R values carry 13 digits, so a tolerance of 1e-9 is relative to the value
        np.testing.assert_allclose(found[names[name]], value, rtol=tolerance, atol=0, err_msg=name)


@pytest.mark.parametrize("tool", ["plm", "linearmodels 7.1"])
def test_grunfeld_within(oracle: Oracle, grunfeld: pd.DataFrame, tool: str) -> None:
    entry = oracle["grunfeld_within"]
    estimate = fit(INVESTMENT, grunfeld, effects="region", inference="iid")
    same(estimate.params, entry["reproduced_values"][tool]["coef"], entry["tolerance"])
    same(estimate.std_errors, entry["reproduced_values"][tool]["se"], entry["tolerance"])


def test_munnell_within(oracle: Oracle, produc: pd.DataFrame) -> None:
    entry = oracle["munnell_within"]
    estimate = fit(OUTPUT, produc, effects="region", inference="iid")
    same(estimate.params, entry["reproduced_values"]["plm"]["coef"], entry["tolerance"])
    same(estimate.std_errors, entry["reproduced_values"]["plm"]["se"], entry["tolerance"])


def test_munnell_pooled_cce(oracle: Oracle, produc: pd.DataFrame) -> None:
    entry = oracle["munnell_cce"]
    stored = entry["reproduced_values"]["produc_ccep"]
    estimate = fit(OUTPUT, produc, estimator="cce", inference="heterogeneous")
    same(estimate.params, stored["coef"], entry["tolerance"])
    same(estimate.std_errors, stored["se"], entry["tolerance"])
    clustered = estimate.vcov("cluster:region")
    assert clustered.params.equals(estimate.params)
    assert estimate.diagnostics["df_resid"] == len(produc) - 4 - 48 * 6  # an intercept and five averages a state


@pytest.mark.parametrize("tool", ["plm", "linearmodels 7.1 RandomEffects"])
def test_grunfeld_random_effects(oracle: Oracle, grunfeld: pd.DataFrame, tool: str) -> None:
    entry = oracle["grunfeld_re_swar"]
    stored = entry["reproduced_values"][tool]
    estimate = fit(INVESTMENT, grunfeld, estimator="re", inference="iid")
    same(estimate.params, stored["coef"], entry["tolerance"])
    same(estimate.std_errors, stored["se"], entry["tolerance"])
    if "theta" in stored:
        parts = pd.Series(dict(estimate.diagnostics))
        published = {"sigma2_e": stored["sigma2"]["idios"], "sigma2_u": stored["sigma2"]["id"]}
        same(parts, published | {"theta_min": stored["theta"], "theta_max": stored["theta"]}, entry["tolerance"])


def test_grunfeld_hausman(oracle: Oracle, grunfeld: pd.DataFrame) -> None:
    entry = oracle["grunfeld_hausman"]
    fixed = fit(INVESTMENT, grunfeld, effects="region", inference="iid")
    test = hausman(fixed, fit(INVESTMENT, grunfeld, estimator="re", inference="iid"))
    stored = entry["reproduced_values"]["plm"]
    assert test.statistic == pytest.approx(stored["stat"], abs=entry["tolerance"])
    assert (test.df, test.details["definite"]) == ((stored["param"],), True)
    assert test.p_value == pytest.approx(stored["p"], abs=entry["tolerance"])


@pytest.mark.parametrize(
    ("inference", "convention"),
    [
        ("cluster:firm:CR0", "CR0 (no correction; plm arellano HC0, clubSandwich CR0)"),
        ("cluster:firm:CR1", "CR1 = G/(G-1) (clubSandwich)"),
        ("cluster:firm", "pyfixest CRV1 default (k=3) = gretl = Stata"),
        ("cluster:region:CR1S", "pyfixest CRV1 default (k=3) = gretl = Stata"),
        ("cluster:region:CR3", "CR3 clubSandwich = sum(b_g-b)^2"),
        ("cluster:region:CV3", "CV3 MacKinnon-Nielsen-Webb = (G-1)/G*sum(b_g-b)^2"),
    ],
)
def test_grunfeld_clustered(oracle: Oracle, grunfeld: pd.DataFrame, inference: str, convention: str) -> None:
    entry = oracle["grunfeld_fe_cluster_conventions"]
    estimate = fit(INVESTMENT, grunfeld, effects="region", inference=inference)
    same(estimate.std_errors, entry["reproduced_values"][convention], entry["tolerance"])
    assert estimate.df == 9


def test_grunfeld_bias_reduced(oracle: Oracle, grunfeld: pd.DataFrame) -> None:
    entry = oracle["grunfeld_fe_cluster_conventions"]
    stored = entry["reproduced_values"]["CR2 (clubSandwich, Satterthwaite df)"]
    estimate = fit(INVESTMENT, grunfeld, effects="region", inference="cluster:firm:CR2")
    same(estimate.std_errors, stored["se"], entry["tolerance"])
    assert isinstance(estimate.df, pd.Series)
    same(estimate.df, stored["df_satt"], entry["tolerance"])


def test_other_cluster_conventions_differ_by_their_factor_alone(oracle: Oracle, grunfeld: pd.DataFrame) -> None:
    entry = oracle["grunfeld_fe_cluster_conventions"]["reproduced_values"]
    bare = fit(INVESTMENT, grunfeld, effects="region", inference="cluster:firm:CR0").std_errors
    n, k, groups = 200, 2, 10
    plm = groups / (groups - 1) * (n - 1) / (n - k)
    stored = "plm sss = G/(G-1)*(N-1)/(N-k), k=2; linearmodels group_debias=True; panelbox"
    same(bare * np.sqrt(plm), entry[stored], 1e-7)


@pytest.mark.parametrize(
    ("inference", "convention"),
    [
        *[(f"dk:{lag}", f"plm vcovSCC HC0 L={lag}") for lag in range(5)],
        ("dk", "plm vcovSCC HC0 L=2"),  # floor(4 (20/100)^(2/9)) = 2
        ("dk:2:CR1S", "pyfixest 0.60 DK lag=2"),
    ],
)
def test_grunfeld_driscoll_kraay(oracle: Oracle, grunfeld: pd.DataFrame, inference: str, convention: str) -> None:
    entry = oracle["grunfeld_fe_driscoll_kraay"]
    estimate = fit(INVESTMENT, grunfeld, effects="region", inference=inference)
    same(estimate.std_errors, entry["reproduced_values"][convention], entry["tolerance"])
    assert estimate.df == 19


def test_grunfeld_pooled_driscoll_kraay(oracle: Oracle, grunfeld: pd.DataFrame) -> None:
    entry = oracle["grunfeld_fe_driscoll_kraay"]
    stored = entry["reproduced_values"]["plm pooled vcovSCC L=4"]
    estimate = fit(INVESTMENT, grunfeld, estimator="pooled", inference="dk:4")
    same(estimate.params, stored["coef"], entry["tolerance"])
    same(estimate.std_errors, stored["se"], entry["tolerance"])


@pytest.mark.parametrize(
    ("inference", "convention", "df"),
    [
        ("iid", "ols", 4998),
        ("hc0", "HC0", 4998),
        ("hc1", "HC1", 4998),
        ("cluster:firm", "firm", 499),
        ("cluster:year", "year", 9),
        ("cluster:firm+year", "two_default", 9),  # each dimension with its own G/(G−1), as R's sandwich
        ("dk:1", "PL_L0", 9),  # sandwich's vcovPL with one lag and no adjustment, the periods in the order of the rows
    ],
)
def test_petersen(oracle: Oracle, petersen: pd.DataFrame, inference: str, convention: str, df: int) -> None:
    entry = oracle["petersen"]
    stored = entry["reproduced_values"]["sandwich"]
    estimate = fit("y ~ x", petersen, effects="none", inference=inference)
    same(estimate.params, stored["coef"], entry["tolerance"])
    same(estimate.std_errors, stored[convention], entry["tolerance"])
    assert estimate.df == df


def test_petersen_two_way_is_what_his_page_prints(oracle: Oracle, petersen: pd.DataFrame) -> None:
    printed = oracle["petersen"]["published_values"]["both"]
    estimate: Estimate = fit("y ~ x", petersen, estimator="pooled", inference="cluster:firm+year")
    assert estimate.std_errors.round(4).tolist() == printed  # four printed digits


def test_petersen_two_way_with_the_smaller_factor(oracle: Oracle, petersen: pd.DataFrame) -> None:
    entry = oracle["petersen"]
    estimate = fit("y ~ x", petersen, effects="none", inference="cluster:firm+year:CR1S:min")
    stored = entry["reproduced_values"]["pyfixest"]["firm+year (G_min correction)"]
    np.testing.assert_allclose(estimate.std_errors, stored, rtol=entry["tolerance"])


def test_boottest(oracle: Oracle, boottest: pd.DataFrame) -> None:
    """Stata's boottest log: the t statistic, the enumerated p-value with ties counted half, the joint F."""
    entry = oracle["boottest_collapsed"]
    printed, own = entry["published_values"], entry["reproduced_values"]["own numpy enumeration"]
    estimate = fit(INSURANCE, boottest, effects="none", inference="wild:cluster")
    found = estimate.test("post_self = 0.04")
    assert found.statistic == pytest.approx(own["t"], rel=1e-5)  # the data are stored with 8 digits
    assert found.statistic == pytest.approx(printed["t(7)"], abs=5e-5)
    assert found.p_value == 19 / 256 == pytest.approx(printed["p"], abs=5e-5)
    assert found.details["std_error"] == pytest.approx(own["se"], rel=1e-5)
    # boottest finds the ends on a grid, between the steps of 1/256 that p takes
    ends = [found.details["conf_low"], found.details["conf_high"]]
    np.testing.assert_allclose(ends, printed["CI"], atol=0.001)
    joint = estimate.vcov("cluster:cluster").test("post = 0, post_self = 0")
    assert (joint.distribution, joint.df) == ("F", (2, 7))
    assert joint.statistic == pytest.approx(printed["joint F(2,7) post=0 & post_self=0"], abs=5e-5)


@pytest.mark.parametrize(("ties", "p"), [("none", "p strict >"), ("all", "p >=")])
def test_boottest_under_the_other_rules_for_ties(oracle: Oracle, boottest: pd.DataFrame, ties: str, p: str) -> None:
    rule = WildBootstrap("cluster", ties=ties)  # type: ignore[arg-type]
    found = fit(INSURANCE, boottest, effects="none", inference=rule).test("post_self = 0.04")
    assert found.p_value == oracle["boottest_collapsed"]["reproduced_values"]["own numpy enumeration"][p]
