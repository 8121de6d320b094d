"""Does a series have a unit root beside a common factor? Pesaran's CIPS, with p-values from its own simulated null."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import check_option, check_whole
from regional_econ._base.seeds import rng_for
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Floats
from regional_econ.panel.unit_roots.adf import Series, columns, deterministic, refuse_smooth, series_of
from regional_econ.panel.unit_roots.tables import Trend

_CHUNK = 4096  # regressions at a time
# Bounds of the truncated statistics of Pesaran (2007, J. Applied Econometrics 22), as plm 2.6-2 has them.
BOUNDS: dict[Trend, tuple[float, float]] = {"none": (-6.12, 4.16), "intercept": (-6.19, 2.61), "trend": (-6.42, 1.70)}


def cips_test(
    data: Panel | pd.DataFrame,
    variable: str,
    *,
    trend: Trend = "intercept",
    lags: int = 1,
    truncated: bool = True,
    draws: int = 999,
    seed: int = 20221231,
    years: tuple[int, int] | None = None,
) -> HypothesisTest:
    """Pesaran's CIPS: the mean of the regions' Dickey–Fuller t, the yearly averages of levels and changes beside.

    Each region's change is regressed on its level before, the average level before, the average change, lags of both
    changes and deterministic terms. The p-value is the share of random-walk panels of the same size, lags and terms
    whose statistic is lower, (1 + lower)/(1 + draws): the null distribution does not depend on the factor or on the
    regions' variances, but on the numbers of regions and years.

    Source: Pesaran (2007, J. Applied Econometrics 22). Held against plm 2.6-2's cipstest on Munnell's data, Pesaran's
    critical values as recalled, and simulated rejections (tests/panel/test_cips.py).

    Parameters
    ----------
    data, variable, trend, years : as in `unit_root_test`.
    lags : lagged changes, the same in all regions.
    truncated : keep each t within Pesaran's bounds.
    draws : panels of the null; seed : theirs.

    Returns
    -------
    HypothesisTest
        One-sided. Details: critical_10, critical_5, critical_1 (percentiles of the draws), n_regions, n_years, trend,
        lags, n_truncated, draws, regions_left_out and left_out (those without every year).

    Raises
    ------
    OptionError : negative lags, or fewer than 99 draws.
    EstimationError : too few years, or fewer than two regions with all of them.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(12), range(2000, 2014)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 168))
    >>> frame = pd.DataFrame({"x": x, "y": x + e}, index=index)
    >>> round(cips_test(frame, "y", draws=99).statistic, 3)
    -2.923
    """
    check_option("trend", trend, Trend)
    check_whole("lags", lags)
    check_whole("draws", draws, least=99)
    series = series_of(data, (variable,), years, 3 * lags + deterministic(trend) + 6, complete=True)
    n, t = series.values.shape
    refuse_smooth(series, trend)
    _refuse_common(series, variable)
    own = statistics(series.values[None], lags, trend)[0]
    low, high = BOUNDS[trend] if truncated else (-np.inf, np.inf)
    value = float(own.clip(low, high).mean())
    null = _null(n, t, lags, trend, (low, high), draws, seed)
    return HypothesisTest(
        f"Pesaran CIPS{', truncated' if truncated else ''}",
        f"{variable} has a unit root in every region",
        value,
        "resampled",
        (),
        float((1 + np.sum(null <= value)) / (1 + draws)),
        "Pesaran (2007, J. Applied Econometrics 22)",
        "Rejection: it is stationary in some regions. One common factor is allowed for.",
        {
            **{f"critical_{level}": float(np.quantile(null, level / 100)) for level in (10, 5, 1)},
            "n_regions": n, "n_years": t, "trend": trend, "lags": lags,
            "n_truncated": int(_outside(own, low, high).sum()), "draws": draws,
            **series.absent,
        },
    )  # fmt: skip


def cips_power(
    test: HypothesisTest, rho: float, *, shifts: tuple[int, ...] = (), spread: float = 1.0, draws: int = 499,
    seed: int = 20221231,
) -> float:  # fmt: skip
    """How often CIPS at 5 % rejects in stationary panels y_it = ρ y_i,t−1 + e_it of the size of a test.

    Each region's series starts from its stationary distribution. With shifts, its level also moves in these years for
    good, by an amount of its own.

    Source: Pesaran (2007, J. Applied Econometrics 22, section 5, whose panels have a factor beside). Held against the
    test itself on the same panels (tests/panel/test_cips.py).

    Parameters
    ----------
    test : of `cips_test`, whose numbers of regions, years and lags, trend and critical value are taken.
    rho : between −1 and 1.
    shifts : places of the years, counted from the first as 0.
    spread : standard deviation of a shift across regions, in standard deviations of the series.
    draws : panels; seed : theirs.

    Raises
    ------
    OptionError : another test, ρ outside its range, or fewer than 99 draws.
    """
    check_whole("draws", draws, least=99)
    if "critical_5" not in test.details or not -1 < rho < 1:
        raise OptionError(
            f"no power of {test.method} at a coefficient of {rho}", advice="Give a CIPS test, and ρ between −1 and 1"
        )
    n, t, lags = (int(test.details[name]) for name in ("n_regions", "n_years", "lags"))
    trend: Trend = test.details["trend"]  # type: ignore[assignment]
    rng = rng_for(seed, "cips power", f"{rho:g}", str(shifts))
    low, high = BOUNDS[trend] if "truncated" in test.method else (-np.inf, np.inf)
    found: list[Floats] = []
    step = max(1, _CHUNK // n)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        values = rng.normal(size=(size, n, t))
        values[..., 0] /= np.sqrt(1 - rho**2)
        for year in range(1, t):
            values[..., year] += rho * values[..., year - 1]
        for place in shifts:
            values[..., place:] += spread / np.sqrt(1 - rho**2) * rng.normal(size=(size, n, 1))
        found.append(statistics(values, lags, trend).clip(low, high).mean(axis=1))
    return float(np.mean(np.concatenate(found) < float(test.details["critical_5"])))


def statistics(values: Floats, lags: int, trend: Trend) -> Floats:
    """(b, N) t statistics of the level in regressions augmented by yearly averages, for b panels (b, N, T).

    Source: Pesaran (2007, J. Applied Econometrics 22). Held against plm 2.6-2's cipstest (tests/panel/test_cips.py).
    """
    b, n, t = values.shape
    change, level, own = columns(values.reshape(b * n, t), lags, trend)
    stacked = np.concatenate([own, level[:, :, None], change[:, :, None]], axis=2).reshape(b, n, change.shape[1], -1)
    common = stacked.mean(axis=1)
    basis = np.linalg.qr(common / np.linalg.norm(common, axis=1)[:, None, :])[0][:, None]
    left = np.concatenate([stacked[..., :lags], stacked[..., -2:]], axis=3)
    for _ in range(2):
        left = left - basis @ (basis.transpose(0, 1, 3, 2) @ left)
    for _ in range(lags):
        first = left[..., :1] / np.linalg.norm(left[..., 0], axis=2)[..., None, None]
        left = left[..., 1:] - first @ (first.transpose(0, 1, 3, 2) @ left[..., 1:])
    level, change = left[..., 0], left[..., 1]
    square = np.einsum("bnt,bnt->bn", level, level)
    slope = np.einsum("bnt,bnt->bn", level, change) / square
    errors = change - slope[..., None] * level
    df = change.shape[2] - common.shape[2] - lags - 1
    return np.asarray(slope * np.sqrt(square * df / np.einsum("bnt,bnt->bn", errors, errors)))


def _null(n: int, t: int, lags: int, trend: Trend, bounds: tuple[float, float], draws: int, seed: int) -> Floats:
    """(draws,) statistics of panels of random walks."""
    rng, step = rng_for(seed, "cips", trend, n, t, lags), max(1, _CHUNK // n)
    sizes = [min(step, draws - first) for first in range(0, draws, step)]
    walks = (np.cumsum(rng.normal(size=(size, n, t)), axis=2) for size in sizes)
    return np.concatenate([statistics(walk, lags, trend).clip(*bounds).mean(axis=1) for walk in walks])


def _refuse_common(series: Series, variable: str) -> None:
    """Refuse a region that follows the yearly average exactly: beside it there is nothing to test."""
    centred = series.values - series.values.mean(axis=1, keepdims=True)
    common = centred.mean(axis=0)
    common = common / max(float(np.linalg.norm(common)), 1e-300)
    left = centred - (centred @ common)[:, None] * common
    follows = np.linalg.norm(left, axis=1) <= 1e-10 * np.linalg.norm(series.values, axis=1)
    if follows.any():
        raise EstimationError(
            f"{variable} follows the yearly average exactly: nothing of its own is left to test",
            where=series.labels[int(follows.argmax())],
            advice="Leave the region out",
        )


def _outside(values: Floats, low: float, high: float) -> NDArray[np.bool_]:
    return (values < low) | (values > high)
