"""What the forecast explorer computes from: history, fan, scenarios and earlier fans of every indicator and region.

Numbers are whole multiples of the last digit that is shown, rounded from the draws' own quantiles, so that what a
reader sees, downloads or is told is what the forecast file holds to as many digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from regional_econ.bayes.trace import Array
from regional_econ.core.conditioning import condition, implausibility
from regional_econ.core.conditions import NATIONAL, Path
from regional_econ.core.explorer import MAIN, Explorer
from regional_econ.core.forecast import Forecast
from regional_econ.core.forecast_csv import provenance
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.study import Study
from regional_econ.forecasting.backtest import MODEL
from regional_econ.forecasting.choice import PriceScenario
from regional_econ.forecasting.drivers import DRIVERS, Driver, drivers
from regional_econ.forecasting.earlier_fans import COLUMNS, earlier_fans
from regional_econ.forecasting.indicators import IDS, indicator
from regional_econ.forecasting.outcomes import HORIZONS
from regional_econ.forecasting.pages.fan_frames import METHODS, actuals, bounds, breaks
from regional_econ.forecasting.results import first_year, last_value
from regional_econ.forecasting.scenarios import regime_paths

EXPLORER_ID, SECTION_ID = "explore_forecast", "forecast"
BANDS = tuple(COLUMNS)  # the median, and both ends of three bands
UNDER = ("p50", "lo80", "hi80")
SHORT_YEARS = 12
_FINE = 20.0  # a last figure below so many units of its last digit is shown with one digit more
_WIDTHS = (50, 80, 95)

type Whole = list[int | None]
type Row = Whole | None


@dataclass(frozen=True)
class Explored:
    """What the explorer is made of.

    Parameters
    ----------
    forecast, panel, national : draws, figures of the regions, and the national series with the world prices.
    scores : of the backtest, with the quantiles of the model's earlier forecasts.
    judged : numbers of the window of judgement, ``backtest.late``.
    study : whose region, outcome and years stand there first.
    scenarios : paths of world prices.
    """

    forecast: Forecast
    panel: Panel
    national: pd.DataFrame
    scores: pd.DataFrame
    judged: Result
    study: Study
    scenarios: tuple[PriceScenario, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The indicators in the order of their declaration, then the world prices."""
        return tuple(name for name in (*IDS, *DRIVERS) if name in self.forecast.variables)

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of the forecast."""
        return tuple(str(name) for name in self.forecast.draws(self.variables[0])["region"].to_numpy())

    def paths(self) -> tuple[Path, ...]:
        """Return the conditions of the scenarios."""
        return regime_paths(self.national, self.scenarios, origin=self.forecast.origin)

    def driver(self, variable: str) -> Driver:
        """Return a world price with its history."""
        return next(one for one in drivers(self.national, origin=self.forecast.origin) if one.id == variable)


def explorer(given: Explored) -> Explorer:
    """Build the explorer: the part ``main`` of what is the same everywhere, and a part a variable.

    Parameters
    ----------
    given : forecast and what stands beside it.

    Raises
    ------
    UnknownNameError, DataError : the forecast does not hold what is shown.
    """
    parts = {variable: variable_part(given, variable) for variable in given.variables}
    return Explorer(EXPLORER_ID, SECTION_ID, {MAIN: main_part(given), **parts}, (*given.regions, *_texts(given)))


def main_part(given: Explored) -> dict[str, Any]:
    """Return what is the same for all variables and regions.

    Returns
    -------
    ``regions``; ``variables`` (id, ``source`` in the panel, ``national``, ``last`` year with figures, ``lower``,
    ``upper``, ``index``, ``breaks``, ``warnings``, ``scored``: what the backtest measured of its bands); ``scenarios``
    (name, label, price, ``path`` of years and prices, ``distance`` in predictive sds, ``farther``: share of draws as
    far, ``file`` for the command line); ``first``: what is shown first; ``target`` of the study; ``pages`` to read on;
    ``horizons`` that a backtest reached; ``short``: years below which a series is called so; ``origin``.
    """
    study = given.study
    return {
        "regions": list(given.regions),
        "variables": [_about(given, variable) for variable in given.variables],
        "scenarios": list(_scenarios(given)),
        "first": {"region": study.focal_region, "variable": study.outcome, "year": study.forecast_end},
        "target": {"region": study.focal_region, "variable": study.outcome, "value": study.target_value},
        "pages": {"method": f"{SECTION_ID}.html", "scores": "forecast_scores.html"},
        "horizons": HORIZONS,
        "short": SHORT_YEARS,
        "origin": given.forecast.origin,
    }


def variable_part(given: Explored, variable: str) -> dict[str, Any]:
    """Return all that is known of a variable.

    Returns
    -------
    ``digits`` a region; ``years`` of the forecast and ``past`` years; by region, None without a forecast: ``history``
    by series (years of ``past``), ``fan`` by quantile (years), ``scenarios`` by name and quantile, ``above``: whole per
    cent of the draws above the last figure, ``earlier``: ``cells`` of origin and year, ``origins`` with the figure
    ``known`` then, and by quantile, ``observed`` and ``band`` (the narrowest that held what came, 0 for none) the
    cells; ``provenance``, which names the first region.
    """
    forecast = _alone(given.forecast, variable)
    regions = (NATIONAL,) if variable in DRIVERS else given.regions
    held = [name for name in regions if np.isfinite(forecast.draws(variable, name).to_numpy()).all()]
    figures = {name: _figures(given, variable, name) for name in regions}
    last = {name: _last(given, variable, name) for name in held}
    digits = {name: _digits(variable, last.get(name, np.inf)) for name in regions}
    years = [int(year) for year in forecast.draws(variable)["year"].to_numpy()]
    first = int(np.concatenate([one.index.to_numpy() for one in figures.values()]).min())
    past = list(range(first, given.forecast.origin + 1))

    def rows(tables: Mapping[str, pd.DataFrame], column: str, index: list[int]) -> list[Row]:
        return [
            _whole(tables[name][column].reindex(index), digits[name]) if name in tables else None for name in regions
        ]

    fans = _fans(forecast, variable, held)
    series = sorted({str(column) for one in figures.values() for column in one.columns})
    history = {name: one.reindex(columns=series) for name, one in figures.items() if len(one)}
    part: dict[str, Any] = {
        "digits": [digits[name] for name in regions],
        "years": years,
        "past": past,
        "history": {column.removeprefix("actual_"): rows(history, column, past) for column in series},
        "fan": {band: rows(fans, band, years) for band in BANDS},
        "above": [_above(forecast, variable, name, last[name]) if name in last else None for name in regions],
        "scenarios": {},
        "provenance": json.loads(provenance(forecast, regions[0], variable)),
    }
    for path in given.paths():
        under = condition(_alone(given.forecast, variable, path), path)
        tables = _fans(under, variable, held)
        part["scenarios"][path.name] = {band: rows(tables, band, years) for band in UNDER}
    if variable not in DRIVERS:
        part["earlier"] = _earlier(given, variable, regions, digits)
    return part


def _texts(given: Explored) -> Iterator[str]:
    """Name the texts of other pages that this one repeats."""
    for variable in given.variables:
        if variable in DRIVERS:
            yield f"forecasting.market.{variable}"
            continue
        yield f"forecasting.name.{variable}"
        if indicator(variable).scale == "index":
            yield f"forecasting.earlier_name.{variable}"
    yield from (f"report.method.{method}" for method in METHODS)


def _about(given: Explored, variable: str) -> dict[str, Any]:
    last = first_year(given.forecast, variable) - 1
    if variable in DRIVERS:
        return {
            "id": variable, "national": True, "last": last, "lower": 0.0, "upper": None, "index": False, "breaks": [],
            "warnings": [], "scored": None,
        }  # fmt: skip
    one = indicator(variable)
    column = given.panel.variable(one.source)
    notes = {change.year: [change.note.ru, change.note.en] for change in column.breaks}
    limits = bounds(variable)
    return {
        "id": variable, "source": one.source, "national": False, "last": last, "lower": limits["lower"],
        "upper": limits.get("upper"), "index": one.scale == "index",
        "breaks": [{"year": year, "note": notes.get(year)} for year in breaks(given.panel, one)],
        "warnings": [[text.ru, text.en] for text in column.warnings],
        "scored": _scored(given.judged, variable),
    }  # fmt: skip


def _scored(judged: Result, variable: str) -> dict[str, Any] | None:
    """Return what a backtest measured of an indicator's bands, in per cent as the report prints it."""
    own = f"{variable}.{MODEL}"
    if f"{own}.n" not in judged.values:
        return None
    found = {name: judged.values[f"{own}.{name}"].value for name in ("n", "inside80", "inside95")}
    for name in ("covered80", "covered95"):
        value = judged.values[f"{own}.{name}"]
        found[name] = round(float(value.value or 0.0), value.digits)
    years = {name: judged.values[name].value for name in ("first_origin", "last_origin")}
    return {**found, **years}


def _scenarios(given: Explored) -> Iterator[dict[str, Any]]:
    for one, path in zip(given.scenarios, given.paths(), strict=True):
        found = implausibility(_alone(given.forecast, one.price), path)
        yield {
            "name": one.name,
            "label": [one.label.ru, one.label.en],
            "price": one.price,
            "path": [[cell.year, cell.value] for cell in path.cells],
            "distance": round(found.distance, 1),
            "farther": round(found.share_farther, 3),
            "file": _condition_file(path),
        }


def _condition_file(path: Path) -> str:
    """Return a path as a file that the command line reads with ``--condition``."""
    cells = [f"  - {{variable: {c.variable}, year: {c.year}, value: {c.value!r}}}" for c in path.cells]
    return "\n".join((f"name: {path.name}", "cells:", *cells, ""))


def _alone(forecast: Forecast, variable: str, path: Path | None = None) -> Forecast:
    """Return one variable of a forecast, with those that a path fixes."""
    fixed = () if path is None else tuple(cell.variable for cell in path.cells)
    names = dict.fromkeys((variable, *fixed))
    return replace(forecast, variables={name: forecast.draws(name) for name in names})


def _figures(given: Explored, variable: str, region: str) -> pd.DataFrame:
    """Return what was published, by year and series."""
    if variable in DRIVERS:
        one = given.driver(variable)
        return pd.DataFrame({"actual_": one.values}, index=list(one.years))
    last = first_year(given.forecast, variable) - 1
    long = actuals(given.panel, indicator(variable), region, last=last)
    return long.pivot(index="year", columns="series", values="value")


def _last(given: Explored, variable: str, region: str) -> float:
    if variable in DRIVERS:
        return float(given.driver(variable).values[-1])
    return last_value(given.forecast, given.panel, variable, region)


def _digits(variable: str, last: float) -> int:
    """Return how many digits after the point are shown, so that steps of rounding are not seen in a chart.

    >>> _digits("researchers", 900.0), _digits("researchers", 7.0), _digits("unemployment_pct", 1.4)
    (0, 1, 2)
    """
    usual = indicator(variable).shown[1] if variable in IDS else 0
    return usual + (1 if last < _FINE * 10.0**-usual else 0)


def _fans(forecast: Forecast, variable: str, regions: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return what :meth:`Forecast.fan` does of some regions, all at once."""
    draws = forecast.draws(variable).sel(region=list(regions)).transpose("draw", "region", "year")
    found = np.quantile(draws.to_numpy().astype(np.float64), [float(name[1:]) for name in COLUMNS.values()], axis=0)
    years = draws["year"].to_numpy()
    return {name: pd.DataFrame(found[:, k].T, index=years, columns=list(BANDS)) for k, name in enumerate(regions)}


def _above(forecast: Forecast, variable: str, region: str, last: float) -> list[int]:
    draws = forecast.draws(variable, region).transpose("draw", "year").to_numpy().astype(np.float64)
    return [round(100.0 * float(share)) for share in (draws > last).mean(axis=0)]


def _earlier(given: Explored, variable: str, regions: Sequence[str], digits: Mapping[str, int]) -> dict[str, Any]:
    own = given.scores[given.scores["variable"] == variable].dropna(subset=[COLUMNS["p50"]])
    fans = {name: one for name in regions if len(one := earlier_fans(own, given.panel, variable, name))}
    cells = sorted({(int(a), int(b)) for a, b in own[["origin", "target_year"]].drop_duplicates().to_numpy()})
    origins = sorted({origin for origin, _ in cells})
    tables = {name: one.set_index(["origin", "year"]) for name, one in fans.items()}
    found: dict[str, Any] = {"cells": [list(cell) for cell in cells], "origins": origins}
    starts = [(origin, origin) for origin in origins]
    pairs = pd.MultiIndex.from_tuples(cells, names=["origin", "year"])
    for column in (*BANDS, "observed"):
        found[column] = [
            _whole(tables[name][column].reindex(pairs), digits[name]) if name in tables else None for name in regions
        ]
    found["known"] = [
        _whole(tables[name]["p50"].reindex(starts), digits[name]) if name in tables else None for name in regions
    ]
    found["band"] = [_narrowest(tables[name].reindex(pairs)) if name in tables else None for name in regions]
    return found


def _narrowest(table: pd.DataFrame) -> Whole:
    """Return the level of the narrowest band that held each outcome, 0 where none did, None where none came."""
    came = table["observed"].to_numpy(np.float64)
    found = np.zeros(len(table), dtype=int)
    for level in reversed(_WIDTHS):
        low, high = (table[f"{end}{level}"].to_numpy(np.float64) for end in ("lo", "hi"))
        found[(came >= low) & (came <= high)] = level
    return [int(level) if known else None for level, known in zip(found, np.isfinite(came), strict=True)]


def _whole(values: pd.Series | Array, digits: int) -> Whole:
    """Return numbers as whole multiples of their last digit, None for NaN; rounded as they are printed."""
    return [
        int(f"{value:.{digits}f}".replace(".", "")) if np.isfinite(value) else None
        for value in np.asarray(values, dtype=np.float64).tolist()
    ]
