"""Elasticities leave the house, and foreign ones are checked at the door."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regional_econ._base.errors import SchemaError
from regional_econ.core.elasticity import ElasticitySet

TOLERANCE = 1e-6


@dataclass(frozen=True)
class CheckReport:
    """What was found right in an elasticities file."""

    file: str
    n_parameters: int
    n_draws: int
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: {self.n_parameters} elasticities, {self.n_draws} draws; valid."


def export(elasticities: ElasticitySet, out: Path) -> Path:
    """Write ``elasticities.json`` and its draws to a folder and return the JSON file.

    Raises
    ------
    StoreError : the folder cannot be written.
    """
    path = elasticities.write(out)
    check(path)
    return path


def check(path: Path) -> CheckReport:
    """Check an elasticities file, whoever wrote it: schema, hash of the draws, quantiles, lag weights.

    Raises
    ------
    SchemaError : the document breaks the schema, or its numbers contradict its draws.
    StoreError : the document or its draws are missing or damaged.
    """
    elasticities = ElasticitySet.read(path)
    remarks = []
    for parameter in elasticities.parameters:
        where = f"{path}, {parameter.id}"
        if parameter.id not in elasticities.draws.columns:
            remarks.append(f"{parameter.id} has no column of draws; it can be read but not simulated")
            continue
        _check_quantiles(elasticities, parameter.id, where)
        _check_lag(elasticities, parameter.lag.columns, where)
    return CheckReport(str(path), len(elasticities.parameters), len(elasticities.draws), tuple(remarks))


def _check_quantiles(elasticities: ElasticitySet, parameter_id: str, where: str) -> None:
    stated = elasticities.get(parameter_id).q
    draws = elasticities.draws[parameter_id].to_numpy(dtype=float)
    spread = float(draws.std())
    for key, level in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
        drawn = float(np.quantile(draws, level))
        if abs(drawn - stated[key]) > TOLERANCE + 0.01 * spread:
            raise SchemaError(
                f"{key} is {stated[key]:.6g}, its draws say {drawn:.6g}", where=where, advice="Export it again"
            )


def _check_lag(elasticities: ElasticitySet, columns: tuple[str, ...], where: str) -> None:
    missing = [column for column in columns if column not in elasticities.draws.columns]
    if missing:
        raise SchemaError(f"lag column {missing[0]!r} is not among the draws", where=where, advice="Export it again")
    if columns:
        totals = elasticities.draws[list(columns)].to_numpy(dtype=float).sum(axis=1)
        if float(np.abs(totals - 1).max()) > TOLERANCE:
            raise SchemaError("lag weights do not sum to one", where=where, advice="Normalise them")
