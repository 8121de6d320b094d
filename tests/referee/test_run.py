"""The referee on the real figures, from the claims file to schema-valid verdicts and a section in two languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from regional_econ._base.errors import SchemaError, StoreError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.core.claim import Claim
from regional_econ.core.schemas import validate
from regional_econ.core.section import Section
from regional_econ.data.load import load_vintages
from regional_econ.referee.ledger import Entry
from regional_econ.referee.rules import Rules, load_rules
from regional_econ.referee.run import counts, run
from regional_econ.referee.sections import results, section, verdict_rows

MakeEvidence = Callable[[str], CausalEvidence]
VINTAGES = cache(load_vintages)
INPUTS = {name: "0" * 64 for name in ("rules", "claims", "document", "panel", "evidence")}


@pytest.fixture(scope="module")
def claims(entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence) -> list[Claim]:
    known = {driver: make_evidence(driver) for driver in ("rd_grp_pct", "researchers_per_10k_employed")}
    return run(entries, known, rules, vintages=VINTAGES, hashes={})


def test_every_verdict_is_valid_and_nothing_is_lost(claims: list[Claim]) -> None:
    assert len(claims) == 132
    for claim in claims:
        validate(claim.to_dict(), "claim", where=claim.id)
    assert counts(claims)["not_examined"] == 106
    assert sum(counts(claims).values()) == 132


@pytest.mark.parametrize(
    ("claim_id", "label", "official"),
    [
        ("Q06", "confirmed", 2711.9),
        ("Q11", "confirmed_with_error", 2170.1303),  # the 2024 edition printed 2188.8
        ("Q14", "confirmed", 375.4),
        ("Q20", "confirmed", 4.1),
        ("Q24", "confirmed_with_error", 48.8),
        ("Q27", "confirmed", 0.1443),
    ],
)
def test_known_numbers(claims: list[Claim], claim_id: str, label: str, official: float) -> None:
    claim = next(claim for claim in claims if claim.id == claim_id)
    assert claim.verdict.label == label
    # half of the last digit of the check value as written here
    assert claim.checks[0].computed == pytest.approx(official, abs=0.05 if official > 1 else 5e-5)


def test_numbers_after_the_data_show_the_nearest_years(claims: list[Claim]) -> None:
    late = [claim for claim in claims if "Q30" <= claim.id <= "Q34"]
    assert {claim.verdict.label for claim in late} == {"not_tested"}
    nearest = {claim.id: claim.checks[0].stats["nearest_years"]["2022"] for claim in late}
    assert nearest["Q30"] == pytest.approx(7.07, abs=0.005)
    assert nearest["Q31"] == pytest.approx(10.96, abs=0.005)


def test_effects_cite_the_rule_with_its_smallest_effect(claims: list[Claim], rules: Rules) -> None:
    for claim_id in ("C06", "C12", "C31"):
        claim = next(claim for claim in claims if claim.id == claim_id)
        assert claim.rule.rule_sha256 == rules.sha256
        assert claim.rule.sesoi is not None
        assert claim.rule.sesoi["value"] == 0.5
        assert claim.verdict.label == "inconclusive"
        assert {check.kind for check in claim.checks} >= {"estimate", "placebo", "sensitivity", "power"}


def test_a_driver_without_evidence_is_named(
    entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence
) -> None:
    with pytest.raises(UnknownNameError, match="driver in the causal evidence"):
        run(entries, {"rd_grp_pct": make_evidence("rd_grp_pct")}, rules, vintages=VINTAGES, hashes={})


def test_results_and_section_name_only_what_exists(
    claims: list[Claim], entries: tuple[Entry, ...], tmp_path: Path
) -> None:
    written = results(claims, entries, inputs=INPUTS)
    numbers = {f"{result.id}.{key}" for result in written for key in result.values}
    assert {"referee.summary.total", "referee.Q11.official", "referee.C06.averaged.p50"} <= numbers
    built = section(claims, entries, inputs=INPUTS)
    built.write(tmp_path / "referee.json")
    document = (tmp_path / "referee.json").read_text(encoding="utf-8")
    assert Section.read(tmp_path / "referee.json").id == "referee"
    texts = Catalogue.load([data_dir() / "texts" / name for name in ("referee.yml", "report.yml")])
    for block in yaml.safe_load(document)["blocks"]:
        for cell in _cells(block):
            if cell["cell"] == "text":
                assert cell["id"] in texts.texts
            if cell["cell"] == "number":
                assert cell["id"] in numbers


def test_trace_and_gaps_have_texts(claims: list[Claim]) -> None:
    texts = Catalogue.load([data_dir() / "texts" / "referee.yml"]).texts
    for claim in claims:
        gap = claim.verdict.gap
        assert gap is None or f"referee.gap.{gap}" in texts
        for row in claim.verdict.rule_trace:
            assert f"referee.criterion.{row.criterion}" in texts
            for word in (row.value, row.threshold):
                assert not isinstance(word, str) or word.isdigit() or f"referee.value.{word}" in texts


def test_rows_for_programs(claims: list[Claim]) -> None:
    rows = verdict_rows(claims)
    assert rows[0].keys() >= {"id", "type", "quote", "label", "certainty", "gap"}
    assert [row["id"] for row in rows] == [claim.id for claim in claims]


def test_one_byte_changes_the_hash_of_the_rules_and_line_ends_do_not(rules: Rules, tmp_path: Path) -> None:
    content = (data_dir() / "rules.yml").read_bytes()
    path = tmp_path / "rules.yml"
    path.write_bytes(content.replace(b"\n", b"\r\n"))
    assert load_rules(path).sha256 == rules.sha256
    path.write_bytes(content.replace(b"bh_q: 0.10", b"bh_q: 0.11"))
    changed = load_rules(path)
    assert changed.sha256 != rules.sha256
    assert changed.causal == replace(rules.causal, bh_q=0.11)
    path.write_bytes(content.replace(b"  year_window", b"  year_windw"))
    with pytest.raises(SchemaError, match="the rules lack 'year_window'"):
        load_rules(path)
    with pytest.raises(StoreError, match="no such rules file"):
        load_rules(tmp_path / "absent.yml")


def _cells(block: dict[str, object]) -> list[dict[str, object]]:
    rows = block.get("rows", [])
    found: list[dict[str, object]] = []
    todo = [cell for row in rows for cell in row]  # type: ignore[attr-defined]
    while todo:
        cell = todo.pop()
        if cell["cell"] == "stack":
            todo.extend(cell["cells"])
        else:
            found.append(cell)
    return found
