"""Revisions: how far later editions moved what earlier ones printed, year by year over all regions."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from regional_econ._base.text import MINUS, format_number
from regional_econ.report.charts.canvas import (
    PIXEL_Y,
    Align,
    Label,
    Point,
    Row,
    Sheet,
    Stroke,
    inline,
    labels,
    layered,
    points,
    strokes,
)
from regional_econ.report.charts.key import Entry, Key
from regional_econ.report.charts.letters import ELLIPSIS, fitted, text_width
from regional_econ.report.charts.scales import Scale, number_axis, short, ticks_within
from regional_econ.report.charts.style import ACCENT, HUE, INK, MUTED, SMALL, TEXT, WIDTHS, Size, styled
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_SHOWN_SHARE = 0.97
_ROWS = 14
_LEAST_PCT, _LEAST_REGIONS = 0.05, 3
_ROW, _HEAD = 34.0, 26.0


def revisions(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> alt.LayerChart:
    """Draw a line a year of an older edition: what became of its figures in the newest one, in %.

    The thin line spans 90 % of the regions, the thick one half of them. Changes beyond the axis are pointed at and
    named; so is the largest of a line without any. A year is drawn where the focal region or at least three regions
    changed by 0.05 % or more; the latest ones stay where there are more than fit.

    Parameters
    ----------
    frame : columns edition_ru, edition_en, region, year, change_pct (newest against the older edition).
    options : none.
    words : the texts of the reader's language; its focal region is marked.
    size : "wide" or "narrow".
    """
    known = frame.dropna(subset=["change_pct"])
    lines = _lines(known, f"edition_{words.lang}", words.focal)
    limit = _limit(np.concatenate([part["change_pct"].to_numpy(float) for part in lines.values()]))
    key = Key.of(_entries(known, words), WIDTHS[size])
    heads = len({edition for edition, _year in lines})
    height = _ROW * len(lines) + _HEAD * heads
    sheet = Sheet.of(size, height, left=text_width("2000") + 10, right=10, top=key.height + 2, bottom=40)
    x = Scale(-limit * 1.04, limit * 1.04, 0, sheet.width)
    axis = number_axis(ticks_within(x, 6 if size == "wide" else 4, words, beyond=10), words)
    x_of = alt.X("x:Q", scale=x.altair(), axis=axis)
    layers = strokes([Stroke(x(0), 0, x(0), height, MUTED, 1.2)])
    written = [Label(sheet.width / 2, height + 31, words.text("report.figure.change_pct"), MUTED, align="center")]
    y, edition = 0.0, ""
    hits: list[Row] = []
    for (name, year), part in lines.items():
        if name != edition:
            head = fitted(name, sheet.total, bold=True)
            written.append(Label(-sheet.left, y + _HEAD / 2, head, INK, TEXT, True, "left", True))
            y, edition = y + _HEAD, name
        middle = y + _ROW - 11
        written.append(Label(-sheet.left, middle, str(year), MUTED))
        layers += _line(part, middle, x, x_of, limit, words)
        written += _names(part, middle, x, limit, words)
        hits += _hits(part, middle, limit, words)
        y += _ROW
    layers += [*labels(written), *key.layers(-sheet.left, -sheet.top), _hit_layer(hits, x_of, words)]
    return styled(layered(sheet, layers), words.lang)


def _lines(frame: pd.DataFrame, edition: str, focal: str) -> dict[tuple[str, int], pd.DataFrame]:
    moved = frame["change_pct"].abs() >= _LEAST_PCT
    groups = {
        (str(name), int(part["year"].iloc[0])): part
        for (name, _), part in frame.groupby([edition, "year"], sort=True)
        if moved[part.index].sum() >= _LEAST_REGIONS or (moved[part.index] & (part["region"] == focal)).any()
    }
    if not groups:
        last = frame["year"].max()
        return {(str(name), int(last)): part for name, part in frame[frame["year"] == last].groupby(edition)}
    latest = sorted(groups, key=lambda key: key[1])[-_ROWS:]
    return {key: groups[key] for key in groups if key in latest}


def _limit(changes: np.ndarray) -> float:
    """Return a round half-width of the axis that holds nearly all changes."""
    wanted = max(float(np.quantile(np.abs(changes), _SHOWN_SHARE)), 0.5)
    scale = 10.0 ** np.floor(np.log10(wanted))
    return float(next(step * scale for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * scale >= wanted))


def _entries(frame: pd.DataFrame, words: Words) -> list[Entry]:
    text = {name: words.text(f"report.figure.{name}") for name in ("region", "half", "nine_tenths", "median")}
    found = [
        Entry(text["region"], "tick", INK, 1.0, opacity=0.55), Entry(text["half"], "line", HUE, 8, opacity=0.4),
        Entry(text["nine_tenths"], "line", HUE, 1.4, opacity=0.7), Entry(text["median"], "tick", HUE, 2.6),
    ]  # fmt: skip
    if words.focal in set(frame["region"]):
        found.append(Entry(words.name(words.focal), "point", ACCENT, marker="diamond"))
    return found


def _line(part: pd.DataFrame, y: float, x: Scale, x_of: alt.X, limit: float, words: Words) -> list[alt.Chart]:
    change = part["change_pct"].to_numpy(float)
    cut = np.clip(np.quantile(change, (0.05, 0.25, 0.5, 0.75, 0.95)), -limit, limit)
    low, first, middle, third, high = (x(float(value)) for value in cut)
    pens = [Stroke(low, y, high, y, HUE, 1.4, (), 0.7), Stroke(first, y, third, y, HUE, 8.0, (), 0.4)]
    rug = [{"x": short(float(value)), "y": y - 3.5, "y2": y + 3.5} for value in np.sort(change) if abs(value) <= limit]
    rugged = alt.Chart(inline(rug)).mark_rule(color=INK, strokeWidth=1.0, opacity=0.5)
    over = [Stroke(middle, y - 6.5, middle, y + 6.5, HUE, 2.6)]
    marks = [
        Point(x(sign * limit * 1.025), y, INK, f"triangle-{side}", 36)
        for sign, side in ((1, "right"), (-1, "left"))
        if (sign * change > limit).any()
    ]
    focal = part.loc[part["region"] == words.focal, "change_pct"].clip(-limit, limit)
    own = [Point(x(float(value)), y, ACCENT, "diamond", 62) for value in focal]
    return [
        *strokes(pens), rugged.encode(x_of, PIXEL_Y, y2=alt.Y2("y2")), *strokes(over),
        *points([*marks, *own]),
    ]  # fmt: skip


def _names(part: pd.DataFrame, y: float, x: Scale, limit: float, words: Words) -> list[Label]:
    """Name what lies beyond the axis at its end, or else the largest change at its place."""
    change = part["change_pct"]
    both = bool((change > limit).any() and (change < -limit).any())
    width = (0.46 if both else 0.94) * x.end
    found: list[Label] = []
    ends: tuple[tuple[int, Align], ...] = ((1, "right"), (-1, "left"))
    for sign, end in ends:
        beyond = part[sign * change > limit].sort_values("change_pct", key=abs, ascending=False)
        if len(beyond):
            at = x.end if sign > 0 else x.start
            found.append(_name(beyond, at, y, words, width, end))
    named = part[(change != 0) & (part["region"] != words.focal)]
    if not found and len(named):
        top = named.loc[[named["change_pct"].abs().idxmax()]]
        value = float(top["change_pct"].iloc[0])
        at = x(value)
        side: Align = "right" if at > 0.6 * x.end else "left" if at < 0.4 * x.end else "center"
        found.append(_name(top, at, y, words, width, side))
    return found


def _name(rows: pd.DataFrame, at: float, y: float, words: Words, width: float, align: Align) -> Label:
    """Return as many names with their changes as fit whole, and an ellipsis where there are more."""
    text = ""
    for region, change in zip(rows["region"], rows["change_pct"], strict=True):
        figure = _signed(float(change), words)
        name = words.name(str(region))
        if not text:
            text = f"{fitted(name, width - text_width(f' {figure}, {ELLIPSIS}', SMALL), SMALL)} {figure}"
        elif text_width(longer := f"{text}, {name} {figure}", SMALL) <= width:
            text = longer
        else:
            text += f", {ELLIPSIS}"
            break
    return Label(at, y - 14, text, INK, SMALL, False, align, True)


def _signed(change: float, words: Words) -> str:
    sign = "+" if change > 0 else MINUS if change < 0 else ""
    return f"{sign}{format_number(abs(change), 1, words.lang)}"


def _hits(part: pd.DataFrame, y: float, limit: float, words: Words) -> list[Row]:
    """Return a small invisible mark for each region that changed."""
    moved = part[part["change_pct"].abs() >= _LEAST_PCT]
    return [
        {
            "x": short(min(max(float(change), -limit * 1.03), limit * 1.03)), "y": y, "n": words.name(str(region)),
            "v": f"{_signed(float(change), words)}",
        }
        for region, change in zip(moved["region"], moved["change_pct"], strict=True)
    ]  # fmt: skip


def _hit_layer(rows: list[Row], x_of: alt.X, words: Words) -> alt.Chart:
    tips = [alt.Tooltip("n:N", title=words.text("report.chart.region")),
            alt.Tooltip("v:N", title=words.text("report.figure.change_pct"))]  # fmt: skip
    mark = alt.Chart(inline(rows)).mark_point(shape="square", size=90, opacity=0, fill=INK)
    hits: alt.Chart = mark.encode(x_of, PIXEL_Y, tooltip=tips)
    return hits
