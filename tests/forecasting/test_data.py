"""Can a later figure reach an earlier forecast? And are scales, chains and breaks what they should be?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regional_econ._base.errors import DataError
from regional_econ.bayes.state_space import SHARE_AFTER, SHARE_BEFORE, VOLUME
from regional_econ.core.panel import Panel
from regional_econ.forecasting.benchmarks import histories
from regional_econ.forecasting.data import (
    GROWTH,
    LEVEL,
    SHARE,
    SHARE_OLD_METHOD,
    from_scale,
    prepare,
    to_index,
    to_scale,
)


def planted(panel: Panel, origin: int) -> Panel:
    frame = panel.to_frame()
    later = frame.index.get_level_values("year") > origin
    frame.loc[later, [SHARE, SHARE_OLD_METHOD]] = 77.7
    frame.loc[later, GROWTH] = 250.0
    return replace(panel, frame=frame)


@pytest.mark.parametrize("origin", [2008, 2012, 2016, 2017, 2018, 2019, 2021])
def test_a_figure_planted_after_the_origin_reaches_nothing(panel: Panel, origin: int) -> None:
    honest, dishonest = prepare(panel, origin=origin), prepare(planted(panel, origin), origin=origin)
    for name, values in honest.model.arrays().items():
        assert values.tobytes() == dishonest.model.arrays()[name].tobytes(), name
    assert honest.last_year == dishonest.last_year
    hidden = np.array(honest.years) > origin
    assert not honest.model.weight[:, :, hidden].any()
    for name, history in histories(honest).items():
        other = histories(dishonest)[name]
        np.testing.assert_array_equal(history.last, other.last)
        for one, two in zip(history.changes, other.changes, strict=True):
            np.testing.assert_array_equal(one, two)


def test_a_figure_planted_before_the_origin_does_reach_the_model(panel: Panel) -> None:
    honest, changed = prepare(panel, origin=2012), prepare(planted(panel, 2011), origin=2012)
    assert not np.array_equal(honest.model.observed, changed.model.observed)


def test_slots_hold_the_figures_of_their_method(panel: Panel) -> None:
    data = prepare(panel)
    kuzbass = data.regions.index("RU-KEM")
    at = {year: k for k, year in enumerate(data.years)}
    before, after = from_scale(data.visible(SHARE_BEFORE))[kuzbass], from_scale(data.visible(SHARE_AFTER))[kuzbass]
    assert before[at[2016]] == pytest.approx(panel.value("RU-KEM", SHARE, 2016), abs=1e-9)
    assert before[at[2017]] == pytest.approx(panel.value("RU-KEM", SHARE_OLD_METHOD, 2017), abs=1e-9)
    assert after[at[2017]] == pytest.approx(panel.value("RU-KEM", SHARE, 2017), abs=1e-9)
    assert np.isnan(before[at[2018]])
    assert np.isnan(after[at[2016]])
    assert [year for year, flag in zip(data.years, data.model.bridged, strict=True) if flag] == [2017]
    assert [year for year, flag in zip(data.years, data.model.unbridged, strict=True) if flag] == [2019]
    assert data.last_year == {SHARE: 2022, LEVEL: 2023}


def test_the_level_chains_the_published_indices(panel: Panel) -> None:
    data = prepare(panel)
    level = to_index(data.visible(VOLUME), np.zeros(1))
    growth = panel.matrix(GROWTH, years=data.years).to_numpy()
    # a log and an exponential of 24 factors
    np.testing.assert_allclose(100 * level[:, 1:] / level[:, :-1], growth[:, 1:], rtol=1e-12)


def test_a_gap_restarts_the_chain(panel: Panel) -> None:
    frame = panel.to_frame()
    frame.loc[("RU-KEM", 2010), GROWTH] = np.nan
    data = prepare(replace(panel, frame=frame))
    row = data.visible(VOLUME)[data.regions.index("RU-KEM")]
    assert np.isnan(row[: data.years.index(2010)]).all()
    assert row[data.years.index(2010)] == 0.0
    assert np.isfinite(row[data.years.index(2010) :]).all()


@pytest.mark.parametrize(("origin", "message"), [(1999, "no forecast from 1999"), (2030, "2030"), (2004, SHARE)])
def test_origins_without_figures_are_refused(panel: Panel, origin: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        prepare(panel, origin=origin)


@given(st.floats(0, 100))
def test_scales_are_inverse_and_zero_is_a_figure(percent: float) -> None:
    # the slope of the inverse at the ends is below 100 per unit
    assert float(from_scale(to_scale(np.array(percent)))) == pytest.approx(percent, abs=1e-9)


def test_forecasts_below_zero_are_cut() -> None:
    assert from_scale(np.array([-50.0, 50.0])).tolist() == [0.0, 100.0]


def test_histories_speak_of_the_origins_method(panel: Panel) -> None:
    data = prepare(panel, origin=2021)
    history = histories(data)[SHARE]
    row = data.regions.index("RU-KEM")
    values = {year: to_scale(np.array(panel.value("RU-KEM", SHARE, year))) for year in range(2006, 2022)}
    older = to_scale(np.array(panel.value("RU-KEM", SHARE_OLD_METHOD, 2017)))
    changes = pd.Series(history.changes[row], index=range(2007, 2022))
    assert changes[2017] == pytest.approx(float(older - values[2016]), abs=1e-12)
    assert changes[2018] == pytest.approx(float(values[2018] - values[2017]), abs=1e-12)
    assert np.isnan(changes[2019])
    assert history.last[row] == pytest.approx(float(values[2021]), abs=1e-12)
