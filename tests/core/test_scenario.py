"""A scenario file says what is wrong and in which line, and survives the way to and fro."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ._base.errors import SchemaError
from regional_econ.core.scenario import Deficit, Scenario, Shock

FILE = """\
schema_version: "1"
scenario:
  id: push
  baseline_ref: forecast.nc
  draws_ref: elasticities.json
  start: 2024
  end: 2035
  seed: 1
  shocks:
    - {regime: coal_low}
    - {variable: coal_australian_usd_t, path: [[2024, 110], [2025, 95]], channel: investment}
    - {mining_share_pct: 25, years: 6}
  deficit: {lag: 2, pass_through: 0.5}
  target: {outcome: innovation_activity_pct, op: ">=", value: 12.5, year: 2035, prob: 0.5}
  settings:
    - {lever: L10, path: [[2027, 0.5]]}
"""


def read(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "push.yml"
    path.write_text(text, encoding="utf-8")
    return Scenario.read(path)


def test_shocks_and_deficits_survive_the_way_to_and_fro(tmp_path: Path) -> None:
    scenario = read(tmp_path, FILE)
    assert scenario.shocks == (
        Shock(regime="coal_low"),
        Shock(variable="coal_australian_usd_t", path=((2024, 110.0), (2025, 95.0)), channel="investment"),
        Shock(mining_share_pct=25.0, years=6.0),
    )
    assert scenario.deficit == Deficit(2, 0.5)
    assert Scenario.from_dict(scenario.to_dict()) == scenario


def test_whole_numbers_with_a_point_are_whole_numbers(tmp_path: Path) -> None:
    """A year or seed of 2024.0 means 2024: the scenario, and with it its hash, is the same."""
    pointed = FILE
    for old in ("start: 2024", "end: 2035", "seed: 1", "year: 2035, prob"):
        assert old in pointed
        pointed = pointed.replace(old, old.replace("2035, prob", "2035.0, prob") if "prob" in old else f"{old}.0")
    plain, other = read(tmp_path, FILE), read(tmp_path, pointed)
    assert repr(other.to_dict()) == repr(plain.to_dict())
    assert range(other.start, other.end + 1) == range(2024, 2036)


def test_an_amount_may_be_written_as_5e9(tmp_path: Path) -> None:
    """YAML takes 5e9 for a text; the file of costs and ``--budget`` read it as a number, and so does a scenario."""
    budget = "  budget: {total: 5e9, unit: rub, price_year: 2022, per_year_max: 1.5e9}\n"
    text = FILE.replace("pass_through: 0.5", "pass_through: 5e-1").replace("years: 6", "years: 6e0")
    scenario = read(tmp_path, text.replace("[[2027, 0.5]]", "[[2027, 5E-1]]") + budget)
    assert scenario.budget == {"total": 5e9, "unit": "rub", "price_year": 2022, "per_year_max": 1.5e9}
    assert (scenario.deficit, scenario.shocks[2].years) == (Deficit(2, 0.5), 6.0)
    assert scenario.settings[0].path == ((2027, 0.5),)
    with pytest.raises(SchemaError, match="'5 bn' is not of type 'number'"):
        read(tmp_path, FILE + budget.replace("5e9,", "5 bn,", 1))
    with pytest.raises(SchemaError, match="total must be a number"):
        read(tmp_path, FILE + budget.replace("5e9", "5e999", 1))


def test_an_entry_knows_its_line_or_its_scenario(tmp_path: Path) -> None:
    scenario = read(tmp_path, FILE)
    assert scenario.where("settings", 0, "path") == "push.yml, line 16"
    assert [shock.where for shock in scenario.shocks] == [f"push.yml, line {line}" for line in (10, 11, 12)]
    plain = Scenario("made", "f", 2024, 2035, (), (), "e", 1)
    assert plain.where("budget") == "scenario made"
