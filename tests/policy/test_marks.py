"""Grade and prior share of every answer are those of its weakest link, in a world where no two drivers share them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from marked import unmarked
from typer.testing import CliRunner

from regional_econ.cli.policy import app
from regional_econ.core.lever import Lever
from regional_econ.core.scenario import Scenario, Setting
from regional_econ.core.workspace import Workspace
from regional_econ.policy.answers.question import Question
from regional_econ.policy.answers.target import needed_changes
from regional_econ.policy.model.direct import has_path
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.scenarios.run import run

ALL = ("A", "B", "C")
RD, STAFF, INVESTMENT, WEAR = "rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct"
SHARES = {RD: 0.2, STAFF: 0.4, INVESTMENT: 0.6, WEAR: 0.8}
GRADES = {RD: "B", STAFF: "B", INVESTMENT: "B", WEAR: "C"}
DRIVERS = {"L10": RD, "L06": STAFF, "L36": INVESTMENT, "L11": WEAR}
SCENARIO = """\
schema_version: "1"
scenario:
  id: push
  baseline_ref: forecast.nc
  draws_ref: elasticities.json
  start: 2023
  end: 2035
  seed: 1
  target: {outcome: innovation_activity_pct, op: ">=", value: 9, year: 2035, prob: 0.4}
  shocks: [{variable: coal_australian_usd_t, path: [[2024, 80]]}]
  settings:
    - {lever: L10, path: [[2024, 2.0]]}
"""
BUDGET = "  budget: {total: 1, unit: bln_rub, price_year: 2023}\n  shocks:"
MORE = "    - {lever: L36, path: [[2024, 2.0]]}\n    - {lever: L11, path: [[2024, 2.0]]}\n"
COST = "  - {{lever: {}, cost: {}, unit: rub a standard push a year, price_year: 2022, source: law}}\n"


def linked(world: Inputs) -> tuple[Lever, ...]:
    """Let every link from a lever to a driver be identified, so that the elasticity alone decides the grade; of the
    levers that bring anything only these act."""
    return tuple(
        replace(lever, evidence={**lever.evidence, "status": "identified"}) if lever.id in DRIVERS else lever
        for lever in world.levers
        if lever.id in DRIVERS or not (lever.state_var in SHARES or has_path(lever, world.priors))
    )


@pytest.fixture(scope="module")
def given(world: Inputs) -> Inputs:
    return replace(world, levers=linked(world))


@pytest.fixture
def study(given: Inputs, study_file: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr("regional_econ.policy.model.levers.load_levers", lambda: given.levers)
    return ["--study", str(study_file)]


def data(*arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exception is None, done.exception
    return json.loads(done.stdout)["data"]


def weakest(levers: Iterable[str]) -> tuple[str, float]:
    drivers = [DRIVERS[lever] for lever in levers]
    return max(GRADES[driver] for driver in drivers), max(SHARES[driver] for driver in drivers)


def test_every_lever_carries_its_own_elasticitys_marks(given: Inputs, study: list[str]) -> None:
    question = Question.of(given, grades=ALL, end=2035, first=2027, last=2031, seed=11)
    marks = {chain.lever: (chain.grade, chain.prior_share, chain.assumption) for chain in question.chains}
    assert marks == {lever: (*weakest([lever]), lever == "L11") for lever in DRIVERS}
    rows = data("rank", "--all-grades", *study)["levers"]
    assert {row["lever"]: (row["grade"], row["prior_share"]) for row in rows} == {
        lever: weakest([lever]) for lever in DRIVERS
    }
    needs = needed_changes(given, value=12.5, year=2035, probability=0.5, seed=1)
    assert {need.driver: (need.grade, need.prior_share) for need in needs} == {
        **{driver: (GRADES[driver], SHARES[driver]) for driver in SHARES},
        "all": weakest(DRIVERS),
    }


@pytest.mark.parametrize("levers", [("L10",), ("L10", "L36"), ("L36", "L06"), ("L06", "L11"), ("L11",)])
def test_a_scenario_carries_its_weakest_levers_marks(given: Inputs, levers: tuple[str, ...]) -> None:
    settings = tuple(Setting(lever, ((2026, 1.0),)) for lever in levers)
    result = run(Scenario("t", "f", 2023, 2035, settings, (), "e", 4, include_grades=ALL), given)
    assert (result.grade, result.prior_share) == weakest(levers)
    table = result.contributions()
    for lever in levers:
        own = table[table["driver"] == DRIVERS[lever]]
        assert set(zip(own["grade"], own["prior_share"], strict=True)) == {weakest([lever])}


@pytest.mark.parametrize("grades", [[], ["--all-grades"]], ids=["declared", "all"])
@pytest.mark.parametrize(("sign", "pulls"), [(1.0, True), (-1.0, False)], ids=["helps", "harms"])
def test_a_mix_carries_the_marks_of_the_levers_in_it(
    given: Inputs, study: list[str], tmp_path: Path, grades: list[str], sign: float, pulls: bool
) -> None:
    """Where every effect has the sign that helps the best mix pulls levers; where it harms the best is none at all."""
    helping = pd.Series({driver: -0.02 if driver == WEAR else 0.3 for driver in SHARES})
    draws = given.elasticities.draws * 0.0 + sign * helping
    known = replace(given.elasticities, draws=draws)
    known.write(Workspace(tmp_path / "analyses" / "study.toml", "full").artifact("x").parent)
    asked = ["target", "--probability", "0.999", "--value", "20", "--year", "2035", *grades, *study]
    mix = data(*asked)["mix"]
    levers = {one["lever"] for one in mix["levers"]}
    assert not mix["reached"], "so that the best mix is shown"
    assert levers == ((set(DRIVERS) if grades else {"L10", "L06", "L36"}) if pulls else set())
    assert (mix["grade"], mix["prior_share"]) == (weakest(levers) if pulls else (None, None))
    for one in mix["frontier"]:
        empty = one["size_pushes"] == 0.0
        assert empty == (one["grade"] is None) == (one["prior_share"] is None)


PATH = r"(\w+(\[\])?\.)*"
ASKED = (r"value", r"year", r"probability", r"target", r"n_draws", r"budget", r"probability\.(value|year|asked)")
MONEY = r"asked|planned|spent(_mc_error|_p10|_p90)?"  # roubles, no effects: what is spent has its error and interval


def test_every_number_of_a_scenario_has_its_marks(study: list[str], tmp_path: Path) -> None:
    path, found = tmp_path / "push.yml", {}
    fixed = (
        *ASKED, rf"{PATH}year", rf"budget\.(price_year|{MONEY})", rf"budget\.years\[\]\.({MONEY})",
        r"flags\[\]\.(largest_excess|seen|windows|frequency|threshold|threshold_share|regions|comparable|comparable_windows)",
    )  # fmt: skip
    for name, text in (("paid", SCENARIO.replace("  shocks:", BUDGET)), ("far", SCENARIO + MORE)):
        path.write_text(text, encoding="utf-8")
        found[name] = data("run", str(path), "--all-grades", *study)
        assert found[name]["shocks"][0]["tail_probability"] is not None
        assert unmarked(found[name], fixed) == []
    assert found["paid"]["budget"] is not None
    assert found["far"]["flags"], "a driver goes beyond its threshold"


@pytest.mark.parametrize("grades", [[], ["--all-grades"]], ids=["declared", "all"])
def test_every_number_of_a_target_has_its_marks(study: list[str], grades: list[str]) -> None:
    fixed = (
        *ASKED, r"limits\[\]\.(range|capacity|domain|size)", r"mix\.(size_pushes|levers\[\]\.size_pushes)",
        r"mix\.frontier\[\]\.(allowance|size_pushes)", r"needs\[\]\.(n_draws|edge_pushes|edge_level|level_now)",
        r"needs\[\]\.(change|pushes|level)(_low|_high)?",
    )  # fmt: skip
    found = data("target", "--value", "9", "--probability", "0.4", *grades, *study)
    assert any(need["change"] is not None for need in found["needs"])
    for need in found["needs"]:
        for key in ("change", "pushes", "level"):
            assert (need[key] is None) or need[f"{key}_low"] is not None
    assert unmarked(found, fixed) == []


def test_every_number_of_a_ranking_has_its_marks(study: list[str], tmp_path: Path) -> None:
    path = tmp_path / "costs.yml"
    path.write_text("costs:\n" + "".join(COST.format(lever, "4e8") for lever in ("L10", "L11")), encoding="utf-8")
    fixed = (
        *ASKED, r"levers\[\]\.size", r"portfolios\.budget", r"portfolios\.\w+\.(rub|levers\[\]\.size_pushes)",
        r"by_money\[\]\.(rub_build_up|rub_a_year_after|rub_to_the_year|rub_to_the_year_low|price_year)",
    )  # fmt: skip
    asked = ["rank", "--all-grades", "--costs", str(path), "--budget", "3e9", "--worth", "1e9", *study]
    assert unmarked(data(*asked), fixed) == []


def test_an_unmarked_number_is_found() -> None:
    bare = {"grade": "B", "prior_share": 0.5, "rows": [{"p50": 1.0, "mc_error": 0.1, "share": 0.2, "mean": 3.0}]}
    assert unmarked(bare, ["year"]) == [".rows[].mean: doubt False, marks ['grade', 'prior_share']"]
    assert unmarked({"grade": "B", "gain": 1.0, "gain_mc_error": 0.1}, ["year"]) == [
        ".gain: doubt True, marks ['grade']"
    ]


@pytest.mark.parametrize("priced", [("L10",), ("L10", "L06"), ("L10", "L06", "L36")])
def test_a_portfolio_carries_the_marks_of_the_levers_in_it(
    study: list[str], tmp_path: Path, priced: tuple[str, ...]
) -> None:
    path = tmp_path / "costs.yml"
    path.write_text("costs:\n" + "".join(COST.format(lever, "4e8") for lever in priced), encoding="utf-8")
    found = data("rank", "--costs", str(path), "--budget", "3e9", *study)
    assert {row["lever"]: (row["grade"], row["prior_share"]) for row in found["by_money"]} == {
        lever: weakest([lever]) for lever in priced
    }
    for one in (found["portfolios"]["surest"], found["portfolios"]["least_regret"]):
        levers = [lever["lever"] for lever in one["levers"]]
        assert (one["grade"], one["prior_share"]) == (weakest(levers) if levers else (None, None))
