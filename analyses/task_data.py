"""Are the paper's figures the official ones, and where does each official figure come from?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_data(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.data.sections"),
    data: list[Path] = WORK.data("vintages.csv.gz", "sources.yml", "claims.yml"),
    results: Annotated[Path, Product] = WORK.index_path("data"),
    sections: Annotated[list[Path], Product] = [WORK.section_path(name) for name in ("data", "provenance")],
) -> None:
    """Hold Table 1 against the compiled figures and list the files behind them."""
    from regional_econ.data import sections as parts
    from regional_econ.data.load import load_panel

    panel, printed = load_panel(), parts.printed_numbers()
    WORK.write_results("data", [parts.table_one_result(panel, printed), parts.files_result(panel)])
    WORK.write_section(parts.section(panel, printed))
    WORK.write_section(parts.provenance_section())


if __name__ == "__main__":
    run_alone(task_data)
