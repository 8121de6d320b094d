"""What else is there beside the panel: industries, flows of goods, national series, neighbours, and every sheet?

The panel holds one figure a region, year and variable. Tables with other dimensions are stored beside it, read from
the official files here, and given to users by the ``load_…`` functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.data.catalogue import SourceFile, load_sources
from regional_econ.data.declared import read_yaml
from regional_econ.data.files.flows import read_flows
from regional_econ.data.files.industries import read_assets, read_value_added
from regional_econ.data.files.text_tables import number_of, read_lines, year_of
from regional_econ.data.files.workbooks import Shelf
from regional_econ.data.regions import RegionNames, load_region_names, load_regions, parts_of
from regional_econ.data.snapshot import FLOWS, INDUSTRIES, NATIONAL, NEIGHBOURS, SHEETS, TABLES, read_table_file

TABLE_SOURCES = (
    "commodity_prices",
    "contiguity",
    "fixed_assets_industries",
    "goods_flows",
    "macro_external",
    "value_added_structure",
)
ISOLATES = ("RU-KGD", "RU-SAK")
WITHOUT_OUTLINE = ("RU-CR", "RU-SEV")
# outlines show the okrugs apart, so these two names mean the rest of the oblast there
_OUTLINES = {"OB-ARK": "RU-ARK", "OB-TYU": "RU-TYU"}


class NationalRow(NamedTuple):
    """One year of a national or world series with its line in the source file."""

    series: str
    year: int
    value: float
    unit: str
    source: str
    line: int


def compile_tables(
    sources: Path, shelf: Shelf | None = None
) -> dict[str, Sequence[tuple[str | int | float | None, ...]]]:
    """Read the side tables from the official files, as rows for ``pack_table`` by file name.

    Parameters
    ----------
    sources : folder of the official files; ``TABLE_SOURCES`` names those that are read.
    shelf : workbooks already open; what was noticed (copied sheets, sums that differ) goes into its remarks.

    Raises
    ------
    DataError : a file is missing, damaged or another one, or holds what no figure can be.
    UnknownNameError : a region spelled as nowhere before.
    """
    shelf = shelf if shelf is not None else Shelf()
    files, names, regions = load_sources(), load_region_names(), load_regions()
    paths = {source: sources / files[source].file for source in TABLE_SOURCES}
    return {
        INDUSTRIES: [
            *read_value_added(paths["value_added_structure"], "value_added_structure", names, shelf),
            *read_assets(paths["fixed_assets_industries"], "fixed_assets_industries", names),
        ],
        FLOWS: read_flows(paths["goods_flows"], names, regions, shelf),
        NATIONAL: read_national(sources, files),
        NEIGHBOURS: read_neighbours(paths["contiguity"], names),
    }


def read_national(sources: Path, files: dict[str, SourceFile]) -> list[NationalRow]:
    """Return the national and world series that ``tables.yml`` declares.

    Raises
    ------
    DataError : a file or column is missing, a year stands twice or a cell is no figure.
    """
    rows: list[NationalRow] = []
    declared = read_yaml(data_dir() / "tables.yml")["national"]
    for series, entry in declared.items():
        path = sources / files[entry["source"]].file
        seen: dict[int, int] = {}
        for line in read_lines(path, ["year", entry["column"]]):
            where = f"{path.name}, line {line.number}"
            year = year_of(line.cells["year"], where)
            if (first := seen.setdefault(year, line.number)) != line.number:
                raise DataError(f"{year} stands twice", where=f"{where} and line {first}", advice="Keep one of them")
            if text := line.cells[entry["column"]]:
                value = number_of(text, f"{where}, {entry['column']}")
                rows.append(NationalRow(series, year, value, entry["unit"], entry["source"], line.number))
    return rows


def read_neighbours(path: Path, names: RegionNames) -> list[tuple[str, str]]:
    """Return each pair of neighbours in both directions, once.

    Raises
    ------
    DataError : a region beside itself, a pair that stands twice, an isolate with a neighbour or another region without.
    UnknownNameError : a spelling that is listed nowhere.
    """
    pairs: dict[tuple[str, str], int] = {}
    for line in read_lines(path, ["a", "b"]):
        where = f"{path.name}, line {line.number}"
        one, other = (_outlined(line.cells[column], names, where) for column in ("a", "b"))
        if one == other:
            raise DataError(f"{one} stands beside itself", where=where, advice="Compute the pairs again")
        for pair in ((one, other), (other, one)):
            if pair in pairs:
                raise DataError(
                    f"the pair {one}, {other} stands twice",
                    where=f"{where} and line {pairs[pair]}",
                    advice="Keep one of them",
                )
            pairs[pair] = line.number
    alone = set(parts_of("RU", load_regions())) - {one for one, _ in pairs} - set(WITHOUT_OUTLINE)
    if alone != set(ISOLATES):
        raise DataError(
            f"without neighbours are {', '.join(sorted(alone)) or 'none'}, expected {', '.join(ISOLATES)}",
            where=path.name,
            advice="A pair is missing or wrong: compute the pairs again from the outlines",
        )
    return sorted(pairs)


def load_industries(
    measure: str | None = None, *, classification: str | None = None, coverage: str | None = None
) -> pd.DataFrame:
    """Return the structure of gross value added and the fixed assets by region, year and industry.

    Parameters
    ----------
    measure : ``gva_share`` (% of the region's value added), ``assets_full`` or ``assets_residual`` (mln roubles); None
        for all.
    classification : ``okved`` (to 2015) or ``okved2``; a letter means another section in each.
    coverage : of the assets: ``all``, ``commercial`` (without small firms) or ``noncommercial``.

    Returns
    -------
    Frame with the columns region, year, measure, classification, industry (letter of the section or ``total``),
    coverage, value, unit, status, source, cell. Wear by industry is 100 · (1 − residual / full); published wear covers
    ``commercial``. Book values of all organisations jump in 2019 in some regions.

    Raises
    ------
    UnknownNameError : no such measure, classification or coverage.

    Examples
    --------
    >>> shares = load_industries("gva_share", classification="okved2")
    >>> kuzbass = shares[(shares.region == "RU-KEM") & (shares.year == 2022)].set_index("industry").value
    >>> float(kuzbass["B"]), round(float(kuzbass.sum()), 6)
    (41.8, 100.0)
    """
    frame = read_table_file(INDUSTRIES)
    for column, chosen in (("measure", measure), ("classification", classification), ("coverage", coverage)):
        if chosen is not None:
            known = [str(one) for one in frame[column].cat.categories]
            if chosen not in known:
                raise UnknownNameError.of(column, chosen, known)
            frame = frame[frame[column] == chosen]
    return _plain(frame, INDUSTRIES)


def load_flows() -> pd.DataFrame:
    """Return the goods that regions sold to each other in 2016, thousand roubles.

    Returns
    -------
    Frame with the columns origin, destination, thousand_rub, cell: 85 × 85 rows, own flows included, zero where
    nothing was sold. Exports and what was not distributed among regions are left out.

    Examples
    --------
    >>> flows = load_flows().pivot(index="origin", columns="destination", values="thousand_rub")
    >>> flows.shape, float(flows.loc["RU-KEM", "RU-ALT"])
    ((85, 85), 20450876.7)
    """
    return _plain(read_table_file(FLOWS), FLOWS)


def load_national() -> pd.DataFrame:
    """Return national and world series by year.

    Returns
    -------
    Frame with the columns series, year, value, unit, source, line.

    Examples
    --------
    >>> series = load_national().pivot(index="year", columns="series", values="value")
    >>> round(float(series.loc[2022, "coal_australian_usd_t"]), 1), float(series.loc[2022, "usd_rub"])
    (344.9, 68.49)
    """
    return _plain(read_table_file(NATIONAL), NATIONAL)


def national_labels() -> dict[str, Text]:
    """Return what each national series is.

    >>> national_labels()["usd_rub"].en
    'Roubles per US dollar, average of the year'
    """
    declared = read_yaml(data_dir() / "tables.yml")["national"]
    return {series: Text(entry["label"]["ru"], entry["label"]["en"]) for series, entry in declared.items()}


def load_neighbours() -> pd.DataFrame:
    """Return the pairs of regions with a common border, each in both directions.

    Returns
    -------
    Frame with the columns region and neighbour. Borders before 2014: Crimea and Sevastopol have no rows; Kaliningrad
    and Sakhalin have none either, they touch no other region. Spatial models run on 83 regions, 81 of them with
    neighbours.

    Examples
    --------
    >>> pairs = load_neighbours()
    >>> sorted(pairs[pairs.region == "RU-KEM"].neighbour)
    ['RU-AL', 'RU-ALT', 'RU-KK', 'RU-KYA', 'RU-NVS', 'RU-TOM']
    """
    return _plain(read_table_file(NEIGHBOURS), NEIGHBOURS)


def load_sheets() -> pd.DataFrame:
    """Return every sheet of the yearbook's workbooks: imported, or refused with the reason.

    Returns
    -------
    Frame with the columns workbook, sheet, title, unit, first_year, last_year, years, regions, figures, outcome,
    reason, variables.

    Examples
    --------
    >>> sheets = load_sheets()
    >>> sorted(sheets.outcome.unique())
    ['imported', 'refused']
    """
    return _plain(read_table_file(SHEETS), SHEETS)


def _plain(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Words as strings: small tables are merged and compared by users."""
    words = [column.name for column in TABLES[file].columns if column.type == "word"]
    return frame.astype(dict.fromkeys(words, "str")).reset_index(drop=True)


def _outlined(spelling: str, names: RegionNames, where: str) -> str:
    unit = names.resolve(spelling, where=where)
    if unit is None:
        raise DataError(f"{spelling!r} is no region", where=where, advice="Compute the pairs again from the outlines")
    return _OUTLINES.get(unit, unit)
