"""Which of the paper's claims stand, by rules that were fixed beforehand?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
RECORD = WORK.root / "reports" / "record" / "calibrate.verdicts.json"


def task_referee(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.causal.pages.records",
        "regional_econ.referee.base_rates",
        "regional_econ.referee.characteristics",
        "regional_econ.referee.letter",
        "regional_econ.referee.pictures",
        "regional_econ.referee.sections",
    ),  # fmt: skip
    data: list[Path] = WORK.data(
        "vintages.csv.gz",
        "sources.yml",
        "claims.yml",
        "claims_changes.yml",
        "rules.yml",
        "questions.yml",
        "placebos.yml",
        "base_rates.yml",
    ),  # fmt: skip
    evidence: Path = WORK.artifact("causal_evidence.json"),
    record: list[Path] = [RECORD] if RECORD.is_file() else [],
    results: Annotated[Path, Product] = WORK.index_path("referee"),
    section: Annotated[Path, Product] = WORK.section_path("referee"),
    letter_section: Annotated[Path, Product] = WORK.section_path("referee_letter"),
) -> None:
    """Judge every claim and write verdicts with their working."""
    from dataclasses import replace
    from functools import cache, partial

    from regional_econ._base.files import sha256_file
    from regional_econ._base.location import data_dir
    from regional_econ.causal.evidence import read_evidence
    from regional_econ.causal.pages.records import read_result
    from regional_econ.causal.questions import load_questions
    from regional_econ.data.catalogue import load_sources, load_variables
    from regional_econ.data.load import load_panel, load_vintages
    from regional_econ.data.regions import load_regions
    from regional_econ.referee import base_rates, characteristics, letter, sections
    from regional_econ.referee.ledger import load_changes, load_claims, load_title
    from regional_econ.referee.pictures import pictures
    from regional_econ.referee.rules import load_rules
    from regional_econ.referee.run import run

    entries, rules = load_claims(variables=load_variables(), regions=load_regions()), load_rules()
    questions, panel = load_questions(claims=[entry.id for entry in entries]), load_panel()
    hashes = {name: source.origin.sha256 for name, source in load_sources().items()}
    vintages = cache(load_vintages)
    claims = run(
        entries, read_evidence(evidence), rules, panel=panel, vintages=vintages, hashes=hashes, questions=questions
    )
    inputs = {
        "rules": rules.sha256,
        "claims": sha256_file(data_dir() / "claims.yml"),
        "document": entries[0].quote.doc_sha256,
        "panel": panel.checksum,
        "evidence": sha256_file(evidence),
        "questions": questions.sha256,
    }
    known, studies, title = characteristics.result(read_result(RECORD)), base_rates.load_base_rates(), load_title()
    found = [
        *sections.results(claims, entries, inputs=inputs),
        letter.result(claims, entries, title=title, inputs=inputs),
        base_rates.result(studies),
    ]
    WORK.write_results("referee", (*found, known) if known else found, code)
    drawn = partial(pictures, panel=panel, rules=rules, vintages=vintages)
    shown = sections.section(
        claims, entries, inputs=inputs, questions=questions, changes=load_changes(), pictures=drawn,
        beside_counts=base_rates.blocks(studies),
    )  # fmt: skip
    WORK.write_section(replace(shown, blocks=(*shown.blocks, *characteristics.blocks(known))))
    WORK.write_section(letter.section(claims, entries, title=title))


if __name__ == "__main__":
    run_alone(task_referee)
