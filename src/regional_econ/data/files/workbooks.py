"""How is a table of a statistical workbook found and read, cell by cell, without a silent mistake?

A table is found by its title, never by the number of its sheet. Years may carry footnote marks and stand over
several columns; what is no number, no dash, no ellipsis and no footnote mark stops the import with the address
of the cell. A pair of columns whose figures were swapped under an unchanged header cannot be noticed inside a file:
only a second source shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from regional_econ._base.errors import DataError
from regional_econ.data.files.cell_text import Doubt, Status, parse_cell, read_content
from regional_econ.data.files.container import Sheet, column_letter, read_workbook
from regional_econ.data.files.layout import Block, Column, find_blocks, merged_figures
from regional_econ.data.files.sheet_xml import NO_STORED_VALUE
from regional_econ.data.regions import clean_name

__all__ = ["Cell", "Sheet", "Shelf", "Status", "column_letter", "has_title", "parse_cell", "read_block", "read_table"]


class Cell(NamedTuple):
    """One figure of a table: the name in its row, its year, value, status and address (``sheet!B7``)."""

    name: str
    year: int
    value: float | None
    status: Status
    address: str


class TableCell(NamedTuple):
    """One figure of any table: as :class:`Cell`, with the other header texts and the footnote marks.

    ``year`` is None in a table without years, ``item`` empty in a table with nothing but years.
    """

    name: str
    year: int | None
    item: str
    value: float | None
    status: Status
    address: str
    marks: tuple[str, ...]


@dataclass
class Shelf:
    """Workbooks that are read once and kept while one build runs, with remarks on what they lack."""

    sheets: dict[Path, list[Sheet]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    _blocks: dict[Path, list[list[Block]]] = field(default_factory=dict)

    def open(self, path: Path) -> list[Sheet]:
        """Return all sheets of a workbook (``.xlsx`` or ``.xls``).

        Raises
        ------
        DataError : missing, no workbook at all, truncated, encrypted, or larger than any official workbook.
        """
        if path not in self.sheets:
            self.sheets[path] = read_workbook(path)
            if lost := _valueless(self.sheets[path]):
                self.remarks.append(
                    f"{path.name}: {lost} formulas have no stored value; "
                    "open the file in a spreadsheet program and save it"
                )
        return self.sheets[path]

    def blocks(self, path: Path) -> list[list[Block]]:
        """Return the tables of each sheet of a workbook, see :meth:`open`."""
        if path not in self._blocks:
            self._blocks[path] = [find_blocks(sheet, path.name) for sheet in self.open(path)]
        return self._blocks[path]


def read_table(
    shelf: Shelf, path: Path, *, title: str, unit_line: str = "", pick: Mapping[int, str] | None = None
) -> list[Cell]:
    """Return every figure of the one table (or run of tables with disjoint years) that has a title.

    Parameters
    ----------
    shelf : open workbooks.
    path : the workbook.
    title : the last title lines joined by `` / ``, or a pattern when it starts with ``^``; empty: a table
        whose header stands in the first row.
    unit_line : what the unit line in brackets must contain; empty: not checked.
    pick : text of the further header rows that chooses a column, by year; the key 0 stands for every year.

    Raises
    ------
    DataError : no such table, two of them, another unit, or a cell that is no figure.
    """
    pick, file = pick or {}, path.name
    blocks = [block for own in shelf.blocks(path) for block in own if has_title(block, title, pick)]
    if not blocks:
        raise DataError(
            f"no sheet holds the table {title or 'without a title'!r}",
            where=f"{file}, sheets {', '.join(sheet.name for sheet in shelf.open(path)[:6])} …",
            advice="Check that this is the file it is named after and that its edition still carries the table",
        )
    cells: list[Cell] = []
    seen: dict[int, str] = {}
    for block in blocks:
        columns = _picked(block, block.columns, pick)
        for year in columns:
            if year in seen:
                raise DataError(
                    f"two sheets hold the table {title!r} for {year}",
                    where=f"{file}, sheets {seen[year]} and {block.sheet.name}",
                    advice="Make the title in variables.yml more precise",
                )
            seen[year] = block.sheet.name
        if unit_line not in block.unit_line:
            raise DataError(
                f"the unit is {block.unit_line!r}, expected {unit_line!r}",
                where=f"{file}, sheet {block.sheet.name}",
                advice="Change the unit line and the scale in variables.yml together",
            )
        years = {column.index: year for year, column in columns.items()}
        for index, entry in _entries(block, tuple(columns.values())):
            cells.append(Cell(entry.name, years[index], entry.value, entry.status, entry.address))
    return cells


def read_block(block: Block) -> list[TableCell]:
    """Return every figure of one table, whatever its header.

    Raises
    ------
    DataError : a header that cannot be read, or a cell that is no figure, with file, sheet and cell.
    """
    return [entry for _, entry in _entries(block, block.columns)]


def has_title(block: Block, title: str, pick: Mapping[int, str]) -> bool:
    """Return whether a table has a title as series declare it, see :func:`read_table`."""
    titles = block.titles
    if not title:
        return (
            bool(block.header_rows) and block.header_rows[0] == 0 and (len(block.header_rows) > 1) == bool(pick.get(0))
        )
    if title.startswith("^"):
        return bool(titles) and re.match(title, titles[-1], re.IGNORECASE) is not None
    wanted = tuple(_bare_title(part) for part in title.split(" / "))
    return tuple(_bare_title(line) for line in titles[-len(wanted) :]) == wanted


def _entries(block: Block, columns: Sequence[Column]) -> list[tuple[int, TableCell]]:
    _check_rows(block)
    sheet, footnotes, percent = block.sheet, block.footnotes, block.is_percent
    merged = merged_figures(block, tuple(columns))
    letters = {column.index: column_letter(column.index) for column in columns}
    entries: list[tuple[int, TableCell]] = []
    for row in block.data_rows:
        name = block.name(row)
        for column in columns:
            place = (row, column.index)
            content = sheet.rows[row][column.index] if column.index < len(sheet.rows[row]) else ""
            if isinstance(content, Doubt) or place in merged:
                doubt = content if isinstance(content, Doubt) else "merged cells lie among the figures"
                raise DataError(doubt, where=block.where(*place), advice=_EDITED)
            try:
                said = read_content(content, footnotes, marks=sheet.marks.get(place, ()), percent=percent)
            except ValueError as error:
                raise DataError(f"{str(error)!r} is no figure", where=block.where(*place), advice=_EDITED) from error
            if said is not None:
                address = f"{sheet.name}!{letters[column.index]}{row + 1}"
                entries.append(
                    (column.index, TableCell(name, column.year, column.item, said[0], said[1], address, said[2]))
                )
    return entries


def _valueless(sheets: list[Sheet]) -> int:
    return sum(isinstance(x, Doubt) and x == NO_STORED_VALUE for sheet in sheets for row in sheet.rows for x in row)


def _check_rows(block: Block) -> None:
    for row in block.nameless_rows:
        index, content = next((i, x) for i, x in enumerate(block.sheet.rows[row]) if str(x).strip())
        raise DataError(f"{content!r} stands in a row without a name", where=block.where(row, index), advice=_EDITED)
    for row in block.late_rows:
        raise DataError(
            f"figures of {block.name(row)!r} stand below the footnotes",
            where=block.where(row, block.name_column),
            advice=_EDITED,
        )
    rows: dict[str, int] = {}
    for row in block.data_rows:
        name = clean_name(block.name(row))
        first = rows.setdefault(name, row)
        if first != row and not name.endswith(":"):
            raise DataError(
                f"{block.name(row)!r} stands twice, in rows {first + 1} and {row + 1}",
                where=block.where(row, block.name_column),
                advice=_EDITED,
            )


def _bare_title(line: str) -> str:
    return re.sub(r"^[\d.]+\s*", "", clean_name(line)).casefold()


def _picked(block: Block, columns: Sequence[Column], pick: Mapping[int, str]) -> dict[int, Column]:
    """The one column of each year."""
    groups: dict[int, list[Column]] = {}
    for column in columns:
        if column.year is None:
            raise DataError(
                "the table names no year",
                where=block.where(block.data_rows[0], column.index),
                advice="Read it with read_sheet; a declared series needs a year",
            )
        groups.setdefault(column.year, []).append(column)
    chosen: dict[int, Column] = {}
    for year, group in groups.items():
        wanted = pick.get(year, pick.get(0, ""))
        fitting = [column for column in group if wanted in column.item] if len(group) > 1 or wanted else group
        if len(fitting) != 1:
            header = block.header_rows[0] if block.header_rows else block.data_rows[0]
            raise DataError(
                f"the header is not a row of ascending years: {year} stands over {len(group)} columns, "
                f"{len(fitting)} of them with {wanted!r}",
                where=block.where(header, group[0].index),
                advice="Say in variables.yml (pick) which column is meant",
            )
        chosen[year] = fitting[0]
    return chosen


_EDITED = "Compare the cell with the published edition; a mistake of the source is mended in corrections.yml"
