"""Which rates of the stocks do official figures of the region tell, from which years, and how surely?

A rate's yearly figures are regressed on a constant and, for each break of method, a term of its own for that year: the
constant is the rate, a break moves it by nothing. Its error is that of the mean over the years without a break, with
Student's t for so few of them; it becomes a distribution on the rate's scale by the delta method. Where the interval of
a share is not within 0 and 1, since revaluations hide it, the region's figures do not tell it: it is borrowed from the
spread among the other regions then, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit, logit

from regional_econ._base.errors import DataError, SchemaError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.yaml_lines import Place, read_yaml_lines
from regional_econ.core.panel import Panel
from regional_econ.policy.model.priors import Prior, Scale

OFFICIAL, BORROWED = "official figures: ", "official figures of other regions: "
LEAST_DONORS = 10
_FIELDS = ("first_year", "breaks", "tested", "scale", "unit", "why")


@dataclass(frozen=True)
class Rate:
    """An estimated rate: its distribution, the years behind it (breaks not counted), mean and error, and the terms.

    ``terms`` are the figures of break years less the own mean, by year. ``tested`` are years that might have had a term
    and have none, with the probability that one year lies so far from the others by chance. ``donors`` counts the
    other regions whose means the distribution is the spread of, where the region's own figures do not tell the rate.
    """

    prior: Prior
    years: tuple[int, ...]
    mean: float
    std_error: float
    terms: Mapping[int, float]
    tested: Mapping[int, float]
    donors: int = 0

    @property
    def id(self) -> str:
        """Name of the rate."""
        return self.prior.id

    def __str__(self) -> str:
        return f"{self.prior} {len(self.years)} years, {self.years[0]}–{self.years[-1]}."


def estimated_rates(panel: Panel, region: str, *, path: Path | None = None) -> tuple[Rate, ...]:
    """Return the rates that ``data/policy.yml`` declares as estimated, for a region.

    Parameters
    ----------
    panel : holds fixed assets, consumer prices, budget and regional product.
    region : whose figures.
    path : the declaration, by default the project's own.

    Raises
    ------
    SchemaError : the declaration has another form.
    UnknownNameError : a rate that no formula is known for, or a region the panel does not hold.
    DataError : a series is missing or leaves fewer than three years, or a share that the region's own figures do not
        tell is told by the mean of fewer than ten others.
    """
    path = path or data_dir() / "policy.yml"
    if region not in panel.region_ids:
        raise UnknownNameError.of("region", region, panel.region_ids)
    declared = read_yaml_lines(path, SchemaError)["estimates"].entries()
    for name, place in declared.items():
        if name not in _FORMULAS:
            raise place.unknown("rate", name, _FORMULAS)
    missing = [name for name in _FORMULAS if name not in declared]
    if missing:
        raise SchemaError(f"estimates lack {missing[0]!r}", where=path.name, advice="Declare it with its years")
    return tuple(_estimate(name, place, panel, region) for name, place in declared.items())


def wear_apart(panel: Panel, region: str, last_year: int) -> float:
    """Return wear of all organisations less that of commercial ones without small business, percentage points.

    Of the newest year that has both, up to a last one. Stocks, commissioning and rates are of all organisations, the
    driver ``wear_pct`` is that of the commercial ones.

    Raises
    ------
    DataError : no such year.
    """
    net, gross = (_series(panel, region, f"fixed_assets{part}_mln_rub") for part in ("_residual", ""))
    apart = (100.0 * (1.0 - net / gross) - _series(panel, region, "wear_pct")).loc[:last_year].dropna()
    if apart.empty:
        raise DataError(f"no year to {last_year} has wear of all organisations and of commercial ones", where=region)
    return float(apart.iloc[-1])


def mean_with_terms(figures: pd.Series, breaks: tuple[int, ...]) -> tuple[float, float, dict[int, float]]:
    """Return mean, standard error and the break years' own terms of yearly figures.

    The least squares fit on a constant and a dummy for each break year.

    >>> mean_with_terms(pd.Series([1.0, 9.0, 2.0, 3.0], index=[2018, 2019, 2020, 2021]), (2019,))
    (2.0, 0.5773502691896258, {2019: 7.0})
    """
    kept = figures.drop([year for year in breaks if year in figures.index])
    mean = float(kept.mean())
    error = float(kept.std(ddof=1) / np.sqrt(len(kept)))
    return mean, error, {year: float(figures[year] - mean) for year in breaks if year in figures.index}


def chance(figures: pd.Series, breaks: tuple[int, ...], year: int) -> float:
    """Return the two-sided probability of a year's term beside those of the breaks, by Student's t.

    >>> round(chance(pd.Series([1.0, 2.0, 3.0, 4.0, 9.0], index=range(2018, 2023)), (), 2022), 3)
    0.02
    """
    _, error, terms = mean_with_terms(figures, (*breaks, year))
    count = len(figures) - len(terms)
    t = terms[year] / (error * np.sqrt(count + 1.0))
    return float(2.0 * stats.t.sf(abs(t), count - 1))


def _estimate(name: str, place: Place, panel: Panel, region: str) -> Rate:
    fields = place.mapping(_FIELDS, optional=("tested",))
    first, scale = fields["first_year"].whole(), cast("Scale", fields["scale"].option(Scale))
    breaks = tuple(part.whole() for part in fields["breaks"].items())
    for variable in _SERIES[name]:
        _series(panel, region, variable)
    regions = _FORMULAS[name](*(_wide(panel, variable) for variable in _SERIES[name])).loc[first:]
    figures = regions[region].dropna()
    kept = _kept(figures, breaks)
    if len(kept) < 3:
        raise DataError(f"{name} has {len(kept)} years from {first} on", where=region, advice="It needs three")
    mean, error, terms = mean_with_terms(figures, breaks)
    reach = float(stats.t.ppf(0.95, len(kept) - 1)) * error
    source, donors = f"{OFFICIAL}{region}, {kept[0]}–{kept[-1]}", 0
    if scale == "logit" and not reach < mean < 1.0 - reach:
        means = _means(regions.drop(columns=region), breaks)
        donors = len(means)
        if donors < LEAST_DONORS:
            told = f"{name} comes out at {mean:.3g}, no share, and only {donors} other regions tell it"
            raise DataError(told, where=region, advice="Choose other years for it in policy.yml")
        low, middle, high = (float(q) for q in np.quantile(means, (0.05, 0.5, 0.95)))
        source = f"{BORROWED}{donors}"
    else:
        middle, (low, high) = mean, _around(mean, reach, scale)
    prior = Prior(name, low, middle, high, scale, fields["unit"].text(), source, fields["why"].text())
    asked = tuple(part.whole() for part in fields["tested"].items()) if "tested" in fields else ()
    return Rate(prior, tuple(kept), mean, error, terms, {year: chance(figures, breaks, year) for year in asked}, donors)


def _kept(figures: pd.Series, breaks: tuple[int, ...]) -> list[int]:
    return [int(year) for year in figures.index if year not in breaks]


def _means(figures: pd.DataFrame, breaks: tuple[int, ...]) -> pd.Series:
    """Return the means of those regions (columns) whose mean is a share, of those that have three years."""
    kept = figures[~figures.index.isin(breaks)]
    means = kept.mean()[kept.count() >= 3]
    return means[(means > 0.0) & (means < 1.0)]


def _around(mean: float, reach: float, scale: Scale) -> tuple[float, float]:
    if scale == "logit":
        centre, width = float(logit(mean)), reach / (mean * (1.0 - mean))
        return float(expit(centre - width)), float(expit(centre + width))
    return mean - reach, mean + reach


def _series(panel: Panel, region: str, variable: str) -> pd.Series:
    found = panel.column(variable).xs(region, level="region")
    if found.dropna().empty:
        raise DataError(f"{variable} has no figure", where=region, advice="Choose another region")
    return found


def _wide(panel: Panel, variable: str) -> pd.DataFrame:
    return panel.column(variable).unstack("region")


def _before(figures: pd.DataFrame) -> pd.DataFrame:
    return figures.reindex(figures.index - 1).set_axis(figures.index)


def _commissioning(gross: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return new / _before(gross)


def _written_off(stock: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return (_before(stock) + new - stock) / _before(stock)


def _growth(index: pd.DataFrame) -> pd.DataFrame:
    return (index / 100.0).map(np.log)


def _share(part: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    return part / whole


_SERIES: Mapping[str, tuple[str, ...]] = {
    "commissioning": ("fixed_assets_mln_rub", "assets_commissioned_mln_rub"),
    "disposal": ("fixed_assets_mln_rub", "assets_commissioned_mln_rub"),
    "renewal_decay": ("fixed_assets_residual_mln_rub", "assets_commissioned_mln_rub"),
    "price_growth": ("cpi_pct",),
    "budget_share": ("budget_revenue_mln_rub", "grp_mln_rub"),
}
_FORMULAS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "commissioning": _commissioning,
    "disposal": _written_off,
    "renewal_decay": _written_off,
    "price_growth": _growth,
    "budget_share": _share,
}
