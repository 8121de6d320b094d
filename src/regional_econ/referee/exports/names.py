"""How are the files of verdicts named, and how a thing that has a hash and no address?"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from pathlib import Path

VERDICTS, REVIEWS, CRATE = "verdicts.json", "verdicts.jsonld", "ro-crate-metadata.json"
CLAIMS, RULES, EVIDENCE = "claims.yml", "rules.yml", "causal_evidence.json"
# What the step of the referee makes; the evidence lies there already.
EXPORTS = (VERDICTS, REVIEWS, CRATE, CLAIMS, RULES)


def by_hash(sha256: str) -> str:
    """Return the name of a content by its SHA-256.

    Source: Farrell et al. (2013), Naming Things with Hashes, RFC 6920, section 3.

    >>> by_hash("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
    'ni:///sha-256;LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
    """
    return "ni:///sha-256;" + urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")


def record_path(root: Path, study: str) -> Path:
    """Return where a project records the published verdicts of a study."""
    return root / "reports" / "record" / f"{study}.verdicts.json"
