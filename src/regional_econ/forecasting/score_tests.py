"""Could the model's lead be luck? Tests of equal accuracy and of calibration over all indicators and regions together.

One year ahead only: longer forecasts of neighbouring origins share outcomes. An indicator's losses are divided by the
mean loss of the benchmark in it, which all models share, so that indicators count alike. Whole target years are the
independent pieces; of one indicator alone nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ.bayes.trace import Array
from regional_econ.core.forecast import N_DRAWS
from regional_econ.forecasting.backtest import MODEL
from regional_econ.forecasting.confidence_set import circular_blocks, model_confidence_set
from regional_econ.forecasting.skill import diebold_mariano, panel_equal_accuracy, sign_flip
from regional_econ.forecasting.summary import MODELS, POOLED, in_order
from regional_econ.forecasting.uniformity import pit_uniformity

TESTS = ("mcs", "sign_flip", "panel", "fixed_smoothing")
MCS_DRAWS, ROTATIONS = 9_999, 1_999
_SURE = 1e-6
_NONE = float("nan")


@dataclass(frozen=True)
class ScoreTests:
    """Tests of a window, one year ahead; NaN where there are too few years.

    Parameters
    ----------
    years : target years.
    models : model, mcs (p-value of membership in the model confidence set) and, of the state-space model against each
        other one: gain (mean scaled loss saved), sign_flip, panel (t test, errors by target year), fixed_smoothing
        (Diebold-Mariano on yearly means), all two-sided p-values; ``_mc``: Monte Carlo errors of p-values.
    pit : variable ("pooled" too), uniform (p-value), uniform_mc.
    """

    years: tuple[int, ...]
    models: pd.DataFrame
    pit: pd.DataFrame


def score_tests(scores: pd.DataFrame, *, benchmark: str, relative_error: float, seed: int) -> ScoreTests:
    """Test a window's scores.

    Parameters
    ----------
    scores : of a window, as in :class:`~regional_econ.forecasting.backtest.Backtest`.
    benchmark : whose mean loss is the unit of an indicator.
    relative_error : Monte Carlo error of the model's mean CRPS relative to it; p-values are recomputed with losses that
        much higher and lower.
    seed : root seed of resamples and rotations.

    Raises
    ------
    EstimationError : two models have the same losses.
    """
    near = scores[scores["horizon"] == 1]
    years = tuple(int(year) for year in sorted(near["target_year"].unique()))
    losses = scaled_losses(near, benchmark)
    tried = [_p_values(losses, seed, 1.0 + shift * relative_error) for shift in (0.0, -1.0, 1.0)]
    step = {"mcs": 1.0 / MCS_DRAWS, "sign_flip": 2.0 ** (1 - len(years))}
    rows = []
    for model in MODELS:
        gain = float((losses[model] - losses[MODEL]).mean())
        row: dict[str, float | str] = {"model": model, "gain": gain}
        for name in TESTS:
            first, *others = (one[name].get(model, _NONE) for one in tried)
            row |= {name: first, f"{name}_mc": max(step.get(name, _SURE), *(abs(p - first) for p in others))}
        rows.append(row)
    return ScoreTests(years, pd.DataFrame(rows), _uniformity(near, seed))


def scaled_losses(near: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    """Return CRPS over the benchmark's mean CRPS in the indicator: a row a cell, indexed by year, a column a model."""
    keys = ["variable", "region", "target_year"]
    table = near.set_index([*keys, "model"])["crps"].unstack("model")
    unit = table[benchmark].groupby(level="variable").transform("mean")
    return table.div(unit, axis=0).reset_index(["variable", "region"], drop=True).sort_index()


def _p_values(losses: pd.DataFrame, seed: int, factor: float) -> dict[str, dict[str, float]]:
    """Return p-values by test and model, with the model's own losses multiplied by a factor."""
    table = losses.assign(**{MODEL: losses[MODEL] * factor})
    found: dict[str, dict[str, float]] = {name: {} for name in TESTS}
    yearly = table.groupby(level=0).mean()
    cells = table.index.to_numpy()
    for model in MODELS[1:]:
        by_year = (yearly[MODEL] - yearly[model]).to_numpy()
        if len(by_year) >= 2:
            found["sign_flip"][model] = sign_flip(by_year, seed=seed).p_value
        if len(by_year) >= 3:
            all_cells = (table[MODEL] - table[model]).to_numpy()
            found["panel"][model] = panel_equal_accuracy(all_cells, cells, horizon=1, method="hln").p_value
            found["fixed_smoothing"][model] = diebold_mariano(by_year, horizon=1).p_value
    if len(yearly) >= 2:
        resamples = circular_blocks(len(yearly), block=1, draws=MCS_DRAWS, seed=seed)
        chosen = model_confidence_set(yearly[list(MODELS)].to_numpy(), MODELS, resamples)
        found["mcs"] = dict(zip(chosen.models, chosen.p_values, strict=True))
    return found


def _uniformity(near: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Test the PIT of each indicator and of all; Monte Carlo errors from moving each PIT by its own error."""
    own = near[near["model"] == MODEL]
    rows = []
    for variable in (*in_order(own["variable"]), POOLED):
        part = own if variable == POOLED else own[own["variable"] == variable]
        pit, origins = part["pit"].to_numpy(np.float64), part["origin"].to_numpy()
        row: dict[str, float | str] = {"variable": variable, "uniform": _NONE, "uniform_mc": _NONE}
        if len(np.unique(origins)) >= 2:
            error = np.sqrt(pit * (1.0 - pit) / N_DRAWS)
            first, *others = (_uniform_p(pit + shift * error, origins, seed) for shift in (0.0, -1.0, 1.0))
            row |= {"uniform": first, "uniform_mc": max(1.0 / ROTATIONS, *(abs(p - first) for p in others))}
        rows.append(row)
    return pd.DataFrame(rows)


def _uniform_p(pit: Array, origins: Array, seed: int) -> float:
    return pit_uniformity(np.clip(pit, 0.0, 1.0), origins, draws=ROTATIONS, seed=seed).p_value
