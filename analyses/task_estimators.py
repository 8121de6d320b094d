"""What does every estimator make of the elasticity of innovation activity with respect to R&D?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_estimators(
    code: list[Path] = WORK.code(
        "regional_econ.data.load", "regional_econ.data.weights", "regional_econ.panel.pages.estimators"
    ),
    data: list[Path] = WORK.data("neighbours.csv"),
    results: Annotated[Path, Product] = WORK.index_path("estimators"),
    section: Annotated[Path, Product] = WORK.section_path("panel_estimators"),
) -> None:
    """Fit the reference specification by every estimator, in both eras, and write its page."""
    from regional_econ.data.load import load_panel
    from regional_econ.data.weights import load_weights
    from regional_econ.panel.pages import estimators as page
    from regional_econ.panel.side_by_side import side_by_side

    found = side_by_side(load_panel(), WORK.study, load_weights("contiguity"))
    WORK.write_results("estimators", [page.result(found)], code)
    WORK.write_section(page.section(found))


if __name__ == "__main__":
    run_alone(task_estimators)
