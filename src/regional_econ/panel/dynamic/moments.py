"""From a formula to moments: complete cases, the outcome's past, and which terms instrument themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.core.columns import Columns
from regional_econ.core.design import Design, design
from regional_econ.core.terms import Call, Formula, Name
from regional_econ.panel.demean import Floats
from regional_econ.panel.dynamic.equations import Equations, equations, lags_of_outcome, of_variable
from regional_econ.panel.dynamic.instruments import Instruments, instruments
from regional_econ.panel.dynamic.options import GmmOptions, factor_of
from regional_econ.panel.estimators import Sample


def moments_of(
    formula: Formula,
    frame: pd.DataFrame,
    known: Sequence[str],
    options: GmmOptions,
    *,
    system: bool,
    year_effects: bool,
    years: tuple[int, int] | None,
    breaks: tuple[int, ...],
) -> tuple[Design, Equations, Instruments]:
    """Complete cases, stacked equations and their instruments.

    A row needs the formula's terms and the instruments outside it; past values as instruments may be missing, and
    reach back beyond `years`.

    Raises
    ------
    EstimationError : no term is the outcome's own past, or the data are too short.
    UnknownNameError : an instrument that the frame does not know.
    """
    outside = tuple(factor_of(text) for text in options.outside)
    whole = Formula(formula.lhs, (*formula.terms, *outside))
    cases = design(whole, frame, known, years=years)
    everything = Sample.of(cases)
    n_terms = len(everything.names) - len([one for one in dict.fromkeys(outside) if one not in formula.expanded])
    sample = Sample(
        everything.y, everything.X[:, :n_terms], everything.names[:n_terms], everything.index, everything.weights
    )
    own_past = own_lags(formula, sample.names)
    sample, extra = _outside_breaks(sample, everything.X[:, n_terms:], breaks, max(own_past.values()))
    rows = equations(sample, system=system, year_effects=year_effects, breaks=breaks)
    sets, endogenous = [], set(own_past)
    columns, first_year = Columns(frame, known), int(frame.index.get_level_values(1).min())
    places = frame.index.get_indexer(sample.index)
    for one in options.sets:
        variable = formula.lhs if one.term is None else factor_of(one.term)
        if one.term is not None:
            named = of_variable(variable, sample.names)
            endogenous |= set(named)
        reach = int(sample.years.max()) - first_year if one.last is None else one.last
        sets.append((str(variable), one, past(columns, variable, places, max(reach, one.first))))
    names = everything.names[n_terms:]
    added = {name: extra[:, place] for place, name in enumerate(names)}
    built = instruments(rows, sets, tuple(endogenous), added, collapse=options.collapse, separate=options.separate)
    return cases, rows, built


def past(columns: Columns, variable: Name | Call, places: NDArray[np.intp], reach: int) -> Floats:
    """A variable's values 0 … reach years before the rows at `places` of a frame: (m, reach + 1), NaN where none."""
    own = columns.values(variable)
    earlier = [columns.values(Call("lag", variable, lag, lag)) for lag in range(1, reach + 1)]
    return np.column_stack([own[places], *(one[places] for one in earlier)])


def own_lags(formula: Formula, names: Sequence[str]) -> dict[str, int]:
    """The terms that are the outcome's past.

    Raises
    ------
    EstimationError : there is none.
    """
    found = lags_of_outcome(formula.lhs, names)
    if not found:
        raise EstimationError(
            f"no term is the past of {formula.lhs}", advice=f"Write lag({formula.lhs}, 1) among the terms, or use fe"
        )
    return found


def _outside_breaks(sample: Sample, extra: Floats, breaks: tuple[int, ...], longest: int) -> tuple[Sample, Floats]:
    """Rows whose outcome and its lags are of one method."""
    kept = np.ones(len(sample.y), dtype=bool)
    for year in breaks:
        kept &= (sample.years < year) | (sample.years - longest >= year)
    return sample.rows(kept), extra[kept]
