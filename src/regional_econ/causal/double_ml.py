"""Does the estimate depend on covariates entering linearly? Partially linear double machine learning on a panel.

Unit and year effects are taken out first (within transformation), as in all other tests of the room, and not modelled
by the units' means (correlated random effects): the comparison stays that within region × method, and no distribution
of the effects is assumed. Both learners see levels, squares and products of the covariates, each swept: for the lasso,
linear in them, the transformation is exact. For functions beyond these it is exact to first order only, so the trees
see the means of the unit too: a slope may then differ with the level. Folds are whole regions, so that no region helps
to predict itself; only the year effects are common to all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LassoCV
from sklearn.model_selection import GroupKFold

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.causal.coefficient import Coefficient
from regional_econ.causal.kernel import sweep
from regional_econ.causal.sample import IntArray, Sample
from regional_econ.causal.scales import FloatArray

Learner = Literal["lasso", "boosting"]
FOLDS = 5
REPEATS = 5
_PENALTIES = 25
_SMALLEST = 3e-3  # of the largest penalty


class Regressor(Protocol):
    """What a learner must do."""

    def fit(self, X: FloatArray, y: FloatArray, sample_weight: FloatArray) -> Any:
        """Learn from rows (n, p) with weights (n,)."""

    def predict(self, X: FloatArray) -> FloatArray:
        """Predict rows (m, p)."""


Maker = Callable[[IntArray], Regressor]


@dataclass(frozen=True)
class PartiallyLinear:
    """One split: the coefficient, its error clustered by region, and how much the covariates predict out of fold.

    ``r2_outcome`` and ``r2_driver`` are shares of the weighted squares; a negative one: worse than nothing.
    """

    estimate: float
    std_error: float
    r2_outcome: float
    r2_driver: float


@dataclass(frozen=True)
class DoubleML:
    """Median over several splits.

    ``std_error`` holds the spread over splits too; ``splits`` has a row a split: estimate, std_error, r2_outcome,
    r2_driver; intervals use ``n_regions`` − 1 degrees of freedom.
    """

    learner: Learner
    estimate: float
    std_error: float
    splits: pd.DataFrame
    n_obs: int
    n_regions: int

    @property
    def coefficient(self) -> Coefficient:
        """The estimate with its error."""
        return Coefficient(self.estimate, self.std_error, self.n_regions - 1, self.n_obs)

    @property
    def p_value(self) -> float:
        """Two-sided, t(G − 1)."""
        return self.coefficient.p_value

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval, t(G − 1)."""
        return self.coefficient.interval()

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.learner}: {self.estimate:.3f} [{low:.3f}; {high:.3f}], {len(self.splits)} splits."


def double_ml(
    sample: Sample,
    driver: int,
    covariates: Sequence[int],
    *,
    learner: Learner = "lasso",
    folds: int = FOLDS,
    repeats: int = REPEATS,
    seed: int = 20221231,
) -> DoubleML:
    """Estimate a driver's effect given an unknown function of its covariates.

    Parameters
    ----------
    sample : complete cases with unit and year effects.
    driver, covariates : columns.
    learner : "lasso", its penalty by cross-validation over regions, or "boosting" of shallow trees.
    folds : groups of regions.
    repeats : splits, whose median is reported.
    seed : of the splits and of the learners.

    Returns
    -------
    the median estimate with its error.

    Raises
    ------
    OptionError : another learner.
    EstimationError : no covariates, or fewer regions than folds.

    Source: Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey, Robins (2018), Econometrics Journal 21(1), eq.
    4.4 and Definition 3.3; Clarke, Polselli (2025), Econometrics Journal (within groups). Held against DoubleML's
    DoubleMLPLR on the same folds and learners, plain and clustered.
    """
    check_option("learner", learner, Learner)
    if not covariates:
        raise EstimationError("no covariates to learn from", advice="Name the driver's covariates")
    root = np.sqrt(sample.weights)[:, None]
    swept = sweep(np.column_stack([sample.y, sample.X[:, driver]]), sample) / root
    W = features(sample, covariates, learner)
    rows = []
    for repeat in range(repeats):
        fold = region_folds(sample.region, folds, seed_for(seed, "folds", repeat))

        def make(region: IntArray, number: int = repeat) -> Regressor:
            return _made(learner, region, seed_for(seed, learner, number))

        rows.append(partially_linear(swept[:, 0], swept[:, 1], W, sample.weights, sample.region, fold, make))
    splits = pd.DataFrame(rows)
    estimate, error = median_of(splits["estimate"].to_numpy(), splits["std_error"].to_numpy())
    return DoubleML(learner, estimate, error, splits, len(sample.y), len(np.unique(sample.region)))


def partially_linear(
    y: FloatArray,
    d: FloatArray,
    W: FloatArray,
    weights: FloatArray,
    region: IntArray,
    fold: IntArray,
    make: Maker,
) -> PartiallyLinear:
    """Return the coefficient of d from the residuals of y and d on out-of-fold predictions ("partialling out").

    Parameters
    ----------
    y, d : (n,) outcome and driver.
    W : (n, p) what predicts them.
    weights, region, fold : (n,).
    make : gives a fresh learner for the regions (m,) of the rows that it will learn from.

    Returns
    -------
    the coefficient with its error: scores summed by region, no small-sample factor.
    """
    u = y - _out_of_fold(y, W, weights, region, fold, make)
    v = d - _out_of_fold(d, W, weights, region, fold, make)
    curvature = float(weights @ v**2)
    estimate = float(weights @ (v * u)) / curvature
    scores = np.bincount(region, weights * v * (u - estimate * v))
    return PartiallyLinear(
        estimate,
        float(np.sqrt(scores @ scores)) / curvature,
        1 - float(weights @ u**2) / float(weights @ y**2),
        1 - curvature / float(weights @ d**2),
    )


def median_of(estimates: FloatArray, std_errors: FloatArray) -> tuple[float, float]:
    """Return the median estimate over splits and the root of the median of its squared errors around it.

    Source: Chernozhukov et al. (2018), Definition 3.3.

    >>> median_of(np.array([0.1, 0.2, 0.4]), np.array([0.3, 0.4, 0.3]))
    (0.2, 0.36055512754639896)
    """
    middle = float(np.median(estimates))
    return middle, float(np.sqrt(np.median(std_errors**2 + (estimates - middle) ** 2)))


def region_folds(region: IntArray, folds: int, seed: int) -> IntArray:
    """Return the fold (n,) of each row: whole regions, dealt evenly.

    Raises
    ------
    EstimationError : fewer than two folds, or fewer regions than folds.
    """
    names, codes = np.unique(region, return_inverse=True)
    if not 2 <= folds <= len(names):
        raise EstimationError(f"{len(names)} regions cannot make {folds} folds", advice="Use two folds or more, 5 say")
    dealt = rng_for(seed, "regions").permutation(np.arange(len(names)) % folds)
    return np.asarray(dealt[codes])


def features(sample: Sample, covariates: Sequence[int], learner: Learner) -> FloatArray:
    """Return what a learner sees (n, p), without the effects, at unit spread.

    Parameters
    ----------
    sample : complete cases.
    covariates : columns.
    learner : both get levels, squares and products of the covariates, trees the means of the unit too.
    """
    Z = sample.X[:, list(covariates)]
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    size = Z.shape[1]
    terms = np.column_stack([Z, *(Z[:, i] * Z[:, j] for i in range(size) for j in range(i, size))])
    swept = sweep(terms, sample) / np.sqrt(sample.weights)[:, None]
    if learner == "boosting":
        sums = np.zeros((int(sample.unit.max()) + 1, size))
        np.add.at(sums, sample.unit, Z)
        swept = np.column_stack([swept, (sums / np.bincount(sample.unit)[:, None])[sample.unit]])
    return np.asarray(swept / swept.std(axis=0))


def _out_of_fold(
    target: FloatArray, W: FloatArray, weights: FloatArray, region: IntArray, fold: IntArray, make: Maker
) -> FloatArray:
    predicted = np.empty(len(target))
    for number in np.unique(fold):
        test = fold == number
        model = make(region[~test])
        model.fit(W[~test], target[~test], sample_weight=weights[~test])
        predicted[test] = model.predict(W[test])
    return predicted


def _made(learner: Learner, region: IntArray, seed: int) -> Regressor:
    if learner == "lasso":
        # swept columns have mean zero within every set of whole regions: no intercept
        inner = list(GroupKFold(n_splits=5).split(region, groups=region))
        lasso: Regressor = LassoCV(alphas=_PENALTIES, eps=_SMALLEST, cv=inner, fit_intercept=False, max_iter=20_000)
        return lasso
    boosted: Regressor = GradientBoostingRegressor(
        n_estimators=60, learning_rate=0.1, max_depth=2, subsample=0.5, max_features=1 / 3, random_state=seed
    )
    return boosted
