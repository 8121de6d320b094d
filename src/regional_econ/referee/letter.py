"""What would a reviewer write to the author and the editor? A letter made of the verdicts alone.

Every claim stands in exactly one part. A part without claims is left out, and every number is a result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, get_args

from regional_econ.core.claim import Claim, Label
from regional_econ.core.results import VERBATIM, Result, Value
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.referee.cells import figure_cell, printed_cell
from regional_econ.referee.ledger import Entry
from regional_econ.referee.letter_corrections import LETTER, correction
from regional_econ.referee.letter_evidence import KIND_OF
from regional_econ.referee.listed_checks import Benchmark, Citation, Internal, Premise, Rank, Trend
from regional_econ.referee.sections import examined

SECTION_ID = "referee_letter"
Part = Literal[
    "stands", "consistent", "again", "corrections", "unfounded", "uninformative", "open", "unbounded", "effects",
    "by_design",
]  # fmt: skip
Pairs = Sequence[tuple[Claim, Entry]]
_NAMED = 5  # so many of the claims that stand are quoted, the others named by id
_MOST_ROWS = 15  # of the table of missing evidence, before it asks by kind for
_MANY = 3  # what would decide fewer claims than so many
_LISTED: tuple[Part, ...] = ("consistent", "again", "unbounded")  # whose claims a sentence names by id
_SURE = ("high", "moderate", "low", "very_low")
# Gaps that name a finding rather than the evidence that would decide: the letter says what would.
DECIDED_BY = (
    "after_the_data", "cells_disagree", "inside_revision_range", "no_admissible_cell", "paper_does_not_tell",
    "premise_refuted", "premise_does_not_bear", "reference_does_not_tell",
)  # fmt: skip


def part_of(claim: Claim, entry: Entry) -> Part:
    """Return the part of the letter in which a claim stands by itself; it may also say again what another one says."""
    if entry.estimand is not None:
        return "effects"
    label = claim.verdict.label
    if label == "not_testable_by_design":
        return "by_design"
    if claim.verdict.gap == "no_effect_of_interest":
        return "unbounded"
    if label in ("confirmed", "supported", "leans_for"):
        return "consistent" if _within(entry) else "stands"
    if entry.type == "inference":
        return "unfounded" if label == "does_not_follow" else "open"
    if label in ("contradicted", "confirmed_with_error"):
        return "corrections"
    return "uninformative" if label == "true_but_uninformative" else "open"


def result(
    claims: Sequence[Claim], entries: Sequence[Entry], *, title: str, author: str = "", inputs: Mapping[str, str]
) -> Result:
    """Return ``referee.letter``: how many claims stand in each part, and the numbers that its rows read.

    Parameters
    ----------
    claims : with verdicts.
    entries : the same claims as listed, in the same order.
    title, author : of the paper; blank where the claims file gives none.
    inputs : as for the section of the verdicts.
    """
    parts = _parts(claims, entries)
    values: dict[str, Value] = {part: Value(len(pairs), digits=0) for part, pairs in parts.items()}
    values["title"], values["author"] = Value(title, VERBATIM), Value(author, VERBATIM)
    values["examined"] = Value(sum(map(examined, claims)), digits=0)
    for key, count in _counts(parts).items():
        values[f"count.{key}"] = Value(count, digits=0)
    for part in _LISTED:
        values[f"{part}.ids"] = Value(", ".join(claim.id for claim, _ in parts[part]), VERBATIM)
    named = {claim.id for claim, _ in _by_weight(parts["stands"], entries)[:_NAMED]}
    others = (claim.id for claim, _ in parts["stands"] if claim.id not in named)
    values["others"] = Value(", ".join(others), VERBATIM)
    for claim, entry in parts["corrections"]:
        values |= correction(claim, entry).values
    for claim, _ in parts["uninformative"]:
        values |= _true_of(claim)
    for claim, _ in parts["effects"]:
        values |= {f"{claim.id}.{key}": Value(value, "pp", 2) for key, value in _power(claim).items()}
    rules = {claim.rule.rule_sha256[:12]: claim.rule.frozen_at for claim in claims}
    values["rules"] = Value(", ".join(rules), VERBATIM)
    return Result(LETTER, values, inputs)


def section(claims: Sequence[Claim], entries: Sequence[Entry], *, title: str, author: str = "") -> Section:
    """Return the letter as the section ``referee_letter``.

    Parameters
    ----------
    claims, entries, title, author : as in `result`, whose numbers the section names, with those of ``referee.summary``
        and ``referee.<claim>``.
    """
    parts = _parts(claims, entries)
    stands = _by_weight(parts["stands"], entries)
    blocks: list[Block] = [
        Paragraph(f"{LETTER}.opening{'_authored' if title and author else '' if title else '_untitled'}"),
        Paragraph(f"{LETTER}.done"),
    ]
    if stands:
        blocks += [Paragraph(f"{LETTER}.stands"), _stands_table(stands[:_NAMED], _home(entries))]
        blocks += [Paragraph(f"{LETTER}.stands_too")] if len(stands) > _NAMED else []
    blocks += [Paragraph(f"{LETTER}.{part}") for part in ("consistent", "again") if parts[part]]
    if parts["corrections"]:
        blocks += [Paragraph(f"{LETTER}.corrections"), _corrections_table(parts["corrections"], _home(entries))]
    if parts["unfounded"]:
        blocks += [Paragraph(f"{LETTER}.unfounded"), _unfounded_table(parts["unfounded"])]
    if parts["uninformative"]:
        blocks += [Paragraph(f"{LETTER}.uninformative"), _uninformative_table(parts["uninformative"], _home(entries))]
    if parts["effects"]:
        blocks += [Paragraph(f"{LETTER}.effects"), _effects_table(parts["effects"])]
    blocks += [Paragraph(f"{LETTER}.unbounded")] if parts["unbounded"] else []
    if parts["open"]:
        blocks += [Paragraph(f"{LETTER}.open"), _open_table(parts["open"])]
    if parts["by_design"]:
        blocks.append(Paragraph(f"{LETTER}.by_design"))
    blocks += [Paragraph(f"{LETTER}.close"), Paragraph(f"{LETTER}.signed")]
    return Section(SECTION_ID, f"{LETTER}.heading", tuple(blocks))


def _parts(claims: Sequence[Claim], entries: Sequence[Entry]) -> dict[Part, Pairs]:
    alone = {claim.id: part_of(claim, entry) for claim, entry in zip(claims, entries, strict=True)}
    again = _again(alone, entries)
    parts: dict[Part, list[tuple[Claim, Entry]]] = {part: [] for part in get_args(Part)}
    for claim, entry in zip(claims, entries, strict=True):
        parts["again" if claim.id in again else alone[claim.id]].append((claim, entry))
    parts["corrections"].sort(key=lambda pair: pair[0].verdict.label != "contradicted")
    return {part: tuple(pairs) for part, pairs in parts.items()}


def _within(entry: Entry) -> bool:
    """Whether a claim was held against the paper alone: its own numbers, captions and references."""
    return bool(entry.checks) and all(isinstance(check, Internal | Citation) for check in entry.checks)


def _again(parts: Mapping[str, Part], entries: Sequence[Entry]) -> frozenset[str]:
    """Claims that agree and say what another one says; of those that say the same, one held against data is kept."""
    same = {(entry.id, name) for entry in entries for name in _says_again(entry)}
    same |= {(name, own) for own, name in same}
    ordered = [name for kept in ("stands", "consistent") for name, part in parts.items() if part == kept]
    return frozenset(
        name for place, name in enumerate(ordered) if any((name, other) in same for other in ordered[:place])
    )


def _says_again(entry: Entry) -> Iterator[str]:
    """The claims that say the same: those that the list names, and a number printed a second time."""
    yield from entry.repeats
    for check in entry.checks:
        if isinstance(check, Internal) and check.what == "equal":
            yield from (part for part in check.parts if isinstance(part, str))


def _counts(parts: Mapping[Part, Pairs]) -> dict[str, int]:
    """How many claims bear each label; the confirmed ones by what they were held against, each statement once."""
    labels = Counter(claim.verdict.label for pairs in parts.values() for claim, _ in pairs)
    counts: dict[str, int] = {}
    for label in get_args(Label):
        if label != "confirmed":
            counts[label] = labels[label]
            continue
        for part in ("stands", "consistent", "again"):
            counts[part] = sum(claim.verdict.label == label for claim, _ in parts[part])
    return counts


def _by_weight(pairs: Pairs, entries: Sequence[Entry]) -> Pairs:
    """Descriptions first, of them those on which most others rest or that the paper repeats, then the surest."""
    weight = Counter(name for entry in entries for name in _rests_on(entry))
    for entry in entries:
        weight[entry.id] += len(entry.repeats)

    def key(pair: tuple[Claim, Entry]) -> tuple[bool, int, int]:
        claim, entry = pair
        described = any(isinstance(check, Benchmark | Trend | Rank) for check in entry.checks)
        return not described, -weight[claim.id], _SURE.index(claim.verdict.certainty or _SURE[-1])

    return sorted(pairs, key=key)


def _rests_on(entry: Entry) -> Iterator[str]:
    for check in entry.checks:
        if isinstance(check, Premise):
            yield from check.of
        elif isinstance(check, Internal):
            yield from (part for part in check.parts if isinstance(part, str))


def _true_of(claim: Claim) -> dict[str, Value]:
    """Of how many regions all statements of a claim are true, and among how many that can be told."""
    tested = [frozenset(check.stats["true_of"]) for check in claim.checks if check.kind == "specificity"]
    shares = [row.value for row in claim.verdict.rule_trace if row.criterion == "common_share"]
    if not tested or not shares or not isinstance(shares[-1], float) or shares[-1] == 0.0:
        return {}
    holds = len(frozenset.intersection(*tested))
    return {
        f"{claim.id}.true_of": Value(holds, digits=0),
        f"{claim.id}.regions": Value(round(holds / shares[-1]), digits=0),
    }


def _power(claim: Claim) -> dict[str, float | None]:
    check = next(check for check in claim.checks if check.id == "power")
    return {"mde": check.computed, "smallest": float(check.stats["smallest_effect"])}


def _home(entries: Sequence[Entry]) -> str | None:
    """The region that most printed numbers are about, which the letter does not name each time."""
    regions = Counter(entry.number.region for entry in entries if entry.number is not None)
    return regions.most_common(1)[0][0] if regions else None


def _words(claim: Claim, entry: Entry, home: str | None) -> Cell:
    """The claim in its words; a printed number with what it counts."""
    if entry.number is not None:
        return Stack((figure_cell(claim.id, entry.number), *printed_cell(entry.number, home).cells))
    return Bilingual(claim.quote.text, claim.quote.translation)


def _columns(*keys: str, widths: Mapping[str, float]) -> tuple[Column, ...]:
    right = ("effect", "low", "high", "mde", "smallest", "true_of")
    return tuple(
        Column(key, f"{LETTER}.column.{key}", "right" if key in right else "left", widths.get(key, 1.0)) for key in keys
    )


def _corrections_table(pairs: Pairs, home: str | None) -> TableBlock:
    widths = {"claim": 0.6, "printed": 2.0, "right": 2.2, "differs": 1.8, "source": 1.8}
    rows = tuple(correction(claim, entry, home).row for claim, entry in pairs)
    return TableBlock(
        f"{SECTION_ID}.corrections", f"{LETTER}.corrections.caption", _columns(*widths, widths=widths), rows
    )  # fmt: skip


def _stands_table(pairs: Pairs, home: str | None) -> TableBlock:
    widths = {"claim": 0.6, "words": 5.0}
    rows = tuple((Verbatim(claim.id), _words(claim, entry, home)) for claim, entry in pairs)
    return TableBlock(f"{SECTION_ID}.stands", f"{LETTER}.stands.caption", _columns(*widths, widths=widths), rows)


def _uninformative_table(pairs: Pairs, home: str | None) -> TableBlock:
    widths = {"claim": 0.6, "words": 4.0, "true_of": 1.4}
    rows = tuple(
        (Verbatim(claim.id), _words(claim, entry, home), TextRef(f"{LETTER}.true_of", f"{LETTER}.{claim.id}"))
        for claim, entry in pairs
    )
    name = f"{SECTION_ID}.uninformative"
    return TableBlock(name, f"{LETTER}.uninformative.caption", _columns(*widths, widths=widths), rows)


def _unfounded_table(pairs: Pairs) -> TableBlock:
    widths = {"claim": 0.6, "words": 4.0, "why": 3.0}
    rows = tuple((Verbatim(claim.id), _words(claim, entry, None), _missing(claim)) for claim, entry in pairs)
    name = f"{SECTION_ID}.unfounded"
    return TableBlock(name, f"{LETTER}.unfounded.caption", _columns(*widths, widths=widths), rows)


def _effects_table(pairs: Pairs) -> TableBlock:
    """A row an effect: claims on the same one that bear the same verdict share it."""
    widths = {"claim": 0.6, "driver": 2.0, "effect": 0.9, "low": 0.9, "high": 0.9, "mde": 1.0, "smallest": 1.0}
    shared: dict[tuple[object, ...], list[Claim]] = {}
    for claim, _ in pairs:
        found = next(check for check in claim.checks if check.id == "lagged")
        same = (claim.estimand, claim.verdict.label, found.computed, found.interval, *_power(claim).values())
        shared.setdefault(same, []).append(claim)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Verbatim(", ".join(claim.id for claim in claims)),
            LabelRef(claims[0].estimand.x if claims[0].estimand else ""),
            *(NumberRef(f"referee.{claims[0].id}.lagged.{key}") for key in ("p50", "p05", "p95")),
            *(NumberRef(f"{LETTER}.{claims[0].id}.{key}") for key in ("mde", "smallest")),
            TextRef(f"report.label.{claims[0].verdict.label}"),
        )
        for claims in shared.values()
    )
    columns = _columns(*widths, "verdict", widths=widths)
    return TableBlock(f"{SECTION_ID}.effects", f"{LETTER}.effects.caption", columns, rows)


def _open_table(pairs: Pairs) -> TableBlock:
    """A row for each kind of evidence that is missing, that which would decide most claims first.

    In a long table evidence that would decide few claims is asked for by its kind.
    """
    grouped: dict[Cell, list[Claim]] = {}
    for claim, _ in pairs:
        grouped.setdefault(_missing(claim), []).append(claim)
    if len(grouped) > _MOST_ROWS:
        asked, grouped = grouped, {}
        for evidence, claims in asked.items():
            kind = KIND_OF.get(claims[0].verdict.gap or "") if len(claims) < _MANY else None
            shown = evidence if kind is None else TextRef(f"{LETTER}.evidence.{kind}")
            grouped.setdefault(shown, []).extend(claims)
    ordered = sorted(grouped.items(), key=lambda one: -len(one[1]))
    widths = {"evidence": 5.0, "claims": 1.4}
    rows = tuple((evidence, Verbatim(", ".join(claim.id for claim in claims))) for evidence, claims in ordered)
    return TableBlock(f"{SECTION_ID}.open", f"{LETTER}.open.caption", _columns(*widths, widths=widths), rows)


def _missing(claim: Claim) -> Cell:
    gap = claim.verdict.gap
    if gap is None:
        return TextRef(f"report.label.{claim.verdict.label}")
    said = TextRef(f"{LETTER}.decides.{gap}" if gap in DECIDED_BY else f"referee.gap.{gap}")
    premises = [check for check in claim.checks if check.kind == "premise"]
    links = dict.fromkeys(str(check.stats["unstated"]) for check in premises if check.stats["unstated"])
    refuted = [str(check.stats["claim"]) for check in premises if check.result == "fail" and gap == "premise_refuted"]
    more: tuple[Cell, ...] = (*(TextRef(f"referee.link.{link}") for link in links), *map(Verbatim, refuted))
    return Stack((said, *more)) if more else said
