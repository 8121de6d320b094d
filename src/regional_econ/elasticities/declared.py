"""What is assumed before the data speak: biases of the designs, published effects, the way to the focal region."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from regional_econ._base.errors import DataError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ.elasticities.published import Relation, read_relations

SynthesisForm = Literal["logit_per_log", "logit_per_unit"]
LagKernel = Literal["irf_draws", "pim"]
Family = Literal["within", "between"]


@dataclass(frozen=True)
class BiasPrior:
    """A design's bias: estimate = reliability · effect + bias, bias ~ N(mean, sd²) in units of a driver's ``unit``.

    ``reliability`` is the declared centre; the doubt about it is common to the designs (see `Assumptions`).

    Designs of one ``family`` compare the same things; their biases are correlated.
    """

    design: str
    family: Family
    reliability: float
    mean: float
    sd: float
    reason: str


@dataclass(frozen=True)
class Conversion:
    """How far patent counts carry over to the share of innovative organisations: N(centre, sd²) clamped to a range."""

    centre: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class DriverPrior:
    """Everything assumed about one driver beside published effects.

    ``discrepancy_sd`` separates the published outcome from this one beyond the conversion (all that is known of a
    driver no relation is about); ``transport_sd`` the focal region's effect from the average region's.
    ``lag_kernel`` says what carries the delay: drawn weights (Dirichlet with ``lag_concentration``), or the driver's
    own stock by perpetual inventory, which has no weights.
    """

    driver: str
    form: SynthesisForm
    unit: float
    upwards: int
    discrepancy_sd: float
    transport_sd: float
    transport_reason: str
    lag_kernel: LagKernel
    lag_concentration: tuple[float, ...]


@dataclass(frozen=True)
class Assumptions:
    """All priors of the synthesis, with the hash of the two files behind them.

    ``bias_correlation`` is that of the biases of two designs of one family. A design's reliability is 1 − u (1 − its
    declared one), u uniform on 1 ± ``attenuation_half_width`` and the same for all.
    """

    designs: Mapping[str, BiasPrior]
    bias_correlation: float
    attenuation_half_width: float
    conversion: Conversion
    relations: tuple[Relation, ...]
    drivers: Mapping[str, DriverPrior]
    sha256: str

    def relation_of(self, driver: str) -> Relation | None:
        """Return the published relation that is about a driver, None if there is none."""
        return next((relation for relation in self.relations if driver in relation.drivers), None)

    def __str__(self) -> str:
        rows = sum(len(relation.findings) + len(relation.nulls) for relation in self.relations)
        return f"Bias priors of {len(self.designs)} designs, {rows} published findings on {len(self.drivers)} drivers."


def load_assumptions(biases: Path | None = None, literature: Path | None = None) -> Assumptions:
    """Read the declared biases and the published findings they refer to.

    Parameters
    ----------
    biases : by default ``data/biases.yml``.
    literature : by default ``data/literature.csv``.

    Raises
    ------
    DataError : a file is missing, damaged or lacks a key.
    UnknownNameError : a finding that the literature file does not hold.
    """
    biases = biases or data_dir() / "biases.yml"
    literature = literature or data_dir() / "literature.csv"
    text = _read(biases)
    findings = load_findings(literature)
    try:
        document = yaml.safe_load(text)
        relations = read_relations(document["literature"], findings, where=str(biases))
        assumptions = Assumptions(
            {name: BiasPrior(name, **entry) for name, entry in document["designs"].items()},
            float(document["shared_bias"]["correlation"]),
            float(document["attenuation"]["half_width"]),
            Conversion(**document["conversion"]),
            relations,
            {name: _driver(name, entry) for name, entry in document["drivers"].items()},
            sha256_bytes((text + _read(literature)).encode()),
        )
        _check(assumptions)
        return assumptions
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"missing or wrong entry: {error}", where=str(biases), advice="Restore the file") from error


def load_findings(path: Path | None = None) -> dict[str, dict[str, str]]:
    """Read the published findings by id.

    Parameters
    ----------
    path : by default ``data/literature.csv``.

    Raises
    ------
    DataError : the file is missing or damaged.
    """
    return {row["id"]: row for row in csv.DictReader(_read(path or data_dir() / "literature.csv").splitlines())}


def _driver(name: str, entry: Mapping[str, Any]) -> DriverPrior:
    check_option(f"form of {name}", entry["form"], SynthesisForm)
    check_option(f"lag_kernel of {name}", entry["lag_kernel"], LagKernel)
    if (entry["lag_kernel"] == "pim") == bool(entry["lag_concentration"]):
        raise ValueError(f"{name}: a stock has no lag weights, drawn weights need their concentration")
    return DriverPrior(
        name,
        entry["form"],
        float(entry["unit"]),
        int(entry["upwards"]),
        float(entry["discrepancy_sd"]),
        float(entry["transport"]["sd"]),
        str(entry["transport"]["reason"]),
        entry["lag_kernel"],
        tuple(float(value) for value in entry["lag_concentration"]),
    )


def _check(assumptions: Assumptions) -> None:
    for design in assumptions.designs.values():
        check_option(f"family of {design.design}", design.family, Family)
    if not 0 <= assumptions.bias_correlation < 1:
        raise ValueError("biases of one family have a correlation in [0, 1)")
    most = 1 + assumptions.attenuation_half_width
    if not 1 <= most <= 2 or any(most * (1 - design.reliability) >= 1 for design in assumptions.designs.values()):
        raise ValueError("the half-width of attenuation lies in [0, 1] and leaves every reliability above zero")
    named = [driver for relation in assumptions.relations for driver in relation.drivers]
    for driver in named:
        if driver not in assumptions.drivers or named.count(driver) > 1:
            raise ValueError(f"{driver} must be a declared driver of one relation only")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read: {error}", where=str(path), advice="Restore the file") from error
