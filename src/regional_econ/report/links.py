"""Does every link to a leaf lead to one? Asked before anything is resolved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.section import CardBlock, Cell, LeafBlock, PageRef, Section, Stack, TableBlock, VerdictBlock


def check_links(sections: Sequence[Section]) -> None:
    """Refuse a link to a leaf that no section has.

    Raises
    ------
    UnknownNameError : names the leaf, the nearest ones and the section.
    """
    leaves = {leaf.id for section in sections for leaf in section.leaves}
    for section in sections:
        for blocks in (section.blocks, *(leaf.blocks for leaf in section.leaves)):
            for page in _links(blocks):
                if page not in leaves:
                    raise UnknownNameError.of("leaf", page, leaves, where=f"section {section.id}")


def _links(blocks: Sequence[LeafBlock]) -> Iterator[str]:
    for block in blocks:
        match block:
            case VerdictBlock(page=page) if page:
                yield page
            case TableBlock():
                yield from (page for row in block.rows for cell in row for page in _linked(cell))
            case CardBlock():
                cells = (cell for part in (block.facts, block.more) for _, cell in part)
                yield from (page for cell in (block.title, block.lead, *cells) for page in _linked(cell))


def _linked(cell: Cell) -> Iterator[str]:
    if isinstance(cell, PageRef):
        yield cell.id
    if isinstance(cell, Stack):
        yield from (page for part in cell.cells for page in _linked(part))
