"""Many regressions on one sample: effects are swept out once, subsets of columns are solved on region Gram blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.causal.sample import IntArray, Sample, region_starts
from regional_econ.causal.scales import FloatArray

# Demeaned dummies have singular values of the order of one or zero: nothing lies near the cut.
_RANK_TOLERANCE = 1e-9


@dataclass(frozen=True)
class GramBlocks:
    """A sample without its effects, reduced to one block a region.

    ``xx`` (G, p, p), ``xy`` (G, p), ``yy`` total; ``n_obs``; ``n_units`` unit effects (nested in regions), ``n_cells``
    levels of the year effects and ``rank_cells`` the rank that they add to the unit effects.
    """

    xx: FloatArray
    xy: FloatArray
    yy: float
    n_obs: int
    n_units: int
    n_cells: int
    rank_cells: int

    @property
    def n_regions(self) -> int:
        """Number of clusters."""
        return int(self.xx.shape[0])


@dataclass(frozen=True)
class Solutions:
    """S regressions of q columns: coefficients, clustered (CR1S) and classical standard errors, all (S, q).

    ``df_resid`` counts all effects; clustered intervals use ``n_regions - 1`` degrees of freedom.
    """

    coef: FloatArray
    std_error: FloatArray
    std_error_iid: FloatArray
    df_resid: int
    n_obs: int
    n_regions: int


def gram_blocks(sample: Sample) -> GramBlocks:
    """Sweep unit and year effects out of a sample and return its Gram blocks.

    The effects are projected out exactly: weighted demeaning by unit, then least squares on the demeaned year
    dummies (Frisch-Waugh-Lovell).

    Parameters
    ----------
    sample : complete cases.

    Returns
    -------
    blocks in the order of the sample's regions.
    """
    Z = np.column_stack([sample.X, sample.y])
    residual, rank = _sweep(Z, sample.unit, sample.cell, sample.weights)
    X, y = residual[:, :-1], residual[:, -1]
    starts = region_starts(sample.region)
    xx = np.add.reduceat(X[:, :, None] * X[:, None, :], starts, axis=0)
    xy = np.add.reduceat(X * y[:, None], starts, axis=0)
    units, levels = int(sample.unit.max()) + 1, int(sample.cell.max()) + 1
    return GramBlocks(xx, xy, float(y @ y), len(y), units, levels, rank)


def solve(blocks: GramBlocks, subsets: IntArray) -> Solutions:
    """Regress on each of S column subsets of equal size with errors clustered by region.

    The factor is CR1S as in pyfixest: G/(G−1) · (N−1)/(N−K), K counting coefficients and all levels of the year
    effects, which are not nested in regions, but not the unit effects, which are.

    Parameters
    ----------
    blocks : swept sample.
    subsets : (S, q) column numbers.

    Returns
    -------
    coefficients and errors (S, q).

    Raises
    ------
    EstimationError : collinear columns.

    Source: Cameron, Miller (2015), A practitioner's guide to cluster-robust inference, eq. 11.
    """
    size = subsets.shape[1]
    rows, columns = subsets[:, :, None], subsets[:, None, :]
    total = blocks.xx.sum(axis=0)[rows, columns]
    right = blocks.xy.sum(axis=0)[subsets]
    _refuse_collinear(total)
    bread = np.linalg.inv(total)
    coef = np.einsum("sij,sj->si", bread, right)
    fitted = np.einsum("gsij,sj->gsi", blocks.xx[:, rows, columns], coef)
    scores = blocks.xy[:, subsets] - fitted
    meat = np.einsum("gsi,gsj->sij", scores, scores)
    g, n = blocks.n_regions, blocks.n_obs
    factor = g / (g - 1) * (n - 1) / (n - size - blocks.n_cells)
    covariance = factor * bread @ meat @ bread
    df_resid = n - size - blocks.rank_cells - blocks.n_units
    sigma2 = (blocks.yy - np.einsum("si,si->s", coef, right)) / df_resid
    iid = sigma2[:, None] * np.diagonal(bread, axis1=1, axis2=2)
    clustered = np.diagonal(covariance, axis1=1, axis2=2)
    return Solutions(coef, np.sqrt(clustered), np.sqrt(iid), df_resid, n, g)


def _sweep(Z: FloatArray, unit: IntArray, cell: IntArray, weights: FloatArray) -> tuple[FloatArray, int]:
    root = np.sqrt(weights)[:, None]
    dummies = np.eye(int(cell.max()) + 1)[cell]
    Z = root * _demean(Z, unit, weights)
    D = root * _demean(dummies, unit, weights)
    values, vectors = np.linalg.eigh(D.T @ D)
    kept = values > _RANK_TOLERANCE * values[-1]
    projected = vectors[:, kept] / values[kept] @ (vectors[:, kept].T @ (D.T @ Z))
    return Z - D @ projected, int(kept.sum())


def _demean(Z: FloatArray, unit: IntArray, weights: FloatArray) -> FloatArray:
    mass = np.bincount(unit, weights=weights)
    sums = np.zeros((len(mass), Z.shape[1]))
    np.add.at(sums, unit, Z * weights[:, None])
    return np.asarray(Z - (sums / mass[:, None])[unit])


def _refuse_collinear(total: FloatArray) -> None:
    scale = np.sqrt(np.diagonal(total, axis1=1, axis2=2))
    if not (scale > 0).all():
        raise EstimationError("a regressor does not vary within units", advice="Leave it out of the specification")
    correlation = total / (scale[:, :, None] * scale[:, None, :])
    if np.linalg.eigvalsh(correlation).min() < 1e-10:
        raise EstimationError("collinear regressors", advice="Leave one of them out")
