"""What do all admissible specifications say about each driver, and do future values "explain" the past?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
RECORDS = [WORK.root / "reports" / "record" / name for name in ("bench.json", "calibrate.permutation.json")]


def task_causal(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.tables", "regional_econ.causal.pages.structure"
    ),
    data: list[Path] = WORK.data("rules.yml", "vintages.csv.gz", "vintages.yml", "national.csv", "industries.csv.gz"),
    records: list[Path] = [path for path in RECORDS if path.is_file()],
    specifications: Path = WORK.root / "analyses" / "multiverse.yml",
    beside: Path = WORK.root / "analyses" / "multiverse_structure.yml",
    table: Annotated[Path, Product] = WORK.artifact("multiverse.parquet"),
    beside_table: Annotated[Path, Product] = WORK.artifact("multiverse_structure.parquet"),
    evidence: Annotated[Path, Product] = WORK.artifact("causal_evidence.json"),
    results: Annotated[Path, Product] = WORK.index_path("causal"),
    section: Annotated[Path, Product] = WORK.section_path("causal"),
) -> None:
    """Estimate the declared specifications and write the evidence that verdicts read."""
    from functools import partial

    from regional_econ._base.files import write_bytes
    from regional_econ.causal import declaration, sections
    from regional_econ.causal.evidence import evidence_of, in_one_family, write_evidence
    from regional_econ.causal.multiverse import run
    from regional_econ.causal.pages import structure
    from regional_econ.causal.pages.records import Recorded
    from regional_econ.causal.question_sample import with_mining_price
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_industries, load_national

    panel, declared = load_panel(), declaration.load_multiverse(specifications)
    apart = declaration.load_multiverse(beside)
    others = {name: load_panel(name) for name in declared.vintages[1:]}
    estimate = partial(run, focal_region=WORK.study.focal_region, jobs=WORK.jobs)
    estimated = estimate(panel, declared, vintages=others)
    priced = partial(with_mining_price, national=load_national(), industries=load_industries())
    mined = estimate(priced(panel), apart, vintages={name: priced(one) for name, one in others.items()})
    for path, found in ((table, estimated), (beside_table, mined)):
        write_bytes(path, found.table.to_parquet(index=False))
    four = evidence_of(panel, WORK.study, declared, estimated)
    every = in_one_family(four, evidence_of(priced(panel), WORK.study, apart, mined))
    write_evidence(evidence, every)
    first, second = ({name: one for name, one in every.items() if (name in four) == own} for own in (True, False))
    recorded = Recorded.read(RECORDS[0].parent, len(estimated.table))
    more = structure.results(priced(panel), second, mined, apart, family=len(every))
    WORK.write_results("causal", (*sections.results(first, estimated, declared, recorded), *more), code)
    shown = structure.blocks(second, mined, apart)
    WORK.write_section(sections.section(first, estimated, declared, recorded, shown))


if __name__ == "__main__":
    run_alone(task_causal)
