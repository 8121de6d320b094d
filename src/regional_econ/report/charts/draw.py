"""One door to all charts: from a section's figure block to an Altair chart, and to SVG, PNG, Vega and CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import vl_convert

from regional_econ._base.csv_cells import no_formulas
from regional_econ._base.errors import OptionError
from regional_econ.core.section import FigureKind, OptionValue
from regional_econ.report.charts.availability import availability
from regional_econ.report.charts.bars import bars
from regional_econ.report.charts.calibration import calibration
from regional_econ.report.charts.coefficients import coefficients
from regional_econ.report.charts.contour import contour
from regional_econ.report.charts.course import course
from regional_econ.report.charts.dag import dag
from regional_econ.report.charts.decomposition import decomposition
from regional_econ.report.charts.density import density
from regional_econ.report.charts.earlier_fans import earlier_fans
from regional_econ.report.charts.fan import fan
from regional_econ.report.charts.histograms import histograms
from regional_econ.report.charts.intervals import intervals
from regional_econ.report.charts.ranges import ranges
from regional_econ.report.charts.revisions import revisions
from regional_econ.report.charts.scenario import scenario
from regional_econ.report.charts.small_multiples import small_multiples
from regional_econ.report.charts.specification_curve import specification_curve
from regional_econ.report.charts.statuses import statuses
from regional_econ.report.charts.style import Size, use_fonts
from regional_econ.report.charts.tile_map import tile_map
from regional_econ.report.charts.tornado import tornado
from regional_econ.report.charts.waterfall import waterfall
from regional_econ.report.options import Options
from regional_econ.report.words import Words

_CLIP = re.compile(r"(?<=clip)\d+(?=[\")])")
_DRAW: Mapping[str, Callable[[pd.DataFrame, Options, Words, Size], alt.TopLevelMixin]] = {
    "fan": fan,
    "coefficients": coefficients,
    "scenario": scenario,
    "calibration": calibration,
    "small_multiples": small_multiples,
    "specification_curve": specification_curve,
    "density": density,
    "waterfall": waterfall,
    "tile_map": tile_map,
    "availability": availability,
    "statuses": statuses,
    "revisions": revisions,
    "decomposition": decomposition,
    "dag": dag,
    "contour": contour,
    "bars": bars,
    "intervals": intervals,
    "histograms": histograms,
    "earlier_fans": earlier_fans,
    "tornado": tornado,
    "course": course,
    "ranges": ranges,
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "fan": ("year", "series", "value"),
    "coefficients": ("term", "model", "estimate", "conf_low80", "conf_high80", "conf_low95", "conf_high95"),
    "scenario": ("year", "scenario", "p50", "lo80", "hi80", "lo95", "hi95"),
    "calibration": ("model", "nominal", "coverage"),
    "small_multiples": ("panel", "year", "value"),
    "specification_curve": ("rank", "estimate", "conf_low", "conf_high"),
    "density": ("estimate",),
    "waterfall": ("label", "value", "total"),
    "tile_map": ("region", "code", "district", "row", "column", "value", "status"),
    "availability": ("variable", "group", "year", "share", "break"),
    "statuses": ("region", "district", "year", "status"),
    "revisions": ("edition_ru", "edition_en", "region", "year", "change_pct"),
    "decomposition": ("panel", "x", "y", "label", "highlight"),
    "bars": ("panel", "label", "value"),
    "intervals": ("panel", "x", "series", "estimate", "conf_low", "conf_high", "label", "highlight"),
    "histograms": ("panel", "low", "high", "share"),
    "dag": ("part", "id", "target", "x", "layer", "role", "dashed", "label_ru", "label_en"),
    "contour": ("panel", "part", "name", "x", "y", "value"),
    "earlier_fans": ("origin", "year", "p50", "lo50", "hi50", "lo80", "hi80", "lo95", "hi95", "observed", "held80"),
    "tornado": ("label", "low", "high", "centre"),
    "course": ("part", "year", "last", "value", "low", "high", "name"),
    "ranges": ("label", "value", "low", "high", "highlight"),
}
CHART_KINDS: tuple[str, ...] = tuple(_DRAW)


def chart(
    kind: FigureKind,
    frame: pd.DataFrame,
    words: Words,
    options: Mapping[str, OptionValue] | None = None,
    size: Size = "wide",
) -> alt.TopLevelMixin:
    """Return a frame as a chart of a kind.

    Parameters
    ----------
    kind : what is drawn.
    frame : the data, with the columns that the kind's function names.
    words : the texts of the reader's language.
    options : what the kind's function knows beside the data.
    size : "wide" for print and desktop, "narrow" for a phone.

    Returns
    -------
    The chart, never shown; `.save("name.svg")` writes it.

    Raises
    ------
    OptionError : the frame is empty, lacks a column or holds nothing that can be drawn.
    """
    missing = [column for column in _NEEDED[kind] if column not in frame.columns]
    if missing or frame.empty:
        raise _refused(kind, f"lacks {', '.join(missing)}" if missing else "is empty")
    if np.isinf(frame.select_dtypes("number").to_numpy(float)).any():
        raise _refused(kind, "holds an infinite number")
    try:
        return _DRAW[kind](frame, Options(options or {}), words, size)
    except (ArithmeticError, LookupError, StopIteration, TypeError, ValueError) as error:
        raise _refused(kind, f"holds nothing that can be drawn: {error}") from error


def chart_svg(chart: alt.TopLevelMixin) -> str:
    """Return a chart as SVG text, its words as text in the bundled fonts; the same chart gives the same bytes."""
    return vega_svg(chart_vega(chart))


def vega_svg(vega: Mapping[str, Any]) -> str:
    """Return a compiled chart as SVG text.

    Vega numbers its clipping paths through all charts that a process draws; here they begin with 1 in each.
    """
    use_fonts()
    svg = str(vl_convert.vega_to_svg(dict(vega))) + "\n"
    numbers = {found: str(place) for place, found in enumerate(dict.fromkeys(_CLIP.findall(svg)), start=1)}
    return _CLIP.sub(lambda found: numbers[found[0]], svg)


def chart_vega(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return the compiled Vega specification of a chart, with its data, for the site."""
    return dict(vl_convert.vegalite_to_vega(chart.to_dict(validate=False)))


def frame_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV text with LF line ends and shortest exact numbers, in which no text is a formula."""
    return no_formulas(frame).to_csv(index=False, lineterminator="\n")


def _refused(kind: FigureKind, what: str) -> OptionError:
    return OptionError(f"the frame of a {kind} figure {what}", advice="Mend the section that draws it")
