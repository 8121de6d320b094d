"""The pages of slopes that differ and of tests of the series: own slopes against the outside, logic, languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from regional_econ._base.errors import OptionError
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.section import NumberRef, Section, Stack, TableBlock
from regional_econ.core.study import Study
from regional_econ.data.regions import load_regions
from regional_econ.panel.fit import fit
from regional_econ.panel.heterogeneity_table import FACTORS, Heterogeneity, heterogeneity
from regional_econ.panel.heterogeneous.region_slopes import region_slopes
from regional_econ.panel.pages import heterogeneity as page
from regional_econ.panel.pages import time_series
from regional_econ.panel.series_tests import UNIT_ROOTS, SeriesTests, series_tests
from regional_econ.report.document import document
from regional_econ.report.words import Words

FRONT = {f"front.{part}": Text("проба", "trial") for part in ("title", "subtitle", "answer")}
Page = tuple[Section, Result, str]


@pytest.fixture(scope="module")
def found(panel: Panel, study: Study) -> Heterogeneity:
    return heterogeneity(panel, study, draws=10)


@pytest.fixture(scope="module")
def series(panel: Panel, study: Study) -> SeriesTests:
    return series_tests(panel, study, profile="quick")


@pytest.fixture(scope="module")
def pages(found: Heterogeneity, series: SeriesTests, study: Study) -> dict[str, Page]:
    focal = study.focal_region
    return {
        "heterogeneity": (page.section(found, focal), page.result(found, focal), "panel_heterogeneity"),
        "time_series": (time_series.section(series), time_series.result(series), "panel_time_series"),
    }


def small_panel() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    index = pd.MultiIndex.from_product([list("abcde"), range(2000, 2012)], names=["region", "year"])
    frame = pd.DataFrame({"x": rng.normal(size=60), "z": rng.normal(size=60)}, index=index)
    slope = np.repeat(rng.normal(1, 1, 5), 12)
    return frame.assign(y=slope * frame["x"] - frame["z"] + rng.normal(size=60))


def numbers_of(section: Section) -> set[str]:
    rows = [row for block in section.blocks if isinstance(block, TableBlock) for row in block.rows]
    cells = [part for row in rows for cell in row for part in (cell.cells if isinstance(cell, Stack) else (cell,))]
    return {cell.id for cell in cells if isinstance(cell, NumberRef)}


def test_own_slopes_are_those_of_regressions_region_by_region() -> None:
    frame = small_panel()
    estimate = fit("y ~ x + z", frame, estimator="mean-group")
    own = region_slopes(estimate).set_index(["region", "term"])
    for region, rows in frame.groupby(level=0):
        outside = sm.OLS(rows["y"].to_numpy(), sm.add_constant(rows[["x", "z"]].to_numpy())).fit()
        for place, term in enumerate(("x", "z"), start=1):
            row = own.loc[(region, term)]
            low, high = outside.conf_int()[place]
            expected = [outside.params[place], outside.bse[place], outside.pvalues[place], low, high]
            shown = row[["estimate", "std_error", "p_value", "conf_low", "conf_high"]].to_numpy(dtype=float)
            np.testing.assert_allclose(shown, expected, rtol=1e-9)
    np.testing.assert_allclose(own["estimate"].groupby(level=1).mean(), estimate.params[["x", "z"]], rtol=1e-12)


def test_own_slopes_beside_yearly_averages_count_the_loadings() -> None:
    frame = small_panel()
    estimate = fit("y ~ x", frame, estimator="cce-mean-group")
    own = region_slopes(estimate).set_index("region")
    averages = frame[["y", "x"]].groupby(level=1).transform("mean")
    for region, rows in frame.groupby(level=0):
        X = np.column_stack([rows["x"], np.ones(len(rows)), averages.loc[region]])
        outside = sm.OLS(rows["y"].to_numpy(), X).fit()
        assert own.loc[region, "estimate"] == pytest.approx(outside.params[0])
        assert own.loc[region, "std_error"] == pytest.approx(outside.bse[0])


def test_an_estimate_without_own_slopes_is_refused() -> None:
    with pytest.raises(OptionError, match="fe has no slopes of the regions' own"):
        region_slopes(fit("y ~ x", small_panel()))


def test_a_common_shock_of_each_year_moves_only_what_leaves_it_in(
    found: Heterogeneity, panel: Panel, study: Study
) -> None:
    shock = pd.Series(np.random.default_rng(2).normal(size=len(panel.years)), index=list(panel.years))
    frame = panel.frame.copy()
    frame[study.outcome] *= np.exp(shock.reindex(frame.index.get_level_values("year")).to_numpy())
    moved = heterogeneity(replace(panel, frame=frame), study, draws=1)
    free = ("within", "demeaned", "pmg_demeaned", *FACTORS)
    for model, estimate in found.estimates.items():
        same = np.allclose(
            moved.estimates[model].params[list(found.terms[:1])], estimate.params[list(found.terms[:1])], atol=1e-6
        )
        assert same == (model in free), model


def test_the_average_is_that_of_the_own_slopes_and_the_figure_shows_whole_series(
    found: Heterogeneity, study: Study
) -> None:
    assert found.slopes["estimate"].mean() == pytest.approx(found.estimates["demeaned"].params[found.terms[0]])
    frame = page.slopes_frame(found, study.focal_region)
    points = frame.dropna(subset=["x"])
    assert set(points["label"]) == set(found.balanced)
    assert (np.diff(points["estimate"]) >= 0).all()
    assert points.loc[points["highlight"], "label"].tolist() == [study.focal_region]


def test_the_pooled_mean_group_finds_links_that_are_not_there(found: Heterogeneity) -> None:
    assert found.size["pmg_demeaned"] > 0.2, "about half of ten panels"
    assert max(found.size["within"], found.size["demeaned"]) <= 0.3, "nominal 5 % of ten panels"


def test_a_share_of_drawn_panels_has_its_monte_carlo_error(pages: dict[str, Page], found: Heterogeneity) -> None:
    values = pages["heterogeneity"][1].values
    for model, share in found.size.items():
        assert values[f"size.{model}"].mc_error == pytest.approx(
            np.std([1.0] * round(10 * share) + [0.0] * round(10 * (1 - share))) / np.sqrt(10)
        )
    assert values["size.pmg_demeaned"].mc_error


def test_what_cannot_be_had_is_refused_with_a_reason(found: Heterogeneity) -> None:
    assert set(found.refused) == {"lags", "jackknife"}
    assert "more than 21 rows" in found.refused["lags"]
    assert "too few for the jackknife" in found.refused["jackknife"]
    assert max(estimate.diagnostics["n_factors"] for estimate in found.chosen.values()) <= found.most_factors


def test_the_series_are_tested_within_one_method_and_over_all_years(series: SeriesTests, study: Study) -> None:
    assert series.years == {"one_method": (2006, 2016), "all": (study.first_year, study.last_year)}
    for era, (first, last) in series.years.items():
        for term in series.terms:
            tests = series.unit_roots[era][term]
            assert tuple(tests) == UNIT_ROOTS
            assert all(test.details["n_years"] == last - first + 1 for test in tests.values())
    assert {name for tests in series.granger.values() for name in tests} == {
        "forward", "reverse", "forward_changes", "reverse_changes",
    }  # fmt: skip
    forward, reverse = (series.granger["all"][name].null for name in ("forward", "reverse"))
    assert forward.startswith(series.terms[1])
    assert reverse.startswith(series.terms[0])


def test_persistence_and_shifts_of_level_take_power_away(series: SeriesTests) -> None:
    power = series.power.set_index(["era", "rho", "shifted"])["share"]
    for era in ("one_method", "all"):
        assert power[era, 0.5, False] > power[era, 0.8, False] + 0.2
    assert power["all", 0.5, False] > power["all", 0.5, True] + 0.1
    assert ("one_method", 0.5, True) not in power.index, "no method changes there"


@pytest.mark.parametrize("name", ["heterogeneity", "time_series"])
def test_every_number_of_a_table_is_a_result(name: str, pages: dict[str, Page]) -> None:
    section, result, _ = pages[name]
    assert {one.removeprefix(f"{result.id}.") for one in numbers_of(section)} <= set(result.values)


@pytest.mark.parametrize("name", ["heterogeneity", "time_series"])
@pytest.mark.parametrize("lang", LANGS)
def test_the_pages_render_from_their_files(
    name: str, lang: Lang, pages: dict[str, Page], panel: Panel, study: Study, tmp_path: Path
) -> None:
    section, result, prefix = pages[name]
    files = (f"{prefix}.yml", "panel.yml", "report.yml", "charts.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / file for file in files])
    numbers = {f"{result.id}.{key}": value for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in panel.variables.items()}
    regions = {name: region.name for name, region in load_regions().items()}
    words = Words(
        lang, Catalogue({**catalogue.texts, **FRONT}, catalogue.plurals), numbers, labels, regions, study.focal_region
    )
    section.write(tmp_path / "section.json")
    rendered = document([Section.read(tmp_path / "section.json")], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == [section.id]
    for key in catalogue.texts:
        if key.startswith(f"{prefix}."):
            shown = words.text(key)
            assert shown
            assert "{" not in shown
            if lang == "en":
                assert not re.search("[А-я]", shown), key
