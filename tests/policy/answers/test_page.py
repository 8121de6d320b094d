"""The page of answers names only texts and numbers that exist, and its pictures can be drawn."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from marked import Marked

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue, Text
from regional_econ.core.conditions import Cell
from regional_econ.core.conditions import Path as Conditions
from regional_econ.core.record import agree
from regional_econ.core.results import Value
from regional_econ.core.section import FigureBlock, Paragraph, Section
from regional_econ.policy.answers.page import section
from regional_econ.policy.answers.page_results import results
from regional_econ.policy.answers.question import ALL, Question
from regional_econ.policy.answers.regimes import under_regimes
from regional_econ.policy.answers.study import Aim, Answers, answer, check_shares
from regional_econ.policy.scenarios.run import Inputs


@pytest.fixture(scope="module")
def answers(world: Inputs) -> Answers:
    few = tuple(lever for lever in world.levers if lever.id in ("L01", "L02", "L09", "L10", "L11", "L12", "L35", "L36"))
    return answer(replace(world, levers=few), Aim(12.5, 2035, 0.8, 2027, 2031, 1))


def test_every_number_and_text_exists(answers: Answers, tmp_path: Path) -> None:
    written = results(answers, inputs={"panel": "0" * 64})
    numbers = {f"{result.id}.{key}" for result in written for key in result.values}
    texts = Catalogue.load(sorted((data_dir() / "texts").glob("*.yml"))).texts
    section(answers, regimes={"cheap": Text("дёшево", "cheap")}).write(tmp_path / "page.json")
    assert Section.read(tmp_path / "page.json").id == "policy_answers"
    shown = 0
    for block in json.loads((tmp_path / "page.json").read_text(encoding="utf-8"))["blocks"]:
        for key in ("caption", "alt", "text"):
            assert block.get(key, "policy_answers.title") in texts, block
        for column in block.get("columns", []) if block["block"] == "table" else []:
            assert column["header"] in texts, column
        for row in block.get("rows", []):
            for cell in [part for outer in row for part in outer.get("cells", [outer])]:
                assert cell["cell"] != "number" or cell["id"] in numbers, cell
                assert cell["cell"] != "text" or cell["id"] in texts, cell
                shown += cell["cell"] == "number"
    assert shown > 100


FIXED = (
    r"answers\.target\.(value|year|probability|first_year|last_year|n_\w+|text_error)",
    r"answers\.backcast\.\w+\.L\d\d\.size",
    r"answers\.(ranking|parts)\.L\d\d\.size",
    r"answers\.needs\.\w+\.edge_pushes",
    r"answers\.limits\..*",
    r"answers\.synergy\.(\d+\.sigma|directions)",
    r"answers\.boxes\..*\.(low|high)",  # of the region, not of an estimate
)


def test_every_number_of_the_page_has_its_marks(answers: Answers) -> None:
    texts = Catalogue.load(sorted((data_dir() / "texts").glob("*.yml")))
    page = Marked(results(answers, inputs={}), texts, FIXED)
    assert page.check(section(answers, regimes={}), stated="answers.target.text_error") > 200


def test_rules_and_limits_reach_the_reader(answers: Answers) -> None:
    medians = {rule.name: rule.gain for rule in answers.rules}
    assert medians["declared"] == medians["overlap_additive"], "the levers of this world declare that they add up"
    assert medians["overlap_nested"] != medians["overlap_additive"]
    assert medians["returns_full"] != medians["declared"]
    assert medians["outright"] != medians["declared"]
    shares = {rule.name: rule.prior_share for rule in answers.rules}
    assert shares["declared"] == answers.prior_share < shares["outright"] == 1.0
    values = {result.id: result.values for result in results(answers, inputs={})}
    assert values["answers.limits"]["L10.binds"].value == "policy_answers.binds.range"
    default = [row.chain.lever for row in answers.declared_ranking.rows]
    assert values["answers.learning"]["declared.levers"].value == ", ".join(default)
    blocks = {block.text for block in section(answers, regimes={}).blocks if isinstance(block, Paragraph)}
    assert f"policy_answers.default.{'one' if len(default) == 1 else 'some'}" in blocks


def test_what_is_assumed_outright_is_ranked_but_not_in_the_programme(answers: Answers) -> None:
    assert {"L12", "L35"} <= {row.chain.lever for row in answers.ranking.rows if row.chain.prior_share == 1.0}
    assert {"direct", "elasticity.mining_share_pct"} <= set(answers.ranking.learning.groups)
    assert not {"direct", "elasticity.mining_share_pct"} & set(answers.gain_shares.groups)
    assert not {"L12", "L35"} & {part.lever for part in answers.decomposition.parts}
    assert not any("L12" in name or "mining" in name for name in (*answers.anywhere.names, *answers.measures.names))
    assert [lever.id for lever in answers.question.without_path] == ["L01"]


def test_shares_that_miss_the_variance_stop_the_run(answers: Answers) -> None:
    check_shares(answers)
    missed = replace(answers.gain_shares, shares=0.98 * answers.gain_shares.shares)
    with pytest.raises(EstimationError, match=r"gain sum to 0\.9"):
        check_shares(replace(answers, gain_shares=missed))


def test_shares_sum_and_parts_add_up(answers: Answers) -> None:
    assert answers.level_shares.explained == pytest.approx(1.0, abs=0.01)
    assert answers.gain_shares.explained == pytest.approx(1.0, abs=0.01)
    level, gain = (some.shares[some.groups.index("baseline")] for some in (answers.level_shares, answers.gain_shares))
    assert level > 0.9 > gain, "the forecast is the doubt of the level, not of the gain"
    whole = answers.decomposition.whole.mean.value
    assert sum(float(part.gain.mean.value) for part in answers.decomposition.parts) == pytest.approx(whole, rel=1e-6)
    question = answers.question
    for outright in (False, True):
        sizes = question.one_push_each(outright=outright)
        for driver in question.model.drivers:
            pulled = sum(s for s, own in zip(sizes, question.drivers, strict=True) if own == driver)
            known = any(part.driver == driver for part in question.model.model.drivers)
            assert pulled == pytest.approx(1.0 if known or outright else 0.0)


def test_random_numbers_carry_their_error(answers: Answers) -> None:
    fixed = (
        "size",
        "prior_share",
        "grade",
        "sigma",
        "pushes",
        "needed",
        "enough",
        "low",
        "high",
        "range",
        "capacity",
        "domain",
        "error",
    )
    for result in results(answers, inputs={}):
        if result.id == "answers.target":
            continue
        for key, value in result.values.items():
            if isinstance(value.value, float) and not key.endswith(fixed):
                assert value.mc_error is not None, f"{result.id}.{key}"


def test_no_mix_leaves_what_was_seen(answers: Answers, world: Inputs) -> None:
    edges = {need.driver: need.edge_pushes for need in answers.needs}
    for mix in answers.assumed.frontier:
        for driver in edges.keys() & set(answers.question.drivers):
            pulled = sum(s for s, own in zip(mix.sizes, answers.question.drivers, strict=True) if own == driver)
            assert pulled <= edges[driver] + 1e-9
    chances = [mix.score for mix in answers.assumed.frontier]
    assert chances == sorted(chances)
    if answers.declared is not None:
        assert answers.declared.best.score <= answers.assumed.best.score + 1e-12


def test_pictures_hold_what_they_show(answers: Answers) -> None:
    figures = {block.id: block.data for block in section(answers, regimes={}).blocks if isinstance(block, FigureBlock)}
    ranking = figures["policy_answers.ranking"]
    assert set(ranking["model"]) == set(answers.question.model.levers)
    assert {"declared", "assumed"} >= set(ranking["group"])
    assert (ranking["conf_low95"] <= ranking["conf_low80"]).all()
    swings = figures["policy_answers.tornado"]
    widths = (swings["high"] - swings["low"]).to_numpy()
    assert (np.diff(widths) <= 1e-12).all()
    assert figures["policy_answers.frontier"]["estimate"].between(0.0, 100.0).all()
    shares = figures["policy_answers.shares"]
    for name, own in (("gain", answers.gain_shares), ("level", answers.level_shares)):
        panel = shares[shares["panel"] == f"policy_answers.shares.{name}"].set_index("label")["value"]
        assert panel[list(own.groups)].tolist() == own.shares.tolist(), "as it is, also below zero"
    assert (figures["policy_answers.learning"]["low"] >= 0.0).all()
    for name in ("shares", "learning"):
        bars = figures[f"policy_answers.{name}"]
        assert ((bars["low"] <= bars["value"]) & (bars["value"] <= bars["high"])).all()
        assert (bars["low"] < bars["high"]).any()


def test_a_price_path_is_one_more_regime(world: Inputs) -> None:
    path = Conditions("more", (Cell("innovation_activity_pct", world.region, 2024, 12.0),))
    moved = replace(world, regimes={"more": path})
    years = {"first": 2027, "last": 2031, "seed": 1}
    none = np.zeros(len(Question.of(moved, grades=ALL, end=2035, **years).chains))
    found = under_regimes(moved, sizes=none, grades=ALL, target=12.5, year=2035, **years)
    assert [regime.name for regime in found] == ["forecast", "more"]
    assert found[0].gain.p90.value == 0.0
    assert found[1].level.p50.value > found[0].level.p50.value
    assert found[1].tail_probability is not None


def test_without_a_lever_there_is_nothing_to_answer(world: Inputs) -> None:
    idle = tuple(lever for lever in world.levers if lever.state_var is None)
    with pytest.raises(OptionError, match="no lever moves"):
        answer(replace(world, levers=idle), Aim(12.5, 2035, 0.8, 2027, 2031, 1))


def test_an_error_has_none_of_its_own_in_print_and_is_held_to_a_factor_of_two(answers: Answers) -> None:
    values = {f"{one.id}.{key}": value for one in results(answers, inputs={}) for key, value in one.values.items()}
    errors = {key: value for key, value in values.items() if key.endswith("error")}
    assert len(errors) > 20
    assert not [key for key in errors if key.endswith("error.error")]
    for error in (one for one in errors.values() if one.value):
        assert agree(error, scaled(error, 1.5))
        assert not agree(error, scaled(error, 3.0))


def scaled(error: Value, factor: float) -> Value:
    assert error.mc_error is not None
    assert isinstance(error.value, float)
    return replace(error, value=factor * error.value, mc_error=factor * error.mc_error)
