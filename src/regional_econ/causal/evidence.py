"""Everything a verdict on a driver reads, in one frozen object a driver."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regional_econ._base.errors import StoreError, StudyError, UnknownNameError
from regional_econ._base.files import read_json, write_json
from regional_econ.causal.axes import AXES
from regional_econ.causal.cells import alone_cell
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.distribution import (
    ConfidenceDistribution,
    Probabilities,
    benjamini_hochberg,
    confidence_distribution,
    minimal_detectable,
)
from regional_econ.causal.multiverse import MultiverseResult, run
from regional_econ.causal.placebo import Placebo, leads
from regional_econ.causal.question_sample import MINING_PRICE
from regional_econ.causal.sensitivity import Sensitivity, sensitivity
from regional_econ.causal.weights import axis_weights
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.study import Study

INTERVAL = (0.05, 0.50, 0.95)
_NO_VARIABLES = ("", "grp_per_head", MINING_PRICE)


@dataclass(frozen=True)
class CausalEvidence:
    """The numbers that the referee's rule for causal claims reads, for one driver.

    Effects are percentage points of the focal region when the driver rises by ``change`` (its 95th-percentile
    five-year change in the claimed direction; ln units for logged drivers). ``lagged`` is over the specifications
    with a lag of at least ``deciding_lag`` years: it decides, and ``sign_share``, ``p_value``, ``q_value`` and
    ``mde_pp`` (a size in the claimed direction) are of the same specifications. ``averaged`` is over all lags,
    ``alone`` the region × method specification; ``alone_mde`` and ``specification_sd`` (spread of the logit estimates
    over all lags) are coefficients on the logit scale. The probabilities are exact, so ``mc_error`` is zero.
    """

    driver: str
    outcome: str
    claims: tuple[str, ...]
    claimed_sign: int
    focal_region: str
    level_year: int
    level_pct: float
    change: float
    change_quantile: float
    change_window_years: int
    delta_pp: float
    deciding_lag: int
    n_specs: int
    n_lagged: int
    averaged: Probabilities
    lagged: Probabilities
    alone: Probabilities
    effect_pp: tuple[float, float, float]
    lagged_pp: tuple[float, float, float]
    alone_pp: tuple[float, float, float]
    sign_share_all: float
    sign_share: float
    p_value: float
    q_value: float
    mde_pp: float
    alone_mde_pp: float
    alone_mde: float
    specification_sd: float
    robustness_value: float
    robustness_value_clustered: float
    strongest_covariate: str
    strongest_bound: float
    placebo_pp: float
    placebo_low_pp: float
    placebo_high_pp: float
    placebo_level: float
    placebo_inside: bool
    mc_error: float
    panel_checksum: str
    declaration_sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> CausalEvidence:
        """Read the JSON form."""
        fields = dict(document)
        for key in ("averaged", "lagged", "alone"):
            fields[key] = Probabilities(**fields[key])
        for key in ("claims", "effect_pp", "lagged_pp", "alone_pp"):
            fields[key] = tuple(fields[key])
        return cls(**fields)

    def result(self) -> Result:
        """Return the numbers under the id ``causal.<driver>``."""
        values = {
            "n_specs": Value(self.n_specs, digits=0),
            "n_lagged": Value(self.n_lagged, digits=0),
            "level_year": Value(self.level_year, digits=0),
            "level_pct": Value(self.level_pct, "%", 2),
            "change": Value(self.change, "driver", 2),
            "delta_pp": Value(self.delta_pp, "pp", 2),
            "sign_share": Value(self.sign_share, "", 2),
            "sign_share_all": Value(self.sign_share_all, "", 2),
            "p_value": Value(self.p_value, "", 3),
            "q_value": Value(self.q_value, "", 2),
            "mde_pp": Value(self.mde_pp, "pp", 2),
            "alone_mde_pp": Value(self.alone_mde_pp, "pp", 2),
            "alone_mde": Value(self.alone_mde, "", 3),
            "specification_sd": Value(self.specification_sd, "", 3),
            "robustness_value": Value(self.robustness_value, "", 3),
            "robustness_value_clustered": Value(self.robustness_value_clustered, "", 3),
            "strongest_covariate": Value(_reader_name(self.strongest_covariate)),
            "strongest_bound": Value(self.strongest_bound, "", 3),
            "placebo_pp": Value(self.placebo_pp, "pp", 2),
            "placebo_low_pp": Value(self.placebo_low_pp, "pp", 2),
            "placebo_high_pp": Value(self.placebo_high_pp, "pp", 2),
            "placebo_inside": Value(self.placebo_inside),
        }
        labels = ("p05", "p50", "p95")
        every = (("effect_pp", self.effect_pp), ("lagged_pp", self.lagged_pp), ("alone_pp", self.alone_pp))
        for name, effects in every:
            values |= {f"{name}.{label}": Value(v, "pp", 2) for label, v in zip(labels, effects, strict=True)}
        for name, found in (("averaged", self.averaged), ("lagged", self.lagged), ("alone", self.alone)):
            values |= {f"{name}.{key}": Value(value, "", 2) for key, value in asdict(found).items()}
        inputs = {"panel": self.panel_checksum, "multiverse": self.declaration_sha256}
        return Result(f"causal.{self.driver}", values, inputs)

    def __str__(self) -> str:
        return (
            f"{self.driver}: {self.lagged_pp[1]:+.2f} pp [{self.lagged_pp[0]:+.2f}; {self.lagged_pp[2]:+.2f}], "
            f"P(effect of interest) {self.lagged.beyond:.2f}, {self.n_lagged} of {self.n_specs} specifications."
        )


def causal_evidence(
    panel: Panel,
    study: Study,
    multiverse: Multiverse,
    *,
    vintages: Mapping[str, Panel] | None = None,
    jobs: int = 1,
) -> dict[str, CausalEvidence]:
    """Return the evidence on each driver of a study.

    Parameters
    ----------
    panel : official figures.
    study : focal region, outcome and drivers.
    multiverse : the declared specifications; the q-values' family are the drivers asked (see :func:`drivers_of`).
    vintages, jobs : as in `causal.multiverse.run`.

    Returns
    -------
    evidence by driver, in the order of :func:`drivers_of`.

    Raises
    ------
    StudyError : the study names an outcome or a driver that the specifications do not cover.
    """
    check_study(study, multiverse)
    found = run(panel, multiverse, focal_region=study.focal_region, vintages=vintages, jobs=jobs)
    return evidence_of(panel, study, multiverse, found)


def evidence_of(
    panel: Panel, study: Study, multiverse: Multiverse, result: MultiverseResult
) -> dict[str, CausalEvidence]:
    """Return the evidence from specifications that have been estimated already (see :func:`causal_evidence`)."""
    check_study(study, multiverse)
    return in_one_family(
        {driver: _evidence(panel, multiverse, result, driver) for driver in drivers_of(study, multiverse)}
    )


def drivers_of(study: Study, multiverse: Multiverse) -> tuple[str, ...]:
    """Return the drivers asked: the study's, or all that a declaration beside another one adds."""
    return tuple(multiverse.drivers) if multiverse.axes_of else study.drivers


def in_one_family(*parts: Mapping[str, CausalEvidence]) -> dict[str, CausalEvidence]:
    """Join the evidence of several declarations; q-values are over all their drivers together.

    Verdicts on all of them stand side by side: with a family a file, splitting a file would loosen the rule.

    Parameters
    ----------
    parts : evidence by driver.

    Raises
    ------
    StudyError : a driver stands in two of them.

    Source: Benjamini, Hochberg (1995), JRSS B 57(1).
    """
    every: dict[str, CausalEvidence] = {}
    for part in parts:
        for driver in part.keys() & every.keys():
            raise StudyError("two declarations estimate the same driver", where=driver, advice="Delete one of them")
        every |= part
    q_values = benjamini_hochberg(np.array([found.p_value for found in every.values()]))
    return {
        driver: replace(found, q_value=float(q)) for (driver, found), q in zip(every.items(), q_values, strict=True)
    }


def check_study(study: Study, multiverse: Multiverse) -> None:
    """Raise unless the specifications cover the study's outcome and drivers."""
    if study.outcome != multiverse.outcome:
        advice = "Declare specifications for this outcome"
        raise StudyError(f"the specifications are about {multiverse.outcome}", where=study.outcome, advice=advice)
    for driver in drivers_of(study, multiverse):
        if driver not in multiverse.drivers:
            raise StudyError(str(UnknownNameError.of("driver", driver, multiverse.drivers)), where=study.name)


def write_evidence(path: Path, evidence: Mapping[str, CausalEvidence]) -> None:
    """Write evidence as JSON by driver."""
    write_json(path, {driver: found.to_dict() for driver, found in evidence.items()})


def read_evidence(path: Path) -> dict[str, CausalEvidence]:
    """Read evidence by driver.

    Raises
    ------
    StoreError : the file is missing, damaged or written by another version.
    """
    try:
        return {driver: CausalEvidence.from_dict(document) for driver, document in read_json(path).items()}
    except (AttributeError, KeyError, TypeError) as error:
        advice = "Estimate again: regional-econ reproduce"
        raise StoreError(f"evidence of another version: {error}", where=str(path), advice=advice) from error


def lagged_rows(result: MultiverseResult, multiverse: Multiverse, driver: str) -> pd.DataFrame:
    """Return the specifications that decide: the driver lies before the outcome. Eras weigh by their information."""
    rows = result.driver(driver)
    rows = rows[rows["lag"] >= multiverse.rule.deciding_lag]
    return rows.assign(weight=axis_weights(rows, result.level_pct))


def alone_row(result: MultiverseResult, multiverse: Multiverse, driver: str) -> pd.DataFrame:
    """Return the one row of the region × method specification that is shown beside the average."""
    rows, alone = result.driver(driver), multiverse.alone
    made = {**vars(alone), "measure": driver, "covariates": "+".join(multiverse.drivers[driver].covariates)}
    return rows[np.logical_and.reduce([rows[axis] == made[axis] for axis in AXES])]


def _reader_name(covariate: str) -> str:
    """A covariate that is no variable of the panel is named by a text of this room."""
    return f"causal.term.{covariate or 'none'}" if covariate in _NO_VARIABLES else covariate


def _evidence(panel: Panel, multiverse: Multiverse, result: MultiverseResult, driver: str) -> CausalEvidence:
    """The evidence on one driver, whose q-value only its family knows."""
    declared, rows = multiverse.drivers[driver], result.driver(driver)
    rule, change = multiverse.rule, result.contrasts[driver].change
    delta = rule.smallest_effect_pp
    pooled = _distribution(result, multiverse, driver, rows)
    lagged = _distribution(result, multiverse, driver, lagged_rows(result, multiverse, driver))
    alone = _distribution(result, multiverse, driver, alone_row(result, multiverse, driver))
    strength = _sensitivity(panel, multiverse, driver)
    placebo: Placebo = leads(panel, multiverse, driver, change=change, level_pct=result.level_pct)
    strongest = strength.strongest
    return CausalEvidence(
        driver=driver,
        outcome=multiverse.outcome,
        claims=declared.claims,
        claimed_sign=declared.claimed_sign,
        focal_region=result.focal_region,
        level_year=result.level_year,
        level_pct=result.level_pct,
        change=change,
        change_quantile=rule.change_quantile,
        change_window_years=rule.change_window_years,
        delta_pp=delta,
        deciding_lag=rule.deciding_lag,
        n_specs=len(rows),
        n_lagged=len(lagged.location),
        averaged=pooled.probabilities(delta),
        lagged=lagged.probabilities(delta),
        alone=alone.probabilities(delta),
        effect_pp=_interval(pooled),
        lagged_pp=_interval(lagged),
        alone_pp=_interval(alone),
        sign_share_all=pooled.sign_share(),
        sign_share=lagged.sign_share(),
        p_value=lagged.p_value(),
        q_value=math.nan,
        mde_pp=lagged.minimal_detectable_pp(),
        alone_mde_pp=alone.minimal_detectable_pp(),
        alone_mde=float(minimal_detectable(alone.scale_, alone.df)[0]),
        specification_sd=result.spread(driver),
        robustness_value=strength.robustness_value,
        robustness_value_clustered=strength.robustness_value_clustered,
        strongest_covariate=strongest.covariate if strongest else "",
        strongest_bound=strongest.strength if strongest else 0.0,
        placebo_pp=placebo.pp,
        placebo_low_pp=placebo.low_pp,
        placebo_high_pp=placebo.high_pp,
        placebo_level=placebo.level,
        placebo_inside=placebo.inside(delta),
        mc_error=0.0,
        panel_checksum=result.panel_checksum,
        declaration_sha256=result.declaration_sha256,
    )


def _distribution(
    result: MultiverseResult, multiverse: Multiverse, driver: str, rows: pd.DataFrame
) -> ConfidenceDistribution:
    return confidence_distribution(
        rows,
        change=rows["change"].to_numpy(dtype=float),
        level_pct=result.level_pct,
        claimed_sign=multiverse.drivers[driver].claimed_sign,
    )


def _interval(found: ConfidenceDistribution) -> tuple[float, float, float]:
    low, middle, high = (found.quantile(q) for q in INTERVAL)
    return low, middle, high


def _sensitivity(panel: Panel, multiverse: Multiverse, driver: str) -> Sensitivity:
    cell = alone_cell(panel, multiverse)
    covariates = {name: cell.columns((name,)) for name in multiverse.drivers[driver].covariates}
    return sensitivity(cell.blocks, cell.columns((driver,))[0], covariates)
