"""Floor data: the paper's printed figures beside the official ones, and where the files come from."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_data(
    code: list[Path] = WORK.code("regional_econ.data.pages.sections"),
    data: list[Path] = WORK.data("claims.yml", "sources.yml", "corrections.yml"),
    results: Annotated[Path, Product] = WORK.index_path("data"),
    section: Annotated[Path, Product] = WORK.section_path("provenance"),
) -> None:
    from regional_econ.data.load import load_panel
    from regional_econ.data.pages import sections as parts

    panel = load_panel()
    WORK.write_results(
        "data", [parts.table_one_result(panel, parts.printed_numbers()), parts.files_result(panel)], code
    )
    WORK.write_section(parts.provenance_section())
