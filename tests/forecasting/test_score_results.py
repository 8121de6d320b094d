"""The numbers of the backtest: goals, tests, Monte Carlo errors, tables and the command that prints them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scores_sample as sample
from typer.testing import CliRunner

from regional_econ._base.errors import EstimationError
from regional_econ.cli.main import app
from regional_econ.core.results import Result, ResultStore, Value
from regional_econ.forecasting.backtest import MODEL
from regional_econ.forecasting.indicators import IDS
from regional_econ.forecasting.score_results import (
    BACKTEST_ID,
    GOALS,
    Layout,
    finding,
    score_results,
    score_table,
    window_id,
)
from regional_econ.forecasting.score_tests import scaled_losses, score_tests
from regional_econ.forecasting.summary import MODELS, POOLED, Losses, summarise, windowed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def full() -> dict[str, Result]:
    return {one.id: one for one in sample.full_results()}


@pytest.fixture(scope="module")
def quick() -> dict[str, Result]:
    return {one.id: one for one in sample.quick_results()}


def number(result: Result, key: str) -> float:
    return float(result.values[key].value or 0.0)


def test_numbers_are_those_of_the_summary(full: dict[str, Result]) -> None:
    scores = windowed(sample.full().scores, "late")
    table = summarise(scores).set_index(["variable", "model"])
    late = full["backtest.late"]
    for variable, model in ((POOLED, MODEL), (POOLED, "combination"), ("wear_pct", MODEL)):
        row = table.loc[variable, model]
        assert number(late, f"{variable}.{model}.skill_best") == pytest.approx(100 * row["skill_best"])
        assert number(late, f"{variable}.{model}.skill_best_se") == pytest.approx(100 * row["skill_best_se"])
        assert number(late, f"{variable}.{model}.covered95") == pytest.approx(100 * row["covered95"])
    assert number(late, "wear_pct.theta.crps") == pytest.approx(table.loc[("wear_pct", "theta"), "crps"])
    ratio = number(late, f"{POOLED}.naive.ratio_best")
    assert ratio == pytest.approx(1 - number(late, f"{POOLED}.naive.skill_best") / 100)
    assert late.values["benchmark"].value == "theta"
    assert number(full[BACKTEST_ID], "cells") == (sample.full().scores["model"] == MODEL).sum()
    assert set(full) == {BACKTEST_ID, "backtest.early", "backtest.late"}


def test_indicators_are_counted(full: dict[str, Result]) -> None:
    late = full["backtest.late"]
    skills = [number(late, f"{name}.{MODEL}.skill_best") for name in IDS]
    assert number(late, f"{POOLED}.{MODEL}.n_positive") == sum(skill > 0 for skill in skills)
    for level in ("80", "95"):
        inside = [late.values[f"{name}.{MODEL}.inside{level}"].value for name in IDS]
        assert number(late, f"{POOLED}.{MODEL}.n_inside{level}") == inside.count(True)
    assert 0 < number(late, f"{POOLED}.{MODEL}.n_inside95") < len(IDS), "a count that could not be told from all"


def test_every_goal_is_judged_by_its_number(full: dict[str, Result], quick: dict[str, Result]) -> None:
    whole, late = full[BACKTEST_ID].values, full["backtest.late"]
    reached = {goal.name: number(late, goal.key) for goal in GOALS}
    status = {goal.name: whole[f"goals.{goal.name}.status"].value for goal in GOALS}
    assert reached["crps"] >= 5
    assert reached["interval95"] >= 20
    assert (status["crps"], status["positive"], status["interval95"], status["energy"]) == ("met",) * 4
    for level in ("80", "95"):
        inside = abs(reached[f"covered{level}"] - int(level)) <= 2 * number(late, f"{POOLED}.{MODEL}.covered{level}_se")
        assert status[f"covered{level}"] == ("met" if inside else "not_met")
    for level in (80, 95):
        assert whole[f"goals.inside{level}.target"].value == len(IDS), "all that can be judged"
        assert status[f"inside{level}"] == ("met" if reached[f"inside{level}"] == len(IDS) else "not_met")
    assert status["inside95"] == "not_met"
    assert whole["goals.crps.aim"].value == 10
    assert whole["goals.positive.target"].value == 9
    assert whole["n_met"].value == list(status.values()).count("met")
    few = quick[BACKTEST_ID].values
    assert few["goals.covered80.status"].value == few["goals.covered95.status"].value == "not_judged"
    assert few["n_judged"].value == len(GOALS) - 4


def test_a_poor_model_misses_its_goals() -> None:
    poor = {**sample.FORECASTERS, MODEL: (1.4, 0.4)}
    found = sample.backtest((2016, 2017, 2018), ("researchers", "wear_pct"), forecasters=poor)
    found = replace(found, joint=found.joint.assign(energy_independent=found.joint["energy"]))
    results = {one.id: one for one in score_results(found, sample.panel(), seed=1)}
    whole = results[BACKTEST_ID].values
    assert {whole[f"goals.{goal.name}.status"].value for goal in GOALS} == {"not_met"}
    assert whole["goals.positive.target"].value == 2, "three quarters of two"
    assert finding(results["backtest.late"].values, f"{POOLED}.{MODEL}.skill_best") == "worse"
    assert "backtest.early" not in results


def test_a_shortfall_counts_indicators(full: dict[str, Result]) -> None:
    whole, late = full[BACKTEST_ID], full["backtest.late"]
    gains = [number(late, f"{name}.{MODEL}.skill_best") for name in IDS]
    assert number(whole, "goals.crps.n_below") == sum(gain < 5 for gain in gains)
    assert (number(whole, "goals.crps.least"), number(whole, "goals.crps.most")) == (min(gains), max(gains))
    for level in (80, 95):
        outside = [name for name in IDS if late.values[f"{name}.{MODEL}.inside{level}"].value is False]
        wide = [name for name in outside if number(late, f"{name}.{MODEL}.covered{level}") > level]
        key = f"goals.inside{level}"
        counts = [number(whole, f"{key}.{name}") for name in ("n_outside", "n_wide", "n_narrow")]
        assert counts == [len(outside), len(wide), len(outside) - len(wide)]
        assert number(late, f"{POOLED}.{MODEL}.n_inside{level}") + counts[0] == number(whole, f"{key}.target")


def test_each_band_has_its_own_goal() -> None:
    found = sample.backtest((2016, 2017, 2018), ("researchers", "wear_pct"))
    share = found.scores["origin"].map({2016: 0.9, 2017: 0.7, 2018: 0.8})
    found = replace(found, scores=found.scores.assign(covered80=share, covered95=0.5))
    whole = score_results(found, sample.panel(), seed=1)[0].values
    assert [whole[f"goals.covered{level}.status"].value for level in (80, 95)] == ["met", "not_met"]


def test_without_an_origin_of_the_judgement_there_is_nothing_to_say() -> None:
    with pytest.raises(EstimationError, match="2016"):
        score_results(sample.backtest((2010, 2011), ("researchers",)), sample.panel(), seed=1)


def test_findings_follow_intervals() -> None:
    def values(low: float | None, high: float | None) -> dict[str, Value]:
        return {"x_low": Value(low), "x_high": Value(high)}

    found = [finding(values(*ends), "x") for ends in ((0.5, 2.0), (-2.0, -0.5), (-1.0, 1.0), (None, None))]
    assert found == ["better", "worse", "open", "unjudged"]


def test_seven_years_of_a_better_model_have_the_least_p_value(full: dict[str, Result]) -> None:
    late = full["backtest.late"]
    assert late.values["tests.years"].value == 7
    assert number(late, "tests.least_p_value") == 2 / 2**7
    assert number(late, "tests.naive.sign_flip.p_value") == 2 / 2**7
    assert number(late, "tests.benchmark.gain") == number(late, "tests.theta.gain") > 0
    assert late.values[f"tests.{MODEL}.sign_flip.p_value"].value is None
    assert number(late, f"tests.{MODEL}.mcs.p_value") == 1.0, "the best model is never dropped"
    assert number(late, "tests.climatology.mcs.p_value") < 0.1


@pytest.mark.parametrize("other", ["ets", "pooled_ar", "climatology"])
def test_signs_of_whole_years_are_flipped(full: dict[str, Result], other: str) -> None:
    near = windowed(sample.full().scores, "late").query("horizon == 1")
    yearly = scaled_losses(near, "theta").groupby(level=0).mean()
    gains = (yearly[other] - yearly[MODEL]).to_numpy()
    sums = [
        abs(sum(sign * gain for sign, gain in zip(signs, gains, strict=True))) for signs in product((-1, 1), repeat=7)
    ]
    share = sum(one >= abs(gains.sum()) - 1e-12 for one in sums) / len(sums)
    assert number(full["backtest.late"], f"tests.{other}.sign_flip.p_value") == pytest.approx(share)


def test_an_indicator_counts_by_its_loss_over_the_benchmarks() -> None:
    near = windowed(sample.full().scores, "late").query("horizon == 1")
    losses = scaled_losses(near, "theta")
    assert len(losses) == (near["model"] == MODEL).sum()
    assert losses["theta"].mean() == pytest.approx(1.0)
    rescaled = near.assign(crps=near["crps"] * np.where(near["variable"] == "wear_pct", 50.0, 1.0))
    pd.testing.assert_frame_equal(losses, scaled_losses(rescaled, "theta"))
    unit = near[(near["variable"] == "wear_pct") & (near["model"] == "theta")]["crps"].mean()
    own = near[(near["variable"] == "wear_pct") & (near["model"] == MODEL) & (near["target_year"] == 2020)]["crps"]
    found = scaled_losses(near[near["variable"] == "wear_pct"], "theta").loc[2020, MODEL]
    assert sorted(found) == pytest.approx(sorted(own / unit))


def test_tests_need_years(quick: dict[str, Result]) -> None:
    scores = sample.full().scores
    few = scores[scores["origin"].isin((2019, 2020))]
    found = score_tests(few, benchmark="theta", relative_error=0.001, seed=1)
    table = found.models.set_index("model")
    assert found.years == (2020, 2021)
    assert table.loc["theta", "sign_flip"] in (0.5, 1.0)
    assert table.loc["theta", ["panel", "fixed_smoothing"]].isna().all(), "three years at least"
    values = quick["backtest.late"].values
    assert {values[f"tests.{model}.{test}.p_value"].value for model in MODELS for test in ("mcs", "panel")} == {None}
    assert values["tests.least_p_value"].value is None


def test_what_the_draws_touch_has_a_monte_carlo_error(full: dict[str, Result]) -> None:
    late = full["backtest.late"].values
    sampled = {key for key, value in late.items() if value.mc_error is not None}
    assert {f"wear_pct.{MODEL}.crps", f"{POOLED}.{MODEL}.skill_best", f"{POOLED}.energy.gain", "rival.skill"} <= sampled
    assert {"tests.theta.sign_flip.p_value", "tests.pit.pooled.p_value", f"wear_pct.h3.{MODEL}.covered80"} <= sampled
    own = ("tests.", "rival.", f"{POOLED}.energy")
    others = {key for key in sampled if f".{MODEL}." not in key and not key.startswith(own) and ".energy." not in key}
    assert others == set(), "benchmarks have no draws"
    errors = windowed(sample.full().batches, "late").query("variable == 'wear_pct'").groupby("batch")["crps"].mean()
    relative = errors.std(ddof=1) / np.sqrt(len(errors)) / errors.mean()
    crps = late[f"wear_pct.{MODEL}.crps"]
    assert crps.mc_error == pytest.approx(relative * float(crps.value or 0))
    skill = late[f"wear_pct.{MODEL}.skill_best"]
    assert skill.mc_error == pytest.approx(relative * (100 - float(skill.value or 0)))


@pytest.mark.parametrize("which", ["full", "quick"])
def test_results_are_json_without_not_a_number(which: str, request: pytest.FixtureRequest) -> None:
    for result in request.getfixturevalue(which).values():
        text = json.dumps(result.to_dict(), allow_nan=False)
        assert Result.from_dict(json.loads(text)).values == dict(result.values)


@pytest.mark.parametrize(("layout", "rows"), [("model", MODELS), ("variable", (*IDS, POOLED)), ("horizon", "12345")])
def test_tables_have_a_row_each(full: dict[str, Result], layout: Layout, rows: tuple[str, ...]) -> None:
    table = score_table(full, "late", layout)
    assert table[layout].tolist() == list(rows)
    assert {"skill_best", "covered80", "covered95"} <= set(table.columns)
    assert table["skill_best"].notna().all()
    assert ("mcs" in table.columns) == (layout == "model")


@pytest.fixture
def study(tmp_path: Path, full: dict[str, Result]) -> Path:
    (tmp_path / "analyses").mkdir()
    shutil.copy(ROOT / "analyses" / "study.toml", tmp_path / "analyses" / "study.toml")
    store = ResultStore(tmp_path / "bld" / "kuzbass" / "full" / "results")
    for result in full.values():
        store.write(result)
    return tmp_path / "analyses" / "study.toml"


@pytest.mark.parametrize(("by", "shown"), [("model", "pooled_ar"), ("variable", "wear_pct"), ("horizon", "horizon")])
def test_the_command_prints_the_league_table(study: Path, by: str, shown: str) -> None:
    said = CliRunner().invoke(app, ["forecast", "scores", "--study", str(study), "--by", by])
    assert said.exit_code == 0, said.output
    assert shown in said.output
    assert "the best simple method" in said.output
    assert "Goals met (late): crps" in said.output
    done = CliRunner().invoke(
        app, ["forecast", "scores", "--study", str(study), "--by", by, "--window", "early", "--json"]
    )
    data = json.loads(done.output)["data"]
    assert (data["window"], data["last_origin"]) == ("early", 2015)
    assert data["goals"]["crps"] == {"target": 5.0, "status": "met"}
    rows = {"model": list(MODELS), "variable": [*IDS, POOLED], "horizon": list("12345")}[by]
    assert [row[by] for row in data["scores"]] == rows


@pytest.mark.parametrize(
    ("option", "value", "choices"), [("--window", "last", "early, late"), ("--by", "region", "variable")]
)
def test_the_command_refuses_other_options(study: Path, option: str, value: str, choices: str) -> None:
    done = CliRunner().invoke(app, ["forecast", "scores", "--study", str(study), option, value])
    assert done.exit_code != 0
    assert choices in str(done.exception)


def test_the_command_refuses_a_window_without_origins(study: Path) -> None:
    (study.parents[1] / "bld" / "kuzbass" / "full" / "results" / f"{window_id('early')}.json").unlink()
    done = CliRunner().invoke(app, ["forecast", "scores", "--study", str(study), "--window", "early"])
    assert "early" in str(done.exception)
    assert done.exit_code != 0


def test_the_rival_is_the_best_of_all_others(full: dict[str, Result]) -> None:
    losses = Losses.of(windowed(sample.full().scores, "late"))
    skills = [losses.skill("crps", MODEL, other).value for other in MODELS[1:]]
    assert number(full["backtest.late"], "rival.skill") == pytest.approx(100 * min(skills))
