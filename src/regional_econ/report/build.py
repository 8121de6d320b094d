"""From written sections and results to the finished report: the site and a PDF in each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ._base.parallel import map_cases
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.explorer import EXPLORERS, Explorer
from regional_econ.core.section import SECTION_ORDER, FigureBlock, Section
from regional_econ.core.workspace import Workspace
from regional_econ.report.charts.draw import chart, chart_svg
from regional_econ.report.document import Document, document
from regional_econ.report.downloads import Downloads, download_path, read_downloads
from regional_econ.report.drawings import Drawn, Forms
from regional_econ.report.folder import Part, replace_files
from regional_econ.report.numbers import Ledger, read_ledger
from regional_econ.report.pdf import render_pdf
from regional_econ.report.site import Edition, site_files
from regional_econ.report.words import Words, read_numbers


def build(
    workspace: Workspace,
    *,
    labels: Mapping[str, Text],
    regions: Mapping[str, Text],
    langs: Sequence[Lang] = LANGS,
    out: Path | None = None,
    only: Part = "all",
) -> list[Path]:
    """Build the report of a workspace from its sections, results and the text catalogue.

    Parameters
    ----------
    workspace : the study and profile whose sections and results are read.
    labels : label by variable id.
    regions : name by region id.
    langs : the languages to build.
    out : folder of the report; ``reports/out`` of the project by default.
    only : "site" leaves the PDFs of an earlier build as they are, "pdf" leaves its site.

    Returns
    -------
    The files written.

    Raises
    ------
    StoreError : a section is missing; the message names the command that makes it.
    TextError, UnknownNameError : a text, number or name that is missing, by its id.
    """
    check_option("part", only, Part)
    sections = read_sections(workspace)
    ledger = read_ledger(workspace)
    texts = _texts(workspace, labels, regions, langs)
    folder = workspace.root / "reports" / "out" if out is None else out
    return write_report(
        sections,
        texts,
        ledger,
        workspace.root / "reports",
        folder,
        only=only,
        jobs=workspace.jobs,
        downloads=read_downloads(workspace),
        explorers=read_explorers(workspace),
    )


def read_document(
    workspace: Workspace, lang: Lang, *, labels: Mapping[str, Text], regions: Mapping[str, Text]
) -> Document:
    """Return the report of a workspace in one language as its pages and its PDF say it, without drawing anything.

    Parameters and errors are those of `build`.
    """
    return document(read_sections(workspace), _texts(workspace, labels, regions, (lang,))[0])


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
    return chart_svg(chart(found.kind, found.data, words, options=found.options))


def load_catalogue() -> Catalogue:
    """Return the texts of all rooms, merged."""
    return Catalogue.load(sorted((data_dir() / "texts").glob("*.yml")))


def read_sections(workspace: Workspace) -> list[Section]:
    """Return the sections of a workspace in the order of the report.

    Raises
    ------
    StoreError : a section is missing.
    """
    return [Section.read(path) for path in _present("section", SECTION_ORDER, workspace.section_path, workspace)]


def read_explorers(workspace: Workspace) -> list[Explorer]:
    """Return the explorers of a workspace in the order of the site.

    Raises
    ------
    StoreError : an explorer is missing.
    """
    return [Explorer.read(path) for path in _present("explorer", EXPLORERS, workspace.explorer_path, workspace)]


def write_report(
    sections: Sequence[Section],
    texts: Sequence[Words],
    ledger: Ledger,
    sources: Path,
    out: Path,
    *,
    front: str = "report",
    only: Part = "all",
    jobs: int = 1,
    downloads: Downloads | None = None,
    explorers: Sequence[Explorer] = (),
) -> list[Path]:
    """Render sections in each language and write the site, the PDFs and the files of the figures.

    Nothing is written before everything has been rendered; files of an earlier build that this one does not make
    any more are removed.

    Parameters
    ----------
    sections : in the order of the report.
    texts : one set of words a language.
    ledger : the results behind the numbers, and the code.
    sources : folder with ``site`` (templates, style, script) and ``pdf`` (report.typ).
    out : where the files go.
    front : prefix of the text ids title, subtitle and answer.
    only : the part to build.
    jobs : languages whose figures are drawn at a time; it changes no byte.
    downloads : contents of further files by chapter and name, which the chapter's page links to.
    explorers : pages of the site that a reader works with, in their order.

    Returns
    -------
    The files written, in the order of their paths.
    """
    editions = [_edition(sections, words, front) for words in texts]
    if jobs > 1 and only != "pdf":
        cases: dict[str, Edition] = {edition.words.lang: edition for edition in editions}
        made = map_cases(_drawings, cases, seed=0, jobs=jobs, label="figures")
        editions = [_with_drawings(edition, made[edition.words.lang]) for edition in editions]
    files: dict[str, bytes] = {}
    if only != "pdf":
        pdfs = [words.lang for words in texts if only == "all" or (out / f"report_{words.lang}.pdf").is_file()]
        offered = downloads or {}
        files |= site_files(editions, ledger, sources / "site", pdfs=pdfs, downloads=offered, explorers=explorers)
        files |= {download_path(name): content for own in offered.values() for name, content in own.items()}
    if only != "site":
        for edition in editions:
            drawn = {one.id: edition.drawn[one.id].wide.small for one in edition.document.pictures()}
            built = f"{edition.words.text('report.site.built')} {ledger.code.version}, SHA-256 {ledger.code.sha256}"
            pdf = render_pdf(edition.document, drawn, sources / "pdf", built=built)
            files[f"report_{edition.document.lang}.pdf"] = pdf
    return replace_files(out, files, only=only)


def _texts(
    workspace: Workspace, labels: Mapping[str, Text], regions: Mapping[str, Text], langs: Sequence[Lang]
) -> list[Words]:
    catalogue, numbers, study = load_catalogue(), read_numbers(workspace.results), workspace.study
    return [Words(lang, catalogue, numbers, labels, regions, study.focal_region, study.outcome) for lang in langs]


def _present(kind: str, names: Sequence[str], path: Callable[[str], Path], workspace: Workspace) -> list[Path]:
    """Return the files of everything named, all of which must be there."""
    missing = [name for name in names if not path(name).is_file()]
    if missing:
        raise StoreError(
            f"the report lacks the {kind} {', '.join(missing)}",
            where=str(path(missing[0])),
            advice=f"Run: regional-econ reproduce --profile {workspace.profile}",
        )
    return [path(name) for name in names]


def _edition(sections: Sequence[Section], words: Words, front: str) -> Edition:
    read = document(sections, words, front=front)
    pictures = (*read.pictures(), *read.leaf_pictures())
    return Edition(read, words, {picture.id: Drawn(picture, words) for picture in pictures})


def _drawings(edition: Edition, _seed: int) -> dict[str, Forms]:
    """Draw every figure of a language, in all its forms."""
    still = {picture.id for picture in edition.document.leaf_pictures()}
    return {figure_id: figure.forms(live=figure_id not in still) for figure_id, figure in edition.drawn.items()}


def _with_drawings(edition: Edition, made: Mapping[str, Forms]) -> Edition:
    return replace(edition, drawn={key: replace(one, ready=made[key]) for key, one in edition.drawn.items()})
