"""What do the tags of a sheet say that a fast reader of its values does not tell?

How far its cells reach (before any reader makes room for them), which styles make a figure doubtful, and which
formulas have no stored value. Only tags are looked at; texts and values are read by the libraries made for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

Place = tuple[int, int]


class Tag(NamedTuple):
    """The tag of one cell: letters of its column, its row, its other attributes (ending in ``/`` if it is empty)."""

    letters: bytes
    row: bytes
    attributes: bytes


def cell_tags(xml: bytes) -> list[Tag]:
    """Return the tags of all cells.

    Raises
    ------
    ValueError : a cell or a row whose address is missing or no address, which readers take for anything.
    """
    tags = [Tag(*found) for found in _USUAL.findall(xml)]
    if len(tags) == len(_LIKE_CELL.findall(xml)):
        return tags
    tags = [Tag(letters, row, before + after) for before, letters, row, after in _ANY.findall(xml)]
    if len(tags) != len(_CELL.findall(xml)):
        raise ValueError("cells without a proper address")
    return tags


def extent(xml: bytes, tags: list[Tag]) -> int:
    """Return how many cells the rectangle from A1 to the last filled cell holds, at most.

    Raises
    ------
    ValueError : a row without a proper number.
    """
    filled = {(letters, row) for letters, row, attributes in tags if not attributes.endswith(b"/")}
    columns = max((column_number(letters) + 1 for letters in {letters for letters, _ in filled}), default=0)
    rows = {row for _, row in filled}
    for attributes in _ROW.findall(xml):
        number = _ROW_NUMBER.search(attributes)
        if number is None or attributes.count(b'"') % 2:
            raise ValueError("rows without a proper number")
        rows.add(number[1])
    return columns * max(map(int, rows), default=0)


def doubtful_styles(xml: bytes) -> dict[bytes, str]:
    """Return the styles under which a number is no plain figure, with the reason: wholly raised, or as per cent.

    Raises
    ------
    ValueError : the styles are damaged.
    """
    from openpyxl.styles.stylesheet import Stylesheet
    from openpyxl.xml.functions import fromstring

    try:
        sheet = Stylesheet.from_tree(fromstring(xml))
        formats = {one.numFmtId: one.formatCode for one in (sheet.numFmts.numFmt if sheet.numFmts else ())}
        doubtful: dict[bytes, str] = {}
        for index, style in enumerate(sheet.cellXfs.xf):
            if sheet.fonts[style.fontId].vertAlign == "superscript":
                doubtful[str(index).encode()] = "the whole cell is raised: a figure or a footnote mark?"
            elif style.numFmtId in _PERCENT_FORMATS or "%" in formats.get(style.numFmtId, ""):
                doubtful[str(index).encode()] = "the cell shows a hundred times its value, with a per cent sign"
    except (KeyError, TypeError, AttributeError, IndexError, SyntaxError) as error:
        raise ValueError(str(error)) from error
    return doubtful


def sheet_parts(workbook: bytes, links: bytes) -> dict[str, str]:
    """Return the archive part of each sheet, by its name.

    Raises
    ------
    ValueError : the list of sheets is damaged.
    """
    from openpyxl.packaging.relationship import RelationshipList
    from openpyxl.packaging.workbook import WorkbookPackage
    from openpyxl.xml.functions import fromstring

    try:
        package = WorkbookPackage.from_tree(fromstring(workbook))
        targets = {link.Id: link.Target for link in RelationshipList.from_tree(fromstring(links))}
        return {sheet.name: _absolute(targets[sheet.id]) for sheet in package.sheets}
    except (KeyError, TypeError, AttributeError, SyntaxError) as error:
        raise ValueError(str(error)) from error


def doubts(
    xml: bytes, tags: list[Tag], styles: Mapping[bytes, str], is_number: Callable[[Place], bool]
) -> dict[Place, str]:
    """Return the cells that are no safe figure, with the reason.

    Parameters
    ----------
    xml, tags : of one sheet.
    styles : doubtful ones, see :func:`doubtful_styles`.
    is_number : whether a place holds a number, written as such or as text.
    """
    found: dict[Place, str] = {}
    has_errors = _ERROR.search(xml) is not None
    for tag in tags if styles or has_errors else ():
        style = _STYLE.search(tag.attributes)
        if style is not None and style[1] in styles and is_number(place := place_of(tag.letters + tag.row)):
            found[place] = styles[style[1]]
        if has_errors and _ERROR.search(tag.attributes) is not None:
            found[place_of(tag.letters + tag.row)] = "the cell holds an error such as #REF!"
    if b"<f" in xml or b":f" in xml:
        for cell, kind in _EMPTY_FORMULA.findall(xml):
            if b't="str"' not in kind:
                found[place_of(cell)] = NO_STORED_VALUE
    return found


def place_of(cell: bytes) -> Place:
    """Return row and column, counted from 0.

    >>> place_of(b"B7")
    (6, 1)
    """
    letters = cell.rstrip(b"0123456789")
    return int(cell[len(letters) :]) - 1, column_number(letters)


def column_number(letters: bytes) -> int:
    """Return the number of a column, counted from 0.

    >>> column_number(b"AA")
    26
    """
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number - 1


def _absolute(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else "xl/" + target.removeprefix("./")


NO_STORED_VALUE = "the formula has no stored value: open the file in a spreadsheet program and save it"
_PERCENT_FORMATS = (9, 10)
_NS = rb"(?:[^\s<>/:]+:)?"
_USUAL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"([^>]*)>')
_LIKE_CELL = re.compile(rb"[<:]c[\s>/]")
_CELL = re.compile(rb"<" + _NS + rb"c(?=[\s>/])")
_ANY = re.compile(rb"<" + _NS + rb"c\s([^>]*?)\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']([^>]*)>")
_ROW = re.compile(rb"<" + _NS + rb"row(?=[\s>/])([^>]*)>")
_ROW_NUMBER = re.compile(rb"\br\s*=\s*[\"'](\d{1,7})[\"']")
_ERROR = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d+)[\"']")
_FORMULA = rb"<" + _NS + rb"f\b[^>]*(?:/>|>[^<]*</" + _NS + rb"f>)"
_NO_VALUE = rb"(?:<" + _NS + rb"v\s*/>|<" + _NS + rb"v>\s*</" + _NS + rb"v>)?"
_EMPTY_FORMULA = re.compile(
    rb"<" + _NS + rb"c\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,3}\d{1,7})[\"']([^>]*)>\s*"
    + _FORMULA + rb"\s*" + _NO_VALUE + rb"\s*</" + _NS + rb"c>"
)  # fmt: skip
