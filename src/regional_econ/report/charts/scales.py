"""Scales that are known before anything is drawn: where a value stands in pixels, and which ticks are round."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import altair as alt

from regional_econ.report.charts.letters import text_width
from regional_econ.report.charts.style import TEXT
from regional_econ.report.words import Words

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A linear scale from values to pixels.

    >>> Scale(0, 10, 0, 200)(5)
    100.0
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value stands."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def altair(self) -> alt.Scale:
        """Return the same scale for a chart whose plot has the same size."""
        return alt.Scale(domain=[_exact(self.low), _exact(self.high)], nice=False, zero=False)


def bounded(low: float, high: float, lower: float | None, upper: float | None) -> tuple[float, float]:
    """Return the ends of an axis that holds two values with some air and never passes its bounds.

    The lower bound is the end of the axis where the values come nearer to it than their own span.

    >>> bounded(4.0, 9.0, 0.0, 100.0), bounded(60.0, 99.0, 0.0, 100.0)
    ((0.0, 9.3), (57.66, 100.0))
    """
    span = (high - low) or abs(high) or 1.0
    bottom, top = low - 0.06 * span, high + 0.06 * span
    if lower is not None:
        bottom = lower if low - lower < span else max(bottom, lower)
    return bottom, top if upper is None else min(top, upper)


def ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return round values within limits, about `count` of them.

    >>> ticks(0, 27.3, 5), ticks(-0.04, 0.09, 4)
    ((0.0, 5.0, 10.0, 15.0, 20.0, 25.0), (-0.025, 0.0, 0.025, 0.05, 0.075))
    """
    scale = 10.0 ** math.floor(math.log10((high - low) / max(count, 1)))
    found = [_multiples(low, high, step * scale) for step in _STEPS]
    return min(found, key=lambda values: (abs(len(values) - count), -len(values)))


def even_ticks(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return round values within limits whose step depends on their distance only, not on where they lie.

    >>> even_ticks(2, 12, 4), even_ticks(-5.5, 4.5, 4)
    ((2.5, 5.0, 7.5, 10.0), (-5.0, -2.5, 0.0, 2.5))
    """
    first, second, *_ = ticks(0.0, float(f"{high - low:.9g}"), count)
    return _multiples(low, high, second - first)


def year_ticks(first: float, last: float, width: float) -> tuple[int, ...]:
    """Return years to name on an axis of a width in pixels.

    >>> year_ticks(2006, 2035, 300)
    (2010, 2015, 2020, 2025, 2030, 2035)
    """
    span = max(last - first, 1.0)
    step = next((step for step in (1, 2, 5, 10, 20, 50) if width / span * step >= 46), 100)
    return tuple(year for year in range(math.ceil(first), math.floor(last) + 1) if year % step == 0)


def number_axis(values: Sequence[float], words: Words, *, grid: bool = True, labels: bool = True) -> alt.Axis:
    """Return an axis with its ticks named in the reader's number format."""
    return named_axis(values, [words.tick(value) for value in values], grid=grid, labels=labels)


def ticks_within(scale: Scale, count: int, words: Words, *, beyond: float, even: bool = False) -> tuple[float, ...]:
    """Return round values of a horizontal scale whose names reach beyond its ends by some pixels at most.

    Where they shall be `even`, scales of equal span have the same step.
    """
    found = (even_ticks if even else ticks)(scale.low, scale.high, count)
    half = {value: text_width(words.tick(value)) / 2 for value in found}
    return tuple(
        value
        for value in found
        if scale.start - beyond <= scale(value) - half[value] and scale(value) + half[value] <= scale.end + beyond
    )


def year_axis(values: Sequence[int]) -> alt.Axis:
    """Return an axis of years with short ticks and without digit groups."""
    return alt.Axis(values=list(values), format="d", grid=False, ticks=True, labelPadding=3)


def named_axis(values: Sequence[float], names: Sequence[str], *, grid: bool = True, labels: bool = True) -> alt.Axis:
    """Return an axis whose ticks carry given names."""
    places = [_exact(value) for value in values]
    lookup = f"{json.dumps(list(names), ensure_ascii=False)}[indexof({json.dumps(places)}, datum.value)]"
    return alt.Axis(values=places, labelExpr=lookup, labels=labels, grid=grid)


def axis_room(names: Iterable[str], size: float = TEXT) -> float:
    """Return the width in pixels that names of ticks need beside a plot."""
    return max((text_width(name, size) for name in names), default=0.0) + 7


def short(value: float) -> float:
    """Return a value with the six digits that a picture can show.

    >>> short(0.123456789)
    0.123457
    """
    return float(f"{value:.6g}")


def _multiples(low: float, high: float, step: float) -> tuple[float, ...]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(round(index * step, 12) + 0.0 for index in range(first, last + 1))


def _exact(value: float) -> float:
    number = float(f"{value:.12g}")
    return int(number) if number.is_integer() else number
