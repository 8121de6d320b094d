"""What leaves the house is valid and stable; what comes in damaged or contradictory is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from regional_econ._base.errors import RegionalEconError, SchemaError, StoreError
from regional_econ._base.files import sha256_file, write_json
from regional_econ.cli.main import app
from regional_econ.core.elasticity import ElasticitySet
from regional_econ.core.schemas import validate
from regional_econ.elasticities.export import check, export

Spoil = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def shelf(built: ElasticitySet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good export."""
    folder: Path = tmp_path_factory.mktemp("elasticities")
    built.write(folder)
    return folder


@pytest.fixture
def path(shelf: Path, tmp_path: Path) -> Path:
    """A copy of the good export, to be spoilt."""
    for file in shelf.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path / "elasticities.json"


def test_export_is_valid_and_byte_stable(built: ElasticitySet, tmp_path: Path) -> None:
    first, second = export(built, tmp_path / "a"), export(built, tmp_path / "b")
    validate(json.loads(first.read_text(encoding="utf-8")), "elasticities", where=str(first))
    assert sha256_file(first) == sha256_file(second)  # and with it the hashes of both files of draws
    again = ElasticitySet.read(first)
    assert again.draws.equals(built.draws)
    assert again.parameters == built.parameters
    report = check(first)
    assert (report.n_parameters, report.n_draws, report.remarks) == (4, 4000, ())


def test_the_copy_holds_the_same_draws(built: ElasticitySet, tmp_path: Path) -> None:
    export(built, tmp_path)
    with xr.open_dataset(tmp_path / "elasticities_draws.nc", engine="h5netcdf") as copy:
        assert list(copy["column"].to_numpy()) == list(built.draws.columns)
        assert np.array_equal(copy["draws"].to_numpy(), built.draws.to_numpy())
        assert copy.attrs["chains"] == 4


def _drop_grade(document: dict[str, Any]) -> None:
    del document["parameters"][0]["grade"]


def _unknown_grade(document: dict[str, Any]) -> None:
    document["parameters"][0]["grade"] = "D"


def _grade_above_its_design(document: dict[str, Any]) -> None:
    document["parameters"][0]["grade"] = "A"


def _grade_above_its_prior_share(document: dict[str, Any]) -> None:
    document["parameters"][0]["prior_share"] = 0.95


def _few_draws(document: dict[str, Any]) -> None:
    document["draws"]["n"] = 100


def _other_hash(document: dict[str, Any]) -> None:
    document["draws"]["sha256"] = "0" * 64


def _other_copy(document: dict[str, Any]) -> None:
    document["draws"]["netcdf"]["sha256"] = "0" * 64


def _lost_copy(document: dict[str, Any]) -> None:
    document["draws"]["netcdf"]["file"] = "nowhere.nc"


def _swap_columns(document: dict[str, Any]) -> None:
    columns = document["draws"]["columns"]
    columns[0], columns[1] = columns[1], columns[0]


def _other_quantile(document: dict[str, Any]) -> None:
    document["parameters"][0]["q"]["p50"] += 1.0


def _further_quantile(document: dict[str, Any]) -> None:
    document["parameters"][0]["q"]["p975"] = document["parameters"][0]["q"]["p50"]


def _odd_quantile(document: dict[str, Any]) -> None:
    document["parameters"][0]["q"]["median"] = 0.0


def _other_point(document: dict[str, Any]) -> None:
    document["parameters"][0]["point"] = document["parameters"][0]["q"]["p95"] + 0.01


def _other_lag(document: dict[str, Any]) -> None:
    document["parameters"][1]["lag"]["columns"][0] = "nowhere"


def _half_a_lag(document: dict[str, Any]) -> None:
    lag = document["parameters"][1]["lag"]
    lag["columns"], lag["years"] = lag["columns"][1:], lag["years"][1:]


def _a_year_too_many(document: dict[str, Any]) -> None:
    document["parameters"][1]["lag"]["years"].append(9)


def _no_lag(document: dict[str, Any]) -> None:
    document["parameters"][1]["lag"]["columns"] = []


def _lag_of_a_stock(document: dict[str, Any]) -> None:
    document["parameters"][0]["lag"] = {**document["parameters"][1]["lag"], "kernel": "pim"}


def _same_id(document: dict[str, Any]) -> None:
    document["parameters"][1]["id"] = document["parameters"][0]["id"]


def _upside_down(document: dict[str, Any]) -> None:
    domain = document["parameters"][0]["domain"]
    domain["x_min"], domain["x_max"] = domain["x_max"], domain["x_min"]


def _unknown_block(document: dict[str, Any]) -> None:
    document["joint_blocks"][0]["columns"].append("nowhere")


def _two_blocks(document: dict[str, Any]) -> None:
    document["joint_blocks"].append(document["joint_blocks"][0])


def _odd_chains(document: dict[str, Any]) -> None:
    document["draws"]["chains"] = 3


def _put(value: object, *keys: str | int) -> Spoil:
    def spoil(document: dict[str, Any]) -> None:
        place: Any = document
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return spoil


NAN, FIRST, SECOND, LAST = float("nan"), ("parameters", 0), ("parameters", 1), ("parameters", 3)


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (_drop_grade, SchemaError, "'grade' is a required property"),
        (_unknown_grade, SchemaError, "'D' is not one of"),
        (_grade_above_its_design, SchemaError, "grade A is above what panel_fe"),
        (_grade_above_its_prior_share, SchemaError, "grade B is above what panel_fe with a prior share of 0.95"),
        (_few_draws, SchemaError, "4000"),
        (_other_hash, StoreError, "not those"),
        (_other_copy, StoreError, "netCDF copy is not"),
        (_lost_copy, StoreError, "netCDF copy of the draws is missing"),
        (_swap_columns, StoreError, "columns"),
        (_other_quantile, SchemaError, "p50"),
        (_further_quantile, SchemaError, "p975"),
        (_odd_quantile, SchemaError, "q holds 'median'"),
        (_other_point, SchemaError, "outside its own 90 % interval"),
        (_other_lag, SchemaError, "nowhere"),
        (_half_a_lag, SchemaError, "sum to one"),
        (_a_year_too_many, SchemaError, "4 lag columns for 5 years"),
        (_no_lag, SchemaError, "irf_draws needs a column"),
        (_lag_of_a_stock, SchemaError, "carries its own delay"),
        (_same_id, SchemaError, "two elasticities have the id"),
        (_upside_down, SchemaError, "the domain runs from"),
        (_unknown_block, SchemaError, "joint_blocks name 'nowhere'"),
        (_two_blocks, SchemaError, "stands in 2 joint blocks"),
        (_odd_chains, SchemaError, "4000 draws are no 3 chains"),
        (_put(4000, "draws", "chains"), SchemaError, "no 4000 chains of one length of at least 4"),
        (_put("a", *FIRST, "q", "p05"), SchemaError, "'a' is not of type 'number'"),
        (_put(None, *FIRST, "q", "p05"), SchemaError, "None is not of type 'number'"),
        (_put(NAN, *FIRST, "q", "p05"), SchemaError, "q.p05 is nan"),
        (_put(0.0, *FIRST, "q", "p100"), SchemaError, "q holds 'p100'"),
        (_put({}, "draws", "netcdf"), SchemaError, "'file' is a required property"),
        (_put(5, "draws", "netcdf"), SchemaError, "5 is not of type 'object'"),
        (_put(None, "draws", "netcdf"), SchemaError, "None is not of type 'object'"),
        (_put([], "draws", "columns"), SchemaError, "should be non-empty"),
        (_put(["a", "a"], "draws", "columns"), SchemaError, "non-unique"),
        (_put("99", "schema_version"), SchemaError, "'1' was expected"),
        (_put(NAN, *FIRST, "prior_share"), SchemaError, "prior_share is nan"),
        (_put(NAN, *FIRST, "domain", "max_abs_change"), SchemaError, "domain.max_abs_change is nan"),
        (_put(10**400, *FIRST, "domain", "x_max"), SchemaError, "domain.x_max is 1000000"),
        (_put(0.0, *FIRST, "domain", "max_abs_change"), SchemaError, "changes up to 0"),
        (_put(-1e6, *FIRST, "domain", "x_max"), SchemaError, "the domain runs from"),
        (_put(0, *FIRST, "domain", "change_window_years"), SchemaError, "change_window_years is 0"),
        (_put(-3, *FIRST, "domain", "change_window_years"), SchemaError, "change_window_years is -3"),
        (_put(1e11, *FIRST, "domain", "change_window_years"), SchemaError, "whole ascending years from 1 to 100"),
        (_put([-2], *FIRST, "lag", "years"), SchemaError, "lag.years is -2"),
        (_put([0, 0.5, 1, 2], *SECOND, "lag", "years"), SchemaError, "lag.years is 0, 0.5, 1, 2"),
        (_put([0, 1, 1, 2], *SECOND, "lag", "years"), SchemaError, "whole ascending years"),
        (_put("almon", *FIRST, "lag", "kernel"), SchemaError, "almon needs a column"),
        (_put({"kernel": "point", "years": [0, 1]}, *FIRST, "lag"), SchemaError, "a point is one year"),
        (_put("researchers_per_10k_employed", *FIRST, "from"), SchemaError, "two elasticities have the pair"),
        (_put("level", *FIRST, "form"), SchemaError, "form 'level' cannot move a logit"),
        (_put({"kernel": "pim", "years": []}, *LAST, "lag"), SchemaError, "wear_pct has no stock"),
        (_put([], "parameters"), SchemaError, "has no elasticities"),
        (_put(" ", *FIRST, "from"), SchemaError, "from is empty"),
        (_put("", *FIRST, "to"), SchemaError, "to is empty"),
        (_put("ln(bananas)", *FIRST, "unit_from"), SchemaError, "unit_from is 'ln\\(bananas\\)'"),
        (_put("percent", *FIRST, "unit_from"), SchemaError, "while the form is logit_per_log"),
        (_put("ln(percent)", *LAST, "unit_from"), SchemaError, "while the form is logit_per_unit"),
        (_put(-5, *FIRST, "domain", "x_min"), SchemaError, "from -5, which has no log"),
        (_put(0, *FIRST, "domain", "x_min"), SchemaError, "from 0, which has no log"),
        (_put({"kernel": "point", "years": []}, *FIRST, "lag"), SchemaError, "a point is one year"),
        (_put(0.99, "draws", "rhat_max"), SchemaError, "rhat_max is 0.99, its draws say 1.0"),
        (_put(400, "draws", "ess_min"), SchemaError, "ess_min is 400, its draws say 3"),
        (_put(1e6, "draws", "ess_min"), SchemaError, "ess_min is 1e\\+06"),
        (_put(-0.1, *FIRST, "mde80"), SchemaError, "mde80 is -0.1, below zero"),
        (_put(-0.1, *FIRST, "rv"), SchemaError, "rv is -0.1, below zero"),
        (_put(-0.1, *FIRST, "transport", "extra_sd"), SchemaError, "extra_sd is -0.1, below zero"),
    ],
)
def test_a_contradictory_file_is_refused(
    path: Path, spoil: Spoil, error: type[RegionalEconError], message: str
) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    spoil(document)
    path.write_text(json.dumps(document), encoding="utf-8")  # as others write, who may put NaN into JSON
    with pytest.raises(error, match=message):
        check(path)


def _permuted(draws: pd.DataFrame) -> pd.DataFrame:
    names = list(draws.columns)
    return draws[[names[1], names[0], *names[2:]]].set_axis(names, axis=1)


def _holed(draws: pd.DataFrame) -> pd.DataFrame:
    return draws.assign(**{draws.columns[2]: draws.iloc[:, 2].where(draws.index != 7)})


def _parted(draws: pd.DataFrame) -> pd.DataFrame:
    """Sorted rows keep every quantile, but the chains lie apart."""
    return draws.assign(**{draws.columns[3]: np.sort(draws.iloc[:, 3])})


def _worded(draws: pd.DataFrame) -> pd.DataFrame:
    return draws.assign(**{draws.columns[0]: "a"})


def _boundless(draws: pd.DataFrame) -> pd.DataFrame:
    return draws.assign(**{draws.columns[0]: 1e300 * draws.iloc[:, 0]})


def _negative_weight(draws: pd.DataFrame) -> pd.DataFrame:
    first, second = (f"researchers_per_10k_employed.innovation_activity_pct.lag{year}" for year in (0, 1))
    return draws.assign(**{first: draws[first] + 3.0, second: draws[second] - 3.0})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_worded, "holds no numbers"),
        (_boundless, "beyond 1e"),
        (_negative_weight, "below zero"),
        (_permuted, "is each column under its own name"),
        (_holed, "not finite"),
        (_parted, "have not met"),
    ],
)
def test_draws_with_a_right_hash_may_still_be_wrong(
    built: ElasticitySet, path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    changed = path.parent / "elasticities_draws.parquet"
    change(built.draws).to_parquet(changed, index=False)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["draws"]["sha256"] = sha256_file(changed)
    del document["draws"]["netcdf"]
    write_json(path, document)
    with pytest.raises(SchemaError, match=message):
        check(path)


def test_a_copy_with_other_draws_is_refused(built: ElasticitySet, path: Path) -> None:
    changed = path.parent / "elasticities_draws.parquet"
    built.draws.sample(frac=1, random_state=1).to_parquet(changed, index=False)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["draws"]["sha256"] = sha256_file(changed)
    write_json(path, document)
    with pytest.raises(SchemaError, match="holds other draws"):
        check(path)


def test_a_copy_that_cannot_be_read_is_refused(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    copy = path.parent / document["draws"]["netcdf"]["file"]
    for content in (b"no netCDF", None):
        if content is None:
            xr.Dataset({"other": ("row", [1.0])}).to_netcdf(copy, engine="h5netcdf")
        else:
            copy.write_bytes(content)
        document["draws"]["netcdf"]["sha256"] = sha256_file(copy)
        write_json(path, document)
        with pytest.raises(StoreError, match="cannot be read"):
            check(path)


def test_what_others_add_is_left_out(built: ElasticitySet, path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    document["parameters"][0] |= {"colour": "red", "source": "elsewhere"}
    document["parameters"][0]["domain"]["sheet"] = 3
    write_json(path, document)
    assert check(path).n_parameters == 4
    assert ElasticitySet.read(path).parameters == built.parameters


def test_missing_or_damaged_draws_are_refused(path: Path) -> None:
    draws = path.parent / "elasticities_draws.parquet"
    draws.write_bytes(b"no parquet")
    document = json.loads(path.read_text(encoding="utf-8"))
    document["draws"]["sha256"] = sha256_file(draws)
    write_json(path, document)
    with pytest.raises(StoreError, match="no parquet file"):
        check(path)
    draws.unlink()
    with pytest.raises(StoreError, match="missing"):
        check(path)


def test_what_is_not_wrong_but_worth_knowing_is_said(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    document["parameters"][0]["id"] = "foreign"
    del document["joint_blocks"][1]
    write_json(path, document)
    remarks = " ".join(check(path).remarks)
    assert "foreign has no column of draws" in remarks
    assert "stands in no joint block" in remarks


def test_the_command_answers_and_refuses(path: Path) -> None:
    good = CliRunner().invoke(app, ["elasticities", "check", str(path), "--json"])
    assert good.exit_code == 0
    assert json.loads(good.stdout)["data"] == {"file": str(path), "parameters": 4, "draws": 4000}
    document = json.loads(path.read_text(encoding="utf-8"))
    _other_quantile(document)
    write_json(path, document)
    bad = CliRunner().invoke(app, ["elasticities", "check", str(path)])
    assert bad.exit_code != 0
    assert "p50" in str(bad.exception) + bad.output


def test_json_nested_without_end_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "elasticities.json"
    file.write_text("[" * 200_000 + "]" * 200_000, encoding="utf-8")
    found = CliRunner().invoke(app, ["elasticities", "check", str(file)])
    assert isinstance(found.exception, StoreError)  # which the command line's door turns into one line and exit code 2
    assert "nested too deeply" in str(found.exception)
