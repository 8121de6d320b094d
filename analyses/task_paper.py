"""What makes the report a paper: methods, references, and how to come to the same numbers again?"""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ.core.script import run_alone
from regional_econ.core.workspace import Workspace
from regional_econ.report.paper import FILES, REFERENCES

WORK = Workspace.current()
RECORD = WORK.run_record


def task_paper(
    code: list[Path] = WORK.code("regional_econ.report.paper"),
    data: list[Path] = WORK.data(REFERENCES, *FILES.values()),
    record: list[Path] = [RECORD] if RECORD.is_file() else [],
    results: Annotated[Path, Product] = WORK.index_path("paper"),
    sections: Annotated[list[Path], Product] = [
        WORK.section_path(name) for name in ("methods", "references", "reproducibility")
    ],
) -> None:
    """Write the chapters on methods, references and reproducibility."""
    from regional_econ._base.files import read_json
    from regional_econ.report import paper

    WORK.write_results("paper", [paper.result(WORK)], code)
    run = read_json(record[0]) if record else None
    for section in (paper.methods(), paper.references(), paper.reproducibility(WORK, run)):
        WORK.write_section(section)


if __name__ == "__main__":
    run_alone(task_paper)
