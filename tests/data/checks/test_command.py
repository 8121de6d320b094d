"""The commands that print checks and write files: every table names its rows, a file holds what its name says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import DataError, OptionError
from regional_econ.cli.data import app
from regional_econ.data.checks.crosscheck import CrossCheck
from regional_econ.data.checks.stored import CheckReport, Difference
from regional_econ.data.checks.suspicions import suspicions
from regional_econ.data.load import load_panel


@pytest.fixture(scope="module")
def doubts() -> pd.DataFrame:
    """The figures that look mistyped or copied."""
    return suspicions()


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, stored: CrossCheck, doubts: pd.DataFrame) -> None:
    """The command prints what was found once for all tests."""
    monkeypatch.setattr("regional_econ.data.checks.crosscheck.crosscheck", lambda: stored)
    monkeypatch.setattr("regional_econ.data.checks.crosscheck.crosscheck_sources", lambda _: stored)
    monkeypatch.setattr("regional_econ.data.checks.suspicions.suspicions", lambda: doubts)


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("as_json", [False, True])
def test_sums_are_printed_with_the_names_of_their_variables(as_json: bool) -> None:
    done = CliRunner().invoke(app, ["check", *(["--json"] if as_json else [])])
    assert done.exit_code == 0, done.output
    if as_json:
        answer = json.loads(done.stdout)["data"]
        assert {"rd_mln_rub", "grp_mln_rub"} <= {row["variable"] for row in answer["sums_of_parts"]}
        assert all({"variable", "pair"} <= set(row) for row in answer["crosscheck"])
        assert all({"rule", "variable", "region", "year"} <= set(row) for row in answer["suspicions"])
        return
    sums = done.stdout.partition("Sums of the regions")[2].partition("cells stand in two files")[0].splitlines()
    assert sums[1].split()[:2] == ["variable", "cells"]
    assert "rd_mln_rub" in {line.split()[0] for line in sums[2:] if line.split()}


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize("differs", [False, True])
def test_differences_from_the_files_end_with_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, differs: bool
) -> None:
    difference = Difference("values.csv.gz", "wear_pct, RU-KEM, 2022", "value", 48.5, 58.4, "row 121080")
    report = CheckReport(3, (difference,) if differs else (), ("a file changed",))
    monkeypatch.setattr("regional_econ.data.checks.stored.check", lambda _: report)
    done = CliRunner().invoke(app, ["check", "--sources", str(tmp_path), "--json"])
    answer = json.loads(done.stdout)
    assert [one["key"] for one in answer["data"]["differences"]] == ["wear_pct, RU-KEM, 2022"] * differs
    assert answer["messages"] == ["warning: a file changed"]
    assert isinstance(done.exception, DataError) == differs
    assert not differs or "1 figures differ" in str(done.exception)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One variable is enough to see which format is written."""
    panel = load_panel()
    panel = replace(
        panel, variables={"wear_pct": panel.variables["wear_pct"]}, frame=panel.frame[["wear_pct"]],
        aggregates=panel.aggregates[["wear_pct"]],
    )  # fmt: skip
    monkeypatch.setattr("regional_econ.data.load.load_panel", lambda *_, **__: panel)


@pytest.mark.parametrize(
    ("name", "options", "start"),
    [
        ("a.xlsx", [], b"PK"),
        ("a.XLSX", [], b"PK"),
        ("a.parquet", [], b"PAR1"),
        ("a.dta", [], b"<stata_dta>"),
        ("a.csv", [], b"region,"),
        ("a", [], b"region,"),
        ("a.txt", ["--format", "csv"], b"region,"),
        ("a.xlsx", ["--format", "xlsx"], b"PK"),
    ],
)
def test_a_file_is_of_the_format_that_its_name_says(
    small: None, tmp_path: Path, name: str, options: list[str], start: bytes
) -> None:
    done = CliRunner().invoke(app, ["export", "--out", str(tmp_path / name), *options])
    assert done.exit_code == 0, done.output
    assert (tmp_path / name).read_bytes().startswith(start)
    if start == b"region,":
        assert "wear_pct" in pd.read_csv(tmp_path / name).columns


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.xlsx", ["--format", "csv"], "a.xlsx would hold csv, not xlsx"),
        ("a.csv", ["--format", "parquet"], "a.csv would hold parquet, not csv"),
        ("a.txt", [], "no format is known by the ending of a.txt"),
        ("a.csv", ["--format", "sav"], "sav"),
    ],
)
def test_a_name_that_contradicts_the_format_is_refused(
    tmp_path: Path, name: str, options: list[str], message: str
) -> None:
    done = CliRunner().invoke(app, ["export", "--out", str(tmp_path / name), *options])
    assert isinstance(done.exception, OptionError)
    assert message in str(done.exception)
    assert not list(tmp_path.iterdir())
