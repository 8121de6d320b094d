"""The report in one language and no medium: sections with every id resolved, ready for page and PDF."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ._base.text import THIN_SPACE, Lang, Text
from regional_econ.core.section import (
    Align,
    Bilingual,
    CardBlock,
    CardTone,
    Cell,
    FigureBlock,
    FigureKind,
    FigureRef,
    LabelRef,
    Leaf,
    LeafBlock,
    NumberRef,
    OptionValue,
    PageRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
    VerdictBlock,
)
from regional_econ.report.links import check_links
from regional_econ.report.parts import Part, parts
from regional_econ.report.runs import Line, Run, marked, plain_line, read_marks, unbroken
from regional_econ.report.verdicts import VerdictCard, verdict_card
from regional_econ.report.words import Words


@dataclass(frozen=True)
class Prose(Line):
    """A paragraph as it is read."""


@dataclass(frozen=True)
class Head:
    """A table column as it is read; width is relative."""

    line: Line
    align: Align
    width: float

    @property
    def text(self) -> str:
        """The plain text."""
        return self.line.text


@dataclass(frozen=True)
class Table:
    """A table as it is read: each cell is a stack of lines."""

    id: str
    number: str
    caption: Line
    heads: tuple[Head, ...]
    rows: tuple[tuple[tuple[Line, ...], ...], ...]

    def frame(self) -> pd.DataFrame:
        """Return the printed table as a frame, for its CSV."""
        rows = [[" ".join(line.text for line in cell) for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=[head.text for head in self.heads])


@dataclass(frozen=True)
class Picture:
    """A figure that is still to be drawn, with its words."""

    id: str
    number: str
    caption: Line
    alt: str
    kind: FigureKind
    frame: pd.DataFrame
    options: Mapping[str, OptionValue]


@dataclass(frozen=True)
class Fact:
    """A named fact of a card: its label and a stack of lines."""

    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Card:
    """A card as it is read; `tone` steers the colour only, the tag says it in words."""

    id: str
    title: Line
    tag: Line
    tone: CardTone
    lead: Line
    facts: tuple[Fact, ...]
    more: tuple[Fact, ...]

    @property
    def anchor(self) -> str:
        """Id of the card inside its page."""
        return f"card-{self.id}"


Item = Prose | Table | Picture | VerdictCard | Card


@dataclass(frozen=True)
class Page:
    """A leaf as it is read; its tables and own figures bear no number of the report's."""

    id: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Chapter:
    """A numbered section with the pages below it."""

    id: str
    number: str
    title: str
    items: tuple[Item, ...]
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True)
class Document:
    """The whole report in one language; `answer` holds a line a paragraph of its text."""

    lang: Lang
    title: str
    subtitle: str
    answer: tuple[Line, ...]
    parts: tuple[Part, ...]
    chapters: tuple[Chapter, ...]
    terms: Mapping[str, str]

    def pictures(self) -> tuple[Picture, ...]:
        """Return the figures in the order of the report."""
        return tuple(item for chapter in self.chapters for item in chapter.items if isinstance(item, Picture))

    def leaf_pictures(self) -> tuple[Picture, ...]:
        """Return the figures that stand on leaves only, in the order of the report."""
        known = {picture.id for picture in self.pictures()}
        items = (item for chapter in self.chapters for page in chapter.pages for item in page.items)
        return tuple(item for item in items if isinstance(item, Picture) and item.id not in known)

    def tables(self) -> tuple[Table, ...]:
        """Return the tables in the order of the report."""
        return tuple(item for chapter in self.chapters for item in chapter.items if isinstance(item, Table))

    def claims(self) -> tuple[tuple[Chapter, VerdictCard], ...]:
        """Return every verdict with the chapter that holds it, in the order of the report."""
        return tuple(
            (chapter, item) for chapter in self.chapters for item in chapter.items if isinstance(item, VerdictCard)
        )


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DIGIT_GROUPS = re.compile(r"(?<=\d) (?=\d{3}(\D|$))")
_TERMS = (
    "contents", "summary", "answer_title", "other_language", "skip", "csv", "csv_table", "footer", "footer_pdf",
    "running_head",
)  # fmt: skip


def document(sections: Sequence[Section], words: Words, *, front: str = "report") -> Document:
    """Resolve sections into what a reader reads.

    Parameters
    ----------
    sections : in the order of the report.
    words : texts, numbers and names of one language.
    front : prefix of the text ids title, subtitle, answer and summary.<part>.

    Raises
    ------
    TextError, UnknownNameError : a text, number, name, leaf or figure that is missing, by its id.
    StoreError : two sections or leaves, two tables or figures, or two cards of a page with one id; an id that could not
        name a file.
    """
    count = _Count(words)
    for section in sections:
        count.once("section", section.id)
        for leaf in section.leaves:
            count.once("section", leaf.id)
    check_links(sections)
    chapters = tuple(
        Chapter(section.id, str(number), words.text(section.title), _items(section.blocks, words, count))
        for number, section in enumerate(sections, start=1)
    )
    shown = {item.id: item for chapter in chapters for item in chapter.items if isinstance(item, Picture)}
    chapters = tuple(
        replace(chapter, pages=tuple(_page(leaf, words, count, shown) for leaf in section.leaves))
        for chapter, section in zip(chapters, sections, strict=True)
    )
    terms = {term: words.text(f"report.{term}") for term in _TERMS}
    title, subtitle = words.text(f"{front}.title"), words.text(f"{front}.subtitle")
    answer, groups = words.line(f"{front}.answer").paragraphs(), parts([one.id for one in chapters], words, front)
    return Document(words.lang, title, subtitle, answer, groups, chapters, terms)


def read_leaf(leaf: Leaf, words: Words) -> Page:
    """Return a leaf by itself, without its figures, as a terminal shows it.

    Raises
    ------
    TextError, UnknownNameError : a text, number or name that is missing, by its id.
    """
    read = tuple(block for block in leaf.blocks if not isinstance(block, FigureRef | FigureBlock))
    return _page(replace(leaf, blocks=read), words, _Count(words), {})


def chapter(section: Section, words: Words) -> Chapter:
    """Resolve the blocks of one section alone, as the first chapter of its own report."""
    return Chapter(section.id, "1", words.text(section.title), _items(section.blocks, words, _Count(words)))


class _Count:
    """Numbers tables and figures through the whole report, and sees that ids, which name files, are fit and differ."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._counts = {"table": 0, "figure": 0}
        self._seen: set[tuple[str, str]] = set()
        self._leaf = ""

    def once(self, kind: str, name: str) -> None:
        if not _ID.fullmatch(name):
            raise StoreError(f"{name!r} cannot be the id of a {kind}", advice="Use letters, digits, dots and dashes")
        if (kind, name) in self._seen:
            raise StoreError(f"{name} is the id of more than one {kind}", advice="Give one of them another id")
        self._seen.add((kind, name))

    def next(self, kind: str, block: str) -> str:
        self.once("table or figure", block)
        if self._leaf:
            return ""
        self._counts[kind] += 1
        return f"{self._words.text(f'report.{kind}')} {self._counts[kind]}"

    def card(self, name: str) -> None:
        self.once("card", f"{self._leaf}{name}")

    def on(self, leaf: str) -> _Count:
        """Return itself as it counts on a leaf: no numbers, cards apart from those of chapters."""
        found = _Count(self._words)
        found._seen, found._leaf = self._seen, f"{leaf}."
        return found


def _page(leaf: Leaf, words: Words, count: _Count, shown: Mapping[str, Picture]) -> Page:
    title = " ".join(line.text for line in _lines(leaf.title, words))
    return Page(leaf.id, title, _items(leaf.blocks, words, count.on(leaf.id), shown))


def _items(
    blocks: Sequence[LeafBlock], words: Words, count: _Count, shown: Mapping[str, Picture] | None = None
) -> tuple[Item, ...]:
    items: list[Item] = []
    for block in blocks:
        match block:
            case Paragraph(text, own):
                items.append(Prose(words.line(text, own=own).runs))
            case FigureRef(id):
                if id not in (shown or {}):
                    raise UnknownNameError.of("figure", id, shown or {})
                items.append((shown or {})[id])
            case TableBlock():
                items.append(_table(block, words, count))
            case FigureBlock():
                caption, alt = words.line(block.caption), words.text(block.alt)
                number = count.next("figure", block.id)
                items.append(Picture(block.id, number, caption, alt, block.kind, block.data, block.options))
            case VerdictBlock():
                count.card(str(block.claim["id"]))
                items.append(verdict_card(block.claim, words, page=block.page))
            case CardBlock():
                count.card(block.id)
                items.append(_card(block, words))
    return tuple(items)


def _card(block: CardBlock, words: Words) -> Card:
    facts, more = (
        tuple(Fact(words.text(label), _lines(cell, words)) for label, cell in part)
        for part in (block.facts, block.more)
    )
    title, lead = (_lines(cell, words)[0] for cell in (block.title, block.lead))
    return Card(block.id, title, words.line(block.tag), block.tone, lead, facts, more)


def _table(block: TableBlock, words: Words, count: _Count) -> Table:
    rows = tuple(tuple(_lines(cell, words) for cell in row) for row in block.rows)
    heads = tuple(
        Head(words.line(column.header), column.align, max(column.width, _needed_width(rows, index)))
        for index, column in enumerate(block.columns)
    )
    return Table(block.id, count.next("table", block.id), words.line(block.caption), heads, rows)


def _needed_width(rows: Sequence[Sequence[Sequence[Line]]], index: int) -> float:
    """Return the relative width that the longest line of a column asks for; very long lines wrap."""
    longest = max((len(line.text) for row in rows for line in row[index]), default=0)
    return min(longest, 36) / 12


def _lines(cell: Cell, words: Words) -> tuple[Line, ...]:
    match cell:
        case NumberRef(id, template):
            return (read_marks(template.replace("{}", marked(words.num(id, unit=False), id))),)
        case TextRef(id, own):
            return (words.line(id, own=own),)
        case LabelRef(id):
            return (plain_line(words.name(id)),)
        case PageRef(id, text):
            return (Line((Run(text, page=id),)),)
        case Bilingual(ru, en):
            return (plain_line(unbroken(Text(ru, en).get(words.lang))),)
        case Verbatim(text):
            return (plain_line(_DIGIT_GROUPS.sub(THIN_SPACE, unbroken(text))),)
        case Stack(cells):
            return tuple(line for part in cells for line in _lines(part, words))
