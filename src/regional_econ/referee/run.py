"""Every claim of the paper with its checks and its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from regional_econ._base.errors import DataError, RegionalEconError
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.causal.questions import Questions
from regional_econ.core.claim import Check, Claim, Rule, Verdict
from regional_econ.core.panel import Panel
from regional_econ.referee.asked import by_claim, graph
from regional_econ.referee.checks.premise import in_order
from regional_econ.referee.examine import Examined, Sources, Vintages, examine
from regional_econ.referee.judge import judge_unheld
from regional_econ.referee.judge_text import together
from regional_econ.referee.ledger import Entry
from regional_econ.referee.rules import Rules
from regional_econ.referee.tolerance import tolerance


def run(
    entries: Sequence[Entry],
    evidence: Mapping[str, CausalEvidence],
    rules: Rules,
    *,
    panel: Panel,
    vintages: Vintages,
    hashes: Mapping[str, str],
    questions: Questions | None = None,
    own_lists: bool = True,
) -> list[Claim]:
    """Judge all claims: each check by its kind, the checks of a claim together, inferences after their premises.

    A number that only repeats another claim's comes after that claim.

    Parameters
    ----------
    entries : the claims as listed.
    evidence : causal evidence by driver.
    rules : the frozen rules.
    panel : the newest official figures.
    vintages : gives (region, year, vintage, value, source, cell, newest) of a variable.
    hashes : SHA-256 by source file id.
    questions : the declared causal questions; a claim that raises one with a graph carries that graph.
    own_lists : whether the lists of claims in the evidence are of these claims; those of another paper have the same
        ids by chance.

    Returns
    -------
    claims in the order given.

    Raises
    ------
    UnknownNameError : a driver without evidence, or a variable, region or premise that does not exist.
    OptionError : inferences that rest on each other.
    DataError : evidence that was made by other rules, or for another outcome, sign or list of claims.
    """
    if own_lists:
        _check_lists(entries, evidence)
    known = {entry.id: entry for entry in entries}
    sources = Sources(panel, vintages, hashes, evidence, known)
    verdicts: dict[str, Verdict] = {}
    claims: dict[str, Claim] = {}
    for name in in_order({entry.id: entry.judged_after for entry in entries}):
        claims[name] = _judge(known[name], sources, verdicts, rules)
        verdicts[name] = claims[name].verdict
    raised = {} if questions is None else by_claim(questions)
    return [replace(claims[entry.id], dag=graph(raised.get(entry.id))) for entry in entries]


def counts(claims: Sequence[Claim]) -> dict[str, int]:
    """Return how many claims bear each label."""
    return dict(sorted(Counter(claim.verdict.label for claim in claims).items()))


def _judge(entry: Entry, sources: Sources, verdicts: Mapping[str, Verdict], rules: Rules) -> Claim:
    if not entry.checks:
        rule_id = "causal" if entry.type == "causal" else "not_judged"
        return _claim(entry, (), judge_unheld(entry, rules), rules.rule(rule_id))
    try:
        parts = [examine(check, entry, sources, verdicts, rules) for check in entry.checks]
    except RegionalEconError as error:
        raise error.at(entry.where) from error
    tallies = [part.tally for part in parts if part.tally is not None]
    verdict = together([part.verdict for part in parts], tallies, rules)
    return _claim(entry, _rows(parts, entry, rules), verdict, parts[0].rule)


def _rows(parts: Sequence[Examined], entry: Entry, rules: Rules) -> tuple[Check, ...]:
    """The rows of all parts with their tolerance; those of a later part carry its number where an id stands already."""
    sign = -1 if entry.estimand is not None and entry.estimand.expected_sign == "-" else 1
    rows: list[Check] = []
    for number, part in enumerate(parts, start=1):
        taken = {row.id for row in rows}
        bounded = [replace(row, tolerance=tolerance(row, rules, sign=sign)) for row in part.checks]
        rows += [replace(row, id=f"{row.id}.{number}") if row.id in taken else row for row in bounded]
    return tuple(rows)


def _check_lists(entries: Sequence[Entry], evidence: Mapping[str, CausalEvidence]) -> None:
    """A claim listed under a driver must have an estimand with that driver and outcome."""
    for entry in entries:
        own = (entry.estimand.x, entry.estimand.y) if entry.estimand else None
        for driver, found in evidence.items():
            if entry.id in found.claims and own != (driver, found.outcome):
                advice = "Correct the driver's list in its declaration (analyses/multiverse*.yml) and estimate again"
                raise DataError(f"claim {entry.id} does not bear on {driver}", where="evidence", advice=advice)


def _claim(entry: Entry, checks: tuple[Check, ...], verdict: Verdict, rule: Rule) -> Claim:
    return Claim(entry.id, entry.quote, entry.type, entry.estimand, rule, checks, verdict, entry.hedge, entry.repeats)
