"""Coefficients with their intervals, one panel a term, one row a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import SPAN_X, SPAN_X2, Box, Label, Row, Stroke, boxes, inline, labels, strokes
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.panels import Board, head_labels, head_lines
from regional_econ.report.charts.scales import Scale, number_axis, short, ticks_within
from regional_econ.report.charts.style import HUE, INK, LINE, MUTED, PAPER, SHADES, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_LABEL_SHARE: Mapping[Size, float] = {"wide": 0.27, "narrow": 0.4}
_PITCH = 14.0
_GAP = 22.0


def coefficients(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw each coefficient with its 80 % (thick) and 95 % (thin) interval.

    Every term has its own axis, because coefficients of different variables have different units.

    Parameters
    ----------
    frame : columns term, model, estimate, conf_low80, conf_high80, conf_low95, conf_high95.
    options : names (prefix of the text ids of models), highlight (a model that stands out).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    terms, models = list(dict.fromkeys(frame["term"])), [str(model) for model in dict.fromkeys(frame["model"])]
    highlight = options.text("highlight")
    shown = [words.name(model, prefix=options.text("names")) for model in models]
    room = _LABEL_SHARE[size] * WIDTHS[size]
    names = [wrapped(name, room, bold=model == highlight) for model, name in zip(models, shown, strict=True)]
    left = 12 + max(text_width(line, bold=True) for name in names for line in name)
    tops = [0.0, *accumulate(11.0 + _PITCH * len(name) for name in names)]
    columns = min(len(terms), 2 if size == "wide" else 1)
    width = (WIDTHS[size] - left - 8 - _GAP * (columns - 1)) // columns
    at_left = columns == 1
    heads = [head_lines(words.name(str(term)), WIDTHS[size] if at_left else width) for term in terms]
    key = _key(words, WIDTHS[size])
    board = Board.of(
        size, len(terms), columns=columns, height=tops[-1], gap=_GAP, left=left, top=key.height,
        head=max(map(len, heads)) * LINE + 8, foot=32,
    )  # fmt: skip
    panels: list[list[alt.Chart]] = []
    for number, (term, head) in enumerate(zip(terms, heads, strict=True)):
        part = frame[frame["term"] == term].assign(model=lambda rows: rows["model"].astype(str)).set_index("model")
        layers = _panel(part, models, shown, tops, words, board, highlight)
        if number == 0:
            layers += key.layers(-board.left, -board.top - board.head)
        written = head_labels(head, left=board.left if at_left else 0.0)
        if number % columns == 0:
            written += [
                Label(-board.left, (tops[index] + tops[index + 1]) / 2 + (at - (len(name) - 1) / 2) * _PITCH, line,
                      INK, TEXT, models[index] == highlight)
                for index, name in enumerate(names) for at, line in enumerate(name)
            ]  # fmt: skip
        panels.append([*layers, *labels(written)])
    return styled(board.concat(panels), words.lang)


def _key(words: Words, total: float) -> Key:
    interval = words.text("report.figure.interval")
    entries = [Entry(words.text("report.figure.estimate"), "point", INK)]
    for level, width in ((0.80, 5.0), (0.95, 1.4)):
        entries.append(Entry(f"{interval} {words.percent(level)}", "line", HUE, width))
    return Key.of(entries, total)


def _panel(
    part: pd.DataFrame, models: Sequence[str], shown: Sequence[str], tops: Sequence[float], words: Words, board: Board,
    highlight: str | None,
) -> list[alt.Chart]:  # fmt: skip
    low, high = min(0.0, float(part["conf_low95"].min())), max(0.0, float(part["conf_high95"].max()))
    air = 0.04 * ((high - low) or 1.0)
    x = Scale(low - air, high + air, 0, board.width)
    axis = number_axis(ticks_within(x, max(3, round(board.width / 60)), words, beyond=8), words)
    spans = dict(zip(models, pairwise(tops), strict=True))
    band = [Box(0, top, board.width, end - top, SHADES[0]) for model, (top, end) in spans.items() if model == highlight]
    pens = [Stroke(x(0), 0, x(0), board.height, MUTED, 1.0)]
    found: list[Row] = []
    for model, name in zip(models, shown, strict=True):
        if model not in part.index:
            continue
        line = {str(name): float(part[name].to_dict()[model]) for name in part.columns.drop("term")}
        limits = {"a": "conf_low95", "b": "conf_high95", "d": "conf_low80", "e": "conf_high80", "v": "estimate"}
        told = {key: short(line[column]) for key, column in limits.items()}
        said = {
            f"s{level}": f"{_say(line[f'conf_low{level}'], words)} … {_say(line[f'conf_high{level}'], words)}"
            for level in (80, 95)
        }
        top, end = spans[model]
        place = {"p": 0, "q": board.width, "y": (top + end) / 2, "y1": top, "y2": end}
        size = 80 if model == highlight else 48
        found.append({**told, **said, **place, "m": name, "s": _say(line["estimate"], words), "z": size})
    chart = alt.Chart(inline(found))
    y = alt.Y("y:Q", scale=None, axis=None)
    scale = x.altair()
    tips = [
        alt.Tooltip("m:N", title=words.text("report.chart.model")),
        alt.Tooltip("s:N", title=words.text("report.figure.estimate")),
        *(alt.Tooltip(f"s{level}:N", title=words.percent(level / 100)) for level in (80, 95)),
    ]
    return [
        *boxes(band), *strokes(pens),
        chart.mark_rule(color=HUE, strokeWidth=1.4).encode(alt.X("a:Q", scale=scale, axis=axis), y, x2=alt.X2("b")),
        chart.mark_rule(color=HUE, strokeWidth=5).encode(alt.X("d:Q", scale=scale, axis=axis), y, x2=alt.X2("e")),
        chart.mark_point(shape="circle", fill=INK, stroke=PAPER, strokeWidth=1, opacity=1).encode(
            alt.X("v:Q", scale=scale, axis=axis), y, alt.Size("z:Q", scale=None, legend=None)
        ),
        chart.mark_rect(opacity=0).encode(
            x=SPAN_X, x2=SPAN_X2, y=alt.Y("y1:Q", scale=None, axis=None), y2=alt.Y2("y2"), tooltip=tips
        ),
    ]  # fmt: skip


def _say(value: float, words: Words) -> str:
    return words.tick(float(f"{float(value):.3g}"))
