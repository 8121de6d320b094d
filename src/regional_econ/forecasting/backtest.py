"""How good would the forecasts have been? Rolling origins, one to five years ahead, beside two benchmarks.

Pseudo-real-time: an origin sees figures up to its year, as published today, not as they stood then. Innovation
activity is scored within the method of the origin only (2017 has a figure under the older one, so origins to 2016
reach it); the real index is scored in per cent of the level at the origin. A region enters with at least four years
of figures at the origin, and every model is scored on the same cells.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError
from regional_econ._base.files import atomic_path, canonical_json, sha256_file
from regional_econ._base.options import QUANTILES_21
from regional_econ._base.parallel import map_cases
from regional_econ.bayes.gates import Gates
from regional_econ.bayes.state_space import VOLUME
from regional_econ.bayes.trace import Array, SamplerSettings
from regional_econ.core.panel import Panel
from regional_econ.core.study import Profile, Study
from regional_econ.core.workspace import source_files
from regional_econ.forecasting import scores
from regional_econ.forecasting.benchmarks import BENCHMARKS, forecast, histories
from regional_econ.forecasting.data import (
    LEVEL,
    SHARE,
    SHARE_OLD_METHOD,
    ForecastData,
    from_scale,
    prepare,
    to_index,
)
from regional_econ.forecasting.model import fit_model, future, last_growths
from regional_econ.forecasting.simulate import start_of

HORIZONS = 5
MODEL = "state_space"
BATCHES = 8
_EVEN_DRAWS = 999
_LEVELS = (0.80, 0.95)
_ENGINES = ("nutpie", "numpy", "pymc", "pytensor", "statsforecast")
_KEYS = ["origin", "target_year", "horizon", "variable", "region", "model"]


@dataclass(frozen=True)
class Backtest:
    """Scores of every forecast with an outcome.

    Parameters
    ----------
    scores : origin, target_year, horizon, variable, region, model, observed, crps, interval80, interval95, covered80,
        covered95 and 21 quantiles q0.025 … q0.975.
    batches : origin, variable, batch, n, crps, covered80, covered95: means of the model's scores by eighths of its
        draws, from which Monte Carlo errors follow.
    gates : by origin, the gate values of its posterior and how many attempts it took.
    profile : "quick" backtests have fewer origins and draws and say so.
    """

    scores: pd.DataFrame
    batches: pd.DataFrame
    gates: pd.DataFrame
    profile: str

    @property
    def origins(self) -> tuple[int, ...]:
        """Origins, ascending."""
        return tuple(int(origin) for origin in sorted(self.scores["origin"].unique()))

    def to_frame(self) -> pd.DataFrame:
        """Return the scores."""
        return self.scores.copy()

    def __str__(self) -> str:
        return f"Backtest of {len(self.origins)} origins, {len(self.scores)} scored forecasts, profile {self.profile}."


@dataclass(frozen=True)
class Case:
    """One origin to be forecast and scored; ``folder`` keeps what is finished."""

    panel: Panel
    origin: int
    seed: int
    sampler: SamplerSettings
    gates: Gates
    folder: Path | None


def backtest(
    panel: Panel, study: Study, *, profile: Profile = "full", jobs: int = 1, folder: Path | None = None
) -> Backtest:
    """Forecast from the profile's rolling origins and score what came true.

    Parameters
    ----------
    panel : the official figures.
    study : origins, draws and seed.
    profile : "quick" or "full".
    jobs : chains at a time.
    folder : where finished origins are kept, so that an interrupted run goes on after the last of them; a change of
        figures up to the origin, outcomes, settings or code makes an origin anew.

    Raises
    ------
    SamplingError : a posterior fails a gate.
    Interrupted : sampling was stopped; finished origins are kept.
    """
    settings = study.settings(profile)
    sampler = SamplerSettings(settings.backtest_draws, settings.backtest_tune, jobs=jobs)
    gates = Gates(ess_min=settings.ess_min)
    cases = {
        str(origin): Case(panel, origin, study.seed, sampler, gates, folder) for origin in settings.backtest_origins
    }
    parts = list(map_cases(_run_case, cases, seed=study.seed, label="forecast origins").values())
    frames = [pd.concat([part[k] for part in parts], ignore_index=True) for k in range(3)]
    return Backtest(frames[0], frames[1], frames[2], profile)


def outcomes(panel: Panel, data: ForecastData) -> dict[str, Array]:
    """Return what came true after an origin, by variable, (regions, 5); NaN where nothing comparable was published.

    Raises
    ------
    DataError : the indicators do not both have figures at the origin.
    """
    if set(data.last_year.values()) != {data.origin}:
        raise DataError(f"{data.origin} lacks figures of an indicator", advice="Choose an origin with figures of both")
    years = list(range(data.origin + 1, data.origin + HORIZONS + 1))
    breaks = [change.year for change in panel.variable(SHARE).breaks]
    share = panel.matrix(SHARE, years=years)
    older = panel.matrix(SHARE_OLD_METHOD, years=years)
    for year in years:
        passed = [b for b in breaks if data.origin < b <= year]
        if passed:
            share[year] = older[year] if passed[0] == year else np.nan
    growth = panel.matrix("grp_real_index_pct", years=years).to_numpy() / 100.0
    known = data.visible(VOLUME)[:, data.years.index(data.origin)]
    level = np.where(np.isfinite(known)[:, None], 100.0 * np.cumprod(growth, axis=1), np.nan)
    return {SHARE: share.to_numpy(), LEVEL: level}


def score_draws(draws: Array, observed: Array) -> pd.DataFrame:
    """Score draws (S, cells) against outcomes (cells,).

    Returns
    -------
    one row a cell: observed, crps, interval80, interval95, covered80, covered95 and the 21 quantiles.
    """
    values = np.quantile(draws, QUANTILES_21, axis=0)
    table = {"observed": observed, "crps": scores.crps_sample(draws, observed)}
    for level in _LEVELS:
        low, high = (values[QUANTILES_21.index(round(q, 3))] for q in ((1 - level) / 2, (1 + level) / 2))
        table[f"interval{round(100 * level)}"] = scores.interval_score(low, high, observed, level=level)
        table[f"covered{round(100 * level)}"] = scores.covered(low, high, observed)
    return pd.DataFrame({**table, **{f"q{level:g}": values[k] for k, level in enumerate(QUANTILES_21)}})


def _run_case(case: Case, _seed: int) -> list[pd.DataFrame]:
    """Forecast and score one origin, or read it where it is finished."""
    data = prepare(case.panel, origin=case.origin)
    observed = outcomes(case.panel, data)
    stem = f"{case.origin}_{_fingerprint(case, data, observed)[:16]}"
    if case.folder is None:
        return _score_origin(case, data, observed)
    paths = [case.folder / f"{stem}_{kind}.parquet" for kind in ("scores", "batches", "gates")]
    if not all(path.is_file() for path in paths):
        for path, frame in zip(paths, _score_origin(case, data, observed), strict=True):
            with atomic_path(path) as temporary:
                frame.to_parquet(temporary, index=False)
    return [pd.read_parquet(path) for path in paths]


def _score_origin(case: Case, data: ForecastData, observed: dict[str, Array]) -> list[pd.DataFrame]:
    fit = fit_model(case.panel, origin=case.origin, seed=case.seed, settings=case.sampler, gates=case.gates)
    start = start_of(fit.trace, last_growths(data))
    paths = future(data, start, end=data.origin + HORIZONS, seed=case.seed)
    known = histories(data)
    tables, batches = [], []
    for variable, truth in observed.items():
        cells = np.isfinite(truth) & known[variable].usable[:, None]
        if not cells.any():
            continue
        draws = paths[variable][:, cells]
        tables.append(_labelled(score_draws(draws, truth[cells]), data, variable, MODEL, cells))
        batches.append(_batch_means(draws, truth[cells], data.origin, variable))
        for benchmark in BENCHMARKS:
            even = forecast(known[variable], benchmark, horizon=HORIZONS).quantile_draws(_EVEN_DRAWS)
            base = known[variable].last[None, :, None]
            carried = from_scale(even) if variable == SHARE else to_index(even, base)
            table = score_draws(carried[:, cells], truth[cells])
            tables.append(_labelled(table, data, variable, benchmark, cells))
    gates = pd.DataFrame([{"origin": data.origin, "attempts": fit.attempts, **fit.gates.to_dict()}])
    return [pd.concat(tables, ignore_index=True), pd.concat(batches, ignore_index=True), gates]


def _labelled(
    table: pd.DataFrame, data: ForecastData, variable: str, model: str, cells: NDArray[np.bool_]
) -> pd.DataFrame:
    rows, columns = np.nonzero(cells)
    return table.assign(
        origin=data.origin, target_year=data.origin + 1 + columns, horizon=1 + columns, variable=variable,
        region=np.array(data.regions)[rows], model=model,
    )[[*_KEYS, *table.columns]]  # fmt: skip


def _batch_means(draws: Array, observed: Array, origin: int, variable: str) -> pd.DataFrame:
    rows = []
    for batch, part in enumerate(np.array_split(draws, BATCHES)):
        means = score_draws(part, observed)[["crps", "covered80", "covered95"]].mean()
        rows.append({"origin": origin, "variable": variable, "batch": batch, "n": len(observed), **means})
    return pd.DataFrame(rows)


def _fingerprint(case: Case, data: ForecastData, observed: dict[str, Array]) -> str:
    """Hash all that the origin's scores depend on: figures, outcomes, settings, code and engines."""
    digest = hashlib.sha256()
    for values in (*data.model.arrays().values(), *observed.values()):
        digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    sizes = {key: value for key, value in vars(case.sampler).items() if key != "jobs"}
    settings = {"origin": case.origin, "seed": case.seed, "sampler": sizes, "gates": vars(case.gates)}
    settings["engines"] = {name: version(name) for name in _ENGINES}
    settings["code"] = {path.name: sha256_file(path) for path in sorted(source_files(__name__))}
    settings["regions"] = list(data.regions)
    digest.update(canonical_json(settings).encode())
    return digest.hexdigest()
