"""Coefficients with their intervals, one panel a term, one row a model."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from regional_econ.report.figures.style import (
    HUE,
    INK,
    MUTED,
    RULE,
    Size,
    heads,
    legend_above,
    new_figure,
    number_axis,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words


def draw_coefficients(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw each coefficient with its 80 % (thick) and 95 % (thin) interval.

    Every term has its own axis, because coefficients of different variables have different units.

    Parameters
    ----------
    frame : columns term, model, estimate, conf_low80, conf_high80, conf_low95, conf_high95.
    options : names (prefix of the text ids of models), highlight (a model drawn in the accent of the page).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    terms, models = list(dict.fromkeys(frame["term"])), list(dict.fromkeys(frame["model"]))
    columns = min(len(terms), 2 if size == "wide" else 1)
    rows = -(-len(terms) // columns)
    fig = new_figure(size, 0.65 + rows * (0.75 + 0.23 * len(models)))
    axes = fig.subplots(rows, columns, squeeze=False, sharey=True)
    for ax in axes.flat[len(terms) :]:
        ax.set_axis_off()
    highlight = options.text("highlight")
    for ax, term in zip(axes.flat, terms, strict=False):
        part = frame[frame["term"] == term].set_index("model")
        _draw_term(ax, part, models, highlight)
        number_axis(ax, words, "x", ticks=4)
    names = [textwrap.fill(words.name(str(model), prefix=options.text("names")), 26) for model in models]
    for ax in axes[:, 0]:
        ax.set_yticks(range(len(models)), names)
        ax.set_ylim(len(models) - 0.4, -0.6)
    handles = [Line2D([], [], color=HUE, lw=3.2), Line2D([], [], color=HUE, lw=1.0)]
    interval = words.text("report.figure.interval")
    labels = [f"{interval} {words.percent(level)}" for level in (0.80, 0.95)]
    legend_above(fig, handles, labels, columns=2)
    heads(fig, {ax: words.name(str(term)) for ax, term in zip(axes.flat, terms, strict=False)})
    return fig


def _draw_term(ax: Axes, part: pd.DataFrame, models: list[str], highlight: str | None) -> None:
    ax.axvline(0, color=MUTED, lw=0.8, zorder=1)
    for row, model in enumerate(models):
        if model not in part.index:
            continue
        line = part.loc[model]
        ax.hlines(row, line["conf_low95"], line["conf_high95"], color=HUE, lw=1.0, zorder=2)
        ax.hlines(row, line["conf_low80"], line["conf_high80"], color=HUE, lw=3.2, zorder=3)
        ax.plot(line["estimate"], row, marker="o", ms=5 if model == highlight else 3.8, color=INK, zorder=4)
    ax.grid(True, axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", length=2.5, color=RULE)
