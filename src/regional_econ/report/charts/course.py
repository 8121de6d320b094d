"""The course: one series by year beside what is claimed of it, and the runs of years that bear the claim out or not."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from regional_econ._base.text import format_number
from regional_econ.report.charts.canvas import (
    Box,
    Label,
    Point,
    Row,
    Sheet,
    Stroke,
    boxes,
    heading,
    heading_height,
    inline,
    labels,
    layered,
    points,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import text_width
from regional_econ.report.charts.scales import (
    Scale,
    axis_room,
    number_axis,
    short,
    ticks,
    year_axis,
    year_ticks,
)
from regional_econ.report.charts.style import ACCENT, DASHES, HUE, INK, MUTED, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import NBSP, Words

_PLOT, _LEAST_BOX, _HALF_YEAR, _OFF = 150.0, 5.0, 0.42, 13.0
_WINDOWS, _PITCH, _AIR = 130.0, 7.0, 8.0
_POINTS = {"": (HUE, "circle", False), "true": (HUE, "circle", False), "open": (HUE, "circle", True),
           "false": (ACCENT, "triangle-down", False)}  # fmt: skip


def course(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a series as a line, broken where its method changes, and the parts of a claim on it.

    Parameters
    ----------
    frame : columns part, year, last, value, low, high, name. The parts are ``series`` (a figure, with the ends that
        other editions give it; name: true, false or open, where the claim is judged year by year), ``older`` (of an
        older edition), ``claimed`` (what is claimed from year to last, between low and high; a missing one is no end;
        value: the line itself), ``match`` (another figure that agrees with it) and ``window`` (a run of years; name:
        true or false).
    options : names (prefix of the text ids of the key: the parts, ``window_true`` and so on), variable, unit (text id
        of what the axis counts) or unit_ru and unit_en (its words), region (of the series), break_years, limits (both
        ends of the axis, the first of them below), digits and sign (of the claimed value, as it is written).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    total, title = WIDTHS[size], _title(options, words)
    windows = frame[frame["part"] == "window"]
    pitch = min(_PITCH, _WINDOWS / max(len(windows), 1))
    strip = pitch * len(windows) + _AIR if len(windows) else 0.0
    low, high = _limits(frame, options)
    places = low > high  # places count from the first, which stands at the top
    marks = tuple(max(mark, 1.0) if places else mark for mark in ticks(min(low, high), max(low, high), 4))
    room = axis_room(words.tick(mark) for mark in marks)
    key = Key.of(_entries(frame, options, words), total)
    top = heading_height(title, total) + key.height + 8
    sheet = Sheet.of(size, _PLOT + strip, left=room, right=8, top=top, bottom=24)
    x = Scale(float(frame["year"].min()) - 0.6, _last(frame) + 0.6, 0, sheet.width)
    y = Scale(low - (high - low) * strip / _PLOT, high, sheet.height, 0)
    axes = (
        alt.X("x:Q", scale=x.altair(), axis=year_axis(year_ticks(x.low, x.high, x.end))),
        alt.Y("y:Q", scale=y.altair(), axis=number_axis(marks, words)),
    )
    ends = (y(low), y(high))
    written, below = heading(title, sheet, top=-sheet.top)
    layers = [
        *_breaks(options.numbers("break_years"), x, ends),
        *_claimed(frame[frame["part"] == "claimed"], x, y, ends),
        *_figures(frame, options.numbers("break_years"), x, y, axes),
        *_windows(windows, x, _PLOT + _AIR, pitch),
        *labels([*written, *_said(frame, x, y, options, words)]),
        *key.layers(-sheet.left, below + 4),
        _hits(frame, x, y, options, words),
    ]
    return styled(layered(sheet, layers), words.lang)


def _title(options: Options, words: Words) -> str:
    unit, region = options.text("unit"), options.text("region")
    counted = words.text(unit) if unit else options.text(f"unit_{words.lang}")
    named = ", ".join([words.name(str(options.text("variable"))), *([words.name(region)] if region else [])])
    return f"{named},{NBSP if counted == '%' else ' '}{counted}" if counted else named


def _last(frame: pd.DataFrame) -> float:
    return float(np.nanmax(frame[["year", "last"]].to_numpy(float)))


def _limits(frame: pd.DataFrame, options: Options) -> tuple[float, float]:
    """Return the values at the lower and the upper end of the plot."""
    given = options.numbers("limits")
    if given:
        return given[0], given[1]
    values = frame.loc[frame["part"] != "window", ["value", "low", "high"]].to_numpy(float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    share = 0.18 if frame.loc[frame["part"] == "claimed", "value"].notna().any() else 0.08
    air = share * ((high - low) or abs(high) or 1.0)
    return low - air, high + air


def _entries(frame: pd.DataFrame, options: Options, words: Words) -> list[Entry]:
    prefix = options.text("names")
    present = {f"{part}_{name}" if name else str(part) for part, name in zip(frame["part"], frame["name"], strict=True)}
    present |= set(frame["part"])

    def named(part: str) -> str:
        return words.text(f"{prefix}.{part}")

    found: list[Entry] = []
    for name, (colour, shape, hollow) in _POINTS.items():
        part = f"series_{name}" if name else "series"
        if part in present and (name or not {f"series_{other}" for other in _POINTS if other} & present):
            found.append(Entry(named(part), "line" if not name else "point", colour, 1.8, marker=shape, hollow=hollow))
    if "older" in present:
        found.append(Entry(named("older"), "point", MUTED, marker="diamond", hollow=True))
    if "claimed" in present:
        found.append(Entry(named("claimed"), "band", ACCENT, opacity=0.3))
    if "match" in present:
        found.append(Entry(named("match"), "point", INK, marker="square", hollow=True))
    if "window_true" in present:
        found.append(Entry(named("window_true"), "line", HUE, 3.0))
    if "window_false" in present:
        found.append(Entry(named("window_false"), "line", ACCENT, 3.0, DASHES[3]))
    if options.numbers("break_years"):
        found.append(Entry(words.text("report.figure.method_break"), "line", MUTED, 1.2, DASHES[1]))
    return found


def _breaks(years: Sequence[float], x: Scale, ends: tuple[float, float]) -> list[alt.Chart]:
    return strokes([Stroke(x(year - 0.5), ends[0], x(year - 0.5), ends[1], MUTED, 1.2, DASHES[1]) for year in years])


def _claimed(claimed: pd.DataFrame, x: Scale, y: Scale, ends: tuple[float, float]) -> list[alt.Chart]:
    """Draw what is claimed as boxes, and a claimed value as a line through all years as well."""
    fills: list[Box] = []
    pens: list[Stroke] = []
    for year, last, value, low, high in _rows(claimed):
        half = _HALF_YEAR if np.isfinite(value) else 0.5
        left, right = max(x(year - half), 0.0), min(x(last + half), x.end)
        edges = sorted((y(low) if np.isfinite(low) else ends[0], y(high) if np.isfinite(high) else ends[1]))
        short_by = max(_LEAST_BOX - (edges[1] - edges[0]), 0.0) / 2
        fills.append(Box(left, edges[0] - short_by, right - left, edges[1] - edges[0] + 2 * short_by, ACCENT, 0.3))
        if np.isfinite(value):
            pens.append(Stroke(0, y(value), x.end, y(value), ACCENT, 1.0, DASHES[3]))
            pens.append(Stroke(left, y(value), right, y(value), ACCENT, 2.0))
    return [*boxes(fills), *strokes(pens)]


def _figures(
    frame: pd.DataFrame, breaks: Sequence[float], x: Scale, y: Scale, axes: tuple[alt.X, alt.Y]
) -> list[alt.Chart]:
    """Draw the series with its ends and points, older figures and those that agree."""
    series = frame[frame["part"] == "series"].sort_values("year")
    piece = (series["year"].diff().gt(1) | series["year"].isin(list(breaks))).cumsum()
    layers = [alt.Chart(inline([{"x": x.low, "y": y.high}])).mark_point(opacity=0).encode(*axes)]
    for _, part in series.groupby(piece, sort=True):
        data = [{"x": int(year), "y": short(value)} for year, _, value, _, _ in _rows(part)]
        layers.append(alt.Chart(inline(data)).mark_line(color=HUE, strokeWidth=1.8).encode(*axes))
    pens = [
        Stroke(x(year), y(low), x(year), y(high), HUE, 1.4) for year, _, _, low, high in _rows(series) if low < high
    ]
    marks = [
        Point(x(year), y(value), colour, shape, 50 if shape != "circle" else 26, hollow)
        for (year, _, value, _, _), name in zip(_rows(series), series["name"], strict=True)
        for colour, shape, hollow in (_POINTS[str(name)],)
    ]
    older = [Point(x(year), y(value), MUTED, "diamond", 80, True) for year, _, value, _, _ in _of(frame, "older")]
    matches = [Point(x(year), y(value), INK, "square", 110, True) for year, _, value, _, _ in _of(frame, "match")]
    return [*layers, *strokes(pens), *points([*matches, *older, *marks])]


def _windows(windows: pd.DataFrame, x: Scale, top: float, pitch: float) -> list[alt.Chart]:
    pens = []
    for number, (year, last, name) in enumerate(windows[["year", "last", "name"]].itertuples(index=False), start=1):
        held, at = name == "true", top + (number - 0.5) * pitch
        pen = (HUE, min(3.0, 0.6 * pitch), ()) if held else (ACCENT, min(3.0, 0.6 * pitch), DASHES[3])
        pens.append(Stroke(x(float(year)), at, x(float(last)), at, *pen))
    return strokes(pens)


def _said(frame: pd.DataFrame, x: Scale, y: Scale, options: Options, words: Words) -> list[Label]:
    """Write a claimed value and the figure of its year, the larger of them above and the other one below."""
    digits = int(options.number("digits") or 0)
    series = {year: value for year, _, value, _, _ in _of(frame, "series")}
    found: list[Label] = []
    for year, _, value, _, _ in _rows(frame[(frame["part"] == "claimed") & frame["value"].notna()]):
        own = series.get(year)
        up = own is None or value >= own
        text = f"{options.text('sign') or ''}{format_number(value, digits, words.lang)}"
        found.append(_label(text, x(year), y(value) + (-_OFF if up else _OFF), ACCENT, x.end))
        if own is not None:
            text = format_number(own, _digits(own, digits + 1), words.lang)
            found.append(_label(text, x(year), y(own) + (_OFF if up else -_OFF), HUE, x.end))
    return found


def _digits(value: float, most: int) -> int:
    """Return how many decimals a figure needs, at most so many."""
    return next((digits for digits in range(most) if abs(round(value, digits) - value) < 1e-9), most)


def _label(text: str, x: float, y: float, colour: str, end: float) -> Label:
    half = text_width(text, TEXT, bold=True) / 2
    return Label(min(max(x, half), end - half), y, text, colour, TEXT, True, "center", True)


def _hits(frame: pd.DataFrame, x: Scale, y: Scale, options: Options, words: Words) -> alt.Chart:
    """Return an invisible mark for each figure, which tells a pointer its year, its value and what it is."""
    rows: list[Row] = []
    for part in ("series", "older", "match"):
        name = words.text(f"{options.text('names')}.{part}") if (frame["part"] == part).any() else ""
        rows += [
            {
                "x": round(x(year), 1), "y": round(y(value), 1), "w": str(int(year)), "v": words.tick(short(value)),
                "n": name,
            }
            for year, _, value, _, _ in _of(frame, part)
        ]  # fmt: skip
    tips = [
        alt.Tooltip("w:N", title=words.text("report.chart.year")),
        alt.Tooltip("v:N", title=words.text("report.chart.value")),
        alt.Tooltip("n:N", title=words.text("report.chart.what")),
    ]
    mark: alt.Chart = alt.Chart(inline(rows)).mark_point(size=90, opacity=0, fill=INK)
    return mark.encode(alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None), tooltip=tips)


def _of(frame: pd.DataFrame, part: str) -> list[list[float]]:
    return _rows(frame[frame["part"] == part])


def _rows(frame: pd.DataFrame) -> list[list[float]]:
    """Return year, last, value, low and high of each row."""
    rows: list[list[float]] = frame[["year", "last", "value", "low", "high"]].astype(float).to_numpy().tolist()
    return rows
