"""Every refusal of a formula, a path or a scenario, whole: kind of error, what is wrong, where, and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

from regional_econ._base.errors import RegionalEconError
from regional_econ.core.conditioning import condition, implausibility
from regional_econ.core.conditions import Cell, check_scenario
from regional_econ.core.conditions import Path as Conditions
from regional_econ.core.forecast import Forecast
from regional_econ.core.formula import parse_formula
from regional_econ.core.scenario import Scenario, Shock

KNOWN: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "refusals.yml").read_text(encoding="utf-8"))


def cases(kind: str) -> list[Any]:
    return [pytest.param(case, id=f"{number}") for number, case in enumerate(KNOWN[kind])]


def refusal(ask: Callable[[], object], folder: Path) -> str:
    with pytest.raises(RegionalEconError) as caught:
        ask()
    return f"{type(caught.value).__name__}: {caught.value}".replace(f"{folder}/", "")


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize("case", cases("formula"))
def test_a_formula_is_refused_with_the_place(case: dict[str, str], tmp_path: Path) -> None:
    assert refusal(lambda: parse_formula(case["text"]), tmp_path) == case["message"]


def test_a_formula_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    advice = "Build the variables in the data first."
    wanted = f"FormulaError: a formula may hold at most 4000 characters, this one has 4001. {advice}"
    assert refusal(lambda: parse_formula("y ~ " + "x" * 3997), tmp_path) == wanted
    assert parse_formula("y ~ " + "x" * 3996)


@pytest.mark.parametrize("case", cases("conditions"))
def test_a_path_is_refused_with_the_place(case: dict[str, str], tmp_path: Path) -> None:
    path = written(tmp_path, case["file"], case["content"])
    assert refusal(lambda: Conditions.read(path), tmp_path) == case["message"]


@pytest.mark.parametrize("case", cases("scenario"))
def test_a_scenario_is_refused_with_the_line(case: dict[str, str], tmp_path: Path) -> None:
    whole: str = KNOWN["scenario_file"]
    assert whole.count(case["old"]) >= 1
    path = written(tmp_path, "push.yml", whole.replace(case["old"], case["new"]))
    assert refusal(lambda: Scenario.read(path), tmp_path) == case["message"]


@pytest.mark.parametrize("case", cases("scenario"))
def test_a_scenario_from_no_file_is_refused_with_its_key(case: dict[str, str], tmp_path: Path) -> None:
    document = yaml.safe_load(KNOWN["scenario_file"].replace(case["old"], case["new"]))
    wanted = re.sub(r"\(push\.yml, line \d+\)", lambda _: f"(scenario at {case['at']})", case["message"])
    assert refusal(lambda: Scenario.from_dict(document), tmp_path) == wanted


def test_the_scenario_itself_is_none_of_them(tmp_path: Path) -> None:
    scenario = Scenario.read(written(tmp_path, "push.yml", KNOWN["scenario_file"]))
    assert str(scenario) == "Scenario push: 1 levers, 3 shocks, 2024–2035."
    assert [str(shock) for shock in scenario.shocks] == [
        "coal_low", "path of coal_australian_usd_t, RU", "mining share to 25 % in 6 years"
    ]  # fmt: skip
    assert scenario.shocks[1] == Shock(
        variable="coal_australian_usd_t", path=((2024, 110.0), (2025, 95.0)), channel="investment"
    )
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    assert (scenario.where("settings", 0), scenario.where("seed")) == ("push.yml, line 16", "push.yml, line 8")
    assert replace(scenario, places=None).where("seed") == "scenario push"


def test_a_scenario_of_one_year_and_a_shock_of_one_region_are_read() -> None:
    document = yaml.safe_load(KNOWN["scenario_file"])
    fields = document["scenario"]
    fields |= {"start": 2035, "end": 2035, "settings": []}
    fields["shocks"] = [{"variable": "grp_real_index", "region": "RU-KEM", "path": [[2035, 90]]}]
    scenario = Scenario.from_dict(document)
    assert str(scenario) == "Scenario push: 0 levers, 1 shocks, 2035–2035."
    assert scenario.shocks == (Shock(variable="grp_real_index", region="RU-KEM", path=((2035, 90.0),)),)
    assert scenario.where("shocks", 0, "region") == "scenario at $.scenario.shocks[0].region"


def test_of_several_faults_the_first_place_is_told(tmp_path: Path) -> None:
    document = yaml.safe_load(KNOWN["scenario_file"])
    document["scenario"] |= {"start": "soon", "end": "late", "seed": "one"}
    told = refusal(lambda: Scenario.from_dict(document), tmp_path)
    assert told.startswith("SchemaError: 'late' is not of type 'integer' (scenario at $.scenario.end).")


def test_a_scenario_that_is_no_file_is_named(tmp_path: Path) -> None:
    wanted = "StoreError: cannot read the scenario (none.yml). See analyses/scenarios."
    assert refusal(lambda: Scenario.read(tmp_path / "none.yml"), tmp_path) == wanted


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    """Two variables of one region in two years; b has no figure in 2025, c is a constant."""
    rng = np.random.default_rng(1)
    draws = rng.normal(10.0, 1.0, size=(50, 1, 2)).astype("float32")
    gap = np.where(np.arange(2) == 1, np.nan, draws)
    places = {"region": ["RU-A"], "year": [2024, 2025]}
    arrays = {"a": draws, "b": gap, "c": np.full_like(draws, 7.0)}
    variables = {
        name: xr.DataArray(one, dims=("draw", "region", "year"), coords=places) for name, one in arrays.items()
    }
    return Forecast(variables, 2023, "coal", 1, "0" * 64, {"rhat": 1.0})


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            [Cell("x", "RU-A", 2024, 1.0)],
            "UnknownNameError: unknown forecast variable 'x' (a.yml). Known are: a, b, c.",
        ),
        ([Cell("a", "RU-B", 2024, 1.0)], "UnknownNameError: unknown region of a 'RU-B' (a.yml). Did you mean RU-A?"),
        (
            [Cell("a", "RU-A", 2030, 1.0)],
            "OptionError: a is forecast for 2024–2025, not for 2030 (a.yml). Choose another year.",
        ),
        (
            [Cell("b", "RU-A", 2025, 1.0)],
            "DataError: b, RU-A, 2025 has no figures in the forecast (a.yml). Leave the cell out.",
        ),
        (
            [Cell("c", "RU-A", 2024, 1.0)],
            "EstimationError: the draws of c, RU-A, 2024 do not vary (a.yml). "
            "Leave the cell out; an earlier path may have fixed it.",
        ),
    ],
)
def test_a_cell_that_no_forecast_answers_is_refused_whole(
    forecast: Forecast, cells: list[Cell], message: str, tmp_path: Path
) -> None:
    path = Conditions("dear", tuple(replace(cell, where="a.yml") for cell in cells))
    assert refusal(lambda: implausibility(forecast, path), tmp_path) == message


@pytest.mark.parametrize("taken", ["coal", "baseline"])
def test_a_name_that_is_taken_is_refused(forecast: Forecast, taken: str, tmp_path: Path) -> None:
    path = Conditions(taken, (Cell("a", "RU-A", 2024, 10.0),), where="a.yml")
    wanted = f"OptionError: a scenario cannot be called {taken!r} here (a.yml). That name is taken; give another one."
    assert refusal(lambda: condition(forecast, path), tmp_path) == wanted
    assert check_scenario("coal+dear", "rich") == "coal+dear+rich"
    for part in ("coal", "dear"):
        assert refusal(lambda name=part: check_scenario("coal+dear", name), tmp_path).startswith("OptionError")


@pytest.mark.parametrize("options", [{"scales": {"aa": "log"}}, {"offsets": {"aa": 1.0}}])
def test_a_scale_of_nothing_is_refused(forecast: Forecast, options: dict[str, Any], tmp_path: Path) -> None:
    path = Conditions("dear", (Cell("a", "RU-A", 2024, 10.0),))
    wanted = "UnknownNameError: unknown forecast variable 'aa'. Did you mean a?"
    assert refusal(lambda: implausibility(forecast, path, **options), tmp_path) == wanted


def test_a_forecast_that_lacks_what_it_is_says_what_to_run(tmp_path: Path) -> None:
    made = xr.DataTree.from_dict({"/": xr.Dataset(attrs={"origin": 2023, "scenario": "s", "seed": 1})})
    made.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    wanted = "StoreError: no forecast: it lacks 'panel_checksum' (a.nc). Run: regional-econ forecast run."
    assert refusal(lambda: Forecast.read(tmp_path / "a.nc"), tmp_path) == wanted
    wanted = "StoreError: no such forecast (b.nc). Run: regional-econ forecast run."
    assert refusal(lambda: Forecast.read(tmp_path / "b.nc"), tmp_path) == wanted
    (tmp_path / "c.nc").write_bytes(b"no netCDF")
    wanted = "StoreError: damaged forecast (c.nc). Run: regional-econ forecast run."
    assert refusal(lambda: Forecast.read(tmp_path / "c.nc"), tmp_path) == wanted
