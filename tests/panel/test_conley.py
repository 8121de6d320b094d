"""Conley and spatial HAC errors against sums over all pairs of rows, and what they become at the ends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, EstimationError, OptionError
from regional_econ.core.distances import distances_km
from regional_econ.core.panel import Panel
from regional_econ.panel.fit import fit
from regional_econ.panel.inference import Conley
from regional_econ.panel.inference_text import parse_inference
from regional_econ.panel.model import Fitted

FORMULA = "y ~ x + z"


@pytest.fixture(scope="module")
def placed() -> pd.DataFrame:
    """Thirty towns with gaps, errors of a field that fades over some 500 km and over years."""
    rng = np.random.default_rng(5)
    places = np.column_stack([rng.uniform(45, 65, 30), rng.uniform(30, 60, 30)])
    field = np.linalg.cholesky(np.exp(-distances_km([tuple(place) for place in places]) / 500) + 1e-9 * np.eye(30))
    x, z, e = (np.cumsum(field @ rng.normal(size=(30, 9)), axis=1) for _ in range(3))
    index = pd.MultiIndex.from_product([[f"t{k:02d}" for k in range(30)], range(2001, 2010)], names=["town", "year"])
    frame = pd.DataFrame({"x": x.ravel(), "z": z.ravel(), "y": (x - z + e).ravel()}, index=index)
    frame[["latitude", "longitude"]] = np.repeat(places, 9, axis=0)
    return frame.sample(230, random_state=2)


def all_pairs(fitted: Fitted, frame: pd.DataFrame, rule: Conley) -> np.ndarray:
    """The sandwich with one term a pair of rows."""
    scores, index = fitted.solution.scores, fitted.sample.index
    places = frame.loc[index, ["latitude", "longitude"]].to_numpy()
    km = distances_km([tuple(place) for place in places])
    meat = np.zeros((scores.shape[1],) * 2)
    for i, (town, year) in enumerate(index):
        for j, (other, then) in enumerate(index):
            apart, own = abs(year - then), town == other
            near = float(km[i, j] <= rule.radius_km) * (
                1 if rule.kernel == "uniform" else 1 - km[i, j] / rule.radius_km
            )
            if rule.lag == "all" or apart == 0:
                weight = 1.0 if own else near
            else:
                weight = max(0.0, 1 - apart / (rule.lag + 1)) if own else 0.0
            meat += weight * np.outer(scores[i], scores[j])
    return np.asarray(fitted.solution.bread @ meat @ fitted.solution.bread)


@pytest.mark.parametrize("effects", ["none", "region", "region+year"])
@pytest.mark.parametrize(
    "text", ["conley:400km", "conley:400km:2", "conley:700km:all:bartlett", "conley:700km:20:bartlett"]
)
def test_sums_over_all_pairs(placed: pd.DataFrame, text: str, effects: str) -> None:
    estimate = fit(FORMULA, placed, effects=effects, inference=text)  # type: ignore[arg-type]
    assert isinstance(estimate.native, Fitted)
    rule = parse_inference(text)
    assert isinstance(rule, Conley)
    np.testing.assert_allclose(estimate.covariance, all_pairs(estimate.native, placed, rule), rtol=1e-9)
    assert (estimate.df, estimate.diagnostics["small_sample_factor"]) == (29, 1.0)
    assert f"within {rule.radius_km:g} km" in str(estimate.diagnostics["convention"])


@pytest.mark.parametrize(
    ("text", "same"),
    [("conley:1km", "hc0"), ("conley:1km:all", "cluster:region:CR0"), ("conley:20100km", "dk:0")],
)
def test_a_radius_of_nothing_and_of_everything(placed: pd.DataFrame, text: str, same: str) -> None:
    one, other = (fit(FORMULA, placed, effects="region", inference=rule) for rule in (text, same))
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-9)


def test_a_panel_knows_its_places(panel: Panel) -> None:
    formula = "ln(wage_rub) ~ ln(investment_grp_pct)"
    ours = fit(formula, panel, years=(2014, 2020), inference="conley:800km:all")
    region = panel.frame.index.get_level_values("region")
    columns = pd.DataFrame([panel.regions[one].place for one in region], index=panel.frame.index)
    columns.columns = pd.Index(["latitude", "longitude"])
    by_columns = fit(formula, panel.frame.join(columns), years=(2014, 2020), inference="conley:800km:all")
    pd.testing.assert_frame_equal(ours.covariance, by_columns.covariance)
    again = fit(formula, panel, years=(2014, 2020)).vcov("conley:800km:all")
    pd.testing.assert_frame_equal(ours.covariance, again.covariance)


def test_refusals(placed: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no columns latitude and longitude"):
        fit(FORMULA, placed.drop(columns="latitude"), inference="conley:500km")
    lost = placed["latitude"].mask(placed.index.get_level_values("town") == "t03")
    with pytest.raises(DataError, match="no place is known of t03"):
        fit(FORMULA, placed.assign(latitude=lost), inference="conley:500km")
    moving = placed["latitude"] + 0.01 * placed.index.get_level_values("year")
    with pytest.raises(DataError, match="has more than one latitude"):
        fit(FORMULA, placed.assign(latitude=moving), inference="conley:500km")
    with pytest.raises(DataError, match="longitude outside its range"):
        fit(FORMULA, placed.assign(longitude=361.0), inference="conley:500km")
    for text in ("conley:0km", f"conley:{'9' * 400}km"):
        with pytest.raises(OptionError, match="radius_km cannot be"):
            parse_inference(text)
    with pytest.raises(DataError, match="the column latitude holds no numbers"):
        fit(FORMULA, placed.assign(latitude="north"), inference="conley:500km")
    for text in ("conley", "conley:-5km", "conley:500", "conley:km", "conley:500km:x", "conley:500km:3:uniform:1"):
        with pytest.raises(OptionError, match="conley:500km"):
            parse_inference(text)
    with pytest.raises(OptionError, match="uniform, bartlett"):
        parse_inference("conley:500km:3:gauss")
    for wrong in (
        {"radius_km": 0.0}, {"radius_km": -5.0}, {"radius_km": float("nan")}, {"radius_km": "500"}, {"radius_km": None},
        {"radius_km": 5.0, "lag": -1}, {"radius_km": 5.0, "lag": "3"}, {"radius_km": 5.0, "lag": 1.5},
    ):  # fmt: skip
        with pytest.raises(OptionError, match="cannot be"):
            Conley(**wrong)  # type: ignore[arg-type]


def test_a_negative_variance_is_refused_by_name() -> None:
    """Three towns in a row, the ends out of reach of each other: a uniform kernel is not positive there."""
    index = pd.MultiIndex.from_product([["a", "b", "c"], range(2)], names=["town", "year"])
    longitude = np.repeat([0.0, 1.0, 2.0], 2)
    x = np.array([1.0, -1.0, -2.0, 2.0, 1.0, -1.0])
    frame = pd.DataFrame({"x": x, "y": np.array([1.0, 1.0, 1.5, 1.5, 1.0, 1.0]) * np.sign(x)}, index=index)
    frame = frame.assign(latitude=0.0, longitude=longitude)
    frame["y"] += np.array([0.9, -0.9, 1.1, -1.1, 0.9, -0.9])
    with pytest.raises(EstimationError) as caught:
        fit("y ~ x", frame, effects="region", inference="conley:120km")
    wanted = "conley:120km:0 gives x a negative variance. Use another radius, or its bartlett kernel."
    assert str(caught.value) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("conley:400km", "uniform, of one year"),
        ("conley:400km:2:bartlett", "bartlett, of one year, own years by Bartlett, 2 lags"),
        ("conley:400km:all:bartlett", "bartlett, of any two years"),
    ],
)
def test_the_errors_say_what_they_are(placed: pd.DataFrame, text: str, said: str) -> None:
    native = fit(FORMULA, placed, effects="region", inference=text).native
    assert isinstance(native, Fitted)
    assert native.covariance.convention == f"Conley: pairs within 400 km, {said}; no factor; t(29)"
    assert native.covariance.rank == 2


def test_one_unit_has_no_pairs_and_two_have(placed: pd.DataFrame) -> None:
    towns = placed.index.get_level_values("town")
    with pytest.raises(EstimationError) as caught:
        fit(FORMULA, placed[towns == "t00"], effects="none", inference="conley:400km")
    assert str(caught.value) == "Conley errors need two units or more. Use hc1."
    pair = fit(FORMULA, placed[towns.isin(["t00", "t01"])], effects="none", inference="conley:400km:all")
    assert (pair.std_errors > 0).all()
