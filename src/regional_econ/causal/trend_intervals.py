"""Robust intervals of an event study: the fixed-length one under smoothness, the hybrid test's under magnitudes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize, special, stats

from regional_econ._base.seeds import rng_for
from regional_econ.causal.scales import FloatArray

# Share of the size spent on the least-favourable first stage, as Rambachan and Roth choose it.
_FIRST_STAGE = 0.1
_DRAWS = 20_000
_GRID = 400
_BISECTIONS = 40


def steps_before(n_pre: int) -> FloatArray:
    """Return the first differences of (δ₋ₚ, …, δ₋₁, 0), (P, P)."""
    return np.eye(n_pre, k=1) - np.eye(n_pre)


def reach(weights: FloatArray) -> float:
    """Return how far the weighted effect moves if each step of the trend's difference after treatment is one.

    >>> reach(np.array([0.5, 0.5]))
    1.5
    """
    return float(np.abs(weights[::-1].cumsum()).sum())


def second_differences(n_pre: int, n_post: int) -> FloatArray:
    """Return the second differences of the path with zero at the reference, (P + Q − 1, P + Q)."""
    return np.delete(np.diff(np.eye(n_pre + 1 + n_post), n=2, axis=0), n_pre, axis=1)


def smooth_interval(
    beta: FloatArray, sigma: FloatArray, n_pre: int, weights: FloatArray, m: float, alpha: float, seed: int
) -> tuple[float, float]:
    """Return the fixed-length interval of the shortest affine estimator under smoothness.

    Estimators w'β with the given weights after treatment and no weight on a linear trend are w = D'c, D the second
    differences; their bias is at most m‖c‖₁, so half the length is the 1 − α quantile of |N(m‖c‖₁, w'Σw)|. The
    estimators on the frontier of bias and variance are tried, each the solution of a quadratic programme.

    Source: Rambachan, Roth (2023), section 4; Armstrong, Kolesár (2018). Held against: closed forms, moderndid 0.4.1.
    """
    D = second_differences(n_pre, len(beta) - n_pre)
    scale = float(np.sqrt(weights @ sigma[n_pre:, n_pre:] @ weights))
    root = D @ np.linalg.cholesky(sigma) / scale

    def at(c: FloatArray) -> float:
        sd = float(np.linalg.norm(c @ root)) * scale
        return float(stats.foldnorm.ppf(1 - alpha, min(m * float(np.abs(c).sum()) / sd, 1e6))) * sd

    def along(log_price: float) -> float:
        return at(_cheapest(root, D[:, n_pre:], weights, float(np.exp(log_price))))

    if m == 0:
        best = _cheapest(root, D[:, n_pre:], weights, 0.0)
    else:
        prices = np.linspace(-10, 8, 37)
        nearest = float(prices[int(np.argmin([along(price) for price in prices]))])
        sides = [(nearest - 0.5, nearest), (nearest, nearest + 0.5)]
        found = [optimize.minimize_scalar(along, bounds=side, method="bounded") for side in sides]
        best = _cheapest(root, D[:, n_pre:], weights, float(np.exp(min(found, key=lambda one: one.fun).x)))
    centre, half = float(best @ D @ beta), at(best)
    return centre - half, centre + half


def _cheapest(root: FloatArray, after: FloatArray, weights: FloatArray, price: float) -> FloatArray:
    """Minimise ‖c'root‖² + price ‖c‖₁ subject to c'after = weights; c = p − q with p, q ≥ 0."""
    k = len(root)
    start = np.linalg.lstsq(after.T, weights, rcond=None)[0]
    gram = root @ root.T
    if price == 0:
        free = np.linalg.svd(after.T)[2][len(weights) :]
        return np.asarray(start - free.T @ np.linalg.solve(free @ gram @ free.T, free @ gram @ start))

    def value(pq: FloatArray) -> tuple[float, FloatArray]:
        c = pq[:k] - pq[k:]
        slope = 2 * gram @ c
        return float(c @ gram @ c + price * pq.sum()) / (1 + price), np.r_[slope + price, price - slope] / (1 + price)

    equal = np.hstack([after.T, -after.T])
    minimize: Any = optimize.minimize  # the stubs do not know jac=True with bounds
    found = minimize(
        value, np.r_[np.maximum(start, 0), np.maximum(-start, 0)], jac=True, method="SLSQP", bounds=[(0, None)] * 2 * k,
        constraints={"type": "eq", "fun": lambda pq: equal @ pq - weights, "jac": lambda pq: equal},
        options={"maxiter": 500, "ftol": 1e-13},
    )  # fmt: skip
    return np.asarray(found.x[:k] - found.x[k:])


def relative_interval(
    beta: FloatArray, sigma: FloatArray, n_pre: int, weights: FloatArray, m: float, alpha: float, seed: int
) -> tuple[float, float]:
    """Return the union of the hybrid test's acceptance sets over the largest step before treatment and its sign.

    Source: Rambachan, Roth (2023), sections 2.4 and 3; Andrews, Roth, Pakes (2023), section 6. Held against: the
    closed form when trends before treatment are known, coverage in Monte Carlo, moderndid 0.4.1.
    """
    normal = rng_for(seed, "honest").standard_normal((_DRAWS, len(sigma))) @ np.linalg.cholesky(sigma).T
    ends = [
        _accepted(beta, sigma, n_pre, weights, m, alpha, sign * step, normal)
        for step in steps_before(n_pre)
        for sign in (1.0, -1.0)
    ]
    return min(low for low, _ in ends), max(high for _, high in ends)


def moments(step: FloatArray, n_post: int, m: float) -> FloatArray:
    """Return rows a with a'δ ≤ 0, (2Q, P + Q): no step after treatment, up or down, exceeds m times ``step`` before."""
    after = np.eye(n_post) - np.eye(n_post, k=-1)
    before = np.tile(-m * step, (2 * n_post, 1))
    return np.hstack([before, np.vstack([after, -after])])


def vertices(A: FloatArray, weights: FloatArray, sd: FloatArray) -> FloatArray:
    """Return the extreme points of {λ ≥ 0, λ'sd = 1, λ'A eliminates all effects but the weighted one}, (K, 2Q).

    λ weighs steps up less steps down by a multiple of the weights' sums from each period on: the multiple is one of
    both signs, or zero, when one step's two rows cancel.
    """
    q = len(weights)
    sums = weights[::-1].cumsum()[::-1]
    up = np.r_[np.maximum(sums, 0), np.maximum(-sums, 0)]
    both = [up, np.r_[up[q:], up[:q]]]
    pairs = np.hstack([np.eye(q), np.eye(q)]) if np.any(A[:, : A.shape[1] - q]) else np.empty((0, 2 * q))
    rows = np.vstack([*both, pairs])
    return np.asarray(rows / (rows @ sd)[:, None])


def _accepted(
    beta: FloatArray, sigma: FloatArray, n_pre: int, weights: FloatArray, m: float, alpha: float, step: FloatArray,
    normal: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    A = moments(step, len(weights), m)
    V = vertices(A, weights, np.sqrt(np.einsum("ij,jk,ik->i", A, sigma, A)))
    VA = V @ A
    spread = VA @ sigma @ VA.T
    least = float(np.quantile((normal @ VA.T).max(axis=1), 1 - _FIRST_STAGE * alpha))
    shift = VA[:, n_pre:] @ weights / (weights @ weights)

    def kept(theta: FloatArray) -> FloatArray:
        return _not_rejected(VA @ beta - theta[:, None] * shift, spread, least, alpha)

    centre = float(weights @ beta[n_pre:])
    error = float(np.sqrt(weights @ sigma[n_pre:, n_pre:] @ weights))
    pre_step, pre_error = float(step @ beta[:n_pre]), float(np.sqrt(step @ sigma[:n_pre, :n_pre] @ step))
    width = 6 * error + m * reach(weights) * (max(pre_step, 0.0) + 6 * pre_error)
    theta = np.linspace(centre - width, centre + width, _GRID)
    inside = np.flatnonzero(kept(theta))
    if not len(inside):
        return float("inf"), float("-inf")
    return _edge(kept, theta, int(inside[0]), -1), _edge(kept, theta, int(inside[-1]), 1)


def _edge(kept: Callable[[FloatArray], FloatArray], theta: FloatArray, index: int, side: int) -> float:
    inside = float(theta[index])
    if not 0 <= index + side < len(theta):
        return inside
    outside = float(theta[index + side])
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(np.array([middle]))[0] else (inside, middle)
    return inside


def _not_rejected(values: FloatArray, spread: FloatArray, least: float, alpha: float) -> FloatArray:
    """Hybrid test for each row of vertex values (N, K): below the first-stage value and the conditional one."""
    rows = np.arange(len(values))
    best = values.argmax(axis=1)
    top = values[rows, best]
    variance = np.diag(spread)[best]
    slope = spread[best] / variance[:, None]
    rest = values - slope * top[:, None]
    gap = 1 - slope
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = rest / gap
    low = np.where(gap > 1e-9, crossing, -np.inf).max(axis=1)
    high = np.minimum(np.where(gap < -1e-9, crossing, np.inf).min(axis=1), least)
    size = (alpha - _FIRST_STAGE * alpha) / (1 - _FIRST_STAGE * alpha)
    sd = np.sqrt(variance)
    kept = top <= least
    critical = np.full(len(values), -np.inf)
    usable = kept & (low < high)
    tail = size * special.ndtr(-low[usable] / sd[usable]) + (1 - size) * special.ndtr(-high[usable] / sd[usable])
    critical[usable] = -sd[usable] * special.ndtri(tail)
    return np.asarray(kept & (top <= np.maximum(critical, 0.0)))
