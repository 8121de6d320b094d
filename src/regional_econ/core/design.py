"""Which numbers does a formula stand for? Its complete cases on a frame indexed (unit, year)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, FormulaError
from regional_econ.core.columns import Coding, Columns, elementary_factors, levels_of
from regional_econ.core.formula import parse_formula
from regional_econ.core.terms import Call, Categorical, Formula, Name, Term


@dataclass(frozen=True)
class Design:
    """The numbers behind a formula, complete cases only, without an intercept.

    Attributes
    ----------
    outcome : the left-hand side.
    names : k canonical terms.
    index : the n (unit, year) pairs kept.
    values : (n, 1 + k) float64, the outcome first, contiguous by column and not to be written to.
    undefined : rows, by logarithm, where the variable is there and its logarithm is not.
    incomplete : rows left out because a term is missing.
    levels : of each categorical factor, the base first.
    """

    outcome: str
    names: tuple[str, ...]
    index: pd.MultiIndex
    values: NDArray[np.float64]
    undefined: Mapping[str, int] = field(default_factory=dict)
    incomplete: int = 0
    levels: Mapping[Categorical, Sequence[object]] = field(default_factory=dict)

    @cached_property
    def y(self) -> pd.Series:
        """(n,) the outcome, named by the left-hand side."""
        return pd.Series(self.values[:, 0], index=self.index, name=self.outcome, copy=False)

    @cached_property
    def X(self) -> pd.DataFrame:  # noqa: N802
        """(n, k) columns named by the canonical terms."""
        return pd.DataFrame(self.values[:, 1:], index=self.index, columns=list(self.names), copy=False)


def design(
    formula: Formula | str,
    frame: pd.DataFrame,
    known: Iterable[str] = (),
    *,
    years: tuple[int, int] | None = None,
) -> Design:
    """Evaluate a formula on a frame and keep the complete cases.

    `C(name)` gives one dummy a level, the first (sorted) level dropped; inside `C(name):x` no level is
    dropped unless x itself is a term, as in R. Lags reach outside `years` where the frame does.

    Parameters
    ----------
    formula : text or parsed formula.
    frame : rows indexed (unit, year), years whole, pairs unique.
    known : further names to offer when a name is unknown.
    years : first and last year kept, both included.

    Returns
    -------
    Design

    Raises
    ------
    FormulaError, UnknownNameError : the formula does not fit the frame.
    DataError : the frame is not a panel, no row is complete, or a value is infinite.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["A"], [2000, 2001, 2003]], names=["region", "year"])
    >>> frame = pd.DataFrame({"y": [1.0, 2.0, 3.0], "x": [5.0, 7.0, 9.0]}, index=index)
    >>> design("y ~ lag(x, 1)", frame).X.reset_index().to_dict("records")
    [{'region': 'A', 'year': 2001, 'lag(x, 1)': 5.0}]
    """
    parsed = parse_formula(formula) if isinstance(formula, str) else formula
    _refuse_itself(parsed)
    columns = Columns(frame, known)
    y = columns.values(parsed.lhs)
    parts = _Parts.of(parsed, columns)
    in_years = np.ones(len(frame), dtype=bool)
    if years is not None:
        dates = frame.index.get_level_values(1).to_numpy()
        in_years = (dates >= years[0]) & (dates <= years[1])
    keep = ~np.isnan(y) & parts.complete & in_years
    if not keep.any():
        span = "" if years is None else f" in {years[0]}–{years[1]}"
        raise DataError(f"no row has all of {', '.join(parsed.variables)}{span}")
    rows = slice(None) if keep.all() else keep
    index = frame.index if keep.all() else frame.index[keep]
    levels = {factor: levels_of(part[rows]) for factor, part in parts.labels.items()}
    found = parts.coded(rows, levels)
    outcome, names, values = str(parsed.lhs), tuple(found), _block(y[rows], found)
    if np.isinf(values).any():
        _refuse_infinite(dict(zip((outcome, *names), values.T, strict=True)), index)
    return Design(
        outcome=outcome,
        names=names,
        index=cast("pd.MultiIndex", index),
        values=values,
        undefined={log: int((one & in_years).sum()) for log, one in columns.undefined.items()},
        incomplete=int(in_years.sum() - keep.sum()),
        levels=levels,
    )


def _refuse_itself(formula: Formula) -> None:
    outcome = str(formula.lhs)
    if {outcome, f"lag({outcome}, 0)"} & set(map(str, formula.expanded)):
        raise FormulaError(
            f"{outcome} stands on both sides", where=str(formula), advice=f"Leave it out, or write lag({outcome}, 1)"
        )


def regressors(
    formula: Formula | str,
    frame: pd.DataFrame,
    levels: Mapping[Categorical, Sequence[object]],
    known: Iterable[str] = (),
) -> pd.DataFrame:
    """Evaluate a formula's right-hand side on other rows, with the dummies of the rows it was fitted on.

    Parameters
    ----------
    formula : text or parsed formula.
    frame : rows indexed (unit, year); the outcome need not be there.
    levels : of each categorical factor, from the `Design` of the fit.
    known : further names to offer when a name is unknown.

    Returns
    -------
    (m, k) complete rows, columns as in `Design.X`

    Raises
    ------
    FormulaError, UnknownNameError, DataError : as `design`, and a level that was not there when it was fitted.
    """
    parsed = parse_formula(formula) if isinstance(formula, str) else formula
    parts = _Parts.of(parsed, Columns(frame, known))
    keep = parts.complete
    if not keep.any():
        raise DataError(f"no row has all of {', '.join(parsed.variables[1:])}", advice="Fill them in")
    for factor, part in parts.labels.items():
        strange = np.flatnonzero(keep & ~np.isin(part, np.array(levels[factor], dtype=part.dtype)))
        if len(strange):
            unit, year = frame.index[strange[0]]
            raise DataError(
                f"{factor} has the level {part[strange[0]]!r}, for which nothing was estimated",
                where=f"{unit}, {year}",
                advice=f"Its levels are: {', '.join(map(str, levels[factor]))}",
            )
    index, found = frame.index[keep], parts.coded(keep, levels)
    _refuse_infinite(found, index)
    return pd.DataFrame(found, index=index)


@dataclass(frozen=True)
class _Parts:
    """The factors of a right-hand side, evaluated on every row of a frame, and the rows (n,) that have all of them."""

    terms: tuple[Term, ...]
    numeric: Mapping[Name | Call, NDArray[np.float64]]
    labels: Mapping[Categorical, NDArray[Any]]
    complete: NDArray[np.bool_]

    @classmethod
    def of(cls, formula: Formula, columns: Columns) -> _Parts:
        terms = formula.expanded
        factors = elementary_factors(terms)
        numeric = {one: columns.values(one) for one in factors if not isinstance(one, Categorical)}
        raw = {one: columns.labels(one) for one in factors if isinstance(one, Categorical)}
        known = [*(~np.isnan(part) for part in numeric.values()), *(part.notna().to_numpy() for part in raw.values())]
        complete = reduce(np.logical_and, known)
        return cls(terms, numeric, {one: np.asarray(part) for one, part in raw.items()}, complete)

    def coded(
        self, rows: NDArray[np.bool_] | slice, levels: Mapping[Categorical, Sequence[object]]
    ) -> dict[str, NDArray[np.float64]]:
        coding = Coding(
            {factor: part[rows] for factor, part in self.numeric.items()},
            {factor: part[rows] for factor, part in self.labels.items()},
            frozenset(self.terms),
            levels,
        )
        found: dict[str, NDArray[np.float64]] = {}
        for term in self.terms:
            found |= coding.term(term)
        return found


def _block(y: NDArray[np.float64], columns: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The outcome and the columns side by side (n, 1 + k); each column is let go once it is copied."""
    block = np.empty((len(y), 1 + len(columns)), order="F")
    block[:, 0] = y
    for number, name in enumerate(list(columns), 1):
        block[:, number] = columns.pop(name)
    block.flags.writeable = False
    return block


def _refuse_infinite(columns: Mapping[str, NDArray[np.float64]], index: pd.Index) -> None:
    for name, column in columns.items():
        infinite = np.isinf(column)
        if infinite.any():
            unit, year = index[int(infinite.argmax())]
            raise DataError(f"{name} is infinite", where=f"{unit}, {year}", advice="Mend or drop that value")
