"""Levels, trends and years are taken out exactly: what is left is what a regression on all dummies leaves."""

from __future__ import annotations

import numpy as np
import pytest

from regional_econ.causal.axes import Choices, Scale, Weighting
from regional_econ.causal.cells import cell_sample
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.sweep import sweep_effects
from regional_econ.core.panel import Panel


@pytest.mark.parametrize(("scale", "weights"), [("ln", "none"), ("logit", "precision"), ("logit", "employment")])
@pytest.mark.parametrize("lag", [0, 3])
def test_trends_agree_with_dummies(
    official: Panel, declared: Multiverse, scale: Scale, weights: Weighting, lag: int
) -> None:
    choices = Choices("oslo3", scale, weights, lag, "region_trend+year", "", "all", "newest")
    sample = cell_sample(official, declared, choices)
    left, n_units, rank = sweep_effects(sample, np.column_stack([sample.X, sample.y]))
    units = np.eye(n_units)[sample.unit]
    years = np.eye(sample.cell.max() + 1)[sample.cell]
    dummies = np.column_stack([units, units * (sample.year - sample.year.mean())[:, None], years])
    root = np.sqrt(sample.weights)[:, None]
    columns = np.column_stack([sample.X, sample.y])
    beta = np.linalg.lstsq(dummies * root, columns * root, rcond=1e-10)[0]
    # Least squares on 180 dummies keeps about twelve digits of columns of size one.
    np.testing.assert_allclose(left, columns - dummies @ beta, atol=1e-9)
    assert n_units + rank == np.linalg.matrix_rank(dummies * root, rtol=1e-9)
