"""Which declared question does a causal claim raise, and by which graph is that question answered?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regional_econ.causal.questions import Question, Questions


def by_claim(questions: Questions) -> dict[str, Question]:
    """Return the question that each causal claim raises, by claim.

    >>> from regional_econ.causal.questions import load_questions
    >>> by_claim(load_questions())["C12"].id
    'rd-activity'
    """
    return {claim: question for question in questions.by_id.values() for claim in question.claims}


def graph(question: Question | None) -> Mapping[str, Any] | None:
    """Return the graph of a question in the claim schema's form; None without one.

    It is the graph that the designs of the question are checked against: what they hold fixed is valid in it, or the
    file of questions is refused.
    """
    if question is None or question.identification is None:
        return None
    found = question.identification
    return {
        "edges": [[edge.source, edge.target] for edge in found.dag.edges],
        "adjust": list(found.adjustment),
        "untestable": [f"{edge.source} → {edge.target}" for edge in found.dag.edges if edge.untestable is not None],
    }
