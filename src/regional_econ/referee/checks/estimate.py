"""What do the estimates say about an effect? The causal evidence as the checks that a verdict reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regional_econ._base.errors import DataError
from regional_econ.causal.distribution import Probabilities
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.core.claim import Check, CheckResult, Estimand
from regional_econ.referee.rules import CausalRules

_CODE = "regional_econ.causal.evidence"


@dataclass(frozen=True)
class EffectFinding:
    """The numbers that the rule for effects reads; None where a criterion could not be computed.

    ``lagged`` is over the specifications whose lag decides (reverse causality); ``sign_share``, ``mde`` and ``q_value``
    are of the same specifications. ``averaged`` is over all lags, ``alone`` the region × method specification. Effects
    are in percentage points of the focal region for the driver's contrast; s is the claimed sign.
    """

    lagged: Probabilities
    averaged: Probabilities
    alone: Probabilities
    sign_share: float
    sign_share_all: float
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


def finding_of(evidence: CausalEvidence, estimand: Estimand, rules: CausalRules, *, where: str = "") -> EffectFinding:
    """Return what the rule reads from the evidence on one driver; δ is the rule's, the sign the claim's.

    Parameters
    ----------
    evidence : on the estimand's driver.
    estimand : of the claim.
    rules : must be those that the evidence was made for.
    where : the claim, for the message.

    Raises
    ------
    DataError : the evidence was made for another δ, placebo interval, change or lag, outcome or claimed sign, or is
        read at the level of another region than the claim's.
    """
    if estimand.region not in ("", evidence.focal_region):
        advice = (
            f"Estimate for that region: regional-econ reproduce --study FILE, with focal_region {estimand.region} in"
            " FILE; then give the same --study here. Or list the claim with needs in place of checks"
        )
        message = f"the evidence is read at the level of {evidence.focal_region}, the claim is about {estimand.region}"
        raise DataError(message, where=where or evidence.driver, advice=advice)
    sign = -1 if estimand.expected_sign in ("-", "\N{MINUS SIGN}") else 1
    for name, given, wanted in (
        ("smallest effect, pp", evidence.delta_pp, rules.delta),
        ("placebo interval", evidence.placebo_level, rules.placebo_level),
        ("quantile of changes", evidence.change_quantile, rules.change_quantile),
        ("window of changes, years", evidence.change_window_years, rules.change_window_years),
        ("lag that decides", evidence.deciding_lag, rules.deciding_lag),
        ("outcome", evidence.outcome, estimand.y),
        ("claimed sign", evidence.claimed_sign, sign),
    ):
        if given != wanted:
            advice = "Estimate again with the rules and claims in force (task_causal)"
            place = where or evidence.driver
            message = f"the evidence has {name} {given}, the claim and its rule {wanted}"
            raise DataError(message, where=place, advice=advice)
    bounded = bool(evidence.strongest_covariate)
    return EffectFinding(
        lagged=evidence.lagged,
        averaged=evidence.averaged,
        alone=evidence.alone,
        sign_share=evidence.sign_share,
        sign_share_all=evidence.sign_share_all,
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
    cut = rules.supported_probability
    placebo = None if finding.placebo_low is None else (evidence.placebo_low_pp, evidence.placebo_high_pp)
    return (
        *(
            Check(
                name, "estimate", _state(found.beyond >= cut), None, points[1], (points[0], points[2]),
                stats={**vars(found), "change": evidence.change}, provenance=provenance,
            )
            for name, found, points in (
                ("lagged", finding.lagged, evidence.lagged_pp),
                ("averaged", finding.averaged, evidence.effect_pp),
                ("alone", finding.alone, evidence.alone_pp),
            )
        ),
        Check(
            "multiplicity", "estimate", _state(None if finding.q_value is None else finding.q_value <= rules.bh_q),
            None, finding.q_value, stats={"p_value": evidence.p_value}, provenance=provenance,
        ),
        Check(
            "sign_share", "specification_curve", _state(finding.sign_share >= rules.supported_sign_share), None,
            finding.sign_share, stats={"n_specs": evidence.n_lagged}, provenance=provenance,
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
