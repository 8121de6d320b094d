"""Histories change regions jointly: a permuted column is what a plain regression sees, and noise is not found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ.causal.axes import Choices
from regional_econ.causal.cells import cell_sample
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.joint_permutation import JointPermutation, cell_draws, joint_permutation, permutations
from regional_econ.causal.kernel import mask_of
from regional_econ.causal.multiverse import run
from regional_econ.core.panel import Panel
from regional_econ.panel.fit import fit


@pytest.fixture(scope="module")
def small(alone_of: Callable[[str], Multiverse]) -> Multiverse:
    """Four cells of one driver."""
    declared = alone_of("rd_grp_pct")
    eras = (replace(declared.era("oslo3"), lags=(1,)),)
    few = declared.effects[:2]
    return replace(declared, eras=eras, effects=few, weights=("none",), samples=declared.samples[:1])


def permuted(panel: Panel, declared: Multiverse, reps: int, seed: int) -> JointPermutation:
    found = run(panel, declared, focal_region="R00")
    return joint_permutation(panel, declared, found, "rd_grp_pct", reps=reps, seed=seed)


def test_a_permuted_history_is_what_a_plain_regression_sees(official: Panel, declared: Multiverse) -> None:
    choices = Choices("oslo3", "logit", "precision", 1, "region+year", "", "all", "newest")
    sample = cell_sample(official, declared, choices)
    complete = np.bincount(sample.region, minlength=len(sample.regions)) == 11
    sources = permutations(complete, np.zeros(len(complete), dtype=np.int64), reps=1, seed=1)
    coef, t = cell_draws(sample, 0, (1, 2, 3), [mask_of((2,))], sources)
    index = pd.MultiIndex.from_arrays([sample.region, sample.year], names=["region", "year"])
    frame = pd.DataFrame(sample.X, index=index, columns=[f"x{k}" for k in range(sample.X.shape[1])])
    frame = frame.assign(y=sample.y, w=sample.weights)
    drawn = fit("x0 ~ x1 + x2 + x3", frame, weights="w")
    rest = pd.Series(drawn.native.solution.residuals, index=index)
    taken = {
        (place, year): rest[sources[1, place], year] if complete[place] else rest[place, year] for place, year in index
    }
    fitted = frame["x0"] - rest
    for column, b in ((frame["x0"], 0), (fitted + pd.Series(taken), 1)):
        plain = fit("y ~ x0 + x2", frame.assign(x0=column), weights="w")
        # both solve the same least squares in double precision
        np.testing.assert_allclose(coef[0, b], plain.params["x0"], rtol=1e-8)
        np.testing.assert_allclose(t[0, b], plain.params["x0"] / plain.std_errors["x0"], rtol=1e-8)
    assert coef[0, 0] != pytest.approx(coef[0, 1], rel=1e-3)


def test_a_planted_effect_is_found(small: Multiverse, planted: Callable[..., Panel]) -> None:
    found = permuted(planted(0.3, lag=1, seed=5), small, reps=39, seed=2)
    assert (found.n_moved, found.n_kept) == (60, 0)
    assert found.p_values() == (1 / 40, 1 / 40, 1 / 40)
    assert found.clear_share == 1


def test_noise_is_found_as_often_as_promised(small: Multiverse, planted: Callable[..., Panel]) -> None:
    panels = [planted(0.0, lag=1, seed=seed, regions=24, persistence=0.5) for seed in range(60)]
    p = np.array([permuted(panel, small, reps=19, seed=seed).p_values() for seed, panel in enumerate(panels)])
    # 20 % of 60 is 12; five binomial standard deviations of 3.1 above and below would be 0 to 27, three are 3 to 21.
    rejected = (p <= 0.2).sum(axis=0)
    assert ((rejected >= 3) & (rejected <= 21)).all(), rejected


def test_only_complete_regions_of_a_district_change_places() -> None:
    moved, district = np.array([True, True, False, True, True]), np.array([0, 0, 0, 1, 2])
    sources = permutations(moved, district, reps=50, seed=3)
    assert (sources[:, 2:] == np.arange(2, 5)).all()
    assert {tuple(row) for row in sources[:, :2].tolist()} == {(0, 1), (1, 0)}
    assert (sources[0] == np.arange(5)).all()
