"""What else happens: a coal price that falls, a national path, mining that shrinks. Each changes the baseline itself.

A path moves the joint forecast, draw by draw (:mod:`regional_econ.core.conditioning`), or investment alone:
Δ ln(I/Y) = β · exposure · (ln P_t − ln P⁰_t), P⁰ the same draw's own price and exposure the share of mining in the
first year published, as where β was estimated; the price stands for roubles at an unchanged exchange rate. Mining's
share goes to its new level by s_t = s_{t−1} + λ(s* − s_{t−1}); what that does to the outcome is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.core.conditions import NATIONAL, Cell
from regional_econ.core.conditions import Path as ConditionPath
from regional_econ.core.elasticity import Elasticity, Grade
from regional_econ.core.forecast import Forecast
from regional_econ.core.scenario import Shock
from regional_econ.policy.model import levers as lever_rules
from regional_econ.policy.model.direct import MINING_PRIOR, speed
from regional_econ.policy.model.inputs import Inputs, kernel_of, logit_draws
from regional_econ.policy.model.response import effect, shift_percent

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
_DRIVER = "investment_grp_pct"
_RESPONSE = "mining_price_investment"


@dataclass(frozen=True)
class ShockUse:
    """A shock of a scenario: how it acts, the grade of its effect on the outcome (None where the joint forecast carries
    it), whether it is on, and of a path the probability that the forecast gives to one as far away."""

    name: str
    channel: str
    grade: Grade | None
    on: bool
    tail_probability: float | None


def under_shocks(
    inputs: Inputs, shocks: Sequence[Shock], *, seed: int, grades: Sequence[Grade]
) -> tuple[Inputs, tuple[ShockUse, ...]]:
    """Return the inputs with the baseline that the shocks leave, and how each acts.

    Parameters
    ----------
    shocks : in the order in which they are applied.
    seed : of the declared priors.
    grades : an effect of a grade that is not among them stays off.

    Raises
    ------
    UnknownNameError : a regime that the study does not declare, a variable or region that is not forecast, or the
        channel investment where investment has no elasticity.
    OptionError, DataError, EstimationError : a path that the forecast cannot take, such as a price of nothing or a year
        beyond its last.
    """
    uses = []
    for shock in shocks:
        inputs, use = _apply(inputs, shock, seed, grades)
        uses.append(use)
    return inputs, tuple(uses)


def mining_share(start: float, target: float, years: float, horizon: int) -> Floats:
    """Return the share of mining by year (horizon,) on its way to a new level: nine tenths are gone after ``years``.

    >>> mining_share(40.0, 20.0, 2.0, 4).round(3).tolist()
    [26.325, 22.0, 20.632, 20.2]
    """
    return np.asarray(target + (start - target) * (1.0 - speed(years)) ** np.arange(1, horizon + 1), dtype=np.float64)


def condition_path(shock: Shock, regimes: Mapping[str, ConditionPath]) -> ConditionPath:
    """Return the conditions of a shock that is a regime or a variable's path.

    Raises
    ------
    UnknownNameError : a regime that the study does not declare.
    """
    if shock.regime is not None:
        if shock.regime not in regimes:
            raise UnknownNameError.of("regime", shock.regime, regimes, where=shock.where or "shocks")
        path = regimes[shock.regime]
        return replace(path, cells=tuple(replace(cell, where=shock.where) for cell in path.cells), where=shock.where)
    cells = tuple(Cell(str(shock.variable), shock.region, year, value, where=shock.where) for year, value in shock.path)
    return ConditionPath(f"{shock.variable}-{shock.region}", cells, where=shock.where)


def _apply(inputs: Inputs, shock: Shock, seed: int, grades: Sequence[Grade]) -> tuple[Inputs, ShockUse]:
    if shock.mining_share_pct is not None:
        use = ShockUse(str(shock), "assumption", "C", "C" in grades, None)
        return (_mining(inputs, shock, shock.mining_share_pct, seed) if use.on else inputs), use
    path = condition_path(shock, inputs.regimes)
    moved = inputs.baseline.condition(path, regions=[inputs.region])
    probability = float(moved.diagnostics["condition_tail_probability"])
    if shock.channel == "forecast":
        return replace(inputs, baseline=moved), ShockUse(str(shock), "forecast", None, True, probability)
    elasticity = lever_rules.elasticity_of(inputs.elasticities, _DRIVER, inputs.outcome)
    if elasticity is None:
        known = [p.source for p in inputs.elasticities.parameters]
        raise UnknownNameError.of("driver", _DRIVER, known, where=shock.where or "shocks")
    grade: Grade = max("B", elasticity.grade)
    use = ShockUse(str(shock), "investment", grade, grade in grades, probability)
    return (_investment(inputs, elasticity, path, moved, seed) if use.on else inputs), use


def _investment(inputs: Inputs, elasticity: Elasticity, path: ConditionPath, moved: Forecast, seed: int) -> Inputs:
    """Move investment by the price's distance from the same draw's own, and the outcome by its elasticity."""
    prices = {cell.variable for cell in path.cells if cell.region == NATIONAL}
    if len(prices) != 1:
        raise DataError("the investment channel takes the path of one national price", where=path.where or path.name)
    price = prices.pop()
    volume = inputs.baseline.draws("investment_real_index", inputs.region)
    years = [int(year) for year in volume["year"].to_numpy()]
    before, after = (
        np.asarray(one.draws(price, NATIONAL).sel(year=years).to_numpy(), dtype=np.float64)
        for one in (inputs.baseline, moved)
    )
    share = inputs.panel.column("mining_share_pct").xs(inputs.region, level="region").dropna()
    if share.empty:
        raise DataError("no share of mining", where=inputs.region, advice="Choose the channel forecast")
    response = inputs.priors[_RESPONSE].draw(len(before), seed)
    change = response[:, None] * float(share.iloc[0]) / 100.0 * np.log(after / before)
    outcome = _values(inputs, inputs.outcome)
    rows = min(len(change), len(inputs.elasticities.draws))
    shift = effect(
        logit_draws(elasticity, inputs.elasticities, outcome[:, 0])[:rows],
        change[:rows],
        kernel=kernel_of(elasticity, inputs.elasticities, rows),
        persistence=inputs.priors["persistence"].draw(rows, seed),
    )
    full = np.zeros_like(outcome)
    full[:rows, -shift.shape[1] :] = shift
    volumes = np.asarray(volume.transpose("draw", "year").to_numpy(), dtype=np.float64) * np.exp(change)
    return _with(_with(inputs, "investment_real_index", volumes), inputs.outcome, shift_percent(outcome, full))


def _mining(inputs: Inputs, shock: Shock, target: float, seed: int) -> Inputs:
    share = inputs.panel.column("mining_share_pct").xs(inputs.region, level="region").dropna()
    if share.empty:
        raise DataError("no share of mining", where=inputs.region, advice="Take the shock out")
    outcome, origin = _values(inputs, inputs.outcome), inputs.baseline.origin
    years = np.asarray(inputs.baseline.draws(inputs.outcome, inputs.region)["year"].to_numpy(), dtype=np.int64)
    ahead = int((years > origin).sum())
    moved = np.zeros(len(years))
    moved[len(years) - ahead :] = mining_share(float(share.iloc[-1]), target, shock.years, ahead) - float(
        share.iloc[-1]
    )
    slope = inputs.priors[MINING_PRIOR].draw(len(outcome), seed)
    return _with(inputs, inputs.outcome, shift_percent(outcome, slope[:, None] * moved))


def _values(inputs: Inputs, variable: str) -> Floats:
    array = inputs.baseline.draws(variable, inputs.region).transpose("draw", "year")
    return np.asarray(array.to_numpy(), dtype=np.float64)


def _with(inputs: Inputs, variable: str, values: Floats) -> Inputs:
    """Return the inputs with the region's draws of a variable (draws, years) replaced."""
    old = inputs.baseline.draws(variable).sel(region=[inputs.region]).transpose("draw", "region", "year")
    array: xr.DataArray = old.astype("float64").copy(data=values[:, None, :])
    variables = {**inputs.baseline.variables, variable: array}
    return replace(inputs, baseline=replace(inputs.baseline, variables=variables))
