"""What fit refuses, and what must not change when the data are merely written differently."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import (
    DataError,
    EstimationError,
    FormulaError,
    OptionError,
    RegionalEconError,
    UnknownNameError,
)
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import within
from regional_econ.panel.fit import fit
from regional_econ.panel.hausman import hausman, mundlak_test
from regional_econ.panel.inference import Clustered, DriscollKraay, Inference, Robust
from regional_econ.panel.inference_text import parse_inference
from regional_econ.panel.methods import Effects

FORMULA = "inv ~ value + capital"
EVERY = [
    ("pooled", "none", "cluster:region"),
    ("between", "none", "hc1"),
    ("re", "region", "cluster:region"),
    ("re", "year", "iid"),
    ("fe", "region", "dk"),
    ("fe", "region+year", "cluster:region"),
    ("fd", "year", "cluster:region"),
]


@pytest.mark.parametrize(("estimator", "effects", "inference"), EVERY)
def test_order_labels_and_units_change_nothing(
    holes: pd.DataFrame, estimator: str, effects: Effects, inference: str
) -> None:
    base = fit(FORMULA, holes, estimator=estimator, effects=effects, inference=inference)
    mixed = holes.sample(frac=1, random_state=7).rename(index=lambda firm: f"f{97 - firm * 7 % 97}", level="firm")
    mixed = mixed.assign(value=1000 * mixed["value"])
    other = fit(FORMULA, mixed, estimator=estimator, effects=effects, inference=inference)
    scale = np.where(base.params.index == "value", 1000.0, 1.0)
    # 1e-9: the sums run in another order, so the last digits may differ
    np.testing.assert_allclose(other.params * scale, base.params, rtol=1e-9)
    np.testing.assert_allclose(other.std_errors * scale, base.std_errors, rtol=1e-9)
    assert other.df == base.df


@pytest.mark.parametrize(("estimator", "effects", "inference"), EVERY)
def test_exact_data_give_exact_coefficients(
    holes: pd.DataFrame, estimator: str, effects: Effects, inference: str
) -> None:
    noise = np.random.default_rng(1).normal(scale=1e-6, size=len(holes))
    exact = holes.assign(inv=3 * holes["value"] - 2 * holes["capital"] + noise)
    estimate = fit(FORMULA, exact, estimator=estimator, effects=effects, inference=inference)
    # noise of 1e-6 against regressors that vary by hundreds
    np.testing.assert_allclose(estimate.params[["value", "capital"]], [3, -2], atol=1e-7)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("cluster:region", Clustered("region")),
        ("cluster:region:CR0", Clustered("region", "CR0")),
        ("cluster:region+year", Clustered("region+year")),
        ("dk", DriscollKraay()),
        ("dk:3:CR1S", DriscollKraay(3, "CR1S")),
        ("hc1", Robust("HC1")),
    ],
)
def test_inference_texts_round_trip(text: str, parsed: Inference) -> None:
    assert parse_inference(text) == parsed
    assert parse_inference(str(parsed)) == parsed


def test_objects_and_texts_give_the_same(grunfeld: pd.DataFrame) -> None:
    by_object = fit(FORMULA, grunfeld, effects="region", inference=Clustered("region"))
    by_text = fit(FORMULA, grunfeld, effects="region", inference="cluster:firm:CR1S")
    assert by_object.std_errors.equals(by_text.std_errors)


def test_clusters_by_a_column_coarser_than_the_unit(produc: pd.DataFrame) -> None:
    estimate = fit("ln(gsp) ~ ln(emp)", produc, effects="region", inference="cluster:region")
    states = produc.reset_index(level="state").assign(area=lambda frame: frame["region"]).drop(columns="region")
    frame = states.set_index("state", append=True).swaplevel()
    coarse = fit("ln(gsp) ~ ln(emp)", frame, effects="region", inference="cluster:area")
    assert (estimate.df, coarse.df) == (47, 8)
    assert coarse.std_errors["ln(emp)"] > estimate.std_errors["ln(emp)"]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"estimator": "ols"}, OptionError, "pooled, between, fe, re, re:wallace"),
        ({"effects": "firm"}, OptionError, r"none, region, year, region\+year"),
        ({"estimator": "between", "effects": "year"}, OptionError, r"Choose one of: none; dummies.*C\(year\)"),
        ({"estimator": "between", "inference": "dk"}, OptionError, "averages years out"),
        ({"inference": "robust"}, OptionError, "iid, hc0, hc1, hc2, hc3, cluster:region"),
        ({"inference": "cluster:region:CR9"}, OptionError, "CR0, CR1, CR1S"),
        ({"inference": "dk:-1"}, OptionError, "dk:3"),
        ({"inference": "dk:20"}, EstimationError, "more than 20 years"),
        ({"inference": "cluster:sector"}, UnknownNameError, "unknown cluster 'sector'"),
        ({"weights": "size"}, UnknownNameError, "unknown weights column 'size'"),
        ({"weights": "debt"}, EstimationError, r"must be positive and finite \(1, 1935\)"),
        ({"estimator": "fd", "weights": "value"}, OptionError, "Use pooled or fe"),
        ({"breaks": (1940,)}, OptionError, "Use fd"),
        ({"estimator": "fd", "breaks": 1940}, OptionError, "breaks cannot be 1940"),
        ({"estimator": "fd", "breaks": ("1940",)}, OptionError, "breaks cannot be"),
        ({"years": 1940}, OptionError, "years cannot be 1940"),
        ({"years": (1940,)}, OptionError, "first and the last year"),
        ({"years": (1950, 1940)}, OptionError, "first and the last year"),
        ({"years": (1990, 1999)}, DataError, "no row has all of inv, value, capital in 1990–1999"),
        ({"years": (1935, 1935)}, EstimationError, r"every row is alone in its region or year"),
        ({"formula": "inv ~ value + twice"}, EstimationError, "twice is a linear combination of value"),
        ({"formula": "inv ~ value + debt"}, EstimationError, "debt does not vary once the effects are taken out"),
        ({"formula": "inv ~ value + C(year)"}, EstimationError, r"C\(year\)\[1936\] does not vary"),
        ({"formula": "inv ~ valeu"}, UnknownNameError, "Did you mean value"),
        ({"formula": "inv = value"}, FormulaError, "position 5"),
    ],
)
def test_refusals_name_what_is_wrong(
    grunfeld: pd.DataFrame, changes: dict[str, object], error: type[RegionalEconError], message: str
) -> None:
    data = grunfeld.assign(twice=2 * grunfeld["value"] + 5, debt=-1.0)
    options = {"formula": FORMULA, "data": data, **changes}
    with pytest.raises(error, match=message):
        fit(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("inference", ["cluster:region", "cluster:region:CR0"])
def test_scores_that_cancel_are_no_certainty(panel: Panel, inference: str) -> None:
    two = panel.select(regions=["RU-KEM", "RU-TOM"])
    # with region and year effects two regions mirror each other: each one's scores add up to zero
    with pytest.raises(EstimationError, match=r"2 clusters of region.*ln\(rd_grp_pct\).*Use more regions"):
        fit("ln(innovation_activity_pct) ~ ln(rd_grp_pct)", two, inference=inference)


def test_driscoll_kraay_scores_that_cancel_are_no_certainty() -> None:
    index = pd.MultiIndex.from_product([list("abcd"), range(2000, 2006)], names=["region", "year"])
    rng = np.random.default_rng(3)
    side = pd.DataFrame({"x": rng.normal(size=12), "y": rng.normal(size=12)}, index=index[:12])
    # regions c and d are a and b upside down: x·residual is the same, so give x another sign only
    frame = pd.DataFrame(np.vstack([side, side * [-1, 1]]), index=index, columns=["x", "y"])
    with pytest.raises(EstimationError, match="6 years give x a standard error of zero"):
        fit("y ~ x", frame, estimator="pooled", inference="dk")


def test_a_covariance_of_low_rank_is_recorded(panel: Panel) -> None:
    formula = "ln(innovation_activity_pct) ~ ln(rd_grp_pct) + wear_pct + ln(grp_mln_rub)"
    few = fit(formula, panel.select(regions=["RU-KEM", "RU-TOM", "RU-NVS"]))
    assert few.diagnostics["covariance_rank"] == 2  # three regions whose scores add up to zero
    assert "covariance_rank" not in fit(formula, panel).diagnostics


def test_lags_reach_before_the_years_of_the_sample(panel: Panel) -> None:
    lagged = fit("wear_pct ~ lag(wear_pct, 1)", panel, years=(2011, 2016))
    assert lagged.diagnostics["first_year"] == 2011


def test_first_differences_take_no_step_into_a_break(grunfeld: pd.DataFrame) -> None:
    free = fit(FORMULA, grunfeld, estimator="fd")
    held = fit(FORMULA, grunfeld, estimator="fd", breaks=(1940, 1950))
    assert (free.diagnostics["n_obs"], held.diagnostics["n_obs"]) == (190, 170)
    assert "1940, 1950" in held.spec.sample


def test_within_solves_the_normal_equations_of_all_dummies(holes: pd.DataFrame) -> None:
    rng = np.random.default_rng(5)
    firm, year = (np.unique(holes.index.get_level_values(level), return_inverse=True)[1] for level in (0, 1))
    weights, values = rng.uniform(0.5, 2, len(holes)), rng.normal(size=(len(holes), 2))
    left = within(values, (firm, year), weights)
    for codes in (firm, year):
        sums = [np.bincount(codes, weights * column) for column in left.T]
        np.testing.assert_allclose(sums, 0, atol=1e-12)  # rounding of sums of about 20 numbers of size one


def test_a_negative_hausman_statistic_stays_negative_and_is_explained(panel: Panel) -> None:
    formula = "ln(innovation_activity_pct) ~ ln(rd_grp_pct)"
    fixed = fit(formula, panel, effects="region", inference="iid", years=(2006, 2022))
    loose = fit(formula, panel, estimator="re", inference="iid", years=(2006, 2022))
    wide = type(loose)(
        loose.params, 9 * loose.covariance, loose.spec, loose.panel_checksum, loose.diagnostics, loose.df
    )
    test = hausman(fixed, wide)
    assert test.statistic < 0
    assert np.isnan(test.p_value)
    assert not test.details["definite"]
    assert "negative, which is no support for random effects" in str(test)


def test_the_classic_hausman_test_refuses_robust_errors_and_other_samples(grunfeld: pd.DataFrame) -> None:
    fixed, random = (fit(FORMULA, grunfeld, estimator=e, effects="region", inference="iid") for e in ("fe", "re"))
    with pytest.raises(EstimationError, match="not valid under cluster:region:CR1S"):
        hausman(fit(FORMULA, grunfeld, effects="region"), random)
    with pytest.raises(EstimationError, match="compares fe with re, not 're'"):
        hausman(random, fixed)
    with pytest.raises(EstimationError, match="different years"):
        hausman(fit(FORMULA, grunfeld, effects="region", inference="iid", years=(1935, 1950)), random)


def test_mundlak_finds_planted_correlation_and_keeps_its_size() -> None:
    """100 panels: rejections at 5 % lie within three binomial errors (0.066) of 5 % under the null."""
    index = pd.MultiIndex.from_product([range(40), range(2000, 2006)], names=["region", "year"])
    rejections = {0.0: 0, 1.0: 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        effect, own = np.repeat(rng.normal(size=(2, 40)), 6, axis=1)
        noise, shock = rng.normal(size=(2, 240))
        for link in rejections:
            x = own + link * effect + shock
            frame = pd.DataFrame({"x": x, "y": 0.5 * x + effect + noise}, index=index)
            rejections[link] += mundlak_test("y ~ x", frame).p_value < 0.05
    assert rejections[0.0] / 100 < 0.05 + 0.066
    assert rejections[1.0] / 100 > 0.9


def test_the_summary_says_what_was_done(panel: Panel) -> None:
    text = fit("wear_pct ~ ln(rd_grp_pct)", panel, years=(2006, 2022)).summary()
    for part in ("region+year", "n_obs", "n_regions", "CR1S: G/(G−1)·(N−1)/(N−K)", "ln(rd_grp_pct)", "2006–2022"):
        assert part in text
