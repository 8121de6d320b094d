"""Does one small fit give forecasts that keep their promises of form, and a backtest that can be interrupted?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import t as student_t

from regional_econ._base.errors import Interrupted, SamplingError, UnknownNameError
from regional_econ._base.options import QUANTILES_21
from regional_econ.bayes.state_space import StateSpaceData
from regional_econ.bayes.trace import SamplerSettings, Trace
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.results import Value
from regional_econ.core.section import FigureBlock, Paragraph, Section
from regional_econ.core.study import Study
from regional_econ.forecasting import backtest as rolling
from regional_econ.forecasting import model
from regional_econ.forecasting.backtest import MODEL, Backtest, backtest, outcomes
from regional_econ.forecasting.data import LEVEL, SHARE, SHARE_OLD_METHOD, prepare
from regional_econ.forecasting.model import fit_and_forecast
from regional_econ.forecasting.results import backtest_result, diagnostics_result, forecast_result, score_table
from regional_econ.forecasting.sections import calibration_data, fan_data, section
from regional_econ.forecasting.summary import POOLED, block_mean, summarise


def test_forecasts_have_their_promised_form(forecast: Forecast, panel: Panel) -> None:
    for name, first in ((SHARE, 2023), (LEVEL, 2024)):
        draws = forecast.draws(name)
        assert draws.dtype == np.float32
        assert draws.shape == (4000, len(panel.region_ids), 2035 - first + 1)
        assert [int(year) for year in draws["year"]] == list(range(first, 2036))
        assert np.isfinite(draws.to_numpy()).all()
    share = forecast.draws(SHARE)
    assert float(share.min()) >= 0
    assert float(share.max()) <= 100
    # bands widen, and start near the last figure: within the widest year-to-year change of Kuzbass
    fan = forecast.fan(SHARE, "RU-KEM").set_index("year")
    width = fan["hi80"] - fan["lo80"]
    assert width[2035] > 1.3 * width[2023]
    assert fan.loc[2023, "p50"] == pytest.approx(panel.value("RU-KEM", SHARE, 2022), abs=3.0)
    assert forecast.origin == 2023
    assert forecast.diagnostics["divergences"] == 0


@pytest.mark.calibrate
def test_the_same_seed_gives_the_same_file_with_two_workers(
    forecast: Forecast, panel: Panel, study: Study, tmp_path: Path
) -> None:
    again = fit_and_forecast(panel, study, profile="quick", jobs=2)
    assert again.diagnostics == forecast.diagnostics
    files = [tmp_path / "one.nc", tmp_path / "two.nc"]
    for made, path in zip((forecast, again), files, strict=True):
        made.to_netcdf(path)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_failed_gate_is_tried_again_and_then_yields_no_forecast(
    panel: Panel, study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[int] = []

    def stuck(data: StateSpaceData, *, seed: int, settings: SamplerSettings) -> Trace:
        asked.append(settings.draws)
        shape = (4, settings.draws)
        level = np.random.default_rng(seed).normal(size=shape) + np.arange(4)[:, None]
        return Trace({"level": level}, np.zeros(shape, dtype=bool), level, level, seed)

    monkeypatch.setattr(model, "sample", stuck)
    with pytest.raises(SamplingError, match="R-hat of level"):
        fit_and_forecast(panel, study, profile="quick")
    assert asked == [300, 600, 1200]
    assert "attempt 2" in capsys.readouterr().err


def test_outcomes_stay_within_the_method(panel: Panel) -> None:
    kuzbass = panel.region_ids.index("RU-KEM")
    share = outcomes(panel, prepare(panel, origin=2014))[SHARE][kuzbass]
    expected = [*(panel.value("RU-KEM", SHARE, y) for y in (2015, 2016)), panel.value("RU-KEM", SHARE_OLD_METHOD, 2017)]
    assert share[:3].tolist() == expected
    assert np.isnan(share[3:]).all()
    wide = outcomes(panel, prepare(panel, origin=2019))[SHARE][kuzbass]
    assert wide[:3].tolist() == [panel.value("RU-KEM", SHARE, y) for y in (2020, 2021, 2022)]
    assert np.isnan(outcomes(panel, prepare(panel, origin=2018))[SHARE]).all()
    level = outcomes(panel, prepare(panel, origin=2014))[LEVEL][kuzbass]
    assert level[1] == pytest.approx(99.0 * 97.0 / 100, rel=1e-12)


def test_all_models_are_scored_on_the_same_cells(tested: Backtest) -> None:
    counts = tested.scores.groupby(["origin", "variable", "model"]).size().unstack("model")
    assert (counts.nunique(axis=1) == 1).all()
    cells = [f"q{level:g}" for level in QUANTILES_21]
    assert (np.diff(tested.scores[cells].to_numpy(), axis=1) >= 0).all()
    share = tested.scores[(tested.scores["variable"] == SHARE) & (tested.scores["model"] == MODEL)]
    assert share.groupby("origin")["target_year"].max().to_dict() == {2012: 2017, 2019: 2022}
    assert (tested.scores["crps"] > 0).all()


def test_finished_origins_are_kept_and_stale_ones_made_anew(
    tested: Backtest, panel: Panel, study: Study, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise Interrupted("stopped")

    monkeypatch.setattr(rolling, "fit_model", refuse)
    again = backtest(panel, study, profile="quick", folder=store)
    pd.testing.assert_frame_equal(again.scores, tested.scores)
    pd.testing.assert_frame_equal(again.gates, tested.gates)
    with pytest.raises(Interrupted):
        backtest(panel, replace(study, seed=study.seed + 1), profile="quick", folder=store)
    frame = panel.to_frame()
    frame.loc[("RU-KEM", 2011), SHARE] += 1.0
    with pytest.raises(Interrupted):
        backtest(replace(panel, frame=frame), study, profile="quick", folder=store)


def test_summaries_weigh_blocks_as_they_say() -> None:
    values, blocks = np.array([1.0, 2.0, 3.0, 10.0]), np.array([1, 1, 1, 2])
    mean, error = block_mean(values, blocks)
    assert mean == 4.0
    # sums of deviations by block are −6 and 6: √(2/1 · 72)/4
    assert error == pytest.approx(np.sqrt(2 * 72) / 4, rel=1e-12)


def test_a_copy_of_a_benchmark_has_ratio_one(tested: Backtest) -> None:
    others = tested.scores[tested.scores["model"] != MODEL]
    copy = others[others["model"] == "drift"].assign(model=MODEL)
    table = summarise(replace(tested, scores=pd.concat([others, copy], ignore_index=True)))
    own = table[table["model"] == MODEL]
    assert own["ratio_drift"].to_numpy() == pytest.approx(1.0, abs=1e-12)
    assert own["ratio_drift_se"].to_numpy() == pytest.approx(0.0, abs=1e-12)


def test_results_and_section_hang_together(
    forecast: Forecast, tested: Backtest, panel: Panel, study: Study, root: Path, tmp_path: Path
) -> None:
    scored = backtest_result(tested, panel)
    own = forecast_result(forecast, panel, study, "RU-KEM").values
    assert diagnostics_result(forecast).values["divergences"].value == 0
    fan = forecast.fan(SHARE, "RU-KEM").set_index("year")
    assert own[f"{SHARE}.2030.p50"].value == fan.loc[2030, "p50"] == own[f"{SHARE}.end.p50"].value
    share, _ = forecast.probability(f"{SHARE} >= 12.5", region="RU-KEM", year=2030)
    assert own["odds.end"].value == share
    assert all(value.mc_error is not None for key, value in own.items() if key.rpartition(".")[2] in ("p50", "p95"))
    made = section(forecast, tested, scored, panel, study)
    texts = yaml.safe_load((root / "data" / "texts" / "forecasting.yml").read_text(encoding="utf-8"))
    assert all(block.text in texts for block in made.blocks if isinstance(block, Paragraph))
    figures = [block for block in made.blocks if isinstance(block, FigureBlock)]
    assert all({figure.caption, figure.alt} <= set(texts) for figure in figures)
    path = tmp_path / "section.json"
    made.write(path)
    assert Section.read(path).blocks[0] == made.blocks[0]
    table = score_table(scored).set_index(["variable", "model"])
    assert table.loc[(SHARE, MODEL), "crps"] == scored.values[f"{SHARE}.{MODEL}.crps"].value
    assert np.isnan(table.loc[(POOLED, MODEL), "crps"])


def test_fan_frames_hold_what_the_chart_shows(forecast: Forecast, panel: Panel, study: Study) -> None:
    data = fan_data(forecast, panel, study, SHARE, "RU-KEM")
    assert list(data.columns) == ["year", "series", "value"]
    assert not data.duplicated(["year", "series"]).any()
    wide = data.pivot(index="year", columns="series", values="value")
    assert wide.loc[2017, "actual_oslo3"] == panel.value("RU-KEM", SHARE_OLD_METHOD, 2017)
    assert wide.loc[2017, "actual_oslo4_narrow"] == panel.value("RU-KEM", SHARE, 2017)
    assert wide["actual_oslo4_wide"].dropna().index.tolist() == [2019, 2020, 2021, 2022]
    assert wide["p50"].dropna().index.tolist() == list(range(2023, 2031))
    level = fan_data(forecast, panel, study, LEVEL, "RU-KEM").pivot(index="year", columns="series", values="value")
    assert level.loc[2023, "actual_"] == 100.0
    with pytest.raises(UnknownNameError):
        fan_data(forecast, panel, study, LEVEL, "RU-XXX")


def test_calibration_shows_the_mean_coverage_with_a_t_interval(tested: Backtest) -> None:
    data = calibration_data(tested).set_index(["model", "nominal"])
    for name in (MODEL, "drift", "ets"):
        own = tested.scores[tested.scores["model"] == name]
        mean, error = block_mean(own["covered80"].to_numpy(), own["origin"].to_numpy())
        half = student_t.ppf(0.975, own["origin"].nunique() - 1) * error
        row = data.loc[(name, 0.8)]
        expected = [mean, max(0.0, mean - half), min(1.0, mean + half)]
        assert row[["coverage", "conf_low", "conf_high"]].tolist() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("low", "high", "finding"), [(0.7, 0.99, "better"), (0.9, 1.1, "open"), (1.01, 1.4, "worse")])
def test_a_method_is_called_better_only_when_its_interval_says_so(
    forecast: Forecast, tested: Backtest, panel: Panel, study: Study, low: float, high: float, finding: str
) -> None:
    scored = backtest_result(tested, panel)
    planted = {f"{POOLED}.ratio_ets_low": Value(low), f"{POOLED}.ratio_ets_high": Value(high)}
    made = section(forecast, tested, replace(scored, values={**scored.values, **planted}), panel, study)
    said = [block.text for block in made.blocks if isinstance(block, Paragraph) and "against_ets" in block.text]
    assert said == [f"forecasting.against_ets_{finding}"]
