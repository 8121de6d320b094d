"""How wide words are, so that labels are placed, cut and broken before anything is drawn."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from regional_econ.report.charts.style import TEXT, fonts_dir

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@cache
def text_width(text: str, size: float = TEXT, *, bold: bool = False) -> float:
    """Return how wide a line of text is, in pixels.

    Parameters
    ----------
    text : one line.
    size : of the letters, in pixels.
    bold : in the semi-bold font.

    Examples
    --------
    >>> text_width("Wear", 24.0) == 2 * text_width("Wear", 12.0)
    True
    """
    font = _font("RegionalSans-SemiBold" if bold else "RegionalSans-Regular")
    return sum(font.advances.get(ord(letter), font.usual) for letter in text) * size


def fitted(text: str, width: float, size: float = TEXT, *, bold: bool = False) -> str:
    """Return a text cut with an ellipsis where it is wider than a place.

    Examples
    --------
    >>> fitted("Gross regional product", 80, 10.0), fitted("Wear", 80, 10.0)
    ('Gross regional p…', 'Wear')
    """
    if text_width(text, size, bold=bold) <= width:
        return text
    kept = len(text)
    while kept > 1 and text_width(_cut(text, kept), size, bold=bold) > width:
        kept -= 1
    return _cut(text, kept)


def wrapped(text: str, width: float, size: float = TEXT, *, bold: bool = False, lines: int = 9) -> list[str]:
    """Return a text in lines that fit a place, broken between words; the last line is cut where there are too many.

    Examples
    --------
    >>> wrapped("Gross regional product", 80, 12.0)
    ['Gross regional', 'product']
    """
    found: list[str] = []
    for word in text.split(" "):
        longer = f"{found[-1]} {word}" if found else word
        if found and text_width(longer, size, bold=bold) <= width:
            found[-1] = longer
        else:
            found.append(word)
    if len(found) > lines:
        found[lines - 1 :] = [" ".join(found[lines - 1 :])]
    return [fitted(line, width, size, bold=bold) for line in found]


def known_letters(stem: str) -> frozenset[str]:
    """Return the characters that a bundled font can write.

    Parameters
    ----------
    stem : of the font's files, as in `style.FACES`.
    """
    return frozenset(map(chr, _font(stem).advances))


@dataclass(frozen=True)
class _Font:
    """Advance widths by code point, in parts of the letter size."""

    advances: Mapping[int, float]
    usual: float


@cache
def _font(stem: str) -> _Font:
    content = (fonts_dir() / f"{stem}.ttf").read_bytes()
    tables = {
        content[at : at + 4]: struct.unpack_from(">I", content, at + 8)[0]
        for at in range(12, 12 + 16 * struct.unpack_from(">H", content, 4)[0], 16)
    }
    em: int = struct.unpack_from(">H", content, tables[b"head"] + 18)[0]
    count: int = struct.unpack_from(">H", content, tables[b"hhea"] + 34)[0]
    widths = [struct.unpack_from(">H", content, tables[b"hmtx"] + 4 * glyph)[0] / em for glyph in range(count)]
    glyphs = _glyphs(content, tables[b"cmap"])
    return _Font({point: widths[min(glyph, count - 1)] for point, glyph in glyphs.items()}, 0.6)


def _glyphs(content: bytes, cmap: int) -> dict[int, int]:
    """Read a character map of format 4 (segments of the basic plane)."""
    at = cmap + struct.unpack_from(">I", content, cmap + 8)[0]
    segments = struct.unpack_from(">H", content, at + 6)[0] // 2
    first_end = at + 14
    ends = struct.unpack_from(f">{segments}H", content, first_end)
    starts = struct.unpack_from(f">{segments}H", content, first_end + 2 * segments + 2)
    deltas = struct.unpack_from(f">{segments}H", content, first_end + 4 * segments + 2)
    offsets_at = first_end + 6 * segments + 2
    offsets = struct.unpack_from(f">{segments}H", content, offsets_at)
    found: dict[int, int] = {}
    for index, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for point in range(start, min(end, 0xFFFE) + 1):
            glyph = point
            if offset:
                glyph = struct.unpack_from(">H", content, offsets_at + 2 * index + offset + 2 * (point - start))[0]
            if glyph and (number := (glyph + delta) % 0x10000):
                found[point] = number
    return found


def _cut(text: str, kept: int) -> str:
    return text[:kept].rstrip(" ,—–-(") + ELLIPSIS
