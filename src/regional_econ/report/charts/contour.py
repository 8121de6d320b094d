"""Where would an omitted variable of each strength bring an estimate, and how strong are the observed ones?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import PIXEL_X, PIXEL_Y, Label, boxes, inline, labels, strokes
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import wrapped
from regional_econ.report.charts.notes import Crowd, Note, placed
from regional_econ.report.charts.panels import Board, head_lines
from regional_econ.report.charts.scales import Scale, axis_room, named_axis
from regional_econ.report.charts.style import ACCENT, HUE, INK, LINE, MUTED, PAPER, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_HEIGHT: Mapping[Size, float] = {"wide": 220.0, "narrow": 250.0}
_GAP, _FOOT, _AIR = 22.0, 26.0, 0.12
_TINT, _DASH = 0.14, (4, 3)
_LINE_WEIGHT = 0.3
_AWAY, _NAME_SHARE = (7.0, 12.0, 20.0, 32.0, 48.0, 70.0), 0.5


def contour(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw lines of equal adjusted estimates over two strengths, a panel each, with named points.

    Both axes are shares on a logarithmic scale, the same in every panel. The side of the zero line where the sign is
    turned is tinted; points there have another shape and colour.

    Parameters
    ----------
    frame : columns panel, part ("line" or "point"), name (of a point), x and y (shares above zero), value (the adjusted
        estimate: the level of a line, which is zero for one of them in each panel, or what a point leaves).
    options : names (prefix of the text ids of panels and points), x, y (text ids of what the axes measure).
    words : the texts of the reader's language.
    size : "wide" or "narrow".

    Raises
    ------
    ValueError : a share that is not above zero, or a panel without a line of zero.
    """
    known = frame.dropna(subset=["x", "y", "value"])
    panels = [_Panel.of(str(name), part, options, words) for name, part in known.groupby("panel", sort=False)]
    ends_x, ends_y = (_ends(known[axis]) for axis in ("x", "y"))
    total, columns = WIDTHS[size], 2 if size == "wide" else 1
    room = round(axis_room(_percents(_decades(ends_y), words)))
    width = (total - _GAP * (min(columns, len(panels)) - 1)) / min(columns, len(panels)) - room - 8
    x_name, y_name = (wrapped(words.text(options.text(axis) or ""), width) for axis in ("x", "y"))
    titles = [head_lines(panel.title, width) for panel in panels]
    key = Key.of(_entries(words), total)
    above = (max(map(len, titles)) + len(y_name)) * LINE + 14
    board = Board.of(
        size, len(panels), columns=columns, height=_HEIGHT[size], gap=room + _GAP, left=room, top=key.height - _GAP,
        head=above + _GAP, foot=_FOOT + len(x_name) * LINE,
    )  # fmt: skip
    x, y = Scale(*ends_x, 0, board.width), Scale(*ends_y, board.height, 0)
    found: list[list[alt.Chart]] = []
    for number, (panel, title) in enumerate(zip(panels, titles, strict=True)):
        written = _words_around(title, x_name, y_name, board, above)
        keyed = key.layers(-board.left, -board.sheet().top) if number == 0 else []
        found.append([*panel.layers(x, y, words), *labels(written), *keyed])
    return styled(board.concat(found), words.lang)


@dataclass(frozen=True)
class _Panel:
    """One estimate: its lines by level, in the order of the frame, and its points, in decimal logarithms."""

    title: str
    lines: Mapping[float, np.ndarray]
    points: pd.DataFrame

    @classmethod
    def of(cls, name: str, part: pd.DataFrame, options: Options, words: Words) -> _Panel:
        """Read the rows of a panel."""
        prefix = options.text("names")
        logs = part.assign(x=part["x"].map(math.log10), y=part["y"].map(math.log10))
        lines = {
            float(str(level)): rows.sort_values("x")[["x", "y"]].to_numpy(float)
            for level, rows in logs[logs["part"] == "line"].groupby("value", sort=False)
        }
        if 0.0 not in lines:
            raise ValueError(f"panel {name} has no line of zero")
        points = logs[logs["part"] == "point"]
        named = points.assign(name=[words.name(str(one), prefix=prefix) for one in points["name"]])
        return cls(words.name(name, prefix=prefix), lines, named)

    def layers(self, x: Scale, y: Scale, words: Words) -> list[alt.Chart]:
        """Return the tint, the lines with their levels, and the points with their names."""
        x_of = alt.X("x:Q", scale=x.altair(), axis=_axis(x, words))
        y_of = alt.Y("y:Q", scale=y.altair(), axis=_axis(y, words))
        layers = [self._tint(x, y)]
        for level, line in self.lines.items():
            rows = [{"x": round(at, 4), "y": round(up, 4)} for at, up in line]
            pen, dash = (2.0, alt.Undefined) if level == 0 else (1.0, list(_DASH))
            mark = alt.Chart(inline(rows)).mark_line(
                color=INK if level == 0 else MUTED, strokeWidth=pen, strokeDash=dash
            )
            layers.append(mark.encode(x_of, y_of))
        notes = self._notes(x, y)
        return [
            *layers, *labels(self._levels(x, y, words)), *self._marks(x, y, words),
            *boxes([note.ground() for note in notes]), *strokes([line for note in notes for line in note.leader()]),
            *labels([label for note in notes for label in note.labels()]),
        ]  # fmt: skip

    def turned(self) -> np.ndarray:
        """Return which points lie beyond the line of zero."""
        line = self.lines[0.0]
        at = np.interp(self.points["x"], line[:, 0], line[:, 1], left=np.inf, right=-np.inf)
        return np.asarray(self.points["y"].to_numpy(float) > at)

    def _tint(self, x: Scale, y: Scale) -> alt.Chart:
        line = self.lines[0.0]
        places = [*line, (x.high, y.low)]
        rows = [{"x": round(x(at), 1), "y": round(y(max(up, y.low)), 1), "y2": y.end} for at, up in places]
        area: alt.Chart = (
            alt.Chart(inline(rows)).mark_area(color=ACCENT, opacity=_TINT).encode(PIXEL_X, PIXEL_Y, y2=alt.Y2("y2"))
        )
        return area

    def _levels(self, x: Scale, y: Scale, words: Words) -> list[Label]:
        """Write each level at the upper end of its line."""
        return [
            Label(x(line[0, 0]) + 5, y(line[0, 1]) + 7, words.tick(float(f"{level:.2g}")),
                  INK if level == 0 else MUTED, TEXT, level == 0, "left", True)
            for level, line in self.lines.items()
        ]  # fmt: skip

    def _marks(self, x: Scale, y: Scale, words: Words) -> list[alt.Chart]:
        rows = [
            {
                "x": round(x(at), 1), "y": round(y(up), 1), "n": name, "v": float(f"{value:.3g}"),
                "a": _percent(10**at, words), "b": _percent(10**up, words), "t": bool(turned),
            }
            for at, up, name, value, turned in zip(
                self.points["x"], self.points["y"], self.points["name"], self.points["value"], self.turned(),
                strict=True,
            )
        ]  # fmt: skip
        tips = [
            alt.Tooltip("n:N", title=words.text("report.chart.variable")),
            alt.Tooltip("a:N", title="x"),
            alt.Tooltip("b:N", title="y"),
            alt.Tooltip("v:Q", format=",.3~r", title=words.text("report.figure.estimate")),
        ]
        found: list[alt.Chart] = []
        for turned, shape, colour, area in ((False, "circle", HUE, 44), (True, "diamond", ACCENT, 62)):
            own = [row for row in rows if row["t"] is turned]
            if own:
                mark = alt.Chart(inline(own)).mark_point(
                    shape=shape, size=area, fill=colour, stroke=PAPER, strokeWidth=1, opacity=1
                )
                found.append(mark.encode(PIXEL_X, PIXEL_Y, tooltip=tips))
        return found

    def _notes(self, x: Scale, y: Scale) -> list[Note]:
        at = [(x(one), y(two)) for one, two in zip(self.points["x"], self.points["y"], strict=True)]
        drawn = np.array([(x(one), y(two)) for line in self.lines.values() for one, two in line])
        levels = np.array(
            [(x(line[0, 0]) + step, y(line[0, 1]) + 7) for line in self.lines.values() for step in (8, 24)]
        )
        places = np.vstack([np.array(at).reshape(-1, 2), drawn, levels])
        weights = np.repeat((6.0, _LINE_WEIGHT, 6.0), (len(at), len(drawn), len(levels)))
        crowd = Crowd(places, weights, x.end, y.start)
        notes: list[Note] = []
        for name, point in zip(self.points["name"], at, strict=True):
            lines = wrapped(name, _NAME_SHARE * x.end, bold=True)
            notes.append(placed(lines, [point], crowd, away=_AWAY, colour=INK, others=notes))
        return notes


def _ends(values: pd.Series) -> tuple[float, float]:
    """Return the ends of an axis in decimal logarithms, with some air."""
    logs = [math.log10(value) for value in values]
    return min(logs) - _AIR, max(logs) + _AIR / 2


def _decades(ends: tuple[float, float]) -> list[float]:
    return [float(power) for power in range(math.ceil(ends[0]), math.floor(ends[1]) + 1)]


def _percent(share: float, words: Words) -> str:
    return words.with_unit(words.tick(float(f"{100 * share:.2g}")), "%")


def _percents(powers: Sequence[float], words: Words) -> list[str]:
    return [_percent(10.0**power, words) for power in powers]


def _axis(scale: Scale, words: Words) -> alt.Axis:
    powers = _decades((scale.low, scale.high))
    return named_axis(powers, _percents(powers, words))


def _entries(words: Words) -> list[Entry]:
    text = "report.chart.contour"
    return [
        Entry(words.text(f"{text}.zero"), "line", INK, 2.0),
        Entry(words.text(f"{text}.level"), "line", MUTED, 1.0, _DASH),
        Entry(words.text(f"{text}.beyond"), "band", ACCENT, opacity=2 * _TINT),
        Entry(words.text(f"{text}.point"), "point", HUE),
    ]


def _words_around(
    title: Sequence[str], x_name: Sequence[str], y_name: Sequence[str], board: Board, above: float
) -> list[Label]:
    """Write the title and what is measured upwards above a panel, and what is measured across below it."""
    left, foot = -board.left, board.height + _FOOT
    return [
        *(Label(left, -above + (at + 0.5) * LINE, line, INK, TEXT, True) for at, line in enumerate(title)),
        *(Label(left, -10 - (len(y_name) - at - 0.5) * LINE, line, MUTED) for at, line in enumerate(y_name)),
        *(Label(board.width, foot + (at + 0.5) * LINE, line, MUTED, align="right") for at, line in enumerate(x_name)),
    ]
