"""How strongly does innovation activity depend on its own past, and what of the drivers is left then?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_dynamic(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.panel.pages.dynamic"),
    data: list[Path] = WORK.data(),
    results: Annotated[Path, Product] = WORK.index_path("dynamic"),
    section: Annotated[Path, Product] = WORK.section_path("panel_dynamic"),
) -> None:
    """Fit the reference specification with a lagged outcome by each dynamic estimator; the quick profile draws less."""
    from regional_econ.data.load import load_panel
    from regional_econ.panel.dynamic_table import DRAWS, dynamic_table
    from regional_econ.panel.pages import dynamic as page

    found = dynamic_table(load_panel(), WORK.study, draws=DRAWS[WORK.profile])
    WORK.write_results("dynamic", [page.result(found)], code)
    WORK.write_section(page.section(found))


if __name__ == "__main__":
    run_alone(task_dynamic)
