"""The page of questions: for each its estimand, its graph, the threats, and what would prove the design wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from regional_econ._base.text import Text
from regional_econ.causal.layout import layout
from regional_econ.causal.questions import Question, Questions
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    FigureBlock,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)

SECTION_ID = "questions"
_GRAPH_COLUMNS = ["part", "id", "target", "x", "layer", "role", "dashed", "label_ru", "label_en"]


def result(questions: Questions) -> Result:
    """Return the result ``questions``: how many questions, claims and arrows there are, by what becomes of them."""
    testable, not_testable = questions.with_status("testable"), questions.with_status("not_testable")
    graphs = [question.identification for question in testable if question.identification]
    counts = {
        "total": len(questions.by_id),
        "testable": len(testable),
        "not_testable": len(not_testable),
        "identified": sum(graph.identified for graph in graphs),
        "claims": len({claim for question in questions.by_id.values() for claim in question.claims}),
        "claims_testable": len({claim for question in testable for claim in question.claims}),
        "arrows": sum(len(graph.dag.edges) for graph in graphs),
        "untestable": sum(edge.untestable is not None for graph in graphs for edge in graph.dag.edges),
    }
    values = {key: Value(count, digits=0) for key, count in counts.items()}
    return Result(SECTION_ID, values, {"questions": questions.sha256})


def section(questions: Questions) -> Section:
    """Return the section ``questions``.

    Parameters
    ----------
    questions : those of the file; a question that can be tested has a figure and three tables.
    """
    testable = questions.with_status("testable")
    blocks: list[Block] = [Paragraph("questions.intro"), _overview(testable), Paragraph("questions.reading")]
    for question in testable:
        blocks += [
            Paragraph(f"questions.{question.id}.text"),
            _figure(question),
            _estimand(question),
            _threats(question),
            _falsifications(question),
        ]
    blocks += [Paragraph("questions.not_testable"), _not_testable(questions.with_status("not_testable"))]
    return Section(SECTION_ID, "questions.title", tuple(blocks))


def graph_frame(question: Question) -> pd.DataFrame:
    """Return what the figure of a question draws: nodes and lanes with their places, and the pieces of arrows.

    Parameters
    ----------
    question : one with a graph.
    """
    if question.identification is None:
        return pd.DataFrame(columns=_GRAPH_COLUMNS)
    dag, adjustment = question.identification.dag, question.identification.adjustment
    placed = layout(dag, bottom=question.outcome.id)
    on_the_way = {question.driver.id, question.outcome.id, *question.mediators()}
    rows: list[tuple[object, ...]] = []
    for spot in placed.spots.values():
        if spot.lane:
            rows.append(("lane", spot.id, "", spot.x, spot.layer, "", False, "", ""))
            continue
        node = dag.nodes[spot.id]
        ends = {question.driver.id: "driver", question.outcome.id: "outcome"}
        other = "latent" if not node.observed else "adjusted" if spot.id in adjustment else "measured"
        role = ends.get(spot.id, other)
        rows.append(("node", spot.id, "", spot.x, spot.layer, role, False, node.label.ru, node.label.en))
    for link in placed.links:
        role = "causal" if {link.source, link.target} <= on_the_way else "other"
        rows.append(("piece", link.start, link.end, 0.0, placed.spots[link.start].layer, role, link.dashed, "", ""))
    return pd.DataFrame(rows, columns=_GRAPH_COLUMNS).drop_duplicates(ignore_index=True)


def graph_id(question: Question) -> str:
    """Return the id of the figure that shows the graph of a question."""
    return f"{SECTION_ID}.{question.id}.graph"


def _figure(question: Question) -> FigureBlock:
    key = f"{SECTION_ID}.{question.id}"
    return FigureBlock(graph_id(question), "dag", graph_frame(question), f"{key}.caption", f"{key}.alt")


def _overview(testable: Sequence[Question]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (_both(one.title), Verbatim(", ".join(one.claims) or "–"), _standing(one)) for one in testable
    ]
    columns = (
        Column("question", "questions.column.question", width=3.0),
        Column("claims", "questions.column.claims"),
        Column("status", "questions.column.status", width=3.0),
    )
    return TableBlock("questions.overview", "questions.overview.caption", columns, tuple(rows))


def _estimand(question: Question) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    if question.estimand:
        asked = question.estimand
        rows += [(TextRef("questions.row.words"), _both(asked.words)), _row("symbols", Verbatim(asked.symbols))]
        rows += [
            _row(name, _both(text))
            for name, text in (
                ("population", asked.population), ("contrast", asked.contrast), ("horizon", asked.horizon),
                ("scale", asked.scale),
            )
        ]  # fmt: skip
    if question.reason:
        rows.append(_row("reason", _both(question.reason)))
    rows += [_row("status", _standing(question)), *_graph_rows(question)]
    columns = (Column("what", "questions.column.what"), Column("answer", "questions.column.answer", width=4.0))
    return TableBlock(f"questions.{question.id}.estimand", "questions.estimand.caption", columns, tuple(rows))


def _graph_rows(question: Question) -> list[tuple[Cell, ...]]:
    graph = question.identification
    if graph is None:
        return []
    rows: list[tuple[Cell, ...]] = [_row("adjustment", _names(question, graph.adjustment))]
    ideal = question.ideal_sets()
    if ideal and not graph.identified:
        rows.append(_row("missing", _names(question, sorted(set(ideal[0]) - set(graph.adjustment)))))
    if question.mediators():
        rows.append(_row("mediators", _names(question, question.mediators())))
    for node, reason in graph.unadjusted.items():
        label = graph.dag.nodes[node].label
        rows.append(_row("unadjusted", Bilingual(f"{label.ru}: {reason.ru}", f"{label.en}: {reason.en}")))
    arrows = [(e.source, e.target, e.untestable) for e in graph.dag.edges if e.untestable]
    rows += [_row("untestable", Stack(tuple(_arrow(question, *arrow) for arrow in arrows)))] if arrows else []
    absent = [(one.source, one.target, one.reason) for one in graph.absent]
    rows += [_row("absent", Stack(tuple(_arrow(question, *arrow) for arrow in absent)))] if absent else []
    implied = graph.dag.implications()
    if implied:
        rows.append(
            _row("implications", Stack(tuple(_independence(question, one.a, one.b, one.given) for one in implied)))
        )
    return rows


def _threats(question: Question) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            TextRef(f"questions.threat.{threat.name}"), _both(threat.text), _both(threat.answer),
            Stack(tuple(TextRef(f"questions.design.{design}") for design in threat.designs)),
        )
        for threat in question.threats
    ]  # fmt: skip
    columns = (
        Column("threat", "questions.column.threat"),
        Column("text", "questions.column.text", width=3.0),
        Column("answer", "questions.column.faced", width=3.0),
        Column("designs", "questions.column.designs", width=1.6),
    )
    return TableBlock(f"questions.{question.id}.threats", "questions.threats.caption", columns, tuple(rows))


def _falsifications(question: Question) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (TextRef(f"questions.design.{one.design}"), _both(one.test), _both(one.fails_if))
        for one in question.falsifications
    ]
    columns = (
        Column("design", "questions.column.design", width=1.6),
        Column("test", "questions.column.test", width=3.0),
        Column("fails", "questions.column.fails", width=3.0),
    )
    return TableBlock(
        f"questions.{question.id}.falsifications", "questions.falsifications.caption", columns, tuple(rows)
    )


def _not_testable(questions: Sequence[Question]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            _both(one.title), Verbatim(", ".join(one.claims)), _both(one.reason or one.title),
            _both(one.needed or one.title),
        )
        for one in questions
    ]  # fmt: skip
    columns = (
        Column("question", "questions.column.question", width=2.4),
        Column("claims", "questions.column.claims"),
        Column("reason", "questions.column.reason", width=2.6),
        Column("needed", "questions.column.needed", width=2.6),
    )
    return TableBlock("questions.not_testable", "questions.not_testable.caption", columns, tuple(rows))


def _standing(question: Question) -> Cell:
    graph = question.identification
    if graph is None or graph.identified:
        return TextRef(f"questions.status.{'not_testable' if graph is None else 'identified'}")
    relied = tuple(TextRef(f"questions.design.{design}") for design in graph.relies_on)
    return Stack((TextRef("questions.status.relies_on"), *relied))


def _row(name: str, cell: Cell) -> tuple[Cell, ...]:
    return TextRef(f"questions.row.{name}"), cell


def _both(text: Text) -> Bilingual:
    return Bilingual(text.ru, text.en)


def _label(question: Question, node: str) -> Text:
    graph = question.identification
    return graph.dag.nodes[node].label if graph else question.driver.label


def _names(question: Question, nodes: Sequence[str]) -> Bilingual:
    found = [_label(question, node) for node in nodes]
    return Bilingual("; ".join(one.ru for one in found), "; ".join(one.en for one in found))


def _arrow(question: Question, source: str, target: str, reason: Text) -> Bilingual:
    a, b = _label(question, source), _label(question, target)
    return Bilingual(f"{a.ru} → {b.ru}: {reason.ru}", f"{a.en} → {b.en}: {reason.en}")


def _independence(question: Question, a: str, b: str, given: Sequence[str]) -> Bilingual:
    pair, names = (_label(question, a), _label(question, b)), _names(question, given)
    return Bilingual(
        f"«{pair[0].ru}» и «{pair[1].ru}» не связаны, если закреплено: {names.ru}",
        f"“{pair[0].en}” and “{pair[1].en}” are unrelated given: {names.en}",
    )
