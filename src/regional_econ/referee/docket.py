"""From files to verdicts: the claims of a paper, judged, held against what was published, with all that they read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from regional_econ._base.files import canonical_json, sha256_bytes, sha256_file
from regional_econ._base.location import data_dir
from regional_econ.causal.evidence import read_evidence
from regional_econ.causal.questions import Questions, load_questions
from regional_econ.core.claim import Claim
from regional_econ.core.results import Result
from regional_econ.data.catalogue import load_sources, load_variables
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import VALUES, VINTAGES
from regional_econ.referee import worth
from regional_econ.referee.examine import Sources
from regional_econ.referee.known import known_words
from regional_econ.referee.ledger import Entry, known_needs, load_claims, needed_for
from regional_econ.referee.paper import Paper, load_paper
from regional_econ.referee.reads import aggregates_sha256, reads_of
from regional_econ.referee.rules import Rules, load_rules
from regional_econ.referee.run import run
from regional_econ.referee.versions import Record, Superseded, Version, former_sha256, supersede, superseded

# What is read beside the claims: the figures with their sources, what they mean, and which region lies where.
_DATA = {"values": VALUES, "vintages": VINTAGES, "variables": "variables.yml", "regions": "regions.yml"}


@dataclass(frozen=True)
class Docket:
    """The claims of one paper with their verdicts.

    Parameters
    ----------
    entries : the claims as listed.
    claims : the same claims with verdicts, in the same order.
    versions : of each verdict, the present one last.
    superseded : every verdict that another one took the place of.
    worth : of closing the gaps, None where the policy model cannot say.
    questions : the declared causal questions, None for another paper.
    files : the claims, the rules and, where a claim needs it, the evidence.
    inputs : SHA-256 of all that the verdicts depend on beside the code: the rules, the claims file, the document, the
        figures, what they mean, the evidence, the questions and, where it gives a worth, the policy model's result.
    """

    paper: Paper
    entries: tuple[Entry, ...]
    claims: tuple[Claim, ...]
    versions: Mapping[str, tuple[Version, ...]]
    superseded: tuple[Superseded, ...]
    worth: Result | None
    rules: Rules
    questions: Questions | None
    files: Mapping[str, Path]
    inputs: Mapping[str, str]

    @property
    def former_sha256(self) -> str | None:
        """The hash of what the verdicts took from those published before; None where they took nothing."""
        return former_sha256(self.versions)


def docket(
    evidence: Path | None,
    *,
    outcome: str = "",
    claims: Path | None = None,
    record: Record | None = None,
    learning: Result | None = None,
    names: Collection[str] | None = None,
) -> Docket:
    """Judge the claims of a paper.

    Parameters
    ----------
    evidence : the file of causal evidence by driver, None where no claim needs it.
    outcome : the outcome of the study.
    claims : a claims file; ``data/claims.yml`` by default.
    record : the verdicts published before; None for another paper.
    learning : the result ``answers.learning`` of the policy model.
    names : only these claims, and what they rest on; by default all.

    Raises
    ------
    RegionalEconError : a file that is missing, damaged or wrong, or a verdict that changed without a reason.
    """
    record = record or Record()
    variables, regions, rules, panel = load_variables(), load_regions(), load_rules(), load_panel()
    entries = load_claims(claims, variables=variables, regions=regions, needs=known_needs(), words=known_words())
    questions = load_questions(claims=[entry.id for entry in entries]) if claims is None else None
    entries = entries if names is None else needed_for(entries, names)
    vintages, found = cache(load_vintages), read_evidence(evidence) if evidence else {}
    hashes = {name: source.origin.sha256 for name, source in load_sources().items()}
    judged = run(
        entries, found, rules, panel=panel, vintages=vintages, hashes=hashes, questions=questions,
        own_lists=claims is None,
    )  # fmt: skip
    sources = Sources(panel, vintages, hashes, found, {entry.id: entry for entry in entries})
    named, versions = supersede(judged, reads_of(judged, sources, rules), record)
    values = worth.result(named, learning, outcome=outcome)
    files = {"claims": claims or data_dir() / "claims.yml", "rules": data_dir() / "rules.yml"}
    files |= {"evidence": evidence} if evidence else {}
    paper = load_paper(claims)
    return Docket(
        paper=paper,
        entries=entries,
        claims=tuple(worth.with_worth(named, values)),
        versions=versions,
        superseded=superseded(record, versions) if names is None else (),
        worth=values,
        rules=rules,
        questions=questions,
        files=files,
        inputs={
            "document": paper.sha256, "panel": panel.checksum, "aggregates": aggregates_sha256(panel),
            **{name: sha256_file(data_dir() / file) for name, file in _DATA.items()},
            **{name: sha256_file(path) for name, path in files.items()},
            **({"questions": questions.sha256} if questions else {}),
            **({"learning": sha256_bytes(canonical_json(learning.to_dict()).encode())} if learning and values else {}),
        },
    )  # fmt: skip
