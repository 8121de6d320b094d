"""Weights on the simplex: the exact minimiser, and the steps that the authors of synthdid take."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numba import njit
from scipy.optimize import nnls

from regional_econ.causal.scales import FloatArray

Solver = Literal["exact", "frank-wolfe"]

# As in synthdid: steps of the pass that finds the support and of the pass on it, the share of the largest weight that
# a donor must exceed to stay, and the fall of the loss, in noise units squared, at which the steps stop.
_FIRST_PASS, _SECOND_PASS = 100, 10_000
_SUPPORT_SHARE = 4
_STOP = 1e-5


def simplex_weights(A: FloatArray, b: FloatArray, ridge: float) -> FloatArray:
    """Return the weights w ≥ 0, 1'w = 1 that minimise ‖Aw − b‖² + ridge ‖w‖², to rounding error.

    Since 1'w = 1 the loss is ‖Dw‖² with D = A − b1' over the ridge. Non-negative least squares of D on 0 and of 1' on
    1 gives a multiple of the minimiser: with s = 1'w it minimises s²q(w/s) + (s − 1)², which grows with q alone.

    Parameters
    ----------
    A : (m, n).
    b : (m,).
    ridge : non-negative.

    Source: Wolfe (1976), Finding the nearest point in a polytope. Held against: the Karush-Kuhn-Tucker conditions.
    """
    n = A.shape[1]
    D = np.vstack([A - b[:, None], np.sqrt(ridge) * np.eye(n)])
    scale = float(np.sqrt((D**2).sum(axis=0).min()))
    if scale > 0:
        D = D / scale
    found, _ = nnls(np.vstack([D, np.ones((1, n))]), np.r_[np.zeros(len(D)), 1.0], maxiter=100 * n)
    return np.asarray(found / found.sum())


def weights_by(solver: Solver, A: FloatArray, b: FloatArray, zeta: float, noise: float) -> FloatArray:
    """Return simplex weights that minimise ‖Aw − b‖²/m + ζ² ‖w‖².

    Parameters
    ----------
    solver : "exact", or "frank-wolfe": the two passes of synthdid, the first to find the support.
    A : (m, n).
    b : (m,).
    zeta : the ridge ζ.
    noise : scale of the outcome; the Frank-Wolfe steps stop at 1e-5 of it.

    Source: Arkhangelsky et al. (2021), AER 111(12), eq. 4-6, and the program that goes with it.
    Held against: Proposition 99.
    """
    ridge = len(b) * zeta**2
    if solver == "exact":
        return simplex_weights(A, b, ridge)
    A, b = np.ascontiguousarray(A), np.ascontiguousarray(b)
    n = A.shape[1]
    first = frank_wolfe(A, b, ridge, np.full(n, 1 / n), _STOP * noise, _FIRST_PASS)
    support = np.where(first > first.max() / _SUPPORT_SHARE, first, 0.0)
    return np.asarray(frank_wolfe(A, b, ridge, support / support.sum(), _STOP * noise, _SECOND_PASS))


def _frank_wolfe(A: FloatArray, b: FloatArray, ridge: float, start: FloatArray, drop: float, steps: int) -> FloatArray:
    """Frank-Wolfe steps with exact line search on (‖Aw − b‖² + ridge ‖w‖²)/m until the loss falls by ≤ drop²."""
    m = len(b)
    weights = start.copy()
    error = A @ weights - b
    loss = float("inf")
    for _ in range(steps):
        half_gradient = error @ A + ridge * weights
        vertex = int(np.argmin(half_gradient))
        direction = -weights
        direction[vertex] += 1.0
        move = A @ direction
        slope = float(half_gradient @ direction)
        curvature = float(move @ move + ridge * (direction @ direction))
        if curvature == 0.0:
            break
        step = min(1.0, max(0.0, -slope / curvature))
        weights = weights + step * direction
        error = A @ weights - b
        previous, loss = loss, float((error @ error + ridge * (weights @ weights)) / m)
        if previous - loss <= drop * drop:
            break
    return weights


frank_wolfe = njit(cache=True)(_frank_wolfe)
