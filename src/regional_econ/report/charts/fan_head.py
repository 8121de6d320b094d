"""What stands above a fan: the variable, a key, and a strip of words that says what the years are."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import numpy as np

from regional_econ.report.charts.canvas import Label, Sheet, heading, heading_height, labels
from regional_econ.report.charts.fan_data import FanData
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import ELLIPSIS, text_width, wrapped
from regional_econ.report.charts.scales import Scale
from regional_econ.report.charts.style import HUE, INK, MUTED, SMALL, WIDTHS, Size
from regional_econ.report.words import Words

_STRIP_LINE = 13.0
_OVER = 4.0  # what "forecast" may take of its neighbours' years


@dataclass(frozen=True)
class Strip:
    """What the years are, written above the plot: words centred over spans of years, the last within the sheet."""

    spans: tuple[tuple[float, float, tuple[str, ...], str], ...]

    @property
    def height(self) -> float:
        return max((len(lines) for _a, _b, lines, _c in self.spans), default=0) * _STRIP_LINE + 4

    def layers(self, x: Scale, bottom: float, right: float) -> list[alt.Chart]:
        items: list[Label] = []
        for first, last, lines, colour in self.spans:
            wide = max(text_width(line, SMALL) for line in lines)
            middle = min((x(first) + x(last)) / 2, x.end + right - wide / 2 - 1)
            middle = max(middle, x(first) + wide / 2 + 3) if x(last) >= x.end - 1 else middle
            for number, line in enumerate(lines):
                at = bottom + 2 + (number + 0.5) * _STRIP_LINE
                items.append(Label(middle, at, line, colour, SMALL, align="center"))
        return labels(items)


@dataclass(frozen=True)
class FanHead:
    """What stands above the plot: the variable, a key where words do not fit over the years, the strip."""

    fan: FanData
    words: Words
    key: Key
    title: str | None
    total: float
    in_strip: bool

    @classmethod
    def of(cls, found: FanData, words: Words, size: Size) -> FanHead:
        total = float(WIDTHS[size])
        names = {found.name(method, words): found.marker(method) for method in found.methods}
        entries = [] if size == "wide" else [
            Entry(name, "line", INK, 1.4, marker=marker) for name, marker in names.items()
        ]  # fmt: skip
        if size == "narrow" and found.breaks:
            entries.append(Entry(words.text("report.figure.method_break"), "line", MUTED, 1.0, (3, 3)))
        if not found.later().empty:
            marker = found.marker(str(found.later()["method"].iloc[0]))
            entries.append(Entry(words.text("report.figure.actual_later"), "point", INK, marker=marker, hollow=True))
        if any(name.startswith("path") for name in found.wide.columns):
            entries.append(Entry(words.text("report.figure.path"), "line", HUE, 0.9, opacity=0.8))
        return cls(found, words, Key.of(entries, total), found.title, total, size == "wide")

    @property
    def height(self) -> float:
        return heading_height(self.title, self.total) + self.key.height

    def layers(self, sheet: Sheet) -> list[alt.Chart]:
        written, below = heading(self.title, sheet, top=-sheet.top) if self.title else ([], -sheet.top)
        return [*labels(written), *self.key.layers(-sheet.left, below + (4 if self.title else 0))]

    def strip(self, width: float, right: float) -> Strip:
        """Return the strip for a plot of a width; words that are wider than their years are left out.

        The last words may reach into the right margin.
        """
        found, words = self.fan, self.words
        year = width / (found.last - found.first + 1)
        spans: list[tuple[float, float, str, str]] = []
        if self.in_strip:
            starts = [float(found.actual(method).index.min()) - 0.5 for method in found.methods]
            for method, first, then in zip(found.methods, starts, [*starts[1:], np.inf], strict=False):
                last = min(float(found.actual(method).index.max()) + 0.5, then)
                spans.append((first, last, found.name(method, words), INK))
            alike = len({text for _a, _b, text, _c in spans}) < len(spans)
            spans = [max(spans, key=lambda span: span[1] - span[0])] if alike else spans
        if found.origin is not None:
            end = found.last + 0.5 if found.validated is None else min(found.validated, found.last + 0.5)
            spans = [(a, min(b, found.origin), text, colour) for a, b, text, colour in spans]
            spans.append((max(found.origin, found.first - 0.5), end, words.text("report.figure.origin"), MUTED))
        if found.validated is not None and found.validated < found.last - 0.5:
            spans.append((found.validated, found.last + 0.5, words.text("report.figure.extrapolation"), MUTED))
        over = {found.origin: _OVER}
        room = [(b - a) * year + (right if b > found.last else over.get(a, -3.0)) for a, b, *_ in spans]
        lined = [(a, b, tuple(wrapped(text, w, SMALL)), c) for (a, b, text, c), w in zip(spans, room, strict=True)]
        return Strip(tuple(span for span in lined if not any(line.endswith(ELLIPSIS) for line in span[2])))
