"""One check of a claim, held against what it asks for: which room looks, and which judge reads what it found."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.core.claim import Check, Criterion, Estimand, Rule, Verdict
from regional_econ.core.panel import Panel
from regional_econ.referee import multiplicity
from regional_econ.referee.checks import benchmark, citation, estimate, internal, premise, rank, recompute, trend
from regional_econ.referee.checks.grid import Tally
from regional_econ.referee.checks.internal import Operand, Said
from regional_econ.referee.checks.recompute import Figure, Series
from regional_econ.referee.judge import judge_effect, judge_number
from regional_econ.referee.judge_description import judge_description
from regional_econ.referee.judge_text import judge_citation, judge_inference, judge_internal, judge_repetition
from regional_econ.referee.ledger import Entry
from regional_econ.referee.listed_checks import (
    ANY_REGION,
    Benchmark,
    Citation,
    Internal,
    ListedCheck,
    Printed,
    Rank,
    Trend,
    Words,
)
from regional_econ.referee.rules import Rules

Vintages = Callable[[str], pd.DataFrame]
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ROOM = "regional_econ.referee.checks"


@dataclass(frozen=True)
class Sources:
    """What claims are held against.

    Parameters
    ----------
    panel : the newest official figures.
    vintages : gives (region, year, vintage, value, source, cell, newest) of a variable.
    hashes : SHA-256 by source file id.
    evidence : causal evidence by driver.
    entries : all claims of the paper by id.
    """

    panel: Panel
    vintages: Vintages
    hashes: Mapping[str, str]
    evidence: Mapping[str, CausalEvidence]
    entries: Mapping[str, Entry]


@dataclass(frozen=True)
class Examined:
    """The verdict on one check, the rows of the claim schema, the rule, and the tally of a description."""

    verdict: Verdict
    checks: tuple[Check, ...]
    rule: Rule
    tally: Tally | None = None


def examine(
    check: ListedCheck, entry: Entry, sources: Sources, verdicts: Mapping[str, Verdict], rules: Rules
) -> Examined:
    """Examine one check of a claim.

    Parameters
    ----------
    check : one of those listed with the claim.
    entry : the claim.
    verdicts : on the claims judged before, among them the premises of an inference and a number that is repeated.

    Raises
    ------
    UnknownNameError : a driver without evidence, or a variable, region or premise that does not exist.
    DataError : evidence that was made by other rules.
    """
    if isinstance(check, Printed):
        return _number(check, sources, rules)
    if isinstance(check, Estimand):
        return _effect(check, entry, sources, rules)
    if isinstance(check, Benchmark | Trend | Rank):
        return _description(check, entry, sources, rules)
    if isinstance(check, Internal):
        return _internal(check, entry, sources, verdicts, rules)
    if isinstance(check, Citation):
        return _citation(check, entry, rules)
    found = premise.premise(check, verdicts, where=entry.where)
    checks = premise.checks_of(found, rules.text.refuted_by, _in_paper(entry, "premise"))
    return Examined(judge_inference(found, rules), checks, rules.rule("inference"))


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


def _number(check: Printed, sources: Sources, rules: Rules) -> Examined:
    def figures(variable: str, scale: float = 1.0) -> Series:
        return official_series(
            variable, check.region, vintages=sources.vintages, hashes=sources.hashes, scale=scale,
            notes=rules.number.notes,
        )  # fmt: skip

    others = rules.number.definitions.get(check.variable, ())
    alternatives = {other.variable: figures(other.variable, other.scale) for other in others}
    finding = recompute.recompute(check, figures(check.variable), alternatives, rules.number)
    return Examined(judge_number(check, finding, rules), recompute.checks_of(check, finding), rules.rule("number"))


def _effect(check: Estimand, entry: Entry, sources: Sources, rules: Rules) -> Examined:
    if check.x not in sources.evidence:
        raise UnknownNameError.of("driver in the causal evidence", check.x, sources.evidence, where=entry.where)
    found = sources.evidence[check.x]
    finding = estimate.finding_of(found, check, rules.causal, where=entry.where)
    multiverse = (f"{found.n_lagged} of {found.n_specs} specifications decide", found.declaration_sha256)
    checks = estimate.checks_of(found, finding, rules.causal)
    shrunk = multiplicity.together(sources.evidence, rules)[check.x]
    verdict = judge_effect(finding, rules, proxy=entry.proxy is not None)
    cut = rules.causal.supported_probability
    beside = Criterion("shrunk_beyond", shrunk.beyond, cut, shrunk.beyond >= cut)
    return Examined(
        replace(verdict, rule_trace=(*verdict.rule_trace, beside)),
        (*checks, multiplicity.check_of(shrunk, rules, dict(checks[0].provenance or {}), sign=found.claimed_sign)),
        rules.rule("causal", mde=found.mde_pp, multiverse=multiverse),
    )


def _description(check: Benchmark | Trend | Rank, entry: Entry, sources: Sources, rules: Rules) -> Examined:
    cuts, panel = rules.text.descriptive, sources.panel
    finding: benchmark.BenchmarkFinding | trend.TrendFinding | rank.RankFinding
    if isinstance(check, Benchmark):
        finding = benchmark.benchmark(check, panel, cuts)
        checks = benchmark.checks_of(check, finding, cuts, _in_panel(check.variable, panel, "benchmark"))
    elif isinstance(check, Trend):
        finding = trend.trend(check, panel, cuts)
        checks = trend.checks_of(check, finding, cuts, _in_panel(check.variable, panel, "trend"))
    else:
        finding = rank.rank(check, panel, cuts, _editions(check.variable, sources))
        checks = rank.checks_of(check, finding, cuts, _in_panel(check.variable, panel, "rank"))
    verdict = judge_description(finding, rules, proxy=entry.proxy is not None)
    return Examined(verdict, checks, rules.rule("descriptive"), finding.tally)


def _internal(
    check: Internal, entry: Entry, sources: Sources, verdicts: Mapping[str, Verdict], rules: Rules
) -> Examined:
    parts = [_operand(part, sources) for part in check.parts]
    if check.quantity is not None:
        parts.append(Operand(check.quantity))
    printed = _operand(check.printed, sources, scale=check.scale)
    said = Said(check.what, printed, tuple(parts), check.relation)
    finding = internal.internal(said, rules.text.internal, rules.number.chance_band)
    checks = internal.checks_of(said, finding, _in_paper(entry, "internal"))
    verdict = judge_internal(finding, rules, proxy=entry.proxy is not None)
    if check.repeated is not None:
        verdict = judge_repetition(verdict, check.repeated, verdicts[check.repeated], rules)
    return Examined(verdict, checks, rules.rule("internal"))


def _citation(check: Citation, entry: Entry, rules: Rules) -> Examined:
    finding = citation.citation(check, entry.quote.text, rules.text.kinds)
    checks = citation.checks_of(check, finding, _in_paper(entry, "citation"))
    return Examined(judge_citation(finding, rules), checks, rules.rule("citation"))


def _operand(part: str | Words, sources: Sources, *, scale: float = 1.0) -> Operand:
    """The printed number of another claim, or words of the paper."""
    if isinstance(part, Words):
        return Operand(part.text, scale, f"{part.start}–{part.end}")
    number = sources.entries[part].number if part in sources.entries else None
    if number is None:
        return Operand(part, scale)
    return Operand(number.printed, number.scale * scale, part, number.base)


def _editions(variable: str, sources: Sources) -> dict[str, pd.DataFrame]:
    """Older figures, regions × years by edition; none where a chain over many years has no edition of its own."""
    try:
        frame = sources.vintages(variable)
    except DataError:
        return {}
    older = frame[~frame["newest"].astype(bool)]
    return {
        str(edition): rows.pivot_table(index="region", columns="year", values="value", aggfunc="last")
        for edition, rows in older.groupby("vintage")
    }


def _in_panel(variable: str, panel: Panel, room: str) -> dict[str, str]:
    """Where the figures of a variable come from: its source files and its formula, and the hash of the panel."""
    formula = panel.variable(variable).formula
    source = ", ".join(dict.fromkeys(_origins(variable, panel))) + (f": {formula}" if formula else "")
    return {"source": source, "vintage": panel.vintage, "sha256": panel.checksum, "code_ref": f"{_ROOM}.{room}"}


def _origins(variable: str, panel: Panel) -> list[str]:
    one = panel.variable(variable)
    inputs = [name for name in _NAME.findall(one.formula or "") if name in panel.variables]
    return [*one.origins, *(origin for name in inputs for origin in _origins(name, panel))]


def _in_paper(entry: Entry, room: str) -> dict[str, str]:
    """Where the claim stands in the paper."""
    quote = entry.quote
    return {
        "source": f"characters {quote.start}–{quote.end}", "vintage": "as printed", "sha256": quote.doc_sha256,
        "code_ref": f"{_ROOM}.{room}",
    }  # fmt: skip


def _highest(frame: pd.DataFrame) -> pd.DataFrame:
    """The figures of single regions, the highest of a year and vintage last, so that it is the one that stays."""
    own = frame[frame["region"].astype(str).str.startswith("RU-")].sort_values("value")
    newest = own["newest"].astype(bool)
    older = own[~newest].drop_duplicates(["year", "vintage"], keep="last")
    return pd.concat([own[newest].drop_duplicates("year", keep="last"), older])
