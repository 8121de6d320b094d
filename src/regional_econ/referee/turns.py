"""What would change a verdict? Read off the trace of its rule and its checks, claim by claim."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from regional_econ.core.claim import Check, Claim, Criterion, Label
from regional_econ.core.results import Value
from regional_econ.referee.listed_checks import Relation

What = Literal[
    "number_edition", "number_newest", "number_match", "number_older", "number_year", "cells_keep", "cells_confirm",
    "cells_refute", "cells_spare", "cells_none", "common_keep", "common_less", "sum", "words", "effect", "effect_hold",
    "agree", "precision", "series", "premise", "premise_refuted", "link",
]  # fmt: skip
Bounds = Literal["between", "outside", "at_least", "at_most", "below", "above", ""]
# the labels that a criterion of the rule for effects stands for
_NEEDED_FOR: Mapping[str, tuple[Label, ...]] = {
    "probability_beyond": ("supported",),
    "probability_wrong_beyond": ("opposite",),
    "probability_negligible": ("negligible",),
    "probability_right_sign": ("leans_for",),
    "probability_wrong_sign": ("leans_against",),
    "sign_share": ("supported",),
    "sign_share_leans": ("leans_for",),
    "wrong_sign_share": ("opposite",),
    "wrong_sign_share_leans": ("leans_against",),
    "robustness_value": ("supported", "opposite"),
    "placebo": ("supported", "opposite"),
    "bh_q": ("supported", "opposite"),
}
_UPPER_BOUNDS = ("placebo", "bh_q", "mde")
_WANTED: Mapping[Relation, Bounds] = {"equals": "between", "less": "below", "reached": "at_least"}
_LOST: Mapping[Relation, Bounds] = {"equals": "outside", "less": "at_least", "reached": "below"}
_SLACK = 1e-9


@dataclass(frozen=True)
class Turn:
    """One thing that would have to be otherwise.

    Parameters
    ----------
    what : which thing; the texts ``referee.turn.<what>`` name it and say what is needed.
    to : the labels that the claim, or the part of it, would then bear or come nearer to; none where that is open.
    bounds : how what is needed is bounded: ``low``, ``high`` or both among the values.
    values : numbers by name: ``now``, ``of`` (how many there are, or the upper end of what is there), ``low``,
        ``high``, ``short`` (how far that is from what is there).
    words : words of the paper, the id of a gap or a link, or a label: first what is there, then what is needed; of a
        criterion what must come with it, the ``others`` of that label or the specification ``alone``.
    variable : the variable that it is about, where the claim has several parts.
    criterion : the line of the rule for effects.
    claim : the premise that it hangs on.
    """

    what: What
    to: tuple[Label, ...] = ()
    bounds: Bounds = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    variable: str = ""
    criterion: str = ""
    claim: str = ""


def turns(claim: Claim) -> tuple[Turn, ...]:
    """Return what would change the verdict on a claim; nothing where no data can.

    Parameters
    ----------
    claim : with its checks and the trace of its rule.
    """
    if claim.verdict.label == "not_testable_by_design":
        return ()
    if not claim.checks:
        return (Turn("series", words=(claim.verdict.gap or "",)),)
    found = [turn for check in claim.checks for turn in _of_check(check, claim)]
    found += _common(claim.verdict.rule_trace, claim.verdict.label)
    if claim.rule.rule_id == "causal":
        found += _effect(claim)
    if claim.rule.rule_id == "inference":
        found += _inference(claim)
    return tuple(found)


def _of_check(check: Check, claim: Claim) -> Iterator[Turn]:
    room = _ROOMS.get(check.id.partition(".")[0].partition("_")[0])
    if room is not None:
        yield from room(check, claim)


def _recompute(check: Check, claim: Claim) -> Iterator[Turn]:
    """A printed number beside the newest official figure, and beside its other editions."""
    relation: Relation = check.stats["relation"]
    now = {**_figure("now", check.computed, check), "year": Value(int(check.stats["year"]), digits=0)}
    if check.result == "pass":
        lost = _LOST[relation]
        yield Turn("number_edition", ("confirmed_with_error",), lost, now | _limits(check, lost))
        return
    wanted = _WANTED[relation]
    short = abs(float(check.computed or 0.0) - float((check.reported or {})["value"]))
    needed = _limits(check, wanted)
    yield Turn("number_newest", ("confirmed",), wanted, now | needed | _figure("short", short, check))
    yield from _match(check, claim)
    revisions = next((other for other in claim.checks if other.kind == "revision_range"), None)
    if claim.verdict.label != "confirmed_with_error" and revisions is not None and revisions.interval:
        lowest, highest = revisions.interval
        older = _figure("now", lowest, check) | _figure("of", highest, check)
        yield Turn("number_older", ("confirmed_with_error",), wanted, older | needed)


def _match(check: Check, claim: Claim) -> Iterator[Turn]:
    """The figure that a number confirmed with an error agrees with: without it the number is confirmed no longer."""
    met = [row for row in claim.verdict.rule_trace if row.criterion.startswith("element_") and row.met]
    if claim.verdict.label != "confirmed_with_error" or not met:
        return
    lost = _LOST[check.stats["relation"]]
    to: tuple[Label, ...] = ("inconclusive", "contradicted") if len(check.stats["matches"]) == 1 else ()
    values = _figure("now", float(met[0].value or 0.0), check) | _limits(check, lost)
    yield Turn("number_match", to, lost, values, (claim.verdict.gap or "",))


def _series(check: Check, claim: Claim) -> Iterator[Turn]:
    """A number of a year without a figure, or a description without a cell that is admissible."""
    if check.reported is None:
        missing = ", ".join(str(year) for year in check.stats["missing_years"])
        yield Turn("cells_none", words=(missing,), variable=check.stats["variable"])
        return
    wanted = _WANTED[check.stats["relation"]]
    values = _limits(check, wanted) | {"year": Value(check.stats["year"], digits=0)}
    nearest: Mapping[str, float] = check.stats["nearest_years"]
    if nearest:
        year = max(nearest)
        values |= _figure("now", nearest[year], check) | {"nearest": Value(int(year), digits=0)}
    yield Turn("number_year", ("confirmed",), wanted, values)


def _cells(check: Check, claim: Claim) -> Iterator[Turn]:
    """A description: how many of its cells are true, and how many more would have to be."""
    if check.id.partition(".")[0] not in ("benchmark", "trend", "rank"):
        return
    stats, variable = check.stats, str(check.stats["variable"])
    true, false, opened = (_count(stats, kind) for kind in ("true", "false", "open"))
    cells = true + false + opened
    confirm, refute = (_least(_threshold(claim, name), cells) for name in ("true_share", "false_share"))

    def more(what: What, to: tuple[Label, ...], now: int, need: int) -> Turn:
        return turn(what, to, "at_least", {"now": now, "low": need, "short": need - now})

    def fewer(what: What, beyond: Label, now: int, need: int, other: int) -> Turn:
        """Fewer of them leave it open, as long as there are not so many of the other kind that they decide."""
        high, low = need - 1, max(0, cells - opened - other + 1)
        counts = {"now": now, "short": now - high}
        if low > high:
            return turn(what, (beyond,), "below", counts | {"high": need})
        return turn(what, ("inconclusive",), "between", counts | {"low": low, "high": high})

    def turn(what: What, to: tuple[Label, ...], bounds: Bounds, counts: Mapping[str, int]) -> Turn:
        values = {key: Value(one, digits=0) for key, one in {**counts, "of": cells}.items()}
        return Turn(what, to, bounds, values, (), variable)

    if true >= confirm:
        yield fewer("cells_keep", "contradicted", true, confirm, refute)
        return
    # the same may then be true of most regions, which is known only of a statement that holds
    yield more("cells_confirm", ("confirmed", "true_but_uninformative"), true, confirm)
    if false >= refute:
        yield fewer("cells_spare", "confirmed", false, refute, confirm)
    else:
        yield more("cells_refute", ("contradicted",), false, refute)


def _common(trace: Sequence[Criterion], label: Label) -> list[Turn]:
    """Of how many regions the same is true, where all parts of a description hold."""
    row = next((row for row in trace if row.criterion == "common_share"), None)
    if row is None or row.value is None or row.threshold is None:
        return []
    now, limit = (Value(100.0 * float(one), "%", 1) for one in (row.value, row.threshold))
    if label == "true_but_uninformative":
        return [Turn("common_less", ("confirmed",), "at_most", {"now": now, "high": limit})]
    return [Turn("common_keep", ("true_but_uninformative",), "above", {"now": now, "low": limit})]


def _internal(check: Check, claim: Claim) -> Iterator[Turn]:
    """Arithmetic on printed numbers, or words: the paper alone decides."""
    del claim
    to: tuple[Label, ...] = ("contradicted",) if check.result == "pass" else ("confirmed",)
    if check.computed is None:
        yield Turn("words", to, words=(_listed(check.stats["found"]), _listed(check.stats["wanted"])))
        return
    bounds = dict(check.tolerance or {})
    if len(bounds) == 2:
        side: Bounds = "outside" if check.result == "pass" else "between"
    else:
        side = "at_least" if ("high" in bounds) == (check.result == "pass") else "below"
        bounds = {_end(side): next(iter(bounds.values()))}
    ends = check.interval or (check.computed, check.computed)
    numbers = {"now": ends[0], "of": ends[1], **bounds}
    yield Turn("sum", to, side, {key: _short(one) for key, one in numbers.items()})


def _citation(check: Check, claim: Claim) -> Iterator[Turn]:
    del claim
    to: tuple[Label, ...] = ("contradicted",) if check.result == "pass" else ("confirmed",)
    yield Turn("words", to, words=(_listed(check.stats["found"]), _listed(check.stats["wanted"])))


def _effect(claim: Claim) -> Iterator[Turn]:
    """The criteria that the label rests on, those that other labels lack, and what the data could detect at all."""
    label, trace = claim.verdict.label, claim.verdict.rule_trace
    for row in trace:
        needed_for, upper = _NEEDED_FOR.get(row.criterion, ()), row.criterion in _UPPER_BOUNDS
        wanted: Bounds = "at_most" if upper else "at_least"
        lost: Bounds = "above" if upper else "below"
        if row.criterion == "mde" and row.met is False:
            yield Turn("precision", (), wanted, _criterion(row, wanted), criterion=row.criterion)
        if row.criterion == "lagged_and_alone_agree" and row.met is False:
            yield Turn("agree", (), words=(str(row.value), str(row.threshold)), criterion=row.criterion)
        if needed_for and not row.met:
            together = _together(row, trace)
            yield Turn("effect", needed_for, wanted, _criterion(row, wanted), together, criterion=row.criterion)
        if label in needed_for and row.met:
            yield Turn("effect_hold", (), lost, _criterion(row, lost), criterion=row.criterion)


def _together(row: Criterion, trace: Sequence[Criterion]) -> tuple[str, ...]:
    """What else a label lacks: its other criteria, and the same label of the region × method specification alone."""
    labels = _NEEDED_FOR[row.criterion]
    lacking = {
        name for other in trace if other is not row and not other.met for name in _NEEDED_FOR.get(other.criterion, ())
    }
    alone = next((other.value for other in trace if other.criterion == "lagged_and_alone_agree"), None)
    found = {"others": all(name in lacking for name in labels), "alone": alone not in labels}
    return tuple(name for name, lacks in found.items() if lacks)


def _criterion(row: Criterion, bounds: Bounds) -> dict[str, Value]:
    """What a criterion found and needs, and how far it is from that, as far as it was run."""
    found = {key: float(one) for key, one in (("now", row.value), (_end(bounds), row.threshold)) if one is not None}
    if len(found) == 2:
        found["short"] = abs(found["now"] - found[_end(bounds)])
    return {key: Value(one, digits=3) for key, one in found.items()}


def _inference(claim: Claim) -> Iterator[Turn]:
    """The link that the paper does not give, and the premises that decide: those refuted, or else the weakest."""
    premises = [check for check in claim.checks if check.kind == "premise"]
    refuted = [check for check in premises if check.stats["label"] in _refuting(claim.verdict.rule_trace)]
    unstated = next((str(check.stats["unstated"]) for check in premises if check.stats["unstated"]), "")
    if unstated:
        yield Turn("link", words=(unstated,))
    for check in refuted:
        yield Turn("premise_refuted", words=(str(check.stats["label"]),), claim=str(check.stats["claim"]))
    if not refuted and not unstated:
        for check in premises:
            if check.stats["label"] == claim.verdict.label:
                yield Turn("premise", words=(claim.verdict.label,), claim=str(check.stats["claim"]))


def _refuting(trace: Sequence[Criterion]) -> frozenset[str]:
    """Labels of premises that the rule did not accept."""
    return frozenset(str(row.value) for row in trace if row.criterion == "premise_label" and row.met is False)


def _limits(check: Check, bounds: Bounds) -> dict[str, Value]:
    """The bounds of a printed number, with a digit more than it has; a single one by the side that is asked for."""
    found = dict(check.tolerance or {})
    if len(found) == 1:
        found = {_end(bounds): next(iter(found.values()))}
    return {name: value for key, one in found.items() for name, value in _figure(key, one, check).items()}


def _end(bounds: Bounds) -> str:
    return "high" if bounds in ("at_most", "below") else "low"


def _count(stats: Mapping[str, Any], kind: str) -> int:
    """Cells, windows or years of a description of which it is true, false or open."""
    return sum(int(stats.get(f"{kind}_{name}", 0)) for name in ("cells", "windows", "years"))


def _threshold(claim: Claim, criterion: str) -> float:
    rows = (row for row in claim.verdict.rule_trace if row.criterion == criterion and row.threshold is not None)
    return float(next(rows).threshold or 0.0)


def _figure(key: str, value: float | None, check: Check) -> dict[str, Value]:
    half = float((check.reported or {})["halfwidth"])
    digits = max(0, round(-math.log10(2.0 * half))) + 1
    return {key: Value(None if value is None else float(value), digits=digits)}


def _least(share: float, cells: int) -> int:
    """How many of so many cells are at least a share of them."""
    return math.ceil(share * cells - _SLACK)


def _short(value: float) -> Value:
    digits = next((places for places in range(3) if abs(round(value, places) - value) < _SLACK), 3)
    return Value(float(value), digits=digits)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)


_ROOMS: Mapping[str, Callable[[Check, Claim], Iterator[Turn]]] = {
    "recompute": _recompute, "series": _series, "benchmark": _cells, "trend": _cells, "rank": _cells,
    "internal": _internal, "citation": _citation,
}  # fmt: skip
