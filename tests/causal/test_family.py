"""Stepdown p-values against explicit refits over all sign patterns, their definition, and size by simulation."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from regional_econ._base.errors import EstimationError
from regional_econ.causal.family import Hypothesis, family, holm, romano_wolf
from regional_econ.causal.sample import Sample
from regional_econ.panel.fit import fit

HYPOTHESES = (Hypothesis("a", 0, (1, 2)), Hypothesis("b", 1, (0, 2)), Hypothesis("c", 2, (0,)))


def made(seed: int, *, regions: int = 7, years: int = 6, weighted: bool = True, slope: float = 0.3) -> Sample:
    """Three regressors with region and year effects; only the first one matters."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(regions, years, 3)) + rng.normal(size=(regions, 1, 3))
    X[:, :, 1] += 0.5 * X[:, :, 0]
    y = slope * X[:, :, 0] + rng.normal(size=(regions, years)).cumsum(axis=1) + rng.normal(size=(1, years))
    codes = np.repeat(np.arange(regions), years)
    year = np.tile(np.arange(years), regions)
    weights = np.repeat(rng.uniform(0.5, 2, regions), years) if weighted else np.ones(regions * years)
    keep = rng.uniform(size=regions * years) > 0.1
    names = tuple(f"R{k}" for k in range(regions))
    return Sample(
        y.ravel()[keep], X.reshape(-1, 3)[keep], ("a", "b", "c"), codes[keep], codes[keep], year[keep],
        2000 + year[keep], weights[keep] / weights.mean(), names, "region+year",
    )  # fmt: skip


def refitted(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    """|t| of each hypothesis and of all resamples, by weighted least squares with dummies written out."""
    root = np.sqrt(sample.weights)[:, None]
    dummies = np.column_stack([np.eye(sample.unit.max() + 1)[sample.unit], np.eye(sample.cell.max() + 1)[sample.cell]])
    regions = np.unique(sample.region)

    def t_value(y: np.ndarray, X: np.ndarray) -> float:
        inverse = np.linalg.pinv(X, rcond=1e-10)
        scores = (inverse[0] * (y - X @ (inverse @ y)))[None]
        spread = sum(scores[:, sample.region == region].sum() ** 2 for region in regions)
        return abs(float(inverse[0] @ y)) / np.sqrt(spread)

    y = sample.y * root[:, 0]
    observed, null = [], []
    for one in HYPOTHESES:
        X = np.column_stack([sample.X[:, [one.column, *one.others]], dummies]) * root
        restricted = X[:, 1:] @ (np.linalg.pinv(X[:, 1:], rcond=1e-10) @ y)
        residual = y - restricted
        observed.append(t_value(y, X))
        patterns = itertools.product([1.0, -1.0], repeat=len(regions))
        null.append([t_value(restricted + np.array(signs)[sample.region] * residual, X) for signs in patterns])
    return np.array(observed), np.array(null).T


def stepdown(observed: np.ndarray, null: np.ndarray) -> np.ndarray:
    """The definition: hypothesis by hypothesis from the largest statistic on."""
    left, found, last = set(range(len(observed))), np.zeros(len(observed)), 0.0
    while left:
        top = max(left, key=lambda k: observed[k])
        larger = null[:, sorted(left)].max(axis=1) >= observed[top] * (1 - 1e-9)
        last = found[top] = max(last, float(larger.mean()))
        left.remove(top)
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_all_sign_patterns_refitted(seed: int) -> None:
    sample = made(seed)
    result = family(sample, HYPOTHESES, draws=999)
    assert (result.enumerated, result.draws, result.n_clusters) == (True, 128, 7)
    observed, null = refitted(sample)
    np.testing.assert_allclose(np.abs(result.table["t"]), observed, rtol=1e-8)  # two algebras of the same sums
    np.testing.assert_array_equal(result.table["p_stepdown"], stepdown(observed, null))
    np.testing.assert_array_equal(result.table["p_value"], (null >= observed * (1 - 1e-9)).mean(axis=0))


def test_one_hypothesis_is_the_wild_bootstrap_of_the_panel_room() -> None:
    sample = made(3, regions=25, weighted=False)
    alone = family(sample, HYPOTHESES[:1], draws=999, seed=5).table.iloc[0]
    assert alone["p_stepdown"] == alone["p_value"] == alone["p_single_step"] == alone["p_holm"]
    index = pd.MultiIndex.from_arrays([sample.region, sample.year], names=["region", "year"])
    frame = pd.DataFrame(sample.X, index=index, columns=["a", "b", "c"]).assign(y=sample.y)
    from regional_econ.panel.inference import WildBootstrap

    rule = WildBootstrap(draws=999, seed=5, ties="all")
    reference = fit("y ~ a + b + c", frame, inference=rule).tidy().set_index("term").loc["a"]
    # 999 signs: the share, and (1 + larger)/(1 + draws)
    assert alone["p_value"] == pytest.approx((1 + 999 * reference["p_value"]) / 1000, abs=1e-12)
    assert alone["estimate"] == pytest.approx(reference["estimate"], rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_properties(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    null = np.abs(rng.normal(size=(199, size)) @ root)
    observed = np.abs(rng.normal(size=size) @ root)
    found = romano_wolf(observed, null)
    own = np.array([(1 + (null[:, k] >= observed[k]).sum()) / 200 for k in range(size)])
    order = np.argsort(-observed)
    assert (np.diff(found[order]) >= 0).all()
    assert (found >= own).all()
    # the union bound of the hypotheses not yet rejected, each counted with its resamples above the same statistic
    bound = [
        (1 + sum((null[:, other] >= observed[one]).sum() for other in order[k:])) / 200 for k, one in enumerate(order)
    ]
    assert (found[order] <= np.maximum.accumulate(bound) + 1e-12).all()
    shuffled = rng.permutation(size)
    np.testing.assert_array_equal(romano_wolf(observed[shuffled], null[:, shuffled]), found[shuffled])


def test_holm_is_statsmodels() -> None:
    p = np.random.default_rng(2).uniform(size=9)
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-12)
    # one that could not be estimated is still one of the family
    np.testing.assert_array_equal(holm(np.array([np.nan, 0.01])), [np.nan, 0.02])


def test_a_family_stands_once() -> None:
    with pytest.raises(EstimationError, match="each once"):
        family(made(1), (HYPOTHESES[0], HYPOTHESES[0]))


def test_weights_of_another_unit_change_nothing() -> None:
    sample = made(4)
    scaled = replace(sample, weights=7 * sample.weights, y=-3 * sample.y)
    first, second = (family(one, HYPOTHESES, draws=199).table["p_stepdown"] for one in (sample, scaled))
    pd.testing.assert_series_equal(first, second)


@pytest.mark.calibrate
def test_familywise_error_rate() -> None:
    """600 panels of 30 regions without any effect: at 5 % no more than three binomial errors above."""
    rejected = []
    for seed in range(600):
        table = family(made(1000 + seed, regions=30, slope=0.0), HYPOTHESES, draws=399, seed=seed).table
        rejected.append([(table["p_stepdown"] <= 0.05).any(), (table["p_value"] <= 0.05).any()])
    together, alone = np.mean(rejected, axis=0)
    assert together <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert alone > together
