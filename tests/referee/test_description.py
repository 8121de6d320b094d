"""Statements on made-up regions, whose truth is known cell by cell, and a few on the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import theilslopes

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Break, Variable
from regional_econ.data.load import load_panel
from regional_econ.referee.checks import benchmark, rank, trend
from regional_econ.referee.checks.trend import theil_sen
from regional_econ.referee.judge_description import judge_description
from regional_econ.referee.listed_checks import Benchmark, Rank, Trend
from regional_econ.referee.rules import Rules, load_rules

YEARS = tuple(range(2010, 2020))
REGIONS = ("RU-A", "RU-B", "RU-C", "RU-D", "RU-E")
PROVENANCE = {"source": "made up", "vintage": "newest", "sha256": "0" * 64, "code_ref": "tests"}


def made(
    rows: Mapping[str, Sequence[float]],
    *,
    country: Sequence[float] | None = None,
    breaks: tuple[int, ...] = (),
    unit: str = "percent",
) -> Panel:
    """A panel of one variable x from 2010 on; the first two regions lie in one district, the others in another."""
    years = range(2010, 2010 + len(next(iter(rows.values()))))
    regions = {
        name: Region(name, Text(name, name), "region", district="FD-1" if place < 2 else "FD-2")
        for place, name in enumerate(rows)
    }
    known = {**regions, "RU": Region("RU", Text("RU", "RU"), "country")}
    index = pd.MultiIndex.from_product([list(rows), years], names=["region", "year"])
    frame = pd.DataFrame({"x": [value for row in rows.values() for value in row]}, index=index, dtype=float)
    above = pd.MultiIndex.from_product([["RU"], years], names=["region", "year"])
    mean = np.nanmean(np.array(list(rows.values()), dtype=float), axis=0) if country is None else country
    methods = tuple(Break(year, "method", Text("", "")) for year in breaks)
    variable = Variable(
        "x", unit, Text("x", "x"), Text("", ""), breaks=(*methods, Break(2013, "vintage", Text("", "")))
    )
    aggregates = pd.DataFrame({"x": np.asarray(mean, dtype=float)}, index=above)
    return Panel(frame, {"x": variable}, known, "newest", aggregates)


def flat(value: float, years: int = 10) -> list[float]:
    return [value] * years


def on_the_cut(above: int) -> Panel:
    """RU-A lies above the national figure in so many of ten years; one other region always does, three never."""
    own = [60.0] * above + [40.0] * (10 - above)
    rows = {"RU-A": own, "RU-B": flat(90.0), "RU-C": flat(10.0), "RU-D": flat(20.0), "RU-E": flat(30.0)}
    return made(rows, country=flat(50.0))


@pytest.mark.parametrize(
    ("above", "label"), [(10, "confirmed"), (8, "confirmed"), (7, "inconclusive"), (3, "inconclusive"),
                         (2, "contradicted"), (0, "contradicted")],
)  # fmt: skip
def test_eight_of_ten_cells_are_the_cut(above: int, label: str, rules: Rules) -> None:
    claim = Benchmark("x", "RU-A", "above", ("national",), 2010, 2019)
    finding = benchmark.benchmark(claim, on_the_cut(above), rules.text.descriptive)
    assert (finding.tally.true, finding.tally.false) == (above, 10 - above)
    verdict = judge_description(finding, rules)
    assert verdict.label == label
    gaps = {"confirmed": None, "inconclusive": "cells_disagree", "contradicted": "false_in_most_cells"}
    assert verdict.gap == gaps[label]
    met = {row.criterion: row.met for row in verdict.rule_trace}
    assert (met["true_share"], met["false_share"]) == (above >= 8, above <= 2)
    assert finding.tally.common_share == (2 if above >= 8 else 1) / 5
    # what is left undecided starts from a lower certainty; nothing else is wrong with these cells
    assert (verdict.downgrades, verdict.certainty) == ((), "moderate" if label == "inconclusive" else "high")
    own = benchmark.checks_of(claim, finding, rules.text.descriptive, PROVENANCE)[0]
    assert own.computed == above / 10
    assert own.result == {"confirmed": "pass", "contradicted": "fail", "inconclusive": "warn"}[label]


def test_the_cut_lies_in_the_rules(rules: Rules) -> None:
    claim = Benchmark("x", "RU-A", "above", ("national",), 2010, 2019)
    text = replace(rules.text, descriptive=replace(rules.text.descriptive, true_share=0.7, false_share=0.3))
    for above, label in ((7, "contradicted"), (8, "confirmed")):
        finding = benchmark.benchmark(claim, on_the_cut(above), text.descriptive)
        assert judge_description(finding, replace(rules, text=text)).label == label


def test_each_benchmark_is_what_it_says(rules: Rules) -> None:
    rows = {"RU-A": flat(3.0), "RU-B": flat(1.0), "RU-C": flat(4.0), "RU-D": flat(10.0), "RU-E": flat(7.0)}
    panel = made(rows, country=flat(3.5))
    peers = replace(rules.text.descriptive, peers={"RU-A": ("RU-B", "RU-D")})
    claim = Benchmark("x", "RU-A", "below", ("national", "median", "district", "peers"), 2010, 2010)
    finding = benchmark.benchmark(claim, panel, peers)
    assert {cell.benchmark: cell.other for cell in finding.cells} == {
        "national": 3.5, "median": 4.0, "district": 1.0, "peers": 5.5,
    }  # fmt: skip
    assert [cell.true for cell in finding.cells] == [True, True, False, True]
    # a region is no benchmark of its own: RU-B is held against RU-D alone, RU-D against RU-B alone
    assert "RU-B" in finding.tally.holds_for
    assert "RU-D" not in finding.tally.holds_for
    verdict = judge_description(finding, rules)
    assert "inconsistency" in verdict.downgrades
    assert "imprecision" in verdict.downgrades


def test_single_regions_are_benchmarks_but_not_of_themselves(rules: Rules) -> None:
    rows = {"RU-A": flat(3.0), "RU-B": flat(5.0), "RU-C": flat(4.0)}
    claim = Benchmark("x", "RU-A", "below", ("RU-B", "RU-C"), 2010, 2019)
    finding = benchmark.benchmark(claim, made(rows), rules.text.descriptive)
    assert finding.tally.true == 20
    assert {cell.benchmark: cell.other for cell in finding.cells} == {"RU-B": 5.0, "RU-C": 4.0}
    # RU-C lies below RU-B, its only benchmark; RU-B lies above both
    assert finding.tally.holds_for == {"RU-A", "RU-C"}


def test_a_national_sum_is_no_benchmark(rules: Rules) -> None:
    rows = {"RU-A": flat(3.0), "RU-B": flat(1.0), "RU-C": flat(4.0)}
    panel = made(rows, country=flat(8.0))
    claim = Benchmark("x", "RU-A", "above", ("national", "median"), 2010, 2019)
    finding = benchmark.benchmark(claim, panel, rules.text.descriptive)
    assert {cell.benchmark for cell in finding.cells} == {"median"}
    check = benchmark.checks_of(claim, finding, rules.text.descriptive, PROVENANCE)[0]
    assert check.stats["not_admissible"] == ["national"]
    alone = replace(claim, against=("national",))
    assert judge_description(benchmark.benchmark(alone, panel, rules.text.descriptive), rules).label == "not_tested"


def test_equal_is_neither_above_nor_below(rules: Rules) -> None:
    panel = made({"RU-A": flat(3.0), "RU-B": flat(3.0), "RU-C": flat(3.0)})
    for direction in ("above", "below"):
        claim = Benchmark("x", "RU-A", direction, ("national", "median", "district"), 2010, 2019)  # type: ignore[arg-type]
        finding = benchmark.benchmark(claim, panel, rules.text.descriptive)
        assert judge_description(finding, rules).label == "contradicted"


@pytest.mark.parametrize("kind", ["benchmark", "trend", "rank"])
def test_years_outside_the_data_are_named(kind: str, rules: Rules) -> None:
    panel, cuts = on_the_cut(10), rules.text.descriptive
    finding: benchmark.BenchmarkFinding | trend.TrendFinding | rank.RankFinding
    if kind == "benchmark":
        above = Benchmark("x", "RU-A", "above", ("national",), 2024, 2025)
        finding = benchmark.benchmark(above, panel, cuts)
        checks = benchmark.checks_of(above, finding, cuts, PROVENANCE)
    elif kind == "trend":
        course = Trend("x", "RU-A", "rising", 2024, 2025)
        finding = trend.trend(course, panel, cuts)
        checks = trend.checks_of(course, finding, cuts, PROVENANCE)
    else:
        place = Rank("x", "RU-A", "high", 0.5, None, 2024, 2025)
        finding = rank.rank(place, panel, cuts)
        checks = rank.checks_of(place, finding, cuts, PROVENANCE)
    verdict = judge_description(finding, rules)
    assert (verdict.label, verdict.certainty, verdict.gap) == ("not_tested", None, "no_admissible_cell")
    assert {row.criterion: row.value for row in verdict.rule_trace}["missing_years"] == "2024, 2025"
    assert [check.kind for check in checks] == ["series_available"]
    assert checks[0].stats["missing_years"] == [2024, 2025]


def test_a_year_without_a_figure_is_no_cell(rules: Rules) -> None:
    rows = {"RU-A": [60.0, np.nan, 60.0], "RU-B": [90.0, 90.0, np.nan], "RU-C": [10.0, 10.0, 10.0]}
    panel = made(rows, country=[50.0, 50.0, 50.0])
    finding = benchmark.benchmark(
        Benchmark("x", "RU-A", "above", ("national",), 2010, 2014), panel, rules.text.descriptive
    )
    assert [cell.year for cell in finding.cells] == [2010, 2012]
    assert finding.missing == (2011, 2013, 2014)
    verdict = judge_description(finding, rules)
    assert verdict.label == "confirmed"
    assert {row.criterion: row.value for row in verdict.rule_trace}["missing_years"] == "2011, 2013, 2014"


def test_unknown_names_and_reversed_years_are_refused(rules: Rules) -> None:
    panel, cuts = on_the_cut(8), rules.text.descriptive
    with pytest.raises(UnknownNameError, match="unknown region 'RU-X'"):
        benchmark.benchmark(Benchmark("x", "RU-X", "above", ("national",), 2010, 2019), panel, cuts)
    with pytest.raises(UnknownNameError, match="unknown variable 'y'"):
        trend.trend(Trend("y", "RU-A", "rising", 2010, 2019), panel, cuts)
    with pytest.raises(UnknownNameError, match="unknown variable 'y'"):
        rank.rank(Rank("y", "RU-A", "low", 0.2, None, 2010, 2019), panel, cuts)
    with pytest.raises(UnknownNameError, match="unknown benchmark 'world'"):
        benchmark.benchmark(Benchmark("x", "RU-A", "above", ("world",), 2010, 2019), panel, cuts)
    with pytest.raises(OptionError, match="2019–2010 run backwards"):
        trend.trend(Trend("x", "RU-A", "rising", 2019, 2010), panel, cuts)
    with pytest.raises(OptionError, match="no peers are declared for RU-A"):
        benchmark.benchmark(Benchmark("x", "RU-A", "above", ("peers",), 2010, 2019), panel, cuts)


UP = [10.0 + step for step in range(10)]
SWING = [10.0, 20.0, 9.0, 22.0, 8.0, 24.0, 7.0, 26.0, 6.0, 28.0]
QUIET = {"RU-B": flat(5.0), "RU-C": flat(6.0), "RU-D": flat(7.0), "RU-E": flat(8.0)}


@pytest.mark.parametrize(
    ("own", "direction", "label"),
    [
        (UP, "rising", "confirmed"),
        (UP, "falling", "contradicted"),
        (UP[::-1], "falling", "confirmed"),
        (UP, "flat", "contradicted"),
        (flat(10.0), "flat", "confirmed"),
        (flat(10.0), "rising", "contradicted"),
        ([*UP[:6], *UP[4::-1][:4]], "rising", "inconclusive"),  # up for five years, down for four
        (SWING, "volatile", "confirmed"),
        (flat(10.0), "volatile", "contradicted"),
        # one year of rise after nine of decline is no rise
        ([*UP[::-1][:9], 30.0], "rising", "contradicted"),
    ],
)
def test_courses(own: list[float], direction: str, label: str, rules: Rules) -> None:
    panel = made({"RU-A": own, **QUIET})
    claim = Trend("x", "RU-A", direction, 2010, 2019)  # type: ignore[arg-type]
    finding = trend.trend(claim, panel, rules.text.descriptive)
    assert judge_description(finding, rules).label == label


def test_no_window_spans_a_change_of_method(rules: Rules) -> None:
    # falls within each method, and jumps up where the method changes: over all years the slope is positive
    own = [10.0, 9.0, 8.0, 7.0, 6.0, 50.0, 49.0, 48.0, 47.0, 46.0]
    claim = Trend("x", "RU-A", "rising", 2010, 2019)
    parted = trend.trend(claim, made({"RU-A": own, **QUIET}, breaks=(2015,)), rules.text.descriptive)
    assert [(window.first, window.last) for window in parted.windows] == [(2010, 2014), (2015, 2019)]
    assert judge_description(parted, rules).label == "contradicted"
    whole = trend.trend(claim, made({"RU-A": own, **QUIET}), rules.text.descriptive)
    assert len(whole.windows) == 21
    assert max(whole.windows, key=lambda window: window.last - window.first).value > 0.0
    short = trend.trend(claim, made({"RU-A": own, **QUIET}, breaks=(2013, 2017)), rules.text.descriptive)
    verdict = judge_description(short, rules)
    assert (verdict.label, verdict.gap) == ("not_tested", "no_admissible_cell")


def test_windows_begin_and_end_with_a_figure_and_hold_five(rules: Rules) -> None:
    own = [np.nan, 1.0, 2.0, np.nan, 4.0, 5.0, 6.0, np.nan]
    panel = made({"RU-A": own, "RU-B": flat(5.0, 8), "RU-C": flat(6.0, 8)})
    finding = trend.trend(Trend("x", "RU-A", "rising", 2010, 2017), panel, rules.text.descriptive)
    assert [(window.first, window.last) for window in finding.windows] == [(2011, 2016)]
    assert finding.missing == (2010, 2013, 2017)


def test_an_index_of_the_previous_year_is_chained(rules: Rules) -> None:
    # the index falls every year, the level rises every year
    index = [110.0 - step for step in range(9)]
    panel = made({"RU-A": index, "RU-B": flat(100.0, 9), "RU-C": flat(99.0, 9)}, unit="index_prev_year")
    claim = Trend("x", "RU-A", "rising", 2010, 2018)
    assert judge_description(trend.trend(claim, panel, rules.text.descriptive), rules).label == "confirmed"
    as_level = made({"RU-A": index, "RU-B": flat(100.0, 9), "RU-C": flat(99.0, 9)})
    assert judge_description(trend.trend(claim, as_level, rules.text.descriptive), rules).label == "contradicted"


def test_a_chain_begins_with_the_first_index_and_ends_at_a_gap(rules: Rules) -> None:
    late = [np.nan, np.nan, *[110.0] * 7]
    rows = {"RU-A": late, "RU-B": flat(100.0, 9), "RU-C": flat(99.0, 9), "RU-D": [110.0] * 6 + [np.nan, 110.0, 110.0]}
    panel = made(rows, unit="index_prev_year")
    rising = trend.trend(Trend("x", "RU-A", "rising", 2010, 2018), panel, rules.text.descriptive)
    assert [(window.first, window.last) for window in rising.windows] == [
        (2012, 2016), (2012, 2017), (2012, 2018), (2013, 2017), (2013, 2018), (2014, 2018),
    ]  # fmt: skip
    assert rising.tally.holds_for == {"RU-A", "RU-D"}
    falling = trend.trend(Trend("x", "RU-C", "falling", 2010, 2018), panel, rules.text.descriptive)
    assert falling.tally.holds_for == {"RU-C"}
    gap = trend.trend(Trend("x", "RU-D", "rising", 2010, 2018), panel, rules.text.descriptive)
    assert max(window.last for window in gap.windows) == 2015


def test_a_jump_between_methods_is_no_swing(rules: Rules) -> None:
    jump = [*flat(10.0, 5), *flat(90.0, 6)]
    rows = {"RU-A": jump, "RU-B": [10.0, 10.1] * 5 + [10.0], "RU-C": [10.0, 10.2] * 5 + [10.0]}
    finding = trend.trend(
        Trend("x", "RU-A", "volatile", 2010, 2020), made(rows, breaks=(2015,)), rules.text.descriptive
    )
    # growth is not known in 2010 and 2015, so that only the second run has five years of it
    assert [(window.first, window.last, window.value) for window in finding.windows] == [(2016, 2020, 0.0)]


def test_a_rise_that_the_test_does_not_see_is_less_certain(rules: Rules) -> None:
    own = [1.0, 3.0, 2.0, 1.5, 2.5]
    finding = trend.trend(Trend("x", "RU-A", "rising", 2010, 2014), made({"RU-A": own}), rules.text.descriptive)
    assert finding.tally.true == 1
    assert finding.kendall_p is not None
    assert finding.kendall_p > rules.text.descriptive.kendall_level
    many = replace(finding, tally=replace(finding.tally, true=10))
    assert judge_description(many, rules).downgrades == ("imprecision",)
    assert judge_description(replace(many, kendall_p=0.01), rules).downgrades == ()


def test_stagnation_that_hangs_on_the_bound_is_less_certain(rules: Rules) -> None:
    bound = rules.text.descriptive.flat_growth
    own = [100.0 * (1.0 + 1.5 * bound * step) for step in range(10)]
    finding = trend.trend(Trend("x", "RU-A", "flat", 2010, 2019), made({"RU-A": own, **QUIET}), rules.text.descriptive)
    verdict = judge_description(finding, rules)
    assert verdict.label == "contradicted"
    assert verdict.downgrades == ("inconsistency",)
    assert verdict.certainty == "moderate"
    # the test sees a trend, which speaks against stagnation
    assert {row.criterion: row.met for row in verdict.rule_trace}["kendall_p"] is False


def test_an_unstable_region_has_a_rank(rules: Rules) -> None:
    claim = Trend("x", "RU-A", "volatile", 2010, 2019)
    finding = trend.trend(claim, made({"RU-A": SWING, **QUIET}), rules.text.descriptive)
    assert finding.place == (1, 5)
    assert finding.tally.holds_for == {"RU-A"}
    # growth of 2010 is not known
    assert min(window.first for window in finding.windows) == 2011


@given(st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=12), st.data())
def test_slopes_are_those_of_scipy(values: list[float], data: st.DataObject) -> None:
    years = np.cumsum(data.draw(st.lists(st.integers(1, 3), min_size=len(values), max_size=len(values)))).astype(float)
    ours = theil_sen(years, np.array([values]))[0]
    # both are medians of the same quotients
    assert ours == pytest.approx(theilslopes(values, years)[0], rel=1e-9, abs=1e-9)


def test_kendall_p_in_a_closed_form() -> None:
    # five rising figures: 2 of 5! orders are as extreme
    assert trend.mann_kendall(pd.Series(range(5), index=range(2010, 2015))) == pytest.approx(2 / 120, abs=1e-12)
    assert trend.mann_kendall(pd.Series([1.0] * 5, index=range(2010, 2015))) is None


RANKED = {"RU-A": flat(1.0), "RU-B": flat(2.0), "RU-C": flat(3.0), "RU-D": flat(4.0), "RU-E": flat(5.0)}


@pytest.mark.parametrize(
    ("claim", "label"),
    [
        (Rank("x", "RU-A", "low", 0.5, None, 2015, 2019), "confirmed"),
        (Rank("x", "RU-C", "low", 0.5, None, 2015, 2019), "contradicted"),  # third of five is not in the lower half
        (Rank("x", "RU-E", "high", None, (1, 1), 2015, 2019), "confirmed"),
        (Rank("x", "RU-D", "high", None, (1, 1), 2015, 2019), "contradicted"),
        (Rank("x", "RU-B", "low", None, (2, 3), 2015, 2019), "confirmed"),
    ],
)
def test_ranks(claim: Rank, label: str, rules: Rules) -> None:
    finding = rank.rank(claim, made(RANKED), rules.text.descriptive)
    assert judge_description(finding, rules).label == label


def test_an_edition_that_disagrees_opens_the_year(rules: Rules) -> None:
    panel = made(RANKED)
    claim = Rank("x", "RU-A", "low", None, (1, 1), 2010, 2019)
    older = pd.DataFrame({2010: {"RU-A": 2.5}, 2011: {"RU-A": 1.5}, 2012: {"RU-A": 9.0}})
    finding = rank.rank(claim, panel, rules.text.descriptive, {"old": older})
    assert (finding.tally.true, finding.tally.false, finding.tally.open) == (8, 0, 2)
    by_year = {place.year: (place.place, place.best, place.worst) for place in finding.places}
    assert by_year[2010] == (1.0, 1.0, 2.0)
    assert by_year[2012] == (1.0, 1.0, 5.0)
    assert by_year[2011] == (1.0, 1.0, 1.0)
    verdict = judge_description(finding, rules)
    assert (verdict.label, verdict.certainty, verdict.downgrades) == ("confirmed", "moderate", ("inconsistency",))
    span = rank.checks_of(claim, finding, rules.text.descriptive, PROVENANCE)[0].interval
    assert span == (1.0, 5.0)


def test_one_edition_of_three_is_enough_to_open_a_year(rules: Rules) -> None:
    claim = Rank("x", "RU-A", "low", None, (1, 1), 2010, 2011)
    same, other = (pd.DataFrame({2010: {"RU-A": value}}) for value in (1.0, 9.0))
    finding = rank.rank(claim, made(RANKED), rules.text.descriptive, {"old": same, "older": other})
    assert (finding.tally.true, finding.tally.open) == (1, 1)


def test_ties_share_the_mean_of_their_places(rules: Rules) -> None:
    rows = {"RU-A": flat(1.0), "RU-B": flat(1.0), "RU-C": flat(2.0), "RU-D": flat(3.0)}
    finding = rank.rank(Rank("x", "RU-A", "low", None, (1, 1), 2015, 2019), made(rows), rules.text.descriptive)
    assert {place.place for place in finding.places} == {1.5}
    assert judge_description(finding, rules).label == "contradicted"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=3, max_size=6))
def test_above_and_below_are_mirror_images(rows: list[list[int]]) -> None:
    cuts = load_rules().text.descriptive
    names = [f"RU-{place}" for place in range(len(rows))]
    panel = made({name: [float(value) for value in row] for name, row in zip(names, rows, strict=True)})
    turned = made({name: [-float(value) for value in row] for name, row in zip(names, rows, strict=True)})
    against = ("national", "median", "district")
    one = benchmark.benchmark(Benchmark("x", "RU-0", "above", against, 2010, 2015), panel, cuts)
    mirror = benchmark.benchmark(Benchmark("x", "RU-0", "below", against, 2010, 2015), turned, cuts)
    assert one.tally == mirror.tally
    below = benchmark.benchmark(Benchmark("x", "RU-0", "below", against, 2010, 2015), panel, cuts)
    equal = sum(cell.own == cell.other for cell in one.cells)
    assert one.tally.true + below.tally.true + equal == one.tally.cells


def test_what_is_known_of_kuzbass(rules: Rules) -> None:
    """Facts that a reader of the yearbooks knows: few researchers, many miners, a shrinking population."""
    panel, cuts = load_panel(), rules.text.descriptive
    against = ("national", "median", "district", "peers")
    few = Benchmark("researchers_per_10k_employed", "RU-KEM", "below", against, 2010, 2022)
    verdict = judge_description(benchmark.benchmark(few, panel, cuts), rules)
    assert verdict.label == "confirmed"
    fewer = Trend("population_thousand", "RU-KEM", "falling", 2010, 2022)
    assert judge_description(trend.trend(fewer, panel, cuts), rules).label == "confirmed"
    mining = Rank("mining_share_pct", "RU-KEM", "high", None, (1, 20), 2015, 2022)
    assert judge_description(rank.rank(mining, panel, cuts), rules).label == "confirmed"
