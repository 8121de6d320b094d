"""On which scale is a forecast variable nearly Gaussian, and how do its values travel there and back?

A variable's DataArray may say so itself by its attributes ``scale`` and ``offset``, which its netCDF file keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
ScaleName = Literal["log", "logit", "identity"]
_PER_CENT = 100.0


@dataclass(frozen=True)
class Scale:
    """A scale with its offset.

    Parameters
    ----------
    name : ``log`` of a value above 0, ``logit`` of a share in per cent, ``identity``.
    offset : added before the log, and to both sides of the logit, so that a zero (a hundred) stays a value.

    Examples
    --------
    >>> share = Scale("logit", 0.25)
    >>> float(np.round(share.from_scale(share.to_scale(np.array(12.5))), 9))
    12.5
    """

    name: ScaleName
    offset: float = 0.0

    def to_scale(self, values: Floats) -> Floats:
        """Carry values to the scale; not finite where they have no place on it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.name == "log":
                return np.asarray(np.log(values + self.offset))
            if self.name == "logit":
                return np.asarray(np.log((values + self.offset) / (_PER_CENT - values + self.offset)))
        return np.asarray(values, dtype=np.float64)

    def from_scale(self, scaled: Floats) -> Floats:
        """Carry values back, cut to the variable's bounds."""
        if self.name == "identity":
            return np.asarray(scaled, dtype=np.float64)
        with np.errstate(over="ignore"):
            if self.name == "log":
                return np.asarray(np.maximum(np.exp(scaled) - self.offset, 0.0))
            share = (_PER_CENT + 2.0 * self.offset) / (1.0 + np.exp(-scaled)) - self.offset
        return np.asarray(np.clip(share, 0.0, _PER_CENT))

    def holds(self, value: float) -> bool:
        """Return whether a value lies within the bounds; the bounds themselves do where there is an offset."""
        if self.name == "identity":
            return bool(np.isfinite(float(value)))  # numpy knows no whole numbers beyond 64 bits
        upper = _PER_CENT if self.name == "logit" else np.inf
        return bool(0.0 < value < upper or (self.offset > 0 and value in (0.0, upper) and np.isfinite(value)))

    @property
    def range(self) -> str:
        """The values that it holds, in words."""
        if self.name == "identity":
            return "finite"
        if self.name == "logit":
            return "from 0 to 100" if self.offset else "between 0 and 100, both left out"
        return "0 or above" if self.offset else "above 0"


def scale_of(
    variable: str,
    array: xr.DataArray,
    scales: Mapping[str, ScaleName] | None = None,
    offsets: Mapping[str, float] | None = None,
) -> Scale:
    """Return a variable's scale: what is given, else what the array says, else what its bounds say.

    Parameters
    ----------
    variable : its id.
    array : its draws; attributes ``scale`` and ``offset`` are heeded.
    scales, offsets : by variable; they come first.

    Returns
    -------
    By bounds, where nobody says it: ``logit`` for a ``…_pct`` whose draws lie within 0–100, ``log`` where no draw is
    below 0, else ``identity``; without an offset.

    Raises
    ------
    OptionError : no such scale, or an offset that is negative or not finite.
    """
    name = (scales or {}).get(variable, array.attrs.get("scale"))
    offset = float((offsets or {}).get(variable, array.attrs.get("offset", 0.0)))
    if not (np.isfinite(offset) and offset >= 0):
        raise OptionError(f"the offset of {variable} cannot be {offset:g}", advice="Give 0 or a positive number")
    if name is None:
        return Scale(_by_bounds(variable, array), offset)
    check_option(f"the scale of {variable}", str(name), ScaleName)
    return Scale(next(known for known in get_args(ScaleName) if known == name), offset)


def _by_bounds(variable: str, array: xr.DataArray) -> ScaleName:
    values = array.to_numpy()
    low, high = float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None))
    if not low >= 0:
        return "identity"
    return "logit" if variable.endswith("_pct") and high <= _PER_CENT else "log"
