"""Exported files: read back by the programs they are meant for, with labels, and the same bytes every time."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet
import pyreadstat
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import DataError, OptionError
from regional_econ._base.text import Text
from regional_econ.cli.data import app
from regional_econ.core.panel import Panel
from regional_econ.data.export import STATA_NAME, ExportFormat, codebook, export
from regional_econ.data.load import load_panel

FORMATS: tuple[ExportFormat, ...] = ("csv", "xlsx", "dta", "parquet")
READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "csv": pd.read_csv,
    "xlsx": lambda path: pd.read_excel(path, sheet_name="figures", engine="openpyxl"),
    "dta": lambda path: pd.read_stata(path, convert_categoricals=False),
    "parquet": pd.read_parquet,
}


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load_panel().select(years=(2014, 2023), regions=["RU-KEM", "RU-CHU", "RU-SEV", "RU-MOW"])


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("long", [False, True])
def test_every_figure_comes_back(panel: Panel, tmp_path: Path, file_format: ExportFormat, long: bool) -> None:
    target = tmp_path / f"panel.{file_format}"
    rows = export(panel, target, file_format=file_format, aggregates=True, long=long)
    frame = READERS[file_format](target)
    assert len(frame) == rows
    assert {"region", "district", "country"} <= set(frame["kind"])
    whole = pd.concat([panel.frame, panel.aggregates])
    if long:
        assert not frame["value"].isna().any()
        assert set(frame["unit"]) == {one.unit_label.en for name, one in panel.variables.items() if whole[name].any()}
        frame = frame.pivot(index=["region", "year"], columns="variable", values="value").reset_index()
    back = frame.astype({"year": "int64"}).set_index(["region", "year"]).reindex(whole.index)
    digits = 1e-15 if file_format == "xlsx" else 0.0  # openpyxl writes 16 digits; the others keep every bit
    for name in panel.variables:
        column = back[name] if name in back else pd.Series(float("nan"), whole.index)
        pd.testing.assert_series_equal(
            column.astype("float64"), whole[name], check_names=False, rtol=digits, atol=0.0, obj=name
        )


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_panel_gives_the_same_bytes(
    panel: Panel, tmp_path: Path, file_format: ExportFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    export(panel, first, file_format=file_format)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    export(panel, second, file_format=file_format)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_stata_has_labels(panel: Panel, tmp_path: Path, lang: str) -> None:
    target = tmp_path / "panel.dta"
    export(panel, target, file_format="dta", lang=lang)  # type: ignore[arg-type]
    frame, meta = pyreadstat.read_dta(target)
    labels = dict(zip(meta.column_names, meta.column_labels, strict=True))
    wear, kuzbass = panel.variable("wear_pct"), panel.regions["RU-KEM"]
    assert labels["wear_pct"] == f"{wear.label.get(lang)}, {wear.unit_label.get(lang)}"  # type: ignore[arg-type]
    assert all(labels[name] for name in frame.columns)
    assert max(map(len, labels.values())) <= 80
    assert meta.file_label == "Regions of Russia, official figures, vintage newest"
    numbers = frame.set_index("region")["region_no"].drop_duplicates()
    names = meta.variable_value_labels["region_no"]
    assert names[numbers["RU-KEM"]] == kuzbass.name.get(lang)  # type: ignore[arg-type]
    assert set(names) == set(numbers)
    with pd.read_stata(target, iterator=True) as reader:
        assert reader.variable_labels()["wear_pct"] == labels["wear_pct"]
        assert reader.read(convert_categoricals=False)["year"].dtype == "int16"


def test_a_label_that_is_too_long_for_stata_is_cut(panel: Panel, tmp_path: Path) -> None:
    wear = panel.variable("wear_pct")
    for label, written in [("x" * 80, "x" * 80), ("x" * 81, "x" * 79 + "…"), ("x" * 77, "x" * 77 + ", %")]:
        changed = replace(panel, variables={**panel.variables, "wear_pct": replace(wear, label=Text(label, label))})
        export(changed, tmp_path / "panel.dta", file_format="dta")
        _, meta = pyreadstat.read_dta(tmp_path / "panel.dta")
        assert meta.column_names_to_labels["wear_pct"] == written


def test_a_name_that_stata_cannot_hold_is_refused(panel: Panel, tmp_path: Path) -> None:
    name = "a" * (STATA_NAME + 1)
    changed = panel.with_columns(panel.frame[["wear_pct"]].set_axis([name], axis=1), {name: panel.variable("wear_pct")})
    with pytest.raises(DataError, match=f"Stata cannot hold the name {name}"):
        export(changed, tmp_path / "panel.dta", file_format="dta")
    assert not list(tmp_path.iterdir())
    assert export(changed, tmp_path / "panel.dta", file_format="dta", long=True) > 0
    assert max(map(len, panel.variables)) <= STATA_NAME, "declare a shorter id: Stata users need every variable"


def test_excel_has_figures_and_variables(panel: Panel, tmp_path: Path) -> None:
    target = tmp_path / "panel.xlsx"
    export(panel, target, file_format="xlsx", lang="ru")
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["figures", "variables"]
    assert book["figures"].freeze_panes == "E2"
    header, *rows = book["variables"].iter_rows(values_only=True)
    wear = dict(zip(header, next(row for row in rows if row[0] == "wear_pct"), strict=True))
    assert wear["label"] == panel.variable("wear_pct").label.ru
    assert str(wear["breaks"]).startswith("2017: ")
    assert "tochno" in str(wear["sources"])
    assert (wear["first_year"], wear["last_year"], wear["regions"]) == (2014, 2023, 4)
    figures = book["figures"]
    assert figures.cell(2, 2).value == panel.regions[str(figures.cell(2, 1).value)].name.ru
    with zipfile.ZipFile(target) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


def test_parquet_columns_carry_label_and_unit(panel: Panel, tmp_path: Path) -> None:
    export(panel, tmp_path / "panel.parquet", file_format="parquet")
    schema = pyarrow.parquet.read_schema(tmp_path / "panel.parquet")
    assert schema.field("wear_pct").metadata[b"unit"] == b"%"
    assert schema.metadata[b"vintage"] == b"newest"
    assert schema.metadata[b"checksum"].decode() == panel.checksum


def test_the_codebook_tells_what_was_known() -> None:
    table = codebook(load_panel(known_in=2021)).set_index("variable")
    assert table.loc["grp_mln_rub", "knowledge"] == "mixed: yearbook-2021, yearbook-2023"
    assert set(codebook(load_panel())["knowledge"]) == {""}


def test_mistaken_options_are_named(panel: Panel, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="csv, xlsx, dta, parquet"):
        export(panel, tmp_path / "x", file_format="xls")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="ru, en"):
        export(panel, tmp_path / "x", file_format="csv", lang="de")  # type: ignore[arg-type]
    error = CliRunner().invoke(app, ["export", "--format", "xls", "--out", str(tmp_path / "x.xls")]).exception
    assert isinstance(error, OptionError)


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_command_writes_the_file(tmp_path: Path, file_format: str) -> None:
    target = tmp_path / f"panel.{file_format}"
    done = CliRunner().invoke(app, ["export", "--format", file_format, "--out", str(target), "--aggregates", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.output)["data"]["rows"] == len(READERS[file_format](target))
