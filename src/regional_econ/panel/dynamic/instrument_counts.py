"""How many instruments are there, and what can each test tell with so many and so few regions?

The Hansen statistic is N times an R²: that of ones on the regions' moments, once the coefficients have taken their
share. With normal moments it is N times a Beta(df/2, (N − df)/2) under the null, not χ²(df): with many instruments it
crowds around df and its χ² test never rejects, whatever is true (Hotelling 1931; Roodman 2009).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from regional_econ._base.errors import EstimationError
from regional_econ.core.estimate import Estimate
from regional_econ.panel.dynamic.specification import arellano_bond, behind, difference_in_hansen, hansen, sargan

POWER = 0.80
LARGEST_AR1 = 0.125  # |correlation| at two years of differences of AR(1) errors with φ > 0: φ(1 − φ)/2, most at φ = 1/2


@dataclass(frozen=True, slots=True)
class Reach:
    """What a Hansen test can tell.

    Attributes
    ----------
    size : how often the χ² test of the nominal level rejects valid instruments.
    detectable : the mean of an invalid moment, in its standard deviations across regions, found with 80 % power; NaN
        where none is.
    """

    size: float
    detectable: float


def hansen_reach(overidentified: int, n_regions: int, level: float = 0.05) -> Reach:
    """Size and reach of the χ² Hansen test with normal moments.

    Source: Hotelling (1931, Annals of Mathematical Statistics 2); Roodman (2009, Oxford Bulletin of Economics and
    Statistics 71). Held against simulated moments (tests/panel/test_instrument_counts.py).

    Parameters
    ----------
    overidentified : instruments less coefficients.
    n_regions : regions.
    level : nominal level of the test.

    Raises
    ------
    EstimationError : nothing to test, or as many restrictions as regions.

    Examples
    --------
    >>> found = hansen_reach(50, 85)
    >>> round(found.size, 4), round(hansen_reach(5, 85).size, 3)
    (0.0013, 0.045)
    """
    df, rest = overidentified, n_regions - overidentified
    if df < 1 or rest < 1:
        raise EstimationError(
            f"{df} restrictions of {n_regions} regions have no distribution", advice="Use fewer instruments"
        )
    critical = float(stats.chi2.isf(level, df)) / n_regions
    if critical >= 1:
        return Reach(0.0, float("nan"))
    size = float(stats.beta.sf(critical, df / 2, rest / 2))
    bound = critical / (1 - critical) * rest / df
    return Reach(size, _detectable(bound, df, rest, n_regions))


def instrument_counts(estimate: Estimate) -> pd.DataFrame:
    """The instruments by set.

    Source: Roodman (2009, Stata Journal 9). Held against plm 2.6-2 and pyxtabond2 0.0.4 on the UK firms
    (tests/panel/test_gmm.py).

    Parameters
    ----------
    estimate : of gmm-diff or gmm-system.

    Returns
    -------
    set, instruments, a_region (instruments for each region); last the row "all"

    Raises
    ------
    EstimationError : another estimator.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> from regional_econ.panel.fit import fit
    >>> found = fit("y ~ x + lag(y, 1)", frame, estimator="gmm-diff:lags=2-3,collapse", effects="region")
    >>> instrument_counts(found)[["set", "instruments"]].to_numpy().tolist()
    [['gmm(y), differences', 2], ['standard', 1], ['all', 3]]
    """
    fit = behind(estimate).fit
    counted = {**Counter(fit.columns.groups), "all": fit.n_instruments}
    table = pd.DataFrame({"set": list(counted), "instruments": list(counted.values())})
    return table.assign(a_region=table["instruments"] / fit.n_regions)


def what_tests_tell(estimate: Estimate) -> pd.DataFrame:
    """Each specification test with what it can tell about this estimate.

    Source: Roodman (2009, Oxford Bulletin of Economics and Statistics 71); Arellano & Bond (1991, Review of Economic
    Studies 58). Held against simulated moments and errors with known correlation
    (tests/panel/test_instrument_counts.py).

    Parameters
    ----------
    estimate : of gmm-diff or gmm-system.

    Returns
    -------
    test, statistic, df, p_value, size (of a nominal 5 % test under the null, where known), detectable (the smallest
    departure found with 80 % power, in the unit that `says` names), says

    Raises
    ------
    EstimationError : another estimator.
    """
    fit = behind(estimate).fit
    rows = [_hansen_row(estimate), _sargan_row(estimate)] if fit.overidentified else []
    rows += [_difference_row(estimate, group) for group in dict.fromkeys(fit.columns.groups) if fit.overidentified]
    rows += [_correlation_row(estimate, order) for order in (1, 2)]
    return pd.DataFrame(rows, columns=["test", "statistic", "df", "p_value", "size", "detectable", "says"])


def _hansen_row(estimate: Estimate) -> tuple[object, ...]:
    test, fit = hansen(estimate), behind(estimate).fit
    df, n = fit.overidentified, fit.n_regions
    if np.isnan(test.p_value) or df >= n:
        says = f"Nothing: {fit.n_instruments} instruments, {n} regions. {test.note}."
        return (test.method, test.statistic, df, float("nan"), float("nan"), float("nan"), says)
    reach = hansen_reach(df, n)
    if np.isnan(reach.detectable):
        says = f"Nothing: it cannot exceed {n}, and the 5 % bound of χ²({df}) is {stats.chi2.isf(0.05, df):.0f}."
    else:
        says = (
            f"With normal moments it rejects valid instruments in {100 * reach.size:.2g} % of samples at a nominal "
            f"5 % and finds moments {reach.detectable:.2f} standard deviations off zero with 80 % power."
        )
    return (test.method, test.statistic, df, test.p_value, reach.size, reach.detectable, says)


def _sargan_row(estimate: Estimate) -> tuple[object, ...]:
    test = sargan(estimate)
    says = "Not weakened by many instruments, but rejects valid ones where errors differ in variance or by region"
    says += ", as errors in levels do: in a system it tells nothing." if behind(estimate).fit.rows.system else "."
    return (test.method, test.statistic, test.df[0], test.p_value, float("nan"), float("nan"), says)


def _difference_row(estimate: Estimate, group: str) -> tuple[object, ...]:
    name = f"Difference-in-Hansen: {group}"
    try:
        test = difference_in_hansen(estimate, group)
    except EstimationError as error:
        return (name, float("nan"), 0, float("nan"), float("nan"), float("nan"), f"Cannot be taken: {error.message}.")
    says = "Takes the other instruments for granted: read it only where Hansen without these passes"
    p = test.details["p_without"]
    says += f" (p {p:.3f})." if isinstance(p, float) and np.isfinite(p) else "."
    return (name, test.statistic, test.df[0], test.p_value, float("nan"), float("nan"), test.note or says)


def _correlation_row(estimate: Estimate, order: int) -> tuple[object, ...]:
    test = arellano_bond(estimate, order)
    if np.isnan(test.p_value):
        return (test.method, float("nan"), 0, float("nan"), float("nan"), float("nan"), f"Nothing: {test.note}.")
    error = abs(float(test.details["correlation"]) / test.statistic)
    seen = float(stats.norm.ppf(0.975) + stats.norm.ppf(POWER)) * error
    if order == 1:
        says = "Should reject, as differences of independent errors correlate by −1/2; says nothing of the instruments."
    elif seen >= LARGEST_AR1:
        says = (
            f"Finds correlations of {seen:.3f} with 80 % power; positively correlated AR(1) errors give at most "
            f"{LARGEST_AR1} and pass, "
            "moving averages up to 1/2."
        )
    else:
        phi = (1 - np.sqrt(1 - 8 * seen)) / 2
        says = (
            f"Finds correlations of {seen:.3f} with 80 % power, AR(1) errors with coefficients of {phi:.2f} to "
            f"{1 - phi:.2f}; nearer to 0 or 1 they pass."
        )
    return (test.method, test.statistic, 0, test.p_value, float("nan"), seen, says)


def _detectable(bound: float, df: int, rest: int, n_regions: int) -> float:
    """Mean in standard deviations at which the noncentral F(df, rest) passes a bound with 80 % probability."""

    def missing(mean: float) -> float:
        return float(stats.ncf.sf(bound, df, rest, n_regions * mean**2)) - POWER

    high = 0.1
    while missing(high) < 0:
        high *= 2
        if high > 100:
            return float("nan")
    return float(optimize.brentq(missing, 0.0, high, xtol=1e-6))
