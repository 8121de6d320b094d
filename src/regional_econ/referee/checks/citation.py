"""Can a citation be right? Only what the paper and its list of references tell, without looking anything up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regional_econ.core.claim import Check, CheckResult
from regional_econ.referee.listed_checks import Citation

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class CitationFinding:
    """Whether it can be right, None where the texts do not tell; what was looked for, and what stands there."""

    holds: bool | None
    wanted: tuple[str, ...]
    found: tuple[str, ...]


def citation(claim: Citation, words: str, kinds: Sequence[str]) -> CitationFinding:
    """Hold a citation against its entry in the list of references.

    ``exists``: the list has such an entry (its text is not empty). ``kind``: the entry is of the kind of document that
    the text names (a strategy is no concept). ``dated``: the entry bears the stated year. ``covers``: the entry is not
    older than the year of the figures that it is cited for. ``before_paper``: the year does not lie after the paper,
    whose dates are given as the reference.

    Parameters
    ----------
    words : the text's own words about the document.
    kinds : stems of words that name a kind of document.
    """
    if claim.what == "exists":
        return CitationFinding(bool(claim.reference.strip()), (), (claim.reference,))
    if claim.what == "kind":
        wanted, found = kinds_in(words, kinds), kinds_in(claim.reference, kinds)
        holds = bool(wanted.keys() & found.keys()) if wanted and found else None
        return CitationFinding(holds, tuple(wanted.values()), tuple(found.values()))
    stated, years = str(claim.year), tuple(_YEAR.findall(claim.reference))
    if not years:
        return CitationFinding(None, (stated,), ())
    holds = stated in years if claim.what == "dated" else stated <= max(years)
    return CitationFinding(holds, (stated,), years)


def kinds_in(text: str, kinds: Sequence[str]) -> dict[str, str]:
    """Return the words by which a text names kinds of document, by the stem of the kind, in the order of the list.

    >>> kinds_in("Закон «О Стратегии развития»", ("концепц", "закон", "стратег"))
    {'закон': 'закон', 'стратег': 'стратегии'}
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    named = {kind: next((word for word in words if word.startswith(kind)), "") for kind in kinds}
    return {kind: word for kind, word in named.items() if word}


def checks_of(claim: Citation, finding: CitationFinding, provenance: Mapping[str, str]) -> tuple[Check, ...]:
    """Return the finding as a check of the claim schema."""
    results: dict[bool | None, CheckResult] = {True: "pass", False: "fail", None: "not_run"}
    stats = {
        "what": claim.what,
        "reference": claim.reference,
        "year": claim.year,
        "wanted": list(finding.wanted),
        "found": list(finding.found),
    }
    result = results[finding.holds]
    return (Check(f"citation_{claim.what}", "citation", result, stats=stats, provenance=provenance),)
