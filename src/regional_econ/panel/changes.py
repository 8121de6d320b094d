"""How much does a variable move over a few years, where its method does not?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from regional_econ.panel.demean import Floats


def window_changes(values: pd.DataFrame, window: int, breaks: Sequence[int]) -> Floats:
    """Return all changes over ``window`` years that do not span a break (first year of a new method).

    Source: none, a count of the project's own. Held against counts by hand (tests/causal/test_multiverse.py).

    Parameters
    ----------
    values : regions × years.
    """
    pieces = []
    years = [int(str(year)) for year in values.columns]
    for start in years:
        end = start + window
        if end in years and not any(start < year <= end for year in breaks):
            pieces.append((values[end] - values[start]).dropna().to_numpy())
    return np.concatenate(pieces) if pieces else np.empty(0)
