"""Mining's share has specifications beside the others': same axes and rules, own terms, one family of q-values."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from regional_econ._base.errors import RegionalEconError, StudyError
from regional_econ.causal.axes import Choices
from regional_econ.causal.cells import cell_sample
from regional_econ.causal.coefficient import first_coefficient
from regional_econ.causal.declaration import Multiverse, load_multiverse
from regional_econ.causal.distribution import benjamini_hochberg
from regional_econ.causal.drill_down import drill_down
from regional_econ.causal.evidence import CausalEvidence, alone_row, drivers_of, evidence_of, in_one_family
from regional_econ.causal.multiverse import MultiverseResult, run
from regional_econ.causal.pages import structure
from regional_econ.causal.question_sample import regression_of, sample_of, with_mining_price, yardstick
from regional_econ.causal.questions import load_questions
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.data.catalogue import load_variables
from regional_econ.data.tables import load_industries, load_national

FILE, DRIVER = "multiverse_structure.yml", "mining_share_pct"


@pytest.fixture(scope="module")
def apart(root: Path) -> Multiverse:
    return load_multiverse(root / "analyses" / FILE)


@pytest.fixture(scope="module")
def priced(official: Panel, vintages: dict[str, Panel]) -> dict[str, Panel]:
    """Every vintage with the mining price."""
    every = {"newest": official, **vintages}
    return {name: with_mining_price(panel, load_national(), load_industries()) for name, panel in every.items()}


@pytest.fixture(scope="module")
def mined(priced: dict[str, Panel], apart: Multiverse) -> MultiverseResult:
    return run(priced["newest"], apart, focal_region="RU-KEM", vintages=priced)


@pytest.fixture(scope="module")
def evidence(
    priced: dict[str, Panel], study: Study, apart: Multiverse, mined: MultiverseResult
) -> dict[str, CausalEvidence]:
    return evidence_of(priced["newest"], study, apart, mined)


def test_only_terms_drivers_and_one_limit_differ(apart: Multiverse, declared: Multiverse) -> None:
    for name in ("outcome", "rule", "scales", "weights", "eras", "effects", "samples", "vintages", "alone", "reasons"):
        assert getattr(apart, name) == getattr(declared, name)
    assert (apart.axes_of, declared.axes_of) == ("multiverse.yml", "")
    assert set(apart.drivers).isdisjoint(declared.drivers)
    assert apart.sha256 != declared.sha256
    own = [one for one in apart.admissible if one not in declared.admissible]
    assert [(one.axis, one.option, one.max_covariates) for one in own] == [("effects", "cce", 0)]
    assert len(apart.admissible) == len(declared.admissible)


def test_its_hash_knows_the_file_of_the_axes(root: Path, tmp_path: Path, apart: Multiverse) -> None:
    for name in ("multiverse.yml", FILE):
        (tmp_path / name).write_bytes((root / "analyses" / name).read_bytes())
    assert load_multiverse(tmp_path / FILE).sha256 == apart.sha256
    first = tmp_path / "multiverse.yml"
    first.write_text(first.read_text(encoding="utf-8") + "# one more line\n", encoding="utf-8")
    assert load_multiverse(tmp_path / FILE).sha256 != apart.sha256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axes_of": "multivers.yml"}, "no other declaration multivers.yml"),
        ({"axes_of": "../analyses/multiverse.yml"}, "no other declaration"),
        ({"axes_of": FILE}, "no other declaration"),
        ({"axes": {}}, "unknown key 'axes'"),
        ({"outcome": "wear_pct"}, "unknown key 'outcome'"),
        ({"drivers": None}, "drivers must be a mapping"),
        ({"admissible": {"effects.ccc": {}}}, "lacks the key 'only'"),
    ],
)
def test_a_wrong_declaration_beside_another_is_refused(
    root: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    (tmp_path / "multiverse.yml").write_bytes((root / "analyses" / "multiverse.yml").read_bytes())
    document = yaml.safe_load((root / "analyses" / FILE).read_text(encoding="utf-8")) | change
    (tmp_path / FILE).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    with pytest.raises(RegionalEconError) as caught:
        load_multiverse(tmp_path / FILE)
    assert message in str(caught.value)
    assert re.search(r"multiverse_structure\.yml, line \d+", str(caught.value))


@pytest.mark.parametrize(("change", "direction"), [("rise", 1), ("fall", -1), (None, -1)])
def test_the_size_of_the_change_is_of_rises_or_falls(
    root: Path, tmp_path: Path, change: str | None, direction: int
) -> None:
    (tmp_path / "multiverse.yml").write_bytes((root / "analyses" / "multiverse.yml").read_bytes())
    text = (root / "analyses" / FILE).read_text(encoding="utf-8")
    text = text.replace("    change: rise\n", f"    change: {change}\n" if change else "")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    assert load_multiverse(tmp_path / FILE).drivers[DRIVER].direction == direction


def test_the_specification_shown_alone_is_the_regression_of_the_question(
    priced: dict[str, Panel], apart: Multiverse, mined: MultiverseResult
) -> None:
    """The question's own estimate comes by another road: its graph, its size of the change.

    Its years begin in 2010; those before, of which no share is known, enter the mean that the weights are made of.
    """
    question = load_questions(variables=load_variables()).question("mining-activity")
    regression = regression_of(priced["newest"], apart, question)
    regression = replace(regression, plan=replace(regression.plan, years=apart.era("pooled").years))
    found = first_coefficient(sample_of(priced["newest"], apart, regression, regression.regressors()))
    (row,) = alone_row(mined, apart, DRIVER).itertuples()
    assert (row.estimate, row.std_error) == pytest.approx((found.estimate, found.std_error), rel=1e-9)
    assert row.n_obs == found.n_obs
    assert mined.contrasts[DRIVER].change == yardstick(priced["newest"], apart, regression, "RU-KEM").change


def test_a_mediator_stands_in_no_specification(apart: Multiverse) -> None:
    question = load_questions(variables=load_variables()).question("mining-activity")
    assert question.identification is not None
    nodes = question.identification.dag.nodes
    held = {name for name in question.identification.adjustment if nodes[name].kind != "effect"}
    assert set(apart.drivers[DRIVER].covariates) == held
    assert {"grp_per_head_rub", "science"} <= set(question.mediators())
    assert "multiverse" in question.designs
    assert set(apart.drivers[DRIVER].claims) < set(question.claims)


def test_every_specification_can_be_rerun_alone(
    priced: dict[str, Panel], apart: Multiverse, mined: MultiverseResult
) -> None:
    rows = mined.driver(DRIVER)
    assert len(rows) == apart.n_specifications(DRIVER)
    for row in (1, 700, len(rows)):
        found = drill_down(priced, apart, apart.specification(DRIVER, row), focal_region="RU-KEM")
        assert found.pp[0] == pytest.approx(rows["pp"].iloc[row - 1], rel=1e-9)
        assert found.change == mined.contrasts[DRIVER].change
    assert set(rows.loc[rows["effects"] == "cce", "covariates"]) == {"none"}


def test_the_price_is_a_common_factor_where_every_region_has_its_own_loading(
    priced: dict[str, Panel], apart: Multiverse
) -> None:
    """Why no common-factor specification holds the price fixed: regions with all years would leave nothing of it."""
    choices = Choices("oslo3", "logit", "none", 0, "cce", "", "all", "newest")
    sample = cell_sample(priced["newest"], apart, choices)
    assert sample.columns[1] == "mining_price@0"
    price = pd.DataFrame({"region": sample.region, "year": sample.year, "x": sample.X[:, 1]})
    wide = price.pivot(index="region", columns="year", values="x").dropna()
    within = wide.sub(wide.mean(axis=1), axis=0).to_numpy()
    path = within.mean(axis=0)
    left = within - np.outer(within @ path / (path @ path), path)
    assert np.abs(left).max() < 1e-9 * np.abs(within).max()
    assert 0 < price["region"].nunique() - len(wide) <= 3


def test_all_judged_drivers_are_one_family(
    official: Panel, declared: Multiverse, study: Study, estimated: MultiverseResult,
    evidence: dict[str, CausalEvidence],
) -> None:  # fmt: skip
    four = evidence_of(official, study, declared, estimated)
    every = in_one_family(four, evidence)
    assert list(every) == [*study.drivers, DRIVER]
    assert evidence[DRIVER].q_value == evidence[DRIVER].p_value  # alone in its own file
    p_values = [one.p_value for one in every.values()]
    assert [one.q_value for one in every.values()] == list(benjamini_hochberg(np.array(p_values)))
    for driver, one in four.items():
        assert replace(every[driver], q_value=one.q_value) == one
        assert one.q_value <= every[driver].q_value <= 5 / 4 * one.q_value
    with pytest.raises(StudyError, match="the same driver"):
        in_one_family(four, {"wear_pct": four["wear_pct"]})


def test_a_declaration_beside_another_asks_its_own_drivers(
    study: Study, apart: Multiverse, declared: Multiverse
) -> None:
    assert drivers_of(study, apart) == (DRIVER,)
    assert drivers_of(replace(study, drivers=("wear_pct",)), declared) == ("wear_pct",)


def test_the_page_finds_every_number_and_text(
    priced: dict[str, Panel], evidence: dict[str, CausalEvidence], mined: MultiverseResult, apart: Multiverse,
    named: Callable[..., list[str]],
) -> None:  # fmt: skip
    made = structure.results(priced["newest"], evidence, mined, apart, family=5)
    values = {f"{one.id}.{key}": value for one in made for key, value in one.values.items()}
    assert values["causal.structure.mining_share_pct.other_way"].value == pytest.approx(3.0, abs=0.05)
    assert values["causal.mining_share_pct.change"].value == pytest.approx(12.5, abs=0.05)
    assert not any(isinstance(value.value, float) and math.isnan(value.value) for value in values.values())
    covariate = str(values["causal.mining_share_pct.strongest_covariate"].value)
    assert named(structure.blocks(evidence, mined, apart), [covariate], values)
