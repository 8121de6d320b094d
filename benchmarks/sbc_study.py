"""Is the forecast model's posterior the one it claims to be? Simulation-based calibration of the shipped structure.

Parameters are drawn from their priors and a panel of 16 regions from them, by a process written out without the filter
or PyMC (``growth_world``): a blank first year, gaps, a late start, a bridged and an unbridged break, and the national
growth from its own law, then taken as known. The shipped sampler, with its gates and attempts, gets the figures to a
last year. If priors, likelihood, sampler and the way forward are all right, the rank of what was drawn among the
posterior's draws is uniform: of every hyperparameter, of some regions' parameters, levels, growths and figures one and
five years ahead, and of the log likelihood, which depends on the data and so finds what the others cannot (Modrák et
al. 2023).

Ranks are held against uniformity by χ² over 20 bins, and by the largest departure of their distribution function from
its pointwise binomial law, with the law of that largest departure simulated (Säilynoja et al. 2022). There are many
quantities, so p-values are Holm's over all quantities and both tests.

Source: Talts, Betancourt, Simpson, Vehtari, Gelman (2018), "Validating Bayesian inference algorithms with
simulation-based calibration"; Säilynoja, Bürkner, Vehtari (2022, Statistics and Computing 32), "Graphical test for
discrete uniformity and its applications in goodness-of-fit evaluation and multiple sample comparison"; Modrák et al.
(2023, Bayesian Analysis), "Simulation-based calibration checking for Bayesian computation".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from growth_world import (
    Floats,
    Parameters,
    drawn_parameters,
    figures_density,
    filter_arguments,
    layout,
    national_density,
    parameters_of,
    with_figures,
    with_national,
)
from numba import njit
from numpy.typing import NDArray
from scipy.stats import binom, chi2

from regional_econ._base.errors import SamplingError
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.bayes.gates import Gates, check, diagnose
from regional_econ.bayes.growth_model import GrowthData
from regional_econ.bayes.kalman import level_growth
from regional_econ.bayes.sampling import sample
from regional_econ.bayes.trace import SamplerSettings, Trace
from regional_econ.core.results import Value
from regional_econ.forecasting.choice import load_choice
from regional_econ.forecasting.model import ATTEMPTS
from regional_econ.forecasting.simulate import Shocks, simulate, start_of

SIMULATIONS, BATCH_SIZE = 320, 8
N, S = 16, 25
HORIZONS = (1, 5)
SEED = 20221231
SETTINGS = SamplerSettings(draws=1000, tune=500)
L = 199  # thinned draws that a rank counts among: 200 ranks
BINS = 20
INSIDE = {80: (20, 179), 95: (5, 194)}  # ranks of what lies inside the central interval
NULL_REPLICATIONS = 20_000
FOLLOWED = {"gap": 0, "late": 1, "whole": 15}  # regions whose own quantities are ranked
LIKELIHOOD = "log_likelihood"
SCALARS = (
    "log_sd_mean", "log_sd_sd", "common_drift", "drift_sd", "persistence", "loading_sd", "factor_sd",
    "factor_persistence", "volatility_sd", "driver_effect",
)  # fmt: skip
VECTORS = {
    "parts": ("noise", "innovation", "growth"), "break_mean": ("bridged", "unbridged"),
    "break_sd": ("bridged", "unbridged"),
}  # fmt: skip
OWN = ("log_sd", "drift", "loading")

_filtered = njit(cache=True, error_model="numpy")(level_growth)


@dataclass(frozen=True)
class World:
    """A simulated panel up to the last year that the sampler sees, its parameters, and the truth by quantity."""

    data: GrowthData
    given: Parameters
    truth: Mapping[str, float]


def batches() -> dict[str, int]:
    """Return the numbers of all batches by key."""
    return {f"batch-{number}": number for number in range(SIMULATIONS // BATCH_SIZE)}


def run(part: Mapping[str, int], jobs: int, label: str) -> dict[str, Any]:
    """Run batches."""
    return map_cases(one_batch, part, seed=SEED, jobs=jobs, label=label)


def one_batch(number: int, _seed: int = 0) -> dict[str, Any]:
    """Simulate, sample and rank: ranks by quantity, and by simulation how it was sampled."""
    ranks: dict[str, list[int]] = {}
    sampled: dict[str, list[float]] = {"ess": [], "rhat": [], "divergences": [], "attempts": [], "failed": []}
    for simulation in range(number * BATCH_SIZE, (number + 1) * BATCH_SIZE):
        simulated = world(simulation)
        trace, attempts, failed = posterior(simulated.data, simulation)
        for name, rank in ranks_of(simulated, trace, simulation).items():
            ranks.setdefault(name, []).append(rank)
        report = diagnose(trace)
        found = (report.ess_bulk, report.rhat, report.divergences, attempts, failed)
        for key, value in zip(sampled, found, strict=True):
            sampled[key].append(float(value))
    return {"ranks": ranks, **sampled}


def world(simulation: int) -> World:
    """Draw parameters and a panel from them, whose last years are kept back as the future."""
    choice = load_choice()
    rng = rng_for(SEED, "world", simulation)
    frame = layout(N, S + max(HORIZONS), choice.prior)
    driver = rng.normal(0.0, 0.3, S + max(HORIZONS)) * frame.steps
    frame = replace(frame, exposure=rng.uniform(0.0, 0.5, N), driver=driver)
    given = drawn_parameters(rng, frame, choice.structure)
    whole, levels, growths = with_figures(rng, given, with_national(rng, given, frame))
    truth = {name: float(values[0]) for name, values in _parameters({k: v[None] for k, v in _arrays(given)}).items()}
    for place, i in FOLLOWED.items():
        truth |= {f"level.{place}": float(levels[i, S - 1]), f"own_growth.{place}": float(growths[i, S - 1])}
        truth |= {f"figure.{place}.h{h}": float(whole.observed[i, S - 1 + h]) for h in HORIZONS}
    past = {name: value[..., :S] for name, value in vars(whole).items() if name not in ("exposure", "prior")}
    return World(replace(whole, **past), replace(given, volatility=given.volatility[:S]), truth)


def posterior(data: GrowthData, simulation: int) -> tuple[Trace, int, bool]:
    """Sample as a forecast does: anew with stricter settings while a gate fails; say whether it failed to the end."""
    structure, settings = load_choice().structure, SETTINGS
    for attempt in range(1, ATTEMPTS + 1):
        seed = seed_for(SEED, "posterior", simulation, attempt)
        trace = sample(data, seed=seed, settings=settings, structure=structure)
        try:
            check(trace, Gates())
        except SamplingError:
            settings = settings.stricter()
        else:
            return trace, attempt, False
    return trace, ATTEMPTS, True


def ranks_of(simulated: World, trace: Trace, simulation: int) -> dict[str, int]:
    """Count the thinned draws below what is true, by quantity."""
    structure, data = load_choice().structure, simulated.data
    rows = np.linspace(0, trace.n_draws, L, endpoint=False).astype(np.int64)
    values = {name: trace.draws(name)[rows] for name in trace.posterior}
    drawn = _parameters(values)
    start = start_of(trace, structure, data).pick(rows)
    rng = rng_for(SEED, "future", simulation)
    shocks = Shocks.independent(L, max(HORIZONS), N, rng, lambda z: 0.3 * z)
    future = simulate(start, shocks)
    level, growth, v_level, between, v_growth = (values["state"][:, k] for k in range(5))
    z = rng.standard_normal((2, L, N))
    levels = level + np.sqrt(v_level) * z[0]
    rest = np.sqrt(np.maximum(v_growth - between**2 / v_level, 0.0))
    growths = growth + between / v_level * (levels - level) + rest * z[1]
    for place, i in FOLLOWED.items():
        drawn |= {f"level.{place}": levels[:, i], f"own_growth.{place}": growths[:, i]}
        drawn |= {f"figure.{place}.h{h}": future[:, i, h - 1] for h in HORIZONS}
    if not structure.growth:
        drawn = {name: column for name, column in drawn.items() if not name.startswith("own_growth")}
    drawn[LIKELIHOOD] = np.array([_likelihood({k: v[row] for k, v in values.items()}, data) for row in range(L)])
    national = national_density(simulated.given, data) if structure.factor else 0.0
    truth = {**simulated.truth, LIKELIHOOD: figures_density(simulated.given, data) + national}
    return {name: int(np.count_nonzero(column < truth[name])) for name, column in drawn.items()}


def _likelihood(values: Mapping[str, Floats], data: GrowthData) -> float:
    point = parameters_of(values, N, S)
    national = national_density(point, data) if load_choice().structure.factor else 0.0
    return float(_filtered(*filter_arguments(point, data))[0]) + national


def _arrays(given: Parameters) -> list[tuple[str, Floats]]:
    return [(name, np.asarray(value)) for name, value in vars(given).items()]


def _parameters(values: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return draws (D,) of the ranked parameters among values (D, …) by the names of the model's variables."""
    found = {name: values[name] for name in SCALARS if name in values}
    for name, labels in VECTORS.items():
        found |= {f"{name}.{label}": column for label, column in zip(labels, values[name].T, strict=False)}
    for name in OWN:
        if name in values:
            found |= {f"{name}.{place}": values[name][:, i] for place, i in FOLLOWED.items()}
    return found


def chi_square(ranks: NDArray[np.int64]) -> float:
    """Return the p-value of uniform ranks 0 … L by Pearson's χ² over bins of equal width."""
    counts = np.bincount(ranks * BINS // (L + 1), minlength=BINS)
    expected = len(ranks) / BINS
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), BINS - 1))


def ecdf_test(ranks: NDArray[np.int64]) -> float:
    """Return the p-value of the largest departure of the ranks' distribution function from uniformity."""
    null = _null_departures(len(ranks))
    return float((1 + np.count_nonzero(null <= departure(ranks[None])[0])) / (1 + len(null)))


def departure(ranks: NDArray[np.int64]) -> Floats:
    """Return, for each of several samples (R, n) of ranks, the least pointwise p-value of its distribution function."""
    counts = np.stack([np.bincount(one, minlength=L + 1) for one in ranks])
    hits = np.cumsum(counts, axis=1)[:, :L]
    return np.asarray(_pointwise(ranks.shape[1])[hits, np.arange(L)].min(axis=1))


@cache
def _pointwise(n: int) -> Floats:
    """Two-sided binomial p-values (n + 1, L) of so many ranks of n below each of 1 … L."""
    hits, share = np.arange(n + 1)[:, None], np.arange(1, L + 1) / (L + 1)
    return np.asarray(np.minimum(1.0, 2.0 * np.minimum(binom.cdf(hits, n, share), binom.sf(hits - 1, n, share))))


@cache
def _null_departures(n: int) -> Floats:
    rng = rng_for(SEED, "null", n)
    return np.concatenate([departure(rng.integers(0, L + 1, (1000, n))) for _ in range(NULL_REPLICATIONS // 1000)])


def holm(p_values: Floats) -> Floats:
    """Return p-values adjusted for their number (Holm 1979).

    >>> holm(np.array([0.01, 0.5, 0.02])).tolist()
    [0.03, 0.5, 0.04]
    """
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty_like(steps)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def summary(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Value]:
    """Return both p-values and coverages of each quantity, the least p-value after Holm, and how sampling went."""
    names = list(next(iter(found.values()))["ranks"])
    ranks = {name: np.concatenate([np.array(one["ranks"][name]) for one in found.values()]) for name in names}
    tests = {name: (chi_square(own), ecdf_test(own)) for name, own in ranks.items()}
    adjusted = holm(np.array(list(tests.values())).ravel())
    n = len(ranks[names[0]])
    values = {
        "simulations": Value(n, digits=0), "regions": Value(N, digits=0), "steps": Value(S, digits=0),
        "ranked_draws": Value(L, digits=0), "bins": Value(BINS, digits=0), "quantities": Value(len(names), digits=0),
        "tests": Value(len(adjusted), digits=0), "least_p": Value(float(np.min(list(tests.values()))), digits=4),
        "least_p_holm": Value(float(adjusted.min()), digits=4),
        "least_p_quantity": Value(min(names, key=lambda name: min(tests[name]))),
    }  # fmt: skip
    for name, own in ranks.items():
        values[f"{name}.chi2_p"], values[f"{name}.ecdf_p"] = (Value(p, digits=3) for p in tests[name])
        for level, (low, high) in INSIDE.items():
            values[f"{name}.covered{level}"] = _share(np.mean((own >= low) & (own <= high)), n)
    for level, (low, high) in INSIDE.items():
        held = np.array([(own >= low) & (own <= high) for own in ranks.values()])
        values[f"covered{level}"] = Value(100.0 * float(held.mean()), "%", 1, _error(held.mean(axis=0)))
    ess, rhat, divergences, attempts, failed = (
        np.concatenate([np.array(one[key]) for one in found.values()])
        for key in ("ess", "rhat", "divergences", "attempts", "failed")
    )
    return values | {
        "ess_min": Value(float(ess.min()), digits=0), "rhat_max": Value(float(rhat.max()), digits=3),
        "divergent_simulations": Value(int((divergences > 0).sum()), digits=0),
        "second_attempts": Value(int((attempts > 1).sum()), digits=0),
        "failed_gates": Value(int(failed.sum()), digits=0),
    }  # fmt: skip


def _share(share: float, n: int) -> Value:
    return Value(100.0 * float(share), "%", 1, 100.0 * float(np.sqrt(share * (1.0 - share) / n)))


def _error(by_simulation: Floats) -> float:
    return 100.0 * float(by_simulation.std(ddof=1) / np.sqrt(len(by_simulation)))
