"""What the four drivers are measured by: newest levels, the standard push, and how often regions moved so far.

A programme's size is a multiple of the *historical push*: the change of the driver that one five-year window in twenty
exceeded, over all regions and overlapping windows. A push of one funds what would move the driver's flow by that much
if it were wholly additional; stocks, attrition and crowding-out decide what arrives.

A push is what is funded, a relative rise of a flow or points of wear, with its costs and limits: it is the same however
a file states the driver's effect. How far the driver then moves, how rare that is and where the effect's domain ends
count as the form of the elasticity does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.elasticity import LOG_FORMS, Form
from regional_econ.core.panel import Panel
from regional_econ.elasticities.domain import Windows, windows_of

Floats = NDArray[np.float64]
Driver = Literal["rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct"]
PUSH_QUANTILE = 0.95
RARE = 0.01
_LEAST = 1e-9
DRIVERS: tuple[str, ...] = get_args(Driver)
_IN_POINTS = ("wear_pct",)  # pushed by points; the others are flows, which a push raises in proportion


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

    def between(self, now: float, level: float) -> float:
        """Return how many pushes bring a driver from one level to another.

        P pushes move a positive driver from x to x(1 + fP), f the relative rise of one, so that logs do not grow in
        proportion; points do.

        >>> doubling = Push("rd_grp_pct", float(np.log(2.0)), "log points", 1, 2000, 2005, 1, 1)
        >>> round(doubling.between(0.1, 0.4), 6)
        3.0
        """
        if self.unit == "log points":
            return float((level / now - 1.0) / np.expm1(self.size))
        return (level - now) / self.size


@dataclass(frozen=True)
class Frequency:
    """How often a change was seen: ``count`` of ``windows`` five-year windows of ``regions`` moved at least so far.

    Of them ``comparable`` of ``comparable_windows`` started from a level that can be compared (see
    `elasticities.domain.COMPARABLE`): from nearly nothing any change is large in logs.
    """

    change: float
    count: int
    windows: int
    regions: int
    comparable: int
    comparable_windows: int

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
    logs = driver not in _IN_POINTS
    windows = _windows(panel, driver, logs=logs)
    moved = np.isfinite(windows.changes)
    size = float(np.quantile(windows.pooled, PUSH_QUANTILE if logs else 1.0 - PUSH_QUANTILE))
    unit = "log points" if logs else "percentage points"
    beyond = windows.changes > size if logs else windows.changes < size
    seen, exceeded = (int(mask.any(axis=0).sum()) for mask in (moved, beyond))
    filled = [span for span, row in zip(windows.spans, moved.any(axis=1), strict=True) if row]
    return Push(driver, size, unit, len(windows.pooled), filled[0][0], filled[-1][1], seen, exceeded)


def change_frequency(panel: Panel, driver: str, change: float, form: Form) -> Frequency:
    """Return how often a driver moved so far within five years, in the same direction, over all regions and windows.

    Parameters
    ----------
    change : in logs or in the driver's unit, as the form of its elasticity counts.
    form : of the elasticity.

    Raises
    ------
    DataError : no window without a break.
    """
    windows = _windows(panel, driver, logs=form in LOG_FORMS)

    def as_large(changes: Floats) -> NDArray[np.bool_]:
        return np.asarray(changes >= change if change >= 0.0 else changes <= change)

    return Frequency(
        change, int(as_large(windows.pooled).sum()), len(windows.pooled),
        int(as_large(windows.changes).any(axis=0).sum()),
        int(as_large(windows.comparable).sum()), len(windows.comparable),
    )  # fmt: skip


def example_change(panel: Panel, driver: str, region: str, level: float) -> Example:
    """Return how rare it is that a positive driver goes from its newest level in a region to another in five years.

    Raises
    ------
    DataError : the driver has no figure in the region, or no window without a break.
    """
    now = newest_level(panel, driver, region)
    change = float(np.log(level / now))
    fall, rise = rare_changes(panel, driver, "logit_per_log")
    return Example(
        driver, now, level, change_frequency(panel, driver, change, "logit_per_log"),
        max(1.0, change / rise if change >= 0.0 else -change / fall),
    )  # fmt: skip


def rare_changes(panel: Panel, driver: str, form: Form) -> tuple[float, float]:
    """Return the sizes of a five-year fall and of a rise that one window in a hundred exceeded, both above zero.

    They are in logs or in the driver's unit, as the form of its elasticity counts.

    Raises
    ------
    DataError : no window without a break.
    """
    fall, rise = np.quantile(_windows(panel, driver, logs=form in LOG_FORMS).pooled, [RARE, 1.0 - RARE])
    return float(max(-fall, _LEAST)), float(max(rise, _LEAST))


def _windows(panel: Panel, driver: str, *, logs: bool) -> Windows:
    windows = windows_of(panel, driver, logs=logs)
    if not len(windows.pooled):
        raise DataError(f"{driver} has no five years within one method", advice="Check its breaks in variables.yml")
    return windows


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
