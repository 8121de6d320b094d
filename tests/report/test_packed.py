"""Packing a PDF: every object is there as before, and the file is small."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import typst
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from regional_econ.report.packed import packed

SOURCE = """#set document(title: [T])
#set text(lang: "en")
= A head
#table(columns: 4, table.header([a], [b], [c], [d]), ..range(300).map(it => [#it]))
"""

_READER = re.compile(r"(?<=, 0), \d+(?=\))")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("typst") / "a.typ"
    path.write_text(SOURCE, encoding="utf-8")
    return bytes(typst.compile(path, format="pdf", pdf_standards=["ua-1"], timestamp=0))


def objects(content: bytes) -> dict[int, str]:
    """Every object of a file by its number, except the streams that only hold others."""
    reader = PdfReader(io.BytesIO(content))
    found = {}
    for number in sorted({*reader.xref.get(0, {}), *reader.xref_objStm}):
        one = reader.get_object(number)
        if not (isinstance(one, DictionaryObject) and one.get("/Type") in ("/ObjStm", "/XRef")):
            data = one.get_data() if isinstance(one, StreamObject) else b""
            found[number] = _READER.sub("", repr(one)) + repr(data)
    return found


def test_every_object_is_as_before(plain: bytes) -> None:
    small = packed(plain)
    assert len(objects(plain)) > 300
    assert objects(small) == objects(plain)
    before, after = (PdfReader(io.BytesIO(content)).trailer for content in (plain, small))
    assert all(repr(before[key]) == repr(after[key]) for key in ("/Info", "/ID"))
    assert before.raw_get("/Root").idnum == after.raw_get("/Root").idnum


def test_a_page_of_a_table_takes_a_third_at_most(plain: bytes) -> None:
    assert len(packed(plain)) < len(plain) / 3
    assert packed(plain) == packed(plain)


def test_a_file_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of objects"):
        packed(b"%PDF-1.7\n%%EOF")
