"""What has no answer is refused by name, and what looks like an answer is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf
import pytest

from regional_econ._base.errors import DataError, EstimationError, FormulaError, OptionError
from regional_econ.panel.fit import fit
from regional_econ.panel.hausman import hausman
from regional_econ.panel.inference import Clustered, WildBootstrap

FORMULA = "inv ~ value + capital"


@pytest.mark.parametrize("effects", ["none", "year"])
def test_fitted_changes_hold_their_year_effects(grunfeld: pd.DataFrame, effects: str) -> None:
    estimate = fit("inv ~ value", grunfeld, estimator="fd", effects=effects)  # type: ignore[arg-type]
    change = grunfeld.groupby("firm").diff().dropna()
    years = change.index.get_level_values("year")
    residuals = change["inv"] - estimate.predict()
    if effects == "year":
        np.testing.assert_allclose(residuals.groupby(years).mean(), 0, atol=1e-9)
    else:
        np.testing.assert_allclose(residuals, change["inv"] - estimate.params["value"] * change["value"])


def test_effects_of_parts_that_never_meet_predict_nothing_new() -> None:
    early = pd.MultiIndex.from_product([["a", "b", "c"], range(2000, 2004)], names=["region", "year"])
    late = pd.MultiIndex.from_product([["p", "q", "r"], range(2010, 2014)], names=["region", "year"])
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(24, 2)), index=early.append(late), columns=["x", "y"])
    estimate = fit("y ~ x", frame)
    assert len(estimate.predict()) == 24
    new = pd.DataFrame({"x": [1.0]}, index=pd.MultiIndex.from_tuples([("a", 2011)], names=["region", "year"]))
    with pytest.raises(EstimationError, match="share no year"):
        estimate.predict(new)


def test_predictions_go_by_the_place_of_the_index_levels(grunfeld: pd.DataFrame) -> None:
    estimate = fit(FORMULA, grunfeld)
    renamed = grunfeld.rename_axis(index=[None, "date"])
    np.testing.assert_allclose(estimate.predict(renamed), estimate.predict())


def test_other_errors_are_given_as_objects_or_texts(grunfeld: pd.DataFrame) -> None:
    estimate = fit(FORMULA, grunfeld)
    by_object, by_text = estimate.vcov(Clustered("region", "CR2")), estimate.vcov("cluster:region:CR2")
    pd.testing.assert_frame_equal(by_object.tidy(), by_text.tidy())
    with pytest.raises(OptionError, match="inference cannot be 5"):
        estimate.vcov(5)


@pytest.mark.parametrize("effects", ["region", "year"])
def test_the_smaller_factor_is_fixest_s(grunfeld: pd.DataFrame, effects: str) -> None:
    """One absorbed effect, nested in one of two dimensions, counts as one parameter."""
    ours = fit(FORMULA, grunfeld, effects=effects, inference="cluster:region+year:CR1S:min")  # type: ignore[arg-type]
    absorbed = {"region": "firm", "year": "year"}[effects]
    theirs = pf.feols(f"{FORMULA} | {absorbed}", grunfeld.reset_index(), vcov={"CRV1": "firm + year"})
    np.testing.assert_allclose(ours.std_errors, theirs.se(), rtol=1e-7)


def test_a_slope_that_one_cluster_alone_identifies_has_no_cr3(grunfeld: pd.DataFrame) -> None:
    only = grunfeld["value"].where(grunfeld.index.get_level_values("firm") == 3, 0.0)
    frame = grunfeld.assign(only=only)
    with pytest.raises(EstimationError, match="without one region only is not identified"):
        fit("inv ~ only + capital", frame, effects="region", inference="cluster:region:CR3")
    assert np.isfinite(fit("inv ~ only + capital", frame, effects="region", inference="cluster:region:CR2").df).all()


def test_products_of_a_number_and_a_dummy_are_resampled_and_tested(grunfeld: pd.DataFrame) -> None:
    frame = grunfeld.assign(late=np.where(grunfeld.index.get_level_values("year") > 1944, "late", "early"))
    formula = "inv ~ value + value:C(late) + capital"
    table = fit(formula, frame, inference="wild:region:webb:999").tidy()
    assert table["p_value"].between(0, 1).all()
    fixed, random = (fit(formula, frame, estimator=e, effects="region", inference="iid") for e in ("fe", "re"))
    assert "value:C(late)[late]" in str(hausman(fixed, random).details["terms"])
    dummies = fit("inv ~ C(late)", frame, effects="region", inference="wild:region:webb:999").tidy()
    assert dummies["p_value"].between(0, 1).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"effects": "year"}, "different effects"),
        ({"weights": "w"}, "different weights"),
        ({"formula": "inv ~ value"}, "different formulas"),
        ({"data": "other"}, "different data"),
    ],
)
def test_a_hausman_test_compares_like_with_like(grunfeld: pd.DataFrame, changed: dict[str, str], message: str) -> None:
    data = grunfeld.assign(w=1.0)
    random = fit(FORMULA, data, estimator="re", inference="iid")
    options = {"formula": FORMULA, "effects": "region", **changed}
    other = data.assign(inv=data["inv"] + 1) if options.pop("data", "") else data
    with pytest.raises(EstimationError, match=message):
        hausman(fit(options.pop("formula"), other, inference="iid", **options), random)  # type: ignore[arg-type]


@pytest.mark.parametrize("inference", ["cluster:region", "wild:region", "iid"])
def test_an_outcome_without_variation_is_refused(grunfeld: pd.DataFrame, inference: str) -> None:
    firm = grunfeld.index.get_level_values("firm")
    frame = grunfeld.assign(inv=np.asarray(firm, dtype=float))
    with pytest.raises(EstimationError, match="the outcome does not vary once the effects are taken out"):
        fit(FORMULA, frame, effects="region", inference=inference)


def test_a_region_that_is_missing_is_no_region(grunfeld: pd.DataFrame, tmp_path: Path) -> None:
    rows = grunfeld.reset_index().astype({"firm": "object"})
    rows.loc[5, "firm"] = None
    with pytest.raises(DataError, match=r"1 rows have no firm, the first is row 6"):
        fit(FORMULA, rows.set_index(["firm", "year"]))


def test_columns_and_weights_of_the_wrong_kind_are_named(grunfeld: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="weights 'kind' hold no numbers"):
        fit(FORMULA, grunfeld.assign(kind="a"), weights="kind")
    twice = pd.concat([grunfeld, grunfeld[["value"]]], axis=1)
    with pytest.raises(DataError, match="the column 'value' stands twice"):
        fit(FORMULA, twice)
    with pytest.raises(OptionError, match="draws cannot be 999999999999"):
        WildBootstrap("region", "webb", 999999999999)
    with pytest.raises(OptionError, match="level cannot be 95"):
        fit(FORMULA, grunfeld).tidy(95)


@pytest.mark.parametrize("estimator", ["fe", "pooled", "hpj", "interactive:1"])
@pytest.mark.parametrize("term", ["y", "lag(y, 0)"])
def test_the_outcome_explains_itself_nowhere(estimator: str, term: str) -> None:
    index = pd.MultiIndex.from_product([list("abcdef"), range(2000, 2012)], names=["region", "year"])
    frame = pd.DataFrame(np.random.default_rng(3).normal(size=(72, 2)), index=index, columns=["y", "x"])
    with pytest.raises(FormulaError, match="y stands on both sides"):
        fit(f"y ~ x + {term}", frame, estimator=estimator)
