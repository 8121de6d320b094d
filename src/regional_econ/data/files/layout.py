"""Where in a sheet do tables stand: titles, unit line, header rows, rows with figures, footnotes?

A sheet is read once from top to bottom. Rows are told apart by what they hold, never by their number; what would be
ambiguous (figures without a name, below the notes, under no header) is kept and refused when the table is read.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from regional_econ._base.errors import DataError
from regional_econ.data.files.cell_text import (
    Doubt,
    is_note,
    is_rule,
    one_line,
    parse_cell,
    parse_footnotes,
    parse_year,
)
from regional_econ.data.files.container import Sheet, cell_name
from regional_econ.data.files.sheet_xml import Place

_Kind = Literal["blank", "text", "note", "header", "data", "orphan"]


@dataclass(frozen=True)
class Column:
    """One column of figures: its index, its year (None in a table without years) and the other header texts."""

    index: int
    year: int | None
    item: str


@dataclass
class Block:
    """One table as it stands in a sheet, by row numbers counted from 0.

    ``strays`` are addresses of figures outside the table: in the rule above the notes, beside or below the table.
    """

    sheet: Sheet
    file: str
    name_column: int
    title_rows: list[int] = field(default_factory=list)
    header_rows: list[int] = field(default_factory=list)
    between_rows: list[int] = field(default_factory=list)
    data_rows: list[int] = field(default_factory=list)
    note_rows: list[int] = field(default_factory=list)
    nameless_rows: list[int] = field(default_factory=list)
    late_rows: list[int] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

    @cached_property
    def titles(self) -> tuple[str, ...]:
        """Title lines, without those in brackets."""
        return tuple(line for line in self._lines(self.title_rows) if not line.startswith("("))

    @cached_property
    def unit_line(self) -> str:
        """The lines in brackets, joined."""
        return " ".join(x for x in self._lines([*self.title_rows, *self.between_rows]) if x.startswith("("))

    @cached_property
    def is_percent(self) -> bool:
        """Whether the unit is percent."""
        return "процент" in self.unit_line or any("процент" in line for line in self.titles[-1:])

    @cached_property
    def footnotes(self) -> dict[str, str]:
        """Text of each footnote by its mark."""
        lines: list[str] = []
        for line in self._lines(self.note_rows):
            if lines and not is_note(line):
                lines[-1] += " " + line
            else:
                lines.append(line)
        return parse_footnotes(lines)

    def name(self, row: int) -> str:
        """The text in the name column."""
        return one_line(self.sheet.rows[row][self.name_column])

    def where(self, row: int, column: int) -> str:
        """File, sheet and cell, for messages."""
        return f"{self.file}, sheet {self.sheet.name}, cell {cell_name(row, column)}"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of figures by their header.

        Raises
        ------
        DataError : a header cell that is no year, years that do not ascend, figures under no header.
        """
        return tuple(_columns(self))

    def _lines(self, rows: list[int]) -> list[str]:
        cells = ((one_line(x) for x in self.sheet.rows[i][self.name_column :]) for i in rows)
        return [text for row in cells if (text := next(filter(None, row), ""))]


def find_blocks(sheet: Sheet, file: str) -> list[Block]:
    """Return every table of a sheet, from top to bottom."""
    first = _first_column(sheet)
    blocks = [Block(sheet, file, first)]
    pending: list[int] = []
    for index, row in enumerate(sheet.rows):
        block = blocks[-1]
        kind = _kind(row, first, has_data=bool(block.data_rows), has_header=bool(block.header_rows))
        if kind == "header" and block.data_rows:
            block.note_rows = [i for i in block.note_rows if i not in pending]
            blocks.append(Block(sheet, file, first, title_rows=pending or block.title_rows, header_rows=[index]))
            pending = []
        elif kind == "text" and block.data_rows:
            pending.append(index)
            if block.note_rows:
                block.note_rows.append(index)
        elif kind == "data":
            pending = []
            (block.late_rows if block.note_rows and block.data_rows else block.data_rows).append(index)
        else:
            _place_row(block, kind, index)
            pending = [] if kind == "note" else pending
    return _with_data(blocks)


def _place_row(block: Block, kind: _Kind, index: int) -> None:
    if kind == "text":
        (block.between_rows if block.header_rows else block.title_rows).append(index)
    elif kind == "header":
        if block.between_rows:
            block.title_rows += [*block.header_rows, *block.between_rows]
            block.header_rows, block.between_rows = [], []
        block.header_rows.append(index)
    elif kind == "note":
        (block.note_rows if block.data_rows else block.title_rows).append(index)
        block.strays += _filled(block, index)
    elif kind == "orphan":
        if block.note_rows or not block.header_rows:
            block.strays += _filled(block, index)
        else:
            block.nameless_rows.append(index)


def _with_data(blocks: list[Block]) -> list[Block]:
    """Drop blocks without figures; what stood in them is a stray of the table above."""
    kept: list[Block] = []
    for block in blocks:
        if any(_is_figure(x) for row in block.data_rows for x in block.sheet.rows[row][block.name_column + 1 :]):
            kept.append(block)
        elif kept:
            kept[-1].strays += [cell for row in block.header_rows for cell in _filled(block, row)]
    return kept


def _filled(block: Block, row: int) -> list[str]:
    contents = enumerate(block.sheet.rows[row])
    return [cell_name(row, i) for i, x in contents if i > block.name_column and not _is_blank(x)]


def _first_column(sheet: Sheet) -> int:
    filled = (next((i for i, x in enumerate(row) if not _is_blank(x)), None) for row in sheet.rows)
    return min((i for i in filled if i is not None), default=0)


def _kind(row: list[Any], first: int, *, has_data: bool, has_header: bool) -> _Kind:
    name = one_line(row[first]) if len(row) > first else ""
    others = [x for x in row[first + 1 :] if not _is_blank(x)]
    if not others:
        return "blank" if not name else "note" if is_note(name) else "text"
    if name:
        return _named_kind(name, others, is_label=not has_data and not has_header)
    years = sum(parse_year(x) is not None for x in others)
    figures = sum(_is_figure(x) for x in others)
    return "header" if figures <= years or 2 * years > len(others) > 2 else "orphan"


def _named_kind(name: str, others: list[Any], *, is_label: bool) -> _Kind:
    has_figure = any(_is_figure(x) for x in others)
    if is_rule(name) or (is_note(name) and not has_figure):
        return "note"
    if is_label and (not has_figure or (len(others) > 1 and _are_ascending_years(others))):
        return "header"
    return "data"


def _are_ascending_years(contents: list[Any]) -> bool:
    years = [parse_year(x) or 0 for x in contents]
    return 0 not in years and all(a < b for a, b in itertools.pairwise(years))


def _is_blank(content: object) -> bool:
    return isinstance(content, str) and not content.strip()


def _is_figure(content: object) -> bool:
    if isinstance(content, float):
        return True
    try:
        return parse_cell(content, {}) is not None
    except ValueError:
        return False


def _columns(block: Block) -> Iterator[Column]:
    grid = _header_grid(block)
    year_row = max(grid, key=lambda i: sum(parse_year(x) is not None for x in grid[i].values()), default=None)
    if year_row is not None and all(parse_year(x) is None for x in grid[year_row].values()):
        year_row = None
    headed = {i for row in grid.values() for i, x in row.items() if not _is_blank(x)}
    used = _used_columns(block)
    _check_headed(block, headed, used)
    whole_year = None if year_row is not None else _year_in_titles(block)
    last: dict[tuple[str, ...], int] = {}
    seen: set[tuple[int | None, str]] = set()
    for index in sorted(headed) if grid else sorted(used):
        above, year, below = _stack(block, grid, year_row, index)
        if year is not None:
            if year < last.get(above, 0):
                raise _bad_header(block, _row_of(grid, year_row), index, f"{year} comes after {last[above]}")
            last[above] = year
        item = " / ".join(dict.fromkeys((*above, *below)))
        if (year, item) in seen:
            what = f"{year} {item!r}" if year is not None else repr(item)
            raise _bad_header(block, _row_of(grid, year_row), index, f"{what} stands over two columns")
        seen.add((year, item))
        yield Column(index, whole_year if year is None else year, item)


def _row_of(grid: dict[int, dict[int, Any]], year_row: int | None) -> int:
    return year_row if year_row is not None else min(grid, default=0)


def _stack(
    block: Block, grid: dict[int, dict[int, Any]], year_row: int | None, index: int
) -> tuple[tuple[str, ...], int | None, tuple[str, ...]]:
    """Texts above the year, the year and the texts below it, in one column of the header."""
    above: list[str] = []
    below: list[str] = []
    year: int | None = None
    if year_row is not None:
        content = grid[year_row].get(index, "")
        year = parse_year(content)
        if year is None:
            said = "there is none" if _is_blank(content) else f"{content!r} is no year"
            raise _bad_header(block, year_row, index, said)
    for row, contents in grid.items():
        content = contents.get(index, "")
        if row == year_row or _is_blank(content):
            continue
        other = parse_year(content)
        if other is not None and other == year:
            continue
        if not isinstance(content, str) or isinstance(content, Doubt) or other is not None:
            raise _bad_header(block, row, index, f"{content!r} is neither a text nor the year {year}")
        (above if year_row is not None and row < year_row else below).append(one_line(content))
    return tuple(above), year, tuple(below)


def _header_grid(block: Block) -> dict[int, dict[int, Any]]:
    """What each header row shows in each column: merged cells spread to the right, hidden ones blank."""
    rows = block.sheet.rows
    grid = {row: dict(enumerate(rows[row])) for row in block.header_rows}
    for contents in grid.values():
        for index in range(block.name_column + 1):
            contents.pop(index, None)
    merged_rows: set[int] = set()
    for top, left, bottom, right in block.sheet.merged:
        shown = rows[top][left] if top < len(rows) and left < len(rows[top]) else ""
        for row in range(top, bottom + 1):
            for index in range(max(left, block.name_column + 1), right + 1):
                if row in grid and index in grid[row]:
                    grid[row][index] = shown if row == top and left > block.name_column else ""
        if right > left and top in grid:
            merged_rows.add(top)
    for position, row in enumerate(block.header_rows):
        lower = block.header_rows[position + 1 :]
        has_years = any(parse_year(x) is not None for x in grid[row].values())
        if lower and (has_years or row not in merged_rows):
            _fill_right(grid[row], [grid[one] for one in lower])
    return grid


def _fill_right(contents: dict[int, Any], lower: list[dict[int, Any]]) -> None:
    """A header over several unmerged columns stands over the first: repeat it where only a lower row has a text."""
    shown: Any = ""
    for index in sorted(contents):
        if not _is_blank(contents[index]):
            shown = contents[index]
        elif any(not _is_blank(row.get(index, "")) for row in lower):
            contents[index] = shown


def _used_columns(block: Block) -> dict[int, int]:
    """The first row with a content, for every column of the rows with figures."""
    used: dict[int, int] = {}
    for row in block.data_rows:
        for index, content in enumerate(block.sheet.rows[row]):
            if index > block.name_column and not _is_blank(content):
                used.setdefault(index, row)
    return used


def _check_headed(block: Block, headed: set[int], used: dict[int, int]) -> None:
    if not block.header_rows:
        if len(used) > 1:
            row = block.data_rows[0]
            raise DataError("the figures have no header row", where=block.where(row, min(used)), advice=_EDITED)
        return
    for index, row in sorted(used.items()):
        if index in headed:
            continue
        if index <= max(headed, default=0) + 1:
            raise DataError("the column has figures but no header", where=block.where(row, index), advice=_EDITED)
        cells = [cell_name(i, index) for i in block.data_rows if not _is_blank(block.sheet.rows[i][index])]
        block.strays.append(f"{cells[0]}–{cells[-1]}" if len(cells) > 1 else cells[0])


def _year_in_titles(block: Block) -> int | None:
    years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", " ".join((*block.titles, block.unit_line))))
    return int(years.pop()) if len(years) == 1 else None


def _bad_header(block: Block, row: int, column: int, message: str) -> DataError:
    return DataError(
        f"the header is not a row of ascending years: {message}", where=block.where(row, column), advice=_PICK
    )


def merged_figures(block: Block, columns: tuple[Column, ...]) -> frozenset[Place]:
    """Places of a table's figures that lie in merged cells: which of them a figure belongs to cannot be known."""
    data, figures = set(block.data_rows), {column.index for column in columns}
    return frozenset(
        (row, index)
        for top, left, bottom, right in block.sheet.merged
        if (top, left) != (bottom, right)
        for row in data.intersection(range(top, bottom + 1))
        for index in figures.intersection(range(left, right + 1))
    )


_EDITED = "Compare the sheet with its published edition; do not import it before its header is clear"
_PICK = "Compare the sheet with its published edition; say in variables.yml (pick) which column is meant"
