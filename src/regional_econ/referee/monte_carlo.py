"""Is a drawn share far enough from a cut to say on which side it lies? And what must the rule itself achieve?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from regional_econ.core.claim import Label

Side = Literal["below", "above", "borderline"]


@dataclass(frozen=True)
class Goal:
    """How rarely the rule for effects must give a label, where the true effect is so many smallest effects."""

    label: Label
    effect: float


# The shares that are allowed stand in the rules file, section causal.characteristics.goals, by the same names.
GOALS: Mapping[str, Goal] = {
    "supported_at_zero": Goal("supported", 0.0),
    "supported_at_smallest": Goal("supported", 1.0),
    "leans_for_at_zero": Goal("leans_for", 0.0),
    "leans_against_at_zero": Goal("leans_against", 0.0),
}


def share_of(hits: int, draws: int) -> tuple[float, float]:
    """Return a share with its Monte Carlo error, which is not zero where nothing or everything was hit.

    Source: Agresti, Coull (1998), The American Statistician 52; one hit and one miss are added for the error.

    >>> share, error = share_of(0, 98)
    >>> share, round(error, 4)
    (0.0, 0.0099)
    """
    near = (hits + 1) / (draws + 2)
    return hits / draws, float(np.sqrt(near * (1 - near) / (draws + 2)))


def side(value: float, error: float, cut: float, errors: float) -> Side:
    """Return on which side of a cut a drawn value lies; nearer than so many errors it is borderline.

    >>> side(0.2, 0.02, 0.3, 3), side(0.2, 0.04, 0.3, 3), side(0.3, 0.0, 0.3, 3)
    ('below', 'borderline', 'above')
    """
    if abs(value - cut) < errors * error:
        return "borderline"
    return "above" if value >= cut else "below"
