"""What the four drivers are measured by: newest levels, the standard push, and how often regions moved so far.

A programme's size is a multiple of the *historical push*: the change of the driver that one five-year window in twenty
exceeded, over all regions and overlapping windows. A push of one funds what would move the driver's flow by that much
if it were wholly additional; stocks, attrition and crowding-out decide what arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.elasticity import Form
from regional_econ.core.panel import Panel

Floats = NDArray[np.float64]
Driver = Literal["rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct"]
PUSH_YEARS = 5
PUSH_QUANTILE = 0.95
RARE = 0.01
_LEAST = 1e-9
DRIVERS: tuple[str, ...] = get_args(Driver)
STOCK_DRIVERS = ("rd_grp_pct",)
LOG_FORMS: tuple[Form, ...] = ("elasticity", "logit_per_log")


@dataclass(frozen=True)
class Push:
    """The historical push of a driver: ``size`` in logs (positive drivers) or points, in the improving direction.

    ``regions`` have at least one window, ``exceeded`` of them moved further than the push in one at least.
    """

    driver: str
    size: float
    unit: str
    windows: int
    first_year: int
    last_year: int
    regions: int
    exceeded: int

    @property
    def direction(self) -> float:
        """1 where a rise improves the driver, −1 where a fall does."""
        return float(np.sign(self.size))

    def count(self, change: float) -> float:
        """Return how many pushes make a change c ≥ 0 in the improving direction.

        P pushes move a positive driver from x to x(1 + fP), f the relative rise of one, so that logs do not grow in
        proportion; points do.

        >>> doubling = Push("rd_grp_pct", float(np.log(2.0)), "log points", 1, 2000, 2005, 1, 1)
        >>> round(doubling.count(float(np.log(4.0))), 6)
        3.0
        """
        if self.unit == "log points":
            return float(np.expm1(self.direction * change) / np.expm1(self.size))
        return change / abs(self.size)

    def moved(self, level: float, change: float) -> float:
        """Return a level after a change c ≥ 0 in the improving direction."""
        own = self.direction * change
        return float(level * np.exp(own)) if self.unit == "log points" else level + own


@dataclass(frozen=True)
class Frequency:
    """How often a change was seen: ``count`` of ``windows`` five-year windows moved at least so far."""

    change: float
    count: int
    windows: int

    @property
    def share(self) -> float:
        """Share of windows."""
        return self.count / self.windows


@dataclass(frozen=True)
class Example:
    """A change that is spoken of: a driver's newest level and the level after five years, how often regions moved so
    far, and by what the effect's standard deviation would be multiplied."""

    driver: str
    level_now: float
    level: float
    seen: Frequency
    spread: float


def newest_level(panel: Panel, driver: str, region: str) -> float:
    """Return a driver's newest official level.

    Raises
    ------
    DataError : the driver has no figure.
    """
    return float(_of_region(panel, driver, region).iloc[-1])


def historical_push(panel: Panel, driver: str) -> Push:
    """Return the 95th percentile of five-year changes over all regions and windows, in the improving direction.

    No window crosses a method break of the driver; zero and missing levels are dropped.

    Raises
    ------
    DataError : no window without a break.
    """
    logs = driver != "wear_pct"
    changes, spans = _window_changes(panel, driver)
    pooled = changes[np.isfinite(changes)]
    size = float(np.quantile(pooled, PUSH_QUANTILE if logs else 1.0 - PUSH_QUANTILE))
    unit = "log points" if logs else "percentage points"
    beyond = changes > size if logs else changes < size
    seen, exceeded = (int(mask.any(axis=0).sum()) for mask in (np.isfinite(changes), beyond))
    filled = [span for span, row in zip(spans, np.isfinite(changes).any(axis=1), strict=True) if row]
    return Push(driver, size, unit, len(pooled), filled[0][0], filled[-1][1], seen, exceeded)


def change_frequency(panel: Panel, driver: str, change: float) -> Frequency:
    """Return how often a driver moved so far within five years, in the same direction, over all regions and windows.

    Parameters
    ----------
    change : in logs (positive drivers) or points (wear).

    Raises
    ------
    DataError : no window without a break.
    """
    changes, _ = _window_changes(panel, driver)
    pooled = changes[np.isfinite(changes)]
    as_large = pooled >= change if change >= 0.0 else pooled <= change
    return Frequency(change, int(as_large.sum()), len(pooled))


def example_change(panel: Panel, driver: str, region: str, level: float) -> Example:
    """Return how rare it is that a positive driver goes from its newest level in a region to another in five years.

    Raises
    ------
    DataError : the driver has no figure in the region, or no window without a break.
    """
    now = newest_level(panel, driver, region)
    change = float(np.log(level / now))
    fall, rise = rare_changes(panel, driver)
    return Example(
        driver, now, level, change_frequency(panel, driver, change),
        max(1.0, change / rise if change >= 0.0 else -change / fall),
    )  # fmt: skip


def rare_changes(panel: Panel, driver: str) -> tuple[float, float]:
    """Return the sizes of a five-year fall and of a rise that one window in a hundred exceeded, both above zero.

    Raises
    ------
    DataError : no window without a break.
    """
    changes, _ = _window_changes(panel, driver)
    pooled = changes[np.isfinite(changes)]
    fall, rise = np.quantile(pooled, [RARE, 1.0 - RARE])
    return float(max(-fall, _LEAST)), float(max(rise, _LEAST))


def _window_changes(panel: Panel, driver: str) -> tuple[Floats, list[tuple[int, int]]]:
    """Return the changes (windows, regions) over five years without a break of method, and the windows' years."""
    levels, years = panel.matrix(driver).to_numpy(dtype=np.float64), list(panel.years)
    levels = np.log(np.where(levels > 0.0, levels, np.nan)) if driver != "wear_pct" else levels
    breaks = [entry.year for entry in panel.variable(driver).breaks]
    spans = [
        (year - PUSH_YEARS, year)
        for year in years
        if year - PUSH_YEARS in years and not any(year - PUSH_YEARS < at <= year for at in breaks)
    ]
    changes = np.array([levels[:, years.index(last)] - levels[:, years.index(first)] for first, last in spans])
    if not np.isfinite(changes).any():
        raise DataError(f"{driver} has no five years within one method", advice="Check its breaks in variables.yml")
    return changes, spans


def _of_region(panel: Panel, variable: str, region: str) -> pd.Series:
    column = panel.column(variable)
    if region not in panel.region_ids:
        raise UnknownNameError.of("region", region, panel.region_ids)
    series = column.xs(region, level="region").dropna()
    if series.empty:
        raise DataError(f"{variable} has no figure", where=region, advice="Choose another region")
    return series


def real_rd_history(panel: Panel, region: str, last_year: int) -> Floats:
    """Return R&D expenditure by year (years,) up to a last one, in roubles of that year, deflated by consumer prices.

    The deflator of regional product carries the price of coal, which R&D does not buy.

    Raises
    ------
    DataError : no expenditure in the last year, or no consumer prices in between.
    """
    nominal = _of_region(panel, "rd_mln_rub", region).loc[:last_year]
    if nominal.empty or int(nominal.index[-1]) != last_year:
        raise DataError(
            f"no R&D expenditure in {last_year}", where=region, advice="Take a forecast of an earlier origin"
        )
    growth = _of_region(panel, "cpi_pct", region).reindex(nominal.index[1:]) / 100.0
    if growth.isna().any():
        year = int(growth.index[growth.isna()][0])
        raise DataError("no consumer price index to deflate R&D expenditure", where=f"{region}, {year}")
    prices = np.concatenate([[1.0], growth.to_numpy().cumprod()])
    return np.asarray(nominal.to_numpy() * prices[-1] / prices, dtype=np.float64)
