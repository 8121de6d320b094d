"""What are the coefficients? One least-squares solution for all estimators, refused when not identified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dgeqrf

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Codes, Floats

COLLINEAR = 1e-9
_ROWS = 8192  # of one QR step: a block of a regression's rows that stays in the processor's cache


@dataclass(frozen=True, slots=True)
class Transformed:
    """A regression after its estimator's transformation.

    Attributes
    ----------
    y : (n,) transformed outcome.
    X : (n, k) transformed regressors, an intercept included where the estimator has one.
    names : k terms.
    units, years : (n,) codes of the unit and calendar years of each row.
    weights : (n,) weights, ones where there are none.
    absorbed : codes (n,) of each effect taken out.
    scale : (k,) norms before the transformation: what "no variation left" is measured against.
    """

    y: Floats
    X: Floats
    names: tuple[str, ...]
    units: Codes
    years: NDArray[np.int64]
    weights: Floats
    absorbed: tuple[Codes, ...]
    scale: Floats


@dataclass(frozen=True, slots=True)
class OwnCovariance:
    """The covariance that an estimator's own model gives: (k, k), degrees of freedom of t, and the same in words."""

    matrix: Floats
    df: float
    convention: str


@dataclass(frozen=True, slots=True)
class Solution:
    """Least squares on a `Transformed`.

    Attributes
    ----------
    beta : (k,) coefficients.
    residuals : (n,) y − Xβ on the transformed rows.
    bread : (k, k) (X'WX)⁻¹.
    scores : (n, k) w·x·residual.
    own : the covariance of the estimator's own model, for those that have one.
    """

    beta: Floats
    residuals: Floats
    bread: Floats
    scores: Floats
    own: OwnCovariance | None = None


def solve(data: Transformed) -> Solution:
    """Weighted least squares by QR.

    Raises
    ------
    EstimationError : fewer rows than coefficients, a regressor without variation after the effects, or a
        regressor that is a combination of others; the message names it.
    """
    n, k = data.X.shape
    if n <= k:
        raise EstimationError(f"{n} observations cannot give {k} coefficients", advice="Use fewer terms or more years")
    norms = np.sqrt([column @ (column * data.weights) for column in data.X.T])
    for name, norm, scale in zip(data.names, norms, data.scale, strict=True):
        if norm <= COLLINEAR * scale:
            raise EstimationError(
                f"{name} does not vary once the effects are taken out",
                advice="Leave it out, or use fewer effects",
            )
    R = _triangle(data, norms)
    _refuse_collinear(R, data.names)
    inverse = solve_triangular(R[:k, :k], np.eye(k), check_finite=False) / norms[:, None]
    beta = inverse @ R[:k, k]
    residuals = data.y - data.X @ beta
    scores = data.X * (data.weights * residuals)[:, None]
    return Solution(beta, residuals, inverse @ inverse.T, scores)


def refuse_constant(outcome: Floats, data: Transformed) -> None:
    """Refuse an outcome (n,) that the effects leave nothing of: its errors would be zero, and mean nothing.

    Raises
    ------
    EstimationError : there is no variation left.
    """
    if float(np.linalg.norm(data.y)) <= COLLINEAR * float(np.linalg.norm(outcome)):
        raise EstimationError(
            "the outcome does not vary once the effects are taken out", advice="Use fewer effects, or another outcome"
        )


def _triangle(data: Transformed, norms: Floats) -> Floats:
    """R of the QR decomposition of √w·(X/norms, y): (k + 1, k + 1), its last column Q'y.

    Long regressions go block by block, and then through the triangles of the blocks: the same Householder
    reflections in another order (Demmel, Grigori, Hoemmen & Langou 2012), without a copy of the rows.
    """
    triangles = []
    for start in range(0, len(data.y), _ROWS):
        rows = slice(start, start + _ROWS)
        block = np.empty((len(data.y[rows]), len(norms) + 1), order="F")
        block[:, :-1], block[:, -1] = data.X[rows], data.y[rows]
        block[:, :-1] /= norms
        block *= np.sqrt(data.weights[rows])[:, None]
        triangles.append(_reflected(block))
    return triangles[0] if len(triangles) == 1 else _reflected(np.concatenate(triangles))


def _reflected(block: Floats) -> Floats:
    """R of a block's QR decomposition, by LAPACK without the checks and copies around it."""
    return np.triu(dgeqrf(block)[0][: block.shape[1]])


def _refuse_collinear(R: Floats, names: tuple[str, ...]) -> None:
    for column in range(1, len(names)):
        if abs(R[column, column]) > COLLINEAR:
            continue
        shares = np.linalg.lstsq(R[:column, :column], R[:column, column], rcond=None)[0]
        partners = [name for name, share in zip(names, shares, strict=False) if abs(share) > 1e-6]
        raise EstimationError(
            f"{names[column]} is a linear combination of {', '.join(partners)}",
            where="after the effects are taken out",
            advice=f"Leave out {names[column]}",
        )
