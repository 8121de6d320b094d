"""Which of the paper's claims stand, by rules that were fixed beforehand?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace
from regional_econ.referee.exports.names import EXPORTS, record_path

WORK = Workspace.current()
RECORD = WORK.root / "reports" / "record" / "calibrate.verdicts.json"
SECTIONS = ("referee", "referee_letter")
PUBLISHED = record_path(WORK.root, WORK.study.name)


def task_referee(
    code: list[Path] = WORK.code(
        "regional_econ.core.record",
        "regional_econ.referee.base_rates",
        "regional_econ.referee.characteristics",
        "regional_econ.referee.explorer",
        "regional_econ.referee.exports.files",
        "regional_econ.referee.letter",
        "regional_econ.referee.pictures",
        "regional_econ.referee.sections",
        "regional_econ.referee.superseded_page",
    ),
    data: list[Path] = WORK.data(
        "vintages.csv.gz", "sources.yml", "claims.yml", "claims_changes.yml", "rules.yml", "questions.yml",
        "placebos.yml", "texts/referee.yml", "texts/report.yml", "schemas/claim.schema.json",
        "schemas/verdicts.schema.json", "base_rates.yml",
    ),
    evidence: Path = WORK.artifact("causal_evidence.json"),
    learning: Path = WORK.index_path("policy_answers"),
    records: list[Path] = [path for path in (RECORD, PUBLISHED) if path.is_file()],
    citation: Path = WORK.root / "CITATION.cff",
    results: Annotated[Path, Product] = WORK.index_path("referee"),
    pages: Annotated[list[Path], Product] = [*map(WORK.section_path, SECTIONS), WORK.explorer_path("explore_claims")],
    exports: Annotated[list[Path], Product] = [WORK.artifact(name) for name in EXPORTS],
) -> None:  # fmt: skip
    """Judge every claim, hold the verdicts against the published ones, and write them with their working."""
    from functools import cache, partial

    from regional_econ._base.files import write_bytes
    from regional_econ.core.record import read_result
    from regional_econ.data.load import load_panel, load_vintages
    from regional_econ.referee import base_rates, characteristics, explorer, letter, sections, superseded_page, worth
    from regional_econ.referee.docket import docket
    from regional_econ.referee.exports.files import export_files
    from regional_econ.referee.exports.made import Made
    from regional_econ.referee.ledger import load_changes
    from regional_econ.referee.pictures import pictures
    from regional_econ.referee.versions import read_published

    outcome, published, worth_read = WORK.study.outcome, read_published(PUBLISHED), WORK.results.read(worth.LEARNING)
    found = docket(evidence, outcome=outcome, record=published, learning=worth_read)
    known, studies = characteristics.result(read_result(RECORD)), base_rates.load_base_rates()
    claims, entries, title, author = found.claims, found.entries, found.paper.title or "", found.paper.author or ""
    results = (
        *sections.results(claims, entries, inputs=found.inputs),
        letter.result(claims, entries, title=title, author=author, inputs=found.inputs), base_rates.result(studies),
    )  # fmt: skip
    WORK.write_results("referee", (*results, *(one for one in (known, found.worth) if one)), code)
    drawn = partial(pictures, panel=load_panel(), rules=found.rules, vintages=cache(load_vintages))
    after = (*worth.blocks(claims, found.worth), *superseded_page.blocks(found), *characteristics.blocks(known))
    shown = sections.section(
        claims, entries, inputs=found.inputs, questions=found.questions, changes=load_changes(), pictures=drawn,
        beside_counts=base_rates.blocks(studies), after=after,
    )  # fmt: skip
    WORK.write_section(shown)
    WORK.write_section(letter.section(claims, entries, title=title, author=author))
    WORK.write_explorer(explorer.explorer(claims))
    for name, content in export_files(found, Made.of(WORK)).items():
        write_bytes(WORK.artifact(name), content)


if __name__ == "__main__":
    run_alone(task_referee)
