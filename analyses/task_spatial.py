"""Does a region's innovation activity depend on its neighbours, and on how neighbours are chosen?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_spatial(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.weights", "regional_econ.panel.pages.spatial"
    ),
    data: list[Path] = WORK.data("neighbours.csv", "flows.csv.gz"),
    results: Annotated[Path, Product] = WORK.index_path("spatial"),
    section: Annotated[Path, Product] = WORK.section_path("panel_spatial"),
) -> None:
    """Fit the reference regression with neighbours: declared weights first, the others as sensitivity."""
    from regional_econ.data.load import load_panel
    from regional_econ.data.weights import load_weights
    from regional_econ.panel.pages import spatial as page
    from regional_econ.panel.spatial.comparison import WEIGHTS, spatial_comparison

    weights = {name: load_weights(text) for name, text in WEIGHTS.items()}
    found = spatial_comparison(load_panel(), WORK.study, weights)
    WORK.write_results("spatial", page.results(found), code)
    WORK.write_section(page.section(found))


if __name__ == "__main__":
    run_alone(task_spatial)
