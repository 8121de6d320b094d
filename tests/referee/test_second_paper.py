"""Another paper goes through the same machine: a claims file, and no line of code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from regional_econ._base.errors import OptionError
from regional_econ._base.files import sha256_bytes
from regional_econ.core.claim import Claim
from regional_econ.core.schemas import validate
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.referee.ledger import check_quotes, load_claims
from regional_econ.referee.rules import Rules
from regional_econ.referee.run import run

PAPER = (
    "Tomsk region. In 2022 the region had 17.2 per cent of its gross product from mining. "
    "Innovation activity lies above the national level. "
    "The share of researchers is among the highest in the country. "
    "The population of cities does not fall. "
    "The area is 314.4 thousand km. "
    "Of 100 firms 16 innovate, that is 18 %. "
    "As Table 1 shows the wear of fixed assets. Table 1. Births and deaths. "
    "The Concept of development was adopted [1]. "
    "So the region leads in research because it leads in research. "
    "So universities pay off. "
    "Universities should grow. "
    "1. Law of 26.12.2018 on the Strategy of development to 2035."
)


def listed(name: str, kind: str, words: str, checks: list[dict[str, Any]], **keys: object) -> dict[str, Any]:
    return {"id": name, "type": kind, "quote": located(words), **({"checks": checks} if checks else {}), **keys}


def located(words: str) -> dict[str, Any]:
    start = PAPER.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


YEARS = {"first_year": 2015, "last_year": 2022}
TOMSK = {"region": "RU-TOM", **YEARS}
ACTIVE = {"kind": "benchmark", "variable": "innovation_activity_pct", "direction": "above", **TOMSK}
RANK = {"kind": "rank", "variable": "researchers_per_10k_employed", "direction": "high", "places": [1, 10], **TOMSK}
CLAIMS = [
    listed("T10", "inference", "the region leads in research because it leads in research", [
        {"kind": "premise", "of": ["T03"], "unstated": "cause_is_the_outcome"}]),
    listed("T01", "quantitative", "17.2 per cent of its gross product from mining", [
        {"kind": "number", "variable": "mining_share_pct", "region": "RU-TOM", "year": 2022, "printed": "17.2",
         "scale": 1, "relation": "equals"}]),
    listed("T02", "descriptive", "Innovation activity lies above the national level",
           [{**ACTIVE, "against": ["national"]}]),
    listed("T03", "descriptive", "The share of researchers is among the highest in the country", [RANK]),
    listed("T04", "descriptive", "The population of cities does not fall", [
        {"kind": "trend", "variable": "urban_share_pct", "direction": "falling", "region": "RU-TOM",
         "first_year": 2030, "last_year": 2035}]),
    listed("T05", "quantitative", "thousand km", [
        {"kind": "internal", "what": "unit", "printed": located("thousand km"), "quantity": "area"}]),
    listed("T06", "quantitative", "that is 18 %", [
        {"kind": "internal", "what": "share", "printed": located("18"), "parts": [located("16"), located("100")]}]),
    listed("T07", "descriptive", "As Table 1 shows the wear of fixed assets", [
        {"kind": "internal", "what": "caption", "printed": located("Births and deaths"),
         "parts": [located("the wear of fixed assets")]}]),
    listed("T08", "descriptive", "The Concept of development was adopted", [
        {"kind": "citation", "reference": "Law of 26.12.2018 on the Strategy of development to 2035", "year": None,
         "what": "kind"}]),
    listed("T09", "normative", "Universities should grow", []),
    listed("T11", "inference", "universities pay off", [{"kind": "premise", "of": ["T03", "T04"]}]),
    listed("T12", "descriptive", "Births and deaths", [], needs="firm_accounts"),
]  # fmt: skip
LABELS = {
    "T02": "confirmed", "T03": "confirmed", "T04": "not_tested", "T05": "contradicted", "T06": "contradicted",
    "T07": "contradicted", "T08": "contradicted", "T09": "not_testable_by_design", "T10": "does_not_follow",
    "T11": "not_tested", "T12": "not_tested",
}  # fmt: skip


def judged(folder: Path, claims: list[dict[str, Any]], rules: Rules) -> dict[str, Claim]:
    document = {
        "schema_version": "2",
        "document": {"title": "Tomsk", "sha256": sha256_bytes(PAPER.encode()), "characters": len(PAPER)},
        "claims": claims,
    }
    path = folder / "claims.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    entries = load_claims(path)
    assert check_quotes(entries, PAPER.encode()) == len(claims)
    found = run(entries, {}, rules, panel=load_panel(), vintages=cache(load_vintages), hashes={})
    return {claim.id: claim for claim in found}


def test_every_kind_of_check_finds_its_judge(tmp_path: Path, rules: Rules) -> None:
    found = judged(tmp_path, CLAIMS, rules)
    assert list(found) == [claim["id"] for claim in CLAIMS]
    assert {name: found[name].verdict.label for name in LABELS} == LABELS
    assert found["T01"].verdict.label in ("confirmed", "confirmed_with_error", "contradicted")
    for claim in found.values():
        validate(claim.to_dict(), "claim", where=claim.id)
        ids = [check.id for check in claim.checks]
        assert len(ids) == len(set(ids))
    assert {row.criterion: row.value for row in found["T04"].verdict.rule_trace}["missing_years"].startswith("2030")  # type: ignore[union-attr]
    assert found["T02"].checks[0].provenance is not None
    assert found["T03"].checks[0].stats["editions"]


def test_two_checks_must_both_hold(tmp_path: Path, rules: Rules) -> None:
    low = {**RANK, "direction": "low"}
    both = [listed("T03", "descriptive", "The share of researchers is among the highest", [RANK, low])]
    found = judged(tmp_path, both, rules)["T03"]
    assert found.verdict.label == "contradicted"
    assert {check.id for check in found.checks} == {"rank", "specificity", "rank.2", "specificity.2"}


def test_peers_that_nobody_declared_are_refused(tmp_path: Path, rules: Rules) -> None:
    claims = [listed("T02", "descriptive", "Innovation activity", [{**ACTIVE, "against": ["peers"]}])]
    with pytest.raises(OptionError, match=r"for RU-TOM \(claims\.yml, line 7, claim T02\)\. Declare them in the rules"):
        judged(tmp_path, claims, rules)


def test_inferences_that_rest_on_each_other_are_refused(tmp_path: Path, rules: Rules) -> None:
    claims = [
        listed("T10", "inference", "the region leads", [{"kind": "premise", "of": ["T11"]}]),
        listed("T11", "inference", "universities pay off", [{"kind": "premise", "of": ["T10"]}]),
    ]
    with pytest.raises(OptionError, match="a claim rests on itself: T10 → T11 → T10"):
        judged(tmp_path, claims, rules)
