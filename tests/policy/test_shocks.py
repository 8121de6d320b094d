"""What else happens moves the baseline as the joint forecast, the mining price or an assumption has it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up import DRAWS

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.core.conditions import Cell, Path
from regional_econ.core.elasticity import Lag
from regional_econ.core.scenario import Scenario, Setting, Shock
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.product import product_gain
from regional_econ.policy.model.shocks import under_shocks
from regional_econ.policy.scenarios.run import run

PRICE = "coal_australian_usd_t"
CHEAP = Shock(variable=PRICE, path=((2023, 100.0), (2024, 80.0)))
ALL = ("A", "B", "C")


@pytest.fixture(scope="module")
def mine(world: Inputs) -> Inputs:
    """The world with a share of mining of 25 % at first and 40 % at last."""
    frame = world.panel.frame.assign(mining_share_pct=np.nan)
    for year, share in ((2009, 25.0), (2022, 40.0)):
        frame.loc[(world.region, year), "mining_share_pct"] = share
    share = replace(world.panel.variable("rd_grp_pct"), id="mining_share_pct", breaks=())
    variables = {**world.panel.variables, "mining_share_pct": share}
    return replace(world, panel=replace(world.panel, frame=frame, variables=variables))


def scenario(*shocks: Shock, grades: tuple[str, ...] = ALL, size: float = 0.0) -> Scenario:
    settings = (Setting("L10", ((2025, size),)),) if size else ()
    return Scenario("t", "f", 2023, 2035, settings, shocks, "e", 4, include_grades=grades)


def outcome(inputs: Inputs) -> np.ndarray:
    return inputs.baseline.draws(inputs.outcome, inputs.region).transpose("draw", "year").to_numpy().astype(float)


def test_a_price_path_moves_the_joint_forecast(mine: Inputs) -> None:
    result = run(scenario(CHEAP), mine)
    path = Path("p", (Cell(PRICE, "RU", 2023, 100.0), Cell(PRICE, "RU", 2024, 80.0)))
    expected = mine.baseline.condition(path, regions=[mine.region])
    np.testing.assert_array_equal(result.baseline, expected.draws(mine.outcome, mine.region).to_numpy().astype(float))
    assert result.shocks[0].channel == "forecast"
    assert result.shocks[0].tail_probability == expected.diagnostics["condition_tail_probability"]
    # all walks of this world share one swing: cheap coal goes with less of everything
    assert result.baseline[:, -1].mean() < outcome(mine)[:, -1].mean()
    named = replace(mine, regimes={"cheap": replace(path, name="cheap")})
    regime = run(scenario(Shock(regime="cheap")), named)
    np.testing.assert_array_equal(regime.baseline, result.baseline)
    with pytest.raises(UnknownNameError, match="unknown regime 'chaep'"):
        run(scenario(Shock(regime="chaep")), named)


def test_a_price_of_nothing_is_refused(mine: Inputs) -> None:
    with pytest.raises(OptionError, match="cannot be 0"):
        run(scenario(Shock(variable=PRICE, path=((2025, 0.0),))), mine)
    with pytest.raises(OptionError, match="not for 2040"):
        run(scenario(Shock(variable=PRICE, path=((2040, 90.0),))), mine)


def test_the_investment_channel_is_the_declared_response(mine: Inputs) -> None:
    """ln(I/Y) moves by β · 25 % · the price's distance from the draw's own; the outcome by ε of it, a year later."""
    late = tuple(replace(p, lag=Lag("point", (1.0,))) for p in mine.elasticities.parameters)
    given = replace(mine, elasticities=replace(mine.elasticities, parameters=late))
    moved, uses = under_shocks(given, [replace(CHEAP, channel="investment")], seed=4, grades=ALL)
    assert (uses[0].channel, uses[0].grade, uses[0].on) == ("investment", "B", True)
    path = Path("p", (Cell(PRICE, "RU", 2023, 100.0), Cell(PRICE, "RU", 2024, 80.0)))
    before, after = (
        one.draws(PRICE, "RU").to_numpy().astype(float)
        for one in (mine.baseline, mine.baseline.condition(path, regions=[mine.region]))
    )
    change = mine.priors["mining_price_investment"].draw(DRAWS, 4)[:, None] * 0.25 * np.log(after / before)
    volumes = [
        one.baseline.draws("investment_real_index", mine.region).to_numpy().astype(float) for one in (mine, moved)
    ]
    np.testing.assert_allclose(np.log(volumes[1] / volumes[0]), change, rtol=0, atol=1e-12)
    logits = [np.log(y / (100.0 - y)) for y in (outcome(mine), outcome(moved))]
    epsilon = mine.elasticities.draws["investment_grp_pct"].to_numpy()[:, None]
    np.testing.assert_allclose((logits[1] - logits[0])[:, 1:], epsilon * change[:, :-1], rtol=0, atol=1e-9)
    weak = tuple(replace(p, grade="C") for p in mine.elasticities.parameters)
    still, uses = under_shocks(
        replace(mine, elasticities=replace(mine.elasticities, parameters=weak)),
        [replace(CHEAP, channel="investment")], seed=4, grades=("A", "B"),
    )  # fmt: skip
    assert not uses[0].on
    np.testing.assert_array_equal(outcome(still), outcome(mine))
    others = tuple(p for p in mine.elasticities.parameters if p.source != "investment_grp_pct")
    with pytest.raises(UnknownNameError, match=r"unknown driver 'investment_grp_pct' \(a.yml, line 3\)"):
        under_shocks(
            replace(mine, elasticities=replace(mine.elasticities, parameters=others)),
            [replace(CHEAP, channel="investment", where="a.yml, line 3")], seed=4, grades=ALL,
        )  # fmt: skip


def test_a_mining_share_acts_only_as_an_assumption(mine: Inputs) -> None:
    shock = Shock(mining_share_pct=20.0, years=5.0)
    off, on = (run(scenario(shock, grades=grades), mine) for grades in (("A", "B"), ALL))
    assert (off.shocks[0].on, on.shocks[0].on, on.shocks[0].grade) == (False, True, "C")
    np.testing.assert_array_equal(off.baseline, outcome(mine))
    slope = mine.priors["mining_share_outcome"].draw(DRAWS, 4)
    logits = [np.log(y / (100.0 - y)) for y in (off.baseline, on.baseline)]
    # after five years nine tenths of the twenty points are gone, whatever happens between
    np.testing.assert_allclose((logits[1] - logits[0])[:, 4], slope * -18.0, rtol=0, atol=1e-9)


def test_shocks_leave_the_draws_of_levers_alone(mine: Inputs) -> None:
    plain, shocked = run(scenario(size=1.0), mine), run(scenario(CHEAP, size=1.0), mine)
    assert plain.shocks == ()
    gain = [(one.paths - one.baseline)[:, -1] for one in (plain, shocked)]
    assert np.corrcoef(gain)[0, 1] > 0.9


def test_product_and_budget_are_described(mine: Inputs) -> None:
    result = run(scenario(size=1.0), mine)
    found = product_gain(mine, result)
    assert found.years == result.years == tuple(range(2023, 2036))
    elasticity, share = (mine.priors[name].draw(DRAWS, 4)[:, None] for name in ("output_elasticity", "budget_share"))
    index = mine.baseline.draws("grp_real_index", mine.region).to_numpy().astype(float)
    factor = (result.paths / result.baseline) ** elasticity - 1.0
    np.testing.assert_allclose(found.product_pct, 100.0 * factor, rtol=0, atol=1e-10)
    product = float(mine.panel.column("grp_mln_rub")[mine.region, 2022]) * index / 100.0
    np.testing.assert_allclose(found.budget_mln_rub, share * product * factor, rtol=1e-9, atol=1e-9)
    assert not product_gain(mine, run(scenario(), mine)).product_pct.any()
    nobody = replace(result, baseline=np.zeros_like(result.baseline))
    assert not product_gain(mine, nobody).product_pct.any()
