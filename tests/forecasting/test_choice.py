"""Is the frozen choice read as it stands, and a file that breaks its rules refused at its line?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from regional_econ._base.errors import RegionalEconError, StudyError, UnknownNameError
from regional_econ.bayes.growth_model import GrowthPrior, Structure
from regional_econ.forecasting.choice import load_choice, read_choice
from regional_econ.forecasting.drivers import COAL, DRIVERS

TEXT = """schema_version: "1"
windows: {chosen_to_origin: 2011, chosen_to_target: 2012, judged_from: 2013}
rule: {ru: "Правило", en: "Rule"}
candidates:
  one: {drift: true, growth: false, factor: false, volatility: true, driver: false, common_sd: 0.3, persistence: 0.1, persistence_sd: 0.2}
  two: {drift: false, growth: true, factor: true, volatility: false, driver: true, common_sd: 0.5, persistence: 0, persistence_sd: 0.1}
chosen: two
frozen_on: "2026-01-31"
scenarios:
  dear:
    label: {ru: "Дорого", en: "Dear"}
    price: coal_australian_usd_t
    multiples: [1.5, 2]
"""  # noqa: E501


def written(folder: Path, text: str) -> Path:
    path = folder / "forecast.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_packages_own_choice_hangs_together() -> None:
    found = read_choice()
    assert load_choice() == found.chosen == found.candidates[found.chosen.name]
    assert found.windows.chosen_to_origin < found.windows.judged_from
    assert found.windows.chosen_to_target <= found.windows.judged_from
    # no candidate stands twice
    assert len({(one.structure, one.prior) for one in found.candidates.values()}) == len(found.candidates)
    assert all(one.name == name for name, one in found.candidates.items())
    assert all(scenario.price in DRIVERS and len(scenario.multiples) > 0 for scenario in found.scenarios)


def test_values_are_read_by_name(tmp_path: Path) -> None:
    found = read_choice(written(tmp_path, TEXT))
    assert found.chosen.structure == Structure(drift=False, growth=True, factor=True, volatility=False, driver=True)
    assert found.candidates["one"].structure == Structure(
        drift=True, growth=False, factor=False, volatility=True, driver=False
    )
    assert found.chosen.prior == GrowthPrior(common_sd=0.5, persistence=0.0, persistence_sd=0.1)
    assert found.candidates["one"].prior == GrowthPrior(common_sd=0.3, persistence=0.1, persistence_sd=0.2)
    assert found.frozen_on == date(2026, 1, 31)
    assert vars(found.windows) == {"chosen_to_origin": 2011, "chosen_to_target": 2012, "judged_from": 2013}
    assert (found.rule.ru, found.rule.en) == ("Правило", "Rule")
    assert [(one.name, one.price, one.multiples) for one in found.scenarios] == [("dear", COAL, (1.5, 2.0))]
    assert found.scenarios[0].label.en == "Dear"


@pytest.mark.parametrize(
    ("old", "new", "error", "message", "line"),
    [
        ("chosen: two", "chosen: too", UnknownNameError, "'too'", 7),
        ("one: {drift: true", "one: {drift: 1", StudyError, "drift must be true or false", 5),
        (", driver: true", "", StudyError, "lacks the key 'driver'", 6),
        ("two: {drift", "two: {seasons: true, drift", UnknownNameError, "'seasons'", 6),
        ("common_sd: 0.5", "common_sd: wide", StudyError, "common_sd must be a number", 6),
        ("common_sd: 0.5, ", "", StudyError, "lacks the key 'common_sd'", 6),
        ("judged_from: 2013", "judged_from: 2013.5", StudyError, "judged_from must be a whole number", 2),
        ("2026-01-31", "31 January", StudyError, "frozen_on must be a date", 8),
        ("coal_australian_usd_t", "coal_australia", UnknownNameError, "'coal_australia'", 12),
        ("[1.5, 2]", "[1.5, 0.0]", StudyError, "positive multiples", 13),
        ("[1.5, 2]", "[]", StudyError, "positive multiples", 13),
        ('ru: "Дорого", ', "", StudyError, "lacks its ru half", 11),
        ("chosen: two\n", "", StudyError, "lacks the key 'chosen'", 1),
    ],
)
def test_a_broken_rule_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, error: type[RegionalEconError], message: str, line: int
) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(error, match=message) as refused:
        read_choice(written(tmp_path, TEXT.replace(old, new)))
    assert f"forecast.yml, line {line}" in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="does not exist"):
        read_choice(tmp_path / "none.yml")
