"""Bounds against enumeration of all extremes."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import gram_blocks, solve_one
from regional_econ.causal.sample import Sample
from regional_econ.causal.selection_bounds import coefficient_bounds, outcome_bounds
from regional_econ.core.panel import Panel


def made(seed: int) -> Sample:
    rng = np.random.default_rng(seed)
    codes, year = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    X = rng.normal(size=(24, 3))
    weights = np.repeat(rng.uniform(0.5, 2, 6), 4)
    y = X @ np.array([0.5, 1.0, 0.0]) + rng.normal(size=24)
    return Sample(y, X, ("d", "x", "z"), codes, codes, year, 2000 + year, weights, tuple("abcdef"), "region+year")


@pytest.mark.parametrize("seed", range(4))
def test_coefficients_over_all_extremes(seed: int) -> None:
    sample = made(seed)
    rng = np.random.default_rng(50 + seed)
    gaps = rng.permutation(24)[:6]
    low, high = sample.y - rng.uniform(0, 1, 24), sample.y + rng.uniform(0, 1, 24)
    values = []
    for ends in itertools.product([0, 1], repeat=6):
        y = sample.y.copy()
        y[gaps] = np.where(ends, high[gaps], low[gaps])
        values.append(solve_one(gram_blocks(replace(sample, y=y)), (0, 1, 2)).coef[0])
    missing = np.isin(np.arange(24), gaps)
    hidden = replace(sample, y=np.where(missing, np.nan, sample.y))
    found = outcome_bounds(hidden, 0, [1, 2], missing, low, high)
    assert found.low == pytest.approx(min(values), rel=1e-9)
    assert found.high == pytest.approx(max(values), rel=1e-9)
    # values between the ends stay inside
    for _ in range(20):
        y = sample.y.copy()
        y[gaps] = rng.uniform(low[gaps], high[gaps])
        inside = solve_one(gram_blocks(replace(sample, y=y)), (0, 1, 2)).coef[0]
        assert found.low <= inside <= found.high


def test_nothing_missing_is_the_estimate() -> None:
    sample = made(1)
    found = outcome_bounds(sample, 0, [1], np.zeros(24, dtype=bool), sample.y, sample.y)
    assert found.low == pytest.approx(solve_one(gram_blocks(sample), (0, 1)).coef[0], rel=1e-9)
    assert found.high == found.low


def test_cells_hidden_on_purpose(planted: object, declared: Multiverse) -> None:
    """Eight outcomes of a planted panel are hidden: the bounds hold the estimate that saw them, and few R&D cells."""
    panel = planted(0.3, lag=1, seed=2)  # type: ignore[operator]
    everything = coefficient_bounds(panel, declared, "rd_grp_pct")
    assert everything.outcome.n_missing == 0
    assert everything.outcome.low == pytest.approx(everything.complete, rel=1e-9)
    assert np.isnan(everything.driver_low)
    frame = panel.frame.copy()
    for k, year in enumerate(range(2008, 2016)):
        frame.loc[(f"R{k:02d}", year), "innovation_activity_pct"] = np.nan
        frame.loc[(f"R{k + 20:02d}", year), "rd_grp_pct"] = np.nan
    hidden = coefficient_bounds(replace(panel, frame=frame), declared, "rd_grp_pct")
    assert hidden.outcome.n_missing == 8
    assert hidden.n_driver_missing == 8
    assert hidden.outcome.low < everything.complete < hidden.outcome.high
    assert hidden.outcome.low < hidden.complete < hidden.outcome.high
    assert min(hidden.driver_low, hidden.driver_high) < hidden.complete


def test_official_cells(official: Panel, declared: Multiverse) -> None:
    found = coefficient_bounds(official, declared, "rd_grp_pct")
    narrow = coefficient_bounds(official, declared, "rd_grp_pct", outcome_quantiles=(0.25, 0.75))
    # Chechnya 2008 and 2009: all drivers of the year before, and no outcome
    assert found.outcome.n_missing == narrow.outcome.n_missing == 2
    assert found.outcome.low <= narrow.outcome.low <= narrow.outcome.high <= found.outcome.high


def test_a_range_upside_down_is_refused() -> None:
    sample = made(1)
    with pytest.raises(EstimationError, match="upside down"):
        outcome_bounds(sample, 0, [1], np.ones(24, dtype=bool), sample.y + 1, sample.y)
