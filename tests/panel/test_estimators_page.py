"""One elasticity under every estimator: what the page computes, and what it says, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.section import FigureBlock, Section, TableBlock
from regional_econ.core.study import Study
from regional_econ.data.regions import load_regions
from regional_econ.data.weights import load_weights
from regional_econ.panel.dynamic_table import DynamicTable
from regional_econ.panel.fit import fit
from regional_econ.panel.methods import Kind
from regional_econ.panel.pages import estimators as page
from regional_econ.panel.side_by_side import PARTS, SideBySide
from regional_econ.panel.tables import reference_formula
from regional_econ.panel.ways import WAYS
from regional_econ.report.charts.draw import chart, chart_svg
from regional_econ.report.document import document
from regional_econ.report.words import Words

FOCAL = "ln(rd_grp_pct)"


@pytest.fixture(scope="module")
def found(beside: SideBySide) -> SideBySide:
    return beside


@pytest.fixture(scope="module")
def result(found: SideBySide) -> Result:
    return page.result(found)


@pytest.fixture(scope="module")
def section(found: SideBySide) -> Section:
    return page.section(found)


def row(found: SideBySide, era: str, key: str, part: str = "") -> pd.Series:
    rows = found.of(era)
    return rows[(rows["key"] == key) & (rows["part"] == part)].iloc[0]


def words_of(lang: Lang, result: Result, panel: Panel) -> Words:
    files = ("panel.yml", "panel_estimators.yml", "report.yml", "charts.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in files])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{result.id}.{key}": value for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in panel.variables.items()}
    regions = {name: region.name for name, region in load_regions().items()}
    return Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, labels, regions)


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(
    lang: Lang, result: Result, section: Section, panel: Panel, tmp_path: Path
) -> None:
    words = words_of(lang, result, panel)
    section.write(tmp_path / "section.json")
    rendered = document([Section.read(tmp_path / "section.json")], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == ["panel_estimators"]
    latin = re.compile(r"panel_estimators\.(way|row)\.(lsdvc|slx|sar|sem|sdm)")
    for key in words.catalogue.texts:
        if key.startswith("panel_estimators."):
            shown = words.text(key)
            assert shown
            assert "{" not in shown
            assert bool(re.search("[А-я]", shown)) == (lang == "ru") or latin.match(key), key


def test_every_estimator_of_the_room_is_on_the_page(found: SideBySide) -> None:
    assert {way.kind for way in WAYS} >= set(get_args(Kind)) - {"pooled"}, "fe with year effects is pooled"
    for era in found.eras:
        shown = set(found.of(era)["key"])
        refused = {key for name, key in found.refused if name == era}
        assert shown | refused == {way.key for way in WAYS}, "a way is refused with a reason, never dropped"
        assert not shown & refused


def test_the_reference_row_is_the_reference(found: SideBySide) -> None:
    line = row(found, "all", "fe_twoway")
    assert (line["n_obs"], line["n_regions"]) == (1368, 85)
    assert line["std_error"] == pytest.approx(0.065010, abs=5e-7)
    assert line["within"] == line["estimate"]


def test_rows_are_what_direct_calls_give(found: SideBySide, panel: Panel, study: Study) -> None:
    formula, weights = reference_formula(panel, study), load_weights("contiguity")
    first = fit(formula, panel, estimator="fd", effects="year", breaks=found.breaks, years=(2006, 2022))
    assert row(found, "all", "fd")["estimate"] == pytest.approx(first.params[FOCAL])
    cce = fit(formula, panel, estimator="cce", years=(2006, 2016)).tidy(0.80).set_index("term").loc[FOCAL]
    assert row(found, "one_method", "cce")["conf_low80"] == pytest.approx(cce["conf_low"])
    sem = fit(formula, panel, estimator="sem", weights=weights, years=(2006, 2022))
    assert row(found, "all", "sem")["std_error"] == pytest.approx(sem.std_errors[FOCAL])
    both = fit(formula, panel, inference="cluster:region+year", years=(2006, 2022)).tidy().set_index("term")
    assert row(found, "all", "fe_twoway")["two_way_conf_high95"] == pytest.approx(both.loc[FOCAL, "conf_high"])


def test_the_within_column_has_the_rows_of_the_estimator(found: SideBySide, panel: Panel, study: Study) -> None:
    formula, columns = reference_formula(panel, study), [study.outcome, *study.drivers]
    for era, key in (("all", "fd5"), ("all", "gmm_diff_own"), ("one_method", "hpj"), ("all", "fractional")):
        rows = found.estimates[era, key].predict().index
        frame = panel.frame.loc[panel.frame.index.isin(rows), columns]
        part = "" if key in ("fd5", "fractional") else "short"
        assert row(found, era, key, part)["within"] == pytest.approx(fit(formula, frame).params[FOCAL])
    assert row(found, "all", "gmm_diff_own", "short")["within"] == pytest.approx(0.124, abs=5e-4)
    assert row(found, "all", "between")["within"] == pytest.approx(row(found, "all", "fe_twoway")["estimate"])


def test_one_named_estimate_has_one_number_on_two_pages(found: SideBySide, dynamic: DynamicTable) -> None:
    for era, models in dynamic.estimates.items():
        assert models["gmm_two"].params[FOCAL] == pytest.approx(row(found, era, "gmm_diff", "short")["estimate"])
        assert models["system"].params[FOCAL] == pytest.approx(row(found, era, "gmm_system", "short")["estimate"])
        assert dynamic.long_run[era]["hpj"].estimate == pytest.approx(row(found, era, "hpj", "long")["estimate"])  # type: ignore[union-attr]


def test_own_slopes_of_demeaned_logarithms_are_those_with_year_effects(
    found: SideBySide, panel: Panel, study: Study
) -> None:
    """On a balanced panel, yearly means taken off all variables are year effects; the mean group checks the helper."""
    line = row(found, "all", "swamy")
    assert line["n_obs"] == row(found, "all", "mean_group")["n_obs"]
    assert line["n_regions"] == row(found, "all", "mean_group")["n_regions"]
    demeaned = found.estimates["all", "amemiya_macurdy"]
    assert demeaned.spec.formula == "y ~ x0 + x1 + x2 + x3"
    keep = demeaned.predict().index.get_level_values(0).unique()
    balanced = panel.select(regions=[str(one) for one in keep])
    logged = {"y": study.outcome, "x0": study.drivers[0]}
    sample = np.log(balanced.frame.loc[(slice(None), slice(2006, 2022)), list(logged.values())])
    means = sample.groupby(level=1).transform("mean")
    native = demeaned.native
    assert np.allclose(native.frame["x0"], (sample - means)[study.drivers[0]])  # type: ignore[attr-defined]
    assert np.allclose(native.frame["y"], (sample - means)[study.outcome])  # type: ignore[attr-defined]


def test_only_the_regions_that_an_estimator_can_use_are_used(found: SideBySide) -> None:
    for era, (first, last) in found.eras.items():
        for key in ("amemiya_macurdy", "interactive"):
            line = row(found, era, key)
            assert line["n_obs"] == line["n_regions"] * (last - first + 1)
    unbroken = found.estimates["all", "hpj"].predict().index.to_frame(index=False)
    assert (unbroken.groupby("region")["year"].diff().dropna() == 1).all()


def test_no_difference_crosses_a_break_of_method(found: SideBySide) -> None:
    assert set(found.breaks) >= {2017, 2019}
    for key in ("fd", "gmm_diff"):
        years = found.estimates["all", key].predict().index.get_level_values("year")
        assert not set(found.breaks) & set(years)
    assert row(found, "all", "fd5")["estimate"] == pytest.approx(row(found, "one_method", "fd5")["estimate"])


def test_the_elasticity_of_the_fractional_logit_is_what_a_small_change_does(found: SideBySide) -> None:
    estimate = found.estimates["all", "fractional"]
    native = estimate.native
    X, beta = native.data.X, native.solution.beta  # type: ignore[attr-defined]
    place = 1 + list(native.sample.names).index(FOCAL)  # type: ignore[attr-defined]

    def mean(step: float) -> float:
        moved = X.copy()
        moved[:, place] += step
        return float((1 / (1 + np.exp(-moved @ beta))).mean())

    slope = (np.log(mean(1e-6)) - np.log(mean(-1e-6))) / 2e-6
    assert row(found, "all", "fractional")["estimate"] == pytest.approx(slope, rel=1e-6)


def test_intervals_hold_their_estimate_and_each_other(found: SideBySide) -> None:
    rows = found.rows
    assert (rows["conf_low95"] < rows["conf_low80"]).all()
    assert (rows["conf_low80"] < rows["estimate"]).all()
    assert (rows["estimate"] < rows["conf_high80"]).all()
    assert (rows["conf_high80"] < rows["conf_high95"]).all()
    wide = rows.dropna(subset=["two_way_conf_low95"])
    assert (wide["two_way_conf_low95"] < wide["two_way_conf_low80"]).all()
    for era, key in found.two_way_refused:
        assert found.of(era).set_index("key").loc[[key], "two_way_conf_low95"].isna().all()


def test_the_contrast_is_mundlaks(found: SideBySide, panel: Panel, study: Study) -> None:
    """The regions' mean beside the driver: its coefficient is between less within, on a balanced panel exactly."""
    mundlak = found.estimates["all", "mundlak"]
    assert found.contrasts["all"].estimate == pytest.approx(mundlak.params[f"mean({FOCAL})"])
    assert found.contrasts["all"].conf_low < found.contrasts["all"].estimate < found.contrasts["all"].conf_high


def test_the_sentences_of_the_page_hold(found: SideBySide, result: Result) -> None:
    """What the texts say in words beside their numbers."""
    for era in found.eras:
        rows = found.of(era).assign(width=lambda one: one["conf_high95"] - one["conf_low95"])
        widest = rows.nlargest(4, "width").index
        assert rows["estimate"].idxmin() in widest, "the ends of the range have the widest intervals"
        assert rows["estimate"].idxmax() in widest
        assert rows["estimate"].min() < 0 < rows["estimate"].max(), "on both sides of zero"
    factor = row(found, "one_method", "fama_macbeth")
    wide = factor["two_way_conf_high95"] - factor["two_way_conf_low95"]
    assert wide > 2 * (factor["conf_high95"] - factor["conf_low95"]), "Fama–MacBeth's errors over years are too small"
    one_factor = fit(
        found.estimates["all", "interactive"].spec.formula,
        found.estimates["all", "interactive"].native.frame,  # type: ignore[attr-defined]
        estimator="interactive:1",
        years=found.eras["all"],
    )
    assert abs(one_factor.params[FOCAL]) < abs(row(found, "all", "interactive")["estimate"])
    values = result.values
    assert [values[f"break.{place}"].value for place in range(3)] == list(found.breaks)
    assert values["all.n_hold_zero"].value == int(
        ((found.of("all")["conf_low95"] <= 0) & (found.of("all")["conf_high95"] >= 0)).sum()
    )
    assert 0.04 < float(values["all.within_share"].value or 0) < 0.06


def test_those_that_differ_have_an_explanation(found: SideBySide, section: Section) -> None:
    apart = pd.concat([found.apart(era) for era in found.eras])
    assert set(apart["key"]) <= set(page.EXPLAINED)
    table = next(block for block in section.blocks if isinstance(block, TableBlock) and block.id.endswith("apart"))
    assert len(table.rows) == len(apart)


def test_a_page_without_any_that_differ_says_so(found: SideBySide) -> None:
    calm = replace(found, rows=found.rows.assign(within=found.rows["estimate"]))
    ids = [getattr(block, "text", "") for block in page.section(calm).blocks]
    assert "panel_estimators.apart.none" in ids
    assert "panel_estimators.apart.text" not in ids


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_picture_has_one_axis_and_says_what_lies_beyond(
    size: str, section: Section, result: Result, panel: Panel
) -> None:
    figure = next(block for block in section.blocks if isinstance(block, FigureBlock))
    words = words_of("en", result, panel)
    drawn = chart(figure.kind, figure.data, words, figure.options, size)  # type: ignore[arg-type]
    svg = chart_svg(drawn)
    low, high = figure.options["limits"]  # type: ignore[misc]
    beyond = figure.data[(figure.data["conf_low95"] < low) | (figure.data["conf_high95"] > high)]
    assert len(beyond) > 0
    for value in beyond.loc[beyond["conf_high95"] > high, "conf_high95"]:
        assert f">{float(f'{value:.2g}'):g}<" in svg
    assert svg.count("no estimate") == sum(
        len(PARTS[way.reading]) for way in WAYS if way.key in ("pmg", "dynamic_cce_0")
    )
    for head in ("Regions against each other", "Common factors", "Neighbours"):
        assert head in svg
