"""All answers for one region and target, as the report shows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.core.elasticity import Grade
from regional_econ.core.results import Value
from regional_econ.policy.answers.backcast import Backcast, backcast
from regional_econ.policy.answers.complementarity import Complementarity, complementarity
from regional_econ.policy.answers.contract import acting, acting_names, gains, year_index
from regional_econ.policy.answers.decomposition import Decomposition, decompose
from regional_econ.policy.answers.discovery import Box, discover
from regional_econ.policy.answers.figures import share_value
from regional_econ.policy.answers.question import ALL, DECLARED, Question
from regional_econ.policy.answers.ranking import Chain, Ranking, rank
from regional_econ.policy.answers.regimes import Regime, under_regimes
from regional_econ.policy.answers.rules import UnderRule, under_rules
from regional_econ.policy.answers.shapley import ShapleyEffects, shapley_effects
from regional_econ.policy.answers.target import Need, needed_changes
from regional_econ.policy.answers.tornado import Swing, tornado
from regional_econ.policy.model.inputs import Inputs

Floats = NDArray[np.float64]
SIGMAS = (0.0, 0.5, 1.0)
DENSITY = 0.8
SHARES_WITHIN = 0.01


@dataclass(frozen=True)
class Aim:
    """What is asked: a level of the outcome, %, by a year with a probability; measures build up from first to last."""

    value: float
    year: int
    probability: float
    first: int
    last: int
    seed: int


@dataclass(frozen=True)
class Answers:
    """Everything the page is built from.

    ``declared`` uses levers of grades A and B only (None: there is none), ``assumed`` all of them. The *programme*
    moves every driver that has an elasticity by one standard push, shared equally among its levers of whatever grade:
    an assumption. Measures without such a driver are ranked, but the programme leaves them out: a push of theirs is a
    declared range, not what regions have seen, and Shapley shares or swings would only repeat their priors; ``rules``
    says what they would add.
    ``level_shares`` and ``gain_shares`` are of the outcome under it and of its gain; ``anywhere`` is the box of all
    parameters in which it reaches the target, ``measures`` that of all but the baselines. ``ranking`` is of all levers,
    an assumption; ``declared_ranking`` of those of grades A and B (None: there is none).
    """

    aim: Aim
    question: Question
    declared_question: Question
    needs: tuple[Need, ...]
    declared: Backcast | None
    assumed: Backcast
    ranking: Ranking
    declared_ranking: Ranking | None
    reached: Value
    decomposition: Decomposition
    level_shares: ShapleyEffects
    gain_shares: ShapleyEffects
    swings: tuple[Swing, ...]
    anywhere: Box
    measures: Box
    synergy: Complementarity
    regimes: tuple[Regime, ...]
    rules: tuple[UnderRule, ...]

    @property
    def grade(self) -> Grade:
        """The lowest grade on the programme's chains."""
        return max(chain.grade for chain in self._chains)

    @property
    def prior_share(self) -> float:
        """The largest prior share on them."""
        return max(chain.prior_share for chain in self._chains)

    @property
    def _chains(self) -> tuple[Chain, ...]:
        return self.question.pulled(self.question.one_push_each())


def answer(inputs: Inputs, aim: Aim) -> Answers:
    """Answer every question.

    Raises
    ------
    UnknownNameError : a year beyond the forecast.
    OptionError : a target or probability out of range, or no lever that can be pulled.
    """
    question = ask(inputs, aim, grades=ALL)
    if not question.model.model.drivers:
        raise OptionError("no lever moves a driver with an elasticity", advice="See data/levers.yml")
    model, programme, sizes = question.model, question.programme, question.one_push_each()
    before = model.baseline[:, year_index(model, aim.year)]
    gain = gains(model, programme, sizes[None, :], aim.year)[0]
    reached = before + gain >= aim.value
    groups = acting(model, sizes, aim.year, drivers=question.drivers)
    inputs_of, measures = (parameters(question, sizes, aim.year, baselines=some) for some in (True, False))
    declared = ask(inputs, aim, grades=DECLARED)
    return Answers(
        aim=aim,
        question=question,
        declared_question=declared,
        needs=needed_changes(inputs, value=aim.value, year=aim.year, probability=aim.probability, seed=aim.seed),
        declared=_backcast(declared, aim) if declared.chains else None,
        assumed=_backcast(question, aim),
        ranking=rank(model, programme, question.chains, target=aim.value, year=aim.year),
        declared_ranking=_ranking(declared, aim) if declared.chains else None,
        reached=share_value(reached),
        decomposition=decompose(model, programme, sizes, year=aim.year),
        level_shares=shapley_effects(before + gain, groups),
        gain_shares=shapley_effects(gain, groups),
        swings=tornado(gain, groups),
        anywhere=discover(inputs_of, reached, density=DENSITY)[0],
        measures=discover(measures, reached, density=DENSITY)[0],
        synergy=complementarity(
            model, programme, sizes, directions=question.directions, sigmas=SIGMAS, target=aim.value, year=aim.year,
            probability=aim.probability, seed=aim.seed,
        ),
        regimes=under_regimes(
            inputs, sizes=sizes, grades=ALL, target=aim.value, year=aim.year, first=aim.first, last=aim.last,
            seed=aim.seed,
        ),
        rules=under_rules(question, year=aim.year),
    )  # fmt: skip


def check_shares(answers: Answers) -> None:
    """Hold the sums of the Shapley effects against the variance; the page prints what little is missed.

    Raises
    ------
    EstimationError : the regression behind them misses more.
    """
    for name, shares in (("gain", answers.gain_shares), ("level", answers.level_shares)):
        if abs(shares.explained - 1.0) > SHARES_WITHIN:
            raise EstimationError(
                f"the Shapley effects of the {name} sum to {shares.explained:.3f} of its variance, not to one within "
                f"{SHARES_WITHIN:g}",
                where="policy answers",
                advice="Let more terms into the regression (answers/smoothing.py), or give more draws",
            )


def ask(inputs: Inputs, aim: Aim, *, grades: tuple[Grade, ...]) -> Question:
    """Build the simulator for an aim with levers of some grades."""
    return Question.of(inputs, grades=grades, end=aim.year, first=aim.first, last=aim.last, seed=aim.seed)


def parameters(question: Question, sizes: Floats, year: int, *, baselines: bool) -> dict[str, Floats]:
    """Return the single parameters that vary (draws,) and that a programme meets, of baselines only those of a year."""
    groups = acting_names(question.model, sizes, year, drivers=question.drivers)
    met = {name for group, names in groups.items() if baselines or group != "baseline" for name in names}
    return {name: draws for name, draws in question.model.parameters.items() if name in met}


def _backcast(question: Question, aim: Aim) -> Backcast:
    return backcast(
        question.model, question.programme, question.bounds(), target=aim.value, year=aim.year,
        probability=aim.probability,
    )  # fmt: skip


def _ranking(question: Question, aim: Aim) -> Ranking:
    return rank(question.model, question.programme, question.chains, target=aim.value, year=aim.year)
