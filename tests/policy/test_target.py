"""How far drivers must move: against closed forms, against the mixes of levers, and against the simulation itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.cli.policy_texts import need_lines
from regional_econ.core.elasticity import Lag
from regional_econ.core.forecast import Forecast
from regional_econ.policy.answers.backcast import allowances_of, chances
from regional_econ.policy.answers.contract import Programme, gains
from regional_econ.policy.answers.mixes import Bounds, Scored, frontier, smallest_mix
from regional_econ.policy.answers.target import Need, needed_changes, needs_rows, smallest_change
from regional_econ.policy.model.baselines import real_rd
from regional_econ.policy.model.drivers import DRIVERS, historical_push, rare_changes, real_rd_history
from regional_econ.policy.model.response import shift_percent
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.model.stocks import rd_initial_stock, rd_stock
from regional_econ.policy.scenarios.run import Inputs

PIM = Lag("pim", ())


def with_effects(world: Inputs, means: list[float], *, sd: float = 0.0, lag: Lag | None = None) -> Inputs:
    """Elasticities that are certain, or nearly, with one lag for all."""
    noise = np.random.default_rng(3).normal(size=world.elasticities.draws.shape)
    draws = world.elasticities.draws * 0.0 + np.array(means) * (1.0 + sd * noise)
    parameters = tuple(replace(one, lag=lag or one.lag) for one in world.elasticities.parameters)
    return replace(world, elasticities=replace(world.elasticities, draws=draws, parameters=parameters))


def with_rd_lag(world: Inputs, lag: Lag) -> Inputs:
    rd, *others = world.elasticities.parameters
    return replace(world, elasticities=replace(world.elasticities, parameters=(replace(rd, lag=lag), *others)))


def with_own_lever(world: Inputs, driver: str) -> Inputs:
    """One lever alone, that moves a driver at once and without a range."""
    pattern = next(lever for lever in world.levers if lever.id == "L36")
    return replace(world, levers=(replace(pattern, state_var=driver, max=None, capacity=None, delivery_lag=None),))


def needs_of(world: Inputs, value: float, probability: float) -> dict[str, Need]:
    needs = needed_changes(world, value=value, year=2035, probability=probability, seed=1)
    return {need.driver: need for need in needs}


def gap_of(world: Inputs, value: float) -> np.ndarray:
    base = world.baseline.draws(world.outcome, world.region).sel(year=2035).to_numpy().astype(float).ravel()
    return np.asarray(logit(value / 100.0) - logit(base / 100.0))


def test_smallest_change_against_brute_force() -> None:
    rng = np.random.default_rng(4)
    gap, slope = rng.normal(0.4, 0.3, 500), rng.normal(0.2, 0.2, 500)

    def chance(changes: np.ndarray) -> np.ndarray:
        return np.asarray((np.outer(changes, slope) >= gap).mean(axis=1))

    grid = np.linspace(0.0, 40.0, 401)
    for probability in (0.3, 0.5, 0.7):
        fine = np.linspace(0.0, 40.0, 400_001)
        first = next(float(c) for c in fine if (c * slope >= gap).mean() >= probability)
        found = smallest_change(chance, probability, grid, chance(grid))
        # the fine grid's step is 1e-4
        assert found == pytest.approx(first, abs=1.1e-4)
        short = np.linspace(0.0, first - 0.01, 401)
        assert smallest_change(chance, probability, short, chance(short)) is None
    assert smallest_change(chance, float(chance(grid)[0]), grid, chance(grid)) == 0.0


@pytest.mark.parametrize("lag", [Lag("point", (2.0,)), Lag("point", (0.0,))], ids=["weights", "persistence"])
@pytest.mark.parametrize("probability", [0.5, 0.8])
def test_the_needed_change_is_a_quantile_of_the_gaps_over_the_effects(
    world: Inputs, lag: Lag, probability: float
) -> None:
    """Without a stock and inside the domain a draw needs gap/(ε · share arrived); enough draws need no more."""
    means = [2.0, 3.0, 2.5, -0.3]
    sure = with_effects(world, means, sd=0.1, lag=lag)
    needs = needs_of(sure, 9.0, probability)
    persistence = world.priors["persistence"].draw(4000, 1)
    arrived = 1.0 if lag.years[0] else 1.0 - persistence**13
    for driver, mean in zip(DRIVERS, means, strict=True):
        own = gap_of(sure, 9.0) / (sure.elasticities.draws[driver].to_numpy() * arrived)
        expected = np.sort(own * np.sign(mean))[int(np.ceil(probability * 4000)) - 1]
        found = needs[driver].change
        assert found is not None
        fall, rise = rare_changes(world.panel, driver, "logit_per_unit" if driver == "wear_pct" else "logit_per_log")
        assert -fall < found < rise, "inside the domain"
        # the search's resolution is the edge over 40 · 4**8, up to 2e-5 points
        assert found == pytest.approx(np.sign(mean) * expected, rel=1e-4)
        assert needs[driver].unbounded == 1.0


@pytest.mark.parametrize(
    ("driver", "lag"), [("investment_grp_pct", PIM), ("rd_grp_pct", PIM), ("rd_grp_pct", Lag("point", (0.0,)))]
)
def test_the_answer_is_that_of_a_mix_of_one_ideal_lever(world: Inputs, driver: str, lag: Lag) -> None:
    """One lever that is there at once and adds what it funds, also where the driver leaves what is known of it."""
    world = with_rd_lag(world, lag)
    need = needs_of(world, 9.0, 0.4)[driver]
    model = Simulator.of(with_own_lever(world, driver), start=2023, end=2035, seed=1, grades=("A", "B", "C"))
    ideal = model.with_parameters({"L36.additionality": np.zeros(model.n_draws)})
    programme = Programme.of(model.years, first=2023, last=2023, standard=np.ones(1))
    bounds = Bounds(np.array([need.edge_pushes]), np.ones(1), 0.25)
    score = Scored(chances(ideal, programme, target=9.0, year=2035))
    allowances = allowances_of(bounds)
    mix = smallest_mix(score, bounds, frontier(score, bounds, allowances), allowances, 0.4)
    assert mix is not None
    assert need.pushes == pytest.approx(mix.sizes[0], rel=0.01)
    gain = gains(ideal, programme, mix.sizes[None, :], 2035)[0]
    assert need.gain.p50.value == pytest.approx(np.median(gain), rel=0.01)


def test_without_an_effect_no_change_suffices(world: Inputs) -> None:
    none = with_effects(world, [0.0, 0.0, 0.0, 0.0])
    reached = float((gap_of(none, 9.0) <= 0.0).mean())
    for need in needs_of(none, 9.0, reached + 0.05).values():
        assert (need.change, need.level, need.level_low, need.level_high) == (None, None, None, None)
        assert (need.best, need.at_edge, need.unbounded) == (reached, reached, 0.0)
    assert {need.change for need in needs_of(none, 9.0, reached - 0.05).values()} == {0.0}


def test_the_needed_change_reaches_the_target(world: Inputs) -> None:
    sure = with_effects(world, [0.25, 0.10, 0.05, -0.03])
    needs = needs_of(sure, 12.5, 0.5)
    need = needs["rd_grp_pct"]
    change = need.change
    assert change is not None
    assert need.level_now is not None
    assert need.level == pytest.approx(need.level_now * np.exp(change), rel=1e-12)
    assert need.inside
    share = (0.25 * change >= gap_of(sure, 12.5)).mean()
    # persistence leaves less than 1e-4 of the effect outstanding after thirteen years in all but a few draws
    assert share == pytest.approx(0.5, abs=0.01)
    assert needs["wear_pct"].change is not None
    assert needs["wear_pct"].change < 0.0
    assert set(needs) == {*sure.elasticities.draws.columns, "all"}


def test_a_certain_target_is_out_of_reach_when_signs_are_unsure(world: Inputs) -> None:
    needs = needs_of(world, 12.5, 0.97)
    assert needs["wear_pct"].change is None
    assert all(need.best < 0.97 for need in needs.values() if need.change is None)
    for driver, sign in zip(DRIVERS, (1.0, 1.0, 1.0, -1.0), strict=True):
        assert needs[driver].unbounded == (sign * world.elasticities.draws[driver] > 0.0).mean()
    assert needs["all"].unbounded < 0.97


def test_nothing_is_stored_beyond_what_was_seen(world: Inputs) -> None:
    needs = needs_of(world, 40.0, 0.8)
    wear = needs["wear_pct"]
    assert (wear.change, wear.level, wear.pushes, wear.inside) == (None, None, None, False)
    # domain of the made-up elasticities: levels up to 200, changes of 50 points and of 3 in logs
    assert wear.level_now is not None
    assert wear.edge_level == pytest.approx(max(wear.level_now - 50.0, 0.01))
    rd = needs["rd_grp_pct"]
    assert rd.level_now is not None
    assert rd.edge_level == pytest.approx(rd.level_now * np.exp(3.0), rel=1e-12)
    pushes = [needs[driver].edge_pushes for driver in DRIVERS]
    assert needs["all"].edge_pushes == pytest.approx(min(pushes), rel=1e-12)


def test_a_stock_asks_for_more_than_a_flow(world: Inputs) -> None:
    """By the target year a lasting flow has built only part of its stock, which is worked out here once more."""
    fast = with_effects(world, [0.5, 0.10, 0.05, -0.01], lag=Lag("point", (1.0,)))
    flow, stock = (needs_of(one, 12.0, 0.5)["rd_grp_pct"] for one in (fast, with_rd_lag(fast, PIM)))
    assert flow.change is not None
    assert stock.change is not None
    delta, prices = (world.priors[name].draw(4000, 1) for name in ("rd_depreciation", "price_growth"))
    start = rd_initial_stock(real_rd_history(world.panel, world.region, 2022), delta)
    plain = real_rd(world, range(2023, 2036), prices)
    higher = rd_stock(start, plain * np.exp(stock.change), delta)[:, -1] / rd_stock(start, plain, delta)[:, -1]
    # the search ends at the draw that tips the share: one of 4,000
    assert (0.5 * np.log(higher) >= gap_of(world, 12.0)).mean() == pytest.approx(0.5, abs=1 / 4000)
    assert stock.change > flow.change


def test_pushes_of_drivers_are_their_own_moves(world: Inputs, forecast_of: Callable[..., Forecast]) -> None:
    """Researchers and wear move by the push at once, whatever hiring and renewal would leave of a lever's money."""
    means = [0.5, 0.4, 0.3, -0.02]
    still = replace(
        with_effects(world, means, lag=Lag("point", (1.0,))),
        baseline=forecast_of(50, range(2023, 2036), wander=0.0),
    )
    model = Simulator.of(still, start=2023, end=2035, seed=1, grades=(), drivers=DRIVERS)
    assert model.levers == ()
    assert model.drivers == DRIVERS
    pushes = 0.5 * np.eye(4)
    moves = [np.log1p(0.5 * np.expm1(historical_push(world.panel, driver).size)) for driver in DRIVERS[:3]]
    moves.append(0.5 * historical_push(world.panel, "wear_pct").size)
    expected = [shift_percent(model.baseline[:, 4], np.full(50, e * x)) for e, x in zip(means, moves, strict=True)]
    # 1e-9 points: a few roundings
    np.testing.assert_allclose(model.pushed(pushes, 2027), expected, rtol=0, atol=1e-9)
    # the effect comes a year late; in the first year there is none
    np.testing.assert_array_equal(model.pushed(pushes, 2023), np.tile(model.baseline[:, 0], (4, 1)))
    endless = model.pushed(np.array([[0.0, 0.0, 0.0, 1e3], [0.0, 0.0, 0.0, 1e6]]), 2035)
    np.testing.assert_array_equal(endless[0], endless[1], "there is no wear below zero")
    with pytest.raises(UnknownNameError, match="unknown year '2036'"):
        model.pushed(pushes, 2036)


@pytest.mark.parametrize(("value", "probability"), [(0.0, 0.5), (12.5, 1.0)])
def test_impossible_targets_are_refused(world: Inputs, value: float, probability: float) -> None:
    with pytest.raises(OptionError, match="between 0 and"):
        needed_changes(world, value=value, year=2035, probability=probability, seed=1)
    with pytest.raises(OptionError, match="lies before the forecast"):
        needed_changes(world, value=12.5, year=2022, probability=0.5, seed=1)
    with pytest.raises(UnknownNameError, match="unknown forecast year '2050'"):
        needed_changes(world, value=12.5, year=2050, probability=0.5, seed=1)


@pytest.mark.parametrize("driver", ["rd_grp_pct", "investment_grp_pct"])
def test_the_edge_in_pushes_is_where_the_simulation_leaves_the_domain(world: Inputs, driver: str) -> None:
    """The driver's own path in the simulator: at the edge it has changed by what the domain allows, not by less."""
    change = 1.2
    parameters = tuple(
        replace(one, domain=replace(one.domain, max_abs_change=change)) for one in world.elasticities.parameters
    )
    limited = replace(world, elasticities=replace(world.elasticities, parameters=parameters))
    model = Simulator.of(with_own_lever(limited, driver), start=2023, end=2035, seed=1, grades=("A", "B", "C"))
    (part,) = model.model.drivers
    sure = {"L36.additionality": np.zeros(model.n_draws)}
    edge = part.pushes(part.edge)
    level = model.with_parameters(sure).traces(np.full((1, len(model.years)), edge)).level[0]
    base = model.model.baseline(model.parameters, driver)
    np.testing.assert_allclose(np.log(level / base)[:, -1], change, rtol=1e-9)


def test_pushes_count_what_moves_a_level(world: Inputs) -> None:
    """By hand, under every driver's own form and under the other one: the form decides how far a change goes, and the
    push stays what it is."""
    other = {"logit_per_log": "logit_per_unit", "logit_per_unit": "logit_per_log"}
    units = {"logit_per_log": "ln(%)", "logit_per_unit": "%"}
    turned = tuple(
        replace(one, form=other[one.form], unit_from=units[other[one.form]]) for one in world.elasticities.parameters
    )
    for parameters in (world.elasticities.parameters, turned):
        given = replace(world, elasticities=replace(world.elasticities, parameters=parameters))
        model = Simulator.of(given, start=2023, end=2035, seed=1, grades=(), drivers=DRIVERS)
        for part in model.model.drivers:
            now, size = part.newest, historical_push(world.panel, part.driver).size
            wear, logs = part.driver == "wear_pct", part.elasticity.form == "logit_per_log"
            level = now * np.exp(np.sign(size) * 0.7) if logs else now + np.sign(size) * 0.7
            assert part.moved(0.7) == pytest.approx(level, rel=1e-12)
            pushes = (level - now) / size if wear else (level / now - 1.0) / np.expm1(size)
            assert part.pushes(0.7) == pytest.approx(pushes, rel=1e-12)
            assert part.unit == ("log points" if logs else "percentage points")


def test_needs_carry_interval_grade_and_error(world: Inputs) -> None:
    needs = needed_changes(world, value=9.0, year=2035, probability=0.4, seed=1)
    rows = needs_rows(needs)
    assert all({"grade", "prior_share", "gain", "best_mc_error", "unbounded_mc_error"} <= set(row) for row in rows)
    for need in needs:
        assert need.gain.p10.value <= need.gain.p50.value <= need.gain.p90.value
        if need.change is not None:
            assert need.change_low is not None
            assert abs(need.change_low) <= abs(need.change) <= abs(need.change_high or np.inf)
        if need.level is not None:
            assert (need.level_high is None) == (need.change_high is None)
    by_driver = {need.driver: need for need in needs}
    rd, investment = by_driver["rd_grp_pct"], by_driver["investment_grp_pct"]
    assert rd.level_low == pytest.approx(rd.level_now * np.exp(rd.change_low), rel=1e-12)
    assert rd.level_high == pytest.approx(rd.level_now * np.exp(rd.change_high), rel=1e-12)
    assert investment.level_high is None, "the upper bound lies beyond the edge"
    lines = "\n".join(need_lines(needs, 0.4))
    assert f"from {rd.level_now:.3g} to {rd.level:.3g} ({rd.level_low:.3g} to {rd.level_high:.3g})" in lines
    assert f"{investment.level:.3g} ({investment.level_low:.3g} to –)" in lines
