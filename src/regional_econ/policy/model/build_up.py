"""How a measure builds up: in equal steps over some years, then held. Cards and answers use this one path."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.scenario import Setting

Floats = NDArray[np.float64]


def build_up(years: Sequence[int], *, first: int, last: int) -> Floats:
    """Return the share of a size that is in force, by year (years,).

    >>> build_up(range(2023, 2028), first=2024, last=2025).tolist()
    [0.0, 0.5, 1.0, 1.0, 1.0]
    """
    passed = np.asarray(years) - first + 1
    return np.asarray(np.clip(passed / (last - first + 1), 0.0, 1.0), dtype=np.float64)


def built_setting(lever: str, size: float, *, first: int, last: int) -> Setting:
    """Return the setting of a lever that builds up to a size, in the lever's unit.

    >>> built_setting("L10", 2.0, first=2027, last=2028).path
    ((2027, 1.0), (2028, 2.0))
    """
    years = range(first, last + 1)
    shares = build_up(years, first=first, last=last)
    return Setting(lever, tuple((year, size * float(share)) for year, share in zip(years, shares, strict=True)))
