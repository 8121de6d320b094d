"""The page of dynamic estimators: long run and bias against the outside, the table's own logic, both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.files import read_json
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.panel import Panel
from regional_econ.core.section import NumberRef, Section, Stack, TableBlock
from regional_econ.core.study import Study
from regional_econ.data.regions import load_regions
from regional_econ.panel.dynamic.long_run import long_run, nickell_bias
from regional_econ.panel.dynamic_table import GMM_MODELS, DynamicTable
from regional_econ.panel.pages import dynamic as page
from regional_econ.report.document import document
from regional_econ.report.words import Words

FRONT = {f"front.{part}": Text("проба", "trial") for part in ("title", "subtitle", "answer")}


@pytest.fixture(scope="module")
def found(dynamic: DynamicTable) -> DynamicTable:
    return dynamic


def estimate_of(lag: float, slope: float) -> Estimate:
    labels = ["lag(y, 1)", "x"]
    covariance = pd.DataFrame([[0.01, -0.002], [-0.002, 0.04]], index=labels, columns=labels)
    return Estimate(pd.Series([lag, slope], index=labels), covariance, Spec("y ~ x", "fe", "region", "iid"), "", df=30)


def numbers_of(section: Section) -> set[str]:
    rows = [row for block in section.blocks if isinstance(block, TableBlock) for row in block.rows]
    cells = [part for row in rows for cell in row for part in (cell.cells if isinstance(cell, Stack) else (cell,))]
    return {cell.id for cell in cells if isinstance(cell, NumberRef)}


def test_the_long_run_is_the_ratio_with_the_error_of_numerical_derivatives() -> None:
    estimate = estimate_of(0.6, 0.3)
    long = long_run(estimate, "x", ("lag(y, 1)",))
    step, at = 1e-6, np.array([0.6, 0.3])
    slope = [((at[1] + step * (place == 1)) / (1 - at[0] - step * (place == 0)) - 0.3 / 0.4) / step for place in (0, 1)]
    assert long.estimate == pytest.approx(0.75)
    error = float(np.sqrt(np.array(slope) @ estimate.covariance.to_numpy() @ np.array(slope)))
    assert long.std_error == pytest.approx(error, rel=1e-4)  # of one-sided differences with steps of 1e-6
    assert long.conf_low < 0 < long.conf_high
    assert long.conf_low + long.conf_high == pytest.approx(2 * long.estimate)
    wide = long_run(estimate, "x", ("lag(y, 1)",), level=0.99)
    assert wide.conf_low < long.conf_low


def test_what_has_no_long_run_is_refused() -> None:
    with pytest.raises(EstimationError, match=r"add up to 1\.020: an outcome that does not return"):
        long_run(estimate_of(1.02, 0.3), "x", ("lag(y, 1)",))
    with pytest.raises(UnknownNameError, match="unknown term 'z'"):
        long_run(estimate_of(0.5, 0.3), "z", ("lag(y, 1)",))


@pytest.mark.parametrize(("gamma", "years"), [(0.5, 4), (0.8, 10), (-0.3, 5)])
def test_nickells_bias_is_that_of_simulated_panels(gamma: float, years: int) -> None:
    rng = np.random.default_rng(3)
    n = 40_000
    y = np.empty((n, years + 1))
    y[:, 0] = rng.normal(size=n) / np.sqrt(1 - gamma**2)
    for year in range(1, years + 1):
        y[:, year] = gamma * y[:, year - 1] + rng.normal(size=n)
    now, before = (part - part.mean(axis=1, keepdims=True) for part in (y[:, 1:], y[:, :-1]))
    estimate = float((now * before).sum() / (before**2).sum())
    error = 1 / np.sqrt((before**2).sum())
    assert nickell_bias(gamma, years) == pytest.approx(estimate - gamma, abs=5 * error)


@pytest.mark.parametrize(("gamma", "years"), [(1.0, 10), (0.5, 1), (-1.2, 10)])
def test_a_bias_that_is_not_known_is_refused(gamma: float, years: int) -> None:
    with pytest.raises(EstimationError, match="no bias is known"):
        nickell_bias(gamma, years)


def test_corrections_move_the_lag_up_and_breaks_cost_years(found: DynamicTable, study: Study) -> None:
    for era in page.ERAS:
        models = found.estimates[era]
        lag = {name: float(models[name].params[found.lag]) for name in models}
        assert lag["within"] < lag["lsdvc"] < lag["pooled"]
        assert lag["within"] < lag["hpj"]
        assert set(found.checks[era]) == set(GMM_MODELS)
        assert found.checks[era]["system"].difference is not None
        assert found.checks[era]["gmm_two"].difference is None
    every = found.estimates["all"]
    assert found.breaks == (2017, 2019, 2022), "those of the outcome and that of wear"
    assert every["gmm_two"].diagnostics["n_obs"] < every["system"].diagnostics["n_differences"]
    assert "2017, 2019, 2022" in every["gmm_two"].spec.sample
    assert 2022 not in every["gmm_two"].predict().index.get_level_values("year")
    assert "2017" not in every["system"].spec.sample
    one = found.estimates["one_method"]["within"].diagnostics
    assert (one["first_year"], one["last_year"]) == (study.first_year + 1, 2016)


def test_the_newest_method_alone_is_refused_with_its_reason(found: DynamicTable) -> None:
    assert found.refusal is not None
    assert (found.refusal.first, found.refusal.last) == (2019, 2022)
    assert found.refusal.needed > found.refusal.last - found.refusal.first + 1
    assert "too few for a dynamic model" in found.refusal.message


def test_the_page_says_how_much_of_the_coefficient_is_lost_in_so_few_years(found: DynamicTable) -> None:
    values = page.result(found).values
    first = {gamma: values[f"nickell.0.{gamma:g}"].value for gamma in page.GAMMAS}
    assert values["nickell.0.years"].value == values["refused.years"].value == 4
    for gamma, bias in first.items():
        assert float(values[f"refused.short_pct.{gamma:g}"].value or 0) == pytest.approx(
            -100 * float(bias or 0) / gamma
        )
    assert float(values["refused.short_pct.0.3"].value or 0) > 100, "the estimate changes its sign"
    # Three rows by hand: Σ over rows of Nickell's eq. 18 at γ = .5 and T = 3.
    share = 1 - (1 - 0.5**3) / (3 * 0.5)
    by_hand = 1.5 / 2 * share / (1 - 2 * 0.5 / (0.5 * 2) * share)
    assert values["refused.own_rows"].value == 3
    assert float(values["refused.own_pct.0.5"].value or 0) == pytest.approx(100 * by_hand / 0.5)


def test_the_study_counts_the_lag_year(found: DynamicTable, root: Path) -> None:
    own = float(page.result(found).values["refused.own_pct.0.5"].value or 0)
    record = read_json(root / "reports" / "record" / "calibrate.dynamic.json")["values"]
    drawn = record["plain.T4.r5.within.rho.bias_pct"]["value"]
    assert -drawn == pytest.approx(own, abs=3), "four years with the lag's own are three rows"


def test_the_curve_holds_the_tables_estimate_and_more_instruments_tell_less(found: DynamicTable) -> None:
    lag = found.curve[found.curve["term"] == found.lag].set_index(["set", "reach"])
    assert lag.loc[("collapsed", 4), "estimate"] == found.estimates["all"]["gmm_two"].params[found.lag]
    assert lag.loc["spread", "estimate"].iloc[-1] == found.estimates["all"]["gmm_every"].params[found.lag]
    for name, part in lag.groupby(level=0):
        assert (np.diff(part["n_instruments"]) > 0).all(), name
        assert (np.diff(part["hansen_size"].dropna()) <= 0).all(), name
        assert part["hansen_size"].dropna().iloc[-1] < part["hansen_size"].dropna().iloc[0], name
    last = lag.loc["spread"].iloc[-1]
    assert 0.8 < last["n_instruments"] / last["n_regions"] <= 1, "nearly as many as regions, so Hansen has a p-value"
    assert np.isfinite(last["hansen_p"])
    assert last["hansen_size"] < 0.001, "which says nothing"


def test_the_place_of_an_estimate_is_read_from_bounds_and_interval(found: DynamicTable) -> None:
    models = dict(found.estimates["all"])
    one = models["gmm_two"]
    where = {}
    for value, spread in ((0.6, 0.1), (0.4, 0.1), (0.4, 0.01), (0.9, 0.2), (0.9, 0.01)):
        params = one.params.copy()
        params[found.lag] = value
        moved = replace(
            one, params=params, covariance=one.covariance / one.covariance.loc[found.lag, found.lag] * spread**2
        )
        shifted = replace(found, estimates={**found.estimates, "all": {**models, "gmm_two": moved}})
        where[value, spread] = page._place(shifted, "all", "gmm_two")
    assert list(where.values()) == ["inside", "below_reaches", "below_apart", "above_reaches", "above_apart"]


def test_every_number_of_a_table_is_a_result(found: DynamicTable) -> None:
    result = page.result(found)
    shown = {name.removeprefix(f"{page.RESULT_ID}.") for name in numbers_of(page.section(found))}
    assert shown <= set(result.values)
    assert result.values["focus.n_models"].value == 16


def test_a_hansen_test_without_a_p_value_is_refused_in_words(found: DynamicTable) -> None:
    checks = found.checks["all"]
    none = replace(checks["gmm_every"], hansen=replace(checks["gmm_every"].hansen, p_value=float("nan")))
    beyond = replace(found, checks={**found.checks, "all": {**checks, "gmm_every": none}})
    name = "all.gmm_every.hansen.p_value"
    assert page.result(beyond).values[name].value is None
    assert f"{page.RESULT_ID}.{name}" not in numbers_of(page.section(beyond))
    assert f"{page.RESULT_ID}.{name}" in numbers_of(page.section(found))


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, found: DynamicTable, panel: Panel, tmp_path: Path) -> None:
    catalogue = Catalogue.load(
        [data_dir() / "texts" / name for name in ("panel_dynamic.yml", "panel.yml", "report.yml", "charts.yml")]
    )
    result = page.result(found)
    numbers = {f"{result.id}.{key}": value for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in panel.variables.items()}
    regions = {name: region.name for name, region in load_regions().items()}
    words = Words(lang, Catalogue({**catalogue.texts, **FRONT}, catalogue.plurals), numbers, labels, regions)
    page.section(found).write(tmp_path / "section.json")
    rendered = document([Section.read(tmp_path / "section.json")], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == [page.SECTION_ID]
    for key in catalogue.texts:
        if key.startswith("panel_dynamic."):
            shown = words.text(key)
            assert shown
            assert "{" not in shown
            assert bool(re.search("[А-я]", shown)) == (lang == "ru") or not re.search("[A-zА-я]", shown), key
