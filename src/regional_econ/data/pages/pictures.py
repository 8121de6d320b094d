"""What is there, region by region and year by year? The frames of the maps, of availability and of revisions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ.core.panel import Panel
from regional_econ.core.variable import Variable
from regional_econ.data.derive import Derivation, imported_inputs

MAP_COLUMNS = ("region", "code", "district", "row", "column", "value", "status")
_CHAPTER = re.compile(r"yearbook_\d{4}_(\d\d)")
_CHAPTER_OF = {
    "population_emiss": "01", "national_accounts": "08", "value_added_structure": "08", "consumer_prices": "20",
}  # fmt: skip
_NO_CHAPTER = "99"
_FIXED_ASSETS, _SHIPMENTS = "09", "12"


def newest_year(panel: Panel, variable: str, *, share: float = 0.5) -> int:
    """Return the newest year in which at least a share of the regions has a figure.

    Raises
    ------
    DataError : there is no such year.
    """
    counts = panel.column(variable).notna().groupby(level="year").mean()
    years = counts.index[counts >= share]
    if not len(years):
        raise DataError(f"{variable} has no year with figures", where="panel", advice="Choose another variable")
    return int(years.max())


def map_frame(panel: Panel, rows: pd.DataFrame, variable: str, year: int) -> pd.DataFrame:
    """Return one year of a variable with the place of each region on the tile map.

    Parameters
    ----------
    panel : newest figures.
    rows : the stored figures with their statuses, as in ``values.csv.gz``.
    variable : id, imported or derived.
    year : which year.

    Returns
    -------
    One row a region: region, code (of ISO 3166-2), district, row and column (from 0), value, status.

    Raises
    ------
    DataError : a region has no place on the map.
    """
    known = statuses(panel, rows, variable)
    status = known[known["year"] == year].set_index("region")["status"]
    placed: list[tuple[object, ...]] = []
    for name in panel.region_ids:
        region = panel.regions[name]
        if region.tile is None:
            raise DataError(f"{name} has no place on the map", where="regions.yml", advice="Give it a tile")
        value = panel.value(name, variable, year)
        placed.append((name, name.partition("-")[2], region.district, *region.tile, value, status[name]))
    frame = pd.DataFrame(placed, columns=list(MAP_COLUMNS))
    return frame.assign(row=frame["row"] - frame["row"].min(), column=frame["column"] - frame["column"].min())


def statuses(panel: Panel, rows: pd.DataFrame, variable: str) -> pd.DataFrame:
    """Return what the sources say of every region and year between a variable's first and last year.

    A derived figure that cannot be computed is confidential where one of its inputs is, else missing.

    Parameters
    ----------
    panel, rows, variable : as in :func:`map_frame`.

    Returns
    -------
    Frame with the columns region, district, year, status (published, absent, missing, confidential, before), by
    district as the yearbook orders them and by region id.
    """
    known = panel.column(variable).notna()
    years = known[known].index.get_level_values("year")
    inputs = imported_inputs(panel.variables, variable)
    stated = rows[rows["variable"].isin(inputs)].astype({"region": "str", "status": "str"})
    said: dict[tuple[str, int], set[str]] = {}
    for region, year, status in zip(stated["region"], stated["year"], stated["status"], strict=True):
        said.setdefault((region, int(year)), set()).add(status)
    order = [one.id for one in panel.regions.values() if one.kind == "district"]
    regions = sorted(panel.region_ids, key=lambda name: (order.index(panel.regions[name].district or order[0]), name))
    cells: list[tuple[object, ...]] = []
    for name in regions:
        region = panel.regions[name]
        for year in range(int(years.min()), int(years.max()) + 1):
            here = said.get((name, year), set())
            status = _status(year < region.first_year, bool(known.get((name, year), False)), here, len(inputs) == 1)
            cells.append((name, region.district, year, status))
    return pd.DataFrame(cells, columns=["region", "district", "year", "status"])


def availability_frame(panel: Panel) -> pd.DataFrame:
    """Return the share of regions with a figure by variable and year, with declared breaks.

    Shares are of the regions that there were in the year. Variables stand by chapter of the yearbook.

    Returns
    -------
    Frame with the columns variable, group (two digits of the chapter), year, share (0 to 1), break.
    """
    shares = panel.frame.notna().groupby(level="year").mean()
    chapters = {name: chapter_of(panel.variables, name) for name in panel.variables}
    parts: list[pd.DataFrame] = []
    for name in sorted(panel.variables, key=lambda name: chapters[name]):
        years = [one.year for one in panel.variables[name].breaks]
        part = pd.DataFrame({"variable": name, "group": chapters[name], "year": shares.index, "share": shares[name]})
        parts.append(part.assign(**{"break": np.isin(part["year"], years)}))
    return pd.concat(parts, ignore_index=True)


def chapter_of(variables: Mapping[str, Variable], name: str) -> str:
    """Return the chapter of the yearbook that a variable belongs to, two digits; a derived one follows its inputs."""
    for source in _origins(variables, name):
        if found := _CHAPTER.fullmatch(source):
            return found[1]
    for source in _origins(variables, name):
        if source in _CHAPTER_OF:
            return _CHAPTER_OF[source]
        if source.startswith("fixed_assets"):
            return _FIXED_ASSETS
        if source.startswith("shipments"):
            return _SHIPMENTS
    return _NO_CHAPTER


def _origins(variables: Mapping[str, Variable], name: str) -> Iterable[str]:
    one = variables[name]
    if one.formula is None:
        return one.origins
    return [source for part in Derivation(name, one.formula).inputs for source in _origins(variables, part)]


def _status(before: bool, known: bool, said: set[str], imported: bool) -> str:
    if before:
        return "before"
    if known:
        return "absent" if imported and "absent" in said else "published"
    return "confidential" if "confidential" in said else "missing"
