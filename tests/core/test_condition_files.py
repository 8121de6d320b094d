"""A path reads the same from YAML, TOML and CSV, and a mistake is named with its place."""

from __future__ import annotations

import pathlib

import pytest

from regional_econ._base.errors import OptionError, RegionalEconError, SchemaError, StoreError
from regional_econ.core.conditions import Cell, Path

YAML = """
name: cheap_coal
cells:
  - {variable: coal_australian_usd_t, path: {2024: 110, 2025: 95.5}}
  - {variable: wear_pct, region: RU-KEM, year: 2025, value: 48, sd: 0.1}
"""
TOML = """
name = "cheap_coal"
[[cells]]
variable = "coal_australian_usd_t"
path = {2024 = 110, 2025 = 95.5}
[[cells]]
variable = "wear_pct"
region = "RU-KEM"
year = 2025
value = 48
sd = 0.1
"""
CSV = """variable,region,year,value,sd
coal_australian_usd_t,,2024,110,
coal_australian_usd_t,RU,2025,95.5,
wear_pct,RU-KEM,2025,48,0.1
"""
CHEAP_COAL = Path(
    "cheap_coal",
    (
        Cell("coal_australian_usd_t", "RU", 2024, 110.0),
        Cell("coal_australian_usd_t", "RU", 2025, 95.5),
        Cell("wear_pct", "RU-KEM", 2025, 48.0, 0.1),
    ),
)


def written(folder: pathlib.Path, name: str, content: str) -> pathlib.Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yml", YAML),
        ("a.toml", TOML),
        ("cheap_coal.csv", CSV),
        ("cheap_coal.csv", "\ufeff" + CSV),
        ("cheap_coal.csv", "\ufeff" + CSV.replace(",", ";").replace(".", ",")),
        ("cheap_coal.yaml", YAML.replace("name: cheap_coal", "")),
    ],
)
def test_three_kinds_of_file_say_the_same(tmp_path: pathlib.Path, name: str, content: str) -> None:
    read = Path.read(written(tmp_path, name, content))
    assert read == CHEAP_COAL
    assert all(name in cell.where for cell in read.cells)
    frame = read.to_frame()
    frame[["variable", "region", "year", "value", "sd"]].to_csv(tmp_path / "cheap_coal.csv", index=False)
    assert Path.read(tmp_path / "cheap_coal.csv") == CHEAP_COAL
    assert str(read) == "Path cheap_coal: 3 cells, coal_australian_usd_t, wear_pct, 2024–2025."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yml", "cells: [1", "not valid YAML"),
        ("a.yml", "- 1", "not a mapping"),
        ("a.yml", "name: x", "lacks the key 'cells'"),
        ("a.yml", "nmae: x\ncells: []", "Did you mean name"),
        ("a.yml", "cells: []", "has no cell"),
        ("a.yml", "cells: [3]", "must be a mapping"),
        ("a.yml", "cells:\n  - {varible: x, year: 2024, value: 1}", r"line 2\). Did you mean variable"),
        ("a.yml", "cells:\n  - {variable: x, year: 2024.5, value: 1}", "whole number, not 2024.5"),
        ("a.yml", "cells:\n  - {variable: x, year: true, value: 1}", "whole number, not True"),
        ("a.yml", "cells:\n  - {variable: x, year: 2024, value: high}", "a number, not 'high'"),
        ("a.yml", "cells:\n  - {variable: x, year: 2024, value: .nan}", "a number, not nan"),
        ("a.yml", f"cells:\n  - {{variable: x, year: 2024, value: 1{'0' * 400}}}", "a number, not 1000"),
        ("a.yml", "cells:\n  - {variable: x, year: 2024, value: 1, sd: -1}", "sd of 0 or more"),
        ("a.yml", "cells:\n  - {variable: x, year: 2024}", "a number, not None"),
        ("a.yml", "cells:\n  - {variable: x, year: 2024, value: 1, path: {2024: 1}}", "or a path"),
        ("a.yml", "cells:\n  - {variable: x}", "or a path"),
        ("a.yml", "cells:\n  - {variable: x, path: [1, 2]}", "years with values"),
        ("a.yml", "cells:\n  - {variable: x, path: {soon: 1}}", "whole number, not 'soon'"),
        ("a.yml", "cells:\n  - {variable: 5, year: 2024, value: 1}", "must be names"),
        (
            "a.yml",
            "cells:\n  - {variable: x, path: {2024: 1}}\n  - {variable: x, year: 2024, value: 2}",
            r"twice .*line 3",
        ),
        ("a.yml", "name: ../up\ncells:\n  - {variable: x, year: 2024, value: 1}", "no name for a scenario"),
        ("a.toml", "cells = [", "not valid TOML"),
        ("a.toml", "cells = 3", "holds no cells"),
        ("a.toml", "cels = 3", "Did you mean cells"),
        ("a.toml", "name = 3\ncells = []", "must be a text"),
        ("a.toml", '[[cells]]\nvariable = "x"\nyear = "2024"\nvalue = 1', r"not '2024' \(a.toml, cell 1\)"),
        ("a.csv", "", r"has no cell \(a.csv\)"),
        ("a.csv", "variable,year,vlaue\nx,2024,1", "Did you mean value"),
        ("a.csv", "variable,year,value\nx,2024", r"not 3 cells \(a.csv, line 2\)"),
        ("a.csv", "variable,year,value\nx,2024,1,2", r"not 3 cells \(a.csv, line 2\)"),
        ("a.csv", "variable,year,value\nx,2024,1\nx,soon,1", r"not 'soon' \(a.csv, line 3\)"),
        ("a.csv", 'variable,year,value\n"x,2024,1', "not valid CSV"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: pathlib.Path, name: str, content: str, message: str) -> None:
    with pytest.raises(RegionalEconError, match=message):
        Path.read(written(tmp_path, name, content))


def test_a_file_that_is_no_path(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.yml"):
        Path.read(tmp_path / "nowhere.yml")
    with pytest.raises(OptionError, match=r"\.toml"):
        Path.read(written(tmp_path, "a.xlsx", ""))
    (tmp_path / "b.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoreError, match="UTF-8"):
        Path.read(tmp_path / "b.yml")
    with pytest.raises(SchemaError, match="no cell"):
        Path("empty", ())
