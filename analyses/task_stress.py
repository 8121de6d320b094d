"""What does it take to break the estimates of the drivers?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_stress(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.tables", "regional_econ.causal.pages.stress"
    ),
    data: list[Path] = WORK.data("placebos.yml", "rules.yml", "neighbours.csv", "vintages.csv.gz", "vintages.yml"),
    specifications: Path = WORK.root / "analyses" / "multiverse.yml",
    results: Annotated[Path, Product] = WORK.index_path("stress"),
    section: Annotated[Path, Product] = WORK.section_path("causal_stress"),
) -> None:
    """Run every stress test in the specification shown alone; the quick profile draws less."""
    from regional_econ.causal.declaration import load_multiverse
    from regional_econ.causal.effort import STRESS
    from regional_econ.causal.pages import stress as page
    from regional_econ.causal.placebo_table import load_placebos
    from regional_econ.causal.stress import stress_tests
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_neighbours

    panel, declared = load_panel(), load_multiverse(specifications)
    editions = {name: load_panel(name) for name in ("yearbook-2021", "yearbook-2023")}
    placebos = tuple(load_placebos(variables=panel.variables, multiverse=declared).values())
    found = stress_tests(
        panel, declared, WORK.study,
        editions=editions, pairs=load_neighbours(), placebos=placebos, effort=STRESS[WORK.profile],
    )  # fmt: skip
    WORK.write_results("stress", [page.result(found)], code)
    WORK.write_section(page.section(found, placebos))


if __name__ == "__main__":
    run_alone(task_stress)
