"""Large panels that nobody has published: a municipal one of any number of units, and firms by the million.

A municipality is an official region with moves of its own: every figure of a region, gaps and breaks of method
included, times the exponential of a level of the unit's and of a yearly shock (of a share, on the logit scale). So a
thousand units have the gaps, breaks and scales that estimators meet in official figures. Firms are drawn: an unbalanced
panel whose firms enter, live some years and leave, with effects of firm and year, four regressors of slope one half and
a drift of the firm's own in the errors.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from regional_econ._base.seeds import rng_for
from regional_econ.causal.declaration import NEWEST, Multiverse
from regional_econ.core.panel import Panel
from regional_econ.data.load import load_panel
from regional_econ.forecasting.indicators import Indicator

SEED = 20221231
YEARS = (1999, 2023)
VARIABLES = (
    "innovation_activity_pct", "innovation_activity_oslo3_pct", "rd_grp_pct", "researchers_per_10k_employed",
    "investment_grp_pct", "wear_pct", "grp_mln_rub", "population_avg", "unemployment_pct", "employed_thousand",
    "mining_share_pct", "researchers",
)  # fmt: skip
LEVEL, SHOCK = 0.3, 0.1  # standard deviations of a unit's level and of its yearly shock
FIRM_YEARS = (2004, 2023)
FIRM_LIFE = 8.0  # years, on average
MUNICIPALITIES = 2500
REGRESSORS = ("capital", "labour", "inputs", "research")
SLOPE = 0.5
OUTPUT = Indicator("output", "output", "log", 0.2, ("", 0), additive=True)  # of a municipality


def municipal(units: int) -> Panel:
    """Return a panel of units × 25 years × 12 variables; the first 85 units carry the regions' names."""
    official = load_panel().select(years=YEARS)
    regions, years = official.region_ids, official.years
    names = [regions[number % len(regions)] + (f".{number // len(regions)}" if number >= len(regions) else "")
             for number in range(units)]  # fmt: skip
    source = np.arange(units) % len(regions)
    index = pd.MultiIndex.from_product([names, years], names=["region", "year"])
    columns = {}
    for name in VARIABLES:
        figures = official.matrix(name).to_numpy(dtype=float)[source]
        rng = rng_for(SEED, "municipal", name)
        moves = LEVEL * rng.standard_normal((units, 1)) + SHOCK * rng.standard_normal(figures.shape)
        if name.endswith("_pct") and name != "rd_grp_pct":
            odds = figures / (100 - figures) * np.exp(moves)
            figures = 100 * odds / (1 + odds)
        else:
            figures = figures * np.exp(moves)
        columns[name] = figures.ravel()
    known = {
        name: replace(official.regions[regions[number]], id=name) for name, number in zip(names, source, strict=True)
    }
    variables = {name: official.variables[name] for name in VARIABLES}
    return Panel(pd.DataFrame(columns, index=index), variables, known, "municipal")


def specifications(declared: Multiverse) -> Multiverse:
    """Return the declaration as far as a municipal panel has its figures: first measures, newest vintage, all units.

    Pooled CCE is left out: each of its specifications takes averages of its own, so it is no part of the shared kernel.
    """
    drivers = {
        name: replace(driver, measures={name: driver.measures[name]}) for name, driver in declared.drivers.items()
    }
    return replace(
        declared, drivers=drivers, samples=declared.samples[:1], vintages=(NEWEST,),
        effects=tuple(one for one in declared.effects if one != "cce"),
    )  # fmt: skip


def firms(rows: int) -> pd.DataFrame:
    """Return firms by year: output, four inputs (logarithms, all drawn) and the municipality (one of 2,500).

    Parameters
    ----------
    rows : of the frame, which is cut there; its index is (firm, year), sorted.
    """
    rng = rng_for(SEED, "firms")
    first, last = FIRM_YEARS
    n_firms = int(rows / (FIRM_LIFE * 0.6)) + 1000  # lives are cut by the ends of the span
    entry = rng.integers(first - int(FIRM_LIFE), last + 1, n_firms)
    leave = np.minimum(entry + rng.geometric(1 / FIRM_LIFE, n_firms), last + 1)
    entry = np.maximum(entry, first)
    life = np.maximum(leave - entry, 0)
    firm = np.repeat(np.arange(n_firms), life)[:rows]
    if len(firm) < rows:
        raise ValueError(f"{len(firm)} rows were drawn for {rows}")
    year = (np.arange(len(firm)) - np.repeat(np.cumsum(life) - life, life)[:rows] + entry[firm]).astype(np.int64)
    kept, codes = np.unique(firm, return_inverse=True)
    years = np.arange(first, last + 1)
    index = pd.MultiIndex([kept, years], [codes, year - first], names=["firm", "year"])
    effect = rng.standard_normal(n_firms)
    place = rng.integers(0, MUNICIPALITIES, n_firms).astype(np.int32)
    columns = {name: 0.5 * effect[firm] + rng.standard_normal(rows) for name in REGRESSORS}
    drift = 0.25 * rng.standard_normal(n_firms)
    output = effect[firm] + rng.standard_normal(len(years))[year - first] + rng.standard_normal(rows)
    output += drift[firm] * (year - first) / len(years)
    for column in columns.values():
        output += SLOPE * column
    return pd.DataFrame({"output": output, **columns, "municipality": place[firm]}, index=index, copy=False)


def sums(firms: pd.DataFrame) -> Panel:
    """Return what the firms of a municipality make in a year, a panel of 2,500 units; NaN where none is there."""
    first, last = FIRM_YEARS
    years = range(first, last + 1)
    cell = firms["municipality"].to_numpy() * len(years) + firms.index.codes[1]
    made = np.bincount(cell, np.exp(firms["output"]), minlength=MUNICIPALITIES * len(years))
    names = [f"{number:04d}" for number in range(MUNICIPALITIES)]
    index = pd.MultiIndex.from_product([names, years], names=["region", "year"])
    official = load_panel()
    variable = replace(official.variables["grp_mln_rub"], id="output", breaks=())
    region = next(iter(official.regions.values()))
    known = {name: replace(region, id=name) for name in names}
    frame = pd.DataFrame({"output": np.where(made > 0, made, np.nan)}, index=index)
    return Panel(frame, {"output": variable}, known, "sums")
