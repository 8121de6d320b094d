"""The numbers that forecasts and backtests put into the results store, each with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ.bayes.trace import Array
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.study import Study
from regional_econ.forecasting.backtest import HORIZONS, MODEL, Backtest
from regional_econ.forecasting.benchmarks import BENCHMARKS
from regional_econ.forecasting.data import LEVEL, SHARE, VARIABLES
from regional_econ.forecasting.summary import (
    MODELS,
    POOLED,
    by_horizon,
    half_width,
    monte_carlo_errors,
    summarise,
)

QUANTILES = {
    "p025": 0.025, "p05": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90, "p95": 0.95,
    "p975": 0.975,
}  # fmt: skip
UNITS = {SHARE: ("%", 1), LEVEL: ("", 1)}
DIAGNOSTICS_ID, BACKTEST_ID = "forecast.diagnostics", "backtest"
_BATCHES = 20
_GATES = {"rhat": (4, 0.003), "ess_bulk": (0, None), "ess_tail": (0, None), "bfmi": (2, 0.05)}


def forecast_id(region: str) -> str:
    """Return the result id of a region's forecast."""
    return f"forecast.{region}"


def forecast_result(forecast: Forecast, panel: Panel, study: Study, region: str) -> Result:
    """Put a region's forecast into numbers.

    Keys: ``<variable>.<year>.<p025 … p975>`` for every forecast year; ``<variable>.end.…`` and ``<variable>.target.…``
    the same for the study's forecast end and target year; ``<variable>.last.year|value``; ``odds.<end|target>``, the
    probability that the outcome reaches the study's target value, ``odds.<…>_year``, ``odds.value``,
    ``odds.above_last``, that it lies above its last figure at the forecast end; ``grp_real_index.growth.<p10|p50|p90>``
    per year to the forecast end.
    """
    values: dict[str, Value] = {}
    years = {"end": study.forecast_end, "target": study.target_year}
    for variable in VARIABLES:
        draws = forecast.draws(variable, region)
        unit, digits = UNITS[variable]
        for year in [int(y) for y in draws["year"].to_numpy()]:
            numbers = _quantile_values(draws.sel(year=year).to_numpy(), unit, digits)
            values |= {f"{variable}.{year}.{key}": value for key, value in numbers.items()}
        for name, year in years.items():
            values |= {f"{variable}.{name}.{key}": values[f"{variable}.{year}.{key}"] for key in QUANTILES}
            values[f"{variable}.{name}.year"] = Value(year, digits=0)
        last = int(draws["year"].to_numpy()[0]) - 1
        values[f"{variable}.last.year"] = Value(last, digits=0)
        value = panel.value(region, SHARE, last) if variable == SHARE else 100.0
        values[f"{variable}.last.value"] = Value(value, unit, digits)
    share = forecast.draws(SHARE, region)
    for name, year in years.items():
        values[f"odds.{name}"] = _odds(share.sel(year=year).to_numpy() >= study.target_value)
        values[f"odds.{name}_year"] = Value(year, digits=0)
    values["odds.value"] = Value(study.target_value, "%", 1)
    above = share.sel(year=study.forecast_end).to_numpy() > float(values[f"{SHARE}.last.value"].value or 0.0)
    values["odds.above_last"] = _odds(above)
    values |= _growth(forecast, study, region)
    return Result(forecast_id(region), values, {"panel": forecast.panel_checksum})


def diagnostics_result(forecast: Forecast) -> Result:
    """Put the gate values and the hyperparameters of a forecast into numbers."""
    given = forecast.diagnostics
    values: dict[str, Value] = {"origin": Value(forecast.origin, digits=0)}
    for name, (digits, error) in _GATES.items():
        number = float(given[name])
        # an effective size is itself an estimate; a quarter of it is its usual spread between runs
        values[name] = Value(number, digits=digits, mc_error=error if error is not None else number / 4.0)
    counts = ("divergences", "attempts", "draws", "chains", "n_parameters", f"{LEVEL}_base_year", f"{SHARE}_last_year")
    for name in counts:
        values[name] = Value(int(given[name]), digits=0)
    size = min(float(given["ess_bulk"]), float(given["ess_tail"]))
    for key in [str(key) for key in given if str(key).endswith("_mean")]:
        name = key.removesuffix("_mean")
        sd = float(given[f"{name}_posterior_sd"])
        values[f"{name}.mean"] = Value(float(given[key]), digits=2, mc_error=sd / np.sqrt(size))
        values[f"{name}.sd"] = Value(sd, digits=2, mc_error=sd / np.sqrt(size))
    return Result(DIAGNOSTICS_ID, values, {"panel": forecast.panel_checksum})


def backtest_result(backtest: Backtest, panel: Panel) -> Result:
    """Put a backtest into numbers.

    Keys: ``<variable|pooled>.<model>.crps|interval80|interval95|covered80|covered95|covered80_se|covered95_se|n`` and
    ``<variable|pooled>.ratio_<benchmark>`` with ``_se``, ``…_low``, ``…_high`` (95 %, origins as blocks); by horizon
    ``<variable>.h<1…5>.<model>.crps|covered80|covered95``; coverage in per cent.
    """
    errors = {row["variable"]: row for row in monte_carlo_errors(backtest).to_dict("records")}
    summary = summarise(backtest)
    values: dict[str, Value] = {
        "origins": Value(len(backtest.origins), digits=0),
        "first_origin": Value(min(backtest.origins), digits=0),
        "last_origin": Value(max(backtest.origins), digits=0),
        "profile": Value(backtest.profile),
        "cells": Value(int((backtest.scores["model"] == MODEL).sum()), digits=0),
    }
    relative = _relative_errors(summary, errors)
    for row in summary.to_dict("records"):
        values |= _summary_values(row, errors[row["variable"]] if row["model"] == MODEL else None)
        if row["model"] == MODEL:
            values |= _ratio_values(row, relative[row["variable"]])
    for row in by_horizon(backtest).to_dict("records"):
        own = errors[row["variable"]] if row["model"] == MODEL else None
        prefix = f"{row['variable']}.h{row['horizon']}.{row['model']}"
        # one horizon holds about a fifth of the forecasts
        values[f"{prefix}.crps"] = Value(row["crps"], digits=2, mc_error=_of(own, "crps", np.sqrt(HORIZONS)))
        for name in ("covered80", "covered95"):
            error = _of(own, name, 100.0 * np.sqrt(HORIZONS))
            values[f"{prefix}.{name}"] = Value(100 * row[name], "%", 0, error)
    return Result(BACKTEST_ID, values, {"panel": panel.checksum})


def score_table(result: Result) -> pd.DataFrame:
    """Return the scores of a backtest result as a table: a row a variable and model."""
    rows = []
    for variable in (*VARIABLES, POOLED):
        for model in MODELS:
            row: dict[str, float | str | None] = {"variable": variable, "model": model}
            for name in ("n", "crps", "covered80", "covered80_se", "covered95", "covered95_se"):
                row[name] = _number(result, f"{variable}.{model}.{name}")
            row["ratio"] = _number(result, f"{variable}.ratio_{model}")
            row["ratio_se"] = _number(result, f"{variable}.ratio_{model}_se")
            rows.append(row)
    return pd.DataFrame(rows)


def _number(result: Result, key: str) -> float | None:
    value = result.values[key].value if key in result.values else None
    return float(value) if isinstance(value, int | float) else None


def _summary_values(row: Mapping[Hashable, Any], errors: Mapping[Hashable, Any] | None) -> dict[str, Value]:
    variable, model = str(row["variable"]), str(row["model"])
    prefix = f"{variable}.{model}"
    values = {f"{prefix}.n": Value(int(row["n"]), digits=0)}
    if variable != POOLED:
        values[f"{prefix}.crps"] = Value(float(row["crps"]), digits=2, mc_error=_of(errors, "crps"))
        for name in ("interval80", "interval95"):
            error = None if errors is None else float(row[name]) * 0.01
            values[f"{prefix}.{name}"] = Value(float(row[name]), digits=1, mc_error=error)
    for name in ("covered80", "covered95"):
        error = _of(errors, name, 100.0)
        values[f"{prefix}.{name}"] = Value(100 * float(row[name]), "%", 0, error)
        values[f"{prefix}.{name}_se"] = Value(100 * float(row[f"{name}_se"]), "pp", 1, error)
    return values


def _relative_errors(summary: pd.DataFrame, errors: Mapping[str, Mapping[Hashable, Any]]) -> dict[str, float]:
    """Return the Monte Carlo error of the model's log mean CRPS, by variable; pooled: of the mean over variables."""
    own = summary[(summary["model"] == MODEL) & (summary["variable"] != POOLED)]
    relative = {row["variable"]: errors[row["variable"]]["crps"] / row["crps"] for row in own.to_dict("records")}
    pooled = float(np.sqrt(sum(error**2 for error in relative.values()))) / len(relative)
    return {**relative, POOLED: pooled}


def _ratio_values(row: Mapping[Hashable, Any], relative: float) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for benchmark in BENCHMARKS:
        ratio, se = float(row[f"ratio_{benchmark}"]), float(row[f"ratio_{benchmark}_se"])
        error = relative * ratio
        name = f"{row['variable']}.ratio_{benchmark}"
        values[name] = Value(ratio, digits=2, mc_error=error)
        values[f"{name}_se"] = Value(se, digits=2, mc_error=error)
        half = half_width(se, int(row["origins"]))
        values[f"{name}_low"] = Value(ratio - half, digits=2, mc_error=error)
        values[f"{name}_high"] = Value(ratio + half, digits=2, mc_error=error)
    return values


def _growth(forecast: Forecast, study: Study, region: str) -> dict[str, Value]:
    draws = forecast.draws(LEVEL, region)
    years = study.forecast_end - (int(draws["year"].to_numpy()[0]) - 1)
    level = draws.sel(year=study.forecast_end).to_numpy().astype(np.float64)
    growth = 100.0 * ((level / 100.0) ** (1.0 / years) - 1.0)
    numbers = _quantile_values(growth, "%", 1)
    return {f"{LEVEL}.growth.{key}": numbers[key] for key in ("p10", "p50", "p90")}


def _quantile_values(draws: Array, unit: str, digits: int) -> dict[str, Value]:
    return {name: _value(draws, _quantile(level), unit, digits) for name, level in QUANTILES.items()}


def _quantile(level: float) -> Callable[[Array], float]:
    return lambda draws: float(np.quantile(draws, level))


def _odds(hit: NDArray[np.bool_]) -> Value:
    """Return a share of draws; where all agree, its error is taken as one draw."""
    value = _value(hit.astype(np.float64), lambda draws: float(draws.mean()), "", 3)
    return replace(value, mc_error=max(value.mc_error or 0.0, 1.0 / len(hit)))


def _value(draws: Array, statistic: Callable[[Array], float], unit: str, digits: int) -> Value:
    """Return a statistic of draws with its Monte Carlo error from twenty runs of consecutive draws."""
    values = np.asarray(draws, dtype=np.float64)
    parts = np.array([statistic(part) for part in np.array_split(values, _BATCHES)])
    return Value(statistic(values), unit, digits, float(parts.std(ddof=1) / np.sqrt(_BATCHES)))


def _of(errors: Mapping[Hashable, Any] | None, name: str, scale: float = 1.0) -> float | None:
    return None if errors is None else scale * float(errors[name])
