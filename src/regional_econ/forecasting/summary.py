"""Who forecast better, and do the bands hold what they promise? Scores of a window of origins by indicator and model.

A skill is one minus a ratio of mean scores. Several indicators are pooled by the geometric mean of their ratios, since
their units differ. Regions of one origin share its shocks, so origins are the independent pieces: the error of a
coverage comes from the origins' sums, that of a skill from leaving out one origin at a time. With one origin there is
no error. Origins nearer to each other than the horizon share outcomes: beyond one year ahead errors are a guide only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import LEVELS, check_option
from regional_econ.bayes.trace import Array
from regional_econ.forecasting.backtest import COMBINATION, MODEL
from regional_econ.forecasting.benchmarks import BENCHMARKS
from regional_econ.forecasting.choice import Windows, read_choice
from regional_econ.forecasting.indicators import IDS
from regional_econ.forecasting.pooled_benchmarks import POOLED_BENCHMARKS
from regional_econ.forecasting.skill import block_mean, half_width

Window = Literal["early", "late"]
WINDOWS: tuple[Window, ...] = ("early", "late")
POOLED = "pooled"
MODELS = (MODEL, *BENCHMARKS, *POOLED_BENCHMARKS, COMBINATION)
INTERVALS = tuple(sorted(LEVELS))
PIT_BINS = 10
WITHIN_ERRORS = 2.0
_SUMMED = ("crps", "log_score", "interval95")


@dataclass(frozen=True)
class Skill:
    """What a forecaster saves of another's mean score, with a jackknife interval over origins.

    Parameters
    ----------
    value, low, high : shares; error, low and high are NaN for a single origin.
    error : standard error.
    """

    value: float
    error: float
    low: float
    high: float

    def columns(self, name: str) -> dict[str, float]:
        """Return the numbers as columns of a table."""
        return {name: self.value, f"{name}_se": self.error, f"{name}_low": self.low, f"{name}_high": self.high}


@dataclass(frozen=True)
class Losses:
    """Sums of losses.

    Parameters
    ----------
    variables, origins : V indicators and O origins.
    n : (V, O), cells; every model is scored on the same.
    sums : by measure and model, (V, O); 0 where an indicator is not scored.
    """

    variables: tuple[str, ...]
    origins: tuple[int, ...]
    n: Array
    sums: Mapping[tuple[str, str], Array]

    @classmethod
    def of(cls, scores: pd.DataFrame) -> Losses:
        """Sum scores over regions and horizons.

        Raises
        ------
        EstimationError : some model is scored on other cells than the rest.
        """
        variables, origins = (
            in_order(scores["variable"]),
            tuple(sorted(int(year) for year in scores["origin"].unique())),
        )
        grouped = scores.groupby(["model", "variable", "origin"])
        table = grouped[list(_SUMMED)].sum().assign(n=grouped.size())
        whole = table.reindex(pd.MultiIndex.from_product([MODELS, variables, origins]), fill_value=0.0)
        shape = (len(MODELS), len(variables), len(origins))
        cube = {name: whole[name].to_numpy(np.float64).reshape(shape) for name in (*_SUMMED, "n")}
        for model, n in zip(MODELS, cube["n"], strict=True):
            if (n != cube["n"][0]).any():
                advice = "Score every model on the same cells, or delete the kept origins and run again"
                raise EstimationError(f"{model} is scored on other cells than {MODELS[0]}", advice=advice)
        sums = {(name, model): cube[name][k] for name in _SUMMED for k, model in enumerate(MODELS)}
        return cls(variables, origins, cube["n"][0], sums)

    def only(self, variable: str) -> Losses:
        """Return one indicator's, with the origins at which it is scored."""
        row = self.variables.index(variable)
        scored = np.flatnonzero(self.n[row])
        origins = tuple(self.origins[k] for k in scored)
        sums = {key: values[[row]][:, scored] for key, values in self.sums.items()}
        return Losses((variable,), origins, self.n[[row]][:, scored], sums)

    def skill(self, measure: str, model: str, other: str | Array) -> Skill:
        """Return 1 − exp(mean over indicators of ln(Σ own / Σ other)).

        Parameters
        ----------
        measure : "crps" or "interval95".
        model : whose skill.
        other : a model, or (V, O) sums.

        Returns
        -------
        the skill; its interval is Student's t on origins − 1 on the log scale. Without an origin that alone holds an
        indicator, the mean is over the other indicators.

        Source: Miller (1974, Biometrika 61), "The jackknife", formula 3.1. Held against explicit loops and, for a mean,
        its closed form.
        """
        own = self.sums[measure, model]
        rival = self.sums[measure, other] if isinstance(other, str) else other
        whole, left = own.sum(axis=1), own.sum(axis=1, keepdims=True) - own
        ratio = float(np.mean(np.log(whole / rival.sum(axis=1))))
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(left / (rival.sum(axis=1, keepdims=True) - rival))
        error = self._jackknife(logs)
        half = _half(error, len(self.origins))
        skill = 1.0 - float(np.exp(ratio))
        low, high = 1.0 - float(np.exp(ratio + half)), 1.0 - float(np.exp(ratio - half))
        return Skill(skill, float(np.exp(ratio)) * error, low, high)

    def log_gain(self, model: str, other: str) -> tuple[float, float]:
        """Return by how much a model's mean log score is below another's, averaged over indicators, and its error."""
        gained = self.sums["log_score", other] - self.sums["log_score", model]
        mean = float(np.mean(gained.sum(axis=1) / self.n.sum(axis=1)))
        with np.errstate(divide="ignore", invalid="ignore"):
            left = (gained.sum(axis=1, keepdims=True) - gained) / (self.n.sum(axis=1, keepdims=True) - self.n)
        return mean, self._jackknife(left)

    def best(self) -> str:
        """Return the simple benchmark with the least geometric mean of CRPS, seen afterwards: against the model."""
        return min(BENCHMARKS, key=lambda name: float(np.log(self.sums["crps", name].sum(axis=1)).sum()))

    def best_of_each(self) -> Array:
        """Return (V, O): the CRPS sums of each indicator's own best simple benchmark."""
        rows = [self.only(name).best() for name in self.variables]
        return np.stack([self.sums["crps", best][row] for row, best in enumerate(rows)])

    def _jackknife(self, left: Array) -> float:
        """Return the error of a mean over indicators from (V, O) values without one origin each."""
        remaining = (self.n > 0).sum(axis=1, keepdims=True) - (self.n > 0) > 0
        kept, g = remaining.any(axis=0), len(self.origins)
        if g < 2 or not kept.all():
            return float("nan")
        means = np.where(remaining, left, 0.0).sum(axis=0) / remaining.sum(axis=0)
        return float(np.sqrt((g - 1) / g * np.sum((means - means.mean()) ** 2)))


def windowed(frame: pd.DataFrame, window: Window, years: Windows | None = None) -> pd.DataFrame:
    """Return the rows of a window: "early", on which the model was chosen, or "late", on which it is judged.

    Parameters
    ----------
    frame : with a column origin and, if its rows are of one, target_year.
    window : which.
    years : where the windows begin and end; by default those of ``data/forecast.yml``.

    Raises
    ------
    OptionError : no such window.
    """
    check_option("window", window, Window)
    limits = years or read_choice().windows
    if window == "late":
        return frame[frame["origin"] >= limits.judged_from]
    early = frame["origin"] <= limits.chosen_to_origin
    if "target_year" in frame.columns:
        early &= frame["target_year"] <= limits.chosen_to_target
    return frame[early]


def in_order(variables: pd.Series) -> tuple[str, ...]:
    """Return the indicators of a column in the order in which they are declared."""
    return tuple(sorted((str(name) for name in variables.unique()), key=IDS.index))


def summarise(scores: pd.DataFrame, *, benchmark: str | None = None, models: Sequence[str] = MODELS) -> pd.DataFrame:
    """Average scores by indicator and model.

    Parameters
    ----------
    scores : of a window, as in :class:`~regional_econ.forecasting.backtest.Backtest`; any origins and indicators.
    benchmark : the simple benchmark to compare with; by default the best of these scores over all indicators.
    models : which rows to give.

    Returns
    -------
    One row a variable ("pooled": all of them) and model: n, origins; crps, log_score, interval95 (means; pooled: NaN);
    covered80, covered95 with ``_se`` and inside80, inside95 (whether coverage is within two errors of what is promised,
    None without an error); benchmark, own_benchmark (the best of the indicator; pooled: None, each indicator has its
    own); skill_best, skill_own (CRPS against these), skill_ets, skill_interval95 (95 % interval score against ETS),
    each with ``_se``, ``_low``, ``_high``; log_gain (mean log score below the benchmark's) with ``_se``; pooled:
    n_positive of n_indicators have a positive skill_best.
    """
    losses = Losses.of(scores)
    best = benchmark or losses.best()
    singles = {name: losses.only(name) for name in losses.variables}
    rows = []
    for variable in (*losses.variables, POOLED):
        own = singles.get(variable, losses)
        cells = scores if variable == POOLED else scores[scores["variable"] == variable]
        own_best = None if variable == POOLED else own.best()
        rival = losses.best_of_each() if own_best is None else own.sums["crps", own_best]
        for model in models:
            row: dict[str, float | str | bool | None] = {"variable": variable, "model": model}
            row |= {"benchmark": best, "own_benchmark": own_best, "origins": len(own.origins)}
            row |= _coverage(cells[cells["model"] == model])
            row |= own.skill("crps", model, best).columns("skill_best")
            row |= own.skill("crps", model, rival).columns("skill_own")
            row |= own.skill("crps", model, "ets").columns("skill_ets")
            row |= own.skill("interval95", model, "ets").columns("skill_interval95")
            row["log_gain"], row["log_gain_se"] = own.log_gain(model, best)
            row |= {name: _mean(own, name, model) if own_best else float("nan") for name in _SUMMED}
            skills = [one.skill("crps", model, best).value for one in singles.values()] if own_best is None else []
            row |= {"n_positive": sum(value > 0.0 for value in skills), "n_indicators": len(skills)}
            rows.append(row)
    return pd.DataFrame(rows)


def by_horizon(scores: pd.DataFrame, *, models: Sequence[str] = MODELS) -> pd.DataFrame:
    """Return the table of :func:`summarise` for each horizon, beside the best simple benchmark of all horizons."""
    best = Losses.of(scores).best()
    parts = [
        summarise(scores[scores["horizon"] == h], benchmark=best, models=models).assign(horizon=int(h))
        for h in sorted(scores["horizon"].unique())
    ]
    return pd.concat(parts, ignore_index=True)


def joint_gains(joint: pd.DataFrame) -> pd.DataFrame:
    """Return what forecasting regions together saves of the energy score of the same margins taken apart.

    Parameters
    ----------
    joint : of a window, as in :class:`~regional_econ.forecasting.backtest.Backtest`.

    Returns
    -------
    One row an indicator and "pooled" (geometric mean of ratios): variable, origins, gain with ``_se``, ``_low``,
    ``_high``.
    """
    variables, origins = in_order(joint["variable"]), tuple(sorted(int(year) for year in joint["origin"].unique()))
    grouped = joint.groupby(["variable", "origin"])
    table = grouped[["energy", "energy_independent"]].sum().assign(n=grouped.size())
    whole = table.reindex(pd.MultiIndex.from_product([variables, origins]), fill_value=0.0)
    cube = {name: whole[name].to_numpy(np.float64).reshape(len(variables), len(origins)) for name in whole.columns}
    sums = {("energy", name): cube[name] for name in ("energy", "energy_independent")}
    losses = Losses(variables, origins, cube["n"], sums)
    rows = []
    for variable in (*variables, POOLED):
        own = losses if variable == POOLED else losses.only(variable)
        gain = own.skill("energy", "energy", "energy_independent")
        rows.append({"variable": variable, "origins": len(own.origins), **gain.columns("gain")})
    return pd.DataFrame(rows)


def pit_histograms(scores: pd.DataFrame, *, bins: int = PIT_BINS) -> pd.DataFrame:
    """Return where outcomes fell in the model's distributions: variable ("pooled" too), low, high, share, error.

    Parameters
    ----------
    scores : of a window; the model's own rows are taken.
    bins : of equal width.
    """
    own = scores[scores["model"] == MODEL]
    edges = np.linspace(0.0, 1.0, bins + 1)
    rows = []
    for variable in (*in_order(own["variable"]), POOLED):
        part = own if variable == POOLED else own[own["variable"] == variable]
        place = np.minimum((part["pit"].to_numpy() * bins).astype(np.int64), bins - 1)
        for k in range(bins):
            share, error = block_mean((place == k).astype(np.float64), part["origin"].to_numpy())
            rows.append({"variable": variable, "low": edges[k], "high": edges[k + 1], "share": share, "error": error})
    return pd.DataFrame(rows)


def monte_carlo_errors(batches: pd.DataFrame) -> pd.DataFrame:
    """Return Monte Carlo errors of the model's mean scores: variable ("pooled" too), crps, covered80, covered95.

    Parameters
    ----------
    batches : of a window, as in :class:`~regional_econ.forecasting.backtest.Backtest`.

    Returns
    -------
    crps relative to the mean score (pooled: of the geometric mean), coverages in shares.
    """
    rows: list[dict[str, float | str]] = []
    for variable in (*in_order(batches["variable"]), POOLED):
        part = batches if variable == POOLED else batches[batches["variable"] == variable]
        errors: dict[str, float | str] = {"variable": variable}
        for measure in ("crps", "covered80", "covered95"):
            weighted = part.assign(sum=part[measure] * part["n"]).groupby("batch")[["sum", "n"]].sum()
            means = (weighted["sum"] / weighted["n"]).to_numpy()
            scale = float(means.mean()) if measure == "crps" else 1.0
            errors[measure] = float(means.std(ddof=1)) / np.sqrt(len(means)) / scale
        rows.append(errors)
    squares = [float(row["crps"]) ** 2 for row in rows[:-1]]
    rows[-1]["crps"] = float(np.sqrt(sum(squares))) / len(squares)
    return pd.DataFrame(rows)


def _coverage(cells: pd.DataFrame) -> dict[str, float | bool | None]:
    row: dict[str, float | bool | None] = {"n": len(cells)}
    for level in INTERVALS:
        name = f"covered{round(100 * level)}"
        mean, error = block_mean(cells[name].to_numpy(np.float64), cells["origin"].to_numpy())
        row |= {name: mean, f"{name}_se": error}
        inside = bool(abs(mean - level) <= WITHIN_ERRORS * error) if np.isfinite(error) else None
        row[f"inside{round(100 * level)}"] = inside
    return row


def _mean(losses: Losses, measure: str, model: str) -> float:
    return float(losses.sums[measure, model].sum() / losses.n.sum())


def _half(error: float, origins: int) -> float:
    return half_width(error, origins) if origins > 1 else float("nan")
