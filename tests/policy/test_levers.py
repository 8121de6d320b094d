"""The declared levers, priors and scenario files are what the rules say."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from jsonschema import Draft202012Validator

from regional_econ._base.errors import SchemaError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.core.lever import Lever
from regional_econ.core.scenario import Scenario
from regional_econ.core.schemas import validate
from regional_econ.elasticities.declared import load_findings
from regional_econ.policy.model.levers import (
    additionality,
    chain_grade,
    check_quotes,
    direct_effect,
    is_direct,
    lag_bounds,
    link_grade,
    load_levers,
)
from regional_econ.policy.model.priors import Prior, load_priors
from regional_econ.policy.scenarios.run import Inputs

SCENARIOS = Path(__file__).parents[2] / "analyses" / "scenarios"


LEVERS = load_levers()
ACTING = [lever for lever in LEVERS if lever.state_var]
NAMED = re.compile(r"\b[CDGIKMNPSV]\d{2}\b")


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((data_dir() / "levers.yml").read_text(encoding="utf-8"))
    return loaded


def test_all_levers_are_listed_and_valid() -> None:
    assert [lever.id for lever in LEVERS] == [f"L{n:02d}" for n in range(1, 37)]
    assert {lever.state_var for lever in ACTING} == {
        "rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct", "mining_share_pct",
        "innovation_activity_pct",
    }  # fmt: skip
    assert [lever.direction for lever in LEVERS] == sorted(lever.direction for lever in LEVERS)
    written = document()
    assert [lever.to_dict() for lever in LEVERS] == [
        {key: value for key, value in entry.items() if not (key == "capacity_rule" and value is None)}
        for entry in written["levers"]
    ]


@pytest.mark.parametrize(
    "key", ["quote_at", "paper_quote", "state_var", "delivery_lag", "cost_why", "evidence", "grade"]
)
def test_a_lever_without_what_the_schema_demands_is_refused(key: str) -> None:
    written = document()
    validate(written, "levers", where="levers.yml")
    del written["levers"][9][key]
    with pytest.raises(SchemaError, match=key):
        validate(written, "levers", where="levers.yml")


def test_the_file_keeps_the_schema_that_all_share(sources: Path) -> None:
    shared = sources.parent / "schemas" / "levers.schema.json"
    if not shared.is_file():
        pytest.skip("the looser schema that others share is not beside the sources; the project's own is tested above")
    Draft202012Validator(json.loads(shared.read_text(encoding="utf-8"))).validate(document())


def test_quotes_fit_together_and_with_those_of_the_claims() -> None:
    """Places and letters of all quotes belong to one text: levers and claims were located in the same document."""
    written = yaml.safe_load((data_dir() / "claims.yml").read_text(encoding="utf-8"))
    characters = written["document"]["characters"]
    assert document()["document"] == {"sha256": written["document"]["sha256"], "characters": characters}
    claims = [claim["quote"] for claim in written["claims"]]
    known = {quote["start"] + at: letter for quote in claims for at, letter in enumerate(quote["text"])}
    places = [lever.quote_at for lever in LEVERS]
    assert [end - start for start, end in places] == [len(lever.paper_quote) for lever in LEVERS]
    bounds = [bound for place in places for bound in place]
    assert bounds == sorted(bounds), "one after the other, as the measures are numbered, none inside another"
    assert 0 <= bounds[0] <= bounds[-1] <= characters
    unknown = []
    for lever in LEVERS:
        letters = {at: letter for at, letter in enumerate(lever.paper_quote, lever.quote_at[0]) if at in known}
        assert letters == {at: known[at] for at in letters}, lever.id
        if not letters:
            unknown.append(lever.id)
    assert len(unknown) <= 5, "all but five stand inside a claim's quote, so a shifted place is noticed"


def test_every_quote_stands_at_its_place_in_the_paper(paper: bytes) -> None:
    assert check_quotes(LEVERS, paper) == 36
    moved = replace(LEVERS[4], quote_at=(LEVERS[4].quote_at[0] + 1, LEVERS[4].quote_at[1] + 1))
    with pytest.raises(SchemaError, match="the quote of L05 does not stand at"):
        check_quotes([moved], paper)
    with pytest.raises(SchemaError, match="another document"):
        check_quotes(LEVERS, paper + b" ")


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.id)
def test_a_lever_says_what_it_rests_on(lever: Lever) -> None:
    assert len({lever.name.ru, lever.name.en}) == 2
    cyrillic = re.compile("[а-яё]")
    pairs = [lever.name, lever.quote, lever.note, lever.raises, lever.cost_why]
    pairs += [text for text in (lever.capacity_why, lever.delivery_why) if text is not None]
    pairs += [Text(**prior["why"]) for prior in (lever.additionality, lever.direct) if prior]
    for pair in pairs:
        assert cyrillic.search(pair.ru)
        assert not cyrillic.search(pair.en)
        assert NAMED.findall(pair.ru) == NAMED.findall(pair.en), "both halves cite the same rows"
    in_words = {row for half in (lever.note.ru, lever.note.en) for row in NAMED.findall(half)}
    assert in_words <= set(lever.rows), "what the note names stands among the cited rows"
    assert set(lever.rows) <= set(load_findings())
    if lever.state_var is None:
        assert lever.unit == "not modelled"
        assert lever.min is None
        assert lever.evidence["status"] == "none"
        return
    assert lever.evidence["status"] in {"literature_prior", "expert"}
    assert lever.overlap["group"]
    assert (lever.min, lever.baseline) == (0, 0)
    assert (lever.max or 0) > (lever.step or 0) > 0
    assert additionality(lever).p50 > -1.0
    assert lag_bounds(lever)[1] >= lag_bounds(lever)[0]
    assert lever.capacity_why is not None
    assert lever.delivery_why is not None
    assert is_direct(lever) == (lever.state_var == "innovation_activity_pct") == (not lever.params)


def test_levers_of_a_group_move_one_driver_with_one_effect() -> None:
    groups: dict[str, list[Lever]] = {}
    for lever in ACTING:
        groups.setdefault(lever.overlap["group"], []).append(lever)
    for members in groups.values():
        assert len({member.state_var for member in members}) == 1
        assert len({(member.unit, member.params, member.overlap["rule"]) for member in members}) == 1
        assert len({str(member.direct) for member in members}) == 1
        if is_direct(members[0]):
            draws = {tuple(direct_effect(member).draw(3, seed=1)) for member in members}
            assert len(draws) == 1, "one effect, so one draw for all"
    assert [lever.id for lever in groups["procurement"]] == ["L16", "L23"]
    together = {lever.id for lever in groups["rd_grp_pct"]}
    assert {"L02", "L03", "L10", "L25", "L26", "L28"} <= together


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
    graded = {lever.id: (lever.grade, lever.evidence["status"]) for lever in ACTING if not is_direct(lever)}
    assert graded.pop("L10") == ("B", "literature_prior")
    assert set(graded.values()) == {("C", "expert")}


def test_a_direct_effect_is_all_prior_and_so_grade_c_whatever_was_published() -> None:
    cluster = next(lever for lever in LEVERS if lever.id == "L27")
    assert (cluster.evidence["status"], link_grade(cluster)) == ("literature_prior", "C")
    findings = load_findings()
    shrunk = float(findings["C01"]["estimate"]) * float(findings["G03"]["estimate"]) / 18.2
    # the centre is written to one decimal: half of it
    assert direct_effect(cluster).p50 == pytest.approx(shrunk, abs=0.05)
    with pytest.raises(SchemaError, match="L10 declares no effect on the organisations"):
        direct_effect(next(lever for lever in LEVERS if lever.id == "L10"))


def test_corrected_rows_set_the_centre_of_what_subsidies_add() -> None:
    psi = additionality(next(lever for lever in LEVERS if lever.id == "L10"))
    findings = load_findings()
    assert psi.p50 == float(findings["S01"]["estimate"])
    assert psi.p05 < 0.0 < psi.p95
    assert psi.p95 > float(findings["S02"]["estimate_high"])


@pytest.mark.parametrize("field", ["note", "why", "rows"])
def test_an_unknown_finding_is_refused(tmp_path: Path, field: str) -> None:
    document = yaml.safe_load((data_dir() / "levers.yml").read_text(encoding="utf-8"))
    lever = next(lever for lever in document["levers"] if lever["id"] == "L10")
    match field:
        case "note":
            lever["evidence"]["note"] += "; S99"
        case "why":
            lever["additionality"]["why"]["ru"] += "; S99"
        case "rows":
            lever["evidence"]["rows"].append("S99")
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


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yml")), ids=lambda path: path.stem)
def test_scenario_files_are_valid(path: Path) -> None:
    scenario, name = Scenario.read(path), path.stem
    assert scenario.id == name
    assert scenario.include_grades == ("A", "B")
    validate(scenario.to_dict(), "scenario", where=name)
    known = {lever.id for lever in load_levers()}
    assert {setting.lever for setting in scenario.settings} <= known


def test_delivery_lags_are_those_first_read_from_the_paper(sources: Path) -> None:
    path = sources.parent / "paper" / "levers.csv"
    if not path.is_file():
        pytest.skip("the table of the first reading is not beside the sources, and no lag can be read from a quote")
    with path.open(encoding="utf-8") as lines:
        read = {row["id"]: row["lag_years"] for row in csv.DictReader(lines)}
    declared = {
        lever.id: "-" if lever.delivery_lag is None else "-".join(f"{bound:g}" for bound in lever.delivery_lag)
        for lever in LEVERS
    }
    assert declared == read
