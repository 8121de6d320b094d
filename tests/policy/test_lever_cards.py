"""The cards of the levers: limits and costs from official figures, and numbers that equal a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from marked import Marked
from scipy.special import logit
from tests.policy.conftest import REGION

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.panel import Panel
from regional_econ.core.scenario import Scenario, Setting
from regional_econ.core.section import CardBlock, Section, TableBlock
from regional_econ.core.variable import Variable
from regional_econ.elasticities.declared import load_findings
from regional_econ.policy.answers.contract import gains
from regional_econ.policy.answers.question import ALL, Question
from regional_econ.policy.cards import lever_cards
from regional_econ.policy.cards.lever_effects import LeverEffect, pull_alone, pull_each
from regional_econ.policy.model.costs import costs_file, unit_cost
from regional_econ.policy.model.drivers import historical_push
from regional_econ.policy.model.levers import additionality, direct_effect, drawn_lags, load_levers
from regional_econ.policy.model.limits import capacity, newest, with_capacities
from regional_econ.policy.scenarios.run import Inputs, run
from regional_econ.report.build import load_catalogue
from regional_econ.report.document import Card, document
from regional_econ.report.words import Words

FIGURES = {
    "rd_labour_mln_rub": 600.0, "rd_personnel": 1200.0, "researchers": 800.0, "postgraduates": 400.0,
    "organisations": 30_000.0, "budget_revenue_mln_rub": 300_000.0, "mining_share_pct": 40.0,
    "innovation_activity_pct": 7.5,
}  # fmt: skip
LEVERS = {lever.id: lever for lever in load_levers()}
WHEN = {"start": 2023, "first": 2027, "last": 2031, "end": 2035, "seed": 11}


@pytest.fixture(scope="module")
def rich(world: Inputs) -> Inputs:
    """The made-up world with the official figures that limits and costs are read from."""
    panel = world.panel
    frame = panel.frame.assign(**FIGURES)
    label = Text("показатель", "indicator")
    variables = {**panel.variables, **{name: Variable(name, "", label, label) for name in FIGURES}}
    return replace(world, panel=Panel(frame, variables, panel.regions, "made up"))


@pytest.fixture(scope="module")
def effects(rich: Inputs) -> tuple[LeverEffect, ...]:
    return pull_each(rich, **WHEN)


@pytest.fixture(scope="module")
def found(rich: Inputs, effects: tuple[LeverEffect, ...]) -> lever_cards.LeverFindings:
    return lever_cards.LeverFindings(effects, load_findings(), rich.panel, REGION, 2027, 2031, 2035)


FIXED = (
    r"levers\.(count|scale|findings)\..*",
    r"levers\.L\d\d\.(max|capacity)",
    r"levers\.L\d\d\.(lag|psi|direct|cost)\.\w+",  # all prior, or official
)


def test_every_number_of_the_page_has_its_marks(found: lever_cards.LeverFindings) -> None:
    texts = Catalogue.load([data_dir() / "texts" / f"{name}.yml" for name in ("levers", "levers_findings", "policy")])
    page = Marked(lever_cards.results(found, inputs={}), texts, FIXED)
    assert page.check(lever_cards.section(found)) > 60


def money(panel: Panel) -> float:
    return float(panel.column("rd_mln_rub").xs(REGION, level="region").iloc[-1])


def test_a_unit_of_research_money_costs_what_it_adds(rich: Inputs) -> None:
    cost = unit_cost(LEVERS["L10"], rich.panel, REGION)
    assert cost is not None
    push = historical_push(rich.panel, "rd_grp_pct").size
    assert cost.low == cost.high == pytest.approx((np.exp(push) - 1.0) * money(rich.panel), rel=1e-12)
    assert cost.year == 2023


def test_a_unit_of_posts_costs_between_their_pay_and_all_research_money(rich: Inputs) -> None:
    cost = unit_cost(LEVERS["L06"], rich.panel, REGION)
    assert cost is not None
    posts = (np.exp(historical_push(rich.panel, "researchers_per_10k_employed").size) - 1.0) * 800.0
    # 600 mln over 1200 persons is half a million roubles a person
    assert cost.low == pytest.approx(posts * 0.5, rel=1e-12)
    assert cost.high == pytest.approx(posts * money(rich.panel) / 800.0, rel=1e-12)


def test_without_a_source_there_is_no_cost(rich: Inputs) -> None:
    costed = {lever.id for lever in LEVERS.values() if unit_cost(lever, rich.panel, REGION) is not None}
    assert costed == {"L02", "L03", "L04", "L06", "L09", "L10", "L25", "L26", "L28"}


def test_the_costs_file_holds_what_is_sourced_in_roubles_and_both_ends_of_a_range(rich: Inputs) -> None:
    entries = costs_file(load_levers(), rich.panel, REGION)["costs"]
    assert [entry["lever"] for entry in entries] == ["L02", "L03", "L04", "L06", "L09", "L10", "L25", "L26", "L28"]
    posts = unit_cost(LEVERS["L06"], rich.panel, REGION)
    assert posts is not None
    assert entries[3]["cost"] == pytest.approx(1e6 * posts.high, abs=0.5)
    assert entries[3]["cost_low"] == pytest.approx(1e6 * posts.low, abs=0.5)
    assert "cost_low" not in entries[0]
    assert {entry["price_year"] for entry in entries} == {2023}
    assert all("Rosstat" in str(entry["source"]) for entry in entries)


@pytest.mark.parametrize(("lever_id", "expected"), [("L35", 40.0), ("L12", 92.5), ("L10", None), ("L01", None)])
def test_limits_in_points_are_what_is_left(rich: Inputs, lever_id: str, expected: float | None) -> None:
    assert capacity(LEVERS[lever_id], rich.panel, REGION) == expected


def test_limits_in_pushes_divide_by_the_push(rich: Inputs) -> None:
    posts = (np.exp(historical_push(rich.panel, "researchers_per_10k_employed").size) - 1.0) * 800.0
    assert capacity(LEVERS["L06"], rich.panel, REGION) == pytest.approx(400.0 / posts, rel=1e-12)
    wear = float(rich.panel.column("wear_pct").xs(REGION, level="region").iloc[-1])
    limit = capacity(LEVERS["L11"], rich.panel, REGION)
    assert limit == pytest.approx(wear / abs(historical_push(rich.panel, "wear_pct").size), rel=1e-12)


def test_a_panel_without_the_figures_gives_no_limit(world: Inputs) -> None:
    assert [capacity(LEVERS[lever_id], world.panel, REGION) for lever_id in ("L06", "L12", "L35")] == [None] * 3


def test_figures_are_of_one_year_that_has_them_all(rich: Inputs) -> None:
    frame = rich.panel.frame.copy()
    frame.loc[(REGION, 2023), "postgraduates"] = np.nan
    panel = Panel(frame, rich.panel.variables, rich.panel.regions, "made up")
    assert newest(panel, ("researchers", "postgraduates"), REGION).year == 2022
    frame["postgraduates"] = np.nan
    empty = Panel(frame, rich.panel.variables, rich.panel.regions, "made up")
    with pytest.raises(DataError, match="no year has researchers, postgraduates"):
        newest(empty, ("researchers", "postgraduates"), REGION)
    assert capacity(LEVERS["L06"], empty, REGION) is None, "a limit that cannot be computed is unknown"
    with pytest.raises(UnknownNameError, match="unknown region 'RU-ZZZ'"):
        newest(panel, ("researchers",), "RU-ZZZ")


@pytest.mark.parametrize(("lever_id", "state"), [("L10", "on"), ("L02", "assumed")])
def test_the_numbers_of_a_card_equal_a_run(
    rich: Inputs, found: lever_cards.LeverFindings, lever_id: str, state: str
) -> None:
    setting = Setting(lever_id, ((2027, 0.2), (2028, 0.4), (2029, 0.6), (2030, 0.8), (2031, 1.0)))
    scenario = Scenario("alone", "forecast.nc", 2023, 2035, (setting,), (), "elasticities.json", 11)
    outcome = run(scenario, rich, grades="as_declared" if state == "on" else "all")
    gain = outcome.at(2035) - outcome.baseline[:, -1]
    values = {result.id: result.values for result in lever_cards.results(found, inputs={})}[f"levers.{lever_id}"]
    assert values["state"].value == state
    for key, level in (("p50", 0.5), ("lo80", 0.1), ("hi80", 0.9)):
        assert values[f"gain.{key}"].value == pytest.approx(float(np.quantile(gain, level)), abs=1e-12)
        assert values[f"gain.{key}"].mc_error
    assert values["p_positive"].value == (gain > 0.0).mean()
    assert values["p_positive"].mc_error


def test_a_lever_whose_elasticity_is_zero_brings_nothing_surely(rich: Inputs) -> None:
    draws = rich.elasticities.draws.assign(rd_grp_pct=0.0)
    flat = replace(rich, elasticities=replace(rich.elasticities, draws=draws))
    values = pull_alone(LEVERS["L10"], flat, **WHEN).values(2035)
    assert {key: value.value for key, value in values.items()} == {
        "gain.p50": 0.0, "gain.lo80": 0.0, "gain.hi80": 0.0, "p_positive": 0.0,
    }  # fmt: skip


def test_what_is_not_connected_is_neither_run_nor_graded_above_c(effects: tuple[LeverEffect, ...]) -> None:
    for effect in effects:
        if effect.lever.state_var is None:
            assert (effect.state, effect.grade, effect.gain) == ("off", "C", None)
            assert effect.values(2035) == {}
    assert [effect.lever.id for effect in effects if effect.state == "on"] == ["L10"]
    assert all(effect.grade == "C" for effect in effects if effect.state == "assumed")
    assert {effect.state for effect in effects if effect.lever.state_var} == {"on", "assumed"}


def test_a_fifth_of_the_firms_brings_coverage_times_its_effect(rich: Inputs, effects: tuple[LeverEffect, ...]) -> None:
    (cluster,) = (effect for effect in effects if effect.lever.id == "L27")
    assert (cluster.state, cluster.grade, cluster.prior_share) == ("assumed", "C", 1.0)
    assert cluster.gain is not None
    psi = additionality(cluster.lever).draw(4000, WHEN["seed"])
    inside = direct_effect(cluster.lever).draw(4000, WHEN["seed"])
    baseline = rich.baseline.draws(rich.outcome, REGION).sel(year=2035).to_numpy()
    # every lag has passed by the last year; draws that the bounds cut are left out
    free = (inside > -baseline) & (inside < 100.0 - baseline)
    assert free.mean() > 0.95
    np.testing.assert_allclose(cluster.gain[free, -1], 0.2 * ((1.0 + psi) * inside)[free], rtol=1e-9)
    assert not cluster.gain[:, : 2029 - 2023].any(), "nothing arrives before the shortest lag"


def test_a_smaller_share_of_mining_moves_the_logit_by_its_slope(effects: tuple[LeverEffect, ...], rich: Inputs) -> None:
    (mining,) = (effect for effect in effects if effect.lever.id == "L35")
    assert mining.gain is not None
    slope = rich.priors["mining_share_outcome"].draw(4000, WHEN["seed"])
    psi = additionality(mining.lever).draw(4000, WHEN["seed"])
    baseline = rich.baseline.draws(rich.outcome, REGION).sel(year=2035).to_numpy().astype("float64")
    years = drawn_lags(mining.lever, draws=4000, seed=WHEN["seed"])
    assert set(years) == {5, 6, 7, 8, 9, 10}
    # five equal steps, nine to five years old, each in a transition that makes nine tenths in the drawn time
    points = 20.0 * sum(0.2 * (1.0 - 0.1 ** (age / years)) for age in (9, 8, 7, 6, 5)) * (1.0 + psi)
    moved = logit((baseline + mining.gain[:, -1]) / 100.0) - logit(baseline / 100.0)
    np.testing.assert_allclose(moved, -slope * points, atol=1e-9)
    assert not mining.gain[:, : 2027 - 2023].any()
    without = replace(rich, priors={key: prior for key, prior in rich.priors.items() if key != "mining_share_outcome"})
    assert pull_alone(mining.lever, without, **WHEN).state == "off"


def test_the_page_has_every_lever_once_in_the_table_and_once_as_a_card(
    found: lever_cards.LeverFindings, tmp_path: Path
) -> None:
    page = lever_cards.section(found)
    cards = [block for block in page.blocks if isinstance(block, CardBlock)]
    assert [card.id for card in cards] == list(LEVERS)
    (table,) = (block for block in page.blocks if isinstance(block, TableBlock))
    assert len(table.rows) == 36 + 7
    page.write(tmp_path / "levers.json")
    again = Section.read(tmp_path / "levers.json")
    assert again == page


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_reads_in_both_languages(found: lever_cards.LeverFindings, rich: Inputs, lang: Lang) -> None:
    results = lever_cards.results(found, inputs={})
    numbers = {f"{result.id}.{key}": value for result in results for key, value in result.values.items()}
    labels = {name: variable.label for name, variable in rich.panel.variables.items()}
    catalogue = load_catalogue()
    front = {f"front.{part}": Text("меры", "measures") for part in ("title", "subtitle", "answer")}
    words = Words(lang, replace(catalogue, texts={**catalogue.texts, **front}), numbers, labels, {})
    (chapter,) = document([lever_cards.section(found)], words, front="front").chapters
    cards = {item.id: item for item in chapter.items if isinstance(item, Card)}
    assert len(cards) == 36
    shown = {
        fact.label: " ".join(line.text for line in fact.lines) for fact in (*cards["L10"].facts, *cards["L10"].more)
    }
    assert len(shown) == 13
    said = " ".join(shown.values())
    assert "S01: Dimos" in said
    saturation = shown["Насыщение" if lang == "ru" else "Saturation"]
    assert saturation.startswith("Неизвестно" if lang == "ru" else "Unknown")
    assert ("0,075" if lang == "ru" else "0.075") in said
    assert cards["L10"].tone == "for"
    assert cards["L02"].tone == "open"
    assert cards["L01"].tone == "none"


def test_an_assumption_is_called_so(found: lever_cards.LeverFindings, rich: Inputs) -> None:
    cards = {block.id: block for block in lever_cards.section(found).blocks if isinstance(block, CardBlock)}
    assumed = [effect.lever.id for effect in found.effects if effect.state == "assumed"]
    assert assumed
    assert {cards[lever_id].tag for lever_id in assumed} == {"levers.state.assumed"}
    assert "no finding" in load_catalogue().get("levers.effect.assumed", "en")


def test_every_cited_number_is_the_one_of_the_literature_table(found: lever_cards.LeverFindings) -> None:
    values = {result.id: result.values for result in lever_cards.results(found, inputs={})}["levers.findings"]
    rows = load_findings()
    assert values["K19.estimate"].value == float(rows["K19"]["estimate"])
    assert values["C01.low"].value == float(rows["C01"]["estimate_low"])
    assert (values["C01.estimate"].unit, values["K12.estimate"].unit, values["K04.estimate"].unit) == ("pp", "%", "")
    assert "N01.estimate" not in values
    cited = {row for effect in found.effects for row in effect.lever.rows}
    texts = load_catalogue().texts
    assert sorted(row for row in cited if f"levers.finding.{row}" not in texts) == []
    assert sorted(key for key in texts if key.startswith("levers.finding.") and key[-3:] not in cited) == []


def test_a_card_and_the_ranking_say_the_same_of_one_push(rich: Inputs, effects: tuple[LeverEffect, ...]) -> None:
    limited = replace(rich, levers=with_capacities(rich.levers, rich.panel, REGION))
    question = Question.of(limited, grades=ALL, end=2035, first=2027, last=2031, seed=11)
    ranked = gains(question.model, question.programme, np.eye(len(question.chains)), 2035)
    by_id = {effect.lever.id: effect for effect in effects}
    for chain, gain in zip(question.chains, ranked, strict=True):
        card = by_id[chain.lever].gain
        assert card is not None
        np.testing.assert_allclose(card[:, -1], gain, rtol=0, atol=1e-9)
        assert by_id[chain.lever].prior_share == chain.prior_share
    shown = {lever_id for lever_id, effect in by_id.items() if effect.gain is not None}
    assert shown == {chain.lever for chain in question.chains}
    assert shown | {lever.id for lever in question.without_path} == set(LEVERS), "no measure is left out in silence"


def test_capacity_bounds_the_search(rich: Inputs) -> None:
    levers = with_capacities(rich.levers, rich.panel, REGION)
    question = Question.of(replace(rich, levers=levers), grades=ALL, end=2035, first=2027, last=2031, seed=11)
    limit = next(limit for limit in question.limits() if limit.lever == "L06")
    posts = next(lever for lever in levers if lever.id == "L06").capacity
    assert posts is not None
    assert posts < 2.0, "the made-up region has few postgraduates, so that capacity binds before the range"
    assert (limit.binds, limit.size) == ("capacity", posts)
    at = question.model.levers.index("L06")
    assert question.bounds().limits[at] == posts
    vouchers = next(limit for limit in question.limits() if limit.lever == "L12")
    assert (vouchers.binds, vouchers.size, vouchers.domain) == ("range", 1.0, None)
    firms = [j for j, driver in enumerate(question.drivers) if driver == rich.outcome]
    # each takes a fifth of the organisations, and 92.5 % of them do not innovate yet
    assert next(cap for members, cap in question.bounds().caps if firms[0] in members) == pytest.approx(92.5 / 20.0)
