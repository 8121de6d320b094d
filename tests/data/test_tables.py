"""Side tables: read from the official files, checked against their own sums, stored and read back."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ.data.catalogue import load_sources
from regional_econ.data.files.flows import read_flows
from regional_econ.data.files.industries import industry_labels, read_assets, read_value_added
from regional_econ.data.files.workbooks import Sheet, Shelf
from regional_econ.data.regions import load_region_names, load_regions, parts_of
from regional_econ.data.snapshot import (
    FLOWS,
    INDUSTRIES,
    MANIFEST,
    NATIONAL,
    NEIGHBOURS,
    SHEETS,
    TABLES,
    VALUES,
    Column,
    pack_table,
    read_table_file,
)
from regional_econ.data.tables import ISOLATES, TABLE_SOURCES, compile_tables, read_national, read_neighbours

NAMES, REGIONS = load_region_names(), load_regions()
FILES = load_sources()


@pytest.fixture(scope="module")
def compiled(sources: Path) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """All side tables as frames, and what was noticed."""
    shelf = Shelf()
    rows = compile_tables(sources, shelf)
    frames = {
        file: pd.DataFrame(list(content), columns=[column.name for column in TABLES[file].columns])
        for file, content in rows.items()
    }
    return frames, shelf.remarks


def test_value_added_under_both_classifications(compiled: tuple[dict[str, pd.DataFrame], list[str]]) -> None:
    frames, remarks = compiled
    shares = frames[INDUSTRIES].query("measure == 'gva_share'")
    spans = shares.groupby("classification")["year"].agg(["min", "max"])
    assert spans.to_numpy().tolist() == [[2009, 2015], [2016, 2022]]
    sections = shares.groupby("classification")["industry"].nunique().to_dict()
    assert sections == {"okved": 16, "okved2": 20}
    assert set(zip(shares["classification"], shares["industry"], strict=True)) <= set(industry_labels())
    totals = shares.groupby(["region", "year"])["value"].sum()
    assert totals.between(99.99, 100.01).all()  # the office makes the printed shares add up
    mining = shares.set_index(["region", "year", "industry"])["value"]
    assert (mining["RU-KEM", 2015, "C"], mining["RU-KEM", 2016, "B"], mining["RU-KEM", 2022, "B"]) == (25.8, 28.4, 41.8)
    regions = shares[shares["region"].isin(parts_of("RU", REGIONS))].groupby("year")["region"].nunique()
    assert regions.to_dict() == {2009: 83, 2010: 81, **dict.fromkeys((2011, 2012, 2013), 83)} | dict.fromkeys(
        range(2014, 2023), 85
    )
    assert [one for one in remarks if "VRP_OKVED2" in one] == [
        f"VRP_OKVED2_s2016.xlsx: sheet {year} repeats the sheet 2022 and is refused" for year in (2023, 2024)
    ]


def test_assets_by_industry_give_the_published_wear(compiled: tuple[dict[str, pd.DataFrame], list[str]]) -> None:
    assets = compiled[0][INDUSTRIES].query("coverage == 'commercial' and region == 'RU-KEM' and industry == 'total'")
    wide = assets.pivot(index="year", columns="measure", values="value")
    wear = (100 * (1 - wide["assets_residual"] / wide["assets_full"])).round(1)
    assert (wear[2022], wear[2023]) == (47.5, 48.8)  # as the yearbook prints it
    assert len(compiled[0][INDUSTRIES].query("measure == 'assets_full'")) == 35298


def test_flows_are_square_and_complete(compiled: tuple[dict[str, pd.DataFrame], list[str]]) -> None:
    frames, remarks = compiled
    flows = frames[FLOWS].pivot(index="origin", columns="destination", values="thousand_rub")
    assert tuple(flows.index) == tuple(flows.columns) == parts_of("RU", REGIONS)
    assert flows.to_numpy().sum() == pytest.approx(16706338779.6, abs=0.1 * 85)  # the country's cell, 85 × 85 roundings
    assert flows.loc["RU-KEM", "RU-ALT"] == 20450876.7  # coal goes out to the Altai …
    assert flows.loc["RU-OMS", "RU-KEM"] == 50359382.1  # … and fuel comes in from Omsk
    assert not [one for one in remarks if "W.xls" in one]  # parts of both whole oblasts and of the country add up


def test_neighbours_are_symmetric(compiled: tuple[dict[str, pd.DataFrame], list[str]]) -> None:
    pairs = set(compiled[0][NEIGHBOURS].itertuples(index=False, name=None))
    assert len(pairs) == 380
    assert {(other, one) for one, other in pairs} == pairs
    with_neighbours = {one for one, _ in pairs}
    assert set(parts_of("RU", REGIONS)) - with_neighbours == {*ISOLATES, "RU-CR", "RU-SEV"}


def test_outlines_cover_the_same_regions(sources: Path) -> None:
    content = json.loads((sources / FILES["outlines"].file).read_text(encoding="utf-8"))
    found = {NAMES.resolve(one["properties"]["name"]) for one in content["features"]}
    # outlines show the okrugs apart: the two oblasts are the rest of them
    outlined = {{"OB-ARK": "RU-ARK", "OB-TYU": "RU-TYU"}.get(str(one), one) for one in found}
    assert outlined == set(parts_of("RU", REGIONS)) - {"RU-CR", "RU-SEV"}


def test_national_series(compiled: tuple[dict[str, pd.DataFrame], list[str]]) -> None:
    wide = compiled[0][NATIONAL].pivot(index="year", columns="series", values="value")
    assert wide["coal_australian_usd_t"].dropna().index.tolist() == list(range(1995, 2024))
    assert wide.loc[2022, ["usd_rub", "gdp_growth_pct", "iron_ore_usd_dmt"]].round(2).tolist() == [68.49, -1.2, 121.3]
    assert wide["key_rate_actual_pct"].dropna().index.min() == 2013
    # two files give Brent: the same series, averaged by other hands
    both = wide[["brent_usd_bbl", "brent_macro_usd_bbl"]].dropna()
    assert (both["brent_macro_usd_bbl"] / both["brent_usd_bbl"] - 1).abs().max() < 0.015


def test_tables_survive_the_round_trip(
    compiled: tuple[dict[str, pd.DataFrame], list[str]], sources: Path, tmp_path: Path
) -> None:
    rows = compile_tables(sources)
    contents = {file: pack_table(file, content) for file, content in rows.items()}
    backwards = {file: pack_table(file, list(content)[::-1]) for file, content in rows.items()}
    assert contents == backwards  # the order of rows does not matter
    for file, content in contents.items():
        (tmp_path / file).write_bytes(content)
        assert content[4:8] == b"\0\0\0\0" or not file.endswith(".gz")  # no time in the gzip header
        assert b"\r" not in (gzip.decompress(content) if file.endswith(".gz") else content)
    manifest = {"files": {file: sha256_bytes(content) for file, content in contents.items()}, "sources": {}}
    (tmp_path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    for file in contents:
        frame = read_table_file(file, tmp_path)
        key = list(TABLES[file].key)
        expected = compiled[0][file].sort_values(key, ignore_index=True)
        assert not frame.duplicated(key).any()
        for column in TABLES[file].columns:
            assert frame[column.name].tolist() == pytest.approx(expected[column.name].tolist(), nan_ok=True)
    (tmp_path / NATIONAL).write_bytes(contents[NATIONAL].replace(b"usd_rub,2022", b"usd_rub,2021"))
    with pytest.raises(DataError, match=r"changed or damaged .*national.csv"):
        read_table_file(NATIONAL, tmp_path)
    with pytest.raises(DataError, match=r"is missing .*sheets.csv"):
        read_table_file(SHEETS, tmp_path)
    with pytest.raises(UnknownNameError, match=r"flows\.csv\.gz"):
        read_table_file("flow.csv.gz", tmp_path)


def test_every_column_is_described() -> None:
    for table in TABLES.values():
        columns: Sequence[Column] = table.columns
        assert set(table.key) <= {column.name for column in columns}
        assert all(column.description for column in columns)
        assert table.title


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("RU-KEM", "RU-TOM"), ("RU-KEM", "RU-TOM")], "two rows have one key: RU-KEM, RU-TOM"),
        ([("RU-KEM", "RU-TOM", "x")], "a row has 3 columns, expected 2"),
        ([("RU-KEM", "RU-\nTOM")], "several lines"),
    ],
)
def test_rows_that_cannot_be_stored(rows: list[tuple[str, ...]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        pack_table(NEIGHBOURS, rows)
    with pytest.raises(UnknownNameError):
        pack_table("no.csv", rows)
    assert VALUES in TABLES


def _text(sources: Path, source: str, folder: Path) -> tuple[Path, list[list[str]]]:
    path = folder / Path(FILES[source].file).name
    raw = (sources / FILES[source].file).read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    return path, list(csv.reader(text.splitlines()))


def _write(path: Path, rows: list[list[str]]) -> None:
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


@pytest.mark.parametrize(
    ("line", "column", "content", "message"),
    [
        (2, 0, "Кузбасс", r"unknown region name 'Кузбасс' \(.*csv.gz, line 3\)"),
        (2, 1, "Добыча угля", r"unknown section 'Добыча угля' \(.*line 3\).*Known are"),
        (2, 2, "2017,5", r"'2017,5' is no figure .*line 3"),
        (2, 2, "2077", r"'2077' is no year .*line 3"),
        (2, 3, "all", r"unknown coverage 'all' .*line 3.*all organisations"),
        (2, 4, "63 33", r"'63 33' is no figure .*line 3"),
        (2, 4, "nan", r"'nan' is no figure .*line 3"),
        (0, 4, "value", "the columns full_book_value are missing"),
        (2, 2, "2018", r"RU-ALT stands twice for 2018 .*line"),
    ],
)
def test_bad_lines_of_the_assets_are_named(
    sources: Path, tmp_path: Path, line: int, column: int, content: str, message: str
) -> None:
    path, rows = _text(sources, "fixed_assets_industries", tmp_path)
    rows = rows[:40]
    rows[line][column] = content
    _write(path, rows)
    with pytest.raises((DataError, UnknownNameError), match=message):
        read_assets(path, "fixed_assets_industries", NAMES)


def _short_line(rows: list[list[str]]) -> None:
    rows[5] = rows[5][:1]


def _twice(rows: list[list[str]]) -> None:
    rows.append(rows[5][::-1])


def _itself(rows: list[list[str]]) -> None:
    rows[5][1] = rows[5][0]


def _without_kuzbass(rows: list[list[str]]) -> None:
    rows[:] = [row for row in rows if "Кемеровская область" not in row]


def _island_with_neighbour(rows: list[list[str]]) -> None:
    rows.append(["Калининградская область", "Псковская область"])


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (_short_line, r"a line has 1 cells, the header 2 \(.*csv, line 6\)"),
        (_twice, r"the pair RU-\w+, RU-\w+ stands twice .*line 192 and line 6"),
        (_itself, r"stands beside itself .*line 6"),
        (_without_kuzbass, "without neighbours are RU-KEM, RU-KGD, RU-SAK"),
        (_island_with_neighbour, "without neighbours are RU-SAK, expected"),
    ],
)
def test_bad_pairs_of_neighbours_are_named(
    sources: Path, tmp_path: Path, act: Callable[[list[list[str]]], None], message: str
) -> None:
    path, rows = _text(sources, "contiguity", tmp_path)
    act(rows)
    _write(path, rows)
    with pytest.raises(DataError, match=message):
        read_neighbours(path, NAMES)


def test_bad_national_series_are_named(sources: Path, tmp_path: Path) -> None:
    for source in ("macro_external", "commodity_prices"):
        shutil.copy(sources / FILES[source].file, tmp_path / FILES[source].file)
    path, rows = _text(sources, "commodity_prices", tmp_path)
    rows[4][0] = rows[3][0]
    _write(path, rows)
    with pytest.raises(DataError, match=r"1997 stands twice .*line 5 and line 4"):
        read_national(tmp_path, FILES)
    path.write_bytes("год,brent_usd_bbl\n1997,дорого\n".encode("cp1251"))
    with pytest.raises(DataError, match="no text in UTF-8"):
        read_national(tmp_path, FILES)
    path.unlink()
    with pytest.raises(DataError, match="a source file is missing"):
        read_national(tmp_path, FILES)


@pytest.fixture(scope="module")
def structure(sources: Path) -> list[Sheet]:
    """Two sheets of the structure of value added, one of each classification."""
    return [sheet for sheet in Shelf().open(sources / FILES["value_added_structure"].file) if sheet.name in _TWO]


_TWO = ("2015", "2022")


@pytest.mark.parametrize(
    ("row", "column", "content", "message"),
    [
        (8, 5, 171.0, r"a share is 171.0 .*2022!F9"),
        (8, 5, 60.0, r"add up to \d+.*not to 100 .*2022!D9"),
        (8, 5, "17,9 ?", r"'17,9 \?' is no figure .*2022!F9"),
        (8, 1, "Москва", r"RU-MOW stands twice .*sheet 2022, cell B\d+ and B9"),
        (8, 1, "Кузбасс", r"unknown region name 'Кузбасс' .*sheet 2022, cell B9"),
        (4, 5, "Добыча угля", r"headed 'Добыча угля'.*sheet 2022, cell F5"),
        (1, 1, "Структура в 2021 г.", r"the title names 2021 .*sheet 2022"),
        (1, 1, "Структура", r"the title names no year .*sheet 2022"),
    ],
)
def test_bad_cells_of_the_structure_are_named(
    structure: list[Sheet], row: int, column: int, content: object, message: str
) -> None:
    path = Path("VRP.xlsx")
    rows = [list(contents) for contents in structure[1].rows]
    rows[row][column] = content
    shelf = Shelf({path: [structure[0], structure[1]._replace(rows=rows)]})
    with pytest.raises((DataError, UnknownNameError), match=message):
        read_value_added(path, "value_added_structure", NAMES, shelf)


def test_a_copied_sheet_with_a_new_title_is_refused(structure: list[Sheet]) -> None:
    path = Path("VRP.xlsx")
    rows = [list(contents) for contents in structure[1].rows]
    rows[1][1] = str(rows[1][1]).replace("2022", "2023")
    shelf = Shelf({path: [*structure, structure[1]._replace(name="2023", rows=rows)]})
    found = read_value_added(path, "value_added_structure", NAMES, shelf)
    assert {row.year for row in found} == {2015, 2022}
    assert shelf.remarks == ["VRP.xlsx: sheet 2023 repeats the sheet 2022 and is refused"]


@pytest.fixture(scope="module")
def matrices(sources: Path) -> list[Sheet]:
    """The sheets of the workbook of flows."""
    return Shelf().open(sources / FILES["goods_flows"].file)


@pytest.mark.parametrize(
    ("row", "column", "content", "message"),
    [
        (8, 3, 101222255.7, r"2 matrices|flow from RU-BEL to RU-BEL is 101222255.7 and 101222255.6; 1 flows differ"),
        (8, 3, -1.0, r"-1.0 is no flow .*cleaned_w_zeros!D9"),
        (8, 3, "много", r"'много' is no figure .*cleaned_w_zeros!D9"),
        (8, 0, "Томская область", r"stands beside the code 14000000000, expected 69000000000 .*cell A9"),
        (4, 3, "Томская область", r"stands beside the code 14000000000.*cell D5"),
        (8, 1, "", r"the rows lack RU-BEL .*cleaned_w_zeros"),
        (0, 2, "Ввоз, млн рублей", r"does not say that the unit is thousand roubles"),
    ],
)
def test_bad_cells_of_the_flows_are_named(
    matrices: list[Sheet], row: int, column: int, content: object, message: str
) -> None:
    path = Path("W.xls")
    rows = [list(contents) for contents in matrices[0].rows]
    rows[row][column] = content
    shelf = Shelf({path: [matrices[0]._replace(rows=rows), *matrices[1:]]})
    with pytest.raises(DataError, match=message):
        read_flows(path, NAMES, REGIONS, shelf)


def test_a_sum_that_differs_is_remarked(matrices: list[Sheet]) -> None:
    path = Path("W.xls")
    sheets = [sheet._replace(rows=[list(row) for row in sheet.rows]) for sheet in matrices[:1]]
    sheets[0].rows[8][3] += 1000.0  # one own flow: the country's row and column of that region are short
    shelf = Shelf({path: sheets})
    read_flows(path, NAMES, REGIONS, shelf)
    assert len(shelf.remarks) == 1
    assert "2 of 172 sums over the parts of RU differ" in shelf.remarks[0]


def test_sources_of_the_tables_are_declared() -> None:
    assert set(TABLE_SOURCES) <= set(FILES)
