"""Intervals: estimates with their 95 % intervals along an axis, such as regions in order or numbers of instruments."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import PIXEL_X, SPAN_Y, SPAN_Y2, Label, Row, Stroke, inline, labels, strokes
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.panels import Board, head_labels, head_lines
from regional_econ.report.charts.scales import Scale, axis_room, number_axis, short, ticks, ticks_within
from regional_econ.report.charts.style import ACCENT, DASHES, INK, LINE, MUTED, SERIES, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_HEIGHT, _GAP, _FOOT, _NOTE = 210.0, 24.0, 20.0, 18.0
_COLOURS = (INK, SERIES[0], SERIES[2], SERIES[3])
_SHAPES = ("circle", "square", "triangle-up", "diamond")


def intervals(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw a point with its 95 % interval at each place, a panel a group; highlighted ones are named.

    Parameters
    ----------
    frame : columns panel, x, series, estimate, conf_low, conf_high, label (region id or empty), highlight (true where
        the label is written). A row without x is a level: a dashed line through the whole panel, of its series' name.
    options : names (prefix of the text ids of panels and series), x, y (text ids of what the axes measure), mark (a
        place of x that is marked in all panels) and mark_name (text id of its name), ranks (1: x is an order and bears
        no numbers).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    prefix, total = options.text("names"), WIDTHS[size]
    known = frame.dropna(subset=["estimate"])
    panels = list(dict.fromkeys(known["panel"]))
    marked = options.number("mark")
    pens = _pens(known, prefix, words)
    named = options.text("mark_name") if marked is not None else None
    entries = [pen.entry() for pen in pens.values()] if len(pens) > 1 else []
    entries += [Entry(words.text(named), "line", ACCENT, 1.4)] if named else []
    key = Key.of(entries, total)
    limits = {panel: _limits(known[known["panel"] == panel]) for panel in panels}
    marks = {panel: ticks(*limits[panel], 5) for panel in panels}
    room = round(max(axis_room(words.tick(tick) for tick in values) for values in marks.values()))
    columns = min(len(panels), 2 if size == "wide" else 1)
    width = (total - room - 8 - (_GAP + room) * (columns - 1)) // columns
    heads = [head_lines(words.name(str(panel), prefix=prefix), width + room) for panel in panels]
    above, below = (_lines(options.text(name), words, width + room) for name in ("y", "x"))
    noted = _NOTE if known["highlight"].astype(bool).any() else 0.0
    foot = (0 if options.number("ranks") else _FOOT) + LINE * len(below) + 6
    head = (max(map(len, heads)) + len(above)) * LINE + 16 + noted
    board = Board.of(
        size, len(panels), columns=columns, height=_HEIGHT, gap=_GAP + room, left=room, top=key.height, head=head,
        foot=foot,
    )  # fmt: skip
    places = [*known["x"].dropna(), *([] if marked is None else [marked])]
    air = 0.03 * ((max(places) - min(places)) or 1.0)
    x = Scale(min(places) - air, max(places) + air, 0, board.width)
    found: list[list[alt.Chart]] = []
    for number, (panel, lines) in enumerate(zip(panels, heads, strict=True)):
        y = Scale(*limits[panel], board.height, 0)
        part = known[known["panel"] == panel]
        layers = _frame_of(x, y, marks[panel], marked, words, ranks=bool(options.number("ranks")))
        layers += _panel(part, pens, x, y, words)
        if number == 0:
            layers += key.layers(-board.left, -board.top - board.head)
        written = head_labels(lines, left=room)
        up = LINE * len(above) + 4 + noted
        moved = [Label(one.x, one.y - up, one.text, one.colour, one.size, one.bold) for one in written]
        moved += [
            Label(-room, -14 - noted - (len(above) - 1 - at) * LINE, line, MUTED) for at, line in enumerate(above)
        ]
        moved += [
            Label(board.width, board.height + foot - (len(below) - 0.5 - at) * LINE, line, MUTED, align="right")
            for at, line in enumerate(below)
        ]
        notes, leaders = _notes(part, x, y, words)
        found.append([*layers, *strokes(leaders), *labels([*moved, *notes])])
    return styled(board.concat(found), words.lang)


@dataclass(frozen=True)
class _Pen:
    """How a series is drawn: a level is a dashed line."""

    name: str
    colour: str
    shape: str
    dash: tuple[int, ...]

    def entry(self) -> Entry:
        """Return its line of the key."""
        if self.dash:
            return Entry(self.name, "line", self.colour, 1.6, self.dash)
        return Entry(self.name, "point", self.colour, marker=self.shape)


def _pens(frame: pd.DataFrame, prefix: str | None, words: Words) -> dict[object, _Pen]:
    drawn = list(dict.fromkeys(frame["series"][frame["x"].notna()]))
    levels = list(dict.fromkeys(frame["series"][frame["x"].isna()]))
    found: dict[object, _Pen] = {}
    for number, series in enumerate(drawn):
        name = words.name(str(series), prefix=prefix)
        found[series] = _Pen(name, _COLOURS[number % len(_COLOURS)], _SHAPES[number % len(_SHAPES)], ())
    for number, series in enumerate(levels):
        dash = DASHES[1 + number % (len(DASHES) - 1)]
        found[series] = _Pen(words.name(str(series), prefix=prefix), MUTED, "", dash)
    return found


def _limits(part: pd.DataFrame) -> tuple[float, float]:
    values = part[["estimate", "conf_low", "conf_high"]]
    low, high = min(0.0, float(values.min().min())), max(0.0, float(values.max().max()))
    air = 0.04 * ((high - low) or 1.0)
    return low - air, high + air


def _lines(text: str | None, words: Words, width: float) -> list[str]:
    return wrapped(words.axis(text), width) if text else []


def _frame_of(
    x: Scale, y: Scale, marks: Sequence[float], marked: float | None, words: Words, *, ranks: bool
) -> list[alt.Chart]:
    """Return axes, the line of zero and the marked place."""
    across = number_axis(ticks_within(x, 6, words, beyond=8), words, grid=False, labels=not ranks)
    nothing = alt.Chart(inline([{"x": x.low, "y": y.low}])).mark_point(opacity=0)
    axis = alt.Axis(values=[], ticks=False) if ranks else across
    axes = nothing.encode(
        alt.X("x:Q", scale=x.altair(), axis=axis), alt.Y("y:Q", scale=y.altair(), axis=number_axis(marks, words))
    )
    pens = [Stroke(0, y(0), x.end, y(0), MUTED, 1.2)]
    pens += [] if marked is None else [Stroke(x(marked), 0, x(marked), y.start, ACCENT, 1.4)]
    return [axes, *strokes(pens)]


def _panel(part: pd.DataFrame, pens: dict[object, _Pen], x: Scale, y: Scale, words: Words) -> list[alt.Chart]:
    levels = [
        Stroke(0, y(value), x.end, y(value), pens[series].colour, 1.6, pens[series].dash)
        for series, value in part.loc[part["x"].isna(), ["series", "estimate"]].itertuples(index=False)
    ]
    layers = strokes(levels)
    tips = [
        alt.Tooltip("n:N", title=words.text("report.chart.region")),
        alt.Tooltip("e:N", title=words.text("report.figure.estimate")),
        alt.Tooltip("i:N", title=f"{words.text('report.figure.interval')} {words.percent(0.95)}"),
    ]
    for series, rows in part[part["x"].notna()].groupby("series", sort=False):
        pen = pens[series]
        chart = alt.Chart(inline([_row(row, pen, x, y, words) for row in rows.to_dict("records")]))
        ink = alt.Stroke("c:N", scale=None, legend=None)
        layers += [
            chart.mark_rule(strokeWidth=1.4, opacity=0.7).encode(
                PIXEL_X, alt.Y("a:Q", scale=None, axis=None), ink, y2=alt.Y2("b")
            ),
            chart.mark_point(shape=pen.shape, size=26, strokeWidth=0, opacity=1).encode(
                PIXEL_X, alt.Y("y:Q", scale=None, axis=None), alt.Fill("c:N", scale=None, legend=None)
            ),
            chart.mark_rule(strokeWidth=6, opacity=0).encode(
                PIXEL_X, y=SPAN_Y, y2=SPAN_Y2, tooltip=tips if any(rows["label"]) else tips[1:]
            ),
        ]
    return layers


def _row(row: Mapping[Hashable, object], pen: _Pen, x: Scale, y: Scale, words: Words) -> Row:
    place, estimate, low, high = (float(str(row[name])) for name in ("x", "estimate", "conf_low", "conf_high"))
    label = row["label"]
    return {
        "x": round(x(place), 1), "y": round(y(estimate), 1), "a": round(y(low), 1), "b": round(y(high), 1),
        "p": 0, "q": y.start, "c": ACCENT if row["highlight"] else pen.colour,
        "n": words.name(label) if isinstance(label, str) and label else "",
        "e": _say(estimate, words), "i": f"{_say(low, words)} … {_say(high, words)}",
    }  # fmt: skip


def _notes(part: pd.DataFrame, x: Scale, y: Scale, words: Words) -> tuple[list[Label], list[Stroke]]:
    """Write the names of highlighted points above the plot, each with a stroke down to its interval."""
    notes: list[Label] = []
    leaders: list[Stroke] = []
    for row in part[part["highlight"].astype(bool) & part["x"].notna()].to_dict("records"):
        name, at = words.name(str(row["label"])), x(float(row["x"]))
        half = text_width(name, TEXT, bold=True) / 2
        middle = min(max(at, half), max(x.end - half, half))
        notes.append(Label(middle, -10, name, ACCENT, TEXT, True, "center"))
        leaders.append(Stroke(at, -2, at, y(float(row["conf_high"])) - 2, ACCENT))
    return notes, leaders


def _say(value: float, words: Words) -> str:
    return words.tick(short(float(f"{value:.3g}")))
