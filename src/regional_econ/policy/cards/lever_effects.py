"""What would one standard push of each lever bring, alone, built up over the same years as in the answers?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.elasticity import Grade
from regional_econ.core.lever import Lever
from regional_econ.core.results import Value
from regional_econ.core.scenario import Scenario
from regional_econ.policy.answers.figures import share_value
from regional_econ.policy.model.build_up import built_setting
from regional_econ.policy.model.costs import Cost, unit_cost
from regional_econ.policy.model.direct import has_path
from regional_econ.policy.model.levers import elasticity_of, funded_path, link_grade, standard_push
from regional_econ.policy.model.limits import with_capacities
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.scenarios.result import quantile_value
from regional_econ.policy.scenarios.run import Inputs, run

Floats = NDArray[np.float64]

State = Literal["on", "assumed", "off"]
BANDS: Mapping[str, float] = {"p50": 0.5, "lo80": 0.1, "hi80": 0.9}


@dataclass(frozen=True)
class LeverEffect:
    """One lever of the report: its grades, its state, and the outcome's gain from one standard push of it.

    Parameters
    ----------
    state : on where the chain's grade is A or B, assumed where only the switch for all grades turns it on or the effect
        is an assumption outright, off where the model has no path.
    elasticity_grade, prior_share : None without an elasticity; what is an assumption outright is all prior.
    years : of the gain.
    gain : percentage points beyond the same draw without measures (draws, years); None where the lever is off.
    """

    lever: Lever
    state: State
    elasticity_grade: Grade | None
    grade: Grade
    prior_share: float | None
    cost: Cost | None
    years: tuple[int, ...]
    gain: Floats | None

    @property
    def link_grade(self) -> Grade:
        """The grade of the link from instrument to driver."""
        return link_grade(self.lever)

    def values(self, year: int) -> dict[str, Value]:
        """Return the gain of a year (median, 80 %), and the probability that it is positive."""
        if self.gain is None:
            return {}
        gain = self.gain[:, self.years.index(year)]
        values = {f"gain.{key}": quantile_value(gain, level, unit="pp") for key, level in BANDS.items()}
        return {**values, "p_positive": share_value(gain > 0.0)}


def pull_alone(lever: Lever, inputs: Inputs, *, start: int, first: int, last: int, end: int, seed: int) -> LeverEffect:
    """Return what one standard push of a lever brings, alone; a weak link only as an assumption.

    Parameters
    ----------
    lever : with its capacity; where that is below the push, less arrives.
    inputs : what the policy model needs; the lever among its levers.
    start, end : first and last year of the paths.
    first, last : years over which the push builds up in equal steps; it is held from then on.
    seed : of the priors' draws.
    """
    elasticity = elasticity_of(inputs.elasticities, lever.state_var, inputs.outcome)
    cost, years = unit_cost(lever, inputs.panel, inputs.region), tuple(range(start, end + 1))
    if lever.state_var is None:
        return LeverEffect(lever, "off", None, "C", None, cost, years, None)
    setting = built_setting(lever.id, standard_push(lever), first=first, last=last)
    if elasticity is None:
        gain = None
        if has_path(lever, inputs.priors):
            alone = replace(inputs, levers=(lever,))
            simulator = Simulator.of(alone, start=start, end=end, seed=seed, grades=("C",), assumed=True)
            gain = (
                simulator.outcome(funded_path(setting, lever, years, where=f"lever {lever.id}")[None])
                - simulator.baseline
            )
        state: State = "off" if gain is None else "assumed"
        return LeverEffect(lever, state, None, "C", None if gain is None else 1.0, cost, years, gain)
    scenario = Scenario(f"lever_{lever.id}", "forecast.nc", start, end, (setting,), (), "elasticities.json", seed)
    declared = run(scenario, inputs)
    (use,) = declared.uses
    outcome = declared if use.on else run(scenario, inputs, grades="all")
    return LeverEffect(
        lever, "on" if use.on else "assumed", elasticity.grade, use.grade, elasticity.prior_share, cost, years,
        outcome.paths - outcome.baseline,
    )  # fmt: skip


def pull_each(inputs: Inputs, *, start: int, first: int, last: int, end: int, seed: int) -> tuple[LeverEffect, ...]:
    """Return :func:`pull_alone` of every lever, with capacities computed from the panel."""
    levers = with_capacities(inputs.levers, inputs.panel, inputs.region)
    limited = replace(inputs, levers=levers)
    return tuple(
        pull_alone(lever, limited, start=start, first=first, last=last, end=end, seed=seed) for lever in levers
    )
