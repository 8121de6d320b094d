"""What stands in every sheet of a yearbook, and which sheets can be imported?

Sheets are recognised by what they hold: titles, header rows, names and figures. A title sheet or a table of contents
holds no figures. A sheet is refused as a whole when one of its cells or its header cannot be read for certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.data.catalogue import Entry, SourceFile, load_catalogue, load_sources
from regional_econ.data.files.layout import Block, find_blocks
from regional_econ.data.files.workbooks import Sheet, Shelf, TableCell, has_title, read_block
from regional_econ.data.regions import RegionNames, clean_name, load_region_names, load_regions

Outcome = Literal["imported", "refused", "no data"]

COLUMNS = ("table", "unit", "name", "region", "year", "item", "value", "status", "marks", "cell", "note")
_UNLISTED, _OWN = "no spelling in regions.yml", "in a unit of its own"


class _Name(NamedTuple):
    """A name as a sheet spells it, without marks, with the unit its row has of its own, and the region it means."""

    spelling: str
    name: str
    unit: str
    region: str | None
    note: str


@dataclass(frozen=True)
class SheetRecord:
    """One sheet of a yearbook: what it holds and whether it could be imported.

    ``years`` counts the different years, ``regions`` the disjoint regions, ``figures`` the cells with a number.
    ``reason`` says why a sheet was refused or, of an imported one, what in it deserves attention: names that no
    spelling lists, rows in a unit of their own, figures outside the table. ``variables`` are the ids of the declared
    variables that are read from the sheet.
    """

    workbook: str
    sheet: str
    title: str
    unit: str
    first_year: int | None
    last_year: int | None
    years: int
    regions: int
    figures: int
    outcome: Outcome
    reason: str
    variables: tuple[str, ...]


def survey(folder: Path, *, shelf: Shelf | None = None) -> list[SheetRecord]:
    """Return a record of every sheet of every workbook in a folder.

    Parameters
    ----------
    folder : where the workbooks of one yearbook lie.
    shelf : workbooks already open, so that a build reads each of them once.

    Raises
    ------
    DataError : no workbook there, or one that cannot be opened at all.
    """
    paths = sorted(path for path in folder.glob("*.xls*") if not path.name.startswith(("~", ".")))
    if not paths:
        raise DataError("no workbooks found", where=str(folder), advice="Give the folder of one yearbook")
    names, disjoint = load_region_names(), {one.id for one in load_regions().values() if one.kind == "region"}
    catalogue, sources, shelf = load_catalogue(), load_sources(), shelf or Shelf()
    return [
        _record(path.name, sheet, blocks, names, disjoint, catalogue, sources)
        for path in paths
        for sheet, blocks in zip(shelf.open(path), shelf.blocks(path), strict=True)
    ]


def read_sheet(path: Path, sheet_name: str) -> pd.DataFrame:
    """Return every figure of one sheet of a workbook, one a row.

    Parameters
    ----------
    path : the workbook.
    sheet_name : as the workbook has it; blanks and a dot at its end do not matter.

    Returns
    -------
    Frame with the columns table (its title), unit, name (as in the sheet), region (id, or missing), year (missing in
    a table without years), item (further header texts), value, status, marks (footnotes, joined by commas), cell,
    note (why a row has no region or another unit). Rows whose name is no known region are kept.

    Raises
    ------
    DataError : the sheet holds no figures, or its header or a cell cannot be read.
    UnknownNameError : no such sheet; the nearest are named.
    """
    sheets = {_bare(sheet.name): sheet for sheet in Shelf().open(path)}
    if _bare(sheet_name) not in sheets:
        raise UnknownNameError.of("sheet", sheet_name, (sheet.name for sheet in sheets.values()), where=path.name)
    sheet = sheets[_bare(sheet_name)]
    blocks = find_blocks(sheet, path.name)
    if not blocks:
        raise DataError("the sheet holds no figures", where=f"{path.name}, sheet {sheet.name}", advice="Choose another")
    names = load_region_names()
    rows = [row for block in blocks for row in _rows(block, _checked(block, names), names)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"year": "Int64", "value": "float64", "region": "string"})


def _record(
    workbook: str,
    sheet: Sheet,
    blocks: list[Block],
    names: RegionNames,
    disjoint: set[str],
    catalogue: Mapping[str, Entry],
    sources: Mapping[str, SourceFile],
) -> SheetRecord:
    if not blocks:
        return SheetRecord(workbook, sheet.name, "", "", None, None, 0, 0, 0, "no data", "title sheet or contents", ())
    title = " | ".join(dict.fromkeys(_title(block) for block in blocks))
    unit = " | ".join(dict.fromkeys(block.unit_line.strip("()") for block in blocks))
    variables = _variables(workbook, blocks, catalogue, sources)
    try:
        entries = [entry for block in blocks for entry in _checked(block, names)]
    except DataError as error:
        reason = f"{error.message} ({error.where})"
        return SheetRecord(workbook, sheet.name, title, unit, None, None, 0, 0, 0, "refused", reason, variables)
    years = sorted({entry.year for entry in entries if entry.year is not None})
    rows = _known((entry.name for entry in entries), names)
    return SheetRecord(
        workbook=workbook,
        sheet=sheet.name,
        title=title,
        unit=unit,
        first_year=years[0] if years else None,
        last_year=years[-1] if years else None,
        years=len(years),
        regions=len({row.region for row in rows.values()} & disjoint),
        figures=sum(entry.value is not None for entry in entries),
        outcome="imported",
        reason="; ".join(_remarks(blocks, rows)),
        variables=variables,
    )


def _checked(block: Block, names: RegionNames) -> list[TableCell]:
    """The figures of a table in which no region stands twice under two spellings."""
    entries = read_block(block)
    first: dict[str, TableCell] = {}
    rows = {entry.name: entry for entry in reversed(entries)}
    for row in _known(rows, names).values():
        if row.region is None:
            continue
        entry = first.setdefault(row.region, rows[row.spelling])
        if entry.name != row.spelling:
            raise DataError(
                f"{row.region} stands twice, as {entry.name!r} and {row.spelling!r}",
                where=f"{block.file}, {entry.address} and {rows[row.spelling].address}",
                advice="One of the rows belongs to another unit: list its spelling in regions.yml",
            )
    return entries


def _remarks(blocks: Iterable[Block], rows: Mapping[str, _Name]) -> list[str]:
    unlisted = [row.name for row in rows.values() if row.note == _UNLISTED]
    other_unit = [f"{row.name} ({row.unit})" for row in rows.values() if row.unit]
    strays = [cell for block in blocks for cell in block.strays]
    remarks = [(f"{_UNLISTED}: ", unlisted), (f"{_OWN}: ", other_unit), ("outside the table: ", strays)]
    return [start + ", ".join(dict.fromkeys(found)) for start, found in remarks if found]


def _rows(block: Block, entries: list[TableCell], names: RegionNames) -> list[tuple[object, ...]]:
    title, unit = _title(block), block.unit_line.strip("()")
    known = _known((entry.name for entry in entries), names)
    rows: list[tuple[object, ...]] = []
    for entry in entries:
        row = known[entry.name]
        said = (entry.year, entry.item, entry.value, entry.status, ",".join(entry.marks), entry.address, row.note)
        rows.append((title, row.unit or unit, entry.name, row.region, *said))
    return rows


def _known(spellings: Iterable[str], names: RegionNames) -> dict[str, _Name]:
    """What each spelling means: a unit of its own that a row carries after a comma is no part of the name."""
    known: dict[str, _Name] = {}
    for spelling in dict.fromkeys(spellings):
        name, unit = clean_name(spelling), ""
        match = _OWN_UNIT.fullmatch(name)
        if match is not None and names.knows(match[1]):
            name, unit = clean_name(match[1]), match[2]
        region = names.resolve(name) if names.knows(name) else None
        left_out = names.left_out.get(name, "left out") if names.knows(name) else _UNLISTED
        known[spelling] = _Name(spelling, name, unit, region, _OWN if unit else "" if region else left_out)
    return known


def _variables(
    workbook: str, blocks: list[Block], catalogue: Mapping[str, Entry], sources: Mapping[str, SourceFile]
) -> tuple[str, ...]:
    return tuple(
        name
        for name, entry in catalogue.items()
        if any(
            series.reader == "table"
            and Path(sources[series.source].file).name == workbook
            and any(has_title(block, series.title, series.pick) for block in blocks)
            for series in entry.series
        )
    )


def _title(block: Block) -> str:
    """The title lines below the one that names the chapter."""
    titles = [clean_name(line) for line in block.titles]
    chapters = [i for i, line in enumerate(titles) if re.match(r"\d{1,2}\.\s*\D", line)]
    return " / ".join(titles[chapters[-1] + 1 :] if chapters and chapters[-1] + 1 < len(titles) else titles)


def _bare(name: str) -> str:
    return name.strip().rstrip(".").casefold()


_OWN_UNIT = re.compile(r"(.+?),\s*((?:тыс|млн|млрд|трлн)\b.*|процент.*|%)")
