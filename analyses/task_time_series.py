"""Do the series return to a level of their own, run together, break, or foretell each other?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_time_series(
    code: list[Path] = WORK.code("regional_econ.data.load", "regional_econ.panel.pages.time_series"),
    data: list[Path] = WORK.data(),
    results: Annotated[Path, Product] = WORK.index_path("time_series"),
    section: Annotated[Path, Product] = WORK.section_path("panel_time_series"),
) -> None:
    """Test the outcome and the drivers as series; the quick profile draws less."""
    from regional_econ.data.load import load_panel
    from regional_econ.panel.pages import time_series as page
    from regional_econ.panel.series_tests import series_tests

    found = series_tests(load_panel(), WORK.study, profile=WORK.profile)
    WORK.write_results("time_series", [page.result(found)], code)
    WORK.write_section(page.section(found))


if __name__ == "__main__":
    run_alone(task_time_series)
