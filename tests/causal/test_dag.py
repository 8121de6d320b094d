"""Adjustment sets are those of the textbooks, and those that a search of all paths and all subsets finds."""

from __future__ import annotations

from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.causal.dag import Dag, Edge, Node
from regional_econ.causal.layout import BOX, LANE, WIDEST, layout

NAME = Text("имя", "name")


def graph(arrows: str, latent: str = "") -> Dag:
    """A graph from "a>b c>d"; latent nodes are named."""
    pairs = [tuple(arrow.split(">")) for arrow in arrows.split()]
    names = dict.fromkeys(end for pair in pairs for end in pair)
    hidden = latent.split()
    nodes = {name: Node(name, "latent" if name in hidden else "variable", NAME) for name in names}
    return Dag(nodes, tuple(Edge(source, target) for source, target in pairs))


@pytest.mark.parametrize(
    ("arrows", "latent", "minimal"),
    [
        pytest.param("z>x z>y x>y", "", ["z"], id="confounder"),
        pytest.param("x>m m>y", "", [""], id="chain"),
        pytest.param("a>x a>m b>m b>y x>y", "", [""], id="M-bias"),
        pytest.param("a>x a>m b>m b>y m>x m>y x>y", "", ["a m", "m b"], id="butterfly"),
        pytest.param("a>x a>m b>m b>y m>x m>y x>y", "a b", [], id="butterfly, both arms latent"),
        pytest.param("u>x u>y x>m m>y", "u", [], id="front door"),
        pytest.param("i>x u>x u>y x>y", "u", [], id="instrument"),
        pytest.param("u>x u>m x>m m>y", "u", [], id="a confounded mediator closes nothing"),
        # Pearl (2009), figure 3.4: {X3, X4} and {X4, X5} suffice, {X4} alone does not.
        pytest.param(
            "x1>x3 x1>x4 x2>x4 x2>x5 x3>x x4>x x4>y x5>y x>x6 x6>y", "",
            ["x1 x4", "x3 x4", "x4 x2", "x4 x5"], id="Pearl 2009, figure 3.4",
        ),
    ],
)  # fmt: skip
def test_textbook_graphs(arrows: str, latent: str, minimal: list[str]) -> None:
    dag = graph(arrows, latent)
    found = {frozenset(one) for one in dag.minimal_sets("x", "y")}
    assert found == {frozenset(one.split()) for one in minimal}
    exists, some = dag.some_set("x", "y")
    assert exists == bool(minimal)
    assert not exists or frozenset(some) in found


def test_a_collider_opens_what_was_closed() -> None:
    dag = graph("a>x a>m b>m b>y x>y", "a b")
    assert dag.is_valid("x", "y", ())
    assert not dag.is_valid("x", "y", ("m",))
    (path,) = dag.open_paths("x", "y", ("m",))
    assert dag.written(path) == "x ← a → m ← b → y"
    assert (dag.colliders(path), dag.closers(path)) == (("m",), ("a", "b"))
    descendant = graph("a>x a>m b>m b>y x>y m>d", "a b")
    assert not descendant.is_valid("x", "y", ("d",))
    assert descendant.open_paths("x", "y", ("d",)) == (("x", "a", "m", "b", "y"),)


def test_mediators_and_consequences_are_never_held_fixed() -> None:
    dag = graph("z>x z>y x>m m>y x>s")
    assert dag.mediators("x", "y") == ("m",)
    assert dag.is_valid("x", "y", ("z",))
    assert not any(dag.is_valid("x", "y", ("z", bad)) for bad in ("m", "s", "x", "y"))


def random_dag(seed: int) -> Dag:
    rng = np.random.default_rng(seed)
    names = ["x", "y", "a", "b", "c", "d"]
    order = list(rng.permutation(names))
    arrows = [(p, q) for p, q in combinations(order, 2) if rng.random() < 0.45]
    hidden = {name for name in "abcd" if rng.random() < 0.2}
    nodes = {name: Node(name, "latent" if name in hidden else "variable", NAME) for name in names}
    return Dag(nodes, tuple(Edge(p, q) for p, q in arrows))


def valid_by_brute_force(dag: Dag, given: set[str]) -> bool:
    """Walk every path of the skeleton that enters the cause by an arrow, node by node."""
    arrows = {(edge.source, edge.target) for edge in dag.edges}
    near = {node: {a if b == node else b for a, b in arrows if node in (a, b)} for node in dag.nodes}

    def below(node: str) -> set[str]:
        found = {b for a, b in arrows if a == node}
        return found.union(*(below(child) for child in found)) if found else found

    if given & (below("x") | {"x", "y"}) or any(not dag.nodes[node].observed for node in given):
        return False

    def open_from(path: list[str]) -> bool:
        if path[-1] == "y":
            for before, node, after in zip(path, path[1:], path[2:], strict=False):
                collider = (before, node) in arrows and (after, node) in arrows
                if collider and not given & ({node} | below(node)):
                    return False
                if not collider and node in given:
                    return False
            return True
        return any(open_from([*path, step]) for step in sorted(near[path[-1]]) if step not in path)

    return not any(open_from(["x", start]) for start in near["x"] if (start, "x") in arrows)


@pytest.mark.parametrize("seed", range(120))
def test_random_graphs_against_all_paths_and_all_subsets(seed: int) -> None:
    dag = random_dag(seed)
    others = [node for node in dag.nodes if node not in "xy"]
    subsets = [set(chosen) for size in range(5) for chosen in combinations(others, size)]
    valid = [chosen for chosen in subsets if valid_by_brute_force(dag, chosen)]
    assert [chosen for chosen in subsets if dag.is_valid("x", "y", chosen)] == valid
    minimal = [chosen for chosen in valid if not any(smaller < chosen for smaller in valid)]
    assert {frozenset(one) for one in dag.minimal_sets("x", "y")} == set(map(frozenset, minimal))
    exists, some = dag.some_set("x", "y")
    assert exists == bool(minimal)
    assert not exists or set(some) in minimal
    for chosen in subsets:
        clean = not chosen & dag.descendants("x") and all(dag.nodes[node].observed for node in chosen)
        if clean:
            assert (dag.open_paths("x", "y", chosen) == ()) == (chosen in valid)


@pytest.mark.parametrize("seed", range(40))
def test_implied_independences_hold_in_data_of_the_graph(seed: int) -> None:
    """In a linear model with the graph's arrows the partial correlation of such a pair is zero exactly."""
    dag = random_dag(seed)
    rng = np.random.default_rng(1000 + seed)
    names = list(dag.nodes)
    weights = np.zeros((6, 6))
    for edge in dag.edges:
        weights[names.index(edge.target), names.index(edge.source)] = rng.uniform(0.5, 1.5)
    inverse = np.linalg.inv(np.eye(6) - weights)
    covariance = inverse @ inverse.T
    for one in dag.implications():
        keep = [names.index(node) for node in (one.a, one.b, *one.given)]
        precision = np.linalg.inv(covariance[np.ix_(keep, keep)])
        assert abs(precision[0, 1]) < 1e-9  # rounding of a 6 × 6 inverse
        assert all(dag.nodes[node].observed for node in (one.a, one.b, *one.given))


def test_implications_leave_out_effects_and_write_themselves() -> None:
    nodes = {name: Node(name, "effect" if name == "region" else "variable", NAME) for name in ("region", "x", "m", "y")}
    dag = Dag(nodes, (Edge("region", "x"), Edge("x", "m"), Edge("m", "y")))
    assert [str(one) for one in dag.implications()] == ["x ⟂ y | region, m"]
    assert str(dag) == "Graph of 4 nodes (0 not measured) and 3 arrows."


def test_what_the_graph_does_not_know_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean"):
        graph("wear>y x>y").is_valid("waer", "y", ())
    many = " ".join(f"c{k}>x c{k}>y" for k in range(17))
    with pytest.raises(EstimationError, match="17 nodes"):
        graph(f"{many} x>y").minimal_sets("x", "y")
    assert graph("a>b b>c c>a").circle() == ("a", "b", "c", "a")


@pytest.mark.parametrize("seed", range(40))
def test_a_layout_points_down_and_nothing_touches(seed: int) -> None:
    dag = random_dag(seed)
    found = layout(dag, bottom="y")
    again = layout(dag, bottom="y")
    assert found == again
    for link in found.links:
        assert found.spots[link.end].layer == found.spots[link.start].layer + 1
    for depth in range(found.layers):
        row = sorted((spot for spot in found.spots.values() if spot.layer == depth), key=lambda spot: spot.x)
        assert sum(not spot.lane for spot in row) <= WIDEST
        for left, right in pairwise(row):
            apart = sum(LANE if spot.lane else BOX for spot in (left, right)) / 2
            assert right.x - left.x >= apart - 1e-3  # places are rounded to four digits
    ends = [(spot.x - (LANE if spot.lane else BOX) / 2, spot.x + (LANE if spot.lane else BOX) / 2)
            for spot in found.spots.values()]  # fmt: skip
    assert min(low for low, _ in ends) == pytest.approx(0, abs=1e-3)
    assert max(high for _, high in ends) == pytest.approx(found.width, abs=1e-3)
    arrows = {(link.source, link.target) for link in found.links if link.final}
    assert arrows == {(edge.source, edge.target) for edge in dag.edges}


def test_a_layout_has_no_crossing_that_can_be_avoided() -> None:
    dag = graph("a>q b>p p>z q>z")  # in declared order both arrows cross
    assert nx.check_planarity(dag.graph)[0]
    assert layout(dag, bottom="z").crossings() == 0
