"""What the report shows of the verdicts: counts, the numbers beside the official ones, the effects, and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from regional_econ.core.claim import Check, Claim, Criterion, Label
from regional_econ.core.provenance import spoken_place
from regional_econ.core.results import Result, Value
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
from regional_econ.data.pages.sections import source_title
from regional_econ.referee.ledger import Entry
from regional_econ.referee.listed_checks import ANY_REGION, Relation
from regional_econ.referee.run import counts

_DASH = Verbatim("–")
_UNEXAMINED: frozenset[Label] = frozenset({"not_tested", "not_testable_by_design"})
_SHOWN: Mapping[Relation, str] = {"equals": "{}", "less": "<{}", "reached": "≥{}"}


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
    summary["total"] = Value(len(claims), digits=0)
    statements = sum(_is_statement(claim, entry) for claim, entry in zip(claims, entries, strict=True))
    held = sum(_held(entry) for entry in entries) + statements
    summary["examined"], summary["rest"] = Value(held, digits=0), Value(len(claims) - held, digits=0)
    summary["statements"] = Value(statements, digits=0)
    summary["numbers"] = Value(sum(entry.number is not None for entry in entries), digits=0)
    summary["effects"] = Value(sum(entry.estimand is not None for entry in entries), digits=0)
    each = [
        Result(f"referee.{claim.id}", _values(claim, entry), inputs)
        for claim, entry in zip(claims, entries, strict=True)
    ]
    return (Result("referee.summary", summary, inputs), *each)


def section(claims: Sequence[Claim], entries: Sequence[Entry], *, inputs: Mapping[str, str]) -> Section:
    """Return the section ``referee``: how it was judged, the verdicts in tables, the cards, and the rest.

    Cards stand for every examined claim that is not plainly confirmed; the tables list them all.
    """
    pairs = list(zip(claims, entries, strict=True))
    numbers = [(claim, entry) for claim, entry in pairs if entry.number is not None]
    effects = [(claim, entry) for claim, entry in pairs if entry.estimand is not None]
    statements = [(claim, entry) for claim, entry in pairs if _is_statement(claim, entry)]
    rest = [(claim, entry) for claim, entry in pairs if not (_held(entry) or _is_statement(claim, entry))]
    cards = tuple(
        VerdictBlock(f"referee.{claim.id}", claim.to_dict())
        for claim, _ in (*effects, *numbers, *statements)
        if claim.verdict.label != "confirmed"
    )
    blocks: tuple[Block, ...] = (
        Paragraph("referee.intro"),
        _counts_table(claims),
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
    )
    return Section("referee", "referee.title", blocks)


def verdict_rows(claims: Sequence[Claim]) -> list[dict[str, object]]:
    """Return one row a claim: id, type, quote, label, certainty, gap, reported, computed."""
    return [
        {
            "id": claim.id,
            "type": claim.type,
            "quote": claim.quote.text,
            "translation": claim.quote.translation,
            "label": claim.verdict.label,
            "certainty": claim.verdict.certainty,
            "gap": claim.verdict.gap,
            "computed": claim.checks[0].computed if claim.checks else None,
        }
        for claim in claims
    ]


def _held(entry: Entry) -> bool:
    """Whether a claim is a printed number or an examined effect."""
    return entry.number is not None or entry.estimand is not None


def _is_statement(claim: Claim, entry: Entry) -> bool:
    """Whether a description or an inference was held against figures."""
    return not _held(entry) and claim.verdict.label not in _UNEXAMINED


def _values(claim: Claim, entry: Entry) -> dict[str, Value]:
    verdict = claim.verdict
    values = {"label": Value(verdict.label), "certainty": Value(verdict.certainty), "gap": Value(verdict.gap)}
    checks = {check.id: check for check in claim.checks}
    if entry.number is not None:
        digits = entry.number.digits
        values["printed"] = Value(entry.number.value / entry.number.scale, digits=digits)
        official, year = _official(claim)
        values["official"] = Value(official, digits=_digits(official, digits + 1))
        values["official_year"] = Value(year, digits=0)
        if "recompute" in checks:
            values["chance_match_rate"] = Value(checks["recompute"].stats["chance_match_rate"], digits=3)
    for check in (checks[name] for name in ("lagged", "averaged", "alone") if name in checks):
        values |= _effect_values(check)
    return values | _trace_values(verdict.rule_trace)


def _trace_values(trace: Sequence[Criterion]) -> dict[str, Value]:
    """What each criterion found and needed: ``trace.<line>.value`` and ``trace.<line>.threshold``."""
    return {
        f"trace.{line}.{part}": Value(value, digits=3)
        for line, criterion in enumerate(trace, start=1)
        for part, value in (("value", criterion.value), ("threshold", criterion.threshold))
        if value is not None
    }


def _effect_values(check: Check) -> dict[str, Value]:
    low, high = check.interval or (None, None)
    points = {"p05": low, "p50": check.computed, "p95": high}
    values = {f"{check.id}.{key}": Value(value, "pp", 2) for key, value in points.items()}
    return values | {f"{check.id}.{key}": Value(float(check.stats[key]), digits=2) for key in ("beyond", "negligible")}


def _official(claim: Claim) -> tuple[float | None, int | None]:
    first = claim.checks[0]
    if first.computed is not None:
        return first.computed, int(first.stats["year"])
    nearest: Mapping[str, float] = first.stats["nearest_years"]
    if not nearest:
        return None, None
    year = max(nearest)
    return nearest[year], int(year)


def _digits(value: float | None, most: int) -> int:
    """Return how many decimals an official figure has, at most one more than was printed."""
    known = 0.0 if value is None else value
    return next((digits for digits in range(most) if abs(round(known, digits) - known) < 1e-9), most)


def _counts_table(claims: Sequence[Claim]) -> TableBlock:
    columns = (Column("label", "referee.column.label", width=3.0), Column("count", "referee.column.count", "right"))
    found = counts(claims)
    rows = tuple(
        (TextRef(f"report.label.{label}"), NumberRef(f"referee.summary.{label}"))
        for label in get_args(Label)
        if label in found
    )
    total = (TextRef("referee.total"), NumberRef("referee.summary.total"))
    return TableBlock("referee.counts", "referee.counts.caption", columns, (*rows, total))


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
    dated = Verbatim(str(number.year)) if number.year is not None else TextRef("referee.undated")
    unit = TextRef(f"referee.unit.{number.unit or number.variable}")
    region = TextRef("referee.any_region") if number.region == ANY_REGION else LabelRef(number.region)
    what = Stack((LabelRef(number.variable), unit, region, dated))
    shown = NumberRef(f"referee.{claim.id}.printed", _SHOWN[number.relation])
    official, year = _official(claim)
    figure: Cell = _DASH
    if official is not None:
        figure = Stack((NumberRef(f"referee.{claim.id}.official"), Verbatim(str(year))))
    first = claim.checks[0]
    source = _source(first.provenance["source"]) if first.provenance else _DASH
    return (Verbatim(claim.id), what, shown, figure, _label(claim), source, _gap(claim))


def _source(source: str) -> Cell:
    """The names of the files, and under them the place of the figure or the formula that it is computed by."""
    names, _, place = source.partition(": ")
    spoken = spoken_place(place)
    where = Bilingual(spoken.ru, spoken.en) if spoken.ru != place else LabelRef(place)
    return Stack((*map(source_title, names.split(", ")), where))


def _effects_table(pairs: Sequence[tuple[Claim, Entry]]) -> TableBlock:
    keys = ("lagged.p50", "lagged.p05", "lagged.p95", "averaged.p50", "alone.p50", "lagged.beyond", "lagged.negligible")
    columns = (
        Column("id", "referee.column.id", width=0.6),
        Column("driver", "referee.column.driver", width=2.0),
        *(Column(key, f"referee.column.{key.replace('.', '_')}", "right") for key in keys),
        Column("label", "referee.column.label", width=1.5),
        Column("gap", "referee.column.gap", width=2.0),
    )
    rows = tuple(
        (
            Verbatim(claim.id),
            LabelRef(entry.estimand.x if entry.estimand else ""),
            *(NumberRef(f"referee.{claim.id}.{key}") for key in keys),
            _label(claim),
            _gap(claim),
        )
        for claim, entry in pairs
    )
    return TableBlock("referee.effects.table", "referee.effects.caption", columns, rows)


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
            Verbatim(claim.id),
            Bilingual(claim.quote.text, claim.quote.translation),
            TextRef(f"referee.type.{claim.type}"),
            _label(claim),
            _gap(claim),
        )
        for claim, _ in pairs
    )
    return TableBlock(f"referee.{name}.table", f"referee.{name}.caption", columns, rows)


def _inputs_table(inputs: Mapping[str, str]) -> TableBlock:
    columns = (Column("what", "referee.column.input", width=1.5), Column("hash", "referee.column.hash", width=3.0))
    rows = tuple((TextRef(f"referee.input.{name}"), Verbatim(inputs[name])) for name in sorted(inputs))
    return TableBlock("referee.inputs", "referee.inputs.caption", columns, rows)


def _label(claim: Claim) -> Cell:
    label = TextRef(f"report.label.{claim.verdict.label}")
    if claim.verdict.certainty is None:
        return label
    return Stack((label, TextRef(f"report.certainty.{claim.verdict.certainty}")))


def _gap(claim: Claim) -> Cell:
    return TextRef(f"referee.gap.{claim.verdict.gap}") if claim.verdict.gap else _DASH
