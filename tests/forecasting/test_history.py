"""Do the simple forecasters see the figures that the model sees, joined where a year bridges two methods?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regional_econ.core.panel import Panel
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.history import history_of
from regional_econ.forecasting.indicators import indicator

SHARE, WAGE = indicator("innovation_activity_pct"), indicator("wage_real_rub_month")


def test_a_bridged_year_grows_by_its_older_method_and_an_unbridged_one_is_unknown(panel: Panel) -> None:
    data = prepare(panel, SHARE, origin=2021)
    row = data.regions.index("RU-KEM")
    known = history_of(data)
    assert SHARE.older is not None
    value = {year: float(SHARE.to_scale(np.array(panel.value("RU-KEM", SHARE.id, year)))) for year in range(2006, 2022)}
    older = float(SHARE.to_scale(np.array(panel.value("RU-KEM", SHARE.older, 2017))))
    expected = {year: value[year] - value[year - 1] for year in range(2007, 2022)}
    expected |= {2017: older - value[2016], 2019: float("nan")}
    changes = dict(zip(range(2007, 2022), known.changes[row].tolist(), strict=True))
    assert changes == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert known.last[row] == pytest.approx(value[2021], abs=1e-12)


def test_only_the_years_since_the_last_gap_count(panel: Panel) -> None:
    frame = panel.to_frame()
    frame.loc[("RU-TOM", 2015), WAGE.source] = np.nan
    frame.loc[("RU-KEM", 2020), WAGE.source] = np.nan
    known = history_of(prepare(replace(panel, frame=frame), WAGE, origin=2020))
    rows = {name: k for k, name in enumerate(panel.region_ids)}
    assert len(known.changes[rows["RU-TOM"]]) == 4
    assert np.isnan(known.last[rows["RU-KEM"]])
    assert len(known.changes[rows["RU-ALT"]]) == 20
