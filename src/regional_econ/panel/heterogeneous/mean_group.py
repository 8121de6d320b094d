"""What is the average slope where each region has its own? Mean group, CCE mean group, and Swamy's weighted mean."""

from __future__ import annotations

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.cce import leave_factors
from regional_econ.panel.demean import Floats, group_means
from regional_econ.panel.estimators import Sample, with_intercept
from regional_econ.panel.heterogeneous.own import OwnSlopes, long_enough, mean_of_regions, own_slopes, weighed
from regional_econ.panel.least_squares import COLLINEAR, OwnCovariance, Solution, Transformed

Extras = dict[str, float | int | str]


def mean_group(sample: Sample, effects: tuple[str, ...]) -> tuple[Sample, Transformed, Solution, Extras]:
    """Mean group: the plain mean of the regions' own coefficients, intercepts included.

    With effects ("region", "year") the means of each year are taken out of all columns first, each region present
    counting once: the demeaned mean group, free of a factor on which all regions load alike.

    Source: Pesaran & Smith (1995, J. Econometrics 68). Held against plm 2.6-2's pmg on Munnell's data, complete and
    thinned (tests/panel/test_heterogeneous.py).

    Parameters
    ----------
    sample : complete cases, k regressors.
    effects : ("region",), or ("region", "year").

    Returns
    -------
    the rows used, their regression with an intercept, the mean, and n_short (rows of regions too short to be used),
    df_resid and rmse

    Raises
    ------
    EstimationError : fewer than two regions are long enough, a term does not vary in one, or the outcome in none.
    """
    rows, short = long_enough(sample, sample.X.shape[1] + 2, "slopes of their own")
    if "year" in effects:
        columns = np.column_stack([rows.y, rows.X])
        columns = columns - group_means(columns, rows.year_codes, np.ones(len(columns)))[rows.year_codes]
        rows = Sample(columns[:, 0], columns[:, 1:], rows.names, rows.index, rows.weights)
    full = with_intercept(rows)
    _refuse_flat(full)
    own = own_slopes(full, full.y, full.X, full.names)
    data = _levels(full, full.y, full.X)
    return rows, data, mean_of_regions(own, full.units), described(own, short)


def cce_mean_group(sample: Sample) -> tuple[Sample, Transformed, Solution, Extras]:
    """CCE mean group: the mean of the regions' own slopes, each with the yearly averages of all columns beside.

    A region's regression on its terms, an intercept and the averages of outcome and terms is that of what
    `cce.leave_factors` leaves.

    Source: Pesaran (2006, Econometrica 74). Held against plm 2.6-2's pmg and pcce on Munnell's data,
    complete and thinned (tests/panel/test_heterogeneous.py).

    Returns
    -------
    as `mean_group`, with n_loadings (intercepts and loadings taken out)

    Raises
    ------
    EstimationError : as `mean_group`.
    """
    rows, short = long_enough(sample, 2 * sample.X.shape[1] + 2, "slopes and loadings of their own")
    left, loadings = leave_factors(np.column_stack([rows.y, rows.X]), rows.units, rows.year_codes)
    own = own_slopes(rows, left[:, 0], left[:, 1:], rows.names, rows.X)
    extras = described(own, short, loadings) | {"n_loadings": loadings}
    return rows, _levels(rows, left[:, 0], left[:, 1:]), mean_of_regions(own, rows.units), extras


def swamy(sample: Sample) -> tuple[Sample, Transformed, Solution, Extras]:
    """Swamy's random coefficients: the regions' coefficients weighted by (Δ + σ_i²(X_i'X_i)⁻¹)⁻¹.

    Δ, the covariance of the coefficients between regions, is their spread less the mean of their sampling covariances;
    where that is not positive definite, the spread alone, as Swamy proposed.

    Source: Swamy (1970, Econometrica 38). Held against plm 2.6-2's pvcm on Munnell's data, complete and
    thinned (tests/panel/test_heterogeneous.py).

    Returns
    -------
    as `mean_group`, with delta: "spread less sampling" or "spread"

    Raises
    ------
    EstimationError : as `mean_group`.
    """
    rows, short = long_enough(sample, sample.X.shape[1] + 2, "slopes of their own")
    full = with_intercept(rows)
    _refuse_flat(full)
    own = own_slopes(full, full.y, full.X, full.names)
    size, k = own.slopes.shape
    variances = np.bincount(full.units, own.residuals**2) / (own.lengths - k)
    sampling = variances[:, None, None] * own.bread
    spread = np.cov(own.slopes, rowvar=False).reshape(k, k)
    delta, how = spread - sampling.mean(axis=0), "spread less sampling"
    scale = np.sqrt(np.diag(spread))
    if np.linalg.eigvalsh(delta / np.outer(scale, scale)).min() <= 0:
        delta, how = spread, "spread"
    weights = np.linalg.inv((delta + sampling) / np.outer(scale, scale))
    bread = np.linalg.inv(weights.sum(axis=0))
    scaled = own.slopes / scale
    beta = bread @ np.einsum("nij,nj->i", weights, scaled)
    influence = np.einsum("ij,njk,nk->ni", bread, weights, scaled - beta, optimize=True) * scale
    bread = bread * np.outer(scale, scale)
    text = f"(Σ (Δ + σ²(X'X)⁻¹)⁻¹)⁻¹ over {size} regions; t({size - 1})"
    found = weighed(beta * scale, bread, influence, own, full.units)
    solution = Solution(found.beta, found.residuals, bread, found.scores, OwnCovariance(bread, size - 1.0, text))
    return rows, _levels(full, full.y, full.X), solution, described(own, short) | {"delta": how}


def described(own: OwnSlopes, short: int, loadings: int = 0) -> Extras:
    """What regressions region by region report."""
    df = int(own.lengths.sum()) - own.slopes.size - loadings
    return {"n_short": short, "df_resid": df, "rmse": float(np.sqrt(own.residuals @ own.residuals / df))}


def _refuse_flat(sample: Sample) -> None:
    """Refuse an outcome that moves in no region."""
    means = group_means(sample.y[:, None], sample.units, np.ones(len(sample.y)))[sample.units, 0]
    if np.linalg.norm(sample.y - means) <= COLLINEAR * np.linalg.norm(sample.y):
        raise EstimationError("the outcome does not vary in any region", advice="Use another outcome")


def _levels(sample: Sample, y: Floats, X: Floats) -> Transformed:
    scale = np.linalg.norm(sample.X, axis=0)
    return Transformed(y, X, sample.names, sample.units, sample.years, sample.weights, (sample.units,), scale)
