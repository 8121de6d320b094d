"""How does innovation activity go with research, people, investment and wear, under each estimator and each error?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_panel(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.panel.sections"),
    data: list[Path] = WORK.data(),
    results: Annotated[Path, Product] = WORK.index_path("panel"),
    section: Annotated[Path, Product] = WORK.section_path("panel"),
) -> None:
    """Fit the reference specification every way and write its table."""
    from regional_econ.data.load import load_panel
    from regional_econ.panel import sections, tables

    table = tables.reference_table(load_panel(), WORK.study)
    WORK.write_results("panel", [sections.reference_result(table)])
    WORK.write_section(sections.section(table))


if __name__ == "__main__":
    run_alone(task_panel)
