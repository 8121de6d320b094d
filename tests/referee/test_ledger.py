"""The claims file: complete, located to the letter, and refused with its line where it is wrong."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from regional_econ._base.errors import OptionError, RegionalEconError, SchemaError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue
from regional_econ.core.claim import Estimand
from regional_econ.data.catalogue import load_variables
from regional_econ.data.load import load_panel
from regional_econ.data.regions import load_regions
from regional_econ.referee.ledger import (
    Benchmark,
    Citation,
    Entry,
    Internal,
    Premise,
    Printed,
    Rank,
    Trend,
    Words,
    check_quotes,
    load_changes,
    load_claims,
)

ROWS = {
    "population_thousand": "Население",
    "grp_mln_rub": "ВРП",
    "investment_mln_rub": "Инвестиции",
    "employed_thousand": "Занятые",
    "unemployment_pct": "Уровень безработицы",
}
YEARS = {2015: 1, 2020: 2, 2022: 3}
LISTED = {f"{letter}{n:02d}" for letter, last in (("Q", 41), ("D", 35), ("C", 56)) for n in range(1, last + 1)}

SMALL = """\
schema_version: "2"
document: {sha256: abc}
claims:
  - id: Q01
    type: quantitative
    quote: {text: "5,2 млн", start: 4, end: 11, translation: "5.2 mln"}
    checks:
      - {kind: number, variable: wear_pct, region: RU-KEM, year: 2015, printed: "5,2", scale: 2, relation: equals}
      - {kind: internal, what: sum, printed: {text: "5,2", start: 4, end: 7}, parts: [Q02]}
  - id: Q02
    type: quantitative
    quote: {text: "4", start: 20, end: 21}
    checks: [{kind: number, variable: wear_pct, region: any, year: null, printed: "4", scale: 1, relation: reached}]
  - id: D01
    type: descriptive
    retyped: {from: causal, why: {en: "No cause", ru: "Причины нет"}}
    hedge: tentative
    quote: {text: "ниже", start: 30, end: 34}
    checks:
      - {kind: benchmark, variable: wear_pct, region: RU-KEM, direction: above, against: [median, RU-TOM],
         first_year: 2015, last_year: 2023}
      - {kind: trend, variable: wear_pct, region: RU-KEM, direction: flat, first_year: 2015, last_year: 2023}
      - {kind: rank, variable: wear_pct, region: RU-KEM, direction: low, places: [1, 10],
         first_year: 2015, last_year: 2023}
      - {kind: citation, reference: "Закон", year: 2018, what: dated}
    proxy: moderate
  - id: C01
    type: inference
    quote: {text: "значит", start: 40, end: 46}
    repeats: [D01]
    checks: [{kind: premise, of: [D01], unstated: cause_is_the_outcome}]
  - id: C02
    type: causal
    quote: {text: "ведёт", start: 50, end: 55}
    needs: territory
  - id: C02b
    type: normative
    hedge: normative
    quote: {text: "надо", start: 60, end: 64}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "claims.yml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_every_listed_claim_is_there(entries: tuple[Entry, ...]) -> None:
    ids = {entry.id for entry in entries}
    assert ids >= LISTED
    assert Counter(entry.type for entry in entries) == {
        "descriptive": 56, "causal": 47, "quantitative": 42, "normative": 25, "attribution": 5, "definition": 4,
        "inference": 4,
    }  # fmt: skip
    assert all(entry.by_design == (not entry.checks and entry.needs is None) for entry in entries)


def test_an_ought_stands_beside_a_premise_that_can_be_examined(entries: tuple[Entry, ...]) -> None:
    by_id = {entry.id: entry for entry in entries}
    oughts = [entry for entry in entries if entry.type == "normative" and entry.id.endswith("b")]
    assert {by_id[ought.id[:-1]].type for ought in oughts} == {"causal"}
    assert all(entry.hedge == "normative" for entry in entries if entry.type == "normative")
    assert {entry.id for entry in entries if entry.estimand is not None} == {
        "C02", "C06", "C12", "C18", "C19", "C31",
    }  # fmt: skip


def test_missing_evidence_proxies_and_links_are_named_in_both_languages(entries: tuple[Entry, ...]) -> None:
    texts = Catalogue.load([data_dir() / "texts" / "referee.yml"]).texts
    named = {f"referee.gap.{entry.needs}" for entry in entries if entry.needs is not None}
    named |= {f"referee.proxy.{entry.proxy}" for entry in entries if entry.proxy is not None}
    premises = [check for entry in entries for check in entry.checks if isinstance(check, Premise)]
    named |= {f"referee.link.{check.unstated}" for check in premises if check.unstated is not None}
    assert named <= texts.keys()
    kinds = ("referee.proxy.", "referee.link.")
    assert {key for key in texts if key.startswith(kinds)} == {key for key in named if key.startswith(kinds)}
    for entry in entries:
        number = entry.number
        assert number is None or f"referee.unit.{number.unit or number.variable}" in texts


def test_declared_years_have_figures(entries: tuple[Entry, ...]) -> None:
    panel = load_panel()
    for entry in entries:
        for check in entry.checks:
            if isinstance(check, Benchmark | Trend | Rank):
                known = panel.column(check.variable).loc[check.region].dropna().index
                assert {check.first_year, check.last_year} <= set(known), (entry.id, check)
                if not isinstance(check, Trend):
                    assert check.last_year == known.max(), (entry.id, check)


def test_quotes_stand_at_their_offsets(entries: tuple[Entry, ...], paper: bytes) -> None:
    assert check_quotes(entries, paper) == len(entries)


def test_numbers_of_table_1_are_the_right_cells(entries: tuple[Entry, ...], paper: bytes) -> None:
    text = paper.decode("utf-8")
    for entry in entries:
        number = entry.number
        if number is None or not "Q06" <= entry.id <= "Q20":
            continue
        line_start = text.rindex("\n", 0, entry.quote.start) + 1
        line = text[line_start : text.index("\n", line_start)]
        assert line.startswith(ROWS[number.variable])
        assert line[: entry.quote.start - line_start].count("\t") == YEARS[number.year or 0]
        assert line.split("\t")[YEARS[number.year or 0]] == entry.quote.text == number.printed


def test_every_change_against_the_first_reading_is_recorded(entries: tuple[Entry, ...]) -> None:
    changes = load_changes()
    assert len({(change.id, change.change) for change in changes}) == len(changes)
    new = {change.id for change in changes if change.change in ("added", "split")}
    assert {entry.id for entry in entries} == LISTED | new
    assert not LISTED & new
    by_id = {entry.id: entry for entry in entries}
    recorded = {change.id: change for change in changes if change.change == "retyped"}
    assert recorded.keys() == {entry.id for entry in entries if entry.retyped is not None}
    for name, change in recorded.items():
        retyped = by_id[name].retyped
        assert retyped is not None
        assert (change.former, change.now, change.why) == (retyped.former, by_id[name].type, retyped.why)
    for change in changes:
        if change.change == "quote":
            assert change.now == by_id[change.id].quote.text != change.former
        elif change.change == "check":
            assert change.now == held_against(by_id[change.id]) != change.former
        elif change.change != "retyped":
            assert change.now == by_id[change.id].type
            assert (change.former in LISTED) == (change.change == "split")


def held_against(entry: Entry) -> str:
    """What a claim is held against, as a change of its check names it."""
    words = []
    for check in entry.checks:
        if isinstance(check, Benchmark):
            words.append(f"benchmark {check.variable} {check.region} {check.direction} {' '.join(check.against)}")
        elif isinstance(check, Trend | Rank):
            words.append(f"{type(check).__name__.lower()} {check.variable}")
        elif isinstance(check, Estimand):
            words.append(f"effect {check.x} {check.y} {check.expected_sign}")
        elif isinstance(check, Internal):
            words.append(f"internal {check.what} {check.repeated or ''}".strip())
    words += [f"proxy {entry.proxy}"] if entry.proxy else []
    words += [f"needs {entry.needs}"] if entry.needs else []
    return ", ".join(words)


def test_each_kind_of_check_is_read(small: Path) -> None:
    entries = {entry.id: entry for entry in load_claims(small, variables=load_variables(), regions=load_regions())}
    assert entries["Q01"].checks == (
        Printed("wear_pct", "RU-KEM", 2015, "5,2", 2.0, "equals"),
        Internal("sum", Words("5,2", 4, 7), ("Q02",)),
    )
    assert entries["Q02"].number == Printed("wear_pct", "any", None, "4", 1.0, "reached")
    assert entries["D01"].checks == (
        Benchmark("wear_pct", "RU-KEM", "above", ("median", "RU-TOM"), 2015, 2023),
        Trend("wear_pct", "RU-KEM", "flat", 2015, 2023),
        Rank("wear_pct", "RU-KEM", "low", None, (1, 10), 2015, 2023),
        Citation("Закон", 2018, "dated"),
    )
    retyped = entries["D01"].retyped
    assert retyped is not None
    assert (retyped.former, retyped.why.en) == ("causal", "No cause")
    assert entries["C01"].checks == (Premise(("D01",), "cause_is_the_outcome"),)
    assert (entries["C01"].repeats, entries["D01"].proxy, entries["C02"].needs) == (("D01",), "moderate", "territory")
    assert entries["C02b"].by_design
    assert (entries["D01"].hedge, entries["Q01"].hedge, entries["Q01"].line) == ("tentative", "certain", 4)


def test_another_document_and_moved_words_are_refused(entries: tuple[Entry, ...]) -> None:
    text = "до " + entries[0].quote.text
    with pytest.raises(SchemaError, match=r"another document \(claims\.yml, line \d+\)"):
        check_quotes(entries[:1], text.encode())
    here = sha256_bytes(text.encode())
    moved = replace(entries[0], quote=replace(entries[0].quote, doc_sha256=here, start=0, end=5))
    with pytest.raises(SchemaError, match=r"does not stand at 0.*It stands at 3"):
        check_quotes([moved], text.encode())
    absent = replace(moved, quote=replace(moved.quote, text="нет такого"))
    with pytest.raises(SchemaError, match="letter by letter"):
        check_quotes([absent], text.encode())
    found = replace(moved, quote=replace(moved.quote, text=text[:5]))
    caption = replace(found, checks=(Internal("caption", Words("до", 1, 3), ("Q01",)),))
    with pytest.raises(SchemaError, match=r"does not stand at 1.*It stands at 0"):
        check_quotes([caption], text.encode())
    cited = replace(found, checks=(Citation("Закон № 1", 2018, "dated"),))
    with pytest.raises(SchemaError, match=r"reference of Q01 is not in the document.*list of references"):
        check_quotes([cited], text.encode())


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ('schema_version: "2"', 'schema_version: "1"', SchemaError, r"has the form 1, not 2.*line 1"),
        ("    hedge: tentative", "    hegde: tentative", UnknownNameError, r"key 'hegde'.*line 17.*hedge"),
        ("    type: quantitative", "    type: number", OptionError, r"cannot be 'number'.*line 5.*quantitative"),
        ("start: 4, end: 11", "end: 11", SchemaError, r"lacks the key 'start'.*line 6"),
        ("start: 4, end: 11", "start: 4, end: 12", SchemaError, r"4 to 12 do not fit 7 characters.*line 6.*exclusive"),
        ("  - id: Q02", "  - id: Q01", SchemaError, r"Q01 stands twice, first in line 4.*line 10"),
        ("claims:\n", "claims: [\n", SchemaError, r"not valid YAML"),
        ("wear_pct, region: RU-KEM, y", "wear_pt, region: RU-KEM, y", UnknownNameError, r"'wear_pt'.*line 8"),
        ("region: RU-KEM, year", "region: RU-KEN, year", UnknownNameError, r"region 'RU-KEN'.*line 8"),
        ('printed: "5,2"', 'printed: "около"', SchemaError, r"'около' is not a printed number.*line 8.*as printed"),
        ("relation: reached", "relation: equals", SchemaError, r"region any and relation reached.*line 13"),
        ("kind: number, variable: wear_pct, region: any", "kind: nunber", OptionError, r"cannot be 'nunber'.*line 13"),
        ("scale: 2, ", "", SchemaError, r"lacks the key 'scale'.*line 8"),
        ("what: sum,", "what: unit,", SchemaError, r"of unit needs quantity, not parts.*line 9"),
        ("parts: [Q02]", "parts: [Q03]", UnknownNameError, r"claim 'Q03'.*line 4"),
        ("parts: [Q02]", "parts: [C02]", SchemaError, r"C02 prints no number.*line 4"),
        ("{text: \"5,2\", start: 4", "{text: \"5,2\", start: 5", SchemaError, r"5 to 7 do not fit 3.*line 9"),
        ("from: causal", "from: descriptive", SchemaError, r"still descriptive.*line 16.*Delete retyped"),
        (", ru: \"Причины нет\"", "", SchemaError, r"lacks its ru half.*line 16"),
        ("direction: above", "direction: over", OptionError, r"cannot be 'over'.*line 20.*above"),
        ("against: [median, RU-TOM]", "against: [natonal]", UnknownNameError, r"region 'natonal'.*line 20"),
        ("against: [median, RU-TOM]", "against: []", SchemaError, r"benchmark is missing.*line 20.*national"),
        ("direction: flat, first_year: 2015", "direction: flat, first_year: 2024", SchemaError, r"2024 lies after.*22"),
        ("places: [1, 10]", "places: [10, 1]", SchemaError, r"places must be two.*line 23"),
        ("places: [1, 10]", "places: [1, 10], share: 0.5", SchemaError, r"either share or places.*line 23"),
        ("places: [1, 10]", "share: 25", SchemaError, r"between 0 and 1.*line 23.*0.25"),
        ("year: 2018, what: dated", "year: null, what: dated", SchemaError, r"whether it is dated needs a year.*25"),
        ("of: [D01]", "of: [D02]", UnknownNameError, r"claim 'D02'.*line 27"),
        ("repeats: [D01]", "repeats: [C01]", SchemaError, r"C01 names itself.*line 27"),
        ("kind: premise, of: [D01], unstated: cause_is_the_outcome", "kind: rank", SchemaError,
         r"C01 is inference and cannot be held against rank.*line 31.*Use premise"),
        ("    needs: territory\n", "", SchemaError, r"C02 needs exactly one of checks and needs.*line 32"),
        ("    proxy: moderate\n", "    needs: territory\n", SchemaError, r"D01 needs exactly one.*line 14"),
        ("    hedge: normative\n", "    needs: territory\n", SchemaError, r"C02b is normative: no data.*line 36"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(
    small: Path, old: str, new: str, error: type[RegionalEconError], message: str
) -> None:
    assert SMALL.count(old) >= 1
    small.write_text(SMALL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error) as raised:
        load_claims(small, variables=load_variables(), regions=load_regions())
    assert re.search(message, str(raised.value))
    assert "claims.yml" in str(raised.value)


def test_a_sign_that_is_none_is_refused(tmp_path: Path, entries: tuple[Entry, ...]) -> None:
    assert isinstance(next(entry for entry in entries if entry.id == "C06").checks[0], Estimand)
    text = (data_dir() / "claims.yml").read_text(encoding="utf-8")
    path = tmp_path / "claims.yml"
    path.write_text(text.replace('expected_sign: "+"', 'expected_sign: "plus"', 1), encoding="utf-8")
    with pytest.raises(OptionError, match=r"expected_sign cannot be 'plus' \(claims\.yml, line \d+\)"):
        load_claims(path)


@pytest.mark.parametrize(
    ("printed", "scale", "base", "value", "halfwidth"),
    [
        ("2 711,9", 1.0, 0.0, 2711.9, 0.05),
        ("2 188,8", 1000.0, 0.0, 2_188_800.0, 50.0),
        ("48", 1.0, 0.0, 48.0, 0.5),
        ("6,8", 1.0, 100.0, 106.8, 0.05),
    ],
)
def test_printed_numbers_carry_their_rounding(
    printed: str, scale: float, base: float, value: float, halfwidth: float
) -> None:
    number = Printed("x", "RU-KEM", 2022, printed, scale, "equals", base)
    assert number.value == pytest.approx(value, rel=1e-12)
    assert number.halfwidth == pytest.approx(halfwidth, rel=1e-12)
