"""Who is whose neighbour, and how much? The matrix of spatial weights, its kinds and its standardisation.

Row i says how much of each other unit j the unit i feels. The diagonal is zero, no weight is negative, and a row of
zeros is an island: a unit that nobody else reaches. Row-standardised weights make Wx the mean of the neighbours;
spectral ones keep the proportions of a symmetric matrix and bring its largest eigenvalue to one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral, Real
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ._base.options import check_option
from regional_econ.core.distances import distances_km

Floats = NDArray[np.float64]
Standardisation = Literal["row", "spectral", "none"]
Direction = Literal["both", "bought", "sold"]
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class SpatialWeights:
    """A matrix of spatial weights W.

    Parameters
    ----------
    units : n ids, in the order of the rows.
    matrix : (n, n), not negative, zeros on the diagonal, already standardised.
    name : what the weights are, such as "contiguity".
    standardisation : "row", "spectral" or "none".

    Raises
    ------
    DataError : a matrix that is none of spatial weights, or an id that stands twice.

    Examples
    --------
    >>> pair = SpatialWeights.of(["a", "b", "c"], np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0]]), "contiguity")
    >>> pair.matrix[0].tolist(), pair.islands
    ([0.0, 0.5, 0.5], ('c',))
    """

    units: tuple[Hashable, ...]
    matrix: Floats
    name: str
    standardisation: Standardisation = "row"

    def __post_init__(self) -> None:
        check_option("standardisation", self.standardisation, Standardisation)
        n = len(self.units)
        if not isinstance(self.matrix, np.ndarray) or self.matrix.dtype.kind not in "fiu":
            raise DataError("the weights are no array of real numbers", where=self.name, advice="Use SpatialWeights.of")
        if self.matrix.shape != (n, n):
            raise DataError(
                f"{n} units need {n} × {n} weights, not {self.matrix.shape}", where=self.name,
                advice="Give each unit a row and a column",
            )  # fmt: skip
        if twice := sorted({str(unit) for unit in self.units if self.units.count(unit) > 1}):
            raise DataError(
                f"named twice among the units of the weights: {', '.join(twice)}", where=self.name,
                advice="Name each unit once",
            )  # fmt: skip
        for wrong, what in (
            (~np.isfinite(self.matrix), "is no number"),
            (self.matrix < 0, "is negative"),
            (np.eye(n, dtype=bool) & (self.matrix != 0), "makes a unit its own neighbour"),
        ):
            if wrong.any():
                row, column = np.argwhere(wrong)[0]
                raise DataError(
                    f"a weight {what}", where=f"{self.name}: {self.units[row]}, {self.units[column]}",
                    advice="Mend the matrix",
                )  # fmt: skip
        sums = self.matrix.sum(axis=1)
        if self.standardisation == "row" and (odd := (sums > 0) & (np.abs(sums - 1) > _ROUNDING)).any():
            raise DataError(
                f"the row of {self.units[int(odd.argmax())]} adds up to {sums[odd.argmax()]:.6g}, not one",
                where=self.name, advice='Use SpatialWeights.of, or standardisation="none"',
            )  # fmt: skip
        if not self.matrix.any():
            raise DataError("all weights are zero", where=self.name, advice="Take a larger radius, or other weights")

    @classmethod
    def of(
        cls,
        units: Sequence[Hashable],
        matrix: Floats | pd.DataFrame,
        name: str,
        standardisation: Standardisation = "row",
    ) -> Self:
        """Standardise a raw matrix (n, n); a frame must have the units as its index and columns, in their order.

        Raises
        ------
        DataError : a matrix that is none of spatial weights; spectral weights that lead round no circle.
        """
        check_option("standardisation", standardisation, Standardisation)
        if isinstance(matrix, pd.DataFrame) and not list(matrix.index) == list(matrix.columns) == list(units):
            raise DataError(
                "the index and the columns of the weights are not the units in their order", where=name,
                advice="Give weights.loc[units, units]",
            )  # fmt: skip
        try:
            numbers = np.array(matrix, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"the weights are no square of numbers: {error}", where=name, advice="Mend it") from error
        raw = cls(tuple(units), numbers, name, "none")
        return replace(raw, matrix=_standardised(raw, standardisation), standardisation=standardisation)

    @cached_property
    def islands(self) -> tuple[Hashable, ...]:
        """Units without neighbours."""
        return tuple(unit for unit, alone in zip(self.units, ~self.matrix.any(axis=1), strict=True) if alone)

    @cached_property
    def eigenvalues(self) -> NDArray[np.complex128]:
        """(n,) eigenvalues of the matrix."""
        return np.asarray(np.linalg.eigvals(self.matrix), dtype=np.complex128)

    @property
    def is_mean(self) -> bool:
        """Whether every row adds up to one: row-standardised, without islands."""
        return bool(np.allclose(self.matrix.sum(axis=1), 1.0, rtol=0, atol=_ROUNDING))

    @property
    def stable_range(self) -> tuple[float, float]:
        """Open interval of ρ around zero in which I − ρW is invertible.

        Its ends are the reciprocals of the outermost real eigenvalues; where none is negative, the lower end is minus
        the reciprocal of the largest modulus.

        Source: LeSage & Pace (2009, Introduction to Spatial Econometrics, 4.3). Held against determinants at and beyond
        its ends (tests/core/test_spatial_weights.py).
        """
        values = self.eigenvalues
        modulus = float(np.abs(values).max())
        real = values.real[np.abs(values.imag) <= _ROUNDING * modulus]
        high = float(real.max(initial=0.0))
        if high <= _ROUNDING * modulus:
            raise _no_circle(self.name)
        low = float(real.min(initial=0.0))
        return (1 / low if low < -_ROUNDING * modulus else -1 / modulus), 1 / high

    def among(self, units: Sequence[Hashable]) -> Self:
        """Return the weights among some units, in that order, standardised anew.

        Raises
        ------
        UnknownNameError : a unit that the weights do not know.
        """
        places = {unit: place for place, unit in enumerate(self.units)}
        for unit in units:
            if unit not in places:
                raise UnknownNameError.of("unit", str(unit), map(str, self.units), where=f"weights {self.name}")
        if tuple(units) == self.units:
            return self
        chosen = [places[unit] for unit in units]
        return type(self).of(units, self.matrix[np.ix_(chosen, chosen)], self.name, self.standardisation)

    def lag(self, values: Floats) -> Floats:
        """Return Wx of values (…, n)."""
        return np.asarray(values @ self.matrix.T)

    def to_frame(self) -> pd.DataFrame:
        """Return the non-zero weights as columns unit, neighbour, weight."""
        rows, columns = np.nonzero(self.matrix)
        labels = np.array(self.units, dtype=object)
        weights = self.matrix[rows, columns]
        return pd.DataFrame({"unit": labels[rows], "neighbour": labels[columns], "weight": weights})

    def __str__(self) -> str:
        how = {"row": "row-standardised", "spectral": "spectral", "none": "not standardised"}[self.standardisation]
        alone = f", islands {', '.join(map(str, self.islands))}" if self.islands else ""
        return f"{self.name}, {how}, {len(self.units)} units{alone}"


def contiguity_weights(
    pairs: pd.DataFrame, units: Sequence[str], *, standardisation: Standardisation = "row"
) -> SpatialWeights:
    """Weights of units with a common border.

    Source: Anselin (1988, Spatial Econometrics, 3). Held against matrices written out
    (tests/core/test_spatial_weights.py).

    Parameters
    ----------
    pairs : columns region and neighbour, each pair in both directions.
    units : all units, islands included.

    Raises
    ------
    UnknownNameError : a pair with a unit that is not among them, or a column is missing.
    DataError : a pair in one direction only.
    """
    _check_columns(pairs, ("region", "neighbour"), "pairs of neighbours")
    places = {unit: place for place, unit in enumerate(units)}
    for unit in [*pairs["region"], *pairs["neighbour"]]:
        if unit not in places:
            raise UnknownNameError.of("region", str(unit), units, where="pairs of neighbours")
    raw = np.zeros((len(units), len(units)))
    raw[[places[one] for one in pairs["region"]], [places[one] for one in pairs["neighbour"]]] = 1.0
    if (one_way := raw > raw.T).any():
        row, column = np.argwhere(one_way)[0]
        raise DataError(
            f"{units[row]} borders on {units[column]}, but not the other way round", where="pairs of neighbours",
            advice="Give each pair in both directions",
        )  # fmt: skip
    return SpatialWeights.of(units, raw, "contiguity", standardisation)


def distance_weights(
    places: Mapping[str, tuple[float, float]],
    *,
    radius_km: float | None = None,
    standardisation: Standardisation = "row",
) -> SpatialWeights:
    """Weights 1/d between the places of units, those further away than a radius zero.

    Source: Anselin (1988, Spatial Econometrics, 3). Held against degrees along a meridian
    (tests/core/test_spatial_weights.py).

    Parameters
    ----------
    places : latitude and longitude in degrees by unit.
    radius_km : None takes all pairs.

    Raises
    ------
    OptionError : a radius that is not positive.
    DataError : two units in one place, fewer than two, or a place that is none.
    """
    _check_places(places, "distance weights")
    units = list(places)
    km = distances_km([places[unit] for unit in units])
    if radius_km is not None and not (isinstance(radius_km, Real) and radius_km > 0):
        raise OptionError(f"radius_km cannot be {radius_km}", advice="Give kilometres, such as 1000")
    apart = ~np.eye(len(units), dtype=bool)
    if (same := apart & (km == 0)).any():
        one, other = np.argwhere(same)[0]
        raise DataError(f"{units[one]} and {units[other]} are in one place", advice="Use contiguity or nearest")
    near = apart if radius_km is None else apart & (km <= radius_km)
    raw = np.divide(1.0, km, out=np.zeros_like(km), where=near)
    name = "distance" if radius_km is None else f"distance:{radius_km:g}km"
    return SpatialWeights.of(units, raw, name, standardisation)


def nearest_weights(
    places: Mapping[str, tuple[float, float]], count: int, *, standardisation: Standardisation = "row"
) -> SpatialWeights:
    """Equal weights of the nearest units; no unit is an island, and the matrix is not symmetric.

    Source: LeSage & Pace (2009, Introduction to Spatial Econometrics, 1). Held against neighbours counted by hand
    (tests/core/test_spatial_weights.py).

    Raises
    ------
    OptionError : a count that is no whole number, below one or above the number of other units.
    DataError : fewer than two units, or a place that is none.
    """
    _check_places(places, "nearest weights")
    units = list(places)
    if not isinstance(count, Integral) or not 1 <= count < len(units):
        raise OptionError(f"nearest cannot be {count}", advice=f"Give a number from 1 to {len(units) - 1}")
    km = distances_km([places[unit] for unit in units])
    np.fill_diagonal(km, np.inf)
    raw = np.zeros_like(km)
    np.put_along_axis(raw, np.argsort(km, axis=1, kind="stable")[:, :count], 1.0, axis=1)
    return SpatialWeights.of(units, raw, f"nearest:{count}", standardisation)


def flow_weights(
    flows: pd.DataFrame, *, direction: Direction = "both", standardisation: Standardisation = "row"
) -> SpatialWeights:
    """Weights by the goods that units sell to each other.

    Source: Anselin (1988, Spatial Econometrics, 3). Held against shares of sales written out
    (tests/core/test_spatial_weights.py).

    Parameters
    ----------
    flows : columns origin, destination and thousand_rub; a unit's sales to itself are left out.
    direction : the weight of j for i by what i bought from j, what i sold to j, or both.

    Raises
    ------
    UnknownNameError : a column is missing.
    DataError : a flow that is negative or no number, or two of one pair.
    """
    check_option("direction", direction, Direction)
    _check_columns(flows, ("origin", "destination", "thousand_rub"), "flows")
    for wrong, what in (
        (flows.duplicated(["origin", "destination"]), "stands twice"),
        (~(flows["thousand_rub"] >= 0), "is negative or no number"),
    ):
        if wrong.any():
            one = flows[wrong].iloc[0]
            raise DataError(f"the flow from {one['origin']} to {one['destination']} {what}", advice="Mend the flows")
    sold = flows.pivot(index="origin", columns="destination", values="thousand_rub").fillna(0.0)
    units = sorted({*map(str, sold.index), *map(str, sold.columns)})
    table = sold.reindex(index=units, columns=units, fill_value=0.0).to_numpy(dtype=np.float64, copy=True)
    np.fill_diagonal(table, 0.0)
    raw = {"both": table + table.T, "bought": table.T, "sold": table}[direction]
    return SpatialWeights.of(units, raw, "flows" if direction == "both" else f"flows:{direction}", standardisation)


def _standardised(raw: SpatialWeights, how: Standardisation) -> Floats:
    if how == "none":
        return raw.matrix
    if how == "row":
        sums = raw.matrix.sum(axis=1, keepdims=True)
        return np.divide(raw.matrix, sums, out=np.zeros_like(raw.matrix), where=sums > 0)
    largest = float(np.abs(raw.eigenvalues).max())
    if largest <= _ROUNDING * raw.matrix.max():
        raise _no_circle(raw.name)
    return np.asarray(raw.matrix / largest)


def _no_circle(name: str) -> DataError:
    return DataError(
        "the weights lead round no circle, so no range of ρ is bounded", where=name,
        advice="Use slx, or weights by which influence can return",
    )  # fmt: skip


def _check_places(places: Mapping[str, tuple[float, float]], what: str) -> None:
    if len(places) < 2:
        raise DataError(f"{len(places)} places give no neighbours", where=what, advice="Give two or more")
    for unit, (latitude, longitude) in places.items():
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise DataError(
                f"the place of {unit} is {latitude}, {longitude}",
                where=what,
                advice="Give latitude and longitude in degrees",
            )


def _check_columns(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    for column in columns:
        if column not in frame.columns:
            raise UnknownNameError.of(f"column of {what}", column, map(str, frame.columns))
