"""Which files tell other programs of the verdicts? Each is a pure function of the verdicts and what they read."""

from __future__ import annotations

from collections.abc import Mapping

from regional_econ._base.files import canonical_json
from regional_econ.referee.docket import Docket
from regional_econ.referee.exports import crate, reviews, verdicts
from regional_econ.referee.exports.made import Made
from regional_econ.referee.exports.names import CLAIMS, CRATE, EVIDENCE, REVIEWS, RULES, VERDICTS
from regional_econ.referee.wording import Wording

_COPIES = {CLAIMS: "claims", RULES: "rules", EVIDENCE: "evidence"}


def export_files(found: Docket, made: Made) -> Mapping[str, bytes]:
    """Return the contents by name: the verdicts, the reviews, copies of what they were made from, and the crate of all.

    Raises
    ------
    SchemaError : the verdicts violate their schema; nothing is returned then.
    """
    words = Wording.load()
    files = {
        VERDICTS: _json(verdicts.verdicts(found, made)),
        REVIEWS: _json(reviews.reviews(found, made, words.text)),
        **{name: found.files[source].read_bytes() for name, source in _COPIES.items() if source in found.files},
    }
    research_object = crate.crate(files, found, made, lambda name: words.text(f"referee.{name}", "en"))
    return {**files, CRATE: _json(research_object)}


def _json(document: object) -> bytes:
    return canonical_json(document).encode("utf-8")
