"""Scenarios on one axis: the median path and 80 % band of each, and where each ends."""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from regional_econ.report.figures.style import (
    ACCENT,
    MARKERS,
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

_DASHES = ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (6, 1, 1, 1, 1, 1)))
_COLOURS = tuple(colour for colour in SERIES if colour != ACCENT)


def draw_scenario(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw several scenarios against a target, with the intervals of the last year beside the plot.

    From three scenarios on only the first, the reference, carries its band: bands that lie on each other hide
    what they show. The intervals of all stand at the right.

    Parameters
    ----------
    frame : columns year, scenario, p50, lo80, hi80, lo95, hi95.
    options : variable (label of the axis), names (prefix of the scenarios' text ids), target, origin_year,
        lower, upper.
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    scenarios = list(dict.fromkeys(frame["scenario"]))
    fig = new_figure(size, 3.3 if size == "wide" else 3.7)
    main, end = fig.subplots(1, 2, width_ratios=(6, 1) if size == "wide" else (4, 1), sharey=True)
    handles: list[Artist] = []
    labels: list[str] = []
    for index, scenario in enumerate(scenarios):
        colour, dash = _COLOURS[index % len(_COLOURS)], _DASHES[index % len(_DASHES)]
        part = frame[frame["scenario"] == scenario].sort_values("year")
        years = part["year"].to_numpy(float)
        if index == 0 or len(scenarios) == 2:
            main.fill_between(years, part["lo80"], part["hi80"], color=colour, alpha=0.15, lw=0, zorder=2)
        main.plot(years, part["p50"], color=colour, lw=1.8, ls=dash, zorder=4)
        last = part.iloc[-1]
        end.vlines(index, last["lo95"], last["hi95"], color=colour, lw=1.0)
        end.vlines(index, last["lo80"], last["hi80"], color=colour, lw=3.2)
        end.plot(index, last["p50"], marker=MARKERS[index % len(MARKERS)], color=colour, ms=4.5)
        marker = MARKERS[index % len(MARKERS)]
        handles.append(Line2D([], [], color=colour, lw=1.8, ls=dash, marker=marker, ms=4))
        labels.append(words.name(str(scenario), prefix=options.text("names")))
    interval = words.text("report.figure.interval")
    handles += [Patch(color=_COLOURS[0], alpha=0.3), Line2D([], [], color=MUTED, lw=1.0)]
    labels += [f"{interval} {words.percent(level)}" for level in (0.80, 0.95)]
    if (target := options.number("target")) is not None:
        for ax in (main, end):
            ax.axhline(target, color=ACCENT, lw=1.1, ls=(0, (5, 2)), zorder=1)
        handles.append(Line2D([], [], color=ACCENT, lw=1.1, ls=(0, (5, 2))))
        labels.append(f"{words.text('report.figure.target')} {words.tick(target)}")
    if (origin := options.number("origin_year")) is not None:
        main.axvline(origin, color=MUTED, lw=0.9)
    _set_limits(main, frame, options)
    end.set_xlim(-0.7, len(scenarios) - 0.3)
    end.set_xticks([])
    end.spines["left"].set_visible(False)
    horizontal_grid(main)
    end.grid(True, axis="y")
    end.tick_params(axis="y", length=0, labelleft=False)
    number_axis(main, words, "y")
    year_axis(main, ticks=8 if size == "wide" else 4)
    legend_above(fig, handles, labels, columns=3 if size == "wide" else 1)
    titles = {end: str(int(frame["year"].max()))}
    if (variable := options.text("variable")) is not None:
        titles[main] = words.axis(variable)
    heads(fig, titles, muted=True)
    return fig


def _set_limits(ax: Axes, frame: pd.DataFrame, options: Options) -> None:
    low, high = float(frame["lo95"].min()), float(frame["hi95"].max())
    if (target := options.number("target")) is not None:
        low, high = min(low, target), max(high, target)
    span = (high - low) or 1.0
    floor, ceiling = options.number("lower"), options.number("upper")
    bottom = low - 0.05 * span if floor is None else floor
    top = high + 0.05 * span if ceiling is None else min(high + 0.05 * span, ceiling)
    ax.set_ylim(bottom, top)
