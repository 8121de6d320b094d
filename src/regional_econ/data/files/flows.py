"""Who sold goods to whom: the matrix of flows between regions, checked against its own sums.

The workbook holds the matrix twice: as published (with districts, blanks for nothing) and cleaned (without districts,
zeros for nothing). Both are read and must agree. Of its 87 rows and columns of units 85 are the disjoint regions; the
other two are the whole oblasts of Arkhangelsk and Tyumen, which contain some of the 85 and are left out, as are the
country, the districts, exports and what is not distributed: the sums are checked, then dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from regional_econ._base.errors import DataError
from regional_econ.core.region import Region
from regional_econ.data.files.workbooks import Sheet, Shelf, column_letter, parse_cell
from regional_econ.data.regions import RegionNames, parts_of

UNITS = 87
PUBLISHED_TO = 0.1  # thousand roubles: the last printed digit
_CORNER = "Ввезено"


class Flow(NamedTuple):
    """Goods that left one region and arrived in another, thousand roubles, with the place in the workbook."""

    origin: str
    destination: str
    thousand_rub: float
    cell: str


@dataclass(frozen=True)
class Matrix:
    """One sheet: figures and their addresses by (origin, destination), regions and aggregates alike."""

    sheet: str
    figures: Mapping[tuple[str, str], float]
    cells: Mapping[tuple[str, str], str]


def read_flows(path: Path, names: RegionNames, regions: Mapping[str, Region], shelf: Shelf) -> list[Flow]:
    """Return the flows between the 85 disjoint regions, own flows included: 85 × 85 rows.

    Parameters
    ----------
    path : the workbook.
    names : spellings of regions.
    regions : units by id, with their OKATO codes.
    shelf : open workbooks; sums that differ from what the workbook prints are named in its remarks.

    Raises
    ------
    DataError : no matrix, a label whose code is another region's, a region that is missing or stands twice, a cell
        that is no figure, two matrices that differ.
    UnknownNameError : a spelling of a region that is listed nowhere.
    """
    matrices = [
        _matrix(sheet, head, path.name, names, regions)
        for sheet in shelf.open(path)
        if (head := _head(sheet)) is not None
    ]
    if not matrices:
        raise DataError("no sheet holds the matrix of flows", where=path.name, advice="Check that this is the file")
    first, *others = matrices
    for other in others:
        _check_equal(first, other, path.name)
    shelf.remarks.extend(_sums(first, regions, path.name))
    disjoint = parts_of("RU", regions)
    return [
        Flow(origin, destination, first.figures[origin, destination], first.cells[origin, destination])
        for origin in disjoint
        for destination in disjoint
    ]


def _head(sheet: Sheet) -> int | None:
    """The row of the column labels: the one that starts with the corner of the matrix."""
    rows = enumerate(sheet.rows[:15])
    return next((index for index, row in rows if row and str(row[0]).strip() == _CORNER), None)


def _matrix(sheet: Sheet, head: int, file: str, names: RegionNames, regions: Mapping[str, Region]) -> Matrix:
    title = " ".join(str(content) for row in sheet.rows[:head] for content in row)
    if "тыс. руб" not in " ".join(title.split()):
        raise DataError(
            "the title does not say that the unit is thousand roubles",
            where=f"{file}, sheet {sheet.name}",
            advice="Check that this is the file",
        )
    labels, codes = sheet.rows[head], sheet.rows[head + 1]
    origins: dict[str, int] = {}
    for column in range(2, len(codes)):
        where = f"{file}, sheet {sheet.name}, cell {column_letter(column)}{head + 1}"
        _place(origins, column, labels[column], codes[column], where, names, regions)
    destinations: dict[str, int] = {}
    for index, row in enumerate(sheet.rows[head + 2 :], start=head + 2):
        where = f"{file}, sheet {sheet.name}, cell A{index + 1}"
        _place(destinations, index, row[0], row[1], where, names, regions)
    for found, what in ((origins, "columns"), (destinations, "rows")):
        _check_units(found, what, f"{file}, sheet {sheet.name}", regions)
    figures: dict[tuple[str, str], float] = {}
    cells: dict[tuple[str, str], str] = {}
    for destination, index in destinations.items():
        for origin, column in origins.items():
            cells[origin, destination] = f"{sheet.name}!{column_letter(column)}{index + 1}"
            content = sheet.rows[index][column] if column < len(sheet.rows[index]) else ""
            figures[origin, destination] = _figure(content, f"{file}, {cells[origin, destination]}")
    return Matrix(sheet.name, figures, cells)


def _place(
    found: dict[str, int],
    place: int,
    label: object,
    code: object,
    where: str,
    names: RegionNames,
    regions: Mapping[str, Region],
) -> None:
    """Note where a unit stands; districts have no code, totals and exports none of a region."""
    digits = str(code).removesuffix(".0").strip()
    if not digits.isdigit() or len(digits) not in (3, 11) or digits == "999":
        return
    unit = names.resolve(str(label), where=where)
    if unit is None:
        return
    expected = regions[unit].okato
    if len(digits) == 11 and digits[:8] != expected:
        raise DataError(
            f"{label!r} stands beside the code {digits}, expected {expected}000",
            where=where,
            advice="Compare the labels with the published matrix: one of them is wrong",
        )
    if unit in found:
        raise DataError(f"{unit} stands twice", where=where, advice="Take one of them out")
    found[unit] = place


def _check_units(found: Mapping[str, int], what: str, where: str, regions: Mapping[str, Region]) -> None:
    units = [unit for unit in found if regions[unit].kind in ("region", "oblast")]
    if missing := sorted(set(parts_of("RU", regions)) - set(units)):
        raise DataError(
            f"the {what} lack {', '.join(missing[:5])}", where=where, advice="Check that this is the whole matrix"
        )
    if len(units) != UNITS or "RU" not in found:
        raise DataError(
            f"{len(units)} units in the {what}, expected {UNITS} and the country",
            where=where,
            advice="Check that this is the whole matrix",
        )


def _figure(content: object, where: str) -> float:
    try:
        parsed = parse_cell(content, {})
    except ValueError as error:
        raise DataError(f"{str(error)!r} is no figure", where=where, advice="Compare it with the edition") from error
    value = 0.0 if parsed is None else parsed[0]
    if value is None or value < 0:
        raise DataError(f"{content!r} is no flow", where=where, advice="Compare it with the edition")
    return value


def _check_equal(one: Matrix, other: Matrix, file: str) -> None:
    differing = [pair for pair, value in one.figures.items() if abs(value - other.figures[pair]) > PUBLISHED_TO / 2]
    if differing:
        pair = differing[0]
        raise DataError(
            f"the flow from {pair[0]} to {pair[1]} is {one.figures[pair]} and {other.figures[pair]}; "
            f"{len(differing)} flows differ between the two matrices",
            where=f"{file}, {one.cells[pair]} and {other.cells[pair]}",
            advice="Compare both with the published matrix",
        )


def _sums(matrix: Matrix, regions: Mapping[str, Region], file: str) -> list[str]:
    """Compare the parts with the printed sums over the country and the whole oblasts, both ways."""
    remarks: list[str] = []
    for total in ("OB-ARK", "OB-TYU", "RU"):
        parts = parts_of(total, regions)
        tolerance = PUBLISHED_TO / 2 * (len(parts) + 1)
        others = [*parts_of("RU", regions), "RU"]
        gaps = [
            (abs(sum(matrix.figures[pair] for pair in pairs) - matrix.figures[printed]), printed)
            for other in others
            for pairs, printed in (
                ([(part, other) for part in parts], (total, other)),
                ([(other, part) for part in parts], (other, total)),
            )
        ]
        if wide := [one for one in gaps if one[0] > tolerance + 1e-6]:
            gap, pair = max(wide)
            remarks.append(
                f"{file}: {len(wide)} of {len(gaps)} sums over the parts of {total} differ from the printed ones, "
                f"most at {matrix.cells[pair]}: {round(gap, 1)} thousand roubles of {matrix.figures[pair]}"
            )
    return remarks
