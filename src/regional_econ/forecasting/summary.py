"""Who forecast better, and do the bands hold what they promise? Scores averaged over origins.

Regions of one origin share its shocks, so origins are the independent blocks: the error of a mean comes from the
spread of the origins' sums, that of a ratio from leaving out one origin at a time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ.forecasting.backtest import MODEL, Backtest
from regional_econ.forecasting.benchmarks import BENCHMARKS
from regional_econ.forecasting.skill import block_mean

POOLED = "pooled"
MODELS = (MODEL, *BENCHMARKS)
_MEASURES = ("crps", "interval80", "interval95", "covered80", "covered95")


def summarise(backtest: Backtest) -> pd.DataFrame:
    """Average the scores.

    Returns
    -------
    One row a variable ("pooled": over both) and model: n, origins; mean crps, interval80, interval95 (not for pooled:
    the units differ); covered80, covered95 with origin-block standard errors ``_se``; ratio_drift and ratio_ets, the
    model's CRPS over the benchmark's (pooled: geometric mean over variables), with jackknife errors ``_se``.
    """
    rows = []
    for variable in (*sorted(backtest.scores["variable"].unique()), POOLED):
        part = backtest.scores if variable == POOLED else backtest.scores.query("variable == @variable")
        for model in MODELS:
            rows.append({"variable": variable, "model": model, **_row(part, model, pooled=variable == POOLED)})
    return pd.DataFrame(rows)


def by_horizon(backtest: Backtest) -> pd.DataFrame:
    """Return mean crps, covered80 and covered95 by horizon, variable and model, with the number of cells."""
    grouped = backtest.scores.groupby(["variable", "horizon", "model"], as_index=False)
    return grouped.agg(
        n=("crps", "size"), crps=("crps", "mean"), covered80=("covered80", "mean"), covered95=("covered95", "mean")
    )


def monte_carlo_errors(backtest: Backtest) -> pd.DataFrame:
    """Return the Monte Carlo standard errors of the model's mean crps, covered80 and covered95, by variable."""
    rows = []
    for variable in (*sorted(backtest.batches["variable"].unique()), POOLED):
        part = backtest.batches if variable == POOLED else backtest.batches.query("variable == @variable")
        errors: dict[str, float | str] = {"variable": variable}
        for measure in ("crps", "covered80", "covered95"):
            weighted = part.assign(sum=part[measure] * part["n"]).groupby("batch")[["sum", "n"]].sum()
            means = (weighted["sum"] / weighted["n"]).to_numpy()
            errors[measure] = float(means.std(ddof=1) / np.sqrt(len(means)))
        rows.append(errors)
    return pd.DataFrame(rows)


def _row(part: pd.DataFrame, model: str, *, pooled: bool) -> dict[str, float]:
    own = part[part["model"] == model]
    row: dict[str, float] = {"n": len(own), "origins": own["origin"].nunique()}
    for measure in _MEASURES:
        if measure.startswith("covered"):
            row[measure], row[f"{measure}_se"] = block_mean(own[measure].to_numpy(), own["origin"].to_numpy())
        elif not pooled:
            row[measure] = float(own[measure].mean())
    for benchmark in BENCHMARKS:
        row[f"ratio_{benchmark}"], row[f"ratio_{benchmark}_se"] = _jackknife_ratio(part, model, benchmark)
    return row


def _jackknife_ratio(part: pd.DataFrame, model: str, benchmark: str) -> tuple[float, float]:
    sums = part.groupby(["variable", "origin", "model"])["crps"].sum().unstack("model")
    numerator, denominator = sums[model].unstack("origin"), sums[benchmark].unstack("origin")

    def log_ratio(origins: pd.Index) -> float:
        ratios = (numerator[origins].sum(axis=1) / denominator[origins].sum(axis=1)).map(np.log)
        if lost := list(ratios.index[~np.isfinite(ratios.to_numpy())]):
            raise EstimationError(
                f"{lost[0]} has no score beside {benchmark} once an origin is left out",
                where=f"origins {', '.join(map(str, origins))}",
                advice="Choose backtest origins such that every indicator is scored at two of them at least",
            )
        return float(ratios.mean())

    origins = numerator.columns
    ratio = float(np.exp(log_ratio(origins)))
    if len(origins) < 2:
        return ratio, float("nan")
    left_out = np.array([log_ratio(origins.drop(origin)) for origin in origins])
    g = len(origins)
    error = float(np.sqrt((g - 1) / g * np.sum((left_out - left_out.mean()) ** 2)))
    return ratio, ratio * error
