"""A path reads the same from YAML, TOML and CSV, and a mistake is named with its place."""

from __future__ import annotations

import pathlib

import pytest

from regional_econ._base.errors import OptionError, SchemaError, StoreError
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
