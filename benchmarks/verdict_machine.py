"""The machine that labels a causal claim, on many outcomes over the same regressors.

Weights of regions are constant within units, so units (and their trends) are taken out once, by a projection of each
region's years that no outcome changes; what is left of years is a small weighted system. The numbers are those of
`regional_econ.causal.evidence` (tests/referee/test_characteristics.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from verdict_world import Drawn, Floats, Frame, frame

from regional_econ.causal.axes import AXES, Choices, Effects, Scale, Weighting
from regional_econ.causal.coefficient import Coefficient, coefficient_of
from regional_econ.causal.distribution import ConfidenceDistribution, benjamini_hochberg, confidence_distribution
from regional_econ.causal.kernel import GramBlocks, Masks, Solutions, factor_blocks, mask_of, solve
from regional_econ.causal.placebo import placebo_regressors
from regional_econ.causal.sample import (
    Layers,
    Regressor,
    Sample,
    build_layers,
    outcome_of,
    sift,
)
from regional_econ.causal.scales import effect_pp, term_matrix
from regional_econ.causal.sensitivity import sensitivity
from regional_econ.causal.sweep import sweep_effects
from regional_econ.causal.weights import axis_weights
from regional_econ.core.claim import Label
from regional_econ.referee.checks.estimate import EffectFinding
from regional_econ.referee.judge import effect_label, judge_effect
from regional_econ.referee.rules import Rules, load_rules

_SINGULAR = 1e-10  # of the largest eigenvalue: years that units already span


@dataclass(frozen=True)
class Family:
    """Rows that cells share: those of one era, set of regressors and kind of effects.

    ``regressors`` are terms with their lags; ``sample`` holds the rows, with figures of the official panel;
    ``present`` (G,) regions; ``keep`` (G, T); ``project`` (G, T, T) takes a region's unit effects (and trends) out;
    ``member`` (D, G) says in whose year effects a region shares; ``places`` (T,) years of the panel.
    """

    regressors: tuple[tuple[str, int], ...]
    layers: Layers
    sample: Sample
    present: NDArray[np.int64]
    keep: NDArray[np.bool_]
    project: Floats
    member: Floats
    places: NDArray[np.int64]
    n_units: int
    rank_cells: int

    def columns(self, terms: dict[str, Floats]) -> Floats:
        """Return the regressors (G, T, p), zero where a row is left out."""
        values = np.stack([terms[name][:, self.places - lag] for name, lag in self.regressors], axis=-1)
        return np.where(self.keep[:, :, None], values[self.present], 0.0)

    def outcome(self, percent: Floats, scale: Scale, weights: Weighting) -> tuple[Floats, Floats]:
        """Return an outcome (R, T) on a scale, and the weights (R,), which are the same in all families of an era."""
        return outcome_of(replace(self.layers, percent=percent[:, self.places]), frame().declared, scale, weights)

    def own(self, y: Floats) -> Floats:
        """Return an outcome (G, T), zero where a row is left out."""
        return np.where(self.keep, y[self.present], 0.0)

    def years_out(self, weight: Floats) -> Floats:
        """Return the (D, T, T) inverse of the system of year effects."""
        T = self.project.shape[1]
        system = (self.member * weight) @ self.project.reshape(len(weight), -1)
        return np.linalg.pinv(system.reshape(-1, T, T), rcond=_SINGULAR, hermitian=True)

    def swept(self, columns: Floats, weight: Floats, inverse: Floats) -> Floats:
        """Return the Gram blocks (G, c, c) of columns (G, T, c) without units and years."""
        freed = self.project @ columns
        right = ((self.member * weight) @ freed.reshape(len(weight), -1)).reshape(len(inverse), *freed.shape[1:])
        years = np.tensordot(self.member, inverse @ right, axes=(0, 0))
        left = freed - self.project @ years
        return np.asarray(weight[:, None, None] * (left.transpose(0, 2, 1) @ left))

    def blocks(self, grams: Floats, n_terms: int, outcome: int) -> GramBlocks:
        """Return the kernel's blocks of the first columns and one outcome after them."""
        column = n_terms + outcome
        xx = np.ascontiguousarray(grams[:, :n_terms, :n_terms].transpose(1, 2, 0))
        xy = np.ascontiguousarray(grams[:, :n_terms, column].T)
        yy = float(grams[:, column, column].sum())
        return GramBlocks(xx, xy, yy, len(self.sample.y), self.n_units, self.rank_cells)

    def weighted(self, X: Floats, y: Floats, weight: Floats) -> GramBlocks:
        """Return the blocks of one outcome (R, T) with weights (R,) of its own."""
        own = weight[self.present]
        grams = self.swept(np.concatenate([X, self.own(y)[:, :, None]], axis=2), own, self.years_out(own))
        return self.blocks(grams, X.shape[2], 0)

    def alone(self, X: Floats, percent: Floats) -> GramBlocks:
        """Return the blocks of one outcome on the scale and weights of the specification shown alone."""
        alone = frame().declared.alone
        return self.weighted(X, *self.outcome(percent, alone.scale, alone.weights))


@cache
def family(era: str, lag: int, effects: Effects, lead_of: str = "") -> Family:
    """Return the rows of all cells with these choices, or of a driver's placebo."""
    shared = frame()
    declared, own = shared.declared, shared.declared.era(era)
    regressors = [Regressor(declared.terms[name], lag) for name in declared.first_terms()]
    if lead_of:
        regressors = list(placebo_regressors(declared, lead_of))
    matrices = {one.term.id: term_matrix(shared.panel, one.term, shared.years) for one in regressors}
    layers = build_layers(
        shared.panel, declared, years=own.years, units=own.units, regressors=regressors, matrices=matrices
    )
    places = layers.years - shared.years[0]
    employed = np.broadcast_to(shared.employed[:, None], layers.percent.shape)
    layers = replace(
        layers, employed=employed, percent=np.where(shared.percent_known[:, places], layers.percent, np.nan)
    )
    sample = sift(layers, declared, scale="logit", weights="none", effects=effects, max_covariates=0)
    present = np.unique(sample.region)
    at = np.searchsorted(present, sample.region), sample.year - layers.years[0]
    keep = np.zeros((len(present), len(places)), dtype=bool)
    keep[at] = True
    code = layers.district[present] if effects == "region+district_year" else np.zeros(len(present), dtype=np.int64)
    n_units, rank = (0, 0) if effects == "cce" else sweep_effects(sample, sample.X[:, :1])[1:]
    return Family(
        tuple((one.term.id, one.lag) for one in regressors), layers, sample, present, keep,
        _projections(sample, at, keep.shape), (np.unique(code)[:, None] == code).astype(float), places, n_units, rank,
    )  # fmt: skip


def _projections(sample: Sample, at: tuple[NDArray[np.int64], NDArray[np.int64]], shape: tuple[int, int]) -> Floats:
    project = np.zeros((shape[0], shape[1], shape[1]))
    for unit in np.unique(sample.unit):
        rows = np.flatnonzero(sample.unit == unit)
        region, years = at[0][rows[0]], at[1][rows]
        span = [np.ones(len(rows)), years - years.mean()][: 2 if sample.effects == "region_trend+year" else 1]
        basis = np.linalg.qr(np.column_stack(span))[0]
        project[np.ix_([region], years, years)] = np.eye(len(rows)) - basis @ basis.T
    return project


@cache
def fixed_inverse(era: str, lag: int, effects: Effects, weights: Weighting) -> tuple[Floats, Floats]:
    """Return weights that no outcome changes, and the inverse of their system of years."""
    own, shared = family(era, lag, effects), frame()
    weight = own.outcome(np.full(shared.percent_known.shape, 50.0), "logit", weights)[1][own.present]
    return weight, own.years_out(weight)


@cache
def axes_of(driver: str) -> pd.DataFrame:
    """Return the axes of a driver's specifications, in the order of :func:`estimates`."""
    declared = frame().declared
    return pd.DataFrame([one.options() for one in declared.specifications(driver)], columns=list(AXES)).astype(
        "category"
    )


def estimates(drawn: Drawn, percents: Floats, drivers: Sequence[str], shared: Frame) -> dict[str, Floats]:
    """Return estimate, standard error and degrees of freedom of all specifications: (M, S, 3) a driver.

    Parameters
    ----------
    drawn : whose regressors.
    percents : (M, R, Y) outcomes.
    drivers : whose specifications.
    """
    found: dict[str, list[Floats]] = {driver: [] for driver in drivers}
    outcomes: dict[tuple[str, str, str], list[tuple[Floats, Floats]]] = {}
    for choices in shared.declared.cells():
        own = family(choices.era, choices.lag, choices.effects)
        key = (choices.era, choices.scale, choices.weights)
        if key not in outcomes:
            outcomes[key] = [own.outcome(percent, choices.scale, choices.weights) for percent in percents]
        solved = _cell(choices, own, own.columns(drawn.terms), outcomes[key], drivers)
        for driver, part in zip(drivers, solved, strict=True):
            found[driver].append(part)
    return {driver: np.concatenate(parts, axis=1) for driver, parts in found.items()}


def _cell(
    choices: Choices, own: Family, X: Floats, outcomes: list[tuple[Floats, Floats]], drivers: Sequence[str]
) -> list[Floats]:
    """All specifications of one cell: (M, S, 3) a driver."""
    names, p = frame().declared.first_terms(), X.shape[2]
    places = [names.index(driver) for driver in drivers]
    if choices.effects == "cce":
        samples = [replace(own.sample, X=X[own.keep], y=own.own(y)[own.keep]) for y, _ in outcomes]
        every = np.ones(1, dtype=np.uint64)
        return [
            np.stack([_numbers(solve(factor_blocks(sample, (place,)), 0, every)) for sample in samples])
            for place in places
        ]
    if choices.weights == "precision":
        blocks = [own.weighted(X, y, weight) for y, weight in outcomes]
    else:
        weight, inverse = fixed_inverse(choices.era, choices.lag, choices.effects, choices.weights)
        stacked = np.concatenate([X, np.stack([own.own(y) for y, _ in outcomes], axis=-1)], axis=2)
        grams = own.swept(stacked, weight, inverse)
        blocks = [own.blocks(grams, p, number) for number in range(len(outcomes))]
    return [
        np.stack([_numbers(solve(one, place, masks_of(driver, choices.effects))) for one in blocks])
        for place, driver in zip(places, drivers, strict=True)
    ]


@cache
def masks_of(driver: str, effects: Effects) -> Masks:
    """Return the kernel's masks of a driver's sets of covariates."""
    declared = frame().declared
    names, subsets = declared.first_terms(), declared.subsets(declared.drivers[driver], effects)
    return np.array([mask_of([names.index(one) for one in subset]) for subset in subsets], dtype=np.uint64)


def _numbers(found: Solutions) -> Floats:
    return np.column_stack([found.coef, found.std_error, np.full(len(found.coef), found.n_regions - 1.0)])


def distribution(rows: Floats, driver: str, change: float, shared: Frame) -> ConfidenceDistribution:
    """Return the specification-averaged confidence distribution of a driver from its numbers (S, 3)."""
    table = axes_of(driver).assign(estimate=rows[:, 0], std_error=rows[:, 1], df=rows[:, 2], change=change)
    table["weight"] = axis_weights(table, shared.level_pct)
    sign = shared.declared.drivers[driver].claimed_sign
    return confidence_distribution(table, change=change, level_pct=shared.level_pct, claimed_sign=sign)


def single(found: Coefficient, driver: str, change: float, shared: Frame) -> ConfidenceDistribution:
    """Return the confidence distribution of the specification shown alone."""
    one = np.ones(1)
    return ConfidenceDistribution(
        found.estimate * one, found.std_error * one, float(found.df) * one, one,
        np.array([shared.declared.alone.scale == "ln"]), change * one, shared.level_pct,
        shared.declared.drivers[driver].claimed_sign,
    )  # fmt: skip


def labels(drawn: Drawn, shared: Frame, rules: Rules | None = None) -> list[list[Label]]:
    """Return the verdicts on all outcomes of a panel, by world and true effect.

    What cannot change a label is not computed: all specifications where the one shown alone, which must agree, is
    inconclusive whatever its defences; and defences where neither distribution reaches the cut that asks for them.
    """
    rules = rules or load_rules()
    percents = drawn.percent.reshape(-1, *drawn.percent.shape[2:])
    alone = shared.declared.alone
    own = family(alone.era, alone.lag, alone.effects)
    X, columns = own.columns(drawn.terms), columns_of(drawn.driver, shared)
    blocks = [own.alone(X, percent) for percent in percents]
    alones = [single(coefficient_of(one, columns), drawn.driver, drawn.change, shared) for one in blocks]
    open_ = [number for number, one in enumerate(alones) if _may_decide(one, rules)]
    found: list[Label] = ["inconclusive"] * len(percents)
    if open_:
        rows = estimates(drawn, percents[open_], [drawn.driver], shared)[drawn.driver]
        for number, numbers in zip(open_, rows, strict=True):
            lagged = distribution(numbers, drawn.driver, drawn.change, shared)
            finding = finding_of(drawn, percents[number], lagged, alones[number], blocks[number], rules, shared)
            found[number] = judge_effect(finding, rules).label
    effects = drawn.percent.shape[1]
    return [found[start : start + effects] for start in range(0, len(found), effects)]


def detectable_pp(drawn: Drawn, percent: Floats, shared: Frame) -> float:
    """Return the effect that the specification shown alone finds with 80 % power."""
    alone = shared.declared.alone
    own = family(alone.era, alone.lag, alone.effects)
    blocks = own.alone(own.columns(drawn.terms), percent)
    found = coefficient_of(blocks, columns_of(drawn.driver, shared))
    return single(found, drawn.driver, drawn.change, shared).minimal_detectable_pp()


def finding_of(
    drawn: Drawn,
    percent: Floats,
    lagged: ConfidenceDistribution,
    alone: ConfidenceDistribution,
    blocks: GramBlocks,
    rules: Rules,
    shared: Frame,
) -> EffectFinding:
    """Return what the rule reads of one outcome; defences stay None where no label asks for them."""
    delta, share = rules.causal.delta, lagged.sign_share()
    pair = lagged.probabilities(delta), alone.probabilities(delta)
    finding = EffectFinding(
        lagged=pair[0], averaged=pair[0], alone=pair[1], sign_share=share, sign_share_all=share, delta=delta,
        mde=delta,  # it lowers a certainty and changes no label
    )  # fmt: skip
    if max(max(one.beyond, one.wrong_beyond) for one in pair) < rules.causal.supported_probability:
        return finding
    driver, *others = columns_of(drawn.driver, shared)
    covariates = dict(zip(shared.declared.drivers[drawn.driver].covariates, ([one] for one in others), strict=True))
    strength = sensitivity(blocks, driver, covariates)
    low, high = placebo(drawn, percent, shared)
    defended = replace(
        finding, robustness_value=strength.robustness_value,
        strongest_bound=strength.strongest.strength if strength.strongest else None, placebo_low=low,
        placebo_high=high,
    )  # fmt: skip
    if not (defended.placebo_inside and defended.robust(rules.causal.robustness_ratio)):
        return defended
    return replace(defended, q_value=q_value(drawn, percent, lagged.p_value(), rules, shared))


def placebo(drawn: Drawn, percent: Floats, shared: Frame) -> tuple[float, float]:
    """Return the interval of next year's driver, in percentage points."""
    alone = shared.declared.alone
    own = family(alone.era, alone.lag, alone.effects, drawn.driver)
    found = coefficient_of(own.alone(own.columns(drawn.terms), percent), range(len(own.regressors)))
    ends = np.array(found.interval(shared.declared.rule.placebo_level))
    low, high = effect_pp(ends, drawn.change, shared.level_pct, alone.scale)
    return float(low), float(high)


def q_value(drawn: Drawn, percent: Floats, p: float, rules: Rules, shared: Frame) -> float:
    """Return the q-value among all drivers, or a bound on it that lies on the same side of the rule's cut.

    q lies between p and p times the number of drivers.
    """
    highest = min(1.0, p * len(shared.drivers))
    if highest <= rules.causal.bh_q or p > rules.causal.bh_q:
        return highest
    every = estimates(drawn, percent[None], shared.drivers, shared)
    # A p-value is that of zero, which no contrast moves; it only brings the eras of other drivers to points.
    family_p = [distribution(rows[0], name, drawn.change, shared).p_value() for name, rows in every.items()]
    return float(benjamini_hochberg(np.array(family_p))[shared.drivers.index(drawn.driver)])


def _may_decide(alone: ConfidenceDistribution, rules: Rules) -> bool:
    if "alone" not in rules.causal.must_agree:
        return True
    found = alone.probabilities(rules.causal.delta)
    bare = EffectFinding(found, found, found, 1.0, 1.0, rules.causal.delta, 0.0)
    met = replace(bare, robustness_value=1.0, strongest_bound=0.0, placebo_low=0.0, placebo_high=0.0, q_value=0.0)
    share = 1.0 if found.right_sign > found.wrong_sign else 0.0
    return any(effect_label(found, share, one, rules.causal) != "inconclusive" for one in (bare, met))


def columns_of(driver: str, shared: Frame) -> tuple[int, ...]:
    """Return the columns of a driver and its covariates."""
    names = shared.declared.first_terms()
    return tuple(names.index(name) for name in (driver, *shared.declared.drivers[driver].covariates))
