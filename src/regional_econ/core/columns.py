"""What numbers does a term stand for? Terms of a formula evaluated on a frame indexed (unit, year)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, FormulaError, UnknownNameError
from regional_econ.core.terms import Call, Categorical, Factor, Interaction, Name, Term


def check_index(frame: pd.DataFrame) -> None:
    """Refuse what is not a panel: a frame, two index levels, whole years in the second, no repeated pair.

    Raises
    ------
    DataError : names the first offending pair.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"the data must be a DataFrame, not {type(frame).__name__}", advice="Give a frame, such as panel.frame"
        )
    if not isinstance(frame.index, pd.MultiIndex) or frame.index.nlevels != 2:
        raise DataError(
            f"a panel needs an index of two levels, (region, year); this frame has {frame.index.nlevels}",
            advice="Use frame.set_index(['region', 'year'])",
        )
    whole = pd.api.types.is_integer_dtype(frame.index.levels[1].dtype)
    if not whole or (np.asarray(frame.index.codes[1]) < 0).any():
        raise DataError(
            f"the second index level {str(frame.index.names[1])!r} must hold whole years",
            advice="Convert it with astype(int)",
        )
    absent = np.flatnonzero(np.asarray(frame.index.codes[0]) < 0)
    if len(absent):
        raise DataError(
            f"{len(absent)} rows have no {frame.index.names[0] or 'region'}, the first is row {absent[0] + 1}",
            advice="Fill it in or drop the row",
        )
    if ascends(frame.index.codes[0], frame.index.codes[1]):
        return
    repeated = frame.index.duplicated()
    if repeated.any():
        unit, year = frame.index[int(repeated.argmax())]
        raise DataError(
            f"{int(repeated.sum())} rows repeat an index pair, the first is ({unit}, {year})",
            advice="A panel holds one row a unit and year",
        )


def ascends(first: NDArray[np.integer], second: NDArray[np.integer]) -> bool:
    """Whether pairs of whole numbers are sorted and none comes twice.

    >>> ascends(np.array([0, 0, 1]), np.array([1, 2, 1])), ascends(np.array([0, 0]), np.array([1, 1]))
    (True, False)
    """
    step = np.diff(first)
    return bool(((step > 0) | ((step == 0) & (np.diff(second) > 0))).all())


class Columns:
    """Evaluates terms on one frame and keeps, by logarithm, the rows (n,) bool where it is not defined.

    Parameters
    ----------
    frame : rows indexed (unit, year), years whole, pairs unique.
    known : further names to offer when a name is unknown.
    """

    def __init__(self, frame: pd.DataFrame, known: Iterable[str] = ()) -> None:
        check_index(frame)
        self._frame = frame
        self._known = tuple(known)
        self.undefined: dict[str, NDArray[np.bool_]] = {}

    def series(self, term: Name | Call) -> pd.Series:
        """Float64 series of one elementary factor, NaN where it is not defined."""
        return pd.Series(self.values(term), index=self._frame.index)

    def values(self, term: Name | Call) -> NDArray[np.float64]:
        """The same as an array (n,), which is the frame's own for a name: not to be written to."""
        with np.errstate(all="ignore"):
            return self._values(term)

    def _values(self, term: Name | Call) -> NDArray[np.float64]:
        if isinstance(term, Name):
            return self._numbers(term.id)
        inner = self._values(term.argument)
        if term.function == "ln":
            return self._log(term, inner, inner > 0, inner)
        if term.function == "logit":
            return self._log(term, inner, (inner > 0) & (inner < 100), inner / (100.0 - inner))
        step = 1 if term.first is None else term.first
        if term.function == "lead":
            return self._shift(inner, -step)
        if term.function == "lag":
            return self._shift(inner, step)
        if term.function == "d":
            return np.asarray(inner - self._shift(inner, step))
        log = self._log(term, inner, inner > 0, inner)
        return np.asarray(log - self._shift(log, step))

    def labels(self, term: Categorical) -> pd.Series:
        """Values of a categorical column, missing where the frame is missing."""
        return self._raw(term.id)

    def _raw(self, name: str) -> pd.Series:
        if name in self._frame.columns:
            return self._frame[name]
        if name in self._frame.index.names:
            return pd.Series(self._frame.index.get_level_values(name), index=self._frame.index)
        levels = [str(level) for level in self._frame.index.names if level is not None]
        known = dict.fromkeys([*map(str, self._frame.columns), *levels, *self._known])
        raise UnknownNameError.of("variable", name, known, where="formula")

    def _numbers(self, name: str) -> NDArray[np.float64]:
        raw = self._bare[name] if name in self._bare.columns else self._raw(name)
        if not pd.api.types.is_numeric_dtype(raw.dtype):
            raise FormulaError(f"{name!r} does not hold numbers", advice=f"Write C({name}) for its dummies.")
        return np.asarray(raw.to_numpy(dtype=np.float64))

    @cached_property
    def _bare(self) -> pd.DataFrame:
        """The frame with its rows numbered: taking a column out of it does not copy an index of two levels."""
        return self._frame.reset_index(drop=True)

    def _log(
        self, term: Call, inner: NDArray[np.float64], defined: NDArray[np.bool_], ratio: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        self.undefined[str(term)] = ~np.isnan(inner) & ~defined
        return np.asarray(np.log(np.where(defined, ratio, np.nan)))

    def _shift(self, values: NDArray[np.float64], years: int) -> NDArray[np.float64]:
        """Values of the row of the same unit `years` before, NaN where there is none."""
        units, dates, calendar, keys, order = self._places
        wanted = dates - years
        place = np.searchsorted(calendar, wanted).clip(max=len(calendar) - 1)
        sought = units * len(calendar) + place
        found = np.searchsorted(keys, sought, sorter=order).clip(max=len(keys) - 1)
        rows = order[found]
        there = (calendar[place] == wanted) & (keys[rows] == sought)
        return np.where(there, values[rows], np.nan)

    @cached_property
    def _places(self) -> tuple[NDArray[np.int64], ...]:
        """Units and dates (n,), the sorted calendar, and the key of each row's unit and date with their order."""
        index = cast("pd.MultiIndex", self._frame.index)
        units, dates = np.asarray(index.codes[0], dtype=np.int64), index.get_level_values(1).to_numpy(dtype=np.int64)
        calendar, place = np.unique(dates, return_inverse=True)
        keys = units * len(calendar) + place
        return units, dates, calendar, keys, np.argsort(keys, kind="stable")


@dataclass(frozen=True)
class Coding:
    """Turns evaluated factors, already cut to the rows kept, into columns.

    Attributes
    ----------
    numeric : (n,) values by numeric factor.
    labels : (n,) values by categorical factor.
    terms : the formula's elementary terms; whether a dummy's base level is dropped depends on its neighbours.
    levels : of each categorical factor, the base first.
    """

    numeric: Mapping[Name | Call, NDArray[np.float64]]
    labels: Mapping[Categorical, NDArray[Any]]
    terms: frozenset[Term]
    levels: Mapping[Categorical, Sequence[object]]

    def term(self, term: Term) -> dict[str, NDArray[np.float64]]:
        """Columns (n,) of one term by their canonical names."""
        if not isinstance(term, Interaction):
            return self._factor(term, drop_first=True)
        left = self._factor(term.left, drop_first=term.right in self.terms)
        right = self._factor(term.right, drop_first=term.left in self.terms)
        return {f"{a}:{b}": left[a] * right[b] for a in left for b in right}

    def _factor(self, factor: Factor, drop_first: bool) -> dict[str, NDArray[np.float64]]:
        if not isinstance(factor, Categorical):
            return {str(factor): self.numeric[factor]}
        values, levels = self.labels[factor], self.levels[factor]
        kept = levels[1:] if drop_first else levels
        return {f"{factor}[{level}]": np.asarray(values == level, dtype=np.float64) for level in kept}


def levels_of(values: NDArray[Any]) -> tuple[object, ...]:
    """Sorted levels of a categorical column; the first is the base."""
    return tuple(sorted(pd.unique(values).tolist(), key=lambda level: (str(type(level)), level)))


def elementary_factors(terms: Iterable[Term]) -> tuple[Factor, ...]:
    """Each factor that the terms need, once, in order.

    >>> [str(factor) for factor in elementary_factors([Interaction(Name("a"), Categorical("b")), Name("a")])]
    ['a', 'C(b)']
    """
    factors: dict[Factor, None] = {}
    for term in terms:
        for factor in (term.left, term.right) if isinstance(term, Interaction) else (term,):
            factors[factor] = None
    return tuple(factors)
