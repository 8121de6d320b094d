"""The key of a chart: small samples with their names in rows above the plot, as many a row as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from regional_econ.report.charts.canvas import Box, Label, Point, Stroke, boxes, labels, points, strokes
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.style import INK, LINE

_SAMPLE, _GAP, _APART = 20.0, 6.0, 18.0
ROW = LINE + 3


@dataclass(frozen=True)
class Entry:
    """One sample and its name.

    `kind` is "band", "line", "point", "tick", "frame" (an outline), "slash" (outline with a stroke through it),
    "cross" (with two) or "corner" (with a hatched corner); `marker` adds a point to a line.
    """

    text: str
    kind: Literal["band", "line", "point", "tick", "frame", "slash", "cross", "corner"]
    colour: str = INK
    width: float = 2.0
    dash: tuple[int, ...] = ()
    opacity: float = 1.0
    marker: str = ""
    hollow: bool = False


@dataclass(frozen=True)
class Key:
    """A key laid out for a width: entries with the place of their samples."""

    places: tuple[tuple[float, float, Entry, tuple[str, ...]], ...]
    height: float

    @classmethod
    def of(cls, entries: Sequence[Entry], width: float) -> Key:
        """Lay entries out in rows of a width; a name longer than a row is broken."""
        places: list[tuple[float, float, Entry, tuple[str, ...]]] = []
        x, y, rows = 1.0, 0.0, 1
        for entry in entries:
            lines = tuple(wrapped(entry.text, width - _SAMPLE - _GAP))
            wide = _SAMPLE + _GAP + max(text_width(line) for line in lines)
            if x > 1 and x + wide > width:
                x, y, rows = 1.0, y + rows * ROW, 1
            places.append((x, y, entry, lines))
            x, rows = x + wide + _APART, max(rows, len(lines))
        return cls(tuple(places), y + rows * ROW + 6 if entries else 0.0)

    def layers(self, left: float, top: float) -> list[alt.Chart]:
        """Return the layers that draw the key at a place."""
        fills: list[Box] = []
        pens: list[Stroke] = []
        marks: list[Point] = []
        names: list[Label] = []
        for x, y, entry, lines in self.places:
            at, middle = left + x, top + y + ROW / 2
            _sample(entry, at, middle, fills, pens, marks)
            names += [Label(at + _SAMPLE + _GAP, middle + number * LINE, line) for number, line in enumerate(lines)]
        return [*boxes(fills), *strokes(pens), *points(marks), *labels(names)]


def _sample(entry: Entry, x: float, y: float, fills: list[Box], pens: list[Stroke], marks: list[Point]) -> None:
    middle = x + _SAMPLE / 2
    match entry.kind:
        case "band":
            fills.append(Box(x, y - 6, _SAMPLE, 12, entry.colour, entry.opacity))
        case "line":
            pens.append(Stroke(x + 2, y, x + _SAMPLE, y, entry.colour, entry.width, entry.dash, entry.opacity))
        case "tick":
            pens.append(Stroke(middle, y - 7, middle, y + 7, entry.colour, entry.width, (), entry.opacity))
        case "frame" | "slash" | "cross":
            pens += framed(x + 3, y - 6, _SAMPLE - 6, 12, entry.kind, entry.colour, entry.width, entry.dash)
        case "corner":
            pens += framed(x + 3, y - 6, _SAMPLE - 6, 12, "frame", entry.colour, 0.6)
            pens += corner(x + _SAMPLE - 3, y - 6, 9, entry.colour)
        case "point":
            marks.append(Point(middle, y, entry.colour, entry.marker or "circle", 45, entry.hollow))
    if entry.kind == "line" and entry.marker:
        marks.append(Point(middle, y, entry.colour, entry.marker, 38, entry.hollow))


def framed(
    x: float,
    y: float,
    width: float,
    height: float,
    kind: str,
    colour: str,
    pen: float = 1.0,
    dash: tuple[int, ...] = (),
) -> list[Stroke]:
    """Return the strokes of an outline: empty ("frame"), struck through ("slash") or crossed ("cross")."""
    x2, y2 = x + width, y + height
    found = [
        Stroke(x, y, x2, y, colour, pen, dash), Stroke(x2, y, x2, y2, colour, pen, dash),
        Stroke(x2, y2, x, y2, colour, pen, dash), Stroke(x, y2, x, y, colour, pen, dash),
    ]  # fmt: skip
    if kind in ("slash", "cross"):
        found.append(Stroke(x, y2, x2, y, colour, pen, dash))
    if kind == "cross":
        found.append(Stroke(x, y, x2, y2, colour, pen, dash))
    return found


def corner(right: float, top: float, side: float, colour: str) -> list[Stroke]:
    """Return three strokes across the upper right corner of a tile."""
    return [
        Stroke(right - side * part, top, right, top + side * part, colour, 0.8, (), 0.75) for part in (1 / 3, 2 / 3, 1)
    ]
