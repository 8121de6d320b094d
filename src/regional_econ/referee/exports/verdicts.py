"""All verdicts as one document by schema: the claims with their checks, what each has read, and what it supersedes."""

from __future__ import annotations

from typing import Any

from regional_econ.core.schemas import validate
from regional_econ.referee.docket import Docket
from regional_econ.referee.exports.made import Made
from regional_econ.referee.exports.names import VERDICTS
from regional_econ.referee.run import counts

SCHEMA_VERSION = "1"


def verdicts(found: Docket, made: Made) -> dict[str, Any]:
    """Return the document.

    Raises
    ------
    SchemaError : it violates the schema ``verdicts``, or a claim the schema ``claim``.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "paper": {key: value for key, value in vars(found.paper).items() if value is not None},
        "rules": {
            "sha256": found.rules.sha256,
            "first_dated": found.rules.first_dated,
            "frozen_at": found.rules.frozen_at,
        },
        "inputs": dict(found.inputs),
        "software": {
            "title": made.title,
            "version": made.version,
            "code_sha256": made.code_sha256,
            "lock_sha256": made.lock_sha256,
        },
        "counts": counts(found.claims),
        "versions": {name: [one.to_dict() for one in each] for name, each in found.versions.items()},
        "claims": [claim.to_dict() for claim in found.claims],
    }
    validate(document, "verdicts", where=VERDICTS)
    return document
