"""What do clusters need to say about a regression? Its cross products, in which all rows together give the identity.

The columns are the transformed regressors and the dummies of the effects that are not nested in the clusters, for
these are estimated across clusters; effects nested in a cluster stay taken out (Pustejovsky & Tipton 2018). Brought
to an orthonormal basis U, every leave-one-out, bias-reduced or resampled quantity of a cluster follows from U_g'U_g
(r × r) and U_g'y_g (r) alone, however many rows the cluster has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_triangular

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Codes, Floats, within
from regional_econ.panel.least_squares import Transformed

MAX_DUMMIES = 2000
_ZERO = 1e-10


@dataclass(frozen=True)
class Blocks:
    """Cross products by cluster of a least-squares regression.

    Attributes
    ----------
    loads : (k, r), coefficients = loads @ moments.sum(axis=0).
    grams : (G, r, r) U_g'U_g; they add up to the identity.
    moments : (G, r) U_g'y_g.
    """

    loads: Floats
    grams: Floats
    moments: Floats

    @classmethod
    def of(cls, data: Transformed, clusters: Codes, crossed: Floats | None = None) -> Blocks:
        """Cross products of a regression by cluster.

        Parameters
        ----------
        data : the regression.
        clusters : (n,) codes 0 … G−1, each present.
        crossed : :func:`crossed_effects`, where many regressions share them.

        Raises
        ------
        EstimationError : the effects that cross the clusters have more than 2,000 levels.
        """
        own, loads = orthonormal(data)
        dummies = crossed_effects(data.absorbed, clusters, data.weights) if crossed is None else crossed
        basis = np.column_stack([own, dummies])
        y = data.y * np.sqrt(data.weights)
        order = np.argsort(clusters, kind="stable")
        cuts = np.cumsum(np.bincount(clusters))[:-1]
        parts = np.split(basis[order], cuts)
        grams = np.stack([part.T @ part for part in parts])
        moments = np.stack([part.T @ own for part, own in zip(parts, np.split(y[order], cuts), strict=True)])
        return cls(np.pad(loads, ((0, 0), (0, dummies.shape[1]))), grams, moments)

    @property
    def scores(self) -> Floats:
        """(G, r) sums of scores by cluster, U_g'e_g."""
        return self.moments - self.grams @ self.moments.sum(axis=0)

    @cached_property
    def spectra(self) -> tuple[Floats, Floats]:
        """(G, r) eigenvalues λ of each U_g'U_g, between 0 and 1, and (G, r, r) their vectors in columns."""
        values, vectors = np.linalg.eigh(self.grams)
        return np.clip(values, 0.0, 1.0), vectors


def is_nested(codes: Codes, clusters: Codes) -> bool:
    """Whether each level lies within one cluster.

    >>> is_nested(np.array([0, 0, 1]), np.array([0, 0, 0])), is_nested(np.array([0, 0]), np.array([0, 1]))
    (True, False)
    """
    first = np.full(int(codes.max()) + 1, -1)
    first[codes] = clusters
    return bool((first[codes] == clusters).all())


def orthonormal(data: Transformed) -> tuple[Floats, Floats]:
    """Orthonormal columns that span the regressors.

    Returns
    -------
    (n, k) basis of the rows times the roots of their weights, and (k, k) loads of the coefficients on it
    """
    X = data.X * np.sqrt(data.weights)[:, None]
    norms = np.linalg.norm(X, axis=0)
    R = np.linalg.qr(X / norms, mode="r")
    loads = solve_triangular(R, np.eye(len(norms))) / norms[:, None]
    return X @ loads, loads


def crossed_effects(absorbed: tuple[Codes, ...], clusters: Codes, weights: Floats) -> Floats:
    """Orthonormal columns that span the dummies of effects not nested in the clusters, nested ones taken out.

    Returns
    -------
    (n, q) basis of the rows times the roots of their weights, q = 0 where all effects are nested
    """
    nested = tuple(codes for codes in absorbed if is_nested(codes, clusters))
    return dummy_basis(tuple(codes for codes in absorbed if not is_nested(codes, clusters)), nested, weights)


def dummy_basis(effects: tuple[Codes, ...], absorbed: tuple[Codes, ...], weights: Floats) -> Floats:
    """Orthonormal columns (n, q) that span the dummies of some effects once others are taken out.

    Raises
    ------
    EstimationError : more than 2,000 levels.
    """
    n_levels = sum(int(codes.max()) + 1 for codes in effects)
    if n_levels == 0:
        return np.empty((len(weights), 0))
    if n_levels > MAX_DUMMIES:
        raise EstimationError(
            f"effects with {n_levels} levels cross the clusters; at most {MAX_DUMMIES} can be followed one by one",
            advice="Use CR1S, or cluster by the larger effect",
        )
    dummies = np.column_stack([np.eye(int(codes.max()) + 1)[codes] for codes in effects])
    dummies = within(dummies, absorbed, weights) * np.sqrt(weights)[:, None]
    values, vectors = np.linalg.eigh(dummies.T @ dummies)
    kept = values > _ZERO * values.max()
    return np.asarray(dummies @ (vectors[:, kept] / np.sqrt(values[kept])))


def bias_reduced(blocks: Blocks) -> tuple[Floats, Floats]:
    """Scores of CR2 with Satterthwaite degrees of freedom (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).

    Residuals of a cluster are multiplied by (I − H_gg)^(−1/2), which makes the covariance unbiased under
    independent errors of one variance; degrees of freedom are those of the same working model.

    Returns
    -------
    (G, r) adjusted scores, (k,) degrees of freedom by coefficient
    """
    values, vectors = blocks.spectra
    return _rotated(blocks.scores, vectors, 1 / np.sqrt(_free(values))), satterthwaite(blocks, blocks.loads)


def satterthwaite(blocks: Blocks, contrasts: Floats) -> Floats:
    """Degrees of freedom of CR2 for contrasts given in the blocks' basis, (q, r) → (q,)."""
    values, vectors = blocks.spectra
    free = _free(values)
    found = []
    for contrast in contrasts:
        turned = np.einsum("grs,r->gs", vectors, contrast)
        diagonal = (turned**2 * values / free).sum(axis=1)
        projected = np.einsum("grs,gs->gr", vectors, turned * values / np.sqrt(free))
        spread = np.diag(diagonal) - projected @ projected.T
        found.append(np.trace(spread) ** 2 / (spread**2).sum())
    return np.array(found)


def jackknifed(blocks: Blocks) -> Floats:
    """Scores of CR3: (G, r), minus the change of the coordinates of the coefficients when a cluster is left out."""
    values, vectors = blocks.spectra
    return _rotated(blocks.scores, vectors, 1 / _free(values))


def _free(values: Floats) -> Floats:
    """1 − λ; infinite where a cluster alone determines a direction, in which its residuals are zero."""
    free = 1 - values
    return np.where(free > _ZERO, free, np.inf)


def alone(blocks: Blocks) -> tuple[Codes, Codes]:
    """Clusters and coefficients that belong together: without the cluster the coefficient is not identified."""
    values, vectors = blocks.spectra
    lone = np.where((1 - values <= _ZERO)[:, None, :], vectors, 0.0)
    reach = np.abs(np.einsum("kr,grs->gks", blocks.loads, lone)).max(axis=2)
    clusters, terms = np.nonzero(reach > _ZERO * np.linalg.norm(blocks.loads, axis=1))
    return clusters, terms


def _rotated(scores: Floats, vectors: Floats, factors: Floats) -> Floats:
    turned = np.einsum("grs,gr->gs", vectors, scores)
    return np.asarray(np.einsum("grs,gs->gr", vectors, turned * factors))
