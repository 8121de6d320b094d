"""The frames behind the fan charts: what was published, broken where the method breaks, and what is forecast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from regional_econ._base.options import FAN_LEVELS
from regional_econ._base.text import Text
from regional_econ.core.forecast import Forecast
from regional_econ.core.forecast_csv import provenance
from regional_econ.core.panel import Panel
from regional_econ.core.section import OptionValue
from regional_econ.core.study import Study
from regional_econ.forecasting.indicators import Indicator, indicator
from regional_econ.forecasting.outcomes import HORIZONS
from regional_econ.forecasting.results import first_year

METHODS = ("oslo3", "oslo4_narrow", "oslo4_wide")
METHODS_OF = "innovation_activity_pct"
_N_PATHS = 5
_BANDS = ("p50", "lo80", "hi80")


class Alternative(Protocol):
    """The same variables under a path, such as a :class:`~regional_econ.forecasting.scenarios.ScenarioForecast`."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Text: ...

    @property
    def forecast(self) -> Forecast: ...


def fan_data(
    forecast: Forecast,
    panel: Panel,
    study: Study,
    region: str,
    variable: str,
    *,
    scenarios: Sequence[Alternative] = (),
) -> pd.DataFrame:
    """Return all that a fan chart shows of one variable in one region; the frame is the chart's CSV.

    Parameters
    ----------
    forecast, panel : draws, and what was published.
    study : its first year.
    region, variable : which fan.
    scenarios : the same region under other paths.

    Returns
    -------
    year, series, value; series is actual_<method> (actual_later_<method> after the variable's last figures; a number
    for parts without a name, nothing where there is but one), p50, lo50, hi50, lo80, hi80, lo95, hi95, path1 … path5,
    scenario:<name>:<p50|lo80|hi80>.

    Raises
    ------
    UnknownNameError : no such variable or region.
    DataError : the region has no figures of the variable.
    """
    forecast.check(region, variable)
    past = actuals(panel, indicator(variable), region, last=first_year(forecast, variable) - 1)
    past = past[past["year"] >= study.first_year]
    return with_future(past, forecast, region, variable, scenarios)


def with_future(
    past: pd.DataFrame, forecast: Forecast, region: str, variable: str, scenarios: Sequence[Alternative]
) -> pd.DataFrame:
    """Return figures (year, series, value) with what is forecast after them, in the form of :func:`fan_data`."""
    fan = forecast.fan(region, variable)
    draws = forecast.draws(variable, region)
    chosen = [(2 * k + 1) * len(draws) // (2 * _N_PATHS) for k in range(_N_PATHS)]
    for k, row in enumerate(chosen, start=1):
        fan[f"path{k}"] = draws[row].to_numpy().astype("float64")
    parts = [fan]
    for one in scenarios:
        under = one.forecast.fan(region, variable)
        parts.append(under[["year", *_BANDS]].rename(columns={name: f"scenario:{one.name}:{name}" for name in _BANDS}))
    future = [part.melt(id_vars="year", var_name="series", value_name="value") for part in parts]
    return pd.concat([past, *future], ignore_index=True).dropna(subset=["value"]).reset_index(drop=True)


def fan_options(
    forecast: Forecast, panel: Panel, study: Study, variable: str, scenarios: Sequence[Alternative]
) -> dict[str, OptionValue]:
    """Return what a fan chart of the study's focal region knows beside its data."""
    last = first_year(forecast, variable) - 1
    options: dict[str, OptionValue] = {
        "variable": f"forecasting.name.{variable}", "region": study.focal_region, "origin_year": last,
        "validated_to": last + HORIZONS, "levels": tuple(100 * level for level in FAN_LEVELS),
        "break_years": tuple(float(year) for year in breaks(panel, indicator(variable))),
        "scenarios": tuple(one.name for one in scenarios),
        "scenarios_ru": tuple(one.label.ru for one in scenarios),
        "scenarios_en": tuple(one.label.en for one in scenarios),
        "provenance": provenance(forecast, study.focal_region, variable), **bounds(variable),
    }  # fmt: skip
    return options | ({"target": study.target_value} if variable == study.outcome else {})


def bounds(variable: str) -> dict[str, OptionValue]:
    """Return the natural bounds of an indicator's axis.

    >>> bounds("wear_pct"), bounds("researchers")
    ({'lower': 0.0, 'upper': 100.0}, {'lower': 0.0})
    """
    return {"lower": 0.0, **({"upper": 100.0} if indicator(variable).scale == "logit" else {})}


def breaks(panel: Panel, one: Indicator) -> tuple[int, ...]:
    """Return the years in which a series is drawn broken: those in which the model lets it shift."""
    if one.scale == "index":
        return ()
    return tuple(sorted({*(change.year for change in panel.variable(one.source).breaks), *one.recounts}))


def actuals(panel: Panel, one: Indicator, region: str, *, last: int) -> pd.DataFrame:
    """Return year, series, value of what was published; what came after the year ``last`` is "later".

    An index is a level with its year ``last`` = 100, over the region's unbroken run of years around it.
    """
    series = panel.column(one.source).loc[region].dropna()
    if one.scale == "index":
        series = _level(series, last)
    changes = breaks(panel, one)
    rows = []
    for year, value in zip(series.index.to_numpy(int), series.to_numpy(float), strict=True):
        part = sum(change <= year for change in changes)
        found = [(part, float(value))]
        if one.older is not None and year in changes:
            found.append((part - 1, panel.value(region, one.older, int(year))))
        later = "later_" if year > last else ""
        rows += [{"year": int(year), "series": f"actual_{later}{_name(one, n, changes)}", "value": v} for n, v in found]
    return pd.DataFrame(rows, columns=["year", "series", "value"]).dropna(subset=["value"]).drop_duplicates()


def region_data(forecast: Forecast, variable: str, *, year: int, focal: str) -> pd.DataFrame:
    """Return every region's median with its 95 % interval in a year, in their order, as an interval chart reads it."""
    draws = forecast.draws(variable).sel(year=year).transpose("draw", "region")
    values = draws.to_numpy().astype(np.float64)
    known = np.isfinite(values).all(axis=0)
    low, median, high = np.quantile(values[:, known], [0.025, 0.5, 0.975], axis=0)
    names = draws["region"].to_numpy()[known].astype(str)
    rows = pd.DataFrame({"estimate": median, "conf_low": low, "conf_high": high, "label": names})
    rows = rows.sort_values(["estimate", "label"], ignore_index=True)
    return rows.assign(
        panel=f"forecasting.name.{variable}", x=np.arange(1.0, len(rows) + 1.0), series="report.figure.median",
        highlight=rows["label"] == focal,
    )[["panel", "x", "series", "estimate", "conf_low", "conf_high", "label", "highlight"]]  # fmt: skip


def comparison_data(forecast: Forecast, variables: Sequence[str], regions: Sequence[str], *, year: int) -> pd.DataFrame:
    """Return some regions' medians with 80 and 95 % intervals in a year, a term an indicator."""
    rows = []
    for variable in variables:
        for region in regions:
            draws = forecast.draws(variable, region).sel(year=year).to_numpy().astype(np.float64)
            if np.isfinite(draws).all():
                low95, low80, median, high80, high95 = np.quantile(draws, [0.025, 0.1, 0.5, 0.9, 0.975])
                rows.append(
                    {
                        "term": f"forecasting.name.{variable}", "model": region, "estimate": median,
                        "conf_low80": low80, "conf_high80": high80, "conf_low95": low95, "conf_high95": high95,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def _level(growth: pd.Series, last: int) -> pd.Series:
    """Chain an index of the previous year over the unbroken run of years that holds ``last``, which counts as 100."""
    years = growth.index.to_numpy(int)
    gaps = np.flatnonzero(np.diff(years) > 1)
    run = next((part for part in np.split(years, gaps + 1) if last in part), years[:0])
    level = (growth.loc[run] / 100.0).cumprod()
    return 100.0 * level / level.loc[last] if len(run) else level


def _name(one: Indicator, part: int, changes: Sequence[int]) -> str:
    if one.id == METHODS_OF:
        return METHODS[part]
    return str(part + 1) if changes else ""
