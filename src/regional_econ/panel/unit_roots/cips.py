"""Does a series have a unit root beside a common factor? Pesaran's CIPS, with p-values from its own simulated null."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option
from regional_econ._base.seeds import rng_for
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Floats
from regional_econ.panel.unit_roots.adf import columns, deterministic, series_of
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
    if lags < 0 or draws < 99:
        raise OptionError(
            f"CIPS cannot have {lags} lags and {draws} draws", advice="Give 0 lags or more, 99 draws or more"
        )
    series = series_of(data, (variable,), years, 3 * lags + deterministic(trend) + 6, complete=True)
    n, t = series.values.shape
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


def _outside(values: Floats, low: float, high: float) -> NDArray[np.bool_]:
    return (values < low) | (values > high)
