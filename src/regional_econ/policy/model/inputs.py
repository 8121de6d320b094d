"""What a policy run stands on: elasticities, forecast, panel, levers and priors, and how each is read draw by draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError, SchemaError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ.core.conditions import Path as ConditionPath
from regional_econ.core.elasticity import Elasticity, ElasticitySet
from regional_econ.core.forecast import Forecast
from regional_econ.core.lever import Lever
from regional_econ.core.panel import Panel
from regional_econ.policy.model import levers as lever_rules
from regional_econ.policy.model.calibration import estimated_rates
from regional_econ.policy.model.limits import with_capacities
from regional_econ.policy.model.priors import Prior, load_priors
from regional_econ.policy.model.response import Kernel, point_kernel, stock_kernel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Inputs:
    """Everything a scenario needs beside itself; ``regimes`` are paths that its shocks may name, ``rows`` the draws
    that it is answered on, all where none are named."""

    elasticities: ElasticitySet
    baseline: Forecast
    panel: Panel
    levers: tuple[Lever, ...]
    priors: Mapping[str, Prior]
    region: str
    outcome: str = "innovation_activity_pct"
    regimes: Mapping[str, ConditionPath] = field(default_factory=dict)
    rows: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        elasticities: ElasticitySet,
        baseline: Forecast,
        panel: Panel,
        *,
        region: str,
        regimes: Sequence[ConditionPath] = (),
    ) -> Inputs:
        """Gather inputs with the project's levers and the region's limits to them, its declared priors and the rates
        estimated for the region.

        Parameters
        ----------
        regimes : paths that a scenario's shocks may name.

        Raises
        ------
        SchemaError, UnknownNameError : a declaration that breaks its rules.
        DataError : a series behind an estimated rate is missing.
        """
        estimated = {rate.id: rate.prior for rate in estimated_rates(panel, region)}
        named = {path.name: path for path in regimes}
        priors = load_priors() | estimated
        levers = with_capacities(lever_rules.load_levers(), panel, region)
        return cls(elasticities, baseline, panel, levers, priors, region, regimes=named)


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


def draws_hash(elasticities: ElasticitySet) -> str:
    """Return the SHA-256 of the draws with their column names, so that exchanged columns are noticed."""
    values = np.ascontiguousarray(elasticities.draws.to_numpy(dtype="<f8"))
    return sha256_bytes("|".join(map(str, elasticities.draws.columns)).encode() + values.tobytes())
