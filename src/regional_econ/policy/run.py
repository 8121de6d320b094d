"""What would a scenario bring? Levers, drivers, innovation activity: draw by draw, beside the same draw's baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError, SchemaError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ.core.elasticity import Elasticity, ElasticitySet, Grade
from regional_econ.core.forecast import Forecast
from regional_econ.core.lever import Lever
from regional_econ.core.panel import Panel
from regional_econ.core.scenario import Scenario, Setting
from regional_econ.policy import levers as lever_rules
from regional_econ.policy.drivers import RATES, STOCK_DRIVERS, base_level, driver_path, historical_push
from regional_econ.policy.priors import Prior, load_priors
from regional_econ.policy.response import Kernel, effect, excess, point_kernel, stock_kernel
from regional_econ.policy.result import DomainFlag, LeverUse, LinkPriors, PolicyResult

Floats = NDArray[np.float64]
Grades = Literal["as_declared", "all"]


@dataclass(frozen=True)
class Inputs:
    """Everything a scenario needs beside itself."""

    elasticities: ElasticitySet
    baseline: Forecast
    panel: Panel
    levers: tuple[Lever, ...]
    priors: Mapping[str, Prior]
    region: str
    outcome: str = "innovation_activity_pct"

    @classmethod
    def of(cls, elasticities: ElasticitySet, baseline: Forecast, panel: Panel, *, region: str) -> Inputs:
        """Gather inputs with the project's levers and priors."""
        return cls(elasticities, baseline, panel, lever_rules.load_levers(), load_priors(), region)


def run(scenario: Scenario, inputs: Inputs, *, grades: Grades = "as_declared") -> PolicyResult:
    """Run one scenario.

    Parameters
    ----------
    scenario : which levers, how far, when; levers and elasticities below its grades stay off.
    inputs : elasticities, baseline draws, panel, levers and priors.
    grades : ``all`` switches every grade on, as an assumption.

    Returns
    -------
    PolicyResult : paths of all draws with the contribution of each driver.

    Raises
    ------
    UnknownNameError : a lever, region or year that does not exist.
    OptionError : a lever outside its range, a driver pushed where its elasticity refuses, or a stock it does not have.
    SchemaError : a lag kernel whose columns are not among the draws.
    """
    where = f"scenario {scenario.id}"
    years = tuple(range(scenario.start, scenario.end + 1))
    base = baseline_draws(inputs, years, where=where)
    draws = min(len(base), len(inputs.elasticities.draws))
    base = base[:draws]
    allowed: Sequence[Grade] = ("A", "B", "C") if grades == "all" else scenario.include_grades
    uses = _uses(scenario, inputs, allowed)
    rates = {name: prior.draw(draws, scenario.seed) for name, prior in inputs.priors.items()}
    effects: dict[str, Floats] = {}
    changes: dict[str, Floats] = {}
    flags: list[DomainFlag] = []
    acting: dict[str, Prior] = {}
    for driver in dict.fromkeys(use.driver for use in uses if use.on and use.driver):
        elasticity = lever_rules.elasticity_of(inputs.elasticities, driver, inputs.outcome)
        if elasticity is None:
            raise UnknownNameError.of("driver", driver, [p.source for p in inputs.elasticities.parameters])
        programme = _programme(scenario, inputs, driver, uses, years, draws)
        level = base_level(inputs.panel, driver, inputs.region, first_year=scenario.start)
        push, stock = historical_push(inputs.panel, driver), elasticity.lag.kernel == "pim"
        path = driver_path(driver, level, push, programme, rates, stock=stock)
        kernel = kernel_of(elasticity, inputs.elasticities, draws)
        acting |= {name: inputs.priors[name] for name in rate_names(driver, stock=stock, kernel=kernel)}
        changes[driver] = path.change(elasticity.form)
        outside = excess(changes[driver], path.level, elasticity.domain)
        flags += _flag(driver, outside, elasticity, where)
        effects[driver] = effect(
            logit_draws(elasticity, inputs.elasticities, base[:, 0])[:draws],
            changes[driver],
            outside,
            kernel=kernel,
            persistence=rates["persistence"],
        )
    return PolicyResult(
        scenario, grades == "all", inputs.region, inputs.outcome, years, base, effects, changes, uses, tuple(flags),
        {"draws": draws_hash(inputs.elasticities), "panel": inputs.panel.checksum}, acting, _links(uses, inputs),
    )  # fmt: skip


def run_with_variants(scenarios: Sequence[Scenario], inputs: Inputs) -> tuple[PolicyResult, ...]:
    """Run scenarios; one that leaves levers off is followed by its variant with all grades on, an assumption."""
    found: list[PolicyResult] = []
    for scenario in scenarios:
        declared = run(scenario, inputs)
        found.append(declared)
        if any(use.driver for use in declared.off):
            found.append(run(scenario, inputs, grades="all"))
    return tuple(found)


def baseline_draws(inputs: Inputs, years: Sequence[int], *, where: str) -> Floats:
    """Return the baseline of the outcome (draws, years) in %.

    Raises
    ------
    UnknownNameError : a year that the forecast does not hold.
    """
    array = inputs.baseline.draws(inputs.outcome, inputs.region).transpose("draw", "year")
    known = [int(year) for year in array["year"].to_numpy()]
    for year in years:
        if year not in known:
            raise UnknownNameError.of("forecast year", str(year), [str(other) for other in known], where=where)
    return np.asarray(array.sel(year=list(years)).to_numpy(), dtype=np.float64)


def logit_draws(elasticity: Elasticity, elasticities: ElasticitySet, outcome_pct: Floats) -> Floats:
    """Return an elasticity's draws on the logit scale; effects on logs are divided by 1 − y.

    Raises
    ------
    SchemaError : its draws are missing.
    OptionError : a form that has no logit reading.
    """
    if elasticity.id not in elasticities.draws.columns:
        raise SchemaError(f"elasticity {elasticity.id} has no draws", advice="Run: regional-econ elasticities build")
    draws = elasticities.draws[elasticity.id].to_numpy(dtype=np.float64)
    match elasticity.form:
        case "logit_per_log" | "logit_per_unit":
            return draws
        case "elasticity" | "semi_elasticity":
            return draws / (1.0 - float(np.median(outcome_pct)) / 100.0)
        case other:
            raise OptionError(f"an effect of form {other!r} cannot move a logit", where=elasticity.id)


def kernel_of(elasticity: Elasticity, elasticities: ElasticitySet, draws: int) -> Kernel:
    """Return when an effect arrives: a point, or weights that are drawn in the same rows as the effect.

    A perpetual-inventory kernel is the stock itself, so the effect of the stock arrives at once and without φ.

    Raises
    ------
    SchemaError : the weights' columns are missing.
    """
    lag = elasticity.lag
    if lag.kernel == "pim":
        return stock_kernel()
    if lag.kernel == "point":
        return point_kernel(round(lag.years[0]) if lag.years else 0)
    missing = [column for column in lag.columns if column not in elasticities.draws.columns]
    if missing or len(lag.columns) != len(lag.years):
        raise SchemaError(f"the lag kernel of {elasticity.id} lacks its weights", where=", ".join(missing))
    weights = np.zeros((draws, round(max(lag.years)) + 1))
    for year, column in zip(lag.years, lag.columns, strict=True):
        weights[:, round(year)] = elasticities.draws[column].to_numpy(dtype=np.float64)[:draws]
    return Kernel(weights)


def rate_names(driver: str, *, stock: bool, kernel: Kernel) -> tuple[str, ...]:
    """Return which declared rates act on the way from a driver's programme to the outcome.

    >>> rate_names("rd_grp_pct", stock=True, kernel=stock_kernel())
    ('rd_depreciation',)
    """
    own = () if driver in STOCK_DRIVERS and not stock else RATES[driver]
    return (*own, "persistence") if kernel.persistent else own


def draws_hash(elasticities: ElasticitySet) -> str:
    """Return the SHA-256 of the draws with their column names, so that exchanged columns are noticed."""
    values = np.ascontiguousarray(elasticities.draws.to_numpy(dtype="<f8"))
    return sha256_bytes("|".join(map(str, elasticities.draws.columns)).encode() + values.tobytes())


def _uses(scenario: Scenario, inputs: Inputs, allowed: Sequence[Grade]) -> tuple[LeverUse, ...]:
    uses = []
    for setting in scenario.settings:
        lever = lever_rules.find_lever(inputs.levers, setting.lever, where=f"scenario {scenario.id}")
        elasticity = lever_rules.elasticity_of(inputs.elasticities, lever.state_var, inputs.outcome)
        grade = lever_rules.chain_grade(lever, elasticity)
        on = lever.state_var is not None and elasticity is not None and grade in allowed
        share = None if elasticity is None else elasticity.prior_share
        uses.append(
            LeverUse(
                lever.id, lever.state_var, lever_rules.link_grade(lever),
                None if elasticity is None else elasticity.grade, grade, on, share,
            )
        )  # fmt: skip
    return tuple(uses)


def _links(uses: Sequence[LeverUse], inputs: Inputs) -> dict[str, LinkPriors]:
    on = [lever_rules.find_lever(inputs.levers, use.lever, where="links") for use in uses if use.on]
    return {
        lever.id: LinkPriors(lever_rules.additionality(lever), lever_rules.lag_bounds(lever)) for lever in on
    }  # fmt: skip


def _programme(
    scenario: Scenario, inputs: Inputs, driver: str, uses: Sequence[LeverUse], years: Sequence[int], draws: int
) -> Floats:
    """Add what the levers of one group deliver; they differ in an unobserved source only, so they simply add up."""
    on = {use.lever for use in uses if use.on and use.driver == driver}
    total = np.zeros((draws, len(years)))
    for setting in _chosen(scenario.settings, on):
        lever = lever_rules.find_lever(inputs.levers, setting.lever, where=scenario.id)
        funded = lever_rules.funded_path(setting, lever, years, where=f"scenario {scenario.id}")
        total += lever_rules.delivered(funded, lever, draws=draws, seed=scenario.seed)
    return total


def _chosen(settings: Sequence[Setting], ids: set[str]) -> list[Setting]:
    return [setting for setting in settings if setting.lever in ids]


def _flag(driver: str, outside: Floats, elasticity: Elasticity, where: str) -> list[DomainFlag]:
    share = float((outside > 0.0).any(axis=1).mean())
    if share == 0.0:
        return []
    if elasticity.domain.outside == "refuse":
        raise OptionError(
            f"{driver} leaves the domain of {elasticity.id} in {100 * share:.0f} % of draws",
            where=where,
            advice="Choose a smaller push; this elasticity refuses to extrapolate",
        )
    return [DomainFlag(driver, elasticity.id, share, float(outside.max()))]
