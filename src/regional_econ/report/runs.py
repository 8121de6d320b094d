"""A line of text that still knows which of its numbers came from which result.

While a text is filled, a number travels through it between private-use characters together with its
result id; afterwards the line is cut into runs, and no such character is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN, _BETWEEN, MARK_END = "\ue000", "\ue001", "\ue002"
_MARKS = re.compile(f"[{_OPEN}{_BETWEEN}{MARK_END}]")
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}-{MARK_END}]*){_BETWEEN}([^{_OPEN}-{MARK_END}]*){MARK_END}")

_PARTED = re.compile(r"(?<=[^\W\d_])-\s*\n\s*(?=[a-zа-яё])")
_LINE_END = re.compile(r"\s*\n\s*")


@dataclass(frozen=True)
class Run:
    """A stretch of text; `number` is the full result id of a number, `page` the leaf that it leads to."""

    text: str
    number: str | None = None
    page: str | None = None


@dataclass(frozen=True)
class Line:
    """A text as it is read, in runs.

    Examples
    --------
    >>> line = read_marks("Wear is " + marked("47.5%", "demo.wear") + ".")
    >>> line.text, line.numbers
    ('Wear is 47.5%.', ('demo.wear',))
    """

    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """The plain text."""
        return "".join(run.text for run in self.runs)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Full result ids of the numbers, in reading order."""
        return tuple(run.number for run in self.runs if run.number is not None)

    def paragraphs(self) -> tuple[Line, ...]:
        """Return the line cut at its line ends."""
        cut: list[list[Run]] = [[]]
        for run in self.runs:
            first, *others = run.text.split("\n")
            cut[-1].append(Run(first, run.number))
            cut += [[Run(other, run.number)] for other in others]
        lines = (tuple(run for run in runs if run.text.strip()) for runs in cut)
        return tuple(Line(runs) for runs in lines if runs)

    def __str__(self) -> str:
        return self.text


def plain_line(text: str, number: str | None = None) -> Line:
    """Return a line of one run."""
    return Line((Run(text, number),))


def unbroken(quote: str) -> str:
    """Return a quote without the line ends of its document, and a word that one of them parted as one.

    >>> unbroken("companies have to at-\\n\\ntract\\ntechnology")
    'companies have to attract technology'
    """
    return _LINE_END.sub(" ", _PARTED.sub("", quote))


def marked(shown: str, full_id: str) -> str:
    """Return a written number with its result id around it."""
    return f"{_OPEN}{full_id}{_BETWEEN}{shown}{MARK_END}"


def unmarked(text: str) -> str:
    """Return a text without marks and without the ids in them."""
    return _MARKS.sub("", _MARKED.sub(r"\2", text))


def read_marks(text: str) -> Line:
    """Cut a marked text into runs."""
    return Line(tuple(_runs(text)))


def _runs(text: str) -> Iterator[Run]:
    end = 0
    for found in _MARKED.finditer(text):
        if words := unmarked(text[end : found.start()]):
            yield Run(words)
        yield Run(found[2], found[1])
        end = found.end()
    if words := unmarked(text[end:]):
        yield Run(words)
