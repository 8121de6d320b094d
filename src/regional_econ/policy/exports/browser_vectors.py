"""Settings with their answers, by which whoever computes the policy model elsewhere can check the work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.seeds import rng_for
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
PATHS = 3
_RANDOM = 12
_DECREASING, _SYNERGY = 0.5, 0.2


def answered_settings(simulator: Simulator, rows: NDArray[np.int64], *, seed: int) -> list[dict[str, Any]]:
    """Return settings with the outcome's quantiles over the exported draws and the paths of a few.

    Nothing; each lever alone, half its range, from the third year on; all at their maxima from the first year, which
    leaves the domain where anything does; paths at random; and one mixed path under each rule of overlap, decreasing
    returns and a synergy.

    Parameters
    ----------
    rows : which draws were exported (draws,).
    seed : of the random paths and of the synergy's draws.
    """
    return [_vector(simulator, rows, name, amounts, rule, seed) for name, amounts, rule in _settings(simulator, seed)]


def _settings(simulator: Simulator, seed: int) -> Iterator[tuple[str, Floats, str]]:
    shape = (len(simulator.levers), len(simulator.years))
    high = np.array(
        [
            1.0 if link.lever.max is None else link.lever.max
            for link in (*simulator.model.levers, *simulator.model.assumed)
        ]
    )
    yield "zero", np.zeros(shape), ""
    for j, name in enumerate(simulator.levers):
        alone = np.zeros(shape)
        alone[j, 2:] = high[j] / 2.0
        yield f"{name} alone", alone, ""
    maxima = np.repeat(high[:, None], shape[1], axis=1)
    yield "all at their maxima", maxima, ""
    rng = rng_for(seed, "policy", "browser", "vectors")
    for k in range(_RANDOM):
        paths = rng.uniform(size=shape) if k % 2 else np.repeat(rng.uniform(size=(shape[0], 1)), shape[1], axis=1)
        pulled = rng.uniform(size=(shape[0], 1)) < 0.5
        years = np.arange(shape[1]) >= rng.integers(0, 5)
        yield f"random {k}", np.round(paths * high[:, None] * pulled * years, 4), ""
    mixed = np.round(rng.uniform(0.1, 0.7, size=shape) * high[:, None], 4)
    for rule in ("additive", "random", "nested", "decreasing_returns", "synergy"):
        yield f"mixed, {rule}", mixed, rule


def _vector(
    simulator: Simulator, rows: NDArray[np.int64], name: str, amounts: Floats, rule: str, seed: int
) -> dict[str, Any]:
    model = simulator
    if rule == "random":
        model = simulator.with_overlap("random")
    elif rule == "nested":
        model = simulator.with_overlap("nested")
    elif rule == "decreasing_returns":
        model = simulator.with_decreasing_returns(_DECREASING)
    elif rule == "synergy":
        model = simulator.with_synergy(_SYNERGY, seed=seed)
    outcome = model.outcome(amounts)[rows]
    shown = np.linspace(0, len(rows) - 1, min(PATHS, len(rows))).astype(int)
    outside = model.traces(amounts).outside[:, rows].max(axis=(1, 2)) if simulator.drivers else np.zeros(0)
    return {
        "name": name,
        "amounts": {lever: amounts[j].tolist() for j, lever in enumerate(simulator.levers) if amounts[j].any()},
        "overlap": rule if rule in ("random", "nested") else None,
        "synergy_sd": _SYNERGY if rule == "synergy" else 0.0,
        "decreasing_returns": _DECREASING if rule == "decreasing_returns" else 0.0,
        "largest_excess": {part.driver: float(outside[v]) for v, part in enumerate(simulator.model.drivers)},
        "mean": outcome.mean(axis=0).tolist(),
        "quantiles": {f"{p:g}": np.quantile(outcome, p, axis=0).tolist() for p in QUANTILES},
        "paths": {str(int(d)): outcome[d].tolist() for d in shown},
    }
