"""Drawn panels are as said, the study answers as `panel.fit` does, and a stopped study goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import calibrate
import dynamic_study as study
import numpy as np
import pandas as pd
import pytest
from dynamic_study import Cell

from regional_econ._base.errors import EstimationError
from regional_econ._base.files import read_json
from regional_econ.core.results import Result
from regional_econ.panel.fit import fit

PANELS = 60
Rows = dict[str, list[study.Row]]


def many(cell: Cell) -> list[tuple[study.Floats, study.Floats]]:
    return [study.drawn(cell, number) for number in range(PANELS)]


def as_frame(y: study.Floats, x: study.Floats) -> pd.DataFrame:
    """A panel as `panel.fit` takes it."""
    return pd.DataFrame({"y": y.ravel(), "x": x.ravel()}, index=study.index(y.shape[1], 0))


def without_effects(values: study.Floats) -> study.Floats:
    return np.asarray(values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean())


@pytest.mark.parametrize("world", study.WORLDS)
def test_errors_and_moves_have_their_size_and_memory_in_both_worlds(world: study.World) -> None:
    """The share of a factor takes as much from what is each region's own."""
    cell = Cell(world, 24, 0.5)
    errors, moves, memory = [], [], []
    for y, x in many(cell):
        pushed = y[:, 1:] - cell.rho * y[:, :-1] - (1 - cell.rho) * study.WHOLE_EFFECT * x[:, 1:]
        errors.append(np.var(without_effects(pushed)) / (1 - 1 / 23) / (1 - 1 / 85))
        between = x - x.mean(axis=0)
        moves.append(np.mean((between[:, 1:] - between[:, :-1]) ** 2) / (1 - 1 / 85))
        memory.append(np.mean(between[:, 4:] * between[:, :-4]) - np.mean(between**2))
    own = 0.8 if world == "factor" else 1.0
    factor = 1 - own
    # One path of a factor a panel: its squares differ by themselves.
    assert np.mean(errors) == pytest.approx(study.ERROR**2, rel=0.06)
    steps = own * 2 * (1 - study.MEMORY) + factor * 2 * (1 - study.FACTOR_MEMORY)
    assert np.mean(moves) == pytest.approx(study.MOVE**2 * steps, rel=0.05)
    later = own * (study.MEMORY**4 - 1) + factor * (study.FACTOR_MEMORY**4 - 1)
    assert np.mean(memory) == pytest.approx(study.MOVE**2 * later, rel=0.15)


def test_means_of_regions_are_as_measured() -> None:
    panels = many(Cell("plain", 11, 0.5))
    spread = np.mean([y.mean(axis=1).std() for y, _ in panels])
    link = np.mean([np.corrcoef(y.mean(axis=1), x.mean(axis=1))[0, 1] for y, x in panels])
    assert spread == pytest.approx(0.46, abs=0.04)
    assert link == pytest.approx(0.28, abs=0.06)


@pytest.mark.parametrize(("world", "outcome", "driver"), [("plain", 0.28, 0.44), ("factor", 0.41, 0.46)])
def test_the_first_component_holds_what_the_module_says(world: study.World, outcome: float, driver: float) -> None:
    found = []
    for pair in many(Cell(world, 11, 0.5)):
        squares = [np.linalg.svd(without_effects(one), compute_uv=False) ** 2 for one in pair]
        found.append([one[0] / one.sum() for one in squares])
    np.testing.assert_allclose(np.mean(found, axis=0), (outcome, driver), atol=0.03)


def test_a_short_panel_is_the_end_of_the_long_one_and_worlds_share_their_draws() -> None:
    long, short = (study.drawn(Cell("plain", years, 0.7), 3) for years in (24, 4))
    np.testing.assert_array_equal(long[0][:, -4:], short[0])
    np.testing.assert_array_equal(long[1], study.drawn(Cell("plain", 24, 0.3), 3)[1])
    other = study.drawn(Cell("factor", 24, 0.7), 3)
    np.testing.assert_allclose(other[1].mean(axis=1), long[1].mean(axis=1), atol=1.5)
    assert np.corrcoef(other[1].ravel(), long[1].ravel())[0, 1] > 0.9
    assert not np.allclose(other[0], long[0])


@pytest.mark.parametrize("rho", study.PERSISTENCES)
def test_what_is_left_of_the_start_is_little(rho: float) -> None:
    """The variance within years is that of the last years in the first ones."""
    panels = many(Cell("plain", 24, rho))
    first, last = (np.mean([np.var(y[:, year]) for y, _ in panels]) for year in (0, -1))
    assert first == pytest.approx(last, rel=0.05)


def test_without_noise_the_equation_is_found_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "ERROR", 0.0)
    y, x = study.drawn(Cell("plain", 11, 0.5), 1)
    for name in ("within", "hpj", "gmm_diff"):
        row = study.judged_row(name, y, x, 1)
        np.testing.assert_allclose(np.array(row[:2], dtype=float), (0.5, 0.1), atol=1e-8)


@pytest.mark.parametrize("years", study.LENGTHS)
@pytest.mark.parametrize("name", study.TEXTS)
def test_a_cell_answers_as_fit_does(name: str, years: int) -> None:
    y, x = study.drawn(Cell("factor", years, 0.5), 3)
    row = study.judged_row(name, y, x, 3)
    formula = "y ~ x" if name == "static" else "y ~ lag(y, 1) + x"
    frame, inference = as_frame(y, x), "bootstrap:50" if name == "lsdvc" else None
    options = {"estimator": study.TEXTS[name], "inference": inference, "effects": study.EFFECTS.get(name)}
    if not row:
        with pytest.raises(EstimationError):
            fit(formula, frame, **options)  # type: ignore[arg-type]
        return
    found = fit(formula, frame, **options)  # type: ignore[arg-type]
    terms = ["x"] if name == "static" else [study.LAG, "x"]
    ours = np.array(row, dtype=float)
    np.testing.assert_allclose(ours[2 - len(terms) : 2], found.params[terms], rtol=1e-9)
    if name != "lsdvc":
        variances = np.diag(found.covariance.loc[terms, terms])
        np.testing.assert_allclose(ours[4 - len(terms) : 4], variances, rtol=1e-8)
        df = float(np.min(np.asarray(found.df, dtype=float)))
        assert (np.inf if np.isnan(ours[5]) else ours[5]) == df
    if name not in ("static", "lsdvc"):
        assert ours[4] == pytest.approx(found.covariance.loc[study.LAG, "x"], rel=1e-8)


def test_four_years_are_refused_by_all_that_correct_and_cut() -> None:
    y, x = study.drawn(Cell("plain", 4, 0.5), 0)
    answered = {name for name in study.TEXTS if study.judged_row(name, y, x, 0)}
    assert answered == {"static", "within", "interactive"}


def test_a_negative_variance_is_a_failure_and_no_silent_nan() -> None:
    """The one such panel of the study's first ones: 253 instruments and more in 85 regions."""
    y, x = study.drawn(Cell("plain", 24, 0.9), 68)
    with pytest.raises(EstimationError, match=r"gives lag\(y, 1\) a negative variance: .* in 85 regions"):
        fit("y ~ lag(y, 1) + x", as_frame(y, x), estimator="gmm-diff")
    assert study.judged_row("gmm_diff_all", y, x, 68) == []
    assert study.judged_row("gmm_diff", y, x, 68)


def test_one_draw_a_panel_gives_the_error_that_fifty_a_panel_give() -> None:
    """Of lsdvc: the pooled spread beside the mean variance of eight bootstraps of fifty."""
    cell = Cell("plain", 11, 0.5)
    rows = np.array(
        [study.judged_row("lsdvc", *study.drawn(cell, number), number) for number in range(100)], dtype=float
    )
    pooled = (rows[:, 2:4] - rows[:, :2]).std(axis=0, ddof=1)
    variances = []
    for number in range(8):
        frame = as_frame(*study.drawn(cell, number))
        found = fit("y ~ lag(y, 1) + x", frame, estimator="lsdvc", inference="bootstrap:50")
        variances.append(np.diag(found.covariance))
    # Errors of a spread of a hundred draws: 7 %; of eight times fifty: 4 %, and panels differ.
    np.testing.assert_allclose(pooled, np.sqrt(np.mean(variances, axis=0)), rtol=0.2)


def test_judged_counts_by_hand() -> None:
    found = study.judged(np.array([0.3, 0.1, 0.4, 0.2]), np.array([0.1, 0.1, 0.05, 0.1]), np.full(4, np.inf), 0.2)
    misses = np.array([0.1, -0.1, 0.2, 0.0])
    assert found.bias == pytest.approx((0.05, misses.std(ddof=1) / 2))
    assert found.sd[0] == pytest.approx(misses.std(ddof=1))
    assert found.rmse[0] == pytest.approx(np.sqrt(0.06 / 4))
    assert found.coverage == pytest.approx((0.75, np.sqrt(0.75 * 0.25 / 4)))
    assert found.power == pytest.approx((0.75, np.sqrt(0.75 * 0.25 / 4)))
    assert found.se_ratio == pytest.approx(np.sqrt(0.0325 / 4) / misses.std(ddof=1))
    ratio = study.judged(np.array([0.2, 0.3, 50.0]), np.ones(3), np.full(3, np.inf), 0.2, ratio=True)
    assert ratio.bias[0] == pytest.approx(0.1), "one wild ratio moves no median"


def test_the_rule_is_that_of_the_module() -> None:
    rows = np.random.default_rng(1).normal(1.0, 0.1, 4000)
    sound = study.judged(rows, np.full(4000, 0.1), np.full(4000, np.inf), 1.0)
    assert sound.usable(1.0, 0.05)
    assert not sound.usable(1.0, 0.06)
    assert not replace(sound, bias=(0.11, 0.0)).usable(1.0, 0.0), "over a tenth of the truth and a quarter of the sd"
    assert replace(sound, bias=(0.11, 0.0), sd=(0.5, 0.0)).usable(1.0, 0.0), "under a quarter of the sd"
    for coverage in (0.89, 0.985):
        assert not replace(sound, coverage=(coverage, 0.0)).usable(1.0, 0.0)


def test_the_whole_effect_and_its_error_by_the_delta_method() -> None:
    rng = np.random.default_rng(2)
    V = np.array([[4e-4, -2e-4], [-2e-4, 1e-3]])
    drawn = rng.multivariate_normal((0.5, 0.1), V, size=4000)
    rows = np.column_stack([drawn, np.broadcast_to([V[0, 0], V[1, 1], V[0, 1], np.nan], (4000, 4))])
    one, truth = study.judge("gmm_diff", 0.5, rows)["whole"]
    assert truth == 0.2
    assert one.bias[0] == pytest.approx(0.0, abs=0.005)
    assert one.se_ratio == pytest.approx(1.0, abs=0.05)
    assert one.coverage[0] == pytest.approx(0.95, abs=0.015)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "PANELS", dict.fromkeys(study.PANELS, (4, 2)))


def rows_of(batch: study.Batch) -> Rows:
    """Two panels a batch: one estimator is refused in one of them, another in both."""
    names = [name for name in study.TEXTS if study.KINDS.get(name, "quick") == batch.kind]
    rho, beta = batch.cell.rho, (1 - batch.cell.rho) * study.WHOLE_EFFECT
    pair: list[study.Row] = [[rho + 0.04, beta + 0.01, 0.01, 0.01, 0, None], [rho, beta - 0.01, 0.01, 0.01, 0, 9]]
    own: Rows = dict.fromkeys(names, pair)
    if batch.kind == "quick":
        static: list[study.Row] = [[None, value, None, 0.01, None, 9] for value in (0.21, 0.19)]
        own |= {"static": static, "cce": [[], pair[1]], "hpj": [[], []]}
    if batch.kind == "lsdvc":
        own["lsdvc"] = [[*row[:2], rho + 0.1 * place, beta + 0.1 * place, None, None] for place, row in enumerate(pair)]
    return own


@pytest.mark.usefixtures("tiny")
def test_summary_of_small_batches_counts_the_refused() -> None:
    batches = study.batches()
    values = study.summary({key: rows_of(batch) for key, batch in batches.items()})
    key = "factor.T16.r7"
    assert values["panels.quick"].value == 4
    assert values[f"{key}.within.rho.bias_pct"].value == pytest.approx(100 * 0.02 / 0.7, abs=1e-4)
    assert values[f"{key}.within.refused_pct"].value == 0
    assert values[f"{key}.static.whole.bias_pct"].value == pytest.approx(0, abs=1e-4)
    assert f"{key}.static.rho.bias_pct" not in values
    assert values[f"{key}.cce.refused_pct"].value == 50
    assert values[f"{key}.hpj.refused_pct"].value == 100
    assert not [one for one in values if one.startswith((f"{key}.hpj.", f"{key}.cce.")) and "refused" not in one]
    assert values[f"{key}.lsdvc.rho.coverage_pct"].value == 100


@pytest.mark.usefixtures("tiny")
def test_batches_take_turns_and_one_is_the_same_each_time() -> None:
    batches = study.batches()
    kinds = [batch.kind for batch in batches.values()]
    assert kinds == [kind for _ in range(2) for kind in study.PANELS for _ in study.CELLS]
    todo = {key: batches[key] for key in ("quick-plain.T11.r5-1", "slow-factor.T4.r9-0")}
    once, again = study.run(todo, 1, ""), study.run(dict(reversed(todo.items())), 1, "")
    assert once == again
    assert len(once["quick-plain.T11.r5-1"]["within"]) == 2
    y, x = study.drawn(Cell("plain", 11, 0.5), 2)
    assert once["quick-plain.T11.r5-1"]["within"][0] == study.judged_row("within", y, x, 2)


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
    with pytest.raises(KeyboardInterrupt):
        calibrate.dynamic(2)  # jobs: 16 batches at a time
    asked.append("went on")
    values = calibrate.dynamic(2)
    assert [key for key in asked if key != "went on"] == list(study.batches())
    asked.clear()
    assert calibrate.dynamic(2) == values
    assert not asked


@pytest.mark.calibrate
def test_other_panels_say_what_the_record_says(root: Path) -> None:
    """A hundred panels that the study has not seen, within four Monte Carlo errors of both."""
    record = Result.from_dict(read_json(root / "reports" / "record" / "calibrate.dynamic.json")).values
    for cell in (Cell("plain", 11, 0.5), Cell("factor", 16, 0.7)):
        panels = [study.drawn(cell, number) for number in range(10_000, 10_100)]
        for name in ("within", "hpj", "gmm_diff", "cce"):
            rows = np.array([study.judged_row(name, y, x, 0) for y, x in panels], dtype=float)
            for quantity, (one, truth) in study.judge(name, cell.rho, rows).items():
                key = f"{cell.key}.{name}.{quantity}"
                measured = {
                    "bias_pct": (100 * one.bias[0] / truth, 100 * one.bias[1] / truth),
                    "coverage_pct": (100 * one.coverage[0], 100 * max(one.coverage[1], 0.02)),
                }
                for measure, found in measured.items():
                    error = np.hypot(found[1], record[f"{key}.{measure}"].mc_error or 0.0)
                    assert found[0] == pytest.approx(record[f"{key}.{measure}"].value, abs=4 * error), (key, measure)
