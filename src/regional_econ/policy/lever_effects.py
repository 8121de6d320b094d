"""What would one unit of each lever bring, alone, from a common year on?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from regional_econ.core.elasticity import Grade
from regional_econ.core.lever import Lever
from regional_econ.core.results import Value
from regional_econ.core.scenario import Scenario, Setting
from regional_econ.policy.costs import Cost, unit_cost
from regional_econ.policy.levers import elasticity_of, is_direct, link_grade
from regional_econ.policy.limits import with_capacities
from regional_econ.policy.result import PolicyResult, quantile_value
from regional_econ.policy.run import Inputs, run

State = Literal["on", "assumed", "off"]
BANDS: Mapping[str, float] = {"p50": 0.5, "lo80": 0.1, "hi80": 0.9}


@dataclass(frozen=True)
class LeverEffect:
    """One lever of the report: its grades, its state, and the outcome's gain from one unit of it.

    ``state`` is on where the chain's grade is A or B, assumed where only the switch for all grades turns it on, and
    off where the model cannot pull it. ``elasticity_grade`` and ``prior_share`` are None without an elasticity, except
    that a direct lever's effect is all prior. ``outcome`` is None where it is off.
    """

    lever: Lever
    state: State
    elasticity_grade: Grade | None
    grade: Grade
    prior_share: float | None
    cost: Cost | None
    outcome: PolicyResult | None

    @property
    def link_grade(self) -> Grade:
        """The grade of the link from instrument to driver."""
        return link_grade(self.lever)

    def values(self, year: int) -> dict[str, Value]:
        """Return the gain of a year (median, 80 %), the probability that it is positive, and the prior share."""
        if self.outcome is None:
            return {}
        place = self.outcome.years.index(year)
        gain = self.outcome.paths[:, place] - self.outcome.baseline[:, place]
        share = float((gain > 0.0).mean())
        error = float(np.sqrt(share * (1.0 - share) / len(gain)))
        values = {f"gain.{key}": quantile_value(gain, level, unit="pp") for key, level in BANDS.items()}
        return {**values, "p_positive": Value(share, "share", 3, error)}


def pull_alone(lever: Lever, inputs: Inputs, *, start: int, first_year: int, end: int, seed: int) -> LeverEffect:
    """Return what one unit of a lever brings from a year on, alone; a weak link only as an assumption.

    Parameters
    ----------
    lever : with its capacity; where that is below one unit, less arrives.
    inputs : what the policy model needs.
    start, end : first and last year of the paths.
    first_year : the year from which on one unit is funded.
    seed : of the priors' draws.
    """
    elasticity = elasticity_of(inputs.elasticities, lever.state_var, inputs.outcome)
    cost = unit_cost(lever, inputs.panel, inputs.region)
    if lever.state_var is None:
        return LeverEffect(lever, "off", None, "C", None, cost, None)
    scenario = Scenario(
        f"lever_{lever.id}", "forecast.nc", start, end, (Setting(lever.id, ((first_year, 1.0),)),), (),
        "elasticities.json", seed,
    )  # fmt: skip
    declared = run(scenario, inputs)
    assumed = declared if declared.uses[0].on else run(scenario, inputs, grades="all")
    (use,) = assumed.uses
    state: State = "on" if assumed is declared else "assumed" if use.on else "off"
    share = elasticity.prior_share if elasticity else 1.0 if is_direct(lever) else use.prior_share
    grade = elasticity.grade if elasticity else use.elasticity_grade
    return LeverEffect(lever, state, grade, use.grade, share, cost, assumed if use.on else None)


def pull_each(inputs: Inputs, *, start: int, first_year: int, end: int, seed: int) -> tuple[LeverEffect, ...]:
    """Return :func:`pull_alone` of every lever, with capacities computed from the panel."""
    levers: Sequence[Lever] = with_capacities(inputs.levers, inputs.panel, inputs.region)
    return tuple(pull_alone(lever, limited, start=start, first_year=first_year, end=end, seed=seed) for lever in levers)
