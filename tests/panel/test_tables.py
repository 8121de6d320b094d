"""The reference table, its result and its section; the same numbers in both, both languages complete."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.panel import Panel
from regional_econ.core.section import FigureBlock, Section
from regional_econ.core.study import Study
from regional_econ.panel.fit import fit
from regional_econ.panel.pages.models import DRAWN, MODELS, reference_result, section
from regional_econ.panel.tables import ReferenceTable, coefficients_data, reference_formula, within_shares
from regional_econ.report.document import Table, document
from regional_econ.report.words import Words

REFERENCE = (
    "ln(innovation_activity_pct) ~ ln(rd_grp_pct) + ln(researchers_per_10k_employed)"
    " + ln(investment_grp_pct) + wear_pct"
)


def test_the_reference_formula_is_the_study_s(panel: Panel, study: Study) -> None:
    assert reference_formula(panel, study) == REFERENCE


def test_the_table_holds_the_reference_and_its_neighbours(table: ReferenceTable) -> None:
    assert set(MODELS) | {"fe_twoway_dk", "fe_twoway_both", "fe_newest"} == set(table.estimates)
    reference = table.estimates["fe_twoway"]
    assert (reference.diagnostics["n_obs"], reference.diagnostics["n_regions"]) == (1368, 85)
    assert reference.std_errors["ln(rd_grp_pct)"] == pytest.approx(0.065010, abs=5e-7)  # six printed digits
    for other in ("fe_twoway_dk", "fe_twoway_both"):
        assert table.estimates[other].params.equals(reference.params)
    newest = table.estimates["fe_newest"].diagnostics
    assert (newest["first_year"], newest["last_year"]) == (2019, 2022)
    assert "2017, 2019, 2022" in table.estimates["fd"].spec.sample
    assert list(table.tidy().columns)[:4] == ["model", "term", "estimate", "std_error"]
    assert len(table.glance()) == len(table.estimates)
    assert table.formula in table.summary()


def test_orders_of_magnitude_of_the_within_share_and_the_detectable_effect(table: ReferenceTable) -> None:
    """The project's science note expects 4–6 % (1 % in the newest era) and detectable elasticities of .18 to .33."""
    assert 0.04 < table.within_share["ln(rd_grp_pct)"] < 0.06
    assert 0.005 < table.within_share_newest["ln(rd_grp_pct)"] < 0.015
    assert 0.17 < table.detectable("fe_twoway")["ln(rd_grp_pct)"] < 0.20
    assert 0.25 < table.detectable("fe_newest")["ln(rd_grp_pct)"] < 0.36


def test_within_share_of_a_balanced_panel_in_closed_form() -> None:
    index = pd.MultiIndex.from_product([range(6), range(2000, 2005)], names=["region", "year"])
    cells = np.random.default_rng(2).normal(size=(2, 6, 5))
    frame = pd.DataFrame(cells.reshape(2, -1).T, index=index, columns=["x", "y"])
    x = cells[0]
    left = x - x.mean(axis=1, keepdims=True) - x.mean(axis=0) + x.mean()
    assert within_shares("y ~ x", frame)["x"] == pytest.approx(left.var() / x.var(), rel=1e-12)  # exact projection


def test_the_result_holds_the_numbers_of_the_estimates(table: ReferenceTable) -> None:
    result = reference_result(table)
    for model, estimate in table.estimates.items():
        for row in estimate.tidy().to_dict("records"):
            for key in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
                assert result.values[f"{model}.{row['term']}.{key}"].value == row[key]
    assert result.values["focus.term"].value == "ln(rd_grp_pct)"
    assert result.values["focus.std_error"] == result.values["fe_twoway.ln(rd_grp_pct).std_error"]
    numbers = [value.value for value in result.values.values() if isinstance(value.value, float)]
    assert all(math.isfinite(number) for number in numbers)
    assert result.inputs == {"panel": table.estimates["fe_twoway"].panel_checksum}


@pytest.fixture(params=LANGS)
def words(request: pytest.FixtureRequest, table: ReferenceTable, panel: Panel) -> Words:
    lang: Lang = request.param
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in ("panel.yml", "report.yml")])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    catalogue = Catalogue({**catalogue.texts, **front}, catalogue.plurals)
    numbers = {f"panel.reference.{key}": value for key, value in reference_result(table).values.items()}
    labels = {name: variable.label for name, variable in panel.variables.items()}
    return Words(lang, catalogue, numbers, labels, {})


def test_the_section_renders_and_survives_its_file(table: ReferenceTable, words: Words, tmp_path: Path) -> None:
    written = section(table)
    path = tmp_path / "panel.json"
    written.write(path)
    read = Section.read(path)
    rendered = document([read], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == ["panel"]
    cells = [
        cell for item in rendered.chapters[0].items if isinstance(item, Table) for row in item.rows for cell in row
    ]
    missing = words.text("report.not_available")
    undefined = sum(math.isnan(test.p_value) for test in table.tests.values())
    assert sum(cell == (missing,) for cell in cells) == undefined
    figure = next(block for block in read.blocks if isinstance(block, FigureBlock))
    expected = coefficients_data({model: table.estimates[model] for model in DRAWN})
    pd.testing.assert_frame_equal(figure.data, expected)
    assert list(expected.columns) == [
        "term", "model", "estimate", "conf_low80", "conf_high80", "conf_low95", "conf_high95",
    ]  # fmt: skip
    assert (expected["conf_low95"] < expected["conf_low80"]).all()


def test_coefficients_data_leaves_the_intercept_out(grunfeld: pd.DataFrame) -> None:
    pooled = fit("inv ~ value", grunfeld, estimator="pooled")
    assert coefficients_data({"pooled": pooled})["term"].tolist() == ["value"]
