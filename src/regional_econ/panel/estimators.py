"""Which transformation is which estimator? Pooled, between, within and first differences, as arrays.

Each function turns the complete cases of a formula into a `Transformed` regression; `least_squares.solve` and
`covariance.covariance` do the rest alike for all. Random effects live in `random_effects`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.core.formula import Design
from regional_econ.panel.demean import Codes, Floats, group_means, singletons, within
from regional_econ.panel.least_squares import Transformed

INTERCEPT = "Intercept"


@dataclass(frozen=True, slots=True)
class Sample:
    """Complete cases as arrays, sorted by unit and year.

    Attributes
    ----------
    y : (n,), X : (n, k), names : k terms, index : n pairs (unit, year), weights : (n,).
    """

    y: Floats
    X: Floats
    names: tuple[str, ...]
    index: pd.MultiIndex
    weights: Floats

    @classmethod
    def of(cls, design: Design, weights: pd.Series | None = None) -> Sample:
        """Arrays of a design, rows sorted by unit and year."""
        order = np.lexsort((design.index.get_level_values(1), design.index.codes[0]))
        weight = np.ones(len(order)) if weights is None else weights.to_numpy(dtype=np.float64)
        return cls(
            design.y.to_numpy(dtype=np.float64)[order],
            design.X.to_numpy(dtype=np.float64)[order],
            design.names,
            design.index[order],
            weight[order],
        )

    @property
    def units(self) -> Codes:
        """Codes 0 … of the units present."""
        return np.unique(self.index.codes[0], return_inverse=True)[1].astype(np.intp)

    @property
    def year_codes(self) -> Codes:
        """Codes 0 … of the years present."""
        return np.unique(self.years, return_inverse=True)[1].astype(np.intp)

    @property
    def years(self) -> NDArray[np.int64]:
        """Calendar years."""
        return self.index.get_level_values(1).to_numpy(dtype=np.int64)

    def rows(self, keep: NDArray[np.bool_]) -> Sample:
        """The rows kept."""
        return Sample(self.y[keep], self.X[keep], self.names, self.index[keep], self.weights[keep])


def with_intercept(sample: Sample) -> Sample:
    """The same sample with a column of ones in front."""
    X = np.column_stack([np.ones(len(sample.y)), sample.X])
    return Sample(sample.y, X, (INTERCEPT, *sample.names), sample.index, sample.weights)


def pooled(sample: Sample) -> Transformed:
    """Pooled least squares with an intercept."""
    full = with_intercept(sample)
    return _transformed(full, full.y, full.X, (), _norms(full))


def fixed_effects(sample: Sample, effects: tuple[str, ...]) -> Transformed:
    """Within estimator: region, year or both effects taken out exactly, from a sample without singletons."""
    absorbed = effect_codes(sample, effects)
    columns = within(np.column_stack([sample.y, sample.X]), absorbed, sample.weights)
    return _transformed(sample, columns[:, 0], columns[:, 1:], absorbed, _norms(sample))


def first_differences(
    sample: Sample, effects: tuple[str, ...], breaks: tuple[int, ...] = ()
) -> tuple[Sample, Transformed]:
    """Differences from the year before, none across a gap or into a break year, without an intercept.

    Returns
    -------
    the differenced sample (rows dated by the later year) and its regression

    Raises
    ------
    EstimationError : no two consecutive years.
    """
    same = sample.units[1:] == sample.units[:-1]
    consecutive = same & (np.diff(sample.years) == 1) & ~np.isin(sample.years[1:], breaks)
    if not consecutive.any():
        raise EstimationError("no region has two consecutive years of one method", advice="Use fixed effects")
    later = np.append(False, consecutive)
    changes = Sample(
        np.diff(sample.y)[consecutive],
        np.diff(sample.X, axis=0)[consecutive],
        sample.names,
        sample.index[later],
        np.ones(int(consecutive.sum())),
    )
    absorbed = effect_codes(changes, effects)
    columns = within(np.column_stack([changes.y, changes.X]), absorbed, changes.weights)
    return changes, _transformed(changes, columns[:, 0], columns[:, 1:], absorbed, _norms(sample))


def between(sample: Sample) -> tuple[Sample, Transformed]:
    """Least squares on the units' means over their years, each unit counting once, with an intercept.

    Returns
    -------
    the sample of means (rows dated by the unit's last year) and its regression
    """
    units = sample.units
    columns = group_means(np.column_stack([sample.y, sample.X]), units, np.ones(len(units)))
    last = np.append(np.diff(units) != 0, True)
    means = Sample(columns[:, 0], columns[:, 1:], sample.names, sample.index[last], np.ones(len(columns)))
    full = with_intercept(means)
    return means, _transformed(full, full.y, full.X, (), _norms(with_intercept(sample)))


def effect_codes(sample: Sample, effects: tuple[str, ...]) -> tuple[Codes, ...]:
    """Codes of the effects asked for, "region" and "year"."""
    codes = {"region": sample.units, "year": sample.year_codes}
    return tuple(codes[effect] for effect in effects)


def without_singletons(sample: Sample, effects: tuple[str, ...]) -> tuple[Sample, int]:
    """The sample without rows that an effect fits perfectly, and their number (pyfixest's default).

    Raises
    ------
    EstimationError : nothing is left.
    """
    alone = singletons(effect_codes(sample, effects))
    if alone.all():
        raise EstimationError(
            f"every row is alone in its {' or '.join(effects)}: there is no variation within",
            advice="Use more years, or the pooled estimator",
        )
    return (sample.rows(~alone), int(alone.sum())) if alone.any() else (sample, 0)


def _norms(sample: Sample) -> Floats:
    return np.linalg.norm(sample.X * np.sqrt(sample.weights)[:, None], axis=0)


def _transformed(sample: Sample, y: Floats, X: Floats, absorbed: tuple[Codes, ...], scale: Floats) -> Transformed:
    return Transformed(y, X, sample.names, sample.units, sample.years, sample.weights, absorbed, scale)
