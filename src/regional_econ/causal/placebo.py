"""Does next year's driver already "move" this year's outcome? If so, the design picks up more than the driver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regional_econ.causal.coefficient import first_coefficient
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.sample import Regressor, Sample, build_sample, lead_regressors
from regional_econ.causal.scales import effect_pp
from regional_econ.core.panel import Panel


@dataclass(frozen=True)
class Placebo:
    """The lead of one driver: estimate on the outcome's scale, and in percentage points with its interval."""

    driver: str
    estimate: float
    std_error: float
    pp: float
    low_pp: float
    high_pp: float
    level: float
    n_obs: int

    def inside(self, delta_pp: float) -> bool:
        """Whether the interval lies inside ±δ; a wider one gives no information."""
        return -delta_pp < self.low_pp and self.high_pp < delta_pp

    def __str__(self) -> str:
        return f"{self.driver} a year ahead: {self.pp:+.2f} pp [{self.low_pp:+.2f}; {self.high_pp:+.2f}]."


def leads(panel: Panel, multiverse: Multiverse, driver: str, *, change: float, level_pct: float) -> Placebo:
    """Estimate the effect of the driver of year t+1 on the outcome of year t, given the driver of t and t−1.

    The specification is the one shown alone (region × method effects) with all admitted covariates of year t.

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared specifications.
    driver : its id.
    change : the driver's contrast.
    level_pct : newest official level of the focal region.

    Returns
    -------
    the lead's effect with the rule's placebo interval.
    """
    level = multiverse.rule.placebo_level
    found = first_coefficient(lead_sample(panel, multiverse, driver))
    points = np.array([found.estimate, *found.interval(level)])
    pp, low, high = (float(value) for value in effect_pp(points, change, level_pct, multiverse.alone.scale))
    return Placebo(driver, found.estimate, found.std_error, pp, low, high, level, found.n_obs)


def lead_sample(panel: Panel, multiverse: Multiverse, driver: str) -> Sample:
    """Return the placebo's sample: the driver of years t+1, t and t−1, then the covariates of year t.

    Its units are cut where a method breaks at any of these distances, so that the lead crosses no break either.
    """
    alone = multiverse.alone
    era = multiverse.era(alone.era)
    return build_sample(
        panel, multiverse, scale=alone.scale, weights=alone.weights, years=era.years, units=era.units,
        effects=alone.effects, regressors=placebo_regressors(multiverse, driver),
    )  # fmt: skip


def placebo_regressors(multiverse: Multiverse, driver: str) -> tuple[Regressor, ...]:
    """Return the columns of :func:`lead_sample`."""
    covariates = [(multiverse.terms[name], 0) for name in multiverse.drivers[driver].covariates]
    return lead_regressors(multiverse.terms[driver], 1, covariates)
