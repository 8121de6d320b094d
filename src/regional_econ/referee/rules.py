"""The rules of the referee, read from one hashed file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from regional_econ._base.errors import OptionError, SchemaError, StoreError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option
from regional_econ.core.claim import Rule
from regional_econ.referee import rules_description
from regional_econ.referee.monte_carlo import GOALS
from regional_econ.referee.rules_description import TextRules

Estimated = Literal["supported", "opposite", "negligible", "leans_for", "leans_against"]
Distribution = Literal["lagged", "averaged", "alone"]
Undated = Literal["newest_year"]
_FIRST_DATED = re.compile(r"\bFirst dated (\d{4}-\d{2}-\d{2})\b")
_SCHEMA = {
    "": {
        "schema_version", "frozen_at", "note", "number", "causal", "certainty", "weakest_first", "by_design",
        *rules_description.SECTIONS,
    },
    "number": {
        "elements", "year_window", "unit_factors", "definitions", "undated", "notes", "chance_band", "chance_high",
    },
    "causal": {
        "smallest_effect", "deciding_lag", "must_agree", "order", "supported", "leans", "negligible",
        "placebo_interval", "monte_carlo_errors", "characteristics",
    },
    "causal.smallest_effect": {"value", "scale", "change_quantile", "change_window_years", "why"},
    "causal.supported": {"probability", "sign_share", "robustness_ratio", "bh_q"},
    "causal.leans": {"probability", "sign_share"},
    "causal.negligible": {"probability"},
    "causal.characteristics": {"panels", "most_panels", "goals"},
    "causal.characteristics.goals": set(GOALS),
    "certainty": {"levels", "start", "domains"},
    "certainty.start": {
        "official_figure", "reported_figure", "printed_figure", "shift_share", "panel_fe", "literature",
        "undecided", "declared_link",
    },
    **rules_description.SECTIONS,
}  # fmt: skip


@dataclass(frozen=True)
class Definition:
    """Another official series that a writer may have meant, with the factor to the claimed variable's unit."""

    variable: str
    scale: float


@dataclass(frozen=True)
class NumberRules:
    """How a printed number is judged; ``notes`` are the sources that quote figures whose official file is not here."""

    elements: tuple[str, ...]
    year_window: int
    unit_factors: tuple[float, ...]
    definitions: Mapping[str, tuple[Definition, ...]]
    undated: Undated
    notes: tuple[str, ...]
    chance_band: float
    chance_high: float


@dataclass(frozen=True)
class CausalRules:
    """How an effect is judged; probabilities and shares are between 0 and 1.

    ``delta`` is the smallest effect of interest, for the ``change_quantile`` of the driver's changes over
    ``change_window_years``. Lags of ``deciding_lag`` years or more decide; the first distribution of ``must_agree``
    gives the label if the others give the same one; labels are tried in ``order``. ``goals`` are the largest shares
    of wrong labels (`referee.monte_carlo.GOALS`) on at least ``panels`` panels with known effects, on up to
    ``most_panels`` where a share is borderline.
    """

    delta: float
    delta_scale: str
    delta_why: str
    change_quantile: float
    change_window_years: int
    placebo_level: float
    deciding_lag: int
    must_agree: tuple[Distribution, ...]
    order: tuple[Estimated, ...]
    supported_probability: float
    supported_sign_share: float
    robustness_ratio: float
    bh_q: float
    leans_probability: float
    leans_sign_share: float
    negligible_probability: float
    monte_carlo_errors: float
    panels: int
    most_panels: int
    goals: Mapping[str, float]


@dataclass(frozen=True)
class Rules:
    """All rules with the hash of their file.

    ``start`` is the certainty that each kind of evidence starts from; each failed one of ``domains`` lowers it by one
    of ``levels``. ``note`` says what was known when the rules were written.
    """

    sha256: str
    frozen_at: str
    note: str
    number: NumberRules
    causal: CausalRules
    text: TextRules
    start: Mapping[str, str]
    levels: tuple[str, ...]
    domains: Mapping[str, str]

    def rule(self, rule_id: str, *, mde: float | None = None, multiverse: tuple[str, ...] = ()) -> Rule:
        """Return what a verdict cites; the smallest effect of interest goes with causal rules."""
        causal = self.causal
        smallest = {"value": causal.delta, "scale": causal.delta_scale, "why": causal.delta_why}
        sesoi = smallest if rule_id == "causal" else None
        return Rule(rule_id, self.sha256, self.frozen_at, sesoi, mde, multiverse, self.first_dated)

    @property
    def first_dated(self) -> str:
        """The day on which the rules were first set, as their note says; without one, that of ``frozen_at``."""
        found = _FIRST_DATED.search(self.note)
        return found[1] if found else self.frozen_at


def load_rules(path: Path | None = None) -> Rules:
    """Read ``data/rules.yml``; its hash is taken over the bytes with LF line ends.

    Raises
    ------
    StoreError : no such file.
    SchemaError : a key that is missing or that no code reads, or a wrong value.
    """
    path = path or data_dir() / "rules.yml"
    if not path.is_file():
        raise StoreError("no such rules file", where=str(path), advice="See data/rules.yml")
    content = path.read_bytes().replace(b"\r\n", b"\n")
    try:
        document = yaml.safe_load(content)
        for section, known in _SCHEMA.items():
            _check_keys(document, section, known)
        return Rules(
            sha256=sha256_bytes(content),
            frozen_at=document["frozen_at"],
            note=document["note"],
            number=_number(document["number"]),
            causal=_causal(document["causal"]),
            text=rules_description.read(document),
            start=dict(document["certainty"]["start"]),
            levels=tuple(document["certainty"]["levels"]),
            domains=dict(document["certainty"]["domains"]),
        )
    except (OptionError, UnknownNameError) as error:
        raise SchemaError(error.message, where=path.name, advice=error.advice) from error
    except yaml.YAMLError as error:
        raise SchemaError(f"not valid YAML: {error}", where=path.name, advice="Mend that line") from error
    except (KeyError, TypeError) as error:
        advice = "Compare with the shipped rules"
        raise SchemaError(f"the rules lack {error}", where=path.name, advice=advice) from error


def _check_keys(document: Mapping[str, Any], section: str, known: set[str]) -> None:
    entry = document
    for part in section.split(".") if section else ():
        entry = entry[part]
    for key in entry:
        if key not in known:
            raise UnknownNameError.of(f"key in {section or 'the rules'}", key, known)


def _number(entry: Mapping[str, Any]) -> NumberRules:
    definitions = {
        variable: tuple(Definition(other["variable"], float(other["scale"])) for other in others)
        for variable, others in entry["definitions"].items()
    }
    check_option("undated", entry["undated"], Undated)
    return NumberRules(
        tuple(entry["elements"]),
        int(entry["year_window"]),
        tuple(float(factor) for factor in entry["unit_factors"]),
        definitions,
        entry["undated"],
        tuple(entry["notes"]),
        float(entry["chance_band"]),
        float(entry["chance_high"]),
    )


def _causal(entry: Mapping[str, Any]) -> CausalRules:
    smallest, supported, leans = entry["smallest_effect"], entry["supported"], entry["leans"]
    for label in entry["order"]:
        check_option("order", label, Estimated)
    for name in entry["must_agree"]:
        check_option("must_agree", name, Distribution)
    return CausalRules(
        delta=float(smallest["value"]),
        delta_scale=smallest["scale"],
        delta_why=smallest["why"],
        change_quantile=float(smallest["change_quantile"]),
        change_window_years=int(smallest["change_window_years"]),
        placebo_level=float(entry["placebo_interval"]),
        deciding_lag=int(entry["deciding_lag"]),
        must_agree=cast(tuple[Distribution, ...], tuple(entry["must_agree"])),
        order=cast(tuple[Estimated, ...], tuple(entry["order"])),
        supported_probability=float(supported["probability"]),
        supported_sign_share=float(supported["sign_share"]),
        robustness_ratio=float(supported["robustness_ratio"]),
        bh_q=float(supported["bh_q"]),
        leans_probability=float(leans["probability"]),
        leans_sign_share=float(leans["sign_share"]),
        negligible_probability=float(entry["negligible"]["probability"]),
        monte_carlo_errors=float(entry["monte_carlo_errors"]),
        panels=int(entry["characteristics"]["panels"]),
        most_panels=int(entry["characteristics"]["most_panels"]),
        goals={name: float(entry["characteristics"]["goals"][name]) for name in GOALS},
    )
