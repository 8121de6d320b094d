"""Which variables must be held fixed, and which must not? Causal graphs, backdoor paths and adjustment sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from typing import Literal

import networkx as nx

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.core.variable import Transform

NodeKind = Literal["variable", "built", "event", "effect", "latent"]
Path = tuple[str, ...]
LINK = "causes not drawn"
_MOST_CANDIDATES = 16


@dataclass(frozen=True)
class Node:
    """A node of a causal graph.

    ``kind``: a variable of the panel, something built from it (``of`` names the variables), a dated event, an effect
    that dummies absorb, or latent: not measured. ``transform``: its scale in a regression (None: it enters none);
    ``earlier``: by how many years it lies before the driver.
    """

    id: str
    kind: NodeKind
    label: Text
    of: tuple[str, ...] = ()
    transform: Transform | None = None
    earlier: int = 0

    @property
    def observed(self) -> bool:
        """Whether it can be held fixed."""
        return self.kind != "latent"


@dataclass(frozen=True)
class Edge:
    """An arrow, with its reason and, where no data could tell whether it is there, why not."""

    source: str
    target: str
    reason: Text | None = None
    untestable: Text | None = None


@dataclass(frozen=True)
class Independence:
    """What a graph implies about data: ``a`` and ``b`` are independent given some variables."""

    a: str
    b: str
    given: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.a} ⟂ {self.b}" + (f" | {', '.join(self.given)}" if self.given else "")


@dataclass(frozen=True)
class Dag:
    """A directed graph without circles: nodes in their declared order, and arrows.

    ``linked`` nodes move together for reasons that are not drawn: for every rule they share a cause that is not
    measured.

    >>> name = Text("имя", "name")
    >>> nodes = {one: Node(one, "variable", name) for one in "xyz"}
    >>> dag = Dag(nodes, (Edge("z", "x"), Edge("z", "y"), Edge("x", "y")))
    >>> dag.is_valid("x", "y", ()), dag.minimal_sets("x", "y")
    (False, (('z',),))
    """

    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    linked: tuple[str, ...] = ()

    @cached_property
    def graph(self) -> nx.DiGraph:
        """The graph of networkx, with the cause that linked nodes share."""
        found = nx.DiGraph()
        found.add_nodes_from(self.nodes)
        found.add_edges_from((edge.source, edge.target) for edge in self.edges)
        found.add_edges_from((LINK, node) for node in self.linked)
        return found

    def measured(self) -> Dag:
        """Return the graph as it would be if every node could be measured."""
        nodes = {key: node if node.observed else replace(node, kind="variable") for key, node in self.nodes.items()}
        return replace(self, nodes=nodes)

    def circle(self) -> Path:
        """Return the nodes of a circle of arrows, the first one also last; empty where there is none."""
        try:
            arrows = nx.find_cycle(self.graph)
        except nx.NetworkXNoCycle:
            return ()
        return (*(source for source, _ in arrows), arrows[0][0])

    def descendants(self, node: str) -> frozenset[str]:
        """Return what a node moves, at any remove.

        Raises
        ------
        UnknownNameError : no such node.
        """
        return frozenset(nx.descendants(self.graph, self._known(node)))

    def mediators(self, cause: str, effect: str) -> tuple[str, ...]:
        """Return the nodes through which a cause works on an effect, in declared order."""
        between = self.descendants(cause) & nx.ancestors(self.graph, self._known(effect))
        return tuple(node for node in self.nodes if node in between)

    def is_valid(self, cause: str, effect: str, given: Collection[str]) -> bool:
        """Whether a set meets the backdoor criterion.

        Parameters
        ----------
        cause, effect : the two nodes.
        given : what is held fixed.

        Returns
        -------
        True where no member is unobserved, a consequence of the cause, or the effect, and every path between the two
        that begins with an arrow into the cause is blocked.

        Raises
        ------
        UnknownNameError : no such node.

        Source: Pearl (2009), Causality, definition 3.3.1. Held against the textbook graphs and against a search of
        all paths on random graphs (tests/causal/test_dag.py).
        """
        chosen = {self._known(node) for node in given}
        if chosen & (self.descendants(cause) | {cause, effect}) or not all(self.nodes[node].observed for node in given):
            return False
        return bool(nx.is_d_separator(self._without_arrows_from(cause), cause, self._known(effect), chosen))

    def minimal_sets(self, cause: str, effect: str, without: Collection[str] = ()) -> tuple[tuple[str, ...], ...]:
        """Return every valid adjustment set none of whose members can be left out.

        Parameters
        ----------
        cause, effect : the two nodes.
        without : nodes that may not be held fixed.

        Returns
        -------
        sets of node ids, the small ones first; an empty tuple where the effect is not identified by adjustment.

        Raises
        ------
        EstimationError : more than sixteen nodes may be held fixed.

        Source: van der Zander, Liśkiewicz, Textor (2014), Constructing separators and adjustment sets: a minimal set
        holds only ancestors of the two nodes. Held against all subsets on random graphs.
        """
        if not self.some_set(cause, effect, without)[0]:
            return ()
        ancestors = nx.ancestors(self.graph, cause) | nx.ancestors(self.graph, effect)
        candidates = [node for node in self._candidates(cause, effect, without) if node in ancestors]
        if len(candidates) > _MOST_CANDIDATES:
            message = f"{len(candidates)} nodes may be held fixed between {cause} and {effect}"
            raise EstimationError(message, advice=f"Draw a graph with at most {_MOST_CANDIDATES} such nodes")
        found: list[tuple[str, ...]] = []
        for size in range(len(candidates) + 1):
            for chosen in combinations(candidates, size):
                if not any(set(smaller) <= set(chosen) for smaller in found) and self.is_valid(cause, effect, chosen):
                    found.append(chosen)
        return tuple(found)

    def some_set(self, cause: str, effect: str, without: Collection[str] = ()) -> tuple[bool, tuple[str, ...]]:
        """Return whether any valid adjustment set exists, and one that is minimal."""
        candidates = set(self._candidates(cause, effect, without))
        found = nx.find_minimal_d_separator(
            self._without_arrows_from(cause), self._known(cause), self._known(effect), restricted=candidates
        )
        return found is not None, tuple(node for node in self.nodes if node in (found or ()))

    def open_paths(self, cause: str, effect: str, given: Collection[str]) -> tuple[Path, ...]:
        """Return the backdoor paths that a set leaves open or opens, the short ones first."""
        paths = (path for path in self._backdoor_paths(cause, effect) if self._is_open(path, set(given)))
        return tuple(sorted(paths, key=lambda path: (len(path), path)))

    def colliders(self, path: Path) -> tuple[str, ...]:
        """Return the inner nodes of a path at which two arrows meet."""
        return tuple(b for a, b, c in zip(path, path[1:], path[2:], strict=False) if self._into(a, b, c))

    def closers(self, path: Path) -> tuple[str, ...]:
        """Return the inner nodes of a path that close it when held fixed."""
        met = self.colliders(path)
        return tuple(node for node in path[1:-1] if node not in met)

    def written(self, path: Iterable[str]) -> str:
        """Return a path with its arrows, as in ``a ← u → y``."""
        nodes = list(path)
        signs = (" → " if self.graph.has_edge(a, b) else " ← " for a, b in pairwise(nodes))
        return nodes[0] + "".join(sign + node for sign, node in zip(signs, nodes[1:], strict=True))

    def implications(self) -> tuple[Independence, ...]:
        """Return what the graph says that data could contradict: one separating set for each pair without an arrow.

        Effects are held fixed throughout, and pairs with one are left out: dummies say nothing that could be tested.

        Source: Pearl (2009), Causality, section 1.2.4.
        """
        tested = [node.id for node in self.nodes.values() if node.observed and node.kind != "effect"]
        effects = {node.id for node in self.nodes.values() if node.kind == "effect"}
        free = effects | set(tested)
        found: list[Independence] = []
        for a, b in combinations(tested, 2):
            if self.graph.has_edge(a, b) or self.graph.has_edge(b, a):
                continue
            given = nx.find_minimal_d_separator(self.graph, a, b, included=effects, restricted=free - {a, b})
            if given is not None:
                found.append(Independence(a, b, tuple(node for node in self.nodes if node in given)))
        return tuple(found)

    def __str__(self) -> str:
        latent = sum(not node.observed for node in self.nodes.values())
        return f"Graph of {len(self.nodes)} nodes ({latent} not measured) and {len(self.edges)} arrows."

    def _candidates(self, cause: str, effect: str, without: Collection[str]) -> tuple[str, ...]:
        barred = self.descendants(cause) | {cause, effect} | set(without)
        return tuple(node.id for node in self.nodes.values() if node.observed and node.id not in barred)

    def _without_arrows_from(self, cause: str) -> nx.DiGraph:
        graph = self.graph.copy()
        graph.remove_edges_from(list(self.graph.out_edges(self._known(cause))))
        return graph

    def _backdoor_paths(self, cause: str, effect: str) -> Iterator[Path]:
        skeleton = self._without_arrows_from(cause).to_undirected()
        for path in nx.all_simple_paths(skeleton, self._known(cause), self._known(effect)):
            yield tuple(path)

    def _is_open(self, path: Path, given: set[str]) -> bool:
        met = self.colliders(path)
        if given & set(self.closers(path)):
            return False
        return all(node in given or given & self.descendants(node) for node in met)

    def _into(self, a: str, b: str, c: str) -> bool:
        return bool(self.graph.has_edge(a, b) and self.graph.has_edge(c, b))

    def _known(self, node: str) -> str:
        if node not in self.nodes:
            raise UnknownNameError.of("node", node, self.nodes)
        return node
