"""Mixes that reach a target: against brute force, against arithmetic, and the answer that none does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.special import logit

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.policy.answers.backcast import allowances_of, backcast, chances
from regional_econ.policy.answers.contract import Programme
from regional_econ.policy.answers.mixes import Bounds, Scored, best_mix, frontier

Build = Callable[..., Any]
STEP = 0.25


def of(model: Any) -> Programme:
    return Programme.of(model.years, first=2027, last=2031, standard=np.ones(len(model.levers)))


def test_the_frontier_is_that_of_brute_force_on_a_grid_of_four_levers(linear: Build) -> None:
    model = linear([0.10, 0.06, 0.03, 0.12], [0.05, 0.02, 0.10, 0.30])
    bounds = Bounds(np.array([2.0, 2.0, 1.5, 2.0]), np.array([1.0, 0.6, 1.0, 1.3]), STEP, (((0, 2), 2.5),))
    grid = np.array(list(product(*(np.arange(0.0, limit + STEP / 2, STEP) for limit in bounds.limits))))
    assert len(grid) > 2000, "too many to be tried one by one, so that the search climbs"
    chance = chances(model, of(model), target=12.5, year=2035)
    every = chance(grid)
    allowances = np.linspace(0.0, bounds.largest, 21)
    found = frontier(Scored(chance), bounds, allowances)
    exact = [every[bounds.allowed(grid, allowance)].max() for allowance in allowances]
    assert [mix.score for mix in found] == pytest.approx(exact, abs=0.01)
    assert all(mix.taken <= allowance + 1e-9 for mix, allowance in zip(found, allowances, strict=True))
    assert exact[-1] - exact[0] > 0.3


def test_a_small_grid_is_tried_whole(linear: Build) -> None:
    model = linear([0.2, 0.1], [0.1, 0.1])
    bounds = Bounds(np.array([2.0, 2.0]), np.ones(2), STEP)
    chance = chances(model, of(model), target=12.5, year=2035)
    grid = np.array(list(product(np.arange(0.0, 2.1, STEP), repeat=2)))
    for allowance in (0.0, 0.9, 2.5, 4.0):
        kept = grid[grid.sum(axis=1) <= allowance + 1e-9]
        assert best_mix(Scored(chance), bounds, allowance).score == chance(kept).max()


def test_the_smallest_mix_of_a_certain_lever_is_arithmetic(linear: Build) -> None:
    """With one lever of a known effect the size is the quantile of what the draws lack, over the effect."""
    model = linear([0.5], [0.0])
    found = backcast(
        model, of(model), Bounds(np.array([3.0]), np.ones(1), STEP), target=12.5, year=2035, probability=0.8
    )
    gap = logit(0.125) - logit(model.baseline[:, -1] / 100.0)
    assert found.mix is not None
    assert found.mix.sizes[0] == pytest.approx(np.sort(gap)[1599] / 0.5, abs=1e-5)
    assert found.mix.score == pytest.approx(0.8, abs=1 / 2000)
    assert found.reached.value == found.mix.score
    assert found.before.value == pytest.approx((gap <= 0.0).mean())


def test_none_within_the_bounds_is_said_with_the_best_there_is(linear: Build) -> None:
    model = linear([0.02, -0.05], [0.3, 0.1])
    bounds = Bounds(np.array([2.0, 2.0]), np.ones(2), STEP)
    found = backcast(model, of(model), bounds, target=12.5, year=2035, probability=0.8)
    assert found.mix is None
    grid = np.array(list(product(np.arange(0.0, 2.1, STEP), repeat=2)))
    assert found.best.score == chances(model, of(model), target=12.5, year=2035)(grid).max()
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
