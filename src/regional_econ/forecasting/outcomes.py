"""What came true after an origin, and in which units is a forecast of it scored?"""

from __future__ import annotations

import numpy as np

from regional_econ._base.errors import DataError
from regional_econ.bayes.trace import Array
from regional_econ.core.panel import Panel
from regional_econ.forecasting.data import IndicatorData
from regional_econ.forecasting.indicators import Indicator

HORIZONS = 5


def outcomes(panel: Panel, data: IndicatorData) -> Array:
    """Return what came true after an origin, (regions, 5) in published units; NaN where nothing comparable was.

    Raises
    ------
    DataError : the indicator has no figures at the origin.
    """
    one = data.indicator
    if data.last_year != data.origin:
        raise DataError(f"{one.id} has no figures in {data.origin}", advice="Choose an origin with figures")
    years = list(range(data.origin + 1, data.origin + HORIZONS + 1))
    found = panel.matrix(one.source, years=years).to_numpy().astype(np.float64)
    if one.scale == "index":
        return np.where(np.isfinite(data.last_level)[:, None], 100.0 * np.cumprod(found / 100.0, axis=1), np.nan)
    methods = sorted({*panel.variable(one.source).new_methods(), *one.recounts})
    older = None if one.older is None else panel.matrix(one.older, years=years).to_numpy().astype(np.float64)
    for k, year in enumerate(years):
        passed = [b for b in methods if data.origin < b <= year]
        if passed:
            found[:, k] = older[:, k] if older is not None and passed[0] == year else np.nan
    return found


def scoring_scale(values: Array, indicator: Indicator) -> Array:
    """Carry published values to the units of the scores: percentage points of a share, else log points."""
    if indicator.scale == "logit":
        return values
    return np.asarray(100.0 * indicator.unit * indicator.to_scale(values))
