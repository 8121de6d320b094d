"""Did a test find against its design? What a test found, held against the rule that was declared beforehand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from regional_econ._base.text import Text
from regional_econ.causal.family import holm
from regional_econ.causal.identification import Design
from regional_econ.causal.question_plan import Falsification, Rule

VerdictName = Literal["passes", "fails", "cannot", "no_rule", "elsewhere"]
Impossible = Literal["", "no_covariates", "withheld", "data"]


@dataclass(frozen=True)
class Found:
    """What one test found, in the unit of the question's effect unless said otherwise where it is made.

    ``detail`` tells several of one design apart; ``bound`` is what the rule holds the estimate against; ``low`` and
    ``high`` are the ends of the interval that it reads; NaN: there is none. ``pieces``: what the interval holds, if it
    may have gaps. ``impossible`` says why a test could not be run, ``note`` what it said.
    """

    detail: str = ""
    estimate: float = math.nan
    std_error: float = math.nan
    p_value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    bound: float = math.nan
    n_obs: int = 0
    impossible: Impossible = ""
    note: Text | None = None
    pieces: tuple[tuple[float, float], ...] = ()

    @property
    def holds_zero(self) -> bool:
        """Whether the interval holds zero; not if zero lies in a gap."""
        return any(low <= 0 <= high for low, high in self.pieces or ((self.low, self.high),))

    @property
    def has_gaps(self) -> bool:
        """Whether the interval holds less than all between its ends."""
        return len(self.pieces) > 1


@dataclass(frozen=True)
class Outcome:
    """One test of a question with its verdict; ``rule`` is None where none is declared for the design."""

    question: str
    design: Design
    found: Found
    rule: Rule | None
    verdict: VerdictName


def judge(found: Found, rule: Rule, number: float) -> VerdictName:
    """Apply a declared rule to what a test found.

    Parameters
    ----------
    found : the test's result.
    rule : its declared rule.
    number : the rule's number, NaN where it has none.

    Returns
    -------
    "passes", "fails", or "cannot" where the test could not be run or gave no number.

    >>> judge(Found(low=-0.2, high=0.6, bound=0.5), "beyond_smallest_effect", math.nan)
    'fails'
    >>> judge(Found(p_value=0.04), "p_above", 0.1)
    'passes'
    """
    if found.impossible or any(map(math.isnan, _read(found, rule))):
        return "cannot"
    return "fails" if _fails(found, rule, number) else "passes"


def judged(question: str, test: Falsification, found: Sequence[Found]) -> tuple[Outcome, ...]:
    """Return the results of a declared test with their verdicts; p-values of a family are Holm's.

    Parameters
    ----------
    question : its id.
    test : the declaration.
    found : one result, or one a member of the family.
    """
    if test.rule == "excludes_zero_in_family":
        adjusted = holm(np.array([one.p_value for one in found]))
        found = [replace(one, p_value=float(p)) for one, p in zip(found, adjusted, strict=True)]
    return tuple(
        Outcome(question, test.design, one, test.rule, judge(one, test.rule, test.number)) for one in found
    )  # fmt: skip


def _read(found: Found, rule: Rule) -> tuple[float, ...]:
    """The numbers that a rule reads."""
    match rule:
        case "beyond_smallest_effect":
            return found.low, found.high, found.bound
        case "excludes_zero":
            return found.low, found.high
        case "excludes_zero_in_family" | "p_above" | "within_invented" | "rank_not_extreme":
            return (found.p_value,)
        case _:
            return found.estimate, found.bound


def _fails(found: Found, rule: Rule, number: float) -> bool:
    match rule:
        case "beyond_smallest_effect":
            return not (-found.bound < found.low and found.high < found.bound)
        case "excludes_zero":
            return not found.holds_zero
        case "excludes_zero_in_family":
            return found.p_value < 1 - number
        case "p_above":
            return found.p_value > number
        case "within_invented":
            return found.p_value > 1 - number
        case "rank_not_extreme":
            return found.p_value >= number
        case "below_strongest_covariate":
            return found.estimate < found.bound
        case "sign_changes_without_year":
            return found.estimate * found.bound <= 0
        case "gap_no_smaller_before":
            return found.estimate >= found.bound
        case "placebo_no_smaller":
            return abs(found.estimate) >= abs(found.bound)
