"""Every figure drawn once for all media: wide for print and desktop, narrow for a phone, live for the site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from altair.utils.schemapi import debug_mode

from regional_econ._base.errors import OptionError
from regional_econ._base.files import sha256_bytes
from regional_econ.report.charts.draw import chart, chart_vega, frame_csv, vega_svg
from regional_econ.report.charts.style import Size, chart_font
from regional_econ.report.design import own_style, themed
from regional_econ.report.document import Picture
from regional_econ.report.numbers import deflated, script_json
from regional_econ.report.svg import letters, smaller
from regional_econ.report.words import Words

CALLBACK = "regionalEcon.chart"
_BOX = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Drawing:
    """One figure in one size; each form is made when it is first asked for.

    Parameters
    ----------
    id : of the figure.
    size : "wide" or "narrow".
    vega : the compiled chart, which the site shows and of which the pictures are made.
    """

    id: str
    size: Size
    vega: Mapping[str, Any]

    @cached_property
    def svg(self) -> str:
        """The SVG on white paper."""
        return vega_svg(self.vega)

    @cached_property
    def small(self) -> str:
        """The same SVG in fewer letters."""
        return smaller(self.svg)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return round(self._box[0])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return round(self._box[1])

    @cached_property
    def file(self) -> str:
        """The SVG as a file that brings the letters that it uses and follows the reader's light or dark system."""
        fonts = {weight: chart_font(weight, signs) for weight, signs in letters(self.svg).items()}
        return own_style(self.small, fonts)

    def inline(self) -> str:
        """Return the SVG as an element that follows the page's theme; its ids begin with its own and the size."""
        hidden = '<svg aria-hidden="true" focusable="false"'
        body = re.sub(r'<svg xmlns="[^"]*"', hidden, themed(self.small), count=1)
        body = re.sub(r'(?<= id=")', f"{self.id}-{self.size}-", body)
        return re.sub(r'(url\(|href=")#', rf"\1#{self.id}-{self.size}-", body)

    @cached_property
    def _box(self) -> tuple[float, float]:
        found = _BOX.search(self.svg)
        return (float(found[1]), float(found[2])) if found else (1.0, 1.0)


@dataclass(frozen=True)
class Forms:
    """A figure as another process drew it: both sizes, and the script of the live chart where it has one."""

    wide: Drawing
    narrow: Drawing
    script: str


@dataclass(frozen=True)
class Drawn:
    """One figure of a document, drawn as far as it is asked for.

    Parameters
    ----------
    picture : the figure with its frame.
    words : the texts of the reader's language.
    ready : itself, drawn before.
    """

    picture: Picture
    words: Words
    ready: Forms | None = None

    @cached_property
    def wide(self) -> Drawing:
        """For print and desktop; raises OptionError where the frame lacks what its kind draws."""
        return self.ready.wide if self.ready else self._draw("wide")

    @cached_property
    def narrow(self) -> Drawing:
        """For a phone."""
        return self.ready.narrow if self.ready else self._draw("narrow")

    @cached_property
    def script(self) -> str:
        """The classic script that hands the live chart, in both sizes, to a page; its colours follow the page's theme.

        Data that both sizes draw are written once: in each size, their place in the list of all stands for them.
        """
        if self.ready and self.ready.script:
            return self.ready.script
        values: dict[str, int] = {}
        sizes = {drawing.size: _with_places(drawing.vega, values) for drawing in (self.wide, self.narrow)}
        listed = f'{{"values":[{",".join(values)}],{script_json(sizes)[1:]}'
        return f"{CALLBACK}({script_json(self.picture.id)}, {script_json(deflated(themed(listed)))});\n"

    @property
    def version(self) -> str:
        """The beginning of the hash of the script."""
        return sha256_bytes(self.script.encode("utf-8"))[:8]

    def forms(self, *, live: bool) -> Forms:
        """Return all that a site needs of the figure, made here and now; one that is not live needs no script."""
        for drawing in (self.wide, self.narrow):
            _ = (drawing.small, drawing.file if drawing is self.wide else None)
        return Forms(self.wide, self.narrow, self.script if live else "")

    @cached_property
    def csv(self) -> str:
        """The data, under a first line that says where they come from, where their section does."""
        told = self.picture.options.get("provenance")
        return (f"# {told}\n" if isinstance(told, str) else "") + frame_csv(self.picture.frame)

    def _draw(self, size: Size) -> Drawing:
        picture = self.picture
        with debug_mode(False):  # the tests of the charts check them against the schema; a build need not
            try:
                drawn = chart(picture.kind, picture.frame, self.words, picture.options, size)
            except OptionError as error:
                raise OptionError(error.message, where=picture.id, advice=error.advice) from error
            return Drawing(picture.id, size, chart_vega(drawn))


def _with_places(vega: Mapping[str, Any], values: dict[str, int]) -> dict[str, Any]:
    """Return a compiled chart with the places of its data in `values`, which gains those that it lacks."""
    data = [
        {**part, "values": values.setdefault(script_json(part["values"]), len(values))} if "values" in part else part
        for part in vega.get("data", [])
    ]
    return {**{key: value for key, value in vega.items() if key != "$schema"}, "data": data}
