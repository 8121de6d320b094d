"""Is this file a workbook, is it safe to open, and what stands in its cells, superscripts told apart?

Nothing a file says about its own size is believed: every part is unpacked up to a limit before any other reader sees
it, and the extent of its sheets is taken from the cells themselves.
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from regional_econ._base.errors import DataError
from regional_econ.data.files.cell_text import Doubt
from regional_econ.data.files.rich_text import Marked, inline_texts, key_of, shared_texts, unmarked
from regional_econ.data.files.sheet_xml import (
    Place,
    Tag,
    cell_tags,
    doubtful_styles,
    doubts,
    extent,
    place_of,
    sheet_parts,
)

Rows = list[list[Any]]

MAX_FILE_BYTES = 60_000_000
MAX_UNPACKED_BYTES = 64_000_000
MAX_CELLS = 3_000_000


class Sheet(NamedTuple):
    """One sheet: its name and all its rows, addresses kept and superscripts taken off.

    A cell that is no safe figure holds a :class:`Doubt` instead: an error such as #REF! (in ``.xls`` files they cannot
    be told from blank cells), a formula without a stored value, a wholly raised figure, a share shown as per cent.
    ``marks`` are the superscript footnote marks of a cell by (row, column), both counted from 0; ``merged`` the merged
    ranges as (first row, first column, last row, last column).
    """

    name: str
    rows: Rows
    marks: Mapping[Place, tuple[str, ...]] = {}
    merged: tuple[tuple[int, int, int, int], ...] = ()


def read_workbook(path: Path) -> list[Sheet]:
    """Return all sheets of an ``.xlsx`` or ``.xls`` workbook, told apart by content, not by name.

    Raises
    ------
    DataError : missing, no workbook, damaged, encrypted, too large, or a text with and without superscripts.
    """
    if not path.is_file():
        raise DataError("the workbook is missing", where=str(path), advice="Put it there under this name")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise _refused(path, f"the workbook is larger than {MAX_FILE_BYTES} bytes")
    content = path.read_bytes()
    if content.startswith(_OLE):
        return _old_sheets(content, path)
    if not content.startswith(b"PK"):
        raise _refused(path, f"this is no xlsx workbook: it begins with {content[:12]!r}")
    parts = _parts(content, path)
    if "xl/workbook.xml" not in parts:
        raise _refused(path, "this is no xlsx workbook: it has no part xl/workbook.xml")
    return _sheets(content, parts, path)


def column_letter(index: int) -> str:
    """Return the letters of a column counted from 0.

    >>> [column_letter(i) for i in (0, 13, 25, 26, 701)]
    ['A', 'N', 'Z', 'AA', 'ZZ']
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return the address of a cell counted from 0.

    >>> cell_name(6, 1)
    'B7'
    """
    return f"{column_letter(column)}{row + 1}"


def _sheets(content: bytes, parts: Mapping[str, bytes], path: Path) -> list[Sheet]:
    tags = _tags(parts, path)
    texts = shared_texts(parts.get("xl/sharedstrings.xml", b""), path.name)
    try:
        styles = doubtful_styles(parts["xl/styles.xml"]) if "xl/styles.xml" in parts else {}
        names = sheet_parts(parts["xl/workbook.xml"], parts.get("xl/_rels/workbook.xml.rels", b""))
    except ValueError as error:
        raise _refused(path, f"the workbook is damaged ({error})") from error
    sheets: list[Sheet] = []
    for name, rows, merged in _calamine(content, path):
        part = names.get(name, "").casefold()
        if part not in tags:
            raise _refused(path, f"the sheet {name!r} has no part of its own")
        where = f"{path.name}, sheet {name}"
        marks = _take_marks_off(rows, texts, inline_texts(parts[part], where), where)
        _mark_doubts(rows, doubts(parts[part], tags[part], styles, partial(_is_number, rows)))
        sheets.append(Sheet(name, rows, marks, merged))
    return sheets


def _tags(parts: Mapping[str, bytes], path: Path) -> dict[str, list[Tag]]:
    """The cell tags of each sheet, after adding up the rectangles they span: a reader makes them in full."""
    found: dict[str, list[Tag]] = {}
    cells = 0
    for name, xml in parts.items():
        if b"sheetData" not in xml:
            continue
        try:
            found[name] = cell_tags(xml)
            cells += extent(xml, found[name])
        except ValueError as error:
            raise _refused(path, f"the part {name} has {error}") from error
        if cells > MAX_CELLS:
            raise _refused(path, f"the sheets reach over more than {MAX_CELLS} cells ({name})")
    return found


def _old_sheets(content: bytes, path: Path) -> list[Sheet]:
    return [
        Sheet(name, rows, _take_marks_off(rows, {}, {}, f"{path.name}, sheet {name}"), merged)
        for name, rows, merged in _calamine(content, path)
    ]


def _calamine(content: bytes, path: Path) -> Iterator[tuple[str, Rows, tuple[tuple[int, int, int, int], ...]]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            merged = tuple((*first, *last) for first, last in sheet.merged_cell_ranges or ())
            yield name, sheet.to_python(skip_empty_area=False), merged
    except (CalamineError, ValueError, OSError, RuntimeError, KeyError, IndexError) as error:
        raise _refused(path, f"the workbook cannot be read ({error})") from error


def _parts(content: bytes, path: Path) -> dict[str, bytes]:
    """Every part of the archive by its name in small letters, unpacked up to the limit whatever is declared."""
    parts: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise _refused(path, f"the part {member.filename} is encrypted or packed as no workbook is")
                name = member.filename.replace("\\", "/").casefold()
                if name in parts:
                    raise _refused(path, f"the part {member.filename} stands twice in the archive")
                parts[name] = _unpacked(archive, member, left, path)
                left -= len(parts[name])
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, OSError, ValueError, RuntimeError) as error:
        raise _refused(path, f"this is no xlsx workbook or only a part of one ({error})") from error
    for name, part in parts.items():
        if not name.endswith((".xml", ".rels")):
            continue
        if b"\0" in part:
            raise _refused(path, f"the part {name} is no text in UTF-8")
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise _refused(path, f"the part {name} defines entities, as no workbook does")
    return parts


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int, path: Path) -> bytes:
    claimed = copy.copy(member)
    claimed.file_size = limit + 2 * _CHUNK  # a size that is never reached: the checksum would be taken there
    chunks: list[bytes] = []
    with archive.open(claimed) as part:
        while chunk := part.read(_CHUNK):
            chunks.append(chunk)
            limit -= len(chunk)
            if limit < 0:
                raise _refused(path, f"the workbook unpacks to more than {MAX_UNPACKED_BYTES} bytes")
    return b"".join(chunks)


def _take_marks_off(
    rows: Rows, texts: Mapping[str, Marked], inline: Mapping[str, Marked], where: str
) -> dict[Place, tuple[str, ...]]:
    """Replace texts by what they say without superscripts, in place, and return the marks."""
    marks: dict[Place, tuple[str, ...]] = {}
    by_place = {place_of(cell.encode()): marked for cell, marked in inline.items()}
    for i, row in enumerate(rows):
        for j, content in enumerate(row):
            if not isinstance(content, str) or not content:
                continue
            marked = by_place.get((i, j)) or (texts.get(key_of(content)) if texts else None) or unmarked(content)
            if marked.doubt:
                raise DataError(marked.doubt, where=f"{where}, cell {cell_name(i, j)}", advice=_COMPARE)
            if marked.marks:
                row[j], marks[i, j] = marked.text, marked.marks
    return marks


def _mark_doubts(rows: Rows, found: Mapping[Place, str]) -> None:
    width = max((len(rows[0]) if rows else 0, *(column + 1 for _, column in found)))
    height = max((len(rows), *(row + 1 for row, _ in found)))
    if found:
        rows += [[] for _ in range(height - len(rows))]
        for row in rows:
            row += [""] * (width - len(row))
    for (line, column), why in found.items():
        rows[line][column] = Doubt(why)


def _is_number(rows: Rows, place: Place) -> bool:
    row, column = place
    content = rows[row][column] if row < len(rows) and column < len(rows[row]) else ""
    if isinstance(content, str):
        return re.fullmatch(r"[\d\s.,]+", content.strip()) is not None
    return isinstance(content, int | float)


def _refused(path: Path, message: str) -> DataError:
    return DataError(message, where=path.name, advice=_ADVICE)


_COMPARE = "Compare the cell with the published edition"
_ADVICE = "Fetch the file again and compare its SHA-256 with sources.yml"
_CHUNK = 1 << 18
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
