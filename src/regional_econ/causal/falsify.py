"""Which designs fail their own tests? Every declared falsification of every question that can be tested.

The questions file alone decides what is run and what counts as failing. A design of it that has no rule is shown
without a verdict; one that no function here answers is an error; one that the data cannot bear is a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

from regional_econ._base.errors import EstimationError, StudyError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.effort import Effort
from regional_econ.causal.event_table import Event
from regional_econ.causal.event_tests import EVENT_TESTS, EventTests, event_tests
from regional_econ.causal.identification import Design
from regional_econ.causal.price_tests import PRICE_TESTS, PriceTests, price_tests
from regional_econ.causal.question_plan import Falsification
from regional_econ.causal.question_sample import MINING_PRICE, regression_of, with_mining_price
from regional_econ.causal.questions import Question, Questions
from regional_econ.causal.regression_tests import REGRESSION_TESTS, RegressionTests
from regional_econ.causal.verdicts import Found, Outcome, judged
from regional_econ.core.panel import Panel

Kind = Literal["regression", "price", "event"]
ELSEWHERE: tuple[Design, ...] = ("multiverse",)  # the page of the specifications answers it
_TESTS: Mapping[Kind, Mapping[Design, object]] = {
    "regression": REGRESSION_TESTS, "price": PRICE_TESTS, "event": EVENT_TESTS,
}  # fmt: skip


@dataclass(frozen=True)
class QuestionEstimate:
    """A question's own estimate in the scale of its estimand.

    ``coefficient`` and ``coefficient_error`` are on the scale of the regression (clustered by region); the interval of
    a price is by placebo paths and may have gaps, an event has none. ``mde`` is found with 80 % power. ``null``:
    nothing is found, since the interval holds zero; None without one.
    """

    question: str
    kind: Kind
    coefficient: float
    coefficient_error: float
    estimate: float
    low: float
    high: float
    mde: float
    null: bool | None
    has_gaps: bool
    n_obs: int
    n_regions: int


@dataclass(frozen=True)
class Falsified:
    """All questions: their estimates, and every test with its verdict, in the order of the file.

    ``lead_level`` of the intervals that are held against the smallest effect of interest.
    """

    estimates: tuple[QuestionEstimate, ...]
    outcomes: tuple[Outcome, ...]
    effort: Effort
    lead_level: float
    panel_checksum: str
    questions_sha256: str

    def of(self, question: str) -> tuple[Outcome, ...]:
        """Return the tests of a question."""
        return tuple(one for one in self.outcomes if one.question == question)

    def counts(self, question: str) -> dict[str, int]:
        """Return how many declared tests a question has, and how many passed, failed and could not be run.

        A test of several outcomes fails if one of them does, and passes if all do.
        """
        verdicts: dict[str, set[str]] = {}
        for one in self.of(question):
            if one.rule is not None:
                verdicts.setdefault(one.design, set()).add(one.verdict)
        worst = ["fails" if "fails" in met else "cannot" if "cannot" in met else "passes" for met in verdicts.values()]
        return {"declared": len(worst), **{name: worst.count(name) for name in ("passes", "fails", "cannot")}}

    def to_frame(self) -> pd.DataFrame:
        """Return one row a test."""
        return pd.DataFrame(
            [
                {"question": one.question, "design": one.design, "rule": one.rule, "verdict": one.verdict}
                | asdict(one.found)
                for one in self.outcomes
            ]
        )

    def __str__(self) -> str:
        ruled = [self.counts(one.question) for one in self.estimates]
        passed, declared = (sum(count[name] for count in ruled) for name in ("passes", "declared"))
        nulls = sum(one.null is True for one in self.estimates)
        return f"{len(ruled)} questions, {nulls} nulls; {passed} of {declared} declared tests passed."


def falsify(
    panel: Panel,
    multiverse: Multiverse,
    questions: Questions,
    *,
    national: pd.DataFrame,
    industries: pd.DataFrame,
    pairs: pd.DataFrame,
    events: Mapping[str, Event],
    focal_region: str,
    seed: int,
    effort: Effort,
) -> Falsified:
    """Estimate every question that can be tested and run the tests that it declares.

    Parameters
    ----------
    panel : official figures.
    multiverse : scale and weights of its outcome, and the referee's smallest effect.
    questions : the declared questions.
    national, industries, pairs : as ``load_national()``, ``load_industries()`` and ``load_neighbours()`` give them.
    events : the declared events.
    focal_region : where shares and exposures are read.
    seed : of all that is drawn.
    effort : how much is drawn.

    Returns
    -------
    estimates and tests; the same seed gives the same numbers.

    Raises
    ------
    StudyError, UnknownNameError : a design that nothing here answers, with its line, or an incomplete declaration.
    """
    testable = questions.with_status("testable")
    for question in testable:
        check_answered(question, multiverse)
    priced = with_mining_price(panel, national, industries)
    known: dict[str, pd.DataFrame] = {}
    estimates: list[QuestionEstimate] = []
    outcomes: list[Outcome] = []
    for question in testable:
        match kind_of(question):
            case "regression":
                work = RegressionTests(
                    priced, multiverse, regression_of(priced, multiverse, question), question.placebo_outcomes, pairs,
                    focal_region, effort, seed, known,
                )  # fmt: skip
                estimates.append(_regression_estimate(work))
                outcomes += _run(question, work, REGRESSION_TESTS)
            case "price":
                priced_work = price_tests(
                    panel, question, national, industries, pairs, focal_region=focal_region,
                    draws=effort.exchanges, seed=seed,
                )  # fmt: skip
                estimates.append(_price_estimate(priced_work))
                outcomes += _run(question, priced_work, PRICE_TESTS)
            case "event":
                event_work = event_tests(panel, question, _event_of(question, events))
                estimates.append(_event_estimate(event_work))
                outcomes += _run(question, event_work, EVENT_TESTS)
    level = multiverse.rule.placebo_level
    return Falsified(tuple(estimates), tuple(outcomes), effort, level, panel.checksum, questions.sha256)


def kind_of(question: Question) -> Kind:
    """Return how a question is answered: by its driver."""
    if question.driver.kind == "event":
        return "event"
    return "price" if question.driver.id == MINING_PRICE else "regression"


def check_answered(question: Question, multiverse: Multiverse) -> None:
    """Raise unless each design and falsification of a question has a function that answers this very question.

    Parameters
    ----------
    question : a testable one.
    multiverse : the specifications that the selection bounds belong to.

    Raises
    ------
    StudyError : with the line of the design, or of the question where it has outcomes that nothing here would try.
    """
    kind, places = kind_of(question), dict(zip(question.designs, question.design_places, strict=True))
    named = [(test.design, test.where) for test in question.falsifications]
    named += [(design, where) for design, where in places.items() if design not in ELSEWHERE]
    for design, where in named:
        if design not in _TESTS[kind]:
            known = ", ".join(_TESTS[kind])
            message = f"nothing answers the design {design} for the question {question.id}"
            raise StudyError(message, where=where, advice=f"A question of this kind ({kind}) has: {known}")
    if "placebo-outcome" in places and not question.placebo_outcomes:
        where = places["placebo-outcome"]
        raise StudyError(f"{question.id} names no placebo outcome", where=where, advice="Add placebo_outcomes")
    if "selection-bounds" in places and not _is_shown_alone(question, multiverse):
        alone = multiverse.alone
        first, last = multiverse.era(alone.era).years
        message = f"selection bounds of {question.driver.id} on {question.outcome.id} are not those of {question.id}"
        advice = (
            f"They are of {multiverse.outcome} at lag {alone.lag}, {first}–{last}, on {', '.join(multiverse.drivers)}:"
            " leave selection-bounds out"
        )
        raise StudyError(message, where=places["selection-bounds"], advice=advice)
    if question.beside and kind != "event":
        message = f"no test of {question.id} would try {', '.join(question.beside)}, which stand beside its outcome"
        raise _refusal(question, message, "Ask a question of their own")


def _is_shown_alone(question: Question, multiverse: Multiverse) -> bool:
    """Whether the specification of the multiverse shown alone has a question's driver, outcome, lag and years."""
    plan, alone = question.regression, multiverse.alone
    return (
        question.driver.id in multiverse.drivers
        and question.outcome.id == multiverse.outcome
        and plan is not None
        and (plan.lag, plan.years) == (alone.lag, multiverse.era(alone.era).years)
    )


def _run[Work](
    question: Question,
    work: Work,
    tests: Mapping[Design, Callable[[Work, Falsification | None], Sequence[Found]]],
) -> Iterator[Outcome]:
    """Yield the declared tests with their verdicts, then the designs without a rule."""
    for test in question.falsifications:
        yield from judged(question.id, test, _found(work, test, tests[test.design]))
    ruled = {test.design for test in question.falsifications}
    for design in question.designs:
        if design in ELSEWHERE:
            yield Outcome(question.id, design, Found(), None, "elsewhere")
        elif design not in ruled:
            for found in _found(work, None, tests[design]):
                yield Outcome(question.id, design, found, None, "cannot" if found.impossible else "no_rule")


def _found[Work](
    work: Work, test: Falsification | None, run: Callable[[Work, Falsification | None], Sequence[Found]]
) -> Sequence[Found]:
    """What a test found; that the data cannot bear it is a finding too."""
    try:
        return run(work, test)
    except EstimationError as error:
        return [Found(impossible="data", note=Text(f"Сообщение программы: {error}", str(error)))]


def _regression_estimate(work: RegressionTests) -> QuestionEstimate:
    own, found = work.own, work.found(work.own)
    return QuestionEstimate(
        work.regression.question, "regression", own.estimate, own.std_error, found.estimate, found.low, found.high,
        work.yardstick.detectable(own.std_error, own.df), found.holds_zero, found.has_gaps, own.n_obs, own.df + 1,
    )  # fmt: skip


def _price_estimate(work: PriceTests) -> QuestionEstimate:
    own, found = work.own, work.found(work.own)
    return QuestionEstimate(
        work.question.id, "price", own.estimate, own.std_error, found.estimate, found.low, found.high,
        work.yardstick.effect(work.detectable()), found.holds_zero, found.has_gaps, own.n_obs, own.n_regions,
    )  # fmt: skip


def _event_estimate(work: EventTests) -> QuestionEstimate:
    nothing = float("nan")
    return QuestionEstimate(
        work.question.id, "event", work.own, nothing, work.effect(work.own), nothing, nothing, nothing, None, False,
        work.n_obs, work.n_regions,
    )  # fmt: skip


def _event_of(question: Question, events: Mapping[str, Event]) -> Event:
    if question.event is None:
        raise _refusal(question, "no event is declared", "Add event: and its id of events.yml")
    if question.event not in events:
        raise UnknownNameError.of("event", question.event, events, where=f"question {question.id}")
    return events[question.event]


def _refusal(question: Question, what: str, advice: str) -> StudyError:
    return StudyError(what, where=f"question {question.id}, line {question.line}", advice=advice)
