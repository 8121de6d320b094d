"""The fan chart: what was observed, where the forecast starts, and how wide its doubt is."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from regional_econ.report.charts.canvas import (
    SPAN_Y,
    SPAN_Y2,
    Label,
    Row,
    Sheet,
    Stroke,
    inline,
    label_width,
    labels,
    layered,
    spread,
    strokes,
)
from regional_econ.report.charts.fan_data import BANDS, FanData
from regional_econ.report.charts.fan_head import FanHead
from regional_econ.report.charts.fan_scenarios import ScenarioPanels
from regional_econ.report.charts.letters import text_width
from regional_econ.report.charts.scales import Scale, axis_room, number_axis, short, ticks, year_axis, year_ticks
from regional_econ.report.charts.style import (
    ACCENT,
    HUE,
    INK,
    MUTED,
    PAPER,
    RULE,
    SMALL,
    TARGET_DASH,
    TEXT,
    WIDTHS,
    Size,
    styled,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_FADE = 0.45
_AXIS = 24.0


def fan(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw nested 50/80/95 % bands around a median, with actuals broken where the method breaks.

    Bands fade after the validated horizon; actuals that came after the forecast are hollow. The strip above the plot
    names what the years are: a method, the forecast, its extrapolation. Scenarios stand below, a small plot each.

    Parameters
    ----------
    frame : columns year, series, value; series is actual_<method>, actual_later_<method>, p50, lo50, hi50,
        lo80, hi80, lo95, hi95, path1, path2 … or scenario:<id>:<p50|lo80|hi80>. A method that is a number has no name.
    options : variable (label of the axis), origin_year, break_years, validated_to, target, lower and upper (bounds that
        the axis never passes), scenarios (ids), scenarios_ru and scenarios_en (their names).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    found = FanData.of(frame, options, words)
    head = FanHead.of(found, words, size)
    low, high = found.limits()
    marks = ticks(low, high, 5)
    left = axis_room(words.tick(tick) for tick in marks)
    ends, interval = found.ends(words), words.text("report.figure.interval")
    right = max(label_width(interval, SMALL), *(label_width(text, bold=bold) for _y, text, _c, bold in ends)) + 5
    strip = head.strip(WIDTHS[size] - left - right, right)
    height = 330.0 if size == "wide" else 300.0
    panels = ScenarioPanels.of(found, options, words, size)
    bottom = _AXIS + (panels.height if panels else 0.0)
    sheet = Sheet.of(size, height, left=left, right=right, top=head.height + strip.height + 4, bottom=bottom)
    x = Scale(found.first - 0.5, found.last + 0.5, 0, sheet.width)
    y = Scale(low, high, height, 0)
    x_of = alt.X("x:Q", scale=x.altair(), axis=year_axis(year_ticks(found.first, found.last, sheet.width)))
    y_of = alt.Y("y:Q", scale=y.altair(), axis=number_axis(marks, words))
    layers = [
        *_rules(found, x, sheet), *_bands(found, x_of, y_of), *_paths(found, x_of, y_of), *_median(found, x_of, y_of),
        *_target(found, words, x, y, sheet), *_actuals(found, x_of, y_of),
        *_last(found, words, x, y), *_end_labels(ends, interval, y, sheet),
        *head.layers(sheet), *strip.layers(x, -strip.height - 2, sheet.right), *_hits(found, words, x_of, sheet),
        *(panels.layers(sheet, _AXIS) if panels else []),
    ]  # fmt: skip
    return styled(layered(sheet, layers), words.lang)


def _rules(found: FanData, x: Scale, sheet: Sheet) -> list[alt.Chart]:
    """Draw where the method breaks, where the forecast starts and how far it was validated."""
    pens = [Stroke(x(year - 0.5), -6, x(year - 0.5), sheet.height, MUTED, 0.9, (3, 3)) for year in found.breaks]
    if found.origin is not None and found.origin > found.first - 0.5:
        pens.append(Stroke(x(found.origin), -6, x(found.origin), sheet.height, MUTED, 1.0))
    if found.validated is not None and found.validated < found.last - 0.5:
        pens.append(Stroke(x(found.validated), -6, x(found.validated), sheet.height, RULE, 1.2))
    return strokes(pens)


def _bands(found: FanData, x_of: alt.X, y_of: alt.Y) -> list[alt.Chart]:
    layers: list[alt.Chart] = []
    cut = np.inf if found.validated is None else found.validated
    for level, opacity in BANDS.items():
        if f"lo{level}" not in found.bands.columns:
            continue
        part = found.bands[[f"lo{level}", f"hi{level}"]].set_axis(["y", "y2"], axis=1)
        for chosen, alpha in ((part.index <= cut, opacity), (part.index >= cut, opacity * _FADE)):
            if chosen.sum() > 1:
                rows = [
                    {"x": int(year), "y": short(low), "y2": short(high)}
                    for year, low, high in part[chosen].itertuples()
                ]
                mark = alt.Chart(inline(rows)).mark_area(color=HUE, opacity=round(alpha, 3), line=False)
                layers.append(mark.encode(x_of, y_of, y2=alt.Y2("y2")))
    return layers


def _line(series: pd.Series) -> alt.Chart:
    pairs = zip(series.index.to_numpy(int), series.to_numpy(float), strict=True)
    return alt.Chart(inline([{"x": int(year), "y": short(float(value))} for year, value in pairs]))


def _paths(found: FanData, x_of: alt.X, y_of: alt.Y) -> list[alt.Chart]:
    names = [name for name in found.wide.columns if name.startswith("path")]
    start = found.bands.index.min()
    opened = {} if start in found.wide["p50"].dropna().index else {start: found.bands["p50"].iloc[0]}
    return [
        _line(pd.concat([pd.Series(opened, dtype=float), found.wide[name].dropna()]))
        .mark_line(color=HUE, strokeWidth=0.8, opacity=0.7)
        .encode(x_of, y_of)
        for name in names
    ]


def _median(found: FanData, x_of: alt.X, y_of: alt.Y) -> list[alt.Chart]:
    cut = np.inf if found.validated is None else found.validated
    near, far = found.bands["p50"][found.bands.index <= cut], found.bands["p50"][found.bands.index >= cut]
    return [
        _line(part).mark_line(color=HUE, strokeWidth=2.4, strokeDash=dash).encode(x_of, y_of)
        for part, dash in ((near, alt.Undefined), (far, [5, 3]))
        if len(part) > 1
    ]


def _actuals(found: FanData, x_of: alt.X, y_of: alt.Y) -> list[alt.Chart]:
    layers: list[alt.Chart] = []
    for method in found.methods:
        line, shape = _line(found.actual(method)), found.marker(method)
        layers.append(line.mark_line(color=INK, strokeWidth=1.7).encode(x_of, y_of))
        layers.append(line.mark_point(shape=shape, fill=INK, strokeWidth=0, size=26, opacity=1).encode(x_of, y_of))
    later = found.later().set_index("year")
    for name in sorted(set(later["method"])):
        hollow = _line(later.loc[later["method"] == name, "value"]).mark_point(
            shape=found.marker(name), fill=PAPER, stroke=INK, strokeWidth=1.6, size=46, opacity=1
        )
        layers.append(hollow.encode(x_of, y_of))
    return layers


def _target(found: FanData, words: Words, x: Scale, y: Scale, sheet: Sheet) -> list[alt.Chart]:
    """Draw the target with its name, where no observed value is in its way."""
    if found.target is None:
        return []
    at, text = y(found.target), f"{words.text('report.figure.target')} {words.tick(found.target)}"
    wide = text_width(text, bold=True) + 8
    actual = pd.concat([found.actual(method) for method in found.methods]) if found.methods else pd.Series(dtype=float)
    taken = [x(float(year)) for year, value in actual.items() if -4 < at - y(float(value)) < 24]  # type: ignore[arg-type]
    free = not any(-6 <= place <= wide for place in taken)
    label = Label(2 if free else wide + 2, at - 9, text, ACCENT, TEXT, True, "left", True)
    return [*strokes([Stroke(0, at, sheet.width, at, ACCENT, 1.4, TARGET_DASH)]), *labels([label])]


def _last(found: FanData, words: Words, x: Scale, y: Scale) -> list[alt.Chart]:
    """Write the last observed value beside its point."""
    if not found.methods:
        return []
    series = found.actual(found.methods[-1])
    year, text = int(series.index[-1]), _say(float(series.iloc[-1]), words)
    right, middle, wide = x(year) - 3, y(float(series.iloc[-1])), text_width(text, bold=True)
    lines = [found.actual(method) for method in found.methods]
    steps = [np.linspace(line.index[0], line.index[-1], 40 * len(line)) for line in lines]
    taken = [
        (x(float(at)), y(float(np.interp(at, line.index, line))))
        for line, places in zip(lines, steps, strict=True) for at in places
    ]  # fmt: skip
    for apart in (14, -13, 20):
        at = middle + apart
        if not any(right - wide - 3 < px < right + 2 and abs(py - at) < 9 for px, py in taken):
            return labels([Label(right, at, text, INK, TEXT, True, "right", True)])
    return []


def _end_labels(ends: Sequence[tuple[float, str, str, bool]], interval: str, y: Scale, sheet: Sheet) -> list[alt.Chart]:
    """Name bands and median at the right end, moved apart where they would touch."""
    ordered = sorted(ends, key=lambda end: y(end[0]))
    places = spread([y(value) for value, *_ in ordered], 14, low=14, high=sheet.height)
    items = [
        Label(sheet.width + 5, place, text, colour, TEXT, bold)
        for place, (_v, text, colour, bold) in zip(places, ordered, strict=True)
    ]
    return labels([*items, Label(sheet.width + 5, places[0] - 14, interval, MUTED, SMALL)])


def _hits(found: FanData, words: Words, x_of: alt.X, sheet: Sheet) -> list[alt.Chart]:
    """Lay an invisible column over each year that tells its values."""
    title = {"y": words.text("report.chart.year"), "a": words.text("report.figure.actual"),
             "m": words.text("report.figure.median")}  # fmt: skip
    past: list[Row] = []
    ahead: list[Row] = []
    shown = [level for level in (50, 80, 95) if f"lo{level}" in found.wide.columns]
    for year, row in found.wide.iterrows():
        number = int(year)  # type: ignore[call-overload]
        actual = next((row[name] for name in row.index if name.startswith("actual_") and pd.notna(row[name])), None)
        told = {"x": number - 0.5, "x2": number + 0.5, "year": str(number), "p": 0, "q": sheet.height}
        if pd.notna(row.get("p50")):
            values = {f"b{n}": f"{_say(row[f'lo{n}'], words)} … {_say(row[f'hi{n}'], words)}" for n in shown}
            ahead.append({**told, "m": _say(row["p50"], words), **values})
        elif actual is not None:
            past.append({**told, "a": _say(actual, words)})
    tips = [alt.Tooltip("year:N", title=title["y"])]
    bands = [alt.Tooltip(f"b{level}:N", title=words.percent(level / 100)) for level in shown]
    layers: list[alt.Chart] = []
    for rows, more in ((past, [alt.Tooltip("a:N", title=title["a"])]), (ahead, [
        alt.Tooltip("m:N", title=title["m"]), *bands])):  # fmt: skip
        if rows:
            mark = alt.Chart(inline(rows)).mark_rect(opacity=0)
            layers.append(mark.encode(x_of, x2=alt.X2("x2"), y=SPAN_Y, y2=SPAN_Y2, tooltip=[*tips, *more]))
    return layers


def _say(value: float, words: Words) -> str:
    return words.tick(float(f"{value:.3g}"))
