"""When an effect arrives, how a percentage moves, how a measure builds up: against closed forms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from regional_econ._base.errors import OptionError
from regional_econ.core.scenario import Setting
from regional_econ.policy.model.build_up import build_up, built_setting
from regional_econ.policy.model.direct import MINING, MINING_PRIOR, has_path
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.response import (
    Kernel,
    effect,
    point_kernel,
    share_percent,
    shift_percent,
    stock_kernel,
)

RNG = np.random.default_rng(5)
ELASTICITY, CHANGE = RNG.normal(size=4), RNG.normal(size=(4, 6))
PERSISTENCE = np.array([0.0, 0.3, 0.8, 0.5])


def test_persistence_is_a_geometric_lag() -> None:
    found = effect(ELASTICITY, CHANGE, kernel=point_kernel(0), persistence=PERSISTENCE)
    for d, phi in enumerate(PERSISTENCE):
        weights = (1.0 - phi) * phi ** np.arange(6.0)
        expected = np.convolve(weights, ELASTICITY[d] * CHANGE[d])[:6]
        np.testing.assert_allclose(found[d], expected, rtol=1e-12, atol=1e-15)  # sums of six products of doubles


@pytest.mark.parametrize("lags", [1, 3, 9])
def test_lag_weights_are_a_convolution_without_persistence(lags: int) -> None:
    weights = RNG.dirichlet(np.ones(lags), size=4)
    found = effect(ELASTICITY, CHANGE, kernel=Kernel(weights), persistence=PERSISTENCE)
    for d in range(4):
        expected = np.convolve(weights[d], ELASTICITY[d] * CHANGE[d])[:6]
        np.testing.assert_allclose(found[d], expected, rtol=1e-12, atol=1e-15)


def test_kernels_are_what_they_say() -> None:
    assert point_kernel(0).persistent is True
    assert point_kernel(1).persistent is False
    assert point_kernel(1).weights.tolist() == [[0.0, 1.0]]
    assert stock_kernel().persistent is False
    assert stock_kernel().weights.tolist() == [[1.0]]
    assert Kernel(np.array([[0.5, 0.5 + 9e-7]]))
    with pytest.raises(OptionError) as caught:
        Kernel(np.array([[0.5, 0.5], [0.2, 0.9]]))
    assert str(caught.value) == "lag weights sum to 1.1, not to one. Normalise the kernel before the export."


def test_a_percentage_moves_on_the_logit_scale() -> None:
    baseline, shift = np.array([0.0, 8.4, 50.0, 8.4]), np.array([0.5, 0.44, -2.0, 0.0])
    odds = baseline / (100.0 - baseline) * np.exp(shift)
    # two routes of a few roundings
    np.testing.assert_allclose(shift_percent(baseline, shift), 100.0 * odds / (1.0 + odds), rtol=1e-14)
    assert shift_percent(baseline, shift)[3] == 8.4


@pytest.mark.filterwarnings("error")  # numpy warns of memory that was never set
@pytest.mark.parametrize("size", [1.0, 1e-12])
def test_drivers_share_the_points_as_they_share_the_shift(size: float) -> None:
    baseline = np.array([8.4, 20.0, 60.0])
    parts = size * np.array([[0.2, -0.3, 0.1], [0.3, 0.5, -0.4], [-0.1, 0.4, 0.9]])
    total = parts.sum(axis=0)
    shared = np.array([share_percent(baseline, total, part) for part in parts])
    odds = baseline / (100.0 - baseline) * np.exp(total)
    moved = 100.0 * odds / (1.0 + odds) - baseline
    # a shift of 1e-12 moves less than the rounding of 60 % can show: its slope is exact, the difference is not
    np.testing.assert_allclose(shared.sum(axis=0), moved, rtol=1e-9, atol=1e-13 if size < 1 else 0.0)
    # what a driver brings is its shift times the mean slope on the straight path from none of the shifts to all
    nodes, weights = np.polynomial.legendre.leggauss(20)
    along = (baseline / (100.0 - baseline))[:, None] * np.exp(total[:, None] * (nodes + 1.0) / 2.0)
    slope = (100.0 * along / (1.0 + along) ** 2) @ weights / 2.0
    np.testing.assert_allclose(shared, slope * parts, rtol=1e-10)


def test_a_measure_builds_up_in_equal_steps() -> None:
    found = build_up(range(2023, 2030), first=2025, last=2027)
    np.testing.assert_allclose(found, [0, 0, 1 / 3, 2 / 3, 1, 1, 1], rtol=1e-15)
    assert found.dtype == np.float64
    setting = built_setting("L10", 3.0, first=2025, last=2027)
    assert setting == Setting("L10", ((2025, 3.0 * (1 / 3)), (2026, 3.0 * (2 / 3)), (2027, 3.0)))


def test_the_share_of_mining_is_a_path_where_its_slope_is_declared(world: Inputs) -> None:
    driver = next(lever for lever in world.levers if lever.state_var == "rd_grp_pct")
    mining = replace(driver, state_var=MINING)
    declared = {MINING_PRIOR: next(iter(world.priors.values()))}
    assert has_path(mining, declared)
    assert not has_path(mining, {})
    assert not has_path(driver, declared)
