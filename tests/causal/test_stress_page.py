"""The page of stress tests: every number is a cell of a frame, and both languages render with no text left over."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.distribution import POWER
from regional_econ.causal.effort import STRESS
from regional_econ.causal.pages import stress as page
from regional_econ.causal.placebo_table import PlaceboOutcome, load_placebos
from regional_econ.causal.stress import StressTests, stress_tests
from regional_econ.core.panel import Panel
from regional_econ.core.section import NumberRef, Section, Stack, TableBlock
from regional_econ.core.study import load_study
from regional_econ.data.load import load_panel
from regional_econ.data.tables import load_neighbours
from regional_econ.report.document import document
from regional_econ.report.words import Words

FRONT = {f"front.{part}": Text("проба", "trial") for part in ("title", "subtitle", "answer")}


@pytest.fixture(scope="module")
def placebos(official: Panel, declared: Multiverse) -> tuple[PlaceboOutcome, ...]:
    return tuple(load_placebos(variables=official.variables, multiverse=declared).values())


@pytest.fixture(scope="module")
def found(official: Panel, declared: Multiverse, placebos: tuple[PlaceboOutcome, ...], root: Path) -> StressTests:
    """What the quick profile draws."""
    return stress_tests(
        official, declared, load_study(root / "analyses" / "study.toml"),
        editions={name: load_panel(name) for name in ("yearbook-2021", "yearbook-2023")},
        pairs=load_neighbours(), placebos=placebos, effort=STRESS["quick"],
    )  # fmt: skip


def numbers_of(section: Section) -> set[str]:
    rows = [row for block in section.blocks if isinstance(block, TableBlock) for row in block.rows]
    cells = [part for row in rows for cell in row for part in (cell.cells if isinstance(cell, Stack) else (cell,))]
    return {cell.id for cell in cells if isinstance(cell, NumberRef)}


def test_every_number_is_a_cell_of_a_frame(found: StressTests, placebos: tuple[PlaceboOutcome, ...]) -> None:
    result = page.result(found)
    shown = {name.removeprefix(f"{page.RESULT_ID}.") for name in numbers_of(page.section(found, placebos))}
    assert shown <= set(result.values)
    assert {key for key in result.values if "." in key} <= shown, "what is computed a driver is shown"
    for driver in found.robustness["driver"]:
        own = {name: table[table["driver"] == driver].to_dict("records") for name, table in found.tables().items()}
        robust, family = own["robustness"][0], own["family"][0]
        exchanged = next(row for row in own["randomisation"] if row["within"] == "district")
        oster = next(row for row in own["oster"] if row["rule"] == "1.3 R")
        expected = {
            "estimate": robust["estimate"], "std_error": robust["std_error"],
            "robustness_pct": 100 * robust["robustness_value"],
            "robustness_clustered_pct": 100 * robust["robustness_value_clustered"], "delta": oster["delta"],
            "corrected": own["errors_in_variables"][0]["corrected"],
            "corrected_error": own["errors_in_variables"][0]["corrected_error"],
            "low": own["selection"][0]["low"], "high": own["selection"][0]["high"],
            "neighbours": own["neighbours"][0]["neighbours"],
            "neighbours_error": own["neighbours"][0]["neighbours_error"],
            "neighbours_p_value": own["neighbours"][0]["p_value"],
            "own_p_value": family["p_value"], "stepdown_p_value": family["p_stepdown"],
            "holm_p_value": family["p_holm"], "exchange_p_value": exchanged["p_value"],
            "size_pct": 100 * exchanged["size_05"], "size_error_pct": 100 * exchanged["size_05_error"],
        }  # fmt: skip
        for row in own["double_ml"]:
            for key, column in (("estimate", "estimate"), ("low", "conf_low"), ("high", "conf_high")):
                expected[f"{row['learner']}.{key}"] = row[column]
        for row in own["placebo_outcomes"]:
            for key, column in (("p_value", "p_value"), ("holm_p_value", "p_holm"), ("estimate", "estimate")):
                expected[f"placebo.{row['outcome']}.{key}"] = row[column]
            expected[f"placebo.{row['outcome']}.std_error"] = row["std_error"]
        printed = {
            key.removeprefix(f"{driver}."): value
            for key, value in result.values.items()
            if key[: len(driver) + 1] == f"{driver}."
        }
        assert {key: value.value for key, value in printed.items() if key != "mde"} == expected
        # 80 % power at 5 % needs about 2.8 errors
        assert printed["mde"].value == pytest.approx(2.83 * robust["std_error"], rel=0.01)
    assert POWER == 0.8


def test_the_sentences_count_what_the_tables_show(found: StressTests) -> None:
    values = {key: value.value for key, value in page.result(found).values.items()}
    assert values["n_clear"] == values["n_robust"] == values["n_neighbours_clear"] == 0
    assert (found.family["p_stepdown"] > 0.5).all(), "no driver can be told from zero"
    errors = found.errors_in_variables.set_index("driver")
    assert errors.loc["wear_pct", "revised_cells"] == 0, "the page says that wear was never revised"
    alone = found.placebo_outcomes["p_value"]
    assert values["n_placebos_alone"] == (alone <= 0.05).sum() > 0 == values["n_placebos_clear"]
    assert values["n_placebos"] == len(alone) == 16
    worst = min(alone) * len(alone)
    assert found.placebo_outcomes["p_holm"].min() == pytest.approx(worst)
    assert values["n_placebos_expected"] == pytest.approx(0.8)
    drawn = ("splits", "folds", "resamples", "exchanges", "simulations")
    assert tuple(values[key] for key in drawn) == (1, 2, 1999, 499, 10)
    assert found.family["draws"].eq(1999).all()
    assert found.randomisation["draws"].eq(499).all()


def test_points_lie_beyond_zero_where_the_sign_is_turned(found: StressTests, declared: Multiverse) -> None:
    frame = page.contour_frame(found)
    turned = 0
    for driver, estimate in zip(found.robustness["driver"], found.robustness["estimate"], strict=True):
        own = frame[frame["panel"] == f"name.{driver}"]
        points, zero = own[own["part"] == "point"], own[(own["part"] == "line") & (own["value"] == 0)]
        assert set(points["name"]) == {f"point.{name}" for name in declared.drivers[driver].covariates}
        line = zero.sort_values("x")
        at = np.exp(np.interp(np.log(points["x"]), np.log(line["x"]), np.log(line["y"]), left=np.inf))
        np.testing.assert_array_equal(points["y"] > at, points["value"] * estimate < 0)
        turned += int((points["value"] * estimate < 0).sum())
    assert page.result(found).values["n_turned"].value == turned == 3


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders(
    lang: Lang, found: StressTests, placebos: tuple[PlaceboOutcome, ...], official: Panel, tmp_path: Path
) -> None:
    names = ("causal_stress.yml", "report.yml", "charts.yml")
    texts = Catalogue.load([data_dir() / "texts" / name for name in names])
    result = page.result(found)
    numbers = {f"{result.id}.{key}": value for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in official.variables.items()}
    words = Words(lang, Catalogue({**texts.texts, **FRONT}, texts.plurals), numbers, labels, {})
    page.section(found, placebos).write(tmp_path / "section.json")
    (chapter,) = document([Section.read(tmp_path / "section.json")], words, front="front").chapters
    shown = " ".join(
        line.text
        for item in chapter.items
        if hasattr(item, "rows")
        for row in item.rows
        for cell in row
        for line in cell
    )
    assert all(one.reason.get(lang) in shown for one in placebos)
    written = (tmp_path / "section.json").read_text(encoding="utf-8")
    named = set(re.findall(r"causal_stress\.[\w.]+", written))
    named |= {f"causal_stress.{name}" for name in re.findall(r'"((?:name|point)\.\w+)"', written)}
    assert {key for key in texts.texts if key.startswith("causal_stress.")} == named
