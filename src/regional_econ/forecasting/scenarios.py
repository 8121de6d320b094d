"""What would the forecast say along other paths of a world price? Draws conditioned on them, beside the baseline.

A scenario fixes the price of some years; every draw of the indicators is moved by what the price's surprise says about
it (:mod:`regional_econ.core.conditioning`). How far the path lies from the forecast's own is part of the answer. Monte
Carlo errors come from conditioning twenty parts of the draws each by itself, so they hold the error of the slopes too.

Source: Waggoner and Zha (1999), "Conditional forecasts in dynamic multivariate models"; held against the closed form
of a bivariate normal distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from regional_econ._base.text import Text
from regional_econ.bayes.trace import Array
from regional_econ.core.conditioning import condition, implausibility
from regional_econ.core.conditions import NATIONAL, Cell, Implausibility, Path
from regional_econ.core.forecast import Forecast, share_error
from regional_econ.core.results import Result, Value, digits_for
from regional_econ.forecasting.choice import PriceScenario
from regional_econ.forecasting.drivers import DRIVERS, Driver, drivers
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.results import BATCHES, batch_error, held

SCENARIOS_ID = "forecast.scenarios"
_LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_UNITS = {"coal_australian_usd_t": "usd_per_t", "brent_usd_bbl": "usd_per_bbl"}


@dataclass(frozen=True)
class ScenarioForecast:
    """One region's forecast along a price path.

    Parameters
    ----------
    scenario : its name and label.
    found : the path and how far it lies from the forecast.
    baseline, forecast : the region's draws without and with the path, one for one.
    region : whose.
    """

    scenario: PriceScenario
    found: Implausibility
    baseline: Forecast
    forecast: Forecast
    region: str

    @property
    def name(self) -> str:
        """Id of the scenario."""
        return self.scenario.name

    @property
    def label(self) -> Text:
        """What a reader calls it."""
        return self.scenario.label


def price_path(scenario: PriceScenario, driver: Driver) -> Path:
    """Return the conditions of a scenario: multiples of the price's last yearly mean, from the year after it on.

    >>> from regional_econ._base.text import Text
    >>> driver = Driver("brent_usd_bbl", (2022, 2023), np.array([100.0, 80.0]))
    >>> path = price_path(PriceScenario("dear", Text("дорого", "dear"), "brent_usd_bbl", (1.0, 1.5)), driver)
    >>> [(cell.year, cell.value) for cell in path.cells]
    [(2024, 80.0), (2025, 120.0)]
    """
    first, last = driver.years[-1] + 1, float(driver.values[-1])
    cells = [Cell(driver.id, NATIONAL, first + k, last * by) for k, by in enumerate(scenario.multiples)]
    return Path(scenario.name, tuple(cells))


def regime_paths(national: pd.DataFrame, scenarios: Sequence[PriceScenario], *, origin: int) -> tuple[Path, ...]:
    """Return the conditions of declared scenarios, each by its name, for whoever puts something else under them.

    Parameters
    ----------
    national : the national series, with columns series, year, value.
    origin : the forecast's last year of figures.

    Raises
    ------
    DataError : a price is not known in the origin.
    """
    known = {driver.id: driver for driver in drivers(national, origin=origin)}
    return tuple(price_path(one, known[one.price]) for one in scenarios)


def under_scenarios(
    forecast: Forecast, national: pd.DataFrame, scenarios: Sequence[PriceScenario], *, region: str
) -> tuple[ScenarioForecast, ...]:
    """Put a region's forecast under each scenario.

    Parameters
    ----------
    forecast : joint draws of the indicators and the world prices.
    national : the national series, with columns series, year, value.
    scenarios : the price paths.
    region : whose indicators are asked for.

    Raises
    ------
    UnknownNameError : no such region, or a price that the forecast does not hold.
    DataError : a price is not known in the forecast's origin.
    """
    own = _of_region(forecast, region)
    found = []
    for one, path in zip(scenarios, regime_paths(national, scenarios, origin=forecast.origin), strict=True):
        found.append(ScenarioForecast(one, implausibility(own, path), own, condition(own, path), region))
    return tuple(found)


def scenarios_result(found: Sequence[ScenarioForecast], *, year: int) -> Result:
    """Put scenarios into numbers.

    Parameters
    ----------
    found : the scenarios of one forecast.
    year : the year that is compared.

    Returns
    -------
    ``year``; by scenario ``<name>.implausibility`` (predictive sds), ``.tail_probability``, ``.share_farther``,
    ``.cells``, ``.price.<year>``, ``.<variable>.<p10|p50|p90>``, ``.<variable>.difference.<p10|p50|p90>`` to the
    baseline and ``.<variable>.difference.error``, the Monte Carlo error of the medians' difference.
    """
    values: dict[str, Value] = {"year": Value(year, digits=0)}
    for one in found:
        own = _scenario_values(one, year)
        values |= {f"{one.scenario.name}.{key}": value for key, value in own.items()}
    checksum = found[0].baseline.panel_checksum if found else ""
    return Result(SCENARIOS_ID, values, {"panel": checksum})


def _scenario_values(one: ScenarioForecast, year: int) -> dict[str, Value]:
    path, unit = one.found.path, _UNITS[one.scenario.price]
    pairs = [(one.baseline, one.forecast)]
    distances = []
    for part in _parts(one.baseline):
        distances.append(implausibility(part, path).distance)
        pairs.append((part, condition(part, path)))
    values = {
        "implausibility": Value(one.found.distance, digits=1, mc_error=batch_error(np.array(distances))),
        "tail_probability": Value(one.found.tail_probability, digits=3, mc_error=0.01),
        "share_farther": Value(
            one.found.share_farther, digits=3, mc_error=_share_error(one.found.share_farther, one.found.n_draws)
        ),
        "cells": Value(len(path.cells), digits=0),
        **{f"price.{cell.year}": Value(cell.value, unit, 0) for cell in path.cells},
    }
    for variable in held(one.baseline, one.region):
        before, after = (
            np.array([_quantiles(pair[side], variable, one.region, year) for pair in pairs]) for side in (0, 1)
        )
        apart = after - before
        unit, digits = indicator(variable).shown
        error = batch_error(apart[1:, 1])
        places = digits_for(error, digits)
        for k, key in enumerate(_LEVELS):
            values[f"{variable}.{key}"] = Value(after[0, k], unit, digits, batch_error(after[1:, k]))
            values[f"{variable}.difference.{key}"] = Value(apart[0, k], unit, places, batch_error(apart[1:, k]))
        values[f"{variable}.difference.error"] = Value(error, unit, places, error)
    return values


def _quantiles(forecast: Forecast, variable: str, region: str, year: int) -> Array:
    draws = forecast.draws(variable, region).sel(year=year).to_numpy().astype(np.float64)
    return np.quantile(draws, list(_LEVELS.values()))


def _of_region(forecast: Forecast, region: str) -> Forecast:
    """Return what a forecast holds of one region, and the world prices."""
    variables = {name: forecast.variables[name].sel(region=[region]) for name in held(forecast, region)}
    prices = {name: forecast.variables[name] for name in DRIVERS if name in forecast.variables}
    return replace(forecast, variables={**variables, **prices})


def _parts(forecast: Forecast) -> list[Forecast]:
    """Cut the draws into twenty runs of consecutive ones."""
    n = next(iter(forecast.variables.values())).sizes["draw"]
    return [
        replace(forecast, variables={name: array.isel(draw=rows) for name, array in forecast.variables.items()})
        for rows in np.array_split(np.arange(n), BATCHES)
    ]


def _share_error(share: float, n: int) -> float:
    return share_error(float(np.sqrt(share * (1.0 - share) / n)), n)
