"""What was a claim taken to say, so that it could be held against something?"""

from __future__ import annotations

from regional_econ.core.section import Cell, LabelRef, Stack, TextRef, Verbatim
from regional_econ.referee.cells import claim_cell, printed_cell
from regional_econ.referee.listed_checks import (
    GROUPS,
    Benchmark,
    Citation,
    Internal,
    ListedCheck,
    Premise,
    Printed,
    Rank,
    Trend,
    Words,
)


def reading_cell(check: ListedCheck, own: str) -> Cell | None:
    """Return what a check takes a claim to say; None for an effect, whose estimand is told apart.

    Parameters
    ----------
    check : as listed with the claim.
    own : where its numbers stand among the results, ``referee.<claim>.reading.<n>``.
    """
    match check:
        case Printed():
            return printed_cell(check)
        case Benchmark():
            names = (TextRef(f"referee.against.{name}") if name in GROUPS else LabelRef(name) for name in check.against)
            return Stack((*_course(check), *names))
        case Trend():
            return Stack(_course(check))
        case Rank():
            part = (
                TextRef("referee.read.share", own)
                if check.places is None
                else Verbatim("–".join(map(str, check.places)))
            )
            return Stack((*_course(check), part))
        case Internal():
            said = (check.printed, *check.parts) if check.what != "unit" else (check.printed,)
            return Stack((TextRef(f"referee.read.internal.{check.what}"), *(_said(one) for one in said)))
        case Citation():
            return Stack((TextRef(f"referee.read.citation.{check.what}"), Verbatim(check.reference)))
        case Premise():
            return Stack((TextRef("referee.read.premise"), *(claim_cell(name) for name in check.of)))
    return None


def _course(check: Benchmark | Trend | Rank) -> tuple[Cell, ...]:
    years = Verbatim(f"{check.first_year}–{check.last_year}")
    return LabelRef(check.variable), TextRef(f"referee.read.{check.direction}"), LabelRef(check.region), years


def _said(part: str | Words) -> Cell:
    if isinstance(part, Words):
        return Verbatim(part.text)
    return claim_cell(part) if part[:1].isalpha() else Verbatim(part)
