"""What would each driver do without measures? Ratios of jointly forecast figures, draw by draw with the outcome.

Years that official figures cover hold them; later ones hold the forecast's draws. Nothing exists beyond its last year.
A study may forecast fewer indicators: a driver that lacks a component stays at its newest official level, and the
answer says so.

* R&D to GRP: expenditure in roubles of each year over GRP, which grows with its forecast volume and the growth of
  consumer prices π: x_t = 100 R_t / (Y_o · (index_t/100) · e^{π(t−o)}), o the origin;
  real expenditure is R_t e^{−π(t−o)};
* researchers per 10,000 employed: 10 N_t / L_t, L in thousands;
* investment to GRP: its level in the origin year times the ratio of both volume indices (relative prices as they are);
* wear: as forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ.core.panel import Panel
from regional_econ.core.scenario import OUTCOMES, Deficit
from regional_econ.core.study import Study
from regional_econ.policy.model.inputs import Inputs

Floats = NDArray[np.float64]
PRICE_GROWTH = "price_growth"
PRODUCT = "grp_real_index"
# what a driver's forecast is proportional to, and inversely proportional to
COMPONENTS: Mapping[str, Mapping[str, int]] = {
    "rd_grp_pct": {"rd_mln_rub": 1, PRODUCT: -1},
    "researchers_per_10k_employed": {"researchers": 1, "employed_thousand": -1},
    "investment_grp_pct": {"investment_real_index": 1, PRODUCT: -1},
    "wear_pct": {"wear_pct": 1},
}


def driver_baseline(
    inputs: Inputs, driver: str, years: Sequence[int], *, draws: int, price_growth: Floats | None = None
) -> Floats:
    """Return a driver without measures (draws, years), in its unit.

    Parameters
    ----------
    years : official figures cover the first of them, the forecast the others.
    draws : how many rows of the forecast; the same rows as the outcome's.
    price_growth : π in logs a year (draws,), which R&D needs.

    Raises
    ------
    UnknownNameError : a driver without a rule, or a year that the forecast does not hold.
    DataError : a figure is missing.
    """
    if driver not in _RULES:
        raise UnknownNameError.of("driver", driver, _RULES)
    known = _of_region(inputs.panel, driver, inputs.region)
    ahead = [year for year in years if year > inputs.baseline.origin]
    past = [year for year in years if year <= inputs.baseline.origin]
    for year in past:
        if year not in known.index:
            raise DataError(f"{driver} has no figure in {year}", where=inputs.region, advice="Start the scenario later")
    official = np.broadcast_to(known.reindex(past).to_numpy(dtype=np.float64), (draws, len(past)))
    if not is_forecast(inputs, driver):
        held = np.full((draws, len(ahead)), float(known.loc[: inputs.baseline.origin].iloc[-1]))
        return np.concatenate([official, held], axis=1)
    growth = np.zeros(draws) if price_growth is None else price_growth
    return np.concatenate([official, _RULES[driver](inputs, ahead, draws, growth)], axis=1)


def check_study(study: Study, *, where: str) -> None:
    """Raise unless the model is written for a study's outcome and drivers.

    Raises
    ------
    OptionError : another outcome or driver.
    """
    for kind, names, known in (("outcome", (study.outcome,), OUTCOMES), ("driver", study.drivers, tuple(_RULES))):
        for name in names:
            if name not in known:
                advice = f"Choose among: {', '.join(known)}"
                raise OptionError(f"the policy model knows no {kind} {name!r}", where=where, advice=advice)


@dataclass(frozen=True)
class Level:
    """A driver without measures in one forecast year (draws,), its newest official level, the lowest and highest of the
    region since ``first_year``, and the share of regions whose newest figure lies above the draws' median."""

    draws: Floats
    now: float
    lowest: float
    highest: float
    first_year: int
    regions_above: float


def baseline_level(inputs: Inputs, driver: str, year: int, *, draws: int) -> Level:
    """Return where a driver would go without measures by a year, beside what was seen.

    Raises
    ------
    UnknownNameError, DataError : as :func:`driver_baseline`.
    """
    found = driver_baseline(inputs, driver, (year,), draws=draws)[:, 0]
    known = _of_region(inputs.panel, driver, inputs.region)
    others = inputs.panel.matrix(driver)[int(known.index[-1])].dropna()
    return Level(
        found,
        float(known.iloc[-1]),
        float(known.min()),
        float(known.max()),
        int(known.index[0]),
        float((others > np.median(found)).mean()),
    )


def is_forecast(inputs: Inputs, driver: str) -> bool:
    """Return whether the forecast holds everything that a driver consists of."""
    return all(variable in inputs.baseline.variables for variable in COMPONENTS[driver])


def real_rd(inputs: Inputs, years: Sequence[int], price_growth: Floats) -> Floats:
    """Return R&D expenditure (draws, years) in roubles of the forecast's origin, for years that the forecast holds.

    Parameters
    ----------
    price_growth : growth of consumer prices in logs a year (draws,).

    Raises
    ------
    UnknownNameError : R&D expenditure or a year that the forecast does not hold.
    """
    nominal = _component(inputs, "rd_mln_rub", years, len(price_growth))
    return np.asarray(nominal * np.exp(-_elapsed(inputs, years, price_growth)))


def regional_product(inputs: Inputs, years: Sequence[int], *, draws: int) -> Floats:
    """Return regional product (draws, years) in million roubles of the forecast's origin year.

    Raises
    ------
    UnknownNameError : a year that neither the panel nor the forecast holds.
    DataError : no figure in the origin year.
    """
    origin = inputs.baseline.origin
    product = _of_region(inputs.panel, "grp_mln_rub", inputs.region)
    if origin not in product.index:
        raise DataError(f"no GRP in {origin}, the forecast's origin", where=inputs.region)
    ahead, past = [year for year in years if year > origin], [year for year in years if year <= origin]
    index = _component(inputs, PRODUCT, ahead, draws) / 100.0
    growth = pd.Series(1.0, index=past)
    if any(year < origin for year in past):
        growth = _of_region(inputs.panel, "grp_real_index_pct", inputs.region) / 100.0
    back = [1.0 / float(np.prod(growth.loc[year + 1 : origin].to_numpy(dtype=np.float64))) for year in past]
    known = np.broadcast_to(np.array(back, dtype=np.float64), (draws, len(past)))
    return np.asarray(float(product[origin]) * np.concatenate([known, index], axis=1))


def budget_kept(inputs: Inputs, years: Sequence[int], deficit: Deficit, *, draws: int) -> Floats:
    """Return the share of a year's funds for levers that the region's budget leaves (draws, years).

    Revenue is a fixed share τ of regional product, so a draw's revenue falls short of its median path as its product
    does: 1 − B_t/median B_t, with B = τY. Levers are cut ``lag`` years later.

    Raises
    ------
    UnknownNameError : regional product or a year that the forecast does not hold.
    """
    ahead = [year for year in range(inputs.baseline.origin + 1, years[-1] + 1)]
    product = _component(inputs, PRODUCT, ahead, draws)
    short = np.maximum(1.0 - product / np.median(product, axis=0), 0.0)
    kept = np.ones((draws, len(years)))
    for t, year in enumerate(years):
        if year - deficit.lag in ahead:
            kept[:, t] = np.maximum(1.0 - deficit.pass_through * short[:, ahead.index(year - deficit.lag)], 0.0)
    return kept


def _rd(inputs: Inputs, years: Sequence[int], draws: int, price_growth: Floats) -> Floats:
    volume = regional_product(inputs, years, draws=draws)
    nominal = volume * np.exp(_elapsed(inputs, years, price_growth))
    return np.asarray(100.0 * _component(inputs, "rd_mln_rub", years, draws) / nominal)


def _researchers(inputs: Inputs, years: Sequence[int], draws: int, price_growth: Floats) -> Floats:
    employed = _component(inputs, "employed_thousand", years, draws)
    return np.asarray(10.0 * _component(inputs, "researchers", years, draws) / employed)


def _investment(inputs: Inputs, years: Sequence[int], draws: int, price_growth: Floats) -> Floats:
    level = _of_region(inputs.panel, "investment_grp_pct", inputs.region)
    origin = inputs.baseline.origin
    if origin not in level.index:
        raise DataError(f"no investment to GRP in {origin}, the forecast's origin", where=inputs.region)
    volume = _component(inputs, "investment_real_index", years, draws)
    return np.asarray(float(level[origin]) * volume / _component(inputs, PRODUCT, years, draws))


def _wear(inputs: Inputs, years: Sequence[int], draws: int, price_growth: Floats) -> Floats:
    return _component(inputs, "wear_pct", years, draws)


def _component(inputs: Inputs, variable: str, years: Sequence[int], draws: int) -> Floats:
    array = inputs.baseline.draws(variable, inputs.region).transpose("draw", "year")
    held = [int(year) for year in array["year"].to_numpy()]
    for year in years:
        if year not in held:
            raise UnknownNameError.of("forecast year", str(year), [str(other) for other in held], where=variable)
    found = np.asarray(array.sel(year=list(years)).to_numpy(), dtype=np.float64)[:draws]
    if not np.isfinite(found).all():
        raise DataError(f"the forecast of {variable} has gaps", where=inputs.region, advice="Choose another region")
    return found


def _elapsed(inputs: Inputs, years: Sequence[int], price_growth: Floats) -> Floats:
    return np.asarray(price_growth[:, None] * (np.array(years, dtype=np.float64) - inputs.baseline.origin))


def _of_region(panel: Panel, variable: str, region: str) -> pd.Series:
    if region not in panel.region_ids:
        raise UnknownNameError.of("region", region, panel.region_ids)
    return panel.column(variable).xs(region, level="region").dropna()


_RULES: Mapping[str, Callable[[Inputs, Sequence[int], int, Floats], Floats]] = {
    "rd_grp_pct": _rd,
    "researchers_per_10k_employed": _researchers,
    "investment_grp_pct": _investment,
    "wear_pct": _wear,
}
