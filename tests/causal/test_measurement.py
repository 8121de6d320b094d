"""Corrections against simulated errors and the attenuation formula, bounds against each reverse regression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from regional_econ._base.errors import EstimationError
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import gram_blocks, sweep
from regional_econ.causal.measurement import (
    attenuated,
    corrected_for_errors,
    free_shares,
    organisations_of,
    outcome_noise,
    reverse_bounds,
    revision_errors,
)
from regional_econ.causal.sample import Sample, alone_sample
from regional_econ.core.panel import Panel

ERRORS = np.array([[0.5, 0.2, 0.0], [0.2, 0.4, 0.0], [0.0, 0.0, 0.0]])


def made(seed: int, *, regions: int = 60, years: int = 8, noise: float = 0.3) -> tuple[Sample, np.ndarray]:
    """A sample with true regressors, and the same with errors in the first two; weights by region."""
    rng = np.random.default_rng(seed)
    shape = (regions, years)
    level = rng.normal(size=(regions, 1, 1))
    X = rng.normal(size=(*shape, 3)) + level
    X[:, :, 1] += 0.6 * X[:, :, 0]
    y = X @ np.array([0.5, -0.8, 0.3]) + 2 * level[:, :, 0] + noise * rng.normal(size=shape)
    codes, year = np.repeat(np.arange(regions), years), np.tile(np.arange(years), regions)
    weights = np.repeat(rng.uniform(0.5, 2, regions), years)
    truth = X.reshape(-1, 3)
    erring = truth + rng.multivariate_normal(np.zeros(3), ERRORS, size=len(truth))
    sample = Sample(
        y.ravel(), erring, ("a", "b", "c"), codes, codes, year, 2000 + year, weights / weights.mean(),
        tuple(map(str, range(regions))), "region+year",
    )  # fmt: skip
    return sample, truth


def test_the_correction_removes_the_bias_of_errors() -> None:
    """One large panel: the estimate is far off, the correction within four of its own errors."""
    sample, _ = made(1, regions=1500)
    found = corrected_for_errors(sample, [0, 1, 2], ERRORS)
    assert abs(found.estimate - 0.5) > 10 * found.corrected_error
    assert abs(found.corrected - 0.5) < 4 * found.corrected_error
    assert found.corrected_error < 0.03
    other = corrected_for_errors(sample, [1, 0, 2], ERRORS[np.ix_([1, 0, 2], [1, 0, 2])])
    assert abs(other.corrected + 0.8) < 4 * other.corrected_error


def test_jackknife_errors_are_the_spread_over_panels() -> None:
    found = [corrected_for_errors(made(seed)[0], [0, 1, 2], ERRORS) for seed in range(150)]
    spread = np.std([one.corrected for one in found])
    # the sd of 150 draws has a relative error of 6 %: three of them
    assert np.sqrt(np.mean([one.corrected_error**2 for one in found])) == pytest.approx(spread, rel=0.18)


def test_one_erring_regressor_follows_the_attenuation_formula() -> None:
    sample, _ = made(2)
    errors = np.zeros((3, 3))
    errors[0, 0] = 0.2
    found = corrected_for_errors(sample, [0, 1, 2], errors)
    assert found.corrected == pytest.approx(found.estimate / found.partial, rel=1e-9)  # a matrix identity
    frame = attenuated(gram_blocks(sample), [0, 1, 2], [found.reliability, 1.0, 0.01])
    assert frame["estimate"][0] == pytest.approx(found.corrected, rel=1e-9)
    assert frame["partial"][0] == pytest.approx(found.partial, rel=1e-9)
    assert frame["estimate"][1] == pytest.approx(found.estimate, rel=1e-9)
    assert np.isnan(frame["estimate"][2])
    nothing = corrected_for_errors(sample, [0, 1, 2], np.zeros((3, 3)))
    assert nothing.corrected == nothing.estimate
    assert nothing.reliability == 1.0


def test_the_free_share_is_that_of_the_dummies() -> None:
    sample, _ = made(3, regions=9)
    root = np.sqrt(sample.weights)[:, None]
    dummies = root * np.column_stack([np.eye(9)[sample.unit], np.eye(8)[sample.cell]])
    hat = dummies @ np.linalg.pinv(dummies, rcond=1e-10)
    np.testing.assert_allclose(free_shares(sample), 1 - np.diag(hat), atol=1e-10)


def test_reverse_regressions_are_statsmodels() -> None:
    sample, _ = made(4)
    Z = sweep(np.column_stack([sample.y, sample.X]), sample)
    slopes = []
    for j in range(4):
        others = [k for k in range(4) if k != j]
        b = np.zeros(4)
        b[others] = sm.OLS(Z[:, j], Z[:, others]).fit().params
        b[j] = -1.0
        slopes.append(-b[1:] / b[0])
    slopes = np.array(slopes)
    assert (np.sign(slopes) == np.sign(slopes[0])).all()
    found = reverse_bounds(gram_blocks(sample), [0, 1, 2])
    assert (found.all_low, found.all_high) == pytest.approx((slopes[:, 0].min(), slopes[:, 0].max()), rel=1e-9)
    assert (found.driver_low, found.driver_high) == pytest.approx(sorted(slopes[:2, 0]), rel=1e-9)
    assert found.all_low <= found.driver_low < found.driver_high <= found.all_high


def test_reverse_bounds_hold_the_truth_and_open_where_signs_differ() -> None:
    sample, truth = made(5, regions=400)
    found = reverse_bounds(gram_blocks(sample), [0, 1, 2])
    assert found.all_low < 0.5 < found.all_high
    lone = replace(sample, X=np.column_stack([truth[:, 0] + 0.5 * (sample.X[:, 0] - truth[:, 0]), truth[:, 1:]]))
    tight = reverse_bounds(gram_blocks(lone), [0, 1, 2])
    assert tight.driver_low < 0.5 < tight.driver_high
    rng = np.random.default_rng(1)
    noise = replace(sample, y=rng.normal(size=len(sample.y)))
    assert reverse_bounds(gram_blocks(noise), [0, 1, 2]).all_high == np.inf


def test_errors_that_leave_nothing() -> None:
    with pytest.raises(EstimationError, match="leave nothing"):
        corrected_for_errors(made(6)[0], [0, 1, 2], 10 * np.eye(3))


def test_sampling_noise_of_binomial_shares() -> None:
    """Shares of 400 organisations and no other error: the noise is all of the residual."""
    rng = np.random.default_rng(7)
    sample, _ = made(8, regions=200)
    p = 1 / (1 + np.exp(2.0 - 0.3 * sample.X[:, 0] - 0.2 * np.random.default_rng(1).normal(size=200)[sample.region]))
    counts = rng.binomial(400, p)
    y = np.log((counts + 0.5) / (400 - counts + 0.5))
    found = outcome_noise(replace(sample, y=y), [0], np.full(len(y), 400.0))
    # 1,600 squares have a relative error of 3.5 %
    assert found.share == pytest.approx(1.0, abs=0.12)
    doubled = outcome_noise(replace(sample, y=y), [0], np.full(len(y), 800.0))
    assert doubled.share == pytest.approx(found.share / 2)


def test_planted_revisions_come_back(planted: object, declared: Multiverse) -> None:
    panel = planted(0.3, lag=1, seed=2, regions=80)  # type: ignore[operator]
    rng = np.random.default_rng(3)
    frame = panel.frame.copy()
    rows = frame.index.get_level_values("year").isin(range(2006, 2022))
    frame.loc[rows, "rd_grp_pct"] *= np.exp(0.1 + 0.2 * rng.normal(size=rows.sum()))
    frame.loc[("R00", 2005), "wear_pct"] += 5  # one region: a correction, no revision
    terms = [declared.terms[name] for name in ("rd_grp_pct", "wear_pct")]
    found = revision_errors(panel, {"older": replace(panel, frame=frame)}, terms, (2005, 2022))
    # 16 years of 79 free cells: a relative error of 4 %
    assert found.covariance[0, 0] == pytest.approx(0.04, rel=0.15)
    assert found.cells == (16 * 79, 0)
    assert found.covariance[1, 1] == 0.0
    with pytest.raises(EstimationError, match="no older editions"):
        revision_errors(panel, {}, terms, (2005, 2022))


def test_organisations(official: Panel, declared: Multiverse) -> None:
    sample = alone_sample(official, declared)
    found = organisations_of(official, declared, sample)
    kuzbass = found[np.array(sample.regions)[sample.region] == "RU-KEM"]
    employed = official.matrix("employed_thousand", years=range(2006, 2023)).loc["RU-KEM"].mean()
    np.testing.assert_allclose(kuzbass, 1.5 * employed)
