"""Everything the policy page is built from, gathered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from regional_econ.policy.answers.target import Need, needed_changes
from regional_econ.policy.model.baselines import PRODUCT, Level, baseline_level, is_forecast
from regional_econ.policy.model.calibration import Rate, estimated_rates
from regional_econ.policy.model.drivers import DRIVERS, Example, Push, example_change, historical_push
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.priors import Prior
from regional_econ.policy.model.product import ProductGain, product_gain
from regional_econ.policy.scenarios.result import PolicyResult

SPOKEN_OF_RD_PCT = 0.5
_PLAUSIBLE = ("investment_grp_pct", "wear_pct")


@dataclass(frozen=True)
class PolicyFindings:
    """Everything the section is built from.

    ``outcomes`` are the scenarios in the order shown, the baseline first; ``needs`` answer the question what each
    driver would have to do for the target with ``probability``. ``regimes`` are the R&D push under other coal prices,
    ``example`` how rare R&D of half a per cent of regional product in five years would be, ``rates`` what
    official figures tell of the stocks, ``gains`` the descriptive gain of regional product by scenario,
    ``levels`` where investment and wear go without measures by
    the target year, empty where the study does not forecast them.
    """

    outcomes: tuple[PolicyResult, ...]
    pushes: tuple[Push, ...]
    needs: tuple[Need, ...]
    priors: Mapping[str, Prior]
    target_value: float
    target_year: int
    probability: float
    regimes: tuple[PolicyResult, ...] = ()
    rates: tuple[Rate, ...] = ()
    gains: Mapping[str, ProductGain] = field(default_factory=dict)
    example: Example | None = None
    levels: Mapping[str, Level] = field(default_factory=dict)


def gather(
    inputs: Inputs,
    outcomes: Sequence[PolicyResult],
    regimes: Sequence[PolicyResult],
    *,
    value: float,
    year: int,
    probability: float,
    seed: int,
) -> PolicyFindings:
    """Return everything the section is built from.

    Parameters
    ----------
    outcomes, regimes : scenarios in the order shown, and those that run under other prices.
    value, year, probability : the target.
    seed : of the backward search.

    Raises
    ------
    DataError : figures behind an estimated rate are missing.
    """
    described = [one for one in outcomes if one.effects and PRODUCT in inputs.baseline.variables]
    rates = tuple(estimated_rates(inputs.panel, inputs.region))
    return PolicyFindings(
        tuple(outcomes),
        tuple(historical_push(inputs.panel, driver) for driver in DRIVERS),
        needed_changes(inputs, value=value, year=year, probability=probability, seed=seed),
        inputs.priors, value, year, probability, tuple(regimes), rates,
        {one.id: product_gain(inputs, one) for one in described},
        example_change(inputs.panel, "rd_grp_pct", inputs.region, SPOKEN_OF_RD_PCT),
        _levels(inputs, year, len(outcomes[0].baseline)),
    )  # fmt: skip


def _levels(inputs: Inputs, year: int, draws: int) -> dict[str, Level]:
    if not all(is_forecast(inputs, driver) for driver in _PLAUSIBLE):
        return {}
    return {driver: baseline_level(inputs, driver, year, draws=draws) for driver in _PLAUSIBLE}
