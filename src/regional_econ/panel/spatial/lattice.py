"""Which rows does a spatial model use, and how are effects taken out of a balanced panel of regions and years?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.demean import Floats
from regional_econ.panel.estimators import Sample

_FEWEST = 3


@dataclass(frozen=True)
class Lattice:
    """A balanced panel on a network.

    Attributes
    ----------
    sample : its T·n rows, sorted by unit and year.
    weights : among its n units, in the order of the rows.
    left_out : units of the data that are not in it, by reason.
    """

    sample: Sample
    weights: SpatialWeights
    left_out: Mapping[str, tuple[Hashable, ...]]

    @classmethod
    def of(cls, sample: Sample, weights: SpatialWeights) -> Lattice:
        """Keep the units that the weights know and that have a row in each year of the sample.

        A spatial model needs all neighbours in all years. Units that cannot be in it are left out and named; the
        weights of the rest are standardised anew.

        Raises
        ------
        UnknownNameError : the weights hold a unit that is not in the data.
        EstimationError : fewer than three units are left, or none of them has neighbours.
        """
        labels = sample.index.get_level_values(0)
        known = set(weights.units)
        outside = tuple(unit for unit in labels.unique() if unit not in known)
        rows = sample.rows(np.asarray(~labels.isin(outside)))
        if not len(rows.y):
            raise UnknownNameError.of("unit", str(labels[0]), map(str, weights.units), where=f"weights {weights.name}")
        counts = pd.Series(rows.index.get_level_values(0)).value_counts(sort=False)
        n_years = len(np.unique(rows.years))
        gaps = tuple(unit for unit in counts.index if counts[unit] < n_years)
        whole = [unit for unit in counts.index if counts[unit] == n_years]
        left_out = {"not in the weights": outside, "gaps": gaps}
        if len(whole) < _FEWEST:
            raise EstimationError(
                f"{len(whole)} of the regions in the weights have all of the {n_years} years: a spatial model needs a "
                f"balanced panel of {_FEWEST} regions or more",
                where=f"gaps: {_listed(gaps)}" if gaps else None,
                advice="Take years without gaps, or fewer terms" if gaps else "Take more regions",
            )
        kept = rows.rows(np.asarray(rows.index.get_level_values(0).isin(whole)))
        chosen = weights.among([unit for unit in pd.Index(kept.index.get_level_values(0)).unique()])
        return cls(kept, chosen, {reason: units for reason, units in left_out.items() if units})

    @property
    def n_years(self) -> int:
        """T."""
        return len(self.sample.y) // len(self.weights.units)

    def cube(self, columns: Floats) -> Floats:
        """Columns (T·n, …) of the rows as (T, n, …)."""
        shaped = columns.reshape(len(self.weights.units), self.n_years, *columns.shape[1:])
        return np.ascontiguousarray(np.moveaxis(shaped, 1, 0))

    def rows(self, cube: Floats) -> Floats:
        """Columns (T, n, …) as rows (T·n, …) of the sample."""
        return np.ascontiguousarray(np.moveaxis(cube, 0, 1)).reshape(-1, *cube.shape[2:])

    def with_lags(self) -> Lattice:
        """The same with each regressor's spatial lag, W(x), as a further column: what slx regresses on.

        Source: Halleck Vega & Elhorst (2015, J. Regional Science 55). Held against R's lm with dummies on Munnell's
        data (tests/panel/test_spatial.py).
        """
        lagged = self.rows(lagged_over(self.cube(self.sample.X), self.weights.matrix))
        X = np.column_stack([self.sample.X, lagged])
        names = (*self.sample.names, *map(lag_of, self.sample.names))
        return replace(self, sample=Sample(self.sample.y, X, names, self.sample.index, self.sample.weights))

    def described(self) -> dict[str, float | int | str]:
        """Diagnostics: islands of the network, row sums where they are not one, and what was left out."""
        alone = self.weights.islands
        found: dict[str, float | int | str] = {"n_islands": len(alone)}
        if alone:
            found["islands"] = _listed(alone)
        if self.weights.standardisation != "row":
            sums = self.weights.matrix.sum(axis=1)
            found["row_sums"] = f"{sums.min():.3g} to {sums.max():.3g}"
        if self.left_out:
            found["n_left_out"] = sum(map(len, self.left_out.values()))
            found["left_out"] = "; ".join(f"{reason}: {_listed(units)}" for reason, units in self.left_out.items())
        return found


def check_units(data_units: pd.Index, weights: SpatialWeights) -> None:
    """Refuse weights of units that the data do not have: an id of another spelling, or another country.

    Raises
    ------
    UnknownNameError : naming the first and the ids nearest to it.
    """
    known = set(data_units)
    for unit in weights.units:
        if unit not in known:
            raise UnknownNameError.of(
                "unit of the weights", str(unit), map(str, known), where=f"weights {weights.name}"
            )


def lag_of(name: str) -> str:
    """The name of a regressor's spatial lag.

    >>> lag_of("ln(x)")
    'W(ln(x))'
    """
    return f"W({name})"


def lagged_over(cube: Floats, W: Floats) -> Floats:
    """W times each year's cross-section: (T, n, …) to the same shape."""
    return np.asarray(np.einsum("ij,tj...->ti...", W, cube, optimize=True))


def without_effects(cube: Floats, effects: tuple[str, ...], shape: Floats | None = None) -> Floats:
    """Take effects out of (T, n, …): the units' means over time, and each year's projection on a shape over units.

    Parameters
    ----------
    effects : "region", "year" or both.
    shape : (n,) what a year effect looks like across units; ones by default.
    """
    found = cube - cube.mean(axis=0) if "region" in effects else cube
    if "year" not in effects:
        return found
    if shape is None:
        return np.asarray(found - found.mean(axis=1, keepdims=True))
    loads = np.einsum("i,ti...->t...", shape, found) / (shape @ shape)
    return np.asarray(found - np.einsum("i,t...->ti...", shape, loads))


def _listed(units: tuple[Hashable, ...]) -> str:
    return ", ".join(map(str, units))
