"""A paper held against itself: arithmetic on rounded numbers, units, captions, citations, inferences."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.core.claim import Criterion, Label, Verdict
from regional_econ.referee.checks import citation, internal, premise
from regional_econ.referee.checks.grid import Tally
from regional_econ.referee.checks.internal import Interval, Operand, Said
from regional_econ.referee.judge_text import judge_citation, judge_inference, judge_internal, judge_repetition, together
from regional_econ.referee.listed_checks import Citation, Premise
from regional_econ.referee.multiplicity import shrink
from regional_econ.referee.rules import Rules, load_rules

RULES = load_rules().text  # Hypothesis gives its own arguments, no fixtures
PROVENANCE = {"source": "the paper", "vintage": "as printed", "sha256": "0" * 64, "code_ref": "tests"}
# numbers as a paper prints them: up to three decimals, not zero in any digit that counts
printed = st.decimals(-9999, 9999, places=3).map(lambda number: f"{number:.1f}".replace(".", ","))
positive = st.decimals(1, 9999, places=3).map(lambda number: f"{number:.1f}".replace(".", ","))
shift = st.fractions(Fraction(-1, 2), Fraction(1, 2), max_denominator=50)


def inside(text: str, part: Fraction) -> Fraction:
    """A true number that rounds to the printed one, or the edge of its interval."""
    interval = Interval.printed(text)
    assert interval.low is not None
    assert interval.high is not None
    return (interval.low + interval.high) / 2 + part * (interval.high - interval.low)


def holds(interval: Interval, value: Fraction) -> bool:
    return (interval.low is None or interval.low <= value) and (interval.high is None or value <= interval.high)


@given(printed, printed, shift, shift)
def test_arithmetic_holds_every_number_that_rounds_to_the_printed_ones(
    one: str, two: str, first: Fraction, second: Fraction
) -> None:
    a, b = inside(one, first), inside(two, second)
    left, right = Interval.printed(one), Interval.printed(two)
    assert holds(left + right, a + b)
    assert holds(left - right, a - b)
    assert holds(left * right, a * b)
    if b != 0:
        assert holds(left / right, a / b)


@given(printed, printed)
def test_arithmetic_is_no_wider_than_its_corners(one: str, two: str) -> None:
    left, right = Interval.printed(one), Interval.printed(two)
    ends = [(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    corners = [(a, b) for a, b in ends if a is not None and b is not None]
    assert (left * right).low == min(a * b for a, b in corners)
    assert (left - right).high == max(a - b for a, b in corners)
    quotient = left / right
    if right.low is not None and right.high is not None and right.low <= 0 <= right.high:
        assert quotient == Interval(None, None)
    else:
        assert (quotient.low, quotient.high) == (min(a / b for a, b in corners), max(a / b for a, b in corners))


@given(positive, positive, shift, shift)
def test_a_growth_rate_that_was_rounded_right_is_never_refuted(
    one: str, two: str, first: Fraction, second: Fraction
) -> None:
    before, after = inside(one, first), inside(two, second)
    assume(before > 0)
    growth = 100 * (after / before - 1)
    rounded = f"{float(round(growth, 1)):.1f}".replace(".", ",")
    claim = Said("growth", Operand(rounded), (Operand(one), Operand(two)))
    assert internal.internal(claim, RULES.internal, 0.25).holds is True


@given(positive, positive, st.integers(2, 60))
def test_a_growth_rate_that_is_far_off_is_always_refuted(one: str, two: str, off: int) -> None:
    computed = 100 * (Interval.printed(two) / Interval.printed(one)).high - 100  # type: ignore[operator]
    wrong = f"{float(round(computed + off, 0)):.0f}"
    claim = Said("growth", Operand(wrong), (Operand(one), Operand(two)))
    assert internal.internal(claim, RULES.internal, 0.25).holds is False


@pytest.mark.parametrize(
    ("claim", "label"),
    [
        # population of 2015 and 2022: 100 · (2568.2 / 2711.9 − 1) = −5.30
        (Said("growth", Operand("-5,3"), (Operand("2 711,9"), Operand("2 568,2"))), "confirmed"),
        (Said("growth", Operand("-5,4"), (Operand("2 711,9"), Operand("2 568,2"))), "contradicted"),
        (Said("index", Operand("94,7"), (Operand("2 711,9"), Operand("2 568,2"))), "confirmed"),
        (Said("share", Operand("17,2"), (Operand("375,4"), Operand("2 188,8"))), "confirmed"),
        (Said("share", Operand("17,3"), (Operand("375,4"), Operand("2 188,8"))), "contradicted"),
        # a sum of rounded parts may miss its printed total by a digit
        (Said("sum", Operand("100"), (Operand("33"), Operand("33"), Operand("33"))), "confirmed"),
        (Said("sum", Operand("102"), (Operand("33"), Operand("33"), Operand("33"))), "contradicted"),
        (Said("sum", Operand("1,1", 1e6), (Operand("544,6", 1e3), Operand("531,2", 1e3))), "confirmed"),
        (Said("difference", Operand("4,1"), (Operand("12,5"), Operand("8,4"))), "confirmed"),
        (Said("product", Operand("98,5", 1e4), (Operand("96,2"), Operand("106,8"), Operand("95,9"))), "confirmed"),
        (Said("equal", Operand("2,55", 1e6), (Operand("2 546,2", 1e3),)), "confirmed"),
        (Said("equal", Operand("2,55", 1e6), (Operand("2 568,2", 1e3),)), "contradicted"),
        # words on numbers: "falls" is growth below zero
        (Said("growth", Operand("0"), (Operand("2 711,9"), Operand("2 568,2")), "less"), "confirmed"),
        (Said("growth", Operand("0"), (Operand("2 711,9"), Operand("2 568,2")), "greater"), "contradicted"),
        (Said("growth", Operand("0"), (Operand("2,6"), Operand("2,6")), "less"), "inconclusive"),
        # a divisor that may be zero refutes nothing
        (Said("share", Operand("50"), (Operand("1"), Operand("0"))), "confirmed"),
        (Said("unit", Operand("тыс. км"), (Operand("area"),)), "contradicted"),
        (Said("unit", Operand("тыс. км²"), (Operand("area"),)), "confirmed"),
        (Said("unit", Operand("млн человек"), (Operand("population"),)), "confirmed"),
        (
            Said(
                "caption", Operand("Динамика ВРП и инвестиций в основной капитал, 2005-2022 гг."),
                (Operand("данные инновационной активности"),),
            ),
            "contradicted",
        ),
        (
            Said(
                "caption", Operand("Доля инновационно-активных предприятий в регионах"),
                (Operand("инновационной активности в некоторых регионах"),),
            ),
            "confirmed",
        ),
        (Said("caption", Operand("Доля инновационно-активных"), (Operand("ВРП"),)), "inconclusive"),
    ],
)  # fmt: skip
def test_a_paper_against_itself(claim: Said, label: str, rules: Rules) -> None:
    finding = internal.internal(claim, rules.text.internal, rules.number.chance_band)
    verdict = judge_internal(finding, rules)
    assert verdict.label == label
    check = internal.checks_of(claim, finding, PROVENANCE)[0]
    assert check.result == {"confirmed": "pass", "contradicted": "fail", "inconclusive": "warn"}[label]
    assert check.kind == ("unit" if claim.what == "unit" else "internal_consistency")


def test_growth_beside_an_index_has_a_base(rules: Rules) -> None:
    years = (Operand("96,2"), Operand("+6,8", base=100.0), Operand("95,9"))
    assert years[1].interval == Interval(Fraction("106.75"), Fraction("106.85"))
    claim = Said("product", Operand("98,5", 1e4), years)
    assert internal.internal(claim, rules.text.internal, 0.25).holds is True


def test_a_divisor_that_touches_zero_bounds_nothing() -> None:
    one = Interval(Fraction(1), Fraction(1))
    for low, high in ((0, 1), (-1, 0), (-1, 1)):
        assert one / Interval(Fraction(low), Fraction(high)) == Interval(None, None)


def test_arithmetic_that_anything_would_pass_is_less_certain(rules: Rules) -> None:
    close = Said("share", Operand("17,2"), (Operand("375,4"), Operand("2 188,8")))
    loose = Said("share", Operand("20"), (Operand("0,4"), Operand("2")))
    found = [internal.internal(claim, rules.text.internal, rules.number.chance_band) for claim in (close, loose)]
    verdicts = [judge_internal(one, rules) for one in found]
    assert [verdict.label for verdict in verdicts] == ["confirmed", "confirmed"]
    assert [verdict.downgrades for verdict in verdicts] == [(), ("imprecision",)]
    assert [verdict.certainty for verdict in verdicts] == ["high", "moderate"]


def test_the_passing_share_against_brute_force(rules: Rules) -> None:
    claim = Said("share", Operand("17,2"), (Operand("37"), Operand("218")))
    finding = internal.internal(claim, rules.text.internal, 0.25)
    assert finding.computed is not None
    low, high = float(finding.computed.low or 0), float(finding.computed.high or 0)
    grid = 17.2 * (0.75 + (np.arange(100_000) + 0.5) * 0.5 / 100_000)
    passed = (grid + 0.05 >= low) & (grid - 0.05 <= high)
    # a step of the grid is 1e-5 of the band
    assert finding.passing == pytest.approx(float(passed.mean()), abs=2e-5)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Said("mean", Operand("1"), (Operand("1"),)), "what cannot be 'mean'"),  # type: ignore[arg-type]
        (lambda: Said("sum", Operand("1"), ()), "sum has 0 parts"),
        (lambda: Said("growth", Operand("1"), (Operand("1"),)), "growth has 1 parts, not 2"),
        (lambda: Said("sum", Operand("1"), (Operand("1"),), "about"), "relation cannot be 'about'"),  # type: ignore[arg-type]
        (lambda: Interval.printed("около 5"), "is not a printed number"),
    ],
)
def test_hostile_checks_are_refused(build: object, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        build()  # type: ignore[operator]


def test_a_quantity_without_units_is_refused(rules: Rules) -> None:
    with pytest.raises(OptionError, match="quantity cannot be 'speed'"):
        internal.internal(Said("unit", Operand("км/ч"), (Operand("speed"),)), rules.text.internal, 0.25)


DATES = "Дата поступления статьи в редакцию: 30.11.2025. Дата принятия статьи в печать: 26.12.2025"
LAW = "Закон Кемеровской области от 28.12.2018 № 128-ОЗ «О Стратегии развития на период до 2035 года»"


@pytest.mark.parametrize(
    ("claim", "words", "label"),
    [
        (Citation(LAW, None, "kind"), "действует Концепция инновационного развития", "contradicted"),
        (Citation(LAW, None, "kind"), "Региональная Стратегия – 2035 провозглашает", "confirmed"),
        (Citation(LAW, None, "kind"), "в регионе решили", "not_tested"),
        (Citation(LAW, 2018, "dated"), "", "confirmed"),
        (Citation(LAW, 2019, "dated"), "", "contradicted"),
        (Citation("Портал правительства", 2019, "dated"), "", "not_tested"),
        (Citation("Статистика, 2022 г. (пресс-релиз от 09.03.2023)", 2024, "covers"), "", "contradicted"),
        (Citation("Статистика, 2022 г. (пресс-релиз от 09.03.2023)", 2022, "covers"), "", "confirmed"),
        (Citation("Основные показатели, 2005–2023 гг.", 2010, "covers"), "", "confirmed"),
        (Citation("", None, "exists"), "[8]", "contradicted"),
        (Citation(LAW, None, "exists"), "[5]", "confirmed"),
        (Citation(DATES, 2026, "before_paper"), "", "contradicted"),
        (Citation(DATES, 2025, "before_paper"), "", "confirmed"),
    ],
)
def test_citations(claim: Citation, words: str, label: str, rules: Rules) -> None:
    finding = citation.citation(claim, words, rules.text.kinds)
    assert judge_citation(finding, rules).label == label
    check = citation.checks_of(claim, finding, PROVENANCE)[0]
    assert check.result == {"confirmed": "pass", "contradicted": "fail", "not_tested": "not_run"}[label]


def verdict(label: Label, certainty: str | None = "high", gap: str | None = None) -> Verdict:
    return Verdict(label, (Criterion("true_share", 1.0, 0.8, True),), certainty, gap)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "bears", "label", "gap"),
    [
        (("confirmed",), True, "confirmed", None),
        (("confirmed", "inconclusive"), True, "inconclusive", None),
        (("supported", "leans_for"), True, "leans_for", None),
        (("confirmed", "not_tested"), True, "not_tested", None),
        (("confirmed",), False, "does_not_follow", "premise_does_not_bear"),
        (("contradicted",), True, "does_not_follow", "premise_refuted"),
        (("confirmed", "opposite"), True, "does_not_follow", "premise_refuted"),
        (("does_not_follow",), True, "does_not_follow", "premise_refuted"),
    ],
)
def test_an_inference_is_as_strong_as_its_weakest_premise(
    labels: tuple[Label, ...], bears: bool, label: str, gap: str | None, rules: Rules
) -> None:
    known = {f"C{place:02d}": verdict(one) for place, one in enumerate(labels)}
    finding = premise.premise(Premise(tuple(known), None if bears else "no_link"), known)
    found = judge_inference(finding, rules)
    assert (found.label, found.gap) == (label, gap)
    results = [check.result for check in premise.checks_of(finding, rules.text.refuted_by, PROVENANCE)]
    assert ("fail" in results) == (label == "does_not_follow")


def test_an_inference_is_no_more_certain_than_its_weakest_premise(rules: Rules) -> None:
    known = {"A01": verdict("confirmed", "high"), "A02": verdict("leans_for", "very_low")}
    assert judge_inference(premise.premise(Premise(("A01", "A02")), known), rules).certainty == "very_low"
    refuted = {"A01": verdict("contradicted", "low"), "A02": verdict("confirmed", "high")}
    assert judge_inference(premise.premise(Premise(("A01", "A02")), refuted), rules).certainty == "low"


def test_an_inference_hands_on_what_is_wrong_with_its_weakest_premise(rules: Rules) -> None:
    weak = replace(verdict("inconclusive", "low", "cells_disagree"), downgrades=("imprecision",))
    known = {"A01": verdict("confirmed"), "A02": weak}
    found = judge_inference(premise.premise(Premise(("A01", "A02")), known), rules)
    assert (found.gap, found.downgrades) == ("cells_disagree", ("imprecision",))
    assert [(row.criterion, row.value, row.met) for row in found.rule_trace] == [
        ("premise_claim", "A01", True), ("premise_label", "confirmed", True), ("premise_claim", "A02", True),
        ("premise_label", "inconclusive", True), ("premises_bear", None, True),
    ]  # fmt: skip


def test_premises_come_before_inferences() -> None:
    assert premise.in_order({"C2": ["C1"], "C1": [], "C3": ["C2", "C1"]}) == ["C1", "C2", "C3"]
    with pytest.raises(OptionError, match="a claim rests on itself: C1 → C2 → C1"):
        premise.in_order({"C1": ["C2"], "C2": ["C1"]})
    with pytest.raises(UnknownNameError, match=r"unknown premise 'C9' \(C1\)"):
        premise.in_order({"C1": ["C9"]})
    with pytest.raises(UnknownNameError, match="unknown premise 'C9'"):
        premise.premise(Premise(("C9",)), {"C1": verdict("confirmed")})


@pytest.mark.parametrize(
    ("agrees", "first", "label", "certainty", "gap"),
    [
        (True, ("confirmed", "moderate", None), "confirmed", "moderate", None),
        (True, ("not_tested", None, "after_the_data"), "not_tested", None, "after_the_data"),
        (True, ("contradicted", "moderate", "two_errors"), "contradicted", "moderate", "two_errors"),
        (
            True,
            ("inconclusive", "moderate", "inside_revision_range"),
            "inconclusive",
            "moderate",
            "inside_revision_range",
        ),
        # a repetition that differs is refuted by the paper itself, whatever the first number is worth
        (False, ("confirmed", "high", None), "contradicted", "high", "paper_disagrees_with_itself"),
        (False, ("not_tested", None, "after_the_data"), "contradicted", "high", "paper_disagrees_with_itself"),
    ],
)
def test_saying_a_number_twice_confirms_nothing(
    agrees: bool, first: tuple[Label, str | None, str | None], label: str, certainty: str | None, gap: str | None,
    rules: Rules,
) -> None:  # fmt: skip
    said = Said("equal", Operand("8,4"), (Operand("8,4" if agrees else "8,7"),))
    arithmetic = judge_internal(internal.internal(said, rules.text.internal, rules.number.chance_band), rules)
    found = judge_repetition(arithmetic, "Q30", verdict(*first), rules)
    assert (found.label, found.certainty, found.gap) == (label, certainty, gap)
    assert {row.criterion: row.value for row in found.rule_trace}["repeated_label"] == first[0]


def test_a_text_that_was_extracted_is_less_certain(rules: Rules) -> None:
    said = Said("unit", Operand("тыс. км"), (Operand("area"),))
    finding = internal.internal(said, rules.text.internal, rules.number.chance_band)
    found = judge_internal(finding, rules, proxy=True)
    assert (found.label, found.certainty, found.downgrades) == ("contradicted", "moderate", ("indirectness",))
    assert judge_internal(finding, rules).certainty == "high"


def test_a_link_that_a_reader_judges_starts_lower_than_a_refuted_premise(rules: Rules) -> None:
    known = {"A01": verdict("confirmed", "high")}
    assert judge_inference(premise.premise(Premise(("A01",), "no_link"), known), rules).certainty == "moderate"
    refuted = {"A01": verdict("contradicted", "high")}
    assert judge_inference(premise.premise(Premise(("A01",), "no_link"), refuted), rules).certainty == "high"


def tallied(*holds: str) -> Tally:
    """Ten regions, so that the common ones differ from half of them by more than one."""
    return Tally(10, 0, 0, frozenset(holds), frozenset("abcdefghij"))


@pytest.mark.parametrize(
    ("holds", "label", "certainty"),
    [
        ("abcd", "confirmed", "high"),
        ("abcde", "confirmed", "moderate"),  # a sixth region would make it common
        ("abcdef", "true_but_uninformative", "moderate"),  # one fewer and it would not be
        ("abcdefg", "true_but_uninformative", "high"),
    ],
)
def test_one_region_that_decides_makes_it_imprecise(holds: str, label: str, certainty: str, rules: Rules) -> None:
    found = together([verdict("confirmed")], [tallied(*holds)], rules)
    assert (found.label, found.certainty) == (label, certainty)
    assert ("imprecision" in found.downgrades) == (certainty == "moderate")
    already = together(
        [replace(verdict("confirmed", "moderate"), downgrades=("imprecision",))], [tallied(*holds)], rules
    )
    assert (already.certainty, already.downgrades) == ("moderate", ("imprecision",)), "a domain lowers once"
    wider = replace(rules, text=replace(rules.text, descriptive=replace(rules.text.descriptive, common_spare=2)))
    assert together([verdict("confirmed")], [tallied(*holds)], wider).certainty == "moderate"


def test_one_region_that_decides_lowers_every_certainty_but_the_lowest(rules: Rules) -> None:
    ladder = ("high", "moderate", "low", "very_low")
    found = [together([verdict("confirmed", one)], [tallied(*"abcde")], rules).certainty for one in ladder]
    assert found == [*ladder[1:], "very_low"]


def test_a_refutation_without_certainty_counts_last(rules: Rules) -> None:
    """Rules may let a premise that was not tested refute an inference, which then has no certainty of its own."""
    refuted_by: tuple[Label, ...] = (*rules.text.refuted_by, "not_tested")
    strict = replace(rules, text=replace(rules.text, refuted_by=refuted_by))
    known = {"A01": verdict("not_tested", None), "A02": verdict("contradicted", "very_low")}
    parts = [judge_inference(premise.premise(Premise((name,)), known), strict) for name in known]
    assert [part.certainty for part in parts] == [None, "very_low"]
    found = together(parts, (), strict)
    assert (found.label, found.certainty) == ("does_not_follow", "very_low")


def test_the_surest_refutation_counts(rules: Rules) -> None:
    parts = [verdict("contradicted", "low", "first"), verdict("contradicted", "high", "second"), verdict("confirmed")]
    found = together(parts, (), rules)
    assert (found.label, found.certainty, found.gap) == ("contradicted", "high", "second")
    assert len(found.rule_trace) == 3
    needed = together([verdict("confirmed", "low"), verdict("confirmed", "high")], (), rules)
    assert needed.certainty == "low"


@pytest.mark.parametrize(
    ("parts", "tallies", "label", "certainty"),
    [
        (("confirmed", "contradicted"), (), "contradicted", "high"),
        (("confirmed", "not_tested"), (), "not_tested", None),
        (("inconclusive", "confirmed_with_error"), (), "inconclusive", "high"),
        (("confirmed",), (tallied("a", "b"),), "confirmed", "high"),
        (("confirmed",), (tallied(*"abcdefg"),), "true_but_uninformative", "high"),
        # each is true of seven in ten, both together of four in ten
        (("confirmed", "confirmed"), (tallied(*"abcdefg"), tallied(*"abcdhij")), "confirmed", "high"),
        (("contradicted",), (tallied(*"abcdefg"),), "contradicted", "high"),
    ],
)
def test_all_parts_of_a_claim_must_hold(
    parts: tuple[Label, ...], tallies: tuple[Tally, ...], label: str, certainty: str | None, rules: Rules
) -> None:
    verdicts = [verdict(one, None if one == "not_tested" else "high") for one in parts]
    found = together(verdicts, tallies, rules)
    assert (found.label, found.certainty) == (label, certainty)
    assert (found.gap == "true_of_most_regions") == (label == "true_but_uninformative")


ESTIMATES = {"a": (1.2, 0.4), "b": (-0.1, 0.3), "c": (0.4, 0.9)}


def test_shrinkage_against_quadrature() -> None:
    shrunk, spread = shrink(ESTIMATES, delta=0.5, prior_scale=0.5)

    def weight(tau: float) -> float:
        each = [norm.pdf(value, 0.0, np.hypot(error, tau)) for value, error in ESTIMATES.values()]
        return float(norm.pdf(tau, 0.0, 0.5) * np.prod(each))

    total = quad(weight, 0.0, 5.0)[0]
    # the grid ends at six prior scales, beyond which lies 2e-9 of the prior
    assert spread == pytest.approx(quad(lambda tau: tau * weight(tau), 0.0, 5.0)[0] / total, rel=1e-3)
    for name, (value, error) in ESTIMATES.items():
        kept = lambda tau, error=error: tau**2 / (tau**2 + error**2)  # noqa: E731
        mean = quad(lambda tau: kept(tau) * value * weight(tau), 0.0, 5.0)[0] / total  # noqa: B023
        assert shrunk[name].mean == pytest.approx(mean, rel=1e-3)

        def above(tau: float, value: float = value, error: float = error) -> float:
            part = tau**2 / (tau**2 + error**2)
            return float(norm.sf(0.5, part * value, np.sqrt(part) * error) * weight(tau)) if tau > 0 else 0.0

        assert shrunk[name].beyond == pytest.approx(quad(above, 0.0, 5.0)[0] / total, abs=1e-3)


def test_shrinkage_pulls_towards_zero_and_agreement_loosens_it() -> None:
    alone, _ = shrink({"a": ESTIMATES["a"]}, delta=0.5, prior_scale=0.5)
    among_zeros, low = shrink({"a": (1.2, 0.4), **{f"z{k}": (0.0, 0.1) for k in range(8)}}, delta=0.5, prior_scale=0.5)
    among_large, high = shrink({"a": (1.2, 0.4), **{f"z{k}": (1.0, 0.1) for k in range(8)}}, delta=0.5, prior_scale=0.5)
    assert 0.0 < among_zeros["a"].mean < alone["a"].mean < among_large["a"].mean < 1.2
    assert low < high
    mirrored, _ = shrink(
        {name: (-value, error) for name, (value, error) in ESTIMATES.items()}, delta=0.5, prior_scale=0.5
    )
    straight, _ = shrink(ESTIMATES, delta=0.5, prior_scale=0.5)
    for name in ESTIMATES:
        assert mirrored[name].mean == pytest.approx(-straight[name].mean, abs=1e-12)
        assert mirrored[name].wrong_beyond == pytest.approx(straight[name].beyond, abs=1e-12)
