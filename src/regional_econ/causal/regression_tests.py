"""The tests of a question that is a panel regression: each takes the question and returns what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from regional_econ._base.seeds import seed_for
from regional_econ.causal.coefficient import LEVEL, Coefficient, first_coefficient
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.double_ml import double_ml
from regional_econ.causal.effort import Effort
from regional_econ.causal.identification import Design
from regional_econ.causal.kernel import GramBlocks, gram_blocks
from regional_econ.causal.measurement import reverse_bounds
from regional_econ.causal.neighbours import neighbour_exposure, with_neighbours
from regional_econ.causal.placebo_table import PlaceboOutcome, placebo_term
from regional_econ.causal.question_plan import Falsification
from regional_econ.causal.question_sample import QuestionRegression, Yardstick, sample_of, yardstick
from regional_econ.causal.randomisation import randomisation_test
from regional_econ.causal.sample import Regressor, Sample, district_codes, with_outcome
from regional_econ.causal.selection_bounds import coefficient_bounds
from regional_econ.causal.sensitivity import sensitivity
from regional_econ.causal.verdicts import Found
from regional_econ.core.panel import Panel


@dataclass(frozen=True)
class RegressionTests:
    """A question's regression with all that its tests need.

    ``pairs`` are regions with a common border, ``effort`` says how much is drawn; ``known`` keeps the columns of the
    panel that were made once.
    """

    panel: Panel
    multiverse: Multiverse
    regression: QuestionRegression
    placebos: tuple[PlaceboOutcome, ...]
    pairs: pd.DataFrame
    focal_region: str
    effort: Effort
    seed: int
    known: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def sample(self) -> Sample:
        """The rows of the question: the driver in the first column, then its covariates."""
        return self.sampled(self.regression.regressors())

    @cached_property
    def blocks(self) -> GramBlocks:
        """The swept sample."""
        return gram_blocks(self.sample)

    @cached_property
    def yardstick(self) -> Yardstick:
        """How coefficients are read."""
        return yardstick(self.panel, self.multiverse, self.regression, self.focal_region)

    @cached_property
    def own(self) -> Coefficient:
        """The question's own estimate."""
        return first_coefficient(self.sample)

    @property
    def smallest_effect(self) -> float:
        """What the question, or else the referee's rules, call the smallest effect of interest."""
        declared = self.regression.plan.smallest_effect
        if declared is None and self.regression.plan.rise_pct is None:
            return self.multiverse.rule.smallest_effect_pp
        return float("nan") if declared is None else declared

    @property
    def others(self) -> tuple[int, ...]:
        """Columns of the covariates."""
        return tuple(range(1, len(self.sample.columns)))

    def sampled(self, regressors: Sequence[Regressor], panel: Panel | None = None) -> Sample:
        """Return the rows of other regressors; those that another panel adds have names of their own."""
        return sample_of(panel or self.panel, self.multiverse, self.regression, regressors, self.known)

    def found(self, coefficient: Coefficient, level: float = LEVEL, read: Yardstick | None = None) -> Found:
        """Return a coefficient read as an effect, with the interval of a level."""
        read = read or self.yardstick
        low, high = read.interval(*coefficient.interval(level))
        return Found(
            estimate=read.effect(coefficient.estimate),
            std_error=read.error(coefficient.estimate, coefficient.std_error),
            p_value=coefficient.p_value, low=low, high=high, n_obs=coefficient.n_obs,
        )  # fmt: skip


def leads(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """Next year's driver given this year's and the one at the question's lag: its effect on this year's outcome.

    The interval has the level of the rule: that of the placebo in the referee's rules where the bound is the smallest
    effect of interest, else the declared one.
    """
    sample = work.sampled(work.regression.lead_regressors())
    if test is None or test.rule == "beyond_smallest_effect":
        found = work.found(first_coefficient(sample), work.multiverse.rule.placebo_level)
        return [replace(found, bound=work.smallest_effect)]
    return [work.found(first_coefficient(sample), test.number)]


def placebo_outcome(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """Each placebo outcome on the rows of the question, in its own unit: per cent, or that of its level.

    Region effects are cut at the placebo's own breaks too.
    """
    found = []
    for one in work.placebos:
        placebo = Regressor(placebo_term(work.panel, one), 0)
        moved = first_coefficient(with_outcome(work.sampled((*work.regression.regressors(), placebo))))
        read = Yardstick(work.yardstick.change, one.transform)
        found.append(replace(work.found(moved, read=read), detail=one.variable))
    return found


def randomisation(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """The question's estimate with its p-value among histories exchanged within districts."""
    drawn = randomisation_test(
        work.sample, 0, work.others, district_codes(work.panel), draws=work.effort.exchanges,
        seed=seed_for(work.seed, "falsify", work.regression.question),
    )  # fmt: skip
    bound = float("nan") if test is None else test.number
    return [replace(work.found(work.own), p_value=drawn.p_value, std_error=float("nan"), bound=bound)]


def omitted_cause(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """The robustness value (a share of variance) beside the strongest covariate's bound."""
    if not work.others:
        return [Found(impossible="no_covariates")]
    names = {work.sample.columns[column]: (column,) for column in work.others}
    strength = sensitivity(work.blocks, 0, names)
    strongest = strength.strongest
    bound = float("nan") if strongest is None else strongest.strength
    detail = "" if strongest is None else strongest.covariate.split("@")[0]
    return [Found(detail, estimate=strength.robustness_value, bound=bound, n_obs=len(work.sample.y))]


def neighbours(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """The mean driver of the neighbours beside the own one; without a rule the own one beside it too."""
    exposed, term = with_neighbours(work.panel, work.regression.driver, work.pairs)
    near = Regressor(term, work.regression.plan.lag)
    sample = work.sampled((near, *work.regression.regressors()), exposed)
    both = neighbour_exposure(sample, 0, 1, range(2, len(sample.columns)))
    near_found = work.found(both.neighbours, LEVEL if test is None else test.number)
    if test is not None:
        return [near_found]
    return [replace(near_found, detail="neighbours"), replace(work.found(both.own), detail="own")]


def flexible(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """The driver's effect given an unknown function of the covariates (lasso of squares and products)."""
    if not work.others:
        return [Found(impossible="no_covariates")]
    seed = seed_for(work.seed, "falsify", "dml", work.regression.question)
    folds, splits = work.effort.folds, work.effort.splits
    learnt = double_ml(work.sample, 0, work.others, learner="lasso", folds=folds, repeats=splits, seed=seed)
    return [work.found(learnt.coefficient)]


def measurement(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """Between which effects the true one lies if the driver alone is measured with error."""
    bounds = reverse_bounds(work.blocks, (0, *work.others))
    low, high = work.yardstick.interval(bounds.driver_low, bounds.driver_high)
    return [Found(low=low, high=high, n_obs=len(work.sample.y))]


def selection(work: RegressionTests, test: Falsification | None) -> list[Found]:
    """Between which effects the one on all regions lies, whatever the missing outcomes are.

    In the specification of the multiverse shown alone, which a question shares but for its covariates' years: a
    question on anything else is refused before (`falsify.check_answered`).
    """
    driver = work.regression.driver.id
    bounds = coefficient_bounds(work.panel, work.multiverse, driver)
    low, high = work.yardstick.interval(bounds.outcome.low, bounds.outcome.high)
    return [Found(low=low, high=high)]


REGRESSION_TESTS: Mapping[Design, Callable[[RegressionTests, Falsification | None], Sequence[Found]]] = {
    "leads": leads,
    "placebo-outcome": placebo_outcome,
    "randomisation": randomisation,
    "sensitivity": omitted_cause,
    "neighbour-exposure": neighbours,
    "dml": flexible,
    "measurement-bounds": measurement,
    "selection-bounds": selection,
}
