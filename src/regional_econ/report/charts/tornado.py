"""The tornado: how far each of several inputs carries an outcome, a bar a row around the value in the middle."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise

import altair as alt
import pandas as pd

from regional_econ.report.charts.canvas import (
    Box,
    Label,
    Row,
    Sheet,
    Stroke,
    boxes,
    heading,
    heading_height,
    inline,
    labels,
    layered,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width, wrapped
from regional_econ.report.charts.scales import Scale, number_axis, ticks_within
from regional_econ.report.charts.style import HUE, INK, MUTED, SMALL, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_BAR, _PITCH, _AIR = 14.0, 14.0, 12.0
_NAME_SHARE: Mapping[Size, float] = {"wide": 0.34, "narrow": 0.44}


def tornado(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a bar a row from its low to its high end, in the order of the frame, with both ends written.

    Parameters
    ----------
    frame : columns label (id of a variable, region or text), low, high and centre (the same in all rows).
    options : names (prefix of the text ids of labels), variable (what is measured), digits (of the written values).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    total, prefix = WIDTHS[size], options.text("names")
    names = [wrapped(words.name(str(label), prefix=prefix), _NAME_SHARE[size] * total) for label in frame["label"]]
    left = 12 + max(text_width(line) for name in names for line in name)
    edges = [0.0, *accumulate(_AIR + _PITCH * len(name) for name in names)]
    variable = options.text("variable")
    title = words.axis(variable) if variable else None
    centre = float(frame["centre"].iloc[0])
    key = Key.of([Entry(words.text("report.chart.centre"), "line", MUTED, 1.2)], total)
    digits = int(options.number("digits") or 2)
    ends = frame[["low", "high"]].to_numpy(float)
    said = [[words.tick(round(float(value), digits)) for value in row] for row in ends]
    room = max(text_width(text, SMALL) for row in said for text in row) + 8
    sheet = Sheet.of(size, edges[-1], left=left, right=4, top=heading_height(title, total) + key.height + 4, bottom=24)
    low, high = min(centre, float(ends.min())), max(centre, float(ends.max()))
    aside = room * ((high - low) or 1.0) / (sheet.width - 2 * room)
    x = Scale(low - aside, high + aside, 0, sheet.width)
    written, below = heading(title, sheet, top=-sheet.top) if title else ([], -sheet.top)
    bars: list[Box] = []
    for number, (above, under) in enumerate(pairwise(edges)):
        middle, (start, end) = (above + under) / 2, (x(value) for value in ends[number])
        bars.append(Box(start, middle - _BAR / 2, max(end - start, 1.0), _BAR, HUE))
        written += [
            Label(-sheet.left, middle + (at - (len(names[number]) - 1) / 2) * _PITCH, line, INK, TEXT)
            for at, line in enumerate(names[number])
        ]
        written.append(Label(start - 5, middle, said[number][0], INK, SMALL, align="right"))
        written.append(Label(end + 5, middle, said[number][1], INK, SMALL))
    row: Row = {"x": x.low}
    axis = number_axis(ticks_within(x, 5, words, beyond=4), words)
    axes = alt.Chart(inline([row])).mark_point(opacity=0).encode(alt.X("x:Q", scale=x.altair(), axis=axis))
    layers = [
        axes, *key.layers(-sheet.left, below + (4 if title else 0)), *boxes(bars),
        *strokes([Stroke(x(centre), 0, x(centre), sheet.height, MUTED, 1.2)]), *labels(written),
    ]  # fmt: skip
    return styled(layered(sheet, layers), words.lang)
