"""All declared specifications are estimated, weighted as declared, and do not depend on labels or units."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from regional_econ._base.errors import EstimationError, RegionalEconError
from regional_econ.causal.axes import AXES, Choices
from regional_econ.causal.cells import cell_sample
from regional_econ.causal.declaration import Multiverse, load_multiverse
from regional_econ.causal.multiverse import MultiverseResult, run
from regional_econ.causal.weights import axis_weights
from regional_econ.core.panel import Panel
from regional_econ.panel.changes import window_changes

WHY = {"ru": "потому", "en": "because"}


def test_every_declared_specification_once(estimated: MultiverseResult, declared: Multiverse) -> None:
    for driver in declared.drivers:
        rows = estimated.driver(driver)
        assert len(rows) == declared.n_specifications(driver) > 10_000
        assert not rows.duplicated(list(AXES)).any()
        assert np.isfinite(rows[["estimate", "std_error", "pp"]].to_numpy()).all()
        assert (rows["std_error"] > 0).all()
        assert estimated.curve(driver)["pp"].is_monotonic_increasing


def test_no_inadmissible_combination_is_estimated(estimated: MultiverseResult) -> None:
    table = estimated.table
    assert set(table.loc[table["effects"].isin(["cce", "region_trend+year"]), "era"]) == {"oslo3"}
    assert set(table.loc[table["effects"] == "cce", "weights"]) == {"none"}
    assert set(table.loc[table["weights"] == "precision", "scale"]) == {"logit"}
    assert table.loc[table["effects"] == "cce", "covariates"].str.count("[+]").max() == 2
    assert set(table.loc[table["lag"] == 3, "era"]) == {"oslo3", "pooled"}
    assert set(table.loc[table["sample"] == "without_2014", "era"]) == {"oslo3", "pooled"}
    assert set(table.loc[table["sample"] == "without_2022", "era"]) == {"oslo4_wide", "pooled"}


def test_a_sample_leaves_out_what_it_says(official: Panel, declared: Multiverse) -> None:
    whole = Choices("pooled", "logit", "none", 1, "region+year", "", "all", "newest")
    samples = {one.id: cell_sample(official, declared, replace(whole, sample=one.id)) for one in declared.samples}
    regions = {name: {one.regions[code] for code in np.unique(one.region)} for name, one in samples.items()}
    assert regions["all"] - regions["without_capitals"] == {"RU-MOW", "RU-SPE"}
    employed = official.matrix("employed_thousand", years=range(2006, 2023)).mean(axis=1)
    small = regions["all"] - regions["without_small"]
    assert len(small) == 9  # a tenth of 85 regions, their quantile not among them
    assert max(employed[list(small)]) < min(employed[list(regions["without_small"])])
    for year in (2014, 2020, 2022):
        left = samples[f"without_{year}"]
        assert year not in left.year
        assert set(samples["all"].year) - set(left.year) == {year}


def test_options_weigh_alike_given_the_choices_before_them(estimated: MultiverseResult) -> None:
    rows = estimated.driver("rd_grp_pct")
    assert rows["weight"].sum() == pytest.approx(1)
    for number, axis in enumerate(AXES[1:], start=1):
        share = rows.groupby([*AXES[: number + 1]], observed=True)["weight"].sum()
        parents = share.groupby(level=list(range(number)), observed=True)
        np.testing.assert_allclose(parents.max(), parents.min(), rtol=1e-9, err_msg=axis)
    by_era = rows.groupby("era", observed=True)["weight"].sum()
    # The newest era has four years; it knows least.
    assert by_era["oslo4_wide"] < min(by_era["oslo3"], by_era["pooled"])
    shares = estimated.explained("rd_grp_pct")
    assert list(shares.index) == list(AXES)
    assert ((shares >= 0) & (shares <= 1)).all()


def test_a_part_of_the_specifications_weighs_by_the_same_rule(estimated: MultiverseResult) -> None:
    rows = estimated.driver("rd_grp_pct")
    np.testing.assert_allclose(axis_weights(rows, estimated.level_pct), rows["weight"])
    part = rows[rows["lag"] >= 1]
    weight = axis_weights(part, estimated.level_pct)
    assert weight.sum() == pytest.approx(1)
    scaled = part["std_error"] * part["change"] * np.where(part["scale"] == "ln", 1, 1 - estimated.level_pct / 100)
    by_era = pd.Series(weight, index=part.index).groupby(part["era"], observed=True).sum()
    information = (weight / scaled**2).groupby(part["era"], observed=True).sum() / by_era
    np.testing.assert_allclose(by_era, information / information.sum())


def test_the_sample_does_not_change_with_the_subset(estimated: MultiverseResult) -> None:
    cell = ["driver", *AXES[:-1]]
    assert (estimated.table.groupby(cell, observed=True)["n_obs"].nunique() == 1).all()


def test_jobs_change_nothing(official: Panel, alone_of: Callable[[str], Multiverse]) -> None:
    one, two = (run(official, alone_of("investment_grp_pct"), focal_region="RU-KEM", jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)


def test_a_vintage_that_is_not_given_is_named(official: Panel, declared: Multiverse) -> None:
    with pytest.raises(EstimationError, match="yearbook-2023"):
        run(official, declared, focal_region="RU-KEM")


def test_no_mediator_is_a_control(declared: Multiverse) -> None:
    admitted = {name for driver in declared.drivers.values() for name in driver.covariates}
    assert admitted.isdisjoint({"patent_applications", "innovation_spending_mln_rub", "innovative_goods_share_pct"})
    assert "wear_pct" not in declared.drivers["investment_grp_pct"].covariates
    assert all(one.what.ru and one.reason.en for one in declared.exclusions.values())


def test_a_planted_effect_is_found_and_units_do_not_matter(
    alone_of: Callable[[str], Multiverse], planted: object
) -> None:
    panel = planted(0.3, lag=1, seed=5)  # type: ignore[operator]
    only = alone_of("rd_grp_pct")
    found = run(panel, only, focal_region="R00").driver("rd_grp_pct")
    lagged = found[(found["lag"] == 1) & (found["scale"] == "logit")]
    # Noise .2, regressor sd .5, some 200 observations at least: a standard error of about .03.
    assert lagged["estimate"].median() == pytest.approx(0.3, abs=0.06)
    assert abs(found.loc[found["lag"] == 2, "estimate"].median()) < 0.06
    scaled = replace(panel, frame=panel.frame.assign(rd_grp_pct=panel.frame["rd_grp_pct"] * 1000))
    again = run(scaled, only, focal_region="R00").driver("rd_grp_pct")
    np.testing.assert_allclose(again["estimate"], found["estimate"], rtol=1e-7, atol=1e-9)  # cancellation of ln 1000


def test_relabelled_regions_change_nothing(alone_of: Callable[[str], Multiverse], planted: object) -> None:
    panel = planted(0.2, lag=0, seed=6, regions=30)  # type: ignore[operator]
    only = alone_of("wear_pct")
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
        (("axes", "scale", "ln", "reason"), "", "axes.scale.ln.reason must be a mapping"),
        (("axes", "era", "oslo3", "lags"), [0, 4], "no reason given for lag.4"),
        (("axes", "era", "oslo3", "units"), "regions", "region_method"),
        (("terms", "wear_pct", "transform"), "log", "identity, ln"),
        (("drivers", "wear_pct", "claimed_sign"), 0, "claimed_sign"),
        (("drivers", "wear_pct", "covariates"), {"waer": WHY}, "wear_pct"),
        (("alone", "era"), "newest", "unknown option of era"),
        (("rule",), {"smallest_effect_pp": 0.4}, "unknown key 'rule'"),
        (("terms", "wear_pct", "own_term"), [2022], "unknown key 'own_term'"),
        (("alone", "lag"), 0, "lag that decides"),
        (("alone", "weights"), "employmnt", "employment"),
        (("alone", "scale"), "ln", "'alone' must be admissible"),
        (("admissible", "effects.ccc"), {"only": {"era": ["oslo3"]}, "reason": WHY}, "unknown option 'effects.ccc'"),
        (("admissible", "effects.cce", "only", "era"), ["oslo5"], "oslo5"),
        (("admissible", "sample.without_2014", "only", "era"), ["oslo4_wide"], "does not hold 2014"),
        (("axes", "sample", "without_small", "smallest"), 1.5, "share of the regions"),
        (("axes", "vintage"), {"yearbook-2023": {"reason": WHY}}, "first vintage"),
        (("drivers", "wear_pct", "measures"), {"wear_all_pct": WHY}, "first measure"),
        (("drivers", "wear_pct", "covariates"), {"wear_all_pct": WHY}, "cannot be its covariate"),
        (("drivers", "wear_pct", "measures", "wear_all_pct"), {"en": "x"}, "wear_all_pct lacks its ru half"),
        (("axes", "sample", "without_2020"), {"year": 2020}, "lacks the key 'reason'"),
        (("exclusions", "fourth_lag", "what"), {"ru": "x", "en": ""}, "fourth_lag.what lacks its en half"),
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
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    with pytest.raises(RegionalEconError) as caught:
        load_multiverse(file)
    assert message in str(caught.value)
    assert re.search(r"wrong\.yml, line \d+", str(caught.value))


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
