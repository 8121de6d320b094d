"""Are the paper's figures the official ones, where does each come from, what is missing and what deserves distrust?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_data(
    code: list[Path] = WORK.code("regional_econ.data.pages.explorer", "regional_econ.data.pages.sections"),
    data: list[Path] = WORK.data("vintages.csv.gz", "vintages.yml", "sources.yml", "corrections.yml", "claims.yml"),
    results: Annotated[Path, Product] = WORK.index_path("data"),
    sections: Annotated[list[Path], Product] = [WORK.section_path(name) for name in ("data", "provenance")],
    catalogue: Annotated[Path, Product] = WORK.explorer_path("explore_data"),
) -> None:
    """Hold Table 1 against the compiled figures, check them against each other, list files, and trace each figure."""
    from regional_econ.data.load import load_panel
    from regional_econ.data.pages import sections as parts
    from regional_econ.data.pages.explorer import explorer

    panel, printed, study = load_panel(), parts.printed_numbers(), WORK.study
    found = parts.findings(panel)
    key = (study.outcome, *study.drivers)
    checks = parts.findings_results(panel, found, study.focal_region, key)
    WORK.write_results("data", [parts.table_one_result(panel, printed), parts.files_result(panel), *checks], code)
    WORK.write_section(parts.section(panel, printed, found, study.focal_region, key))
    WORK.write_section(parts.provenance_section())
    WORK.write_explorer(explorer(panel, study.focal_region))


if __name__ == "__main__":
    run_alone(task_data)
