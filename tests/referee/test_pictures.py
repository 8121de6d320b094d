"""Each kind of check is drawn from the cells that its verdict counted; every claim has its pictures or needs none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import get_args

import pandas as pd
import pytest
from altair.utils.schemapi import debug_mode

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.core.claim import Check, Claim, Quote
from regional_econ.core.section import FigureBlock
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.regions import load_regions
from regional_econ.referee.checks.recompute import Element
from regional_econ.referee.ledger import Entry
from regional_econ.referee.listed_checks import (
    Benchmark,
    Citation,
    Internal,
    ListedCheck,
    Premise,
    Printed,
    Rank,
    Trend,
)
from regional_econ.referee.listed_checks import (
    Words as Cited,
)
from regional_econ.referee.pictures import pictures
from regional_econ.referee.rules import Rules
from regional_econ.referee.run import run
from regional_econ.report.charts.draw import chart, chart_svg
from regional_econ.report.charts.style import WIDTHS
from regional_econ.report.words import Words

MakeEvidence = Callable[[str], CausalEvidence]
Drawn = dict[str, tuple[FigureBlock, ...]]
PANEL = load_panel()
VINTAGES = cache(load_vintages)
DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "mining_share_pct")
MOST_BYTES = 40_000
ELEMENTS = get_args(Element)


@pytest.fixture(scope="module")
def evidence(make_evidence: MakeEvidence) -> dict[str, CausalEvidence]:
    return {driver: make_evidence(driver) for driver in DRIVERS}


@pytest.fixture(scope="module")
def claims(entries: tuple[Entry, ...], rules: Rules, evidence: dict[str, CausalEvidence]) -> dict[str, Claim]:
    found = run(entries, evidence, rules, panel=PANEL, vintages=VINTAGES, hashes={})
    return {claim.id: claim for claim in found}


@pytest.fixture(scope="module")
def drawn(claims: dict[str, Claim], entries: tuple[Entry, ...], rules: Rules) -> Drawn:
    return {entry.id: pictures(claims[entry.id], entry, PANEL, rules, vintages=VINTAGES) for entry in entries}


def one(drawn: Drawn, figure_id: str) -> FigureBlock:
    return next(block for blocks in drawn.values() for block in blocks if block.id == figure_id)


def row(claims: dict[str, Claim], claim_id: str, check_id: str) -> Check:
    return next(check for check in claims[claim_id].checks if check.id == check_id)


def part(block: FigureBlock, name: str) -> pd.DataFrame:
    return block.data[block.data["part"] == name]


def made(rules: Rules, *checks: ListedCheck) -> tuple[Claim, tuple[FigureBlock, ...]]:
    """A claim with checks of its own, judged and drawn."""
    quote = Quote("x", "0" * 64, 0, 1)
    entry = Entry("X", "quantitative", "certain", quote, checks, (), None, None, None, 1, "claims.yml")
    claim = run([entry], {}, rules, panel=PANEL, vintages=VINTAGES, hashes={})[0]
    return claim, pictures(claim, entry, PANEL, rules, vintages=VINTAGES)


def test_every_claim_has_a_picture_a_check_or_compares_words(drawn: Drawn, entries: tuple[Entry, ...]) -> None:
    def of_words(check: ListedCheck) -> bool:
        return isinstance(check, Citation | Premise) or (
            isinstance(check, Internal) and check.what in ("unit", "caption")
        )

    assert set(drawn) == {entry.id for entry in entries}
    for entry in entries:
        assert len(drawn[entry.id]) == sum(not of_words(check) for check in entry.checks), entry.id
    ids = [block.id for blocks in drawn.values() for block in blocks]
    assert len(ids) == len(set(ids)) >= 60
    assert not drawn["Q39"], "a citation is words"
    assert not drawn["C13"], "an inference rests on other claims"
    assert not drawn["Q41"], "a caption is words"
    assert not drawn["Q01"], "no evidence, no picture"


@pytest.mark.parametrize(
    ("claim_id", "value", "low", "high"), [("Q11", 2188.8, 2188.75, 2188.85), ("Q02", 2.55, 2.545, 2.555)]
)
def test_a_number_stands_in_its_rounding_interval(
    drawn: Drawn, claims: dict[str, Claim], claim_id: str, value: float, low: float, high: float
) -> None:
    block = one(drawn, f"referee.{claim_id}.number")
    claimed = part(block, "claimed").iloc[0]
    # as printed; the interval is half a last digit, to rounding of doubles
    assert list(claimed[["value", "low", "high"]]) == pytest.approx([value, low, high], abs=1e-9)
    check = row(claims, claim_id, "recompute")
    series = part(block, "series").set_index("year")["value"]
    assert series[claimed["year"]] == check.computed
    assert series.index.min() >= claimed["year"] - 8
    assert series.index.is_unique


def test_older_editions_and_what_agrees_stand_beside_the_series(drawn: Drawn, claims: dict[str, Claim]) -> None:
    block = one(drawn, "referee.Q11.number")
    older = part(block, "older")
    then = older[older["year"] == 2022].set_index("name")["value"]
    assert then["yearbook-2024"] == 2188.8
    assert list(part(block, "match")["name"]) == ["vintage"]
    assert block.alt.endswith(".vintage")
    year = one(drawn, "referee.Q24.number")
    assert [*part(year, "match")[["year", "value"]].iloc[0]] == [2022, 47.5]
    assert year.alt.endswith("number.year")
    assert year.caption.endswith("number.undated")
    assert part(one(drawn, "referee.Q06.number"), "match").empty, "a number that agrees needs no other figure"
    agreeing = {claim for claim, found in claims.items() if found.verdict.label == "confirmed"}
    said = {name: blocks[0].alt for name, blocks in drawn.items() if name in agreeing and name.startswith("Q")}
    assert {said[name].rpartition(".")[2] for name in said} <= {"agrees", "pass"}


def test_a_limit_is_open_at_one_side(drawn: Drawn) -> None:
    less, reached = (part(one(drawn, f"referee.{name}.number"), "claimed").iloc[0] for name in ("Q27", "Q29"))
    assert pd.isna(less["low"])
    assert less["high"] == 0.5
    assert reached["low"] == 2.0
    assert pd.isna(reached["high"])
    assert part(one(drawn, "referee.Q29.number"), "older").empty, "older editions hold too few regions for the highest"


def test_a_number_after_the_data_stands_alone(drawn: Drawn) -> None:
    block = one(drawn, "referee.Q30.number")
    assert part(block, "claimed")["year"].item() == 2024 > part(block, "series")["year"].max() == 2022
    assert block.alt.endswith("no_figure")


def test_a_number_that_nothing_agrees_with_says_so(rules: Rules) -> None:
    printed = Printed("wear_pct", "RU-KEM", 2020, "12,3", 1.0, "equals")
    _, (block,) = made(rules, printed)
    assert block.alt.endswith("number.nowhere")
    _, (limit,) = made(rules, replace(printed, relation="less"))
    assert limit.alt.endswith("bound.fail")
    assert limit.caption.endswith("bound.dated")


def test_cells_of_a_benchmark_are_those_of_the_verdict(
    drawn: Drawn, claims: dict[str, Claim], entries: tuple[Entry, ...]
) -> None:
    seen = 0
    for entry in entries:
        blocks = [block for block in drawn[entry.id] if ".benchmark" in block.id]
        checks = [check for check in entry.checks if isinstance(check, Benchmark)]
        rows = [check for check in claims[entry.id].checks if check.id.partition(".")[0] == "benchmark"]
        for block, check, found in zip(blocks, checks, rows, strict=True):
            count = Counter(block.data["status"])
            stats = found.stats
            assert (count["holds"], count["fails"]) == (stats["true_cells"], stats["false_cells"]), block.id
            assert sum(count.values()) == len(check.against) * (check.last_year - check.first_year + 1)
            holds = block.data[block.data["status"] == "holds"]
            difference = holds["own"] - holds["other"]
            assert ((difference > 0) == (check.direction == "above")).all()
            seen += 1
    assert seen == sum(isinstance(check, Benchmark) for entry in entries for check in entry.checks) > 0
    national = one(drawn, "referee.D02.benchmark").data
    assert (national["status"] == "incomparable").sum() == 1, "one year without an admissible figure of the country"


@pytest.mark.parametrize("figure_id", ["referee.D04.trend", "referee.D18.trend", "referee.D18.trend.2"])
def test_windows_of_a_trend_are_those_of_the_verdict(drawn: Drawn, claims: dict[str, Claim], figure_id: str) -> None:
    block, claim_id = one(drawn, figure_id), figure_id.split(".")[1]
    found = row(claims, claim_id, "trend.2" if figure_id.endswith(".2") else "trend")
    windows = part(block, "window")
    count = Counter(windows["name"])
    assert (count["true"], count["false"]) == (found.stats["true_windows"], found.stats["false_windows"])
    assert block.options["variable"] == found.stats["variable"]
    own = PANEL.matrix(str(found.stats["variable"])).loc["RU-KEM"]
    series = part(block, "series").set_index("year")["value"]
    assert series.to_dict() == own.loc[series.index].to_dict()
    assert windows["year"].min() >= series.index.min()


def test_a_chain_index_is_drawn_as_the_level_that_was_tested(drawn: Drawn) -> None:
    index = PANEL.matrix("investment_index_pct").loc["RU-KEM"]
    series = part(one(drawn, "referee.D04d.trend"), "series").set_index("year")["value"]
    for year in series.index[1:]:
        # a chain multiplies by the year's index; the tolerance is that of doubles
        assert series[year] / series[year - 1] == pytest.approx(index[year] / 100.0, rel=1e-12)
    growth = part(one(drawn, "referee.D07.trend"), "series").set_index("year")["value"]
    own = PANEL.matrix("industrial_production_index_pct").loc["RU-KEM"]
    assert growth.to_dict() == (own.loc[growth.index] - 100.0).to_dict()


def test_places_of_a_rank_lie_in_the_claimed_band_where_the_year_is_true(
    drawn: Drawn, claims: dict[str, Claim], entries: tuple[Entry, ...]
) -> None:
    seen = Counter[str]()
    for entry in entries:
        blocks = [block for block in drawn[entry.id] if ".rank" in block.id]
        rows = [check for check in claims[entry.id].checks if check.id.partition(".")[0] == "rank"]
        assert len(blocks) == len(rows) == sum(isinstance(check, Rank) for check in entry.checks)
        for block, found in zip(blocks, rows, strict=True):
            places, bands = part(block, "series"), part(block, "claimed")
            count = Counter(places["name"])
            stats = found.stats
            assert (count["true"], count["false"], count["open"]) == (
                stats["true_years"], stats["false_years"], stats["open_years"],
            )  # fmt: skip
            for place in places.to_dict("records"):
                band = bands[(bands["year"] <= place["year"]) & (place["year"] <= bands["last"])].iloc[0]
                inside = [band["low"] <= place[end] <= band["high"] for end in ("low", "high")]
                if place["name"] != "open":
                    assert all(inside) if place["name"] == "true" else not any(inside)
            seen.update(count)
    assert seen["true"]
    assert seen["false"]


def test_an_effect_shows_what_the_rule_read(drawn: Drawn, claims: dict[str, Claim], rules: Rules) -> None:
    block = one(drawn, "referee.C06.effect")
    shown = block.data.set_index("label")
    assert list(shown.index) == ["lagged", "averaged", "alone", "leads"]
    for name in shown.index:
        check = row(claims, "C06", name)
        assert (shown.at[name, "value"], shown.at[name, "low"], shown.at[name, "high"]) == (
            check.computed,
            *check.interval,
        )
    assert block.options["band"] == (-rules.causal.delta, rules.causal.delta)
    assert block.options["marks"] == (-0.9, 0.9), "the effect that the made-up evidence can detect"
    assert list(block.data.loc[block.data["highlight"], "label"]) == ["lagged"]
    assert block.alt.endswith("effect.zero")


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ((0.6, 0.8, 1.0), "beyond"),
        ((-1.0, -0.8, -0.6), "beyond"),
        ((-0.3, 0.0, 0.3), "inside"),
        ((0.1, 0.5, 0.9), "clear"),
    ],
)
def test_the_words_of_an_effect_say_where_its_interval_lies(
    entries: tuple[Entry, ...], rules: Rules, evidence: dict[str, CausalEvidence], points: tuple[float, ...], said: str
) -> None:
    known = {**evidence, "rd_grp_pct": replace(evidence["rd_grp_pct"], lagged_pp=points, claims=("C12",))}
    entry = next(entry for entry in entries if entry.id == "C12")
    claim = run([entry], known, rules, panel=PANEL, vintages=VINTAGES, hashes={})[0]
    (block,) = pictures(claim, entry, PANEL, rules, vintages=VINTAGES)
    assert block.alt.endswith(f"effect.{said}")


def test_arithmetic_shows_both_intervals(drawn: Drawn, claims: dict[str, Claim]) -> None:
    growth = one(drawn, "referee.D04b.internal").data.set_index("label")
    assert list(growth.loc["printed", ["low", "high"]]) == [-3.5, 3.5]
    check = row(claims, "D04b", "internal_growth")
    assert tuple(growth.loc["parts", ["low", "high"]]) == check.interval
    assert check.result == "fail"
    assert growth.at["parts", "high"] < growth.at["printed", "low"], "the verdict says that they do not meet"
    fall, rise = (
        one(drawn, f"referee.{name}.internal").data.set_index("label").loc["printed"] for name in ("D04", "D04c")
    )
    assert pd.isna(fall["low"])
    assert fall["high"] == 0.0 == rise["low"]
    assert pd.isna(rise["high"])


def test_arithmetic_without_bounds_has_no_picture(rules: Rules) -> None:
    parts = (Cited("0", 0, 1), Cited("5", 0, 1))
    claim, blocks = made(rules, Internal("growth", Cited("3", 0, 1), parts))
    assert claim.checks[0].interval is None, "growth from a number that may be zero"
    assert not blocks


def test_without_a_figure_there_is_nothing_to_draw(rules: Rules) -> None:
    for check in (
        Trend("wear_pct", "RU-KEM", "rising", 2040, 2049),
        Rank("wear_pct", "RU-KEM", "high", 0.25, None, 2040, 2049),
        Printed("wear_pct", "RU-KEM", 2060, "50", 1.0, "equals"),
    ):
        claim, blocks = made(rules, check)
        assert claim.checks[0].kind == "series_available"
        assert not blocks
    _, (grid,) = made(rules, Benchmark("wear_pct", "RU-KEM", "above", ("median",), 2040, 2042))
    assert list(grid.data["status"]) == ["incomparable"] * 3
    assert grid.alt.endswith("benchmark.no_figure")
    _, (line,) = made(rules, Trend("wear_pct", "RU-KEM", "rising", 2018, 2021))
    assert set(line.data["part"]) == {"series"}, "four years are no window"
    assert line.alt.endswith("trend.no_figure")


def test_each_of_several_checks_is_drawn_from_its_own_rows(rules: Rules) -> None:
    checks = [Trend("population_thousand", "RU-KEM", "falling", first, 2022) for first in (2010, 2015)]
    claim, blocks = made(rules, *checks)
    assert [block.id for block in blocks] == ["referee.X.trend", "referee.X.trend.2"]
    counts = [len(part(block, "window")) for block in blocks]
    assert counts == [len(check.stats["windows"]) for check in claim.checks if check.kind == "trend"]
    assert counts[0] > counts[1]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    "figure_id",
    [
        "Q11.number",
        "Q27.number",
        "Q29.number",
        "D02.benchmark",
        "D18.trend",
        "D25b.rank",
        "C06.effect",
        "D04.internal",
    ],
)
def test_each_kind_is_drawn_small_in_both_languages(drawn: Drawn, figure_id: str, lang: Lang) -> None:
    block, words = one(drawn, f"referee.{figure_id}"), _words(lang)
    with debug_mode(False):
        for size in WIDTHS:
            svg = chart_svg(chart(block.kind, block.data, words, block.options, size))
            assert len(svg.encode()) <= MOST_BYTES
            assert not {"nan", "None"} & set(re.findall(r">([^<]+)</text>", svg))


@pytest.mark.parametrize("lang", LANGS)
def test_every_picture_has_its_words(drawn: Drawn, lang: Lang) -> None:
    words = _words(lang)
    texts = set(words.catalogue.texts)
    for blocks in drawn.values():
        for block in blocks:
            assert words.text(block.caption)
            assert words.text(block.alt)
            assert words.text(block.caption) != words.text(block.alt)
    kinds = ("benchmark", "trend", "rank", "internal")
    wanted = {f"referee.pictures.alt.{kind}.{result}" for kind in kinds for result in ("pass", "fail", "warn")}
    wanted |= {f"referee.pictures.alt.{kind}.no_figure" for kind in ("benchmark", "trend")}
    wanted |= {f"referee.pictures.alt.effect.{name}" for name in ("beyond", "inside", "zero", "clear")}
    wanted |= {
        f"referee.pictures.caption.{kind}.{year}" for kind in ("number", "bound") for year in ("dated", "undated")
    }
    wanted |= {f"referee.pictures.alt.number.{name}" for name in (*ELEMENTS, "agrees", "nowhere", "no_figure")}
    wanted |= {f"referee.pictures.caption.trend.{name}" for name in ("rising", "falling", "flat", "volatile")}
    assert wanted <= texts


@cache
def _words(lang: Lang) -> Words:
    catalogue = Catalogue.load(sorted((data_dir() / "texts").glob("*.yml")))
    labels = {name: variable.label for name, variable in PANEL.variables.items()}
    return Words(lang, catalogue, {}, labels, {name: one.name for name, one in load_regions().items()}, "RU-KEM")
