"""What leaves the house is valid and stable; what comes in damaged or contradictory is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from regional_econ._base.errors import RegionalEconError, SchemaError, StoreError
from regional_econ._base.files import sha256_file, write_json
from regional_econ.core.elasticity import ElasticitySet
from regional_econ.core.schemas import validate
from regional_econ.elasticities.export import check, export

Spoil = Callable[[dict[str, Any]], None]


def test_export_is_valid_and_byte_stable(built: ElasticitySet, tmp_path: Path) -> None:
    first, second = export(built, tmp_path / "a"), export(built, tmp_path / "b")
    validate(json.loads(first.read_text(encoding="utf-8")), "elasticities", where=str(first))
    assert sha256_file(first) == sha256_file(second)
    again = ElasticitySet.read(first)
    assert again.draws.equals(built.draws)
    assert again.parameters == built.parameters
    report = check(first)
    assert (report.n_parameters, report.n_draws, report.remarks) == (4, 4000, ())


def _drop_grade(document: dict[str, Any]) -> None:
    del document["parameters"][0]["grade"]


def _few_draws(document: dict[str, Any]) -> None:
    document["draws"]["n"] = 100


def _other_hash(document: dict[str, Any]) -> None:
    document["draws"]["sha256"] = "0" * 64


def _swap_columns(document: dict[str, Any]) -> None:
    columns = document["draws"]["columns"]
    columns[0], columns[1] = columns[1], columns[0]


def _other_quantile(document: dict[str, Any]) -> None:
    document["parameters"][0]["q"]["p50"] += 1.0


def _other_lag(document: dict[str, Any]) -> None:
    document["parameters"][1]["lag"]["columns"][0] = "nowhere"


def _half_a_lag(document: dict[str, Any]) -> None:
    lag = document["parameters"][1]["lag"]
    lag["columns"], lag["years"] = lag["columns"][1:], lag["years"][1:]


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (_drop_grade, SchemaError, "grade"),
        (_few_draws, SchemaError, "4000"),
        (_other_hash, StoreError, "not those"),
        (_swap_columns, StoreError, "columns"),
        (_other_quantile, SchemaError, "p50"),
        (_other_lag, SchemaError, "nowhere"),
        (_half_a_lag, SchemaError, "sum to one"),
    ],
)
def test_a_contradictory_file_is_refused(
    built: ElasticitySet, tmp_path: Path, spoil: Spoil, error: type[RegionalEconError], message: str
) -> None:
    path = export(built, tmp_path)
    document = json.loads(path.read_text(encoding="utf-8"))
    spoil(document)
    write_json(path, document)
    with pytest.raises(error, match=message):
        check(path)


def test_missing_draws_are_refused(built: ElasticitySet, tmp_path: Path) -> None:
    path = export(built, tmp_path)
    (tmp_path / "elasticities_draws.parquet").unlink()
    with pytest.raises(StoreError, match="missing"):
        check(path)


def test_a_parameter_without_draws_is_named(built: ElasticitySet, tmp_path: Path) -> None:
    path = export(built, tmp_path)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["parameters"][0]["id"] = "foreign"
    write_json(path, document)
    assert "foreign" in check(path).remarks[0]
