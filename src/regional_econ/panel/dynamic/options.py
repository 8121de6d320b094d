"""Which instruments, how many steps, which first guess? The options of dynamic estimators, as texts.

| option | estimator | meaning |
|---|---|---|
| `lags=2-4`, `lags=2-` | gmm | years back from which the outcome instruments differences; all from 2 by default |
| `gmm(x)=2-3` | gmm | the same for another variable, whose own terms then do not instrument themselves |
| `iv(z)` | gmm | a variable outside the formula as a standard instrument |
| `collapse` | gmm | one column a lag instead of one a lag and year |
| `separate` | gmm-system | standard instruments apart for each equation, year dummies in levels only |
| `steps=1` | gmm | one step; two by default |
| `ab`, `ah`, `bb` | lsdvc | where the correction starts: Arellano–Bond (default), Anderson–Hsiao, Blundell–Bond |
| `order=2` | lsdvc | terms of the approximation to the bias, 1 to 3; 3 by default |
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from regional_econ._base.errors import FormulaError, OptionError
from regional_econ.core.formula import parse_formula
from regional_econ.core.terms import Call, Name, width

GmmKind = Literal["gmm-diff", "gmm-system"]
Initial = Literal["ab", "ah", "bb"]
GMM_FORMS = "gmm-diff, gmm-system:lags=2-4,collapse,steps=1,gmm(ln(x))=2-3,iv(z),separate"
LSDVC_FORMS = "lsdvc, lsdvc:ah (ab, bb), lsdvc:ab,order=2"
_RANGE = re.compile(r"([0-9]{1,2})(?:(-)([0-9]{1,2})?)?")


@dataclass(frozen=True, slots=True)
class InstrumentSet:
    """A variable whose past values instrument the differenced equation.

    Attributes
    ----------
    term : the variable; None for the outcome.
    first, last : years back; None goes back to the first year there is.

    Examples
    --------
    >>> str(InstrumentSet("ln(x)", 2, 3)), str(InstrumentSet(None, 2, None))
    ('gmm(ln(x))=2-3', 'lags=2-')
    """

    term: str | None = None
    first: int = 2
    last: int | None = None

    def __str__(self) -> str:
        reach = str(self.first) if self.last == self.first else f"{self.first}-{self.last or ''}"
        return f"lags={reach}" if self.term is None else f"gmm({self.term})={reach}"


@dataclass(frozen=True, slots=True)
class GmmOptions:
    """The instruments and steps of a GMM estimator.

    Attributes
    ----------
    sets : of past values, that of the outcome first.
    outside : standard instruments that are no terms of the formula.
    collapse, separate : see the module.
    steps : 1 or 2.
    """

    sets: tuple[InstrumentSet, ...] = (InstrumentSet(),)
    outside: tuple[str, ...] = ()
    collapse: bool = False
    separate: bool = False
    steps: Literal[1, 2] = 2

    def __str__(self) -> str:
        parts = [str(one) for one in self.sets if one != InstrumentSet()]
        parts += [f"iv({term})" for term in self.outside]
        parts += [name for name in ("collapse", "separate") if getattr(self, name)]
        return ",".join([*parts, *(["steps=1"] if self.steps == 1 else [])])


@dataclass(frozen=True, slots=True)
class LsdvcOptions:
    """Where the correction of the within estimator starts, and how far it goes: 1 to 3 terms."""

    initial: Initial = "ab"
    order: Literal[1, 2, 3] = 3

    def __str__(self) -> str:
        parts = [self.initial] if self.initial != "ab" or self.order != 3 else []
        return ",".join([*parts, *([f"order={self.order}"] if self.order != 3 else [])])


def parse_gmm(kind: GmmKind, text: str) -> GmmOptions:
    """Read the options of a GMM estimator.

    Raises
    ------
    OptionError : listing the right forms.

    Examples
    --------
    >>> str(parse_gmm("gmm-diff", "collapse, lags=2-4, gmm(lag(x, 1))=1-"))
    'lags=2-4,gmm(lag(x, 1))=1-,collapse'
    """
    sets: dict[str | None, InstrumentSet] = {None: InstrumentSet()}
    outside: list[str] = []
    flags: set[str] = set()
    steps = 2
    for part in _parts(text):
        name, equals, value = part.rpartition("=")
        if part in ("collapse", "separate"):
            flags.add(part)
        elif part in ("steps=1", "steps=2"):
            steps = int(value)
        elif name == "lags":
            sets[None] = _lags(part, None, value, smallest=2)
        elif equals and name.startswith("gmm(") and name.endswith(")"):
            term = _term(name[4:-1])
            sets[term] = _lags(part, term, value, smallest=1)
        elif part.startswith("iv(") and part.endswith(")"):
            outside.append(_term(part[3:-1]))
        else:
            raise OptionError(f"{kind} has no option {part!r}", advice=f"Write such as: {GMM_FORMS}")
    if "separate" in flags and kind == "gmm-diff":
        raise OptionError("gmm-diff has one equation: nothing to separate", advice="Leave 'separate' out")
    return GmmOptions(
        tuple(sets.values()), tuple(dict.fromkeys(outside)), "collapse" in flags, "separate" in flags,
        cast("Literal[1, 2]", steps),
    )  # fmt: skip


def parse_lsdvc(text: str) -> LsdvcOptions:
    """Read the options of the corrected within estimator.

    Raises
    ------
    OptionError : listing the right forms.

    Examples
    --------
    >>> parse_lsdvc("bb,order=1")
    LsdvcOptions(initial='bb', order=1)
    """
    initial, order = "ab", 3
    for part in _parts(text):
        if part in get_args(Initial):
            initial = part
        elif part in ("order=1", "order=2", "order=3"):
            order = int(part[-1])
        else:
            raise OptionError(f"lsdvc has no option {part!r}", advice=f"Write such as: {LSDVC_FORMS}")
    return LsdvcOptions(cast("Initial", initial), cast("Literal[1, 2, 3]", order))


def factor_of(text: str) -> Name | Call:
    """The one variable, or function of one, that an option names.

    Raises
    ------
    OptionError : anything else.
    """
    try:
        found = parse_formula(f"{text} ~ {text}").lhs
    except FormulaError as error:
        raise OptionError(f"{text!r} is no variable", advice="Write such as ln(x) or lag(x, 1)") from error
    if width(found) != 1:
        raise OptionError(f"{text!r} is more than one variable", advice="Name one at a time")
    return found


def _term(text: str) -> str:
    return str(factor_of(text))


def _parts(text: str) -> list[str]:
    """The text cut at commas outside brackets."""
    depth, parts = 0, [""]
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip() or len(parts) > 1]


def _lags(part: str, term: str | None, value: str, smallest: int) -> InstrumentSet:
    match = _RANGE.fullmatch(value)
    if match is None:
        raise OptionError(f"lags cannot be {value!r}", where=part, advice="Write such as 2, 2-4 or 2-")
    first = int(match[1])
    last = first if match[2] is None else (None if match[3] is None else int(match[3]))
    if first < smallest or (last is not None and last < first):
        raise OptionError(
            f"lags cannot be {value!r}",
            where=part,
            advice=f"They go from the smaller to the larger number, and begin at {smallest} or later: "
            "later values are correlated with the differenced errors",
        )
    return InstrumentSet(term, first, last)
