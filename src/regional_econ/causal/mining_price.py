"""The mining-price effect: what happens in mining regions when rouble prices of raw materials rise?

y_it = α_i + λ_t + β · exposure_i · ln P_{t−lag} + u_it, exposure the share of section B before the window. The files
know section B only, so this is the effect of prices of what is mined, whatever it is, on regions that mine more. All
regions share one price path a year: clustered, AKM and AKM0 errors are shown, placebo price paths decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import UnknownNameError
from regional_econ.causal.instruments import effective_f_critical, first_stage, instrumented, two_stage
from regional_econ.causal.mining_sample import (
    EXPOSURE_YEAR,
    OUTCOMES,
    SERIES,
    WINDOWS,
    ExposureId,
    Outcome,
    Price,
    Rows,
    Window,
    mining_exposure,
    outcome_values,
    regimes,
    rouble_prices,
    rows_of,
)
from regional_econ.causal.price_paths import Placebos, draw_placebos, exposure_by_year, exposure_design
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.shift_share import ShiftShare, shift_share
from regional_econ.causal.weak_instruments import anderson_rubin, anderson_rubin_set, tf_critical
from regional_econ.core.panel import Panel

Specification = Literal["plain", "exposure_trend"]
LAGS = (0, 1)
DRAWS = 1999
BALANCE_YEARS = 4
NOT_TESTED: Mapping[str, str] = {
    "C03": "needs regional coal output; the files have none",
    "C21": "needs coal-specific exposure and profitability; the files have section B only",
}
_IV = (("innovation_activity", "grp_per_head"), ("innovation_activity", "investment"))


@dataclass(frozen=True)
class PriceEffect:
    """Reduced form of one outcome: effect of one log point of the price at an exposure of one.

    ``doubling_focal``: ln 2 × estimate × exposure of the focal region, on the outcome's scale. Errors by name: ``iid``,
    ``EHW``, ``region`` (CR1S), ``akm``, ``akm0``. ``placebo_p`` is the largest of the three placebo p-values.
    """

    outcome: str
    scale: str
    window: str
    exposure: str
    price: str
    lag: int
    specification: Specification
    estimate: float
    doubling_focal: float
    iid: float
    ehw: float
    region: float
    akm: float
    akm0: float
    akm0_set: str
    akm0_p: float
    placebo_permutation_p: float
    placebo_block_p: float
    placebo_ar_p: float
    placebo_p: float
    n_obs: int
    n_regions: int
    n_years: int


@dataclass(frozen=True)
class PriceInstrument:
    """Innovation activity on an endogenous variable with exposure × price as its instrument, errors CR1S by region.

    ``first_stage_f`` is also the effective and the Kleibergen–Paap F (one instrument), ``f_bias_10`` its critical value
    for a bias of 10 %; ``tf_low``, ``tf_high`` the tF interval, ``ar_set`` and ``ar_p`` Anderson–Rubin's.
    ``first_stage_placebo_p`` and ``reduced_form_placebo_p`` decide.
    """

    outcome: str
    endogenous: str
    window: str
    lag: int
    estimate: float
    region: float
    akm: float
    akm0_set: str
    first_stage: float
    first_stage_f: float
    f_bias_10: float
    tf_low: float
    tf_high: float
    ar_set: str
    ar_p: float
    first_stage_placebo_p: float
    reduced_form_placebo_p: float
    n_obs: int
    n_regions: int


@dataclass(frozen=True)
class Balance:
    """Mean yearly change of an outcome before the exposure's date on the exposure: HC1 errors, a constant."""

    outcome: str
    exposure: str
    first_year: int
    last_year: int
    estimate: float
    std_error: float
    p_value: float
    n_regions: int


@dataclass(frozen=True)
class MiningPrice:
    """The mining-price effect with its falsification.

    ``correlations`` of prices by pair: of log levels and of yearly log-changes. ``not_tested``: claims that need what
    section B does not give, with the reason.
    """

    effects: tuple[PriceEffect, ...]
    instruments: tuple[PriceInstrument, ...]
    balance: tuple[Balance, ...]
    correlations: tuple[tuple[str, str, float, float], ...]
    focal_region: str
    focal_exposure: dict[str, float]
    price_years: tuple[int, int]
    draws: int
    not_tested: Mapping[str, str]

    def to_frame(self) -> pd.DataFrame:
        """Return the reduced forms, one row each."""
        return pd.DataFrame([asdict(one) for one in self.effects])

    def instruments_frame(self) -> pd.DataFrame:
        """Return the instrumental estimates, one row each."""
        return pd.DataFrame([asdict(one) for one in self.instruments])

    def balance_frame(self) -> pd.DataFrame:
        """Return the changes before the exposure's date, one row an outcome and exposure."""
        return pd.DataFrame([asdict(one) for one in self.balance])

    def correlations_frame(self) -> pd.DataFrame:
        """Return the prices' correlations: one, other, levels, changes."""
        return pd.DataFrame(self.correlations, columns=["one", "other", "levels", "changes"])

    def __str__(self) -> str:
        main = [one for one in self.effects if one.price == "index" and one.specification == "plain"]
        found = sum(one.placebo_p < 0.05 for one in main)
        return (
            f"Mining-price effect: {found} of {len(main)} reduced forms have a placebo p below .05"
            f" ({self.draws} paths); {', '.join(self.not_tested)} not tested."
        )


def mining_price(
    panel: Panel,
    national: pd.DataFrame,
    industries: pd.DataFrame,
    *,
    focal_region: str = "RU-KEM",
    draws: int = DRAWS,
    seed: int = 1,
) -> MiningPrice:
    """Estimate the mining-price effect on all outcomes, windows, prices and lags that are declared.

    The price index (mean of the logarithms of the rouble prices of coal, oil and iron ore) runs through all windows,
    with and without a trend in the exposure; each price alone and the deflated index through the longest window.

    Parameters
    ----------
    panel : official figures.
    national, industries : as ``load_national()`` and ``load_industries()`` give them.
    focal_region : region whose exposure translates estimates.
    draws : placebo price paths a process.
    seed : root seed.

    Raises
    ------
    UnknownNameError : the focal region is not among the panel's.
    DataError : a price or exposure is missing.

    Source: Adão, Kolesár, Morales (2019), QJE 134(4); Borusyak, Hull (2023), Econometrica 91(6). Held against pyfixest
    row by row; the placebo test's size is simulated in the tests.
    """
    if focal_region not in panel.region_ids:
        raise UnknownNameError.of("region", focal_region, panel.region_ids)
    prices = rouble_prices(national)
    exposures: dict[ExposureId, pd.Series] = {one: mining_exposure(panel, industries, one) for one in EXPOSURE_YEAR}
    focal = {str(one): float(share[focal_region]) for one, share in exposures.items()}
    lengths = [window.years[1] - window.years[0] + 1 for window in WINDOWS]
    placebos = draw_placebos(prices, lengths, draws=draws, seed=seed)
    effects = [
        _effect(panel, outcome, exposures[window.exposure], window, prices, price, lag, specification, placebos, focal)
        for window, price, specification in _cases()
        for outcome in OUTCOMES
        for lag in LAGS
    ]
    known = {outcome.id: outcome for outcome in OUTCOMES}
    instruments = [
        _instrument(panel, known[y], known[x], exposures[window.exposure], window, prices, lag, placebos)
        for window in WINDOWS
        for y, x in _IV
        for lag in LAGS
    ]
    balance = [
        found
        for outcome in OUTCOMES
        for exposure, share in exposures.items()
        if (found := _balance(panel, outcome, exposure, share)) is not None
    ]
    years = (int(prices.index[0]), int(prices.index[-1]))
    return MiningPrice(
        tuple(effects), tuple(instruments), tuple(balance), _correlations(prices), focal_region, focal, years, draws,
        NOT_TESTED,
    )  # fmt: skip


def _cases() -> list[tuple[Window, Price, Specification]]:
    single: tuple[Price, ...] = (*SERIES, "index_real")
    return [
        *((window, "index", "plain") for window in WINDOWS),
        *((window, "index", "exposure_trend") for window in WINDOWS if window.exposure == "gva_2009"),
        *((WINDOWS[0], price, "plain") for price in single),
    ]


def _path(prices: pd.DataFrame, price: Price, window: Window, lag: int) -> FloatArray:
    """(T,) log price of the window's years less the lag, centred."""
    span = [year - lag for year in range(window.years[0], window.years[1] + 1)]
    values = prices.loc[span, price].to_numpy(dtype=float)
    return np.asarray(values - values.mean())


def _placebo_p(
    placebos: Placebos, rows: Rows, y: FloatArray, price: Price, path: FloatArray, trend: FloatArray | None = None
) -> tuple[float, float, float]:
    design = exposure_design(y, rows.exposure, rows.time, rows.region, effects=rows.effects, controls=trend)
    return placebos.p_values(design, price, path)


def _effect(
    panel: Panel,
    outcome: Outcome,
    exposure: pd.Series,
    window: Window,
    prices: pd.DataFrame,
    price: Price,
    lag: int,
    specification: Specification,
    placebos: Placebos,
    focal: Mapping[str, float],
) -> PriceEffect:
    rows = rows_of(panel, (outcome,), exposure, window)
    path, y = _path(prices, price, window, lag), rows.values[:, 0]
    trend = rows.trend if specification == "exposure_trend" else None
    found = _shift_share(rows, y, path, None, trend)
    permutation, block, ar = _placebo_p(placebos, rows, y, price, path, trend)
    errors = found.std_errors
    return PriceEffect(
        outcome.id, outcome.transform, window.id, window.exposure, price, lag, specification, found.estimate,
        float(np.log(2)) * found.estimate * focal[window.exposure], errors["iid"], errors["EHW"], errors["region"],
        errors["AKM"], errors["AKM0"], str(found.akm0), found.akm0_p, permutation, block, ar,
        max(permutation, block, ar), found.n_obs, rows.n_regions, len(np.unique(rows.year)),
    )  # fmt: skip


def _instrument(
    panel: Panel,
    outcome: Outcome,
    endogenous: Outcome,
    exposure: pd.Series,
    window: Window,
    prices: pd.DataFrame,
    lag: int,
    placebos: Placebos,
) -> PriceInstrument:
    rows = rows_of(panel, (outcome, endogenous), exposure, window)
    path = _path(prices, "index", window, lag)
    y, x, z = rows.values[:, 0], rows.values[:, 1], rows.exposure * path[rows.time]
    data = instrumented(y, x[:, None], z[:, None], effects=rows.effects, cluster=rows.region)
    second, first = two_stage(data, errors="CR1S"), first_stage(data, errors="CR1S")
    shared = _shift_share(rows, y, path, x, None)
    estimate, error, f = float(second.beta[0]), float(second.std_error[0]), float(first.f[0])
    reach = tf_critical(f) * error
    return PriceInstrument(
        outcome.id, endogenous.id, window.id, lag, estimate, error, shared.std_errors["AKM"], str(shared.akm0),
        float(first.coef[0, 0]), f, effective_f_critical(np.eye(1)), estimate - reach, estimate + reach,
        str(anderson_rubin_set(data, errors="CR1S")), anderson_rubin(data, np.zeros(1), errors="CR1S").p_value,
        max(_placebo_p(placebos, rows, x, "index", path)), max(_placebo_p(placebos, rows, y, "index", path)),
        data.n_obs, rows.n_regions,
    )  # fmt: skip


def _shift_share(
    rows: Rows, y: FloatArray, path: FloatArray, endogenous: FloatArray | None, trend: FloatArray | None
) -> ShiftShare:
    """Years are the sectors: the share of year t is the exposure in the rows of t, its shock the price of t."""
    shares = exposure_by_year(rows.exposure, rows.time)
    shares = shares[:, np.abs(shares).sum(axis=0) > 0]
    return shift_share(
        y, shares, rows.exposure * path[rows.time], endogenous=endogenous, controls=trend, effects=rows.effects,
        regions=rows.region, small_sample="CR1S",
    )  # fmt: skip


def _balance(panel: Panel, outcome: Outcome, exposure: ExposureId, share: pd.Series) -> Balance | None:
    """None where one method gives no two years before the exposure's date."""
    last = EXPOSURE_YEAR[exposure]
    years = list(range(last - BALANCE_YEARS, last + 1))
    values, method = outcome_values(panel, outcome, years, base_year=last), regimes(panel, (outcome,), years)
    usable = np.flatnonzero(np.isfinite(values).any(axis=0) & (method == method[0]))
    if len(usable) < 2:
        return None
    start, end = int(usable[0]), int(usable[-1])
    change = (values[:, end] - values[:, start]) / (end - start)
    own = share.reindex(list(panel.region_ids)).to_numpy(dtype=float)
    keep = np.isfinite(change) & np.isfinite(own)
    x = own[keep][:, None]
    found = two_stage(instrumented(change[keep], x, x, controls=np.ones((len(x), 1))), errors="HC1")
    estimate, error = float(found.beta[0]), float(found.std_error[0])
    p = float(2 * stats.t.sf(abs(estimate / error), found.df))
    return Balance(outcome.id, exposure, years[start], years[end], estimate, error, p, int(keep.sum()))


def _correlations(prices: pd.DataFrame) -> tuple[tuple[str, str, float, float], ...]:
    names = list(SERIES)
    logs = prices[names].to_numpy(dtype=float)
    levels, changes = np.corrcoef(logs.T), np.corrcoef(np.diff(logs, axis=0).T)
    pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    return tuple((names[i], names[j], float(levels[i, j]), float(changes[i, j])) for i, j in pairs)
