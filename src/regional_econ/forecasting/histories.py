"""What do the simple forecasters see? Each region's unbroken last years, from the figures the model sees."""

from __future__ import annotations

import numpy as np

from regional_econ.forecasting.benchmarks import History
from regional_econ.forecasting.data import IndicatorData


def history(data: IndicatorData) -> History:
    """Return an indicator's yearly changes and last values.

    A series is joined across a break year published under both methods by the growth under the older one; across any
    other break the change is unknown, and NaN.
    """
    visible, steps = data.visible, data.model.steps
    broken = (data.model.breaks.sum(axis=0) > 0) & (steps > 0)
    changes = []
    for row in visible:
        gaps = np.flatnonzero(~np.isfinite(row))
        start = int(gaps[-1]) + 1 if gaps.size else 0
        change = np.diff(row[start:], prepend=np.nan)
        change[broken[start:]] = np.nan
        changes.append(change[1:][steps[start + 1 :] > 0])
    return History(tuple(changes), data.last_level)
