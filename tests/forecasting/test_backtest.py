"""Can a backtest be interrupted and gone on with, does it see nothing dated later, and does it score all alike?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from regional_econ._base.errors import Interrupted
from regional_econ._base.options import QUANTILES_21
from regional_econ.bayes.growth_model import GrowthPrior
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.forecasting import backtest as rolling
from regional_econ.forecasting.backtest import BATCHES, COMBINATION, MODEL, Backtest, backtest, score_draws
from regional_econ.forecasting.choice import load_choice
from regional_econ.forecasting.history import even_levels
from regional_econ.forecasting.indicators import INDICATORS
from regional_econ.forecasting.scores import log_score_sample

SHARE, GRP = "innovation_activity_pct", "grp_real_index"
Asked = list[tuple[str, int]]
CASES = [(SHARE, 2012), (SHARE, 2019), (GRP, 2012), (GRP, 2019)]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """No case may be fitted anew."""

    def stop(*_: object, **__: object) -> None:
        raise Interrupted("stopped")

    monkeypatch.setattr(rolling, "fit_indicator", stop)


def test_all_forecasters_are_scored_on_the_same_cells(tested: Backtest) -> None:
    scores = tested.scores
    assert tested.origins == (2012, 2019)
    counts = scores.groupby(["origin", "variable", "model"]).size().unstack("model")
    assert (counts.nunique(axis=1) == 1).all()
    assert {MODEL, COMBINATION, "naive", "drift"} < set(counts.columns)
    assert scores["target_year"].tolist() == (scores["origin"] + scores["horizon"]).tolist()
    cells = scores.groupby("model")[["origin", "variable", "region", "horizon"]].apply(
        lambda x: set(map(tuple, x.values))
    )
    assert all(own == cells[MODEL] for own in cells)
    last = scores.groupby(["variable", "origin"])["target_year"].max().to_dict()
    assert last == {(SHARE, 2012): 2017, (SHARE, 2019): 2022, (GRP, 2012): 2017, (GRP, 2019): 2023}
    assert not scores.duplicated(["origin", "variable", "region", "horizon", "model"]).any()
    assert (scores["crps"] > 0).all()


def test_the_models_quantiles_ascend_and_hold_its_intervals(tested: Backtest) -> None:
    own = tested.scores[tested.scores["model"] == MODEL]
    table = own[[f"q{level:g}" for level in QUANTILES_21]].to_numpy()
    assert np.isfinite(table).all()
    assert (np.diff(table, axis=1) >= 0).all()
    for level, low, high in ((80, "q0.1", "q0.9"), (95, "q0.025", "q0.975")):
        held = (own[low] <= own["observed"]) & (own["observed"] <= own[high])
        assert held.to_numpy().tolist() == (own[f"covered{level}"] == 1).to_numpy().tolist()
    others = tested.scores[tested.scores["model"] != MODEL]
    assert others[[f"q{level:g}" for level in QUANTILES_21]].isna().all(axis=None)


def test_a_case_carries_its_batches_joint_scores_and_gates(tested: Backtest) -> None:
    gates = tested.gates.sort_values(["variable", "origin"])
    assert sorted(zip(gates["variable"], gates["origin"], strict=True)) == sorted(CASES)
    assert (gates["attempts"] == 1).all()
    sizes = tested.batches.groupby(["variable", "origin"])["batch"].apply(list)
    assert all(batches == list(range(BATCHES)) for batches in sizes)
    own = tested.scores[tested.scores["model"] == MODEL].groupby(["variable", "origin"])["crps"].mean()
    eighths = tested.batches.groupby(["variable", "origin"])["crps"].mean()
    # an eighth of the draws estimates the same score, a little worse
    np.testing.assert_allclose(eighths.sort_index(), own.sort_index(), rtol=0.02)
    joint = tested.joint
    assert (joint["energy"] > 0).all()
    assert len(joint) == len(tested.scores.drop_duplicates(["variable", "origin", "horizon"]))
    # the draws move together by their loadings, so shuffling each region's by themselves changes the score
    assert (joint["energy"] != joint["energy_independent"]).all()


def test_finished_cases_are_read_and_not_made_again(
    tested: Backtest, panel: Panel, national: pd.DataFrame, scored: Study, store: Path, refuse: None
) -> None:
    again = backtest(panel, national, scored, profile="quick", folder=store, jobs=2)
    for name in ("scores", "joint", "batches", "gates"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(tested, name))


@pytest.mark.parametrize("changed", ["seed", "draws", "figure", "outcome", "prior"])
def test_a_case_is_made_anew_when_what_it_depends_on_changes(
    tested: Backtest, panel: Panel, national: pd.DataFrame, scored: Study, store: Path, refuse: None, changed: str
) -> None:
    frame, study, choice = panel.to_frame(), scored, load_choice()
    if changed == "seed":
        study = replace(study, seed=study.seed + 1)
    elif changed == "draws":
        study = replace(study, quick=replace(study.quick, backtest_draws=study.quick.backtest_draws + 1))
    elif changed == "prior":
        choice = replace(choice, prior=GrowthPrior(0.7, 0.5, 0.3))
    else:
        frame.loc[("RU-KEM", 2011 if changed == "figure" else 2014), SHARE] += 1.0
    with pytest.raises(Interrupted):
        backtest(replace(panel, frame=frame), national, study, profile="quick", folder=store, choice=choice)


def test_an_interrupted_run_keeps_what_it_finished(
    tested: Backtest, panel: Panel, national: pd.DataFrame, scored: Study, tmp_path: Path, made_up: Asked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fit = rolling.fit_indicator

    def stopped(*given: object, **options: object) -> object:
        if len(made_up) == 2:
            raise Interrupted("stopped")
        return fit(*given, **options)

    with monkeypatch.context() as patch:
        patch.setattr(rolling, "fit_indicator", stopped)
        with pytest.raises(Interrupted):
            backtest(panel, national, scored, profile="quick", folder=tmp_path)
    assert made_up == CASES[:2]
    again = backtest(panel, national, scored, profile="quick", folder=tmp_path)
    assert made_up == CASES
    pd.testing.assert_frame_equal(again.scores, tested.scores)
    # half a case counts for nothing
    victim = next(path for path in sorted(tmp_path.iterdir()) if path.name.endswith("_gates.parquet"))
    victim.unlink()
    third = backtest(panel, national, scored, profile="quick", folder=tmp_path)
    assert len(made_up) == len(CASES) + 1
    pd.testing.assert_frame_equal(third.scores, tested.scores)


def planted(panel: Panel, first: int, last: int) -> Panel:
    """Give every indicator other figures in a span of years."""
    frame = panel.to_frame()
    when = frame.index.get_level_values("year")
    rows = (when >= first) & (when <= last)
    for one in INDICATORS:
        for name in filter(None, (one.source, one.older)):
            frame.loc[rows & frame[name].notna(), name] = 61.7 if one.scale == "logit" else 170.0
    return replace(panel, frame=frame)


def test_later_figures_change_no_score_of_an_earlier_origin(
    tested: Backtest, panel: Panel, national: pd.DataFrame, scored: Study, tmp_path: Path, made_up: Asked
) -> None:
    """From 2012 the last outcome is that of 2017: whatever stands after it, prices included, is nobody's concern."""
    dearer = national.assign(value=national["value"].where(national["year"] <= 2012, 3.0 * national["value"]))
    early = replace(scored, quick=replace(scored.quick, backtest_origins=(2012,)))
    honest = tested.scores[tested.scores["origin"] == 2012].reset_index(drop=True)
    after = backtest(planted(panel, 2018, 2023), dearer, early, profile="quick", folder=tmp_path)
    pd.testing.assert_frame_equal(after.scores, honest)
    # other outcomes change the scores, but not what was forecast
    outcome = backtest(planted(panel, 2013, 2017), dearer, early, profile="quick", folder=tmp_path)
    own, other = (one[one["model"] == MODEL].reset_index(drop=True) for one in (honest, outcome.scores))
    forecast = ["origin", "horizon", "variable", "region", *(f"q{level:g}" for level in QUANTILES_21)]
    pd.testing.assert_frame_equal(own[forecast], other[forecast])
    assert (own["observed"] != other["observed"]).all()
    assert (own["crps"] != other["crps"]).all()
    assert made_up == [(SHARE, 2012), (GRP, 2012)] * 2


def test_a_figure_at_the_origin_changes_its_forecasts(
    tested: Backtest, panel: Panel, national: pd.DataFrame, scored: Study, tmp_path: Path, made_up: Asked
) -> None:
    early = replace(scored, quick=replace(scored.quick, backtest_origins=(2012,)))
    other = backtest(planted(panel, 2012, 2012), national, early, profile="quick", folder=tmp_path).scores
    honest = tested.scores[(tested.scores["origin"] == 2012) & (tested.scores["model"] == MODEL)]
    merged = honest.merge(other[other["model"] == MODEL], on=["variable", "region", "horizon"])
    share = merged[merged["variable"] == SHARE]
    assert (share["q0.5_y"] > share["q0.5_x"] + 10.0).all()


def test_regions_and_origins_with_too_little_are_left_out(
    panel: Panel, national: pd.DataFrame, scored: Study, tmp_path: Path, made_up: Asked
) -> None:
    frame = panel.to_frame()
    years = frame.index.get_level_values("year")
    frame.loc[(frame.index.get_level_values("region") == "RU-TOM") & (years < 2010), SHARE] = np.nan
    frame.loc[(frame.index.get_level_values("region") == "RU-KEM") & (years == 2014), SHARE] = np.nan
    only = replace(scored, indicators=(SHARE,), quick=replace(scored.quick, backtest_origins=(2005, 2012, 2018)))
    found = backtest(replace(panel, frame=frame), national, only, profile="quick", folder=tmp_path)
    # no figure in 2005, and no comparable one after 2018
    assert found.origins == (2012,)
    assert made_up == [(SHARE, 2012)]
    assert "RU-TOM" not in set(found.scores["region"])
    kuzbass = found.scores[(found.scores["region"] == "RU-KEM") & (found.scores["model"] == MODEL)]
    assert kuzbass["target_year"].tolist() == [2013, 2015, 2016, 2017]


def test_scores_of_draws_are_the_plain_ones() -> None:
    draws = np.arange(1.0, 11.0)[:, None] + np.array([0.0, 100.0, 0.0])
    table = score_draws(draws, np.array([5.0, 0.0, 20.0]))
    assert table["pit"].tolist() == pytest.approx([0.45, 0.0, 1.0], abs=1e-12)
    assert table["covered80"].tolist() == [1.0, 0.0, 0.0]
    # E|X − y| − E|X − X′|/2 with E|X − X′| = (n² − 1)/(3n) = 3.3
    assert table["crps"].tolist() == pytest.approx([2.5 - 1.65, 105.5 - 1.65, 14.5 - 1.65], abs=1e-9)
    assert {"log_score", "interval80", "interval95", "covered95"} < set(table.columns)


def test_even_quantiles_are_scored_as_the_distribution_that_they_are_of() -> None:
    even = norm.ppf(even_levels(199))[:, None]
    for x in (0.0, 1.3, 2.5):
        found = score_draws(even, np.array([x])).iloc[0]
        for level in (0.80, 0.95):
            half = norm.ppf(0.5 + level / 2)
            expected = 2 * half + 2 / (1 - level) * max(0.0, x - half)
            assert found[f"interval{round(100 * level)}"] == pytest.approx(expected, rel=5e-3)
        assert found["log_score"] == pytest.approx(log_score_sample(even, np.array([x]))[0], rel=1e-12)


def test_a_series_that_never_moved_is_scored_by_every_method(
    panel: Panel, national: pd.DataFrame, scored: Study, tmp_path: Path, fits_made_up: None
) -> None:
    frame = panel.frame.copy()
    frame.loc[frame.index.get_level_values("region") == "RU-TOM", SHARE] = 7.0
    still = replace(panel, frame=frame)
    study = replace(scored, indicators=(SHARE,), quick=replace(scored.quick, backtest_origins=(2012,)))
    scores = rolling.backtest(still, national, study, profile="quick", folder=tmp_path).scores
    own = scores[(scores["region"] == "RU-TOM") & (scores["horizon"] == 1)].set_index("model")
    assert set(own.index) == set(scores["model"])
    assert np.isfinite(scores[["crps", "log_score", "interval80", "interval95"]]).all(axis=None)
    assert own.loc["naive", "crps"] < 0.01, "it said just this"
