"""Elasticities leave the house, and foreign ones are checked at the door."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pandas.api.types import is_numeric_dtype

from regional_econ._base.errors import SchemaError, StoreError
from regional_econ._base.files import read_json, sha256_file
from regional_econ._base.location import data_dir
from regional_econ.bayes.convergence import convergence
from regional_econ.core.elasticity import LOG_FORMS, Domain, Elasticity, ElasticitySet, Lag
from regional_econ.elasticities.forms import LOGIT_FORMS, STOCK_DRIVERS
from regional_econ.elasticities.grades import grade

TOLERANCE = 1e-6
RHAT_MAX = 1.01
_AGAIN = "Export it again"
_LN = re.compile(r"ln\((.+)\)")
_QUANTILE = re.compile(r"p(0[1-9]|[1-9]\d|\d\d[1-9])")
_LEAST_DRAWS = 4
_LARGEST, _NARROWEST, _LONGEST = 1e12, 1e-9, 100
# Other programs rank, split and smooth a little differently; what a file says of its chains may differ by as much.
_RHAT_APART, _ESS_APART = 0.002, 0.1


@dataclass(frozen=True)
class CheckReport:
    """What was found right in an elasticities file."""

    file: str
    n_parameters: int
    n_draws: int
    remarks: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: {self.n_parameters} elasticities, {self.n_draws} draws; valid."


def export(elasticities: ElasticitySet, out: Path) -> Path:
    """Write ``elasticities.json`` and its draws to a folder and return the JSON file.

    Raises
    ------
    StoreError : the folder cannot be written.
    """
    path = elasticities.write(out)
    check(path)
    return path


def check(path: Path) -> CheckReport:
    """Check an elasticities file, whoever wrote it.

    Held are the schema, the hash of the draws and of their netCDF copy, columns and joint blocks, that numbers are
    finite, that the chains have met and R-hat and effective size are those of the draws, quantiles and point against
    the draws, form, driver and lag against each other, lag years and weights, units, domains, that one pair has one
    elasticity, and that no grade is above what design and prior share allow.

    Raises
    ------
    SchemaError : the document breaks the schema, or its numbers contradict its draws or each other.
    StoreError : the document or its draws are missing, damaged or not those it names.
    """
    elasticities = ElasticitySet.read(path)
    if not elasticities.parameters:
        raise SchemaError("the file has no elasticities", where=str(path), advice="Put one at least into parameters")
    draws = read_json(path)["draws"]
    _check_draws(elasticities, draws, str(path))
    _check_copy(elasticities, Path(path), draws)
    remarks = _check_blocks(elasticities, str(path))
    units = _units()
    for parameter in elasticities.parameters:
        where = f"{path}, {parameter.id}"
        _check_declaration(parameter, units, where)
        if parameter.id not in elasticities.draws.columns:
            remarks.append(f"{parameter.id} has no column of draws; it can be read but not simulated")
            continue
        _check_quantiles(parameter, elasticities.draws[parameter.id].to_numpy(dtype=float), where)
        _check_weights(parameter, elasticities.draws, where)
    return CheckReport(str(path), len(elasticities.parameters), len(elasticities.draws), tuple(remarks))


def _check_draws(elasticities: ElasticitySet, declared: Mapping[str, Any], where: str) -> None:
    for what, found in (
        ("the id", [one.id for one in elasticities.parameters]),
        ("the pair", [f"{one.source} → {one.target}" for one in elasticities.parameters]),
    ):
        twice = [name for name, count in Counter(found).items() if count > 1]
        if twice:
            raise SchemaError(f"two elasticities have {what} {twice[0]!r}", where=where, advice="Give each its own")
    for column, kind in elasticities.draws.dtypes.items():
        if not is_numeric_dtype(kind):
            raise SchemaError(f"column {column!r} holds no numbers", where=where, advice=_AGAIN)
    columns = [str(column) for column in elasticities.draws.columns]
    values = elasticities.draws.to_numpy(dtype=float, na_value=np.nan)
    for at, column in enumerate(columns):
        if not (np.abs(values[:, at]) <= _LARGEST).all():
            message = f"column {column!r} has draws that are not finite, or beyond {_LARGEST:g}"
            raise SchemaError(message, where=where, advice=_AGAIN)
    length, rest = divmod(len(values), elasticities.chains)
    if rest or length < _LEAST_DRAWS:
        message = f"{len(values)} draws are no {elasticities.chains} chains of one length of at least {_LEAST_DRAWS}"
        raise SchemaError(message, where=where, advice=_AGAIN)
    rhat, bulk, tail = convergence(values.reshape(elasticities.chains, length, -1))
    worst = int(np.argmax(np.where(np.isnan(rhat), 0.0, rhat)))
    if rhat[worst] > RHAT_MAX:
        message = f"the chains of {columns[worst]!r} have not met: R-hat is {rhat[worst]:.3f}, above {RHAT_MAX}"
        raise SchemaError(message, where=where, advice="Draw longer; rows stand chain after chain")
    for name, drawn, apart in (
        ("rhat_max", float(np.nanmax(rhat, initial=1.0)), _RHAT_APART),
        ("ess_min", float(np.nanmin([bulk, tail], initial=float(len(values)))), _ESS_APART),
    ):
        if name in declared and not abs(declared[name] / drawn - 1.0) <= apart:
            message = f"{name} is {declared[name]:.6g}, its draws say {drawn:.6g}"
            raise SchemaError(message, where=where, advice="Leave it out, or give that of the draws")


def _check_copy(elasticities: ElasticitySet, path: Path, draws: Mapping[str, Any]) -> None:
    if "netcdf" not in draws:
        return
    import xarray as xr

    copy = path.parent / Path(draws["netcdf"]["file"]).name
    if not copy.is_file():
        raise StoreError("the netCDF copy of the draws is missing", where=str(copy), advice=_AGAIN)
    if sha256_file(copy) != draws["netcdf"]["sha256"]:
        raise StoreError("the netCDF copy is not the one the document names", where=str(copy), advice=_AGAIN)
    try:
        with xr.open_dataset(copy, engine="h5netcdf") as found:
            same = list(map(str, found["column"].to_numpy())) == list(map(str, elasticities.draws.columns))
            same = same and np.array_equal(found["draws"].to_numpy(), elasticities.draws.to_numpy())
    except (OSError, KeyError, ValueError) as error:
        raise StoreError("the netCDF copy cannot be read", where=str(copy), advice=_AGAIN) from error
    if not same:
        raise SchemaError("the netCDF copy holds other draws than the parquet file", where=str(copy), advice=_AGAIN)


def _check_blocks(elasticities: ElasticitySet, where: str) -> list[str]:
    columns = [str(column) for column in elasticities.draws.columns]
    named = Counter(column for block in elasticities.joint_blocks for column in block.columns)
    for column, count in named.items():
        if column not in columns:
            raise SchemaError(f"joint_blocks name {column!r}, which is not among the draws", where=where, advice=_AGAIN)
        if count > 1:
            raise SchemaError(f"{column!r} stands in {count} joint blocks", where=where, advice="Put it into one")
    return [
        f"{column} stands in no joint block; how it goes with others is unknown"
        for column in columns
        if not named[column]
    ]


def _check_declaration(parameter: Elasticity, units: frozenset[str], where: str) -> None:
    for name, value in _numbers("", parameter.to_dict()):
        if not abs(value) <= _LARGEST:
            message = f"{name} is {value!s:.20}: not finite, or beyond {_LARGEST:g}"
            raise SchemaError(message, where=where, advice="Give a number of that unit")
    _check_form(parameter, units, where)
    _check_domain(parameter.domain, where)
    best = grade(
        parameter.identification, prior_share=parameter.prior_share, falsification_passed=True, series_exists=True
    )
    if parameter.grade < best:
        message = (
            f"grade {parameter.grade} is above what {parameter.identification} with a prior share of "
            f"{parameter.prior_share:.2f} can have, {best}"
        )
        raise SchemaError(message, where=where, advice="Grades follow design and prior share, never size or sign")
    _check_lag(parameter.lag, where)


def _check_form(parameter: Elasticity, units: frozenset[str], where: str) -> None:
    for name, text in (("id", parameter.id), ("from", parameter.source), ("to", parameter.target)):
        if not text.strip():
            raise SchemaError(f"{name} is empty", where=where, advice="Name the variable")
    if parameter.form not in LOGIT_FORMS:
        message = f"an effect of form {parameter.form!r} cannot move a logit"
        raise SchemaError(message, where=where, advice=f"Give it as {', '.join(LOGIT_FORMS)}")
    if parameter.lag.kernel == "pim" and parameter.source not in STOCK_DRIVERS:
        message = f"{parameter.source} has no stock that a lag pim could be of"
        raise SchemaError(message, where=where, advice="Give lag weights or a point")
    logs, inner = parameter.form in LOG_FORMS, _LN.fullmatch(parameter.unit_from)
    unit = inner[1] if inner else parameter.unit_from
    if logs != bool(inner) or unit not in units:
        message = f"unit_from is {parameter.unit_from!r}, while the form is {parameter.form}"
        advice = f"Write {'ln(UNIT)' if logs else 'UNIT'}, with a unit that data/units.yml has, such as percent"
        raise SchemaError(message, where=where, advice=advice)
    if logs and parameter.domain.x_min <= 0.0:
        message = f"the domain runs from {parameter.domain.x_min:g}, which has no log"
        raise SchemaError(message, where=where, advice="Give the lowest level above zero")
    for name, value in (("mde80", parameter.mde80), ("rv", parameter.rv), ("extra_sd", _extra(parameter))):
        if value is not None and value < 0.0:
            raise SchemaError(f"{name} is {value:g}, below zero", where=where, advice="Give a size, or leave it out")


def _units() -> frozenset[str]:
    """The ids of the declared units, and how they are written in either language."""
    document = yaml.safe_load((data_dir() / "units.yml").read_text(encoding="utf-8"))
    return frozenset(document) | {str(label) for entry in document.values() for label in entry["label"].values()}


def _extra(parameter: Elasticity) -> float | None:
    given = parameter.transport.get("extra_sd")
    return None if given is None else float(given)


def _numbers(name: str, value: object) -> Iterator[tuple[str, float]]:
    """Give every number of a document with the path to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, int | float):
        yield name, value
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(name, inner)


def _check_domain(domain: Domain, where: str) -> None:
    if domain.x_max - domain.x_min < _NARROWEST or domain.max_abs_change < _NARROWEST:
        message = f"the domain runs from {domain.x_min:g} to {domain.x_max:g}, changes up to {domain.max_abs_change:g}"
        raise SchemaError(message, where=where, advice="Give the lower end first, and levels and changes that vary")
    _check_years([domain.change_window_years], 1, "change_window_years", where)


def _check_years(years: Sequence[float], first: int, name: str, where: str) -> None:
    whole = all(year == round(year) and first <= year <= _LONGEST for year in years)
    if not whole or list(years) != sorted(set(years)):
        message = f"{name} is {', '.join(f'{year:g}' for year in years)}"
        raise SchemaError(message, where=where, advice=f"Give whole ascending years from {first} to {_LONGEST}")


def _check_lag(lag: Lag, where: str) -> None:
    _check_years(lag.years, 0, "lag.years", where)
    if lag.kernel == "pim" and lag.columns:
        raise SchemaError("a stock (pim) carries its own delay and has no lag columns", where=where, advice="Drop them")
    if lag.kernel == "point" and (lag.columns or len(lag.years) != 1):
        raise SchemaError("a point is one year and has no lag columns", where=where, advice="Name one year")
    if lag.kernel not in ("pim", "point") and not lag.columns:
        message = f"{lag.kernel} needs a column of weights a year"
        raise SchemaError(message, where=where, advice="Name them in lag.columns")
    if lag.columns and len(lag.columns) != len(lag.years):
        message = f"{len(lag.columns)} lag columns for {len(lag.years)} years"
        raise SchemaError(message, where=where, advice="Name one column a year")


def _check_quantiles(
    parameter: Elasticity, draws: np.ndarray[tuple[int, ...], np.dtype[np.float64]], where: str
) -> None:
    spread = float(draws.std())
    for key in sorted(parameter.q):
        if not _QUANTILE.fullmatch(key):
            raise SchemaError(f"q holds {key!r}", where=where, advice="Name quantiles like p05, p50 or p975")
        drawn = float(np.quantile(draws, float(f"0.{key[1:]}")))
        if not abs(drawn - parameter.q[key]) <= TOLERANCE + 0.01 * spread:
            message = f"{key} is {parameter.q[key]:.6g}, its draws say {drawn:.6g}"
            raise SchemaError(message, where=where, advice=f"{_AGAIN}; is each column under its own name?")
    if not parameter.q["p05"] <= parameter.point <= parameter.q["p95"]:
        message = f"the point {parameter.point:.6g} lies outside its own 90 % interval"
        raise SchemaError(message, where=where, advice="Give the median or the mean of the draws")


def _check_weights(parameter: Elasticity, draws: pd.DataFrame, where: str) -> None:
    columns = list(parameter.lag.columns)
    missing = [column for column in columns if column not in draws.columns]
    if missing:
        raise SchemaError(f"lag column {missing[0]!r} is not among the draws", where=where, advice=_AGAIN)
    weights = draws[columns].to_numpy(dtype=float)
    if columns and float(np.abs(weights.sum(axis=1) - 1).max()) > TOLERANCE:
        raise SchemaError("lag weights do not sum to one", where=where, advice="Normalise them")
    if (weights < -TOLERANCE).any():
        raise SchemaError("a lag weight is below zero", where=where, advice="Give each year its share of the effect")
