"""All declared specifications are estimated, weighted as declared, and do not depend on labels or units."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from regional_econ._base.errors import RegionalEconError
from regional_econ.causal.declaration import Multiverse, load_multiverse
from regional_econ.causal.multiverse import AXES, MultiverseResult, axis_weights, run
from regional_econ.core.panel import Panel
from regional_econ.panel.changes import window_changes


@pytest.fixture(scope="module")
def result(official: Panel, declared: Multiverse) -> MultiverseResult:
    return run(official, declared, focal_region="RU-KEM")


def test_every_declared_specification_once(result: MultiverseResult, declared: Multiverse) -> None:
    for driver in declared.drivers:
        rows = result.driver(driver)
        assert len(rows) == declared.n_specifications(driver) >= 24
        assert not rows.duplicated(list(AXES)).any()
        assert np.isfinite(rows[["estimate", "std_error", "pp"]].to_numpy()).all()
        assert result.curve(driver)["pp"].is_monotonic_increasing


def test_weights_are_equal_per_option_and_eras_by_information(result: MultiverseResult) -> None:
    rows = result.driver("rd_grp_pct")
    assert rows["weight"].sum() == pytest.approx(1)
    for axis in ("scale", "effects"):
        np.testing.assert_allclose(rows.groupby(axis)["weight"].sum(), 0.5)
    within_era = rows[rows["era"] == "pooled"].groupby("lag")["weight"].sum()
    np.testing.assert_allclose(within_era, within_era.iloc[0])
    by_era = rows.groupby("era")["weight"].sum()
    # The newest era has four years; it knows least.
    assert by_era["oslo4_wide"] < by_era["oslo3"] < by_era["pooled"]
    shares = result.explained("rd_grp_pct")
    assert list(shares.index) == list(AXES)
    assert ((shares >= 0) & (shares <= 1)).all()


def test_a_part_of_the_specifications_weighs_by_the_same_rule(result: MultiverseResult) -> None:
    rows = result.driver("rd_grp_pct")
    np.testing.assert_allclose(axis_weights(rows, result.level_pct), rows["weight"])
    part = rows[rows["lag"] >= 1]
    weight = axis_weights(part, result.level_pct)
    assert weight.sum() == pytest.approx(1)
    information = (
        1 / (part["std_error"] * np.where(part["scale"] == "ln", 1, 1 - result.level_pct / 100)) ** 2
    ).groupby(part["era"])
    by_era = pd.Series(weight, index=part.index).groupby(part["era"]).sum()
    np.testing.assert_allclose(by_era, information.mean() / information.mean().sum())


def test_the_sample_does_not_change_with_the_subset(result: MultiverseResult) -> None:
    cell = ["driver", "scale", "era", "lag", "effects"]
    assert (result.table.groupby(cell)["n_obs"].nunique() == 1).all()


def test_no_mediator_is_a_control(declared: Multiverse) -> None:
    admitted = {name for driver in declared.drivers.values() for name in driver.covariates}
    assert admitted.isdisjoint({"patent_applications", "innovation_spending_mln_rub", "innovative_goods_share_pct"})
    assert "wear_pct" not in declared.drivers["investment_grp_pct"].covariates
    assert all(declared.exclusions.values())


def test_a_planted_effect_is_found_and_units_do_not_matter(declared: Multiverse, planted: object) -> None:
    panel = planted(0.3, lag=1, seed=5)  # type: ignore[operator]
    only = replace(declared, drivers={"rd_grp_pct": declared.drivers["rd_grp_pct"]})
    found = run(panel, only, focal_region="R00").driver("rd_grp_pct")
    lagged = found[(found["lag"] == 1) & (found["scale"] == "logit_wls")]
    # Noise .2, regressor sd .5, some 200 observations at least: a standard error of about .03.
    assert lagged["estimate"].median() == pytest.approx(0.3, abs=0.06)
    assert abs(found.loc[found["lag"] == 2, "estimate"].median()) < 0.06
    scaled = replace(panel, frame=panel.frame.assign(rd_grp_pct=panel.frame["rd_grp_pct"] * 1000))
    again = run(scaled, only, focal_region="R00").driver("rd_grp_pct")
    np.testing.assert_allclose(again["estimate"], found["estimate"], rtol=1e-7, atol=1e-9)  # cancellation of ln 1000


def test_relabelled_regions_change_nothing(declared: Multiverse, planted: object) -> None:
    panel = planted(0.2, lag=0, seed=6, regions=30)  # type: ignore[operator]
    only = replace(declared, drivers={"wear_pct": declared.drivers["wear_pct"]})
    names = {region: f"Z{30 - k:02d}" for k, region in enumerate(panel.region_ids)}
    frame = panel.frame.rename(index=names, level="region")
    regions = {names[region]: replace(place, id=names[region]) for region, place in panel.regions.items()}
    relabelled = replace(panel, frame=frame, regions=regions)
    before = run(panel, only, focal_region="R00").table
    after = run(relabelled, only, focal_region=names["R00"]).table
    np.testing.assert_allclose(after["estimate"], before["estimate"], rtol=1e-7, atol=1e-10)  # order of summation
    np.testing.assert_allclose(after["std_error"], before["std_error"], rtol=1e-7)


def test_no_change_is_taken_across_a_break(planted: object) -> None:
    panel = planted(0.0, lag=0, seed=7)  # type: ignore[operator]
    wide = panel.matrix("wear_pct", years=range(2010, 2021))
    assert window_changes(wide, 5, ()).size == 6 * 60
    assert window_changes(wide, 5, (2017,)).size == 2 * 60  # 2010-15 and 2011-16 alone end before it


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("axes", "scale", "ln", "reason"), "", "no reason given for scale.ln"),
        (("axes", "era", "oslo3", "lags"), [0, 3], "no reason given for lag.3"),
        (("axes", "era", "oslo3", "units"), "regions", "region_method"),
        (("terms", "wear_pct", "transform"), "log", "identity, ln"),
        (("drivers", "wear_pct", "claimed_sign"), 0, "claimed_sign"),
        (("drivers", "wear_pct", "covariates"), {"waer": "x"}, "wear_pct"),
        (("alone", "era"), "newest", "alone"),
        (("rule",), {"smallest_effect_pp": 0.4}, "unknown key 'rule'"),
        (("terms", "wear_pct", "own_term"), [2022], "unknown key 'own_term'"),
        (("alone", "lag"), 0, "lag that decides"),
    ],
)
def test_a_wrong_declaration_is_refused(
    root: Path, tmp_path: Path, path: tuple[str, ...], value: object, message: str
) -> None:
    document = yaml.safe_load((root / "analyses" / "multiverse.yml").read_text(encoding="utf-8"))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    file = tmp_path / "wrong.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(RegionalEconError) as caught:
        load_multiverse(file)
    assert message in str(caught.value)


@pytest.mark.parametrize("content", [None, "a: [", "just text"])
def test_an_unreadable_declaration_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "multiverse.yml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(RegionalEconError, match=r"does not exist|not valid YAML|not a mapping"):
        load_multiverse(file)


def test_the_effect_of_interest_is_declared_in_the_rules_alone(root: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    text = (root / "data" / "rules.yml").read_text(encoding="utf-8")
    rules.write_text(text.replace("value: 0.5\n", "value: 0.4\n"), encoding="utf-8")
    specifications = root / "analyses" / "multiverse.yml"
    assert load_multiverse(specifications).rule.smallest_effect_pp == 0.5
    assert load_multiverse(specifications, rules).rule.smallest_effect_pp == 0.4
    rules.write_text(text.replace("  deciding_lag: 1\n", ""), encoding="utf-8")
    with pytest.raises(RegionalEconError, match="deciding_lag"):
        load_multiverse(specifications, rules)
