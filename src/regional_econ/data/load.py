"""The compiled figures as a panel: the newest, those of an older edition, or those known at the end of a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ.core.panel import Knowledge, KnowledgeKind, Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import load_variables
from regional_econ.data.derive import Derivation, derive
from regional_econ.data.editions import check_editions, load_editions, load_lags
from regional_econ.data.layers import Grid, Known, Layers
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import VALUES, VINTAGES, read_rows

NEWEST = "newest"
VINTAGE_COLUMNS = ("region", "year", "vintage", "value", "source", "cell", "newest")


def load_panel(vintage: str | None = None, *, known_in: int | None = None) -> Panel:
    """Return the compiled figures of the 85 disjoint regions, with country and districts as aggregates.

    Parameters
    ----------
    vintage : None for the newest figures; for an edition such as ``"yearbook-2023"`` its own figures where it has
        any and the newest elsewhere, but none after the last year that a variable had in any edition up to that one.
    known_in : the panel as known at the end of this year, for forecasts in real time. A variable with an edition
        published by then takes the newest of those, cell by cell, and nothing else; one without takes the oldest
        edition there is, cut off by its publication lag. ``Panel.real_time()`` says which is which.

    Returns
    -------
    Panel with one row per region and year from 1998 (or the region's first year) on.

    Raises
    ------
    DataError : the snapshot is missing or was changed; nothing was known in that year.
    OptionError : both a vintage and a year of knowledge.
    UnknownNameError : no such edition; the known ones are named.

    Examples
    --------
    >>> panel = load_panel()
    >>> len(panel.region_ids), round(panel.value("RU-KEM", "grp_bln_rub", 2022), 1)
    (85, 2170.1)
    >>> round(load_panel("yearbook-2024").value("RU-KEM", "grp_bln_rub", 2022), 1)
    2188.8
    >>> then = load_panel(known_in=2021)
    >>> then.vintage, then.knowledge["grp_mln_rub"]
    ('known-2021', Knowledge(kind='real-time', edition='yearbook-2021', last_year=2019, regions=85))
    """
    if vintage is not None and known_in is not None:
        raise OptionError("a panel is either of an edition or as known in a year", advice="Give vintage or known_in")
    variables, regions = load_variables(), load_regions()
    newest = read_rows(VALUES)
    grid = Grid.of(regions, (int(newest["year"].min()), int(newest["year"].max())))
    imported = [name for name, one in variables.items() if one.formula is None]
    if known_in is not None:
        layers = Layers.of([newest, read_rows(VINTAGES)], grid, imported)
        known = _known(layers, variables, known_in, int(newest["year"].min()))
        panel = _panel(known.table, grid, variables, regions, f"known-{known_in}")
        return replace(panel, knowledge=_knowledge(panel, imported, known))
    if vintage in (None, NEWEST):
        return _panel(Layers.of([newest], grid, imported).newest(), grid, variables, regions, NEWEST)
    layers = Layers.of([newest, read_rows(VINTAGES)], grid, imported)
    if vintage not in layers.editions:
        raise UnknownNameError.of("vintage", str(vintage), [NEWEST, *layers.editions])
    table = layers.over(str(vintage), layers.newest(), _published(layers))
    return _panel(table, grid, variables, regions, str(vintage))


def real_time(known_in: int) -> pd.DataFrame:
    """Return how far each variable was known at the end of a year.

    Parameters
    ----------
    known_in : calendar year.

    Returns
    -------
    Frame with the columns variable, edition, last_year, regions, kind (real-time or pseudo-real-time).

    Raises
    ------
    DataError : nothing was known in that year.

    Examples
    --------
    >>> real_time(2022).set_index("variable").loc["wear_pct"].to_dict()
    {'edition': 'yearbook-2021', 'last_year': 2020, 'regions': 85, 'kind': 'real-time'}
    """
    return load_panel(known_in=known_in).real_time()


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
    return _vintages(variable, variables, [read_rows(name) for name in (VALUES, VINTAGES)])


def known_vintages() -> tuple[str, ...]:
    """Return the names of all editions, sorted."""
    names = set(read_rows(VALUES)["vintage"].unique()) | set(read_rows(VINTAGES)["vintage"].unique())
    return tuple(sorted(map(str, names)))


def _panel(
    table: np.ndarray, grid: Grid, variables: Mapping[str, Variable], regions: Mapping[str, Region], vintage: str
) -> Panel:
    imported = [name for name, one in variables.items() if one.formula is None]
    frame = derive(pd.DataFrame(table, index=grid.index, columns=imported), variables)[list(variables)]
    disjoint = np.array([regions[region].kind == "region" for region in grid.regions])
    rows = disjoint[grid.codes]
    return Panel(
        frame=frame[rows], variables=variables, regions=regions, vintage=vintage, aggregates=frame[~rows].sort_index()
    )


def _known(layers: Layers, variables: Mapping[str, Variable], year: int, first_year: int) -> Known:
    if year <= first_year:
        raise DataError(
            f"nothing was known at the end of {year}", where=VALUES, advice=f"Figures start in {first_year}: ask later"
        )
    lags = load_lags()
    return layers.known(year, _published(layers), np.array([lags.of(variables[name]) for name in layers.variables]))


def _published(layers: Layers) -> dict[str, tuple[int, int]]:
    check_editions(layers.editions)
    return {name: one.published for name, one in load_editions().items()}


def _knowledge(panel: Panel, imported: Iterable[str], known: Known) -> dict[str, Knowledge]:
    """A derived variable was known in real time where all its inputs were."""
    kinds: dict[str, KnowledgeKind] = {}
    editions: dict[str, tuple[str, ...]] = {}
    for name, in_time, edition in zip(imported, known.real_time, known.editions, strict=True):
        kinds[name] = "real-time" if in_time else "pseudo-real-time"
        editions[name] = (edition,)

    def settle(name: str) -> None:
        if name in kinds:
            return
        inputs = Derivation(name, str(panel.variables[name].formula)).inputs
        for one in inputs:
            settle(one)
        kinds[name] = "pseudo-real-time" if "pseudo-real-time" in {kinds[one] for one in inputs} else "real-time"
        editions[name] = tuple(dict.fromkeys(edition for one in inputs for edition in editions[one]))

    counts = panel.frame.notna().groupby("year").sum()
    found: dict[str, Knowledge] = {}
    for name in panel.variables:
        settle(name)
        filled = counts[name][counts[name] > 0]
        last, regions = (int(filled.index[-1]), int(filled.iloc[-1])) if len(filled) else (None, 0)
        found[name] = Knowledge(kinds[name], ", ".join(filter(None, editions[name])), last, regions)
    return found


def _vintages(variable: str, variables: Mapping[str, Variable], tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    formula = variables[variable].formula
    if formula is None:
        return _imported_vintages(variable, tables)
    derivation = Derivation(variable, formula)
    return _derived_vintages(derivation, {name: _vintages(name, variables, tables) for name in derivation.inputs})


def _imported_vintages(variable: str, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    words = ["region", "vintage", "source", "cell"]
    parts = [
        table[table["variable"] == variable].astype(dict.fromkeys(words, "str")).assign(newest=rank == 0)
        for rank, table in enumerate(tables)
    ]
    joined = pd.concat(parts).dropna(subset=["value"]).drop_duplicates(["region", "year", "vintage"])
    return joined.sort_values(["region", "year", "vintage"], ignore_index=True)[list(VINTAGE_COLUMNS)]


def _derived_vintages(formula: Derivation, parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each edition supplies the inputs it holds, the newest figures the others."""
    keys = ["region", "year"]
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
