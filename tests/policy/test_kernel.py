"""The compiled arithmetic piece by piece, against its equations written out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from regional_econ.policy.model import kernel
from regional_econ.policy.model.kernel import ASSETS, FLOW, POSTS, STOCK, DriverArrays, LeverArrays

YEARS = 6
PROGRAMME = np.array([0.0, 1.0, 2.0, 0.5, 0.0, 3.0])
BASE = np.array([10.0, 11.0, 12.0, 11.0, 10.0, 9.0])
NONE = np.zeros(5)


def level(
    kind: int, push: float, rate: Any, *, base: Any = BASE, flow: Any = BASE, programme: Any = PROGRAMME
) -> np.ndarray:
    found = np.full(len(base), np.nan)
    kernel.levels(kind, push, np.asarray(programme), np.asarray(base), np.asarray(flow), np.asarray(rate), found)
    return found


def test_a_flow_is_pushed_at_once() -> None:
    np.testing.assert_allclose(level(FLOW, 0.1, NONE), BASE * (1.0 + 0.1 * PROGRAMME), rtol=1e-15)


def test_a_stock_is_read_as_a_ratio_of_two_stocks() -> None:
    flow = np.array([3.0, 3.0, 4.0, 4.0, 5.0, 5.0])
    ages = np.subtract.outer(np.arange(YEARS), np.arange(YEARS))
    decay = np.where(ages >= 0, 0.8 ** np.maximum(ages, 0), 0.0)
    start = 20.0 * 0.8 ** np.arange(1, YEARS + 1)
    pushed, plain = (start + decay @ (flow * factor) for factor in (1.0 + 0.1 * PROGRAMME, np.ones(YEARS)))
    found = level(STOCK, 0.1, [0.2, 20.0, 0.0, 0.0, 0.0], flow=flow)
    np.testing.assert_allclose(found, BASE * pushed / plain, rtol=1e-14)  # sums of seven products


def test_posts_fill_and_are_left() -> None:
    # Stayers 0, 0, .32, 1.3056, .9792, .7344; wanted posts 0, 1.1, 2.4, .55, 0, 2.7; four in ten vacancies are filled.
    staff, expected = 0.0, []
    for wanted in (0.0, 1.1, 2.4, 0.55, 0.0, 2.7):
        stayers = 0.75 * staff
        staff = stayers + (0.4 * (wanted - stayers) if wanted > stayers else 0.0)
        expected.append(staff)
    found = level(POSTS, 0.1, [0.25, 0.4, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(found - BASE, expected, rtol=0, atol=1e-14)


C, D, KAPPA, R, G = 0.08, 0.02, 0.05, 0.6, 3.0


@pytest.mark.parametrize("programme", [PROGRAMME, [0.0, 4.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 10.0, 1.0, 0.0]])
def test_renewed_assets_make_up_their_share_and_wear_again(programme: Any) -> None:
    wear, pushed = np.full(YEARS, 50.0), 0.1 * np.asarray(programme)
    growth = 1.0 + C - D
    net, gross = np.zeros(YEARS), np.zeros(YEARS)
    for t in range(YEARS):  # what is left of any earlier year's renewal, or what the programme holds
        net[t] = max(pushed[s] * ((1.0 - KAPPA) / growth) ** (t - s) for s in range(t + 1))
        gross[t] = max((1.0 - R) * pushed[s] * ((1.0 - D) / growth) ** (t - s) for s in range(t + 1))
    own = 1.0 - (wear + G) / 100.0
    expected = np.maximum(wear - 100.0 * (np.minimum((own + net) / (1.0 + gross), 1.0) - own), 0.0)
    found = level(ASSETS, 0.1, [C, D, KAPPA, R, G], base=wear, programme=programme)
    np.testing.assert_allclose(found, np.where(net > 0.0, expected, wear), rtol=1e-13)
    assert (found >= 0.0).all()


def test_assets_are_new_at_most() -> None:
    """n⁰ = 1 − (x⁰ + g)/100 and the net share end at one: of all assets renewed, g points of wear remain or lack."""
    rate = [0.0, 0.0, 0.0, 1.0, -3.0]
    for programme in (1.0, 5.0):
        assert level(ASSETS, 1.0, rate, base=[20.0], programme=[programme]).tolist() == pytest.approx([3.0])
    assert level(ASSETS, 1.0, rate, base=[2.0], programme=[5.0]).tolist() == [2.0]
    rate[4] = 3.0
    assert level(ASSETS, 1.0, rate, base=[20.0], programme=[5.0]).tolist() == [0.0]


def levers(rule: list[int], group: list[int], lag: list[int], years: int = 3) -> LeverArrays:
    return LeverArrays(
        driver=np.array([0, 0, 1]), group=np.array(group), rule=np.array(rule), reach=np.array([1.0, 2.0, 1.0]),
        lag=np.array([lag]), gain=np.array([[1.5, 1.0, 2.0]]), kept=np.linspace(0.4, 1.0, years)[None],
    )  # fmt: skip


def arrivals(lever: LeverArrays, funded: np.ndarray) -> np.ndarray:
    programme = np.full((2, funded.shape[1]), np.nan)
    kernel.programmes(funded, lever, 0, np.full(funded.shape, np.nan), programme)
    return programme


@pytest.mark.parametrize("rule", [0, 1, 2])
def test_what_levers_fund_arrives_late_and_overlaps(rule: int) -> None:
    """Levers 0 and 1 reach the same people, lever 2 adds to what it finds; lever 1 delivers a year later."""
    funded = np.array([[0.5, 0.5, 2.0], [1.0, 0.5, 0.0], [0.3, 0.0, 0.6]])
    found = arrivals(levers([rule, rule, 0], [0, 0, 1], [0, 1, 0]), funded)
    kept = np.array([0.4, 0.7, 1.0])
    first, second = funded[0] * kept, np.array([0.0, *(funded[1] * kept)[:-1]])
    cover = np.minimum([first, second / 2.0], 1.0)
    total = cover.sum(axis=0)
    share = [np.ones(3), (1.0 - (1.0 - cover).prod(axis=0)) / total, cover.max(axis=0) / total][rule]
    np.testing.assert_allclose(found[0], (1.5 * first + second) * share, rtol=1e-14)
    np.testing.assert_allclose(found[1], 2.0 * funded[2] * kept, rtol=1e-14)


def test_a_lever_alone_in_its_group_loses_nothing() -> None:
    funded = np.array([[0.5, 0.2, 0.9], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    plain = arrivals(levers([0, 0, 0], [0, 0, 1], [0, 0, 0]), funded)
    for rule in (1, 2):
        np.testing.assert_allclose(arrivals(levers([rule] * 3, [0, 0, 1], [0, 0, 0]), funded), plain, rtol=1e-15)


def driver(
    *, logs: bool, domain: list[float], phi: float, weights: list[float], theta: float = 0.0, base: float = 10.0
) -> DriverArrays:
    return DriverArrays(
        kind=np.array([FLOW]), push=np.array([0.1]), logs=np.array([logs]), knee=np.array([12.0]),
        centre=np.array([0.2]), domain=np.array([domain]), fall=np.array([np.exp(-domain[2])]),
        rise=np.array([np.exp(domain[3])]), epsilon=np.array([[0.5]]), phi=np.array([[phi]]),
        theta=np.array([[theta]]), weights=np.array([[weights]]), rate=np.zeros((1, 1, 5)),
        base=np.full((1, 1, 4), base), flow=np.ones((1, 1, 4)),
    )  # fmt: skip


def responded(world: DriverArrays, level: np.ndarray) -> dict[str, np.ndarray]:
    """Moved, change, outside and effect of one driver; what the arrays held before does not matter.

    What a change brings in the end is the same from the arithmetic of one year alone.
    """
    found = {name: np.full(4, 99.0) for name in ("moved", "change", "outside", "effect")}
    base, push = world.base[0, 0], world.push[0]
    programme = (level / base - 1.0) / push
    kernel.respond(world, 0, 0, programme, level, *found.values())
    response = (0.2 + 0.3 * (1.0 + found["outside"])) * found["change"]
    alone = [
        kernel.response(
            t, FLOW, push, world.logs[0], world.domain[0], world.fall[0], world.rise[0], world.knee[0],
            world.theta[0, 0], 0.5, 0.2, programme, level, base,
        )
        for t in range(4)
    ]  # fmt: skip
    np.testing.assert_allclose(alone, response, rtol=1e-12, atol=1e-14)
    return found


def test_an_excess_over_the_window_inflates_what_is_unsure() -> None:
    """Rises of 10, 30, 30 and 90 % in logs: over two years 10, 30, 20 and 60, of which 25 were seen; a fall of 20."""
    world = driver(logs=True, domain=[1.0, 99.0, 0.1, 0.25, 2.0], phi=0.5, weights=[1.0])
    change = np.array([0.1, 0.3, 0.3, 0.9])
    found = responded(world, 10.0 * np.exp(change))
    excess = np.array([0.0, 0.2, 0.0, 1.4])
    np.testing.assert_allclose(found["moved"], change, rtol=1e-14)
    np.testing.assert_allclose(found["outside"], excess, rtol=0, atol=1e-14)
    response = (0.2 + 0.3 * (1.0 + excess)) * change
    expected = [sum(0.5 ** (1 + t - s) * response[s] for s in range(t + 1)) for t in range(4)]
    np.testing.assert_allclose(found["effect"], expected, rtol=1e-13)
    fallen = responded(world, 10.0 * np.exp(np.array([0.3, 0.1, 0.1, 0.1])))
    np.testing.assert_allclose(fallen["outside"], [0.2, 0.0, 1.0, 0.0], rtol=0, atol=1e-13)


def test_an_excess_over_the_levels_counts_in_spans_of_the_domain() -> None:
    """Levels 8, 12, 15 and 25 where 9 to 14 were seen: one, none, one and eleven beyond, in fifths."""
    world = driver(logs=False, domain=[9.0, 14.0, 99.0, 99.0, 2.0], phi=-1.0, weights=[0.25, 0.0, 0.75])
    found = responded(world, np.array([8.0, 12.0, 15.0, 25.0]))
    excess = np.array([0.2, 0.0, 0.2, 2.2])
    np.testing.assert_allclose(found["change"], [-2.0, 2.0, 5.0, 15.0])
    np.testing.assert_allclose(found["outside"], excess, rtol=0, atol=1e-14)
    response = (0.2 + 0.3 * (1.0 + excess)) * found["change"]
    expected = 0.25 * response + 0.75 * np.array([0.0, 0.0, *response[:2]])
    np.testing.assert_allclose(found["effect"], expected, rtol=1e-13)


@pytest.mark.parametrize(("base", "excess"), [(15.0, [0.0, 0.2, 1.0, 0.6]), (8.0, [0.2, 1.6, 2.4, 0.0])])
def test_a_baseline_outside_by_itself_is_no_excess(base: float, excess: list[float]) -> None:
    """Seen were 9 to 14: a baseline of 15 is exceeded from 15 on, one of 8 below 8 and above 14."""
    world = driver(logs=False, domain=[9.0, 14.0, 99.0, 99.0, 2.0], phi=0.0, weights=[1.0], base=base)
    found = responded(world, np.array({15.0: [14.0, 16.0, 20.0, 18.0], 8.0: [7.0, 22.0, 26.0, 8.0]}[base]))
    np.testing.assert_allclose(found["outside"], excess, rtol=0, atol=1e-14)


def test_returns_of_a_driver_in_points_do_not_decrease() -> None:
    world = driver(logs=False, domain=[1.0, 99.0, 99.0, 99.0, 2.0], phi=0.0, weights=[1.0], theta=0.4)
    found = responded(world, np.array([11.0, 12.0, 18.0, 30.0]))
    np.testing.assert_allclose(found["change"], [1.0, 2.0, 8.0, 20.0], rtol=1e-14)


def test_returns_decrease_above_the_knee() -> None:
    world = driver(logs=True, domain=[1.0, 99.0, 9.0, 9.0, 2.0], phi=0.0, weights=[1.0], theta=0.4)
    found = responded(world, np.array([11.0, 12.0, 18.0, 10.0]))
    expected = [np.log(1.1), np.log(1.2), np.log(1.8) - 0.4 * np.log(1.5), 0.0]
    np.testing.assert_allclose(found["change"], expected, rtol=1e-14)
    np.testing.assert_allclose(found["moved"], np.log([1.1, 1.2, 1.8, 1.0]), rtol=1e-14)
    np.testing.assert_allclose(found["effect"], 0.5 * np.array(expected), rtol=1e-14)


def test_drivers_together_bring_more_by_their_products() -> None:
    effects = np.array([0.3, -0.1, 0.6])
    pairs = 0.3 * -0.1 + 0.3 * 0.6 + -0.1 * 0.6
    assert kernel.together(effects, 0.5) == pytest.approx(0.8 + 0.5 * pairs / 1.0, rel=1e-14)
    assert kernel.together(effects, 0.0) == pytest.approx(0.8, rel=1e-14)
    assert kernel.together(np.zeros(3), 0.5) == 0.0
