"""From a coefficient to percentage points of the focal region, and back; and which change of the driver counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, stdtrit

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import LEVELS
from regional_econ.causal.axes import Scale, Term
from regional_econ.causal.declaration import Rule
from regional_econ.core.panel import Panel
from regional_econ.panel.changes import window_changes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """The change of a driver that effects are expressed for.

    ``change`` is in ln units or in the driver's unit, always positive, in the direction of a rise; ``n_windows`` counts
    the region windows it is taken from.
    """

    driver: str
    change: float
    n_windows: int


def effect_pp(coefficient: FloatArray, change: float | FloatArray, level_pct: float, scale: Scale) -> FloatArray:
    """Return the move of the outcome in percentage points when the driver rises by ``change``.

    Parameters
    ----------
    coefficient : on the ln or logit scale of the outcome.
    change : in the driver's unit (ln units for a logged driver).
    level_pct : where the outcome starts, in percent.
    scale : outcome scale of the coefficient.

    >>> round(float(effect_pp(np.array(0.3), np.log(2), 10.0, "ln")), 3)
    2.311
    """
    shift = np.asarray(coefficient) * change
    if scale == "ln":
        return np.asarray(level_pct * np.expm1(shift))
    return np.asarray(100 * expit(logit(level_pct / 100) + shift) - level_pct)


def interval_pp(
    estimate: FloatArray,
    std_error: FloatArray,
    df: FloatArray,
    change: FloatArray,
    level_pct: float,
    logs: NDArray[np.bool_],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return effects (n,) of a change in percentage points, and the lower and upper ends of their 95 % intervals.

    Parameters
    ----------
    estimate, std_error, df : (n,) coefficients, their errors and degrees of freedom.
    change, level_pct : as in :func:`effect_pp`.
    logs : (n,) whether the outcome is in logarithms; else it is on the logit scale.

    >>> one = np.ones(1)
    >>> [round(float(end[0]), 2) for end in interval_pp(0.3 * one, 0 * one, 84 * one, one, 10.0, one == 0)]
    [3.04, 3.04, 3.04]
    """
    reach = stdtrit(df, (1 + LEVELS[0]) / 2) * std_error

    def moved(coefficient: FloatArray) -> FloatArray:
        both = effect_pp(coefficient, change, level_pct, "ln"), effect_pp(coefficient, change, level_pct, "logit")
        return np.where(logs, *both)

    return moved(estimate), moved(estimate - reach), moved(estimate + reach)


def coefficient_for(pp: float, change: float, level_pct: float, scale: Scale) -> float:
    """Return the coefficient that moves the outcome by ``pp``; the inverse of :func:`effect_pp`.

    A fall below zero percent has no finite coefficient and returns minus infinity, a rise above 100 plus infinity.

    >>> round(coefficient_for(2.311444, np.log(2), 10.0, "ln"), 6)
    0.3
    """
    target = level_pct + pp
    if target <= 0:
        return -np.inf
    if scale == "ln":
        return float(np.log(target / level_pct) / change)
    if target >= 100:
        return np.inf
    return float((logit(target / 100) - logit(level_pct / 100)) / change)


def newest_level(panel: Panel, variable: str, region: str) -> tuple[int, float]:
    """Return the newest year with an official figure and the figure.

    Raises
    ------
    EstimationError : the region has no figure.
    """
    years = panel.years
    values = panel.matrix(variable, regions=[region], years=years).to_numpy(dtype=float)[0]
    known = np.flatnonzero(np.isfinite(values))
    if known.size == 0:
        raise EstimationError("no official figure", where=f"{region}, {variable}", advice="Check the focal region")
    return years[known[-1]], float(values[known[-1]])


def contrast(panel: Panel, term: Term, rule: Rule, *, direction: int) -> Contrast:
    """Return the size of the driver's change at the rule's quantile of its changes in the claimed direction.

    Parameters
    ----------
    panel : official figures.
    term : the driver; no window spans a year in which its method breaks.
    rule : quantile and length of the window.
    direction : +1 for rises, -1 for falls (wear: renewal).

    Raises
    ------
    EstimationError : no window of that length lies within one method.
    """
    values = term_matrix(panel, term, panel.years)
    changes = window_changes(values, rule.change_window_years, term.cut)
    if changes.size == 0:
        raise EstimationError("no window of changes within one method", where=term.id, advice="Shorten the window")
    size = float(np.quantile(direction * changes, rule.change_quantile))
    if size <= 0:
        raise EstimationError("the driver never moves in the claimed direction", where=term.id, advice="Check the sign")
    return Contrast(term.id, size, int(changes.size))


def term_matrix(panel: Panel, term: Term, years: Sequence[int]) -> pd.DataFrame:
    """Return a transformed regressor as regions × years; ln of zero is missing."""
    values = panel.matrix(term.variable, years=years)
    if term.times is not None:
        values = values * panel.matrix(term.times, years=years)
    for divisor in term.per:
        values = values / panel.matrix(divisor, years=years)
    if term.transform == "identity":
        return values
    logs = np.log(values.where(values > 0).to_numpy(dtype=float))
    return pd.DataFrame(logs, index=values.index, columns=values.columns)
