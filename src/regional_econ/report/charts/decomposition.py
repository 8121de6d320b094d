"""Decomposition: why an association between regions differs from the one within them, a scatter with its line each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import altair as alt
import numpy as np
import pandas as pd

from regional_econ._base.errors import OptionError
from regional_econ._base.text import format_number
from regional_econ.report.charts.canvas import PIXEL_X, PIXEL_Y, Label, boxes, inline, labels, strokes
from regional_econ.report.charts.letters import wrapped
from regional_econ.report.charts.notes import Crowd, Note, Place, placed
from regional_econ.report.charts.panels import Board, head_lines
from regional_econ.report.charts.scales import Scale, axis_room, even_ticks, number_axis, ticks_within
from regional_econ.report.charts.style import ACCENT, INK, LINE, MUTED, PAPER, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_HEIGHT: Mapping[Size, float] = {"wide": 280.0, "narrow": 250.0}
_TICKS, _AIR, _GAP = 5, 0.06, 22.0
_MANY = 300
_DOT = 16.0  # a disc of radius 2, whose outline takes few letters of an SVG
_FOOT = 28.0
_NAME_SHARE, _SAMPLES = 0.62, 60
_NEAR, _FAR = (5.0, 8.0, 11.0, 14.0), (8.0, 28.0, 55.0, 85.0, 120.0)


def decomposition(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw a scatter with one straight line a panel: region averages beside deviations from them, or the like.

    By default a unit is as long in every panel, so that a cloud of averages is seen to be wide and one of deviations
    narrow, and lines of equal slope are parallel.

    Parameters
    ----------
    frame : columns panel, x, y, label (region id or empty), highlight (true where a point is the focal region's; each
        label among these is written once a panel).
    options : slopes, intercepts (of the lines, one a panel in the order of the frame), names (prefix of the text ids
        of panels), subtitles (text ids, empty where there is none), x, y (what the axes measure; like subtitles one
        for all or one a panel), digits (of the slopes; two significant ones by default), common_scale (false: each
        panel is scaled to its own cloud).
    words : the texts of the reader's language.
    size : "wide" or "narrow".

    Raises
    ------
    OptionError : an option holds another number of values than there are panels.
    """
    panels = _panels(frame, options, words)
    x_ends, y_ends = (_ends([panel.limits(axis) for panel in panels], options) for axis in ("x", "y"))
    marks = [even_ticks(low, high, _TICKS) for low, high in y_ends]
    room = round(max(axis_room(words.tick(tick) for tick in values) for values in marks))
    columns = 1 if size == "narrow" else 3 if len(panels) not in (2, 4) else 2
    width = (WIDTHS[size] - _GAP * (min(columns, len(panels)) - 1)) / min(columns, len(panels)) - 8
    heads = [_Head.of(panel, width) for panel in panels]
    above, below = max(head.above for head in heads), max(head.below for head in heads)
    board = Board.of(
        size, len(panels), columns=columns, height=_HEIGHT[size], gap=room + _GAP, left=room, top=-_GAP,
        head=above + _GAP, foot=below,
    )  # fmt: skip
    found: list[list[alt.Chart]] = []
    for panel, head, across, up, values in zip(panels, heads, x_ends, y_ends, marks, strict=True):
        x, y = Scale(*across, 0, board.width), Scale(*up, board.height, 0)
        x_axis = number_axis(ticks_within(x, _TICKS, words, beyond=8, even=True), words)
        layers = _plot(panel, x, y, (x_axis, number_axis(values, words)), words)
        found.append([*layers, *labels(head.labels(board, above))])
    return styled(board.concat(found), words.lang)


class _Point(TypedDict):
    """A point as the chart knows it: its place in pixels, its values, and the name of its region or nothing."""

    x: float
    y: float
    v: float
    w: float
    n: str


@dataclass(frozen=True)
class _Panel:
    """One scatter: the words around it, its points, and its line with the slope as it is written."""

    title: str
    subtitle: str
    x: str
    y: str
    points: pd.DataFrame
    slope: float
    intercept: float
    said: str

    def line(self) -> np.ndarray:
        """Return both ends of the line, shape (2, 2): it reaches as far as there are points."""
        x = np.array([self.points["x"].min(), self.points["x"].max()], dtype=float)
        return np.column_stack([x, self.intercept + self.slope * x])

    def limits(self, axis: str) -> tuple[float, float]:
        """Return the least and the largest value of the points and the line on an axis."""
        values = np.append(self.points[axis].to_numpy(float), self.line()[:, ("x", "y").index(axis)])
        return float(values.min()), float(values.max())


def _panels(frame: pd.DataFrame, options: Options, words: Words) -> list[_Panel]:
    known = frame.dropna(subset=["x", "y"])
    groups = {str(panel): part for panel, part in known.groupby("panel", sort=False)}
    slopes, intercepts = (_one_each(name, options.numbers(name), len(groups)) for name in ("slopes", "intercepts"))
    subtitles, across, up = (_texts(name, options, len(groups)) for name in ("subtitles", "x", "y"))
    return [
        _Panel(
            words.name(panel, prefix=options.text("names")),
            words.text(subtitles[at]) if subtitles[at] else "",
            words.axis(across[at]) if across[at] else "",
            words.axis(up[at]) if up[at] else "",
            part, slopes[at], intercepts[at], _said(slopes[at], options, words),
        )
        for at, (panel, part) in enumerate(groups.items())
    ]  # fmt: skip


def _texts(name: str, options: Options, count: int) -> tuple[str, ...]:
    values = options.texts(name) or ("",)
    return _one_each(name, values * count if len(values) == 1 else values, count)


def _one_each[Item](name: str, values: tuple[Item, ...], count: int) -> tuple[Item, ...]:
    if len(values) != count:
        what = f"figure option {name} of a decomposition has {len(values)} values for {count} panels"
        raise OptionError(what, advice="Mend the section that draws it")
    return values


def _said(slope: float, options: Options, words: Words) -> str:
    digits = options.number("digits")
    if digits is None:
        digits = max(0, 1 - math.floor(math.log10(abs(slope)))) if slope else 2
    return f"{words.text('report.chart.slope')} {format_number(slope, int(digits), words.lang)}"


def _ends(limits: Sequence[tuple[float, float]], options: Options) -> list[tuple[float, float]]:
    """Return the ends of the panels' axes, with some air; all axes have the same span unless told otherwise."""
    spans = [(1 + 2 * _AIR) * (high - low) or 1.0 for low, high in limits]
    if options.number("common_scale") != 0:
        spans = [max(spans)] * len(spans)
    middles = [(low + high) / 2 for low, high in limits]
    return [(middle - span / 2, middle + span / 2) for middle, span in zip(middles, spans, strict=True)]


@dataclass(frozen=True)
class _Head:
    """The lines around a panel: title, subtitle, and what its axes measure."""

    title: Sequence[str]
    subtitle: Sequence[str]
    x: Sequence[str]
    y: Sequence[str]

    @classmethod
    def of(cls, panel: _Panel, width: float) -> _Head:
        """Break the words of a panel into lines of a width."""
        texts = (panel.subtitle, panel.x, panel.y)
        return cls(head_lines(panel.title, width), *(wrapped(text, width) if text else [] for text in texts))

    @property
    def above(self) -> float:
        """Height of the lines above the plot."""
        return (len(self.title) + len(self.subtitle) + len(self.y)) * LINE + (14 if self.y else 8)

    @property
    def below(self) -> float:
        """Height of the lines below the plot."""
        return _FOOT + len(self.x) * LINE

    def labels(self, board: Board, above: float) -> list[Label]:
        """Return the lines: title and subtitle from the top down, the axes' names near their axes."""
        upper = [*self.title, *self.subtitle]
        return [
            *(Label(-board.left, -above + (number + 0.5) * LINE, line, INK, TEXT, number < len(self.title))
              for number, line in enumerate(upper)),
            *(Label(-board.left, -8 - (len(self.y) - number - 0.5) * LINE, line, MUTED)
              for number, line in enumerate(self.y)),
            *(Label(board.width, board.height + _FOOT + (number + 0.5) * LINE, line, MUTED, align="right")
              for number, line in enumerate(self.x)),
        ]  # fmt: skip


def _plot(panel: _Panel, x: Scale, y: Scale, axes: tuple[alt.Axis, alt.Axis], words: Words) -> list[alt.Chart]:
    own = panel.points["highlight"].astype(bool)
    crowd, focal = (_rows(panel.points[chosen], x, y, words) for chosen in (~own, own))
    (x1, y1), (x2, y2) = panel.line().tolist()
    start, end = (x(x1), y(y1)), (x(x2), y(y2))
    notes = _notes(panel.said, (start, end), crowd, focal, (x.end, y.start))
    marks = alt.Chart(inline(focal)).mark_point(
        shape="diamond", size=48, fill=ACCENT, stroke=PAPER, strokeWidth=1, opacity=1
    )
    line = alt.Chart(inline([{"x": x1, "y": y1, "x2": x2, "y2": y2}])).mark_rule(color=INK, strokeWidth=2)
    x_of, y_of = alt.X("x:Q", scale=x.altair(), axis=axes[0]), alt.Y("y:Q", scale=y.altair(), axis=axes[1])
    return [
        _dots(crowd).encode(PIXEL_X, PIXEL_Y, tooltip=_tips(crowd, panel, words)),
        line.encode(x_of, y_of, x2=alt.X2("x2"), y2=alt.Y2("y2")),
        marks.encode(PIXEL_X, PIXEL_Y, tooltip=_tips(focal, panel, words)),
        *boxes([note.ground() for note in notes]),
        *strokes([stroke for note in notes for stroke in note.leader()]),
        *labels([label for note in notes for label in note.labels()]),
    ]  # fmt: skip


def _dots(crowd: Sequence[_Point]) -> alt.Chart:
    """Return the muted dots; where they are few, a pointer need not hit them exactly."""
    chart = alt.Chart(inline(crowd))
    dots: alt.Chart = (
        chart.mark_point(shape="circle", size=_DOT, filled=True, fill=MUTED, opacity=0.3)
        if len(crowd) > _MANY
        else chart.mark_point(
            shape="circle", size=_DOT, fill=MUTED, stroke=MUTED, strokeOpacity=0, strokeWidth=8, opacity=0.6
        )
    )
    return dots


def _tips(points: Sequence[_Point], panel: _Panel, words: Words) -> list[alt.Tooltip]:
    """Return what a pointer is told of points: the region, where any has a name, and both values."""
    named = [alt.Tooltip("n:N", title=words.text("report.chart.region"))] if any(one["n"] for one in points) else []
    return [
        *named,
        alt.Tooltip("v:Q", format=",.4~r", title=panel.x or "x"),
        alt.Tooltip("w:Q", format=",.4~r", title=panel.y or "y"),
    ]


def _rows(points: pd.DataFrame, x: Scale, y: Scale, words: Words) -> list[_Point]:
    known = points[["x", "y", "label"]].itertuples(index=False)
    return [
        {
            "x": round(x(v), 1), "y": round(y(w), 1), "v": float(f"{v:.5g}"), "w": float(f"{w:.5g}"),
            "n": words.name(label) if isinstance(label, str) and label else "",
        }
        for v, w, label in known
    ]  # fmt: skip


def _notes(
    said: str, line: tuple[Place, Place], crowd: Sequence[_Point], focal: Sequence[_Point], plot: Place
) -> list[Note]:
    """Write the slope at the right end of the line, and each name of focal points beside one of them."""
    dots, own = (np.array([(one["x"], one["y"]) for one in some]).reshape(-1, 2) for some in (crowd, focal))
    weights = np.repeat((1.0, 4.0, 4.0), (len(dots), len(own), _SAMPLES))
    there = Crowd(np.vstack([dots, own, np.linspace(*line, _SAMPLES)]), weights, *plot)
    notes = [placed([said], [line[1]], there, away=_NEAR, colour=INK)]
    for name in dict.fromkeys(one["n"] for one in focal if one["n"]):
        places = [(one["x"], one["y"]) for one in focal if one["n"] == name]
        lines = wrapped(name, _NAME_SHARE * there.width, bold=True, lines=3)
        notes.append(placed(lines, places, there, away=_FAR, colour=ACCENT, others=notes))
    return notes
