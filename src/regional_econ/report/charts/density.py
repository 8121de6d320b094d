"""The density of specifications: where the estimates of all admissible models lie, and on which side of a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import altair as alt
import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import (
    Label,
    Sheet,
    Stroke,
    heading,
    heading_height,
    inline,
    labels,
    layered,
    spread,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.scales import Scale, number_axis, short, ticks_within
from regional_econ.report.charts.style import ACCENT, HUE, INK, LINE, MUTED, TARGET_DASH, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_POINTS = 121
_MAX_RUG = 160
_RIDGE = 66.0


def density(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw the weighted kernel density of estimates, a ridge a series, with its median and thresholds.

    Parameters
    ----------
    frame : column estimate, and where known series (a ridge each) and weight.
    options : names (prefix of the text ids of series), variable (what is estimated), thresholds (values marked through
        all ridges).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    total, thresholds = WIDTHS[size], options.numbers("thresholds")
    ridges = _ridges(frame, options.text("names"), words)
    variable = options.text("variable")
    title = words.axis(variable) if variable else None
    room = 0.3 * total if size == "wide" else 0.0
    named = [wrapped(ridge.name, room or total, bold=True) if ridge.name else [] for ridge in ridges]
    left = 14 + max(text_width(line, bold=True) for name in named for line in name) if room and named[0] else 4.0
    beside = left > 4.0
    plot = _RIDGE if len(ridges) > 1 else 150.0
    heights = [plot + 34 + (0.0 if beside else (len(name) + 1) * LINE) for name in named]
    bases = [edge - 16 for edge in accumulate(heights)]
    key = Key.of(_entries(thresholds, words), total)
    top = heading_height(title, total) + key.height + (20 if thresholds else 4)
    sheet = Sheet.of(size, sum(heights), left=left, right=12, top=top, bottom=26)
    low, high = _limits(ridges, thresholds)
    x = Scale(low, high, 0, sheet.width)
    axis = number_axis(ticks_within(x, 6 if size == "wide" else 4, words, beyond=10), words)
    x_of = alt.X("x:Q", scale=x.altair(), axis=axis)
    peak = max(float(ridge.curve(low, high)[1].max()) for ridge in ridges)
    layers = strokes([
        Stroke(x(0), 0, x(0), sheet.height, MUTED, 1.2),
        *(Stroke(x(at), -4, x(at), sheet.height, ACCENT, 1.4, TARGET_DASH) for at in thresholds),
    ])  # fmt: skip
    written, below = heading(title, sheet, top=-sheet.top) if title else ([], -sheet.top)
    written += _threshold_labels(thresholds, x, words)
    for ridge, name, base, height in zip(ridges, named, bases, heights, strict=True):
        layers += _ridge(ridge, x, x_of, base, plot, peak, words)
        written += _ridge_labels(ridge, name, x, base, (height, plot, peak), sheet, words)
    layers += [*labels(written), *key.layers(-sheet.left, below + (4 if title else 0))]
    return styled(layered(sheet, layers), words.lang)


@dataclass(frozen=True)
class _Ridge:
    """The estimates of one series with their weights, which sum to one, in order."""

    name: str
    values: np.ndarray
    weights: np.ndarray

    @property
    def median(self) -> float:
        """Weighted median."""
        return self._quantile(0.5)

    @property
    def below_zero(self) -> float:
        """Weighted share of estimates below zero."""
        return float(self.weights[self.values < 0].sum())

    def curve(self, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
        """Return places and the kernel density there, by the rule of Silverman (1986, eq. 3.31)."""
        places = np.linspace(low, high, _POINTS)
        mean = float(self.weights @ self.values)
        deviation = float(np.sqrt(self.weights @ (self.values - mean) ** 2))
        quartiles = (self._quantile(0.75) - self._quantile(0.25)) / 1.34
        spread_of = min((one for one in (deviation, quartiles) if one > 0), default=0.0)
        effective = 1.0 / float(self.weights @ self.weights)
        width = max(0.9 * spread_of * effective**-0.2, (high - low) / _POINTS)
        kernel = np.exp(-0.5 * ((places[:, None] - self.values[None, :]) / width) ** 2)
        return places, kernel @ self.weights / (width * np.sqrt(2 * np.pi))

    def _quantile(self, share: float) -> float:
        place = int(np.searchsorted(np.cumsum(self.weights), share * (1 - 1e-12)))
        return float(self.values[min(place, self.values.size - 1)])


def _ridges(frame: pd.DataFrame, names: str | None, words: Words) -> list[_Ridge]:
    known = frame.dropna(subset=["estimate"])
    groups = known.groupby("series", sort=False) if "series" in known.columns else [("", known)]
    found: list[_Ridge] = []
    for series, part in groups:
        part = part.sort_values("estimate")
        values = part["estimate"].to_numpy(float)
        weights = part["weight"].to_numpy(float) if "weight" in part.columns else np.ones(values.size)
        name = words.name(str(series), prefix=names) if series else ""
        found.append(_Ridge(name, values, weights / weights.sum()))
    return found


def _limits(ridges: Sequence[_Ridge], thresholds: Sequence[float]) -> tuple[float, float]:
    ends = [0.0, *thresholds, *(float(value) for ridge in ridges for value in (ridge.values[0], ridge.values[-1]))]
    air = 0.08 * ((max(ends) - min(ends)) or 1.0)
    return min(ends) - air, max(ends) + air


def _entries(thresholds: Sequence[float], words: Words) -> list[Entry]:
    found = [Entry(words.text("report.chart.density"), "band", HUE, opacity=0.35)]
    if thresholds:
        found.append(Entry(words.text("report.chart.threshold"), "line", ACCENT, 1.4, TARGET_DASH))
    return found


def _threshold_labels(thresholds: Sequence[float], x: Scale, words: Words) -> list[Label]:
    ordered = sorted(thresholds)
    texts = [words.tick(value) for value in ordered]
    apart = max((text_width(text, bold=True) for text in texts), default=0.0) + 6
    places = spread([x(value) for value in ordered], apart, low=0, high=x.end)
    return [
        Label(place, -12, text, ACCENT, TEXT, True, "center", True) for place, text in zip(places, texts, strict=True)
    ]


def _ridge(
    ridge: _Ridge, x: Scale, x_of: alt.X, base: float, height: float, peak: float, words: Words
) -> list[alt.Chart]:
    places, heights = ridge.curve(x.low, x.high)
    y_of = alt.Y("y:Q", scale=None, axis=None)
    rows = [
        {"x": short(float(place)), "y": round(base - float(high) / peak * height, 1), "y2": base}
        for place, high in zip(places, heights, strict=True)
    ]
    chart = alt.Chart(inline(rows))
    shown = np.unique(np.linspace(0, ridge.values.size - 1, min(ridge.values.size, _MAX_RUG)).round().astype(int))
    rug = [
        {"x": short(float(value)), "y": base + 3, "y2": base + 10, "s": words.tick(float(f"{value:.3g}"))}
        for value in ridge.values[shown]
    ]
    tips = [alt.Tooltip("s:N", title=words.text("report.figure.estimate"))]
    rugged = alt.Chart(inline(rug)).mark_rule(color=INK, strokeWidth=1, opacity=0.45)
    middle = x(ridge.median)
    at_median = base - float(np.interp(ridge.median, places, heights)) / peak * height
    return [
        chart.mark_area(color=HUE, opacity=0.35).encode(x_of, y_of, y2=alt.Y2("y2")),
        chart.mark_line(color=HUE, strokeWidth=1.6).encode(x_of, y_of),
        rugged.encode(x_of, y_of, y2=alt.Y2("y2"), tooltip=tips),
        *strokes([Stroke(middle, at_median, middle, base, HUE, 2.4)]),
    ]  # fmt: skip


def _ridge_labels(
    ridge: _Ridge, name: Sequence[str], x: Scale, base: float, heights: tuple[float, float, float], sheet: Sheet,
    words: Words,
) -> list[Label]:  # fmt: skip
    """Name a ridge, its median just above the curve, and the share of its estimates below zero."""
    whole, plot, peak = heights
    share = f"{words.text('report.chart.below_zero')}: {words.percent(ridge.below_zero)}"
    beside = sheet.left > 4.0
    first = base - (len(name) - 1) * LINE - 8 if beside else base + 16 - whole + LINE / 2
    lines = [(line, INK, True) for line in name] + [(share, MUTED, False)]
    found = [
        Label(-sheet.left, first + number * LINE - 2 * (beside and not bold), line, ink, TEXT, bold, "left", True)
        for number, (line, ink, bold) in enumerate(lines)
    ]
    text = f"{words.text('report.figure.median')} {words.tick(float(f'{ridge.median:.2g}'))}"
    half = text_width(text, bold=True) / 2
    place = min(max(x(ridge.median), half), x.end - half)
    places, curve = ridge.curve(x.low, x.high)
    under = [float(high) for at, high in zip(places, curve, strict=True) if abs(x(float(at)) - place) <= half + 4]
    found.append(Label(place, base - max(under) / peak * plot - 10, text, HUE, TEXT, True, "center", True))
    return found
