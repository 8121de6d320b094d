"""Have all regions the same error variance? Tests for many years, and one that holds for few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import Distribution, HypothesisTest, tail
from regional_econ.panel.demean import Codes, Floats, effect_rank, group_means, within
from regional_econ.panel.diagnostics.rows import PERFECT, Residuals, fitted, residuals_of

Method = Literal["paired Levene", "modified Wald", "likelihood ratio", "Koenker", "Levene"]
FEW_YEARS = 3
_SOURCES: dict[Method, str] = {
    "paired Levene": "Levene (1960) on differences of disjoint pairs of years",
    "modified Wald": "Greene (2000, p. 598), Baum (2001, Stata Journal 1)",
    "likelihood ratio": "Greene (2000, p. 597)",
    "Koenker": "Koenker (1981, J. Econometrics 17), Breusch & Pagan (1979, Econometrica 47)",
    "Levene": "Brown & Forsythe (1974, JASA 69)",
}
_MANY_YEARS: dict[Method, str] = {
    "modified Wald": "It rejects almost always with more regions than years, whatever the variances",
    "likelihood ratio": "It holds for normal errors and many years only",
    "Koenker": "It rejects too often when years are few, for the residuals of a region are then alike in size",
    "Levene": "It is conservative when years are few",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of variances between groups.

    Attributes
    ----------
    statistic, distribution, df : as in `HypothesisTest`.
    kept : (G,) bool, the regions that could be compared.
    n : values compared.
    """

    statistic: float
    distribution: Distribution
    df: tuple[float, ...]
    kept: NDArray[np.bool_]
    n: int


def groupwise_heteroskedasticity(estimate: Estimate, method: Method = "paired Levene") -> HypothesisTest:
    """Test that errors have one variance in all regions.

    With e the residuals, s_i² = Σ e²/T_i and s² = Σ e²/n:

    * "paired Levene": |e_t − e_(t−1)| over the disjoint pairs of calendar years (first and second, third and fourth, …)
      on pairs of years and regions, F of the regions. Differences are free of region effects, and under independent
      errors disjoint ones are independent, so that few years do no harm; variances may differ between years.
    * "modified Wald": Σ (s_i² − s²)² / V_i, V_i = Σ (e² − s_i²)² / (T_i (T_i − 1)), χ²(N).
    * "likelihood ratio": n ln s² − Σ T_i ln s_i², χ²(N−1), for normal errors.
    * "Koenker": n R² of e² on the regions' dummies, χ²(N−1).
    * "Levene": F of |e − median of the region| between regions, F(N−1, n−N).

    Source: Levene (1960, Contributions to Probability and Statistics); Greene (2000, Econometric Analysis, pp.
    597–598); Baum (2001, Stata Journal 1); Koenker (1981, J. Econometrics 17); Breusch & Pagan (1979, Econometrica 47);
    Brown & Forsythe (1974, JASA 69). Held against R's anova (paired), lmtest 0.9-40's bptest, car 3.1-1's leveneTest
    and, for the other two, their formulas written in R (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : pooled, fe or fd.
    method : which test.

    Returns
    -------
    HypothesisTest
        Details: n_regions, n_obs (rows, or pairs of years), ratio (largest over smallest s_i), regions_left_out and, if
        any, left_out with their names: regions with fewer than 3 years, or for the paired test without a pair.

    Raises
    ------
    OptionError : an unknown method, another estimator, or weights.
    EstimationError : fewer than two regions, or too few years, or a region without variation.

    Notes
    -----
    Rejections at nominal 5 % with 85 regions, region and year effects and independent errors of one variance (1,000
    samples):

    | errors | years | paired Levene | Levene | Koenker | modified Wald | likelihood ratio |
    |---|---|---|---|---|---|---|
    | normal | 5 | 5 % | 0 % | 42 % | 100 % | 62 % |
    | normal | 24 | 6 % | 2 % | 10 % | 94 % | 11 % |
    | t(5) | 5 | 5 % | 0 % | 80 % | 100 % | 100 % |
    | t(5) | 24 | 6 % | 5 % | 12 % | 100 % | 100 % |

    All assume no serial correlation: with an AR(1) of 0.6 at 85 × 24 paired Levene rejects 8 %, Levene 97 %.
    """
    check_option("method", method, Method)
    name = "Koenker–Breusch–Pagan" if method == "Koenker" else method[0].upper() + method[1:]
    native = fitted(estimate, name, ("pooled", "fe", "fd"))
    rows = residuals_of(native.sample, native.data, native.solution)
    found = compare(rows, method)
    absent = np.flatnonzero(~found.kept)
    spread = np.sqrt(group_means(rows.values[:, None] ** 2, rows.regions, np.ones(len(rows.values)))[:, 0])[found.kept]
    details: dict[str, float | int | str] = {
        "n_regions": int(found.kept.sum()),
        "n_obs": found.n,
        "ratio": float(spread.max() / spread.min()) if spread.min() > 0 else float("inf"),
        "regions_left_out": len(absent),
    }
    years = len(rows.values) / len(rows.labels)
    note = (
        f"{_MANY_YEARS[method]}: use paired Levene." if method != "paired Levene" and years < len(rows.labels) else ""
    )
    return HypothesisTest(
        f"{name} test of groupwise heteroskedasticity",
        "errors have the same variance in all regions",
        found.statistic,
        found.distribution,
        found.df,
        tail(found.statistic, found.distribution, found.df),
        _SOURCES[method],
        note,
        details | ({"left_out": rows.named(absent)} if len(absent) else {}),
    )


def compare(rows: Residuals, method: Method) -> Comparison:
    """The comparison behind :func:`groupwise_heteroskedasticity`.

    Source: see `groupwise_heteroskedasticity`. Held against R's anova, leveneTest and bptest
    (tests/panel/test_diagnostics.py).

    Raises
    ------
    EstimationError : as there.
    """
    if method == "paired Levene":
        return _paired(rows)
    kept = np.bincount(rows.regions) >= FEW_YEARS
    own = kept[rows.regions]
    values, codes = rows.values[own], np.unique(rows.regions[own], return_inverse=True)[1].astype(np.intp)
    n, n_groups = len(values), int(kept.sum())
    if n_groups < 2:
        raise EstimationError(f"{n_groups} regions have {FEW_YEARS} years", advice="Use a longer sample")
    if method == "Levene":
        medians = np.array([np.median(values[codes == code]) for code in range(n_groups)])
        between, inside = _analysis(np.abs(values - medians[codes]), codes)
        df = (float(n_groups - 1), float(n - n_groups))
        return Comparison(between / df[0] / (inside / df[1]), "F", df, kept, n)
    squares = values**2
    if method == "Koenker":
        between, inside = _analysis(squares, codes)
        return Comparison(n * between / (between + inside), "chi2", (float(n_groups - 1),), kept, n)
    sizes = np.bincount(codes).astype(np.float64)
    variances = group_means(squares[:, None], codes, np.ones(n))[:, 0]
    if variances.min() <= PERFECT**2 * variances.max():
        raise EstimationError(
            "a region's residuals are zero",
            where=rows.named(np.flatnonzero(kept)[[variances.argmin()]]),
            advice="Leave it out",
        )
    if method == "likelihood ratio":
        ratio = n * np.log(squares.mean()) - sizes @ np.log(variances)
        return Comparison(float(ratio), "chi2", (float(n_groups - 1),), kept, n)
    deviations = group_means(((squares - variances[codes]) ** 2)[:, None], codes, np.ones(n))[:, 0] / (sizes - 1)
    if (deviations <= (PERFECT * variances) ** 2).any():
        where = np.flatnonzero(kept)[deviations <= (PERFECT * variances) ** 2]
        raise EstimationError("squared residuals do not vary", where=rows.named(where), advice="Use paired Levene")
    wald = float((((variances - squares.mean()) ** 2) / deviations).sum())
    return Comparison(wald, "chi2", (float(n_groups),), kept, n)


def _analysis(values: Floats, codes: Codes) -> tuple[float, float]:
    """Sums of squares between groups and inside them."""
    means = group_means(values[:, None], codes, np.ones(len(values)))[:, 0][codes]
    between, inside = float(((means - values.mean()) ** 2).sum()), float(((values - means) ** 2).sum())
    if inside <= PERFECT**2 * float(values @ values):
        raise EstimationError("residuals do not vary in size within regions", advice="Use paired Levene")
    return between, inside


def _paired(rows: Residuals) -> Comparison:
    wide = rows.wide()
    half = wide.shape[1] // 2
    sizes = np.abs(wide[:, 1 : 2 * half : 2] - wide[:, 0 : 2 * half : 2])
    regions, pairs = np.nonzero(~np.isnan(sizes))
    values = sizes[regions, pairs]
    kept = np.isin(np.arange(len(wide)), regions)
    codes = tuple(np.unique(one, return_inverse=True)[1].astype(np.intp) for one in (regions, pairs))
    n = len(values)
    rank, rank_pairs = (effect_rank(codes), effect_rank(codes[1:])) if n else (0, 0)
    if rank <= rank_pairs or n <= rank:
        raise EstimationError(
            f"{int(kept.sum())} regions with {n} pairs of years cannot be compared", advice="Use a longer sample"
        )
    ones = np.ones(n)
    free = float((within(values[:, None], codes, ones) ** 2).sum())
    common = float((within(values[:, None], codes[1:], ones) ** 2).sum())
    if free <= PERFECT**2 * float(values @ values):
        raise EstimationError("differences of residuals do not vary in size within regions", advice="Use more years")
    df = (float(rank - rank_pairs), float(n - rank))
    return Comparison((common - free) / df[0] / (free / df[1]), "F", df, kept, n)
