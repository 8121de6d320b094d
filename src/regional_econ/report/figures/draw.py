"""One door to all figures: from a section's figure block to a matplotlib figure, an SVG and a CSV."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from regional_econ._base.errors import OptionError
from regional_econ.core.section import FigureKind, OptionValue
from regional_econ.report.figures.availability import draw_availability, draw_statuses
from regional_econ.report.figures.calibration import draw_calibration
from regional_econ.report.figures.coefficients import draw_coefficients
from regional_econ.report.figures.fan import draw_fan
from regional_econ.report.figures.revisions import draw_revisions
from regional_econ.report.figures.scenario import draw_scenario
from regional_econ.report.figures.small_multiples import draw_small_multiples
from regional_econ.report.figures.specification_curve import draw_specification_curve
from regional_econ.report.figures.style import PAPER, Size, figure_style
from regional_econ.report.figures.tile_map import draw_tile_map
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_COORDINATES = re.compile(r'\b(d="[^"]*"|transform="translate[^"]*")')
_GLYPH = re.compile(r'(?<=[#"])DejaVuSans[\w-]*(?=")')
_DECIMAL = re.compile(r"-?\d+\.\d{3,}")
_Draw = Callable[[pd.DataFrame, Options, Words, Size], Figure]
_DRAW: dict[FigureKind, _Draw] = {
    "fan": draw_fan,
    "coefficients": draw_coefficients,
    "scenario": draw_scenario,
    "calibration": draw_calibration,
    "small_multiples": draw_small_multiples,
    "specification_curve": draw_specification_curve,
    "tile_map": draw_tile_map,
    "availability": draw_availability,
    "statuses": draw_statuses,
    "revisions": draw_revisions,
}
_NEEDED: dict[FigureKind, tuple[str, ...]] = {
    "fan": ("year", "series", "value"),
    "coefficients": ("term", "model", "estimate", "conf_low80", "conf_high80", "conf_low95", "conf_high95"),
    "scenario": ("year", "scenario", "p50", "lo80", "hi80", "lo95", "hi95"),
    "calibration": ("model", "nominal", "coverage"),
    "small_multiples": ("panel", "year", "value"),
    "specification_curve": ("rank", "estimate", "conf_low", "conf_high"),
    "tile_map": ("region", "code", "district", "row", "column", "value", "status"),
    "availability": ("variable", "group", "year", "share", "break"),
    "statuses": ("region", "district", "year", "status"),
    "revisions": ("edition_ru", "edition_en", "region", "year", "change_pct"),
}


def draw_figure(
    kind: FigureKind,
    frame: pd.DataFrame,
    words: Words,
    *,
    options: Mapping[str, OptionValue] | None = None,
    size: Size = "wide",
) -> Figure:
    """Draw a figure of a kind from its frame.

    Parameters
    ----------
    kind : what is drawn.
    frame : the data, with the columns that the kind's drawing function names.
    words : the texts of the reader's language.
    options : what the kind's drawing function knows beside the data.
    size : "wide" for print and desktop, "narrow" for a phone.

    Returns
    -------
    The figure, never shown.

    Raises
    ------
    OptionError : the frame is empty or lacks a column.
    """
    missing = [column for column in _NEEDED[kind] if column not in frame.columns]
    if missing or frame.empty:
        what = f"lacks {', '.join(missing)}" if missing else "is empty"
        raise OptionError(f"the frame of a {kind} figure {what}", advice="Mend the section that draws it")
    with figure_style():
        return _DRAW[kind](frame, Options(options or {}), words, size)


def figure_svg(figure: Figure, *, paper: bool = False) -> str:
    """Return a figure as SVG text: the same figure gives the same bytes, and needs no fonts.

    Coordinates are rounded to a hundredth of a point, and the ids of glyphs, which stand at every letter, are short.

    Parameters
    ----------
    figure : a figure of `draw_figure`.
    paper : draw a white background instead of a transparent one.
    """
    buffer = io.StringIO()
    with figure_style():
        FigureCanvasSVG(figure)
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=metadata, facecolor=PAPER if paper else "none")
    svg = _COORDINATES.sub(
        lambda one: _DECIMAL.sub(lambda x: f"{float(x.group()):.2f}", one.group()), buffer.getvalue()
    )
    glyphs = {name: f"g{number}" for number, name in enumerate(dict.fromkeys(_GLYPH.findall(svg)))}
    svg = _GLYPH.sub(lambda name: glyphs[name.group()], svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def frame_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV text with LF line ends and shortest exact numbers."""
    return frame.to_csv(index=False, lineterminator="\n")
