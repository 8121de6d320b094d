"""The report as one page that needs no network, no scripts and no fonts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from regional_econ.report.document import Document, Picture, Prose, Table
from regional_econ.report.figures.draw import frame_csv
from regional_econ.report.svg import inline_svg
from regional_econ.report.verdicts import VerdictCard


@dataclass(frozen=True)
class Drawn:
    """One figure as SVG: in both sizes without a background, and wide on white paper."""

    wide: str
    narrow: str
    paper: str


def render_html(document: Document, drawn: Mapping[str, Drawn], templates: Path, *, other: str) -> str:
    """Render a document as HTML.

    Parameters
    ----------
    document : the report in one language.
    drawn : figures by id.
    templates : folder with report.html.j2 and report.css.
    other : file name of the same page in the other language, or an empty text.

    Returns
    -------
    The page. Every text in it is escaped; the same document gives the same bytes.
    """
    environment = Environment(
        loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.tests.update(
        prose=lambda item: isinstance(item, Prose),
        table=lambda item: isinstance(item, Table),
        picture=lambda item: isinstance(item, Picture),
        verdict=lambda item: isinstance(item, VerdictCard),
    )
    style = (templates / "report.css").read_text(encoding="utf-8")
    return environment.get_template("report.html.j2").render(
        document=document,
        style=Markup(style),
        other=other,
        other_lang="en" if document.lang == "ru" else "ru",
        svg=lambda picture, size: _svg(picture, drawn[picture.id], size),
        csv=lambda item: _csv_uri(item.frame() if isinstance(item, Table) else item.frame),
    )


def _svg(picture: Picture, drawn: Drawn, size: str) -> Markup:
    source = drawn.wide if size == "wide" else drawn.narrow
    return Markup(inline_svg(source, f"{picture.id.replace('.', '-')}-{size}"))


def _csv_uri(frame: pd.DataFrame) -> str:
    text = frame_csv(frame)
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode("utf-8")).decode("ascii")
