"""From written sections and results to the finished report: a page and a PDF in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ._base.files import write_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.section import FigureBlock, Section
from regional_econ.core.workspace import Workspace
from regional_econ.report.document import Picture, document
from regional_econ.report.figures.draw import draw_figure, figure_svg, frame_csv
from regional_econ.report.html import Drawn, render_html
from regional_econ.report.pdf import render_pdf
from regional_econ.report.words import Words, read_numbers

SECTION_ORDER = ("data", "panel", "causal", "forecast", "elasticities", "policy", "referee", "provenance")


def build(
    workspace: Workspace,
    *,
    labels: Mapping[str, Text],
    regions: Mapping[str, Text],
    langs: Sequence[Lang] = LANGS,
    out: Path | None = None,
) -> list[Path]:
    """Build the report of a workspace from its sections, results and the text catalogue.

    Parameters
    ----------
    workspace : the study and profile whose sections and results are read.
    labels : label by variable id.
    regions : name by region id.
    langs : the languages to build.
    out : folder of the report; ``reports/out`` of the project by default.

    Returns
    -------
    The files written: page, PDF and the figures as SVG and CSV.

    Raises
    ------
    StoreError : a section is missing; the message names the command that makes it.
    TextError, UnknownNameError : a text, number or name that is missing, by its id.
    """
    sections = read_sections(workspace)
    catalogue = load_catalogue()
    numbers = read_numbers(workspace.results)
    study = workspace.study
    texts = [Words(lang, catalogue, numbers, labels, regions, study.focal_region, study.outcome) for lang in langs]
    folder = workspace.root / "reports" / "out" if out is None else out
    return write_report(sections, texts, workspace.root / "reports" / "templates", folder)


def picture(
    workspace: Workspace,
    figure_id: str,
    *,
    labels: Mapping[str, Text],
    regions: Mapping[str, Text],
    lang: Lang = "en",
) -> str:
    """Return one figure of the report as SVG on white paper, for the README or a letter.

    Parameters
    ----------
    workspace : the study and profile whose sections are read.
    figure_id : id of the figure's block.
    labels, regions, lang : as in `build`.

    Raises
    ------
    UnknownNameError : no section holds such a figure.
    """
    blocks = [block for section in workspace.sections().values() for block in section.blocks]
    figures = {block.id: block for block in blocks if isinstance(block, FigureBlock)}
    if figure_id not in figures:
        raise UnknownNameError.of("figure", figure_id, figures)
    found = figures[figure_id]
    words = Words(lang, load_catalogue(), {}, labels, regions, workspace.study.focal_region)
    return figure_svg(draw_figure(found.kind, found.data, words, options=found.options), paper=True)


def load_catalogue() -> Catalogue:
    """Return the texts of all rooms, merged."""
    return Catalogue.load(sorted((data_dir() / "texts").glob("*.yml")))


def read_sections(workspace: Workspace) -> list[Section]:
    """Return the sections of a workspace in the order of the report.

    Raises
    ------
    StoreError : a section is missing.
    """
    missing = [name for name in SECTION_ORDER if not workspace.section_path(name).is_file()]
    if missing:
        raise StoreError(
            f"the report lacks the section {', '.join(missing)}",
            where=str(workspace.section_path(missing[0])),
            advice=f"Run: regional-econ reproduce --profile {workspace.profile}",
        )
    return [Section.read(workspace.section_path(name)) for name in SECTION_ORDER]


def write_report(
    sections: Sequence[Section], texts: Sequence[Words], templates: Path, out: Path, *, front: str = "report"
) -> list[Path]:
    """Render sections in each language and write page, PDF, SVGs and CSVs.

    Nothing is written before everything has been rendered.

    Parameters
    ----------
    sections : in the order of the report.
    texts : one set of words a language.
    templates : folder with report.html.j2, report.css and report.typ.
    out : where the files go.
    front : prefix of the text ids title, subtitle and answer.
    """
    files: dict[Path, bytes] = {}
    for words in texts:
        read = document(sections, words, front=front)
        drawn = {picture.id: _draw(picture, words) for picture in read.pictures()}
        others = [other.lang for other in texts if other.lang != words.lang]
        other = f"report_{others[0]}.html" if others else ""
        page = render_html(read, drawn, templates, other=other)
        files[out / f"report_{words.lang}.html"] = page.encode("utf-8")
        pdf = render_pdf(read, {name: figure.wide for name, figure in drawn.items()}, templates)
        files[out / f"report_{words.lang}.pdf"] = pdf
        for picture in read.pictures():
            files[out / "figures" / f"{picture.id}_{words.lang}.svg"] = drawn[picture.id].paper.encode("utf-8")
            files[out / "figures" / f"{picture.id}.csv"] = frame_csv(picture.frame).encode("utf-8")
    for path, content in files.items():
        write_bytes(path, content)
    return list(files)


def _draw(picture: Picture, words: Words) -> Drawn:
    wide = draw_figure(picture.kind, picture.frame, words, options=picture.options)
    narrow = draw_figure(picture.kind, picture.frame, words, options=picture.options, size="narrow")
    return Drawn(figure_svg(wide), figure_svg(narrow), figure_svg(wide, paper=True))
