"""Which designs find an effect that is known, and how do their intervals do, when something stands in the way?

Worlds and their moments are declared in `planted_world.py`. All designs judge the same panels, through the functions
that the report uses; the number of panels differs by cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
from planted_world import (
    DRIVER,
    FOCAL,
    MOMENTS,
    WORLDS,
    Drawn,
    Floats,
    Setting,
    as_panel,
    layers,
    panel_number,
    setting,
)
from scipy.special import stdtrit

from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.causal.designs import designs_of
from regional_econ.causal.distribution import confidence_distribution
from regional_econ.causal.double_ml import double_ml
from regional_econ.causal.evidence import INTERVAL, lagged_rows
from regional_econ.causal.instruments import first_stage, instrumented, two_stage
from regional_econ.causal.kernel import Solutions, factor_blocks, gram_blocks, solve_one
from regional_econ.causal.multiverse import run as estimate_all
from regional_econ.causal.sample import Sample, sift
from regional_econ.causal.scales import coefficient_for, effect_pp
from regional_econ.core.results import Value
from regional_econ.panel.fit import fit

Kind = Literal["quick", "multiverse", "double_ml"]
Interval = tuple[float, float, float]

SEED = 20221231
# Panels a world, and panels a batch. The Monte Carlo error of a coverage is at most 1.5 points with 1,120 panels; with
# 400 it is 1.5 at a coverage of 90 %, which the multiverse promises; with 100 it is 2.2 at 95 % (double machine
# learning, which is slow).
PANELS: dict[Kind, tuple[int, int]] = {"quick": (1120, 40), "multiverse": (400, 10), "double_ml": (100, 10)}
RESAMPLES = 199  # of regions, for the errors of the designs of the synthesis; the report takes 499
SPLITS = 1  # of double machine learning; the report takes the median of several
LEVEL = 0.95
RESAMPLED = ("within_newest", "between", "long_difference", "first_difference", "dynamic")
QUICK = ("alone", "district_year", "trends", "cce", "lag0", *RESAMPLED, "pooled_ols", "iv")
DESIGNS: dict[str, Kind] = {**dict.fromkeys(QUICK, "quick"), "multiverse": "multiverse", "double_ml": "double_ml"}
NOMINAL = {name: INTERVAL[2] - INTERVAL[0] if name == "multiverse" else LEVEL for name in DESIGNS}
CCE_COVARIATES = 3  # the most that the declaration admits


@dataclass(frozen=True)
class Batch:
    """Some panels of one world, estimated by the designs of one kind."""

    world: str
    kind: Kind
    number: int

    @property
    def panels(self) -> range:
        """Numbers of the panels."""
        size = PANELS[self.kind][1]
        return range(self.number * size, (self.number + 1) * size)


def batches() -> dict[str, Batch]:
    """All batches of the study by key; kinds and worlds take turns, so that a stopped study has some of each."""
    turns = [
        (number * size / panels, kind, number)
        for kind, (panels, size) in PANELS.items()
        for number in range(panels // size)
    ]
    return {
        f"{kind}-{world}-{number}": Batch(world, kind, number)
        for _, kind, number in sorted(turns, key=lambda turn: turn[0])
        for world in WORLDS
    }


def run(todo: Mapping[str, Batch], jobs: int, label: str) -> dict[str, dict[str, list[list[float]]]]:
    """Estimates by batch and design: a row a panel."""
    return map_cases(one_batch, todo, seed=SEED, jobs=jobs, label=label)


def one_batch(batch: Batch, seed: int) -> dict[str, list[list[float]]]:
    """Estimate a batch; panels have seeds by their number, so that all designs judge the same ones."""
    frame = setting()
    rows: dict[str, list[list[float]]] = {}
    for number in batch.panels:
        drawn = panel_number(batch.world, number, SEED, frame)
        for name, found in JUDGES[batch.kind](drawn, frame, number).items():
            rows.setdefault(name, []).append([float(value) for value in found])
    return rows


def quick(drawn: Drawn, frame: Setting, number: int) -> dict[str, Sequence[float]]:
    """Intervals of all designs but the slow ones; the placebo's answers; the instrument's F."""
    declared = frame.declared
    wide = layers("alone", drawn, frame, [(drawn.instrument, 1)])
    alone = sift(wide, declared, scale="logit", weights="precision", effects="region+year")
    n_terms = len(alone.columns) - 1
    every = range(n_terms)
    trends = layers("trends", drawn, frame)
    cce = sift(
        trends, declared, scale="logit", weights="none", effects="cce", max_covariates=CCE_COVARIATES
    )  # fmt: skip
    district = sift(wide, declared, scale="logit", weights="precision", effects="region+district_year")
    lag0 = sift(layers("lag0", drawn, frame), declared, scale="logit", weights="precision", effects="region+year")
    sloped = sift(trends, declared, scale="logit", weights="precision", effects="region_trend+year")
    averaged = tuple(range(1 + CCE_COVARIATES))
    intervals: dict[str, Sequence[float]] = {
        "alone": kernel_interval(alone, every),
        "district_year": kernel_interval(district, every),
        "trends": kernel_interval(sloped, every),
        "cce": _interval_of(solve_one(factor_blocks(cce, averaged), averaged)),
        "lag0": kernel_interval(lag0, every),
        **resampled(drawn, frame, number),
        "pooled_ols": pooled_interval(alone, every),
    }
    intervals["iv"], intervals["iv_f"] = instrumented_interval(alone, n_terms)
    intervals["placebo"] = placebo(drawn, frame)
    return intervals


def multiverse(drawn: Drawn, frame: Setting, number: int) -> dict[str, Sequence[float]]:
    """Weighted median and 5-95 % interval over the specifications that decide, as a coefficient of the logit."""
    found = estimate_all(as_panel(drawn, frame), frame.declared, focal_region=FOCAL)
    rows = lagged_rows(found, frame.declared, DRIVER)
    change = rows["change"].to_numpy(dtype=float)
    sign = frame.declared.drivers[DRIVER].claimed_sign
    mixed = confidence_distribution(rows, change=change, level_pct=found.level_pct, claimed_sign=sign)
    low, middle, high = (
        coefficient_for(mixed.quantile(p), float(change[0]), found.level_pct, "logit") for p in INTERVAL
    )
    return {"multiverse": (middle, low, high)}


def learned(drawn: Drawn, frame: Setting, number: int) -> dict[str, Sequence[float]]:
    """Double machine learning by lasso on the sample of the specification shown alone."""
    sample = sift(
        layers("alone", drawn, frame), frame.declared, scale="logit", weights="precision", effects="region+year"
    )
    covariates = range(1, len(sample.columns))
    found = double_ml(sample, 0, covariates, repeats=SPLITS, seed=seed_for(SEED, "double_ml", number))
    return {"double_ml": (found.estimate, *found.interval)}


JUDGES: dict[Kind, Callable[[Drawn, Setting, int], dict[str, Sequence[float]]]] = {
    "quick": quick,
    "multiverse": multiverse,
    "double_ml": learned,
}


def kernel_interval(sample: Sample, columns: Sequence[int]) -> Interval:
    """Clustered interval of the first of some columns, t with clusters less one degrees of freedom."""
    return _interval_of(solve_one(gram_blocks(sample), columns))


def pooled_interval(sample: Sample, columns: Sequence[int]) -> Interval:
    """Pooled least squares with year effects, clustered by region: regions are compared with each other."""
    names = [f"x{column}" for column in columns]
    index = pd.MultiIndex.from_arrays([np.array(sample.regions)[sample.region], sample.year], names=["region", "year"])
    frame = pd.DataFrame(sample.X[:, list(columns)], index=index, columns=names).assign(y=sample.y)
    found = fit(f"y ~ {' + '.join(names)}", frame, effects="year", inference="cluster:region")
    row = found.tidy(LEVEL).iloc[0]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def instrumented_interval(sample: Sample, n_terms: int) -> tuple[Interval, tuple[float]]:
    """Two-stage least squares, the last column as the instrument of the first; and the first stage's F."""
    data = instrumented(
        sample.y, sample.X[:, :1], sample.X[:, n_terms:], controls=sample.X[:, 1:n_terms],
        effects=(sample.unit, sample.cell), weights=sample.weights, cluster=sample.region,
    )  # fmt: skip
    found = two_stage(data, errors="CR1S")
    strength = float(first_stage(data, errors="CR1S").f[0])
    return _interval(float(found.beta[0]), float(found.std_error[0]), found.df), (strength,)


def resampled(drawn: Drawn, frame: Setting, number: int) -> dict[str, Interval]:
    """Designs of the synthesis, with errors from resampled regions and normal intervals, as it reads them."""
    samples = [
        sift(layers(kind, drawn, frame), frame.declared, scale="logit", weights="precision", effects="region+year")
        for kind in ("pooled", "newest", "first")
    ]
    regions = len(frame.panel.region_ids)
    rng = rng_for(SEED, "regions", number)
    drawn_regions = rng.multinomial(regions, np.full(regions, 1 / regions), size=RESAMPLES).astype(float)
    found = {}
    for design in designs_of(samples[0], samples[1], samples[2], 1):
        if design.id in RESAMPLED:
            estimate = float(design.estimate(np.ones((1, regions)))[0, 0])
            error = float(design.estimate(drawn_regions)[:, 0].std(ddof=1))
            found[design.id] = _interval(estimate, error, np.inf)
    return found


def placebo(drawn: Drawn, frame: Setting) -> tuple[float, float]:
    """Whether the lead's interval leaves zero out, and whether it lies inside what is of no interest."""
    rule = frame.declared.rule
    sample = sift(
        layers("lead", drawn, frame), frame.declared, scale="logit", weights="precision", effects="region+year"
    )
    found = solve_one(gram_blocks(sample), range(len(sample.columns)))
    reach = float(stdtrit(found.n_regions - 1, 0.5 + rule.placebo_level / 2) * found.std_error[0])
    ends = np.array([float(found.coef[0]) - reach, float(found.coef[0]) + reach])
    window, observed = rule.change_window_years, drawn.terms[DRIVER]
    changes = observed[:, window:] - observed[:, :-window]  # the driver's method has no breaks
    change = float(np.nanquantile(changes, rule.change_quantile))
    pp = effect_pp(ends, change, level_pct(), "logit")
    inside = -rule.smallest_effect_pp < pp[0] and pp[1] < rule.smallest_effect_pp
    return float(ends[0] > 0 or ends[1] < 0), float(inside)


@cache
def level_pct() -> float:
    """The mean level of the drawn outcome, in per cent."""
    return float(100 / (1 + np.exp(-MOMENTS.outcome_mean)))


def _interval_of(found: Solutions) -> Interval:
    return _interval(float(found.coef[0]), float(found.std_error[0]), found.n_regions - 1)


def _interval(estimate: float, error: float, df: float) -> Interval:
    reach = float(stdtrit(df, 0.5 + LEVEL / 2)) * error
    return estimate, estimate - reach, estimate + reach


@dataclass(frozen=True)
class Judged:
    """What a design does in a world: number by name with its Monte Carlo error."""

    n: int
    bias: tuple[float, float]
    rmse: tuple[float, float]
    coverage: tuple[float, float]
    rejection: tuple[float, float]


def judged(intervals: Floats, truth: float) -> Judged:
    """Judge estimates with their intervals (n, 3) against the truth.

    The error of the root mean squared error is that of the mean of squares, halved and divided by the root.
    """
    n = len(intervals)
    misses = intervals[:, 0] - truth
    rmse = float(np.sqrt(np.mean(misses**2)))
    covered = (intervals[:, 1] <= truth) & (truth <= intervals[:, 2])
    rejected = (intervals[:, 1] > 0) | (intervals[:, 2] < 0)
    return Judged(
        n,
        (float(misses.mean()), float(misses.std(ddof=1) / np.sqrt(n))),
        (rmse, float((misses**2).std(ddof=1) / np.sqrt(n) / (2 * rmse)) if rmse else 0.0),
        rate(covered),
        rate(rejected),
    )


def rate(happened: Floats) -> tuple[float, float]:
    """A share with its binomial error."""
    share = float(np.mean(happened))
    return share, float(np.sqrt(share * (1 - share) / len(happened)))


def summary(found: Mapping[str, Mapping[str, list[list[float]]]]) -> dict[str, Value]:
    """Bias, relative bias, root mean squared error, coverage and rejection of zero by world and design.

    ``<world>.<design>.bias|bias_pct|rmse|coverage_pct|rejection_pct``, ``<world>.placebo.warns_pct|inside_pct``,
    ``<world>.iv_f`` (median); ``panels.<kind>`` that each world has at least; ``nominal_pct.<design>``; and the numbers
    that worlds are made of.
    """
    truth = MOMENTS.effect
    judged_by = {
        world: [found[key] for key, one in batches().items() if one.world == world and key in found] for world in WORLDS
    }
    values: dict[str, Value] = {}
    for kind in PANELS:
        design = next(name for name, own in DESIGNS.items() if own == kind)
        counts = [sum(len(batch.get(design, [])) for batch in own) for own in judged_by.values()]
        values[f"panels.{kind}"] = Value(min(counts), digits=0)
    values |= {f"nominal_pct.{name}": Value(round(100 * share, 6), "%", 0) for name, share in NOMINAL.items()}
    values |= constants()
    for world, own in judged_by.items():
        for design in DESIGNS:
            rows = np.array([row for batch in own for row in batch.get(design, [])])
            one, key = judged(rows, truth), f"{world}.{design}"
            values |= {
                f"{key}.bias": Value(one.bias[0], "", 3, one.bias[1]),
                f"{key}.bias_pct": Value(100 * one.bias[0] / truth, "%", 0, 100 * one.bias[1] / truth),
                f"{key}.rmse": Value(one.rmse[0], "", 3, one.rmse[1]),
                f"{key}.coverage_pct": Value(100 * one.coverage[0], "%", 0, 100 * one.coverage[1]),
                f"{key}.rejection_pct": Value(100 * one.rejection[0], "%", 0, 100 * one.rejection[1]),
            }
        answers = np.array([row for batch in own for row in batch.get("placebo", [])])
        for place, name in enumerate(("warns", "inside")):
            share, error = rate(answers[:, place])
            values[f"{world}.placebo.{name}_pct"] = Value(100 * share, "%", 0, 100 * error)
        strengths = np.array([row[0] for batch in own for row in batch.get("iv_f", [])])
        values[f"{world}.iv_f"] = Value(float(np.median(strengths)), "", 0, _median_error(strengths))
    return values


def constants() -> dict[str, Value]:
    """The numbers of the worlds that the page names."""
    frame, every = setting(), WORLDS["all"]
    return {
        "effect": Value(MOMENTS.effect, digits=2),
        "regions": Value(len(frame.panel.region_ids), digits=0),
        "specifications": Value(frame.declared.n_specifications(DRIVER), digits=0),
        "resamples": Value(RESAMPLES, digits=0),
        "share_pct": Value(100 * every.factor, "%", 0),
        "level_slope": Value(every.level, digits=2),
        "reliability": Value(every.reliability, digits=2),
        "persistence": Value(every.persistence, digits=2),
        "instrument_pct": Value(100 * MOMENTS.instrument, "%", 0),
        "placebo_nominal_pct": Value(100 * (1 - frame.declared.rule.placebo_level), "%", 0),
    }


def _median_error(values: Floats) -> float:
    """Monte Carlo error of a median, from the order statistics one binomial error either side."""
    n, half = len(values), np.sqrt(len(values)) / 2
    ordered = np.sort(values)
    low, high = int(max(0, np.floor(n / 2 - half))), int(min(n - 1, np.ceil(n / 2 + half)))
    return float((ordered[high] - ordered[low]) / 2)
