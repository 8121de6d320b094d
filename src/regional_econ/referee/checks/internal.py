"""Does a paper agree with itself? Arithmetic on printed numbers, units, captions against what the text announces.

A printed number stands for every number that rounds to it. Sums, growth rates and shares of such intervals are exact
intervals again, since each operand occurs once; a printed result is refuted only where the two do not meet.

Source: Moore (1966), Interval Analysis; for tests on printed statistics Brown and Heathers (2017), SPPS 8:363.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Literal

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option
from regional_econ.core.claim import Check, CheckKind, CheckResult
from regional_econ.referee.listed_checks import Comparison, Within
from regional_econ.referee.rules_description import InternalRules

_NUMBER_OF_PARTS: dict[str, int] = {"equal": 1, "difference": 2, "growth": 2, "index": 2, "share": 2, "unit": 1}
_WORD = re.compile(r"[^\W\d_]+")
_KINDS: dict[str, CheckKind] = {"unit": "unit"}


@dataclass(frozen=True)
class Interval:
    """All numbers from ``low`` to ``high``; None is without bound.

    >>> Interval.printed("2,0") / Interval.printed("4")
    Interval(low=Fraction(13, 30), high=Fraction(41, 70))
    """

    low: Fraction | None
    high: Fraction | None

    @classmethod
    def printed(cls, text: str, scale: float = 1.0) -> Interval:
        """Return the numbers that round to a printed one.

        Raises
        ------
        OptionError : not a number.
        """
        plain = re.sub(r"[\s+]", "", text).replace(",", ".").replace("\N{MINUS SIGN}", "-")
        try:
            value, factor = Fraction(plain), Fraction(str(scale))
        except (ValueError, ZeroDivisionError) as error:
            raise OptionError(f"{text!r} is not a printed number", advice="Write it as printed") from error
        half = Fraction(1, 2 * 10 ** len(plain.partition(".")[2]))
        return cls((value - half) * factor, (value + half) * factor)

    def __add__(self, other: Interval) -> Interval:
        return Interval(_both(self.low, other.low), _both(self.high, other.high))

    def __neg__(self) -> Interval:
        return Interval(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def __sub__(self, other: Interval) -> Interval:
        return self + -other

    def __mul__(self, other: Interval) -> Interval:
        if None in (self.low, self.high, other.low, other.high):
            return Interval(None, None)
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]  # type: ignore[operator]
        return Interval(min(corners), max(corners))

    def __truediv__(self, other: Interval) -> Interval:
        """Quotient; without bounds where the divisor can be zero."""
        if other.low is None or other.high is None or other.low <= 0 <= other.high:
            return Interval(None, None)
        return self * Interval(1 / other.high, 1 / other.low)

    def meets(self, other: Interval) -> bool:
        """Return whether some number lies in both."""
        return _up_to(self.low, other.high) and _up_to(other.low, self.high)


@dataclass(frozen=True)
class Operand:
    """A printed number: times ``scale`` plus ``base`` it is in the common unit; ``place`` says where it stands."""

    printed: str
    scale: float = 1.0
    place: str = ""
    base: float = 0.0

    @property
    def interval(self) -> Interval:
        """All numbers that round to it, in the common unit."""
        base = Fraction(str(self.base))
        return Interval.printed(self.printed, self.scale) + Interval(base, base)


@dataclass(frozen=True)
class Said:
    """Within a paper says twice.

    ``printed`` is the number that the ``parts`` must give (growth and share in per cent, growth and index from the
    first part to the second, share of the first in the second); for a unit it is the unit as printed and the part the
    quantity (a key of the rules' units); for a caption the caption, the parts what the text announces there.
    """

    what: Within
    printed: Operand
    parts: tuple[Operand, ...]
    relation: Comparison = "equals"

    def __post_init__(self) -> None:
        check_option("what", self.what, Within)
        check_option("relation", self.relation, Comparison)
        needed = _NUMBER_OF_PARTS.get(self.what)
        if not self.parts or (needed is not None and len(self.parts) != needed):
            advice = "Growth and index go from the first part to the second; a share is of the first in the second"
            raise OptionError(f"{self.what} has {len(self.parts)} parts, not {needed or 'some'}", advice=advice)


@dataclass(frozen=True)
class InternalFinding:
    """Whether it holds, None where this cannot be told; both intervals; and the words or units compared.

    ``passing`` is the share of a band around the printed number, a quarter to either side, that would have passed.
    """

    holds: bool | None
    printed: Interval | None
    computed: Interval | None
    passing: float | None
    found: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()


def internal(said: Said, rules: InternalRules, band: float) -> InternalFinding:
    """Hold a printed number, unit or caption against the rest of the paper.

    Parameters
    ----------
    band : share of the printed number to either side in which false numbers are imagined.

    Raises
    ------
    OptionError : a text that is no number, or a quantity without units in the rules.
    """
    if said.what == "unit":
        return _unit(said, rules)
    if said.what == "caption":
        return _caption(said, rules)
    printed = said.printed.interval
    computed = _computed(said.what, [part.interval for part in said.parts])
    if said.relation == "equals":
        return InternalFinding(printed.meets(computed), printed, computed, _passing(printed, computed, band))
    limit = Fraction(_middle(printed))
    inside = Interval(None, limit) if said.relation == "less" else Interval(limit, None)
    return InternalFinding(_side(computed, limit, said.relation), inside, computed, None)


def words_by_stem(text: str, letters: int) -> dict[str, str]:
    """Return the words of a text by their first so many letters, shorter ones left out, of each stem the first.

    >>> words_by_stem("Динамика ВРП и инвестиций, динамики", 6)
    {'динами': 'динамика', 'инвест': 'инвестиций'}
    """
    found: dict[str, str] = {}
    for word in map(str.casefold, _WORD.findall(text)):
        if len(word) >= letters:
            found.setdefault(word[:letters], word)
    return found


def checks_of(said: Said, finding: InternalFinding, provenance: Mapping[str, str]) -> tuple[Check, ...]:
    """Return the finding as a check of the claim schema; numbers are in the parts' common unit."""
    results: dict[bool | None, CheckResult] = {True: "pass", False: "fail", None: "warn"}
    reported: dict[str, object] = {"string": said.printed.printed}
    computed = interval = None
    if finding.computed is not None and finding.computed.low is not None and finding.computed.high is not None:
        interval = (float(finding.computed.low), float(finding.computed.high))
        computed = _middle(finding.computed)
    if finding.printed is not None and finding.printed.low is not None and finding.printed.high is not None:
        reported |= {"value": _middle(finding.printed), "halfwidth": _half(finding.printed)}
    elif finding.printed is not None:
        bound = finding.printed.high if said.relation == "less" else finding.printed.low
        reported |= {"limit": None if bound is None else float(bound)}
    stats = {
        "what": said.what,
        "relation": said.relation,
        "parts": [vars(part) for part in said.parts],
        "passing_share": finding.passing,
        "found": list(finding.found),
        "wanted": list(finding.wanted),
    }
    kind = _KINDS.get(said.what, "internal_consistency")
    return (
        Check(
            f"internal_{said.what}", kind, results[finding.holds], reported, computed, interval,
            _bounds(finding.printed), stats, provenance,
        ),
    )  # fmt: skip


def _computed(what: Within, parts: list[Interval]) -> Interval:
    hundred = Interval(Fraction(100), Fraction(100))
    if what in ("equal", "sum"):
        return reduce(Interval.__add__, parts)
    if what == "product":
        return reduce(Interval.__mul__, parts)
    first, second = parts
    if what == "difference":
        return first - second
    ratio = hundred * (first / second if what == "share" else second / first)
    return ratio - hundred if what == "growth" else ratio


def _side(computed: Interval, limit: Fraction, relation: Comparison) -> bool | None:
    """Whether all numbers of an interval lie on the claimed side of a limit, none does, or some do."""
    below = computed.high is not None and computed.high < limit
    above = computed.low is not None and computed.low > limit
    if not below and not above:
        return None
    return below if relation == "less" else above


def _passing(printed: Interval, computed: Interval, band: float) -> float | None:
    """Share of the band around the printed number whose rounding interval would meet what was computed."""
    if computed.low is None or computed.high is None:
        return 1.0
    middle, half = _middle(printed), _half(printed)
    reach = abs(middle) * band
    if reach == 0.0:
        return None
    low, high = float(computed.low) - half, float(computed.high) + half
    covered = min(high, middle + reach) - max(low, middle - reach)
    return min(max(covered / (2.0 * reach), 0.0), 1.0)


def _unit(said: Said, rules: InternalRules) -> InternalFinding:
    quantity = said.parts[0].printed
    check_option("quantity", quantity, Literal[tuple(rules.units)])
    words = said.printed.printed.split()
    bare = " ".join(word for word in words if word not in rules.magnitudes)
    known = rules.units[quantity]
    return InternalFinding(bare in known, None, None, None, (bare,), known)


def _caption(said: Said, rules: InternalRules) -> InternalFinding:
    wanted = words_by_stem(" ".join(part.printed for part in said.parts), rules.stem_letters)
    caption = words_by_stem(said.printed.printed, rules.stem_letters)
    found = tuple(caption[stem] for stem in wanted if stem in caption)
    if not wanted:
        return InternalFinding(None, None, None, None)
    enough = len(found) >= rules.caption_share * len(wanted)
    holds = True if enough else None if found else False
    return InternalFinding(holds, None, None, None, found, tuple(wanted.values()))


def _both(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other


def _up_to(one: Fraction | None, other: Fraction | None) -> bool:
    return one is None or other is None or one <= other


def _middle(interval: Interval) -> float:
    return float((interval.low + interval.high) / 2) if interval.low is not None and interval.high is not None else 0.0


def _bounds(interval: Interval | None) -> Mapping[str, float] | None:
    """The bounds of what the parts must give, as the tolerance of a check."""
    if interval is None:
        return None
    return {name: float(one) for name, one in (("low", interval.low), ("high", interval.high)) if one is not None}


def _half(interval: Interval) -> float:
    return float((interval.high - interval.low) / 2) if interval.low is not None and interval.high is not None else 0.0
