"""How does each kind of official file become figures of known regions?

Every reader takes a declared series and the path of its file and returns figures with their place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.data.catalogue import Reader, Series, SourceFile
from regional_econ.data.files.figures import Figure, Reading, check_once
from regional_econ.data.files.records import read_extract, read_innovation, read_quote, read_records, read_tochno
from regional_econ.data.files.workbooks import Cell, Sheet, Status, column_letter, parse_cell, read_table

__all__ = ["COUNTRY", "FIRST_SHARES_COPY", "Figure", "Reading", "read_series"]

FIRST_SHARES_COPY = 2023
COUNTRY = "RU"
_FEWEST_REGIONS = 60
_COUNTRY_IN_LARGER_UNIT = re.compile(r",\s*(?:млн|млрд)\b.*$")


def read_series(series: Series, source: SourceFile, reading: Reading) -> list[Figure]:
    """Return the figures of one declared series, scaled to the variable's unit.

    Raises
    ------
    DataError : the file is missing, damaged or lacks the table; a cell is no figure; a region stands twice.
    UnknownNameError : a spelling of a region that is listed nowhere, or a unit that does not exist.
    """
    path = reading.folder / source.file
    if not path.is_file():
        raise DataError(
            "a source file is missing", where=str(path), advice="Put it there; sources.yml says which edition it is"
        )
    figures = _meant(_READERS[series.reader](series, source, path, reading), series, source, reading)
    figures = [one for one in figures if _wanted(one, series)]
    check_once(figures, source.file)
    _check_coverage(figures, series, source)
    return [_scaled(figure, series) for figure in figures]


def _meant(figures: list[Figure], series: Series, source: SourceFile, reading: Reading) -> list[Figure]:
    """Rename the rows whose spelling stands for another unit in this series; each declared one must be there."""
    known = set(reading.names.ids.values())
    if unknown := sorted({*series.units, *series.units.values()} - known):
        raise UnknownNameError.of("region", unknown[0], known, where=f"variables.yml, units of {source.file}")
    if gone := sorted(set(series.units) - {figure.region for figure in figures}):
        raise DataError(
            f"no row of {series.title or series.code or series.column!r} is {gone[0]}", where=source.file,
            advice="The source has renamed its rows: take the entry out of units in variables.yml",
        )  # fmt: skip
    return [figure._replace(region=series.units.get(figure.region, figure.region)) for figure in figures]


def _wanted(figure: Figure, series: Series) -> bool:
    if any(span is not None and not span[0] <= figure.year <= span[1] for span in (series.years, series.within)):
        return False
    return not series.regions or figure.region in series.regions


def _scaled(figure: Figure, series: Series) -> Figure:
    scale = series.scale * (series.country_scale if figure.region == COUNTRY else 1.0)
    if figure.value is None or (scale == 1.0 and series.digits is None):
        return figure
    value = figure.value * scale
    return figure._replace(value=value if series.digits is None else round(value, series.digits))


def _check_coverage(figures: list[Figure], series: Series, source: SourceFile) -> None:
    found = {figure.region for figure in figures}
    if series.reader != "quote" and series.role == "main" and len(found) < _FEWEST_REGIONS:
        raise DataError(
            f"only {len(found)} regions found for {series.title or series.code or series.column!r}",
            where=source.file,
            advice="The file is incomplete or another one; fetch it again",
        )


def _read_table(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    cells = read_table(reading.shelf, path, title=series.title, unit_line=series.unit_line, pick=series.pick)
    return _named(cells, series, path, reading)


def _named(cells: list[Cell], series: Series, path: Path, reading: Reading) -> list[Figure]:
    figures: list[Figure] = []
    for cell in cells:
        name = _COUNTRY_IN_LARGER_UNIT.sub("", cell.name) if series.country_scale != 1.0 else cell.name
        region = reading.names.resolve(name, where=f"{path.name}, {cell.address}")
        if region is not None:
            value = None if cell.status == "absent" and series.dash == "missing" else cell.value
            figures.append(Figure(region, cell.year, value, cell.status, series.vintage, cell.address))
    return figures


def _read_shares(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """Structure of value added: a sheet a year, industries in columns; copied sheets are never read."""
    cells: list[Cell] = []
    for sheet in reading.shelf.open(path):
        if not re.fullmatch(r"(19|20)\d\d", sheet.name) or int(sheet.name) >= FIRST_SHARES_COPY:
            continue
        cells += _shares_of_year(sheet, series, path)
    if not cells:
        raise DataError("no sheet is named after a year", where=path.name, advice="Check that this is the file")
    return _named(cells, series, path, reading)


def _shares_of_year(sheet: Sheet, series: Series, path: Path) -> list[Cell]:
    heads = [
        (row, column)
        for row, contents in enumerate(sheet.rows[:10])
        for column, x in enumerate(contents)
        if isinstance(x, str) and x.strip().startswith(series.column)
    ]
    if not heads:
        raise DataError(
            f"no column is headed {series.column!r}", where=f"{path.name}, sheet {sheet.name}",
            advice="Check the column in variables.yml",
        )  # fmt: skip
    head, column = heads[0]
    title = " ".join(str(x) for row in sheet.rows[:head] for x in row[:2])
    if sheet.name not in title:
        raise DataError(
            f"the title does not name {sheet.name}", where=f"{path.name}, sheet {sheet.name}",
            advice="The sheet is a copy of another year: leave it out",
        )  # fmt: skip
    cells: list[Cell] = []
    for index, row in enumerate(sheet.rows[head + 1 :], start=head + 1):
        name = str(row[1]).strip() if len(row) > column else ""
        if not name or str(row[column]).strip() == "":
            continue
        address = f"{sheet.name}!{column_letter(column)}{index + 1}"
        parsed = _parsed(row[column], path, address)
        if parsed is not None:
            cells.append(Cell(name, int(sheet.name), *parsed, address))
    return cells


def _parsed(content: object, path: Path, address: str) -> tuple[float | None, Status] | None:
    try:
        return parse_cell(content, {})
    except ValueError as error:
        raise DataError(
            f"{str(error)!r} is no figure", where=f"{path.name}, {address}", advice="Compare it with the edition"
        ) from error


def _read_population(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """EMISS export: dates as headers, OKATO codes beside the names, zeros before a region was counted."""
    sheet = reading.shelf.open(path)[0]
    head = sheet.rows[0] if sheet.rows else [""]
    years = {i: int(str(x)[:4]) for i, x in enumerate(head) if re.match(r"(19|20)\d\d-", str(x))}
    others = [i for i, x in enumerate(head[2:], start=2) if i not in years and str(x).strip()]
    if len(years) < 3 or others or "OKATO" not in str(head[0]):
        raise DataError(
            "the first row is not a row of dates",
            where=f"{path.name}, sheet {sheet.name}, cell {column_letter(others[0] if others else 0)}1",
            advice="Export the indicator again with years as columns",
        )  # fmt: skip
    cells: list[Cell] = []
    for index, row in enumerate(sheet.rows[1:], start=1):
        if str(row[1]) in series.skip_codes:
            continue
        for column, year in years.items():
            address = f"{sheet.name}!{column_letter(column)}{index + 1}"
            parsed = _parsed(row[column], path, address)
            if parsed is not None and parsed[0] != 0:
                cells.append(Cell(str(row[0]), year, *parsed, address))
    return _named(cells, series, path, reading)


_READERS: dict[Reader, Callable[[Series, SourceFile, Path, Reading], list[Figure]]] = {
    "table": _read_table,
    "shares": _read_shares,
    "population": _read_population,
    "tochno": read_tochno,
    "innovation": read_innovation,
    "extract": read_extract,
    "records": read_records,
    "quote": read_quote,
}
