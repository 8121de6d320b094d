"""What do all admissible specifications say about each driver, and do future values "explain" the past?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
RECORDS = [WORK.root / "reports" / "record" / name for name in ("bench.json", "calibrate.permutation.json")]


def task_causal(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.causal.sections"),
    data: list[Path] = WORK.data("rules.yml", "vintages.csv.gz", "vintages.yml"),
    records: list[Path] = [path for path in RECORDS if path.is_file()],
    specifications: Path = WORK.root / "analyses" / "multiverse.yml",
    table: Annotated[Path, Product] = WORK.artifact("multiverse.parquet"),
    evidence: Annotated[Path, Product] = WORK.artifact("causal_evidence.json"),
    results: Annotated[Path, Product] = WORK.index_path("causal"),
    section: Annotated[Path, Product] = WORK.section_path("causal"),
) -> None:
    """Estimate the declared specifications and write the evidence that verdicts read."""
    from regional_econ._base.files import write_bytes
    from regional_econ.causal import declaration, sections
    from regional_econ.causal.evidence import evidence_of, write_evidence
    from regional_econ.causal.multiverse import run
    from regional_econ.causal.pages.records import Recorded
    from regional_econ.data.load import load_panel

    panel, declared = load_panel(), declaration.load_multiverse(specifications)
    others = {name: load_panel(name) for name in declared.vintages[1:]}
    estimated = run(panel, declared, focal_region=WORK.study.focal_region, vintages=others, jobs=WORK.jobs)
    write_bytes(table, estimated.table.to_parquet(index=False))
    found = evidence_of(panel, WORK.study, declared, estimated)
    write_evidence(evidence, found)
    recorded = Recorded.read(RECORDS[0].parent, len(estimated.table))
    WORK.write_results("causal", sections.results(found, estimated, declared, recorded), code)
    WORK.write_section(sections.section(found, estimated, declared, recorded))


if __name__ == "__main__":
    run_alone(task_causal)
