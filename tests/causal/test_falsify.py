"""Every falsification fires on a panel that is made to fail it and not on one that is made to pass it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import OptionError, StudyError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.effort import Effort
from regional_econ.causal.event_table import Event, load_events
from regional_econ.causal.falsify import Falsified, check_answered, falsify
from regional_econ.causal.mining_price import mining_price
from regional_econ.causal.mining_sample import mining_exposure, rouble_prices
from regional_econ.causal.path_inference import PathInference, Statistic
from regional_econ.causal.price_paths import exposure_design
from regional_econ.causal.price_tests import PriceTests, price_tests
from regional_econ.causal.question_plan import RULES, RegressionPlan, Rule
from regional_econ.causal.questions import Question, Questions, load_questions
from regional_econ.causal.verdicts import Found, Outcome, judge
from regional_econ.causal.weak_instruments import ConfidenceSet
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import load_variables
from regional_econ.data.tables import load_industries, load_national, load_neighbours

NAME = Text("имя", "name")
YEARS = range(2000, 2024)
SMALL = Effort(splits=1, folds=2, exchanges=199)
NAN = math.nan


@pytest.fixture(scope="module")
def questions() -> Questions:
    """The declared questions."""
    return load_questions(variables=load_variables())


def only(questions: Questions, *names: str) -> Questions:
    return replace(questions, by_id={name: questions.question(name) for name in names})


def run(panel: Panel, declared: Multiverse, questions: Questions, *, seed: int = 1, **given: object) -> Falsified:
    pairs, events = given.get("pairs", load_neighbours()), given.get("events", load_events())
    return falsify(
        panel, declared, questions, national=load_national(), industries=load_industries(), pairs=pairs,  # type: ignore[arg-type]
        events=events, focal_region="RU-KEM", seed=seed, effort=SMALL,  # type: ignore[arg-type]
    )  # fmt: skip


def the_test(found: Falsified, design: str, detail: str = "") -> Outcome:
    (one,) = [one for one in found.outcomes if one.design == design and detail in ("", one.found.detail)]
    return one


Made = Callable[..., Panel]


def made(
    *, own: float = 0.0, ahead: float = 0.0, births: float = 0.0, near: float = 0.0, cause: float = 0.0, seed: int = 3
) -> tuple[Panel, pd.DataFrame]:
    """A panel for `rd-patents`, and its borders, a ring.

    ln patents follow ln spending a year before by ``own`` and a year ahead by ``ahead``, the neighbours' by ``near``
    and GRP a year before by ``cause`` (which spending follows too); births follow spending a year before by ``births``.
    """
    rng = np.random.default_rng(seed)
    names = ["RU-KEM", *(f"R{k:02d}" for k in range(59))]
    shape = (len(names), len(YEARS))
    level, year = rng.normal(0, 1, (shape[0], 1)), rng.normal(0, 0.2, (1, shape[1]))
    grp = rng.normal(0, 0.5, shape)
    rd = level + (0.9 if cause else 0.0) * grp + rng.normal(0, 0.5, shape)
    before = np.roll(rd, 1, axis=1)
    patents = level + year + own * before + ahead * np.roll(rd, -1, axis=1) + rng.normal(0, 0.2, shape)
    patents += cause * np.roll(grp, 1, axis=1)
    patents += near * (np.roll(before, 1, axis=0) + np.roll(before, -1, axis=0)) / 2
    columns = {
        "rd_real_per_employed_cpi": np.exp(rd),
        "patents_per_100k": np.exp(patents),
        "grp_per_head_rub": np.exp(10 + level + grp),
        "grp_mln_rub": np.exp(10 + level + grp),
        "unemployment_pct": 6 + rng.normal(0, 1, shape),
        "researchers_per_10k_employed": np.exp(level + rng.normal(0, 0.5, shape)),
        "birth_rate": np.exp(2 + births * before + rng.normal(0, 0.1, shape)),
        "death_rate": np.exp(2 + rng.normal(0, 0.1, shape)),
        "mining_share_pct": 10 + level + rng.normal(0, 1, shape),
        "employed_thousand": np.full(shape, 1e3),
    }
    index = pd.MultiIndex.from_product([names, YEARS], names=["region", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)
    variables = {name: Variable(name, "percent", NAME, NAME) for name in columns}
    places = {region: Region(region, NAME, "region", f"D{k % 6}") for k, region in enumerate(names)}
    ring = [(name, names[(k + step) % len(names)]) for k, name in enumerate(names) for step in (-1, 1)]
    return Panel(frame, variables, places, "planted"), pd.DataFrame(ring, columns=["region", "neighbour"])


def tried(declared: Multiverse, questions: Questions, **effects: float) -> Falsified:
    panel, pairs = made(**effects)
    return run(panel, declared, only(questions, "rd-patents"), pairs=pairs)


@pytest.fixture(scope="module")
def honest(declared: Multiverse, questions: Questions) -> Falsified:
    """Spending moves patents by .3 and nothing else does."""
    return tried(declared, questions, own=0.3)


@pytest.fixture(scope="module")
def empty(declared: Multiverse, questions: Questions) -> Falsified:
    """Spending moves nothing."""
    return tried(declared, questions)


def test_an_honest_effect_passes_everything(honest: Falsified) -> None:
    ruled = [one for one in honest.outcomes if one.rule]
    assert {one.design: one.verdict for one in ruled} == dict.fromkeys(
        ("leads", "placebo-outcome", "randomisation", "sensitivity"), "passes"
    )
    assert honest.counts("rd-patents") == {"declared": 4, "passes": 4, "fails": 0, "cannot": 0}
    (own,) = honest.estimates
    assert own.null is False
    # noise .2 over a driver of sd .5, 1,260 rows: an error near .012
    assert own.coefficient == pytest.approx(0.3, abs=0.05)
    assert the_test(honest, "dml").found.estimate == pytest.approx(own.estimate, abs=0.03)
    assert the_test(honest, "measurement-bounds").found.low == pytest.approx(own.estimate, rel=1e-9)
    assert str(honest) == "1 questions, 0 nulls; 4 of 4 declared tests passed."


def test_nothing_is_a_null_with_what_it_could_have_found(empty: Falsified) -> None:
    (own,) = empty.estimates
    assert own.null is True
    assert own.low < 0 < own.high
    assert own.mde == pytest.approx((own.high - own.low) / 2 * 2.85 / 2.00, rel=0.01)  # t quantiles at 59 df
    assert the_test(empty, "randomisation").verdict == "fails"
    assert the_test(empty, "leads").verdict == "passes"


def test_a_driver_that_follows_its_outcome_fails_the_leads(declared: Multiverse, questions: Questions) -> None:
    found = tried(declared, questions, own=0.1, ahead=0.3)
    lead = the_test(found, "leads")
    assert lead.verdict == "fails"
    assert lead.found.bound == 0.1
    assert lead.found.estimate == pytest.approx(0.3, abs=0.05)
    assert the_test(found, "randomisation").verdict == "passes"


def test_a_placebo_that_moves_fails_the_whole_test(declared: Multiverse, questions: Questions) -> None:
    found = tried(declared, questions, own=0.3, births=0.1)
    assert the_test(found, "placebo-outcome", "birth_rate").verdict == "fails"
    assert the_test(found, "placebo-outcome", "death_rate").verdict == "passes"
    assert found.counts("rd-patents")["fails"] == 1


def test_a_strong_measured_cause_asks_how_strong_an_unmeasured_one_is(
    declared: Multiverse, questions: Questions
) -> None:
    found = the_test(tried(declared, questions, own=0.05, cause=0.8), "sensitivity")
    assert found.verdict == "fails"
    assert found.found.detail == "grp_per_head_rub"
    assert found.found.bound > found.found.estimate > 0


def test_a_planted_spillover_is_shown_beside_the_own_effect(
    honest: Falsified, declared: Multiverse, questions: Questions
) -> None:
    found = tried(declared, questions, own=0.3, near=0.3)
    near, own = (the_test(found, "neighbour-exposure", one) for one in ("neighbours", "own"))
    assert near.found.estimate == pytest.approx(0.3, abs=0.06)
    assert own.found.estimate == pytest.approx(0.3, abs=0.05)
    assert {near.verdict, own.verdict} == {"no_rule"}
    quiet = the_test(honest, "neighbour-exposure", "neighbours").found
    assert abs(quiet.estimate) < 4 * quiet.std_error
    assert near.found.p_value < 1e-6


def test_what_the_data_cannot_bear_is_a_result(declared: Multiverse, questions: Questions) -> None:
    """Every region in a district of its own: no two can exchange histories."""
    panel, pairs = made(own=0.3)
    alone = {name: replace(region, district=name) for name, region in panel.regions.items()}
    found = run(replace(panel, regions=alone), declared, only(questions, "rd-patents"), pairs=pairs)
    one = the_test(found, "randomisation")
    assert (one.verdict, one.found.impossible) == ("cannot", "data")
    assert "no two regions of a district" in str(one.found.note)
    assert found.counts("rd-patents") == {"declared": 4, "passes": 3, "fails": 0, "cannot": 1}


def test_the_same_seed_gives_the_same_numbers(honest: Falsified, declared: Multiverse, questions: Questions) -> None:
    panel, pairs = made(own=0.3)
    again = run(panel, declared, only(questions, "rd-patents"), pairs=pairs)
    other = run(panel, declared, only(questions, "rd-patents"), pairs=pairs, seed=2)
    pd.testing.assert_frame_equal(again.to_frame(), honest.to_frame(), check_exact=True)
    drawn = again.to_frame()["estimate"].ne(other.to_frame()["estimate"]) & again.to_frame()["estimate"].notna()
    assert set(again.to_frame().loc[drawn, "design"]) == {"dml"}


# The price questions: the official regions, years and exposures, and an outcome that is made.


@pytest.fixture(scope="module")
def priced(official: Panel) -> Made:
    """A maker of panels whose investment follows exposure × price: now by ``now``, next year's by ``ahead``."""
    share = mining_exposure(official, load_industries(), "gva_2009")
    index = rouble_prices(load_national())["index"]
    places = official.frame.index
    regions, years = places.get_level_values("region"), places.get_level_values("year")
    exposure = np.nan_to_num(share.reindex(regions).to_numpy(dtype=float))

    def make(lagged: float, *, ahead: float = 0.0, in_2022: float = 0.0, noise: float = 0.05) -> Panel:
        rng = np.random.default_rng(4)
        path = {lag: np.nan_to_num(index.reindex(years - lag).to_numpy(dtype=float)) for lag in (1, -1)}
        value = lagged * exposure * path[1] + ahead * exposure * path[-1] + rng.normal(0, noise, len(places))
        value += in_2022 * exposure * (years == 2022)
        frame = official.frame.assign(investment_mln_rub=np.exp(np.clip(value, -50, 50)))
        return replace(official, frame=frame)

    return make


def price_run(panel: Panel, declared: Multiverse, questions: Questions) -> Falsified:
    return run(panel, declared, only(questions, "mining-price-investment"))


def test_a_price_effect_that_is_there_passes(priced: Made, declared: Multiverse, questions: Questions) -> None:
    """Placebo paths resemble the real one: even an effect a thousand errors large is barely told from theirs."""
    found = price_run(priced(1.0, noise=0.001), declared, questions)
    verdicts = {one.design: one.verdict for one in found.outcomes if one.rule}
    assert verdicts == {"leads": "passes", "randomisation": "passes", "shift-share": "passes"}
    (own,) = found.estimates
    assert own.coefficient == pytest.approx(1.0, abs=0.01)
    # doubling at an exposure of .252
    assert own.estimate == pytest.approx(100 * (2 ** (0.252 * own.coefficient) - 1), rel=1e-9)


@pytest.mark.parametrize(
    ("effects", "design"),
    [((0.0, 1.0, 0.0), "leads"), ((0.0, 0.0, 0.0), "randomisation"), ((0.05, 0.0, -3.0), "shift-share")],
)
def test_a_price_effect_that_is_not_there_fails(
    priced: Made, declared: Multiverse, questions: Questions, effects: tuple[float, float, float], design: str
) -> None:
    lagged, ahead, in_2022 = effects
    found = price_run(priced(lagged, ahead=ahead, in_2022=in_2022), declared, questions)
    assert the_test(found, design).verdict == "fails"


def priced_question(official: Panel, questions: Questions, name: str, draws: int, *, seed: int = 1) -> PriceTests:
    return price_tests(
        official, questions.question(name), load_national(), load_industries(), load_neighbours(),
        focal_region="RU-KEM", draws=draws, seed=seed,
    )  # fmt: skip


def test_price_estimates_with_dummies_and_their_placebos(official: Panel, questions: Questions) -> None:
    work = priced_question(official, questions, "mining-price-rd", 199)
    rows = work.rows(work.years)
    x, y = rows.exposure * work.path(work.years, 1)[rows.time], rows.values[:, 0]
    own = work.own
    estimate, error = dummies(x[:, None], y, rows.unit, rows.year, rows.region)
    assert own.estimate == pytest.approx(estimate, rel=1e-8, abs=1e-10)
    assert own.std_error == pytest.approx(error, rel=1e-8)
    placebos, path = work.paths.placebos("index", 13), work.path(work.years, 1)
    for effect in (0.0, -0.3, 2.0):
        design = exposure_design(y - effect * x, rows.exposure, rows.time, rows.region, effects=rows.effects)
        p = max(PathInference.of(design, path, [one], one[:0]).p_value for one in placebos)
        assert (p > 0.05) == own.kept.contains(effect)
        assert effect != 0.0 or p == own.p_value


@pytest.mark.parametrize(("shift", "draws"), [(0.0, 199), (0.5, 99), (20.0, 99), (0.0, 9)])
def test_the_kept_effects_are_those_the_placebos_do_not_reject(
    official: Panel, questions: Questions, shift: float, draws: int
) -> None:
    """Held against the test of the outcome less each effect; ten draws can reject nothing."""
    work = priced_question(official, questions, "mining-price-rd", draws)
    rows = work.rows(work.years)
    x = rows.exposure * work.path(work.years, 1)[rows.time]
    moved = work.effect(replace(rows, values=rows.values + (shift * x)[:, None]), 1)
    plain = work.inference(rows, 1)
    grid = shift + np.concatenate([np.linspace(-3, 3, 61), np.linspace(-200, 200, 41)])
    for effect in [*grid, 0.0]:
        p = replace(plain, right=plain.right + (shift - effect) * plain.moved).p_value
        assert moved.kept.contains(effect) == (p > 0.05), effect
    assert moved.kept.bounded == (draws > 9)
    if shift:
        shifted = [(low + shift, high + shift) for low, high in work.own.kept.pieces]
        np.testing.assert_allclose(moved.kept.pieces, shifted, rtol=0, atol=1e-6)


def test_zero_in_a_gap_of_the_interval_is_rejected(official: Panel, questions: Questions) -> None:
    work = priced_question(official, questions, "mining-price-rd", 9)
    apart = replace(work.own, kept=ConfidenceSet(((-2.0, -0.5), (0.2, np.inf)), 0.95))
    found = work.found(apart)
    effects = [100 * (2 ** (0.252 * end) - 1) for end in (-2.0, -0.5, 0.2)]
    assert (found.low, *found.pieces[0], found.pieces[1][0]) == pytest.approx((effects[0], *effects))
    assert found.high == np.inf
    assert found.has_gaps
    assert not found.holds_zero
    assert judge(found, "excludes_zero", 0.95) == "fails"
    assert judge(replace(found, pieces=((-2.0, 2.0),)), "excludes_zero", 0.95) == "passes"


def test_one_price_effect_has_one_interval_on_both_pages(official: Panel, questions: Questions) -> None:
    work = priced_question(official, questions, "mining-price-investment", 99)
    found = mining_price(official, load_national(), load_industries(), draws=99, seed=1)
    (same,) = [
        one for one in found.effects
        if (one.outcome, one.window, one.price, one.specification, one.lag)
        == ("investment", "to_2022", "index", "plain", 1)
    ]  # fmt: skip
    assert (same.placebo_p, same.placebo_set) == (work.own.p_value, work.own.kept)
    assert same.estimate == pytest.approx(work.own.estimate, rel=1e-9)


def test_power_is_how_often_a_planted_effect_is_found(official: Panel, questions: Questions) -> None:
    """Held against a loop: the effect laid on every path that could have come, up and down, and the test run anew."""
    work = priced_question(official, questions, "mining-price-investment", 39)
    inference, rows = work.inference(work.rows(work.years), 1), work.rows(work.years)
    own = work.path(work.years, 1)
    left = rows.values[:, 0] - work.own.estimate * rows.exposure * own[rows.time]
    placebos, possible = work.paths.placebos("index", 13), work.paths.possible("index", 13)

    def share(size: float, statistic: Statistic) -> float:
        found = []
        for path in possible[::4]:
            for b in (size, -size):
                y = left + b * rows.exposure * path[rows.time]
                design = exposure_design(y, rows.exposure, rows.time, rows.region, effects=rows.effects)
                found.append(max(PathInference.of(design, path, placebos, path[None, :0]).tested(statistic)) <= 0.05)
        return float(np.mean(found))

    fewer = replace(inference, possible=possible[::4])
    effect = fewer.detectable()
    for size in (0.5, effect * 0.999, effect * 1.001):
        assert fewer.power(size) == pytest.approx(share(size, "t"), abs=1e-12)
    assert fewer.power(1.0, "fit") == pytest.approx(share(1.0, "fit"), abs=1e-12)
    assert fewer.power(effect * 0.999) < 0.8 <= fewer.power(effect * 1.001)
    assert all(fewer.power(effect * factor) >= 0.8 for factor in (1.1, 2.0, 10.0, 1e3))
    assert 0.0 <= fewer.power(0.0) < 0.3


def test_the_price_lead_with_dummies(official: Panel, questions: Questions) -> None:
    work = priced_question(official, questions, "mining-price-investment", 99)
    years = (2010, 2022)
    rows = work.rows(years)
    X = np.column_stack([rows.exposure * work.path(years, lag)[rows.time] for lag in (-1, 0, 1)])
    estimate, error = dummies(X, rows.values[:, 0], rows.unit, rows.year, rows.region)
    fixed = X[:, 1:]
    found = work.effect(rows, -1, years=years, controls=fixed)
    assert found.estimate == pytest.approx(estimate, rel=1e-8)
    assert found.std_error == pytest.approx(error, rel=1e-8)


def dummies(
    X: np.ndarray, y: np.ndarray, unit: np.ndarray, year: np.ndarray, region: np.ndarray
) -> tuple[float, float]:
    """First coefficient and its CR1 error (factor G/(G − 1) alone), every effect a dummy."""
    columns = np.column_stack([X, *(np.eye(code.max() + 1)[code] for code in (unit, year))])
    beta = np.linalg.lstsq(columns, y, rcond=1e-12)[0]
    scores = pd.DataFrame(columns * (y - columns @ beta)[:, None]).groupby(region).sum().to_numpy()
    bread = np.linalg.pinv(columns.T @ columns, rcond=1e-12)[0]
    g = len(scores)
    return float(beta[0]), float(np.sqrt(g / (g - 1) * ((scores @ bread) ** 2).sum()))


# The event: the official series, with a jump that is made.


@pytest.fixture(scope="module")
def event() -> Event:
    return load_events()["centre_kuzbass_2019"]


def event_run(
    official: Panel, declared: Multiverse, questions: Questions, event: Event, jump: float, year: int = 2019
) -> Falsified:
    frame = official.frame.copy()
    rng = np.random.default_rng(6)
    values = np.exp(rng.normal(0, 0.05, len(frame)))
    treated = (frame.index.get_level_values("region") == "RU-KEM") & (frame.index.get_level_values("year") >= year)
    frame["rd_real_per_employed_cpi"] = values * np.where(treated, np.exp(jump), 1.0)
    return run(
        replace(official, frame=frame), declared, only(questions, "centre-rd"), events={event.id: event}
    )  # fmt: skip


def test_a_jump_in_its_year_passes_and_inference_is_withheld(
    official: Panel, declared: Multiverse, questions: Questions, event: Event
) -> None:
    found = event_run(official, declared, questions, event, 0.5)
    verdicts = {one.design: one.verdict for one in found.outcomes}
    assert verdicts == {"event": "passes", "synthetic-did": "passes", "randomisation": "cannot"}
    assert the_test(found, "randomisation").found.impossible == "withheld"
    (own,) = found.estimates
    assert own.estimate == pytest.approx(50, abs=8)  # hundredths of a logarithm
    assert own.null is None
    assert math.isnan(own.mde)


def test_a_jump_before_its_year_fails(
    official: Panel, declared: Multiverse, questions: Questions, event: Event
) -> None:
    found = event_run(official, declared, questions, event, 0.5, year=2016)
    assert the_test(found, "synthetic-did").verdict == "fails"
    long_before = event_run(official, declared, questions, event, 0.5, year=2011)
    assert the_test(long_before, "event").verdict == "fails"
    sourced = replace(event, others={"RU-NVS": 2019}, others_source="a table", reason="")
    assert the_test(event_run(official, declared, questions, sourced, 0.5), "randomisation").verdict == "passes"
    assert the_test(event_run(official, declared, questions, sourced, 0.0), "randomisation").verdict == "fails"


# Rules, and what the file may not say.


@pytest.mark.parametrize(
    ("rule", "number", "passing", "failing"),
    [
        ("beyond_smallest_effect", NAN, Found(low=-0.4, high=0.4, bound=0.5), Found(low=-0.4, high=0.5, bound=0.5)),
        ("beyond_smallest_effect", NAN, Found(low=0.1, high=0.4, bound=0.5), Found(low=-0.6, high=0.1, bound=0.5)),
        ("excludes_zero", 0.95, Found(low=-1, high=2), Found(low=1, high=2)),
        ("excludes_zero", 0.95, Found(low=0, high=2), Found(low=-2, high=-1)),
        ("excludes_zero_in_family", 0.95, Found(p_value=0.06), Found(p_value=0.04)),
        ("p_above", 0.1, Found(p_value=0.1), Found(p_value=0.11)),
        ("within_invented", 0.9, Found(p_value=0.09), Found(p_value=0.11)),
        ("rank_not_extreme", 0.1, Found(p_value=0.09), Found(p_value=0.1)),
        ("below_strongest_covariate", NAN, Found(estimate=0.2, bound=0.1), Found(estimate=0.1, bound=0.2)),
        ("sign_changes_without_year", 2022, Found(estimate=1, bound=2), Found(estimate=-1, bound=2)),
        ("gap_no_smaller_before", NAN, Found(estimate=1, bound=2), Found(estimate=2, bound=2)),
        ("placebo_no_smaller", NAN, Found(estimate=-1, bound=2), Found(estimate=-3, bound=2)),
    ],
)
def test_each_rule_on_both_sides(rule: Rule, number: float, passing: Found, failing: Found) -> None:
    assert judge(passing, rule, number) == "passes"
    assert judge(failing, rule, number) == "fails"
    assert judge(Found(), rule, number) == "cannot"
    assert judge(replace(passing, impossible="withheld"), rule, number) == "cannot"


def test_no_rule_is_left_untried() -> None:
    marks = test_each_rule_on_both_sides.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1]} == set(RULES)


@pytest.mark.parametrize(
    ("question", "old", "new", "message"),
    [
        ("mining-price-investment", "    designs: [shift-share, leads,", "    designs: [dml, shift-share, leads,",
         "nothing answers the design dml for the question mining-price-investment"),
        ("centre-rd", "    designs: [synthetic-did, event,", "    designs: [leads, synthetic-did, event,",
         "nothing answers the design leads for the question centre-rd"),
        ("rd-patents", "    designs: [leads, dml,", "    designs: [shift-share, leads, dml,",
         "A question of this kind (regression) has: leads"),
        ("rd-patents", "    placebo_outcomes: *vital_placebos\n", "", "rd-patents names no placebo outcome"),
        ("rd-patents", "    designs: [leads, dml,", "    designs: [selection-bounds, leads, dml,",
         "selection bounds of rd_real_per_employed_cpi on patents_per_100k are not those of rd-patents"),
    ],
)  # fmt: skip
def test_a_design_that_nothing_answers_is_named_with_its_line(
    official: Panel, declared: Multiverse, tmp_path: Path, question: str, old: str, new: str, message: str
) -> None:
    text = (data_dir() / "questions.yml").read_text(encoding="utf-8")
    start = text.index(f"  - id: {question}\n")
    at = text.index(old, start)
    path = tmp_path / "questions.yml"
    path.write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")
    changed = load_questions(path)
    with pytest.raises(StudyError) as caught:
        run(official, declared, only(changed, question))
    assert message in str(caught.value)
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(k for k, line in enumerate(lines) if line == f"  - id: {question}")
    line = 1 + next(k for k, one in enumerate(lines) if k > first and one.startswith("    designs:"))
    assert f"(questions.yml, line {line})" in str(caught.value)


Change = Callable[[Question, Questions], Question]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda one, all_: replace(one, outcome=all_.nodes["patents_per_100k"]), "rd_grp_pct on patents_per_100k"),
        (lambda one, all_: replace(one, driver=all_.nodes["patents_per_100k"]),
         "patents_per_100k on innovation_activity_pct"),
        (lambda one, _: replace(one, regression=RegressionPlan(2, (2006, 2022))),
         "rd_grp_pct on innovation_activity_pct"),
        (lambda one, _: replace(one, regression=RegressionPlan(1, (2010, 2022))),
         "rd_grp_pct on innovation_activity_pct"),
        (lambda one, _: replace(one, regression=None), "rd_grp_pct on innovation_activity_pct"),
    ],
)  # fmt: skip
def test_selection_bounds_are_those_of_the_specification_shown_alone(
    declared: Multiverse, questions: Questions, change: Change, what: str
) -> None:
    one = questions.question("rd-activity")
    check_answered(one, declared)
    where = one.design_places[one.designs.index("selection-bounds")]
    with pytest.raises(StudyError) as caught:
        check_answered(change(one, questions), declared)
    assert f"selection bounds of {what} are not those of rd-activity ({where})" in str(caught.value)
    assert "They are of innovation_activity_pct at lag 1, 2006–2022, on rd_grp_pct, " in str(caught.value)


def test_outcomes_beside_are_refused_where_nothing_tries_them(declared: Multiverse, questions: Questions) -> None:
    check_answered(questions.question("centre-rd"), declared)
    more = replace(questions.question("rd-patents"), beside=("researchers_per_10k_employed",))
    message = r"would try researchers_per_10k_employed, .* \(question rd-patents, line \d+\)"
    with pytest.raises(StudyError, match=message):
        check_answered(more, declared)


def test_a_word_that_is_no_design_is_named_with_its_line(tmp_path: Path) -> None:
    text = (data_dir() / "questions.yml").read_text(encoding="utf-8")
    old = "    designs: [leads, dml, neighbour-exposure, randomisation, sensitivity]\n    falsifications: *short"
    assert text.count(old) == 1
    path = tmp_path / "questions.yml"
    path.write_text(text.replace(old, old.replace("dml", "dm")), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(OptionError, match=rf"questions.yml, line {line}\)"):
        load_questions(path)


def test_an_event_and_a_year_must_be_known(official: Panel, declared: Multiverse, questions: Questions) -> None:
    with pytest.raises(UnknownNameError, match="centre_kuzbass_2019"):
        run(official, declared, only(questions, "centre-rd"), events={})
    nameless = replace(questions.question("centre-rd"), event=None)
    with pytest.raises(StudyError, match=r"no event is declared \(question centre-rd, line \d+\)"):
        run(official, declared, replace(questions, by_id={"centre-rd": nameless}))
    price = questions.question("mining-price-rd")
    tests = tuple(
        replace(one, number=2021.0) if one.design == "shift-share" else one for one in price.falsifications
    )  # fmt: skip
    earlier = replace(questions, by_id={"mining-price-rd": replace(price, falsifications=tests)})
    with pytest.raises(StudyError, match=r"2021 is not the last year \(questions.yml, line \d+\)"):
        run(official, declared, earlier)


@pytest.mark.parametrize(("lag", "years"), [(12, (2010, 2022)), (1, (2010, 2031)), (12, (2014, 2031))])
def test_years_without_prices_or_figures_are_refused(
    official: Panel, declared: Multiverse, questions: Questions, lag: int, years: tuple[int, int]
) -> None:
    price = questions.question("mining-price-rd")
    plan = replace(price.regression, lag=lag, years=years)  # type: ignore[type-var]
    asked = replace(questions, by_id={price.id: replace(price, regression=plan)})
    line = f"question mining-price-rd, line {price.line}"
    with pytest.raises(StudyError, match=rf"allow the years {2001 + lag} to 2023, not .*\({line}\)"):
        run(official, declared, asked)
