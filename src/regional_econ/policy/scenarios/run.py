"""What would a scenario bring? Levers, drivers, innovation activity: draw by draw, beside the same draw's baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.elasticity import Grade
from regional_econ.core.scenario import Scenario
from regional_econ.policy.model import levers as lever_rules
from regional_econ.policy.model.budget import BudgetUse, within_budget
from regional_econ.policy.model.direct import has_path
from regional_econ.policy.model.drivers import change_frequency
from regional_econ.policy.model.inputs import Inputs, baseline_draws, draws_hash
from regional_econ.policy.model.shocks import ShockUse, under_shocks
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.model.thinning import thinned
from regional_econ.policy.model.traces import Traces
from regional_econ.policy.scenarios.result import DomainFlag, LeverUse, LinkPriors, PolicyResult, median_value

__all__ = ["Inputs", "baseline_draws", "draws_hash", "run", "run_with_variants", "scenario_simulator"]

Floats = NDArray[np.float64]
Grades = Literal["as_declared", "all"]


def run(scenario: Scenario, inputs: Inputs, *, grades: Grades = "as_declared") -> PolicyResult:
    """Run one scenario.

    Parameters
    ----------
    scenario : which levers, how far, when; levers and elasticities below its grades stay off.
    inputs : elasticities, baseline draws, panel, levers and priors.
    grades : ``all`` switches every grade on, as an assumption.

    Returns
    -------
    PolicyResult : paths of all draws with the contribution of each driver.

    Raises
    ------
    UnknownNameError : a lever, region or year that does not exist.
    OptionError : a lever outside its range, a driver pushed where its elasticity refuses, a stock it does not have, or
        a budget over levers without a cost.
    SchemaError : a lag kernel whose columns are not among the draws.
    """
    allowed = _allowed(scenario, grades)
    uses = _uses(scenario, inputs, allowed)
    simulator, amounts, spent, shocks = _prepared(scenario, inputs, allowed)
    traces = simulator.traces(amounts)
    on = dict.fromkeys(use.driver for use in uses if use.on and use.driver)
    rows = {driver: simulator.drivers.index(driver) for driver in on}
    known = {driver: row for driver, row in rows.items() if row < len(simulator.model.drivers)}
    return PolicyResult(
        scenario,
        inputs.region,
        inputs.outcome,
        simulator.years,
        simulator.baseline,
        {driver: traces.effect[row] for driver, row in rows.items()},
        {driver: traces.change[row] for driver, row in rows.items()},
        uses,
        tuple(flag for driver, row in known.items() for flag in _flag(inputs, driver, row, simulator, traces)),
        {"draws": draws_hash(inputs.elasticities), "panel": inputs.panel.checksum},
        {name: inputs.priors[name] for row in known.values() for name in simulator.model.drivers[row].rates},
        _links(uses, inputs),
        shocks,
        tuple(driver for driver, row in known.items() if simulator.model.drivers[row].held),
        spent,
    )


def scenario_simulator(
    scenario: Scenario, inputs: Inputs, *, grades: Grades = "as_declared"
) -> tuple[Simulator, Floats]:
    """Return the simulator that a scenario runs on, after shocks, and its amounts (levers, years), after its budget.

    Raises
    ------
    UnknownNameError, OptionError, SchemaError : as :func:`run`.
    """
    simulator, amounts, _, _ = _prepared(scenario, inputs, _allowed(scenario, grades))
    return simulator, amounts


def amounts_of(scenario: Scenario, simulator: Simulator, inputs: Inputs) -> Floats:
    """Return what a scenario asks of each lever that the simulator can pull (levers, years).

    Raises
    ------
    UnknownNameError : a lever that does not exist.
    OptionError : a lever outside its range.
    """
    amounts = np.zeros((len(simulator.levers), len(simulator.years)))
    for number, setting in enumerate(scenario.settings):
        where = scenario.where("settings", number, "path")
        lever = lever_rules.find_lever(inputs.levers, setting.lever, where=where)
        if lever.id in simulator.levers:
            amounts[simulator.levers.index(lever.id)] += lever_rules.funded_path(
                setting, lever, simulator.years, where=where
            )
    return amounts


def run_with_variants(scenarios: Sequence[Scenario], inputs: Inputs) -> tuple[PolicyResult, ...]:
    """Run scenarios; one that leaves weak links off is followed by its variant with all grades on, an assumption."""
    found: list[PolicyResult] = []
    for scenario in scenarios:
        found.append(run(scenario, inputs))
        if any(use.driver for use in found[-1].off):
            variant = run(scenario, inputs, grades="all")
            found += [variant] if variant.id != scenario.id else []
    return tuple(found)


def _allowed(scenario: Scenario, grades: Grades) -> Sequence[Grade]:
    return ("A", "B", "C") if grades == "all" else scenario.include_grades


def _prepared(
    scenario: Scenario, inputs: Inputs, allowed: Sequence[Grade]
) -> tuple[Simulator, Floats, BudgetUse | None, tuple[ShockUse, ...]]:
    for name, year in (("start", scenario.start), ("end", scenario.end)):
        baseline_draws(inputs, (year,), where=scenario.where(name))
    inputs, shocks = under_shocks(inputs, scenario.shocks, seed=scenario.seed, grades=allowed)
    simulator = Simulator.of(
        inputs,
        start=scenario.start,
        end=scenario.end,
        seed=scenario.seed,
        grades=allowed,
        deficit=scenario.deficit,
        assumed=True,
    )
    simulator = thinned(simulator, inputs.rows) if inputs.rows else simulator
    amounts = amounts_of(scenario, simulator, inputs)
    if scenario.budget is None:
        return simulator, amounts, None, shocks
    levers = [link.lever for link in (*simulator.model.levers, *simulator.model.assumed)]
    amounts, spent = within_budget(
        scenario.budget, amounts, levers, inputs.panel, inputs.region, kept=simulator.arrays[0].kept,
        where=scenario.where("budget"),
    )  # fmt: skip
    return simulator, amounts, spent, shocks


def _uses(scenario: Scenario, inputs: Inputs, allowed: Sequence[Grade]) -> tuple[LeverUse, ...]:
    uses = []
    for number, setting in enumerate(scenario.settings):
        where = scenario.where("settings", number, "lever")
        lever = lever_rules.find_lever(inputs.levers, setting.lever, where=where)
        elasticity = lever_rules.elasticity_of(inputs.elasticities, lever.state_var, inputs.outcome)
        grade = lever_rules.chain_grade(lever, elasticity)
        assumed = elasticity is None and has_path(lever, inputs.priors)
        on = lever.state_var is not None and (elasticity is not None or assumed) and grade in allowed
        share = 1.0 if assumed else None if elasticity is None else elasticity.prior_share
        uses.append(
            LeverUse(
                lever.id, lever.state_var, lever_rules.link_grade(lever),
                None if elasticity is None else elasticity.grade, grade, on, share,
            )
        )  # fmt: skip
    return tuple(uses)


def _links(uses: Sequence[LeverUse], inputs: Inputs) -> dict[str, LinkPriors]:
    on = [lever_rules.find_lever(inputs.levers, use.lever, where="links") for use in uses if use.on]
    return {
        lever.id: LinkPriors(lever_rules.additionality(lever), lever_rules.lag_bounds(lever)) for lever in on
    }  # fmt: skip


def _flag(inputs: Inputs, driver: str, row: int, simulator: Simulator, traces: Traces) -> list[DomainFlag]:
    outside, elasticity = traces.outside[row], simulator.model.drivers[row].elasticity
    share = float((outside > 0.0).any(axis=1).mean())
    if not share:
        return []
    window = max(1, round(elasticity.domain.change_window_years))
    moved = traces.moved[row]
    steps = moved - np.concatenate([np.zeros((len(moved), window)), moved], axis=1)[:, : moved.shape[1]]
    largest, error = median_value(steps[np.arange(len(steps)), np.abs(steps).argmax(axis=1)])
    found, farthest = change_frequency(inputs.panel, driver, largest, elasticity.form), outside.max(axis=1)
    spread, spread_error = median_value(1.0 + farthest[farthest > 0.0])
    size, part = float(outside.max()), simulator.model.drivers[row]
    bound = float(np.sign(largest)) * min(elasticity.domain.max_abs_change, part.rare[1 if largest >= 0.0 else 0])
    return [
        DomainFlag(
            driver, elasticity.id, share, size, largest, found.count, found.windows, found.share, spread, error,
            spread_error, bound, change_frequency(inputs.panel, driver, bound, elasticity.form).share,
            found.regions, found.comparable, found.comparable_windows,
        )
    ]  # fmt: skip
