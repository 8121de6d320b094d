"""The report in one language and no medium: sections with every id resolved, ready for page and PDF."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from regional_econ._base.text import THIN_SPACE, Lang, Text
from regional_econ.core.section import (
    Align,
    Bilingual,
    Cell,
    FigureBlock,
    FigureKind,
    LabelRef,
    NumberRef,
    OptionValue,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
    VerdictBlock,
)
from regional_econ.report.verdicts import VerdictCard, verdict_card
from regional_econ.report.words import Words


@dataclass(frozen=True)
class Prose:
    """A paragraph as it is read."""

    text: str


@dataclass(frozen=True)
class Head:
    """A table column as it is read; width is relative."""

    text: str
    align: Align
    width: float


@dataclass(frozen=True)
class Table:
    """A table as it is read: each cell is a stack of lines."""

    id: str
    number: str
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]

    def frame(self) -> pd.DataFrame:
        """Return the printed table as a frame, for its CSV."""
        rows = [[" ".join(cell) for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=[head.text for head in self.heads])


@dataclass(frozen=True)
class Picture:
    """A figure that is still to be drawn, with its words."""

    id: str
    number: str
    caption: str
    alt: str
    kind: FigureKind
    frame: pd.DataFrame
    options: Mapping[str, OptionValue]


Item = Prose | Table | Picture | VerdictCard


@dataclass(frozen=True)
class Chapter:
    """A numbered section."""

    id: str
    number: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Document:
    """The whole report in one language."""

    lang: Lang
    title: str
    subtitle: str
    answer: str
    chapters: tuple[Chapter, ...]
    terms: Mapping[str, str]

    def pictures(self) -> tuple[Picture, ...]:
        """Return the figures in the order of the report."""
        return tuple(item for chapter in self.chapters for item in chapter.items if isinstance(item, Picture))


_DIGIT_GROUPS = re.compile(r"(?<=\d) (?=\d{3}(\D|$))")
_TERMS = (
    "contents", "answer_title", "other_language", "skip", "csv", "csv_table", "footer", "footer_pdf", "running_head",
)  # fmt: skip


def document(sections: Sequence[Section], words: Words, *, front: str = "report") -> Document:
    """Resolve sections into what a reader reads.

    Parameters
    ----------
    sections : in the order of the report.
    words : texts, numbers and names of one language.
    front : prefix of the text ids title, subtitle and answer.

    Raises
    ------
    TextError, UnknownNameError : a text, number or name that is missing, by its id.
    """
    count = _Count(words)
    chapters = tuple(
        Chapter(section.id, str(number), words.text(section.title), _items(section, words, count))
        for number, section in enumerate(sections, start=1)
    )
    terms = {term: words.text(f"report.{term}") for term in _TERMS}
    title, subtitle, answer = (words.text(f"{front}.{part}") for part in ("title", "subtitle", "answer"))
    return Document(words.lang, title, subtitle, answer, chapters, terms)


class _Count:
    """Numbers tables and figures through the whole report."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._counts = {"table": 0, "figure": 0}

    def next(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{self._words.text(f'report.{kind}')} {self._counts[kind]}"


def _items(section: Section, words: Words, count: _Count) -> tuple[Item, ...]:
    items: list[Item] = []
    for block in section.blocks:
        match block:
            case Paragraph(text):
                items.append(Prose(words.text(text)))
            case TableBlock():
                items.append(_table(block, words, count))
            case FigureBlock():
                caption, alt = words.text(block.caption), words.text(block.alt)
                number = count.next("figure")
                items.append(Picture(block.id, number, caption, alt, block.kind, block.data, block.options))
            case VerdictBlock():
                items.append(verdict_card(block.claim, words))
    return tuple(items)


def _table(block: TableBlock, words: Words, count: _Count) -> Table:
    rows = tuple(tuple(_lines(cell, words) for cell in row) for row in block.rows)
    heads = tuple(
        Head(words.text(column.header), column.align, max(column.width, _needed_width(rows, index)))
        for index, column in enumerate(block.columns)
    )
    return Table(block.id, count.next("table"), words.text(block.caption), heads, rows)


def _needed_width(rows: Sequence[Sequence[Sequence[str]]], index: int) -> float:
    """Return the relative width that the longest line of a column asks for; very long lines wrap."""
    longest = max((len(line) for row in rows for line in row[index]), default=0)
    return min(longest, 36) / 12


def _lines(cell: Cell, words: Words) -> tuple[str, ...]:
    match cell:
        case NumberRef(id, template):
            return (template.replace("{}", words.num(id, unit=False)),)
        case TextRef(id):
            return (words.text(id),)
        case LabelRef(id):
            return (words.name(id),)
        case Bilingual(ru, en):
            return (Text(ru, en).get(words.lang),)
        case Verbatim(text):
            return (_DIGIT_GROUPS.sub(THIN_SPACE, text),)
        case Stack(cells):
            return tuple(line for part in cells for line in _lines(part, words))
