"""One cell is edited in a copy of each kind of official file; the check names every one of them, and nothing else."""

from __future__ import annotations

import csv
import gzip
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pandas as pd
import pytest

from regional_econ.data.catalogue import load_sources
from regional_econ.data.checks.stored import CheckReport, check
from regional_econ.data.tables import load_flows, load_industries
from regional_econ.data.trace import trace

Edit = Callable[[Path], None]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def in_workbook(cell: str, content: float) -> Edit:
    """The cell is exchanged in the part of its sheet; whatever else the workbook holds stays as it is."""

    def edit(path: Path) -> None:
        with zipfile.ZipFile(path) as book:
            parts = {name: book.read(name) for name in book.namelist()}
        sheet, _, address = cell.rpartition("!")
        sheets = ElementTree.fromstring(parts["xl/workbook.xml"]).iter(f"{MAIN}sheet")
        relation = next(one.get(RELATION) for one in sheets if one.get("name") == sheet)
        relations = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
        target = next(one.get("Target", "") for one in relations if one.get("Id") == relation)
        part = str(PurePosixPath("/xl", target).relative_to("/"))
        before = rf'<c r="{address}"[^>/]*(?:/>|>.*?</c>)'.encode()
        after = f'<c r="{address}"><v>{content}</v></c>'.encode()
        parts[part], found = re.subn(before, after, parts[part], flags=re.DOTALL)
        assert found == 1, cell
        path.unlink()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
            for name, part_content in parts.items():
                book.writestr(name, part_content)

    return edit


def in_text(old: str, new: str) -> Edit:
    def edit(path: Path) -> None:
        packed = path.suffix == ".gz"
        text = (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()).decode("utf-8")
        assert text.count(old) == 1, old
        content = text.replace(old, new).encode("utf-8")
        path.unlink()
        path.write_bytes(gzip.compress(content) if packed else content)

    return edit


def in_collection(row: int, content: float) -> Edit:
    def edit(path: Path) -> None:
        frame = pd.read_parquet(path)
        frame.loc[row, "indicator_value"] = content
        path.unlink()
        frame.to_parquet(path)

    return edit


def in_old_workbook(old: float, new: float) -> Edit:
    """An .xls file holds numbers as eight bytes, which can be exchanged in place, wherever they occur."""

    def edit(path: Path) -> None:
        content = path.read_bytes()
        assert struct.pack("<d", old) in content
        path.unlink()
        path.write_bytes(content.replace(struct.pack("<d", old), struct.pack("<d", new)))

    return edit


def line_of(path: Path, **wanted: str) -> str:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        text = handle.read().splitlines()
    return next(line for line, row in zip(text[1:], csv.DictReader(text), strict=True) if wanted.items() <= row.items())


@pytest.fixture(scope="module")
def report(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    folder, files = tmp_path_factory.mktemp("sources"), load_sources()
    for path in sources.rglob("*.*"):
        target = folder / path.relative_to(sources)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
    shares = load_industries("gva_share", classification="okved2")
    culture = shares[(shares.region == "RU-KEM") & (shares.year == 2020) & (shares.industry == "R")].iloc[0]
    flows = load_flows()
    sold = flows[(flows.origin == "RU-KEM") & (flows.destination == "RU-ALT")].iloc[0]
    rd = trace("RU-KEM", "rd_mln_rub", 2020)
    activity = line_of(folder / files["innovation_assembled"].file, region="Кемеровская область", year="2020")
    value = activity.split(",")[3]
    edits: dict[str, Edit] = {
        "yearbook_2023_18": in_workbook("18.5.!T90", 1.25),
        "consumer_prices": in_workbook("Лист1!K32", 121.55),
        "population_emiss": in_workbook(f"{trace('RU-KEM', 'population_avg', 2022).place}", 2568239.0),
        "national_accounts": in_workbook(f"{trace('RU-KEM', 'grp_mln_rub', 2020).place}", 1045101.5),
        "value_added_structure": in_workbook(str(culture["cell"]), 0.75),
        "tochno": in_collection(int(str(rd.place).removeprefix("row ")), 1768.5),
        "goods_flows": in_old_workbook(float(sold["thousand_rub"]), float(sold["thousand_rub"]) + 1.0),
        "macro_external": in_text("2019,7.329452054794521,", "2019,7.5,"),
        "commodity_prices": in_text("1995,17.06583333333,", "1995,18.5,"),
        "fixed_assets_totals": in_text("2000,all organisations,203441.0,", "2000,all organisations,203442.0,"),
        "yearbook_2021": in_text(",1171,42074.5,9242,", ",1171,42074.5,9243,"),
        "innovation_assembled": in_text(activity, activity.replace(value, "6.5", 1)),
    }
    for name, edit in edits.items():
        edit(folder / files[name].file)
    return check(folder)


@pytest.mark.parametrize(
    ("table", "key", "read"),
    [
        ("vintages.csv.gz", "rd_mln_rub, RU-NVS, 2018, yearbook-2023, yearbook_2023_18", 1.25),
        ("values.csv.gz", "cpi_pct, RU-AD, 2001", 121.55),
        ("values.csv.gz", "population_avg, RU-KEM, 2022", 2568239.0),
        ("values.csv.gz", "grp_mln_rub, RU-KEM, 2020", 1045101.5),
        ("industries.csv.gz", "gva_share, okved2, R, all, RU-KEM, 2020", 0.75),
        ("values.csv.gz", "rd_mln_rub, RU-KEM, 2020", 1768.5),
        ("flows.csv.gz", "RU-KEM, RU-ALT", 20450877.7),
        ("national.csv", "key_rate_pct, 2019", 7.5),
        ("national.csv", "brent_usd_bbl, 1995", 18.5),
        ("vintages.csv.gz", "fixed_assets_mln_rub, RU-ALT, 2000, rosstat-2024, fixed_assets_totals", 203442.0),
        ("vintages.csv.gz", "investment_mln_rub, RU-BEL, 2000, yearbook-2021, yearbook_2021", 9243.0),
        ("values.csv.gz", "innovation_activity_pct, RU-KEM, 2020", 6.5),
    ],
)
def test_an_edited_cell_is_a_named_difference(report: CheckReport, table: str, key: str, read: float) -> None:
    found = {(one.table, one.key): one for one in report.differences if one.column in ("value", "thousand_rub")}
    assert (table, key) in found, sorted(found)
    one = found[table, key]
    assert one.read == pytest.approx(read)
    assert one.place, "it names where the cell stands"
    assert key in str(one)


def test_nothing_else_differs_and_changed_files_are_named(report: CheckReport) -> None:
    assert len(report.differences) == 12, "\n".join(map(str, report.differences))
    assert sum("SHA-256" in warning for warning in report.warnings) == 12
