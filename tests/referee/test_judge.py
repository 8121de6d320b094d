"""Every label has evidence that earns it, and evidence just short of it that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from regional_econ.causal.distribution import Probabilities
from regional_econ.core.claim import Criterion, Verdict
from regional_econ.referee.checks.estimate import EffectFinding
from regional_econ.referee.checks.recompute import Figure, Series, chance_match_rate, recompute
from regional_econ.referee.judge import effect_label, judge_effect, judge_number, judge_unheld
from regional_econ.referee.ledger import Entry, Printed
from regional_econ.referee.rules import Rules

FOR = Probabilities(0.95, 0.99, 0.04, 0.01, 0.001)
LEANS = Probabilities(0.40, 0.93, 0.55, 0.07, 0.05)
ZERO = Probabilities(0.03, 0.55, 0.93, 0.45, 0.04)
OPEN = Probabilities(0.30, 0.60, 0.50, 0.40, 0.20)


def mirror(found: Probabilities) -> Probabilities:
    return Probabilities(found.wrong_beyond, found.wrong_sign, found.negligible, found.right_sign, found.beyond)


def effect(found: Probabilities, sign_share: float, **changes: float | None) -> EffectFinding:
    base = EffectFinding(
        lagged=found, averaged=found, alone=found, sign_share=sign_share, sign_share_all=sign_share, delta=0.5,
        mde=0.4, robustness_value=0.3,
        strongest_bound=0.2, placebo_low=-0.2, placebo_high=0.3, q_value=0.05,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


EFFECTS = [
    (effect(FOR, 0.95), "supported"),
    (effect(mirror(FOR), 0.05), "opposite"),
    (effect(ZERO, 0.55), "negligible"),
    (effect(LEANS, 0.85), "leans_for"),
    (effect(mirror(LEANS), 0.15), "leans_against"),
    (effect(OPEN, 0.60), "inconclusive"),
    # each criterion of "supported" alone keeps it from being given
    (effect(FOR, 0.89), "leans_for"),
    (effect(replace(FOR, beyond=0.899), 0.95), "leans_for"),
    (effect(FOR, 0.95, robustness_value=0.199), "leans_for"),
    (effect(FOR, 0.95, placebo_high=0.501), "leans_for"),
    (effect(FOR, 0.95, placebo_low=-0.5), "leans_for"),
    (effect(FOR, 0.95, q_value=0.11), "leans_for"),
    # not run is not met
    (effect(FOR, 0.95, robustness_value=None), "leans_for"),
    (effect(FOR, 0.95, placebo_low=None), "leans_for"),
    (effect(mirror(FOR), 0.05, q_value=None), "leans_against"),
    # leaning needs both its criteria
    (effect(replace(LEANS, right_sign=0.899), 0.85), "inconclusive"),
    (effect(LEANS, 0.79), "inconclusive"),
    # the first that holds: negligible before leaning
    (effect(replace(LEANS, negligible=0.91), 0.85), "negligible"),
]


@pytest.mark.parametrize(("finding", "label"), EFFECTS)
def test_effects(finding: EffectFinding, label: str, rules: Rules) -> None:
    assert effect_label(finding.lagged, finding.sign_share, finding, rules.causal) == label


@pytest.mark.parametrize(
    ("place", "label", "gap", "without_power"),
    [
        (0, "supported", None, None),
        (1, "opposite", None, None),
        (2, "negligible", None, None),
        (3, "leans_for", "criteria_unmet", "criteria_unmet"),
        (4, "leans_against", "criteria_unmet", "criteria_unmet"),
        (5, "inconclusive", "criteria_unmet", "mde_above_delta"),
    ],
)
def test_verdicts_on_effects(place: int, label: str, gap: str | None, without_power: str | None, rules: Rules) -> None:
    """Low power excuses only a verdict that says nothing."""
    finding = EFFECTS[place][0]
    for one, said in ((finding, gap), (replace(finding, mde=0.9), without_power)):
        verdict = judge_effect(one, rules)
        assert (verdict.label, verdict.gap) == (label, said)


def test_lagged_and_alone_must_agree(rules: Rules) -> None:
    verdict = judge_effect(replace(effect(FOR, 0.95), alone=OPEN), rules)
    assert (verdict.label, verdict.gap) == ("inconclusive", "lagged_and_alone_differ")
    assert "inconsistency" in verdict.downgrades
    row = verdict.rule_trace[-1]
    assert (row.criterion, row.value, row.threshold, row.met) == (
        "lagged_and_alone_agree", "inconclusive", "supported", False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lagged", "averaged", "label"), [(OPEN, FOR, "inconclusive"), (FOR, OPEN, "supported"), (FOR, ZERO, "supported")]
)
def test_lags_of_a_year_or_more_decide(
    lagged: Probabilities, averaged: Probabilities, label: str, rules: Rules
) -> None:
    verdict = judge_effect(replace(effect(FOR, 0.95), lagged=lagged, alone=lagged, averaged=averaged), rules)
    assert verdict.label == label
    row = next(row for row in verdict.rule_trace if row.criterion == "all_lags_agree")
    assert (row.threshold, row.met) == (label, False)
    assert verdict.rule_trace[0].value == lagged.beyond


def test_the_rules_say_which_distributions_decide_and_in_which_order(rules: Rules) -> None:
    both = replace(effect(FOR, 0.95), averaged=OPEN)
    strict = replace(rules, causal=replace(rules.causal, must_agree=("lagged", "averaged", "alone")))
    assert judge_effect(both, strict).label == "inconclusive"
    leaning = effect(replace(LEANS, negligible=0.91), 0.85)
    first = replace(rules.causal, order=("leans_for", "negligible"))
    assert effect_label(leaning.lagged, leaning.sign_share, leaning, first) == "leans_for"


@pytest.mark.parametrize("found", [LEANS, mirror(LEANS)])
def test_a_leaning_shows_the_criteria_it_met(found: Probabilities, rules: Rules) -> None:
    share = 0.85 if found is LEANS else 0.15
    verdict = judge_effect(effect(found, share), rules)
    side = ("right_sign", "sign_share_leans") if found is LEANS else ("wrong_sign", "wrong_sign_share_leans")
    met = {row.criterion: (row.threshold, row.met) for row in verdict.rule_trace}
    assert met[f"probability_{side[0]}"] == (0.90, True)
    assert met[side[1]] == (0.80, True)


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"robustness_value": None}, "not_run_robustness_value"),
        ({"placebo_low": None, "q_value": None}, "not_run_placebo_and_bh_q"),
        (
            {"robustness_value": None, "placebo_high": None, "q_value": None},
            "not_run_robustness_value_and_placebo_and_bh_q",
        ),
    ],
)
def test_what_was_not_run_caps_the_label_and_is_named(changes: dict[str, float | None], gap: str, rules: Rules) -> None:
    verdict = judge_effect(effect(FOR, 0.95, **changes), rules)
    assert (verdict.label, verdict.gap) == ("leans_for", gap)
    assert [row.criterion for row in verdict.rule_trace if row.met is None]


@pytest.mark.parametrize(
    ("finding", "proxy", "certainty"),
    [
        (effect(FOR, 0.95), False, "low"),
        (effect(FOR, 0.95), True, "very_low"),
        (effect(FOR, 0.95, mde=0.6), False, "very_low"),
        (effect(FOR, 0.95, placebo_high=0.9, mde=0.6), True, "very_low"),
    ],
)
def test_certainty_falls_one_level_a_failed_domain(
    finding: EffectFinding, proxy: bool, certainty: str, rules: Rules
) -> None:
    assert judge_effect(finding, rules, proxy=proxy).certainty == certainty


def figure(value: float, vintage: str = "new") -> Figure:
    return Figure(value, vintage, "book: cell", "0" * 64)


SERIES = Series(
    "x",
    {2018: figure(80.0), 2020: figure(90.0), 2021: figure(95.0), 2022: figure(100.0)},
    {2022: (figure(103.0, "old"),)},
)
OTHER = {"y": Series("y", {2022: figure(120.0)})}
Relation = Literal["equals", "less"]


def number(printed: str, year: int | None = 2022, relation: Relation = "equals", scale: float = 1.0) -> Printed:
    return Printed("x", "RU-KEM", year, printed, scale, relation)


def judged(printed: Printed, rules: Rules) -> Verdict:
    return judge_number(printed, recompute(printed, SERIES, OTHER, rules.number), rules)


@pytest.mark.parametrize(
    ("printed", "label", "gap"),
    [
        (number("100,0"), "confirmed", None),
        (number("100,4"), "inconclusive", "inside_revision_range"),
        (number("100"), "confirmed", None),
        (number("103,0"), "confirmed_with_error", "error_vintage"),
        (number("95,0"), "confirmed_with_error", "error_year"),
        (number("90,0", None), "confirmed_with_error", "error_year"),
        (number("120,0"), "confirmed_with_error", "error_definition"),
        (number("0,1"), "confirmed_with_error", "error_unit"),
        (number("80,0"), "contradicted", "no_single_error"),  # 2018 lies four years before
        (number("110,0"), "contradicted", "no_single_error"),
        (number("100,0", None), "confirmed", None),
        (number("110,0", 2022, "less"), "confirmed", None),
        (number("96,0", None, "less"), "confirmed_with_error", "error_year"),
        (number("50,0", 2022, "less"), "confirmed_with_error", "error_unit"),
        (number("8,4", 2024), "not_tested", "after_the_data"),
    ],
)
def test_numbers(printed: Printed, label: str, gap: str | None, rules: Rules) -> None:
    verdict = judged(printed, rules)
    assert (verdict.label, verdict.gap) == (label, gap)
    assert (verdict.certainty is None) == (label == "not_tested")


def test_a_match_known_from_notes_alone_starts_lower_and_says_so(rules: Rules) -> None:
    def verdict(older: Figure) -> Verdict:
        series = replace(SERIES, older={2022: (older,)})
        return judge_number(number("100,4"), recompute(number("100,4"), series, OTHER, rules.number), rules)

    published, reported = verdict(figure(100.4, "old")), verdict(replace(figure(100.4, "old"), reported=True))
    assert (published.certainty, published.gap) == ("moderate", "error_vintage")
    assert (reported.certainty, reported.gap) == ("low", "error_vintage_reported")
    rows = {row.criterion: row for row in reported.rule_trace}
    assert rows["matched_place"].value == "old, book: cell"
    assert (rows["matched_status"].value, rows["matched_status"].met) == ("reported", False)


def test_two_elements_that_differ_are_named_and_confirm_nothing(rules: Rules) -> None:
    other = {"y": Series("y", {2020: figure(118.0), 2022: figure(120.0)})}
    finding = recompute(number("118,0"), SERIES, other, rules.number)
    verdict = judge_number(number("118,0"), finding, rules)
    assert (verdict.label, verdict.gap) == ("contradicted", "two_errors")
    assert ("two_elements", 118.0, 118.0, True) in rows_of(verdict)
    assert ("two_elements_are", "y, 2020", None, True) in rows_of(verdict)


def test_a_number_after_the_data_shows_the_nearest_years(rules: Rules) -> None:
    finding = recompute(number("8,4", 2024), SERIES, OTHER, rules.number)
    assert dict(finding.nearest) == {2020: 90.0, 2021: 95.0, 2022: 100.0}
    trace = (Criterion("series_available", None, "2024", False),)
    assert judge_number(number("8,4", 2024), finding, rules) == Verdict("not_tested", trace, None, "after_the_data")


@pytest.mark.parametrize(
    ("printed", "downgrades", "certainty"),
    [
        (number("100,0"), ("inconsistency",), "moderate"),  # editions of 100 and 103
        (number("0,1", scale=1000.0), (), "high"),  # which round to the same
        (number("95,0", 2021), (), "high"),
    ],
)
def test_editions_that_the_printed_digits_tell_apart_make_a_number_less_certain(
    printed: Printed, downgrades: tuple[str, ...], certainty: str, rules: Rules
) -> None:
    verdict = judged(printed, rules)
    assert (verdict.label, verdict.downgrades, verdict.certainty) == ("confirmed", downgrades, certainty)


def test_a_claim_without_data_names_what_lacks(entries: tuple[Entry, ...], rules: Rules) -> None:
    entry = next(entry for entry in entries if entry.needs is not None)
    trace = (Criterion("series_available", None, None, False),)
    assert judge_unheld(entry, rules) == Verdict("not_tested", trace, None, entry.needs)


@pytest.mark.parametrize(("printed", "met"), [("100", True), ("101", False)])
def test_a_figure_that_some_region_reaches(printed: str, met: bool, rules: Rules) -> None:
    reached = replace(number(printed), region="any", relation="reached")
    finding = recompute(reached, SERIES, {}, rules.number)
    assert (finding.agrees, finding.chance_rate) == (met, None)
    row = next(row for row in judge_number(reached, finding, rules).rule_trace if row.criterion.startswith("newest"))
    assert (row.criterion, row.value, row.met) == ("newest_official_reached", 100.0, met)


def test_printed_growth_is_held_against_an_index(rules: Rules) -> None:
    grown = replace(number("0,4"), base=100.0)
    finding = recompute(grown, Series("x", {2022: figure(100.4)}), {}, rules.number)
    assert judge_number(grown, finding, rules).label == "confirmed"


def test_chance_rate_against_brute_force() -> None:
    accepted = [100.0, 100.4, 88.0, 130.0, 500.0]
    grid = 75.0 + (0.5 + np.arange(200_000)) * 50.0 / 200_000
    hit = sum(abs(grid - value) <= 0.5 for value in accepted) > 0
    # the grid's step is 2.5e-4 of a band of 50
    assert chance_match_rate(100.0, accepted, 0.5, 0.25) == pytest.approx(float(hit.mean()), abs=2e-5)


def test_a_drawn_probability_too_near_to_its_cut_decides_nothing(rules: Rules) -> None:
    sure = effect(FOR, 0.95, mc_error=0.016)  # the nearest probability lies .05 from its cut
    assert judge_effect(sure, rules).label == "supported"
    unsure = judge_effect(replace(sure, mc_error=0.017), rules)
    assert (unsure.label, unsure.gap) == ("inconclusive", "borderline")
    margin = next(row for row in unsure.rule_trace if row.criterion == "monte_carlo_margin")
    assert margin.value == pytest.approx(0.05 / 0.017)
    assert (margin.threshold, margin.met) == (3.0, False)
    # What stands beside and decides nothing may be as near as it likes.
    beside = replace(sure, averaged=replace(FOR, beyond=0.9001))
    assert judge_effect(beside, rules).label == "supported"


def rows_of(verdict: Verdict) -> list[tuple[object, ...]]:
    return [(row.criterion, row.value, row.threshold, row.met) for row in verdict.rule_trace]


def test_the_trace_of_an_effect_holds_every_criterion_with_value_and_threshold(rules: Rules) -> None:
    finding = effect(FOR, 0.85, averaged=LEANS, mc_error=0.01, placebo_low=-0.4)
    verdict = judge_effect(finding, rules)
    *rows, margin, averaged, alone = rows_of(verdict)
    assert rows == [
        ("probability_beyond", 0.95, 0.9, True),
        ("probability_wrong_beyond", 0.001, 0.9, False),
        ("probability_negligible", 0.04, 0.9, False),
        ("probability_right_sign", 0.99, 0.9, True),
        ("probability_wrong_sign", 0.01, 0.9, False),
        ("sign_share", 0.85, 0.9, False),
        ("sign_share_leans", 0.85, 0.8, True),
        ("wrong_sign_share", pytest.approx(0.15), 0.9, False),
        ("wrong_sign_share_leans", pytest.approx(0.15), 0.8, False),
        ("robustness_value", 0.3, 0.2, True),
        ("placebo", 0.4, 0.5, True),
        ("bh_q", 0.05, 0.1, True),
        ("mde", 0.4, 0.5, True),
    ]
    # the nearest probability lies .05 from its cut
    assert margin == ("monte_carlo_margin", pytest.approx(5.0), 3, True)
    assert averaged == ("all_lags_agree", "leans_for", "leans_for", True)
    # one specification has one sign, so alone it is supported
    assert alone == ("lagged_and_alone_agree", "supported", "leans_for", False)
    assert (verdict.label, verdict.downgrades) == ("inconclusive", ("inconsistency",))


@pytest.mark.parametrize(
    ("changes", "downgrades"),
    [
        ({"sign_share": 0.79}, ("inconsistency",)),
        ({"sign_share": 0.21}, ("inconsistency",)),
        ({"sign_share": 0.2}, ()),
        ({"sign_share": 0.8}, ()),
        ({"robustness_value": 0.1}, ("risk_of_bias",)),
        ({"robustness_value": None}, ("risk_of_bias",)),
        ({"placebo_high": 0.6}, ("risk_of_bias",)),
        ({"mde": 0.51}, ("imprecision",)),
        ({"mde": 0.5}, ()),
    ],
)
def test_each_domain_fails_by_its_own_criterion(
    changes: dict[str, float | None], downgrades: tuple[str, ...], rules: Rules
) -> None:
    finding = replace(effect(OPEN, 0.85), **changes)  # type: ignore[arg-type]
    assert judge_effect(finding, rules).downgrades == downgrades


def test_the_trace_of_a_number_that_disagrees_holds_every_error_tried(rules: Rules) -> None:
    undated = number("95,0", None, scale=1.0)
    dated = number("95,0")
    first = rows_of(judged(dated, rules))
    assert first[0] == ("year_held_against", "2022", "2022", True)
    assert rows_of(judged(undated, rules))[0] == ("year_held_against", "2022", None, True)
    found = {row[0]: row[1:] for row in first}
    assert found["element_year"] == (95.0, 95.0, True)
    missed = {f"element_{one}" for one in rules.number.elements} - {"element_year"}
    assert {name: found[name] for name in missed} == dict.fromkeys(missed, (None, 95.0, False))
    assert found["matched_place"][1:] == (None, True)
    assert found["matched_status"] == ("published", "published", True)
    assert found["revision_range"] == ("outside", "inside", False)
    rate, high, met = found["chance_match_rate"]
    assert (high, met) == (rules.number.chance_high, rate <= rules.number.chance_high)
    assert 0.0 < rate < 1.0


def test_a_match_that_chance_would_give_is_imprecise(rules: Rules) -> None:
    strict = replace(rules, number=replace(rules.number, chance_high=0.0))
    assert "imprecision" in judged(number("95,0"), strict).downgrades
    lenient = replace(rules, number=replace(rules.number, chance_high=1.0))
    assert "imprecision" not in judged(number("95,0"), lenient).downgrades
    # a number that agrees, or that nothing explains, needs no luck
    assert "imprecision" not in judged(number("100,0"), strict).downgrades
    assert "imprecision" not in judged(number("110,0"), strict).downgrades


def test_a_number_in_another_unit_is_traced_in_the_printed_one(rules: Rules) -> None:
    scaled = number("0,09", 2022, scale=1000.0)
    rows = rows_of(judged(scaled, rules))
    name, official, printed, met = rows[1]
    assert (official, printed, met) == (0.1, 0.09, False), name
