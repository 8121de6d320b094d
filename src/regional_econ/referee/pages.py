"""The page of one claim: verdict, what would change it, where the claim stands, estimand and graph, checks, the rule.

The verdict comes first, because a reader who follows a link to a claim asks for it; its working follows in the order in
which it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from regional_econ._base.text import Text
from regional_econ.causal.pages.questions import graph_id
from regional_econ.causal.questions import Question
from regional_econ.core.claim import Check, Claim
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    FigureRef,
    LabelRef,
    Leaf,
    LeafBlock,
    NumberRef,
    Paragraph,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
    VerdictBlock,
)
from regional_econ.referee.cells import DASH, claim_cell, page_of, source_cell
from regional_econ.referee.ledger import Change, Entry
from regional_econ.referee.listed_checks import GROUPS, Premise
from regional_econ.referee.readings import reading_cell
from regional_econ.referee.turns import Turn, turns
from regional_econ.referee.values import check_values

Pictures = Callable[[Claim, Entry], tuple[Block, ...]]
Row = tuple[Cell, ...]
_FACTS = (Column("fact", "referee.column.fact"), Column("what", "referee.column.told", width=3.0))
_HASH = 12
# criteria whose name in the trace leans on the line before
_NAMED = {
    "sign_share": "referee.check.sign_share", "sign_share_leans": "referee.check.sign_share",
    "wrong_sign_share": "referee.turn.wrong_sign_share", "wrong_sign_share_leans": "referee.turn.wrong_sign_share",
}  # fmt: skip
_KEPT = ("cells_keep", "cells_spare", "effect_hold")


def leaves(
    claims: Sequence[Claim],
    entries: Sequence[Entry],
    *,
    questions: Mapping[str, Question],
    changes: Sequence[Change] = (),
    pictures: Pictures | None = None,
) -> tuple[Leaf, ...]:
    """Return a leaf a claim, in the order given.

    Parameters
    ----------
    claims : with verdicts.
    entries : the same claims as listed, in the same order.
    questions : the declared question that each causal claim raises.
    changes : what the claims file changed against the first reading.
    pictures : the pictures of the checks of a claim.
    """
    repeated = {entry.id: [other.id for other in entries if entry.id in other.repeats] for entry in entries}
    return tuple(
        Leaf(
            page_of(claim.id),
            Stack((TextRef("referee.page.title"), Verbatim(claim.id))),
            (
                VerdictBlock(f"referee.{claim.id}.page", claim.to_dict()),
                *_turns(claim, entry),
                _told(claim, entry, repeated[claim.id], [change for change in changes if change.id == claim.id]),
                *_asked(claim, questions.get(claim.id)),
                *_checks(claim),
                *(pictures(claim, entry) if pictures is not None else ()),
                _rule(claim),
            ),
        )
        for claim, entry in zip(claims, entries, strict=True)
    )


def _turns(claim: Claim, entry: Entry) -> tuple[Block, ...]:
    """What would change the verdict, or that no data can."""
    found = turns(claim)
    if not found:
        return (Paragraph(f"referee.turns.{claim.type}"),)
    several = sum(not isinstance(check, Premise) for check in entry.checks) > 1
    columns = (
        Column("what", "referee.column.turn", width=2.6),
        Column("now", "referee.column.now", width=1.8),
        Column("need", "referee.column.need", width=2.2),
        Column("to", f"referee.column.to{'_part' if several else ''}", width=1.6),
    )
    rows = tuple(
        _turn(turn, f"referee.{claim.id}.turn.{number}", several=several) for number, turn in enumerate(found, start=1)
    )
    table = TableBlock(f"referee.{claim.id}.turns", "referee.turns.caption", columns, rows)
    return (table, Paragraph("referee.turns.parts")) if several else (table,)


def _turn(turn: Turn, own: str, *, several: bool) -> Row:
    criterion = _NAMED.get(turn.criterion, f"referee.criterion.{turn.criterion}")
    what: Cell = TextRef(criterion if turn.criterion else f"referee.turn.{turn.what}", own)
    if turn.claim:
        what = Stack((what, claim_cell(turn.claim)))
    if turn.what == "number_match":
        what = Stack((what, TextRef(f"referee.gap.{turn.words[0]}")))
    if several and turn.variable:
        what = Stack((what, LabelRef(turn.variable)))
    now, need = _now(turn, own), _need(turn, own)
    to: Cell = Stack(tuple(TextRef(f"report.label.{label}") for label in turn.to))
    return what, now, need, to if turn.to else TextRef(f"referee.turn.{turn.what}.to")


def _now(turn: Turn, own: str) -> Cell:
    if turn.what == "words":
        return Verbatim(turn.words[0] or "–")
    if turn.what in ("premise", "premise_refuted", "agree"):
        return TextRef(f"report.label.{turn.words[0]}")
    if turn.what == "link":
        return TextRef(f"referee.link.{turn.words[0]}")
    if turn.what == "cells_none":
        return Stack((TextRef("referee.turn.cells_none.now"), Verbatim(turn.words[0])))
    if turn.what in ("number_edition", "number_newest", "series"):
        return TextRef(f"referee.turn.{turn.what}.now", own)
    if turn.what == "number_year":
        return TextRef(f"referee.turn.number_year.{'now' if 'now' in turn.values else 'none'}", own)
    if "now" not in turn.values:
        return TextRef("report.verdict.not_run")
    both = turn.what in ("number_older", "sum") and turn.values["now"].value != turn.values["of"].value
    return TextRef(f"referee.turn.{'from_to' if both else 'counted' if 'cells' in turn.what else 'now'}", own)


def _need(turn: Turn, own: str) -> Cell:
    if turn.what == "words":
        return Verbatim(turn.words[1]) if turn.words[1] else TextRef("referee.turn.words.need")
    if turn.what == "agree":
        return TextRef(f"report.label.{turn.words[1]}")
    if turn.what == "series":
        return TextRef(f"referee.gap.{turn.words[0]}")
    if not turn.bounds:
        return TextRef(f"referee.turn.{turn.what}.need", own)
    bounds = TextRef(f"referee.bounds.{turn.bounds}", own)
    if "short" not in turn.values:
        return bounds
    distance = turn.what if turn.what in _KEPT else turn.bounds
    together = (
        (TextRef(f"referee.together.{'_and_'.join(turn.words)}"),) if turn.what == "effect" and turn.words else ()
    )
    return Stack((bounds, TextRef(f"referee.short.{distance}", own), *together))


def _told(claim: Claim, entry: Entry, repeated_by: Sequence[str], changes: Sequence[Change]) -> Block:
    """Where and how the paper says it, and how it was read."""
    quote = claim.quote
    rows: list[Row] = [
        _fact("quote", Verbatim(quote.text)),
        _fact("translation", Verbatim(quote.translation)),
        _fact("place", Stack((TextRef("referee.place", f"referee.{claim.id}"), Verbatim(quote.doc_sha256[:_HASH])))),
        _fact("type", Stack((TextRef(f"referee.type.{claim.type}"), TextRef(f"referee.hedge.{claim.hedge}")))),
    ]
    for number, check in enumerate(entry.checks, start=1):
        read = reading_cell(check, f"referee.{claim.id}.reading.{number}")
        rows += [] if read is None else [_fact("reading", read)]
    if entry.proxy:
        rows.append(_fact("proxy", TextRef(f"referee.proxy.{entry.proxy}")))
    rows += [_fact("changed", _changed(change)) for change in changes]
    same = sorted({*claim.repeats, *repeated_by})
    if same:
        rows.append(_fact("repeats", Stack(tuple(claim_cell(name) for name in same))))
    return TableBlock(f"referee.{claim.id}.told", "referee.told.caption", _FACTS, tuple(rows))


def _changed(change: Change) -> Cell:
    cells: list[Cell] = [TextRef(f"referee.change.{change.change}"), _both(change.why)]
    if change.change == "retyped" and change.former is not None:
        cells.insert(1, TextRef(f"referee.type.{change.former}"))
    if change.change == "split" and change.former is not None:
        cells.insert(1, claim_cell(change.former))
    return Stack(tuple(cells))


def _asked(claim: Claim, question: Question | None) -> Iterator[LeafBlock]:
    """The estimand and the graph of a causal claim: those of the declared question that it raises."""
    if question is None:
        return
    rows: list[Row] = [
        _fact("question", _both(question.title)),
        _fact("driver", _both(question.driver.label)),
        _fact("outcome", _both(question.outcome.label)),
    ]
    if question.estimand is not None:
        asked = question.estimand
        rows += [_fact("words", _both(asked.words)), _fact("symbols", Verbatim(asked.symbols))]
        rows += [
            _fact(name, _both(text))
            for name, text in (
                ("population", asked.population), ("contrast", asked.contrast), ("horizon", asked.horizon),
                ("scale", asked.scale),
            )
        ]  # fmt: skip
    if claim.estimand is not None:
        rows.append(
            _fact("sign", TextRef(f"referee.sign.{'minus' if claim.estimand.expected_sign == '-' else 'plus'}"))
        )
    rows += [
        _fact(name, _both(text)) for name, text in (("reason", question.reason), ("needed", question.needed)) if text
    ]
    yield TableBlock(f"referee.{claim.id}.asked", "referee.asked.caption", _FACTS, tuple(rows))
    if question.identification is not None:
        yield FigureRef(graph_id(question))


def _checks(claim: Claim) -> Iterator[Block]:
    if not claim.checks:
        return
    printed = any(check.reported is not None for check in claim.checks)
    columns = (
        Column("check", "referee.column.check", width=2.4),
        Column("result", "referee.column.result", width=1.0),
        *((Column("reported", "referee.column.printed", "right", 1.0),) if printed else ()),
        Column("computed", "referee.column.computed", "right", 1.4),
        Column("tolerance", "referee.column.tolerance", "right", 1.4),
    )
    rows = tuple(_check(check, f"referee.{claim.id}.check.{check.id}", printed=printed) for check in claim.checks)
    yield TableBlock(f"referee.{claim.id}.checks", "referee.checks.caption", columns, rows)
    sources = {str(sorted(check.provenance.items())): check for check in reversed(claim.checks) if check.provenance}
    places = tuple((_check_name(check), _source(check)) for check in reversed(sources.values()))
    if places:
        yield TableBlock(f"referee.{claim.id}.sources", "referee.sources.caption", _FACTS, places)


def _check(check: Check, own: str, *, printed: bool) -> Row:
    values = check_values(check)
    reported: Cell = NumberRef(f"{own}.reported") if "reported" in values else DASH
    if reported is DASH and check.reported is not None:
        reported = Verbatim(str(check.reported["string"]))
    computed: list[Cell] = [TextRef("referee.check.value", f"{own}.computed")] if "computed" in values else []
    if "low" in values and values["low"] != values["high"]:
        computed.append(TextRef("referee.check.interval", own))
    found: Cell = Stack(tuple(computed)) if computed else DASH
    told = (reported,) if printed else ()
    return _check_name(check), TextRef(f"referee.result.{check.result}"), *told, found, _tolerance(check, own)


def _source(check: Check) -> Cell:
    """The files, the place in them or the formula, and the edition; the paper has one edition."""
    provenance = dict(check.provenance or {})
    found = source_cell(check)
    if provenance["source"].startswith("characters "):
        return found
    return Stack((found, _vintage(provenance["vintage"]), Verbatim(provenance["sha256"][:_HASH])))


def _check_name(check: Check) -> Cell:
    name = check.id.partition(".")[0]
    kind, _, rest = name.partition("_")
    if kind == "premise":
        return Stack((TextRef("referee.check.premise"), claim_cell(rest)))
    if kind == "benchmark" and rest and rest not in GROUPS:
        return Stack((TextRef("referee.check.benchmark_region"), LabelRef(rest)))
    variable = check.stats.get("variable")
    named = TextRef(f"referee.check.{name}")
    return Stack((named, LabelRef(str(variable)))) if variable else named


def _tolerance(check: Check, own: str) -> Cell:
    bounds = check.tolerance or {}
    cells: list[Cell] = []
    if "low" in bounds and "high" in bounds:
        cells.append(TextRef("referee.tolerance.between", own))
    elif "low" in bounds:
        cells.append(TextRef("referee.tolerance.at_least", own))
    elif "high" in bounds:
        cells.append(TextRef("referee.tolerance.at_most", own))
    cells += [TextRef(f"referee.tolerance.{key}", own) for key in ("probability", "true_share") if key in bounds]
    return Stack(tuple(cells)) if cells else DASH


def _vintage(vintage: str) -> Cell:
    level = "official level of "
    if vintage.startswith(level):
        return Stack((TextRef("referee.level_year"), Verbatim(vintage.removeprefix(level))))
    if vintage == "newest":
        return TextRef("referee.newest_edition")
    return Verbatim(vintage)


def _rule(claim: Claim) -> Block:
    """Which rule judged, and why the certainty is not higher."""
    rule = claim.rule
    rows: list[Row] = [
        _fact("rule", TextRef(f"referee.rule.{rule.rule_id}")),
        _fact("rule_file", Verbatim(rule.rule_sha256[:_HASH])),
        _fact("rules_set", Verbatim(rule.first_dated or rule.frozen_at)),
        _fact("rules_amended", Verbatim(rule.frozen_at)),
    ]
    if rule.sesoi is not None:
        rows.append(_fact("smallest", TextRef("referee.smallest", f"referee.{claim.id}")))
    if any(row.criterion == "matched_status" and row.met is False for row in claim.verdict.rule_trace):
        rows.append(_fact("downgrade", TextRef("referee.value.reported")))
    rows += [
        _fact("downgrade", TextRef(f"referee.downgrade.{rule.rule_id}.{domain}")) for domain in claim.verdict.downgrades
    ]
    return TableBlock(f"referee.{claim.id}.rule", "referee.rule.caption", _FACTS, tuple(rows))


def _fact(name: str, cell: Cell) -> Row:
    return TextRef(f"referee.fact.{name}"), cell


def _both(text: Text) -> Bilingual:
    return Bilingual(text.ru, text.en)
