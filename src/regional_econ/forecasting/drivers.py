"""Which world prices stand behind the regions? Their yearly changes, and where they may go.

A price is a random walk of its log without drift, its changes Student's t with 5 degrees of freedom around a scale
that is the root of their mean square up to the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from regional_econ._base.errors import DataError
from regional_econ.bayes.trace import Array

COAL, OIL = "coal_australian_usd_t", "brent_usd_bbl"
DRIVERS = (COAL, OIL)
DRIVER_DF = 5.0


@dataclass(frozen=True)
class Driver:
    """One world price up to an origin.

    Parameters
    ----------
    id : name of the national series.
    years, values : (T,) the price by year.
    """

    id: str
    years: tuple[int, ...]
    values: Array

    @property
    def changes(self) -> dict[int, float]:
        """Log change by year."""
        steps = np.diff(np.log(self.values))
        return {year: float(step) for year, step in zip(self.years[1:], steps, strict=True)}

    @property
    def scale(self) -> float:
        """Scale of Student's t with the changes' mean square."""
        square = np.mean(np.square(list(self.changes.values())))
        return float(np.sqrt(square * (DRIVER_DF - 2.0) / DRIVER_DF))

    def surprise(self, year: int) -> float:
        """Return a year's change as a standard normal number, NaN where none is known."""
        change = self.changes.get(year)
        return float("nan") if change is None else float(ndtri(stdtr(DRIVER_DF, change / self.scale)))

    def change(self, z: Array) -> Array:
        """Return the log changes that standard normal shocks stand for."""
        return np.asarray(self.scale * stdtrit(DRIVER_DF, ndtr(z)))

    def paths(self, z: Array) -> Array:
        """Return prices (D, H) from standard normal shocks (D, H)."""
        return np.asarray(self.values[-1] * np.exp(np.cumsum(self.change(z), axis=1)))


def drivers(national: pd.DataFrame, *, origin: int) -> tuple[Driver, ...]:
    """Return the world prices up to an origin.

    Parameters
    ----------
    national : the national series, with columns series, year, value.
    origin : last year that enters.

    Raises
    ------
    DataError : a price is missing in the origin, or is not positive.
    """
    found = []
    for name in DRIVERS:
        rows = national[(national["series"] == name) & (national["year"] <= origin)].sort_values("year")
        years = tuple(int(year) for year in rows["year"])
        values = rows["value"].to_numpy(dtype=np.float64)
        if not years or years[-1] != origin or len(years) != origin - years[0] + 1 or not (values > 0).all():
            raise DataError(
                f"{name} is not known in every year up to {origin}", where="data/national.csv",
                advice="Choose an origin with a price, or rebuild the data",
            )  # fmt: skip
        found.append(Driver(name, years, values))
    return tuple(found)
