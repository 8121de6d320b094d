"""The specification curve: every admissible estimate in order, and the choices behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import altair as alt
import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import (
    SPAN_Y,
    SPAN_Y2,
    Box,
    Label,
    Row,
    Sheet,
    Stroke,
    boxes,
    inline,
    labels,
    layered,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.scales import Scale, axis_room, named_axis, number_axis, short, ticks, ticks_within
from regional_econ.report.charts.style import HUE, INK, LINE, MUTED, RULE, SHADES, SMALL, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

CHOICES = (
    "driver", "era", "scale", "weight", "lag", "effects", "measure", "sample", "vintage", "covariates",
)  # fmt: skip
CONTROLS = "controls"
_MAX_INTERVALS = 160
_MAX_CELLS = 96
_ROW, _HEAD, _PITCH = 15.0, 20.0, 12.0
_LEVELS = 5


def specification_curve(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw sorted estimates with 95 % intervals above strips that show which choice each one made.

    Intervals are thinned beyond 160 specifications; estimates never are. Where there are too many specifications
    for a stroke each, a strip is shaded by the share of neighbouring ones that made the choice. A million of them come
    as steps of equal weight with the share of each option: an even share has the middle shade, and twice of it or
    the largest share of the choice the deepest. Choices with a single option are left out.

    Parameters
    ----------
    frame : columns rank, estimate, conf_low, conf_high and any of driver, era, scale, weight, lag, effects,
        measure, sample, vintage, covariates, and controls (ids joined by "+", or "none"); or, a row a step, columns
        ``<choice>.<option>`` and ``controls.<id>`` with shares from 0 to 1.
    options : names (prefix of the text ids of the choices' options, as in ``<names>.era.pooled``, and of controls
        that are no variables, as in ``<names>.term.grp_per_head``).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    frame = frame.sort_values("rank", ignore_index=True)
    groups = _groups(frame, options.text("names"), words)
    total, wide = WIDTHS[size], size == "wide"
    steps = _in_steps(groups)
    median = float(frame["estimate"].median())
    low, high = min(0.0, float(frame["conf_low"].min())), max(0.0, float(frame["conf_high"].max()))
    marks = ticks(low, high, 5)
    longest = max((text_width(row.name, SMALL) for group in groups for row in group.rows), default=0.0)
    room = min(longest + 14, (0.34 if wide else 0.42) * total)
    left = max(room, axis_room(words.tick(tick) for tick in marks))
    named = f"{words.text('report.figure.median')} {words.tick(float(f'{median:.2g}'))}"
    key = Key.of(_entries(groups, words, frame), total)
    curve = 210.0 if wide else 190.0
    strip = sum(_HEAD + sum(_height(row, left) for row in group.rows) for group in groups)
    below = wrapped(words.text(f"report.{'chart.weight_share' if steps else 'figure.specifications'}"), total - 12)
    sheet = Sheet.of(
        size, curve, left=left, right=16 if steps else 6, top=key.height + 6, bottom=strip + 30 + LINE * len(below)
    )
    count = len(frame)
    x = Scale(0.5 - 0.004 * count, count + 0.5 + 0.004 * count, 0, sheet.width)
    y = Scale(low - 0.03 * (high - low), high + 0.03 * (high - low), sheet.height, 0)
    at = [0.5 + count * part / 4 for part in range(5)] if steps else ticks_within(x, 5, words, beyond=6)
    told = {tick: words.percent((tick - 0.5) / count) if steps else words.tick(tick) for tick in at}
    x_of = alt.X("x:Q", scale=x.altair(), axis=named_axis(at, [""] * len(at), grid=False, labels=False))
    y_of = alt.Y("y:Q", scale=y.altair(), axis=number_axis(marks, words))
    beside = left > axis_room(words.tick(tick) for tick in marks) + text_width(named, bold=True) + 12
    at_median = Label(-sheet.left, y(median), named, HUE, TEXT, True) if beside else Label(
        sheet.width - 2, y(median) - 9, named, HUE, TEXT, True, "right", True)  # fmt: skip
    pointer = [Stroke(-sheet.left + text_width(named, bold=True) + 6, y(median), -axis_room(map(words.tick, marks)) - 2,
                      y(median), HUE, 1.0)] if beside else []  # fmt: skip
    foot = sheet.height + strip + 6
    written = [
        at_median,
        *(Label(x(tick), foot + 8, told[tick], MUTED, align="center") for tick in at),
        *(Label(sheet.width, foot + 27 + LINE * number, line, MUTED, TEXT, align="right")
          for number, line in enumerate(below)),
    ]  # fmt: skip
    fills, names = _strips(groups, x, sheet)
    layers = [
        *_curve(frame, groups, x_of, y_of, x, y, words, sheet),
        *strokes([Stroke(0, y(median), sheet.width, y(median), HUE, 1.4, (6, 3)), *pointer]),
        *boxes(fills), *strokes([Stroke(x(tick), foot - 4, x(tick), foot, RULE, 1.0) for tick in at]),
        *labels([*written, *names]), *key.layers(-sheet.left, -sheet.top),
    ]  # fmt: skip
    return styled(layered(sheet, layers), words.lang)


@dataclass(frozen=True)
class _Row:
    """One option of a choice: its name, and by specification or step the share that made it."""

    name: str
    chosen: np.ndarray


@dataclass(frozen=True)
class _Group:
    """One choice with its options; `several` where a specification may make many of them.

    `peak` is the share with the deepest shade, None where each row of the frame is one specification.
    """

    name: str
    rows: tuple[_Row, ...]
    several: bool
    peak: float | None = None


def _groups(frame: pd.DataFrame, names: str | None, words: Words) -> list[_Group]:
    found = _shared(frame, names, words)
    for choice in CHOICES:
        if choice not in frame.columns or frame[choice].nunique(dropna=False) < 2:
            continue
        column = frame[choice].astype(str)
        prefix = f"{names}.{choice}" if names else f"report.choice.{choice}"
        rows = tuple(_Row(_named(value, prefix, words), (column == value).to_numpy()) for value in sorted(set(column)))
        found.append(_Group(words.name(choice, prefix="report.choice"), rows, False))
    if CONTROLS in frame.columns:
        sets = [frozenset(str(value).split("+")) - {"", "none", "None", "nan"} for value in frame[CONTROLS]]
        used = [name for name in sorted(frozenset[str]().union(*sets)) if not all(name in one for one in sets)]
        terms = f"{names}.term" if names else None
        rows = tuple(_Row(_named(name, terms, words), np.array([name in one for one in sets])) for name in used)
        if rows:
            found.append(_Group(words.text("report.choice.covariates"), rows, True))
    return found


def _shared(frame: pd.DataFrame, names: str | None, words: Words) -> list[_Group]:
    """Return the choices of a frame of steps, whose columns hold the share of each option."""
    found: list[_Group] = []
    for choice in (*CHOICES, CONTROLS):
        several = choice == CONTROLS
        prefix = (f"{names}.term" if several else f"{names}.{choice}") if names else None
        rows = tuple(
            _Row(_named(column.removeprefix(f"{choice}."), prefix, words), frame[column].to_numpy(float))
            for column in frame.columns
            if column.startswith(f"{choice}.")
        )
        if len(rows) > 1:
            name = words.name("covariates" if several else choice, prefix="report.choice")
            even = 0.5 if several else 1 / len(rows)
            found.append(_Group(name, rows, several, max(2 * even, *(float(row.chosen.max()) for row in rows))))
    return found


def _entries(groups: Sequence[_Group], words: Words, frame: pd.DataFrame) -> list[Entry]:
    clear = ((frame["conf_low"] > 0) | (frame["conf_high"] < 0)).to_numpy()
    few = _few(frame, groups)
    found = [Entry(words.text("report.figure.estimate"), "point" if few else "line", INK, 2.0)]
    level = words.percent(0.95)
    for chosen, text, colour in ((clear, "clear", HUE), (~clear, "unclear", MUTED)):
        if chosen.any():
            found.append(Entry(f"{level}: {words.text(f'report.chart.{text}')}", "line", colour, 1.6, opacity=0.6))
    if groups and not few:
        found.append(Entry(words.text("report.chart.strip"), "band", SHADES[4]))
    return found


def _curve(
    frame: pd.DataFrame, groups: Sequence[_Group], x_of: alt.X, y_of: alt.Y, x: Scale, y: Scale, words: Words,
    sheet: Sheet,
) -> list[alt.Chart]:  # fmt: skip
    count = min(len(frame), _MAX_INTERVALS, int(sheet.width / 2.8))
    shown = np.unique(np.linspace(0, len(frame) - 1, count).round().astype(int))
    rows = [_told(frame, int(index), len(frame) / count, sheet.height, groups, words) for index in shown]
    chart = alt.Chart(inline(rows))
    pens = chart.mark_rule(strokeWidth=1.3, opacity=0.55).encode(
        x_of, y_of, alt.Stroke("c:N", scale=None, legend=None), y2=alt.Y2("y2")
    )
    line = alt.Chart(
        inline([{"x": int(rank), "y": short(value)} for rank, value in enumerate(frame["estimate"], start=1)])
    )
    few = _few(frame, groups)
    dots = line.mark_point(fill=INK, strokeWidth=0, size=18, opacity=1)
    drawn = dots if few else line.mark_line(color=INK, strokeWidth=2)
    tips = [
        alt.Tooltip("r:N", title=words.text(f"report.chart.{'step' if _in_steps(groups) else 'rank'}")),
        alt.Tooltip("e:N", title=words.text("report.figure.estimate")),
        alt.Tooltip("i:N", title=f"{words.text('report.figure.interval')} {words.percent(0.95)}"),
        *(alt.Tooltip(f"g{number}:N", title=group.name) for number, group in enumerate(groups)),
    ]
    hits = chart.mark_rect(opacity=0, fill=INK).encode(
        alt.X("x1:Q", scale=x.altair(), axis=None),
        x2=alt.X2("x2"),
        y=SPAN_Y,
        y2=SPAN_Y2,
        tooltip=tips,
    )
    return [pens, *strokes([Stroke(0, y(0), sheet.width, y(0), MUTED, 1.2)]), drawn.encode(x_of, y_of), hits]


def _told(frame: pd.DataFrame, index: int, apart: float, height: float, groups: Sequence[_Group], words: Words) -> Row:
    """Return one interval with what a pointer is told of it."""
    estimate, low, high = (float(frame[name].iloc[index]) for name in ("estimate", "conf_low", "conf_high"))
    rank = index + 1
    told: Row = {
        "x": rank, "x1": round(rank - apart / 2, 2), "x2": round(rank + apart / 2, 2),
        "y": short(low), "y2": short(high),
        "p": 0, "q": height, 
        "c": HUE if low > 0 or high < 0 else MUTED, "r": _place(rank, len(frame), groups, words),
        "e": _say(estimate, words), "i": f"{_say(low, words)} … {_say(high, words)}",
    }  # fmt: skip
    for number, group in enumerate(groups):
        told[f"g{number}"] = _chosen(group, index, words) or "—"
    return told


def _place(rank: int, count: int, groups: Sequence[_Group], words: Words) -> str:
    if _in_steps(groups):
        return words.percent((rank - 0.5) / count)
    return f"{words.tick(rank)} / {words.tick(count)}"


def _chosen(group: _Group, index: int, words: Words) -> str:
    """Name what a specification chose, or the options that most of a step chose, with their shares."""
    if group.peak is None:
        return ", ".join(row.name for row in group.rows if row.chosen[index])
    most = max(float(row.chosen[index]) for row in group.rows)
    shown = [row for row in group.rows if row.chosen[index] >= (0.5 if group.several else most)]
    return ", ".join(f"{row.name} {words.percent(float(row.chosen[index]))}" for row in shown)


def _few(frame: pd.DataFrame, groups: Sequence[_Group]) -> bool:
    """Whether each specification can have a mark of its own."""
    return len(frame) <= 2 * _MAX_CELLS and not _in_steps(groups)


def _in_steps(groups: Sequence[_Group]) -> bool:
    """Whether a row of the frame is a step of many specifications."""
    return any(group.peak is not None for group in groups)


def _strips(groups: Sequence[_Group], x: Scale, sheet: Sheet) -> tuple[list[Box], list[Label]]:
    """Draw a strip an option under the curve, its name at the left."""
    fills: list[Box] = []
    names: list[Label] = []
    y = sheet.height + 4
    for group in groups:
        names.append(Label(-sheet.left, y + _HEAD / 2 + 1, group.name, INK, SMALL, True))
        y += _HEAD
        for row in group.rows:
            lines, height = _lines(row, sheet.left), _height(row, sheet.left)
            names += [
                Label(-sheet.left + 6, y + height / 2 + (number - (len(lines) - 1) / 2) * _PITCH, line, INK, SMALL)
                for number, line in enumerate(lines)
            ]
            fills += _strip(row.chosen, y + (height - _ROW) / 2, x, group.peak)
            y += height
    return fills, names


def _lines(row: _Row, left: float) -> list[str]:
    return wrapped(row.name, left - 14, SMALL, lines=2)


def _height(row: _Row, left: float) -> float:
    return _ROW + _PITCH * (len(_lines(row, left)) - 1)


def _strip(chosen: np.ndarray, top: float, x: Scale, peak: float | None) -> list[Box]:
    count = chosen.size
    shaded = peak is not None or count > 2 * _MAX_CELLS
    cells = _MAX_CELLS if count > 2 * _MAX_CELLS else count
    edges = np.linspace(0, count, cells + 1).round().astype(int)
    shares = [float(chosen[a:b].mean()) / (peak or 1.0) for a, b in pairwise(edges)]
    levels = [int(np.ceil(round(share * _LEVELS, 9))) for share in shares]
    found: list[Box] = []
    start = 0
    for number in range(1, len(levels) + 1):
        if number == len(levels) or levels[number] != levels[start]:
            left, right = x(float(edges[start]) + 0.5), x(float(edges[number]) + 0.5)
            colour = RULE if not levels[start] else SHADES[levels[start]] if shaded else HUE
            height = _ROW - 4 if levels[start] else 1.0
            found.append(Box(left, top + (_ROW - height) / 2, right - left, height, colour))
            start = number
    return found


def _named(value: str, prefix: str | None, words: Words) -> str:
    """Return the short name that the choices have for an option, or else what a reader calls it."""
    short_name = f"{prefix}.{value}"
    return words.text(short_name) if short_name in words.catalogue.texts else words.name(value, prefix=prefix)


def _say(value: float, words: Words) -> str:
    return words.tick(float(f"{value:.2g}"))
