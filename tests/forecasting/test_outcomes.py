"""Is a forecast held against what was published under its own method, and in the units of its scores?"""

from __future__ import annotations

import numpy as np
import pytest

from regional_econ._base.errors import DataError
from regional_econ.core.panel import Panel
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.outcomes import HORIZONS, outcomes, scoring_scale

SHARE, GRP, WAGE = (indicator(name) for name in ("innovation_activity_pct", "grp_real_index", "wage_real_rub_month"))


def test_a_share_is_followed_as_far_as_its_method(panel: Panel) -> None:
    kuzbass = panel.region_ids.index("RU-KEM")
    assert SHARE.older is not None
    found = outcomes(panel, prepare(panel, SHARE, origin=2014))[kuzbass]
    published = [panel.value("RU-KEM", SHARE.id, year) for year in (2015, 2016)]
    assert found[:3].tolist() == [*published, panel.value("RU-KEM", SHARE.older, 2017)]
    assert np.isnan(found[3:]).all()
    # from 2018 on nothing can be compared with later years, from 2019 on all published years can
    assert np.isnan(outcomes(panel, prepare(panel, SHARE, origin=2018))).all()
    later = outcomes(panel, prepare(panel, SHARE, origin=2019))[kuzbass]
    assert later[:3].tolist() == [panel.value("RU-KEM", SHARE.id, year) for year in (2020, 2021, 2022)]
    assert np.isnan(later[3:]).all()


def test_a_recount_ends_what_can_be_compared(panel: Panel) -> None:
    found = outcomes(panel, prepare(panel, indicator("employed_thousand"), origin=2008))
    assert np.isfinite(found[:, 0]).all()
    assert np.isnan(found[:, 1:]).all(), "employment is counted anew from 2010 on"
    assert np.isfinite(outcomes(panel, prepare(panel, indicator("employed_thousand"), origin=2010))).all()


def test_an_index_is_chained_from_the_origin(panel: Panel) -> None:
    found = outcomes(panel, prepare(panel, GRP, origin=2014))
    growth = panel.matrix(GRP.source, years=range(2015, 2020)).to_numpy()
    assert found.shape == (len(panel.region_ids), HORIZONS)
    np.testing.assert_allclose(found[:, 0], growth[:, 0], rtol=1e-12)
    np.testing.assert_allclose(found[:, 4], 100.0 * np.prod(growth / 100.0, axis=1), rtol=1e-12)


def test_an_origin_without_figures_has_no_outcomes(panel: Panel) -> None:
    with pytest.raises(DataError, match="innovation_activity_pct has no figures in 2023"):
        outcomes(panel, prepare(panel, SHARE, origin=2023))


def test_scores_are_in_points_of_a_share_and_in_hundredths_of_a_log() -> None:
    assert scoring_scale(np.array([12.5]), SHARE).tolist() == [12.5]
    wages = scoring_scale(np.array([100.0, 101.0]), WAGE)
    assert wages[1] - wages[0] == pytest.approx(100.0 * np.log(1.01), rel=1e-9)
    index = scoring_scale(np.array([100.0, 90.0]), GRP)
    assert index.tolist() == pytest.approx([0.0, 100.0 * np.log(0.9)], abs=1e-9)
