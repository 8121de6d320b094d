"""Kept forecasts of the outcome, each paired with what its drivers did after the origin.

The expected path of a driver is what the backtest forecast of it, or its last figure; its move is what it really did,
less that. Of later figures nothing else is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError
from regional_econ._base.options import QUANTILES_21, check_option
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions, DriverPrior
from regional_econ.policy.record.moves import arrived, driver_levels, within_method, without_gaps
from regional_econ.policy.record.overlap import Layout

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Expectation = Literal["kept", "held"]
Timing = Literal["delayed", "at_once"]
QUANTILE_COLUMNS = tuple(f"q{level:g}" for level in QUANTILES_21)
MEDIAN = "q0.5"


@dataclass(frozen=True)
class Cells:
    """Forecasts of the outcome with what came true and what their drivers did.

    ``region`` (n,) ids; ``origin``, ``target_year`` (n,); ``observed`` (n,) and ``quantiles`` (21, n) in %;
    ``arrived`` (n, k) by driver, on the scales of the effects.
    """

    drivers: tuple[str, ...]
    region: NDArray[np.str_]
    origin: Ints
    target_year: Ints
    observed: Floats
    quantiles: Floats
    arrived: Floats

    @property
    def codes(self) -> Ints:
        """A code of each cell's origin and target year (n,)."""
        return np.asarray(self.origin * 10_000 + self.target_year, dtype=np.int64)

    @property
    def layout(self) -> Layout:
        """Regions and spans of years of the cells."""
        regions = np.unique(self.region, return_inverse=True)[1].astype(np.int64)
        return Layout(regions, self.origin, self.target_year)

    @property
    def years(self) -> tuple[int, ...]:
        """Target years, ascending."""
        return tuple(int(year) for year in np.unique(self.target_year))

    @property
    def origins(self) -> tuple[int, ...]:
        """Origins, ascending."""
        return tuple(int(origin) for origin in np.unique(self.origin))

    @property
    def horizon(self) -> Ints:
        """Years ahead (n,)."""
        return np.asarray(self.target_year - self.origin, dtype=np.int64)

    def of_region(self, region: str) -> Cells:
        """Return the cells of one region."""
        return self.only(self.region == region)

    def only(self, kept: NDArray[np.bool_]) -> Cells:
        """Return some of the cells; ``kept`` (n,)."""
        return replace(
            self, region=self.region[kept], origin=self.origin[kept], target_year=self.target_year[kept],
            observed=self.observed[kept], quantiles=self.quantiles[:, kept], arrived=self.arrived[kept],
        )  # fmt: skip

    def beside_others(self) -> Cells:
        """Return cells whose drivers' moves are less the mean of their origin and year: what regions do not share."""
        own = [less_mean(column, self.codes) for column in self.arrived.T]
        return replace(self, arrived=np.column_stack(own))


def less_mean(values: Floats, codes: Ints) -> Floats:
    """Return values (n,) less the mean of those with the same code.

    >>> less_mean(np.array([1.0, 3.0, 5.0]), np.array([7, 7, 8])).tolist()
    [-1.0, 1.0, 0.0]
    """
    at = np.unique(codes, return_inverse=True)[1]
    return np.asarray(values - (np.bincount(at, weights=values) / np.bincount(at))[at], dtype=np.float64)


def paired_cells(
    panel: Panel,
    kept: pd.DataFrame,
    assumptions: Assumptions,
    *,
    drivers: tuple[str, ...],
    outcome: str,
    depreciation: float,
    expectation: Expectation = "kept",
    timing: Timing = "delayed",
) -> Cells:
    """Return the outcome's kept forecasts with what had arrived of the drivers' moves.

    Parameters
    ----------
    panel : official figures, of which the drivers' realised values are taken.
    kept : variable, region, origin, target_year, observed and q0.025 … q0.975 of the backtest's own model.
    assumptions : forms and delays of the drivers.
    depreciation : of the R&D stock, a year.
    expectation : "kept": medians of the backtest where it forecasts the driver (wear; researchers over employed), the
        last figure for ratios to GRP; "held": the last figure for all.
    timing : "delayed": as the policy model lets effects arrive; "at_once": the whole effect in the same year.

    Returns
    -------
    cells of all regions whose drivers have the figures.

    Raises
    ------
    DataError : no cell has figures of all drivers.
    """
    check_option("expectation", expectation, Expectation)
    check_option("timing", timing, Timing)
    own, regions = kept[kept["variable"] == outcome], list(panel.region_ids)
    tables, moved = [], []
    for origin in sorted(int(one) for one in own["origin"].unique()):
        rows = own[own["origin"] == origin]
        years = tuple(range(origin + 1, int(rows["target_year"].max()) + 1))
        came = []
        for prior in (assumptions.drivers[driver] for driver in drivers):
            levels = driver_levels(panel, prior)
            expected = np.repeat(levels[[origin]].to_numpy(dtype=np.float64), len(years), axis=1)
            if expectation == "kept":
                medians = _kept_medians(kept[kept["origin"] == origin], prior.driver, years, regions)
                expected = expected if medians is None else medians
            methods = panel.variable(prior.driver).new_methods()
            real = levels.reindex(columns=list(years)).to_numpy(dtype=np.float64)
            moves = within_method(real, expected, years, methods)
            past = levels.loc[:, :origin].to_numpy(dtype=np.float64)
            came.append(_arrived_where_known(moves, past, prior, depreciation, timing))
        at = [regions.index(region) for region in rows["region"]]
        tables.append(rows)
        moved.append(np.stack(came, axis=-1)[at, rows["target_year"].to_numpy() - years[0]])
    return _complete(pd.concat(tables, ignore_index=True), np.concatenate(moved), drivers)


def _complete(table: pd.DataFrame, moved: Floats, drivers: tuple[str, ...]) -> Cells:
    known = np.isfinite(moved).all(axis=1)
    if not known.any():
        raise DataError("no forecast with figures of all drivers", advice="Check the drivers' years and regions")
    table = table[known]
    return Cells(
        drivers, table["region"].to_numpy(dtype=str), table["origin"].to_numpy(dtype=np.int64),
        table["target_year"].to_numpy(dtype=np.int64), table["observed"].to_numpy(dtype=np.float64),
        table[list(QUANTILE_COLUMNS)].to_numpy(dtype=np.float64).T, moved[known],
    )  # fmt: skip


def _arrived_where_known(
    moves: Floats, past: Floats, prior: DriverPrior, depreciation: float, timing: Timing
) -> Floats:
    """Return what arrived (R, H), NaN for regions without the figures."""
    usable = np.isfinite(moves).all(axis=1) & without_gaps(past)
    found = np.full(moves.shape, np.nan)
    if usable.any():
        whole = moves[usable]
        found[usable] = (
            whole if timing == "at_once" else arrived(whole, prior, history=past[usable], depreciation=depreciation)
        )
    return found


def _kept_medians(kept: pd.DataFrame, driver: str, years: Sequence[int], regions: Sequence[str]) -> Floats | None:
    """Medians of an origin's forecasts of a driver on its elasticity's scale; None where there are no such forecasts.

    The backtest forecasts no ratio to GRP, because it does not forecast GRP in current prices.
    """

    def median(variable: str) -> Floats:
        wide = kept[kept["variable"] == variable].pivot(index="region", columns="target_year", values=MEDIAN)
        return wide.reindex(index=list(regions), columns=list(years)).to_numpy(dtype=np.float64)

    known = set(kept["variable"])
    if driver == "wear_pct" and driver in known:
        return median(driver)
    if driver == "researchers_per_10k_employed" and {"researchers", "employed_thousand"} <= known:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(10.0 * median("researchers") / median("employed_thousand"))
    return None
