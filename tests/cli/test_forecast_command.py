"""`regional-econ forecast` asks a stored forecast, puts it under a path and exports it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from regional_econ.cli.main import main
from regional_econ.core.conditions import Path as Conditions
from regional_econ.core.forecast import Forecast

COAL = "cells:\n  - {variable: coal_australian_usd_t, path: {2024: 120, 2025: 130}}\n"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    return _stored(tmp_path, [2024, 2025])


def _stored(folder: Path, years: list[int]) -> Path:
    rng = np.random.default_rng(1)
    price = 0.2 * rng.normal(size=(400, 1, len(years))).cumsum(axis=2)
    share = 1 / (1 + np.exp(2.2 - 0.5 * price - 0.2 * rng.normal(size=(400, 2, len(years)))))
    arrays = {
        name: xr.DataArray(
            values.astype("float32"), dims=("draw", "region", "year"),
            coords={"region": regions, "year": years}, attrs={"scale": scale, "offset": offset},
        )
        for name, values, regions, scale, offset in (
            ("innovation_activity_pct", 100 * share, ["RU-KEM", "RU-TOM"], "logit", 0.25),
            ("coal_australian_usd_t", 90 * np.exp(price), ["RU"], "log", 0.0),
        )
    }  # fmt: skip
    path = folder / "stored.nc"
    Forecast(arrays, 2023, "baseline", 3, "0" * 64, {"rhat": 1.0}).to_netcdf(path)
    (folder / "coal.yml").write_text(COAL, encoding="utf-8")
    return path


@pytest.fixture
def call(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def called(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["regional-econ", "forecast", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return called


def test_a_stored_forecast_is_put_under_a_path(call: Any, stored: Path) -> None:
    path = stored.parent / "coal.yml"
    code, out, _ = call("run", "--condition", path, "--file", stored, "--json")
    assert code == 0
    answer = json.loads(out)
    assert answer["command"] == "forecast run"
    assert answer["data"]["path"] == str(stored.parent / "stored_coal.nc")
    made = Forecast.read(stored.parent / "stored_coal.nc")
    expected = Forecast.read(stored).condition(Conditions.read(path))
    xr.testing.assert_identical(made.draws("innovation_activity_pct"), expected.draws("innovation_activity_pct"))
    assert made.scenario == answer["data"]["scenario"] == "coal"
    told = answer["data"]["condition"]
    assert told["implausibility"] == made.diagnostics["condition_implausibility"]
    assert [cell["value"] for cell in told["cells"]] == [120, 130]
    assert answer["messages"] == [made.diagnostics["condition_finding"]]
    elsewhere = stored.parent / "elsewhere.nc"
    code, out, _ = call("run", "--condition", path, "--file", stored, "--out", elsewhere)
    assert code == 0
    assert str(elsewhere) in out
    assert "predictive sds" in out
    assert elsewhere.read_bytes() == (stored.parent / "stored_coal.nc").read_bytes()


def test_fans_and_probabilities_under_a_path(call: Any, stored: Path) -> None:
    path = stored.parent / "coal.yml"
    under = Forecast.read(stored).condition(Conditions.read(path))
    code, out, _ = call("fan", "RU-KEM", "innovation_activity_pct", "--file", stored, "--condition", path, "--json")
    assert code == 0
    answer = json.loads(out)["data"]
    assert [row["p50"] for row in answer["fan"]] == under.fan("RU-KEM", "innovation_activity_pct")["p50"].tolist()
    assert answer["condition"]["name"] == "coal"
    asked = ("probability", "innovation_activity_pct >= 10.5", "RU-KEM", "2025", "--file", stored)
    plain, conditional = (json.loads(call(*asked, *more, "--json")[1])["data"] for more in ((), ("--condition", path)))
    event = {"region": "RU-KEM", "year": 2025}
    assert plain["probability"] == Forecast.read(stored).probability("innovation_activity_pct >= 10.5", **event)[0]
    assert conditional["probability"] == under.probability("innovation_activity_pct >= 10.5", **event)[0]
    assert conditional["probability"] > plain["probability"]
    assert "condition" not in plain
    code, out, _ = call(*asked)
    assert f"= {plain['probability']:.3f} ± {plain['mc_error']:.3f}" in out
    code, out, _ = call("fan", "RU", "coal_australian_usd_t", "--file", stored, "--condition", path)
    assert "130.00" in out
    assert "predictive sds" in out


def test_an_export_holds_the_hub_s_file_and_the_fans(call: Any, stored: Path) -> None:
    out = stored.parent / "hub"
    code, said, _ = call("export", "--out", out, "--file", stored, "--json")
    assert code == 0
    names = {path.name for path in out.iterdir()}
    assert names == {
        "2023-12-31-regional_econ-baseline.csv",
        "fan_innovation_activity_pct_RU-KEM_baseline.csv",
        "fan_coal_australian_usd_t_RU_baseline.csv",
    }
    assert {Path(path).name for path in json.loads(said)["data"]["files"]} == names
    assert len(pd.read_csv(out / "2023-12-31-regional_econ-baseline.csv")) == 3 * 2 * 21
    path = stored.parent / "coal.yml"
    code, said, _ = call("export", "--out", out, "--file", stored, "--condition", path, "--region", "RU-TOM")
    assert code == 0
    assert "Wrote 3 files" in said
    fan = pd.read_csv(out / "fan_coal_australian_usd_t_RU_coal.csv", comment="#")
    assert fan["lo95"].tolist() == fan["hi95"].tolist() == [120.0, 130.0]


def test_an_event_without_a_draw_is_said_to_be_rarer_than_one(call: Any, stored: Path) -> None:
    code, out, _ = call("probability", "innovation_activity_pct >= 99", "RU-KEM", "2025", "--file", stored)
    assert code == 0
    assert "below 1/400" in out
    code, out, _ = call("probability", "innovation_activity_pct >= 0", "RU-KEM", "2025", "--file", stored, "--json")
    told = json.loads(out)["data"]
    assert (told["probability"], told["mc_error"], told["n_draws"]) == (1.0, 1 / 400, 400)


def test_a_fan_is_drawn_with_its_history_and_scenarios(call: Any, tmp_path: Path) -> None:
    stored = _stored(tmp_path, [2024, 2025, 2026])
    written = {}
    for lang, picture in (("ru", stored.parent / "a.svg"), ("en", stored.parent / "b.svg")):
        code, out, _ = call(
            "fan", "RU-TOM", "innovation_activity_pct", "--file", stored, "--picture", picture, "--lang", lang,
            "--condition", stored.parent / "coal.yml",
        )  # fmt: skip
        assert code == 0
        written[lang] = picture.read_text(encoding="utf-8").replace("\N{NO-BREAK SPACE}", " ")
        assert f"Wrote {picture}" in out
        assert "scenario coal" in out
    assert "Томская область. Уровень инновационной активности, %" in written["ru"]
    assert "Уголь дешевеет вдвое" in written["ru"]
    assert ">coal<" in written["ru"]
    assert "Coal falls by half" in written["en"]
    assert call("run", "--condition", stored.parent / "coal.yml", "--file", stored)[0] == 0
    picture = stored.parent / "under.svg"
    code, out, _ = call(
        "fan", "RU-TOM", "innovation_activity_pct", "--file", stored.parent / "stored_coal.nc", "--picture", picture
    )
    assert code == 0
    assert "predictive sds" in out
    assert "Tomsk Oblast. Scenario: coal." in picture.read_text(encoding="utf-8")
    picture = stored.parent / "coal.svg"
    code, out, _ = call("fan", "RU", "coal_australian_usd_t", "--file", stored, "--picture", picture)
    assert code == 0
    assert out.startswith("Australian coal, average of the year, US dollars a tonne\n")
    assert "Coal falls by half" in picture.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--condition", "{nowhere}"], "nowhere.yml"),
        (["run", "--condition", "{path}", "--file", "{nowhere}"], "no such forecast"),
        (["run", "--condition", "{path}", "--file", "{stored}", "--out", "{stored}"], "--out"),
        (["run", "--condition", "{path}", "--origin", "2015"], "do not go together"),
        (["run", "--file", "{stored}"], "--condition"),
        (["fan", "RU-KME", "innovation_activity_pct", "--file", "{stored}", "--condition", "{path}"], "RU-KEM"),
        (["fan", "RU-KEM", "innovation_activity", "--file", "{stored}"], "innovation_activity_pct"),
        (["fan", "RU-KEM", "coal_australian_usd_t", "--file", "{stored}", "--condition", "{path}"], "RU"),
        (["probability", "innovation is high", "RU-KEM", "2025", "--file", "{stored}"], "wear_pct >= 50"),
        (["probability", "innovation_activity_pct >= 9", "RU-KEM", "2050", "--file", "{stored}"], "2025"),
        (["export", "--out", "{stored}", "--file", "{stored}"], "no folder"),
        (["export", "--out", "{new}", "--file", "{stored}", "--region", "RU-TMO"], "RU-TOM"),
        (["fan", "RU-KEM", "innovation_activity_pct", "--file", "{stored}", "--condition", "{wrong}"], "line 2"),
        (["fan", "innovation_activity_pct", "RU-KEM", "--file", "{stored}", "--condition", "{path}"], "swapped"),
        (["fan", "RU-KEM", "innovation_activity_pct", "--file", "{stored}", "--profile", "fast"], "--profile"),
        (["fan", "RU-KEM", "innovation_activity_pct", "--file", "{stored}", "--picture", "{new}"], "End it in svg"),
        (["fan", "RU-KEM", "innovation_activity_pct", "--file", "{stored}", "--lang", "de"], "--lang"),
        (["run", "--condition", "{path}", "--file", "{stored}", "--out", "{stored}/x.nc"], "x.nc"),
        (["run", "--origin", "2015", "--out", "{stored}/x.nc"], "x.nc"),
        (["run", "--origin", "2050", "--out", "{new}"], "no year of the panel"),
        (["run", "--condition", "{taken}", "--file", "{stored}"], "baseline.yml"),
        (["run", "--condition", "{empty}", "--file", "{stored}"], "empty.yml"),
    ],
)
def test_a_mistake_gets_one_message(call: Any, stored: Path, arguments: list[str], message: str) -> None:
    folder = stored.parent
    (folder / "wrong.yml").write_text(COAL.replace("coal_aus", "cola_aus"), encoding="utf-8")
    (folder / "baseline.yml").write_text(COAL, encoding="utf-8")
    (folder / "empty.yml").write_text("cells: []\n", encoding="utf-8")
    names = {name: folder / f"{name}.yml" for name in ("nowhere", "wrong", "empty")}
    names["taken"] = folder / "baseline.yml"
    names |= {"path": folder / "coal.yml", "stored": stored, "new": folder / "new"}
    before = stored.read_bytes()
    code, out, err = call(*(argument.format(**names) for argument in arguments))
    assert code == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith("Error: ")
    assert stored.read_bytes() == before
    assert not (folder / "new").exists()
