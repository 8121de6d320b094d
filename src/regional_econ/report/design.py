"""The values of the design system: colours with their dark twins, one type scale, one scale of spaces."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from regional_econ.report.charts.style import (
    ACCENT,
    DARK,
    HUE,
    INK,
    MUTED,
    PAPER,
    RULE,
    SANS,
    SERIES,
    SHADES,
)


@dataclass(frozen=True)
class Colour:
    """A colour of the pages by its role, on light and on dark paper."""

    name: str
    light: str
    dark: str

    def contrast(self, theme: str) -> float:
        """Return the contrast with the paper of a theme, "light" or "dark" (WCAG 2.2, relative luminance).

        >>> round(Colour("ink", "#000000", "#ffffff").contrast("light"))
        21
        """
        own, paper = (self.light, PAPER) if theme == "light" else (self.dark, DARK[PAPER])
        high, low = sorted((_luminance(own), _luminance(paper)), reverse=True)
        return (high + 0.05) / (low + 0.05)


ROLES = (
    *(Colour(name, light, DARK[light]) for name, light in (("paper", PAPER), ("ink", INK), ("muted", MUTED))),
    Colour("rule", RULE, DARK[RULE]),
    Colour("panel", "#f4f6f8", "#1c232a"),
    Colour("hue", HUE, DARK[HUE]),
    Colour("for", "#1f7a62", "#5cc3a5"),
    Colour("against", "#b04a06", "#f0955a"),
    Colour("open", "#5a5f73", "#aab2c8"),
)
SERIES_COLOURS = tuple(Colour(f"series-{n}", light, DARK[light]) for n, light in enumerate(SERIES, start=1))
SHADE_COLOURS = tuple(Colour(f"shade-{n}", light, DARK[light]) for n, light in enumerate(SHADES, start=1))
TYPE_STEPS: Mapping[str, float] = {
    f"step-{step}": round(1.2**step, 4) for step in range(-1, 6)
}  # a minor third between neighbours
SPACES: Mapping[str, float] = {
    "space-1": 0.25, "space-2": 0.5, "space-3": 0.75, "space-4": 1.0, "space-5": 1.5, "space-6": 2.5, "space-7": 4.0,
    "space-8": 6.0,
}  # fmt: skip
_CHART_COLOUR = re.compile("|".join(sorted({*DARK, ACCENT})))


def theme_css() -> str:
    """Return the custom properties of both themes, of the type scale and of the spaces.

    The reader's system decides between light and dark unless ``data-theme`` on the page does; paper is always light.
    """
    pairs = {f"--{colour.name}": (colour.light, colour.dark) for colour in ROLES}
    pairs |= {_variable(light): (light, dark) for light, dark in DARK.items()}
    light = " ".join(f"{name}: {values[0]};" for name, values in pairs.items())
    dark = " ".join(f"{name}: {values[1]};" for name, values in pairs.items())
    sizes = " ".join(f"--{name}: {size}rem;" for scale in (TYPE_STEPS, SPACES) for name, size in scale.items())
    return (
        f":root {{ {sizes} color-scheme: light; {light} }}\n"
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark} }}\n'
        f'@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) '
        f"{{ color-scheme: dark; {dark} }} }}\n"
        f'@media print {{ :root:root, :root:root[data-theme="dark"] {{ color-scheme: light; {light} }} }}\n'
    )


def themed(text: str) -> str:
    """Return an SVG, or the JSON of a chart, whose palette follows the theme of the page around it.

    >>> themed('fill="#22303c"')
    'fill="var(--c22303c)"'
    """
    return _CHART_COLOUR.sub(lambda found: f"var({_variable(found.group())})", text)


def own_style(svg: str, fonts: Mapping[int, bytes]) -> str:
    """Return an SVG file that needs no page, because an image sees none.

    It holds its fonts, and turns dark by itself where the reader's system is dark.

    Parameters
    ----------
    svg : text of the file.
    fonts : a WOFF2 file by the weight of the letters that it writes.
    """
    dark = "".join(
        f'[{name}="{a}"]{{{name}:{b}}}'
        for a, b in DARK.items()
        for name in ("fill", "stroke")
        if f'{name}="{a}"' in svg
    )
    faces = "".join(
        f'@font-face{{font-family:"{SANS}";font-weight:{weight};'
        f'src:url(data:font/woff2;base64,{b64encode(content).decode()}) format("woff2")}}'
        for weight, content in fonts.items()
    )
    start = svg.index(">", svg.index("<svg")) + 1
    style = f"<style>{faces}@media screen and (prefers-color-scheme:dark){{{dark}}}</style>"
    return svg[:start] + style + svg[start:]


def _variable(light: str) -> str:
    return f"--c{light[1:]}"


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
