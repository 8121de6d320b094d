"""The table of events, both sides of the rule on inference, planted effects, and what the official figures allow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from regional_econ._base.errors import RegionalEconError, StudyError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.causal.engines import staggered
from regional_econ.causal.event_table import Event, load_events
from regional_econ.causal.events import METHODS, EventStudy, study_event
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Break, Variable

NAME = Text("имя", "name")
YEARS = range(2006, 2023)
OTHERS = {"R01": 2019, "R02": 2020}


def simulated(effect: float, seed: int = 4, breaks: tuple[Break, ...] = ()) -> Panel:
    """Twelve regions with a common path; R00 gains ``effect`` in ln x from 2019 on; R11 lacks a year."""
    rng = np.random.default_rng(seed)
    level, year = rng.normal(0, 0.5, (12, 1)), rng.normal(0, 0.3, (1, len(YEARS)))
    ln = level + year + 0.03 * rng.normal(size=(12, len(YEARS)))
    ln[0, 13:] += effect
    index = pd.MultiIndex.from_product([[f"R{k:02d}" for k in range(12)], YEARS], names=["region", "year"])
    frame = pd.DataFrame({"x": np.exp(ln).ravel(), "people": 1000.0}, index=index)
    frame.loc[("R11", 2010), "x"] = np.nan
    variables = {"x": Variable("x", "percent", NAME, NAME, breaks=breaks), "people": Variable("people", "", NAME, NAME)}
    regions = {region: Region(region, NAME, "region", "D") for region in frame.index.levels[0]}
    return Panel(frame, variables, regions, "simulated")


def document(others: dict[str, int] | None) -> dict[str, Any]:
    outcome = {"variable": "x", "transform": "ln", "reason": "simulated"}
    per = {"variable": "x", "per": "people", "times": 1000, "transform": "identity", "reason": "simulated"}
    table = None if others is None else {"source": "a simulated decree", "regions": others}
    event = {
        "label": {"ru": "событие", "en": "event"}, "region": "R00", "year": 2019, "source": "a simulated decree",
        "other_events": table, "withheld": table is None,
        "reason": {"ru": "нет таблицы", "en": "no table"}, "years": [2006, 2022], "years_reason": "all",
        "backdated": [2015, 2016], "outcomes": {"x": outcome, "x_per_person": per},
    }  # fmt: skip
    return {"schema_version": "1", "events": {"one": event}}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[dict[str, Any]], Event]:
    def write(content: dict[str, Any]) -> Event:
        path = tmp_path / "events.yml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return load_events(path)["one"]

    return write


@pytest.fixture(scope="module")
def kuzbass(official: Panel) -> EventStudy:
    return study_event(official, load_events()["centre_kuzbass_2019"])


@pytest.mark.parametrize("effect", [0.0, 0.5])
def test_without_a_table_gaps_are_shown_and_inference_is_withheld(
    read: Callable[[dict[str, Any]], Event], effect: float
) -> None:
    found = study_event(simulated(effect), read(document(None)))
    frame = found.to_frame()
    assert set(frame["method"]) == set(METHODS)
    # Noise of .03 a cell, four years after, ten donors: a standard error of about .02 for each method.
    assert frame[frame["outcome"] == "x"]["effect"].to_numpy() == pytest.approx(effect, abs=0.06)
    assert (frame["inference"] == "withheld").all()
    assert (frame["reason"] == "no table").all()
    assert frame[["p_ratio", "p_effect", "std_error"]].isna().all(axis=None)
    assert frame[frame["outcome"] == "x"][["backdated_2015", "backdated_2016"]].abs().max(axis=None) < 0.06


def test_with_a_table_inference_appears_and_the_treated_are_no_donors(
    read: Callable[[dict[str, Any]], Event],
) -> None:
    found = study_event(simulated(0.5), read(document(OTHERS)))
    frame = found.to_frame()
    assert (frame["inference"] == "given").all()
    assert (frame["n_donors"] == 8).all()
    # Eight donors: the smallest p-value is 1/9, and an effect of 17 noise sds reaches it.
    assert frame[frame["outcome"] == "x"]["p_effect"].to_numpy() == pytest.approx(1 / 9)
    assert (frame["std_error"] > 0).all()
    assert found.never_donors == ("R01", "R02")
    assert not set(found.weights_frame()["donor"]) & {"R00", "R01", "R02", "R11"}


def test_a_null_has_no_small_p_value(read: Callable[[dict[str, Any]], Event]) -> None:
    event = read(document(OTHERS))
    smallest = [
        bool((study_event(simulated(0.0, seed), event).to_frame()["p_effect"] < 0.12).iloc[2]) for seed in range(40)
    ]
    # did of x: the region is the first of nine exchangeable ones with probability 1/9; binomial sd .05.
    assert np.mean(smallest) == pytest.approx(1 / 9, abs=0.1)


def test_regions_without_a_figure_are_named(read: Callable[[dict[str, Any]], Event]) -> None:
    found = study_event(simulated(0.0), read(document(None)))
    assert found.excluded == {"x": ("R11",), "x_per_person": ("R11",)}
    assert found.excluded_frame()["region"].tolist() == ["R11", "R11"]
    assert "R11" not in set(found.weights_frame()["donor"])


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        ((Break(2019, "method", NAME),), "in 2019: 0 years"),
        ((Break(2017, "method", NAME), Break(2019, "method", NAME)), "in 2019: 0 years"),
        ((Break(2016, "universe", NAME),), "in 2016: 3 years"),
        ((Break(2021, "method", NAME),), "in 2021: 0 years"),
    ],
)
def test_no_estimate_across_a_method_break(
    read: Callable[[dict[str, Any]], Event], breaks: tuple[Break, ...], words: str
) -> None:
    found = study_event(simulated(0.5, breaks=breaks), read(document(None)))
    assert not found.estimates
    assert found.gaps_frame().empty
    assert found.notes_frame().query("method == 'all'")["reason"].str.contains(words).all()


def test_an_early_break_shortens_the_years(read: Callable[[dict[str, Any]], Event]) -> None:
    found = study_event(simulated(0.5, breaks=(Break(2011, "method", NAME),)), read(document(None)))
    assert found.estimates[0].fit.years == tuple(range(2011, 2023))
    assert found.excluded["x"] == ()


def test_a_gap_in_the_region_itself_is_a_reason(read: Callable[[dict[str, Any]], Event]) -> None:
    event = replace(read(document(None)), region="R11")
    found = study_event(simulated(0.5), event)
    assert not found.estimates
    assert found.notes_frame()["reason"].str.contains("R11 has no usable figure in 2010").sum() == 2


def test_did_is_callaway_santanna_of_one_unit_up_to_the_base(read: Callable[[dict[str, Any]], Event]) -> None:
    panel = simulated(0.5)
    did = next(one for one in study_event(panel, read(document(None))).estimates if one.fit.method == "did")
    frame = np.log(panel.frame[["x"]].drop(index="R11", level="region"))
    cohort = np.where(frame.index.get_level_values("region") == "R00", 2019, 0)
    staggered_did = staggered(frame.assign(cohort=cohort), "x", "cohort", estimator="callaway-santanna")
    gaps = did.fit.gaps
    # Callaway and Sant'Anna hold the last year before the event against each year after it.
    assert staggered_did.overall == pytest.approx(gaps[13:].mean() - gaps[12], abs=1e-10)


def test_the_breakdown_is_where_the_identified_set_reaches_zero(read: Callable[[dict[str, Any]], Event]) -> None:
    did = next(one for one in study_event(simulated(0.5), read(document(None))).estimates if one.fit.method == "did")
    path = did.fit.gaps - did.fit.gaps[12]
    largest = np.abs(np.diff(path[:13])).max()
    # Steps of the four years after count 1, 3/4, 1/2 and 1/4 in their mean.
    assert did.breakdown == pytest.approx(abs(path[13:].mean()) / (2.5 * largest), rel=1e-9)
    others = [one for one in study_event(simulated(0.5), read(document(None))).estimates if one.fit.method != "did"]
    assert all(np.isnan(one.breakdown) for one in others)


def test_frames_fit_together(read: Callable[[dict[str, Any]], Event]) -> None:
    found = study_event(simulated(0.5), read(document(None)))
    gaps, frame = found.gaps_frame(), found.to_frame()
    after = gaps[gaps["event_time"] >= 0].groupby(["outcome", "method"])["gap"].mean()
    assert after[list(zip(frame["outcome"], frame["method"], strict=True))].to_numpy() == pytest.approx(frame["effect"])
    weights = found.weights_frame().groupby(["outcome", "method"])
    assert weights["weight"].sum().to_numpy() == pytest.approx(1)
    assert weights["effect_without"].min().to_numpy() == pytest.approx(
        frame.set_index(["outcome", "method"])["without_low"].sort_index().to_numpy()
    )


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"withheld": False}, StudyError, "withheld of one must be true"),
        ({"other_events": {"source": "a decree", "regions": OTHERS}}, StudyError, "must be false"),
        ({"other_events": {"source": " ", "regions": OTHERS}, "withheld": False}, StudyError, "source of other_events"),
        ({"source": ""}, StudyError, "source of one is empty"),
        ({"reason": {"ru": "нет", "en": None}}, StudyError, "reason of one is empty"),
        ({"year": 2006}, StudyError, "outside its years"),
        ({"yaer": 2019}, UnknownNameError, "yaer"),
        ({"outcomes": {"x": {"variable": "x", "transform": "log", "reason": "r"}}}, RegionalEconError, "transform"),
    ],
)
def test_a_wrong_table_is_refused(
    read: Callable[[dict[str, Any]], Event], change: dict[str, Any], error: type[RegionalEconError], words: str
) -> None:
    content = document(None)
    content["events"]["one"].update(change)
    with pytest.raises(error) as caught:
        read(content)
    assert words in str(caught.value)


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="does not exist"):
        load_events(tmp_path / "none.yml")
    (tmp_path / "bad.yml").write_text("events: [", encoding="utf-8")
    with pytest.raises(StudyError, match="not valid YAML"):
        load_events(tmp_path / "bad.yml")


def test_an_unknown_region_is_named(read: Callable[[dict[str, Any]], Event]) -> None:
    with pytest.raises(UnknownNameError, match="R99"):
        study_event(simulated(0.0), read(document({"R99": 2019})))


def test_the_declared_event_withholds_inference(kuzbass: EventStudy) -> None:
    event = kuzbass.event
    assert (event.region, event.year, event.withheld) == ("RU-KEM", 2019, True)
    assert "no official document" in event.source
    assert yaml.safe_load((data_dir() / "events.yml").read_text(encoding="utf-8"))["schema_version"] == "1"
    assert all(one.inference.status == "withheld" for one in kuzbass.estimates)


def test_innovation_activity_has_no_years_before_the_event(kuzbass: EventStudy) -> None:
    notes = kuzbass.notes_frame().set_index("outcome")["reason"]
    assert "starts or changes in 2019: 0 years" in notes["innovation_activity_pct"]
    assert "innovation_activity_pct" not in set(kuzbass.to_frame()["outcome"])


def test_the_official_figures_allow_five_outcomes(kuzbass: EventStudy) -> None:
    frame = kuzbass.to_frame()
    assert frame["outcome"].nunique() == 5
    assert len(frame) == 15
    assert {"RU-CR", "RU-SEV"} <= set(kuzbass.excluded["patents_granted_per_10k"])
    assert np.isfinite(frame[["effect", "pre_rmspe", "without_low", "without_high", "backdated_2015"]]).all(axis=None)
    assert (frame["without_low"] <= frame["effect"]).all()
    assert (frame["effect"] <= frame["without_high"]).all()
