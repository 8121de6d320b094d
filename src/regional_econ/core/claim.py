"""A Claim of a paper, the Checks that were made, and the Verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from regional_econ.core.schemas import validate

ClaimType = Literal["quantitative", "descriptive", "causal", "normative", "definition", "attribution", "inference"]
Hedge = Literal["certain", "tentative", "normative"]
Label = Literal[
    "confirmed", "confirmed_with_error", "true_but_uninformative", "contradicted", "supported", "leans_for",
    "inconclusive", "negligible", "leans_against", "opposite", "does_not_follow", "not_tested",
    "not_testable_by_design",
]  # fmt: skip
Certainty = Literal["high", "moderate", "low", "very_low"]
CheckKind = Literal[
    "recompute", "internal_consistency", "granularity", "unit", "citation", "specificity", "revision_range",
    "estimate", "placebo", "sensitivity", "specification_curve", "power", "benchmark", "trend", "rank", "premise",
    "series_available",
]  # fmt: skip
CheckResult = Literal["pass", "fail", "warn", "not_applicable", "not_run"]
Downgrade = Literal["risk_of_bias", "inconsistency", "indirectness", "imprecision", "reporting_bias"]


@dataclass(frozen=True)
class Quote:
    """Words of the paper, located by the document's hash and character offsets."""

    text: str
    doc_sha256: str
    start: int
    end: int
    translation: str = ""


@dataclass(frozen=True)
class Estimand:
    """The effect of x on y: for whom, which contrast, how long after, on which scale.

    ``region`` is the one whose level an effect in percentage points is read at; empty where none is named.
    """

    x: str
    y: str
    population: str
    contrast: str
    horizon: str
    scale: str
    expected_sign: str = ""
    region: str = ""


@dataclass(frozen=True)
class Rule:
    """Which rule judged, by hash; ``sesoi`` is the smallest effect of interest with its reason.

    ``first_dated`` is the day on which the rules were first set, ``frozen_at`` that of their last amendment.
    """

    rule_id: str
    rule_sha256: str
    frozen_at: str
    sesoi: Mapping[str, Any] | None = None
    mde80: float | None = None
    multiverse: tuple[str, ...] = ()
    first_dated: str | None = None


@dataclass(frozen=True)
class Check:
    """One look at one claim: what was reported, what was found."""

    id: str
    kind: CheckKind
    result: CheckResult
    reported: Mapping[str, Any] | None = None
    computed: float | None = None
    interval: tuple[float, float] | None = None
    tolerance: Mapping[str, Any] | None = None
    stats: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Criterion:
    """One line of the rule's trace; ``met`` is None where the criterion could not be computed."""

    criterion: str
    value: float | str | None
    threshold: float | str | None
    met: bool | None


@dataclass(frozen=True)
class Verdict:
    """A label with its trace; ``certainty`` is None where nothing was tested."""

    label: Label
    rule_trace: tuple[Criterion, ...]
    certainty: Certainty | None
    gap: str | None
    downgrades: tuple[Downgrade, ...] = ()
    evsi: float | None = None
    supersedes: str | None = None


@dataclass(frozen=True)
class Claim:
    """A claim with its checks and its verdict, as the claim schema describes it."""

    id: str
    quote: Quote
    type: ClaimType
    estimand: Estimand | None
    rule: Rule
    checks: tuple[Check, ...]
    verdict: Verdict
    hedge: Hedge = "certain"
    repeats: tuple[str, ...] = ()
    dag: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the schema's form.

        Raises
        ------
        SchemaError : a label that does not go with the claim's type, or another violation.
        """
        document: dict[str, Any] = {
            "id": self.id,
            "quote": vars(self.quote),
            "type": self.type,
            "hedge": self.hedge,
            "repeats": list(self.repeats),
            "estimand": vars(self.estimand) if self.estimand else None,
            "dag": dict(self.dag) if self.dag else None,
            "rule": {**vars(self.rule), "multiverse": list(self.rule.multiverse)},
            "checks": [_check_to_dict(check) for check in self.checks],
            "verdict": {
                **vars(self.verdict),
                "rule_trace": [vars(criterion) for criterion in self.verdict.rule_trace],
                "downgrades": list(self.verdict.downgrades),
            },
        }
        validate(document, "claim", where=self.id)
        return document

    def __str__(self) -> str:
        return f"{self.id}: {self.verdict.label} ({self.verdict.certainty or 'no certainty'})."


def _check_to_dict(check: Check) -> dict[str, Any]:
    document = {**vars(check), "stats": dict(check.stats)}
    document["interval"] = list(check.interval) if check.interval else None
    if check.provenance is None:
        del document["provenance"]
    return document
