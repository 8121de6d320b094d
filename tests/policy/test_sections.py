"""Results, section and commands of the policy room name only what exists."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import OptionError, RegionalEconError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue
from regional_econ.cli.policy import app
from regional_econ.core.scenario import Scenario
from regional_econ.core.section import Section
from regional_econ.core.workspace import Workspace
from regional_econ.policy.drivers import DRIVERS, historical_push
from regional_econ.policy.run import Inputs, run_with_variants
from regional_econ.policy.sections import PolicyFindings, figure_data, results, section
from regional_econ.policy.target import needed_changes

SCENARIOS = Path(__file__).parents[2] / "analyses" / "scenarios"


@pytest.fixture(scope="module")
def findings(world: Inputs) -> PolicyFindings:
    scenarios = [Scenario.read(SCENARIOS / f"{name}.yml") for name in ("baseline", "rd_push", "capital_renewal")]
    return PolicyFindings(
        run_with_variants(scenarios, world),
        tuple(historical_push(world.panel, driver) for driver in DRIVERS),
        needed_changes(world, value=12.5, year=2035, probability=0.5, seed=1),
        world.priors,
        12.5,
        2035,
        0.5,
    )


def test_a_scenario_with_weak_links_is_followed_by_its_assumption(findings: PolicyFindings) -> None:
    assert [outcome.id for outcome in findings.outcomes] == [
        "baseline", "rd_push", "capital_renewal", "capital_renewal_assumed",
    ]  # fmt: skip
    assert list(figure_data(findings.outcomes)) == ["year", "scenario", "p50", "lo80", "hi80", "lo95", "hi95"]


def test_every_number_and_text_exists(findings: PolicyFindings, tmp_path: Path) -> None:
    written = {result.id: result for result in results(findings, inputs={"panel": "0" * 64})}
    contract = {"innovation_activity_pct.2035.p50", "probability_12_5_2035", "gain.2035.p50", "grade", "prior_share"}
    for name in ("policy.baseline", "policy.rd_push", "policy.capital_renewal"):
        assert contract <= written[name].values.keys()
    for key in ("innovation_activity_pct.2035.p50", "probability_12_5_2035", "gain.2035.p50"):
        error = written["policy.rd_push"].values[key].mc_error
        assert error is not None
        assert error > 0.0
    numbers = {f"{result.id}.{key}" for result in written.values() for key in result.values}
    texts = Catalogue.load([data_dir() / "texts" / "policy.yml"]).texts
    section(findings).write(tmp_path / "policy.json")
    assert Section.read(tmp_path / "policy.json").title == "policy.title"
    document = json.loads((tmp_path / "policy.json").read_text(encoding="utf-8"))
    for block in document["blocks"]:
        for key in ("caption", "alt", "text"):
            assert block.get(key, "policy.title") in texts
        for row in block.get("rows", []):
            for cell in [part for outer in row for part in outer.get("cells", [outer])]:
                assert cell["cell"] != "number" or cell["id"] in numbers
                assert cell["cell"] != "text" or cell["id"] in texts


@pytest.fixture
def workspace(world: Inputs, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    (tmp_path / "analyses").mkdir()
    study = (root / "analyses" / "study.toml").read_text(encoding="utf-8").replace('"RU-KEM"', f'"{world.region}"')
    (tmp_path / "analyses" / "study.toml").write_text(study, encoding="utf-8")
    monkeypatch.setenv("REGIONAL_ECON_STUDY", str(tmp_path / "analyses" / "study.toml"))
    monkeypatch.setattr("regional_econ.data.load.load_panel", lambda: world.panel)
    here = Workspace.current()
    world.elasticities.write(here.artifact("elasticities.json").parent)
    world.baseline.to_netcdf(here.artifact("forecast.nc"))
    return here


def test_run_and_target_answer_in_words_and_json(workspace: Workspace) -> None:
    push = str(SCENARIOS / "rd_push.yml")
    words = CliRunner().invoke(app, ["run", push], catch_exceptions=False)
    assert "P(≥ 12.5 % in 2035)" in words.stdout
    answer = json.loads(CliRunner().invoke(app, ["run", push, "--json"], catch_exceptions=False).stdout)
    assert answer["command"] == "policy run"
    assert answer["data"]["fan"][-1]["year"] == 2035
    renewal = str(SCENARIOS / "capital_renewal.yml")
    assert "Off: L11 (grade C)" in CliRunner().invoke(app, ["run", renewal], catch_exceptions=False).stdout
    needs = json.loads(CliRunner().invoke(app, ["target", "--value", "11", "--json"], catch_exceptions=False).stdout)
    assert [need["driver"] for need in needs["data"]["needs"]] == [*DRIVERS, "all"]


def test_mistakes_end_with_one_message(workspace: Workspace) -> None:
    wrong = CliRunner().invoke(app, ["target", "--probability", "2"])
    assert isinstance(wrong.exception, OptionError)
    shutil.rmtree(workspace.bld)
    missing = CliRunner().invoke(app, ["run", str(SCENARIOS / "rd_push.yml")])
    assert isinstance(missing.exception, RegionalEconError)
