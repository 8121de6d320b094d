"""A forecast leaves the house with where it comes from, in the forms that others read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import regional_econ
from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.options import QUANTILES_21
from regional_econ.core.forecast import Forecast
from regional_econ.core.forecast_csv import HUB_COLUMNS, fans_of, hub_name


@pytest.fixture
def forecast() -> Forecast:
    rng = np.random.default_rng(1)
    wear = rng.normal(50, 3, size=(200, 2, 2))
    wear[:, 1] = np.nan
    coal = rng.normal(90, 9, size=(200, 2, 3))
    coal[:, 1, 0] = np.nan
    arrays = {
        name: xr.DataArray(
            values.astype("float32"), dims=("draw", "region", "year"), coords={"region": regions, "year": years}
        )
        for name, values, regions, years in (
            ("wear_pct", wear, ["RU-KEM", "RU-CR"], [2024, 2025]),
            ("coal_australian_usd_t", coal[:, :1], ["RU"], [2023, 2024, 2025]),
            ("coal_mln_t", coal[:, 1:], ["RU-KEM"], [2023, 2024, 2025]),
        )
    }
    diagnostics: dict[str, float | int | str] = {
        "rhat": 1.001, "note": "проба", "ess_min": float("nan"), "wear_pct.attempts": 2, "coal_mln_t.attempts": 1,
        "total_without.wear_pct": "RU-CR", "condition_z.coal_mln_t.RU-KEM.2024": 0.5,
    }  # fmt: skip
    return Forecast(arrays, 2023, "baseline", 20221231, "f" * 64, diagnostics)


def test_a_hub_file_has_a_hub_s_columns_and_no_empty_cell(forecast: Forecast, tmp_path: Path) -> None:
    path = tmp_path / hub_name(forecast)
    forecast.write_hub_csv(path)
    assert path.name == "2023-12-31-regional_econ-baseline.csv"
    assert b"\r" not in path.read_bytes()
    table = pd.read_csv(path, dtype={"output_type_id": str})
    assert tuple(table.columns) == HUB_COLUMNS
    assert not table.isna().any().any()
    assert len(table) == (2 + 3 + 2) * 21
    assert set(table["output_type_id"].astype(float)) == set(QUANTILES_21)
    assert "0.5" in set(table["output_type_id"])
    assert set(table["location"]) == {"RU-KEM", "RU"}
    one = table[(table["target"] == "coal_australian_usd_t") & (table["output_type_id"] == "0.95")]
    assert one["target_end_date"].tolist() == ["2023-12-31", "2024-12-31", "2025-12-31"]
    assert one["horizon"].tolist() == [0, 1, 2]
    expected = np.quantile(forecast.draws("coal_australian_usd_t", "RU").to_numpy().astype(float), 0.95, axis=0)
    assert one["value"].to_numpy() == pytest.approx(expected, rel=1e-6)  # seven digits are written
    task = ["origin_date", "scenario_id", "target", "horizon", "location", "target_end_date"]
    assert (table.groupby(task)["value"].apply(lambda values: np.diff(values).min()) >= 0).all()
    assert hub_name(replace(forecast, scenario="a-b+c")) == "2023-12-31-regional_econ-a_b_c.csv"


def test_a_fan_s_file_says_where_it_comes_from(forecast: Forecast, tmp_path: Path) -> None:
    path = tmp_path / "fan.csv"
    forecast.fan_csv("RU-KEM", "wear_pct", path)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    header = json.loads(first.removeprefix("# "))
    assert header["vintage"] == {"origin": 2023, "figures_to": 2023, "panel_sha256": "f" * 64}
    assert (header["seed"], header["version"], header["draws"]) == (20221231, regional_econ.__version__, 200)
    assert header["diagnostics"] == {
        "rhat": 1.001, "note": "проба", "ess_min": None, "attempts": 2, "total_without.wear_pct": "RU-CR",
        "condition_z.coal_mln_t.RU-KEM.2024": 0.5,
    }  # fmt: skip
    assert (header["variable"], header["region"], header["scenario"]) == ("wear_pct", "RU-KEM", "baseline")
    table = pd.read_csv(path, comment="#")
    pd.testing.assert_frame_equal(table, forecast.fan("RU-KEM", "wear_pct"), rtol=1e-6, check_dtype=False)


def test_a_region_without_figures_is_said_to_have_none(forecast: Forecast, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="wear_pct in RU-CR"):
        forecast.fan("RU-CR", "wear_pct")
    with pytest.raises(DataError, match="wear_pct in RU-CR"):
        forecast.fan_csv("RU-CR", "wear_pct", tmp_path / "x.csv")
    with pytest.raises(DataError, match="coal_mln_t in RU-KEM"):
        forecast.probability("coal_mln_t >= 50", region="RU-KEM", year=2023)
    with pytest.raises(DataError, match="wear_pct in RU-CR"):
        forecast.probability("wear_pct >= 50", region="RU-CR", year=2024)
    assert not (tmp_path / "x.csv").exists()
    assert fans_of(forecast, ["RU-KEM", "RU-CR"]) == [
        ("RU-KEM", "wear_pct"),
        ("RU", "coal_australian_usd_t"),
        ("RU-KEM", "coal_mln_t"),
    ]
    with pytest.raises(UnknownNameError, match="Did you mean RU-KEM"):
        fans_of(forecast, ["RU-KME"])
