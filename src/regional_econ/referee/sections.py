"""What the report shows of the verdicts: counts, the numbers beside the official ones, the effects, and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from regional_econ.causal.questions import Questions
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
    VerdictBlock,
)
from regional_econ.referee.asked import by_claim
from regional_econ.referee.cells import (
    claim_cell,
    figure_cell,
    gap_cell,
    label_cell,
    official_cell,
    page_of,
    printed_cell,
    source_cell,
)
from regional_econ.referee.ledger import Change, Entry
from regional_econ.referee.pages import Pictures, leaves
from regional_econ.referee.run import counts
from regional_econ.referee.values import claim_values, number_check

_UNEXAMINED: frozenset[Label] = frozenset({"not_tested", "not_testable_by_design"})


def results(claims: Sequence[Claim], entries: Sequence[Entry], *, inputs: Mapping[str, str]) -> tuple[Result, ...]:
    """Return ``referee.summary`` and ``referee.<claim>`` for every claim.

    Parameters
    ----------
    claims : with verdicts.
    entries : the same claims as listed, in the same order.
    inputs : hashes of the rules, the claims file, the document, the panel and the evidence.
    """
    found = counts(claims)
    summary = {label: Value(found.get(label, 0), digits=0) for label in get_args(Label)}
    summary |= {f"{label}_pct": Value(100.0 * count / len(claims), "%", 1) for label, count in found.items()}
    summary |= {"total": Value(len(claims), digits=0), "total_pct": Value(100.0, "%", 0)}
    pairs = list(zip(claims, entries, strict=True))
    held = sum(map(examined, claims))
    summary["examined"], summary["rest"] = Value(held, digits=0), Value(len(claims) - held, digits=0)
    summary["statements"] = Value(sum(_is_statement(claim, entry) for claim, entry in pairs), digits=0)
    numbers = sum(examined(claim) and entry.number is not None for claim, entry in pairs)
    summary["numbers"] = Value(numbers, digits=0)
    effects = [claim.verdict.label for claim, entry in pairs if examined(claim) and entry.estimand is not None]
    summary["effects"] = Value(len(effects), digits=0)
    summary["effects_undecided"] = Value(effects.count("inconclusive"), digits=0)
    dates = [(claim.rule.first_dated or claim.rule.frozen_at, claim.rule.frozen_at) for claim in claims]
    summary["rules_set"] = Value(min(first for first, _ in dates), VERBATIM)
    summary["rules_amended"] = Value(max(last for _, last in dates), VERBATIM)
    each = [
        Result(f"referee.{claim.id}", claim_values(claim, entry), inputs)
        for claim, entry in zip(claims, entries, strict=True)
    ]
    return (Result("referee.summary", summary, inputs), *each)


def section(
    claims: Sequence[Claim],
    entries: Sequence[Entry],
    *,
    inputs: Mapping[str, str],
    questions: Questions | None = None,
    changes: Sequence[Change] = (),
    pictures: Pictures | None = None,
    beside_counts: Sequence[Block] = (),
    after: Sequence[Block] = (),
) -> Section:
    """Return the section ``referee``: how it was judged, the verdicts in tables, the cards, and a leaf a claim.

    Cards stand for every examined claim that is not plainly confirmed; the tables list them all.

    Parameters
    ----------
    claims, entries, inputs : as in `results`.
    questions : the declared causal questions, where there are some; their graphs must stand in the report.
    changes : what the claims file changed against the first reading.
    pictures : the pictures of the checks of a claim, for its leaf.
    beside_counts : what stands after the counts by label.
    after : what stands at the end.
    """
    pairs = list(zip(claims, entries, strict=True))
    numbers = [(claim, entry) for claim, entry in pairs if examined(claim) and entry.number is not None]
    effects = [(claim, entry) for claim, entry in pairs if examined(claim) and entry.estimand is not None]
    statements = [(claim, entry) for claim, entry in pairs if _is_statement(claim, entry)]
    rest = [(claim, entry) for claim, entry in pairs if not examined(claim)]
    cards = tuple(
        VerdictBlock(f"referee.{claim.id}", claim.to_dict(), page_of(claim.id))
        for claim, _ in (*effects, *numbers, *statements)
        if claim.verdict.label != "confirmed"
    )
    blocks: tuple[Block, ...] = (
        Paragraph("referee.intro"),
        Paragraph("referee.pages"),
        counts_table("referee.counts", claims),
        *beside_counts,
        Paragraph("referee.numbers"),
        _numbers_table(numbers),
        Paragraph("referee.effects"),
        _effects_table(effects),
        Paragraph("referee.statements"),
        _words_table("statements", statements),
        Paragraph("referee.cards"),
        *cards,
        Paragraph("referee.rest"),
        _words_table("rest", rest),
        Paragraph("referee.rules"),
        _inputs_table(inputs),
        *after,
    )
    asked = {} if questions is None else by_claim(questions)
    below = leaves(claims, entries, questions=asked, changes=changes, pictures=pictures)
    return Section("referee", "referee.title", blocks, below)


def examined(claim: Claim) -> bool:
    """Return whether a claim has a verdict of substance: it was held against something."""
    return claim.verdict.label not in _UNEXAMINED


def verdict_rows(claims: Sequence[Claim]) -> list[dict[str, object]]:
    """Return one row a claim: what it says, its verdict, and the first check that was made.

    ``reported``, ``computed`` and ``interval`` are those of that check; ``driver``, ``outcome`` and ``claimed_sign``
    are null where the claim states no effect that is examined.
    """
    return [_verdict_row(claim) for claim in claims]


def _verdict_row(claim: Claim) -> dict[str, object]:
    quote, verdict, effect = claim.quote, claim.verdict, claim.estimand
    first = claim.checks[0] if claim.checks else None
    return {
        "id": claim.id, "type": claim.type, "hedge": claim.hedge, "quote": quote.text, "translation": quote.translation,
        "start": quote.start, "end": quote.end, "repeats": list(claim.repeats), "label": verdict.label,
        "certainty": verdict.certainty, "downgrades": list(verdict.downgrades), "gap": verdict.gap,
        "evsi": verdict.evsi, "supersedes": verdict.supersedes, "driver": effect.x if effect else None,
        "outcome": effect.y if effect else None, "claimed_sign": effect.expected_sign if effect else None,
        "reported": dict(first.reported) if first and first.reported else None,
        "computed": first.computed if first else None,
        "interval": list(first.interval) if first and first.interval else None,
        "rule_id": claim.rule.rule_id, "rule_sha256": claim.rule.rule_sha256,
    }  # fmt: skip


def counts_table(name: str, claims: Sequence[Claim]) -> TableBlock:
    """Return how many claims bear each label, and their share; numbers stand in ``referee.summary``."""
    columns = (
        Column("label", "referee.column.label", width=3.0),
        Column("count", "referee.column.count", "right"),
        Column("share", "referee.column.share", "right"),
    )
    found = counts(claims)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"report.label.{label}"),
            NumberRef(f"referee.summary.{label}"),
            NumberRef(f"referee.summary.{label}_pct"),
        )
        for label in get_args(Label)
        if label in found
    )
    total = (TextRef("referee.total"), NumberRef("referee.summary.total"), NumberRef("referee.summary.total_pct"))
    return TableBlock(name, "referee.counts.caption", columns, (*rows, total))


def _held(entry: Entry) -> bool:
    """Whether a claim is a printed number or an examined effect."""
    return entry.number is not None or entry.estimand is not None


def _is_statement(claim: Claim, entry: Entry) -> bool:
    """Whether a description or an inference was held against figures."""
    return not _held(entry) and examined(claim)


def _numbers_table(pairs: Sequence[tuple[Claim, Entry]]) -> TableBlock:
    columns = (
        Column("id", "referee.column.id", width=0.6),
        Column("what", "referee.column.what", width=2.4),
        Column("printed", "referee.column.printed", "right"),
        Column("official", "referee.column.official", "right", 1.2),
        Column("label", "referee.column.label", width=1.6),
        Column("source", "referee.column.source", width=1.8),
        Column("gap", "referee.column.gap", width=2.4),
    )
    rows = tuple(_number_row(claim, entry) for claim, entry in pairs)
    return TableBlock("referee.numbers.table", "referee.numbers.caption", columns, rows)


def _number_row(claim: Claim, entry: Entry) -> tuple[Cell, ...]:
    number = entry.number
    if number is None:
        return ()
    return (
        claim_cell(claim.id), printed_cell(number), figure_cell(claim.id, number), official_cell(claim),
        label_cell(claim), source_cell(number_check(claim)), gap_cell(claim),
    )  # fmt: skip


def _effects_table(pairs: Sequence[tuple[Claim, Entry]]) -> TableBlock:
    keys = ("averaged.p50", "alone.p50", "lagged.beyond", "lagged.negligible")
    columns = (
        Column("id", "referee.column.id", width=0.6),
        Column("driver", "referee.column.driver", width=2.0),
        Column("lagged.p50", "referee.column.lagged_p50", "right", 1.2),
        *(Column(key, f"referee.column.{key.replace('.', '_')}", "right") for key in keys),
        Column("label", "referee.column.label", width=1.5),
        Column("gap", "referee.column.gap", width=2.0),
    )
    rows = tuple(
        (
            claim_cell(claim.id),
            LabelRef(entry.estimand.x if entry.estimand else ""),
            _with_ends(f"referee.{claim.id}.lagged"),
            *(NumberRef(f"referee.{claim.id}.{key}") for key in keys),
            label_cell(claim),
            gap_cell(claim),
        )
        for claim, entry in pairs
    )
    return TableBlock("referee.effects.table", "referee.effects.caption", columns, rows)


def _with_ends(effect: str) -> Cell:
    """An effect above the ends of its interval."""
    return Stack((NumberRef(f"{effect}.p50"), NumberRef(f"{effect}.p05", "{} –"), NumberRef(f"{effect}.p95")))


def _words_table(name: str, pairs: Sequence[tuple[Claim, Entry]]) -> TableBlock:
    columns = (
        Column("id", "referee.column.id", width=0.6),
        Column("quote", "referee.column.quote", width=4.0),
        Column("type", "referee.column.type", width=1.2),
        Column("label", "referee.column.label", width=1.4),
        Column("needs", "referee.column.needs", width=2.6),
    )
    rows = tuple(
        (
            claim_cell(claim.id),
            Bilingual(claim.quote.text, claim.quote.translation),
            TextRef(f"referee.type.{claim.type}"),
            label_cell(claim),
            gap_cell(claim),
        )
        for claim, _ in pairs
    )
    return TableBlock(f"referee.{name}.table", f"referee.{name}.caption", columns, rows)


def _inputs_table(inputs: Mapping[str, str]) -> TableBlock:
    columns = (Column("what", "referee.column.input", width=1.5), Column("hash", "referee.column.hash", width=3.0))
    rows = tuple((TextRef(f"referee.input.{name}"), Verbatim(inputs[name])) for name in sorted(inputs))
    return TableBlock("referee.inputs", "referee.inputs.caption", columns, rows)
