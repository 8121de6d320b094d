"""What does one cell say: a year, a figure, a sign that stands for none, and which footnotes does it carry?

Footnote marks (``2)``) may be glued to what they mark; where two readings are sensible, the cell is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

Status = Literal["published", "absent", "missing", "confidential", "reported"]

FIRST_YEAR, LAST_YEAR = 1990, 2035


class Doubt(str):
    """A cell that is no safe figure; its text says why. No reader takes it for a figure, a year or a region."""


class Content(NamedTuple):
    """What a cell says: value (None where the source withholds or lacks it), status and its footnote marks."""

    value: float | None
    status: Status
    marks: tuple[str, ...] = ()


def parse_cell(content: object, footnotes: Mapping[str, str]) -> tuple[float | None, Status] | None:
    """Return value and status of a cell, or None when it is blank.

    Raises
    ------
    ValueError : it is neither a figure nor a sign that stands for none.

    Examples
    --------
    >>> parse_cell("3 904,0", {}), parse_cell("- ", {}), parse_cell("…", {}), parse_cell("", {})
    ((3904.0, 'published'), (0.0, 'absent'), (None, 'missing'), None)
    """
    found = read_content(content, footnotes)
    return None if found is None else found[:2]


def read_content(
    content: object, footnotes: Mapping[str, str], *, marks: Iterable[str] = (), percent: bool = False
) -> Content | None:
    """Return what a cell says, or None when it is blank.

    Parameters
    ----------
    content : as the workbook has it, superscripts taken off.
    footnotes : text of each note under the table, by its mark.
    marks : superscript marks of the cell.
    percent : the unit is percent, where ``в 2,3 р.`` (by 2.3 times) stands for 230.

    Raises
    ------
    ValueError : it is neither a figure nor a sign that stands for none, or it can be read in two ways.

    Examples
    --------
    >>> read_content("12,3 1)", {}), read_content("в 2,3 р.", {}, percent=True)
    (Content(value=12.3, status='published', marks=('1',)), Content(value=230.0, status='published', marks=()))
    """
    if isinstance(content, float | int) and not isinstance(content, bool):
        if not math.isfinite(content):
            raise ValueError(str(content))
        return Content(float(content), "published", tuple(marks))
    if not isinstance(content, str):
        raise ValueError(str(content))
    text = one_line(content)
    if not text:
        return None
    found = [one for base, own in _without_marks(text, footnotes) if (one := _said(base, own, percent))]
    if not found:
        raise ValueError(text)
    if len(found) > 1 and len({one.value for one in found}) > 1:
        raise ValueError(f"{text} (read in two ways: {', '.join(str(one.value) for one in found)})")
    one = found[0]
    all_marks = (*one.marks, *marks)
    withheld = one.status == "missing" and any("конфиденциальн" in footnotes.get(mark, "") for mark in all_marks)
    return one._replace(status="confidential" if withheld else one.status, marks=all_marks)


def parse_year(content: object) -> int | None:
    """Return the calendar year a header cell names, or None; a school year counts by its first half.

    >>> parse_year("20172)"), parse_year(2005.0), parse_year("2010/2011"), parse_year("20009"), parse_year("всего")
    (2017, 2005, 2010, None, None)
    """
    if isinstance(content, float | int) and not isinstance(content, bool):
        return int(content) if content == content // 1 and FIRST_YEAR <= content <= LAST_YEAR else None
    if not isinstance(content, str):
        return None
    text = one_line(content)
    match = _YEAR.fullmatch(text)
    if match is None:
        match = _SCHOOL_YEAR.fullmatch(text)
        if match is None or int(match[2][-2:]) != (int(match[1]) + 1) % 100:
            return None
    year = int(match[1])
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def one_line(content: object) -> str:
    """Return the text of a cell on one line, with single blanks."""
    return re.sub(r"\s+", " ", str(content).replace("\u00ad", "")).strip()


def parse_footnotes(lines: Iterable[str]) -> dict[str, str]:
    """Return the text of each footnote by its mark.

    >>> parse_footnotes(["1) По обследованиям. 3) Не публикуется.", "4) С 2014 г."])
    {'1': 'По обследованиям.', '3': 'Не публикуется.', '4': 'С 2014 г.'}
    """
    notes: dict[str, str] = {}
    for line in lines:
        plain = one_line(line).translate(_RAISED_DIGITS)
        for mark, note in re.findall(r"(?:^|(?<=\s))(\d{1,2})\)\s*(.*?)(?=\s\d{1,2}\)\s|$)", plain):
            notes.setdefault(mark, note.strip())
    return notes


def is_note(line: str) -> bool:
    """Return whether a line is a footnote (``1) …``) or the rule above the notes (``____``).

    >>> is_note("1) Оценка."), is_note("______"), is_note("в том числе:")
    (True, True, False)
    """
    return is_rule(line) or re.match(r"[\s_]*(?:\d{1,2}|\*+)\)", line.translate(_RAISED_DIGITS)) is not None


def is_rule(line: str) -> bool:
    """Return whether a line is the rule above the footnotes."""
    return re.fullmatch(r"[_¾—–\s]{3,}", line) is not None


def raised_digits(text: str) -> str:
    """Return a text with its superscript characters (``²⁾``) as plain ones."""
    return text.translate(_RAISED_DIGITS)


def _said(base: str, marks: tuple[str, ...], percent: bool) -> Content | None:
    if _DASH.fullmatch(base):
        return Content(0.0, "absent", marks)
    if _ELLIPSIS.fullmatch(base):
        return Content(None, "missing", marks)
    if percent and (times := _TIMES.fullmatch(base)):
        return Content(round(100 * float(times[1].replace(",", ".")), 6), "published", marks)
    number = _NUMBER.fullmatch(base)
    if number is None:
        return None
    value = float(re.sub(r"\s", "", number[2]) + "." + (number[3] or "0"))
    return Content(-value if number[1] else value, "published", marks)


def _without_marks(text: str, footnotes: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every sensible way to part a text from the marks at its end."""
    match = _MARKED.fullmatch(text)
    if match is None:
        yield text, ()
        return
    body, first, rest = match["body"], match["first"], tuple(_MARK.findall(match["rest"]))
    if body.endswith((" ", ";")):
        if _sensible(first) and (len(first) == 1 or first in footnotes):
            yield body.rstrip(" ;,"), (first, *rest)
        return
    ways = [(body + first[:-k], first[-k:]) for k in (1, 2) if k <= len(first) and _sensible(first[-k:])]
    known = [(base, mark) for base, mark in ways if mark in footnotes]
    for base, mark in known or [way for way in ways if len(way[1]) == 1]:
        yield base, (mark, *rest)


def _sensible(mark: str) -> bool:
    return len(mark) <= 2 and not mark.startswith("0")


_YEAR = re.compile(r"((?:19|20)\d\d)(?:\.0)?(?:\s?(?:г\.?|год))?(?:[\s;,]*\d{1,2}\))*")
_SCHOOL_YEAR = re.compile(r"((?:19|20)\d\d)\s?/\s?((?:19|20)?\d\d)(?:[\s;,]*\d{1,2}\))*")
_NUMBER = re.compile(r"([-−–]\s?)?([0-9]{1,3}(?:\s[0-9]{3})+|[0-9]+)(?:[.,]\s?([0-9]+))?")
_TIMES = re.compile(r"в\s*(\d+(?:[.,]\d+)?)\s*р(?:\.|аза?)?")
_DASH = re.compile(r"[-\u2010-\u2015−]+")
_ELLIPSIS = re.compile(r"…+[.\s]*|\.[.\s]*\.")
_MARKED = re.compile(r"(?P<body>.*?)(?P<first>\d+)\)(?P<rest>(?:[\s;,]*\d{1,2}\))*)[\s;,.]*")
_MARK = re.compile(r"(\d{1,2})\)")
_RAISED_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾", "0123456789()")
