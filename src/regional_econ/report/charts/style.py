"""How every chart looks: one palette with its dark twin, one type scale, two sizes, the bundled fonts.

The palette is safe for the common forms of colour blindness and keeps its contrast on light and on dark paper. Charts
use these colours only, each as a constant, so that the site can swap every one for its twin in `DARK`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import altair as alt
import vl_convert
from fontTools.subset import Options as SubsetOptions
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont

from regional_econ._base.errors import StoreError
from regional_econ._base.location import package_dir
from regional_econ._base.text import THIN_SPACE, Lang

Size = Literal["wide", "narrow"]

INK = "#22303c"
MUTED = "#5f6d7a"
RULE = "#cfd6dc"
PAPER = "#ffffff"
HUE = "#2f6db3"
ACCENT = "#c8590a"
SERIES = (HUE, ACCENT, "#1f8f74", "#8a5aa6", "#b58900", "#5a7184")
BELOW = ("#e3cf9d", "#7d5b0c")  # below zero, where a map has two sides
SHADES = ("#e4edf7", "#c3d7ec", "#98bbdd", "#74a5d3", "#3a76b5", "#1d4f8a")
DARK: Mapping[str, str] = {
    INK: "#e4e9ee", MUTED: "#9fadb9", RULE: "#3a4651", PAPER: "#14191e", HUE: "#6ea8ea", ACCENT: "#f08a3c",
    "#1f8f74": "#46c3a2", "#8a5aa6": "#c39adf", "#b58900": "#dcb43a", "#5a7184": "#93a9bb",
    "#e4edf7": "#1d2b3a", "#c3d7ec": "#25425f", "#98bbdd": "#2d5985", "#74a5d3": "#366b9e", "#3a76b5": "#72a9e0",
    "#1d4f8a": "#b4d5f7", "#e3cf9d": "#4e4220", "#7d5b0c": "#d9bd6a",
}  # fmt: skip

WIDTHS: Mapping[Size, int] = {"wide": 720, "narrow": 358}
HEAD, TEXT, SMALL = 13.0, 12.0, 11.0
LINE = 16.0
MARKERS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
DASHES: tuple[tuple[int, ...], ...] = ((), (7, 3), (4, 2, 1, 2), (2, 2), (9, 2, 2, 2, 2, 2))
TARGET_DASH = (6, 3)

SANS, SERIF = "Regional Sans", "Regional Serif"
FONT_STACK = f"{SANS}, Helvetica Neue, Arial, sans-serif"


@dataclass(frozen=True)
class Face:
    """One bundled font: family, weight and style as CSS names them, and the stem of its files."""

    family: str
    weight: int
    style: Literal["normal", "italic"]
    stem: str


FACES = (
    Face(SANS, 400, "normal", "RegionalSans-Regular"),
    Face(SANS, 600, "normal", "RegionalSans-SemiBold"),
    Face(SERIF, 400, "normal", "RegionalSerif-Regular"),
    Face(SERIF, 600, "normal", "RegionalSerif-SemiBold"),
    Face(SERIF, 400, "italic", "RegionalSerif-Italic"),
)


def fonts_dir() -> Path:
    """Return the folder of the bundled fonts, TTF and WOFF2.

    Raises
    ------
    StoreError : neither an installed wheel nor a clone holds it.
    """
    for candidate in (package_dir() / "_data" / "fonts", package_dir().parents[1] / "reports" / "fonts"):
        if candidate.is_dir():
            return candidate
    raise StoreError("the fonts are missing", where=str(package_dir()), advice="Install the package again")


def web_fonts() -> dict[str, bytes]:
    """Return the fonts of the site: content of each WOFF2 file by its name."""
    return {f"{face.stem}.woff2": (fonts_dir() / f"{face.stem}.woff2").read_bytes() for face in FACES}


@cache
def chart_font(weight: int, signs: frozenset[str]) -> bytes:
    """Return the font of charts as a WOFF2 file with no other letters than these, to stand inside an SVG file.

    Parameters
    ----------
    weight : 400 or 600.
    signs : the letters; the font knows those of `RANGES` in reports/fonts/subset.py.
    """
    stem = next(face.stem for face in FACES if (face.family, face.weight) == (SANS, weight))
    font = TTFont(fonts_dir() / f"{stem}.ttf", recalcTimestamp=False, lazy=True)
    options = SubsetOptions(layout_features=[], name_IDs=[], hinting=False)
    options.drop_tables += ["GDEF", "GPOS", "GSUB"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(map(ord, signs)))
    subsetter.subset(font)
    font.flavor = "woff2"
    made = BytesIO()
    font.save(made)
    return made.getvalue()


@cache
def use_fonts() -> None:
    """Make the bundled fonts known to the renderer of SVG and PNG files, once a process."""
    vl_convert.register_font_directory(str(fonts_dir()))


def shade(level: float) -> str:
    """Return a colour of the sequential palette; level runs from 0 (palest) to 1 (deepest).

    >>> shade(0.0) == SHADES[0], shade(1.0) == SHADES[-1]
    (True, True)
    """
    return SHADES[round(level * (len(SHADES) - 1))]


def colour_on(colour: str) -> str:
    """Return the colour of letters that can be read on a shade, on light and on dark paper."""
    return PAPER if colour in (*SHADES[4:], BELOW[1]) else INK


def styled[Chart: (alt.LayerChart, alt.ConcatChart, alt.HConcatChart)](chart: Chart, lang: Lang) -> Chart:
    """Return a chart in the house style, its numbers written as the reader's language does.

    The style stands in the chart itself, so that a user who saves it gets the same picture.
    """
    use_fonts()
    russian = lang == "ru"
    separator, point = (THIN_SPACE, ",") if russian else (",", ".")
    number = alt.NumberLocale(decimal=point, thousands=separator, grouping=[3], currency=["", ""])
    found: Chart = chart.configure(
        aria=False,
        background=PAPER,
        font=FONT_STACK,
        locale=alt.Locale(number=number),
        padding=0,
        axis=alt.AxisConfig(
            labelFont=FONT_STACK, labelFontSize=TEXT, labelColor=MUTED, labelPadding=5, labelOverlap=False,
            labelFlush=False, gridColor=RULE, gridWidth=0.8, domain=False, ticks=False, tickColor=RULE,
            tickSize=4, title=None,
        ),
        view=alt.ViewConfig(stroke=None, fill=None),
        mark=alt.MarkConfig(color=INK),
        text=alt.MarkConfig(font=FONT_STACK, fontSize=TEXT, color=INK),
    )  # fmt: skip
    return found
