"""The paper around a plot: its margins, and words, strokes and boxes that stand at given pixels.

Pixels count from the upper left corner of the plot; what stands above it or to its left has negative ones. A sheet of
the whole size lies under everything, so that a picture is as wide in a browser as in print, whatever the fonts there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import altair as alt

from regional_econ.report.charts.compound import Layers
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.style import HEAD, INK, LINE, MUTED, PAPER, TEXT, WIDTHS, Size

Align = Literal["left", "center", "right"]
Row = dict[str, str | float | int | None]
PIXEL_X = alt.X("x:Q", scale=None, axis=None)
PIXEL_Y = alt.Y("y:Q", scale=None, axis=None)
SPAN_X, SPAN_X2 = alt.X("p:Q", scale=None, axis=None), alt.X2("q")
SPAN_Y, SPAN_Y2 = alt.Y("p:Q", scale=None, axis=None), alt.Y2("q")
_FILL = alt.Fill("c:N", scale=None, legend=None)
_STROKE = alt.Stroke("c:N", scale=None, legend=None)


@dataclass(frozen=True)
class Sheet:
    """The paper of a picture: its whole width, the height of the plot, and the margins around it, in pixels."""

    total: float
    height: float
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0

    @classmethod
    def of(
        cls, size: Size, height: float, *, left: float = 0.0, right: float = 0.0, top: float = 0.0, bottom: float = 0.0
    ) -> Sheet:
        """Return the paper of a page or a phone; its measures are whole pixels."""
        return cls(WIDTHS[size], *(float(math.ceil(part - 1e-9)) for part in (height, left, right, top, bottom)))

    @property
    def width(self) -> float:
        """Width of the plot."""
        return self.total - self.left - self.right

    def under(self) -> alt.Chart:
        """Return the empty sheet that gives the picture its size."""
        rows = [{"x": -self.left, "y": -self.top, "x2": self.total - self.left, "y2": self.height + self.bottom}]
        sheet: alt.Chart = (
            alt.Chart(inline(rows))
            .mark_rect(fill=PAPER, opacity=0)
            .encode(PIXEL_X, PIXEL_Y, x2=alt.X2("x2"), y2=alt.Y2("y2"))
        )
        return sheet


@dataclass(frozen=True)
class Label:
    """Words at a place; `halo` keeps lines away from their letters."""

    x: float
    y: float
    text: str
    colour: str = INK
    size: float = TEXT
    bold: bool = False
    align: Align = "left"
    halo: bool = False


@dataclass(frozen=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Stroke:
    """A straight line."""

    x: float
    y: float
    x2: float
    y2: float
    colour: str = MUTED
    width: float = 1.0
    dash: tuple[int, ...] = ()
    opacity: float = 1.0


@dataclass(frozen=True)
class Point:
    """A marker; a hollow one has the colour of the paper inside."""

    x: float
    y: float
    colour: str = INK
    shape: str = "circle"
    size: float = 40.0
    hollow: bool = False


def layered(sheet: Sheet, layers: Sequence[alt.Chart]) -> alt.LayerChart:
    """Return layers on a sheet."""
    return Layers(layer=[sheet.under(), *layers], width=_trim(sheet.width), height=_trim(sheet.height))


def labels(items: Sequence[Label]) -> list[alt.Chart]:
    """Return layers that write words; a layer for each style of letters."""
    found: list[alt.Chart] = []
    for style, group in _grouped(items, lambda one: (one.size, one.bold, one.align, one.halo)):
        size, bold, align, halo = style
        rows = [{"x": _trim(one.x), "y": _trim(one.y), "t": one.text, "c": one.colour} for one in group]
        weight: Literal[400, 600] = 600 if bold else 400
        base = alt.Chart(inline(rows))
        if halo:
            under = base.mark_text(
                align=align, baseline="middle", fontSize=size, fontWeight=weight, stroke=PAPER, strokeWidth=3,
                strokeJoin="round", fill=PAPER,
            )  # fmt: skip
            found.append(under.encode(PIXEL_X, PIXEL_Y, text=alt.Text("t:N")))
        over = base.mark_text(align=align, baseline="middle", fontSize=size, fontWeight=weight)
        found.append(over.encode(PIXEL_X, PIXEL_Y, _FILL, text=alt.Text("t:N")))
    return found


def boxes(items: Sequence[Box]) -> list[alt.Chart]:
    """Return layers that fill rectangles; a layer for each opacity."""
    found: list[alt.Chart] = []
    for (opacity,), group in _grouped(items, lambda one: (one.opacity,)):
        rows = [
            {"x": _trim(b.x), "y": _trim(b.y), "x2": _trim(b.x + b.width), "y2": _trim(b.y + b.height), "c": b.colour}
            for b in group
        ]
        mark = alt.Chart(inline(rows)).mark_rect(opacity=opacity)
        found.append(mark.encode(PIXEL_X, PIXEL_Y, _FILL, x2=alt.X2("x2"), y2=alt.Y2("y2")))
    return found


def strokes(items: Sequence[Stroke]) -> list[alt.Chart]:
    """Return layers that draw straight lines; a layer for each kind of pen."""
    found: list[alt.Chart] = []
    for (width, dash, opacity), group in _grouped(items, lambda one: (one.width, one.dash, one.opacity)):
        rows = [{"x": _trim(s.x), "y": _trim(s.y), "x2": _trim(s.x2), "y2": _trim(s.y2), "c": s.colour} for s in group]
        pen = alt.Undefined if not dash else list(dash)
        mark = alt.Chart(inline(rows)).mark_rule(strokeWidth=width, strokeDash=pen, opacity=opacity)
        found.append(mark.encode(PIXEL_X, PIXEL_Y, _STROKE, x2=alt.X2("x2"), y2=alt.Y2("y2")))
    return found


def points(items: Sequence[Point]) -> list[alt.Chart]:
    """Return layers that draw markers; a layer for each kind."""
    found: list[alt.Chart] = []
    for (shape, size, hollow), group in _grouped(items, lambda one: (one.shape, one.size, one.hollow)):
        rows = [{"x": _trim(p.x), "y": _trim(p.y), "c": p.colour} for p in group]
        chart = alt.Chart(inline(rows))
        if hollow:
            mark = chart.mark_point(shape=shape, size=size, fill=PAPER, strokeWidth=1.5, opacity=1)
            found.append(mark.encode(PIXEL_X, PIXEL_Y, _STROKE))
        else:
            mark = chart.mark_point(shape=shape, size=size, strokeWidth=0, opacity=1)
            found.append(mark.encode(PIXEL_X, PIXEL_Y, _FILL))
    return found


def heading(text: str, sheet: Sheet, *, top: float) -> tuple[list[Label], float]:
    """Return the lines that say what is measured, at the upper left, and where they end."""
    lines = wrapped(text, sheet.total, HEAD)
    found = [Label(-sheet.left, top + (number + 0.5) * LINE, line, MUTED, HEAD) for number, line in enumerate(lines)]
    return found, top + len(lines) * LINE


def heading_height(text: str | None, total: float) -> float:
    """Return how high the lines of a heading will be, with the air below them."""
    return len(wrapped(text, total, HEAD)) * LINE + 6 if text else 0.0


def inline(rows: Sequence[Mapping[str, object]]) -> alt.InlineData:
    """Return rows as data that stand in the chart itself."""
    return alt.InlineData(values=[dict(row) for row in rows])


def spread(places: Sequence[float], apart: float, *, low: float, high: float) -> list[float]:
    """Return places moved as little as needed to be apart and within limits, in the order given from low to high.

    >>> spread([10, 12, 40], 10, low=0, high=100)
    [6.0, 16.0, 40.0]
    """
    found = [float(place) for place in places]
    for _round in range(200):
        moved = False
        for index in range(1, len(found)):
            gap = apart - (found[index] - found[index - 1])
            if gap > 1e-6:
                found[index - 1] -= gap / 2
                found[index] += gap / 2
                moved = True
        if found and found[0] < low:
            found[0], moved = low, True
        if found and found[-1] > high:
            found[-1], moved = high, True
        if not moved:
            break
    return [round(place, 3) for place in found]


def label_width(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Return the width of a label with a little air."""
    return text_width(text, size, bold=bold) + 4


def _grouped[Item, Style](items: Sequence[Item], key: Callable[[Item], Style]) -> list[tuple[Style, list[Item]]]:
    groups: dict[Style, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.items())


def _trim(value: float) -> float:
    number = round(float(value), 2)
    return int(number) if number.is_integer() else number
