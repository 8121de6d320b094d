"""Which designs find a known effect when something stands in the way?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()
RECORD = WORK.root / "reports" / "record" / "calibrate.planted.json"


def task_planted(
    code: list[Path] = WORK.code("regional_econ.causal.pages.planted", "regional_econ.core.record"),
    record: list[Path] = [RECORD] if RECORD.is_file() else [],
    results: Annotated[Path, Product] = WORK.index_path("planted"),
    section: Annotated[Path, Product] = WORK.section_path("causal_planted"),
) -> None:
    """Read the record of the study; without one the page says how to make it."""
    from regional_econ.causal.pages import planted
    from regional_econ.core.record import read_result

    recorded = read_result(RECORD)
    WORK.write_results("planted", planted.results(recorded), code)
    WORK.write_section(planted.section(recorded))


if __name__ == "__main__":
    run_alone(task_planted)
