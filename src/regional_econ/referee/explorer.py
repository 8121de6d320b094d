"""The ledger of claims as a page that a reader filters: what each says, of what kind it is, and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from regional_econ.core.claim import Claim, ClaimType, Label
from regional_econ.core.explorer import MAIN, Explorer
from regional_econ.referee.cells import page_of

_TOLD = {"label": "report.label", "certainty": "report.certainty", "type": "referee.type", "gap": "referee.gap"}


def explorer(claims: Sequence[Claim]) -> Explorer:
    """Return the explorer ``explore_claims``.

    Parameters
    ----------
    claims : with verdicts, in the order of the claims file.
    """
    rows = [_row(claim) for claim in claims]
    labels = {row[key] for row in rows for key in _TOLD if row[key]} | {name for row in rows for name in row["about"]}
    main = {
        "claims": rows,
        "label": [name for one in get_args(Label) if (name := f"report.label.{one}") in labels],
        "type": [name for one in get_args(ClaimType) if (name := f"referee.type.{one}") in labels],
        "certainty": sorted(label for label in labels if label.startswith("report.certainty.")),
        "letter": "referee_letter.html",
    }
    return Explorer("explore_claims", "referee", {MAIN: main}, tuple(sorted(labels)))


def _row(claim: Claim) -> dict[str, Any]:
    quote, verdict = claim.quote, claim.verdict
    told = {"label": verdict.label, "certainty": verdict.certainty, "type": claim.type, "gap": verdict.gap}
    about = {str(check.stats["variable"]) for check in claim.checks if "variable" in check.stats}
    if claim.estimand:
        about |= {claim.estimand.x, claim.estimand.y}
    return {
        "id": claim.id,
        "page": f"{page_of(claim.id)}.html",
        "ru": quote.text,
        "en": quote.translation or quote.text,
        "start": quote.start,
        "about": sorted(about),
        **{key: f"{_TOLD[key]}.{value}" if value else "" for key, value in told.items()},
    }
