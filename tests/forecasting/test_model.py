"""Does one small fit give forecasts that keep their promises of form, the same however they are run, and none else?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import SamplingError, StoreError, UnknownNameError
from regional_econ.bayes.gates import Gates
from regional_econ.bayes.growth_model import GrowthData, Structure
from regional_econ.bayes.trace import SamplerSettings, Trace
from regional_econ.core.forecast import N_DRAWS, Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.forecasting import model
from regional_econ.forecasting.data import prepare
from regional_econ.forecasting.drivers import COAL, DRIVERS
from regional_econ.forecasting.indicators import IDS, INDICATORS, indicator
from regional_econ.forecasting.model import COUNTRY, fit_and_forecast, published, thinned
from regional_econ.forecasting.simulate import Start

SHARE, GRP = "innovation_activity_pct", "grp_real_index"
THREE = (SHARE, "wear_pct", "researchers")


def test_every_indicator_has_its_promised_form(forecast: Forecast, panel: Panel) -> None:
    assert tuple(forecast.variables) == (*IDS, *DRIVERS)
    for one in INDICATORS:
        draws = forecast.draws(one.id)
        first = 2023 if one.id == SHARE else 2024
        assert draws.dims == ("draw", "region", "year")
        assert draws.dtype == np.float32
        assert draws.shape == (N_DRAWS, len(panel.region_ids), 2035 - first + 1)
        assert [int(year) for year in draws["year"]] == list(range(first, 2036))
        assert tuple(str(name) for name in draws["region"].to_numpy()) == panel.region_ids
        assert np.isfinite(draws.to_numpy()).all()
        assert float(draws.min()) >= 0.0
        if one.scale == "logit":
            assert float(draws.max()) <= 100.0
    for name in DRIVERS:
        assert forecast.draws(name, COUNTRY).dims == ("draw", "year")
    assert [int(year) for year in forecast.draws(COAL)["year"]] == list(range(2024, 2036))
    assert (forecast.origin, forecast.scenario, forecast.panel_checksum) == (2023, "baseline", panel.checksum)


def test_forecasts_start_from_the_last_figure(forecast: Forecast, panel: Panel) -> None:
    """The median of the first year is near the last figure of every region, and bands widen."""
    for one in INDICATORS:
        last = panel.matrix(one.source, years=[2022 if one.id == SHARE else 2023]).to_numpy()[:, 0]
        start = one.to_scale(np.full(len(last), 100.0) if one.scale == "index" else last)
        draws = one.to_scale(forecast.draws(one.id).to_numpy().astype(float))
        # within four usual changes: a unit is one
        assert np.abs(np.median(draws[:, :, 0], axis=0) - start).max() < 4.0, one.id
        spread = np.diff(np.quantile(draws, (0.1, 0.9), axis=0), axis=0)[0]
        assert (spread[:, -1] > 1.3 * spread[:, 0]).all(), one.id
    grp = forecast.draws(GRP).to_numpy()
    # the year before the first is 100
    assert np.abs(np.median(grp[:, :, 0], axis=0) - 100.0).max() < 15.0


def test_regions_move_together_by_the_national_growth(forecast: Forecast) -> None:
    growth = np.log(forecast.draws(GRP).to_numpy()[:, :, 0])
    between = np.corrcoef(growth.T)[np.triu_indices(growth.shape[1], 1)]
    assert between.mean() > 0.1


def test_diagnostics_say_how_each_indicator_was_sampled(forecast: Forecast) -> None:
    given = forecast.diagnostics
    assert given["chains"] == 4
    assert given["draws"] == 200
    assert given["attempts"] == 1
    for name in IDS:
        assert given[f"{name}.last_year"] == (2022 if name == SHARE else 2023)
        assert 0.0 < given[f"{name}.persistence_mean"] < 0.98
    assert given["rhat"] == max(given[f"{name}.rhat"] for name in IDS)
    assert given["ess_bulk"] == min(given[f"{name}.ess_bulk"] for name in IDS)
    assert all(0.0 <= given[f"shrinkage_{part}"] <= 1.0 for part in ("national", "regional"))


@pytest.fixture(scope="module")
def gappy(panel: Panel) -> Panel:
    """Two regions lack a last figure: one has earlier ones, the other has none."""
    frame = panel.to_frame()
    frame.loc[("RU-ALT", 2023), "researchers"] = np.nan
    frame.loc["RU-BEL", "wear_pct"] = np.nan
    return replace(panel, frame=frame)


@pytest.fixture(scope="module")
def runs(gappy: Panel, national: pd.DataFrame, study: Study) -> list[Forecast]:
    """The same forecast of three indicators with one and with two chains at a time, and with another seed."""
    small = replace(study, indicators=THREE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "Gates", lambda **_: Gates(np.inf, 0.0, 0.0, 10**6))
        return [
            fit_and_forecast(gappy, national, one, profile="quick", jobs=jobs)
            for one, jobs in ((small, 1), (small, 2), (replace(small, seed=small.seed + 1), 1))
        ]


def test_the_same_seed_gives_the_same_file_with_two_workers(runs: list[Forecast], tmp_path: Path) -> None:
    contents = []
    for k, made in enumerate(runs):
        made.to_netcdf(tmp_path / f"{k}.nc")
        contents.append((tmp_path / f"{k}.nc").read_bytes())
    assert runs[0].diagnostics == runs[1].diagnostics
    assert contents[0] == contents[1]
    for name in THREE:
        assert not np.array_equal(runs[0].draws(name), runs[2].draws(name), equal_nan=True)


def test_a_region_without_a_last_figure_is_not_forecast(runs: list[Forecast]) -> None:
    for name, lacking in ((SHARE, []), ("researchers", ["RU-ALT"]), ("wear_pct", ["RU-BEL"])):
        draws = runs[0].draws(name)
        missing = np.isnan(draws.to_numpy())
        assert [str(region) for region in draws["region"].to_numpy()[missing.all(axis=(0, 2))]] == lacking
        assert missing.any(axis=(0, 2)).sum() == len(lacking)


def test_a_forecast_returns_from_its_file(runs: list[Forecast], tmp_path: Path) -> None:
    path = tmp_path / "forecast.nc"
    runs[0].to_netcdf(path)
    again = Forecast.read(path)
    assert set(again.variables) == set(runs[0].variables)
    for name, draws in runs[0].variables.items():
        assert again.variables[name].dims == draws.dims
        np.testing.assert_array_equal(again.variables[name], draws)
        for axis in ("region", "year"):
            assert again.variables[name][axis].to_numpy().tolist() == draws[axis].to_numpy().tolist()
    assert again.diagnostics == runs[0].diagnostics
    assert str(again) != ""
    assert (again.origin, again.seed, again.panel_checksum) == (2023, runs[0].seed, runs[0].panel_checksum)
    path.write_bytes(b"no forecast")
    with pytest.raises(StoreError, match="damaged"):
        Forecast.read(path)
    with pytest.raises(UnknownNameError):
        again.draws("wear")


def test_a_failed_gate_is_tried_again_and_then_yields_no_forecast(
    panel: Panel, national: pd.DataFrame, study: Study, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    asked: list[tuple[int, int, float]] = []

    def stuck(data: GrowthData, *, seed: int, settings: SamplerSettings, structure: Structure) -> Trace:
        asked.append((settings.draws, seed, settings.target_accept))
        shape = (4, settings.draws)
        level = np.random.default_rng(seed).normal(size=shape) + np.arange(4)[:, None]
        return Trace({"loading": level[..., None]}, np.zeros(shape, dtype=bool), level, level, seed)

    monkeypatch.setattr(model, "sample", stuck)
    with pytest.raises(SamplingError, match=r"population_thousand from 2023: .*R-hat of loading\[0\]"):
        fit_and_forecast(panel, national, study, profile="quick")
    draws, seeds, accepted = zip(*asked, strict=True)
    assert draws == (50, 75, 112, 168)
    assert len(set(seeds)) == 4
    assert list(accepted) == sorted(set(accepted))
    said = capsys.readouterr().err
    assert "population_thousand from 2023, attempt 1" in said
    assert "attempt 2" in said


@pytest.mark.parametrize("n_draws", [1, 200, 4000, 5000])
def test_any_number_of_draws_is_spread_over_four_thousand(n_draws: int) -> None:
    ones, wide = np.arange(n_draws, dtype=float), np.ones((n_draws, 2))
    start = Start(
        np.ones((n_draws, 5, 2)), wide, wide, wide, np.ones((n_draws, 3)), ones, ones, ones, ones, ones, ones, ones,
        ones, ones, np.ones(2),
    )  # fmt: skip
    rows = thinned(start).persistence
    assert len(rows) == N_DRAWS
    assert len(np.unique(rows)) == min(n_draws, N_DRAWS)
    counts = np.unique(rows, return_counts=True)[1]
    assert counts.max() - counts.min() <= 1
    assert np.diff(rows).max() <= max(1, -(-n_draws // N_DRAWS))


def test_paths_are_published_in_their_unit(panel: Panel) -> None:
    for name in (SHARE, GRP, "wage_real_rub_month"):
        one = indicator(name)
        data = prepare(panel, one)
        still = np.broadcast_to((data.last_level - data.base)[None, :, None], (2, len(data.regions), 3))
        values = published(still, data)
        last = panel.matrix(one.source, years=[data.last_year]).to_numpy()
        expected = np.full_like(last, 100.0) if one.scale == "index" else last
        np.testing.assert_allclose(values, np.broadcast_to(expected, values.shape), rtol=1e-9)
