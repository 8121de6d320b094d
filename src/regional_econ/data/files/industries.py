"""How do the structure of value added and the fixed assets by industry become rows of one table?

The structure of value added stands in one sheet a year, under the old classification (OKVED) to 2015 and under the
new one (OKVED2) from 2016 on: a letter means another section in each. A sheet that repeats another one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.data.declared import read_yaml
from regional_econ.data.files.text_tables import number_of, read_lines, year_of
from regional_econ.data.files.workbooks import Sheet, Shelf, column_letter, parse_cell
from regional_econ.data.regions import RegionNames, clean_name

Classification = Literal["okved", "okved2"]

MOST_ROUNDING = 1.0  # percentage points: twenty sections, each rounded to 0.1, are off by 20 × 0.05 at most
COVERAGES: Mapping[str, str] = {
    "all organisations": "all",
    "commercial without small business": "commercial",
    "non-commercial": "noncommercial",
}
_SECTION = re.compile(r"Раздел\s+([A-ZА-Я])")
_LATIN = str.maketrans("АВСЕНКМОРТ", "ABCEHKMOPT")


class IndustryRow(NamedTuple):
    """One figure of an industry in a region and year; ``value`` is None where the source is blank."""

    region: str
    year: int
    measure: str
    classification: str
    industry: str
    coverage: str
    value: float | None
    unit: str
    status: str
    source: str
    cell: str


def industry_labels(folder: Path | None = None) -> dict[tuple[str, str], Text]:
    """Return the name of each section by classification and letter; ``total`` is all of them.

    >>> industry_labels()["okved", "C"].en == industry_labels()["okved2", "B"].en == "Mining and quarrying"
    True
    """
    document = read_yaml((folder or data_dir()) / "tables.yml")["industries"]
    return {
        (classification, letter): Text(entry["ru"], entry["en"])
        for classification, sections in document.items()
        for letter, entry in sections.items()
    }


def industry_names(classification: Classification, folder: Path | None = None) -> list[str]:
    """Return every name of a section that the files use, in Russian."""
    document = read_yaml((folder or data_dir()) / "tables.yml")["industries"][classification]
    return [name for entry in document.values() for name in [entry["ru"], *entry.get("also", [])]]


def read_value_added(path: Path, source: str, names: RegionNames, shelf: Shelf) -> list[IndustryRow]:
    """Return the structure of gross value added, % of the region's total, all sections.

    Parameters
    ----------
    path : the workbook.
    source : id of the source file, kept in the rows.
    names : spellings of regions.
    shelf : open workbooks; sheets that repeat another year are named in its remarks.

    Raises
    ------
    DataError : two sheets of one year that differ, a sheet whose title names another year, an unknown section, a cell
        that is no figure, shares that do not add up to 100.
    UnknownNameError : a spelling of a region that is listed nowhere.
    """
    known = _sections()
    rows: list[IndustryRow] = []
    seen: dict[str, list[list[float]]] = {}
    for sheet in shelf.open(path):
        year = _year_of_title(sheet, path)
        if year is None:
            continue
        figures = [[x for x in row if isinstance(x, float)] for row in sheet.rows]
        if copied := next((name for name, others in seen.items() if others == figures), None):
            shelf.remarks.append(f"{path.name}: sheet {sheet.name} repeats the sheet {copied} and is refused")
            continue
        if str(year) != sheet.name.strip():
            raise DataError(
                f"the title names {year}",
                where=f"{path.name}, sheet {sheet.name}",
                advice="Compare it with the edition",
            )
        seen[sheet.name] = figures
        rows += _value_added_of_year(sheet, year, path.name, source, names, known)
    if not rows:
        raise DataError("no sheet names a year and the sections", where=path.name, advice="Check that this is the file")
    return rows


def read_assets(path: Path, source: str, names: RegionNames) -> list[IndustryRow]:
    """Return full and residual value of fixed assets, mln roubles, by section and coverage.

    Raises
    ------
    DataError : a line that is no figure, an unknown section or coverage, one that stands twice.
    UnknownNameError : a spelling of a region that is listed nowhere.
    """
    known = _sections()
    rows: list[IndustryRow] = []
    seen: dict[tuple[str, ...], int] = {}
    measures = {"full_book_value": "assets_full", "residual_value": "assets_residual"}
    for line in read_lines(path, ["region", "okved2_section", "year", "coverage", *measures]):
        where = f"{path.name}, line {line.number}"
        region = names.resolve(line.cells["region"], where=where)
        if region is None:
            continue
        letter = known["okved2"].get(_bare(line.cells["okved2_section"]))
        coverage = COVERAGES.get(line.cells["coverage"])
        if letter is None:
            raise _unknown("section", line.cells["okved2_section"], industry_names("okved2"), where)
        if coverage is None:
            raise _unknown("coverage", line.cells["coverage"], list(COVERAGES), where)
        year = year_of(line.cells["year"], where)
        first = seen.setdefault((region, letter, str(year), coverage), line.number)
        if first != line.number:
            raise DataError(f"{region} stands twice for {year}", where=f"{where} and line {first}", advice=_TWICE)
        for column, measure in measures.items():
            text = line.cells[column]
            value = number_of(text, where) if text else None
            status = "published" if text else "missing"
            place = (value, "mln_rub", status, source, f"line {line.number}, {column}")
            rows.append(IndustryRow(region, year, measure, "okved2", letter, coverage, *place))
    return rows


def _value_added_of_year(
    sheet: Sheet, year: int, file: str, source: str, names: RegionNames, known: Mapping[str, Mapping[str, str]]
) -> list[IndustryRow]:
    head, letters, classification = _sections_of(sheet, file, known)
    first = min(letters)
    rows: list[IndustryRow] = []
    places: dict[str, int] = {}
    for index, contents in enumerate(sheet.rows[head + 2 :], start=head + 2):
        filled = {column: contents[column] for column in letters if str(contents[column]).strip()}
        name = str(contents[1]).strip()
        if not filled or (not name and _is_heading(contents)):
            continue
        where = f"{file}, sheet {sheet.name}, cell B{index + 1}"
        region = names.resolve(name, where=where)
        if region is None:
            continue
        if region in places:
            raise DataError(f"{region} stands twice", where=f"{where} and B{places[region] + 1}", advice=_TWICE)
        places[region] = index
        of_region = []
        for column, content in filled.items():
            address = f"{sheet.name}!{column_letter(column)}{index + 1}"
            value, status = _share(content, f"{file}, {address}")
            place = (value, "pct", status, source, address)
            of_region.append(IndustryRow(region, year, "gva_share", classification, letters[column], "all", *place))
        _check_shares(of_region, f"{file}, {sheet.name}!{column_letter(first)}{index + 1}")
        rows += of_region
    return rows


def _is_heading(contents: list[Any]) -> bool:
    return not any(isinstance(content, float | int) for content in contents)


def _share(content: object, where: str) -> tuple[float | None, str]:
    try:
        parsed = parse_cell(content, {})
    except ValueError as error:
        raise DataError(f"{str(error)!r} is no figure", where=where, advice="Compare it with the edition") from error
    value, status = parsed if parsed is not None else (None, "missing")
    if value is not None and not 0 <= value <= 100:
        raise DataError(f"a share is {value}", where=where, advice="Compare it with the edition")
    # the workbook holds 37.800000000000004 for 37.8: computed by a program, not printed by the office
    return (None if value is None else round(value, 10)), status


def _check_shares(rows: list[IndustryRow], where: str) -> None:
    values = [row.value for row in rows]
    total = sum(value for value in values if value is not None)
    if None not in values and abs(total - 100) > MOST_ROUNDING:
        raise DataError(
            f"the shares of {rows[0].region} add up to {round(total, 6)}, not to 100",
            where=where,
            advice="Compare the row with the edition: a digit or a section is wrong",
        )


def _sections_of(
    sheet: Sheet, file: str, known: Mapping[str, Mapping[str, str]]
) -> tuple[int, dict[int, str], Classification]:
    """Return the row of the letters, the section of each column and the classification its names belong to."""
    head = next(index for index, row in enumerate(sheet.rows) if _letters(row))
    letters = _letters(sheet.rows[head])
    titles = {column: clean_name(str(sheet.rows[head + 1][column])) for column in letters}
    for classification in ("okved", "okved2"):
        wanted: Mapping[str, str] = known[classification]
        if all(wanted.get(_bare(title)) == letters[column] for column, title in titles.items()):
            return head, letters, "okved" if classification == "okved" else "okved2"
    column = next(
        (column for column, title in titles.items() if all(_bare(title) not in one for one in known.values())),
        min(letters),
    )
    raise DataError(
        f"the section {letters[column]} is headed {titles[column]!r}: the columns fit neither classification",
        where=f"{file}, sheet {sheet.name}, cell {column_letter(column)}{head + 2}",
        advice="Compare the header with the edition; a new name of a section goes into tables.yml",
    )


def _letters(row: list[Any]) -> dict[int, str]:
    found = {column: _SECTION.match(str(content).strip()) for column, content in enumerate(row)}
    return {column: match[1].translate(_LATIN) for column, match in found.items() if match}


def _year_of_title(sheet: Sheet, path: Path) -> int | None:
    """The year that the lines above the sections name, or None when the sheet has no sections."""
    head = next((index for index, row in enumerate(sheet.rows[:15]) if _letters(row)), None)
    if head is None or head + 2 > len(sheet.rows):
        return None
    title = " ".join(str(content) for row in sheet.rows[:head] for content in row)
    years = re.findall(r"\b((?:19|20)\d\d)\s*г", title)
    if len(set(years)) != 1:
        raise DataError(
            f"the title names {', '.join(years) or 'no year'}",
            where=f"{path.name}, sheet {sheet.name}",
            advice="Compare it with the edition",
        )
    return int(years[0])


def _sections() -> dict[str, dict[str, str]]:
    """The letter of each section by classification and name, as tables.yml spells it."""
    document = read_yaml(data_dir() / "tables.yml")["industries"]
    return {
        classification: {
            _bare(name): letter for letter, entry in sections.items() for name in [entry["ru"], *entry.get("also", [])]
        }
        for classification, sections in document.items()
    }


def _bare(name: str) -> str:
    return clean_name(name).casefold()


def _unknown(kind: str, name: str, known: list[str], where: str) -> UnknownNameError:
    return UnknownNameError.of(kind, name, known, where=where)


_TWICE = "One of the rows belongs to another unit: list its spelling in regions.yml"
