"""Does the answer change with the price of coal? The same programme under the declared price paths of the forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.elasticity import Grade
from regional_econ.core.results import Value
from regional_econ.core.scenario import Shock
from regional_econ.policy.answers.contract import gains, year_index
from regional_econ.policy.answers.figures import Spread, share_value
from regional_econ.policy.answers.question import Question
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.shocks import under_shocks

Floats = NDArray[np.float64]
AS_FORECAST = "forecast"


@dataclass(frozen=True)
class Regime:
    """A programme under one price path: level without measures, gain, chances without and with it, and how probable
    the forecast holds a path as far away (None: the forecast itself)."""

    name: str
    level: Spread
    gain: Spread
    before: Value
    reached: Value
    tail_probability: float | None


def under_regimes(
    inputs: Inputs,
    *,
    sizes: Floats,
    grades: Sequence[Grade],
    target: float,
    year: int,
    first: int,
    last: int,
    seed: int,
) -> tuple[Regime, ...]:
    """Return a programme's results in the forecast as it is and under each price path that the inputs name.

    Parameters
    ----------
    sizes : the programme (levers,), in standard pushes.
    grades : of the levers that may act.
    target, year : level of the outcome, %, and when.
    first, last : years over which measures build up.
    seed : of the declared priors and delivery lags.

    Raises
    ------
    UnknownNameError, OptionError, DataError, EstimationError : a path that the forecast cannot take.
    """
    found = []
    for name in (AS_FORECAST, *inputs.regimes):
        shocks = () if name == AS_FORECAST else (Shock(regime=name),)
        moved, uses = under_shocks(inputs, shocks, seed=seed, grades=grades)
        question = Question.of(moved, grades=grades, end=year, first=first, last=last, seed=seed)
        before = question.model.baseline[:, year_index(question.model, year)]
        gain = gains(question.model, question.programme, sizes[None, :], year)[0]
        found.append(
            Regime(
                name,
                Spread.of(before, unit="%"),
                Spread.of(gain),
                share_value(before >= target),
                share_value(before + gain >= target),
                uses[0].tail_probability if uses else None,
            )
        )
    return tuple(found)
