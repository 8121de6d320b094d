"""Which methods may be the best one? The model confidence set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option, check_whole
from regional_econ._base.seeds import rng_for
from regional_econ.bayes.trace import Array

Statistic = Literal["T_max", "T_R"]


@dataclass(frozen=True)
class ModelConfidenceSet:
    """Models in the order in which they were eliminated, the last one best.

    Parameters
    ----------
    models : names.
    p_values : of each model; a set at level α holds the models with p ≥ α.
    statistic : "T_max" or "T_R".
    years, draws : periods and resamples behind it.
    """

    models: tuple[str, ...]
    p_values: tuple[float, ...]
    statistic: Statistic
    years: int
    draws: int

    def included(self, level: float = 0.10) -> tuple[str, ...]:
        """Return the models of the set with coverage 1 − level, the last eliminated first."""
        pairs = zip(reversed(self.models), reversed(self.p_values), strict=True)
        return tuple(model for model, p_value in pairs if p_value >= level)

    def to_frame(self) -> pd.DataFrame:
        """Return model and p_value, in the order of elimination."""
        return pd.DataFrame({"model": self.models, "p_value": self.p_values})

    def __str__(self) -> str:
        kept = ", ".join(self.included())
        return f"90 % model confidence set ({self.statistic}, {self.years} years, {self.draws} resamples): {kept}."


def circular_blocks(n: int, *, block: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Return resampled positions in time: blocks of neighbours on a circle, cut to n.

    Parameters
    ----------
    n : periods.
    block : periods a block, at least the horizon, since forecasts of that many years overlap; 1 resamples years alone.
    draws : resamples.
    seed : root seed.

    Returns
    -------
    (draws, n).

    Raises
    ------
    OptionError : a size is not a whole number above 0, or the block is longer than the series.

    Source: Politis & Romano (1992), "A circular block-resampling procedure for stationary data". Held against the
    uniform share of each period and the runs within blocks.

    >>> circular_blocks(5, block=2, draws=2, seed=1).tolist()
    [[0, 1, 0, 1, 2], [3, 4, 2, 3, 4]]
    """
    for name, value in (("n", n), ("block", block), ("draws", draws)):
        check_whole(name, value, least=1)
    if block > n:
        raise OptionError(f"block cannot be {block} for {n} periods", advice=f"Give {n} at most")
    starts = rng_for(seed, "circular blocks", n, block).integers(0, n, (draws, -(-n // block)))
    return ((starts[:, :, None] + np.arange(block)) % n).reshape(draws, -1)[:, :n]


def model_confidence_set(
    losses: Array, models: Sequence[str], resamples: NDArray[np.int64], *, statistic: Statistic = "T_max"
) -> ModelConfidenceSet:
    """Return p-values for membership in the set that holds the best models with a given probability.

    As long as equal accuracy of the remaining models is not rejected they stay; each step drops the one that stands out
    most, and a model's p-value is the largest up to its step. The bootstrap law is one of long series: of five equal
    models some was dropped at a nominal 10 % in 27 ("T_max") and 42 % ("T_R") of cases at 7 years, 20 and 33 % at 10,
    14 and 20 % at 20, 13 % at 60. With few years a dropped model is no finding.

    Parameters
    ----------
    losses : (T, m), mean loss of each model in each target year, in the order of time: whole years are resampled, so
        that regions of a year may depend on each other in any way.
    models : m names.
    resamples : (B, T), positions of years, as from :func:`circular_blocks`.
    statistic : "T_max", a model against the average of the others; "T_R", the largest difference of two models.

    Raises
    ------
    OptionError : an unknown statistic.
    EstimationError : names, losses and resamples differ in size, a loss is not finite, or two models are the same.

    Source: Hansen, Lunde & Nason (2011, Econometrica 79), sections 3.1.2 and 3.2. Held against arch 8.0.0 on the same
    resamples and, within Monte Carlo error, on resamples of its own.

    >>> losses = np.array([[1.0, 1.5, 3.0], [1.2, 1.1, 3.5], [0.9, 1.2, 2.0], [1.1, 1.0, 2.9], [1.3, 1.4, 4.0]])
    >>> print(model_confidence_set(losses, ["a", "b", "c"], circular_blocks(5, block=1, draws=999, seed=1)))
    90 % model confidence set (T_max, 5 years, 999 resamples): a, b.
    """
    check_option("statistic", statistic, Statistic)
    values, names = np.asarray(losses, dtype=np.float64), list(models)
    _check(values, names, resamples)
    mean = values.mean(axis=0)
    deviations = values[resamples].mean(axis=1) - mean
    step = _t_max if statistic == "T_max" else _t_range
    left, order, p_values, largest = list(range(len(names))), [], [], 0.0
    while len(left) > 1:
        worst, p_value = step(mean[left], deviations[:, left])
        largest = max(largest, p_value)
        order.append(names[left.pop(worst)])
        p_values.append(largest)
    return ModelConfidenceSet((*order, names[left[0]]), (*p_values, 1.0), statistic, len(values), len(resamples))


def _t_max(mean: Array, deviations: Array) -> tuple[int, float]:
    """Return the model furthest above the average of all in its own errors, and the p-value of equality."""
    difference = mean - mean.mean()
    resampled = deviations - deviations.mean(axis=1, keepdims=True)
    error = np.sqrt(np.mean(resampled**2, axis=0))
    worst = int(np.argmax(difference / error))
    return worst, float(np.mean(np.max(resampled / error, axis=1) > difference[worst] / error[worst]))


def _t_range(mean: Array, deviations: Array) -> tuple[int, float]:
    """Return the worse model of the pair that differs most in its own errors, and the p-value of equality."""
    i, j = np.triu_indices(len(mean), 1)
    difference = mean[i] - mean[j]
    resampled = deviations[:, i] - deviations[:, j]
    error = np.sqrt(np.mean(resampled**2, axis=0))
    pair = int(np.argmax(np.abs(difference) / error))
    worst = int(i[pair] if difference[pair] > 0 else j[pair])
    largest = np.max(np.abs(resampled) / error, axis=1)
    return worst, float(np.mean(largest > abs(difference[pair]) / error[pair]))


def _check(losses: Array, models: list[str], resamples: NDArray[np.int64]) -> None:
    shape_fits = losses.ndim == 2 and losses.shape[1] == len(models) and resamples.shape[1:] == losses.shape[:1]
    if not shape_fits or len(losses) < 2:
        shapes = f"losses {losses.shape}, {len(models)} models, resamples {resamples.shape}"
        raise EstimationError("sizes do not fit", where=shapes, advice="Give (T, m), m names and (B, T), T above 1")
    if not np.isfinite(losses).all():
        row, column = np.argwhere(~np.isfinite(losses))[0]
        advice = "Take the years in which all models are scored"
        raise EstimationError("a loss is not finite", where=f"{models[column]}, row {row}", advice=advice)
    for i, name in enumerate(models):
        for j in range(i):
            difference = losses[:, i] - losses[:, j]
            if np.ptp(difference) <= 1e-12 * np.abs(losses).max():
                both = f"{models[j]} and {name}"
                raise EstimationError("two models differ by a constant", where=both, advice="Leave one of them out")
