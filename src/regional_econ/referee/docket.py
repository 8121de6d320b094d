"""From files to verdicts: the claims of a paper, judged, held against what was published, with all that they read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ.causal.evidence import read_evidence
from regional_econ.causal.questions import Questions, load_questions
from regional_econ.core.claim import Claim
from regional_econ.core.results import Result
from regional_econ.data.catalogue import load_sources, load_variables
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.regions import load_regions
from regional_econ.referee import worth
from regional_econ.referee.examine import Sources
from regional_econ.referee.ledger import Entry, known_needs, load_claims, needed_for
from regional_econ.referee.paper import Paper, load_paper
from regional_econ.referee.reads import reads_of
from regional_econ.referee.rules import Rules, load_rules
from regional_econ.referee.run import run
from regional_econ.referee.versions import Record, Superseded, Version, supersede, superseded


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
    inputs : SHA-256 of the rules, the claims file, the document, the figures and the evidence.
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
    entries = load_claims(claims, variables=variables, regions=regions, needs=known_needs())
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
            "document": paper.sha256, "panel": panel.checksum,
            **{name: sha256_file(path) for name, path in files.items()},
            **({"questions": questions.sha256} if questions else {}),
        },
    )  # fmt: skip
