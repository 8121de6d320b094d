"""The table of placebo outcomes: what stands in it, and that a mistake is named with its line and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ._base.errors import RegionalEconError
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.placebo_table import load_placebos
from regional_econ.core.panel import Panel

SMALL = """schema_version: "1"
placebos:
  birth_rate:
    transform: ln
    reason: {ru: решены раньше, en: decided earlier}
  urban_share_pct:
    transform: identity
    reason: {ru: медленна, en: slow}
"""
VARIABLES = ("birth_rate", "urban_share_pct", "wear_pct", "innovation_activity_pct", "grp_mln_rub")


def test_the_file_holds_for_the_panel(official: Panel, declared: Multiverse) -> None:
    found = load_placebos(variables=official.variables, multiverse=declared)
    assert set(found) == {"birth_rate", "death_rate", "old_share_pct", "urban_share_pct"}
    for one in found.values():
        positive = (official.frame[one.variable].dropna() > 0).all()
        assert one.transform == "identity" or positive, "a logarithm would drop rows"


def test_order_and_reasons_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "placebos.yml"
    path.write_text(SMALL, encoding="utf-8")
    births, towns = load_placebos(path, variables=VARIABLES).values()
    assert (births.variable, births.transform, births.reason.ru) == ("birth_rate", "ln", "решены раньше")
    assert (towns.variable, towns.transform, towns.reason.en) == ("urban_share_pct", "identity", "slow")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("  birth_rate:", "  birth_rates:", 3, "Did you mean birth_rate"),
        ("  birth_rate:", "  wear_pct:", 3, "wear_pct is in use as outcome, driver or covariate"),
        ("  birth_rate:", "  grp_mln_rub:", 3, "grp_mln_rub is in use"),
        ("  birth_rate:", "  innovation_activity_pct:", 3, "innovation_activity_pct is in use"),
        ("  urban_share_pct:", "  birth_rate:", 6, "birth_rate stands twice, first in line 3"),
        ("transform: ln", "transform: log", 4, "ln"),
        ("transform: ln", "transforms: ln", 4, "Did you mean transform"),
        (", en: decided earlier}", "}", 5, "reason lacks its en half"),
        ("{ru: медленна, en: slow}", "{ru: медленна, en: ' '}", 8, "reason lacks its en half"),
        (SMALL[SMALL.index("\n  birth_rate") :], " {}\n", 2, "no placebo outcome is declared"),
        ('schema_version: "1"\n', "", 1, "lacks the key 'schema_version'"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    declared: Multiverse, tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert SMALL.count(old) == 1
    path = tmp_path / "placebos.yml"
    path.write_text(SMALL.replace(old, new), encoding="utf-8")
    with pytest.raises(RegionalEconError) as caught:
        load_placebos(path, variables=VARIABLES, multiverse=declared)
    assert message in str(caught.value)
    assert f"placebos.yml, line {line})" in str(caught.value)
