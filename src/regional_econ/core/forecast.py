"""A Forecast: joint draws of future paths for regions and variables."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, FormulaError, StoreError, UnknownNameError
from regional_econ._base.files import write_bytes
from regional_econ._base.options import FAN_LEVELS, QUANTILES_21
from regional_econ.core import conditioning, forecast_csv
from regional_econ.core.conditions import Path as ConditionPath
from regional_econ.core.scales import ScaleName

if TYPE_CHECKING:
    import xarray as xr

N_DRAWS = 4_000
_EVENT = re.compile(r"\s*(?P<variable>[A-Za-z_]\w*)\s*(?P<operator>>=|<=|>|<)\s*(?P<value>-?\d+(\.\d+)?)\s*")


@dataclass(frozen=True)
class Forecast:
    """Draws of future paths, float32, thinned to 4,000.

    Parameters
    ----------
    variables : DataArrays by variable id with dims (draw, region, year), in the variable's unit. A national driver has
        the one region "RU"; years may start apart; a region without figures holds NaN. Attributes ``scale`` and
        ``offset`` name the scale on which a variable is conditioned.
    origin : the last year whose figures entered.
    scenario : name of the conditions.
    seed : root seed of the draws.
    panel_checksum : SHA-256 of the panel.
    diagnostics : gate values and settings.
    """

    variables: Mapping[str, xr.DataArray]
    origin: int
    scenario: str
    seed: int
    panel_checksum: str
    diagnostics: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return int(next(iter(self.variables.values())).sizes["draw"])

    def draws(self, variable: str, region: str | None = None) -> xr.DataArray:
        """Return draws (draw, region, year), or (draw, year) for one region.

        Raises
        ------
        UnknownNameError : no such variable or region.
        """
        if region is not None:
            self.check(region, variable)
        if variable not in self.variables:
            raise UnknownNameError.of("forecast variable", variable, self.variables)
        array = self.variables[variable]
        return array if region is None else array.sel(region=region)

    def check(self, region: str, variable: str) -> None:
        """Raise unless the forecast holds a region's variable; two that are swapped are called so.

        Raises
        ------
        UnknownNameError : no such variable or region.
        """
        if variable not in self.variables:
            held = {str(name) for array in self.variables.values() for name in array["region"].to_numpy()}
            if region in self.variables or variable in held:
                advice = f"The region comes first: {variable}, {region}"
                raise UnknownNameError(f"region and variable are swapped: {region}, {variable}", advice=advice)
            raise UnknownNameError.of("forecast variable", variable, self.variables)
        regions = [str(name) for name in self.variables[variable]["region"].to_numpy()]
        if region not in regions:
            raise UnknownNameError.of("region", region, regions)

    def of_regions(self, regions: Collection[str]) -> Forecast:
        """Return the forecast of those of its regions that are named, in its own order."""
        parts = {name: array.isel(region=array["region"].isin(list(regions))) for name, array in self.variables.items()}
        return replace(self, variables=parts)

    def quantiles(self, region: str, variable: str, levels: Sequence[float] = QUANTILES_21) -> pd.DataFrame:
        """Return year, level, value.

        Raises
        ------
        UnknownNameError : no such variable or region.
        DataError : the region has no figures of it.
        """
        draws = self.draws(variable, region).transpose("draw", "year")
        if not np.isfinite(draws.to_numpy()).any():
            raise _no_figures(variable, region)
        values = np.quantile(draws.to_numpy().astype("float64"), levels, axis=0)
        years = [int(year) for year in draws["year"].to_numpy()]
        n_years, n_levels = len(years), len(levels)
        return pd.DataFrame(
            {"year": np.repeat(years, n_levels), "level": np.tile(levels, n_years), "value": values.T.ravel()}
        )

    def fan(self, region: str, variable: str) -> pd.DataFrame:
        """Return year, p50 and the equal-tailed 50, 80 and 95 % bands lo50, hi50, … hi95."""
        levels = {"p50": 0.5}
        for width in FAN_LEVELS:
            levels[f"lo{round(100 * width)}"] = round(0.5 - width / 2, 4)
            levels[f"hi{round(100 * width)}"] = round(0.5 + width / 2, 4)
        wide = self.quantiles(region, variable, sorted(levels.values())).pivot(index="year", columns="level")["value"]
        return pd.DataFrame({name: wide[level] for name, level in levels.items()}).reset_index()

    def event_draws(self, event: str, *, region: str, year: int) -> NDArray[np.bool_]:
        """Return in which draws (draw,) an event happens.

        Parameters
        ----------
        event : ``variable >= number`` (or <=, >, <) in the variable's unit.

        Raises
        ------
        FormulaError : not an event.
        UnknownNameError : no such variable, region or year.
        DataError : the region has no figures of the variable in that year.
        """
        match = _EVENT.fullmatch(event)
        if match is None:
            raise FormulaError(f"not an event: {event!r}", advice="Write it as 'wear_pct >= 50'")
        draws = self.draws(match["variable"], region)
        years = [int(known) for known in draws["year"].to_numpy()]
        if year not in years:
            raise UnknownNameError.of("forecast year", str(year), [str(known) for known in years])
        path, threshold = draws.sel(year=year).to_numpy(), float(match["value"])
        if not np.isfinite(path).all():
            raise _no_figures(match["variable"], region)
        hit = {">=": path >= threshold, "<=": path <= threshold, ">": path > threshold, "<": path < threshold}
        return np.asarray(hit[match["operator"]])

    def probability(self, event: str, *, region: str, year: int) -> tuple[float, float]:
        """Return the share of draws in which an event happens and its Monte Carlo error (:func:`share_error`).

        Parameters and errors are those of :meth:`event_draws`. A share of 0 or 1 says no more than that the probability
        is below 1/n, or above 1 − 1/n, with n draws.
        """
        hits = self.event_draws(event, region=region, year=year)
        share, n = float(hits.mean()), len(hits)
        return share, share_error(float(np.sqrt(share * (1 - share) / n)), n)

    def condition(
        self,
        path: ConditionPath,
        *,
        regions: Sequence[str] | None = None,
        scales: Mapping[str, ScaleName] | None = None,
        offsets: Mapping[str, float] | None = None,
    ) -> Forecast:
        """Return the forecast under a path of some variables; see :func:`conditioning.condition`."""
        return conditioning.condition(self, path, regions=regions, scales=scales, offsets=offsets)

    def tidy(self) -> pd.DataFrame:
        """Return the quantiles of everything as a hub-style long table; cells without figures are left out."""
        parts = []
        for variable, array in self.variables.items():
            for region in [str(name) for name in array["region"].to_numpy()]:
                if not np.isfinite(array.sel(region=region).to_numpy()).any():
                    continue
                rows = self.quantiles(region, variable).dropna()
                parts.append(
                    rows.assign(
                        origin=self.origin, horizon=rows["year"] - self.origin, target=variable, location=region,
                        output_type="quantile",
                    )
                )  # fmt: skip
        table = pd.concat(parts, ignore_index=True).rename(columns={"level": "output_type_id", "year": "target_year"})
        return table[
            [
                "origin",
                "horizon",
                "target_year",
                "target",
                "location",
                "output_type",
                "output_type_id",
                "value",
            ]
        ]

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`tidy`."""
        return self.tidy()

    def write_hub_csv(self, path: Path) -> None:
        """Write :meth:`tidy` as hubs of forecasts want it; see :func:`forecast_csv.write_hub_csv`."""
        forecast_csv.write_hub_csv(self, path)

    def fan_csv(self, region: str, variable: str, path: Path) -> None:
        """Write one fan with a header of where it comes from; see :func:`forecast_csv.write_fan_csv`."""
        forecast_csv.write_fan_csv(self, region, variable, path)

    def to_netcdf(self, path: Path) -> None:
        """Write a netCDF file, one group a variable, without times."""
        import xarray as xr

        root = xr.Dataset(
            attrs={
                "origin": self.origin,
                "scenario": self.scenario,
                "seed": self.seed,
                "panel_checksum": self.panel_checksum,
                **{f"diagnostic_{key}": value for key, value in sorted(self.diagnostics.items())},
            }
        )
        groups = {name: array.astype("float32").to_dataset(name="draws") for name, array in self.variables.items()}
        tree = xr.DataTree.from_dict({"/": root, **{f"/{name}": group for name, group in sorted(groups.items())}})
        write_bytes(path, bytes(tree.to_netcdf(engine="h5netcdf")))  # on a full disk the library itself crashes

    @classmethod
    def read(cls, path: Path) -> Forecast:
        """Read a netCDF file written by :meth:`to_netcdf`.

        Raises
        ------
        StoreError : the file is missing or damaged.
        """
        import xarray as xr

        if not Path(path).is_file():
            raise StoreError("no such forecast", where=str(path), advice="Run: regional-econ forecast run")
        try:
            with xr.open_datatree(path, engine="h5netcdf") as tree:
                attrs = {str(key): value for key, value in tree.attrs.items()}
                variables = {name: node.to_dataset()["draws"].load() for name, node in tree.children.items()}
        except (OSError, KeyError, ValueError) as error:
            raise StoreError("damaged forecast", where=str(path), advice="Run: regional-econ forecast run") from error
        if lacking := sorted({"origin", "scenario", "seed", "panel_checksum"} - set(attrs)):
            advice = "Run: regional-econ forecast run"
            raise StoreError(f"no forecast: it lacks {lacking[0]!r}", where=str(path), advice=advice)
        prefix = "diagnostic_"
        diagnostics = {key.removeprefix(prefix): _scalar(v) for key, v in attrs.items() if key.startswith(prefix)}
        return cls(
            variables, int(attrs["origin"]), str(attrs["scenario"]), int(attrs["seed"]),
            str(attrs["panel_checksum"]), diagnostics,
        )  # fmt: skip

    def __str__(self) -> str:
        names = ", ".join(self.variables)
        return f"Forecast of {names} from {self.origin}, scenario {self.scenario}, seed {self.seed}."


def load_forecast(path: str | Path) -> Forecast:
    """Read a forecast file."""
    return Forecast.read(Path(path))


def share_error(error: float, n: int) -> float:
    """Return the Monte Carlo error of a share of n draws, which is never below one draw.

    >>> share_error(0.0, 4000)
    0.00025
    """
    return max(error, 1.0 / n)


def _no_figures(variable: str, region: str) -> DataError:
    return DataError(f"no forecast of {variable} in {region}", advice="It has no figures there; choose another region")


def _scalar(value: object) -> float | int | str:
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if isinstance(plain, float | int) else str(plain)
