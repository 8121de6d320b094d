"""Backcasting against arithmetic and against the simulation itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regional_econ._base.errors import OptionError
from regional_econ.policy.response import shift_percent
from regional_econ.policy.run import Inputs
from regional_econ.policy.target import needed_changes, smallest_change


def test_smallest_change_against_brute_force() -> None:
    rng = np.random.default_rng(4)
    gap, slope = rng.normal(0.4, 0.3, 500), rng.normal(0.2, 0.2, 500)
    for probability in (0.3, 0.5, 0.7):
        grid = np.linspace(0.0, 40.0, 400_001)
        first = next((float(c) for c in grid if (c * slope >= gap).mean() >= probability), None)
        exact = smallest_change(gap, slope, probability)
        assert first is not None
        # the grid's step is 1e-4
        assert exact == pytest.approx(first, abs=1.1e-4)
    assert smallest_change(gap, -np.abs(slope), 0.9) is None


def test_the_needed_change_reaches_the_target(world: Inputs) -> None:
    certain = world.elasticities.draws * 0.0 + [0.15, 0.10, 0.05, -0.01]
    sure = replace(world, elasticities=replace(world.elasticities, draws=certain))
    needs = {need.driver: need for need in needed_changes(sure, value=12.5, year=2035, probability=0.5, seed=1)}
    change = needs["rd_grp_pct"].change
    assert change is not None
    base = sure.baseline.draws("innovation_activity_pct", sure.region).sel(year=2035).to_numpy().astype(float)
    share = (shift_percent(base, np.full_like(base, 0.15 * change)) >= 12.5).mean()
    # persistence leaves less than 1e-4 of the effect outstanding after thirteen years in all but a few draws
    assert share == pytest.approx(0.5, abs=0.01)
    assert needs["wear_pct"].change is not None
    assert needs["wear_pct"].change < 0.0
    assert set(needs) == {*sure.elasticities.draws.columns, "all"}


def test_a_certain_target_is_out_of_reach_when_signs_are_unsure(world: Inputs) -> None:
    needs = needed_changes(world, value=12.5, year=2035, probability=0.97, seed=1)
    assert {need.driver: need.change for need in needs}["wear_pct"] is None
    assert all(need.best < 0.97 for need in needs if need.change is None)


@pytest.mark.parametrize(("value", "probability"), [(0.0, 0.5), (12.5, 1.0)])
def test_impossible_targets_are_refused(world: Inputs, value: float, probability: float) -> None:
    with pytest.raises(OptionError, match="between 0 and"):
        needed_changes(world, value=value, year=2035, probability=probability, seed=1)
