"""Which estimators of a model with the outcome's own past can be used with how many years?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
RECORD = WORK.root / "reports" / "record" / "calibrate.dynamic.json"


def task_dynamic_study(
    code: list[Path] = WORK.code("regional_econ.panel.pages.dynamic_study", "regional_econ.core.record"),
    record: list[Path] = [RECORD] if RECORD.is_file() else [],
    results: Annotated[Path, Product] = WORK.index_path("dynamic_study"),
    section: Annotated[Path, Product] = WORK.section_path("panel_dynamic_study"),
) -> None:
    """Read the record of the study; without one the page says how to make it."""
    from regional_econ.core.record import read_result
    from regional_econ.panel.pages import dynamic_study

    recorded = read_result(RECORD)
    WORK.write_results("dynamic_study", dynamic_study.results(recorded), code)
    WORK.write_section(dynamic_study.section(recorded))


if __name__ == "__main__":
    run_alone(task_dynamic_study)
