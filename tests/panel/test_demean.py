"""Effects taken out on every route against least squares on written dummies, ranks, singletons, memory, refusals."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regional_econ._base.errors import EstimationError
from regional_econ.panel import demean
from regional_econ.panel.demean import Codes, Floats, effect_rank, effect_values, singletons, within
from regional_econ.panel.fit import fit

ROUTES = {"table": (10**7, 2000), "sparse": (0, 2000), "gradients": (0, 0)}  # largest table, largest direct system


def coded(values: np.ndarray) -> Codes:
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def dummies(effects: tuple[Codes, ...]) -> Floats:
    return np.column_stack([np.eye(int(codes.max()) + 1)[codes] for codes in effects])


def graph(kind: str, rng: np.random.Generator) -> tuple[Codes, Codes]:
    match kind:
        case "balanced":
            first, second = np.divmod(np.arange(12 * 7), 7)
        case "holes":
            first, second = np.divmod(np.flatnonzero(rng.random(12 * 7) < 0.5), 7)
        case "random":
            first, second = rng.integers(0, 40, 300), rng.integers(0, 30, 300)
        case "parts":  # two that never meet
            first, second = rng.integers(0, 10, 120), rng.integers(0, 6, 120)
            first, second = np.append(first, 10 + first), np.append(second, 6 + second)
        case "chain":  # the worst there is for iterations: each level meets its two neighbours
            first = np.repeat(np.arange(60), 4)
            second = first + np.tile([0, 1, 0, 1], 60)
        case "nested":
            first, second = np.repeat(np.arange(20), 3), np.repeat(np.arange(5), 12)
        case _:  # one level
            first, second = rng.integers(0, 20, 100), np.zeros(100, dtype=int)
    return coded(first), coded(second)


@pytest.mark.filterwarnings("error")  # numpy warns of memory that was never set
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", ["balanced", "holes", "random", "parts", "chain", "nested", "one level"])
def test_every_route_is_least_squares_on_the_dummies(
    kind: str, route: str, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, limit in zip(("_TABLE", "_SYSTEM"), ROUTES[route], strict=True):
        monkeypatch.setattr(demean, name, limit)
    rng = np.random.default_rng(3)
    effects = graph(kind, rng)
    n = len(effects[0])
    weights = 10 ** rng.uniform(-3, 3, n) if weighted else np.ones(n)
    values = 100 + rng.normal(size=(n, 20)) + 5 * effects[0][:, None]  # more columns than one block of them
    values[:, 7] = 0.0
    root = np.sqrt(weights)[:, None]
    D = dummies(effects)
    expected = values - D @ np.linalg.lstsq(D * root, values * root, rcond=None)[0]
    # 1e-12 of the column is the contract; the dense solution of weights that differ a millionfold is no better
    scale = np.abs(values).max()
    for order in (effects, effects[::-1]):
        left = within(values, order, weights)
        np.testing.assert_allclose(left, expected, rtol=0, atol=1e-12 * scale)
        assert not left[:, 7].any(), "nothing stays nothing beside other columns"
    explained = (values - expected)[:, 0]
    major, minor = effect_values(explained, effects, weights)
    np.testing.assert_allclose(major[effects[0]] + minor[effects[1]], explained, rtol=0, atol=1e-11 * scale)
    centred = minor[effects[1]] if len(minor) <= len(major) else major[effects[0]]
    assert abs(weights @ centred) < 1e-9 * weights.sum() * scale


def test_the_routes_give_the_same_effects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that never meet have no common height; every route takes the same one."""
    effects = graph("parts", np.random.default_rng(3))
    heights = np.random.default_rng(1).normal(size=32)
    explained = heights[:20][effects[0]] + heights[20:][effects[1]]
    found = {}
    for route, limits in ROUTES.items():
        monkeypatch.setattr(demean, "_TABLE", limits[0])
        monkeypatch.setattr(demean, "_SYSTEM", limits[1])
        found[route] = np.concatenate(effect_values(explained, effects, np.ones(len(explained))))
    np.testing.assert_allclose(found["sparse"], found["table"], atol=1e-12)
    np.testing.assert_allclose(found["gradients"], found["table"], atol=1e-12)


def test_many_levels_of_both_effects_need_no_table() -> None:
    """30,000 × 20,000 levels: 4.8 GB as a table; the normal equations hold to rounding and memory stays small."""
    rng = np.random.default_rng(0)
    effects = coded(rng.integers(0, 30_000, 150_000)), coded(rng.integers(0, 20_000, 150_000))
    values = np.asfortranarray(rng.normal(size=(150_000, 2)) + 3)
    tracemalloc.start()
    left = within(values, effects, np.ones(150_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    for codes in effects:
        sums = np.column_stack([np.bincount(codes, column) for column in left.T])
        assert np.abs(sums).max() < 1e-11  # of sums of ten numbers of size one; 1e-13 of the length is 4e-11
    assert peak < 60e6
    again = within(left, effects, np.ones(150_000))
    np.testing.assert_allclose(again, left, rtol=0, atol=1e-12)


@pytest.mark.parametrize("effects", [(), (0,), (0, 1)])
def test_overwrite_works_in_place_and_nothing_else_does(effects: tuple[int, ...]) -> None:
    both = graph("balanced", np.random.default_rng(2))
    codes, ones = tuple(both[place] for place in effects), np.ones(len(both[0]))
    for order in ("C", "F"):
        values = np.array(np.random.default_rng(1).normal(size=(len(ones), 3)), order=order)
        kept = values.copy()
        left = within(values, codes, ones)
        np.testing.assert_array_equal(values, kept)
        assert left.flags.f_contiguous
        assert not np.shares_memory(left, values)
        written = within(values, codes, ones, overwrite=True)
        np.testing.assert_array_equal(written, left)
        assert np.shares_memory(written, values) == (order == "F")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_order_and_labels_of_the_rows_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    effects = graph("random", rng)
    values, weights = rng.normal(size=(300, 2)), rng.uniform(0.1, 3, 300)
    left = within(values, effects, weights)
    order = rng.permutation(300)
    renamed = tuple(rng.permutation(int(codes.max()) + 1)[codes][order] for codes in effects)
    np.testing.assert_allclose(within(values[order], renamed, weights[order]), left[order], rtol=0, atol=1e-12)
    assert effect_rank(renamed) == effect_rank(effects) == np.linalg.matrix_rank(dummies(effects))


@pytest.mark.parametrize("kind", ["balanced", "holes", "random", "parts", "chain", "nested", "one level"])
def test_rank_and_singletons_by_hand(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    effects = graph(kind, np.random.default_rng(4))
    assert effect_rank(effects) == np.linalg.matrix_rank(dummies(effects))
    monkeypatch.setattr(demean, "_TABLE", 0)
    assert effect_rank(effects) == np.linalg.matrix_rank(dummies(effects))
    left = np.arange(len(effects[0]))
    while True:
        fine = [i for i in left if all((codes[left] == codes[i]).sum() > 1 for codes in effects)]
        if len(fine) == len(left):
            break
        left = np.array(fine, dtype=int)
    np.testing.assert_array_equal(np.flatnonzero(~singletons(effects)), left)


@pytest.mark.parametrize("levels", [6, 1])
def test_a_row_next_to_nothing_changes_no_other(levels: int) -> None:
    """Two parts that one row of next to no weight ties together: the others are as if it were not there.

    Below 1e-15 of its levels no sum shows it; at 1e-14 the system is singular to rounding in about one case of ten.
    """
    for seed in range(30):
        rng = np.random.default_rng(seed)
        first = coded(np.append(rng.integers(0, 20, 200), 20 + rng.integers(0, 20, 200)))
        second = coded(np.append(rng.integers(0, 10, 200), 10 + rng.integers(0, levels, 200)))
        values = 3 + rng.normal(size=(401, 2))
        alone = within(values[:-1], (first, second), np.ones(400))
        tied = np.append(first, 0), np.append(second, second.max())
        for weight in (1e-13, 1e-14, 1e-16, 1e-30):
            left = within(values, tied, np.append(np.ones(400), weight))
            np.testing.assert_allclose(left[:-1], alone, rtol=0, atol=1e-12)


def test_gradients_that_do_not_arrive_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, limit in (("_TABLE", 0), ("_SYSTEM", 0), ("_STEPS", 2)):
        monkeypatch.setattr(demean, name, limit)
    effects = graph("chain", np.random.default_rng(0))
    with pytest.raises(EstimationError, match="61 and 60 levels hang together"):
        within(np.random.default_rng(1).normal(size=(240, 1)), effects, np.ones(240))


def test_labels_of_years_far_apart_change_nothing() -> None:
    rng = np.random.default_rng(11)
    index = pd.MultiIndex.from_product([list("abcdef"), range(2000, 2008)], names=["region", "year"])
    frame = pd.DataFrame(rng.normal(size=(48, 2)), columns=["y", "x"], index=index).sample(40, random_state=2)
    apart = frame.rename(index=lambda year: year * 10**9 - 10**12, level=1)
    expected, found = (fit("y ~ x", one) for one in (frame, apart))
    pd.testing.assert_series_equal(found.params, expected.params)
    pd.testing.assert_frame_equal(found.covariance, expected.covariance)
