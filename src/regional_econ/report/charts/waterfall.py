"""The waterfall: what adds up to a total, one contribution a row, each starting where the last one ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

import altair as alt
import pandas as pd

from regional_econ._base.text import MINUS
from regional_econ.report.charts.canvas import (
    PIXEL_Y,
    Label,
    Row,
    Sheet,
    Stroke,
    heading,
    heading_height,
    inline,
    labels,
    layered,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.scales import Scale, number_axis, short, ticks_within
from regional_econ.report.charts.style import ACCENT, HUE, INK, MUTED, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_ROW, _BAR, _PITCH = 30.0, 18.0, 14.0
_NAME_SHARE: Mapping[Size, float] = {"wide": 0.38, "narrow": 0.44}


def waterfall(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw contributions from the top down; totals start at zero, and their given value is what is drawn.

    Parameters
    ----------
    frame : columns label (id of a variable, region or text), value, total (true where the row is a level and not a
        contribution; a total without a value is what has been added up so far).
    options : names (prefix of the text ids of labels), variable (what is measured), digits (of the written values;
        three significant ones by default).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    total = WIDTHS[size]
    bars = _bars(frame, options, words)
    names = [wrapped(bar.name, _NAME_SHARE[size] * total, bold=bar.total) for bar in bars]
    left = 12 + max(text_width(line, bold=True) for name in names for line in name)
    edges = [0.0, *accumulate(max(_ROW, 10 + _PITCH * len(name)) for name in names)]
    middles = [(above + below) / 2 for above, below in pairwise(edges)]
    variable = options.text("variable")
    title = words.axis(variable) if variable else None
    key = Key.of(_entries(bars, words), total)
    said = max(text_width(bar.said, bold=True) for bar in bars) + 8
    top = heading_height(title, total) + key.height + 4
    sheet = Sheet.of(size, edges[-1], left=left, right=4, top=top, bottom=24)
    low, high = min(0.0, *(bar.low for bar in bars)), max(0.0, *(bar.high for bar in bars))
    x = _scale(low, high, sheet.width, said, any(bar.value < 0 for bar in bars))
    axis = number_axis(ticks_within(x, 5, words, beyond=4), words)
    x_of = alt.X("x:Q", scale=x.altair(), axis=axis)
    written, below = heading(title, sheet, top=-sheet.top) if title else ([], -sheet.top)
    pens = [Stroke(x(0), 0, x(0), sheet.height, MUTED, 1.2)]
    rows: list[Row] = []
    for number, (bar, name, middle) in enumerate(zip(bars, names, middles, strict=True)):
        written += [
            Label(-sheet.left, middle + (at - (len(name) - 1) / 2) * _PITCH, line, INK, TEXT, bar.total)
            for at, line in enumerate(name)
        ]
        falls = bar.value < 0
        place = x(bar.low) - 5 if falls else x(bar.high) + 5
        written.append(Label(place, middle, bar.said, bar.colour, TEXT, True, "right" if falls else "left", True))
        if number + 1 < len(bars):
            pens.append(Stroke(x(bar.end), middle + _BAR / 2, x(bar.end), middles[number + 1] - _BAR / 2, MUTED, 1.0))
        rows.append({"x": short(bar.low), "x2": short(bar.high), "y": middle - _BAR / 2, "y2": middle + _BAR / 2,
                     "c": bar.colour, "n": bar.name, "s": bar.said})  # fmt: skip
    tips = [alt.Tooltip("s:N", title=words.text("report.chart.value"))]
    drawn = alt.Chart(inline(rows)).mark_rect().encode(
        x_of, PIXEL_Y, alt.Fill("c:N", scale=None, legend=None), x2=alt.X2("x2"), y2=alt.Y2("y2"),
        tooltip=[alt.Tooltip("n:N", title=words.text("report.chart.variable")), *tips],
    )  # fmt: skip
    layers = [drawn, *strokes(pens), *labels(written), *key.layers(-sheet.left, below + (4 if title else 0))]
    return styled(layered(sheet, layers), words.lang)


@dataclass(frozen=True)
class _Bar:
    """One row: from where to where it reaches, where the next one starts, and what is written beside it."""

    name: str
    value: float
    low: float
    high: float
    end: float
    total: bool
    said: str

    @property
    def colour(self) -> str:
        return INK if self.total else ACCENT if self.value < 0 else HUE


def _bars(frame: pd.DataFrame, options: Options, words: Words) -> list[_Bar]:
    found: list[_Bar] = []
    level = 0.0
    for label, value, total in frame[["label", "value", "total"]].itertuples(index=False):
        name, summed = words.name(str(label), prefix=options.text("names")), bool(total)
        if summed:
            level = level if pd.isna(value) else float(value)
            found.append(_Bar(name, level, min(0.0, level), max(0.0, level), level, True, _say(level, options, words)))
            continue
        start, level = level, level + float(value)
        said = _say(float(value), options, words)
        signed = said if said.startswith(MINUS) or float(value) == 0 else f"+{said}"
        found.append(_Bar(name, float(value), min(start, level), max(start, level), level, False, signed))
    return found


def _say(value: float, options: Options, words: Words) -> str:
    digits = options.number("digits")
    return words.tick(float(f"{value:.3g}") if digits is None else round(value, int(digits)))


def _entries(bars: list[_Bar], words: Words) -> list[Entry]:
    kinds = (
        ("rise", HUE, any(bar.value >= 0 and not bar.total for bar in bars)),
        ("fall", ACCENT, any(bar.value < 0 and not bar.total for bar in bars)),
        ("total", INK, any(bar.total for bar in bars)),
    )
    return [Entry(words.text(f"report.chart.{name}"), "band", colour) for name, colour, shown in kinds if shown]


def _scale(low: float, high: float, width: float, said: float, falls: bool) -> Scale:
    """Return a scale that leaves room for the values written beside the bars."""
    per_pixel = ((high - low) or 1.0) / (width - said * (2 if falls and low < 0 else 1))
    return Scale(low - (said * per_pixel if falls and low < 0 else 0.0), high + said * per_pixel, 0, width)
