"""How much does innovation activity answer to each driver, once designs and literature are put together?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_elasticities(
    code: list[Path] = WORK.code(
        "regional_econ.data.load",
        "regional_econ.causal.bootstrap",
        "regional_econ.causal.evidence",
        "regional_econ.elasticities.synthesis",
        "regional_econ.elasticities.sections",
        "regional_econ.elasticities.sensitivity",
        "regional_econ.elasticities.own_slopes",
    ),
    data: list[Path] = WORK.data("biases.yml", "literature.csv"),
    designs: Path = WORK.artifact("designs.json"),
    evidence: Path = WORK.artifact("causal_evidence.json"),
    elasticities: Annotated[Path, Product] = WORK.artifact("elasticities.json"),
    draws: Annotated[Path, Product] = WORK.artifact("elasticities_draws.parquet"),
    copy: Annotated[Path, Product] = WORK.artifact("elasticities_draws.nc"),
    results: Annotated[Path, Product] = WORK.index_path("elasticities"),
    section: Annotated[Path, Product] = WORK.section_path("elasticities"),
) -> None:
    """Put designs, declared biases and literature together and write joint draws."""
    from regional_econ._base.files import read_json, sha256_file
    from regional_econ.causal.bootstrap import DesignEstimates
    from regional_econ.causal.evidence import read_evidence
    from regional_econ.data.load import load_panel
    from regional_econ.elasticities import sections, sensitivity, sources_page
    from regional_econ.elasticities.declared import load_assumptions
    from regional_econ.elasticities.own_slopes import own_slopes
    from regional_econ.elasticities.synthesis import DriverFacts, newest_level, synthesise

    found, panel, study = DesignEstimates.from_dict(read_json(designs)), load_panel(), WORK.study
    assumptions = load_assumptions()
    facts = {
        driver: DriverFacts(one.claims, one.robustness_value, one.alone_mde, one.specification_sd, one.placebo_inside)
        for driver, one in read_evidence(evidence).items()
        if driver in study.drivers
    }
    both = [
        synthesise(
            rows, found.covariance, assumptions, panel, drivers=study.drivers, outcome=study.outcome,
            focal_region=study.focal_region, seed=study.seed, facts=facts,
        )
        for rows in (found.estimates, found.estimates.iloc[:0])
    ]  # fmt: skip
    pull, varied = (
        look(
            found.estimates, found.covariance, assumptions, drivers=tuple(study.drivers),
            level_pct=newest_level(panel, study.outcome, study.focal_region),
            specification_sd={driver: fact.specification_sd for driver, fact in facts.items()},
        )
        for look in (sensitivity.design_pull, sensitivity.study)
    )  # fmt: skip
    own = own_slopes(panel, [assumptions.drivers[name] for name in study.drivers], study.outcome, seed=study.seed)
    sources = sources_page.Sources(found.to_frame(), found.first_stage, found.inflation, assumptions, pull, varied, own)
    both[0].write(elasticities.parent)
    hashes = {"panel": panel.checksum, "designs": sha256_file(designs), "evidence": sha256_file(evidence)}
    numbers = [
        *sections.results(*both, sources, input_hashes=hashes),
        *sources_page.source_results(sources, input_hashes=hashes),
    ]
    WORK.write_results("elasticities", numbers, code)
    WORK.write_section(sections.section(*both, sources))


if __name__ == "__main__":
    run_alone(task_elasticities)
