"""Do the regions add up to the country? Totals draw by draw, and regions reconciled with a given national forecast.

In a hierarchy of one total and n regions every linear reconciliation moves the regions by gains times the gap between
the total and their sum: gain = s/(v + Σs), where v is the variance of the total's error and s the row sums of the
covariance of the regions' errors, both of the draws. Draws are projected one by one.

Source: Wickramasuriya, Athanasopoulos and Hyndman (2019), "Optimal forecast reconciliation … trace minimization";
Panagiotelis et al. (2023), "Probabilistic forecast reconciliation"; Di Fonzo and Girolimetto (2023) on setting negative
values to zero. Held against the published projection S(S'W⁻¹S)⁻¹S'W⁻¹.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, EstimationError, OptionError
from regional_econ._base.options import check_option
from regional_econ.core.conditions import NATIONAL
from regional_econ.core.forecast import Forecast
from regional_econ.forecasting.indicators import INDICATORS

Floats = NDArray[np.float64]
Reconciliation = Literal["bottom-up", "ols", "wls", "mint", "national", "proportions"]
ADDITIVE = tuple(one.id for one in INDICATORS if one.additive)


@dataclass(frozen=True)
class Total:
    """The sum over regions: ``draws`` (draw, year), the regions in it, and those without figures, which are not."""

    variable: str
    draws: xr.DataArray
    regions: tuple[str, ...]
    without: tuple[str, ...]

    def __str__(self) -> str:
        lacking = f", without {', '.join(self.without)}" if self.without else ""
        return f"Total of {self.variable} over {len(self.regions)} regions{lacking}."


def national_total(forecast: Forecast, variable: str) -> Total:
    """Return the sum of an additive variable over the regions, draw by draw.

    Parameters
    ----------
    forecast : joint draws; a region "RU" among them is no part.
    variable : one of ``ADDITIVE``.

    Raises
    ------
    OptionError : a variable that is no sum over regions.
    UnknownNameError : the forecast does not hold it.
    DataError : no region has figures of it.
    """
    parts, without = _parts(forecast, variable)
    regions = tuple(str(name) for name in parts["region"].to_numpy())
    return Total(variable, parts.astype(np.float64).sum("region"), regions, without)


def with_totals(forecast: Forecast, variables: Sequence[str] | None = None) -> Forecast:
    """Return the forecast with the region "RU", the sum over regions, in its additive variables.

    A path bends every cell on a scale of its own: take totals after :meth:`Forecast.condition`, not before.

    Parameters
    ----------
    forecast : joint draws.
    variables : which; by default all additive ones that it holds.

    Returns
    -------
    Forecast : a diagnostic ``total_without.VARIABLE`` names regions that a sum lacks.

    Raises
    ------
    OptionError, UnknownNameError, DataError : as :func:`national_total` does.

    Examples
    --------
    >>> coords = {"region": ["RU-KEM", "RU-TOM"], "year": [2024]}
    >>> draws = xr.DataArray(np.ones((100, 2, 1)), dims=("draw", "region", "year"), coords=coords)
    >>> whole = with_totals(Forecast({"researchers": draws}, 2023, "baseline", 1, ""))
    >>> float(whole.fan("RU", "researchers")["p50"].iloc[0])
    2.0
    """
    chosen = [name for name in ADDITIVE if name in forecast.variables] if variables is None else variables
    arrays, diagnostics = dict(forecast.variables), dict(forecast.diagnostics)
    for name in chosen:
        total = national_total(forecast, name)
        arrays[name] = _with_region(arrays[name], total.draws)
        if total.without:
            diagnostics[f"total_without.{name}"] = ", ".join(total.without)
    return replace(forecast, variables=arrays, diagnostics=diagnostics)


def reconcile(
    forecast: Forecast, variable: str, national: xr.DataArray, *, method: Reconciliation = "mint"
) -> Forecast:
    """Return the forecast with a variable's regions reconciled with a national forecast, year by year.

    Parameters
    ----------
    forecast : joint draws.
    variable : an additive one; other variables stay as they are.
    national : (draw, year), (draw, region "RU", year) or, known for sure, (year,), in the variable's unit; years that
        it lacks are left alone. Its errors are taken as uncorrelated with those of the regions' sum.
    method : ``bottom-up`` keeps the regions; ``ols``, ``wls`` (variances) and ``mint`` (covariances) move both sides;
        ``national`` conditions the regions on the national draws, ``proportions`` scales them to these.

    Returns
    -------
    Forecast : a region "RU", if there is one, is the new sum. Diagnostics ``reconciled.VARIABLE`` (the method),
        ``reconciled_gap.VARIABLE`` (mean of national less sum, before) and ``reconciled_at_zero.VARIABLE`` (share of
        the regions' draws set to 0 because they would be negative).

    Raises
    ------
    OptionError : another method, a variable that is no sum, or a national forecast of other draws or years.
    UnknownNameError, DataError : as :func:`national_total` does.
    EstimationError : draws that do not vary, or a total below 0.
    """
    check_option("method", method, Reconciliation)
    parts, _ = _parts(forecast, variable)
    given = _national(national, parts, variable)
    years = [int(year) for year in given["year"].to_numpy()]
    before = parts.sel(year=years).to_numpy().astype(np.float64)
    totals = given.to_numpy()
    after = np.stack([reconciled_draws(totals[:, t], before[:, :, t], method) for t in range(len(years))], axis=2)
    array = forecast.variables[variable].transpose("draw", "region", "year").copy()
    array.loc[{"region": parts["region"].to_numpy(), "year": years}] = after.astype(array.dtype)
    if NATIONAL in array["region"].to_numpy():
        array.loc[{"region": NATIONAL, "year": years}] = after.sum(axis=1).astype(array.dtype)
    diagnostics: dict[str, float | int | str] = {
        **forecast.diagnostics,
        f"reconciled.{variable}": method,
        f"reconciled_gap.{variable}": float(np.mean(totals - before.sum(axis=1))),
        f"reconciled_at_zero.{variable}": float(np.mean((after == 0) & (before > 0))),
    }
    return replace(forecast, variables={**forecast.variables, variable: array}, diagnostics=diagnostics)


def reconciled_draws(total: Floats, regions: Floats, method: Reconciliation) -> Floats:
    """Return draws of the regions whose sum is the reconciled total.

    Parameters
    ----------
    total : (n,) draws of the national forecast.
    regions : (n, r) draws of the regions, none negative.
    method : see :func:`reconcile`.

    Raises
    ------
    EstimationError : draws that do not vary or are 0 in all regions, or a reconciled total below 0.

    Examples
    --------
    >>> reconciled_draws(np.array([8.0, 8.0]), np.array([[1.0, 4.0], [4.0, 1.0]]), "ols").tolist()
    [[2.0, 5.0], [5.0, 2.0]]
    """
    own = regions.sum(axis=1)
    gap = total - own
    if method == "proportions":
        if not (own > 0).all():
            raise EstimationError("a draw is 0 in all regions: it has no proportions", advice="Use another method")
        moved = regions * (1.0 + gap / own)[:, None]
    else:
        moved = regions + gap[:, None] * _gain(total, regions, method)
    target = moved.sum(axis=1)
    if (target < 0).any():
        raise EstimationError("a reconciled total lies below 0", advice="Check the unit of the national forecast")
    lifted = np.maximum(moved, 0.0)
    short = (moved < 0).any(axis=1)
    lifted[short] *= (target[short] / lifted[short].sum(axis=1))[:, None]
    return lifted


def _gain(total: Floats, regions: Floats, method: Reconciliation) -> Floats:
    n_regions = regions.shape[1]
    if method == "bottom-up":
        return np.zeros(n_regions)
    if method == "ols":
        return np.full(n_regions, 1.0 / (1.0 + n_regions))
    centred = regions - regions.mean(axis=0)
    partner = centred if method == "wls" else centred.sum(axis=1, keepdims=True)
    shares = (centred * partner).sum(axis=0) / (len(regions) - 1)
    whole = float(shares.sum()) + (0.0 if method == "national" else float(total.var(ddof=1)))
    if not whole > 0:
        raise EstimationError("the draws do not vary: nobody knows whom to move", advice="Use ols or proportions")
    return np.asarray(shares / whole)


def _parts(forecast: Forecast, variable: str) -> tuple[xr.DataArray, tuple[str, ...]]:
    """Return the draws (draw, region, year) of the regions with figures, and the names of those without."""
    if variable not in ADDITIVE:
        raise OptionError(f"{variable} is no sum over regions", advice=f"Sums are: {', '.join(ADDITIVE)}")
    array = forecast.draws(variable).transpose("draw", "region", "year")
    names = [str(name) for name in array["region"].to_numpy() if str(name) != NATIONAL]
    known = [name for name in names if np.isfinite(array.sel(region=name).to_numpy()).all()]
    if not known:
        raise DataError(f"no region has figures of {variable} in every draw", advice="Choose another variable")
    return array.sel(region=known), tuple(name for name in names if name not in known)


def _national(national: xr.DataArray, parts: xr.DataArray, variable: str) -> xr.DataArray:
    """Return the national forecast as finite draws (draw, year) in years of the regions."""
    given = national.sel(region=NATIONAL, drop=True) if "region" in national.dims else national
    n = parts.sizes["draw"]
    if "draw" not in given.dims:
        given = given.expand_dims(draw=n)
    if given.sizes["draw"] != n:
        raise OptionError(f"the national forecast has {given.sizes['draw']} draws", advice=f"Give {n}, or a path")
    years = [int(year) for year in parts["year"].to_numpy()]
    if not set(given["year"].to_numpy().tolist()) <= set(years):
        message = f"the national forecast has years outside {years[0]}–{years[-1]}, those of {variable}"
        raise OptionError(message, advice="Leave them out")
    given = given.transpose("draw", "year").astype(np.float64)
    if not np.isfinite(given.to_numpy()).all():
        raise OptionError("the national forecast is not finite", advice="Leave those years out")
    return given


def _with_region(array: xr.DataArray, total: xr.DataArray) -> xr.DataArray:
    plain = array.transpose("draw", "region", "year")
    plain = plain.sel(region=[name for name in plain["region"].to_numpy() if str(name) != NATIONAL])
    added = total.astype(array.dtype).expand_dims(region=[NATIONAL]).transpose("draw", "region", "year")
    return xr.concat([plain, added], dim="region").assign_attrs(array.attrs)
