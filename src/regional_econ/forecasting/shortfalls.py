"""What does a goal ask for, and where does one that is not met fall short? Counts and extremes over indicators."""

from __future__ import annotations

import math
from collections.abc import Mapping

from regional_econ.core.results import Value
from regional_econ.forecasting.backtest import MODEL
from regional_econ.forecasting.indicators import IDS

COUNTED = ("positive", "inside80", "inside95")
_UNSURE_ERRORS = 3.0


def wanted(goal: str, target: float, late: Mapping[str, Value]) -> float:
    """Return what a goal asks for: its target, or of a count such a share of the indicators that can be judged.

    Parameters
    ----------
    goal, target : name and target.
    late : values of the judgement's window.
    """
    if goal not in COUNTED:
        return target
    judged = scored_indicators(late) if goal == "positive" else judged_bands(late, goal)
    return math.ceil(target * len(judged))


def scored_indicators(late: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the indicators that a window scores."""
    return tuple(name for name in IDS if f"{name}.{MODEL}.n" in late)


def judged_bands(late: Mapping[str, Value], goal: str) -> tuple[str, ...]:
    """Return the indicators whose band of a goal, "inside80" or "inside95", has an error to be judged by."""
    return tuple(name for name in scored_indicators(late) if late[f"{name}.{MODEL}.{goal}"].value is not None)


def shortfall(goal: str, late: Mapping[str, Value], target: float) -> dict[str, Value]:
    """Say which indicators reach a goal's target and how far they lie apart.

    Parameters
    ----------
    goal : its name.
    late : values of the judgement's window.
    target : what is wanted.

    Returns
    -------
    of "crps", "positive" and "interval95" ``n_below`` (indicators whose gain is below the target, for "positive" not
    above zero), ``least`` and ``most`` (gain of one indicator); of "inside80" and "inside95" ``n_wide``, ``n_narrow``
    (indicators whose band is off by more than two errors) and ``n_outside``, both; of other goals nothing. A count has
    as error how many indicators are near the limit.

    Examples
    --------
    >>> late = {"wear_pct.state_space.n": Value(9), "wear_pct.state_space.skill_best": Value(2.0, "%", 1, 0.1)}
    >>> {key: value.value for key, value in shortfall("crps", late, 5.0).items()}
    {'n_below': 1, 'least': 2.0, 'most': 2.0}
    """
    if goal in ("crps", "positive", "interval95"):
        name = "skill_interval95" if goal == "interval95" else "skill_best"
        gains = [late[f"{one}.{MODEL}.{name}"] for one in scored_indicators(late)]
        limit = 0.0 if goal == "positive" else target
        below = sum(_float(gain) <= limit if goal == "positive" else _float(gain) < limit for gain in gains)
        unsure = sum(abs(_float(gain) - limit) < _UNSURE_ERRORS * (gain.mc_error or 0.0) for gain in gains)
        ordered = sorted(gains, key=_float)
        return {"n_below": Value(below, digits=0, mc_error=float(unsure)), "least": ordered[0], "most": ordered[-1]}
    if goal in ("inside80", "inside95"):
        level = float(goal.removeprefix("inside"))
        outside = [one for one in judged_bands(late, goal) if late[f"{one}.{MODEL}.{goal}"].value is False]
        wide = sum(_float(late[f"{one}.{MODEL}.covered{level:g}"]) > level for one in outside)
        counts = {"n_outside": len(outside), "n_wide": wide, "n_narrow": len(outside) - wide}
        error = late[f"pooled.{MODEL}.n_{goal}"].mc_error
        return {key: Value(count, digits=0, mc_error=error) for key, count in counts.items()}
    return {}


def _float(value: Value) -> float:
    return float(value.value or 0.0)
