"""Settings with their answers, by which whoever computes the policy model elsewhere can check the work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.seeds import rng_for
from regional_econ.core.elasticity import Grade
from regional_econ.policy.exports.browser_price import Price
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.shocks import under_shocks
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.model.thinning import thinned

Floats = NDArray[np.float64]
GRADES: tuple[Grade, ...] = ("A", "B", "C")
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
PATHS = 3
_RANDOM = 12
_DECREASING, _SYNERGY = 0.5, 0.2
_OWN_PATH = (0.9, 0.8, 0.7, 0.6)  # a price's path beside the declared ones, over its last yearly mean
TOLERANCE = 1e-9
ROUNDED = 1e-6  # under a price's path draws are kept as float32, where the last digit may fall either way


def answered_settings(
    simulator: Simulator, inputs: Inputs, rows: NDArray[np.int64], price: Price | None, *, seed: int
) -> list[dict[str, Any]]:
    """Return settings with the outcome's quantiles over the exported draws, the paths of a few and the levers' parts.

    Nothing; each lever alone, half its range, from the third year on; all at their maxima from the first year, which
    leaves the domain where anything does; paths at random; one mixed path under each rule of overlap, decreasing
    returns and a synergy; and nothing and the mixed path under the price's declared paths and one between.

    Parameters
    ----------
    inputs : what the simulator stands on, for the paths of the price.
    rows : which draws were exported (draws,).
    price : None: no settings of it.
    seed : of the random paths and of the synergy's draws.
    """
    found, settings = [], list(_settings(simulator, seed))
    for name, amounts, rule in settings:
        found.append(_vector(_ruled(simulator, rule, seed), rows, name, amounts) | _rules(rule))
    mixed = settings[-1][1]
    paths = {} if price is None else dict(price.declared) | {"own": _own_path(price)}
    for name, values in paths.items():
        assert price is not None
        moved, _ = under_shocks(inputs, (price.shock(values),), seed=seed, grades=GRADES)
        years = simulator.years
        model = Simulator.of(moved, start=years[0], end=years[-1], seed=seed, grades=GRADES, assumed=True)
        given = {"price": list(values), "tolerance": ROUNDED}
        for kind, amounts in (("zero", np.zeros_like(mixed)), ("mixed", mixed)):
            found.append(_vector(model, rows, f"{kind}, price {name}", amounts) | _rules("") | given)
    return found


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


def _ruled(simulator: Simulator, rule: str, seed: int) -> Simulator:
    if rule == "random":
        return simulator.with_overlap("random")
    if rule == "nested":
        return simulator.with_overlap("nested")
    if rule == "decreasing_returns":
        return simulator.with_decreasing_returns(_DECREASING)
    return simulator.with_synergy(_SYNERGY, seed=seed) if rule == "synergy" else simulator


def _rules(rule: str) -> dict[str, Any]:
    return {
        "overlap": rule if rule in ("random", "nested") else None,
        "synergy_sd": _SYNERGY if rule == "synergy" else 0.0,
        "decreasing_returns": _DECREASING if rule == "decreasing_returns" else 0.0,
        "price": None,
        "tolerance": TOLERANCE,
    }


def _own_path(price: Price) -> tuple[float, ...]:
    return tuple(price.last * by for by in _OWN_PATH[: len(price.years)])


def _vector(model: Simulator, rows: NDArray[np.int64], name: str, amounts: Floats) -> dict[str, Any]:
    model = thinned(model, rows.tolist())
    outcome = model.outcome(amounts)
    shown = np.linspace(0, len(rows) - 1, min(PATHS, len(rows))).astype(int)
    outside = model.traces(amounts).outside.max(axis=(1, 2)) if model.drivers else np.zeros(0)
    parts = model.contributions(amounts)[:, :, -1].mean(axis=1)
    return {
        "name": name,
        "amounts": {lever: amounts[j].tolist() for j, lever in enumerate(model.levers) if amounts[j].any()},
        "largest_excess": {part.driver: float(outside[v]) for v, part in enumerate(model.model.drivers)},
        "mean": outcome.mean(axis=0).tolist(),
        "quantiles": {f"{p:g}": np.quantile(outcome, p, axis=0).tolist() for p in QUANTILES},
        "parts": {lever: float(parts[j]) for j, lever in enumerate(model.levers) if amounts[j].any()},
        "paths": {str(int(d)): outcome[d].tolist() for d in shown},
    }
