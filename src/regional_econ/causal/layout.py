"""Where do the nodes of a causal graph stand? Layers from causes down to effects, with few crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import fmean

import networkx as nx

from regional_econ.causal.dag import Dag

WIDEST = 3
BOX, LANE = 1.0, 0.14
_SWEEPS, _PULLS = 12, 80


@dataclass(frozen=True)
class Spot:
    """A node, or a lane in which arrows pass a layer: its middle from the left, in widths of a box, and its layer.

    A lane has the ``source`` of its arrows; dashed arrows have lanes of their own.
    """

    id: str
    x: float
    layer: int
    lane: bool = False
    source: str = ""


@dataclass(frozen=True)
class Link:
    """A piece of an arrow from one layer to the next, ``final`` where it ends at its target."""

    start: str
    end: str
    source: str
    target: str
    dashed: bool
    final: bool


@dataclass(frozen=True)
class Layout:
    """Spots by id, the pieces of the arrows, and how wide and deep the picture is."""

    spots: Mapping[str, Spot]
    links: tuple[Link, ...]
    width: float
    layers: int

    def crossings(self) -> int:
        """Number of crossings of pieces between neighbouring layers."""
        return _crossings(list(dict.fromkeys((link.start, link.end) for link in self.links)), self._places())

    def _places(self) -> dict[str, tuple[int, float]]:
        return {spot.id: (spot.layer, spot.x) for spot in self.spots.values()}


def layout(dag: Dag, *, bottom: str, widest: int = WIDEST) -> Layout:
    """Place a graph: every arrow points down, and an arrow over several layers passes them in a lane between boxes.

    Parameters
    ----------
    dag : the graph.
    bottom : the node that stands in the lowest layer with room, the outcome.
    widest : most nodes a layer.

    Returns
    -------
    the places; the same graph gives the same ones.

    Source: Sugiyama, Tagawa, Toda (1981), Methods for visual understanding of hierarchical system structures; layers
    of bounded width by the longest path from below. Held against: arrows point down, no two boxes touch, no more
    crossings than a layout in declared order (tests/causal/test_dag.py).
    """
    layer = _layers(dag, bottom, widest)
    rows, links = _with_lanes(dag, layer)
    pairs = list(dict.fromkeys((link.start, link.end) for link in links))
    rows = _ordered(rows, pairs)
    lanes = {link.end: link.source for link in links if not link.final}
    x = _placed(rows, pairs, {spot: LANE if spot in lanes else BOX for row in rows for spot in row})
    left = min(x[spot] - (LANE if spot in lanes else BOX) / 2 for spot in x)
    right = max(x[spot] + (LANE if spot in lanes else BOX) / 2 for spot in x)
    spots = {
        spot: Spot(spot, round(x[spot] - left, 4), depth, spot in lanes, lanes.get(spot, ""))
        for depth, row in enumerate(rows)
        for spot in row
    }
    return Layout(spots, tuple(links), round(right - left, 4), len(rows))


def _layers(dag: Dag, bottom: str, widest: int) -> dict[str, int]:
    """Return the layer of each node, 0 at the top: as low as its arrows and the width of layers allow."""
    declared = {node: number for number, node in enumerate(dag.nodes)}
    from_below: dict[str, int] = {}
    counts: dict[int, int] = {}
    graph = nx.DiGraph()
    graph.add_nodes_from(dag.nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in dag.edges)
    order = nx.lexicographical_topological_sort(
        graph.reverse(), key=lambda node: (node != bottom, not dag.descendants(bottom) & {node}, declared[node])
    )
    for node in order:
        height = max((from_below[child] + 1 for child in graph.successors(node)), default=0)
        while counts.get(height, 0) >= widest:
            height += 1
        from_below[node] = height
        counts[height] = counts.get(height, 0) + 1
    top = max(from_below.values())
    return {node: top - from_below[node] for node in dag.nodes}


def _with_lanes(dag: Dag, layer: Mapping[str, int]) -> tuple[list[list[str]], list[Link]]:
    """Return the spots of each layer in declared order, and the pieces of all arrows."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for node in dag.nodes:
        rows[layer[node]].append(node)
    links: list[Link] = []
    for edge in dag.edges:
        dashed = edge.untestable is not None
        start = edge.source
        for depth in range(layer[edge.source] + 1, layer[edge.target]):
            lane = f"{edge.source}{'?' if dashed else ''}@{depth}"
            if lane not in rows[depth]:
                rows[depth].append(lane)
            links.append(Link(start, lane, edge.source, edge.target, dashed, final=False))
            start = lane
        links.append(Link(start, edge.target, edge.source, edge.target, dashed, final=True))
    return rows, links


def _ordered(rows: list[list[str]], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return the rows in the order with the fewest crossings that sweeps and swaps of neighbours find."""
    near: dict[str, list[str]] = {}
    for a, b in pairs:
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    best = [list(row) for row in rows]
    now = [list(row) for row in rows]
    for sweep in range(_SWEEPS):
        depths = range(len(now)) if sweep % 2 == 0 else range(len(now) - 1, -1, -1)
        for depth in depths:
            place = {spot: (at + 0.5) / len(row) for row in now for at, spot in enumerate(row)}
            beside = depth - 1 if sweep % 2 == 0 else depth + 1
            if 0 <= beside < len(now):
                neighbours = set(now[beside])
                pull = {s: [place[o] for o in near.get(s, ()) if o in neighbours] or [place[s]] for s in now[depth]}
                now[depth].sort(key=lambda spot: fmean(pull[spot]))
        now = _swapped(now, pairs)
        if _of(now, pairs) < _of(best, pairs):
            best = [list(row) for row in now]
    return best


def _swapped(rows: list[list[str]], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Swap neighbours as long as that removes a crossing."""
    count, better = _of(rows, pairs), True
    while better:
        better = False
        for row in rows:
            for at in range(len(row) - 1):
                row[at], row[at + 1] = row[at + 1], row[at]
                changed = _of(rows, pairs)
                if changed < count:
                    count, better = changed, True
                else:
                    row[at], row[at + 1] = row[at + 1], row[at]
    return rows


def _of(rows: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]]) -> int:
    places = {spot: (depth, float(at)) for depth, row in enumerate(rows) for at, spot in enumerate(row)}
    return _crossings(pairs, places)


def _crossings(pairs: Sequence[tuple[str, str]], places: Mapping[str, tuple[int, float]]) -> int:
    by_depth: dict[int, list[tuple[float, float]]] = {}
    for a, b in pairs:
        by_depth.setdefault(places[a][0], []).append((places[a][1], places[b][1]))
    return sum((a - c) * (b - d) < 0 for between in by_depth.values() for (a, b), (c, d) in combinations(between, 2))


def _placed(
    rows: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]], wide: Mapping[str, float]
) -> dict[str, float]:
    """Return the middle of each spot: near its neighbours, in the order of its row, nothing touching."""
    near: dict[str, list[str]] = {spot: [] for spot in wide}
    for a, b in pairs:
        near[a].append(b)
        near[b].append(a)
    half = max(sum(wide[spot] for spot in row) for row in rows) / 2
    x: dict[str, float] = {}
    for row in rows:
        edge = -sum(wide[spot] for spot in row) / 2
        for spot in row:
            x[spot] = edge + wide[spot] / 2
            edge += wide[spot]
    for _ in range(_PULLS):
        for row in rows:
            wished = [fmean([x[other] for other in near[spot]] or [x[spot]]) for spot in row]
            x |= dict(zip(row, _apart(wished, [wide[spot] for spot in row], half), strict=True))
    return x


def _apart(wished: Sequence[float], wide: Sequence[float], half: float) -> list[float]:
    """Return the places nearest to those wished, in order, apart by their widths, within -half and half."""
    shift = [0.0]
    for a, b in pairwise(wide):
        shift.append(shift[-1] + (a + b) / 2)
    blocks: list[tuple[float, int]] = []
    for wish, moved in zip(wished, shift, strict=True):
        blocks.append((wish - moved, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [((a * m + b * n) / (m + n), m + n)]
    low, high = -half + wide[0] / 2, half - wide[-1] / 2 - shift[-1]
    flat = [min(max(place, low), max(low, high)) for place, count in blocks for _ in range(count)]
    return [place + moved for place, moved in zip(flat, shift, strict=True)]
