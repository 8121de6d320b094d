"""What would the elasticities be under other assumptions, or without one of their sources?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from regional_econ.elasticities.declared import Assumptions
from regional_econ.elasticities.posterior import posterior
from regional_econ.elasticities.published import Relation, Selection

QUANTILES = {"p025": 0.025, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p975": 0.975}
SHARES = ("designs", "bias", "literature")
_FLAT = 100.0  # units of a driver: a literature that says nothing
SELECTIONS = {
    "nulls_uncorrected": Selection(0.0, 1.0, "every finding prints a number"),
    "nulls_heavier": Selection(0.6, 0.0, "three of five findings are nulls, and none of these prints a number"),
}


@dataclass(frozen=True)
class Variant:
    """Assumptions and sources of one variant; ``designs`` that are used, ``joint`` with their joint covariance."""

    id: str
    group: str
    assumptions: Assumptions
    designs: tuple[str, ...]
    joint: bool = True


def variants(assumptions: Assumptions, designs: tuple[str, ...]) -> tuple[Variant, ...]:
    """Return the base and every variant, in the order they are shown.

    Parameters
    ----------
    assumptions : the declared ones.
    designs : ids of the designs with estimates.
    """
    changed: list[tuple[str, str, Assumptions]] = [("base", "base", assumptions)]
    flat = {name: replace(prior, discrepancy_sd=_FLAT * prior.unit) for name, prior in assumptions.drivers.items()}
    changed.append(("no_literature", "literature", replace(assumptions, relations=(), drivers=flat)))
    for name, selection in SELECTIONS.items():
        relations = tuple(replace(relation, selection=selection) for relation in assumptions.relations)
        changed.append((name, "literature", replace(assumptions, relations=relations)))
    for name, factor in (("literature_half", 0.5), ("literature_double", 2.0)):
        relations = tuple(_spread(relation, factor) for relation in assumptions.relations)
        wide = {
            key: replace(one, discrepancy_sd=factor * one.discrepancy_sd) for key, one in assumptions.drivers.items()
        }
        changed.append((name, "literature", replace(assumptions, relations=relations, drivers=wide)))
    for row in (row for relation in assumptions.relations for row in (*_ids(relation), *relation.nulls)):
        relations = tuple(_without(relation, row) for relation in assumptions.relations)
        changed.append((f"without_{row}", "findings", replace(assumptions, relations=relations)))
    for name, value in (("conversion_zero", 0.0), ("conversion_half", 0.5), ("conversion_one", 1.0)):
        fixed = replace(assumptions.conversion, centre=value, low=value, high=value)
        changed.append((name, "conversion", replace(assumptions, conversion=fixed)))
    biases = assumptions.designs
    for name, mean, factor in (("bias_no_means", 0.0, 1.0), ("bias_half", 1.0, 0.5), ("bias_double", 1.0, 2.0)):
        other = {key: replace(bias, mean=mean * bias.mean, sd=factor * bias.sd) for key, bias in biases.items()}
        changed.append((name, "biases", replace(assumptions, designs=other)))
    exact = {key: replace(bias, reliability=1.0) for key, bias in biases.items()}
    changed.append(("reliability_one", "biases", replace(assumptions, designs=exact)))
    changed.append(("reliability_certain", "biases", replace(assumptions, attenuation_half_width=0.0)))
    changed.append(("bias_independent", "biases", replace(assumptions, bias_correlation=0.0)))
    found = [Variant(name, group, one, designs) for name, group, one in changed]
    found += [
        Variant(f"without_{left_out}", "designs", assumptions, tuple(one for one in designs if one != left_out))
        for left_out in designs
    ]
    return (*found, Variant("independent_errors", "designs", assumptions, designs, joint=False))


def study(
    estimates: pd.DataFrame,
    covariance: pd.DataFrame,
    assumptions: Assumptions,
    *,
    drivers: tuple[str, ...],
    level_pct: float,
    specification_sd: Mapping[str, float],
) -> pd.DataFrame:
    """Return the posterior of each driver in the focal region under every variant, exactly.

    Parameters
    ----------
    estimates, covariance, assumptions, drivers, level_pct, specification_sd : as in `elasticities.posterior.posterior`.

    Returns
    -------
    driver, variant, group, the quantiles of `QUANTILES` with the transport spread, the shares of
    `elasticities.prior_share.posterior_shares`, and ``prior_doubt``.
    """
    rows = []
    for variant in variants(assumptions, tuple(str(design) for design in estimates.index)):
        S = covariance if variant.joint else _diagonal(covariance)
        found = posterior(
            estimates.loc[list(variant.designs)], S, variant.assumptions, drivers=drivers, level_pct=level_pct,
            specification_sd=specification_sd,
        )  # fmt: skip
        for at, driver in enumerate(drivers):
            extra = assumptions.drivers[driver].transport_sd
            values = found.quantiles(driver, tuple(QUANTILES.values()), extra_sd=extra)
            shares = (float(share) for share in (*found.shares[at], found.prior_doubt[at]))
            rows.append((driver, variant.id, variant.group, *values, *shares))
    frame = pd.DataFrame(rows, columns=["driver", "variant", "group", *QUANTILES, *SHARES, "prior_doubt"])
    return frame.sort_values("driver", key=lambda column: column.map(drivers.index), kind="stable", ignore_index=True)


def design_pull(
    estimates: pd.DataFrame,
    covariance: pd.DataFrame,
    assumptions: Assumptions,
    *,
    drivers: tuple[str, ...],
    level_pct: float,
    specification_sd: Mapping[str, float],
) -> pd.DataFrame:
    """Return by how much a driver's posterior mean moves when one design's estimate of it moves by one.

    Parameters
    ----------
    estimates, covariance, assumptions, drivers, level_pct, specification_sd : as in `elasticities.posterior.posterior`.

    Returns
    -------
    design × driver.
    """
    found = posterior(
        estimates, covariance, assumptions, drivers=drivers, level_pct=level_pct, specification_sd=specification_sd
    )
    return pd.DataFrame(found.pull, index=estimates.index, columns=list(drivers))


def _spread(relation: Relation, factor: float) -> Relation:
    findings = tuple(
        replace(finding, sd=factor * finding.sd, bias=replace(finding.bias, sd=factor * finding.bias.sd))
        for finding in relation.findings
    )
    return replace(
        relation, findings=findings, null_sd=factor * relation.null_sd,
        heterogeneity_sd=factor * relation.heterogeneity_sd,
    )  # fmt: skip


def _without(relation: Relation, row: str) -> Relation:
    findings = tuple(finding for finding in relation.findings if finding.id != row)
    return replace(relation, findings=findings, nulls=tuple(null for null in relation.nulls if null != row))


def _ids(relation: Relation) -> tuple[str, ...]:
    return tuple(finding.id for finding in relation.findings)


def _diagonal(covariance: pd.DataFrame) -> pd.DataFrame:
    """Estimates of different designs taken as independent; those of one design keep their covariance."""
    design = covariance.index.get_level_values("design").to_numpy()
    return covariance.where(design[:, None] == design[None, :], 0.0)
