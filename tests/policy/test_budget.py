"""A budget cuts what levers cost to what there is, and says what cannot be bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regional_econ._base.errors import OptionError
from regional_econ.core.scenario import Deficit, Scenario, Setting
from regional_econ.policy.model.costs import unit_cost
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.scenarios.run import run, scenario_simulator

ASKED = 1.0


def scenario(budget: dict[str, object], lever: str = "L10") -> Scenario:
    setting = Setting(lever, ((2025, ASKED),))
    return Scenario("t", "f", 2023, 2035, (setting,), (), "e", 4, budget=budget, include_grades=("A", "B", "C"))


def price(world: Inputs) -> float:
    lever = next(one for one in world.levers if one.id == "L10")
    cost = unit_cost(lever, world.panel, world.region)
    assert cost is not None
    assert cost.year == 2023
    return cost.high


def test_a_budget_pays_for_what_it_can(world: Inputs) -> None:
    unit = price(world)
    free = run(replace(scenario({}), budget=None), world)
    ample = run(scenario({"total": 1e9, "unit": "mln_rub", "price_year": 2023}), world)
    np.testing.assert_array_equal(ample.shift, free.shift)
    assert ample.spent is not None
    np.testing.assert_allclose(ample.spent.planned, unit * np.array([0.0] * 2 + [1.0] * 11), rtol=1e-12)
    np.testing.assert_array_equal(ample.spent.spent, np.broadcast_to(ample.spent.planned, free.shift.shape))
    half = run(scenario({"total": 5.5e-3 * unit, "unit": "bln_rub", "price_year": 2023}), world)
    assert half.spent is not None
    assert half.spent.planned.sum() == pytest.approx(5.5 * unit, rel=1e-12)
    plain = run(replace(scenario({}), budget=None, settings=(Setting("L10", ((2025, 0.5),)),)), world)
    # eleven years at half a push cost as much; 1e-12: a product of three doubles
    np.testing.assert_allclose(half.shift, plain.shift, rtol=0, atol=1e-12)
    capped = run(scenario({"total": 1e9, "unit": "mln_rub", "price_year": 2023, "per_year_max": unit / 2}), world)
    np.testing.assert_allclose(capped.shift, plain.shift, rtol=0, atol=1e-12)
    nothing = run(scenario({"total": 0, "unit": "rub", "price_year": 2023}), world)
    np.testing.assert_array_equal(nothing.paths, nothing.baseline)


def test_a_budget_is_charged_for_what_a_deficit_leaves(world: Inputs) -> None:
    """The plan is bound by the budget and the same in all draws; each draw pays for what its deficit lets through."""
    unit, deficit = price(world), Deficit(2, 0.5)
    budget = {"total": 5.5 * unit, "unit": "mln_rub", "price_year": 2023}
    sure, cut = (run(replace(scenario(budget), deficit=one), world) for one in (None, deficit))
    assert sure.spent is not None
    assert cut.spent is not None
    np.testing.assert_array_equal(cut.spent.planned, sure.spent.planned)
    product = world.baseline.draws("grp_real_index", world.region).transpose("draw", "year").to_numpy().astype(float)
    short = np.maximum(1.0 - product / np.median(product, axis=0), 0.0)[:, :-2]
    np.testing.assert_allclose(cut.spent.spent[:, 2:], sure.spent.planned[2:] * (1.0 - 0.5 * short), rtol=1e-12)
    assert not cut.spent.spent[:, :2].any()
    totals = cut.spent.spent.sum(axis=1)
    assert totals.max() <= 5.5 * unit * (1.0 + 1e-12)
    assert totals.mean() < 5.45 * unit
    # What is charged is what is delivered: the same shift as funds of each draw's own size, taken in one draw.
    simulator, amounts = scenario_simulator(replace(scenario(budget), deficit=deficit), world)
    poorest = int(totals.argmin())
    row = simulator.levers.index("L10")
    own = np.zeros_like(amounts)
    own[row] = cut.spent.spent[poorest] / unit
    free, _ = scenario_simulator(replace(scenario({}), budget=None), world)
    np.testing.assert_allclose(simulator.shift(amounts)[poorest], free.shift(own)[poorest], rtol=0, atol=1e-12)
    assert abs(free.shift(amounts)[poorest, -1] - free.shift(own)[poorest, -1]) > 1e-6


@pytest.mark.parametrize(
    ("budget", "lever", "message"),
    [
        ({"total": 1, "unit": "mln_rub", "price_year": 2023}, "L36", "L36 has no sourced cost"),
        ({"total": 1, "unit": "mln_rub", "price_year": 2020}, "L10", "at prices of 2023, the budget at those of 2020"),
        ({"total": 1, "unit": "usd", "price_year": 2023}, "L10", "a budget in 'usd'"),
        ({"total": -1, "unit": "rub", "price_year": 2023}, "L10", "0 or more"),
        ({"total": float("nan"), "unit": "rub", "price_year": 2023}, "L10", "0 or more"),
        ({"total": float("inf"), "unit": "rub", "price_year": 2023}, "L10", "finite"),
        ({"total": 1, "unit": "rub", "price_year": 2023, "per_year_max": float("nan")}, "L10", "0 or more"),
    ],
)
def test_what_a_budget_cannot_bind_is_refused(
    world: Inputs, budget: dict[str, object], lever: str, message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        run(scenario(budget, lever), world)
