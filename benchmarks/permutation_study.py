"""Joint permutation of the drivers' histories over the whole multiverse, in batches; its size on simulated outcomes.

The size study takes the real drivers and covariates of a part of the multiverse, and outcomes that are the regions'
mean logit, a year effect and errors with a persistent part of their own and one shared in the federal district.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from record import ROOT
from scipy.special import expit, logit

from regional_econ.causal.declaration import NEWEST, Multiverse, load_multiverse
from regional_econ.causal.joint_permutation import CRITICAL, JointPermutation, joint_permutation
from regional_econ.causal.multiverse import MultiverseResult, run
from regional_econ.core.panel import Panel
from regional_econ.core.results import Value
from regional_econ.data.load import load_panel

REPS, BATCH, SEED, FOCAL = 500, 100, 20221231, "RU-KEM"
SIMULATED, SIMULATED_REPS, PER_BATCH, LEVEL = 200, 99, 20, 0.05
PERSISTENCE, SPREAD = 0.5, 0.28
STATISTICS = ("median", "clear", "largest")


@dataclass(frozen=True)
class Batch:
    """Permutations of one driver over its whole multiverse, or simulated outcomes (driver empty)."""

    driver: str
    number: int


def batches() -> dict[str, Batch]:
    """All batches by key."""
    whole = [Batch(driver, number) for driver in declared().drivers for number in range(REPS // BATCH)]
    simulated = [Batch("", number) for number in range(SIMULATED // PER_BATCH)]
    return {f"{batch.driver or 'size'}-{batch.number}": batch for batch in (*simulated, *whole)}


@cache
def declared() -> Multiverse:
    """The declared specifications."""
    return load_multiverse(ROOT / "analyses" / "multiverse.yml")


@cache
def panels() -> dict[str, Panel]:
    """Official figures by vintage."""
    return {name: load_panel(None if name == NEWEST else name) for name in declared().vintages}


def run_batch(batch: Batch, jobs: int) -> dict[str, list[float]]:
    """Run one batch: permuted statistics of a driver, or p-values of simulated outcomes, as lists by name."""
    if not batch.driver:
        drawn = np.array([simulated(batch.number * PER_BATCH + one).p_values() for one in range(PER_BATCH)])
        return dict(zip(STATISTICS, drawn.T.tolist(), strict=True))
    others = {name: panel for name, panel in panels().items() if name != NEWEST}
    found = joint_permutation(
        panels()[NEWEST], declared(), estimated(jobs), batch.driver, reps=BATCH, seed=SEED + batch.number,
        vintages=others, jobs=jobs,
    )  # fmt: skip
    observed = [found.median_pp, found.clear_share, found.largest_t]
    counts = {"n": [found.n_specs, found.n_moved, found.n_kept], "observed": observed}
    return {**dict(zip(STATISTICS, found.drawn.T.tolist(), strict=True)), **counts}


@cache
def estimated(jobs: int) -> MultiverseResult:
    """The whole multiverse, estimated once."""
    others = {name: panel for name, panel in panels().items() if name != NEWEST}
    return run(panels()[NEWEST], declared(), focal_region=FOCAL, vintages=others, jobs=jobs)


@cache
def small() -> Multiverse:
    """The first method at a lag of one year: both scales, unweighted, two effects, one driver."""
    whole = declared()
    driver = whole.drivers["rd_grp_pct"]
    return replace(
        whole, drivers={driver.id: replace(driver, measures={driver.id: driver.measures[driver.id]})},
        eras=(replace(whole.era("oslo3"), lags=(1,)),), weights=("none",), effects=whole.effects[:2],
        samples=whole.samples[:1], vintages=(NEWEST,),
    )  # fmt: skip


def simulated(number: int) -> JointPermutation:
    """Permute the driver under one outcome that it does not move."""
    rng = np.random.default_rng([SEED, number])
    panel = panels()[NEWEST]
    outcome = panel.frame[small().outcome]
    table = logit(outcome.clip(0.2, 99.8) / 100).unstack("year")
    districts = [panel.regions[region].district or region for region in table.index]
    codes = np.unique(districts, return_inverse=True)[1]
    own, shared = noise(rng, table.shape), noise(rng, (int(codes.max()) + 1, table.shape[1]))[codes]
    level = table.mean(axis=1).fillna(table.stack().mean()).to_numpy()[:, None] + 0.2 * rng.standard_normal(
        table.shape[1]
    )
    drawn = table.copy()
    drawn[:] = 100 * expit(level + SPREAD * (own + shared) / np.sqrt(2))
    frame = panel.frame.assign(**{small().outcome: drawn.stack().reindex(panel.frame.index).where(outcome.notna())})
    made = replace(panel, frame=frame)
    found = run(made, small(), focal_region=FOCAL)
    return joint_permutation(made, small(), found, "rd_grp_pct", reps=SIMULATED_REPS, seed=number)


def noise(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Stationary series of variance one, the years last."""
    shocks = rng.standard_normal(shape)
    series = shocks.copy()
    for year in range(1, shape[1]):
        series[:, year] = PERSISTENCE * series[:, year - 1] + np.sqrt(1 - PERSISTENCE**2) * shocks[:, year]
    return series


def summary(found: Mapping[str, Mapping[str, list[float]]]) -> dict[str, Value]:
    """P-values of each driver, and rejection rates under the null with their Monte Carlo errors."""
    values = {
        "level_pct": Value(100 * LEVEL, "%", 0),
        "critical": Value(CRITICAL, digits=2),
        "permutations": Value(REPS, digits=0),
        "simulated": Value(SIMULATED, digits=0),
        "simulated_permutations": Value(SIMULATED_REPS, digits=0),
    }
    for statistic in STATISTICS:
        p = np.concatenate([one[statistic] for key, one in found.items() if key.startswith("size-")])
        rate = float((p <= LEVEL).mean())
        values[f"size.{statistic}_pct"] = Value(100 * rate, "%", 1, 100 * float(np.sqrt(rate * (1 - rate) / len(p))))
    for driver in declared().drivers:
        parts = [found[f"{driver}-{number}"] for number in range(REPS // BATCH)]
        drawn = np.column_stack([np.concatenate([part[name] for part in parts]) for name in STATISTICS])
        n_specs, n_moved, n_kept = (int(count) for count in parts[0]["n"])
        whole = JointPermutation(driver, n_specs, n_moved, n_kept, *parts[0]["observed"], drawn)
        values |= {
            f"{driver}.n_specs": Value(n_specs, digits=0),
            f"{driver}.n_moved": Value(n_moved, digits=0),
            f"{driver}.n_kept": Value(n_kept, digits=0),
            f"{driver}.median_pp": Value(whole.median_pp, "pp", 2),
            f"{driver}.clear_pct": Value(100 * whole.clear_share, "%", 1),
            f"{driver}.largest_t": Value(whole.largest_t, "", 2),
        }
        values |= {f"{driver}.p_{name}": Value(p, "", 3) for name, p in zip(STATISTICS, whole.p_values(), strict=True)}
    return values
