"""Can a later figure reach an earlier forecast? And are chains, breaks and national growth what they should be?"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from regional_econ._base.errors import DataError
from regional_econ._base.text import Text
from regional_econ.bayes.growth_model import GrowthPrior
from regional_econ.core.panel import Panel
from regional_econ.core.variable import Break
from regional_econ.forecasting.data import EXPOSURE, IndicatorData, prepare
from regional_econ.forecasting.indicators import IDS, INDICATORS, indicator

SHARE = indicator("innovation_activity_pct")
GRP = indicator("grp_real_index")
EMPLOYED = indicator("employed_thousand")
RESEARCHERS = indicator("researchers")
UNEMPLOYMENT = indicator("unemployment_pct")
PRICE = {year: 0.01 * (year - 2000) for year in range(2000, 2024)}


def planted(panel: Panel, years: slice) -> Panel:
    """Give every region another figure of every indicator, and of its exposure, in a span of years."""
    frame = panel.to_frame()
    when = frame.index.get_level_values("year")
    rows = (when >= (years.start or when.min())) & (when <= (years.stop or when.max()))
    for one in INDICATORS:
        for name in filter(None, (one.source, one.older, EXPOSURE)):
            frame.loc[rows, name] = 77.7 if one.scale == "logit" or name == EXPOSURE else 250.0
    return replace(panel, frame=frame)


def with_figure(panel: Panel, region: str, year: int, name: str, figure: float) -> Panel:
    frame = panel.to_frame()
    frame.loc[(region, year), name] = figure
    return replace(panel, frame=frame)


def all_of(data: IndicatorData) -> dict[str, bytes]:
    """Everything that a model or a simple forecaster gets to see."""
    arrays = {name: value.tobytes() for name, value in vars(data.model).items() if isinstance(value, np.ndarray)}
    return {**arrays, "base": data.base.tobytes(), "years": repr((data.step_years, data.last_year)).encode()}


@pytest.mark.parametrize("origin", [2008, 2012, 2016, 2017, 2019, 2022])
@pytest.mark.parametrize("name", IDS)
def test_a_figure_planted_after_the_origin_reaches_nothing(panel: Panel, name: str, origin: int) -> None:
    dearer = {year: change + (year > origin) for year, change in PRICE.items()}
    honest = prepare(panel, indicator(name), origin=origin, price=PRICE)
    dishonest = prepare(planted(panel, slice(origin + 1, None)), indicator(name), origin=origin, price=dearer)
    assert all_of(honest) == all_of(dishonest)
    assert max(honest.step_years) == honest.last_year <= origin


@pytest.mark.parametrize("name", IDS)
def test_a_figure_planted_at_or_before_the_origin_reaches_the_model(panel: Panel, name: str) -> None:
    honest = all_of(prepare(panel, indicator(name), origin=2016, price=PRICE))
    for year in (2014, 2016):
        other = prepare(planted(panel, slice(year, year)), indicator(name), origin=2016, price=PRICE)
        changed = {key for key, value in all_of(other).items() if value != honest[key]}
        assert changed >= {"observed", "national", "exposure"}, year
    cheaper = all_of(prepare(panel, indicator(name), origin=2016, price={**PRICE, 2015: -1.0}))
    assert {key for key, value in cheaper.items() if value != honest[key]} == {"driver"}


def test_every_size_is_the_same_so_that_one_model_serves_all(panel: Panel) -> None:
    sizes = {prepare(panel, one, origin=origin).model.shape for one in INDICATORS for origin in (2008, 2017, 2023)}
    assert sizes == {(len(panel.region_ids), 2023 - 2000 + 2)}


def test_steps_before_the_first_year_are_blank(panel: Panel) -> None:
    data = prepare(panel, EMPLOYED, origin=2010)
    blank = 25 - 11
    assert data.step_years == (*range(2000 - blank, 2000), *range(2000, 2011))
    for values in (data.model.weight, data.model.observed):
        assert not values[:, :blank].any()
    assert data.model.weight[:, blank:].all()
    assert data.model.steps.all()
    # counted from the first figure
    assert not data.model.observed[:, blank].any()
    np.testing.assert_allclose(data.visible[:, blank:], EMPLOYED.to_scale(_figures(panel, EMPLOYED.source, 2000, 2010)))


def _figures(panel: Panel, name: str, first: int, last: int) -> np.ndarray:
    return panel.matrix(name, years=range(first, last + 1)).to_numpy()


def test_a_year_under_two_methods_takes_two_steps(panel: Panel) -> None:
    """2017 is known under both methods, 2019 under the new one alone."""
    data = prepare(panel, SHARE)
    kuzbass, years = data.regions.index("RU-KEM"), np.array(data.step_years)
    assert data.last_year == 2022
    assert SHARE.older is not None
    old, new = np.flatnonzero(years == 2017)
    assert data.model.steps[[old, new]].tolist() == [1.0, 0.0]
    assert data.model.steps.sum() == len(years) - 1
    figures = SHARE.from_scale(data.visible)[kuzbass]
    assert figures[old] == pytest.approx(panel.value("RU-KEM", SHARE.older, 2017), abs=1e-9)
    assert figures[new] == pytest.approx(panel.value("RU-KEM", SHARE.id, 2017), abs=1e-9)
    assert figures[-1] == pytest.approx(panel.value("RU-KEM", SHARE.id, 2022), abs=1e-9)
    assert [np.flatnonzero(row).tolist() for row in data.model.breaks] == [[new], [int(np.argmax(years == 2019))]]


def test_breaks_that_no_year_bridges_fall_on_the_years_own_step(panel: Panel) -> None:
    data = prepare(panel, EMPLOYED)
    assert data.model.steps.all()
    assert [[data.step_years[s] for s in np.flatnonzero(row)] for row in data.model.breaks] == [[2010], [2013]]
    # the second is not yet known
    early = prepare(panel, EMPLOYED, origin=2012)
    assert [[early.step_years[s] for s in np.flatnonzero(row)] for row in early.model.breaks] == [[2010], []]


def test_an_indicator_with_more_breaks_than_the_model_knows_is_refused(panel: Panel) -> None:
    variable = panel.variable(EMPLOYED.source)
    third = Break(2005, "method", Text("Метод", "Method"))
    changed = replace(variable, breaks=(third, *variable.breaks))
    with pytest.raises(DataError, match="employed_thousand changes its method 3 times"):
        prepare(replace(panel, variables={**panel.variables, EMPLOYED.source: changed}), EMPLOYED)


@pytest.mark.parametrize("name", ["innovation_activity_pct", "employed_thousand", "wage_real_rub_month"])
def test_national_growth_is_the_median_where_the_years_can_be_compared(panel: Panel, name: str) -> None:
    one = indicator(name)
    model = prepare(panel, one, origin=2021).model
    years = prepare(panel, one, origin=2021).step_years
    newer = one.to_scale(_figures(panel, one.source, 1999, 2021))
    expected: dict[int, float] = {}
    hidden = {"innovation_activity_pct": {2019}, "employed_thousand": {2010, 2013}}.get(name, set())
    for column, year in enumerate(range(2000, 2022), start=1):
        growth = newer[:, column] - newer[:, column - 1]
        if one.older is not None and year == 2017:
            growth = one.to_scale(_figures(panel, one.older, 2017, 2017))[:, 0] - newer[:, column - 1]
        if year > 2000 and year not in hidden and np.isfinite(growth).any():
            expected[year] = float(np.nanmedian(growth))
    own = np.flatnonzero(model.steps)
    found = {years[s]: float(model.national[s]) for s in own if model.known[s]}
    assert found == pytest.approx(expected, abs=1e-12)
    # the year before is known where both years are, and nothing is said elsewhere
    for before, s in pairwise(own):
        both = years[before] in expected and years[s] in expected
        assert model.known_before[s] == float(both)
        assert model.before[s] == (model.national[before] if both else 0.0)
    unknown = model.known == 0
    assert not model.national[unknown].any()
    assert not model.known[model.steps == 0].any()
    assert not model.known_before[own[0]]


def test_an_index_is_chained(panel: Panel) -> None:
    data = prepare(panel, GRP, origin=2020)
    level = GRP.from_scale(data.visible, 0.0)
    growth = _figures(panel, GRP.source, 2001, 2020)
    # a log and an exponential of 20 factors
    np.testing.assert_allclose(100.0 * level[:, -20:] / level[:, -21:-1], growth, rtol=1e-12)
    assert (level[:, -21] == 100.0).all()


def test_a_gap_restarts_the_chain(panel: Panel) -> None:
    data = prepare(with_figure(panel, "RU-KEM", 2010, GRP.source, np.nan), GRP)
    row, at = data.visible[data.regions.index("RU-KEM")], data.step_years.index(2010)
    assert np.isnan(row[:at]).all()
    assert row[at] == 0.0
    assert np.isfinite(row[at:]).all()


def test_a_region_with_no_figure_in_the_last_year_has_no_last_level(panel: Panel) -> None:
    frame = panel.to_frame()
    frame.loc["RU-TOM", RESEARCHERS.source] = np.nan
    frame.loc[("RU-KEM", 2023), RESEARCHERS.source] = np.nan
    data = prepare(replace(panel, frame=frame), RESEARCHERS)
    lacking = [name for name, level in zip(data.regions, data.last_level, strict=True) if np.isnan(level)]
    assert lacking == ["RU-KEM", "RU-TOM"]
    tomsk = data.regions.index("RU-TOM")
    assert np.isnan(data.base[tomsk])
    assert not data.model.weight[tomsk].any()
    assert all(np.isfinite(value).all() for value in vars(data.model).values() if isinstance(value, np.ndarray))


def test_prior_and_price_reach_the_model(panel: Panel) -> None:
    prior = GrowthPrior(0.5, 0.1, 0.2)
    data = prepare(panel, SHARE, prior=prior, price=PRICE)
    assert data.model.prior == prior
    by_step = dict(zip(data.step_years, data.model.driver, strict=True))
    assert by_step[2016] == PRICE[2016]
    # the second step of 2017 is the same year: a price moves a region once
    assert data.model.driver[data.model.steps == 0].tolist() == [0.0]


def test_exposure_is_the_mean_share_of_mining_so_far(panel: Panel) -> None:
    data = prepare(panel, SHARE, origin=2015)
    share = panel.select(years=(2009, 2015)).matrix(EXPOSURE)
    np.testing.assert_allclose(data.model.exposure, share.mean(axis=1).to_numpy() / 100.0, rtol=1e-12)
    assert not prepare(panel, SHARE, origin=2008).model.exposure.any()


@pytest.mark.parametrize(
    ("one", "figure", "what"),
    [
        (EMPLOYED, 0.0, "employed_thousand of 0 has no place on a log scale"),
        (EMPLOYED, -3.0, "employed_thousand of -3 has no place on a log scale"),
        (RESEARCHERS, -1.0, "researchers of -1 has no place on a log scale"),
        (GRP, 0.0, "grp_real_index_pct of 0 has no place on a index scale"),
        (UNEMPLOYMENT, 0.0, "unemployment_pct of 0 has no place on a logit scale"),
        (SHARE, 100.5, "innovation_activity_pct of 100.5 lies above 100 %"),
        (SHARE, -0.1, "innovation_activity_pct of -0.1 has no place on a logit scale"),
    ],
)
def test_a_figure_without_a_place_on_the_scale_is_named(panel: Panel, one, figure: float, what: str) -> None:
    with pytest.raises(DataError, match=re.escape(what)) as refused:
        prepare(with_figure(panel, "RU-TOM", 2012, one.source, figure), one, origin=2015)
    assert "RU-TOM, 2012" in str(refused.value)
    # hidden after the origin, it is nobody's concern
    prepare(with_figure(panel, "RU-TOM", 2012, one.source, figure), one, origin=2011)


def test_a_published_zero_stays_a_figure_where_the_scale_has_an_offset(panel: Panel) -> None:
    for one in (SHARE, RESEARCHERS):
        data = prepare(with_figure(panel, "RU-TOM", 2012, one.source, 0.0), one, origin=2015)
        row, at = data.visible[data.regions.index("RU-TOM")], data.step_years.index(2012)
        assert float(one.from_scale(row[at])) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("origin", "message"),
    [(1999, "no forecast from 1999"), (2001, "no forecast from 2001"), (2030, "no forecast from 2030"),
     (2005, "innovation_activity_pct has no figure in 2004 or 2005")],
)  # fmt: skip
def test_origins_without_figures_are_refused(panel: Panel, origin: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        prepare(panel, SHARE, origin=origin)


def test_figures_a_year_late_are_still_a_start(panel: Panel) -> None:
    """Innovation activity of 2023 is not published: the forecast from 2023 starts after 2022."""
    assert prepare(panel, SHARE, origin=2023).last_year == 2022
    nothing = panel.to_frame()
    nothing.loc[nothing.index.get_level_values("year") == 2022, SHARE.source] = np.nan
    with pytest.raises(DataError, match="no figure in 2022 or 2023"):
        prepare(replace(panel, frame=nothing), SHARE, origin=2023)
