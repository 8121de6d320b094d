"""A scenario file says what is wrong and in which line, and survives the way to and fro."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ._base.errors import RegionalEconError, SchemaError, UnknownNameError
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


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("  id: push", '  id: ""', SchemaError, r"'' does not match .* \(push.yml, line 3\)"),
        ("  id: push", "  id: ../../etc/x", SchemaError, r"'../../etc/x' does not match .* \(push.yml, line 3\)"),
        ("  baseline_ref: forecast.nc", "  baseline_ref: /tmp/forecast.nc", SchemaError, r"'/tmp.*not match.*line 4"),
        ("  draws_ref: elasticities.json", "  draws_ref: ../e.json", SchemaError, r"'../e.json' .* match.*line 5"),
        ("  seed: 1", "  seed: one", SchemaError, r"'one' is not of type 'integer' \(push.yml, line 8\)"),
        ("  seed: 1", "  sed: 1", SchemaError, r"'seed' is a required property \(push.yml, line 2\)"),
        ("  seed: 1", "  seed: 1\n  grade: A", UnknownNameError, r"unknown key 'grade' \(push.yml, line 9\)"),
        ("  end: 2035", "  end: 2020", SchemaError, r"ends in 2020, before it starts in 2024 \(push.yml, line 7\)"),
        ("{regime: coal_low}", "{regim: coal_low}", UnknownNameError, r"unknown key 'regim' \(push.yml, line 10\)"),
        ("{regime: coal_low}", "{}", SchemaError, r"a regime, a variable's path.*line 10"),
        ("{regime: coal_low}", "{regime: 3}", SchemaError, r"regime must be a name \(push.yml, line 10\)"),
        ("{regime: coal_low}", "coal_low", SchemaError, r"'coal_low' is not of type 'object' \(push.yml, line 10\)"),
        ("channel: investment", "channel: both", SchemaError, r"channel cannot be 'both' \(push.yml, line 11\)"),
        ("[2025, 95]", "[2025, dear]", SchemaError, r"'dear'\] is no pair .* \(push.yml, line 11\)"),
        ("[2025, 95]", "[2024, 95]", SchemaError, r"2024 stands twice \(push.yml, line 11\)"),
        (", path: [[2024, 110], [2025, 95]]", "", SchemaError, r"needs a path \(push.yml, line 11\)"),
        ("mining_share_pct: 25", "mining_share_pct: 250", SchemaError, r"between 0 and 100 %.*line 12"),
        ("years: 6", "years: long", SchemaError, r"years must be a number, not 'long' \(push.yml, line 12\)"),
        ("lag: 2", "lag: 1.5", SchemaError, r"lag of whole years.*line 13"),
        ("{lever: L10,", "{lever: L10, unit: rub,", UnknownNameError, r"unknown key 'unit' \(push.yml, line 16\)"),
        ("[2025, 95]", "[2025.5, 95]", SchemaError, r"2025.5 is no year \(push.yml, line 11\)"),
        ("[[2027, 0.5]]", "[]", SchemaError, r"\[\] should be non-empty \(push.yml, line 16\)"),
        ("[[2027, 0.5]]", "0.5", SchemaError, r"0.5 is not of type 'array' \(push.yml, line 16\)"),
        ("end: 2035", "end: 1000000000", SchemaError, r"end 1000000000 is no year .* \(push.yml, line 7\)"),
        ("start: 2024", "start: 2024.5", SchemaError, r"2024.5 is not of type 'integer' \(push.yml, line 6\)"),
        ("start: 2024", "start: 24", SchemaError, r"start 24 is no year .* \(push.yml, line 6\)"),
        ('op: ">="', 'op: "<="', SchemaError, r"the target's op '<=' is not answered \(push.yml, line 14\)"),
        ("outcome: innovation_activity_pct", "outcome: foo", UnknownNameError, r"unknown outcome 'foo'.*line 14"),
        ("year: 2035, prob", "year: 2036, prob", SchemaError, r"target is of 2036, outside .*2024 to 2035.*line 14"),
        ("prob: 0.5", "prob: 50", SchemaError, r"prob 50 is no probability \(push.yml, line 14\)"),
        ("value: 12.5", "value: 125", SchemaError, r"value 125 is no share .* \(push.yml, line 14\)"),
        ("{lag: 2, pass_through: 0.5}", "[]", SchemaError, r"\[\] is not of type 'object' \(push.yml, line 13\)"),
        ("{lag: 2, pass_through: 0.5}", "5", SchemaError, r"5 is not of type 'object' \(push.yml, line 13\)"),
        ("  seed: 1", "  seed: 1\n  include_grades: []", SchemaError, r"\[\] should be non-empty \(push.yml, line 9\)"),
        ("  seed: 1", "  seed: 1\n  places: here", UnknownNameError, r"unknown key 'places' \(push.yml, line 9\)"),
        ("[[2027, 0.5]]}", "[[2027, 0.5]]}\n    - {lever: L10, path: [[2030, 1]]}", SchemaError,
         r"lever L10 stands twice \(push.yml, line 17\)"),
        ("[[2027, 0.5]]", "[[2090, 0.5]]", SchemaError, r"path of L10 names 2090, outside .*2024 to 2035.*line 16"),
        ("[[2027, 0.5]]", "[[2020, 0.5]]", SchemaError, r"path of L10 names 2020, outside .*2024 to 2035.*line 16"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, error: type[RegionalEconError], message: str
) -> None:
    assert old in FILE
    with pytest.raises(error, match=message):
        read(tmp_path, FILE.replace(old, new))


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
