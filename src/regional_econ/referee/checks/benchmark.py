"""Does a region lie above or below others, whichever admissible benchmark and year are taken?

A cell is a benchmark in a year. A national figure outside the range of the regions is a sum, not a mean, and no
benchmark; the federal district counts as the mean of its other regions, peers as the mean of those declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.core.claim import Check
from regional_econ.core.panel import Panel
from regional_econ.referee.checks.grid import (
    Tally,
    Truth,
    figures,
    missing_series,
    signed,
    specificity,
    tally,
    years_of,
)
from regional_econ.referee.listed_checks import GROUPS, Benchmark
from regional_econ.referee.rules_description import DescriptiveRules


@dataclass(frozen=True)
class Cell:
    """One benchmark in one year: the region's figure, the other figure, and whether the statement is true."""

    benchmark: str
    year: int
    own: float
    other: float
    true: bool


@dataclass(frozen=True)
class BenchmarkFinding:
    """The grid of a statement.

    Parameters
    ----------
    tally : of all admissible cells.
    by_benchmark : of the cells of each benchmark that has one.
    cells : admissible cells, by benchmark and year.
    missing : declared years without an admissible cell.
    """

    tally: Tally
    by_benchmark: Mapping[str, Tally]
    cells: tuple[Cell, ...]
    missing: tuple[int, ...]


def benchmark(claim: Benchmark, panel: Panel, rules: DescriptiveRules) -> BenchmarkFinding:
    """Hold a statement against every admissible benchmark and year.

    Raises
    ------
    UnknownNameError : a variable or region that the panel does not have.
    OptionError : years in the wrong order, or peers where the rules declare none for the region.
    """
    years = (claim.first_year, claim.last_year)
    values = figures(panel, claim.variable, claim.region, years)
    others = {name: _other(name, claim, values, panel, rules) for name in claim.against}
    sign = 1 if claim.direction == "above" else -1
    own = values.to_numpy()
    truth = {name: signed(own - other, sign) for name, other in others.items()}
    regions = panel.region_ids
    row = regions.index(claim.region)
    cells = tuple(
        Cell(name, year, float(own[row, place]), float(others[name][row, place]), bool(truth[name][row, place]))
        for name in claim.against
        for place, year in enumerate(years_of(values))
        if np.isfinite(truth[name][row, place])
    )
    each = {name: tally(found, regions, claim.region, rules.true_share) for name, found in truth.items()}
    return BenchmarkFinding(
        tally=tally(np.hstack(list(truth.values())), regions, claim.region, rules.true_share),
        by_benchmark={name: found for name, found in each.items() if found.cells},
        cells=cells,
        missing=tuple(year for year in years_of(values) if year not in {cell.year for cell in cells}),
    )


def checks_of(
    claim: Benchmark, finding: BenchmarkFinding, rules: DescriptiveRules, provenance: Mapping[str, str]
) -> tuple[Check, ...]:
    """Return the grid as checks of the claim schema: all cells, each benchmark alone, and the specificity."""
    if not finding.cells:
        return (missing_series(claim.variable, claim.region, (claim.first_year, claim.last_year), finding.missing),)
    stats = {
        "variable": claim.variable,
        "region": claim.region,
        "direction": claim.direction,
        "true_cells": finding.tally.true,
        "false_cells": finding.tally.false,
        "missing_years": list(finding.missing),
        "not_admissible": [name for name in claim.against if name not in finding.by_benchmark],
        "cells": [vars(cell) for cell in finding.cells],
    }
    shares = [found.true_share or 0.0 for found in finding.by_benchmark.values()]
    return (
        Check(
            "benchmark", "benchmark", rules.result(finding.tally), None, finding.tally.true_share,
            (min(shares), max(shares)), stats=stats, provenance=provenance,
        ),
        *(
            Check(
                f"benchmark_{name}", "benchmark", rules.result(found), None, found.true_share,
                stats={"true_cells": found.true, "false_cells": found.false}, provenance=provenance,
            )
            for name, found in finding.by_benchmark.items()
        ),
        specificity(finding.tally, rules.common_share),
    )  # fmt: skip


def _other(name: str, claim: Benchmark, values: pd.DataFrame, panel: Panel, rules: DescriptiveRules) -> Truth:
    """The benchmark of every region and year, NaN where it is not admissible."""
    if name == "national":
        return np.broadcast_to(_national(claim.variable, values, panel), values.shape)
    if name == "median":
        return np.broadcast_to(values.median().to_numpy(), values.shape)
    if name == "district":
        return _rest_of_district(values, panel)
    if name == "peers":
        return _mean_without_self(values, _peers(claim.region, values, rules))
    if name not in panel.region_ids:
        raise UnknownNameError.of("benchmark", name, [*GROUPS, *panel.region_ids])
    return _mean_without_self(values, [name])


def _national(variable: str, values: pd.DataFrame, panel: Panel) -> Truth:
    country = [region for region, one in panel.regions.items() if one.kind == "country"]
    row = np.array([panel.value(country[0], variable, year) if country else np.nan for year in years_of(values)])
    return np.where((row >= values.min().to_numpy()) & (row <= values.max().to_numpy()), row, np.nan)


def _rest_of_district(values: pd.DataFrame, panel: Panel) -> Truth:
    districts = pd.Series({region: panel.regions[region].district for region in values.index})
    groups, own = values.groupby(districts), values.to_numpy()
    others = groups.transform("count").to_numpy() - np.isfinite(own)
    total = groups.transform("sum").to_numpy() - np.nan_to_num(own)
    return np.asarray(np.divide(total, others, out=np.full(values.shape, np.nan), where=others > 0))


def _mean_without_self(values: pd.DataFrame, others: list[str]) -> Truth:
    """The mean of some regions for every region, which is never a benchmark of itself."""
    rows = [values.loc[[other for other in others if other != region]].mean() for region in values.index]
    return np.asarray(pd.concat(rows, axis=1).T.to_numpy(), dtype=float)


def _peers(region: str, values: pd.DataFrame, rules: DescriptiveRules) -> list[str]:
    peers = [name for name in rules.peers.get(region, ()) if name in values.index]
    if not peers:
        advice = "Declare them in the rules (descriptive.peers), or leave peers out"
        raise OptionError(f"no peers are declared for {region}", advice=advice)
    return peers
