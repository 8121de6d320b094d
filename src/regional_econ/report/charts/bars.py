"""Bars: how large each part is, a panel a group, all on one scale and each with its value written."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import altair as alt
import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import Box, Label, Stroke, boxes, labels, strokes
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.panels import Board, head_labels, head_lines
from regional_econ.report.charts.scales import Scale
from regional_econ.report.charts.style import HUE, INK, LINE, MUTED, SMALL, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_NAME_SHARE: Mapping[Size, float] = {"wide": 0.24, "narrow": 0.42}
_PITCH, _AIR, _BAR, _GAP = 13.0, 9.0, 12.0, 26.0


def bars(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.ConcatChart:
    """Draw a bar a row from zero, in the order of the frame; rows have the same order in every panel.

    Parameters
    ----------
    frame : columns panel, label (ids of variables, regions or texts) and value; each panel has each label at most once.
        With low and high each bar bears a whisker between them.
    options : names (prefix of the text ids of labels), share (1: values are shares, written as percentages), digits (of
        other values; three significant ones by default).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    prefix, total = options.text("names"), WIDTHS[size]
    panels, rows = list(dict.fromkeys(frame["panel"])), list(dict.fromkeys(frame["label"]))
    names = [wrapped(words.name(str(row), prefix=prefix), _NAME_SHARE[size] * total) for row in rows]
    left = 12 + max(text_width(line) for name in names for line in name)
    tops = [0.0, *accumulate(_AIR + _PITCH * len(name) for name in names)]
    columns = min(len(panels), 2 if size == "wide" else 1)
    width = (total - left - 8 - _GAP * (columns - 1)) // columns
    at_left = columns == 1
    heads = [head_lines(words.name(str(panel)), total if at_left else width) for panel in panels]
    board = Board.of(
        size, len(panels), columns=columns, height=tops[-1], gap=_GAP, left=left, top=0,
        head=max(map(len, heads)) * LINE + 8, foot=12,
    )  # fmt: skip
    known = frame.dropna(subset=["value"])
    said = {key: _say(value, options, words) for key, value in _values(known).items()}
    room = max(text_width(text, SMALL) for text in said.values()) + 8
    whiskers = _whiskers(known)
    reached = [0.0, *known["value"].to_numpy(float), *(end for ends in whiskers.values() for end in ends)]
    low, high = min(reached), max(reached)
    x = Scale(low, high if high > low else low + 1.0, 0, board.width - room)
    found: list[list[alt.Chart]] = []
    for number, (panel, head) in enumerate(zip(panels, heads, strict=True)):
        fills: list[Box] = []
        lines = [Stroke(x(0), 0, x(0), board.height, MUTED)]
        written = head_labels(head, left=board.left if at_left else 0.0)
        for index, row in enumerate(rows):
            middle = (tops[index] + tops[index + 1]) / 2
            if number % columns == 0:
                written += [
                    Label(-board.left, middle + (at - (len(names[index]) - 1) / 2) * _PITCH, line, INK, TEXT)
                    for at, line in enumerate(names[index])
                ]
            value = _values(known).get((panel, row))
            if value is not None:
                start, end = sorted((x(0), x(value)))
                fills.append(Box(start, middle - _BAR / 2, end - start, _BAR, HUE))
                if (panel, row) in whiskers:
                    left_end, right_end = (x(limit) for limit in whiskers[panel, row])
                    lines.append(Stroke(left_end, middle, right_end, middle, INK))
                    end = max(end, right_end)
                written.append(Label(end + 5, middle, said[panel, row], INK, SMALL))
        found.append([*boxes(fills), *strokes(lines), *labels(written)])
    return styled(board.concat(found), words.lang)


def _values(frame: pd.DataFrame) -> dict[tuple[object, object], float]:
    keys = zip(frame["panel"], frame["label"], strict=True)
    return dict(zip(keys, frame["value"].to_numpy(float), strict=True))


def _whiskers(frame: pd.DataFrame) -> dict[tuple[object, object], tuple[float, float]]:
    if "low" not in frame:
        return {}
    keys = zip(frame["panel"], frame["label"], strict=True)
    return dict(zip(keys, zip(frame["low"].astype(float), frame["high"].astype(float), strict=True), strict=True))


def _say(value: float, options: Options, words: Words) -> str:
    if options.number("share"):
        return f"<{words.percent(0.01)}" if 0 < value < 0.005 else words.percent(value)
    digits = options.number("digits")
    return words.tick(float(np.round(value, int(digits))) if digits is not None else float(f"{value:.3g}"))
