"""What a verdict writes down of its rule, row by row: criterion, value, threshold, met."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from regional_econ.core.claim import Criterion, Label, Verdict
from regional_econ.referee.checks.benchmark import BenchmarkFinding
from regional_econ.referee.checks.citation import CitationFinding
from regional_econ.referee.checks.grid import Tally
from regional_econ.referee.checks.internal import InternalFinding, Interval
from regional_econ.referee.checks.premise import PremiseFinding
from regional_econ.referee.checks.rank import Place, RankFinding
from regional_econ.referee.checks.trend import TrendFinding
from regional_econ.referee.judge_description import common_spare, judge_description
from regional_econ.referee.judge_text import judge_citation, judge_inference, judge_internal, judge_repetition, together
from regional_econ.referee.rules import Rules

Row = tuple[object, ...]
ROW = Criterion("true_share", 1.0, 0.8, True)


def rows_of(found: Verdict) -> list[Row]:
    return [(row.criterion, row.value, row.threshold, row.met) for row in found.rule_trace]


def verdict(label: Label, certainty: str | None = "high") -> Verdict:
    return Verdict(label, (ROW,), certainty, None)  # type: ignore[arg-type]


def tally(true: int, false: int = 0, opened: int = 0) -> Tally:
    return Tally(true, false, opened, frozenset({"a"}), frozenset("abcd"))


@pytest.mark.parametrize(
    ("finding", "label", "certainty", "gap", "rows"),
    [
        (
            InternalFinding(True, Interval(Fraction(1), Fraction(2)), Interval(Fraction(3, 2), None), 0.01),
            "confirmed", "high", None,
            [("arithmetic", "> 1.5", "[1; 2]", True), ("passing_share", 0.01, 0.1, True)],
        ),
        (
            InternalFinding(True, Interval(None, Fraction(2)), Interval(None, None), 0.2),
            "confirmed", "moderate", None,
            [("arithmetic", "…", "< 2", True), ("passing_share", 0.2, 0.1, False)],
        ),
        (
            InternalFinding(False, Interval(Fraction(1), Fraction(2)), Interval(Fraction(3), Fraction(4)), 0.2),
            "contradicted", "high", "paper_disagrees_with_itself",
            [("arithmetic", "[3; 4]", "[1; 2]", False), ("passing_share", 0.2, 0.1, False)],
        ),
        (
            InternalFinding(None, None, None, None, ("рост",), ()),
            "inconclusive", "high", "paper_does_not_tell", [("words_agree", "“рост”", None, None)],
        ),
        (
            InternalFinding(True, None, None, None, ("км²",), ("км²", "га")),
            "confirmed", "high", None, [("words_agree", "“км²”", "“км²”, “га”", True)],
        ),
    ],
)  # fmt: skip
def test_a_paper_against_itself(
    finding: InternalFinding, label: str, certainty: str, gap: str | None, rows: list[Row], rules: Rules
) -> None:
    assert rules.number.chance_high == 0.1
    found = judge_internal(finding, rules)
    assert (found.label, found.certainty, found.gap) == (label, certainty, gap)
    assert rows_of(found) == rows
    assert "indirectness" in judge_internal(finding, rules, proxy=True).downgrades


@pytest.mark.parametrize(
    ("holds", "label", "certainty", "gap"),
    [
        (True, "confirmed", "high", None),
        (False, "contradicted", "high", "citation_cannot_be_right"),
        (None, "not_tested", None, "reference_does_not_tell"),
    ],
)
def test_a_citation(holds: bool | None, label: str, certainty: str | None, gap: str | None, rules: Rules) -> None:
    found = judge_citation(CitationFinding(holds, ("2018",), ("Закон", "2019")), rules)
    assert (found.label, found.certainty, found.gap) == (label, certainty, gap)
    assert rows_of(found) == [("citation", "“Закон”, “2019”", "“2018”", holds)]


def test_an_inference_names_its_premises_and_their_labels(rules: Rules) -> None:
    found = judge_inference(
        PremiseFinding({"A01": verdict("confirmed"), "A02": verdict("opposite", "low")}, None), rules
    )
    assert rows_of(found) == [
        ("premise_claim", "A01", None, True), ("premise_label", "confirmed", None, True),
        ("premise_claim", "A02", None, True), ("premise_label", "opposite", None, False),
        ("premises_bear", None, None, True),
    ]  # fmt: skip
    assert (found.label, found.certainty, found.gap) == ("does_not_follow", "low", "premise_refuted")
    unstated = judge_inference(PremiseFinding({"A01": verdict("confirmed")}, "no_link"), rules)
    assert rows_of(unstated)[-1] == ("premises_bear", None, None, False)
    assert (unstated.certainty, unstated.gap) == ("moderate", "premise_does_not_bear")


@pytest.mark.parametrize(("label", "accepted"), [("confirmed", True), ("contradicted", False)])
def test_a_repetition_names_the_claim_and_its_label(label: Label, accepted: bool, rules: Rules) -> None:
    found = judge_repetition(verdict("confirmed"), "Q30", verdict(label), rules)
    assert rows_of(found)[1:] == [("repeated_claim", "Q30", None, True), ("repeated_label", label, None, accepted)]


def test_parts_that_are_common_together_say_of_how_many_regions(rules: Rules) -> None:
    common = Tally(1, 0, 0, frozenset("abc"), frozenset("abcd"))
    found = together([verdict("confirmed")], [common], rules)
    assert (found.label, found.gap) == ("true_but_uninformative", "true_of_most_regions")
    assert rows_of(found) == [
        ("true_share", 1.0, 0.8, True), ("common_share", 0.75, 0.5, False), ("common_spare", 0, 1, False),
    ]  # fmt: skip
    assert (found.certainty, found.downgrades) == ("moderate", ("imprecision",))
    rare = together([verdict("confirmed")], [tally(1)], rules)
    assert (rare.label, rows_of(rare)[1:]) == (
        "confirmed", [("common_share", 0.25, 0.5, True), ("common_spare", 1, 1, True)],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("holds", "regions", "limit", "spare"),
    [(2, 4, 0.5, 0), (3, 4, 0.5, 0), (4, 4, 0.5, 1), (1, 4, 0.5, 1), (0, 4, 0.5, 2), (3, 10, 0.3, 0), (0, 0, 0.5, 0)],
)
def test_how_many_regions_may_change_sides(holds: int, regions: int, limit: float, spare: int) -> None:
    names = [f"R{number}" for number in range(regions)]
    assert common_spare([Tally(1, 0, 0, frozenset(names[:holds]), frozenset(names))], limit) == spare


def test_a_benchmark_shows_each_kind_and_calls_a_region_a_region(rules: Rules) -> None:
    whole = tally(9, 1)
    parts = {"national": tally(5), "RU-TOM": tally(1, 4)}
    finding = BenchmarkFinding(
        **{**_blank(BenchmarkFinding), "tally": whole, "by_benchmark": parts, "missing": (2024,)}
    )
    found = judge_description(finding, rules)
    assert rows_of(found) == [
        ("admissible_cells", 10, 5, True), ("missing_years", "2024", None, False),
        ("true_share", 0.9, 0.8, True), ("false_share", 0.1, 0.8, False),
        ("true_share_national", 1.0, None, True), ("true_share_region", 0.2, None, False),
    ]  # fmt: skip
    assert (found.label, found.downgrades) == ("confirmed", ("inconsistency",))


def test_a_rank_shows_its_best_and_worst_place(rules: Rules) -> None:
    places = tuple(Place(**{**_blank(Place), "best": best, "worst": worst}) for best, worst in ((2.0, 3.0), (1.5, 2.0)))
    finding = RankFinding(**{**_blank(RankFinding), "tally": tally(8, 0, 2), "places": places, "missing": ()})
    found, settled = (judge_description(replace(finding, tally=one), rules) for one in (finding.tally, tally(8)))
    assert rows_of(found)[-1] == ("rank_interval", "1.5–3", None, False)
    assert rows_of(settled)[-1] == ("rank_interval", "1.5–3", None, True)
    assert (found.downgrades, settled.downgrades) == (("inconsistency",), ())


@pytest.mark.parametrize(
    ("p", "doubled", "rows", "downgrades"),
    [
        (0.1, None, [("kendall_p", 0.1, 0.1, True)], ()),
        (0.11, None, [("kendall_p", 0.11, 0.1, False)], ("imprecision",)),
        (
            0.05,
            tally(5, 5),
            [("kendall_p", 0.05, 0.1, False), ("true_share_twice", 0.5, 0.8, False)],
            ("inconsistency",),
        ),
        (0.2, tally(9, 1), [("kendall_p", 0.2, 0.1, True), ("true_share_twice", 0.9, 0.8, True)], ()),
        (None, None, [], ()),
    ],
)
def test_a_course_shows_the_test_and_the_doubled_bound(
    p: float | None, doubled: Tally | None, rows: list[Row], downgrades: tuple[str, ...], rules: Rules
) -> None:
    values = {"tally": tally(9, 1), "kendall_p": p, "doubled": doubled, "place": None, "missing": ()}
    finding = TrendFinding(**{**_blank(TrendFinding), **values})
    found = judge_description(finding, rules)
    assert rows_of(found)[3:] == rows
    assert found.downgrades == downgrades
    placed = judge_description(replace(finding, place=(2, 5)), rules)
    assert rows_of(placed)[-1] == ("volatility_rank", 2, 5, True)


def test_nothing_admissible_is_not_tested(rules: Rules) -> None:
    finding = RankFinding(**{**_blank(RankFinding), "tally": tally(0), "places": (), "missing": (2030, 2031)})
    found = judge_description(finding, rules)
    assert (found.label, found.certainty, found.gap) == ("not_tested", None, "no_admissible_cell")
    assert rows_of(found) == [("admissible_cells", 0, 1, False), ("missing_years", "2030, 2031", None, False)]


def _blank(kind: type) -> dict[str, object]:
    """Every field of a finding, those that no judge reads as None."""
    return dict.fromkeys(kind.__dataclass_fields__)  # type: ignore[attr-defined]
