"""The model's equations replayed on made-up figures, against hand arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError
from regional_econ._base.text import Text
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Variable
from regional_econ.elasticities.declared import load_assumptions
from regional_econ.policy.record.history import assets, outcome, researchers
from regional_econ.policy.record.moves import Effects, to_logit
from regional_econ.policy.record.replay import Quantity, replay

YEARS, REGIONS, START = tuple(range(2000, 2023)), tuple(f"RU-R{i:02d}" for i in range(12)), 2012
DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
RATES = np.linspace(0.01, 0.03, len(REGIONS))


def panel_of(columns: dict[str, np.ndarray]) -> Panel:
    index = pd.MultiIndex.from_product([REGIONS, YEARS], names=["region", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)
    label = Text("показатель", "indicator")
    variables = {name: Variable(name, "%", label, label) for name in frame}
    return Panel(frame, variables, {r: Region(r, Text(r, r), "region") for r in REGIONS}, "made up")


@pytest.fixture(scope="module")
def world() -> Panel:
    """Assets that follow the identities exactly, staff whose money never changes, an outcome led by its drivers."""
    rng = np.random.default_rng(1)
    shape = (len(REGIONS), len(YEARS))
    new = 100.0 * np.exp(rng.normal(0.0, 0.2, shape))
    gross, net = np.full(shape, 1000.0), np.full(shape, 600.0)
    for t in range(1, len(YEARS)):
        gross[:, t] = (1.0 - RATES) * gross[:, t - 1] + new[:, t]
        net[:, t] = (1.0 - 3.0 * RATES) * net[:, t - 1] + new[:, t]
    wear = 100.0 * (1.0 - net / gross)
    walks = {name: rng.normal(0.0, 0.1, shape).cumsum(axis=1) for name in DRIVERS}
    columns = {
        "fixed_assets_mln_rub": gross, "fixed_assets_residual_mln_rub": net, "assets_commissioned_mln_rub": new,
        "wear_all_pct": wear, "wear_pct": wear, "researchers": np.full(shape, 900.0),
        "rd_mln_rub": np.full(shape, 50.0) * 1.1 ** np.arange(len(YEARS)),
        "wage_rub": np.full(shape, 20.0) * 1.1 ** np.arange(len(YEARS)),
        "rd_grp_pct": 0.3 * np.exp(walks["rd_grp_pct"]),
        "researchers_per_10k_employed": 8.0 * np.exp(walks["researchers_per_10k_employed"]),
        "investment_grp_pct": 20.0 * np.exp(walks["investment_grp_pct"]),
        "innovation_activity_pct": np.full(shape, 8.0),
        "innovation_activity_oslo3_pct": np.full(shape, 8.0),
    }  # fmt: skip
    return panel_of(columns)


def test_assets_that_follow_the_identities_are_hit(world: Panel) -> None:
    for quantity in assets(world, start=START):
        found = replay(quantity, start=START, end=2022)
        model = found.errors().query("forecaster == 'model'")
        # The wear of organisations renews its assets as all assets are renewed: here both are one, so all are exact.
        assert model["error"].abs().max() < 1e-7, quantity.id
    gross, net, both, _ = assets(world, start=START)
    at, next_year = YEARS.index(START), YEARS.index(2013)
    stock, new = (world.matrix(f"{name}_mln_rub").to_numpy() for name in ("fixed_assets", "assets_commissioned"))
    by_hand = np.log(((1.0 - RATES) * stock[:, at] + new[:, next_year]) / stock[:, at])
    np.testing.assert_allclose(gross.paths[START][:, next_year], by_hand, atol=1e-12)
    assert np.isnan(net.paths[START][:, at - 1]).all()
    assert (both.paths[START][:, at] == 0.0).all()


def test_staff_stays_where_money_follows_wages_and_fills_posts_where_it_rises(world: Panel) -> None:
    steady = researchers(world, start=START, attrition=0.08, filling=0.6)
    at = YEARS.index(START)
    np.testing.assert_allclose(steady.paths[START][:, at:], 0.0, atol=1e-12)
    richer = np.where(np.array(YEARS) > START, 2.0, 1.0)
    spent = (world.matrix("rd_mln_rub").to_numpy() * richer).ravel()
    rich = replace(world, frame=world.frame.assign(rd_mln_rub=spent))
    path = researchers(rich, start=START, attrition=0.08, filling=0.6).paths[START][0, at:]
    posts = 900.0 * 2.0 * (1.0 - 0.92 * 0.4) / 0.6
    first = 0.92 * 900.0 + 0.6 * (posts - 0.92 * 900.0)
    assert path[1] == pytest.approx(np.log(first / 900.0), abs=1e-12)
    assert path[-1] == pytest.approx(np.log(2.0), abs=1e-3)  # 0.368 a year: ten years leave 5e-5 of the gap


def effects(mean: np.ndarray) -> dict[int, Effects]:
    return {2003: Effects(2003, DRIVERS, mean, np.diag([0.01, 0.0, 0.0, 0.0]), np.ones(4))}


def test_the_outcome_moves_by_what_has_arrived(world: Panel) -> None:
    assumptions = load_assumptions()
    mean = np.array([0.0, 0.0, 0.4, -0.02])
    found = outcome(world, assumptions, effects(mean), name="innovation_activity_pct", start=START, depreciation=0.15)
    at = YEARS.index(START)
    x = np.log(world.matrix("investment_grp_pct").to_numpy())
    wear = world.matrix("wear_pct").to_numpy()
    weights = np.array([3.0, 3.0, 1.5, 0.5]) / 8.0
    by_hand = (
        0.4 * (weights[0] * (x[:, at + 2] - x[:, at]) + weights[1] * (x[:, at + 1] - x[:, at]))
        - 0.02 * (weights[0] * (wear[:, at + 2] - wear[:, at]) + weights[1] * (wear[:, at + 1] - wear[:, at]))
    )  # fmt: skip
    np.testing.assert_allclose(found.paths[START][:, at + 2], by_hand, atol=1e-12)
    assert (found.doubt[:, at + 1 :] > 0.0).all()
    assert np.isnan(found.doubt[:, at - 1]).all()


def test_each_start_takes_the_effects_that_were_known_by_then(world: Panel) -> None:
    def paths(known: dict[int, Effects]) -> Quantity:
        return outcome(world, load_assumptions(), known, name="innovation_activity_pct", start=START, depreciation=0.15)

    early, late = (effects(np.array([0.0, 0.0, slope, 0.0]))[2003] for slope in (0.4, 0.8))
    both = paths({2003: early, 2010: late, 2013: early})
    first, second = paths({2003: early}), paths({2003: late})
    for begin in (2003, 2009):
        np.testing.assert_array_equal(both.paths[begin], first.paths[begin])
    for begin in (2010, START):
        np.testing.assert_array_equal(both.paths[begin], second.paths[begin])
    with pytest.raises(DataError, match="no effects were known in 2003"):
        paths({2010: late})


def test_the_path_of_an_earlier_start_knows_no_later_stock(world: Panel) -> None:
    frame = world.frame.copy()
    late = frame.index.get_level_values("year") > 2006
    frame.loc[late, ["fixed_assets_mln_rub", "fixed_assets_residual_mln_rub", "wear_pct"]] *= 1.5
    for one, other in zip(assets(world, start=START), assets(replace(world, frame=frame), start=START), strict=True):
        np.testing.assert_array_equal(one.paths[2006], other.paths[2006])
        assert not np.array_equal(one.paths[2008], other.paths[2008], equal_nan=True)


def test_a_world_led_by_its_drivers_is_explained_and_one_that_is_not_is_not(world: Panel) -> None:
    mean, assumptions = np.array([0.8, 0.5, 0.4, -0.02]), load_assumptions()
    blank = outcome(world, assumptions, effects(mean), name="innovation_activity_pct", start=START, depreciation=0.15)
    at = YEARS.index(2003)
    noise = np.random.default_rng(2).normal(0.0, 0.03, blank.levels.shape).cumsum(axis=1)
    led = to_logit(np.array(8.0)) + np.where(np.isnan(blank.paths[2003]), 0.0, blank.paths[2003]) + noise
    errors = {}
    for name, levels in (("led", led), ("alone", to_logit(np.array(8.0)) + noise)):
        levels = np.where(np.arange(len(YEARS)) < at, np.nan, levels)
        table = replay(replace(blank, levels=levels, older=None), start=START, end=2022).errors()
        errors[name] = table.groupby("forecaster")["wis"].mean()
    assert errors["led"]["model"] < 0.9 * errors["led"]["naive"]
    assert errors["alone"]["model"] > errors["alone"]["naive"]


def test_rates_and_paths_know_no_stock_after_the_start(world: Panel) -> None:
    late = world.frame.index.get_level_values("year") > START
    names = ["fixed_assets_mln_rub", "fixed_assets_residual_mln_rub", "wear_pct", "wear_all_pct", "researchers"]
    names.append("innovation_activity_pct")
    frame = world.frame.copy()
    frame.loc[late, names] *= 3.0
    planted = replace(world, frame=frame)
    for one, other in zip(assets(world, start=START), assets(planted, start=START), strict=True):
        np.testing.assert_array_equal(one.paths[START], other.paths[START])
    staff, other = (researchers(p, start=START, attrition=0.08, filling=0.6) for p in (world, planted))
    np.testing.assert_array_equal(staff.paths[START], other.paths[START])
