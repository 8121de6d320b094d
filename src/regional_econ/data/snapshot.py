"""How are the compiled figures stored, and are they still what the build wrote?

Long text tables (one line a figure, sorted, LF, gzip without time and name where they are large), each described in
``TABLES``, and a manifest with their SHA-256.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.files import read_json, sha256_bytes
from regional_econ._base.location import data_dir

if TYPE_CHECKING:
    import pyarrow

MANIFEST = "manifest.json"
VALUES, VINTAGES = "values.csv.gz", "vintages.csv.gz"
INDUSTRIES, FLOWS = "industries.csv.gz", "flows.csv.gz"
NATIONAL, NEIGHBOURS, SHEETS = "national.csv", "neighbours.csv", "sheets.csv"

ColumnType = Literal["string", "word", "integer", "number"]
Content = str | int | float | None


@dataclass(frozen=True)
class Column:
    """A column of a stored table; a ``word`` is a string with few different values, read as a category."""

    name: str
    type: ColumnType
    description: str


@dataclass(frozen=True)
class Table:
    """A stored table: what a line of it is, its columns, and those that no two lines share."""

    file: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


class Row(NamedTuple):
    """One stored figure; ``value`` is None where the source withholds or lacks it."""

    variable: str
    region: str
    year: int
    vintage: str
    value: float | None
    status: str
    source: str
    cell: str


def pack_table(file: str, rows: Iterable[Sequence[Content]]) -> bytes:
    """Return rows as a text table whose bytes depend on the rows alone.

    Parameters
    ----------
    file : name of a table of ``TABLES``; one that ends in ``.gz`` is compressed.
    rows : the contents of its columns, in any order of rows; they are sorted by the key.

    Raises
    ------
    UnknownNameError : no such table.
    DataError : a row with another number of columns, two rows with one key, or a text of several lines.
    """
    table = _table(file)
    places = [index for index, column in enumerate(table.columns) if column.name in table.key]
    places.sort(key=lambda index: table.key.index(table.columns[index].name))
    ordered = sorted(rows, key=lambda row: tuple(row[place] for place in places))
    _check_rows(table, ordered, places)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    for row in ordered:
        writer.writerow([_number(x) if isinstance(x, float) else "" if x is None else x for x in row])
    content = text.getvalue().encode("utf-8")
    return _compressed(content) if file.endswith(".gz") else content


def read_table_file(file: str, folder: Path | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return one stored table after checking it against the manifest.

    Parameters
    ----------
    file : name of a table of ``TABLES``.
    folder : where the snapshot lies; the compiled data by default.
    columns : those wanted; all by default.

    Returns
    -------
    Frame with those columns of the table; words are categories, blank numbers NaN, blank strings empty.

    Raises
    ------
    UnknownNameError : no such table.
    DataError : the table or the manifest is missing or was changed.
    """
    table = _table(file)
    folder = folder or data_dir()
    frame: pd.DataFrame = _parse(_verified(folder, file), table, folder / file, columns).to_pandas()
    return frame


def read_rows(name: str, folder: Path | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return ``values.csv.gz`` (the newest figures) or ``vintages.csv.gz`` (older editions), see read_table_file."""
    return read_table_file(name, folder, columns)


def manifest(folder: Path | None = None) -> dict[str, dict[str, str]]:
    """Return the manifest: SHA-256 of the stored tables and of the source files they were built from."""
    path = (folder or data_dir()) / MANIFEST
    if not path.is_file():
        raise DataError("the manifest of the compiled figures is missing", where=str(path), advice=_REBUILD)
    document = read_json(path)
    if not isinstance(document, dict) or not {"files", "sources"} <= set(document):
        raise DataError("the manifest is damaged", where=str(path), advice=_REBUILD)
    return {key: dict(document[key]) for key in ("files", "sources")}


def _table(file: str) -> Table:
    if file not in TABLES:
        raise UnknownNameError.of("table", file, TABLES)
    return TABLES[file]


def _check_rows(table: Table, rows: Sequence[Sequence[Content]], places: Sequence[int]) -> None:
    before: tuple[Content, ...] | None = None
    for row in rows:
        key = tuple(row[place] for place in places)
        fault = ""
        if len(row) != len(table.columns):
            fault = f"a row has {len(row)} columns, expected {len(table.columns)}"
        elif key == before:
            fault = "two rows have one key"
        elif any(isinstance(x, str) and ("\n" in x or "\r" in x) for x in row):
            fault = "a text has several lines"
        if fault:
            raise DataError(f"{fault}: {', '.join(map(str, key))}", where=table.file, advice="Mend what made the rows")
        before = key


def _compressed(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as archive:
        archive.write(content)
    return buffer.getvalue()


def _verified(folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.is_file():
        raise DataError("a table of the compiled figures is missing", where=str(path), advice=_REBUILD)
    content = path.read_bytes()
    expected = manifest(folder)["files"].get(name)
    if sha256_bytes(content) != expected:
        raise DataError("the compiled figures were changed or damaged", where=str(path), advice=_REBUILD)
    return content


def _parse(content: bytes, table: Table, path: Path, columns: Sequence[str] | None) -> pyarrow.Table:
    import pyarrow
    from pyarrow import csv as arrow_csv

    types = {
        "string": pyarrow.string(),
        "word": pyarrow.dictionary(pyarrow.int32(), pyarrow.string()),
        "integer": pyarrow.int32(),
        "number": pyarrow.float64(),
    }
    options = arrow_csv.ConvertOptions(
        column_types={column.name: types[column.type] for column in table.columns},
        null_values=[""],
        strings_can_be_null=False,
        include_columns=None if columns is None else list(columns),
    )
    try:
        text = gzip.decompress(content) if table.file.endswith(".gz") else content
        parsed = arrow_csv.read_csv(io.BytesIO(text), convert_options=options)
    except (pyarrow.ArrowException, OSError, EOFError) as error:
        raise DataError(f"the table cannot be read ({error})", where=str(path), advice=_REBUILD) from error
    header = text[: text.find(b"\n")].decode("utf-8", "replace").split(",")
    if header != [column.name for column in table.columns]:
        raise DataError("the table has other columns than this version expects", where=str(path), advice=_REBUILD)
    return parsed


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


_REBUILD = "Run `regional-econ data build --sources DIR`, restore it from version control or install the package again"

_REGION = Column("region", "word", "Region id: ISO 3166-2:RU or the project's own (see regions.yml)")
_YEAR = Column("year", "integer", "Calendar year")
_VALUE = Column("value", "number", "Figure in the unit of the line; blank where the source has none")
_STATUS = Column("status", "word", "published, reported, absent (a dash: zero), missing (an ellipsis) or confidential")
_SOURCE = Column("source", "word", "Source file, an id of sources.yml")
_CELL = Column("cell", "string", "Place in the source file: sheet and cell, row or line")
_FIGURES = (
    Column("variable", "word", "Variable id (see variables.yml)"),
    _REGION,
    _YEAR,
    Column("vintage", "word", "Edition the figure was published in (see vintages.yml)"),
    Column("value", "number", "Figure in the variable's unit; blank where the source has none"),
    _STATUS,
    _SOURCE,
    _CELL,
)
_PLACE = ("variable", "region", "year")
_TABLES = (
    Table(VALUES, "The newest figure of each variable, region and year", _FIGURES, _PLACE),
    Table(VINTAGES, "Figures of older editions", _FIGURES, (*_PLACE, "vintage", "source")),
    Table(
        INDUSTRIES,
        "Structure of gross value added and fixed assets by industry",
        (
            _REGION,
            _YEAR,
            Column("measure", "word", "gva_share, assets_full or assets_residual"),
            Column("classification", "word", "okved (to 2015) or okved2"),
            Column("industry", "word", "Section of the classification, a Latin letter, or total"),
            Column("coverage", "word", "Organisations covered: all, commercial (without small firms), non-commercial"),
            _VALUE,
            Column("unit", "word", "Unit id: pct or mln_rub"),
            _STATUS,
            _SOURCE,
            _CELL,
        ),
        ("measure", "classification", "industry", "coverage", "region", "year"),
    ),
    Table(
        FLOWS,
        "Goods sold between regions in 2016",
        (
            Column("origin", "word", "Region that sold, id"),
            Column("destination", "word", "Region that bought, id"),
            Column("thousand_rub", "number", "Value of the goods, thousand roubles; zero where the source is blank"),
            _CELL,
        ),
        ("origin", "destination"),
    ),
    Table(
        NATIONAL,
        "National and world series by year",
        (
            Column("series", "word", "Series id, its unit in the name"),
            _YEAR,
            _VALUE,
            Column("unit", "word", "Unit of the value"),
            _SOURCE,
            Column("line", "integer", "Line in the source file"),
        ),
        ("series", "year"),
    ),
    Table(
        NEIGHBOURS,
        "Pairs of regions with a common border, each pair in both directions",
        (
            Column("region", "word", "Region id"),
            Column("neighbour", "word", "Region id"),
        ),
        ("region", "neighbour"),
    ),
    Table(
        SHEETS,
        "Every sheet of the yearbook's workbooks: imported or refused, and why",
        (
            Column("workbook", "word", "File name"),
            Column("sheet", "string", "Sheet name"),
            Column("title", "string", "Title lines of the sheet"),
            Column("unit", "string", "Unit line of the sheet"),
            Column("first_year", "integer", "First year with a column"),
            Column("last_year", "integer", "Last year with a column"),
            Column("years", "integer", "Number of years"),
            Column("regions", "integer", "Number of regions and aggregates with a figure"),
            Column("figures", "integer", "Number of figures"),
            Column("outcome", "word", "imported or refused"),
            Column("reason", "string", "Why it was refused; blank when imported"),
            Column("variables", "string", "Variables of the catalogue that are taken from it, separated by blanks"),
        ),
        ("workbook", "sheet"),
    ),
)
TABLES: Mapping[str, Table] = {table.file: table for table in _TABLES}
