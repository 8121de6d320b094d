"""How is a text table with a header read, line by line, with the place of each cell?"""

from __future__ import annotations

import csv
import gzip
import io
import math
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from regional_econ._base.errors import DataError

MAX_TEXT_BYTES = 200_000_000


class Line(NamedTuple):
    """One line of a text table: its number in the file (the header is line 1) and its cells by column."""

    number: int
    cells: dict[str, str]


def read_lines(path: Path, columns: Sequence[str]) -> list[Line]:
    """Return the lines of a comma-separated file in UTF-8, compressed when its name ends in ``.gz``.

    Parameters
    ----------
    path : the file.
    columns : that it must have; others are kept too.

    Raises
    ------
    DataError : missing, damaged, larger than any official file, in another encoding, without one of the columns or
        with a line of another length.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        header = next(reader, [])
        if lacking := sorted(set(columns) - set(header)):
            raise DataError(f"the columns {', '.join(lacking)} are missing", where=path.name, advice=_ANOTHER)
        if len(set(header)) < len(header):
            raise DataError("two columns have one name", where=f"{path.name}, line 1", advice=_ANOTHER)
        lines = []
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                raise DataError(
                    f"a line has {len(cells)} cells, the header {len(header)}",
                    where=f"{path.name}, line {reader.line_num}",
                    advice=_ANOTHER,
                )
            lines.append(Line(reader.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        raise DataError(f"this is no CSV file ({error})", where=path.name, advice=_ANOTHER) from error
    if not lines:
        raise DataError("the table is empty", where=path.name, advice=_ANOTHER)
    return lines


def number_of(content: object, where: str) -> float:
    """Return a cell of a text table or collection, a finite number with a decimal point.

    Raises
    ------
    DataError : it is none.

    Examples
    --------
    >>> number_of("12.5", "file, line 2")
    12.5
    """
    text = str(content)
    try:
        number = float(text) if "_" not in text else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"{text!r} is no figure", where=where, advice="Compare it with the edition")
    return number


def year_of(content: object, where: str) -> int:
    """Return a year between 1990 and 2035.

    Raises
    ------
    DataError : it is none.
    """
    number = number_of(content, where)
    if not number.is_integer() or not 1990 <= number <= 2035:
        raise DataError(f"{str(content)!r} is no year", where=where, advice="Compare it with the edition")
    return int(number)


def _text(path: Path) -> str:
    if not path.is_file():
        raise DataError("a source file is missing", where=str(path), advice="Put it there; see sources.yml")
    try:
        if path.name.endswith(".gz"):
            with gzip.open(path) as archive:
                content = archive.read(MAX_TEXT_BYTES + 1)
        else:
            with path.open("rb") as plain:
                content = plain.read(MAX_TEXT_BYTES + 1)
        if len(content) > MAX_TEXT_BYTES:
            raise DataError(f"the file holds more than {MAX_TEXT_BYTES} bytes", where=path.name, advice=_ANOTHER)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"the file is damaged ({error})", where=path.name, advice=_ANOTHER) from error
    except UnicodeDecodeError as error:
        raise DataError("this is no text in UTF-8", where=path.name, advice=_ANOTHER) from error


_ANOTHER = "Fetch the file again and compare its SHA-256 with sources.yml"
