"""The claims of the paper as the project's claims file lists them, each located by hash and character offsets."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from regional_econ._base.errors import RegionalEconError, SchemaError, StoreError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.core.claim import ClaimType, Estimand, Hedge, Quote
from regional_econ.referee.checks.premise import in_order
from regional_econ.referee.known import Known
from regional_econ.referee.listed_checks import (
    KINDS,
    Benchmark,
    Citation,
    Internal,
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
    "check_quotes", "known_needs", "load_changes", "load_claims", "needed_for",
]  # fmt: skip

ChangeKind = Literal["retyped", "split", "added", "quote", "check"]
VERSION = "2"
ABOUT = ("author", "title", "sha256", "characters", "language")
OF_ANY_PAPER = frozenset({"ambiguous", "no_series"})
_ID = re.compile(r"[A-Z]{1,3}\d{2,3}[a-z]?")
_MANY = 5  # places of a quote that an advice lists
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
    the claims that say the same elsewhere, ``line`` its line in the claims file ``file``.
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
    file: str

    @property
    def where(self) -> str:
        """File, line and claim, for messages."""
        return f"{self.file}, line {self.line}, claim {self.id}"

    @property
    def premises(self) -> tuple[str, ...]:
        """The claims that an inference rests on."""
        return tuple(name for check in self.checks if isinstance(check, Premise) for name in check.of)

    @property
    def judged_after(self) -> tuple[str, ...]:
        """The claims whose verdicts this one takes up: its premises, and the numbers that it only repeats."""
        repeated = (check.repeated for check in self.checks if isinstance(check, Internal))
        return (*self.premises, *(name for name in repeated if name is not None))

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
    """One change of the claims file: ``former`` None where the first reading missed the claim.

    A ``check`` is what the claim is held against, changed after its first verdict; ``former`` and ``now`` name it.
    """

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
    needs: Collection[str] | None = None,
    words: Mapping[str, Collection[str]] | None = None,
) -> tuple[Entry, ...]:
    """Read a claims file.

    Parameters
    ----------
    path : the file; ``data/claims.yml`` by default.
    variables : known variable ids; with them, an unknown variable is refused.
    regions : known region ids; with them, an unknown region is refused.
    needs : known ids of missing evidence (:func:`known_needs`); with them, another one is refused.
    words : ids that have a text, by kind (`known.known_words`); with them, a proxy, unit or link without is refused.

    Raises
    ------
    StoreError : no such file.
    SchemaError : not YAML, no claims, a missing key, a wrong value, or an id that stands twice, with line and claim.
    UnknownNameError : an unknown key, variable, region, claim or missing evidence, likewise, with the nearest names.
    OptionError : an unknown type, hedge, kind of check or direction, likewise, with the right ones; or inferences that
        rest on each other.
    """
    path = path or data_dir() / "claims.yml"
    if not path.is_file():
        message = "the claims file is a folder" if path.is_dir() else "no such claims file"
        raise StoreError(message, where=str(path), advice="See data/claims.yml")
    document = read_yaml_lines(path, SchemaError).mapping(("schema_version", "document", "claims"))
    if str(document["schema_version"].value) != VERSION:
        message = f"the claims file has the form {document['schema_version'].value}, not {VERSION}"
        raise document["schema_version"].refuse(message, "See data/claims.yml")
    about = document["document"].mapping(ABOUT, ("author", "title", "characters", "language"))
    if "title" in about:
        about["title"].text()
    length = about["characters"].whole() if "characters" in about else None
    known = Known(variables, regions, needs, words)
    places = document["claims"].items()
    if not places:
        raise document["claims"].refuse("no claims are listed", "See data/claims.yml")
    entries = tuple(_named_entry(place, about["sha256"].text(), known) for place in places)
    lines: dict[str, int] = {}
    for entry, place in zip(entries, places, strict=True):
        if entry.id in lines:
            raise place.refuse(f"claim {entry.id} stands twice, first in line {lines[entry.id]}", "Rename one of them")
        lines[entry.id] = entry.line
    numbers = {entry.id for entry in entries if entry.number is not None}
    for entry, place in zip(entries, places, strict=True):
        if length is not None and any(words.end > length for words in _quoted(entry)):
            message = f"claim {entry.id} quotes words after the last of {length} characters of the document"
            raise place.refuse(message, "Correct the offsets, or the document's characters")
        for other, prints in _named(entry):
            if other not in lines:
                raise _of(place.unknown("claim", other, lines), entry.id)
            if other == entry.id:
                raise place.refuse(f"claim {entry.id} names itself", "Name another claim")
            if prints and other not in numbers:
                advice = "Name a claim that does, or quote the words"
                raise _of(place.refuse(f"claim {other} prints no number", advice), entry.id)
    in_order({entry.id: entry.judged_after for entry in entries}, {entry.id: entry.where for entry in entries})
    return entries


def known_needs() -> frozenset[str]:
    """Return the ids of missing evidence that have a text: those of the shipped claims, and two that fit any paper."""
    return frozenset(entry.needs for entry in load_claims() if entry.needs is not None) | OF_ANY_PAPER


def needed_for(entries: Collection[Entry], names: Collection[str]) -> tuple[Entry, ...]:
    """Return the named claims with all that their verdicts rest on (premises, printed numbers), in the order given."""
    by_id = {entry.id: entry for entry in entries}
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += _rests_on(by_id[name])
    return tuple(entry for entry in entries if entry.id in needed)


def check_quotes(entries: Collection[Entry], document: bytes) -> int:
    """Hold every quote, and the words that checks quote, against the document; return how many quotes were found.

    Raises
    ------
    SchemaError : a document that is no text, another one, or words that do not stand at their offsets.
    """
    sha256 = sha256_bytes(document)
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        advice = "Save it as text in UTF-8; offsets count its characters"
        raise SchemaError(f"the document is no text in UTF-8, from byte {error.start} on", advice=advice) from error
    for entry in entries:
        if entry.quote.doc_sha256 != sha256:
            advice = _other_document(document, entry.quote.doc_sha256)
            where = f"{entry.file}, line {entry.line}"
            raise SchemaError("the quotes are from another document", where=where, advice=advice)
        for words in _quoted(entry):
            if text[words.start : words.end] != words.text:
                message = f"the quote of {entry.id} does not stand at {words.start}"
                raise SchemaError(message, where=entry.where, advice=_found_at(words.text, text))
        for check in entry.checks:
            if isinstance(check, Citation) and check.reference not in text:
                message = f"the reference of {entry.id} is not in the document"
                raise SchemaError(message, where=entry.where, advice="Copy it from the list of references")
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


def _found_at(words: str, text: str) -> str:
    starts = [match.start() for match in re.finditer(re.escape(words), text)]
    if not starts:
        return "Copy it from the document, letter by letter"
    shown = ", ".join(str(start) for start in starts[:_MANY]) + (", …" if len(starts) > _MANY else "")
    return f"It stands at {shown}" + ("; choose the place that is meant" if len(starts) > 1 else "")


def _other_document(document: bytes, wanted: str) -> str:
    """What to do about a document with another hash; line ends and a byte-order mark change it unseen."""
    plain = document.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n")
    if sha256_bytes(plain) == wanted:
        return "Only its line ends or byte-order mark differ: save it as plain UTF-8 with LF"
    return f"Give that document, or locate the quotes in this one again (its sha256 is {sha256_bytes(document)})"


def _named_entry(place: Place, sha256: str, known: Known) -> Entry:
    """Read a claim; what is wrong in it is told with its id."""
    try:
        return _entry(place, sha256, known)
    except RegionalEconError as error:
        name = place.value.get("id") if isinstance(place.value, dict) else None
        raise (error if name is None else _of(error, name)) from error


def _of(error: RegionalEconError, name: object) -> RegionalEconError:
    """The same error, with the claim that is wrong."""
    message = error.message if str(name) in error.message else f"claim {name}: {error.message}"
    return type(error)(message, where=error.where, advice=error.advice)


def _entry(place: Place, sha256: str, known: Known) -> Entry:
    parts = place.mapping(_CLAIM, _OPTIONAL)
    if not _ID.fullmatch(parts["id"].text()):
        message = f"{parts['id'].text()!r} is no id of a claim"
        raise parts["id"].refuse(message, "Write one to three capitals and two or three digits, such as Q01 or C12b")
    name, claim_type = parts["id"].text(), cast(ClaimType, parts["type"].option(ClaimType))
    hedge = cast(Hedge, parts["hedge"].option(Hedge)) if "hedge" in parts else "certain"
    words = read_words(parts["quote"], ("translation",))
    translation = parts["quote"]["translation"].text() if "translation" in parts["quote"].parts else ""
    listed = parts["checks"].items() if "checks" in parts else ()
    entry = Entry(
        name, claim_type, hedge, Quote(words.text, sha256, words.start, words.end, translation),
        tuple(read_check(check, name, claim_type, known) for check in listed),
        parts["repeats"].texts() if "repeats" in parts else (), _retyped(parts.get("retyped"), claim_type),
        known.word("proxy", parts["proxy"]) if "proxy" in parts else None,
        known.missing(parts["needs"]) if "needs" in parts else None, place.line, place.file,
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
    for name in _rests_on(entry):
        yield name, name not in entry.premises
    yield from ((name, False) for name in entry.repeats)


def _rests_on(entry: Entry) -> tuple[str, ...]:
    internal = [check for check in entry.checks if isinstance(check, Internal)]
    return (*entry.premises, *(part for check in internal for part in check.parts if isinstance(part, str)))


def _quoted(entry: Entry) -> Iterator[Quote | Words]:
    yield entry.quote
    for check in entry.checks:
        if isinstance(check, Internal):
            yield from (words for words in (check.printed, *check.parts) if isinstance(words, Words))
