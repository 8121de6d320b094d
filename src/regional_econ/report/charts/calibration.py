"""Calibration: does a band that promises 80 % hold 80 % of what happened?"""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import (
    SPAN_X,
    SPAN_X2,
    Label,
    Row,
    Sheet,
    Stroke,
    inline,
    label_width,
    labels,
    layered,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.panels import Board, head_labels, head_lines
from regional_econ.report.charts.scales import Scale, named_axis, short, ticks
from regional_econ.report.charts.style import (
    ACCENT,
    HUE,
    INK,
    LINE,
    MARKERS,
    MUTED,
    PAPER,
    SERIES,
    TARGET_DASH,
    TEXT,
    WIDTHS,
    Size,
    styled,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_FEW = 4
_ROW = 30.0
_LABEL_SHARE: Mapping[Size, float] = {"wide": 0.3, "narrow": 0.4}


def calibration(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart | alt.LayerChart:
    """Draw achieved against promised coverage, with intervals where they are given.

    Up to four promised levels stand as panels, a row a model, with a line at the promise; more levels are drawn as
    lines against the diagonal.

    Parameters
    ----------
    frame : columns model, nominal, coverage (shares between 0 and 1); conf_low, conf_high where known.
    options : names (prefix of the text ids of models), row (text id of what a row is, for tooltips: the model).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    names = {model: words.name(str(model), prefix=options.text("names")) for model in dict.fromkeys(frame["model"])}
    levels = sorted(set(frame["nominal"].astype(float)))
    if len(levels) <= _FEW:
        return _panels(frame, levels, names, options.text("row") or "report.chart.model", words, size)
    return _diagonal(frame, names, words, size)


def _panels(
    frame: pd.DataFrame, levels: list[float], names: Mapping[str, str], title: str, words: Words, size: Size
) -> alt.ConcatChart:
    room = _LABEL_SHARE[size] * WIDTHS[size]
    written = [wrapped(name, room) for name in names.values()]
    left = 14 + max(text_width(line) for lines in written for line in lines)
    columns = (2 if len(levels) in (2, 4) else 3) if size == "wide" else 1
    entries = [Entry(words.text("report.figure.coverage"), "point", INK)]
    if "conf_low" in frame.columns:
        entries.append(Entry(f"{words.text('report.figure.interval')} {words.percent(0.95)}", "line", HUE, 4))
    entries.append(Entry(words.text("report.figure.nominal"), "line", ACCENT, 1.6, TARGET_DASH))
    key = Key.of(entries, WIDTHS[size])
    board = Board.of(
        size, len(levels), columns=columns, height=_ROW * len(names), gap=30, left=left, top=key.height, head=26,
        foot=34, right=20,
    )  # fmt: skip
    columns_low = [name for name in ("coverage", "nominal", "conf_low") if name in frame.columns]
    low = max(0.0, float(frame[columns_low].min().min()) - 0.03)
    x = Scale(low, 1.0, 0, board.width)
    panels: list[list[alt.Chart]] = []
    for number, level in enumerate(levels):
        part = frame[frame["nominal"].astype(float) == level].set_index("model")
        head = head_lines(f"{words.text('report.figure.interval')} {words.percent(level)}", board.width)
        layers = _panel(part, level, names, title, words, x, board)
        items = head_labels(head)
        if number == 0:
            layers = [*key.layers(-board.left, -board.top - board.head), *layers]
        if number % columns == 0:
            items += [
                Label(-board.left, _ROW * (row + 0.5) + (at - (len(lines) - 1) / 2) * 14, line)
                for row, lines in enumerate(written) for at, line in enumerate(lines)
            ]  # fmt: skip
        panels.append([*layers, *labels(items)])
    return styled(board.concat(panels), words.lang)


def _panel(
    part: pd.DataFrame, level: float, names: Mapping[str, str], title: str, words: Words, x: Scale, board: Board
) -> list[alt.Chart]:
    values = [value for value in ticks(x.low, 1.0, 5) if value <= 1.0]
    axis = named_axis(values, [words.percent(value) for value in values])
    rows: list[Row] = []
    for number, (model, name) in enumerate(names.items()):
        if model not in part.index:
            continue
        columns = [name for name in ("coverage", "conf_low", "conf_high") if name in part.columns]
        line = {name: float(part[name].to_dict()[model]) for name in columns}
        row: Row = {
            "y": _ROW * (number + 0.5), "y1": _ROW * number, "y2": _ROW * (number + 1), "m": name,
            "p": 0, "q": board.width, "v": short(line["coverage"]), "s": _percent(line["coverage"], words),
        }  # fmt: skip
        if "conf_low" in part.columns:
            row |= {"a": short(line["conf_low"]), "b": short(line["conf_high"]),
                    "i": f"{_percent(line['conf_low'], words)} … {_percent(line['conf_high'], words)}"}  # fmt: skip
        rows.append(row)
    chart, scale = alt.Chart(inline(rows)), x.altair()
    y = alt.Y("y:Q", scale=None, axis=None)
    layers = [
        chart.mark_point(shape="circle", fill=INK, stroke=PAPER, strokeWidth=1, size=70, opacity=1).encode(
            alt.X("v:Q", scale=scale, axis=axis), y
        )
    ]
    tips = [alt.Tooltip("m:N", title=words.text(title)),
            alt.Tooltip("s:N", title=words.text("report.figure.coverage"))]  # fmt: skip
    if "conf_low" in part.columns:
        pen = chart.mark_rule(color=HUE, strokeWidth=4).encode(alt.X("a:Q", scale=scale, axis=axis), y, x2=alt.X2("b"))
        layers.insert(0, pen)
        tips.append(alt.Tooltip("i:N", title=f"{words.text('report.figure.interval')} {words.percent(0.95)}"))
    hits = chart.mark_rect(opacity=0).encode(
        x=SPAN_X,
        x2=SPAN_X2,
        y=alt.Y("y1:Q", scale=None, axis=None),
        y2=alt.Y2("y2"),
        tooltip=tips,
    )
    at = x(level)
    return [*strokes([Stroke(at, 0, at, board.height, ACCENT, 1.6, TARGET_DASH)]), *layers, hits]


def _diagonal(frame: pd.DataFrame, names: Mapping[str, str], words: Words, size: Size) -> alt.LayerChart:
    entries = [
        Entry(name, "line", SERIES[number % len(SERIES)], 2.0, marker=MARKERS[number % len(MARKERS)])
        for number, name in enumerate(names.values())
    ]
    entries.append(Entry(words.text("report.figure.ideal"), "line", MUTED, 1.2, TARGET_DASH))
    key = Key.of(entries, WIDTHS[size])
    low = max(0.0, float(frame[["nominal", "coverage"]].min().min()) - 0.05)
    values = ticks(low, 1.0, 5)
    shown = [words.percent(value) for value in values]
    side = 400.0 if size == "wide" else 290.0
    left = label_width(max(shown, key=text_width)) + 4
    top = key.height + LINE + 8
    sheet = Sheet.of(size, side, left=left, right=WIDTHS[size] - left - side, top=top, bottom=44)
    scale = Scale(low, 1.0, 0, sheet.width)
    x = alt.X("x:Q", scale=scale.altair(), axis=named_axis(values, shown))
    y = alt.Y("y:Q", scale=scale.altair(), axis=named_axis(values, shown))
    layers = strokes([Stroke(0, sheet.height, sheet.width, 0, MUTED, 1.2, TARGET_DASH)])
    for number, model in enumerate(names):
        part = frame[frame["model"] == model].sort_values("nominal")
        colour, shape = SERIES[number % len(SERIES)], MARKERS[number % len(MARKERS)]
        rows = [
            {"x": short(promised), "y": short(found), "s": f"{_percent(promised, words)} → {_percent(found, words)}"}
            for promised, found in part[["nominal", "coverage"]].itertuples(index=False)
        ]
        chart = alt.Chart(inline(rows))
        if "conf_low" in part.columns:
            limits = [
                {"x": short(promised), "y": short(low), "y2": short(high)}
                for promised, low, high in part[["nominal", "conf_low", "conf_high"]].itertuples(index=False)
            ]
            layers.append(
                alt.Chart(inline(limits)).mark_rule(color=colour, strokeWidth=1.2).encode(x, y, y2=alt.Y2("y2"))
            )
        layers.append(chart.mark_line(color=colour, strokeWidth=1.8).encode(x, y))
        tip = [alt.Tooltip("s:N", title=names[model])]
        layers.append(
            chart.mark_point(shape=shape, fill=colour, strokeWidth=0, size=45, opacity=1).encode(x, y, tooltip=tip)
        )
    items = [
        Label(-sheet.left, -LINE + 2, words.text("report.figure.coverage"), MUTED, TEXT),
        Label(sheet.width, sheet.height + 36, words.text("report.figure.nominal"), MUTED, TEXT, align="right"),
    ]
    return styled(layered(sheet, [*layers, *labels(items), *key.layers(-sheet.left, -sheet.top)]), words.lang)


def _percent(share: float, words: Words) -> str:
    return words.with_unit(words.tick(float(f"{100 * float(share):.3g}")), "%")
