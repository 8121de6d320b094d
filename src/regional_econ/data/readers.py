"""How does each kind of official file become figures of known regions?

Every reader takes a declared series and the path of its file and returns figures with their place in the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ.data.catalogue import Reader, Series, SourceFile
from regional_econ.data.regions import RegionNames
from regional_econ.data.workbooks import Cell, Sheet, Shelf, Status, column_letter, parse_cell, read_table

SENTINELS = (-99999999.0, -77777777.0)
FIRST_SHARES_COPY = 2023
_FEWEST_REGIONS = 60


class Figure(NamedTuple):
    """One figure: region id, year, value in the variable's unit, status, vintage and place in the file."""

    region: str
    year: int
    value: float | None
    status: Status
    vintage: str
    place: str


@dataclass
class Reading:
    """What all readers share: where the files lie, the spellings of regions, workbooks already open."""

    folder: Path
    names: RegionNames
    shelf: Shelf
    frames: dict[Path, pd.DataFrame]

    @classmethod
    def of(cls, folder: Path, names: RegionNames) -> Reading:
        """Start reading a folder of official files."""
        return cls(folder, names, Shelf(), {})


def read_series(series: Series, source: SourceFile, reading: Reading) -> list[Figure]:
    """Return the figures of one declared series, scaled to the variable's unit.

    Raises
    ------
    DataError : the file is missing, damaged or lacks the table; a cell is no figure; a region stands twice.
    UnknownNameError : a spelling of a region that is listed nowhere.
    """
    path = reading.folder / source.file
    if not path.is_file():
        raise DataError(
            "a source file is missing", where=str(path), advice="Put it there; sources.yml says which edition it is"
        )
    figures = _READERS[series.reader](series, source, path, reading)
    figures = [one for one in figures if _wanted(one, series)]
    _check_once(figures, series, source)
    _check_coverage(figures, series, source)
    return [_scaled(figure, series) for figure in figures]


def _wanted(figure: Figure, series: Series) -> bool:
    if series.years is not None and not series.years[0] <= figure.year <= series.years[1]:
        return False
    return not series.regions or figure.region in series.regions


def _scaled(figure: Figure, series: Series) -> Figure:
    if figure.value is None or (series.scale == 1.0 and series.digits is None):
        return figure
    value = figure.value * series.scale
    return figure._replace(value=value if series.digits is None else round(value, series.digits))


def _check_once(figures: Iterable[Figure], series: Series, source: SourceFile) -> None:
    places: dict[tuple[str, int, str], str] = {}
    for figure in figures:
        first = places.setdefault((figure.region, figure.year, figure.vintage), figure.place)
        if first != figure.place:
            raise DataError(
                f"{figure.region} stands twice for {figure.year}",
                where=f"{source.file}, {first} and {figure.place}",
                advice="One of the rows belongs to another unit: list its spelling in regions.yml",
            )


def _check_coverage(figures: list[Figure], series: Series, source: SourceFile) -> None:
    found = {figure.region for figure in figures}
    if series.reader != "quote" and series.role == "main" and len(found) < _FEWEST_REGIONS:
        raise DataError(
            f"only {len(found)} regions found for {series.title or series.code or series.column!r}",
            where=source.file,
            advice="The file is incomplete or another one; fetch it again",
        )


def _read_table(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    cells = read_table(
        reading.shelf.open(path), file=path.name, title=series.title, unit_line=series.unit_line, pick=series.pick
    )
    return _named(cells, series, path, reading)


def _named(cells: list[Cell], series: Series, path: Path, reading: Reading) -> list[Figure]:
    figures: list[Figure] = []
    for cell in cells:
        region = reading.names.resolve(cell.name, where=f"{path.name}, {cell.address}")
        if region is not None:
            figures.append(Figure(region, cell.year, cell.value, cell.status, series.vintage, cell.address))
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


def _read_tochno(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """The tochno.st collection: one row a figure; the row names the edition it was taken from."""
    frame = _collection(path, reading)
    chosen = frame[(frame["indicator_code"] == series.code) & (frame["subsection"] == "CD")]
    if chosen.empty:
        raise DataError(f"the collection holds no indicator {series.code}", where=path.name, advice="Check the code")
    if units := [unit for unit in chosen["indicator_unit"].astype(str).unique() if series.unit_line not in unit]:
        raise DataError(
            f"the unit of {series.code} is {units[0]!r}, expected {series.unit_line!r}", where=path.name,
            advice="Change the unit line and the scale in variables.yml together",
        )  # fmt: skip
    figures: list[Figure] = []
    names = chosen["object_name"].astype(str)
    editions = chosen["source"].astype(str)
    for row, name, year, value, edition in zip(
        chosen.index, names, chosen["year"], chosen["indicator_value"], editions, strict=True
    ):
        region = reading.names.resolve(name, where=f"{path.name}, row {row}")
        if region is None:
            continue
        if edition not in source.editions:
            raise DataError(
                f"the edition {edition!r} has no vintage name", where=f"{path.name}, row {row}",
                advice="Add it to the editions in sources.yml",
            )  # fmt: skip
        missing = pd.isna(value) or value in SENTINELS
        where = f"{path.name}, row {row}"
        number, status = (None if missing else _figure(value, where)), _status(missing)
        figures.append(Figure(region, _year(year, where), number, status, source.editions[edition], f"row {row}"))
    return figures


def _figure(text: object, where: str) -> float:
    """A cell of a text file as a number; anything else is refused with its place."""
    try:
        number = float(str(text))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"{str(text)!r} is no figure", where=where, advice="Compare it with the edition")
    return number


def _year(text: object, where: str) -> int:
    number = _figure(text, where)
    if not number.is_integer():
        raise DataError(f"{str(text)!r} is no year", where=where, advice="Compare it with the edition")
    return int(number)


def _status(missing: bool) -> Status:
    return "missing" if missing else "published"


def _collection(path: Path, reading: Reading) -> pd.DataFrame:
    if path not in reading.frames:
        import pyarrow

        columns = ["indicator_code", "subsection", "object_name", "year", "indicator_value", "indicator_unit", "source"]
        try:
            reading.frames[path] = pd.read_parquet(path, columns=columns)
        except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
            raise DataError(
                f"this is no parquet file of the collection ({str(error).splitlines()[0]})", where=path.name,
                advice="Fetch the file again and compare its SHA-256 with sources.yml",
            ) from error  # fmt: skip
    return reading.frames[path]


def _csv(path: Path, reading: Reading, columns: set[str]) -> pd.DataFrame:
    if path not in reading.frames:
        try:
            frame = pd.read_csv(path, encoding="utf-8")
        except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise DataError(
                f"this is no CSV file in UTF-8 ({error})", where=path.name,
                advice="Fetch the file again and compare its SHA-256 with sources.yml",
            ) from error  # fmt: skip
        reading.frames[path] = frame
    frame = reading.frames[path]
    if lacking := sorted(columns - set(frame.columns)):
        raise DataError(
            f"the columns {', '.join(lacking)} are missing", where=path.name, advice="Check that this is the file"
        )
    return frame


def _read_innovation(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """The assembled file of innovation activity: exact ratios for 2020, and the oracle for every other year."""
    frame = _csv(path, reading, {"region", "level", "year", "value", "note", "value_2017_oslo3"})
    column = series.column or "value"
    figures: list[Figure] = []
    parts = (frame[name] for name in ("region", "year", column, "note"))
    for line, (name, year, value, note) in enumerate(zip(*parts, strict=True), start=2):
        where = f"{path.name}, line {line}"
        region = reading.names.resolve(str(name), where=where)
        if region is None or (column != "value" and pd.isna(value)):
            continue
        if pd.isna(value):
            absent = note == "Rosstat dash: phenomenon absent"
            number: float | None = 0.0 if absent else None
            status: Status = "absent" if absent else "missing"
        else:
            number, status = _figure(value, where), "published"
        figures.append(Figure(region, _year(year, where), number, status, series.vintage, f"line {line}"))
    return figures


def _read_extract(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """The extract of an older yearbook: one line a region and year, one column a variable."""
    frame = _csv(path, reading, {"region_rus", "year", series.column})
    figures: list[Figure] = []
    parts = (frame["region_rus"].astype(str), frame["year"], frame[series.column])
    for line, (name, year, value) in enumerate(zip(*parts, strict=True), start=2):
        where = f"{path.name}, line {line}"
        region = reading.names.resolve(name, where=where)
        if region is not None and not pd.isna(value):
            number = _figure(value, where)
            figures.append(Figure(region, _year(year, where), number, "published", series.vintage, f"line {line}"))
    return figures


def _read_quote(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """A figure that stands in a sentence: the pattern's only group is the number."""
    text = path.read_text(encoding="utf-8")
    match = re.search(series.title, text)
    if match is None or series.years is None or len(series.regions) != 1:
        raise DataError(
            f"the sentence {series.title!r} is not there", where=path.name,
            advice="Take the series out of variables.yml or correct its pattern",
        )  # fmt: skip
    line = text[: match.start(1)].count("\n") + 1
    value = _figure(match[1], f"{path.name}, line {line}")
    return [Figure(series.regions[0], series.years[0], value, "reported", series.vintage, f"line {line}")]


_READERS: dict[Reader, Callable[[Series, SourceFile, Path, Reading], list[Figure]]] = {
    "table": _read_table,
    "shares": _read_shares,
    "population": _read_population,
    "tochno": _read_tochno,
    "innovation": _read_innovation,
    "extract": _read_extract,
    "quote": _read_quote,
}
