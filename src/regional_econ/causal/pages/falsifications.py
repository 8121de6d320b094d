"""The page of falsifications: each question's own estimate, every declared test with its verdict, and the rules."""

from __future__ import annotations

import math

from regional_econ.causal.coefficient import LEVEL
from regional_econ.causal.falsify import Falsified, QuestionEstimate
from regional_econ.causal.questions import Question, Questions
from regional_econ.causal.verdicts import Found, Outcome
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
)

SECTION_ID = "causal_falsifications"
RESULT_ID = "falsifications"
_COUNTS = ("declared", "passes", "fails", "cannot")
_SMALL = 0.3  # effects below it are printed with a digit more
_TENFOLD = 1000.0  # per cent: an effect that no one would call an effect
_NONE = Verbatim("–")


def result(found: Falsified) -> Result:
    """The result ``falsifications``.

    Keys: ``<question>.coefficient|coefficient_error|estimate|low|high|mde|n_obs|n_regions`` and its counts of tests
    ``declared|passes|fails|cannot``; ``<question>.<design>[.<detail>].estimate|std_error|p_value|low|high|bound|n_obs``
    of each test; the same counts over all questions, ``questions``, ``with_interval``, ``nulls``, ``draws``,
    ``splits``, ``folds``, and the levels ``lead_level_pct`` and ``level_pct``. What is no number has no key.
    """
    values: dict[str, Value] = {}
    totals = dict.fromkeys(_COUNTS, 0)
    for own in found.estimates:
        digits = _digits(own)
        numbers = {"estimate": own.estimate, "low": own.low, "high": own.high, "mde": own.mde}
        values |= _values(own.question, numbers, digits)
        exact = {"coefficient": own.coefficient, "coefficient_error": own.coefficient_error}
        values |= _values(own.question, exact, 3)
        counts = found.counts(own.question)
        values |= _values(own.question, {"n_obs": own.n_obs, "n_regions": own.n_regions, **counts}, 0)
        totals = {name: totals[name] + counts[name] for name in _COUNTS}
        for one in found.of(own.question):
            test = one.found
            scale = 3 if one.design == "sensitivity" else digits
            effects = {"estimate": test.estimate, "std_error": test.std_error, "low": test.low, "high": test.high}
            values |= _values(_key(one), effects, scale)
            values |= _values(_key(one), {"bound": test.bound}, 3 if one.design == "sensitivity" else 2)
            values |= _values(_key(one), {"p_value": test.p_value}, 3)
            values |= _values(_key(one), {"n_obs": test.n_obs or math.nan}, 0)
    summary = {
        "questions": len(found.estimates),
        "with_interval": sum(own.null is not None for own in found.estimates),
        "nulls": sum(own.null is True for own in found.estimates),
        "lead_level_pct": 100 * found.lead_level, "level_pct": 100 * LEVEL,
        "draws": found.effort.exchanges, "splits": found.effort.splits, "folds": found.effort.folds, **totals,
    }  # fmt: skip
    values |= {name: Value(count, digits=0) for name, count in summary.items()}
    return Result(RESULT_ID, values, {"panel": found.panel_checksum, "questions.yml": found.questions_sha256})


def section(found: Falsified, questions: Questions) -> Section:
    """The section ``causal_falsifications``.

    Parameters
    ----------
    found : estimates and tests.
    questions : whose titles, scales and rules are shown.
    """
    priced = [own.mde for own in found.estimates if own.kind == "price"]
    immense = bool(priced) and min(priced) > _TENFOLD
    shown: list[QuestionEstimate | Found] = [*found.estimates, *(one.found for one in found.outcomes)]
    gaps = any(one.has_gaps for one in shown)
    endless = any(math.isinf(end) for one in shown for end in (one.low, one.high))
    undetected = any(math.isinf(own.mde) for own in found.estimates)
    withheld = any(own.null is None for own in found.estimates)
    beside = any(questions.question(own.question).beside for own in found.estimates)
    impossible = any(one.found.impossible for one in found.outcomes)
    blocks: tuple[Block, ...] = (
        Paragraph("causal_falsifications.text"),
        _estimates(found, questions),
        Paragraph("causal_falsifications.nulls"),
        *((Paragraph("causal_falsifications.undetected"),) if undetected else ()),
        *((Paragraph("causal_falsifications.with_gaps"),) if gaps else ()),
        *((Paragraph("causal_falsifications.without_bound"),) if endless else ()),
        *((Paragraph("causal_falsifications.prices"),) if immense else ()),
        *((Paragraph("causal_falsifications.withheld"),) if withheld else ()),
        *((Paragraph("causal_falsifications.beside"),) if beside else ()),
        Paragraph("causal_falsifications.tests"),
        _tests(found, questions),
        Paragraph("causal_falsifications.reading"),
        _rules(questions),
        Paragraph("causal_falsifications.without_rule"),
        _designs(found, questions),
        *((_impossible(found, questions),) if impossible else ()),
    )
    return Section(SECTION_ID, "causal_falsifications.title", blocks)


def _estimates(found: Falsified, questions: Questions) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for own in found.estimates:
        key, question = f"{RESULT_ID}.{own.question}", questions.question(own.question)
        scale = question.estimand.scale if question.estimand else question.title
        verdict = "no_interval" if own.null is None else "null" if own.null else "found"
        rows.append(
            (
                Stack((_title(question), Bilingual(scale.ru, scale.en))),
                Stack((NumberRef(f"{key}.estimate"), *(() if own.null is None else _interval(key, own)))),
                _detectable(key, own.mde),
                TextRef(f"causal_falsifications.{verdict}"),
                Stack((NumberRef(f"{key}.passes"), NumberRef(f"{key}.declared", "({})"))),
            )
        )
    columns = (
        _column("question", "left", 3.2),
        _column("estimate", "right"),
        _column("mde", "right"),
        _column("found", "left", 1.6),
        _column("passed", "right"),
    )
    return TableBlock(RESULT_ID, "causal_falsifications.estimates.caption", columns, tuple(rows))


def _tests(found: Falsified, questions: Questions) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            *_shown(one, questions), _number(f"{RESULT_ID}.{_key(one)}.p_value", one.found.p_value),
            _number(f"{RESULT_ID}.{_key(one)}.bound", one.found.bound), _verdict(one),
        )
        for one in found.outcomes
        if one.rule is not None
    ]  # fmt: skip
    columns = (
        *_test_columns(),
        _column("p_value", "right"),
        _column("bound", "right"),
        _column("verdict", "left", 2.0),
    )
    return TableBlock(f"{RESULT_ID}.tests", "causal_falsifications.tests.caption", columns, tuple(rows))


def _designs(found: Falsified, questions: Questions) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (*_shown(one, questions), _number(f"{RESULT_ID}.{_key(one)}.p_value", one.found.p_value))
        for one in found.outcomes
        if one.rule is None and one.verdict != "elsewhere"
    ]
    columns = (*_test_columns(), _column("p_value", "right"))
    return TableBlock(f"{RESULT_ID}.designs", "causal_falsifications.designs.caption", columns, tuple(rows))


def _impossible(found: Falsified, questions: Questions) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            *_named(one, questions), TextRef(f"causal_falsifications.reason.{one.found.impossible}"),
            Bilingual(one.found.note.ru, one.found.note.en) if one.found.note else _NONE,
        )
        for one in found.outcomes
        if one.found.impossible
    ]  # fmt: skip
    columns = (
        _column("question", "left", 2.4),
        _column("design", "left", 1.8),
        _column("reason", "left", 1.4),
        _column("note", "left", 4.0),
    )
    return TableBlock(f"{RESULT_ID}.impossible", "causal_falsifications.impossible.caption", columns, tuple(rows))


def _rules(questions: Questions) -> TableBlock:
    declared = {
        (test.design, test.test.en, test.fails_if.en): test
        for question in questions.with_status("testable")
        for test in question.falsifications
    }
    rows: list[tuple[Cell, ...]] = [
        (
            TextRef(f"questions.design.{test.design}"), Bilingual(test.test.ru, test.test.en),
            Bilingual(test.fails_if.ru, test.fails_if.en),
        )
        for test in declared.values()
    ]  # fmt: skip
    columns = (
        _column("design", "left", 1.6),
        Column("test", "questions.column.test", "left", 3.0),
        Column("fails", "questions.column.fails", "left", 3.0),
    )
    return TableBlock(f"{RESULT_ID}.rules", "causal_falsifications.rules.caption", columns, tuple(rows))


def _shown(one: Outcome, questions: Questions) -> tuple[Cell, ...]:
    """Question, test, estimate above its error, and the interval."""
    key = f"{RESULT_ID}.{_key(one)}"
    test = one.found
    error = () if math.isnan(test.std_error) else (NumberRef(f"{key}.std_error", "({})"),)
    estimate = _NONE if math.isnan(test.estimate) else Stack((NumberRef(f"{key}.estimate"), *error))
    interval = _NONE if math.isnan(test.low) else Stack(_interval(key, test))
    return *_named(one, questions), estimate, interval


def _named(one: Outcome, questions: Questions) -> tuple[Cell, Cell]:
    name: tuple[Cell, ...] = (TextRef(f"questions.design.{one.design}"), *_detail(one, questions))
    return _title(questions.question(one.question)), Stack(name)


def _interval(key: str, found: QuestionEstimate | Found) -> tuple[Cell, ...]:
    """The ends of an interval, and a word where it holds less than all between them."""
    gaps = (TextRef("causal_falsifications.gaps"),) if found.has_gaps else ()
    low, high = math.isfinite(found.low), math.isfinite(found.high)
    if not low and not high:
        return TextRef("causal_falsifications.unbounded"), *gaps
    return (
        NumberRef(f"{key}.low", "[{};") if low else TextRef("causal_falsifications.unbounded_low"),
        NumberRef(f"{key}.high", "{}]") if high else TextRef("causal_falsifications.unbounded_high"),
        *gaps,
    )


def _detail(one: Outcome, questions: Questions) -> tuple[Cell, ...]:
    detail = one.found.detail
    if not detail:
        return ()
    if one.design == "placebo-outcome":
        return (LabelRef(detail),)
    if one.design == "neighbour-exposure":
        return (TextRef(f"causal_falsifications.{detail}"),)
    if detail in questions.nodes:
        label = questions.nodes[detail].label
        return (Bilingual(label.ru, label.en),)
    return (Verbatim(detail),)


def _verdict(one: Outcome) -> Cell:
    verdict = TextRef(f"causal_falsifications.verdict.{one.verdict}")
    if not one.found.impossible:
        return verdict
    return Stack((verdict, TextRef(f"causal_falsifications.reason.{one.found.impossible}")))


def _detectable(key: str, mde: float) -> Cell:
    """The smallest detectable effect, or a word where it is beyond the scale of the page or does not exist."""
    if math.isinf(mde):
        return TextRef("causal_falsifications.undetectable")
    return TextRef("causal_falsifications.tenfold") if mde > _TENFOLD else _number(f"{key}.mde", mde)


def _title(question: Question) -> Bilingual:
    return Bilingual(question.title.ru, question.title.en)


def _number(key: str, number: float) -> Cell:
    return NumberRef(key) if math.isfinite(number) else _NONE


def _values(prefix: str, numbers: dict[str, float], digits: int) -> dict[str, Value]:
    return {
        f"{prefix}.{name}": Value(number, digits=digits) for name, number in numbers.items() if math.isfinite(number)
    }


def _digits(own: QuestionEstimate) -> int:
    return 3 if own.mde < _SMALL else 2


def _key(one: Outcome) -> str:
    detail = f".{one.found.detail}" if one.found.detail and one.design != "sensitivity" else ""
    return f"{one.question}.{one.design}{detail}"


def _test_columns() -> tuple[Column, ...]:
    return (
        _column("question", "left", 2.4),
        _column("design", "left", 1.8),
        _column("estimate_error", "right"),
        _column("interval", "right"),
    )


def _column(name: str, align: str, width: float = 1.0) -> Column:
    return Column(name, f"causal_falsifications.column.{name}", "left" if align == "left" else "right", width)
