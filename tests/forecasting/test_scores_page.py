"""The page on scores says what its numbers say, in both languages, for the full and the quick profile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import scores_sample as sample
from choice_sample import CHOICE, CRPS, calibration, record

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    SECTION_ORDER,
    FigureBlock,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.data.declared import read_yaml
from regional_econ.forecasting.backtest import MODEL, Backtest
from regional_econ.forecasting.indicators import IDS
from regional_econ.forecasting.pages import candidates, sbc
from regional_econ.forecasting.pages import scores as page
from regional_econ.forecasting.score_results import GOALS
from regional_econ.forecasting.summary import MODELS, POOLED
from regional_econ.report.charts.draw import chart, chart_svg
from regional_econ.report.charts.style import Size
from regional_econ.report.document import document
from regional_econ.report.words import Words

FILE = data_dir() / "texts" / "forecasting_scores.yml"
LATE = "backtest.late"


def case(which: str) -> tuple[Backtest, tuple[Result, ...]]:
    return (sample.full(), sample.full_results()) if which == "full" else (sample.quick(), sample.quick_results())


def words(lang: Lang, results: Sequence[Result]) -> Words:
    files = [data_dir() / "texts" / name for name in ("report.yml", "charts.yml")]
    catalogue = Catalogue.load([*files, FILE])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{one.id}.{key}": value for one in results for key, value in one.values.items()}
    return Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, {}, {})


def blocks(which: str = "full") -> dict[str, TableBlock | FigureBlock]:
    found = page.section(*case(which)).blocks
    return {block.id: block for block in found if isinstance(block, TableBlock | FigureBlock)}


def paragraphs(found: Section) -> list[str]:
    return [block.text.removeprefix("forecast_scores.") for block in found.blocks if isinstance(block, Paragraph)]


def changed(values: dict[str, Value]) -> Section:
    """The page where some numbers of the judgement are others."""
    backtest, results = case("full")
    late = next(one for one in results if one.id == LATE)
    others = [one for one in results if one.id != LATE]
    return page.section(backtest, [*others, replace(late, values={**late.values, **values})])


@pytest.mark.parametrize("which", ["full", "quick"])
@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, which: str, tmp_path: Path) -> None:
    backtest, results = case(which)
    page.section(backtest, results).write(tmp_path / "page.json")
    found = words(lang, results)
    read = document([Section.read(tmp_path / "page.json")], found, front="front")
    assert [chapter.id for chapter in read.chapters] == ["forecast_scores"]
    for picture in read.pictures():
        size: Size = "narrow" if lang == "ru" else "wide"
        assert "NaN" not in chart_svg(chart(picture.kind, picture.frame, found, picture.options, size))
    written = [line.text for table in read.tables() for row in table.rows for cell in row for line in cell]
    assert not [text for text in written if re.search(r"nan|None|нет данных|not available", text)]


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_of_the_file_can_be_filled(lang: Lang) -> None:
    recorded = (*candidates.results(record(CRPS), CHOICE), *sbc.results(calibration(None)))
    found = words(lang, [*sample.full_results(), *recorded])
    shown = [found.text(key) for key in read_yaml(FILE)]
    assert not [text for text in shown if "{" in text]
    assert bool(re.search("[А-я]", " ".join(shown))) == (lang == "ru")


def test_the_section_has_its_place_and_card() -> None:
    assert SECTION_ORDER.index(page.SECTION_ID) == SECTION_ORDER.index("forecast") + 1
    assert "report.card.forecast_scores" in read_yaml(FILE)


def test_the_quick_profile_says_so_and_claims_nothing() -> None:
    quick, full = paragraphs(page.section(*case("quick"))), paragraphs(page.section(*case("full")))
    assert "quick" in quick
    assert "quick" not in full
    assert {"best.unjudged", "tests.absent", "covered80.unjudged", "pit.absent", "joint.unjudged"} <= set(quick)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (f"{POOLED}.{MODEL}.skill_best", "best"), ("rival.skill", "rival"), (f"{POOLED}.energy.gain", "joint"),
        (f"{POOLED}.{MODEL}.skill_interval95", "bands"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("low", "high", "said"), [(1.0, 2.0, "better"), (-2.0, -1.0, "worse"), (-1.0, 1.0, "open")])
def test_the_words_follow_the_interval(key: str, text: str, low: float, high: float, said: str) -> None:
    found = paragraphs(changed({f"{key}_low": Value(low), f"{key}_high": Value(high)}))
    assert f"{text}.{said}" in found
    assert len([one for one in found if one.startswith(f"{text}.")]) == 1


@pytest.mark.parametrize(
    ("p", "gain", "said"), [(0.016, 3.0, "better"), (0.016, -3.0, "worse"), (0.06, 3.0, "open"), (None, 3.0, "absent")]
)
def test_the_words_follow_the_test(p: float | None, gain: float, said: str) -> None:
    values = {"tests.benchmark.sign_flip.p_value": Value(p), "tests.benchmark.gain": Value(gain)}
    assert f"tests.{said}" in paragraphs(changed(values))


@pytest.mark.parametrize(
    ("inside", "covered", "said"), [(True, 79.0, "holds"), (False, 90.0, "wide"), (False, 70.0, "narrow")]
)
def test_the_words_follow_the_coverage(inside: bool, covered: float, said: str) -> None:
    key = f"{POOLED}.{MODEL}"
    found = paragraphs(changed({f"{key}.inside80": Value(inside), f"{key}.covered80": Value(covered)}))
    assert f"covered80.{said}" in found


@pytest.mark.parametrize(("p", "said"), [(0.01, "uneven"), (0.4, "uniform"), (None, "absent")])
def test_the_words_follow_evenness(p: float | None, said: str) -> None:
    assert f"pit.{said}" in paragraphs(changed({"tests.pit.pooled.p_value": Value(p)}))


@pytest.mark.parametrize("missed", [(), ("crps",), tuple(goal.name for goal in GOALS)])
def test_each_missed_goal_has_its_cause(missed: tuple[str, ...]) -> None:
    backtest, results = case("full")
    whole = next(one for one in results if one.id == "backtest")
    status = {f"goals.{goal.name}.status": Value("not_met" if goal.name in missed else "met") for goal in GOALS}
    others = [one for one in results if one.id != "backtest"]
    found = paragraphs(page.section(backtest, [*others, replace(whole, values={**whole.values, **status})]))
    causes = [text.removeprefix("cause.") for text in found if text.startswith("cause.")]
    assert causes == [*missed, *(("tried",) if missed else ())]


def test_bands_that_cannot_be_judged_are_not_counted() -> None:
    goals = blocks("quick")["forecast_scores.goals"]
    assert isinstance(goals, TableBlock)
    rows = [row for row in goals.rows if row[0] == TextRef("forecast_scores.goals.inside80")]
    assert rows[0][2:5:2] == (Verbatim("–"), Verbatim("–"))
    assert rows[0][3] == TextRef("forecast_scores.status.not_judged")


@pytest.mark.parametrize("lang", LANGS)
def test_the_day_of_the_choice_is_written_in_words(lang: Lang) -> None:
    said = words(lang, sample.full_results()).text("forecast_scores.what").replace("\xa0", " ")
    assert ("29 ноября 2026 года" if lang == "ru" else "29 November 2026") in said


def test_tables_name_every_method_indicator_and_goal() -> None:
    found = blocks()
    league, table, goals = (found[f"forecast_scores.{name}"] for name in ("league", "table", "goals"))
    assert isinstance(league, TableBlock)
    assert isinstance(table, TableBlock)
    assert isinstance(goals, TableBlock)
    assert [row[0] for row in league.rows] == [TextRef(f"forecast_scores.model.{model}") for model in MODELS]
    ratio = f"{LATE}.pooled.theta.ratio_best"
    assert league.rows[MODELS.index("theta")][1] == Stack((NumberRef(ratio), NumberRef(f"{ratio}_se", "({})")))
    assert league.rows[0][-1] == Verbatim("–"), "the model is not compared with itself"
    assert [row[0] for row in table.rows] == [TextRef(f"forecast_scores.indicator.{name}") for name in (*IDS, POOLED)]
    own = next(one for one in sample.full_results() if one.id == LATE).values[f"wear_pct.{MODEL}.own_benchmark"].value
    stricter = table.rows[IDS.index("wear_pct")][3]
    assert stricter == Stack((NumberRef(f"{LATE}.wear_pct.{MODEL}.skill_own"), TextRef(f"forecast_scores.short.{own}")))
    assert len(goals.rows) == 8
    assert goals.rows[0][3] == TextRef("forecast_scores.status.met")
    assert goals.rows[0][1] == NumberRef("backtest.goals.crps.target", "≥ {}")


def test_figures_hold_every_indicator() -> None:
    found = blocks()
    horizons, coverage, pit = (found[f"forecast_scores.{name}"] for name in ("horizons", "coverage", "pit"))
    assert isinstance(horizons, FigureBlock)
    assert isinstance(coverage, FigureBlock)
    assert isinstance(pit, FigureBlock)
    names = [f"indicator.{name}" for name in (*IDS, POOLED)]
    for block, column in ((horizons, "panel"), (coverage, "model"), (pit, "panel")):
        assert block.data[column].drop_duplicates().tolist() == names
    assert len(horizons.data) == 2 * 5 * len(names) - 1, "innovation activity has no outcome five years ahead"
    drawn = coverage.data.set_index(["model", "nominal"]).loc[("indicator.pooled", 0.8)]
    late = next(one for one in sample.full_results() if one.id == LATE).values
    error = float(late[f"pooled.{MODEL}.covered80_se"].value or 0) / 100
    assert drawn["coverage"] - drawn["conf_low"] == pytest.approx(2.4469 * error, rel=1e-4), "t on six degrees"
    assert pit.data.groupby("panel")["share"].sum().to_numpy() == pytest.approx([1.0] * len(names))
    assert pit.data["conf_low"].min() >= 0
    quick = blocks("quick")["forecast_scores.coverage"]
    assert isinstance(quick, FigureBlock)
    assert "conf_low" not in quick.data.columns
    assert isinstance(quick.data, pd.DataFrame)


def test_a_part_of_the_indicators_makes_a_smaller_page() -> None:
    some = sample.backtest((2014, 2016, 2017, 2018), ("researchers", "innovation_activity_pct"))
    from regional_econ.forecasting.score_results import score_results

    results = score_results(some, sample.panel(), seed=1)
    found = page.section(some, results)
    table = next(block for block in found.blocks if isinstance(block, TableBlock) and block.id.endswith(".table"))
    assert len(table.rows) == 3
    shown = words("en", results)
    for block in found.blocks:
        if isinstance(block, FigureBlock):
            svg = chart_svg(chart(block.kind, block.data, shown, block.options))
            assert "NaN" not in svg
