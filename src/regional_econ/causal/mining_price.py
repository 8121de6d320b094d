"""The mining-price effect: what happens in mining regions when rouble prices of raw materials rise?

y_it = α_i + λ_t + β · exposure_i · ln P_{t−lag} + u_it, exposure the share of section B before the window. The files
know section B only, so this is the effect of prices of what is mined, whatever it is, on regions that mine more. All
regions share one price path a year: clustered, AKM and AKM0 errors are shown, placebo price paths decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import UnknownNameError
from regional_econ.causal.instruments import instrumented, two_stage
from regional_econ.causal.mining_sample import (
    EXPOSURE_YEAR,
    OUTCOMES,
    SERIES,
    WINDOWS,
    ExposureId,
    Outcome,
    mining_exposure,
    outcome_values,
    regimes,
    rouble_prices,
)
from regional_econ.causal.price_effects import (
    PriceEffect,
    PriceInstrument,
    Setting,
    YearWeight,
    effects_of,
    instruments_of,
    year_weights,
)
from regional_econ.causal.price_paths import PricePaths
from regional_econ.core.panel import Panel

BALANCE_YEARS = 4
NOT_TESTED: Mapping[str, str] = {
    "C03": "needs regional coal output; the files have none",
    "C21": "needs coal-specific exposure and profitability; the files have section B only",
}
_INSTRUMENTED = "innovation_activity"
_ENDOGENOUS = ("grp_per_head", "investment")


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

    ``weights`` of years in the longest window; ``prices`` (year) × price, logarithms; ``focal_exposure`` by exposure;
    ``draws`` placebo paths a process; ``not_tested``: claims that need what section B does not give, with the reason.
    """

    effects: tuple[PriceEffect, ...]
    instruments: tuple[PriceInstrument, ...]
    balance: tuple[Balance, ...]
    weights: tuple[YearWeight, ...]
    prices: pd.DataFrame
    focal_region: str
    focal_exposure: Mapping[ExposureId, float]
    draws: int
    panel_checksum: str
    not_tested: Mapping[str, str]

    def to_frame(self) -> pd.DataFrame:
        """Return the reduced forms, one row each."""
        return pd.DataFrame([one.row() for one in self.effects])

    def instruments_frame(self) -> pd.DataFrame:
        """Return the instrumental estimates, one row each."""
        return pd.DataFrame([one.row() for one in self.instruments])

    def balance_frame(self) -> pd.DataFrame:
        """Return the changes before the exposure's date, one row an outcome and exposure."""
        return pd.DataFrame([asdict(one) for one in self.balance])

    def weights_frame(self) -> pd.DataFrame:
        """Return the Rotemberg weights of the years, one row an outcome and year."""
        return pd.DataFrame([asdict(one) for one in self.weights])

    def correlations_frame(self) -> pd.DataFrame:
        """Return the prices' correlations by pair: of log levels and of yearly log-changes."""
        logs = self.prices[list(SERIES)]
        levels, changes = logs.corr(), logs.diff().corr()
        pairs = [(one, other) for number, one in enumerate(SERIES) for other in list(SERIES)[number + 1 :]]
        rows = [(one, other, levels.loc[one, other], changes.loc[one, other]) for one, other in pairs]
        return pd.DataFrame(rows, columns=["one", "other", "levels", "changes"])

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
    draws: int = 999,
    seed: int = 1,
) -> MiningPrice:
    """Estimate the mining-price effect on all outcomes, windows, prices and lags that are declared.

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
    setting = Setting(panel, PricePaths(prices, draws, seed), exposures, focal_region)
    known = {outcome.id: outcome for outcome in OUTCOMES}
    outcome = known[_INSTRUMENTED]
    balance = [
        _balance(panel, outcome, exposure, share) for outcome in OUTCOMES for exposure, share in exposures.items()
    ]
    return MiningPrice(
        tuple(one for window in WINDOWS for y in OUTCOMES for one in effects_of(setting, y, window)),
        tuple(
            one for window in WINDOWS for x in _ENDOGENOUS for one in instruments_of(setting, outcome, known[x], window)
        ),
        tuple(one for one in balance if one is not None),
        tuple(one for y in OUTCOMES for one in year_weights(setting, y, WINDOWS[0])),
        prices,
        focal_region,
        {one: float(share[focal_region]) for one, share in exposures.items()},
        draws,
        panel.checksum,
        NOT_TESTED,
    )


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
