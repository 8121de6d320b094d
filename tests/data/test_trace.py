"""Tracing and describing figures, and the numbers of the paper's Table 1."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import RegionalEconError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.cli.data import app
from regional_econ.data.catalogue import load_sources, load_variables
from regional_econ.data.corrections import Correction, Corrections
from regional_econ.data.load import load_panel
from regional_econ.data.pages import sections
from regional_econ.data.snapshot import manifest
from regional_econ.data.trace import trace

RUN = CliRunner()


def test_trace_reaches_cell_row_and_inputs() -> None:
    wear = trace("RU-KEM", "wear_pct", 2022)
    assert wear.file == "tochno_regions_102_v20260313_to2023.parquet"
    assert re.fullmatch(r"row \d+", str(wear.place))
    assert trace("RU-KEM", "innovation_activity_pct", 2020).file == "innovation_activity_2006_2022.csv"
    assert trace("RU-KEM", "innovation_activity_pct", 2017).place == "18.12.1.!N91"
    ratio = trace("RU-KEM", "rd_grp_pct", 2022)
    assert [node.variable for node in ratio.inputs] == ["rd_mln_rub", "grp_mln_rub"]
    assert ratio.value == load_panel().value("RU-KEM", "rd_grp_pct", 2022)
    assert trace("RU-CHU", "rd_grp_pct", 2020).inputs[0].status == "confidential"
    assert trace("RU-KEM", "innovation_activity_pct", 2023).status == "not_published"


@pytest.mark.parametrize(("region", "year"), [("RU-KEM", 2020), ("RU-CHU", 2023), ("RU", 2013)])
def test_a_traced_derived_figure_is_that_of_the_panel(region: str, year: int) -> None:
    panel = load_panel()
    derived = [name for name, one in panel.variables.items() if one.formula is not None]
    for name in derived[::4]:
        value = trace(region, name, year).value
        stands = panel.value(region, name, year)
        assert value == stands or (value is None and math.isnan(stands)), name


def test_a_formula_over_other_years_shows_each_figure_it_reads() -> None:
    deflator = trace("RU-KEM", "grp_deflator_pct", 2020)
    assert [(node.variable, node.year) for node in deflator.inputs] == [
        ("grp_mln_rub", 2020),
        ("grp_mln_rub", 2019),
        ("grp_real_index_pct", 2020),
    ]
    # chained to 2022 = 100: the level of 2020 rests on the indices of 2021 and 2022, that of 2023 on its own
    for year, read in [(2020, [2021, 2022]), (2022, []), (2023, [2023])]:
        real = trace("RU-KEM", "grp_real_mln_rub", year)
        assert [node.year for node in real.inputs if node.variable == "grp_deflator_pct"] == read


def test_traced_row_holds_the_figure(sources: Path) -> None:
    node = trace("RU-KEM", "wear_pct", 2022)
    row = pd.read_parquet(sources / str(node.file)).iloc[int(str(node.place).removeprefix("row "))]
    assert (row["object_name"], row["year"], row["indicator_value"]) == ("Кемеровская область", 2022, node.value)


def test_a_scaled_figure_shows_what_the_file_says(sources: Path) -> None:
    node = trace("RU-KEM", "researchers", 2022)
    row = pd.read_parquet(sources / str(node.file)).iloc[int(str(node.place).removeprefix("row "))]
    assert (row["object_name"], row["year"], row["indicator_value"]) == ("Кемеровская область", 2022, node.raw)
    assert (node.value, node.scale, node.correction) == (897.0, 1000.0, None)
    assert "0.897 × 1000" in str(node)
    assert node.to_dict()["raw"] == 0.897
    assert "×" not in str(trace("RU-KEM", "wear_pct", 2022))


def test_every_scaled_figure_of_the_collection_unscales_to_its_row(sources: Path) -> None:
    column = pd.read_parquet(sources / load_sources()["tochno"].file, columns=["indicator_value"])["indicator_value"]
    nodes = [trace(region, "researchers", 2021) for region in load_panel().region_ids[:25]]
    compared = [(node.raw, column.iloc[int(str(node.place)[4:])]) for node in nodes if node.vintage == "tochno-2026"]
    compared = [pair for pair in compared if pair[0] is not None]
    assert len(compared) > 15
    for raw, stands in compared:
        assert raw == pytest.approx(stands, rel=1e-12)  # the scale is a power of ten: only the last digits may move


def test_a_mended_figure_says_so_and_the_hash_is_the_manifests(monkeypatch: pytest.MonkeyPatch) -> None:
    mend = Correction(
        "researchers",
        "tochno",
        "RU-KEM",
        2022,
        expect=8970.0,
        value=897.0,
        reason=Text("лишний ноль", "a zero too many"),
    )
    monkeypatch.setattr("regional_econ.data.trace.load_corrections", lambda: Corrections((mend,), ()))
    hashes = {"files": manifest()["files"], "sources": {"tochno": "f" * 64}}
    monkeypatch.setattr("regional_econ.data.trace.manifest", lambda: hashes)
    node = trace("RU-KEM", "researchers", 2022)
    assert (node.value, node.raw, node.correction, node.sha256) == (897.0, 8.97, "a zero too many", "f" * 64)
    assert "8.97 × 1000" in str(node)
    assert "mended (corrections.yml): a zero too many" in str(node)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trace", "RU-KME", "wear_pct", "2022"], "RU-KEM"),
        (["trace", "RU-KEM", "waer_pct", "2022"], "wear_pct"),
        (["trace", "RU-KEM", "wear_pct", "2032"], "unknown year '2032'"),
        (["describe", "waer_pct"], "wear_pct"),
    ],
)
def test_mistakes_are_named(arguments: list[str], message: str) -> None:
    error = RUN.invoke(app, arguments).exception
    assert isinstance(error, RegionalEconError)
    assert message in str(error)
    assert isinstance(error, UnknownNameError)


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace", "RU-KEM", "wear_pct", "2022"],
        ["describe"],
        ["describe", "innovation_activity_pct"],
    ],
)
def test_commands_speak_to_people_and_programs(arguments: list[str]) -> None:
    plain, machine = RUN.invoke(app, arguments), RUN.invoke(app, [*arguments, "--json"])
    assert plain.exit_code == machine.exit_code == 0
    assert plain.output.strip()
    envelope = json.loads(machine.output)
    assert set(envelope) == {"schema_version", "command", "data", "messages"}
    assert envelope["command"] == f"data {arguments[0]}"


def test_table_one_finds_what_each_edition_says() -> None:
    panel, printed = load_panel(), sections.printed_numbers()
    values = {key: one.value for key, one in sections.table_one_result(panel, printed).values.items()}
    assert (values["numbers"], values["same_newest"], values["same_older"], values["same_nowhere"]) == (15, 11, 4, 0)
    assert values["Q11.printed"] == 2188.8
    assert values["Q11.difference"] == pytest.approx(2170.1303 - 2188.8)
    assert sections.editions_with(printed)["Q11"] == ("yearbook-2024",)


def test_every_variable_is_declared_with_unit_and_source() -> None:
    files = load_sources()
    for name, variable in load_variables().items():
        assert variable.unit, name
        assert bool(variable.origins) != bool(variable.formula), name
        assert set(variable.origins) <= set(files), name
