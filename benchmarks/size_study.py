"""How often do the errors of a panel regression reject a true null, and how often a false one?

Panels of 85 regions × 24 years, one regressor, region and year effects. Five processes; the recommended default is
chosen on two of them by a rule fixed beforehand and judged on the other three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from regional_econ._base.errors import EstimationError
from regional_econ._base.parallel import map_cases
from regional_econ.core.results import Value
from regional_econ.panel.blocks import Blocks, bias_reduced, crossed_effects, jackknifed
from regional_econ.panel.covariance import covariance
from regional_econ.panel.demean import within
from regional_econ.panel.inference import WildBootstrap
from regional_econ.panel.inference_text import parse_inference
from regional_econ.panel.least_squares import Transformed, solve
from regional_econ.panel.wild import Resampled

Floats = NDArray[np.float64]
Process = Literal["independent", "serial", "factor", "district", "heavy"]

N_REGIONS, N_YEARS, N_DISTRICTS = 85, 24, 8
REPLICATIONS, BATCH_SIZE = 10_000, 100
SEED = 20221231
LEVEL = 0.05
EFFECT = 0.07  # in units of the error's standard deviation over the regressor's, for power
TOLERATED = 0.075  # a rejection rate at which the nominal 5 % still means something (Bradley's liberal limit)
CHOSEN_ON: tuple[Process, ...] = ("serial", "factor")
JUDGED_ON: tuple[Process, ...] = ("independent", "district", "heavy")
PERSISTENCE = 0.7
ANALYTIC = (
    "iid", "hc1", "cluster:region", "cluster:year", "cluster:region+year", "dk", "dk:auto:CR1S", "dk:6",
)  # fmt: skip
LEAVE_OUT = ("cluster:region:CR2", "cluster:region:CR3")
RESAMPLED = ("wild:region", "wild:year")
LARGER = "larger"  # of cluster:region and cluster:year, with the degrees of freedom of the fewer clusters
METHODS = (*ANALYTIC, *LEAVE_OUT, *RESAMPLED, LARGER)
WILD_DRAWS = 399


@dataclass(frozen=True)
class Batch:
    """Replications of one process."""

    process: Process
    number: int


def batches() -> dict[str, Batch]:
    """All batches of the study by key."""
    numbers = range(REPLICATIONS // BATCH_SIZE)
    return {f"{process}-{number}": Batch(process, number) for process in (*CHOSEN_ON, *JUDGED_ON) for number in numbers}


def run(todo: Mapping[str, Batch], jobs: int, label: str) -> dict[str, dict[str, list[int]]]:
    """Counts by batch and method: rejections of the true null, of one wrong by EFFECT, and samples without errors."""
    return map_cases(one_batch, todo, seed=SEED, jobs=jobs, label=label)


def one_batch(batch: Batch, seed: int) -> dict[str, list[int]]:
    """Count the rejections in one batch."""
    rng = np.random.default_rng(seed)
    counts = {method: [0, 0, 0] for method in METHODS}
    for number in range(BATCH_SIZE):
        x, u = PROCESSES[batch.process](rng)
        for method, p_values in rejections(regression(x, u), seed + number).items():
            for place, p_value in enumerate(p_values):
                counts[method][place] += int(p_value < LEVEL)
            counts[method][2] += int(np.isnan(p_values[0]))
    return counts


def rejections(data: Transformed, seed: int) -> dict[str, tuple[float, float]]:
    """p-values by method of the true null 0 and of the null EFFECT; NaN where two-way clusters have no variance."""
    fit = solve(data)
    beta = float(fit.beta[0])
    clusters = {"region": data.units, "year": np.asarray(data.years, dtype=np.intp)}
    errors, freedom = {}, {}
    for method in ANALYTIC:
        try:
            found = covariance(data, fit, parse_inference(method), clusters)
        except EstimationError:  # counted: V_region + V_year − V_both may be negative
            errors[method], freedom[method] = float("nan"), float("nan")
            continue
        errors[method] = float(np.sqrt(found.matrix[0, 0]))
        freedom[method] = float(np.min(found.df))
    blocks = {by: Blocks.of(data, codes, crossed(by)) for by, codes in clusters.items()}
    loads = blocks["region"].loads
    reduced, reduced_freedom = bias_reduced(blocks["region"])
    changes = {"CR2": reduced @ loads[0], "CR3": jackknifed(blocks["region"]) @ loads[0]}
    for method, df in zip(LEAVE_OUT, (float(reduced_freedom[0]), N_REGIONS - 1), strict=True):
        errors[method], freedom[method] = float(np.linalg.norm(changes[method[-3:]])), df
    errors[LARGER] = max(errors["cluster:region"], errors["cluster:year"])
    freedom[LARGER] = freedom["cluster:year"]
    p_values = {
        method: (tail((beta - 0) / error, freedom[method]), tail((beta - EFFECT) / error, freedom[method]))
        for method, error in errors.items()
    }
    for method in RESAMPLED:
        by = method.partition(":")[2]
        found = Resampled.of(blocks[by], blocks[by].loads[0], WildBootstrap(by, draws=WILD_DRAWS, seed=seed))
        p_values[method] = (found.p_value(0.0), found.p_value(EFFECT))
    return p_values


@cache
def crossed(by: str) -> Floats:
    """Dummies that cross the clusters, the same for every balanced panel."""
    units, years = (codes.astype(np.intp) for codes in np.divmod(np.arange(N_REGIONS * N_YEARS), N_YEARS))
    return crossed_effects((units, years), units if by == "region" else years, np.ones(len(units)))


def tail(statistic: float, df: float) -> float:
    """Two-sided p-value of t."""
    return float(2 * stdtr(df, -abs(statistic)))


def regression(x: Floats, u: Floats) -> Transformed:
    """The within regression of u on x, both (N, T)."""
    units, years = np.divmod(np.arange(x.size), N_YEARS)
    effects = (units.astype(np.intp), years.astype(np.intp))
    ones = np.ones(x.size)
    columns = within(np.column_stack([u.ravel(), x.ravel()]), effects, ones)
    scale = np.linalg.norm(x)[None]
    return Transformed(columns[:, 0], columns[:, 1:], ("x",), effects[0], years, ones, effects, scale)


def independent(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Nothing depends on anything."""
    x, u = rng.standard_normal((2, N_REGIONS, N_YEARS))
    return x, u


def serial(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Autoregressive regressor and error, 0.7 a year."""
    return autoregressive(rng, (N_REGIONS,)), autoregressive(rng, (N_REGIONS,))


def factor(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """One common shock a year in the regressor and another in the error, with the same loadings in both."""
    x, u = independent(rng)
    loadings = rng.standard_normal((N_REGIONS, 1))
    shocks = rng.standard_normal((2, 1, N_YEARS))
    return (x + loadings * shocks[0]) / np.sqrt(2), (u + loadings * shocks[1]) / np.sqrt(2)


def district(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Persistent shocks shared by the regions of each of eight districts, half of the variance."""
    places = np.arange(N_REGIONS) % N_DISTRICTS
    x, u = serial(rng)
    shared = [autoregressive(rng, (N_DISTRICTS,))[places] for _ in range(2)]
    return (x + shared[0]) / np.sqrt(2), (u + shared[1]) / np.sqrt(2)


def heavy(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Student t(3) errors whose spread differs between regions as the regressor's does."""
    spread = np.exp(0.5 * rng.standard_normal((N_REGIONS, 1)))
    x = spread * rng.standard_normal((N_REGIONS, N_YEARS))
    u = spread * rng.standard_t(3, (N_REGIONS, N_YEARS))
    return x / np.exp(0.25), u / (np.sqrt(3) * np.exp(0.25))


def autoregressive(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Stationary series of variance one, the years last."""
    shocks = rng.standard_normal((*shape, N_YEARS))
    series = np.empty_like(shocks)
    series[..., 0] = shocks[..., 0]
    for year in range(1, N_YEARS):
        series[..., year] = PERSISTENCE * series[..., year - 1] + np.sqrt(1 - PERSISTENCE**2) * shocks[..., year]
    return series


PROCESSES: dict[Process, Callable[[np.random.Generator], tuple[Floats, Floats]]] = {
    "independent": independent,
    "serial": serial,
    "factor": factor,
    "district": district,
    "heavy": heavy,
}


def summary(counted: Mapping[str, Mapping[str, list[int]]]) -> dict[str, Value]:
    """Rejection rates in per cent with Monte Carlo errors, the chosen default and how it does where it is judged.

    A sample for which a method has no error counts as a rejection of the true null; their share is given.
    """
    n = REPLICATIONS
    rates: dict[tuple[str, str], tuple[float, float]] = {}
    values = {
        "replications": Value(n, digits=0),
        "regions": Value(N_REGIONS, digits=0),
        "years": Value(N_YEARS, digits=0),
        "draws": Value(WILD_DRAWS, digits=0),
        "effect": Value(EFFECT, digits=2),
        "tolerated_pct": Value(100 * TOLERATED, "%", 1),
    }
    for process in PROCESSES:
        for method in METHODS:
            totals = np.sum([counted[key][method] for key, one in batches().items() if one.process == process], axis=0)
            size, power, undefined = (float(total) / n for total in totals)
            size += undefined
            if undefined:
                values[f"{process}.{method}.undefined_pct"] = Value(100 * undefined, "%", 2)
            rates[process, method] = size, power
            for name, rate in (("size", size), ("power", power)):
                error = float(np.sqrt(rate * (1 - rate) / n))
                values[f"{process}.{method}.{name}_pct"] = Value(100 * rate, "%", 1, 100 * error)
    chosen = choose(rates)
    values["chosen"] = Value(chosen)
    worst = max(JUDGED_ON, key=lambda process: rates[process, chosen][0])
    values["chosen.worst"] = Value(worst)
    values["chosen.worst_size_pct"] = values[f"{worst}.{chosen}.size_pct"]
    return values


def choose(rates: Mapping[tuple[str, str], tuple[float, float]]) -> str:
    """The method with the most power among those that keep their size on both processes; else the least oversized.

    Power is that of the selection processes together, and an oversized method's power counts for nothing.
    """
    worst = {method: max(rates[process, method][0] for process in CHOSEN_ON) for method in METHODS}
    sound = [method for method in METHODS if worst[method] <= TOLERATED]
    if not sound:
        return min(METHODS, key=lambda method: worst[method])
    return max(sound, key=lambda method: sum(rates[process, method][1] for process in CHOSEN_ON))
