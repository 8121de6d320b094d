"""Floors causal and elasticities: designs on resampled regions, put together with the literature."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ._base.location import data_dir
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_elasticities(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.causal.bootstrap", "regional_econ.elasticities.synthesis"
    ),
    data: list[Path] = WORK.data("biases.yml", "literature.csv"),
    specifications: Path = data_dir().parent / "analyses" / "multiverse.yml",
    elasticities: Annotated[Path, Product] = WORK.artifact("elasticities.json"),
    draws: Annotated[Path, Product] = WORK.artifact("elasticities_draws.parquet"),
    copy: Annotated[Path, Product] = WORK.artifact("elasticities_draws.nc"),
    results: Annotated[Path, Product] = WORK.index_path("elasticities"),
) -> None:
    from regional_econ.causal.bootstrap import region_bootstrap
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.core.results import Result, Value
    from regional_econ.data.load import load_panel
    from regional_econ.elasticities.declared import load_assumptions
    from regional_econ.elasticities.synthesis import synthesise

    panel, study = load_panel(), WORK.study
    reps = WORK.settings.bootstrap_replications
    found = region_bootstrap(panel, load_multiverse(specifications), reps=reps, seed=study.seed, jobs=WORK.jobs)
    built = synthesise(
        found.estimates, found.covariance, load_assumptions(), panel, drivers=study.drivers, outcome=study.outcome,
        focal_region=study.focal_region, seed=study.seed, facts={},
    )  # fmt: skip
    built.write(elasticities.parent)
    values = {one.source: Value(one.point, digits=3) for one in built.parameters}
    WORK.write_results("elasticities", [Result("small.elasticities", values, {"panel": panel.checksum})], code)
