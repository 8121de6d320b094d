"""How programmes move the four drivers: base levels, the standard push, and each driver's equation.

A programme's size is a multiple of the *historical push*: the change of the driver over five years that only one
region in twenty has exceeded. A push of one funds what would move the driver's flow by that much if it were wholly
additional; stocks, attrition and crowding-out decide what arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.elasticity import Form
from regional_econ.core.panel import Panel
from regional_econ.policy import stocks

Floats = NDArray[np.float64]
Driver = Literal["rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct"]
PUSH_YEARS = 5
PUSH_QUANTILE = 0.95
_LOG_FORMS: tuple[Form, ...] = ("elasticity", "logit_per_log")


@dataclass(frozen=True)
class Push:
    """The historical push of a driver: ``size`` in logs (positive drivers) or points, in the improving direction."""

    driver: str
    size: float
    unit: str
    windows: int
    first_year: int
    last_year: int


@dataclass(frozen=True)
class Base:
    """The newest official level of a driver in a region; it is held constant in the baseline."""

    driver: str
    level: float
    year: int
    history: Floats


def base_level(panel: Panel, driver: str, region: str) -> Base:
    """Return a driver's newest official level; for R&D also the real expenditure that built up its stock.

    Raises
    ------
    DataError : the driver, or what deflates R&D, has no figure.
    """
    series = _of_region(panel, driver, region)
    level, year = float(series.iloc[-1]), int(series.index[-1])
    history = _real_rd(panel, region, year) if driver == "rd_grp_pct" else np.array([level])
    return Base(driver, level, year, history)


def historical_push(panel: Panel, driver: str) -> Push:
    """Return the 95th percentile of five-year changes across regions, in the improving direction.

    No window crosses a method break of the driver; zero and missing levels are dropped.

    Raises
    ------
    DataError : no window without a break.
    """
    logs = driver != "wear_pct"
    levels, years = panel.matrix(driver).to_numpy(dtype=np.float64), list(panel.years)
    levels = np.log(np.where(levels > 0.0, levels, np.nan)) if logs else levels
    breaks = [entry.year for entry in panel.variable(driver).breaks]
    spans = [
        (year - PUSH_YEARS, year)
        for year in years
        if year - PUSH_YEARS in years and not any(year - PUSH_YEARS < at <= year for at in breaks)
    ]
    changes = [levels[:, years.index(last)] - levels[:, years.index(first)] for first, last in spans]
    pooled = np.concatenate(changes) if changes else np.array([])
    pooled = pooled[np.isfinite(pooled)]
    if not len(pooled):
        raise DataError(f"{driver} has no five years within one method", advice="Check its breaks in variables.yml")
    size = float(np.quantile(pooled, PUSH_QUANTILE if logs else 1.0 - PUSH_QUANTILE))
    unit = "log points" if logs else "percentage points"
    return Push(driver, size, unit, len(pooled), spans[0][0], spans[-1][1])


@dataclass(frozen=True)
class Path:
    """A driver with and without a programme (draws, years), in the driver's unit."""

    level: Floats
    baseline: Floats

    def change(self, form: Form) -> Floats:
        """Return Δx on the scale that an elasticity of this form reads: logs or units."""
        if form in _LOG_FORMS:
            return np.log(self.level / self.baseline)
        return self.level - self.baseline


def driver_path(driver: str, base: Base, push: Push, programme: Floats, rates: Mapping[str, Floats]) -> Path:
    """Return a driver's path under a programme.

    Parameters
    ----------
    programme : what arrives of the levers, in historical pushes (draws, years).
    rates : draws of the priors by id (draws,).

    Raises
    ------
    UnknownNameError : a driver without an equation.
    """
    if driver not in _EQUATIONS:
        raise UnknownNameError.of("driver", driver, _EQUATIONS)
    return _EQUATIONS[driver](base, push, programme, rates)


def _rd(base: Base, push: Push, programme: Floats, rates: Mapping[str, Floats]) -> Path:
    delta = rates["rd_depreciation"]
    start = stocks.rd_initial_stock(base.history, delta)
    flow = np.full_like(programme, base.history[-1])
    plain = stocks.rd_stock(start, flow, delta)
    pushed = stocks.rd_stock(start, flow * (1.0 + np.expm1(push.size) * programme), delta)
    level = np.full_like(programme, base.level)
    return Path(level * (pushed / plain), level)


def _researchers(base: Base, push: Push, programme: Floats, rates: Mapping[str, Floats]) -> Path:
    posts = base.level * np.expm1(push.size) * programme
    staff = stocks.funded_posts(posts, rates["researcher_attrition"], rates["post_filling"])
    level = np.full_like(programme, base.level)
    return Path(level + staff, level)


def _investment(base: Base, push: Push, programme: Floats, rates: Mapping[str, Floats]) -> Path:
    level = np.full_like(programme, base.level)
    return Path(level * (1.0 + np.expm1(push.size) * programme), level)


def _wear(base: Base, push: Push, programme: Floats, rates: Mapping[str, Floats]) -> Path:
    before = np.concatenate([np.zeros((programme.shape[0], 1)), programme[:, :-1]], axis=1)
    renewal = np.maximum(programme - before, 0.0) * abs(push.size) / 100.0
    level, plain = (
        stocks.fixed_assets(
            base.level,
            flow,
            commissioning=rates["commissioning"],
            disposal=rates["disposal"],
            decay=rates["renewal_decay"],
            replacement=rates["replacement_share"],
        ).wear_pct
        for flow in (renewal, np.zeros_like(renewal))
    )
    return Path(level, plain)


_EQUATIONS: Mapping[str, Callable[[Base, Push, Floats, Mapping[str, Floats]], Path]] = {
    "rd_grp_pct": _rd,
    "researchers_per_10k_employed": _researchers,
    "investment_grp_pct": _investment,
    "wear_pct": _wear,
}
DRIVERS = tuple(_EQUATIONS)


def _of_region(panel: Panel, variable: str, region: str) -> pd.Series:
    column = panel.column(variable)
    if region not in panel.region_ids:
        raise UnknownNameError.of("region", region, panel.region_ids)
    series = column.xs(region, level="region").dropna()
    if series.empty:
        raise DataError(f"{variable} has no figure", where=region, advice="Choose another region")
    return series


def _real_rd(panel: Panel, region: str, last_year: int) -> Floats:
    """Return R&D expenditure in roubles of the last year, deflated by the region's consumer prices.

    The deflator of regional product carries the price of coal, which R&D does not buy.
    """
    nominal = _of_region(panel, "rd_mln_rub", region).loc[:last_year]
    growth = _of_region(panel, "cpi_pct", region).reindex(nominal.index[1:]) / 100.0
    if growth.isna().any():
        year = int(growth.index[growth.isna()][0])
        raise DataError("no consumer price index to deflate R&D expenditure", where=f"{region}, {year}")
    prices = np.concatenate([[1.0], growth.to_numpy().cumprod()])
    return np.asarray(nominal.to_numpy() * prices[-1] / prices, dtype=np.float64)
