"""Small multiples: the same little picture for many regions, indicators or horizons."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from regional_econ.report.figures.style import (
    HUE,
    INK,
    MUTED,
    SERIES,
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


def draw_small_multiples(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw one small plot a panel, all with the same horizontal axis.

    Parameters
    ----------
    frame : columns panel, year, value and, where there are several lines, series; lo80 and hi80 (and lo95,
        hi95) where a line carries a band.
    options : names (prefix of the text ids of panels and series), origin_year, share_y (1: one vertical axis),
        lower.
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    panels = list(dict.fromkeys(frame["panel"]))
    lines = list(dict.fromkeys(frame["series"])) if "series" in frame.columns else [""]
    columns = min(len(panels), 3 if size == "wide" else 2)
    rows = -(-len(panels) // columns)
    fig = new_figure(size, 0.3 + 1.55 * rows)
    shared = bool(options.number("share_y"))
    axes = fig.subplots(rows, columns, squeeze=False, sharex=True, sharey=shared)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    names = options.text("names")
    colours = dict(zip(lines, (HUE, INK, *SERIES[1:]), strict=False))
    for ax, panel in zip(axes.flat, panels, strict=False):
        part = frame[frame["panel"] == panel]
        for line in lines:
            _draw_line(ax, part if line == "" else part[part["series"] == line], colours[line])
        if (origin := options.number("origin_year")) is not None:
            ax.axvline(origin, color=MUTED, lw=0.8)
        if (lower := options.number("lower")) is not None:
            ax.set_ylim(bottom=lower)
        horizontal_grid(ax)
        number_axis(ax, words, "y", ticks=4)
        year_axis(ax, ticks=3)
    if len(lines) > 1:
        handles: list[Artist] = [Line2D([], [], color=colours[line]) for line in lines]
        labels = [words.name(str(line), prefix=names) for line in lines]
        legend_above(fig, handles, labels, columns=4 if size == "wide" else 2)
    heads(
        fig,
        {ax: words.name(str(panel), prefix=names) for ax, panel in zip(axes.flat, panels, strict=False)},
        size=7.5,
    )
    return fig


def _draw_line(ax: Axes, part: pd.DataFrame, colour: str) -> None:
    part = part.sort_values("year")
    years = part["year"].to_numpy(float)
    for level, alpha in (("95", 0.15), ("80", 0.22)):
        if f"lo{level}" in part.columns:
            low, high = part[f"lo{level}"].to_numpy(float), part[f"hi{level}"].to_numpy(float)
            ax.fill_between(years, low, high, color=colour, alpha=alpha, lw=0)
    ax.plot(years, part["value"].to_numpy(float), color=colour, lw=1.3)
