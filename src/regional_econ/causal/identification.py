"""Is what a question declares about its graph true? Each rule has one message, at the line that breaks it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from regional_econ._base.text import Text
from regional_econ._base.yaml_lines import Place
from regional_econ.causal.dag import LINK, Dag, Path

Design = Literal[
    "multiverse", "leads", "shift-share", "event", "synthetic-did", "dml", "neighbour-exposure", "placebo-outcome",
    "randomisation", "sensitivity", "measurement-bounds", "selection-bounds",
]  # fmt: skip


@dataclass(frozen=True)
class Absent:
    """An arrow that is not drawn although the answer hangs on its absence, and why."""

    source: str
    target: str
    reason: Text


@dataclass(frozen=True)
class Identification:
    """The graph of a question with what is held fixed.

    ``unadjusted`` are observed nodes that are not held fixed, with the reason; ``identified`` says whether the
    adjustment set meets the backdoor criterion, ``relies_on`` which designs the answer rests on where none does.
    """

    dag: Dag
    adjustment: tuple[str, ...]
    identified: bool
    relies_on: tuple[Design, ...] = ()
    unadjusted: Mapping[str, Text] = field(default_factory=dict)
    absent: tuple[Absent, ...] = ()


def check_identification(place: Place, declared: Identification, cause: str, effect: str) -> None:
    """Raise unless a declared graph is sound and its adjustment set does what the file says.

    Parameters
    ----------
    place : the mapping of the graph in its file, for the lines.
    declared : what it says.
    cause, effect : driver and outcome.

    Raises
    ------
    StudyError, UnknownNameError : the first rule that is broken.

    Source: Pearl (2009), Causality, definition 3.3.1 (backdoor criterion). Held against the textbook graphs
    (tests/causal/test_questions.py).
    """
    _check_arrows(place, declared, cause, effect)
    _check_members(place, declared, cause, effect)
    _check_paths(place, declared, cause, effect)
    _check_declaration(place, declared, cause, effect)


def _check_arrows(place: Place, declared: Identification, cause: str, effect: str) -> None:
    dag, at = declared.dag, place["edges"]
    arrows = [(edge.source, edge.target) for edge in dag.edges]
    for number, (arrow, one) in enumerate(zip(arrows, at.items(), strict=True)):
        if arrow in arrows[:number]:
            raise one.refuse(f"the arrow {' → '.join(arrow)} stands twice", "Delete one of them")
    circle = dag.circle()
    if circle:
        last = at.items()[max(arrows.index(arrow) for arrow in itertools.pairwise(circle))]
        raise last.refuse(f"the arrows run in a circle: {dag.written(circle)}", "A later value is a node of its own")
    for end in (cause, effect):
        if end not in dag.nodes:
            raise at.refuse(f"no arrow begins or ends at {end}", "Draw it")
    if effect not in dag.descendants(cause):
        raise at.refuse(f"no arrows lead from {cause} to {effect}", "Draw how the driver works")
    for node, one in zip(dag.linked, place["linked"].items() if dag.linked else (), strict=True):
        if node in dag.descendants(cause) | {cause, effect}:
            raise one.refuse(f"{node} is the driver or follows from it and cannot be linked", "Draw its arrows")
    for absent, one in zip(declared.absent, place["absent"].items() if declared.absent else (), strict=True):
        if (absent.source, absent.target) in arrows:
            message = f"the arrow {absent.source} → {absent.target} is declared absent, yet it is drawn"
            raise one.refuse(message, "Delete one of the two")


def _check_members(place: Place, declared: Identification, cause: str, effect: str) -> None:
    """Refuse to hold fixed what no adjustment may contain: the two ends, latent nodes, consequences of the driver."""
    dag, after = declared.dag, declared.dag.descendants(cause)
    named = dict(zip(declared.adjustment, place["adjustment"].items(), strict=True))
    named |= place["unadjusted"].entries() if declared.unadjusted else {}
    for node, one in named.items():
        if node not in dag.nodes:
            raise one.unknown("node of this graph", node, dag.nodes)
    mediators = dag.mediators(cause, effect)
    for node, one in zip(declared.adjustment, place["adjustment"].items(), strict=True):
        if node in (cause, effect):
            raise one.refuse(f"{node} is the driver or the outcome and cannot be held fixed", "Leave it out")
        if not dag.nodes[node].observed:
            raise one.refuse(f"{node} is not measured and cannot be held fixed", "Leave it out")
        if node in mediators:
            message = (
                f"{node} is a mediator between {cause} and {effect}: holding it fixed removes a part of the effect"
            )
            raise one.refuse(message, "Leave it out of the adjustment set")
        if node in after:
            message = f"{node} is a consequence of {cause}: holding it fixed biases the effect"
            raise one.refuse(message, "Leave it out of the adjustment set")
        if node in declared.unadjusted:
            raise one.refuse(f"{node} is both held fixed and left unadjusted", "Delete one of the two")


def _check_paths(place: Place, declared: Identification, cause: str, effect: str) -> None:
    """Refuse a set that opens a path by a collider, or leaves one open that a measured node would close."""
    dag, chosen = declared.dag, declared.adjustment
    at, barred = place["adjustment"], dag.descendants(cause) | set(declared.unadjusted) | {LINK}
    paths = dag.open_paths(cause, effect, chosen)
    for node in chosen:
        fewer = dag.open_paths(cause, effect, [other for other in chosen if other != node])
        opened = [path for path in paths if path not in fewer]
        if opened and set(fewer) < set(paths):
            message = f"adjustment set {_set(chosen)} holds the collider {node}, which opens the backdoor path"
            raise at.refuse(f"{message} {dag.written(opened[0])}", f"Leave {node} out")
    for path in paths:
        closers = [node for node in dag.closers(path) if node not in barred and dag.nodes[node].observed]
        if closers or declared.identified:
            advice = f"{' or '.join(closers)} would close it" if closers else _latent_advice(dag, path)
            raise at.refuse(f"adjustment set {_set(chosen)} leaves the backdoor path {dag.written(path)} open", advice)


def _check_declaration(place: Place, declared: Identification, cause: str, effect: str) -> None:
    dag, at = declared.dag, place["identified_by_adjustment"]
    exists, found = dag.some_set(cause, effect, declared.unadjusted)
    if declared.identified and declared.relies_on:
        raise place["relies_on"].refuse("an effect identified by adjustment relies on no other design", "Delete it")
    if not declared.identified and exists:
        message = (
            f"the file says that {cause} → {effect} is not identified by adjustment, yet {_set(found)} identifies it"
        )
        raise at.refuse(message, "Set identified_by_adjustment: true and adjust for that set")
    if not declared.identified and not declared.relies_on:
        message = f"{cause} → {effect} is not identified by adjustment, and no design is named that it relies on"
        raise at.refuse(message, "Name them under relies_on")


def _set(nodes: tuple[str, ...]) -> str:
    return "{" + ", ".join(nodes) + "}"


def _latent_advice(dag: Dag, path: Path) -> str:
    latent = ", ".join(node for node in dag.closers(path) if node == LINK or not dag.nodes[node].observed)
    what = f"{latent} is not measured" if latent else "Its nodes are left unadjusted"
    return f"{what}: set identified_by_adjustment: false and name the designs under relies_on"
