"""The pages on robustness, errors, diagnostics and power: numbers of the estimates, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from regional_econ._base.files import read_json
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.section import Section
from regional_econ.core.study import Study
from regional_econ.data.editions import load_editions
from regional_econ.data.load import load_panel
from regional_econ.data.regions import load_regions
from regional_econ.panel.pages import diagnostics, errors, models, power
from regional_econ.panel.pages import robustness as page
from regional_econ.panel.robustness import INFERENCES, Interest, Robustness, robustness
from regional_econ.panel.tables import ReferenceTable
from regional_econ.report.document import document
from regional_econ.report.words import Words

INTEREST = Interest(points=0.5, quantile=0.95, window=5)


@pytest.fixture(scope="module")
def found(panel: Panel, study: Study) -> Robustness:
    districts = {region.id: region.district for region in load_regions().values() if region.kind == "region"}
    older = {name: load_panel(vintage=name) for name in ("yearbook-2021", "yearbook-2025")}
    return robustness(panel, study, older=older, districts=districts, interest=INTEREST)


@pytest.fixture(scope="module")
def recorded(root: Path) -> Result:
    return Result.from_dict(read_json(root / "reports" / "record" / "calibrate.size.json"))


@pytest.fixture(scope="module")
def results(table: ReferenceTable, found: Robustness, recorded: Result) -> list[Result]:
    return [
        models.reference_result(table),
        *page.results(found),
        *errors.results(found, recorded),
        *diagnostics.results(found),
        power.result(found, INTEREST),
    ]


@pytest.fixture(scope="module")
def sections(found: Robustness, recorded: Result, study: Study) -> list[Section]:
    labels = {name: edition.label for name, edition in load_editions().items()}
    return [
        page.section(found, study.focal_region, labels),
        errors.section(found, recorded),
        diagnostics.section(found),
        power.section(found),
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_every_page_renders_from_its_file(
    lang: Lang, results: list[Result], sections: list[Section], panel: Panel, tmp_path: Path
) -> None:
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in ("panel.yml", "report.yml", "charts.yml")])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{result.id}.{key}": value for result in results for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in panel.variables.items()}
    regions = {name: region.name for name, region in load_regions().items()}
    words = Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, labels, regions)
    read = []
    for section in sections:
        section.write(tmp_path / f"{section.id}.json")
        read.append(Section.read(tmp_path / f"{section.id}.json"))
    rendered = document(read, words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == [section.id for section in sections]
    for key in catalogue.texts:
        if key.startswith("panel."):
            shown = words.text(key)
            assert shown
            assert "{" not in shown
            assert bool(re.search("[А-я]", shown)) == (lang == "ru") or key == "panel.error_of.between", key


def test_one_coefficient_and_twelve_errors(found: Robustness) -> None:
    reference = found.eras["all"]
    assert set(found.inferences) == set(INFERENCES)
    for kind, estimate in found.inferences.items():
        assert estimate.params.equals(reference.params), kind
        assert estimate.spec.inference.startswith(INFERENCES[kind].split(":")[0])
    iid, clustered = found.inferences["iid"].std_errors, found.inferences["region"].std_errors
    assert (clustered > iid).all(), "errors persist, so clusters matter"


def test_eras_are_runs_of_one_method_and_editions_those_that_differ(found: Robustness, study: Study) -> None:
    assert list(found.eras) == ["all", "2006-2016", "2019-2022"]
    assert next(iter(found.editions)) == "newest"
    for name, estimate in list(found.editions.items())[1:]:
        assert not np.allclose(estimate.params, found.editions["newest"].params), name


def test_the_clouds_hold_the_slopes_that_the_page_prints(found: Robustness) -> None:
    points = found.decomposition
    for name, cloud in points.groupby("panel"):
        centred = cloud[["x", "y"]] - cloud[["x", "y"]].mean()
        slope = float(centred["x"] @ centred["y"] / (centred["x"] @ centred["x"]))
        assert found.slopes[str(name)] == pytest.approx(slope)
    assert (points["panel"] == "between").sum() == 85
    assert (points["panel"] == "within").sum() == found.eras["all"].diagnostics["n_obs"]


def test_an_effect_of_interest_moves_the_focal_region_by_its_points(found: Robustness) -> None:
    for row in found.power.to_dict("records"):
        assert found.level * (np.exp(row["smallest"] * row["change"]) - 1) == pytest.approx(INTEREST.points)
        assert row["detectable"] == (row["mde"] <= row["smallest"])


def test_the_record_of_the_study_of_size_is_what_the_page_shows(results: list[Result], recorded: Result) -> None:
    size = next(result for result in results if result.id == "panel.size")
    shown, values = size.values, recorded.values
    assert size.inputs == recorded.inputs != {}
    assert values["replications"].value >= 10_000
    for text, kind in (("cluster:region", "region"), ("dk:auto:CR1S", "dk_cr1s"), ("larger", "larger")):
        for process in errors.PROCESSES:
            assert shown[f"{process}.{kind}.size_pct"] == values[f"{process}.{text}.size_pct"]
