"""Are errors correlated between regions? Pesaran's CD, its weighted form, and LM tests, on unbalanced panels too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ._base.seeds import rng_for
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import Distribution, HypothesisTest, tail
from regional_econ.panel.demean import Codes, Floats
from regional_econ.panel.diagnostics.rows import PERFECT, Residuals, fitted, labels_of, residuals_of
from regional_econ.panel.estimators import Sample

Method = Literal["CD", "robust CD", "CDw", "CDw+", "LM", "scaled LM", "bias-corrected LM"]
Source = Literal["fitted", "by region"]
NULL = "errors are independent between regions"
ESTIMATORS = ("pooled", "fe", "re", "fd", "cce", "mean-group", "cce-mean-group", "swamy")
_NAMES: dict[Method, tuple[str, str]] = {
    "CD": ("Pesaran CD", "Pesaran (2004; 2015, Econometric Reviews 34)"),
    "robust CD": ("CD robust to serial correlation", "after Baltagi, Kao & Peng (2016, Econometrics 4)"),
    "CDw": ("weighted CD", "Juodis & Reese (2022, JBES 40)"),
    "CDw+": ("power-enhanced weighted CD", "Juodis & Reese (2022, JBES 40)"),
    "LM": ("Breusch–Pagan LM of cross-section dependence", "Breusch & Pagan (1980, REStud 47)"),
    "scaled LM": ("scaled LM of cross-section dependence", "Pesaran (2004), equation 5"),
    "bias-corrected LM": ("bias-corrected scaled LM", "Baltagi, Feng & Kao (2012, J. Econometrics 170)"),
}


@dataclass(frozen=True, slots=True)
class Correlations:
    """Correlations of residuals between pairs of regions, each over the pair's common years.

    Attributes
    ----------
    rho : (P,) correlations.
    common : (P,) numbers of common years.
    first, second : (P,) codes of the regions.
    shape : number of regions and the most years that one has.
    few : pairs left out for too few common years.
    constant : pairs left out because a residual does not vary over the common years.
    """

    rho: Floats
    common: Floats
    first: Codes
    second: Codes
    shape: tuple[int, int]
    few: int
    constant: int


def cross_section_test(
    estimate: Estimate,
    method: Method = "CD",
    *,
    residuals: Source = "fitted",
    min_common: int = 2,
    seed: int = 1,
) -> HypothesisTest:
    """Test that errors are independent between regions.

    With ρ_ij the correlation of two regions over their T_ij common years and P pairs:

    * "CD": Σ √T_ij ρ_ij / √P, normal.
    * "robust CD": Σ √T_ij ρ_ij / √(Σ T_ij ρ²_ij), normal also where errors are serially correlated or their variances
      change over time. (Baltagi, Kao & Peng estimate the same variance otherwise.)
    * "CDw": CD with a random sign for each region; it depends on the seed. "CDw+" adds Σ |ρ_ij| over the pairs beyond
      2 √(ln N / T_ij) to |CDw|.
    * "LM": Σ T_ij ρ²_ij, χ²(P), for many years and few regions. "scaled LM": Σ (T_ij ρ²_ij − 1) / √(2P), normal.
      "bias-corrected LM": less N / (2(T−1)), for residuals with region effects taken out.

    With year effects the residuals add up to zero in each year, their correlations average −1/(N−1), and both CDs move
    to about −√(T/2) without any dependence. CDw does not, but sees strong dependence only; so too where yearly averages
    with loadings are taken out (cce, cce-mean-group), where CD finds too little (Juodis & Reese 2022); the
    LM tests see weak dependence too, but take serial correlation for it.

    Source: Pesaran (2004, CESifo Working Paper 1229); Pesaran (2015, Econometric Reviews 34); Baltagi, Kao & Peng
    (2016, Econometrics 4); Juodis & Reese (2022, JBES 40); Breusch & Pagan (1980, REStud 47); Baltagi, Feng & Kao
    (2012, J. Econometrics 170). Held against plm 2.6-2's pcdtest for CD and the LM tests, sums over pairs written out
    for CDw and CDw+, and simulated rejections (tests/panel/test_diagnostics.py, test_diagnostics_simulated.py).

    Parameters
    ----------
    estimate : pooled, fe, re, fd, or of regions' own slopes (cce, mean-group, cce-mean-group, swamy), without weights.
    method : which statistic.
    residuals : "fitted" the estimate's own, transformed as its estimator does; "by region" of a regression with own
        intercept and slopes in each region of the same sample (plm's pcdtest of a formula). Regions with too few years
        for that, fewer than terms + 2, are left out and named.
    min_common : fewest common years of a pair, 2 or more; plm takes 2.
    seed : of the random signs.

    Returns
    -------
    HypothesisTest
        Details: n_regions, n_pairs, pairs_few_years, pairs_without_variation, mean_correlation,
        mean_abs_correlation, mean_square (of √T_ij ρ_ij, about 1 without any dependence), min_common_years,
        max_common_years, regions_left_out and, if any, left_out with their names.

    Raises
    ------
    OptionError : an unknown method, an estimator or weights for which the test is not defined; the bias-corrected
        LM without region effects.
    EstimationError : no pair is left.

    Notes
    -----
    Rejections at nominal 5 % with 85 × 24 normal errors (1,000 samples); f is a common factor of variance 1:

    | errors | effects | CD | robust CD | CDw | CDw+ | bias-corrected LM |
    |---|---|---|---|---|---|---|
    | independent | region | 6 % | 5 % | 6 % | 6 % | 5 % |
    | independent | region+year | 100 % | 100 % | 5 % | 5 % | 5 % |
    | AR(1) of 0.5 | region | 7 % | 3 % | 11 % | 11 % | 100 % |
    | log variances by year, sd 0.6 | region | 8 % | 5 % | 9 % | 9 % | 100 % |
    | + 0.2 f in all regions | region | 100 % | 100 % | 5 % | 5 % | 28 % |
    | + N(0, 0.3²) f | region+year | – | – | 7 % | 7 % | 82 % |
    | + N(0, 1) f | region+year | – | – | 16 % | 88 % | 100 % |

    LM and scaled LM reject 57 % and 44 % of the independent ones.
    """
    check_option("method", method, Method)
    check_option("residuals", residuals, Source)
    if min_common < 2:
        raise OptionError(f"min_common cannot be {min_common}", advice="A correlation needs 2 common years or more")
    label, source = _NAMES[method]
    native = fitted(estimate, label, ESTIMATORS)
    within_regions = estimate.spec.estimator == "fe" and "region" in estimate.spec.effects
    if method == "bias-corrected LM" and (residuals != "fitted" or not within_regions):
        raise OptionError(
            "the bias-corrected LM is defined for residuals with region effects taken out",
            advice="Use fe with effects region or region+year, and residuals='fitted'",
        )
    if residuals == "fitted":
        absent: tuple[str, ...] = ()
        rows = residuals_of(native.sample, native.data, native.solution)
    else:
        rows, absent = _by_region(native.sample)
    pairs = pair_correlations(rows.wide(), min_common)
    if len(pairs.rho) == 0:
        raise EstimationError(f"no two regions have {min_common} common years", advice="Use more years")
    statistic, distribution, df = statistic_of(pairs, method, seed)
    return HypothesisTest(
        label,
        NULL,
        statistic,
        distribution,
        df,
        tail(statistic, distribution, df),
        source,
        _note(rows, method, pairs),
        _details(pairs, absent),
    )


def pair_correlations(wide: Floats, min_common: int = 2) -> Correlations:
    """Correlations between the rows of a matrix over the columns both have.

    Parameters
    ----------
    wide : (N, T), NaN where there is no figure.
    min_common : fewest common columns of a pair.

    Examples
    --------
    >>> pair_correlations(np.array([[1.0, 2, 3, np.nan], [2.0, 4, 6, 1], [np.nan, np.nan, 1, 2]])).few
    1
    """
    present = ~np.isnan(wide)
    mask = present.astype(np.float64)
    years = mask.sum(axis=1)
    centred = np.where(present, wide, 0.0)
    centred = (centred - (centred.sum(axis=1) / np.maximum(years, 1))[:, None]) * mask
    lengths = np.linalg.norm(centred, axis=1)
    centred /= np.where(lengths > 0, lengths, 1.0)[:, None]
    common = mask @ mask.T
    counted = np.maximum(common, 1)
    sums = centred @ mask.T
    squares = np.maximum(centred**2 @ mask.T - sums**2 / counted, 0.0)
    products = centred @ centred.T - sums * sums.T / counted
    first, second = np.triu_indices(len(wide), 1)
    enough = common[first, second] >= min_common
    varies = np.minimum(squares, squares.T)[first, second] > PERFECT**2
    kept = enough & varies
    i, j = first[kept], second[kept]
    rho = np.clip(products[i, j] / np.sqrt(squares[i, j] * squares[j, i]), -1.0, 1.0)
    shape = (len(wide), int(years.max()))
    return Correlations(rho, common[i, j], i, j, shape, int((~enough).sum()), int((enough & ~varies).sum()))


def statistic_of(pairs: Correlations, method: Method, seed: int = 1) -> tuple[float, Distribution, tuple[float, ...]]:
    """Statistic, its distribution under the null and its degrees of freedom.

    Source: see `cross_section_test`. Held against plm 2.6-2's pcdtest and sums over pairs written out
    (tests/panel/test_diagnostics.py, test_diagnostics_simulated.py).
    """
    n_pairs = len(pairs.rho)
    if method == "LM":
        return float(pairs.common @ pairs.rho**2), "chi2", (float(n_pairs),)
    if method in ("scaled LM", "bias-corrected LM"):
        scaled = float((pairs.common * pairs.rho**2 - 1).sum() / np.sqrt(2 * n_pairs))
        bias = pairs.shape[0] / (2 * (pairs.shape[1] - 1)) if method == "bias-corrected LM" else 0.0
        return scaled - bias, "normal", ()
    terms = np.sqrt(pairs.common / n_pairs) * pairs.rho
    if method == "CD":
        return float(terms.sum()), "normal", ()
    if method == "robust CD":
        return float(terms.sum() / np.linalg.norm(terms)), "normal", ()
    signs = rng_for(seed, "signs of regions").choice([-1.0, 1.0], size=pairs.shape[0])
    weighted = float((signs[pairs.first] * signs[pairs.second]) @ terms)
    if method == "CDw":
        return weighted, "normal", ()
    beyond = np.abs(pairs.rho) > 2 * np.sqrt(np.log(pairs.shape[0]) / pairs.common)
    return abs(weighted) + float(np.abs(pairs.rho[beyond]).sum()), "normal", ()


def _by_region(sample: Sample) -> tuple[Residuals, tuple[str, ...]]:
    """Residuals of each region's own regression, and the names of the regions left out."""
    regions, labels, needed = sample.units, labels_of(sample), sample.X.shape[1] + 2
    values, kept = np.zeros(len(sample.y)), np.zeros(len(sample.y), dtype=bool)
    for code in range(len(labels)):
        own = regions == code
        if own.sum() < needed:
            continue
        y, X = sample.y[own] - sample.y[own].mean(), sample.X[own] - sample.X[own].mean(axis=0)
        lengths = np.linalg.norm(X, axis=0)
        X = X / np.where(lengths > 0, lengths, 1.0)
        errors = y - X @ np.linalg.lstsq(X, y, rcond=PERFECT)[0]
        if np.linalg.norm(errors) > PERFECT * np.linalg.norm(sample.y[own]):
            values[own], kept[own] = errors, True
    if not kept.any():
        raise EstimationError(
            f"no region has residuals of its own: {needed} years are needed",
            advice="Use fewer terms, or residuals='fitted'",
        )
    left = sample.rows(kept)
    absent = tuple(label for code, label in enumerate(labels) if not kept[regions == code].any())
    return Residuals(values[kept], left.units, left.years, labels_of(left)), absent


def _note(rows: Residuals, method: Method, pairs: Correlations) -> str:
    n_regions, n_years = pairs.shape
    wide = rows.wide()
    by_year = np.abs(np.nansum(wide, axis=0)).max()
    if method in ("CD", "robust CD") and by_year < PERFECT * np.abs(rows.values).sum():
        return (
            "Year effects make the residuals add up to zero in each year, which moves CD to about "
            f"{-np.sqrt(n_years / 2):.1f} without any dependence (Juodis & Reese 2022): use CDw+."
        )
    if method not in ("LM", "scaled LM", "bias-corrected LM"):
        return ""
    note = "It takes serial correlation, and variances that change over time, for dependence."
    if method != "bias-corrected LM" and n_regions > n_years:
        note += f" It rejects too often with more regions ({n_regions}) than years ({n_years})."
    return note


def _details(pairs: Correlations, absent: tuple[str, ...]) -> dict[str, float | int | str]:
    details: dict[str, float | int | str] = {
        "n_regions": pairs.shape[0],
        "n_pairs": len(pairs.rho),
        "pairs_few_years": pairs.few,
        "pairs_without_variation": pairs.constant,
        "mean_correlation": float(pairs.rho.mean()),
        "mean_abs_correlation": float(np.abs(pairs.rho).mean()),
        "mean_square": float((pairs.common * pairs.rho**2).mean()),
        "min_common_years": int(pairs.common.min()),
        "max_common_years": int(pairs.common.max()),
        "regions_left_out": len(absent),
    }
    return details | ({"left_out": ", ".join(absent)} if absent else {})
