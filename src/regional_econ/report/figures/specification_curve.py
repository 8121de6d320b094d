"""The specification curve: every admissible estimate in order, and the choices behind each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from regional_econ.report.figures.style import HUE, INK, MUTED, RULE, Size, legend_above, new_figure, number_axis
from regional_econ.report.options import Options
from regional_econ.report.words import Words

CHOICES = ("driver", "era", "scale", "lag", "effects", "covariates", "weight")
_MAX_INTERVALS = 160


def draw_specification_curve(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
    """Draw sorted estimates with 95 % intervals above a strip that shows which choice each one made.

    Intervals are thinned beyond 160 specifications; estimates never are. Choices with a single option
    are left out of the strip.

    Parameters
    ----------
    frame : columns rank, estimate, conf_low, conf_high and any of driver, era, scale, lag, effects, covariates,
        weight.
    options : names (prefix of the text ids of the choices' options, as in ``<names>.era.pooled``).
    words : the texts of the reader's language.
    size : "wide" or "narrow".
    """
    frame = frame.sort_values("rank", ignore_index=True)
    choices = {c: _options_of(frame[c]) for c in CHOICES if c in frame.columns}
    choices = {name: values for name, values in choices.items() if len(values) > 1}
    strip_rows = sum(len(values) for values in choices.values()) + len(choices)
    fig = new_figure(size, 1.85 + 0.138 * strip_rows)
    if choices:
        curve, strip = fig.subplots(2, 1, height_ratios=(1.6, 0.138 * strip_rows), sharex=True)
        _draw_choices(strip, frame, choices, words, options.text("names"))
    else:
        curve = fig.add_subplot()
    _draw_curve(curve, frame)
    number_axis(curve, words, "y")
    bottom = strip if choices else curve
    bottom.set_xlabel(words.text("report.figure.specifications"))
    number_axis(bottom, words, "x")
    handles = [Line2D([], [], color=INK, marker="o", ms=2.6, lw=0), Line2D([], [], color=HUE, lw=1.0, alpha=0.6)]
    labels = [
        words.text("report.figure.estimate"),
        f"{words.text('report.figure.interval')} {words.percent(0.95)}",
    ]
    median = float(frame["estimate"].median())
    handles.append(Line2D([], [], color=HUE, lw=1.1, ls=(0, (5, 2))))
    labels.append(words.text("report.figure.median"))
    curve.axhline(median, color=HUE, lw=1.1, ls=(0, (5, 2)), zorder=1)
    legend_above(fig, handles, labels, columns=3)
    return fig


def _options_of(column: pd.Series) -> list[str]:
    return sorted({str(value) for value in column})


def _draw_curve(ax: Axes, frame: pd.DataFrame) -> None:
    rank = frame["rank"].to_numpy(float)
    shown = np.unique(np.linspace(0, len(frame) - 1, min(len(frame), _MAX_INTERVALS)).round().astype(int))
    some = frame.iloc[shown]
    ax.axhline(0, color=MUTED, lw=0.9, zorder=2)
    lines = _strokes(rank[shown], some["conf_low"].to_numpy(float), some["conf_high"].to_numpy(float))
    ax.plot(*lines, color=HUE, lw=0.9, alpha=0.5, zorder=1)
    few = len(frame) <= 200
    ax.plot(
        rank, frame["estimate"], marker="o" if few else "", ms=2.6, mew=0, lw=0 if few else 1.5, color=INK, zorder=3
    )
    ax.grid(True, axis="y")
    ax.tick_params(length=2.5, width=0.6)
    ax.tick_params(axis="x", labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    ax.margins(x=0.01)


def _strokes(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return vertical strokes as one path with gaps: thousands of them stay a small file."""
    gap = np.full(x.size, np.nan)
    return np.column_stack([x, x, gap]).ravel(), np.column_stack([low, high, gap]).ravel()


def _draw_choices(
    ax: Axes, frame: pd.DataFrame, choices: dict[str, list[str]], words: Words, names: str | None
) -> None:
    rank = frame["rank"].to_numpy(float)
    places: list[float] = []
    labels: list[str] = []
    heads: list[tuple[float, str]] = []
    row = 0.0
    for choice, values in choices.items():
        heads.append((row, words.name(choice, prefix="report.choice")))
        row += 1
        chosen = frame[choice].astype(str)
        for value in values:
            here = rank[(chosen == value).to_numpy()]
            width = min(0.9, 320 / rank.size)
            ax.plot(
                *_strokes(here, np.full(here.size, row - 0.32), np.full(here.size, row + 0.32)), color=INK, lw=width
            )
            places.append(row)
            labels.append(words.name(value, prefix=f"{names}.{choice}" if names else f"report.choice.{choice}"))
            row += 1
    ax.set_yticks(places, labels, fontsize=6.5)
    for place, head in heads:
        left = ax.get_yaxis_transform()
        ax.text(0.0, place, head, transform=left, fontsize=6.5, color=INK, va="center", weight="bold")
    ax.set_ylim(row - 0.3, -0.7)
    ax.set_xlim(float(rank.min()) - 0.01 * rank.size - 0.5, float(rank.max()) + 0.01 * rank.size + 0.5)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", length=2.5, color=RULE)
