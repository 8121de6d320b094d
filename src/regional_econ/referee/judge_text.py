"""From a paper held against itself to a label: arithmetic, captions, citations, inferences, and what holds together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from regional_econ.core.claim import Certainty, Criterion, Downgrade, Label, Verdict
from regional_econ.referee.checks.citation import CitationFinding
from regional_econ.referee.checks.grid import Tally
from regional_econ.referee.checks.internal import InternalFinding, Interval
from regional_econ.referee.checks.premise import PremiseFinding
from regional_econ.referee.judge import lowered
from regional_econ.referee.judge_description import common_share, common_spare
from regional_econ.referee.rules import Rules

_LEVELS: tuple[Certainty, ...] = ("very_low", "low", "moderate", "high")


def judge_internal(finding: InternalFinding, rules: Rules, *, proxy: bool = False) -> Verdict:
    """Judge a printed number, unit or caption: confirmed, contradicted, or inconclusive where it cannot be told.

    Numbers that so many false ones would pass beside carry less certainty (rules, ``number.chance_high``).

    Parameters
    ----------
    proxy : whether what is read is not quite what the paper prints, or the claim speaks of more.
    """
    label = _label(finding.holds, "inconclusive")
    rows = []
    if finding.computed is not None and finding.printed is not None:
        rows.append(Criterion("arithmetic", _spoken(finding.computed), _spoken(finding.printed), finding.holds))
    else:
        rows.append(Criterion("words_agree", _listed(finding.found), _listed(finding.wanted), finding.holds))
    wide = finding.passing is not None and finding.passing > rules.number.chance_high
    if finding.passing is not None:
        rows.append(Criterion("passing_share", finding.passing, rules.number.chance_high, not wide))
    failed: list[tuple[Downgrade, bool]] = [
        ("indirectness", proxy),
        ("imprecision", wide and label == "confirmed"),
    ]
    downgrades = tuple(domain for domain, has_failed in failed if has_failed)
    gap = {"contradicted": "paper_disagrees_with_itself", "inconclusive": "paper_does_not_tell"}.get(label)
    return Verdict(label, tuple(rows), lowered(rules, "printed_figure", downgrades), gap, downgrades)


def judge_repetition(arithmetic: Verdict, name: str, repeated: Verdict, rules: Rules) -> Verdict:
    """Judge a number that the paper prints again: saying it twice confirms nothing, so it is as good as the first.

    Parameters
    ----------
    arithmetic : whether the two are equal; where they are not, the repetition is contradicted by itself.
    name : the claim whose number is repeated.
    repeated : the verdict on it.
    """
    accepted = repeated.label not in rules.text.refuted_by
    rows = (
        Criterion("repeated_claim", name, None, True),
        Criterion("repeated_label", repeated.label, None, accepted),
    )
    return together([arithmetic, replace(repeated, rule_trace=rows)], (), rules)


def judge_citation(finding: CitationFinding, rules: Rules) -> Verdict:
    """Judge a citation: confirmed, contradicted, or not tested where the list of references does not tell."""
    label = _label(finding.holds, "not_tested")
    trace = (Criterion("citation", _listed(finding.found), _listed(finding.wanted), finding.holds),)
    gap = {"contradicted": "citation_cannot_be_right", "not_tested": "reference_does_not_tell"}.get(label)
    certainty = None if label == "not_tested" else lowered(rules, "printed_figure", ())
    return Verdict(label, trace, certainty, gap)


def judge_inference(finding: PremiseFinding, rules: Rules) -> Verdict:
    """Judge an inference: it takes the label and the certainty of its weakest premise, or does not follow.

    It does not follow where a premise is refuted or, as declared, none bears on it; the latter is a reader's judgement
    and starts from a lower certainty.
    """
    text = rules.text
    rows = [
        row
        for name, verdict in finding.verdicts.items()
        for row in (
            Criterion("premise_claim", name, None, True),
            Criterion("premise_label", verdict.label, None, verdict.label not in text.refuted_by),
        )
    ]
    refuted = any(verdict.label in text.refuted_by for verdict in finding.verdicts.values())
    rows.append(Criterion("premises_bear", None, None, finding.bears))
    if refuted or not finding.bears:
        gap = "premise_refuted" if refuted else "premise_does_not_bear"
        tested = [verdict.certainty for verdict in finding.verdicts.values() if verdict.label in text.refuted_by]
        certainty = _lowest(tested) if refuted else lowered(rules, "declared_link", ())
        return Verdict(text.fails, tuple(rows), certainty, gap)
    weakest = min(finding.verdicts.values(), key=lambda verdict: text.weakest_first.index(verdict.label))
    return Verdict(weakest.label, tuple(rows), weakest.certainty, weakest.gap, weakest.downgrades)


def together(parts: Sequence[Verdict], tallies: Sequence[Tally], rules: Rules) -> Verdict:
    """Join the verdicts on the parts of a claim that must all hold: the first label of the rules' order counts.

    Its gap goes with it. One refuted part is enough, so the surest of the refuted ones gives the certainty; else all
    parts are needed and the least sure one gives it. Confirmed descriptions that are together true of more than the
    declared share of regions are uninformative; where a region or so decides that, they are imprecise.

    Parameters
    ----------
    parts : at least one verdict.
    tallies : of those parts that are statements on a region's place or course.
    """
    order = rules.text.weakest_first
    decides = min(parts, key=lambda part: order.index(part.label))
    label = decides.label
    trace, on_edge = tuple(row for part in parts for row in part.rule_trace), False
    if label == "confirmed" and tallies:
        descriptive, share = rules.text.descriptive, common_share(tallies)
        limit, spare = descriptive.common_share, common_spare(tallies, descriptive.common_share)
        on_edge = spare < descriptive.common_spare
        trace = (
            *trace,
            Criterion("common_share", share, limit, share <= limit),
            Criterion("common_spare", spare, descriptive.common_spare, not on_edge),
        )
        label = label if share <= limit else "true_but_uninformative"
    gap = "true_of_most_regions" if label == "true_but_uninformative" and label != decides.label else decides.gap
    if label in rules.text.refuted_by:
        return replace(_surest([part for part in parts if part.label == label]), rule_trace=trace)
    certainty = None if decides.certainty is None else _lowest([part.certainty for part in parts])
    downgrades = tuple(dict.fromkeys(domain for part in parts for domain in part.downgrades))
    if on_edge and "imprecision" not in downgrades:
        certainty, downgrades = _one_down(certainty), (*downgrades, "imprecision")
    return Verdict(label, trace, certainty, gap, downgrades)


def _label(holds: bool | None, unknown: Label) -> Label:
    labels: dict[bool | None, Label] = {True: "confirmed", False: "contradicted", None: unknown}
    return labels[holds]


def _surest(parts: Sequence[Verdict]) -> Verdict:
    return max(parts, key=lambda part: -1 if part.certainty is None else _LEVELS.index(part.certainty))


def _lowest(certainties: Sequence[Certainty | None]) -> Certainty | None:
    known = [_LEVELS.index(one) for one in certainties if one is not None]
    return _LEVELS[min(known)] if known else None


def _one_down(certainty: Certainty | None) -> Certainty | None:
    return None if certainty is None else _LEVELS[max(_LEVELS.index(certainty) - 1, 0)]


def _spoken(interval: Interval) -> str:
    low, high = (None if bound is None else f"{float(bound):.6g}" for bound in (interval.low, interval.high))
    if low is None or high is None:
        return f"> {low}" if low is not None else f"< {high}" if high is not None else "…"
    return f"[{low}; {high}]"


def _listed(words: Sequence[str]) -> str | None:
    return ", ".join(f"“{word}”" for word in words) or None
