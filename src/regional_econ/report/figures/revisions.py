"""Revisions: how far later editions moved what earlier ones printed, year by year over all regions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from regional_econ._base.text import MINUS, format_number
from regional_econ.report.figures.style import (
    ACCENT,
    HUE,
    INK,
    MUTED,
    PAPER,
    Size,
    fitted,
    legend_above,
    new_figure,
    number_axis,
    text_width,
)
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_SHOWN_SHARE = 0.97
_LETTERS = 6.0
_ROWS = 14
_LEAST_PCT, _LEAST_REGIONS = 0.05, 3


def draw_revisions(frame: pd.DataFrame, options: Options, words: Words, size: Size) -> Figure:
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
    height = 0.36 if len(lines) <= 8 else 0.27
    heads = len({edition for edition, _year in lines})
    fig = new_figure(size, 0.95 + height * (len(lines) + 0.8 * heads))
    ax = fig.add_subplot()
    limit = _limit(np.concatenate([part["change_pct"].to_numpy(float) for part in lines.values()]))
    place, ticks, edition = 0.0, [], ""
    for (name, year), part in lines.items():
        if name != edition:
            place += 0.8
            head = fitted(name, 5.0 if size == "wide" else 2.8, 7.0)
            backing = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
            ax.text(0.0, place - 0.85, head, fontsize=7, weight="bold", color=INK, va="center", bbox=backing,
                    transform=ax.get_yaxis_transform(), zorder=7).set_in_layout(False)  # fmt: skip
            edition = name
        _draw_line(ax, part, place, limit, words, size)
        ticks.append((place, str(year)))
        place += 1.0
    ax.axvline(0, color=MUTED, lw=0.9, zorder=1)
    ax.set_yticks([at for at, _ in ticks], [year for _, year in ticks])
    ax.set(xlim=(-limit * 1.04, limit * 1.04), ylim=(place - 0.4, -0.4))
    number_axis(ax, words, "x", ticks=6 if size == "wide" else 4)
    ax.grid(True, axis="x")
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", length=2.5, width=0.6)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(words.text("report.figure.change_pct"))
    _draw_key(fig, known, words, size)
    return fig


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


def _draw_line(ax: Axes, part: pd.DataFrame, place: float, limit: float, words: Words, size: Size) -> None:
    change = part["change_pct"].to_numpy(float)
    low, first, middle, third, high = np.clip(np.quantile(change, (0.05, 0.25, 0.5, 0.75, 0.95)), -limit, limit)
    ax.plot([low, high], [place, place], color=HUE, lw=0.9, alpha=0.6, zorder=2)
    ax.plot([first, third], [place, place], color=HUE, lw=5.0, alpha=0.45, solid_capstyle="butt", zorder=2)
    inside = np.abs(change) <= limit
    rug = np.sort(change[inside])
    gap = np.full(rug.size, np.nan)
    ends = np.column_stack([np.full(rug.size, place - 0.09), np.full(rug.size, place + 0.09), gap])
    ax.plot(np.column_stack([rug, rug, gap]).ravel(), ends.ravel(), color=INK, lw=0.7, alpha=0.6, zorder=3)
    ax.plot([middle, middle], [place - 0.2, place + 0.2], color=HUE, lw=1.8, zorder=4)
    for sign, marker in ((1, ">"), (-1, "<")):
        if (beyond := sign * change > limit).any():
            ax.plot([sign * limit * 1.02], [place], marker, ms=4.0, color=INK, zorder=5, clip_on=False)
            outside = part[beyond].sort_values("change_pct", key=abs, ascending=False)
            _name(ax, outside, sign * limit, place, words, size, align="right" if sign > 0 else "left")
    focal = part[part["region"] == words.focal]["change_pct"].clip(-limit, limit)
    ax.plot(focal, [place] * len(focal), "D", ms=4.2, mew=0.8, mec=INK, color=ACCENT, zorder=6)
    named = part[inside & (change != 0) & (part["region"] != words.focal).to_numpy()]
    if inside.all() and len(named):
        top = named.loc[[named["change_pct"].abs().idxmax()]]
        at = float(top["change_pct"].iloc[0])
        _name(ax, top, at, place, words, size, align="right" if at > 0.3 * limit else "left" if at < 0 else "center")


def _name(ax: Axes, rows: pd.DataFrame, x: float, place: float, words: Words, size: Size, *, align: str) -> None:
    """Write as many names with their changes above a line as fit whole, and an ellipsis where there are more."""
    width, text = (2.9 if size == "wide" else 1.55), ""
    for region, change in zip(rows["region"], rows["change_pct"], strict=True):
        figure = f"{'+' if change > 0 else MINUS}{format_number(abs(change), 1, words.lang)}"
        if not text:
            name = fitted(words.name(str(region)), width - text_width(f" {figure}, …", _LETTERS), _LETTERS)
            text = f"{name} {figure}"
        elif text_width(longer := f"{text}, {words.name(str(region))} {figure}", _LETTERS) <= width:
            text = longer
        else:
            text += ", …"
            break
    ax.text(x, place - 0.23, text, fontsize=_LETTERS, color=INK, ha=align, va="bottom", zorder=7).set_in_layout(False)


def _draw_key(fig: Figure, frame: pd.DataFrame, words: Words, size: Size) -> None:
    handles: list[Artist] = [
        Line2D([], [], color=INK, marker="|", ms=4, mew=0.7, lw=0, alpha=0.6),
        Line2D([], [], color=HUE, lw=4.5, alpha=0.45, solid_capstyle="butt"),
        Line2D([], [], color=HUE, lw=0.9, alpha=0.6),
        Line2D([], [], color=HUE, marker="|", ms=8, mew=1.8, lw=0),
    ]
    labels = [words.text(f"report.figure.{name}") for name in ("region", "half", "nine_tenths", "median")]
    if words.focal in set(frame["region"]):
        handles.append(Line2D([], [], color=ACCENT, marker="D", ms=4.2, mew=0.8, mec=INK, lw=0))
        labels.append(words.name(words.focal))
    legend_above(fig, handles, labels, columns=5 if size == "wide" else 2)
