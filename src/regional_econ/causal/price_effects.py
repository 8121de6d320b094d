"""What does one regression on exposure × price say: of an outcome, through an instrument, and year by year?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.options import LEVELS
from regional_econ.causal.instruments import effective_f_critical, first_stage, instrumented, two_stage
from regional_econ.causal.mining_sample import SERIES, WINDOWS, ExposureId, Outcome, Price, Rows, Window, rows_of
from regional_econ.causal.path_inference import path_inference
from regional_econ.causal.price_paths import PricePaths, exposure_by_year, exposure_design
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.shift_share import rotemberg, shift_share
from regional_econ.causal.weak_instruments import ConfidenceSet, anderson_rubin, anderson_rubin_set, tf_critical
from regional_econ.core.panel import Panel

Specification = Literal["plain", "exposure_trend"]
LAGS = (0, 1)


@dataclass(frozen=True)
class Setting:
    """What all regressions share: figures, prices with their placebo paths, exposures by id, the focal region."""

    panel: Panel
    paths: PricePaths
    exposures: Mapping[ExposureId, pd.Series]
    focal_region: str

    def rows(self, outcomes: tuple[Outcome, ...], window: Window) -> Rows:
        """Return the complete cases of the outcomes in a window."""
        return rows_of(self.panel, outcomes, self.exposures[window.exposure], window)

    def doubling(self, window: Window) -> float:
        """Return ln 2 × the exposure of the focal region."""
        return float(np.log(2)) * float(self.exposures[window.exposure][self.focal_region])


@dataclass(frozen=True)
class PriceEffect:
    """Reduced form of one outcome: effect of one log point of the price at an exposure of one.

    ``doubling_focal``: ln 2 × estimate × exposure of the focal region, on the outcome's scale. Errors by name: ``iid``,
    ``EHW``, ``region`` (CR1S), ``akm``, ``akm0``. ``placebo_p`` is the largest of the three placebo p-values
    and decides, ``placebo_fit_p`` the same by fit; ``placebo_set`` and ``placebo_set80`` hold the effects that go with
    ``placebo_p`` (95 and 80 %). ``mde_focal``: on the scale of ``doubling_focal``, what a test by ``region`` finds with
    a probability of .80; ``placebo_power``, ``placebo_fit_power``: the probability that the placebo tests find it, for
    the index of the same year in the longest window.
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
    akm0_set: ConfidenceSet
    akm0_p: float
    placebo_permutation_p: float
    placebo_block_p: float
    placebo_ar_p: float
    placebo_p: float
    placebo_fit_p: float
    placebo_set: ConfidenceSet
    placebo_set80: ConfidenceSet
    mde_focal: float
    placebo_power: float | None
    placebo_fit_power: float | None
    n_obs: int
    n_regions: int
    n_years: int

    def row(self) -> dict[str, object]:
        """Return the numbers as a row of a table, sets as they are written."""
        sets = {"akm0_set": self.akm0_set, "placebo_set": self.placebo_set, "placebo_set80": self.placebo_set80}
        return asdict(self) | {name: str(one) for name, one in sets.items()}


@dataclass(frozen=True)
class PriceInstrument:
    """An outcome on an endogenous variable with exposure × price as its instrument, errors CR1S by region.

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
    akm0_set: ConfidenceSet
    first_stage: float
    first_stage_f: float
    f_bias_10: float
    tf_low: float
    tf_high: float
    ar_set: ConfidenceSet
    ar_p: float
    first_stage_placebo_p: float
    reduced_form_placebo_p: float
    n_obs: int
    n_regions: int

    def row(self) -> dict[str, object]:
        """Return the numbers as a row of a table, sets as they are written."""
        return asdict(self) | {"akm0_set": str(self.akm0_set), "ar_set": str(self.ar_set)}


@dataclass(frozen=True)
class YearWeight:
    """How much one year weighs in a reduced form, and the estimate that its exposures give as the only instrument."""

    outcome: str
    year: int
    weight: float
    estimate: float


def effects_of(setting: Setting, outcome: Outcome, window: Window) -> Iterator[PriceEffect]:
    """Yield the reduced forms of an outcome in a window.

    The price index runs with and without a trend in the exposure of 2009; each price alone and the deflated index in
    the longest window.

    Parameters
    ----------
    setting : figures, prices, exposures and placebo paths.
    outcome, window : which rows.

    Raises
    ------
    EstimationError : fewer than ten regions have rows.

    Source: Adão, Kolesár, Morales (2019), QJE 134(4); Borusyak, Hull (2023), Econometrica 91(6). Held against pyfixest
    row by row.
    """
    rows = setting.rows((outcome,), window)
    y, shares, doubling = rows.values[:, 0], _shares(rows), setting.doubling(window)
    longest = window == WINDOWS[0]
    prices: tuple[Price, ...] = ("index", *SERIES, "index_real") if longest else ("index",)
    trended: tuple[Specification, ...] = ("exposure_trend",) if window.exposure == "gva_2009" else ()
    for specification in (*trended, "plain"):
        trend = rows.trend if specification == "exposure_trend" else None
        design = exposure_design(y, rows.exposure, rows.time, rows.region, effects=rows.effects, controls=trend)
        for price in prices if trend is None else prices[:1]:
            powerful = longest and trend is None and price == "index"
            for lag in LAGS:
                path = setting.paths.own(price, window.years, lag)
                found = shift_share(
                    y, shares, rows.exposure * path[rows.time], controls=trend, effects=rows.effects,
                    regions=rows.region, small_sample="CR1S",
                )  # fmt: skip
                placebo, errors = path_inference(design, setting.paths, price, window.years, lag), found.std_errors
                mde = _multiple(rows.n_regions) * errors["region"]
                permutation_p, block_p, ar_p = placebo.p_values
                set95, set80 = (placebo.confidence_set(level) for level in LEVELS)
                shown = powerful and lag == 0
                yield PriceEffect(
                    outcome.id, outcome.transform, window.id, window.exposure, price, lag, specification,
                    found.estimate, doubling * found.estimate, errors["iid"], errors["EHW"], errors["region"],
                    errors["AKM"], errors["AKM0"], found.akm0, found.akm0_p, permutation_p, block_p, ar_p,
                    placebo.p_value, max(placebo.tested("fit")), set95, set80, doubling * mde,
                    placebo.power(mde) if shown else None, placebo.power(mde, "fit") if shown else None,
                    found.n_obs, rows.n_regions, len(np.unique(rows.year)),
                )  # fmt: skip


def instruments_of(
    setting: Setting, outcome: Outcome, endogenous: Outcome, window: Window
) -> Iterator[PriceInstrument]:
    """Yield the instrumental estimates of an outcome on an endogenous variable in a window, one a lag.

    Parameters
    ----------
    setting : figures, prices, exposures and placebo paths.
    outcome, endogenous, window : which rows.

    Raises
    ------
    EstimationError : fewer than ten regions have rows.

    Source: Lee, McCrary, Moreira, Porter (2022), AER 112(10), and Anderson, Rubin (1949). Held against pyfixest.
    """
    rows = setting.rows((outcome, endogenous), window)
    (y, x), shares = rows.values.T, _shares(rows)
    reduced, first_design = (
        exposure_design(one, rows.exposure, rows.time, rows.region, effects=rows.effects) for one in (y, x)
    )
    for lag in LAGS:
        path = setting.paths.own("index", window.years, lag)
        z = rows.exposure * path[rows.time]
        data = instrumented(y, x[:, None], z[:, None], effects=rows.effects, cluster=rows.region)
        second, first = two_stage(data, errors="CR1S"), first_stage(data, errors="CR1S")
        shared = shift_share(y, shares, z, endogenous=x, effects=rows.effects, small_sample="CR1S")
        estimate, error, f = float(second.beta[0]), float(second.std_error[0]), float(first.f[0])
        reach = tf_critical(f) * error
        yield PriceInstrument(
            outcome.id, endogenous.id, window.id, lag, estimate, error, shared.std_errors["AKM"], shared.akm0,
            float(first.coef[0, 0]), f, effective_f_critical(np.eye(1)), estimate - reach, estimate + reach,
            anderson_rubin_set(data, errors="CR1S"), anderson_rubin(data, np.zeros(1), errors="CR1S").p_value,
            path_inference(first_design, setting.paths, "index", window.years, lag).p_value,
            path_inference(reduced, setting.paths, "index", window.years, lag).p_value,
            data.n_obs, rows.n_regions,
        )  # fmt: skip


def year_weights(setting: Setting, outcome: Outcome, window: Window) -> Iterator[YearWeight]:
    """Yield Rotemberg weights of the years in the reduced form of an outcome on the price index of the same year.

    Parameters
    ----------
    setting : figures, prices and exposures.
    outcome, window : which rows.

    Raises
    ------
    EstimationError : fewer than ten regions have rows.

    Source: Goldsmith-Pinkham, Sorkin, Swift (2020), AER 110(8), Proposition 3, with years as sectors. Held against one
    instrumental regression a year by pyfixest.
    """
    rows = setting.rows((outcome,), window)
    path = setting.paths.own("index", window.years, 0)
    found = rotemberg(rows.values[:, 0], exposure_by_year(rows.exposure, rows.time), path, effects=rows.effects)
    for year, weight, estimate in zip(
        range(window.years[0], window.years[1] + 1), found.weights, found.estimates, strict=True
    ):
        yield YearWeight(outcome.id, year, float(weight), float(estimate))


def _shares(rows: Rows) -> FloatArray:
    """Years are the sectors: the share of year t is the exposure in the rows of t, its shock the price of t."""
    shares = exposure_by_year(rows.exposure, rows.time)
    return np.asarray(shares[:, np.abs(shares).sum(axis=0) > 0])


def _multiple(regions: int) -> float:
    """Bloom's (1995): errors that a two-sided test at 5 % needs for a power of .80."""
    return float(stats.t.ppf(0.975, regions - 1) + stats.t.ppf(0.80, regions - 1))
