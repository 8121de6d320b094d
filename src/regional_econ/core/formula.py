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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NoReturn

from regional_econ._base.errors import FormulaError
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


@lru_cache(maxsize=1024)
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
        raise FormulaError(
            f"a formula may hold at most {MAX_TERMS} terms, this one has {terms}",
            advice="Leave terms out, or take shorter ranges of lags",
        )
    return formula


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
