"""Is the slope of the average region another one once regions differ in theirs and share shocks?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_heterogeneity(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.panel.pages.heterogeneity"),
    data: list[Path] = WORK.data(),
    results: Annotated[Path, Product] = WORK.index_path("heterogeneity"),
    section: Annotated[Path, Product] = WORK.section_path("panel_heterogeneity"),
) -> None:
    """Fit the reference specification with own slopes and with common factors; the quick profile draws less."""
    from regional_econ.data.load import load_panel
    from regional_econ.panel.heterogeneity_table import DRAWS, heterogeneity
    from regional_econ.panel.pages import heterogeneity as page

    focal = WORK.study.focal_region
    found = heterogeneity(load_panel(), WORK.study, draws=DRAWS[WORK.profile])
    WORK.write_results("heterogeneity", [page.result(found, focal)], code)
    WORK.write_section(page.section(found, focal))


if __name__ == "__main__":
    run_alone(task_heterogeneity)
