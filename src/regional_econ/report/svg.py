"""Figures inside the page: SVG that follows the reader's light or dark theme."""

from __future__ import annotations

import re

from regional_econ.report.figures.style import INK, MUTED, PAPER, RULE, SERIES

_NEUTRAL = {INK: "var(--ink)", MUTED: "var(--muted)", RULE: "var(--rule)", PAPER: "var(--paper)"}
_THEME = {colour: f"var(--series-{number})" for number, colour in enumerate(SERIES, start=1)} | _NEUTRAL


def inline_svg(svg: str, prefix: str) -> str:
    """Return an SVG element to stand inside a page.

    The prolog, the fixed size and the embedded style sheet go, the colours become the page's
    variables, and every id gets a prefix, so that many figures can share one page.

    Parameters
    ----------
    svg : a whole SVG file of `figure_svg`.
    prefix : unique in the page, letters, digits and hyphens.
    """
    body = svg[svg.index("<svg") :]
    box = re.search(r'viewBox="([^"]+)"', body)
    view = box.group(1) if box else "0 0 1 1"
    body = re.sub(r"<svg[^>]*>", f'<svg viewBox="{view}" aria-hidden="true" focusable="false">', body, count=1)
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'(?<=\bid=")', f"{prefix}-", body)
    body = re.sub(r'xlink:href="#', f'href="#{prefix}-', body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    for colour, variable in _THEME.items():
        body = body.replace(colour, variable)
    return re.sub(r"\n\s*", "\n", body).strip()
