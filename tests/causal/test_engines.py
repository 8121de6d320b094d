"""The minimum-wage example of did, and the same numbers from regressions on dummies and means by hand."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ.causal.engines import StaggeredEstimator, StaggeredResult, staggered
from regional_econ.panel.fit import fit


@pytest.fixture(scope="module")
def counties(root: Path) -> pd.DataFrame:
    """Log teen employment of 500 counties, 2003–2007, with the year of the minimum-wage rise."""
    frame = pd.read_csv(root / "tests" / "oracles" / "data" / "mpdta.csv.gz")
    frame = frame.rename(columns={"first.treat": "cohort", "countyreal": "county"})
    return frame.set_index(["county", "year"])[["lemp", "cohort"]]


@pytest.fixture(scope="module")
def oracle(root: Path) -> dict[str, Any]:
    entries = json.loads((root / "tests" / "oracles" / "causal_events.json").read_text(encoding="utf-8"))
    entry: dict[str, Any] = next(entry for entry in entries if entry["id"] == "mpdta_cs")
    return entry


def estimate(frame: pd.DataFrame, estimator: StaggeredEstimator, **options: Any) -> StaggeredResult:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return staggered(frame, "lemp", "cohort", estimator=estimator, **options)


def event(found: StaggeredResult) -> pd.DataFrame:
    return found.event_time.set_index("event_time")


def test_callaway_santanna_as_published(counties: pd.DataFrame, oracle: dict[str, Any]) -> None:
    found = estimate(counties, "callaway-santanna", base="varying")
    published = oracle["published_values"]
    cells = {f"{row.cohort},{row.time}": row.estimate for row in found.group_time.itertuples()}
    assert cells == pytest.approx(published["ATT(g,t)"], abs=oracle["tolerance"])
    events = {str(time): value for time, value in event(found)["estimate"].items()}
    assert events == pytest.approx(published["event"], abs=oracle["tolerance"])
    simple, error = oracle["reproduced_values"]["csdid 0.4.3"]["simple"]
    assert (found.overall, found.overall_std_error) == pytest.approx((simple, error), abs=1e-12)


def test_callaway_santannas_dynamic_effect_and_error(counties: pd.DataFrame, oracle: dict[str, Any]) -> None:
    found = estimate(counties, "callaway-santanna")
    assert found.covariance is not None
    rows = found.event_time[~found.event_time["reference"]]
    weights = np.where(rows["event_time"] >= 0, 0.25, 0.0)
    dynamic, error = oracle["reproduced_values"]["csdid 0.4.3"]["dynamic"]
    assert weights @ rows["estimate"] == pytest.approx(dynamic, abs=1e-12)
    # csdid adds the influence of the estimated cohort shares; the event times' covariance does too.
    assert np.sqrt(weights @ found.covariance @ weights) == pytest.approx(error, abs=1e-10)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(rows["std_error"].to_numpy(), abs=1e-12)


def test_sun_abraham_is_the_saturated_regression(counties: pd.DataFrame, oracle: dict[str, Any]) -> None:
    found = estimate(counties, "sun-abraham")
    assert found.overall == pytest.approx(oracle["reproduced_values"]["diff-diff 3.13.0"]["SunAbraham overall"])
    year = counties.index.get_level_values("year")
    dummies = {
        f"c{row.cohort}_{row.time}": ((counties["cohort"] == row.cohort) & (year == row.time)).astype(float)
        for row in found.group_time.itertuples()
    }
    ours = fit(
        "lemp ~ " + " + ".join(dummies), counties.assign(**dummies), effects="region+year", inference="cluster:region"
    ).tidy().set_index("term")  # fmt: skip
    assert found.group_time["estimate"].to_numpy() == pytest.approx(ours["estimate"].to_numpy(), abs=1e-10)
    # Both are CR1; diff-diff counts the unit effects as parameters or not, a factor common to all cells.
    ratio = found.group_time["std_error"].to_numpy() / ours["std_error"].to_numpy()
    assert ratio == pytest.approx(ratio[0], abs=1e-8)
    assert ratio[0] == pytest.approx(1, abs=1e-8)


def test_imputation_by_hand(counties: pd.DataFrame, oracle: dict[str, Any]) -> None:
    found = estimate(counties, "imputation")
    assert (found.overall, found.overall_std_error) == pytest.approx(
        oracle["reproduced_values"]["diff-diff 3.13.0"]["ImputationDiD (BJS)"], abs=1e-9
    )
    data = counties.reset_index()
    treated = ((data["cohort"] > 0) & (data["year"] >= data["cohort"])).to_numpy()
    Z = pd.get_dummies(data[["county", "year"]].astype(str), dtype=float).to_numpy()
    y = data["lemp"].to_numpy()
    coef = np.linalg.lstsq(Z[~treated], y[~treated], rcond=None)[0]
    effect = y - Z @ coef
    assert found.overall == pytest.approx(effect[treated].mean(), abs=1e-9)
    means = data.assign(effect=effect)[treated].groupby(["cohort", "year"])["effect"].mean()
    assert found.group_time["estimate"].to_numpy() == pytest.approx(means.to_numpy(), abs=1e-9)
    # Theorem 3: weights of the estimator on every row, residuals about the mean effect of cohort and horizon.
    weight = np.where(treated, 1 / treated.sum(), 0.0)
    projection = Z[treated].T @ weight[treated]
    weight[~treated] = -Z[~treated] @ np.linalg.pinv(Z[~treated].T @ Z[~treated]) @ projection
    cell = data.assign(effect=effect).groupby(["cohort", "year"])["effect"].transform("mean").to_numpy()
    residual = np.where(treated, effect - cell, effect)
    by_unit = pd.Series(weight * residual).groupby(data["county"]).sum()
    assert found.overall_std_error == pytest.approx(np.sqrt((by_unit**2).sum()), rel=1e-9)


@pytest.mark.parametrize("window", [(1, 0), (1, 1), (2, 0), (2, 1)])
def test_stacked_by_means(counties: pd.DataFrame, window: tuple[int, int]) -> None:
    found = estimate(counties, "stacked", window=window)
    wide = counties["lemp"].unstack("year")
    cohorts = counties["cohort"].groupby("county").first()
    whole = [g for g in (2004, 2006, 2007) if g - window[0] >= 2003 and g + window[1] <= 2007]
    assert found.left_out == tuple(g for g in (2004, 2006, 2007) if g not in whole)
    sizes = [(cohorts == g).sum() for g in whole]
    for time, value in event(found)["estimate"].items():
        change = {g: wide[g + time] - wide[g - 1] for g in whole}
        effects = [change[g][cohorts == g].mean() - change[g][cohorts == 0].mean() for g in whole]
        assert value == pytest.approx(np.average(effects, weights=sizes), abs=1e-9)


def test_the_stacked_error_is_cr1_of_the_stack(counties: pd.DataFrame) -> None:
    found = estimate(counties, "stacked", window=(1, 0))
    one = estimate(counties[counties["cohort"].isin([0, 2007])], "stacked", window=(1, 0))
    wide = counties["lemp"].unstack("year")
    cohorts = counties["cohort"].groupby("county").first()
    change = (wide[2007] - wide[2006])[cohorts.isin([0, 2007])]
    treated = (cohorts[change.index] == 2007).to_numpy()
    X = np.column_stack([np.ones(len(change)), treated])
    residual = change.to_numpy() - X @ np.linalg.lstsq(X, change.to_numpy(), rcond=None)[0]
    bread = np.linalg.inv(X.T @ X)
    robust = np.sqrt((bread @ (X.T * residual**2) @ X @ bread)[1, 1])
    # One stack of two years is a regression of differences; CR1's factors differ from it by less than 1 %.
    assert one.overall_std_error == pytest.approx(robust, rel=0.01)
    assert found.overall_std_error < one.overall_std_error


def test_one_treated_unit_is_simple_did_without_an_error(counties: pd.DataFrame) -> None:
    cohorts = counties["cohort"].groupby("county").first()
    unit = cohorts.index[cohorts == 2006][0]
    frame = counties[(counties["cohort"] == 0) | (counties.index.get_level_values(0) == unit)]
    found = estimate(frame, "callaway-santanna")
    wide = frame["lemp"].unstack("year")
    gap = wide.loc[unit] - wide.drop(index=unit).mean()
    assert found.overall == pytest.approx((gap[[2006, 2007]] - gap[2005]).mean(), abs=1e-12)
    assert np.isnan(found.overall_std_error)
    assert found.inference.startswith("withheld")
    assert found.to_frame()["conf_low"].isna().all()


@pytest.mark.parametrize("estimator", ["callaway-santanna", "imputation", "sun-abraham", "stacked"])
def test_a_planted_effect_and_the_tidy_form(estimator: StaggeredEstimator) -> None:
    rng = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([range(40), range(2000, 2010)], names=["unit", "year"])
    unit, year = index.get_level_values(0), index.get_level_values(1)
    cohort = np.select([unit < 8, unit < 15], [2004, 2006], 0)
    effect = np.where((cohort > 0) & (year >= cohort), 1.5, 0.0)
    noise = 1e-6 * rng.normal(size=len(index))
    frame = pd.DataFrame({"lemp": unit * 0.3 + (year - 2000) ** 2 + effect + noise, "cohort": cohort}, index)
    found = estimate(frame, estimator, window=(3, 2) if estimator == "stacked" else None)
    assert found.overall == pytest.approx(1.5, abs=1e-5)
    tidy = found.to_frame()
    post = tidy[(tidy["kind"] == "event_time") & (tidy["event_time"] >= 0)]
    assert post["estimate"].to_numpy() == pytest.approx(1.5, abs=1e-5)
    assert (tidy["conf_high"] - tidy["conf_low"]).min() > 0
    assert (found.n_units, found.n_treated, found.n_years) == (40, 15, 10)


def _drop_last(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:-1]


def _set(column: str, rows: Callable[[pd.DataFrame], Any], value: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{column: frame[column].mask(rows(frame), value)})

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f[f["cohort"] > 0], "no unit is never treated"),
        (lambda f: f[f["cohort"] == 0], "no unit is treated"),
        (_set("cohort", lambda f: f["cohort"] == 2004, 2003), "20 units are treated in the first year"),
        (_set("cohort", lambda f: f["cohort"] == 2004, 2010), "20 units are treated after the last year"),
        (lambda f: pd.concat([f, f.iloc[[7]]]), "a unit and year stand twice"),
        (_drop_last, "1 units lack a year"),
        (_set("lemp", lambda f: f.index.get_level_values(1) == 2005, np.nan), "a cell is missing"),
        (_set("cohort", lambda f: f.index.get_level_values(1) == 2005, 0), "the cohort changes within a unit"),
        (lambda f: f.reset_index(level=1), "the index is not (unit, year)"),
    ],
)
@pytest.mark.parametrize("estimator", ["callaway-santanna", "imputation", "sun-abraham", "stacked"])
def test_bad_panels_are_named(
    counties: pd.DataFrame, estimator: StaggeredEstimator, change: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    with pytest.raises(EstimationError) as caught:
        staggered(change(counties), "lemp", "cohort", estimator=estimator, window=(1, 0))
    assert words in str(caught.value)


def test_wrong_names_and_windows_are_refused(counties: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match="estimator"):
        staggered(counties, "lemp", "cohort", estimator="twfe")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="column"):
        staggered(counties, "lmep", "cohort", estimator="imputation")
    with pytest.raises(EstimationError, match="needs a window"):
        staggered(counties, "lemp", "cohort", estimator="stacked")
    with pytest.raises(EstimationError, match="no cohort has the window"):
        staggered(counties, "lemp", "cohort", estimator="stacked", window=(3, 3))
