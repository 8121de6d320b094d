"""Are errors correlated from year to year? Tests on pairs of years by the calendar, none across a gap.

With region effects taken out, independent errors give residuals with correlation −1/(T−1). Tests that ignore it
(`breusch_godfrey`) reject far too often in short panels; Wooldridge's and Born & Breitung's are built on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.panel.demean import Floats, group_sums
from regional_econ.panel.diagnostics.rows import (
    PERFECT,
    Residuals,
    effect_basis,
    fitted,
    need_region_effects,
    residuals_of,
)
from regional_econ.panel.estimators import first_differences
from regional_econ.panel.least_squares import Transformed, solve
from regional_econ.panel.model import Fitted

FirstDifferenceNull = Literal["fd", "fe"]
LagRule = Literal["within regions", "stacked"]
Factor = Literal["CR1S", "CR0"]
WOOLDRIDGE = "Wooldridge (2010, Econometric Analysis, 10.6.3 and 10.5.4)"


@dataclass(frozen=True, slots=True)
class Slope:
    """A regression of residuals on those of the year before, with an intercept, errors clustered by region.

    Attributes
    ----------
    value, std_error : of the slope; the error without a small-sample factor.
    n_pairs, n_regions : rows and clusters.
    """

    value: float
    std_error: float
    n_pairs: int
    n_regions: int


def wooldridge_first_difference(
    estimate: Estimate, null: FirstDifferenceNull = "fe", *, small_sample: Factor = "CR1S"
) -> HypothesisTest:
    """Wooldridge's test on first-differenced residuals, xtserial in Stata for null "fe".

    Residuals of first differences are regressed on those of the year before; F tests the slope, errors clustered by
    region.

    Source: Wooldridge (2010, Econometric Analysis, 10.6.3); Drukker (2003, Stata Journal 3). Held against plm 2.6-2's
    pwfdtest (CR0) on Grunfeld's data, complete and ragged, and Munnell's (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : fd, or fe, which is differenced first: with its year effects, if it has them.
    null : "fe" the errors themselves are uncorrelated, so differences have correlation −1/2; "fd" the differenced
        errors are uncorrelated.
    small_sample : "CR1S" G/(G−1) · (n−1)/(n−2) with F(1, G−1); "CR0" no factor with F(1, n−2), plm's convention.

    Returns
    -------
    HypothesisTest
        Details: slope, std_error, n_pairs, n_regions.

    Raises
    ------
    OptionError : another estimator, weights or option.
    EstimationError : fewer than two regions with three consecutive years.

    Notes
    -----
    plm takes differences across gaps, this test does not. Rejections at nominal 5 % with region and year effects (1,000
    samples): 85 × 24 and 85 × 6 errors 6 %, 10 × 20 errors 9 % (CR0: 15 %).
    """
    check_option("null", null, FirstDifferenceNull)
    native = fitted(estimate, "Wooldridge's first-difference test", ("fd", "fe"))
    rows = _own(native) if estimate.spec.estimator == "fd" else _differenced(native, estimate.spec.effects)
    expected = 0.0 if null == "fd" else -0.5
    which = "differenced errors" if null == "fd" else "errors"
    return _slope_test(
        rows, expected, "Wooldridge first-difference test", f"{which} are serially uncorrelated", small_sample
    )


def wooldridge_within(estimate: Estimate, *, small_sample: Factor = "CR1S") -> HypothesisTest:
    """Wooldridge's test on within residuals.

    Within residuals are regressed on those of the year before; under the null the slope is that of the demeaning
    alone: −1/(T−1) in a balanced panel, else the ratio Σ M_(t,t−1) / Σ M_(t−1,t−1) over the pairs, M the residual
    maker of the effects.

    Source: Wooldridge (2010, Econometric Analysis, 10.5.4). Held against plm 2.6-2's pwartest (CR0) on balanced data,
    and the slope of the demeaning by a dense matrix (tests/panel/test_diagnostics.py, test_diagnostics_simulated.py).

    Parameters
    ----------
    estimate : fe with region effects.
    small_sample : as in :func:`wooldridge_first_difference`.

    Returns
    -------
    HypothesisTest
        Details: slope, expected_slope, std_error, n_pairs, n_regions.

    Raises
    ------
    OptionError : another estimator, no region effects, weights, or an option that does not exist.
    EstimationError : fewer than two regions with two consecutive years.

    Notes
    -----
    On unbalanced data plm takes −1/(T−1) with T all years of the panel, however few a region has; slope and error are
    the same. Rejections at nominal 5 % with region and year effects (1,000 samples): 85 × 24 and 85 × 6 errors 6 %,
    10 × 20 errors 8 % (CR0: 13 %).
    """
    native = fitted(estimate, "Wooldridge's within test", ("fe",))
    need_region_effects(estimate, "Wooldridge's within test")
    rows = _own(native)
    expected = _expected_slope(rows, native.data)
    null = "errors are serially uncorrelated"
    return _slope_test(rows, expected, "Wooldridge within test", null, small_sample)


def breusch_godfrey(estimate: Estimate, order: int = 1, *, lags: LagRule = "within regions") -> HypothesisTest:
    """Breusch–Godfrey LM test: residuals on the transformed regressors and lagged residuals, n R² is χ²(order).

    Lags are zero where the earlier year is absent. Region effects bias it: about −√(N/T) in units of its standard
    error, which the note states; use Wooldridge's or Born & Breitung's tests there.

    Source: Breusch (1978, Australian Economic Papers 17); Godfrey (1978, Econometrica 46). Held against plm 2.6-2's
    pbgtest (stacked), and residuals lagged by hand (tests/panel/test_diagnostics.py).

    Parameters
    ----------
    estimate : pooled, fe, re or fd.
    order : number of lags.
    lags : "within regions", or "stacked" as plm does: the last year of one region precedes the first of the next.

    Returns
    -------
    HypothesisTest

    Raises
    ------
    OptionError : weights, or an order below 1.
    EstimationError : no region has so many years.

    Notes
    -----
    Rejections at nominal 5 % with region and year effects (1,000 samples): 85 × 24 errors 47 %, 85 × 6 errors 99 %.
    """
    check_option("lags", lags, LagRule)
    if order < 1:
        raise OptionError(f"order cannot be {order}", advice="Give a number of years, 1 or more")
    native = fitted(estimate, "the Breusch–Godfrey test", ("pooled", "fe", "re", "fd"))
    rows = _own(native)
    lagged = _lagged(rows, order) if lags == "within regions" else _stacked(rows.values, order)
    if not lagged.any(axis=0).all():
        raise EstimationError(f"no region has two rows {order} years apart", advice="Use a smaller order")
    columns = np.column_stack([native.data.X, lagged])
    columns = columns / np.linalg.norm(columns, axis=0)
    explained = columns @ np.linalg.lstsq(columns, rows.values, rcond=PERFECT)[0]
    n = len(rows.values)
    statistic = n * float(explained @ explained) / float(rows.values @ rows.values)
    note = ""
    if "region" in estimate.spec.effects and estimate.spec.estimator == "fe":
        n_regions = len(rows.labels)
        note = (
            f"Region effects alone move it by about {-np.sqrt(n_regions / (n / n_regions)):.1f} standard errors: "
            "use Wooldridge's or Born & Breitung's test."
        )
    return HypothesisTest(
        "Breusch–Godfrey LM",
        f"errors are serially uncorrelated up to order {order}",
        statistic,
        "chi2",
        (float(order),),
        tail(statistic, "chi2", (order,)),
        "Breusch (1978, Australian Economic Papers 17), Godfrey (1978, Econometrica 46)",
        note,
        {"order": order, "lags": lags, "n_obs": n},
    )


def _slope_test(rows: Residuals, expected: float, method: str, null: str, small_sample: Factor) -> HypothesisTest:
    check_option("small_sample", small_sample, Factor)
    found = _slope(rows)
    n, regions = found.n_pairs, found.n_regions
    factor, denominator = (
        (1.0, n - 2) if small_sample == "CR0" else (regions / (regions - 1) * (n - 1) / (n - 2), regions - 1)
    )
    statistic = ((found.value - expected) / found.std_error) ** 2 / factor
    df = (1.0, float(denominator))
    return HypothesisTest(
        method,
        null,
        statistic,
        "F",
        df,
        tail(statistic, "F", df),
        WOOLDRIDGE,
        "",
        {
            "slope": found.value,
            "expected_slope": expected,
            "std_error": found.std_error * float(np.sqrt(factor)),
            "n_pairs": n,
            "n_regions": regions,
        },
    )


def _slope(rows: Residuals) -> Slope:
    later, earlier = rows.pairs()
    regions = np.unique(rows.regions[later], return_inverse=True)[1]
    n_regions = int(regions.max()) + 1 if len(regions) else 0
    if n_regions < 2 or len(later) < 3:
        raise EstimationError(
            f"{n_regions} regions have residuals of two consecutive years", advice="Use a longer sample"
        )
    y, x = rows.values[later], rows.values[earlier]
    x = x - x.mean()
    norm = float(x @ x)
    value = float(x @ y) / norm
    scores = x * (y - y.mean() - value * x)
    sums = group_sums(scores[:, None], regions)[:, 0]
    error = float(np.linalg.norm(sums)) / norm
    if error <= PERFECT * abs(value):
        raise EstimationError("residuals follow those of the year before exactly", advice="Use more regions or years")
    return Slope(value, error, len(y), n_regions)


def _own(native: Fitted) -> Residuals:
    return residuals_of(native.sample, native.data, native.solution)


def _differenced(native: Fitted, effects: str) -> Residuals:
    names = ("year",) if "year" in effects else ()
    sample, data = first_differences(native.sample, names)
    return residuals_of(sample, data, solve(data))


def _expected_slope(rows: Residuals, data: Transformed) -> float:
    """Slope that demeaning gives independent errors."""
    later, earlier = rows.pairs()
    if not len(later):
        return 0.0
    basis = effect_basis(data.absorbed, len(data.y))
    off = -np.einsum("ij,ij->i", basis[later], basis[earlier])
    diagonal = 1 - np.einsum("ij,ij->i", basis[earlier], basis[earlier])
    return float(off.sum() / diagonal.sum())


def _lagged(rows: Residuals, order: int) -> Floats:
    columns = np.zeros((len(rows.values), order))
    for lag in range(1, order + 1):
        later, earlier = rows.pairs(lag)
        columns[later, lag - 1] = rows.values[earlier]
    return columns


def _stacked(values: Floats, order: int) -> Floats:
    if order >= len(values):
        return np.zeros((len(values), order))
    return np.column_stack([np.concatenate([np.zeros(lag), values[:-lag]]) for lag in range(1, order + 1)])
