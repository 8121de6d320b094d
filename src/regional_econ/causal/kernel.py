"""Many regressions on one sample: effects are swept out once, subsets of columns are solved on region Gram blocks.

With X̃ and ỹ the columns without their effects, a specification with columns S needs A = Σ_g X̃_g'X̃_g and
c = Σ_g X̃_g'ỹ_g on S alone: β = A⁻¹c, and the clustered variance of the first coefficient is Σ_g u_g² with
u_g = v'(X̃_g'ỹ_g − X̃_g'X̃_g β), v the first column of A⁻¹. Blocks lie side by side over regions, so that u is a few
sums of vectors of length G; rows are never touched again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.causal.sample import Sample, region_starts
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.sweep import sweep_effects, sweep_factors
from regional_econ.panel.least_squares import COLLINEAR

Masks = NDArray[np.uint64]
MAX_COLUMNS = 64
_NOTHING = 1e-10  # of a column's square, where the others leave no more of it


@dataclass(frozen=True)
class GramBlocks:
    """A sample without its effects, reduced to one block a region.

    Attributes
    ----------
    xx : (p, p, G) X̃_g'X̃_g, xy : (p, G) X̃_g'ỹ_g, yy : ỹ'ỹ over all regions.
    n_obs : rows.
    n_units : unit effects (and loadings of a region's own), which are nested in regions.
    rank_cells : what the year effects (and trends) add to the rank of the unit effects.
    """

    xx: FloatArray
    xy: FloatArray
    yy: float
    n_obs: int
    n_units: int
    rank_cells: int

    @property
    def n_regions(self) -> int:
        """Number of clusters."""
        return int(self.xx.shape[2])


@dataclass(frozen=True)
class Solutions:
    """The driver's coefficient in S regressions, with its clustered (CR1S) and classical standard errors, all (S,).

    ``n_terms`` (S,) counts the columns of each; ``df_resid`` (S,) counts all effects too; clustered intervals use
    ``n_regions - 1`` degrees of freedom.
    """

    coef: FloatArray
    std_error: FloatArray
    std_error_iid: FloatArray
    n_terms: NDArray[np.int64]
    df_resid: NDArray[np.int64]
    n_obs: int
    n_regions: int


def gram_blocks(sample: Sample) -> GramBlocks:
    """Sweep the effects out of a sample and return its Gram blocks.

    Parameters
    ----------
    sample : complete cases.

    Returns
    -------
    blocks in the order of the sample's regions.

    Source: Frisch & Waugh (1933); the sweep is that of `panel.demean.within` and `causal.sweep`. Held against
    `panel.fit` and plain dummy regressions (tests/causal/test_kernel.py).
    """
    columns = np.column_stack([sample.X, sample.y])
    left, n_units, rank_cells = sweep_effects(sample, columns)
    return blocks_of(_weighted(left, columns, sample), region_starts(sample.region), n_units, rank_cells)


def factor_blocks(sample: Sample, chosen: tuple[int, ...]) -> GramBlocks:
    """Return the Gram blocks of one specification of pooled CCE: its averages are those of its own columns.

    Parameters
    ----------
    sample : complete cases, its effects ``cce``.
    chosen : columns of the specification; they become the blocks' columns 0, 1, ….

    Source: Pesaran (2006), see `panel.cce`. Held against `panel.fit` (tests/causal/test_drill_down.py).
    """
    left, loadings = sweep_factors(sample, chosen)
    swept = _weighted(left, np.column_stack([sample.X[:, list(chosen)], sample.y]), sample)
    return blocks_of(swept, region_starts(sample.region), loadings, 0)


def sweep(columns: FloatArray, sample: Sample) -> FloatArray:
    """Take a sample's unit and year effects, and its trends, out of columns by weighted least squares.

    Parameters
    ----------
    columns : (n, p).
    sample : whose effects and weights.

    Returns
    -------
    (n, p) residuals times the roots of the weights; a column that the effects leave nothing of is zero.
    """
    return _weighted(sweep_effects(sample, columns)[0], columns, sample)


def _weighted(left: FloatArray, columns: FloatArray, sample: Sample) -> FloatArray:
    """Swept columns times the roots of the weights, those that the effects leave nothing of set to zero."""
    root = np.sqrt(sample.weights)[:, None]
    swept = root * left
    swept[:, np.linalg.norm(swept, axis=0) <= COLLINEAR * np.linalg.norm(root * columns, axis=0)] = 0.0
    return np.asarray(swept)


def blocks_of(swept: FloatArray, starts: NDArray[np.intp], n_units: int, rank_cells: int) -> GramBlocks:
    """Return the Gram blocks of columns without effects.

    Parameters
    ----------
    swept : (n, p + 1) columns, the outcome last, times the roots of their weights, rows sorted by region.
    starts : (G,) first row of each region.
    n_units, rank_cells : as in :class:`GramBlocks`.
    """
    X, y = swept[:, :-1], swept[:, -1]
    xx = np.add.reduceat(X[:, :, None] * X[:, None, :], starts, axis=0)
    xy = np.add.reduceat(X * y[:, None], starts, axis=0)
    side_by_side = np.ascontiguousarray(xx.transpose(1, 2, 0)), np.ascontiguousarray(xy.T)
    return GramBlocks(*side_by_side, float(y @ y), len(y), n_units, rank_cells)


def mask_of(columns: Sequence[int]) -> int:
    """Return the bit mask of some columns.

    >>> mask_of((0, 3))
    9
    """
    return sum(1 << column for column in columns)


def solve(blocks: GramBlocks, driver: int, masks: Masks) -> Solutions:
    """Regress on the driver and each of S subsets of the other columns, with errors clustered by region.

    The factor is CR1S as in `panel.fit`: G/(G−1) · (N−1)/(N−K), K counting coefficients and the rank of the year
    effects, which are not nested in regions, plus one for the unit effects, which are.

    Parameters
    ----------
    blocks : swept sample of at most 64 columns.
    driver : its column.
    masks : (S,) bit j of each stands for column j; the driver's own bit does not matter.

    Returns
    -------
    the driver's coefficients and errors (S,).

    Raises
    ------
    EstimationError : more than 64 columns, a column that does not vary, collinear columns, or no degrees of freedom.

    Source: Cameron & Miller (2015), A practitioner's guide to cluster-robust inference, eq. 11. Held against
    `panel.fit` and dummy regressions (tests/causal/test_kernel.py) and pyfixest (benchmarks/bench_multiverse.py).
    """
    p = len(blocks.xx)
    if p > MAX_COLUMNS:
        raise EstimationError(f"{p} columns are more than {MAX_COLUMNS}", advice="Declare fewer covariates")
    asked = np.ascontiguousarray(masks, dtype=np.uint64)
    n_terms = np.bitwise_count(asked | np.uint64(1 << driver)).astype(np.int64)
    df_resid = blocks.n_obs - n_terms - blocks.rank_cells - blocks.n_units
    if len(asked) and int(df_resid.min()) <= 0:
        raise EstimationError(f"{blocks.n_obs} observations leave no degrees of freedom", advice="Use fewer effects")
    total, right = blocks.xx.sum(axis=2), blocks.xy.sum(axis=1)
    coef, clustered, iid = np.empty((3, len(asked)))
    bad = _kernel()(blocks.xx, blocks.xy, total, right, blocks.yy, driver, asked, _NOTHING, coef, clustered, iid)
    if bad >= 0:
        what = "a regressor does not vary within units" if not np.diag(total).all() else "collinear regressors"
        raise EstimationError(what, advice="Leave one of them out of the specifications")
    g, n = blocks.n_regions, blocks.n_obs
    factor = g / (g - 1) * (n - 1) / (n - n_terms - blocks.rank_cells - 1)
    return Solutions(coef, np.sqrt(factor * clustered), np.sqrt(iid / df_resid), n_terms, df_resid, n, g)


def solve_one(blocks: GramBlocks, columns: Sequence[int]) -> Solutions:
    """Regress on some columns, the driver's first: one specification of :func:`solve`.

    >>> X = np.array([[1.0, 0.0], [1.0, 1.0], [-2.0, -1.0]])
    >>> rows = np.column_stack([X, X @ [2.0, 3.0]])
    >>> float(solve_one(blocks_of(np.tile(rows, (2, 1)), np.arange(6), 0, 0), (1, 0)).coef[0].round(9))
    3.0
    """
    return solve(blocks, columns[0], np.array([mask_of(columns)], dtype=np.uint64))


@cache
def _kernel() -> Callable[..., int]:
    """Compile the loop over specifications; numba is only imported when one is wanted."""
    from numba import njit

    return cast("Callable[..., int]", njit(cache=True)(_loop))


def _loop(
    xx: FloatArray,
    xy: FloatArray,
    total: FloatArray,
    right: FloatArray,
    yy: float,
    driver: int,
    masks: Masks,
    tolerance: float,
    coef: FloatArray,
    clustered: FloatArray,
    iid: FloatArray,
) -> int:
    """Fill coef, clustered (Σ u²) and iid (SSR times the driver's own element of A⁻¹); returns a collinear row or −1.

    The driver's column comes last in the Cholesky factor L of A, so that v ends in 1/L_qq² and needs one back solve.
    """
    p, _, n_regions = xx.shape
    chosen = np.empty(p, dtype=np.int64)
    L = np.empty((p, p))
    beta, v, u = np.empty(p), np.empty(p), np.empty(n_regions)
    for s in range(len(masks)):
        q = 0
        for column in range(p):
            if column != driver and (masks[s] >> np.uint64(column)) & np.uint64(1):
                chosen[q] = column
                q += 1
        chosen[q] = driver
        q += 1
        for i in range(q):
            for j in range(i + 1):
                left = total[chosen[i], chosen[j]]
                for k in range(j):
                    left -= L[i, k] * L[j, k]
                if i == j:
                    if not left > tolerance * total[chosen[i], chosen[i]]:
                        return s
                    L[i, i] = np.sqrt(left)
                else:
                    L[i, j] = left / L[j, j]
        ssr = yy
        for i in range(q):
            left = right[chosen[i]]
            for k in range(i):
                left -= L[i, k] * beta[k]
            beta[i] = left / L[i, i]
            ssr -= beta[i] ** 2
        for i in range(q - 1, -1, -1):
            b = beta[i]
            a = 1.0 / L[i, i] if i == q - 1 else 0.0
            for k in range(i + 1, q):
                b -= L[k, i] * beta[k]
                a -= L[k, i] * v[k]
            beta[i] = b / L[i, i]
            v[i] = a / L[i, i]
        u[:] = 0.0
        for i in range(q):
            row = chosen[i]
            for g in range(n_regions):
                u[g] += v[i] * xy[row, g]
            weight = v[i] * beta[i]
            for g in range(n_regions):
                u[g] -= weight * xx[row, row, g]
            for j in range(i):
                column = chosen[j]
                weight = v[i] * beta[j] + v[j] * beta[i]
                for g in range(n_regions):
                    u[g] -= weight * xx[row, column, g]
        spread = 0.0
        for g in range(n_regions):
            spread += u[g] * u[g]
        coef[s] = beta[q - 1]
        clustered[s] = spread
        iid[s] = max(ssr, 0.0) * v[q - 1]
    return -1
