"""How are effects taken out exactly? Weighted group means for one effect, one linear system for two.

The system has one unknown a level of the smaller effect. It is solved by Cholesky where it or the cross table is small
enough to write down, and by conjugate gradients where both effects have many levels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse.csgraph import connected_components

from regional_econ._base.errors import EstimationError

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
_TABLE = 10**7  # cells of a cross table that is written down
_SYSTEM = 2000  # levels of the smaller effect whose system is solved directly
_COLUMNS = 16  # taken together
_CELLS = 2**16  # changed together
_ROUNDING = 1e-15  # of a sum
_EXACT = 1e-13  # of what is left of a column's length: nothing
_TOLERATED = 1e-10  # of a column's length, where rounding allows no less
_PASSES = 8
_STEP_GOAL = 1e-9  # what conjugate gradients leave of the sums of one pass
_STEPS = 20_000


def within(values: Floats, effects: tuple[Codes, ...], weights: Floats, *, overwrite: bool = False) -> Floats:
    """Residuals of each column on the dummies of one or two effects, weighted.

    With two effects the larger one is concentrated out and the dummies of the smaller are solved for: with
    A = diag(d_t) − C'diag(d_i)⁻¹C (T × T, C the weighted cross table) the year effects are A⁺ Σ_i w(v − v̄_i).
    This is the exact Frisch–Waugh projection on unbalanced panels too; a second pass removes rounding. A table of
    more than 10⁷ cells is kept sparse, and with more than 2,000 levels in the smaller effect too, A is never formed:
    conjugate gradients take passes until what they leave is below 1e-13 of the residuals' length.

    Parameters
    ----------
    values : (n, p) columns.
    effects : one or two arrays (n,) of codes 0 … levels−1, each level present.
    weights : (n,) positive.
    overwrite : work in `values` itself where it is float64 and contiguous by column.

    Returns
    -------
    (n, p) float64, contiguous by column

    Raises
    ------
    EstimationError : conjugate gradients do not converge, on effects that hang together by few rows.

    Examples
    --------
    >>> within(np.array([[1.0], [3.0], [5.0]]), (np.array([0, 0, 1]),), np.ones(3)).ravel().tolist()
    [-1.0, 1.0, 0.0]
    """
    left = np.array(values, dtype=np.float64, order="F", copy=None if overwrite else True)
    if len(effects) == 1:
        _leave_group_means(left, effects[0], weights)
    elif effects:
        crossed = _Crossed.of(effects, weights)
        for start in range(0, left.shape[1], _COLUMNS):
            _leave_two_effects(left[:, start : start + _COLUMNS], crossed)
    return left


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
    crossed = _Crossed.of(effects, weights)
    minor = _leave_two_effects(np.array(column, order="F"), crossed)
    parts = _parts(crossed.large, crossed.small)[1]
    minor -= group_means(minor, parts, np.ones(len(parts)))[parts]
    minor -= weights @ minor[crossed.small] / weights.sum()
    major = group_means(column - minor[crossed.small], crossed.large, weights)
    return tuple((major if codes is crossed.large else minor)[:, 0] for codes in effects)


def effect_rank(effects: tuple[Codes, ...]) -> int:
    """Number of independent dummies: the levels, less one a connected component when there are two effects.

    >>> effect_rank((np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])))
    3
    """
    levels = [int(codes.max()) + 1 for codes in effects]
    return sum(levels) - (_parts(*effects)[0] if len(effects) == 2 else 0)


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
    counts = [np.bincount(codes) for codes in effects]
    while any((one == 1).any() for one in counts):
        for codes, one in zip(effects, counts, strict=True):
            alone |= one[codes] == 1
        counts = [np.bincount(codes[~alone], minlength=len(one)) for codes, one in zip(effects, counts, strict=True)]
    return alone


def group_means(values: Floats, codes: Codes, weights: Floats) -> Floats:
    """Weighted means of each column by group: (groups, p).

    >>> group_means(np.array([[1.0], [3.0]]), np.array([0, 0]), np.array([3.0, 1.0])).tolist()
    [[1.5]]
    """
    return group_sums(values * weights[:, None], codes) / np.bincount(codes, weights)[:, None]


def group_sums(values: Floats, codes: Codes, weights: Floats | None = None) -> Floats:
    """Sums of each column by group, weighted or not: (groups, p).

    >>> group_sums(np.array([[1.0], [3.0]]), np.array([0, 0])).tolist()
    [[4.0]]
    """
    sums = np.empty((values.shape[1], int(codes.max(initial=-1)) + 1))
    for row, column in zip(sums, values.T, strict=True):
        row[:] = np.bincount(codes, _weighted(column, weights))
    return sums.T


@dataclass(frozen=True, slots=True)
class _Crossed:
    """Two effects, ready to be taken out of columns.

    Attributes
    ----------
    large, small : (n,) codes of the effect with more levels (I) and of the other (T).
    starts : (I,) first row of each level of the larger effect where its rows stand together, None where they do not.
    weights : (n,), None where all are one, and zero for rows that neither of their levels feels.
    roots : (I,) roots of the larger effect's sums of weights d_i.
    table : (I, T) cross table of the weights, each row over √d_i.
    solve : from the sums (T, p) left once the larger effect is concentrated out to the values (T, p) of the smaller.
    direct : whether that is exact but for rounding.
    """

    large: Codes
    small: Codes
    starts: Codes | None
    weights: Floats | None
    roots: Floats
    table: Floats | sparse.csr_array
    solve: Callable[[Floats], Floats]
    direct: bool = True

    @classmethod
    def of(cls, effects: tuple[Codes, ...], weights: Floats) -> _Crossed:
        large, small = sorted(effects, key=lambda codes: -int(codes.max()))
        own = None if (weights == 1).all() else _felt(weights, large, small)
        roots, sums = np.sqrt(np.bincount(large, own)), np.bincount(small, own).astype(np.float64)
        shape = len(roots), len(sums)
        starts = np.searchsorted(large, np.arange(shape[0])) if (large[1:] >= large[:-1]).all() else None
        if shape[0] * shape[1] <= _TABLE:
            counts = np.bincount(large * shape[1] + small, own, minlength=shape[0] * shape[1])
            table = counts.reshape(shape) / roots[:, None]
            return cls(large, small, starts, own, roots, table, _direct(table.T @ table))
        links = sparse.coo_array((np.ones(len(large)) if own is None else own, (large, small)), shape=shape).tocsr()
        links.data /= np.repeat(roots, np.diff(links.indptr))
        if shape[1] <= _SYSTEM:
            return cls(large, small, starts, own, roots, links, _direct((links.T @ links).toarray()))
        felt = slice(None) if own is None else own > 0
        parts = _parts(large[felt], small[felt])[1]
        return cls(large, small, starts, own, roots, links, partial(_conjugate_gradients, links, sums, parts), False)


def _felt(weights: Floats, large: Codes, small: Codes) -> Floats:
    """Weights without those below rounding in both of their levels: links that no sum would show."""
    least = np.minimum(np.bincount(large, weights)[large], np.bincount(small, weights)[small])
    return np.where(weights < _ROUNDING * least, 0.0, weights)


def _direct(joint: Floats) -> Callable[[Floats], Floats]:
    """Solve with A by Cholesky, from the joint weights C'diag(d_i)⁻¹C (T, T).

    A's diagonal is the sum of the other joint weights of a level, which no subtraction makes inexact. A does not
    determine the height of each connected part, so the first level of each part is held at zero.
    """
    np.fill_diagonal(joint, 0.0)
    system = np.diag(joint.sum(axis=0)) - joint
    free = np.ones(len(joint), dtype=bool)
    if (np.count_nonzero(joint, axis=0) == len(joint) - 1).any():  # a level that meets all others: one part
        free[0] = False
    else:
        parts = connected_components(sparse.csr_array(joint), directed=False)[1]
        free[np.unique(parts, return_index=True)[1]] = False
    try:
        factor = cho_factor(system[np.ix_(free, free)], lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:  # parts that hang together by a weight below rounding
        return partial(np.matmul, np.linalg.pinv(system, hermitian=True))

    def solve(sums: Floats) -> Floats:
        found = np.zeros(sums.shape)
        found[free] = cho_solve(factor, sums[free], overwrite_b=True, check_finite=False)
        return found

    return solve


def _leave_group_means(left: Floats, codes: Codes, weights: Floats) -> None:
    """Take one effect out of the columns in place; the second pass removes rounding."""
    own = None if (weights == 1).all() else weights
    sums = np.bincount(codes, own)
    for column in left.T:
        for _ in range(2):
            column -= (np.bincount(codes, _weighted(column, own)) / sums)[codes]


def _leave_two_effects(left: Floats, crossed: _Crossed) -> Floats:
    """Take two effects out of the columns in place; returns the values (T, p) of the smaller one.

    Where A is solved with directly, the second pass removes rounding. Conjugate gradients pass until what a pass takes
    out, shrunk once more as it has last shrunk, is nothing.
    """
    found = np.zeros((crossed.table.shape[1], left.shape[1]))
    if crossed.direct:
        for _ in range(2):
            _pass(left, crossed, found)
        return found
    lengths = _lengths(left, crossed.weights)
    moved = _pass(left, crossed, found)
    nothing = _EXACT * _lengths(left, crossed.weights) + _ROUNDING * lengths
    for _ in range(_PASSES):
        before, moved = moved, _pass(left, crossed, found)
        if not (moved**2 > nothing * before).any():
            return found
        if (moved > np.maximum(before / 2, _TOLERATED * lengths)).any():
            break
    if (moved > _TOLERATED * lengths).any():
        raise EstimationError(
            f"two effects with {crossed.table.shape[0]} and {crossed.table.shape[1]} levels hang together by too few "
            "rows to be taken out exactly",
            advice="Use one of them, or join their rare levels",
        )
    return found


def _pass(left: Floats, crossed: _Crossed, found: Floats) -> Floats:
    """Take two effects out once and add the values of the smaller one; returns how far each column went (p,).

    That is √(b'A⁺b) with the sums b that the pass began with: the distance of the column from its projection.
    """
    majors = _large_sums(left, crossed) / crossed.roots[:, None]
    sums = group_sums(left, crossed.small, crossed.weights) - crossed.table.T @ majors
    minors = crossed.solve(sums)
    majors = (majors - crossed.table @ minors) / crossed.roots[:, None]
    step = max(1, _CELLS // len(left))
    for start in range(0, left.shape[1], step):
        columns = slice(start, start + step)
        rows = left[:, columns].T
        rows -= np.take(majors[:, columns].T.copy(), crossed.large, axis=1)
        rows -= np.take(minors[:, columns].T.copy(), crossed.small, axis=1)
    found += minors
    return np.asarray(np.sqrt(np.maximum(np.einsum("ij,ij->j", sums, minors), 0.0)))


def _large_sums(left: Floats, crossed: _Crossed) -> Floats:
    if crossed.starts is None:
        return group_sums(left, crossed.large, crossed.weights)
    if crossed.weights is None:
        return np.add.reduceat(left.T, crossed.starts, axis=1).T
    return np.column_stack([np.add.reduceat(column * crossed.weights, crossed.starts) for column in left.T])


def _conjugate_gradients(table: sparse.csr_array, weights: Floats, parts: Codes, sums: Floats) -> Floats:
    """Solve A x = sums column by column side by side, preconditioned by A's diagonal.

    A = diag(d_t) − table'table, with the sums of weights d_t (T,) of the levels. It is singular along the connected
    parts (T,) of the levels, so rounding's share of the sums there is taken out first.
    """
    spread = weights / np.bincount(parts, weights)[parts]
    left = sums - spread[:, None] * group_sums(sums, parts)[parts]
    diagonal = weights - np.bincount(table.indices, table.data**2, minlength=len(weights))
    inverse = 1 / np.where(diagonal > _EXACT * weights, diagonal, weights)[:, None]
    back = table.T
    found, direction = np.zeros(sums.shape), inverse * left
    size = np.einsum("ij,ij->j", left, direction)
    goal = _STEP_GOAL**2 * size
    for _ in range(_STEPS):
        if not (size > goal).any():
            break
        image = weights[:, None] * direction - back @ (table @ direction)
        step = _ratio(size, np.einsum("ij,ij->j", direction, image))
        found += step * direction
        left -= step * image
        turned = inverse * left
        before, size = size, np.einsum("ij,ij->j", left, turned)
        direction = turned + _ratio(size, before) * direction
    return found


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _lengths(left: Floats, weights: Floats | None) -> Floats:
    return np.sqrt([column @ _weighted(column, weights) for column in left.T])


def _weighted(column: Floats, weights: Floats | None) -> Floats:
    return column if weights is None else column * weights


def _parts(first: Codes, second: Codes) -> tuple[int, Codes]:
    """Number of connected parts of two effects, and the part of each level of the second."""
    levels = int(first.max()) + 1, int(second.max()) + 1
    if np.bincount(first[second == 0], minlength=levels[0]).all():
        return 1, np.zeros(levels[1], dtype=np.intp)
    if levels[0] * levels[1] <= _TABLE:
        met = np.bincount(first * levels[1] + second, minlength=levels[0] * levels[1]).reshape(levels) > 0
        if met.all(axis=0).any() or met.all(axis=1).any():  # a level that meets all others ties them together
            return 1, np.zeros(levels[1], dtype=np.intp)
    size = sum(levels)
    links = sparse.coo_array((np.ones(len(first)), (first, second + levels[0])), shape=(size, size))
    number, parts = connected_components(links, directed=False)
    return int(number), parts[levels[0] :].astype(np.intp)
