"""One fan that a user asks for: any region and variable, or a world price, with its history and the scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from regional_econ._base.options import FAN_LEVELS
from regional_econ._base.text import Text
from regional_econ.core.conditioning import condition
from regional_econ.core.conditions import NATIONAL, Path
from regional_econ.core.forecast import Forecast
from regional_econ.core.forecast_csv import provenance
from regional_econ.core.panel import Panel
from regional_econ.core.section import OptionValue
from regional_econ.forecasting.choice import PriceScenario
from regional_econ.forecasting.drivers import DRIVERS, drivers
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.outcomes import HORIZONS
from regional_econ.forecasting.pages.fan_frames import Alternative, actuals, bounds, breaks, with_future
from regional_econ.forecasting.results import first_year
from regional_econ.forecasting.scenarios import price_path

BASELINE = "baseline"
_POSITIVE: dict[str, OptionValue] = {"lower": 0.0}
_NO_BREAK: tuple[int, ...] = ()


@dataclass(frozen=True)
class Under:
    """A forecast under a path, with the path's name and what a reader calls it."""

    name: str
    label: Text
    forecast: Forecast


@dataclass(frozen=True)
class AskedFan:
    """What a fan chart draws: its frame (year, series, value), and what it knows beside."""

    frame: pd.DataFrame
    options: dict[str, OptionValue]


def asked_fan(
    forecast: Forecast,
    panel: Panel,
    national: pd.DataFrame,
    region: str,
    variable: str,
    *,
    first: int,
    scenarios: Sequence[PriceScenario] = (),
    path: Path | None = None,
) -> AskedFan:
    """Return one fan with its history and the scenarios below it.

    Parameters
    ----------
    forecast : joint draws. One that is under a path already is a scenario itself and stands alone.
    panel, national : the figures before it, and the national series with the world prices.
    region, variable : which fan; region "RU" for a world price.
    first : first year that is drawn.
    scenarios : the declared paths of world prices.
    path : a further scenario, which comes first.

    Raises
    ------
    UnknownNameError : no such variable or region, or a price that the forecast does not hold.
    DataError : the region has no figures of the variable.
    """
    forecast.check(region, variable)
    last = first_year(forecast, variable) - 1
    known = {driver.id: driver for driver in drivers(national, origin=forecast.origin)}
    paths = [] if path is None else [(path, Text(path.name, path.name))]
    if forecast.scenario == BASELINE:
        paths += [(price_path(one, known[one.price]), one.label) for one in scenarios]
    own: list[Alternative] = [
        Under(one.name, label, condition(forecast, one, regions=[] if region == NATIONAL else [region]))
        for one, label in paths
    ]
    if variable in DRIVERS:
        price = known[variable]
        past = pd.DataFrame({"year": price.years, "series": "actual_", "value": price.values})
        limits, changes = _POSITIVE, _NO_BREAK
    else:
        past, limits = actuals(panel, indicator(variable), region, last=last), bounds(variable)
        changes = breaks(panel, indicator(variable))
    options: dict[str, OptionValue] = {
        "variable": variable, "region": region, "origin_year": last, "validated_to": last + HORIZONS,
        "levels": tuple(100 * level for level in FAN_LEVELS), "break_years": tuple(float(year) for year in changes),
        "scenarios": tuple(one.name for one in own), "scenarios_ru": tuple(one.label.ru for one in own),
        "scenarios_en": tuple(one.label.en for one in own), "provenance": provenance(forecast, region, variable),
        **limits,
    }  # fmt: skip
    return AskedFan(with_future(past[past["year"] >= first], forecast, region, variable, own), options)
