"""Which part of a text is a superscript footnote mark, and what does the text say without it?

A workbook keeps each different text once, in runs of different fonts. A superscript that stands for an exponent (м²)
belongs to the text; a text that begins with marks and goes on in words is a footnote itself and stays as it is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from regional_econ._base.errors import DataError
from regional_econ.data.files.cell_text import is_note, parse_cell, parse_year, raised_digits

if TYPE_CHECKING:
    from openpyxl.cell.rich_text import CellRichText

Run = tuple[str, bool]


class Marked(NamedTuple):
    """A text without its superscript marks, the marks (``("1", "2")``), and why it cannot be told apart, if so."""

    text: str
    marks: tuple[str, ...] = ()
    doubt: str = ""


def told_apart(runs: Iterable[Run]) -> Marked:
    """Return what runs of text say and which superscript marks they carry.

    Parameters
    ----------
    runs : texts, each with whether it is superscript.

    Examples
    --------
    >>> told_apart([("2017", False), ("2)", True)])[:2], told_apart([("тыс. м", False), ("2", True)])[:2]
    (('2017', ('2',)), ('тыс. м2', ()))
    """
    runs = list(runs)
    text, raised = "", ""
    for part, is_raised in runs:
        if is_raised and not (part.strip().isdigit() and _ENDS_IN_METRES.search(text)):
            raised += part
        else:
            text += part
    plain = "".join(part for part, _ in runs)
    if is_note(plain) and _reading(text) == _NO_READING:
        return Marked(plain)
    if not text.strip() and _reading(plain) != _NO_READING:
        return Marked(plain, (), f"all of {plain!r} is raised: a figure or a footnote mark?")
    return Marked(text, tuple(re.findall(r"\d+", raised)))


def unmarked(text: str) -> Marked:
    """Return a text whose superscripts are written as such characters (``²⁾``) without them.

    >>> unmarked("12,3¹⁾")[:2], unmarked("кв. м²")[:2]
    (('12,3', ('1',)), ('кв. м²', ()))
    """
    if _RAISED.search(text) is None or _EXPONENT.search(text) is not None:
        return Marked(text)
    parts = [part for part in _RAISED.split(text) if part]
    return told_apart([(raised_digits(part), _RAISED.fullmatch(part) is not None) for part in parts])


def shared_texts(xml: bytes, file: str) -> dict[str, Marked]:
    """Return every shared text of a workbook that carries superscripts, by :func:`key_of` its plain form.

    Raises
    ------
    DataError : the texts are damaged.
    """
    if b"vertAlign" not in xml:
        return {}
    from openpyxl.reader.strings import read_rich_text

    try:
        texts = read_rich_text(io.BytesIO(xml))
    except (ValueError, TypeError, AttributeError, KeyError, SyntaxError) as error:
        raise DataError(
            f"the texts cannot be read ({error})", where=file, advice="Fetch the file again: it is damaged"
        ) from error
    found: dict[str, Marked] = {}
    for marked, plain in ((told_apart(_runs(text)), "".join(map(str, text))) for text in texts if _is_raised(text)):
        found[key_of(plain)] = _agreed(found.get(key_of(plain)), marked, plain)
    for text in texts:
        if not _is_raised(text) and (rich := found.get(key_of("".join(map(str, text))))) is not None:
            plain = "".join(map(str, text))
            found[key_of(plain)] = _agreed(rich, Marked(plain), plain)
    return found


def inline_texts(xml: bytes, where: str) -> dict[str, Marked]:
    """Return the texts with superscripts that a sheet keeps inside its cells, by cell.

    Raises
    ------
    DataError : a superscript that belongs to no cell that could be read.
    """
    if b"vertAlign" not in xml:
        return {}
    from openpyxl.cell.rich_text import CellRichText
    from openpyxl.xml.constants import SHEET_MAIN_NS
    from openpyxl.xml.functions import fromstring

    found: dict[str, Marked] = {}
    seen = 0
    for cell, prefix, inner in _INLINE.findall(xml):
        if b"vertAlign" not in inner:
            continue
        seen += inner.count(b"vertAlign")
        spaces = f'xmlns="{SHEET_MAIN_NS}" xmlns:{prefix.decode().rstrip(":") or "x"}="{SHEET_MAIN_NS}"'.encode()
        try:
            text = CellRichText.from_tree(fromstring(b"<is " + spaces + b">" + inner + b"</is>"))
        except (ValueError, TypeError, AttributeError, KeyError, SyntaxError) as error:
            raise DataError(
                f"a text cannot be read ({error})", where=f"{where}, cell {cell.decode()}", advice=_SAVE
            ) from error
        found[cell.decode()] = told_apart(_runs(text))
    if seen != xml.count(b"vertAlign"):
        raise DataError("superscripts are stored in a form that cannot be read", where=where, advice=_SAVE)
    return found


def key_of(text: str) -> str:
    """Return a text without any blanks: programs keep them differently."""
    return re.sub(r"\s", "", text)


def _runs(text: CellRichText | str) -> list[Run]:
    from openpyxl.cell.rich_text import TextBlock

    if isinstance(text, str):
        return [(text, False)]
    return [(str(part), isinstance(part, TextBlock) and part.font.vertAlign == "superscript") for part in text]


def _is_raised(text: CellRichText | str) -> bool:
    return any(raised and part.strip() for part, raised in _runs(text))


def _agreed(first: Marked | None, second: Marked, plain: str) -> Marked:
    """One reading of a plain text that occurs in two forms; where they differ in substance, a doubt."""
    if first is None or first.doubt or second.doubt:
        return first if first is not None and first.doubt else second
    if _substance(first.text) != _substance(second.text):
        return Marked(plain, (), f"{plain!r} occurs with and without superscript: {first.text!r} or {second.text!r}?")
    return max(first, second, key=lambda one: len(one.marks))


def _substance(text: str) -> tuple[object, ...]:
    return (*_reading(text), key_of(re.sub(r"(?:[\s;,]*\d{1,2}\))+$", "", text)))


def _reading(text: str) -> tuple[object, object]:
    try:
        figure = parse_cell(text, {})
    except ValueError:
        figure = None
    return figure, parse_year(text)


_NO_READING = (None, None)
_SAVE = "Open the file in a spreadsheet program and save it, or fetch it again"
_ENDS_IN_METRES = re.compile(r"(?:^|[\s.,(к/дс])[мm]$")
_EXPONENT = re.compile(r"[мm][²³]")
_RAISED = re.compile("([⁰¹²³⁴-⁹⁽⁾]+)")
_INLINE = re.compile(
    rb"<(?:\w+:)?c\b[^>]*?\sr=[\"']([A-Z]{1,3}\d{1,7})[\"'][^>]*>\s*<(\w+:|)is\b[^>]*>(.*?)</(?:\w+:)?is>", re.DOTALL
)
