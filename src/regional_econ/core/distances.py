"""How far apart are places on the globe?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
EARTH_KM = 6371.0088  # mean radius


def distances_km(places: Sequence[tuple[float, float]]) -> Floats:
    """Great-circle distances (n, n) between places (latitude, longitude) in degrees, by the haversine.

    Source: Sinnott (1984, Sky and Telescope 68). Held against distances between cities and along a parallel
    (tests/core/test_spatial_weights.py).

    >>> distances_km([(0.0, 0.0), (0.0, 180.0), (90.0, 0.0)]).round(0)[0].tolist()
    [0.0, 20015.0, 10008.0]
    """
    latitude, longitude = np.radians(np.asarray(places, dtype=np.float64)).T
    half_up = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half_over = np.sin((longitude[:, None] - longitude) / 2) ** 2
    chord = half_up + np.cos(latitude[:, None]) * np.cos(latitude) * half_over
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))
