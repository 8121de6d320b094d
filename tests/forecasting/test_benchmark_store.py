"""Is a kept forecast the one that would be made, and does anything that matters change its name?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from regional_econ._base.errors import OptionError, StoreError
from regional_econ.forecasting import benchmark_store
from regional_econ.forecasting.benchmark_store import (
    all_stored_forecasts,
    fingerprint,
    read_record,
    stored_forecasts,
    write_record,
)
from regional_econ.forecasting.benchmarks import BENCHMARKS, forecast
from regional_econ.forecasting.history import History, NormalForecast


def history(seed: int = 0) -> History:
    rng = np.random.default_rng(seed)
    changes = [rng.normal(0.3, 1.0, n) for n in (9, 2, 5)]
    changes[0][4] = np.nan
    return History(tuple(changes), np.array([1.0, 2.0, 3.0]))


def same(one: NormalForecast, two: NormalForecast) -> bool:
    return one.mean.tobytes() == two.mean.tobytes() and one.sd.tobytes() == two.sd.tobytes()


@pytest.fixture
def never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("made, though it was kept")

    monkeypatch.setattr(benchmark_store, "forecast", refuse)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_kept_forecast_is_the_one_that_was_made(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made = stored_forecasts(history(), name, horizon=3, folder=tmp_path)  # type: ignore[arg-type]
    assert same(made, forecast(history(), name, horizon=3))  # type: ignore[call-overload]
    assert np.isnan(made.mean[1]).all()
    request.getfixturevalue("never_made")
    assert same(made, stored_forecasts(history(), name, horizon=3, folder=tmp_path))  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == [f"{fingerprint(history(), name, horizon=3)}.parquet"]  # type: ignore[arg-type]


def test_what_a_forecast_depends_on_changes_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given = history()
    first = fingerprint(given, "drift", horizon=3)
    moved = given.last.copy()
    moved[0] += 1e-6
    longer = (np.append(0.0, given.changes[0]), *given.changes[1:])
    shown = np.nan_to_num(given.changes[0])
    cut = (given.changes[0][:-1], np.append(given.changes[0][-1], given.changes[1]), given.changes[2])
    others = {
        fingerprint(given, "ets", horizon=3),
        fingerprint(given, "drift", horizon=4),
        fingerprint(replace(given, last=moved), "drift", horizon=3),
        fingerprint(replace(given, changes=longer), "drift", horizon=3),
        fingerprint(replace(given, changes=cut), "drift", horizon=3),
        fingerprint(replace(given, changes=(shown, *given.changes[1:])), "drift", horizon=3),
        fingerprint(History(given.changes[::-1], given.last[::-1]), "drift", horizon=3),
    }
    monkeypatch.setattr(benchmark_store, "version", lambda _: "0")
    others.add(fingerprint(given, "drift", horizon=3))
    monkeypatch.undo()
    monkeypatch.setattr(benchmark_store, "_code", lambda: "0")
    others.add(fingerprint(given, "drift", horizon=3))
    assert len(others | {first}) == 10


def test_the_last_digits_of_another_machine_do_not_change_a_name() -> None:
    given = history()
    near = History(tuple(np.nextafter(row, 9.0) for row in given.changes), np.nextafter(given.last, 9.0))
    zero = History((np.array([0.0, 1.0, 2.0]),), np.zeros(1))
    assert fingerprint(given, "naive", horizon=1) == fingerprint(near, "naive", horizon=1)
    minus = History((np.array([-0.0, 1.0, 2.0]),), np.zeros(1))
    assert fingerprint(zero, "naive", horizon=1) == fingerprint(minus, "naive", horizon=1)


def test_a_record_serves_a_fresh_clone(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    given = {"one.2010": history(), "two.2010": history(1)}
    made = all_stored_forecasts(given, horizon=2, folder=tmp_path / "kept")
    path = tmp_path / "record.parquet"
    names = {fingerprint(given[key], b, horizon=2): made[key][b] for key in given for b in BENCHMARKS}
    write_record(path, names)
    record = read_record(path)
    assert list(record) == sorted(names)
    request.getfixturevalue("never_made")
    for folder in (None, tmp_path / "kept"):
        again = all_stored_forecasts(given, horizon=2, folder=folder, record=record if folder is None else None)
        assert all(same(again[key][b], made[key][b]) for key in given for b in BENCHMARKS)
    assert same(stored_forecasts(given["one.2010"], "theta", horizon=2, record=record), made["one.2010"]["theta"])


def test_only_what_the_record_lacks_is_made(tmp_path: Path) -> None:
    given = history()
    kept = {fingerprint(given, b, horizon=2): forecast(given, b, horizon=2) for b in BENCHMARKS[1:]}
    all_stored_forecasts({"one": given}, horizon=2, folder=tmp_path, record=kept)
    assert [path.stem for path in tmp_path.iterdir()] == [fingerprint(given, "naive", horizon=2)]


def test_the_record_has_its_columns_and_one_form(tmp_path: Path) -> None:
    made = {name: NormalForecast(np.full((3, 2), k), np.full((3, 2), np.nan)) for k, name in enumerate("ba")}
    write_record(tmp_path / "1.parquet", made)
    write_record(tmp_path / "2.parquet", dict(reversed(made.items())))
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    frame = pd.read_parquet(tmp_path / "1.parquet")
    assert list(frame) == ["fingerprint", "region_row", "horizon", "mean", "sd"]
    assert frame["fingerprint"].tolist() == ["a"] * 6 + ["b"] * 6
    assert frame["region_row"].tolist() == [0, 0, 1, 1, 2, 2] * 2
    assert frame["horizon"].tolist() == [1, 2] * 6
    write_record(tmp_path / "none.parquet", {})
    assert read_record(tmp_path / "none.parquet") == {}


def test_the_whole_record_is_small(tmp_path: Path) -> None:
    """A tenth of twelve indicators × fifteen origins, 85 regions, five years, five benchmarks: under 0.8 of 8 MB."""
    rng = np.random.default_rng(0)
    made = {f"{k:032x}": NormalForecast(*rng.normal(30.0, 5.0, (2, 85, 5))) for k in range(90)}
    write_record(tmp_path / "record.parquet", made)
    assert (tmp_path / "record.parquet").stat().st_size < 0.8e6


@pytest.mark.parametrize("damage", ["cut", "missing", "rows", "columns", "another"])
def test_damaged_files_are_named(damage: str, tmp_path: Path) -> None:
    given = history()
    path = tmp_path / f"{fingerprint(given, 'drift', horizon=2)}.parquet"
    write_record(path, {fingerprint(given, "drift", horizon=2): forecast(given, "drift", horizon=2)})
    table = parquet.read_table(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "missing":
        path.unlink()
        with pytest.raises(StoreError, match="cannot read kept forecasts"):
            read_record(path)
        return
    elif damage == "rows":
        parquet.write_table(table.slice(0, 5), path)
    elif damage == "columns":
        parquet.write_table(table.drop_columns(["sd"]), path)
    else:
        write_record(path, {"0": forecast(given, "drift", horizon=2)})
    with pytest.raises(StoreError, match="cannot read kept forecasts") as caught:
        stored_forecasts(given, "drift", horizon=2, folder=tmp_path)
    assert str(path) in str(caught.value)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(benchmark_store.parquet, "write_table", fail)
    with pytest.raises(StoreError, match="No space left"):
        stored_forecasts(history(), "drift", horizon=2, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_pooled_benchmarks_and_empty_horizons_are_refused() -> None:
    with pytest.raises(OptionError, match="benchmark cannot be 'climatology'"):
        stored_forecasts(history(), "climatology", horizon=2)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="horizon cannot be 0"):
        stored_forecasts(history(), "naive", horizon=0)
