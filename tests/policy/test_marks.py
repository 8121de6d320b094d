"""Grade and prior share of every answer are those of its weakest link, in a world where no two drivers share them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
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
def study(given: Inputs, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    text = (root / "analyses" / "study.toml").read_text(encoding="utf-8").replace("RU-KEM", given.region)
    path = tmp_path / "analyses" / "study.toml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    workspace = Workspace(path, "full")
    given.elasticities.write(workspace.artifact("x").parent)
    given.baseline.to_netcdf(workspace.artifact("forecast.nc"))
    monkeypatch.setattr("regional_econ.data.load.load_panel", lambda: given.panel)
    monkeypatch.setattr("regional_econ.policy.model.levers.load_levers", lambda: given.levers)
    return ["--study", str(path)]


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


@pytest.mark.parametrize("grades", [[], ["--all-grades"]])
def test_a_mix_carries_the_marks_of_the_levers_in_it(study: list[str], grades: list[str]) -> None:
    asked = ["target", "--probability", "0.8", "--year", "2035", *grades, *study]
    pulled: set[str] = set()
    for value in ("8", "10", "13"):
        mix = data(*asked, "--value", value)["mix"]
        levers = [one["lever"] for one in mix["levers"]]
        assert (mix["grade"], mix["prior_share"]) == (weakest(levers) if levers else (None, None))
        pulled |= set(levers)
    assert pulled, "at least one of the mixes pulls a lever"


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
