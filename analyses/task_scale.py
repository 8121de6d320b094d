"""What do large panels cost, in time and memory?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
RECORD = WORK.root / "reports" / "record" / "calibrate.scale.json"


def task_scale(
    code: list[Path] = WORK.code("regional_econ.causal.pages.scale", "regional_econ.core.record"),
    record: list[Path] = [RECORD] if RECORD.is_file() else [],
    results: Annotated[Path, Product] = WORK.index_path("scale"),
    section: Annotated[Path, Product] = WORK.section_path("scale"),
) -> None:
    """Read the record of the study; without one the page says how to make it."""
    from regional_econ.causal.pages import scale
    from regional_econ.core.record import read_result

    recorded = read_result(RECORD)
    WORK.write_results("scale", scale.results(recorded), code)
    WORK.write_section(scale.section(recorded))


if __name__ == "__main__":
    run_alone(task_scale)
