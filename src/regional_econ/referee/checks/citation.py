"""Can a citation be right? Only what the paper and its list of references tell, without looking anything up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option
from regional_econ.core.claim import Check, CheckResult

What = Literal["exists", "kind", "dated", "covers", "before_paper"]
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Citation:
    """What a citation is asked.

    ``exists``: the list has such an entry. ``kind``: the entry is of the kind of document that the text names (a
    strategy is no concept). ``dated``: the entry bears the stated ``year``. ``covers``: the entry is not older than
    the ``year`` of the figures that it is cited for. ``before_paper``: the ``year`` does not lie after the paper.

    ``reference`` is the text of the entry, None where the list has none.
    """

    reference: str | None
    year: int | None
    what: What

    def __post_init__(self) -> None:
        check_option("what", self.what, What)
        if self.what in ("dated", "covers", "before_paper") and self.year is None:
            raise OptionError(f"a citation asked whether it is {self.what} needs a year", advice="Give the stated year")


@dataclass(frozen=True)
class CitationFinding:
    """Whether it can be right, None where the texts do not tell; what was looked for, and what stands there."""

    holds: bool | None
    wanted: tuple[str, ...]
    found: tuple[str, ...]


def citation(claim: Citation, words: str, kinds: Sequence[str], paper_year: int | None) -> CitationFinding:
    """Hold a citation against its entry in the list of references.

    Parameters
    ----------
    words : the text's own words about the document.
    kinds : stems of words that name a kind of document.
    paper_year : year in which the paper was finished; None where it is not known.
    """
    stated = (str(claim.year),)
    if claim.what == "before_paper":
        holds = None if paper_year is None or claim.year is None else claim.year <= paper_year
        return CitationFinding(holds, stated, () if paper_year is None else (str(paper_year),))
    if claim.reference is None:
        return CitationFinding(False, (), ())
    if claim.what == "exists":
        return CitationFinding(bool(claim.reference.strip()), (), (claim.reference,))
    if claim.what == "kind":
        wanted, found = kinds_in(words, kinds), kinds_in(claim.reference, kinds)
        return CitationFinding(bool(set(wanted) & set(found)) if wanted and found else None, wanted, found)
    years = tuple(_YEAR.findall(claim.reference))
    if not years:
        return CitationFinding(None, stated, ())
    if claim.what == "dated":
        return CitationFinding(stated[0] in years, stated, years)
    return CitationFinding(stated[0] <= max(years), stated, years)


def kinds_in(text: str, kinds: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of document that a text names, in the order of the list.

    >>> kinds_in("Закон «О Стратегии развития»", ("концепц", "закон", "стратег"))
    ('закон', 'стратег')
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    return tuple(kind for kind in kinds if any(word.startswith(kind) for word in words))


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
