"""Large panels: what the study measures, what the page makes of it, and panels that are what they say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import scale_study as study
import scale_world as world

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.causal.declaration import load_multiverse
from regional_econ.causal.multiverse import run
from regional_econ.causal.pages import scale
from regional_econ.core.record import read_result
from regional_econ.core.results import Result
from regional_econ.core.section import NumberRef, Paragraph, Section, TableBlock
from regional_econ.core.study import load_study
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.model import SamplerSettings
from regional_econ.panel.demean import singletons
from regional_econ.panel.fit import fit
from regional_econ.report.document import document
from regional_econ.report.words import Words


@pytest.fixture(scope="module")
def recorded() -> Result:
    """A record by laws: 2e-6 u¹ (fit), 1e-4 u¹ (specifications), 1e-4 u² (sampler) seconds; .5 + u/10⁴ GiB."""
    laws = {"fit": (2e-6, 1), "multiverse": (1e-4, 1), "sampler": (1e-4, 2)}
    found = {}
    for key, one in study.batches().items():
        factor, power = laws.get(one.kind, (1e-6, 1))
        found[key] = {"seconds": factor * one.size**power, "gib": 0.5 + one.size / 1e4}
        if one.kind in {"sampler", "sums"}:
            found[key] |= {"compile_seconds": 20.0, "ess": 100.0, "steps": 20.0}
    return Result("calibrate.scale", study.summary(found), {"code": "c"})


def test_the_page_shows_what_the_study_measures() -> None:
    assert {kind: study.SIZES[kind] for kind in scale.KINDS} == dict.fromkeys(scale.KINDS, scale.UNITS)
    assert {kind: study.SIZES[kind] for kind in scale.OF_FIRMS} == dict.fromkeys(scale.OF_FIRMS, scale.ROWS)
    full = load_study(study.ROOT / "analyses" / "study.toml").full
    assert SamplerSettings().chains * (full.forecast_tune + full.forecast_draws) == scale.SHIPPED_ITERATIONS
    assert full.ess_min == scale.SHIPPED_ESS


def test_laws_are_found_and_carried_on(recorded: Result) -> None:
    (result,) = scale.results(recorded)
    for kind, power, hours in (("fit", 1, 0.2 / 3600), ("multiverse", 1, 10 / 3600), ("sampler", 2, 1e6 / 3600)):
        assert result.values[f"{kind}.slope"].value == pytest.approx(power)
        assert result.values[f"{kind}.slope_largest"].value == pytest.approx(power)
        assert result.values[f"{kind}.slope_error"].value == pytest.approx(0, abs=1e-9)
        whole = hours * (6800 / 1600 if kind == "sampler" else 1)
        assert result.values[f"{kind}.far.hours_low"].value == pytest.approx(whole)
        assert result.values[f"{kind}.far.hours_high"].value == pytest.approx(whole)
        assert result.values[f"{kind}.far.gib"].value == pytest.approx(10.5)
    assert result.values["fit.far.hours_low"].digits == 6  # 5.6e-05: two digits that count


def test_the_standard_error_of_a_slope_is_that_of_a_regression() -> None:
    costs = [1.0, 2.5, 3.9, 8.6, 15.0]
    x = np.log(scale.UNITS)
    X = np.column_stack([np.ones(5), x])
    beta, ssr, *_ = np.linalg.lstsq(X, np.log(costs))
    error = np.sqrt(ssr[0] / 3 * np.linalg.inv(X.T @ X)[1, 1])
    assert scale.loglog_slope(scale.UNITS, costs) == pytest.approx((beta[1], error))


def test_every_number_is_a_result(recorded: Result) -> None:
    (result,), section = scale.results(recorded), scale.section(recorded)
    tables = [block for block in section.blocks if isinstance(block, TableBlock)]
    shown = [cell.id for table in tables for row in table.rows for cell in row if isinstance(cell, NumberRef)]
    assert len(shown) == 5 * 9 + 3 * 9 + 3 * 6
    assert {one.removeprefix("scale.") for one in shown} <= set(result.values)


def test_without_a_record_the_page_says_how_to_make_it() -> None:
    assert scale.results(None) == []
    assert scale.section(None).blocks == (Paragraph("scale.absent"),)


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, there: bool, recorded: Result, tmp_path: Path) -> None:
    found = recorded if there else None
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in ("scale.yml", "report.yml", "charts.yml")])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{one.id}.{key}": value for one in scale.results(found) for key, value in one.values.items()}
    words = Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, {}, {})
    scale.section(found).write(tmp_path / "page.json")
    rendered = document([Section.read(tmp_path / "page.json")], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == ["scale"]
    for key in catalogue.texts:
        if key.startswith("scale.") and (there or key.endswith(("absent", "title"))):
            shown = words.text(key)
            assert "{" not in shown
            assert bool(re.search("[А-я]", shown)) == (lang == "ru"), key


def test_a_municipal_panel_has_the_regions_gaps_and_moves_of_its_own() -> None:
    panel = world.municipal(100)
    assert panel.frame.shape == (100 * 25, 12)
    assert panel.frame.equals(world.municipal(100).frame)
    one, other = panel.frame.loc["RU-KEM"], panel.frame.loc[panel.region_ids[panel.region_ids.index("RU-KEM") + 1]]
    assert not one.equals(other)
    first, copies = panel.frame.xs("RU-AD"), panel.frame.xs("RU-AD.1")
    assert (first.isna() == copies.isna()).all(axis=None)
    assert not np.isclose(first["grp_mln_rub"], copies["grp_mln_rub"]).any()
    declared = world.specifications(load_multiverse(Path(study.ROOT) / "analyses" / "multiverse.yml"))
    assert len(run(panel, declared, focal_region="RU-KEM").table) == 13_440


def test_the_highest_peak_is_told_and_fits_a_common_machine(recorded: Result) -> None:
    (result,) = scale.results(recorded)
    assert result.values["largest_gib"].value == pytest.approx(0.5 + 1e7 / 1e4)
    (shipped,) = scale.results(read_result(study.ROOT / "reports" / "record" / "calibrate.scale.json"))
    assert float(shipped.values["largest_gib"].value or 0.0) <= 16.0


def test_every_subset_holds_the_regression_on_all_inputs() -> None:
    frame = world.firms(20_000)
    codes = tuple(np.unique(one, return_inverse=True)[1] for one in frame.index.codes)  # type: ignore[attr-defined]
    frame = frame[~singletons(codes)]  # `fit` leaves them out, and a count of rows is in the factor
    found, whole = study.every_subset(frame), fit(study.OF_FIRMS, frame, inference="cluster:region")
    first = world.REGRESSORS[0]
    assert len(found.coef) == 2 ** (len(world.REGRESSORS) - 1)
    # two roads through effects swept out iteratively
    assert found.coef[-1] == pytest.approx(whole.params[first], rel=1e-8)
    assert found.std_error[-1] == pytest.approx(whole.std_errors[first], rel=1e-8)


def test_sums_are_those_of_the_firms_of_a_municipality() -> None:
    frame = world.firms(20_000)
    panel = world.sums(frame)
    assert panel.frame.shape == (world.MUNICIPALITIES * 20, 1)
    place, year = int(frame["municipality"].iloc[0]), int(frame.index[0][1])
    there = frame[(frame["municipality"] == place) & (frame.index.get_level_values("year") == year)]
    assert panel.matrix("output").loc[f"{place:04d}", year] == pytest.approx(np.exp(there["output"]).sum())
    assert panel.frame["output"].isna().mean() == pytest.approx(np.exp(-20_000 / len(panel.frame)), abs=0.03)  # Poisson
    data = prepare(panel, world.OUTPUT).model
    assert (data.weight.sum(), len(data.weight)) == (panel.frame["output"].notna().sum(), world.MUNICIPALITIES)


def test_firms_give_back_the_slopes_that_were_drawn() -> None:
    frame = world.firms(50_000)
    assert len(frame) == 50_000
    found = fit(study.OF_FIRMS, frame, inference="cluster:municipality")
    # five standard errors of about .006: a slope that were not drawn would lie a hundred away
    assert np.abs(found.params.to_numpy() - world.SLOPE).max() < 0.03
