"""Calibration: does a band that promises 80 % hold 80 % of what happened?"""

from __future__ import annotations

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from regional_econ.report.figures.style import MARKERS, MUTED, SERIES, Size, legend_above, new_figure
from regional_econ.report.options import Options
from regional_econ.report.words import Words


def draw_calibration(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw achieved against promised coverage, a line a model, with intervals where they are given.

    Parameters
    ----------
    frame : columns model, nominal, coverage (shares between 0 and 1); conf_low, conf_high where known.
    options : names (prefix of the text ids of models).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    models = list(dict.fromkeys(frame["model"]))
    fig = new_figure(size, 3.6)
    ax = fig.add_subplot(aspect="equal")
    low = max(0.0, float(frame[["nominal", "coverage"]].min().min()) - 0.12)
    ax.plot([low, 1], [low, 1], color=MUTED, lw=0.9, ls=(0, (4, 2)))
    handles: list[Artist] = [Line2D([], [], color=MUTED, lw=0.9, ls=(0, (4, 2)))]
    labels = [words.text("report.figure.ideal")]
    shift = 0.004 * (1 - low) / 0.4
    for index, model in enumerate(models):
        colour, marker = SERIES[index % len(SERIES)], MARKERS[index % len(MARKERS)]
        part = frame[frame["model"] == model].sort_values("nominal")
        place = part["nominal"].to_numpy(float) + shift * (index - (len(models) - 1) / 2)
        if "conf_low" in part.columns:
            ax.vlines(place, part["conf_low"], part["conf_high"], color=colour, lw=1.0, alpha=0.8)
        ax.plot(place, part["coverage"], color=colour, marker=marker, ms=4.2, lw=1.1)
        handles.append(Line2D([], [], color=colour, marker=marker, ms=4.2, lw=1.1))
        labels.append(words.name(str(model), prefix=options.text("names")))
    ax.set_xlim(low, 1.02)
    ax.set_ylim(low, 1.02)
    levels = sorted(set(frame["nominal"].astype(float)))
    ax.set_xticks(levels if len(levels) <= 6 else [0.2, 0.4, 0.6, 0.8, 1.0])
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _position: words.percent(float(value))))
    ax.grid(True)
    ax.tick_params(length=2.5, width=0.6)
    ax.set_xlabel(words.text("report.figure.nominal"))
    ax.set_ylabel(words.text("report.figure.coverage"))
    legend_above(fig, handles, labels, columns=2 if size == "wide" else 1)
    return fig
