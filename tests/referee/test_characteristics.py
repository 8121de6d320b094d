"""The study of the rule judges as the referee does, its worlds hold what they say, and the page shows its record."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import calibrate
import numpy as np
import pytest
import verdict_machine as machine
import verdict_study as study
import verdict_world as world
from scipy.special import logit

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.causal.coefficient import coefficient_of
from regional_econ.causal.evidence import causal_evidence
from regional_econ.core.claim import Estimand
from regional_econ.core.results import Result
from regional_econ.core.section import Section
from regional_econ.core.study import load_study
from regional_econ.referee import characteristics
from regional_econ.referee.checks.estimate import finding_of
from regional_econ.referee.judge import judge_effect
from regional_econ.referee.monte_carlo import GOALS, share_of, side
from regional_econ.referee.rules import Rules
from regional_econ.report.document import document
from regional_econ.report.words import Words

FOUR = world.EFFECTS.index(4.0)


@pytest.fixture(scope="module")
def shared() -> world.Frame:
    return world.frame()


@pytest.fixture(scope="module")
def small(shared: world.Frame) -> world.Frame:
    """The two shorter eras, one lag; every scale, weight and effect."""
    eras = tuple(replace(era, lags=(1,)) for era in shared.declared.eras)
    return replace(shared, declared=replace(shared.declared, eras=eras))


@pytest.mark.parametrize(("number", "effect"), [(1, FOUR), (3, 0)])
def test_the_quick_machine_gives_the_numbers_of_the_referee(
    number: int, effect: int, small: world.Frame, rules: Rules, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (machine, study):
        monkeypatch.setattr(module, "frame", lambda: small)
    for cached in (machine.family, machine.fixed_inverse, machine.axes_of, machine.masks_of):
        cached.cache_clear()
    drawn = world.draw(number, small)
    one = replace(drawn, percent=drawn.percent[:1, effect : effect + 1])
    official = causal_evidence(
        world.as_panel(drawn, 0, effect, small), load_study(root / "analyses" / "study.toml"), small.declared
    )
    wanted, percent = official[drawn.driver], drawn.percent[0, effect]
    every = machine.estimates(drawn, percent[None], small.drivers, small)
    lagged = machine.distribution(every[drawn.driver][0], drawn.driver, drawn.change, small)
    alone = small.declared.alone
    own = machine.family(alone.era, alone.lag, alone.effects)
    blocks = own.alone(own.columns(drawn.terms), percent)
    columns = machine.columns_of(drawn.driver, small)
    single = machine.single(coefficient_of(blocks, columns), drawn.driver, drawn.change, small)
    always = replace(rules, causal=replace(rules.causal, supported_probability=0.0, robustness_ratio=0.0))
    found = machine.finding_of(drawn, percent, lagged, single, blocks, always, small)
    assert drawn.change == pytest.approx(wanted.change, rel=1e-12)
    assert vars(found.lagged) == pytest.approx(vars(wanted.lagged), abs=1e-9)
    assert vars(found.alone) == pytest.approx(vars(wanted.alone), abs=1e-9)
    assert found.sign_share == pytest.approx(wanted.sign_share, abs=1e-12)
    assert found.robustness_value == pytest.approx(wanted.robustness_value, abs=1e-9)
    assert found.strongest_bound == pytest.approx(wanted.strongest_bound, abs=1e-9)
    assert found.placebo_low == pytest.approx(wanted.placebo_low_pp, abs=1e-9)
    assert found.placebo_high == pytest.approx(wanted.placebo_high_pp, abs=1e-9)
    for name, rows in every.items():
        assert machine.distribution(rows[0], name, drawn.change, small).p_value() == pytest.approx(
            official[name].p_value, abs=1e-9
        )
    # A cut among the p-values, where a bound is not enough, and one that every q-value passes.
    for cut in (wanted.p_value * 1.0001, 1.0):
        own_rules = replace(rules, causal=replace(rules.causal, bh_q=cut))
        bound = machine.q_value(drawn, percent, lagged.p_value(), own_rules, small)
        assert (bound <= cut) == (wanted.q_value <= cut)
    sign = "+" if wanted.claimed_sign > 0 else "-"
    claim = Estimand(drawn.driver, wanted.outcome, "", "", "", "", sign)
    label = judge_effect(finding_of(wanted, claim, rules.causal), rules).label
    assert machine.labels(one, small, rules) == [[label]]
    for cached in (machine.family, machine.fixed_inverse, machine.axes_of, machine.masks_of):
        cached.cache_clear()


def test_drawn_panels_have_the_moments_of_the_official_one(shared: world.Frame) -> None:
    years = list(shared.years)
    breaks = tuple(change.year for change in shared.panel.variable(shared.declared.outcome).breaks)
    cuts = tuple(sorted({*breaks, *(year for term in shared.declared.terms.values() for year in term.cut)} - {2019}))
    size = np.log(shared.employed)
    for name, own in shared.terms.items():
        cut = shared.declared.terms[name].cut
        drawn = [world.draw(number, shared).terms[name] for number in range(8)]
        again = [world.moments_of(values, cut, cuts, years, size) for values in drawn]
        # The shared factor and the persistence of 8 panels leave about a tenth.
        assert float(np.mean([one.move for one in again])) == pytest.approx(own.move, rel=0.15), name
        assert float(np.mean([one.memory for one in again])) == pytest.approx(own.memory, abs=0.12), name
        if not cut:  # a break shifts levels too
            assert float(np.mean([one.level for one in again])) == pytest.approx(own.level, rel=0.15), name
    zero = world.EFFECTS.index(0.0)
    logits = [logit(world.draw(number, shared).percent[0, zero] / 100) for number in range(8)]
    official = shared.panel.matrix(shared.declared.outcome, years=years).to_numpy(dtype=float)
    wanted = world.moves_of(logit(np.where(shared.percent_known, official, np.nan) / 100), breaks, years)
    made = [float(np.nanstd(world.moves_of(one, breaks, years))) for one in logits]
    assert float(np.mean(made)) == pytest.approx(float(np.nanstd(wanted)), rel=0.15)


def test_the_planted_effect_is_in_percentage_points_of_the_focal_region(shared: world.Frame) -> None:
    drawn = world.draw(3, shared)  # wear, whose claim is negative
    assert shared.declared.drivers[drawn.driver].claimed_sign == -1
    for times in (-2.0, 1.0, 4.0):
        moved = logit(shared.level_pct / 100) + world.slope(times, drawn.driver, drawn.change, shared) * drawn.change
        pp = 100 / (1 + np.exp(-moved)) - shared.level_pct
        assert pp == pytest.approx(-times * shared.declared.rule.smallest_effect_pp)
    focal = shared.panel.region_ids.index(world.FOCAL)
    newest = drawn.percent[:, :, focal, np.flatnonzero(shared.percent_known[focal])[-1]]
    np.testing.assert_allclose(newest, shared.level_pct)


def test_worlds_differ_by_the_loadings_of_the_outcome_alone(shared: world.Frame) -> None:
    drawn = world.draw(0, shared)
    apart, together = logit(drawn.percent / 100)
    difference = together - apart  # the same under every effect
    np.testing.assert_allclose(difference[0], difference[-1], atol=1e-9)
    assert float(np.nanstd(difference[0])) > 0.1


def test_placebo_panels_keep_what_they_should(shared: world.Frame) -> None:
    outcome = shared.declared.outcome
    before = shared.panel.frame[outcome].unstack("year")
    after = study.permuted(0, shared).frame[outcome].unstack("year")
    assert sorted(map(str, after.to_numpy().tolist())) == sorted(map(str, before.to_numpy().tolist()))
    np.testing.assert_array_equal(after.loc[world.FOCAL], before.loc[world.FOCAL])
    same = [np.array_equal(after.loc[one], before.loc[one], equal_nan=True) for one in before.index]
    assert sum(same) < 10
    ahead = study.lead("rd_grp_pct", shared).frame["rd_grp_pct"].unstack("year")
    np.testing.assert_array_equal(ahead[2010], shared.panel.frame["rd_grp_pct"].unstack("year")[2014])
    made = study.unrelated("birth_rate", shared)
    assert made.value(world.FOCAL, outcome, 2022) == pytest.approx(shared.level_pct)
    tables = [panel.frame[outcome].unstack("year") / 100 for panel in (made, shared.panel)]
    logits = [logit(table.where(table > 0).to_numpy()) for table in tables]
    moves = [world.moves_of(one, (), list(shared.years)) for one in logits]
    assert 0.5 < float(np.nanstd(moves[0]) / np.nanstd(moves[1])) < 2.0


@pytest.fixture(scope="module")
def recorded(shared: world.Frame) -> Result:
    """A record of a made-up study: without an effect one panel in four leans for; four effects are always supported."""
    codes = np.full((40, len(world.WORLDS), len(world.EFFECTS)), study.code_of("inconclusive"))
    codes[::4, :, world.EFFECTS.index(0.0)] = study.code_of("leans_for")
    codes[:, :, FOUR] = study.code_of("supported")
    drawn = [[number % 4, 0.8, *row.ravel().tolist()] for number, row in enumerate(codes)]
    neutral = [study.code_of("inconclusive")] * len(shared.drivers)
    found = {
        "drawn-0": drawn, "official-0": [[*neutral, *[0.9] * len(neutral)]],
        "leads-rd_grp_pct": [[0]], "unrelated-birth_rate": [neutral],
        "permuted-0": [neutral, neutral],
        "whole-0": [[0.01, 0.02]],
    }  # fmt: skip
    return Result("calibrate.verdicts", study.summary(found), {"code": "c"})


def test_goals_are_judged_by_their_monte_carlo_errors(recorded: Result) -> None:
    values = recorded.values
    assert values["apart.four.supported_pct"].value == 100.0
    assert values["apart.zero.leans_for_pct"].value == 25.0
    assert values["goal.leans_for_at_zero.state"].value == "borderline"  # 25 ± 7 beside 10
    assert values["goal.supported_at_zero.state"].value == "borderline"  # none of 40, which says little about 1 %
    assert values["goal.supported_at_smallest.state"].value == "below"  # 0 ± 2.4 beside 10
    assert side(*share_of(0, 5000), 0.01, 3) == "below"
    assert side(*share_of(1250, 5000), 0.10, 3) == "above"


@pytest.mark.parametrize(("most", "panels", "state"), [(640, 320, "below"), (160, 160, "borderline")])
def test_panels_double_while_a_share_is_borderline_and_finished_batches_are_kept(
    most: int, panels: int, state: str, rules: Rules, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    inconclusive = study.code_of("inconclusive")

    def run(todo: dict[str, study.Batch], jobs: int, label: str) -> dict[str, study.Rows]:
        asked.extend(todo)
        if asked == list(study.batches(80))[:24]:
            raise KeyboardInterrupt
        cells = len(world.WORLDS) * len(world.EFFECTS)
        drawn = [[number % 4, 0.8 + number / 1000, *[inconclusive] * cells] for number in range(study.PER_BATCH)]
        official = [[inconclusive] * 4, [inconclusive] * 4]
        made = {
            "drawn": drawn,
            "permuted": official,
            "official": [[*official[0], 0.9, 0.9, 0.9, 0.9]],
            "whole": [[0.1]],
        }
        return {key: made.get(one.kind, official[:1]) for key, one in todo.items()}

    small = replace(rules, causal=replace(rules.causal, panels=80, most_panels=most))
    for module in (calibrate, study):
        monkeypatch.setattr(module, "load_rules", lambda: small)
    monkeypatch.setattr(calibrate, "ROOT", tmp_path)
    monkeypatch.setattr(study, "run", run)
    (tmp_path / "analyses").mkdir()
    for name in ("multiverse.yml", "study.toml"):
        (tmp_path / "analyses" / name).write_text("same", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        calibrate.verdicts(2)  # jobs: 8 batches at a time
    finished = set(asked[:16])
    asked.clear()
    values = calibrate.verdicts(2)
    assert not finished & set(asked)
    assert finished | set(asked) == set(study.batches(panels))
    # None of 320 panels is three errors from one in a hundred, none of 160 is not.
    assert values["panels"].value == panels
    assert values["goal.supported_at_zero.state"].value == state
    asked.clear()
    assert calibrate.verdicts(2) == values
    assert not asked


def test_the_page_counts_what_is_met_and_what_is_out_of_reach(recorded: Result) -> None:
    found = characteristics.result(recorded)
    assert found is not None
    values = found.values
    assert (values["n_met"].value, values["n_goals"].value) == (2, len(GOALS))
    assert (values["negligible.drivers"].value, values["n_drivers"].value) == (0, 4)
    assert values["found_pct"].value == 100.0
    assert values["largest_error_pct"].value == max(
        recorded.values[f"apart.{effect}.{label}_pct"].mc_error
        for effect in characteristics.EFFECT_IDS
        for label in characteristics.LABELS
    )


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders(lang: Lang, there: bool, recorded: Result, shared: world.Frame) -> None:
    found = characteristics.result(recorded if there else None)
    names = ("referee.yml", "referee_characteristics.yml", "report.yml", "charts.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in names])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{found.id}.{key}": value for key, value in found.values.items()} if found else {}
    labels = {driver: Text("фактор", "driver") for driver in shared.drivers}
    words = Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, labels, {})
    rendered = document([Section("referee", "referee.title", characteristics.blocks(found))], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == ["referee"]
    for key in catalogue.texts:
        if key.startswith("referee.characteristics.") and (there or key.endswith("absent")):
            shown = words.text(key)
            assert "{" not in shown
            assert bool(re.search("[А-я]", shown)) == (lang == "ru") or "δ" in shown, key
    assert "make calibrate PART=verdicts" in words.text("referee.characteristics.absent")


def test_goals_of_the_rules_are_those_that_are_judged(rules: Rules) -> None:
    assert set(rules.causal.goals) == set(GOALS)
    assert {goal.effect for goal in GOALS.values()} <= set(world.EFFECTS)
    assert len(characteristics.EFFECT_IDS) == len(world.EFFECTS)
    assert characteristics.WORLDS == world.WORLDS
