"""The fan chart: what was observed, where the forecast starts, and how wide its doubt is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from regional_econ.report.figures.style import (
    ACCENT,
    BAND_ALPHA,
    HUE,
    INK,
    MARKERS,
    MUTED,
    PAPER,
    RULE,
    Size,
    heads,
    horizontal_grid,
    legend_above,
    new_figure,
    number_axis,
    year_axis,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_FADE = 0.45


def draw_fan(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw nested 50/80/95 % bands around a median, with actuals broken where the method breaks.

    Parameters
    ----------
    frame : columns year, series, value; series is actual_<method>, actual_later_<method>, p50, lo50, hi50,
        lo80, hi80, lo95, hi95 or path1, path2 …
    options : variable (label of the axis), origin_year, break_years, validated_to, lower, upper, target.
    words : the texts of the reader's language.
    size : "wide" or "narrow".

    Returns
    -------
    The figure; bands fade after `validated_to`, later actuals are hollow.
    """
    wide = frame.pivot(index="year", columns="series", values="value").sort_index().astype(float)
    origin = options.number("origin_year")
    fig = new_figure(size, 3.5 if size == "wide" else 3.6)
    ax = fig.add_subplot()
    key = _Key({}, {})
    _draw_actuals(ax, wide, words, key)
    fan = _fan_from_origin(wide, origin)
    validated = options.number("validated_to")
    _draw_bands(ax, fan, validated, words, key)
    _draw_paths(ax, wide, words, key)
    ax.plot(fan.index, fan["p50"], color=HUE, lw=1.8, zorder=5)
    key.add("median", Line2D([], [], color=HUE, lw=1.8), words.text("report.figure.median"))
    if (target := options.number("target")) is not None:
        ax.axhline(target, color=ACCENT, lw=1.1, ls=(0, (5, 2)), zorder=2)
        label_text = f"{words.text('report.figure.target')} {words.tick(target)}"
        key.add("target", Line2D([], [], color=ACCENT, lw=1.1, ls=(0, (5, 2))), label_text)
    _set_limits(ax, wide, options)
    _draw_rules(ax, options, words, narrow=size == "narrow")
    horizontal_grid(ax)
    number_axis(ax, words, "y")
    year_axis(ax, ticks=9 if size == "wide" else 5)
    legend_above(fig, list(key.handles.values()), list(key.labels.values()), columns=4 if size == "wide" else 2)
    if (label := options.text("variable")) is not None:
        heads(fig, {ax: words.axis(label)}, muted=True)
    return fig


@dataclass(frozen=True)
class _Key:
    """The legend under construction: handles and labels by entry, in drawing order."""

    handles: dict[str, Artist]
    labels: dict[str, str]

    def add(self, entry: str, handle: Artist, label: str) -> None:
        self.handles.setdefault(entry, handle)
        self.labels.setdefault(entry, label)


def _draw_actuals(ax: Axes, wide: pd.DataFrame, words: Words, key: _Key) -> None:
    methods = [s.removeprefix("actual_") for s in wide.columns if s.startswith("actual_")]
    methods = [m for m in methods if not m.startswith("later_")]
    methods.sort(key=lambda m: float(wide.index[wide[f"actual_{m}"].notna()].min()))
    for method, marker in zip(methods, MARKERS, strict=False):
        series = wide[f"actual_{method}"].dropna()
        ax.plot(series.index, series, color=INK, marker=marker, lw=1.3, zorder=6)
        name = words.text(f"report.method.{method}") if method else words.text("report.figure.actual")
        key.add(method, Line2D([], [], color=INK, marker=marker, lw=1.3), name)
    for column in [c for c in wide.columns if c.startswith("actual_later_")]:
        method = column.removeprefix("actual_later_")
        marker = MARKERS[methods.index(method)] if method in methods else "o"
        series = wide[column].dropna()
        ax.plot(series.index, series, color=INK, marker=marker, mfc=PAPER, mec=INK, mew=1.0, lw=0, ms=4.4, zorder=7)
        handle = Line2D([], [], color=INK, marker=marker, mfc=PAPER, mec=INK, mew=1.0, lw=0, ms=4.4)
        key.add("later", handle, words.text("report.figure.actual_later"))


def _fan_from_origin(wide: pd.DataFrame, origin: float | None) -> pd.DataFrame:
    """Return the fan's columns, opened from the last actual value when that lies at the origin."""
    columns = [c for c in wide.columns if c == "p50" or c[:2] in ("lo", "hi")]
    fan = wide[columns].dropna(how="all")
    actual = wide[[c for c in wide.columns if c.startswith("actual_") and not c.startswith("actual_later_")]]
    if origin is None or origin in fan.index or origin not in actual.index:
        return fan
    at_origin = actual.loc[[int(origin)]].to_numpy(float).ravel()
    at_origin = at_origin[~np.isnan(at_origin)]
    if not at_origin.size:
        return fan
    start = pd.DataFrame(at_origin[-1], index=[int(origin)], columns=fan.columns)
    return pd.concat([start, fan])


def _draw_bands(ax: Axes, fan: pd.DataFrame, validated: float | None, words: Words, key: _Key) -> None:
    for level, alpha in BAND_ALPHA.items():
        if f"lo{level}" not in fan.columns:
            continue
        years = fan.index.to_numpy(float)
        low, high = fan[f"lo{level}"].to_numpy(float), fan[f"hi{level}"].to_numpy(float)
        cut = np.inf if validated is None else validated
        near, far = years <= cut, years >= cut
        ax.fill_between(years[near], low[near], high[near], color=HUE, alpha=alpha, lw=0, zorder=3)
        if far.sum() > 1:
            ax.fill_between(years[far], low[far], high[far], color=HUE, alpha=alpha * _FADE, lw=0, zorder=3)
        shown = sum(a for name, a in BAND_ALPHA.items() if int(name) >= int(level))
        key.add(level, Patch(color=HUE, alpha=shown), words.percent(int(level) / 100))


def _draw_paths(ax: Axes, wide: pd.DataFrame, words: Words, key: _Key) -> None:
    for column in [c for c in wide.columns if c.startswith("path")]:
        path = wide[column].dropna()
        ax.plot(path.index, path, color=HUE, lw=0.7, alpha=0.75, zorder=4)
        key.add("path", Line2D([], [], color=HUE, lw=0.7, alpha=0.75), words.text("report.figure.path"))


def _set_limits(ax: Axes, wide: pd.DataFrame, options: Options) -> None:
    values = wide.to_numpy(float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if (target := options.number("target")) is not None:
        low, high = min(low, target), max(high, target)
    span = (high - low) or 1.0
    floor, ceiling = options.number("lower"), options.number("upper")
    bottom = low - 0.06 * span if floor is None else floor
    top = high + 0.10 * span
    ax.set_ylim(bottom, top if ceiling is None else min(top, ceiling))
    ax.set_xlim(float(wide.index.min()) - 0.5, float(wide.index.max()) + 0.5)


def _draw_rules(ax: Axes, options: Options, words: Words, *, narrow: bool) -> None:
    top = ax.get_xaxis_transform()
    for year in options.numbers("break_years"):
        ax.axvline(year - 0.5, color=RULE, lw=0.9, ls=(0, (2, 2)), zorder=1)
        if not narrow:
            note = words.text("report.figure.method_break")
            ax.text(
                year - 0.62, 0.985, note, transform=top, rotation=90, va="top", ha="right", fontsize=6.5, color=MUTED
            )
    origin, validated = options.number("origin_year"), options.number("validated_to")
    if origin is not None:
        ax.axvline(origin, color=MUTED, lw=0.9, zorder=1)
        note = words.text("report.figure.origin")
        ax.text(origin + 0.15, 0.985, note, transform=top, va="top", ha="left", fontsize=7, color=MUTED)
    if validated is not None and validated < ax.get_xlim()[1] - 1:
        ax.axvline(validated, color=RULE, lw=0.8, zorder=1)
        note = words.text("report.figure.extrapolation")
        ax.text(ax.get_xlim()[1], 0.02, note, transform=top, va="bottom", ha="right", fontsize=7, color=MUTED)


def fan_frame(quantiles: pd.DataFrame, actual: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the long frame that `draw_fan` reads.

    Parameters
    ----------
    quantiles : one row a year, columns year, p50, lo50, hi50, lo80, hi80, lo95, hi95.
    actual : observed series by method, indexed by year; the empty method name is the only method.

    Returns
    -------
    Columns year, series, value.
    """
    parts = [quantiles.melt(id_vars="year", var_name="series", value_name="value")]
    for method, series in actual.items():
        values = series.to_numpy(float)
        parts.append(pd.DataFrame({"year": series.index, "series": f"actual_{method}", "value": values}))
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"])
