"""Which chapters belong together, and what does each group say in a sentence or two?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regional_econ.core.section import PARTS
from regional_econ.report.runs import Line
from regional_econ.report.words import Words


@dataclass(frozen=True)
class Part:
    """A group of chapters, by their ids, and its line of the summary."""

    id: str
    title: str
    summary: Line
    chapters: tuple[str, ...]


def parts(chapters: Sequence[str], words: Words, front: str) -> tuple[Part, ...]:
    """Return the parts of a report that hold some of its chapters.

    Parameters
    ----------
    chapters : ids of the chapters that there are.
    words : texts, numbers and names of one language.
    front : prefix of the text ids summary.<part>.
    """
    found = {part: tuple(one for one in chapters if one in names) for part, names in PARTS.items()}
    return tuple(
        Part(part, words.text(f"report.part.{part}"), words.line(f"{front}.summary.{part}"), held)
        for part, held in found.items()
        if held
    )
