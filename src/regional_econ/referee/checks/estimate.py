"""What do the estimates say about an effect? The causal evidence as the checks that a verdict reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regional_econ.causal.distribution import Probabilities
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.core.claim import Check, CheckResult
from regional_econ.referee.rules import CausalRules

_CODE = "regional_econ.causal.evidence"


@dataclass(frozen=True)
class EffectFinding:
    """The numbers that the rule for effects reads; None where a criterion could not be computed.

    ``averaged`` is over all admissible specifications, ``alone`` the region × method specification. Effects are in
    percentage points of the focal region for the driver's contrast; s is the claimed sign.
    """

    averaged: Probabilities
    alone: Probabilities
    sign_share: float
    delta: float
    mde: float
    robustness_value: float | None = None
    strongest_bound: float | None = None
    placebo_low: float | None = None
    placebo_high: float | None = None
    q_value: float | None = None
    mc_error: float = 0.0

    @property
    def placebo_inside(self) -> bool | None:
        """Whether the placebo's interval lies inside ± the smallest effect; None where it was not run."""
        if self.placebo_low is None or self.placebo_high is None:
            return None
        return -self.delta < self.placebo_low and self.placebo_high < self.delta

    def robust(self, ratio: float) -> bool | None:
        """Whether the robustness value reaches a multiple of the strongest covariate's bound."""
        if self.robustness_value is None or self.strongest_bound is None:
            return None
        return self.robustness_value >= ratio * self.strongest_bound


def finding_of(evidence: CausalEvidence, rules: CausalRules) -> EffectFinding:
    """Return what the rule reads from the evidence on one driver; δ is the rule's."""
    bounded = bool(evidence.strongest_covariate)
    return EffectFinding(
        averaged=evidence.averaged,
        alone=evidence.alone,
        sign_share=evidence.sign_share,
        delta=rules.delta,
        mde=evidence.mde_pp,
        robustness_value=evidence.robustness_value if bounded else None,
        strongest_bound=evidence.strongest_bound if bounded else None,
        placebo_low=evidence.placebo_low_pp,
        placebo_high=evidence.placebo_high_pp,
        q_value=evidence.q_value,
        mc_error=evidence.mc_error,
    )


def checks_of(evidence: CausalEvidence, finding: EffectFinding, rules: CausalRules) -> tuple[Check, ...]:
    """Return the evidence as checks of the claim schema, in percentage points."""
    provenance = {
        "source": f"specifications {evidence.declaration_sha256[:12]}",
        "vintage": f"official level of {evidence.level_year}",
        "sha256": evidence.panel_checksum,
        "code_ref": _CODE,
    }
    low, middle, high = evidence.effect_pp
    alone_low, alone_middle, alone_high = evidence.alone_pp
    placebo = None if finding.placebo_low is None else (evidence.placebo_low_pp, evidence.placebo_high_pp)
    return (
        Check(
            "averaged", "estimate", _state(finding.averaged.beyond >= rules.supported_probability), None, middle,
            (low, high), stats={**vars(finding.averaged), "change": evidence.change}, provenance=provenance,
        ),
        Check(
            "alone", "estimate", _state(finding.alone.beyond >= rules.supported_probability), None, alone_middle,
            (alone_low, alone_high), stats=dict(vars(finding.alone)), provenance=provenance,
        ),
        Check(
            "multiplicity", "estimate", _state(None if finding.q_value is None else finding.q_value <= rules.bh_q),
            None, finding.q_value, stats={"p_value": evidence.p_value}, provenance=provenance,
        ),
        Check(
            "sign_share", "specification_curve", _state(finding.sign_share >= rules.supported_sign_share), None,
            finding.sign_share, stats={"n_specs": evidence.n_specs}, provenance=provenance,
        ),
        Check(
            "robustness", "sensitivity", _state(finding.robust(rules.robustness_ratio)), None,
            finding.robustness_value,
            stats={"strongest_covariate": evidence.strongest_covariate, "bound": finding.strongest_bound},
            provenance=provenance,
        ),
        Check(
            "leads", "placebo", _state(finding.placebo_inside), None, evidence.placebo_pp, placebo,
            provenance=provenance,
        ),
        Check(
            "power", "power", _state(finding.mde <= finding.delta), None, finding.mde,
            stats={"smallest_effect": finding.delta}, provenance=provenance,
        ),
    )  # fmt: skip


def _state(met: bool | None) -> CheckResult:
    states: dict[bool | None, Literal["pass", "fail", "not_run"]] = {True: "pass", False: "fail", None: "not_run"}
    return states[met]
