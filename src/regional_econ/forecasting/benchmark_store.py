"""Where are the simple benchmarks' forecasts kept? They depend on figures only, and the search for an ARIMA is slow.

A fingerprint names a forecast: the history, rounded to nine digits so that another machine's logarithms do not change
it, the benchmark, the horizon, the version of statsforecast and the code of the benchmarks. A forecast is looked for in
a record, then in a folder, and made where neither has it. Forecasts are kept in double precision, so one that was
kept is the one that was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from regional_econ._base.errors import StoreError
from regional_econ._base.files import atomic_path, canonical_json
from regional_econ._base.location import package_dir
from regional_econ._base.options import check_option, check_whole
from regional_econ._base.parallel import map_cases
from regional_econ.core.code import code_of
from regional_econ.forecasting.benchmarks import BENCHMARKS, Benchmark, forecast
from regional_econ.forecasting.history import History, NormalForecast

RECORD = Path("reports") / "record" / "benchmark_forecasts.parquet"
Record = Mapping[str, NormalForecast]
_DIGITS = 9
_CODE = ("benchmarks.py", "history.py")
_FLOATS = ("mean", "sd")
_SCHEMA = pa.schema(
    [
        ("fingerprint", pa.dictionary(pa.int32(), pa.string())), ("region_row", pa.int16()), ("horizon", pa.int8()),
        ("mean", pa.float64()), ("sd", pa.float64()),
    ]
)  # fmt: skip


@dataclass(frozen=True)
class _Case:
    """A forecast to be found or made."""

    history: History
    benchmark: Benchmark
    horizon: int
    folder: Path | None


def fingerprint(history: History, benchmark: Benchmark, *, horizon: int) -> str:
    """Return the name of a forecast: 32 hex digits over all that it depends on.

    Parameters
    ----------
    history : one indicator.
    benchmark : one of `BENCHMARKS`.
    horizon : years ahead.

    Raises
    ------
    OptionError : no such benchmark, or a horizon that is no whole number above zero.
    """
    check_option("benchmark", benchmark, Benchmark)
    check_whole("horizon", horizon, least=1)
    digest = hashlib.sha256()
    for values in (*history.changes, history.last):
        rounded = np.round(np.asarray(values, dtype="<f8"), _DIGITS) + 0.0
        digest.update(len(rounded).to_bytes(8, "little"))
        digest.update(np.where(np.isnan(rounded), np.nan, rounded).tobytes())
    settings = {"benchmark": benchmark, "horizon": int(horizon), "statsforecast": version("statsforecast")}
    digest.update(canonical_json({**settings, "code": _code()}).encode())
    return digest.hexdigest()[:32]


def stored_forecasts(
    history: History,
    benchmark: Benchmark,
    *,
    horizon: int,
    folder: Path | None = None,
    record: Record | None = None,
) -> NormalForecast:
    """Forecast all regions by one simple benchmark, or read it where it is kept.

    Parameters
    ----------
    history : one indicator.
    benchmark : one of `BENCHMARKS`.
    horizon : years ahead of the indicator's last year.
    folder : keeps one file a forecast, ``<fingerprint>.parquet``, whole or not at all.
    record : from :func:`read_record`; looked into first.

    Raises
    ------
    OptionError : no such benchmark.
    StoreError : a kept file is damaged, or the folder cannot be written.
    """
    name = fingerprint(history, benchmark, horizon=horizon)
    if record is not None and name in record:
        return _fitting(record[name], history, horizon, where=name)
    path = None if folder is None else Path(folder) / f"{name}.parquet"
    if path is not None and path.is_file():
        return _fitting(read_record(path).get(name), history, horizon, where=str(path))
    made = forecast(history, benchmark, horizon=horizon)
    if path is not None:
        write_record(path, {name: made})
    return made


def all_stored_forecasts(
    histories: Mapping[str, History],
    *,
    horizon: int,
    folder: Path | None = None,
    record: Record | None = None,
    jobs: int = 1,
) -> dict[str, dict[Benchmark, NormalForecast]]:
    """Forecast many histories by every simple benchmark; only what is kept nowhere is made, with a progress bar.

    Parameters
    ----------
    histories : by any name, such as ``<variable>.<origin>``.
    horizon, folder, record : as in :func:`stored_forecasts`.
    jobs : worker processes; no forecast depends on them.

    Returns
    -------
    forecasts by the histories' names and by benchmark.

    Raises
    ------
    StoreError : a kept file is damaged, or the folder cannot be written.
    """
    known = dict(record or {})
    missing: dict[str, _Case] = {}
    names = {
        (key, benchmark): fingerprint(history, benchmark, horizon=horizon)
        for key, history in histories.items()
        for benchmark in BENCHMARKS
    }
    for (key, benchmark), name in names.items():
        if name not in known:
            missing[name] = _Case(histories[key], benchmark, horizon, folder)
    known |= map_cases(_run_case, missing, seed=0, jobs=jobs, label="benchmark forecasts")
    return {
        key: {b: _fitting(known[names[key, b]], history, horizon, where=names[key, b]) for b in BENCHMARKS}
        for key, history in histories.items()
    }


def read_record(path: Path) -> dict[str, NormalForecast]:
    """Read forecasts by fingerprint.

    Raises
    ------
    StoreError : the file is missing or damaged.
    """
    try:
        table = parquet.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        raise _damaged(str(path), str(error).splitlines()[0]) from error
    if not table.schema.equals(_SCHEMA):
        raise _damaged(str(path), f"its columns are {', '.join(table.column_names)}")
    encoded = table["fingerprint"].combine_chunks()
    codes, row = encoded.indices.to_numpy(), table["region_row"].to_numpy().astype(np.int64)
    horizon = table["horizon"].to_numpy().astype(np.int64)
    found = {}
    edges = np.flatnonzero(np.diff(codes)) + 1
    for rows in np.split(np.arange(len(codes)), edges) if len(codes) else []:
        shape = (int(row[rows].max()) + 1, int(horizon[rows].max()))
        if shape[0] * shape[1] != len(rows):
            raise _damaged(str(path), f"{len(rows)} rows for {shape[0]} regions and {shape[1]} years")
        mean, sd = (table[name].to_numpy()[rows].reshape(shape) for name in _FLOATS)
        found[str(encoded.dictionary[int(codes[rows[0]])])] = NormalForecast(mean, sd)
    return found


def write_record(path: Path, forecasts: Record) -> None:
    """Write forecasts by fingerprint: columns fingerprint, region_row, horizon, mean, sd, in that order; no times.

    Parameters
    ----------
    path : such as `RECORD`.
    forecasts : by fingerprint.

    Raises
    ------
    StoreError : the file cannot be written; an old one stays.
    """
    parts = []
    for name in sorted(forecasts):
        one = forecasts[name]
        regions, years = one.mean.shape
        parts.append(
            pa.table(
                {
                    "fingerprint": pa.array([name] * one.mean.size).dictionary_encode(),
                    "region_row": np.repeat(np.arange(regions), years).astype(np.int16),
                    "horizon": np.tile(np.arange(1, years + 1), regions).astype(np.int8),
                    "mean": one.mean.ravel(), "sd": one.sd.ravel(),
                },
                schema=_SCHEMA,
            )
        )  # fmt: skip
    table = pa.concat_tables(parts).unify_dictionaries() if parts else _SCHEMA.empty_table()
    with atomic_path(path) as temporary:
        parquet.write_table(
            table.combine_chunks(), temporary, compression="zstd", compression_level=19,
            use_dictionary=["fingerprint", "region_row", "horizon"],
            column_encoding=dict.fromkeys(_FLOATS, "BYTE_STREAM_SPLIT"),
        )  # fmt: skip


def _run_case(case: _Case, _seed: int) -> NormalForecast:
    return stored_forecasts(case.history, case.benchmark, horizon=case.horizon, folder=case.folder)


def _fitting(found: NormalForecast | None, history: History, horizon: int, *, where: str) -> NormalForecast:
    """Return a kept forecast after a look at its shape."""
    if found is None or found.mean.shape != (len(history.last), horizon):
        raise _damaged(where, "it holds another forecast than its name says")
    return found


def _damaged(where: str, reason: str) -> StoreError:
    return StoreError(f"cannot read kept forecasts: {reason}", where=where, advice="Delete the file and run again")


@cache
def _code() -> str:
    """Hash the code that makes simple benchmarks; comments and layout do not count."""
    folder = package_dir() / "forecasting"
    return code_of({name: folder / name for name in _CODE}).sha256
