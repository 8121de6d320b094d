"""How is a PDF made small without touching a page? Its many small objects move into compressed streams of objects."""

from __future__ import annotations

import re
import zlib
from itertools import batched, pairwise

_ENTRY = re.compile(rb"(\d{10}) \d{5} n")
_TABLE = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_OBJECT = re.compile(rb"(\d+) 0 obj\s+")
_END = b"endobj"
_TOGETHER = 500


def packed(pdf: bytes) -> bytes:
    """Return a PDF whose objects without a stream of their own lie in compressed object streams.

    The tags that make a page readable aloud are tens of thousands of such objects; Typst writes them as plain text.

    Parameters
    ----------
    pdf : a file with one plain table of objects and no updates, as Typst writes it.

    Source: ISO 32000-1, 7.5.7 (object streams) and 7.5.8 (cross-reference streams), which PDF/UA-1 allows. Held against
    pypdf, which reads the same objects from both (tests/report/test_packed.py).
    """
    found = _TABLE.search(pdf)
    if found is None:
        raise ValueError("no table of objects at the end of the PDF")
    table = int(found[1])
    listed, _, trailer = pdf[table : found.start()].partition(b"trailer")
    starts = sorted(int(entry) for entry in _ENTRY.findall(listed))
    plain: list[tuple[int, bytes]] = []
    entries: dict[int, tuple[int, int, int]] = {}
    parts = [pdf[: starts[0]]]
    at = starts[0]
    for start, stop in pairwise([*starts, table]):
        number, body = _object(pdf[start:stop])
        if body.endswith(b"endstream"):
            content = pdf[start:stop].rstrip() + b"\n"
            entries[number] = (1, at, 0)
            parts.append(content)
            at += len(content)
        else:
            plain.append((number, body))
    free = max(*entries, *(number for number, _ in plain)) + 1
    for holder, group in enumerate(batched(plain, _TOGETHER), start=free):
        content = _object_stream(holder, group)
        entries |= {number: (2, holder, index) for index, (number, _) in enumerate(group)}
        entries[holder] = (1, at, 0)
        parts.append(content)
        at += len(content)
    last = max(entries) + 1
    entries[last] = (1, at, 0)
    parts += [_cross_reference(last, entries, trailer), b"startxref\n%d\n%%%%EOF" % at]
    return b"".join(parts)


def _object(text: bytes) -> tuple[int, bytes]:
    found = _OBJECT.match(text)
    if found is None:
        raise ValueError(f"no object where the table says: {text[:40]!r}")
    return int(found[1]), text[found.end() : text.rindex(_END)].strip()


def _object_stream(number: int, group: tuple[tuple[int, bytes], ...]) -> bytes:
    places: list[bytes] = []
    at = 0
    for held, body in group:
        places.append(b"%d %d" % (held, at))
        at += len(body) + 1
    head = b" ".join(places) + b"\n"
    about = b"/Type/ObjStm/N %d/First %d" % (len(group), len(head))
    return _stream(number, about, head + b"\n".join(body for _, body in group))


def _cross_reference(number: int, entries: dict[int, tuple[int, int, int]], trailer: bytes) -> bytes:
    kept = re.sub(rb"/Size \d+", b"", trailer.strip().removeprefix(b"<<").removesuffix(b">>"))
    size = number + 1
    rows = (entries.get(one, (0, 0, 0)) for one in range(size))
    content = b"".join(bytes([kind]) + place.to_bytes(4) + index.to_bytes(2) for kind, place, index in rows)
    return _stream(number, b"/Type/XRef/Size %d/W[1 4 2]" % size + kept, content)


def _stream(number: int, about: bytes, content: bytes) -> bytes:
    small = zlib.compress(content, 9)
    head = b"<<%b/Filter/FlateDecode/Length %d>>" % (about, len(small))
    return b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (number, head, small)
