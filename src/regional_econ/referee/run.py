"""Every claim of the paper with its checks and its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.core.claim import Claim, Verdict
from regional_econ.referee.checks import estimate, recompute
from regional_econ.referee.checks.recompute import Figure, Series
from regional_econ.referee.judge import judge_effect, judge_number, judge_unheld
from regional_econ.referee.ledger import Entry, Printed
from regional_econ.referee.listed_checks import ANY_REGION
from regional_econ.referee.rules import Rules

Vintages = Callable[[str], pd.DataFrame]


def run(
    entries: Sequence[Entry],
    evidence: Mapping[str, CausalEvidence],
    rules: Rules,
    *,
    vintages: Vintages,
    hashes: Mapping[str, str],
) -> list[Claim]:
    """Judge all claims.

    Parameters
    ----------
    entries : the claims as listed.
    evidence : causal evidence by driver.
    rules : the frozen rules.
    vintages : gives (region, year, vintage, value, source, cell, newest) of a variable.
    hashes : SHA-256 by source file id.

    Returns
    -------
    claims in the order given; what is not examined says so.

    Raises
    ------
    UnknownNameError : a driver without evidence.
    DataError : evidence that was made by other rules, or for another outcome, sign or list of claims.
    """
    _check_lists(entries, evidence)
    return [_judge(entry, evidence, rules, vintages, hashes) for entry in entries]


def counts(claims: Sequence[Claim]) -> dict[str, int]:
    """Return how many claims bear each label."""
    return dict(sorted(Counter(claim.verdict.label for claim in claims).items()))


def official_series(
    variable: str,
    region: str,
    *,
    vintages: Vintages,
    hashes: Mapping[str, str],
    scale: float = 1.0,
    notes: Collection[str] = (),
) -> Series:
    """Return the official figures of one variable and region: the newest and the older vintages.

    Parameters
    ----------
    region : an id, or ``any`` for the highest figure of any region.
    scale : factor to the claimed variable's unit.
    notes : sources that only quote a figure; what stands there alone is marked as reported.
    """
    frame = vintages(variable)
    rows = _highest(frame) if region == ANY_REGION else frame[frame["region"] == region]
    newest: dict[int, Figure] = {}
    older: dict[int, tuple[Figure, ...]] = {}
    for row in rows.to_dict(orient="records"):
        first = str(row["source"]).split(", ")[0]
        place = f"{row['source']}: {row['cell']}"
        reported = first in notes
        figure = Figure(float(row["value"]) * scale, str(row["vintage"]), place, hashes.get(first, "0" * 64), reported)
        year = int(row["year"])
        if row["newest"]:
            newest[year] = figure
        else:
            older[year] = (*older.get(year, ()), figure)
    return Series(variable, newest, older)


def _highest(frame: pd.DataFrame) -> pd.DataFrame:
    """The figures of single regions, the highest of a year and vintage last, so that it is the one that stays."""
    own = frame[frame["region"].astype(str).str.startswith("RU-")].sort_values("value")
    newest = own["newest"].astype(bool)
    older = own[~newest].drop_duplicates(["year", "vintage"], keep="last")
    return pd.concat([own[newest].drop_duplicates("year", keep="last"), older])


def _judge(
    entry: Entry,
    evidence: Mapping[str, CausalEvidence],
    rules: Rules,
    vintages: Vintages,
    hashes: Mapping[str, str],
) -> Claim:
    if entry.number is not None:
        return _number(entry, entry.number, rules, vintages, hashes)
    if entry.estimand is not None:
        return _effect(entry, evidence, rules)
    rule_id = "causal" if entry.type == "causal" else "not_judged"
    return _claim(entry, rules, rule_id, judge_unheld(entry))


def _number(entry: Entry, number: Printed, rules: Rules, vintages: Vintages, hashes: Mapping[str, str]) -> Claim:
    def figures(variable: str, scale: float = 1.0) -> Series:
        return official_series(
            variable, number.region, vintages=vintages, hashes=hashes, scale=scale, notes=rules.number.notes
        )

    others = rules.number.definitions.get(number.variable, ())
    alternatives = {other.variable: figures(other.variable, other.scale) for other in others}
    finding = recompute.recompute(number, figures(number.variable), alternatives, rules.number)
    claim = _claim(entry, rules, "number", judge_number(number, finding, rules))
    return replace(claim, checks=recompute.checks_of(number, finding))


def _effect(entry: Entry, evidence: Mapping[str, CausalEvidence], rules: Rules) -> Claim:
    driver = entry.estimand.x if entry.estimand else ""
    if driver not in evidence or entry.estimand is None:
        raise UnknownNameError.of("driver in the causal evidence", driver, evidence, where=f"claim {entry.id}")
    found = evidence[driver]
    finding = estimate.finding_of(found, entry.estimand, rules.causal, where=f"claim {entry.id}")
    verdict = judge_effect(finding, rules, proxy=entry.proxy is not None)
    multiverse = (f"{found.n_lagged} of {found.n_specs} specifications decide", found.declaration_sha256)
    return replace(
        _claim(entry, rules, "causal", verdict),
        rule=rules.rule("causal", mde=found.mde_pp, multiverse=multiverse),
        checks=estimate.checks_of(found, finding, rules.causal),
    )


def _check_lists(entries: Sequence[Entry], evidence: Mapping[str, CausalEvidence]) -> None:
    """A claim listed under a driver must have an estimand with that driver and outcome."""
    for entry in entries:
        own = (entry.estimand.x, entry.estimand.y) if entry.estimand else None
        for driver, found in evidence.items():
            if entry.id in found.claims and own != (driver, found.outcome):
                advice = "Correct the driver's list in analyses/multiverse.yml and estimate again"
                raise DataError(f"claim {entry.id} does not bear on {driver}", where="evidence", advice=advice)


def _claim(entry: Entry, rules: Rules, rule_id: str, verdict: Verdict) -> Claim:
    return Claim(
        entry.id, entry.quote, entry.type, entry.estimand, rules.rule(rule_id), (), verdict, entry.hedge, entry.repeats
    )
