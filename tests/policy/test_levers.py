"""The declared levers, priors and scenario files are what the rules say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from regional_econ._base.errors import SchemaError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ.core.scenario import Scenario
from regional_econ.core.schemas import validate
from regional_econ.policy.levers import chain_grade, load_levers
from regional_econ.policy.priors import Prior, load_priors
from regional_econ.policy.run import Inputs

SCENARIOS = Path(__file__).parents[2] / "analyses" / "scenarios"


def test_all_levers_are_listed_and_valid() -> None:
    levers = load_levers()
    assert [lever.id for lever in levers] == [f"L{n:02d}" for n in range(1, 37)]
    acting = [lever for lever in levers if lever.state_var]
    assert {lever.state_var for lever in acting} == {
        "rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct",
    }  # fmt: skip
    assert all(lever.unit_cost is None for lever in levers)
    validate({"schema_version": "1", "levers": [lever.to_dict() for lever in levers]}, "levers", where="levers.yml")


def test_quotes_of_levers_stand_in_the_paper(paper: str) -> None:
    assert [lever.id for lever in load_levers() if lever.paper_quote not in paper] == []


@pytest.mark.parametrize("grade", ["A", "B", "C"])
def test_a_chain_has_the_grade_of_its_weakest_link(world: Inputs, grade: str) -> None:
    levers = {lever.id: lever for lever in load_levers()}
    elasticity = replace(world.elasticities.parameters[0], grade=grade)
    assert chain_grade(levers["L10"], elasticity) == max("B", grade)
    assert chain_grade(levers["L17"], elasticity) == "C"
    assert chain_grade(levers["L10"], None) == "C"


def test_a_grade_that_its_link_does_not_earn_is_refused(tmp_path: Path) -> None:
    document = yaml.safe_load((data_dir() / "levers.yml").read_text(encoding="utf-8"))
    document["levers"][0]["grade"] = "A"
    path = tmp_path / "levers.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    with pytest.raises(SchemaError, match="carries grade A, its link earns C"):
        load_levers(path)


def test_only_a_row_about_the_same_instrument_and_driver_earns_b() -> None:
    graded = {lever.id: (lever.grade, lever.evidence["status"]) for lever in load_levers() if lever.state_var}
    assert graded.pop("L10") == ("B", "literature_prior")
    assert set(graded.values()) == {("C", "expert")}


@pytest.mark.parametrize("field", ["note", "why"])
def test_an_unknown_finding_is_refused(tmp_path: Path, field: str) -> None:
    document = yaml.safe_load((data_dir() / "levers.yml").read_text(encoding="utf-8"))
    lever = next(lever for lever in document["levers"] if lever["id"] == "L10")
    (lever["evidence"] if field == "note" else lever["additionality"])[field] += "; S99"
    path = tmp_path / "levers.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UnknownNameError, match="unknown finding 'S99'"):
        load_levers(path)
    priors = yaml.safe_load((data_dir() / "policy.yml").read_text(encoding="utf-8"))
    priors["priors"]["persistence"]["source"] += " (K99)"
    path.write_text(yaml.safe_dump(priors, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UnknownNameError, match="unknown finding 'K99'"):
        load_priors(path)


@pytest.mark.parametrize("prior", load_priors().values(), ids=str)
def test_priors_meet_their_quantiles(prior: Prior) -> None:
    sample = np.quantile(prior.draw(40_000, seed=3), [0.05, 0.5, 0.95])
    # 3 % of the 90 % width: five standard errors of a tail quantile of 40,000 draws
    np.testing.assert_allclose(sample, [prior.p05, prior.p50, prior.p95], atol=0.03 * (prior.p95 - prior.p05))


@pytest.mark.parametrize("name", ["baseline", "rd_push", "capital_renewal"])
def test_scenario_files_are_valid(name: str) -> None:
    scenario = Scenario.read(SCENARIOS / f"{name}.yml")
    assert scenario.id == name
    assert scenario.include_grades == ("A", "B")
    validate(scenario.to_dict(), "scenario", where=name)
    known = {lever.id for lever in load_levers()}
    assert {setting.lever for setting in scenario.settings} <= known
