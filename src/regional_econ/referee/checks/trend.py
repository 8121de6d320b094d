"""Does a series rise, fall, stagnate or swing over its whole length, and not only between two chosen years?

A window is a run of years inside one method that begins and ends with a figure and holds enough of them. An index of
the previous year is chained to a level within its method first. Slopes are the medians of all pairwise slopes.

Source: Theil (1950); Sen (1968), JASA 63:1379; Mann (1945), Econometrica 13:245; Kendall (1975).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

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
from regional_econ.referee.listed_checks import Movement, Trend
from regional_econ.referee.rules_description import DescriptiveRules

# units of what stands against the year before, so that its level is a chain
INDICES = ("index_prev_year", "index_dec", "deflator_prev_year")


@dataclass(frozen=True)
class Window:
    """One window: its years, what was measured, what it was held against, and whether the statement is true.

    ``value`` is the robust slope a year as a share of the level, or for an unstable series the standard deviation of
    growth in percentage points; ``other`` the bound, or the regions' quantile of that deviation.
    """

    first: int
    last: int
    value: float
    other: float
    true: bool


@dataclass(frozen=True)
class TrendFinding:
    """What the windows say.

    Parameters
    ----------
    tally : of all admissible windows.
    windows : those of the claimed region.
    kendall_p : Mann–Kendall p of the longest window, the newest of equally long ones; None for an unstable series.
    doubled : for a flat series, the tally with twice the bound.
    place : for an unstable series, its rank from above and the number of regions in the longest window.
    missing : declared years without a figure.
    """

    tally: Tally
    windows: tuple[Window, ...]
    kendall_p: float | None
    doubled: Tally | None
    place: tuple[int, int] | None
    missing: tuple[int, ...]


def trend(claim: Trend, panel: Panel, rules: DescriptiveRules) -> TrendFinding:
    """Hold a course against every admissible window.

    Raises
    ------
    UnknownNameError : a variable or region that the panel does not have.
    OptionError : years in the wrong order.
    """
    values = figures(panel, claim.variable, claim.region, (claim.first_year, claim.last_year))
    own = values.loc[claim.region].to_numpy(dtype=float)
    missing = tuple(year for year, figure in zip(years_of(values), own, strict=True) if np.isnan(figure))
    variable = panel.variable(claim.variable)
    runs = _runs((claim.first_year, claim.last_year), variable.new_methods())
    spans = [span for run in runs for span in _spans(run, rules.window_years)]
    series = _series(values, runs, variable.unit, claim.direction)
    measure = np.full((len(values), len(spans)), np.nan)
    for place, span in enumerate(spans):
        measure[:, place] = _measured(series, span, claim.direction, rules)
    other = _bounds(measure, claim.direction, rules)
    truth = _truth(measure, other, claim.direction)
    regions, row = panel.region_ids, panel.region_ids.index(claim.region)
    windows = tuple(
        Window(*span, float(measure[row, place]), float(other[place]), bool(truth[row, place]))
        for place, span in enumerate(spans)
        if np.isfinite(truth[row, place])
    )
    found = TrendFinding(tally(truth, regions, claim.region, rules.true_share), windows, None, None, None, missing)
    if not windows:
        return found
    longest = max(windows, key=lambda one: (one.last - one.first, one.last))
    if claim.direction == "volatile":
        column = measure[:, spans.index((longest.first, longest.last))]
        rank = 1 + int((column > longest.value).sum())
        return replace(found, place=(rank, int(np.isfinite(column).sum())))
    if claim.direction == "flat":
        doubled = _truth(measure, 2.0 * other, claim.direction)
        found = replace(found, doubled=tally(doubled, regions, claim.region, rules.true_share))
    years = [year for year in years_of(series) if longest.first <= year <= longest.last]
    return replace(found, kendall_p=mann_kendall(pd.Series({year: series.at[claim.region, year] for year in years})))


def course(claim: Trend, panel: Panel) -> pd.Series:
    """Return what the windows are laid over, by year: the region's level, or for an unstable series its growth.

    Raises
    ------
    UnknownNameError : a variable or region that the panel does not have.
    OptionError : years in the wrong order.
    """
    years = (claim.first_year, claim.last_year)
    values = figures(panel, claim.variable, claim.region, years)
    variable = panel.variable(claim.variable)
    series = _series(values, _runs(years, variable.new_methods()), variable.unit, claim.direction)
    return pd.Series(series.loc[claim.region])


def theil_sen(years: Truth, values: Truth) -> Truth:
    """Return the median of all pairwise slopes of each row; NaN cells are left out.

    >>> theil_sen(np.array([2000.0, 2001.0, 2003.0]), np.array([[1.0, 2.0, 40.0]])).tolist()
    [13.0]
    """
    pairs = np.array(list(combinations(range(len(years)), 2)))
    slopes = (values[:, pairs[:, 1]] - values[:, pairs[:, 0]]) / (years[pairs[:, 1]] - years[pairs[:, 0]])
    known = np.isfinite(slopes).any(axis=1)
    result = np.full(len(values), np.nan)
    result[known] = np.nanmedian(slopes[known], axis=1)
    return result


def mann_kendall(series: pd.Series) -> float | None:
    """Return the two-sided p of Mann–Kendall's test against a trend; None for a constant series."""
    known = series.dropna()
    p = float(kendalltau(known.index.to_numpy(dtype=float), known.to_numpy()).pvalue)
    return None if np.isnan(p) else p


def checks_of(
    claim: Trend, finding: TrendFinding, rules: DescriptiveRules, provenance: Mapping[str, str]
) -> tuple[Check, ...]:
    """Return the windows as checks of the claim schema: their share, the test, and the specificity."""
    if not finding.windows:
        return (missing_series(claim.variable, claim.region, (claim.first_year, claim.last_year), finding.missing),)
    values = [window.value for window in finding.windows]
    stats = {
        "variable": claim.variable,
        "region": claim.region,
        "direction": claim.direction,
        "true_windows": finding.tally.true,
        "false_windows": finding.tally.false,
        "lowest": min(values),
        "highest": max(values),
        "kendall_p": finding.kendall_p,
        "true_share_at_twice_the_bound": None if finding.doubled is None else finding.doubled.true_share,
        "rank": None if finding.place is None else finding.place[0],
        "ranked": None if finding.place is None else finding.place[1],
        "missing_years": list(finding.missing),
        "windows": [vars(window) for window in finding.windows],
    }
    return (
        Check(
            "trend", "trend", rules.result(finding.tally), None, finding.tally.true_share, stats=stats,
            provenance=provenance,
        ),
        specificity(finding.tally, rules.common_share),
    )  # fmt: skip


def _runs(years: tuple[int, int], new_methods: tuple[int, ...]) -> list[tuple[int, int]]:
    """First and last year of each run of the declared years under one method."""
    starts = sorted({years[0], *(year for year in new_methods if years[0] < year <= years[1])})
    return [(start, after - 1) for start, after in pairwise([*starts, years[1] + 1])]


def _spans(run: tuple[int, int], least: int) -> list[tuple[int, int]]:
    return [(first, last) for first in range(run[0], run[1] + 1) for last in range(first + least - 1, run[1] + 1)]


def _series(values: pd.DataFrame, runs: list[tuple[int, int]], unit: str, direction: Movement) -> pd.DataFrame:
    return _growth(values, runs, unit) if direction == "volatile" else _level(values, runs, unit)


def _level(values: pd.DataFrame, runs: list[tuple[int, int]], unit: str) -> pd.DataFrame:
    """The series itself, or an index of the previous year chained anew in each run; a gap ends the chain."""
    if unit not in INDICES:
        return values
    level = values.copy()
    for first, last in runs:
        growth = np.log(values.loc[:, first:last].to_numpy() / 100.0)
        before = np.cumsum(np.isfinite(growth), axis=1) == 0
        chained = np.cumsum(np.where(before, 0.0, growth), axis=1)
        level.loc[:, first:last] = np.where(before, np.nan, 100.0 * np.exp(chained))
    return level


def _growth(values: pd.DataFrame, runs: list[tuple[int, int]], unit: str) -> pd.DataFrame:
    """Growth from the year before in per cent, none across a change of method or from zero and below."""
    if unit in INDICES:
        return values - 100.0
    before = values.shift(axis=1)
    growth = 100.0 * (values / before.where(before > 0.0) - 1.0)
    growth[[first for first, _ in runs]] = np.nan
    return growth


def _measured(series: pd.DataFrame, span: tuple[int, int], direction: Movement, rules: DescriptiveRules) -> Truth:
    """The slope, its share of the level, or the deviation of growth in one window; NaN where it is not admissible."""
    part = series.loc[:, span[0] : span[1]]
    values = part.to_numpy()
    known = np.isfinite(values)
    admissible = known[:, 0] & known[:, -1] & (known.sum(axis=1) >= rules.window_years)
    result = np.full(len(values), np.nan)
    if not admissible.any():
        return result
    chosen = values[admissible]
    if direction == "volatile":
        result[admissible] = np.nanstd(chosen, axis=1, ddof=1)
        return result
    size = np.nanmedian(np.abs(chosen), axis=1)
    slopes = theil_sen(part.columns.to_numpy(dtype=float), chosen)
    result[admissible] = np.divide(slopes, size, out=np.full(len(size), np.nan), where=size > 0.0)
    return result


def _truth(measure: Truth, other: Truth, direction: Movement) -> Truth:
    if direction == "flat":
        return signed(np.broadcast_to(other, measure.shape) - np.abs(measure), 1)
    return signed(measure - other, -1 if direction == "falling" else 1)


def _bounds(measure: Truth, direction: Movement, rules: DescriptiveRules) -> Truth:
    """What each window is held against: zero, the bound, or the regions' quantile."""
    bounds = np.full(measure.shape[1], rules.flat_growth if direction == "flat" else 0.0)
    if direction == "volatile":
        known = np.isfinite(measure).any(axis=0)
        bounds[known] = np.nanquantile(measure[:, known], rules.volatile_share, axis=0)
    return bounds
