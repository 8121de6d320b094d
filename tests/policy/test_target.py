"""Backcasting against arithmetic and against the simulation itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regional_econ._base.errors import OptionError
from regional_econ.core.elasticity import Lag
from regional_econ.policy.answers.target import (
    change_of,
    edge_in_pushes,
    needed_changes,
    needs_rows,
    pushes_of,
    smallest_change,
)
from regional_econ.policy.model.drivers import DRIVERS, base_level, historical_push
from regional_econ.policy.model.response import shift_percent
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.model.stocks import rd_initial_stock, rd_stock
from regional_econ.policy.scenarios.run import Inputs


def test_smallest_change_against_brute_force() -> None:
    rng = np.random.default_rng(4)
    gap, slope = rng.normal(0.4, 0.3, 500), rng.normal(0.2, 0.2, 500)
    for probability in (0.3, 0.5, 0.7):
        grid = np.linspace(0.0, 40.0, 400_001)
        first = next((float(c) for c in grid if (c * slope >= gap).mean() >= probability), None)
        found, best = smallest_change(lambda c: c * slope, gap, probability, 40.0)
        assert first is not None
        # the grid's step is 1e-4
        assert found == pytest.approx(first, abs=1.1e-4)
        assert best >= probability
        assert smallest_change(lambda c: c * slope, gap, probability, first - 0.01)[0] is None
    assert smallest_change(lambda c: -c * np.abs(slope), gap, 0.9, 40.0)[0] is None


def test_the_needed_change_reaches_the_target(world: Inputs) -> None:
    certain = world.elasticities.draws * 0.0 + [0.25, 0.10, 0.05, -0.03]
    sure = replace(world, elasticities=replace(world.elasticities, draws=certain))
    needs = {need.driver: need for need in needed_changes(sure, value=12.5, year=2035, probability=0.5, seed=1)}
    need = needs["rd_grp_pct"]
    change = need.change
    assert change is not None
    assert need.level_now is not None
    assert need.level == pytest.approx(need.level_now * np.exp(change), rel=1e-12)
    assert need.inside
    base = sure.baseline.draws("innovation_activity_pct", sure.region).sel(year=2035).to_numpy().astype(float)
    share = (shift_percent(base, np.full_like(base, 0.25 * change)) >= 12.5).mean()
    # persistence leaves less than 1e-4 of the effect outstanding after thirteen years in all but a few draws
    assert share == pytest.approx(0.5, abs=0.01)
    assert needs["wear_pct"].change is not None
    assert needs["wear_pct"].change < 0.0
    assert set(needs) == {*sure.elasticities.draws.columns, "all"}


def test_a_certain_target_is_out_of_reach_when_signs_are_unsure(world: Inputs) -> None:
    needs = needed_changes(world, value=12.5, year=2035, probability=0.97, seed=1)
    assert {need.driver: need.change for need in needs}["wear_pct"] is None
    assert all(need.best < 0.97 for need in needs if need.change is None)
    assert all(need.unbounded < 0.97 for need in needs)


def test_nothing_is_stored_beyond_what_was_seen(world: Inputs) -> None:
    needs = {need.driver: need for need in needed_changes(world, value=40.0, year=2035, probability=0.8, seed=1)}
    wear = needs["wear_pct"]
    assert (wear.change, wear.level, wear.pushes, wear.inside) == (None, None, None, False)
    # domain of the made-up elasticities: levels up to 200, changes of 50 points and of 3 in logs
    assert wear.edge_level == pytest.approx(max(wear.level_now - 50.0, 0.01))
    rd = needs["rd_grp_pct"]
    assert rd.edge_level == pytest.approx(rd.level_now * np.exp(3.0), rel=1e-12)
    pushes = [needs[driver].edge_pushes for driver in DRIVERS]
    assert needs["all"].edge_pushes == pytest.approx(min(pushes), rel=1e-12)


def test_a_stock_asks_for_more_than_a_flow(world: Inputs) -> None:
    """By the target year a lasting flow has built only the share s of its stock: ln K rises by ln(1 + s(e^c − 1))."""
    certain = world.elasticities.draws * 0.0 + [0.5, 0.10, 0.05, -0.01]
    rd, *others = world.elasticities.parameters
    fast, slow = (
        replace(
            world, elasticities=replace(world.elasticities, draws=certain, parameters=(replace(rd, lag=lag), *others))
        )
        for lag in (Lag("point", (1.0,)), Lag("pim", ()))
    )
    flow, stock = (needed_changes(one, value=12.0, year=2035, probability=0.5, seed=1)[0] for one in (fast, slow))
    assert flow.change is not None
    assert stock.change is not None
    history = base_level(world.panel, "rd_grp_pct", world.region, first_year=2023)
    delta = world.priors["rd_depreciation"].draw(len(certain), 1)
    plain = np.full((len(certain), 13), history.known[0])
    start = rd_initial_stock(history.history, delta)
    higher = rd_stock(start, plain * np.exp(stock.change), delta)[:, -1] / rd_stock(start, plain, delta)[:, -1]
    base = world.baseline.draws(world.outcome, world.region).sel(year=2035).to_numpy().astype(float)
    share = (shift_percent(base, 0.5 * np.log(higher)) >= 12.0).mean()
    # bisection ends at the draw that tips the share: half a draw of 4,000
    assert share == pytest.approx(0.5, abs=1 / 4000)
    assert stock.change > flow.change


@pytest.mark.parametrize(("value", "probability"), [(0.0, 0.5), (12.5, 1.0)])
def test_impossible_targets_are_refused(world: Inputs, value: float, probability: float) -> None:
    with pytest.raises(OptionError, match="between 0 and"):
        needed_changes(world, value=value, year=2035, probability=probability, seed=1)


@pytest.mark.parametrize("driver", ["rd_grp_pct", "investment_grp_pct"])
def test_the_edge_in_pushes_is_where_the_simulation_leaves_the_domain(world: Inputs, driver: str) -> None:
    """The driver's own path in the simulator: at the edge it has changed by what the domain allows, not by less."""
    change = 1.2
    parameters = tuple(
        replace(one, domain=replace(one.domain, max_abs_change=change)) for one in world.elasticities.parameters
    )
    pattern = next(lever for lever in world.levers if lever.id == "L36")
    free = replace(pattern, state_var=driver, max=100.0, capacity=None, delivery_lag=None)
    limited = replace(world, levers=(free,), elasticities=replace(world.elasticities, parameters=parameters))
    model = Simulator.of(limited, start=2023, end=2035, seed=1, grades=("A", "B", "C"))
    (part,) = model.model.drivers
    sure = {f"{free.id}.additionality": np.zeros(model.n_draws)}
    edge = edge_in_pushes(part.elasticity, part.base, part.push)
    level = model.with_parameters(sure).traces(np.full((1, len(model.years)), edge)).level[0]
    base = model.model.baseline(model.parameters, driver)
    np.testing.assert_allclose(np.log(level / base)[:, -1], change, rtol=1e-9)


def test_pushes_and_changes_are_inverse(world: Inputs) -> None:
    for driver in DRIVERS:
        push = historical_push(world.panel, driver)
        assert pushes_of(abs(push.size), push) == pytest.approx(1.0, rel=1e-12)
        assert change_of(pushes_of(1.7, push), push) == pytest.approx(1.7, rel=1e-12)


def test_needs_carry_interval_grade_and_error(world: Inputs) -> None:
    needs = needed_changes(world, value=9.0, year=2035, probability=0.4, seed=1)
    rows = needs_rows(needs)
    assert all({"grade", "prior_share", "gain", "best_mc_error", "unbounded_mc_error"} <= set(row) for row in rows)
    for need in needs:
        assert need.gain.p10.value <= need.gain.p50.value <= need.gain.p90.value
        if need.change is not None:
            assert need.change_low is not None
            assert abs(need.change_low) <= abs(need.change) <= abs(need.change_high or np.inf)
    reached = [need for need in needs if need.change]
    assert reached, "a low target is reached by some driver"
