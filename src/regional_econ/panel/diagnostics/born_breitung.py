"""Are errors serially correlated when years are few? Born & Breitung's tests, for many regions, few or many years."""

from __future__ import annotations

from typing import Literal

import numpy as np

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.panel.demean import Floats
from regional_econ.panel.diagnostics.rows import PERFECT, fitted, need_region_effects, residuals_of

Correction = Literal["LM*", "HR"]


def born_breitung(estimate: Estimate, statistic: Correction = "LM*", *, lag: int = 1) -> HypothesisTest:
    """Born & Breitung's tests for fixed effects and few years.

    With e the within residuals and T_i the years of a region, z_i is, over its pairs (t, t−lag):
    LM*: Σ e_t e_(t−lag) + e²_(t−lag) / (T_i − 1), with mean zero if errors are independent and of one variance within
    a region; HR: Σ (e_t − mean of the years from t on)(e_(t−1) − mean of the years to t−1), with mean zero if they are
    independent, whatever their variances. With z_i independent between regions, the t test of a zero mean of the N
    sums z_i is compared with t(N−1), which keeps its size with few regions; the published statistic,
    Σ z_i / √(Σ z_i² − (Σ z_i)² / N) ~ N(0, 1), is √(N/(N−1)) times it.

    Source: Born & Breitung (2016, Econometric Reviews 35). Held against the formulas written out and simulated
    rejections (tests/panel/test_diagnostics_simulated.py).

    Parameters
    ----------
    estimate : fe with region effects.
    statistic : "LM*" or "HR".
    lag : years between the two; HR is defined for 1.

    Returns
    -------
    HypothesisTest
        Details: published (the normal statistic), lag, n_regions (those that contribute), n_pairs, regions_left_out
        and, if any, left_out with their names.

    Raises
    ------
    OptionError : another estimator, no region effects, weights, or a lag that the statistic does not have.
    EstimationError : fewer than two regions contribute.

    Notes
    -----
    Rejections at nominal 5 % with region and year effects, LM* and HR (4,000 samples): 10 × 7 errors 5 % and 5 % (by
    N(0, 1) 11 % and 11 %), 85 × 24 errors 5 % and 5 %. With variances that change over time HR keeps its size, LM* does
    not.
    """
    check_option("statistic", statistic, Correction)
    if lag < 1:
        raise OptionError(f"lag cannot be {lag}", advice="Give a number of years, 1 or more")
    if statistic == "HR" and lag != 1:
        raise OptionError("HR is defined for lag 1", advice="Use LM*")
    name = f"Born–Breitung {statistic}"
    native = fitted(estimate, name, ("fe",))
    need_region_effects(estimate, name)
    rows = residuals_of(native.sample, native.data, native.solution)
    products = _corrected_products(rows.wide(), lag) if statistic == "LM*" else _robust_products(rows.wide())
    counted = ~np.isnan(products)
    own = counted.any(axis=1)
    sums = np.nansum(products[own], axis=1)
    spread = float(sums @ sums) - float(sums.sum()) ** 2 / max(len(sums), 1)
    if len(sums) < 2 or spread <= PERFECT * float(sums @ sums):
        raise EstimationError(f"{len(sums)} regions have enough years for {name}", advice="Use a test for more years")
    published, df = float(sums.sum() / np.sqrt(spread)), float(len(sums) - 1)
    value = published * float(np.sqrt(df / len(sums)))
    absent = np.flatnonzero(~own)
    details: dict[str, float | int | str] = {
        "published": published,
        "lag": lag,
        "n_regions": len(sums),
        "n_pairs": int(counted.sum()),
        "regions_left_out": len(absent),
    }
    return HypothesisTest(
        name,
        "errors are serially uncorrelated" if lag == 1 else f"errors {lag} years apart are uncorrelated",
        value,
        "t",
        (df,),
        tail(value, "t", (df,)),
        "Born & Breitung (2016, Econometric Reviews 35)",
        "",
        details | ({"left_out": rows.named(absent)} if len(absent) else {}),
    )


def _corrected_products(wide: Floats, lag: int) -> Floats:
    """(N, T − lag) terms of LM*, NaN where a year is absent."""
    years = (~np.isnan(wide)).sum(axis=1)
    later, earlier = wide[:, lag:], wide[:, :-lag]
    return np.asarray(later * earlier + earlier**2 / np.maximum(years - 1, 1)[:, None])


def _robust_products(wide: Floats) -> Floats:
    """(N, T − 1) terms of HR, NaN where a year is absent or is the region's last, or the one before its first."""
    present = ~np.isnan(wide)
    values = np.where(present, wide, 0.0)
    ahead = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
    left = np.cumsum(present[:, ::-1], axis=1)[:, ::-1]
    behind, past = np.cumsum(values, axis=1), np.cumsum(present, axis=1)
    forward = wide - ahead / np.maximum(left, 1)
    backward = wide - behind / np.maximum(past, 1)
    informative = (left[:, 1:] > 1) & (past[:, :-1] > 1)
    return np.where(informative, forward[:, 1:] * backward[:, :-1], np.nan)
