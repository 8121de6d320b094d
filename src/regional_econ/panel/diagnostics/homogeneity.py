"""Are slopes the same in all regions, each with a variance of its own? Pesaran & Yamagata's dispersion tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option, check_whole
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.panel.demean import Floats, group_sums
from regional_econ.panel.diagnostics.rows import fitted, labels_of, need_region_effects, refuse_perfect
from regional_econ.panel.least_squares import COLLINEAR, Transformed

Dispersion = Literal["adjusted", "unadjusted", "HAC"]
_LEAST = 1.0  # rows that a region has beyond its effects, loadings and slopes


def slope_homogeneity(
    estimate: Estimate, statistic: Dispersion = "adjusted", *, bandwidth: int | None = None
) -> HypothesisTest:
    """Pesaran & Yamagata's Δ: do the regions' own slopes disperse more than their sampling errors do?

    d_i = (b_i − β)'X_i'M_iX_i(b_i − β)/σ_i², with σ_i² = |M_i(y_i − X_iβ_FE)|²/m_i, m_i the rows of a region less what
    M_i takes out, and β the fixed effects estimate weighted by 1/σ_i². "unadjusted" is Σ(d_i − k)/√(2kN), "adjusted"
    has for 2k the exact variance under normal errors, 2k(m_i − k)/(m_i + 2), which with region effects is Pesaran &
    Yamagata's 2k(T − k − 1)/(T + 1). "HAC" has instead of σ_i²X_i'M_iX_i the long-run covariance of the scores
    (Bartlett weights), for errors correlated over time. After cce, M_i takes out the yearly averages too.

    Source: Pesaran & Yamagata (2008, J. Econometrics 142); Blomquist & Westerlund (2013, Economics Letters 121);
    Bersvendsen & Ditzen (2021, Stata Journal 21). Held against loops over regions written out and simulated rejections
    (tests/panel/test_homogeneity.py).

    Parameters
    ----------
    estimate : fe with region effects, or cce, without weights. Year effects are taken out first, for all regions alike.
    statistic : see above.
    bandwidth : of HAC; None for floor(4 (T/100)^(2/9)).

    Returns
    -------
    HypothesisTest
        Details: n_regions, n_terms, dispersion (mean d_i), bandwidth (HAC), regions_left_out and, if any, left_out:
        regions with too few rows for slopes of their own, which the estimate itself has.

    Raises
    ------
    OptionError : another estimator, no region effects, or weights.
    EstimationError : fewer than two regions are long enough, or a term that stands still in one.

    Notes
    -----
    Rejections at nominal 5 % with equal slopes, 85 × 24, one term (100 samples): independent errors 6 % (adjusted) and
    1 % (HAC); where the term follows its past by 0.8 and the errors by 0.5, 99 % and 42 %. In persistent data only a
    HAC that does not reject says something.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> round(slope_homogeneity(fit("y ~ x", frame, effects="region")).statistic, 3)
    -1.462
    """
    check_option("statistic", statistic, Dispersion)
    if bandwidth is not None:
        check_whole("bandwidth", bandwidth)
    native = fitted(estimate, "the test of slope homogeneity", ("fe", "cce"))
    need_region_effects(estimate, "the test of slope homogeneity")
    refuse_perfect(native.solution.residuals, native.data.y)
    k, loadings = native.data.X.shape[1], float(estimate.diagnostics.get("n_loadings", 0.0))
    taken = loadings / (int(native.data.units.max()) + 1) if loadings else 1.0
    long = np.bincount(native.data.units) - taken > k + _LEAST
    if long.sum() < 2:
        raise EstimationError(
            f"{int(long.sum())} regions have enough rows for slopes of their own beside the effects",
            advice="Use fewer terms, or a longer sample",
        )
    data, residuals = _rows(native.data, native.solution.residuals, long)
    lengths = np.bincount(data.units)
    size, free = len(lengths), lengths - taken
    products = _by_region(data, data.X)
    details: dict[str, float | int | str] = {"n_regions": size, "n_terms": k, "regions_left_out": int((~long).sum())}
    if not long.all():
        names = labels_of(native.sample)
        details["left_out"] = ", ".join(names[code] for code in np.flatnonzero(~long))
    own = _slopes(products, group_sums(data.X * data.y[:, None], data.units))
    if statistic == "HAC":
        lag = int(4 * (float(lengths.mean()) / 100) ** (2 / 9)) if bandwidth is None else bandwidth
        middle = _long_run(data, data.X * residuals[:, None], lag)
        precision = products @ np.linalg.solve(middle, products)
        details["bandwidth"] = lag
    else:
        variances = np.bincount(data.units, residuals**2) / free
        precision = products / variances[:, None, None]
    centre = np.linalg.solve(precision.sum(axis=0), np.einsum("nij,nj->i", precision, own))
    gaps = own - centre
    dispersion = np.einsum("ni,nij,nj->n", gaps, precision, gaps, optimize=True)
    variance = 2 * k * (free - k) / (free + 2) if statistic == "adjusted" else np.full(size, 2.0 * k)
    value = float(np.sum((dispersion - k) / np.sqrt(variance)) / np.sqrt(size))
    return HypothesisTest(
        {"adjusted": "Pesaran–Yamagata Δ, adjusted", "unadjusted": "Pesaran–Yamagata Δ",
            "HAC": "Blomquist–Westerlund Δ, HAC"}[statistic],
        "slopes are the same in all regions",
        value,
        "normal",
        (),
        tail(value, "normal"),
        "Blomquist & Westerlund (2013, Economics Letters 121)" if statistic == "HAC"
        else "Pesaran & Yamagata (2008, J. Econometrics 142)",
        "Errors are taken as independent between regions" + (
            "." if statistic == "HAC" else " and over time."),
        details | {"dispersion": float(dispersion.mean())},
    )  # fmt: skip


def _rows(data: Transformed, residuals: Floats, long: NDArray[np.bool_]) -> tuple[Transformed, Floats]:
    """The rows of some regions, their codes anew, and the residuals."""
    own = long[data.units]
    units = (np.cumsum(long) - 1)[data.units[own]]
    kept = replace(
        data, y=data.y[own], X=data.X[own], units=units, years=data.years[own], weights=data.weights[own], absorbed=()
    )
    return kept, residuals[own]


def _by_region(data: Transformed, right: Floats) -> Floats:
    k = data.X.shape[1]
    flat = (data.X[:, :, None] * right[:, None, :]).reshape(len(data.y), -1)
    return group_sums(flat, data.units).reshape(-1, k, k)


def _slopes(products: Floats, right: Floats) -> Floats:
    scale = np.sqrt(np.einsum("nii->ni", products))
    scaled = products / (scale[:, :, None] * scale[:, None, :]) if scale.all() else np.zeros_like(products)
    if np.linalg.eigvalsh(scaled).min() <= COLLINEAR:
        raise EstimationError("a term does not vary, or is a combination of others, in a region by itself",
            advice="Leave the term or the region out")  # fmt: skip
    return np.asarray(np.linalg.solve(scaled, (right / scale)[:, :, None])[:, :, 0] / scale)


def _long_run(data: Transformed, scores: Floats, lag: int) -> Floats:
    """(N, k, k) sums of the regions' scores with Bartlett weights over calendar years."""
    k, size = scores.shape[1], int(data.units.max()) + 1
    calendar = data.years - data.years.min()
    grid = np.zeros((size, int(calendar.max()) + 1, k))
    grid[data.units, calendar] = scores
    found = np.einsum("nti,ntj->nij", grid, grid)
    for step in range(1, lag + 1):
        product = np.einsum("nti,ntj->nij", grid[:, step:], grid[:, :-step])
        found += (1 - step / (lag + 1)) * (product + product.transpose(0, 2, 1))
    return np.asarray(found)
