"""What did a forecaster know at an origin? One indicator's arrays from a panel, with nothing dated later.

The steps are the years, the last of them the indicator's last year with figures, so that one compiled model serves
every origin: where fewer years are known the first steps are blank. A year published under two methods takes two
steps. An index of the previous year is chained over a region's last unbroken run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from regional_econ._base.errors import DataError
from regional_econ.bayes.growth_model import N_BREAKS, GrowthData, GrowthPrior
from regional_econ.bayes.trace import Array
from regional_econ.core.panel import Panel
from regional_econ.forecasting.indicators import Indicator

FIRST_YEAR = 2000
EXPOSURE = "mining_share_pct"
PUBLICATION_LAG = 1


@dataclass(frozen=True)
class IndicatorData:
    """One indicator's figures up to an origin; N regions, S steps.

    Parameters
    ----------
    indicator : what it is.
    regions : what the rows stand for.
    origin : last year whose figures may enter.
    last_year : last year up to the origin with figures.
    step_years : (S,) the year of each step; years before the first of the panel's are blank.
    base : (N,) the value on the scale that the model counts from, NaN for a region without figures.
    model : the arrays of the model, counted from the base.
    """

    indicator: Indicator
    regions: tuple[str, ...]
    origin: int
    last_year: int
    step_years: tuple[int, ...]
    base: Array
    model: GrowthData

    @property
    def visible(self) -> Array:
        """(N, S) figures on the scale, NaN where there is none."""
        return np.where(self.model.weight > 0, self.model.observed + self.base[:, None], np.nan)

    @property
    def last_level(self) -> Array:
        """(N,) the last year's figure on the scale; NaN where a region has none in it."""
        return np.asarray(self.visible[:, -1])


def prepare(
    panel: Panel,
    indicator: Indicator,
    *,
    origin: int | None = None,
    prior: GrowthPrior | None = None,
    price: dict[int, float] | None = None,
) -> IndicatorData:
    """Cut a panel at an origin and bring one indicator to the model's scale.

    Parameters
    ----------
    panel : the official figures.
    indicator : which one.
    origin : last year to use; by default the panel's last.
    prior : priors that are data.
    price : log change of the driver by year; only years up to the indicator's last enter.

    Raises
    ------
    DataError : the origin lies outside the panel; the indicator has no figure in the origin or the year before; a
        figure has no place on the scale.
    """
    first, last = max(FIRST_YEAR, panel.years[0]), panel.years[-1]
    cut = last if origin is None else origin
    if not first + 1 < cut <= last:
        raise DataError(f"no forecast from {cut}", advice=f"Choose an origin after {first + 1} and up to {last}")
    years = list(range(first, cut + 1))
    known = panel.select(years=(panel.years[0], cut))
    regions = panel.region_ids
    values = _scaled(known, indicator, indicator.source, regions, years)
    seen = [year for year, any_figure in zip(years, np.isfinite(values).any(axis=0), strict=True) if any_figure]
    if not seen or seen[-1] < cut - PUBLICATION_LAG:
        raise DataError(
            f"{indicator.id} has no figure in {cut - PUBLICATION_LAG} or {cut}", advice="Choose an origin with figures"
        )
    values = values[:, : years.index(seen[-1]) + 1]
    years = years[: values.shape[1]]
    declared = () if indicator.scale == "index" else panel.variable(indicator.source).breaks
    breaks = sorted({*(change.year for change in declared), *indicator.recounts})
    if len(breaks) > N_BREAKS:
        raise DataError(
            f"{indicator.id} changes its method {len(breaks)} times", advice=f"The model knows {N_BREAKS} breaks"
        )
    older = None if indicator.older is None else _scaled(known, indicator, indicator.older, regions, years)
    observed, step_years, second = _with_second_steps(values, older, years, breaks)
    n_steps = last - first + 2
    blank = n_steps - observed.shape[1]
    observed = np.concatenate([np.full((len(observed), blank), np.nan), observed], axis=1)
    step_years = [*range(years[0] - blank, years[0]), *step_years]
    steps = np.concatenate([np.ones(blank), 1.0 - second])
    base = np.array([row[np.isfinite(row)][0] if np.isfinite(row).any() else np.nan for row in observed])
    weight = np.isfinite(observed).astype(np.float64)
    marked = _break_steps(step_years, breaks)
    model = GrowthData(
        np.nan_to_num(observed - base[:, None]), weight, steps, *_national(observed, steps, marked), marked,
        _exposure(known, regions), _driver(price, step_years, steps),
        prior or GrowthPrior(),
    )  # fmt: skip
    return IndicatorData(indicator, regions, cut, years[-1], tuple(step_years), base, model)


def _scaled(panel: Panel, indicator: Indicator, name: str, regions: tuple[str, ...], years: list[int]) -> Array:
    """Return (N, years) on the scale, after each figure was found to have a place on it."""
    table = panel.matrix(name, regions=regions, years=years)
    figures = table.to_numpy().astype(np.float64)
    top = 100.0 if indicator.scale == "logit" else np.inf
    wrong = (figures < 0.0) | (figures > top) | ((figures <= 0.0) & (indicator.offset == 0.0))
    if wrong.any():
        row, column = (int(k[0]) for k in np.nonzero(wrong))
        what = "lies above 100 %" if figures[row, column] > top else f"has no place on a {indicator.scale} scale"
        raise DataError(
            f"{name} of {figures[row, column]:g} {what}", where=f"{table.index[row]}, {years[column]}",
            advice="Correct the figure, or leave it out: a missing year is no obstacle",
        )  # fmt: skip
    scaled = indicator.to_scale(figures)
    return _chained(scaled) if indicator.scale == "index" else scaled


def _chained(growth: Array) -> Array:
    """Chain yearly growths (regions, years) into a level, 0 in the year before a region's last unbroken run."""
    level = np.full(growth.shape, np.nan)
    for row, known in enumerate(np.isfinite(growth)):
        end = int(np.flatnonzero(known)[-1]) if known.any() else 0
        gaps = np.flatnonzero(~known[:end])
        start = int(gaps[-1]) if gaps.size else 0
        if end > start:
            level[row, start] = 0.0
            level[row, start + 1 : end + 1] = np.cumsum(growth[row, start + 1 : end + 1])
    return level


def _with_second_steps(
    values: Array, older: Array | None, years: list[int], breaks: list[int]
) -> tuple[Array, list[int], Array]:
    """Give a break year that is also published under the method before it a step for each method, the older first."""
    columns, step_years, second = [], [], []
    for k, year in enumerate(years):
        if older is not None and year in breaks and np.isfinite(older[:, k]).any():
            columns.append(older[:, k])
            step_years.append(year)
            second.append(0.0)
            second.append(1.0)
        else:
            second.append(0.0)
        columns.append(values[:, k])
        step_years.append(year)
    return np.stack(columns, axis=1), step_years, np.array(second)


def _national(observed: Array, steps: Array, breaks: Array) -> tuple[Array, Array, Array, Array]:
    """Return the median growth of the regions by step, where it is known, and the same of the year before."""
    growth = np.diff(observed, axis=1, prepend=np.nan)
    known = np.isfinite(growth).any(axis=0) & (steps > 0) & (breaks.sum(axis=0) == 0)
    national = np.zeros(len(steps))
    national[known] = np.nanmedian(growth[:, known], axis=0)
    before, known_before = np.zeros(len(steps)), np.zeros(len(steps))
    years = np.flatnonzero(steps > 0)
    for earlier, later in pairwise(years):
        if known[earlier] and known[later]:
            before[later], known_before[later] = national[earlier], 1.0
    return national, known.astype(np.float64), before, known_before


def _break_steps(step_years: list[int], breaks: list[int]) -> Array:
    """Mark the step of each break: a break year's second step where it has one."""
    marked = np.zeros((N_BREAKS, len(step_years)))
    for k, year in enumerate(breaks):
        at = [s for s, one in enumerate(step_years) if one == year]
        if at:
            marked[k, at[-1]] = 1.0
    return marked


def _exposure(known: Panel, regions: tuple[str, ...]) -> Array:
    """Return the regions' mean share of mining up to the origin, as parts of one; 0 where none was published."""
    if EXPOSURE not in known.frame:
        return np.zeros(len(regions))
    share = known.matrix(EXPOSURE, regions=regions).mean(axis=1)
    return np.asarray(share.fillna(0.0).to_numpy() / 100.0)


def _driver(price: dict[int, float] | None, step_years: list[int], steps: Array) -> Array:
    given = price or {}
    return np.array([given.get(year, 0.0) * step for year, step in zip(step_years, steps, strict=True)])
