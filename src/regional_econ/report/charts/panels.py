"""Several plots on one sheet: equal panels in rows, each with its head, none moved by the width of its labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from regional_econ.report.charts.canvas import Label, Sheet
from regional_econ.report.charts.compound import Grid, Layers
from regional_econ.report.charts.letters import wrapped
from regional_econ.report.charts.style import INK, LINE, TEXT, WIDTHS, Size


@dataclass(frozen=True)
class Board:
    """Where equal panels stand: how many beside each other, their size, the air between them, in pixels.

    `head` is the height of the lines above each panel, `foot` that of the axis below it.
    """

    total: float
    columns: int
    rows: int
    width: float
    height: float
    gap: float
    head: float
    foot: float
    left: float
    top: float

    @classmethod
    def of(
        cls, size: Size, count: int, *, columns: int, height: float, gap: float, left: float, top: float, head: float,
        foot: float = 24.0, right: float = 8.0,
    ) -> Board:  # fmt: skip
        """Lay out panels over the width of a page or a phone, with some air at the right edge."""
        columns = min(count, columns)
        left = round(left)
        width = (WIDTHS[size] - left - right - gap * (columns - 1)) // columns
        return cls(
            WIDTHS[size], columns, -(-count // columns), width, round(height), gap, round(head), round(foot), left,
            round(top),
        )  # fmt: skip

    def sheet(self) -> Sheet:
        """Return the paper of all panels, seen from the first."""
        whole = self.rows * self.height + (self.rows - 1) * (self.head + self.foot)
        return Sheet(self.total, whole, self.left, 0.0, self.top + self.head, self.foot)

    def concat(self, panels: Sequence[Sequence[alt.Chart]]) -> alt.ConcatChart:
        """Return the panels' layers side by side on the sheet."""
        plots = [
            Layers(
                layer=[*([self.sheet().under()] if number == 0 else []), *layers], width=self.width, height=self.height
            )
            for number, layers in enumerate(panels)
        ]
        spacing = alt.RowColnumber(row=self.head + self.foot, column=self.gap)
        return Grid(concat=plots, columns=self.columns, bounds="flush", spacing=spacing, align="none")


def head_lines(text: str, width: float) -> list[str]:
    """Return the head of a panel in lines that fit its width."""
    return wrapped(text, width, TEXT, bold=True)


def head_labels(lines: Sequence[str], *, left: float = 0.0, above: float = 10.0) -> list[Label]:
    """Return the head of a panel, its last line just above the plot, some pixels left of it."""
    return [
        Label(-left, -above - (len(lines) - 1 - number) * LINE, line, INK, TEXT, True)
        for number, line in enumerate(lines)
    ]
