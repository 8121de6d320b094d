"""Linear hypotheses about coefficients, written with the terms' own names: "a = b", "2*a - ln(x) = 0.5, c = 0"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, FormulaError
from regional_econ.core.hypothesis_test import Distribution, HypothesisTest, tail

_NUMBER = re.compile(r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")
_SINGULAR = 1e-12
_SOURCE = "Wald (1943)"


@dataclass(frozen=True)
class Hypothesis:
    """R β = r.

    Attributes
    ----------
    matrix : (q, k), values : (q,), text : as written.
    """

    matrix: NDArray[np.float64]
    values: NDArray[np.float64]
    text: str


def parse_hypothesis(text: str, terms: Sequence[str]) -> Hypothesis:
    """Read equations joined by commas; each side is a sum of numbers, terms and number*term.

    Parameters
    ----------
    text : such as "ln(x) = 0, a - 2*b = 1"; without "=", "= 0" is meant.
    terms : names of the k coefficients.

    Raises
    ------
    FormulaError : what is not understood, and where; the known terms are listed.

    Examples
    --------
    >>> found = parse_hypothesis("a = 2*ln(b) + 1", ["a", "ln(b)"])
    >>> found.matrix.tolist(), found.values.tolist()
    ([[1.0, -2.0]], [1.0])
    """
    ordered = sorted(terms, key=len, reverse=True)
    rows, values = [], []
    for equation in _equations(text, ordered):
        sides = equation.split("=")
        if len(sides) > 2:
            raise FormulaError(f"{equation.strip()!r} has more than one '='", advice="Join equations by commas")
        left = _side(sides[0], ordered, text)
        right = _side(sides[1], ordered, text) if len(sides) == 2 else {}
        row = np.array([left.get(term, 0.0) - right.get(term, 0.0) for term in terms])
        if not row.any():
            raise FormulaError(f"{equation.strip()!r} says nothing about a coefficient", advice=_known(terms))
        rows.append(row)
        values.append(right.get("", 0.0) - left.get("", 0.0))
    matrix = np.array(rows)
    if np.linalg.matrix_rank(matrix) < len(rows):
        raise FormulaError(f"the equations of {text!r} repeat or contradict each other", advice="Leave one out")
    return Hypothesis(matrix, np.array(values), text.strip())


def wald(
    hypothesis: Hypothesis, params: NDArray[np.float64], covariance: NDArray[np.float64], df: float
) -> HypothesisTest:
    """Wald test: t (or normal) for one equation, F(q, df) (or χ²) for several.

    Parameters
    ----------
    hypothesis : q equations about k coefficients.
    params : (k,), covariance : (k, k).
    df : degrees of freedom of t, and of F's denominator; infinity for the normal and χ².

    Raises
    ------
    EstimationError : the covariance says nothing about some combination of the equations.
    """
    gap = hypothesis.matrix @ params - hypothesis.values
    spread = hypothesis.matrix @ covariance @ hypothesis.matrix.T
    scale = np.sqrt(np.diag(spread).clip(min=0.0))
    q = len(gap)
    if (scale == 0).any() or np.linalg.eigvalsh(spread / np.outer(scale, scale)).min() < _SINGULAR:
        raise EstimationError(
            f"the covariance cannot test {hypothesis.text!r}: it has no variance in some direction",
            advice="Test fewer equations at once, or use errors with more clusters",
        )
    finite = bool(np.isfinite(df))
    distribution: Distribution = ("t" if finite else "normal") if q == 1 else ("F" if finite else "chi2")
    freedom = {"t": (df,), "normal": (), "F": (float(q), df), "chi2": (float(q),)}[distribution]
    quadratic = float(gap @ np.linalg.solve(spread, gap))
    statistic = float(gap[0] / scale[0]) if q == 1 else quadratic / (q if finite else 1)
    details = {"estimate": float((hypothesis.matrix @ params)[0]), "std_error": float(scale[0])} if q == 1 else {}
    return HypothesisTest(
        "Wald", hypothesis.text, statistic, distribution, freedom, tail(statistic, distribution, freedom), _SOURCE,
        details=details,
    )  # fmt: skip


def _equations(text: str, ordered: Sequence[str]) -> list[str]:
    """Split at the commas that are not inside a term's name, such as lag(x, 1)."""
    parts, start, at = [], 0, 0
    while at < len(text):
        name = next((term for term in ordered if text.startswith(term, at)), None)
        if name is None and text[at] == ",":
            parts.append(text[start:at])
            start = at + 1
        at += len(name) if name else 1
    return [*parts, text[start:]]


def _side(text: str, ordered: Sequence[str], whole: str) -> dict[str, float]:
    """Coefficients by term, the constant under ""."""
    found: dict[str, float] = {}
    at, sign, is_first = 0, 1.0, True
    while (at := _skip(text, at)) < len(text):
        if text[at] in "+-":
            sign = -1.0 if text[at] == "-" else 1.0
            at = _skip(text, at + 1)
        elif not is_first:
            raise _unclear(text, at, whole, ordered)
        is_first = False
        factor, name, at = _product(text, at, ordered, whole)
        found[name] = found.get(name, 0.0) + sign * factor
    if is_first:
        raise FormulaError(f"a side of {whole!r} is empty", advice=_known(ordered[::-1]))
    return found


def _product(text: str, at: int, ordered: Sequence[str], whole: str) -> tuple[float, str, int]:
    name = next((term for term in ordered if text.startswith(term, at)), None)
    if name is not None:
        return 1.0, name, at + len(name)
    number = _NUMBER.match(text, at)
    if number is None:
        raise _unclear(text, at, whole, ordered)
    at = _skip(text, number.end())
    if at >= len(text) or text[at] != "*":
        return float(number[0]), "", at
    at = _skip(text, at + 1)
    name = next((term for term in ordered if text.startswith(term, at)), None)
    if name is None:
        raise _unclear(text, at, whole, ordered)
    return float(number[0]), name, at + len(name)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _unclear(text: str, at: int, whole: str, terms: Sequence[str]) -> FormulaError:
    return FormulaError(f"cannot read {text[at:].strip()!r} in the hypothesis {whole!r}", advice=_known(terms))


def _known(terms: Sequence[str]) -> str:
    return f"The coefficients are: {', '.join(terms)}"
