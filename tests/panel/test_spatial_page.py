"""The page on neighbours: its texts render in both languages, and its numbers are those of the estimates."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.section import FigureBlock, Paragraph, Section
from regional_econ.core.study import Study
from regional_econ.data.regions import load_regions
from regional_econ.data.weights import load_weights
from regional_econ.panel.fit import fit
from regional_econ.panel.pages import spatial as page
from regional_econ.panel.spatial.comparison import (
    INFERENCES,
    MAIN,
    MODELS,
    WEIGHTS,
    SpatialComparison,
    spatial_comparison,
)
from regional_econ.panel.spatial.effects import spatial_effects, spillovers
from regional_econ.panel.tables import reference_formula
from regional_econ.report.document import document
from regional_econ.report.words import Words


@pytest.fixture(scope="module")
def found(panel: Panel, study: Study) -> SpatialComparison:
    return spatial_comparison(panel, study, {name: load_weights(text) for name, text in WEIGHTS.items()})


@pytest.fixture(scope="module")
def results(found: SpatialComparison) -> list[Result]:
    return page.results(found)


@pytest.fixture(scope="module")
def numbers(results: list[Result]) -> dict[str, object]:
    return {f"{result.id}.{key}": value.value for result in results for key, value in result.values.items()}


def words_of(lang: Lang, results: list[Result], panel: Panel, study: Study) -> Words:
    names = ("panel.yml", "panel_spatial.yml", "report.yml", "charts.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in names])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    return Words(
        lang,
        Catalogue({**catalogue.texts, **front}, catalogue.plurals),
        {f"{result.id}.{key}": value for result in results for key, value in result.values.items()},
        {name: variable.label for name, variable in panel.variables.items()},
        {name: region.name for name, region in load_regions().items()},
        focal=study.focal_region,
    )


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(
    lang: Lang, found: SpatialComparison, results: list[Result], panel: Panel, study: Study, tmp_path: Path
) -> None:
    words = words_of(lang, results, panel, study)
    page.section(found).write(tmp_path / "page.json")
    read = Section.read(tmp_path / "page.json")
    rendered = document([read], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == [page.SECTION_ID]
    for key in words.catalogue.texts:
        if key.startswith("spatial."):
            shown = words.text(key)
            assert shown
            assert "{" not in shown
            if not re.match(r"spatial\.model\.s", key):
                assert bool(re.search("[А-я]", shown)) == (lang == "ru"), key


def test_every_weight_model_and_error_is_there(found: SpatialComparison) -> None:
    assert list(found.estimates) == list(WEIGHTS)
    for models in found.estimates.values():
        assert list(models) == list(MODELS)
    assert list(found.errors) == list(INFERENCES)
    for kind, estimate in found.errors.items():
        assert estimate.params.equals(found.within.params), kind
        assert estimate.spec.inference.startswith(INFERENCES[kind].split(":")[0])


def test_the_sample_is_what_the_page_says(
    found: SpatialComparison, numbers: dict[str, object], panel: Panel, study: Study
) -> None:
    known = panel.frame.loc[
        panel.frame.index.get_level_values("year").isin(range(study.first_year, study.last_year + 1)),
        [study.outcome, *study.drivers],
    ]
    logs = [study.outcome, *(name for name in study.drivers if panel.variable(name).transform == "ln")]
    whole = (known.notna().all(axis=1) & (known[logs] > 0).all(axis=1)).groupby(level="region").sum()
    full = set(whole.index[whole == study.last_year - study.first_year + 1])
    borders = set(load_weights(WEIGHTS[MAIN]).units)
    assert numbers["panel.spatial.n_regions"] == len(full & borders)
    assert numbers["panel.spatial.n_obs"] == len(full & borders) * numbers["panel.spatial.n_years"]
    assert set(found.absent["gaps"]) == (set(whole.index[whole > 0]) & borders) - full
    assert set(found.absent["not in the weights"]) == set(whole.index[whole > 0]) - borders
    assert set(found.absent["islands"]) == {"RU-KGD", "RU-SAK"}


def test_the_numbers_are_those_of_the_estimates(
    numbers: dict[str, object], found: SpatialComparison, panel: Panel, study: Study
) -> None:
    formula, years = reference_formula(panel, study), (study.first_year, study.last_year)
    for name in ("contiguity", "flows_sold"):
        estimate = fit(formula, panel, estimator="sdm", years=years, weights=load_weights(WEIGHTS[name]))
        assert numbers[f"panel.spatial.{name}.sdm.coefficient"] == pytest.approx(estimate.params["rho"], abs=1e-12)
        for row in spatial_effects(estimate).to_dict("records"):
            key = f"panel.spatial.{name}.sdm.{row['term']}.{row['effect']}"
            shown = [numbers[f"{key}{end}"] for end in ("", "_low", "_high")]
            assert shown == pytest.approx([row["estimate"], row["conf_low"], row["conf_high"]], abs=1e-12)
    alone = found.estimates[MAIN]["sdm"].diagnostics["n_islands"]
    assert found.estimates[MAIN]["sdm_lee_yu"].diagnostics["n_regions"] == numbers["panel.spatial.n_regions"] - alone  # type: ignore[operator]
    table = found.effects.query("term == 'ln(rd_grp_pct)' and effect == 'indirect' and model == 'slx'")
    sure = int(((table["conf_low95"] > 0) | (table["conf_high95"] < 0)).sum())
    assert numbers["panel.spatial.focus.slx_excluding"] == sure


def test_maps_show_what_the_model_says(found: SpatialComparison, study: Study, numbers: dict[str, object]) -> None:
    assert found.spillovers is not None
    durbin, focal = found.estimates[MAIN]["sdm"], study.focal_region
    for direction in ("from", "to"):
        effects = spillovers(durbin, "ln(rd_grp_pct)", focal, direction=direction)  # type: ignore[arg-type]
        frame = found.spillovers.maps[direction].set_index("region")  # type: ignore[index]
        shown = frame["value"].dropna()
        expected = 100 * (1.1**effects - 1)
        pd.testing.assert_series_equal(shown, expected.loc[shown.index], check_names=False)
        assert set(shown.index) == set(effects.index)
        sure = (~frame.loc[shown.index.drop(focal), "holds_zero"].astype(bool)).sum()
        assert numbers[f"panel.spillovers.{direction}.excluding"] == sure
        assert numbers[f"panel.spillovers.{direction}.n"] == len(shown) - 1
        assert found.spillovers.own == pytest.approx(shown[focal])


def test_the_page_says_null_where_intervals_hold_zero_and_not_elsewhere(found: SpatialComparison) -> None:
    def texts(comparison: SpatialComparison) -> set[str]:
        return {block.text for block in page.section(comparison).blocks if isinstance(block, Paragraph)}

    assert {"spatial.effects.null", "spatial.maps.null"} <= texts(found)
    assert found.spillovers is not None
    surer = found.effects.assign(
        conf_low95=found.effects["estimate"] - 1e-9, conf_high95=found.effects["estimate"] + 1e-9
    )
    maps = {direction: frame.assign(holds_zero=False) for direction, frame in found.spillovers.maps.items()}
    changed = replace(found, effects=surer, spillovers=replace(found.spillovers, maps=maps))
    assert {"spatial.effects.found", "spatial.maps.some"} <= texts(changed)
    without = page.section(replace(found, spillovers=None))
    assert not any(isinstance(block, FigureBlock) and block.kind == "tile_map" for block in without.blocks)
    assert "spatial.maps.none" in {block.text for block in without.blocks if isinstance(block, Paragraph)}
    assert len(page.results(replace(found, spillovers=None))) == 2


@pytest.mark.parametrize("region", ["RU-CR", "RU-TY", "RU-KGD"])
def test_a_focal_region_outside_the_sample_or_on_an_island_gets_no_map(panel: Panel, study: Study, region: str) -> None:
    elsewhere = replace(study, focal_region=region)
    assert spatial_comparison(panel, elsewhere, {MAIN: load_weights(MAIN)}).spillovers is None


def test_class_limits_lie_on_both_sides_of_zero(found: SpatialComparison) -> None:
    assert found.spillovers is not None
    for block in page.section(found).blocks:
        if isinstance(block, FigureBlock) and block.kind == "tile_map":
            limits = block.options["breaks"]
            assert isinstance(limits, tuple)
            assert list(limits) == sorted(limits)  # type: ignore[type-var]
            np.testing.assert_allclose(limits, [-float(one) for one in limits[::-1]])
