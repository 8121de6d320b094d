"""The report before its media: sections in a language, every number with its result, every missing piece named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import report_sample as sample

from regional_econ._base.errors import OptionError, StoreError, TextError, UnknownNameError
from regional_econ._base.text import LANGS, Lang
from regional_econ.core.section import (
    FIGURE_KINDS,
    SECTION_ORDER,
    CardBlock,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    Verbatim,
)
from regional_econ.core.workspace import Workspace
from regional_econ.report.build import picture, read_sections, write_report
from regional_econ.report.document import Card, Document, Prose, document
from regional_econ.report.runs import Run


def read(lang: Lang = "en") -> Document:
    return document(sample.sections(), sample.words(lang), front="sample")


def workspace_in(folder: Path) -> Workspace:
    study = folder / "analyses" / "study.toml"
    study.parent.mkdir()
    study.write_bytes((sample.ROOT / "analyses" / "study.toml").read_bytes())
    return Workspace(study, "quick")


def test_chapters_tables_figures_and_claims_stand_in_order_and_are_counted() -> None:
    found = read()
    assert [(chapter.number, chapter.id) for chapter in found.chapters] == [
        ("1", "data"),
        ("2", "panel"),
        ("3", "referee"),
    ]
    assert [table.number for table in found.tables()] == ["Table 1"]
    assert [one.number for one in found.pictures()] == [f"Figure {n}" for n in range(1, len(found.pictures()) + 1)]
    assert {one.kind for one in found.pictures()} == set(FIGURE_KINDS)
    assert [(chapter.id, card.anchor) for chapter, card in found.claims()] == [
        ("referee", "claim-C06"), ("referee", "claim-C12"), ("referee", "claim-C31"),
    ]  # fmt: skip


def test_numbers_of_texts_cells_and_verdicts_know_their_results() -> None:
    found = read()
    assert found.answer[0].numbers == ("demo.probability", "demo.p50", "demo.wear", "demo.n_regions")
    prose = next(item for item in found.chapters[0].items if isinstance(item, Prose))
    assert prose.numbers == ("demo.grp", "demo.change")
    rows = found.tables()[0].rows
    assert rows[0][2][0].runs == (Run("47.5", "demo.wear"),)
    assert rows[1][2][1].runs == (Run("(", None), Run("0.0650", "demo.se"), Run(")", None))
    assert rows[0][1][0].numbers == ()
    cards = [card for _, card in found.claims()]
    assert cards[0].label.runs == (Run("Leans for", "referee.C06.label"),)
    assert cards[0].certainty.numbers == ("referee.C06.certainty",)
    assert cards[1].label.numbers == ()
    assert cards[2].certainty.text == ""
    first, second = cards[0].reasons
    assert first.value.runs == (Run("0.833", "referee.C06.trace.1.value"),)
    assert first.threshold.numbers == ("referee.C06.trace.1.threshold",)
    assert (second.value.text, second.value.numbers) == ("–", ())


def test_a_trace_without_its_results_stops_the_build() -> None:
    words = sample.words("en")
    numbers = {key: value for key, value in words.numbers.items() if key != "referee.C12.trace.1.threshold"}
    with pytest.raises(UnknownNameError, match=r"referee\.C12\.trace\.1\.threshold"):
        document(sample.sections(), replace(words, numbers=numbers), front="sample")


def test_a_table_is_its_own_csv() -> None:
    frame = read("ru").tables()[0].frame()
    assert list(frame.columns) == ["Показатель", "В статье", "Официально", "Пояснение"]
    assert frame.iloc[1, 2] == "8,5 (0,0650)"
    assert frame.iloc[0, 1] == "47,5"


@pytest.mark.parametrize("name", ["../../pwn", "/etc/x", "a/b", "", "a b", ".x", "a\n"])
def test_an_id_that_could_not_name_a_file_is_refused(tmp_path: Path, name: str) -> None:
    first, *_ = sample.sections()
    figure = replace(first.blocks[-1], id=name)  # type: ignore[type-var]
    for section in (replace(first, blocks=(figure,)), replace(first, id=name)):
        with pytest.raises(StoreError, match="cannot be the id"):
            write_report([section], [sample.words("en")], sample.ledger(), sample.SOURCES, tmp_path, front="sample")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["section", "table or figure", "card"])
def test_nothing_is_shown_twice_under_one_id(kind: str) -> None:
    first, models, verdicts = sample.sections()
    doubled = {
        "section": [first, replace(models, id="data")],
        "table or figure": [first, replace(first, id="again")],
        "card": [verdicts, Section("again", "sample.data", verdicts.blocks[-1:])],
    }
    with pytest.raises(StoreError, match=f"more than one {kind}"):
        document(doubled[kind], sample.words("en"), front="sample")


@pytest.mark.parametrize(("text", "kind"), [("sample.bare", TextError), ("sample.no_such_text", UnknownNameError)])
def test_a_bad_text_stops_the_build_before_anything_is_written(
    tmp_path: Path, text: str, kind: type[Exception]
) -> None:
    sections = [Section("data", "sample.data", (Paragraph(text),))]
    words = [sample.words("en"), sample.words("ru")]
    with pytest.raises(kind, match=text.replace(".", r"\.")):
        write_report(sections, words, sample.ledger(), sample.SOURCES, tmp_path, front="sample")
    assert not list(tmp_path.iterdir())


def test_a_cell_without_a_result_is_named() -> None:
    whole = sample.sections()[0]
    table = whole.blocks[1]
    cell = Stack((Verbatim("1"), NumberRef("demo.gpr")))
    broken = replace(whole, blocks=(replace(table, rows=((cell,) * 4,)),))  # type: ignore[type-var]
    with pytest.raises(UnknownNameError, match=r"demo\.gpr"):
        document([broken], sample.words("en"), front="sample")


def test_a_gap_or_criterion_without_a_name_stops_the_build() -> None:
    words = sample.words("en")
    texts = {key: value for key, value in words.catalogue.texts.items() if key != "referee.criterion.sign_share"}
    with pytest.raises(TextError, match=r"referee\.criterion\.sign_share"):
        document(sample.sections(), replace(words, catalogue=replace(words.catalogue, texts=texts)), front="sample")


@pytest.mark.parametrize("kind", ["label", "certainty"])
def test_every_label_and_certainty_has_a_name(kind: str) -> None:
    schema = json.loads((sample.ROOT / "data" / "schemas" / "claim.schema.json").read_text(encoding="utf-8"))
    names = schema["properties"]["verdict"]["properties"][kind]["enum"]
    texts = sample.catalogue().texts
    assert [name for name in names if name is not None and f"report.{kind}.{name}" not in texts] == []


def test_a_missing_section_names_the_command_that_makes_it(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    for name in SECTION_ORDER[:-1]:
        workspace.write_section(Section(name, "sample.data", ()))
    with pytest.raises(StoreError, match=rf"{SECTION_ORDER[-1]}.*reproduce --profile quick"):
        read_sections(workspace)
    workspace.write_section(Section(SECTION_ORDER[-1], "sample.data", ()))
    assert [section.id for section in read_sections(workspace)] == list(SECTION_ORDER)


def test_one_figure_can_leave_the_report(tmp_path: Path) -> None:
    workspace = workspace_in(tmp_path)
    workspace.write_section(sample.sections()[0])
    svg = picture(workspace, "sample-fan", labels=sample.LABELS, regions=sample.REGIONS)
    assert svg.count("<path") > 10
    with pytest.raises(UnknownNameError, match="sample-fan"):
        picture(workspace, "sample-fam", labels=sample.LABELS, regions=sample.REGIONS)


@pytest.mark.parametrize("lang", LANGS)
def test_texts_of_the_report_have_both_halves_and_no_bare_number(lang: Lang) -> None:
    words = sample.words(lang)
    own = ("report.figure", "report.chart", "report.label", "report.method", "report.choice", "report.unit")
    assert all(words.text(key) for key in words.catalogue.texts if key.startswith(own))


@pytest.mark.parametrize("lang", LANGS)
def test_a_card_knows_the_numbers_of_the_result_that_it_calls_its_own(lang: Lang) -> None:
    (card,) = (item for chapter in read(lang).chapters for item in chapter.items if isinstance(item, Card))
    (fact,), (folded,) = card.facts, card.more
    assert fact.lines[0].numbers == ("demo.p50",)
    assert fact.lines[0].text == {"ru": "прогноз 8,5\u00a0%", "en": "forecast 8.5%"}[lang]
    assert [line.numbers for line in folded.lines] == [("demo.change",), ()]
    assert (card.title.text, card.anchor, card.tone) == ({"ru": "мера", "en": "measure"}[lang], "card-L01", "open")
    with pytest.raises(UnknownNameError, match=r"unknown result '\.p50'"):
        sample.words(lang).line("sample.own")


def test_a_card_without_a_tone_is_refused() -> None:
    with pytest.raises(OptionError, match="card tone"):
        CardBlock("L01", Verbatim("x"), "sample.agrees", "against", Verbatim("x"), ())  # type: ignore[arg-type]
