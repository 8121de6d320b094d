"""The tests of a question about a dated event in one region: gaps before it, pretended years, ranks among donors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.text import Text
from regional_econ.causal.event_table import Event
from regional_econ.causal.events import EventEstimate, study_event
from regional_econ.causal.identification import Design
from regional_econ.causal.question_plan import Falsification
from regional_econ.causal.questions import Question
from regional_econ.causal.synthetic import Method
from regional_econ.causal.verdicts import Found
from regional_econ.core.panel import Panel

METHOD: Method = "sdid"  # the twin that the question's graph relies on


@dataclass(frozen=True)
class EventTests:
    """A question's event and its synthetic twin; None where the series bear none, then ``why`` says so."""

    question: Question
    estimate: EventEstimate | None
    why: str
    logs: bool

    @property
    def own(self) -> float:
        """The mean gap after the event, on the outcome's scale; NaN without a twin."""
        return float("nan") if self.estimate is None else self.estimate.fit.effect

    @property
    def n_regions(self) -> int:
        """The region and its donors."""
        return 0 if self.estimate is None else len(self.estimate.fit.donors) + 1

    @property
    def n_obs(self) -> int:
        """Region-years."""
        return 0 if self.estimate is None else self.n_regions * len(self.estimate.fit.years)

    def effect(self, gap: float) -> float:
        """Return a gap in hundredths of a logarithm (near per cent) where the outcome is one."""
        return 100 * gap if self.logs else gap


def event_tests(panel: Panel, question: Question, event: Event) -> EventTests:
    """Hold the question's outcome against its synthetic twin.

    Parameters
    ----------
    panel : official figures.
    question : whose outcome is among the event's.
    event : from ``load_events``.

    Raises
    ------
    UnknownNameError : the event has no such outcome.
    """
    known = {one.id: one for one in event.outcomes}
    if question.outcome.id not in known:
        raise UnknownNameError.of("outcome", question.outcome.id, known, where=f"event {event.id}")
    outcome = known[question.outcome.id]
    study = study_event(panel, replace(event, outcomes=(outcome,)))
    fitting = [one for one in study.estimates if one.fit.method == METHOD]
    why = "; ".join(note.reason for note in study.not_estimated if note.outcome == outcome.id)
    return EventTests(question, fitting[0] if fitting else None, why, outcome.transform == "ln")


def gap_before(work: EventTests, test: Falsification | None) -> list[Found]:
    """The root mean squared gap before the event, beside the one after it."""
    if work.estimate is None:
        return [Found(impossible="data", note=Text(work.why, work.why))]
    fit = work.estimate.fit
    return [Found(estimate=work.effect(fit.pre_rmspe), bound=work.effect(fit.post_rmspe), n_obs=work.n_obs)]


def pretended_years(work: EventTests, test: Falsification | None) -> list[Found]:
    """The largest mean gap after a pretended year, beside the real one."""
    if work.estimate is None or not work.estimate.backdated:
        return [Found(impossible="data", note=Text(work.why, work.why))]
    year, gap = max(work.estimate.backdated.items(), key=lambda item: abs(item[1]))
    return [Found(str(year), estimate=work.effect(gap), bound=work.effect(work.own), n_obs=work.n_obs)]


def rank(work: EventTests, test: Falsification | None) -> list[Found]:
    """The region's place among the donors, by the size of the gap; withheld while donors may have the same event."""
    if work.estimate is None:
        return [Found(impossible="data", note=Text(work.why, work.why))]
    inference = work.estimate.inference
    if inference.status == "withheld":
        return [Found(estimate=work.effect(work.own), n_obs=work.n_obs, impossible="withheld", note=inference.reason)]
    bound = float("nan") if test is None else test.number
    return [
        Found(
            estimate=work.effect(work.own), p_value=inference.p_effect, bound=bound, n_obs=work.n_obs
        )
    ]  # fmt: skip


EVENT_TESTS: Mapping[Design, Callable[[EventTests, Falsification | None], Sequence[Found]]] = {
    "event": gap_before,
    "synthetic-did": pretended_years,
    "randomisation": rank,
}
