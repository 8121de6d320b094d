"""Which causal questions does the paper raise, what would answer each, and can it be answered? The declared file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.causal.dag import Dag, Edge, Node, NodeKind
from regional_econ.causal.identification import Absent, Design, Identification, check_identification
from regional_econ.causal.placebo_table import PlaceboOutcome, load_placebos
from regional_econ.causal.question_plan import (
    Falsification,
    RegressionPlan,
    read_design,
    read_falsifications,
    read_placebos,
    read_regression,
)
from regional_econ.core.variable import Transform

Status = Literal["testable", "not_testable"]
ThreatName = Literal[
    "reverse_causality", "confounding", "mediator_control", "interference", "measurement_error", "selection",
    "method_break",
]  # fmt: skip
_HEAD = ("id", "title", "status", "claims", "driver", "outcome", "reason")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "testable": (
        *_HEAD, "beside", "graph", "estimand", "threats", "designs", "falsifications", "regression", "event",
        "placebo_outcomes",
    ),
    "not_testable": (*_HEAD, "needed"),
}  # fmt: skip
_GRAPH = ("edges", "linked", "adjustment", "identified_by_adjustment", "relies_on", "unadjusted", "absent")
_ESTIMAND = ("words", "symbols", "population", "contrast", "horizon", "scale")


@dataclass(frozen=True)
class Estimand:
    """The effect that is asked for, in words and in symbols."""

    words: Text
    symbols: str
    population: Text
    contrast: Text
    horizon: Text
    scale: Text


@dataclass(frozen=True)
class Threat:
    """What could make an estimate wrong, how it is met, and the designs that meet it."""

    name: ThreatName
    text: Text
    answer: Text
    designs: tuple[Design, ...]


@dataclass(frozen=True)
class Question:
    """A causal question: does the driver move the outcome?

    ``beside`` are further outcomes of the same graph; ``reason`` says why a question without a claim is asked, or why
    one cannot be tested, and ``needed`` which series it would take. It is estimated by ``regression`` or as ``event``;
    ``design_places`` says where each of ``designs`` is named, ``transforms`` the scales of all variables of the file.
    """

    id: str
    title: Text
    status: Status
    claims: tuple[str, ...]
    driver: Node
    outcome: Node
    line: int
    reason: Text | None = None
    needed: Text | None = None
    beside: tuple[str, ...] = ()
    identification: Identification | None = None
    estimand: Estimand | None = None
    threats: tuple[Threat, ...] = ()
    designs: tuple[Design, ...] = ()
    falsifications: tuple[Falsification, ...] = ()
    regression: RegressionPlan | None = None
    event: str | None = None
    placebo_outcomes: tuple[PlaceboOutcome, ...] = ()
    design_places: tuple[str, ...] = ()
    transforms: Mapping[str, Transform] = field(default_factory=dict)

    def minimal_sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the smallest sets that would identify the effect; none where something unmeasured stands between."""
        if self.identification is None:
            return ()
        return self.identification.dag.minimal_sets(self.driver.id, self.outcome.id, self.identification.unadjusted)

    def ideal_sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the smallest sets that would identify the effect if every node of the graph were measured."""
        if self.identification is None:
            return ()
        return self.identification.dag.measured().minimal_sets(self.driver.id, self.outcome.id)

    def mediators(self) -> tuple[str, ...]:
        """Return the nodes through which the driver works, which may not be held fixed."""
        return () if self.identification is None else self.identification.dag.mediators(self.driver.id, self.outcome.id)

    def standing(self) -> str:
        """Return in a few words whether and by what the effect is identified."""
        if self.identification is None:
            return "not testable"
        if self.identification.identified:
            return "identified by adjustment"
        return f"not identified by adjustment; relies on {', '.join(self.identification.relies_on)}"

    def __str__(self) -> str:
        return f"{self.id}: {self.driver.id} → {self.outcome.id}, {self.standing()}."


@dataclass(frozen=True)
class Questions:
    """All questions of a file in their order, by id, with the nodes they share and the file's hash."""

    by_id: Mapping[str, Question]
    nodes: Mapping[str, Node]
    sha256: str

    def question(self, question_id: str) -> Question:
        """Return a question.

        Raises
        ------
        UnknownNameError : no such question; the nearest ids are named.
        """
        if question_id not in self.by_id:
            raise UnknownNameError.of("question", question_id, self.by_id)
        return self.by_id[question_id]

    def with_status(self, status: Status) -> tuple[Question, ...]:
        """Return the questions that can, or cannot, be tested."""
        return tuple(question for question in self.by_id.values() if question.status == status)

    def __str__(self) -> str:
        testable = self.with_status("testable")
        identified = sum(bool(one.identification and one.identification.identified) for one in testable)
        return f"{len(self.by_id)} questions, {len(testable)} testable, {identified} identified by adjustment."


def load_questions(
    path: Path | None = None, *, variables: Collection[str] | None = None, claims: Collection[str] | None = None
) -> Questions:
    """Read and check a file of causal questions.

    Every graph is checked: no circle, nothing unknown, no mediator, consequence, collider or latent node held fixed,
    the adjustment set valid where the file says so, and no valid one left unused where it says that there is none.

    Parameters
    ----------
    path : YAML file; ``data/questions.yml`` by default.
    variables : known variable ids; with them, an unknown variable is refused.
    claims : known claim ids; with them, an unknown claim is refused.

    Returns
    -------
    the questions.

    Raises
    ------
    StudyError, UnknownNameError, OptionError : with file, line and the rule that is broken.

    Examples
    --------
    >>> question = load_questions().question("rd-activity")
    >>> question.driver.id, question.outcome.id, question.claims
    ('rd_grp_pct', 'innovation_activity_pct', ('C12', 'C31'))
    """
    path = path or data_dir() / "questions.yml"
    top = read_yaml_lines(path).mapping(("schema_version", "nodes", "questions"))
    placebos = load_placebos()
    nodes = {key: _node(key, place, variables) for key, place in top["nodes"].entries().items()}
    found: dict[str, Question] = {}
    for place in top["questions"].items():
        question = _question(place, nodes, claims, placebos)
        if question.id in found:
            raise place["id"].refuse(
                f"question {question.id} stands twice, first in line {found[question.id].line}", "Rename one of them"
            )
        found[question.id] = question
    return Questions(found, nodes, sha256_file(path))


def _node(node_id: str, place: Place, variables: Collection[str] | None) -> Node:
    optional = ("kind", "of", "transform", "earlier")
    entry = place.mapping(("label", *optional), optional=optional)
    kind = cast(NodeKind, entry["kind"].option(NodeKind)) if "kind" in entry else "variable"
    of = entry["of"].texts() if "of" in entry else ()
    if kind == "built" and not of:
        raise place.refuse(f"node {node_id} is built of nothing", "Name its variables under 'of'")
    for name, at in [(node_id, place)] if kind == "variable" else [(name, entry["of"]) for name in of]:
        if variables is not None and name not in variables:
            raise at.unknown("variable", name, variables)
    transform = cast(Transform, entry["transform"].option(Transform)) if "transform" in entry else None
    earlier = entry["earlier"].whole() if "earlier" in entry else 0
    if earlier < 0:
        raise entry["earlier"].refuse(f"{node_id} lies after the driver", "Write the years before it")
    return Node(node_id, kind, entry["label"].both(), of, transform, earlier)


def _question(
    place: Place,
    nodes: Mapping[str, Node],
    claims: Collection[str] | None,
    placebos: Mapping[str, PlaceboOutcome],
) -> Question:
    status = cast(Status, place["status"].option(Status))
    optional = ("beside", "reason", "regression", "event", "placebo_outcomes") if status == "testable" else ()
    entry = place.mapping(_KEYS[status], optional=optional)
    own = entry["claims"].texts()
    for claim in own:
        if claims is not None and claim not in claims:
            raise entry["claims"].unknown("claim", claim, claims)
    if not own and "reason" not in entry:
        raise entry["claims"].refuse("a question without a claim needs a reason", "Say why it is asked")
    for end in ("driver", "outcome"):
        _known(entry[end], nodes)
    question = Question(
        id=entry["id"].text(),
        title=entry["title"].both(),
        status=status,
        claims=own,
        driver=nodes[entry["driver"].text()],
        outcome=nodes[entry["outcome"].text()],
        line=place.line,
        reason=entry["reason"].both() if "reason" in entry else None,
        needed=entry["needed"].both() if "needed" in entry else None,
    )
    return question if status == "not_testable" else _testable(question, entry, nodes, placebos)


def _testable(
    question: Question,
    entry: Mapping[str, Place],
    nodes: Mapping[str, Node],
    placebos: Mapping[str, PlaceboOutcome],
) -> Question:
    for end, node in (("driver", question.driver), ("outcome", question.outcome)):
        if not node.observed:
            raise entry[end].refuse(
                f"{node.id} is latent, so the question cannot be tested", "Set status: not_testable"
            )
    designs = _designs(entry["designs"])
    beside = entry["beside"].texts() if "beside" in entry else ()
    identification = _identification(entry["graph"], nodes, designs)
    for outcome in (question.outcome.id, *beside):
        check_identification(entry["graph"], identification, question.driver.id, outcome)
    return replace(
        question,
        beside=beside,
        identification=identification,
        estimand=_estimand(entry["estimand"]),
        threats=tuple(_threat(place, designs) for place in entry["threats"].items()),
        designs=designs,
        falsifications=read_falsifications(entry["falsifications"], designs),
        regression=read_regression(entry["regression"]) if "regression" in entry else None,
        event=entry["event"].text() if "event" in entry else None,
        placebo_outcomes=read_placebos(entry["placebo_outcomes"], identification.dag.nodes.values(), placebos)
        if "placebo_outcomes" in entry
        else (),
        design_places=tuple(place.where for place in entry["designs"].items()),
        transforms={key: node.transform for key, node in nodes.items() if node.transform},
    )


def _identification(place: Place, nodes: Mapping[str, Node], designs: tuple[Design, ...]) -> Identification:
    entry = place.mapping(_GRAPH, optional=("linked", "relies_on", "unadjusted", "absent"))
    edges = tuple(_edge(one, nodes) for one in entry["edges"].items())
    used = {end for edge in edges for end in (edge.source, edge.target)}
    linked = (
        tuple(_known(one, {key: nodes[key] for key in used}) for one in entry["linked"].items())
        if "linked" in entry
        else ()
    )
    relies_on = _designs(entry["relies_on"], designs) if "relies_on" in entry else ()
    return Identification(
        Dag({key: node for key, node in nodes.items() if key in used}, edges, linked),
        entry["adjustment"].texts(),
        entry["identified_by_adjustment"].flag(),
        relies_on,
        {key: one.both() for key, one in entry["unadjusted"].entries().items()} if "unadjusted" in entry else {},
        tuple(_absent(one, nodes) for one in entry["absent"].items()) if "absent" in entry else (),
    )


def _edge(place: Place, nodes: Mapping[str, Node]) -> Edge:
    entry = place.mapping(("from", "to", "reason", "untestable"), optional=("reason", "untestable"))
    texts = (entry[key].both() if key in entry else None for key in ("reason", "untestable"))
    return Edge(_known(entry["from"], nodes), _known(entry["to"], nodes), *texts)


def _absent(place: Place, nodes: Mapping[str, Node]) -> Absent:
    entry = place.mapping(("from", "to", "reason"))
    return Absent(_known(entry["from"], nodes), _known(entry["to"], nodes), entry["reason"].both())


def _estimand(place: Place) -> Estimand:
    entry = place.mapping(_ESTIMAND)
    words, population, contrast, horizon, scale = (entry[key].both() for key in _ESTIMAND if key != "symbols")
    return Estimand(words, entry["symbols"].text(), population, contrast, horizon, scale)


def _threat(place: Place, designs: tuple[Design, ...]) -> Threat:
    entry = place.mapping(("name", "text", "answer", "designs"))
    name = cast(ThreatName, entry["name"].option(ThreatName))
    return Threat(name, entry["text"].both(), entry["answer"].both(), _designs(entry["designs"], designs))


def _designs(place: Place, of: tuple[Design, ...] | None = None) -> tuple[Design, ...]:
    place.texts()
    if not place.items():
        raise place.refuse("no design is named", "Name at least one")
    return tuple(read_design(one, of) for one in place.items())


def _known(place: Place, nodes: Mapping[str, Node]) -> str:
    name = place.text()
    if name not in nodes:
        raise place.unknown("node", name, nodes)
    return name
