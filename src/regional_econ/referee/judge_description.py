"""From grids to a label: is a description true on most admissible cells, and does it say anything about the region?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from regional_econ.core.claim import Criterion, Downgrade, Label, Verdict
from regional_econ.referee.checks.benchmark import BenchmarkFinding
from regional_econ.referee.checks.grid import Tally
from regional_econ.referee.checks.rank import RankFinding
from regional_econ.referee.checks.trend import TrendFinding
from regional_econ.referee.judge import lowered
from regional_econ.referee.listed_checks import GROUPS
from regional_econ.referee.rules import Rules

Finding = BenchmarkFinding | TrendFinding | RankFinding


def judge_description(finding: Finding, rules: Rules, *, proxy: bool = False) -> Verdict:
    """Judge one statement on a region: confirmed, contradicted, inconclusive, or not tested.

    The rules file, section ``descriptive``, holds the shares. Whether a confirmed statement is also true of most
    regions is asked of all statements of a claim together (``judge_text.together``). What is left undecided starts from
    a lower certainty.

    Parameters
    ----------
    proxy : whether the claim speaks of more than the variable measures.
    """
    descriptive, found = rules.text.descriptive, finding.tally
    label = descriptive.label(found)
    if label == "not_tested":
        trace = (Criterion("admissible_cells", 0, 1, False), *_years(finding))
        return Verdict(label, trace, None, "no_admissible_cell")
    downgrades = _downgrades(finding, label, rules, proxy=proxy)
    trace = (
        Criterion("admissible_cells", found.cells, descriptive.few_cells, found.cells >= descriptive.few_cells),
        *_years(finding),
        _share("true_share", found.true_share, descriptive.true_share),
        _share("false_share", found.false_share, descriptive.false_share),
        *_extras(finding, rules),
    )
    gap = {"inconclusive": "cells_disagree", "contradicted": "false_in_most_cells"}.get(label)
    start = "undecided" if label == "inconclusive" else "official_figure"
    return Verdict(label, trace, lowered(rules, start, downgrades), gap, downgrades)


def common_share(tallies: Sequence[Tally]) -> float:
    """Return the share of regions of which all statements are true, among those on which all can be judged.

    >>> one = Tally(1, 0, 0, frozenset({"a", "b"}), frozenset({"a", "b", "c"}))
    >>> two = Tally(1, 0, 0, frozenset({"b", "c"}), frozenset({"a", "b", "c", "d"}))
    >>> round(common_share([one, two]), 3)
    0.333
    """
    holds, regions = _common(tallies)
    return holds / regions if regions else 0.0


def common_spare(tallies: Sequence[Tally], limit: float) -> int:
    """Return how many regions could change sides before the share of regions changes sides of its limit.

    >>> two_of_four = Tally(1, 0, 0, frozenset({"a", "b"}), frozenset({"a", "b", "c", "d"}))
    >>> common_spare([two_of_four], 0.5), common_spare([two_of_four], 0.8), common_spare([two_of_four], 0.1)
    (0, 1, 1)
    """
    holds, regions = _common(tallies)
    most = math.floor(limit * regions + 1e-9)
    return holds - most - 1 if holds > most else most - holds


def _common(tallies: Sequence[Tally]) -> tuple[int, int]:
    """Of how many regions all statements are true, and on how many all can be judged."""
    regions = frozenset.intersection(*(one.regions for one in tallies))
    holds = frozenset.intersection(*(one.holds_for for one in tallies))
    return len(holds & regions), len(regions)


def _share(name: str, share: float | None, needed: float) -> Criterion:
    return Criterion(name, share, needed, share is not None and share >= needed - 1e-9)


def _years(finding: Finding) -> tuple[Criterion, ...]:
    """Declared years without a figure, where there are some."""
    if not finding.missing:
        return ()
    return (Criterion("missing_years", ", ".join(str(year) for year in finding.missing), None, False),)


def _extras(finding: Finding, rules: Rules) -> tuple[Criterion, ...]:
    descriptive = rules.text.descriptive
    if isinstance(finding, BenchmarkFinding):
        return tuple(
            Criterion(f"true_share_{_group(name)}", one.true_share, None, descriptive.label(one) == "confirmed")
            for name, one in finding.by_benchmark.items()
        )
    if isinstance(finding, RankFinding):
        worst = max(place.worst for place in finding.places)
        best = min(place.best for place in finding.places)
        return (Criterion("rank_interval", f"{best:g}–{worst:g}", None, finding.tally.open == 0),)
    rows = []
    if finding.kendall_p is not None:
        level = descriptive.kendall_level
        seen = finding.kendall_p <= level
        rows.append(Criterion("kendall_p", finding.kendall_p, level, seen == (finding.doubled is None)))
    if finding.doubled is not None:
        rows.append(_share("true_share_twice", finding.doubled.true_share, descriptive.true_share))
    if finding.place is not None:
        rows.append(Criterion("volatility_rank", finding.place[0], finding.place[1], True))
    return tuple(rows)


def _group(name: str) -> str:
    return name if name in GROUPS else "region"


def _downgrades(finding: Finding, label: Label, rules: Rules, *, proxy: bool) -> tuple[Downgrade, ...]:
    failed: list[tuple[Downgrade, bool]] = [
        ("inconsistency", _disagree(finding, label, rules)),
        ("indirectness", proxy),
        ("imprecision", _imprecise(finding, label, rules)),
    ]
    return tuple(domain for domain, has_failed in failed if has_failed)


def _disagree(finding: Finding, label: Label, rules: Rules) -> bool:
    """Whether a part of the grid alone, an edition, or twice the bound gives another label."""
    descriptive = rules.text.descriptive
    if isinstance(finding, BenchmarkFinding):
        return any(descriptive.label(one) != label for one in finding.by_benchmark.values())
    if isinstance(finding, RankFinding):
        return finding.tally.open > 0
    return finding.doubled is not None and descriptive.label(finding.doubled) != label


def _imprecise(finding: Finding, label: Label, rules: Rules) -> bool:
    descriptive = rules.text.descriptive
    few = finding.tally.cells < descriptive.few_cells
    if not isinstance(finding, TrendFinding) or finding.kendall_p is None or finding.doubled is not None:
        return few
    return few or (label == "confirmed" and finding.kendall_p > descriptive.kendall_level)
