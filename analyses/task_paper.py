"""What makes the report a paper: methods, references, how to come to the same numbers again, and how long it takes?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace
from regional_econ.report.paper import FILES, REFERENCES
from regional_econ.report.speed import RECORD

WORK = Workspace.current()
RUN, BENCH = WORK.run_record, WORK.root / "reports" / "record" / RECORD


def task_paper(
    code: list[Path] = WORK.code(
        "regional_econ.report.paper", "regional_econ.report.speed", "regional_econ.core.record"
    ),
    data: list[Path] = WORK.data(REFERENCES, *FILES.values()),
    records: list[Path] = [path for path in (RUN, BENCH) if path.is_file()],
    results: Annotated[Path, Product] = WORK.index_path("paper"),
    sections: Annotated[list[Path], Product] = [
        WORK.section_path(name) for name in ("methods", "references", "reproducibility", "speed")
    ],
) -> None:
    """Write the chapters on methods, references, reproducibility and speed."""
    from regional_econ._base.files import read_json
    from regional_econ.core.record import read_result
    from regional_econ.report import paper, speed

    fast = speed.result(read_result(BENCH))
    WORK.write_results("paper", [one for one in (paper.result(WORK), fast) if one is not None], code)
    run = read_json(RUN) if RUN.is_file() else None
    for section in (paper.methods(), paper.references(), paper.reproducibility(WORK, run), speed.section(fast)):
        WORK.write_section(section)


if __name__ == "__main__":
    run_alone(task_paper)
