"""Which published findings bear on which driver, in which unit, and how far may each be trusted?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.options import check_option

About = Literal["study", "mean"]


@dataclass(frozen=True)
class PublishedBias:
    """How far a kind of published estimate lies from the effect: N(mean, sd²), as an elasticity."""

    id: str
    mean: float
    sd: float
    reason: str


@dataclass(frozen=True)
class Finding:
    """A published effect in its relation's unit.

    ``drivers`` it is about (their mean effect, if several); ``about`` a study's own effect or the mean of all studies;
    rows of one ``group`` share their study.
    """

    id: str
    drivers: tuple[str, ...]
    about: About
    value: float
    sd: float
    bias: PublishedBias
    group: str


@dataclass(frozen=True)
class Selection:
    """Which findings reach print: the share of nulls among all findings, and how often a null prints a number."""

    null_share: float
    null_prints: float
    reason: str

    @property
    def silent(self) -> float:
        """Probability that a finding is a null without a number."""
        return self.null_share * (1 - self.null_prints)


@dataclass(frozen=True)
class Relation:
    """Published effects of one kind on one outcome.

    ``drivers`` whose effects are asked for, with the correlation of their mean effects and of their deviations;
    ``converted``: effects on patent counts, which reach the share of organisations through the conversion factor;
    ``null_sd`` the spread of a finding without a number; ``nulls`` the ids of those seen in words.
    """

    id: str
    drivers: tuple[str, ...]
    driver_correlation: float
    converted: bool
    location_sd: float
    heterogeneity_sd: float
    findings: tuple[Finding, ...]
    nulls: tuple[str, ...]
    null_sd: float
    selection: Selection
    reason: str

    @property
    def n_studies(self) -> int:
        """Independent studies with a number of their own (a meta-analysis has its own literature)."""
        return len({finding.group for finding in self.findings if finding.about == "study"})


def read_relations(
    entry: Mapping[str, Any], rows: Mapping[str, Mapping[str, str]], *, where: str
) -> tuple[Relation, ...]:
    """Read the declared relations and the rows of the literature table behind them.

    Parameters
    ----------
    entry : ``literature`` of ``data/biases.yml``.
    rows : the literature table by id.
    where : name of the file, for messages.

    Raises
    ------
    UnknownNameError : a finding that the literature table does not hold, or an undeclared bias.
    KeyError, ValueError : a missing entry, or one that contradicts the table.
    """
    biases = {name: PublishedBias(name, **one) for name, one in entry["biases"].items()}
    selection = Selection(**entry["selection"])
    if not (0 <= selection.null_share < 1 and 0 <= selection.null_prints <= 1):
        raise ValueError("the share of nulls lies in [0, 1), the probability of printing in [0, 1]")
    for name in entry["unused"]:
        _row(rows, name, where)
    return tuple(
        _relation(name, one, entry, biases, selection, rows, where) for name, one in entry["relations"].items()
    )


def elasticity_of(row: Mapping[str, str]) -> float:
    """Return a printed elasticity.

    Parameters
    ----------
    row : of the literature table.

    Raises
    ------
    ValueError : an effect of another type, which must not be averaged with elasticities.

    >>> elasticity_of({"id": "K04", "effect_type": "elasticity", "estimate": "0.2"})
    0.2
    """
    if row["effect_type"] != "elasticity":
        raise ValueError(f"{row['id']} is of type {row['effect_type']}, not an elasticity")
    return float(row["estimate"])


def _relation(
    name: str,
    one: Mapping[str, Any],
    entry: Mapping[str, Any],
    biases: Mapping[str, PublishedBias],
    selection: Selection,
    rows: Mapping[str, Mapping[str, str]],
    where: str,
) -> Relation:
    drivers = tuple(one["drivers"])
    for null in one["nulls"]:
        if _row(rows, null, where)["kind"] != "null":
            raise ValueError(f"{null} has a number; declare it among the findings of {name}")
    values = {key: elasticity_of(_row(rows, key, where)) for key in one["findings"]}
    sd = float(np.ptp(list(values.values()))) / float(entry["range_in_sds"]) if values else 0.0
    if sd <= 0:
        raise ValueError(f"{name}: fewer than two different comparable rows have no range to take a spread from")
    findings = []
    for key, given in one["findings"].items():
        check_option(f"about of {key}", given["about"], About)
        for driver in given["drivers"]:
            if driver not in drivers:
                raise UnknownNameError.of("driver", driver, drivers, where=f"{where}, {key}")
        if given["bias"] not in biases:
            raise UnknownNameError.of("bias", given["bias"], biases, where=f"{where}, {key}")
        group = rows[key]["study_group"]
        bias = biases[given["bias"]]
        findings.append(Finding(key, tuple(given["drivers"]), given["about"], values[key], sd, bias, group))
    return Relation(
        name, drivers, float(one["driver_correlation"]), bool(one["converted"]), float(entry["location_sd"]),
        float(entry["heterogeneity_sd"]), tuple(findings), tuple(one["nulls"]), sd, selection, one["reason"],
    )  # fmt: skip


def _row(rows: Mapping[str, Mapping[str, str]], key: str, where: str) -> Mapping[str, str]:
    if key not in rows:
        raise UnknownNameError.of("finding", key, rows, where=where)
    return rows[key]
