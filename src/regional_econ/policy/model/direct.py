"""Which levers act on no driver with an elasticity: on the firms they treat, or on the share of mining.

Both effects are assumptions: nothing in these data identifies them, and the published ones are about other things.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.lever import Lever
from regional_econ.policy.model.levers import is_direct
from regional_econ.policy.model.priors import Prior

Floats = NDArray[np.float64]
MINING, MINING_PRIOR = "mining_share_pct", "mining_share_outcome"


def has_path(lever: Lever, priors: Mapping[str, Prior]) -> bool:
    """Tell whether a lever acts on the firms it treats, or on the share of mining with a declared slope."""
    return is_direct(lever) or (lever.state_var == MINING and MINING_PRIOR in priors)


@overload
def speed(years: float) -> float: ...
@overload
def speed(years: Floats) -> Floats: ...
def speed(years: float | Floats) -> float | Floats:
    """Return λ of s_t = s_{t−1} + λ(s* − s_{t−1}) such that nine tenths of a lasting change are made after some years.

    >>> round(speed(2.0), 3)
    0.684
    """
    return 1.0 - 0.1 ** (1.0 / years)
