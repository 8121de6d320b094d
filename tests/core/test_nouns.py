"""The nouns hold what they are given, refuse what they cannot hold, and survive being written and read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pyarrow import parquet
from scipy import stats

from regional_econ._base.errors import (
    DataError,
    FormulaError,
    SchemaError,
    StoreError,
    UnknownNameError,
)
from regional_econ._base.files import sha256_file
from regional_econ._base.text import Text
from regional_econ.core.claim import Check, Claim, Quote, Rule, Verdict
from regional_econ.core.elasticity import Domain, Elasticity, ElasticitySet, JointBlock, Lag
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Knowledge, Panel
from regional_econ.core.region import Region
from regional_econ.core.scenario import Scenario
from regional_econ.core.variable import Break, Variable


@pytest.fixture
def panel() -> Panel:
    index = pd.MultiIndex.from_product([["RU-B", "RU-A"], [2020, 2021]], names=["region", "year"])
    frame = pd.DataFrame({"x": [3.0, 4.0, 1.0, np.nan]}, index=index)
    regions = {
        "RU-A": Region("RU-A", Text("А", "A"), "region"),
        "RU-B": Region("RU-B", Text("Б", "B"), "region"),
        "RU": Region("RU", Text("Россия", "Russia"), "country"),
    }
    aggregates = pd.DataFrame({"x": [5.0]}, index=pd.MultiIndex.from_tuples([("RU", 2020)], names=["region", "year"]))
    return Panel(frame, {"x": Variable("x", "%", Text("икс", "x"), Text("%", "%"))}, regions, "test", aggregates)


def test_a_check_s_interval_stands_in_the_claim_s_document() -> None:
    checks = (Check("told", "benchmark", "pass", interval=(0.25, 1.0)), Check("silent", "rank", "fail"))
    claim = Claim(
        "C01", Quote("grew", "0" * 64, 0, 4), "descriptive", None, Rule("r", "0" * 64, "2024-01-01"), checks,
        Verdict("confirmed", (), "high", None),
    )  # fmt: skip
    assert [check["interval"] for check in claim.to_dict()["checks"]] == [[0.25, 1.0], None]


def test_a_panel_is_sorted_and_its_checksum_ignores_row_order(panel: Panel) -> None:
    shuffled = Panel(panel.frame.iloc[::-1], panel.variables, panel.regions, "test", panel.aggregates)
    assert panel.region_ids == ("RU-A", "RU-B")
    assert panel.checksum == shuffled.checksum
    other = panel.with_columns(panel.frame[["x"]] + 1, {})
    assert other.checksum != panel.checksum


def test_a_panel_answers_by_region_variable_and_year(panel: Panel) -> None:
    assert panel.value("RU-A", "x", 2020) == 1.0
    assert panel.value("RU", "x", 2020) == 5.0
    assert np.isnan(panel.value("RU-A", "x", 1999))
    assert panel.matrix("x").loc["RU-B"].tolist() == [3.0, 4.0]
    assert panel.select(years=(2021, 2021)).years == (2021,)
    assert panel.tidy().shape == (3, 4)


@pytest.mark.parametrize("call", [("column", "y"), ("value", "RU-C", "x", 2020)])
def test_a_panel_refuses_unknown_names(panel: Panel, call: tuple[object, ...]) -> None:
    with pytest.raises(UnknownNameError):
        getattr(panel, str(call[0]))(*call[1:])
    with pytest.raises(UnknownNameError, match="unknown region"):
        panel.select(regions=["RU-C"])


def test_a_panel_says_what_it_is_and_how_far_it_was_known(panel: Panel) -> None:
    assert str(panel) == "2 regions, 2020–2021, 1 variables, vintage test."
    assert str(panel.select(years=(1990, 1991))) == "0 regions, no years, 1 variables, vintage test."
    with pytest.raises(DataError) as caught:
        panel.real_time()
    assert str(caught.value) == "the panel holds the figures of vintage test. Use load_panel(known_in=)."
    knowledge = {"x": Knowledge("real-time", "2021", 2020, 2), "y": Knowledge("mixed", "2020, 2021", None, 0)}
    known = replace(panel, knowledge=knowledge).real_time()
    assert known.columns.tolist() == ["variable", "edition", "last_year", "regions", "kind"]
    assert known.loc[0].tolist() == ["x", "2021", 2020, 2, "real-time"]
    assert known["last_year"].dtype == "Int64"
    assert pd.isna(known.loc[1, "last_year"])


def test_a_new_edition_is_no_new_method() -> None:
    note = Text("", "")
    breaks = (Break(2010, "method", note), Break(2015, "vintage", note), Break(2019, "scope", note))
    one = Variable("x", "%", Text("икс", "x"), Text("%", "percent"), breaks=breaks)
    assert one.new_methods() == (2010, 2019)
    assert str(one) == "x: x, percent."


def test_a_panel_refuses_doubles_and_other_indexes(panel: Panel) -> None:
    with pytest.raises(DataError, match="stand twice"):
        Panel(pd.concat([panel.frame, panel.frame]), panel.variables, panel.regions, "test")
    with pytest.raises(DataError, match="needs the index"):
        Panel(panel.frame.reset_index(), panel.variables, panel.regions, "test")


def test_an_estimate_tidies_by_the_t_distribution() -> None:
    names = pd.Index(["a", "b"])
    covariance = pd.DataFrame(np.diag([0.04, 0.25]), names, names)
    estimate = Estimate(pd.Series([0.5, -1.0], names), covariance, Spec("y ~ a + b", "fe", "region", "x"), "0", df=84)
    tidy = estimate.tidy().set_index("term")
    assert tidy.loc["a", "p_value"] == pytest.approx(2 * stats.t.sf(2.5, 84), rel=1e-12)  # same function, other route
    assert tidy.loc["a", "conf_high"] == pytest.approx(0.5 + 0.2 * stats.t.ppf(0.975, 84), rel=1e-12)
    assert estimate.plot_data()["conf_low80"].gt(estimate.plot_data()["conf_low95"]).all()
    assert "y ~ a + b" in estimate.summary()


@pytest.fixture
def forecast() -> Forecast:
    rng = np.random.default_rng(1)
    draws = rng.normal(10, 1, size=(4000, 2, 3)).astype("float32")
    array = xr.DataArray(
        draws,
        dims=("draw", "region", "year"),
        coords={"region": ["RU-A", "RU-B"], "year": [2023, 2024, 2025]},
    )
    return Forecast({"x": array}, 2022, "baseline", 1, "abc", {"rhat_max": 1.0})


def test_a_forecast_survives_its_file_and_gives_the_same_bytes(forecast: Forecast, tmp_path: Path) -> None:
    forecast.to_netcdf(tmp_path / "a.nc")
    forecast.to_netcdf(tmp_path / "b.nc")
    assert sha256_file(tmp_path / "a.nc") == sha256_file(tmp_path / "b.nc")
    again = Forecast.read(tmp_path / "a.nc")
    xr.testing.assert_equal(again.draws("x"), forecast.draws("x"))
    assert (again.origin, again.seed, dict(again.diagnostics)) == (2022, 1, {"rhat_max": 1.0})


def test_fans_nest_and_probabilities_count_draws(forecast: Forecast) -> None:
    fan = forecast.fan("RU-A", "x")
    assert fan["lo95"].lt(fan["lo80"]).all()
    assert fan["hi50"].lt(fan["hi80"]).all()
    share, error = forecast.probability("x >= 10", region="RU-A", year=2024)
    values = forecast.draws("x", "RU-A").sel(year=2024).to_numpy()
    assert share == np.mean(values >= 10)
    assert error == pytest.approx(np.sqrt(share * (1 - share) / 4000))
    assert forecast.probability("x >= 99", region="RU-A", year=2024) == (0.0, 1 / 4000)
    for asked in (forecast.fan, forecast.quantiles):
        with pytest.raises(UnknownNameError, match="swapped: x, RU-A"):
            asked("x", "RU-A")
    table = forecast.tidy()
    assert len(table) == 2 * 3 * 21
    assert set(table["horizon"]) == {1, 2, 3}
    assert table.index.equals(pd.RangeIndex(len(table)))


@pytest.mark.parametrize(
    ("event", "region", "year", "error"),
    [
        ("x is big", "RU-A", 2024, FormulaError),
        ("__import__('os') >= 1", "RU-A", 2024, FormulaError),
        ("y >= 1", "RU-A", 2024, UnknownNameError),
        ("x >= 1", "RU-C", 2024, UnknownNameError),
        ("x >= 1", "RU-A", 2050, UnknownNameError),
    ],
)
def test_a_forecast_refuses_what_it_does_not_hold(
    forecast: Forecast, event: str, region: str, year: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        forecast.probability(event, region=region, year=year)


@pytest.mark.parametrize("content", [None, b"not netcdf"])
def test_a_missing_or_damaged_forecast_says_what_to_run(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.nc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match="regional-econ forecast run"):
        Forecast.read(path)


@pytest.fixture
def elasticities() -> ElasticitySet:
    draws = pd.DataFrame(np.random.default_rng(2).normal(size=(4000, 2)), columns=["e.a", "e.b"])
    provenance = {"source": "s", "vintage": "v", "sha256": "0" * 64, "code_ref": "c"}
    parameters = tuple(
        Elasticity(
            name, name[-1], "y", "logit_per_log", "1", "logit", "logit", 0.1, {"p05": -1.0, "p50": 0.1, "p95": 1.0},
            Lag("point", (1.0,)), "regions", Domain(0.0, 1.0, 0.5, 5.0), "effect", "panel_fe", "B", 0.4, provenance,
        )
        for name in draws.columns
    )  # fmt: skip
    rich = replace(
        parameters[1], lag=Lag("almon", (1.0, 2.0), ("e.a", "e.b")), horizon="cumulative", rv=0.1, mde80=0.2,
        domain=replace(parameters[1].domain, outside="refuse"), claims=("C01", "C02"),
    )  # fmt: skip
    blocks = (JointBlock(("e.a",), "one_posterior"), JointBlock(("e.b",), "assumed_independent", "why"))
    return ElasticitySet((parameters[0], rich), draws, blocks, 2, 4, 1.01, 3100.0)


def test_elasticities_survive_their_files(elasticities: ElasticitySet, tmp_path: Path) -> None:
    path = elasticities.write(tmp_path)
    again = ElasticitySet.read(path)
    pd.testing.assert_frame_equal(again.draws, elasticities.draws)
    assert again.parameters == elasticities.parameters
    assert again == replace(elasticities, draws=again.draws)
    assert str(again) == "2 elasticities with 4000 joint draws."
    assert str(again.get("e.b")) == "b → y: 0.100 [-1.000; 1.000], grade B."
    with pytest.raises(UnknownNameError, match=r"unknown elasticity 'e\.c'. Did you mean e\.b, e\.a"):
        again.get("e.c")
    with xr.open_dataset(tmp_path / "elasticities_draws.nc", engine="h5netcdf") as copy:
        np.testing.assert_array_equal(copy["draws"].to_numpy(), elasticities.draws.to_numpy())
        assert copy["column"].to_numpy().tolist() == ["e.a", "e.b"]
        assert {key: int(copy.attrs[key]) for key in ("chains", "seed")} == {"chains": 4, "seed": 2}
        assert copy.attrs["schema_version"] == json.loads(path.read_text(encoding="utf-8"))["schema_version"]


def test_row_labels_of_draws_are_no_column_of_their_file(elasticities: ElasticitySet, tmp_path: Path) -> None:
    replace(elasticities, draws=elasticities.draws.sample(frac=1.0, random_state=1)).write(tmp_path)
    assert parquet.read_schema(tmp_path / DRAWS).names == ["e.a", "e.b"]


def test_a_set_that_breaks_the_schema_is_refused_with_its_file(elasticities: ElasticitySet, tmp_path: Path) -> None:
    wrong = replace(elasticities, parameters=(replace(elasticities.parameters[0], grade="Z"),))  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match=re.escape(f"({tmp_path / 'elasticities.json'} at $.parameters[0].grade)")):
        wrong.write(tmp_path)


def test_elasticities_stand_in_a_table(elasticities: ElasticitySet) -> None:
    table = elasticities.to_frame()
    assert table.columns.tolist() == [
        "id", "source", "target", "point", "p05", "p50", "p95", "identification", "grade", "prior_share"
    ]  # fmt: skip
    assert table.loc[1].tolist() == ["e.b", "b", "y", 0.1, -1.0, 0.1, 1.0, "panel_fe", "B", 0.4]


DRAWS = "elasticities_draws.parquet"


def reordered(path: Path) -> None:
    draws = pd.read_parquet(path)
    draws[list(reversed(draws.columns))].to_parquet(path, index=False)


def shortened(path: Path) -> None:
    pd.read_parquet(path)[1:].to_parquet(path, index=False)


@pytest.mark.parametrize(
    ("damage", "renew_hash", "message"),
    [
        (lambda path: path.unlink(), False, "the draws are missing"),
        (reordered, False, "the draws are not those the document names"),
        (reordered, True, "columns or rows of the draws differ"),
        (
            shortened,
            True,
            "columns or rows of the draws differ",
        ),
        (lambda path: path.write_bytes(b"none"), True, "the draws are no parquet file"),
    ],
)
def test_draws_that_are_not_those_are_named(
    elasticities: ElasticitySet, tmp_path: Path, damage: Callable[[Path], None], renew_hash: bool, message: str
) -> None:
    path = elasticities.write(tmp_path)
    damage(tmp_path / DRAWS)
    if renew_hash:
        document = json.loads(path.read_text(encoding="utf-8"))
        document["draws"]["sha256"] = sha256_file(tmp_path / DRAWS)
        path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        ElasticitySet.read(path)
    assert str(caught.value) == f"{message} ({tmp_path / DRAWS}). Run: regional-econ elasticities build."


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("schema_version: '1'", SchemaError, "'scenario' is a required property"),
        ("a: [", SchemaError, "not valid YAML.*line 2"),
        (None, StoreError, "cannot read the scenario"),
    ],
)
def test_a_bad_scenario_file_is_one_clear_error(
    tmp_path: Path, text: str | None, error: type[Exception], message: str
) -> None:
    path = tmp_path / "s.yml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        Scenario.read(path)


def test_a_scenario_survives_its_dictionary() -> None:
    document = {
        "schema_version": "1",
        "scenario": {
            "id": "push", "baseline_ref": "b", "start": 2023, "end": 2035, "shocks": [], "draws_ref": "d", "seed": 1,
            "settings": [{"lever": "L02", "path": [[2026, 1.0], [2030, 2.0]]}], "include_grades": ["A"],
        },
    }  # fmt: skip
    scenario = Scenario.from_dict(document)
    assert scenario.settings[0].path == ((2026, 1.0), (2030, 2.0))
    assert Scenario.from_dict(scenario.to_dict()) == scenario
    document["scenario"]["grades"] = []  # type: ignore[index]
    with pytest.raises(UnknownNameError, match="unknown key 'grades'"):
        Scenario.from_dict(document)
