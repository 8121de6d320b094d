"""The page of a claim: every claim has one, each kind its own parts, every number a result, and the turns are true."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from regional_econ._base.text import LANGS, Lang
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.causal.pages.questions import graph_id
from regional_econ.causal.questions import Questions, load_questions
from regional_econ.core.claim import Claim, Downgrade
from regional_econ.core.explorer import MAIN
from regional_econ.core.results import Value
from regional_econ.core.schemas import validate
from regional_econ.core.section import (
    Block,
    Cell,
    FigureRef,
    Leaf,
    NumberRef,
    PageRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    VerdictBlock,
)
from regional_econ.data.catalogue import load_variables
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.regions import load_regions
from regional_econ.referee.asked import by_claim
from regional_econ.referee.checks.grid import Tally
from regional_econ.referee.explorer import explorer
from regional_econ.referee.ledger import Change, Entry, load_changes
from regional_econ.referee.listed_checks import Printed
from regional_econ.referee.pages import leaves
from regional_econ.referee.rules import Rules
from regional_econ.referee.run import run
from regional_econ.referee.sections import results, section
from regional_econ.referee.turns import turns
from regional_econ.report.build import load_catalogue
from regional_econ.report.document import Page, Table, read_leaf
from regional_econ.report.plain import plain
from regional_econ.report.words import Words

MakeEvidence = Callable[[str], CausalEvidence]
INPUTS = {name: "0" * 64 for name in ("rules", "claims", "document", "panel", "evidence", "questions")}
QUESTIONS: Questions = load_questions()
CHANGES: tuple[Change, ...] = load_changes()


@pytest.fixture(scope="module")
def claims(entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence) -> list[Claim]:
    known = {
        driver: make_evidence(driver) for driver in ("rd_grp_pct", "researchers_per_10k_employed", "mining_share_pct")
    }
    return run(
        entries, known, rules, panel=load_panel(), vintages=cache(load_vintages), hashes={}, questions=QUESTIONS
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(claims: list[Claim], entries: tuple[Entry, ...]) -> dict[str, Leaf]:
    found = leaves(claims, entries, questions=by_claim(QUESTIONS), changes=CHANGES)
    return {claim.id: leaf for claim, leaf in zip(claims, found, strict=True)}


@pytest.fixture(scope="module")
def numbers(claims: list[Claim], entries: tuple[Entry, ...]) -> dict[str, Value]:
    written = results(claims, entries, inputs=INPUTS)
    return {f"{result.id}.{key}": value for result in written for key, value in result.values.items()}


@pytest.fixture(scope="module")
def read(built: Mapping[str, Leaf], numbers: dict[str, Value]) -> Callable[[str, Lang], Page]:
    words = {lang: _words(lang, numbers) for lang in LANGS}
    return cache(lambda claim, lang: read_leaf(built[claim], words[lang]))


def _words(lang: Lang, numbers: Mapping[str, Value]) -> Words:
    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    return Words(lang, load_catalogue(), numbers, labels, regions)


def tables(leaf: Leaf) -> dict[str, TableBlock]:
    return {block.id.rpartition(".")[2]: block for block in leaf.blocks if isinstance(block, TableBlock)}


def cells(leaf: Leaf) -> Iterator[Cell]:
    rows = (row for table in tables(leaf).values() for row in table.rows)
    yield from (part for row in rows for cell in row for part in _parts(cell))


def _parts(cell: Cell) -> Iterator[Cell]:
    yield from (part for one in cell.cells for part in _parts(one)) if isinstance(cell, Stack) else (cell,)


def facts(leaf: Leaf, table: str) -> list[str]:
    return [row[0].id.rpartition(".")[2] for row in tables(leaf)[table].rows if isinstance(row[0], TextRef)]


def test_every_claim_has_a_leaf_that_can_be_read_in_both_languages(
    built: Mapping[str, Leaf], entries: tuple[Entry, ...], read: Callable[[str, Lang], Page]
) -> None:
    assert [leaf.id for leaf in built.values()] == [f"claim_{entry.id}" for entry in entries]
    for entry in entries:
        for lang in LANGS:
            page = read(entry.id, lang)
            assert page.title.endswith(entry.id)
            assert all(table.rows for table in page.items if isinstance(table, Table))


def test_every_number_of_a_leaf_is_a_result(
    built: Mapping[str, Leaf], numbers: Mapping[str, Value], read: Callable[[str, Lang], Page]
) -> None:
    shown: set[str] = set()
    for claim, leaf in built.items():
        assert {cell.id for cell in cells(leaf) if isinstance(cell, NumberRef)} <= numbers.keys()
        for item in read(claim, "en").items:
            lines = [line for row in item.rows for cell in row for line in cell] if isinstance(item, Table) else []
            shown |= {number for line in lines for number in line.numbers}
    assert shown <= numbers.keys()
    assert {"referee.Q11.turn.1.low", "referee.C12.check.lagged.computed", "referee.D09.turn.1.short"} <= shown


@pytest.mark.parametrize(
    ("claim", "parts", "figure"),
    [
        ("Q11", ["turns", "told", "checks", "sources", "rule"], False),
        ("Q30", ["turns", "told", "checks", "rule"], False),  # after the data: no figure, so no source
        ("D09", ["turns", "told", "checks", "sources", "rule"], False),
        ("Q39", ["turns", "told", "checks", "sources", "rule"], False),
        ("C12", ["turns", "told", "asked", "checks", "sources", "rule"], True),
        ("C18", ["turns", "told", "asked", "checks", "sources", "rule"], True),
        ("C30", ["turns", "told", "asked", "rule"], True),  # not examined, but its question has a graph
        ("C03", ["turns", "told", "asked", "rule"], False),  # its question cannot be tested
        ("C15", ["turns", "told", "checks", "sources", "rule"], False),
        ("C04", ["told", "rule"], False),  # normative
    ],
)
def test_each_kind_of_claim_gets_its_parts(
    built: Mapping[str, Leaf], claim: str, parts: list[str], figure: bool
) -> None:
    leaf = built[claim]
    assert isinstance(leaf.blocks[0], VerdictBlock)
    assert list(tables(leaf)) == parts
    assert any(isinstance(block, FigureRef) for block in leaf.blocks) == figure
    assert any(isinstance(block, Paragraph) for block in leaf.blocks) == (claim == "C04")


def test_the_graph_of_a_claim_is_that_of_its_question_and_goes_with_the_claim(
    claims: list[Claim], built: Mapping[str, Leaf]
) -> None:
    asked = by_claim(QUESTIONS)
    for claim in claims:
        question = asked.get(claim.id)
        identified = question.identification if question else None
        shown = [block.id for block in built[claim.id].blocks if isinstance(block, FigureRef)]
        assert (claim.type == "causal") == (question is not None)
        if question is None or identified is None:
            assert claim.dag is None
            assert shown == []
            continue
        assert shown == [graph_id(question)]
        assert claim.dag is not None
        edges = [tuple(edge) for edge in claim.dag["edges"]]
        assert edges == [(edge.source, edge.target) for edge in identified.dag.edges]
        assert identified.dag.is_valid(question.driver.id, question.outcome.id, claim.dag["adjust"]) == (
            identified.identified
        )
        assert claim.dag["untestable"] or identified.identified
        validate(claim.to_dict(), "claim", where=claim.id)


def test_a_number_is_confirmed_by_a_figure_inside_the_bounds_that_its_page_names(
    claims: list[Claim], entries: tuple[Entry, ...]
) -> None:
    for claim, entry in zip(claims, entries, strict=True):
        if entry.number is None:
            continue
        for turn in turns(claim):
            low, high = (turn.values[key].value if key in turn.values else None for key in ("low", "high"))
            for bound in (low, high):
                assert bound is None or abs(float(bound) - entry.number.value / entry.number.scale) < 10.0
            if turn.what == "number_newest" and turn.bounds == "between":
                now = float(turn.values["now"].value or 0.0)
                assert not float(low or 0.0) <= now <= float(high or 0.0), claim.id
            if turn.bounds in ("between", "outside"):
                half = entry.number.halfwidth / entry.number.scale
                assert float(high or 0.0) - float(low or 0.0) == pytest.approx(2 * half)


@pytest.mark.parametrize("shift", [0.4, 0.6])
def test_the_bounds_of_a_number_are_those_that_the_judge_keeps(
    entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence, shift: float
) -> None:
    """A printed number moved by less than half its last digit stays confirmed, by more it does not."""
    entry = next(entry for entry in entries if entry.id == "Q06")
    number = entry.number
    assert number is not None
    moved = Printed(number.variable, number.region, number.year, "2 711,9", number.scale, "equals", base=shift * 0.1)
    claim = run(
        [replace(entry, checks=(moved,))], {}, rules, panel=load_panel(), vintages=cache(load_vintages), hashes={}
    )[0]
    (turn, *_) = turns(claim)
    assert (claim.verdict.label == "confirmed") == (turn.what == "number_edition") == (shift < 0.5)


def test_so_many_cells_more_and_a_description_is_confirmed(claims: list[Claim], rules: Rules) -> None:
    share = rules.text.descriptive.true_share
    seen = set()
    for claim in claims:
        for turn in turns(claim):
            if not turn.what.startswith("cells_") or turn.what == "cells_none":
                continue
            seen.add(turn.what)
            now, cells, short = (int(turn.values[key].value or 0) for key in ("now", "of", "short"))
            assert short > 0, claim.id
            if turn.what in ("cells_confirm", "cells_refute"):
                assert now + short == math.ceil(share * cells - 1e-9)
                assert (now + short - 1) / cells < share <= (now + short) / cells + 1e-9
            else:
                assert (now - short) / cells < share <= (now - short + 1) / cells + 1e-9
    assert seen == {"cells_keep", "cells_confirm", "cells_refute", "cells_spare"}


def test_between_both_ends_a_description_is_open_and_beyond_them_it_is_not(claims: list[Claim], rules: Rules) -> None:
    label, seen = rules.text.descriptive.label, set()
    for claim in claims:
        for turn in turns(claim):
            if turn.what not in ("cells_keep", "cells_spare") or turn.bounds != "between":
                continue
            seen.add(turn.what)
            of, low, high = (int(turn.values[key].value or 0) for key in ("of", "low", "high"))
            for now in range(of + 1):
                true, false = (now, of - now) if turn.what == "cells_keep" else (of - now, now)
                opened = label(Tally(true, false, 0, frozenset(), frozenset())) == "inconclusive"
                if _all_told(claim):
                    assert opened == (low <= now <= high), (claim.id, now)
    assert seen == {"cells_keep", "cells_spare"}


def _all_told(claim: Claim) -> bool:
    grids = [check.stats for check in claim.checks if check.id.partition(".")[0] in ("benchmark", "trend", "rank")]
    return not any(grid.get(f"open_{name}", 0) for grid in grids for name in ("cells", "windows", "years"))


def test_a_description_that_comes_to_hold_may_be_true_of_most_regions(claims: list[Claim]) -> None:
    claim = next(claim for claim in claims if claim.id == "D09")
    confirm = next(turn for turn in turns(claim) if turn.what == "cells_confirm")
    assert confirm.to == ("confirmed", "true_but_uninformative")


@pytest.mark.parametrize(("alone_too", "label"), [(False, "inconclusive"), (True, "negligible")])
def test_a_joint_criterion_says_what_must_come_with_it(
    entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence, alone_too: bool, label: str
) -> None:
    made = replace(make_evidence("researchers_per_10k_employed"), claims=("C06",))
    entry = next(entry for entry in entries if entry.id == "C06")
    near = replace(made, alone=replace(made.alone, negligible=0.95)) if alone_too else made

    def judged(evidence: CausalEvidence) -> Claim:
        known = {"researchers_per_10k_employed": evidence}
        return run([entry], known, rules, panel=load_panel(), vintages=cache(load_vintages), hashes={})[0]

    turn = next(turn for turn in turns(judged(near)) if turn.criterion == "probability_negligible")
    assert turn.words == (() if alone_too else ("alone",))
    assert judged(replace(near, lagged=replace(near.lagged, negligible=0.95))).verdict.label == label
    others = next(turn for turn in turns(judged(near)) if turn.criterion == "probability_beyond")
    assert others.words == ("others", "alone")


def test_a_number_with_an_error_loses_its_match_beyond_the_bounds(
    claims: list[Claim], built: Mapping[str, Leaf]
) -> None:
    found = {claim.id: turn for claim in claims for turn in turns(claim) if turn.what == "number_match"}
    assert set(found) == {claim.id for claim in claims if claim.verdict.label == "confirmed_with_error"}
    for name, turn in found.items():
        now, low, high = (float(turn.values[key].value or 0.0) for key in ("now", "low", "high"))
        assert low - 1e-9 <= now <= high + 1e-9, name
        assert TextRef(f"referee.gap.{turn.words[0]}") in list(cells(built[name]))
    assert found["Q24"].values["now"].value == found["Q24"].values["low"].value == 47.5, "on the very edge"


def test_a_reader_sees_words_and_no_stems(claims: list[Claim]) -> None:
    shown = {claim.id: turn.words for claim in claims for turn in turns(claim) if turn.what == "words"}
    assert ("закон, стратегии", "концепция") in shown.values()
    assert shown["D45"][1] == "инновационной, активности, некоторых, российских, регионах"
    assert not any("…" in word for words in shown.values() for word in words)


def test_an_effect_names_each_unmet_criterion_and_how_far_it_is(claims: list[Claim]) -> None:
    claim = next(claim for claim in claims if claim.id == "C12")
    found = {turn.criterion: turn for turn in turns(claim)}
    unmet = {row.criterion: row for row in claim.verdict.rule_trace if row.met is False}
    beside = {"shrunk_beyond", "all_lags_agree"}  # shown, decide nothing
    assert set(found) == set(unmet) - beside
    for criterion, turn in found.items():
        row = unmet[criterion]
        assert turn.values["short"].value == pytest.approx(abs(float(row.value or 0) - float(row.threshold or 0)))
    assert found["mde"].to == ()
    assert found["robustness_value"].to == ("supported", "opposite")


def test_a_label_that_holds_names_what_would_lose_it(
    entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence
) -> None:
    made = make_evidence("rd_grp_pct")
    leaning = replace(made.lagged, right_sign=0.95, wrong_sign=0.05)
    sure = replace(made, lagged=leaning, alone=leaning, averaged=leaning, sign_share=0.85)
    entry = next(entry for entry in entries if entry.id == "C12")
    known = {"rd_grp_pct": replace(sure, claims=("C12",))}
    claim = run([entry], known, rules, panel=load_panel(), vintages=cache(load_vintages), hashes={})[0]
    assert claim.verdict.label == "leans_for"
    held = {turn.criterion: turn for turn in turns(claim) if turn.what == "effect_hold"}
    assert set(held) == {"probability_right_sign", "sign_share_leans"}
    assert held["probability_right_sign"].values["short"].value == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("claim", "what", "premises"),
    [
        ("C13", ["premise_refuted"], ["D18"]),
        ("C15", ["link"], []),
        ("C57", ["link"], []),
        ("C29", ["premise"], ["D31"]),
    ],
)
def test_an_inference_hangs_on_its_premise_or_on_the_link(
    claims: list[Claim], built: Mapping[str, Leaf], claim: str, what: list[str], premises: list[str]
) -> None:
    found = turns(next(one for one in claims if one.id == claim))
    assert [turn.what for turn in found] == what
    assert [turn.claim for turn in found if turn.claim] == premises
    linked = {cell.text for cell in cells(built[claim]) if isinstance(cell, PageRef)}
    assert set(premises) <= linked


def test_what_is_not_tested_names_the_series_and_what_is_no_fact_that_no_data_can(
    claims: list[Claim], built: Mapping[str, Leaf]
) -> None:
    for claim in claims:
        found = turns(claim)
        if claim.verdict.label == "not_testable_by_design":
            assert found == ()
            assert Paragraph(f"referee.turns.{claim.type}") in built[claim.id].blocks
        elif not claim.checks:
            assert [(turn.what, turn.words) for turn in found] == [("series", (claim.verdict.gap,))]
            assert TextRef(f"referee.gap.{claim.verdict.gap}") in list(cells(built[claim.id]))
        else:
            assert found, claim.id


def test_changes_repeats_and_proxies_are_told(built: Mapping[str, Leaf], entries: tuple[Entry, ...]) -> None:
    changed = {change.id for change in CHANGES}
    for entry in entries:
        told = facts(built[entry.id], "told")
        assert ("changed" in told) == (entry.id in changed)
        assert ("proxy" in told) == (entry.proxy is not None)
        repeats = entry.repeats or any(entry.id in other.repeats for other in entries)
        assert ("repeats" in told) == bool(repeats)


def test_a_downgrade_of_a_shipped_claim_has_words(claims: list[Claim]) -> None:
    texts = load_catalogue().texts
    domains = set(get_args(Downgrade))
    for claim in claims:
        for domain in claim.verdict.downgrades:
            assert domain in domains
            assert f"referee.downgrade.{claim.rule.rule_id}.{domain}" in texts


def test_effects_of_one_claim_are_all_told_for_a_rise_of_its_driver(claims: list[Claim]) -> None:
    signs = set()
    for claim in claims:
        rows = {check.id: check for check in claim.checks}
        if "shrinkage" not in rows:
            continue
        lagged, shrunk = rows["lagged"], rows["shrinkage"]
        assert shrunk.interval is not None
        middle, averaged = (float(str(row.computed)) for row in (shrunk, lagged))
        assert middle * averaged > 0, claim.id
        assert shrunk.interval[0] < middle < shrunk.interval[1]
        assert shrunk.tolerance == lagged.tolerance, claim.id
        signs |= set(shrunk.tolerance or {}) - {"probability"}
    assert signs == {"low", "high"}  # claims of either sign are among them


def test_every_check_carries_its_tolerance_unless_it_compares_words(claims: list[Claim]) -> None:
    wordy = {"unit", "citation", "premise"}
    for claim in claims:
        for check in claim.checks:
            if check.kind in wordy or check.id.startswith("internal_caption") or check.computed is None:
                continue
            assert check.tolerance, (claim.id, check.id)
            low, high = (check.tolerance.get(key) for key in ("low", "high"))
            if check.kind in ("recompute", "specificity") and check.computed is not None:
                inside = (low is None or check.computed >= low) and (high is None or check.computed < high + 1e-9)
                assert inside == (check.result == "pass"), (claim.id, check.id)


def test_pictures_stand_after_the_checks_and_before_the_rule(claims: list[Claim], entries: tuple[Entry, ...]) -> None:
    def pictures(claim: Claim, entry: Entry) -> tuple[Block, ...]:
        assert claim.id == entry.id
        return (Paragraph("referee.pages"),) if claim.checks else ()

    found = leaves(claims, entries, questions={}, pictures=pictures)
    leaf = next(leaf for leaf in found if leaf.id == "claim_Q11")
    names = [
        block.id.rpartition(".")[2] if isinstance(block, TableBlock) else type(block).__name__ for block in leaf.blocks
    ]
    assert names[-3:] == ["sources", "Paragraph", "rule"]


def test_the_section_links_each_id_and_card_to_its_leaf_and_survives_the_store(
    claims: list[Claim], entries: tuple[Entry, ...], tmp_path: Path
) -> None:
    made = section(claims, entries, inputs=INPUTS, questions=QUESTIONS, changes=CHANGES)
    ids = {leaf.id for leaf in made.leaves}
    listed = [
        row[0].id for block in made.blocks if isinstance(block, TableBlock) for row in block.rows
        if isinstance(row[0], PageRef)
    ]  # fmt: skip
    assert sorted(listed) == sorted(ids)
    assert all(block.page in ids for block in made.blocks if isinstance(block, VerdictBlock))
    made.write(tmp_path / "referee.json")
    again = Section.read(tmp_path / "referee.json")
    assert [leaf.blocks[1:] for leaf in again.leaves] == [leaf.blocks[1:] for leaf in made.leaves]
    again.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "referee.json").read_bytes()


def test_a_page_reads_as_lines(read: Callable[[str, Lang], Page]) -> None:
    lines = plain(read("Q11", "en"))
    turn = lines[lines.index("What would change the verdict:") + 1]
    assert turn.strip() == (
        "The newest official figure | Now: 2,170.13 (2022) | Needed: 2,188.75 to 2,188.85, 18.67 from what is printed"
        " | The verdict then: Confirmed"
    )
    assert any("sheet 2, cell H74" in line for line in lines)


@pytest.mark.parametrize("lang", LANGS)
def test_the_ledger_tells_every_verdict_and_names_all_it_tells(
    claims: list[Claim], numbers: dict[str, Value], lang: Lang
) -> None:
    found = explorer(claims)
    rows = {row["id"]: row for row in found.parts[MAIN]["claims"]}
    assert len(rows) == len(claims)
    words = _words(lang, numbers)
    for claim in claims:
        row = rows[claim.id]
        assert row["label"] == f"report.label.{claim.verdict.label}"
        assert row[lang] == (claim.quote.text if lang == "ru" else claim.quote.translation)
        for name in (row["label"], row["type"], row["certainty"], row["gap"], *row["about"]):
            assert not name or (name in found.labels and words.name(name) != name)
    assert set(rows["C12"]["about"]) == {"rd_grp_pct", "innovation_activity_pct"}
