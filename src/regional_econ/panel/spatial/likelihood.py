"""What maximises the likelihood of a spatial panel model? One number, ρ or λ; all else follows by least squares.

Source of the notation: Elhorst (2014, Spatial Econometrics, 3). Direct: effects are parameters, taken out by demeaning,
N = nT rows. Transformed (Lee & Yu 2010): effects are taken out by orthonormal contrasts, so that only the N = n*T* rows
that hold information count, T* = T − 1 with region effects and n* = n − 1 with year effects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from regional_econ._base.errors import EstimationError
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.demean import Floats
from regional_econ.panel.least_squares import COLLINEAR
from regional_econ.panel.spatial.lattice import lagged_over, without_effects
from regional_econ.panel.variance_components import refuse_exact_fit

Dependence = Literal["lag", "error"]
_GRID = 60
_EDGE = 1e-6  # of the range of ρ: how near to its ends the search goes


@dataclass(frozen=True)
class Problem:
    """A balanced panel with weights.

    Attributes
    ----------
    y : (T, n); X : (T, n, k), spatial lags included; weights : of the n units.
    effects : "region", "year" or both.
    transformed : whether the likelihood is that of Lee and Yu's contrasts.
    """

    y: Floats
    X: Floats
    weights: SpatialWeights
    effects: tuple[str, ...]
    transformed: bool = False

    @property
    def periods(self) -> int:
        """T, or T* of contrasts."""
        return int(self.y.shape[0] - (self.transformed and "region" in self.effects))

    @property
    def contrasts(self) -> bool:
        """Whether a year's level was taken out by contrasts across units, which removes the eigenvalue one of W."""
        return self.transformed and "year" in self.effects

    @property
    def size(self) -> int:
        """N."""
        return int(self.periods * (self.y.shape[1] - self.contrasts))

    def log_determinant(self, rho: float) -> float:
        """ln |I − ρW| of all periods."""
        values = np.log(np.abs(1 - rho * self.weights.eigenvalues)).sum()
        return float(self.periods * (values - (np.log(1 - rho) if self.contrasts else 0.0)))

    def trace(self, rho: float) -> float:
        """tr W(I − ρW)⁻¹ of all periods: minus the slope of the log determinant."""
        values = self.weights.eigenvalues
        own = 1 / (1 - rho) if self.contrasts else 0.0
        return float(self.periods * ((values / (1 - rho * values)).sum().real - own))


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is largest.

    Attributes
    ----------
    rho : ρ of a lag, λ of an error.
    beta : (k,); sigma2 : SSE/N; log_likelihood : with its constants.
    residuals : (T, n) of the innovations ε, effects taken out.
    covariance : (k + 1, k + 1) of β and ρ, from the information matrix.
    """

    rho: float
    beta: Floats
    sigma2: float
    log_likelihood: float
    residuals: Floats
    covariance: Floats


def maximised(problem: Problem, dependence: Dependence) -> Maximum:
    """Concentrated maximum likelihood of y = ρWy + Xβ + effects + ε, or of an error u = λWu + ε.

    The maximum is the best of a grid over the stable range, then the root of the score beside it. Standard errors are
    those of the information matrix with normal errors.

    Source: Elhorst (2014, Spatial Econometrics, 3.3); Lee & Yu (2010, J. Econometrics 154); Anselin (1988, Spatial
    Econometrics, 6). Held against spatialreg 1.2-6 with dummies and on Lee and Yu's contrasts of Munnell's data, and
    spreg 1.9 (tests/panel/test_spatial.py).

    Raises
    ------
    EstimationError : no maximum inside the stable range of ρ, or an information matrix that cannot be inverted.
    """
    return _lag(problem) if dependence == "lag" else _error(problem)


def _lag(problem: Problem) -> Maximum:
    y, X, W = problem.y, problem.X, problem.weights.matrix
    effects, N = problem.effects, problem.size
    lagged = lagged_over(y, W)
    columns = _flat(without_effects(X, effects))
    outcomes = np.column_stack([_flat(without_effects(one, effects)) for one in (y, lagged)])
    slopes = np.linalg.lstsq(columns, outcomes, rcond=None)[0]
    own, other = (outcomes - columns @ slopes).T
    refuse_exact_fit(outcomes[:, 0], float(own @ own))
    a, b, c = own @ own, own @ other, other @ other

    def score(rho: float) -> float:
        return float(N * (b - c * rho) / (a - 2 * b * rho + c * rho**2) - problem.trace(rho))

    def profile(rho: float) -> float:
        return _profile(problem, rho, float(a - 2 * b * rho + c * rho**2))

    rho = _root(problem, profile, score)
    beta = slopes[:, 0] - rho * slopes[:, 1]
    residuals = (own - rho * other).reshape(y.shape)
    sse = float(residuals.ravel() @ residuals.ravel())
    sigma2 = sse / N
    G = np.linalg.solve((np.eye(len(W)) - rho * W).T, W.T).T
    moved = _flat(without_effects(lagged - lagged_over(residuals, G), effects))
    cross = columns.T @ moved / sigma2
    squares = moved @ moved / sigma2
    covariance = _inverted(problem, columns.T @ columns / sigma2, cross, float(squares), G, sigma2)
    return Maximum(rho, beta, sigma2, _profile(problem, rho, sse), residuals, covariance)


def _error(problem: Problem) -> Maximum:
    y, X, W = problem.y, problem.X, problem.weights.matrix
    effects, N = problem.effects, problem.size
    stacked = np.concatenate([y[:, :, None], X], axis=2)
    if "region" in effects:
        stacked = stacked - stacked.mean(axis=0)
    lagged = lagged_over(stacked, W)
    only_years = tuple(effect for effect in effects if effect == "year")
    sums = W.sum(axis=1)

    def solved(rho: float) -> tuple[Floats, Floats, Floats]:
        filtered = _flat(without_effects(stacked - rho * lagged, only_years, 1 - rho * sums))
        beta = np.linalg.lstsq(filtered[:, 1:], filtered[:, 0], rcond=None)[0]
        return beta, filtered[:, 0] - filtered[:, 1:] @ beta, filtered[:, 1:]

    plain = solved(0.0)[1]
    refuse_exact_fit(_flat(stacked[:, :, 0]), float(plain @ plain))

    def profile(rho: float) -> float:
        residuals = solved(rho)[1]
        return _profile(problem, rho, float(residuals @ residuals))

    def score(rho: float) -> float:
        beta, residuals, _ = solved(rho)
        errors = stacked[:, :, 0] - stacked[:, :, 1:] @ beta
        pulled = lagged[:, :, 0] - lagged[:, :, 1:] @ beta
        if only_years:
            shape = 1 - rho * sums
            level = (errors - rho * pulled) @ shape / (shape @ shape)
            pulled = pulled - level[:, None] * sums
        return float(N * residuals @ pulled.ravel() / (residuals @ residuals) - problem.trace(rho))

    rho = _root(problem, profile, score)
    beta, residuals, columns = solved(rho)
    sse = float(residuals @ residuals)
    sigma2 = sse / N
    H = np.linalg.solve((np.eye(len(W)) - rho * W).T, W.T).T
    covariance = _inverted(problem, columns.T @ columns / sigma2, np.zeros(len(beta)), 0.0, H, sigma2)
    return Maximum(rho, beta, sigma2, _profile(problem, rho, sse), residuals.reshape(y.shape), covariance)


def _profile(problem: Problem, rho: float, sse: float) -> float:
    N = problem.size
    return float(-N / 2 * (np.log(2 * np.pi * sse / N) + 1)) + problem.log_determinant(rho)


def _root(problem: Problem, profile: Callable[[float], float], score: Callable[[float], float]) -> float:
    low, high = problem.weights.stable_range
    margin = _EDGE * (high - low)
    grid = np.linspace(low + margin, high - margin, _GRID)
    best = int(np.argmax([profile(float(rho)) for rho in grid]))
    ends = grid[max(best - 1, 0)], grid[min(best + 1, _GRID - 1)]
    if score(ends[0]) <= 0 or score(ends[1]) >= 0:
        raise EstimationError(
            f"the likelihood has no maximum for ρ inside ({low:.3f}, {high:.3f}), where the model is stable",
            advice="Use other weights, fewer effects, or look for a trend that all regions share",
        )
    return float(brentq(score, *ends, xtol=1e-14, rtol=1e-14))


def _inverted(problem: Problem, block: Floats, cross: Floats, squares: float, G: Floats, sigma2: float) -> Floats:
    """Covariance of (β, ρ): the information matrix of (β, ρ, σ²) inverted."""
    if problem.contrasts:
        G = G - G.mean(axis=0)
        G = G - G.mean(axis=1, keepdims=True)
    k = len(cross)
    information = np.zeros((k + 2, k + 2))
    information[:k, :k] = block
    information[:k, k] = information[k, :k] = cross
    information[k, k] = problem.periods * float((G * G.T).sum() + (G * G).sum()) + squares
    information[k, k + 1] = information[k + 1, k] = problem.periods * float(np.trace(G)) / sigma2
    information[k + 1, k + 1] = problem.size / (2 * sigma2**2)
    size = np.sqrt(np.diag(information))
    scaled = information / np.outer(size, size)
    if not np.isfinite(scaled).all() or np.linalg.eigvalsh(scaled).min() < COLLINEAR:
        raise EstimationError("the information matrix cannot be inverted", advice="Use fewer terms or other weights")
    return np.asarray((np.linalg.inv(scaled) / np.outer(size, size))[: k + 1, : k + 1])


def _flat(cube: Floats) -> Floats:
    return np.asarray(cube.reshape(-1, *cube.shape[2:]))
