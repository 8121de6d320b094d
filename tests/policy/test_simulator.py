"""The simulator against closed forms, against plain Python, and at the ends of the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ.core.elasticity import Lag
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.scenario import Deficit, Scenario, Setting
from regional_econ.policy.model import kernel
from regional_econ.policy.model.drivers import example_change, historical_push, rare_changes
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.kernel import DriverArrays, LeverArrays
from regional_econ.policy.model.levers import load_levers
from regional_econ.policy.model.parameters import Rule
from regional_econ.policy.model.response import shift_percent
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.scenarios.run import run

START, END, REGION = 2023, 2035, "RU-AAA"
POINT = Lag("point", (1.0,))
ALL = ("A", "B", "C")
PLAN = """\
schema_version: "1"
scenario:
  id: plan
  baseline_ref: forecast.nc
  draws_ref: elasticities.json
  start: 2023
  end: 2035
  seed: 1
  shocks: []
  settings:
    - {lever: L10, path: [[2023, 1.0]]}
"""
EXACT = {"p05": -1e-9, "p50": 0.0, "p95": 1e-9, "scale": "identity", "unit": "", "source": "", "why": ""}


def simulator(world: Inputs, *, start: int = START, deficit: Deficit | None = None) -> Simulator:
    return Simulator.of(world, start=start, end=END, seed=3, grades=ALL, deficit=deficit)


def amounts(sim: Simulator, first: int = 2, **sizes: float) -> np.ndarray:
    found = np.zeros((len(sim.levers), len(sim.years)))
    for lever, size in sizes.items():
        found[sim.levers.index(lever), first:] = size
    return found


def with_levers(world: Inputs, **changes: object) -> Inputs:
    return replace(
        world, levers=tuple(replace(lever, **changes) if lever.state_var else lever for lever in world.levers)
    )


def with_lag(world: Inputs, lag: Lag, driver: str = "") -> Inputs:
    parameters = tuple(
        replace(p, lag=lag) if p.source == (driver or p.source) else p for p in world.elasticities.parameters
    )
    return replace(world, elasticities=replace(world.elasticities, parameters=parameters))


def certain(world: Inputs) -> Inputs:
    """Levers deliver at once and add exactly what they fund."""
    return with_levers(world, delivery_lag=(0.0, 0.0), additionality=EXACT)


@pytest.fixture(scope="module")
def sim(world: Inputs) -> Simulator:
    return simulator(with_lag(world, Lag("pim", ()), "rd_grp_pct"))


def hard(lever: LeverArrays, world: DriverArrays) -> tuple[LeverArrays, DriverArrays]:
    """A budget that leaves part of the funds, domains that levels leave, and a driver whose effect comes at once.

    Where persistence is 0 or more lag weights do not count, so that any may stand there.
    """
    kept = np.random.default_rng(2).uniform(0.3, 1.0, lever.kept.shape)
    domain, phi, weights = world.domain.copy(), world.phi.copy(), world.weights.copy()
    middle = np.median(world.base, axis=(0, 2))
    domain[:, 0], domain[:, 1] = 0.98 * middle, 1.02 * middle
    phi[:, 0], weights[:, 0] = 0.0, 0.5
    return lever._replace(kept=kept), world._replace(domain=domain, phi=phi, weights=weights)


COMPILED = ("programmes", "levels", "respond", "response", "plainly", "lasts", "together")


@pytest.mark.parametrize("rule", ["additive", "random", "nested"])
def test_compiled_arithmetic_is_that_of_plain_python(
    sim: Simulator, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, shape = 6, (6, len(sim.drivers), len(sim.years))
    given = sim.with_overlap(rule).with_decreasing_returns(0.5)
    lever, world = hard(*given.arrays)
    world = world._replace(base=world.base[:few])
    funded = np.random.default_rng(1).uniform(0.0, 2.0, (2, len(sim.levers), len(sim.years)))
    funded[0, lever.driver == 0] = 0.0
    funded[0, :, 3:] = 0.0
    synergy = np.full(few, 0.3)
    compiled, fast = [np.zeros(shape) for _ in range(5)], np.zeros((2, few))
    kernel.paths(funded[0], lever, world, *compiled)
    kernel.shifts(funded, lever, world, synergy, fast)
    for name in COMPILED:
        monkeypatch.setattr(kernel, name, getattr(kernel, f"_{name}"))
    plain, slow = [np.zeros(shape) for _ in range(5)], np.zeros((2, few))
    kernel._paths(funded[0], lever, world, *plain)
    kernel._shifts(funded, lever, world, synergy, slow)
    # 1e-13: the compiler may join a product and a sum into one rounding
    np.testing.assert_allclose(compiled, plain, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(fast, slow, rtol=1e-13, atol=1e-13)
    for scenario, shift in zip(funded, slow, strict=True):
        kernel._paths(scenario, lever, world, *plain)
        change, outside, last = plain[2], plain[3], plain[4][:, :, -1]
        np.testing.assert_allclose(shift, [kernel._together(u, 0.3) for u in last], rtol=0, atol=1e-13)
        assert last[:, 0].any() == scenario[lever.driver == 0].any()
        assert (outside > 0.0).any()
        assert not outside[change == 0.0].any()


def test_nothing_done_is_the_baseline(sim: Simulator, world: Inputs) -> None:
    nothing = amounts(sim)
    # 1e-12: only the identity of the arithmetic is at stake
    np.testing.assert_allclose(sim.outcome(nothing), sim.baseline, rtol=0, atol=1e-12)
    assert not sim.contributions(nothing).any()
    traces = sim.traces(nothing)
    for row, driver in enumerate(sim.drivers):
        np.testing.assert_array_equal(traces.level[row], sim.model.baseline(sim.parameters, driver))


def test_baselines_are_ratios_of_the_same_draws(sim: Simulator, world: Inputs) -> None:
    draws = {name: array.squeeze("region").to_numpy().astype(float) for name, array in world.baseline.variables.items()}
    grp = float(world.panel.column("grp_mln_rub")[world.region, 2022])
    elapsed = np.arange(1, 14)
    prices = np.exp(sim.parameters["price_growth"][:, None] * elapsed)
    level = float(world.panel.column("investment_grp_pct")[world.region, 2022])
    expected = {
        "rd_grp_pct": 100.0 * draws["rd_mln_rub"] / (grp * draws["grp_real_index"] / 100.0 * prices),
        "researchers_per_10k_employed": draws["researchers"] / (draws["employed_thousand"] * 1e3) * 1e4,
        "investment_grp_pct": level * draws["investment_real_index"] / draws["grp_real_index"],
        "wear_pct": draws["wear_pct"],
    }
    for driver in sim.drivers:
        # 1e-12 relative: a few multiplications of doubles
        np.testing.assert_allclose(sim.model.baseline(sim.parameters, driver), expected[driver], rtol=1e-12)
    np.testing.assert_array_equal(sim.baseline, draws["innovation_activity_pct"])
    with pytest.raises(UnknownNameError, match="unknown forecast year '2036'"):
        Simulator.of(world, start=START, end=2036, seed=3, grades=ALL)
    with pytest.raises(UnknownNameError, match="unknown forecast year '1000000000'"):
        Simulator.of(world, start=START, end=1_000_000_000, seed=3, grades=ALL)


def test_a_driver_that_is_not_forecast_stays_at_its_level(world: Inputs) -> None:
    few = {name: world.baseline.variables[name] for name in (world.outcome, "researchers", "wear_pct")}
    given = with_lag(replace(world, baseline=replace(world.baseline, variables=few)), Lag("pim", ()), "rd_grp_pct")
    sim = simulator(given)
    held = {part.driver: part.held for part in sim.model.drivers}
    assert held == {driver: driver != "wear_pct" for driver in sim.drivers}
    for driver in sim.drivers:
        official = float(world.panel.column(driver)[world.region, 2022])
        paths = sim.model.baseline(sim.parameters, driver)
        assert np.all(paths == official) == held[driver]
    flow = sim.arrays[1].flow[0, sim.drivers.index("rd_grp_pct")]
    assert np.ptp(flow) == 0.0
    assert np.isfinite(sim.outcome(amounts(sim, L10=1.0, L06=1.0, L36=1.0, L11=1.0))).all()


def test_the_stock_does_not_care_when_one_starts_to_look(world: Inputs) -> None:
    given = with_lag(world, Lag("pim", ()), "rd_grp_pct")
    early, late = simulator(given), simulator(given, start=2027)
    row = early.drivers.index("rd_grp_pct")
    later = late.traces(amounts(late, 2, L10=1.0)).change[row]
    # 1e-12: the same recursion from another first year
    np.testing.assert_allclose(later, early.traces(amounts(early, 6, L10=1.0)).change[row][:, 4:], rtol=0, atol=1e-12)


def test_stocks_close(sim: Simulator, world_panel: Panel) -> None:
    """R&D stock, posts and assets by their own balances, from what the simulator says of their levels."""
    plan = amounts(sim, L10=0.7, L06=0.9, L11=0.8)
    traces, values, years = sim.traces(plan), sim.parameters, len(sim.years)
    programme = {}
    for lever, driver in (("L10", "rd_grp_pct"), ("L06", "researchers_per_10k_employed"), ("L11", "wear_pct")):
        row = plan[sim.levers.index(lever)]
        lag = values[f"{lever}.delivery_lag"].astype(int)
        late = np.stack([np.concatenate([np.zeros(k), row[: years - k]]) for k in lag])
        programme[driver] = late * (1.0 + values[f"{lever}.additionality"][:, None])
    size = {part.driver: part.push.size for part in sim.model.drivers}
    level = {driver: traces.level[row] for row, driver in enumerate(sim.drivers)}
    base = {driver: sim.model.baseline(values, driver) for driver in sim.drivers}

    funded = np.expm1(size["rd_grp_pct"]) * programme["rd_grp_pct"]
    flow = np.column_stack([values[f"baseline.rd_real_mln_rub.{year}"] for year in sim.years])
    part = sim.model.drivers[sim.drivers.index("rd_grp_pct")]
    delta = values["rd_depreciation"]
    growth = np.expm1(np.diff(np.log(part.history)).mean())
    stock = part.history[0] * (1.0 + growth) / np.maximum(delta + growth, 0.02)
    for spent in part.history[1:]:
        stock = (1.0 - delta) * stock + spent
    plain = pushed = stock
    for t in range(years):
        plain, pushed = (
            (1.0 - delta) * k + r for k, r in ((plain, flow[:, t]), (pushed, flow[:, t] * (1.0 + funded[:, t])))
        )
        np.testing.assert_allclose(level["rd_grp_pct"][:, t] / base["rd_grp_pct"][:, t], pushed / plain, rtol=1e-9)

    name = "researchers_per_10k_employed"
    staff = level[name] - base[name]
    posts = np.expm1(size[name]) * programme[name] * base[name]
    before = np.concatenate([np.zeros((len(staff), 1)), staff[:, :-1]], axis=1)
    left = values["researcher_attrition"][:, None] * before
    hired = values["post_filling"][:, None] * np.maximum(posts - (before - left), 0.0)
    np.testing.assert_allclose(staff, before - left + hired, rtol=0, atol=1e-9)

    c, d, k, r = (values[key] for key in ("commissioning", "disposal", "renewal_decay", "replacement_share"))
    ours = sim.model.drivers[sim.drivers.index("wear_pct")].apart
    newest = world_wear(world_panel, 2022)
    assert ours == pytest.approx(newest - float(world_panel.column("wear_pct")[REGION, 2022]), rel=1e-12)
    gross = np.cumprod(np.tile((1.0 + c - d)[:, None], years), axis=1)
    plain = base["wear_pct"] + ours
    asked = programme["wear_pct"] * abs(size["wear_pct"]) / 100.0
    more, value = np.zeros(len(c)), np.zeros(len(c))
    for t in range(years):
        left, kept = (1.0 - k) * value, (1.0 - d) * more
        value = left + (asked[:, t] * gross[:, t] - left).clip(0.0)
        more = kept + ((1.0 - r) * asked[:, t] * gross[:, t] - kept).clip(0.0)
        wear = 100.0 * (1.0 - ((1.0 - plain[:, t] / 100.0) * gross[:, t] + value) / (gross[:, t] + more))
        fall = np.minimum(plain[:, t].clip(0.0) - wear.clip(0.0), base["wear_pct"][:, t])
        np.testing.assert_allclose(level["wear_pct"][:, t], base["wear_pct"][:, t] - fall, rtol=1e-9, atol=1e-9)


def world_wear(panel: Panel, year: int) -> float:
    """Wear of all organisations in a year, from their stocks."""
    net, gross = (
        float(panel.column(f"fixed_assets{part}_mln_rub")[REGION, year]) for part in ("_residual", "")
    )  # fmt: skip
    return 100.0 * (1.0 - net / gross)


def test_a_renewal_that_is_held_holds(world: Inputs, forecast_of: Callable[..., Forecast]) -> None:
    """Without a forecast that wanders, a held programme lowers wear alike in all its years; one that ends fades."""
    calm = replace(certain(world), baseline=forecast_of(200, range(2023, 2036), wander=0.0))
    sim = simulator(calm)
    row, plan = sim.drivers.index("wear_pct"), amounts(sim, L11=1.0)
    change = sim.traces(plan).change[row]
    held = change[:, 2:]
    assert (held < -1.0).all()
    # 1e-6 points: additionality is certain to 1e-9 of a push
    np.testing.assert_allclose(held, np.broadcast_to(held[:, :1], held.shape), rtol=0, atol=1e-6)
    plan[:, 5:] = 0.0
    ended = sim.traces(plan).change[row]
    np.testing.assert_array_equal(ended[:, :5], change[:, :5])
    assert (np.diff(ended[:, 5:], axis=1) > 0.0).all()
    assert (ended[:, 5:] < 0.0).all()


def test_levers_of_one_direction_overlap_by_their_rule(world: Inputs) -> None:
    """Covers a/2 and b/2 of two levers whose range is 2: their sum, their union by chance, the larger of the two."""
    plain = with_lag(certain(world), POINT)
    a, b = 0.8, 1.2
    joint = {"additive": a + b, "random": 2.0 * (1.0 - (1.0 - a / 2.0) * (1.0 - b / 2.0)), "nested": b}
    for rule, together in joint.items():
        given = with_levers(plain, overlap={"group": "science", "rule": rule})
        sim = simulator(given)
        row = sim.drivers.index("rd_grp_pct")
        found = sim.traces(amounts(sim, L10=a, L02=b)).change[row][:, -1]
        size = np.expm1(sim.model.drivers[row].push.size)
        # 1e-7: additionality is certain to 1e-9 of a push
        np.testing.assert_allclose(found, np.log1p(size * together), rtol=0, atol=1e-7)
        declared = simulator(plain).with_overlap(rule)
        np.testing.assert_allclose(
            declared.traces(amounts(sim, L10=a, L02=b)).change[row][:, -1], found, rtol=0, atol=1e-12
        )


def test_synergy_is_nothing_unless_assumed(sim: Simulator) -> None:
    plan, sigma = amounts(sim, L10=1.0, L36=1.0), 0.4
    effects = sim.traces(plan).effect
    np.testing.assert_array_equal(sim.shift(plan), effects.sum(axis=0))
    assumed = sim.with_synergy(sigma, seed=5)
    kappa = assumed.parameters["synergy"]
    assert abs(kappa.std() / sigma - 1.0) < 0.04  # three standard errors of the sd of 4,000 draws
    u, w = effects[sim.drivers.index("rd_grp_pct")], effects[sim.drivers.index("investment_grp_pct")]
    pair = np.divide(u * w, np.abs(u) + np.abs(w), out=np.zeros_like(u), where=u != 0.0)
    np.testing.assert_allclose(assumed.shift(plan) - u - w, kappa[:, None] * pair, rtol=0, atol=1e-12)
    np.testing.assert_allclose(assumed.at(plan[None], END)[0], assumed.outcome(plan)[:, -1], rtol=0, atol=1e-12)
    alone = amounts(sim, L10=1.0)
    np.testing.assert_allclose(assumed.shift(alone), sim.shift(alone), rtol=0, atol=1e-15)


def test_returns_decrease_above_the_knee_only_when_asked(world: Inputs) -> None:
    sim = simulator(with_lag(certain(world), POINT))
    row, plan = sim.drivers.index("researchers_per_10k_employed"), amounts(sim, L06=1.0)
    knee = sim.model.drivers[row].knee
    assert knee == pytest.approx(9000.0 / float(world.panel.column("employed_thousand")[world.region, 2023]))
    plain, bent = sim.traces(plan), sim.with_decreasing_returns(1.0).traces(plan)
    low, high = plain.level[row] - 0.0, sim.model.baseline(sim.parameters, sim.drivers[row])
    expected = np.log(np.minimum(low, knee) / np.minimum(high, knee))
    np.testing.assert_allclose(bent.change[row], expected, rtol=0, atol=1e-12)
    assert (bent.change[row] < plain.change[row]).any()


def test_deficits_cut_levers_later(world: Inputs) -> None:
    plain = certain(world)
    free, cut = simulator(plain), simulator(plain, deficit=Deficit(2, 0.5))
    product = world.baseline.draws("grp_real_index", world.region).to_numpy().astype(float)
    short = np.maximum(1.0 - product / np.median(product, axis=0), 0.0)
    row, plan = free.drivers.index("investment_grp_pct"), amounts(free, L36=1.0)
    before, after = (np.expm1(one.traces(plan).change[row]) for one in (free, cut))
    # 1e-9: additionality is certain to that
    np.testing.assert_allclose(after[:, 2:], before[:, 2:] * (1.0 - 0.5 * short[:, :-2]), rtol=0, atol=1e-9)


def test_joint_spread_is_the_analytic_one(world: Inputs) -> None:
    """Σ ε_v Δx_v of a bivariate normal with correlation −0.6: its sd, and what independence would say."""
    rng = np.random.default_rng(8)
    sds, rho = np.array([0.3, 0.2]), -0.6
    covariance = np.outer(sds, sds) * np.array([[1.0, rho], [rho, 1.0]])
    pair = rng.multivariate_normal(np.zeros(2), covariance, size=4000)
    drivers = ["rd_grp_pct", "investment_grp_pct"]
    draws = world.elasticities.draws.assign(**{name: pair[:, k] for k, name in enumerate(drivers)})
    given = with_lag(certain(world), POINT)
    sim = simulator(replace(given, elasticities=replace(given.elasticities, draws=draws)))
    plan = amounts(sim, L10=1.0, L36=1.0)
    sizes = np.array([sim.model.drivers[sim.drivers.index(name)].push.size for name in drivers])
    analytic = float(np.sqrt(sizes @ covariance @ sizes))
    # 2 %: the standard error of the sd of 4,000 draws is 1.1 %
    assert sim.shift(plan)[:, -1].std() == pytest.approx(analytic, rel=0.02)
    independent = float(np.sqrt((sizes**2) @ (sds**2)))
    shuffled = sim.with_parameters({"investment_grp_pct": rng.permutation(sim.parameters["investment_grp_pct"])})
    assert shuffled.shift(plan)[:, -1].std() == pytest.approx(independent, rel=0.03)
    assert independent > 1.3 * analytic


def test_weights_and_effects_are_of_the_same_row(world: Inputs) -> None:
    """Each draw's effect arrives by the weights of its own row: shift_d,t = ε_d Σ_k w_d,k Δx_d,t−k."""
    weights = np.random.default_rng(9).dirichlet([3.0, 2.0, 1.0], len(world.elasticities.draws))
    names = ("w0", "w1", "w2")
    draws = world.elasticities.draws.assign(**dict(zip(names, weights.T, strict=True)))
    given = replace(certain(world), elasticities=replace(world.elasticities, draws=draws))
    sim = simulator(with_lag(given, Lag("irf_draws", (0.0, 1.0, 2.0), names), "investment_grp_pct"))
    plan = amounts(sim, L36=1.0)
    traces, row = sim.traces(plan), sim.drivers.index("investment_grp_pct")
    assert not traces.outside[row].any()
    change, epsilon = traces.change[row], draws["investment_grp_pct"].to_numpy()
    expected = np.zeros_like(change)
    for d in range(len(change)):
        expected[d] = epsilon[d] * np.convolve(change[d], weights[d])[: len(sim.years)]
    # 1e-12: sums of three products
    np.testing.assert_allclose(sim.shift(plan), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(sim.at(plan[None], END)[0], sim.outcome(plan)[:, -1], rtol=0, atol=1e-12)


def test_the_example_of_the_page_is_what_the_model_does(world: Inputs) -> None:
    """Half a per cent of regional product, or further: the simulator counts, flags and widens as the page's example."""
    driver, free = "rd_grp_pct", with_levers(certain(world), max=1e6, capacity=None)
    given = with_lag(free, POINT)
    push, rise = historical_push(world.panel, driver).size, rare_changes(world.panel, driver, "logit_per_log")[1]
    now = float(world.panel.column(driver)[world.region].iloc[-1])
    for level in (0.5, now * float(np.exp(1.5 * rise))):
        example = example_change(world.panel, driver, world.region, level)
        size = (level / now - 1.0) / np.expm1(push)
        plan = Scenario("t", "f", START, END, (Setting("L10", ((2024, size),)),), (), "e", 3, include_grades=ALL)
        result = run(plan, given)
        change = np.log(level / now)
        within = result.years.index(2025)  # one year after the start, and less than five
        plain = abs(change) * world.elasticities.draws[driver].std(ddof=0)
        # 1e-7: additionality is certain to 1e-9 of a push
        assert result.shift[:, within].std() == pytest.approx(example.spread * plain, rel=1e-7)
        assert example.seen.change == pytest.approx(change, rel=1e-12)
        if example.spread > 1.0:
            (flag,) = result.flags
            assert flag.spread == pytest.approx(example.spread, rel=1e-7)
            assert (flag.seen, flag.windows) == (example.seen.count, example.seen.windows)
    assert example.spread == pytest.approx(1.5, rel=1e-9)


def test_contributions_share_the_gain(world: Inputs) -> None:
    sim = simulator(with_lag(certain(world), POINT))
    plan = amounts(sim, L10=0.5, L02=1.5, L36=1.0, L06=1.0)
    parts = sim.contributions(plan)
    # 1e-9 points: what is left over is shared out
    np.testing.assert_allclose(parts.sum(axis=0), sim.outcome(plan) - sim.baseline, rtol=0, atol=1e-9)
    mine, other = (parts[sim.levers.index(lever)] for lever in ("L10", "L02"))
    # two levers that feed one flow share by what they feed; 1e-6: central differences and quadrature
    np.testing.assert_allclose(other, 3.0 * mine, rtol=0, atol=1e-6)
    idle = [row for row, lever in enumerate(sim.levers) if lever not in ("L10", "L02", "L36", "L06")]
    assert not parts[idle].any()


def test_many_scenarios_at_once_are_each_by_itself(sim: Simulator) -> None:
    rng = np.random.default_rng(2)
    plans = rng.uniform(0.0, 1.5, (70, len(sim.levers), len(sim.years)))
    plans[33] = 1.0  # held at one unit from the first year on
    plans[:, rng.integers(0, len(sim.levers), 3)] = 0.0
    found = sim.at(plans, 2031)
    for row in (0, 33, 69):
        np.testing.assert_allclose(found[row], sim.outcome(plans[row])[:, 8], rtol=0, atol=1e-12)
    crossed = sim.with_overlap("random").with_synergy(0.3, seed=1)
    np.testing.assert_allclose(crossed.at(plans[:2], END)[1], crossed.outcome(plans[1])[:, -1], rtol=0, atol=1e-12)
    summary = sim.stream(plans, 2031, value=10.0)
    np.testing.assert_allclose(summary.mean, found.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(summary.sd, found.std(axis=1), rtol=1e-12)
    np.testing.assert_allclose(summary.p95, np.quantile(found, 0.95, axis=1), rtol=1e-12)
    np.testing.assert_array_equal(summary.reached, (found >= 10.0).mean(axis=1))
    assert np.isnan(sim.stream(plans[:2], 2031).reached).all()


def test_parameters_and_groups_are_complete(sim: Simulator) -> None:
    """Freezing every group at its mean leaves no spread; nothing outside the groups moves the outcome."""
    named = {name for names in sim.groups.values() for name in names}
    assert named | {"synergy", "decreasing_returns"} == set(sim.parameters)
    frozen = sim.with_parameters({name: np.full(sim.n_draws, np.median(sim.parameters[name])) for name in named})
    found = frozen.outcome(amounts(sim, L10=1.0, L36=1.0, L06=1.0, L11=1.0))
    assert np.ptp(found, axis=0).max() < 1e-9
    with pytest.raises(UnknownNameError, match="unknown parameter 'rd_depreciatio'"):
        sim.with_parameters({"rd_depreciatio": np.zeros(sim.n_draws)})
    with pytest.raises(OptionError, match="needs 4000 draws"):
        sim.with_parameters({"rd_depreciation": np.zeros(3)})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda sim: amounts(sim)[1:], "amounts have the shape"),
        (lambda sim: amounts(sim, L10=9.0), "lever L10 is set to 9 in 2025, outside 0 to 2"),
        (lambda sim: amounts(sim, L10=-1.0), "outside 0 to 2"),
        (lambda sim: amounts(sim, L10=float("nan")), "lever L10 is set to nan"),
    ],
)
def test_wrong_amounts_are_refused(sim: Simulator, given: Callable[[Simulator], np.ndarray], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        sim.outcome(given(sim))


def frozen(sim: Simulator, **values: float) -> Simulator:
    names = {key.replace("__", "."): value for key, value in values.items()}
    return sim.with_parameters({name: np.full(sim.n_draws, value) for name, value in names.items()})


def stands_still(sim: Simulator, **sizes: float) -> None:
    np.testing.assert_allclose(sim.outcome(amounts(sim, **sizes)), sim.baseline, rtol=0, atol=1e-12)


def no_researcher_leaves(world: Inputs) -> None:
    sim = frozen(simulator(certain(world)), researcher_attrition=0.0, post_filling=1.0)
    plan = amounts(sim, L06=1.0)
    plan[:, 5:] = 0.0
    row = sim.drivers.index("researchers_per_10k_employed")
    staff = sim.traces(plan).level[row] - sim.model.baseline(sim.parameters, sim.drivers[row])
    np.testing.assert_allclose(staff[:, 5:], np.tile(staff[:, [4]], 8), rtol=1e-9)
    assert staff[:, 4].min() > 0.0


def every_researcher_leaves(world: Inputs) -> None:
    sim = frozen(simulator(certain(world)), researcher_attrition=1.0)
    plan = amounts(sim, L06=1.0)
    plan[:, 5:] = 0.0
    row = sim.drivers.index("researchers_per_10k_employed")
    assert np.abs(sim.traces(plan).change[row][:, 5:]).max() == 0.0


def nothing_depreciates(world: Inputs) -> None:
    sim = frozen(simulator(with_lag(certain(world), Lag("pim", ()), "rd_grp_pct")), rd_depreciation=0.0)
    row, part = sim.drivers.index("rd_grp_pct"), sim.model.drivers[sim.drivers.index("rd_grp_pct")]
    flow = np.column_stack([sim.parameters[f"baseline.rd_real_mln_rub.{year}"] for year in sim.years])
    growth = np.expm1(np.diff(np.log(part.history)).mean())
    start = part.history[0] * (1.0 + growth) / max(growth, 0.02) + part.history[1:].sum()
    more = np.expm1(part.push.size) * flow[:, 2:].sum(axis=1)
    expected = np.log1p(more / (start + flow.sum(axis=1)))
    np.testing.assert_allclose(sim.traces(amounts(sim, L10=1.0)).change[row][:, -1], expected, rtol=0, atol=1e-7)


def everything_depreciates_at_once(world: Inputs) -> None:
    sim = frozen(simulator(with_lag(certain(world), Lag("pim", ()), "rd_grp_pct")), rd_depreciation=1.0)
    row = sim.drivers.index("rd_grp_pct")
    found = sim.traces(amounts(sim, L10=1.0)).change[row][:, 2:]
    np.testing.assert_allclose(found, sim.model.drivers[row].push.size, rtol=0, atol=1e-7)


def all_assets_are_renewed_at_once(world: Inputs) -> None:
    sim = frozen(simulator(certain(world)), L11__additionality=1e4, replacement_share=1.0, renewal_decay=0.0)
    wear = sim.traces(amounts(sim, L11=2.0)).level[sim.drivers.index("wear_pct")]
    np.testing.assert_array_equal(wear[:, 2:], 0.0)


def the_budget_is_nothing(world: Inputs) -> None:
    sim = simulator(world, deficit=Deficit(1, 1.0))
    stands_still(frozen(sim, **{f"budget_kept.{year}": 0.0 for year in sim.years}), L10=2.0, L11=2.0)


def delivery_never_comes(world: Inputs) -> None:
    sim = simulator(world)
    stands_still(frozen(sim, **{f"{lever}.delivery_lag": 99.0 for lever in sim.levers}), L10=2.0, L36=2.0)


def there_is_no_capacity(world: Inputs) -> None:
    stands_still(simulator(with_levers(world, capacity=0.0)), L10=2.0, L36=2.0, L06=1.0, L11=1.0)


def support_replaces_all_it_pays_for(world: Inputs) -> None:
    sim = simulator(world)
    stands_still(frozen(sim, **{f"{lever}.additionality": -1.0 for lever in sim.levers}), L10=2.0, L06=2.0, L11=2.0)


def effects_are_nothing(world: Inputs) -> None:
    sim = simulator(world)
    stands_still(frozen(sim, **{part.elasticity.id: 0.0 for part in sim.model.drivers}), L10=2.0, L06=2.0, L11=2.0)


def effects_are_enormous(world: Inputs) -> None:
    sim = simulator(certain(world))
    for sign, end in ((1.0, 100.0), (-1.0, 0.0)):
        found = frozen(sim, rd_grp_pct=sign * 1e4).outcome(amounts(sim, L10=1.0))
        assert ((found >= 0.0) & (found <= 100.0)).all()
        np.testing.assert_allclose(found[:, -1], end, rtol=0, atol=1e-6)


def everybody_or_nobody_innovates(world: Inputs) -> None:
    sim = simulator(world)
    for share in (0.0, 100.0):
        ends = frozen(sim, **{f"baseline.{world.outcome}.{year}": share for year in sim.years})
        assert (ends.outcome(amounts(sim, L10=2.0, L36=2.0)) == share).all()


@pytest.mark.parametrize(
    "extreme",
    [
        no_researcher_leaves, every_researcher_leaves, nothing_depreciates, everything_depreciates_at_once,
        all_assets_are_renewed_at_once, the_budget_is_nothing, delivery_never_comes, there_is_no_capacity,
        support_replaces_all_it_pays_for, effects_are_nothing, effects_are_enormous, everybody_or_nobody_innovates,
    ],
)  # fmt: skip
def test_extreme_conditions(world: Inputs, extreme: Callable[[Inputs], None]) -> None:
    """Sterman (2000), Business Dynamics, chapter 21: a model must make sense at the ends of every input.

    A price of nothing, the thirteenth end, is refused: see the test of shocks.
    """
    extreme(world)


@pytest.mark.parametrize("budget", ["{total: 0, unit: rub, price_year: 2023}",
                                    "{total: 9, unit: bln_rub, price_year: 2023, per_year_max: 0}"])  # fmt: skip
def test_a_file_whose_budget_is_nothing_brings_nothing(world: Inputs, tmp_path: Path, budget: str) -> None:
    path = tmp_path / "poor.yml"
    text = PLAN.replace("seed: 1", "seed: 1\n  include_grades: [A, B, C]\n  budget: BUDGET")
    path.write_text(text.replace("BUDGET", "{total: 900, unit: bln_rub, price_year: 2023}"), encoding="utf-8")
    rich = run(Scenario.read(path), world)
    assert (rich.paths != rich.baseline).any()
    path.write_text(text.replace("BUDGET", budget), encoding="utf-8")
    found = run(Scenario.read(path), world)
    np.testing.assert_array_equal(found.paths, found.baseline)
    assert found.spent is not None
    assert found.spent.asked.sum() > 0.0
    assert not found.spent.spent.any()


@pytest.mark.parametrize("lag", [13, 12])
def test_a_file_whose_levers_deliver_after_the_end_brings_nothing(world: Inputs, tmp_path: Path, lag: int) -> None:
    """Thirteen years: an order of the first of them arrives after the last; one of twelve years arrives in it."""
    document = yaml.safe_load((data_dir() / "levers.yml").read_text(encoding="utf-8"))
    for lever in document["levers"]:
        lever["delivery_lag"] = lever["delivery_lag"] and [lag, lag]
    path, plan = tmp_path / "levers.yml", tmp_path / "plan.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    more = "    - {lever: L06, path: [[2023, 1.0]]}\n    - {lever: L36, path: [[2023, 1.0]]}\n"
    plan.write_text(PLAN.replace("seed: 1", "seed: 1\n  include_grades: [A, B, C]") + more, encoding="utf-8")
    found = run(Scenario.read(plan), replace(world, levers=load_levers(path)))
    arrives = (found.paths != found.baseline).any(axis=0)
    assert arrives.tolist() == [False] * 12 + [lag == 12]


def test_assumed_levers_are_those_of_their_own_arithmetic(world: Inputs) -> None:
    """Vouchers for firms and a smaller mining share: each alone by its own arithmetic, and both at once."""
    frame = world.panel.frame.assign(mining_share_pct=40.0)
    share = replace(world.panel.variable("rd_grp_pct"), id="mining_share_pct", breaks=())
    panel = replace(world.panel, frame=frame, variables={**world.panel.variables, "mining_share_pct": share})
    given = replace(world, panel=panel)
    sim = Simulator.of(given, start=START, end=END, seed=3, grades=ALL, assumed=True)
    assert {"L12", "L35"} <= set(sim.levers)
    assert not {"L12", "L35"} & set(simulator(given).levers)
    draws, values = np.arange(sim.n_draws), sim.parameters
    for lever, size in (("L12", 8.0), ("L35", 12.0)):
        plan = amounts(sim, **{lever: size})
        lag, factor = values[f"{lever}.delivery_lag"], 1.0 + values[f"{lever}.additionality"]
        for t in (1, 5, 12):
            if lever == "L12":
                arrived = plan[sim.levers.index(lever)][(t - lag).astype(int).clip(0)] * (t >= lag)
                effect = values["L12.direct"].clip(-sim.baseline[:, t], 100.0 - sim.baseline[:, t])
                gain = arrived * factor / 100.0 * effect
            else:
                moved = size * (1.0 - 0.1 ** (max(t - 1, 0) / lag)) * factor
                gain = shift_percent(sim.baseline[:, t], -values["mining_share_outcome"] * moved) - sim.baseline[:, t]
            # 1e-9 points: through the logit and back
            np.testing.assert_allclose((sim.outcome(plan) - sim.baseline)[draws, t], gain, rtol=0, atol=1e-9)
        np.testing.assert_allclose(sim.at(plan[None], 2030)[0], sim.outcome(plan)[:, 7], rtol=0, atol=1e-12)
    plan = amounts(sim, L12=8.0, L35=12.0, L10=1.0)
    parts = sim.contributions(plan)
    np.testing.assert_allclose(parts.sum(axis=0), sim.outcome(plan) - sim.baseline, rtol=0, atol=1e-9)
    assert "L12.direct" in sim.groups["direct"]
    assert sim.groups["elasticity.mining_share_pct"] == ("mining_share_outcome",)
    assert "L12.delivery_lag" in sim.groups["delivery_lags"]
    weak = Simulator.of(given, start=START, end=END, seed=3, grades=("A", "B"), assumed=True)
    assert not weak.model.assumed


def test_levers_never_treat_more_than_all_organisations(world: Inputs) -> None:
    """Six levers of a fifth of organisations each would treat six fifths: each is cut to five sixths, twice as much of
    each brings no more, and an effect cannot lift or lower those treated beyond all and none."""
    six = ("L12", "L13", "L16", "L23", "L27", "L29")
    levers = tuple(
        replace(lever, capacity=None, max=40.0, delivery_lag=(0.0, 0.0), additionality=EXACT)
        if lever.id in six
        else lever
        for lever in world.levers
    )
    sim = Simulator.of(replace(world, levers=levers), start=START, end=END, seed=3, grades=ALL, assumed=True)
    effects = {name: 2.0 + k for k, name in enumerate(six)}
    sim = sim.with_parameters({f"{name}.direct": np.full(sim.n_draws, effect) for name, effect in effects.items()})
    low = (sim.baseline < 80.0) & (np.arange(len(sim.years)) >= 2)
    few, all_of_them, more = (
        (sim.outcome(amounts(sim, **dict.fromkeys(six, size))) - sim.baseline)[low] for size in (15.0, 20.0, 40.0)
    )
    # 1e-6 points: additionality is certain to 1e-9, through the logit and back
    np.testing.assert_allclose(few, 0.15 * sum(effects.values()), rtol=0, atol=1e-6)
    np.testing.assert_allclose(all_of_them, np.mean(list(effects.values())), rtol=0, atol=1e-6)
    np.testing.assert_allclose(more, all_of_them, rtol=0, atol=1e-6)
    for effect, end in ((1e3, 100.0), (-1e3, 0.0)):
        extreme = sim.with_parameters({f"{name}.direct": np.full(sim.n_draws, effect) for name in six})
        found = extreme.outcome(amounts(extreme, **dict.fromkeys(six, 40.0)))[:, 2:]
        np.testing.assert_allclose(found, end, rtol=0, atol=1e-4)
