"""A forecast and a backtest that nothing was estimated for: random walks from the last official figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from regional_econ._base.options import QUANTILES_21
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.forecasting.drivers import COAL, DRIVERS, drivers
from regional_econ.forecasting.indicators import INDICATORS, Indicator

END = 2035
_HYPERPARAMETERS = ("common_drift", "loading_sd", "persistence", "factor_sd", "factor_persistence")


def made_up_forecast(panel: Panel, national: pd.DataFrame, *, n_draws: int = 400, seed: int = 7) -> Forecast:
    """Random walks from the last figures; national shocks have a correlation of a half with those of coal."""
    rng = np.random.default_rng(seed)
    origin = panel.years[-1]
    years = range(origin, END + 1)
    shocks = {name: rng.standard_normal((n_draws, len(years))) for name in DRIVERS}
    variables = {}
    for one in INDICATORS:
        figures = panel.matrix(one.source)
        last = max(int(year) for year in figures.columns if figures[year].notna().any())
        known = figures[last].to_numpy()
        own = list(range(last + 1, END + 1))
        common = 0.5 * shocks[COAL] + 0.75**0.5 * rng.standard_normal((n_draws, len(years)))
        common = common[:, [year - origin for year in own]][:, None, :]
        steps = 0.3 * common + 0.6 * rng.standard_normal((n_draws, len(known), len(own)))
        base = np.zeros(len(known)) if one.scale == "index" else one.to_scale(known)
        values = one.from_scale(base[None, :, None] + np.cumsum(steps, axis=2))
        values[:, np.isnan(known)] = np.nan
        variables[one.id] = _array(
            values, list(panel.region_ids), own, scale="log" if one.scale == "index" else one.scale, offset=one.offset
        )
    for driver in drivers(national, origin=origin):
        z = shocks[driver.id][:, 1:]
        variables[driver.id] = _array(driver.paths(z)[:, None, :], ["RU"], list(range(origin + 1, END + 1)))
    gates = {
        "rhat": 1.0012, "ess_bulk": 812.4, "ess_tail": 640.2, "bfmi": 0.81, "divergences": 0, "n_parameters": 400,
        "attempts": 1,
    }  # fmt: skip
    told: dict[str, float | int | str] = {
        **gates, "draws": 4000, "chains": 4, "shrinkage_national": 0.42, "shrinkage_regional": 0.03
    }  # fmt: skip
    for one in INDICATORS:
        last = int(variables[one.id]["year"].to_numpy()[0]) - 1
        told |= {f"{one.id}.{key}": value for key, value in {**gates, "last_year": last}.items()}
        for k, name in enumerate(_HYPERPARAMETERS):
            told |= {f"{one.id}.{name}_mean": 0.1 + 0.1 * k, f"{one.id}.{name}_sd": 0.05}
    return Forecast(variables, origin, "baseline", seed, panel.checksum, told)


def made_up_scores(panel: Panel, regions: tuple[str, ...], *, origins: tuple[int, ...], seed: int = 7) -> pd.DataFrame:
    """Quantiles of such walks from past origins, with made-up outcomes; a row of another forecaster for each."""
    rng = np.random.default_rng(seed)
    z = np.quantile(rng.standard_normal(9999), QUANTILES_21)
    rows = []
    for one in INDICATORS:
        for region in regions:
            for origin in origins:
                known = panel.value(region, one.source, origin)
                if np.isfinite(known):
                    rows += _scored(one, region, origin, known, z, rng)
    return pd.DataFrame(rows)


def _scored(
    one: Indicator, region: str, origin: int, known: float, z: np.ndarray, rng: np.random.Generator
) -> list[dict[str, object]]:
    base = np.array(0.0) if one.scale == "index" else one.to_scale(np.array(known))
    came = base + np.cumsum(0.7 * rng.standard_normal(5))
    rows: list[dict[str, object]] = []
    for h in range(1, 6):
        quantiles = one.from_scale(base + 0.67 * h**0.5 * z)
        cell = {
            "origin": origin, "target_year": origin + h, "horizon": h, "variable": one.id, "region": region,
            "observed": float(one.from_scale(came[h - 1])),
        }  # fmt: skip
        own = {f"q{level:g}": float(value) for level, value in zip(QUANTILES_21, quantiles, strict=True)}
        rows += [{**cell, "model": "state_space", **own}, {**cell, "model": "drift"}]
    return rows


def _array(
    values: np.ndarray, regions: list[str], years: list[int], *, scale: str = "log", offset: float = 0.0
) -> xr.DataArray:
    return xr.DataArray(
        values.astype(np.float32), dims=("draw", "region", "year"), coords={"region": regions, "year": years},
        attrs={"scale": scale, "offset": offset},
    )  # fmt: skip
