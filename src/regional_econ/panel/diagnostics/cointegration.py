"""Do levels share a long run to which regions return? Westerlund's error-correction tests, p-values by bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option, check_whole
from regional_econ._base.seeds import rng_for
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Floats
from regional_econ.panel.unit_roots.adf import deterministic, series_of
from regional_econ.panel.unit_roots.tables import Trend

Cointegration = Literal["Gt", "Ga", "Pt", "Pa"]
_NAMES: tuple[Cointegration, ...] = ("Gt", "Ga", "Pt", "Pa")
_CHUNK = 4096  # regressions at a time


@dataclass(frozen=True, slots=True)
class _Rule:
    """How the error-correction models are written, and the Bartlett bandwidth of long-run variances."""

    trend: Trend
    lags: int
    leads: int
    bandwidth: int


def westerlund_test(
    formula: str,
    data: Panel | pd.DataFrame,
    statistic: Cointegration = "Gt",
    *,
    trend: Trend = "intercept",
    lags: int = 1,
    leads: int = 0,
    bandwidth: int | None = None,
    draws: int = 399,
    seed: int = 20221231,
    years: tuple[int, int] | None = None,
) -> HypothesisTest:
    """Westerlund's tests that no region's outcome returns to a long run with the terms.

    Δy_it = d_t + α_i y_i,t−1 + λ_i'x_i,t−1 + Σ_1^p α_ij Δy_i,t−j + Σ_−q^p γ_ij'Δx_i,t−j + e_it, p lags and q leads.
    "Gt" is the mean of α_i/SE(α_i), "Ga" of T α_i/α_i(1), α_i(1) the ratio of the long-run deviations (Bartlett) of
    Σ γ_ij'Δx + e and Δy; "Pt" and "Pa" pool α over regions, y_i,t−1 and Δy freed of all else. The p-value resamples, by
    year and all regions together, the residuals of the model without levels and the changes of x, and builds y and x
    anew without a long run, which keeps the correlation between regions.

    Source: Westerlund (2007, Oxford Bulletin of Economics and Statistics 69). Held against regressions region by region
    written out, for Gt the package Westerlund 0.1.2, and simulated rejections (tests/panel/test_cointegration.py).

    Parameters
    ----------
    formula : "y ~ x1 + x2" in levels, each with a unit root.
    data : a Panel, or a frame indexed (unit, year).
    statistic : Gt and Ga reject if some regions return, Pt and Pa if all do alike.
    trend : deterministic terms; series that drift need "trend", or Ga and Pa reject far too often.
    lags, leads : p and q.
    bandwidth : of the long-run deviations; None for floor(4 (T/100)^(2/9)).
    draws : of the bootstrap; seed : theirs.
    years : first and last.

    Returns
    -------
    HypothesisTest
        One-sided, low values reject. Details: Gt, Ga, Pt, Pa and p_Gt … p_Pa for all four, n_regions, n_years, trend,
        lags, leads, bandwidth, draws, regions_left_out and left_out (those without every year).

    Raises
    ------
    OptionError : an option that does not exist, or fewer than 99 draws.
    EstimationError : too few years for the terms, or fewer than two regions with all of them.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> round(westerlund_test("y ~ x", frame, "Gt", draws=99).statistic, 3)
    -2.53
    """
    check_option("statistic", statistic, Cointegration)
    check_option("trend", trend, Trend)
    check_whole("lags", lags)
    check_whole("leads", leads)
    check_whole("draws", draws, least=99)
    if bandwidth is not None:
        check_whole("bandwidth", bandwidth)
    parsed = parse_formula(formula)
    terms = tuple(map(str, parsed.terms))
    needed = deterministic(trend) + 1 + len(terms) + lags + len(terms) * (lags + leads + 1) + lags + leads + 4
    series = series_of(data, (str(parsed.lhs), *terms), years, needed, complete=True)
    n, t = series.values.shape
    if bandwidth is not None and bandwidth >= t - 1:
        raise OptionError(f"bandwidth {bandwidth} reaches beyond {t - 1} changes", advice="Give a smaller one, or none")
    rule = _Rule(trend, lags, leads, int(4 * (t / 100) ** (2 / 9)) if bandwidth is None else bandwidth)
    x = np.stack(series.beside, axis=2)
    found = _statistics(series.values[None], x[None], rule)[0]
    null = _bootstrapped(series.values, x, rule, draws, seed)
    p = (1 + (null <= found).sum(axis=0)) / (1 + draws)
    place = _NAMES.index(statistic)
    return HypothesisTest(
        f"Westerlund {statistic}",
        f"{parsed.lhs} and {', '.join(terms)} share no long run in any region",
        float(found[place]),
        "resampled",
        (),
        float(p[place]),
        "Westerlund (2007, Oxford Bulletin of Economics and Statistics 69)",
        f"Rejection: they do in {'some regions' if statistic.startswith('G') else 'all regions'}.",
        {
            **{name: float(value) for name, value in zip(_NAMES, found, strict=True)},
            **{f"p_{name}": float(value) for name, value in zip(_NAMES, p, strict=True)},
            "n_regions": n, "n_years": t, "trend": trend, "lags": lags, "leads": leads, "bandwidth": rule.bandwidth,
            "draws": draws, **series.absent,
        },
    )  # fmt: skip


def _statistics(y: Floats, x: Floats, rule: _Rule) -> Floats:
    """(b, 4) Gt, Ga, Pt, Pa of b panels y (b, N, T) and x (b, N, T, m)."""
    b, n, t = y.shape
    y, x = y.reshape(b * n, t), x.reshape(b * n, t, -1)
    change, short, moves = _short_run(y, x, rule)
    rows = change.shape[1]
    start = rule.lags
    level, beyond = y[:, start : start + rows, None], x[:, start : start + rows]
    beside = np.concatenate([_deterministic(len(y), rows, rule.trend), beyond, short], axis=2)
    both, slopes = _freed(np.concatenate([change[:, :, None], level], axis=2), beside)
    dy, ly = both[:, :, 0], both[:, :, 1]
    square = np.einsum("nt,nt->n", ly, ly)
    alpha = np.einsum("nt,nt->n", ly, dy) / square
    errors = dy - alpha[:, None] * ly
    variance = np.einsum("nt,nt->n", errors, errors) / (rows - beside.shape[2] - 1)
    pull = slopes[:, -moves.shape[2] :, 0] - alpha[:, None] * slopes[:, -moves.shape[2] :, 1]
    shocks = errors + np.einsum("ntk,nk->nt", moves, pull)
    ratio = np.sqrt(_long_run(shocks, rule) / _long_run(change, rule)).reshape(b, n)
    alpha, square, variance = alpha.reshape(b, n), square.reshape(b, n), variance.reshape(b, n)
    gt = (alpha * np.sqrt(square / variance)).mean(axis=1)
    ga = rows * (alpha / ratio).mean(axis=1)
    pooled = (alpha * square / ratio).sum(axis=1) / square.sum(axis=1)
    error = np.sqrt((variance / ratio**2).mean(axis=1) / square.sum(axis=1))
    return np.column_stack([gt, ga, pooled / error, rows * pooled])


def _short_run(y: Floats, x: Floats, rule: _Rule) -> tuple[Floats, Floats, Floats]:
    """Changes of y (m, R), the short run beside (m, R, p + …), and of it the changes of x alone, its last columns."""
    dy, dx = np.diff(y), np.diff(x, axis=1)
    start, rows = rule.lags, dy.shape[1] - rule.lags - rule.leads
    own = [dy[:, start - lag : start - lag + rows, None] for lag in range(1, rule.lags + 1)]
    moves = np.concatenate(
        [dx[:, start - lag : start - lag + rows] for lag in range(-rule.leads, rule.lags + 1)], axis=2
    )
    return dy[:, start : start + rows], np.concatenate([*own, moves], axis=2), moves


def _bootstrapped(y: Floats, x: Floats, rule: _Rule, draws: int, seed: int) -> Floats:
    n, t = y.shape
    m = x.shape[2]
    change, short, _ = _short_run(y, x, rule)
    rows = change.shape[1]
    beside = np.concatenate([np.ones((n, rows, 1)), short], axis=2)
    left, slopes = _freed(change[:, :, None], beside)
    errors = left[:, :, 0] - left[:, :, 0].mean(axis=1, keepdims=True)
    moves = np.diff(x, axis=1)[:, rule.lags : rule.lags + rows]
    moves = moves - moves.mean(axis=1, keepdims=True)
    past, pull = slopes[:, 1 : 1 + rule.lags, 0], slopes[:, 1 + rule.lags :, 0].reshape(n, -1, m)
    rng = rng_for(seed, "westerlund", rule.trend, rule.lags, rule.leads)
    found, step, length = np.empty((draws, 4)), max(1, _CHUNK // n), t - 1 + rule.lags + rule.leads
    for first in range(0, draws, step):
        size = min(step, draws - first)
        picked = rng.integers(0, rows, size=(size, length))
        dx = np.moveaxis(moves[:, picked], 0, 1)
        shocks = np.moveaxis(errors[:, picked[:, rule.lags : length - rule.leads]], 0, 1)
        for place, lag in enumerate(range(-rule.leads, rule.lags + 1)):
            part = dx[:, :, rule.lags - lag : rule.lags - lag + t - 1]
            shocks = shocks + np.einsum("bntm,nm->bnt", part, pull[:, place])
        dy = shocks.copy()
        for year in range(t - 1):
            for lag in range(1, min(rule.lags, year) + 1):
                dy[:, :, year] += past[:, lag - 1] * dy[:, :, year - lag]
        start = np.zeros((size, n, 1))
        built = np.concatenate([start, np.cumsum(dy, axis=2)], axis=2)
        drawn = np.cumsum(dx[:, :, rule.lags : rule.lags + t - 1], axis=2)
        walks = np.concatenate([np.zeros((size, n, 1, m)), drawn], axis=2)
        found[first : first + size] = _statistics(built, walks, rule)
    return found


def _deterministic(n: int, rows: int, trend: Trend) -> Floats:
    terms = np.column_stack([np.ones(rows), np.linspace(-1, 1, rows)])[:, : deterministic(trend)]
    return np.broadcast_to(terms, (n, rows, terms.shape[1]))


def _freed(values: Floats, beside: Floats) -> tuple[Floats, Floats]:
    """Residuals (m, R, p) on what stands beside (m, R, q), and the coefficients (m, q, p)."""
    norms = np.linalg.norm(beside, axis=1)
    if not norms.all():
        raise EstimationError("a term does not change in a region", advice="Leave the term or the region out")
    Q, R = np.linalg.qr(beside / norms[:, None, :])
    if np.abs(np.einsum("nii->ni", R)).min() < 1e-10:
        raise EstimationError("terms move together in a region by itself", advice="Use fewer terms, lags or leads")
    turned = Q.transpose(0, 2, 1) @ values
    return values - Q @ turned, np.linalg.solve(R, turned) / norms[:, :, None]


def _long_run(values: Floats, rule: _Rule) -> Floats:
    """(m,) long-run variances, as published without a mean taken out unless there is a trend."""
    left = values - values.mean(axis=1, keepdims=True) if rule.trend == "trend" else values
    found = np.einsum("nt,nt->n", left, left)
    for lag in range(1, rule.bandwidth + 1):
        weight = 1 - lag / (rule.bandwidth + 1)
        found += 2 * weight * np.einsum("nt,nt->n", left[:, lag:], left[:, :-lag])
    return np.asarray(found / left.shape[1])
