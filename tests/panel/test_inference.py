"""Cluster-robust errors against R, against brute force and against statsmodels; the same arrays serve them all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.panel.fit import fit
from regional_econ.panel.inference import WildBootstrap
from regional_econ.panel.inference_text import parse_inference
from regional_econ.panel.model import Fitted

FORMULA = "inv ~ value + capital"
TERMS = ["value", "capital"]


@pytest.fixture(scope="session")
def club() -> dict[str, Any]:
    path = Path(__file__).resolve().parents[1] / "oracles" / "panel_clubsandwich.json"
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def dummies(frame: pd.DataFrame, effects: str) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and regressors with the effects written out, rows by unit and year."""
    rows = frame.sort_index()
    columns = [rows[TERMS].to_numpy(dtype=float)]
    for place, name in enumerate(["region", "year"]):
        if name in effects:
            levels = pd.get_dummies(rows.index.get_level_values(place)).to_numpy(dtype=float)
            columns.append(levels if len(columns) == 1 else levels[:, 1:])
    if len(columns) == 1:
        columns.append(np.ones((len(rows), 1)))
    return rows["inv"].to_numpy(dtype=float), np.column_stack(columns)


@pytest.mark.parametrize("by", ["firm", "year"])
@pytest.mark.parametrize(
    ("effects", "kind"),
    # its CR3 needs a regression without dummies; the brute force below has them
    [("none", "CR3"), *((effects, kind) for effects in ("none", "region", "region+year") for kind in ("CR0", "CR2"))],
)
def test_clubsandwich(club: dict[str, Any], holes: pd.DataFrame, effects: str, by: str, kind: str) -> None:
    stored = club[{"none": "pooled"}.get(effects, effects)][by][kind]
    estimate = fit(FORMULA, holes, effects=effects, inference=f"cluster:{by}:{kind}")  # type: ignore[arg-type]
    for term in TERMS:
        assert estimate.std_errors[term] == pytest.approx(stored["se"][term], rel=1e-9)
        if kind == "CR2":
            assert isinstance(estimate.df, pd.Series)
            assert estimate.df[term] == pytest.approx(stored["df"][term], rel=1e-9)


@pytest.mark.parametrize("effects", ["region", "region+year"])
@pytest.mark.parametrize("by", ["firm", "year"])
def test_leaving_clusters_out_by_brute_force(holes: pd.DataFrame, effects: str, by: str) -> None:
    estimate = fit(FORMULA, holes, effects=effects, inference=f"cluster:{by}:CR3")  # type: ignore[arg-type]
    labels = holes.index.get_level_values(by)
    changes = []
    for label in labels.unique():
        again = fit(FORMULA, holes[labels != label], effects=effects, inference="iid")  # type: ignore[arg-type]
        changes.append(again.params.to_numpy() - estimate.params.to_numpy())
    brute = np.sqrt((np.array(changes) ** 2).sum(axis=0))
    np.testing.assert_allclose(estimate.std_errors, brute, rtol=1e-9)
    groups = len(changes)
    np.testing.assert_allclose(
        estimate.vcov(f"cluster:{by}:CV3").std_errors, brute * np.sqrt((groups - 1) / groups), rtol=1e-9
    )


@pytest.mark.parametrize("effects", ["none", "region", "year", "region+year"])
@pytest.mark.parametrize("kind", ["hc0", "hc1", "hc2", "hc3"])
def test_robust_errors_are_those_of_the_dummy_regression(holes: pd.DataFrame, effects: str, kind: str) -> None:
    y, X = dummies(holes, effects)
    reference = sm.OLS(y, X).fit(cov_type=kind.upper()).bse[:2]
    estimate = fit(FORMULA, holes, effects=effects, inference=kind)  # type: ignore[arg-type]
    np.testing.assert_allclose(estimate.std_errors[TERMS], reference, rtol=1e-8)


def test_bias_reduction_is_exact_under_its_working_model(holes: pd.DataFrame) -> None:
    """With independent errors of one variance the expectation of CR2 is the true covariance, weights or none."""
    weighted = holes.assign(w=np.linspace(0.5, 3, len(holes)))
    for weights in (None, "w"):
        estimate = fit(FORMULA, weighted, inference="cluster:region:CR2", weights=weights)
        native = estimate.native
        assert isinstance(native, Fitted)
        root = np.sqrt(native.data.weights)
        n = len(root)
        total = np.zeros((2, 2))
        for column in np.eye(n):  # the covariance is quadratic in y: the sum over a basis is its expectation
            shocked = weighted.loc[native.sample.index].assign(inv=column / root)
            total += fit(FORMULA, shocked, inference="cluster:region:CR2", weights=weights).covariance.to_numpy()
        np.testing.assert_allclose(total, native.solution.bread, rtol=1e-8)


@pytest.mark.parametrize("effects", ["none", "region", "region+year"])
@pytest.mark.parametrize("weights", ["rademacher", "webb"])
@pytest.mark.parametrize("by", ["firm", "year"])
def test_resampled_statistics_by_brute_force(holes: pd.DataFrame, effects: str, weights: str, by: str) -> None:
    """Every statistic again from a regression of resampled outcomes, under a null away from zero."""
    null, draws = 0.105, 99
    rule = WildBootstrap(by, weights, draws)  # type: ignore[arg-type]
    estimate = fit(FORMULA, holes, effects=effects, inference=rule)  # type: ignore[arg-type]
    native = estimate.native
    assert isinstance(native, Fitted)
    contrast = np.eye(len(estimate.params))[list(estimate.params.index).index("value")]
    found = native.resample(contrast, rule)
    rows = holes.sort_index()
    y, X = dummies(holes, effects)
    groups = pd.factorize(rows.index.get_level_values(by), sort=True)[0]
    drawn = brute_draws(native, rule)
    free = X[:, 1:]
    restricted = null * X[:, 0] + free @ np.linalg.lstsq(free, y - null * X[:, 0], rcond=None)[0]
    larger = 0
    observed = abs(statistic(y, X, groups, null))
    for row in drawn:
        larger += int(abs(statistic(restricted + row[groups] * (y - restricted), X, groups, null)) > observed)
    assert 0 < larger < draws
    assert found.p_value(null) == pytest.approx(larger / draws, abs=1e-12)


def brute_draws(native: Fitted, rule: WildBootstrap) -> np.ndarray:
    from regional_econ.panel.wild import _draws

    labels = native.sample.index.get_level_values(rule.by)
    return np.concatenate(_draws(len(labels.unique()), rule, enumerated=False))


def statistic(y: np.ndarray, X: np.ndarray, groups: np.ndarray, null: float) -> float:
    inverse = np.linalg.inv(X.T @ X)
    beta = inverse @ X.T @ y
    scores = X * (y - X @ beta)[:, None]
    sums = np.array([scores[groups == group].sum(axis=0) for group in range(groups.max() + 1)])
    return float((beta[0] - null) / np.linalg.norm(sums @ inverse[0]))


def test_intervals_hold_exactly_the_nulls_that_are_not_rejected(grunfeld: pd.DataFrame) -> None:
    estimate = fit(FORMULA, grunfeld, effects="region", inference="wild:region:webb:999")
    for term in TERMS:
        row = estimate.tidy(0.95).set_index("term").loc[term]
        width = row["conf_high"] - row["conf_low"]
        for end, outward in ((row["conf_low"], -1), (row["conf_high"], 1)):
            assert estimate.test(f"{term} = {end - outward * 1e-4 * width}").p_value >= 0.05
            assert estimate.test(f"{term} = {end + outward * 1e-4 * width}").p_value <= 0.05
    inner, outer = estimate.tidy(0.80), estimate.tidy(0.95)
    assert (inner["conf_low"] > outer["conf_low"]).all()
    with pytest.raises(OptionError, match=r"90 %.*0\.95 or 0\.80"):
        estimate.tidy(0.90)


def test_the_seed_decides_and_nothing_else(grunfeld: pd.DataFrame) -> None:
    shuffled = grunfeld.sample(frac=1, random_state=3)
    first, second = (fit(FORMULA, frame, inference="wild:region:webb:999") for frame in (grunfeld, shuffled))
    pd.testing.assert_frame_equal(first.tidy(), second.tidy(), rtol=1e-9)
    other = fit(FORMULA, grunfeld, inference=WildBootstrap("region", "webb", 999, seed=1))
    assert not np.array_equal(first.tidy()["p_value"], other.tidy()["p_value"])


def test_few_clusters_may_never_reject(grunfeld: pd.DataFrame) -> None:
    """With three clusters the smallest p of ±1 weights is 2/8: the 95 % interval is the whole line."""
    frame = grunfeld.assign(third=grunfeld.index.get_level_values("firm") % 3)
    row = fit(FORMULA, frame, inference="wild:third").tidy().iloc[0]
    assert (row["conf_low"], row["conf_high"]) == (-np.inf, np.inf)


@pytest.mark.parametrize("estimator", ["pooled", "fe", "re", "fd"])
@pytest.mark.parametrize(
    "inference",
    ["iid", "hc1", "hc3", "cluster:year", "cluster:region:CR2", "cluster:region+year", "dk:1", "wild:region"],
)
def test_other_errors_need_no_new_fit(holes: pd.DataFrame, estimator: str, inference: str) -> None:
    first = fit(FORMULA, holes, estimator=estimator)  # type: ignore[arg-type]
    again = fit(FORMULA, holes, estimator=estimator, inference=inference)  # type: ignore[arg-type]
    other = first.vcov(inference)
    pd.testing.assert_frame_equal(other.tidy(), again.tidy())
    assert other.spec == again.spec
    assert other.glance() == again.glance()
    assert first.vcov(inference).vcov("cluster:region").spec == first.spec


@pytest.mark.parametrize(
    "text",
    ["iid", "hc2", "hc3", "cluster:region:CR2", "cluster:a:CV3", "cluster:region+year:CR1:min", "wild:year:webb:99"],
)
def test_texts_and_objects_say_the_same(text: str) -> None:
    assert str(parse_inference(text)) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cluster:region+year:CR2", "CR2 is not defined for two dimensions"),
        ("cluster:region:CR9", "CR0, CR1, CR1S, CR2, CR3, CV3"),
        ("wild", "wild:region"),
        ("wild:region:normal", "rademacher, webb"),
        ("wild:region:webb:9", "99 or more"),
        ("wild:region+year", "one name"),
        ("wild:region:webb:-5", "Choose one of"),
        ("HC1", "Choose one of"),
        ("dk:2:CR1", "CR0, CR1S"),
    ],
)
def test_wrong_inferences_list_the_right_ones(text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message.replace("+", r"\+")):
        parse_inference(text)


def test_joint_tests_that_have_no_distribution_are_refused(grunfeld: pd.DataFrame) -> None:
    for inference in ("cluster:region:CR2", "wild:region"):
        with pytest.raises(OptionError, match="one equation at a time"):
            fit(FORMULA, grunfeld, inference=inference).test("value = 0, capital = 0")


def test_a_perfectly_fitted_row_has_no_hc3(grunfeld: pd.DataFrame) -> None:
    frame = grunfeld.assign(only=0.0)
    frame.iloc[7, frame.columns.get_loc("only")] = 1.0
    with pytest.raises(EstimationError, match="1 of the observations fitted perfectly"):
        fit("inv ~ value + only", frame, inference="hc3")
