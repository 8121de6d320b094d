"""The compiled figures as a panel: the newest, those of an older edition, or those known at the end of a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.core.panel import Knowledge, KnowledgeKind, Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import load_variables
from regional_econ.data.derive import BASE_YEAR, Derivation, base_years, derive, imported_inputs
from regional_econ.data.editions import check_editions, load_editions, load_lags
from regional_econ.data.layers import Grid, Known, Layers
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import VALUES, VINTAGES, read_rows

NEWEST = "newest"
VINTAGE_COLUMNS = ("region", "year", "vintage", "value", "source", "cell", "newest")
_NEEDED = ("variable", "region", "year", "vintage", "value")


def load_panel(vintage: str | None = None, *, known_in: int | None = None) -> Panel:
    """Return the compiled figures of the 85 disjoint regions, with country and districts as aggregates.

    Parameters
    ----------
    vintage : None for the newest figures; for an edition such as ``"yearbook-2023"`` its own figures where it has
        any and the newest elsewhere, but none after the last year that a variable had in any edition up to that one.
    known_in : the panel as known at the end of this year, for forecasts in real time. A cell takes the newest edition
        published by then that has the variable and year for half of its regions; where there is none, but the
        publication lag is over, the figure published first that is stored. So no later year knows less.
        ``Panel.real_time()`` says which is which: ``real-time``, ``pseudo-real-time`` or, of both kinds, ``mixed``.

    Returns
    -------
    Panel with one row per region and year from 1998 (or the region's first year) on. Figures at constant prices are at
    those of 2022; where the index of 2022 is not known, of the newest year with the index for half of the regions:
    then the labels, units, price basis and warnings of ``Panel.variables`` name that year.

    Raises
    ------
    DataError : the snapshot is missing or was changed; nothing was known in that year.
    OptionError : both a vintage and a year of knowledge, or a year after the newest edition was published.
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
    ('known-2021', Knowledge(kind='mixed', edition='yearbook-2021, yearbook-2023', last_year=2019, regions=85))
    >>> then.variables["grp_real_mln_rub"].price_basis
    'constant 2019'
    """
    if vintage is not None and known_in is not None:
        raise OptionError("a panel is either of an edition or as known in a year", advice="Give vintage or known_in")
    variables, regions = load_variables(), load_regions()
    newest = read_rows(VALUES, columns=_NEEDED)
    grid = Grid.of(regions, (int(newest["year"].min()), int(newest["year"].max())))
    imported = [name for name, one in variables.items() if one.formula is None]
    if known_in is not None:
        layers = Layers.of([newest, read_rows(VINTAGES, columns=_NEEDED)], grid, imported)
        known = _known(layers, variables, regions, known_in)
        panel = _panel(known.table, grid, variables, regions, f"known-{known_in}")
        return replace(panel, knowledge=_knowledge(panel, imported, known))
    if vintage in (None, NEWEST):
        return _panel(Layers.of([newest], grid, imported).newest(), grid, variables, regions, NEWEST)
    layers = Layers.of([newest, read_rows(VINTAGES, columns=_NEEDED)], grid, imported)
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
    Frame with the columns variable, edition, last_year, regions, kind (real-time, pseudo-real-time or mixed).

    Raises
    ------
    DataError : nothing was known in that year.
    OptionError : a year after the newest edition was published.

    Examples
    --------
    >>> real_time(2022).set_index("variable").loc["wear_pct"].to_dict()
    {'edition': 'yearbook-2021, yearbook-2023', 'last_year': 2021, 'regions': 85, 'kind': 'mixed'}
    """
    return load_panel(known_in=known_in).real_time()


def load_vintages(variable: str) -> pd.DataFrame:
    """Return every known edition of a variable, the newest included.

    Parameters
    ----------
    variable : id; for a derived one each edition supplies the inputs that it holds, the newest figures the others. A
        figure that reads the year before is there only where the edition holds both years or neither.

    Returns
    -------
    Frame with the columns region, year, vintage, value, source, cell, newest (True for the figure in use), sorted.

    Raises
    ------
    UnknownNameError : no such variable.
    DataError : one at constant prices: no edition holds all years that its chain reads, so that each of its figures
        would mix two editions.

    Examples
    --------
    >>> grp = load_vintages("grp_mln_rub")
    >>> grp[(grp.region == "RU-KEM") & (grp.year == 2022)].set_index("vintage").value.to_dict()
    {'rosstat-2025-03': 2170130.3, 'yearbook-2024': 2188800.0, 'yearbook-2025': 2170130.3}
    """
    return load_vintages_of([variable])[variable]


def load_vintages_of(names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Return the editions of several variables, as ``load_vintages`` gives each; the stored figures are read once.

    Parameters
    ----------
    names : ids of variables.

    Raises
    ------
    UnknownNameError : no such variable.
    DataError : one at constant prices.
    """
    variables, wanted = load_variables(), list(names)
    for name in wanted:
        if name not in variables:
            raise UnknownNameError.of("variable", name, variables)
    needed = {one for name in wanted for one in imported_inputs(variables, name)}
    found = _imported_vintages([read_rows(name) for name in (VALUES, VINTAGES)], needed)
    return {name: _vintages(name, variables, found) for name in wanted}


def _panel(
    table: np.ndarray, grid: Grid, variables: Mapping[str, Variable], regions: Mapping[str, Region], vintage: str
) -> Panel:
    imported = [name for name, one in variables.items() if one.formula is None]
    frame = derive(pd.DataFrame(table, index=grid.index, columns=imported), variables)[list(variables)]
    disjoint = np.array([regions[region].kind == "region" for region in grid.regions])
    rows = disjoint[grid.codes]
    told = _at_prices(variables, base_years(frame, variables))
    return Panel(
        frame=frame[rows], variables=told, regions=regions, vintage=vintage, aggregates=frame[~rows].sort_index()
    )


def _at_prices(variables: Mapping[str, Variable], bases: Mapping[str, int]) -> dict[str, Variable]:
    """Name the prices where they are not those that the catalogue names."""
    return {name: _at_prices_of(one, bases.get(name, BASE_YEAR)) for name, one in variables.items()}


def _at_prices_of(variable: Variable, year: int) -> Variable:
    if year == BASE_YEAR:
        return variable
    warning = Text(
        f"В ценах {year} года, а не {BASE_YEAR}: индекс более поздних лет в этом издании или к этому сроку не известен",
        f"At prices of {year}, not of {BASE_YEAR}: the index of later years is not known in this edition or by then",
    )
    return replace(
        variable,
        label=_renamed(variable.label, year),
        unit_label=_renamed(variable.unit_label, year),
        price_basis=f"constant {year}",
        warnings=(warning, *variable.warnings),
    )


def _renamed(text: Text, year: int) -> Text:
    return Text(*(one.replace(str(BASE_YEAR), str(year)) for one in (text.ru, text.en)))


def _known(layers: Layers, variables: Mapping[str, Variable], regions: Mapping[str, Region], year: int) -> Known:
    published, lags = _published(layers), load_lags()
    last = max(published[one][0] for one in layers.editions)
    if year > last:
        raise OptionError(
            f"what will be known at the end of {year} is not known: the newest edition is of {last}",
            advice=f"Give a year up to {last}, or none for the newest figures",
        )
    late = np.array([lags.of(variables[name]) for name in layers.variables])
    disjoint = np.array([regions[one].kind == "region" for one in layers.grid.regions])
    known = layers.known(year, published, late, disjoint)
    if np.isnan(known.table).all():
        first = int((layers.grid.years[layers.place] + late[layers.column]).min())
        raise DataError(
            f"nothing was known at the end of {year}", where=VALUES, advice=f"The first figures are known in {first}"
        )
    return known


def _published(layers: Layers) -> dict[str, tuple[int, int]]:
    check_editions(layers.editions)
    return {name: one.published for name, one in load_editions().items()}


def _knowledge(panel: Panel, imported: Iterable[str], known: Known) -> dict[str, Knowledge]:
    """A derived variable was known in real time where all its inputs were, and mixed where they differ."""
    kinds: dict[str, str] = {}
    editions: dict[str, tuple[str, ...]] = {}
    figures = ~np.isnan(known.table)
    shares = known.in_time.sum(axis=0) / np.maximum(figures.sum(axis=0), 1)
    for name, share, edition in zip(imported, shares, known.editions, strict=True):
        kinds[name] = "real-time" if share == 1.0 else "pseudo-real-time" if share == 0.0 else "mixed"
        editions[name] = edition

    def settle(name: str) -> None:
        if name in kinds:
            return
        inputs = Derivation(name, str(panel.variables[name].formula)).inputs
        for one in inputs:
            settle(one)
        found_kinds = {kinds[one] for one in inputs}
        kinds[name] = found_kinds.pop() if len(found_kinds) == 1 else "mixed"
        editions[name] = tuple(dict.fromkeys(edition for one in inputs for edition in editions[one]))

    counts = panel.frame.notna().groupby("year").sum()
    found: dict[str, Knowledge] = {}
    for name in panel.variables:
        settle(name)
        filled = counts[name][counts[name] > 0]
        last, regions = (int(filled.index[-1]), int(filled.iloc[-1])) if len(filled) else (None, 0)
        found[name] = Knowledge(cast("KnowledgeKind", kinds[name]), ", ".join(editions[name]), last, regions)
    return found


def _vintages(variable: str, variables: Mapping[str, Variable], found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the editions of a variable; ``found`` holds those of the imported ones and keeps what is derived."""
    formula = variables[variable].formula
    if formula is None or variable in found:
        return found[variable]
    derivation = Derivation(variable, formula)
    if chained := derivation.read_by("chain"):
        raise DataError(
            f"{variable} has no figures by edition: its formula chains {', '.join(chained)} over many years, and no "
            "edition holds all of them, so that every figure would mix two editions",
            where="variables.yml",
            advice=f"Ask for {' or '.join(derivation.inputs)}, or for the panel of an edition, load_panel(vintage)",
        )
    parts = {name: _vintages(name, variables, found) for name in derivation.inputs}
    return found.setdefault(variable, _derived_vintages(derivation, parts))


def _imported_vintages(tables: Sequence[pd.DataFrame], names: Iterable[str]) -> dict[str, pd.DataFrame]:
    words = dict.fromkeys(["variable", "region", "vintage", "source", "cell"], "str")
    parts = [table[table["variable"].isin(names)].astype(words) for table in tables]
    joined = pd.concat([part.assign(newest=rank == 0) for rank, part in enumerate(parts)]).dropna(subset=["value"])
    joined = joined.drop_duplicates(["variable", "region", "year", "vintage"])
    joined = joined.sort_values(["variable", "region", "year", "vintage"], ignore_index=True)
    columns = list(VINTAGE_COLUMNS)
    return {str(name): one[columns].reset_index(drop=True) for name, one in joined.groupby("variable", sort=False)}


def _derived_vintages(formula: Derivation, parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Each edition supplies the inputs it holds, the newest figures the others.

    The formula runs on the complete columns. A figure that reads the year before is left out where an input is of the
    edition in one of the two years only: the step between two editions is no growth.
    """
    keys = ["region", "year"]
    newest = {name: part[part["newest"]].set_index(keys) for name, part in parts.items()}
    derived = [_derived(formula, newest, newest=True)]
    older = {name: part[~part["newest"]] for name, part in parts.items()}
    for vintage in sorted({str(one) for part in older.values() for one in part["vintage"]}):
        own = {name: part[part["vintage"] == vintage].set_index(keys) for name, part in older.items()}
        used = {name: own[name].combine_first(newest[name]) for name in formula.inputs}
        places = pd.concat([part for part in own.values() if len(part)]).index
        values = _derived(formula, used, newest=False)
        kept = values.index.isin(places)
        for name in formula.read_by("lag"):
            before = pd.MultiIndex.from_arrays(
                [values.index.get_level_values("region"), values.index.get_level_values("year") - 1]
            )
            held = parts[name][parts[name]["vintage"] == vintage].set_index(keys).index
            kept &= values.index.isin(held) == before.isin(held)
        derived.append(values[kept].assign(vintage=vintage))
    joined = pd.concat(derived).reset_index().dropna(subset=["value"])
    return joined.sort_values([*keys, "vintage"], ignore_index=True)[list(VINTAGE_COLUMNS)]


def _derived(formula: Derivation, parts: Mapping[str, pd.DataFrame], *, newest: bool) -> pd.DataFrame:
    def beside(column: str) -> pd.DataFrame:
        return pd.concat({name: part[column] for name, part in parts.items()}, axis=1)

    values = beside("value").astype("float64")
    return pd.DataFrame(
        {"vintage": _joined(beside("vintage")), "value": formula.evaluate(values), "source": _joined(beside("source")),
         "cell": formula.text, "newest": newest}, index=values.index,
    )  # fmt: skip


def _joined(words: pd.DataFrame) -> list[str]:
    rows = list(zip(*(words[name].astype("str").fillna("") for name in words), strict=True))
    spoken = {row: ", ".join(dict.fromkeys(filter(None, row))) for row in set(rows)}
    return [spoken[row] for row in rows]
