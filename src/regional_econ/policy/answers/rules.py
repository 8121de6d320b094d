"""What if the rules were others? The programme's gain under rules of overlap and under decreasing returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.answers.contract import Programme, gains
from regional_econ.policy.answers.figures import Spread
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
DECREASING: Mapping[str, float] = {"half": 0.5, "full": 1.0}


@dataclass(frozen=True)
class UnderRule:
    """The programme's gain under one rule."""

    name: str
    gain: Spread


def under_rules(model: Simulator, programme: Programme, sizes: Floats, *, year: int) -> tuple[UnderRule, ...]:
    """Return a programme's gain as declared, under each rule of overlap, and where returns to researchers decrease.

    Overlap is between levers of one group. Beyond about 900 researchers each counts only half, or not at all.

    Parameters
    ----------
    sizes : the programme (levers,), in standard pushes.

    Raises
    ------
    UnknownNameError : a year outside the simulation.

    Source: Perret (2017), Journal of the Knowledge Economy (K05), for the number of researchers.
    """
    models = {"declared": model}
    models |= {f"overlap_{rule}": model.with_overlap(rule) for rule in ("additive", "random", "nested")}
    models |= {f"returns_{name}": model.with_decreasing_returns(theta) for name, theta in DECREASING.items()}
    return tuple(
        UnderRule(name, Spread.of(gains(one, programme, sizes[None, :], year)[0])) for name, one in models.items()
    )
