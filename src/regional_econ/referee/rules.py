"""The rules of the referee, read from one hashed file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from regional_econ._base.errors import SchemaError, StoreError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ.core.claim import Rule


@dataclass(frozen=True)
class Definition:
    """Another official series that a writer may have meant, with the factor to the claimed variable's unit."""

    variable: str
    scale: float


@dataclass(frozen=True)
class NumberRules:
    """How a printed number is judged."""

    elements: tuple[str, ...]
    year_window: int
    unit_factors: tuple[float, ...]
    definitions: Mapping[str, tuple[Definition, ...]]
    chance_band: float
    chance_high: float


@dataclass(frozen=True)
class CausalRules:
    """How an effect is judged; probabilities and shares are between 0 and 1."""

    delta: float
    delta_scale: str
    delta_why: str
    supported_probability: float
    supported_sign_share: float
    robustness_ratio: float
    bh_q: float
    leans_probability: float
    leans_sign_share: float
    negligible_probability: float
    monte_carlo_errors: float


@dataclass(frozen=True)
class Rules:
    """All rules with the hash of their file; ``start`` is the certainty each kind of evidence starts from."""

    sha256: str
    frozen_at: str
    number: NumberRules
    causal: CausalRules
    start: Mapping[str, str]
    levels: tuple[str, ...]

    def rule(self, rule_id: str, *, mde: float | None = None, multiverse: tuple[str, ...] = ()) -> Rule:
        """Return what a verdict cites; the smallest effect of interest goes with causal rules."""
        causal = self.causal
        smallest = {"value": causal.delta, "scale": causal.delta_scale, "why": causal.delta_why}
        sesoi = smallest if rule_id == "causal" else None
        return Rule(rule_id, self.sha256, self.frozen_at, sesoi, mde, multiverse)


def load_rules(path: Path | None = None) -> Rules:
    """Read ``data/rules.yml``; its hash is taken over the bytes with LF line ends.

    Raises
    ------
    StoreError : no such file.
    SchemaError : a key that is missing.
    """
    path = path or data_dir() / "rules.yml"
    if not path.is_file():
        raise StoreError("no such rules file", where=str(path), advice="See data/rules.yml")
    content = path.read_bytes().replace(b"\r\n", b"\n")
    document = yaml.safe_load(content)
    try:
        return Rules(
            sha256=sha256_bytes(content),
            frozen_at=document["frozen_at"],
            number=_number(document["number"]),
            causal=_causal(document["causal"]),
            start=dict(document["certainty"]["start"]),
            levels=tuple(document["certainty"]["levels"]),
        )
    except (KeyError, TypeError) as error:
        advice = "Compare with the shipped rules"
        raise SchemaError(f"the rules lack {error}", where=path.name, advice=advice) from error


def _number(entry: Mapping[str, Any]) -> NumberRules:
    definitions = {
        variable: tuple(Definition(other["variable"], float(other["scale"])) for other in others)
        for variable, others in entry["definitions"].items()
    }
    return NumberRules(
        tuple(entry["elements"]),
        int(entry["year_window"]),
        tuple(float(factor) for factor in entry["unit_factors"]),
        definitions,
        float(entry["chance_band"]),
        float(entry["chance_high"]),
    )


def _causal(entry: Mapping[str, Any]) -> CausalRules:
    smallest, supported, leans = entry["smallest_effect"], entry["supported"], entry["leans"]
    return CausalRules(
        delta=float(smallest["value"]),
        delta_scale=smallest["scale"],
        delta_why=smallest["why"],
        supported_probability=float(supported["probability"]),
        supported_sign_share=float(supported["sign_share"]),
        robustness_ratio=float(supported["robustness_ratio"]),
        bh_q=float(supported["bh_q"]),
        leans_probability=float(leans["probability"]),
        leans_sign_share=float(leans["sign_share"]),
        negligible_probability=float(entry["negligible"]["probability"]),
        monte_carlo_errors=float(entry["monte_carlo_errors"]),
    )
