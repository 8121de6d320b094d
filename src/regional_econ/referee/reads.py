"""What has the verdict on each claim read? One hash a kind of input, so that a changed verdict can name what changed.

A number reads the editions of its own region and variable, a description its variable in all regions, an effect its
driver's evidence, an inference the verdicts on its premises, and every claim the rules, the paper and its own entry.
Figures have one hash together and one a series, so that a claim which reads another series than before does not tell
of changed figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Literal

import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ._base.files import canonical_json, sha256_bytes
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.core.claim import Claim, Estimand
from regional_econ.core.panel import Panel
from regional_econ.referee.examine import Sources, Vintages
from regional_econ.referee.ledger import Entry
from regional_econ.referee.listed_checks import (
    ANY_REGION,
    Benchmark,
    Internal,
    ListedCheck,
    Printed,
    Rank,
    Trend,
)
from regional_econ.referee.rules import Rules

Read = Literal["rules", "document", "claim", "figures", "specifications", "evidence", "premises"]
Reads = Mapping[str, str]
SERIES = "figures."  # begins the key of one series: of a variable, or of its editions in a region

# What a rerun on another machine holds; estimates differ there in their last places.
_DIGITS = 6
# The hashes of all figures and of the declaration stand beside the evidence as inputs of their own.
_APART = ("panel_checksum", "declaration_sha256")


def reads_of(claims: Sequence[Claim], sources: Sources, rules: Rules) -> dict[str, Reads]:
    """Return the hashes of what each verdict has read, by claim and kind of input.

    Parameters
    ----------
    claims : with verdicts.
    sources : what they were held against.
    rules : the rules that judged.

    Raises
    ------
    UnknownNameError : a variable that does not exist.
    """
    verdicts = {claim.id: (claim.verdict.label, claim.verdict.certainty, claim.verdict.gap) for claim in claims}
    entries = entry_hashes(list(sources.entries.values()))
    found: dict[str, Reads] = {}
    for claim in claims:
        entry = sources.entries[claim.id]
        reads = {
            "rules": rules.sha256,
            "document": entry.quote.doc_sha256,
            "claim": entries[claim.id],
        }
        figures = [part for check in entry.checks for part in _figures(check, sources, rules)]
        if figures:
            reads["figures"] = _hash([table for _, table in figures])
            reads |= {f"{SERIES}{series}": _hash(table) for series, table in figures}
        if entry.judged_after:
            reads["premises"] = _hash({name: verdicts[name] for name in entry.judged_after})
        for evidence in (sources.evidence[check.x] for check in entry.checks if isinstance(check, Estimand)):
            reads["figures"] = evidence.panel_checksum
            reads["specifications"] = evidence.declaration_sha256
            reads["evidence"] = _hash(_rounded(evidence))
        found[claim.id] = reads
    return found


def entry_hashes(entries: Sequence[Entry]) -> dict[str, str]:
    """Return the hash of what is listed of each claim, with the claims whose printed numbers it names."""
    known = {entry.id: entry for entry in entries}
    return {
        name: _hash([_plain(one) for one in (entry, *_numbers_named(entry, known))]) for name, entry in known.items()
    }


def aggregates_sha256(panel: Panel) -> str:
    """Return the hash of the series of the country and the districts, which the panel's checksum leaves out."""
    return _hash(_table(panel.aggregates.reset_index()))


def _plain(entry: Entry) -> object:
    """An entry without its place, which an edit above it moves, and without the document, an input of its own."""
    moved = replace(entry, line=0, quote=replace(entry.quote, doc_sha256=""))
    own = {key: value for key, value in asdict(moved).items() if key != "file"}
    return {**own, "checks": [[type(check).__name__, asdict(check)] for check in moved.checks]}


def _numbers_named(entry: Entry, known: Mapping[str, Entry]) -> list[Entry]:
    """Other claims whose printed numbers enter an arithmetic of this one."""
    parts = [part for check in entry.checks if isinstance(check, Internal) for part in check.parts]
    named = {part for part in parts if isinstance(part, str) and part in known}
    return [known[name] for name in sorted(named)]


def _figures(check: ListedCheck, sources: Sources, rules: Rules) -> list[tuple[str, str]]:
    """The series that a check reads, each with its name."""
    if isinstance(check, Printed):
        others = [other.variable for other in rules.number.definitions.get(check.variable, ())]
        return [_editions(name, sources.vintages, check.region) for name in (check.variable, *others)]
    if isinstance(check, Benchmark | Trend):
        return [_column(check.variable, sources.panel)]
    if isinstance(check, Rank):
        return [_column(check.variable, sources.panel), _editions(check.variable, sources.vintages, ANY_REGION)]
    return []


def _editions(variable: str, vintages: Vintages, region: str) -> tuple[str, str]:
    """All editions of a variable in one region, or in all; those of a chain over many years are none."""
    name = f"{variable}.{region}"
    try:
        frame = vintages(variable)
    except DataError:
        return name, ""
    rows = frame if region == ANY_REGION else frame[frame["region"] == region]
    return name, _table(rows[["region", "year", "vintage", "value", "source", "newest"]])


def _column(variable: str, panel: Panel) -> tuple[str, str]:
    """One variable of all regions and aggregates, its unit and methods, and who belongs to which district."""
    meaning = panel.variable(variable)
    frames = [frame[[variable]].dropna() for frame in (panel.frame, panel.aggregates) if variable in frame]
    districts = {name: region.district for name, region in panel.regions.items()}
    about = canonical_json([meaning.unit, list(meaning.new_methods()), districts])
    return variable, "\n".join([*(_table(frame.reset_index()) for frame in frames), about])


def _table(rows: pd.DataFrame) -> str:
    ordered = rows.sort_values(list(rows.columns), kind="stable")
    return str(ordered.to_csv(index=False, float_format="%.12g", lineterminator="\n"))


def _rounded(evidence: CausalEvidence) -> object:
    return {key: _short(value) for key, value in evidence.to_dict().items() if key not in _APART}


def _short(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    if isinstance(value, Mapping):
        return {key: _short(part) for key, part in value.items()}
    return [_short(part) for part in value] if isinstance(value, list | tuple) else value


def _hash(content: object) -> str:
    return sha256_bytes(canonical_json(content).encode("utf-8"))
