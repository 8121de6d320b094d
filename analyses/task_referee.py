"""Which of the paper's claims stand, by rules that were fixed beforehand?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_referee(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.referee.sections"),
    data: list[Path] = WORK.data("vintages.csv.gz", "sources.yml", "claims.yml", "rules.yml"),
    evidence: Path = WORK.artifact("causal_evidence.json"),
    results: Annotated[Path, Product] = WORK.index_path("referee"),
    section: Annotated[Path, Product] = WORK.section_path("referee"),
) -> None:
    """Judge every claim and write verdicts with their working."""
    from functools import cache

    from regional_econ._base.files import sha256_file
    from regional_econ._base.location import data_dir
    from regional_econ.causal.evidence import read_evidence
    from regional_econ.data.catalogue import load_sources, load_variables
    from regional_econ.data.load import load_panel, load_vintages
    from regional_econ.data.regions import load_regions
    from regional_econ.referee import sections
    from regional_econ.referee.ledger import load_claims
    from regional_econ.referee.rules import load_rules
    from regional_econ.referee.run import run

    entries, rules = load_claims(variables=load_variables(), regions=load_regions()), load_rules()
    panel = load_panel()
    hashes = {name: source.origin.sha256 for name, source in load_sources().items()}
    claims = run(entries, read_evidence(evidence), rules, panel=panel, vintages=cache(load_vintages), hashes=hashes)
    inputs = {
        "rules": rules.sha256,
        "claims": sha256_file(data_dir() / "claims.yml"),
        "document": entries[0].quote.doc_sha256,
        "panel": panel.checksum,
        "evidence": sha256_file(evidence),
    }
    WORK.write_results("referee", sections.results(claims, entries, inputs=inputs), code)
    WORK.write_section(sections.section(claims, entries, inputs=inputs))


if __name__ == "__main__":
    run_alone(task_referee)
