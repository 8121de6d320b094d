"""How every figure looks: one palette, one type scale, two sizes.

The palette is safe for the common forms of colour blindness and keeps its contrast on light and on
dark paper. Colours are written as constants because the page swaps each for the colour that the
reader's theme has in its place.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Literal

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import TextToPath
from matplotlib.ticker import FuncFormatter, MaxNLocator

from regional_econ.report.words import Words

Size = Literal["wide", "narrow"]

INK = "#22303c"
MUTED = "#5f6d7a"
RULE = "#cfd6dc"
PAPER = "#ffffff"
HUE = "#2f6db3"
ACCENT = "#c8590a"
SERIES = ("#2f6db3", "#c8590a", "#1f8f74", "#8a5aa6", "#b58900", "#5f6d7a")
BAND_ALPHA = {"95": 0.16, "80": 0.20, "50": 0.30}
MARKERS = ("o", "s", "^", "D", "v", "P")
MISSING_HATCH, CONFIDENTIAL_HATCH = "/////", "xxxxx"
WIDTHS: dict[Size, float] = {"wide": 6.3, "narrow": 3.7}

_STYLE: dict[str, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.labelsize": 8,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "legend.handlelength": 1.6,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.3,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.6,
    "patch.linewidth": 0,
    "text.color": INK,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "regional-econ",
    "path.simplify": False,
    "hatch.linewidth": 0.6,
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Apply the house style for the length of a block, leaving the user's settings as they were."""
    with mpl.rc_context():
        backend = mpl.rcParams["backend"]
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)  # type: ignore[arg-type]
        mpl.rcParams["backend"] = backend
        yield


def new_figure(size: Size, height: float) -> Figure:
    """Return an empty figure of the page's width.

    Parameters
    ----------
    size : "wide" for print and desktop, "narrow" for a phone.
    height : inches.

    Returns
    -------
    A figure with constrained layout that belongs to no global state.
    """
    return Figure(figsize=(WIDTHS[size], height), layout=ConstrainedLayoutEngine(w_pad=0.07))


def heads(fig: Figure, titles: Mapping[Axes, str], *, muted: bool = False, size: float = 8.5) -> None:
    """Write each plot's title above it, broken into lines that fit the plot's own width.

    Call it when everything else is drawn: the width of a plot depends on its labels.
    """
    fig.draw_without_rendering()
    for ax, title in titles.items():
        inches = ax.get_position().width * fig.get_figwidth()
        characters = max(12, int(inches * 72 / (0.62 * size)))
        ax.set_title(
            textwrap.fill(title, characters, break_long_words=False), color=MUTED if muted else INK, fontsize=size
        )


def number_axis(axis_owner: Axes, words: Words, which: Literal["x", "y"], *, ticks: int = 5) -> None:
    """Give one axis tick labels in the reader's number format."""
    axis = axis_owner.xaxis if which == "x" else axis_owner.yaxis
    axis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _position: words.tick(float(value))))


def year_axis(ax: Axes, *, ticks: int = 8) -> None:
    """Give the horizontal axis whole years without digit groups."""
    ax.xaxis.set_major_locator(MaxNLocator(nbins=ticks, integer=True, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: f"{round(value)}"))


def legend_above(fig: Figure, handles: Sequence[Artist], labels: Sequence[str], *, columns: int) -> None:
    """Put one legend above the plot, outside the data, so that it hides nothing.

    Entries read row by row (matplotlib itself fills column by column).
    """
    columns = min(columns, len(labels))
    width = int(20 * fig.get_figwidth() / columns) - 6
    labels = [textwrap.fill(label, width, break_long_words=False) for label in labels]
    rows = -(-len(labels) // columns)
    order = [row * columns + column for column in range(columns) for row in range(rows)]
    order = [index for index in order if index < len(labels)]
    fig.legend([handles[i] for i in order], [labels[i] for i in order], loc="outside upper left", ncols=columns)


def horizontal_grid(ax: Axes) -> None:
    """Draw hairlines across the plot at the vertical ticks."""
    ax.grid(True, axis="y")
    ax.tick_params(axis="both", length=2.5, width=0.6)


Box = tuple[float, float, float, float]


def shade_boxes(ax: Axes, boxes: Iterable[Box], level: float, *, zorder: float = 1.0) -> None:
    """Fill boxes with one shade of the sequential palette, all as a single path so that the file stays small.

    The palette goes from the paper through the hue towards the ink, so it keeps its order on light and on dark
    paper and in print without colour.

    Parameters
    ----------
    ax : the plot.
    boxes : (left, bottom, width, height) in data units.
    level : 0 (palest) to 1 (deepest).
    zorder : drawing order.
    """
    path = _path_of(boxes)
    hue, ink = _shade(level)
    ax.add_patch(PathPatch(path, facecolor=HUE, edgecolor="none", alpha=hue, lw=0, zorder=zorder))
    if ink:
        ax.add_patch(PathPatch(path, facecolor=INK, edgecolor="none", alpha=ink, lw=0, zorder=zorder + 0.01))


def hatch_boxes(ax: Axes, boxes: Iterable[Box], hatch: str, *, zorder: float = 1.0) -> None:
    """Hatch boxes that hold no figure; the hatch says why."""
    colour = INK if hatch == CONFIDENTIAL_HATCH else MUTED
    ax.add_patch(PathPatch(_path_of(boxes), facecolor="none", edgecolor=colour, hatch=hatch, lw=0, zorder=zorder))


def shade_patch(level: float) -> Patch:
    """Return a legend's swatch of a shade up to 0.8, the pure hue."""
    return Patch(facecolor=HUE, alpha=_shade(level)[0], lw=0)


def hatch_patch(hatch: str) -> Patch:
    """Return a legend's swatch of a hatch."""
    return Patch(facecolor="none", edgecolor=INK if hatch == CONFIDENTIAL_HATCH else MUTED, hatch=hatch, lw=0)


def colour_on_shade(level: float) -> str:
    """Return the colour of letters that can be read on a shade."""
    return PAPER if level > 0.65 else INK


def fitted(text: str, width: float, size: float) -> str:
    """Return a text cut with an ellipsis where it is wider than a place.

    Parameters
    ----------
    text : one line.
    width : of the place, in inches.
    size : of the letters, in points.

    Examples
    --------
    >>> fitted("Gross regional product", 0.8, 6), fitted("Wear", 0.8, 6)
    ('Gross regional pr…', 'Wear')
    """
    if text_width(text, size) <= width:
        return text
    kept = len(text)
    while kept > 1 and text_width(text[:kept].rstrip(" ,—–-(") + "…", size) > width:
        kept -= 1
    return text[:kept].rstrip(" ,—–-(") + "…"


@cache
def text_width(text: str, size: float) -> float:
    """Return how wide a line of text is, in inches."""
    font = FontProperties(family="DejaVu Sans", size=size)
    width, _height, _descent = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width) / 72


def _shade(level: float) -> tuple[float, float]:
    """Return the opacity of the hue and, above it, of the ink."""
    if level <= 0.6:
        return 0.12 + 0.52 * level / 0.6, 0.0
    if level < 0.8:
        return 0.64 + 0.36 * (level - 0.6) / 0.2, 0.0
    return 1.0, round(0.45 * (level - 0.8) / 0.2, 4)


def _path_of(boxes: Iterable[Box]) -> Path:
    parts = [
        Path(
            [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)],
            [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY],
        )
        for x, y, width, height in boxes
    ]
    return Path.make_compound_path(*parts)
