"""Coefficients with their intervals, one panel a term, one row a model; models may stand in groups, on one axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import (
    SPAN_X,
    SPAN_X2,
    Box,
    Label,
    Point,
    Row,
    Stroke,
    boxes,
    inline,
    labels,
    points,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.panels import Board, head_labels, head_lines
from regional_econ.report.charts.scales import Scale, number_axis, short, ticks_within
from regional_econ.report.charts.style import (
    ACCENT,
    HUE,
    INK,
    LINE,
    MUTED,
    PAPER,
    SHADES,
    SMALL,
    TEXT,
    WIDTHS,
    Size,
    styled,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_LABEL_SHARE: Mapping[Size, float] = {"wide": 0.27, "narrow": 0.4}
_PITCH = 14.0
_AIR, _DENSE = 11.0, 5.0
_GAP = 22.0
_GUTTER = 34.0  # for the figures of what lies beyond the axis
_NUMBERS = ("estimate", "conf_low80", "conf_high80", "conf_low95", "conf_high95")


@dataclass(frozen=True)
class _Lines:
    """Where the models stand: the upper and lower end of each, the lines of its name, and the heads of groups."""

    spans: Mapping[str, tuple[float, float]]
    names: Mapping[str, tuple[str, list[str]]]
    heads: tuple[tuple[float, str], ...]
    height: float

    @classmethod
    def of(cls, frame: pd.DataFrame, options: Options, words: Words, room: float, highlight: str | None) -> _Lines:
        models = [str(model) for model in dict.fromkeys(frame["model"])]
        groups = dict(zip(frame["model"].astype(str), frame["group"], strict=True)) if "group" in frame else {}
        air, at, before = _DENSE if groups else _AIR, 0.0, None
        spans: dict[str, tuple[float, float]] = {}
        names: dict[str, tuple[str, list[str]]] = {}
        heads: list[tuple[float, str]] = []
        for model in models:
            if groups and groups[model] != before:
                before = groups[model]
                at += 4 if heads else 0
                for line in wrapped(words.name(str(before), prefix=options.text("groups")), room, bold=True):
                    heads.append((at + LINE / 2, line))
                    at += LINE
            shown = words.name(model, prefix=options.text("names"))
            names[model] = (shown, wrapped(shown, room, bold=model == highlight))
            spans[model] = (at, at + air + _PITCH * len(names[model][1]))
            at = spans[model][1]
        return cls(spans, names, tuple(heads), at)

    def width(self) -> float:
        """Of the widest line."""
        lines = [line for _, name in self.names.values() for line in name] + [line for _, line in self.heads]
        return max(text_width(line, bold=True) for line in lines)

    def labels(self, left: float, highlight: str | None) -> list[Label]:
        found = [Label(-left, y, line, MUTED, TEXT, True) for y, line in self.heads]
        for model, (top, end) in self.spans.items():
            name = self.names[model][1]
            found += [
                Label(-left, (top + end) / 2 + (at - (len(name) - 1) / 2) * _PITCH, line, INK, TEXT, model == highlight)
                for at, line in enumerate(name)
            ]
        return found


def coefficients(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw each coefficient with its 80 % (thick) and 95 % (thin) interval.

    Every term has its own axis, because coefficients of different variables have different units; with `limits` all
    have that axis, what lies beyond ends in an arrow with its figure, and a model without an estimate says so.

    Parameters
    ----------
    frame : columns term, model, estimate, conf_low80, conf_high80, conf_low95, conf_high95; group, if models stand
        under heads; mark, a figure that is held against the intervals.
    options : names (prefix of the text ids of models), groups (of those of groups), highlight (a model that stands
        out), limits (both ends of one axis for all terms), estimate_name and mark_name (text ids for the key).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    terms = list(dict.fromkeys(frame["term"]))
    highlight, limits = options.text("highlight"), options.numbers("limits")
    lines = _Lines.of(frame, options, words, _LABEL_SHARE[size] * WIDTHS[size], highlight)
    left = 12 + lines.width()
    columns = min(len(terms), 2 if size == "wide" else 1)
    width = (WIDTHS[size] - left - 8 - _GAP * (columns - 1)) // columns
    at_left = columns == 1
    heads = [head_lines(words.name(str(term)), WIDTHS[size] if at_left else width) for term in terms]
    key = _key(words, WIDTHS[size], options, is_cut=bool(limits))
    board = Board.of(
        size, len(terms), columns=columns, height=lines.height, gap=_GAP, left=left, top=key.height,
        head=max(map(len, heads)) * LINE + 8, foot=32,
    )  # fmt: skip
    panels: list[list[alt.Chart]] = []
    for number, (term, head) in enumerate(zip(terms, heads, strict=True)):
        part = frame[frame["term"] == term].assign(model=lambda rows: rows["model"].astype(str)).set_index("model")
        layers = _panel(part, lines, words, board, highlight, limits)
        if number == 0:
            layers += key.layers(-board.left, -board.top - board.head)
        written = head_labels(head, left=board.left if at_left else 0.0)
        if number % columns == 0:
            written += lines.labels(board.left, highlight)
        panels.append([*layers, *labels(written)])
    return styled(board.concat(panels), words.lang)


def _key(words: Words, total: float, options: Options, *, is_cut: bool) -> Key:
    interval, marked = words.text("report.figure.interval"), options.text("mark_name")
    entries = [Entry(words.text(options.text("estimate_name") or "report.figure.estimate"), "point", INK)]
    for level, width in ((0.80, 5.0), (0.95, 1.4)):
        entries.append(Entry(f"{interval} {words.percent(level)}", "line", HUE, width))
    if is_cut:
        entries.append(Entry(words.text("report.chart.beyond_axis"), "point", HUE, marker="triangle-right"))
    if marked:
        entries.append(Entry(words.text(marked), "point", ACCENT, marker="diamond"))
    return Key.of(entries, total)


def _panel(
    part: pd.DataFrame, lines: _Lines, words: Words, board: Board, highlight: str | None, limits: tuple[float, ...]
) -> list[alt.Chart]:
    if limits:
        x = Scale(limits[0], limits[1], _GUTTER, board.width - _GUTTER)
    else:
        reach = part[[name for name in ("conf_low95", "conf_high95", "mark") if name in part.columns]]
        low, high = min(0.0, float(reach.min().min())), max(0.0, float(reach.max().max()))
        air = 0.04 * ((high - low) or 1.0)
        x = Scale(low - air, high + air, 0, board.width)
    axis = number_axis(ticks_within(x, max(3, round(board.width / 60)), words, beyond=_GUTTER if limits else 8), words)
    band = [
        Box(0, top, board.width, end - top, SHADES[0])
        for model, (top, end) in lines.spans.items()
        if model == highlight
    ]
    pens = [Stroke(x(0), 0, x(0), board.height, MUTED, 1.0)]
    found: list[Row] = []
    arrows: list[Point] = []
    marks: list[Point] = []
    notes: list[Label] = []
    for model, (top, end) in lines.spans.items():
        if model not in part.index:
            if limits:
                notes.append(Label(x(0) + 8, (top + end) / 2, words.text("report.chart.no_estimate"), MUTED, SMALL))
            continue
        line = {str(name): float(part[name].to_dict()[model]) for name in _NUMBERS}
        ends = {"a": "conf_low95", "b": "conf_high95", "d": "conf_low80", "e": "conf_high80", "v": "estimate"}
        told = {key: short(min(max(line[column], x.low), x.high)) for key, column in ends.items()}
        said = {
            f"s{level}": f"{_say(line[f'conf_low{level}'], words)} … {_say(line[f'conf_high{level}'], words)}"
            for level in (80, 95)
        }
        place = {"p": 0, "q": board.width, "y": (top + end) / 2, "y1": top, "y2": end, "w": line["estimate"]}
        size = 80 if model == highlight else 48
        name = lines.names[model][0]
        found.append({**told, **said, **place, "m": name, "s": _say(line["estimate"], words), "z": size})
        if limits:
            cut, written = _beyond(line, x, (top + end) / 2, words)
            arrows += cut
            notes += written
        if "mark" in part.columns:
            marks.append(Point(x(float(part["mark"].to_dict()[model])), (top + end) / 2, ACCENT, "diamond", 56))
    chart = alt.Chart(inline(found))
    y = alt.Y("y:Q", scale=None, axis=None)
    scale = alt.Scale(domain=[x.low, x.high], range=[x.start, x.end], nice=False, zero=False) if limits else x.altair()
    inside = [row for row in found if x.low <= float(row["w"] or 0) <= x.high]
    tips = [
        alt.Tooltip("m:N", title=words.text("report.chart.model")),
        alt.Tooltip("s:N", title=words.text("report.figure.estimate")),
        *(alt.Tooltip(f"s{level}:N", title=words.percent(level / 100)) for level in (80, 95)),
    ]
    return [
        *boxes(band), *strokes(pens),
        chart.mark_rule(color=HUE, strokeWidth=1.4).encode(alt.X("a:Q", scale=scale, axis=axis), y, x2=alt.X2("b")),
        chart.mark_rule(color=HUE, strokeWidth=5).encode(alt.X("d:Q", scale=scale, axis=axis), y, x2=alt.X2("e")),
        *points(arrows), *labels(notes),
        alt.Chart(inline(inside)).mark_point(shape="circle", fill=INK, stroke=PAPER, strokeWidth=1, opacity=1).encode(
            alt.X("v:Q", scale=scale, axis=axis), y, alt.Size("z:Q", scale=None, legend=None)
        ),
        *points(marks),
        chart.mark_rect(opacity=0).encode(
            x=SPAN_X, x2=SPAN_X2, y=alt.Y("y1:Q", scale=None, axis=None), y2=alt.Y2("y2"), tooltip=tips
        ),
    ]  # fmt: skip


def _beyond(line: Mapping[str, float], x: Scale, y: float, words: Words) -> tuple[list[Point], list[Label]]:
    """Arrows at the ends of an axis that a 95 % interval passes, and the figures where it ends."""
    arrows, figures = [], []
    if line["conf_low95"] < x.low:
        arrows.append(Point(x.start, y, HUE, "triangle-left", 60))
        figures.append(Label(x.start - 7, y, _say(line["conf_low95"], words, 2), INK, SMALL, align="right"))
    if line["conf_high95"] > x.high:
        arrows.append(Point(x.end, y, HUE, "triangle-right", 60))
        figures.append(Label(x.end + 7, y, _say(line["conf_high95"], words, 2), INK, SMALL))
    return arrows, figures


def _say(value: float, words: Words, digits: int = 3) -> str:
    return words.tick(float(f"{float(value):.{digits}g}"))
