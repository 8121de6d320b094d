"""How does a chapter of paragraphs and tables read without a page? As Markdown, which is a plain letter too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from regional_econ._base.errors import StoreError
from regional_econ.report.document import Chapter, Item, Prose, Table
from regional_econ.report.runs import Line

_BREAKS = re.compile(r"[ \t\r\n\f\v\u2028\u2029]+")  # no-break and thin spaces stay
_RULES = {"left": "---", "right": "---:", "center": ":---:"}


def markdown(chapter: Chapter) -> str:
    """Return a chapter as Markdown, with one line a paragraph and a row.

    Raises
    ------
    StoreError : the chapter holds a figure or a card, which this form cannot show.
    """
    parts = [f"# {chapter.title}", *(_item(item, chapter.id) for item in chapter.items)]
    return "\n\n".join(parts) + "\n"


def _item(item: Item, chapter: str) -> str:
    match item:
        case Prose():
            return item.text
        case Table():
            return _table(item)
        case _:
            raise StoreError(f"{chapter} holds more than paragraphs and tables", advice="Look at it on its page")


def _table(table: Table) -> str:
    heads = _row([head.text for head in table.heads])
    rules = _row([_RULES[head.align] for head in table.heads])
    rows = [_row([_cell(cell) for cell in row]) for row in table.rows]
    return "\n".join([f"**{table.number}. {table.caption.text}**", "", heads, rules, *rows])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _cell(lines: Sequence[Line]) -> str:
    """Return the lines of a cell as one: a line that ends in a colon goes on with the next."""
    said = ""
    for line in lines:
        text = _BREAKS.sub(" ", line.text).strip()
        said += text if not said else f" {text}" if said.endswith(":") else f"; {text}"
    return said
