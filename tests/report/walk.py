"""Walks a built site: every number in every sentence, caption and cell, to its row among the printed numbers.

A number is what the page marks as one; in sentences and captions nothing else may have digits but years, names and
confidence levels.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009 "))
SHOWN = re.compile(r"[−-]?\d[\d,.]*")
NAMES = re.compile(
    r"\b(19|20)\d\d(\s?[-–—/]\s?((19|20)\d\d|\d\d))?\b"  # years
    r"|\b[A-ZА-Я]{1,4}-?\d{1,3}[A-Za-zа-я]?\b"  # claims, measures, conventions: C06, L12, CR1S
    r"|\b(Table|Figure|Oslo|Таблиц[а-я]*|Рис[а-я.]*|Осло)[\s-]\d{1,3}"
    r"|\b(50|80|90|95)((, | и | and |, and )(50|80|90|95))*\s?%|R²|v20\d{6}"
)
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Reader(HTMLParser):
    """Reads one page: its marked numbers, and the sentences and captions without them."""

    numbers: list[tuple[str, str]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    _open: list[tuple[str, str]] = field(default_factory=list)  # tag and kind: number, sentence or neither

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        given, kind = dict(attrs), ""
        if "num" in (given.get("class") or "").split():
            kind = "number"
            self.numbers.append((given.get("data-id") or "", ""))
        elif (tag == "p" and (given.get("id") or "").startswith("p")) or tag == "figcaption":
            kind = "sentence"
            self.sentences.append("")
        self._open.append((tag, kind))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        kinds = [kind for _, kind in self._open if kind]
        if "number" in kinds:
            full_id, text = self.numbers[-1]
            self.numbers[-1] = (full_id, text + data)
        elif kinds:
            self.sentences[-1] += data


def read_page(path: Path) -> Reader:
    """Return what stands on a page."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def printed_numbers(site: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the table of printed numbers by id."""
    with (site / "data" / "numbers.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def wrong_numbers(path: Path, known: dict[str, dict[str, str]], lang: str) -> Iterator[str]:
    """Yield the numbers of a page that have no row, or whose row says another value than the page."""
    for full_id, text in read_page(path).numbers:
        if full_id not in known:
            yield f"{path.name}: {full_id} has no row"
        elif not agrees(text, known[full_id]["value"], lang):
            yield f"{path.name}: {full_id} reads {text!r}, the row says {known[full_id]['value']}"


def agrees(text: str, value: str, lang: str) -> bool:
    """Whether a shown number is the value, rounded as shown; words need only be there."""
    try:
        exact = float(value)
    except ValueError:
        return bool(text.strip())
    bare = text.translate(SPACES)
    found = SHOWN.search(bare)
    if found is None:
        return False
    plain = found.group().rstrip(".,").replace("−", "-")
    plain = plain.replace(",", ".") if lang == "ru" else plain.replace(",", "")
    digits, shown = len(plain.partition(".")[2]), float(plain)
    if bare.lstrip("(")[:1] in "<>≤≥":
        return exact <= shown * (1 + 1e-9) if "<" in bare or "≤" in bare else 100 * exact >= shown or exact >= shown
    half = 0.5 * 10.0**-digits * (1 + 1e-6)
    return any(abs(scale * exact - shown) <= half for scale in (1, 100))


def loose_digits(path: Path) -> Iterator[str]:
    """Yield the sentences of a page that have digits outside marked numbers which are no years, names or levels."""
    for sentence in read_page(path).sentences:
        if re.search(r"\d", NAMES.sub("", sentence)):
            yield f"{path.name}: {sentence}"
