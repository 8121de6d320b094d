"""One plain regression a question: which rows and columns, and in which unit is its effect read?

ln, logit or the level of the outcome on the driver of some years before and the adjustment set of the question's graph,
region and year effects. Region effects are cut where a method of the outcome, the driver or a covariate breaks, so that
no comparison crosses a break; the outcome of the multiverse has its scale and weights (empirical logit), other outcomes
weigh regions alike. Covariates stand in the driver's year, those that the graph places before the driver earlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from regional_econ._base.errors import StudyError
from regional_econ.causal.axes import Term
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.distribution import minimal_detectable
from regional_econ.causal.mining_sample import mining_exposure, rouble_prices
from regional_econ.causal.question_plan import RegressionPlan
from regional_econ.causal.questions import Question
from regional_econ.causal.sample import Regressor, Sample, build_layers, complete_cases, lead_regressors, sift
from regional_econ.causal.scales import FloatArray, contrast, effect_pp, newest_level, term_matrix
from regional_econ.core.panel import Panel
from regional_econ.core.variable import Transform, Variable

MINING_PRICE = "mining_price"
_PRINTED = 0.005  # what two decimals do not show


@dataclass(frozen=True)
class QuestionRegression:
    """Outcome, driver and covariates of a question.

    ``covariates`` are terms with the years by which each lies before the driver.
    """

    question: str
    outcome: str
    scale: Transform
    driver: Term
    covariates: tuple[tuple[Term, int], ...]
    plan: RegressionPlan

    def regressors(self) -> tuple[Regressor, ...]:
        """The driver at its lag, then the covariates of the same year or before."""
        lag = self.plan.lag
        return Regressor(self.driver, lag), *(Regressor(term, lag + earlier) for term, earlier in self.covariates)

    def lead_regressors(self) -> tuple[Regressor, ...]:
        """The driver of the next year, of this one and at its lag, then the covariates of this year or before."""
        return lead_regressors(self.driver, self.plan.lag, self.covariates)


@dataclass(frozen=True)
class Yardstick:
    """What a coefficient is read as: the move of the outcome when the driver rises by ``change``.

    Percentage points at ``level_pct`` for a logit, per cent for a logarithm, the outcome's unit for a level.
    """

    change: float
    scale: Transform
    level_pct: float = float("nan")

    def effect(self, coefficient: float) -> float:
        """Return the effect of a coefficient.

        >>> round(Yardstick(float(np.log(1.1)), "ln").effect(0.5), 3)
        4.881
        """
        if self.scale == "logit":
            return float(effect_pp(np.array(coefficient), self.change, self.level_pct, "logit"))
        shift = coefficient * self.change
        if self.scale == "identity":
            return float(shift)
        with np.errstate(over="ignore"):
            return 100 * float(np.expm1(shift))

    def interval(self, low: float, high: float) -> tuple[float, float]:
        """Return the effects of the ends of an interval, infinite where one lies at the edge of the scale.

        A share ends at 0 and 100 %, a logarithm at a fall of all there is: nothing bounds an effect on that side.

        >>> Yardstick(1.0, "logit", 10.0).interval(-50.0, 50.0)
        (-inf, inf)
        """
        ends = (self.effect(low), self.effect(high))
        edges = {"logit": (-self.level_pct, 100 - self.level_pct), "ln": (-100.0, np.inf)}.get(self.scale)
        if edges is None:
            return ends
        return (
            -np.inf if ends[0] < edges[0] + _PRINTED else ends[0],
            np.inf if ends[1] > edges[1] - _PRINTED else ends[1],
        )

    def error(self, coefficient: float, std_error: float) -> float:
        """Return half the distance between the effects one error above and one below."""
        return (self.effect(coefficient + std_error) - self.effect(coefficient - std_error)) / 2

    def detectable(self, std_error: float, df: float) -> float:
        """Return the effect that a two-sided 5 % test finds with 80 % power."""
        return self.effect(float(minimal_detectable(np.array(std_error), np.array(df))))


def regression_of(panel: Panel, multiverse: Multiverse, question: Question) -> QuestionRegression:
    """Return the regression that a question's graph and plan declare.

    Parameters
    ----------
    panel : official figures; its catalogue knows the breaks of methods.
    multiverse : whose outcome alone is read as a logit.
    question : one with a plan.

    Raises
    ------
    StudyError : the question has no plan, or a variable of it no fitting transform.
    """
    graph, plan = question.identification, question.regression
    if graph is None or plan is None:
        raise _refusal(question, "no regression is declared", "Add regression: {lag: 1, years: [2006, 2022]}")
    if (question.outcome.transform == "logit") != (question.outcome.id == multiverse.outcome):
        advice = f"Declare logit for {multiverse.outcome} alone"
        raise _refusal(question, f"{question.outcome.id} cannot be read as {question.outcome.transform}", advice)
    if question.outcome.transform is None:
        raise _refusal(question, f"{question.outcome.id} has no transform", "Declare it in its node")
    nodes = graph.dag.nodes
    drawn: dict[str, int] = {}
    for name in graph.adjustment:
        node = nodes[name]
        parts = [node.id] if node.kind == "variable" or name == MINING_PRICE else list(node.of)
        drawn |= {part: node.earlier for part in (() if node.kind == "effect" else parts)}
    return QuestionRegression(
        question.id,
        question.outcome.id,
        question.outcome.transform,
        _term(panel, question, question.driver.id),
        tuple((_term(panel, question, part), earlier) for part, earlier in drawn.items()),
        plan,
    )


def sample_of(
    panel: Panel,
    multiverse: Multiverse,
    regression: QuestionRegression,
    regressors: Sequence[Regressor],
    known: dict[str, pd.DataFrame] | None = None,
) -> Sample:
    """Return the complete cases of a question's outcome on some regressors.

    Parameters
    ----------
    panel : official figures, with the mining price where it is held fixed (:func:`with_mining_price`).
    multiverse : scale, weights and half-counts of its outcome.
    regression : whose outcome and years.
    regressors : terms with their lags.
    known : term matrices by id, which are read from here and added to; of this panel.

    Raises
    ------
    EstimationError : no complete cases.

    Source: Wooldridge (2010), Econometric Analysis, 10.5. Held against regressions with all dummies and `panel.fit`.
    """
    about = replace(multiverse, outcome=regression.outcome)
    matrices = {} if known is None else known
    for one in regressors:
        if one.term.id not in matrices:
            matrices[one.term.id] = term_matrix(panel, one.term, panel.years)
    layers = build_layers(
        panel, about, years=regression.plan.years, units="region_method", regressors=regressors, matrices=matrices
    )
    if regression.scale == "logit":
        alone = multiverse.alone
        return sift(layers, multiverse, scale="logit", weights=alone.weights, effects="region+year")
    y = layers.percent
    if regression.scale == "ln":
        y = np.log(np.where(y > 0, y, np.nan))
    return complete_cases(layers, y, np.ones(len(y)), effects="region+year")


def yardstick(panel: Panel, multiverse: Multiverse, regression: QuestionRegression, focal_region: str) -> Yardstick:
    """Return how a question's coefficients are read.

    Parameters
    ----------
    panel, multiverse, regression : as in :func:`sample_of`.
    focal_region : at whose newest level a share is read.

    Raises
    ------
    StudyError : a rise in per cent of a driver that is no logarithm.
    """
    rise = regression.plan.rise_pct
    if rise is None:
        change = contrast(panel, regression.driver, multiverse.rule, direction=1).change
    elif regression.driver.transform == "ln":
        change = float(np.log1p(rise / 100))
    else:
        message = f"a rise of {rise} % of {regression.driver.id}, which is no logarithm"
        raise StudyError(message, where=regression.question, advice="Leave rise_pct out")
    if regression.scale != "logit":
        return Yardstick(change, regression.scale)
    return Yardstick(change, "logit", newest_level(panel, regression.outcome, focal_region)[1])


def with_mining_price(panel: Panel, national: pd.DataFrame, industries: pd.DataFrame) -> Panel:
    """Return the panel with the mining price: the share of mining in 2009 times the log price index of the year.

    Parameters
    ----------
    panel : official figures.
    national, industries : as ``load_national()`` and ``load_industries()`` give them.
    """
    share = mining_exposure(panel, industries, "gva_2009")
    index = rouble_prices(national)["index"]
    places = panel.frame.index
    values: FloatArray = (
        share.reindex(places.get_level_values("region")).to_numpy(dtype=float)
        * index.reindex(places.get_level_values("year")).to_numpy(dtype=float)
    )  # fmt: skip
    own = panel.variable("mining_share_pct")
    column = pd.DataFrame({MINING_PRICE: values}, index=places)
    return panel.with_columns(column, {MINING_PRICE: Variable(MINING_PRICE, own.unit, own.label, own.unit_label)})


def _term(panel: Panel, question: Question, name: str) -> Term:
    if name == MINING_PRICE:
        return Term(name, name, "identity")
    transform = question.transforms.get(name)
    if transform is None or transform == "logit":
        raise _refusal(
            question, f"{name} is {transform or 'without a transform'}", "Declare ln or identity in its node"
        )
    return Term(name, name, transform, cut=panel.variable(name).new_methods())


def _refusal(question: Question, what: str, advice: str) -> StudyError:
    return StudyError(what, where=f"question {question.id}, line {question.line}", advice=advice)
