"""Every sheet of a yearbook: imported with its figures, or refused with a reason."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.data.files.sheets import SheetRecord, read_sheet, survey
from regional_econ.data.files.workbooks import Shelf

Rows = list[list[object]]

HEAD: Rows = [["Социально-экономические показатели"], ["2. ТРУД"], ["2.1. Занятость"], ["(тысяч человек)"]]
YEARS: list[object] = [None, 2015, 2016, 2017]
KUZBASS, TOMSK = "Кемеровская область", "Томская область"
NOTES: Rows = [["______"], ["1) Оценка."]]


def _book(path: Path, sheets: dict[str, Rows], merged: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
        for one in merged:
            page.merge_cells(one)
    book.save(path)
    return path


def _figures(path: Path, sheet: str = "2.1.") -> list[tuple[object, ...]]:
    frame = read_sheet(path, sheet)
    years = [None if pd.isna(year) else int(year) for year in frame["year"]]
    return list(zip(frame["region"], years, frame["item"], frame["value"], frame["cell"].str[5:], strict=True))


def test_items_below_the_years(tmp_path: Path) -> None:
    rows = [
        *HEAD,
        [None, 2015, None, 2016, None],
        [None, "всего", "женщины", "всего", "женщины"],
        [KUZBASS, 9, 4, 8, 3],
    ]
    path = _book(tmp_path / "a.xlsx", {"2.1.": rows}, ("B5:C5", "D5:E5"))
    assert _figures(path) == [
        ("RU-KEM", 2015, "всего", 9.0, "B7"),
        ("RU-KEM", 2015, "женщины", 4.0, "C7"),
        ("RU-KEM", 2016, "всего", 8.0, "D7"),
        ("RU-KEM", 2016, "женщины", 3.0, "E7"),
    ]


@pytest.mark.parametrize("merged", [(), ("B5:C5", "D5:E5")])
def test_items_above_the_years(tmp_path: Path, merged: tuple[str, ...]) -> None:
    rows = [*HEAD, [None, "город", None, "село", None], [None, 2015, 2016, 2015, 2016], [KUZBASS, 9, 4, 8, 3]]
    figures = _figures(_book(tmp_path / "a.xlsx", {"2.1.": rows}, merged))
    assert [figure[1:4] for figure in figures] == [
        (2015, "город", 9.0),
        (2016, "город", 4.0),
        (2015, "село", 8.0),
        (2016, "село", 3.0),
    ]


@pytest.mark.parametrize(
    ("title", "header", "year"),
    [
        ("2.1. Занятость в 2016 г.", [None, "всего", "женщины"], 2016),
        ("2.1. Занятость", [None, "всего", "женщины"], None),
        ("2.1. Занятость в 2010–2015 гг.", [None, "всего", "женщины"], None),
    ],
)
def test_a_table_of_one_year(tmp_path: Path, title: str, header: list[object], year: int | None) -> None:
    path = _book(tmp_path / "a.xlsx", {"2.1.": [[title], header, [KUZBASS, 9, 4], [TOMSK, 8, "-"]]})
    assert [figure[:4] for figure in _figures(path)] == [
        ("RU-KEM", year, "всего", 9.0),
        ("RU-KEM", year, "женщины", 4.0),
        ("RU-TOM", year, "всего", 8.0),
        ("RU-TOM", year, "женщины", 0.0),
    ]


def test_two_tables_in_one_sheet(tmp_path: Path) -> None:
    second: Rows = [["2.2. Безработица"], ["(в процентах)"], YEARS, [KUZBASS, 7, "в 2,1 р.", 6]]
    path = _book(tmp_path / "a.xlsx", {"2.1.": [*HEAD, YEARS, [KUZBASS, 1, 2, 3], *NOTES, *second, *NOTES]})
    frame = read_sheet(path, "2.1")
    assert frame.groupby("table", sort=False)["value"].agg(list).to_dict() == {
        "2.1. Занятость": [1.0, 2.0, 3.0],
        "2.2. Безработица": [7.0, 210.0, 6.0],
    }
    assert list(frame["unit"].unique()) == ["тысяч человек", "в процентах"]


def test_rows_that_are_no_region_are_kept_and_reported(tmp_path: Path) -> None:
    rows: Rows = [
        *HEAD,
        YEARS,
        ["Российская Федерация, млн человек", 72.1, 72.2, 72.3],
        [KUZBASS, 1, "…1)", 3],
        ["Архангельская область", 5, 5, 5],
        ["Межпланетное управление", 4, 4, 4],
        *NOTES,
        [None, None, 99],
    ]
    path = _book(tmp_path / "Раздел 2.xlsx", {"2.1.": rows, "Раздел 2": [["2. ТРУД"], ["2.1.", "Занятость"]]})
    frame = read_sheet(path, "2.1.")
    assert len(frame) == 12
    assert set(frame.loc[frame["name"] == "Российская Федерация, млн человек", "unit"]) == {"млн человек"}
    assert frame.loc[frame["name"] == "Межпланетное управление", "region"].isna().all()
    assert list(frame.loc[frame["cell"] == "2.1.!C7", "marks"]) == ["1"]
    table, contents = survey(tmp_path)
    assert (table.outcome, table.regions, table.years, table.figures) == ("imported", 1, 3, 11)
    assert table.reason == (
        "no spelling in regions.yml: Межпланетное управление; "
        "in a unit of its own: Российская Федерация (млн человек); outside the table: C12"
    )
    assert contents.outcome == "no data"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*HEAD, YEARS, [KUZBASS, 1, 2, 3], ["Кемеpовская область", 1, 2, 3]], "RU-KEM stands twice"),
        ([*HEAD, [None, 2015, 2015, 2016], [KUZBASS, 1, 2, 3]], r"2015 '' stands over two columns.*cell C5"),
        ([*HEAD, [None, 2015, 2016], [KUZBASS, 1, 2, 3]], r"figures but no header.*cell D6"),
        ([*HEAD, [KUZBASS, 1, 2, 3]], r"no header row.*cell B5"),
        ([*HEAD, YEARS, [KUZBASS, 1, 2, 3], *NOTES, [TOMSK, 1, 2, 3]], r"below the footnotes.*cell A9"),
        ([*HEAD, [None, 2015, "2 016", 2017], [KUZBASS, 1, 2, 3]], r"'2 016' is no year.*cell C5"),
        ([["2. ТРУД"], ["2.1. Занятость"]], "holds no figures"),
    ],
)
def test_refuses_what_is_not_certain(tmp_path: Path, rows: Rows, message: str) -> None:
    path = _book(tmp_path / "a.xlsx", {"2.1.": rows})
    with pytest.raises(DataError, match=message):
        read_sheet(path, "2.1.")
    (record,) = survey(tmp_path)
    assert record.outcome in ("refused", "no data")
    assert record.figures == 0


def test_an_unknown_sheet_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx", {"2.1.": [*HEAD, YEARS, [KUZBASS, 1, 2, 3]]})
    with pytest.raises(UnknownNameError, match=r"unknown sheet '2.11.'.*a.xlsx.*2\.1\."):
        read_sheet(path, "2.11.")
    with pytest.raises(DataError, match="no workbooks found"):
        survey(tmp_path / "nowhere")


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="module")
def records(sources: Path, shelf: Shelf) -> list[SheetRecord]:
    return survey(sources / "yearbook_2023", shelf=shelf)


def test_the_yearbook_imports_but_for_three_sheets_with_errors_of_their_own(records: list[SheetRecord]) -> None:
    assert Counter(record.outcome for record in records) == {"imported": 479, "refused": 3, "no data": 22}
    refused = {record.sheet: record.reason for record in records if record.outcome == "refused"}
    assert "20009" in refused["12.10."]
    assert "'ё'" in refused["3.18."]
    assert "stands over two columns" in refused["3.10."]  # its years from 2018 on stand two columns too far right
    assert all(record.regions >= 80 for record in records if record.outcome == "imported")
    assert not [record.sheet for record in records if "no spelling" in record.reason]


def test_declared_variables_are_found_on_imported_sheets(records: list[SheetRecord]) -> None:
    sheets = {variable: record for record in records for variable in record.variables}
    assert sheets["innovation_activity_pct"].sheet == "18.12.1."
    assert sheets["wear_pct"].workbook == "Раздел 9 - Основные фонды.xlsx"
    assert {record.outcome for record in sheets.values()} == {"imported"}


def test_superscripts_are_told_from_figures_and_years(sources: Path, shelf: Shelf) -> None:
    """46 years and 10 figures of the official workbooks carry raised marks; each comes out without them."""
    books = sorted(sources.glob("**/*.xlsx"))
    marked = [sheet.rows[row][column] for path in books for sheet in shelf.open(path) for row, column in sheet.marks]
    assert len(marked) == 2521
    assert not [text for text in marked if text.rstrip().endswith(")") and "(" not in text]
    assert {"111,5", "2022", "…", "Российская Федерация"} <= {text.strip() for text in marked}


@pytest.mark.parametrize(
    ("workbook", "sheet", "cell", "expected"),
    [
        (
            "Раздел 3 - Уровень жизни населения.xlsx",
            "3.7.",
            "S9",
            ("RU", 2017, "не включая единовременную выплату 2017"),
        ),
        ("Раздел 14 - Строительство.xlsx", "14.8.", "AU9", ("RU", 2022, "Общая площадь жилых помещений, тыс. м2")),
        ("Раздел 4 - Образование.xlsx", "4.14.", "L7", ("RU", 2011, "")),
        ("Раздел 7 - Зем ресурсы и охр окр прир среды.xlsx", "7.1.1.", "C99", ("FD-C", 2010, "")),
    ],
)
def test_headers_of_the_yearbook(
    sources: Path, workbook: str, sheet: str, cell: str, expected: tuple[str, int, str]
) -> None:
    frame = read_sheet(sources / "yearbook_2023" / workbook, sheet)
    row = frame[frame["cell"].str.endswith(f"!{cell}")].iloc[0]
    assert (row["region"], row["year"], row["item"]) == expected
