"""Fit each indicator's model at an origin and draw every region's future from all of them together."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from regional_econ._base.errors import OptionError, SamplingError
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.bayes.gates import GateReport, Gates, check
from regional_econ.bayes.growth_model import Structure
from regional_econ.bayes.sampling import sample
from regional_econ.bayes.trace import Array, SamplerSettings, Trace
from regional_econ.core.forecast import N_DRAWS, Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.study import Profile, Study
from regional_econ.forecasting.choice import Choice, load_choice
from regional_econ.forecasting.data import IndicatorData, prepare
from regional_econ.forecasting.drivers import Driver, drivers
from regional_econ.forecasting.indicators import Indicator, indicator
from regional_econ.forecasting.joint import Correlations, correlations, joint_shocks, surprises
from regional_econ.forecasting.simulate import Start, simulate, start_of

ATTEMPTS = 4
COUNTRY = "RU"
_DIMS = ("draw", "region", "year")
_REPORTED = ("common_drift", "drift_sd", "loading_sd", "persistence", "factor_sd", "factor_persistence")


@dataclass(frozen=True)
class Fit:
    """A posterior that passed its gates, with the figures it is of and how many attempts it took."""

    data: IndicatorData
    trace: Trace
    gates: GateReport
    attempts: int

    def start(self, structure: Structure) -> Start:
        """Return the draws that the future starts from."""
        return start_of(self.trace, structure, self.data.model)


@dataclass(frozen=True)
class _Case:
    panel: Panel
    indicator: Indicator
    origin: int | None
    seed: int
    sampler: SamplerSettings
    gates: Gates
    choice: Choice
    price: dict[int, float]


def fit_and_forecast(
    panel: Panel,
    national: pd.DataFrame,
    study: Study,
    *,
    profile: Profile = "full",
    origin: int | None = None,
    jobs: int = 1,
    choice: Choice | None = None,
) -> Forecast:
    """Forecast the study's indicators of all regions.

    Parameters
    ----------
    panel : the official figures.
    national : the national series, with columns series, year, value: the world prices come from it.
    study : its ``policy_end`` is the last year, its ``seed`` the root of all draws.
    profile : how much to sample and which effective size to demand.
    origin : last year whose figures enter; by default the panel's last.
    jobs : indicators at a time; it never changes a draw.
    choice : the model; by default the frozen one.

    Returns
    -------
    4,000 joint draws of every indicator in its unit, with the noise of a published figure and under the method in
    force at the origin; indices with their last published year = 100; and of the world prices, for region ``RU``.
    Each variable starts in the year after its last figures. A region without a figure in that year is NaN.

    Raises
    ------
    SamplingError : a posterior fails a gate.
    Interrupted : sampling was stopped.
    OptionError : an origin outside the panel's years.
    """
    settings = study.settings(profile)
    chosen = choice or load_choice()
    last = panel.years[-1] if origin is None else origin
    if last not in panel.years:
        message = f"{last} is no year of the panel: its figures are of {panel.years[0]}–{panel.years[-1]}"
        raise OptionError(message, advice="Choose an origin among them")
    prices = drivers(national, origin=last)
    sampler = SamplerSettings(settings.forecast_draws, settings.forecast_tune)
    gates = Gates(ess_min=settings.ess_min)
    cases = {
        one.id: _Case(panel, one, last, study.seed, sampler, gates, chosen, prices[0].changes)
        for one in map(indicator, study.indicators)
    }
    fits = map_cases(_fit_case, cases, seed=study.seed, jobs=jobs, label="indicators")
    found = correlations([surprises(fit.data, fit.trace, chosen.structure) for fit in fits.values()], prices)
    starts = {name: fit.start(chosen.structure) for name, fit in fits.items()}
    last_years = {name: fit.data.last_year for name, fit in fits.items()}
    paths, price_paths = joint_paths(
        starts, last_years, found, prices, end=study.policy_end, rng=rng_for(study.seed, "paths", last)
    )
    variables = {name: _array(paths[name], fits[name].data, study.policy_end) for name in fits}
    for driver in prices:
        variables[driver.id] = _price_array(price_paths[driver.id], driver, study.policy_end)
    return Forecast(variables, last, "baseline", study.seed, panel.checksum, _diagnostics(fits, found, sampler))


def fit_indicator(
    panel: Panel,
    indicator: Indicator,
    *,
    origin: int | None,
    seed: int,
    settings: SamplerSettings,
    choice: Choice,
    gates: Gates | None = None,
    price: dict[int, float] | None = None,
) -> Fit:
    """Sample an indicator's posterior at an origin and hold it against its gates.

    A sample that fails a gate is thrown away and drawn anew with stricter settings and another seed, at most
    ``ATTEMPTS`` times in all; the gates stay as they are.

    Raises
    ------
    SamplingError : a gate fails in the last attempt too.
    """
    data = prepare(panel, indicator, origin=origin, prior=choice.prior, price=price)
    wanted = settings
    for attempt in range(1, ATTEMPTS + 1):
        drawn = seed_for(seed, "posterior", indicator.id, data.origin, attempt)
        trace = sample(data.model, seed=drawn, settings=wanted, structure=choice.structure)
        try:
            return Fit(data, trace, check(trace, gates), attempt)
        except SamplingError as failure:
            if attempt == ATTEMPTS:
                raise SamplingError(
                    f"{indicator.id} from {data.origin}: {failure.message}", advice=failure.advice
                ) from failure
            print(f"{indicator.id} from {data.origin}, attempt {attempt}: {failure.message}", file=sys.stderr)
        wanted = wanted.stricter()
    raise AssertionError("unreachable")


def joint_paths(
    starts: Mapping[str, Start],
    last_years: Mapping[str, int],
    found: Correlations,
    prices: Sequence[Driver],
    *,
    end: int,
    rng: np.random.Generator,
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Draw 4,000 paths of all indicators together; shocks of one calendar year go together.

    Returns
    -------
    by indicator (draws, regions, years after its last), on its scale and counted from its base, and by price
    (draws, years after its last).
    """
    first = min(last_years.values()) + 1
    shocks, z = joint_shocks(
        found, list(starts), prices, first_year=first, n_draws=N_DRAWS, horizon=end - first + 1,
        n_regions=next(iter(starts.values())).n_regions, rng=rng,
    )  # fmt: skip
    paths = {
        name: simulate(thinned(start), shocks[name].after(last_years[name] + 1 - first))
        for name, start in starts.items()
    }
    return paths, {driver.id: driver.paths(z[driver.id][:, driver.years[-1] + 1 - first :]) for driver in prices}


def thinned(start: Start) -> Start:
    """Return exactly 4,000 draws: evenly thinned, or each used several times with a future of its own."""
    return start.pick((np.arange(N_DRAWS, dtype=np.int64) * start.n_draws) // N_DRAWS)


def published(paths: Array, data: IndicatorData) -> Array:
    """Carry paths (D, N, H), counted from the base, to published units; NaN for a region without a last figure."""
    level = paths + data.base[None, :, None]
    values = data.indicator.from_scale(level, data.last_level[None, :, None])
    return np.where(np.isfinite(data.last_level)[None, :, None], values, np.nan)


def _fit_case(case: _Case, _seed: int) -> Fit:
    return fit_indicator(
        case.panel, case.indicator, origin=case.origin, seed=case.seed, settings=case.sampler, choice=case.choice,
        gates=case.gates, price=case.price,
    )  # fmt: skip


def _array(paths: Array, data: IndicatorData, end: int) -> xr.DataArray:
    one, years = data.indicator, list(range(data.last_year + 1, end + 1))
    scale = "log" if one.scale == "index" else one.scale
    return xr.DataArray(
        published(paths, data).astype(np.float32), dims=_DIMS, name=one.id,
        coords={"region": list(data.regions), "year": years}, attrs={"scale": scale, "offset": one.offset},
    )  # fmt: skip


def _price_array(paths: Array, driver: Driver, end: int) -> xr.DataArray:
    years = list(range(driver.years[-1] + 1, end + 1))
    return xr.DataArray(
        paths[:, None, :].astype(np.float32), dims=_DIMS, name=driver.id,
        coords={"region": [COUNTRY], "year": years}, attrs={"scale": "log", "offset": 0.0},
    )  # fmt: skip


def _diagnostics(
    fits: Mapping[str, Fit], found: Correlations, sampler: SamplerSettings
) -> dict[str, float | int | str]:
    """Return the worst gate values over indicators, and each indicator's own and hyperparameters."""
    worst = {
        "rhat": max(fit.gates.rhat for fit in fits.values()),
        "ess_bulk": min(fit.gates.ess_bulk for fit in fits.values()),
        "ess_tail": min(fit.gates.ess_tail for fit in fits.values()),
        "bfmi": min(fit.gates.bfmi for fit in fits.values()),
        "divergences": sum(fit.gates.divergences for fit in fits.values()),
        "n_parameters": sum(fit.gates.n_parameters for fit in fits.values()),
        "attempts": max(fit.attempts for fit in fits.values()),
        "chains": sampler.chains,
        "draws": min(fit.trace.n_draws for fit in fits.values()),
        "shrinkage_national": found.national_weight,
        "shrinkage_regional": found.regional_weight,
    }
    given: dict[str, float | int | str] = dict(worst)
    for name, fit in fits.items():
        own = {**fit.gates.to_dict(), "attempts": fit.attempts, "last_year": fit.data.last_year}
        given |= {f"{name}.{key}": value for key, value in own.items()}
        for key in _REPORTED:
            if key in fit.trace.posterior:
                draws = fit.trace.draws(key)
                given |= {f"{name}.{key}_mean": float(draws.mean()), f"{name}.{key}_sd": float(draws.std(ddof=1))}
    return given
