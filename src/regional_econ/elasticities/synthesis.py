"""From the designs' estimates to elasticities with joint draws, lags, domains and grades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.seeds import rng_for
from regional_econ.bayes.convergence import convergence
from regional_econ.core.elasticity import Elasticity, ElasticitySet, Identification, JointBlock, Lag
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions, DriverPrior, LagKernel
from regional_econ.elasticities.domain import domain_of
from regional_econ.elasticities.grades import grade
from regional_econ.elasticities.posterior import FloatArray, Posterior, posterior

CHAINS = 4
DRAWS_PER_CHAIN = 1000
CODE_REF = "regional_econ.elasticities.synthesis"
_CARRIER: Mapping[LagKernel, str] = {
    "irf_draws": "",
    "pim": "; the flow's lasting change reaches the outcome through its stock, so no lag weights are added",
}


@dataclass(frozen=True)
class DriverFacts:
    """What the causal evidence says about one driver.

    ``mde80`` and ``specification_sd`` are on the logit scale; ``rv`` is the robustness value.
    """

    claims: tuple[str, ...] = ()
    rv: float | None = None
    mde80: float | None = None
    specification_sd: float = 0.0
    falsification_passed: bool = False


def synthesise(
    estimates: pd.DataFrame,
    covariance: pd.DataFrame,
    assumptions: Assumptions,
    panel: Panel,
    *,
    drivers: Sequence[str],
    outcome: str,
    focal_region: str,
    seed: int,
    facts: Mapping[str, DriverFacts] | None = None,
) -> ElasticitySet:
    """Return calibrated elasticities of the outcome's logit with respect to the drivers, for the focal region.

    Parameters
    ----------
    estimates : design × driver on the logit scale; no rows give the prior.
    covariance : joint sampling covariance, both axes labelled (design, driver), from one region bootstrap.
    assumptions : bias priors, literature, transport, lags.
    panel : official figures: level of the outcome, domains, provenance.
    drivers : variable ids.
    outcome : variable id, in percent.
    focal_region : where the elasticities are used; its transport sd is added to the draws.
    seed : root seed.
    facts : what the causal evidence says about each driver.

    Returns
    -------
    elasticities with 4 × 1000 joint draws, effects first, then the lag weights of each.

    Raises
    ------
    UnknownNameError : a driver without declared priors.
    """
    names = tuple(drivers)
    priors = [_prior(assumptions, driver) for driver in names]
    given = facts or {}
    known = {driver: given.get(driver, DriverFacts()) for driver in names}
    found = posterior(
        estimates, covariance, assumptions, drivers=names, level_pct=newest_level(panel, outcome, focal_region),
        specification_sd={driver: fact.specification_sd for driver, fact in known.items()},
    )  # fmt: skip
    draws = _draws(found, priors, outcome, seed)
    chains = draws.to_numpy().reshape(CHAINS, DRAWS_PER_CHAIN, -1)
    rhat, bulk, tail = convergence(chains)
    shares = found.prior_share
    parameters = tuple(
        _elasticity(
            prior, draws, panel, outcome, focal_region, float(shares[prior.driver]), known[prior.driver],
            identification=_identification(assumptions, prior.driver, [str(design) for design in estimates.index]),
            assumptions=assumptions,
        )
        for prior in priors
    )  # fmt: skip
    return ElasticitySet(
        parameters, draws, _blocks(parameters), seed, CHAINS, float(rhat.max()), float(min(bulk.min(), tail.min()))
    )  # fmt: skip


def elasticity_id(driver: str, outcome: str) -> str:
    """Return the id of an elasticity, which is also its draws' column.

    >>> elasticity_id("wear_pct", "innovation_activity_pct")
    'wear_pct.innovation_activity_pct'
    """
    return f"{driver}.{outcome}"


def newest_level(panel: Panel, outcome: str, region: str) -> float:
    """Return the newest official figure of the outcome in a region.

    Raises
    ------
    UnknownNameError : the region has none.
    """
    if region not in panel.region_ids:
        raise UnknownNameError.of("region", region, panel.region_ids)
    values = panel.matrix(outcome, regions=[region]).to_numpy(dtype=float)[0]
    return float(values[np.flatnonzero(np.isfinite(values))[-1]])


def _draws(found: Posterior, priors: Sequence[DriverPrior], outcome: str, seed: int) -> pd.DataFrame:
    transport = np.array([prior.transport_sd for prior in priors])
    effects, lags = [], []
    for chain in range(CHAINS):
        rng = rng_for(seed, "elasticities", "transport and lags", chain)
        own = found.draw(DRAWS_PER_CHAIN, seed=seed, chain=chain)
        effects.append(own + transport * rng.standard_normal(own.shape))
        weights = [
            rng.dirichlet(prior.lag_concentration, size=DRAWS_PER_CHAIN) for prior in priors if prior.lag_concentration
        ]
        lags.append(np.concatenate([np.empty((DRAWS_PER_CHAIN, 0)), *map(_summing_to_one, weights)], axis=1))
    columns = [elasticity_id(prior.driver, outcome) for prior in priors]
    columns += [column for prior in priors for column in _lag_columns(prior, outcome)]
    return pd.DataFrame(np.concatenate([np.concatenate(effects), np.concatenate(lags)], axis=1), columns=columns)


def _summing_to_one(weights: FloatArray) -> FloatArray:
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _lag_columns(prior: DriverPrior, outcome: str) -> list[str]:
    return [f"{elasticity_id(prior.driver, outcome)}.lag{year}" for year in range(len(prior.lag_concentration))]


def _elasticity(
    prior: DriverPrior,
    draws: pd.DataFrame,
    panel: Panel,
    outcome: str,
    focal_region: str,
    prior_share: float,
    fact: DriverFacts,
    *,
    identification: Identification,
    assumptions: Assumptions,
) -> Elasticity:
    own = elasticity_id(prior.driver, outcome)
    p05, p50, p95 = (float(value) for value in np.quantile(draws[own].to_numpy(), [0.05, 0.5, 0.95]))
    logged = prior.form == "logit_per_log"
    unit = panel.variable(prior.driver).unit
    return Elasticity(
        id=own,
        source=prior.driver,
        target=outcome,
        form=prior.form,
        unit_from=f"ln({unit})" if logged else unit,
        unit_to="logit",
        scale="logit of the share of innovative organisations",
        point=p50,
        q={"p05": p05, "p50": p50, "p95": p95},
        lag=Lag(
            prior.lag_kernel,
            tuple(float(year) for year in range(len(prior.lag_concentration))),
            tuple(_lag_columns(prior, outcome)),
        ),
        horizon="long_run",
        population=f"average of {len(panel.region_ids)} regions of Russia, carried over to {focal_region}",
        transport={
            "target": focal_region,
            "method": f"independent normal spread added to the draws. {prior.transport_reason}",
            "extra_sd": prior.transport_sd,
        },
        domain=domain_of(panel, prior.driver, prior.form),
        estimand=(
            f"long-run change of the logit of {outcome} for one more {'ln unit' if logged else 'point'} of "
            f"{prior.driver}, the other drivers held{_CARRIER[prior.lag_kernel]}; the mean effect over "
            f"the regions of Russia at the level of {focal_region}, with the spread of one region's effect about it"
        ),
        identification=identification,
        rv=fact.rv,
        mde80=fact.mde80,
        grade=grade(
            identification,
            prior_share=prior_share,
            falsification_passed=fact.falsification_passed,
            series_exists=bool(np.isfinite(panel.matrix(prior.driver).to_numpy(dtype=float)).any()),
        ),
        prior_share=prior_share,
        claims=fact.claims,
        provenance={
            "source": f"panel of {len(panel.region_ids)} regions, declared biases and literature {assumptions.sha256}",
            "vintage": panel.vintage,
            "sha256": panel.checksum,
            "code_ref": CODE_REF,
        },
    )


def _blocks(parameters: Sequence[Elasticity]) -> tuple[JointBlock, ...]:
    effects = tuple(parameter.id for parameter in parameters)
    lags = tuple(
        JointBlock(parameter.lag.columns, "assumed_independent", "declared lag weights, summing to one in each row")
        for parameter in parameters
        if parameter.lag.columns
    )
    return (JointBlock(effects, "one_posterior", "designs share one region bootstrap"), *lags)


def _prior(assumptions: Assumptions, driver: str) -> DriverPrior:
    if driver not in assumptions.drivers:
        raise UnknownNameError.of("driver", driver, assumptions.drivers, where="data/biases.yml")
    return assumptions.drivers[driver]


def _identification(assumptions: Assumptions, driver: str, designs: Sequence[str]) -> Identification:
    """Fixed effects where a design compares a region with itself; regions compared with each other identify nothing."""
    if designs:
        return "panel_fe" if any(assumptions.designs[design].family == "within" for design in designs) else "none"
    relation = assumptions.relation_of(driver)
    return "literature" if relation is not None and relation.findings else "expert"
