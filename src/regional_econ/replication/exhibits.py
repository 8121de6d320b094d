"""Every numbered table and figure of the report, with the program and the line that make it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from regional_econ._base.errors import StoreError
from regional_econ.replication.programs import Program
from regional_econ.report.document import Document, Picture, Table
from regional_econ.report.site import figure_path, table_path


@dataclass(frozen=True)
class Exhibit:
    """A table or figure: its number and caption as printed, chapter, program with line, and file inside the report."""

    number: str
    caption: str
    chapter: str
    file: str
    line: int
    output: str


def exhibits(document: Document, programs: Iterable[Program]) -> tuple[Exhibit, ...]:
    """Return the numbered tables and figures in the order of the report.

    Raises
    ------
    StoreError : a chapter that no program writes.
    """
    makers = {section: (program.file, line) for program in programs for section, line in program.lines.items()}
    found: list[Exhibit] = []
    for chapter in document.chapters:
        if chapter.id not in makers:
            advice = "Name the section as a product of its step"
            raise StoreError(f"no step makes the section {chapter.id}", where="analyses", advice=advice)
        file, line = makers[chapter.id]
        for item in chapter.items:
            if isinstance(item, Table | Picture):
                path = table_path if isinstance(item, Table) else figure_path
                output = path(item.id, document.lang)
                found.append(Exhibit(item.number, item.caption.text, chapter.number, file, line, output))
    return tuple(found)
