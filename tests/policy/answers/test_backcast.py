"""Mixes that reach a target: against brute force, against arithmetic, and the answer that none does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logit

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.policy.answers.backcast import allowances_of, backcast, chances
from regional_econ.policy.answers.contract import Programme
from regional_econ.policy.answers.mixes import Bounds, Scored, best_mix, frontier, smallest_mix

Build = Callable[..., Any]
Floats = NDArray[np.float64]
STEP = 0.25


def of(model: Any) -> Programme:
    return Programme.of(model.years, first=2027, last=2031, standard=np.ones(len(model.levers)))


EVEN = Bounds(np.full(4, 2.0), np.ones(4), STEP)
UNEVEN = Bounds(np.array([2.0, 2.0, 1.5, 2.0]), np.array([1.0, 0.6, 1.0, 1.3]), STEP, (((0, 2), 2.5),))


@pytest.mark.parametrize(("bounds", "count", "above"), [(EVEN, 9, 1.0), (UNEVEN, 11, 1.02)], ids=["even", "uneven"])
def test_the_frontier_is_that_of_brute_force_on_a_grid_of_four_levers(bounds: Bounds, count: int, above: float) -> None:
    """Sixty models in which each lever helps on average by chance and in a draw by chance again.

    Where sizes are cut to uneven bounds, exchanges go on from there off the grid, and end a little above it.
    """
    grid = np.array(list(product(*(np.arange(0.0, limit + STEP / 2, STEP) for limit in bounds.limits))))
    assert len(grid) > 2000, "too many to be tried one by one, so that the search climbs"
    allowances = np.linspace(0.0, bounds.largest, count)
    mixes = [brute(bounds, grid, allowance) for allowance in allowances]
    rises = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        means, sds = rng.uniform(-0.1, 0.2, 4), rng.uniform(0.0, 0.4, 4)
        model = Reached(-2.4 + rng.normal(0.0, 0.25, 1000), means + rng.normal(size=(1000, 4)) * sds)
        whole, exact = model(grid), []
        for allowance, cut in zip(allowances, mixes, strict=True):
            exact.append(max(whole[bounds.allowed(grid, allowance)].max(), model(cut).max(initial=0.0)))
        found = frontier(Scored(model), bounds, allowances)
        ratio = np.array([mix.score for mix in found]) / exact
        assert (ratio >= 0.99).all(), f"the promise is one per cent of the probability; model {seed}"
        assert (ratio <= above + 1e-12).all(), seed
        assert all(mix.taken <= allowance + 1e-9 for mix, allowance in zip(found, allowances, strict=True))
        rises.append(exact[-1] - exact[0])
    assert np.median(rises) > 0.3


@dataclass(frozen=True)
class Reached:
    """The share of draws whose logit (draws,), moved by effects (draws, levers), reaches 12.5 %."""

    base: Floats
    effects: Floats

    def __call__(self, mixes: Floats) -> Floats:
        moved = self.base + mixes @ self.effects.T
        return np.asarray((moved >= logit(0.125)).mean(axis=1), dtype=np.float64)


def brute(bounds: Bounds, grid: Floats, allowance: float) -> Floats:
    """Return the mixes beyond the allowance or a cap with one lever cut until they fit, and with two."""
    found, beyond = [np.zeros((0, 4))], grid[~bounds.allowed(grid, allowance)]
    for j in range(4):
        cut = beyond.copy()
        room = (allowance - (cut @ bounds.weights - cut[:, j] * bounds.weights[j])) / bounds.weights[j]
        for members, cap in bounds.caps:
            if j in members:
                room = np.minimum(room, cap - (cut[:, list(members)].sum(axis=1) - cut[:, j]))
        cut[:, j] = np.minimum(cut[:, j], room)
        beyond = np.unique(np.concatenate([beyond, cut[cut[:, j] >= 0.0]]).round(9), axis=0)
        found.append(beyond[bounds.allowed(beyond, allowance)])
        beyond = beyond[~bounds.allowed(beyond, allowance)]
    return np.unique(np.concatenate(found), axis=0)


def test_the_simulators_chance_is_the_share_of_draws(linear: Build) -> None:
    model = linear([0.10, 0.06, 0.03, 0.12], [0.05, 0.02, 0.10, 0.30])
    mixes = np.random.default_rng(1).uniform(0.0, 2.0, (40, 4))
    exact = Reached(logit(model.baseline[:, -1] / 100.0), model.effects)(mixes)
    assert chances(model, of(model), target=12.5, year=2035)(mixes) == pytest.approx(exact, abs=1e-12)


def test_a_small_grid_is_tried_whole(linear: Build) -> None:
    model = linear([0.2, 0.1], [0.1, 0.1])
    bounds = Bounds(np.array([2.0, 2.0]), np.ones(2), STEP)
    chance = chances(model, of(model), target=12.5, year=2035)
    grid = np.array(list(product(np.arange(0.0, 2.1, STEP), repeat=2)))
    for allowance in (0.0, 0.9, 2.5, 4.0):
        edge = np.array([(g, allowance - g) for g in np.arange(0.0, min(allowance, 2.0) + 1e-9, STEP)])
        mixes = np.concatenate([grid, edge, edge[:, ::-1]])
        kept = mixes[(mixes.sum(axis=1) <= allowance + 1e-9) & (mixes <= 2.0).all(axis=1)]
        assert best_mix(Scored(chance), bounds, allowance).score == chance(kept).max()


@pytest.mark.parametrize("count", [1, 12], ids=["tried whole", "climbed"])
def test_a_limit_off_the_grid_is_reached(linear: Build, count: int) -> None:
    """The limit of 1.4496 lies beyond the last quarter; only there the probability asked for is reached."""
    model = linear([0.3, *([0.0] * (count - 1))], [0.0] * count)
    bounds = Bounds(np.array([1.4496, *([1.0] * (count - 1))]), np.ones(count), STEP)
    chance = chances(model, of(model), target=12.5, year=2035, draws=slice(0, None, 2))
    below, there = chance(np.array([[1.25, *([0.0] * (count - 1))], [1.4496, *([0.0] * (count - 1))]]))
    assert below < there
    found = backcast(model, of(model), bounds, target=12.5, year=2035, probability=float(there))
    assert found.mix is not None
    assert 1.25 < found.mix.sizes[0] <= 1.4496


@pytest.mark.parametrize("limit", [2.0, 0.9], ids=["climbed", "tried whole"])
def test_a_cap_and_an_allowance_off_the_grid_are_reached(limit: float) -> None:
    bounds = Bounds(np.full(4, limit), np.array([1.0, 2.0, 1.0, 1.0]), STEP, (((0, 1), 1.6), ((2, 3), 1.1)))
    whole = Scored(lambda mixes: mixes @ np.array([1.0, 1.1, 1.0, 0.9]))
    best = best_mix(whole, bounds, 100.0)
    assert best.sizes[:2].sum() == pytest.approx(1.6)
    assert best.sizes[2:].sum() == pytest.approx(1.1)
    assert best_mix(whole, bounds, 1.37).taken == pytest.approx(1.37)


def test_the_smallest_mix_is_no_larger_than_that_of_brute_force(linear: Build) -> None:
    bounds = Bounds(np.full(4, 2.0), np.ones(4), STEP)
    grid = np.array(list(product(np.arange(0.0, 2.1, STEP), repeat=4)))
    assert bounds.grid(8.0) is None, "too many to be tried one by one, so that the search climbs"
    for seed in range(6):
        rng = np.random.default_rng(seed)
        model = linear(rng.uniform(0.0, 0.2, 4).tolist(), rng.uniform(0.0, 0.2, 4).tolist(), draws=400, seed=seed)
        chance = Scored(chances(model, of(model), target=12.5, year=2035))
        exact = grid[chance(grid) >= 0.3].sum(axis=1).min()
        allowances = allowances_of(bounds)
        found = smallest_mix(chance, bounds, frontier(chance, bounds, allowances), allowances, 0.3)
        assert found is not None
        assert chance(found.sizes[None, :])[0] >= 0.3
        assert found.taken <= 1.01 * exact


def test_what_is_chosen_on_some_draws_is_read_on_the_others(linear: Build) -> None:
    """A lever that helps in every draw searched and harms in every other is chosen, and its harm is reported."""
    model = linear([0.3], [0.0])
    sign = np.where(np.arange(2000) % 2 == 0, 1.0, -1.0)
    model = replace(model, effects=model.effects * sign[:, None])
    found = backcast(
        model, of(model), Bounds(np.array([2.0]), np.ones(1), STEP), target=12.5, year=2035, probability=0.5
    )
    assert found.mix is not None
    assert found.mix.score >= 0.5
    assert found.gain.p90.value < 0.0
    hits = model.baseline[1::2, -1] >= 12.5
    after = model.at(of(model).amounts(found.mix.sizes[None, :]), 2035)[0, 1::2] >= 12.5
    assert found.reached.value == after.mean() < found.before.value == hits.mean()
    paired = after.astype(float) - hits
    assert found.change.value == pytest.approx(paired.mean(), abs=1e-12)
    assert found.change.mc_error == pytest.approx(paired.std() / np.sqrt(1000), rel=1e-9)
    chosen = [mix.score for mix in found.frontier]
    read = [one.value for one in found.frontier_reached]
    assert chosen == sorted(chosen)
    assert read == sorted(read, reverse=True)


def test_the_smallest_mix_of_a_certain_lever_is_arithmetic(linear: Build) -> None:
    """With one lever of a known effect the size is the quantile of what the draws lack, over the effect."""
    model = linear([0.5], [0.0])
    found = backcast(
        model, of(model), Bounds(np.array([3.0]), np.ones(1), STEP), target=12.5, year=2035, probability=0.8
    )
    gap = logit(0.125) - logit(model.baseline[:, -1] / 100.0)
    assert found.mix is not None
    assert found.mix.sizes[0] == pytest.approx(np.sort(gap[::2])[799] / 0.5, abs=1e-5)
    assert found.mix.score == pytest.approx(0.8, abs=1 / 1000)
    assert found.reached.value == (gap[1::2] <= 0.5 * found.mix.sizes[0]).mean()
    assert found.before.value == pytest.approx((gap[1::2] <= 0.0).mean())


def test_none_within_the_bounds_is_said_with_the_best_there_is(linear: Build) -> None:
    model = linear([0.02, -0.05], [0.3, 0.1])
    bounds = Bounds(np.array([2.0, 2.0]), np.ones(2), STEP)
    found = backcast(model, of(model), bounds, target=12.5, year=2035, probability=0.8)
    assert found.mix is None
    grid = np.array(list(product(np.arange(0.0, 2.1, STEP), repeat=2)))
    assert found.best.score == chances(model, of(model), target=12.5, year=2035, draws=slice(0, None, 2))(grid).max()
    assert found.best.score < 0.8
    assert found.shown is found.best


def test_a_cap_on_a_driver_binds_the_sum_of_its_levers(linear: Build) -> None:
    model = linear([0.1, 0.1, 0.1], [0.0, 0.0, 0.0])
    bounds = Bounds(np.array([2.0, 2.0, 2.0]), np.ones(3), STEP, (((0, 1), 1.0),))
    assert bounds.largest == 3.0
    best = best_mix(Scored(lambda mixes: mixes.sum(axis=1)), bounds, 100.0)
    assert best.sizes[:2].sum() == 1.0
    assert best.sizes[2] == 2.0
    assert model.levers == ("L01", "L02", "L03")


def test_allowances_run_from_nothing_to_everything() -> None:
    bounds = Bounds(np.array([1.0, 2.0]), np.array([3.0, 1.0]), 0.5)
    assert allowances_of(bounds) == pytest.approx(np.arange(0.0, 5.1, 0.5))
    assert allowances_of(Bounds(np.zeros(2), np.ones(2), 0.5)) == (0.0,)
    assert len(allowances_of(Bounds(np.full(30, 2.0), np.ones(30), 0.25))) == 25


def test_a_programme_builds_up_and_is_held() -> None:
    programme = Programme.of(range(2025, 2031), first=2027, last=2029, standard=np.array([1.0, 0.3]))
    amounts = programme.amounts(np.array([[1.0, 2.0]]))
    assert amounts.shape == (1, 2, 6)
    assert amounts[0, 0] == pytest.approx([0, 0, 1 / 3, 2 / 3, 1, 1])
    assert amounts[0, 1] == pytest.approx(0.6 * amounts[0, 0])
    with pytest.raises(UnknownNameError, match="2040"):
        Programme.of(range(2025, 2031), first=2027, last=2040, standard=np.ones(1))
    with pytest.raises(OptionError, match="before it starts"):
        Programme.of(range(2025, 2031), first=2029, last=2027, standard=np.ones(1))


@pytest.mark.parametrize(("target", "probability"), [(0.0, 0.5), (12.5, 1.0), (100.0, 0.5)])
def test_impossible_targets_are_refused(linear: Build, target: float, probability: float) -> None:
    model = linear([0.1], [0.0])
    bounds = Bounds(np.array([1.0]), np.ones(1), STEP)
    with pytest.raises(OptionError, match="between 0 and"):
        backcast(model, of(model), bounds, target=target, year=2035, probability=probability)
    with pytest.raises(UnknownNameError, match="2050"):
        backcast(model, of(model), bounds, target=12.5, year=2050, probability=0.5)
