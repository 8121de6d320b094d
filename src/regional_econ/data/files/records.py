"""How do long text tables become figures: the tochno.st collection, assembled files, an extract, a sentence?

Every reader takes a declared series, its source, the path of the file and what the build shares, and returns figures
with their line or row. What is no figure, no year, no known region or not the declared unit is an error with its place.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ.data.catalogue import Series, SourceFile
from regional_econ.data.files.figures import Figure, Reading, check_once
from regional_econ.data.files.text_tables import number_of, read_lines, year_of
from regional_econ.data.files.workbooks import Status

SENTINELS = (-99999999.0, -77777777.0)
_LARGER_UNIT_OF_COUNTRY = "для значений в целом по России"


def read_tochno(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """Return an indicator of the tochno.st collection: one row a figure, which names the edition it was taken from."""
    if series.code in source.refused:
        raise DataError(
            f"the indicator {series.code} must not be used: {source.refused[series.code]}", where=path.name,
            advice="Take another source, or the code out of the refused ones in sources.yml",
        )  # fmt: skip
    chosen = _rows_of_unit(_collection(path, reading), series, path)
    figures: list[Figure] = []
    parts = (chosen[name] for name in ("object_name", "year", "indicator_value", "source", "comment"))
    for row, name, year, value, edition, comment in zip(chosen.index, *parts, strict=True):
        where = f"{path.name}, row {row}"
        region = reading.names.resolve(str(name), where=where)
        if region is None:
            continue
        if str(edition) not in source.editions:
            raise DataError(
                f"the edition {str(edition)!r} has no vintage name", where=where,
                advice="Add it to the editions in sources.yml",
            )  # fmt: skip
        missing = pd.isna(value) or value in SENTINELS
        number, status = (None if missing else number_of(value, where)), _status(missing, str(comment))
        vintage = source.editions[str(edition)]
        figures.append(Figure(region, year_of(year, where), number, status, vintage, f"row {row}"))
    check_once(figures, path.name, in_any_edition=True)
    return figures


def read_innovation(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """Return innovation activity of the assembled file: exact ratios for 2020, the oracle for every other year."""
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
            number, status = number_of(value, where), "published"
        figures.append(Figure(region, year_of(year, where), number, status, series.vintage, f"line {line}"))
    return figures


def read_extract(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """Return a column of the extract of an older yearbook: one line a region and year."""
    frame = _csv(path, reading, {"region_rus", "year", series.column})
    figures: list[Figure] = []
    parts = (frame["region_rus"].astype(str), frame["year"], frame[series.column])
    for line, (name, year, value) in enumerate(zip(*parts, strict=True), start=2):
        where = f"{path.name}, line {line}"
        region = reading.names.resolve(name, where=where)
        if region is not None and not pd.isna(value):
            number = number_of(value, where)
            figures.append(Figure(region, year_of(year, where), number, "published", series.vintage, f"line {line}"))
    return figures


def read_records(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """Return a column of a long text table, one line a region, year and category; the declared category is taken."""
    figures: list[Figure] = []
    chosen = 0
    for number, cells in read_lines(path, ("region", "year", series.column, *series.where)):
        if any(cells[column] != wanted for column, wanted in series.where.items()):
            continue
        chosen += 1
        where = f"{path.name}, line {number}"
        region = reading.names.resolve(cells["region"], where=where)
        if region is None:
            continue
        content = cells[series.column].strip()
        value = number_of(content, where) if content else None
        year = year_of(cells["year"], where)
        figures.append(Figure(region, year, value, _status(not content), series.vintage, f"line {number}"))
    if not chosen:
        raise DataError(
            f"no line has {', '.join(f'{key} {value!r}' for key, value in series.where.items())}", where=path.name,
            advice="Check the categories in variables.yml",
        )  # fmt: skip
    return figures


def read_quote(series: Series, source: SourceFile, path: Path, reading: Reading) -> list[Figure]:
    """Return a figure that stands in a sentence: the pattern's only group is the number."""
    text = path.read_text(encoding="utf-8")
    match = re.search(series.title, text)
    if match is None or series.years is None or len(series.regions) != 1:
        raise DataError(
            f"the sentence {series.title!r} is not there", where=path.name,
            advice="Take the series out of variables.yml or correct its pattern",
        )  # fmt: skip
    line = text[: match.start(1)].count("\n") + 1
    value = number_of(match[1], f"{path.name}, line {line}")
    return [Figure(series.regions[0], series.years[0], value, "reported", series.vintage, f"line {line}")]


def _rows_of_unit(frame: pd.DataFrame, series: Series, path: Path) -> pd.DataFrame:
    """The main rows of an indicator in one unit; where its rows carry several, the declared one is taken."""
    chosen = frame[(frame["indicator_code"] == series.code) & (frame["subsection"] == "CD")]
    if chosen.empty:
        raise DataError(f"the collection holds no indicator {series.code}", where=path.name, advice="Check the code")
    of_row = chosen["indicator_unit"].astype(str)
    if series.unit:
        chosen, of_row = chosen[of_row == series.unit], of_row[of_row == series.unit]
    units = sorted(of_row.unique())
    if len(units) != 1:
        raise DataError(
            f"the rows of {series.code} carry {len(units)} units: {'; '.join(units)}", where=path.name,
            advice="Choose one in variables.yml (unit)",
        )  # fmt: skip
    if series.unit_line not in units[0]:
        raise DataError(
            f"the unit of {series.code} is {units[0]!r}, expected {series.unit_line!r}", where=path.name,
            advice="Change the unit line and the scale in variables.yml together",
        )  # fmt: skip
    if (_LARGER_UNIT_OF_COUNTRY in units[0]) != (series.country_scale != 1.0):
        raise DataError(
            f"the unit of {series.code} is {units[0]!r}, and the country's figures are scaled by "
            f"{series.country_scale:g}", where=path.name, advice="Declare the country_scale in variables.yml",
        )  # fmt: skip
    return chosen


def _status(missing: bool, comment: str = "") -> Status:
    if not missing:
        return "published"
    return "confidential" if "конфиденциальн" in comment else "missing"


def _collection(path: Path, reading: Reading) -> pd.DataFrame:
    if path not in reading.frames:
        import pyarrow

        columns = ["indicator_code", "subsection", "object_name", "year", "indicator_value", "indicator_unit"]
        columns += ["source", "comment"]
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
