"""Does the past of one variable help to foretell another in some region? Dumitrescu & Hurlin's test."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option, check_whole
from regional_econ._base.seeds import rng_for
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis_test import HypothesisTest, tail
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Floats
from regional_econ.panel.unit_roots.adf import Series, series_of

Granger = Literal["Ztilde", "Zbar"]
_CHUNK = 4096  # regressions at a time
_NOTHING = 1e-10


def granger_test(
    formula: str,
    data: Panel | pd.DataFrame,
    statistic: Granger = "Ztilde",
    *,
    order: int = 1,
    draws: int = 0,
    seed: int = 20221231,
    years: tuple[int, int] | None = None,
) -> HypothesisTest:
    """Dumitrescu & Hurlin's test that x does not Granger-cause y in any region.

    Each region's y is regressed on an intercept and K lags of y and x; W_i is the Wald statistic of the K lags of x.
    With W̄ its mean and T_i the rows of a region, "Zbar" is √(N/2K)(W̄ − K), for T → ∞, and "Ztilde" standardises by the
    moments of K times F(K, T_i − 2K − 1), which need T_i > 2K + 5. With draws, the p-value is a bootstrap: residuals of
    the regressions without x are drawn by year, the same years in all regions, which keeps their correlation between
    regions, and y is built anew from them, x staying as it is.

    Source: Dumitrescu & Hurlin (2012, Economic Modelling 29); Lopez & Weber (2017, Stata Journal 17). Held against plm
    2.6-2's pgrangertest on Grunfeld's data, complete and thinned, and simulated rejections
    (tests/panel/test_granger.py).

    Parameters
    ----------
    formula : "y ~ x", one variable or term such as d(ln(x)) on the right.
    data : a Panel, or a frame indexed (unit, year).
    statistic : see above.
    order : lags K of both.
    draws : of the bootstrap, with regions that have every year; 0 for the normal distribution.
    seed : of the draws.
    years : first and last.

    Returns
    -------
    HypothesisTest
        Two-sided. Details: mean_wald, order, n_regions, n_years (longest), regions_left_out and left_out, draws.

    Raises
    ------
    FormulaError, OptionError : more than one term, an order below 1, or fewer than 99 draws.
    EstimationError : too few regions or years.

    Notes
    -----
    Series must be stationary: test differences where they have unit roots.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> round(granger_test("y ~ x", frame).statistic, 3)
    0.89
    """
    check_option("statistic", statistic, Granger)
    check_whole("order", order, least=1)
    if draws != 0:
        check_whole("draws", draws, least=99)
    parsed = parse_formula(formula)
    if len(parsed.terms) != 1:
        raise OptionError(
            f"the Granger test takes one term on the right, not those of {parsed}", advice='Write "y ~ x"'
        )
    x = str(parsed.terms[0])
    shortest = 3 * order + (6 if statistic == "Ztilde" else 2)
    series = series_of(data, (str(parsed.lhs), x), years, shortest, complete=draws > 0)
    wald, rows = _walds(series, order)
    value = _standardised(wald, rows, order, statistic)
    if draws:
        drawn = _bootstrapped(series, order, statistic, draws, seed)
        p_value = float((1 + np.sum(np.abs(drawn) >= abs(value))) / (1 + draws))
    else:
        p_value = tail(value, "normal")
    return HypothesisTest(
        f"Dumitrescu–Hurlin {statistic}",
        f"{x} does not Granger-cause {parsed.lhs} in any region",
        value,
        "resampled" if draws else "normal",
        (),
        p_value,
        "Dumitrescu & Hurlin (2012, Economic Modelling 29)",
        "Rejection: it does in some regions." + ("" if draws else " Regions are taken as independent."),
        {
            "mean_wald": float(wald.mean()), "order": order, "n_regions": len(wald),
            "n_years": series.values.shape[1], "draws": draws, **series.absent,
        },
    )  # fmt: skip


def _walds(series: Series, order: int) -> tuple[Floats, Floats]:
    wald, rows = np.empty(len(series.labels)), np.empty(len(series.labels))
    for members, y in series.groups():
        there = ~np.isnan(series.values[members[0]])
        x = series.beside[0][members][:, there]
        _refuse_fixed(y, x, order, [series.labels[place] for place in members])
        wald[members] = _wald(y, x, order)
        rows[members] = y.shape[1] - order
    return wald, rows


def _refuse_fixed(y: Floats, x: Floats, order: int, labels: list[str]) -> None:
    """Refuse regions in which the lags of x are those of y, or determine y without error."""
    own, other, outcome = _lags(y, order), _lags(x, order), y[:, order:, None]
    beside = np.concatenate([np.ones_like(outcome), own], axis=2)
    scale = np.linalg.norm(other, axis=1)
    left = _left(other / np.where(scale > 0, scale, 1.0)[:, None, :], beside)
    fixed = np.linalg.svd(left, compute_uv=False).min(axis=1) <= _NOTHING
    what = "the lags of the two move together"
    if not fixed.any():
        errors = _left(_left(outcome, beside), left)
        fixed = np.linalg.norm(errors, axis=(1, 2)) <= _NOTHING * np.linalg.norm(outcome, axis=(1, 2))
        what = "the lags determine the outcome without error"
    if fixed.any():
        raise EstimationError(
            what, where=labels[int(fixed.argmax())], advice="Leave the region out, or use another term"
        )


def _wald(y: Floats, x: Floats, order: int) -> Floats:
    """(m,) statistics of series (m, T): the fall in squared residuals over the variance with the lags of x."""
    own, other = _lags(y, order), _lags(x, order)
    outcome = y[:, order:, None]
    both = _left(np.concatenate([outcome, other], axis=2), np.concatenate([np.ones_like(outcome), own], axis=2))
    restricted = np.einsum("ntk,ntk->n", both[:, :, :1], both[:, :, :1])
    free = np.einsum("ntk,ntk->n", *(2 * [_left(both[:, :, :1], both[:, :, 1:])]))
    return np.asarray((restricted - free) / free * (outcome.shape[1] - 2 * order - 1))


def _standardised(wald: Floats, rows: Floats, order: int, statistic: Granger) -> float:
    if statistic == "Zbar":
        return float(np.sqrt(len(wald) / (2 * order)) * (wald.mean() - order))
    free = rows - 2 * order - 1
    mean = order * free / (free - 2)
    variance = 2 * order * free**2 * (rows - order - 3) / ((free - 2) ** 2 * (free - 4))
    return float(np.sqrt(len(wald)) * (wald.mean() - mean.mean()) / np.sqrt(variance.mean()))


def _bootstrapped(series: Series, order: int, statistic: Granger, draws: int, seed: int) -> Floats:
    y, x = series.values, series.beside[0]
    n, t = y.shape
    beside = np.concatenate([np.ones((n, t - order, 1)), _lags(y, order)], axis=2)
    slopes = np.stack([np.linalg.lstsq(one, own, rcond=None)[0] for one, own in zip(beside, y[:, order:], strict=True)])
    left = y[:, order:] - np.einsum("ntk,nk->nt", beside, slopes)
    left = left - left.mean(axis=1, keepdims=True)
    rng = rng_for(seed, "granger", str(order))
    rows, found = np.full(n, float(t - order)), np.empty(draws)
    step = max(1, _CHUNK // n)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        picked = rng.integers(0, t - order, size=(size, t - order))
        first = rng.integers(0, t - order + 1, size=size)
        built = np.empty((size, n, t))
        built[:, :, :order] = np.stack([y[:, place : place + order] for place in first])
        for year in range(order, t):
            past = built[:, :, year - order : year][:, :, ::-1]
            built[:, :, year] = (
                slopes[:, 0] + np.einsum("bnk,nk->bn", past, slopes[:, 1:]) + left[:, picked[:, year - order]].T
            )
        wald = _wald(built.reshape(size * n, t), np.tile(x, (size, 1)), order).reshape(size, n)
        found[start : start + size] = [_standardised(one, rows, order, statistic) for one in wald]
    return found


def _lags(values: Floats, order: int) -> Floats:
    """(m, T − K, K) values one to K years before."""
    t = values.shape[1]
    return np.stack([values[:, order - lag : t - lag] for lag in range(1, order + 1)], axis=2)


def _left(values: Floats, beside: Floats) -> Floats:
    norms = np.linalg.norm(beside, axis=1)
    basis = np.linalg.qr(beside / norms[:, None, :])[0]
    for _ in range(2):
        values = values - basis @ (basis.transpose(0, 2, 1) @ values)
    return values
