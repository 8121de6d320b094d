"""Floor referee: the claims of the second paper that need no estimate."""

from pathlib import Path
from typing import Annotated

from pytask import Product

from regional_econ._base.location import data_dir
from regional_econ.core.workspace import Workspace

WORK = Workspace.current()


def task_referee(
    code: list[Path] = WORK.code("regional_econ.referee.docket", "regional_econ.referee.sections"),
    data: list[Path] = WORK.data("vintages.csv.gz", "sources.yml", "rules.yml", "texts/referee.yml"),
    claims: Path = data_dir().parent / "analyses" / "second_paper" / "tomsk.yml",
    results: Annotated[Path, Product] = WORK.index_path("referee"),
    section: Annotated[Path, Product] = WORK.section_path("referee"),
) -> None:
    from regional_econ.core.section import Section
    from regional_econ.referee import sections
    from regional_econ.referee.docket import docket

    found = docket(None, claims=claims)
    WORK.write_results("referee", sections.results(found.claims, found.entries, inputs=found.inputs), code)
    table = sections.counts_table("referee.counts", found.claims)
    WORK.write_section(Section("referee", "referee.title", (table,)))
