"""How good would the forecasts have been? Rolling origins, one to five years ahead, beside simple and pooled ones.

Pseudo-real-time: an origin sees figures up to its year, as published today, not as they stood then. A share is scored
in percentage points, every other indicator in log points (hundredths of a log) of its level. An indicator is scored
within the method of its origin only (innovation activity of 2017 has a figure under the older one, so origins to 2016
reach it). A region enters with at least four years of figures at the origin, and every forecaster is scored on the
same cells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ._base.files import atomic_path, canonical_json
from regional_econ._base.location import package_dir
from regional_econ._base.options import QUANTILES_21
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for
from regional_econ.bayes.gates import Gates
from regional_econ.bayes.trace import Array, SamplerSettings
from regional_econ.core.code import code_of
from regional_econ.core.panel import Panel
from regional_econ.core.study import Profile, Study
from regional_econ.core.workspace import source_files
from regional_econ.forecasting import scores
from regional_econ.forecasting.benchmark_store import Record, read_record, stored_forecasts
from regional_econ.forecasting.benchmarks import BENCHMARKS, forecast
from regional_econ.forecasting.choice import Choice, load_choice
from regional_econ.forecasting.data import IndicatorData, prepare
from regional_econ.forecasting.drivers import Driver, drivers
from regional_econ.forecasting.history import NormalForecast, Predictive, empirical_quantiles, history_of
from regional_econ.forecasting.indicators import Indicator, indicator
from regional_econ.forecasting.model import fit_indicator, thinned
from regional_econ.forecasting.outcomes import HORIZONS, outcomes, scoring_scale
from regional_econ.forecasting.pooled_benchmarks import POOLED_BENCHMARKS, combination
from regional_econ.forecasting.simulate import Shocks, simulate

MODEL, COMBINATION = "state_space", "combination"
BATCHES = 8
_EVEN_DRAWS = 199
_ENERGY_DRAWS = 1000
_LEAST_SD = 1e-3
_MOST_NATS = 25.0
_LEVELS = (0.80, 0.95)
_ENGINES = ("llvmlite", "numba", "numpy", "nutpie", "pymc", "pytensor", "scipy", "statsforecast")
_KEYS = ["origin", "target_year", "horizon", "variable", "region", "model"]
_KINDS = ("scores", "joint", "batches", "gates")


@dataclass(frozen=True)
class Backtest:
    """Scores of every forecast with an outcome.

    Parameters
    ----------
    scores : origin, target_year, horizon, variable, region, model, observed, crps, log_score, interval80, interval95,
        covered80, covered95, pit and 21 quantiles q0.025 … q0.975 in published units (the model's own only).
    joint : origin, target_year, horizon, variable, regions, energy, energy_independent: the energy score over regions
        of the model's joint draws, and of the same draws with each region's shuffled on its own.
    batches : origin, variable, batch, n, crps, covered80, covered95: means of the model's scores by eighths of its
        draws, from which Monte Carlo errors follow.
    gates : by origin and variable, the gate values of its posterior and how many attempts it took.
    profile : "quick" backtests have fewer origins and draws and say so.
    """

    scores: pd.DataFrame
    joint: pd.DataFrame
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
    """One indicator at one origin, to be forecast and scored; ``folder`` keeps what is finished."""

    panel: Panel
    indicator: Indicator
    origin: int
    prices: tuple[Driver, ...]
    seed: int
    sampler: SamplerSettings
    gates: Gates
    choice: Choice
    folder: Path
    record: Path | None


def backtest(
    panel: Panel,
    national: pd.DataFrame,
    study: Study,
    *,
    folder: Path,
    record: Path | None = None,
    profile: Profile = "full",
    jobs: int = 1,
    choice: Choice | None = None,
) -> Backtest:
    """Forecast from the profile's rolling origins and score what came true.

    Parameters
    ----------
    panel, national : the official figures and the national series.
    study : indicators, origins, draws and seed.
    folder : where finished cases are kept, so that an interrupted run goes on after the last of them; a change of
        figures up to the origin, outcomes, settings or code makes a case anew.
    record : forecasts of the simple benchmarks that were made before; what it lacks is made, slowly.
    profile : "quick" or "full".
    jobs : cases at a time; it never changes a draw.
    choice : the model; by default the frozen one.

    Raises
    ------
    SamplingError : a posterior fails a gate.
    Interrupted : sampling was stopped; finished cases are kept.
    """
    settings = study.settings(profile)
    sampler = SamplerSettings(settings.backtest_draws, settings.backtest_tune)
    gates, chosen = Gates(ess_min=settings.ess_min), choice or load_choice()
    cases = {
        f"{one.id} {origin}": Case(
            panel, one, origin, drivers(national, origin=origin), study.seed, sampler, gates, chosen, folder, record
        )
        for one in map(indicator, study.indicators)
        for origin in settings.backtest_origins
    }
    done = map_cases(_run_case, cases, seed=study.seed, jobs=jobs, label="forecast origins")
    parts = [part for part in done.values() if part]
    frames = [pd.concat([part[k] for part in parts], ignore_index=True) for k in range(len(_KINDS))]
    return Backtest(frames[0], frames[1], frames[2], frames[3], profile)


def _run_case(case: Case, _seed: int) -> list[pd.DataFrame] | None:
    """Forecast and score one case, or read it where it is finished; None where nothing can be scored."""
    if not np.isfinite(case.panel.matrix(case.indicator.source, years=[case.origin]).to_numpy()).any():
        return None
    data = prepare(
        case.panel, case.indicator, origin=case.origin, prior=case.choice.prior, price=case.prices[0].changes
    )
    observed = outcomes(case.panel, data)
    cells = np.isfinite(observed) & history_of(data).usable[:, None]
    if not cells.any():
        return None
    stem = f"{case.indicator.id}_{case.origin}_{_fingerprint(case, data, observed)[:16]}"
    paths = [case.folder / f"{stem}_{kind}.parquet" for kind in _KINDS]
    if not all(path.is_file() for path in paths):
        for path, frame in zip(paths, _score(case, data, observed, cells), strict=True):
            with atomic_path(path) as temporary:
                frame.to_parquet(temporary, index=False)
    return [pd.read_parquet(path) for path in paths]


def _score(case: Case, data: IndicatorData, observed: Array, cells: NDArray[np.bool_]) -> list[pd.DataFrame]:
    fit = fit_indicator(
        case.panel, case.indicator, origin=case.origin, seed=case.seed, settings=case.sampler, choice=case.choice,
        gates=case.gates, price=case.prices[0].changes,
    )  # fmt: skip
    start = thinned(fit.start(case.choice.structure))
    rng = rng_for(case.seed, "backtest", case.indicator.id, case.origin)
    shocks = Shocks.independent(start.n_draws, HORIZONS, start.n_regions, rng, case.prices[0].change)
    published = case.indicator.from_scale(
        simulate(start, shocks) + data.base[None, :, None], data.last_level[None, :, None]
    )
    draws, truth = scoring_scale(published, case.indicator), scoring_scale(observed, case.indicator)
    own = score_draws(draws[:, cells], truth[cells])
    quantiles = _quantiles(published[:, cells], QUANTILES_21)
    own = own.assign(**{f"q{level:g}": quantiles[k] for k, level in enumerate(QUANTILES_21)})
    tables = [_labelled(own, data, observed, MODEL, cells)]
    for name, one in _others(case, data).items():
        even = case.indicator.from_scale(one.quantile_draws(_EVEN_DRAWS), data.last_level[None, :, None])
        table = score_draws(scoring_scale(even, case.indicator)[:, cells], truth[cells])
        tables.append(_labelled(table, data, observed, name, cells))
    batches = _batch_means(draws[:, cells], truth[cells], data)
    gates = pd.DataFrame(
        [{"origin": data.origin, "variable": data.indicator.id, "attempts": fit.attempts, **fit.gates.to_dict()}]
    )
    return [pd.concat(tables, ignore_index=True), _joint(draws, truth, cells, data, rng), batches, gates]


def _others(case: Case, data: IndicatorData) -> dict[str, Predictive]:
    """Forecast by the simple and the pooled benchmarks, and by the simple ones in equal parts.

    Who has seen no change at all is sure of everything and has no density: no sd is below a thousandth on the scale,
    less than any figure is rounded to.
    """
    known, record = history_of(data), _kept(case.record)
    simple: list[Predictive] = [
        _unsure(stored_forecasts(known, name, horizon=HORIZONS, folder=case.folder, record=record))
        for name in BENCHMARKS
    ]
    pooled = [_unsure(forecast(known, name, horizon=HORIZONS)) for name in POOLED_BENCHMARKS]
    names = (*BENCHMARKS, *POOLED_BENCHMARKS, COMBINATION)
    return dict(zip(names, [*simple, *pooled, combination(simple)], strict=True))


def _unsure[P: Predictive](one: P) -> P:
    return replace(one, sd=np.maximum(one.sd, _LEAST_SD)) if isinstance(one, NormalForecast) else one


@cache
def _kept(record: Path | None) -> Record:
    return {} if record is None else read_record(record)


def score_draws(draws: Array, observed: Array) -> pd.DataFrame:
    """Score draws (S, cells) against outcomes (cells,): a row a cell with crps, log_score, pit, intervals and coverage.

    The log score is that of as many even quantiles for every forecaster: the bias of a kernel depends on their number.
    It ends at 25 nats: beyond, a density smoothed from draws says no more than that the outcome was thought impossible.
    """
    even = empirical_quantiles(np.sort(draws, axis=0), _EVEN_DRAWS)
    table: dict[str, Array] = {
        "crps": scores.crps_sample(draws, observed),
        "log_score": np.minimum(scores.log_score_sample(even, observed), _MOST_NATS),
        "pit": (draws < observed).mean(axis=0) + 0.5 * (draws == observed).mean(axis=0),
    }  # fmt: skip
    for level in _LEVELS:
        low, high = _interval(draws, level)
        table[f"interval{round(100 * level)}"] = scores.interval_score(low, high, observed, level=level)
        table[f"covered{round(100 * level)}"] = scores.covered(low, high, observed)
    return pd.DataFrame(table)


def _labelled(
    table: pd.DataFrame, data: IndicatorData, observed: Array, model: str, cells: NDArray[np.bool_]
) -> pd.DataFrame:
    rows, columns = np.nonzero(cells)
    missing = np.flatnonzero(~np.isfinite(table.to_numpy()).all(axis=1))
    if missing.size:
        raise EstimationError(
            f"{model} has no score of {data.indicator.id} from {data.origin}",
            where=f"{data.regions[rows[missing[0]]]}, {data.origin + 1 + columns[missing[0]]}",
            advice="Look at the figures of that region; all methods must be scored on the same cells",
        )
    return table.assign(
        origin=data.origin, target_year=data.origin + 1 + columns, horizon=1 + columns, variable=data.indicator.id,
        region=np.array(data.regions)[rows], model=model, observed=observed[cells],
    )[[*_KEYS, "observed", *table.columns]]  # fmt: skip


def _joint(
    draws: Array, truth: Array, cells: NDArray[np.bool_], data: IndicatorData, rng: np.random.Generator
) -> pd.DataFrame:
    """Score the regions of a year together, and as if each were on its own."""
    chosen = draws[np.linspace(0, len(draws) - 1, _ENERGY_DRAWS).astype(int)]
    rows = []
    for h in np.flatnonzero(cells.sum(axis=0) > 1):
        joint, outcome = chosen[:, cells[:, h], h], truth[cells[:, h], h]
        energy, alone = (scores.energy_score(one, outcome) for one in (joint, rng.permuted(joint, axis=0)))
        rows.append(
            {
                "origin": data.origin, "target_year": data.origin + 1 + int(h), "horizon": 1 + int(h),
                "variable": data.indicator.id, "regions": len(outcome),
                "energy": energy, "energy_independent": alone,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _interval(draws: Array, level: float) -> tuple[Array, Array]:
    """Return the ends (cells,) of the central interval."""
    low, high = _quantiles(draws, [(1 - level) / 2, (1 + level) / 2])
    return low, high


def _quantiles(draws: Array, levels: Sequence[float]) -> Array:
    """Return the quantiles (levels, …) of draws (S, …); numpy picks them in a third of the time from sorted numbers."""
    return np.asarray(np.quantile(np.sort(draws, axis=0), levels, axis=0, method="hazen"))


def _batch_means(draws: Array, observed: Array, data: IndicatorData) -> pd.DataFrame:
    rows = []
    for batch, part in enumerate(np.array_split(draws, BATCHES)):
        inside = (scores.covered(*_interval(part, level), observed).mean() for level in _LEVELS)
        rows.append(
            (data.origin, data.indicator.id, batch, len(observed), scores.crps_sample(part, observed).mean(), *inside)
        )
    return pd.DataFrame(rows, columns=["origin", "variable", "batch", "n", "crps", "covered80", "covered95"])


def _fingerprint(case: Case, data: IndicatorData, observed: Array) -> str:
    """Hash all that the case's scores depend on: figures, outcomes, settings, code and engines."""
    digest = hashlib.sha256()
    for values in (*data.model.arrays(case.choice.structure).values(), observed, data.base):
        digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    sizes = {key: value for key, value in vars(case.sampler).items() if key != "jobs"}
    settings = {"origin": case.origin, "seed": case.seed, "sampler": sizes, "gates": vars(case.gates)}
    settings["structure"] = vars(case.choice.structure)
    settings["engines"] = {name: version(name) for name in _ENGINES}
    files = {path.relative_to(package_dir()).as_posix(): path for path in source_files(__name__)}
    settings["code"] = code_of(files).sha256
    settings["indicator"], settings["regions"] = vars(case.indicator), list(data.regions)
    digest.update(canonical_json(settings).encode())
    return digest.hexdigest()
