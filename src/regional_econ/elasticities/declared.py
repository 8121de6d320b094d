"""What is assumed before the data speak: biases of the designs, published effects, the way to the focal region."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option

SynthesisForm = Literal["logit_per_log", "logit_per_unit"]
LagKernel = Literal["irf_draws", "pim"]


@dataclass(frozen=True)
class BiasPrior:
    """A design's bias: estimate = reliability · effect + bias, bias ~ N(mean, sd²) in units of a driver's ``unit``."""

    design: str
    reliability: float
    mean: float
    sd: float
    reason: str


@dataclass(frozen=True)
class LiteraturePrior:
    """A published effect as a prior: N(centre, sd²) before conversion, and a discrepancy of its own.

    ``rows`` are the ids of the findings behind it, ``study`` the finding that sets the centre (None: zero).
    """

    centre: float
    sd: float
    converted: bool
    discrepancy_sd: float
    rows: tuple[str, ...]
    study: str | None
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
    """Everything assumed about one driver.

    ``lag_kernel`` says what carries the delay: drawn weights (Dirichlet with ``lag_concentration``), or the driver's
    own stock by perpetual inventory, which has no weights.
    """

    driver: str
    form: SynthesisForm
    unit: float
    upwards: int
    literature: LiteraturePrior
    transport_sd: float
    lag_kernel: LagKernel
    lag_concentration: tuple[float, ...]


@dataclass(frozen=True)
class Assumptions:
    """All priors of the synthesis, with the hash of the two files behind them."""

    designs: Mapping[str, BiasPrior]
    conversion: Conversion
    drivers: Mapping[str, DriverPrior]
    shared_study_correlation: float
    sha256: str

    def __str__(self) -> str:
        return f"Bias priors of {len(self.designs)} designs, priors of {len(self.drivers)} drivers."


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
        drivers = {
            name: _driver(name, entry, findings, where=str(biases)) for name, entry in document["drivers"].items()
        }
        return Assumptions(
            {name: BiasPrior(name, **entry) for name, entry in document["designs"].items()},
            Conversion(**document["conversion"]),
            drivers,
            float(document["shared_study_correlation"]),
            sha256_bytes((text + _read(literature)).encode()),
        )
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


def _driver(
    name: str, entry: Mapping[str, Any], findings: Mapping[str, Mapping[str, str]], *, where: str
) -> DriverPrior:
    check_option(f"form of {name}", entry["form"], SynthesisForm)
    check_option(f"lag_kernel of {name}", entry["lag_kernel"], LagKernel)
    if (entry["lag_kernel"] == "pim") == bool(entry["lag_concentration"]):
        raise ValueError(f"{name}: a stock has no lag weights, drawn weights need their concentration")
    given = entry["literature"]
    rows = tuple(row for row in (given["centre"], given["upper"], *given["nulls"]) if row is not None)
    for row in rows:
        if row not in findings:
            raise UnknownNameError.of("finding", row, findings, where=where)
    centre = float(findings[given["centre"]]["estimate"]) if given["centre"] else 0.0
    sd = (float(findings[given["upper"]]["estimate"]) - centre) / 2 if given["upper"] else 0.0
    literature = LiteraturePrior(
        centre, sd, bool(given["converted"]), float(given["discrepancy_sd"]), rows, given["centre"], given["reason"]
    )
    return DriverPrior(
        name,
        entry["form"],
        float(entry["unit"]),
        int(entry["upwards"]),
        literature,
        float(entry["transport_sd"]),
        entry["lag_kernel"],
        tuple(float(value) for value in entry["lag_concentration"]),
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read: {error}", where=str(path), advice="Restore the file") from error
