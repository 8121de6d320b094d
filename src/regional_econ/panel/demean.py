"""How are effects taken out exactly? Weighted group means for one effect, one small linear system for two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
_TABLE = 10**7


def within(values: Floats, effects: tuple[Codes, ...], weights: Floats) -> Floats:
    """Residuals of each column on the dummies of one or two effects, weighted.

    With two effects the larger one is concentrated out and the dummies of the smaller are solved for: with
    A = diag(d_t) − C'diag(d_i)⁻¹C (T × T, C the weighted cross table) the year effects are A⁺ Σ_i w(v − v̄_i).
    This is the exact Frisch–Waugh projection on unbalanced panels too; a second pass removes rounding.

    Parameters
    ----------
    values : (n, p) columns.
    effects : one or two arrays (n,) of codes 0 … levels−1, each level present.
    weights : (n,) positive.

    Returns
    -------
    (n, p) float64

    Examples
    --------
    >>> within(np.array([[1.0], [3.0], [5.0]]), (np.array([0, 0, 1]),), np.ones(3)).ravel().tolist()
    [-1.0, 1.0, 0.0]
    """
    if not effects:
        return values.copy()
    if len(effects) == 1:
        return _demean(_demean(values, effects[0], weights), effects[0], weights)
    large, small = sorted(effects, key=lambda codes: -int(codes.max()))
    once = _sweep(values, large, small, weights)
    return _sweep(once, large, small, weights)


def effect_values(explained: Floats, effects: tuple[Codes, ...], weights: Floats) -> tuple[Floats, ...]:
    """Values of one or two effects that add up to what they explain together.

    Parameters
    ----------
    explained : (n,) sum of the effects, row by row.
    effects, weights : as in :func:`within`.

    Returns
    -------
    (levels,) for each effect; of two, the smaller one is centred at zero within the sample

    Examples
    --------
    >>> codes = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> [one.round(9).tolist() for one in effect_values(np.array([1.0, 3.0, 5.0, 7.0]), codes, np.ones(4))]
    [[2.0, 6.0], [-1.0, 1.0]]
    """
    column = explained[:, None]
    if len(effects) == 1:
        return (group_means(column, effects[0], weights)[:, 0],)
    large, small = sorted(effects, key=lambda codes: -int(codes.max()))
    minor = _small_effects(_demean(column, large, weights), large, small, weights)
    minor -= weights @ minor[small] / weights.sum()
    major = group_means(column - minor[small], large, weights)
    return tuple((major if codes is large else minor)[:, 0] for codes in effects)


def effect_rank(effects: tuple[Codes, ...]) -> int:
    """Number of independent dummies: the levels, less one a connected component when there are two effects.

    >>> effect_rank((np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])))
    3
    """
    levels = [int(codes.max()) + 1 for codes in effects]
    if len(effects) < 2:
        return sum(levels)
    first, second = effects
    if levels[0] * levels[1] <= _TABLE:
        met = np.bincount(first * levels[1] + second, minlength=levels[0] * levels[1]).reshape(levels) > 0
        if met.all(axis=0).any() or met.all(axis=1).any():  # a level that meets all others ties them together
            return sum(levels) - 1
    size = sum(levels)
    links = sparse.coo_array((np.ones(len(first)), (first, second + levels[0])), shape=(size, size))
    components, _ = connected_components(links, directed=False)
    return size - int(components)


def singletons(effects: tuple[Codes, ...]) -> NDArray[np.bool_]:
    """Rows that an effect fits perfectly because its level holds no other row, found repeatedly.

    Returns
    -------
    (n,) bool, True for rows to leave out

    Examples
    --------
    >>> singletons((np.array([0, 0, 1]), np.array([0, 1, 1]))).tolist()
    [True, True, True]
    """
    alone = np.zeros(len(effects[0]) if effects else 0, dtype=bool)
    while True:
        found = alone.copy()
        for codes in effects:
            counts = np.bincount(codes[~alone], minlength=int(codes.max()) + 1)
            found |= counts[codes] == 1
        found &= ~alone
        if not found.any():
            return alone
        alone |= found


def group_means(values: Floats, codes: Codes, weights: Floats) -> Floats:
    """Weighted means of each column by group: (groups, p).

    >>> group_means(np.array([[1.0], [3.0]]), np.array([0, 0]), np.array([3.0, 1.0])).tolist()
    [[1.5]]
    """
    return group_sums(values * weights[:, None], codes) / np.bincount(codes, weights)[:, None]


def group_sums(values: Floats, codes: Codes) -> Floats:
    """Sums of each column by group: (groups, p).

    >>> group_sums(np.array([[1.0], [3.0]]), np.array([0, 0])).tolist()
    [[4.0]]
    """
    return np.column_stack([np.bincount(codes, column) for column in values.T])


def _demean(values: Floats, codes: Codes, weights: Floats) -> Floats:
    return values - group_means(values, codes, weights)[codes]


def _sweep(values: Floats, large: Codes, small: Codes, weights: Floats) -> Floats:
    free = _demean(values, large, weights)
    return _demean(free - _small_effects(free, large, small, weights)[small], large, weights)


def _small_effects(free: Floats, large: Codes, small: Codes, weights: Floats) -> Floats:
    shape = (int(large.max()) + 1, int(small.max()) + 1)
    cross = np.bincount(large * shape[1] + small, weights, minlength=shape[0] * shape[1]).reshape(shape)
    system = np.diag(cross.sum(axis=0)) - cross.T @ (cross / cross.sum(axis=1)[:, None])
    sums = group_sums(free * weights[:, None], small)
    return np.asarray(np.linalg.lstsq(system, sums, rcond=None)[0])
