"""The commands ``policy target`` and ``policy rank`` in words and JSON, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from regional_econ._base.errors import OptionError, SchemaError, UnknownNameError
from regional_econ.cli.policy import app
from regional_econ.cli.policy_texts import off_line
from regional_econ.policy.answers.contract import gains
from regional_econ.policy.answers.question import DECLARED, Question
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.scenarios.result import LeverUse

COST = 'costs:\n  - {lever: L10, cost: 4e8, unit: rub a standard push a year, price_year: 2022, source: "Budget law"}\n'


@pytest.fixture
def study(study_file: Path) -> list[str]:
    return ["--study", str(study_file)]


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def data(*arguments: str) -> Any:
    done = ask(*arguments, "--json")
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def test_a_target_is_answered_with_a_mix_or_with_none(study: list[str]) -> None:
    asked = ["target", "--indicator", "innovation_activity_pct", "--year", "2035", *study]
    low = data(*asked, "--value", "6", "--probability", "0.3")["data"]
    assert low["mix"]["reached"]
    # chosen on half of the draws and read on the other: both errors count
    assert low["mix"]["probability"] >= 0.3 - 3.0 * 2**0.5 * low["mix"]["probability_mc_error"]
    change = low["mix"]["probability"] - low["mix"]["probability_without"]
    assert low["mix"]["probability_change"] == pytest.approx(change, abs=1e-12)
    high = data(*asked, "--value", "30", "--probability", "0.8")
    mix = high["data"]["mix"]
    assert not mix["reached"]
    assert mix["probability"] < 0.8
    assert {"grade", "prior_share", "gain_pp", "probability_mc_error", "frontier"} <= set(mix)
    assert all({"grade", "prior_share", "unbounded"} <= set(need) for need in high["data"]["needs"])
    assert "Next: " in high["messages"][-1]
    said = ask(*asked, "--value", "30", "--probability", "0.8").stdout
    assert "No mix found within the levers' limits reaches 30 % by 2035 with probability 0.8" in said
    assert "prior share" in said
    assert "L10: 2.00, its declared range binds" in said
    binding = {limit["lever"]: limit for limit in high["data"]["limits"]}
    assert set(binding) == {"L10"}, "by default only measures of grades A and B act"
    assert binding["L10"]["binds"] == "range"
    assert binding["L10"]["domain"] > binding["L10"]["size"] == 2.0


def test_levers_are_ranked_and_learning_is_valued(study: list[str]) -> None:
    answer = data("rank", "--all-grades", *study)
    rows = answer["data"]["levers"]
    order = [(row["assumption"], -row["gain_pp"]["p50"]) for row in rows]
    assert order == sorted(order), "as on the page: grades A and B first, then assumptions"
    assert len({assumed for assumed, _ in order}) == 2
    for row in rows:
        assert row["grade"] in ("B", "C")
        assert row["assumption"] == (row["grade"] == "C")
        assert 0.0 <= row["prior_share"] <= 1.0
        assert row["gain_pp"]["p10"] <= row["gain_pp"]["p50"] <= row["gain_pp"]["p90"]
    learning = answer["data"]["learning"]
    assert {"L12", "L35"} <= {row["lever"] for row in rows}
    assert {row["prior_share"] for row in rows if row["lever"] in ("L12", "L35")} == {1.0}
    assert {row["size"] for row in rows if row["unit"] == "percent of organisations"} == {20.0}
    assert {"direct", "elasticity.mining_share_pct"} <= {row["group"] for row in learning["groups"]}
    without = answer["data"]["no_path"]
    assert len(rows) + len(without) == 36, "every measure of the paper is ranked or named with a reason"
    assert all(one["reason"]["ru"] and one["reason"]["en"] for one in without)
    assert answer["data"]["off"] == []
    assert {(row["grade"], row["assumption"]) for row in learning["groups"]} == {("C", True)}
    assert answer["data"]["by_money"] is None
    assert "--costs FILE" in answer["messages"][-1]
    default = data("rank", "--worth", "1e9", *study)
    declared = default["data"]
    assert {row["grade"] for row in declared["levers"]} == {"B"}
    assert {"L36", "L12", "L35"} <= set(declared["off"])
    assert declared["no_path"] == without
    (off,) = (message for message in default["messages"] if "--all-grades" in message)
    assert "L36" in off
    assert "L01" not in off
    assert declared["learning"]["best"] in {"nothing", *(row["lever"] for row in declared["levers"])}
    for row in declared["levers"]:
        assert row["breakeven_rub"] == pytest.approx(1e9 * max(row["gain_pp"]["mean"], 0.0))
    assert "grade C, an assumption, prior" in ask("rank", "--all-grades", *study).stdout
    assert "L12 (innovation_activity_pct, 20 percent of organisations)" in ask("rank", "--all-grades", *study).stdout
    assert "roubles in all to 2035, not discounted" in ask("rank", "--worth", "1e9", *study).stdout
    said = ask("rank", *study).stdout
    assert "times the worth of a point in all to 2035, not discounted" in said
    assert ", an assumption, prior" not in said
    assert "only measure of grade A or B" in said
    assert "No path: nothing known connects these measures to the outcome:" in said
    assert all(f"  {one['lever']} (" in said for one in without)


def test_with_costs_and_a_budget_portfolios_are_named(study: list[str], tmp_path: Path) -> None:
    path = tmp_path / "costs.yml"
    path.write_text(COST, encoding="utf-8")
    asked = ["rank", "--costs", str(path), "--budget", "1.5e9", "--years", "2026-2030", *study]
    found = data(*asked)["data"]
    (priced,) = found["by_money"]
    # five equal steps to a whole push: 0.2 + 0.4 + … + 1 = 3 push-years, and five more to 2035
    assert priced["rub_build_up"] == pytest.approx(3 * 4e8)
    assert priced["rub_to_the_year"] == pytest.approx(8 * 4e8)
    assert priced["source"] == "Budget law"
    row = next(row for row in found["levers"] if row["lever"] == "L10")
    assert priced["rub_per_point"] == pytest.approx(8 * 4e8 / row["gain_pp"]["mean"])
    for one in (found["portfolios"]["surest"], found["portfolios"]["least_regret"]):
        assert one["rub"] <= 1.5e9 * (1 + 1e-9)
        regimes = ("baseline.innovation_activity_pct.2035", "rd_grp_pct")
        assert set(one["regrets_pp"]) == {f"{name}.{half}" for name in regimes for half in ("low", "high")}
        assert {lever["lever"] for lever in one["levers"]} <= {"L10"}
        assert one["grade"] in ("B", None)
    said = ask(*asked).stdout
    assert "Budget law" in said
    assert "regret at most" in said


def test_a_cost_of_a_measure_without_an_elasticity_splits_its_assumed_effect(study: list[str], tmp_path: Path) -> None:
    path = tmp_path / "costs.yml"
    path.write_text(COST.replace("L10", "L12"), encoding="utf-8")
    found = data("rank", "--all-grades", "--costs", str(path), "--budget", "1.5e9", *study)["data"]
    (priced,) = found["by_money"]
    assert (priced["lever"], priced["grade"], priced["prior_share"], priced["assumption"]) == ("L12", "C", 1.0, True)
    surest = found["portfolios"]["surest"]
    assert {"L12.direct.low", "L12.direct.high"} <= surest["regrets_pp"].keys()
    assert {lever["lever"] for lever in surest["levers"]} == {"L12"}
    assert surest["levers"][0]["size_pushes"] <= 1.0


def test_costs_of_levers_that_cannot_be_pulled_are_named(study: list[str], tmp_path: Path) -> None:
    path = tmp_path / "costs.yml"
    entries = "".join(COST.removeprefix("costs:\n").replace("L10", lever) for lever in ("L36", "L01"))
    path.write_text("costs:\n" + entries, encoding="utf-8")
    asked = ["rank", "--costs", str(path), "--budget", "1.5e9", *study]
    found = data(*asked)
    assert (found["data"]["by_money"], found["data"]["portfolios"]) == ([], None)
    assert "Costs not used: L36 (off; --all-grades), L01 (no path to the outcome)" in found["messages"]
    assert "Next: give --costs FILE" in found["messages"][-1]
    assert "By money" not in ask(*asked).stdout
    path.write_text(COST + entries, encoding="utf-8")
    some = data(*asked)
    assert [one["lever"] for one in some["data"]["by_money"]] == ["L10"]
    assert "Costs not used: L36 (off; --all-grades), L01 (no path to the outcome)" in some["messages"]
    path.write_text(COST, encoding="utf-8")
    assert not any("not used" in message for message in data(*asked)["messages"])


def test_a_year_before_the_end_of_the_build_up_is_answered(study: list[str], world: Inputs) -> None:
    """In 2030 the programme of 2027 to 2031 brings what it brings there in a simulation that runs to 2035."""
    question = Question.of(world, grades=DECLARED, end=2035, first=2027, last=2031, seed=20221231)
    gain = gains(question.model, question.programme, np.ones((1, 1)), 2030)[0]
    ranked = data("rank", "--year", "2030", *study)["data"]
    assert ranked["year"] == 2030
    assert [row["gain_pp"]["mean"] for row in ranked["levers"]] == [pytest.approx(gain.mean(), rel=1e-9)]
    low = data("target", "--year", "2030", "--value", "6", "--probability", "0.3", *study)["data"]
    assert (low["year"], low["mix"]["reached"]) == (2030, True)
    assert {need["driver"] for need in low["needs"]} > {"rd_grp_pct"}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["target", "--indicator", "wear_pct"], UnknownNameError, "unknown indicator"),
        (["target", "--value", "0"], OptionError, "between 0 and 100"),
        (["target", "--year", "2020"], OptionError, "before the forecast"),
        (["target", "--year", "2060"], UnknownNameError, "2060"),
        (["target", "--years", "2031"], OptionError, "--years cannot be '2031'"),
        (["rank", "--year", "2019"], UnknownNameError, "2019"),
        (["rank", "--years", "2031-2027"], OptionError, "--years cannot be"),
        (["rank", "--years", "2010-2012"], UnknownNameError, "2010"),
        (["rank", "--years", "2030-2040"], UnknownNameError, "unknown forecast year '2040'"),
        (["rank", "--budget", "-5"], OptionError, "--budget is -5"),
        (["rank", "--budget", "5e9"], OptionError, "buys nothing without costs"),
        (["rank", "--worth", "0"], OptionError, "--worth is 0"),
        (["rank", "--worth", "inf"], OptionError, "--worth is inf"),
    ],
)
def test_bad_input_is_refused(study: list[str], arguments: list[str], error: type[Exception], message: str) -> None:
    done = ask(*arguments, *study)
    assert isinstance(done.exception, error), done.exception
    assert message in str(done.exception)
    assert done.stdout == ""


def test_a_cost_without_a_source_is_refused(study: list[str], tmp_path: Path) -> None:
    path = tmp_path / "costs.yml"
    path.write_text(COST.replace(', source: "Budget law"', ""), encoding="utf-8")
    done = ask("rank", "--costs", str(path), "--budget", "5e9", *study)
    assert isinstance(done.exception, SchemaError)
    assert "no source (costs.yml, line 2)" in str(done.exception)


def test_a_range_of_cost_gives_both_ends(study: list[str], tmp_path: Path) -> None:
    path = tmp_path / "costs.yml"
    path.write_text(COST.replace("cost: 4e8", "cost: 4e8, cost_low: 1e8"), encoding="utf-8")
    (priced,) = data("rank", "--costs", str(path), *study)["data"]["by_money"]
    assert priced["rub_per_point_low"] == pytest.approx(priced["rub_per_point"] / 4)
    assert priced["rub_to_the_year_low"] == pytest.approx(priced["rub_to_the_year"] / 4)
    assert "1e+08 to 4e+08 a year after the build-up" in ask("rank", "--costs", str(path), *study).stdout
    bought = data("rank", "--costs", str(path), "--budget", "1.5e9", *study)["data"]["portfolios"]
    for one in (bought["surest"], bought["least_regret"]):
        (pulled,) = one["levers"]
        # three push-years over the build-up, each at the upper end
        assert one["rub"] == pytest.approx(pulled["size_pushes"] * 3 * 4e8)
    path.write_text(COST.replace("cost: 4e8", "cost: 4e8, cost_low: 3.9999e8"), encoding="utf-8")
    (line,) = (line for line in ask("rank", "--costs", str(path), *study).stdout.splitlines() if "Budget law" in line)
    assert " to " not in line.replace("roubles to the year", ""), "equal ends are printed once"
    path.write_text(COST.replace("cost: 4e8", "cost: 4e8, cost_low: 5e8"), encoding="utf-8")
    assert "lower end" in str(ask("rank", "--costs", str(path), *study).exception)


def test_a_scenario_says_what_a_switch_can_turn_on() -> None:
    uses = [
        LeverUse("L01", None, "C", None, "C", False, None),
        LeverUse("L12", "innovation_activity_pct", "C", None, "C", False, 1.0),
        LeverUse("L35", "mining_share_pct", "C", None, "C", False, None),
    ]
    assert ["no switch" in off_line(use) for use in uses] == [True, False, True]
    assert "switched on by --all-grades" in off_line(uses[1])
