"""The policy model gives back what was put in: nothing from nothing, sums from parts, stocks that close."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import DRAWS

from regional_econ._base.errors import DataError, OptionError, RegionalEconError, StoreError, UnknownNameError
from regional_econ.core.elasticity import ElasticitySet, Lag
from regional_econ.core.forecast import Forecast
from regional_econ.core.scenario import Scenario, Setting
from regional_econ.policy.model.drivers import change_frequency, historical_push, rare_changes, real_rd_history
from regional_econ.policy.model.response import share_percent
from regional_econ.policy.scenarios.run import (
    Inputs,
    baseline_draws,
    draws_hash,
    run,
    run_with_variants,
    scenario_simulator,
)


def scenario(*settings: tuple[str, float], end: int = 2035, grades: tuple[str, ...] = ("A", "B", "C")) -> Scenario:
    paths = tuple(Setting(lever, ((2024, size / 2), (2026, size))) for lever, size in settings)
    return Scenario("test", "f", 2023, end, paths, (), "e", 11, include_grades=grades)


def with_parameters(world: Inputs, **changes: object) -> Inputs:
    parameters = tuple(replace(p, **changes) for p in world.elasticities.parameters)
    return replace(world, elasticities=replace(world.elasticities, parameters=parameters))


@pytest.mark.parametrize("settings", [(), (("L02", 0.0), ("L11", 0.0), ("L36", 0.0), ("L06", 0.0))])
def test_no_lever_leaves_the_baseline(world: Inputs, settings: tuple[tuple[str, float], ...]) -> None:
    result = run(scenario(*settings), world)
    expected = baseline_draws(world, result.years, where="test")
    # 1e-12: only the identity of the arithmetic is at stake, no rounding adds up.
    np.testing.assert_allclose(result.paths, expected, rtol=0, atol=1e-12)


def test_zero_elasticities_bring_nothing(world: Inputs) -> None:
    zero = replace(world.elasticities, draws=world.elasticities.draws * 0.0)
    result = run(scenario(("L02", 2.0), ("L11", 2.0), ("L36", 2.0), ("L06", 2.0)), replace(world, elasticities=zero))
    assert result.changes["rd_grp_pct"][:, -1].min() > 0.0
    np.testing.assert_allclose(result.paths, result.baseline, rtol=0, atol=1e-12)


def test_levers_of_one_group_add_up(world: Inputs) -> None:
    certain = tuple(
        replace(
            lever,
            delivery_lag=(0.0, 0.0),
            additionality={
                "p05": -1e-9, "p50": 0.0, "p95": 1e-9, "scale": "identity", "unit": "", "source": "", "why": "",
            },
        )
        for lever in world.levers
    )  # fmt: skip
    plain = replace(world, levers=certain)
    both = run(scenario(("L02", 0.5), ("L10", 0.75)), plain)
    one = run(scenario(("L02", 1.25)), plain)
    # 1e-7: additionality is certain only to 1e-9 of the push.
    np.testing.assert_allclose(both.changes["rd_grp_pct"], one.changes["rd_grp_pct"], rtol=0, atol=1e-7)
    push = historical_push(world.panel, "investment_grp_pct").size
    full = run(scenario(("L36", 1.0)), plain)
    np.testing.assert_allclose(full.changes["investment_grp_pct"][:, -1], push, rtol=0, atol=1e-7)


def test_contributions_sum_to_the_whole(world: Inputs) -> None:
    result = run(scenario(("L02", 1.0), ("L06", 1.0), ("L11", 1.0), ("L36", 1.0)), world)
    parts = sum(share_percent(result.baseline, result.shift, part) for part in result.effects.values())
    # 1e-9 points: rounding of the ratio part/total.
    np.testing.assert_allclose(parts, result.paths - result.baseline, rtol=0, atol=1e-9)


def test_thirteen_years_of_four_thousand_draws_are_quick(world: Inputs) -> None:
    plan = scenario(("L02", 1.0), ("L10", 1.0), ("L06", 1.0), ("L11", 1.0), ("L36", 1.0))
    run(plan, world)
    started = time.process_time()
    result = run(plan, world)
    assert result.paths.shape == (4000, 13)
    assert time.process_time() - started < 0.6  # 0.3 s on a free core; twice that where another job shares it


def test_same_seed_same_paths_other_seed_other_paths(world: Inputs) -> None:
    plan = scenario(("L02", 1.0))
    first, again, other = run(plan, world), run(plan, world), run(replace(plan, seed=12), world)
    assert np.array_equal(first.paths, again.paths)
    assert not np.array_equal(first.paths, other.paths)


def test_grade_c_is_off_until_it_is_assumed(world: Inputs) -> None:
    plan = scenario(("L10", 1.0), ("L11", 1.0), ("L36", 1.0), grades=("A", "B"))
    declared, assumed = run(plan, world), run(plan, world, grades="all")
    assert [use.lever for use in declared.off] == ["L11", "L36"]
    assert set(declared.effects) == {"rd_grp_pct"}
    assert set(assumed.effects) == {"rd_grp_pct", "investment_grp_pct", "wear_pct"}
    assert (declared.grade, assumed.grade, assumed.id) == ("B", "C", "test_assumed")
    assert (declared.assumption, assumed.assumption) == (False, True)
    own = run(replace(plan, include_grades=("A", "B", "C")), world)
    assert (own.id, own.assumption) == ("test", True)
    weak = run(plan, with_parameters(world, grade="C"))
    assert not weak.effects


def test_grade_b_that_a_switch_turns_on_is_no_assumption(world: Inputs) -> None:
    plan = scenario(("L10", 1.0), grades=("A",))
    result = run(plan, world, grades="all")
    assert (result.grade, result.id, result.assumption) == ("B", "test", False)
    assert [one.id for one in run_with_variants([plan], world)] == ["test"]
    weak = scenario(("L10", 1.0), ("L36", 1.0), grades=("A", "B"))
    assert [one.id for one in run_with_variants([weak], world)] == ["test", "test_assumed"]


def test_leaving_the_domain_is_flagged_widened_or_refused(world: Inputs) -> None:
    tight = replace(world.elasticities.parameters[0].domain, max_abs_change=0.1)
    plan, world = scenario(("L10", 0.5)), certain_levers(world)
    inside, flagged = run(plan, world), run(plan, with_parameters(world, domain=tight))
    assert not inside.flags
    flag = flagged.flags[0]
    assert (flag.driver, flag.share_of_draws) == ("rd_grp_pct", 1.0)
    assert flag.change == pytest.approx(np.log1p(0.5 * np.expm1(historical_push(world.panel, "rd_grp_pct").size)))
    assert flag.spread == pytest.approx(flag.change / 0.1)
    # 2027: the push lies within the last five years, which is what the domain bounds
    assert flagged.shift[:, 4].std() > 1.5 * inside.shift[:, 4].std()
    with pytest.raises(OptionError, match="leaves the domain"):
        run(plan, with_parameters(world, domain=replace(tight, outside="refuse")))


def test_persistence_and_a_lag_kernel_are_never_used_together(world: Inputs) -> None:
    plan, world = scenario(("L36", 0.5)), certain_levers(world)
    late = run(plan, with_parameters(world, lag=Lag("point", (2.0,))))
    epsilon = world.elasticities.draws["investment_grp_pct"].to_numpy()[:, None]
    np.testing.assert_allclose(late.shift[:, 2:], epsilon * late.changes["investment_grp_pct"][:, :-2], atol=1e-12)
    assert not late.shift[:, :2].any()
    assert not late.acting, "with weights nothing persists"
    spread = run(plan, world)
    simulator, _ = scenario_simulator(plan, world)
    phi, change = simulator.parameters["persistence"], spread.changes["investment_grp_pct"]
    state = np.zeros(len(phi))
    for t in range(change.shape[1]):
        state = phi * state + (1.0 - phi) * epsilon[:, 0] * change[:, t]
        # 1e-12: the same recursion of doubles
        np.testing.assert_allclose(spread.shift[:, t], state, rtol=0, atol=1e-12)


PIM = Lag("pim", ())


def certain_levers(world: Inputs) -> Inputs:
    exact = {"p05": -1e-9, "p50": 0.0, "p95": 1e-9, "scale": "identity", "unit": "", "source": "", "why": ""}
    return replace(
        world, levers=tuple(replace(lever, delivery_lag=(0.0, 0.0), additionality=exact) for lever in world.levers)
    )


def with_rd_lag(world: Inputs, lag: Lag) -> Inputs:
    first, *others = world.elasticities.parameters
    return replace(world, elasticities=replace(world.elasticities, parameters=(replace(first, lag=lag), *others)))


@pytest.mark.parametrize("lag", [PIM, Lag("point", (0.0,)), Lag("point", (2.0,))], ids=["stock", "phi", "weights"])
def test_a_lasting_change_of_the_flow_brings_epsilon_times_its_log_in_the_end(
    world: Inputs, forecast_of: Callable[..., Forecast], lag: Lag
) -> None:
    still = replace(world.priors["price_growth"], p05=-1e-12, p50=0.0, p95=1e-12)
    long_run = replace(
        world,
        baseline=forecast_of(40, range(2023, 2423), wander=0.0),
        priors={**world.priors, "price_growth": still},
    )
    result = run(scenario(("L10", 1.0), end=2422), with_rd_lag(certain_levers(long_run), lag))
    epsilon = world.elasticities.draws["rd_grp_pct"].to_numpy()[:40]
    push = historical_push(world.panel, "rd_grp_pct").size
    # 1e-6: after 400 years (1 − 0.03)^400 = 5e-6 of the old stock is left, far less of a lag
    np.testing.assert_allclose(result.shift[:, -1], epsilon * push, rtol=1e-5, atol=1e-6)


def test_research_is_never_delayed_twice(world: Inputs) -> None:
    plan, certain = scenario(("L10", 1.0)), certain_levers(world)
    stock = run(plan, with_rd_lag(certain, PIM))
    epsilon = world.elasticities.draws["rd_grp_pct"].to_numpy()[:, None]
    # the stock carries the delay alone: its own change counts at once
    np.testing.assert_allclose(stock.shift, epsilon * stock.changes["rd_grp_pct"], rtol=0, atol=1e-12)
    assert set(stock.acting) == {"rd_depreciation", "price_growth"}
    flow = run(plan, with_rd_lag(certain, Lag("point", (1.0,))))
    push = historical_push(world.panel, "rd_grp_pct").size
    # with lag weights the driver is the flow, which is there in the year of the programme; 1e-7 as above
    np.testing.assert_allclose(flow.changes["rd_grp_pct"][:, 3:], push, rtol=0, atol=1e-7)
    assert set(flow.acting) == {"price_growth"}
    assert set(run(plan, world).acting) == {"persistence", "price_growth"}
    with pytest.raises(OptionError, match="has no stock"):
        run(scenario(("L36", 1.0)), with_parameters(world, lag=PIM))


@pytest.mark.parametrize("last_year", [2020, 2022, 2023])
def test_research_is_deflated_to_the_last_year(world: Inputs, last_year: int) -> None:
    real = world.panel.column("rd_mln_rub").xs(world.region, level="region").loc[:last_year]
    deflated = real.to_numpy() * 1.06 ** np.arange(len(real) - 1, -1, -1)
    # 1e-9 relative: twenty-three multiplications of price indices
    np.testing.assert_allclose(real_rd_history(world.panel, world.region, last_year), deflated, rtol=1e-9)
    for missing in (1990, 2024):
        with pytest.raises(DataError, match=f"no R&D expenditure in {missing}"):
            real_rd_history(world.panel, world.region, missing)


def test_the_push_counts_windows_and_regions(world: Inputs) -> None:
    for driver, breaks in (("rd_grp_pct", ()), ("wear_pct", (2017,))):
        wide = world.panel.matrix(driver)
        wide = np.log(wide) if not breaks else -wide
        moves = (wide - wide.shift(5, axis=1)).loc[:, [y for y in wide if not any(y - 5 < b <= y for b in breaks)]]
        size = np.nanquantile(moves.to_numpy(), 0.95)
        push = historical_push(world.panel, driver)
        assert abs(push.size) == pytest.approx(size, rel=1e-12)
        assert push.windows == int(moves.notna().sum().sum())
        assert (push.regions, push.exceeded) == (8, int((moves > size).any(axis=1).sum()))


def test_a_change_seldom_seen_is_flagged_with_its_frequency(world: Inputs) -> None:
    """Two pushes of R&D: counted by hand among all five-year windows, and the effect's spread wider by the excess."""
    known = certain_levers(world)
    plan, size = scenario(("L10", 2.0)), np.log1p(2.0 * np.expm1(historical_push(world.panel, "rd_grp_pct").size))
    logs = np.log(world.panel.matrix("rd_grp_pct"))
    moves = (logs - logs.shift(5, axis=1)).to_numpy().ravel()
    moves = moves[np.isfinite(moves)]
    flag = run(plan, known).flags[0]
    assert (flag.seen, flag.windows) == (int((moves >= size).sum()), len(moves))
    assert flag.frequency == flag.seen / flag.windows
    assert flag.spread == pytest.approx(size / np.quantile(moves, 0.99), rel=1e-9)
    down = change_frequency(world.panel, "rd_grp_pct", -0.3, "logit_per_log")
    assert down.count == int((moves <= -0.3).sum())
    fall, rise = rare_changes(world.panel, "rd_grp_pct", "logit_per_log")
    assert (-fall, rise) == tuple(np.quantile(moves, [0.01, 0.99]))
    assert (flag.threshold, flag.threshold_share) == (rise, float((moves >= rise).mean()))
    narrow = replace(known.elasticities.parameters[0].domain, max_abs_change=0.1)
    flag = run(plan, with_parameters(known, domain=narrow)).flags[0]
    assert flag.threshold == 0.1
    assert "in 0.025 % of draws" in str(replace(flag, share_of_draws=1 / 4000))
    assert "in 100 % of draws" in str(flag)
    assert "further than +0.10, as" in str(flag)


def test_a_kernel_that_does_not_sum_to_one_is_refused(world: Inputs) -> None:
    draws = world.elasticities.draws.assign(w0=0.5, w1=0.4)
    odd = replace(world, elasticities=replace(world.elasticities, draws=draws))
    odd = with_parameters(odd, lag=Lag("almon", (0.0, 1.0), ("w0", "w1")))
    with pytest.raises(OptionError, match=r"sum to 0\.9"):
        run(scenario(("L36", 1.0)), odd)


def test_exchanged_columns_are_noticed(world: Inputs, tmp_path: object) -> None:
    original = world.elasticities
    exchanged = original.draws.rename(columns={"rd_grp_pct": "wear_pct", "wear_pct": "rd_grp_pct"})
    assert draws_hash(replace(original, draws=exchanged)) != draws_hash(original)
    assert run(scenario(), world).inputs["draws"] == draws_hash(original)
    path = original.write(tmp_path)  # type: ignore[arg-type]
    pd.DataFrame(exchanged[list(original.draws.columns)]).to_parquet(path.parent / "elasticities_draws.parquet")
    with pytest.raises(StoreError, match="not those the document names"):
        ElasticitySet.read(path)


@pytest.mark.parametrize(
    ("plan", "error", "message"),
    [
        (scenario(("L99", 1.0)), UnknownNameError, "unknown lever 'L99'"),
        (scenario(("L02", 9.0)), OptionError, "outside 0 to 2"),
        (scenario(end=2040), UnknownNameError, "unknown forecast year '2040'"),
    ],
)
def test_mistakes_are_named(world: Inputs, plan: Scenario, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        run(plan, world)


FILE = """\
schema_version: "1"
scenario:
  id: push
  baseline_ref: forecast.nc
  draws_ref: elasticities.json
  start: 2023
  end: 2035
  seed: 1
  include_grades: [A, B, C]
  budget: {total: 1, unit: bln_rub, price_year: 2023}
  shocks:
    - {variable: coal_australian_usd_t, path: [[2024, 110]]}
  settings:
    - {lever: L10, path: [[2027, 0.5]]}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("end: 2035", "end: 2040", r"unknown forecast year '2040' \(push.yml, line 7\)"),
        ("start: 2023", "start: 1995", r"unknown forecast year '1995' \(push.yml, line 6\)"),
        ("price_year: 2023", "price_year: 2020", r"at prices of 2023.* \(push.yml, line 10\)"),
        ("lever: L10", "lever: L36", r"L36 has no sourced cost.* \(push.yml, line 10\)"),
        ("total: 1,", "total: -1,", r"a budget is 0 or more.* \(push.yml, line 10\)"),
        ("total: 1,", "total: .nan,", r"total must be a number, not nan \(push.yml, line 10\)"),
        ("total: 1,", f"total: 1{400 * '0'},", r"total must be a number.* \(push.yml, line 10\)"),
        ("[[2024, 110]]}", "[[2024, 110]]}\n    - {variable: coal_australian_usd_t, path: [[2024, 99]]}", r"line 13\)"),
        ('version: "1"', 'version: "9"', r"'9' is not one of \['1'\] \(push.yml, line 1\)"),
        ("variable: coal_australian_usd_t, path: [[2024, 110]]", "regime: coal", r"unknown regime 'coal'.*line 12\)"),
        ("variable: coal_australian_usd_t", "variable: coal", r"unknown forecast variable 'coal' \(push.yml, line 12"),
        ("[[2024, 110]]", "[[2045, 110]]", r"not for 2045 \(push.yml, line 12\)"),
        ("[[2024, 110]]", "[]", r"has no cell \(push.yml, line 12\)"),
        ("lever: L10", "lever: L99", r"unknown lever 'L99' \(push.yml, line 14\)"),
        ("[[2027, 0.5]]", "[[2027, 0.5], [2028, 2.5]]", r"L10 is set to 2.5 in 2028.* \(push.yml, line 14\)"),
    ],
)
def test_what_the_model_refuses_is_named_with_its_line(
    world: Inputs, tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in FILE
    path = tmp_path / "push.yml"
    path.write_text(FILE.replace(old, new), encoding="utf-8")
    with pytest.raises(RegionalEconError, match=message):
        run(Scenario.read(path), world)


def test_probability_carries_its_monte_carlo_error(world: Inputs) -> None:
    value = run(scenario(), world).probability(10.0, 2035)
    share = float(value.value)  # type: ignore[arg-type]
    assert 0.05 < share < 0.95
    # closed form: the binomial standard error
    assert value.mc_error == pytest.approx(np.sqrt(share * (1 - share) / DRAWS), rel=1e-12)
