"""The search of the site: one small index a language, made from what the pages say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from regional_econ.report.document import Card, Chapter, Document, Page, Picture, Prose, Table
from regional_econ.report.explorers import ExplorerPage
from regional_econ.report.numbers import deflated, script_json
from regional_econ.report.verdicts import VerdictCard

CALLBACK = "regionalEcon.search"
Kind = Literal["explorer", "chapter", "text", "figure", "table", "row", "claim", "card"]


@dataclass(frozen=True)
class Entry:
    """One thing that can be found: its kind, its heading, its words and where it stands."""

    kind: Kind
    title: str
    text: str
    url: str


def search_entries(document: Document) -> tuple[Entry, ...]:
    """Return everything of a document that a reader may look for, in reading order.

    Parameters
    ----------
    document : the report in one language.
    """
    return tuple(entry for chapter in document.chapters for entry in _chapter(chapter))


def search_script(document: Document, explorers: Iterable[ExplorerPage] = ()) -> str:
    """Return the index, deflated, as a classic script; its rows are kind, title, text, address."""
    tools = [Entry("explorer", one.title, f"{one.card} {one.lead}", f"{one.id}.html") for one in explorers]
    rows = [[entry.kind, entry.title, entry.text, entry.url] for entry in (*tools, *search_entries(document))]
    return f"{CALLBACK}({script_json(deflated(script_json(rows)))});\n"


def row_anchor(table: Table, row: int) -> str:
    """Return the id of a table's row inside its page; rows count from one."""
    return f"{table.id}--{row}"


def prose_anchor(position: int) -> str:
    """Return the id of a paragraph inside its page, by its position among the page's items."""
    return f"p{position}"


def _chapter(chapter: Chapter) -> Iterator[Entry]:
    page = f"{chapter.id}.html"
    yield Entry("chapter", chapter.title, "", page)
    for position, item in enumerate(chapter.items, start=1):
        match item:
            case Prose():
                yield Entry("text", chapter.title, item.text, f"{page}#{prose_anchor(position)}")
            case Picture():
                yield Entry("figure", f"{item.number}. {item.caption}", item.alt, f"{page}#{item.id}")
            case Table():
                heads = " · ".join(head.text for head in item.heads)
                yield Entry("table", f"{item.number}. {item.caption}", heads, f"{page}#{item.id}")
                yield from _rows(item, page)
            case VerdictCard() if not item.page:
                yield _claim(item, f"{page}#{item.anchor}")
            case Card():
                yield Entry("card", f"{item.id} · {item.title}", item.lead.text, f"{page}#{item.anchor}")
    yield from map(_leaf, chapter.pages)


def _leaf(page: Page) -> Entry:
    """A leaf is found by its verdict, or else by its title."""
    card = next((item for item in page.items if isinstance(item, VerdictCard)), None)
    return _claim(card, f"{page.id}.html") if card else Entry("text", page.title, "", f"{page.id}.html")


def _claim(card: VerdictCard, url: str) -> Entry:
    return Entry("claim", f"{card.id} · {card.label}", f"{card.quote} {card.gap}".strip(), url)


def _rows(table: Table, page: str) -> Iterator[Entry]:
    for number, row in enumerate(table.rows, start=1):
        head, *cells = (" ".join(line.text for line in cell) for cell in row)
        words = [cell for cell in cells if any(map(str.isalpha, cell))]
        yield Entry("row", head, " · ".join([table.number, *words]), f"{page}#{row_anchor(table, number)}")
