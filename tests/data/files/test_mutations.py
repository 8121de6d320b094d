"""Mutated workbooks: each is read exactly as it was made, or refused with file, sheet, cell and advice.

The workbooks are small tables of the yearbook's shape, written part by part. Every kind of mutation says what must
happen: ``read`` (the figures are known and must come out), ``refused``, or ``either`` (a right reading or a refusal).
What no reader can notice inside one file, such as two columns of figures swapped under an unchanged header, is not
among them.
"""

from __future__ import annotations

import contextlib
import io
import random
import re
import struct
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regional_econ._base.errors import DataError, RegionalEconError, UnknownNameError
from regional_econ.data.files.container import MAX_UNPACKED_BYTES
from regional_econ.data.files.workbooks import Shelf, column_letter, read_table
from regional_econ.data.regions import RegionNames, load_region_names

Outcome = Literal["read", "refused", "either"]
Truth = dict[tuple[str, int], tuple[float | None, str]]

TITLE = "Уровень безработицы"
NAMES = {
    "Кемеровская область": "RU-KEM",
    "Томская область": "RU-TOM",
    "Новосибирская область": "RU-NVS",
    "Омская область": "RU-OMS",
    "Чукотский автономный округ": "RU-CHU",
    "Сибирский федеральный округ": "FD-SIB",
    "Российская Федерация": "RU",
}
EXAMPLES_A_KIND = 40
NAMES_OF_REGIONS = load_region_names()


@dataclass(frozen=True)
class Rich:
    """A text in runs, each raised or not."""

    runs: tuple[tuple[str, bool], ...]
    inline: bool = False


@dataclass(frozen=True)
class Raw:
    """A cell as the sheet's XML has it; ``{cell}`` stands for its address."""

    xml: str


@dataclass
class Page:
    """One sheet: rows of contents, merged ranges, hidden rows, and whether the sheet is hidden."""

    name: str
    rows: list[list[object]]
    merged: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    is_hidden: bool = False


@dataclass
class Table:
    """A yearbook table with its true figures: first the rows, and where in them things stand."""

    page: Page
    truth: Truth
    header: int
    years: list[int]
    names: list[str]
    pages: list[Page] = field(default_factory=list)
    pick: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[list[object]]:
        """Rows of the sheet."""
        return self.page.rows

    def spot(self, chance: random.Random) -> tuple[int, int]:
        """A random figure."""
        return self.header + 1 + chance.randrange(len(self.names)), 1 + chance.randrange(len(self.years))

    def key(self, spot: tuple[int, int]) -> tuple[str, int]:
        """Region and year of a figure."""
        return NAMES[self.names[spot[0] - self.header - 1]], self.years[spot[1] - 1]

    def set(self, spot: tuple[int, int], content: object, truth: tuple[float | None, str] | None = None) -> None:
        """Replace a figure and, where it changes, what is true."""
        self.rows[spot[0]][spot[1]] = content
        if truth is not None:
            self.truth[self.key(spot)] = truth


def _table(chance: random.Random) -> Table:
    names = chance.sample(list(NAMES), chance.randint(3, len(NAMES)))
    first = chance.randint(1998, 2012)
    years = list(range(first, first + chance.randint(3, 9)))
    values = [[round(chance.uniform(0, 5000), 1) for _ in years] for _ in names]
    rows: list[list[object]] = [
        [None],
        ["Социально-экономические показатели"],
        ["2. ТРУД"],
        [f"2.10.1. {TITLE}"],
        ["(в процентах)"],
        [None, *years],
        *([name, *row] for name, row in zip(names, values, strict=True)),
        ["________"],
        ["1) По обследованиям."],
        ["2) Не публикуется в целях обеспечения конфиденциальности."],
    ]
    truth: Truth = {
        (NAMES[name], year): (value, "published")
        for name, row in zip(names, values, strict=True)
        for year, value in zip(years, row, strict=True)
    }
    return Table(Page("2.10.1.", rows), truth, 5, years, names)


def _value(table: Table, spot: tuple[int, int]) -> float:
    value = table.truth[table.key(spot)][0]
    assert value is not None
    return value


# --- what must be read -------------------------------------------------------------------------------------------


def _untouched(table: Table, chance: random.Random) -> None:
    return None


def _decimal_comma(table: Table, chance: random.Random) -> None:
    spot = table.spot(chance)
    table.set(spot, str(_value(table, spot)).replace(".", ","))


def _thousands(table: Table, chance: random.Random) -> None:
    spot = table.spot(chance)
    number = 1000 + _value(table, spot) // 1
    blank = chance.choice([" ", "\u00a0", "\u202f", "\u2009"])
    table.set(spot, f"{number:,.0f}".replace(",", blank) + chance.choice(["", ",0"]), (number, "published"))


def _superscript_figure(table: Table, chance: random.Random) -> None:
    spot = table.spot(chance)
    mark = chance.choice(["1)", "2)", "1);2)", "1", " 1)"])
    text = str(_value(table, spot)).replace(".", ",")
    table.set(spot, Rich(((text, False), (mark, True)), inline=chance.random() < 0.3))


def _bracketed_figure(table: Table, chance: random.Random) -> None:
    spot = table.spot(chance)
    mark = chance.choice(["1)", " 1)", " 1);2)", "¹⁾", "1)2)"])
    table.set(spot, str(_value(table, spot)).replace(".", ",") + mark)


def _marked_year(table: Table, chance: random.Random) -> None:
    column = chance.randrange(len(table.years))
    year = str(table.years[column])
    raised = Rich(((year, False), (chance.choice(["1)", "12)", "1);2)", "1"]), True)), inline=chance.random() < 0.3)
    table.rows[table.header][1 + column] = chance.choice([f"{year}1)", f"{year} 2)", f"{year} г.", f" {year} ", raised])


def _marked_name(table: Table, chance: random.Random) -> None:
    row = table.header + 1 + chance.randrange(len(table.names))
    name = str(table.rows[row][0])
    spaced = name.replace(" ", chance.choice(["   ", "\n", " \u00a0"]))
    raised = Rich(((name, False), (chance.choice(["1)", " 2)"]), True)), inline=chance.random() < 0.3)
    hyphened, latin = name[:4] + "\u00ad" + name[4:], name.replace("о", "o", 1)
    table.rows[row][0] = chance.choice([f"{name}1)", spaced, f" {name} 1);2)", hyphened, latin, raised])


def _sign(table: Table, chance: random.Random) -> None:
    spot = table.spot(chance)
    sign, value, status = chance.choice(
        [
            ("-", 0.0, "absent"),
            ("– ", 0.0, "absent"),
            ("‐", 0.0, "absent"),
            ("…", None, "missing"),
            ("...", None, "missing"),
            ("…2)", None, "confidential"),
            ("…1)", None, "missing"),
        ]
    )
    table.set(spot, sign, (value, status))


def _blank_figure(table: Table, chance: random.Random) -> None:
    spot = table.spot(chance)
    table.set(spot, chance.choice([None, "", "  "]))
    del table.truth[table.key(spot)]


def _renamed_sheet(table: Table, chance: random.Random) -> None:
    table.page.name = chance.choice(["Лист1", "7.1", "2.10.1", "Sheet & Co", "18.12.1."])
    table.page.is_hidden = chance.random() < 0.5
    contents = Page("Раздел 2", [["Социально-экономические показатели"], ["2.10.1.", TITLE, None, None]])
    other = Page("2.1.", [["2.1. Другое"], [None, 2015, 2016, 2017], ["Томская область", 1, 2, True]])
    table.pages = chance.sample([contents, other], chance.randint(0, 2))


def _hidden_rows(table: Table, chance: random.Random) -> None:
    table.page.hidden = {chance.randrange(len(table.rows)) for _ in range(3)}


def _blank_rows(table: Table, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        table.rows.insert(chance.randint(0, table.header + len(table.names)), [None])


def _missing_region(table: Table, chance: random.Random) -> None:
    gone = chance.randrange(len(table.names))
    del table.rows[table.header + 1 + gone]
    region = NAMES[table.names[gone]]
    table.truth = {key: figure for key, figure in table.truth.items() if key[0] != region}


def _headings(table: Table, chance: random.Random) -> None:
    row = table.header + 1 + chance.randrange(len(table.names))
    table.rows.insert(row, [chance.choice(["в том числе:", "в том числе"]), *chance.choice([[], [None, None]])])


def _stored_formula(table: Table, chance: random.Random) -> None:
    spot = table.spot(chance)
    table.set(spot, Raw(f'<c r="{{cell}}"><f>SUM(A1:A2)</f><v>{_value(table, spot)!r}</v></c>'))


def _merged_titles(table: Table, chance: random.Random) -> None:
    last = column_letter(len(table.years))
    table.page.merged = [f"A{row}:{last}{row}" for row in chance.sample([2, 3, 4, len(table.rows)], 2)]


def _shifted_table(table: Table, chance: random.Random) -> None:
    right = chance.randint(0, 3)
    table.page.rows = [[None]] * chance.randint(0, 5) + [[None] * right + row for row in table.rows]


def _year_over_two_columns(table: Table, chance: random.Random) -> None:
    position = chance.randrange(len(table.years))
    year = table.years[position]
    for row in table.rows[table.header + 1 : table.header + 1 + len(table.names)]:
        row.insert(1 + position, -1.0)
    table.rows[table.header].insert(2 + position, None)
    second: list[object] = [None] * (len(table.years) + 2)
    second[1 + position], second[2 + position] = "по 3-й редакции", "по 4-й редакции"
    table.rows.insert(table.header + 1, second)
    table.pick = {year: "4-й"}
    if chance.random() < 0.5:
        row = table.header + 1
        table.page.merged.append(f"{column_letter(1 + position)}{row}:{column_letter(2 + position)}{row}")


def _far_figures(table: Table, chance: random.Random) -> None:
    if chance.random() < 0.5:
        table.rows[table.header + 1] += [None, None, 17.0]
    else:
        table.rows.extend([[None], [None, None, 17.0]])


# --- what must be refused ----------------------------------------------------------------------------------------


def _duplicated_region(table: Table, chance: random.Random) -> None:
    row = table.header + 1 + chance.randrange(len(table.names))
    twin = list(table.rows[row])
    twin[0] = chance.choice([twin[0], f"{twin[0]}1)", str(twin[0]).replace(" ", "  ")])
    table.rows.insert(table.header + 1 + chance.randrange(len(table.names) + 1), twin)


def _unknown_region(table: Table, chance: random.Random) -> None:
    row = table.header + 1 + chance.randrange(len(table.names))
    name = str(table.rows[row][0])
    table.rows[row][0] = chance.choice([name[:-2], f"1) {name}", "Итого", 5.0, f"{name} (город)"])


def _swapped_years(table: Table, chance: random.Random) -> None:
    one, two = chance.sample(range(1, len(table.years) + 1), 2)
    header = table.rows[table.header]
    header[one], header[two] = header[two], header[one]


def _swapped_columns(table: Table, chance: random.Random) -> None:
    one, two = chance.sample(range(1, len(table.years) + 1), 2)
    for row in table.rows[table.header : table.header + 1 + len(table.names)]:
        row[one], row[two] = row[two], row[one]


def _shifted_header(table: Table, chance: random.Random) -> None:
    header = table.rows[table.header]
    table.rows[table.header] = chance.choice([[None, *header], header[1:], [*header[:-1], None]])


def _no_header(table: Table, chance: random.Random) -> None:
    if chance.random() < 0.5:
        del table.rows[table.header]
    else:
        table.rows[table.header] = [None]


def _text_in_figure(table: Table, chance: random.Random) -> None:
    bad = [
        "н/д",
        "12,3 ?",
        "12,3,4",
        "1.234,5",
        "12 34",
        "7,7%",
        "ё",
        "12,3)",
        "1210)",
        "в 2 раза больше",
        "∞",
        "１２",
        "+5",
    ]
    table.set(table.spot(chance), chance.choice(bad))


def _odd_figure(table: Table, chance: random.Random) -> None:
    odd = [
        '<c r="{cell}" t="b"><v>1</v></c>',
        '<c r="{cell}" t="e"><v>#REF!</v></c>',
        '<c r="{cell}" t="e"><v>#DIV/0!</v></c>',
        '<c r="{cell}" t="e"><f>1/0</f><v>#N/A</v></c>',
        '<c r="{cell}"><f>SUM(B2:B3)</f></c>',
        '<c r="{cell}"><f>SUM(B2:B3)</f><v></v></c>',
        '<c r="{cell}"><f t="shared" si="0"/><v/></c>',
        '<c r="{cell}"><v>NaN</v></c>',
        '<c r="{cell}"><v>1e999</v></c>',
        '<c r="{cell}" s="1"><v>42370</v></c>',
        '<c r="{cell}" t="d"><v>2016-01-01</v></c>',
        '<c r="{cell}" s="2"><v>7</v></c>',
        '<c r="{cell}" s="3"><v>0.07</v></c>',
    ]
    table.set(table.spot(chance), Raw(chance.choice(odd)))


def _bad_year(table: Table, chance: random.Random) -> None:
    column = 1 + chance.randrange(len(table.years))
    year = table.years[column - 1]
    bad: list[object] = [20009, "20009", year + 0.5, "всего", None, "н/д", year * 10 + 1]
    bad += [Raw('<c r="{cell}" s="1"><v>42370</v></c>'), Raw('<c r="{cell}" t="b"><v>1</v></c>')]
    bad += [Raw('<c r="{cell}"><f>2000+1</f></c>'), Raw('<c r="{cell}" t="e"><v>#REF!</v></c>')]
    bad += [Raw(f'<c r="{{cell}}" s="1"><v>{year}</v></c>'), Raw(f'<c r="{{cell}}" s="2"><v>{year}</v></c>')]
    bad += [table.years[column - 2] if column > 1 else table.years[1]]
    table.rows[table.header][column] = chance.choice(bad)


def _merged_figures(table: Table, chance: random.Random) -> None:
    row, column = table.spot(chance)
    row, column = min(row, table.header + len(table.names) - 1), min(column, len(table.years) - 1)
    right, down = chance.choice([(1, 0), (0, 1), (1, 1)])
    for i in range(row, row + down + 1):
        for j in range(column, column + right + 1):
            if (i, j) != (row, column):
                table.rows[i][j] = None
    table.page.merged.append(f"{column_letter(column)}{row + 1}:{column_letter(column + right)}{row + down + 1}")


def _two_readings(table: Table, chance: random.Random) -> None:
    one, two = (table.spot(chance) for _ in range(2))
    if one == two:
        two = (one[0], one[1] % len(table.years) + 1)
    table.set(one, Rich((("12,3", False), ("1", True))))
    table.set(two, "12,31")


def _misplaced_row(table: Table, chance: random.Random) -> None:
    row = list(table.rows[table.header + 1])
    if chance.random() < 0.5:
        table.rows.insert(table.header + 2, [None, *(float(x) + 1 for x in row[1:] if isinstance(x, float))])
    else:
        table.rows.append(["Томская область" if row[0] != "Томская область" else "Омская область", *row[1:]])


def _another_table(table: Table, chance: random.Random) -> None:
    row = chance.choice([3, 4])
    table.rows[row] = [{3: "2.10.2. Уровень занятости", 4: "(тысяч человек)"}[row]]


def _second_table(table: Table, chance: random.Random) -> None:
    table.pages = [Page("старое", [list(row) for row in table.rows])]


GRID: dict[Callable[[Table, random.Random], None], Outcome] = {
    _untouched: "read",
    _decimal_comma: "read",
    _thousands: "read",
    _superscript_figure: "read",
    _bracketed_figure: "read",
    _marked_year: "read",
    _marked_name: "read",
    _sign: "read",
    _blank_figure: "read",
    _renamed_sheet: "read",
    _hidden_rows: "read",
    _blank_rows: "read",
    _missing_region: "read",
    _headings: "read",
    _stored_formula: "read",
    _merged_titles: "read",
    _shifted_table: "read",
    _year_over_two_columns: "read",
    _far_figures: "read",
    _duplicated_region: "refused",
    _unknown_region: "refused",
    _swapped_years: "refused",
    _swapped_columns: "either",
    _shifted_header: "refused",
    _no_header: "refused",
    _text_in_figure: "refused",
    _odd_figure: "refused",
    _bad_year: "refused",
    _merged_figures: "refused",
    _two_readings: "refused",
    _misplaced_row: "refused",
    _another_table: "refused",
    _second_table: "refused",
}


IN_A_CELL = {
    one.__name__
    for one in (_duplicated_region, _unknown_region, _swapped_years, _shifted_header, _text_in_figure, _odd_figure)
} | {one.__name__ for one in (_bad_year, _merged_figures, _two_readings, _misplaced_row)}


# --- files that are damaged or something else ---------------------------------------------------------------------


def _truncated(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _something_else(content: bytes, chance: random.Random) -> bytes:
    text = "Кемеровская область;2015;7,7\n" * chance.randint(1, 50)
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    return chance.choice(
        [
            text.encode("utf-8"),
            text.encode("cp1251"),
            text.encode("utf-16"),
            b"",
            b"PK\x03\x04" + chance.randbytes(200),
            bytes.fromhex("d0cf11e0a1b11ae1") + chance.randbytes(chance.choice([0, 100, 4096])),
            chance.randbytes(1000),
            empty.getvalue(),
            b"<html><table><tr><td>7,7</td></tr></table></html>",
            content[200:],
        ]
    )


def _changed_part(content: bytes, chance: random.Random) -> bytes:
    """One part gone, empty, in another encoding, under another name or cut short; the archive itself is whole."""
    parts = _unpack(content)
    name = chance.choice(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
    how = chance.choice(["gone", "renamed", "empty", "cut", "utf-16", "cp1251", "doctype", "entity"])
    part = parts.pop(name)
    if how == "renamed":
        parts[chance.choice([name.upper(), name.replace("/", "\\"), f"{name}.bak"])] = part
    elif how != "gone":
        parts[name] = {
            "empty": b"",
            "cut": part[: len(part) // 2],
            "utf-16": part.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
            "cp1251": part.decode().replace("</", "й</").encode("cp1251"),
            "doctype": part.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "7">]>', 1),
            "entity": part.replace(b"</t>", b"&lol;</t>")
            .replace(b"</v>", b"&lol;</v>")
            .replace(b"<sheet ", b"&a;<sheet "),
        }[how]
    return _pack(parts)


def _encrypted(content: bytes, chance: random.Random) -> bytes:
    """Every part flagged as encrypted, in its own header and in the directory."""
    changed = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for match in re.finditer(re.escape(signature), content):
            changed[match.start() + offset] |= 1
    return bytes(changed)


def _bomb(content: bytes, chance: random.Random) -> bytes:
    return chance.choice(_BOMBS)(content)


def _large_part(content: bytes) -> bytes:
    parts = _unpack(content)
    return _pack({**parts, "xl/worksheets/sheet1.xml": b" " * (MAX_UNPACKED_BYTES + 1)})


def _lying_part(content: bytes) -> bytes:
    """A part that unpacks to more than the limit while both headers declare ten bytes and their checksum."""
    packed = bytearray(_large_part(content))
    for signature, crc_at, size_at in ((b"PK\x03\x04", 14, 22), (b"PK\x01\x02", 16, 24)):
        for match in re.finditer(re.escape(signature), bytes(packed)):
            (size,) = struct.unpack_from("<I", packed, match.start() + size_at)
            if size > MAX_UNPACKED_BYTES:
                struct.pack_into("<I", packed, match.start() + size_at, 10)
                struct.pack_into("<I", packed, match.start() + crc_at, zipfile.crc32(b" " * 10))
    return bytes(packed)


def _many_parts(content: bytes) -> bytes:
    parts = _unpack(content)
    share = MAX_UNPACKED_BYTES // 8
    return _pack({**parts, **{f"xl/media/{i}.bin": b"\0" * share for i in range(9)}})


def _far_cell(content: bytes) -> bytes:
    parts = _unpack(content)
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return _pack({**parts, "xl/worksheets/sheet1.xml": sheet.replace("</sheetData>", far).encode()})


def _nested(content: bytes) -> bytes:
    return _pack({"inner.zip": _large_part(content), "xl/styles.xml": b""})


def _laughs(content: bytes) -> bytes:
    parts = _unpack(content)
    entities = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
    head = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "ha">{entities}]>'
    return _pack({**parts, "xl/sharedStrings.xml": f"{head}<sst><si><t>&l9;</t></si></sst>".encode()})


_BOMBS = (_large_part, _lying_part, _many_parts, _far_cell, _nested, _laughs)

FILES: dict[Callable[[bytes, random.Random], bytes], tuple[Outcome, int]] = {
    _truncated: ("refused", 3 * EXAMPLES_A_KIND),
    _flipped: ("either", 8 * EXAMPLES_A_KIND),
    _something_else: ("refused", 2 * EXAMPLES_A_KIND),
    _changed_part: ("either", 4 * EXAMPLES_A_KIND),
    _encrypted: ("refused", EXAMPLES_A_KIND),
    _bomb: ("refused", 24),
}


# --- the tests ----------------------------------------------------------------------------------------------------


def test_two_thousand_mutated_workbooks_are_read_right_or_refused(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    path = tmp_path / "a.xlsx"

    def check(content: bytes, table: Table, outcome: Outcome, kind: str) -> None:
        seen[kind] += 1
        path.write_bytes(content)
        _check(path, table, outcome, kind)

    for mutate, outcome in GRID.items():
        _examples(EXAMPLES_A_KIND, lambda chance, m=mutate, o=outcome: check(*_mutated([m], chance), o, m.__name__))
    reads = [mutate for mutate, outcome in GRID.items() if outcome == "read" and mutate in _SMALL]
    refusals = [mutate for mutate, outcome in GRID.items() if outcome == "refused" and mutate in _SMALL]
    _examples(5 * EXAMPLES_A_KIND, lambda chance: check(*_mutated(chance.choices(reads, k=3), chance), "read", "three"))
    _examples(
        5 * EXAMPLES_A_KIND,
        lambda chance: check(
            *_mutated([chance.choice(reads), chance.choice(refusals)], chance), "either", "a read and a refused one"
        ),
    )
    for change, (outcome, count) in FILES.items():
        _examples(
            count,
            lambda chance, c=change, o=outcome: check(c(_written(t := _table(chance)), chance), t, o, c.__name__),
        )
    assert sum(seen.values()) >= 2000, seen


def test_changed_xml_is_read_or_refused(tmp_path: Path) -> None:
    """Inside a whole archive any part may be changed at will: no other error, and no crash of a reader below."""
    path = tmp_path / "a.xlsx"
    snippets = (b"<", b">", b'"', b"&", b"1048576", b"9" * 20, b"<c>", b"<v>", b'r="', b"-1", b"XFD1", b"A1:XFD1048576")

    def check(chance: random.Random) -> None:
        table = _table(chance)
        parts = _unpack(_written(table))
        name = chance.choice([one for one in parts if one.startswith("xl/")])
        for _ in range(chance.randint(1, 4)):
            part = parts[name]
            start = chance.randrange(len(part))
            parts[name] = part[:start] + chance.choice(snippets) + part[start + chance.randint(0, 12) :]
        path.write_bytes(_pack(parts))
        with contextlib.suppress(DataError, UnknownNameError):
            _read(path, table, NAMES_OF_REGIONS)

    _examples(300, check)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process's memory is read from /proc")
def test_bombs_need_no_memory(tmp_path: Path) -> None:
    """A process that opens every bomb stays below 300 MB: 64 MB of parts, held twice, and what is imported."""
    plain = _written(_table(random.Random(1)))
    for index, bomb in enumerate(_BOMBS):
        (tmp_path / f"{index}.xlsx").write_bytes(bomb(plain))
    script = (
        "import re, sys\nfrom pathlib import Path\n"
        "from regional_econ._base.errors import DataError\nfrom regional_econ.data.files.workbooks import Shelf\n"
        "refused = 0\n"
        "for path in sorted(Path(sys.argv[1]).glob('*.xlsx')):\n"
        "    try:\n        Shelf().open(path)\n    except DataError:\n        refused += 1\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(refused, int(re.search(r'VmHWM:\\s+(\\d+) kB', status)[1]) // 1024)\n"
    )
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    refused, megabytes = map(int, run.stdout.split())
    assert refused == len(_BOMBS)
    assert megabytes < 300


def test_an_old_workbook_is_told_by_its_content(sources: Path, tmp_path: Path) -> None:
    old = sources / "W.xls"
    renamed = tmp_path / "W.xlsx"
    renamed.write_bytes(old.read_bytes())
    assert Shelf().open(renamed) == Shelf().open(old)
    assert [sheet.name for sheet in Shelf().open(old)][:1] == ["1. cleaned_w_zeros"]


_SMALL = {
    _decimal_comma,
    _thousands,
    _superscript_figure,
    _bracketed_figure,
    _marked_year,
    _marked_name,
    _hidden_rows,
    _stored_formula,
    _unknown_region,
    _text_in_figure,
    _odd_figure,
    _bad_year,
    _another_table,
    _second_table,
}


def _examples(count: int, check: Callable[[random.Random], None]) -> None:
    @settings(
        max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.integers(0, 2**40))
    def run(seed: int) -> None:
        check(random.Random(seed))

    run()


def _mutated(mutations: list[Callable[[Table, random.Random], None]], chance: random.Random) -> tuple[bytes, Table]:
    table = _table(chance)
    for mutate in mutations:
        mutate(table, chance)
    return _written(table), table


def _check(path: Path, table: Table, outcome: Outcome, kind: str) -> None:
    error: RegionalEconError | None = None
    found: Truth = {}
    try:
        found = _read(path, table, NAMES_OF_REGIONS)
    except (DataError, UnknownNameError) as refusal:
        error = refusal
    if error is None:
        assert outcome != "refused", f"{kind}: read as {found}"
        assert found == table.truth, kind
        return
    assert outcome != "read", f"{kind}: {error}"
    assert path.name in str(error.where), f"{kind}: no file in {error}"
    assert error.advice, f"{kind}: no advice in {error}"
    if kind in IN_A_CELL:
        assert re.search(r"cell [A-Z]+\d+|![A-Z]+\d+", str(error.where)), f"{kind}: no cell in {error}"


def _read(path: Path, table: Table, names: RegionNames) -> Truth:
    cells = read_table(Shelf(), path, title=TITLE, unit_line="в процентах", pick=table.pick)
    found: Truth = {}
    for cell in cells:
        region = names.resolve(cell.name, where=f"{path.name}, {cell.address}")
        if region is not None:
            assert (region, cell.year) not in found
            found[region, cell.year] = (cell.value, cell.status)
    return found


def _written(table: Table) -> bytes:
    return _pack(_book([*table.pages, table.page]))


def _book(pages: list[Page]) -> dict[str, bytes]:
    texts: dict[object, int] = {}
    parts = {f"xl/worksheets/sheet{i}.xml": _sheet_xml(page, texts) for i, page in enumerate(pages, start=1)}
    sheets = "".join(
        f'<sheet name="{escape(page.name)}" sheetId="{i}" r:id="rId{i}"{_HIDDEN if page.is_hidden else ""}/>'
        for i, page in enumerate(pages, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(pages) + 1)
    )
    texts_link = f'<Relationship Id="rId98" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    styles_link = f'<Relationship Id="rId99" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    parts |= {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{links}{texts_link}{styles_link}</Relationships>",
        "xl/styles.xml": _STYLES,
        "xl/sharedStrings.xml": f'{_XML}<sst xmlns="{_MAIN}">{"".join(map(_text_xml, texts))}</sst>',
    }
    return {name: part if isinstance(part, bytes) else part.encode() for name, part in parts.items()}


def _sheet_xml(page: Page, texts: dict[object, int]) -> str:
    rows = "".join(
        f'<row r="{i}"{_HIDE if i - 1 in page.hidden else ""}>'
        + "".join(_cell_xml(f"{column_letter(j)}{i}", content, texts) for j, content in enumerate(row))
        + "</row>"
        for i, row in enumerate(page.rows, start=1)
    )
    merged = "".join(f'<mergeCell ref="{one}"/>' for one in page.merged)
    tail = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{tail}</worksheet>'


def _cell_xml(cell: str, content: object, texts: dict[object, int]) -> str:
    if content is None:
        return ""
    if isinstance(content, Raw):
        return content.xml.replace("{cell}", cell)
    if isinstance(content, bool):
        return f'<c r="{cell}" t="b"><v>{int(content)}</v></c>'
    if isinstance(content, float | int):
        return f'<c r="{cell}"><v>{content!r}</v></c>'
    if isinstance(content, Rich) and content.inline:
        return f'<c r="{cell}" t="inlineStr"><is>{_runs_xml(content)}</is></c>'
    return f'<c r="{cell}" t="s"><v>{texts.setdefault(content, len(texts))}</v></c>'


def _text_xml(content: object) -> str:
    if isinstance(content, Rich):
        return f"<si>{_runs_xml(content)}</si>"
    return f'<si><t xml:space="preserve">{escape(str(content))}</t></si>'


def _runs_xml(content: Rich) -> str:
    return "".join(
        f'<r>{_RAISED if raised else ""}<t xml:space="preserve">{escape(text)}</t></r>' for text, raised in content.runs
    )


def _pack(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _unpack(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HIDDEN, _HIDE = ' state="hidden"', ' hidden="1"'
_RAISED = '<rPr><vertAlign val="superscript"/></rPr>'
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><vertAlign val="superscript"/></font></fonts>'
    '<fills count="1"><fill><patternFill/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0"/><xf numFmtId="9" fontId="0" fillId="0" borderId="0"/>'
    "</cellXfs></styleSheet>"
)
