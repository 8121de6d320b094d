"""A model that is right has skill one, one that says nothing none; terms of method take what they should only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from regional_econ._base.errors import DataError
from regional_econ.policy.record.replay import (
    FORECASTERS,
    Forecaster,
    Quantity,
    QuantityScale,
    Replay,
    Track,
    in_units,
    replay,
)
from regional_econ.policy.record.scoring import skill, theil

YEARS = tuple(range(2003, 2023))
R, START = 40, 2012


def quantity(
    levels: np.ndarray, known: np.ndarray, *, breaks: tuple[int, ...] = (), scale: QuantityScale = "points"
) -> Quantity:
    """Levels with a model that knows the yearly changes ``known`` (R, Y)."""
    total = np.cumsum(known, axis=1)
    paths = {
        year: np.where(np.arange(len(YEARS)) < at, np.nan, total - total[:, [at]])
        for at, year in enumerate(YEARS)
        if year <= START
    }
    return Quantity("wear_pct", scale, tuple(f"R{i}" for i in range(len(levels))), YEARS, levels, breaks, paths,
                    np.zeros_like(levels))  # fmt: skip


def walk(seed: int, *, driver: float, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Levels and the part of their yearly changes that the drivers bring."""
    rng = np.random.default_rng(seed)
    known = rng.normal(0.0, driver, (R, len(YEARS)))
    return 50.0 + np.cumsum(known + rng.normal(0.0, noise, known.shape), axis=1), known


def absolute(found: Replay) -> dict[str, float]:
    errors = found.errors()
    return errors["error"].abs().groupby(errors["forecaster"]).mean().to_dict()


def test_a_perfect_model_has_skill_one() -> None:
    levels, known = walk(1, driver=1.0, noise=0.0)
    found = replay(quantity(levels, known), start=START, end=2022)
    mean = absolute(found)
    assert mean["model"] == pytest.approx(0.0, abs=1e-9)
    assert skill(mean["model"], mean["naive"]) == pytest.approx(1.0)
    predicted, observed, there = found.changes("model")
    assert theil(predicted[there], observed[there]).mse == pytest.approx(0.0, abs=1e-18)


def test_a_model_that_says_nothing_is_the_naive_one() -> None:
    levels, known = walk(2, driver=1.0, noise=0.5)
    found = replay(quantity(levels, 0.0 * known), start=START, end=2022)
    mean = absolute(found)
    assert skill(mean["model"], mean["naive"]) == 0.0
    np.testing.assert_array_equal(found.quantiles("model"), found.quantiles("naive"))
    assert mean["drift"] > mean["naive"], "there is no drift in this world"


def test_spreads_are_those_of_earlier_errors_and_cover() -> None:
    levels, known = walk(3, driver=1.0, noise=0.5)
    found = replay(quantity(levels, known), start=START, end=2022)
    # A random walk's errors after h years have sd .5√h and √(1.25 h); medians of 40 regions × some starts: 15 %.
    ahead = np.sqrt(np.arange(1, 11))
    np.testing.assert_allclose(found.tracks["model"].sd[0], 0.5 * ahead, rtol=0.15)
    np.testing.assert_allclose(found.tracks["naive"].sd[0], np.sqrt(1.25) * ahead, rtol=0.15)
    errors = found.errors()
    covered = errors[errors["forecaster"] == "model"][["covered80", "covered95"]].mean()
    assert covered["covered80"] == pytest.approx(0.80, abs=0.08)  # 40 independent paths of ten dependent years
    assert covered["covered95"] == pytest.approx(0.95, abs=0.05)


def test_doubt_about_the_model_adds_to_its_variance_alone() -> None:
    levels, known = walk(4, driver=1.0, noise=0.5)
    plain = quantity(levels, known)
    doubted = replay(replace(plain, doubt=np.full_like(levels, 4.0)), start=START, end=2022)
    sure = replay(plain, start=START, end=2022)
    np.testing.assert_allclose(doubted.tracks["model"].sd ** 2 - sure.tracks["model"].sd ** 2, 4.0)
    np.testing.assert_array_equal(doubted.tracks["naive"].sd, sure.tracks["naive"].sd)


def test_a_change_of_method_gets_a_term_that_leaves_its_own_region_out() -> None:
    levels, known = walk(5, driver=1.0, noise=0.0)
    jump = np.where(np.array(YEARS) >= 2017, 5.0, 0.0) * np.ones((R, 1))
    jump[0] *= 3.0
    found = replay(quantity(levels + jump, known, breaks=(2017,)), start=START, end=2022)
    terms = found.tracks["model"].terms
    assert (terms[:, :4] == 0.0).all()
    np.testing.assert_allclose(terms[:, 4:], 5.0, atol=1e-9)
    errors = found.errors()
    own = errors[(errors["forecaster"] == "model") & (errors["region"] == "R0")].set_index("year")["error"]
    np.testing.assert_allclose(own.loc[2017:], 10.0, atol=1e-9)
    predicted, observed, _ = found.changes("model")
    np.testing.assert_allclose(observed[1] - predicted[1], 0.0, atol=1e-9)
    np.testing.assert_allclose(observed[1], levels[1, 10:] - levels[1, 9], atol=1e-9)


def test_a_regions_own_jump_has_no_say_in_its_term() -> None:
    levels = np.full((3, len(YEARS)), 50.0)
    levels[:, YEARS.index(2017) :] += np.array([[0.0], [10.0], [20.0]])
    found = replay(quantity(levels, 0.0 * levels, breaks=(2017,)), start=START, end=2022)
    np.testing.assert_allclose(found.tracks["model"].terms[:, -1], [15.0, 10.0, 5.0])
    # The two others lie 5, 10 and 5 from their median: a normal law with that median deviation has it / .6745 as sd.
    np.testing.assert_allclose(found.tracks["model"].sd[:, -1], np.array([5.0, 10.0, 5.0]) / stats.norm.ppf(0.75))


def test_figures_under_both_methods_set_the_term_without_the_years_own_change() -> None:
    levels, known = walk(6, driver=0.0, noise=0.0)
    after = np.array(YEARS) >= 2017
    older = np.full_like(levels, np.nan)
    older[:, YEARS.index(2017)] = levels[:, YEARS.index(2017)] + 2.0  # all regions rise by two in that very year
    moved = levels + after * (2.0 + 5.0)
    plain = quantity(moved, known, breaks=(2017,))
    both = replay(replace(plain, older=older), start=START, end=2022)
    np.testing.assert_allclose(both.tracks["naive"].terms[:, 4:], 5.0, atol=1e-9)
    alone = replay(plain, start=START, end=2022)
    np.testing.assert_allclose(alone.tracks["naive"].terms[:, 4:], 7.0, atol=1e-9)


def test_later_figures_reach_neither_points_nor_spreads() -> None:
    levels, known = walk(7, driver=1.0, noise=0.5)
    late = np.array(YEARS) > START
    first = replay(quantity(levels, known), start=START, end=2022)
    second = replay(quantity(np.where(late, 9.0 * levels, levels), known), start=START, end=2022)
    for name in FORECASTERS:
        np.testing.assert_array_equal(first.tracks[name].point, second.tracks[name].point)
        np.testing.assert_array_equal(first.tracks[name].sd, second.tracks[name].sd)


@pytest.mark.parametrize("regions", [5, R])
def test_across_a_change_of_method_only_the_others_figures_of_that_year_are_taken(regions: int) -> None:
    levels, known = (values[:regions] for values in walk(7, driver=1.0, noise=0.5))
    years = np.array(YEARS)

    def tracks(changed: np.ndarray) -> Mapping[Forecaster, Track]:
        return replay(quantity(changed, known, breaks=(2017,)), start=START, end=2022).tracks

    own, up, down = levels.copy(), levels.copy(), levels.copy()
    own[0, years > START] *= 9.0
    up[0, years == 2017] += 8.0
    down[0, years == 2017] -= 8.0
    far = np.where((years > START) & ~np.isin(years, (2016, 2017)), 9.0 * levels, levels)
    shifted = levels + np.where(years >= 2017, 5.0, 0.0)
    wider = levels + np.where(years >= 2017, 30.0, 0.0) * np.linspace(-1.0, 1.0, regions)[:, None]
    plain = tracks(levels)
    for name in FORECASTERS:
        for part in ("point", "sd"):
            before = getattr(plain[name], part)
            for changed in (own, up, down):
                after = getattr(tracks(changed)[name], part)
                np.testing.assert_array_equal(after[0], before[0], "a region's own later figures")
            np.testing.assert_array_equal(getattr(tracks(far)[name], part), before, "years away from the change")
        moved = tracks(shifted)[name]
        np.testing.assert_allclose(moved.point[:, 4:], plain[name].point[:, 4:] + 5.0, atol=1e-9)
        np.testing.assert_array_equal(moved.point[:, :4], plain[name].point[:, :4])
        np.testing.assert_allclose(moved.sd, plain[name].sd, rtol=1e-9)  # the same jump everywhere is no spread
        spread = tracks(wider)[name].sd
        assert (spread[:, 4:] > plain[name].sd[:, 4:]).all()
        np.testing.assert_array_equal(spread[:, :4], plain[name].sd[:, :4])


def test_units_of_errors_and_a_quantity_without_figures() -> None:
    assert in_units(np.array(0.5), "log") == 50.0
    assert in_units(np.array(3.0), "points") == 3.0
    assert in_units(np.array(0.0), "logit") == pytest.approx(50.0)
    levels, known = walk(8, driver=1.0, noise=0.5)
    with pytest.raises(DataError, match="no region"):
        replay(quantity(np.full_like(levels, np.nan), known), start=START, end=2022)
    found = replay(quantity(levels, known), start=START, end=2022)
    middle, high = found.quantiles("model")[10, 0, 0], found.quantiles("model")[20, 0, 0]
    assert high - middle == pytest.approx(stats.norm.ppf(0.975) * found.tracks["model"].sd[0, 0])
