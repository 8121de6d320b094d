"""Floors bayes and forecasting, without the sampler, whose compilation alone takes longer than all of this study."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
DRAWS = 400


def paths_of(case: tuple, seed: int):
    """Draw an indicator's paths by its pooled autoregression."""
    import numpy as np
    import xarray as xr

    from regional_econ.forecasting.benchmarks import forecast
    from regional_econ.forecasting.history import history_of

    data, end = case
    years = list(range(data.last_year + 1, end + 1))
    draws = forecast(history_of(data), "fe_panel_ar", horizon=len(years)).quantile_draws(DRAWS)
    values = data.indicator.from_scale(np.random.default_rng(seed).permutation(draws), data.last_level[None, :, None])
    scale = "log" if data.indicator.scale == "index" else data.indicator.scale
    return xr.DataArray(
        values.astype(np.float32), dims=("draw", "region", "year"), name=data.indicator.id,
        coords={"region": list(data.regions), "year": years},
        attrs={"scale": scale, "offset": data.indicator.offset},
    )  # fmt: skip


def task_forecast(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.bayes.convergence", "regional_econ.forecasting.benchmarks",
        "regional_econ.forecasting.results",
    ),
    data: list[Path] = WORK.data("forecast.yml"),
    forecast: Annotated[Path, Product] = WORK.artifact("forecast.nc"),
    results: Annotated[Path, Product] = WORK.index_path("forecast"),
) -> None:  # fmt: skip
    from regional_econ._base.parallel import map_cases
    from regional_econ.bayes.convergence import convergence
    from regional_econ.core.forecast import Forecast
    from regional_econ.core.results import Result, Value
    from regional_econ.data.load import load_panel
    from regional_econ.forecasting.data import prepare
    from regional_econ.forecasting.indicators import indicator

    panel, study = load_panel(), WORK.study
    cases = {name: (prepare(panel, indicator(name)), study.policy_end) for name in study.indicators}
    drawn = map_cases(paths_of, cases, seed=study.seed, jobs=WORK.jobs, label="indicators")
    found = Forecast(drawn, panel.years[-1], "baseline", study.seed, panel.checksum)
    found.to_netcdf(forecast)
    fan = found.fan(study.focal_region, study.outcome)
    values = {f"{int(row.year)}.p50": Value(float(row.p50), "%", 1) for row in fan.itertuples()}
    rhat, *_ = convergence(found.draws(study.outcome, study.focal_region).to_numpy().reshape(4, -1, len(fan)))
    values["rhat"] = Value(float(rhat.max()), digits=3)
    WORK.write_results("forecast", [Result("small.forecast", values, {"panel": panel.checksum})], code)
