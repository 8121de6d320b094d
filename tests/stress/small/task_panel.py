"""Floor panel: the reference specification."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_panel(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.panel.pages.models"),
    data: list[Path] = WORK.data(),
    results: Annotated[Path, Product] = WORK.index_path("panel"),
    section: Annotated[Path, Product] = WORK.section_path("panel"),
) -> None:
    from regional_econ.data.load import load_panel
    from regional_econ.panel import tables
    from regional_econ.panel.pages import models

    table = tables.reference_table(load_panel(), WORK.study)
    WORK.write_results("panel", [models.reference_result(table)], code)
    WORK.write_section(models.section(table))
