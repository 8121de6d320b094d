"""What would the forecast say if some variables took a given path? Conditioning of joint draws, without a refit.

Each draw is moved by Matheron's rule, x + S_xy S_yy⁻¹ (y* − y): y are the draws of the path's cells, y* its values, S
the draws' own covariances, each variable on the scale where it is nearly Gaussian (log, logit, identity). Slopes carry
the sampling error of as many draws, so a variable that has nothing to do with the path still moves by about its
predictive sd times the path's implausibility over √draws.

Source: Waggoner and Zha (1999), "Conditional forecasts in dynamic multivariate models"; Journel and Huijbregts (1978),
"Mining geostatistics", on conditioning by kriging (Matheron). Held against Waggoner and Zha's formula on a VAR with
known parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import qr
from scipy.special import chdtrc

from regional_econ._base.errors import DataError, EstimationError, OptionError, UnknownNameError
from regional_econ._base.seeds import rng_for
from regional_econ.core.conditions import NATIONAL, Cell, Implausibility, Path, check_scenario
from regional_econ.core.scales import Floats, Scale, ScaleName, scale_of

if TYPE_CHECKING:
    import xarray as xr

    from regional_econ.core.forecast import Forecast

_BLOCK = 8
_DIMS = ("draw", "region", "year")


def condition(
    forecast: Forecast,
    path: Path,
    *,
    regions: Sequence[str] | None = None,
    scales: Mapping[str, ScaleName] | None = None,
    offsets: Mapping[str, float] | None = None,
) -> Forecast:
    """Return the forecast under a path, with as many draws.

    Parameters
    ----------
    forecast : joint draws.
    path : the conditions; one far outside the forecast is answered too, and called so.
    regions : whose variables to adjust; by default all. National drivers and the path's own cells always are.
    scales, offsets : by variable, where the forecast's arrays do not say them; see :func:`scales.scale_of`.

    Returns
    -------
    Forecast : holds what was adjusted and nothing else; cells without a figure in every draw are NaN. Its scenario is
        the path's name, after that of an earlier path. Diagnostics: ``condition_implausibility`` (the Mahalanobis
        distance), ``condition_tail_probability``, ``condition_share_farther``, ``condition_cells``,
        ``condition_cells_without_figures``, ``condition_finding`` and ``condition_z.VARIABLE.REGION.YEAR``.

    Raises
    ------
    UnknownNameError : a variable or region that the forecast does not hold.
    OptionError : a year outside the forecast, a value outside the variable's bounds, or draws on a bound of a scale
        without an offset.
    DataError : a cell without figures.
    EstimationError : a cell that does not vary or follows from the others, or numbers beyond float32.
    """
    scenario = check_scenario(forecast.scenario, path.name, where=path.where)
    known = _scales(forecast, scales, offsets)
    _check_regions(forecast, regions)
    fixed = _fix(forecast, path, known)
    found = _judge(path, fixed)
    step = np.linalg.solve(fixed.covariance, (_aims(forecast, path, fixed) - fixed.apart).T).T
    variables: dict[str, xr.DataArray] = {}
    skipped = 0
    for name, array in forecast.variables.items():
        own = {cell.region for cell in path.cells if cell.variable == name} | {NATIONAL}
        chosen = [r for r in _names(array, "region") if regions is None or r in regions or r in own]
        if chosen:
            variables[name] = _adjusted(array.sel(region=chosen), name, known[name], step, fixed, path)
            skipped += int(np.isnan(variables[name].to_numpy()[0]).sum())
    kept = {key: value for key, value in forecast.diagnostics.items() if not key.startswith("condition_")}
    return replace(
        forecast, variables=variables, scenario=scenario, diagnostics={**kept, **_diagnostics(found, skipped)}
    )


def implausibility(
    forecast: Forecast,
    path: Path,
    *,
    scales: Mapping[str, ScaleName] | None = None,
    offsets: Mapping[str, float] | None = None,
) -> Implausibility:
    """Return how far a path lies from the forecast; parameters and errors are those of :func:`condition`."""
    return _judge(path, _fix(forecast, path, _scales(forecast, scales, offsets)))


@dataclass(frozen=True)
class Rule:
    """What conditioning on k cells does to one region's draws, as numbers that any program can apply.

    A path's values y go to w = (scale(y) − mean) / spread; a draw whose cells lie ``apart`` then moves by
    (w − apart) ``inverse`` ``slopes`` on the scale of each variable, and is kept as float32.

    Parameters
    ----------
    mean, spread : of the cells' draws on their scale (k,).
    inverse : of the covariance of ``apart`` (k, k).
    apart : the cells' draws, in predictive sds from their means (draws, k).
    slopes : by variable (k, years).
    scales : of those variables, and of the cells' own.
    """

    mean: Floats
    spread: Floats
    inverse: Floats
    apart: Floats
    slopes: Mapping[str, Floats]
    scales: Mapping[str, Scale]


def conditioning_rule(forecast: Forecast, path: Path, variables: Sequence[str], *, region: str) -> Rule:
    """Return what :func:`condition` does to a region's variables under any values of a path's cells.

    Parameters
    ----------
    path : names the cells; its values do not matter.

    Raises
    ------
    UnknownNameError, OptionError, DataError, EstimationError : as :func:`condition`.
    """
    known = _scales(forecast, None, None)
    fixed = _fix(forecast, path, known)
    slopes = {}
    for name in variables:
        values = forecast.draws(name, region).transpose("draw", "year").to_numpy().astype(np.float64)
        slopes[name] = _slopes(fixed, _to_scale(known[name], values, name))
    scales = {name: known[name] for name in (*variables, *(cell.variable for cell in path.cells))}
    return Rule(fixed.mean, fixed.spread, np.linalg.inv(fixed.covariance), fixed.apart, slopes, scales)


@dataclass(frozen=True)
class _Fixed:
    """The k cells of a path in n draws, in predictive sds from their means on their scales.

    ``mean`` and ``spread`` (k,) are the draws' own, ``apart`` (n, k) are the draws, ``wanted`` (k,) the path, ``sd``
    (k,) its softness, ``covariance`` (k, k) that of the draws plus the softness.
    """

    mean: Floats
    spread: Floats
    apart: Floats
    wanted: Floats
    sd: Floats
    covariance: Floats


def _scales(
    forecast: Forecast, scales: Mapping[str, ScaleName] | None, offsets: Mapping[str, float] | None
) -> dict[str, Scale]:
    for name in (*(scales or {}), *(offsets or {})):
        if name not in forecast.variables:
            raise UnknownNameError.of("forecast variable", name, forecast.variables)
    return {name: scale_of(name, array, scales, offsets) for name, array in forecast.variables.items()}


def _check_regions(forecast: Forecast, regions: Sequence[str] | None) -> None:
    known = {region for array in forecast.variables.values() for region in _names(array, "region")}
    for region in regions or ():
        if region not in known:
            raise UnknownNameError.of("region", region, known)


def _fix(forecast: Forecast, path: Path, scales: Mapping[str, Scale]) -> _Fixed:
    columns = [_column(forecast, cell, scales) for cell in path.cells]
    draws = np.column_stack([scaled for scaled, _ in columns])
    n, k = draws.shape
    mean, spread = draws.mean(axis=0), draws.std(axis=0, ddof=1)
    rounding = np.array([rounded for _, rounded in columns])
    for cell, sd, error in zip(path.cells, spread, rounding, strict=True):
        if sd <= 10 * error:
            advice = "Leave the cell out; an earlier path may have fixed it"
            raise EstimationError(f"the draws of {cell} do not vary", where=cell.where or None, advice=advice)
    apart = (draws - mean) / spread
    wanted = np.array([scales[c.variable].to_scale(np.array(c.value)) for c in path.cells])
    soft = np.array([cell.sd for cell in path.cells], dtype=np.float64) / spread
    covariance = apart.T @ apart / (n - 1) + np.diag(soft**2)
    # below this an eigenvalue is made of the draws' own rounding
    least = max(1e-12, 10 * k * float(np.max(rounding / spread)) ** 2)
    if float(np.linalg.eigvalsh(covariance)[0]) < least:
        last = path.cells[int(qr(covariance, pivoting=True, mode="r")[1][-1])]
        message = f"in these {n} draws {last} follows from the others of the path's {k} cells"
        raise EstimationError(message, where=last.where or None, advice="Leave it out, or give it an sd")
    return _Fixed(mean, spread, apart, (wanted - mean) / spread, soft, covariance)


def _column(forecast: Forecast, cell: Cell, scales: Mapping[str, Scale]) -> tuple[Floats, float]:
    """Return the draws of a cell on its scale, and the sd of their rounding there."""
    where = cell.where or None
    if cell.variable not in forecast.variables:
        raise UnknownNameError.of("forecast variable", cell.variable, forecast.variables, where=where)
    array, scale = forecast.variables[cell.variable], scales[cell.variable]
    if cell.region not in _names(array, "region"):
        raise UnknownNameError.of(f"region of {cell.variable}", cell.region, _names(array, "region"), where=where)
    years = [int(year) for year in array["year"].to_numpy()]
    if cell.year not in years:
        message = f"{cell.variable} is forecast for {years[0]}–{years[-1]}, not for {cell.year}"
        raise OptionError(message, where=where, advice="Choose another year")
    if not scale.holds(cell.value):
        message = f"{cell} cannot be {cell.value:g}: on its {scale.name} scale a value is {scale.range}"
        raise OptionError(message, where=where, advice="Choose a value in its bounds")
    values = array.sel(region=cell.region, year=cell.year).to_numpy()
    if not np.isfinite(values).all():
        raise DataError(f"{cell} has no figures in the forecast", where=where, advice="Leave the cell out")
    exact = values.astype(np.float64)
    scaled = _to_scale(scale, exact, cell.variable)
    digit = np.spacing(np.abs(values)).astype(np.float64)
    upwards = scale.to_scale(exact + digit)  # not downwards, where the least number of all would meet 0
    # the last numbers below 100 would meet the upper bound of a logit: they have their neighbour below
    rounded = np.where(np.isfinite(upwards), upwards, scale.to_scale(exact - digit)) - scaled
    return scaled, float(np.sqrt(np.mean(rounded**2) / 12))


def _judge(path: Path, fixed: _Fixed) -> Implausibility:
    n, k = fixed.apart.shape
    square = float(fixed.wanted @ np.linalg.solve(fixed.covariance, fixed.wanted))
    own = np.einsum("nk,kn->n", fixed.apart, np.linalg.solve(fixed.covariance, fixed.apart.T))
    farther = float(np.mean(own >= square))
    z = tuple(float(value) for value in fixed.wanted)
    return Implausibility(path, float(np.sqrt(square)), float(chdtrc(k, square)), farther, n, z)


def _aims(forecast: Forecast, path: Path, fixed: _Fixed) -> Floats:
    """Return the path (n or 1, k), with a soft cell's error drawn anew for each draw."""
    if not fixed.sd.any():
        return fixed.wanted[None, :]
    noise = rng_for(forecast.seed, "condition", path.name).normal(size=fixed.apart.shape)
    return np.asarray(fixed.wanted + fixed.sd * noise)


def _adjusted(array: xr.DataArray, name: str, scale: Scale, step: Floats, fixed: _Fixed, path: Path) -> xr.DataArray:
    made = array.transpose(*_DIMS).copy()
    values = made.to_numpy()
    for first in range(0, values.shape[1], _BLOCK):
        block = values[:, first : first + _BLOCK]
        known = np.isfinite(block).all(axis=0)
        scaled = _to_scale(scale, block[:, known].astype(np.float64), name)
        with np.errstate(over="ignore"):
            block[:, known] = scale.from_scale(scaled + step @ _slopes(fixed, scaled)).astype(block.dtype)
        block[:, ~known] = np.nan
    for cell in path.cells:
        if cell.variable == name and cell.sd == 0:
            place = _names(array, "region").index(cell.region), _names(array, "year").index(str(cell.year))
            with np.errstate(over="ignore"):
                values[:, *place] = np.asarray(cell.value).astype(values.dtype)
    if np.isinf(values).any():
        message = f"under path {path.name} {name} goes beyond any number"
        raise EstimationError(message, where=path.where or None, advice="Mend the path")
    made.data = values
    return made


def _slopes(fixed: _Fixed, scaled: Floats) -> Floats:
    """Return covariances (k, …) of the cells with draws on their scale (n, …)."""
    return np.asarray(fixed.apart.T @ (scaled - scaled.mean(axis=0)) / (len(scaled) - 1))


def _to_scale(scale: Scale, values: Floats, name: str) -> Floats:
    scaled = scale.to_scale(values)
    if not np.isfinite(scaled).all():
        message = f"draws of {name} lie on a bound of its {scale.name} scale, or beyond"
        raise OptionError(message, advice=f"Give an offset, such as offsets={{{name!r}: 1.0}}, or another scale")
    return scaled


def _diagnostics(found: Implausibility, skipped: int) -> dict[str, float | int | str]:
    z = {f"condition_z.{c.variable}.{c.region}.{c.year}": v for c, v in zip(found.path.cells, found.z, strict=True)}
    return {
        "condition_cells": len(found.z),
        "condition_cells_without_figures": skipped,
        "condition_finding": str(found),
        "condition_implausibility": found.distance,
        "condition_share_farther": found.share_farther,
        "condition_tail_probability": found.tail_probability,
        **z,
    }


def _names(array: xr.DataArray, dimension: str) -> list[str]:
    return [str(name) for name in array[dimension].to_numpy()]
