"""The claims of the paper as the project's claims file lists them, each located by hash and character offsets."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from regional_econ._base.errors import SchemaError, StoreError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.core.claim import ClaimType, Estimand, Hedge, Quote
from regional_econ.referee.listed_checks import (
    KINDS,
    Benchmark,
    Citation,
    Internal,
    Known,
    ListedCheck,
    Premise,
    Printed,
    Rank,
    Trend,
    Words,
    read_check,
    read_words,
)

__all__ = [
    "Benchmark", "Change", "Citation", "Entry", "Internal", "Premise", "Printed", "Rank", "Retyped", "Trend", "Words",
    "check_quotes", "load_changes", "load_claims",
]  # fmt: skip

ChangeKind = Literal["retyped", "split", "added", "quote"]
VERSION = "2"
_CLAIM = ("id", "type", "retyped", "hedge", "quote", "repeats", "checks", "proxy", "needs")
_OPTIONAL = ("retyped", "hedge", "repeats", "checks", "proxy", "needs")


@dataclass(frozen=True)
class Retyped:
    """The type that the first reading gave a claim, and why it is another one."""

    former: ClaimType
    why: Text


@dataclass(frozen=True)
class Entry:
    """One claim before its verdict.

    ``checks`` is what it is held against, ``needs`` the id of the evidence that is missing: a claim has one of them,
    unless its type is not testable by design. ``proxy`` is the id of what the variables do not measure, ``repeats``
    the claims that say the same elsewhere, ``line`` its line in the claims file.
    """

    id: str
    type: ClaimType
    hedge: Hedge
    quote: Quote
    checks: tuple[ListedCheck, ...]
    repeats: tuple[str, ...]
    retyped: Retyped | None
    proxy: str | None
    needs: str | None
    line: int

    @property
    def number(self) -> Printed | None:
        """The printed number, where the claim is one."""
        return next((check for check in self.checks if isinstance(check, Printed)), None)

    @property
    def estimand(self) -> Estimand | None:
        """The effect, where the claim states one that is examined."""
        return next((check for check in self.checks if isinstance(check, Estimand)), None)

    @property
    def by_design(self) -> bool:
        """Whether the claim is of a type that no data can test."""
        return not KINDS[self.type]


@dataclass(frozen=True)
class Change:
    """One change of the claims file against the first reading: ``former`` None where the claim was missed."""

    id: str
    change: ChangeKind
    former: str | None
    now: str
    why: Text


def load_claims(
    path: Path | None = None,
    *,
    variables: Collection[str] | None = None,
    regions: Collection[str] | None = None,
) -> tuple[Entry, ...]:
    """Read a claims file.

    Parameters
    ----------
    path : the file; ``data/claims.yml`` by default.
    variables : known variable ids; with them, an unknown variable is refused.
    regions : known region ids; with them, an unknown region is refused.

    Raises
    ------
    StoreError : no such file.
    SchemaError : not YAML, a missing key, a wrong value, an id that stands twice or a claim that is not there, with
        its line.
    UnknownNameError : an unknown key, variable or region, with its line and the nearest names.
    OptionError : an unknown type, hedge, kind of check or direction, with its line and the right ones.
    """
    path = path or data_dir() / "claims.yml"
    if not path.is_file():
        raise StoreError("no such claims file", where=str(path), advice="See data/claims.yml")
    document = read_yaml_lines(path, SchemaError).mapping(("schema_version", "document", "claims"))
    if document["schema_version"].value != VERSION:
        message = f"the claims file has the form {document['schema_version'].value}, not {VERSION}"
        raise document["schema_version"].refuse(message, "See data/claims.yml")
    about = document["document"].mapping(("title", "sha256", "characters"), ("title", "characters"))
    known = Known(variables, regions)
    places = document["claims"].items()
    entries = tuple(_entry(place, about["sha256"].text(), known) for place in places)
    lines: dict[str, int] = {}
    for entry, place in zip(entries, places, strict=True):
        if entry.id in lines:
            raise place.refuse(f"claim {entry.id} stands twice, first in line {lines[entry.id]}", "Rename one of them")
        lines[entry.id] = entry.line
    numbers = {entry.id for entry in entries if entry.number is not None}
    for entry, place in zip(entries, places, strict=True):
        for other, prints in _named(entry):
            if other not in lines:
                raise place.unknown("claim", other, lines)
            if other == entry.id:
                raise place.refuse(f"claim {entry.id} names itself", "Name another claim")
            if prints and other not in numbers:
                raise place.refuse(f"claim {other} prints no number", "Name a claim that does, or quote the words")
    return entries


def check_quotes(entries: Collection[Entry], document: bytes, *, where: str = "claims.yml") -> int:
    """Hold every quote, and the words that checks quote, against the document; return how many quotes were found.

    Raises
    ------
    SchemaError : another document, or words that do not stand at their offsets.
    """
    text, sha256 = document.decode("utf-8"), sha256_bytes(document)
    for entry in entries:
        place = f"{where}, line {entry.line}"
        if entry.quote.doc_sha256 != sha256:
            advice = "Locate the quotes in this document again"
            raise SchemaError("the quotes are from another document", where=place, advice=advice)
        for words in _quoted(entry):
            if text[words.start : words.end] != words.text:
                found = text.find(words.text)
                advice = f"It stands at {found}" if found >= 0 else "Copy it from the document, letter by letter"
                message = f"the quote of {entry.id} does not stand at {words.start}"
                raise SchemaError(message, where=place, advice=advice)
        for check in entry.checks:
            if isinstance(check, Citation) and check.reference not in text:
                message = f"the reference of {entry.id} is not in the document"
                raise SchemaError(message, where=place, advice="Copy it from the list of references")
    return len(entries)


def load_changes(path: Path | None = None) -> tuple[Change, ...]:
    """Read what the claims file changed against the first reading; ``data/claims_changes.yml`` by default.

    Raises
    ------
    SchemaError, UnknownNameError, OptionError : as for claims, with the line.
    """
    document = read_yaml_lines(path or data_dir() / "claims_changes.yml", SchemaError)
    changes = []
    for place in document.mapping(("schema_version", "changes"))["changes"].items():
        parts = place.mapping(("id", "change", "from", "to", "why"))
        former = None if parts["from"].value is None else parts["from"].text()
        kind = cast(ChangeKind, parts["change"].option(ChangeKind))
        changes.append(Change(parts["id"].text(), kind, former, parts["to"].text(), parts["why"].both()))
    return tuple(changes)


def _entry(place: Place, sha256: str, known: Known) -> Entry:
    parts = place.mapping(_CLAIM, _OPTIONAL)
    name, claim_type = parts["id"].text(), cast(ClaimType, parts["type"].option(ClaimType))
    hedge = cast(Hedge, parts["hedge"].option(Hedge)) if "hedge" in parts else "certain"
    words = read_words(parts["quote"], ("translation",))
    translation = parts["quote"]["translation"].text() if "translation" in parts["quote"].parts else ""
    listed = parts["checks"].items() if "checks" in parts else ()
    entry = Entry(
        name, claim_type, hedge, Quote(words.text, sha256, words.start, words.end, translation),
        tuple(read_check(check, name, claim_type, known) for check in listed),
        parts["repeats"].texts() if "repeats" in parts else (), _retyped(parts.get("retyped"), claim_type),
        parts["proxy"].text() if "proxy" in parts else None, parts["needs"].text() if "needs" in parts else None,
        place.line,
    )  # fmt: skip
    given = bool(entry.checks) + (entry.needs is not None)
    if entry.by_design and given:
        raise place.refuse(f"claim {name} is {claim_type}: no data can test it", "Delete its checks and needs")
    if not entry.by_design and given != 1:
        advice = "Say what it is held against, or what evidence is missing"
        raise place.refuse(f"claim {name} needs exactly one of checks and needs", advice)
    return entry


def _retyped(place: Place | None, claim_type: ClaimType) -> Retyped | None:
    if place is None:
        return None
    parts = place.mapping(("from", "why"))
    former = cast(ClaimType, parts["from"].option(ClaimType))
    if former == claim_type:
        raise parts["from"].refuse(f"the claim is still {claim_type}", "Delete retyped, or correct the type")
    return Retyped(former, parts["why"].both())


def _named(entry: Entry) -> Iterator[tuple[str, bool]]:
    """The other claims that an entry names, and whether they must print a number."""
    for check in entry.checks:
        if isinstance(check, Premise):
            yield from ((name, False) for name in check.of)
        if isinstance(check, Internal):
            yield from ((part, True) for part in check.parts if isinstance(part, str))
    yield from ((name, False) for name in entry.repeats)


def _quoted(entry: Entry) -> Iterator[Quote | Words]:
    yield entry.quote
    for check in entry.checks:
        if isinstance(check, Internal):
            yield from (words for words in (check.printed, *check.parts) if isinstance(words, Words))
