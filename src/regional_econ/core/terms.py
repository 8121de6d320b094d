"""What are the parts of a formula? The nodes of its tree, their canonical text, and ranges written out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

FunctionName = Literal["ln", "logit", "lag", "lead", "d", "diff_log"]
FUNCTIONS: tuple[FunctionName, ...] = get_args(FunctionName)
DATED: frozenset[str] = frozenset({"lag", "lead", "d", "diff_log"})
RANGED: frozenset[str] = frozenset({"lag", "lead"})


@dataclass(frozen=True, slots=True)
class Name:
    """A variable id, a column or an index level."""

    id: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Categorical:
    """Dummies of a column, `C(name)`."""

    id: str

    def __str__(self) -> str:
        return f"C({self.id})"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one factor; `first` and `last` count years and are None for ln and logit."""

    function: FunctionName
    argument: Name | Call
    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        if self.first is None or (self.function not in RANGED and self.first == 1):
            return f"{self.function}({self.argument})"
        years = str(self.first) if self.last == self.first else f"{self.first}:{self.last}"
        return f"{self.function}({self.argument}, {years})"


Factor = Name | Call | Categorical


@dataclass(frozen=True, slots=True)
class Interaction:
    """The product `a:b`, or with `crossed` the two factors and their product, `a*b`."""

    left: Factor
    right: Factor
    crossed: bool = False

    def __str__(self) -> str:
        return f"{self.left}{'*' if self.crossed else ':'}{self.right}"


Term = Name | Call | Categorical | Interaction


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula; `str()` gives the canonical text, which parses to the same formula."""

    lhs: Name | Call
    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return f"{self.lhs} ~ {' + '.join(str(term) for term in self.terms)}"

    @property
    def variables(self) -> tuple[str, ...]:
        """Names in the order of their first appearance, the left-hand side first."""
        names = (name for term in (self.lhs, *self.terms) for name in names_of(term))
        return tuple(dict.fromkeys(names))

    @property
    def expanded(self) -> tuple[Term, ...]:
        """Elementary terms: ranges written out, `a*b` as a, b and a:b, repeats dropped."""
        return tuple(dict.fromkeys(single for term in self.terms for single in expand(term)))


def names_of(term: Term) -> tuple[str, ...]:
    """Names a term mentions, in order.

    >>> names_of(Interaction(Call("ln", Name("x")), Categorical("era")))
    ('x', 'era')
    """
    if isinstance(term, Interaction):
        return names_of(term.left) + names_of(term.right)
    return names_of(term.argument) if isinstance(term, Call) else (term.id,)


def width(term: Term) -> int:
    """Number of elementary terms that `expand` would write, known without writing them.

    >>> width(Call("lag", Name("x"), 1, 3))
    3
    """
    if isinstance(term, Interaction):
        left, right = width(term.left), width(term.right)
        return left * right + (left + right if term.crossed else 0)
    if not isinstance(term, Call):
        return 1
    years = 1 if term.first is None or term.last is None else term.last - term.first + 1
    return years * width(term.argument)


def expand(term: Term) -> tuple[Term, ...]:
    """Elementary terms of one term.

    >>> [str(one) for one in expand(Interaction(Name("a"), Call("lag", Name("x"), 1, 2), crossed=True))]
    ['a', 'lag(x, 1)', 'lag(x, 2)', 'a:lag(x, 1)', 'a:lag(x, 2)']
    """
    if not isinstance(term, Interaction):
        return _expand_factor(term)
    left, right = _expand_factor(term.left), _expand_factor(term.right)
    products = tuple(Interaction(a, b) for a in left for b in right)
    return (*left, *right, *products) if term.crossed else products


def _expand_factor(factor: Factor) -> tuple[Factor, ...]:
    return _expand_call(factor) if isinstance(factor, Call) else (factor,)


def _expand_call(call: Call) -> tuple[Call, ...]:
    inner: tuple[Name | Call, ...] = (
        _expand_call(call.argument) if isinstance(call.argument, Call) else (call.argument,)
    )
    if call.first is None or call.last is None:
        return tuple(Call(call.function, one) for one in inner)
    years = range(call.first, call.last + 1)
    return tuple(Call(call.function, one, year, year) for one in inner for year in years)
