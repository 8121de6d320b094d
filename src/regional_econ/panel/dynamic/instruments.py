"""Which moments does GMM set to zero? Past values by lag, and standard instruments, one column each.

The differenced equation of year t is instrumented by a variable's values `first` to `last` years before; the equation
in levels of a system by its change `first` − 1 years before (Arellano & Bond 1991; Blundell & Bond 1998). A value that
is not there is zero, as in xtabond2 and plm. Collapsed, the columns of all years of a lag are one (Roodman 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Floats
from regional_econ.panel.dynamic.equations import Equations, independent_columns
from regional_econ.panel.dynamic.options import InstrumentSet
from regional_econ.panel.estimators import INTERCEPT

STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Instruments:
    """Instruments of stacked equations.

    Attributes
    ----------
    Z : (n, j) independent columns, names : j.
    groups : (j,) which set each belongs to, such as "gmm(ln(y)), differences" or "standard".
    redundant : columns left out because they are combinations of others.
    """

    Z: Floats
    names: tuple[str, ...]
    groups: tuple[str, ...]
    redundant: int


def instruments(
    rows: Equations,
    sets: Sequence[tuple[str, InstrumentSet, Floats]],
    endogenous: Sequence[str],
    outside: Mapping[str, Floats],
    *,
    collapse: bool = False,
    separate: bool = False,
) -> Instruments:
    """Build the columns.

    Source: Arellano & Bond (1991, Review of Economic Studies 58); Roodman (2009, Stata Journal 9). Held against the
    numbers of instruments and estimates of plm 2.6-2 and pyxtabond2 0.0.4 (tests/panel/test_gmm.py).

    Parameters
    ----------
    rows : the equations.
    sets : variable, lags, and its (m, L) values 0 … L − 1 years before each row of the sample, NaN where not there.
    endogenous : terms that do not instrument themselves.
    outside : (m,) further standard instruments by name.
    collapse, separate : see `options`.

    Raises
    ------
    EstimationError : a set without a value.
    """
    columns: dict[tuple[str, str], Floats] = {}
    for variable, reach, past in sets:
        found = _of_past(rows, variable, reach, past, collapse)
        if not any(column.any() for column in found.values()):
            raise EstimationError(
                f"no value of {variable} lies {reach.first} years or more before a difference",
                advice="Use fewer lags in the formula, smaller lags of instruments, or more years",
            )
        columns |= found
    columns |= _standard(rows, endogenous, outside, separate)
    Z = np.column_stack(list(columns.values()))
    kept = independent_columns(Z)
    labels = list(columns)
    return Instruments(
        Z[:, kept], tuple(labels[place][1] for place in kept), tuple(labels[place][0] for place in kept),
        int(Z.any(axis=0).sum()) - len(kept),
    )  # fmt: skip


def _of_past(
    rows: Equations, variable: str, reach: InstrumentSet, past: Floats, collapse: bool
) -> dict[tuple[str, str], Floats]:
    known = np.nan_to_num(past)
    cut, n = len(rows.later), len(rows.y)
    last = known.shape[1] - 1 if reach.last is None else min(reach.last, known.shape[1] - 1)
    found: dict[tuple[str, str], Floats] = {}
    group = f"gmm({variable}), differences"
    for lag in range(reach.first, last + 1):
        column = np.zeros(n)
        column[:cut] = known[rows.later, lag]
        found |= _by_year(rows, (group, f"lag({variable}, {lag})"), column, collapse)
    if rows.system and reach.first < known.shape[1]:
        group = f"gmm({variable}), levels"
        column = np.zeros(n)
        column[cut:] = np.nan_to_num(past[:, reach.first - 1] - past[:, reach.first])
        found |= _by_year(rows, (group, f"lag(d({variable}), {reach.first - 1})"), column, collapse)
    return found


def _by_year(rows: Equations, label: tuple[str, str], column: Floats, collapse: bool) -> dict[tuple[str, str], Floats]:
    if collapse:
        return {label: column}
    group, name = label
    years = np.unique(rows.years[column != 0])
    return {(group, f"{name} in {year}"): np.where(rows.years == year, column, 0.0) for year in years}


def _standard(
    rows: Equations, endogenous: Sequence[str], outside: Mapping[str, Floats], separate: bool
) -> dict[tuple[str, str], Floats]:
    own = {name: rows.X[:, place] for place, name in enumerate(rows.names) if name not in endogenous}
    found = own | {name: rows.stacked(values[:, None])[:, 0] for name, values in outside.items()}
    if not separate:
        return {(STANDARD, name): column for name, column in found.items()}
    above = np.arange(len(rows.y)) < len(rows.later)
    effects = (*rows.names[rows.n_shown :], INTERCEPT)
    parts: dict[tuple[str, str], Floats] = {}
    for name, column in found.items():
        if name not in effects:
            parts[f"{STANDARD}, differences", f"d({name})"] = np.where(above, column, 0.0)
        parts[f"{STANDARD}, levels", name] = np.where(above, 0.0, column)
    return parts
