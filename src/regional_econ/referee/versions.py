"""Which verdict on a claim was published before, does the present one supersede it, and what has changed?

A verdict is its label and its certainty. Another one is accepted only where something that it read has changed; it
then names the one that it supersedes and what changed, and the record keeps both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from regional_econ._base.errors import DataError, StoreError
from regional_econ._base.files import canonical_json, read_json, sha256_bytes
from regional_econ.core.claim import Certainty, Claim, Label
from regional_econ.referee.reads import Read, Reads

SCHEMA_VERSION = "1"
_SHORT = 12  # digits of the hash in an id


@dataclass(frozen=True)
class Version:
    """A verdict as published: what it says, what it read, and what of that made it differ from the one before."""

    claim: str
    label: Label
    certainty: Certainty | None
    reads: Reads
    changed: tuple[Read, ...] = ()

    @property
    def id(self) -> str:
        """Claim and hash of what the verdict says and has read.

        >>> Version("Q11", "confirmed", "high", {"rules": "a"}).id
        'Q11.b1b36bd64d6e'
        """
        said = [self.claim, self.label, self.certainty, dict(self.reads)]
        return f"{self.claim}.{sha256_bytes(canonical_json(said).encode())[:_SHORT]}"

    @property
    def verdict(self) -> tuple[Label, Certainty | None]:
        """What the verdict says."""
        return self.label, self.certainty

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id, "label": self.label, "certainty": self.certainty, "reads": dict(self.reads),
            "changed": list(self.changed),
        }  # fmt: skip


@dataclass(frozen=True)
class Superseded:
    """A verdict and the one that took its place; ``new`` is None where the claim is listed no more."""

    old: Version
    new: Version | None

    @property
    def changed(self) -> tuple[Read, ...]:
        """What made the difference."""
        return ("claim",) if self.new is None else self.new.changed


@dataclass(frozen=True)
class Record:
    """The versions of each claim's verdict in the order of publication, and where they are recorded."""

    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    where: str = "the published verdicts"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        claims = {name: [one.to_dict() for one in versions] for name, versions in self.versions.items()}
        return {"schema_version": SCHEMA_VERSION, "claims": claims}


def read_published(path: Path) -> Record:
    """Read a record; an empty one where nothing was published.

    Raises
    ------
    StoreError : it is damaged.
    """
    if not path.is_file():
        return Record(where=str(path))
    return Record(_read(path, "claims", "Restore it from version control"), str(path))


def read_present(path: Path) -> dict[str, tuple[Version, ...]]:
    """Read the versions of all verdicts from the file of verdicts that a run has written.

    Raises
    ------
    StoreError : it is missing or damaged.
    """
    return _read(path, "versions", "Run again: regional-econ reproduce")


def supersede(
    claims: Sequence[Claim], reads: Mapping[str, Reads], record: Record
) -> tuple[list[Claim], dict[str, tuple[Version, ...]]]:
    """Hold verdicts against those published before.

    Parameters
    ----------
    claims : with verdicts.
    reads : the hashes of what each verdict has read.
    record : what was published.

    Returns
    -------
    the claims, whose verdicts name what they supersede, and all versions of each verdict, the present one last.

    Raises
    ------
    DataError : another verdict, though nothing that it reads has changed.
    """
    versions = {claim.id: _versions(claim, reads[claim.id], record.versions.get(claim.id, ())) for claim in claims}
    odd = [name for name, found in versions.items() if len(found) > 1 and not found[-1].changed]
    if odd:
        old, new = versions[odd[0]][-2:]
        others = f", and so {', '.join(odd[1:])}" if odd[1:] else ""
        raise DataError(
            f"the verdict on {odd[0]} is {_said(new)}, but {_said(old)} is published, and nothing that it reads has "
            f"changed{others}",
            where=record.where,
            advice="Undo what changed the code; if it mends an error, say so in the note of data/rules.yml, whose hash "
            "then names the change",
        )
    named = [
        replace(claim, verdict=replace(claim.verdict, supersedes=versions[claim.id][-2].id))
        if len(versions[claim.id]) > 1
        else claim
        for claim in claims
    ]
    return named, versions


def renewed(record: Record, versions: Mapping[str, tuple[Version, ...]]) -> Record:
    """Return the record with the present verdicts; those of claims that are listed no more stay."""
    return replace(record, versions=dict(sorted({**record.versions, **versions}.items())))


def superseded(record: Record, versions: Mapping[str, tuple[Version, ...]]) -> tuple[Superseded, ...]:
    """Return every verdict that another one has superseded, by claim, the oldest first."""
    found: list[Superseded] = []
    for name in sorted({*record.versions, *versions}):
        known = versions.get(name, record.versions.get(name, ()))
        found += [Superseded(old, new) for old, new in pairwise(known)]
        if name not in versions:
            found.append(Superseded(known[-1], None))
    return tuple(found)


def _versions(claim: Claim, reads: Reads, before: tuple[Version, ...]) -> tuple[Version, ...]:
    """All versions of a verdict; the same verdict under other hashes takes the place of the last one."""
    now = Version(claim.id, claim.verdict.label, claim.verdict.certainty, reads)
    if not before:
        return (now,)
    last = before[-1]
    if now.verdict == last.verdict:
        return (*before[:-1], replace(now, changed=last.changed))
    kinds = get_args(Read)
    return (*before, replace(now, changed=tuple(kind for kind in kinds if last.reads.get(kind) != reads.get(kind))))


def _read(path: Path, key: str, advice: str) -> dict[str, tuple[Version, ...]]:
    document = read_json(path)
    try:
        listed = document[key]
        found = {name: tuple(_version(name, one) for one in each) for name, each in listed.items()}
        sound = all(found.values()) and [one["id"] for each in listed.values() for one in each] == [
            one.id for each in found.values() for one in each
        ]
    except (AttributeError, KeyError, TypeError) as error:
        raise StoreError("damaged verdicts", where=str(path), advice=advice) from error
    if not sound:
        raise StoreError("damaged verdicts: an id does not fit what it names", where=str(path), advice=advice)
    return found


def _version(claim: str, document: Mapping[str, Any]) -> Version:
    changed = tuple(document["changed"])
    return Version(claim, document["label"], document["certainty"], dict(document["reads"]), changed)


def _said(version: Version) -> str:
    return f"{version.label} ({version.certainty})" if version.certainty else version.label
