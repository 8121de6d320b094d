"""The causal graph: boxes in layers from causes down to the outcome, and what is held fixed on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import (
    Box,
    Label,
    Point,
    Sheet,
    Stroke,
    boxes,
    labels,
    layered,
    points,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key, framed
from regional_econ.report.charts.letters import wrapped
from regional_econ.report.charts.style import HUE, INK, MUTED, PAPER, SMALL, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_WIDEST_BOX: Mapping[Size, float] = {"wide": 190.0, "narrow": 130.0}
_BOX_SHARE = 0.92
_GAP, _PITCH, _AIR, _STUB = 46.0, 14.0, 14.0, 11.0
_IN, _OUT = 0.34, 0.3
_DASH = (4, 3)
_FILLS = {"driver": HUE, "outcome": INK}
_FRAMES: Mapping[str, tuple[str, float, tuple[int, ...]]] = {
    "adjusted": (HUE, 2.2, ()), "measured": (MUTED, 1.0, ()), "latent": (MUTED, 1.2, _DASH),
}  # fmt: skip


def dag(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a causal graph whose places are given; every arrow points down and passes other layers between boxes.

    Parameters
    ----------
    frame : a row a part. ``node``: id, x (its middle, in widths of a box), layer (0 at the top), role (driver,
        outcome, adjusted, measured, latent), label_ru, label_en. ``lane``: id, x and layer of a place between boxes
        where arrows pass. ``piece``: a piece of an arrow from ``id`` to ``target``, each a node or a lane, role
        (causal or other), dashed (true where no data could tell whether the arrow is there).
    options : none.
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    spots = _spots(frame, words, size)
    pieces = frame[frame["part"] == "piece"]
    key = Key.of(_entries(frame, words), WIDTHS[size])
    depth = max(spot.top + spot.height for spot in spots.values())
    sheet = Sheet.of(size, depth, top=key.height + 10, bottom=4)
    pens, tips = _arrows(pieces, spots)
    nodes = [spot for spot in spots.values() if spot.role]
    fills = [Box(n.left, n.top, n.width, n.height, _FILLS.get(n.role, PAPER)) for n in nodes]
    edges = [stroke for n in nodes if n.role in _FRAMES for stroke in _outline(n)]
    written = [label for n in nodes for label in n.labels()]
    layers = [
        *strokes(pens), *points(tips), *boxes(fills), *strokes(edges), *labels(written), *key.layers(0, -sheet.top),
    ]  # fmt: skip
    return styled(layered(sheet, layers), words.lang)


@dataclass(frozen=True)
class _Spot:
    """A box or a lane in pixels; a lane has no role and no width."""

    x: float
    top: float
    width: float
    height: float
    role: str
    lines: tuple[str, ...]
    letters: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    def labels(self) -> list[Label]:
        colour, bold = PAPER if self.role in _FILLS else INK, self.role in _FILLS
        middle = self.top + self.height / 2 - (len(self.lines) - 1) * _PITCH / 2
        return [
            Label(self.x, middle + number * _PITCH, line, colour, self.letters, bold, "center")
            for number, line in enumerate(self.lines)
        ]


def _spots(frame: pd.DataFrame, words: Words, size: Size) -> dict[str, _Spot]:
    placed = frame[frame["part"].isin(["node", "lane"])]
    box = placed["part"] == "node"
    low = float((placed["x"] - box * 0.5).min())
    span = float((placed["x"] + box * 0.5).max()) - low
    unit = min(WIDTHS[size] / span, _WIDEST_BOX[size] / _BOX_SHARE)
    left = (WIDTHS[size] - unit * span) / 2
    letters = TEXT if size == "wide" else SMALL
    width = unit * _BOX_SHARE
    lines = {
        str(row["id"]): tuple(
            wrapped(str(row[f"label_{words.lang}"]), width - 8, letters, bold=row["role"] in _FILLS, lines=5)
        )
        for row in placed[box].to_dict("records")
    }
    layers = placed["layer"].astype(int)
    heights = [
        _AIR + _PITCH * max([len(lines[str(i)]) for i in placed["id"][(layers == one) & box]] or [1])
        for one in range(layers.max() + 1)
    ]
    tops = [0.0, *accumulate(height + _GAP for height in heights)]
    found: dict[str, _Spot] = {}
    for row, layer in zip(placed.to_dict("records"), layers, strict=True):
        node = row["part"] == "node"
        found[str(row["id"])] = _Spot(
            left + (float(row["x"]) - low) * unit, tops[layer], width if node else 0.0, heights[layer],
            str(row["role"]) if node else "", lines.get(str(row["id"]), ()), letters,
        )  # fmt: skip
    return found


def _arrows(pieces: pd.DataFrame, spots: Mapping[str, _Spot]) -> tuple[list[Stroke], list[Point]]:
    """Return the lines of the arrows and their heads; those on the way of the effect come last, above the others."""
    pairs = [(str(start), str(end)) for start, end in zip(pieces["id"], pieces["target"], strict=True)]
    leave = _doors(pairs, spots, _OUT)
    enter = _doors([(end, start) for start, end in pairs], spots, _IN)
    pens: list[Stroke] = []
    tips: list[Point] = []
    order = sorted(range(len(pairs)), key=lambda at: (pieces["role"].iloc[at] == "causal", at))
    for at in order:
        start, end = pairs[at]
        a, b = spots[start], spots[end]
        causal, dashed = pieces["role"].iloc[at] == "causal", bool(pieces["dashed"].iloc[at])
        colour, width = (HUE, 2.0) if causal else (MUTED, 1.2)
        dash = _DASH if dashed else ()
        x, x2 = leave[start, end], enter[end, start]
        if not a.role:
            pens.append(Stroke(x, a.top, x, a.top + a.height, colour, width, dash))
        y2 = b.top - (_STUB if b.role else 0)
        pens.append(Stroke(x, a.top + a.height, x2, y2, colour, width, dash))
        if b.role:
            pens.append(Stroke(x2, y2, x2, b.top - 3, colour, width))
            tips.append(Point(x2, b.top - 4, colour, "triangle-down", 48.0 if causal else 36.0))
    return list(dict.fromkeys(pens)), list(dict.fromkeys(tips))


def _doors(pairs: Sequence[tuple[str, str]], spots: Mapping[str, _Spot], share: float) -> dict[tuple[str, str], float]:
    """Return where on the edge of the first spot of a pair the line to the second begins, in their order."""
    found: dict[tuple[str, str], float] = {}
    for spot in dict.fromkeys(spot for spot, _ in pairs):
        others = sorted(dict.fromkeys(b for a, b in pairs if a == spot), key=lambda other: spots[other].x)
        reach = spots[spot].width * share
        for number, other in enumerate(others):
            part = 0.0 if len(others) == 1 else 2 * number / (len(others) - 1) - 1
            found[spot, other] = spots[spot].x + part * reach
    return found


def _outline(node: _Spot) -> list[Stroke]:
    colour, pen, dash = _FRAMES[node.role]
    return framed(node.left, node.top, node.width, node.height, "frame", colour, pen, dash)


def _entries(frame: pd.DataFrame, words: Words) -> list[Entry]:
    nodes, pieces = (frame[frame["part"] == part] for part in ("node", "piece"))
    roles = set(nodes["role"])
    found = [Entry(words.text(f"report.chart.dag.{role}"), "band", _FILLS[role]) for role in _FILLS if role in roles]
    found += [
        Entry(words.text(f"report.chart.dag.{role}"), "frame", colour, pen, dash)
        for role, (colour, pen, dash) in _FRAMES.items()
        if role in roles
    ]
    lines = (
        ("causal", HUE, 2.0, (), bool((pieces["role"] == "causal").any())),
        ("other", MUTED, 1.2, (), bool((pieces["role"] == "other").any())),
        ("untestable", MUTED, 1.2, _DASH, bool(pieces["dashed"].astype(bool).any())),
    )
    found += [
        Entry(words.text(f"report.chart.dag.{name}"), "line", colour, pen, dash)
        for name, colour, pen, dash, shown in lines
        if shown
    ]
    return found
