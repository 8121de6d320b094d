"""The numbers that a forecast puts into the results store, each with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from regional_econ.bayes.trace import Array
from regional_econ.core.forecast import Forecast, share_error
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.study import Study
from regional_econ.forecasting.indicators import IDS, indicator

QUANTILES = {
    "p025": 0.025, "p05": 0.05, "p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90, "p95": 0.95,
    "p975": 0.975,
}  # fmt: skip
GROWTH_OF = "grp_real_index"
DIAGNOSTICS_ID = "forecast.diagnostics"
HYPERPARAMETERS = ("common_drift", "drift_sd", "loading_sd", "persistence", "factor_sd", "factor_persistence")
BATCHES = 20
_GATES: Mapping[str, tuple[int, float | None]] = {
    "rhat": (4, 0.003), "ess_bulk": (0, None), "ess_tail": (0, None), "bfmi": (2, 0.05)
}  # fmt: skip
_COUNTS = ("divergences", "attempts", "n_parameters")


def forecast_id(region: str) -> str:
    """Return the result id of a region's forecast.

    >>> forecast_id("RU-KEM")
    'forecast.RU-KEM'
    """
    return f"forecast.{region}"


def held(forecast: Forecast, region: str) -> tuple[str, ...]:
    """Return the indicators that a forecast has of a region, in the order of the indicators.

    Raises
    ------
    UnknownNameError : no such region.
    """
    known = [name for name in IDS if name in forecast.variables]
    return tuple(name for name in known if np.isfinite(forecast.draws(name, region).to_numpy()).all())


def first_year(forecast: Forecast, variable: str) -> int:
    """Return the first year that is forecast: the one after the last figures."""
    return int(forecast.draws(variable)["year"].to_numpy()[0])


def last_value(forecast: Forecast, panel: Panel, variable: str, region: str) -> float:
    """Return the figure before the first forecast year; an index counts it as 100."""
    one = indicator(variable)
    return 100.0 if one.scale == "index" else panel.value(region, one.source, first_year(forecast, variable) - 1)


def forecast_result(forecast: Forecast, panel: Panel, study: Study, region: str) -> Result:
    """Put a region's forecast into numbers.

    Parameters
    ----------
    forecast, panel : draws, and the figures before them.
    study : forecast end, target year, target value and the outcome it is set for.
    region : whose.

    Returns
    -------
    Keys for each indicator with figures: ``<variable>.<year>.<p025 … p975>``; ``<variable>.end.…`` and
    ``<variable>.target.…`` the same for the study's forecast end and target year; ``<variable>.last.year|value``;
    ``odds.<variable>.above_last``, the probability to lie above the last figure at the forecast end. For the outcome:
    ``odds.<end|target>``, that it reaches the target value, ``odds.<…>_year``, ``odds.value``, ``odds.above_last``.
    ``grp_real_index.growth.<p10|p50|p90>`` per year to the forecast end.

    Raises
    ------
    UnknownNameError : no such region.
    """
    values: dict[str, Value] = {}
    years = {"end": study.forecast_end, "target": study.target_year}
    for variable in held(forecast, region):
        numbers = _variable_values(forecast, variable, region)
        last = last_value(forecast, panel, variable, region)
        unit, digits = indicator(variable).shown
        numbers["last.year"] = Value(first_year(forecast, variable) - 1, digits=0)
        numbers["last.value"] = Value(last, unit, digits)
        for name, year in years.items():
            numbers |= {f"{name}.{key}": numbers[f"{year}.{key}"] for key in QUANTILES}
            numbers[f"{name}.year"] = Value(year, digits=0)
        values |= {f"{variable}.{key}": value for key, value in numbers.items()}
        values[f"odds.{variable}.above_last"] = odds(_at(forecast, variable, region, study.forecast_end) > last)
        if variable == study.outcome:
            values["odds.value"] = Value(study.target_value, unit, digits)
            values["odds.above_last"] = values[f"odds.{variable}.above_last"]
            for name, year in years.items():
                values[f"odds.{name}"] = odds(_at(forecast, variable, region, year) >= study.target_value)
                values[f"odds.{name}_year"] = Value(year, digits=0)
        if variable == GROWTH_OF:
            values |= _growth(forecast, study, region)
    return Result(forecast_id(region), values, {"panel": forecast.panel_checksum})


def diagnostics_result(forecast: Forecast) -> Result:
    """Put the gate values and the hyperparameters of a forecast into numbers.

    Returns
    -------
    ``rhat|ess_bulk|ess_tail|bfmi|divergences|attempts|n_parameters`` of all indicators together (the worst; counts
    that add up as sums) and, as ``<variable>.…``, of each; ``<variable>.<hyperparameter>.mean|sd``;
    ``<variable>.last_year``; ``origin``, ``draws``, ``chains``, ``shrinkage_national``, ``shrinkage_regional``.
    """
    given = forecast.diagnostics
    values: dict[str, Value] = {"origin": Value(forecast.origin, digits=0)}
    values |= _gate_values(given, "")
    for name in ("draws", "chains"):
        values[name] = Value(int(given[name]), digits=0)
    size = min(float(given["ess_bulk"]), float(given["ess_tail"]))
    for name in ("shrinkage_national", "shrinkage_regional"):
        # the correlations are computed at posterior means: one mean's error is 1/√size of its sd
        values[name] = Value(float(given[name]), digits=2, mc_error=1.0 / np.sqrt(size))
    for variable in (name for name in IDS if name in forecast.variables):
        prefix = f"{variable}."
        values |= _gate_values(given, prefix)
        values[f"{prefix}last_year"] = Value(int(given[f"{prefix}last_year"]), digits=0)
        size = min(float(given[f"{prefix}ess_bulk"]), float(given[f"{prefix}ess_tail"]))
        for key in HYPERPARAMETERS:
            if f"{prefix}{key}_mean" in given:
                mean, sd = (float(given[f"{prefix}{key}_{part}"]) for part in ("mean", "sd"))
                error = sd / np.sqrt(size)
                values[f"{prefix}{key}.mean"] = Value(mean, digits=2, mc_error=error)
                values[f"{prefix}{key}.sd"] = Value(sd, digits=2, mc_error=error)
    return Result(DIAGNOSTICS_ID, values, {"panel": forecast.panel_checksum})


def odds(hit: NDArray[np.bool_]) -> Value:
    """Return a share of draws (D,) with its Monte Carlo error; where all agree, the error is taken as one draw."""
    value = statistic_value(hit.astype(np.float64), lambda draws: float(draws.mean()), "", 3)
    return replace(value, mc_error=share_error(value.mc_error or 0.0, len(hit)))


def statistic_value(draws: Array, statistic: Callable[[Array], float], unit: str, digits: int) -> Value:
    """Return a statistic of draws (D, …) with its Monte Carlo error from twenty runs of consecutive draws."""
    values = np.asarray(draws, dtype=np.float64)
    parts = np.array([statistic(part) for part in np.array_split(values, BATCHES)])
    return Value(statistic(values), unit, digits, batch_error(parts))


def batch_error(parts: Array) -> float:
    """Return the Monte Carlo error of a statistic from its values in equal parts of the draws."""
    return float(parts.std(ddof=1) / np.sqrt(len(parts)))


def quantile_values(draws: Array, unit: str, digits: int) -> dict[str, Value]:
    """Return the nine quantiles of draws (D,), each with its Monte Carlo error."""
    return {key: row[0] for key, row in _quantile_rows(np.asarray(draws)[:, None], unit, digits).items()}


def _quantile_rows(draws: Array, unit: str, digits: int) -> dict[str, list[Value]]:
    """Return the nine quantiles of each column of draws (D, K)."""
    values, levels = np.asarray(draws, dtype=np.float64), list(QUANTILES.values())
    whole = np.quantile(values, levels, axis=0)
    parts = np.stack([np.quantile(part, levels, axis=0) for part in np.array_split(values, BATCHES)])
    errors = parts.std(axis=0, ddof=1) / np.sqrt(BATCHES)
    return {
        key: [Value(float(v), unit, digits, float(e)) for v, e in zip(whole[k], errors[k], strict=True)]
        for k, key in enumerate(QUANTILES)
    }


def _variable_values(forecast: Forecast, variable: str, region: str) -> dict[str, Value]:
    draws = forecast.draws(variable, region).transpose("draw", "year")
    rows = _quantile_rows(draws.to_numpy(), *indicator(variable).shown)
    years = [int(year) for year in draws["year"].to_numpy()]
    return {f"{year}.{key}": row[k] for key, row in rows.items() for k, year in enumerate(years)}


def _at(forecast: Forecast, variable: str, region: str, year: int) -> Array:
    return np.asarray(forecast.draws(variable, region).sel(year=year).to_numpy(), dtype=np.float64)


def _growth(forecast: Forecast, study: Study, region: str) -> dict[str, Value]:
    years = study.forecast_end - first_year(forecast, GROWTH_OF) + 1
    level = _at(forecast, GROWTH_OF, region, study.forecast_end)
    numbers = quantile_values(100.0 * ((level / 100.0) ** (1.0 / years) - 1.0), "%", 1)
    return {f"{GROWTH_OF}.growth.{key}": numbers[key] for key in ("p10", "p50", "p90")}


def _gate_values(given: Mapping[str, float | int | str], prefix: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, (digits, error) in _GATES.items():
        number = float(given[f"{prefix}{name}"])
        # an effective size is itself an estimate; a quarter of it is its usual spread between runs
        values[f"{prefix}{name}"] = Value(number, digits=digits, mc_error=number / 4.0 if error is None else error)
    for name in _COUNTS:
        # how often a sample is drawn anew is the draws' luck, one more or less
        luck = 0.2 if name == "attempts" else None
        values[f"{prefix}{name}"] = Value(int(given[f"{prefix}{name}"]), digits=0, mc_error=luck)
    return values
