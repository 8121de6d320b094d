"""Does every indicator go to its scale and back, and is what cannot be published cut off?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.panel import Panel
from regional_econ.forecasting.indicators import IDS, INDICATORS, indicator

SHARES = [one.id for one in INDICATORS if one.scale == "logit"]
LOGS = [one.id for one in INDICATORS if one.scale == "log"]


@pytest.mark.parametrize("name", SHARES)
@given(percent=st.floats(0.01, 99.9))
def test_a_share_returns_from_its_scale(name: str, percent: float) -> None:
    one = indicator(name)
    # the slope of the inverse is at most 25 units · 0.3 a per cent; logs are exact to 1e-16
    assert float(one.from_scale(one.to_scale(np.array(percent)))) == pytest.approx(percent, abs=1e-9)


@pytest.mark.parametrize("name", LOGS)
@given(figure=st.floats(1.0, 1e6))
def test_a_figure_returns_from_its_log(name: str, figure: float) -> None:
    one = indicator(name)
    assert float(one.from_scale(one.to_scale(np.array(figure)))) == pytest.approx(figure, rel=1e-9)


def test_zero_is_a_figure_where_there_is_an_offset_and_none_elsewhere() -> None:
    for one in INDICATORS:
        scaled = one.to_scale(np.array([0.0]))
        assert np.isfinite(scaled[0]) == (one.offset > 0), one.id
        if one.offset > 0:
            assert float(one.from_scale(scaled)[0]) == pytest.approx(0.0, abs=1e-9)


def test_a_unit_is_a_usual_change() -> None:
    wage = indicator("wage_real_rub_month")
    assert float(wage.from_scale(wage.to_scale(np.array(50_000.0)) + 1.0)) == pytest.approx(50_000 * np.exp(0.05))
    grp = indicator("grp_real_index")
    # growth of a year, and a level counted from the last one
    assert float(grp.to_scale(np.array(105.0))) == pytest.approx(np.log(1.05) / 0.05, rel=1e-12)
    assert grp.from_scale(np.array([7.0, 8.0]), 7.0).tolist() == pytest.approx([100.0, 100.0 * np.exp(0.05)], rel=1e-12)


def test_what_cannot_be_published_is_cut() -> None:
    share, researchers = indicator("innovation_activity_pct"), indicator("researchers")
    assert share.from_scale(np.array([-50.0, 50.0])).tolist() == [0.0, 100.0]
    assert researchers.from_scale(np.array([-50.0])).tolist() == [0.0]


def test_each_indicator_stands_on_a_published_variable(panel: Panel) -> None:
    assert len(IDS) == len(set(IDS))
    for one in INDICATORS:
        panel.variable(one.source)
        assert one.older is None or panel.variable(one.older)
    with pytest.raises(UnknownNameError, match="wear_pct"):
        indicator("wear")
