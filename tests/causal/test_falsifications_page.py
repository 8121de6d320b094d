"""The page of falsifications: every number is a result, every test has its row, and both languages fill."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.effort import Effort
from regional_econ.causal.event_table import load_events
from regional_econ.causal.falsify import Falsified, QuestionEstimate, falsify
from regional_econ.causal.pages import falsifications
from regional_econ.causal.questions import Questions, load_questions
from regional_econ.causal.verdicts import Found
from regional_econ.core.panel import Panel
from regional_econ.core.section import Cell, NumberRef, Paragraph, Section, Stack, TableBlock, TextRef
from regional_econ.data.catalogue import load_variables
from regional_econ.data.tables import load_industries, load_national, load_neighbours
from regional_econ.report.document import Chapter, Table, document
from regional_econ.report.words import Words

SMALL = Effort(splits=1, folds=2, exchanges=99)
FRONT = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}


@pytest.fixture(scope="module")
def questions() -> Questions:
    return load_questions(variables=load_variables())


@pytest.fixture(scope="module")
def found(official: Panel, declared: Multiverse, questions: Questions) -> Falsified:
    return falsify(
        official, declared, questions, national=load_national(), industries=load_industries(),
        pairs=load_neighbours(), events=load_events(), focal_region="RU-KEM", seed=1, effort=SMALL,
    )  # fmt: skip


def refs(cell: Cell) -> list[Cell]:
    return [part for one in cell.cells for part in refs(one)] if isinstance(cell, Stack) else [cell]


def tables(section: Section) -> dict[str, TableBlock]:
    return {block.id: block for block in section.blocks if isinstance(block, TableBlock)}


def test_every_number_on_the_page_is_a_result(found: Falsified, questions: Questions) -> None:
    result, section = falsifications.result(found), falsifications.section(found, questions)
    cells = [part for table in tables(section).values() for row in table.rows for cell in row for part in refs(cell)]
    shown = {cell.id.removeprefix(f"{result.id}.") for cell in cells if isinstance(cell, NumberRef)}
    assert shown <= set(result.values)
    assert len(shown) > 250
    assert all(isinstance(value.value, float | int) and math.isfinite(value.value) for value in result.values.values())
    assert set(result.inputs) == {"panel", "questions.yml"}


def test_every_declared_test_has_its_row_and_its_verdict(found: Falsified, questions: Questions) -> None:
    """Each falsification of the file is there, pleasing or not; every other design is shown without a verdict."""
    declared = {(one.id, test.design) for one in questions.with_status("testable") for test in one.falsifications}
    ruled = {(one.question, one.design) for one in found.outcomes if one.rule}
    assert ruled == declared
    named = {(one.id, design) for one in questions.with_status("testable") for design in one.designs}
    assert {(one.question, one.design) for one in found.outcomes} == named | declared
    rows = tables(falsifications.section(found, questions))["falsifications.tests"].rows
    assert len(rows) == sum(one.rule is not None for one in found.outcomes)
    verdicts = [part.id.rpartition(".")[2] for row in rows for part in refs(row[-1]) if isinstance(part, TextRef)]
    expected = {name: sum(one.verdict == name for one in found.outcomes) for name in ("passes", "fails", "cannot")}
    assert {name: verdicts.count(name) for name in expected} == expected


def test_the_counts_are_those_of_the_table(found: Falsified) -> None:
    values = falsifications.result(found).values
    assert values["declared"].value == 43
    assert sum(float(str(values[name].value)) for name in ("passes", "fails", "cannot")) == 43
    assert values["nulls"].value == sum(
        one.null is True for one in found.estimates
    )  # fmt: skip
    assert values["draws"].value == 99


def chapter(section: Section, found: Falsified, lang: Lang, folder: Path) -> Chapter:
    texts = Catalogue.load(sorted((data_dir() / "texts").glob("*.yml")))
    result = falsifications.result(found)
    numbers = {f"{result.id}.{key}": value for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in load_variables().items()}
    words = Words(lang, Catalogue({**texts.texts, **FRONT}, texts.plurals), numbers, labels, {})
    section.write(folder / "section.json")
    (one,) = document([Section.read(folder / "section.json")], words, front="front").chapters
    return one


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders(lang: Lang, found: Falsified, questions: Questions, tmp_path: Path) -> None:
    section = falsifications.section(found, questions)
    read = chapter(section, found, lang, tmp_path)
    estimates, *_ = [item for item in read.items if isinstance(item, Table)]
    shown = [[" ".join(line.text for line in cell) for cell in row] for row in estimates.rows]
    asked = questions.with_status("testable")
    assert [row[0].startswith(one.title.get(lang)) for row, one in zip(shown, asked, strict=True)] == [True] * 12
    null = {"ru": "нулевой результат", "en": "a null result"}[lang]
    assert [row[3] == null for row in shown] == [one.null is True for one in found.estimates]
    texts = Catalogue.load([data_dir() / "texts" / "causal_falsifications.yml"]).texts
    named = set(re.findall(r"causal_falsifications\.[\w.+-]+", (tmp_path / "section.json").read_text(encoding="utf-8")))
    assert {key for key in texts if key.startswith("causal_falsifications.")} - named <= {
        "causal_falsifications.reason.no_covariates", "causal_falsifications.reason.data",
        "causal_falsifications.unbounded", "causal_falsifications.unbounded_low",
        "causal_falsifications.unbounded_high", "causal_falsifications.gaps", "causal_falsifications.with_gaps",
        "causal_falsifications.undetectable", "causal_falsifications.undetected",
    }  # fmt: skip


@pytest.mark.parametrize("ruled", [True, False])
def test_why_a_test_is_impossible_reaches_the_page(
    found: Falsified, questions: Questions, tmp_path: Path, ruled: bool
) -> None:
    """With a rule or without one: the test, the reason in words, and what the program said."""
    at = next(k for k, one in enumerate(found.outcomes) if (one.rule is not None) is ruled)
    one = replace(
        found.outcomes[at],
        verdict="cannot",
        found=Found(impossible="data", note=Text("связаны", "collinear regressors")),
    )
    changed = replace(found, outcomes=(*found.outcomes[:at], one, *found.outcomes[at + 1 :]))
    *_, last = [item for item in chapter(falsifications.section(changed, questions), changed, "en", tmp_path).items
                if isinstance(item, Table)]  # fmt: skip
    rows = [[" ".join(line.text for line in cell) for cell in row] for row in last.rows]
    assert [rows[0][0], *rows[0][2:]] == [
        questions.question(one.question).title.en, "not with these series", "collinear regressors",
    ]  # fmt: skip
    assert rows[1][2] == "withheld"
    assert rows[1][3].startswith("No sourced table")
    possible = replace(found, outcomes=tuple(one for one in found.outcomes if not one.found.impossible))
    assert "falsifications.impossible" not in tables(falsifications.section(possible, questions))


def test_further_outcomes_are_spoken_of_where_a_question_has_them(found: Falsified, questions: Questions) -> None:
    def spoken(estimates: tuple[QuestionEstimate, ...]) -> bool:
        blocks = falsifications.section(replace(found, estimates=estimates), questions).blocks
        return any(getattr(block, "text", "") == "causal_falsifications.beside" for block in blocks)

    assert spoken(found.estimates)
    assert not spoken(tuple(one for one in found.estimates if not questions.question(one.question).beside))


def test_an_unbounded_interval_and_an_immense_effect_have_words(
    found: Falsified, questions: Questions, tmp_path: Path
) -> None:
    """What is no number has none: the page still renders, and the paragraph on prices stands only where it is true."""
    first, *others = found.estimates
    endless = replace(first, high=math.inf, mde=math.inf, has_gaps=True)
    small = [replace(one, mde=1.0) for one in others]
    changed = replace(found, estimates=(endless, *small))
    read = chapter(falsifications.section(changed, questions), changed, "en", tmp_path)
    table = next(item for item in read.items if isinstance(item, Table))
    row = [" ".join(line.text for line in cell) for cell in table.rows[0]]
    assert row[1].endswith("unbounded] with gaps")
    assert row[2] == "none"
    immense = replace(found, estimates=(replace(first, mde=1e4), *small))
    immense_table = chapter(falsifications.section(immense, questions), immense, "en", tmp_path).items
    first_row = next(item for item in immense_table if isinstance(item, Table)).rows[0]
    assert " ".join(line.text for line in first_row[2]) == "more than tenfold"
    words = [getattr(item, "text", "") for item in read.items]
    assert any(text.startswith("An interval with gaps") for text in words)
    assert any(text.startswith("Where no effect is rejected, however large") for text in words)
    bounds = next(item for item in read.items if isinstance(item, Table) and item.id == "falsifications.designs")
    ends = [" ".join(line.text for line in row[3]) for row in bounds.rows if row[1][0].text.startswith("measurement")]
    assert ends[0].endswith("unbounded]"), "a reverse regression leads to the edge of the share"
    assert re.fullmatch(r"\[[\d.]+; [\d.]+\]", ends[-1]), "an elasticity has no edge"
    both = replace(found, estimates=(replace(first, low=-math.inf, high=math.inf), *others))
    table = next(item for item in chapter(falsifications.section(both, questions), both, "en", tmp_path).items
                 if isinstance(item, Table))  # fmt: skip
    assert " ".join(line.text for line in table.rows[0][1]).endswith(" unbounded")


@pytest.mark.parametrize(
    ("priced", "others", "told"), [(2000.0, 1.0, True), (1.0, 2000.0, False), (math.inf, 1.0, True), (1.0, 1.0, False)]
)
def test_prices_are_called_silent_only_for_what_price_questions_could_find(
    found: Falsified, questions: Questions, priced: float, others: float, told: bool
) -> None:
    estimates = tuple(replace(one, mde=priced if one.kind == "price" else others) for one in found.estimates)
    blocks = falsifications.section(replace(found, estimates=estimates), questions).blocks
    assert (Paragraph("causal_falsifications.prices") in blocks) == told
