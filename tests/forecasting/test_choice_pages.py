"""What the scores page says of recorded candidates and of simulation-based calibration follows the records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scores_sample as sample
from choice_sample import CHOICE, CHOSEN, CRPS, calibration, record

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.results import Result
from regional_econ.core.section import Paragraph, Section, Stack, TableBlock, TextRef, Verbatim
from regional_econ.forecasting.choice import ChoiceFile
from regional_econ.forecasting.pages import candidates, sbc, scores
from regional_econ.report.document import document
from regional_econ.report.words import Words


def page(
    crps: dict[str, float] | None, study: Result | None, file: ChoiceFile = CHOICE
) -> tuple[Section, list[Result]]:
    recorded = None if crps is None else record(crps)
    results = [*sample.full_results(), *candidates.results(recorded, file), *sbc.results(study)]
    return scores.section(sample.full(), results), results


def told(found: Section) -> list[str]:
    texts = [block.text.removeprefix("forecast_scores.") for block in found.blocks if isinstance(block, Paragraph)]
    return [text for text in texts if text.startswith(("choice.", "sbc."))]


def table(found: Section, name: str) -> TableBlock:
    return next(b for b in found.blocks if isinstance(b, TableBlock) and b.id == f"forecast_scores.{name}")


@pytest.fixture(scope="module")
def uniform() -> Result:
    return calibration(None)


def test_without_records_the_page_says_how_to_make_them() -> None:
    found, _ = page(None, None)
    assert told(found) == ["choice.rule", "choice.absent", "sbc.absent"]
    older, _ = page({name: crps for name, crps in CRPS.items() if name != CHOSEN}, None)
    assert "choice.absent" in told(older), "a record without the chosen model cannot be compared with it"


@pytest.mark.parametrize(
    ("changed", "left_out", "said"),
    [
        ({}, (), ["choice.holds"]),
        ({}, ("shorter_swings",), ["choice.holds", "choice.unrecorded"]),
        ({"shorter_swings": 4.6}, (), ["choice.other"]),
        ({"level": 4.715}, (), ["choice.other"]),  # within half a per cent and simpler
        ({"level": 4.73}, (), ["choice.holds"]),
        ({"shorter_swings": 4.69}, (), ["choice.other"]),  # no simpler, so the least counts
    ],
)
def test_the_words_follow_the_rule(changed: dict[str, float], left_out: tuple[str, ...], said: list[str]) -> None:
    crps = {name: value for name, value in (CRPS | changed).items() if name not in left_out}
    found, _ = page(crps, None)
    assert told(found) == ["choice.rule", *said, "choice.reading", "sbc.absent"]


def test_the_table_holds_every_recorded_candidate() -> None:
    found, results = page(CRPS, None)
    rows = table(found, "candidates").rows
    assert [row[0] for row in rows] == [TextRef(f"forecast_scores.candidate.{name}") for name in CHOICE.candidates]
    assert all(isinstance(row[1], Stack) for row in rows)
    marked = [name for name, row in zip(CHOICE.candidates, rows, strict=True) if row[-1] != Verbatim("")]
    assert marked == [CHOSEN]
    values = next(one for one in results if one.id == candidates.CANDIDATES_ID).values
    assert values["level.difference"].value == pytest.approx(100 * (5.0 / 4.7 - 1))
    assert values["level.difference"].mc_error == pytest.approx(100 * 5.0 / 4.7 * 0.003 * 2**0.5)
    assert values[f"{CHOSEN}.difference"].value == 0.0
    assert values["level.covered80"].value == pytest.approx((80 + 2 * 83) / 3), "every forecast counts alike"
    assert values["level.covered80"].mc_error == pytest.approx((6 * 1 + 6 * 4) ** 0.5 / 18)


def test_a_record_without_coverage_leaves_dashes() -> None:
    bare = record(CRPS)
    bare = replace(bare, values={key: value for key, value in bare.values.items() if ".covered" not in key})
    found = candidates.blocks(candidates.results(bare, CHOICE)[0])
    rows = next(block for block in found if isinstance(block, TableBlock)).rows
    assert {cell for row in rows for cell in row[3:5]} == {Verbatim("–")}


def test_calibration_is_read_by_group(uniform: Result) -> None:
    values = sbc.results(uniform)[0].values
    assert values["simulations"].value == 40
    assert {group: values[f"{group}.n"].value for group in sbc.GROUPS} == {
        "common": 1, "regional": 1, "state": 2, "figures": 1, "likelihood": 1,
    }  # fmt: skip
    own = [uniform.values[f"{name}.covered80"].value for name in ("level.late", "own_growth.gap")]
    assert values["state.covered80"].value == pytest.approx(np.mean(np.array(own, dtype=float)))
    least = [
        uniform.values[f"{name}.{test}_p"].value
        for name in ("level.late", "own_growth.gap")
        for test in ("chi2", "ecdf")
    ]
    assert values["state.p_value"].value == min(float(p or 0) for p in least)
    assert values["least_holm.p_value"].value == uniform.values["least_p_holm"].value


def test_the_words_follow_the_ranks(uniform: Result) -> None:
    assert told(page(None, uniform)[0])[2:] == ["sbc.text", "sbc.uniform", "sbc.sampler.passed"]
    wrong = calibration(0, failed=2)
    assert sbc.results(wrong)[0].values["least_group"].value == "sbc_state"
    assert told(page(None, wrong)[0])[2:] == ["sbc.text", "sbc.uneven", "sbc.sampler.failed"]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("changed", [{}, {"shorter_swings": 4.6}])
def test_the_page_renders_with_records(lang: Lang, changed: dict[str, float], uniform: Result, tmp_path: Path) -> None:
    names = ("report.yml", "charts.yml", "forecasting_scores.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in names])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    for study in (uniform, calibration(0, failed=1)):
        found, results = page(CRPS | changed, study)
        found.write(tmp_path / "page.json")
        numbers = {f"{one.id}.{key}": value for one in results for key, value in one.values.items()}
        words = Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, {}, {})
        read = document([Section.read(tmp_path / "page.json")], words, front="front")
        assert {"forecast_scores.candidates", "forecast_scores.sbc"} <= {one.id for one in read.tables()}
        for text in told(found):
            assert "None" not in words.text(f"forecast_scores.{text}")
