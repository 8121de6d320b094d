"""The build: the same bytes from the official files, and one clear refusal for each kind of bad file."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import DataError, StoreError, UnknownNameError
from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.cli.data import app
from regional_econ.data.build import build
from regional_econ.data.catalogue import load_catalogue, load_sources
from regional_econ.data.corrections import AcceptedDifference, Correction, Corrections
from regional_econ.data.files.readers import Figure, Reading, read_series
from regional_econ.data.load import load_panel
from regional_econ.data.regions import load_region_names, load_regions
from regional_econ.data.snapshot import MANIFEST, TABLES, VALUES, VINTAGES, Row, pack_table, read_rows

SCIENCE = load_sources()["yearbook_2023_18"].file
ACCOUNTS = load_sources()["national_accounts"].file
COLLECTION = load_sources()["tochno"].file
INNOVATION = load_sources()["innovation_assembled"].file
EXTRACT = load_sources()["yearbook_2021"].file
TOMSK = "Томская область,region"
POPULATION = load_sources()["population_emiss"].file


@pytest.fixture(scope="session")
def one_sheet(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The science workbook cut down to the table that is read first: quick to edit."""
    book = openpyxl.load_workbook(sources / SCIENCE, data_only=True)
    for name in book.sheetnames:
        if name != "18.12.1.":
            del book[name]
    path = tmp_path_factory.mktemp("science") / "one.xlsx"
    book.save(path)
    return path


def test_rebuilds_the_snapshot_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["build", "--sources", str(sources), "--out", str(tmp_path)])
    assert done.exit_code == 0
    written = sorted(path.name for path in tmp_path.iterdir())
    assert {*TABLES, MANIFEST} <= set(written)
    for name in written:
        assert (tmp_path / name).read_bytes() == (data_dir() / name).read_bytes(), name
    assert f"{len(load_regions())} regions and aggregates, 1998–2023" in done.output


def test_innovation_activity_equals_the_assembled_file(sources: Path) -> None:
    panel, names = load_panel(), load_region_names()
    compared = 0
    with (sources / load_sources()["innovation_assembled"].file).open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            region = names.resolve(row["region"])
            if row["level"] != "region" or region is None:
                continue
            blank = 0.0 if "dash" in row["note"] else float("nan")
            expected = float(row["value"]) if row["value"] else blank
            # equal to the last digits of a float: the file writes 16 of 17 digits
            found = panel.value(region, "innovation_activity_pct", int(row["year"]))
            assert found == pytest.approx(expected, rel=1e-12, nan_ok=True), row
            compared += 1
    assert compared == 1429


@pytest.mark.parametrize(
    ("cell", "content", "message"),
    [
        ("R91", 9.9, r"innovation_activity_pct of RU-KEM in 2021 is 9.9.*18.12.1.!R91; innovation_assembled, line"),
        ("R91", 640.0, r"640.0, outside \[0, 100\].*18.12.1.!R91"),
        ("R91", "7,8 ?", r"'7,8 \?' is no figure.*sheet 18.12.1., cell R91"),
        ("A91", "Кузбасс", r"unknown region name 'Кузбасс'.*18.12.1.!B91"),
        ("A91", "Томская область", r"'Томская область' stands twice, in rows 91 and 94 .*sheet 18.12.1., cell A94"),
        ("S7", 2021, r"not a row of ascending years: 2021 .*sheet 18.12.1., cell S7"),
        ("A6", "(человек)", r"the unit is '\(человек\)', expected 'в процентах'.*sheet 18.12.1."),
    ],
)
def test_a_wrong_cell_stops_the_build(
    copy: Path, one_sheet: Path, tmp_path: Path, cell: str, content: object, message: str
) -> None:
    book = openpyxl.load_workbook(one_sheet)
    book["18.12.1."][cell].value = content
    (copy / SCIENCE).unlink()
    book.save(copy / SCIENCE)
    with pytest.raises((DataError, UnknownNameError), match=message):
        build(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def _truncate(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


def _comma_separated(path: Path) -> None:
    path.unlink()
    path.write_text("region,year,value\nRU-KEM,2020,1\n", encoding="utf-8")


def _swap(other: str) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        content = (path.parents[len(Path(SCIENCE).parts) - 1] / other).read_bytes()
        path.unlink()
        path.write_bytes(content)

    return act


@pytest.mark.parametrize(
    ("file", "act", "message"),
    [
        (SCIENCE, Path.unlink, "a source file is missing"),
        (SCIENCE, _truncate, "no xlsx workbook or only a part"),
        (SCIENCE, _comma_separated, "no xlsx workbook"),
        (SCIENCE, _swap(load_sources()["yearbook_2023_10"].file), "no sheet holds the table"),
        (COLLECTION, _truncate, "no parquet file of the collection"),
        (COLLECTION, _comma_separated, "no parquet file of the collection"),
    ],
)
def test_bad_files_are_refused_and_nothing_is_written(
    copy: Path, tmp_path: Path, file: str, act: Callable[[Path], None], message: str
) -> None:
    act(copy / file)
    out = tmp_path / "out"
    shutil.copytree(
        data_dir(), out, ignore=lambda folder, names: [n for n in names if n not in (VALUES, VINTAGES, MANIFEST)]
    )
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises((DataError, UnknownNameError), match=message):
        build(copy, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def _without(*starts: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [line for line in lines if not line.startswith(starts)]


def _replaced(start: str, old: str, new: str) -> Callable[[list[str]], list[str]]:
    def act(lines: list[str]) -> list[str]:
        assert sum(line.startswith(start) and old in line for line in lines) == 1
        return [line.replace(old, new) if line.startswith(start) else line for line in lines]

    return act


@pytest.mark.parametrize(
    ("file", "act", "message"),
    [
        (INNOVATION, lambda lines: lines[:-40], r"lacks innovation_activity_pct of RU-\w+ in 2020.*2022.csv; yearbook"),
        (
            INNOVATION,
            _without(f"{TOMSK},2020,"),
            r"lacks innovation_activity_pct of RU-TOM in 2020.*again",
        ),
        (
            INNOVATION,
            _without(f"{TOMSK},2014,"),
            r"lacks innovation_activity_pct of RU-TOM in 2014.*again",
        ),
        (INNOVATION, _replaced(f"{TOMSK},2014,", ",2014,", ",20x4,"), r"'20x4' is no figure .*csv, line"),
        (
            INNOVATION,
            _replaced(f"{TOMSK},2014,", ",2014,", ",2014.5,"),
            r"'2014.5' is no year .*csv, line",
        ),
        (
            INNOVATION,
            _replaced(f"{TOMSK},2014,", ",2014,", ",2014,6;3"),
            r"'6;3.*is no figure .*csv, line",
        ),
    ],
)
def test_incomplete_and_mistyped_text_files_are_refused(
    copy: Path, tmp_path: Path, file: str, act: Callable[[list[str]], list[str]], message: str
) -> None:
    path = copy / file
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.unlink()
    path.write_text("".join(act(lines)), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        build(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_text_in_the_extract_is_named(copy: Path) -> None:
    series = next(one for one in load_catalogue()["grp_mln_rub"].series if one.reader == "extract")
    path = copy / EXTRACT
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    rows[5][rows[0].index(series.column)] = "12 ?"
    path.unlink()
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    with pytest.raises(DataError, match=r"'12 \?' is no figure \(yearbook_2021_extract.csv, line 6\)"):
        read_series(series, load_sources()["yearbook_2021"], Reading.of(copy, load_region_names()))


@pytest.mark.parametrize(
    ("cell", "content", "message"),
    [
        ("Y89", "2 568 238", None),
        ("Y89", "2 568 238 чел", r"'2 568 238 чел' is no figure .*population.xlsx, .*!Y89"),
        ("Y1", "20x2-01-01", r"not a row of dates .*cell Y1"),
        ("", "", r"not a row of dates .*population.xlsx, sheet"),
    ],
)
def test_population_as_text_is_read_or_refused(copy: Path, cell: str, content: str, message: str | None) -> None:
    entry = load_catalogue()["population_avg"]
    series = next(one for one in entry.series if one.reader == "population")
    path = copy / POPULATION
    book = openpyxl.load_workbook(path) if cell else openpyxl.Workbook()
    path.unlink()
    if cell:
        book.worksheets[0][cell].value = content
    book.save(path)
    reading = Reading.of(copy, load_region_names())
    if message is None:
        figures = read_series(series, load_sources()["population_emiss"], reading)
        assert [one.value for one in figures if one.place.endswith("!Y89")] == [2568238.0]
        return
    with pytest.raises(DataError, match=message):
        read_series(series, load_sources()["population_emiss"], reading)


def test_a_foreign_workbook_for_the_national_accounts_is_refused(copy: Path, tmp_path: Path) -> None:
    target = copy / ACCOUNTS
    target.unlink()
    shutil.copy(copy / load_sources()["consumer_prices"].file, target)
    with pytest.raises(DataError):
        build(copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_missing_folder_and_unwritable_target(sources: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folder of source files is missing"):
        build(tmp_path / "nowhere", tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot write"):
        build(sources, blocked)


def test_bytes_do_not_depend_on_the_order_of_rows() -> None:
    rows = [Row("a", "RU-KEM", year, "v", 0.1 * year, "published", "s", f"A{year}") for year in range(2000, 2010)]
    assert pack_table(VALUES, rows) == pack_table(VALUES, rows[::-1])
    assert pack_table(VALUES, rows)[4:8] == b"\0\0\0\0"  # no time in the gzip header
    text = gzip.decompress(pack_table(VALUES, rows)).decode()
    assert "\r" not in text
    assert text.splitlines()[1] == "a,RU-KEM,2000,v,200,published,s,A2000"


def test_values_survive_the_round_trip(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 1e-17, 12345678.000000002, -0.0, 1e22]
    rows = [Row("a", "RU-KEM", 2000 + i, "v", x, "published", "s", "c") for i, x in enumerate(numbers)]
    (tmp_path / VALUES).write_bytes(pack_table(VALUES, rows))
    manifest = {"files": {VALUES: sha256_file(tmp_path / VALUES)}, "sources": {}}
    (tmp_path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    assert read_rows(VALUES, tmp_path)["value"].tolist() == numbers


def test_a_mended_figure_is_published_whatever_stood_there() -> None:
    dash = [Figure("RU-TYU", 2005, 0.0, "absent", "v", "G85")]
    mend = Correction(
        "x", "s", "RU-TYU", 2005, expect=0.0, value=109.5, reason=Text("так дают две суммы", "two sums say so")
    )
    assert Corrections((mend,), ()).apply("x", "s", dash)[0][2:4] == (109.5, "published")


def test_corrections_apply_until_the_source_mends_itself() -> None:
    figures = [Figure("RU-KEM", 2020, 63.0, "published", "v", "B2")]
    mend = Correction(
        "x", "s", "RU-KEM", 2020, expect=63.0, value=6.3, reason=Text("потеряна запятая", "decimal point lost")
    )
    assert Corrections((mend,), ()).apply("x", "s", figures)[0].value == 6.3
    assert Corrections((mend,), ()).apply("y", "s", figures)[0].value == 63.0
    mended = [figures[0]._replace(value=6.3)]
    with pytest.raises(DataError, match=r"expects 63\.0, the source has 6\.3"):
        Corrections((mend,), ()).apply("x", "s", mended)


def test_an_accepted_difference_that_is_gone_stops_the_build(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = AcceptedDifference("innovation_activity_pct", "RU-KEM", 2021, 7.8, 7.9, "test")
    monkeypatch.setattr("regional_econ.data.build.load_corrections", lambda: Corrections((), (gone,)))
    with pytest.raises(DataError, match=r"no longer exists.*corrections.yml"):
        build(sources, tmp_path / "out")
