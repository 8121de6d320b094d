"""What ``referee letter`` says: the letter of any claims file, without a report around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regional_econ._base.text import Lang
    from regional_econ.referee.docket import Docket


def letter_text(found: Docket, lang: Lang) -> str:
    """Return the letter on the judged claims of a paper as Markdown."""
    from regional_econ.data.catalogue import load_variables
    from regional_econ.data.regions import load_regions
    from regional_econ.referee import letter, sections
    from regional_econ.report.build import load_catalogue
    from regional_econ.report.document import chapter
    from regional_econ.report.markdown import markdown
    from regional_econ.report.words import Words

    judged, entries, title, author = found.claims, found.entries, found.paper.title or "", found.paper.author or ""
    results = [
        *sections.results(judged, entries, inputs={}),
        letter.result(judged, entries, title=title, author=author, inputs={}),
    ]
    numbers = {f"{result.id}.{key}": value for result in results for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}
    words = Words(lang, load_catalogue(), numbers, labels, regions)
    return markdown(chapter(letter.section(judged, entries, title=title, author=author), words))
