"""From checks to a label: pure functions that follow the rules and say which criterion decided.

Criteria, values and gaps are ids; the report names them in both languages (texts ``referee.criterion.…``,
``referee.value.…``, ``referee.gap.…``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regional_econ.causal.distribution import Probabilities
from regional_econ.core.claim import Certainty, Criterion, Downgrade, Label, Verdict
from regional_econ.referee.checks.estimate import EffectFinding
from regional_econ.referee.checks.recompute import NumberFinding
from regional_econ.referee.ledger import Entry, Printed
from regional_econ.referee.listed_checks import Relation
from regional_econ.referee.monte_carlo import Side, side
from regional_econ.referee.rules import CausalRules, Distribution, Estimated, Rules

_AGREEMENT: Mapping[Relation, str] = {
    "equals": "newest_official", "less": "newest_official_below", "reached": "newest_official_reached",
}  # fmt: skip


def judge_number(number: Printed, finding: NumberFinding, rules: Rules) -> Verdict:
    """Judge a printed number: confirmed, confirmed with one error, contradicted, inconclusive, or not tested.

    Tried in this order; the rules file, section ``number``, holds the window and the elements.
    """
    if finding.official is None:
        year = None if finding.year is None else str(finding.year)
        return Verdict("not_tested", (Criterion("series_available", None, year, False),), None, "after_the_data")
    label, gap = _number_label(finding)
    downgrades = _number_downgrades(number, finding, label, rules)
    trace = _number_trace(number, finding, rules)
    start = "reported_figure" if _decided_by_notes(finding) else "official_figure"
    return Verdict(label, trace, lowered(rules, start, downgrades), gap, downgrades)


def judge_effect(finding: EffectFinding, rules: Rules, *, proxy: bool = False) -> Verdict:
    """Judge the causal premise of a claim.

    The label is the first that holds in the rules' order, else inconclusive. The specifications with a lag of at least
    one year decide; all lags together are shown beside. A criterion that was not run cannot be met, so the label stops
    at leaning. If the region × method specification alone earns another label, the verdict is inconclusive; so it is
    where a drawn probability lies too near to its cut (exact ones have no Monte Carlo error).

    Parameters
    ----------
    finding : what the estimates say.
    proxy : whether the claim speaks of more than the driver measures.
    """
    causal = rules.causal
    labels: dict[Distribution, Label] = {
        "lagged": effect_label(finding.lagged, finding.sign_share, finding, causal),
        "averaged": effect_label(finding.averaged, finding.sign_share_all, finding, causal),
        "alone": effect_label(finding.alone, _own_sign(finding.alone), finding, causal),
    }
    first = labels[causal.must_agree[0]]
    agree = all(labels[name] == first for name in causal.must_agree)
    borderline = any(state == "borderline" for state in _sides(finding, causal))
    label: Label = first if agree and not borderline else "inconclusive"
    downgrades = _effect_downgrades(finding, causal, agree=agree, proxy=proxy)
    lagged, averaged, alone = (labels[name] for name in ("lagged", "averaged", "alone"))
    trace = (
        *_effect_trace(finding, causal),
        Criterion("all_lags_agree", averaged, lagged, averaged == lagged),
        Criterion("lagged_and_alone_agree", alone, lagged, alone == lagged),
    )
    gap = "borderline" if borderline else _effect_gap(label, finding, causal, agree)
    return Verdict(label, trace, lowered(rules, "panel_fe", downgrades), gap, downgrades)


def effect_label(found: Probabilities, sign_share: float, finding: EffectFinding, rules: CausalRules) -> Label:
    """Return the label that one distribution earns, before it is compared with another."""
    defended = all(met is True for met in _defences(finding, rules).values())
    cut, shares = rules.supported_probability, rules.supported_sign_share
    leans, leans_shares, against = rules.leans_probability, rules.leans_sign_share, 1.0 - sign_share
    holds: dict[Estimated, bool] = {
        "supported": defended and found.beyond >= cut and sign_share >= shares,
        "opposite": defended and found.wrong_beyond >= cut and against >= shares,
        "negligible": found.negligible >= rules.negligible_probability,
        "leans_for": found.right_sign >= leans and sign_share >= leans_shares,
        "leans_against": found.wrong_sign >= leans and against >= leans_shares,
    }
    return next((label for label in rules.order if holds[label]), "inconclusive")


def judge_unheld(entry: Entry, rules: Rules) -> Verdict:
    """Return the verdict of a claim that is held against nothing: no data can test it, or its gap names what lacks."""
    if entry.type in rules.text.by_design:
        return Verdict("not_testable_by_design", (), None, "by_design")
    return Verdict("not_tested", (Criterion("series_available", None, None, False),), None, entry.needs)


def lowered(rules: Rules, evidence: str, downgrades: Sequence[Downgrade]) -> Certainty:
    """Return the certainty that a kind of evidence starts from, one level down for each failed domain.

    Source: Guyatt et al. (2008), GRADE, BMJ 336:924.
    """
    levels: tuple[Certainty, ...] = ("very_low", "low", "moderate", "high")
    start = rules.levels.index(rules.start[evidence])
    return levels[max(start - sum(domain in rules.domains for domain in downgrades), 0)]


def _number_label(finding: NumberFinding) -> tuple[Label, str | None]:
    if finding.agrees:
        return "confirmed", None
    if finding.matches:
        reported = "_reported" if _decided_by_notes(finding) else ""
        return "confirmed_with_error", f"error_{finding.matches[0].element}{reported}"
    if not finding.inside_range:
        return "contradicted", "two_errors" if finding.pairs else "no_single_error"
    return "inconclusive", "inside_revision_range"


def _decided_by_notes(finding: NumberFinding) -> bool:
    """Whether the figure that decided is only quoted by notes, its official file not being here."""
    if finding.agrees or not finding.matches:
        return finding.official is not None and finding.official.reported
    return finding.matches[0].reported


def _number_downgrades(number: Printed, finding: NumberFinding, label: Label, rules: Rules) -> tuple[Downgrade, ...]:
    failed: list[Downgrade] = []
    if finding.revision_range and finding.revision_range[1] - finding.revision_range[0] > 2 * number.halfwidth:
        failed.append("inconsistency")
    if number.year is None:
        failed.append("indirectness")
    by_chance = finding.chance_rate is not None and finding.chance_rate > rules.number.chance_high
    if label == "confirmed_with_error" and by_chance:
        failed.append("imprecision")
    return tuple(failed)


def _number_trace(number: Printed, finding: NumberFinding, rules: Rules) -> tuple[Criterion, ...]:
    printed = number.value / number.scale
    official = None if finding.official is None else finding.official.value / number.scale
    year = str(finding.year)
    rows = [Criterion("year_held_against", year, None if number.year is None else str(number.year), True)]
    rows.append(Criterion(_AGREEMENT[number.relation], official, printed, finding.agrees))
    if finding.agrees:
        return tuple(rows)
    for element in rules.number.elements:
        found = next((match for match in finding.matches if match.element == element), None)
        value = None if found is None else found.value / number.scale
        rows.append(Criterion(f"element_{element}", value, printed, found is not None))
    if finding.matches:
        first = finding.matches[0]
        status = "reported" if first.reported else "published"
        rows.append(Criterion("matched_place", first.place, None, True))
        rows.append(Criterion("matched_status", status, "published", not first.reported))
    for pair in finding.pairs[:1]:
        rows.append(Criterion("two_elements", pair.value / number.scale, printed, True))
        rows.append(Criterion("two_elements_are", f"{pair.definition}, {pair.year}", None, True))
    inside = "inside" if finding.inside_range else "outside"
    rows.append(Criterion("revision_range", inside, "inside", finding.inside_range))
    if finding.chance_rate is not None:
        rate, high = finding.chance_rate, rules.number.chance_high
        rows.append(Criterion("chance_match_rate", rate, high, rate <= high))
    return tuple(rows)


def _defences(finding: EffectFinding, rules: CausalRules) -> dict[str, bool | None]:
    """The criteria that do not depend on the sign; None where one was not run."""
    return {
        "robustness_value": finding.robust(rules.robustness_ratio),
        "placebo": finding.placebo_inside,
        "bh_q": None if finding.q_value is None else finding.q_value <= rules.bh_q,
    }


def _cuts(finding: EffectFinding, rules: CausalRules) -> list[tuple[float, float]]:
    """Probabilities that a label may rest on, each with its cut."""
    strong, leans, none = rules.supported_probability, rules.leans_probability, rules.negligible_probability
    return [
        pair
        for name in rules.must_agree
        for found in [getattr(finding, name)]
        for pair in (
            (found.beyond, strong), (found.wrong_beyond, strong), (found.negligible, none),
            (found.right_sign, leans), (found.wrong_sign, leans),
        )
    ]  # fmt: skip


def _sides(finding: EffectFinding, rules: CausalRules) -> list[Side]:
    return [side(value, finding.mc_error, cut, rules.monte_carlo_errors) for value, cut in _cuts(finding, rules)]


def _own_sign(alone: Probabilities) -> float:
    return 1.0 if alone.right_sign > alone.wrong_sign else 0.0


def _effect_downgrades(
    finding: EffectFinding, rules: CausalRules, *, agree: bool, proxy: bool
) -> tuple[Downgrade, ...]:
    defences = _defences(finding, rules)
    majority = max(finding.sign_share, 1.0 - finding.sign_share)
    failed: list[tuple[Downgrade, bool]] = [
        ("risk_of_bias", not (defences["robustness_value"] and defences["placebo"])),
        ("inconsistency", not agree or majority < rules.leans_sign_share),
        ("indirectness", proxy),
        ("imprecision", finding.mde > finding.delta),
    ]
    return tuple(domain for domain, has_failed in failed if has_failed)


def _effect_trace(finding: EffectFinding, rules: CausalRules) -> tuple[Criterion, ...]:
    found, cut, against = finding.lagged, rules.supported_probability, 1.0 - finding.sign_share
    ratio, strongest = rules.robustness_ratio, finding.strongest_bound
    needed = None if strongest is None else ratio * strongest
    defences = _defences(finding, rules)
    edge = None
    if finding.placebo_low is not None and finding.placebo_high is not None:
        edge = max(abs(finding.placebo_low), abs(finding.placebo_high))
    rows = [
        Criterion("probability_beyond", found.beyond, cut, found.beyond >= cut),
        Criterion("probability_wrong_beyond", found.wrong_beyond, cut, found.wrong_beyond >= cut),
        Criterion(
            "probability_negligible", found.negligible, rules.negligible_probability,
            found.negligible >= rules.negligible_probability,
        ),
        Criterion(
            "probability_right_sign", found.right_sign, rules.leans_probability,
            found.right_sign >= rules.leans_probability,
        ),
        Criterion(
            "probability_wrong_sign", found.wrong_sign, rules.leans_probability,
            found.wrong_sign >= rules.leans_probability,
        ),
        *(
            Criterion(name, share, needed_share, share >= needed_share)
            for name, share, needed_share in (
                ("sign_share", finding.sign_share, rules.supported_sign_share),
                ("sign_share_leans", finding.sign_share, rules.leans_sign_share),
                ("wrong_sign_share", against, rules.supported_sign_share),
                ("wrong_sign_share_leans", against, rules.leans_sign_share),
            )
        ),
        Criterion("robustness_value", finding.robustness_value, needed, defences["robustness_value"]),
        Criterion("placebo", edge, finding.delta, defences["placebo"]),
        Criterion("bh_q", finding.q_value, rules.bh_q, defences["bh_q"]),
        Criterion("mde", finding.mde, finding.delta, finding.mde <= finding.delta),
    ]  # fmt: skip
    if finding.mc_error > 0.0:
        margin = min(abs(value - own) for value, own in _cuts(finding, rules)) / finding.mc_error
        wanted = rules.monte_carlo_errors
        rows.append(Criterion("monte_carlo_margin", margin, wanted, margin >= wanted))
    return tuple(rows)


def _effect_gap(label: Label, finding: EffectFinding, rules: CausalRules, agree: bool) -> str | None:
    missing = [name for name, met in _defences(finding, rules).items() if met is None]
    if missing:
        return "not_run_" + "_and_".join(missing)
    if not agree:
        return "lagged_and_alone_differ"
    if label == "inconclusive" and finding.mde > finding.delta:
        return "mde_above_delta"
    if label in ("leans_for", "leans_against", "inconclusive"):
        return "criteria_unmet"
    return None
