"""The example of another paper in analyses/second_paper goes through the commands that its head names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import DataError, StoreError
from regional_econ.causal.declaration import NEWEST, load_multiverse
from regional_econ.causal.evidence import CausalEvidence, causal_evidence, write_evidence
from regional_econ.cli.referee import app
from regional_econ.core.schemas import validate
from regional_econ.core.study import load_study
from regional_econ.core.workspace import Workspace
from regional_econ.data.load import load_panel

LABELS = {
    "Q01": "confirmed", "Q02": "contradicted", "Q03": "confirmed_with_error", "Q04": "contradicted",
    "Q05": "contradicted", "D01": "confirmed", "D02": "confirmed", "D03": "contradicted", "D04": "not_tested",
    "D05": "not_testable_by_design", "D06": "contradicted", "D07": "not_testable_by_design", "C01": "not_tested",
    "C02": "confirmed", "C03": "does_not_follow",
}  # fmt: skip
EFFECT = """\
    checks:
      - {kind: effect, x: rd_grp_pct, y: innovation_activity_pct, region: RU-TOM, population: "regions of Russia",
         contrast: "95th percentile of five-year changes", horizon: "lags 1-3 years", scale: "percentage points",
         expected_sign: "+"}
"""


@pytest.fixture
def claims(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example in a folder of its own, where there is no study and nothing was ever run."""
    folder = root / "analyses" / "second_paper"
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path / "tomsk.yml"


def said(*arguments: str) -> str:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False).stdout


def test_the_example_is_run_shown_and_listed(claims: Path) -> None:
    words = said("run", "--claims", "tomsk.yml", "--document", "tomsk.txt")
    assert "15 quotes stand in tomsk.txt at their offsets." in words
    assert "confirmed_with_error: 1" in words
    assert "Next: regional-econ referee table --claims tomsk.yml" in words
    rows = json.loads(said("table", "--claims", "tomsk.yml", "--json"))["data"]
    assert {row["id"]: row["label"] for row in rows} == LABELS
    assert {row["type"] for row in rows} == {
        "quantitative", "descriptive", "causal", "inference", "normative", "definition",
    }  # fmt: skip
    table = said("table", "--claims", "tomsk.yml", "--type", "descriptive")
    assert [line.split()[0] for line in table.splitlines()[:-1]] == [name for name in LABELS if name in (
        "D01", "D02", "D03", "D04", "D06")]  # fmt: skip
    assert "The wording is ambiguous" in table
    shown = said("show", "Q03", "--claims", "tomsk.yml")
    assert "Another year agrees: 68.7 (threshold 68.7), met" in shown
    for name in ("D04", "C03"):
        validate(json.loads(said("show", name, "--claims", "tomsk.yml", "--json"))["data"], "claim", where=name)
    assert not (claims.parent / "bld").exists()


@pytest.mark.parametrize("variable", ["population_thousand", "birth_rate"])
def test_a_number_may_stand_after_other_checks_of_its_claim(claims: Path, variable: str) -> None:
    """The printed number is told by its own row, not by the first one; in 2022, and long before any figure."""
    text = claims.read_text(encoding="utf-8")
    number = "      - {kind: number, variable: population_thousand, region: RU-TOM, year: 2022"
    assert text.count(number) == 1
    years = "first_year: 2015, last_year: 2022"
    trend = f"      - {{kind: trend, variable: {variable}, region: RU-TOM, direction: falling, {years}}}\n"
    claims.write_text(text.replace(number, trend + number), encoding="utf-8")
    assert "1,052.1" in said("show", "Q01", "--claims", "tomsk.yml")
    assert "1,052.1" in said("letter", "--claims", "tomsk.yml", "--lang", "en")
    long_before = number.replace("year: 2022", "year: 1900")
    claims.write_text(text.replace(number, trend + long_before), encoding="utf-8")
    assert "not_tested" in said("show", "Q01", "--claims", "tomsk.yml").splitlines()[0]
    assert said("letter", "--claims", "tomsk.yml")


def test_the_head_of_the_example_names_the_commands(root: Path) -> None:
    head = (root / "analyses" / "second_paper" / "tomsk.yml").read_text(encoding="utf-8").split("schema_version")[0]
    here = "analyses/second_paper/tomsk"
    assert f"referee run --claims {here}.yml --document {here}.txt" in head
    assert f"referee table --claims {here}.yml" in head
    assert f"referee show Q03 --claims {here}.yml" in head
    assert "".join(line.removeprefix("#").strip() for line in head.splitlines() if "kind: effect" in line) in EFFECT


@pytest.fixture
def effect(claims: Path, root: Path) -> Path:
    """The example with a causal claim that is held against estimates, beside a study of Tomsk."""
    text = claims.read_text(encoding="utf-8")
    assert text.count("    needs: centres_history\n") == 1
    claims.write_text(text.replace("    needs: centres_history\n", EFFECT), encoding="utf-8")
    study = (root / "analyses" / "study.toml").read_text(encoding="utf-8")
    assert study.count('"RU-KEM"') == 1
    study = study.replace('"RU-KEM"', '"RU-TOM"').replace('["RU-NVS", "RU-TOM"', '["RU-NVS", "RU-KEM"')
    (claims.parent / "analyses").mkdir()
    (claims.parent / "analyses" / "study.toml").write_bytes((root / "analyses" / "study.toml").read_bytes())
    (claims.parent / "analyses" / "tomsk.toml").write_text(study.replace('"kuzbass"', '"tomsk"'), encoding="utf-8")
    return claims


@pytest.mark.parametrize("study", ["study", "tomsk"])
def test_estimates_that_are_not_there_are_asked_for(effect: Path, study: str) -> None:
    chosen = [] if study == "study" else ["--study", f"analyses/{study}.toml"]
    raised = CliRunner().invoke(app, ["table", "--claims", "tomsk.yml", *chosen]).exception
    assert isinstance(raised, StoreError)
    assert "claim C01 is held against estimates that have not been made" in str(raised)
    assert f"Run: regional-econ reproduce {' '.join(['--profile full', *chosen])}." in str(raised)
    assert "does_not_follow" in said("show", "C03", "--claims", "tomsk.yml", *chosen)  # rests on no estimate
    assert "D03   contradicted" in said("table", "--type", "descriptive", "--claims", "tomsk.yml", *chosen)


def test_an_effect_in_one_region_is_not_judged_at_the_level_of_another(
    effect: Path, make_evidence: Callable[[str], CausalEvidence]
) -> None:
    here = Workspace(effect.parent / "analyses" / "study.toml", "full")
    write_evidence(here.artifact("causal_evidence.json"), {"rd_grp_pct": make_evidence("rd_grp_pct")})
    raised = CliRunner().invoke(app, ["table", "--claims", "tomsk.yml"]).exception
    assert isinstance(raised, DataError)
    assert "read at the level of RU-KEM, the claim is about RU-TOM (tomsk.yml, line 9" in str(raised)
    assert "claim C01" in str(raised)
    assert "regional-econ reproduce --study FILE, with focal_region RU-TOM in FILE" in str(raised)


def test_a_study_of_the_region_judges_its_effects(effect: Path, root: Path) -> None:
    study = load_study(effect.parent / "analyses" / "tomsk.toml")
    whole = load_multiverse(root / "analyses" / "multiverse.yml")
    drivers = {name: replace(own, measures={name: own.measures[name]}) for name, own in whole.drivers.items()}
    few = replace(
        whole, drivers=drivers, eras=(whole.era(whole.alone.era),), scales=("logit",), effects=whole.effects[:1],
        samples=whole.samples[:1], vintages=(NEWEST,),
    )  # fmt: skip
    found = causal_evidence(load_panel(), study, few)
    assert found["rd_grp_pct"].level_pct == pytest.approx(15.17, abs=0.005)  # Tomsk in 2022; Kuzbass has 7.07
    here = Workspace(effect.parent / "analyses" / "tomsk.toml", "full")
    write_evidence(here.artifact("causal_evidence.json"), found)
    asked = ("show", "C01", "--claims", "tomsk.yml", "--study", "analyses/tomsk.toml", "--json")
    claim = json.loads(said(*asked))["data"]
    assert claim["estimand"]["region"] == "RU-TOM"
    assert claim["verdict"]["label"] in ("supported", "leans_for", "inconclusive", "negligible", "leans_against")
    lagged = next(check for check in claim["checks"] if check["kind"] == "estimate")
    assert lagged["provenance"]["vintage"] == "official level of 2022"
    assert lagged["computed"] == pytest.approx(found["rd_grp_pct"].lagged_pp[1])


def test_ids_of_another_paper_may_be_those_of_the_first(
    effect: Path, make_evidence: Callable[[str], CausalEvidence]
) -> None:
    """The evidence lists the claims of the paper that it was made for; here C12 says something else."""
    text = effect.read_text(encoding="utf-8").replace("region: RU-TOM, population", "region: RU-KEM, population")
    effect.write_text(text.replace("id: C03", "id: C12"), encoding="utf-8")
    here = Workspace(effect.parent / "analyses" / "study.toml", "full")
    write_evidence(here.artifact("causal_evidence.json"), {"rd_grp_pct": make_evidence("rd_grp_pct")})
    rows = json.loads(said("table", "--claims", "tomsk.yml", "--json"))["data"]
    assert {row["id"]: row["label"] for row in rows}["C12"] == "does_not_follow"
