"""Which prices, exposures, outcomes and rows does the mining-price effect use?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, EstimationError
from regional_econ.causal.scales import FloatArray
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Codes, singletons

Transform = Literal["ln", "identity", "over_base_grp"]
ExposureId = Literal["gva_2009", "capital_2017"]
Price = Literal["index", "coal", "oil", "iron_ore", "index_real"]
SERIES: dict[Price, str] = {"coal": "coal_australian_usd_t", "oil": "brent_usd_bbl", "iron_ore": "iron_ore_usd_dmt"}


@dataclass(frozen=True)
class Outcome:
    """An outcome: its variable and scale. A logarithm drops zeros.

    ``over_base_grp`` divides by the gross regional product of the exposure's year: revenue of mining then responds to
    prices in proportion to the exposure, where its logarithm would respond alike everywhere.
    """

    id: str
    variable: str
    transform: Transform = "ln"


@dataclass(frozen=True)
class Window:
    """A sample: years after the exposure's date, with the exposure's id."""

    id: str
    exposure: ExposureId
    years: tuple[int, int]


OUTCOMES = (
    Outcome("mining_revenue", "mining_shipments_mln_rub", "over_base_grp"),
    Outcome("grp_per_head", "grp_per_head_rub"),
    Outcome("grp_real", "grp_real_mln_rub"),
    Outcome("investment", "investment_mln_rub"),
    Outcome("investment_grp", "investment_grp_pct"),
    Outcome("rd", "rd_mln_rub"),
    Outcome("rd_grp", "rd_grp_pct"),
    Outcome("researchers", "researchers"),
    Outcome("innovation_activity", "innovation_activity_pct"),
    Outcome("innovation_activity_pct", "innovation_activity_pct", "identity"),
)
EXPOSURE_YEAR: dict[ExposureId, int] = {"gva_2009": 2009, "capital_2017": 2017}
WINDOWS = (
    Window("to_2022", "gva_2009", (2010, 2022)),
    Window("to_2021", "gva_2009", (2010, 2021)),
    Window("capital_to_2022", "capital_2017", (2018, 2022)),
    Window("capital_to_2021", "capital_2017", (2018, 2021)),
)


@dataclass(frozen=True)
class Rows:
    """Complete cases of one or more outcomes in a window.

    ``values`` (n, k) outcomes; ``exposure`` (n,); ``time`` (n,) codes of the window's years; ``unit`` (n,) region ×
    method, ``year`` (n,) and ``region`` (n,) codes.
    """

    values: FloatArray
    exposure: FloatArray
    time: Codes
    unit: Codes
    year: Codes
    region: Codes

    @property
    def n_regions(self) -> int:
        """Number of regions."""
        return int(self.region.max()) + 1

    @property
    def effects(self) -> tuple[Codes, Codes]:
        """Region × method and year effects."""
        return self.unit, self.year

    @property
    def trend(self) -> FloatArray:
        """(n, 1) exposure times calendar time."""
        return np.asarray((self.exposure * self.time)[:, None])


def rouble_prices(national: pd.DataFrame) -> pd.DataFrame:
    """Return logarithms of rouble prices by year: coal, oil, iron_ore, their mean (index) and the deflated mean.

    Parameters
    ----------
    national : series, year, value, as ``load_national`` gives them; dollar prices times the year's mean exchange rate.
        ``index_real`` is the index over consumer prices.

    Raises
    ------
    DataError : a series is missing, or has a gap.

    Examples
    --------
    >>> from regional_econ.data.tables import load_national
    >>> prices = rouble_prices(load_national())
    >>> int(prices.index[0]), list(prices.columns)
    (2001, ['coal', 'oil', 'iron_ore', 'index', 'index_real'])
    """
    wide = national.pivot(index="year", columns="series", values="value").astype(float)
    needed = [*SERIES.values(), "usd_rub", "inflation_pct"]
    absent = [name for name in needed if name not in wide]
    if absent:
        raise DataError(f"no series {', '.join(absent)}", where="national", advice="Pass load_national()")
    wide = wide[needed].dropna()
    if (np.diff(wide.index) != 1).any():
        raise DataError("the prices have a gap", where="national", advice="Pass load_national()")
    logs = pd.DataFrame({name: np.log(wide[series] * wide["usd_rub"]) for name, series in SERIES.items()})
    logs["index"] = logs.mean(axis=1)
    logs["index_real"] = logs["index"] - np.log1p(wide["inflation_pct"] / 100).cumsum()
    return logs


def mining_exposure(panel: Panel, industries: pd.DataFrame, exposure: ExposureId) -> pd.Series:
    """Return the share of section B (mining) by region, a fraction: of value added 2009, or of fixed assets 2017.

    Parameters
    ----------
    panel : official figures, with ``mining_share_pct``.
    industries : as ``load_industries`` gives it, with ``assets_full`` of all organisations.
    exposure : which share.

    Raises
    ------
    DataError : no region has the share.
    """
    if exposure == "gva_2009":
        share = panel.matrix("mining_share_pct", years=[2009])[2009] / 100
    else:
        assets = industries[
            (industries["measure"] == "assets_full") & (industries["coverage"] == "all") & (industries["year"] == 2017)
        ].pivot(index="region", columns="industry", values="value")
        if not {"B", "total"} <= set(assets.columns):
            raise DataError("no fixed assets of section B in 2017", where="industries", advice="Pass load_industries()")
        # Section B without a figure beside a published total means none, or withheld: the region is left out.
        share = (assets["B"] / assets["total"]).reindex(list(panel.region_ids))
    if share.notna().sum() == 0:
        raise DataError(f"no region has the exposure {exposure}", where="panel", advice="Use the newest vintage")
    return share.rename(exposure)


def outcome_values(panel: Panel, outcome: Outcome, years: list[int], *, base_year: int) -> FloatArray:
    """Return an outcome on its scale as regions × years; the logarithm of zero is missing."""
    values = panel.matrix(outcome.variable, years=years).to_numpy(dtype=float)
    if outcome.transform == "over_base_grp":
        return np.asarray(values / panel.matrix("grp_mln_rub", years=[base_year]).to_numpy(dtype=float))
    return np.log(np.where(values > 0, values, np.nan)) if outcome.transform == "ln" else values


def regimes(panel: Panel, outcomes: tuple[Outcome, ...], years: list[int]) -> Codes:
    """Return (T,) which method each year belongs to: cut wherever a method of any of the outcomes breaks."""
    cuts = {change.year for outcome in outcomes for change in panel.variable(outcome.variable).breaks}
    return np.array([sum(year >= cut for cut in cuts) for year in years], dtype=np.intp)


def rows_of(panel: Panel, outcomes: tuple[Outcome, ...], exposure: pd.Series, window: Window) -> Rows:
    """Return the complete cases of the outcomes with the exposure, without rows alone in a unit or year.

    Raises
    ------
    EstimationError : the window begins before the exposure's date has passed, or fewer than ten regions remain.
    """
    if window.years[0] <= EXPOSURE_YEAR[window.exposure]:
        raise EstimationError(
            f"{window.exposure} is not pre-determined for {window.years[0]}", advice="Begin a year later"
        )
    years, base = list(range(window.years[0], window.years[1] + 1)), EXPOSURE_YEAR[window.exposure]
    layers = np.stack([outcome_values(panel, one, years, base_year=base) for one in outcomes], axis=-1)
    shares = exposure.reindex(list(panel.region_ids)).to_numpy(dtype=float)
    keep = np.isfinite(layers).all(axis=-1) & np.isfinite(shares)[:, None]
    region, time = np.nonzero(keep)
    unit = region * 100 + regimes(panel, outcomes, years)[time]
    lonely = singletons((_codes(unit), _codes(time)))
    region, time, unit = region[~lonely], time[~lonely], unit[~lonely]
    if len(np.unique(region)) < 10:
        raise EstimationError("fewer than ten regions remain", where=window.id, advice="Use another outcome or window")
    return Rows(
        layers[region, time], shares[region], time.astype(np.intp), _codes(unit), _codes(time), _codes(region)
    )  # fmt: skip


def _codes(values: Codes) -> Codes:
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.intp)
