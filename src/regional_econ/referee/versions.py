"""Which verdict on a claim was published before, does the present one supersede it, and what has changed?

A verdict is its label, its certainty and why: the gap and the wrong element. Another one is accepted only where
something that it read has changed; it then names the one that it supersedes and what changed, and the record keeps
both. The same verdict on other figures gets another id and keeps the former ones beside it: no published id vanishes.
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
from regional_econ.referee.reads import SERIES, Read, Reads

SCHEMA_VERSION = "1"
_SHORT = 12  # digits of the hash in an id


@dataclass(frozen=True)
class Why:
    """Why a verdict is no plain confirmation: its gap, and what of the paper's number must be another one."""

    gap: str | None = None
    wrong: str | None = None


@dataclass(frozen=True)
class Version:
    """A verdict as published: what it says, what it read, and what of that made it differ from the one before.

    ``why`` is None where the record does not tell it; ``former`` are the ids under which the same verdict was
    published on other figures, the oldest first.
    """

    claim: str
    label: Label
    certainty: Certainty | None
    reads: Reads
    changed: tuple[Read, ...] = ()
    why: Why | None = None
    former: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Claim and hash of what the verdict says and has read.

        >>> Version("Q11", "confirmed", "high", {"rules": "a"}).id
        'Q11.1d063f68de00'
        """
        why = [] if self.why is None else [self.why.gap, self.why.wrong]
        said = [self.claim, self.label, self.certainty, dict(self.reads), *why]
        return f"{self.claim}.{sha256_bytes(canonical_json(said).encode())[:_SHORT]}"

    def says(self, other: Version) -> bool:
        """Whether another one says the same, as far as both tell."""
        alike = (self.label, self.certainty) == (other.label, other.certainty)
        return alike and (self.why is None or other.why is None or self.why == other.why)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id, "label": self.label, "certainty": self.certainty, "reads": dict(self.reads),
            "changed": list(self.changed), "former": list(self.former),
            **({} if self.why is None else {"why": {"gap": self.why.gap, "wrong": self.why.wrong}}),
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


def former_sha256(versions: Mapping[str, tuple[Version, ...]]) -> str | None:
    """Return the hash of all superseded verdicts and former ids, None where there are none.

    The record itself would be no such hash: publishing the present verdicts changes it.
    """
    former = {
        name: [[one.to_dict() for one in found[:-1]], list(found[-1].former)]
        for name, found in versions.items()
        if len(found) > 1 or found[-1].former
    }
    return sha256_bytes(canonical_json(former).encode()) if former else None


def _versions(claim: Claim, reads: Reads, before: tuple[Version, ...]) -> tuple[Version, ...]:
    """All versions of a verdict; the same verdict under other hashes takes the place of the last one."""
    verdict = claim.verdict
    now = Version(claim.id, verdict.label, verdict.certainty, reads, why=Why(verdict.gap, _wrong(claim)))
    if not before:
        return (now,)
    last = before[-1]
    if now.says(last):
        former = tuple(dict.fromkeys(one for one in (*last.former, last.id) if one != now.id))
        return (*before[:-1], replace(now, changed=last.changed, former=former))
    return (*before, replace(now, changed=_changed(last.reads, reads)))


def _wrong(claim: Claim) -> str | None:
    """The year, edition, definition or factor that a number needs to agree, as its check found it."""
    found = [
        str(check.stats["matches"][0]["changed_to"])
        if check.stats["matches"]
        else ", ".join(str(pair[key]) for pair in check.stats["two_elements"][:1] for key in ("definition", "year"))
        for check in claim.checks
        if check.kind == "recompute" and check.result == "fail"
    ]
    return "; ".join(one for one in found if one) or None


def _changed(before: Reads, now: Reads) -> tuple[Read, ...]:
    """The kinds of input that both read and that differ; what only one of them reads is told by its entry or rules."""
    both = [kind for kind in get_args(Read) if kind in before and kind in now]
    return tuple(
        kind for kind in both if (_other_figures(before, now) if kind == "figures" else before[kind] != now[kind])
    )


def _other_figures(before: Reads, now: Reads) -> bool:
    """Whether the figures differ in a series that both read.

    A record without hashes of series tells only that something differs: the figures themselves where the claim reads
    the same ones as before, or where both are effects, which read all.
    """
    series = [{key: one[key] for key in one if key.startswith(SERIES)} for one in (before, now)]
    if all(series):
        old, new = series
        return any(old[key] != new[key] for key in old.keys() & new.keys())
    effects = "evidence" in before and "evidence" in now
    same = all(before[kind] == now[kind] for kind in ("claim", "rules"))
    return before["figures"] != now["figures"] and (effects or same)


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
    why = Why(document["why"]["gap"], document["why"]["wrong"]) if "why" in document else None
    return Version(
        claim, document["label"], document["certainty"], dict(document["reads"]), tuple(document["changed"]), why,
        tuple(document.get("former", ())),
    )  # fmt: skip


def _said(version: Version) -> str:
    why = version.why or Why()
    more = ", ".join(part for part in (version.certainty, why.gap, why.wrong) if part)
    return f"{version.label} ({more})" if more else version.label
