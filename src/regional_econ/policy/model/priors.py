"""What the data cannot tell about levers and stocks: declared priors with their sources, and seeded draws of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit

from regional_econ._base.errors import SchemaError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ._base.seeds import rng_for
from regional_econ.elasticities.declared import load_findings

Floats = NDArray[np.float64]
Scale = Literal["identity", "log", "logit", "log1p"]
_Z95 = float(stats.norm.ppf(0.95))
_FINDING = re.compile(r"\b[CDGIKMNPSV]\d{2}\b")
_FIELDS = {"p05", "p50", "p95", "scale", "unit", "source", "why"}
NEEDED = (
    "rd_depreciation",
    "persistence",
    "researcher_attrition",
    "post_filling",
    "replacement_share",
    "output_elasticity",
    "mining_price_investment",
    "mining_share_outcome",
)


@dataclass(frozen=True)
class Prior:
    """A quantity known only by three quantiles: a two-piece normal on a scale.

    ``p05``, ``p50`` and ``p95`` are met exactly; ``scale`` keeps the draws where they make sense
    (log: positive, logit: between 0 and 1, log1p: above −1).
    """

    id: str
    p05: float
    p50: float
    p95: float
    scale: Scale
    unit: str
    source: str
    why: str

    def quantile(self, probability: Floats) -> Floats:
        """Return quantiles.

        >>> prior = Prior("share", 0.05, 0.15, 0.30, "logit", "a year", "", "")
        >>> [round(float(q), 3) for q in prior.quantile(np.array([0.05, 0.5, 0.95]))]
        [0.05, 0.15, 0.3]
        """
        return self._map(stats.norm.ppf(probability))

    def draw(self, n: int, seed: int) -> Floats:
        """Return n draws; the same seed and id give the same draws."""
        return self._map(rng_for(seed, "policy", self.id).standard_normal(n))

    def _map(self, z: Floats) -> Floats:
        low, mid, high = (_forward(np.float64(q), self.scale) for q in (self.p05, self.p50, self.p95))
        spread = np.where(z < 0.0, mid - low, high - mid) / _Z95
        return _backward(np.asarray(mid + z * spread, dtype=np.float64), self.scale)

    def __str__(self) -> str:
        return f"{self.id}: {self.p50:g} ({self.p05:g} to {self.p95:g}), {self.unit}. {self.source}."


def load_priors(path: Path | None = None) -> dict[str, Prior]:
    """Read the priors of the policy model from ``data/policy.yml``.

    Raises
    ------
    SchemaError : a missing or unknown key, or quantiles out of order.
    UnknownNameError : a finding that the literature table does not hold.
    """
    path = path or data_dir() / "policy.yml"
    try:
        entries: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["priors"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise SchemaError(f"no priors can be read: {error}", where=path.name, advice="Mend the file") from error
    missing = [name for name in NEEDED if name not in entries]
    if missing:
        raise SchemaError(f"priors lack {missing[0]!r}", where=path.name, advice="Declare it with its source")
    findings = load_findings()
    for name, entry in entries.items():
        check_findings(f"{entry['source']} {entry['why']}", findings, where=f"{path.name} at priors.{name}")
    return {name: parse_prior(name, entry, where=f"{path.name} at priors.{name}") for name, entry in entries.items()}


def check_findings(text: str, findings: Collection[str], *, where: str) -> None:
    """Check that every finding a text names, such as S01, stands in the literature table.

    Raises
    ------
    UnknownNameError : one does not; the nearest ids are listed.
    """
    for finding in _FINDING.findall(text):
        if finding not in findings:
            raise UnknownNameError.of("finding", finding, findings, where=where)


def parse_prior(name: str, entry: Mapping[str, Any], *, where: str) -> Prior:
    """Read one prior from its declaration.

    Raises
    ------
    SchemaError : a missing or unknown key, or quantiles out of order.
    """
    if set(entry) != _FIELDS:
        wrong = sorted(set(entry) ^ _FIELDS)
        raise SchemaError(f"a prior holds {', '.join(sorted(_FIELDS))}; check {wrong[0]!r}", where=where)
    check_option("scale", entry["scale"], Scale)
    p05, p50, p95 = (float(entry[key]) for key in ("p05", "p50", "p95"))
    if not p05 < p50 < p95:
        raise SchemaError("quantiles must rise", where=where, advice="Write p05 < p50 < p95")
    return Prior(name, p05, p50, p95, entry["scale"], entry["unit"], entry["source"], entry["why"])


def _forward(x: np.float64, scale: Scale) -> np.float64:
    match scale:
        case "identity":
            return x
        case "log":
            return np.float64(np.log(x))
        case "logit":
            return np.float64(logit(x))
        case "log1p":
            return np.float64(np.log1p(x))


def _backward(v: Floats, scale: Scale) -> Floats:
    match scale:
        case "identity":
            return v
        case "log":
            return np.exp(v)
        case "logit":
            return np.asarray(expit(v), dtype=np.float64)
        case "log1p":
            return np.expm1(v)
