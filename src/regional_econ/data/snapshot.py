"""How are the compiled figures stored, and are they still what the build wrote?

Two long text tables (one line a figure, sorted, LF, gzip without time and name) and a manifest with their SHA-256.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ._base.files import read_json, sha256_bytes
from regional_econ._base.location import data_dir

if TYPE_CHECKING:
    import pyarrow

VALUES, VINTAGES, MANIFEST = "values.csv.gz", "vintages.csv.gz", "manifest.json"
COLUMNS = ("variable", "region", "year", "vintage", "value", "status", "source", "cell")


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


def pack(rows: Iterable[Row]) -> bytes:
    """Return rows as a gzipped table whose bytes depend on the rows alone.

    Parameters
    ----------
    rows : in any order; they are sorted.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=lambda row: (row.variable, row.region, row.year, row.vintage, row.source, row.cell)):
        writer.writerow([_number(x) if isinstance(x, float) else "" if x is None else x for x in row])
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as archive:
        archive.write(text.getvalue().encode("utf-8"))
    return buffer.getvalue()


def read_rows(name: str, folder: Path | None = None) -> pd.DataFrame:
    """Return one stored table after checking it against the manifest.

    Parameters
    ----------
    name : ``values.csv.gz`` (the newest figures) or ``vintages.csv.gz`` (older editions).
    folder : where the snapshot lies; the compiled data by default.

    Returns
    -------
    Frame with the columns variable, region, year, vintage, value, status, source, cell.

    Raises
    ------
    DataError : the table or the manifest is missing or was changed.
    """
    folder = folder or data_dir()
    content = _verified(folder, name)
    frame: pd.DataFrame = _parse(content, folder / name).to_pandas()
    return frame


def manifest(folder: Path | None = None) -> dict[str, dict[str, str]]:
    """Return the manifest: SHA-256 of the stored tables and of the source files they were built from."""
    path = (folder or data_dir()) / MANIFEST
    if not path.is_file():
        raise DataError("the manifest of the compiled figures is missing", where=str(path), advice=_REBUILD)
    document = read_json(path)
    if not isinstance(document, dict) or not {"files", "sources"} <= set(document):
        raise DataError("the manifest is damaged", where=str(path), advice=_REBUILD)
    return {key: dict(document[key]) for key in ("files", "sources")}


def _verified(folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.is_file():
        raise DataError("a table of the compiled figures is missing", where=str(path), advice=_REBUILD)
    content = path.read_bytes()
    expected = manifest(folder)["files"].get(name)
    if sha256_bytes(content) != expected:
        raise DataError("the compiled figures were changed or damaged", where=str(path), advice=_REBUILD)
    return content


def _parse(content: bytes, path: Path) -> pyarrow.Table:
    import pyarrow
    from pyarrow import csv as arrow_csv

    word = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    numbers = {"year": pyarrow.int32(), "value": pyarrow.float64()}
    types = {**dict.fromkeys(COLUMNS, word), **numbers, "cell": pyarrow.string()}
    options = arrow_csv.ConvertOptions(column_types=types, strings_can_be_null=False)
    try:
        return arrow_csv.read_csv(io.BytesIO(gzip.decompress(content)), convert_options=options)
    except (pyarrow.ArrowException, OSError, EOFError) as error:
        raise DataError(f"the table cannot be read ({error})", where=str(path), advice=_REBUILD) from error


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


_REBUILD = "Run `regional-econ data build --sources DIR`, restore it from version control or install the package again"
