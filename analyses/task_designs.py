"""What do different designs estimate on the same panel, and how do their errors go together?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_designs(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.causal.bootstrap"),
    data: list[Path] = WORK.data(),
    specifications: Path = WORK.root / "analyses" / "multiverse.yml",
    designs: Annotated[Path, Product] = WORK.artifact("designs.json"),
) -> None:
    """Estimate all designs and resample regions once for all of them."""
    from regional_econ._base.files import write_json
    from regional_econ.causal.bootstrap import region_bootstrap
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.data.load import load_panel

    reps = WORK.settings.bootstrap_replications
    declared = load_multiverse(specifications)
    found = region_bootstrap(load_panel(), declared, reps=reps, seed=WORK.study.seed, jobs=WORK.jobs)
    write_json(designs, found.to_dict())


if __name__ == "__main__":
    run_alone(task_designs)
