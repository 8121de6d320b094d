"""The page on planted effects reads the record, says what each design does, and says so where there is no record."""

from __future__ import annotations

import re
from pathlib import Path

import planted_study as study
import planted_world
import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.causal.pages import planted
from regional_econ.core.results import Result, Value
from regional_econ.core.section import NumberRef, Paragraph, Section, Stack, TableBlock, TextRef
from regional_econ.report.document import document
from regional_econ.report.words import Words

MISSING = {"alone": ("trend", 40.0, 70.0), "between": ("level", 3.0, 80.0), "iv": ("all", -30.0, 94.0)}


@pytest.fixture(scope="module")
def recorded() -> Result:
    """A record in which all designs find the effect but three, each in one world."""
    values = study.constants() | {f"panels.{kind}": Value(4, digits=0) for kind in study.PANELS}
    values |= {f"nominal_pct.{name}": Value(100 * share, "%", 0) for name, share in study.NOMINAL.items()}
    for world in planted_world.WORLDS:
        for design in study.DESIGNS:
            where, bias, coverage = MISSING.get(design, ("", 0.0, 0.0))
            bias, coverage = (bias, coverage) if where == world else (2.0, 93.0)
            key = f"{world}.{design}"
            values |= {
                f"{key}.bias": Value(bias / 500, "", 3, 0.001),
                f"{key}.bias_pct": Value(bias, "%", 0, 1.0),
                f"{key}.rmse": Value(0.05, "", 3, 0.001),
                f"{key}.coverage_pct": Value(coverage, "%", 0, 2.5 if design == "double_ml" else 1.5),
                f"{key}.rejection_pct": Value(80.0, "%", 0, 1.0),
            }
        values |= {f"{world}.placebo.{key}_pct": Value(10.0, "%", 0, 1.0) for key in ("warns", "inside")}
        values[f"{world}.iv_f"] = Value(50.0, "", 0, 1.0)
    return Result("calibrate.planted", values, {"code": "c"})


def test_the_page_shows_all_that_the_study_judges() -> None:
    assert set(planted.WORLDS) == set(planted_world.WORLDS)
    assert set(planted.DESIGNS) == set(study.DESIGNS)
    assert set(planted.KINDS) == {name for name, kind in study.DESIGNS.items() if kind != "quick"}
    assert all(study.DESIGNS[name] == kind for name, kind in planted.KINDS.items())


def test_readings_follow_the_limits(recorded: Result) -> None:
    read = {
        (world, design): planted.reading(recorded, world, design)
        for world in planted.WORLDS
        for design in planted.DESIGNS
    }
    others = {("trend", "alone"): "misses", ("level", "between"): "narrow", ("all", "iv"): "off"}
    assert {key: word for key, word in read.items() if word != "finds"} == others
    values = planted.results(recorded)[0].values
    assert values["alone.n_finds"].value == len(planted.WORLDS) - 1
    assert values["trend.n_finds"].value == len(planted.DESIGNS) - 1
    assert values["largest_error_pct.double_ml"].value == 2.5
    assert values["largest_error_pct.quick"].value == 1.5


def test_every_number_is_a_result_and_each_cell_has_its_word(recorded: Result) -> None:
    (result,), section = planted.results(recorded), planted.section(recorded)
    tables = {block.id: block for block in section.blocks if isinstance(block, TableBlock)}
    cells = [cell for table in tables.values() for row in table.rows for cell in row]
    flat = [one for cell in cells for one in (cell.cells if isinstance(cell, Stack) else (cell,))]
    shown = {one.id.removeprefix(f"{result.id}.") for one in flat if isinstance(one, NumberRef)}
    assert shown <= set(result.values)
    assert len(shown) == len(planted.WORLDS) * (4 * len(planted.DESIGNS) + 2) + len(planted.DESIGNS)
    row = next(
        row for row in tables["causal.planted.matrix"].rows if TextRef("causal_planted.design.alone") in _of(row[0])
    )
    words = [_of(cell)[0] for cell in row[1:]]
    assert words.count(TextRef("causal_planted.read.misses")) == 1
    assert words[planted.WORLDS.index("trend")] == TextRef("causal_planted.read.misses")


def _of(cell: object) -> tuple[object, ...]:
    assert isinstance(cell, Stack)
    return cell.cells


def test_without_a_record_the_page_says_how_to_make_it() -> None:
    assert planted.results(None) == []
    assert planted.section(None).blocks == (Paragraph("causal_planted.absent"),)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, there: bool, recorded: Result, tmp_path: Path) -> None:
    found = recorded if there else None
    catalogue = Catalogue.load(
        [data_dir() / "texts" / name for name in ("causal_planted.yml", "report.yml", "charts.yml")]
    )
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{one.id}.{key}": value for one in planted.results(found) for key, value in one.values.items()}
    words = Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, {}, {})
    planted.section(found).write(tmp_path / "page.json")
    rendered = document([Section.read(tmp_path / "page.json")], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == ["causal_planted"]
    for key in catalogue.texts:
        if "causal_planted" in key and (there or key.endswith(("absent", "title"))):
            shown = words.text(key)
            assert "{" not in shown
            assert bool(re.search("[А-я]", shown)) == (lang == "ru"), key
    assert "make calibrate PART=planted" in words.text("causal_planted.absent")
