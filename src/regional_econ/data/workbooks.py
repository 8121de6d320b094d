"""How is a table of a statistical workbook found and read, cell by cell, without a silent mistake?

A table is found by its title, never by the number of its sheet. Years may carry footnote marks and stand over
several columns; what is no number, no dash, no ellipsis and no footnote mark stops the import with the address
of the cell.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from regional_econ._base.errors import DataError
from regional_econ.data.regions import clean_name

Rows = list[list[Any]]
Status = Literal["published", "absent", "missing", "confidential", "reported"]

MAX_UNPACKED_BYTES = 200_000_000
FIRST_YEAR, LAST_YEAR = 1990, 2035
_YEAR = re.compile(r"((?:19|20)\d\d)(?:\.0)?(?:г\.?|год)?(?:\d\)?|(?:[\s;,]*\d{1,2}\))+)?")
_NUMBER = re.compile(r"(-?\d[\d\s]*(?:[.,]\d+)??)(?:[\s;,]*\d\))*")
_DASH = re.compile(r"[-–—‑−]+")
_ELLIPSIS = re.compile(r"(?:…|\.\.\.)[.\s]*((?:\d\)[;,]?\s*)*)")
_EMPTY_FORMULA = re.compile(rb"<f[^>]*(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>")
_FOOTNOTE = re.compile(r"(\d{1,2})\)")


class Cell(NamedTuple):
    """One figure of a table: the name in its row, its year, value, status and address (``sheet!B7``)."""

    name: str
    year: int
    value: float | None
    status: Status
    address: str


class Sheet(NamedTuple):
    """One sheet: its name and all its rows, addresses kept."""

    name: str
    rows: Rows


@dataclass(frozen=True)
class Layout:
    """Where things stand in a sheet: title lines, unit line, header row, column of each year, footnotes."""

    titles: tuple[str, ...]
    unit_line: str
    header: int
    first_row: int
    columns: Mapping[int, int]
    footnotes: Mapping[str, str]


@dataclass
class Shelf:
    """Workbooks that are read once and kept while one build runs, with remarks on what they lack."""

    sheets: dict[Path, list[Sheet]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def open(self, path: Path) -> list[Sheet]:
        """Return all sheets of a workbook.

        Raises
        ------
        DataError : missing, no workbook at all, truncated, or larger than any official workbook.
        """
        if path not in self.sheets:
            self.sheets[path] = _read_workbook(path)
            if lost := _formulas_without_value(path):
                self.remarks.append(
                    f"{path.name}: {lost} formulas have no stored value and count as blank; "
                    "open the file in a spreadsheet program and save it"
                )
        return self.sheets[path]


def read_table(
    sheets: list[Sheet], *, file: str, title: str, unit_line: str = "", pick: Mapping[int, str] | None = None
) -> list[Cell]:
    """Return every figure of the one table (or run of tables with disjoint years) that has a title.

    Parameters
    ----------
    sheets : of one workbook.
    file : its name, for messages.
    title : the last title lines joined by `` / ``, or a pattern when it starts with ``^``; empty: a table
        whose header stands in the first row.
    unit_line : what the unit line in brackets must contain; empty: not checked.
    pick : text of the second header row that chooses a column, by year; the key 0 stands for every year.

    Raises
    ------
    DataError : no such table, two of them, another unit, or a cell that is no figure.
    """
    found = [(sheet, layout) for sheet in sheets if (layout := _layout(sheet, file, pick or {}, title)) is not None]
    if not found:
        raise DataError(
            f"no sheet holds the table {title or 'without a title'!r}",
            where=f"{file}, sheets {', '.join(sheet.name for sheet in sheets[:6])} …",
            advice="Check that this is the file it is named after and that its edition still carries the table",
        )
    cells: list[Cell] = []
    seen: dict[int, str] = {}
    for sheet, layout in found:
        for year in layout.columns:
            if year in seen:
                raise DataError(
                    f"two sheets hold the table {title!r} for {year}",
                    where=f"{file}, sheets {seen[year]} and {sheet.name}",
                    advice="Make the title in variables.yml more precise",
                )
            seen[year] = sheet.name
        if unit_line not in layout.unit_line:
            raise DataError(
                f"the unit is {layout.unit_line!r}, expected {unit_line!r}",
                where=f"{file}, sheet {sheet.name}",
                advice="Change the unit line and the scale in variables.yml together",
            )
        cells += _figures(sheet, layout, file)
    return cells


def column_letter(index: int) -> str:
    """Return the letters of a column counted from 0.

    >>> [column_letter(i) for i in (0, 13, 25, 26, 701)]
    ['A', 'N', 'Z', 'AA', 'ZZ']
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_cell(content: object, footnotes: Mapping[str, str]) -> tuple[float | None, Status] | None:
    """Return value and status of a cell, or None when it is blank.

    Raises
    ------
    ValueError : it is neither a figure nor a sign that stands for none.

    Examples
    --------
    >>> parse_cell("3 904,0", {}), parse_cell("- ", {}), parse_cell("…", {}), parse_cell("", {})
    ((3904.0, 'published'), (0.0, 'absent'), (None, 'missing'), None)
    """
    if isinstance(content, float | int) and not isinstance(content, bool):
        return float(content), "published"
    text = str(content).replace("\u00a0", " ").strip()
    if not text:
        return None
    if _DASH.fullmatch(text):
        return 0.0, "absent"
    if ellipsis := _ELLIPSIS.fullmatch(text):
        notes = " ".join(footnotes.get(mark, "") for mark in _FOOTNOTE.findall(ellipsis[1]))
        return None, "confidential" if "конфиденциальн" in notes else "missing"
    if number := _NUMBER.fullmatch(text):
        return float(re.sub(r"\s", "", number[1]).replace(",", ".")), "published"
    raise ValueError(text)


def _read_workbook(path: Path) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook

    advice = "Fetch the file again and compare its SHA-256 with sources.yml"
    if not path.is_file():
        raise DataError("the workbook is missing", where=str(path), advice="Put it there under this name")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                raise DataError(f"the workbook unpacks to {unpacked} bytes", where=path.name, advice=advice)
            damaged = archive.testzip()
            if damaged is not None:
                raise DataError(f"the workbook is damaged in its part {damaged}", where=path.name, advice=advice)
        book = CalamineWorkbook.from_path(path)
        names = [name for name in book.sheet_names]
        return [Sheet(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise DataError(
            f"this is no xlsx workbook or only a part of one ({error})", where=path.name, advice=advice
        ) from error
    except (CalamineError, ValueError, OSError, RuntimeError) as error:
        raise DataError(f"the workbook cannot be read ({error})", where=path.name, advice=advice) from error


def _formulas_without_value(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return sum(len(_EMPTY_FORMULA.findall(archive.read(part))) for part in parts)


def _layout(sheet: Sheet, file: str, pick: Mapping[int, str], title: str) -> Layout | None:
    header = _header_row(sheet.rows)
    if header is None:
        return None
    lines = [_line(row[0]) for row in sheet.rows[:header] if row and _line(row[0])]
    titles = tuple(line for line in lines if not line.startswith("("))
    if not _title_fits(title, titles, header):
        return None
    years = _year_columns(sheet.rows[header])
    below = sheet.rows[header + 1] if header + 1 < len(sheet.rows) else []
    has_second = bool(below) and not _line(below[0]) and any(isinstance(x, str) and x.strip() for x in below[1:])
    if not title and has_second != bool(pick.get(0)):
        return None
    columns = _columns(sheet, header, years, pick, file) if has_second else _plain_columns(sheet, header, years, file)
    unit = " ".join(line for line in lines if line.startswith("("))
    return Layout(titles, unit, header, header + (2 if has_second else 1), columns, _footnotes(sheet.rows[header:]))


def _header_row(rows: Rows) -> int | None:
    for index, row in enumerate(rows[:15]):
        if sum(_year(x) is not None for x in row[1:]) >= 3 and not isinstance(row[0], float):
            return index
    return None


def _title_fits(title: str, titles: tuple[str, ...], header: int) -> bool:
    if not title:
        return header == 0
    if title.startswith("^"):
        return bool(titles) and re.match(title, titles[-1], re.IGNORECASE) is not None
    wanted = tuple(_bare_title(part) for part in title.split(" / "))
    return tuple(_bare_title(line) for line in titles[-len(wanted) :]) == wanted


def _bare_title(line: str) -> str:
    return re.sub(r"^[\d.]+\s*", "", clean_name(line)).casefold()


def _line(content: object) -> str:
    return re.sub(r"\s+", " ", str(content)).strip() if isinstance(content, str) else ""


def _year(content: object) -> int | None:
    if isinstance(content, bool) or not isinstance(content, str | float | int):
        return None
    match = _YEAR.fullmatch(str(content).replace("\u00a0", " ").strip())
    year = int(match[1]) if match else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def _year_columns(row: list[Any]) -> dict[int, int]:
    return {index: year for index, content in enumerate(row) if index and (year := _year(content)) is not None}


def _plain_columns(sheet: Sheet, header: int, years: Mapping[int, int], file: str) -> dict[int, int]:
    columns: dict[int, int] = {}
    last = 0
    for index, content in enumerate(sheet.rows[header][1:], start=1):
        if index not in years:
            if _line(content):
                raise _bad_header(sheet, header, index, file, f"{content!r} is no year")
            continue
        if years[index] <= last:
            raise _bad_header(sheet, header, index, file, f"{years[index]} comes after {last}")
        last = years[index]
        columns[last] = index
    return columns


def _columns(sheet: Sheet, header: int, years: Mapping[int, int], pick: Mapping[int, str], file: str) -> dict[int, int]:
    second = sheet.rows[header + 1]
    groups: dict[int, list[int]] = {}
    year = 0
    for index in range(1, len(sheet.rows[header])):
        if index in years:
            if years[index] <= year:
                raise _bad_header(sheet, header, index, file, f"{years[index]} comes after {year}")
            year = years[index]
        if year and (index in years or _line(second[index])):
            groups.setdefault(year, []).append(index)
    columns: dict[int, int] = {}
    for year, indices in groups.items():
        wanted = pick.get(year, pick.get(0, ""))
        fitting = [i for i in indices if wanted in _line(second[i])] if len(indices) > 1 or wanted else indices
        if len(fitting) != 1:
            raise _bad_header(sheet, header, indices[0], file, f"{year} stands over {len(indices)} columns")
        columns[year] = fitting[0]
    return columns


def _bad_header(sheet: Sheet, row: int, column: int, file: str, message: str) -> DataError:
    return DataError(
        f"the header is not a row of ascending years: {message}",
        where=f"{file}, sheet {sheet.name}, cell {column_letter(column)}{row + 1}",
        advice="Compare the sheet with its published edition; say in variables.yml (pick) which column is meant",
    )


def _footnotes(rows: Rows) -> dict[str, str]:
    notes: dict[str, str] = {}
    for row in rows:
        text = next((_line(x) for x in row[:2] if _line(x)), "")
        for mark, note in re.findall(r"(?:^|(?<=\s))(\d{1,2})\)\s*(.*?)(?=\s\d{1,2}\)\s|$)", text):
            notes.setdefault(mark, note)
    return notes


def _figures(sheet: Sheet, layout: Layout, file: str) -> list[Cell]:
    cells: list[Cell] = []
    for index, row in enumerate(sheet.rows[layout.first_row :], start=layout.first_row):
        name = _line(row[0]) if row else ""
        contents = {year: row[column] for year, column in layout.columns.items() if column < len(row)}
        filled = {year: content for year, content in contents.items() if str(content).strip()}
        if not filled:
            continue
        for year, content in filled.items():
            address = f"{sheet.name}!{column_letter(layout.columns[year])}{index + 1}"
            where = f"{file}, sheet {sheet.name}, cell {address.rpartition('!')[2]}"
            if not name:
                raise DataError(f"{content!r} stands in a row without a name", where=where, advice=_EDITED)
            try:
                parsed = parse_cell(content, layout.footnotes)
            except ValueError as error:
                raise DataError(f"{str(error)!r} is no figure", where=where, advice=_EDITED) from error
            if parsed is not None:
                cells.append(Cell(name, year, *parsed, address))
    return cells


_EDITED = "Compare the cell with the published edition; a mistake of the source is mended in corrections.yml"
