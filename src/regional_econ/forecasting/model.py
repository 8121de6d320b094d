"""Fit the joint model at an origin and draw every region's future from it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from regional_econ._base.errors import SamplingError
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.bayes.gates import GateReport, Gates, check
from regional_econ.bayes.sampling import sample
from regional_econ.bayes.state_space import VOLUME
from regional_econ.bayes.trace import Array, SamplerSettings, Trace
from regional_econ.core.forecast import N_DRAWS, Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.study import Profile, Study
from regional_econ.forecasting.data import (
    FIRST_YEAR,
    LEVEL,
    SHARE,
    VARIABLES,
    ForecastData,
    from_scale,
    prepare,
    to_index,
)
from regional_econ.forecasting.simulate import Start, simulate, start_of

ATTEMPTS = 3
_REPORTED = (
    "shift_bridged", "shift_bridged_sd", "shift_unbridged", "shift_unbridged_sd", "split_share", "split_volume",
    "national_drift_share", "national_drift_volume", "persistence_volume", "factor_sd_share", "factor_sd_volume",
    "correlation",
)  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """A posterior that passed its gates, with the figures it is of and how many attempts it took."""

    data: ForecastData
    trace: Trace
    gates: GateReport
    attempts: int


def fit_and_forecast(
    panel: Panel, study: Study, *, profile: Profile = "full", origin: int | None = None, jobs: int = 1
) -> Forecast:
    """Forecast innovation activity and real GRP of all regions.

    Parameters
    ----------
    panel : the official figures.
    study : its ``policy_end`` is the last year, its ``seed`` the root of all draws.
    profile : how much to sample and which effective size to demand.
    origin : last year whose figures enter; by default the panel's last.
    jobs : chains at a time; it never changes a draw.

    Returns
    -------
    4,000 draws: ``innovation_activity_pct`` in per cent, under the method in force at the origin and with the noise of
    a published figure; ``grp_real_index`` with each variable's last published year = 100. Each variable starts in the
    year after its last figures.

    Raises
    ------
    SamplingError : the posterior fails a gate.
    Interrupted : sampling was stopped.
    """
    settings = study.settings(profile)
    sampler = SamplerSettings(settings.forecast_draws, settings.forecast_tune, jobs=jobs)
    fit = fit_model(panel, origin=origin, seed=study.seed, settings=sampler, gates=Gates(ess_min=settings.ess_min))
    start = _thinned(start_of(fit.trace, last_growths(fit.data)))
    paths = future(fit.data, start, end=study.policy_end, seed=study.seed)
    variables = {name: _array(values, fit.data, name, study.policy_end) for name, values in paths.items()}
    diagnostics: dict[str, float | int | str] = {
        **fit.gates.to_dict(),
        "attempts": fit.attempts,
        "draws": fit.trace.n_draws,
        "chains": fit.trace.n_chains,
        f"{LEVEL}_base_year": fit.data.last_year[LEVEL],
        f"{SHARE}_last_year": fit.data.last_year[SHARE],
    }
    for name in _REPORTED:
        draws = fit.trace.draws(name)
        diagnostics |= {f"{name}_mean": float(draws.mean()), f"{name}_posterior_sd": float(draws.std(ddof=1))}
    return Forecast(variables, fit.data.origin, "baseline", study.seed, panel.checksum, diagnostics)


def fit_model(
    panel: Panel, *, origin: int | None, seed: int, settings: SamplerSettings, gates: Gates | None = None
) -> Fit:
    """Sample the posterior at an origin and hold it against its gates.

    A sample that fails a gate is thrown away and drawn anew with stricter settings and another seed, at most
    ``ATTEMPTS`` times in all; the gates stay as they are.

    Raises
    ------
    SamplingError : a gate fails in the last attempt too.
    """
    data = prepare(panel, origin=origin)
    wanted = settings
    for attempt in range(1, ATTEMPTS):
        trace = sample(data.model, seed=seed_for(seed, "posterior", data.origin, attempt), settings=wanted)
        try:
            return Fit(data, trace, check(trace, gates), attempt)
        except SamplingError as failure:
            print(f"origin {data.origin}, attempt {attempt}: {failure.message}; sampling anew", file=sys.stderr)
        wanted = wanted.stricter()
    trace = sample(data.model, seed=seed_for(seed, "posterior", data.origin, ATTEMPTS), settings=wanted)
    return Fit(data, trace, check(trace, gates), ATTEMPTS)


def last_growths(data: ForecastData) -> tuple[int, int]:
    """Return where among the years' growths each indicator's last year with figures stands."""
    share, volume = (data.last_year[name] - FIRST_YEAR - 1 for name in VARIABLES)
    return share, volume


def future(data: ForecastData, start: Start, *, end: int, seed: int) -> Mapping[str, Array]:
    """Draw paths in published units.

    Returns
    -------
    by variable, (draws, regions, years) from the year after its last figures to ``end``; the real index has that last
    year = 100 and is NaN for a region without a figure in it.
    """
    lag = (data.origin - data.last_year[SHARE], data.origin - data.last_year[LEVEL])
    rng = rng_for(seed, "paths", data.origin)
    paths = simulate(start, horizon=end - data.origin, lag=lag, rng=rng)
    base = data.visible(VOLUME)[:, data.years.index(data.last_year[LEVEL])]
    return {
        SHARE: from_scale(paths[:, 0, :, 1 - lag[0] :]),
        LEVEL: to_index(paths[:, 1, :, 1 - lag[1] :], base[None, :, None]),
    }


def _thinned(start: Start) -> Start:
    """Return exactly 4,000 draws: evenly thinned, or each used several times with a future of its own."""
    return start.pick((np.arange(N_DRAWS, dtype=np.int64) * start.n_draws) // N_DRAWS)


def _array(values: Array, data: ForecastData, name: str, end: int) -> xr.DataArray:
    coordinates = {"region": list(data.regions), "year": list(range(data.last_year[name] + 1, end + 1))}
    return xr.DataArray(values.astype(np.float32), dims=("draw", "region", "year"), coords=coordinates, name=name)
