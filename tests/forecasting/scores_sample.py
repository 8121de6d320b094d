"""A made-up backtest: normal forecasts of shocks that the regions of a year share, no model run and no figure read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import norm

from regional_econ._base.options import QUANTILES_21
from regional_econ._base.seeds import rng_for
from regional_econ.bayes.trace import Array
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.forecasting.backtest import COMBINATION, MODEL, Backtest
from regional_econ.forecasting.benchmarks import BENCHMARKS
from regional_econ.forecasting.indicators import IDS
from regional_econ.forecasting.outcomes import HORIZONS
from regional_econ.forecasting.pooled_benchmarks import POOLED_BENCHMARKS
from regional_econ.forecasting.score_results import score_results
from regional_econ.forecasting.scores import covered, crps_normal, interval_score

LAST_YEAR = 2023
FULL = tuple(range(2008, 2023))
QUICK = (2014, 2019)
# what a forecaster adds to the least possible error, and the sd it believes in, relative to the true one
FORECASTERS: Mapping[str, tuple[float, float]] = {
    MODEL: (0.35, 1.0),
    **dict(zip(BENCHMARKS, ((0.95, 0.9), (0.75, 0.7), (0.7, 0.65), (0.8, 0.7), (0.6, 0.7)), strict=True)),
    **dict(zip(POOLED_BENCHMARKS, ((0.5, 0.9), (0.45, 0.9), (0.55, 0.9), (0.65, 0.8), (1.1, 1.2)), strict=True)),
    COMBINATION: (0.55, 0.9),
}


def backtest(
    origins: Sequence[int] = FULL,
    variables: Sequence[str] = IDS,
    *,
    regions: int = 6,
    forecasters: Mapping[str, tuple[float, float]] = FORECASTERS,
    profile: str = "full",
    seed: int = 7,
) -> Backtest:
    """Forecast and score normal outcomes; innovation activity has none where its method changes."""
    scores = pd.concat(
        [_scores(variable, origins, regions, forecasters, seed) for variable in variables], ignore_index=True
    )
    cases = scores[["origin", "variable"]].drop_duplicates().sort_values(["variable", "origin"])
    rng = rng_for(seed, "energy")
    joint = scores[["origin", "target_year", "horizon", "variable"]].drop_duplicates().assign(regions=regions)
    gained = np.array([1.03 + 0.005 * (IDS.index(name) % 4) for name in joint["variable"]])
    joint = joint.assign(energy=rng.uniform(0.9, 1.1, len(joint)) * joint["horizon"])
    joint = joint.assign(energy_independent=joint["energy"] * gained)
    batches = pd.concat([cases.assign(batch=number, n=regions * HORIZONS) for number in range(8)], ignore_index=True)
    for name, level, error in (("crps", 1.0, 0.005), ("covered80", 0.8, 0.002), ("covered95", 0.95, 0.001)):
        batches[name] = level + error * rng.normal(size=len(batches))
    gates = cases.assign(attempts=1, rhat=1.004, ess_bulk=900.0, ess_tail=700.0).reset_index(drop=True)
    return Backtest(scores, joint.reset_index(drop=True), batches, gates, profile)


def _scores(
    variable: str, origins: Sequence[int], regions: int, forecasters: Mapping[str, tuple[float, float]], seed: int
) -> pd.DataFrame:
    """Score every forecaster on the same cells; outcomes add the shocks of the years, common ones and own ones."""
    scale, rng = 1.0 + IDS.index(variable) % 5, rng_for(seed, "forecasts", variable)
    years = np.arange(2008, LAST_YEAR + 1)
    shocks = 0.5 * rng.normal(size=(len(years), 1)) + rng.normal(size=(len(years), regions))
    pairs = [(origin, year) for origin in origins for year in range(origin + 1, origin + HORIZONS + 1)]
    kept = np.array([pair for pair in pairs if _scored(variable, *pair)])
    steps = np.vstack([np.zeros(regions), np.cumsum(scale * shocks, axis=0)])
    truth = (steps[kept[:, 1] - 2007] - steps[kept[:, 0] - 2007]).ravel()
    origin, year = (np.repeat(column, regions) for column in kept.T)
    sd = scale * np.sqrt(1.25 * (year - origin))
    keys = pd.DataFrame(
        {
            "origin": origin, "target_year": year, "horizon": year - origin, "variable": variable,
            "region": np.tile([f"RU-{number:02d}" for number in range(regions)], len(kept)), "observed": truth,
        }
    )  # fmt: skip
    tables = []
    for model, (noise, width) in forecasters.items():
        mean = rng.normal(0.0, noise * sd)
        table = keys.assign(model=model, **_score(mean, width * sd, truth))
        if model == MODEL:
            table = table.assign(**{f"q{level:g}": mean + width * sd * norm.ppf(level) for level in QUANTILES_21})
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


@cache
def full() -> Backtest:
    """All origins."""
    return backtest()


@cache
def full_results() -> tuple[Result, ...]:
    """The results of all origins."""
    return score_results(full(), panel(), seed=1)


@cache
def quick() -> Backtest:
    """Two origins, one in each window."""
    return backtest(QUICK, profile="quick")


@cache
def quick_results() -> tuple[Result, ...]:
    """The results of two origins."""
    return score_results(quick(), panel(), seed=1)


def panel() -> Panel:
    """A panel that lends its checksum only."""
    index = pd.MultiIndex.from_tuples([("RU-KEM", 2022)], names=["region", "year"])
    return Panel(pd.DataFrame({"x": [1.0]}, index=index), {}, {}, "sample")


def _scored(variable: str, origin: int, year: int) -> bool:
    if year > LAST_YEAR:
        return False
    if variable != "innovation_activity_pct":
        return True
    return year <= 2017 or origin >= 2019


def _score(mean: Array, sd: Array, truth: Array) -> dict[str, Array]:
    z = (truth - mean) / sd
    table = {"crps": crps_normal(mean, sd, truth), "log_score": -norm.logpdf(z) + np.log(sd), "pit": norm.cdf(z)}
    for level in (0.80, 0.95):
        half = norm.ppf((1 + level) / 2) * sd
        table[f"interval{round(100 * level)}"] = interval_score(mean - half, mean + half, truth, level=level)
        table[f"covered{round(100 * level)}"] = covered(mean - half, mean + half, truth)
    return table
