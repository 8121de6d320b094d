"""Planted panels hold what they say, designs find what theory says they find, and a stopped study goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import calibrate
import numpy as np
import planted_study as study
import pytest
from planted_world import (
    DRIVER,
    LEVEL,
    MOMENTS,
    RELIABILITY,
    SHARE,
    WORLDS,
    Drawn,
    Moments,
    Setting,
    World,
    as_panel,
    draw,
    layers,
    setting,
)

from regional_econ._base.seeds import rng_for
from regional_econ.causal.cells import alone_cell
from regional_econ.causal.placebo import lead_sample
from regional_econ.causal.sample import Sample, sift

QUIET = replace(MOMENTS, error=0.0)
SAME = replace(QUIET, outcome_level=0.0, method=0.0)
FREE = replace(MOMENTS, links={}, error_spread=0.0, error_by_size=0.0)
PANELS = 60
Rows = dict[str, list[list[float]]]


@pytest.fixture(scope="module")
def frame() -> Setting:
    return setting()


@pytest.fixture(scope="module")
def many(frame: Setting) -> Setting:
    """So many organisations that half-counts and the precision of shares play no role."""
    return replace(frame, employed=np.full_like(frame.employed, 1e12))


def alone(drawn: Drawn, frame: Setting) -> Sample:
    return sift(
        layers("alone", drawn, frame), frame.declared, scale="logit", weights="precision", effects="region+year"
    )


@pytest.mark.parametrize(
    ("world", "moments", "designs"),
    [
        ("clean", QUIET, ("alone", "district_year", "trends", "iv", "within_newest")),
        ("clean", QUIET, ("first_difference", "dynamic")),
        # Averages over regions or years of an unbalanced panel hold the year's shock only up to what is missing.
        ("clean", replace(QUIET, year=0.0), ("cce", "long_difference")),
        ("clean", SAME, ("between", "pooled_ols")),
        ("persistence", QUIET, ("dynamic",)),
    ],
)
def test_without_noise_the_right_designs_find_the_effect_exactly(
    world: str, moments: Moments, designs: tuple[str, ...], many: Setting
) -> None:
    found = study.quick(draw(WORLDS[world], many, rng_for(1, "exact"), moments), many, 1)
    for design in designs:
        # Half-counts of 1e11 organisations leave an error of about 1e-10.
        assert found[design][0] == pytest.approx(moments.effect, abs=1e-7), design
    assert abs(found["lag0"][0] - moments.effect) > 0.02


def test_without_noise_the_sum_of_slow_effects_escapes_static_designs(many: Setting) -> None:
    found = study.quick(draw(WORLDS["persistence"], many, rng_for(1, "exact"), QUIET), many, 1)
    assert found["alone"][0] < 0.8 * QUIET.effect
    assert found["first_difference"][0] < 0.8 * QUIET.effect


def pooled_bias(world: World, moments: Moments, frame: Setting) -> tuple[float, float]:
    """Mean bias of pooled least squares with year effects on the driver alone, and its Monte Carlo error."""
    biases = []
    for number in range(PANELS):
        drawn = draw(world, frame, rng_for(7, number), moments)
        biases.append(study.pooled_interval(alone(drawn, frame), [0])[0] - moments.effect)
    return float(np.mean(biases)), float(np.std(biases, ddof=1) / np.sqrt(PANELS))


def test_levels_bias_pooled_least_squares_by_their_share_of_the_drivers_variance(many: Setting) -> None:
    bias, error = pooled_bias(WORLDS["level"], FREE, many)
    between = FREE.driver_level**2
    assert bias == pytest.approx(LEVEL * between / (between + FREE.driver_move**2), abs=3 * error)
    assert bias > 10 * error


def test_a_common_factor_biases_pooled_least_squares_by_its_covariance(many: Setting) -> None:
    """Cov(x of last year, u) over Var(x): the factor's memory of a year times the shares."""
    moments = replace(FREE, driver_level=0.0, outcome_level=0.0, method=0.0, error_memory=0.0)
    bias, error = pooled_bias(WORLDS["factor"], moments, many)
    known = moments.driver_memory * SHARE * moments.error / moments.driver_move
    assert bias == pytest.approx(known, abs=3 * error)
    assert bias > 5 * error
    clean, clean_error = pooled_bias(WORLDS["clean"], moments, many)
    assert clean == pytest.approx(0.0, abs=3 * clean_error)


def test_worlds_differ_by_their_threat_alone(frame: Setting) -> None:
    drawn = {name: draw(world, frame, rng_for(3, "one")) for name, world in WORLDS.items()}
    clean = drawn["clean"]
    noise = drawn["measurement"].terms[DRIVER] - clean.terms[DRIVER]
    # 85 × 24 independent draws: a relative error of a standard deviation of .016.
    wanted = MOMENTS.driver_move * np.sqrt(1 / RELIABILITY - 1)
    assert float(np.nanstd(noise)) == pytest.approx(wanted, rel=0.06)
    np.testing.assert_array_equal(drawn["measurement"].percent, clean.percent)
    for name in ("level", "persistence"):
        np.testing.assert_array_equal(drawn[name].terms[DRIVER], clean.terms[DRIVER])
        assert not np.allclose(drawn[name].percent, clean.percent, equal_nan=True)
    for name in ("factor", "trend", "reverse"):
        assert not np.allclose(drawn[name].terms[DRIVER], clean.terms[DRIVER], equal_nan=True)


@pytest.mark.parametrize("world", ["clean", "factor", "trend", "reverse"])
def test_moves_of_the_driver_have_the_declared_variance_in_every_world(world: str, frame: Setting) -> None:
    moments = replace(MOMENTS, driver_level=0.0)
    squares = []
    for number in range(40):
        moves = draw(WORLDS[world], frame, rng_for(5, number), moments).terms[DRIVER][:, -18:]
        moves = moves - np.nanmean(moves, axis=0)
        squares.append(np.nanmean(moves**2))
    # A tenth of the variance is one path of a price or factor a panel, whose squares differ by their own size.
    assert np.mean(squares) == pytest.approx(MOMENTS.driver_move**2, rel=0.08)


def test_reverse_causality_follows_last_years_error(frame: Setting) -> None:
    moments = replace(MOMENTS, driver_level=0.0, effect=0.0)
    clean, moved = (draw(WORLDS[name], frame, rng_for(2, "one"), moments) for name in ("clean", "reverse"))
    percent = clean.percent[:, -5:-1]
    logit = np.log(percent / (100 - percent))
    error = logit - np.nanmean(logit, axis=0)
    change = (moved.terms[DRIVER] - clean.terms[DRIVER])[:, -4:]
    both = np.isfinite(error) & np.isfinite(change)
    assert np.corrcoef(error[both], change[both])[0, 1] > 0.3


def test_a_drawn_panel_is_read_as_the_package_reads_its_own(frame: Setting) -> None:
    drawn = draw(WORLDS["all"], frame, rng_for(4, "one"))
    panel = as_panel(drawn, frame)
    theirs, ours = alone_cell(panel, frame.declared).sample, alone(drawn, frame)
    assert theirs.columns == ours.columns
    np.testing.assert_allclose(theirs.X, ours.X, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(theirs.y, ours.y, rtol=1e-12)
    np.testing.assert_allclose(theirs.weights, ours.weights, rtol=1e-9)
    np.testing.assert_array_equal(theirs.unit, ours.unit)
    leads = sift(
        layers("lead", drawn, frame), frame.declared, scale="logit", weights="precision", effects="region+year"
    )
    np.testing.assert_allclose(lead_sample(panel, frame.declared, DRIVER).X, leads.X, rtol=1e-9, atol=1e-12)


def test_slow_designs_see_the_same_panel(frame: Setting) -> None:
    drawn = draw(WORLDS["clean"], frame, rng_for(4, "one"))
    middle, low, high = study.multiverse(drawn, frame, 0)["multiverse"]
    assert low < middle < high
    estimate, below, above = study.learned(drawn, frame, 0)["double_ml"]
    linear = study.quick(drawn, frame, 0)["alone"]
    assert below < estimate < above
    # Covariates do not move the outcome, so what is learned from them changes little beside the error.
    assert abs(estimate - linear[0]) < (linear[2] - linear[1]) / 2


def test_judged_counts_by_hand() -> None:
    rows = np.array([[0.3, 0.1, 0.5], [0.1, -0.1, 0.3], [0.4, 0.25, 0.55], [0.2, 0.0, 0.4]])
    found = study.judged(rows, 0.2)
    misses = np.array([0.1, -0.1, 0.2, 0.0])
    assert found.n == 4
    assert found.bias == pytest.approx((0.05, misses.std(ddof=1) / 2))
    assert found.rmse[0] == pytest.approx(np.sqrt(0.06 / 4))
    assert found.rmse[1] == pytest.approx((misses**2).std(ddof=1) / 2 / (2 * found.rmse[0]))
    assert found.coverage == pytest.approx((0.75, np.sqrt(0.75 * 0.25 / 4)))
    assert found.rejection == pytest.approx((0.5, 0.25))


def rows_of(batch: study.Batch) -> Rows:
    """Two panels a batch: the effect missed by .02 and .06, a wide interval and one that leaves it out."""
    names = [name for name, kind in study.DESIGNS.items() if kind == batch.kind]
    rows: Rows = {name: [[0.22, 0.1, 0.3], [0.26, 0.24, 0.3]] for name in names}
    if batch.kind == "quick":
        rows |= {"placebo": [[1.0, 0.0], [0.0, 0.0]], "iv_f": [[30.0], [50.0]]}
    return rows


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "PANELS", dict.fromkeys(study.PANELS, (4, 2)))


@pytest.mark.usefixtures("tiny")
def test_summary_of_small_batches() -> None:
    values = study.summary({key: rows_of(batch) for key, batch in study.batches().items()})
    assert values["panels.quick"].value == 4
    for world in WORLDS:
        for design in study.DESIGNS:
            key = f"{world}.{design}"
            assert values[f"{key}.bias"].value == pytest.approx(0.04)
            assert values[f"{key}.bias_pct"].value == pytest.approx(20.0)
            assert values[f"{key}.coverage_pct"].value == pytest.approx(50.0)
            assert values[f"{key}.coverage_pct"].mc_error == pytest.approx(25.0)
            assert values[f"{key}.rejection_pct"].value == pytest.approx(100.0)
        assert values[f"{world}.placebo.warns_pct"].value == pytest.approx(50.0)
        assert values[f"{world}.placebo.inside_pct"].value == 0.0
        assert values[f"{world}.iv_f"].value == pytest.approx(40.0)


@pytest.mark.usefixtures("tiny")
def test_a_partial_study_counts_what_it_has() -> None:
    first = {key: rows_of(batch) for key, batch in study.batches().items() if batch.number == 0}
    values = study.summary(first)
    assert {values[f"panels.{kind}"].value for kind in study.PANELS} == {2}
    assert values["all.iv.coverage_pct"].mc_error == pytest.approx(100 * np.sqrt(0.25 / 2))


@pytest.mark.usefixtures("tiny")
def test_batches_take_turns() -> None:
    kinds = [batch.kind for batch in study.batches().values()]
    assert kinds == [kind for _ in range(2) for kind in study.PANELS for _ in WORLDS]


@pytest.mark.usefixtures("tiny")
def test_a_stopped_study_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def run(todo: dict[str, study.Batch], jobs: int, label: str) -> dict[str, Rows]:
        if len(asked) == 16:
            raise KeyboardInterrupt
        asked.extend(todo)
        return {key: rows_of(batch) for key, batch in todo.items()}

    monkeypatch.setattr(calibrate, "ROOT", tmp_path)
    monkeypatch.setattr(study, "run", run)
    for name in ("analyses/multiverse.yml", "data/rules.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("same", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        calibrate.planted(2)  # jobs: 16 batches at a time
    assert len(asked) == 16
    asked.append("went on")
    values = calibrate.planted(2)
    batches = list(study.batches())
    assert [key for key in asked if key != "went on"] == batches
    assert values["clean.alone.bias"].value == pytest.approx(0.04)
    asked.clear()
    assert calibrate.planted(2) == values
    assert not asked
    (tmp_path / "data" / "rules.yml").write_text("other", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        calibrate.planted(2)
    assert asked == batches[:16]
