"""Could a driver that does nothing look as it does over the whole multiverse? Histories change regions, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for
from regional_econ.causal.axes import Choices, Driver
from regional_econ.causal.cells import Batch, batches, sift_cell
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import blocks_of, mask_of, solve
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.causal.sample import BoolArray, IntArray, Sample, region_starts
from regional_econ.causal.scales import FloatArray, effect_pp
from regional_econ.causal.sweep import sweep_effects
from regional_econ.core.panel import Panel

CRITICAL = 1.96


@dataclass(frozen=True)
class JointPermutation:
    """Statistics of the deciding specifications of one driver, and how often permuted histories reach them.

    ``median_pp`` is the weighted median effect, ``clear_share`` the weight of the specifications with the claimed sign
    and an absolute t above 1.96, ``largest_t`` the largest absolute t. ``drawn`` (reps, 3) holds them as permuted.
    ``n_moved`` regions exchange their histories within their federal districts, ``n_kept`` keep theirs: they are not
    complete in every cell, or alone in their district.
    """

    driver: str
    n_specs: int
    n_moved: int
    n_kept: int
    median_pp: float
    clear_share: float
    largest_t: float
    drawn: FloatArray

    def p_values(self) -> tuple[float, float, float]:
        """Return (1 + count)/(reps + 1) of the median (two-sided), the clear share and the largest absolute t."""
        observed = np.abs([self.median_pp, self.clear_share, self.largest_t])
        reached = (np.abs(self.drawn) >= observed * (1 - 1e-9)).sum(axis=0)
        median, clear, largest = ((1 + int(count)) / (len(self.drawn) + 1) for count in reached)
        return median, clear, largest

    def __str__(self) -> str:
        median, clear, largest = self.p_values()
        return (
            f"{self.driver}: median {self.median_pp:+.2f} pp (p {median:.3f}), clear {self.clear_share:.3f} "
            f"(p {clear:.3f}), largest |t| {self.largest_t:.2f} (p {largest:.3f}); {self.n_specs} "
            f"specifications, {len(self.drawn)} permutations of {self.n_moved} regions, {self.n_kept} kept."
        )


@dataclass(frozen=True)
class _Case:
    """Cells that share their layers, one driver of theirs, and its permutations (reps + 1, R): sources of histories."""

    batch: Batch
    driver: Driver
    sources: IntArray


def joint_permutation(
    panel: Panel,
    multiverse: Multiverse,
    result: MultiverseResult,
    driver: str,
    *,
    reps: int,
    seed: int,
    vintages: Mapping[str, Panel] | None = None,
    jobs: int = 1,
) -> JointPermutation:
    """Permute residualised histories of a driver between regions of a federal district, alike in all its cells.

    In each cell the driver is regressed on all admitted covariates and the effects; whole histories of its residuals
    change regions, the fitted part stays, and all specifications are estimated anew. Specifications with ``cce`` are
    left out: each permutation would change the averages that they take out. Only specifications whose lag decides
    count, by the weights that they have without those.

    Parameters
    ----------
    panel, multiverse, vintages, jobs : as in `causal.multiverse.run`.
    result : the estimated multiverse: weights, contrasts and level.
    driver : its id.
    reps : permutations.
    seed : root seed.

    Returns
    -------
    observed and permuted statistics.

    Raises
    ------
    EstimationError : fewer than two regions of one district are complete in every cell.

    Source: Freedman & Lane (1983, JBES 1); Simonsohn, Simmons & Nelson (2020) for the statistics. Held against plain
    regressions on permuted columns, and in size by simulation (tests/causal/test_joint_permutation.py).
    """
    own = multiverse.drivers[driver]
    family = [_of_driver(batch, own) for batch in batches(panel, multiverse, vintages or {})]
    family = [batch for batch in family if batch.cells]
    return permute(family, own, multiverse, result, reps=reps, seed=seed, jobs=jobs)


def permute(
    family: Sequence[Batch],
    driver: Driver,
    multiverse: Multiverse,
    result: MultiverseResult,
    *,
    reps: int,
    seed: int,
    jobs: int = 1,
) -> JointPermutation:
    """Permute within given cells (see :func:`joint_permutation`)."""
    moved = movers(family)
    sources = permutations(moved, family[0].layers.district, reps=reps, seed=seed)
    cases = {str(number): _Case(batch, driver, sources) for number, batch in enumerate(family)}
    found = list(map_cases(_draws, cases, seed=seed, jobs=jobs, label=f"permutations of {driver.id}").values())
    coef, t = (np.concatenate([one[part] for one in found]) for part in (0, 1))
    change, logs, weight = _described(family, driver, multiverse, result)
    statistics = np.array(
        [_statistics(coef[:, b], t[:, b], change, logs, weight, driver, result.level_pct) for b in range(reps + 1)]
    )
    median, clear, largest = map(float, statistics[0])
    n_moved = int((sources != np.arange(sources.shape[1])).any(axis=0).sum())
    n_present = int(np.any([_present(batch) for batch in family], axis=0).sum())
    n_kept = n_present - n_moved
    return JointPermutation(driver.id, len(coef), n_moved, n_kept, median, clear, largest, statistics[1:])


def movers(family: Sequence[Batch]) -> BoolArray:
    """Return (R,): whether a region has every year of every cell, and so a history that others can take."""
    complete = np.ones(len(family[0].layers.regions), dtype=bool)
    for batch in family:
        for choices in batch.cells:
            sample = sift_cell(batch.layers, batch.multiverse, choices)
            rows = np.bincount(sample.region, minlength=len(complete))
            complete &= rows == len(np.unique(sample.year))
    return complete


def permutations(moved: BoolArray, district: IntArray, *, reps: int, seed: int) -> IntArray:
    """Return (reps + 1, R) the region whose history each region takes, the first row its own.

    Raises
    ------
    EstimationError : no district has two regions that move.
    """
    groups = [np.flatnonzero(moved & (district == one)) for one in np.unique(district)]
    groups = [group for group in groups if len(group) > 1]
    if not groups:
        raise EstimationError("no district has two complete regions", advice="Use fewer cells, or longer series")
    rng = rng_for(seed, "histories")
    sources = np.tile(np.arange(len(moved)), (reps + 1, 1))
    for b in range(1, reps + 1):
        for group in groups:
            sources[b, group] = rng.permutation(group)
    return sources


def cell_draws(
    sample: Sample, driver: int, covariates: tuple[int, ...], masks: Sequence[int], sources: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the driver's coefficients and t statistics (S, reps + 1) in one cell under each permutation.

    Parameters
    ----------
    sample : complete cases.
    driver, covariates : columns: the cause, and all admitted covariates that it is residualised on.
    masks : subsets of the covariates, as bits.
    sources : (reps + 1, R), as :func:`permutations` gives; regions that move have the same years in the sample.
    """
    root = np.sqrt(sample.weights)[:, None]
    left, n_units, rank = sweep_effects(sample, np.column_stack([sample.X, sample.y]))
    swept = root * left
    Z, d = swept[:, list(covariates)], swept[:, driver]
    fitted = Z @ np.linalg.lstsq(Z, d, rcond=None)[0] if covariates else np.zeros_like(d)
    residual = (d - fitted) / root[:, 0]
    starts = region_starts(sample.region)
    first = np.zeros(sources.shape[1], dtype=np.int64)
    first[sample.region[starts]] = starts
    within_region = np.arange(len(d)) - first[sample.region]
    drawn = residual[first[sources[:, sample.region]] + within_region].T
    columns = fitted[:, None] + root * sweep_effects(sample, drawn)[0]
    blocks = blocks_of(swept, starts, n_units, rank)
    cross = np.stack([np.add.reduceat(columns * swept[:, [j]], starts, axis=0) for j in range(swept.shape[1])])
    square = np.add.reduceat(columns**2, starts, axis=0)
    asked = np.array(masks, dtype=np.uint64)
    coef, t = np.empty((2, len(asked), len(sources)))
    for b in range(len(sources)):
        xx, xy = blocks.xx.copy(), blocks.xy.copy()
        xx[driver] = xx[:, driver] = cross[:-1, :, b]
        xx[driver, driver], xy[driver] = square[:, b], cross[-1, :, b]
        found = solve(replace(blocks, xx=xx, xy=xy), driver, asked)
        coef[:, b], t[:, b] = found.coef, found.coef / found.std_error
    return coef, t


def _of_driver(batch: Batch, driver: Driver) -> Batch:
    """The deciding cells of a batch that hold the driver's specifications."""
    least = batch.multiverse.rule.deciding_lag
    own = [
        cell
        for cell in batch.cells
        if cell.lag >= least and cell.effects != "cce" and (not cell.measure or cell.measure in driver.measures)
    ]
    return replace(batch, cells=tuple(own))


def _draws(case: _Case, seed: int) -> tuple[FloatArray, FloatArray]:
    """Estimate all specifications of some cells under each permutation; the permutations are drawn already."""
    found = []
    for choices in case.batch.cells:
        sample = sift_cell(case.batch.layers, case.batch.multiverse, choices)
        subsets = case.batch.multiverse.subsets(case.driver, choices.effects)
        driver = sample.columns_of((choices.measure or case.driver.id,), choices.lag)[0]
        masks = [mask_of(sample.columns_of(subset, choices.lag)) for subset in subsets]
        covariates = sample.columns_of(tuple(case.driver.covariates), choices.lag)
        found.append(cell_draws(sample, driver, covariates, masks, case.sources))
    coef, t = (np.concatenate([one[part] for one in found]) for part in (0, 1))
    return coef, t


def _described(
    family: Sequence[Batch], driver: Driver, multiverse: Multiverse, result: MultiverseResult
) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Return contrast, whether the outcome is in logs, and weight of each specification, in the order of the draws."""
    rows = result.driver(driver.id)
    names = list(vars(family[0].cells[0]))
    keys = rows[names].astype({name: str for name in names}).agg("|".join, axis=1)
    weights = dict(zip(keys + "|" + rows["covariates"].astype(str), rows["weight"], strict=True))
    change, logs, weight = [], [], []
    for batch in family:
        for choices in batch.cells:
            key = _key(choices, driver)
            for subset in multiverse.subsets(driver, choices.effects):
                change.append(result.contrasts[choices.measure or driver.id].change)
                logs.append(choices.scale == "ln")
                weight.append(weights[f"{key}|{'+'.join(subset) or 'none'}"])
    total = np.array(weight)
    return np.array(change), np.array(logs), total / total.sum()


def _key(choices: Choices, driver: Driver) -> str:
    made = {**vars(choices), "measure": choices.measure or driver.id}
    return "|".join(str(value) for value in made.values())


def _present(batch: Batch) -> BoolArray:
    return np.asarray(np.isfinite(batch.layers.percent).any(axis=1))


def _statistics(
    coef: FloatArray,
    t: FloatArray,
    change: FloatArray,
    logs: BoolArray,
    weight: FloatArray,
    driver: Driver,
    level: float,
) -> tuple[float, float, float]:
    """Return the weighted median effect in percentage points, the weight of clear ones, the largest |t|."""
    pp = np.where(logs, effect_pp(coef, change, level, "ln"), effect_pp(coef, change, level, "logit"))
    order = np.argsort(pp)
    middle = int(np.searchsorted(np.cumsum(weight[order]), 0.5))
    clear = (np.sign(coef) == driver.claimed_sign) & (np.abs(t) > CRITICAL)
    return float(pp[order][min(middle, len(pp) - 1)]), float(weight @ clear), float(np.abs(t).max())
