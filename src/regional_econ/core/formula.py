"""What does a formula mean? A tokenizer and a recursive-descent parser; no text is ever evaluated as code.

    formula  := term "~" term ("+" term)*
    term     := factor | factor ":" factor | factor "*" factor
    factor   := name | function "(" factor ["," years] ")" | "C" "(" name ")"
    years    := integer | integer ":" integer                  (a range only for lag and lead)
    function := ln | logit | lag | lead | d | diff_log

A name is a variable id, a column of the frame or the name of an index level. `a*b` stands for `a + b + a:b`.
Lags and differences go by year, never by row: `lag(x, 1)` in 2015 is x in 2014, and is missing where 2014 is.
`ln(x)` is missing where x ≤ 0. `logit(x)` is ln(x / (100 − x)) with x always in per cent, missing outside
(0, 100).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, FormulaError
from regional_econ.core.columns import Coding, Columns, elementary_factors, levels_of
from regional_econ.core.terms import (
    DATED,
    FUNCTIONS,
    RANGED,
    Call,
    Categorical,
    Factor,
    Formula,
    Interaction,
    Name,
    Term,
    width,
)

MAX_LENGTH = 4000
MAX_DEPTH = 8
MAX_YEARS = 60
MAX_TERMS = 200


def parse_formula(text: str) -> Formula:
    """Parse a formula of the grammar above.

    Parameters
    ----------
    text : at most 4,000 characters and 200 elementary terms, calls nested at most 8 deep.

    Returns
    -------
    Formula

    Raises
    ------
    FormulaError : the text is not of the grammar; the message names the position.

    Examples
    --------
    >>> formula = parse_formula("ln(y)~ln(x)+lag( x,1:2 ) + a*C(era)")
    >>> str(formula)
    'ln(y) ~ ln(x) + lag(x, 1:2) + a*C(era)'
    >>> [str(term) for term in formula.expanded]
    ['ln(x)', 'lag(x, 1)', 'lag(x, 2)', 'a', 'C(era)', 'a:C(era)']
    >>> formula.variables
    ('y', 'x', 'a', 'era')
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(
            f"a formula may hold at most {MAX_LENGTH} characters, this one has {len(text)}",
            advice="Build the variables in the data first",
        )
    formula = _Parser(text).formula()
    terms = sum(width(term) for term in formula.terms)
    if terms > MAX_TERMS:
        raise FormulaError(f"a formula may hold at most {MAX_TERMS} terms, this one has {terms}")
    return formula


@dataclass(frozen=True, slots=True)
class Design:
    """The numbers behind a formula, complete cases only, without an intercept.

    Attributes
    ----------
    y : (n,) float64, named by the left-hand side.
    X : (n, k) float64, columns named by the canonical terms.
    undefined : rows, by logarithm, where the variable is there and its logarithm is not.
    incomplete : rows left out because a term is missing.
    levels : of each categorical factor, the base first.
    """

    y: pd.Series
    X: pd.DataFrame
    undefined: Mapping[str, int] = field(default_factory=dict)
    incomplete: int = 0
    levels: Mapping[Categorical, Sequence[object]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names of X."""
        return tuple(str(name) for name in self.X.columns)

    @property
    def index(self) -> pd.MultiIndex:
        """The (unit, year) pairs kept."""
        return cast(pd.MultiIndex, self.X.index)


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
    columns = Columns(frame, known)
    y = columns.series(parsed.lhs).to_numpy()
    parts = _Parts.of(parsed, columns)
    in_years = np.ones(len(frame), dtype=bool)
    if years is not None:
        dates = frame.index.get_level_values(1).to_numpy()
        in_years = (dates >= years[0]) & (dates <= years[1])
    keep = ~np.isnan(y) & parts.complete & in_years
    if not keep.any():
        span = "" if years is None else f" in {years[0]}–{years[1]}"
        raise DataError(f"no row has all of {', '.join(parsed.variables)}{span}")
    index = frame.index[keep]
    levels = {factor: levels_of(part[keep]) for factor, part in parts.labels.items()}
    found = parts.coded(keep, levels)
    _refuse_infinite({str(parsed.lhs): y[keep], **found}, index)
    return Design(
        y=pd.Series(y[keep], index=index, name=str(parsed.lhs)),
        X=pd.DataFrame(found, index=index, copy=False),
        undefined={log: int((rows.to_numpy() & in_years).sum()) for log, rows in columns.undefined.items()},
        incomplete=int(in_years.sum() - keep.sum()),
        levels=levels,
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
        numeric = {one: columns.series(one).to_numpy() for one in factors if not isinstance(one, Categorical)}
        raw = {one: columns.labels(one) for one in factors if isinstance(one, Categorical)}
        known = [*(~np.isnan(part) for part in numeric.values()), *(part.notna().to_numpy() for part in raw.values())]
        labels = {one: np.asarray(part) for one, part in raw.items()}
        return cls(terms, numeric, labels, np.logical_and.reduce(known))

    def coded(
        self, keep: NDArray[np.bool_], levels: Mapping[Categorical, Sequence[object]]
    ) -> dict[str, NDArray[np.float64]]:
        coding = Coding(
            {factor: part[keep] for factor, part in self.numeric.items()},
            {factor: part[keep] for factor, part in self.labels.items()},
            frozenset(self.terms),
            levels,
        )
        found: dict[str, NDArray[np.float64]] = {}
        for term in self.terms:
            found |= coding.term(term)
        return found


def _refuse_infinite(columns: Mapping[str, NDArray[np.float64]], index: pd.Index) -> None:
    for name, column in columns.items():
        infinite = np.isinf(column)
        if infinite.any():
            unit, year = index[int(infinite.argmax())]
            raise DataError(f"{name} is infinite", where=f"{unit}, {year}", advice="Mend or drop that value")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["name", "integer", "sign", "end"]
    text: str
    position: int


_TOKEN = re.compile(r"(?P<name>[^\W\d]\w*)|(?P<integer>[0-9]+)(?![\w.])|(?P<sign>[~+:*(),])|\s+")


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _refuse(text, position, f"{text[position]!r} is not part of a formula")
        if match["name"] is not None:
            yield _Token("name", match["name"], position)
        elif match["integer"] is not None:
            yield _Token("integer", match["integer"], position)
        elif match["sign"] is not None:
            yield _Token("sign", match["sign"], position)
        position = match.end()
    yield _Token("end", "", len(text))


def _refuse(text: str, position: int, reason: str, advice: str | None = None) -> NoReturn:
    shown = text[position : position + 24]
    place = f"position {position + 1}, at {shown!r}" if shown else f"position {position + 1}, at the end"
    grammar = f"Write: y ~ x + ln(z) + lag(x, 1:2) + a:b + C(name); functions: {', '.join(FUNCTIONS)}"
    raise FormulaError(reason, where=place, advice=advice or grammar)


class _Parser:
    """One token of look-ahead over the tokens of `text`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stream = _tokens(text)
        self._token = next(self._stream)

    def formula(self) -> Formula:
        start = self._token.position
        lhs = self._term()
        if isinstance(lhs, Categorical | Interaction) or width(lhs) > 1:
            self._fail("the left-hand side must be one variable or one function of it", start)
        self._expect("~")
        terms = [self._term()]
        while self._accept("+"):
            terms.append(self._term())
        if self._token.kind != "end":
            self._fail(f"expected '+' or the end, found {self._found()}")
        return Formula(lhs, tuple(terms))

    def _term(self) -> Term:
        left = self._factor(0)
        for sign in (":", "*"):
            if self._accept(sign):
                right = self._factor(0)
                if self._at(":") or self._at("*"):
                    self._fail("an interaction takes two factors")
                return Interaction(left, right, crossed=sign == "*")
        return left

    def _factor(self, depth: int) -> Factor:
        token = self._token
        if token.kind != "name":
            self._fail(f"expected a name or a function, found {self._found()}")
        self._advance()
        if not self._accept("("):
            return Name(token.text)
        if depth >= MAX_DEPTH:
            self._fail(f"calls are nested more than {MAX_DEPTH} deep", token.position)
        if token.text != "C":
            return self._call(token, depth)
        inner = self._factor(depth + 1)
        if not isinstance(inner, Name):
            self._fail("C() takes one name", token.position)
        self._expect(")")
        return Categorical(inner.id)

    def _call(self, token: _Token, depth: int) -> Call:
        function = next((known for known in FUNCTIONS if known == token.text), None)
        if function is None:
            near = difflib.get_close_matches(token.text, [*FUNCTIONS, "C"], n=2)
            hint = f"Nearest: {', '.join(near)}. " if near else ""
            advice = f"{hint}Functions: {', '.join(FUNCTIONS)}, C"
            _refuse(self._text, token.position, f"there is no function {token.text!r}", advice)
        argument = self._factor(depth + 1)
        if isinstance(argument, Categorical):
            self._fail(f"{function}() cannot take a categorical", token.position)
        first = last = 1 if function in DATED else None
        if self._at(","):
            comma = self._token.position
            self._advance()
            if function not in DATED:
                self._fail(f"{function}() takes one argument", comma)
            first, last = self._years(function)
        self._expect(")")
        return Call(function, argument, first, last)

    def _years(self, function: str) -> tuple[int, int]:
        start = self._token.position
        first = self._year(function)
        if not self._at(":"):
            return first, first
        if function not in RANGED:
            self._fail(f"{function}() takes one number of years, not a range")
        self._advance()
        last = self._year(function)
        if last < first:
            self._fail("a range goes from the smaller to the larger number", start)
        return first, last

    def _year(self, function: str) -> int:
        token = self._token
        if token.kind != "integer":
            self._fail(f"expected a whole number of years, found {self._found()}")
        smallest = 0 if function in RANGED else 1
        if len(token.text) > 3 or not smallest <= int(token.text) <= MAX_YEARS:
            self._fail(f"{function}() takes between {smallest} and {MAX_YEARS} years, not {token.text}")
        self._advance()
        return int(token.text)

    def _advance(self) -> None:
        self._token = next(self._stream)

    def _at(self, sign: str) -> bool:
        return self._token.kind == "sign" and self._token.text == sign

    def _accept(self, sign: str) -> bool:
        if not self._at(sign):
            return False
        self._advance()
        return True

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            self._fail(f"expected {sign!r}, found {self._found()}")

    def _found(self) -> str:
        return repr(self._token.text) if self._token.text else "the end"

    def _fail(self, reason: str, position: int | None = None) -> NoReturn:
        _refuse(self._text, self._token.position if position is None else position, reason)
