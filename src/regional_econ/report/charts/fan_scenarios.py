"""Below a fan: a small plot for each scenario, with the baseline under it, all on one axis of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import (
    PIXEL_X,
    PIXEL_Y,
    SPAN_Y,
    SPAN_Y2,
    Label,
    Row,
    Sheet,
    Stroke,
    inline,
    labels,
    strokes,
)
from regional_econ.report.charts.fan_data import FanData
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import wrapped
from regional_econ.report.charts.scales import Scale, axis_room, bounded, ticks, year_ticks
from regional_econ.report.charts.style import ACCENT, HUE, LINE, MUTED, RULE, TEXT, WIDTHS, Size
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_HEIGHT, _GAP, _AXIS, _ABOVE, _EDGE = 96.0, 18.0, 20.0, 10.0, 8.0
_BAND, _DASH = 0.2, (3, 2)


@dataclass(frozen=True)
class ScenarioPanels:
    """Where the small plots stand: their heads, key and scales, in pixels from the axis of the fan above."""

    found: FanData
    baseline: pd.DataFrame
    heads: Mapping[str, Sequence[str]]
    key: Key
    columns: int
    width: float
    limits: tuple[float, float]
    words: Words

    @classmethod
    def of(cls, found: FanData, options: Options, words: Words, size: Size) -> ScenarioPanels | None:
        """Lay out the plots; None where the fan has no scenarios."""
        if not found.scenarios:
            return None
        named = dict(zip(options.texts("scenarios"), options.texts(f"scenarios_{words.lang}"), strict=True))
        baseline = found.bands[["p50", "lo80", "hi80"]]
        numbers = np.concatenate([part.to_numpy(float).ravel() for part in (baseline, *found.scenarios.values())])
        low, high = bounded(float(numbers.min()), float(numbers.max()), None, found.ceiling)
        limits = (low if found.floor is None else max(low, found.floor), high)
        columns = min(len(found.scenarios), 3 if size == "wide" else 2)
        left = axis_room(words.tick(tick) for tick in ticks(*limits, 3))
        width = (WIDTHS[size] - left - _EDGE - _GAP * (columns - 1)) // columns
        heads = {name: wrapped(title, width, TEXT, bold=True) for name, title in named.items()}
        without, under = (words.text(f"report.chart.scenario.{name}") for name in ("without", "with"))
        median, band = words.text("report.figure.median"), words.percent(0.8)
        entries = [
            Entry(f"{without}: {median}, {band}", "band", HUE, opacity=_BAND),
            Entry(f"{under}: {median}", "line", ACCENT, 2.2),
            Entry(band, "line", ACCENT, 1.2, _DASH),
        ]
        return cls(found, baseline, heads, Key.of(entries, WIDTHS[size]), columns, width, limits, words)

    @property
    def room(self) -> float:
        """Width of the numbers at the left."""
        return axis_room(self.words.tick(tick) for tick in ticks(*self.limits, 3))

    @property
    def height(self) -> float:
        """Height below the axis of the fan."""
        rows = -(-len(self.heads) // self.columns)
        return _ABOVE + self.key.height + rows * (self._head + _HEIGHT + _AXIS)

    def layers(self, sheet: Sheet, below: float) -> list[alt.Chart]:
        """Return the layers, from `below` pixels under the plot of the fan on."""
        top = sheet.height + below + _ABOVE
        layers = self.key.layers(-sheet.left, top)
        for number, name in enumerate(self.heads):
            row, column = divmod(number, self.columns)
            x = column * (self.width + _GAP) + self.room - sheet.left
            y = top + self.key.height + row * (self._head + _HEIGHT + _AXIS) + self._head
            layers += self._panel(name, x, y, first=column == 0)
        return layers

    @property
    def _head(self) -> float:
        return max(map(len, self.heads.values())) * LINE + 8

    def _panel(self, name: str, left: float, top: float, *, first: bool) -> list[alt.Chart]:
        start, end = float(self.baseline.index.min()), float(self.baseline.index.max())
        x = Scale(start - 0.2, end + 0.2, left, left + self.width)
        y = Scale(*self.limits, top + _HEIGHT, top)
        under = _opened(self.found.scenarios[name], self.baseline)
        marks = ticks(*self.limits, 3)
        pens = [Stroke(x.start, y(mark), x.end, y(mark), RULE, 0.8) for mark in marks]
        if self.found.validated is not None and start < self.found.validated < end:
            pens.append(Stroke(x(self.found.validated), top, x(self.found.validated), top + _HEIGHT, RULE, 1.2))
        years = year_ticks(start, end, self.width)
        written = [Label(x(year), top + _HEIGHT + 11, str(year), MUTED, TEXT, align="center") for year in years]
        written += [
            Label(x.start, top - 10 - (len(self.heads[name]) - 1 - at) * LINE, line, ACCENT, TEXT, True)
            for at, line in enumerate(self.heads[name])
        ]
        if first:
            written += [
                Label(x.start - 5, y(mark), self.words.tick(mark), MUTED, TEXT, align="right") for mark in marks
            ]
        return [
            *strokes(pens),
            _area(self.baseline, x, y),
            _line(self.baseline["p50"], x, y, HUE, 1.6),
            *(_line(under[edge], x, y, ACCENT, 1.2, _DASH) for edge in ("lo80", "hi80")),
            _line(under["p50"], x, y, ACCENT, 2.2),
            *labels(written),
            self._hits(under, x, top),
        ]

    def _hits(self, under: pd.DataFrame, x: Scale, top: float) -> alt.Chart:
        rows: list[Row] = []
        for year, with_it in under.iterrows():
            number, without = int(year), self.baseline.loc[year]  # type: ignore[call-overload]
            rows.append(
                {
                    "x": x(max(number - 0.5, x.low)), "x2": x(min(number + 0.5, x.high)), "p": top, "q": top + _HEIGHT,
                    "year": str(number), "m": self._say(with_it), "b": self._say(without),
                }
            )  # fmt: skip
        tips = [
            alt.Tooltip("year:N", title=self.words.text("report.chart.year")),
            alt.Tooltip("m:N", title=self.words.text("report.chart.scenario.with")),
            alt.Tooltip("b:N", title=self.words.text("report.chart.scenario.without")),
        ]
        mark: alt.Chart = alt.Chart(inline(rows)).mark_rect(opacity=0)
        return mark.encode(PIXEL_X, x2=alt.X2("x2"), y=SPAN_Y, y2=SPAN_Y2, tooltip=tips)

    def _say(self, row: pd.Series) -> str:
        median, low, high = (self.words.tick(float(f"{row[name]:.3g}")) for name in ("p50", "lo80", "hi80"))
        return f"{median} ({low} … {high})"


def _opened(part: pd.DataFrame, baseline: pd.DataFrame) -> pd.DataFrame:
    """Open a scenario where the baseline opens, at the last figure."""
    start = baseline.index.min()
    return part if start in part.index else pd.concat([baseline.loc[[start]], part])


def _area(part: pd.DataFrame, x: Scale, y: Scale) -> alt.Chart:
    rows = [
        {"x": round(x(year), 2), "y": round(y(low), 2), "y2": round(y(high), 2)}
        for year, low, high in part[["lo80", "hi80"]].reset_index().to_numpy(float).tolist()
    ]
    mark = alt.Chart(inline(rows)).mark_area(color=HUE, opacity=_BAND)
    chart: alt.Chart = mark.encode(PIXEL_X, PIXEL_Y, y2=alt.Y2("y2"))
    return chart


def _line(series: pd.Series, x: Scale, y: Scale, colour: str, width: float, dash: tuple[int, ...] = ()) -> alt.Chart:
    pairs = zip(series.index.to_numpy(float).tolist(), series.to_numpy(float).tolist(), strict=True)
    rows = [{"x": round(x(year), 2), "y": round(y(value), 2)} for year, value in pairs]
    mark = alt.Chart(inline(rows)).mark_line(
        color=colour, strokeWidth=width, strokeDash=list(dash) if dash else alt.Undefined
    )
    chart: alt.Chart = mark.encode(PIXEL_X, PIXEL_Y)
    return chart
