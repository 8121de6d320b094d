"""The letter says what the verdicts say: every error with its right figure, nothing of what stands, no empty part."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from pypdf import PdfReader
from typer.testing import CliRunner

from regional_econ._base.errors import OptionError
from regional_econ._base.text import LANGS, THIN_SPACE, Catalogue, Lang, Text, format_number
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.cli.referee import app
from regional_econ.core.claim import Claim
from regional_econ.core.section import Cell, NumberRef, Paragraph, Stack, TableBlock
from regional_econ.data.catalogue import load_variables
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.regions import load_regions
from regional_econ.referee import base_rates, letter
from regional_econ.referee.cells import USUAL
from regional_econ.referee.ledger import Entry, load_claims
from regional_econ.referee.letter_corrections import ELEMENTS
from regional_econ.referee.letter_evidence import KIND_OF
from regional_econ.referee.listed_checks import Citation, Internal
from regional_econ.referee.paper import load_paper
from regional_econ.referee.rules import Rules
from regional_econ.referee.run import run
from regional_econ.referee.sections import examined, results
from regional_econ.report.build import load_catalogue
from regional_econ.report.document import Chapter, Head, Prose, Table, chapter, document
from regional_econ.report.markdown import markdown
from regional_econ.report.pdf import render_pdf
from regional_econ.report.runs import Line, Run
from regional_econ.report.words import NBSP, Words

MakeEvidence = Callable[[str], CausalEvidence]
DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "mining_share_pct")
TITLE = "Модель развития"
MOST_PAGES = 4
WRONG = ("contradicted", "confirmed_with_error")


def plain(text: str) -> str:
    return text.replace(NBSP, " ").replace(THIN_SPACE, " ")


@pytest.fixture(scope="module")
def claims(entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence) -> list[Claim]:
    return _judged(entries, rules, make_evidence)


@pytest.fixture(scope="module")
def written(claims: list[Claim], entries: tuple[Entry, ...]) -> dict[Lang, Chapter]:
    return {lang: _read(claims, entries, lang, TITLE) for lang in LANGS}


def test_every_error_is_in_the_letter_with_its_right_figure_and_its_source(
    claims: list[Claim], entries: tuple[Entry, ...], written: dict[Lang, Chapter]
) -> None:
    wrong = {claim.id: claim for claim in claims if claim.verdict.label in WRONG}
    numbers = {entry.id: entry.number for entry in entries if entry.number is not None}
    assert len(wrong) > 10
    for lang in LANGS:
        rows = _rows(written[lang], "corrections")
        assert set(rows) == set(wrong)
        for name, claim in wrong.items():
            _, printed, right, differs, source = rows[name]
            assert printed
            assert differs
            assert source != "–"
            if name in numbers:
                official = claim.checks[0].computed
                assert official is not None
                year = claim.checks[0].stats["year"]
                said = {plain(f"{format_number(official, digits, lang)} {year}") for digits in range(4)}
                assert right in said, name
            elif any(check.kind in ("trend", "rank", "benchmark") for check in claim.checks):
                assert f" {'из' if lang == 'ru' else 'of'} " in right, "the count of cells"


@pytest.mark.parametrize(
    ("claim_id", "right", "differs", "source"),
    [
        ("Q11", "2,170.13 2022", "known here from notes Regions of Russia, 2024 edition line 32", "H74"),
        ("Q15", "1,227.6 2015", "An older edition, revised later Regions of Russia, 2023 edition", "Regions"),
        ("Q24", "48.8 2023", "Another year 2022", "Regions"),
        ("Q25", "0.94 2023", "Possibly another indicator of another year: Personnel in research", "Regions"),
        ("Q01b", "this quantity has other units: km²", "Unit", "The paper itself"),
        ("Q39", "Закон Кемеровской области от 28.12.2018", "Kind of document", "list of references"),
        ("Q41", "Динамика ВРП и инвестиций", "What the figure or table shows", "The paper itself"),
        ("D04b", "falls by 1.0% a year (2015–2022); what is claimed is false in 10 of 10 windows", "Course", "Regions"),
        ("D04b", "by the paper's own numbers the change is −5.8%", "Arithmetic", "The paper itself"),
        ("D07", "place 72 of 85 by swings; what is claimed is false in 15 of 15 windows", "Course", "Regions"),
        ("D18", "falls by 4.0% a year (2015–2023)", "Course", "Regions of Russia"),
    ],
)  # fmt: skip
def test_known_corrections(written: dict[Lang, Chapter], claim_id: str, right: str, differs: str, source: str) -> None:
    row = _rows(written["en"], "corrections")[claim_id]
    assert right in row[2]
    assert differs in row[3]
    assert source in row[4]
    assert "row" not in row[4], "the row of a long table stands on the page of the claim"


def test_each_claim_stands_in_one_part_and_none_that_stands_is_to_be_corrected(
    claims: list[Claim], entries: tuple[Entry, ...], written: dict[Lang, Chapter]
) -> None:
    parts = {claim.id: letter.part_of(claim, entry) for claim, entry in zip(claims, entries, strict=True)}
    stands = {claim.id for claim in claims if claim.verdict.label == "confirmed"}
    assert {name for name, part in parts.items() if part in ("stands", "consistent")} == stands
    for lang in LANGS:
        asked = set(_rows(written[lang], "corrections"))
        assert not asked & stands
        text = markdown(written[lang])
        for name, part in parts.items():
            named = re.search(rf"(?<![A-Z0-9]){name}(?![0-9a-z])", text)
            assert named or part == "by_design", name
    own = letter.result(claims, entries, title=TITLE, inputs={}).values
    again = str(own["again.ids"].value).split(", ")
    left = [part for name, part in parts.items() if name not in again]
    assert {part: own[part].value for part in set(left)} == {part: left.count(part) for part in set(left)}
    assert own["examined"].value == sum(examined(claim) for claim in claims)
    counts = {key: value for key, value in own.items() if key.startswith("count.")}
    assert sum(int(value.value or 0) for value in counts.values()) == len(claims)


def test_what_agrees_within_the_paper_is_not_said_to_be_confirmed_by_data(
    claims: list[Claim], entries: tuple[Entry, ...]
) -> None:
    own = letter.result(claims, entries, title=TITLE, inputs={}).values
    within = str(own["consistent.ids"].value).split(", ")
    listed = {entry.id: entry for entry in entries}
    assert {"D45", "D46", "D47"} <= set(within)
    for name in within:
        assert all(isinstance(check, Internal | Citation) for check in listed[name].checks)
    assert own["count.stands"].value + own["count.consistent"].value + own["count.again"].value == sum(  # type: ignore[operator]
        claim.verdict.label == "confirmed" for claim in claims
    )


def test_a_statement_made_twice_counts_once(claims: list[Claim], entries: tuple[Entry, ...]) -> None:
    by_id = {entry.id: (claim, entry) for claim, entry in zip(claims, entries, strict=True)}
    for ids, again in ((("D03b", "D36"), "D36"), (("D36", "D03b"), "D03b"), (("D36",), "")):  # each repeats the other
        few, listed = [by_id[name][0] for name in ids], [by_id[name][1] for name in ids]
        own = letter.result(few, listed, title="", inputs={}).values
        assert (own["again.ids"].value, own["stands"].value) == (again, 1)


def test_an_effect_without_a_size_that_matters_is_not_asked_of_the_author(
    claims: list[Claim], entries: tuple[Entry, ...]
) -> None:
    pairs = [(claim, entry) for claim, entry in zip(claims, entries, strict=True) if claim.id in ("C03", "C30")]
    shown = _read([claim for claim, _ in pairs], [entry for _, entry in pairs], "en", "")
    (table,) = (table for table in _tables(shown) if table.id == "referee_letter.open")
    assert [row[1][0].text for row in table.rows] == ["C03"]
    assert any("The effect in C30 was estimated here" in item.text for item in shown.items if isinstance(item, Prose))


def test_author_and_title_are_told_apart(claims: list[Claim], entries: tuple[Entry, ...]) -> None:
    paper = load_paper()
    assert paper.author
    assert paper.author not in str(paper.title)
    blocks = letter.section(claims, entries, title=str(paper.title), author=paper.author).blocks
    assert blocks[0] == Paragraph("referee.letter.opening_authored")
    own = letter.result(claims, entries, title=str(paper.title), author=paper.author, inputs={}).values
    assert own["author"].value == paper.author


def test_a_cell_of_markdown_is_one_line_and_goes_on_after_a_colon() -> None:
    def table(*lines: str) -> str:
        cell = tuple(Line((Run(text),)) for text in lines)
        heads = (Head(Line((Run("a"),)), "left", 1.0),)
        return markdown(Chapter("one", "1", "T", (Table("one.t", "1", Line((Run("c"),)), heads, ((cell,),)),)))

    assert table("two\nlines", f"8{NBSP}%").endswith(f"| two lines; 8{NBSP}% |\n")
    assert table("the caption speaks of:", "GRP").endswith("| the caption speaks of: GRP |\n")


def test_what_is_missing_names_each_open_claim_once(
    claims: list[Claim], entries: tuple[Entry, ...], written: dict[Lang, Chapter]
) -> None:
    open_ones = [
        claim.id for claim, entry in zip(claims, entries, strict=True) if letter.part_of(claim, entry) == "open"
    ]
    (table,) = (item for item in _tables(written["en"]) if item.id == "referee_letter.open")
    named = [name for row in table.rows for name in row[1][0].text.split(", ")]
    assert sorted(named) == sorted(open_ones)
    shown = {row[1][0].text: " ".join(line.text for line in row[0]) for row in table.rows}
    assert "population of cities" in shown["Q04, Q05, D37"]


def test_inferences_that_do_not_follow_stand_apart_from_missing_data(written: dict[Lang, Chapter]) -> None:
    rows = _rows(written["en"], "unfounded")
    assert set(rows) == {"C13", "C15", "C57"}
    assert rows["C13"][2].endswith("D18")
    assert "Cause and effect are the same" in rows["C57"][2]


def test_common_statements_say_of_how_many_regions_they_are_true(written: dict[Lang, Chapter]) -> None:
    rows = _rows(written["ru"], "uninformative")
    assert rows["D04"][2] == "62 из 85 регионов"
    assert {row[2].partition(" ")[0] for row in rows.values()} >= {"62", "65", "69"}


def test_effects_stand_with_their_interval_and_what_could_be_detected(written: dict[Lang, Chapter]) -> None:
    # the made-up evidence of conftest: lagged effect, its interval, minimal detectable effect, smallest of interest
    assert _rows(written["en"], "effects")["C12, C31"][2:7] == ["0.10", "−0.40", "0.60", "0.90", "0.50"]


def test_numbers_of_the_letter_are_results(claims: list[Claim], entries: tuple[Entry, ...]) -> None:
    own = letter.section(claims, entries, title=TITLE)
    ids = [cell.id for block in own.blocks if isinstance(block, TableBlock) for cell in _cells(block)
           if isinstance(cell, NumberRef)]  # fmt: skip
    assert set(ids) <= set(_numbers(claims, entries, TITLE))
    assert {"referee.Q24.printed", "referee.Q24.official"} <= set(ids)


@pytest.mark.parametrize("lang", LANGS)
def test_the_letter_is_short(claims: list[Claim], entries: tuple[Entry, ...], lang: Lang, root: Path) -> None:
    words = _words(claims, entries, lang, load_paper().title or "")
    front = {f"front.{key}": Text("Отчёт", "Report") for key in ("title", "subtitle", "answer", "summary.referee")}
    texts = Catalogue({**words.catalogue.texts, **front}, words.catalogue.plurals)
    shown = document(
        [letter.section(claims, entries, title=load_paper().title or "")],
        replace(words, catalogue=texts),
        front="front",
    )
    pages = PdfReader(BytesIO(render_pdf(shown, {}, root / "reports" / "pdf"))).pages
    cover_summary_and_contents = 3
    assert len(pages) - cover_summary_and_contents <= MOST_PAGES


def test_a_letter_on_other_verdicts_has_no_empty_part(claims: list[Claim], entries: tuple[Entry, ...]) -> None:
    by_id = {entry.id: (claim, entry) for claim, entry in zip(claims, entries, strict=True)}
    for ids, parts in (
        (("Q06", "Q11", "Q01"), {"stands", "corrections", "open"}),
        (("D04",), {"uninformative"}),
        (("C06", "C04"), {"effects", "by_design"}),
    ):
        some = [by_id[name] for name in ids]
        few, listed = [claim for claim, _ in some], tuple(entry for _, entry in some)
        section = letter.section(few, listed, title="")
        texts = {block.text.rpartition(".")[2] for block in section.blocks if isinstance(block, Paragraph)}
        always = {"opening_untitled", "done", "close", "signed"}
        assert texts == always | parts
        assert all(block.rows for block in section.blocks if isinstance(block, TableBlock))
        for lang in LANGS:
            assert "–" not in {cell for row in _all_rows(_read(few, listed, lang, "")) for cell in row}
    lone = _read([by_id["Q01"][0]], (by_id["Q01"][1],), "ru", "")
    assert any("недостаёт 1 утверждению" in plain(item.text) for item in lone.items if isinstance(item, Prose))


def test_letters_on_other_papers_ask_for_what_is_wrong_and_for_nothing_else(rules: Rules) -> None:
    panel, vintages, kinds = load_panel(), cache(load_vintages), set()
    for path in sorted((Path(__file__).parent / "seeded").glob("*/*.yml")):
        entries = load_claims(path)
        judged = run(entries, {}, rules, panel=panel, vintages=vintages, hashes={})
        wrong = {claim.id: claim for claim in judged if claim.verdict.label in WRONG and claim.type != "inference"}
        for lang in LANGS:
            rows = _rows(_read(judged, entries, lang, load_paper(path).title or ""), "corrections") if wrong else {}
            assert set(rows) == set(wrong), path
            assert all("–" not in row for row in rows.values()), path
        kinds |= {check.kind for claim in wrong.values() for check in claim.checks if check.result == "fail"}
    assert kinds >= {"recompute", "internal_consistency", "unit", "citation", "benchmark", "rank", "trend"}


def test_inferences_from_errors_are_not_asked_to_be_corrected(claims: list[Claim], entries: tuple[Entry, ...]) -> None:
    claim, entry = next(pair for pair in zip(claims, entries, strict=True) if pair[0].id == "C13")
    for label in ("confirmed_with_error", "true_but_uninformative", "negligible"):
        rested = replace(claim, verdict=replace(claim.verdict, label=label))
        assert letter.part_of(rested, entry) == "open"
    assert letter.part_of(replace(claim, verdict=replace(claim.verdict, label="leans_for")), entry) == "stands"


def test_what_the_letter_calls_by_a_text_of_its_own_has_one() -> None:
    texts = load_catalogue().texts
    assert {f"referee.letter.decides.{gap}" for gap in letter.DECIDED_BY} <= set(texts)
    assert {f"referee.letter.differs.{gap}" for gap in ELEMENTS} <= set(texts)
    assert {f"referee.letter.evidence.{kind}" for kind in KIND_OF.values()} <= set(texts)
    assert {f"referee.gap.{gap}" for gap in KIND_OF} <= set(texts)
    assert {f"referee.unit.{name}" for name in USUAL} <= set(texts)


def test_the_command_writes_the_letter_of_another_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a bare folder: a paper without effects needs no study
    number = {"kind": "number", "variable": "population_thousand", "region": "RU-TOM", "year": 2022, "printed": "999,9",
              "scale": 1, "relation": "equals"}  # fmt: skip
    quote = {"text": "999,9", "start": 0, "end": 5, "translation": "999.9"}
    document = {"title": "Другая статья", "sha256": "0" * 64}
    entry = {"id": "A01", "type": "quantitative", "quote": quote, "checks": [number]}
    content = yaml.safe_dump({"schema_version": "2", "document": document, "claims": [entry]}, allow_unicode=True)
    (tmp_path / "other.yml").write_text(content, encoding="utf-8")
    arguments = ["letter", "--lang", "ru", "--claims", "other.yml"]
    shown = CliRunner().invoke(app, arguments, catch_exceptions=False).stdout
    assert "«Другая статья»" in shown
    assert "оценками" not in shown, "nothing was compared with estimates"
    assert f"Просим исправить или уточнить 1{NBSP}место" in shown
    assert "| A01 | 999,9; Численность населения" in shown
    assert "недостаёт" not in shown
    export = CliRunner().invoke(app, ["export", "--claims", "other.yml", "--out", "made"], catch_exceptions=False)
    assert export.exit_code == 0
    assert json.loads((tmp_path / "made" / "verdicts.json").read_text(encoding="utf-8"))["claims"][0]["id"] == "A01"
    said = CliRunner().invoke(app, [*arguments, "--out", "letter.md"], catch_exceptions=False).stdout
    assert "letter.md" in said
    assert (tmp_path / "letter.md").read_text(encoding="utf-8").rstrip() == shown.rstrip()
    answer = json.loads(CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert answer["data"] == {"lang": "ru", "text": shown}
    refused = CliRunner().invoke(app, ["letter", "--lang", "de"]).exception
    assert isinstance(refused, OptionError)


def _judged(entries: tuple[Entry, ...], rules: Rules, make_evidence: MakeEvidence) -> list[Claim]:
    known = {driver: make_evidence(driver) for driver in DRIVERS}
    return run(entries, known, rules, panel=load_panel(), vintages=cache(load_vintages), hashes={})


def _numbers(claims: Sequence[Claim], entries: Sequence[Entry], title: str) -> dict[str, object]:
    written = [
        *results(claims, entries, inputs={}), letter.result(claims, entries, title=title, inputs={}),
        base_rates.result(base_rates.load_base_rates()),
    ]  # fmt: skip
    return {f"{result.id}.{key}": value for result in written for key, value in result.values.items()}


def _words(claims: Sequence[Claim], entries: Sequence[Entry], lang: Lang, title: str) -> Words:
    catalogue, labels, regions = _names()
    return Words(lang, catalogue, _numbers(claims, entries, title), labels, regions)  # type: ignore[arg-type]


@cache
def _names() -> tuple[Catalogue, dict[str, Text], dict[str, Text]]:
    labels = {name: variable.label for name, variable in load_variables().items()}
    return load_catalogue(), labels, {name: region.name for name, region in load_regions().items()}


def _read(claims: Sequence[Claim], entries: Sequence[Entry], lang: Lang, title: str) -> Chapter:
    return chapter(letter.section(claims, entries, title=title), _words(claims, entries, lang, title))


def _tables(written: Chapter) -> list[Table]:
    return [item for item in written.items if isinstance(item, Table)]


def _all_rows(written: Chapter) -> list[list[str]]:
    return [[_said(cell) for cell in row] for table in _tables(written) for row in table.rows]


def _rows(written: Chapter, name: str) -> dict[str, list[str]]:
    (table,) = (table for table in _tables(written) if table.id == f"referee_letter.{name}")
    rows = [[_said(cell) for cell in row] for row in table.rows]
    return {row[0]: row for row in rows}


def _said(cell: Sequence[Line]) -> str:
    return plain(" ".join(line.text for line in cell))


def _cells(table: TableBlock) -> list[Cell]:
    found, todo = [], [cell for row in table.rows for cell in row]
    while todo:
        cell = todo.pop()
        if isinstance(cell, Stack):
            todo.extend(cell.cells)
        else:
            found.append(cell)
    return found
