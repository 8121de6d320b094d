"""What all pages share: style, script, fonts, and the chart library, which the build makes and nobody vendors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import vl_convert

from regional_econ._base.files import sha256_bytes
from regional_econ.report.charts.style import web_fonts
from regional_econ.report.design import theme_css

VEGA = "assets/vega.js"


@dataclass(frozen=True)
class Assets:
    """Files by their path inside the report, and the addresses that pages use for them."""

    files: Mapping[str, bytes]

    @property
    def style(self) -> str:
        """Address of the style sheet."""
        return self.address("assets/site.css")

    @property
    def script(self) -> str:
        """Address of the script of every page."""
        return self.address("assets/site.js")

    @property
    def vega(self) -> str:
        """Address of the chart library."""
        return self.address(VEGA)

    def address(self, path: str) -> str:
        """Return a path with the beginning of its content's hash, so that no browser shows an old copy."""
        return versioned(path, self.files[path])


def assets(folder: Path) -> Assets:
    """Return the shared files of the site.

    Parameters
    ----------
    folder : folder with site.css and site.js.

    Raises
    ------
    StoreError : the fonts are missing.
    """
    style = theme_css() + (folder / "site.css").read_text(encoding="utf-8")
    files = {
        "assets/site.css": style.encode("utf-8"),
        "assets/site.js": (folder / "site.js").read_bytes(),
        VEGA: vega_script(),
    }
    return Assets(files | {f"assets/fonts/{name}": content for name, content in web_fonts().items()})


@cache
def vega_script() -> bytes:
    """Return the chart library as a classic script that sets one global, ``vegaEmbed``.

    The bundle comes out of the renderer that draws the PDF's charts, so that both draw with the same version.
    """
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f'(function () {{"use strict";\n{bundle}\n}})();\n'.encode()


def versioned(path: str, content: bytes) -> str:
    """Return an address that changes with the content.

    >>> versioned("a.js", b"x")
    'a.js?v=2d711642'
    """
    return f"{path}?v={sha256_bytes(content)[:8]}"
