"""Cross-fitted coefficients against DoubleML on the same folds and learners, and against planted confounding."""

from __future__ import annotations

import warnings

import doubleml
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LassoCV, LinearRegression

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.causal.double_ml import Learner, double_ml, features, median_of, partially_linear, region_folds
from regional_econ.causal.kernel import gram_blocks, solve_one, sweep
from regional_econ.causal.sample import Sample

# The same learners see the same rows in the same order; only the sums of the last line differ.
TOLERANCE = 1e-8
MODELS = {
    "lasso": lambda: LassoCV(cv=3, alphas=20),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=20, max_depth=2, random_state=3),
}


def made(seed: int, *, regions: int = 40, years: int = 8, effect: float = 0.5, holes: bool = False) -> Sample:
    """A driver that follows the square of a covariate, as the outcome does, with region and year effects."""
    rng = np.random.default_rng(seed)
    shape = (regions, years)
    level = rng.normal(size=(regions, 1))
    x, z = rng.normal(size=(2, *shape)) + 0.5 * level
    d = 0.8 * (x**2 - 1) + 0.3 * z + level + rng.normal(size=shape)
    y = effect * d + 0.8 * (x**2 - 1) + level + rng.normal(size=(1, years)) + rng.normal(size=shape)
    codes, year = np.repeat(np.arange(regions), years), np.tile(np.arange(years), regions)
    keep = rng.uniform(size=codes.size) > (0.15 if holes else -1)
    X = np.stack([d, x, z], axis=-1).reshape(-1, 3)[keep]
    return Sample(
        y.ravel()[keep], X, ("d", "x", "z"), codes[keep], codes[keep], year[keep], 2000 + year[keep],
        np.ones(int(keep.sum())), tuple(f"R{k:02d}" for k in range(regions)), "region+year",
    )  # fmt: skip


def splits_of(fold: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in np.unique(fold)]


def arrays(sample: Sample, learner: Learner) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    swept = sweep(np.column_stack([sample.y, sample.X[:, 0]]), sample)
    return swept[:, 0], swept[:, 1], features(sample, [1, 2], learner)


@pytest.mark.parametrize("learner", ["lasso", "boosting"])
@pytest.mark.parametrize("holes", [False, True])
def test_the_same_folds_and_learners_as_doubleml(learner: Learner, holes: bool) -> None:
    sample = made(1, holes=holes)
    y, d, W = arrays(sample, learner)
    fold = region_folds(sample.region, 4, 7)
    mine = partially_linear(y, d, W, sample.weights, sample.region, fold, lambda _: MODELS[learner]())
    frame = pd.DataFrame(W, columns=[f"w{k}" for k in range(W.shape[1])]).assign(y=y, d=d)
    data = doubleml.DoubleMLData(frame, "y", "d")
    model = doubleml.DoubleMLPLR(data, MODELS[learner](), MODELS[learner](), n_folds=4, draw_sample_splitting=False)
    model.set_sample_splitting([splits_of(fold)])
    model.fit()
    assert mine.estimate == pytest.approx(float(model.coef[0]), rel=TOLERANCE)


def test_clustered_errors_are_doubleml_s() -> None:
    """Forty regions in four folds of ten: DoubleML weighs folds by their clusters, here equally."""
    sample = made(2)
    y, d, W = arrays(sample, "lasso")
    frame = pd.DataFrame(W, columns=[f"w{k}" for k in range(W.shape[1])]).assign(y=y, d=d, region=sample.region)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = doubleml.DoubleMLClusterData(frame, "y", "d", "region")
        np.random.seed(3)
        model = doubleml.DoubleMLPLR(data, LinearRegression(), LinearRegression(), n_folds=4)
        model.fit()
    fold = np.empty(len(y), dtype=np.int64)
    for number, (_, test) in enumerate(model.smpls[0]):
        fold[test] = number
    mine = partially_linear(y, d, W, sample.weights, sample.region, fold, lambda _: LinearRegression())
    assert mine.estimate == pytest.approx(float(model.coef[0]), rel=TOLERANCE)
    assert mine.std_error == pytest.approx(float(model.se[0]), rel=TOLERANCE)


def test_weights_are_rows_that_stand_several_times() -> None:
    sample = made(3)
    y, d, W = arrays(sample, "lasso")
    times = np.random.default_rng(1).integers(1, 4, 40)[sample.region]
    fold = region_folds(sample.region, 4, 7)
    weighted = partially_linear(
        y, d, W, times.astype(float), sample.region, fold, lambda _: LinearRegression()
    )  # fmt: skip
    row = np.repeat(np.arange(len(y)), times)
    plain = partially_linear(
        y[row], d[row], W[row], np.ones(len(row)), sample.region[row], fold[row], lambda _: LinearRegression()
    )
    assert weighted.estimate == pytest.approx(plain.estimate, rel=TOLERANCE)
    assert weighted.std_error == pytest.approx(plain.std_error, rel=TOLERANCE)


def test_folds_are_whole_regions_dealt_evenly() -> None:
    region = np.repeat(np.arange(83), 5)
    fold = region_folds(region, 5, 1)
    assert (pd.Series(fold).groupby(region).nunique() == 1).all()
    sizes = np.bincount(fold[::5])
    assert sizes.max() - sizes.min() <= 1
    assert (region_folds(region, 5, 2) != fold).any()
    with pytest.raises(EstimationError, match="cannot make"):
        region_folds(region, 84, 1)


def test_learners_are_told_the_regions_they_learn_from() -> None:
    sample = made(3, holes=True)
    y, d, W = arrays(sample, "lasso")
    fold = region_folds(sample.region, 4, 7)
    told: list[np.ndarray] = []

    def make(region: np.ndarray) -> LinearRegression:
        told.append(region)
        return LinearRegression()

    partially_linear(y, d, W, sample.weights, sample.region, fold, make)
    for number, region in enumerate([*told[:4]]):
        np.testing.assert_array_equal(region, sample.region[fold != number])
    assert len(told) == 8


def test_the_within_transformation_of_the_dictionary_is_exact() -> None:
    """The lasso without a penalty is the two-way regression on the same terms written out."""
    sample = made(4, holes=True)
    Z = sample.X[:, 1:]
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    terms = np.column_stack([Z, Z[:, 0] ** 2, Z[:, 0] * Z[:, 1], Z[:, 1] ** 2])
    dummies = np.column_stack([np.eye(40)[sample.unit], np.eye(8)[sample.cell]])
    b = np.linalg.lstsq(np.column_stack([sample.X[:, 0], terms, dummies]), sample.y, rcond=None)[0][0]
    y, d, W = arrays(sample, "lasso")
    assert np.linalg.lstsq(np.column_stack([d, W]), y, rcond=None)[0][0] == pytest.approx(b, rel=1e-8)


@pytest.mark.parametrize("learner", ["lasso", "boosting"])
def test_planted_confounding(learner: Learner) -> None:
    """The square of the covariate moves driver and outcome: linear covariates miss it, learners take most of it."""
    sample = made(5, regions=80)
    linear = solve_one(gram_blocks(sample), (0, 1, 2))
    assert float(linear.coef[0] - 0.5) > 5 * float(linear.std_error[0])
    found = double_ml(sample, 0, [1, 2], learner=learner, repeats=1)
    # A hundred short steps of trees shrink: they leave a little more of the confounding than the lasso does.
    share = {"lasso": 0.1, "boosting": 0.2}[learner]
    assert abs(found.estimate - 0.5) < share * float(linear.coef[0] - 0.5)
    assert found.splits["r2_driver"].iloc[0] > 0.2


def test_the_seed_decides_and_the_median_holds_the_spread() -> None:
    sample = made(6)
    first, again, other = (double_ml(sample, 0, [1, 2], learner="boosting", repeats=3, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(first.splits, again.splits)
    assert (first.splits["estimate"] != other.splits["estimate"]).all()
    assert first.estimate == first.splits["estimate"].median()
    assert first.interval[0] < first.estimate < first.interval[1]
    assert median_of(np.array([0.0, 1.0, 5.0]), np.ones(3))[1] == np.sqrt(2)


def test_refusals() -> None:
    sample = made(7)
    with pytest.raises(OptionError, match="learner"):
        double_ml(sample, 0, [1], learner="network")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="no covariates"):
        double_ml(sample, 0, [])


@pytest.mark.calibrate
def test_coverage() -> None:
    """200 panels: 95 % intervals of the lasso cover within three binomial errors, those of linear covariates fail."""
    covered, linear = [], []
    for seed in range(200):
        sample = made(100 + seed, regions=60)
        low, high = double_ml(sample, 0, [1, 2], repeats=1, seed=seed).interval
        covered.append(low < 0.5 < high)
        plain = solve_one(gram_blocks(sample), (0, 1, 2))
        linear.append(abs(plain.coef[0] - 0.5) < 2 * plain.std_error[0])
    assert abs(np.mean(covered) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 200)
    assert np.mean(linear) < 0.2
