"""What is it worth to close the gap of a causal claim? At most what the policy model gains from knowing its effect.

The policy model values perfect knowledge of a driver's elasticity: by how many percentage points of the outcome the
choice of one measure would gain on average. A study of the claim's effect cannot be worth more, so this is an upper
bound; it belongs to that decision alone, and other claims have none.

Source: Raiffa and Schlaifer (1961), Applied Statistical Decision Theory, chapter 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from regional_econ.core.claim import Claim
from regional_econ.core.results import Result
from regional_econ.core.section import Block, Column, LabelRef, NumberRef, Paragraph, TableBlock, TextRef, Verbatim

LEARNING = "answers.learning"
RESULT_ID = "referee.worth"


def result(claims: Sequence[Claim], learning: Result | None, *, outcome: str) -> Result | None:
    """Return ``referee.worth``, a value for each effect with a gap; None where no claim has one.

    Parameters
    ----------
    claims : with verdicts.
    learning : the result ``answers.learning`` of the policy model, None where it was not run.
    outcome : the outcome of the study, in whose percentage points the worth is.
    """
    if learning is None:
        return None
    values = {
        claim.id: learning.values[f"elasticity.{claim.estimand.x}"]
        for claim in claims
        if claim.estimand is not None
        and claim.estimand.y == outcome
        and claim.verdict.gap is not None
        and f"elasticity.{claim.estimand.x}" in learning.values
    }
    return Result(RESULT_ID, values, learning.inputs) if values else None


def with_worth(claims: Sequence[Claim], found: Result | None) -> list[Claim]:
    """Return the claims; the verdicts bear the worth of closing their gap, where there is one."""
    worth = {} if found is None else {name: float(value.value or 0.0) for name, value in found.values.items()}
    return [replace(claim, verdict=replace(claim.verdict, evsi=worth.get(claim.id))) for claim in claims]


def blocks(claims: Sequence[Claim], found: Result | None) -> tuple[Block, ...]:
    """Return what the page says of it; nothing where no claim has a worth."""
    if found is None:
        return ()
    columns = (
        Column("id", "referee.column.id", width=0.6),
        Column("driver", "referee.column.driver", width=2.0),
        Column("gap", "referee.column.gap", width=2.6),
        Column("worth", "referee.column.worth", "right", 1.2),
    )
    rows = tuple(
        (
            Verbatim(claim.id),
            LabelRef(claim.estimand.x if claim.estimand else ""),
            TextRef(f"referee.gap.{claim.verdict.gap}"),
            NumberRef(f"{RESULT_ID}.{claim.id}"),
        )
        for claim in claims
        if claim.id in found.values
    )
    return (Paragraph("referee.worth"), TableBlock("referee.worth.table", "referee.worth.caption", columns, rows))
