"""The report as a static site: pages that work from a folder, without a server, a network or a script."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from regional_econ._base.errors import OptionError
from regional_econ._base.text import format_number
from regional_econ.core.explorer import Explorer
from regional_econ.report.assets import assets, versioned
from regional_econ.report.charts.draw import frame_csv
from regional_econ.report.design import ROLES, SERIES_COLOURS, SHADE_COLOURS, SPACES, TYPE_STEPS
from regional_econ.report.document import Card, Chapter, Document, Picture, Prose, Table
from regional_econ.report.downloads import download_path
from regional_econ.report.drawings import Drawing, Drawn
from regional_econ.report.explorers import ExplorerPage, explorer_files, explorer_page
from regional_econ.report.numbers import Ledger, script_json
from regional_econ.report.search import prose_anchor, row_anchor, search_script
from regional_econ.report.showcase import Showcase, showcase
from regional_econ.report.verdicts import VerdictCard
from regional_econ.report.words import Words

UP = "../"
ALL_NUMBERS = "data/numbers.csv"
_OWN_PAGES = ("index", "design")
_NUMBER = re.compile(r'data-id="([^"]+)"')
_SCRIPT_WORDS = ("how", "value", "unit", "error", "result", "inputs", "code", "changed", "hint", "found", "found_more")
_ENTRY_KINDS = ("explorer", "chapter", "text", "figure", "table", "row", "claim", "card")


@dataclass(frozen=True)
class Edition:
    """The report in one language with everything that its pages need.

    Parameters
    ----------
    document : what is read.
    words : the texts of the language.
    drawn : every figure of the document, by id.
    """

    document: Document
    words: Words
    drawn: Mapping[str, Drawn]


def site_files(
    editions: Sequence[Edition],
    ledger: Ledger,
    folder: Path,
    *,
    pdfs: Collection[str],
    downloads: Mapping[str, Collection[str]] | None = None,
    explorers: Sequence[Explorer] = (),
) -> dict[str, bytes]:
    """Render every page, script and data file of the site.

    Parameters
    ----------
    editions : the languages that are built.
    ledger : where the numbers come from.
    folder : folder with the templates, site.css and site.js.
    pdfs : the languages whose PDF stands beside the site.
    downloads : names of further files by chapter, to which its page links; a text ``report.download.<name>`` tells of
        each, dots in its name being underscores.
    explorers : pages that a reader works with, in their order.

    Returns
    -------
    Content by path inside the report; the same report gives the same bytes.

    Raises
    ------
    UnknownNameError : a text that is missing, or a number without a result, by its id.
    OptionError : a chapter with the name of a page of the site's own.
    """
    shared, environment = assets(folder), _environment(folder)
    shows = [showcase(edition.document, ledger, edition.words) for edition in editions]
    figures = [_figures(edition, shown.made) for edition, shown in zip(editions, shows, strict=True)]
    working = explorer_files(explorers, folder)
    files, printed = {**shared.files, **working}, set[str]()
    for edition, shown, own in zip(editions, shows, figures, strict=True):
        lang = edition.document.lang
        other = next((e.document.lang for e in editions if e is not edition), "")
        still = {picture.id for picture in edition.document.leaf_pictures()}
        addresses = {
            id: _Shown(drawn, lang, _data_path(id, lang, figures), live=id not in still) for id, drawn in own.items()
        }
        values = {
            "assets": shared,
            "other": other,
            "pdf": f"report_{lang}.pdf" if lang in pdfs else "",
            "code": ledger.code,
            "stale": ledger.stale,
            "all_numbers": ALL_NUMBERS,
            "figures": addresses,
            "downloads": downloads or {},
            "download_path": download_path,
            "example": (folder / "example.txt").read_text(encoding="utf-8"),
        }
        tools = [explorer_page(explorer, edition.words, working, folder) for explorer in explorers]
        pages = _Pages(edition, shown, tools, ledger, environment, values)
        files |= pages.render()
        printed |= pages.printed
        for address in addresses.values():
            files |= address.files()
        for table in edition.document.tables():
            files[table_path(table.id, lang)] = frame_csv(table.frame()).encode("utf-8")
    documents = [edition.document for edition in editions]
    built = Markup(script_json([document.lang for document in documents]))
    files[ALL_NUMBERS] = ledger.csv(printed).encode("utf-8")
    index = environment.get_template("index.html.j2").render(langs=documents, built=built, assets=shared)
    return files | {"index.html": index.encode("utf-8")}


def _figures(edition: Edition, made: Sequence[Picture]) -> dict[str, Drawn]:
    return {**edition.drawn, **{picture.id: Drawn(picture, edition.words) for picture in made}}


def _data_path(figure: str, lang: str, figures: Sequence[Mapping[str, Drawn]]) -> str:
    """Return where a figure's data lie: one file for all languages unless there are words in it."""
    same = len({own[figure].csv for own in figures if figure in own}) == 1
    return f"data/{figure}.csv" if same else f"data/{figure}_{lang}.csv"


def table_path(table: str, lang: str) -> str:
    """Return where a table lies inside the report, by its id.

    >>> table_path("panel.reference", "en")
    'data/panel.reference_en.csv'
    """
    return f"data/{table}_{lang}.csv"


def figure_path(figure: str, lang: str) -> str:
    """Return where a figure's picture lies inside the report, by its id.

    >>> figure_path("forecast.fan", "en")
    'figures/forecast.fan_en.svg'
    """
    return f"figures/{figure}_{lang}.svg"


class _Pages:
    """Renders the pages of one language; ``printed`` holds the ids of the numbers on them afterwards."""

    def __init__(
        self,
        edition: Edition,
        shown: Showcase,
        explorers: Sequence[ExplorerPage],
        ledger: Ledger,
        environment: Environment,
        values: Mapping[str, object],
    ) -> None:
        self._document, self._words, self._ledger, self._showcase = edition.document, edition.words, ledger, shown
        self._environment, self._explorers = environment, explorers
        self.printed: set[str] = set()
        self._scripts = {
            name: (f"{name}/{self._document.lang}.js", script.encode("utf-8"))
            for name, script in (("search", search_script(self._document, explorers)), ("words", self._words_script()))
        }
        self._shared: dict[str, object] = {
            **values,
            "explorers": explorers,
            "document": self._document,
            "words": self._words,
            "path": UP,
            "scripts": {name: versioned(path, content) for name, (path, content) in self._scripts.items()},
            "table_csv": lambda table: table_path(table.id, self._document.lang),
            "number": lambda value, digits=1: format_number(value, digits, self._document.lang),
        }

    def render(self) -> dict[str, bytes]:
        chapters = self._document.chapters
        named = {chapter.id for chapter in chapters} | {page.id for chapter in chapters for page in chapter.pages}
        for name in named & set(_OWN_PAGES):
            advice = "The site has a page of that name; rename the section"
            raise OptionError(f"a chapter cannot be called {name!r}", advice=advice)
        fan = next((picture for picture in self._document.pictures() if picture.kind == "fan"), None)
        files = self._page("index", "start.html.j2", self._document.title, {"fan": fan})
        for chapter, before, after in zip(chapters, (None, *chapters), (*chapters[1:], None), strict=False):
            values: dict[str, object] = {"chapter": chapter, "before": before, "after": after}
            files |= self._page(chapter.id, "chapter.html.j2", chapter.title, values)
            files |= self._leaves(chapter)
        for explorer in self._explorers:
            parent = next(chapter for chapter in chapters if chapter.id == explorer.section)
            files |= self._page(
                explorer.id, "explorer.html.j2", explorer.title, {"explorer": explorer, "parent": parent}
            )
        tokens: dict[str, object] = {
            "roles": ROLES, "series": SERIES_COLOURS, "shades": SHADE_COLOURS, "steps": TYPE_STEPS, "spaces": SPACES,
            "showcase": self._showcase,
        }  # fmt: skip
        files |= self._page("design", "design.html.j2", self._words.text("report.site.design"), tokens)
        return files | dict(self._scripts.values())

    def _leaves(self, chapter: Chapter) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        pages = chapter.pages
        for page, before, after in zip(pages, (None, *pages), (*pages[1:], None), strict=False):
            values: dict[str, object] = {"leaf": page, "parent": chapter, "before": before, "after": after}
            files |= self._page(page.id, "leaf.html.j2", page.title, values)
        return files

    def _page(self, page: str, template: str, title: str, extra: Mapping[str, object]) -> dict[str, bytes]:
        """Return a page and the script that tells where its numbers come from."""
        lang = self._document.lang
        path = f"numbers/{lang}/{page}.js"
        values = {**self._shared, "page": page, "parent": None, "title": title, "numbers": path, **extra}
        text = self._environment.get_template(template).render(values)
        shown = [Markup(found).unescape() for found in _NUMBER.findall(text)]
        self.printed |= set(shown)
        script = self._ledger.script(page, shown, self._words).encode("utf-8")
        text = text.replace(f'data-numbers="{path}"', f'data-numbers="{versioned(path, script)}"')
        return {f"{lang}/{page}.html": text.encode("utf-8"), path: script}

    def _words_script(self) -> str:
        texts = {name: self._words.text(f"report.site.{name}") for name in _SCRIPT_WORDS}
        kinds = {kind: self._words.text(f"report.site.kind.{kind}") for kind in _ENTRY_KINDS}
        return f"regionalEcon.words = {script_json({**texts, 'kinds': kinds})};\n"


class _Shown:
    """A figure as a page shows it: addresses, sizes, and the drawing itself where it stands inside the page.

    A figure that is not live, as those of leaves, stands inside its page in both sizes, without scripts.
    """

    def __init__(self, drawn: Drawn, lang: str, csv: str, *, live: bool) -> None:
        name = f"{drawn.picture.id}_{lang}"
        self.csv, self.live, self._drawn = csv, live, drawn
        self.wide, self.narrow = _Sized(drawn.wide), _Sized(drawn.narrow)
        self.svg = figure_path(drawn.picture.id, lang)
        self._script = f"charts/{name}.js"

    @property
    def version(self) -> str:
        return self._drawn.version

    def files(self) -> dict[str, bytes]:
        texts = {self.csv: self._drawn.csv, self.svg: self._drawn.wide.file}
        if self.live:
            texts[self._script] = self._drawn.script
        return {path: text.encode("utf-8") for path, text in texts.items()}


class _Sized:
    """One size of a figure."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.width, self.height = drawing.width, drawing.height

    def inline(self) -> Markup:
        return Markup(self._drawing.inline())


def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.globals.update(row_anchor=row_anchor, prose_anchor=prose_anchor)
    environment.tests.update(
        prose=lambda item: isinstance(item, Prose),
        table=lambda item: isinstance(item, Table),
        picture=lambda item: isinstance(item, Picture),
        verdict=lambda item: isinstance(item, VerdictCard),
        card=lambda item: isinstance(item, Card),
    )
    return environment
