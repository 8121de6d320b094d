"""How are the effects of a sample taken out of its columns, and how many parameters are they?"""

from __future__ import annotations

import numpy as np

from regional_econ.causal.sample import IntArray, Sample
from regional_econ.causal.scales import FloatArray
from regional_econ.panel.cce import leave_factors
from regional_econ.panel.demean import effect_rank, within

_NOTHING = 1e-10  # of the largest eigenvalue: a direction of the years that levels and trends span


def sweep_effects(sample: Sample, columns: FloatArray) -> tuple[FloatArray, int, int]:
    """Take unit and year effects, and trends where the sample asks for them, out of columns.

    Parameters
    ----------
    sample : complete cases, its effects not ``cce``.
    columns : (n, p), of its rows.

    Returns
    -------
    (n, p) columns; the number of unit effects; what years and trends add to their rank.
    """
    n_units = int(sample.unit.max()) + 1
    if sample.effects == "region_trend+year":
        left, rank = sweep_trends(columns, sample.unit, sample.cell, sample.year, sample.weights)
        return left, n_units, rank
    effects = sample.unit, sample.cell
    return within(columns, effects, sample.weights), n_units, effect_rank(effects) - n_units


def sweep_factors(sample: Sample, chosen: tuple[int, ...]) -> tuple[FloatArray, int]:
    """Take the yearly averages of outcome and chosen regressors out of them, with loadings of each unit's own.

    Parameters
    ----------
    sample : complete cases, its effects ``cce``.
    chosen : columns of the specification.

    Returns
    -------
    (n, q + 1) columns, the outcome last; the number of loadings of all units.
    """
    columns = np.column_stack([sample.X[:, list(chosen)], sample.y])
    return leave_factors(columns, sample.unit, sample.cell)


def sweep_trends(
    values: FloatArray, unit: IntArray, cell: IntArray, time: IntArray, weights: FloatArray
) -> tuple[FloatArray, int]:
    """Residuals of columns on unit effects, a linear trend of each unit and year effects, weighted.

    Levels and trends are concentrated out, and the dummies of the years, without theirs, are regressed on: the exact
    projection (Frisch–Waugh–Lovell). A second pass removes rounding.

    Parameters
    ----------
    values : (n, p); unit, cell : (n,) codes; rows of a unit stand together; each has three or more.
    time : (n,) calendar years; weights : (n,) positive.

    Returns
    -------
    (n, p), and the rank that trends and year effects add to the unit effects.

    Source: Wooldridge (2010, Econometric Analysis, 11.7.2). Held against regressions with dummies and trends
    (tests/causal/test_sweep.py).
    """
    starts = np.flatnonzero(np.r_[True, np.diff(unit) != 0])
    mass = np.add.reduceat(weights, starts)[unit]
    ones = np.ones(len(values))
    slope = time - np.add.reduceat(weights * time, starts)[unit] / mass
    steep = np.add.reduceat(weights * slope**2, starts)[unit]

    def concentrated(columns: FloatArray) -> FloatArray:
        for direction, size in ((ones, mass), (slope, steep)):
            along = np.add.reduceat(columns * (weights * direction)[:, None], starts, axis=0)[unit]
            columns = columns - along * (direction / size)[:, None]
        return columns

    dummies = concentrated(concentrated(np.eye(int(cell.max()) + 1)[cell]))
    heavy = dummies * weights[:, None]
    lengths, turns = np.linalg.eigh(dummies.T @ heavy)
    free = lengths > _NOTHING * lengths[-1]
    inverse = (turns[:, free] / lengths[free]) @ turns[:, free].T
    left = values
    for _ in range(2):
        left = concentrated(left)
        left = left - dummies @ (inverse @ (heavy.T @ left))
    return left, len(starts) + int(free.sum())
