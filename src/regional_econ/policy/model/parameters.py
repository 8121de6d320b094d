"""Every uncertain input of the policy model by name, drawn once, and the groups that one would measure together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ._base.seeds import rng_for
from regional_econ.core.elasticity import Elasticity, Grade
from regional_econ.core.lever import Lever
from regional_econ.elasticities.forms import STOCK_DRIVERS
from regional_econ.policy.model import kernel
from regional_econ.policy.model import levers as lever_rules
from regional_econ.policy.model.baselines import PRICE_GROWTH, driver_baseline, is_forecast, real_rd
from regional_econ.policy.model.calibration import wear_apart
from regional_econ.policy.model.driver_part import DriverPart
from regional_econ.policy.model.drivers import (
    DRIVERS,
    Push,
    historical_push,
    newest_level,
    rare_changes,
    real_rd_history,
)
from regional_econ.policy.model.inputs import Inputs, kernel_of, logit_draws
from regional_econ.policy.model.stocks import rd_initial_stock, rd_stock

Floats = NDArray[np.float64]
Rule = Literal["additive", "random", "nested"]
SYNERGY = "synergy"
RETURNS = "decreasing_returns"
KNEE_RESEARCHERS = 900.0
PERSISTENCE = "persistence"
REAL_RD = "rd_real_mln_rub"
_FLOWS: Mapping[str, int] = {
    "rd_grp_pct": kernel.FLOW,
    "researchers_per_10k_employed": kernel.POSTS,
    "investment_grp_pct": kernel.FLOW,
    "wear_pct": kernel.ASSETS,
}
_RATES: Mapping[int, tuple[str, ...]] = {
    kernel.FLOW: (),
    kernel.STOCK: ("rd_depreciation",),
    kernel.POSTS: ("researcher_attrition", "post_filling"),
    kernel.ASSETS: ("commissioning", "disposal", "renewal_decay", "replacement_share"),
}
_PRICED: Mapping[str, tuple[str, ...]] = {"rd_grp_pct": (PRICE_GROWTH,)}
_RULES: Mapping[str, int] = {"additive": kernel.ADDITIVE, "random": kernel.RANDOM, "nested": kernel.NESTED}


@dataclass(frozen=True)
class LeverPart:
    """One lever in the model: the driver it moves, the grade of its chain, and how it overlaps with its group."""

    lever: Lever
    driver: str
    grade: Grade
    rule: Rule


@dataclass(frozen=True)
class Model:
    """What is known for certain of the model: its years, drivers and levers, in order, the outcome, and the origin of
    the forecast: the last year whose figures are official. ``assumed`` are levers without an elasticity, whose effect
    is an assumption outright."""

    years: tuple[int, ...]
    origin: int
    outcome: str
    drivers: tuple[DriverPart, ...]
    levers: tuple[LeverPart, ...]
    assumed: tuple[LeverPart, ...] = ()

    @property
    def links(self) -> tuple[LeverPart, ...]:
        """Every lever that can be pulled: those with an elasticity, then those whose effect is assumed outright."""
        return (*self.levers, *self.assumed)

    def baseline(self, parameters: Mapping[str, Floats], variable: str) -> Floats:
        """Return the baseline of the outcome or a driver (draws, years)."""
        return np.column_stack([parameters[baseline_name(variable, year)] for year in self.years])


def baseline_name(variable: str, year: int) -> str:
    """Return the name of the parameter that holds a variable's baseline in a year.

    >>> baseline_name("wear_pct", 2030)
    'baseline.wear_pct.2030'
    """
    return f"baseline.{variable}.{year}"


def kept_name(year: int) -> str:
    """Return the name of the parameter that holds which share of a year's funds the budget leaves.

    >>> kept_name(2030)
    'budget_kept.2030'
    """
    return f"budget_kept.{year}"


def model_of(inputs: Inputs, years: tuple[int, ...], grades: Sequence[Grade], *, drivers: Sequence[str] = ()) -> Model:
    """Return the drivers and levers that may act.

    Parameters
    ----------
    grades : which grades of a lever's chain may act.
    drivers : which are there even where no lever moves them.

    Raises
    ------
    OptionError : a stock of a driver that has none.
    """
    effects = {driver: lever_rules.elasticity_of(inputs.elasticities, driver, inputs.outcome) for driver in DRIVERS}
    levers = []
    for lever in inputs.levers:
        elasticity = effects.get(lever.state_var or "")
        grade = lever_rules.chain_grade(lever, elasticity)
        if lever.state_var and elasticity is not None and grade in grades:
            rule = cast("Rule", lever.overlap.get("rule", "additive"))
            levers.append(LeverPart(lever, lever.state_var, grade, rule))
    moved = {*drivers, *(part.driver for part in levers)}
    parts = [
        _driver(inputs, driver, elasticity)
        for driver, elasticity in effects.items()
        if elasticity is not None and driver in moved
    ]
    return Model(years, inputs.baseline.origin, inputs.outcome, tuple(parts), tuple(levers))


def draw_parameters(
    inputs: Inputs, model: Model, outcome: Floats, *, seed: int
) -> tuple[dict[str, Floats], dict[str, tuple[str, ...]]]:
    """Return every uncertain input by name (draws,) and the names by group.

    Parameters
    ----------
    outcome : baseline of the outcome (draws, years), %.
    seed : of the declared priors and delivery lags.

    Raises
    ------
    SchemaError : a lag kernel whose columns are not among the draws, or a lever without additionality.
    """
    draws = len(outcome)
    values, groups = dict[str, Floats](), dict[str, tuple[str, ...]]()
    for part in model.drivers:
        one = part.elasticity
        own = {one.id: logit_draws(one, inputs.elasticities, outcome[:, 0])[:draws]}
        if part.lags > 1:
            weights = np.broadcast_to(kernel_of(one, inputs.elasticities, draws).weights, (draws, part.lags))
            own |= {f"{one.id}.weight{k}": np.ascontiguousarray(weights[:, k]) for k in range(part.lags)}
        groups[f"elasticity.{part.driver}"] = tuple(own)
        values |= own
    rates = tuple(dict.fromkeys(name for part in model.drivers for name in part.rates))
    for name in rates:
        values[name] = inputs.priors[name].draw(draws, seed)
    for link in model.levers:
        lever = link.lever
        low, high = lever_rules.lag_bounds(lever)
        lags = rng_for(seed, "policy", lever.id, "lag").integers(low, high + 1, size=draws)
        values[f"{lever.id}.delivery_lag"] = lags.astype(np.float64)
        values[f"{lever.id}.additionality"] = lever_rules.additionality(lever).draw(draws, seed)
    baseline = _baselines(inputs, model, outcome, values)
    ids = [link.lever.id for link in model.levers]
    groups |= {
        "rates": rates,
        "delivery_lags": tuple(f"{name}.delivery_lag" for name in ids),
        "additionality": tuple(f"{name}.additionality" for name in ids),
        "baseline": tuple(baseline),
    }
    return values | baseline | {SYNERGY: np.zeros(draws), RETURNS: np.zeros(draws)}, groups


def compiled(model: Model, parameters: Mapping[str, Floats]) -> tuple[kernel.LeverArrays, kernel.DriverArrays]:
    """Return the arrays that the compiled arithmetic reads: those of the levers and those of the drivers."""
    draws, years = len(parameters[SYNERGY]), model.years
    order = [part.driver for part in model.drivers]
    groups = [link.lever.overlap.get("group", link.driver) for link in model.levers]
    levers = kernel.LeverArrays(
        driver=np.array([order.index(link.driver) for link in model.levers], dtype=np.int64),
        group=np.array([groups.index(group) for group in groups], dtype=np.int64),
        rule=np.array([_RULES[link.rule] for link in model.levers], dtype=np.int64),
        reach=np.array([link.lever.max or 1.0 for link in model.levers], dtype=np.float64),
        lag=_columns([parameters[f"{link.lever.id}.delivery_lag"] for link in model.levers], draws).astype(np.int64),
        gain=_columns([1.0 + parameters[f"{link.lever.id}.additionality"] for link in model.levers], draws),
        kept=np.column_stack([parameters.get(kept_name(year), np.ones(draws)) for year in years]),
    )
    lags, shape = max((part.lags for part in model.drivers), default=1), (draws, len(order))
    epsilon = _columns([parameters[part.elasticity.id] for part in model.drivers], draws)
    domain = np.array([_bounds(part) for part in model.drivers], dtype=np.float64).reshape(-1, 5)
    arrays = kernel.DriverArrays(
        kind=np.array([part.equation for part in model.drivers], dtype=np.int64),
        push=np.array([_size(part.push) for part in model.drivers], dtype=np.float64),
        logs=np.array([part.logs for part in model.drivers], dtype=np.bool_),
        knee=np.array([part.knee for part in model.drivers], dtype=np.float64),
        centre=epsilon.mean(axis=0),
        domain=domain,
        fall=np.exp(-domain[:, 2]),
        rise=np.exp(domain[:, 3]),
        epsilon=epsilon,
        phi=np.full(shape, -1.0),
        theta=np.zeros(shape),
        weights=np.zeros((*shape, lags)),
        rate=np.zeros((*shape, 5)),
        base=np.zeros((*shape, len(years))),
        flow=np.zeros((*shape, len(years))),
    )
    for v, part in enumerate(model.drivers):
        _fill(arrays, v, part, model, parameters)
    return levers, arrays


def _fill(
    arrays: kernel.DriverArrays, v: int, part: DriverPart, model: Model, parameters: Mapping[str, Floats]
) -> None:
    arrays.base[:, v] = model.baseline(parameters, part.driver)
    arrays.weights[:, v, 0] = 1.0
    for k in range(part.lags if part.lags > 1 else 0):
        arrays.weights[:, v, k] = parameters[f"{part.elasticity.id}.weight{k}"]
    for k, name in enumerate(_RATES[part.equation]):
        arrays.rate[:, v, k] = parameters[name]
    if part.persistent:
        arrays.phi[:, v] = parameters[PERSISTENCE]
    if part.equation == kernel.POSTS:
        arrays.theta[:, v] = parameters[RETURNS]
    if part.equation == kernel.ASSETS:
        arrays.rate[:, v, 4] = part.apart
    if part.equation == kernel.STOCK:
        arrays.rate[:, v, 1], arrays.flow[:, v] = _rd_flows(model, part, parameters)


def _driver(inputs: Inputs, driver: str, elasticity: Elasticity) -> DriverPart:
    stock = elasticity.lag.kernel == "pim"
    if stock and driver not in STOCK_DRIVERS:
        raise OptionError(f"{driver} has no stock", advice="Give its elasticity lag weights instead of pim")
    equation = kernel.STOCK if stock else _FLOWS[driver]
    spread = kernel_of(elasticity, inputs.elasticities, len(inputs.elasticities.draws))
    return DriverPart(
        driver,
        elasticity,
        historical_push(inputs.panel, driver),
        newest_level(inputs.panel, driver, inputs.region),
        equation,
        (
            *_RATES[equation],
            *((PERSISTENCE,) if spread.persistent else ()),
            *(_PRICED.get(driver, ()) if is_forecast(inputs, driver) else ()),
        ),
        spread.weights.shape[1],
        spread.persistent,
        real_rd_history(inputs.panel, inputs.region, inputs.baseline.origin) if stock else np.array([]),
        _knee(inputs, driver),
        rare_changes(inputs.panel, driver, elasticity.form),
        not is_forecast(inputs, driver),
        wear_apart(inputs.panel, inputs.region, inputs.baseline.origin) if equation == kernel.ASSETS else 0.0,
    )


def _baselines(inputs: Inputs, model: Model, outcome: Floats, values: Mapping[str, Floats]) -> dict[str, Floats]:
    draws, price_growth = len(outcome), values.get(PRICE_GROWTH)
    found = {baseline_name(model.outcome, year): outcome[:, t] for t, year in enumerate(model.years)}
    for part in model.drivers:
        paths = driver_baseline(inputs, part.driver, model.years, draws=draws, price_growth=price_growth)
        found |= {baseline_name(part.driver, year): paths[:, t] for t, year in enumerate(model.years)}
        if part.equation == kernel.STOCK:
            ahead = range(model.origin + 1, model.years[-1] + 1)
            if part.held:
                flows = np.full((draws, len(ahead)), part.history[-1])
            else:
                flows = real_rd(inputs, ahead, values[PRICE_GROWTH])
            found |= {baseline_name(REAL_RD, year): flows[:, t] for t, year in enumerate(ahead)}
    return found


def _rd_flows(model: Model, part: DriverPart, parameters: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return the stock at the end of the year before the first one (draws,) and the real flow (draws, years)."""
    first, last = model.years[0], model.years[-1]
    delta = parameters["rd_depreciation"]
    split = min(len(part.history), len(part.history) - 1 - (model.origin - first))
    official = np.broadcast_to(part.history[split:], (len(delta), len(part.history) - split))
    ahead = [parameters[baseline_name(REAL_RD, year)] for year in range(model.origin + 1, last + 1)]
    flow = np.column_stack([official, *ahead])
    start = rd_initial_stock(part.history[:split], delta)
    early = flow.shape[1] - len(model.years)
    return (rd_stock(start, flow[:, :early], delta)[:, -1] if early else start), flow[:, early:]


def _knee(inputs: Inputs, driver: str) -> float:
    if driver != "researchers_per_10k_employed":
        return float("inf")
    employed = inputs.panel.column("employed_thousand").xs(inputs.region, level="region").dropna()
    return 10.0 * KNEE_RESEARCHERS / float(employed.iloc[-1])


def _size(push: Push) -> float:
    return float(np.expm1(push.size)) if push.unit == "log points" else abs(push.size) / 100.0


def _bounds(part: DriverPart) -> tuple[float, float, float, float, float]:
    domain = part.elasticity.domain
    fall, rise = (min(domain.max_abs_change, rare) for rare in part.rare)
    return domain.x_min, domain.x_max, fall, rise, float(max(1, round(domain.change_window_years)))


def _columns(columns: Sequence[Floats], draws: int) -> Floats:
    return np.column_stack(columns) if columns else np.zeros((draws, 0))
