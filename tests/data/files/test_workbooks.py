"""Tables of workbooks: read rightly, or refused with file, sheet and cell."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from regional_econ._base.errors import DataError
from regional_econ.data.files.workbooks import Shelf, column_letter, parse_cell, read_table

TITLE = "Уровень безработицы"


def _book(path: Path, rows: list[list[object]], sheet: str = "2.10.1.") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path


def _rows(
    *, header: list[object] | None = None, second: list[object] | None = None, cell: object = 7.7
) -> list[list[object]]:
    return [
        [None],
        ["2. ТРУД"],
        [f"2.10.1. {TITLE}1)"],
        ["(в процентах)"],
        header or [None, "20152)", 2016, 2017, 2018],
        *([second] if second else []),
        ["Кемеровская область", cell, 7.9, 7.1, "6,1"],
        ["Чукотский автономный округ", "…3)", "-", "…", 3.1],
        ["____"],
        ["1) По обследованиям. 3) Не публикуется в целях обеспечения конфиденциальности данных."],
    ]


def _read(path: Path, **options: object) -> list[tuple[object, ...]]:
    pick = options.get("pick")
    chosen = pick if isinstance(pick, dict) else None
    cells = read_table(Shelf(), path, title=TITLE, unit_line="в процентах", pick=chosen)
    return [(cell.name[:8], cell.year, cell.value, cell.status, cell.address) for cell in cells]


def test_reads_figures_with_status_and_address(tmp_path: Path) -> None:
    found = _read(_book(tmp_path / "a.xlsx", _rows()))
    assert found == [
        ("Кемеровс", 2015, 7.7, "published", "2.10.1.!B6"),
        ("Кемеровс", 2016, 7.9, "published", "2.10.1.!C6"),
        ("Кемеровс", 2017, 7.1, "published", "2.10.1.!D6"),
        ("Кемеровс", 2018, 6.1, "published", "2.10.1.!E6"),
        ("Чукотски", 2015, None, "confidential", "2.10.1.!B7"),
        ("Чукотски", 2016, 0.0, "absent", "2.10.1.!C7"),
        ("Чукотски", 2017, None, "missing", "2.10.1.!D7"),
        ("Чукотски", 2018, 3.1, "published", "2.10.1.!E7"),
    ]


def test_two_header_rows_choose_the_edition(tmp_path: Path) -> None:
    header = [None, 2016, 2017, None, 2018]
    second = [None, None, "по критериям 3-й редакции", "по критериям 4-й редакции", None]
    path = _book(tmp_path / "a.xlsx", _rows(header=header, second=second))
    newer = {row[1]: row[4] for row in _read(path, pick={2017: "4-й"}) if row[0] == "Кемеровс"}
    older = {row[1]: row[4] for row in _read(path, pick={2017: "3-й"}) if row[0] == "Кемеровс"}
    assert (newer[2017], older[2017]) == ("2.10.1.!D7", "2.10.1.!C7")
    with pytest.raises(DataError, match=r"2017 stands over 2 columns.*sheet 2.10.1., cell C5"):
        _read(path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (_rows(header=[None, 2015, 2017, 2016, 2018]), r"2016 comes after 2017.*cell D5"),
        (_rows(header=[None, 2015, 2016, 2017, "всего"]), r"'всего' is no year.*cell E5"),
        (_rows(cell="7,7 ?"), r"'7,7 \?' is no figure.*a.xlsx, sheet 2.10.1., cell B6"),
        (_rows(cell=True), r"'True' is no figure.*cell B6"),
        ([*_rows()[:6], [None, 1.0, 2.0, 3.0, 4.0]], r"without a name.*cell B7"),
        ([["2.10.1. Другая таблица"], *_rows()[4:]], r"no sheet holds the table"),
        ([[f"2.10.1. {TITLE}"], ["(тысяч человек)"], *_rows()[4:]], r"the unit is '\(тысяч человек\)'"),
    ],
)
def test_refuses_what_it_cannot_read(tmp_path: Path, rows: list[list[object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        _read(_book(tmp_path / "a.xlsx", rows))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the workbook is missing"),
        (b"region,year,value\nRU-KEM,2020,1\n", "no xlsx workbook"),
        (b"", "no xlsx workbook"),
    ],
)
def test_refuses_what_is_no_workbook(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "a.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        Shelf().open(path)


def test_refuses_a_truncated_workbook(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx", _rows())
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(DataError, match=r"only a part of one .*\(a.xlsx\)"):
        Shelf().open(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("3\u00a0904,0", (3904.0, "published")),
        ("12,31)", (12.3, "published")),
        ("–", (0.0, "absent")),
        ("….", (None, "missing")),
        ("", None),
    ],
)
def test_parse_cell(content: str, expected: tuple[float | None, str] | None) -> None:
    assert parse_cell(content, {}) == expected


def test_column_letters_agree_with_openpyxl() -> None:
    assert all(column_letter(i) == openpyxl.utils.get_column_letter(i + 1) for i in range(800))


def test_a_formula_without_a_stored_value_is_remarked_and_refused_where_it_matters(tmp_path: Path) -> None:
    shelf = Shelf()
    path = _book(tmp_path / "a.xlsx", _rows(cell="=1+2"))
    shelf.open(path)
    assert shelf.remarks == [
        "a.xlsx: 1 formulas have no stored value; open the file in a spreadsheet program and save it"
    ]
    with pytest.raises(DataError, match=r"no stored value.*a.xlsx, sheet 2.10.1., cell B6"):
        _read(path)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (CellRichText("7,7", TextBlock(InlineFont(vertAlign="superscript"), "1)")), 7.7),
        (CellRichText("7,7", TextBlock(InlineFont(vertAlign="superscript"), "1")), 7.7),
        (CellRichText("7", TextBlock(InlineFont(b=True), ",71")), 7.71),
    ],
)
def test_superscripts_inside_a_cell(tmp_path: Path, cell: CellRichText, expected: float) -> None:
    assert _read(_book(tmp_path / "a.xlsx", _rows(cell=cell)))[0][2] == expected


@pytest.mark.parametrize(
    ("content", "footnotes", "expected"),
    [
        ("1202)", {"2": ""}, 120.0),
        ("1212)", {"12": ""}, 12.0),
        ("12,3 1);2)", {}, 12.3),
        ("1569, 8", {}, 1569.8),
        ("−5,3", {}, -5.3),
        ("1212)", {"2": "", "12": ""}, None),
        ("1210)", {}, None),
        ("12,3)", {}, None),
        ("12 34", {}, None),
        ("1,234.5", {}, None),
        (float("nan"), {}, None),
    ],
)
def test_marks_and_blanks_in_figures(content: object, footnotes: dict[str, str], expected: float | None) -> None:
    """Two sensible readings, or none, are a refusal: a mark is told by the footnotes there are."""
    if expected is None:
        with pytest.raises(ValueError, match=r"\S"):
            parse_cell(content, footnotes)
    else:
        assert parse_cell(content, footnotes) == (expected, "published")
