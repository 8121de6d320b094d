"""How does a forecast leave the house? Quantiles for a hub of forecasts, and one fan with its provenance."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.files import write_text
from regional_econ.core.code import code_of
from regional_econ.core.conditions import NATIONAL

if TYPE_CHECKING:
    import pandas as pd

    from regional_econ.core.forecast import Forecast

HUB_COLUMNS = (
    "origin_date", "scenario_id", "target", "horizon", "location", "target_end_date", "output_type", "output_type_id",
    "value",
)  # fmt: skip
_DIGITS = "%.7g"  # draws are float32


def write_hub_csv(forecast: Forecast, path: Path) -> None:
    """Write all quantiles of a forecast as a hubverse model-output file.

    Parameters
    ----------
    forecast : of any scenario.
    path : the CSV file; a hub wants it called as :func:`hub_name` says.

    Returns
    -------
    Nothing; the file has one row a quantile, cells without figures left out, and the columns

    * ``origin_date``: the last day of the last year whose figures entered, ``2023-12-31``;
    * ``scenario_id``: ``baseline``, or the names of its conditions;
    * ``target``: the variable's id, which names its unit;
    * ``horizon``: whole years from origin_date to target_end_date; 0 where the variable's figures end a year earlier;
    * ``location``: ISO 3166-2:RU id (the project's own for two regions); ``RU`` stands for what has no region: a world
      price, which is no figure of the country, or a sum over regions, where one was added;
    * ``target_end_date``: the last day of the year that is forecast;
    * ``output_type``: ``quantile``; ``output_type_id``: its level, 0.025, 0.05, 0.1 … 0.95, 0.975;
    * ``value``: in the target's unit.

    Raises
    ------
    StoreError : the file cannot be written.

    Source: hubverse documentation, "Model output" (hubverse.io), task ids and output types.
    """
    table = forecast.tidy()
    rows = table.assign(
        origin_date=[f"{year}-12-31" for year in table["origin"]],
        scenario_id=forecast.scenario,
        target_end_date=[f"{year}-12-31" for year in table["target_year"]],
        output_type_id=[f"{level:g}" for level in table["output_type_id"]],
    )
    write_text(path, _csv(rows[list(HUB_COLUMNS)]))


def hub_name(forecast: Forecast) -> str:
    """Return the file's name in a hub: origin_date, then team and model without hyphens of their own."""
    model = "".join(letter if letter.isalnum() else "_" for letter in forecast.scenario)
    return f"{forecast.origin}-12-31-regional_econ-{model}.csv"


def fans_of(forecast: Forecast, regions: Sequence[str]) -> list[tuple[str, str]]:
    """Return (region, variable) of all fans of some regions, and of the world prices, that have figures.

    Raises
    ------
    UnknownNameError : a region that no variable has.
    """
    held = [(str(r), name) for name, array in forecast.variables.items() for r in array["region"].to_numpy()]
    for region in regions:
        if region not in {place for place, _ in held}:
            raise UnknownNameError.of("region", region, {place for place, _ in held})
    wanted = [(place, name) for place, name in held if place in (*regions, NATIONAL)]
    return [(place, name) for place, name in wanted if np.isfinite(forecast.draws(name, place).to_numpy()).any()]


def provenance(forecast: Forecast, region: str, variable: str) -> str:
    """Return where a fan comes from, as one line of JSON.

    Returns
    -------
    variable, region, scenario, vintage (origin, the variable's last year with figures, SHA-256 of the panel), seed,
    version of the package, number of draws, and diagnostics: those of the variable, of all variables together and of
    the conditions.
    """
    own = f"{variable}."
    told = {
        key.removeprefix(own): None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in sorted(forecast.diagnostics.items())
        if "." not in key or key.startswith((own, "condition_")) or key.endswith(f".{variable}")
    }
    draws = forecast.draws(variable, region)
    header = {
        "variable": variable,
        "region": region,
        "scenario": forecast.scenario,
        "vintage": {
            "origin": forecast.origin,
            "figures_to": int(draws["year"].to_numpy()[0]) - 1,
            "panel_sha256": forecast.panel_checksum,
        },
        "seed": forecast.seed,
        "version": code_of({}).version,
        "draws": int(draws.sizes["draw"]),
        "diagnostics": told,
    }
    return json.dumps(header, ensure_ascii=False, allow_nan=False)


def write_fan_csv(forecast: Forecast, region: str, variable: str, path: Path) -> None:
    """Write one fan as CSV under a first line that says where it comes from.

    Parameters
    ----------
    forecast : of any scenario.
    region, variable : which fan.
    path : the CSV file.

    Returns
    -------
    Nothing; the first line is ``# `` and the JSON object of :func:`provenance`. The table has the columns of
    :meth:`Forecast.fan`. Read it by ``pd.read_csv(path, comment="#")``, in R by ``read.csv(path, comment.char="#")``.

    Raises
    ------
    UnknownNameError : no such variable or region.
    DataError : the region has no figures of it.
    StoreError : the file cannot be written.
    """
    fan = forecast.fan(region, variable)
    write_text(path, f"# {provenance(forecast, region, variable)}\n{_csv(fan)}")


def _csv(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, float_format=_DIGITS, lineterminator="\n"))
