"""What if the rules were others? The programme's gain under rules of overlap, under decreasing returns, and with more.

The programme is of drivers that have an elasticity. *More* adds the measures whose effect is assumed outright, whose
standard push is a declared range and not what regions have seen, so that their part is nothing but declared priors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from regional_econ.policy.answers.contract import gains
from regional_econ.policy.answers.figures import Spread
from regional_econ.policy.answers.question import Question

DECREASING: Mapping[str, float] = {"half": 0.5, "full": 1.0}


@dataclass(frozen=True)
class UnderRule:
    """The programme's gain under one rule, and the largest prior share of its effects."""

    name: str
    gain: Spread
    prior_share: float


def under_rules(question: Question, *, year: int) -> tuple[UnderRule, ...]:
    """Return the programme's gain as declared, under each rule of overlap, where returns to researchers decrease, and
    with the measures whose effect is assumed outright.

    Overlap is between levers of one group. Beyond about 900 researchers each counts only half, or not at all.

    Raises
    ------
    UnknownNameError : a year outside the simulation.

    Source: Perret (2017), Journal of the Knowledge Economy (K05), for the number of researchers.
    """
    model, sizes = question.model, question.one_push_each()
    models = {"declared": model}
    models |= {f"overlap_{rule}": model.with_overlap(rule) for rule in ("additive", "random", "nested")}
    models |= {f"returns_{name}": model.with_decreasing_returns(theta) for name, theta in DECREASING.items()}
    cases = {name: (one, sizes) for name, one in models.items()}
    cases |= {"outright": (model, question.one_push_each(outright=True))} if model.model.assumed else {}
    return tuple(
        UnderRule(
            name,
            Spread.of(gains(one, question.programme, pulled[None, :], year)[0]),
            max(chain.prior_share for chain in question.pulled(pulled)),
        )
        for name, (one, pulled) in cases.items()
    )
