"""Notes inside a crowded plot: words beside a point, where they hide the fewest marks and no other words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regional_econ.report.charts.canvas import Box, Label, Stroke, label_width
from regional_econ.report.charts.style import PAPER, TEXT

Place = tuple[float, float]
Ends = tuple[float, float, float, float]  # left, top, right, bottom
_PITCH, _LEADER = 15.0, 14.0
_SIDES = ((1.0, 0.0), (-1.0, 0.0), *((right, down) for down in (-1.0, 1.0) for right in (0.0, -0.5, 0.5, -1.0, 1.0)))
_MARK, _GROUND = 2.0, 0.85
_CROSSED, _PER_PIXEL = 0.2, 0.1


@dataclass(frozen=True)
class Crowd:
    """What stands in a plot of a size: marks by their place (shape (n, 2), in pixels), and how much each matters."""

    places: np.ndarray
    weights: np.ndarray
    width: float
    height: float

    def hidden(self, ends: Ends) -> float:
        """Return how much words between some ends would hide."""
        low, high = np.array(ends[:2]) - _MARK, np.array(ends[2:]) + _MARK
        return float(self.weights[((self.places > low) & (self.places < high)).all(axis=1)].sum())

    def crossed(self, start: Place, end: Place) -> float:
        """Return how much a stroke would cross."""
        along = np.subtract(end, start)
        from_start = self.places - start
        share = np.clip(from_start @ along / (along @ along), 0.0, 1.0)
        away = np.hypot(*(from_start - share[:, None] * along).T)
        return float(self.weights[away < _MARK].sum())


@dataclass(frozen=True)
class Note:
    """Semi-bold lines around a place, and the point that they name."""

    lines: Sequence[str]
    x: float
    y: float
    point: Place
    colour: str

    @property
    def ends(self) -> Ends:
        """Where the words are."""
        width, height = _measure(self.lines)
        return self.x - width / 2, self.y - height / 2, self.x + width / 2, self.y + height / 2

    def labels(self) -> list[Label]:
        """Return the words."""
        first = self.y - (len(self.lines) - 1) / 2 * _PITCH
        return [
            Label(self.x, first + number * _PITCH, line, self.colour, TEXT, True, "center", True)
            for number, line in enumerate(self.lines)
        ]

    def ground(self) -> Box:
        """Return paper under the words, so that no mark between letters is read as one of them."""
        left, top, right, bottom = self.ends
        return Box(left, top, right - left, bottom - top, PAPER, _GROUND)

    def leader(self) -> tuple[Stroke, ...]:
        """Return the stroke from the point to words that stand far from it."""
        end = self._end()
        return (Stroke(*self.point, *end, self.colour),) if math.dist(self.point, end) > _LEADER else ()

    def cost(self, crowd: Crowd, others: Sequence[Note]) -> float:
        """Return what would be lost with the words at this place: marks first, then nearness."""
        left, top, right, bottom = self.ends
        beyond = sum(max(0.0, by) for by in (-left, -top, right - crowd.width, bottom - crowd.height))
        covered = sum(
            left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
            for other in (one.ends for one in others)
        )
        crossed = sum(crowd.crossed((one.x, one.y), (one.x2, one.y2)) for one in self.leader())
        away = math.dist(self.point, self._end())
        return crowd.hidden(self.ends) + _CROSSED * crossed + _PER_PIXEL * away + 1e6 * beyond + 1e5 * covered

    def _end(self) -> Place:
        left, top, right, bottom = self.ends
        return min(max(self.point[0], left), right), min(max(self.point[1], top), bottom)


def placed(
    lines: Sequence[str], points: Sequence[Place], crowd: Crowd, *, away: Sequence[float], colour: str,
    others: Sequence[Note] = (),
) -> Note:  # fmt: skip
    """Return words where they hide the least, as near as may be to any of some points, inside the plot.

    Parameters
    ----------
    lines : the words.
    points : any of these may be the one that is named.
    crowd : what stands in the plot.
    away : distances from the point that are tried, in pixels.
    colour : of the words.
    others : notes that stand there already and are never covered.
    """
    width, height = _measure(lines)
    found: list[Note] = []
    for x, y in points:
        for distance in away:
            for right, down in _SIDES:
                far = distance / math.sqrt(2) if abs(right) == abs(down) else distance
                place = x + right * (far + width / 2), y + down * (far + height / 2)
                found.append(Note(lines, *place, (x, y), colour))
    return min(found, key=lambda note: note.cost(crowd, others))


def _measure(lines: Sequence[str]) -> Place:
    return max(label_width(line, bold=True) for line in lines) + 2, _PITCH * len(lines) + 2
