"""The compiled figures as a panel, in the newest or in an older edition."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.data.catalogue import load_variables
from regional_econ.data.derive import Derivation, derive
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import VALUES, VINTAGES, read_rows

NEWEST = "newest"
VINTAGE_COLUMNS = ("region", "year", "vintage", "value", "source", "cell", "newest")


def load_panel(vintage: str | None = None) -> Panel:
    """Return the compiled figures of the 85 disjoint regions, with country and districts as aggregates.

    Parameters
    ----------
    vintage : None for the newest figures; for an edition such as ``"yearbook-2023"`` its own figures where it has
        any and the newest elsewhere, but none after the last year of a variable in that edition.

    Returns
    -------
    Panel with one row per region and year from 1998 (or the region's first year) on.

    Raises
    ------
    DataError : the snapshot is missing or was changed.
    UnknownNameError : no such edition; the known ones are named.

    Examples
    --------
    >>> panel = load_panel()
    >>> len(panel.region_ids), round(panel.value("RU-KEM", "grp_bln_rub", 2022), 1)
    (85, 2170.1)
    >>> round(load_panel("yearbook-2024").value("RU-KEM", "grp_bln_rub", 2022), 1)
    2188.8
    """
    variables, regions = load_variables(), load_regions()
    newest = read_rows(VALUES)
    years = np.arange(int(newest["year"].min()), int(newest["year"].max()) + 1)
    columns = _columns(newest, _grid(regions, years))
    if vintage not in (None, NEWEST):
        columns = _overlaid(columns, _edition(newest, str(vintage)), _grid(regions, years))
    imported = [name for name, one in variables.items() if one.formula is None]
    index = _grid(regions, years)
    nothing = np.full(len(index), np.nan)
    frame = pd.DataFrame({name: columns.get(name, nothing) for name in imported}, index=index)
    frame = derive(frame, variables)[list(variables)]
    disjoint = np.array([regions[region].kind == "region" for region in index.get_level_values("region")])
    return Panel(
        frame=frame[disjoint],
        variables=variables,
        regions=regions,
        vintage=vintage or NEWEST,
        aggregates=frame[~disjoint].sort_index(),
    )


def load_vintages(variable: str) -> pd.DataFrame:
    """Return every known edition of a variable, the newest included.

    Parameters
    ----------
    variable : id; for a derived one each edition supplies the inputs that it holds, the newest figures the others.

    Returns
    -------
    Frame with the columns region, year, vintage, value, source, cell, newest (True for the figure in use), sorted.

    Raises
    ------
    UnknownNameError : no such variable.

    Examples
    --------
    >>> grp = load_vintages("grp_mln_rub")
    >>> grp[(grp.region == "RU-KEM") & (grp.year == 2022)].set_index("vintage").value.to_dict()
    {'rosstat-2025-03': 2170130.3, 'yearbook-2024': 2188800.0, 'yearbook-2025': 2170130.3}
    """
    variables = load_variables()
    if variable not in variables:
        raise UnknownNameError.of("variable", variable, variables)
    formula = variables[variable].formula
    if formula is None:
        return _imported_vintages(variable)
    return _derived_vintages(Derivation(variable, formula))


def known_vintages() -> tuple[str, ...]:
    """Return the names of all editions, sorted."""
    names = set(read_rows(VALUES)["vintage"].unique()) | set(read_rows(VINTAGES)["vintage"].unique())
    return tuple(sorted(map(str, names)))


def _grid(regions: Mapping[str, Region], years: np.ndarray) -> pd.MultiIndex:
    first, last = int(years[0]), int(years[-1])
    pairs = [(one.id, year) for one in regions.values() for year in range(max(first, one.first_year), last + 1)]
    return pd.MultiIndex.from_tuples(sorted(pairs), names=["region", "year"])


def _columns(rows: pd.DataFrame, grid: pd.MultiIndex) -> dict[str, np.ndarray]:
    """Spread long rows over the grid: one array a variable."""
    places = grid.get_indexer(pd.MultiIndex.from_arrays([rows["region"].astype(str), rows["year"]]))
    values, names = rows["value"].to_numpy(dtype="float64"), rows["variable"].cat
    columns: dict[str, np.ndarray] = {}
    for code, name in enumerate(names.categories):
        chosen = (names.codes == code).to_numpy() & (places >= 0)
        if chosen.any():
            columns[str(name)] = np.full(len(grid), np.nan)
            columns[str(name)][places[chosen]] = values[chosen]
    return columns


def _overlaid(columns: dict[str, np.ndarray], edition: pd.DataFrame, grid: pd.MultiIndex) -> dict[str, np.ndarray]:
    """Put an edition over the newest figures; what it could not know yet is missing."""
    years = grid.get_level_values("year").to_numpy()
    last = edition.groupby("variable", observed=True)["year"].max()
    overlaid = dict(columns)
    for name, own in _columns(edition, grid).items():
        known = np.where(np.isnan(own), columns.get(name, np.nan), own)
        overlaid[name] = np.where(years <= int(last[name]), known, np.nan)
    return overlaid


def _edition(newest: pd.DataFrame, vintage: str) -> pd.DataFrame:
    both = pd.concat([_plain(newest), _plain(read_rows(VINTAGES))])
    chosen = both[both["vintage"] == vintage]
    if chosen.empty:
        raise UnknownNameError.of("vintage", vintage, [NEWEST, *known_vintages()])
    return chosen.drop_duplicates(["variable", "region", "year"]).astype({"variable": "category"})


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    words = ["variable", "region", "vintage", "status", "source"]
    return rows.astype(dict.fromkeys(words, "str"))


def _imported_vintages(variable: str) -> pd.DataFrame:
    parts = []
    for name in (VALUES, VINTAGES):
        rows = read_rows(name)
        chosen = _plain(rows[rows["variable"] == variable]).assign(newest=name == VALUES)
        parts.append(chosen)
    joined = pd.concat(parts).dropna(subset=["value"])
    joined = joined.drop_duplicates(["region", "year", "vintage"])
    return joined.sort_values(["region", "year", "vintage"], ignore_index=True)[list(VINTAGE_COLUMNS)]


def _derived_vintages(formula: Derivation) -> pd.DataFrame:
    """Each edition supplies the inputs it holds, the newest figures the others."""
    keys = ["region", "year"]
    parts = {name: load_vintages(name) for name in formula.inputs}
    newest = {name: part[part["newest"]].set_index(keys) for name, part in parts.items()}
    derived = [_derived(formula, newest, newest=True)]
    older = {name: part[~part["newest"]] for name, part in parts.items()}
    for vintage in sorted({str(one) for part in older.values() for one in part["vintage"]}):
        own = {name: part[part["vintage"] == vintage].set_index(keys) for name, part in older.items()}
        used = {name: own[name].combine_first(newest[name]) for name in formula.inputs}
        places = pd.concat([part for part in own.values() if len(part)]).index
        values = _derived(formula, used, newest=False)
        derived.append(values[values.index.isin(places)].assign(vintage=vintage))
    joined = pd.concat(derived).reset_index().dropna(subset=["value"])
    return joined.sort_values([*keys, "vintage"], ignore_index=True)[list(VINTAGE_COLUMNS)]


def _derived(formula: Derivation, parts: Mapping[str, pd.DataFrame], *, newest: bool) -> pd.DataFrame:
    def beside(column: str) -> pd.DataFrame:
        return pd.concat({name: part[column] for name, part in parts.items()}, axis=1, join="inner")

    values = beside("value").astype("float64")
    return pd.DataFrame(
        {"vintage": _joined(beside("vintage")), "value": formula.evaluate(values), "source": _joined(beside("source")),
         "cell": formula.text, "newest": newest}, index=values.index,
    )  # fmt: skip


def _joined(words: pd.DataFrame) -> list[str]:
    return [", ".join(dict.fromkeys(map(str, row))) for row in words.itertuples(index=False)]
