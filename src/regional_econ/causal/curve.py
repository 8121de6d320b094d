"""What do the pictures of a multiverse draw? Steps of equal weight, so that a million specifications stay readable."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from regional_econ.causal.axes import AXES
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.causal.scales import FloatArray

STEPS, QUANTILES = 97, 401  # odd, so that the one in the middle is the median
_CHART_NAMES = {"weights": "weight"}
_ROUNDING = 1e-9


def curve_frame(driver: str, result: MultiverseResult) -> pd.DataFrame:
    """Return the specification curve of a driver in steps of equal weight, in order of the effect in percentage points.

    There are so many steps that none is narrower than the heaviest specification, at most ``STEPS``.

    Columns: rank (of the step), row (the specification in the middle of its weight, which `causal multiverse --row`
    reruns), estimate (its effect, so the curve is that of the weighted quantiles), conf_low and conf_high (weighted
    medians of the step's interval ends), and the weight share of each option in the step: ``<axis>.<option>``, and
    ``controls.<covariate>``.

    Parameters
    ----------
    driver : its id.
    result : all specifications.
    """
    curve = result.curve(driver)
    weight = curve["weight"].to_numpy() / curve["weight"].sum()
    passed = np.cumsum(weight)
    steps = max(1, min(STEPS, int(1 / weight.max() + _ROUNDING)))
    step = np.minimum(((passed - weight / 2) * steps).astype(int), steps - 1)
    middle = curve.iloc[np.minimum(np.searchsorted(passed, (np.arange(steps) + 0.5) / steps), len(curve) - 1)]
    mass = np.bincount(step, weight, minlength=steps)
    columns: dict[str, object] = {
        "rank": np.arange(1, steps + 1),
        "row": middle["row"].to_numpy(),
        "estimate": middle["pp"].to_numpy(),
        "conf_low": _medians(step, curve["pp_low"].to_numpy(), weight),
        "conf_high": _medians(step, curve["pp_high"].to_numpy(), weight),
    }
    for axis in AXES[:-1]:
        codes, options = pd.factorize(curve[axis], sort=True)
        for code, option in enumerate(options):
            made = np.bincount(step, weight * (codes == code), minlength=steps)
            columns[f"{_CHART_NAMES.get(axis, axis)}.{option}"] = made / mass
    codes, sets = pd.factorize(curve["covariates"].astype(str))
    for name in sorted({name for one in sets for name in one.split("+")} - {"none"}):
        holds = np.array([name in one.split("+") for one in sets])
        columns[f"controls.{name}"] = np.bincount(step, weight * holds[codes], minlength=steps) / mass
    return pd.DataFrame(columns)


def density_frame(drivers: Iterable[str], result: MultiverseResult) -> pd.DataFrame:
    """Return weighted quantiles of each driver's effects in percentage points: columns series (driver), estimate."""
    parts = []
    for driver in drivers:
        curve = result.curve(driver)
        count = min(QUANTILES, len(curve))
        passed = np.cumsum(curve["weight"].to_numpy())
        at = np.searchsorted(passed, (np.arange(count) + 0.5) / count * passed[-1])
        parts.append(pd.DataFrame({"series": driver, "estimate": curve["pp"].to_numpy()[at]}))
    return pd.concat(parts, ignore_index=True)


def explained_frame(drivers: Iterable[str], result: MultiverseResult) -> pd.DataFrame:
    """Return the share of the variance that each axis explains alone: columns panel (driver), label (axis), value."""
    rows = [
        {"panel": driver, "label": axis, "value": float(share)}
        for driver in drivers
        for axis, share in result.explained(driver).items()
    ]
    return pd.DataFrame(rows)


def _medians(step: np.ndarray, values: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the weighted median of each step: the least value below or at which half of its weight lies."""
    order = np.lexsort((values, step))
    step, values, weight = step[order], values[order], weight[order]
    starts = np.flatnonzero(np.diff(step, prepend=-1))
    passed = np.cumsum(weight)
    before = np.concatenate([[0.0], passed[starts[1:] - 1]])
    whole = np.append(passed[starts[1:] - 1], passed[-1]) - before
    return np.asarray(values[np.searchsorted(passed, before + whole / 2)])
