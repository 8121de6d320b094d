"""The verdicts as reviews of claims in the vocabulary of schema.org: one ClaimReview a claim, as JSON-LD.

What is not known is left out: a review has no address and no date of its own, and a label is no place on a scale, so
that a rating has a name and no number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from regional_econ._base.text import LANGS, Lang
from regional_econ.core.claim import Claim
from regional_econ.referee.docket import Docket
from regional_econ.referee.exports.made import Made
from regional_econ.referee.exports.names import by_hash
from regional_econ.referee.paper import Paper

CONTEXT = "https://schema.org"
Words = Callable[[str, Lang], str]


def reviews(found: Docket, made: Made, words: Words) -> dict[str, Any]:
    """Return the graph of reviews, in the order of the claims.

    Parameters
    ----------
    words : gives a text by id and language.
    """
    author = [{"@type": "Organization", "name": name} for name in made.authors]
    paper = article(found.paper)
    graph = [
        _review(claim, found.versions[claim.id][-1].id, found.paper, words) | {"author": author}
        for claim in found.claims
    ]
    for review in graph:
        review["itemReviewed"] |= {"appearance": paper, **_author(found.paper)}
    return {"@context": CONTEXT, "@graph": graph}


def article(paper: Paper) -> dict[str, Any]:
    """Return the paper as a ScholarlyArticle that its hash names."""
    identifier = {"@type": "PropertyValue", "propertyID": "sha256", "value": paper.sha256}
    known = {"name": paper.title, "inLanguage": paper.language}
    return {
        "@id": by_hash(paper.sha256), "@type": "ScholarlyArticle", "identifier": identifier,
        **{key: value for key, value in known.items() if value is not None}, **_author(paper),
    }  # fmt: skip


def _review(claim: Claim, version: str, paper: Paper, words: Words) -> dict[str, Any]:
    quote, verdict = claim.quote, claim.verdict
    said = [_tagged(quote.text, paper.language)]
    said += [_tagged(quote.translation, "en")] if quote.translation else []
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": _both(f"report.label.{verdict.label}", words)}
    reasons = [f"report.certainty.{verdict.certainty}"] if verdict.certainty else []
    reasons += [f"referee.gap.{verdict.gap}"] if verdict.gap else []
    if reasons:
        rating["ratingExplanation"] = [text for key in reasons for text in _both(key, words)]
    return {
        "@id": f"#{claim.id}", "@type": "ClaimReview", "identifier": version, "claimReviewed": said,
        "itemReviewed": {"@id": f"#{claim.id}-claim", "@type": "Claim", "identifier": claim.id},
        "reviewRating": rating,
    }  # fmt: skip


def _author(paper: Paper) -> dict[str, Any]:
    return {"author": {"@type": "Person", "name": paper.author}} if paper.author else {}


def _both(key: str, words: Words) -> list[dict[str, str]]:
    return [{"@language": lang, "@value": words(key, lang)} for lang in LANGS]


def _tagged(text: str, language: str | None) -> str | dict[str, str]:
    return text if language is None else {"@language": language, "@value": text}
