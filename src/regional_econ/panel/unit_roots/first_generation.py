"""Do series have unit roots, if regions are independent? Im–Pesaran–Shin, Levin–Lin–Chu, Fisher-type tests, Hadri."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option, check_whole
from regional_econ.core.hypothesis_test import Distribution, HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Floats
from regional_econ.panel.unit_roots.adf import (
    Denominator,
    DickeyFuller,
    Series,
    chosen_lags,
    deterministic,
    dickey_fuller,
    series_of,
)
from regional_econ.panel.unit_roots.tables import (
    LLC_MEAN,
    LLC_SPREAD,
    LLC_YEARS,
    Trend,
    dickey_fuller_tail,
    ips_moments,
)

LongRun = Literal["detrended", "driftless"]
Test = Literal["IPS", "LLC", "Maddala-Wu", "Pm", "inverse normal", "logit", "Hadri"]
_SOURCES: dict[Test, str] = {
    "IPS": "Im, Pesaran & Shin (2003, J. Econometrics 115)",
    "LLC": "Levin, Lin & Chu (2002, J. Econometrics 108)",
    "Maddala-Wu": "Maddala & Wu (1999, Oxford Bulletin of Economics and Statistics 61)",
    "Pm": "Choi (2001, J. International Money and Finance 20)",
    "inverse normal": "Choi (2001, J. International Money and Finance 20)",
    "logit": "Choi (2001, J. International Money and Finance 20)",
    "Hadri": "Hadri (2000, Econometrics Journal 3)",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A statistic with its distribution and one-sided p-value."""

    statistic: float
    p_value: float
    distribution: Distribution = "normal"
    df: tuple[float, ...] = ()


def unit_root_test(
    data: Panel | pd.DataFrame,
    variable: str,
    test: Test = "IPS",
    *,
    trend: Trend = "intercept",
    lags: int | Literal["AIC", "SIC"] = "AIC",
    most: int = 4,
    denominator: Denominator | None = None,
    long_run: LongRun = "detrended",
    demeaned: bool = False,
    years: tuple[int, int] | None = None,
) -> HypothesisTest:
    """Test for unit roots in a variable, region by region, regions taken as independent.

    "IPS" is W-t-bar, with Im, Pesaran & Shin's moments of the mean t; "LLC" the adjusted t of a common root; the Fisher
    tests combine MacKinnon's long-sample p-values p_i: "Maddala-Wu" −2 Σ ln p_i, "Pm" its standardised form, "inverse
    normal" Σ Φ⁻¹(p_i)/√N, "logit" Choi's L*. "Hadri" has stationarity as its null, its variance one for each region.

    Source: Im, Pesaran & Shin (2003, J. Econometrics 115); Levin, Lin & Chu (2002, J. Econometrics 108); Maddala & Wu
    (1999, Oxford Bulletin of Economics and Statistics 61); Choi (2001, J. International Money and Finance 20); Hadri
    (2000, Econometrics Journal 3); MacKinnon (1994, JBES 12). Held against plm 2.6-2's purtest on Grunfeld's data,
    complete and thinned, with fixed and chosen lags, and simulated rejections (tests/panel/test_unit_roots.py).

    Parameters
    ----------
    data : a Panel, or a frame indexed (unit, year).
    variable : a name or a term such as ln(x).
    test : see above.
    trend : deterministic terms: none (not for IPS and Hadri), intercept, or intercept and trend.
    lags : lagged changes, the same for all, or chosen for each region by AIC or SIC on the rows that `most` lags leave.
        For Hadri a number is that of Bartlett lags in the long-run variance, 0 as published for independent errors.
    most : the largest number considered.
    denominator : of residual variances: rows less coefficients "n-k", or rows "n". None takes what each paper has: "n"
        for LLC and Hadri, "n-k" for the others; plm's default is "n" for all, which makes |t| larger than the one that
        IPS tabulated.
    long_run : of which changes LLC's long-run variance is: "detrended" ones, less their mean (with a trend, a line), as
        in plm; "driftless" ones, less what the null has, nothing (with a trend, their mean).
    demeaned : subtract each year's mean first, which removes a factor that moves all regions alike.
    years : first and last.

    Returns
    -------
    HypothesisTest
        One-sided. Details: n_regions, n_years (of the longest series), trend, lags (mean), demeaned, regions_left_out
        and, if any, left_out with their names: regions with gaps or too few years, for LLC and Hadri any year missing.

    Raises
    ------
    OptionError : an option that does not exist or does not go with the test.
    EstimationError : too few regions or years, or a region whose series does not move.

    Notes
    -----
    All of these assume independent regions; with a common factor they reject far too often: use `cips_test`. LLC
    rejects too often even so where its long-run variance is that of detrended changes: at nominal 5 % with 20 regions
    in 41 % of samples of 25 years, 25 % of 60 and 12 % of 150 (intercept, one lag, 150 samples), where it is estimated
    at 0.65, 0.77 and 0.87 of its size; with that of driftless changes in about 5 %. Its table begins at 25 rows: below,
    it is read at 25, and the test rejects too often in either form. MacKinnon's p-values are meant for long series, so
    the Fisher tests reject too often in short ones: simulate their size at your length.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(20), range(2000, 2030)], names=["region", "year"])
    >>> noise = pd.DataFrame({"x": np.random.default_rng(1).normal(size=600)}, index=index)
    >>> walks = noise.groupby(level=0).cumsum()
    >>> unit_root_test(noise, "x", lags=0).p_value < 1e-6, unit_root_test(walks, "x").p_value > 0.1
    (True, True)
    """
    check_option("test", test, Test)
    check_option("trend", trend, Trend)
    divisor: Denominator = denominator or ("n" if test in ("LLC", "Hadri") else "n-k")
    check_option("denominator", divisor, Denominator)
    check_option("long_run", long_run, LongRun)
    check_whole("most", most)
    if trend == "none" and test in ("IPS", "Hadri"):
        raise OptionError(f"{test} is not defined without an intercept", advice="Use trend='intercept'")
    if test == "Hadri":
        return _hadri(data, variable, trend, lags, divisor, demeaned, years)
    reach = int(lags) if isinstance(lags, Integral) else most
    shortest = max(2 * reach + deterministic(trend) + 4, reach + 11 if test == "IPS" else 0)
    series = series_of(data, (variable,), years, shortest, demeaned=demeaned, complete=test == "LLC")
    found = dickey_fuller(series, trend, chosen_lags(series, trend, lags, most), divisor)
    match test:
        case "IPS":
            result = _ips(found, trend)
        case "LLC":
            result = _llc(series, found, trend, divisor, long_run)
        case _:
            result = _fisher(test, dickey_fuller_tail(found.t, trend))
    alternative = "all regions" if test == "LLC" else "some regions"
    return _reported(
        test, series, result, trend, f"{variable} has a unit root in every region", float(found.lags.mean()), demeaned,
        f"Rejection: it is stationary in {alternative}. Regions are taken as independent.",
    )  # fmt: skip


def _ips(found: DickeyFuller, trend: Trend) -> _Found:
    moments = np.array(
        [
            ips_moments(int(length - lag - 1), int(lag), trend)
            for length, lag in zip(found.lengths, found.lags, strict=True)
        ]
    )
    mean, variance = moments.mean(axis=0)
    statistic = float(np.sqrt(len(found.t)) * (found.t.mean() - mean) / np.sqrt(variance))
    return _Found(statistic, float(stats.norm.cdf(statistic)))


def _llc(series: Series, found: DickeyFuller, trend: Trend, denominator: Denominator, long_run: LongRun) -> _Found:
    n, t = series.values.shape
    levels, changes = found.levels / found.sigma[:, None], found.changes / found.sigma[:, None]
    square = float(np.sum(levels**2))
    rho = float(np.sum(levels * changes)) / square
    rows = t - 1 - found.lags.mean()
    left = float(np.sum((changes - rho * levels) ** 2))
    variance = left / (n * rows)
    less: dict[Trend, Trend] = {"none": "none", "intercept": "none", "trend": "intercept"}
    left_out = trend if long_run == "detrended" else less[trend]
    error = np.sqrt(left / (n * rows - (1 if denominator == "n-k" else 0)) / square)
    ratio = float(
        np.mean(np.sqrt(_long_run(np.diff(series.values), left_out, round(3.21 * t ** (1 / 3)))) / found.sigma)
    )
    mean, spread = (float(np.interp(rows, LLC_YEARS, table[trend])) for table in (LLC_MEAN, LLC_SPREAD))
    statistic = float((rho / error - n * rows * ratio / variance * error * mean) / spread)
    return _Found(statistic, float(stats.norm.cdf(statistic)))


def _fisher(test: Test, p: Floats) -> _Found:
    n = len(p)
    if test in ("Maddala-Wu", "Pm"):
        total = -2 * float(np.log(p).sum())
        if test == "Maddala-Wu":
            return _Found(total, float(stats.chi2.sf(total, 2 * n)), "chi2", (2.0 * n,))
        statistic = (total - 2 * n) / (2 * np.sqrt(n))
        return _Found(statistic, float(stats.norm.sf(statistic)))
    if test == "inverse normal":
        statistic = float(stats.norm.ppf(p).sum() / np.sqrt(n))
        return _Found(statistic, float(stats.norm.cdf(statistic)))
    factor = 3 * (5 * n + 4) / (np.pi**2 * n * (5 * n + 2))
    statistic = float(np.sqrt(factor) * np.log(p / (1 - p)).sum())
    return _Found(statistic, float(stats.t.cdf(statistic, 5 * n + 4)), "t", (5.0 * n + 4,))


def _hadri(
    data: Panel | pd.DataFrame, variable: str, trend: Trend, lags: int | str, denominator: Denominator,
    demeaned: bool, years: tuple[int, int] | None,
) -> HypothesisTest:  # fmt: skip
    if not isinstance(lags, Integral) or isinstance(lags, bool) or lags < 0:
        raise OptionError(
            f"Hadri chooses no lags: they cannot be {lags!r}",
            advice="Give the Bartlett lags of the long-run variance, such as 0",
        )
    series = series_of(data, (variable,), years, lags + deterministic(trend) + 4, demeaned=demeaned, complete=True)
    n, t = series.values.shape
    left = _detrended(series.values, trend)
    smooth = np.linalg.norm(left, axis=1) <= 1e-10 * np.linalg.norm(series.values, axis=1)
    if smooth.any():
        raise EstimationError(
            f"{variable} is a straight line: no error is left to test with",
            where=series.labels[int(smooth.argmax())],
            advice="Leave the region out",
        )
    mean, variance = {"intercept": (1 / 6, 1 / 45), "trend": (1 / 15, 11 / 6300)}[trend]
    own = _bartlett(left, lags, t - (deterministic(trend) if denominator == "n-k" else 0))
    statistics = (np.cumsum(left, axis=1) ** 2).sum(axis=1) / t**2 / own
    statistic = float(np.sqrt(n) * (statistics.mean() - mean) / np.sqrt(variance))
    return _reported(
        "Hadri", series, _Found(statistic, float(stats.norm.sf(statistic))), trend,
        f"{variable} is stationary in every region", float(lags), demeaned,
        "Rejection: some regions have a unit root. Regions are taken as independent.",
    )  # fmt: skip


def _long_run(changes: Floats, trend: Trend, bandwidth: int) -> Floats:
    return _bartlett(_detrended(changes, trend), min(bandwidth, changes.shape[1] - 1), changes.shape[1])


def _bartlett(values: Floats, bandwidth: int, divisor: int) -> Floats:
    found = np.einsum("nt,nt->n", values, values)
    for lag in range(1, bandwidth + 1):
        found += 2 * (1 - lag / (bandwidth + 1)) * np.einsum("nt,nt->n", values[:, lag:], values[:, :-lag])
    return np.asarray(found / divisor)


def _detrended(values: Floats, trend: Trend) -> Floats:
    if trend == "none":
        return values
    t = values.shape[1]
    beside = np.column_stack([np.ones(t), np.linspace(-1, 1, t)][: deterministic(trend)])
    basis = np.linalg.qr(beside)[0]
    return np.asarray(values - (values @ basis) @ basis.T)


def _reported(
    test: Test, series: Series, found: _Found, trend: Trend, null: str, lags: float, demeaned: bool, note: str
) -> HypothesisTest:
    names = {"IPS": "Im–Pesaran–Shin W-t-bar", "LLC": "Levin–Lin–Chu", "Maddala-Wu": "Maddala–Wu", "Pm": "Choi Pm",
        "inverse normal": "Choi inverse normal", "logit": "Choi logit", "Hadri": "Hadri"}  # fmt: skip
    return HypothesisTest(
        names[test], null, found.statistic, found.distribution, found.df, found.p_value, _SOURCES[test], note,
        {
            "n_regions": len(series.labels), "n_years": series.values.shape[1], "trend": trend, "lags": lags,
            "demeaned": demeaned, **series.absent,
        },
    )  # fmt: skip
