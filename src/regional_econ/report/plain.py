"""How does a page read in a terminal? Its tables and paragraphs as lines; a verdict's card and figures are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from regional_econ.report.document import Page, Prose, Table
from regional_econ.report.runs import Line


def plain(page: Page) -> list[str]:
    """Return the lines of a page: each table under its caption, two columns as facts, more as cells with their heads.

    Parameters
    ----------
    page : in one language.
    """
    lines: list[str] = []
    for item in page.items:
        if isinstance(item, Prose):
            lines.append(f"  {item.text}")
        if isinstance(item, Table):
            lines += [f"{item.caption}:", *_rows(item)]
    return lines


def _rows(table: Table) -> Iterator[str]:
    heads = [head.text for head in table.heads]
    for first, *others in table.rows:
        if len(heads) == 2:
            yield f"  {_cell(first)}: {_cell(others[0])}"
        else:
            named = (
                f"{head}: {_cell(cell)}" for head, cell in zip(heads[1:], others, strict=True) if _cell(cell) != "–"
            )
            yield f"  {_cell(first)} | {' | '.join(named)}"


def _cell(lines: Sequence[Line]) -> str:
    return ", ".join(line.text for line in lines)
