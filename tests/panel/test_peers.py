"""The same data through linearmodels and pyfixest: coefficients to 1e-8, errors after the factor written here.

1e-8 is the contract of the project; what is left between exact solvers is rounding, pyfixest's iterative demeaning
is asked for 1e-12.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest
from linearmodels.panel import BetweenOLS, FirstDifferenceOLS, PanelOLS, PooledOLS, RandomEffects
from pyfixest.demeaners import MapDemeaner

from regional_econ.core.design import design
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.panel.fit import fit
from regional_econ.panel.hausman import mundlak_test
from regional_econ.panel.methods import Effects
from regional_econ.panel.tables import reference_formula

YEARS = (2006, 2022)
INVESTMENT = "inv ~ value + capital"
TOLERANCE = 1e-8
EXACT = MapDemeaner(fixef_tol=1e-12)
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),  # pyfixest on pandas 3
    pytest.mark.filterwarnings("ignore:1 singleton fixed effect:UserWarning"),  # what the test is about
]


@pytest.fixture(scope="module")
def formula(panel: Panel, study: Study) -> str:
    return reference_formula(panel, study)


@pytest.fixture(scope="module")
def built(panel: Panel, formula: str) -> pd.DataFrame:
    """The reference sample with plain column names, first the outcome."""
    cases = design(formula, panel.frame, years=YEARS)
    return pd.concat([cases.y, cases.X], axis=1).set_axis(["y", "x1", "x2", "x3", "x4"], axis=1)


def close(ours: pd.Series, theirs: pd.Series | np.ndarray, tolerance: float = TOLERANCE) -> None:
    np.testing.assert_allclose(ours.to_numpy(), np.asarray(theirs), rtol=tolerance, atol=0)


def test_the_reference_numbers(panel: Panel, formula: str) -> None:
    estimate = fit(formula, panel, effects="region+year", inference="cluster:region", years=YEARS)
    assert (estimate.diagnostics["n_obs"], estimate.diagnostics["n_regions"]) == (1368, 85)
    assert estimate.std_errors["ln(rd_grp_pct)"] == pytest.approx(0.065010, abs=5e-7)  # six printed digits
    assert estimate.df == 84


@pytest.mark.parametrize(
    ("effects", "vcov", "inference"),
    [
        ("region", {"CRV1": "region"}, "cluster:region"),
        ("year", {"CRV1": "region"}, "cluster:region"),
        ("region+year", "iid", "iid"),
        ("region+year", "hetero", "hc1"),
    ],
)
def test_pyfixest(
    panel: Panel, formula: str, built: pd.DataFrame, effects: Effects, vcov: str | dict[str, str], inference: str
) -> None:
    theirs = pf.feols(f"y ~ x1 + x2 + x3 + x4 | {effects}", built.reset_index(), vcov=vcov, demeaner=EXACT)
    ours = fit(formula, panel, effects=effects, inference=inference, years=YEARS)
    close(ours.params, theirs.coef())
    close(ours.std_errors, theirs.se())
    close(pd.Series(ours.tidy()["p_value"]), theirs.pvalue(), 1e-7)  # tails amplify rounding of t


@pytest.mark.parametrize(("cluster", "groups", "counted"), [("region", 85, 4 + 1 + 16), ("year", 17, 4 + 1 + 84)])
def test_pyfixest_two_way(
    panel: Panel, formula: str, built: pd.DataFrame, cluster: str, groups: int, counted: int
) -> None:
    """CR1S with two effects, its factor written here: K is the regressors, one for the nested effect, the rest.

    pyfixest 0.60 matches the names of two effects with their columns in the order of a set, so its own count of
    nested effects changes with PYTHONHASHSEED (0.065010 or 0.064628 for the reference); without effects in K
    it does not.
    """
    bare = pf.ssc(k_fixef="none")  # G/(G−1)·(N−1)/(N−k)
    flat = built.reset_index()
    text = "y ~ x1 + x2 + x3 + x4 | region + year"
    theirs = pf.feols(text, flat, vcov={"CRV1": cluster}, ssc=bare, demeaner=EXACT)
    ours = fit(formula, panel, inference=f"cluster:{cluster}", years=YEARS)
    close(ours.params, theirs.coef())
    close(ours.std_errors, theirs.se() * np.sqrt((len(built) - 4) / (len(built) - counted)))
    assert ours.diagnostics["small_sample_factor"] == pytest.approx(
        groups / (groups - 1) * (len(built) - 1) / (len(built) - counted)
    )


@pytest.mark.parametrize(("effects", "n_effects"), [("region+year", 85 + 17 - 1), ("region", 85)])
def test_linearmodels_within(panel: Panel, formula: str, built: pd.DataFrame, effects: Effects, n_effects: int) -> None:
    model = PanelOLS(built["y"], built.drop(columns="y"), entity_effects=True, time_effects="year" in effects)
    theirs = model.fit(cov_type="clustered", cluster_entity=True, auto_df=False, count_effects=True)
    ours = fit(formula, panel, effects=effects, years=YEARS)
    close(ours.params, theirs.params)
    # linearmodels multiplies the bare sandwich by N/(N − k − all effects); CR1S is G/(G−1)·(N−1)/(N−K) with K the
    # regressors, one for the nested region effects, and the year effects less one
    n, k, groups = len(built), 4, 85
    counted = k + n_effects - groups + 1
    cr1s = groups / (groups - 1) * (n - 1) / (n - counted)
    close(ours.std_errors, theirs.std_errors * np.sqrt(cr1s / (n / (n - k - n_effects))))


def test_linearmodels_pooled_and_between(panel: Panel, formula: str, built: pd.DataFrame) -> None:
    X = built.drop(columns="y").assign(one=1.0)[["one", "x1", "x2", "x3", "x4"]]
    pooled = fit(formula, panel, estimator="pooled", inference="iid", years=YEARS)
    close(pooled.params, PooledOLS(built["y"], X).fit().params)
    between = fit(formula, panel, estimator="between", inference="iid", years=YEARS)
    theirs = BetweenOLS(built["y"], X).fit(reweight=False)
    close(between.params, theirs.params)
    close(between.std_errors, theirs.std_errors)
    assert (between.diagnostics["n_obs"], between.diagnostics["n_years"]) == (85, 17)


def test_linearmodels_random_effects_unbalanced(panel: Panel, formula: str, built: pd.DataFrame) -> None:
    X = built.drop(columns="y").assign(one=1.0)[["one", "x1", "x2", "x3", "x4"]]
    theirs = RandomEffects(built["y"], X).fit(small_sample=True)  # the exact components of Baltagi & Chang
    ours = fit(formula, panel, estimator="re", inference="iid", years=YEARS)
    close(ours.params, theirs.params)
    close(ours.std_errors, theirs.std_errors)
    assert ours.diagnostics["sigma2_u"] == pytest.approx(theirs.variance_decomposition["Effects"], rel=TOLERANCE)


def test_first_differences_by_year_and_none_across_a_gap(holes: pd.DataFrame) -> None:
    ours = fit(INVESTMENT, holes, estimator="fd", inference="iid")
    wide = holes.unstack()
    steps = wide.T.groupby(level=0).diff().T.stack(future_stack=True).dropna()
    theirs = np.linalg.lstsq(steps[["value", "capital"]].to_numpy(), steps["inv"].to_numpy(), rcond=None)[0]
    # unstacking puts only years that occur side by side; every year from 1935 to 1954 occurs
    assert len(wide["inv"].columns) == 20
    close(ours.params, theirs)
    assert ours.diagnostics["n_obs"] == len(steps) < len(holes) - 10


def test_first_differences_of_a_balanced_panel(grunfeld: pd.DataFrame) -> None:
    theirs = FirstDifferenceOLS(grunfeld["inv"], grunfeld[["value", "capital"]]).fit()
    ours = fit(INVESTMENT, grunfeld, estimator="fd", inference="iid")
    close(ours.params, theirs.params)
    close(ours.std_errors, theirs.std_errors)


@pytest.mark.parametrize("weights", [None, "capital"])
def test_unbalanced_two_way_against_dummies(holes: pd.DataFrame, weights: str | None) -> None:
    ours = fit("inv ~ value", holes, effects="region+year", inference="iid", weights=weights)
    dummies = fit("inv ~ value + C(firm) + C(year)", holes, effects="none", inference="iid", weights=weights)
    close(ours.params, dummies.params[["value"]])
    close(ours.std_errors, dummies.std_errors[["value"]])
    assert ours.diagnostics["df_resid"] == dummies.diagnostics["df_resid"]


@pytest.mark.parametrize(("vcov", "inference"), [({"CRV1": "firm"}, "cluster:firm"), ("hetero", "hc1"), ("iid", "iid")])
def test_weighted_errors(holes: pd.DataFrame, vcov: str | dict[str, str], inference: str) -> None:
    flat = holes.reset_index()
    theirs = pf.feols("inv ~ value | firm", flat, vcov=vcov, weights="capital", demeaner=EXACT)
    ours = fit("inv ~ value", holes, effects="region", inference=inference, weights="capital")
    close(ours.params, theirs.coef())
    close(ours.std_errors, theirs.se())


def test_singletons_are_left_out_as_pyfixest_does(grunfeld: pd.DataFrame) -> None:
    alone = grunfeld.drop(index=[(1, year) for year in range(1936, 1955)])
    theirs = pf.feols("inv ~ value + capital | firm", alone.reset_index(), vcov={"CRV1": "firm"}, demeaner=EXACT)
    ours = fit(INVESTMENT, alone, effects="region")
    close(ours.std_errors, theirs.se())
    assert (ours.diagnostics["n_singletons"], ours.diagnostics["n_obs"]) == (1, 180)


def test_mundlak_against_linearmodels(holes: pd.DataFrame) -> None:
    """The same regression with means in linearmodels; its clustered errors take our factor, then the Wald F."""
    means = holes[["value", "capital"]].groupby(level=0).transform("mean").add_prefix("m_")
    X = pd.concat([holes[["value", "capital"]].assign(one=1.0), means], axis=1)
    theirs = RandomEffects(holes["inv"], X).fit(cov_type="clustered", cluster_entity=True, small_sample=True)
    n, k, groups = len(X), X.shape[1], 10
    factor = groups / (groups - 1) * (n - 1) / (n - k) / (n / (n - k))
    names = ["m_value", "m_capital"]
    spread = theirs.cov.loc[names, names].to_numpy() * factor
    gap = theirs.params[names].to_numpy()
    test = mundlak_test(INVESTMENT, holes)
    assert test.statistic == pytest.approx(gap @ np.linalg.solve(spread, gap) / 2, rel=1e-7)  # two inversions
    assert (test.df, test.details["terms"]) == ((2, 9), "value, capital")
    within = fit(INVESTMENT, holes, effects="region").params
    np.testing.assert_allclose(theirs.params[["value", "capital"]], within, rtol=TOLERANCE)  # Mundlak's identity
